//! The passing of time for the token buckets: ns of two cycles.
//!
//! A step back, or of more than 1,023 ns, is the clock being set: no time has passed.
//!
//! Latency: `step` is that of the two cycles up to two cycles ago. Back-pressure: none.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Pace {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub now: Signal<In, Bits<64>>,
    pub look: Signal<Out, Bit>,
    pub step: Signal<Out, Bits<10>>,
    phase: DFF<Bit>,
    last: DFF<Bits<64>>,
    gap: DFF<Bits<64>>,
    passed: DFF<Bits<10>>,
    high: Signal<Local, Bits<54>>,
}

impl Logic for Pace {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, last, gap, passed);
        self.look.next = self.phase.q.val();
        self.step.next = self.passed.q.val();
        self.phase.d.next = !self.phase.q.val();
        if !self.phase.q.val() {
            self.last.d.next = self.now.val();
            self.gap.d.next = self.now.val() - self.last.q.val();
        }
        self.high.next = self.gap.q.val().get_bits::<54>(10);
        if self.phase.q.val() {
            self.passed.d.next = 0.into();
            if self.high.val() == 0 {
                self.passed.d.next = self.gap.q.val().get_bits::<10>(0);
            }
        }
        if self.reset.val() {
            self.phase.d.next = false;
            self.last.d.next = self.now.val();
            self.gap.d.next = 0.into();
            self.passed.d.next = 0.into();
        }
    }
}
