//! A card, typed: bring-up, feed lines, slots, rings and order slots over any `PciDevice`.
//!
//! Read in this order: [`bringup`] opens a card, [`feed`] points it at market data, [`ring`] and
//! [`records`] read what it reports, [`gate`] sets up the order side, [`orders`] writes orders, [`frames`] carries what else is on their wire. No `unsafe`, no clock, no sleep: a card
//! that needs time to do something is given it through `PciDevice::advance`, and every wait is bounded.
#![forbid(unsafe_code)]

pub mod bringup;
mod error;
pub mod events;
pub mod feed;
pub mod frames;
pub mod gate;
pub mod interrupts;
pub mod orders;
pub mod records;
pub mod regs;
pub mod relation;
pub mod ring;
pub mod time;
pub mod trigger;

pub use bringup::Device;
pub use error::DeviceError;
