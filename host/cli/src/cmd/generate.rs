//! `tickforge generate`: a seeded synthetic trading day of ITCH 5.0.

use std::path::PathBuf;

use crate::error::CliError;
use crate::generate::{Options, generate, messages_min};

/// Generate a synthetic trading day of ITCH 5.0 with every message type, the same for the same seed
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge generate --symbols 100 --messages 1000000 --seed 7 --out day.itch.gz\n  \
    tickforge generate --symbols 4 --messages 200000 --adversarial --out hard.pcap")]
pub(crate) struct Args {
    /// Symbols; their locates are 1 up to this number
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    symbols: u16,
    /// Messages to write, exactly
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    messages: u64,
    /// Seed of everything random
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// Output: .itch, .itch.gz, or .pcap for MoldUDP64 frames
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Add far stub quotes, sub-tick prices, replace storms, deep books, colliding-looking and unknown references
    #[arg(long)]
    adversarial: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let least = messages_min(args.symbols);
    if args.messages < least {
        let (messages, symbols) = (args.messages, args.symbols);
        return Err(CliError::Input(format!(
            "--messages {messages}: a day of {symbols} symbols takes at least {least}; give more messages or fewer --symbols"
        )));
    }
    let options = Options {
        symbols: args.symbols,
        messages: args.messages,
        seed: args.seed,
        adversarial: args.adversarial,
    };
    let mut census = generate(options, &args.out)?;
    census.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let types: Vec<String> = census
        .iter()
        .map(|(kind, count)| format!("{}{count}", char::from(*kind)))
        .collect();
    eprintln!(
        "{}: synthetic, {} symbols, {} messages, seed {}: {}",
        args.out.display(),
        args.symbols,
        args.messages,
        args.seed,
        types.join(" ")
    );
    Ok(())
}
