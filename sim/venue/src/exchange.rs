//! The exchange: one book, one port, one feed.

use std::collections::{BTreeMap, HashMap, VecDeque};

use wire::WireError;
use wire::itch50::{self, Header, Message, Side};
use wire::ouch50::{self, Appendage, Firm, Response};

use crate::account::Balance;
use crate::book::{Book, Order};
use crate::faults::{Faults, Injected, Random};
use crate::feed::Feed;
use crate::own::{Execution, Own, OwnOrders};

/// How an exchange is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Lines A and B.
    pub lines: [wire::packetizer::Config; 2],
    /// Firm of orders that name none.
    pub firm: Firm,
    /// Reference of the first own order; far above those of the file.
    pub first_reference: u64,
    /// Match number of the first own execution; far above those of the file.
    pub first_match: u64,
    /// Faults.
    pub faults: Faults,
}

impl Default for Config {
    fn default() -> Self {
        let line_b = wire::packetizer::Config {
            group: [233, 54, 12, 2],
            port: 18_002,
            ..wire::packetizer::Config::default()
        };
        Self {
            lines: [wire::packetizer::Config::default(), line_b],
            firm: *b"FORG",
            first_reference: 1 << 62,
            first_match: 1 << 62,
            faults: Faults::default(),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Messages replayed.
    pub replayed: u64,
    /// Replayed messages that are no ITCH 5.0, passed on as they are.
    pub unreadable: u64,
    /// Requests taken.
    pub requests: u64,
    /// Requests that are no OUCH 5.0, ignored.
    pub malformed: u64,
    /// Requests whose user reference was not above the last one, ignored.
    pub retransmitted: u64,
    /// Requests for an order that is not open, ignored.
    pub unknown: u64,
    /// Orders accepted.
    pub accepted: u64,
    /// Orders rejected.
    pub rejected: u64,
    /// Executions of own orders.
    pub executions: u64,
    /// Shares of own orders executed.
    pub shares: u64,
    /// Executions broken.
    pub broken: u64,
}

/// What is known of a stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stock {
    pub(crate) symbol: [u8; 8],
    /// Last state of H; `T` until one is seen.
    pub(crate) state: u8,
    /// The stock directory message, when there was one.
    pub(crate) directory: Option<itch50::StockDirectory>,
}

/// The exchange. Times are nanoseconds since midnight, as in the feed.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub(crate) config: Config,
    pub(crate) book: Book,
    pub(crate) stocks: BTreeMap<u16, Stock>,
    pub(crate) locates: HashMap<[u8; 8], u16>,
    pub(crate) own: OwnOrders,
    pub(crate) executions: BTreeMap<u64, Execution>,
    pub(crate) balance: Balance,
    pub(crate) disabled: Vec<Firm>,
    pub(crate) last_user_ref: u32,
    pub(crate) next_reference: u64,
    pub(crate) next_match: u64,
    pub(crate) now_ns: u64,
    pub(crate) feed: Feed,
    pub(crate) responses: VecDeque<Vec<u8>>,
    pub(crate) counters: Counters,
    pub(crate) random: Random,
    pub(crate) halted_by_fault: Option<(u16, u64)>,
    pub(crate) last_request: Option<Vec<u8>>,
    pub(crate) responded: u64,
    pub(crate) injected: Injected,
}

impl Exchange {
    /// An exchange before its first message.
    pub fn new(config: Config) -> Self {
        Self {
            feed: Feed::new(config.lines.clone(), config.faults),
            random: Random::new(config.faults.seed, 3),
            next_reference: config.first_reference,
            next_match: config.first_match,
            config,
            book: Book::default(),
            stocks: BTreeMap::new(),
            locates: HashMap::new(),
            own: OwnOrders::new(),
            executions: BTreeMap::new(),
            balance: Balance::default(),
            disabled: Vec::new(),
            last_user_ref: 0,
            now_ns: 0,
            responses: VecDeque::new(),
            counters: Counters::default(),
            halted_by_fault: None,
            last_request: None,
            responded: 0,
            injected: Injected::default(),
        }
    }

    /// The book.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The feed.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The feed, to take frames from and to send heartbeats.
    pub fn feed_mut(&mut self) -> &mut Feed {
        &mut self.feed
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Responses made so far: the sequence of the last one.
    pub const fn responded(&self) -> u64 {
        self.responded
    }

    /// Faults of exchange and lines so far.
    pub fn injected(&self) -> Injected {
        self.injected.clone().with(self.feed.injected())
    }

    /// Time of the exchange.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// Responses made since the last call.
    pub fn take_responses(&mut self) -> Vec<Vec<u8>> {
        self.responses.drain(..).collect()
    }

    /// Shares open of an own order.
    pub fn open(&self, user_ref: u32) -> Option<u32> {
        self.own.get(&user_ref).map(|own| own.open)
    }

    /// Shares in front of an own order at its price.
    pub fn ahead(&self, user_ref: u32) -> Option<u64> {
        self.book.ahead(self.own.get(&user_ref)?.reference)
    }

    /// Breaks an execution; false when there was none with this number.
    ///
    /// # Errors
    /// The feed refuses the message.
    pub fn bust(&mut self, match_number: u64) -> Result<bool, WireError> {
        let Some(execution) = self.executions.remove(&match_number) else {
            return Ok(false);
        };
        self.counters.broken += 1;
        self.balance.broken(&execution);
        self.respond(ouch50::Broken {
            timestamp_ns: self.now_ns,
            user_ref: execution.user_ref,
            match_number,
            reason: b'S',
            cl_ord_id: execution.cl_ord_id,
        });
        let header = self.header(execution.locate);
        self.publish(&itch50::BrokenTrade { header, match_number }.into())?;
        Ok(true)
    }

    pub(crate) fn header(&self, locate: u16) -> Header {
        Header {
            locate,
            tracking: 0,
            timestamp_ns: self.now_ns,
        }
    }

    pub(crate) fn publish(&mut self, message: &Message) -> Result<(), WireError> {
        self.feed.publish(&message.to_vec())
    }

    pub(crate) fn respond(&mut self, response: impl Into<Response>) {
        let response: Response = response.into();
        self.responded += 1;
        self.responses.push_back(response.to_vec(&Appendage::new()));
    }

    /// The next match number.
    pub(crate) fn draw_match(&mut self) -> u64 {
        self.next_match += 1;
        self.next_match - 1
    }

    /// Executes shares of an own order and tells its owner; the caller publishes.
    pub(crate) fn execute(&mut self, user_ref: u32, shares: u32, price: u32, liquidity: u8) -> u64 {
        let match_number = self.draw_match();
        let Some(own) = self.own.get_mut(&user_ref) else {
            return match_number;
        };
        own.open = own.open.saturating_sub(shares);
        own.executed = own.executed.saturating_add(shares);
        let own = *own;
        let execution = Execution {
            user_ref,
            cl_ord_id: own.order.cl_ord_id,
            locate: own.locate,
            buy: own.side() == Side::Bid,
            shares,
            price,
        };
        self.balance.executed(&execution);
        self.executions.insert(match_number, execution);
        self.counters.executions += 1;
        self.counters.shares += u64::from(shares);
        self.respond(ouch50::Executed {
            timestamp_ns: self.now_ns,
            user_ref,
            quantity: shares,
            price: u64::from(price),
            liquidity,
            match_number,
        });
        if own.open == 0 {
            self.own.remove(&user_ref);
        }
        match_number
    }

    /// Executes shares of an own order that rests, at its price.
    pub(crate) fn fill_resting(&mut self, user_ref: u32, shares: u32) -> Result<(), WireError> {
        let Some(own) = self.own.get(&user_ref).copied() else {
            return Ok(());
        };
        self.book.take(own.reference, shares);
        let match_number = self.execute(user_ref, shares, own.price, ouch50::codes::liquidity::ADDED);
        self.publish_execution(own.locate, own.reference, shares, match_number)
    }

    pub(crate) fn publish_execution(
        &mut self,
        locate: u16,
        reference: u64,
        shares: u32,
        match_number: u64,
    ) -> Result<(), WireError> {
        let header = self.header(locate);
        let message = itch50::OrderExecuted {
            header,
            reference,
            shares,
            match_number,
        };
        self.publish(&message.into())?;
        if self.random.chance(self.config.faults.bust) {
            self.injected.add("bust");
            self.bust(match_number)?;
        }
        Ok(())
    }

    /// Puts what is open of an own order into the book, without publishing.
    pub(crate) fn rest(&mut self, own: &Own) {
        let order = Order {
            locate: own.locate,
            side: own.side(),
            price: own.price,
            history: 0,
            open: own.open,
            owner: Some(own.order.user_ref),
        };
        self.book.add(own.reference, order);
    }

    /// Takes an own order out of the book and of the live orders; publishes the delete.
    pub(crate) fn remove_own(&mut self, user_ref: u32) -> Result<Option<Own>, WireError> {
        let Some(own) = self.own.remove(&user_ref) else {
            return Ok(None);
        };
        self.delete_published(&own)?;
        Ok(Some(own))
    }

    /// Takes an own order out of the book and publishes that.
    pub(crate) fn delete_published(&mut self, own: &Own) -> Result<(), WireError> {
        if self.book.get(own.reference).is_none() {
            return Ok(());
        }
        self.book.set(own.reference, 0, 0);
        let header = self.header(own.locate);
        let reference = own.reference;
        self.publish(&itch50::OrderDelete { header, reference }.into())
    }

    /// Cancels all that is open of an own order.
    pub(crate) fn cancel_own(&mut self, user_ref: u32, reason: u8) -> Result<(), WireError> {
        if let Some(own) = self.remove_own(user_ref)? {
            self.respond(ouch50::Canceled {
                timestamp_ns: self.now_ns,
                user_ref,
                quantity: own.open,
                reason,
            });
        }
        Ok(())
    }

    /// Own orders of a side that rest at `limit` or better for whom they trade with, best first, each price in the
    /// sequence of its queue.
    pub(crate) fn own_within(&self, locate: u16, side: Side, limit: u32) -> Vec<u32> {
        if self.own.is_empty() {
            return Vec::new();
        }
        let queue = self.book.queue(locate, side);
        let orders = queue.iter().filter_map(|reference| self.book.get(*reference));
        orders
            .take_while(|order| crate::book::crosses(side, order.price, limit))
            .filter_map(|order| order.owner)
            .collect()
    }
}
