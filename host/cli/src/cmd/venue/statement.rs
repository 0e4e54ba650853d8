//! The venue's account of its client, as it goes over the account port.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use venue::{Account, Counters, Door, Exchange, Injected, Open};

/// The account in JSON; cash as text, since it is wider than what JSON numbers hold for sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Statement {
    /// Sequence of the last response that the account follows from.
    responses: u64,
    /// Faults injected since the statement before.
    injected: BTreeMap<String, u64>,
    positions: BTreeMap<String, i64>,
    cash: String,
    open: Vec<OpenOrder>,
    executions: u64,
    shares: u64,
    broken: u64,
    accepted: u64,
    rejected: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OpenOrder {
    user_ref: u32,
    symbol: String,
    buy: bool,
    shares: u32,
}

impl Statement {
    /// The account of an exchange now.
    pub(crate) fn of(exchange: &Exchange) -> Self {
        let (account, counters) = (exchange.account(), exchange.counters());
        let text = |symbol: &[u8; 8]| String::from_utf8_lossy(symbol).trim_end().to_owned();
        Self {
            responses: exchange.responded(),
            injected: BTreeMap::new(),
            positions: account.positions.iter().map(|(s, net)| (text(s), *net)).collect(),
            cash: account.cash.to_string(),
            open: account
                .open
                .iter()
                .map(|open| OpenOrder {
                    user_ref: open.user_ref,
                    symbol: text(&open.symbol),
                    buy: open.buy,
                    shares: open.shares,
                })
                .collect(),
            executions: counters.executions,
            shares: counters.shares,
            broken: counters.broken,
            accepted: counters.accepted,
            rejected: counters.rejected,
        }
    }

    /// One line.
    pub(crate) fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Back from a line; `None` when it is none.
    pub(crate) fn read(line: &[u8]) -> Option<Told> {
        let statement: Self = serde_json::from_slice(line).ok()?;
        let symbol = |text: &str| wire::itch50::symbol(text);
        let mut account = Account {
            cash: statement.cash.parse().ok()?,
            ..Account::default()
        };
        for (name, net) in &statement.positions {
            account.positions.insert(symbol(name)?, *net);
        }
        for open in &statement.open {
            account.open.push(Open {
                user_ref: open.user_ref,
                symbol: symbol(&open.symbol)?,
                buy: open.buy,
                shares: open.shares,
            });
        }
        let counters = Counters {
            executions: statement.executions,
            shares: statement.shares,
            broken: statement.broken,
            accepted: statement.accepted,
            rejected: statement.rejected,
            ..Counters::default()
        };
        Some(Told {
            responses: statement.responses,
            injected: statement.injected,
            account,
            counters,
        })
    }
}

/// A statement as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// Sequence of the last response that the account follows from.
    pub(crate) responses: u64,
    /// Faults injected since the statement before.
    pub(crate) injected: BTreeMap<String, u64>,
    pub(crate) account: Account,
    pub(crate) counters: Counters,
}

/// A statement at every fault.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    seen: Injected,
    /// Statements so far.
    pub(crate) statements: Vec<Statement>,
}

impl Watch {
    /// A look between two doings of the exchange; `more` are faults that neither it nor the port knows of.
    pub(crate) fn look(&mut self, exchange: &Exchange, door: Option<&Door>, more: &Injected) {
        let mut now = exchange.injected().with(more);
        if let Some(door) = door {
            now = now.with(door.injected());
        }
        let fresh = now.since(&self.seen);
        if fresh.is_empty() {
            return;
        }
        self.seen = now;
        self.statements.push(Statement {
            injected: fresh.into_iter().map(|(kind, n)| (kind.to_owned(), n)).collect(),
            ..Statement::of(exchange)
        });
    }

    /// Every statement, a line each, the account as it is now last.
    pub(crate) fn lines(&self, exchange: &Exchange) -> Vec<u8> {
        let all = self.statements.iter().map(Statement::line);
        all.chain([Statement::of(exchange).line()]).flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read() {
        let exchange = Exchange::new(venue::Config::default());
        let mut statement = Statement::of(&exchange);
        statement.cash = "-170141183460469231731687303715884105728".into();
        statement.positions.insert("TEST".into(), -5);
        statement.open.push(OpenOrder {
            user_ref: 7,
            symbol: "TEST".into(),
            buy: true,
            shares: 3,
        });
        let Told { account, .. } = Statement::read(&statement.line()).expect("a statement");
        assert_eq!((account.cash, account.positions[b"TEST    "]), (i128::MIN, -5));
        assert_eq!(
            (account.open[0].user_ref, account.open[0].symbol),
            (7, *b"TEST    ")
        );
        assert!(Statement::read(b"{}").is_none());
    }
}
