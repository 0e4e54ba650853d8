//! Errors of the wire formats. Every variant carries the value that was refused.

use std::io;

use thiserror::Error;

/// A buffer is not the protocol unit it was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WireError {
    /// The buffer ends before the fixed part of the protocol unit does.
    #[error("{unit}: {actual} bytes where at least {needed} are needed")]
    TooShort {
        /// Protocol unit, e.g. `ipv4 header`.
        unit: &'static str,
        /// Bytes the unit needs.
        needed: usize,
        /// Bytes the buffer holds.
        actual: usize,
    },
    /// The first nibble of the IP header is not 4.
    #[error("ipv4: version {0} instead of 4")]
    IpVersion(u8),
    /// The IP header length field is below five words.
    #[error("ipv4: header length {0} bytes, below 20")]
    IpHeaderLength(usize),
    /// The IP total length is shorter than its header or longer than the buffer.
    #[error("ipv4: total length {total} does not fit a {header} byte header in {available} bytes")]
    IpTotalLength {
        /// Total length field.
        total: usize,
        /// Header length in bytes.
        header: usize,
        /// Bytes in the buffer.
        available: usize,
    },
    /// The UDP length is shorter than its header or longer than the buffer.
    #[error("udp: length {length} does not fit between 8 and the {available} bytes there are")]
    UdpLength {
        /// Length field.
        length: usize,
        /// Bytes in the buffer.
        available: usize,
    },
    /// A MoldUDP64 message block reaches past the packet or is too short to be a message.
    #[error("moldudp64: message {index} at byte {offset} has length {length}, {available} bytes are left")]
    MoldBlock {
        /// Index of the block inside the packet, from 0.
        index: u16,
        /// Byte offset of the block's length field inside the packet.
        offset: usize,
        /// Length field of the block.
        length: usize,
        /// Bytes left after the length field.
        available: usize,
    },
    /// The first byte is no ITCH 5.0 message type.
    #[error("itch 5.0: unknown message type 0x{0:02x}")]
    ItchType(u8),
    /// The message has a known type and another length than that type has.
    #[error("itch 5.0: type {} has {expected} bytes, got {actual}", char::from(*.kind))]
    ItchLength {
        /// Message type.
        kind: u8,
        /// Length the type has.
        expected: usize,
        /// Length seen.
        actual: usize,
    },
    /// An empty ITCH message.
    #[error("itch 5.0: empty message")]
    ItchEmpty,
    /// More messages or bytes than one packet can carry.
    #[error("moldudp64: a message of {length} bytes does not fit a payload of {limit} bytes")]
    MoldFull {
        /// Bytes of the message.
        length: usize,
        /// Payload limit in bytes.
        limit: usize,
    },
    /// The TCP header length field is below five words or past the segment.
    #[error("tcp: header length {header} bytes does not fit between 20 and the {available} bytes there are")]
    TcpHeaderLength {
        /// Header length in bytes.
        header: usize,
        /// Bytes in the buffer.
        available: usize,
    },
    /// The first byte is another OUCH 5.0 message type than the one read.
    #[error("ouch 5.0: type 0x{actual:02x} where {} was expected", char::from(*.expected))]
    OuchType {
        /// Type expected.
        expected: u8,
        /// Type seen.
        actual: u8,
    },
    /// The message is neither as long as its fixed part nor as that and the appendage it announces.
    #[error("ouch 5.0: type {} has {expected} bytes, got {actual}", char::from(*.kind))]
    OuchLength {
        /// Message type.
        kind: u8,
        /// Length it has.
        expected: usize,
        /// Length seen.
        actual: usize,
    },
    /// The first byte is no OUCH 5.0 message type of that direction.
    #[error("ouch 5.0: unknown message type 0x{0:02x}")]
    OuchKind(u8),
    /// An option reaches past the appendage or has no tag.
    #[error("ouch 5.0: option at byte {offset} has length {length}, {available} bytes are left")]
    OuchOptionLength {
        /// Byte offset of the option inside the appendage.
        offset: usize,
        /// Length field: tag and value.
        length: usize,
        /// Bytes left after the length field.
        available: usize,
    },
    /// An option with an unknown tag, or with a value of another width than its tag has.
    #[error("ouch 5.0: option {tag} cannot have a value of {width} bytes")]
    OuchOption {
        /// Tag.
        tag: u8,
        /// Bytes of the value.
        width: usize,
    },
    /// A SoupBinTCP packet without a type, of an unknown type, or with a body that type cannot have.
    #[error("soupbintcp: a packet of type 0x{kind:02x} cannot have a body of {length} bytes")]
    SoupPacket {
        /// Packet type, 0 when there is none.
        kind: u8,
        /// Bytes behind the type.
        length: usize,
    },
    /// A numeric field holds something else than digits behind spaces.
    #[error("{unit}: byte 0x{byte:02x} in a number")]
    Number {
        /// Protocol unit.
        unit: &'static str,
        /// The byte that is no digit.
        byte: u8,
    },
}

/// A feed file cannot be read on from `offset`; offsets count bytes after decompression.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The operating system refused.
    #[error("cannot read at byte {offset}: {source}")]
    Io {
        /// Byte offset reached.
        offset: u64,
        /// Reason given.
        source: io::Error,
    },
    /// The file ends inside a unit.
    #[error(
        "truncated at byte {offset}: {unit} needs {needed} bytes, the file has {available} more; \
         fetch or cut the file again at a message boundary"
    )]
    Truncated {
        /// Unit that is cut, e.g. `message`.
        unit: &'static str,
        /// Byte offset where the unit starts.
        offset: u64,
        /// Bytes the unit needs.
        needed: usize,
        /// Bytes there are.
        available: usize,
    },
    /// The compressed data is damaged or cut.
    #[error("damaged gzip data after {offset} decompressed bytes ({source}); fetch the file again")]
    Gzip {
        /// Decompressed bytes read so far.
        offset: u64,
        /// Reason given.
        source: io::Error,
    },
    /// The file holds something else than ITCH 5.0.
    #[error("{found} at byte {offset}, not length-prefixed ITCH 5.0 or a pcap; {remedy}")]
    NotAFeed {
        /// Where it was found.
        offset: u64,
        /// What was found.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The capture was not made on Ethernet.
    #[error("pcap link type {link} at byte 20 is not Ethernet (1); capture on an Ethernet interface")]
    LinkType {
        /// Link type field.
        link: u32,
    },
    /// A packet record claims an impossible length.
    #[error(
        "pcap record {record} at byte {offset} claims {length} bytes, above {limit}; the file is damaged"
    )]
    RecordLength {
        /// Record number, from 0.
        record: u64,
        /// Byte offset of the record header.
        offset: u64,
        /// Captured-length field.
        length: u32,
        /// Largest length accepted.
        limit: u32,
    },
    /// The capture kept only the first bytes of a packet.
    #[error(
        "pcap record {record} at byte {offset} kept {captured} of {original} bytes; \
         capture again without a snap length (tcpdump -s 0)"
    )]
    Snapped {
        /// Record number, from 0.
        record: u64,
        /// Byte offset of the record header.
        offset: u64,
        /// Bytes captured.
        captured: u32,
        /// Bytes the packet had.
        original: u32,
    },
}
