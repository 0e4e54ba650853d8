//! Order slots: what the host writes into BAR2 becomes checked requests for the gate.
//!
//! ```text
//!  s_axi ─► WriteSlave ─► Store ─► Check ─► Queue ─► request ─► risk_gate
//!                           └─► ignored       ▲ do_order_seq_reset
//! ```
//!
//! A slot takes its bytes in any order and width; the beat that makes its last word (the doorbell) whole ends it and makes exactly
//! one request, with the card time of that beat. The request is `malformed` when a byte of the slot was not written since its last
//! doorbell, when the xor of all bytes is not 0, kind or side is unknown, a reserved bit set, the symbol slot beyond the card's, the
//! notional not quantity × price, or a raw payload not one whole packet; `out_of_sequence` when `order_seq` is not the next one or not that of its slot (`queue`).
//! Beats of the other windows of BAR2 leave by `bar2_*` and do nothing here.
//!
//! Counters: `slots_committed` counts requests, malformed ones included, so it equals the orders sent, rejected and under way;
//! `slots_malformed` those of them that are malformed, and doorbells lost because the host had more than 65 outstanding;
//! `bar2_ignored` counts beats of windows nobody takes, and of refused bursts.
//!
//! Latency: 8 cycles from the doorbell's beat to `request_valid` when nothing waits.
//! Back-pressure: a request waits for `request_ready`; the bus never waits for the queue, only for the sweep of 64 cycles after reset.

pub mod axi;
pub mod check;
pub mod queue;
pub mod store;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::Cat3;
use crate::types::OrderRequest;
use axi::WriteSlave;
use check::Check;
use queue::Queue;
use rust_hdl::prelude::*;
use store::Store;

/// Cycles from the doorbell's beat to `request_valid`.
pub const LATENCY: usize = 8;

/// See the module's text.
#[derive(LogicBlock)]
pub struct OrderSlot {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub s_axi_awaddr: Signal<In, Bits<16>>,
    pub s_axi_awlen: Signal<In, Bits<8>>,
    pub s_axi_awsize: Signal<In, Bits<3>>,
    pub s_axi_awburst: Signal<In, Bits<2>>,
    pub s_axi_awvalid: Signal<In, Bit>,
    pub s_axi_awready: Signal<Out, Bit>,
    pub s_axi_wdata: Signal<In, Bits<64>>,
    pub s_axi_wstrb: Signal<In, Bits<8>>,
    pub s_axi_wlast: Signal<In, Bit>,
    pub s_axi_wvalid: Signal<In, Bit>,
    pub s_axi_wready: Signal<Out, Bit>,
    pub s_axi_bresp: Signal<Out, Bits<2>>,
    pub s_axi_bvalid: Signal<Out, Bit>,
    pub s_axi_bready: Signal<In, Bit>,
    /// Pulse with `ctrl_data`: its bit 0 makes 1 the next `order_seq`.
    pub do_order_seq_reset: Signal<In, Bit>,
    pub ctrl_data: Signal<In, Bits<32>>,
    /// Beats as they come, for whoever has another window.
    pub bar2_beat: Signal<Out, Bit>,
    pub bar2_word: Signal<Out, Bits<13>>,
    pub bar2_data: Signal<Out, Bits<64>>,
    pub bar2_strobes: Signal<Out, Bits<8>>,
    pub bar2_refused: Signal<Out, Bit>,
    pub request_valid: Signal<Out, Bit>,
    pub request_ready: Signal<In, Bit>,
    pub request: Signal<Out, OrderRequest>,
    /// Pulses: `slots_committed slots_malformed bar2_ignored`.
    pub count: Signal<Out, Bits<3>>,
    slave: WriteSlave,
    store: Store,
    check: Check,
    queue: Queue,
    counts: Cat3<1, 1, 1, 3>,
}

impl OrderSlot {
    /// For a card with this many symbol slots.
    pub fn new(slots: u32) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            s_axi_awaddr: Default::default(),
            s_axi_awlen: Default::default(),
            s_axi_awsize: Default::default(),
            s_axi_awburst: Default::default(),
            s_axi_awvalid: Default::default(),
            s_axi_awready: Default::default(),
            s_axi_wdata: Default::default(),
            s_axi_wstrb: Default::default(),
            s_axi_wlast: Default::default(),
            s_axi_wvalid: Default::default(),
            s_axi_wready: Default::default(),
            s_axi_bresp: Default::default(),
            s_axi_bvalid: Default::default(),
            s_axi_bready: Default::default(),
            do_order_seq_reset: Default::default(),
            ctrl_data: Default::default(),
            bar2_beat: Default::default(),
            bar2_word: Default::default(),
            bar2_data: Default::default(),
            bar2_strobes: Default::default(),
            bar2_refused: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request: Default::default(),
            count: Default::default(),
            slave: Default::default(),
            store: Default::default(),
            check: Check::new(slots),
            queue: Default::default(),
            counts: Default::default(),
        }
    }
}

impl Logic for OrderSlot {
    #[hdl_gen]
    fn update(&mut self) {
        self.slave.clock.next = self.clock.val();
        self.slave.reset.next = self.reset.val();
        self.slave.enable.next = self.store.ready.val();
        self.slave.now.next = self.now.val();
        self.slave.s_axi_awaddr.next = self.s_axi_awaddr.val();
        self.slave.s_axi_awlen.next = self.s_axi_awlen.val();
        self.slave.s_axi_awsize.next = self.s_axi_awsize.val();
        self.slave.s_axi_awburst.next = self.s_axi_awburst.val();
        self.slave.s_axi_awvalid.next = self.s_axi_awvalid.val();
        self.s_axi_awready.next = self.slave.s_axi_awready.val();
        self.slave.s_axi_wdata.next = self.s_axi_wdata.val();
        self.slave.s_axi_wstrb.next = self.s_axi_wstrb.val();
        self.slave.s_axi_wlast.next = self.s_axi_wlast.val();
        self.slave.s_axi_wvalid.next = self.s_axi_wvalid.val();
        self.s_axi_wready.next = self.slave.s_axi_wready.val();
        self.s_axi_bresp.next = self.slave.s_axi_bresp.val();
        self.s_axi_bvalid.next = self.slave.s_axi_bvalid.val();
        self.slave.s_axi_bready.next = self.s_axi_bready.val();

        self.bar2_beat.next = self.slave.beat.val();
        self.bar2_word.next = self.slave.word.val();
        self.bar2_data.next = self.slave.data.val();
        self.bar2_strobes.next = self.slave.strobes.val();
        self.bar2_refused.next = self.slave.refused.val();
        self.store.clock.next = self.clock.val();
        self.store.reset.next = self.reset.val();
        self.store.coming.next = self.slave.coming.val();
        self.store.beat.next = self.slave.beat.val();
        self.store.word.next = self.slave.word.val();
        self.store.data.next = self.slave.data.val();
        self.store.strobes.next = self.slave.strobes.val();
        self.store.refused.next = self.slave.refused.val();
        self.store.stamp.next = self.slave.stamp.val();

        self.check.clock.next = self.clock.val();
        self.check.reset.next = self.reset.val();
        self.check.bell.next = self.store.bell.val();
        self.check.index.next = self.store.index.val();
        self.check.whole.next = self.store.whole.val();
        for i in 0..8 {
            self.check.words[i].next = self.store.words[i].val();
        }
        self.check.factors.next = self.store.factors.val();
        self.check.stamp.next = self.store.bell_stamp.val();

        self.queue.clock.next = self.clock.val();
        self.queue.reset.next = self.reset.val();
        self.queue.valid.next = self.check.valid.val();
        self.queue.request.next = self.check.request.val();
        self.queue.index.next = self.check.request_index.val();
        self.queue.restart.next = self.do_order_seq_reset.val() & self.ctrl_data.val().get_bit(0);
        self.request_valid.next = self.queue.out_valid.val();
        self.request.next = self.queue.out.val();
        self.queue.out_ready.next = self.request_ready.val();
        self.counts.a.next = self.store.ignored.val().into();
        self.counts.b.next = self.queue.malformed.val().into();
        self.counts.c.next = self.queue.committed.val().into();
        self.count.next = self.counts.y.val();
    }
}

/// The block of a size.
pub fn build(size: Size) -> Elaborated {
    elaborate(OrderSlot::new(size.contract().slots))
}
