//! Market rules before an order leaves: Regulation NMS and Regulation SHO, against quotes of other venues that the host
//! is given. Pure: quotes, holdings and time are arguments, and what is not known refuses.

use contract::record::Level;

use crate::Side;

/// Prices from one dollar on have the coarse tick (17 CFR 242.612).
const ONE_DOLLAR: u32 = 10_000;

/// How a sell is marked (17 CFR 242.200(g)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sale {
    /// Of shares held.
    Long,
    /// Of shares borrowed.
    Short,
    /// Short, and exempt from the price test.
    ShortExempt,
}

/// An order as the market rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuledOrder {
    /// Side.
    pub side: Side,
    /// How it is marked; of a buy it means nothing.
    pub sale: Sale,
    /// Shares.
    pub qty: u32,
    /// Limit price, 1/10000 dollar.
    pub price: u32,
    /// True for immediate or cancel: it never rests, so it never locks a market.
    pub immediate: bool,
    /// Intermarket sweep: shares sent along to the better quotes of other venues.
    pub sweep: Option<u32>,
}

/// Best quotes. A level of 0 shares is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quotes {
    /// Best bid of the venue the order goes to.
    pub own_bid: Level,
    /// Best ask of that venue.
    pub own_ask: Level,
    /// Best protected bid of all other venues.
    pub away_bid: Level,
    /// Best protected ask of all other venues.
    pub away_ask: Level,
    /// When the away quotes were last known to be right, ns.
    pub away_ns: u64,
}

/// What is held of the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holding {
    /// Net position, shares; negative is short.
    pub net: i64,
    /// Shares open orders would sell.
    pub open_sell: u64,
    /// Shares located to borrow and not used yet.
    pub located: u32,
}

/// Configuration of a stock. The default refuses every order: the away quotes may be 0 ns old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Age from which on away quotes are not used, ns; 0 refuses always.
    pub away_age_ns: u64,
    /// Smallest price increment from one dollar on, 1/10000 dollar; 0 does not check.
    pub tick: u32,
    /// Intermarket sweeps may be sent.
    pub sweeps: bool,
    /// Orders may be sent while the away market is crossed (242.611(b)(4)).
    pub crossed: bool,
    /// Short sales may be sent.
    pub short: bool,
    /// Short sales marked exempt may be sent.
    pub short_exempt: bool,
    /// The price test of 242.201 is in effect (ITCH `Y`).
    pub price_test: bool,
}

/// Why an order may not leave, also the bit index in a [`Ruling`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Rule {
    /// The away quotes are too old.
    AwayStale = 0,
    /// The away market is crossed.
    AwayCrossed = 1,
    /// The price is no multiple of the tick.
    Tick = 2,
    /// It could execute at a price worse than a protected quote of another venue.
    TradeThrough = 3,
    /// Displayed, it would lock or cross a protected quote of another venue.
    LockOrCross = 4,
    /// Intermarket sweeps are not allowed.
    SweepNotAllowed = 5,
    /// An intermarket sweep that does not take all of the better protected quote.
    NotSwept = 6,
    /// Marked long, but not held.
    Marking = 7,
    /// Short sales, or exempt ones, are not allowed.
    ShortNotAllowed = 8,
    /// A short sale of shares that are not located.
    Locate = 9,
    /// A short sale at or below the national best bid while the price test is in effect, or without any bid known.
    PriceTest = 10,
}

/// All rules, in bit order.
pub const RULES: [Rule; 11] = [
    Rule::AwayStale,
    Rule::AwayCrossed,
    Rule::Tick,
    Rule::TradeThrough,
    Rule::LockOrCross,
    Rule::SweepNotAllowed,
    Rule::NotSwept,
    Rule::Marking,
    Rule::ShortNotAllowed,
    Rule::Locate,
    Rule::PriceTest,
];

/// Outcome: a bit for each broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ruling(u16);

impl Ruling {
    /// No rule is broken.
    pub const fn passed(self) -> bool {
        self.0 == 0
    }

    /// Whether this rule is broken.
    pub const fn broken(self, rule: Rule) -> bool {
        self.0 >> rule as u16 & 1 == 1
    }

    /// The lowest broken rule.
    pub fn rule(self) -> Option<Rule> {
        RULES.into_iter().find(|rule| self.broken(*rule))
    }

    fn mark(&mut self, rule: Rule, broken: bool) {
        self.0 |= u16::from(broken) << rule as u16;
    }
}

/// Holds an order against all rules.
pub fn rule(order: &RuledOrder, quotes: &Quotes, holding: &Holding, rules: &Rules, now_ns: u64) -> Ruling {
    let mut ruling = Ruling::default();
    let age = now_ns.saturating_sub(quotes.away_ns);
    ruling.mark(Rule::AwayStale, age >= rules.away_age_ns);
    let both = quotes.away_bid.sz > 0 && quotes.away_ask.sz > 0;
    let crossed = both && quotes.away_bid.px > quotes.away_ask.px;
    ruling.mark(Rule::AwayCrossed, crossed && !rules.crossed);
    let coarse = rules.tick > 0 && order.price >= ONE_DOLLAR;
    ruling.mark(Rule::Tick, coarse && !order.price.is_multiple_of(rules.tick));
    protect(&mut ruling, order, quotes, crossed, rules);
    if order.side == Side::Sell {
        sell(&mut ruling, order, quotes, holding, rules);
    }
    ruling
}

/// Order protection (242.611), and not locking or crossing (242.610(d)).
fn protect(ruling: &mut Ruling, order: &RuledOrder, quotes: &Quotes, crossed: bool, rules: &Rules) {
    let (away, worse, meets) = match order.side {
        Side::Buy => {
            let away = quotes.away_ask;
            (away, order.price > away.px, order.price >= away.px)
        }
        Side::Sell => {
            let away = quotes.away_bid;
            (away, order.price < away.px, order.price <= away.px)
        }
    };
    let quoted = away.sz > 0;
    let (through, locks) = (quoted && worse, quoted && meets);
    match order.sweep {
        None => {
            // In a crossed market 611 makes an exception (b)(4); 610(d) makes none.
            ruling.mark(Rule::TradeThrough, through && !crossed);
            ruling.mark(Rule::LockOrCross, locks && !order.immediate);
        }
        Some(shares) => {
            ruling.mark(Rule::SweepNotAllowed, !rules.sweeps);
            // At the quote's own price only an order that may rest has to take it.
            let owed = if order.immediate { through } else { locks };
            ruling.mark(Rule::NotSwept, owed && shares < away.sz);
        }
    }
}

/// Marking (242.200(g)), locate (242.203(b)(1)) and price test (242.201(b)(1)).
fn sell(ruling: &mut Ruling, order: &RuledOrder, quotes: &Quotes, holding: &Holding, rules: &Rules) {
    let free = holding.net.saturating_sub_unsigned(holding.open_sell);
    let long = order.sale == Sale::Long;
    ruling.mark(Rule::Marking, long && free < i64::from(order.qty));
    let allowed = match order.sale {
        Sale::Long => true,
        Sale::Short => rules.short,
        Sale::ShortExempt => rules.short && rules.short_exempt,
    };
    ruling.mark(Rule::ShortNotAllowed, !allowed);
    ruling.mark(Rule::Locate, !long && order.qty > holding.located);
    let bid = [quotes.own_bid, quotes.away_bid]
        .into_iter()
        .filter(|level| level.sz > 0)
        .map(|level| level.px)
        .max();
    let tested = rules.price_test && order.sale == Sale::Short;
    ruling.mark(
        Rule::PriceTest,
        tested && bid.is_none_or(|bid| order.price <= bid),
    );
}

/// Shares located to borrow, as a broker granted them for the day (242.203(b)(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locates {
    granted: u32,
    used: u32,
}

impl Locates {
    /// So many shares granted.
    pub const fn new(granted: u32) -> Self {
        Self { granted, used: 0 }
    }

    /// Shares not used yet.
    pub const fn left(self) -> u32 {
        self.granted - self.used
    }

    /// A short sale was sent; false, and nothing changes, when not so many are left.
    pub const fn take(&mut self, qty: u32) -> bool {
        let enough = qty <= self.left();
        if enough {
            self.used += qty;
        }
        enough
    }

    /// Shares of a short sale that did not execute.
    pub fn give_back(&mut self, qty: u32) {
        self.used = self.used.saturating_sub(qty);
    }
}

#[cfg(test)]
mod tests;
