//! The clock each block reaches on its own: synthesised, placed and routed for an ECP5, speed grade 8.
//!
//! Out of context: no pads, no neighbours. Results are kept under `target/fmax` by the digest of the Verilog, so
//! that a block is placed once in its life; those of `hdl/timing` were found on another machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gateware::emit::{BLOCKS, Entry, Size, emit, sha256};

use super::budgets::{Better, CLOCK_MHZ};
use super::clocks::Clocks;
use super::report::{Label, Row};
use crate::error::CliError;
use crate::machine;

/// Shapes the figure beside the Verilog and the mapping: part of the key.
const RECIPE: &str =
    "synth_ecp5 -cmp2softlogic; nextpnr-ecp5 --85k --package CABGA756 --speed 8 --out-of-context --seed 1";

/// The script of abc9: `flow2` finds fewer levels of logic than what runs unasked (`default`). Where wires count for more
/// than levels the smaller netlists are faster: of `flow3` in rows and tables, of the default in a wide multiplexer.
fn mapping(block: &str) -> &'static str {
    match block {
        "level_row" | "order_table" => "flow3",
        "counters" => DEFAULT,
        _ => "flow2",
    }
}

/// What abc9 runs unasked.
const DEFAULT: &str = "default";

/// Synthesis and placement programs.
struct Tools {
    yosys: PathBuf,
    nextpnr: PathBuf,
}

/// What is asked for.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Wanted {
    /// Place and route nothing: take the clock figures of earlier runs
    #[arg(long)]
    cached_fmax: bool,
    /// Only the clock of this block
    #[arg(long, value_name = "NAME")]
    block: Option<String>,
    /// Clocks found earlier, in place of the table that is built in
    #[arg(long, value_name = "FILE.csv")]
    recorded: Option<PathBuf>,
    /// Write the clocks into this table
    #[arg(long, value_name = "FILE.csv")]
    record: Option<PathBuf>,
}

/// One row a block that is more than a primitive.
pub(crate) fn rows(args: &Wanted) -> Result<Vec<Row>, CliError> {
    let tools = Tools::find().filter(|_| !args.cached_fmax);
    let mut clocks = Clocks::read(args.recorded.as_deref())?;
    let mut rows = Vec::new();
    for block in chosen(args.block.as_deref())? {
        let verilog = emit(block.name, Size::Small).map_err(|error| CliError::Check(error.to_string()))?;
        let row = |mhz| {
            let name = format!("fmax.{}", block.name);
            Row::new("fmax", name, "MHz", Better::Higher, Label::Modelled, 1, mhz)
        };
        let place = || {
            tools
                .as_ref()
                .map(|tools| tools.place(block.name, &verilog))
                .transpose()
        };
        let key = key(block.name, &verilog);
        let found = match cached(&key).or_else(|| clocks.of(block.name, &key)) {
            Some(mhz) => Some(mhz),
            None => place()?,
        };
        if let Some(mhz) = found {
            clocks.record(block.name, key, mhz);
        }
        rows.push(found.map_or_else(|| row(0.0).absent(why_absent(args.cached_fmax)), row));
    }
    if let Some(path) = &args.record {
        clocks.write(path)?;
    }
    Ok(rows)
}

fn chosen(name: Option<&str>) -> Result<Vec<&'static Entry>, CliError> {
    let all = || BLOCKS.iter().filter(|block| !block.name.starts_with("prim_"));
    let Some(name) = name else {
        return Ok(all().collect());
    };
    let found: Vec<_> = all().filter(|block| block.name == name).collect();
    if found.is_empty() {
        let names: Vec<_> = all().map(|block| block.name).collect();
        return Err(CliError::Input(format!(
            "no block {name}; there are {}",
            names.join(", ")
        )));
    }
    Ok(found)
}

fn why_absent(cached_only: bool) -> String {
    if cached_only {
        "not placed yet: run without --cached-fmax".to_owned()
    } else {
        "no place-and-route tools: scripts/setup --with synth".to_owned()
    }
}

fn folder() -> PathBuf {
    let models = verilated::cache();
    models.parent().unwrap_or(&models).join("fmax")
}

fn key(name: &str, verilog: &str) -> String {
    let mapping = mapping(name);
    sha256(&format!("abc9 {mapping}; {RECIPE}\n{verilog}"))
}

fn cached(key: &str) -> Option<f64> {
    fs::read_to_string(folder().join(key)).ok()?.trim().parse().ok()
}

impl Tools {
    fn find() -> Option<Self> {
        Some(Self {
            yosys: machine::program(machine::SYNTHESIS)?,
            nextpnr: machine::program(machine::PLACE_AND_ROUTE)?,
        })
    }

    /// Places and routes a block, keeps and returns its clock in MHz.
    fn place(&self, name: &str, verilog: &str) -> Result<f64, CliError> {
        eprintln!("placing {name}");
        let kept = folder().join(key(name, verilog));
        // The tools see only their own folder: those of wheels run in a sandbox.
        let work = kept.with_extension(format!("{}.work", std::process::id()));
        let made = |path: &Path| fs::create_dir_all(path).map_err(|e| CliError::file(path, e));
        made(&work)?;
        let source = work.join("block.v");
        fs::write(&source, verilog).map_err(|e| CliError::file(&source, e))?;
        let mhz = self.run(name, &work);
        // A leftover working folder harms nobody.
        let _removed = fs::remove_dir_all(&work);
        let mhz = mhz?;
        fs::write(&kept, format!("{mhz}\n")).map_err(|e| CliError::file(&kept, e))?;
        Ok(mhz)
    }

    fn run(&self, name: &str, work: &Path) -> Result<f64, CliError> {
        // Compares with constants are short: as logic they are faster than in a carry chain.
        let chosen = match mapping(name) {
            DEFAULT => String::new(),
            script => format!("scratchpad -copy abc9.script.{script} abc9.script; "),
        };
        let script =
            format!("{chosen}read_verilog block.v; synth_ecp5 -cmp2softlogic -top {name} -json block.json");
        finish(Command::new(&self.yosys).args(["-q", "-p", &script]), name, work)?;
        let mut nextpnr = Command::new(&self.nextpnr);
        nextpnr
            .args([
                "-q",
                "--85k",
                "--package",
                "CABGA756",
                "--speed",
                "8",
                "--out-of-context",
            ])
            .args(["--lpf-allow-unconstrained", "--seed", "1", "--timing-allow-fail"])
            .args([
                "--freq",
                &CLOCK_MHZ.to_string(),
                "--json",
                "block.json",
                "--report",
                "report.json",
            ]);
        finish(&mut nextpnr, name, work)?;
        let path = work.join("report.json");
        let text = fs::read_to_string(&path).map_err(|e| CliError::file(&path, e))?;
        achieved(&text).ok_or_else(|| CliError::Check(format!("{name}: nextpnr reports no clock")))
    }
}

fn finish(command: &mut Command, name: &str, work: &Path) -> Result<(), CliError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.current_dir(work).output().map_err(|error| {
        CliError::Input(format!(
            "cannot run {program}: {error}; scripts/setup --with synth"
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().last().unwrap_or("it printed nothing");
    Err(CliError::Check(format!("{program} fails on {name}: {last}")))
}

/// The slowest clock of nextpnr's report, MHz.
fn achieved(report: &str) -> Option<f64> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    let clocks = report["fmax"].as_object()?.values();
    clocks
        .filter_map(|clock| clock["achieved"].as_f64())
        .reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_clock_counts() {
        let report =
            r#"{"fmax": {"a": {"achieved": 200.5, "constraint": 156.25}, "b": {"achieved": 160.0}}}"#;
        assert_eq!(achieved(report), Some(160.0));
        assert_eq!(achieved(r#"{"fmax": {}}"#), None);
        assert_eq!(achieved("no report"), None);
    }
}
