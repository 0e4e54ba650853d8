//! Pulses that come two at a time, told one after the other.
//!
//! Latency: 1 cycle from a pulse to `owes`. Back-pressure: none; at line rate the debt stays small, and were it not to, it
//! would stop at its upper half.

use rust_hdl::prelude::*;

/// A debt of `W` bits; see the module's text.
#[derive(LogicBlock)]
pub struct Debt<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub pulse_a: Signal<In, Bit>,
    pub pulse_b: Signal<In, Bit>,
    /// One is told in this cycle.
    pub owes: Signal<Out, Bit>,
    owed: DFF<Bits<W>>,
    base: Signal<Local, Bits<W>>,
    half: Constant<Bits<W>>,
    one: Constant<Bits<W>>,
    two: Constant<Bits<W>>,
}

impl<const W: usize> Default for Debt<W> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            pulse_a: Default::default(),
            pulse_b: Default::default(),
            owes: Default::default(),
            owed: Default::default(),
            base: Default::default(),
            half: Constant::new((1_u64 << (W - 1)).into()),
            one: Constant::new(1_u64.into()),
            two: Constant::new(2_u64.into()),
        }
    }
}

impl<const W: usize> Logic for Debt<W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, owed);
        self.owes.next = self.owed.q.val().any();
        self.base.next = 0.into();
        if self.owed.q.val().any() {
            self.base.next = self.owed.q.val() - self.one.val();
        }
        self.owed.d.next = self.base.val();
        if self.base.val() < self.half.val() {
            if self.pulse_a.val() | self.pulse_b.val() {
                self.owed.d.next = self.base.val() + self.one.val();
            }
            if self.pulse_a.val() & self.pulse_b.val() {
                self.owed.d.next = self.base.val() + self.two.val();
            }
        }
        if self.reset.val() {
            self.owed.d.next = 0.into();
        }
    }
}
