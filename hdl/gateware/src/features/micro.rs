//! Imbalance of the best level, and the microprice: half the spread times that imbalance, to the last bit.
//!
//! ```text
//! total ─────┬─► × 3 ───┐                              ┌──► sign ──► obi_1
//! magnitude ─┴─► skip 4 ┴─► radix 4 × 7 ──┬────────────┘
//!                or ÷ 2                   ├─► radix 4 ─► radix 4 ─┐ 4 more bits
//! spread ─────────────────────────────────┴─► × ───► + ─────────► + ─► saturate ─► micro
//! ```
//!
//! A wide spread multiplies the error of the quotient, but saturates unless the quotient is small. So the
//! division first asks whether its top four bits are zero and then skips them: 22 bits of quotient there, 19
//! elsewhere. The last two digits join the product as they appear.
//!
//! Latency: 9 cycles from total and magnitude to `obi_1`, 11 to `micro_minus_mid`; the spread comes in 7 cycles after
//! them. Back-pressure: none, one event every cycle.

use crate::features::obi_div::DivStep;
use crate::prim::{DelayLine, MulU};
use rust_hdl::prelude::*;

/// See the module's text. Stage numbers count from `total` and `magnitude` at 0.
#[derive(LogicBlock)]
pub struct Micro {
    pub clock: Signal<In, Clock>,
    /// Sum of the best quantities.
    pub total: Signal<In, Bits<33>>,
    /// Their difference.
    pub magnitude: Signal<In, Bits<33>>,
    /// The ask's is greater.
    pub negative: Signal<In, Bit>,
    /// Both sides have a level.
    pub two_sided: Signal<In, Bit>,
    /// Magnitude of the spread, ticks.
    pub spread_s7: Signal<In, Bits<15>>,
    /// The book is crossed.
    pub crossed_s7: Signal<In, Bit>,
    /// Two's complement, −32,767 to 32,767.
    pub obi_1: Signal<Out, Bits<16>>,
    /// Two's complement, −32,767 to 32,767.
    pub micro_minus_mid: Signal<Out, Bits<16>>,
    total_s1: DFF<Bits<33>>,
    triple_s1: DFF<Bits<35>>,
    rest_s1: DFF<Bits<33>>,
    quotient_s1: DFF<Bits<20>>,
    skips_s1: DFF<Bit>,
    steps: [DivStep<33, 35, 36>; 9],
    negative_s7: DelayLine<Bit, 7>,
    empty_s8: DelayLine<Bit, 8>,
    two_sided_s10: DelayLine<Bit, 10>,
    skips_s7: DelayLine<Bit, 6>,
    negative_s8: DFF<Bit>,
    skips_s8: DFF<Bit>,
    obi_s9: DFF<Bits<16>>,
    scale_s8: DFF<Bits<18>>,
    scale_s9: DFF<Bits<18>>,
    triple_s9: DFF<Bits<20>>,
    minus_s8: DFF<Bit>,
    minus_s9: DFF<Bit>,
    minus_s10: DFF<Bit>,
    product: MulU<18, 15, 33, 1>,
    partial_s10: DFF<Bits<35>>,
    scale_s10: DFF<Bits<18>>,
    triple_s10: DFF<Bits<20>>,
    last_0_s10: DFF<Bits<31>>,
    last_1_s10: DFF<Bits<31>>,
    last_2_s10: DFF<Bits<31>>,
    last_3_s10: DFF<Bits<31>>,
    micro_s11: DFF<Bits<16>>,
    // Division.
    total_1: Signal<Local, Bits<35>>,
    total_2: Signal<Local, Bits<35>>,
    double: Signal<Local, Bits<35>>,
    less: Signal<Local, Bits<35>>,
    sixteen: Signal<Local, Bits<38>>,
    sixteen_less: Signal<Local, Bits<38>>,
    quotient_s8: Signal<Local, Bits<20>>,
    plus: Signal<Local, Bits<16>>,
    nought: Signal<Local, Bits<16>>,
    // Product.
    wide_spread: Signal<Local, Bits<18>>,
    scale_1: Signal<Local, Bits<20>>,
    scale_2: Signal<Local, Bits<20>>,
    digits_s9: Signal<Local, Bits<20>>,
    digit_s9: Signal<Local, Bits<2>>,
    term: Signal<Local, Bits<35>>,
    product_4: Signal<Local, Bits<35>>,
    held_1: Signal<Local, Bits<31>>,
    held_2: Signal<Local, Bits<31>>,
    held_3: Signal<Local, Bits<31>>,
    round: Signal<Local, Bits<31>>,
    // Last digit.
    digits_s10: Signal<Local, Bits<20>>,
    digit_s10: Signal<Local, Bits<2>>,
    partial_low: Signal<Local, Bits<29>>,
    partial_signed: Signal<Local, Bits<29>>,
    value_4: Signal<Local, Bits<31>>,
    last: Signal<Local, Bits<31>>,
    value: Signal<Local, Bits<31>>,
    room_4: Signal<Local, Bits<38>>,
    room_last: Signal<Local, Bits<20>>,
    room_wide: Signal<Local, Bits<38>>,
    room: Signal<Local, Bits<38>>,
    limit: Constant<Bits<38>>,
    most: Signal<Local, Bits<16>>,
}

impl Default for Micro {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            total: Default::default(),
            magnitude: Default::default(),
            negative: Default::default(),
            two_sided: Default::default(),
            spread_s7: Default::default(),
            crossed_s7: Default::default(),
            obi_1: Default::default(),
            micro_minus_mid: Default::default(),
            total_s1: Default::default(),
            triple_s1: Default::default(),
            rest_s1: Default::default(),
            quotient_s1: Default::default(),
            skips_s1: Default::default(),
            steps: std::array::from_fn(|_| Default::default()),
            negative_s7: Default::default(),
            empty_s8: Default::default(),
            two_sided_s10: Default::default(),
            skips_s7: Default::default(),
            negative_s8: Default::default(),
            skips_s8: Default::default(),
            obi_s9: Default::default(),
            scale_s8: Default::default(),
            scale_s9: Default::default(),
            triple_s9: Default::default(),
            minus_s8: Default::default(),
            minus_s9: Default::default(),
            minus_s10: Default::default(),
            product: Default::default(),
            partial_s10: Default::default(),
            scale_s10: Default::default(),
            triple_s10: Default::default(),
            last_0_s10: Default::default(),
            last_1_s10: Default::default(),
            last_2_s10: Default::default(),
            last_3_s10: Default::default(),
            micro_s11: Default::default(),
            total_1: Default::default(),
            total_2: Default::default(),
            double: Default::default(),
            less: Default::default(),
            sixteen: Default::default(),
            sixteen_less: Default::default(),
            quotient_s8: Default::default(),
            plus: Default::default(),
            nought: Default::default(),
            wide_spread: Default::default(),
            scale_1: Default::default(),
            scale_2: Default::default(),
            digits_s9: Default::default(),
            digit_s9: Default::default(),
            term: Default::default(),
            product_4: Default::default(),
            held_1: Default::default(),
            held_2: Default::default(),
            held_3: Default::default(),
            round: Default::default(),
            digits_s10: Default::default(),
            digit_s10: Default::default(),
            partial_low: Default::default(),
            partial_signed: Default::default(),
            value_4: Default::default(),
            last: Default::default(),
            value: Default::default(),
            room_4: Default::default(),
            room_last: Default::default(),
            room_wide: Default::default(),
            room: Default::default(),
            // −2^30 in 38 bits.
            limit: Constant::new(((1_u64 << 38) - (1 << 30)).into()),
            most: Default::default(),
        }
    }
}

impl Logic for Micro {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            total_s1,
            triple_s1,
            rest_s1,
            quotient_s1,
            skips_s1,
            negative_s8,
            skips_s8,
            obi_s9,
            scale_s8,
            scale_s9,
            triple_s9,
            minus_s8,
            minus_s9,
            minus_s10,
            partial_s10,
            scale_s10,
            triple_s10,
            last_0_s10,
            last_1_s10,
            last_2_s10,
            last_3_s10,
            micro_s11
        );
        self.negative_s7.clock.next = self.clock.val();
        self.empty_s8.clock.next = self.clock.val();
        self.two_sided_s10.clock.next = self.clock.val();
        self.skips_s7.clock.next = self.clock.val();
        self.product.clock.next = self.clock.val();
        for i in 0..9 {
            self.steps[i].clock.next = self.clock.val();
        }
        self.nought.next = 0.into();
        self.most.next = 32_767.into();
        self.negative_s7.d.next = self.negative.val();
        self.empty_s8.d.next = !self.magnitude.val().any();
        self.two_sided_s10.d.next = self.two_sided.val();
        // Four zero bits, or one bit, while the triple is formed.
        self.total_1.next = bit_cast::<35, 33>(self.total.val());
        self.total_2.next = bit_cast::<35, 33>(self.total.val()) << 1;
        self.total_s1.d.next = self.total.val();
        self.triple_s1.d.next = self.total_1.val() + self.total_2.val();
        self.double.next = bit_cast::<35, 33>(self.magnitude.val()) << 1;
        self.less.next = self.double.val() - self.total_1.val();
        self.sixteen.next = bit_cast::<38, 33>(self.magnitude.val()) << 4;
        self.sixteen_less.next = self.sixteen.val() - bit_cast::<38, 33>(self.total.val());
        self.skips_s1.d.next = self.sixteen_less.val().get_bit(37);
        self.quotient_s1.d.next = 0.into();
        if self.sixteen_less.val().get_bit(37) {
            self.rest_s1.d.next = self.sixteen.val().get_bits::<33>(0);
        } else if self.less.val().get_bit(34) {
            self.rest_s1.d.next = self.double.val().get_bits::<33>(0);
        } else {
            self.rest_s1.d.next = self.less.val().get_bits::<33>(0);
            self.quotient_s1.d.next = 1.into();
        }
        // Fourteen bits, and four more.
        self.steps[0].total.next = self.total_s1.q.val();
        self.steps[0].triple.next = self.triple_s1.q.val();
        self.steps[0].rest.next = self.rest_s1.q.val();
        self.steps[0].quotient.next = self.quotient_s1.q.val();
        for i in 1..9 {
            self.steps[i].total.next = self.steps[i - 1].total_out.val();
            self.steps[i].triple.next = self.steps[i - 1].triple_out.val();
            self.steps[i].rest.next = self.steps[i - 1].rest_out.val();
            self.steps[i].quotient.next = self.steps[i - 1].quotient_out.val();
        }
        self.quotient_s8.next = self.steps[6].quotient_out.val();
        // The imbalance.
        self.skips_s7.d.next = self.skips_s1.q.val();
        self.skips_s8.d.next = self.skips_s7.q.val();
        self.negative_s8.d.next = self.negative_s7.q.val();
        self.plus.next = self.quotient_s8.val().get_bits::<16>(0);
        if self.skips_s8.q.val() {
            self.plus.next = self.quotient_s8.val().get_bits::<16>(3);
        }
        if self.empty_s8.q.val() {
            self.obi_s9.d.next = 0.into();
        } else if self.negative_s8.q.val() {
            self.obi_s9.d.next = self.nought.val() - self.plus.val();
        } else {
            self.obi_s9.d.next = self.plus.val();
        }
        self.obi_1.next = self.obi_s9.q.val();
        // The spread in units of the quotient's last bit, times the quotient.
        self.wide_spread.next = bit_cast::<18, 15>(self.spread_s7.val());
        if self.skips_s7.q.val() {
            self.scale_s8.d.next = self.wide_spread.val();
        } else {
            self.scale_s8.d.next = self.wide_spread.val() << 3;
        }
        self.minus_s8.d.next = self.negative_s7.q.val() ^ self.crossed_s7.val();
        self.product.a.next = self.scale_s8.q.val();
        self.product.b.next = self.quotient_s8.val().get_bits::<15>(0);
        self.scale_1.next = bit_cast::<20, 18>(self.scale_s8.q.val());
        self.scale_2.next = bit_cast::<20, 18>(self.scale_s8.q.val()) << 1;
        self.scale_s9.d.next = self.scale_s8.q.val();
        self.triple_s9.d.next = self.scale_1.val() + self.scale_2.val();
        self.minus_s9.d.next = self.minus_s8.q.val();
        // Last digit but one.
        self.digits_s9.next = self.steps[7].quotient_out.val();
        self.digit_s9.next = self.digits_s9.val().get_bits::<2>(0);
        self.product_4.next = bit_cast::<35, 33>(self.product.p.val()) << 2;
        self.term.next = 0.into();
        if self.digit_s9.val().index() == 1 {
            self.term.next = bit_cast::<35, 18>(self.scale_s9.q.val());
        }
        if self.digit_s9.val().index() == 2 {
            self.term.next = bit_cast::<35, 18>(self.scale_s9.q.val()) << 1;
        }
        if self.digit_s9.val().index() == 3 {
            self.term.next = bit_cast::<35, 20>(self.triple_s9.q.val());
        }
        self.partial_s10.d.next = self.product_4.val() + self.term.val();
        self.scale_s10.d.next = self.scale_s9.q.val();
        self.triple_s10.d.next = self.triple_s9.q.val();
        self.minus_s10.d.next = self.minus_s9.q.val();
        // What each last digit adds. A negative value −P is rounded toward zero by 2^15 − 1 − P; P's upper part
        // comes as its complement, 4 · (−p − 1), which leaves 2^15 + 3 to add.
        self.held_1.next = bit_cast::<31, 18>(self.scale_s9.q.val());
        self.held_2.next = bit_cast::<31, 18>(self.scale_s9.q.val()) << 1;
        self.held_3.next = bit_cast::<31, 20>(self.triple_s9.q.val());
        self.round.next = 32_771.into();
        if self.minus_s9.q.val() {
            self.last_0_s10.d.next = self.round.val();
            self.last_1_s10.d.next = self.round.val() - self.held_1.val();
            self.last_2_s10.d.next = self.round.val() - self.held_2.val();
            self.last_3_s10.d.next = self.round.val() - self.held_3.val();
        } else {
            self.last_0_s10.d.next = 0.into();
            self.last_1_s10.d.next = self.held_1.val();
            self.last_2_s10.d.next = self.held_2.val();
            self.last_3_s10.d.next = self.held_3.val();
        }
        // Last digit: the value, and beside it whether P stays below 2^30.
        self.digits_s10.next = self.steps[8].quotient_out.val();
        self.digit_s10.next = self.digits_s10.val().get_bits::<2>(0);
        self.last.next = self.last_0_s10.q.val();
        self.room_last.next = 0.into();
        if self.digit_s10.val().index() == 1 {
            self.last.next = self.last_1_s10.q.val();
            self.room_last.next = bit_cast::<20, 18>(self.scale_s10.q.val());
        }
        if self.digit_s10.val().index() == 2 {
            self.last.next = self.last_2_s10.q.val();
            self.room_last.next = bit_cast::<20, 18>(self.scale_s10.q.val()) << 1;
        }
        if self.digit_s10.val().index() == 3 {
            self.last.next = self.last_3_s10.q.val();
            self.room_last.next = self.triple_s10.q.val();
        }
        self.partial_low.next = self.partial_s10.q.val().get_bits::<29>(0);
        self.partial_signed.next = self.partial_low.val();
        if self.minus_s10.q.val() {
            self.partial_signed.next = !self.partial_low.val();
        }
        self.value_4.next = bit_cast::<31, 29>(self.partial_signed.val()) << 2;
        self.value.next = self.value_4.val() + self.last.val();
        self.room_4.next = bit_cast::<38, 35>(self.partial_s10.q.val()) << 2;
        self.room_wide.next = bit_cast::<38, 20>(self.room_last.val()) | self.limit.val();
        self.room.next = self.room_4.val() + self.room_wide.val();
        if self.room.val().get_bit(37) {
            self.micro_s11.d.next = self.value.val().get_bits::<16>(15);
        } else if self.minus_s10.q.val() {
            self.micro_s11.d.next = self.nought.val() - self.most.val();
        } else {
            self.micro_s11.d.next = self.most.val();
        }
        if !self.two_sided_s10.q.val() {
            self.micro_s11.d.next = 0.into();
        }
        self.micro_minus_mid.next = self.micro_s11.q.val();
    }
}
