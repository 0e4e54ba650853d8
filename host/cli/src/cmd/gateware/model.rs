//! `tickforge gateware model`: a model as a pipeline in Verilog, with what a host and a test need beside it.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fabric::synth::Dice;
use fabric::{FabricError, Model, Shape, folded};
use gateware::emit::sha256;
use model::{Input, Lowered, lower};
use serde::Serialize;

use crate::cmd::bench::model_fabric::Resources;
use crate::cmd::bench::resources::Table;
use crate::error::CliError;

/// Turn a quantised network or an ensemble of trees into a pipeline in Verilog
///
/// Writes NAME.v, manifest.json, vectors.csv (rows and the scores they must give) and, with --mode loadable, image.hex (the
/// model's constants, a 32-bit word a line, in the order of the load port). Exits 2 for a graph that cannot be turned, and names the node.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge model generate mlp64 --out mlp64.onnx\n  \
    tickforge gateware model --onnx mlp64.onnx --mode folded --out build/mlp64\n  \
    tickforge gateware model --onnx mlp64.onnx --mode loadable --out build/mlp64-load")]
pub(super) struct Args {
    /// ONNX file: dense int8 layers in QDQ form, or trees
    #[arg(long, value_name = "FILE")]
    onnx: PathBuf,
    /// folded: constants in the logic; loadable: in registers and memories, swapped by one commit
    #[arg(long, value_name = "MODE", value_enum)]
    mode: Mode,
    /// Folder to write into; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Name of the top module [default: model_ and the file's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Most stages of a folded pipeline: more make shorter ones [default: 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    stages: Option<u32>,
    /// Rows in vectors.csv
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    vectors: u32,
    /// Seed of the rows
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
}

/// How the constants stand in the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// In the logic.
    Folded,
    /// In registers and memories.
    Loadable,
}

/// A pipeline of either mode.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) verilog: String,
    pub(crate) latency: u32,
    pub(crate) levels: u32,
    /// The constants, where they are loaded.
    pub(crate) image: Option<Vec<u32>>,
}

/// What is written beside the Verilog.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    name: &'a str,
    mode: Mode,
    model: String,
    onnx_sha256: String,
    verilog_sha256: String,
    /// Cycles from an accepted row to its score.
    latency: u32,
    /// Cycles between rows.
    interval: u32,
    /// Levels of adders, or of the choice of a leaf, in the deepest stage.
    levels: u32,
    columns: usize,
    outputs: usize,
    input: Columns,
    /// What one step of each score is worth.
    units: Vec<f64>,
    /// How far each score, in its unit, may be from the graph's.
    bounds: &'a [f64],
    /// What the graph does with the scores: the host's to do.
    post: String,
    /// Words of the image of a loadable pipeline.
    words: Option<usize>,
    /// From yosys, where these resources are known for exactly this Verilog.
    resources: Option<Resources>,
    vectors: u32,
    seed: u64,
}

/// How a row of real values becomes the pipeline's columns.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Columns {
    /// `round(x / scale) + zero`, held to 0..=255.
    Codes { scale: f32, zero: u8 },
    /// How many of a column's thresholds its value has reached.
    Ranks { thresholds: Vec<Vec<f32>> },
}

/// Makes the pipeline of a model.
pub(crate) fn pipeline(model: &Model, name: &str, mode: Mode, stages: u32) -> Result<Pipeline, FabricError> {
    match mode {
        Mode::Folded => {
            let made = fabric::fold(model, name, stages)?;
            Ok(Pipeline {
                verilog: made.verilog,
                latency: made.latency,
                levels: made.levels,
                image: None,
            })
        }
        Mode::Loadable => {
            let shape = Shape::of(model);
            // The text depends on the sizes alone: its head names no model.
            let made = shape.pipeline(name, &format!("Sizes: {shape:?}"))?;
            let image = Some(shape.image(model)?);
            Ok(Pipeline {
                verilog: made.verilog,
                latency: made.latency,
                levels: made.levels,
                image,
            })
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    if args.mode == Mode::Loadable && args.stages.is_some() {
        return Err(CliError::Input(
            "--stages is for --mode folded: a loadable pipeline's stages follow from its sizes".into(),
        ));
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => default_name(&args.onnx),
    };
    check_name(&name)?;
    let bytes = fs::read(&args.onnx).map_err(|e| CliError::file(&args.onnx, e))?;
    let path = args.onnx.display().to_string();
    let lowered = lower(&bytes, &path).map_err(|e| CliError::Input(e.to_string()))?;
    let stages = args.stages.unwrap_or(folded::STAGES);
    let refused = |e: FabricError| CliError::Input(format!("{path}: {e}"));
    let made = pipeline(&lowered.model, &name, args.mode, stages).map_err(refused)?;
    let manifest = manifest(args, &name, &bytes, &lowered, &made)?;
    write(args, &name, &lowered, &made, &manifest)?;
    report(args, &manifest)
}

fn default_name(path: &Path) -> String {
    let stem = path
        .file_stem()
        .map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    format!("model_{}", stem.chars().map(plain).collect::<String>())
}

fn check_name(name: &str) -> Result<(), CliError> {
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
    if begins && letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(CliError::Input(format!(
        "--name {name}: a module is called by a letter, then letters, digits and `_`"
    )))
}

fn manifest<'a>(
    args: &Args,
    name: &'a str,
    bytes: &[u8],
    lowered: &'a Lowered,
    made: &Pipeline,
) -> Result<Manifest<'a>, CliError> {
    Ok(Manifest {
        name,
        mode: args.mode,
        model: lowered.model.describe(),
        onnx_sha256: sha256_bytes(bytes),
        verilog_sha256: sha256(&made.verilog),
        latency: made.latency,
        interval: 1,
        levels: made.levels,
        columns: lowered.model.columns(),
        outputs: lowered.model.outputs(),
        input: match &lowered.input {
            Input::Codes(codes) => Columns::Codes {
                scale: codes.scale,
                zero: codes.zero,
            },
            Input::Ranks(table) => Columns::Ranks {
                thresholds: (0..table.columns()).map(|c| table.edges(c).to_vec()).collect(),
            },
        },
        units: lowered.model.units(),
        bounds: &lowered.bounds,
        post: format!("{:?}", lowered.post).to_lowercase(),
        words: made.image.as_ref().map(Vec::len),
        resources: Table::read(None)?.of(name, &made.verilog),
        vectors: args.vectors,
        seed: args.seed,
    })
}

/// The digest of a file that is no text.
fn sha256_bytes(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn write(
    args: &Args,
    name: &str,
    lowered: &Lowered,
    made: &Pipeline,
    manifest: &Manifest<'_>,
) -> Result<(), CliError> {
    fs::create_dir_all(&args.out).map_err(|e| CliError::file(&args.out, e))?;
    let put = |file: &str, text: &str| {
        let path = args.out.join(file);
        fs::write(&path, text).map_err(|e| CliError::file(&path, e))
    };
    put(&format!("{name}.v"), &made.verilog)?;
    put("vectors.csv", &vectors(&lowered.model, args.vectors, args.seed))?;
    if let Some(image) = &made.image {
        put(
            "image.hex",
            &image
                .iter()
                .map(|word| format!("{word:08x}\n"))
                .collect::<String>(),
        )?;
    }
    let json = serde_json::to_string_pretty(manifest).map_err(|e| CliError::Output(e.into()))?;
    put("manifest.json", &(json + "\n"))
}

/// Rows and their scores: all columns at each end, each column alone at its end, then seeded ones.
fn vectors(model: &Model, count: u32, seed: u64) -> String {
    let columns = model.columns();
    let mut dice = Dice::new(seed);
    let ends = [0, 255, 128].map(|value| vec![value; columns]);
    let alone = (0..columns).map(|at| (0..columns).map(|c| if c == at { 255 } else { 0 }).collect());
    let drawn = std::iter::repeat_with(|| (0..columns).map(|_| dice.bits().to_le_bytes()[0]).collect());
    let head = |letter: char, n: usize| {
        (0..n)
            .map(|i| format!("{letter}{i}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let mut text = format!("{},{}\n", head('x', columns), head('y', model.outputs()));
    for row in ends.into_iter().chain(alone).chain(drawn).take(count as usize) {
        let row: Vec<u8> = row;
        let scores = model.evaluate(&row);
        let numbers = row
            .iter()
            .map(ToString::to_string)
            .chain(scores.iter().map(ToString::to_string));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", numbers.collect::<Vec<_>>().join(","));
    }
    text
}

fn report(args: &Args, manifest: &Manifest<'_>) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let mut text = format!(
        "model      {}, {} columns to {} scores\npipeline   {} in {}: {} cycles, a row every cycle, {} levels a stage\nsha256     {}\n",
        manifest.model,
        manifest.columns,
        manifest.outputs,
        manifest.name,
        args.out.display(),
        manifest.latency,
        manifest.levels,
        manifest.verilog_sha256
    );
    if let Some(words) = manifest.words {
        let _ = writeln!(text, "image      {words} words");
    }
    let largest = manifest.bounds.iter().copied().fold(0.0, f64::max);
    let _ = writeln!(text, "bound      {largest:.3e} from the graph's scores");
    match &manifest.resources {
        Some(r) => {
            let _ = writeln!(text, "resources  {r} (modelled: yosys, xcup)");
        }
        None => text += "resources  not known for this Verilog: it has not been synthesised\n",
    }
    out.write_all(text.as_bytes()).map_err(CliError::output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_modules() {
        assert_eq!(default_name(Path::new("a/My-net.v2.onnx")), "model_my_net_v2");
        for bad in ["", "1a", "a b", "a-b", "_a"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert!(check_name("a_1").is_ok());
    }

    #[test]
    fn vectors_begin_with_the_ends_and_follow_the_model() {
        let net = fabric::synth::net(1, &[3, 2, 2], 31, true).unwrap();
        let model = Model::Net(net);
        let text = vectors(&model, 20, 5);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines[0], lines.len()), ("x0,x1,x2,y0,y1", 21));
        for line in &lines[1..] {
            let numbers: Vec<i32> = line.split(',').map(|n| n.parse().unwrap()).collect();
            let row: Vec<u8> = numbers[..3].iter().map(|n| u8::try_from(*n).unwrap()).collect();
            assert_eq!(model.evaluate(&row), numbers[3..], "{line}");
        }
        assert!(lines[1].starts_with("0,0,0,") && lines[2].starts_with("255,255,255,"));
        assert!(lines[4].starts_with("255,0,0,"));
    }
}
