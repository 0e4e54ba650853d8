//! The checks themselves, all of them on every order.

use crate::gross::{Gross, added};
use crate::throttle::Throttle;
use crate::{Limits, Position, Sale, Side, TokenBucket};
use contract::{
    event::{REASONS, Reason},
    record::{Level, flag},
    reg::permit,
};

/// What the host knows of a slot's market, from its last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Market {
    /// Flags of the last record ([`contract::record::flag`]).
    pub flags: u8,
    /// Best bid; quantity 0 when there is none.
    pub bid: Level,
    /// Best ask; quantity 0 when there is none.
    pub ask: Level,
}

/// An order before it is allowed to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Slot index.
    pub slot: u8,
    /// Side.
    pub side: Side,
    /// How a sale is marked; of a buy it means nothing.
    pub sale: Sale,
    /// Shares.
    pub qty: u32,
    /// Limit price, 1/10000 dollar.
    pub price: u32,
    /// Host token; must be above every earlier one.
    pub token: u32,
}

impl Order {
    /// Its bit of [`permit`].
    const fn permit(&self) -> u32 {
        match (self.side, self.sale) {
            (Side::Buy, _) => permit::BUY,
            (Side::Sell, Sale::Long) => permit::SELL,
            (Side::Sell, Sale::Short) => permit::SHORT,
            (Side::Sell, Sale::ShortExempt) => permit::SHORT_EXEMPT,
        }
    }
}

/// Outcome: a bit for each failed check, numbered as [`Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict(u32);

impl Verdict {
    /// No check failed.
    pub const fn passed(self) -> bool {
        self.0 == 0
    }

    /// All failed checks.
    pub const fn checks(self) -> u32 {
        self.0
    }

    /// The lowest failing check.
    pub fn reason(self) -> Option<Reason> {
        REASONS.into_iter().find(|r| self.0 >> *r as u32 & 1 == 1)
    }

    /// Whether this check failed.
    pub const fn failed(self, reason: Reason) -> bool {
        self.0 >> reason as u32 & 1 == 1
    }
}

/// State of the host-side gate for a number of slots.
#[derive(Debug, Clone)]
pub struct Gate {
    limits: Vec<Limits>,
    positions: Vec<Position>,
    buckets: Vec<TokenBucket>,
    port: TokenBucket,
    throttles: Vec<Throttle>,
    throttle_ns: u32,
    gross: Gross,
    /// Best price of the own orders of each slot, buys and sells; kept until none of the side is open.
    own: Vec<[u32; 2]>,
    armed: bool,
    killed: bool,
    token_last: u32,
}

impl Gate {
    /// A disarmed gate; `port` limits the rate over all slots.
    pub fn new(limits: &[Limits], port: TokenBucket, now_ns: u64) -> Self {
        Self {
            limits: limits.to_vec(),
            positions: vec![Position::default(); limits.len()],
            buckets: limits
                .iter()
                .map(|l| TokenBucket::new(l.rate_tokens, l.rate_refill_ns, now_ns))
                .collect(),
            port,
            throttles: limits
                .iter()
                .map(|l| Throttle::new(l.throttle, 0, now_ns))
                .collect(),
            throttle_ns: 0,
            gross: Gross::new(0, limits.len()),
            own: vec![[0; 2]; limits.len()],
            armed: false,
            killed: false,
            token_last: 0,
        }
    }

    /// The throttles forget an order every `throttle_ns`; 0 forgets none. Nothing counts yet at `now_ns`.
    #[must_use]
    pub fn with_throttle_ns(mut self, throttle_ns: u32, now_ns: u64) -> Self {
        self.throttle_ns = throttle_ns;
        self.throttles = self
            .limits
            .iter()
            .map(|l| Throttle::new(l.throttle, throttle_ns, now_ns))
            .collect();
        self
    }

    /// The most value of all that is open or held, over all slots, 1/10000 dollar; without it no order of any value passes. Nothing counts yet.
    #[must_use]
    pub fn with_gross_max(mut self, max: u64) -> Self {
        self.gross = Gross::new(max, self.limits.len());
        self
    }

    /// Value of all that is open or held, over all slots, 1/10000 dollar.
    pub const fn gross(&self) -> u64 {
        self.gross.counted()
    }

    /// Forgets what the throttle of a slot has counted, and that it latched. To be called on a human's word only.
    pub fn clear_throttle(&mut self, slot: u8, now_ns: u64) {
        let slot = usize::from(slot);
        if let Some((throttle, limits)) = self.throttles.get_mut(slot).zip(self.limits.get(slot)) {
            *throttle = Throttle::new(limits.throttle, self.throttle_ns, now_ns);
        }
    }

    /// Best own price of a side, while shares of it are open.
    fn own_price(&self, slot: usize, side: Side) -> Option<u32> {
        let open = self.positions.get(slot)?.open(side) > 0;
        self.own.get(slot).filter(|_| open).map(|own| own[side as usize])
    }

    /// Arms the gate; clears the kill latch. To be called on a human's word only.
    pub fn arm(&mut self) {
        self.armed = true;
        self.killed = false;
    }

    /// Disarms the gate.
    pub fn disarm(&mut self) {
        self.armed = false;
    }

    /// Sets the kill latch.
    pub fn kill(&mut self) {
        self.killed = true;
    }

    /// Whether the kill latch is set.
    pub const fn killed(&self) -> bool {
        self.killed
    }

    /// Position of a slot; an empty one for a slot that does not exist.
    pub fn position(&self, slot: u8) -> Position {
        self.positions.get(usize::from(slot)).copied().unwrap_or_default()
    }

    /// `shares` of an open order that was sent at `price` were executed; `done` when it has none left. Gives what the gross notional has changed by,
    /// which is what the card's gate has to be told (`GROSS_ADD`), 1/10000 dollar.
    pub fn executed(&mut self, slot: u8, side: Side, (shares, price): (u32, u32), done: bool) -> i64 {
        let slot = usize::from(slot);
        let Some(position) = self.positions.get_mut(slot) else {
            return 0;
        };
        let net = position.net();
        position.executed(side, shares, done);
        self.gross.executed(slot, net, side, shares, price)
    }

    /// `shares` of an open order are gone without execution, and `value` (1/10000 dollar) counts no longer; `done` when it has none left. Gives as
    /// [`Self::executed`].
    pub fn released(&mut self, slot: u8, side: Side, (shares, value): (u32, i64), done: bool) -> i64 {
        let Some(position) = self.positions.get_mut(usize::from(slot)) else {
            return 0;
        };
        position.released(side, shares, done);
        self.gross.give_back(value)
    }

    /// An execution of `shares` of an order that was sent at `price` is void. Gives as [`Self::executed`].
    pub fn broken(&mut self, slot: u8, side: Side, (shares, price): (u32, u32)) -> i64 {
        let slot = usize::from(slot);
        let Some(position) = self.positions.get_mut(slot) else {
            return 0;
        };
        let net = position.net();
        position.broken(side, shares);
        self.gross.broken(slot, net, side, shares, price)
    }

    /// Position of a slot, to report executions and cancels; the gross notional stays what it is.
    pub fn position_mut(&mut self, slot: u8) -> Option<&mut Position> {
        self.positions.get_mut(usize::from(slot))
    }

    /// Checks an order and, when it passes, counts it as sent: open quantity, rate tokens and user
    /// token are taken at once, so that the next order sees them.
    pub fn admit(&mut self, order: &Order, market: &Market, now_ns: u64) -> Verdict {
        self.judge(order, None, market, now_ns)
    }

    /// Checks an order that takes the place of one of the same side, which was sent with the shares and the price `replaced`; both quantities count what the
    /// chain has executed (OUCH 5.0, 2.2). It is held to every limit as any order; but the shares that go are not counted twice, and it opens
    /// no further order. What it has more than the old one counts as open at once; what it has less counts until the exchange has
    /// answered: the larger of the two, as in the card's gate.
    pub fn admit_replace(
        &mut self,
        order: &Order,
        replaced: (u32, u32),
        market: &Market,
        now_ns: u64,
    ) -> Verdict {
        self.judge(order, Some(replaced), market, now_ns)
    }

    fn judge(
        &mut self,
        order: &Order,
        replaced: Option<(u32, u32)>,
        market: &Market,
        now_ns: u64,
    ) -> Verdict {
        let slot = usize::from(order.slot);
        let Some((limits, position)) = self.limits.get(slot).zip(self.positions.get(slot)) else {
            return Verdict(1 << Reason::Malformed as u32);
        };
        let mut failed = market_checks(order, market, limits);
        let mut check = |reason: Reason, bad: bool| failed |= u32::from(bad) << reason as u32;
        check(Reason::Killed, self.killed);
        check(Reason::NotArmed, !self.armed);
        check(Reason::Quantity, order.qty == 0 || order.qty > limits.qty_max);
        let more = order.qty.saturating_sub(replaced.map_or(0, |(shares, _)| shares));
        let worst = position.worst(order.side, more);
        check(Reason::Position, worst > i64::from(limits.position_max));
        let full = position.open_orders() >= u32::from(limits.open_orders_max);
        check(Reason::OpenOrders, full && replaced.is_none());
        let notional = u64::from(order.qty) * u64::from(order.price);
        check(Reason::Notional, notional > limits.notional_max);
        let value = added(order.qty, order.price, replaced);
        check(Reason::GrossNotional, self.gross.is_beyond(value));
        check(Reason::Restricted, limits.permit & order.permit() == 0);
        let outside = limits
            .bands
            .is_some_and(|[low, high]| !(low..=high).contains(&order.price));
        check(Reason::Bands, outside);
        let facing = self.own_price(slot, order.side.other());
        let crosses = facing.is_some_and(|own| match order.side {
            Side::Buy => order.price >= own,
            Side::Sell => order.price <= own,
        });
        check(Reason::SelfCross, crosses);
        check(Reason::Throttle, self.throttles[slot].stops(now_ns));
        check(Reason::DuplicateToken, order.token <= self.token_last);
        let tokens = self.buckets[slot]
            .available(now_ns)
            .min(self.port.available(now_ns));
        check(Reason::Rate, tokens == 0);
        if failed == 0 {
            self.buckets[slot].take(now_ns);
            self.port.take(now_ns);
            self.throttles[slot].count(now_ns);
            let own = self.own_price(slot, order.side).unwrap_or(order.price);
            self.own[slot][order.side as usize] = match order.side {
                Side::Buy => own.max(order.price),
                Side::Sell => own.min(order.price),
            };
            match replaced {
                None => self.positions[slot].sent(order.side, order.qty),
                Some(_) => self.positions[slot].grown(order.side, more),
            }
            self.gross.sent(value);
            self.token_last = order.token;
        }
        Verdict(failed)
    }
}

/// Checks against the slot's market: stale, gap, halted, collar. Without both a bid and an ask, each with
/// a price and a quantity, there is no reference and the collar fails.
fn market_checks(order: &Order, market: &Market, limits: &Limits) -> u32 {
    let mut failed = 0;
    let mut check = |reason: Reason, bad: bool| failed |= u32::from(bad) << reason as u32;
    check(Reason::Stale, market.flags & flag::STALE != 0);
    check(Reason::Gap, market.flags & flag::GAP != 0);
    check(Reason::Halted, market.flags & flag::HALTED != 0);
    let referenced = [market.bid, market.ask].iter().all(|l| l.px > 0 && l.sz > 0);
    let low = market.bid.px.saturating_sub(limits.collar);
    let high = market.ask.px.saturating_add(limits.collar);
    check(
        Reason::Collar,
        !referenced || order.price < low || order.price > high,
    );
    failed
}

#[cfg(test)]
mod boundaries;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        qty_max: 100,
        collar: 50,
        position_max: 250,
        open_orders_max: 3,
        notional_max: 100 * 10_100,
        rate_tokens: 5,
        rate_refill_ns: 1_000,
        permit: permit::SIDES,
        bands: None,
        throttle: 100,
    };
    const MARKET: Market = Market {
        flags: 0,
        bid: Level { px: 10_000, sz: 1 },
        ask: Level { px: 10_100, sz: 1 },
    };
    const ORDER: Order = Order {
        slot: 0,
        side: Side::Buy,
        sale: Sale::Long,
        qty: 100,
        price: 10_100,
        token: 1,
    };

    fn gate() -> Gate {
        let mut g = Gate::new(&[LIMITS], TokenBucket::new(1_000, 1, 0), 0).with_gross_max(u64::MAX);
        g.arm();
        g
    }

    fn only(reason: Reason) -> Verdict {
        Verdict(1 << reason as u32)
    }

    #[test]
    fn a_good_order_passes_and_counts() {
        let mut g = gate();
        assert!(g.admit(&ORDER, &MARKET, 0).passed());
        assert_eq!(
            (g.position(0).open(Side::Buy), g.position(0).open_orders()),
            (100, 1)
        );
    }

    fn reject(order: Order, market: Market, reason: Reason) {
        assert_eq!(gate().admit(&order, &market, 0), only(reason), "{reason:?}");
    }

    #[test]
    fn each_check_of_the_order_alone_refuses() {
        reject(Order { qty: 0, ..ORDER }, MARKET, Reason::Quantity);
        reject(
            Order {
                qty: 101,
                price: 9_990,
                ..ORDER
            },
            MARKET,
            Reason::Quantity,
        );
        reject(
            Order {
                price: 10_151,
                qty: 99,
                ..ORDER
            },
            MARKET,
            Reason::Collar,
        );
        reject(
            Order {
                price: 9_949,
                ..ORDER
            },
            MARKET,
            Reason::Collar,
        );
        reject(
            Order {
                price: 10_101,
                ..ORDER
            },
            MARKET,
            Reason::Notional,
        );
        reject(Order { token: 0, ..ORDER }, MARKET, Reason::DuplicateToken);
        reject(Order { slot: 1, ..ORDER }, MARKET, Reason::Malformed);
    }

    #[test]
    fn each_check_of_the_market_and_the_switches_alone_refuses() {
        reject(
            ORDER,
            Market {
                flags: flag::STALE,
                ..MARKET
            },
            Reason::Stale,
        );
        reject(
            ORDER,
            Market {
                flags: flag::GAP,
                ..MARKET
            },
            Reason::Gap,
        );
        reject(
            ORDER,
            Market {
                flags: flag::HALTED,
                ..MARKET
            },
            Reason::Halted,
        );
        reject(
            ORDER,
            Market {
                bid: Level::default(),
                ..MARKET
            },
            Reason::Collar,
        );
        for ask in [Level { px: 10_100, sz: 0 }, Level { px: 0, sz: 1 }] {
            reject(ORDER, Market { ask, ..MARKET }, Reason::Collar);
        }
        // The collar would reach the order from 0.
        let near = Order { price: 50, ..ORDER };
        let bid = Level { px: 0, sz: 1 };
        reject(near, Market { bid, ..MARKET }, Reason::Collar);
        let mut g = gate();
        g.disarm();
        assert_eq!(g.admit(&ORDER, &MARKET, 0), only(Reason::NotArmed));
        let mut g = gate();
        g.kill();
        assert_eq!(g.admit(&ORDER, &MARKET, 0), only(Reason::Killed));
        g.arm();
        assert!(!g.killed() && g.admit(&ORDER, &MARKET, 0).passed());
    }

    #[test]
    fn position_open_orders_and_rate_accumulate() {
        let mut g = gate();
        let order = |token, qty, side| Order {
            token,
            qty,
            side,
            price: if side == Side::Buy { 10_000 } else { 10_100 },
            ..ORDER
        };
        assert!(g.admit(&order(1, 100, Side::Buy), &MARKET, 0).passed());
        assert!(g.admit(&order(2, 100, Side::Buy), &MARKET, 0).passed());
        assert_eq!(
            g.admit(&order(3, 51, Side::Buy), &MARKET, 0),
            only(Reason::Position)
        );
        assert!(g.admit(&order(3, 50, Side::Buy), &MARKET, 0).passed());
        assert_eq!(
            g.admit(&order(4, 1, Side::Sell), &MARKET, 0),
            only(Reason::OpenOrders)
        );
        let p = g.position_mut(0).expect("slot 0");
        for qty in [100, 100, 50] {
            p.executed(Side::Buy, qty, true);
        }
        assert_eq!(
            g.admit(&order(4, 1, Side::Buy), &MARKET, 0),
            only(Reason::Position)
        );
        assert!(g.admit(&order(4, 100, Side::Sell), &MARKET, 0).passed());
        assert!(g.admit(&order(5, 100, Side::Sell), &MARKET, 0).passed());
        assert_eq!(
            g.admit(&order(6, 1, Side::Sell), &MARKET, 999),
            only(Reason::Rate)
        );
        assert!(g.admit(&order(6, 1, Side::Sell), &MARKET, 1_000).passed());
    }

    #[test]
    fn reports_all_and_the_lowest() {
        let mut g = Gate::new(&[Limits::default()], TokenBucket::new(0, 0, 0), 0);
        let v = g.admit(
            &ORDER,
            &Market {
                flags: flag::STALE | flag::HALTED,
                ..Market::default()
            },
            0,
        );
        assert_eq!(v.reason(), Some(Reason::NotArmed));
        for r in [
            Reason::Stale,
            Reason::Halted,
            Reason::Quantity,
            Reason::Collar,
            Reason::Position,
        ] {
            assert!(v.failed(r), "{r:?}");
        }
        assert!(!v.failed(Reason::Gap) && !v.failed(Reason::Killed));
    }
}
