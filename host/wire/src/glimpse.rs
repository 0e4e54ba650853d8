//! GLIMPSE 5.0: a picture of the book as ITCH 5.0 messages over SoupBinTCP, closed by the number of the feed message
//! to go on with (section 1.7).

use crate::WireError;
use crate::bytes::get;
use crate::soupbintcp::{digits, number};

/// Bytes of an End of Snapshot.
pub const END_LEN: usize = 21;
/// Type of an End of Snapshot.
pub const END_TYPE: u8 = b'G';

/// What a message of a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// An ITCH 5.0 message, not yet checked.
    Itch(&'a [u8]),
    /// The end: sequence of the first feed message the picture does not contain.
    End(u64),
}

impl<'a> Message<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// An end whose length or number is none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WireError> {
        if bytes.first() != Some(&END_TYPE) {
            return Ok(Self::Itch(bytes));
        }
        if bytes.len() != END_LEN {
            return Err(WireError::TooShort {
                unit: "glimpse end of snapshot",
                needed: END_LEN,
                actual: bytes.len(),
            });
        }
        number(&get::<[u8; 20]>(bytes, 1)).map(Self::End)
    }
}

/// An End of Snapshot on the wire.
pub fn end(sequence: u64) -> [u8; END_LEN] {
    let mut bytes = [END_TYPE; END_LEN];
    bytes[1..].copy_from_slice(&digits(sequence));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_on_the_wire() {
        assert_eq!(end(90_417), *b"G               90417");
        for sequence in [0, 1, u64::MAX] {
            assert_eq!(Message::parse(&end(sequence)), Ok(Message::End(sequence)));
        }
        assert_eq!(Message::parse(b"S123"), Ok(Message::Itch(b"S123")));
        assert_eq!(Message::parse(b""), Ok(Message::Itch(b"")));
        assert!(Message::parse(b"G1").is_err());
        assert!(Message::parse(b"G                   x").is_err());
    }
}
