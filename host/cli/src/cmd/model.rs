//! `tickforge model`: what a model file is, whether it compiles, and how fast it runs.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::check::{self, Agreement};
use model::{Backend, Ensemble, Isa, ModelError, OnnxModel, Plan};
use serde::Serialize;

use super::bench::model as timing;
use super::bench::report::Report;
use crate::error::CliError;
use crate::output::Format;

/// Look at, compile and time models
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say what is in a model file, and whether it can be compiled
    #[command(after_help = "Example:\n  tickforge model inspect models/core_mlp.onnx")]
    Inspect(File),
    /// Compile a model and compare it with ONNX Runtime on random and boundary rows
    ///
    /// Exits 1 when they differ by more than is allowed, 2 when the model cannot be compiled.
    #[command(after_help = "Example:\n  tickforge model compile models/core_mlp.onnx --format json")]
    Compile(File),
    /// Time a compiled model beside ONNX Runtime
    #[command(after_help = "Example:\n  tickforge model bench models/core_mlp.onnx --runs 200000")]
    Bench(BenchArgs),
    /// Write a reference model, made from a seed: what figures of the fabric are measured on
    #[command(after_help = "Example:\n  tickforge model generate mlp64 --out mlp64.onnx")]
    Generate(GenerateArgs),
}

/// Which model, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// Which: mlp64, mlp64_fixed, mlp16_fixed or gbdt100
    #[arg(value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(model::synth::REFERENCES))]
    name: String,
    /// ONNX file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// A model file.
#[derive(Debug, clap::Args)]
pub(crate) struct File {
    /// ONNX file, or for compile and bench the .toml of an ensemble
    #[arg(value_name = "MODEL")]
    path: PathBuf,
    /// How to print: text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

/// A model file and how often to run it.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    file: File,
    /// Timed runs
    #[arg(long, value_name = "N", default_value_t = timing::RUNS, value_parser = clap::value_parser!(u32).range(1_000..=100_000_000))]
    runs: u32,
}

/// What a command found.
#[derive(Debug, Serialize)]
struct Findings {
    model: String,
    columns: usize,
    outputs: usize,
    /// What it compiles to; null when it does not.
    compiled: Option<String>,
    /// Why it does not compile.
    why_not: Option<String>,
    isa: Option<&'static str>,
    size_bytes: Option<usize>,
    /// Rows on which it was compared with ONNX Runtime.
    rows: Option<usize>,
    error_max: Option<f64>,
    argmax_equal: Option<usize>,
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> Result<(), CliError> {
    match command {
        Command::Inspect(file) => print(&inspect(&file.path)?, file.format),
        Command::Compile(file) => print(&compile(&file.path)?, file.format),
        Command::Bench(args) => bench(args),
        Command::Generate(args) => generate(args),
    }
}

fn generate(args: &GenerateArgs) -> Result<(), CliError> {
    let bytes = model::synth::reference(&args.name)
        .ok_or_else(|| CliError::Input(format!("no reference model is called {}", args.name)))?;
    fs::write(&args.out, bytes).map_err(|e| CliError::file(&args.out, e))
}

pub(crate) fn refused(error: ModelError) -> CliError {
    match error {
        ModelError::Disagrees { .. } => CliError::Check(error.to_string()),
        other => CliError::Input(other.to_string()),
    }
}

fn plan(path: &Path) -> Result<Plan, ModelError> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|e| ModelError::Load {
        path: name.clone(),
        why: e.to_string(),
    })?;
    Plan::compile(&bytes, &name, Isa::widest())
}

fn inspect(path: &Path) -> Result<Findings, CliError> {
    let peer = OnnxModel::open(path).map_err(refused)?;
    let (compiled, why_not) = match plan(path) {
        Ok(plan) => (Some(plan), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(Findings {
        model: path.display().to_string(),
        columns: peer.features(),
        outputs: peer.outputs(),
        compiled: compiled.as_ref().map(Plan::describe),
        why_not,
        isa: compiled.as_ref().map(|p| p.isa().name()),
        size_bytes: compiled.as_ref().map(Plan::size_bytes),
        rows: None,
        error_max: None,
        argmax_equal: None,
    })
}

fn compile(path: &Path) -> Result<Findings, CliError> {
    let checked = |agreement: Option<Agreement>, findings: Findings| Findings {
        rows: agreement.map(|a| a.rows),
        error_max: agreement.map(|a| a.error_max),
        argmax_equal: agreement.map(|a| a.argmax),
        ..findings
    };
    if is_ensemble(path) {
        let ensemble = Ensemble::load(path, Backend::Compiled).map_err(refused)?;
        let findings = Findings {
            model: path.display().to_string(),
            columns: ensemble.inputs(),
            outputs: ensemble.outputs(),
            compiled: Some(ensemble.describe()),
            why_not: None,
            isa: Some(Isa::widest().name()),
            size_bytes: None,
            rows: None,
            error_max: None,
            argmax_equal: None,
        };
        return Ok(checked(ensemble.agreement(), findings));
    }
    let mut plan = plan(path).map_err(refused)?;
    let mut peer = OnnxModel::open(path).map_err(refused)?;
    let found = check::compare(&mut plan, &mut peer, check::ROWS, 1).map_err(refused)?;
    Ok(checked(Some(found), inspect(path)?))
}

fn is_ensemble(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "toml")
}

fn print(findings: &Findings, format: Format) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let printed = match format {
        Format::Json => serde_json::to_string_pretty(findings)
            .map_err(io::Error::from)
            .and_then(|text| writeln!(out, "{text}")),
        Format::Text => findings.text(&mut out),
    };
    printed.map_err(CliError::output)
}

impl Findings {
    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "model     {}", self.model)?;
        writeln!(out, "shape     [1, {}] to [1, {}]", self.columns, self.outputs)?;
        match (&self.compiled, &self.why_not) {
            (Some(compiled), _) => writeln!(
                out,
                "compiled  {compiled}, on {}{}",
                self.isa.unwrap_or("portable"),
                self.size_bytes
                    .map_or_else(String::new, |b| format!(", {b} bytes"))
            )?,
            (None, Some(why)) => writeln!(out, "compiled  no: {why}")?,
            (None, None) => {}
        }
        if let (Some(rows), Some(error), Some(equal)) = (self.rows, self.error_max, self.argmax_equal) {
            writeln!(
                out,
                "checked   {rows} rows, largest difference {error:e}, largest output the same on {equal}"
            )?;
        }
        Ok(())
    }
}

fn bench(args: &BenchArgs) -> Result<(), CliError> {
    let path = &args.file.path;
    let rows = if is_ensemble(path) {
        let mut ours = Ensemble::load(path, Backend::Compiled).map_err(refused)?;
        let mut peer = Ensemble::load(path, Backend::Ort).map_err(refused)?;
        let shape = (ours.inputs(), ours.outputs());
        side_by_side(
            shape,
            args.runs,
            &mut |row, out| ours.evaluate(row, out),
            &mut |row, out| peer.evaluate(row, out),
        )?
    } else {
        let mut ours = plan(path).map_err(refused)?;
        let mut peer = OnnxModel::open(path).map_err(refused)?;
        check::compare(&mut ours, &mut peer, check::ROWS, 1).map_err(refused)?;
        let shape = (ours.inputs(), ours.outputs());
        side_by_side(
            shape,
            args.runs,
            &mut |row, out| ours.evaluate(row, out),
            &mut |row, out| peer.run(row, out),
        )?
    };
    let report = Report::new(timing::GROUP, rows);
    report.print(args.file.format)?;
    report.verdict()
}

type Evaluate<'a> = &'a mut dyn FnMut(&[f32], &mut [f32]) -> Result<(), ModelError>;

fn side_by_side(
    (columns, outputs): (usize, usize),
    runs: u32,
    ours: Evaluate<'_>,
    peer: Evaluate<'_>,
) -> Result<Vec<super::bench::report::Row>, CliError> {
    let rows = timing::normal_rows(256, columns, 3);
    let times = timing::measure(
        Box::new(|_, row, out| ours(row, out)),
        Box::new(|_, row, out| peer(row, out)),
        &rows,
        outputs,
        runs,
    )?;
    let found = timing::agreement(
        Box::new(|_, row, out| ours(row, out)),
        Box::new(|_, row, out| peer(row, out)),
        columns,
        outputs,
    )?;
    let mut made = timing::timed("file", times);
    made.extend(timing::agreed("file", &found));
    Ok(made)
}
