//! The records ring: what the card reports of each book event.
//!
//! One *core* entry always; with `levels` enabled for the slot three more entries follow, with
//! `wide` eight more ([`crate::wide`]); entries of one record are consecutive. The top nibble of an entry's first word
//! is its kind: 1–9 an event code (a core entry), 12–14 the levels entries, 15 a wide entry.

use crate::{
    config::BOOK_LEVELS,
    feature::CORE_COUNT,
    layout::{Field, field, get_bits, lsb, put_bits, total_bits, width},
    ring::{ENTRY_BYTES, PAYLOAD_BYTES},
};

/// What happened, as coded in a core entry's top nibble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventCode {
    /// `A` Add Order.
    Add = 1,
    /// `F` Add Order with MPID.
    AddMpid = 2,
    /// `E` Order Executed.
    Execute = 3,
    /// `C` Order Executed With Price.
    ExecutePrice = 4,
    /// `X` Order Cancel.
    Cancel = 5,
    /// `D` Order Delete.
    Delete = 6,
    /// `U` Order Replace.
    Replace = 7,
    /// `P` Trade (non-cross).
    Trade = 8,
    /// `Q` Cross Trade.
    Cross = 9,
}

/// All event codes, in code order.
pub const EVENT_CODES: [EventCode; 9] = [
    EventCode::Add,
    EventCode::AddMpid,
    EventCode::Execute,
    EventCode::ExecutePrice,
    EventCode::Cancel,
    EventCode::Delete,
    EventCode::Replace,
    EventCode::Trade,
    EventCode::Cross,
];

impl EventCode {
    /// The event with this code.
    pub const fn from_code(code: u8) -> Option<Self> {
        if code >= 1 && code <= 9 {
            Some(EVENT_CODES[code as usize - 1])
        } else {
            None
        }
    }

    /// The ITCH 5.0 message type byte (section 1 of the specification).
    pub const fn itch_type(self) -> u8 {
        b"AFECXDUPQ"[self as usize - 1]
    }

    /// The event of an ITCH 5.0 message type, if it is one.
    pub fn from_itch_type(kind: u8) -> Option<Self> {
        EVENT_CODES.into_iter().find(|c| c.itch_type() == kind)
    }
}

/// Kind nibble of the first levels entry; the other two follow.
pub const KIND_LEVELS: u8 = 12;
/// Kind nibble of every wide entry.
pub const KIND_WIDE: u8 = 15;
/// Entries added by `levels`.
pub const LEVELS_ENTRIES: usize = 3;
/// Bits of the `flags` field of a core entry.
pub mod flag {
    /// The slot's book may be wrong: gap, bad frame, table overflow or not yet synchronised.
    pub const STALE: u8 = 1 << 0;
    /// A sequence gap was seen since the last synchronisation of the slot.
    pub const GAP: u8 = 1 << 1;
    /// Trading in the slot's symbol is halted.
    pub const HALTED: u8 = 1 << 2;
    /// The ten levels shown may not be the best ten.
    pub const DEGRADED: u8 = 1 << 3;
    /// Records of this slot were skipped before this one.
    pub const SKIPPED: u8 = 1 << 4;
    /// Best bid at or above best ask.
    pub const CROSSED: u8 = 1 << 5;
    /// Names in bit order.
    pub const NAMES: [&str; 6] = ["stale", "gap", "halted", "degraded", "skipped", "crossed"];
}

/// The core entry.
pub const CORE: &[Field] = &[
    field("ts", 48, "ITCH timestamp, ns since midnight"),
    field("slot", 6, "slot index"),
    field(
        "flags",
        6,
        "stale gap halted degraded skipped crossed, bit 0 first",
    ),
    field("event", 4, "event code 1..9"),
    field("bid_px", 32, "best bid, 1/10000 dollar, 0 when there is none"),
    field("ask_px", 32, "best ask, 1/10000 dollar, 0 when there is none"),
    field("bid_sz", 32, "quantity at the best bid, saturated"),
    field("ask_sz", 32, "quantity at the best ask, saturated"),
    field(
        "features",
        16 * CORE_COUNT as u32,
        "core features in schema order, i16 each",
    ),
];
const _: () = assert!(total_bits(CORE) as usize == PAYLOAD_BYTES * 8);

const LEVEL_WORDS: u32 = 6 * 64;
/// First levels entry.
pub const LEVELS_0: &[Field] = &[
    field("rx_stamp", 60, "card time at the start of the frame, ns"),
    field("kind", 4, "12"),
    field(
        "levels",
        LEVEL_WORDS,
        "levels 2-4: {px u32, sz u32} bid then ask, level by level",
    ),
];
/// Second levels entry.
pub const LEVELS_1: &[Field] = &[
    field("msg_seq", 60, "MoldUDP64 sequence number of the message"),
    field("kind", 4, "13"),
    field("levels", LEVEL_WORDS, "levels 5-7"),
];
/// Third levels entry.
pub const LEVELS_2: &[Field] = &[
    field("skipped", 32, "records of this slot skipped so far, saturated"),
    field("tracking", 16, "ITCH tracking number"),
    field("type", 8, "ITCH message type byte"),
    field("reserved", 4, "0"),
    field("kind", 4, "14"),
    field("levels", LEVEL_WORDS, "levels 8-10"),
];
const _: () =
    assert!(total_bits(LEVELS_0) == 448 && total_bits(LEVELS_1) == 448 && total_bits(LEVELS_2) == 448);

/// One price level as shown: `px` 0 and `sz` 0 for an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Level {
    /// Price, 1/10000 dollar.
    pub px: u32,
    /// Displayed quantity, saturated.
    pub sz: u32,
}

/// A decoded core entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Core {
    /// ITCH timestamp, ns since midnight.
    pub ts_ns: u64,
    /// Slot index.
    pub slot: u8,
    /// Event.
    pub event: EventCode,
    /// [`flag`] bits.
    pub flags: u8,
    /// Best bid.
    pub bid: Level,
    /// Best ask.
    pub ask: Level,
    /// Core features in schema order.
    pub features: [i16; CORE_COUNT],
}

/// A decoded levels part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    /// Card time at the start of the frame, ns.
    pub rx_stamp_ns: u64,
    /// MoldUDP64 sequence number of the message.
    pub msg_seq: u64,
    /// Records of this slot skipped so far.
    pub skipped: u32,
    /// ITCH tracking number.
    pub tracking: u16,
    /// ITCH message type byte.
    pub itch_type: u8,
    /// Bid levels 2 to 10.
    pub bids: [Level; BOOK_LEVELS as usize - 1],
    /// Ask levels 2 to 10.
    pub asks: [Level; BOOK_LEVELS as usize - 1],
}

/// A ring entry that is not what the contract says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordError {
    /// The kind nibble was not the expected one.
    Kind {
        /// Kind expected: 1 for "any core entry".
        expected: u8,
        /// Kind found.
        found: u8,
    },
}

impl core::fmt::Display for RecordError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Kind { expected, found } => write!(f, "entry of kind {found}, expected {expected}"),
        }
    }
}

impl core::error::Error for RecordError {}

type Entry = [u8; ENTRY_BYTES];

fn get(e: &Entry, layout: &[Field], name: &str) -> u64 {
    get_bits(e, lsb(layout, name), width(layout, name))
}

fn put(e: &mut Entry, layout: &[Field], name: &str, value: u64) {
    put_bits(e, lsb(layout, name), width(layout, name), value);
}

fn get_u32(e: &Entry, at: usize) -> u32 {
    u32::from_le_bytes([e[at], e[at + 1], e[at + 2], e[at + 3]])
}

/// Kind nibble of an entry.
pub fn kind(e: &Entry) -> u8 {
    e[7] >> 4
}

impl Core {
    /// Decodes a core entry's payload.
    ///
    /// # Errors
    /// [`RecordError::Kind`] when it is not a core entry.
    pub fn decode(e: &Entry) -> Result<Self, RecordError> {
        let event = EventCode::from_code(kind(e)).ok_or(RecordError::Kind {
            expected: 1,
            found: kind(e),
        })?;
        let mut features = [0i16; CORE_COUNT];
        let base = (lsb(CORE, "features") / 8) as usize;
        for (i, f) in features.iter_mut().enumerate() {
            *f = i16::from_le_bytes([e[base + 2 * i], e[base + 2 * i + 1]]);
        }
        let px = |name| get_u32(e, (lsb(CORE, name) / 8) as usize);
        Ok(Self {
            ts_ns: get(e, CORE, "ts"),
            slot: get(e, CORE, "slot").to_le_bytes()[0],
            event,
            flags: get(e, CORE, "flags").to_le_bytes()[0],
            bid: Level {
                px: px("bid_px"),
                sz: px("bid_sz"),
            },
            ask: Level {
                px: px("ask_px"),
                sz: px("ask_sz"),
            },
            features,
        })
    }

    /// Encodes the payload; CRC and sequence stay 0 until [`crate::ring::seal`].
    pub fn encode(&self) -> Entry {
        let mut e = [0u8; ENTRY_BYTES];
        put(&mut e, CORE, "ts", self.ts_ns);
        put(&mut e, CORE, "slot", u64::from(self.slot));
        put(&mut e, CORE, "flags", u64::from(self.flags));
        put(&mut e, CORE, "event", self.event as u64);
        put(&mut e, CORE, "bid_px", u64::from(self.bid.px));
        put(&mut e, CORE, "ask_px", u64::from(self.ask.px));
        put(&mut e, CORE, "bid_sz", u64::from(self.bid.sz));
        put(&mut e, CORE, "ask_sz", u64::from(self.ask.sz));
        let base = (lsb(CORE, "features") / 8) as usize;
        for (i, f) in self.features.iter().enumerate() {
            e[base + 2 * i..base + 2 * i + 2].copy_from_slice(&f.to_le_bytes());
        }
        e
    }
}

const LEVEL_LAYOUTS: [&[Field]; LEVELS_ENTRIES] = [LEVELS_0, LEVELS_1, LEVELS_2];

impl Levels {
    /// Decodes the three levels entries that follow a core entry.
    ///
    /// # Errors
    /// [`RecordError::Kind`] when one of them is of another kind.
    pub fn decode(entries: &[Entry; LEVELS_ENTRIES]) -> Result<Self, RecordError> {
        let [a, b, c] = entries;
        let mut out = Self {
            rx_stamp_ns: get(a, LEVELS_0, "rx_stamp"),
            msg_seq: get(b, LEVELS_1, "msg_seq"),
            skipped: get_u32(c, (lsb(LEVELS_2, "skipped") / 8) as usize),
            tracking: u16::from_le_bytes([c[4], c[5]]),
            itch_type: get(c, LEVELS_2, "type").to_le_bytes()[0],
            bids: Default::default(),
            asks: Default::default(),
        };
        for (n, e) in entries.iter().enumerate() {
            let expected = KIND_LEVELS + n.to_le_bytes()[0];
            if kind(e) != expected {
                return Err(RecordError::Kind {
                    expected,
                    found: kind(e),
                });
            }
            let base = (lsb(LEVEL_LAYOUTS[n], "levels") / 8) as usize;
            for i in 0..3 {
                let at = base + 16 * i;
                out.bids[3 * n + i] = Level {
                    px: get_u32(e, at),
                    sz: get_u32(e, at + 4),
                };
                out.asks[3 * n + i] = Level {
                    px: get_u32(e, at + 8),
                    sz: get_u32(e, at + 12),
                };
            }
        }
        Ok(out)
    }

    /// Encodes the payloads; CRC and sequence stay 0 until [`crate::ring::seal`].
    pub fn encode(&self) -> [Entry; LEVELS_ENTRIES] {
        let mut out = [[0u8; ENTRY_BYTES]; LEVELS_ENTRIES];
        for (n, e) in out.iter_mut().enumerate() {
            put(e, LEVEL_LAYOUTS[n], "kind", u64::from(KIND_LEVELS) + n as u64);
            let base = (lsb(LEVEL_LAYOUTS[n], "levels") / 8) as usize;
            for i in 0..3 {
                let (b, a, at) = (self.bids[3 * n + i], self.asks[3 * n + i], base + 16 * i);
                for (k, v) in [b.px, b.sz, a.px, a.sz].into_iter().enumerate() {
                    e[at + 4 * k..at + 4 * k + 4].copy_from_slice(&v.to_le_bytes());
                }
            }
        }
        put(&mut out[0], LEVELS_0, "rx_stamp", self.rx_stamp_ns);
        put(&mut out[1], LEVELS_1, "msg_seq", self.msg_seq);
        put(&mut out[2], LEVELS_2, "skipped", u64::from(self.skipped));
        put(&mut out[2], LEVELS_2, "tracking", u64::from(self.tracking));
        put(&mut out[2], LEVELS_2, "type", u64::from(self.itch_type));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core() -> Core {
        let mut features = [0i16; CORE_COUNT];
        for (i, f) in (0i16..).zip(features.iter_mut()) {
            *f = 1000 * i - 7000;
        }
        Core {
            ts_ns: 0xf00d_1234_5678,
            slot: 63,
            event: EventCode::Replace,
            flags: flag::STALE | flag::CROSSED,
            bid: Level { px: 1, sz: 2 },
            ask: Level { px: u32::MAX, sz: 4 },
            features,
        }
    }

    #[test]
    fn core_round_trips_and_its_first_word_is_ordered() {
        let e = core().encode();
        assert_eq!(Core::decode(&e), Ok(core()));
        let word = u64::from_le_bytes([e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7]]);
        assert_eq!(word, 7 << 60 | 0b10_0001 << 54 | 63 << 48 | 0xf00d_1234_5678);
        assert_eq!(
            &e[8..24],
            &[1, 0, 0, 0, 255, 255, 255, 255, 2, 0, 0, 0, 4, 0, 0, 0]
        );
    }

    #[test]
    fn levels_round_trip() {
        let level = |n: u32| Level { px: n * 100, sz: n };
        let l = Levels {
            rx_stamp_ns: (1 << 60) - 1,
            msg_seq: 42,
            skipped: u32::MAX,
            tracking: 0xbeef,
            itch_type: b'U',
            bids: core::array::from_fn(|i| level(u32::try_from(i).unwrap_or(0) + 1)),
            asks: core::array::from_fn(|i| level(u32::try_from(i).unwrap_or(0) + 100)),
        };
        let entries = l.encode();
        assert_eq!(Levels::decode(&entries), Ok(l));
        let swapped = [entries[1], entries[0], entries[2]];
        assert_eq!(
            Levels::decode(&swapped),
            Err(RecordError::Kind {
                expected: 12,
                found: 13
            })
        );
        assert_eq!(
            Core::decode(&entries[0]),
            Err(RecordError::Kind {
                expected: 1,
                found: 12
            })
        );
    }
}
