//! Imbalances over 3, 5 and 10 levels and the depth slope, on two dividers.
//!
//! ```text
//! 3 levels ──► sum, difference ─────────┐
//! 5 levels ──► sum, difference ─► hold ─┴► divider ─► obi_3, obi_5
//! 10 levels ─► sum, difference ─────────┐
//! 10 − 2 × 5 ──────────────────► hold ──┴► divider ─► obi_10, depth_slope
//! ```
//!
//! Events are two cycles apart, so each divider takes two ratios an event, one cycle after the other.
//! Latency: 12 cycles from the sums. Back-pressure: none, events two cycles apart or more.

use crate::features::obi_div::ObiDiv;
use crate::features::sum_difference::SumDifference;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Imbalance {
    pub clock: Signal<In, Clock>,
    pub bid_3: Signal<In, Bits<36>>,
    pub bid_5: Signal<In, Bits<36>>,
    pub bid_10: Signal<In, Bits<36>>,
    pub ask_3: Signal<In, Bits<36>>,
    pub ask_5: Signal<In, Bits<36>>,
    pub ask_10: Signal<In, Bits<36>>,
    /// One cycle after the sums: there is an event.
    pub valid_s1: Signal<In, Bit>,
    pub obi_3: Signal<Out, Bits<16>>,
    pub obi_5: Signal<Out, Bits<16>>,
    pub obi_10: Signal<Out, Bits<16>>,
    pub depth_slope: Signal<Out, Bits<16>>,
    near: SumDifference<36, 37>,
    middle: SumDifference<36, 37>,
    far: SumDifference<36, 37>,
    middle_total_s2: DFF<Bits<37>>,
    middle_magnitude_s2: DFF<Bits<37>>,
    middle_negative_s2: DFF<Bit>,
    slope_total_s2: DFF<Bits<37>>,
    slope_magnitude_s2: DFF<Bits<37>>,
    slope_negative_s2: DFF<Bit>,
    near_middle: ObiDiv,
    far_slope: ObiDiv,
    near_middle_s11: DFF<Bits<16>>,
    near_middle_s12: DFF<Bits<16>>,
    far_slope_s11: DFF<Bits<16>>,
    far_slope_s12: DFF<Bits<16>>,
    double_middle: Signal<Local, Bits<38>>,
    wide_far: Signal<Local, Bits<38>>,
    above: Signal<Local, Bits<38>>,
    beneath: Signal<Local, Bits<38>>,
}

impl Logic for Imbalance {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            middle_total_s2,
            middle_magnitude_s2,
            middle_negative_s2,
            slope_total_s2,
            slope_magnitude_s2,
            slope_negative_s2,
            near_middle_s11,
            near_middle_s12,
            far_slope_s11,
            far_slope_s12
        );
        self.near.clock.next = self.clock.val();
        self.middle.clock.next = self.clock.val();
        self.far.clock.next = self.clock.val();
        self.near_middle.clock.next = self.clock.val();
        self.far_slope.clock.next = self.clock.val();
        self.near.high.next = self.bid_3.val();
        self.near.low.next = self.ask_3.val();
        self.middle.high.next = self.bid_5.val();
        self.middle.low.next = self.ask_5.val();
        self.far.high.next = self.bid_10.val();
        self.far.low.next = self.ask_10.val();
        self.middle_total_s2.d.next = self.middle.total.val();
        self.middle_magnitude_s2.d.next = self.middle.magnitude.val();
        self.middle_negative_s2.d.next = self.middle.negative.val();
        // Slope: what lies beyond level 5 against what lies before; together they are all ten.
        self.double_middle.next = bit_cast::<38, 37>(self.middle.total.val()) << 1;
        self.wide_far.next = bit_cast::<38, 37>(self.far.total.val());
        self.above.next = self.wide_far.val() - self.double_middle.val();
        self.beneath.next = self.double_middle.val() - self.wide_far.val();
        self.slope_total_s2.d.next = self.far.total.val();
        self.slope_negative_s2.d.next = self.wide_far.val() < self.double_middle.val();
        if self.wide_far.val() < self.double_middle.val() {
            self.slope_magnitude_s2.d.next = self.beneath.val().get_bits::<37>(0);
        } else {
            self.slope_magnitude_s2.d.next = self.above.val().get_bits::<37>(0);
        }
        if self.valid_s1.val() {
            self.near_middle.total.next = self.near.total.val();
            self.near_middle.magnitude.next = self.near.magnitude.val();
            self.near_middle.negative.next = self.near.negative.val();
            self.far_slope.total.next = self.far.total.val();
            self.far_slope.magnitude.next = self.far.magnitude.val();
            self.far_slope.negative.next = self.far.negative.val();
        } else {
            self.near_middle.total.next = self.middle_total_s2.q.val();
            self.near_middle.magnitude.next = self.middle_magnitude_s2.q.val();
            self.near_middle.negative.next = self.middle_negative_s2.q.val();
            self.far_slope.total.next = self.slope_total_s2.q.val();
            self.far_slope.magnitude.next = self.slope_magnitude_s2.q.val();
            self.far_slope.negative.next = self.slope_negative_s2.q.val();
        }
        self.near_middle_s11.d.next = self.near_middle.ratio.val();
        self.near_middle_s12.d.next = self.near_middle_s11.q.val();
        self.far_slope_s11.d.next = self.far_slope.ratio.val();
        self.far_slope_s12.d.next = self.far_slope_s11.q.val();
        self.obi_3.next = self.near_middle_s12.q.val();
        self.obi_5.next = self.near_middle_s11.q.val();
        self.obi_10.next = self.far_slope_s12.q.val();
        self.depth_slope.next = self.far_slope_s11.q.val();
    }
}
