//! A simulated exchange: it replays a day of ITCH 5.0 as two MoldUDP64 lines, takes orders by OUCH 5.0 over SoupBinTCP,
//! matches them against the replayed book, and publishes orders and executions in the same feed.
//!
//! Nothing here does I/O or reads a clock: messages and times go in, frames and bytes come out, and the same input
//! gives the same output. `docs/venue.md` states the matching rules; the command `tickforge venue` puts sockets around
//! it.
//!
//! ```text
//! feed file ─► Exchange::market ─┐                        ┌─► Feed ─► frames of lines A and B, re-requests
//!                                ├─► book, own orders ─┤
//! OUCH ──► Door ─► Exchange::request ─┘                        └─► responses ─► Door ─► SoupBinTCP
//! ```
#![forbid(unsafe_code)]

mod account;
mod book;
mod door;
mod exchange;
mod faults;
mod feed;
mod market;
mod own;
mod port;
mod snapshot;
mod stack;
#[cfg(test)]
mod tests;

pub use account::{Account, Open};
pub use book::Book;
pub use door::{Door, DoorEvent};
pub use exchange::{Config, Counters, Exchange};
pub use faults::{Faults, Injected, Random};
pub use feed::{Feed, Frame, Line, Published};
pub use snapshot::snapshot;
pub use stack::{Stack, StackConfig};
