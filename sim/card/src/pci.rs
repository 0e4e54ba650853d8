//! The card as a `PciDevice`.

use crate::card::{Card, CardError, Pending};
use crate::config_space::ConfigSpace;
use contract::port::{Bar, DmaRegion, Interrupt, PciDevice, PortError, vector};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cycles a call of `PciDevice::advance` runs.
pub const ADVANCE_CYCLES: u64 = 64;

/// A handle on a simulated card; clones share it.
#[derive(Debug, Clone)]
pub struct SimCard {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    card: Card,
    config: ConfigSpace,
}

impl SimCard {
    /// Wraps a card.
    pub fn new(card: Card) -> Self {
        Self {
            shared: Arc::new(Mutex::new(Shared {
                card,
                config: ConfigSpace::new(),
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

impl Shared {
    fn reset(&mut self) {
        self.config = ConfigSpace::new();
        self.card.reset();
    }
}

/// A vector of the card in this process.
#[derive(Debug)]
struct Vector {
    pending: Pending,
    index: usize,
}

impl Interrupt for Vector {
    fn take(&mut self) -> u64 {
        self.pending[self.index].swap(0, Ordering::Relaxed)
    }
}

fn failed(e: &CardError) -> PortError {
    PortError::Transport(e.to_string())
}

impl PciDevice for SimCard {
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError> {
        Ok(self.lock().config.dword(offset))
    }

    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError> {
        let mut shared = self.lock();
        if shared.config.write(usize::from(offset), &value.to_le_bytes()) {
            shared.reset();
        }
        let on = shared.config.bus_master();
        shared.card.set_bus_master(on);
        Ok(())
    }

    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        Bar::Bar0.check(offset, 4)?;
        self.lock().card.read32(offset).map_err(|e| failed(&e))
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        Bar::Bar0.check(offset, 4)?;
        self.lock().card.write32(offset, value).map_err(|e| failed(&e))
    }

    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        Bar::Bar2.check(offset, 64)?;
        self.lock().card.write_line(offset, line).map_err(|e| failed(&e))
    }

    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        Ok(Box::new(self.lock().card.map(bytes)))
    }

    fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PortError> {
        if vector >= vector::COUNT {
            let why = format!(
                "the card has {} MSI-X vectors, there is no vector {vector}",
                vector::COUNT
            );
            return Err(PortError::Transport(why));
        }
        Ok(Box::new(Vector {
            pending: self.lock().card.pending(),
            index: usize::from(vector),
        }))
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.lock().reset();
        Ok(())
    }

    fn advance(&mut self) -> Result<u64, PortError> {
        self.lock().card.run(ADVANCE_CYCLES);
        Ok(ADVANCE_CYCLES)
    }
}
