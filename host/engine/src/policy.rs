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
    /// Immediate or cancel; else it rests.
    pub immediate: bool,
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
            immediate: true,
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
                immediate: true,
            }
        } else {
            Intent {
                side: Side::Buy,
                qty,
                price: record.ask.px,
                immediate: true,
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

/// A policy without an opinion, for exercising everything behind it: by its seed it sends small orders around the best
/// prices, immediate ones and such that rest. Not for trading.
#[derive(Debug, Clone)]
pub struct RandomPolicy {
    state: u64,
    step: u32,
    qty_max: u32,
}

impl RandomPolicy {
    /// From a seed; prices lie some `step`s around the touch, orders have up to `qty_max` shares.
    pub const fn new(seed: u64, step: u32, qty_max: u32) -> Self {
        Self {
            state: seed,
            step,
            qty_max,
        }
    }

    /// The next number below `end`, by splitmix64.
    fn draw(&mut self, end: u32) -> u32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(end.max(1))).unwrap_or(0)
    }
}

impl Policy for RandomPolicy {
    fn decide(&mut self, record: &record::Core, _score: &Score, position: i64) -> Intents {
        if self.draw(4) > 0 || record.bid.sz == 0 || record.ask.sz == 0 {
            return [None, None];
        }
        // It leans against its position, so that it trades on at the limits.
        let buy = match self.draw(4) {
            0 => position <= 0,
            1 => true,
            2 => false,
            _ => position < 0,
        };
        let side = if buy { Side::Buy } else { Side::Sell };
        let (near, far) = if buy {
            (record.bid, record.ask)
        } else {
            (record.ask, record.bid)
        };
        let better = self.draw(5) * self.step;
        let worse = self.draw(3) * self.step;
        let from = if self.draw(2) == 0 { near.px } else { far.px };
        let price = if buy {
            from.saturating_sub(better).saturating_add(worse)
        } else {
            from.saturating_add(better).saturating_sub(worse)
        };
        let intent = Intent {
            side,
            qty: 1 + self.draw(self.qty_max),
            price,
            immediate: self.draw(2) == 0,
        };
        [Some(intent), None]
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
            immediate: true,
        };
        assert_eq!(p.decide(&record(1, 1), &score(0.25), 0), [Some(buy), None]);
        assert_eq!(p.decide(&record(100, 1), &score(0.25), 7), [None, None]);
        assert_eq!(
            p.decide(&record(101, 1), &score(0.25), 7),
            [
                Some(Intent {
                    side: Side::Sell,
                    qty: 7,
                    price: 9_900,
                    immediate: true,
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
            immediate: true,
        };
        assert_eq!(p.decide(&record(1, 1), &score(-0.25), 0), [Some(sell), None]);
        assert_eq!(p.decide(&record(2, 1), &score(0.1), -7), [None, None]);
        assert_eq!(
            p.decide(&record(3, 1), &score(0.3), -7),
            [
                Some(Intent {
                    side: Side::Buy,
                    qty: 7,
                    price: 10_000,
                    immediate: true,
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

    #[test]
    fn a_seed_gives_the_same_orders_of_all_kinds() {
        let all = |seed| -> Vec<Intent> {
            let mut p = RandomPolicy::new(seed, 100, 50);
            let one = |_| p.decide(&record(1, 1), &score(0.0), 0)[0];
            (0..400).filter_map(one).collect()
        };
        let orders = all(7);
        assert_eq!(orders, all(7));
        assert_ne!(orders, all(8));
        assert!(orders.iter().all(|o| (1..=50).contains(&o.qty)));
        for side in [Side::Buy, Side::Sell] {
            for immediate in [true, false] {
                let of = |o: &&Intent| o.side == side && o.immediate == immediate;
                assert!(orders.iter().filter(of).count() > 5);
            }
        }
    }
}
