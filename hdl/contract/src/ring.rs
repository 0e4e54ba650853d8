//! Card-to-host (C2H) rings: 64-byte entries in host memory, written by the card, polled by the host.
//!
//! Entry: 56 bytes of payload (its kind in the top nibble of the first word), CRC-32C at 56 over
//! bytes 0–55 and 60–63, sequence at 60 starting at 1. The host zeroes the ring, so sequence 0 never
//! matches. The card never stops for a slow host; it sets `lapped` when head − tail exceeds the size.

use crate::crc;

/// Bytes of an entry.
pub const ENTRY_BYTES: usize = 64;
/// Payload bytes of an entry.
pub const PAYLOAD_BYTES: usize = 56;
/// Byte offset of the CRC-32C.
pub const CRC_AT: usize = PAYLOAD_BYTES;
/// Byte offset of the sequence number.
pub const SEQ_AT: usize = CRC_AT + 4;
/// Largest ring, as log2 of its entries.
pub const SIZE_LOG2_MAX: u32 = 20;

/// The three rings, in register order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// Market data records.
    Records,
    /// Orders sent or rejected, gaps, stale, halts, kills.
    Events,
    /// Slow-path frames.
    Frames,
}

/// All rings, in register order.
pub const RINGS: [Ring; 3] = [Ring::Records, Ring::Events, Ring::Frames];

/// Why an entry was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryError {
    /// The stored CRC-32C differs from the computed one.
    Crc {
        /// CRC-32C in the entry.
        stored: u32,
        /// CRC-32C of the bytes.
        computed: u32,
    },
}

impl core::fmt::Display for EntryError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Crc { stored, computed } => {
                write!(
                    f,
                    "ring entry with CRC-32C {stored:#010x}, its bytes give {computed:#010x}"
                )
            }
        }
    }
}

impl core::error::Error for EntryError {}

fn word(entry: &[u8; ENTRY_BYTES], at: usize) -> u32 {
    u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
}

/// CRC-32C as it belongs into `entry`: over bytes 0–55 and 60–63.
pub fn entry_crc(entry: &[u8; ENTRY_BYTES]) -> u32 {
    let crc = crc::update(!0, &entry[..CRC_AT]);
    !crc::update(crc, &entry[SEQ_AT..])
}

/// Sequence number of an entry.
pub fn entry_seq(entry: &[u8; ENTRY_BYTES]) -> u32 {
    word(entry, SEQ_AT)
}

/// Completes an entry whose payload is in place.
pub fn seal(entry: &mut [u8; ENTRY_BYTES], seq: u32) {
    entry[SEQ_AT..].copy_from_slice(&seq.to_le_bytes());
    let crc = entry_crc(entry);
    entry[CRC_AT..SEQ_AT].copy_from_slice(&crc.to_le_bytes());
}

/// Checks the CRC of an entry.
///
/// # Errors
/// [`EntryError::Crc`] when it does not match.
pub fn check(entry: &[u8; ENTRY_BYTES]) -> Result<(), EntryError> {
    let (stored, computed) = (word(entry, CRC_AT), entry_crc(entry));
    if stored == computed {
        Ok(())
    } else {
        Err(EntryError::Crc { stored, computed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_seen() {
        let mut e = [0x5au8; ENTRY_BYTES];
        seal(&mut e, 77);
        assert_eq!((check(&e), entry_seq(&e)), (Ok(()), 77));
        for bit in 0..ENTRY_BYTES * 8 {
            e[bit / 8] ^= 1 << (bit % 8);
            assert!(check(&e).is_err(), "bit {bit}");
            e[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
