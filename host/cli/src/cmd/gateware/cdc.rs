//! `tickforge gateware cdc`: where signals pass from one clock to another, and what makes it safe.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use ::synth::cdc::{Report, check};
use ::synth::tool::YOSYS_OF_SYSTEM;
use gateware::emit::{Size, emit};

use super::synth::failed;
use super::{parse_size, refused};
use crate::error::CliError;
use crate::output::Format;

/// List every crossing between clocks: from, to, and the synchroniser between them
///
/// yosys reads the Verilog; whatever a register takes from another clock must come through two flip-flops, or under an enable that does. Exits 1
/// when something does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge gateware cdc\n  \
    tickforge gateware cdc async_fifo --format json\n  \
    tickforge gateware cdc shell --verilog my_shell.v")]
pub(crate) struct Args {
    /// Block
    #[arg(value_name = "BLOCK", default_value = "shell")]
    name: String,
    /// Size: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "small", value_parser = parse_size)]
    config: Size,
    /// Verilog of the block in place of the emitted one
    #[arg(long, value_name = "FILE.v")]
    verilog: Option<PathBuf>,
    /// How to print: text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let verilog = match &args.verilog {
        Some(path) => fs::read_to_string(path).map_err(|e| CliError::file(path, e))?,
        None => emit(&args.name, args.config).map_err(|error| refused(&error))?,
    };
    let yosys = YOSYS_OF_SYSTEM.find().map_err(failed)?;
    let models = verilated::cache();
    let folder = models
        .parent()
        .unwrap_or(&models)
        .join("cdc")
        .join(std::process::id().to_string());
    fs::create_dir_all(&folder).map_err(|e| CliError::file(&folder, e))?;
    let report = check(&yosys, &args.name, &verilog, &folder).map_err(|error| match args.verilog {
        // What yosys makes nothing of is another input than it has to be; of our own Verilog it is a finding.
        Some(_) => CliError::Input(error.to_string()),
        None => failed(error),
    });
    // A leftover working folder harms nobody.
    let _removed = fs::remove_dir_all(&folder);
    let report = report?;
    let mut out = io::stdout().lock();
    match args.format {
        Format::Json => serde_json::to_string_pretty(&report)
            .map_err(io::Error::from)
            .and_then(|text| writeln!(out, "{text}")),
        Format::Text => text(&report, &mut out),
    }
    .map_err(CliError::output)?;
    match report.findings().count() {
        0 => Ok(()),
        count => Err(CliError::Check(format!(
            "{count} crossings without a synchroniser in {}",
            args.name
        ))),
    }
}

fn text(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for crossing in &report.crossings {
        writeln!(
            out,
            "{:<12} -> {:<12} {:<20} {:>4} bits  {} -> {}{}",
            crossing.from_clock,
            crossing.to_clock,
            crossing.guard.name(),
            crossing.bits,
            crossing.from,
            crossing.to,
            crossing
                .why
                .as_ref()
                .map_or_else(String::new, |why| format!(": {why}"))
        )?;
    }
    let registers: Vec<String> = report
        .registers
        .iter()
        .map(|(clock, bits)| format!("{bits} of {clock}"))
        .collect();
    writeln!(
        out,
        "{}: {} clocks, {} crossings; register bits: {}",
        report.block,
        report.clocks.len(),
        report.crossings.len(),
        registers.join(", ")
    )
}
