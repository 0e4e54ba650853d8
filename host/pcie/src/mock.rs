//! A card in this process without gateware: registers that behave as the contract says, rings a test writes, lines a
//! test reads. For tests of the host.

use crate::interrupt::{EventInterrupt, eventfd};
use crate::iova::IovaSpace;
use crate::memory::{Allocation, DmaMemory, Unmap};
use crate::volatile::Mapping;
use contract::port::{self, Bar, DmaRegion, Interrupt, PciDevice, PortError, vector};
use contract::reg::{self, Access, Register};
use contract::{CONTRACT_HASH, Config};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vmm_sys_util::eventfd::EventFd;

/// Command register, memory space and Bus Master.
const COMMAND: u16 = 4;
const COMMAND_BUS_MASTER: u32 = 1 << 2;

/// A mock card; clones share it.
#[derive(Debug, Clone)]
pub struct Mock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    registers: BTreeMap<u32, (Register, u32)>,
    config: BTreeMap<u16, u32>,
    lines: Vec<(u32, [u8; 64])>,
    memory: BTreeMap<u64, Mapping>,
    iova: IovaSpace,
    events: Vec<EventFd>,
    gone: bool,
}

impl Mock {
    /// A card of this configuration after reset.
    ///
    /// # Panics
    /// When the system has no eventfd left.
    pub fn new(config: &Config) -> Self {
        let mut registers: BTreeMap<_, _> = reg::all(config)
            .into_iter()
            .map(|(at, _, register)| (at, (register, register.reset)))
            .collect();
        for (name, value) in [("CONTRACT_HASH", CONTRACT_HASH), ("CONFIG", config.word())] {
            if let Some((_, stored)) = registers.get_mut(&reg::global(name)) {
                *stored = value;
            }
        }
        let state = State {
            registers,
            config: BTreeMap::from([(0, u32::from(port::DEVICE_ID) << 16 | u32::from(port::VENDOR_ID))]),
            lines: Vec::new(),
            memory: BTreeMap::new(),
            iova: IovaSpace::default(),
            events: (0..vector::COUNT)
                .map(|_| eventfd().expect("an eventfd"))
                .collect(),
            gone: false,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Sets what a register reads, whatever its kind.
    pub fn set(&self, offset: u32, value: u32) {
        if let Some((_, stored)) = self.lock().registers.get_mut(&offset) {
            *stored = value;
        }
    }

    /// Lines written into BAR2 since the last call.
    pub fn take_lines(&self) -> Vec<(u32, [u8; 64])> {
        std::mem::take(&mut self.lock().lines)
    }

    /// A write of the card into host memory; false, and nothing written, outside what is mapped or without Bus Master.
    pub fn write_memory(&self, address: u64, line: &[u8; 64]) -> bool {
        let state = self.lock();
        let master = state
            .config
            .get(&COMMAND)
            .is_some_and(|c| c & COMMAND_BUS_MASTER != 0);
        let found = state.memory.range(..=address).next_back();
        let place = found.and_then(|(base, mapping)| {
            let at = usize::try_from(address - base).ok()?;
            (at.is_multiple_of(8) && at.checked_add(64)? <= mapping.len()).then_some((mapping, at))
        });
        let Some((mapping, at)) = place.filter(|_| master) else {
            return false;
        };
        for (i, word) in line.chunks_exact(8).enumerate() {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            mapping.store_u64(at + 8 * i, u64::from_le_bytes(bytes));
        }
        true
    }

    /// Raises an interrupt.
    pub fn raise(&self, vector: u16) {
        if let Some(event) = self.lock().events.get(usize::from(vector)) {
            // A full eventfd already says that there were interrupts.
            let _counted = event.write(1);
        }
    }

    /// Pulls the card out: everything reads all-ones from now on.
    pub fn unplug(&self) {
        self.lock().gone = true;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a region away from its mock card.
#[derive(Debug)]
struct Mapped {
    state: Arc<Mutex<State>>,
    address: u64,
}

impl Unmap for Mapped {}

impl Drop for Mapped {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.memory.remove(&self.address);
        state.iova.give_back(self.address);
    }
}

impl PciDevice for Mock {
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError> {
        let state = self.lock();
        let value = state.config.get(&offset).copied().unwrap_or(0);
        Ok(if state.gone { u32::MAX } else { value })
    }

    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError> {
        if offset == COMMAND {
            self.lock().config.insert(offset, value);
        }
        Ok(())
    }

    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        Bar::Bar0.check(offset, 4)?;
        let state = self.lock();
        if state.gone {
            return Ok(u32::MAX);
        }
        Ok(state.registers.get(&offset).map_or(0, |(_, value)| *value))
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        Bar::Bar0.check(offset, 4)?;
        if let Some((register, stored)) = self.lock().registers.get_mut(&offset)
            && matches!(register.access, Access::Rw | Access::Live)
        {
            *stored = value & register.mask;
        }
        Ok(())
    }

    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        Bar::Bar2.check(offset, 64)?;
        self.lock().lines.push((offset, *line));
        Ok(())
    }

    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        let allocation = Allocation::new(bytes)?;
        let size = allocation.mapping.len();
        let failed = |why: std::io::Error| PortError::Dma {
            bytes,
            why: why.to_string(),
        };
        let card = Mapping::of(&allocation.file, 0, size).map_err(failed)?;
        let mut state = self.lock();
        let address = state.iova.take(size as u64)?;
        state.memory.insert(address, card);
        let guard = Mapped {
            state: Arc::clone(&self.state),
            address,
        };
        Ok(Box::new(DmaMemory::new(
            allocation,
            bytes,
            address,
            Box::new(guard),
        )))
    }

    fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PortError> {
        let state = self.lock();
        let event = state
            .events
            .get(usize::from(vector))
            .and_then(|e| e.try_clone().ok());
        let event = event.ok_or(crate::PcieError::NoVector {
            vector,
            count: u32::from(vector::COUNT),
        })?;
        Ok(Box::new(EventInterrupt(event)))
    }

    fn reset(&mut self) -> Result<(), PortError> {
        let mut state = self.lock();
        state.config.remove(&COMMAND);
        for (register, value) in state.registers.values_mut() {
            if register.access != Access::Ro {
                *value = register.reset;
            }
        }
        Ok(())
    }
}
