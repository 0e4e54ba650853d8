//! Back-ends of the contract's `PciDevice`: how the host reaches a card.
//!
//! | back-end | card | for |
//! |---|---|---|
//! | [`VfioUser`] | a process behind a Unix socket | simulation: the shipped driver against the gateware |
//! | [`Vfio`] | a PCIe function bound to `vfio-pci`, behind an IOMMU | production |
//! | [`Sysfs`] | a PCIe function, through its `resource` files | diagnosis only: it has no DMA |
//! | [`Mock`] | registers and rings in this process | tests of the host |
//!
//! This crate is an unsafe room. Three rules hold in it: every access is bounds-checked, memory that a card may write is
//! touched only by volatile access through raw pointers (there is never a Rust reference to it), and what is mapped for a
//! card is unmapped there before it is unmapped here.

mod bdf;
mod entry;
mod error;
mod interrupt;
mod iova;
mod line;
mod loopback;
mod memory;
mod mock;
mod sysfs;
mod tsc;
mod vfio;
mod vfio_user;
mod volatile;

pub use bdf::Bdf;
pub use error::PcieError;
pub use line::LineStore;
pub use loopback::{CardEnd, HostEnd, HostSlots, loopback};
pub use memory::DmaMemory;
pub use mock::Mock;
pub use sysfs::Sysfs;
pub use tsc::ticks;
pub use vfio::{Function, MappedBar, Vfio};
pub use vfio_user::{Options as VfioUserOptions, VfioUser};
