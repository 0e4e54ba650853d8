//! Rows that wait until the price has shown which way it went.

use crate::learner::{HEADS, Sample};
use crate::{INPUTS, Inputs, Seen};

#[derive(Debug, Clone, Copy)]
struct Waiting {
    number: u64,
    inputs: Inputs,
    /// Bid plus ask; none for a row that can have no label, but counts as one.
    mid2: Option<i64>,
    scored: Option<[f64; HEADS]>,
}

/// The last so many records of a slot.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    ring: Vec<Waiting>,
    at: usize,
    filled: usize,
}

impl Labels {
    /// A label looks `horizon` records ahead.
    pub(crate) fn new(horizon: usize) -> Self {
        let empty = Waiting {
            number: 0,
            inputs: [0.0; INPUTS],
            mid2: None,
            scored: None,
        };
        Self {
            ring: vec![empty; horizon],
            at: 0,
            filled: 0,
        }
    }

    /// Takes record `number` with what it was scored, whose inputs are none when one of them was not a number; the sample of the record
    /// `horizon` before it.
    pub(crate) fn push(
        &mut self,
        number: u64,
        seen: &Seen,
        inputs: Option<&Inputs>,
        scored: Option<[f64; HEADS]>,
    ) -> Option<Sample> {
        if seen.broken {
            self.filled = 0;
            return None;
        }
        let horizon = self.ring.len();
        let place = self.ring.get_mut(self.at)?;
        let before = *place;
        let (inputs, mid2) = match inputs {
            Some(inputs) => (*inputs, seen.mid2),
            None => ([0.0; INPUTS], None),
        };
        *place = Waiting {
            number,
            inputs,
            mid2,
            scored,
        };
        self.at = (self.at + 1) % horizon;
        if self.filled < horizon {
            self.filled += 1;
            return None;
        }
        let (then, now) = (before.mid2?, seen.mid2?);
        let mut target = [0.0; HEADS];
        target[0] = f64::from(u8::from(now < then));
        target[1] = f64::from(u8::from(now > then));
        Some(Sample {
            record: before.number,
            slot: seen.slot,
            inputs: before.inputs,
            target,
            scored: before.scored,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::feature::CORE_COUNT;

    fn seen(mid2: Option<i64>, broken: bool) -> Seen {
        Seen {
            slot: 3,
            row: [0.0; CORE_COUNT],
            mid2,
            broken,
        }
    }

    #[test]
    fn a_label_is_of_the_record_so_many_before() {
        let mut labels = Labels::new(2);
        let mids = [Some(10), Some(12), Some(11), None, Some(9), Some(9), Some(9)];
        let mut found = Vec::new();
        for (number, mid2) in (1u64..).zip(mids) {
            let row = [f64::from(u32::try_from(number).unwrap()); INPUTS];
            if let Some(sample) = labels.push(number, &seen(mid2, false), Some(&row), None) {
                assert_eq!((sample.slot, sample.inputs[0]), (3, sample.record as f64));
                found.push((sample.record, sample.target));
            }
        }
        // Of 2 nothing is known: what it looked at had no price; neither of 4, which had none itself.
        assert_eq!(found, [(1, [0.0, 1.0]), (3, [1.0, 0.0]), (5, [0.0, 0.0])]);
    }

    #[test]
    fn nothing_looks_across_what_is_broken_or_no_number() {
        let mut labels = Labels::new(1);
        let row = [1.0; INPUTS];
        assert!(labels.push(1, &seen(Some(1), false), Some(&row), None).is_none());
        assert!(labels.push(2, &seen(Some(2), true), Some(&row), None).is_none());
        assert!(
            labels.push(3, &seen(Some(3), false), Some(&row), None).is_none(),
            "a new start"
        );
        assert!(
            labels.push(4, &seen(Some(4), false), None, None).is_some(),
            "of 3"
        );
        assert!(
            labels.push(5, &seen(Some(5), false), Some(&row), None).is_none(),
            "4 had a NaN"
        );
        assert!(labels.push(6, &seen(Some(6), false), Some(&row), None).is_some());
    }
}
