//! Helpers for working on this repository: `cargo xtask --help`.
#![forbid(unsafe_code)]

mod emit;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Helpers for working on this repository")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Renew the golden Verilog in hdl/golden from the gateware's sources.
    Emit(emit::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Emit(args) => emit::run(&args),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}
