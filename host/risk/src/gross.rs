//! Gross notional: the value of all orders sent, over all slots, that has not been given back, against one limit.
//!
//! An order counts its quantity times its price from the moment it is sent; one in the place of another what its value is more than that of the shares it takes
//! over, as many as both orders have, at the lower of both prices. Shares that are gone without execution give their value back at once. Executed ones keep it: it is
//! the position's, at the order's price, until another execution closes it; a part that is closed gives back its part of the position's value, rounded down, so that
//! what is left is never too little. The card's gate adds by the same rule and knows nothing of executions: what is given back here is what it has to be told
//! (`GROSS_ADD`), 1/10000 dollar.

use crate::Side;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Gross {
    max: u64,
    counted: u64,
    /// Value of the position of each slot.
    held: Vec<u64>,
}

/// The value of shares at a price, 1/10000 dollar, saturated.
pub(crate) fn value(shares: u64, price: u32) -> u64 {
    shares.saturating_mul(u64::from(price))
}

/// What an order of `qty` shares at `price` adds in the place of one of the shares and price `replaced`, 1/10000 dollar.
pub fn added(qty: u32, price: u32, replaced: Option<(u32, u32)>) -> u64 {
    let taken = replaced.map_or(0, |(shares, old)| value(qty.min(shares).into(), price.min(old)));
    value(qty.into(), price).saturating_sub(taken)
}

impl Gross {
    /// Nothing of so many slots is counted; with a `max` of 0 (1/10000 dollar) no order of any value passes.
    pub(crate) fn new(max: u64, slots: usize) -> Self {
        Self {
            max,
            counted: 0,
            held: vec![0; slots],
        }
    }

    /// Value counted, 1/10000 dollar.
    pub(crate) const fn counted(&self) -> u64 {
        self.counted
    }

    /// Whether so much more would be beyond the limit.
    pub(crate) const fn is_beyond(&self, added: u64) -> bool {
        match self.counted.checked_add(added) {
            Some(total) => total > self.max,
            None => true,
        }
    }

    /// An order was sent that adds so much.
    pub(crate) const fn sent(&mut self, added: u64) {
        self.counted = self.counted.saturating_add(added);
    }

    /// So much counts no longer; negative: more does. Gives what the count has changed by.
    pub(crate) fn give_back(&mut self, value: i64) -> i64 {
        self.change(i128::from(value).saturating_neg())
    }

    /// Shares of an order of this price were executed in a slot whose position was `net` before. Gives what the count has changed by.
    pub(crate) fn executed(&mut self, slot: usize, net: i64, side: Side, shares: u32, price: u32) -> i64 {
        let closed = self.moved(slot, net, side, shares, price);
        // The order's own value of what closes goes with that of what is closed.
        self.change(-i128::from(closed.gone) - i128::from(value(closed.shares, price)))
    }

    /// An execution of an order of this side and price is void, in a slot whose position was `net` before. Gives what the count has changed by.
    pub(crate) fn broken(&mut self, slot: usize, net: i64, side: Side, shares: u32, price: u32) -> i64 {
        let closed = self.moved(slot, net, side.other(), shares, price);
        let opened = u64::from(shares) - closed.shares;
        // What is short or long now was counted by no order.
        self.change(i128::from(value(opened, price)) - i128::from(closed.gone))
    }

    /// The position moves by `shares` on `side`: the value of what that closes, and what it opens in its place.
    fn moved(&mut self, slot: usize, net: i64, side: Side, shares: u32, price: u32) -> Closed {
        let closes = match side {
            Side::Buy => net < 0,
            Side::Sell => net > 0,
        };
        let (size, shares) = (net.unsigned_abs(), u64::from(shares));
        let closed = if closes { size.min(shares) } else { 0 };
        let Some(held) = self.held.get_mut(slot) else {
            return Closed { shares: 0, gone: 0 };
        };
        let gone = part(*held, closed, size);
        *held = (*held - gone).saturating_add(value(shares - closed, price));
        Closed { shares: closed, gone }
    }

    fn change(&mut self, by: i128) -> i64 {
        let before = i128::from(self.counted);
        let after = (before + by).clamp(0, u64::MAX.into());
        self.counted = u64::try_from(after).unwrap_or(u64::MAX);
        i64::try_from(after - before).unwrap_or(if after < before { i64::MIN } else { i64::MAX })
    }
}

/// Shares of a position that were closed, and the value they had.
struct Closed {
    shares: u64,
    gone: u64,
}

/// `of` × `closed` / `size`, rounded down; all of it when all are closed. Only what closes in part is divided.
fn part(of: u64, closed: u64, size: u64) -> u64 {
    if closed == 0 || size == 0 {
        return 0;
    }
    if closed >= size {
        return of;
    }
    u64::try_from(u128::from(of) * u128::from(closed) / u128::from(size)).unwrap_or(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A position is opened in two parts, closed in three, and turned over.
    #[test]
    fn a_position_keeps_its_value_until_it_is_closed() {
        let mut gross = Gross::new(u64::MAX, 1);
        gross.sent(100 * 10 + 50 * 20 + 200 * 15);
        assert_eq!(gross.executed(0, 0, Side::Buy, 100, 10), 0);
        assert_eq!(gross.executed(0, 100, Side::Buy, 50, 20), 0);
        assert_eq!((gross.held[0], gross.counted()), (2_000, 5_000));
        // A third of the position, and the closing order's own value.
        assert_eq!(gross.executed(0, 150, Side::Sell, 50, 15), -666 - 750);
        assert_eq!((gross.held[0], gross.counted()), (1_334, 3_584));
        // All of the rest, and 50 short.
        assert_eq!(gross.executed(0, 100, Side::Sell, 150, 15), -1_334 - 1_500);
        assert_eq!((gross.held[0], gross.counted()), (750, 750));
        assert_eq!(gross.executed(0, -50, Side::Sell, 0, 15), 0);
        gross.sent(50 * 16);
        assert_eq!(gross.executed(0, -50, Side::Buy, 50, 16), -750 - 800);
        assert_eq!((gross.held[0], gross.counted()), (0, 0));
    }

    /// A void execution takes its part of the position with it; one of a position that was closed opens the other side.
    #[test]
    fn a_broken_execution_moves_the_value_back() {
        let mut gross = Gross::new(u64::MAX, 1);
        gross.sent(100 * 10);
        gross.executed(0, 0, Side::Buy, 100, 10);
        assert_eq!(gross.broken(0, 100, Side::Buy, 40, 10), -400);
        assert_eq!((gross.held[0], gross.counted()), (600, 600));
        gross.sent(60 * 12);
        assert_eq!(gross.executed(0, 60, Side::Sell, 60, 12), -600 - 720);
        assert_eq!((gross.held[0], gross.counted()), (0, 0));
        // The sale is void: long again, at the sale's price.
        assert_eq!(gross.broken(0, 0, Side::Sell, 60, 12), 720);
        assert_eq!((gross.held[0], gross.counted()), (720, 720));
        // More than there is: the rest is short.
        assert_eq!(gross.broken(0, 60, Side::Buy, 100, 10), 400 - 720);
        assert_eq!((gross.held[0], gross.counted()), (400, 400));
    }

    #[test]
    fn what_is_gone_gives_its_value_back() {
        let mut gross = Gross::new(1_000, 1);
        gross.sent(1_000);
        assert!(gross.is_beyond(1) && !gross.is_beyond(0));
        assert_eq!(gross.give_back(300), -300);
        assert!(gross.is_beyond(301) && !gross.is_beyond(300));
        assert_eq!(gross.give_back(-5), 5);
        // Never below nothing, and a slot that is none holds nothing.
        assert_eq!(gross.give_back(i64::MAX), -705);
        assert_eq!(gross.executed(1, 5, Side::Sell, 5, 1), 0);
        assert_eq!(gross.counted(), 0);
        gross.sent(u64::MAX);
        assert!(gross.is_beyond(1));
    }

    #[test]
    fn what_takes_the_place_of_another_adds_the_difference() {
        for (qty, price, old, wanted) in [
            (60, 10, None, 600),
            (90, 10, Some((60, 10)), 300),
            (60, 10, Some((60, 10)), 0),
            (60, 11, Some((60, 10)), 60),
            (60, 9, Some((60, 10)), 0),
            (90, 9, Some((60, 10)), 270),
            (30, 12, Some((60, 10)), 60),
            (
                u32::MAX,
                u32::MAX,
                None,
                u64::from(u32::MAX) * u64::from(u32::MAX),
            ),
        ] {
            assert_eq!(added(qty, price, old), wanted, "{qty} at {price} for {old:?}");
        }
    }

    #[test]
    fn the_ends_of_the_numbers() {
        let mut gross = Gross::new(u64::MAX, 1);
        gross.sent(u64::MAX);
        assert!(!gross.is_beyond(0));
        gross.sent(1);
        assert_eq!(gross.counted(), u64::MAX);
        assert_eq!(gross.executed(0, 0, Side::Buy, u32::MAX, u32::MAX), 0);
        assert_eq!(
            gross.executed(0, u32::MAX.into(), Side::Sell, u32::MAX, 0),
            i64::MIN
        );
        assert_eq!(gross.counted(), u64::MAX - value(u64::from(u32::MAX), u32::MAX));
        assert_eq!(gross.give_back(i64::MIN), i64::MAX);
        assert_eq!(part(u64::MAX, 1, 0), 0);
        assert_eq!(part(u64::MAX, u64::MAX, 1), u64::MAX);
        assert_eq!(part(10, 1, 3), 3);
    }
}
