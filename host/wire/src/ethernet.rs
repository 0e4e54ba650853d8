//! Ethernet II frames without the frame check sequence, with any number of 802.1Q/802.1ad tags.

use crate::WireError;
use crate::bytes::{get, put};

const DESTINATION: usize = 0;
const SOURCE: usize = 6;
const TYPE: usize = 12;
/// Bytes of an untagged header.
pub const HEADER_LEN: usize = 14;
/// Bytes one VLAN tag adds.
pub const TAG_LEN: usize = 4;
/// EtherType of IPv4.
pub const ETHERTYPE_IPV4: u16 = 0x0800;
/// EtherType of an 802.1Q tag.
pub const ETHERTYPE_VLAN: u16 = 0x8100;
/// EtherType of an 802.1ad service tag.
pub const ETHERTYPE_QINQ: u16 = 0x88a8;

/// View of a frame. After [`Frame::new_checked`] no accessor panics.
#[derive(Debug, Clone, Copy)]
pub struct Frame<T> {
    buffer: T,
    type_offset: usize,
}

impl<T: AsRef<[u8]>> Frame<T> {
    /// Checks that the header, tags included, is whole.
    ///
    /// # Errors
    /// [`WireError::TooShort`] when the buffer ends before the EtherType.
    pub fn new_checked(buffer: T) -> Result<Self, WireError> {
        let bytes = buffer.as_ref();
        let mut type_offset = TYPE;
        loop {
            let needed = type_offset + 2;
            if bytes.len() < needed {
                return Err(WireError::TooShort {
                    unit: "ethernet header",
                    needed,
                    actual: bytes.len(),
                });
            }
            match get::<u16>(bytes, type_offset) {
                ETHERTYPE_VLAN | ETHERTYPE_QINQ => type_offset += TAG_LEN,
                _ => return Ok(Self { buffer, type_offset }),
            }
        }
    }

    /// Destination address.
    pub fn destination(&self) -> [u8; 6] {
        get(self.buffer.as_ref(), DESTINATION)
    }

    /// Source address.
    pub fn source(&self) -> [u8; 6] {
        get(self.buffer.as_ref(), SOURCE)
    }

    /// Tag control information of the outermost VLAN tag.
    pub fn vlan(&self) -> Option<u16> {
        (self.type_offset > TYPE).then(|| get(self.buffer.as_ref(), TYPE + 2))
    }

    /// EtherType behind all tags.
    pub fn ethertype(&self) -> u16 {
        get(self.buffer.as_ref(), self.type_offset)
    }

    /// Bytes before the payload.
    pub fn header_len(&self) -> usize {
        self.type_offset + 2
    }

    /// Everything behind the EtherType, padding included.
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[self.header_len()..]
    }
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Destination address.
    pub destination: [u8; 6],
    /// Source address.
    pub source: [u8; 6],
    /// Tag control information of one 802.1Q tag, if the frame has one.
    pub vlan: Option<u16>,
    /// EtherType of the payload.
    pub ethertype: u16,
}

impl Repr {
    /// Reads a header; of several tags only the outermost is kept.
    pub fn parse<T: AsRef<[u8]>>(frame: &Frame<T>) -> Self {
        Self {
            destination: frame.destination(),
            source: frame.source(),
            vlan: frame.vlan(),
            ethertype: frame.ethertype(),
        }
    }

    /// Bytes [`Repr::emit`] writes.
    pub fn header_len(&self) -> usize {
        HEADER_LEN + if self.vlan.is_some() { TAG_LEN } else { 0 }
    }

    /// Writes the header at the start of `buffer`.
    ///
    /// # Panics
    /// When `buffer` is shorter than [`Repr::header_len`].
    pub fn emit(&self, buffer: &mut [u8]) {
        put(buffer, DESTINATION, self.destination);
        put(buffer, SOURCE, self.source);
        let mut type_offset = TYPE;
        if let Some(tag) = self.vlan {
            put(buffer, TYPE, ETHERTYPE_VLAN);
            put(buffer, TYPE + 2, tag);
            type_offset += TAG_LEN;
        }
        put(buffer, type_offset, self.ethertype);
    }
}

/// The group address of an IPv4 multicast address (RFC 1112 §6.4).
pub fn multicast_address(group: [u8; 4]) -> [u8; 6] {
    [0x01, 0x00, 0x5e, group[1] & 0x7f, group[2], group[3]]
}

const CRC_TABLE: [u32; 256] = crc_table();

#[allow(clippy::cast_possible_truncation, reason = "the index stays below 256")]
const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

/// Frame check sequence (IEEE 802.3 CRC-32) of a frame; on the wire it follows least significant byte first.
pub fn fcs(frame: &[u8]) -> u32 {
    !frame.iter().fold(u32::MAX, |crc, byte| {
        let index = (crc ^ u32::from(*byte)) & 0xff;
        (crc >> 8) ^ CRC_TABLE[index as usize]
    })
}

/// Pads a frame to the 60 bytes Ethernet demands and appends its frame check sequence.
pub fn append_fcs(frame: &mut Vec<u8>) {
    if frame.len() < 60 {
        frame.resize(60, 0);
    }
    let check = fcs(frame);
    frame.extend_from_slice(&check.to_le_bytes());
}

/// True when the last four bytes are the frame check sequence of those before.
pub fn fcs_is_good(frame: &[u8]) -> bool {
    frame
        .split_last_chunk::<4>()
        .is_some_and(|(body, check)| fcs(body).to_le_bytes() == *check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_of_the_check_string_is_the_published_value() {
        assert_eq!(fcs(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn fcs_round_trip_and_each_flipped_bit() {
        let mut frame = vec![0xa5; 64];
        append_fcs(&mut frame);
        assert_eq!(frame.len(), 68);
        assert!(fcs_is_good(&frame));
        for bit in 0..frame.len() * 8 {
            frame[bit / 8] ^= 1 << (bit % 8);
            assert!(!fcs_is_good(&frame), "bit {bit}");
            frame[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(!fcs_is_good(&[1, 2, 3]));
    }

    #[test]
    fn emit_parse_with_and_without_tag() {
        for vlan in [None, Some(0x6123)] {
            let repr = Repr {
                destination: multicast_address([233, 200, 79, 1]),
                source: [2, 0, 0, 0, 0, 1],
                vlan,
                ethertype: ETHERTYPE_IPV4,
            };
            assert_eq!(repr.destination, [1, 0, 0x5e, 0x48, 79, 1]);
            let mut buffer = vec![0xa5; repr.header_len() + 3];
            repr.emit(&mut buffer);
            let frame = Frame::new_checked(&buffer[..]).unwrap();
            assert_eq!(Repr::parse(&frame), repr);
            assert_eq!(frame.payload(), [0xa5; 3]);
        }
    }

    #[test]
    fn every_cut_header_is_refused() {
        let repr = Repr {
            destination: [1; 6],
            source: [2; 6],
            vlan: Some(7),
            ethertype: ETHERTYPE_IPV4,
        };
        let mut buffer = [0; 18];
        repr.emit(&mut buffer);
        for len in 0..18 {
            assert!(
                matches!(Frame::new_checked(&buffer[..len]), Err(WireError::TooShort { actual, .. }) if actual == len)
            );
        }
    }

    #[test]
    fn two_tags_are_skipped() {
        let mut bytes = vec![0; 12];
        bytes.extend_from_slice(&[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0, 9]);
        let frame = Frame::new_checked(&bytes).unwrap();
        assert_eq!(
            (frame.ethertype(), frame.vlan(), frame.payload()),
            (ETHERTYPE_IPV4, Some(5), &[9_u8][..])
        );
    }
}
