//! The events ring, typed.

use crate::ring::{Entry, RingReader, RingStats};
use contract::{
    event::{self, Code},
    layout::{Field, get_bits, lsb, width},
};

/// An event as the card sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Card time, ns, low 48 bits.
    pub time_ns: u64,
    /// Slot index.
    pub slot: u8,
    /// Receive line: 0 A, 1 B.
    pub line: u8,
    /// What happened; `None` for a code this contract does not know.
    pub code: Option<Code>,
    body: [u8; 48],
}

impl Event {
    /// Decodes an entry.
    pub fn decode(entry: &Entry) -> Self {
        let head = |name| get_bits(entry, lsb(event::HEAD, name), width(event::HEAD, name));
        let byte = |v: u64| v.to_le_bytes()[0];
        let mut body = [0u8; 48];
        body.copy_from_slice(&entry[8..56]);
        Self {
            time_ns: head("time"),
            slot: byte(head("slot")),
            line: byte(head("line")),
            code: Code::from_number(byte(head("code"))),
            body,
        }
    }

    /// A field of the body by the layout of its code, up to 64 bits.
    pub fn field(&self, layout: &[Field], name: &str) -> u64 {
        get_bits(&self.body, lsb(layout, name), width(layout, name).min(64))
    }

    /// The 48 bytes behind the head.
    pub const fn body(&self) -> &[u8; 48] {
        &self.body
    }
}

/// Reads events.
#[derive(Debug)]
pub struct EventReader(RingReader);

impl EventReader {
    /// A reader of the events ring.
    pub const fn new(ring: RingReader) -> Self {
        Self(ring)
    }

    /// The next event, if it has arrived.
    pub fn poll(&mut self) -> Option<Event> {
        self.0.poll().map(|e| Event::decode(&e))
    }

    /// What to post as tail: the card holds events back until there is room.
    pub const fn tail(&self) -> u32 {
        self.0.tail()
    }

    /// Counts of the ring.
    pub const fn stats(&self) -> RingStats {
        self.0.stats()
    }
}
