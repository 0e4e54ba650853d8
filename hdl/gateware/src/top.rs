//! The card's core: feed lines and the order side in, records, events and frames out to host memory, orders and frames out, registers beside them.
//!
//! ```text
//!  rx_a ─┐                                                    ┌─► m_axi (records, events, frames)
//!  rx_b ─┴► Lines ─► BookPath ───────────────────► DmaC2h ────┘
//!  rx_o ──► Responses ─► FrameRx ────────────────────┘
//!              ▼ ▲ account, grants
//!  s_axi ─► OrderPath ─► FrameTx ─► tx
//!             ▲         ▲  ▲                          ▲
//!             └─────────┴──┴───── Csr ◄─► Counters ───┘
//!                                  ▲
//!  s_axil ─────────────────────────┘
//! ```
//!
//! Latency: from the beat with a message's last needed byte to the write of its record's core entry 3 + 28 + 3 cycles.
//! Back-pressure: none on receive; DMA as `dma_c2h` says.

pub mod arm_words;
pub mod book_path;
mod initial;
pub mod lines;
pub mod order_path;
pub mod pulses;
pub mod responses;
pub mod slot_grid;
pub mod status;

use crate::card_time::CardTime;
use crate::counters::{Counters, GROUP, GROUPS};
use crate::csr::Csr;
use crate::dma_c2h::{DmaC2h, EVENT_SOURCES};
use crate::emit::{Elaborated, Size, elaborate};
use crate::frame_rx::FrameRx;
use crate::frame_tx::FrameTx;
use crate::prim::{Cat2, Cat3};
use arm_words::ArmWords;
use book_path::BookPath;
use contract::counter::COUNT;
use lines::Lines;
use order_path::OrderPath;
use pulses::Pulses;
use responses::Responses;
use rust_hdl::prelude::*;
use status::Status;

/// See the module's text. Parameters as in [`BookPath`] and [`DmaC2h`].
#[derive(LogicBlock)]
pub struct Top<
    const SB: usize,
    const S: usize,
    const A: usize,
    const A1: usize,
    const RW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
    const DA: usize,
    const DA1: usize,
    const W: usize,
    const WB: usize,
> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Value of the BUILD register, given by the shell.
    pub build_id: Signal<In, Bits<32>>,
    /// Bus Master as the configuration space says.
    pub bus_master: Signal<In, Bit>,
    pub rx_a_tdata: Signal<In, Bits<64>>,
    pub rx_a_tkeep: Signal<In, Bits<8>>,
    pub rx_a_tvalid: Signal<In, Bit>,
    pub rx_a_tlast: Signal<In, Bit>,
    pub rx_a_tuser: Signal<In, Bit>,
    pub rx_b_tdata: Signal<In, Bits<64>>,
    pub rx_b_tkeep: Signal<In, Bits<8>>,
    pub rx_b_tvalid: Signal<In, Bit>,
    pub rx_b_tlast: Signal<In, Bit>,
    pub rx_b_tuser: Signal<In, Bit>,
    pub rx_o_tdata: Signal<In, Bits<64>>,
    pub rx_o_tkeep: Signal<In, Bits<8>>,
    pub rx_o_tvalid: Signal<In, Bit>,
    pub rx_o_tlast: Signal<In, Bit>,
    pub rx_o_tuser: Signal<In, Bit>,
    pub s_axil_awaddr: Signal<In, Bits<16>>,
    pub s_axil_awvalid: Signal<In, Bit>,
    pub s_axil_awready: Signal<Out, Bit>,
    pub s_axil_wdata: Signal<In, Bits<32>>,
    pub s_axil_wstrb: Signal<In, Bits<4>>,
    pub s_axil_wvalid: Signal<In, Bit>,
    pub s_axil_wready: Signal<Out, Bit>,
    pub s_axil_bresp: Signal<Out, Bits<2>>,
    pub s_axil_bvalid: Signal<Out, Bit>,
    pub s_axil_bready: Signal<In, Bit>,
    pub s_axil_araddr: Signal<In, Bits<16>>,
    pub s_axil_arvalid: Signal<In, Bit>,
    pub s_axil_arready: Signal<Out, Bit>,
    pub s_axil_rdata: Signal<Out, Bits<32>>,
    pub s_axil_rresp: Signal<Out, Bits<2>>,
    pub s_axil_rvalid: Signal<Out, Bit>,
    pub s_axil_rready: Signal<In, Bit>,
    pub m_axi_awaddr: Signal<Out, Bits<64>>,
    pub m_axi_awlen: Signal<Out, Bits<8>>,
    pub m_axi_awsize: Signal<Out, Bits<3>>,
    pub m_axi_awburst: Signal<Out, Bits<2>>,
    pub m_axi_awvalid: Signal<Out, Bit>,
    pub m_axi_awready: Signal<In, Bit>,
    pub m_axi_wdata: Signal<Out, Bits<W>>,
    pub m_axi_wstrb: Signal<Out, Bits<WB>>,
    pub m_axi_wlast: Signal<Out, Bit>,
    pub m_axi_wvalid: Signal<Out, Bit>,
    pub m_axi_wready: Signal<In, Bit>,
    pub m_axi_bresp: Signal<In, Bits<2>>,
    pub m_axi_bvalid: Signal<In, Bit>,
    pub m_axi_bready: Signal<Out, Bit>,
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
    pub tx_tdata: Signal<Out, Bits<64>>,
    pub tx_tkeep: Signal<Out, Bits<8>>,
    pub tx_tvalid: Signal<Out, Bit>,
    pub tx_tready: Signal<In, Bit>,
    pub tx_tlast: Signal<Out, Bit>,
    pub tx_tuser: Signal<Out, Bit>,
    /// Counter pulses of `shell`, in the contract's order; 0 in a card without it.
    pub shell_count: Signal<In, Bits<4>>,
    /// Pulse: the kill latch was set.
    pub irq_kill: Signal<Out, Bit>,
    /// Pulse: an event is in host memory.
    pub irq_event: Signal<Out, Bit>,
    csr: Csr<SB>,
    counters: Counters<COUNT, { GROUP * GROUPS }, GROUPS>,
    collect: Pulses<COUNT>,
    card_time: CardTime,
    lines: Lines,
    path: BookPath<SB, S, A, A1, RW, R, PW, AW, LW, QW, DW>,
    orders: OrderPath<SB, S>,
    responses: Responses<SB>,
    frame_rx: FrameRx,
    frame_tx: FrameTx,
    dma: DmaC2h<SB, S, DA, DA1, EVENT_SOURCES, W, WB>,
    state: Status,
    load_time: Cat2<32, 32, 64>,
    session: Cat3<16, 32, 32, 80>,
    arm_words: ArmWords,
    seq_init: Cat2<32, 32, 64>,
    session_seen: Signal<Local, Bits<80>>,
    control: Signal<Local, Bits<32>>,
    /// `reset` an edge later: one register drives the whole card, and nothing but it hangs on the input.
    reset_q: DFF<Bit>,
    table_address: Signal<Local, Bits<32>>,
    table_bits: Signal<Local, Bits<32>>,
    is_template: Signal<Local, Bit>,
    /// Number of the transmit template among the bulk tables.
    template: Constant<Bits<8>>,
}

impl<
    const SB: usize,
    const S: usize,
    const A: usize,
    const A1: usize,
    const RW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
    const DA: usize,
    const DA1: usize,
    const W: usize,
    const WB: usize,
> Logic for Top<SB, S, A, A1, RW, R, PW, AW, LW, QW, DW, DA, DA1, W, WB>
{
    #[hdl_gen]
    fn update(&mut self) {
        self.reset_q.clock.next = self.clock.val();
        self.reset_q.d.next = self.reset.val();

        // Registers.
        self.csr.clock.next = self.clock.val();
        self.csr.reset.next = self.reset_q.q.val();
        self.csr.s_axil_awaddr.next = self.s_axil_awaddr.val();
        self.csr.s_axil_awvalid.next = self.s_axil_awvalid.val();
        self.s_axil_awready.next = self.csr.s_axil_awready.val();
        self.csr.s_axil_wdata.next = self.s_axil_wdata.val();
        self.csr.s_axil_wstrb.next = self.s_axil_wstrb.val();
        self.csr.s_axil_wvalid.next = self.s_axil_wvalid.val();
        self.s_axil_wready.next = self.csr.s_axil_wready.val();
        self.s_axil_bresp.next = self.csr.s_axil_bresp.val();
        self.s_axil_bvalid.next = self.csr.s_axil_bvalid.val();
        self.csr.s_axil_bready.next = self.s_axil_bready.val();
        self.csr.s_axil_araddr.next = self.s_axil_araddr.val();
        self.csr.s_axil_arvalid.next = self.s_axil_arvalid.val();
        self.s_axil_arready.next = self.csr.s_axil_arready.val();
        self.s_axil_rdata.next = self.csr.s_axil_rdata.val();
        self.s_axil_rresp.next = self.csr.s_axil_rresp.val();
        self.s_axil_rvalid.next = self.csr.s_axil_rvalid.val();
        self.csr.s_axil_rready.next = self.s_axil_rready.val();
        self.csr.now_build.next = self.build_id.val();
        self.csr.now_status.next = self.state.status.val();
        self.session_seen.next = self.lines.session_seen.val();
        self.csr.now_session_seen_0.next = self.session_seen.val().get_bits::<32>(0);
        self.csr.now_session_seen_1.next = self.session_seen.val().get_bits::<32>(32);
        self.csr.now_session_seen_2.next = bit_cast::<32, 16>(self.session_seen.val().get_bits::<16>(64));
        self.csr.now_time.next = self.card_time.now.val();
        self.csr.now_seq_next.next = self.lines.next_seq.val();
        for i in 0..3 {
            self.csr.ring_head[i].next = self.dma.head[i].val();
            self.csr.ring_state[i].next = 0.into();
            if self.dma.lapped[i].val() {
                self.csr.ring_state[i].next = 1.into();
            }
        }
        self.csr.bind_write.next = self.path.bind_write.val();
        self.csr.bind_slot.next = self.path.bind_slot.val();
        self.csr.bind_value.next = self.path.bind_value.val();
        self.csr.now_slot_state.next = self.path.read_state.val();
        self.csr.now_skipped.next = self.dma.now_skipped.val();
        self.csr.now_user_ref_next.next = self.orders.now_user_ref_next.val();
        self.csr.now_tcp_seq_next.next = self.orders.now_tcp_seq_next.val();
        self.csr.now_position.next = self.orders.now_position.val();
        self.csr.now_open_buy.next = self.orders.now_open_buy.val();
        self.csr.now_open_sell.next = self.orders.now_open_sell.val();
        self.csr.counter_data.next = self.counters.read_data.val();
        self.control.next = self.csr.cfg_control.val();

        // Time.
        self.load_time.hi.next = self.csr.data.val();
        self.load_time.lo.next = self.csr.cfg_time_set_lo.val();
        self.card_time.clock.next = self.clock.val();
        self.card_time.reset.next = self.reset_q.q.val();
        self.card_time.cfg_increment.next = self.csr.cfg_time_inc.val();
        self.card_time.load.next = self.csr.do_time_set_hi.val();
        self.card_time.load_time.next = self.load_time.y.val();

        // Receive.
        self.lines.clock.next = self.clock.val();
        self.lines.reset.next = self.reset_q.q.val();
        self.lines.now.next = self.card_time.now.val();
        self.lines.rx_data[0].next = self.rx_a_tdata.val();
        self.lines.rx_keep[0].next = self.rx_a_tkeep.val();
        self.lines.rx_valid[0].next = self.rx_a_tvalid.val();
        self.lines.rx_last[0].next = self.rx_a_tlast.val();
        self.lines.rx_user[0].next = self.rx_a_tuser.val();
        self.lines.rx_data[1].next = self.rx_b_tdata.val();
        self.lines.rx_keep[1].next = self.rx_b_tkeep.val();
        self.lines.rx_valid[1].next = self.rx_b_tvalid.val();
        self.lines.rx_last[1].next = self.rx_b_tlast.val();
        self.lines.rx_user[1].next = self.rx_b_tuser.val();
        self.lines.cfg_enable.next = self.control.val().get_bit(0);
        self.lines.cfg_group[0].next = self.csr.cfg_rx_group_a.val();
        self.lines.cfg_port[0].next = self.csr.cfg_rx_port_a.val().get_bits::<16>(0);
        self.lines.cfg_group[1].next = self.csr.cfg_rx_group_b.val();
        self.lines.cfg_port[1].next = self.csr.cfg_rx_port_b.val().get_bits::<16>(0);
        self.session.a.next = self.csr.cfg_session_2.val().get_bits::<16>(0);
        self.session.b.next = self.csr.cfg_session_1.val();
        self.session.c.next = self.csr.cfg_session_0.val();
        self.lines.cfg_session.next = self.session.y.val();
        self.seq_init.hi.next = self.csr.cfg_seq_init_hi.val();
        self.seq_init.lo.next = self.csr.cfg_seq_init_lo.val();
        self.lines.cfg_seq_init.next = self.seq_init.y.val();
        self.lines.cfg_gap_wait_ns.next = self.csr.cfg_gap_wait_ns.val();
        self.lines.do_session_ctrl.next = self.csr.do_session_ctrl.val();
        self.lines.do_seq_ctrl.next = self.csr.do_seq_ctrl.val();
        self.lines.ctrl_data.next = self.csr.data.val();

        // Books and features.
        self.path.clock.next = self.clock.val();
        self.path.reset.next = self.reset_q.q.val();
        self.path.now.next = self.card_time.now.val();
        self.path.msg_valid.next = self.lines.msg_valid.val();
        self.path.msg_data.next = self.lines.msg_data.val();
        self.path.msg_line.next = self.lines.msg_line.val();
        self.path.next_seq.next = self.lines.next_seq.val();
        self.path.stale_all.next = self.lines.stale_all.val();
        self.path.stale_gap.next = self.lines.stale_gap.val();
        self.path.cfg_record_trades.next = self.control.val().get_bit(3);
        self.path.slot_write.next = self.csr.slot_write.val();
        self.path.slot.next = self.csr.slot.val();
        self.path.slot_register.next = self.csr.slot_register.val();
        self.path.slot_data.next = self.csr.slot_data.val();
        self.path.read_slot.next = self.csr.read_slot.val();

        // Host memory.
        self.dma.clock.next = self.clock.val();
        self.dma.reset.next = self.reset_q.q.val();
        self.dma.bus_master.next = self.bus_master.val();
        for i in 0..3 {
            self.dma.cfg_enable[i].next = self.csr.ring_ctrl[i].val().get_bit(0);
            self.dma.cfg_base_lo[i].next = self.csr.ring_base_lo[i].val();
            self.dma.cfg_base_hi[i].next = self.csr.ring_base_hi[i].val();
            self.dma.cfg_size_log2[i].next = self.csr.ring_size_log2[i].val().get_bits::<5>(0);
            self.dma.cfg_tail[i].next = self.csr.ring_tail[i].val();
        }
        self.dma.slot_write.next = self.csr.slot_write.val();
        self.dma.slot.next = self.csr.slot.val();
        self.dma.slot_register.next = self.csr.slot_register.val();
        self.dma.slot_data.next = self.csr.slot_data.val();
        self.dma.read_slot.next = self.csr.read_slot.val();
        self.dma.emit.next = self.path.emit.val();
        self.dma.view.next = self.path.record_view.val();
        self.dma.features.next = self.path.record_features.val();
        self.dma.event_valid[0].next = self.lines.entry_valid.val();
        self.dma.event_entry[0].next = self.lines.entry.val();
        self.lines.entry_ready.next = self.dma.event_ready[0].val();
        self.dma.event_valid[1].next = self.path.entry_valid.val();
        self.dma.event_entry[1].next = self.path.entry.val();
        self.path.entry_ready.next = self.dma.event_ready[1].val();
        self.dma.event_valid[2].next = self.orders.entry_valid[0].val();
        self.dma.event_entry[2].next = self.orders.entry[0].val();
        self.orders.entry_ready[0].next = self.dma.event_ready[2].val();
        self.dma.event_valid[3].next = self.orders.entry_valid[1].val();
        self.dma.event_entry[3].next = self.orders.entry[1].val();
        self.orders.entry_ready[1].next = self.dma.event_ready[3].val();
        self.dma.frame_valid.next = self.frame_rx.entry_valid.val();
        self.dma.frame_entry.next = self.frame_rx.entry.val();
        self.frame_rx.entry_ready.next = self.dma.frame_ready.val();
        self.frame_rx.clock.next = self.clock.val();
        self.frame_rx.reset.next = self.reset_q.q.val();
        self.frame_rx.cfg_on.next = self.dma.frames_on.val();
        self.frame_rx.now.next = self.responses.pass_now.val();
        self.frame_rx.rx_data.next = self.responses.pass_data.val();
        self.frame_rx.rx_keep.next = self.responses.pass_keep.val();
        self.frame_rx.rx_valid.next = self.responses.pass_valid.val();
        self.frame_rx.rx_last.next = self.responses.pass_last.val();
        self.frame_rx.rx_user.next = self.responses.pass_user.val();
        self.dma.event_valid[4].next = self.orders.entry_valid[2].val();
        self.dma.event_entry[4].next = self.orders.entry[2].val();
        self.orders.entry_ready[2].next = self.dma.event_ready[4].val();
        self.irq_event.next = self.dma.event_written.val();
        self.m_axi_awaddr.next = self.dma.m_axi_awaddr.val();
        self.m_axi_awlen.next = self.dma.m_axi_awlen.val();
        self.m_axi_awsize.next = self.dma.m_axi_awsize.val();
        self.m_axi_awburst.next = self.dma.m_axi_awburst.val();
        self.m_axi_awvalid.next = self.dma.m_axi_awvalid.val();
        self.dma.m_axi_awready.next = self.m_axi_awready.val();
        self.m_axi_wdata.next = self.dma.m_axi_wdata.val();
        self.m_axi_wstrb.next = self.dma.m_axi_wstrb.val();
        self.m_axi_wlast.next = self.dma.m_axi_wlast.val();
        self.m_axi_wvalid.next = self.dma.m_axi_wvalid.val();
        self.dma.m_axi_wready.next = self.m_axi_wready.val();
        self.dma.m_axi_bresp.next = self.m_axi_bresp.val();
        self.dma.m_axi_bvalid.next = self.m_axi_bvalid.val();
        self.m_axi_bready.next = self.dma.m_axi_bready.val();

        // Orders.
        self.orders.clock.next = self.clock.val();
        self.orders.reset.next = self.reset_q.q.val();
        self.orders.now.next = self.card_time.now.val();
        self.orders.s_axi_awaddr.next = self.s_axi_awaddr.val();
        self.orders.s_axi_awlen.next = self.s_axi_awlen.val();
        self.orders.s_axi_awsize.next = self.s_axi_awsize.val();
        self.orders.s_axi_awburst.next = self.s_axi_awburst.val();
        self.orders.s_axi_awvalid.next = self.s_axi_awvalid.val();
        self.s_axi_awready.next = self.orders.s_axi_awready.val();
        self.orders.s_axi_wdata.next = self.s_axi_wdata.val();
        self.orders.s_axi_wstrb.next = self.s_axi_wstrb.val();
        self.orders.s_axi_wlast.next = self.s_axi_wlast.val();
        self.orders.s_axi_wvalid.next = self.s_axi_wvalid.val();
        self.s_axi_wready.next = self.orders.s_axi_wready.val();
        self.s_axi_bresp.next = self.orders.s_axi_bresp.val();
        self.s_axi_bvalid.next = self.orders.s_axi_bvalid.val();
        self.orders.s_axi_bready.next = self.s_axi_bready.val();
        self.frame_tx.clock.next = self.clock.val();
        self.frame_tx.reset.next = self.reset_q.q.val();
        self.frame_tx.beat.next = self.orders.bar2_beat.val();
        self.frame_tx.word.next = self.orders.bar2_word.val();
        self.frame_tx.data.next = self.orders.bar2_data.val();
        self.frame_tx.strobes.next = self.orders.bar2_strobes.val();
        self.frame_tx.refused.next = self.orders.bar2_refused.val();
        self.frame_tx.order_tdata.next = self.orders.tx_tdata.val();
        self.frame_tx.order_tkeep.next = self.orders.tx_tkeep.val();
        self.frame_tx.order_tvalid.next = self.orders.tx_tvalid.val();
        self.orders.tx_tready.next = self.frame_tx.order_tready.val();
        self.frame_tx.order_tlast.next = self.orders.tx_tlast.val();
        self.frame_tx.order_tuser.next = self.orders.tx_tuser.val();
        self.frame_tx.rx_valid.next = self.rx_o_tvalid.val();
        self.frame_tx.rx_data.next = self.rx_o_tdata.val();
        self.frame_tx.rx_last.next = self.rx_o_tlast.val();
        self.frame_tx.rx_user.next = self.rx_o_tuser.val();
        self.tx_tdata.next = self.frame_tx.tx_tdata.val();
        self.tx_tkeep.next = self.frame_tx.tx_tkeep.val();
        self.tx_tvalid.next = self.frame_tx.tx_tvalid.val();
        self.frame_tx.tx_tready.next = self.tx_tready.val();
        self.tx_tlast.next = self.frame_tx.tx_tlast.val();
        self.tx_tuser.next = self.frame_tx.tx_tuser.val();
        self.orders.view_valid.next = self.path.view_valid.val();
        self.orders.view.next = self.path.view.val();
        self.orders.slot_clear.next = self.path.slot_clear.val();
        self.orders.slot_clear_slot.next = self.path.slot_clear_slot.val();
        self.orders.now_ready.next = self.path.now_ready.val();
        self.orders.now_stale.next = self.path.now_stale.val();
        self.orders.now_gap.next = self.path.now_gap.val();
        self.orders.now_halted.next = self.path.now_halted.val();
        self.orders.events_full.next = self.dma.events_full.val();
        self.orders.abort_frame.next = self.lines.stale_all.val() & !self.lines.stale_gap.val();
        self.orders.slot_write.next = self.responses.slot_write.val();
        self.orders.slot.next = self.responses.slot.val();
        self.orders.slot_register.next = self.responses.slot_register.val();
        self.orders.slot_data.next = self.responses.slot_data.val();
        self.orders.read_slot.next = self.csr.read_slot.val();
        self.orders.ctrl_data.next = self.csr.data.val();
        self.orders.do_order_seq_reset.next = self.csr.do_order_seq_reset.val();
        self.orders.do_arm.next = self.csr.do_arm.val();
        self.orders.do_kill.next = self.csr.do_kill.val();
        self.orders.do_heartbeat.next = self.csr.do_heartbeat.val();
        self.orders.do_limits_commit.next = self.csr.do_limits_commit.val();
        self.orders.do_throttle_clear.next = self.csr.do_throttle_clear.val();
        self.orders.do_user_ref_next.next = self.csr.do_user_ref_next.val();
        self.orders.do_tcp_seq_next.next = self.csr.do_tcp_seq_next.val();
        self.orders.cfg_heartbeat_timeout_ns.next = self.csr.cfg_heartbeat_timeout_ns.val();
        self.orders.cfg_epoch.next = self.csr.cfg_epoch.val().get_bits::<16>(0);
        self.orders.cfg_rate_tokens.next = self.csr.cfg_rate_tokens.val().get_bits::<16>(0);
        self.orders.cfg_rate_refill_ns.next = self.csr.cfg_rate_refill_ns.val();
        self.orders.cfg_throttle_ns.next = self.csr.cfg_throttle_ns.val();
        self.orders.cfg_gross_max_lo.next = self.csr.cfg_gross_max_lo.val();
        self.orders.cfg_gross_max_hi.next = self.csr.cfg_gross_max_hi.val();
        self.orders.do_gross_add.next = self.csr.do_gross_add_lo.val();
        self.orders.cfg_gross_add_hi.next = self.csr.cfg_gross_add_hi.val();
        self.csr.now_gross.next = self.orders.now_gross.val();
        self.orders.cfg_watchdog_cancel.next = self.csr.cfg_watchdog_cancel.val().get_bit(0);
        self.orders.cfg_watchdog_firm.next = self.csr.cfg_watchdog_firm.val();
        self.orders.cfg_tcp_peer_ack.next = self.csr.cfg_tcp_peer_ack.val();
        self.orders.cfg_tcp_peer_window.next = self.csr.cfg_tcp_peer_window.val();
        self.orders.cfg_tcp_ack.next = self.csr.cfg_tcp_ack.val();
        self.table_address.next = self.csr.cfg_table_addr.val();
        self.is_template.next = self.table_address.val().get_bits::<8>(24) == self.template.val();
        self.orders.table_write.next = self.csr.do_table_data.val() & self.is_template.val();
        self.orders.table_word.next = self.table_address.val().get_bits::<24>(0);
        self.orders.table_data.next = self.csr.data.val();
        self.table_bits.next = self.csr.data.val();
        self.orders.table_commit.next = self.csr.do_table_commit.val() & self.table_bits.val().get_bit(0);
        self.irq_kill.next = self.orders.kill_pulse.val();

        // What becomes of the orders.
        self.responses.clock.next = self.clock.val();
        self.responses.reset.next = self.reset_q.q.val();
        self.responses.now.next = self.card_time.now.val();
        self.responses.cfg_follow.next = self.csr.cfg_rx_follow.val().get_bit(0);
        self.responses.cfg_peer.next = self.csr.cfg_rx_peer.val();
        self.responses.cfg_own.next = self.csr.cfg_rx_own.val();
        self.responses.cfg_ports.next = self.csr.cfg_rx_ports.val();
        self.responses.do_seq_next.next = self.csr.do_rx_seq_next.val();
        self.responses.do_message_next.next = self.csr.do_rx_message_next.val();
        self.responses.ctrl_data.next = self.csr.data.val();
        self.csr.now_rx_seq_next.next = self.responses.now_seq_next.val();
        self.csr.now_rx_message_next.next = self.responses.now_message_next.val();
        self.responses.rx_data.next = self.rx_o_tdata.val();
        self.responses.rx_keep.next = self.rx_o_tkeep.val();
        self.responses.rx_valid.next = self.rx_o_tvalid.val();
        self.responses.rx_last.next = self.rx_o_tlast.val();
        self.responses.rx_user.next = self.rx_o_tuser.val();
        self.orders.keeps_ready.next = self.responses.ready.val();
        self.responses.grant.next = self.orders.granted.val();
        self.responses.grant_ref.next = self.orders.granted_ref.val();
        self.responses.grant_slot.next = self.orders.granted_slot.val();
        self.responses.grant_buy.next = self.orders.granted_buy.val();
        self.responses.grant_qty.next = self.orders.granted_qty.val();
        self.responses.grant_opens.next = self.orders.granted_opens.val();
        self.responses.host_write.next = self.csr.slot_write.val();
        self.responses.host_slot.next = self.csr.slot.val();
        self.responses.host_register.next = self.csr.slot_register.val();
        self.responses.host_data.next = self.csr.slot_data.val();

        // Triggers.
        self.orders.coming_slot.next = self.path.coming_slot.val();
        self.orders.best_valid.next = self.path.best_valid.val();
        self.orders.best.next = self.path.best.val();
        self.orders.coming_bid.next = self.path.coming_bid.val();
        self.orders.best_own.next = self.path.best_own.val();
        self.orders.best_exact.next = self.path.best_exact.val();
        self.orders.best_clear.next = self.path.best_clear.val();
        self.orders.best_clear_slot.next = self.path.best_clear_slot.val();
        self.orders.session_lost.next = !self.lines.session_locked.val()
            | self.lines.session_pending.val()
            | self.csr.do_session_ctrl.val();
        self.orders.stale_all.next = self.lines.stale_all.val();
        self.orders.cfg_wait_fcs.next = self.control.val().get_bit(2);
        self.orders.rx_valid[0].next = self.rx_a_tvalid.val();
        self.orders.rx_last[0].next = self.rx_a_tlast.val();
        self.orders.rx_user[0].next = self.rx_a_tuser.val();
        self.orders.rx_valid[1].next = self.rx_b_tvalid.val();
        self.orders.rx_last[1].next = self.rx_b_tlast.val();
        self.orders.rx_user[1].next = self.rx_b_tuser.val();
        self.arm_words.letters.next = self.csr.cfg_trigger_letters.val();
        self.arm_words.routing.next = self.csr.cfg_trigger_routing.val();
        self.arm_words.qty.next = self.csr.cfg_trigger_qty.val();
        self.arm_words.price.next = self.csr.cfg_trigger_price.val();
        self.arm_words.token.next = self.csr.cfg_trigger_token.val();
        self.arm_words.cl_ord_id_0.next = self.csr.cfg_trigger_cl_ord_id_0.val();
        self.arm_words.cl_ord_id_1.next = self.csr.cfg_trigger_cl_ord_id_1.val();
        self.arm_words.cl_ord_id_2.next = self.csr.cfg_trigger_cl_ord_id_2.val();
        self.arm_words.cl_ord_id_3.next = self.csr.cfg_trigger_cl_ord_id_3.val();
        self.arm_words.compare.next = self.csr.cfg_trigger_compare.val();
        self.arm_words.threshold.next = self.csr.cfg_trigger_threshold.val();
        self.arm_words.constant_0.next = self.csr.cfg_trigger_constant_0.val();
        self.arm_words.constant_1.next = self.csr.cfg_trigger_constant_1.val();
        self.arm_words.itch_expiry_lo.next = self.csr.cfg_trigger_itch_expiry_lo.val();
        self.arm_words.itch_expiry_hi.next = self.csr.cfg_trigger_itch_expiry_hi.val();
        self.arm_words.expiry_lo.next = self.csr.cfg_trigger_expiry_lo.val();
        self.arm_words.expiry_hi.next = self.csr.cfg_trigger_expiry_hi.val();
        self.arm_words.seq.next = self.csr.cfg_trigger_seq.val();
        self.orders.arm_words.next = self.arm_words.words.val();
        self.orders.do_trigger_arm.next = self.csr.do_trigger_arm.val();
        self.orders.do_trigger_disarm.next = self.csr.do_trigger_disarm.val();
        self.csr.now_trigger_armed.next = self.orders.triggers_armed.val();

        // Status and counters.
        self.state.clock.next = self.clock.val();
        self.state.reset.next = self.reset_q.q.val();
        self.state.active.next = self.lines.busy.val() | self.path.busy.val();
        self.state.waiting.next = self.dma.busy.val() | !self.path.ready.val();
        self.state.store_busy.next = self.path.store_busy.val();
        self.state.gap_pending.next = self.lines.gap_pending.val();
        self.state.session_pending.next = self.lines.session_pending.val();
        self.state.session_locked.next = self.lines.session_locked.val();
        self.state.sweeping.next = self.path.sweeping.val();
        self.state.killed.next = self.orders.killed.val();
        self.state.watchdog_due.next = self.orders.watchdog_due.val();
        self.state.armed.next = self.orders.armed.val();
        self.state.heartbeat_fresh.next = self.orders.heartbeat_fresh.val();
        self.state.events_full.next = self.dma.events_full.val();
        self.state.tx_busy.next = self.orders.tx_busy.val();
        self.collect.udp_rx_a.next = self.lines.udp_count[0].val();
        self.collect.udp_rx_b.next = self.lines.udp_count[1].val();
        self.collect.mold_rx_a.next = self.lines.mold_count[0].val();
        self.collect.mold_rx_b.next = self.lines.mold_count[1].val();
        self.collect.line_merge_a.next = self.lines.line_count[0].val();
        self.collect.line_merge_b.next = self.lines.line_count[1].val();
        self.collect.line_merge.next = self.lines.count.val();
        self.collect.itch_decode.next = self.path.decode_count.val();
        self.collect.notices.next = self.path.notice_count.val();
        self.collect.features.next = self.path.feature_count.val();
        self.collect.order_table.next = self.path.table_count.val();
        self.collect.level_store.next = self.path.store_count.val();
        self.collect.level_book.next = self.path.book_count.val();
        self.collect.dma_c2h.next = self.dma.count.val();
        self.collect.order_slot.next = self.orders.slot_count.val();
        self.collect.ouch_tx.next = self.orders.tx_count.val();
        self.collect.risk_gate.next = self.orders.gate_count.val();
        self.collect.frame_rx.next = self.frame_rx.count.val();
        self.collect.frame_tx.next = self.frame_tx.count.val();
        self.collect.trigger.next = self.orders.arm_count.val();
        self.collect.seg_rx.next = self.responses.segment_count.val();
        self.collect.ouch_rx.next = self.responses.message_count.val();
        self.collect.shell.next = self.shell_count.val();
        self.counters.clock.next = self.clock.val();
        self.counters.reset.next = self.reset_q.q.val();
        self.counters.pulses.next = self.collect.pulses.val();
        self.counters.read_word.next = self.csr.read_word.val();
    }
}

/// The card of a size.
pub fn build(size: Size) -> Elaborated {
    let config = size.contract();
    match size {
        Size::Small => elaborate(Top::<2, 4, 10, 11, 3, 8, 7, 4, 13, 46, 8, 4, 5, 128, 16>::new(
            &config,
        )),
        Size::Sim => elaborate(Top::<4, 16, 14, 15, 5, 32, 13, 10, 19, 50, 10, 6, 7, 512, 64>::new(&config)),
        Size::Alveo => {
            elaborate(Top::<6, 64, 16, 17, 7, 128, 14, 11, 20, 52, 10, 6, 7, 512, 64>::new(&config))
        }
    }
}
