//! Subcommands.

pub(crate) mod bench;
pub(crate) mod book;
#[cfg(feature = "sim")]
pub(crate) mod card;
pub(crate) mod config;
pub(crate) mod convert;
pub(crate) mod doctor;
pub(crate) mod features;
pub(crate) mod flash;
#[cfg(feature = "sim")]
pub(crate) mod gateware;
pub(crate) mod generate;
pub(crate) mod journal;
pub(crate) mod model;
#[cfg(feature = "record")]
pub(crate) mod record;
#[cfg(feature = "sim")]
pub(crate) mod run;
#[cfg(feature = "sim")]
pub(crate) mod trade;
#[cfg(feature = "sim")]
pub(crate) mod venue;
