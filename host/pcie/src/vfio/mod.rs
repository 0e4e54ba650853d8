//! Our card behind VFIO and an IOMMU: the production path.

mod function;

pub use function::{Function, MappedBar};

use crate::Bdf;
use crate::error::PcieError;
use crate::line::LineStore;
use crate::sysfs::{check_bar, check_ids};
use contract::port::{Bar, DmaRegion, Interrupt, PciDevice, PortError};

/// A card behind VFIO.
#[derive(Debug)]
pub struct Vfio {
    // The BARs end before the function does.
    bar0: MappedBar,
    bar2: MappedBar,
    store: LineStore,
    function: Function,
}

impl Vfio {
    /// Opens the card at `bdf`.
    ///
    /// # Errors
    /// [`PcieError`], each saying what to do.
    pub fn open(bdf: Bdf) -> Result<Self, PcieError> {
        check_ids(&bdf.sysfs(), bdf)?;
        let function = Function::open(bdf)?;
        let map = |index, bar: Bar| {
            check_bar(index, function.bar_bytes(index), bar)?;
            function.map_bar(index, bar.bytes() as usize)
        };
        Ok(Self {
            bar0: map(0, Bar::Bar0)?,
            bar2: map(2, Bar::Bar2)?,
            store: LineStore::best(),
            function,
        })
    }
}

impl PciDevice for Vfio {
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError> {
        Ok(self.function.config_read(offset)?)
    }

    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError> {
        Ok(self.function.config_write(offset, value)?)
    }

    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        Bar::Bar0.check(offset, 4)?;
        Ok(self.bar0.read32(offset as usize))
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        Bar::Bar0.check(offset, 4)?;
        self.bar0.write32(offset as usize, value);
        Ok(())
    }

    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        Bar::Bar2.check(offset, 64)?;
        self.store.store(&self.bar2.0, offset as usize, line);
        Ok(())
    }

    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        Ok(Box::new(self.function.dma_alloc(bytes)?))
    }

    fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PortError> {
        Ok(self.function.interrupt(vector)?)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.function.reset();
        Ok(())
    }
}
