//! Register bus (AXI4-Lite) between the clock of the host's bridge and the core's.
//!
//! ```text
//! host clock                 core clock
//! AW W AR ─► three queues ─►
//! B R    ◄─ two queues   ◄─
//! ```
//!
//! Latency: that of `async_fifo` in each direction and channel.
//! Back-pressure: each channel's own; nothing waits for another channel here.

use crate::async_fifo::AsyncFifo;
use crate::prim::Cat2;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct AxilCross {
    pub host_clock: Signal<In, Clock>,
    pub host_reset: Signal<In, Bit>,
    pub host_awaddr: Signal<In, Bits<16>>,
    pub host_awvalid: Signal<In, Bit>,
    pub host_awready: Signal<Out, Bit>,
    pub host_wdata: Signal<In, Bits<32>>,
    pub host_wstrb: Signal<In, Bits<4>>,
    pub host_wvalid: Signal<In, Bit>,
    pub host_wready: Signal<Out, Bit>,
    pub host_bresp: Signal<Out, Bits<2>>,
    pub host_bvalid: Signal<Out, Bit>,
    pub host_bready: Signal<In, Bit>,
    pub host_araddr: Signal<In, Bits<16>>,
    pub host_arvalid: Signal<In, Bit>,
    pub host_arready: Signal<Out, Bit>,
    pub host_rdata: Signal<Out, Bits<32>>,
    pub host_rresp: Signal<Out, Bits<2>>,
    pub host_rvalid: Signal<Out, Bit>,
    pub host_rready: Signal<In, Bit>,
    pub core_clock: Signal<In, Clock>,
    pub core_reset: Signal<In, Bit>,
    pub core_awaddr: Signal<Out, Bits<16>>,
    pub core_awvalid: Signal<Out, Bit>,
    pub core_awready: Signal<In, Bit>,
    pub core_wdata: Signal<Out, Bits<32>>,
    pub core_wstrb: Signal<Out, Bits<4>>,
    pub core_wvalid: Signal<Out, Bit>,
    pub core_wready: Signal<In, Bit>,
    pub core_bresp: Signal<In, Bits<2>>,
    pub core_bvalid: Signal<In, Bit>,
    pub core_bready: Signal<Out, Bit>,
    pub core_araddr: Signal<Out, Bits<16>>,
    pub core_arvalid: Signal<Out, Bit>,
    pub core_arready: Signal<In, Bit>,
    pub core_rdata: Signal<In, Bits<32>>,
    pub core_rresp: Signal<In, Bits<2>>,
    pub core_rvalid: Signal<In, Bit>,
    pub core_rready: Signal<Out, Bit>,
    aw: AsyncFifo<Bits<16>, 4, 5>,
    w: AsyncFifo<Bits<36>, 4, 5>,
    w_word: Cat2<32, 4, 36>,
    w_out: Signal<Local, Bits<36>>,
    b: AsyncFifo<Bits<2>, 4, 5>,
    ar: AsyncFifo<Bits<16>, 4, 5>,
    r: AsyncFifo<Bits<34>, 4, 5>,
    r_word: Cat2<32, 2, 34>,
    r_out: Signal<Local, Bits<34>>,
}

impl Logic for AxilCross {
    #[hdl_gen]
    fn update(&mut self) {
        self.aw.write_clock.next = self.host_clock.val();
        self.aw.write_reset.next = self.host_reset.val();
        self.aw.read_clock.next = self.core_clock.val();
        self.aw.read_reset.next = self.core_reset.val();
        self.aw.sink.data.next = self.host_awaddr.val();
        self.core_awaddr.next = self.aw.source.data.val();
        self.aw.sink.valid.next = self.host_awvalid.val();
        self.host_awready.next = self.aw.sink.ready.val();
        self.core_awvalid.next = self.aw.source.valid.val();
        self.aw.source.ready.next = self.core_awready.val();

        self.w.write_clock.next = self.host_clock.val();
        self.w.write_reset.next = self.host_reset.val();
        self.w.read_clock.next = self.core_clock.val();
        self.w.read_reset.next = self.core_reset.val();
        self.w_word.hi.next = self.host_wdata.val();
        self.w_word.lo.next = self.host_wstrb.val();
        self.w.sink.data.next = self.w_word.y.val();
        self.w_out.next = self.w.source.data.val();
        self.core_wdata.next = self.w_out.val().get_bits::<32>(4);
        self.core_wstrb.next = self.w_out.val().get_bits::<4>(0);
        self.w.sink.valid.next = self.host_wvalid.val();
        self.host_wready.next = self.w.sink.ready.val();
        self.core_wvalid.next = self.w.source.valid.val();
        self.w.source.ready.next = self.core_wready.val();

        self.b.write_clock.next = self.core_clock.val();
        self.b.write_reset.next = self.core_reset.val();
        self.b.read_clock.next = self.host_clock.val();
        self.b.read_reset.next = self.host_reset.val();
        self.b.sink.data.next = self.core_bresp.val();
        self.host_bresp.next = self.b.source.data.val();
        self.b.sink.valid.next = self.core_bvalid.val();
        self.core_bready.next = self.b.sink.ready.val();
        self.host_bvalid.next = self.b.source.valid.val();
        self.b.source.ready.next = self.host_bready.val();

        self.ar.write_clock.next = self.host_clock.val();
        self.ar.write_reset.next = self.host_reset.val();
        self.ar.read_clock.next = self.core_clock.val();
        self.ar.read_reset.next = self.core_reset.val();
        self.ar.sink.data.next = self.host_araddr.val();
        self.core_araddr.next = self.ar.source.data.val();
        self.ar.sink.valid.next = self.host_arvalid.val();
        self.host_arready.next = self.ar.sink.ready.val();
        self.core_arvalid.next = self.ar.source.valid.val();
        self.ar.source.ready.next = self.core_arready.val();

        self.r.write_clock.next = self.core_clock.val();
        self.r.write_reset.next = self.core_reset.val();
        self.r.read_clock.next = self.host_clock.val();
        self.r.read_reset.next = self.host_reset.val();
        self.r_word.hi.next = self.core_rdata.val();
        self.r_word.lo.next = self.core_rresp.val();
        self.r.sink.data.next = self.r_word.y.val();
        self.r_out.next = self.r.source.data.val();
        self.host_rdata.next = self.r_out.val().get_bits::<32>(2);
        self.host_rresp.next = self.r_out.val().get_bits::<2>(0);
        self.r.sink.valid.next = self.core_rvalid.val();
        self.core_rready.next = self.r.sink.ready.val();
        self.host_rvalid.next = self.r.source.valid.val();
        self.r.source.ready.next = self.host_rready.val();
    }
}
