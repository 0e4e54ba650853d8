//! The simulated card: the emitted Verilog of `top` under Verilator, behind the contract's `PciDevice`.
//!
//! ```text
//!  frames ─► MAC line A ─┐                       ┌─► DMA writes ─► shared memory (C2H rings)
//!  frames ─► MAC line B ─┤   Verilated `top`     ├─► transmitted frames
//!  read32/write32 ─► AXI4-Lite ─┤                └─► interrupts
//!  write_line ─► AXI4 (BAR2) ───┘
//! ```
//!
//! Single-threaded, virtual time in cycles, deterministic: the same calls give the same cycles. A
//! [`SimCard`] is a handle; clones share the card, so that one can drive frames while another is the device.
//!
//! [`serve`] puts the same card behind a vfio-user socket, as a process of its own; [`lab`] is what stands around a card
//! besides its bus (cables and clock), the same for both.
#![forbid(unsafe_code)]

mod axi;
mod card;
mod config_space;
mod dma;
mod emitted;
mod faults;
pub mod lab;
mod mac;
mod pci;
pub mod serve;
mod shell;

pub use axi::DmaWrite;
pub use card::{BusReads, Card, CardError, Options};
pub use faults::Fault;
pub use mac::{Line, RxFrame, TxFrame};
pub use pci::{ADVANCE_CYCLES, SimCard};

/// Core clock period in tenths of a nanosecond: 156.25 MHz.
pub const CYCLE_TENTHS_NS: u64 = 64;
