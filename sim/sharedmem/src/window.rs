//! Memory that is shared with a client from this side: a window of a BAR into which it stores without a message.

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use std::fs::File;
use std::io;
use std::sync::atomic::{Ordering, fence};

/// Bytes of a word.
const WORD: usize = 8;

/// An anonymous file, mapped here and handed to the client.
#[derive(Debug)]
pub struct Window {
    file: File,
    mapping: MmapRaw,
}

impl Window {
    /// A window of `bytes` bytes, all zero.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(bytes: usize) -> io::Result<Self> {
        let file = File::from(memfd_create(c"tickforge-bar", MemfdFlags::CLOEXEC)?);
        ftruncate(&file, bytes as u64)?;
        let mapping = MmapOptions::new().len(bytes).map_raw(&file)?;
        Ok(Self { file, mapping })
    }

    /// The file to hand to a client.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// # Panics
    /// When word `index` is not there.
    fn at(&self, index: usize) -> *mut u64 {
        assert!(index < self.mapping.len() / WORD, "word {index} of a window");
        // SAFETY: the word lies inside the mapping, as just asserted.
        unsafe { self.mapping.as_mut_ptr().cast::<u64>().add(index) }
    }

    /// Word `index`; later loads see what the client stored before it.
    ///
    /// # Panics
    /// When it is not there.
    pub fn load(&self, index: usize) -> u64 {
        // SAFETY: a word inside the mapping, aligned since the mapping starts at a page.
        let word = unsafe { self.at(index).read_volatile() };
        fence(Ordering::Acquire);
        u64::from_le(word)
    }

    /// Stores word `index`; earlier loads are done before it.
    ///
    /// # Panics
    /// When it is not there.
    pub fn store(&self, index: usize, word: u64) {
        fence(Ordering::Release);
        // SAFETY: as in `load`, and the mapping is writable.
        unsafe { self.at(index).write_volatile(word.to_le()) };
    }

    /// Zeroes all of it.
    pub fn clear(&self) {
        for index in 0..self.mapping.len() / WORD {
            self.store(index, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn both_ends_see_the_same() {
        let window = Window::new(4096).expect("window");
        let client = window.file().try_clone().expect("cloned");
        client.write_all_at(&7u64.to_le_bytes(), 4088).expect("written");
        assert_eq!((window.load(511), window.load(0)), (7, 0));
        window.store(1, 9);
        let mut bytes = [0; 8];
        client.read_exact_at(&mut bytes, 8).expect("read");
        assert_eq!(u64::from_le_bytes(bytes), 9);
        window.clear();
        assert_eq!((window.load(511), window.load(1)), (0, 0));
        let outside = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| window.load(512)));
        assert!(outside.is_err());
    }
}
