//! Cuts packets out of a byte stream.

use super::{LENGTH_LEN, Packet};
use crate::WireError;

/// Holds what of a stream has not been read yet.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
}

impl Decoder {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the stream, however many.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes held of a packet that is not whole, or not read, yet.
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// The next whole packet, `None` until more bytes come.
    ///
    /// # Errors
    /// The packet is none; the next call reads on behind it. A caller does better to close the connection.
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>, WireError> {
        let rest = &self.buffer[self.start..];
        let Some((length, rest)) = rest.split_first_chunk::<LENGTH_LEN>() else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes(*length));
        let Some(packet) = rest.get(..length) else {
            return Ok(None);
        };
        self.start += LENGTH_LEN + length;
        Packet::parse(packet).map(Some)
    }
}
