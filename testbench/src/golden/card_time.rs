//! Golden model of the card time.

/// Fraction bits of the increment.
const FRACTION_BITS: u32 = 24;

/// 64-bit nanoseconds with a 24-bit fraction.
#[derive(Debug, Clone, Default)]
pub struct CardTime {
    fraction: u64,
    step: u64,
    whole: u64,
    shown: u64,
}

impl CardTime {
    /// The time shown in this cycle.
    pub const fn now(&self) -> u64 {
        self.shown
    }

    /// The clock edge.
    pub const fn tick(&mut self, increment: u32, load: Option<u64>) {
        self.shown = self.whole;
        if let Some(time) = load {
            (self.whole, self.step, self.fraction) = (time, 0, 0);
            return;
        }
        self.whole = self.whole.wrapping_add(self.step);
        let sum = self.fraction + increment as u64;
        self.step = sum >> FRACTION_BITS;
        self.fraction = sum & ((1 << FRACTION_BITS) - 1);
    }
}
