//! Pulses from one clock to another: a level that turns over, and comes back as the answer.
//!
//! ```text
//!           from clock  │  to clock
//! pulse ─► waiting ─► request ─► two flip-flops ─► known ─► told
//!                ▲         │                         │
//!                └─ idle? ◄─ two flip-flops ◄────────┘
//! ```
//!
//! Latency: 4 cycles of `to_clock` from a pulse to `told`, and up to one more for the edges' phase.
//! Back-pressure: none. Pulses that come while one is on its way become one more, told when it is through: none is
//! without a `told` behind it, and none is made up.
//! Reset: both resets together, for four cycles of the slower clock at least.

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::Synchroniser;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct PulseSync {
    pub from_clock: Signal<In, Clock>,
    pub from_reset: Signal<In, Bit>,
    /// One cycle of `from_clock` a pulse.
    pub pulse: Signal<In, Bit>,
    pub to_clock: Signal<In, Clock>,
    pub to_reset: Signal<In, Bit>,
    /// One cycle of `to_clock` a pulse.
    pub told: Signal<Out, Bit>,
    waiting: DFF<Bit>,
    request: DFF<Bits<1>>,
    answer: Synchroniser<1>,
    seen: Synchroniser<1>,
    known: DFF<Bits<1>>,
    tells: DFF<Bit>,
    is_asked: Signal<Local, Bit>,
    is_idle: Signal<Local, Bit>,
}

impl Logic for PulseSync {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, from_clock, waiting, request);
        self.answer.clock.next = self.from_clock.val();
        self.answer.d.next = self.known.q.val();
        self.is_asked.next = self.waiting.q.val() | self.pulse.val();
        self.is_idle.next = self.answer.q.val() == self.request.q.val();
        self.waiting.d.next = self.is_asked.val() & !self.is_idle.val();
        if self.is_asked.val() & self.is_idle.val() {
            self.request.d.next = !self.request.q.val();
        }
        if self.from_reset.val() {
            self.waiting.d.next = false;
            self.request.d.next = 0.into();
        }

        dff_setup!(self, to_clock, known, tells);
        self.seen.clock.next = self.to_clock.val();
        self.seen.d.next = self.request.q.val();
        self.known.d.next = self.seen.q.val();
        self.tells.d.next = self.seen.q.val() != self.known.q.val();
        self.told.next = self.tells.q.val();
        if self.to_reset.val() {
            self.known.d.next = 0.into();
            self.tells.d.next = false;
        }
    }
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(PulseSync::default())
}
