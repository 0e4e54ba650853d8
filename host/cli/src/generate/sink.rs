//! Where generated messages go: a BinaryFILE or a capture of MoldUDP64 frames.

use std::io;
use std::path::Path;

use wire::binaryfile;
use wire::itch50::{LEN_MAX, Message};
use wire::packetizer::{Config, Packetizer};
use wire::pcap;

use crate::error::CliError;
use crate::output::OutputFile;

/// 2024-01-02 00:00:00 UTC, the day of generated captures.
const CAPTURE_DAY_NS: u64 = 1_704_153_600_000_000_000;

/// A file of messages.
#[derive(Debug)]
pub(super) enum Sink {
    Binary(binaryfile::Writer<OutputFile>),
    Capture {
        packetizer: Box<Packetizer>,
        writer: pcap::Writer<OutputFile>,
        stamp_ns: u64,
    },
}

impl Sink {
    /// Starts a file; a name that ends in `.pcap` gets frames, `.gz` is compressed.
    pub(super) fn create(path: &Path, seed: u64) -> Result<Self, CliError> {
        let output = OutputFile::create(path)?;
        let capture = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("pcap"));
        if !capture {
            return Ok(Self::Binary(binaryfile::Writer::new(output)));
        }
        let config = Config {
            messages_per_packet: 1..=12,
            seed,
            ..Config::default()
        };
        let writer = pcap::Writer::new(output).map_err(|source| CliError::file(path, source))?;
        Ok(Self::Capture {
            packetizer: Box::new(Packetizer::new(config)),
            writer,
            stamp_ns: CAPTURE_DAY_NS,
        })
    }

    pub(super) fn put(&mut self, message: &Message) -> io::Result<()> {
        let mut buffer = [0; LEN_MAX];
        let length = message.emit(&mut buffer);
        match self {
            Self::Binary(writer) => writer.write(&buffer[..length]),
            Self::Capture {
                packetizer,
                writer,
                stamp_ns,
            } => {
                *stamp_ns = CAPTURE_DAY_NS + message.header().timestamp_ns;
                match packetizer.push(&buffer[..length]).map_err(io::Error::other)? {
                    Some(frame) => writer.write(*stamp_ns, &frame),
                    None => Ok(()),
                }
            }
        }
    }

    /// Ends the session and completes the file.
    pub(super) fn finish(self, path: &Path) -> Result<(), CliError> {
        let failed = |source| CliError::file(path, source);
        let output = match self {
            Self::Binary(writer) => writer.into_inner(),
            Self::Capture {
                mut packetizer,
                mut writer,
                stamp_ns,
            } => {
                if let Some(frame) = packetizer.flush() {
                    writer.write(stamp_ns, &frame).map_err(failed)?;
                }
                writer
                    .write(stamp_ns, &packetizer.end_of_session())
                    .map_err(failed)?;
                writer.into_inner()
            }
        };
        output.finish()
    }
}
