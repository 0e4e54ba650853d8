//! Subcommands.

pub(crate) mod book;
pub(crate) mod convert;
pub(crate) mod features;
pub(crate) mod generate;
