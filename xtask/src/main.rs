//! Helpers for working on this repository: `cargo xtask --help`.
#![forbid(unsafe_code)]

mod emit;
mod lint_hdl;
mod mutants;
mod tidy;

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
    /// Check the gateware's kernels for what rust-hdl prints wrongly.
    LintHdl,
    /// Write faults into host risk one after the other and see that its tests find them; some minutes.
    Mutants,
    /// Check the house rules: words, lengths, unsafe, leftovers.
    Tidy,
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Emit(args) => emit::run(&args),
        Task::LintHdl => lint_hdl::run(),
        Task::Mutants => mutants::run(),
        Task::Tidy => tidy::run(),
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
