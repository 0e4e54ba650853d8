//! Live orders of one symbol: by age at each price, and at random.

use std::collections::{BTreeMap, HashMap, VecDeque};

use wire::itch50::Side;

use super::rng::Rng;

/// A live order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) reference: u64,
    pub(super) side: Side,
    pub(super) price: u32,
    pub(super) shares: u32,
}

/// Orders of a symbol.
#[derive(Debug, Default)]
pub(super) struct Orders {
    list: Vec<Order>,
    position: HashMap<u64, usize>,
    levels: [BTreeMap<u32, VecDeque<u64>>; 2],
}

impl Orders {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn insert(&mut self, order: Order) {
        self.position.insert(order.reference, self.list.len());
        self.list.push(order);
        self.levels[order.side as usize]
            .entry(order.price)
            .or_default()
            .push_back(order.reference);
    }

    /// Takes shares away; the order leaves when none are left.
    pub(super) fn reduce(&mut self, reference: u64, shares: u32) {
        let Some(&position) = self.position.get(&reference) else {
            return;
        };
        let order = &mut self.list[position];
        order.shares = order.shares.saturating_sub(shares);
        if order.shares == 0 {
            self.remove(reference);
        }
    }

    pub(super) fn remove(&mut self, reference: u64) {
        let Some(position) = self.position.remove(&reference) else {
            return;
        };
        let order = self.list.swap_remove(position);
        if let Some(moved) = self.list.get(position) {
            self.position.insert(moved.reference, position);
        }
        let levels = &mut self.levels[order.side as usize];
        if let Some(queue) = levels.get_mut(&order.price) {
            queue.retain(|other| *other != reference);
            if queue.is_empty() {
                levels.remove(&order.price);
            }
        }
    }

    /// Best price of a side.
    pub(super) fn best(&self, side: Side) -> Option<u32> {
        let levels = &self.levels[side as usize];
        match side {
            Side::Bid => levels.last_key_value().map(|(price, _)| *price),
            Side::Ask => levels.first_key_value().map(|(price, _)| *price),
        }
    }

    /// The oldest order at the best price, which executes first.
    pub(super) fn first(&self, side: Side) -> Option<Order> {
        let price = self.best(side)?;
        let reference = self.levels[side as usize].get(&price)?.front()?;
        self.position.get(reference).map(|position| self.list[*position])
    }

    /// Any order; a young one more often than not, as in real feeds.
    pub(super) fn any(&self, rng: &mut Rng) -> Option<Order> {
        let len = self.list.len() as u64;
        let recent = len.min(16);
        let index = if rng.chance(3, 5) {
            len - recent + rng.below(recent)
        } else {
            rng.below(len)
        };
        self.list.get(usize::try_from(index).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(reference: u64, side: Side, price: u32) -> Order {
        Order {
            reference,
            side,
            price,
            shares: 10,
        }
    }

    #[test]
    fn the_oldest_at_the_best_price_is_first() {
        let mut orders = Orders::default();
        for (reference, price) in [(1, 100), (2, 101), (3, 101), (4, 99)] {
            orders.insert(order(reference, Side::Bid, price));
        }
        orders.insert(order(9, Side::Ask, 105));
        assert_eq!(
            (orders.best(Side::Bid), orders.best(Side::Ask)),
            (Some(101), Some(105))
        );
        assert_eq!(orders.first(Side::Bid).map(|order| order.reference), Some(2));
        orders.reduce(2, 4);
        assert_eq!(orders.first(Side::Bid).map(|order| order.shares), Some(6));
        orders.reduce(2, 6);
        assert_eq!(orders.first(Side::Bid).map(|order| order.reference), Some(3));
        orders.remove(3);
        assert_eq!((orders.best(Side::Bid), orders.len()), (Some(100), 3));
    }

    #[test]
    fn any_order_is_live() {
        let (mut orders, mut rng) = (Orders::default(), Rng::new(3));
        assert_eq!(orders.any(&mut rng), None);
        for reference in 0..40 {
            orders.insert(order(reference, Side::Ask, 100));
            orders.remove(reference / 2);
        }
        assert!((0..200).all(|_| orders.any(&mut rng).is_some_and(|order| order.reference >= 20)));
    }
}
