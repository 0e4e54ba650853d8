//! Bus addresses for DMA: free ranges between the regions the platform reserves.

use crate::PcieError;
use std::collections::BTreeMap;

/// Alignment of every range: a huge page, so that one mapping is one entry of an IOMMU.
const ALIGN: u64 = 2 << 20;
/// First address used: above everything a legacy platform puts below 4 GiB.
const FIRST: u64 = 1 << 32;
/// End of the addresses used: what the narrowest IOMMU (39 bits) translates.
const END: u64 = 1 << 39;

/// Hands out bus addresses.
#[derive(Debug, Default)]
pub(crate) struct IovaSpace {
    /// Taken ranges, first byte to end.
    taken: BTreeMap<u64, u64>,
}

impl IovaSpace {
    /// A space around `reserved` ranges, each given by its first and last byte.
    pub(crate) fn around(reserved: &[(u64, u64)]) -> Self {
        let mut space = Self::default();
        for (first, last) in reserved {
            let end = space.taken.entry(*first).or_default();
            *end = (*end).max(last.saturating_add(1));
        }
        space
    }

    /// Takes the lowest free range of `bytes`.
    pub(crate) fn take(&mut self, bytes: u64) -> Result<u64, PcieError> {
        let full = || PcieError::Iova { bytes };
        let size = bytes.max(1).checked_next_multiple_of(ALIGN).ok_or_else(full)?;
        let mut at = FIRST;
        for (first, end) in &self.taken {
            if at.checked_add(size).is_some_and(|e| e <= *first) {
                break;
            }
            at = at.max(end.checked_next_multiple_of(ALIGN).ok_or_else(full)?);
        }
        let end = at.checked_add(size).filter(|end| *end <= END).ok_or_else(full)?;
        self.taken.insert(at, end);
        Ok(at)
    }

    /// Gives a range back that [`Self::take`] returned.
    pub(crate) fn give_back(&mut self, at: u64) {
        self.taken.remove(&at);
    }
}

/// The reserved ranges that the kernel lists in `iommu_group/reserved_regions`, a line each: first, last, kind.
pub(crate) fn reserved(text: &str) -> Vec<(u64, u64)> {
    let hex = |word: &str| u64::from_str_radix(word.strip_prefix("0x").unwrap_or(word), 16).ok();
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((hex(words.next()?)?, hex(words.next()?)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_avoid_what_is_reserved_and_each_other() {
        let listed = "0x00000000fee00000 0x00000000feefffff msi\n0x0000000100300000 0x00000001003fffff direct\n0x000000fd00000000 0x000000ffffffffff reserved\n";
        let reserved = reserved(listed);
        assert_eq!(reserved.len(), 3);
        let mut space = IovaSpace::around(&reserved);
        let first = space.take(4096).expect("free");
        assert_eq!(first, 1 << 32);
        // The next 2 MiB hold a reserved megabyte.
        assert_eq!(space.take(4096).expect("free"), (1 << 32) + 2 * ALIGN);
        let big = space.take(3 * ALIGN - 1).expect("free");
        assert_eq!(big, (1 << 32) + 3 * ALIGN);
        assert_eq!(space.take(1).expect("free"), big + 3 * ALIGN);
        space.give_back(first);
        assert_eq!(space.take(ALIGN).expect("free"), first);
        assert!(matches!(space.take(END), Err(PcieError::Iova { .. })));
        assert!(matches!(space.take(u64::MAX), Err(PcieError::Iova { .. })));
    }
}
