//! Position and open quantity of one slot.

use crate::Side;

/// Shares held and shares that open orders could still add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    net: i64,
    open_buy: u64,
    open_sell: u64,
    open_orders: u32,
}

impl Position {
    /// Net position, shares; negative is short.
    pub const fn net(&self) -> i64 {
        self.net
    }

    /// Open quantity of a side, shares.
    pub const fn open(&self, side: Side) -> u64 {
        match side {
            Side::Buy => self.open_buy,
            Side::Sell => self.open_sell,
        }
    }

    /// Open orders.
    pub const fn open_orders(&self) -> u32 {
        self.open_orders
    }

    /// Largest absolute position if `qty` more on `side` and all that is open there executed; saturated.
    pub fn worst(&self, side: Side, qty: u32) -> i64 {
        let net = match side {
            Side::Buy => self.net,
            Side::Sell => self.net.saturating_neg(),
        };
        net.saturating_add_unsigned(self.open(side))
            .saturating_add(i64::from(qty))
    }

    /// `qty` more shares of an order are open.
    pub fn grown(&mut self, side: Side, qty: u32) {
        *self.open_mut(side) = self.open(side).saturating_add(u64::from(qty));
    }

    /// An order was sent.
    pub fn sent(&mut self, side: Side, qty: u32) {
        self.grown(side, qty);
        self.open_orders = self.open_orders.saturating_add(1);
    }

    /// `qty` shares of an open order were executed; `done` when it has none left.
    pub fn executed(&mut self, side: Side, qty: u32, done: bool) {
        let signed = match side {
            Side::Buy => i64::from(qty),
            Side::Sell => -i64::from(qty),
        };
        self.net = self.net.saturating_add(signed);
        self.released(side, qty, done);
    }

    /// `qty` shares of an open order are gone without execution; `done` when it has none left.
    pub fn released(&mut self, side: Side, qty: u32, done: bool) {
        *self.open_mut(side) = self.open(side).saturating_sub(u64::from(qty));
        if done {
            self.open_orders = self.open_orders.saturating_sub(1);
        }
    }

    /// An execution of `qty` shares is void.
    pub fn broken(&mut self, side: Side, qty: u32) {
        let signed = match side {
            Side::Buy => -i64::from(qty),
            Side::Sell => i64::from(qty),
        };
        self.net = self.net.saturating_add(signed);
    }

    fn open_mut(&mut self, side: Side) -> &mut u64 {
        match side {
            Side::Buy => &mut self.open_buy,
            Side::Sell => &mut self.open_sell,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn life_of_two_orders() {
        let mut p = Position::default();
        p.sent(Side::Buy, 100);
        p.sent(Side::Sell, 30);
        assert_eq!(
            (p.worst(Side::Buy, 1), p.worst(Side::Sell, 1), p.open_orders()),
            (101, 31, 2)
        );
        p.executed(Side::Buy, 60, false);
        assert_eq!((p.net(), p.open(Side::Buy)), (60, 40));
        p.released(Side::Buy, 40, true);
        p.executed(Side::Sell, 30, true);
        assert_eq!(
            (p.net(), p.open(Side::Buy), p.open(Side::Sell), p.open_orders()),
            (30, 0, 0, 0)
        );
        assert_eq!((p.worst(Side::Buy, 0), p.worst(Side::Sell, 0)), (30, -30));
    }

    #[test]
    fn a_broken_execution_goes_back() {
        let mut p = Position::default();
        p.sent(Side::Buy, 10);
        p.executed(Side::Buy, 10, true);
        p.broken(Side::Buy, 4);
        assert_eq!((p.net(), p.open(Side::Buy), p.open_orders()), (6, 0, 0));
        p.broken(Side::Sell, 1);
        assert_eq!(p.net(), 7);
    }

    #[test]
    fn saturates() {
        let mut p = Position::default();
        p.released(Side::Sell, 5, true);
        assert_eq!((p.open(Side::Sell), p.open_orders()), (0, 0));
        p.net = i64::MIN;
        assert_eq!(p.worst(Side::Sell, u32::MAX), i64::MAX);
    }
}
