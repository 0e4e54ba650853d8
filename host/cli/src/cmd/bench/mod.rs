//! `tickforge bench`: figures with their budgets.

pub(crate) mod budgets;
mod cycles;
mod fmax;
mod report;
mod sim;
mod traffic;

use crate::error::CliError;
use crate::output::Format;
use report::Report;

/// Measure a group of figures and compare each with its budget
///
/// Exits 1 when a figure breaks its budget, or one that must be there is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge bench cycles\n  \
    tickforge bench sim --format json")]
pub(crate) struct Args {
    /// Group of figures
    group: Group,
    /// How to print: text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    /// Place and route nothing: take the clock figures of earlier runs
    #[arg(long)]
    cached_fmax: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// Speed of the simulated card
    Sim,
    /// Latency and throughput of the gateware in cycles, and the clock of each block
    Cycles,
    /// Only the clock of each block
    Fmax,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let (group, rows) = match args.group {
        Group::Sim => ("sim", sim::rows()?),
        Group::Fmax => ("fmax", fmax::rows(args.cached_fmax)?),
        Group::Cycles => {
            let mut rows = cycles::rows()?;
            rows.extend(fmax::rows(args.cached_fmax)?);
            ("cycles", rows)
        }
    };
    let report = Report::new(group, rows);
    report.print(args.format)?;
    report.verdict()
}
