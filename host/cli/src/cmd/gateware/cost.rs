//! `tickforge gateware cost`: what blocks occupy and how deep their logic is, beside what the committed table says.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::synth::baseline::{self, Baseline, Row};
use ::synth::target::{Cost, Target};
use ::synth::tool::{YOSYS_OF_SYSTEM, run as run_tool};
use gateware::emit::{BLOCKS, EmitError, Size, emit};

use super::synth::failed;
use super::{parse_size, refused};
use crate::error::CliError;

/// Count look-up tables, flip-flops, memories, multipliers and levels of logic of blocks, by yosys alone
///
/// A block whose Verilog is that of its row in the table is not counted again. Exits 1 when a block costs more than its row allows, unless the
/// rows are recorded.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge gateware cost --block csr\n  \
    tickforge gateware cost --target xcup --config sim --block order_table\n  \
    tickforge gateware cost --record hdl/timing/resources.csv --docs docs/timing.md")]
pub(crate) struct Args {
    /// Family: ecp5, xcup, xc7 or intel
    #[arg(long, value_name = "FAMILY", default_value = "ecp5", value_parser = parse_target)]
    target: Target,
    /// Size: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "small", value_parser = parse_size)]
    config: Size,
    /// Only this block; may be repeated [default: all but the primitives, `top` and `level_book`]
    #[arg(long, value_name = "NAME")]
    block: Vec<String>,
    /// Table to compare with [default: the one in the source tree]
    #[arg(long, value_name = "FILE.csv")]
    against: Option<PathBuf>,
    /// Write what was counted into this table in place of comparing with it
    #[arg(long, value_name = "FILE.csv", conflicts_with = "against")]
    record: Option<PathBuf>,
    /// Renew the tables of this document
    #[arg(long, value_name = "FILE.md")]
    docs: Option<PathBuf>,
}

fn parse_target(name: &str) -> Result<Target, String> {
    Target::by_name(name).ok_or_else(|| {
        let names = Target::ALL.map(Target::name).join(", ");
        format!("expected one of {names}")
    })
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let blocks: Vec<&str> = if args.block.is_empty() {
        baseline::held().collect()
    } else {
        args.block.iter().map(String::as_str).collect()
    };
    if let Some(name) = blocks
        .iter()
        .find(|name| !BLOCKS.iter().any(|block| block.name == **name))
    {
        return Err(refused(&EmitError::UnknownBlock {
            name: (*name).to_owned(),
        }));
    }
    let table = args
        .record
        .clone()
        .or_else(|| args.against.clone())
        .unwrap_or_else(baseline::path);
    let mut table_now = match Baseline::read(&table) {
        Err(_) if args.record.is_some() && !table.exists() => Baseline::default(),
        read => read.map_err(unusable)?,
    };
    let counter = Counter::find(args)?;
    let mut lost = Vec::new();
    for block in blocks {
        let verilog = emit(block, args.config).map_err(|error| refused(&error))?;
        let row = table_now.row(args.target, args.config, block);
        let known = row.is_some_and(|row| row.key == args.target.key(block, &verilog));
        if !known {
            let cost = counter.count(block, &verilog)?;
            if args.record.is_some() {
                let row = Row::new(args.target.key(block, &verilog), counter.version.clone(), &cost);
                table_now.record(args.target, args.config, block, row);
                // Each as soon as it is there: counting all takes long.
                table_now.write(&table).map_err(failed)?;
            } else {
                let which = (args.target, args.config, block);
                lost.extend(
                    table_now
                        .judge(which, &verilog, &counter.version, || Ok(cost.clone()))
                        .map_err(failed)?,
                );
            }
            line(block, &cost, "counted")?;
        } else if let Some(row) = row {
            let cost = Cost {
                area: row.area,
                depth: row.depth.clone(),
                loose: vec![String::new(); row.loose],
            };
            line(block, &cost, "as recorded")?;
        }
    }
    if let Some(path) = &args.docs {
        renew(path, &table_now)?;
    }
    if lost.is_empty() {
        Ok(())
    } else {
        Err(CliError::Check(lost.join("\n")))
    }
}

/// A table or document that was named and is none.
fn unusable(error: ::synth::Error) -> CliError {
    CliError::Input(error.to_string())
}

fn renew(path: &Path, table: &Baseline) -> Result<(), CliError> {
    let text = fs::read_to_string(path).map_err(|e| CliError::file(path, e))?;
    if !text.contains("<!-- cost ") {
        return Err(CliError::Input(format!(
            "{}: no table to renew: no `<!-- cost TARGET SIZE -->` in it, as docs/timing.md has",
            path.display()
        )));
    }
    let new = table.renew(&text).map_err(unusable)?;
    fs::write(path, new).map_err(|e| CliError::file(path, e))
}

fn line(block: &str, cost: &Cost, how: &str) -> Result<(), CliError> {
    let Cost { area, depth, loose } = cost;
    writeln!(
        io::stdout(),
        "{block:<14} {:>6} LUT {:>6} FF {:>5} LUT RAM {:>4} BRAM {:>3} DSP {:>3} levels, {} -> {}{}  ({how})",
        area.luts,
        area.ffs,
        area.lut_rams,
        area.brams,
        area.dsps,
        depth.levels,
        depth.from,
        depth.to,
        if loose.is_empty() {
            String::new()
        } else {
            format!(", {} memories in flip-flops {}", loose.len(), loose.join(" "))
        },
    )
    .map_err(CliError::output)
}

/// yosys, and where it works.
struct Counter {
    yosys: PathBuf,
    version: String,
    target: Target,
    folder: PathBuf,
}

impl Counter {
    fn find(args: &Args) -> Result<Self, CliError> {
        let yosys = YOSYS_OF_SYSTEM.find().map_err(failed)?;
        let models = verilated::cache();
        let folder = models
            .parent()
            .unwrap_or(&models)
            .join("cost")
            .join(std::process::id().to_string());
        fs::create_dir_all(&folder).map_err(|e| CliError::file(&folder, e))?;
        let said = run_tool(&yosys, &["-V"], &folder, "its version").map_err(failed)?;
        let version = said.split_whitespace().nth(1).unwrap_or("unknown").to_owned();
        Ok(Self {
            yosys,
            version,
            target: args.target,
            folder,
        })
    }

    fn count(&self, block: &str, verilog: &str) -> Result<Cost, CliError> {
        self.target
            .measure(&self.yosys, block, verilog, &self.folder)
            .map_err(failed)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        // A leftover working folder harms nobody.
        let _removed = fs::remove_dir_all(&self.folder);
    }
}
