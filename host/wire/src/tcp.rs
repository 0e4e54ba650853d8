//! TCP headers (RFC 9293), without a connection behind them.

use crate::WireError;
use crate::bytes::{get, put};
use crate::ipv4::{PROTOCOL_TCP, fold, sum};

const SOURCE_PORT: usize = 0;
const DESTINATION_PORT: usize = 2;
const SEQUENCE: usize = 4;
const ACKNOWLEDGEMENT: usize = 8;
const OFFSET: usize = 12;
const FLAGS: usize = 13;
const WINDOW: usize = 14;
const CHECKSUM: usize = 16;
const URGENT: usize = 18;
/// Bytes of a header without options.
pub const HEADER_LEN: usize = 20;

/// Bits of [`Repr::flags`].
pub mod flag {
    /// No more data from the sender.
    pub const FIN: u8 = 1 << 0;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 1 << 1;
    /// Reset the connection.
    pub const RST: u8 = 1 << 2;
    /// Push.
    pub const PSH: u8 = 1 << 3;
    /// The acknowledgement counts.
    pub const ACK: u8 = 1 << 4;
    /// The urgent pointer counts.
    pub const URG: u8 = 1 << 5;
}

/// View of a segment. After [`Segment::new_checked`] no accessor panics.
#[derive(Debug, Clone, Copy)]
pub struct Segment<T> {
    buffer: T,
}

impl<T: AsRef<[u8]>> Segment<T> {
    /// Checks the header length, not the checksum.
    ///
    /// # Errors
    /// The length that does not fit the buffer.
    pub fn new_checked(buffer: T) -> Result<Self, WireError> {
        let bytes = buffer.as_ref();
        if bytes.len() < HEADER_LEN {
            return Err(WireError::TooShort {
                unit: "tcp header",
                needed: HEADER_LEN,
                actual: bytes.len(),
            });
        }
        let header = usize::from(bytes[OFFSET] >> 4) * 4;
        if header < HEADER_LEN || header > bytes.len() {
            return Err(WireError::TcpHeaderLength {
                header,
                available: bytes.len(),
            });
        }
        Ok(Self { buffer })
    }

    /// Source port.
    pub fn source_port(&self) -> u16 {
        get(self.buffer.as_ref(), SOURCE_PORT)
    }

    /// Destination port.
    pub fn destination_port(&self) -> u16 {
        get(self.buffer.as_ref(), DESTINATION_PORT)
    }

    /// Sequence number of the first payload byte.
    pub fn sequence(&self) -> u32 {
        get(self.buffer.as_ref(), SEQUENCE)
    }

    /// Next sequence number expected from the other side.
    pub fn acknowledgement(&self) -> u32 {
        get(self.buffer.as_ref(), ACKNOWLEDGEMENT)
    }

    /// Header length in bytes, options included.
    pub fn header_len(&self) -> usize {
        usize::from(self.buffer.as_ref()[OFFSET] >> 4) * 4
    }

    /// Flags, see [`flag`].
    pub fn flags(&self) -> u8 {
        self.buffer.as_ref()[FLAGS]
    }

    /// Receive window, not scaled.
    pub fn window(&self) -> u16 {
        get(self.buffer.as_ref(), WINDOW)
    }

    /// Urgent pointer.
    pub fn urgent(&self) -> u16 {
        get(self.buffer.as_ref(), URGENT)
    }

    /// Payload.
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[self.header_len()..]
    }

    /// True when the checksum is right for these addresses.
    pub fn checksum_is_good(&self, source: [u8; 4], destination: [u8; 4]) -> bool {
        fold(pseudo_sum(source, destination, self.buffer.as_ref())) == 0xffff
    }
}

fn pseudo_sum(source: [u8; 4], destination: [u8; 4], segment: &[u8]) -> u32 {
    let length = u32::try_from(segment.len()).expect("a segment holds at most 65,535 bytes");
    sum(&source) + sum(&destination) + u32::from(PROTOCOL_TCP) + length + sum(segment)
}

/// What a header without options says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Sequence number of the first payload byte.
    pub sequence: u32,
    /// Next sequence number expected from the other side.
    pub acknowledgement: u32,
    /// Flags, see [`flag`].
    pub flags: u8,
    /// Receive window, not scaled.
    pub window: u16,
}

impl Repr {
    /// Reads a header; options and the urgent pointer are not kept.
    pub fn parse<T: AsRef<[u8]>>(segment: &Segment<T>) -> Self {
        Self {
            source_port: segment.source_port(),
            destination_port: segment.destination_port(),
            sequence: segment.sequence(),
            acknowledgement: segment.acknowledgement(),
            flags: segment.flags(),
            window: segment.window(),
        }
    }

    /// Writes the header in front of the payload that `segment` already holds, with a good checksum.
    ///
    /// # Panics
    /// When `segment` is shorter than [`HEADER_LEN`] or longer than 65,535 bytes.
    pub fn emit(&self, source: [u8; 4], destination: [u8; 4], segment: &mut [u8]) {
        put(segment, SOURCE_PORT, self.source_port);
        put(segment, DESTINATION_PORT, self.destination_port);
        put(segment, SEQUENCE, self.sequence);
        put(segment, ACKNOWLEDGEMENT, self.acknowledgement);
        segment[OFFSET] = 5 << 4;
        segment[FLAGS] = self.flags;
        put(segment, WINDOW, self.window);
        put(segment, CHECKSUM, 0_u16);
        put(segment, URGENT, 0_u16);
        let check = !fold(pseudo_sum(source, destination, segment));
        put(segment, CHECKSUM, check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: [u8; 4] = [10, 0, 0, 1];
    const B: [u8; 4] = [206, 200, 125, 172];

    proptest! {
        #[test]
        fn emit_parse_and_checksum(payload in proptest::collection::vec(any::<u8>(), 0..64), numbers in any::<(u16, u16, u32, u32, u8, u16)>(), bit in any::<usize>()) {
            let repr = Repr {
                source_port: numbers.0,
                destination_port: numbers.1,
                sequence: numbers.2,
                acknowledgement: numbers.3,
                flags: numbers.4,
                window: numbers.5,
            };
            let mut segment = vec![0xa5; HEADER_LEN];
            segment.extend_from_slice(&payload);
            repr.emit(A, B, &mut segment);
            let view = Segment::new_checked(&segment[..]).unwrap();
            prop_assert_eq!(Repr::parse(&view), repr);
            prop_assert!(view.checksum_is_good(A, B));
            prop_assert_eq!((view.payload(), view.urgent()), (&payload[..], 0));
            let bit = bit % (8 * segment.len());
            segment[bit / 8] ^= 1 << (bit % 8);
            let seen = Segment::new_checked(&segment[..]).map_or(true, |v| !v.checksum_is_good(A, B));
            prop_assert!(seen, "bit {}", bit);
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let mut segment = [0; 24];
        for (byte, header) in [(0x40, 16), (0x70, 28)] {
            segment[OFFSET] = byte;
            assert_eq!(
                Segment::new_checked(&segment[..]).unwrap_err(),
                WireError::TcpHeaderLength {
                    header,
                    available: 24
                }
            );
        }
        segment[OFFSET] = 0x60;
        assert_eq!(Segment::new_checked(&segment[..]).unwrap().header_len(), 24);
        assert!(matches!(
            Segment::new_checked(&segment[..19]),
            Err(WireError::TooShort { actual: 19, .. })
        ));
    }
}
