//! A quantity with a sign, shifted right by `QTY_SHIFT` and saturated to a feature.
//!
//! ```text
//! magnitude ─► >> 0, 8, 16, 24 ─► >> 0..7 ─► min 32767, sign ─► value
//! ```
//!
//! Shifting the magnitude truncates toward zero. Latency: 3 cycles. Back-pressure: none, one value every cycle.

use crate::prim::DelayLine;
use rust_hdl::prelude::*;

/// See the module's text. `R = W − 15`.
#[derive(LogicBlock, Default)]
pub struct Scale<const W: usize, const R: usize> {
    pub clock: Signal<In, Clock>,
    pub magnitude: Signal<In, Bits<W>>,
    pub negative: Signal<In, Bit>,
    pub shift: Signal<In, Bits<5>>,
    /// Two's complement, −32,767 to 32,767.
    pub value: Signal<Out, Bits<16>>,
    coarse_s1: DFF<Bits<W>>,
    shift_s1: DFF<Bits<5>>,
    fine_s2: DFF<Bits<W>>,
    negative_s2: DelayLine<Bit, 2>,
    value_s3: DFF<Bits<16>>,
    eights: Signal<Local, Bits<2>>,
    by_4: Signal<Local, Bits<W>>,
    by_2: Signal<Local, Bits<W>>,
    beyond: Signal<Local, Bits<R>>,
    low_part: Signal<Local, Bits<15>>,
    plus: Signal<Local, Bits<16>>,
    nought: Signal<Local, Bits<16>>,
    most: Signal<Local, Bits<16>>,
}

impl<const W: usize, const R: usize> Logic for Scale<W, R> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, coarse_s1, shift_s1, fine_s2, value_s3);
        self.negative_s2.clock.next = self.clock.val();
        self.negative_s2.d.next = self.negative.val();
        self.shift_s1.d.next = self.shift.val();
        self.eights.next = self.shift.val().get_bits::<2>(3);
        self.coarse_s1.d.next = self.magnitude.val();
        if self.eights.val().index() == 1 {
            self.coarse_s1.d.next = self.magnitude.val() >> 8;
        }
        if self.eights.val().index() == 2 {
            self.coarse_s1.d.next = self.magnitude.val() >> 16;
        }
        if self.eights.val().index() == 3 {
            self.coarse_s1.d.next = self.magnitude.val() >> 24;
        }
        self.by_4.next = self.coarse_s1.q.val();
        if self.shift_s1.q.val().get_bit(2) {
            self.by_4.next = self.coarse_s1.q.val() >> 4;
        }
        self.by_2.next = self.by_4.val();
        if self.shift_s1.q.val().get_bit(1) {
            self.by_2.next = self.by_4.val() >> 2;
        }
        self.fine_s2.d.next = self.by_2.val();
        if self.shift_s1.q.val().get_bit(0) {
            self.fine_s2.d.next = self.by_2.val() >> 1;
        }
        self.low_part.next = self.fine_s2.q.val().get_bits::<15>(0);
        self.beyond.next = self.fine_s2.q.val().get_bits::<R>(15);
        self.plus.next = bit_cast::<16, 15>(self.low_part.val());
        self.nought.next = 0.into();
        self.most.next = 32_767.into();
        if self.beyond.val().any() & self.negative_s2.q.val() {
            self.value_s3.d.next = self.nought.val() - self.most.val();
        } else if self.beyond.val().any() {
            self.value_s3.d.next = self.most.val();
        } else if self.negative_s2.q.val() {
            self.value_s3.d.next = self.nought.val() - self.plus.val();
        } else {
            self.value_s3.d.next = self.plus.val();
        }
        self.value.next = self.value_s3.q.val();
    }
}
