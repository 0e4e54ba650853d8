//! One symbol: its name, price process and live orders.

use wire::itch50::Side;

use super::book::Orders;
use super::rng::Rng;

/// Price grid, 1/10000 dollar.
pub(super) const TICK: u32 = 100;

/// State of a symbol.
#[derive(Debug)]
pub(super) struct Symbol {
    pub(super) locate: u16,
    pub(super) stock: [u8; 8],
    pub(super) orders: Orders,
    /// Mid of the price process, ticks.
    pub(super) mid: u32,
    /// Usual spread, ticks.
    spread: u32,
    /// Mean distance of a new order from the touch, ticks.
    depth: u64,
    /// Orders the book tends to hold.
    pub(super) orders_usual: usize,
    pub(super) halted: bool,
}

impl Symbol {
    pub(super) fn new(locate: u16, adversarial: bool, rng: &mut Rng) -> Self {
        // Dollar prices spread over three decades, as listed stocks do.
        let mid = [300, 1_500, 6_000, 30_000][usize::try_from(rng.below(4)).unwrap_or(0)];
        let mid = mid + rng.geometric(mid.into());
        let usual = if adversarial { 1_500 } else { 150 };
        Self {
            locate,
            stock: ticker(locate),
            orders: Orders::default(),
            mid,
            spread: 1 + mid / 8_000 + rng.geometric(1),
            depth: if adversarial { 120 } else { 6 },
            orders_usual: usual + usize::try_from(rng.below(usual as u64)).unwrap_or(0),
            halted: false,
        }
    }

    /// The mid moves by a tick now and then.
    pub(super) fn walk(&mut self, rng: &mut Rng) {
        if rng.chance(1, 120) {
            self.mid = if rng.chance(1, 2) {
                self.mid + 1
            } else {
                self.mid.saturating_sub(1).max(100)
            };
        }
    }

    /// A price for a new order that does not cross the other side.
    pub(super) fn quote(&self, side: Side, rng: &mut Rng) -> u32 {
        let away = rng.geometric(self.depth);
        let half = self.spread.div_ceil(2);
        match side {
            Side::Bid => {
                let wanted = self.mid.saturating_sub(half + away).max(1) * TICK;
                self.orders
                    .best(Side::Ask)
                    .map_or(wanted, |ask| wanted.min(below(ask)))
            }
            Side::Ask => {
                let wanted = (self.mid + half + away) * TICK;
                self.orders
                    .best(Side::Bid)
                    .map_or(wanted, |bid| wanted.max(above(bid)))
            }
        }
    }

    /// A side whose best price the mid has passed: somebody will take it.
    pub(super) fn overrun(&self) -> Option<Side> {
        let mid = self.mid * TICK;
        let passed = |side, best: u32| match side {
            Side::Bid => best > mid,
            Side::Ask => best < mid,
        };
        [Side::Bid, Side::Ask]
            .into_iter()
            .find(|side| self.orders.best(*side).is_some_and(|best| passed(*side, best)))
    }
}

/// The grid price below another price.
fn below(price: u32) -> u32 {
    (price.saturating_sub(1) / TICK * TICK).max(1)
}

/// The grid price above another price.
fn above(price: u32) -> u32 {
    (price / TICK + 1) * TICK
}

/// Letters that count in base 26 from `A`; no two locates share a name.
fn ticker(locate: u16) -> [u8; 8] {
    let mut name = [b' '; 8];
    let mut rest = u32::from(locate) + 18_277;
    for place in (0..4).rev() {
        let letter = u8::try_from(rest % 26).expect("below 26");
        name[place] = b'A' + letter;
        rest /= 26;
    }
    name
}

/// Shares of a new order: mostly round lots, some odd lots, few large.
pub(super) fn shares(rng: &mut Rng) -> u32 {
    match rng.below(100) {
        0..40 => 100,
        40..70 => 100 * (1 + rng.geometric(2)),
        70..97 => rng.between(1, 99),
        _ => 1_000 * (1 + rng.geometric(5)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::book::Order;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_letters() {
        let names: BTreeSet<[u8; 8]> = (1..=10_000).map(ticker).collect();
        assert_eq!(names.len(), 10_000);
        assert!(
            names
                .iter()
                .all(|name| name[..4].iter().all(u8::is_ascii_uppercase))
        );
    }

    #[test]
    fn quotes_never_cross() {
        let mut rng = Rng::new(5);
        let mut symbol = Symbol::new(1, false, &mut rng);
        for reference in 0..2_000 {
            symbol.walk(&mut rng);
            let side = if rng.chance(1, 2) { Side::Bid } else { Side::Ask };
            let price = symbol.quote(side, &mut rng);
            symbol.orders.insert(Order {
                reference,
                side,
                price,
                shares: 1,
            });
            let (bid, ask) = (symbol.orders.best(Side::Bid), symbol.orders.best(Side::Ask));
            assert!(bid.zip(ask).is_none_or(|(bid, ask)| bid < ask), "{bid:?} {ask:?}");
            assert!(price > 0 && price.is_multiple_of(TICK));
        }
    }
}
