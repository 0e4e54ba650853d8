//! Reading a C2H ring: pure index arithmetic over copies of card-written memory.
//!
//! Poll the sequence word of the next entry: equal → copy, check the sequence again and the CRC; ahead →
//! the card has lapped us, resume half a ring behind it; anything else → nothing yet.

use contract::port::{DmaRegion, Look};
use contract::ring::{ENTRY_BYTES, SEQ_AT};

/// An entry as copied out of the ring.
pub type Entry = [u8; ENTRY_BYTES];

/// How often an entry whose CRC is wrong is looked at again before it is given up: a write that has
/// only partly arrived completes within a few polls.
const TORN_POLLS_MAX: u32 = 1_000;

/// What a sequence word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Not written yet.
    Nothing,
    /// The entry expected.
    Expected,
    /// A later one: ours is lost.
    Later,
}

/// Memory never written reads 0, which is behind every sequence of the first half of the numbers; past
/// them the whole ring has been written, and 0 is a sequence like any other.
fn judge(expected: u32, found: u32) -> Found {
    match found.wrapping_sub(expected) {
        0 => Found::Expected,
        d if d < 1 << 31 => Found::Later,
        _ => Found::Nothing,
    }
}

/// Counts of a reader; all saturate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RingStats {
    /// Entries read.
    pub entries: u64,
    /// Times the card lapped the reader.
    pub lapped: u64,
    /// Entries lost to it.
    pub lost: u64,
    /// Polls that met a half-written entry.
    pub torn: u64,
    /// Entries given up for a wrong CRC.
    pub crc_errors: u64,
}

/// Reader of one ring.
#[derive(Debug)]
pub struct RingReader {
    region: Box<dyn DmaRegion>,
    size_log2: u32,
    next: u32,
    torn_polls: u32,
    resumed: bool,
    stats: RingStats,
}

impl RingReader {
    /// A reader at the first entry (sequence 1) of a zeroed region of `64 << size_log2` bytes.
    pub fn new(region: Box<dyn DmaRegion>, size_log2: u32) -> Self {
        Self {
            region,
            size_log2,
            next: 1,
            torn_polls: 0,
            resumed: false,
            stats: RingStats::default(),
        }
    }

    /// Bus address of the ring.
    pub fn bus_address(&self) -> u64 {
        self.region.bus_address()
    }

    /// Counts so far.
    pub const fn stats(&self) -> RingStats {
        self.stats
    }

    /// Sequence number of the last entry read: what to post as tail.
    pub const fn tail(&self) -> u32 {
        self.next.wrapping_sub(1)
    }

    /// Whether entries were lost since the last call; the next entry may be in the middle of a record.
    pub fn take_resumed(&mut self) -> bool {
        std::mem::take(&mut self.resumed)
    }

    /// The next entry, if it has arrived. Never blocks, never allocates.
    pub fn poll(&mut self) -> Option<Entry> {
        let at = self.offset(self.next);
        let mut entry = [0u8; ENTRY_BYTES];
        let (seq, copied) = match self.region.look(at, self.next, &mut entry) {
            Look::Other(seq) => (seq, None),
            Look::Copied { after, intact } => (after, Some(intact)),
        };
        match (judge(self.next, seq), copied) {
            (Found::Later, _) => self.resume(at),
            (_, Some(true)) => {
                self.stats.entries = self.stats.entries.saturating_add(1);
                self.step();
                return Some(entry);
            }
            (_, Some(false)) => self.torn(),
            (_, None) => {}
        }
        None
    }

    /// An entry whose CRC is wrong: half-written, or broken when it stays so.
    #[cold]
    fn torn(&mut self) {
        self.stats.torn = self.stats.torn.saturating_add(1);
        self.torn_polls += 1;
        if self.torn_polls >= TORN_POLLS_MAX {
            self.stats.crc_errors = self.stats.crc_errors.saturating_add(1);
            self.resumed = true;
            self.step();
        }
    }

    fn step(&mut self) {
        self.torn_polls = 0;
        self.next = self.next.wrapping_add(1);
    }

    /// Goes on half a ring behind the newest entry known, and counts what is lost.
    #[cold]
    fn resume(&mut self, at: usize) {
        let newest = self.region.load_u32(at + SEQ_AT);
        let next = newest.wrapping_sub(1 << (self.size_log2 - 1));
        self.stats.lapped = self.stats.lapped.saturating_add(1);
        self.stats.lost = self
            .stats
            .lost
            .saturating_add(u64::from(next.wrapping_sub(self.next)));
        self.next = next;
        self.torn_polls = 0;
        self.resumed = true;
    }

    fn offset(&self, seq: u32) -> usize {
        let index = seq.wrapping_sub(1) & ((1 << self.size_log2) - 1);
        index as usize * ENTRY_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::ring;
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex};

    /// Memory shared with a test that plays the card.
    #[derive(Debug, Clone)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl DmaRegion for Memory {
        fn bus_address(&self) -> u64 {
            0
        }
        fn len(&self) -> usize {
            self.0.lock().expect("lock").len()
        }
        fn load_u32(&self, at: usize) -> u32 {
            let m = self.0.lock().expect("lock");
            u32::from_le_bytes([m[at], m[at + 1], m[at + 2], m[at + 3]])
        }
        fn copy_out(&self, at: usize, out: &mut [u8]) {
            out.copy_from_slice(&self.0.lock().expect("lock")[at..at + out.len()]);
        }
        fn clear(&mut self) {
            self.0.lock().expect("lock").fill(0);
        }
    }

    struct Card {
        memory: Memory,
        size_log2: u32,
        seq: u32,
    }

    impl Card {
        /// A card and a reader that have come as far as `seq`: a ring written before then is full.
        fn new(size_log2: u32, seq: u32) -> (Self, RingReader) {
            let memory = Memory(Arc::new(Mutex::new(vec![0; ENTRY_BYTES << size_log2])));
            let mut reader = RingReader::new(Box::new(memory.clone()), size_log2);
            reader.next = seq;
            let mut card = Self {
                memory,
                size_log2,
                seq: seq.saturating_sub(1 << size_log2).max(1),
            };
            while card.seq != seq {
                card.write();
            }
            (card, reader)
        }

        fn write(&mut self) {
            let mut e = [0u8; ENTRY_BYTES];
            e[..4].copy_from_slice(&self.seq.to_le_bytes());
            ring::seal(&mut e, self.seq);
            let at = (self.seq.wrapping_sub(1) & ((1 << self.size_log2) - 1)) as usize * ENTRY_BYTES;
            self.memory.0.lock().expect("lock")[at..at + ENTRY_BYTES].copy_from_slice(&e);
            self.seq = self.seq.wrapping_add(1);
        }
    }

    fn number(e: &Entry) -> u32 {
        u32::from_le_bytes([e[0], e[1], e[2], e[3]])
    }

    proptest! {
        /// Whatever the interleaving: entries come in order, none twice, and every one is read or counted lost.
        #[test]
        fn nothing_is_lost_uncounted(start in prop_oneof![Just(1u32), Just(u32::MAX - 20)], steps in proptest::collection::vec((0u8..30, 0u8..30), 1..60)) {
            let (mut card, mut reader) = Card::new(3, start);
            let (mut last, mut read) = (start.wrapping_sub(1), 0u64);
            for (writes, polls) in steps {
                for _ in 0..writes {
                    card.write();
                }
                for _ in 0..polls {
                    if let Some(e) = reader.poll() {
                        let n = number(&e);
                        prop_assert!(n.wrapping_sub(last).wrapping_sub(1) < 1 << 31, "{n} after {last}");
                        last = n;
                        read += 1;
                    }
                }
            }
            // The entry that betrays a lap need not be the newest: there may be another lap behind it.
            for _ in 0..4 << 3 {
                reader.poll();
            }
            prop_assert_eq!(reader.next, card.seq, "the reader stays behind");
            let written = u64::from(card.seq.wrapping_sub(start));
            prop_assert_eq!(reader.stats().entries + reader.stats().lost, written);
            prop_assert!(read <= reader.stats().entries);
        }
    }

    #[test]
    fn a_lap_is_seen_at_sequence_zero() {
        let (mut card, mut reader) = Card::new(3, u32::MAX - 7);
        for _ in 0..9 {
            card.write();
        }
        assert!(reader.poll().is_none());
        assert_eq!((reader.stats().lapped, reader.stats().lost), (1, 4));
        assert_eq!(reader.poll().map(|e| number(&e)), Some(u32::MAX - 3));
    }

    #[test]
    fn a_torn_entry_is_waited_for_then_given_up() {
        let (mut card, mut reader) = Card::new(3, 1);
        card.write();
        card.write();
        card.memory.0.lock().expect("lock")[10] ^= 1;
        assert!(reader.poll().is_none());
        card.memory.0.lock().expect("lock")[10] ^= 1;
        assert_eq!(reader.poll().map(|e| number(&e)), Some(1));
        card.memory.0.lock().expect("lock")[ENTRY_BYTES] ^= 1;
        for _ in 0..TORN_POLLS_MAX {
            assert!(reader.poll().is_none());
        }
        assert_eq!(
            (reader.stats().crc_errors, reader.take_resumed(), reader.tail()),
            (1, true, 2)
        );
        card.write();
        assert_eq!(reader.poll().map(|e| number(&e)), Some(3));
    }

    #[test]
    fn a_lapped_reader_resumes_half_a_ring_back() {
        let (mut card, mut reader) = Card::new(4, 1);
        for _ in 0..40 {
            card.write();
        }
        assert!(reader.poll().is_none());
        assert_eq!((reader.stats().lapped, reader.take_resumed()), (1, true));
        let first = reader.poll().map(|e| number(&e));
        assert_eq!(first, Some(33 - 8), "the entry found in place of 1 was 33");
        assert_eq!(reader.stats().lost, 24);
    }
}
