//! The replayed file meets own orders.
//!
//! History cannot be changed, so own orders add to it: an aggressor of the file that would have met an own order first
//! executes with it as well. What own orders took from an order of the file are its last shares: as long as the file
//! leaves it more than it has in the feed, the file's executions and cancels show in the feed as they are; what they
//! would take beyond that is not published again.

use wire::WireError;
use wire::itch50::{self, Message, Side};
use wire::ouch50::codes::{cancel_reason, time_in_force};

use crate::book::{Order, better, opposite};
use crate::exchange::{Exchange, Stock};

/// States of H in which a stock trades.
const TRADING: u8 = b'T';
const HALTED: u8 = b'H';

impl Exchange {
    /// Replays the next message of the file.
    ///
    /// # Errors
    /// A message does not fit a packet of the feed.
    pub fn market(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        self.counters.replayed += 1;
        let Ok(message) = Message::parse(bytes) else {
            self.counters.unreadable += 1;
            return self.feed.publish(bytes);
        };
        self.now_ns = self.now_ns.max(message.header().timestamp_ns);
        self.expire()?;
        self.learn(&message);
        match message {
            Message::AddOrder(add) => self.add(&message, add.reference, add.side, add.shares, add.price)?,
            Message::AddOrderAttributed(add) => {
                self.add(&message, add.reference, add.side, add.shares, add.price)?;
            }
            Message::OrderExecuted(executed) => {
                self.executed(&message, executed.reference, executed.shares, true)?
            }
            Message::OrderExecutedWithPrice(executed) => {
                let printable = executed.printable == b'Y';
                self.executed(&message, executed.reference, executed.shares, printable)?;
            }
            Message::OrderCancel(cancel) => self.shrink(&message, cancel.reference, cancel.shares)?,
            Message::OrderDelete(delete) => self.deleted(&message, delete.reference)?,
            Message::OrderReplace(replace) => self.replaced(&message, &replace)?,
            Message::Trade(trade) => {
                if let Some(side) = Side::from_indicator(trade.side) {
                    self.meet_better(message.header().locate, side, trade.price, trade.shares, None)?;
                }
                self.publish(&message)?;
            }
            Message::SystemEvent(event) => {
                self.publish(&message)?;
                if event.event == b'M' {
                    self.close()?;
                }
            }
            _ => self.publish(&message)?,
        }
        self.halt_by_fault(message.header().locate)
    }

    fn learn(&mut self, message: &Message) {
        let locate = message.header().locate;
        let (symbol, state, directory) = match message {
            Message::StockDirectory(stock) => (stock.stock, None, Some(*stock)),
            Message::StockTradingAction(action) => (action.stock, Some(action.state), None),
            Message::AddOrder(add) => (add.stock, None, None),
            Message::AddOrderAttributed(add) => (add.stock, None, None),
            _ => return,
        };
        let stock = self.stocks.entry(locate).or_insert(Stock {
            symbol,
            state: TRADING,
            directory: None,
        });
        stock.state = state.unwrap_or(stock.state);
        stock.directory = directory.or(stock.directory);
        self.locates.insert(symbol, locate);
    }

    /// True when a stock neither is halted, nor paused, nor only quoted.
    pub(crate) fn trades(&self, locate: u16) -> bool {
        self.stocks
            .get(&locate)
            .is_none_or(|stock| stock.state == TRADING)
    }

    fn add(
        &mut self,
        message: &Message,
        reference: u64,
        side: u8,
        shares: u32,
        price: u32,
    ) -> Result<(), WireError> {
        let locate = message.header().locate;
        let Some(side) = Side::from_indicator(side).filter(|_| self.book.get(reference).is_none()) else {
            return self.publish(message);
        };
        let met = self.meet_crossing(locate, side, price, shares)?;
        let order = Order {
            locate,
            side,
            price,
            history: shares,
            open: shares - met,
            owner: None,
        };
        self.book.add(reference, order);
        match order.open {
            0 if shares > 0 => Ok(()),
            open => self.publish(&with_shares(message, open)),
        }
    }

    /// Own orders that an order of the file trades with on arrival; returns the shares.
    fn meet_crossing(&mut self, locate: u16, side: Side, limit: u32, shares: u32) -> Result<u32, WireError> {
        if !self.trades(locate) {
            return Ok(0);
        }
        let own = self.own_within(locate, opposite(side), limit);
        self.fill(&own, shares)
    }

    /// Own orders with priority over an execution at `price` on their side: those of a better price, and at the price
    /// those in front of `reference`, or all when the execution was hidden.
    fn meet_better(
        &mut self,
        locate: u16,
        side: Side,
        price: u32,
        shares: u32,
        reference: Option<u64>,
    ) -> Result<(), WireError> {
        if self.own.is_empty() || !self.trades(locate) {
            return Ok(());
        }
        let mut first = Vec::new();
        for one in self.book.queue(locate, side) {
            let Some(order) = self.book.get(one) else {
                continue;
            };
            if Some(one) == reference || better(side, price, order.price) {
                break;
            }
            first.extend(order.owner);
        }
        self.fill(&first, shares).map(|_| ())
    }

    fn fill(&mut self, own: &[u32], shares: u32) -> Result<u32, WireError> {
        let mut left = shares;
        for user_ref in own {
            let open = self.own.get(user_ref).map_or(0, |own| own.open);
            let now = open.min(left);
            if now > 0 {
                self.fill_resting(*user_ref, now)?;
                left -= now;
            }
        }
        Ok(shares - left)
    }

    fn executed(
        &mut self,
        message: &Message,
        reference: u64,
        shares: u32,
        printable: bool,
    ) -> Result<(), WireError> {
        let known = self.book.get(reference).copied();
        if let Some(order) = known.filter(|_| printable) {
            // An order that own orders emptied is no longer in the queue: then all at its price come first.
            self.meet_better(order.locate, order.side, order.price, shares, Some(reference))?;
        }
        self.shrink(message, reference, shares)
    }

    /// Takes shares off an order of the file; the feed sees what it has too much.
    fn shrink(&mut self, message: &Message, reference: u64, shares: u32) -> Result<(), WireError> {
        let Some(order) = self.book.get(reference).copied() else {
            return self.publish(message);
        };
        let history = order.history.saturating_sub(shares);
        let open = order.open.min(history);
        self.book.set(reference, history, open);
        if order.open == order.history {
            // Nobody took from it: it shows as it is, even where the file is wrong.
            return self.publish(message);
        }
        match order.open - open {
            0 if shares > 0 => Ok(()),
            shown => self.publish(&with_shares(message, shown)),
        }
    }

    fn deleted(&mut self, message: &Message, reference: u64) -> Result<(), WireError> {
        let Some(order) = self.book.get(reference).copied() else {
            return self.publish(message);
        };
        self.book.set(reference, 0, 0);
        if order.open > 0 {
            self.publish(message)?;
        }
        Ok(())
    }

    fn replaced(&mut self, message: &Message, replace: &itch50::OrderReplace) -> Result<(), WireError> {
        let old = self.book.get(replace.reference).copied();
        let Some(old) = old.filter(|_| self.book.get(replace.new_reference).is_none()) else {
            return self.publish(message);
        };
        self.book.set(replace.reference, 0, 0);
        let deleted = itch50::OrderDelete {
            header: replace.header,
            reference: replace.reference,
        };
        let crossing = !self
            .own_within(old.locate, opposite(old.side), replace.price)
            .is_empty();
        if old.open > 0 && crossing {
            // It left its place before it met anybody.
            self.publish(&deleted.into())?;
        }
        let met = self.meet_crossing(old.locate, old.side, replace.price, replace.shares)?;
        let open = replace.shares - met;
        let order = Order {
            price: replace.price,
            history: replace.shares,
            open,
            ..old
        };
        self.book.add(replace.new_reference, order);
        match (old.open > 0, crossing) {
            (true, false) => self.publish(message),
            _ if open == 0 => Ok(()),
            _ => {
                let stock = self
                    .stocks
                    .get(&old.locate)
                    .map_or([b' '; 8], |stock| stock.symbol);
                let add = itch50::AddOrder {
                    header: replace.header,
                    reference: replace.new_reference,
                    side: old.side.indicator(),
                    shares: open,
                    stock,
                    price: replace.price,
                };
                self.publish(&add.into())
            }
        }
    }

    /// Own orders whose time is over.
    fn expire(&mut self) -> Result<(), WireError> {
        let now = self.now_ns;
        let over = |expires: Option<u64>| expires.is_some_and(|at| at <= now);
        let gone: Vec<u32> = self
            .own
            .iter()
            .filter(|(_, own)| over(own.expires_ns))
            .map(|(user_ref, _)| *user_ref)
            .collect();
        for user_ref in gone {
            self.cancel_own(user_ref, cancel_reason::TIMEOUT)?;
        }
        Ok(())
    }

    /// End of market hours: orders for the day go.
    fn close(&mut self) -> Result<(), WireError> {
        let day = |letter| letter == time_in_force::DAY;
        let gone: Vec<u32> = self
            .own
            .iter()
            .filter(|(_, own)| day(own.order.time_in_force))
            .map(|(user_ref, _)| *user_ref)
            .collect();
        for user_ref in gone {
            self.cancel_own(user_ref, cancel_reason::TIMEOUT)?;
        }
        Ok(())
    }

    fn halt_by_fault(&mut self, locate: u16) -> Result<(), WireError> {
        let faults = self.config.faults;
        if let Some((halted, until)) = self.halted_by_fault {
            if self.counters.replayed >= until {
                self.halted_by_fault = None;
                self.injected.add("halt");
                self.set_state(halted, TRADING)?;
            }
        } else if faults.halt_after > 0
            && self.counters.replayed == faults.halt_after
            && self.stocks.contains_key(&locate)
        {
            let until = self.counters.replayed.saturating_add(faults.halt_messages);
            self.halted_by_fault = Some((locate, until));
            self.injected.add("halt");
            self.set_state(locate, HALTED)?;
        }
        Ok(())
    }

    /// Halts (`H`) a stock or lets it trade (`T`), and publishes that.
    ///
    /// # Errors
    /// The feed refuses the message.
    pub fn set_state(&mut self, locate: u16, state: u8) -> Result<(), WireError> {
        let header = self.header(locate);
        let Some(stock) = self.stocks.get_mut(&locate) else {
            return Ok(());
        };
        stock.state = state;
        let action = itch50::StockTradingAction {
            header,
            stock: stock.symbol,
            state,
            reserved: b' ',
            reason: *b"    ",
        };
        self.publish(&action.into())
    }
}

/// The message with another number of shares.
fn with_shares(message: &Message, shares: u32) -> Message {
    let mut message = *message;
    match &mut message {
        Message::AddOrder(add) => add.shares = shares,
        Message::AddOrderAttributed(add) => add.shares = shares,
        Message::OrderExecuted(executed) => executed.shares = shares,
        Message::OrderExecutedWithPrice(executed) => executed.shares = shares,
        Message::OrderCancel(cancel) => cancel.shares = shares,
        _ => {}
    }
    message
}
