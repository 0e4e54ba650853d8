//! What the price did after a record: the labels a model trains on.
//!
//! A label looks from a record to a later book of the same symbol: so many book events later, or the last book at or before so
//! many nanoseconds later. What lies behind the end of the feed is not known and has no label; neither has a move between books of which
//! one lacks the side that is asked for.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use contract::record::Level;

/// Events a horizon may look ahead.
const EVENTS_MAX: u64 = 100_000;
/// Nanoseconds a horizon may look ahead: ten minutes.
const TIME_MAX_NS: u64 = 600_000_000_000;

/// How far a label looks ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Horizon {
    /// Book events.
    Events(u64),
    /// Nanoseconds of the feed's clock.
    TimeNs(u64),
}

impl FromStr for Horizon {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let count: u64 = digits
            .parse()
            .map_err(|_| format!("`{text}` has no number; write 10ev, 500us, 10ms or 1s"))?;
        let unit_ns = match &text[digits.len()..] {
            "ev" if (1..=EVENTS_MAX).contains(&count) => return Ok(Self::Events(count)),
            "ev" => {
                return Err(format!(
                    "{count} events: from 1 to {EVENTS_MAX} can be looked ahead"
                ));
            }
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            other => return Err(format!("unit `{other}` in `{text}`: take ev, ns, us, ms or s")),
        };
        match count.checked_mul(unit_ns) {
            Some(ns @ 1..=TIME_MAX_NS) => Ok(Self::TimeNs(ns)),
            _ => Err(format!("`{text}`: from 1 ns to 600 s can be looked ahead")),
        }
    }
}

/// As it is written, in the largest unit that divides it: a part of column names.
impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Events(count) => write!(f, "{count}ev"),
            Self::TimeNs(ns) => {
                let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
                let fits = units.into_iter().find(|(unit_ns, _)| ns % unit_ns == 0);
                let (unit_ns, unit) = fits.unwrap_or((1, "ns"));
                write!(f, "{}{unit}", ns / unit_ns)
            }
        }
    }
}

/// The best of both sides at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) bid: Level,
    pub(crate) ask: Level,
}

/// Moves in 1/10000 dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Label {
    /// Bid plus ask, then less now: twice the move of the mid price.
    pub(crate) mid2: Option<i64>,
    /// Bought at the ask now, sold at the bid then.
    pub(crate) buy: Option<i64>,
    /// Sold at the bid now, bought at the ask then.
    pub(crate) sell: Option<i64>,
}

impl Label {
    fn between(now: &Quote, then: &Quote) -> Self {
        let price = |level: &Level| (level.sz > 0).then_some(i64::from(level.px));
        let (bid, ask) = (price(&now.bid), price(&now.ask));
        let (bid_then, ask_then) = (price(&then.bid), price(&then.ask));
        let difference = |a: Option<i64>, b: Option<i64>| Some(a? - b?);
        let sum = |a: Option<i64>, b: Option<i64>| Some(a? + b?);
        Self {
            mid2: difference(sum(bid_then, ask_then), sum(bid, ask)),
            buy: difference(bid_then, ask),
            sell: difference(bid, ask_then),
        }
    }
}

/// One horizon: the labels found of rows that wait, the oldest row's first.
#[derive(Debug)]
struct Ahead {
    horizon: Horizon,
    found: VecDeque<Label>,
}

/// Takes a row that is complete, with a label a horizon.
type Done<'a, R, E> = dyn FnMut(R, &[Label]) -> Result<(), E> + 'a;

/// Rows that wait until all of their labels are known.
#[derive(Debug)]
pub(crate) struct Labeller<R> {
    waiting: VecDeque<(u64, Quote, R)>,
    ahead: Vec<Ahead>,
    most: usize,
    /// Rows that left without labels that might have come, since more than `most` waited.
    pub(crate) given_up: u64,
}

impl<R> Labeller<R> {
    /// At most `most` rows wait.
    pub(crate) fn new(horizons: &[Horizon], most: usize) -> Self {
        let ahead = horizons.iter().map(|&horizon| Ahead {
            horizon,
            found: VecDeque::new(),
        });
        Self {
            waiting: VecDeque::new(),
            ahead: ahead.collect(),
            most,
            given_up: 0,
        }
    }

    /// Takes a row with its time and book; rows that are complete leave through `done`, in order.
    pub(crate) fn push<E>(
        &mut self,
        ts_ns: u64,
        quote: Quote,
        row: R,
        done: &mut Done<'_, R, E>,
    ) -> Result<(), E> {
        // What holds from the last row up to just before this one ends the times that end there.
        if let Some((_, last, _)) = self.waiting.back().map(|(t, q, _)| (*t, *q, ())) {
            for ahead in &mut self.ahead {
                let Horizon::TimeNs(ns) = ahead.horizon else {
                    continue;
                };
                while let Some((then_ns, now, _)) = self.waiting.get(ahead.found.len())
                    && then_ns.saturating_add(ns) < ts_ns
                {
                    ahead.found.push_back(Label::between(now, &last));
                }
            }
        }
        self.waiting.push_back((ts_ns, quote, row));
        for ahead in &mut self.ahead {
            let Horizon::Events(count) = ahead.horizon else {
                continue;
            };
            let behind = (self.waiting.len() - ahead.found.len()) as u64;
            if let Some((_, now, _)) = self.waiting.get(ahead.found.len())
                && behind > count
            {
                ahead.found.push_back(Label::between(now, &quote));
            }
        }
        while self.ahead.iter().all(|ahead| !ahead.found.is_empty()) && !self.waiting.is_empty() {
            self.leave(done)?;
        }
        while self.waiting.len() > self.most {
            self.given_up += 1;
            self.leave(done)?;
        }
        Ok(())
    }

    /// The feed has ended: what still waits leaves with the labels it has.
    pub(crate) fn finish<E>(mut self, done: &mut Done<'_, R, E>) -> Result<(), E> {
        while !self.waiting.is_empty() {
            self.leave(done)?;
        }
        Ok(())
    }

    fn leave<E>(&mut self, done: &mut Done<'_, R, E>) -> Result<(), E> {
        let Some((_, _, row)) = self.waiting.pop_front() else {
            return Ok(());
        };
        let found = self.ahead.iter_mut().map(|ahead| ahead.found.pop_front());
        let labels: Vec<Label> = found.map(Option::unwrap_or_default).collect();
        done(row, &labels)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn quote(bid: u32, ask: u32) -> Quote {
        let level = |px| Level {
            px,
            sz: u32::from(px > 0),
        };
        Quote {
            bid: level(bid),
            ask: level(ask),
        }
    }

    /// The definition, row by row, with the whole day at hand.
    fn defined(rows: &[(u64, Quote)], horizon: Horizon) -> Vec<Label> {
        let label = |i: usize| {
            let (ts_ns, now) = rows[i];
            let then = match horizon {
                Horizon::Events(count) => rows.get(i + usize::try_from(count).unwrap()),
                Horizon::TimeNs(ns) => {
                    let behind = rows.iter().position(|(t, _)| *t > ts_ns + ns);
                    behind.map(|at| &rows[at - 1])
                }
            };
            then.map_or_else(Label::default, |(_, then)| Label::between(&now, then))
        };
        (0..rows.len()).map(label).collect()
    }

    fn labelled(rows: &[(u64, Quote)], horizons: &[Horizon], most: usize) -> (Vec<Vec<Label>>, u64) {
        let mut labeller = Labeller::new(horizons, most);
        let mut out = Vec::new();
        let mut order = 0;
        let mut done = |row: usize, labels: &[Label]| {
            assert_eq!(row, order, "in order");
            order += 1;
            out.push(labels.to_vec());
            Ok::<(), Infallible>(())
        };
        for (i, (ts_ns, quote)) in rows.iter().enumerate() {
            labeller.push(*ts_ns, *quote, i, &mut done).unwrap();
        }
        let given_up = labeller.given_up;
        labeller.finish(&mut done).unwrap();
        (out, given_up)
    }

    proptest! {
        #[test]
        fn every_label_is_the_defined_one(
            steps in prop::collection::vec((0u64..40, 0u32..6, 0u32..6), 1..80),
            events in 1u64..12,
            ns in 1u64..120,
        ) {
            let mut ts_ns = 34_200_000_000_000;
            let rows: Vec<_> = steps.iter().map(|&(step, bid, spread)| {
                ts_ns += step;
                (ts_ns, quote(bid * 100, if spread == 0 { 0 } else { bid * 100 + spread * 100 }))
            }).collect();
            let horizons = [Horizon::Events(events), Horizon::TimeNs(ns), Horizon::Events(1)];
            let (labels, given_up) = labelled(&rows, &horizons, usize::MAX);
            prop_assert_eq!(given_up, 0);
            for (h, horizon) in horizons.into_iter().enumerate() {
                let seen: Vec<Label> = labels.iter().map(|row| row[h]).collect();
                prop_assert_eq!(seen, defined(&rows, horizon));
            }
        }
    }

    #[test]
    fn a_round_trip_pays_both_half_spreads() {
        let rows = [(0, quote(1_000_000, 1_000_100)), (5, quote(1_000_200, 1_000_300))];
        let (labels, _) = labelled(&rows, &[Horizon::Events(1), Horizon::TimeNs(5)], 100);
        let then = Label {
            mid2: Some(400),
            buy: Some(100),
            sell: Some(-300),
        };
        assert_eq!(
            labels[0],
            [then, Label::default()],
            "nobody knows what comes at 5 ns"
        );
        assert_eq!(labels[1], [Label::default(); 2]);
    }

    #[test]
    fn who_waits_too_long_leaves_without_and_is_counted() {
        let rows: Vec<_> = (0..10).map(|i| (i, quote(100, 200))).collect();
        let (labels, given_up) = labelled(&rows, &[Horizon::Events(5)], 3);
        assert_eq!((labels.len(), given_up), (10, 7));
        assert!(labels.iter().all(|row| row[0] == Label::default()));
    }

    #[test]
    fn horizons_are_written_as_they_are_read() {
        for text in ["1ev", "100000ev", "1ns", "1500us", "10ms", "600s"] {
            assert_eq!(text.parse::<Horizon>().unwrap().to_string(), text);
        }
        assert_eq!("1000us".parse::<Horizon>().unwrap().to_string(), "1ms");
        for text in [
            "",
            "ev",
            "0ev",
            "100001ev",
            "601s",
            "10",
            "1m",
            "-1s",
            "18446744073709551615s",
            "0s",
        ] {
            assert!(text.parse::<Horizon>().is_err(), "{text}");
        }
    }
}
