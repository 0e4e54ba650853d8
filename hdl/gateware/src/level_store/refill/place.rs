//! A tail's place on its slot's grid, by long division.
//!
//! ```text
//! price, tick ─► 32 steps of one quotient bit ─► bound: the positions beyond it are worse than the price
//! ```
//!
//! Latency: 34 cycles from `start` to `done`, which stands until the next `start`. Back-pressure: none.

use rust_hdl::prelude::*;

/// Long division; see the module's text.
#[derive(LogicBlock, Default)]
pub struct GridPlace {
    pub clock: Signal<In, Clock>,
    pub start: Signal<In, Bit>,
    pub price: Signal<In, Bits<32>>,
    pub tick: Signal<In, Bits<32>>,
    pub is_bid: Signal<In, Bit>,
    pub done: Signal<Out, Bit>,
    pub bound: Signal<Out, Bits<32>>,
    steps: DFF<Bits<6>>,
    numerator: DFF<Bits<32>>,
    remainder: DFF<Bits<33>>,
    quotient: DFF<Bits<32>>,
    divided: DFF<Bit>,
    bound_now: DFF<Bits<32>>,
    one_6: Signal<Local, Bits<6>>,
    one_32: Signal<Local, Bits<32>>,
    wide_tick: Signal<Local, Bits<33>>,
    shifted: Signal<Local, Bits<33>>,
    numerator_bit: Signal<Local, Bits<33>>,
    partial: Signal<Local, Bits<33>>,
    reduced: Signal<Local, Bits<33>>,
    fits: Signal<Local, Bit>,
    quotient_shifted: Signal<Local, Bits<32>>,
    ceiling: Signal<Local, Bits<32>>,
    inverted: Signal<Local, Bits<32>>,
}

impl Logic for GridPlace {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, steps, numerator, remainder, quotient, divided, bound_now
        );
        self.one_6.next = 1.into();
        self.one_32.next = 1.into();
        self.wide_tick.next = bit_cast::<33, 32>(self.tick.val());
        self.shifted.next = self.remainder.q.val() << 1;
        self.numerator_bit.next = 0.into();
        if self.numerator.q.val().get_bit(31) {
            self.numerator_bit.next = 1.into();
        }
        self.partial.next = self.shifted.val() | self.numerator_bit.val();
        self.fits.next = self.partial.val() >= self.wide_tick.val();
        self.reduced.next = self.partial.val() - self.wide_tick.val();
        self.quotient_shifted.next = self.quotient.q.val() << 1;
        self.ceiling.next = self.quotient.q.val();
        if self.is_bid.val() & self.remainder.q.val().any() {
            self.ceiling.next = self.quotient.q.val() + self.one_32.val();
        }
        self.inverted.next = !self.ceiling.val();
        self.bound_now.d.next = self.ceiling.val();
        if self.is_bid.val() {
            self.bound_now.d.next = self.inverted.val();
        }
        if self.steps.q.val().any() {
            self.steps.d.next = self.steps.q.val() - self.one_6.val();
            self.numerator.d.next = self.numerator.q.val() << 1;
            self.remainder.d.next = self.partial.val();
            self.quotient.d.next = self.quotient_shifted.val();
            if self.fits.val() {
                self.remainder.d.next = self.reduced.val();
                self.quotient.d.next = self.quotient_shifted.val() | self.one_32.val();
            }
        }
        self.divided.d.next = !self.steps.q.val().any();
        if self.start.val() {
            self.steps.d.next = 32.into();
            self.numerator.d.next = self.price.val();
            self.remainder.d.next = 0.into();
            self.quotient.d.next = 0.into();
            self.divided.d.next = false;
        }
        self.done.next = self.divided.q.val();
        self.bound.next = self.bound_now.q.val();
    }
}
