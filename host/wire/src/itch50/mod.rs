//! NASDAQ TotalView-ITCH 5.0: all 23 message types.
//!
//! Each type is a view (`AddOrderView`, after `new_checked` no accessor panics) and an owned form
//! (`AddOrder`, with `parse` and `emit`). [`Message`] is any of them. Integers are big-endian; a price is
//! in 1/10000 dollar unless the field says otherwise; times are nanoseconds since midnight.

mod message;
mod types;

pub use message::{Message, message_type};
pub use types::*;

use crate::WireError;
use crate::bytes::{get, get_u48, put, put_u48};

const TYPE: usize = 0;
const LOCATE: usize = 1;
const TRACKING: usize = 3;
const TIMESTAMP: usize = 5;
/// Bytes all messages share; no message is shorter than one byte more.
pub const HEADER_LEN: usize = 11;
/// Length of the shortest message.
pub const LEN_MIN: usize = 12;
/// Length of the longest message.
pub const LEN_MAX: usize = 50;

/// What every message starts with, behind its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Header {
    /// Stock locate of the day, 0 where no stock is meant.
    pub locate: u16,
    /// Nasdaq's internal tracking number.
    pub tracking: u16,
    /// Nanoseconds since midnight, 48 bits.
    pub timestamp_ns: u64,
}

impl Header {
    /// Reads the header of any message.
    ///
    /// # Errors
    /// [`WireError::TooShort`] below [`HEADER_LEN`] bytes.
    pub fn read(message: &[u8]) -> Result<Self, WireError> {
        if message.len() < HEADER_LEN {
            return Err(WireError::TooShort {
                unit: "itch 5.0 header",
                needed: HEADER_LEN,
                actual: message.len(),
            });
        }
        Ok(Self::get(message))
    }

    fn get(message: &[u8]) -> Self {
        Self {
            locate: get(message, LOCATE),
            tracking: get(message, TRACKING),
            timestamp_ns: get_u48(message, TIMESTAMP),
        }
    }

    fn put(self, kind: u8, message: &mut [u8]) {
        message[TYPE] = kind;
        put(message, LOCATE, self.locate);
        put(message, TRACKING, self.tracking);
        put_u48(message, TIMESTAMP, self.timestamp_ns);
    }
}

/// Length of the messages of a type, `None` for an unknown type.
pub const fn length_of(kind: u8) -> Option<usize> {
    let mut index = 0;
    while index < LENGTHS.len() {
        if LENGTHS[index].0 == kind {
            return Some(LENGTHS[index].1);
        }
        index += 1;
    }
    None
}

/// Checks that a message has a known type and exactly that type's length; returns the type.
///
/// # Errors
/// What is wrong with it.
pub fn check(message: &[u8]) -> Result<u8, WireError> {
    let kind = *message.first().ok_or(WireError::ItchEmpty)?;
    match LENGTH_TABLE[usize::from(kind)] {
        0 => Err(WireError::ItchType(kind)),
        expected if usize::from(expected) == message.len() => Ok(kind),
        expected => Err(WireError::ItchLength {
            kind,
            expected: usize::from(expected),
            actual: message.len(),
        }),
    }
}

const LENGTH_TABLE: [u8; 256] = length_table();

#[allow(
    clippy::cast_possible_truncation,
    reason = "no message is longer than 50 bytes"
)]
const fn length_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < LENGTHS.len() {
        table[LENGTHS[index].0 as usize] = LENGTHS[index].1 as u8;
        index += 1;
    }
    table
}

/// A symbol, left-justified and padded with spaces as the feed has it; `None` when it is longer than eight bytes.
pub fn symbol(name: &str) -> Option<[u8; 8]> {
    let mut padded = [b' '; 8];
    padded.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    Some(padded)
}

/// Which side of the book an order is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Buy, `B`.
    Bid,
    /// Sell, `S`.
    Ask,
}

impl Side {
    /// The side a buy/sell indicator names, `None` for any other byte.
    pub const fn from_indicator(indicator: u8) -> Option<Self> {
        match indicator {
            b'B' => Some(Self::Bid),
            b'S' => Some(Self::Ask),
            _ => None,
        }
    }

    /// The buy/sell indicator.
    pub const fn indicator(self) -> u8 {
        match self {
            Self::Bid => b'B',
            Self::Ask => b'S',
        }
    }
}
