//! What can go wrong on the way to a card, and what to do about it.

use contract::port::PortError;
use std::io;
use std::path::PathBuf;

/// Why a card cannot be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PcieError {
    /// Nobody listens on the socket.
    #[error("no card process answers at {}: {source}; start one with `tickforge card serve --socket {}`", socket.display(), socket.display())]
    Connect {
        /// Path of the socket.
        socket: PathBuf,
        /// Reason given.
        source: io::Error,
    },
    /// The card answered with an error.
    #[error("the card refused {command}: {}; its log says why", errno(*code))]
    Refused {
        /// What was asked for.
        command: &'static str,
        /// Error number; 0 when the card gave none.
        code: u32,
    },
    /// A write that nobody waited for was refused.
    #[error("the card refused a posted write: {}; its log says which", errno(*code))]
    PostedRefused {
        /// Error number; 0 when the card gave none.
        code: u32,
    },
    /// The card did not answer.
    #[error(
        "the card did not answer {command} within {millis} ms; it hangs or its model is slow: restart it, then connect again"
    )]
    Timeout {
        /// What was asked for.
        command: &'static str,
        /// How long was waited.
        millis: u128,
    },
    /// The other end has gone.
    #[error(
        "the card process has gone ({command}: {source}); treat open orders as unknown, restart it and connect again"
    )]
    Gone {
        /// What was asked for.
        command: &'static str,
        /// Reason given.
        source: io::Error,
    },
    /// What came back is not what the protocol says.
    #[error("{command}: the other end does not speak vfio-user as it must: {what}; check the socket")]
    Protocol {
        /// What was asked for.
        command: &'static str,
        /// What is wrong, in words.
        what: String,
    },
    /// An earlier failure has left requests and answers out of step.
    #[error("the connection to the card was given up after an earlier failure; connect again")]
    Broken,
    /// Another function.
    #[error(
        "{place} is {vendor:04x}:{device:04x}, not a tickforge card ({:04x}:{:04x}); check the address",
        contract::port::VENDOR_ID,
        contract::port::DEVICE_ID
    )]
    NotOurs {
        /// Where it was found.
        place: String,
        /// PCI vendor.
        vendor: u16,
        /// PCI device.
        device: u16,
    },
    /// A BAR is smaller than the contract says.
    #[error("BAR{bar} has {found} bytes, the contract says {expected}; flash the image of this release")]
    BarSize {
        /// Number of the BAR.
        bar: u32,
        /// Bytes found.
        found: u64,
        /// Bytes of the contract.
        expected: u64,
    },
    /// No memory that a card could write into.
    #[error(
        "no memory of {bytes} bytes for DMA: {why}; raise the locked memory limit (ulimit -l) or ask for smaller rings"
    )]
    Memory {
        /// Bytes asked for.
        bytes: usize,
        /// Reason given.
        why: String,
    },
    /// No bus addresses are left.
    #[error("no {bytes} bytes of bus addresses are free between the reserved regions; drop unused rings")]
    Iova {
        /// Bytes asked for.
        bytes: u64,
    },
    /// A vector the card does not have.
    #[error("the card has {count} MSI-X vectors, there is no vector {vector}; poll the rings")]
    NoVector {
        /// Vector asked for.
        vector: u16,
        /// Vectors of the card.
        count: u32,
    },
    /// Something only another back-end can do.
    #[error(
        "{what} is not possible through sysfs, which is for diagnosis only; bind the card to vfio-pci and use vfio:{bdf}"
    )]
    DiagnosisOnly {
        /// What was asked for.
        what: &'static str,
        /// Address of the card.
        bdf: String,
    },
    /// Text that is no bus address.
    #[error("`{0}` is no PCI address; expected DOMAIN:BUS:DEVICE.FUNCTION as in 0000:03:00.0 (see lspci -D)")]
    Address(String),
    /// The system refuses access to the card.
    #[error("{place}: {why}; {mend}")]
    System {
        /// File or call.
        place: String,
        /// Reason given.
        why: String,
        /// What to do.
        mend: &'static str,
    },
}

fn errno(code: u32) -> String {
    match i32::try_from(code) {
        Ok(0) | Err(_) => "no reason given".to_owned(),
        Ok(code) => io::Error::from_raw_os_error(code).to_string(),
    }
}

impl From<PcieError> for PortError {
    fn from(error: PcieError) -> Self {
        match error {
            PcieError::Memory { bytes, why } => Self::Dma { bytes, why },
            other => Self::Transport(other.to_string()),
        }
    }
}
