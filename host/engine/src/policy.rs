//! From a record and a score to orders.

use crate::config;
use contract::{feature, record};
use model::Score;
use risk::Side;

/// What a policy wants sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// Side.
    pub side: Side,
    /// Shares.
    pub qty: u32,
    /// Limit price, 1/10000 dollar.
    pub price: u32,
}

/// Up to two orders.
pub type Intents = [Option<Intent>; 2];

/// A trading policy. One value serves one slot; no allocation, no clock: time is the record's.
pub trait Policy: std::fmt::Debug + Send {
    /// Decides on a record, its score and the slot's position in shares.
    fn decide(&mut self, record: &record::Core, score: &Score, position: i64) -> Intents;
}

/// The default policy: enters across the spread when `P(up) − P(down)` passes a threshold and the
/// spread is narrow enough; leaves when the sign of the edge turns against it by the same threshold, or
/// after a time. One position a slot: it never adds to one.
#[derive(Debug, Clone)]
pub struct EdgePolicy {
    rules: config::Policy,
    entered_ns: Option<u64>,
}

impl EdgePolicy {
    /// A policy without a position.
    pub const fn new(rules: config::Policy) -> Self {
        Self {
            rules,
            entered_ns: None,
        }
    }

    fn enter(&mut self, record: &record::Core, edge: f32) -> Option<Intent> {
        let spread = record.features[feature::index("spread")];
        if spread <= 0
            || i32::from(spread) > i32::from(self.rules.spread_max_ticks)
            || edge.abs() < self.rules.edge_min
        {
            return None;
        }
        self.entered_ns = Some(record.ts_ns);
        let (side, price) = if edge > 0.0 {
            (Side::Buy, record.ask.px)
        } else {
            (Side::Sell, record.bid.px)
        };
        Some(Intent {
            side,
            qty: self.rules.qty,
            price,
        })
    }

    fn exit(&mut self, record: &record::Core, edge: f32, position: i64) -> Option<Intent> {
        let against = if position > 0 { -edge } else { edge };
        let held = record
            .ts_ns
            .saturating_sub(*self.entered_ns.get_or_insert(record.ts_ns));
        if against < self.rules.edge_min && held < self.rules.hold_ns {
            return None;
        }
        self.entered_ns = None;
        let qty = u32::try_from(position.unsigned_abs()).unwrap_or(u32::MAX);
        Some(if position > 0 {
            Intent {
                side: Side::Sell,
                qty,
                price: record.bid.px,
            }
        } else {
            Intent {
                side: Side::Buy,
                qty,
                price: record.ask.px,
            }
        })
    }
}

impl Policy for EdgePolicy {
    fn decide(&mut self, record: &record::Core, score: &Score, position: i64) -> Intents {
        const BLOCKING: u8 =
            record::flag::STALE | record::flag::GAP | record::flag::HALTED | record::flag::CROSSED;
        let edge = score.edge();
        if edge.is_nan() || record.flags & BLOCKING != 0 || record.bid.sz == 0 || record.ask.sz == 0 {
            return [None, None];
        }
        let intent = if position == 0 {
            self.enter(record, edge)
        } else {
            self.exit(record, edge, position)
        };
        [intent, None]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{feature::CORE_COUNT, record::Level};

    fn record(ts_ns: u64, spread: i16) -> record::Core {
        let mut features = [0i16; CORE_COUNT];
        features[feature::index("spread")] = spread;
        record::Core {
            ts_ns,
            slot: 0,
            event: record::EventCode::Add,
            flags: 0,
            bid: Level { px: 9_900, sz: 5 },
            ask: Level { px: 10_000, sz: 5 },
            features,
        }
    }

    fn score(edge: f32) -> Score {
        Score {
            down: 0.3,
            flat: 0.1,
            up: 0.3 + edge,
        }
    }

    const RULES: config::Policy = config::Policy {
        edge_min: 0.2,
        spread_max_ticks: 2,
        hold_ns: 100,
        qty: 7,
    };

    #[test]
    fn enters_holds_and_leaves_by_time() {
        let mut p = EdgePolicy::new(RULES);
        let buy = Intent {
            side: Side::Buy,
            qty: 7,
            price: 10_000,
        };
        assert_eq!(p.decide(&record(1, 1), &score(0.25), 0), [Some(buy), None]);
        assert_eq!(p.decide(&record(100, 1), &score(0.25), 7), [None, None]);
        assert_eq!(
            p.decide(&record(101, 1), &score(0.25), 7),
            [
                Some(Intent {
                    side: Side::Sell,
                    qty: 7,
                    price: 9_900
                }),
                None
            ]
        );
    }

    #[test]
    fn leaves_on_reversal_and_shorts() {
        let mut p = EdgePolicy::new(RULES);
        let sell = Intent {
            side: Side::Sell,
            qty: 7,
            price: 9_900,
        };
        assert_eq!(p.decide(&record(1, 1), &score(-0.25), 0), [Some(sell), None]);
        assert_eq!(p.decide(&record(2, 1), &score(0.1), -7), [None, None]);
        assert_eq!(
            p.decide(&record(3, 1), &score(0.3), -7),
            [
                Some(Intent {
                    side: Side::Buy,
                    qty: 7,
                    price: 10_000
                }),
                None
            ]
        );
    }

    #[test]
    fn stays_out() {
        let mut p = EdgePolicy::new(RULES);
        let none = [None, None];
        assert_eq!(p.decide(&record(1, 3), &score(0.9), 0), none, "spread too wide");
        assert_eq!(p.decide(&record(1, 0), &score(0.9), 0), none, "locked");
        assert_eq!(p.decide(&record(1, 1), &score(0.1), 0), none, "edge too small");
        assert_eq!(
            p.decide(&record(1, 1), &score(f32::NAN), 0),
            none,
            "NaN makes no order"
        );
        for flags in [
            record::flag::STALE,
            record::flag::GAP,
            record::flag::HALTED,
            record::flag::CROSSED,
        ] {
            assert_eq!(
                p.decide(
                    &record::Core {
                        flags,
                        ..record(1, 1)
                    },
                    &score(0.9),
                    0
                ),
                none
            );
        }
        let one_sided = record::Core {
            ask: Level::default(),
            ..record(1, 1)
        };
        assert_eq!(p.decide(&one_sided, &score(0.9), 0), none);
    }
}
