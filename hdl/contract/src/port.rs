//! The one card trait. Whatever implements it (FPGA behind VFIO, simulated card, twin) is a card.

use crate::ring::{self, ENTRY_BYTES, SEQ_AT};
use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

/// PCI vendor identifier while unassigned.
pub const VENDOR_ID: u16 = 0x1234;
/// PCI device identifier while unassigned.
pub const DEVICE_ID: u16 = 0x7f0e;
/// Bytes of BAR0.
pub const BAR0_BYTES: u32 = 64 * 1024;

/// A base address register of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bar {
    /// Control registers.
    Bar0,
    /// Write-only windows.
    Bar2,
}

impl Bar {
    /// Bytes of the BAR.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Bar0 => BAR0_BYTES,
            Self::Bar2 => crate::window::BAR2_BYTES,
        }
    }

    /// Whether an aligned access of `bytes` at `offset` lies inside.
    ///
    /// # Errors
    /// [`PortError::Access`] when it does not.
    pub const fn check(self, offset: u32, bytes: u32) -> Result<(), PortError> {
        if offset.is_multiple_of(bytes) && offset < self.bytes() {
            Ok(())
        } else {
            Err(PortError::Access { bar: self, offset })
        }
    }
}

/// MSI-X vectors of the card.
pub mod vector {
    /// The events ring has a new entry.
    pub const EVENTS: u16 = 0;
    /// The kill latch was set.
    pub const KILL: u16 = 1;
    /// A receive line came up or went down.
    pub const LINK: u16 = 2;
    /// How many there are.
    pub const COUNT: u16 = 3;
}

/// What went wrong below the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortError {
    /// An access outside a BAR, or not aligned to its size.
    Access {
        /// Which BAR.
        bar: Bar,
        /// Byte offset.
        offset: u32,
    },
    /// DMA memory could not be had.
    Dma {
        /// Bytes asked for.
        bytes: usize,
        /// Why, in words.
        why: alloc::string::String,
    },
    /// All-ones were read: the card is gone.
    Gone,
    /// The transport failed.
    Transport(alloc::string::String),
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access { bar, offset } => write!(f, "access outside {bar:?} or misaligned at {offset:#x}"),
            Self::Dma { bytes, why } => write!(f, "cannot map {bytes} bytes for DMA: {why}"),
            Self::Gone => write!(
                f,
                "the card answers all-ones: it is gone or in reset; treat open orders as unknown"
            ),
            Self::Transport(why) => write!(f, "card transport failed: {why}"),
        }
    }
}

impl core::error::Error for PortError {}

/// What a look at a ring entry found ([`DmaRegion::look`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The entry has another sequence number than the one asked for: this one. Nothing was copied.
    Other(u32),
    /// The entry was copied.
    Copied {
        /// Sequence number in place after the copy.
        after: u32,
        /// Whether the CRC-32C of what was copied is right.
        intact: bool,
    },
}

/// Host memory the card writes into. Access is by copy only: the card may write at any time.
pub trait DmaRegion: fmt::Debug + Send {
    /// Bus address of the first byte.
    fn bus_address(&self) -> u64;
    /// Bytes.
    fn len(&self) -> usize;
    /// Whether it has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Reads the little-endian u32 at `offset` (acquire: later reads see what the card wrote before).
    ///
    /// # Panics
    /// When `offset` is misaligned or outside.
    fn load_u32(&self, offset: usize) -> u32;
    /// Copies `out.len()` bytes from `offset`.
    ///
    /// # Panics
    /// When the range lies outside.
    fn copy_out(&self, offset: usize, out: &mut [u8]);
    /// Looks at the ring entry at `offset`: when its sequence number is `expected`, copies it, reads the number again and
    /// checks the CRC. Back-ends that can do this faster do.
    ///
    /// # Panics
    /// When the entry lies outside or `offset` is no multiple of its size.
    fn look(&self, offset: usize, expected: u32, entry: &mut [u8; ENTRY_BYTES]) -> Look {
        let seq = self.load_u32(offset + SEQ_AT);
        if seq != expected {
            return Look::Other(seq);
        }
        self.copy_out(offset, entry);
        Look::Copied {
            after: self.load_u32(offset + SEQ_AT),
            intact: ring::check(entry).is_ok(),
        }
    }
    /// Zeroes the whole region.
    fn clear(&mut self);
}

/// An interrupt the host can wait for.
pub trait Interrupt: fmt::Debug + Send {
    /// Number of interrupts since the last call; never blocks.
    fn take(&mut self) -> u64;
}

/// A PCIe function that speaks this contract.
pub trait PciDevice: fmt::Debug + Send {
    /// Reads a configuration space dword.
    ///
    /// # Errors
    /// [`PortError`] when the transport fails.
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError>;
    /// Writes a configuration space dword.
    ///
    /// # Errors
    /// [`PortError`] when the transport fails.
    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError>;
    /// Reads a 32-bit register of BAR0.
    ///
    /// # Errors
    /// [`PortError::Access`] outside the BAR, or a transport failure.
    fn read32(&mut self, offset: u32) -> Result<u32, PortError>;
    /// Writes a 32-bit register of BAR0.
    ///
    /// # Errors
    /// [`PortError::Access`] outside the BAR, or a transport failure.
    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError>;
    /// Writes 64 aligned bytes into BAR2 in ascending order of address, the last word last.
    ///
    /// # Errors
    /// [`PortError::Access`] outside the BAR, or a transport failure.
    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError>;
    /// Memory for DMA, zeroed, unmapped when the region is dropped.
    ///
    /// # Errors
    /// [`PortError::Dma`] when there is none.
    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError>;
    /// The interrupt of MSI-X vector `vector`.
    ///
    /// # Errors
    /// [`PortError::Transport`] when the vector does not exist.
    fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PortError>;
    /// Function-level reset.
    ///
    /// # Errors
    /// A transport failure.
    fn reset(&mut self) -> Result<(), PortError>;
    /// Lets a simulated card run: real cards run by themselves and do nothing here. Returns the
    /// cycles simulated.
    ///
    /// # Errors
    /// A transport failure.
    fn advance(&mut self) -> Result<u64, PortError> {
        Ok(0)
    }
}

/// Shared bytes behind a simulated DMA region.
pub type SharedBytes = Arc<[core::sync::atomic::AtomicU64]>;

/// Words for a simulated region of `bytes` bytes, zeroed.
pub fn shared_bytes(bytes: usize) -> SharedBytes {
    (0..bytes.div_ceil(8))
        .map(|_| core::sync::atomic::AtomicU64::new(0))
        .collect::<Vec<_>>()
        .into()
}
