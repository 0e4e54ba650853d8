//! The command line: one file a subcommand under `cmd`.
//!
//! Exit codes: 0 ok, 1 the run failed its own check, 2 bad usage or input.
#![forbid(unsafe_code)]

mod cmd;
mod convert;
mod error;
mod generate;
#[cfg(feature = "sim")]
mod live;
mod machine;
mod output;
#[cfg(any(feature = "record", feature = "sim"))]
mod progress;
mod reception;
mod selection;
mod source;
mod survey;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::CliError;

#[derive(Debug, Parser)]
#[command(
    name = "tickforge",
    version,
    about = "FPGA co-design toolkit for trading",
    propagate_version = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(cmd::bench::Args),
    Book(cmd::book::Args),
    #[cfg(feature = "sim")]
    #[command(subcommand)]
    Card(cmd::card::Command),
    #[command(subcommand)]
    Config(cmd::config::Command),
    Convert(cmd::convert::Args),
    Doctor(cmd::doctor::Args),
    Features(cmd::features::Args),
    Flash(cmd::flash::Args),
    #[command(subcommand)]
    Image(cmd::flash::ImageCommand),
    #[cfg(feature = "sim")]
    Gateware(cmd::gateware::Args),
    #[cfg(feature = "sim")]
    Run(cmd::run::Args),
    Generate(cmd::generate::Args),
    #[command(subcommand)]
    Journal(cmd::journal::Command),
    #[command(subcommand)]
    Model(cmd::model::Command),
    #[cfg(feature = "record")]
    Record(cmd::record::Args),
    #[cfg(feature = "sim")]
    Trade(Box<cmd::trade::Args>),
    #[cfg(feature = "sim")]
    Venue(Box<cmd::venue::Args>),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Bench(args) => cmd::bench::run(&args),
        Command::Book(args) => cmd::book::run(&args),
        #[cfg(feature = "sim")]
        Command::Card(command) => cmd::card::run(&command),
        Command::Config(command) => cmd::config::run(&command),
        Command::Convert(args) => cmd::convert::run(&args),
        Command::Doctor(args) => cmd::doctor::run(&args),
        #[cfg(feature = "sim")]
        Command::Run(args) => cmd::run::run(&args),
        Command::Features(args) => cmd::features::run(&args),
        Command::Flash(args) => cmd::flash::run(&args),
        Command::Image(command) => cmd::flash::image(&command),
        #[cfg(feature = "sim")]
        Command::Gateware(args) => cmd::gateware::run(&args),
        Command::Generate(args) => cmd::generate::run(&args),
        Command::Journal(command) => cmd::journal::run(&command),
        Command::Model(command) => cmd::model::run(&command),
        #[cfg(feature = "record")]
        Command::Record(args) => cmd::record::run(&args),
        #[cfg(feature = "sim")]
        Command::Trade(args) => cmd::trade::run(&args),
        #[cfg(feature = "sim")]
        Command::Venue(args) => cmd::venue::run(&args),
    };
    match outcome {
        Ok(()) | Err(CliError::ReaderGone) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tickforge: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
