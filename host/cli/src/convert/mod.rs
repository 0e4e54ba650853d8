//! Other venues' and vendors' data as length-prefixed ITCH 5.0.

pub(crate) mod bitstamp;
pub(crate) mod lobster;

use std::io::{self, Write};

use wire::binaryfile::Writer;
use wire::itch50::{Header, Message, StockDirectory, StockTradingAction, SystemEvent};

use crate::error::CliError;

/// Messages of one symbol, written one after another.
#[derive(Debug)]
pub(crate) struct ItchSink<W> {
    writer: Writer<W>,
    buffer: [u8; wire::itch50::LEN_MAX],
    /// Locate of every message.
    pub(crate) locate: u16,
    /// Messages written.
    pub(crate) messages: u64,
}

impl<W: Write> ItchSink<W> {
    pub(crate) fn new(inner: W, locate: u16) -> Self {
        Self {
            writer: Writer::new(inner),
            buffer: [0; wire::itch50::LEN_MAX],
            locate,
            messages: 0,
        }
    }

    /// Header of a message of this symbol.
    pub(crate) fn header(&self, timestamp_ns: u64, tracking: u16) -> Header {
        Header {
            locate: self.locate,
            tracking,
            timestamp_ns,
        }
    }

    /// Writes a message.
    pub(crate) fn put(&mut self, message: impl Into<Message>) -> io::Result<()> {
        let message: Message = message.into();
        let length = message.emit(&mut self.buffer);
        self.messages += 1;
        self.writer.write(&self.buffer[..length])
    }

    /// A system event.
    pub(crate) fn system(&mut self, timestamp_ns: u64, event: u8) -> io::Result<()> {
        self.put(SystemEvent {
            header: self.header(timestamp_ns, 0),
            event,
        })
    }

    /// Opens the session: start of messages, directory entry, trading, market hours.
    pub(crate) fn open_session(&mut self, timestamp_ns: u64, stock: [u8; 8], lot: u32) -> io::Result<()> {
        let header = self.header(timestamp_ns, 0);
        self.system(timestamp_ns, b'O')?;
        self.put(StockDirectory {
            header,
            stock,
            market_category: b'Q',
            financial_status: b'N',
            round_lot_size: lot,
            round_lots_only: b'N',
            issue_classification: b'C',
            issue_sub_type: *b"Z ",
            authenticity: b'P',
            short_sale_threshold: b'N',
            ipo: b' ',
            luld_tier: b'1',
            etp: b'N',
            etp_leverage: 0,
            inverse: b'N',
        })?;
        self.put(StockTradingAction {
            header,
            stock,
            state: b'T',
            reserved: b' ',
            reason: *b"    ",
        })?;
        self.system(timestamp_ns, b'Q')
    }

    pub(crate) fn into_inner(self) -> W {
        self.writer.into_inner()
    }
}

/// Why a conversion stopped.
#[derive(Debug)]
pub(crate) enum ConvertError {
    /// The output file refused.
    Write(io::Error),
    /// The input cannot be used; the text has the line and the remedy.
    Input(String),
}

impl From<io::Error> for ConvertError {
    fn from(source: io::Error) -> Self {
        Self::Write(source)
    }
}

impl ConvertError {
    /// The error with the files it is about.
    pub(crate) fn at(self, input: &std::path::Path, output: &std::path::Path) -> CliError {
        match self {
            Self::Write(source) => CliError::file(output, source),
            Self::Input(text) => CliError::Input(format!("{}: {text}", input.display())),
        }
    }
}
