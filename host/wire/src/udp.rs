//! UDP headers (RFC 768).

use crate::WireError;
use crate::bytes::{get, put};
use crate::ipv4::{PROTOCOL_UDP, fold, sum};

const SOURCE_PORT: usize = 0;
const DESTINATION_PORT: usize = 2;
const LENGTH: usize = 4;
const CHECKSUM: usize = 6;
/// Bytes of a header.
pub const HEADER_LEN: usize = 8;

/// View of a datagram. After [`Packet::new_checked`] no accessor panics.
#[derive(Debug, Clone, Copy)]
pub struct Packet<T> {
    buffer: T,
}

impl<T: AsRef<[u8]>> Packet<T> {
    /// Checks the length field, not the checksum.
    ///
    /// # Errors
    /// The length that does not fit the buffer.
    pub fn new_checked(buffer: T) -> Result<Self, WireError> {
        let bytes = buffer.as_ref();
        if bytes.len() < HEADER_LEN {
            return Err(WireError::TooShort {
                unit: "udp header",
                needed: HEADER_LEN,
                actual: bytes.len(),
            });
        }
        let length = usize::from(get::<u16>(bytes, LENGTH));
        if length < HEADER_LEN || length > bytes.len() {
            return Err(WireError::UdpLength {
                length,
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

    /// Length field: header and payload in bytes.
    pub fn length(&self) -> usize {
        usize::from(get::<u16>(self.buffer.as_ref(), LENGTH))
    }

    /// Payload.
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..self.length()]
    }

    /// True when the checksum is absent (0) or right for these addresses.
    pub fn checksum_is_good(&self, source: [u8; 4], destination: [u8; 4]) -> bool {
        let bytes = &self.buffer.as_ref()[..self.length()];
        get::<u16>(bytes, CHECKSUM) == 0 || fold(pseudo_sum(source, destination, bytes)) == 0xffff
    }
}

fn pseudo_sum(source: [u8; 4], destination: [u8; 4], datagram: &[u8]) -> u32 {
    let length = u32::try_from(datagram.len()).expect("a datagram holds at most 65,535 bytes");
    sum(&source) + sum(&destination) + u32::from(PROTOCOL_UDP) + length + sum(datagram)
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
}

impl Repr {
    /// Reads a header.
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Self {
        Self {
            source_port: packet.source_port(),
            destination_port: packet.destination_port(),
        }
    }

    /// Writes the header in front of the payload that `datagram` already holds, with a good checksum.
    ///
    /// # Panics
    /// When `datagram` is shorter than [`HEADER_LEN`] or longer than 65,535 bytes.
    pub fn emit(&self, source: [u8; 4], destination: [u8; 4], datagram: &mut [u8]) {
        let length = u16::try_from(datagram.len()).expect("a datagram holds at most 65,535 bytes");
        put(datagram, SOURCE_PORT, self.source_port);
        put(datagram, DESTINATION_PORT, self.destination_port);
        put(datagram, LENGTH, length);
        put(datagram, CHECKSUM, 0_u16);
        // RFC 768: a sum of zero is sent as all ones, since zero means "none".
        let check = match !fold(pseudo_sum(source, destination, datagram)) {
            0 => 0xffff,
            check => check,
        };
        put(datagram, CHECKSUM, check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: [u8; 4] = [10, 0, 0, 1];
    const B: [u8; 4] = [233, 54, 12, 1];

    proptest! {
        #[test]
        fn emit_parse_and_checksum(payload in proptest::collection::vec(any::<u8>(), 0..64), ports in any::<(u16, u16)>()) {
            let mut datagram = vec![0xa5; HEADER_LEN];
            datagram.extend_from_slice(&payload);
            let repr = Repr { source_port: ports.0, destination_port: ports.1 };
            repr.emit(A, B, &mut datagram);
            let packet = Packet::new_checked(&datagram[..]).unwrap();
            prop_assert_eq!(Repr::parse(&packet), repr);
            prop_assert!(packet.checksum_is_good(A, B));
            prop_assert!(!packet.checksum_is_good(A, [0, 0, 0, 9]));
            prop_assert_eq!(packet.payload(), &payload[..]);
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let mut datagram = [0; 12];
        Repr {
            source_port: 1,
            destination_port: 2,
        }
        .emit(A, B, &mut datagram);
        assert!(matches!(
            Packet::new_checked(&datagram[..7]),
            Err(WireError::TooShort { .. })
        ));
        assert!(matches!(
            Packet::new_checked(&datagram[..11]),
            Err(WireError::UdpLength {
                length: 12,
                available: 11
            })
        ));
        datagram[5] = 7;
        assert!(matches!(
            Packet::new_checked(&datagram[..]),
            Err(WireError::UdpLength { length: 7, .. })
        ));
    }
}
