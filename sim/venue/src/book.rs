//! The book: what listeners of the feed believe, order by order in the sequence of arrival.

use std::collections::{BTreeMap, HashMap, VecDeque};

use wire::itch50::Side;

/// A live order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Stock locate.
    pub locate: u16,
    /// Side.
    pub side: Side,
    /// Price, 1/10000 dollar.
    pub price: u32,
    /// Shares the order has in the replayed file; 0 for an own order.
    pub history: u32,
    /// Shares published: those of the file less what own orders took.
    pub open: u32,
    /// User reference of an own order.
    pub owner: Option<u32>,
}

type Queues = BTreeMap<u32, VecDeque<u64>>;

/// Orders by reference, and the queue of each price.
#[derive(Debug, Clone, Default)]
pub struct Book {
    orders: HashMap<u64, Order>,
    bids: HashMap<u16, Queues>,
    asks: HashMap<u16, Queues>,
}

/// True when an order of this side with this limit trades with the other side at `price`.
pub(crate) fn crosses(side: Side, limit: u32, price: u32) -> bool {
    match side {
        Side::Bid => limit >= price,
        Side::Ask => limit <= price,
    }
}

/// True when `price` comes before `other` on this side.
pub(crate) fn better(side: Side, price: u32, other: u32) -> bool {
    match side {
        Side::Bid => price > other,
        Side::Ask => price < other,
    }
}

/// The other side.
pub(crate) fn opposite(side: Side) -> Side {
    match side {
        Side::Bid => Side::Ask,
        Side::Ask => Side::Bid,
    }
}

impl Book {
    /// The order with this reference.
    pub fn get(&self, reference: u64) -> Option<&Order> {
        self.orders.get(&reference)
    }

    /// Published orders, best price first, in the sequence of their priority.
    pub fn queue(&self, locate: u16, side: Side) -> Vec<u64> {
        let Some(queues) = self.side(side).get(&locate) else {
            return Vec::new();
        };
        match side {
            Side::Bid => queues.values().rev().flatten().copied().collect(),
            Side::Ask => queues.values().flatten().copied().collect(),
        }
    }

    /// Best price of a side.
    pub fn best(&self, locate: u16, side: Side) -> Option<u32> {
        let queues = self.side(side).get(&locate)?;
        match side {
            Side::Bid => queues.keys().next_back().copied(),
            Side::Ask => queues.keys().next().copied(),
        }
    }

    /// The order of a side that trades first.
    pub fn first(&self, locate: u16, side: Side) -> Option<u64> {
        let best = self.best(locate, side)?;
        self.side(side).get(&locate)?.get(&best)?.front().copied()
    }

    /// Shares in front of an order at its price; `None` when it is not in the book.
    pub fn ahead(&self, reference: u64) -> Option<u64> {
        let order = self.orders.get(&reference)?;
        let queue = self.side(order.side).get(&order.locate)?.get(&order.price)?;
        let place = queue.iter().position(|one| *one == reference)?;
        let shares = |one: &u64| self.orders.get(one).map_or(0, |order| u64::from(order.open));
        Some(queue.iter().take(place).map(shares).sum())
    }

    /// Locates with published orders, in order.
    pub fn locates(&self) -> Vec<u16> {
        let mut all: Vec<u16> = self.bids.keys().chain(self.asks.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Adds an order behind all of its price.
    pub(crate) fn add(&mut self, reference: u64, order: Order) {
        if order.open > 0 {
            let queues = self.side_mut(order.side).entry(order.locate).or_default();
            queues.entry(order.price).or_default().push_back(reference);
        }
        if order.open > 0 || order.history > 0 {
            self.orders.insert(reference, order);
        }
    }

    /// Takes published shares off an order, history untouched.
    pub(crate) fn take(&mut self, reference: u64, shares: u32) {
        let Some(order) = self.orders.get(&reference).copied() else {
            return;
        };
        self.set(reference, order.history, order.open.saturating_sub(shares));
    }

    /// Sets both quantities of an order; at 0 it leaves the queue, without history it is forgotten.
    pub(crate) fn set(&mut self, reference: u64, history: u32, open: u32) {
        let Some(order) = self.orders.get_mut(&reference) else {
            return;
        };
        let left = order.open > 0 && open == 0;
        (order.history, order.open) = (history, open);
        let order = *order;
        if left {
            self.unqueue(reference, &order);
        }
        if history == 0 && open == 0 {
            self.orders.remove(&reference);
        }
    }

    fn unqueue(&mut self, reference: u64, order: &Order) {
        let side = self.side_mut(order.side);
        let Some(queues) = side.get_mut(&order.locate) else {
            return;
        };
        if let Some(queue) = queues.get_mut(&order.price) {
            queue.retain(|one| *one != reference);
            if queue.is_empty() {
                queues.remove(&order.price);
            }
        }
        if queues.is_empty() {
            side.remove(&order.locate);
        }
    }

    fn side(&self, side: Side) -> &HashMap<u16, Queues> {
        match side {
            Side::Bid => &self.bids,
            Side::Ask => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut HashMap<u16, Queues> {
        match side {
            Side::Bid => &mut self.bids,
            Side::Ask => &mut self.asks,
        }
    }
}
