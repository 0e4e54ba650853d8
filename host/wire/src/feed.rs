//! Feed files: `.itch`, `.itch.gz` (BinaryFILE) and `.pcap` (MoldUDP64 over UDP/IPv4/Ethernet), told apart by
//! their content. Messages stream in file order; memory does not grow with the file.
//!
//! A capture is read as it is: duplicate lines are not merged, sequences are not checked. Frames that hold
//! no MoldUDP64 are skipped and counted, so are wrong header checksums, which captures often have.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use thiserror::Error;

use crate::input::Input;
use crate::moldudp64::{self, Kind};
use crate::{StreamError, WireError, binaryfile, ethernet, ipv4, pcap, udp};

/// A feed file cannot be opened or read on.
#[derive(Debug, Error)]
#[error("{}: {source}", path.display())]
pub struct FeedError {
    /// The file.
    pub path: PathBuf,
    /// Position, reason and remedy.
    pub source: StreamError,
}

/// What a feed file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Length-prefixed messages.
    BinaryFile,
    /// Captured MoldUDP64 frames.
    Pcap,
}

/// One message as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawMessage<'a> {
    /// Index of the message in the file, from 0.
    pub index: u64,
    /// Byte offset in the file after decompression: of the length field, or of the message inside its frame.
    pub offset: u64,
    /// The message, not yet checked.
    pub bytes: &'a [u8],
}

/// What the reader met beside messages; all zero for a BinaryFILE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames read.
    pub frames: u64,
    /// Frames that are not IPv4 or not UDP, or are fragments.
    pub foreign: u64,
    /// Frames with a header that does not fit its bytes.
    pub malformed: u64,
    /// Used frames whose IPv4 header checksum is wrong.
    pub bad_ip_checksum: u64,
    /// Packets without messages.
    pub heartbeats: u64,
    /// End-of-session packets.
    pub ends_of_session: u64,
    /// Packets left at a message that reaches past their end.
    pub bad_blocks: u64,
}

type Source = Box<dyn Read + Send>;

enum Inner {
    Binary(binaryfile::Reader<Source>),
    Capture(Capture),
}

/// Messages of one feed file.
pub struct Feed {
    path: PathBuf,
    inner: Inner,
    next_index: u64,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("path", &self.path)
            .field("next_index", &self.next_index)
            .finish()
    }
}

/// Opens a feed file and finds out what it is.
///
/// # Errors
/// The file cannot be read, holds something else, or is a capture of another link type.
pub fn open(path: impl AsRef<Path>) -> Result<Feed, FeedError> {
    let path = path.as_ref();
    let inner = open_source(path).map_err(|source| FeedError {
        path: path.to_owned(),
        source,
    })?;
    Ok(Feed {
        path: path.to_owned(),
        inner,
        next_index: 0,
    })
}

fn open_source(path: &Path) -> Result<Inner, StreamError> {
    let unreadable = |source| StreamError::Io { offset: 0, source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(2)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    let gzip = start == [0x1f, 0x8b];
    let whole = Cursor::new(start).chain(file);
    let source: Source = if gzip {
        Box::new(MultiGzDecoder::new(whole))
    } else {
        Box::new(whole)
    };
    sniff(Input::new(source, gzip))
}

fn sniff(mut input: Input<Source>) -> Result<Inner, StreamError> {
    input.fill(4)?;
    let start = input.peek(4).to_vec();
    if pcap::is_pcap(&start) {
        return Ok(Inner::Capture(Capture::new(pcap::Reader::over(input)?)));
    }
    match foreign_content(&start) {
        Some((found, remedy)) => Err(StreamError::NotAFeed {
            offset: 0,
            found,
            remedy,
        }),
        None => Ok(Inner::Binary(binaryfile::Reader::over(input))),
    }
}

/// Names what a file holds when its first bytes cannot be the length of an ITCH message.
fn foreign_content(start: &[u8]) -> Option<(String, &'static str)> {
    let (found, remedy) = match start {
        [] => return Some(("end of an empty file".to_owned(), "fetch the file again")),
        [0x0a, 0x0d, 0x0d, 0x0a] => ("a pcapng capture", "convert it with `editcap -F pcap`"),
        [0xfd, b'7', b'z', b'X'] => ("xz data", "decompress it with `xz -d`"),
        [0x28, 0xb5, 0x2f, 0xfd] => ("zstd data", "decompress it with `zstd -d`"),
        [b'P', b'K', ..] => (
            "a zip archive",
            "unpack it, or convert LOBSTER data with `tickforge convert`",
        ),
        [b'B', b'Z', b'h', _] => ("bzip2 data", "decompress it with `bunzip2`"),
        [high, low, ..] if usize::from(u16::from_be_bytes([*high, *low])) > MESSAGE_LEN_PLAUSIBLE => {
            let length = u16::from_be_bytes([*high, *low]);
            let remedy = "give a Nasdaq BinaryFILE, or convert other data with `tickforge convert`";
            return Some((format!("a message length of {length}"), remedy));
        }
        _ => return None,
    };
    Some((found.to_owned(), remedy))
}

/// A first message longer than this means that the file is no ITCH; real ones have 12 to 50 bytes.
const MESSAGE_LEN_PLAUSIBLE: usize = 1_024;

impl Feed {
    /// What the file is.
    pub fn format(&self) -> Format {
        match self.inner {
            Inner::Binary(_) => Format::BinaryFile,
            Inner::Capture(_) => Format::Pcap,
        }
    }

    /// What was met beside messages so far.
    pub fn counters(&self) -> Counters {
        match &self.inner {
            Inner::Binary(_) => Counters::default(),
            Inner::Capture(capture) => capture.counters,
        }
    }

    /// The next message; `None` at the end.
    ///
    /// # Errors
    /// The file is cut or damaged there; the error has its path, position and remedy.
    pub fn next_message(&mut self) -> Result<Option<RawMessage<'_>>, FeedError> {
        let index = self.next_index;
        let next = match &mut self.inner {
            Inner::Binary(reader) => reader.next_message(),
            Inner::Capture(capture) => capture.next_message(),
        };
        match next {
            Ok(Some((offset, bytes))) => {
                self.next_index += 1;
                Ok(Some(RawMessage { index, offset, bytes }))
            }
            Ok(None) => Ok(None),
            Err(source) => Err(FeedError {
                path: self.path.clone(),
                source,
            }),
        }
    }
}

/// Messages one after another, copied; [`Feed::next_message`] lends them instead.
impl Iterator for Feed {
    type Item = Result<Vec<u8>, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_message()
            .map(|message| message.map(|message| message.bytes.to_vec()))
            .transpose()
    }
}

struct Capture {
    reader: pcap::Reader<Source>,
    counters: Counters,
    frame: Vec<u8>,
    frame_offset: u64,
    /// Byte offsets inside `frame` of the next block and of the packet's end.
    next: usize,
    end: usize,
    index: u16,
    left: u16,
}

impl Capture {
    fn new(reader: pcap::Reader<Source>) -> Self {
        Self {
            reader,
            counters: Counters::default(),
            frame: Vec::new(),
            frame_offset: 0,
            next: 0,
            end: 0,
            index: 0,
            left: 0,
        }
    }

    fn next_message(&mut self) -> Result<Option<(u64, &[u8])>, StreamError> {
        while self.left == 0 || !self.block_is_whole() {
            if !self.load_frame()? {
                return Ok(None);
            }
        }
        let block = moldudp64::block_at(&self.frame[..self.end], self.next, self.index);
        let block = block.expect("block_is_whole has just read it");
        self.next = block.offset + block.message.len();
        self.index += 1;
        self.left -= 1;
        Ok(Some((self.frame_offset + block.offset as u64, block.message)))
    }

    fn block_is_whole(&mut self) -> bool {
        let whole = moldudp64::block_at(&self.frame[..self.end], self.next, self.index).is_ok();
        if !whole {
            self.counters.bad_blocks += 1;
            self.left = 0;
        }
        whole
    }

    /// Reads the next frame, whatever it holds; false at the end of the file.
    fn load_frame(&mut self) -> Result<bool, StreamError> {
        self.left = 0;
        let Some(record) = self.reader.next_record()? else {
            return Ok(false);
        };
        self.frame.clear();
        self.frame.extend_from_slice(record.frame);
        self.frame_offset = record.offset + pcap::RECORD_HEADER_LEN as u64;
        let captured = u32::try_from(record.frame.len()).unwrap_or(u32::MAX);
        let (index, offset, original) = (record.index, record.offset, record.original_len);
        self.counters.frames += 1;
        match payload_of(&self.frame) {
            Ok(Some(found)) => self.start_packet(found),
            Ok(None) => self.counters.foreign += 1,
            Err(_) if captured < original => {
                return Err(StreamError::Snapped {
                    record: index,
                    offset,
                    captured,
                    original,
                });
            }
            Err(_) => self.counters.malformed += 1,
        }
        Ok(true)
    }

    fn start_packet(&mut self, found: Payload) {
        self.counters.bad_ip_checksum += u64::from(!found.ip_checksum_is_good);
        let Ok(packet) = moldudp64::Packet::new_checked(&self.frame[found.start..found.end]) else {
            self.counters.malformed += 1;
            return;
        };
        match packet.kind() {
            Kind::Heartbeat => self.counters.heartbeats += 1,
            Kind::EndOfSession => self.counters.ends_of_session += 1,
            Kind::Data(count) => {
                self.left = count;
                self.index = 0;
                self.next = found.start + moldudp64::HEADER_LEN;
                self.end = found.end;
            }
        }
    }
}

/// Where a frame's UDP payload lies.
#[derive(Debug, Clone, Copy)]
struct Payload {
    start: usize,
    end: usize,
    ip_checksum_is_good: bool,
}

fn payload_of(frame: &[u8]) -> Result<Option<Payload>, WireError> {
    let ethernet = ethernet::Frame::new_checked(frame)?;
    if ethernet.ethertype() != ethernet::ETHERTYPE_IPV4 {
        return Ok(None);
    }
    let ip = ipv4::Packet::new_checked(ethernet.payload())?;
    if ip.protocol() != ipv4::PROTOCOL_UDP || ip.is_fragment() {
        return Ok(None);
    }
    let datagram = udp::Packet::new_checked(ip.payload())?;
    let start = ethernet.header_len() + ip.header_len() + udp::HEADER_LEN;
    let end = start + datagram.payload().len();
    Ok(Some(Payload {
        start,
        end,
        ip_checksum_is_good: ip.checksum_is_good(),
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::packetizer::{Config, Packetizer};

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file.flush().unwrap();
        file
    }

    fn messages() -> Vec<Vec<u8>> {
        (12..=50).map(|len| vec![len; usize::from(len)]).collect()
    }

    fn binary() -> Vec<u8> {
        let mut writer = binaryfile::Writer::new(Vec::new());
        for message in messages() {
            writer.write(&message).unwrap();
        }
        writer.into_inner()
    }

    fn capture() -> Vec<u8> {
        let mut packetizer = Packetizer::new(Config {
            vlan: Some(12),
            messages_per_packet: 1..=5,
            ..Config::default()
        });
        let mut writer = pcap::Writer::new(Vec::new()).unwrap();
        let mut put = |frame: Vec<u8>| writer.write(0, &frame).unwrap();
        for message in messages() {
            packetizer.push(&message).unwrap().into_iter().for_each(&mut put);
        }
        packetizer.flush().into_iter().for_each(&mut put);
        put(packetizer.heartbeat());
        put(vec![0xff; 60]);
        put(packetizer.end_of_session());
        writer.into_inner()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, FeedError> {
        open(file(bytes).path())?.collect()
    }

    #[cfg_attr(miri, ignore = "feed files: the file system")]
    #[test]
    fn all_containers_give_the_same_messages() {
        for bytes in [binary(), capture(), gzipped(&binary()), gzipped(&capture())] {
            assert_eq!(read(&bytes).unwrap(), messages());
        }
    }

    #[cfg_attr(miri, ignore = "feed files: the file system")]
    #[test]
    fn what_is_no_message_is_counted() {
        let file = file(&capture());
        let mut feed = open(file.path()).unwrap();
        while feed.next_message().unwrap().is_some() {}
        let counters = feed.counters();
        assert_eq!(
            (counters.heartbeats, counters.ends_of_session, counters.foreign),
            (1, 1, 1)
        );
        assert_eq!(
            (counters.malformed, counters.bad_blocks, counters.bad_ip_checksum),
            (0, 0, 0)
        );
    }

    #[cfg_attr(miri, ignore = "feed files: the file system")]
    #[test]
    fn offsets_point_at_the_message() {
        for bytes in [binary(), capture()] {
            let file = file(&bytes);
            let mut feed = open(file.path()).unwrap();
            let prefix = if feed.format() == Format::BinaryFile { 2 } else { 0 };
            while let Some(message) = feed.next_message().unwrap() {
                let at = usize::try_from(message.offset).unwrap() + prefix;
                assert_eq!(bytes[at..at + message.bytes.len()], *message.bytes);
            }
        }
    }

    #[cfg_attr(miri, ignore = "feed files: the file system")]
    #[test]
    fn cut_files_are_errors_in_every_container() {
        for bytes in [binary(), capture(), gzipped(&binary()), gzipped(&capture())] {
            let error = read(&bytes[..bytes.len() - 5]).unwrap_err();
            assert!(
                matches!(
                    error.source,
                    StreamError::Truncated { .. } | StreamError::Gzip { .. }
                ),
                "{error}"
            );
        }
    }

    #[cfg_attr(miri, ignore = "feed files: the file system")]
    #[test]
    fn other_content_is_named_with_a_remedy() {
        let cases: [(&[u8], &str); 6] = [
            (b"", "empty"),
            (b"seq,ts_ns,type", "message length"),
            (b"\x0a\x0d\x0d\x0a rest", "editcap"),
            (b"\xfd7zXZ\x00 rest", "xz -d"),
            (b"PK\x03\x04 rest", "tickforge convert"),
            (b"\x28\xb5\x2f\xfd rest", "zstd -d"),
        ];
        for (bytes, expected) in cases {
            let text = read(bytes).unwrap_err().to_string();
            assert!(text.contains(expected), "{text}");
        }
        assert!(matches!(
            open("/nonexistent/x.itch").unwrap_err().source,
            StreamError::Io { .. }
        ));
    }

    #[cfg_attr(miri, ignore = "feed files: the file system")]
    #[test]
    fn a_snapped_frame_is_an_error_with_its_sizes() {
        let mut bytes = capture();
        let captured = u32::from_le_bytes(bytes[32..36].try_into().unwrap());
        bytes.drain(40 + 44..40 + captured as usize);
        bytes[32..36].copy_from_slice(&44_u32.to_le_bytes());
        let error = read(&bytes).unwrap_err();
        assert!(
            matches!(
                error.source,
                StreamError::Snapped {
                    record: 0,
                    captured: 44,
                    ..
                }
            ),
            "{error}"
        );
    }
}
