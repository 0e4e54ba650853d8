//! What became of every order sent.
//!
//! ```text
//!            ┌──────► Rejected, NotTaken
//!   sent ────┤
//!            └► open ──► Executed, Canceled, Replaced
//! ```
//!
//! Responses come with their SoupBinTCP sequence: one seen before is skipped, one too early is refused. When the
//! connection is lost every order that has not ended is *unknown*: it may have been executed, canceled or never have
//! arrived. It stays so until the session is resumed from the next sequence and an account query is answered that the
//! exchange took behind the last order: by then every response to what arrived has been replayed, and a number the
//! exchange has not used has not arrived. Such an order is to be resent, the same bytes with the same number, or given
//! up, before any other is sent.
//!
//! The open quantity of an unknown order counts as if it were open: risk is released by responses only.
//!
//! # Which query an answer is to
//!
//! An answer does not say; it is the next number and a time. Two properties of the exchange decide it:
//!
//! 1. Requests are taken in the order in which they were sent, and some not at all: what a client sends may be lost with
//!    its connection (SoupBinTCP 3.00, section 1). On one connection that is TCP's order. Between two it asks of the
//!    exchange that it takes nothing of a lost one behind the login of the next, which no specification says in so many
//!    words: a port has one client at a time. Whoever connects to a venue has to be told so by it; `sim/venue` drops a
//!    connection when the next one comes. Without it no answer could judge any order.
//! 2. Responses are sequenced in the order in which requests were taken, one answer a query at most, and the client gets
//!    every one in sequence, also across connections (SoupBinTCP 3.00, section 1).
//!
//! So answers are to queries in the order in which these were sent. Number the queries through, whatever connection they
//! went over, and let all up to *s* be settled: answered already, or never to be. The next answer is to query *s* + 1 or a
//! later one, and settles all up to *s* + 1. The response that takes or refuses an order settles more at once: every query
//! sent before that order. For it to be an answer to the sending that counts, the last one, an order is sent again only
//! when the one before is known not to have arrived.
//!
//! An order that was sent when *f* queries had been is judged by an answer that is surely to a later one, *s* > *f*. Every
//! query since does as well as one of the present connection, for what the order's own connection has not brought to the
//! exchange by its end it never will. So connections that are lost one after the other cost nothing: what has to be asked
//! off was there when the order was sent, and every answer takes one from it, over whatever connection it comes.
//!
//! An answer that knows every number sent leaves nothing to be judged, whichever query it is to.

mod apply;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// All its shares were executed.
    Executed,
    /// What was left was taken off: by us, by the exchange, or an immediate order's rest.
    Canceled,
    /// Another order took its place.
    Replaced,
    /// The exchange refused it.
    Rejected,
    /// The exchange never took it.
    NotTaken,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Sent, no answer yet.
    Sent,
    /// Accepted, shares open.
    Open,
    /// The connection was lost and it is not known what became of it since.
    Unknown,
    /// Over.
    Done(End),
}

/// A request that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pending {
    /// A cancel, whole or in part.
    Cancel,
    /// A replace by the order with this number.
    Replace(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Sent,
    Open,
    Done(End),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tracked {
    stage: Stage,
    open: u32,
    executed: u32,
    canceled: u32,
    broken: u32,
    replaces: Option<u32>,
    pending: Option<Pending>,
    lost: bool,
    /// Queries that had been sent when it was, last.
    behind: u64,
}

/// A request that cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// There is no connection, or what is known of the orders is not reconciled yet.
    #[error("the order session is not in sync")]
    NotInSync,
    /// The number is not above the last one.
    #[error("order number {number} is not above {last}")]
    Number {
        /// Number wanted.
        number: u32,
        /// Last one used.
        last: u32,
    },
    /// The order is not open, or already being replaced.
    #[error("order {0} cannot be changed now")]
    NotOpen(u32),
    /// No shares.
    #[error("an order of 0 shares")]
    Quantity,
    /// This order has not arrived: resend it or give it up first.
    #[error("order {0} has not arrived; resend it or give it up first")]
    Missing(u32),
}

/// A response that does not fit what was sent. The order in question, if there is one, is left as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Surprise {
    /// Responses in between are missing.
    #[error("response {sequence} where {expected} was expected")]
    Gap {
        /// Sequence seen.
        sequence: u64,
        /// Sequence expected.
        expected: u64,
    },
    /// No order has this number.
    #[error("a response about order {0}, which was never sent")]
    NoSuchOrder(u32),
    /// The response cannot follow on the order's state.
    #[error("order {user_ref} cannot take a response of type {}", char::from(*.kind))]
    OutOfPlace {
        /// Order.
        user_ref: u32,
        /// Type of the response.
        kind: u8,
    },
    /// More shares than are open.
    #[error("order {user_ref}: {shares} shares of {open}")]
    TooMany {
        /// Order.
        user_ref: u32,
        /// Shares of the response.
        shares: u32,
        /// Shares open.
        open: u32,
    },
}

/// What a response changed; quantities are what risk has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing that concerns an order.
    None,
    /// An order was accepted or changed without losing shares.
    Updated(u32),
    /// Shares were executed.
    Executed {
        /// Order.
        user_ref: u32,
        /// Shares.
        shares: u32,
        /// Whether none is left.
        done: bool,
    },
    /// Shares are no longer open, without execution.
    Released {
        /// Order.
        user_ref: u32,
        /// Shares.
        shares: u32,
        /// Whether none is left.
        done: bool,
    },
    /// One order took the place of another, which is over.
    Replaced {
        /// Order that is over.
        user_ref: u32,
        /// Shares it had open.
        shares: u32,
        /// Order that is open instead.
        by: u32,
        /// Shares of the new order less than were reckoned with when it was sent.
        fewer: u32,
    },
    /// An execution is void; the position is to be corrected by hand.
    Broken {
        /// Order.
        user_ref: u32,
        /// Shares of the execution, 0 when its match number is unknown.
        shares: u32,
    },
    /// Every order is known again.
    Reconciled {
        /// Orders that have not arrived: [`Orders::resend`] the same bytes, or [`Orders::give_up`], in this sequence.
        missing: Vec<u32>,
        /// Orders that the exchange passed over, and the shares each had open.
        not_taken: Vec<(u32, u32)>,
    },
}

/// All orders of a session, by number.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    orders: BTreeMap<u32, Tracked>,
    matches: BTreeMap<u64, (u32, u32)>,
    last: u32,
    received: u64,
    in_sync: bool,
    missing: BTreeSet<u32>,
    queries: Queries,
}

/// Account queries, numbered through from 1 over all connections.
#[derive(Debug, Clone, Copy, Default)]
struct Queries {
    /// Sent so far.
    sent: u64,
    /// None up to this one will be answered any more.
    settled: u64,
    /// Sent when the last order was: only an answer to a later one judges what has not arrived.
    fence: u64,
    /// No answer has come since the last was sent on this connection.
    waiting: bool,
}

impl Queries {
    /// An answer: to the first that is not settled, or a later one. One to nothing that was asked settles nothing.
    fn answered(&mut self) {
        self.settled = self.settled.saturating_add(1).min(self.sent);
        self.waiting = false;
    }

    /// An answer that comes now is surely to a query behind the last order.
    const fn judges(&self) -> bool {
        self.settled > self.fence
    }

    /// The exchange has taken something that was sent behind so many.
    fn passed(&mut self, behind: u64) {
        self.settled = self.settled.max(behind);
    }
}

impl Orders {
    /// No orders yet, and not in sync: the first account query's answer makes it so.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sequence of the next response: what a login asks for.
    pub const fn next_sequence(&self) -> u64 {
        self.received + 1
    }

    /// Whether orders may be sent.
    pub const fn in_sync(&self) -> bool {
        self.in_sync
    }

    /// Whether nothing has to be cleared up before another order is sent.
    pub fn may_send(&self) -> bool {
        self.in_sync && self.missing.is_empty()
    }

    /// The number the next order may have.
    pub const fn next_user_ref(&self) -> u32 {
        self.last.saturating_add(1)
    }

    /// Where an order stands; `None` when it was never sent.
    pub fn state(&self, user_ref: u32) -> Option<State> {
        self.orders.get(&user_ref).map(Tracked::state)
    }

    /// The request an order waits with.
    pub fn pending(&self, user_ref: u32) -> Option<Pending> {
        self.orders.get(&user_ref)?.pending
    }

    /// Shares that may still execute, 0 for an order that is over.
    pub fn open(&self, user_ref: u32) -> u32 {
        self.orders.get(&user_ref).map_or(0, |order| order.open)
    }

    /// Whether the exchange has accepted an order and not ended it, as far as responses tell.
    pub fn is_accepted(&self, user_ref: u32) -> bool {
        self.orders
            .get(&user_ref)
            .is_some_and(|order| order.stage == Stage::Open)
    }

    /// Shares executed and not broken.
    pub fn executed(&self, user_ref: u32) -> u32 {
        self.orders
            .get(&user_ref)
            .map_or(0, |order| order.executed - order.broken)
    }

    /// Numbers of all orders, with their states.
    pub fn all(&self) -> impl Iterator<Item = (u32, State)> + '_ {
        self.orders
            .iter()
            .map(|(user_ref, order)| (*user_ref, order.state()))
    }

    /// An order is sent.
    ///
    /// # Errors
    /// It must not be.
    pub fn enter(&mut self, user_ref: u32, quantity: u32) -> Result<(), Refused> {
        self.insert(user_ref, quantity, None)
    }

    /// A replace of `orig` is sent; `quantity` counts what `orig` and those before it executed.
    ///
    /// # Errors
    /// It must not be.
    pub fn replace(&mut self, orig: u32, user_ref: u32, quantity: u32) -> Result<(), Refused> {
        let old = *self.changeable(orig)?;
        if matches!(old.pending, Some(Pending::Replace(_))) {
            return Err(Refused::NotOpen(orig));
        }
        self.insert(user_ref, quantity, Some(orig))?;
        if let Some(old) = self.orders.get_mut(&orig) {
            old.pending = Some(Pending::Replace(user_ref));
        }
        Ok(())
    }

    /// A cancel is sent.
    ///
    /// # Errors
    /// It must not be.
    pub fn cancel(&mut self, user_ref: u32) -> Result<(), Refused> {
        self.changeable(user_ref)?;
        if let Some(order) = self.orders.get_mut(&user_ref) {
            order.pending.get_or_insert(Pending::Cancel);
        }
        Ok(())
    }

    /// The connection is lost.
    pub fn disconnected(&mut self) {
        self.in_sync = false;
        self.missing.clear();
        self.queries.waiting = false;
        for order in self.orders.values_mut() {
            order.lost |= !matches!(order.stage, Stage::Done(_));
        }
    }

    /// Whether an account query is to be sent: behind the login, and behind each answer that judges nothing. One at a time, since what is sent now
    /// and not answered may have to be asked off behind a later order.
    pub const fn query_due(&self) -> bool {
        !self.in_sync && !self.queries.waiting
    }

    /// An account query is sent, behind all requests before it and ahead of all behind it.
    pub fn queried(&mut self) {
        self.queries.sent = self.queries.sent.saturating_add(1);
        self.queries.waiting = true;
    }

    /// The lowest order that has not arrived is sent again, the same bytes.
    ///
    /// # Errors
    /// It is another order, or one that has arrived.
    pub fn resend(&mut self, user_ref: u32) -> Result<(), Refused> {
        if !self.in_sync || self.missing.first() != Some(&user_ref) {
            return Err(Refused::NotOpen(user_ref));
        }
        self.missing.remove(&user_ref);
        self.queries.fence = self.queries.sent;
        if let Some(order) = self.orders.get_mut(&user_ref) {
            order.behind = self.queries.sent;
        }
        Ok(())
    }

    /// An order that has not arrived shall not be sent again.
    ///
    /// # Errors
    /// It is no such order.
    pub fn give_up(&mut self, user_ref: u32) -> Result<Change, Refused> {
        if !self.in_sync || !self.missing.remove(&user_ref) {
            return Err(Refused::NotOpen(user_ref));
        }
        let Some(order) = self.orders.get_mut(&user_ref) else {
            return Err(Refused::NotOpen(user_ref));
        };
        let shares = order.end(End::NotTaken);
        let replaces = order.replaces;
        self.unpend(replaces);
        Ok(Change::Released {
            user_ref,
            shares,
            done: true,
        })
    }

    fn insert(&mut self, user_ref: u32, quantity: u32, replaces: Option<u32>) -> Result<(), Refused> {
        if !self.in_sync {
            return Err(Refused::NotInSync);
        }
        if let Some(missing) = self.missing.first() {
            return Err(Refused::Missing(*missing));
        }
        if user_ref <= self.last {
            let (number, last) = (user_ref, self.last);
            return Err(Refused::Number { number, last });
        }
        if quantity == 0 {
            return Err(Refused::Quantity);
        }
        self.last = user_ref;
        let order = Tracked {
            stage: Stage::Sent,
            open: quantity,
            executed: 0,
            canceled: 0,
            broken: 0,
            replaces,
            pending: None,
            lost: false,
            behind: self.queries.sent,
        };
        self.queries.fence = self.queries.sent;
        self.orders.insert(user_ref, order);
        Ok(())
    }

    fn changeable(&self, user_ref: u32) -> Result<&Tracked, Refused> {
        if !self.in_sync {
            return Err(Refused::NotInSync);
        }
        let order = self.orders.get(&user_ref);
        order
            .filter(|order| order.stage == Stage::Open)
            .ok_or(Refused::NotOpen(user_ref))
    }

    /// The order that was to be replaced is no longer waiting for that.
    fn unpend(&mut self, orig: Option<u32>) {
        if let Some(order) = orig.and_then(|orig| self.orders.get_mut(&orig)) {
            order.pending = None;
        }
    }
}

impl Tracked {
    fn state(&self) -> State {
        match self.stage {
            Stage::Done(end) => State::Done(end),
            _ if self.lost => State::Unknown,
            Stage::Sent => State::Sent,
            Stage::Open => State::Open,
        }
    }

    /// Ends the order; returns the shares that were open.
    fn end(&mut self, end: End) -> u32 {
        self.stage = Stage::Done(end);
        self.pending = None;
        self.lost = false;
        std::mem::take(&mut self.open)
    }
}
