//! References that meet in the buckets of the order table.

use contract::order_hash::MASKS;

/// `count` references that share their bucket in each of the `banks` (masks of `bucket_bits`): `base` and its
/// sums with vectors that no mask of those banks sees.
///
/// # Panics
/// When there are not that many.
pub fn crowd(banks: &[usize], bucket_bits: usize, base: u64, count: usize) -> Vec<u64> {
    let mut unseen: Vec<u64> = (0..64).map(|bit| 1 << bit).collect();
    for bank in banks {
        for mask in &MASKS[*bank][..bucket_bits] {
            let seen = |vector: &u64| (vector & mask).count_ones() % 2 == 1;
            if let Some(at) = unseen.iter().position(seen) {
                let pivot = unseen.swap_remove(at);
                for vector in unseen.iter_mut().filter(|vector| seen(vector)) {
                    *vector ^= pivot;
                }
            }
        }
    }
    let mut all = vec![base];
    for vector in unseen {
        let more: Vec<u64> = all.iter().map(|known| known ^ vector).collect();
        all.extend(more);
        if all.len() >= count {
            all.truncate(count);
            return all;
        }
    }
    panic!(
        "only {} references share the buckets of banks {banks:?}",
        all.len()
    )
}

#[cfg(test)]
mod tests {
    use super::crowd;
    use contract::config::SMALL;
    use twin::placement::Placement;

    #[test]
    fn a_crowd_shares_its_buckets() {
        let placement = Placement::new(&SMALL);
        for banks in [&[0_usize, 1, 2, 3][..], &[2], &[1, 3]] {
            let crowd = crowd(banks, 10, 0xdead_beef_0123, 50);
            let home = placement.buckets(crowd[0]);
            for reference in &crowd {
                let buckets = placement.buckets(*reference);
                assert!(banks.iter().all(|bank| buckets[*bank] == home[*bank]));
            }
            let mut distinct = crowd.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), 50);
        }
    }
}
