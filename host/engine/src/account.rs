//! What somebody believes of an account: positions, open orders and cash. Venue, host and journal each have theirs, made
//! by different code, and they have to agree.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use risk::Side;

/// An order that may still execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Slot index.
    pub slot: u8,
    /// Side.
    pub side: Side,
    /// Shares open.
    pub shares: u32,
}

/// The account of a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Net position of each slot, shares.
    pub positions: Vec<i64>,
    /// Cash, 1/10000 dollar; negative when more was bought than sold.
    pub cash: i128,
    /// Open orders by number.
    pub open: BTreeMap<u32, Open>,
}

impl Account {
    /// An empty account of so many slots.
    pub fn new(slots: usize) -> Self {
        Self {
            positions: vec![0; slots],
            ..Self::default()
        }
    }

    /// Shares open on a side of a slot.
    pub fn open_shares(&self, slot: usize, side: Side) -> u64 {
        let of = |open: &&Open| usize::from(open.slot) == slot && open.side == side;
        self.open
            .values()
            .filter(of)
            .map(|open| u64::from(open.shares))
            .sum()
    }

    /// Books an execution of `shares` at `price`; `times` is -1 for one that is void.
    pub(crate) fn book(&mut self, slot: u8, side: Side, shares: u32, price: u64, times: i64) {
        let signed = i64::from(shares) * if side == Side::Buy { times } else { -times };
        if let Some(position) = self.positions.get_mut(usize::from(slot)) {
            *position = position.saturating_add(signed);
        }
        self.cash -= i128::from(signed) * i128::from(price);
    }

    /// On one line: cash in dollars, then each slot with its position and open shares.
    pub fn line(&self) -> String {
        let sign = if self.cash < 0 { "-" } else { "" };
        let cash = self.cash.unsigned_abs();
        let mut text = format!("cash {sign}{}.{:04}", cash / 10_000, cash % 10_000);
        for (slot, position) in self.positions.iter().enumerate() {
            let [buy, sell] = [Side::Buy, Side::Sell].map(|side| self.open_shares(slot, side));
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "; slot {slot}: position {position}, open {buy} buy {sell} sell"
            );
        }
        let _ = write!(text, "; {} open orders", self.open.len());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_move_shares_and_cash() {
        let mut account = Account::new(2);
        account.book(1, Side::Buy, 10, 25_000, 1);
        account.book(1, Side::Sell, 4, 30_000, 1);
        account.book(1, Side::Sell, 4, 30_000, -1);
        assert_eq!((account.positions[1], account.cash), (10, -250_000));
        let open = |side, shares| Open {
            slot: 1,
            side,
            shares,
        };
        account.open.extend([
            (1, open(Side::Buy, 5)),
            (2, open(Side::Buy, 6)),
            (3, open(Side::Sell, 7)),
        ]);
        assert_eq!(
            (
                account.open_shares(1, Side::Buy),
                account.open_shares(0, Side::Buy)
            ),
            (11, 0)
        );
        assert_eq!(
            account.line(),
            "cash -25.0000; slot 0: position 0, open 0 buy 0 sell; slot 1: position 10, open 11 buy 7 sell; 3 open orders"
        );
    }
}
