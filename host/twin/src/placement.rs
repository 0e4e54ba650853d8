//! Where the card's order table keeps each order: which ones go to the stash, which ones find no place.
//!
//! Four banks of two-cell buckets (`contract::order_hash`). An order goes to the least loaded of its four buckets,
//! ties to the left, else to the first free cell of the stash, else nowhere; it never moves.

use std::collections::HashMap;

use contract::Config;
use contract::config::{ORDER_BANKS, ORDER_BUCKET_CELLS, ORDER_STASH};
use contract::order_hash::MASKS;

const BANKS: usize = ORDER_BANKS as usize;
const CELLS: usize = ORDER_BUCKET_CELLS as usize;
const STASH: usize = ORDER_STASH as usize;

/// A place that is taken until it is given back with [`Placement::free`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A cell of a bucket.
    Cell {
        /// Bank of the hash.
        bank: usize,
        /// Bucket of the bank.
        bucket: usize,
        /// Cell of the bucket.
        cell: usize,
    },
    /// A cell of the stash.
    Stash(usize),
}

/// Which places are taken, and by whom.
#[derive(Debug, Clone)]
pub struct Placement {
    bucket_bits: usize,
    taken: [Vec<[bool; CELLS]>; BANKS],
    stash: [bool; STASH],
    places: HashMap<u64, Place>,
}

impl Placement {
    /// An empty table of a card of this configuration.
    pub fn new(config: &Config) -> Self {
        let bucket_bits = config.bucket_bits() as usize;
        Self {
            bucket_bits,
            taken: std::array::from_fn(|_| vec![[false; CELLS]; 1 << bucket_bits]),
            stash: [false; STASH],
            places: HashMap::new(),
        }
    }

    /// The bucket of a reference in each bank.
    pub fn buckets(&self, reference: u64) -> [usize; BANKS] {
        MASKS.map(|masks| {
            let parity = |mask: u64| (reference & mask).count_ones() as usize & 1;
            masks[..self.bucket_bits]
                .iter()
                .rev()
                .fold(0, |index, mask| index << 1 | parity(*mask))
        })
    }

    /// Takes a place for a reference that has none; `None` when there is none.
    pub fn take(&mut self, reference: u64) -> Option<Place> {
        let buckets = self.buckets(reference);
        let load = |bank: usize| {
            self.taken[bank][buckets[bank]]
                .iter()
                .filter(|taken| **taken)
                .count()
        };
        let bank = (0..BANKS)
            .min_by_key(|bank| load(*bank))
            .filter(|bank| load(*bank) < CELLS);
        let place = match bank {
            Some(bank) => {
                let bucket = buckets[bank];
                let cell = self.taken[bank][bucket].iter().position(|taken| !taken)?;
                Place::Cell { bank, bucket, cell }
            }
            None => Place::Stash(self.stash.iter().position(|taken| !taken)?),
        };
        *self.at(place) = true;
        self.places.insert(reference, place);
        Some(place)
    }

    /// Forgets a reference; its place stays taken until it is freed.
    pub fn forget(&mut self, reference: u64) -> Option<Place> {
        self.places.remove(&reference)
    }

    /// Gives a place back.
    pub fn free(&mut self, place: Place) {
        *self.at(place) = false;
    }

    fn at(&mut self, place: Place) -> &mut bool {
        match place {
            Place::Cell { bank, bucket, cell } => &mut self.taken[bank][bucket][cell],
            Place::Stash(cell) => &mut self.stash[cell],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::config::SMALL;

    #[test]
    fn the_guaranteed_orders_find_cells_and_all_of_them_come_back() {
        let mut placement = Placement::new(&SMALL);
        let references: Vec<u64> = (0..u64::from(SMALL.orders)).map(|n| 1_000_003 + 7 * n).collect();
        for reference in &references {
            assert!(matches!(placement.take(*reference), Some(Place::Cell { .. })));
        }
        for reference in references {
            let place = placement.forget(reference).unwrap();
            placement.free(place);
        }
        assert!(placement.taken.iter().flatten().flatten().all(|taken| !taken));
    }

    #[test]
    fn ties_go_left_then_to_the_second_cells_then_to_the_stash() {
        let mut placement = Placement::new(&SMALL);
        let mut seen = Vec::new();
        for _ in 0..BANKS * CELLS + STASH {
            // The same reference again and again stands for as many that share all buckets.
            match placement.take(77).unwrap() {
                Place::Cell { bank, cell, .. } => seen.push((bank, cell)),
                Place::Stash(cell) => seen.push((9, cell)),
            }
        }
        let cells = (0..CELLS).flat_map(|cell| (0..BANKS).map(move |bank| (bank, cell)));
        let expected: Vec<_> = cells.chain((0..STASH).map(|cell| (9, cell))).collect();
        assert_eq!(seen, expected);
        assert_eq!(placement.take(77), None);
    }
}
