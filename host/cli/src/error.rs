//! What ends a command, and the exit code it ends with.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wire::feed::FeedError;

/// Each message is one line: what, where, and what to do.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// The arguments or the input cannot be used.
    #[error("{0}")]
    Input(String),
    /// A feed file is missing, cut, damaged or something else.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// A file cannot be read or written.
    #[error("{}: {source}; check that the path exists and may be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Reason given.
        source: io::Error,
    },
    /// The card or its transport failed.
    #[error(transparent)]
    Device(#[from] device::DeviceError),
    /// The card process around the card failed.
    #[cfg(feature = "sim")]
    #[error(transparent)]
    Lab(#[from] sim_card::lab::LabError),
    /// Wide records of a card that has none.
    #[error(
        "--wide: card {card} sends no wide records: its gateware has none yet (CAPABILITIES says what a card has); use --card twin"
    )]
    NoWide {
        /// The card, as it was named.
        card: String,
    },
    /// The run failed its own check.
    #[error("check failed: {0}")]
    Check(String),
    /// Standard output refused.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
    /// Whoever read standard output has gone, as `head` does.
    #[error("the reader of the output has gone")]
    ReaderGone,
}

impl CliError {
    /// A file that cannot be used.
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    /// An error of standard output.
    pub(crate) fn output(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Output(source),
        }
    }

    /// 2 for bad usage or input, 1 otherwise.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::NoWide { .. } | Self::Feed(_) | Self::File { .. } => 2,
            Self::Output(_) | Self::Check(_) | Self::Device(_) => 1,
            #[cfg(feature = "sim")]
            Self::Lab(_) => 1,
            Self::ReaderGone => 0,
        }
    }
}
