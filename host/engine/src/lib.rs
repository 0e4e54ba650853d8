//! The engine: configuration, policy, latency accounting and the report of a run.
//!
//! Nothing here talks to a card or reads a clock; the loop that does lives with the command that
//! runs it and calls in here.
#![forbid(unsafe_code)]

pub mod account;
pub mod clock;
pub mod config;
pub mod hops;
pub mod journal;
pub mod ledger;
pub mod lifecycle;
pub mod market_rules;
pub mod order;
pub mod order_path;
pub mod policy;
pub mod price;
pub mod tcp;
