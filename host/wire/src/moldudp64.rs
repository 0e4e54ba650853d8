//! MoldUDP64 1.00: downstream packets (session 10, sequence 8, count 2, then length-prefixed
//! messages) and request packets, which have the header alone.

use crate::WireError;
use crate::bytes::{get, put};

const SESSION: usize = 0;
const SEQUENCE: usize = 10;
const COUNT: usize = 18;
/// Bytes of a header, and of a whole request packet.
pub const HEADER_LEN: usize = 20;
/// Bytes in front of each message.
pub const LENGTH_LEN: usize = 2;
/// Count field of the packets that close a session.
pub const END_OF_SESSION: u16 = 0xffff;

/// What the count field says about a downstream packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No message; the sequence is that of the next message.
    Heartbeat,
    /// This many messages, the first with the packet's sequence.
    Data(u16),
    /// The session is over; the sequence is one past its last message.
    EndOfSession,
}

/// View of a downstream or request packet. After [`Packet::new_checked`] no accessor panics.
#[derive(Debug, Clone, Copy)]
pub struct Packet<T> {
    buffer: T,
}

impl<T: AsRef<[u8]>> Packet<T> {
    /// Checks that the header is whole; blocks are checked as [`Packet::blocks`] reaches them.
    ///
    /// # Errors
    /// [`WireError::TooShort`].
    pub fn new_checked(buffer: T) -> Result<Self, WireError> {
        let actual = buffer.as_ref().len();
        if actual < HEADER_LEN {
            return Err(WireError::TooShort {
                unit: "moldudp64 header",
                needed: HEADER_LEN,
                actual,
            });
        }
        Ok(Self { buffer })
    }

    /// Session, ten characters.
    pub fn session(&self) -> [u8; 10] {
        get(self.buffer.as_ref(), SESSION)
    }

    /// Sequence number of the first message, or of the next one in heartbeats and ends of session.
    pub fn sequence(&self) -> u64 {
        get(self.buffer.as_ref(), SEQUENCE)
    }

    /// Count field as it stands.
    pub fn count(&self) -> u16 {
        get(self.buffer.as_ref(), COUNT)
    }

    /// What the count field means in a downstream packet.
    pub fn kind(&self) -> Kind {
        match self.count() {
            0 => Kind::Heartbeat,
            END_OF_SESSION => Kind::EndOfSession,
            count => Kind::Data(count),
        }
    }

    /// The messages of a downstream packet; an impossible length is an error and ends the iteration.
    pub fn blocks(&self) -> Blocks<'_> {
        let left = match self.kind() {
            Kind::Data(count) => count,
            Kind::Heartbeat | Kind::EndOfSession => 0,
        };
        Blocks {
            bytes: self.buffer.as_ref(),
            offset: HEADER_LEN,
            index: 0,
            left,
        }
    }
}

/// One message of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// Index inside the packet, from 0; the message's sequence is the packet's plus this.
    pub index: u16,
    /// Byte offset of the message inside the packet.
    pub offset: usize,
    /// The message.
    pub message: &'a [u8],
}

/// Iterator over the messages of a packet.
#[derive(Debug, Clone)]
pub struct Blocks<'a> {
    bytes: &'a [u8],
    offset: usize,
    index: u16,
    left: u16,
}

/// Reads the block whose length field stands at `offset`.
///
/// # Errors
/// [`WireError::MoldBlock`] when it reaches past the packet.
pub fn block_at(packet: &[u8], offset: usize, index: u16) -> Result<Block<'_>, WireError> {
    let rest = packet.get(offset..).unwrap_or_default();
    let Some((prefix, body)) = rest.split_first_chunk::<LENGTH_LEN>() else {
        return Err(WireError::MoldBlock {
            index,
            offset,
            length: 0,
            available: 0,
        });
    };
    let length = usize::from(u16::from_be_bytes(*prefix));
    match body.get(..length) {
        Some(message) => Ok(Block {
            index,
            offset: offset + LENGTH_LEN,
            message,
        }),
        None => Err(WireError::MoldBlock {
            index,
            offset,
            length,
            available: body.len(),
        }),
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let block = block_at(self.bytes, self.offset, self.index);
        match &block {
            Ok(block) => {
                self.offset = block.offset + block.message.len();
                self.index += 1;
            }
            Err(_) => self.left = 0,
        }
        Some(block)
    }
}

/// Builds the downstream packets of one session, in order.
#[derive(Debug, Clone)]
pub struct Builder {
    packet: Vec<u8>,
    count: u16,
    payload_max: usize,
}

impl Builder {
    /// A builder whose packets hold at most `payload_max` bytes, header included; `next_sequence` is that of
    /// the first message pushed.
    pub fn new(session: [u8; 10], next_sequence: u64, payload_max: usize) -> Self {
        let mut packet = vec![0; HEADER_LEN];
        put(&mut packet, SESSION, session);
        put(&mut packet, SEQUENCE, next_sequence);
        Self {
            packet,
            count: 0,
            payload_max,
        }
    }

    /// Messages in the packet under construction.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// Sequence of the next message to be pushed.
    pub fn next_sequence(&self) -> u64 {
        get::<u64>(&self.packet, SEQUENCE) + u64::from(self.count)
    }

    /// True when a message of `length` bytes still fits the packet.
    pub fn fits(&self, length: usize) -> bool {
        self.count < END_OF_SESSION - 1 && self.packet.len() + LENGTH_LEN + length <= self.payload_max
    }

    /// Appends a message.
    ///
    /// # Errors
    /// [`WireError::MoldFull`] when it does not fit: take the packet first, or raise the limit.
    pub fn push(&mut self, message: &[u8]) -> Result<(), WireError> {
        let full = WireError::MoldFull {
            length: message.len(),
            limit: self.payload_max,
        };
        let length = u16::try_from(message.len()).map_err(|_| full)?;
        if !self.fits(message.len()) {
            return Err(full);
        }
        self.packet.extend_from_slice(&length.to_be_bytes());
        self.packet.extend_from_slice(message);
        self.count += 1;
        Ok(())
    }

    /// Hands out the packet with all messages pushed since the last; with none it is a heartbeat.
    pub fn take(&mut self) -> Vec<u8> {
        let count = self.count;
        self.finish(count)
    }

    /// An end-of-session packet; messages not yet taken would be lost.
    ///
    /// # Panics
    /// When messages are pending.
    pub fn end_of_session(&mut self) -> Vec<u8> {
        assert_eq!(self.count, 0, "take the pending packet before ending the session");
        self.finish(END_OF_SESSION)
    }

    fn finish(&mut self, count: u16) -> Vec<u8> {
        let next = self.next_sequence();
        let mut packet = self.packet.clone();
        put(&mut packet, COUNT, count);
        self.packet.truncate(HEADER_LEN);
        put(&mut self.packet, SEQUENCE, next);
        self.count = 0;
        packet
    }
}

/// A request for `count` messages from `sequence` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Session.
    pub session: [u8; 10],
    /// First sequence wanted.
    pub sequence: u64,
    /// Messages wanted.
    pub count: u16,
}

impl Request {
    /// Reads a request.
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Self {
        Self {
            session: packet.session(),
            sequence: packet.sequence(),
            count: packet.count(),
        }
    }

    /// The request on the wire.
    pub fn emit(&self) -> [u8; HEADER_LEN] {
        let mut packet = [0; HEADER_LEN];
        put(&mut packet, SESSION, self.session);
        put(&mut packet, SEQUENCE, self.sequence);
        put(&mut packet, COUNT, self.count);
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SESSION_NAME: [u8; 10] = *b"0000000007";

    proptest! {
        #[test]
        fn what_goes_in_comes_out(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..30), first in 1_u64..1 << 60) {
            let mut builder = Builder::new(SESSION_NAME, first, 4096);
            for message in &messages {
                builder.push(message).unwrap();
            }
            let bytes = builder.take();
            let packet = Packet::new_checked(&bytes[..]).unwrap();
            prop_assert_eq!((packet.session(), packet.sequence()), (SESSION_NAME, first));
            let read: Vec<Vec<u8>> = packet.blocks().map(|block| block.unwrap().message.to_vec()).collect();
            prop_assert_eq!(&read, &messages);
            prop_assert_eq!(builder.next_sequence(), first + messages.len() as u64);
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(packet) = Packet::new_checked(&bytes[..]) {
                let errors = packet.blocks().filter(Result::is_err).count();
                prop_assert!(errors <= 1);
            }
        }
    }

    #[test]
    fn heartbeat_and_end_of_session_carry_the_next_sequence() {
        let mut builder = Builder::new(SESSION_NAME, 5, 100);
        builder.push(&[1, 2]).unwrap();
        builder.take();
        for (bytes, kind) in [
            (builder.take(), Kind::Heartbeat),
            (builder.end_of_session(), Kind::EndOfSession),
        ] {
            let packet = Packet::new_checked(&bytes[..]).unwrap();
            assert_eq!(
                (packet.sequence(), packet.kind(), packet.blocks().count()),
                (6, kind, 0)
            );
        }
    }

    #[test]
    fn a_block_past_the_end_is_an_error_and_the_last_item() {
        let mut builder = Builder::new(SESSION_NAME, 1, 100);
        builder.push(&[7; 12]).unwrap();
        builder.push(&[8; 12]).unwrap();
        let mut bytes = builder.take();
        bytes[HEADER_LEN + 1] = 40;
        let packet = Packet::new_checked(&bytes[..]).unwrap();
        let items: Vec<_> = packet.blocks().collect();
        assert_eq!(
            items,
            [Err(WireError::MoldBlock {
                index: 0,
                offset: 20,
                length: 40,
                available: 26
            })]
        );
        let cut = &builder_bytes()[..21];
        let packet = Packet::new_checked(cut).unwrap();
        let items: Vec<_> = packet.blocks().collect();
        assert_eq!(
            items,
            [Err(WireError::MoldBlock {
                index: 0,
                offset: 20,
                length: 0,
                available: 0
            })]
        );
    }

    fn builder_bytes() -> Vec<u8> {
        let mut builder = Builder::new(SESSION_NAME, 1, 100);
        builder.push(&[7; 12]).unwrap();
        builder.take()
    }

    #[test]
    fn a_full_packet_refuses_and_keeps_what_it_has() {
        let mut builder = Builder::new(SESSION_NAME, 1, 40);
        builder.push(&[0; 10]).unwrap();
        assert_eq!(
            builder.push(&[0; 7]).unwrap_err(),
            WireError::MoldFull { length: 7, limit: 40 }
        );
        assert_eq!(builder.count(), 1);
        builder.push(&[0; 6]).unwrap();
    }

    #[test]
    fn requests_round_trip() {
        let request = Request {
            session: SESSION_NAME,
            sequence: 99,
            count: 12,
        };
        let bytes = request.emit();
        assert_eq!(Request::parse(&Packet::new_checked(&bytes).unwrap()), request);
    }
}
