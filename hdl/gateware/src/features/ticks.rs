//! `ticks` of the contract: a price distance in whole ticks, by multiplication with the tick's reciprocal.
//!
//! ```text
//! high, low ─► |−| ─► × (3 stages) ─► >> 31, saturate ─► magnitude, negative
//!          recip ───────┘
//! ```
//!
//! Latency: 5 cycles. Back-pressure: none, one distance every cycle.

use crate::prim::{DelayLine, MulWideU};
use rust_hdl::prelude::*;

/// `min((|high − low| · recip) >> 31, 32767)`; see the module's text.
#[derive(LogicBlock, Default)]
pub struct Ticks {
    pub clock: Signal<In, Clock>,
    pub high: Signal<In, Bits<33>>,
    pub low: Signal<In, Bits<33>>,
    /// `GRID_RECIP`, one cycle after `high` and `low`.
    pub recip_s1: Signal<In, Bits<32>>,
    pub magnitude: Signal<Out, Bits<15>>,
    /// `high < low`.
    pub negative: Signal<Out, Bit>,
    distance_s1: DFF<Bits<33>>,
    negative_s1: DFF<Bit>,
    negative_s5: DelayLine<Bit, 4>,
    product_s4: MulWideU<33, 32, 65>,
    magnitude_s5: DFF<Bits<15>>,
    below: Signal<Local, Bit>,
    product: Signal<Local, Bits<65>>,
    beyond: Signal<Local, Bits<19>>,
}

impl Logic for Ticks {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, distance_s1, negative_s1, magnitude_s5);
        self.negative_s5.clock.next = self.clock.val();
        self.product_s4.clock.next = self.clock.val();
        self.below.next = self.high.val() < self.low.val();
        if self.below.val() {
            self.distance_s1.d.next = self.low.val() - self.high.val();
        } else {
            self.distance_s1.d.next = self.high.val() - self.low.val();
        }
        self.negative_s1.d.next = self.below.val();
        self.negative_s5.d.next = self.negative_s1.q.val();
        self.product_s4.a.next = self.distance_s1.q.val();
        self.product_s4.b.next = self.recip_s1.val();
        self.product.next = self.product_s4.p.val();
        self.beyond.next = self.product.val().get_bits::<19>(46);
        self.magnitude_s5.d.next = self.product.val().get_bits::<15>(31);
        if self.beyond.val().any() {
            self.magnitude_s5.d.next = 32_767.into();
        }
        self.magnitude.next = self.magnitude_s5.q.val();
        self.negative.next = self.negative_s5.q.val();
    }
}
