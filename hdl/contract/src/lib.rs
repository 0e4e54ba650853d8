//! The one contract behind gateware, host, twin, documentation and training features.
//!
//! Registers, DMA rings, record and event layouts, order slots, configurations and the integer
//! reference formulas of the features stand here and nowhere else; addresses and bit positions
//! follow from the order of declaration, so nobody types an offset. [`CONTRACT_HASH`] is a digest of
//! all of it: a driver refuses a card that was built from another contract.
#![no_std]
#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes and table lengths of compile-time constants; try_from is not const"
)]

extern crate alloc;

pub mod config;
pub mod counter;
pub mod crc;
pub mod event;
pub mod feature;
pub mod feature_reference;
pub mod follow;
pub mod frame;
pub mod hash;
pub mod layout;
pub mod order_hash;
pub mod port;
pub mod record;
pub mod reference;
pub mod reg;
pub mod ring;
pub mod slot;
pub mod template;
pub mod trigger;
pub mod wide;
pub mod window;

pub use config::Config;
pub use hash::CONTRACT_HASH;
