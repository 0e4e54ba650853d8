//! A card that is memory and nothing else: the ring and the order slots of one, for another thread to play its part.
//!
//! It is what the host's side of the path is measured against: the reader, the memory and the way a slot is written are the
//! shipped ones, and no gateware stands between them.

use crate::PcieError;
use crate::line::LineStore;
use crate::memory::{Allocation, DmaMemory, Unmap};
use crate::volatile::Mapping;
use contract::ring::ENTRY_BYTES;
use contract::slot::{SLOT_BYTES, SLOTS};

/// Words of an entry and of a slot.
const WORDS: usize = ENTRY_BYTES / 8;
const _: () = assert!(SLOT_BYTES == ENTRY_BYTES);

/// The host's end: a ring to read, slots to write.
#[derive(Debug)]
pub struct HostEnd {
    /// The ring, as a reader takes it.
    pub ring: DmaMemory,
    /// The order slots.
    pub slots: HostSlots,
}

/// Order slots as the host writes them.
#[derive(Debug)]
pub struct HostSlots {
    mapping: Mapping,
    store: LineStore,
}

impl HostSlots {
    /// Writes a slot, its last word last, by the best way this CPU has.
    ///
    /// # Panics
    /// When there is no slot `index`.
    pub fn write(&mut self, index: usize, line: &[u8; SLOT_BYTES]) {
        self.store.store(&self.mapping, index * SLOT_BYTES, line);
    }
}

/// The card's end: a ring to write, slots to take.
#[derive(Debug)]
pub struct CardEnd {
    ring: Mapping,
    slots: Mapping,
}

impl CardEnd {
    /// Writes an entry, its last word last.
    ///
    /// # Panics
    /// When there is no entry `index`.
    #[inline]
    pub fn write(&mut self, index: usize, entry: &[u8; ENTRY_BYTES]) {
        let (words, _) = entry.as_chunks::<8>();
        let words: [u64; WORDS] = std::array::from_fn(|i| u64::from_le_bytes(words[i]));
        self.ring.store_line(index * ENTRY_BYTES, &words);
    }

    /// Sequence number in the doorbell of a slot, its upper half; what was stored before the doorbell is seen after it.
    ///
    /// # Panics
    /// When there is no slot `index`.
    #[inline]
    pub fn doorbell(&self, index: usize) -> u32 {
        self.slots.load_u32(index * SLOT_BYTES + SLOT_BYTES - 4)
    }

    /// Takes what is in a slot.
    ///
    /// # Panics
    /// When there is no slot `index`.
    #[inline]
    pub fn slot(&self, index: usize, line: &mut [u8; SLOT_BYTES]) {
        self.slots.copy_out(index * SLOT_BYTES, line);
    }
}

#[derive(Debug)]
struct Nobody;
impl Unmap for Nobody {}

/// Both ends of a card whose ring has 2^`size_log2` entries.
///
/// # Errors
/// [`PcieError::Memory`].
pub fn loopback(size_log2: u32) -> Result<(HostEnd, CardEnd), PcieError> {
    let bytes = ENTRY_BYTES << size_log2;
    let both = |bytes: usize| -> Result<(Allocation, Mapping), PcieError> {
        let allocation = Allocation::new(bytes)?;
        let other = Mapping::populated(&allocation.file, allocation.mapping.len());
        let failed = |why: std::io::Error| PcieError::Memory {
            bytes,
            why: why.to_string(),
        };
        Ok((allocation, other.map_err(failed)?))
    };
    let (ring, card_ring) = both(bytes)?;
    let (slots, card_slots) = both(SLOTS * SLOT_BYTES)?;
    let host = HostEnd {
        ring: DmaMemory::new(ring, bytes, 0, Box::new(Nobody)),
        slots: HostSlots {
            mapping: slots.mapping,
            store: LineStore::best(),
        },
    };
    let card = CardEnd {
        ring: card_ring,
        slots: card_slots,
    };
    Ok((host, card))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::port::{DmaRegion, Look};
    use contract::ring;

    #[cfg_attr(miri, ignore = "Miri has no memfd_create and maps no files")]
    #[test]
    fn what_one_end_writes_the_other_reads() {
        let (mut host, mut card) = loopback(3).expect("memory");
        let mut entry = [7u8; ENTRY_BYTES];
        ring::seal(&mut entry, 8);
        card.write(7, &entry);
        let mut out = [0; ENTRY_BYTES];
        let look = host.ring.look(7 * ENTRY_BYTES, 8, &mut out);
        assert_eq!(
            (look, out),
            (
                Look::Copied {
                    after: 8,
                    intact: true
                },
                entry
            )
        );
        assert_eq!(host.ring.look(0, 1, &mut out), Look::Other(0));
        host.slots.write(63, &entry);
        card.slot(63, &mut out);
        assert_eq!((card.doorbell(63), card.doorbell(62), out), (8, 0, entry));
        let beyond = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| card.write(64, &entry)));
        assert!(beyond.is_err(), "beyond the ring");
    }
}
