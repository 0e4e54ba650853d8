//! The book a conversion keeps: orders in arrival order at each level, levels in arrival order too,
//! because injected messages are written in that order.

use std::collections::{BTreeMap, HashMap};

use wire::itch50::Side;

use super::super::ConvertError;

/// A live order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) side: Side,
    pub(super) price: u32,
    pub(super) quantity: u64,
}

#[derive(Debug)]
struct Level {
    /// When the level came into being.
    arrival: u64,
    quantity: u64,
    /// References in arrival order.
    references: Vec<u64>,
}

#[derive(Debug, Default)]
struct Levels {
    by_price: BTreeMap<u32, Level>,
    by_arrival: BTreeMap<u64, u32>,
}

/// All orders and levels.
#[derive(Debug, Default)]
pub(super) struct Book {
    orders: HashMap<u64, Order>,
    levels: [Levels; 2],
    next_arrival: u64,
}

impl Book {
    /// The order, if it is live.
    pub(super) fn find(&self, reference: u64) -> Option<Order> {
        self.orders.get(&reference).copied()
    }

    /// The order, which must be live.
    pub(super) fn order(&self, reference: u64) -> Result<Order, ConvertError> {
        self.find(reference)
            .ok_or_else(|| ConvertError::Input(format!("order {reference} is not live")))
    }

    /// Quantity at a price.
    pub(super) fn quantity(&self, side: Side, price: u32) -> u64 {
        self.level(side, price).map_or(0, |level| level.quantity)
    }

    fn level(&self, side: Side, price: u32) -> Option<&Level> {
        self.levels[side as usize].by_price.get(&price)
    }

    pub(super) fn insert(&mut self, reference: u64, side: Side, shares: u32, price: u32) {
        let quantity = u64::from(shares);
        self.orders.insert(
            reference,
            Order {
                side,
                price,
                quantity,
            },
        );
        let levels = &mut self.levels[side as usize];
        let level = levels.by_price.entry(price).or_insert_with(|| {
            self.next_arrival += 1;
            levels.by_arrival.insert(self.next_arrival, price);
            Level {
                arrival: self.next_arrival,
                quantity: 0,
                references: Vec::new(),
            }
        });
        level.quantity += quantity;
        level.references.push(reference);
    }

    /// Takes shares from an order; an empty order and an empty level vanish.
    pub(super) fn take(&mut self, reference: u64, shares: u64) -> Result<(), ConvertError> {
        let Order {
            side,
            price,
            quantity,
        } = self.order(reference)?;
        let left = quantity.checked_sub(shares).ok_or_else(|| {
            ConvertError::Input(format!(
                "order {reference} has {quantity} shares, {shares} are taken"
            ))
        })?;
        let levels = &mut self.levels[side as usize];
        let level = levels.by_price.get_mut(&price);
        let level = level.ok_or_else(|| ConvertError::Input(format!("no level at {price}")))?;
        level.quantity -= shares;
        if left == 0 {
            self.orders.remove(&reference);
            level.references.retain(|other| *other != reference);
        } else {
            self.orders.insert(
                reference,
                Order {
                    side,
                    price,
                    quantity: left,
                },
            );
        }
        if level.quantity == 0 {
            levels.by_arrival.remove(&level.arrival);
            levels.by_price.remove(&price);
        }
        Ok(())
    }

    /// Prices of a side, in the order in which their levels came into being.
    pub(super) fn prices_by_arrival(&self, side: Side) -> Vec<u32> {
        self.levels[side as usize].by_arrival.values().copied().collect()
    }

    /// The best levels as price and quantity.
    pub(super) fn best(&self, side: Side, count: usize) -> impl Iterator<Item = (u32, u64)> + '_ {
        let prices = &self.levels[side as usize].by_price;
        let mut ascending = prices.iter();
        let mut descending = prices.iter().rev();
        let next = move || match side {
            Side::Bid => descending.next(),
            Side::Ask => ascending.next(),
        };
        std::iter::from_fn(next)
            .take(count)
            .map(|(price, level)| (*price, level.quantity))
    }

    /// The order to shrink first: the oldest stand-in, else the youngest order.
    pub(super) fn spare(&self, side: Side, price: u32, stand_in_first: u64) -> Result<u64, ConvertError> {
        let references = self.level(side, price).map(|level| &level.references);
        let found = references.and_then(|references| {
            let stand_in = references.iter().find(|reference| **reference >= stand_in_first);
            stand_in.or(references.last())
        });
        found
            .copied()
            .ok_or_else(|| ConvertError::Input(format!("no order at {price}")))
    }

    /// Orders of a level in arrival order, stand-ins before all others.
    pub(super) fn stand_ins_first(&self, side: Side, price: u32, stand_in_first: u64) -> Vec<u64> {
        let mut references = self
            .level(side, price)
            .map_or_else(Vec::new, |level| level.references.clone());
        references.sort_by_key(|reference| *reference < stand_in_first);
        references
    }
}
