//! Mid-quote return of a slot in half ticks, and its square.
//!
//! ```text
//! bid + ask ─┬─► ticks(− memory) ─► sign ─────────► half ticks
//!            └─► memory         └─► square, min ──► square
//! ```
//!
//! Latency: 7 cycles from stage 1. Back-pressure: none, one event every cycle.

use crate::features::ticks::Ticks;
use crate::prim::{LutRam, MulU};
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Returns<const A: usize> {
    pub clock: Signal<In, Clock>,
    /// Best bid plus best ask.
    pub mid2_s1: Signal<In, Bits<33>>,
    pub slot_s1: Signal<In, Bits<A>>,
    /// A book event that left the book two-sided.
    pub keep_s1: Signal<In, Bit>,
    pub recip_s1: Signal<In, Bits<32>>,
    /// Stage 8, two's complement.
    pub half_ticks_s8: Signal<Out, Bits<16>>,
    /// Stage 8, 0 to 32,767.
    pub square_s8: Signal<Out, Bits<16>>,
    memory: LutRam<Bits<33>, A>,
    recip_s2: DFF<Bits<32>>,
    ticks: Ticks,
    half_ticks_s7: DFF<Bits<16>>,
    half_ticks: DFF<Bits<16>>,
    square_s7: MulU<15, 15, 30, 1>,
    square: DFF<Bits<16>>,
    plus: Signal<Local, Bits<16>>,
    nought: Signal<Local, Bits<16>>,
    product: Signal<Local, Bits<30>>,
    beyond: Signal<Local, Bits<15>>,
}

impl<const A: usize> Logic for Returns<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, recip_s2, half_ticks_s7, half_ticks, square);
        self.memory.clock.next = self.clock.val();
        self.ticks.clock.next = self.clock.val();
        self.square_s7.clock.next = self.clock.val();
        self.memory.read_address.next = self.slot_s1.val();
        self.memory.write_address.next = self.slot_s1.val();
        self.memory.write_enable.next = self.keep_s1.val();
        self.memory.write_data.next = self.mid2_s1.val();
        self.ticks.high.next = self.mid2_s1.val();
        self.ticks.low.next = self.memory.read_data.val();
        self.recip_s2.d.next = self.recip_s1.val();
        self.ticks.recip_s1.next = self.recip_s2.q.val();
        // Sign.
        self.plus.next = bit_cast::<16, 15>(self.ticks.magnitude.val());
        self.nought.next = 0.into();
        if self.ticks.negative.val() {
            self.half_ticks_s7.d.next = self.nought.val() - self.plus.val();
        } else {
            self.half_ticks_s7.d.next = self.plus.val();
        }
        self.half_ticks.d.next = self.half_ticks_s7.q.val();
        self.half_ticks_s8.next = self.half_ticks.q.val();
        // Square.
        self.square_s7.a.next = self.ticks.magnitude.val();
        self.square_s7.b.next = self.ticks.magnitude.val();
        self.product.next = self.square_s7.p.val();
        self.beyond.next = self.product.val().get_bits::<15>(15);
        self.square.d.next = self.product.val().get_bits::<16>(0);
        if self.beyond.val().any() {
            self.square.d.next = 32_767.into();
        }
        self.square_s8.next = self.square.q.val();
    }
}
