//! Register access by name, with the all-ones check that tells a card that is gone.

use crate::DeviceError;
use contract::{
    port::{PciDevice, PortError},
    reg,
    ring::Ring,
};

/// Registers of a card.
#[derive(Debug)]
pub struct Regs {
    port: Box<dyn PciDevice>,
    gone: bool,
}

impl Regs {
    /// Registers behind `port`.
    pub fn new(port: Box<dyn PciDevice>) -> Self {
        Self { port, gone: false }
    }

    /// The port itself.
    pub fn port(&mut self) -> &mut dyn PciDevice {
        self.port.as_mut()
    }

    /// Whether the card was found gone; that is final.
    pub const fn gone(&self) -> bool {
        self.gone
    }

    /// Reads the register at a byte offset of BAR0. All-ones are confirmed at `IDENTITY`, which never reads so
    /// on a card that is there.
    ///
    /// # Errors
    /// [`PortError::Gone`], latched; or what the transport says.
    pub fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        if self.gone {
            return Err(PortError::Gone.into());
        }
        let value = self.port.read32(offset)?;
        if value == u32::MAX && self.port.read32(reg::global("IDENTITY"))? == u32::MAX {
            self.gone = true;
            return Err(PortError::Gone.into());
        }
        Ok(value)
    }

    /// Writes the register at a byte offset of BAR0.
    ///
    /// # Errors
    /// [`PortError::Gone`] once latched; or what the transport says.
    pub fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        if self.gone {
            return Err(PortError::Gone.into());
        }
        Ok(self.port.write32(offset, value)?)
    }

    /// Reads a pair whose low word latches the high one.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_pair(&mut self, low: u32, high: u32) -> Result<u64, DeviceError> {
        let low = self.read(low)?;
        Ok(u64::from(self.read(high)?) << 32 | u64::from(low))
    }

    /// Writes a pair, the low word first.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_pair(&mut self, low: u32, high: u32, value: u64) -> Result<(), DeviceError> {
        self.write(low, low_word(value))?;
        self.write(high, low_word(value >> 32))
    }

    /// `STATUS`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn status(&mut self) -> Result<u32, DeviceError> {
        self.read(reg::global("STATUS"))
    }

    /// A counter by its index in the contract.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn counter(&mut self, index: usize) -> Result<u32, DeviceError> {
        self.read(reg::counter(index))
    }

    /// Number of the last entry written to a ring.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn head(&mut self, ring: Ring) -> Result<u32, DeviceError> {
        self.read(reg::ring(ring, "HEAD"))
    }
}

/// The low 32 bits.
pub(crate) fn low_word(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).unwrap_or(u32::MAX)
}
