//! Why an image is not in the flash. Every message says what to do.

use std::path::PathBuf;
use std::time::Duration;

/// Why an image was refused or not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlashError {
    /// A file could not be read or written.
    #[error("{}: {source}; check that the path exists and may be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A manifest, key or board is not what it is known to be.
    #[error("{what}: {said}")]
    Unreadable {
        /// File or text.
        what: String,
        /// What is wrong with it.
        said: String,
    },
    /// The image is for another board.
    #[error("the image is for {image}, not for {board}; name that board, or take an image of this one")]
    OtherBoard {
        /// Board of the manifest.
        image: String,
        /// Board asked for.
        board: String,
    },
    /// This program speaks another contract.
    #[error(
        "the image speaks contract {image:08x}, this program {host:08x}; take the image of this release, or the program of the image (its commit is {commit})"
    )]
    OtherContract {
        /// Hash of the image.
        image: u32,
        /// Hash of this program.
        host: u32,
        /// Commit of the image.
        commit: String,
    },
    /// The file is not the one the manifest speaks of.
    #[error("{}: sha256 is {found}, the manifest says {expected}; the file is damaged or another: fetch both again", path.display())]
    OtherDigest {
        /// The image.
        path: PathBuf,
        /// Its digest.
        found: String,
        /// The manifest's.
        expected: String,
    },
    /// Nobody signed the manifest.
    #[error("the manifest has no signature; sign it with `tickforge image sign`, or allow it by --unsigned")]
    Unsigned,
    /// None of the trusted keys made the signature.
    #[error(
        "the signature is of none of {keys} trusted keys; take an image of a signer you trust, name its key by --trust, or allow it by --unsigned"
    )]
    BadSignature {
        /// How many keys were tried.
        keys: usize,
    },
    /// A signature, and no key to hold it against.
    #[error("no trusted key: name the signer's public key by --trust, or allow the image by --unsigned")]
    NoKey,
    /// The programmer is not installed.
    #[error("{program} is not here: {source}; install it, or put it into PATH")]
    NoProgrammer {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The programmer ended with an error.
    #[error(
        "{program} failed ({status}): {said}; the flash may be half written: write again, or return by --golden"
    )]
    Programmer {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// Its last words.
        said: String,
    },
    /// The programmer did not end.
    #[error("{program} did not end within {} s and was stopped; the flash may be half written: check the cable, write again, or return by --golden", limit.as_secs())]
    Timeout {
        /// The program.
        program: String,
        /// How long it may take.
        limit: Duration,
    },
    /// No card at the address.
    #[error("{}: no such PCI function; check the address with lspci -D", path.display())]
    NoDevice {
        /// Its folder.
        path: PathBuf,
    },
    /// A driver holds the card.
    #[error(
        "driver {driver} holds {device}; end the program that uses the card, and unbind the driver: echo {device} > /sys/bus/pci/drivers/{driver}/unbind"
    )]
    InUse {
        /// Address.
        device: String,
        /// The driver.
        driver: String,
    },
    /// The kernel did not forget the card.
    #[error(
        "{device} is still on the bus {} s after its removal; {}",
        limit.as_secs(),
        if *is_written {
            "the image is in the flash: end what uses the card and power-cycle it"
        } else {
            "nothing was written: end what uses the card"
        }
    )]
    StillThere {
        /// Address.
        device: String,
        /// How long was waited.
        limit: Duration,
        /// The image had been written before, by the card itself.
        is_written: bool,
    },
    /// Text that is no address of a card.
    #[error(
        "`{device}` is no PCI address; expected DOMAIN:BUS:DEVICE.FUNCTION as in 0000:03:00.0 (see lspci -D)"
    )]
    NoAddress {
        /// What was given.
        device: String,
    },
    /// The card did not come back.
    #[error("{device} did not come back within {} s of the rescan; the image is in the flash: power-cycle the card, or return by --golden", limit.as_secs())]
    NotBack {
        /// Address.
        device: String,
        /// How long was waited.
        limit: Duration,
    },
    /// Writing failed, and so did bringing the card back.
    #[error("{first}; and behind that: {second}")]
    Both {
        /// The first.
        first: Box<FlashError>,
        /// The second.
        second: Box<FlashError>,
    },
    /// The board has no programmer.
    #[error(
        "board {board} names no programmer; add [programmer] to its board.toml, or write the image with the board's own tool"
    )]
    NoRecipe {
        /// The board.
        board: String,
    },
    /// The programmer wants what was not given.
    #[error("{programmer} needs {what}")]
    Needs {
        /// Kind of programmer.
        programmer: &'static str,
        /// What, and how to give it.
        what: &'static str,
    },
}

impl FlashError {
    /// Attaches the path to an I/O error.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
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

    /// Usage, files or the machine are at fault, not the image or the writing of it.
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::File { .. }
                | Self::Unreadable { .. }
                | Self::OtherBoard { .. }
                | Self::NoKey
                | Self::NoProgrammer { .. }
                | Self::NoAddress { .. }
                | Self::NoDevice { .. }
                | Self::InUse { .. }
                | Self::NoRecipe { .. }
                | Self::Needs { .. }
        )
    }
}
