//! The twelve averaged signals at six half-lives.

use contract::feature::{CANCEL_FULL, CANCEL_REPLACE, CORE_COUNT, FEATURE_MAX, index as core_index};
use contract::record::EventCode;
use contract::wide::{EMA_COUNT, EMA_SHIFTS, EMAS, VALUES, index};

use crate::features::{ema, saturate};

/// Averages of one signal.
pub(super) type Six = [i32; EMA_SHIFTS.len()];

/// Accumulators of all signals, in record order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Averages {
    of: [Six; EMA_COUNT],
}

/// Position of a signal in [`EMAS`], by name.
const fn signal(name: &str) -> usize {
    let mut i = 0;
    while i < EMA_COUNT {
        if contract::layout::same(EMAS[i].name, name) {
            return i;
        }
        i += 1;
    }
    panic!("no signal of that name")
}

const FIRST: usize = index("ema_obi_1_2");

impl Averages {
    /// One more value of a signal.
    fn add(&mut self, signal: usize, x: i16) {
        for (acc, shift) in self.of[signal].iter_mut().zip(EMA_SHIFTS) {
            ema(acc, x, shift);
        }
    }

    /// Every book event.
    pub(super) fn book(&mut self, code: EventCode, core: &[i16; CORE_COUNT]) {
        const OBI: [(usize, usize); 3] = [
            (signal("obi_1"), core_index("obi_1")),
            (signal("obi_5"), core_index("obi_5")),
            (signal("obi_10"), core_index("obi_10")),
        ];
        for (signal, feature) in OBI {
            self.add(signal, core[feature]);
        }
        let cancelled = match code {
            EventCode::Cancel | EventCode::Delete => CANCEL_FULL,
            EventCode::Replace => CANCEL_REPLACE,
            _ => 0,
        };
        self.add(const { signal("cancel") }, cancelled);
    }

    /// A book event behind another one; the logarithm of the time between them.
    pub(super) fn followed(&mut self, log_dt: i16, core: &[i16; CORE_COUNT]) {
        self.add(const { signal("ofi_1") }, core[const { core_index("ofi_1") }]);
        self.add(const { signal("ofi_5") }, core[const { core_index("ofi_5") }]);
        self.add(const { signal("log_dt") }, log_dt);
    }

    /// A book event that left two sides.
    pub(super) fn two_sided(&mut self, core: &[i16; CORE_COUNT]) {
        self.add(
            const { signal("micro") },
            core[const { core_index("micro_minus_mid") }],
        );
        self.add(const { signal("spread") }, core[const { core_index("spread") }]);
    }

    /// A return of the mid, half ticks, and its square as [`square`] scales it.
    pub(super) fn moved(&mut self, half_ticks: i16, square: i16) {
        let scaled = saturate(i64::from(half_ticks) << EMAS[const { signal("return") }].input_fraction);
        self.add(const { signal("return") }, scaled);
        self.add(const { signal("square") }, square);
    }

    /// A trade, signed.
    pub(super) fn traded(&mut self, signed: i16) {
        self.add(const { signal("trade") }, signed);
    }

    /// The values.
    pub(super) fn write(&self, out: &mut [i16; VALUES]) {
        // Each signal by itself, so that its shifts are constants.
        self.signal::<0>(out);
        self.signal::<1>(out);
        self.signal::<2>(out);
        self.signal::<3>(out);
        self.signal::<4>(out);
        self.signal::<5>(out);
        self.signal::<6>(out);
        self.signal::<7>(out);
        self.signal::<8>(out);
        self.signal::<9>(out);
        self.signal::<10>(out);
        self.signal::<11>(out);
    }

    fn signal<const N: usize>(&self, out: &mut [i16; VALUES]) {
        let six = EMA_SHIFTS.len();
        let values = &mut out[FIRST + N * six..][..six];
        for (i, value) in values.iter_mut().enumerate() {
            *value = scaled(self.of[N][i], EMAS[N].out_shifts[i]);
        }
    }
}

/// An accumulator as value: `sat(trunc(acc / 2^shift))`.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i16")]
pub(super) fn scaled(acc: i32, shift: u32) -> i16 {
    // Toward zero: what a negative number loses by the shift is added first. |acc| < 2^31 - 2^15.
    let corrected = acc + ((acc >> 31) & ((1 << shift) - 1));
    let limit = i32::from(FEATURE_MAX);
    (corrected >> shift).clamp(-limit, limit) as i16
}

/// A product of half ticks with four bits of fraction.
pub(super) fn square(a: i16, b: i16) -> i16 {
    saturate(16 * i64::from(a) * i64::from(b))
}
