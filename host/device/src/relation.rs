//! Card time as a line over a host counter: readings at two ends of a run, and how far the line may be off.
//!
//! Each reading of the card lies somewhere between two of the counter. The narrowest bracket of each end gives a point; the
//! line goes through both. It is off by half a bracket at most where both clocks run evenly; by how much more it misses
//! any other reading is the residual, which is what uneven clocks and wrong readings show up in.

use crate::{DeviceError, bringup::Device};

/// One reading of card time between two of a host counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Host counter before.
    pub before: u64,
    /// Card time, ns.
    pub card_ns: u64,
    /// Host counter behind.
    pub after: u64,
}

impl Sample {
    /// Twice the middle, so that nothing is rounded.
    const fn twice_middle(&self) -> i128 {
        self.before as i128 + self.after as i128
    }

    const fn width(&self) -> u64 {
        self.after.saturating_sub(self.before)
    }
}

/// Why two clocks cannot be related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelationError {
    /// No reading that could be right at one end.
    #[error("no reading of the card's clock between two of the host's could be right")]
    NoSample,
    /// Between the ends the host counter did not go on, or card time went back.
    #[error(
        "a clock went back, or stood still, between the two ends of the run: host {host} ticks, card {card} ns"
    )]
    Backward {
        /// Host ticks between the ends.
        host: i128,
        /// Card time between the ends, ns.
        card: i128,
    },
}

/// Card time over a host counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    first: Sample,
    last: Sample,
    half_bracket: u64,
    residual_ns: u64,
    accepted: usize,
    rejected: usize,
}

impl Relation {
    /// The line through the narrowest samples of both ends of a run.
    ///
    /// # Errors
    /// [`RelationError`].
    pub fn of(start: &[Sample], end: &[Sample]) -> Result<Self, RelationError> {
        let ends = [consistent(start), consistent(end)];
        let narrowest = |samples: &[Sample]| samples.iter().copied().min_by_key(Sample::width);
        let (Some(first), Some(last)) = (narrowest(&ends[0]), narrowest(&ends[1])) else {
            return Err(RelationError::NoSample);
        };
        let host = (last.twice_middle() - first.twice_middle()) / 2;
        let card = i128::from(last.card_ns) - i128::from(first.card_ns);
        if host <= 0 || card < 0 {
            return Err(RelationError::Backward { host, card });
        }
        let accepted = ends[0].len() + ends[1].len();
        let mut relation = Self {
            first,
            last,
            half_bracket: first.width().max(last.width()).div_ceil(2),
            residual_ns: 0,
            accepted,
            rejected: start.len() + end.len() - accepted,
        };
        let missed = |sample: &Sample| relation.missed_by(sample);
        relation.residual_ns = ends.iter().flatten().map(missed).max().unwrap_or(0);
        Ok(relation)
    }

    /// Card time at twice a count of the host counter.
    fn at_twice(&self, twice: i128) -> i128 {
        let host = self.last.twice_middle() - self.first.twice_middle();
        let card = i128::from(self.last.card_ns) - i128::from(self.first.card_ns);
        let since = twice - self.first.twice_middle();
        i128::from(self.first.card_ns) + since.saturating_mul(card).div_euclid(host)
    }

    /// Card time at a count of the host counter, ns; saturates.
    pub fn card_ns(&self, ticks: u64) -> u64 {
        let ns = self.at_twice(2 * i128::from(ticks));
        u64::try_from(ns.max(0)).unwrap_or(u64::MAX)
    }

    /// How far the line lies outside the bracket of a sample, ns.
    fn missed_by(&self, sample: &Sample) -> u64 {
        let [low, high] = [sample.before, sample.after].map(|ticks| self.at_twice(2 * i128::from(ticks)));
        let card = i128::from(sample.card_ns);
        let off = (low - card).max(card - high).max(0);
        u64::try_from(off).unwrap_or(u64::MAX)
    }

    /// Host ticks and card time, ns, between the two ends.
    pub fn span(&self) -> (u64, u64) {
        let host = (self.last.twice_middle() - self.first.twice_middle()) / 2;
        let card = self.last.card_ns - self.first.card_ns;
        (u64::try_from(host).unwrap_or(u64::MAX), card)
    }

    /// Half of the narrowest bracket, of the end where it is wider, host ticks.
    pub const fn half_bracket(&self) -> u64 {
        self.half_bracket
    }

    /// By how much the line misses the bracket of the worst sample, ns of card time.
    pub const fn residual_ns(&self) -> u64 {
        self.residual_ns
    }

    /// Samples used.
    pub const fn accepted(&self) -> usize {
        self.accepted
    }

    /// Samples that cannot be right: a clock went back in them.
    pub const fn rejected(&self) -> usize {
        self.rejected
    }
}

/// The most samples in which neither clock ever goes back: one wrong reading costs itself only.
fn consistent(samples: &[Sample]) -> Vec<Sample> {
    let good: Vec<Sample> = samples.iter().copied().filter(|s| s.before <= s.after).collect();
    // Length of the best chain that ends with each sample, and the one before it.
    let mut chains: Vec<(usize, Option<usize>)> = Vec::with_capacity(good.len());
    for (i, sample) in good.iter().enumerate() {
        let follows = |j: &usize| good[*j].after <= sample.before && good[*j].card_ns <= sample.card_ns;
        let best = (0..i).filter(follows).max_by_key(|j| chains[*j].0);
        chains.push((1 + best.map_or(0, |j| chains[j].0), best));
    }
    let mut at = (0..good.len()).max_by_key(|i| chains[*i].0);
    let mut out = Vec::new();
    while let Some(i) = at {
        out.push(good[i]);
        at = chains[i].1;
    }
    out.reverse();
    out
}

impl Device {
    /// Reads card time `count` times, each between two readings of a host counter.
    ///
    /// # Errors
    /// What the transport says.
    pub fn sample_time(
        &mut self,
        count: usize,
        mut ticks: impl FnMut() -> u64,
    ) -> Result<Vec<Sample>, DeviceError> {
        let mut samples = Vec::with_capacity(count);
        for _ in 0..count {
            let before = ticks();
            // The low word latches the high one: the moment is that of the first read.
            let low = self.regs.read(contract::reg::global("TIME_LO"))?;
            let after = ticks();
            let high = self.regs.read(contract::reg::global("TIME_HI"))?;
            let card_ns = u64::from(high) << 32 | u64::from(low);
            samples.push(Sample {
                before,
                card_ns,
                after,
            });
        }
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ticks at 3 GHz, a card whose clock is `ppm` fast; the card is read somewhere in a bracket.
    fn series(from: u64, ppm: i64, brackets: &[(u64, u64)]) -> Vec<Sample> {
        let mut before = from;
        let mut out = Vec::new();
        for (width, part) in brackets {
            let read = before + width * part / 100;
            out.push(Sample {
                before,
                card_ns: card(read, ppm),
                after: before + width,
            });
            before += width + 500;
        }
        out
    }

    fn card(ticks: u64, ppm: i64) -> u64 {
        let ns = i128::from(ticks) * (1_000_000 + i128::from(ppm)) / 3_000_000;
        u64::try_from(ns).expect("positive")
    }

    const BRACKETS: [(u64, u64); 4] = [(3_000, 10), (600, 50), (900, 80), (5_000, 99)];

    #[test]
    fn the_line_goes_through_the_narrowest_brackets() {
        let (start, end) = (
            series(1_000_000, 20, &BRACKETS),
            series(9_000_000_000, 20, &BRACKETS),
        );
        let relation = Relation::of(&start, &end).expect("related");
        assert_eq!((relation.half_bracket(), relation.residual_ns()), (300, 0));
        assert_eq!((relation.accepted(), relation.rejected()), (8, 0));
        for ticks in [1_000_000, 4_500_000_000, 9_000_000_000, 20_000_000_000] {
            assert!(relation.card_ns(ticks).abs_diff(card(ticks, 20)) <= 1, "{ticks}");
        }
        let (host, ns) = relation.span();
        assert!(ns.abs_diff(card(host, 20)) <= 1);
    }

    #[test]
    fn readings_that_go_back_are_left_out() {
        let mut start = series(1_000_000, 0, &BRACKETS);
        let end = series(3_000_000_000, 0, &BRACKETS);
        let clean = Relation::of(&start, &end).expect("related");
        // A host counter that went back inside a bracket would be the narrowest of all.
        start.insert(
            1,
            Sample {
                before: 1_003_400,
                card_ns: 334_400,
                after: 1_003_300,
            },
        );
        // A card time from before, and one from far ahead.
        start.push(Sample {
            before: 1_020_000,
            card_ns: 5,
            after: 1_020_001,
        });
        start.insert(
            0,
            Sample {
                before: 900_000,
                card_ns: 1 << 50,
                after: 900_001,
            },
        );
        let seen = Relation::of(&start, &end).expect("related");
        assert_eq!((seen.accepted(), seen.rejected()), (8, 3));
        assert_eq!(
            (seen.card_ns(1 << 31), seen.residual_ns()),
            (clean.card_ns(1 << 31), 0)
        );
    }

    #[test]
    fn a_wrong_reading_that_goes_forward_shows_in_the_residual() {
        let start = series(1_000_000, 0, &BRACKETS);
        let mut end = series(3_000_000_000, 0, &BRACKETS);
        end[3].card_ns += 40_000;
        let relation = Relation::of(&start, &end).expect("related");
        assert!(
            (38_000..=42_000).contains(&relation.residual_ns()),
            "{relation:?}"
        );
        // A clock that was slewed in between: the start's own readings do not lie on the line.
        let mut slewed = series(1_000_000, 0, &[(600, 50), (900, 50), (700, 50)]);
        for (i, sample) in (0..).zip(&mut slewed) {
            sample.card_ns += 2_000 * i;
        }
        assert!(Relation::of(&slewed, &end).expect("related").residual_ns() >= 3_000);
    }

    #[test]
    fn clocks_that_cannot_be_related_say_so() {
        let (start, end) = (series(1_000_000, 0, &BRACKETS), series(3_000_000, 0, &BRACKETS));
        assert_eq!(Relation::of(&[], &end), Err(RelationError::NoSample));
        let back = [Sample {
            before: 9,
            card_ns: 1,
            after: 8,
        }];
        assert_eq!(Relation::of(&start, &back), Err(RelationError::NoSample));
        for (a, b) in [(&end, &start), (&start, &start)] {
            assert!(matches!(Relation::of(a, b), Err(RelationError::Backward { .. })));
        }
        let reset: Vec<Sample> = end.iter().map(|s| Sample { card_ns: 3, ..*s }).collect();
        let said = Relation::of(&start, &reset)
            .expect_err("the card was reset")
            .to_string();
        assert!(said.contains("went back"), "{said}");
    }

    proptest! {
        /// Whatever the brackets, at any moment of the run the line is off by half a bracket and the residual at most.
        #[test]
        fn the_uncertainty_holds(
            ppm in -100i64..100,
            start in proptest::collection::vec((1u64..10_000, 0u64..=100), 1..20),
            end in proptest::collection::vec((1u64..10_000, 0u64..=100), 1..20),
            moment in 0u64..3_000_000_000,
        ) {
            let (from, to) = (1_000_000, 3_001_000_000);
            let relation = Relation::of(&series(from, ppm, &start), &series(to, ppm, &end)).expect("related");
            let off = relation.card_ns(from + moment).abs_diff(card(from + moment, ppm));
            let bound = relation.half_bracket().div_ceil(3) + relation.residual_ns() + 2;
            prop_assert!(off <= bound + bound / 1_000, "{off} ns, bound {bound}");
        }
    }
}
