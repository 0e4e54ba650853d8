//! What can go wrong on the way to a bitstream.

use std::path::PathBuf;

/// Why there is no netlist, clock or bitstream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program is not installed.
    #[error("{tool} is missing; install it by `{remedy}`")]
    ToolMissing {
        /// Name of the program.
        tool: String,
        /// Command that installs it.
        remedy: &'static str,
    },
    /// A program ended with an error.
    #[error("{tool} fails on {what}: {said}")]
    Failed {
        /// Name of the program.
        tool: String,
        /// What it worked on.
        what: String,
        /// Last lines it printed.
        said: String,
    },
    /// A program's answer is not what it is known to print.
    #[error("{what}: {said}")]
    Unreadable {
        /// File or text.
        what: String,
        /// What is wrong with it.
        said: String,
    },
    /// No board of this name.
    #[error("no board is called `{name}`; there are: {known}")]
    UnknownBoard {
        /// The name asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// The board is built by other tools.
    #[error("{board} is not built that way; use `{command} --board {board}`")]
    OtherTools {
        /// Name of the board.
        board: String,
        /// The command that is meant for it.
        command: &'static str,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// Attaches the path to an I/O error.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            path: path.into(),
            source,
        }
    }

    pub(crate) fn unreadable(what: impl Into<String>, said: impl std::fmt::Display) -> Self {
        Self::Unreadable {
            what: what.into(),
            said: said.to_string(),
        }
    }

    /// The environment is at fault, not the design.
    pub fn is_environment(&self) -> bool {
        matches!(
            self,
            Self::ToolMissing { .. } | Self::UnknownBoard { .. } | Self::OtherTools { .. } | Self::Io { .. }
        )
    }
}
