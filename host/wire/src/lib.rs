//! Wire formats of the feed and order side, one protocol a file.
//!
//! Each protocol is a checked view over bytes and a builder. `new_checked` tests every length the
//! accessors rely on: after it returned `Ok`, no accessor panics. Setters need a mutable buffer of
//! the same length. Nothing here opens a file but [`feed::open`]; [`pcap`] and [`binaryfile`] work
//! on any reader or writer.
#![forbid(unsafe_code)]

pub mod binaryfile;
mod bytes;
mod error;
pub mod ethernet;
pub mod feed;
pub mod glimpse;
mod input;
pub mod ipv4;
pub mod itch50;
pub mod moldudp64;
pub mod ouch50;
pub mod packetizer;
pub mod pcap;
pub mod soupbintcp;
pub mod tcp;
pub mod udp;

pub use error::{StreamError, WireError};
