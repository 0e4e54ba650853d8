//! Card time: nanoseconds since it was set, with a fraction so that 6.4 ns a cycle is exact in the long run.
//!
//! ```text
//!  increment 8.24 ─► fraction 24 ──ns step──► low 32 ──carry──► high 32 ─► now
//! ```
//!
//! Latency: `now` lags the accumulator by two cycles; a loaded value appears two cycles after `load`.
//! Back-pressure: none.

use crate::emit::{Elaborated, Size, elaborate};
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct CardTime {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Nanoseconds a cycle, 8.24 fixed point.
    pub cfg_increment: Signal<In, Bits<32>>,
    /// One cycle: time becomes `load_time`, its fraction 0.
    pub load: Signal<In, Bit>,
    pub load_time: Signal<In, Bits<64>>,
    pub now: Signal<Out, Bits<64>>,
    fraction: DFF<Bits<24>>,
    step: DFF<Bits<9>>,
    low: DFF<Bits<32>>,
    carry: DFF<Bit>,
    low_held: DFF<Bits<32>>,
    high: DFF<Bits<32>>,
    fraction_wide: Signal<Local, Bits<33>>,
    increment_wide: Signal<Local, Bits<33>>,
    fraction_sum: Signal<Local, Bits<33>>,
    low_wide: Signal<Local, Bits<33>>,
    step_wide: Signal<Local, Bits<33>>,
    low_sum: Signal<Local, Bits<33>>,
    carry_wide: Signal<Local, Bits<32>>,
    low_64: Signal<Local, Bits<64>>,
    high_64: Signal<Local, Bits<64>>,
    setting: DFF<Bit>,
    set_high: DFF<Bits<32>>,
}

impl Logic for CardTime {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, fraction, step, low, carry, low_held, high, setting, set_high
        );
        self.fraction_wide.next = bit_cast::<33, 24>(self.fraction.q.val());
        self.increment_wide.next = bit_cast::<33, 32>(self.cfg_increment.val());
        self.fraction_sum.next = self.fraction_wide.val() + self.increment_wide.val();
        self.fraction.d.next = self.fraction_sum.val().get_bits::<24>(0);
        self.step.d.next = self.fraction_sum.val().get_bits::<9>(24);
        self.low_wide.next = bit_cast::<33, 32>(self.low.q.val());
        self.step_wide.next = bit_cast::<33, 9>(self.step.q.val());
        self.low_sum.next = self.low_wide.val() + self.step_wide.val();
        self.low.d.next = self.low_sum.val().get_bits::<32>(0);
        self.carry.d.next = self.low_sum.val().get_bit(32);
        self.low_held.d.next = self.low.q.val();
        self.carry_wide.next = 0.into();
        if self.carry.q.val() {
            self.carry_wide.next = 1.into();
        }
        self.high.d.next = self.high.q.val() + self.carry_wide.val();
        self.setting.d.next = self.load.val();
        self.set_high.d.next = self.load_time.val().get_bits::<32>(32);
        if self.setting.q.val() {
            self.high.d.next = self.set_high.q.val();
        }
        if self.load.val() {
            self.fraction.d.next = 0.into();
            self.step.d.next = 0.into();
            self.low.d.next = self.load_time.val().get_bits::<32>(0);
        }
        self.low_64.next = bit_cast::<64, 32>(self.low_held.q.val());
        self.high_64.next = bit_cast::<64, 32>(self.high.q.val()) << 32;
        self.now.next = self.low_64.val() | self.high_64.val();
        if self.reset.val() {
            self.fraction.d.next = 0.into();
            self.step.d.next = 0.into();
            self.low.d.next = 0.into();
            self.carry.d.next = false;
            self.low_held.d.next = 0.into();
            self.high.d.next = 0.into();
            self.setting.d.next = false;
        }
    }
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(CardTime::default())
}
