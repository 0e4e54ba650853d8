//! Received frames from their MAC's clock to the core's.
//!
//! ```text
//!        MAC clock                       core clock
//! mac ─► guard (whole or marked bad) ─► AsyncFifo 16 ─► core
//! ```
//!
//! Latency: that of `async_fifo`. Gaps come through as gaps, and new ones may appear inside frames.
//! Back-pressure: none, as none is on the wire. The core takes a beat every cycle; its clock must not be slower than the MAC's by
//! more than the gaps between frames make good (a nominal 156.25 MHz on both sides: 16 beats last for any frame). When it is, the
//! frame that found no room is cut: what of it went through ends in a beat with `tuser`, the rest is dropped, and `lost`
//! pulses once for it. The core thus never takes a frame with a hole for a whole one.

use crate::async_fifo::AsyncFifo;
use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::Cat4;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct MacRx {
    pub mac_clock: Signal<In, Clock>,
    pub mac_reset: Signal<In, Bit>,
    pub mac_tdata: Signal<In, Bits<64>>,
    pub mac_tkeep: Signal<In, Bits<8>>,
    pub mac_tvalid: Signal<In, Bit>,
    pub mac_tlast: Signal<In, Bit>,
    pub mac_tuser: Signal<In, Bit>,
    /// Pulse of the MAC's clock: a frame was cut or dropped for want of room.
    pub lost: Signal<Out, Bit>,
    pub core_clock: Signal<In, Clock>,
    pub core_reset: Signal<In, Bit>,
    pub core_tdata: Signal<Out, Bits<64>>,
    pub core_tkeep: Signal<Out, Bits<8>>,
    pub core_tvalid: Signal<Out, Bit>,
    pub core_tlast: Signal<Out, Bit>,
    pub core_tuser: Signal<Out, Bit>,
    queue: AsyncFifo<Bits<74>, 4, 5>,
    word: Cat4<64, 8, 1, 1, 74>,
    out: Signal<Local, Bits<74>>,
    /// Beats of the present frame went through.
    under_way: DFF<Bit>,
    /// The rest of the present frame is dropped.
    torn: DFF<Bit>,
    /// The beat that ends a cut frame has yet to go through.
    owes: DFF<Bit>,
    loses: DFF<Bit>,
    offers: Signal<Local, Bit>,
    has_room: Signal<Local, Bit>,
    first_byte: Constant<Bits<8>>,
}

impl Default for MacRx {
    fn default() -> Self {
        Self {
            mac_clock: Signal::default(),
            mac_reset: Signal::default(),
            mac_tdata: Signal::default(),
            mac_tkeep: Signal::default(),
            mac_tvalid: Signal::default(),
            mac_tlast: Signal::default(),
            mac_tuser: Signal::default(),
            lost: Signal::default(),
            core_clock: Signal::default(),
            core_reset: Signal::default(),
            core_tdata: Signal::default(),
            core_tkeep: Signal::default(),
            core_tvalid: Signal::default(),
            core_tlast: Signal::default(),
            core_tuser: Signal::default(),
            queue: AsyncFifo::default(),
            word: Cat4::default(),
            out: Signal::default(),
            under_way: DFF::default(),
            torn: DFF::default(),
            owes: DFF::default(),
            loses: DFF::default(),
            offers: Signal::default(),
            has_room: Signal::default(),
            first_byte: Constant::new(1_u64.into()),
        }
    }
}

impl Logic for MacRx {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, mac_clock, under_way, torn, owes, loses);
        self.queue.write_clock.next = self.mac_clock.val();
        self.queue.write_reset.next = self.mac_reset.val();
        self.has_room.next = self.queue.sink.ready.val();
        self.lost.next = self.loses.q.val();
        self.loses.d.next = false;
        // Highest part first.
        self.word.a.next = self.mac_tdata.val();
        self.word.b.next = self.mac_tkeep.val();
        self.word.c.next = self.mac_tlast.val().into();
        self.word.d.next = self.mac_tuser.val().into();
        self.offers.next = self.mac_tvalid.val() & !self.torn.q.val();
        if self.owes.q.val() {
            self.word.b.next = self.first_byte.val();
            self.word.c.next = 1.into();
            self.word.d.next = 1.into();
            self.offers.next = true;
            self.owes.d.next = !self.has_room.val();
            // What comes meanwhile finds no place.
            if self.mac_tvalid.val() {
                self.torn.d.next = !self.mac_tlast.val();
                self.loses.d.next = !self.torn.q.val();
            }
        } else {
            if self.mac_tvalid.val() {
                if self.torn.q.val() {
                    self.torn.d.next = !self.mac_tlast.val();
                } else {
                    if self.has_room.val() {
                        self.under_way.d.next = !self.mac_tlast.val();
                    } else {
                        self.owes.d.next = self.under_way.q.val();
                        self.under_way.d.next = false;
                        self.torn.d.next = !self.mac_tlast.val();
                        self.loses.d.next = true;
                    }
                }
            }
        }
        self.queue.sink.valid.next = self.offers.val();
        self.queue.sink.data.next = self.word.y.val();
        if self.mac_reset.val() {
            self.under_way.d.next = false;
            self.torn.d.next = false;
            self.owes.d.next = false;
            self.loses.d.next = false;
        }

        self.queue.read_clock.next = self.core_clock.val();
        self.queue.read_reset.next = self.core_reset.val();
        self.queue.source.ready.next = true;
        self.out.next = self.queue.source.data.val();
        self.core_tvalid.next = self.queue.source.valid.val();
        self.core_tdata.next = self.out.val().get_bits::<64>(10);
        self.core_tkeep.next = self.out.val().get_bits::<8>(2);
        self.core_tlast.next = self.out.val().get_bit(1);
        self.core_tuser.next = self.out.val().get_bit(0);
    }
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(MacRx::default())
}
