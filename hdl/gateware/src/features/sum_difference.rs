//! Both quantities of an imbalance at once.
//!
//! ```text
//! high ─┬─► + ──────────────► total
//! low ──┴─► − both ways ────► magnitude, negative
//! ```
//!
//! Latency: 1 cycle. Back-pressure: none, one pair every cycle.

use rust_hdl::prelude::*;

/// `high + low` and `|high − low|`; see the module's text. `W = N + 1`.
#[derive(LogicBlock, Default)]
pub struct SumDifference<const N: usize, const W: usize> {
    pub clock: Signal<In, Clock>,
    pub high: Signal<In, Bits<N>>,
    pub low: Signal<In, Bits<N>>,
    pub total: Signal<Out, Bits<W>>,
    pub magnitude: Signal<Out, Bits<W>>,
    /// `high < low`.
    pub negative: Signal<Out, Bit>,
    total_s1: DFF<Bits<W>>,
    magnitude_s1: DFF<Bits<W>>,
    negative_s1: DFF<Bit>,
    wide_high: Signal<Local, Bits<W>>,
    wide_low: Signal<Local, Bits<W>>,
    below: Signal<Local, Bit>,
}

impl<const N: usize, const W: usize> Logic for SumDifference<N, W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, total_s1, magnitude_s1, negative_s1);
        self.wide_high.next = bit_cast::<W, N>(self.high.val());
        self.wide_low.next = bit_cast::<W, N>(self.low.val());
        self.below.next = self.high.val() < self.low.val();
        self.total_s1.d.next = self.wide_high.val() + self.wide_low.val();
        if self.below.val() {
            self.magnitude_s1.d.next = self.wide_low.val() - self.wide_high.val();
        } else {
            self.magnitude_s1.d.next = self.wide_high.val() - self.wide_low.val();
        }
        self.negative_s1.d.next = self.below.val();
        self.total.next = self.total_s1.q.val();
        self.magnitude.next = self.magnitude_s1.q.val();
        self.negative.next = self.negative_s1.q.val();
    }
}
