//! What the exchange says, from the order side's port to the gate's account.
//!
//! ```text
//!  rx_o ─► SegRx ─► OuchRx ─► ReportWords ─► slot_write ─► gate
//!            │         ▲          ▲
//!            ▼       grants   the host's words
//!         frame_rx
//! ```
//!
//! Without `cfg_follow` no segment is taken, and the account is the host's alone; grants are kept all the same.
//!
//! Latency: from a segment's last beat to the account 10 cycles, 9 for each 8 bytes up to the message's last, and 14. Back-pressure: `ready` after reset.

use crate::ouch_rx::{ORDER_BITS, OuchRx};
use crate::prim::DelayLine;
use crate::report_words::ReportWords;
use crate::seg_rx::{BUFFER_BITS, DELAY, SegRx};
use rust_hdl::prelude::*;

/// See the module's text. Slots have `SB` bits.
#[derive(LogicBlock, Default)]
pub struct Responses<const SB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub cfg_follow: Signal<In, Bit>,
    pub cfg_peer: Signal<In, Bits<32>>,
    pub cfg_own: Signal<In, Bits<32>>,
    pub cfg_ports: Signal<In, Bits<32>>,
    pub do_seq_next: Signal<In, Bit>,
    pub do_message_next: Signal<In, Bit>,
    /// The word of the `do_` pulses.
    pub ctrl_data: Signal<In, Bits<32>>,
    pub now_seq_next: Signal<Out, Bits<32>>,
    pub now_message_next: Signal<Out, Bits<32>>,
    /// The order side's port, and what of it is the host's, later, with the time then.
    pub rx_data: Signal<In, Bits<64>>,
    pub rx_keep: Signal<In, Bits<8>>,
    pub rx_valid: Signal<In, Bit>,
    pub rx_last: Signal<In, Bit>,
    pub rx_user: Signal<In, Bit>,
    pub pass_data: Signal<Out, Bits<64>>,
    pub pass_keep: Signal<Out, Bits<8>>,
    pub pass_valid: Signal<Out, Bit>,
    pub pass_last: Signal<Out, Bit>,
    pub pass_user: Signal<Out, Bit>,
    pub pass_now: Signal<Out, Bits<64>>,
    /// An order was granted; none may be before `ready`.
    pub ready: Signal<Out, Bit>,
    pub grant: Signal<In, Bit>,
    pub grant_ref: Signal<In, Bits<32>>,
    pub grant_slot: Signal<In, Bits<6>>,
    pub grant_buy: Signal<In, Bits<1>>,
    pub grant_qty: Signal<In, Bits<32>>,
    pub grant_opens: Signal<In, Bit>,
    /// The host's words for the gate, and everybody's.
    pub host_write: Signal<In, Bit>,
    pub host_slot: Signal<In, Bits<SB>>,
    pub host_register: Signal<In, Bits<5>>,
    pub host_data: Signal<In, Bits<32>>,
    pub slot_write: Signal<Out, Bit>,
    pub slot: Signal<Out, Bits<SB>>,
    pub slot_register: Signal<Out, Bits<5>>,
    pub slot_data: Signal<Out, Bits<32>>,
    pub segment_count: Signal<Out, Bits<4>>,
    pub message_count: Signal<Out, Bits<6>>,
    segments: SegRx<BUFFER_BITS, 12>,
    messages: OuchRx<ORDER_BITS>,
    words: ReportWords<SB>,
    times: DelayLine<Bits<64>, DELAY>,
    /// The number the host reads: it moves when the account has.
    shown: DFF<Bits<32>>,
}

impl<const SB: usize> Logic for Responses<SB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, shown);
        self.segments.clock.next = self.clock.val();
        self.segments.reset.next = self.reset.val();
        self.messages.clock.next = self.clock.val();
        self.messages.reset.next = self.reset.val();
        self.words.clock.next = self.clock.val();
        self.words.reset.next = self.reset.val();
        self.segments.cfg_peer.next = self.cfg_peer.val();
        self.segments.cfg_own.next = self.cfg_own.val();
        self.segments.cfg_ports.next = self.cfg_ports.val();
        self.segments.rx_data.next = self.rx_data.val();
        self.segments.rx_keep.next = self.rx_keep.val();
        self.segments.rx_valid.next = self.rx_valid.val();
        self.segments.rx_last.next = self.rx_last.val();
        self.segments.rx_user.next = self.rx_user.val();
        self.segments.cfg_on.next = self.cfg_follow.val();
        self.segments.do_seq.next = self.do_seq_next.val();
        self.segments.ctrl_data.next = self.ctrl_data.val();
        self.now_seq_next.next = self.segments.now_seq.val();
        self.pass_data.next = self.segments.pass_data.val();
        self.pass_keep.next = self.segments.pass_keep.val();
        self.pass_valid.next = self.segments.pass_valid.val();
        self.pass_last.next = self.segments.pass_last.val();
        self.pass_user.next = self.segments.pass_user.val();
        self.segment_count.next = self.segments.count.val();
        self.times.clock.next = self.clock.val();
        self.times.d.next = self.now.val();
        self.pass_now.next = self.times.q.val();
        self.messages.in_valid.next = self.segments.out_valid.val();
        self.messages.in_data.next = self.segments.out_data.val();
        self.messages.in_keep.next = self.segments.out_keep.val();
        self.segments.out_ready.next = self.messages.in_ready.val();
        self.messages.restart.next = self.do_seq_next.val();
        self.messages.do_next.next = self.do_message_next.val();
        self.messages.next_data.next = self.ctrl_data.val();
        self.ready.next = self.messages.ready.val();
        self.message_count.next = self.messages.count.val();
        self.messages.grant.next = self.grant.val();
        self.messages.grant_ref.next = self.grant_ref.val();
        self.messages.grant_slot.next = self.grant_slot.val();
        self.messages.grant_buy.next = self.grant_buy.val();
        self.messages.grant_qty.next = self.grant_qty.val();
        self.messages.grant_opens.next = self.grant_opens.val();
        self.words.report_valid.next = self.messages.report_valid.val();
        self.words.report_slot.next = self.messages.report_slot.val();
        self.words.report_buy.next = self.messages.report_buy.val();
        self.words.report_gone.next = self.messages.report_gone.val();
        self.words.report_done.next = self.messages.report_done.val();
        self.words.report_moved.next = self.messages.report_moved.val();
        self.messages.report_ready.next = self.words.report_ready.val();
        self.words.host_write.next = self.host_write.val();
        self.words.host_slot.next = self.host_slot.val();
        self.words.host_register.next = self.host_register.val();
        self.words.host_data.next = self.host_data.val();
        self.slot_write.next = self.words.slot_write.val();
        self.slot.next = self.words.slot.val();
        self.slot_register.next = self.words.slot_register.val();
        self.slot_data.next = self.words.slot_data.val();
        self.now_message_next.next = self.shown.q.val();
        if !self.messages.busy.val() & !self.words.busy.val() {
            self.shown.d.next = self.messages.next_message.val();
        }
        if self.reset.val() {
            self.shown.d.next = 1.into();
        }
    }
}
