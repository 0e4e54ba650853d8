//! The shell: everything between the core, which has one clock, and MACs and host bridge, which have theirs.
//!
//! ```text
//!  rx_a, rx_b, rx_o (own clocks) ─► MacRx ×3 ──► core_rx_*     ┐
//!  tx (own clock)                ◄─ MacTx ◄───── core_tx_*     │
//!  s_axil, s_axi (host clock)   ◄─► queues ◄───► core_axil_*, core_axi_*  ├ core clock
//!  m_axi (host clock)           ◄── queues ◄──── core_dma_*    │
//!  irq_* (host clock)           ◄── PulseSync ◄─ core_irq_*    │
//!  rx_*_lost, tx_underrun       ──► PulseSync ─► core_shell_count ┘
//!  reset ─► two flip-flops in each clock
//! ```
//!
//! Its ports are those of `top`, and those towards `top` with `core_` before the name: `hdl/shell` joins the two. A board's project joins
//! MACs and bridge to the outer ones and gives the clocks. Every crossing is `async_fifo`, `pulse_sync` or two flip-flops
//! (`tickforge gateware cdc`).
//!
//! What the MACs' side loses is counted by the core. `pulse_sync` has room for one more pulse while one is on its way, so the counts are exact as
//! long as the core's clock is not below 2/5 of the MAC's: frames of Ethernet begin ten beats apart, and a way and back is three cycles of each clock.
//!
//! Latency: that of `async_fifo` in each direction; two cycles of `tx_clock` before a frame.
//! Back-pressure: as `mac_rx` and `mac_tx` say; each channel of a bus has its own.
//! `reset` may come from any clock or none; it is held for eight cycles of the slowest clock, while all clocks run.

pub mod axil_cross;
pub mod dma_cross;
pub mod slots_cross;

use crate::emit::{Elaborated, Size, elaborate};
use crate::mac_rx::MacRx;
use crate::mac_tx::MacTx;
use crate::prim::{Cat4, Synchroniser};
use crate::pulse_sync::PulseSync;
use axil_cross::AxilCross;
use dma_cross::DmaCross;
use rust_hdl::prelude::*;
use slots_cross::SlotsCross;

/// See the module's text. `W` bits of DMA data, `WB = W / 8`, `T = W + WB + 1`.
#[derive(LogicBlock, Default)]
pub struct Shell<const W: usize, const WB: usize, const T: usize> {
    pub reset: Signal<In, Bit>,
    pub rx_a_clock: Signal<In, Clock>,
    pub rx_a_tdata: Signal<In, Bits<64>>,
    pub rx_a_tkeep: Signal<In, Bits<8>>,
    pub rx_a_tvalid: Signal<In, Bit>,
    pub rx_a_tlast: Signal<In, Bit>,
    pub rx_a_tuser: Signal<In, Bit>,
    /// Pulse of `rx_a_clock`: a frame was cut or dropped for want of room.
    pub rx_a_lost: Signal<Out, Bit>,
    pub rx_b_clock: Signal<In, Clock>,
    pub rx_b_tdata: Signal<In, Bits<64>>,
    pub rx_b_tkeep: Signal<In, Bits<8>>,
    pub rx_b_tvalid: Signal<In, Bit>,
    pub rx_b_tlast: Signal<In, Bit>,
    pub rx_b_tuser: Signal<In, Bit>,
    /// Pulse of `rx_b_clock`: a frame was cut or dropped for want of room.
    pub rx_b_lost: Signal<Out, Bit>,
    pub rx_o_clock: Signal<In, Clock>,
    pub rx_o_tdata: Signal<In, Bits<64>>,
    pub rx_o_tkeep: Signal<In, Bits<8>>,
    pub rx_o_tvalid: Signal<In, Bit>,
    pub rx_o_tlast: Signal<In, Bit>,
    pub rx_o_tuser: Signal<In, Bit>,
    /// Pulse of `rx_o_clock`: a frame was cut or dropped for want of room.
    pub rx_o_lost: Signal<Out, Bit>,
    pub tx_clock: Signal<In, Clock>,
    pub tx_tdata: Signal<Out, Bits<64>>,
    pub tx_tkeep: Signal<Out, Bits<8>>,
    pub tx_tvalid: Signal<Out, Bit>,
    pub tx_tready: Signal<In, Bit>,
    pub tx_tlast: Signal<Out, Bit>,
    pub tx_tuser: Signal<Out, Bit>,
    /// Pulse of `tx_clock`: a frame that is leaving has a hole; one a frame.
    pub tx_underrun: Signal<Out, Bit>,
    /// Clock of the bridge to the host, and all its buses.
    pub host_clock: Signal<In, Clock>,
    /// Bus Master as the configuration space says.
    pub bus_master: Signal<In, Bit>,
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
    pub irq_kill: Signal<Out, Bit>,
    pub irq_event: Signal<Out, Bit>,
    pub core_clock: Signal<In, Clock>,
    /// Reset of the core, in its clock.
    pub core_reset: Signal<Out, Bit>,
    pub core_rx_a_tdata: Signal<Out, Bits<64>>,
    pub core_rx_a_tkeep: Signal<Out, Bits<8>>,
    pub core_rx_a_tvalid: Signal<Out, Bit>,
    pub core_rx_a_tlast: Signal<Out, Bit>,
    pub core_rx_a_tuser: Signal<Out, Bit>,
    pub core_rx_b_tdata: Signal<Out, Bits<64>>,
    pub core_rx_b_tkeep: Signal<Out, Bits<8>>,
    pub core_rx_b_tvalid: Signal<Out, Bit>,
    pub core_rx_b_tlast: Signal<Out, Bit>,
    pub core_rx_b_tuser: Signal<Out, Bit>,
    pub core_rx_o_tdata: Signal<Out, Bits<64>>,
    pub core_rx_o_tkeep: Signal<Out, Bits<8>>,
    pub core_rx_o_tvalid: Signal<Out, Bit>,
    pub core_rx_o_tlast: Signal<Out, Bit>,
    pub core_rx_o_tuser: Signal<Out, Bit>,
    pub core_tx_tdata: Signal<In, Bits<64>>,
    pub core_tx_tkeep: Signal<In, Bits<8>>,
    pub core_tx_tvalid: Signal<In, Bit>,
    pub core_tx_tready: Signal<Out, Bit>,
    pub core_tx_tlast: Signal<In, Bit>,
    pub core_tx_tuser: Signal<In, Bit>,
    pub core_bus_master: Signal<Out, Bit>,
    pub core_axil_awaddr: Signal<Out, Bits<16>>,
    pub core_axil_awvalid: Signal<Out, Bit>,
    pub core_axil_awready: Signal<In, Bit>,
    pub core_axil_wdata: Signal<Out, Bits<32>>,
    pub core_axil_wstrb: Signal<Out, Bits<4>>,
    pub core_axil_wvalid: Signal<Out, Bit>,
    pub core_axil_wready: Signal<In, Bit>,
    pub core_axil_bresp: Signal<In, Bits<2>>,
    pub core_axil_bvalid: Signal<In, Bit>,
    pub core_axil_bready: Signal<Out, Bit>,
    pub core_axil_araddr: Signal<Out, Bits<16>>,
    pub core_axil_arvalid: Signal<Out, Bit>,
    pub core_axil_arready: Signal<In, Bit>,
    pub core_axil_rdata: Signal<In, Bits<32>>,
    pub core_axil_rresp: Signal<In, Bits<2>>,
    pub core_axil_rvalid: Signal<In, Bit>,
    pub core_axil_rready: Signal<Out, Bit>,
    pub core_axi_awaddr: Signal<Out, Bits<16>>,
    pub core_axi_awlen: Signal<Out, Bits<8>>,
    pub core_axi_awsize: Signal<Out, Bits<3>>,
    pub core_axi_awburst: Signal<Out, Bits<2>>,
    pub core_axi_awvalid: Signal<Out, Bit>,
    pub core_axi_awready: Signal<In, Bit>,
    pub core_axi_wdata: Signal<Out, Bits<64>>,
    pub core_axi_wstrb: Signal<Out, Bits<8>>,
    pub core_axi_wlast: Signal<Out, Bit>,
    pub core_axi_wvalid: Signal<Out, Bit>,
    pub core_axi_wready: Signal<In, Bit>,
    pub core_axi_bresp: Signal<In, Bits<2>>,
    pub core_axi_bvalid: Signal<In, Bit>,
    pub core_axi_bready: Signal<Out, Bit>,
    pub core_dma_awaddr: Signal<In, Bits<64>>,
    pub core_dma_awlen: Signal<In, Bits<8>>,
    pub core_dma_awsize: Signal<In, Bits<3>>,
    pub core_dma_awburst: Signal<In, Bits<2>>,
    pub core_dma_awvalid: Signal<In, Bit>,
    pub core_dma_awready: Signal<Out, Bit>,
    pub core_dma_wdata: Signal<In, Bits<W>>,
    pub core_dma_wstrb: Signal<In, Bits<WB>>,
    pub core_dma_wlast: Signal<In, Bit>,
    pub core_dma_wvalid: Signal<In, Bit>,
    pub core_dma_wready: Signal<Out, Bit>,
    pub core_dma_bresp: Signal<Out, Bits<2>>,
    pub core_dma_bvalid: Signal<Out, Bit>,
    pub core_dma_bready: Signal<In, Bit>,
    /// Counter pulses of `shell` in the contract's order: `rx_a_lost`, `rx_b_lost`, `rx_o_lost`, `tx_underrun`.
    pub core_shell_count: Signal<Out, Bits<4>>,
    pub core_irq_kill: Signal<In, Bit>,
    pub core_irq_event: Signal<In, Bit>,
    reset_a: Synchroniser<1>,
    reset_b: Synchroniser<1>,
    reset_o: Synchroniser<1>,
    reset_tx: Synchroniser<1>,
    reset_host: Synchroniser<1>,
    reset_core: Synchroniser<1>,
    core_resets: Signal<Local, Bit>,
    host_resets: Signal<Local, Bit>,
    master: DFF<Bits<1>>,
    master_seen: Synchroniser<1>,
    line_a: MacRx,
    line_b: MacRx,
    line_o: MacRx,
    sender: MacTx,
    registers: AxilCross,
    slots: SlotsCross,
    dma: DmaCross<W, WB, T>,
    lost_a: PulseSync,
    lost_b: PulseSync,
    lost_o: PulseSync,
    ran_dry: PulseSync,
    /// Highest bit first.
    counts: Cat4<1, 1, 1, 1, 4>,
    killed: PulseSync,
    happened: PulseSync,
}

impl<const W: usize, const WB: usize, const T: usize> Logic for Shell<W, WB, T> {
    #[hdl_gen]
    fn update(&mut self) {
        self.reset_core.clock.next = self.core_clock.val();
        self.reset_core.d.next = self.reset.val().into();
        self.core_resets.next = self.reset_core.q.val().any();
        self.core_reset.next = self.core_resets.val();
        self.reset_host.clock.next = self.host_clock.val();
        self.reset_host.d.next = self.reset.val().into();
        self.host_resets.next = self.reset_host.q.val().any();
        self.master.clock.next = self.host_clock.val();
        self.master.d.next = self.bus_master.val().into();
        self.master_seen.clock.next = self.core_clock.val();
        self.master_seen.d.next = self.master.q.val();
        self.core_bus_master.next = self.master_seen.q.val().any();

        self.reset_a.clock.next = self.rx_a_clock.val();
        self.reset_a.d.next = self.reset.val().into();
        self.line_a.mac_clock.next = self.rx_a_clock.val();
        self.line_a.mac_reset.next = self.reset_a.q.val().any();
        self.line_a.core_clock.next = self.core_clock.val();
        self.line_a.core_reset.next = self.core_resets.val();
        self.line_a.mac_tdata.next = self.rx_a_tdata.val();
        self.core_rx_a_tdata.next = self.line_a.core_tdata.val();
        self.line_a.mac_tkeep.next = self.rx_a_tkeep.val();
        self.core_rx_a_tkeep.next = self.line_a.core_tkeep.val();
        self.line_a.mac_tvalid.next = self.rx_a_tvalid.val();
        self.core_rx_a_tvalid.next = self.line_a.core_tvalid.val();
        self.line_a.mac_tlast.next = self.rx_a_tlast.val();
        self.core_rx_a_tlast.next = self.line_a.core_tlast.val();
        self.line_a.mac_tuser.next = self.rx_a_tuser.val();
        self.core_rx_a_tuser.next = self.line_a.core_tuser.val();
        self.rx_a_lost.next = self.line_a.lost.val();

        self.reset_b.clock.next = self.rx_b_clock.val();
        self.reset_b.d.next = self.reset.val().into();
        self.line_b.mac_clock.next = self.rx_b_clock.val();
        self.line_b.mac_reset.next = self.reset_b.q.val().any();
        self.line_b.core_clock.next = self.core_clock.val();
        self.line_b.core_reset.next = self.core_resets.val();
        self.line_b.mac_tdata.next = self.rx_b_tdata.val();
        self.core_rx_b_tdata.next = self.line_b.core_tdata.val();
        self.line_b.mac_tkeep.next = self.rx_b_tkeep.val();
        self.core_rx_b_tkeep.next = self.line_b.core_tkeep.val();
        self.line_b.mac_tvalid.next = self.rx_b_tvalid.val();
        self.core_rx_b_tvalid.next = self.line_b.core_tvalid.val();
        self.line_b.mac_tlast.next = self.rx_b_tlast.val();
        self.core_rx_b_tlast.next = self.line_b.core_tlast.val();
        self.line_b.mac_tuser.next = self.rx_b_tuser.val();
        self.core_rx_b_tuser.next = self.line_b.core_tuser.val();
        self.rx_b_lost.next = self.line_b.lost.val();

        self.reset_o.clock.next = self.rx_o_clock.val();
        self.reset_o.d.next = self.reset.val().into();
        self.line_o.mac_clock.next = self.rx_o_clock.val();
        self.line_o.mac_reset.next = self.reset_o.q.val().any();
        self.line_o.core_clock.next = self.core_clock.val();
        self.line_o.core_reset.next = self.core_resets.val();
        self.line_o.mac_tdata.next = self.rx_o_tdata.val();
        self.core_rx_o_tdata.next = self.line_o.core_tdata.val();
        self.line_o.mac_tkeep.next = self.rx_o_tkeep.val();
        self.core_rx_o_tkeep.next = self.line_o.core_tkeep.val();
        self.line_o.mac_tvalid.next = self.rx_o_tvalid.val();
        self.core_rx_o_tvalid.next = self.line_o.core_tvalid.val();
        self.line_o.mac_tlast.next = self.rx_o_tlast.val();
        self.core_rx_o_tlast.next = self.line_o.core_tlast.val();
        self.line_o.mac_tuser.next = self.rx_o_tuser.val();
        self.core_rx_o_tuser.next = self.line_o.core_tuser.val();
        self.rx_o_lost.next = self.line_o.lost.val();

        self.sender.core_tdata.next = self.core_tx_tdata.val();
        self.tx_tdata.next = self.sender.mac_tdata.val();
        self.sender.core_tkeep.next = self.core_tx_tkeep.val();
        self.tx_tkeep.next = self.sender.mac_tkeep.val();
        self.sender.core_tvalid.next = self.core_tx_tvalid.val();
        self.tx_tvalid.next = self.sender.mac_tvalid.val();
        self.sender.mac_tready.next = self.tx_tready.val();
        self.core_tx_tready.next = self.sender.core_tready.val();
        self.sender.core_tlast.next = self.core_tx_tlast.val();
        self.tx_tlast.next = self.sender.mac_tlast.val();
        self.sender.core_tuser.next = self.core_tx_tuser.val();
        self.tx_tuser.next = self.sender.mac_tuser.val();
        self.tx_underrun.next = self.sender.underrun.val();
        self.reset_tx.clock.next = self.tx_clock.val();
        self.reset_tx.d.next = self.reset.val().into();
        self.sender.core_clock.next = self.core_clock.val();
        self.sender.core_reset.next = self.core_resets.val();
        self.sender.mac_clock.next = self.tx_clock.val();
        self.sender.mac_reset.next = self.reset_tx.q.val().any();

        self.registers.host_clock.next = self.host_clock.val();
        self.registers.host_reset.next = self.host_resets.val();
        self.registers.core_clock.next = self.core_clock.val();
        self.registers.core_reset.next = self.core_resets.val();
        self.registers.host_awaddr.next = self.s_axil_awaddr.val();
        self.core_axil_awaddr.next = self.registers.core_awaddr.val();
        self.registers.host_awvalid.next = self.s_axil_awvalid.val();
        self.core_axil_awvalid.next = self.registers.core_awvalid.val();
        self.registers.core_awready.next = self.core_axil_awready.val();
        self.s_axil_awready.next = self.registers.host_awready.val();
        self.registers.host_wdata.next = self.s_axil_wdata.val();
        self.core_axil_wdata.next = self.registers.core_wdata.val();
        self.registers.host_wstrb.next = self.s_axil_wstrb.val();
        self.core_axil_wstrb.next = self.registers.core_wstrb.val();
        self.registers.host_wvalid.next = self.s_axil_wvalid.val();
        self.core_axil_wvalid.next = self.registers.core_wvalid.val();
        self.registers.core_wready.next = self.core_axil_wready.val();
        self.s_axil_wready.next = self.registers.host_wready.val();
        self.registers.core_bresp.next = self.core_axil_bresp.val();
        self.s_axil_bresp.next = self.registers.host_bresp.val();
        self.registers.core_bvalid.next = self.core_axil_bvalid.val();
        self.s_axil_bvalid.next = self.registers.host_bvalid.val();
        self.registers.host_bready.next = self.s_axil_bready.val();
        self.core_axil_bready.next = self.registers.core_bready.val();
        self.registers.host_araddr.next = self.s_axil_araddr.val();
        self.core_axil_araddr.next = self.registers.core_araddr.val();
        self.registers.host_arvalid.next = self.s_axil_arvalid.val();
        self.core_axil_arvalid.next = self.registers.core_arvalid.val();
        self.registers.core_arready.next = self.core_axil_arready.val();
        self.s_axil_arready.next = self.registers.host_arready.val();
        self.registers.core_rdata.next = self.core_axil_rdata.val();
        self.s_axil_rdata.next = self.registers.host_rdata.val();
        self.registers.core_rresp.next = self.core_axil_rresp.val();
        self.s_axil_rresp.next = self.registers.host_rresp.val();
        self.registers.core_rvalid.next = self.core_axil_rvalid.val();
        self.s_axil_rvalid.next = self.registers.host_rvalid.val();
        self.registers.host_rready.next = self.s_axil_rready.val();
        self.core_axil_rready.next = self.registers.core_rready.val();

        self.slots.host_clock.next = self.host_clock.val();
        self.slots.host_reset.next = self.host_resets.val();
        self.slots.core_clock.next = self.core_clock.val();
        self.slots.core_reset.next = self.core_resets.val();
        self.slots.host_awaddr.next = self.s_axi_awaddr.val();
        self.core_axi_awaddr.next = self.slots.core_awaddr.val();
        self.slots.host_awlen.next = self.s_axi_awlen.val();
        self.core_axi_awlen.next = self.slots.core_awlen.val();
        self.slots.host_awsize.next = self.s_axi_awsize.val();
        self.core_axi_awsize.next = self.slots.core_awsize.val();
        self.slots.host_awburst.next = self.s_axi_awburst.val();
        self.core_axi_awburst.next = self.slots.core_awburst.val();
        self.slots.host_awvalid.next = self.s_axi_awvalid.val();
        self.core_axi_awvalid.next = self.slots.core_awvalid.val();
        self.slots.core_awready.next = self.core_axi_awready.val();
        self.s_axi_awready.next = self.slots.host_awready.val();
        self.slots.host_wdata.next = self.s_axi_wdata.val();
        self.core_axi_wdata.next = self.slots.core_wdata.val();
        self.slots.host_wstrb.next = self.s_axi_wstrb.val();
        self.core_axi_wstrb.next = self.slots.core_wstrb.val();
        self.slots.host_wlast.next = self.s_axi_wlast.val();
        self.core_axi_wlast.next = self.slots.core_wlast.val();
        self.slots.host_wvalid.next = self.s_axi_wvalid.val();
        self.core_axi_wvalid.next = self.slots.core_wvalid.val();
        self.slots.core_wready.next = self.core_axi_wready.val();
        self.s_axi_wready.next = self.slots.host_wready.val();
        self.slots.core_bresp.next = self.core_axi_bresp.val();
        self.s_axi_bresp.next = self.slots.host_bresp.val();
        self.slots.core_bvalid.next = self.core_axi_bvalid.val();
        self.s_axi_bvalid.next = self.slots.host_bvalid.val();
        self.slots.host_bready.next = self.s_axi_bready.val();
        self.core_axi_bready.next = self.slots.core_bready.val();

        self.dma.host_clock.next = self.host_clock.val();
        self.dma.host_reset.next = self.host_resets.val();
        self.dma.core_clock.next = self.core_clock.val();
        self.dma.core_reset.next = self.core_resets.val();
        self.dma.core_awaddr.next = self.core_dma_awaddr.val();
        self.m_axi_awaddr.next = self.dma.host_awaddr.val();
        self.dma.core_awlen.next = self.core_dma_awlen.val();
        self.m_axi_awlen.next = self.dma.host_awlen.val();
        self.dma.core_awsize.next = self.core_dma_awsize.val();
        self.m_axi_awsize.next = self.dma.host_awsize.val();
        self.dma.core_awburst.next = self.core_dma_awburst.val();
        self.m_axi_awburst.next = self.dma.host_awburst.val();
        self.dma.core_awvalid.next = self.core_dma_awvalid.val();
        self.m_axi_awvalid.next = self.dma.host_awvalid.val();
        self.dma.host_awready.next = self.m_axi_awready.val();
        self.core_dma_awready.next = self.dma.core_awready.val();
        self.dma.core_wdata.next = self.core_dma_wdata.val();
        self.m_axi_wdata.next = self.dma.host_wdata.val();
        self.dma.core_wstrb.next = self.core_dma_wstrb.val();
        self.m_axi_wstrb.next = self.dma.host_wstrb.val();
        self.dma.core_wlast.next = self.core_dma_wlast.val();
        self.m_axi_wlast.next = self.dma.host_wlast.val();
        self.dma.core_wvalid.next = self.core_dma_wvalid.val();
        self.m_axi_wvalid.next = self.dma.host_wvalid.val();
        self.dma.host_wready.next = self.m_axi_wready.val();
        self.core_dma_wready.next = self.dma.core_wready.val();
        self.dma.host_bresp.next = self.m_axi_bresp.val();
        self.core_dma_bresp.next = self.dma.core_bresp.val();
        self.dma.host_bvalid.next = self.m_axi_bvalid.val();
        self.core_dma_bvalid.next = self.dma.core_bvalid.val();
        self.dma.core_bready.next = self.core_dma_bready.val();
        self.m_axi_bready.next = self.dma.host_bready.val();

        self.lost_a.from_clock.next = self.rx_a_clock.val();
        self.lost_a.from_reset.next = self.reset_a.q.val().any();
        self.lost_a.pulse.next = self.line_a.lost.val();
        self.lost_a.to_clock.next = self.core_clock.val();
        self.lost_a.to_reset.next = self.core_resets.val();
        self.counts.d.next = self.lost_a.told.val().into();
        self.lost_b.from_clock.next = self.rx_b_clock.val();
        self.lost_b.from_reset.next = self.reset_b.q.val().any();
        self.lost_b.pulse.next = self.line_b.lost.val();
        self.lost_b.to_clock.next = self.core_clock.val();
        self.lost_b.to_reset.next = self.core_resets.val();
        self.counts.c.next = self.lost_b.told.val().into();
        self.lost_o.from_clock.next = self.rx_o_clock.val();
        self.lost_o.from_reset.next = self.reset_o.q.val().any();
        self.lost_o.pulse.next = self.line_o.lost.val();
        self.lost_o.to_clock.next = self.core_clock.val();
        self.lost_o.to_reset.next = self.core_resets.val();
        self.counts.b.next = self.lost_o.told.val().into();
        self.ran_dry.from_clock.next = self.tx_clock.val();
        self.ran_dry.from_reset.next = self.reset_tx.q.val().any();
        self.ran_dry.pulse.next = self.sender.underrun.val();
        self.ran_dry.to_clock.next = self.core_clock.val();
        self.ran_dry.to_reset.next = self.core_resets.val();
        self.counts.a.next = self.ran_dry.told.val().into();
        self.core_shell_count.next = self.counts.y.val();

        self.killed.from_clock.next = self.core_clock.val();
        self.killed.from_reset.next = self.core_resets.val();
        self.killed.pulse.next = self.core_irq_kill.val();
        self.killed.to_clock.next = self.host_clock.val();
        self.killed.to_reset.next = self.host_resets.val();
        self.irq_kill.next = self.killed.told.val();

        self.happened.from_clock.next = self.core_clock.val();
        self.happened.from_reset.next = self.core_resets.val();
        self.happened.pulse.next = self.core_irq_event.val();
        self.happened.to_clock.next = self.host_clock.val();
        self.happened.to_reset.next = self.host_resets.val();
        self.irq_event.next = self.happened.told.val();
    }
}

/// The shell of the `top` of that size.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(Shell::<128, 16, 145>::default()),
        Size::Sim | Size::Alveo => elaborate(Shell::<512, 64, 577>::default()),
    }
}

/// The port of `top` to which a port of the shell is joined, and with which it shares but the name's beginning; `None` for one of the shell's
/// outer side.
pub fn port_of_core(shell: &str) -> Option<String> {
    const NAMES: [(&str, &str); 4] = [
        ("core_axil_", "s_axil_"),
        ("core_axi_", "s_axi_"),
        ("core_dma_", "m_axi_"),
        ("core_", ""),
    ];
    NAMES
        .iter()
        .find_map(|(from, to)| Some(format!("{to}{}", shell.strip_prefix(from)?)))
}
