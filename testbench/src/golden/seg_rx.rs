//! Golden model of the order connection's segments: what becomes of a frame, by the views of `wire`.

use wire::{ethernet, ipv4, tcp};

/// Who is at both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The peer's address.
    pub peer: [u8; 4],
    /// Ours.
    pub own: [u8; 4],
    /// The peer's port.
    pub peer_port: u16,
    /// Ours.
    pub own_port: u16,
}

/// What becomes of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Nothing that concerns the connection's bytes.
    Passed,
    /// These bytes are new.
    Taken(Vec<u8>),
    /// All bytes were taken before.
    Repeated,
    /// Its bytes are not to be had; nobody gets the frame.
    Refused,
    /// It is not what it says.
    Bad,
}

/// The receiver.
#[derive(Debug, Clone)]
pub struct SegRx {
    /// It looks at frames.
    pub on: bool,
    /// The connection.
    pub ends: Ends,
    /// Sequence of the next byte.
    pub expected: u32,
}

/// Least bytes of a frame with all of both headers.
const HEADERS: usize = 49;
/// Longest packet of a frame that anybody takes.
const TOTAL_MAX: usize = 1_508;

fn be(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))
}

/// Header lengths, SYN and where the payload lies, of a plain TCP segment on the connection.
#[derive(Debug, Clone, Copy)]
struct Plain {
    total: usize,
    sequence: u32,
    start: usize,
    readable: bool,
}

impl SegRx {
    /// A segment of the connection with payload, whatever its checksums.
    fn plain(&self, bytes: &[u8]) -> Option<Plain> {
        let packet = &bytes[ethernet::HEADER_LEN..];
        let segment = &packet[ipv4::HEADER_LEN..];
        let fragment = be(packet, 6) & 0xbfff != 0;
        let address = |at: usize| [packet[at], packet[at + 1], packet[at + 2], packet[at + 3]];
        let ends = Ends {
            peer: address(12),
            own: address(16),
            peer_port: u16::try_from(be(segment, 0)).expect("16 bits"),
            own_port: u16::try_from(be(segment, 2)).expect("16 bits"),
        };
        if be(bytes, 12) != usize::from(ethernet::ETHERTYPE_IPV4)
            || packet[0] != 0x45
            || packet[9] != ipv4::PROTOCOL_TCP
            || fragment
            || ends != self.ends
        {
            return None;
        }
        let total = be(packet, 2);
        let header = 4 * usize::from(segment[12] >> 4);
        (total > ipv4::HEADER_LEN + header).then(|| Plain {
            total,
            sequence: u32::from_be_bytes([segment[4], segment[5], segment[6], segment[7]]),
            start: ipv4::HEADER_LEN + header,
            readable: header >= tcp::HEADER_LEN && segment[13] & tcp::flag::SYN == 0 && total <= TOTAL_MAX,
        })
    }

    /// The packet is whole and both checksums are good.
    fn is_good(&self, packet: &[u8], total: usize) -> bool {
        let Some(packet) = packet.get(..total) else {
            return false;
        };
        let Ok(view) = ipv4::Packet::new_checked(packet) else {
            return false;
        };
        let segment = tcp::Segment::new_checked(view.payload());
        let sound = segment.is_ok_and(|s| s.checksum_is_good(self.ends.peer, self.ends.own));
        view.checksum_is_good() && sound
    }

    /// Takes a frame whose FCS is good; `room`: the buffer has some for it.
    pub fn frame(&self, bytes: &[u8], room: bool) -> Fate {
        if !self.on || bytes.len() < HEADERS {
            return Fate::Passed;
        }
        if be(bytes, 12) == usize::from(ethernet::ETHERTYPE_IPV4) && bytes[14] != 0x45 {
            return Fate::Refused;
        }
        let Some(plain) = self.plain(bytes) else {
            return Fate::Passed;
        };
        let known = self.expected.wrapping_sub(plain.sequence);
        if !plain.readable || known > i32::MAX.unsigned_abs() || !room {
            return Fate::Refused;
        }
        let packet = &bytes[ethernet::HEADER_LEN..];
        if !self.is_good(packet, plain.total) {
            return Fate::Bad;
        }
        let payload = &packet[plain.start..plain.total];
        let known = usize::try_from(known).expect("32 bits");
        match payload.get(known..) {
            Some(fresh) if !fresh.is_empty() => Fate::Taken(fresh.to_vec()),
            _ => Fate::Repeated,
        }
    }

    /// Bytes are taken.
    pub fn took(&mut self, fresh: &[u8]) {
        let length = u32::try_from(fresh.len()).expect("a frame's");
        self.expected = self.expected.wrapping_add(length);
    }

    /// Words of the buffer that the last `fresh` bytes of a frame's packet take up.
    pub fn words(bytes: &[u8], fresh: usize) -> usize {
        let stop = ethernet::HEADER_LEN + be(bytes, 16);
        (stop - 1) / 8 - (stop - fresh) / 8 + 1
    }
}
