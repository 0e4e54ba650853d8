//! Quantity by price, per slot and side, all levels kept: always exact.
//!
//! A side is one row sorted so that the best level is last: feeds work near the best price, where
//! inserting and removing moves little. Asks are keyed by the complement of their price, so that one
//! order serves both sides.

use contract::record::Level;

use crate::Side;
use crate::order_table::LevelOp;

/// Levels next to the best that are searched one by one before halving the rest.
const NEAR_LEVELS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    key: u32,
    quantity: u64,
}

#[derive(Debug, Clone, Default)]
struct Row {
    entries: Vec<Entry>,
}

impl Row {
    /// Where the key is, or where it belongs.
    fn search(&self, key: u32) -> Result<usize, usize> {
        let near = self.entries.len().saturating_sub(NEAR_LEVELS);
        for (index, entry) in self.entries.iter().enumerate().skip(near).rev() {
            if entry.key == key {
                return Ok(index);
            }
            if entry.key < key {
                return Err(index + 1);
            }
        }
        self.entries[..near].binary_search_by_key(&key, |entry| entry.key)
    }

    fn add(&mut self, key: u32, quantity: u32) {
        if quantity == 0 {
            return;
        }
        match self.search(key) {
            Ok(index) => self.entries[index].quantity += u64::from(quantity),
            Err(index) => self.entries.insert(
                index,
                Entry {
                    key,
                    quantity: u64::from(quantity),
                },
            ),
        }
    }

    /// False when the level does not hold that much; what it holds is removed.
    fn remove(&mut self, key: u32, quantity: u32) -> bool {
        let Ok(index) = self.search(key) else {
            return quantity == 0;
        };
        let held = &mut self.entries[index].quantity;
        let enough = *held >= u64::from(quantity);
        *held = held.saturating_sub(u64::from(quantity));
        if *held == 0 {
            self.entries.remove(index);
        }
        enough
    }
}

const fn key(side: Side, price: u32) -> u32 {
    match side {
        Side::Bid => price,
        Side::Ask => !price,
    }
}

/// Saturates an exact quantity to what a record can show.
pub fn displayed(quantity: u64) -> u32 {
    u32::try_from(quantity).unwrap_or(u32::MAX)
}

/// The books of all slots.
#[derive(Debug, Clone)]
pub struct Book {
    rows: Vec<[Row; 2]>,
    missing: u64,
}

impl Book {
    /// Empty books for `slots` slots.
    pub fn new(slots: u16) -> Self {
        Self {
            rows: vec![Default::default(); usize::from(slots)],
            missing: 0,
        }
    }

    /// Applies an operation, removal first.
    ///
    /// # Panics
    /// When the slot is not one of [`Book::new`]'s.
    pub fn apply(&mut self, op: &LevelOp) {
        let row = &mut self.rows[usize::from(op.slot)][op.side as usize];
        if let Some((price, quantity)) = op.remove {
            self.missing += u64::from(!row.remove(key(op.side, price), quantity));
        }
        if let Some((price, quantity)) = op.add {
            row.add(key(op.side, price), quantity);
        }
    }

    /// Removals of more than a level held: 0 as long as an order table feeds the book.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Forgets a slot's levels.
    ///
    /// # Panics
    /// When the slot is not one of [`Book::new`]'s.
    pub fn clear_slot(&mut self, slot: u16) {
        for row in &mut self.rows[usize::from(slot)] {
            row.entries.clear();
        }
    }

    /// All levels of a side as price and exact quantity, best first.
    ///
    /// # Panics
    /// When the slot is not one of [`Book::new`]'s.
    pub fn levels(&self, slot: u16, side: Side) -> impl ExactSizeIterator<Item = (u32, u64)> + '_ {
        let row = &self.rows[usize::from(slot)][side as usize];
        row.entries
            .iter()
            .rev()
            .map(move |entry| (key(side, entry.key), entry.quantity))
    }

    /// The best `N` levels of a side as a record shows them, best first, zeroes behind the last.
    ///
    /// # Panics
    /// When the slot is not one of [`Book::new`]'s.
    pub fn top<const N: usize>(&self, slot: u16, side: Side) -> [Level; N] {
        let mut top = [Level::default(); N];
        self.write_top(slot, side, &mut top);
        top
    }

    /// As [`Book::top`], over empty levels in place: what has just been written level by level is slow to copy as a whole.
    ///
    /// # Panics
    /// When the slot is not one of [`Book::new`]'s.
    #[inline]
    pub(crate) fn write_top<const N: usize>(&self, slot: u16, side: Side, top: &mut [Level; N]) {
        for (level, (px, quantity)) in top.iter_mut().zip(self.levels(slot, side)) {
            *level = Level {
                px,
                sz: displayed(quantity),
            };
        }
    }

    /// True when the best bid is at or above the best ask.
    ///
    /// # Panics
    /// When the slot is not one of [`Book::new`]'s.
    pub fn is_crossed(&self, slot: u16) -> bool {
        let best = |side| self.levels(slot, side).next();
        matches!((best(Side::Bid), best(Side::Ask)), (Some((bid, _)), Some((ask, _))) if bid >= ask)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    fn add(side: Side, price: u32, quantity: u32) -> LevelOp {
        LevelOp {
            slot: 0,
            side,
            remove: None,
            add: Some((price, quantity)),
        }
    }

    proptest! {
        /// Against a plain ordered map; prices are few so that levels come, grow, shrink and go.
        #[test]
        fn equals_an_ordered_map(steps in proptest::collection::vec((any::<bool>(), any::<bool>(), 0_u32..40, 1_u32..1000), 1..400)) {
            let mut book = Book::new(2);
            let mut model: [BTreeMap<u32, u64>; 2] = Default::default();
            for (bid, removes, step, quantity) in steps {
                let (side, index) = if bid { (Side::Bid, 0) } else { (Side::Ask, 1) };
                let price = step * 97;
                let held = model[index].get(&price).copied().unwrap_or(0);
                let mut op = LevelOp { slot: 1, side, remove: None, add: None };
                if removes && held > 0 {
                    let taken = quantity.min(displayed(held));
                    op.remove = Some((price, taken));
                    op.add = Some((price + 97, quantity));
                    match held - u64::from(taken) {
                        0 => { model[index].remove(&price); }
                        left => { model[index].insert(price, left); }
                    }
                    *model[index].entry(price + 97).or_default() += u64::from(quantity);
                } else {
                    op.add = Some((price, quantity));
                    *model[index].entry(price).or_default() += u64::from(quantity);
                }
                book.apply(&op);
                let bids: Vec<_> = model[0].iter().rev().map(|(p, q)| (*p, *q)).collect();
                let asks: Vec<_> = model[1].iter().map(|(p, q)| (*p, *q)).collect();
                prop_assert_eq!(book.levels(1, Side::Bid).collect::<Vec<_>>(), bids);
                prop_assert_eq!(book.levels(1, Side::Ask).collect::<Vec<_>>(), asks);
                prop_assert_eq!(book.levels(0, Side::Bid).len(), 0);
            }
            prop_assert_eq!(book.missing(), 0);
        }
    }

    #[test]
    fn the_extreme_prices_sort() {
        let mut book = Book::new(1);
        for price in [0, u32::MAX, 1, 5] {
            book.apply(&add(Side::Bid, price, 1));
            book.apply(&add(Side::Ask, price, 1));
        }
        let prices = |side| book.levels(0, side).map(|(price, _)| price).collect::<Vec<_>>();
        assert_eq!(prices(Side::Bid), [u32::MAX, 5, 1, 0]);
        assert_eq!(prices(Side::Ask), [0, 1, 5, u32::MAX]);
        assert!(book.is_crossed(0));
    }

    #[test]
    fn sums_stay_exact_and_show_saturated() {
        let mut book = Book::new(1);
        for _ in 0..3 {
            book.apply(&add(Side::Ask, 7, u32::MAX));
        }
        assert_eq!(
            book.levels(0, Side::Ask).next(),
            Some((7, 3 * u64::from(u32::MAX)))
        );
        assert_eq!(
            book.top::<2>(0, Side::Ask),
            [Level { px: 7, sz: u32::MAX }, Level::default()]
        );
        book.apply(&LevelOp {
            slot: 0,
            side: Side::Ask,
            remove: Some((7, u32::MAX)),
            add: None,
        });
        assert_eq!(
            book.levels(0, Side::Ask).next(),
            Some((7, 2 * u64::from(u32::MAX)))
        );
    }

    #[test]
    fn removing_what_is_not_there_is_counted() {
        let mut book = Book::new(1);
        book.apply(&add(Side::Bid, 7, 5));
        for (price, quantity) in [(8, 1), (7, 6)] {
            let remove = Some((price, quantity));
            book.apply(&LevelOp {
                slot: 0,
                side: Side::Bid,
                remove,
                add: None,
            });
        }
        assert_eq!((book.missing(), book.levels(0, Side::Bid).len()), (2, 0));
    }
}
