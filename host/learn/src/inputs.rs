//! From a record to what is learned on.

use contract::feature::{CORE_COUNT, CORE_FEATURES};
use contract::record::{Core, flag};

/// Inputs of a model: the core features and a constant one behind them.
pub const INPUTS: usize = CORE_COUNT + 1;

/// A row of inputs.
pub type Inputs = [f64; INPUTS];

/// What the learner sees of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Subscribed slot.
    pub slot: u8,
    /// The raw features, as models take them.
    pub row: [f32; CORE_COUNT],
    /// Bid plus ask, 1/10000 dollar; none while a side is empty.
    pub mid2: Option<i64>,
    /// Neither it nor what comes next can be counted on: a label does not look across it.
    pub broken: bool,
}

impl Seen {
    /// Of a record.
    pub fn of(record: &Core) -> Self {
        const BROKEN: u8 = flag::STALE | flag::GAP | flag::HALTED | flag::DEGRADED | flag::SKIPPED;
        let two_sided = record.bid.sz > 0 && record.ask.sz > 0;
        Self {
            slot: record.slot,
            row: record.features.map(f32::from),
            mid2: two_sided.then(|| i64::from(record.bid.px) + i64::from(record.ask.px)),
            broken: record.flags & BROKEN != 0,
        }
    }
}

/// Features in their real units, drawn together so that none passes ±`limit`: `x / (1 + |x| / limit)`, which keeps their
/// order and is all but `x` near zero. None when one is not a number.
pub(crate) fn inputs(row: &[f32; CORE_COUNT], limit: f64) -> Option<Inputs> {
    let mut inputs = [1.0; INPUTS];
    for ((to, raw), feature) in inputs.iter_mut().zip(row).zip(&CORE_FEATURES) {
        let real = f64::from(*raw) / f64::from(1u32 << feature.fraction);
        if !real.is_finite() {
            return None;
        }
        *to = real / (1.0 + real.abs() / limit);
    }
    Some(inputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_bounded_ordered_and_numbers() {
        let mut row = [0f32; CORE_COUNT];
        assert_eq!(
            inputs(&row, 8.0),
            Some(
                [[0.0; CORE_COUNT].as_slice(), &[1.0]]
                    .concat()
                    .try_into()
                    .unwrap()
            )
        );
        let spread = contract::feature::index("spread");
        let mut last = -9.0;
        for raw in [-32_768f32, -100.0, -1.0, 0.0, 1.0, 20.0, 32_767.0] {
            row[spread] = raw;
            let x = inputs(&row, 8.0).unwrap()[spread];
            assert!(x > last && x.abs() < 8.0, "{raw}: {x}");
            last = x;
        }
        row[0] = 16_384.0;
        assert_eq!(inputs(&row, 1e9).unwrap()[0], 0.5 / (1.0 + 0.5 / 1e9));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            row[3] = bad;
            assert_eq!(inputs(&row, 8.0), None);
        }
    }
}
