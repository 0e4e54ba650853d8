//! Register access by name, with the all-ones check that tells a card that is gone.

use crate::DeviceError;
use contract::{
    counter,
    port::{PciDevice, PortError},
    reg,
    ring::Ring,
};

/// What the card's shell lost between the clocks of its MACs and the core's, frames since reset; each saturates. All 0 on a card without a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Losses {
    /// Frames of line A cut or dropped (`rx_a_lost`).
    pub rx_a: u32,
    /// Frames of line B (`rx_b_lost`).
    pub rx_b: u32,
    /// Frames of the order side (`rx_o_lost`).
    pub rx_o: u32,
    /// Frames that left with a hole in them (`tx_underrun`).
    pub tx_underrun: u32,
}

impl Losses {
    /// Whether there was any.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl std::fmt::Display for Losses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            rx_a,
            rx_b,
            rx_o,
            tx_underrun,
        } = self;
        write!(
            f,
            "frames lost between MAC and core: {rx_a} of line A, {rx_b} of line B, {rx_o} of the order side; {tx_underrun} sent with a hole"
        )
    }
}

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

    /// What was lost between the clocks of MACs and core. Each count is one register, read at once; the four are read one after the other.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn losses(&mut self) -> Result<Losses, DeviceError> {
        Ok(Losses {
            rx_a: self.counter(counter::core("rx_a_lost"))?,
            rx_b: self.counter(counter::core("rx_b_lost"))?,
            rx_o: self.counter(counter::core("rx_o_lost"))?,
            tx_underrun: self.counter(counter::core("tx_underrun"))?,
        })
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
