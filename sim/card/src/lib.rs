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
#![forbid(unsafe_code)]

mod axi;
mod card;
mod dma;
mod mac;
mod pci;

pub use card::{Card, CardError, Options};
pub use mac::{Line, RxFrame, TxFrame};
pub use pci::SimCard;

/// Core clock period in tenths of a nanosecond: 156.25 MHz.
pub const CYCLE_TENTHS_NS: u64 = 64;
