//! Golden model of the C2H rings: what must be written, where, and what may be skipped.

use crate::Bundle;
use contract::record::{Core, EVENT_CODES, EventCode, Level, Levels, flag};
use contract::ring::{ENTRY_BYTES, PAYLOAD_BYTES, seal};
use std::collections::VecDeque;

type Entry = [u8; ENTRY_BYTES];

/// One ring.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    /// Entries are expected.
    pub on: bool,
    /// Bus address of entry 0.
    pub base: u64,
    /// log2 of the entries.
    pub size_log2: u32,
    /// As posted by the host.
    pub tail: u32,
    /// Sequence number of the last entry seen in memory.
    pub head: u32,
    /// head − tail has exceeded the size since the ring was turned on.
    pub lapped: bool,
    /// Sequence number of the last entry expected.
    pub granted: u32,
    expected: VecDeque<(Entry, bool)>,
}

impl Ring {
    /// Entries of the ring.
    pub const fn size(&self) -> u32 {
        1 << self.size_log2
    }

    /// Restarts at sequence 1; whatever was expected is forgotten.
    pub fn turn_on(&mut self, base: u64, size_log2: u32) {
        *self = Self {
            on: true,
            base,
            size_log2,
            ..Self::default()
        };
    }

    /// Turns off; returns how many entries will be dropped.
    pub fn turn_off(&mut self) -> usize {
        self.on = false;
        std::mem::take(&mut self.expected).len()
    }

    fn expect(&mut self, payload: &Entry, is_core: bool) {
        let mut entry = *payload;
        self.granted = self.granted.wrapping_add(1);
        seal(&mut entry, self.granted);
        self.expected.push_back((entry, is_core));
    }

    /// Entries not yet written.
    pub fn pending(&self) -> usize {
        self.expected.len()
    }

    /// Takes the next entry that must be written, with its address and whether it is a core entry.
    pub fn next_entry(&mut self) -> Option<(u64, Entry, bool)> {
        let (entry, is_core) = self.expected.pop_front()?;
        let seq = contract::ring::entry_seq(&entry);
        let index = u64::from(seq.wrapping_sub(1) & (self.size() - 1));
        self.head = seq;
        self.note_lap();
        Some((self.base.wrapping_add(index * ENTRY_BYTES as u64), entry, is_core))
    }

    /// The host posts its tail.
    pub fn post_tail(&mut self, tail: u32) {
        self.note_lap();
        self.tail = tail;
        self.note_lap();
    }

    fn note_lap(&mut self) {
        self.lapped |= self.on && self.head.wrapping_sub(self.tail) > self.size();
    }
}

/// Totals of the block's counters, in its order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Core entries written.
    pub records: u64,
    /// Records skipped.
    pub skipped: u64,
    /// Events written.
    pub events: u64,
    /// Refusals.
    pub refused: u64,
}

/// The block.
#[derive(Debug, Clone)]
pub struct C2h {
    /// Records, events and frames.
    pub rings: [Ring; 3],
    /// Slots with levels entries.
    pub levels: Vec<bool>,
    /// Records skipped, a slot each.
    pub skipped: Vec<u32>,
    /// Counters.
    pub totals: Totals,
    flag_due: Vec<bool>,
}

impl C2h {
    /// A block of so many slots, rings off.
    pub fn new(slots: usize) -> Self {
        Self {
            rings: Default::default(),
            levels: vec![false; slots],
            skipped: vec![0; slots],
            totals: Totals::default(),
            flag_due: vec![false; slots],
        }
    }

    /// A record that was skipped.
    pub fn skip(&mut self, slot: usize) {
        self.totals.skipped += 1;
        self.skipped[slot] = self.skipped[slot].saturating_add(1);
        self.flag_due[slot] = true;
    }

    /// A record that was queued: its entries are expected.
    ///
    /// # Panics
    /// When the bundle is no book view.
    pub fn record(&mut self, view: &Bundle, features: &[u32]) {
        let slot = usize::try_from(view.get("meta.slot")).expect("six bits");
        let mut core = core_of(view, features);
        if std::mem::take(&mut self.flag_due[slot]) {
            core.flags |= flag::SKIPPED;
        }
        self.rings[0].expect(&core.encode(), true);
        if self.levels[slot] {
            for entry in levels_of(view, core.event, self.skipped[slot]).encode() {
                self.rings[0].expect(&entry, false);
            }
        }
    }

    /// An event that was taken.
    pub fn event(&mut self, payload: &[u32]) {
        self.payload(1, payload);
    }

    /// An entry of a frame that was taken.
    pub fn frame(&mut self, payload: &[u32]) {
        self.payload(2, payload);
    }

    fn payload(&mut self, ring: usize, payload: &[u32]) {
        let mut entry = [0; ENTRY_BYTES];
        for (to, from) in entry[..PAYLOAD_BYTES]
            .iter_mut()
            .zip(payload.iter().flat_map(|w| w.to_le_bytes()))
        {
            *to = from;
        }
        self.rings[ring].expect(&entry, false);
    }
}

fn core_of(view: &Bundle, features: &[u32]) -> Core {
    let first = |name: &str| {
        low(u64::from_le_bytes(
            view.get_bytes(name)[..8].try_into().expect("8 bytes"),
        ))
    };
    let halves = features.iter().flat_map(|w| [*w & 0xffff, *w >> 16]);
    let mut values = [0i16; 16];
    for (value, half) in values.iter_mut().zip(halves) {
        *value = i16::from_le_bytes(half.to_le_bytes()[..2].try_into().expect("2 bytes"));
    }
    let small = |name: &str| view.get(name).to_le_bytes()[0];
    Core {
        ts_ns: view.get("meta.ts"),
        slot: small("meta.slot"),
        event: EVENT_CODES[usize::from(small("meta.event")) - 1],
        flags: small("meta.flags"),
        bid: Level {
            px: first("bid_px"),
            sz: first("bid_sz"),
        },
        ask: Level {
            px: first("ask_px"),
            sz: first("ask_sz"),
        },
        features: values,
    }
}

fn levels_of(view: &Bundle, event: EventCode, skipped: u32) -> Levels {
    let words = |name: &str| -> Vec<u32> {
        let bytes = view.get_bytes(name);
        bytes
            .chunks_exact(4)
            .map(|c| u32::from_le_bytes(c.try_into().expect("4 bytes")))
            .collect()
    };
    let side = |px: &str, sz: &str| {
        let (px, sz) = (words(px), words(sz));
        std::array::from_fn(|i| Level {
            px: px[i + 1],
            sz: sz[i + 1],
        })
    };
    let tracking = view.get("meta.tracking").to_le_bytes();
    Levels {
        rx_stamp_ns: view.get("meta.stamp") & ((1 << 60) - 1),
        msg_seq: view.get("meta.seq") & ((1 << 60) - 1),
        skipped,
        tracking: u16::from_le_bytes([tracking[0], tracking[1]]),
        itch_type: event.itch_type(),
        bids: side("bid_px", "bid_sz"),
        asks: side("ask_px", "ask_sz"),
    }
}

fn low(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).expect("32 bits")
}
