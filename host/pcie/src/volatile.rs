//! Mapped memory that somebody else writes at any time: bounds-checked volatile access, by copy only.

use crate::entry;
use contract::port::Look;
use contract::ring::ENTRY_BYTES;
use memmap2::{MmapAsRawDesc, MmapOptions, MmapRaw};
use std::io;
use std::sync::atomic::{Ordering, fence};

/// A shared mapping.
#[derive(Debug)]
pub(crate) struct Mapping {
    raw: MmapRaw,
}

impl Mapping {
    /// Maps `len` bytes of `file` from `offset`.
    pub(crate) fn of(file: impl MmapAsRawDesc, offset: u64, len: usize) -> io::Result<Self> {
        let raw = MmapOptions::new().offset(offset).len(len).map_raw(file)?;
        Ok(Self { raw })
    }

    /// The same, with all pages there from the start.
    pub(crate) fn populated(file: impl MmapAsRawDesc, len: usize) -> io::Result<Self> {
        let raw = MmapOptions::new().len(len).populate().map_raw(file)?;
        Ok(Self { raw })
    }

    /// Bytes.
    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    /// First byte, for those who map it elsewhere too.
    pub(crate) fn start(&self) -> *mut u8 {
        self.raw.as_mut_ptr()
    }

    /// Pointer to `bytes` bytes at `offset`, aligned to `align`.
    ///
    /// # Panics
    /// When they do not lie inside or are misaligned.
    pub(crate) fn at(&self, offset: usize, bytes: usize, align: usize) -> *mut u8 {
        let inside = offset.checked_add(bytes).is_some_and(|end| end <= self.len());
        assert!(
            inside && offset.is_multiple_of(align),
            "access of {bytes} bytes at {offset:#x} of {:#x}",
            self.len()
        );
        // SAFETY: `offset` lies inside the mapping, as just asserted.
        unsafe { self.raw.as_mut_ptr().add(offset) }
    }

    /// Reads a little-endian u32; later reads see what was written before it.
    pub(crate) fn load_u32(&self, offset: usize) -> u32 {
        let at = self.at(offset, 4, 4).cast::<u32>();
        // SAFETY: inside and aligned (the mapping starts at a page); every bit pattern is a u32.
        let value = unsafe { at.read_volatile() };
        fence(Ordering::Acquire);
        u32::from_le(value)
    }

    /// Writes a little-endian u32; earlier writes are seen before it.
    pub(crate) fn store_u32(&self, offset: usize, value: u32) {
        let at = self.at(offset, 4, 4).cast::<u32>();
        fence(Ordering::Release);
        // SAFETY: inside and aligned; the mapping is writable.
        unsafe { at.write_volatile(value.to_le()) };
    }

    /// Writes a little-endian u64.
    pub(crate) fn store_u64(&self, offset: usize, value: u64) {
        let at = self.at(offset, 8, 8).cast::<u64>();
        // SAFETY: inside and aligned; the mapping is writable.
        unsafe { at.write_volatile(value.to_le()) };
    }

    /// Writes a 64-byte line at `offset`; whoever sees its last word sees the others.
    pub(crate) fn store_line(&self, offset: usize, words: &[u64; 8]) {
        let to = self.at(offset, 64, 64).cast::<u64>();
        for (i, word) in words.iter().enumerate() {
            if i + 1 == words.len() {
                fence(Ordering::Release);
            }
            // SAFETY: word `i` of the line checked above; the mapping is writable.
            unsafe { to.add(i).write_volatile(word.to_le()) };
        }
    }

    /// Copies `out.len()` bytes from `offset`, word by word where both ends allow it.
    pub(crate) fn copy_out(&self, offset: usize, out: &mut [u8]) {
        let from = self.at(offset, out.len(), 1);
        if offset.is_multiple_of(8) && out.len().is_multiple_of(8) {
            for (i, chunk) in out.chunks_exact_mut(8).enumerate() {
                // SAFETY: word `i` lies inside the range checked above and is aligned, as `offset` is.
                let word = unsafe { from.cast::<u64>().add(i).read_volatile() };
                chunk.copy_from_slice(&word.to_ne_bytes());
            }
            return;
        }
        for (i, byte) in out.iter_mut().enumerate() {
            // SAFETY: byte `i` lies inside the range checked above.
            *byte = unsafe { from.add(i).read_volatile() };
        }
    }

    /// Looks at the ring entry at `offset`, see `DmaRegion::look`: one check of the bounds for all of it.
    pub(crate) fn look(&self, offset: usize, expected: u32, entry: &mut [u8; ENTRY_BYTES]) -> Look {
        let from = self.at(offset, ENTRY_BYTES, ENTRY_BYTES).cast::<u64>();
        // SAFETY: the whole entry lies inside and is aligned, as just checked; the mapping lives as long as `self`.
        unsafe { entry::look(from, expected, entry) }
    }

    /// Writes zero everywhere.
    pub(crate) fn zero(&self) {
        let words = self.len() / 8;
        let start = self.at(0, self.len(), 1);
        for i in 0..words {
            // SAFETY: word `i` lies inside; a mapping starts at a page, so it is aligned.
            unsafe { start.cast::<u64>().add(i).write_volatile(0) };
        }
        for i in words * 8..self.len() {
            // SAFETY: byte `i` lies inside.
            unsafe { start.add(i).write_volatile(0) };
        }
        fence(Ordering::Release);
    }
}

/// Memory for a test; Miri maps no files, but anonymous memory.
#[cfg(all(test, miri))]
pub(crate) fn scratch(bytes: usize) -> Mapping {
    let raw = memmap2::MmapMut::map_anon(bytes).expect("mapped").into();
    Mapping { raw }
}

#[cfg(all(test, not(miri)))]
pub(crate) fn scratch(bytes: usize) -> Mapping {
    let file = crate::memory::memfd(bytes, false).expect("memfd");
    Mapping::of(&file, 0, bytes).expect("mapped")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_copies_agree() {
        let m = scratch(4096);
        m.store_u64(8, 0x1122_3344_5566_7788);
        m.store_u32(16, 0x99aa_bbcc);
        assert_eq!((m.load_u32(8), m.load_u32(12)), (0x5566_7788, 0x1122_3344));
        let (mut words, mut bytes) = ([0u8; 16], [0u8; 5]);
        m.copy_out(8, &mut words);
        m.copy_out(15, &mut bytes);
        assert_eq!(words[..8], 0x1122_3344_5566_7788u64.to_le_bytes());
        assert_eq!(bytes, [0x11, 0xcc, 0xbb, 0xaa, 0x99]);
        m.zero();
        m.copy_out(8, &mut words);
        assert_eq!(words, [0; 16]);
    }

    #[test]
    fn nothing_outside_can_be_touched() {
        let outside: [fn(&Mapping); 6] = [
            |m| _ = m.load_u32(4096),
            |m| _ = m.load_u32(4094),
            |m| m.store_u32(usize::MAX - 1, 0),
            |m| m.store_u64(4092, 0),
            |m| m.copy_out(4090, &mut [0; 7]),
            |m| _ = m.load_u32(2),
        ];
        for (i, access) in outside.iter().enumerate() {
            let m = scratch(4096);
            let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| access(&m)));
            assert!(tried.is_err(), "access {i}");
        }
    }
}
