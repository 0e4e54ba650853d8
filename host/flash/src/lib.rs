//! From an image file to a card that runs it: what the image says of itself, whether it may be trusted, the program that writes it, and the bus that has to
//! forget the card meanwhile.
//!
//! Nothing here knows of a card's registers: a card is a folder in sysfs, an image is a file with a [`manifest`] beside it.
#![forbid(unsafe_code)]

pub mod board;
pub mod bus;
pub mod error;
pub mod image;
pub mod key;
pub mod manifest;
mod patience;
pub mod programmer;

pub use bus::Bus;
pub use error::FlashError;
pub use image::{Image, Trust};
pub use manifest::Manifest;
pub use programmer::{Programmer, Step, Workbench};
