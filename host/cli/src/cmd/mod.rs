//! Subcommands.

#[cfg(feature = "sim")]
pub(crate) mod bench;
pub(crate) mod book;
pub(crate) mod convert;
pub(crate) mod doctor;
pub(crate) mod features;
#[cfg(feature = "sim")]
pub(crate) mod gateware;
pub(crate) mod generate;
#[cfg(feature = "sim")]
pub(crate) mod run;
