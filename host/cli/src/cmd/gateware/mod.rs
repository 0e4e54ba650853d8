//! `tickforge gateware`: the Verilog that is simulated, and the checks it must pass.

mod cdc;
mod cost;
pub(crate) mod model;
mod project;
mod synth;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use gateware::emit::{BLOCKS, EmitError, Size, emit, golden, sha256};
use verilated::gate;

use crate::error::CliError;
use crate::output::OutputFile;

/// Emit and check the gateware's Verilog
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Emit(EmitArgs),
    Lint(LintArgs),
    Model(model::Args),
    Synth(synth::Args),
    Cost(cost::Args),
    Cdc(cdc::Args),
    Project(project::Args),
}

/// Print the Verilog of a block, its SHA-256 on standard error
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge gateware emit > top.v\n  \
    tickforge gateware emit level_row --config small --out level_row.v\n  \
    tickforge gateware emit --sha256")]
struct EmitArgs {
    /// Block to emit
    #[arg(value_name = "BLOCK", default_value = "top")]
    name: String,
    /// The same as BLOCK
    #[arg(long, value_name = "BLOCK", conflicts_with = "name")]
    block: Option<String>,
    /// Size: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "sim", value_parser = parse_size)]
    config: Size,
    /// Write to a file in place of standard output
    #[arg(long, value_name = "FILE", conflicts_with = "sha256")]
    out: Option<PathBuf>,
    /// Print only the SHA-256
    #[arg(long)]
    sha256: bool,
    /// Print the names of all blocks
    #[arg(long, conflicts_with_all = ["name", "block", "out", "sha256"])]
    list: bool,
}

/// Check blocks: rust-hdl's own check, Verilator's lint, yosys, golden files; one line a block
#[derive(Debug, clap::Args)]
struct LintArgs {
    /// Only these blocks [default: all]
    #[arg(value_name = "BLOCK")]
    blocks: Vec<String>,
    /// Size that is checked by Verilator and yosys: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "small", value_parser = parse_size)]
    config: Size,
}

/// A size by its name, for arguments.
pub(crate) fn parse_size(name: &str) -> Result<Size, String> {
    Size::by_name(name).ok_or_else(|| {
        let names = Size::ALL.map(Size::name).join(", ");
        format!("expected one of {names}")
    })
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    match &args.action {
        Action::Emit(args) => print(args),
        Action::Lint(args) => lint(args),
        Action::Model(args) => model::run(args),
        Action::Synth(args) => synth::run(args),
        Action::Cost(args) => cost::run(args),
        Action::Cdc(args) => cdc::run(args),
        Action::Project(args) => project::run(args),
    }
}

fn print(args: &EmitArgs) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    if args.list {
        return BLOCKS
            .iter()
            .try_for_each(|block| writeln!(stdout, "{}", block.name))
            .map_err(CliError::output);
    }
    let name = args.block.as_deref().unwrap_or(&args.name);
    let verilog = emit(name, args.config).map_err(|error| refused(&error))?;
    let digest = sha256(&verilog);
    if args.sha256 {
        return writeln!(stdout, "{digest}").map_err(CliError::output);
    }
    if let Some(path) = &args.out {
        let mut file = OutputFile::create(path)?;
        file.write_all(verilog.as_bytes())
            .map_err(|source| CliError::file(path, source))?;
        file.finish()?;
    } else {
        stdout
            .write_all(verilog.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(CliError::output)?;
    }
    eprintln!("{name} {}: sha256 {digest}", args.config);
    Ok(())
}

fn refused(error: &EmitError) -> CliError {
    match error {
        EmitError::UnknownBlock { name } => CliError::Input(format!(
            "no block is called `{name}`; `tickforge gateware emit --list` names them all"
        )),
        other => CliError::Check(other.to_string()),
    }
}

fn lint(args: &LintArgs) -> Result<(), CliError> {
    let known = |name: &String| BLOCKS.iter().any(|block| block.name == name);
    if let Some(name) = args.blocks.iter().find(|name| !known(name)) {
        return Err(refused(&EmitError::UnknownBlock { name: name.clone() }));
    }
    let wanted = |name: &str| args.blocks.is_empty() || args.blocks.iter().any(|b| b == name);
    let (mut blocks, mut bad) = (0, 0);
    for block in BLOCKS.iter().filter(|block| wanted(block.name)) {
        let faults = faults(block.name, args.config)?;
        let verdict = if faults.is_empty() { "ok" } else { "FAILED" };
        writeln!(io::stdout(), "{:<28} {verdict}", block.name).map_err(CliError::output)?;
        for fault in &faults {
            eprintln!("{}: {}", block.name, fault.trim_end());
        }
        blocks += 1;
        bad += u32::from(!faults.is_empty());
    }
    if bad == 0 {
        Ok(())
    } else {
        Err(CliError::Check(format!("{bad} of {blocks} blocks")))
    }
}

/// Everything wrong with a block; an error only when a tool is missing.
fn faults(name: &str, size: Size) -> Result<Vec<String>, CliError> {
    let verilog = match emit(name, size) {
        Ok(verilog) => verilog,
        Err(error) => return Ok(vec![error.to_string()]),
    };
    let mut faults = Vec::new();
    for outcome in [gate::lint(name, &verilog), gate::yosys(name, &verilog)] {
        match outcome {
            Ok(()) => {}
            Err(error @ verilated::Error::ToolMissing { .. }) => {
                return Err(CliError::Input(error.to_string()));
            }
            Err(error) => faults.push(error.to_string()),
        }
    }
    for file in golden::of(name).map_err(|error| refused(&error))? {
        let kept = fs::read_to_string(golden::folder().join(&file.file)).ok();
        if kept.as_ref() != Some(&file.text) {
            faults.push(format!(
                "hdl/golden/{} is out of date; run `cargo xtask emit`",
                file.file
            ));
        }
    }
    Ok(faults)
}
