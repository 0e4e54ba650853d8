//! Host memory as the simulated card sees it.

use contract::port::{DmaRegion, SharedBytes, shared_bytes};
use sharedmem::ClientMemory;
use std::{
    collections::BTreeMap,
    sync::{
        Weak,
        atomic::{AtomicU64, Ordering},
    },
};

/// Distance of bus addresses, so that regions never touch: a write past the end of one hits nothing.
const REGION_ALIGN: u64 = 1 << 32;

/// A region handed to the host; dropping it unmaps it.
#[derive(Debug)]
pub(crate) struct Region {
    words: SharedBytes,
    bytes: usize,
    bus_address: u64,
}

impl DmaRegion for Region {
    fn bus_address(&self) -> u64 {
        self.bus_address
    }

    fn len(&self) -> usize {
        self.bytes
    }

    fn load_u32(&self, offset: usize) -> u32 {
        assert!(
            offset.is_multiple_of(4) && offset + 4 <= self.bytes,
            "load at {offset} of {}",
            self.bytes
        );
        let bytes = self.words[offset / 8].load(Ordering::Acquire).to_le_bytes();
        let at = offset % 8;
        u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    }

    fn copy_out(&self, offset: usize, out: &mut [u8]) {
        assert!(
            offset + out.len() <= self.bytes,
            "copy at {offset} of {}",
            self.bytes
        );
        for (i, byte) in out.iter_mut().enumerate() {
            let at = offset + i;
            *byte = self.words[at / 8].load(Ordering::Relaxed).to_le_bytes()[at % 8];
        }
    }

    fn clear(&mut self) {
        for w in self.words.iter() {
            w.store(0, Ordering::Release);
        }
    }
}

/// All mapped regions, by bus address.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    regions: BTreeMap<u64, (usize, Weak<[AtomicU64]>)>,
    next: u64,
    /// Memory of another process: the card of a server has no other.
    pub(crate) client: ClientMemory,
}

impl Memory {
    pub(crate) fn alloc(&mut self, bytes: usize) -> Region {
        self.next += REGION_ALIGN;
        let words = shared_bytes(bytes);
        self.regions
            .insert(self.next, (bytes, std::sync::Arc::downgrade(&words)));
        Region {
            words,
            bytes,
            bus_address: self.next,
        }
    }

    /// A posted write of whole words; false when it does not lie in live regions.
    pub(crate) fn write(&mut self, address: u64, words: &[u64]) -> bool {
        if self.regions.is_empty() {
            return self.client.write_words(address, words);
        }
        let Some((&base, (bytes, weak))) = self.regions.range(..=address).next_back() else {
            return false;
        };
        let Ok(offset) = usize::try_from(address - base) else {
            return false;
        };
        if !address.is_multiple_of(8) || offset + words.len() * 8 > *bytes {
            return false;
        }
        let Some(live) = weak.upgrade() else {
            self.regions.remove(&base);
            return false;
        };
        for (i, word) in words.iter().enumerate() {
            // The last word holds the sequence: whoever sees it sees the others.
            live[offset / 8 + i].store(*word, Ordering::Release);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_land_only_in_live_regions() {
        let mut m = Memory::default();
        let (a, b) = (m.alloc(128), m.alloc(64));
        assert!(m.write(
            a.bus_address() + 64,
            &[1, 2, 3, 4, 5, 6, 7, 0x8877_6655_4433_2211]
        ));
        assert_eq!(a.load_u32(124), 0x8877_6655);
        let mut out = [0u8; 4];
        a.copy_out(120, &mut out);
        assert_eq!(out, [0x11, 0x22, 0x33, 0x44]);
        assert!(!m.write(b.bus_address() + 8, &[0; 8]), "past the end");
        assert!(!m.write(8, &[0]) && !m.write(a.bus_address() + 4, &[0]));
        let gone = b.bus_address();
        drop(b);
        assert!(!m.write(gone, &[0]), "unmapped");
    }
}
