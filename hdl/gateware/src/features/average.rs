//! From a Q16.16 accumulator to a feature, toward zero and saturated.
//!
//! ```text
//! acc ─► >> 16 (or 8), + 1 if negative and inexact ─► saturate ─► value
//! ```
//!
//! Latency: 2 cycles. Back-pressure: none, one value every cycle.

use rust_hdl::prelude::*;

/// `acc / 2^16`: whole units. An average of values within ±32,767 needs no saturation.
#[derive(LogicBlock, Default)]
pub struct WholeAverage {
    pub clock: Signal<In, Clock>,
    pub acc: Signal<In, Bits<32>>,
    /// Two's complement.
    pub value: Signal<Out, Bits<16>>,
    value_s1: DFF<Bits<16>>,
    value_s2: DFF<Bits<16>>,
    floor: Signal<Local, Bits<16>>,
    lost: Signal<Local, Bits<16>>,
    one: Signal<Local, Bits<16>>,
}

impl Logic for WholeAverage {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, value_s1, value_s2);
        self.floor.next = self.acc.val().get_bits::<16>(16);
        self.lost.next = self.acc.val().get_bits::<16>(0);
        self.one.next = 1.into();
        if self.acc.val().get_bit(31) & self.lost.val().any() {
            self.value_s1.d.next = self.floor.val() + self.one.val();
        } else {
            self.value_s1.d.next = self.floor.val();
        }
        self.value_s2.d.next = self.value_s1.q.val();
        self.value.next = self.value_s2.q.val();
    }
}

/// `acc / 2^8`: eight fraction bits, saturated at ±32,767.
#[derive(LogicBlock, Default)]
pub struct FineAverage {
    pub clock: Signal<In, Clock>,
    pub acc: Signal<In, Bits<32>>,
    /// Two's complement.
    pub value: Signal<Out, Bits<16>>,
    wide_s1: DFF<Bits<24>>,
    value_s2: DFF<Bits<16>>,
    floor: Signal<Local, Bits<24>>,
    lost: Signal<Local, Bits<8>>,
    one: Signal<Local, Bits<24>>,
    head: Signal<Local, Bits<9>>,
    tail: Signal<Local, Bits<15>>,
    below: Signal<Local, Bit>,
    nought: Signal<Local, Bits<16>>,
    most: Signal<Local, Bits<16>>,
    /// −32,768 is representable in 16 bits, yet not a feature.
    least: Signal<Local, Bit>,
}

impl Logic for FineAverage {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, wide_s1, value_s2);
        self.floor.next = self.acc.val().get_bits::<24>(8);
        self.lost.next = self.acc.val().get_bits::<8>(0);
        self.one.next = 1.into();
        if self.acc.val().get_bit(31) & self.lost.val().any() {
            self.wide_s1.d.next = self.floor.val() + self.one.val();
        } else {
            self.wide_s1.d.next = self.floor.val();
        }
        self.below.next = self.wide_s1.q.val().get_bit(23);
        self.head.next = self.wide_s1.q.val().get_bits::<9>(15);
        self.tail.next = self.wide_s1.q.val().get_bits::<15>(0);
        self.least.next = !self.tail.val().any();
        self.nought.next = 0.into();
        self.most.next = 32_767.into();
        self.value_s2.d.next = self.wide_s1.q.val().get_bits::<16>(0);
        if self.below.val() & (self.least.val() | !self.head.val().all()) {
            self.value_s2.d.next = self.nought.val() - self.most.val();
        }
        if !self.below.val() & self.head.val().any() {
            self.value_s2.d.next = self.most.val();
        }
        self.value.next = self.value_s2.q.val();
    }
}
