//! `[rules]` of the configuration: market rules of every order, and what is known of other venues.

use contract::record::Level;
use risk::{Quotes, Rules};

use crate::price::Dollars;

schema::choice! {
    /// Quotes of other venues.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Away {
        /// The symbols trade at this venue only.
        None = "none",
        /// Made up for simulations: around the venue's own best prices, `away_better` better and `away_shares` large.
        Simulated = "simulated",
    }
}

schema::section! {
    /// The section; its defaults are one venue, no sweeps, no short sales.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct MarketRules {
        /// Quotes of other venues.
        pub away: Away = Away::None, "" => [] "host/engine/src/market_rules.rs";
        /// How much better than the own best prices simulated quotes are; negative is worse.
        pub away_better: i32 = 0, "1/10000 dollar" => [] "host/engine/src/market_rules.rs";
        /// Shares of simulated quotes.
        pub away_shares: u32 = 0, "shares" => [] "host/engine/src/market_rules.rs";
        /// Age from which on quotes of other venues are not used.
        pub away_age_ns: u64 = 1_000_000_000, "ns" => [] "host/risk/src/rules.rs";
        /// Smallest increment of prices from one dollar on; 0 does not check.
        pub tick: Dollars = Dollars(0), "dollars" => [] "host/risk/src/rules.rs";
        /// Intermarket sweeps may be sent.
        pub sweeps: bool = false, "" => [] "host/risk/src/rules.rs";
        /// Orders may be sent while other venues are crossed.
        pub crossed: bool = false, "" => [] "host/risk/src/rules.rs";
        /// Short sales may be sent.
        pub short: bool = false, "" => [] "host/risk/src/rules.rs";
        /// Short sales marked exempt may be sent.
        pub short_exempt: bool = false, "" => [] "host/risk/src/rules.rs";
        /// The short sale price test is in effect.
        pub price_test: bool = false, "" => [] "host/risk/src/rules.rs";
        /// Shares located for short sales, each slot.
        pub located: u32 = 0, "shares" => [] "host/risk/src/rules.rs";
    }
}

impl MarketRules {
    /// What `run` goes by without the section: it has no venue and sends to nobody, so any sale may be tried.
    pub fn unbound() -> Self {
        Self {
            short: true,
            located: u32::MAX,
            ..Self::default()
        }
    }

    /// As the rules take them.
    pub const fn to_risk(&self) -> Rules {
        Rules {
            away_age_ns: self.away_age_ns,
            tick: self.tick.0,
            sweeps: self.sweeps,
            crossed: self.crossed,
            short: self.short,
            short_exempt: self.short_exempt,
            price_test: self.price_test,
        }
    }

    /// Quotes around the venue's own best prices, seen at `now_ns`.
    pub fn quotes(&self, bid: Level, ask: Level, now_ns: u64) -> Quotes {
        let none = Level { px: 0, sz: 0 };
        let away = |own: Level, better: i32| match self.away {
            Away::Simulated if own.sz > 0 => Level {
                px: own.px.saturating_add_signed(better),
                sz: self.away_shares,
            },
            _ => none,
        };
        Quotes {
            own_bid: bid,
            own_ask: ask,
            away_bid: away(bid, self.away_better),
            away_ask: away(ask, self.away_better.saturating_neg()),
            away_ns: now_ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulated_quotes_lie_around_the_own() {
        let rules = MarketRules {
            away: Away::Simulated,
            away_better: 100,
            away_shares: 5,
            ..MarketRules::default()
        };
        let (bid, ask) = (Level { px: 1_000, sz: 1 }, Level { px: 2_000, sz: 1 });
        let quotes = rules.quotes(bid, ask, 9);
        assert_eq!(
            (quotes.away_bid, quotes.away_ask, quotes.away_ns),
            (Level { px: 1_100, sz: 5 }, Level { px: 1_900, sz: 5 }, 9)
        );
        assert_eq!(rules.quotes(bid, Level { px: 0, sz: 0 }, 9).away_ask.sz, 0);
        let alone = MarketRules::default().quotes(bid, ask, 9);
        assert_eq!((alone.own_ask, alone.away_ask.sz), (ask, 0));
    }
}
