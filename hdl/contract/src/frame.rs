//! Slow-path frames: entries of the frames ring, words of the frame TX window.
//!
//! A received frame is cut into chunks of 48 bytes, one an entry, in order and one behind the other; behind the frame's end all is 0.
//! A frame to send is written into the window word by word in ascending order: its length into word 0, its bytes from word 1 on.
//! The word with its last byte commits it. A frame that breaks a rule, or finds no room, is refused whole and counted (`frames_refused`).
//!
//! The window is for the host's own TCP stack, not for orders. Of the frames written whole these leave, all others are dropped and counted:
//!
//! 1. ARP of 60 bytes.
//! 2. TCP over IPv4, without VLAN tag, IP options or fragmentation, the packet as long as the frame (or shorter in one of 60 bytes), the
//!    reserved bits, ECN and URG clear, that has no payload: a SYN alone, or with ACK or RST and without SYN. TCP options may be there.
//! 3. Such a segment without TCP options, with ACK and without SYN and RST, whose payload the card has sent itself in whole order frames, on the
//!    connection of its addresses and ports, at its sequence: the same bytes. The card keeps the last [`SENT_KEPT`] of them. They are forgotten when
//!    an order frame goes on elsewhere, in connection or sequence, and when a SYN of the window leaves.
//! 4. Such a segment whose payload is a SoupBinTCP login: [`LOGIN_BYTES`] bytes that begin with its length and `L`, at the sequence behind the last
//!    SYN of the window, between the same ends, once a SYN of the other side has acknowledged that one.
//!
//! Dropped for its payload is `frames_withheld`, for anything else `frames_unread`. Checksums are not looked at: a wrong one is the receiver's to find.

use crate::layout::{Field, field, get_bits, lsb, put_bits, total_bits, width};
use crate::ring::{ENTRY_BYTES, PAYLOAD_BYTES};

/// Most bytes of a frame, without FCS.
pub const FRAME_MAX: usize = 1_522;
/// Least bytes of a frame to send, without FCS; the host pads shorter ones.
pub const FRAME_MIN: usize = crate::template::FRAME_MIN;
/// Bytes of a SoupBinTCP login request, its length and its type among them.
pub const LOGIN_BYTES: usize = 49;
/// Payload bytes of its own the card knows again; a host that has more unacknowledged cannot send them again.
pub const SENT_KEPT: usize = 7_936;
/// Frame bytes in an entry.
pub const CHUNK: usize = PAYLOAD_BYTES - 8;
/// Kind of an entry (the top nibble of its first word); no entry of a record has it.
pub const KIND: u8 = 10;
/// Entries of the longest frame.
pub const PARTS_MAX: usize = FRAME_MAX.div_ceil(CHUNK);

/// First word of every entry.
pub const HEAD: &[Field] = &[
    field("length", 16, "bytes of the whole frame"),
    field("part", 8, "number of the chunk in its frame, from 0"),
    field(
        "stamp",
        36,
        "card time of the frame's first beat, ns, low 36 bits",
    ),
    field("kind", 4, "10"),
];
const _: () = assert!(total_bits(HEAD) == 64);

/// Word 0 of the frame TX window.
pub const TX_HEAD: &[Field] = &[
    field("length", 16, "bytes of the frame that follows, 60 to 1522"),
    field("reserved", 48, "0"),
];
const _: () = assert!(total_bits(TX_HEAD) == 64);
const _: () = assert!((8 + FRAME_MAX) as u32 <= crate::window::WINDOWS[1].size);

/// Head of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Bytes of the whole frame.
    pub length: u16,
    /// Number of the chunk.
    pub part: u8,
    /// Low 36 bits of the card time of the first beat, ns.
    pub stamp: u64,
}

/// The head of an entry; `None` when it is none of a frame.
pub fn head(entry: &[u8; ENTRY_BYTES]) -> Option<Head> {
    let get = |name| get_bits(entry, lsb(HEAD, name), width(HEAD, name));
    (get("kind") == u64::from(KIND)).then(|| Head {
        length: get("length") as u16,
        part: get("part") as u8,
        stamp: get("stamp"),
    })
}

/// The unsealed entry of a chunk.
///
/// # Panics
/// When the frame has no such part or is longer than [`FRAME_MAX`].
pub fn entry(frame: &[u8], part: usize, stamp: u64) -> [u8; ENTRY_BYTES] {
    assert!(
        frame.len() <= FRAME_MAX && part * CHUNK < frame.len(),
        "part {part} of {} bytes",
        frame.len()
    );
    let mut out = [0; ENTRY_BYTES];
    let mut put = |name, value| put_bits(&mut out, lsb(HEAD, name), width(HEAD, name), value);
    put("length", frame.len() as u64);
    put("part", part as u64);
    put("stamp", stamp & ((1 << width(HEAD, "stamp")) - 1));
    put("kind", u64::from(KIND));
    let chunk = &frame[part * CHUNK..frame.len().min((part + 1) * CHUNK)];
    out[8..8 + chunk.len()].copy_from_slice(chunk);
    out
}

/// Entries of a frame of `length` bytes.
pub const fn parts(length: usize) -> usize {
    length.div_ceil(CHUNK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_carry_the_frame() {
        let frame: [u8; 100] = core::array::from_fn(|i| i as u8 + 1);
        assert_eq!((parts(frame.len()), PARTS_MAX), (3, 32));
        let last = entry(&frame, 2, u64::MAX);
        let read = head(&last).expect("a frame's entry");
        assert_eq!((read.length, read.part, read.stamp), (100, 2, (1 << 36) - 1));
        assert_eq!((&last[8..13], last[12]), (&[97, 98, 99, 100, 0][..], 0));
        assert_eq!(last[7] >> 4, KIND);
        assert_eq!(head(&[0; ENTRY_BYTES]), None);
    }
}
