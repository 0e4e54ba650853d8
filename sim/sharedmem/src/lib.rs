//! Memory shared with the client of a card process: what the card writes into ([`ClientMemory`], by bus address), and a
//! window of a BAR into which the client stores ([`Window`]). And a cable shared with the kernel ([`Tap`]).
//!
//! This crate is an unsafe room. The client uses the memory at any time, so it is touched only by
//! volatile access through raw pointers, bounds-checked; there is never a Rust reference to it. A file is mapped once
//! however many ranges of it are mapped for the card: behind an IOMMU there is a range a page.
//!
//! A client that shortens a file after handing it over ends the card process by `SIGBUS`: it shoots its own card.

mod tap;
mod window;

pub use tap::{TUN, Tap, TapError};
pub use window::Window;

use memmap2::{MmapOptions, MmapRaw};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{Ordering, fence};
use std::sync::{Arc, Weak};

/// Alignment of ranges.
const PAGE: u64 = 4096;
/// Bytes of a word.
const WORD: u64 = 8;

/// Why a range cannot be mapped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// Not whole pages, empty, or beyond the end of the address space.
    #[error("{size:#x} bytes at {address:#x} are no whole pages")]
    Range {
        /// Bus address.
        address: u64,
        /// Bytes.
        size: u64,
    },
    /// A part of it is mapped already.
    #[error("{size:#x} bytes at {address:#x} overlap what is mapped")]
    Overlap {
        /// Bus address.
        address: u64,
        /// Bytes.
        size: u64,
    },
    /// The range lies beyond the end of its file.
    #[error("bytes {offset:#x} to {end:#x} lie beyond the end of the file ({len:#x})")]
    File {
        /// First byte.
        offset: u64,
        /// End.
        end: u64,
        /// Bytes of the file.
        len: u64,
    },
    /// The system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

#[derive(Debug)]
struct Range {
    size: u64,
    file: Arc<MmapRaw>,
    offset: u64,
    writable: bool,
}

/// All ranges mapped for a card.
#[derive(Debug, Default)]
pub struct ClientMemory {
    ranges: BTreeMap<u64, Range>,
    files: HashMap<(u64, u64), Weak<MmapRaw>>,
}

impl ClientMemory {
    /// Maps `size` bytes of `file` from `offset` at bus address `address`.
    ///
    /// # Errors
    /// [`MapError`]; nothing is mapped then.
    pub fn map(
        &mut self,
        address: u64,
        size: u64,
        file: &File,
        offset: u64,
        writable: bool,
    ) -> Result<(), MapError> {
        let whole = [address, size, offset].iter().all(|n| n.is_multiple_of(PAGE));
        let end = address.checked_add(size).filter(|_| whole && size > 0);
        let end = end.ok_or(MapError::Range { address, size })?;
        if self.overlaps(address, end) {
            return Err(MapError::Overlap { address, size });
        }
        let file = self.file(file, offset, size)?;
        let range = Range {
            size,
            file,
            offset,
            writable,
        };
        self.ranges.insert(address, range);
        Ok(())
    }

    fn overlaps(&self, address: u64, end: u64) -> bool {
        let before = self.ranges.range(..end).next_back();
        before.is_some_and(|(at, range)| at + range.size > address)
    }

    /// The mapping of a whole file, shared by all its ranges.
    fn file(&mut self, file: &File, offset: u64, size: u64) -> Result<Arc<MmapRaw>, MapError> {
        let about = file.metadata()?;
        let (len, end) = (about.len(), offset.saturating_add(size));
        if end > len {
            return Err(MapError::File { offset, end, len });
        }
        let key = (about.dev(), about.ino());
        let known = self.files.get(&key).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|m| m.len() as u64 >= end) {
            return Ok(known);
        }
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let mapping = Arc::new(MmapOptions::new().len(len).map_raw(file)?);
        self.files.retain(|_, m| m.strong_count() > 0);
        self.files.insert(key, Arc::downgrade(&mapping));
        Ok(mapping)
    }

    /// Ends all mappings that lie whole in the range; returns how many did.
    pub fn unmap(&mut self, address: u64, size: u64) -> usize {
        let end = address.saturating_add(size);
        let inside = |(at, range): &(&u64, &Range)| at.saturating_add(range.size) <= end;
        let gone: Vec<u64> = self
            .ranges
            .range(address..)
            .take_while(inside)
            .map(|(at, _)| *at)
            .collect();
        for at in &gone {
            self.ranges.remove(at);
        }
        gone.len()
    }

    /// Ends all mappings.
    pub fn clear(&mut self) {
        self.ranges.clear();
        self.files.clear();
    }

    /// Ranges mapped.
    pub fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// A posted write of whole words, ascending, the last one visible last. Split where ranges meet; false, and nothing
    /// written, when any byte is not mapped for writing.
    pub fn write_words(&self, address: u64, words: &[u64]) -> bool {
        let places: Option<Vec<*mut u64>> = (0..words.len() as u64)
            .map(|i| self.place(address.checked_add(WORD * i)?))
            .collect();
        let Some(places) = places else {
            return false;
        };
        for (i, (place, word)) in places.into_iter().zip(words).enumerate() {
            if i + 1 == words.len() {
                fence(Ordering::Release);
            }
            // SAFETY: `place` points to an aligned word inside a live, writable mapping; `self` keeps it alive.
            unsafe { place.write_volatile(word.to_le()) };
        }
        true
    }

    /// The word at a bus address, if it may be written.
    fn place(&self, address: u64) -> Option<*mut u64> {
        let (at, range) = self.ranges.range(..=address).next_back()?;
        let into = address - at;
        // Ranges are whole pages, so an aligned word that begins in one ends in it.
        if !address.is_multiple_of(WORD) || into >= range.size || !range.writable {
            return None;
        }
        let byte = usize::try_from(range.offset + into).ok()?;
        // SAFETY: offset and size of the range lie inside the file's mapping, as checked when it was mapped.
        Some(unsafe { range.file.as_mut_ptr().add(byte) }.cast())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    fn file(pages: u64) -> File {
        let file = tempfile::tempfile().expect("file");
        file.set_len(pages * PAGE).expect("sized");
        file
    }

    fn word(file: &File, at: u64) -> u64 {
        let mut bytes = [0; 8];
        file.read_exact_at(&mut bytes, at).expect("read");
        u64::from_le_bytes(bytes)
    }

    #[test]
    fn writes_are_split_where_ranges_meet() {
        let (a, b) = (file(2), file(1));
        let mut memory = ClientMemory::default();
        memory.map(0x10_0000, PAGE, &a, PAGE, true).expect("mapped");
        memory.map(0x10_1000, PAGE, &b, 0, true).expect("mapped");
        assert!(memory.write_words(0x10_1000 - 16, &[1, 2, 3, 4]));
        assert_eq!((word(&a, 2 * PAGE - 16), word(&a, 2 * PAGE - 8)), (1, 2));
        assert_eq!((word(&b, 0), word(&b, 8), word(&b, 16)), (3, 4, 0));
    }

    #[test]
    fn nothing_is_written_unless_all_of_it_may_be() {
        let (a, b) = (file(1), file(1));
        let mut memory = ClientMemory::default();
        memory.map(0x1000, PAGE, &a, 0, true).expect("mapped");
        memory.map(0x2000, PAGE, &b, 0, false).expect("mapped");
        for (address, words) in [
            (0x2000 - 8, 2),
            (0x2000, 1),
            (0xff8, 2),
            (0x3000, 1),
            (0x1004, 1),
            (u64::MAX - 7, 2),
        ] {
            assert!(!memory.write_words(address, &vec![9; words]), "{address:#x}");
        }
        assert_eq!((word(&a, 0), word(&a, PAGE - 8), word(&b, 0)), (0, 0, 0));
        assert_eq!(memory.unmap(0x1000, PAGE - 1), 0, "not the whole range");
        assert_eq!((memory.unmap(0, 0x2000), memory.ranges()), (1, 1));
        assert!(!memory.write_words(0x1000, &[1]));
        memory.clear();
        assert_eq!(memory.ranges(), 0);
    }

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        let a = file(2);
        let mut memory = ClientMemory::default();
        memory.map(0x2000, PAGE, &a, 0, true).expect("mapped");
        let mut tried = |address, size, offset| memory.map(address, size, &a, offset, true);
        assert!(matches!(tried(0x2000, PAGE, PAGE), Err(MapError::Overlap { .. })));
        assert!(matches!(
            tried(0x1000, 2 * PAGE, 0),
            Err(MapError::Overlap { .. })
        ));
        assert!(matches!(tried(0x800, PAGE, 0), Err(MapError::Range { .. })));
        assert!(matches!(tried(0x8000, 0, 0), Err(MapError::Range { .. })));
        assert!(matches!(tried(!0xfff, 2 * PAGE, 0), Err(MapError::Range { .. })));
        assert!(matches!(
            tried(0x8000, 2 * PAGE, PAGE),
            Err(MapError::File { .. })
        ));
        tried(0x3000, PAGE, PAGE).expect("beside the other");
        assert_eq!(memory.ranges(), 2);
    }

    #[test]
    fn a_file_that_grew_is_mapped_anew() {
        let a = file(1);
        let mut memory = ClientMemory::default();
        memory.map(0x1000, PAGE, &a, 0, true).expect("mapped");
        a.set_len(3 * PAGE).expect("grown");
        memory.map(0x8000, PAGE, &a, 2 * PAGE, true).expect("mapped");
        assert!(memory.write_words(0x1000, &[5]) && memory.write_words(0x8000, &[6]));
        assert_eq!((word(&a, 0), word(&a, 2 * PAGE)), (5, 6));
    }
}
