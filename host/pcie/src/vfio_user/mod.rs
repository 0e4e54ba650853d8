//! A card process behind a Unix socket that speaks vfio-user.

mod connection;
mod message;
mod region;

use crate::error::PcieError;
use crate::interrupt::{EventInterrupt, eventfd};
use crate::iova::IovaSpace;
use crate::line::LineStore;
use crate::memory::{Allocation, DmaMemory, Unmap};
use connection::Connection;
use contract::port::{self, Bar, DmaRegion, Interrupt, PciDevice, PortError};
use message::{Body, Command, u16_at, u32_at};
use region::{Region, number};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vmm_sys_util::eventfd::EventFd;

/// What a client can do, as it says in the handshake.
const CAPABILITIES: &str = "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576}}\0";
const VERSION: (u16, u16) = (0, 1);
const INDEX_MSIX: u32 = 2;
const DMA_READ_WRITE: u32 = 3;
/// `VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER`.
const IRQ_EVENTFD_TRIGGER: u32 = 1 << 2 | 1 << 5;
/// Flags of the device information: it can be reset.
const DEVICE_RESETTABLE: u32 = 1;
/// Bytes that an answer to a read or write has before the data: {offset u64, region, count}.
const ACCESS_BYTES: usize = 16;

/// How a card process is connected to.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
        }
    }
}

/// A connected card process; clones share the connection.
#[derive(Debug, Clone)]
pub struct VfioUser {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    socket: PathBuf,
    connection: Mutex<Connection>,
    iova: Mutex<IovaSpace>,
    bar0: Region,
    bar2: Region,
    vectors: u32,
    resettable: bool,
    interrupts: Mutex<Vec<Option<EventFd>>>,
    store: LineStore,
}

impl VfioUser {
    /// Connects to the process behind `socket` and checks that it is our card.
    ///
    /// # Errors
    /// [`PcieError`], each saying what to do.
    pub fn connect(socket: &Path, options: Options) -> Result<Self, PcieError> {
        let mut connection = Connection::open(socket, options.timeout)?;
        handshake(&mut connection)?;
        let resettable = device_info(&mut connection)?;
        let bar0 = bar(&mut connection, number::BAR0, Bar::Bar0)?;
        let bar2 = bar(&mut connection, number::BAR2, Bar::Bar2)?;
        let id = read(&mut connection, number::CONFIG, 0)?;
        let [v0, v1, d0, d1] = id.to_le_bytes();
        let (vendor, device) = (u16::from_le_bytes([v0, v1]), u16::from_le_bytes([d0, d1]));
        if (vendor, device) != (port::VENDOR_ID, port::DEVICE_ID) {
            return Err(PcieError::NotOurs {
                place: socket.display().to_string(),
                vendor,
                device,
            });
        }
        let vectors = vectors(&mut connection)?;
        let shared = Shared {
            socket: socket.to_owned(),
            connection: Mutex::new(connection),
            iova: Mutex::new(IovaSpace::default()),
            bar0,
            bar2,
            vectors,
            resettable,
            interrupts: Mutex::new(Vec::new()),
            store: LineStore::best(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Path of the socket.
    pub fn socket(&self) -> &Path {
        &self.shared.socket
    }

    /// Waits until every posted write has reached the card, as a read does on a bus.
    ///
    /// # Errors
    /// The error of a posted write, or the transport's.
    pub fn flush(&self) -> Result<(), PcieError> {
        let mut connection = self.shared.connection();
        if connection.has_posted() {
            read(&mut connection, number::CONFIG, 0)?;
        }
        Ok(())
    }

    fn map(&self, bytes: usize) -> Result<DmaMemory, PcieError> {
        let allocation = Allocation::new(bytes)?;
        let size = allocation.mapping.len() as u64;
        let address = lock(&self.shared.iova).take(size)?;
        let body = Body::default()
            .u32(32)
            .u32(DMA_READ_WRITE)
            .u64(0)
            .u64(address)
            .u64(size);
        let fds = [allocation.file.as_raw_fd()];
        let mapped = self
            .shared
            .connection()
            .request(Command::DmaMap, &body.done(), &fds);
        if let Err(error) = mapped {
            lock(&self.shared.iova).give_back(address);
            return Err(error);
        }
        let guard = Mapped {
            shared: Arc::clone(&self.shared),
            address,
            size,
        };
        Ok(DmaMemory::new(allocation, bytes, address, Box::new(guard)))
    }

    fn vector(&self, vector: u16) -> Result<EventInterrupt, PcieError> {
        let count = self.shared.vectors;
        if u32::from(vector) >= count {
            return Err(PcieError::NoVector { vector, count });
        }
        let failed = |source| PcieError::Gone {
            command: "an eventfd",
            source,
        };
        let mut known = lock(&self.shared.interrupts);
        let index = usize::from(vector);
        if known.len() <= index {
            known.resize_with(index + 1, || None);
        }
        if let Some(event) = &known[index] {
            return event.try_clone().map(EventInterrupt).map_err(failed);
        }
        let event = eventfd().map_err(failed)?;
        let body = Body::default()
            .u32(20)
            .u32(IRQ_EVENTFD_TRIGGER)
            .u32(INDEX_MSIX)
            .u32(u32::from(vector))
            .u32(1);
        let fds = [event.as_raw_fd()];
        self.shared
            .connection()
            .request(Command::SetIrqs, &body.done(), &fds)?;
        let ours = event.try_clone().map_err(failed)?;
        known[index] = Some(event);
        Ok(EventInterrupt(ours))
    }
}

/// A mapping that ends when this is dropped.
#[derive(Debug)]
struct Mapped {
    shared: Arc<Shared>,
    address: u64,
    size: u64,
}

impl Unmap for Mapped {}

impl Drop for Mapped {
    fn drop(&mut self) {
        let body = Body::default().u32(24).u32(0).u64(self.address).u64(self.size);
        let ended = self
            .shared
            .connection()
            .request(Command::DmaUnmap, &body.done(), &[]);
        // A card that could not be told may still write there: its address is not used again. When the connection has
        // gone, so has the card's mapping; the memory itself stays with the card as long as it holds the file.
        if ended.is_ok() {
            lock(&self.shared.iova).give_back(self.address);
        }
    }
}

impl Shared {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        lock(&self.connection)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn handshake(connection: &mut Connection) -> Result<(), PcieError> {
    let body = Body::default()
        .u16(VERSION.0)
        .u16(VERSION.1)
        .bytes(CAPABILITIES.as_bytes());
    let reply = connection.request(Command::Version, &body.done(), &[])?;
    match u16_at(&reply.body, 0) {
        Some(major) if major == VERSION.0 => Ok(()),
        major => Err(Command::Version.protocol(format!("major version {major:?}, this program speaks 0"))),
    }
}

/// Whether the card can be reset.
fn device_info(connection: &mut Connection) -> Result<bool, PcieError> {
    let body = Body::default().u32(16).u32(0).u32(0).u32(0);
    let reply = connection.request(Command::GetInfo, &body.done(), &[])?;
    let flags = u32_at(&reply.body, 4).ok_or_else(|| Command::GetInfo.protocol("a short answer"))?;
    let regions = u32_at(&reply.body, 8).unwrap_or(0);
    if regions <= number::CONFIG {
        return Err(Command::GetInfo.protocol(format!("{regions} regions: no PCI function")));
    }
    Ok(flags & DEVICE_RESETTABLE != 0)
}

fn bar(connection: &mut Connection, index: u32, bar: Bar) -> Result<Region, PcieError> {
    let region = Region::ask(connection, index)?;
    if region.size < u64::from(bar.bytes()) {
        return Err(PcieError::BarSize {
            bar: index,
            found: region.size,
            expected: u64::from(bar.bytes()),
        });
    }
    Ok(region)
}

fn vectors(connection: &mut Connection) -> Result<u32, PcieError> {
    let body = Body::default().u32(16).u32(0).u32(INDEX_MSIX).u32(0);
    let reply = connection.request(Command::GetIrqInfo, &body.done(), &[])?;
    u32_at(&reply.body, 12).ok_or_else(|| Command::GetIrqInfo.protocol("a short answer"))
}

fn access(region: u32, offset: u32, data: &[u8], count: u32) -> Vec<u8> {
    let body = Body::default().u64(u64::from(offset)).u32(region).u32(count);
    body.bytes(data).done()
}

fn read(connection: &mut Connection, region: u32, offset: u32) -> Result<u32, PcieError> {
    let reply = connection.request(Command::RegionRead, &access(region, offset, &[], 4), &[])?;
    u32_at(&reply.body, ACCESS_BYTES)
        .filter(|_| reply.body.len() == ACCESS_BYTES + 4)
        .ok_or_else(|| Command::RegionRead.protocol(format!("{} bytes in place of 4", reply.body.len())))
}

fn post(connection: &mut Connection, region: u32, offset: u32, data: &[u8]) -> Result<(), PcieError> {
    let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
    connection.post(Command::RegionWrite, &access(region, offset, data, count))
}

impl PciDevice for VfioUser {
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError> {
        Ok(read(
            &mut self.shared.connection(),
            number::CONFIG,
            u32::from(offset),
        )?)
    }

    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError> {
        // Configuration writes are not posted.
        let body = access(number::CONFIG, u32::from(offset), &value.to_le_bytes(), 4);
        self.shared
            .connection()
            .request(Command::RegionWrite, &body, &[])?;
        Ok(())
    }

    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        Bar::Bar0.check(offset, 4)?;
        if let Some((window, at)) = self.shared.bar0.window(u64::from(offset), 4) {
            return Ok(window.load_u32(at));
        }
        Ok(read(
            &mut self.shared.connection(),
            self.shared.bar0.index,
            offset,
        )?)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        Bar::Bar0.check(offset, 4)?;
        if let Some((window, at)) = self.shared.bar0.window(u64::from(offset), 4) {
            window.store_u32(at, value);
            return Ok(());
        }
        let mut connection = self.shared.connection();
        Ok(post(
            &mut connection,
            self.shared.bar0.index,
            offset,
            &value.to_le_bytes(),
        )?)
    }

    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        Bar::Bar2.check(offset, 64)?;
        if let Some((window, at)) = self.shared.bar2.window(u64::from(offset), 64) {
            self.shared.store.store(window, at, line);
            return Ok(());
        }
        let mut connection = self.shared.connection();
        Ok(post(&mut connection, self.shared.bar2.index, offset, line)?)
    }

    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        Ok(Box::new(self.map(bytes)?))
    }

    fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PortError> {
        Ok(Box::new(self.vector(vector)?))
    }

    fn reset(&mut self) -> Result<(), PortError> {
        if !self.shared.resettable {
            return Err(Command::Reset
                .protocol("this card says it cannot be reset")
                .into());
        }
        self.shared.connection().request(Command::Reset, &[], &[])?;
        Ok(())
    }
}
