//! `log2 v` with 8 fraction bits, linear between powers of two: `(e << 8) + (((v << 8) >> e) & 255)`.
//!
//! ```text
//! v ─► << 32 ─► << 16 ─► << 8, 4 ─► << 2, 1 ─► 48 − shifts, next 8 bits ─► log
//! ```
//!
//! The value is shifted left until its leading one is at the top; the shifts taken give the exponent.
//! Latency: 5 cycles. Back-pressure: none, one value every cycle.

use rust_hdl::prelude::*;

/// See the module's text. `v` is at least 1.
#[derive(LogicBlock, Default)]
pub struct Log2 {
    pub clock: Signal<In, Clock>,
    pub v: Signal<In, Bits<49>>,
    pub log: Signal<Out, Bits<16>>,
    value_s1: DFF<Bits<49>>,
    value_s2: DFF<Bits<49>>,
    value_s3: DFF<Bits<49>>,
    value_s4: DFF<Bits<49>>,
    zeros_s1: DFF<Bits<6>>,
    zeros_s2: DFF<Bits<6>>,
    zeros_s3: DFF<Bits<6>>,
    zeros_s4: DFF<Bits<6>>,
    log_s5: DFF<Bits<16>>,
    head_32: Signal<Local, Bits<32>>,
    head_16: Signal<Local, Bits<16>>,
    head_8: Signal<Local, Bits<8>>,
    head_4: Signal<Local, Bits<4>>,
    head_2: Signal<Local, Bits<2>>,
    by_8: Signal<Local, Bits<49>>,
    by_4: Signal<Local, Bits<49>>,
    by_2: Signal<Local, Bits<49>>,
    by_1: Signal<Local, Bits<49>>,
    zeros_8: Signal<Local, Bits<6>>,
    zeros_4: Signal<Local, Bits<6>>,
    zeros_2: Signal<Local, Bits<6>>,
    zeros_1: Signal<Local, Bits<6>>,
    unit_32: Signal<Local, Bits<6>>,
    unit_16: Signal<Local, Bits<6>>,
    unit_8: Signal<Local, Bits<6>>,
    unit_4: Signal<Local, Bits<6>>,
    unit_2: Signal<Local, Bits<6>>,
    unit_1: Signal<Local, Bits<6>>,
    most: Signal<Local, Bits<6>>,
    exponent: Signal<Local, Bits<6>>,
    fraction: Signal<Local, Bits<8>>,
}

impl Logic for Log2 {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, value_s1, value_s2, value_s3, value_s4, zeros_s1, zeros_s2, zeros_s3, zeros_s4,
            log_s5
        );
        self.unit_32.next = 32.into();
        self.unit_16.next = 16.into();
        self.unit_8.next = 8.into();
        self.unit_4.next = 4.into();
        self.unit_2.next = 2.into();
        self.unit_1.next = 1.into();
        self.head_32.next = self.v.val().get_bits::<32>(17);
        self.value_s1.d.next = self.v.val();
        self.zeros_s1.d.next = 0.into();
        if !self.head_32.val().any() {
            self.value_s1.d.next = self.v.val() << 32;
            self.zeros_s1.d.next = self.unit_32.val();
        }
        self.head_16.next = self.value_s1.q.val().get_bits::<16>(33);
        self.value_s2.d.next = self.value_s1.q.val();
        self.zeros_s2.d.next = self.zeros_s1.q.val();
        if !self.head_16.val().any() {
            self.value_s2.d.next = self.value_s1.q.val() << 16;
            self.zeros_s2.d.next = self.zeros_s1.q.val() | self.unit_16.val();
        }
        // 8, then 4.
        self.head_8.next = self.value_s2.q.val().get_bits::<8>(41);
        self.by_8.next = self.value_s2.q.val();
        self.zeros_8.next = self.zeros_s2.q.val();
        if !self.head_8.val().any() {
            self.by_8.next = self.value_s2.q.val() << 8;
            self.zeros_8.next = self.zeros_s2.q.val() | self.unit_8.val();
        }
        self.head_4.next = self.by_8.val().get_bits::<4>(45);
        self.by_4.next = self.by_8.val();
        self.zeros_4.next = self.zeros_8.val();
        if !self.head_4.val().any() {
            self.by_4.next = self.by_8.val() << 4;
            self.zeros_4.next = self.zeros_8.val() | self.unit_4.val();
        }
        self.value_s3.d.next = self.by_4.val();
        self.zeros_s3.d.next = self.zeros_4.val();
        // 2, then 1.
        self.head_2.next = self.value_s3.q.val().get_bits::<2>(47);
        self.by_2.next = self.value_s3.q.val();
        self.zeros_2.next = self.zeros_s3.q.val();
        if !self.head_2.val().any() {
            self.by_2.next = self.value_s3.q.val() << 2;
            self.zeros_2.next = self.zeros_s3.q.val() | self.unit_2.val();
        }
        self.by_1.next = self.by_2.val();
        self.zeros_1.next = self.zeros_2.val();
        if !self.by_2.val().get_bit(48) {
            self.by_1.next = self.by_2.val() << 1;
            self.zeros_1.next = self.zeros_2.val() | self.unit_1.val();
        }
        self.value_s4.d.next = self.by_1.val();
        self.zeros_s4.d.next = self.zeros_1.val();
        self.most.next = 48.into();
        self.exponent.next = self.most.val() - self.zeros_s4.q.val();
        self.fraction.next = self.value_s4.q.val().get_bits::<8>(40);
        self.log_s5.d.next =
            (bit_cast::<16, 6>(self.exponent.val()) << 8) | bit_cast::<16, 8>(self.fraction.val());
        self.log.next = self.log_s5.q.val();
    }
}
