//! What the exchange holds of its one client: positions, cash and open orders, kept apart from the responses.

use std::collections::BTreeMap;

use crate::exchange::Exchange;
use crate::own::Execution;

/// An order that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Number of the order.
    pub user_ref: u32,
    /// Symbol.
    pub symbol: [u8; 8],
    /// True for a buy.
    pub buy: bool,
    /// Shares open.
    pub shares: u32,
}

/// The client's account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Net position of each symbol ever executed, shares.
    pub positions: BTreeMap<[u8; 8], i64>,
    /// Cash, 1/10000 dollar; negative when more was bought than sold.
    pub cash: i128,
    /// Open orders by number.
    pub open: Vec<Open>,
}

/// Positions and cash as executions and busts make them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Balance {
    positions: BTreeMap<u16, i64>,
    cash: i128,
}

impl Balance {
    pub(crate) fn executed(&mut self, execution: &Execution) {
        self.book(execution, 1);
    }

    pub(crate) fn broken(&mut self, execution: &Execution) {
        self.book(execution, -1);
    }

    fn book(&mut self, execution: &Execution, times: i64) {
        let bought = if execution.buy { times } else { -times };
        let shares = i64::from(execution.shares) * bought;
        *self.positions.entry(execution.locate).or_default() += shares;
        self.cash -= i128::from(shares) * i128::from(execution.price);
    }
}

impl Exchange {
    /// The client's account now.
    pub fn account(&self) -> Account {
        let symbol = |locate: u16| self.stocks.get(&locate).map_or([b' '; 8], |stock| stock.symbol);
        let positions = &self.balance.positions;
        Account {
            positions: positions.iter().map(|(at, net)| (symbol(*at), *net)).collect(),
            cash: self.balance.cash,
            open: self
                .own
                .iter()
                .map(|(user_ref, own)| Open {
                    user_ref: *user_ref,
                    symbol: own.order.symbol,
                    buy: own.order.side == b'B',
                    shares: own.open,
                })
                .collect(),
        }
    }
}
