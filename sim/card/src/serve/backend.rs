//! The bus of a served card: vfio-user accesses as transactions of the card.

use super::engine::{Engine, SLOTS_BYTES, Shared};
use crate::config_space::{self, BAR4_BYTES};
use contract::port::{Bar, vector};
use std::fs::File;
use std::io;
use std::os::fd::RawFd;
use std::sync::Arc;
use tracing::{debug, info, warn};
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_EVENTFD, VFIO_IRQ_SET_DATA_NONE,
    VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_BAR2_REGION_INDEX, VFIO_PCI_BAR4_REGION_INDEX,
    VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_MSIX_IRQ_INDEX, VFIO_PCI_NUM_IRQS, VFIO_PCI_NUM_REGIONS,
    VFIO_REGION_INFO_FLAG_MMAP, VFIO_REGION_INFO_FLAG_READ, VFIO_REGION_INFO_FLAG_WRITE, vfio_region_info,
    vfio_region_sparse_mmap_area,
};
use vfio_user::{DmaMapFlags, DmaUnmapFlags, IrqInfo, ServerBackend, ServerRegion, SparseArea};

const WORD: usize = 8;
const REGISTER: usize = 4;

const fn region_bytes(region: u32) -> u32 {
    match region {
        VFIO_PCI_CONFIG_REGION_INDEX => 4096,
        VFIO_PCI_BAR0_REGION_INDEX => Bar::Bar0.bytes(),
        VFIO_PCI_BAR2_REGION_INDEX => Bar::Bar2.bytes(),
        VFIO_PCI_BAR4_REGION_INDEX => BAR4_BYTES,
        _ => 0,
    }
}

const _: () = assert!(region_bytes(VFIO_PCI_CONFIG_REGION_INDEX) as usize == config_space::BYTES);

/// The regions. Every access is a transaction of the card, but for order slots in the file `slots`: stores there are
/// found by looking.
pub(super) fn regions(slots: Option<RawFd>) -> Vec<ServerRegion> {
    (0..VFIO_PCI_NUM_REGIONS)
        .map(|index| region(index, slots))
        .collect()
}

fn region(index: u32, slots: Option<RawFd>) -> ServerRegion {
    let shared = slots.filter(|_| index == VFIO_PCI_BAR2_REGION_INDEX);
    let mut flags = 0;
    if region_bytes(index) > 0 {
        flags |= VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    }
    if shared.is_some() {
        flags |= VFIO_REGION_INFO_FLAG_MMAP;
    }
    let area = vfio_region_sparse_mmap_area {
        offset: 0,
        size: SLOTS_BYTES as u64,
    };
    ServerRegion {
        region_info: vfio_region_info {
            argsz: u32::try_from(size_of::<vfio_region_info>()).unwrap_or(u32::MAX),
            index,
            size: u64::from(region_bytes(index)),
            flags,
            ..Default::default()
        },
        sparse_areas: shared.map(|_| SparseArea { area }).into_iter().collect(),
        mmap_fd: shared,
    }
}

/// The interrupts: MSI-X only.
pub(super) fn interrupts() -> Vec<IrqInfo> {
    (0..VFIO_PCI_NUM_IRQS)
        .map(|index| IrqInfo {
            index,
            flags: VFIO_IRQ_INFO_EVENTFD,
            count: if index == VFIO_PCI_MSIX_IRQ_INDEX {
                u32::from(vector::COUNT)
            } else {
                0
            },
        })
        .collect()
}

/// What one client does to the card.
#[derive(Debug)]
pub(super) struct Backend {
    shared: Arc<Shared>,
}

impl Backend {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

fn refused(why: String) -> io::Error {
    warn!("refused: {why}");
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// The offset, when the access lies in its region.
fn inside(region: u32, offset: u64, bytes: usize) -> io::Result<u32> {
    let end = offset.checked_add(bytes as u64);
    let fits = end.is_some_and(|end| end <= u64::from(region_bytes(region)));
    u32::try_from(offset)
        .ok()
        .filter(|_| fits)
        .ok_or_else(|| refused(format!("{bytes} bytes at {offset:#x} of region {region}")))
}

impl Engine {
    /// Registers by the dword; parts of a dword are cut out of it.
    fn read_registers(&mut self, offset: u32, data: &mut [u8]) -> io::Result<()> {
        let mut at = offset;
        let mut left = data;
        while !left.is_empty() {
            let into = at as usize % REGISTER;
            let count = left.len().min(REGISTER - into);
            let value = self.card.read32(at & !3).map_err(io::Error::other)?.to_le_bytes();
            let (now, later) = left.split_at_mut(count);
            now.copy_from_slice(&value[into..into + count]);
            at += u32::try_from(count).unwrap_or(0);
            left = later;
        }
        Ok(())
    }

    fn write_registers(&mut self, offset: u32, data: &[u8]) -> io::Result<()> {
        let (dwords, rest) = data.as_chunks::<REGISTER>();
        if !offset.is_multiple_of(4) || !rest.is_empty() {
            return Err(refused(format!(
                "a register write of {} bytes at {offset:#x}",
                data.len()
            )));
        }
        for (at, dword) in (offset..).step_by(REGISTER).zip(dwords) {
            let value = u32::from_le_bytes(*dword);
            self.card.write32(at, value).map_err(io::Error::other)?;
            self.written(at, value);
        }
        Ok(())
    }

    /// Words as one burst, as a root complex hands on what was written at once.
    fn write_windows(&mut self, offset: u32, data: &[u8]) -> io::Result<()> {
        let (words, rest) = data.as_chunks::<WORD>();
        if !offset.is_multiple_of(8) || !rest.is_empty() || words.len() > 8 {
            return Err(refused(format!(
                "a BAR2 write of {} bytes at {offset:#x}",
                data.len()
            )));
        }
        let words: Vec<u64> = words.iter().map(|w| u64::from_le_bytes(*w)).collect();
        self.card.write_words(offset, &words).map_err(io::Error::other)
    }
}

impl ServerBackend for Backend {
    fn region_read(&mut self, region: u32, offset: u64, data: &mut [u8]) -> io::Result<()> {
        let at = inside(region, offset, data.len())?;
        debug!("read {} bytes at {at:#x} of region {region}", data.len());
        self.shared.enter(|engine| match region {
            VFIO_PCI_CONFIG_REGION_INDEX => {
                engine.config.read(at as usize, data);
                Ok(())
            }
            _ if !engine.answers() => {
                // Nobody answers: the root complex does, with all-ones.
                data.fill(0xff);
                Ok(())
            }
            VFIO_PCI_BAR0_REGION_INDEX => {
                let read = engine.read_registers(at, data);
                engine.active();
                engine.deliver();
                read
            }
            _ => {
                data.fill(0);
                Ok(())
            }
        })
    }

    fn region_write(&mut self, region: u32, offset: u64, data: &[u8]) -> io::Result<()> {
        let at = inside(region, offset, data.len())?;
        debug!("write {} bytes at {at:#x} of region {region}", data.len());
        self.shared.enter(|engine| {
            let written = match region {
                VFIO_PCI_CONFIG_REGION_INDEX => {
                    let reset = engine.config.write(at as usize, data);
                    return engine.configured(reset).map_err(io::Error::other);
                }
                _ if !engine.answers() => return Ok(()),
                VFIO_PCI_BAR0_REGION_INDEX => engine.write_registers(at, data),
                VFIO_PCI_BAR2_REGION_INDEX => engine.write_windows(at, data),
                // The MSI-X table: vectors come as eventfds.
                _ => return Ok(()),
            };
            engine.active();
            engine.deliver();
            written
        })
    }

    fn dma_map(
        &mut self,
        flags: DmaMapFlags,
        offset: u64,
        address: u64,
        size: u64,
        fd: Option<File>,
    ) -> io::Result<()> {
        let Some(file) = fd else {
            // Memory that cannot be shared: a write there will be refused.
            info!("{size:#x} bytes at {address:#x} come without a file");
            return Ok(());
        };
        let writable = flags.contains(DmaMapFlags::WRITE);
        debug!("map {size:#x} bytes at {address:#x}, writable: {writable}");
        let map = |engine: &mut Engine| {
            engine
                .card
                .client_memory()
                .map(address, size, &file, offset, writable)
        };
        self.shared.enter(map).map_err(|error| refused(error.to_string()))
    }

    fn dma_unmap(&mut self, flags: DmaUnmapFlags, address: u64, size: u64) -> io::Result<()> {
        debug!("unmap {size:#x} bytes at {address:#x}");
        self.shared.enter(|engine| {
            let memory = engine.card.client_memory();
            if flags.contains(DmaUnmapFlags::UNMAP_ALL) {
                memory.clear();
            } else {
                memory.unmap(address, size);
            }
        });
        Ok(())
    }

    fn reset(&mut self) -> io::Result<()> {
        info!("reset");
        self.shared.enter(Engine::reset).map_err(io::Error::other)
    }

    fn set_irqs(&mut self, index: u32, flags: u32, start: u32, count: u32, fds: Vec<File>) -> io::Result<()> {
        if index != VFIO_PCI_MSIX_IRQ_INDEX || flags & VFIO_IRQ_SET_ACTION_TRIGGER == 0 {
            return Ok(());
        }
        self.shared.enter(|engine| {
            let vectors = engine.vectors.len();
            let (start, count) = (start as usize, count as usize);
            if start.checked_add(count).is_none_or(|end| end > vectors) {
                return Err(refused(format!(
                    "vectors {start} to {}",
                    start.saturating_add(count)
                )));
            }
            let mut fds = fds.into_iter();
            if flags & VFIO_IRQ_SET_DATA_EVENTFD != 0 {
                for event in &mut engine.vectors[start..start + count] {
                    *event = fds.next();
                }
            } else if flags & VFIO_IRQ_SET_DATA_NONE != 0 && count == 0 {
                engine.vectors = Default::default();
            }
            engine.deliver();
            Ok(())
        })
    }
}
