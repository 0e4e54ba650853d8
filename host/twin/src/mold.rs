//! MoldUDP64 packets cut into messages: golden model of `mold_rx`.

use crate::udp::{End, LineCounts, Payload};

/// Bytes of the MoldUDP64 header.
const HEADER_BYTES: usize = 20;
/// Shortest block that does not end the parsing of a packet, bytes.
pub const BLOCK_MIN: usize = 12;
/// Bytes of a message that the card keeps.
pub const BODY_BYTES: usize = 50;

/// A message handed to the merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// MoldUDP64 sequence number.
    pub seq: u64,
    /// Block length, bytes.
    pub len: u16,
    /// The bytes up to and with the last one the decoder needs; type first.
    pub body: Vec<u8>,
    /// Offset in the frame of the last byte in `body`: with it the message is delivered.
    pub last_needed: usize,
}

/// What the count field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Messages.
    Data,
    /// No message, the next sequence.
    Heartbeat,
    /// No message, the sequence behind the last one.
    EndOfSession,
}

/// A packet as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Session.
    pub session: [u8; 10],
    /// Sequence of the first message, or the next one.
    pub seq: u64,
    /// Data, heartbeat or end of session.
    pub kind: Kind,
    /// Messages whose last needed byte has arrived.
    pub messages: Vec<Message>,
    /// Sequence behind the last message that has begun.
    pub next: u64,
    /// Fewer blocks than the header announces.
    pub cut_off: bool,
}

/// Index of the last byte the decoder needs of a message of this type.
pub const fn last_needed(kind: u8) -> usize {
    match kind {
        b'D' => 18,
        b'E' | b'X' => 22,
        b'C' => 31,
        b'U' => 34,
        b'A' | b'F' => 35,
        _ => BODY_BYTES - 1,
    }
}

/// Cuts the packet of a frame, which may end before its payload does. `None` when the MoldUDP64 header is not whole.
pub fn packet(frame: &[u8], payload: &Payload) -> Option<Packet> {
    let bytes = &frame[payload.offset..];
    if payload.len < HEADER_BYTES || bytes.len() < HEADER_BYTES {
        return None;
    }
    let count = u16::from_be_bytes([bytes[18], bytes[19]]);
    let mut packet = Packet {
        session: bytes[..10].try_into().expect("10 bytes"),
        seq: u64::from_be_bytes(bytes[10..18].try_into().expect("8 bytes")),
        kind: match count {
            0 => Kind::Heartbeat,
            0xffff => Kind::EndOfSession,
            _ => Kind::Data,
        },
        messages: Vec::new(),
        next: 0,
        cut_off: false,
    };
    packet.next = packet.seq;
    if packet.kind != Kind::Data {
        return Some(packet);
    }
    let mut at = HEADER_BYTES + 2;
    for _ in 0..count {
        // The type byte decides: without it nothing is known of the message.
        let len = match bytes.get(at) {
            Some(_) => usize::from(u16::from_be_bytes([bytes[at - 2], bytes[at - 1]])),
            None => 0,
        };
        if len < BLOCK_MIN || at + len > payload.len {
            packet.cut_off = true;
            break;
        }
        let last = (len - 1).min(last_needed(bytes[at]));
        if let Some(body) = bytes.get(at..=at + last) {
            packet.messages.push(Message {
                seq: packet.next,
                len: u16::try_from(len).expect("read from 16 bits"),
                body: body.to_vec(),
                last_needed: payload.offset + at + last,
            });
        }
        packet.next = packet.next.wrapping_add(1);
        at += len + 2;
    }
    Some(packet)
}

/// Counts a packet at the end of its frame. `session_ok`: its session is the accepted one.
pub fn count(packet: Option<&Packet>, end: End, session_ok: bool, counts: &mut LineCounts) {
    match packet {
        _ if !end.good => {}
        None => counts.bump("mold_short"),
        Some(_) if !session_ok => counts.bump("other_session"),
        Some(packet) => {
            counts.bump("packets");
            match packet.kind {
                Kind::Heartbeat => counts.bump("heartbeats"),
                Kind::EndOfSession => counts.bump("end_of_session"),
                Kind::Data if packet.cut_off => counts.bump("block_length"),
                Kind::Data => {}
            }
        }
    }
}
