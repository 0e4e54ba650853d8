//! IPv4 headers (RFC 791).

use crate::WireError;
use crate::bytes::{get, put};

const VERSION_IHL: usize = 0;
const DSCP_ECN: usize = 1;
const TOTAL_LENGTH: usize = 2;
const IDENTIFICATION: usize = 4;
const FRAGMENT: usize = 6;
const TTL: usize = 8;
const PROTOCOL: usize = 9;
const CHECKSUM: usize = 10;
const SOURCE: usize = 12;
const DESTINATION: usize = 16;
/// Bytes of a header without options.
pub const HEADER_LEN: usize = 20;
/// Protocol number of TCP.
pub const PROTOCOL_TCP: u8 = 6;
/// Protocol number of UDP.
pub const PROTOCOL_UDP: u8 = 17;
const DONT_FRAGMENT: u16 = 0x4000;

/// View of a packet. After [`Packet::new_checked`] no accessor panics.
#[derive(Debug, Clone, Copy)]
pub struct Packet<T> {
    buffer: T,
}

impl<T: AsRef<[u8]>> Packet<T> {
    /// Checks version, header length and total length, not the checksum.
    ///
    /// # Errors
    /// The field that does not fit the buffer.
    pub fn new_checked(buffer: T) -> Result<Self, WireError> {
        let bytes = buffer.as_ref();
        if bytes.len() < HEADER_LEN {
            return Err(WireError::TooShort {
                unit: "ipv4 header",
                needed: HEADER_LEN,
                actual: bytes.len(),
            });
        }
        let version = bytes[VERSION_IHL] >> 4;
        if version != 4 {
            return Err(WireError::IpVersion(version));
        }
        let header = usize::from(bytes[VERSION_IHL] & 15) * 4;
        if header < HEADER_LEN {
            return Err(WireError::IpHeaderLength(header));
        }
        let total = usize::from(get::<u16>(bytes, TOTAL_LENGTH));
        if total < header || total > bytes.len() {
            return Err(WireError::IpTotalLength {
                total,
                header,
                available: bytes.len(),
            });
        }
        Ok(Self { buffer })
    }

    /// Header length in bytes, options included.
    pub fn header_len(&self) -> usize {
        usize::from(self.buffer.as_ref()[VERSION_IHL] & 15) * 4
    }

    /// Total length in bytes.
    pub fn total_len(&self) -> usize {
        usize::from(get::<u16>(self.buffer.as_ref(), TOTAL_LENGTH))
    }

    /// Identification.
    pub fn identification(&self) -> u16 {
        get(self.buffer.as_ref(), IDENTIFICATION)
    }

    /// True when the packet is one of several fragments.
    pub fn is_fragment(&self) -> bool {
        get::<u16>(self.buffer.as_ref(), FRAGMENT) & 0x3fff != 0
    }

    /// Hops left.
    pub fn ttl(&self) -> u8 {
        self.buffer.as_ref()[TTL]
    }

    /// Protocol of the payload.
    pub fn protocol(&self) -> u8 {
        self.buffer.as_ref()[PROTOCOL]
    }

    /// Header checksum field.
    pub fn checksum(&self) -> u16 {
        get(self.buffer.as_ref(), CHECKSUM)
    }

    /// True when the header sums to all ones.
    pub fn checksum_is_good(&self) -> bool {
        fold(sum(&self.buffer.as_ref()[..self.header_len()])) == 0xffff
    }

    /// Source address.
    pub fn source(&self) -> [u8; 4] {
        get(self.buffer.as_ref(), SOURCE)
    }

    /// Destination address.
    pub fn destination(&self) -> [u8; 4] {
        get(self.buffer.as_ref(), DESTINATION)
    }

    /// Bytes behind the header up to the total length: Ethernet padding is left out.
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[self.header_len()..self.total_len()]
    }
}

/// One's complement sum of 16-bit words, not yet folded; an odd last byte counts as a high byte.
pub(crate) fn sum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks_exact(2);
    let last = words.remainder().first().map_or(0, |byte| u32::from(*byte) << 8);
    words.fold(last, |total, word| {
        total + u32::from(u16::from_be_bytes([word[0], word[1]]))
    })
}

/// Folds the carries of a one's complement sum back in.
#[allow(clippy::cast_possible_truncation, reason = "the loop ends below 65536")]
pub(crate) fn fold(mut total: u32) -> u16 {
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u16
}

/// What a header without options says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Source address.
    pub source: [u8; 4],
    /// Destination address.
    pub destination: [u8; 4],
    /// Protocol of the payload.
    pub protocol: u8,
    /// Hops left.
    pub ttl: u8,
    /// Identification.
    pub identification: u16,
    /// Bytes behind the header.
    pub payload_len: u16,
}

impl Repr {
    /// Reads a header; options are not kept.
    #[allow(clippy::cast_possible_truncation, reason = "total length is a 16-bit field")]
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Self {
        Self {
            source: packet.source(),
            destination: packet.destination(),
            protocol: packet.protocol(),
            ttl: packet.ttl(),
            identification: packet.identification(),
            payload_len: packet.payload().len() as u16,
        }
    }

    /// Writes a 20-byte header with `don't fragment` set and a good checksum.
    ///
    /// # Panics
    /// When `buffer` is shorter than [`HEADER_LEN`] or the total length passes 65,535.
    pub fn emit(&self, buffer: &mut [u8]) {
        let header = &mut buffer[..HEADER_LEN];
        let total = self
            .payload_len
            .checked_add(20)
            .expect("an IPv4 packet holds at most 65,535 bytes");
        header[VERSION_IHL] = 0x45;
        header[DSCP_ECN] = 0;
        put(header, TOTAL_LENGTH, total);
        put(header, IDENTIFICATION, self.identification);
        put(header, FRAGMENT, DONT_FRAGMENT);
        header[TTL] = self.ttl;
        header[PROTOCOL] = self.protocol;
        put(header, CHECKSUM, 0_u16);
        put(header, SOURCE, self.source);
        put(header, DESTINATION, self.destination);
        let check = !fold(sum(header));
        put(header, CHECKSUM, check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Repr {
        Repr {
            source: [10, 0, 0, 1],
            destination: [233, 54, 12, 1],
            protocol: PROTOCOL_UDP,
            ttl: 16,
            identification: 77,
            payload_len: 5,
        }
    }

    #[test]
    fn checksum_of_a_known_header() {
        // The worked example of the header checksum that circulates widely (172.16.10.99 to 172.16.10.12).
        let bytes = [
            0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06, 0xb1, 0xe6, 0xac, 0x10, 0x0a, 0x63,
            0xac, 0x10, 0x0a, 0x0c,
        ];
        assert_eq!(fold(sum(&bytes)), 0xffff);
    }

    #[test]
    fn emit_parse_from_a_dirty_buffer() {
        let mut buffer = [0xa5; 27];
        sample().emit(&mut buffer);
        let packet = Packet::new_checked(&buffer[..]).unwrap();
        assert!(packet.checksum_is_good());
        assert!(!packet.is_fragment());
        assert_eq!(packet.payload(), [0xa5; 5]);
        assert_eq!(Repr::parse(&packet), sample());
    }

    #[test]
    fn each_flipped_header_bit_is_seen() {
        let mut buffer = [0; 25];
        sample().emit(&mut buffer);
        for bit in 0..160 {
            buffer[bit / 8] ^= 1 << (bit % 8);
            let seen = Packet::new_checked(&buffer[..]).map_or(true, |packet| !packet.checksum_is_good());
            assert!(seen, "bit {bit}");
            buffer[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn bad_lengths_are_named() {
        let mut buffer = [0; 25];
        sample().emit(&mut buffer);
        assert!(matches!(
            Packet::new_checked(&buffer[..19]),
            Err(WireError::TooShort { actual: 19, .. })
        ));
        assert!(matches!(
            Packet::new_checked(&buffer[..24]),
            Err(WireError::IpTotalLength {
                total: 25,
                available: 24,
                ..
            })
        ));
        buffer[0] = 0x44;
        assert_eq!(
            Packet::new_checked(&buffer[..]).unwrap_err(),
            WireError::IpHeaderLength(16)
        );
        buffer[0] = 0x65;
        assert_eq!(
            Packet::new_checked(&buffer[..]).unwrap_err(),
            WireError::IpVersion(6)
        );
    }
}
