//! The card as a `PciDevice`.

use crate::card::{Card, CardError};
use contract::port::{BAR0_BYTES, Bar, DEVICE_ID, DmaRegion, Interrupt, PciDevice, PortError, VENDOR_ID};
use contract::window::BAR2_BYTES;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cycles a call of `advance` runs.
const ADVANCE_CYCLES: u64 = 64;
/// Configuration space offsets (PCI 3.0, 6.1).
const ID: u16 = 0x00;
const COMMAND: u16 = 0x04;
const CLASS: u16 = 0x08;
const BAR0: u16 = 0x10;
const BAR2: u16 = 0x18;
/// Ethernet controller, revision 1.
const CLASS_AND_REVISION: u32 = 0x0200_0001;
const COMMAND_BUS_MASTER: u32 = 1 << 2;
const COMMAND_MASK: u32 = 0x0407;

/// A handle on a simulated card; clones share it.
#[derive(Debug, Clone)]
pub struct SimCard {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    card: Card,
    command: u32,
    bars: [u32; 2],
}

impl SimCard {
    /// Wraps a card.
    pub fn new(card: Card) -> Self {
        Self {
            shared: Arc::new(Mutex::new(Shared {
                card,
                command: 0,
                bars: [0; 2],
            })),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the card itself: frames, cycles, logs.
    pub fn with<R>(&self, act: impl FnOnce(&mut Card) -> R) -> R {
        act(&mut self.lock().card)
    }
}

fn failed(e: &CardError) -> PortError {
    PortError::Transport(e.to_string())
}

fn check(bar: Bar, offset: u32, bytes: u32, size: u32) -> Result<(), PortError> {
    if offset.is_multiple_of(bytes) && offset < size {
        Ok(())
    } else {
        Err(PortError::Access { bar, offset })
    }
}

impl PciDevice for SimCard {
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError> {
        let shared = self.lock();
        Ok(match offset {
            ID => u32::from(DEVICE_ID) << 16 | u32::from(VENDOR_ID),
            COMMAND => shared.command,
            CLASS => CLASS_AND_REVISION,
            BAR0 => shared.bars[0] & !(BAR0_BYTES - 1),
            BAR2 => shared.bars[1] & !(BAR2_BYTES - 1),
            _ => 0,
        })
    }

    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError> {
        let mut shared = self.lock();
        match offset {
            COMMAND => {
                shared.command = value & COMMAND_MASK;
                shared.card.set_bus_master(value & COMMAND_BUS_MASTER != 0);
            }
            BAR0 => shared.bars[0] = value,
            BAR2 => shared.bars[1] = value,
            _ => {}
        }
        Ok(())
    }

    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        check(Bar::Bar0, offset, 4, BAR0_BYTES)?;
        self.lock().card.read32(offset).map_err(|e| failed(&e))
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        check(Bar::Bar0, offset, 4, BAR0_BYTES)?;
        self.lock().card.write32(offset, value).map_err(|e| failed(&e))
    }

    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        check(Bar::Bar2, offset, 64, BAR2_BYTES)?;
        self.lock().card.write_line(offset, line).map_err(|e| failed(&e))
    }

    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        Ok(Box::new(self.lock().card.map(bytes)))
    }

    fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PortError> {
        Err(PortError::Transport(format!(
            "the in-process card has no MSI-X vector {vector}: poll the rings"
        )))
    }

    fn reset(&mut self) -> Result<(), PortError> {
        let mut shared = self.lock();
        shared.command = 0;
        shared.card.reset();
        Ok(())
    }

    fn advance(&mut self) -> Result<u64, PortError> {
        self.lock().card.run(ADVANCE_CYCLES);
        Ok(ADVANCE_CYCLES)
    }
}
