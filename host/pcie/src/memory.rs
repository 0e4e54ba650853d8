//! Host memory that a card writes into.

use crate::PcieError;
use crate::volatile::Mapping;
use contract::port::{DmaRegion, Look};
use contract::ring::ENTRY_BYTES;
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use std::fmt;
use std::fs::File;
use std::io;

/// Bytes of a page.
const PAGE: usize = 4096;
/// Bytes of a huge page: one entry of an IOMMU, one mapping.
const HUGE: usize = 2 << 20;

/// An anonymous file of `bytes` bytes.
pub(crate) fn memfd(bytes: usize, huge: bool) -> io::Result<File> {
    let mut flags = MemfdFlags::CLOEXEC;
    if huge {
        flags |= MemfdFlags::HUGETLB | MemfdFlags::HUGE_2MB;
    }
    let file = memfd_create(c"tickforge-dma", flags)?;
    ftruncate(&file, bytes as u64)?;
    Ok(File::from(file))
}

/// Memory in an anonymous file, zeroed, not mapped for a card yet.
#[derive(Debug)]
pub(crate) struct Allocation {
    pub(crate) file: File,
    pub(crate) mapping: Mapping,
}

impl Allocation {
    /// At least `bytes` bytes; huge pages where they are worth it and the system has any left.
    pub(crate) fn new(bytes: usize) -> Result<Self, PcieError> {
        if bytes >= HUGE / 2
            && let Ok(allocation) = Self::of(bytes, HUGE)
        {
            return Ok(allocation);
        }
        Self::of(bytes, PAGE).map_err(|error| PcieError::Memory {
            bytes,
            why: error.to_string(),
        })
    }

    fn of(bytes: usize, page: usize) -> io::Result<Self> {
        let len = bytes
            .max(1)
            .checked_next_multiple_of(page)
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let file = memfd(len, page == HUGE)?;
        let mapping = Mapping::populated(&file, len)?;
        Ok(Self { file, mapping })
    }
}

/// Takes a region away from its card when dropped.
pub(crate) trait Unmap: fmt::Debug + Send {}

/// Memory mapped for a card. The guard is dropped first: the card loses it before this process does.
#[derive(Debug)]
pub struct DmaMemory {
    _guard: Box<dyn Unmap>,
    mapping: Mapping,
    bytes: usize,
    bus_address: u64,
}

impl DmaMemory {
    /// `bytes` bytes of `allocation`, which `guard` has mapped at `bus_address`.
    pub(crate) fn new(allocation: Allocation, bytes: usize, bus_address: u64, guard: Box<dyn Unmap>) -> Self {
        Self {
            _guard: guard,
            mapping: allocation.mapping,
            bytes,
            bus_address,
        }
    }

    /// Writes a little-endian u32, for functions that read memory: our card never does.
    ///
    /// # Panics
    /// When it does not lie inside or is misaligned.
    pub fn store_u32(&mut self, offset: usize, value: u32) {
        self.check(offset, 4);
        self.mapping.store_u32(offset, value);
    }

    fn check(&self, offset: usize, bytes: usize) {
        let inside = offset.checked_add(bytes).is_some_and(|end| end <= self.bytes);
        assert!(
            inside,
            "access of {bytes} bytes at {offset:#x} of {:#x}",
            self.bytes
        );
    }
}

impl DmaRegion for DmaMemory {
    fn bus_address(&self) -> u64 {
        self.bus_address
    }

    fn len(&self) -> usize {
        self.bytes
    }

    fn load_u32(&self, offset: usize) -> u32 {
        self.check(offset, 4);
        self.mapping.load_u32(offset)
    }

    fn copy_out(&self, offset: usize, out: &mut [u8]) {
        self.check(offset, out.len());
        self.mapping.copy_out(offset, out);
    }

    fn look(&self, offset: usize, expected: u32, entry: &mut [u8; ENTRY_BYTES]) -> Look {
        self.check(offset, ENTRY_BYTES);
        self.mapping.look(offset, expected, entry)
    }

    fn clear(&mut self) {
        self.mapping.zero();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Nobody;
    impl Unmap for Nobody {}

    #[cfg_attr(miri, ignore = "Miri has no memfd_create and maps no files")]
    #[test]
    fn regions_have_the_length_asked_for_and_end_there() {
        let allocation = Allocation::new(100).expect("memory");
        assert_eq!(allocation.mapping.len(), PAGE);
        allocation.mapping.store_u32(96, 7);
        let mut region = DmaMemory::new(allocation, 100, 1 << 32, Box::new(Nobody));
        assert_eq!((region.len(), region.load_u32(96)), (100, 7));
        let outside = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| region.load_u32(100)));
        assert!(outside.is_err(), "beyond the region, though inside its page");
        region.clear();
        assert_eq!(region.load_u32(96), 0);
    }

    #[cfg_attr(miri, ignore = "Miri has no memfd_create and maps no files")]
    #[test]
    fn large_regions_fall_back_to_small_pages() {
        let allocation = Allocation::new(HUGE).expect("memory, with or without huge pages");
        assert_eq!(allocation.mapping.len(), HUGE);
        assert!(matches!(
            Allocation::new(usize::MAX),
            Err(PcieError::Memory { .. })
        ));
    }
}
