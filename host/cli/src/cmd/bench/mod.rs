//! `tickforge bench`: figures with their budgets.

pub(crate) mod budgets;
#[cfg(feature = "sim")]
mod clocks;
#[cfg(feature = "sim")]
mod cycles;
#[cfg(feature = "sim")]
mod fmax;
pub(crate) mod model;
#[cfg(feature = "sim")]
pub(crate) mod model_fabric;
pub(crate) mod report;
#[cfg(feature = "sim")]
pub(crate) mod resources;
#[cfg(feature = "sim")]
mod ring;
#[cfg(feature = "sim")]
mod risk;
#[cfg(feature = "sim")]
mod sim;
#[cfg(feature = "sim")]
mod tick;
#[cfg(feature = "sim")]
mod traffic;
mod twin;

use crate::error::CliError;
use crate::output::Format;
use report::Report;

/// Measure a group of figures and compare each with its budget
///
/// Exits 1 when a figure breaks its budget, or one that must be there is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge bench cycles\n  \
    tickforge bench fmax --block level_row\n  \
    tickforge bench ring\n  \
    tickforge bench risk\n  \
    tickforge bench model\n  \
    tickforge bench twin\n  \
    tickforge bench model-fabric --pipeline gbdt100_folded\n  \
    tickforge bench sim --format json")]
pub(crate) struct Args {
    /// Group of figures
    group: Group,
    /// How to print: text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    #[cfg(feature = "sim")]
    #[command(flatten)]
    clocks: fmax::Wanted,
    #[cfg(feature = "sim")]
    #[command(flatten)]
    pipelines: model_fabric::Chosen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// Compiled models against ONNX Runtime
    Model,
    /// The software twin: core and wide features, and messages a second
    Twin,
    /// Models in the fabric: cycles, and what they take on a device, beside peers' cited figures
    #[cfg(feature = "sim")]
    ModelFabric,
    /// Speed of the simulated card
    #[cfg(feature = "sim")]
    Sim,
    /// Latency and throughput of the gateware in cycles, and the clock of each block
    #[cfg(feature = "sim")]
    Cycles,
    /// Only the clock of each block
    #[cfg(feature = "sim")]
    Fmax,
    /// The reader of the card's rings, and order slots back, beside the queue `rtrb`
    #[cfg(feature = "sim")]
    Ring,
    /// Market rules and host risk of an order, every check
    #[cfg(feature = "sim")]
    Risk,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let (group, rows) = match args.group {
        Group::Model => (model::GROUP, model::rows()?),
        Group::Twin => (twin::GROUP, twin::rows()?),
        #[cfg(feature = "sim")]
        Group::ModelFabric => (model_fabric::GROUP, model_fabric::rows(&args.pipelines)?),
        #[cfg(feature = "sim")]
        Group::Sim => ("sim", sim::rows()?),
        #[cfg(feature = "sim")]
        Group::Ring => ("ring", ring::rows()?),
        #[cfg(feature = "sim")]
        Group::Risk => ("risk", risk::rows()?),
        #[cfg(feature = "sim")]
        Group::Fmax => ("fmax", fmax::rows(&args.clocks)?),
        #[cfg(feature = "sim")]
        Group::Cycles => {
            let mut rows = cycles::rows()?;
            rows.extend(fmax::rows(&args.clocks)?);
            ("cycles", rows)
        }
    };
    let report = Report::new(group, rows);
    report.print(args.format)?;
    report.verdict()
}
