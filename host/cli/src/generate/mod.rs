//! A seeded trading day of ITCH 5.0: many symbols, every message type.
//!
//! Start of day (S, R, H, Y, L, V, K, O), pre-market, opening crosses, continuous trading with bursts, halts
//! and one market-wide break, closing crosses. Orders are placed around a mid that walks by one tick of
//! $0.01; sizes are round lots and odd lots; most orders are cancelled, few execute. The shares of message types
//! are those of a real day (A 44 %, D 43 %, U 8 %). A book never crosses.

mod book;
mod day;
mod flow;
mod rng;
mod sink;
mod symbol;

use std::path::Path;

use crate::error::CliError;

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Number of symbols; locates are 1 up to this.
    pub(crate) symbols: u16,
    /// Number of messages, exactly.
    pub(crate) messages: u64,
    /// Seed of everything.
    pub(crate) seed: u64,
    /// Far stub quotes, sub-tick prices, replace storms, deep books, colliding-looking and unknown references.
    pub(crate) adversarial: bool,
}

/// Messages written of each type, in order of first appearance.
pub(crate) type Census = Vec<(u8, u64)>;

/// Fewest messages a day of so many symbols can have.
pub(crate) fn messages_min(symbols: u16) -> u64 {
    500 + 20 * u64::from(symbols)
}

/// Generates a day into a file.
pub(crate) fn generate(options: Options, path: &Path) -> Result<Census, CliError> {
    let sink = sink::Sink::create(path, options.seed)?;
    let mut day = day::Day::new(options, sink);
    day.run().map_err(|source| CliError::file(path, source))?;
    let (sink, census) = day.finish();
    sink.finish(path)?;
    Ok(census)
}
