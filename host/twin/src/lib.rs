//! Bit-exact software twin of the feed side of the card, and the research engine.
//!
//! Each module is the golden model of the gateware block it is named after and knows only that
//! block's inputs and outputs; [`feed::FeedTwin`] strings them together. No I/O, no clock.
#![forbid(unsafe_code)]

pub mod book;
pub mod decode;
pub mod event;
pub mod features;
pub mod feed;
pub mod merge;
pub mod mold;
pub mod order_table;
pub mod placement;
pub mod records;
pub mod subscription;
pub mod udp;
pub mod wide;

pub use book::Book;
pub use event::FeedEvent;
pub use features::Features;
pub use feed::FeedTwin;
pub use order_table::{Anomaly, LevelOp, OrderTable};
pub use subscription::Subscriptions;
pub use wide::Wide;
pub use wire::itch50::Side;
