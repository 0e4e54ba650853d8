//! Any PCIe function bound to `vfio-pci`: configuration space, BARs, DMA memory, interrupts.

use crate::Bdf;
use crate::error::PcieError;
use crate::interrupt::{EventInterrupt, eventfd};
use crate::iova::{IovaSpace, reserved};
use crate::memory::{Allocation, DmaMemory, Unmap};
use crate::sysfs::driver;
use crate::volatile::Mapping;
use contract::port::Interrupt;
use std::fmt;
use std::fs::File;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use vfio_bindings::bindings::vfio::{
    VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_MSI_IRQ_INDEX, VFIO_PCI_MSIX_IRQ_INDEX, VFIO_REGION_INFO_FLAG_MMAP,
};
use vfio_ioctls::{VfioContainer, VfioDevice, VfioOps};
use vmm_sys_util::eventfd::EventFd;

const MEND_BIND: &str = "bind the card: echo vfio-pci > driver_override in its sysfs folder, then echo its address > /sys/bus/pci/drivers_probe";
const MEND_IOMMU: &str = "switch the IOMMU on in the firmware and boot with intel_iommu=on or amd_iommu=on";
const MEND_OPEN: &str =
    "load vfio-pci, give this user the group's node in /dev/vfio, and end other programs that hold the card";
const MEND_MAP: &str = "flash the image of this release: its BARs must be mappable";

/// A BAR in this process, accessed by the word and bounds-checked.
#[derive(Debug)]
pub struct MappedBar(pub(super) Mapping);

impl MappedBar {
    /// Reads the little-endian u32 at `offset`.
    ///
    /// # Panics
    /// When it does not lie inside or is misaligned.
    pub fn read32(&self, offset: usize) -> u32 {
        self.0.load_u32(offset)
    }

    /// Writes a little-endian u32; what was written to memory before is seen before it.
    ///
    /// # Panics
    /// When it does not lie inside or is misaligned.
    pub fn write32(&self, offset: usize, value: u32) {
        self.0.store_u32(offset, value);
    }

    /// Writes a little-endian u64 by one store.
    ///
    /// # Panics
    /// When it does not lie inside or is misaligned.
    pub fn write64(&self, offset: usize, value: u64) {
        self.0.store_u64(offset, value);
    }
}

/// A function behind VFIO and an IOMMU of type 1.
pub struct Function {
    bdf: Bdf,
    config: File,
    config_at: u64,
    iova: Arc<Mutex<IovaSpace>>,
    interrupts: Vec<EventFd>,
    device: VfioDevice,
    container: Arc<VfioContainer>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("bdf", &self.bdf)
            .finish_non_exhaustive()
    }
}

impl Function {
    /// Opens the function at `bdf`.
    ///
    /// # Errors
    /// [`PcieError`], each saying what to do.
    pub fn open(bdf: Bdf) -> Result<Self, PcieError> {
        let folder = bdf.sysfs();
        match driver(&folder) {
            Some(name) if name == "vfio-pci" => {}
            other => {
                let why = other.map_or("no driver is bound".to_owned(), |name| {
                    format!("driver {name} is bound")
                });
                return Err(system(&folder, why, MEND_BIND));
            }
        }
        let group = folder.join("iommu_group");
        let regions = std::fs::read_to_string(group.join("reserved_regions"))
            .map_err(|error| system(&group, error.to_string(), MEND_IOMMU))?;
        let failed = |what: &str, why: String| PcieError::System {
            place: format!("{what} of {bdf}"),
            why,
            mend: MEND_OPEN,
        };
        let container = VfioContainer::new(None).map_err(|e| failed("VFIO container", e.to_string()))?;
        let container = Arc::new(container);
        let ops: Arc<dyn VfioOps> = container.clone();
        let device =
            VfioDevice::new(&folder, ops, false).map_err(|e| failed("VFIO device", e.to_string()))?;
        let config = duplicate(&device).map_err(|e| failed("VFIO device", e.to_string()))?;
        Ok(Self {
            bdf,
            config,
            config_at: device.get_region_offset(VFIO_PCI_CONFIG_REGION_INDEX),
            iova: Arc::new(Mutex::new(IovaSpace::around(&reserved(&regions)))),
            interrupts: Vec::new(),
            device,
            container,
        })
    }

    /// Bytes of a BAR; 0 when there is none.
    pub fn bar_bytes(&self, index: u32) -> u64 {
        self.device.get_region_size(index)
    }

    /// Maps the first `bytes` bytes of a BAR.
    ///
    /// # Errors
    /// [`PcieError::System`] when it cannot be mapped.
    pub fn map_bar(&self, index: u32, bytes: usize) -> Result<MappedBar, PcieError> {
        let failed = |why: &str| PcieError::System {
            place: format!("BAR{index} of {}", self.bdf),
            why: why.to_owned(),
            mend: MEND_MAP,
        };
        if self.device.get_region_flags(index) & VFIO_REGION_INFO_FLAG_MMAP == 0 {
            return Err(failed("cannot be mapped"));
        }
        if bytes as u64 > self.bar_bytes(index) {
            return Err(failed("is smaller than that"));
        }
        let at = self.device.get_region_offset(index);
        let mapping = Mapping::of(&self.device, at, bytes).map_err(|e| failed(&e.to_string()))?;
        Ok(MappedBar(mapping))
    }

    /// Reads a dword of the configuration space.
    ///
    /// # Errors
    /// [`PcieError::System`].
    pub fn config_read(&self, offset: u16) -> Result<u32, PcieError> {
        let mut bytes = [0; 4];
        let read = self
            .config
            .read_exact_at(&mut bytes, self.config_at + u64::from(offset));
        read.map_err(|error| self.config_failed(offset, &error))?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Writes a dword of the configuration space.
    ///
    /// # Errors
    /// [`PcieError::System`].
    pub fn config_write(&self, offset: u16, value: u32) -> Result<(), PcieError> {
        let at = self.config_at + u64::from(offset);
        let written = self.config.write_all_at(&value.to_le_bytes(), at);
        written.map_err(|error| self.config_failed(offset, &error))
    }

    fn config_failed(&self, offset: u16, error: &std::io::Error) -> PcieError {
        PcieError::System {
            place: format!("configuration space of {} at {offset:#x}", self.bdf),
            why: error.to_string(),
            mend: MEND_OPEN,
        }
    }

    /// Memory for DMA, zeroed, unmapped when it is dropped.
    ///
    /// # Errors
    /// [`PcieError::Memory`] or [`PcieError::Iova`].
    pub fn dma_alloc(&self, bytes: usize) -> Result<DmaMemory, PcieError> {
        let allocation = Allocation::new(bytes)?;
        let size = allocation.mapping.len();
        let mut iova = self.iova.lock().unwrap_or_else(PoisonError::into_inner);
        let address = iova.take(size as u64)?;
        // SAFETY: the memory is a mapping of our own that no reference points into; it is accessed by volatile access
        // only, and the guard unmaps it from the container before the mapping ends.
        let mapped = unsafe {
            self.container
                .vfio_dma_map(address, size, allocation.mapping.start())
        };
        if let Err(error) = mapped {
            iova.give_back(address);
            return Err(PcieError::Memory {
                bytes,
                why: error.to_string(),
            });
        }
        let guard = Mapped {
            container: Arc::clone(&self.container),
            iova: Arc::clone(&self.iova),
            address,
            size,
        };
        Ok(DmaMemory::new(allocation, bytes, address, Box::new(guard)))
    }

    /// The interrupt of a vector: MSI-X, or MSI of a function that has no MSI-X. The kernel takes all vectors at once: all
    /// are there from the first one asked for.
    ///
    /// # Errors
    /// [`PcieError::NoVector`] or [`PcieError::System`].
    pub fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PcieError> {
        let vectors = |index| self.device.get_irq_info(index).map_or(0, |irq| irq.count);
        let (kind, count) = match vectors(VFIO_PCI_MSIX_IRQ_INDEX) {
            0 => (VFIO_PCI_MSI_IRQ_INDEX, vectors(VFIO_PCI_MSI_IRQ_INDEX)),
            count => (VFIO_PCI_MSIX_IRQ_INDEX, count),
        };
        if u32::from(vector) >= count {
            return Err(PcieError::NoVector { vector, count });
        }
        let failed = |why: String| PcieError::System {
            place: format!("interrupts of {}", self.bdf),
            why,
            mend: MEND_OPEN,
        };
        if self.interrupts.is_empty() {
            let events = (0..count).map(|_| eventfd()).collect::<Result<Vec<_>, _>>();
            let events = events.map_err(|e| failed(e.to_string()))?;
            self.device
                .enable_irq(kind, events.iter().collect())
                .map_err(|e| failed(e.to_string()))?;
            self.interrupts = events;
        }
        let event = self.interrupts[usize::from(vector)].try_clone();
        Ok(Box::new(EventInterrupt(
            event.map_err(|e| failed(e.to_string()))?,
        )))
    }

    /// Function-level reset.
    pub fn reset(&self) {
        self.device.reset();
    }
}

/// A mapping in the IOMMU that ends when this is dropped.
struct Mapped {
    container: Arc<VfioContainer>,
    iova: Arc<Mutex<IovaSpace>>,
    address: u64,
    size: usize,
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {:#x}", self.size, self.address)
    }
}

impl Unmap for Mapped {}

impl Drop for Mapped {
    fn drop(&mut self) {
        // An address that could not be unmapped is not used again.
        if self.container.vfio_dma_unmap(self.address, self.size).is_ok() {
            self.iova
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .give_back(self.address);
        }
    }
}

fn system(place: &Path, why: String, mend: &'static str) -> PcieError {
    PcieError::System {
        place: place.display().to_string(),
        why,
        mend,
    }
}

fn duplicate(device: &VfioDevice) -> std::io::Result<File> {
    // SAFETY: the descriptor is open as long as `device` lives, which outlives this borrow.
    let borrowed = unsafe { BorrowedFd::borrow_raw(device.as_raw_fd()) };
    borrowed.try_clone_to_owned().map(File::from)
}
