//! Write bus of BAR2 (AXI4) between the clock of the host's bridge and the core's.
//!
//! ```text
//! host clock                 core clock
//! AW W ─► two queues ─►
//! B    ◄─ one queue  ◄─
//! ```
//!
//! Latency: that of `async_fifo` in each direction and channel.
//! Back-pressure: each channel's own; nothing waits for another channel here.

use crate::async_fifo::AsyncFifo;
use crate::prim::{Cat3, Cat4};
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct SlotsCross {
    pub host_clock: Signal<In, Clock>,
    pub host_reset: Signal<In, Bit>,
    pub host_awaddr: Signal<In, Bits<16>>,
    pub host_awlen: Signal<In, Bits<8>>,
    pub host_awsize: Signal<In, Bits<3>>,
    pub host_awburst: Signal<In, Bits<2>>,
    pub host_awvalid: Signal<In, Bit>,
    pub host_awready: Signal<Out, Bit>,
    pub host_wdata: Signal<In, Bits<64>>,
    pub host_wstrb: Signal<In, Bits<8>>,
    pub host_wlast: Signal<In, Bit>,
    pub host_wvalid: Signal<In, Bit>,
    pub host_wready: Signal<Out, Bit>,
    pub host_bresp: Signal<Out, Bits<2>>,
    pub host_bvalid: Signal<Out, Bit>,
    pub host_bready: Signal<In, Bit>,
    pub core_clock: Signal<In, Clock>,
    pub core_reset: Signal<In, Bit>,
    pub core_awaddr: Signal<Out, Bits<16>>,
    pub core_awlen: Signal<Out, Bits<8>>,
    pub core_awsize: Signal<Out, Bits<3>>,
    pub core_awburst: Signal<Out, Bits<2>>,
    pub core_awvalid: Signal<Out, Bit>,
    pub core_awready: Signal<In, Bit>,
    pub core_wdata: Signal<Out, Bits<64>>,
    pub core_wstrb: Signal<Out, Bits<8>>,
    pub core_wlast: Signal<Out, Bit>,
    pub core_wvalid: Signal<Out, Bit>,
    pub core_wready: Signal<In, Bit>,
    pub core_bresp: Signal<In, Bits<2>>,
    pub core_bvalid: Signal<In, Bit>,
    pub core_bready: Signal<Out, Bit>,
    aw: AsyncFifo<Bits<29>, 4, 5>,
    aw_word: Cat4<16, 8, 3, 2, 29>,
    aw_out: Signal<Local, Bits<29>>,
    w: AsyncFifo<Bits<73>, 4, 5>,
    w_word: Cat3<64, 8, 1, 73>,
    w_out: Signal<Local, Bits<73>>,
    b: AsyncFifo<Bits<2>, 4, 5>,
}

impl Logic for SlotsCross {
    #[hdl_gen]
    fn update(&mut self) {
        self.aw.write_clock.next = self.host_clock.val();
        self.aw.write_reset.next = self.host_reset.val();
        self.aw.read_clock.next = self.core_clock.val();
        self.aw.read_reset.next = self.core_reset.val();
        self.aw_word.a.next = self.host_awaddr.val();
        self.aw_word.b.next = self.host_awlen.val();
        self.aw_word.c.next = self.host_awsize.val();
        self.aw_word.d.next = self.host_awburst.val();
        self.aw.sink.data.next = self.aw_word.y.val();
        self.aw_out.next = self.aw.source.data.val();
        self.core_awaddr.next = self.aw_out.val().get_bits::<16>(13);
        self.core_awlen.next = self.aw_out.val().get_bits::<8>(5);
        self.core_awsize.next = self.aw_out.val().get_bits::<3>(2);
        self.core_awburst.next = self.aw_out.val().get_bits::<2>(0);
        self.aw.sink.valid.next = self.host_awvalid.val();
        self.host_awready.next = self.aw.sink.ready.val();
        self.core_awvalid.next = self.aw.source.valid.val();
        self.aw.source.ready.next = self.core_awready.val();

        self.w.write_clock.next = self.host_clock.val();
        self.w.write_reset.next = self.host_reset.val();
        self.w.read_clock.next = self.core_clock.val();
        self.w.read_reset.next = self.core_reset.val();
        self.w_word.a.next = self.host_wdata.val();
        self.w_word.b.next = self.host_wstrb.val();
        self.w_word.c.next = self.host_wlast.val().into();
        self.w.sink.data.next = self.w_word.y.val();
        self.w_out.next = self.w.source.data.val();
        self.core_wdata.next = self.w_out.val().get_bits::<64>(9);
        self.core_wstrb.next = self.w_out.val().get_bits::<8>(1);
        self.core_wlast.next = self.w_out.val().get_bit(0);
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
    }
}
