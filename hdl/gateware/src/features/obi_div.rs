//! `ratio` of the contract: (high − low) / (high + low) in Q1.15, truncated toward zero.
//!
//! ```text
//! total ─────┬─► × 3 ─┐   ┌─────────┐       ┌─────────┐
//! magnitude ─┴─► ÷ 2 ─┴──►│ radix 4 │─ ×7 ─►│ radix 4 │──► sign ──► ratio
//!               1 bit     └─────────┘       └─────────┘ 14 bits
//! ```
//!
//! Restoring division: the remainder is less than the divisor, or equal to it when the ratio is 1, which then
//! gives all ones: the saturated value. A total of 0 gives 0.
//!
//! Latency: 9 cycles from total and magnitude to the ratio. Back-pressure: none, one division every cycle.

use crate::prim::DelayLine;
use rust_hdl::prelude::*;

/// Two quotient bits; latency 1. `W2 = W + 2`, `W3 = W + 3`.
#[derive(LogicBlock)]
pub struct DivStep<const W: usize, const W2: usize, const W3: usize> {
    pub clock: Signal<In, Clock>,
    pub total: Signal<In, Bits<W>>,
    /// Three times `total`.
    pub triple: Signal<In, Bits<W2>>,
    pub rest: Signal<In, Bits<W>>,
    pub quotient: Signal<In, Bits<20>>,
    pub total_out: Signal<Out, Bits<W>>,
    pub triple_out: Signal<Out, Bits<W2>>,
    pub rest_out: Signal<Out, Bits<W>>,
    pub quotient_out: Signal<Out, Bits<20>>,
    total_s1: DFF<Bits<W>>,
    triple_s1: DFF<Bits<W2>>,
    rest_s1: DFF<Bits<W>>,
    quotient_s1: DFF<Bits<20>>,
    rest_4: Signal<Local, Bits<W3>>,
    total_1: Signal<Local, Bits<W3>>,
    total_2: Signal<Local, Bits<W3>>,
    total_3: Signal<Local, Bits<W3>>,
    less_1: Signal<Local, Bits<W3>>,
    less_2: Signal<Local, Bits<W3>>,
    less_3: Signal<Local, Bits<W3>>,
    below_1: Signal<Local, Bit>,
    below_2: Signal<Local, Bit>,
    below_3: Signal<Local, Bit>,
    shifted: Signal<Local, Bits<20>>,
    digit_1: Constant<Bits<20>>,
    digit_2: Constant<Bits<20>>,
    digit_3: Constant<Bits<20>>,
    sign: Constant<Bits<6>>,
}

impl<const W: usize, const W2: usize, const W3: usize> Default for DivStep<W, W2, W3> {
    fn default() -> Self {
        assert!(W2 == W + 2 && W3 == W + 3, "DivStep: {W}, {W2}, {W3} bits");
        Self {
            clock: Default::default(),
            total: Default::default(),
            triple: Default::default(),
            rest: Default::default(),
            quotient: Default::default(),
            total_out: Default::default(),
            triple_out: Default::default(),
            rest_out: Default::default(),
            quotient_out: Default::default(),
            total_s1: Default::default(),
            triple_s1: Default::default(),
            rest_s1: Default::default(),
            quotient_s1: Default::default(),
            rest_4: Default::default(),
            total_1: Default::default(),
            total_2: Default::default(),
            total_3: Default::default(),
            less_1: Default::default(),
            less_2: Default::default(),
            less_3: Default::default(),
            below_1: Default::default(),
            below_2: Default::default(),
            below_3: Default::default(),
            shifted: Default::default(),
            digit_1: Constant::new(1.into()),
            digit_2: Constant::new(2.into()),
            digit_3: Constant::new(3.into()),
            sign: Constant::new((W2 as u64).into()),
        }
    }
}

impl<const W: usize, const W2: usize, const W3: usize> Logic for DivStep<W, W2, W3> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, total_s1, triple_s1, rest_s1, quotient_s1);
        self.total_s1.d.next = self.total.val();
        self.triple_s1.d.next = self.triple.val();
        self.rest_4.next = bit_cast::<W3, W>(self.rest.val()) << 2;
        self.total_1.next = bit_cast::<W3, W>(self.total.val());
        self.total_2.next = bit_cast::<W3, W>(self.total.val()) << 1;
        self.total_3.next = bit_cast::<W3, W2>(self.triple.val());
        self.less_1.next = self.rest_4.val() - self.total_1.val();
        self.less_2.next = self.rest_4.val() - self.total_2.val();
        self.less_3.next = self.rest_4.val() - self.total_3.val();
        self.below_1.next = self.less_1.val().get_bit(self.sign.val().index());
        self.below_2.next = self.less_2.val().get_bit(self.sign.val().index());
        self.below_3.next = self.less_3.val().get_bit(self.sign.val().index());
        self.shifted.next = self.quotient.val() << 2;
        if !self.below_3.val() {
            self.rest_s1.d.next = self.less_3.val().get_bits::<W>(0);
            self.quotient_s1.d.next = self.shifted.val() | self.digit_3.val();
        } else if !self.below_2.val() {
            self.rest_s1.d.next = self.less_2.val().get_bits::<W>(0);
            self.quotient_s1.d.next = self.shifted.val() | self.digit_2.val();
        } else if !self.below_1.val() {
            self.rest_s1.d.next = self.less_1.val().get_bits::<W>(0);
            self.quotient_s1.d.next = self.shifted.val() | self.digit_1.val();
        } else {
            self.rest_s1.d.next = self.rest_4.val().get_bits::<W>(0);
            self.quotient_s1.d.next = self.shifted.val();
        }
        self.total_out.next = self.total_s1.q.val();
        self.triple_out.next = self.triple_s1.q.val();
        self.rest_out.next = self.rest_s1.q.val();
        self.quotient_out.next = self.quotient_s1.q.val();
    }
}

/// The ratio of 37-bit quantities; see the module's text.
#[derive(LogicBlock)]
pub struct ObiDiv {
    pub clock: Signal<In, Clock>,
    /// high + low.
    pub total: Signal<In, Bits<37>>,
    /// |high − low|.
    pub magnitude: Signal<In, Bits<37>>,
    pub negative: Signal<In, Bit>,
    /// Two's complement, −32,767 to 32,767.
    pub ratio: Signal<Out, Bits<16>>,
    total_s1: DFF<Bits<37>>,
    triple_s1: DFF<Bits<39>>,
    rest_s1: DFF<Bits<37>>,
    quotient_s1: DFF<Bits<20>>,
    steps: [DivStep<37, 39, 40>; 7],
    negative_s8: DelayLine<Bit, 8>,
    empty_s8: DelayLine<Bit, 8>,
    ratio_s9: DFF<Bits<16>>,
    total_1: Signal<Local, Bits<39>>,
    total_2: Signal<Local, Bits<39>>,
    double: Signal<Local, Bits<39>>,
    less: Signal<Local, Bits<39>>,
    quotient_s8: Signal<Local, Bits<20>>,
    plus: Signal<Local, Bits<16>>,
    nought: Signal<Local, Bits<16>>,
}

impl Default for ObiDiv {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            total: Default::default(),
            magnitude: Default::default(),
            negative: Default::default(),
            ratio: Default::default(),
            total_s1: Default::default(),
            triple_s1: Default::default(),
            rest_s1: Default::default(),
            quotient_s1: Default::default(),
            steps: std::array::from_fn(|_| Default::default()),
            negative_s8: Default::default(),
            empty_s8: Default::default(),
            ratio_s9: Default::default(),
            total_1: Default::default(),
            total_2: Default::default(),
            double: Default::default(),
            less: Default::default(),
            quotient_s8: Default::default(),
            plus: Default::default(),
            nought: Default::default(),
        }
    }
}

impl Logic for ObiDiv {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, total_s1, triple_s1, rest_s1, quotient_s1, ratio_s9);
        self.negative_s8.clock.next = self.clock.val();
        self.empty_s8.clock.next = self.clock.val();
        for i in 0..7 {
            self.steps[i].clock.next = self.clock.val();
        }
        self.negative_s8.d.next = self.negative.val();
        self.empty_s8.d.next = !self.magnitude.val().any();
        // One bit while the triple is formed.
        self.total_1.next = bit_cast::<39, 37>(self.total.val());
        self.total_2.next = bit_cast::<39, 37>(self.total.val()) << 1;
        self.double.next = bit_cast::<39, 37>(self.magnitude.val()) << 1;
        self.less.next = self.double.val() - self.total_1.val();
        self.total_s1.d.next = self.total.val();
        self.triple_s1.d.next = self.total_1.val() + self.total_2.val();
        if self.less.val().get_bit(38) {
            self.rest_s1.d.next = self.double.val().get_bits::<37>(0);
            self.quotient_s1.d.next = 0.into();
        } else {
            self.rest_s1.d.next = self.less.val().get_bits::<37>(0);
            self.quotient_s1.d.next = 1.into();
        }
        // Fourteen bits.
        self.steps[0].total.next = self.total_s1.q.val();
        self.steps[0].triple.next = self.triple_s1.q.val();
        self.steps[0].rest.next = self.rest_s1.q.val();
        self.steps[0].quotient.next = self.quotient_s1.q.val();
        for i in 1..7 {
            self.steps[i].total.next = self.steps[i - 1].total_out.val();
            self.steps[i].triple.next = self.steps[i - 1].triple_out.val();
            self.steps[i].rest.next = self.steps[i - 1].rest_out.val();
            self.steps[i].quotient.next = self.steps[i - 1].quotient_out.val();
        }
        self.quotient_s8.next = self.steps[6].quotient_out.val();
        // Sign.
        self.plus.next = self.quotient_s8.val().get_bits::<16>(0);
        self.nought.next = 0.into();
        if self.empty_s8.q.val() {
            self.ratio_s9.d.next = 0.into();
        } else if self.negative_s8.q.val() {
            self.ratio_s9.d.next = self.nought.val() - self.plus.val();
        } else {
            self.ratio_s9.d.next = self.plus.val();
        }
        self.ratio.next = self.ratio_s9.q.val();
    }
}
