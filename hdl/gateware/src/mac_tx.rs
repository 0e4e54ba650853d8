//! Frames from the core's clock to that of the MAC that sends them.
//!
//! ```text
//! core clock                          MAC clock
//! core ─► AsyncFifo 16 ─► start gate (2 cycles a frame) ─► mac
//! ```
//!
//! Latency: that of `async_fifo`, and 2 cycles of the MAC's clock before the first beat of each frame.
//! Back-pressure: `core_tready` is a register. The core's beats are continuous within a frame and the two clocks nominally one; the
//! two cycles let a phase that slips within a frame pass without a hole, which a MAC would send as a bad frame. `underrun`
//! pulses once for a frame in which there was one all the same, at its first hole.

use crate::async_fifo::AsyncFifo;
use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::Cat4;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct MacTx {
    pub core_clock: Signal<In, Clock>,
    pub core_reset: Signal<In, Bit>,
    pub core_tdata: Signal<In, Bits<64>>,
    pub core_tkeep: Signal<In, Bits<8>>,
    pub core_tvalid: Signal<In, Bit>,
    pub core_tready: Signal<Out, Bit>,
    pub core_tlast: Signal<In, Bit>,
    pub core_tuser: Signal<In, Bit>,
    pub mac_clock: Signal<In, Clock>,
    pub mac_reset: Signal<In, Bit>,
    pub mac_tdata: Signal<Out, Bits<64>>,
    pub mac_tkeep: Signal<Out, Bits<8>>,
    pub mac_tvalid: Signal<Out, Bit>,
    pub mac_tready: Signal<In, Bit>,
    pub mac_tlast: Signal<Out, Bit>,
    pub mac_tuser: Signal<Out, Bit>,
    /// Pulse of the MAC's clock: it wanted a beat within a frame, and there was none for the first time in that frame.
    pub underrun: Signal<Out, Bit>,
    queue: AsyncFifo<Bits<74>, 4, 5>,
    word: Cat4<64, 8, 1, 1, 74>,
    out: Signal<Local, Bits<74>>,
    is_last: Signal<Local, Bit>,
    is_open: Signal<Local, Bit>,
    /// Cycles for which the first beat of the present frame has been there: one, two.
    waited: DFF<Bit>,
    begun: DFF<Bit>,
    /// Its first beat is sent, its last not.
    under_way: DFF<Bit>,
    runs_dry: DFF<Bit>,
    /// The present frame has a hole that was told.
    holed: DFF<Bit>,
    has_hole: Signal<Local, Bit>,
}

impl Logic for MacTx {
    #[hdl_gen]
    fn update(&mut self) {
        self.queue.write_clock.next = self.core_clock.val();
        self.queue.write_reset.next = self.core_reset.val();
        self.word.a.next = self.core_tdata.val();
        self.word.b.next = self.core_tkeep.val();
        self.word.c.next = self.core_tlast.val().into();
        self.word.d.next = self.core_tuser.val().into();
        self.queue.sink.valid.next = self.core_tvalid.val();
        self.queue.sink.data.next = self.word.y.val();
        self.core_tready.next = self.queue.sink.ready.val();

        dff_setup!(self, mac_clock, waited, begun, under_way, runs_dry, holed);
        self.queue.read_clock.next = self.mac_clock.val();
        self.queue.read_reset.next = self.mac_reset.val();
        self.out.next = self.queue.source.data.val();
        self.mac_tdata.next = self.out.val().get_bits::<64>(10);
        self.mac_tkeep.next = self.out.val().get_bits::<8>(2);
        self.is_last.next = self.out.val().get_bit(1);
        self.mac_tlast.next = self.is_last.val();
        self.mac_tuser.next = self.out.val().get_bit(0);
        self.is_open.next = self.begun.q.val();
        self.waited.d.next = self.queue.source.valid.val();
        if self.queue.source.valid.val() & self.waited.q.val() {
            self.begun.d.next = true;
        }
        self.mac_tvalid.next = self.queue.source.valid.val() & self.is_open.val();
        self.queue.source.ready.next = self.mac_tready.val() & self.is_open.val();
        if self.queue.source.valid.val() & self.is_open.val() & self.mac_tready.val() {
            self.under_way.d.next = !self.is_last.val();
            if self.is_last.val() {
                self.begun.d.next = false;
                self.waited.d.next = false;
            }
        }
        self.has_hole.next = self.under_way.q.val() & self.mac_tready.val() & !self.queue.source.valid.val();
        self.runs_dry.d.next = self.has_hole.val() & !self.holed.q.val();
        self.holed.d.next = self.under_way.q.val() & (self.holed.q.val() | self.has_hole.val());
        self.underrun.next = self.runs_dry.q.val();
        if self.mac_reset.val() {
            self.waited.d.next = false;
            self.begun.d.next = false;
            self.under_way.d.next = false;
            self.runs_dry.d.next = false;
            self.holed.d.next = false;
        }
    }
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(MacTx::default())
}
