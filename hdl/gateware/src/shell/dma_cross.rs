//! The card's writes into host memory (AXI4) between the core's clock and that of the host's bridge.
//!
//! ```text
//! host clock                 core clock
//! AW W ◄─ two queues ◄─
//! B    ─► one queue  ─►
//! ```
//!
//! Latency: that of `async_fifo` in each direction and channel.
//! Back-pressure: each channel's own; nothing waits for another channel here.

use crate::async_fifo::AsyncFifo;
use crate::prim::{Cat3, Cat4, Split3};
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct DmaCross<const W: usize, const WB: usize, const T: usize> {
    pub host_clock: Signal<In, Clock>,
    pub host_reset: Signal<In, Bit>,
    pub host_awaddr: Signal<Out, Bits<64>>,
    pub host_awlen: Signal<Out, Bits<8>>,
    pub host_awsize: Signal<Out, Bits<3>>,
    pub host_awburst: Signal<Out, Bits<2>>,
    pub host_awvalid: Signal<Out, Bit>,
    pub host_awready: Signal<In, Bit>,
    pub host_wdata: Signal<Out, Bits<W>>,
    pub host_wstrb: Signal<Out, Bits<WB>>,
    pub host_wlast: Signal<Out, Bit>,
    pub host_wvalid: Signal<Out, Bit>,
    pub host_wready: Signal<In, Bit>,
    pub host_bresp: Signal<In, Bits<2>>,
    pub host_bvalid: Signal<In, Bit>,
    pub host_bready: Signal<Out, Bit>,
    pub core_clock: Signal<In, Clock>,
    pub core_reset: Signal<In, Bit>,
    pub core_awaddr: Signal<In, Bits<64>>,
    pub core_awlen: Signal<In, Bits<8>>,
    pub core_awsize: Signal<In, Bits<3>>,
    pub core_awburst: Signal<In, Bits<2>>,
    pub core_awvalid: Signal<In, Bit>,
    pub core_awready: Signal<Out, Bit>,
    pub core_wdata: Signal<In, Bits<W>>,
    pub core_wstrb: Signal<In, Bits<WB>>,
    pub core_wlast: Signal<In, Bit>,
    pub core_wvalid: Signal<In, Bit>,
    pub core_wready: Signal<Out, Bit>,
    pub core_bresp: Signal<Out, Bits<2>>,
    pub core_bvalid: Signal<Out, Bit>,
    pub core_bready: Signal<In, Bit>,
    aw: AsyncFifo<Bits<77>, 4, 5>,
    aw_word: Cat4<64, 8, 3, 2, 77>,
    aw_out: Signal<Local, Bits<77>>,
    w: AsyncFifo<Bits<T>, 4, 5>,
    w_word: Cat3<W, WB, 1, T>,
    w_parts: Split3<W, WB, 1, T>,
    w_last: Signal<Local, Bits<1>>,
    b: AsyncFifo<Bits<2>, 4, 5>,
}

impl<const W: usize, const WB: usize, const T: usize> Logic for DmaCross<W, WB, T> {
    #[hdl_gen]
    fn update(&mut self) {
        self.aw.write_clock.next = self.core_clock.val();
        self.aw.write_reset.next = self.core_reset.val();
        self.aw.read_clock.next = self.host_clock.val();
        self.aw.read_reset.next = self.host_reset.val();
        self.aw_word.a.next = self.core_awaddr.val();
        self.aw_word.b.next = self.core_awlen.val();
        self.aw_word.c.next = self.core_awsize.val();
        self.aw_word.d.next = self.core_awburst.val();
        self.aw.sink.data.next = self.aw_word.y.val();
        self.aw_out.next = self.aw.source.data.val();
        self.host_awaddr.next = self.aw_out.val().get_bits::<64>(13);
        self.host_awlen.next = self.aw_out.val().get_bits::<8>(5);
        self.host_awsize.next = self.aw_out.val().get_bits::<3>(2);
        self.host_awburst.next = self.aw_out.val().get_bits::<2>(0);
        self.aw.sink.valid.next = self.core_awvalid.val();
        self.core_awready.next = self.aw.sink.ready.val();
        self.host_awvalid.next = self.aw.source.valid.val();
        self.aw.source.ready.next = self.host_awready.val();

        self.w.write_clock.next = self.core_clock.val();
        self.w.write_reset.next = self.core_reset.val();
        self.w.read_clock.next = self.host_clock.val();
        self.w.read_reset.next = self.host_reset.val();
        self.w_word.a.next = self.core_wdata.val();
        self.w_word.b.next = self.core_wstrb.val();
        self.w_word.c.next = self.core_wlast.val().into();
        self.w.sink.data.next = self.w_word.y.val();
        self.w_parts.x.next = self.w.source.data.val();
        self.host_wdata.next = self.w_parts.a.val();
        self.host_wstrb.next = self.w_parts.b.val();
        self.w_last.next = self.w_parts.c.val();
        self.host_wlast.next = self.w_last.val().any();
        self.w.sink.valid.next = self.core_wvalid.val();
        self.core_wready.next = self.w.sink.ready.val();
        self.host_wvalid.next = self.w.source.valid.val();
        self.w.source.ready.next = self.host_wready.val();

        self.b.write_clock.next = self.host_clock.val();
        self.b.write_reset.next = self.host_reset.val();
        self.b.read_clock.next = self.core_clock.val();
        self.b.read_reset.next = self.core_reset.val();
        self.b.sink.data.next = self.host_bresp.val();
        self.core_bresp.next = self.b.source.data.val();
        self.b.sink.valid.next = self.host_bvalid.val();
        self.host_bready.next = self.b.sink.ready.val();
        self.core_bvalid.next = self.b.source.valid.val();
        self.b.source.ready.next = self.core_bready.val();
    }
}
