//! Records put together from ring entries.

use crate::ring::{Entry, RingReader, RingStats};
use contract::record::{Core, KIND_LEVELS, LEVELS_ENTRIES, Levels, kind};

/// A record as the card sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Core entry, decoded.
    pub core: Core,
    /// Levels part, when enabled for the slot.
    pub levels: Option<Levels>,
    /// Ring sequence number of the core entry.
    pub seq: u32,
}

/// Reads whole records; entries of one record are consecutive.
#[derive(Debug)]
pub struct RecordReader {
    ring: RingReader,
    levels_of_slot: u64,
    core: Option<(Core, u32)>,
    parts: [Entry; LEVELS_ENTRIES],
    have: usize,
    orphans: u64,
}

impl RecordReader {
    /// A reader; bit *n* of `levels_of_slot` says whether slot *n* has levels enabled.
    pub const fn new(ring: RingReader, levels_of_slot: u64) -> Self {
        Self {
            ring,
            levels_of_slot,
            core: None,
            parts: [[0; 64]; LEVELS_ENTRIES],
            have: 0,
            orphans: 0,
        }
    }

    /// Counts of the ring.
    pub const fn stats(&self) -> RingStats {
        self.ring.stats()
    }

    /// What to post as tail.
    pub const fn tail(&self) -> u32 {
        self.ring.tail()
    }

    /// Entries that belonged to no whole record (after a lap).
    pub const fn orphans(&self) -> u64 {
        self.orphans
    }

    /// The next whole record, if it has arrived.
    pub fn poll(&mut self) -> Option<Record> {
        loop {
            let entry = self.ring.poll();
            if self.ring.take_resumed() {
                self.drop_partial();
            }
            if let Some(record) = self.accept(&entry?) {
                return Some(record);
            }
        }
    }

    fn accept(&mut self, entry: &Entry) -> Option<Record> {
        if let Ok(core) = Core::decode(entry) {
            self.drop_partial();
            let seq = self.ring.tail();
            if self.levels_of_slot >> core.slot & 1 == 0 {
                return Some(Record {
                    core,
                    levels: None,
                    seq,
                });
            }
            self.core = Some((core, seq));
            return None;
        }
        let Some((core, seq)) = self.core else {
            self.orphans = self.orphans.saturating_add(1);
            return None;
        };
        if usize::from(kind(entry)) != usize::from(KIND_LEVELS) + self.have {
            self.drop_partial();
            self.orphans = self.orphans.saturating_add(1);
            return None;
        }
        self.parts[self.have] = *entry;
        self.have += 1;
        if self.have < LEVELS_ENTRIES {
            return None;
        }
        self.core = None;
        self.have = 0;
        let levels = Levels::decode(&self.parts).ok()?;
        Some(Record {
            core,
            levels: Some(levels),
            seq,
        })
    }

    fn drop_partial(&mut self) {
        if self.core.take().is_some() {
            self.orphans = self.orphans.saturating_add(1 + self.have as u64);
        }
        self.have = 0;
    }
}
