//! `tickforge gateware project`: what a vendor's tool needs to build the card.

use std::io::{self, Write};
use std::path::PathBuf;

use ::synth::board;
use ::synth::project::Project;
use gateware::emit::Size;

use super::parse_size;
use super::synth::failed;
use crate::error::CliError;

/// Write a project for a vendor's tool: the card within its shell, its clocks and constraints, the Tcl that builds it, a core file for FuseSoC
///
/// What the Tcl builds is the card by itself, out of context: clock, area and timing on the part. The vendor's MACs and PCIe bridge join it in a project
/// of that tool (docs/boards.md).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge gateware project --board alveo-u50 --out u50\n  \
    cd u50 && vivado -mode batch -source project.tcl")]
pub(crate) struct Args {
    /// Board: a folder of `bitstreams`
    #[arg(long, value_name = "BOARD")]
    board: String,
    /// Size: small, sim or alveo [default: the board's]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    config: Option<Size>,
    /// Folder for the files
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let board = board::by_name(&args.board).map_err(failed)?.board;
    let size = args
        .config
        .or_else(|| Size::by_name(&board.config))
        .unwrap_or(Size::Small);
    let project = Project::of(&board, size).map_err(failed)?;
    project.write(&args.out).map_err(failed)?;
    for (name, text) in &project.files {
        let path = args.out.join(name);
        writeln!(io::stdout(), "{} ({} bytes)", path.display(), text.len()).map_err(CliError::output)?;
    }
    Ok(())
}
