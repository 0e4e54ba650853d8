//! Subcommands.

pub(crate) mod book;
pub(crate) mod convert;
pub(crate) mod generate;
