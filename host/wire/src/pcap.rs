//! Classic pcap captures of Ethernet: both byte orders, microsecond and nanosecond stamps.

use std::io::{self, Read, Write};

use crate::StreamError;
use crate::input::Input;

/// Bytes of the file header.
pub const FILE_HEADER_LEN: usize = 24;
/// Bytes of a record header.
pub const RECORD_HEADER_LEN: usize = 16;
const MAGIC_US: u32 = 0xa1b2_c3d4;
const MAGIC_NS: u32 = 0xa1b2_3c4d;
const LINK_ETHERNET: u32 = 1;
/// Largest captured length accepted; libpcap writes at most 262,144.
pub const CAPTURED_MAX: u32 = 1 << 20;

/// Byte order and stamp unit a magic number announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    big_endian: bool,
    stamp_unit_ns: u64,
}

fn format_of(magic: [u8; 4]) -> Option<Format> {
    let known = |value| match value {
        MAGIC_US => Some(1_000),
        MAGIC_NS => Some(1),
        _ => None,
    };
    let little = known(u32::from_le_bytes(magic)).map(|unit| (false, unit));
    let found = little.or_else(|| known(u32::from_be_bytes(magic)).map(|unit| (true, unit)));
    found.map(|(big_endian, stamp_unit_ns)| Format {
        big_endian,
        stamp_unit_ns,
    })
}

/// True when a file that starts so is a classic pcap capture.
pub fn is_pcap(start: &[u8]) -> bool {
    start
        .first_chunk()
        .is_some_and(|magic| format_of(*magic).is_some())
}

/// One captured frame.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Record number, from 0.
    pub index: u64,
    /// Byte offset of the record header in the file.
    pub offset: u64,
    /// Capture time, nanoseconds since 1970.
    pub stamp_ns: u64,
    /// Bytes the frame had on the wire.
    pub original_len: u32,
    /// Bytes captured.
    pub frame: &'a [u8],
}

/// Reads frames one after another.
#[derive(Debug)]
pub struct Reader<R> {
    input: Input<R>,
    format: Format,
    index: u64,
}

impl<R: Read> Reader<R> {
    /// Reads the file header.
    ///
    /// # Errors
    /// Not a pcap, a link type other than Ethernet, or a file that ends in its header.
    pub fn new(reader: R) -> Result<Self, StreamError> {
        Self::over(Input::new(reader, false))
    }

    pub(crate) fn over(mut input: Input<R>) -> Result<Self, StreamError> {
        input.need("pcap file header", 0, FILE_HEADER_LEN)?;
        let mut header = [0; FILE_HEADER_LEN];
        header.copy_from_slice(input.take(FILE_HEADER_LEN));
        let magic = [header[0], header[1], header[2], header[3]];
        let format = format_of(magic).ok_or_else(|| StreamError::NotAFeed {
            offset: 0,
            found: format!("magic number {magic:02x?}"),
            remedy: "save the capture in the classic pcap format (tcpdump -w, editcap -F pcap)",
        })?;
        // The upper half of the word holds frame check sequence flags, not the link type.
        let link = word(&header, 20, format.big_endian) & 0xffff;
        if link != LINK_ETHERNET {
            return Err(StreamError::LinkType { link });
        }
        Ok(Self {
            input,
            format,
            index: 0,
        })
    }

    /// The next frame, `None` at the end of the file.
    ///
    /// # Errors
    /// A file that ends inside a record, an impossible length, I/O.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, StreamError> {
        let offset = self.input.offset();
        if self.input.fill(RECORD_HEADER_LEN)? == 0 {
            return Ok(None);
        }
        self.input.need("pcap record header", 0, RECORD_HEADER_LEN)?;
        let big_endian = self.format.big_endian;
        let header = self.input.take(RECORD_HEADER_LEN);
        let [seconds, fraction, captured, original_len] =
            [0, 4, 8, 12].map(|at| word(header, at, big_endian));
        let index = self.index;
        if captured > CAPTURED_MAX {
            return Err(StreamError::RecordLength {
                record: index,
                offset,
                length: captured,
                limit: CAPTURED_MAX,
            });
        }
        let length = captured as usize;
        self.input.need("pcap record", RECORD_HEADER_LEN, length)?;
        self.index += 1;
        let stamp_ns = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * self.format.stamp_unit_ns;
        Ok(Some(Record {
            index,
            offset,
            stamp_ns,
            original_len,
            frame: self.input.take(length),
        }))
    }
}

fn word(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let raw = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    if big_endian {
        u32::from_be_bytes(raw)
    } else {
        u32::from_le_bytes(raw)
    }
}

/// Writes little-endian captures with nanosecond stamps.
#[derive(Debug)]
pub struct Writer<W> {
    inner: W,
}

impl<W: Write> Writer<W> {
    /// Writes the file header to `inner`, which should buffer.
    ///
    /// # Errors
    /// What `inner` returns.
    pub fn new(mut inner: W) -> io::Result<Self> {
        let mut header = Vec::with_capacity(FILE_HEADER_LEN);
        header.extend_from_slice(&MAGIC_NS.to_le_bytes());
        header.extend_from_slice(&2_u16.to_le_bytes());
        header.extend_from_slice(&4_u16.to_le_bytes());
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(&CAPTURED_MAX.to_le_bytes());
        header.extend_from_slice(&LINK_ETHERNET.to_le_bytes());
        inner.write_all(&header)?;
        Ok(Self { inner })
    }

    /// Appends a whole frame; `stamp_ns` counts from 1970.
    ///
    /// # Errors
    /// `InvalidInput` beyond [`CAPTURED_MAX`] bytes or year 2106, and what `inner` returns.
    pub fn write(&mut self, stamp_ns: u64, frame: &[u8]) -> io::Result<()> {
        let length = u32::try_from(frame.len())
            .ok()
            .filter(|length| *length <= CAPTURED_MAX);
        let seconds = u32::try_from(stamp_ns / 1_000_000_000).ok();
        let (Some(length), Some(seconds)) = (length, seconds) else {
            let text = format!(
                "a record of {} bytes at {stamp_ns} ns does not fit pcap",
                frame.len()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        };
        let fraction = u32::try_from(stamp_ns % 1_000_000_000).expect("below 10^9");
        for field in [seconds, fraction, length, length] {
            self.inner.write_all(&field.to_le_bytes())?;
        }
        self.inner.write_all(frame)
    }

    /// Hands the sink back; it is not flushed.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        writer.write(1_700_000_000_123_456_789, &[1, 2, 3]).unwrap();
        writer.write(1_700_000_001_000_000_001, &[4; 60]).unwrap();
        writer.into_inner()
    }

    /// The same capture as a big-endian or microsecond machine writes it.
    fn rewritten(big_endian: bool, micro: bool) -> Vec<u8> {
        let little = capture();
        let mut out = little.clone();
        if micro {
            out[..4].copy_from_slice(&MAGIC_US.to_le_bytes());
        }
        if big_endian {
            let mut swap = |range: std::ops::Range<usize>| out[range].reverse();
            for at in [0, 8, 12, 16, 20] {
                swap(at..at + 4);
            }
            swap(4..6);
            swap(6..8);
            for record in [24, 24 + 16 + 3] {
                for field in 0..4 {
                    swap(record + 4 * field..record + 4 * field + 4);
                }
            }
        }
        out
    }

    fn stamps(bytes: &[u8]) -> Result<Vec<(u64, usize)>, StreamError> {
        let mut reader = Reader::new(bytes)?;
        let mut found = Vec::new();
        while let Some(record) = reader.next_record()? {
            assert_eq!(record.original_len as usize, record.frame.len());
            found.push((record.stamp_ns, record.frame.len()));
        }
        Ok(found)
    }

    #[test]
    fn both_byte_orders_and_both_units() {
        let ns = [(1_700_000_000_123_456_789, 3), (1_700_000_001_000_000_001, 60)];
        let us = [
            (1_700_000_000_000_000_000 + 123_456_789_000, 3),
            (1_700_000_001_000_001_000, 60),
        ];
        for big_endian in [false, true] {
            assert!(is_pcap(&rewritten(big_endian, false)));
            assert_eq!(stamps(&rewritten(big_endian, false)).unwrap(), ns);
            assert_eq!(stamps(&rewritten(big_endian, true)).unwrap(), us);
        }
    }

    #[test]
    fn every_cut_is_an_error_or_a_record_boundary() {
        let bytes = capture();
        for cut in 0..bytes.len() {
            match stamps(&bytes[..cut]) {
                Ok(found) => assert_eq!(cut, [24, 43][found.len()]),
                Err(StreamError::Truncated { offset, .. }) => {
                    assert!([0, 24, 43].contains(&offset), "cut {cut} offset {offset}");
                }
                Err(other) => panic!("cut {cut}: {other}"),
            }
        }
    }

    #[test]
    fn another_link_type_is_named_and_the_fcs_flag_is_not_one() {
        let mut bytes = capture();
        bytes[20] = 113;
        let text = stamps(&bytes).unwrap_err().to_string();
        assert!(
            text.contains("link type 113") && text.contains("Ethernet"),
            "{text}"
        );
        bytes[20] = 1;
        bytes[23] = 0x24;
        assert_eq!(stamps(&bytes).unwrap().len(), 2);
    }

    #[test]
    fn an_absurd_length_is_refused_before_it_is_allocated() {
        let mut bytes = capture();
        bytes[24 + 8..24 + 12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(
            stamps(&bytes),
            Err(StreamError::RecordLength {
                record: 0,
                offset: 24,
                length: u32::MAX,
                ..
            })
        ));
    }
}
