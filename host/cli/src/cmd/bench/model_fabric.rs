//! Models in the fabric: cycles counted in simulation against the integer models, and what the pipelines take on a device.
//!
//! Peers' figures are cited: from their tools' output for models of the same or near sizes, other weights
//! ([`CITED`]); none was taken in this run.

use std::fmt;
use std::path::PathBuf;

use fabric::synth::Dice;
use fabric::{Model, folded};
use model::{lower, synth};
use serde::Serialize;
use verilated::{Model as Simulated, PortId, Source};

use super::budgets::Better;
use super::report::{Label, Row};
use super::resources::Table;
use crate::cmd::gateware::model::{Mode, Pipeline, pipeline};
use crate::error::CliError;
use crate::machine;

/// Name of the group.
pub(crate) const GROUP: &str = "model-fabric";
/// Rows whose scores are compared.
const ROWS: u32 = 64;

/// What a pipeline takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Resources {
    /// Lookup tables, those used as memory included.
    pub(crate) lut: u32,
    /// Flip-flops.
    pub(crate) ff: u32,
    /// Carry blocks of four bits.
    pub(crate) carry: u32,
    /// DSP blocks.
    pub(crate) dsp: u32,
    /// Block memories of 18 kbit.
    pub(crate) bram18: u32,
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} LUT, {} FF, {} DSP, {} RAMB18",
            self.lut, self.ff, self.dsp, self.bram18
        )
    }
}

/// Figures of peers, cited: pipeline, cycles, LUT.
const CITED: &[(&str, &str, f64, Option<f64>)] = &[
    // da4ml's own figure for 64-32-16-1: stages; no DSP, no LUT count given.
    ("mlp64_fixed_folded", "da4ml 64-32-16-1, cited", 4.0, None),
    // da4ml, Verilog, cut-off 5, 6-bit weights, yosys synth_xilinx xcup.
    (
        "mlp16_fixed_folded",
        "da4ml 16-64-32-32-5 6-bit, cited",
        7.0,
        Some(30_400.0),
    ),
    // conifer, VHDL, 100 trees of depth 5 (one more than ours), ap_fixed<18,8>.
    ("gbdt100_folded", "conifer 100x5, cited", 16.0, Some(21_400.0)),
];

/// What is asked for.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Chosen {
    /// model-fabric: only this pipeline, such as mlp64_folded or gbdt100_loadable
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// model-fabric: synthesise what the table lacks (minutes each) and write it into this table
    #[arg(long, value_name = "FILE.csv")]
    record_resources: Option<PathBuf>,
}

/// Rows of every reference model in both modes.
pub(crate) fn rows(args: &Chosen) -> Result<Vec<Row>, CliError> {
    let mut table = Table::read(args.record_resources.as_deref().filter(|path| path.exists()))?;
    let mut rows = Vec::new();
    let mut known = Vec::new();
    for reference in synth::REFERENCES {
        for (mode, suffix) in [(Mode::Folded, "folded"), (Mode::Loadable, "loadable")] {
            let name = format!("{reference}_{suffix}");
            known.push(name.clone());
            // The sizes are those of mlp64, and the text is too.
            let same = mode == Mode::Loadable && reference == "mlp64_fixed";
            if same || args.pipeline.as_ref().is_some_and(|wanted| *wanted != name) {
                continue;
            }
            rows.extend(of(reference, &name, mode, args, &mut table)?);
        }
    }
    if rows.is_empty() {
        let wanted = args.pipeline.as_deref().unwrap_or_default();
        return Err(CliError::Input(format!(
            "no pipeline {wanted}; there are {}",
            known.join(", ")
        )));
    }
    if let Some(path) = &args.record_resources {
        table.write(path)?;
    }
    Ok(rows)
}

fn of(
    reference: &str,
    name: &str,
    mode: Mode,
    args: &Chosen,
    table: &mut Table,
) -> Result<Vec<Row>, CliError> {
    let failed = |e: &dyn fmt::Display| CliError::Check(format!("{name}: {e}"));
    let bytes = synth::reference(reference).ok_or_else(|| failed(&"no such reference"))?;
    let lowered = lower(&bytes, reference).map_err(|e| failed(&e))?;
    let made = pipeline(&lowered.model, name, mode, folded::STAGES).map_err(|e| failed(&e))?;
    let counted = simulate(&lowered.model, name, &made)?;
    let cited = CITED.iter().find(|(of, ..)| *of == name);
    let row = |kind: &str, unit, label, value| {
        Row::new(
            GROUP,
            format!("{kind}.{name}"),
            unit,
            Better::Lower,
            label,
            ROWS,
            value,
        )
    };
    let mut rows = vec![row(
        "latency",
        "cycles",
        Label::Simulated,
        f64::from(counted.latency),
    )];
    if let Some((_, peer, cycles, _)) = cited {
        rows[0] = rows[0].clone().beside(peer, *cycles);
    }
    rows.push(row("interval", "cycles", Label::Simulated, counted.interval));
    rows.push(row("wrong", "scores", Label::Simulated, f64::from(counted.wrong)));
    rows.push(row("levels", "levels", Label::Modelled, f64::from(made.levels)));
    let found = match (table.of(name, &made.verilog), &args.record_resources) {
        (Some(found), _) => Some(found),
        (None, None) => None,
        (None, Some(_)) => {
            let yosys = machine::program(&["yosys"]);
            let yosys = yosys.ok_or_else(|| CliError::Input("no yosys in PATH: scripts/setup".into()))?;
            Some(table.synthesise(&yosys, name, &made.verilog)?)
        }
    };
    let parts = found.unwrap_or_default();
    for (kind, value) in [
        ("lut", parts.lut),
        ("ff", parts.ff),
        ("dsp", parts.dsp),
        ("bram18", parts.bram18),
    ] {
        let mut one = row(kind, "cells", Label::Modelled, f64::from(value));
        if let (Some((_, peer, _, Some(lut))), "lut", Some(_)) = (cited, kind, found) {
            one = one.beside(peer, *lut);
        }
        let why = || "not synthesised: --record-resources hdl/timing/xcup-models.csv".to_owned();
        rows.push(if found.is_some() { one } else { one.absent(why()) });
    }
    Ok(rows)
}

/// What a simulation counts.
#[derive(Debug, Clone, Copy)]
struct Counted {
    latency: u32,
    interval: f64,
    wrong: u32,
}

/// Ports of a pipeline that is fed without a gap.
struct Ports {
    data: PortId,
    valid: PortId,
    out: PortId,
    out_valid: PortId,
}

/// Loads the constants where there are some, then rows without a gap.
fn simulate(model: &Model, name: &str, made: &Pipeline) -> Result<Counted, CliError> {
    let failed = |e: verilated::Error| CliError::Check(e.to_string());
    let mut card = Simulated::build(&Source::new(name, made.verilog.clone()), 1).map_err(failed)?;
    let [reset, ready] = ["reset", "source_ready"].map(|n| card.port(n));
    card.set(reset, 1);
    card.set(ready, 1);
    card.tick();
    card.set(reset, 0);
    if let Some(image) = &made.image {
        load(&mut card, image);
    }
    let ports = Ports {
        data: card.port("sink_data"),
        valid: card.port("sink_valid"),
        out: card.port("source_data"),
        out_valid: card.port("source_valid"),
    };
    let mut dice = Dice::new(7);
    let rows: Vec<Vec<u8>> = (0..ROWS)
        .map(|_| {
            (0..model.columns())
                .map(|_| dice.bits().to_le_bytes()[0])
                .collect()
        })
        .collect();
    Ok(count(&mut card, &ports, model, &rows))
}

/// Writes an image and commits it; returns when it is in force.
fn load(card: &mut Simulated, image: &[u32]) {
    let [write, address, data, commit, loaded] =
        ["load_write", "load_address", "load_data", "load_commit", "loaded"].map(|n| card.port(n));
    card.set(write, 1);
    for (at, word) in image.iter().enumerate() {
        card.set(address, at as u64);
        card.set(data, u64::from(*word));
        card.tick();
    }
    card.set(write, 0);
    card.set(commit, 1);
    card.tick();
    card.set(commit, 0);
    // The pipeline is empty: the commit is in force within its length; if not, no score comes and all count as wrong.
    for _ in 0..64 {
        if card.get(loaded) == 1 {
            break;
        }
        card.tick();
    }
}

fn count(card: &mut Simulated, ports: &Ports, model: &Model, rows: &[Vec<u8>]) -> Counted {
    let (mut given, mut taken) = (0usize, 0usize);
    let (mut first, mut last, mut wrong) = (0u32, 0u32, 0u32);
    for cycle in 0..ROWS + 256 {
        card.set(ports.valid, u64::from(given < rows.len()));
        if let Some(row) = rows.get(given) {
            let bytes: Vec<u8> = row.iter().copied().chain([0, 0]).collect();
            let words: Vec<u32> = bytes
                .chunks(4)
                .map(|c| c.iter().rev().fold(0, |w, b| w << 8 | u32::from(*b)))
                .collect();
            card.set_wide(ports.data, &words);
        }
        card.eval();
        if card.get(ports.out_valid) == 1 && taken < rows.len() {
            let words = card.get_wide(ports.out);
            let right = model
                .evaluate(&rows[taken])
                .iter()
                .zip(&words)
                .all(|(s, w)| s.to_le_bytes() == w.to_le_bytes());
            wrong += u32::from(!right);
            if taken == 0 {
                first = cycle;
            }
            (taken, last) = (taken + 1, cycle);
        }
        given += 1;
        card.tick();
    }
    let missing = u32::try_from(rows.len() - taken).unwrap_or(u32::MAX);
    let gaps = f64::from(ROWS - 1);
    Counted {
        latency: first,
        interval: f64::from(last - first) / gaps,
        wrong: wrong + missing,
    }
}
