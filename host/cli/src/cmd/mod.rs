//! Subcommands.

pub(crate) mod book;
