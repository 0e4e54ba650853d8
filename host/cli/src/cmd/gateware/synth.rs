//! `tickforge gateware synth`: a bitstream, its clock and what it occupies.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::synth::board::{self, Board};
use ::synth::ecp5::{Job, Synthesised, Tools};
use ::synth::netlist::Area;
use ::synth::timing::{Timing, Used};
use flash::Manifest;
use gateware::emit::{BLOCKS, EmitError, Size, emit, sha256};
use serde::Serialize;

use super::{parse_size, refused};
use crate::cmd::bench::budgets::CLOCK_MHZ;
use crate::cmd::flash::refused as refused_image;
use crate::error::CliError;
use crate::output::Format;

/// Synthesise, place, route and pack a block, or the whole card, into a bitstream for a board
///
/// Ports go through a serial shell, so that every input and output lies between registers. The clock is that of nextpnr's model, for every seed
/// named. Work is kept below the target folder: the same text is synthesised once, the same seed placed once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge gateware synth --board ecp5-85 --config small\n  \
    tickforge gateware synth --board ecp5-85 --block csr --seed 1 --seed 2 --format json")]
pub(crate) struct Args {
    /// Board: a folder of `bitstreams`
    #[arg(long, value_name = "BOARD")]
    board: String,
    /// Size: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "small", value_parser = parse_size)]
    config: Size,
    /// Block, in place of the whole card
    #[arg(long, value_name = "NAME", default_value = "top")]
    block: String,
    /// Seed of the placement; several are placed one after the other, and the fastest bitstream is the one named last
    #[arg(long, value_name = "N", default_values_t = [1])]
    seed: Vec<u32>,
    /// Folder for netlists, reports and bitstreams [default: target/synth/BOARD]
    #[arg(long, value_name = "FOLDER")]
    work: Option<PathBuf>,
    /// Copy of the fastest bitstream
    #[arg(long, value_name = "FILE.bit")]
    out: Option<PathBuf>,
    /// Sign the manifest of the fastest bitstream with this secret key (`tickforge image key`)
    #[arg(long, value_name = "FILE.key")]
    sign: Option<PathBuf>,
    /// How to print: text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    board: Board,
    block: String,
    config: &'static str,
    verilog_sha256: String,
    contract: String,
    label: &'static str,
    areas: BTreeMap<String, Area>,
    used: BTreeMap<String, Used>,
    seeds: Vec<Seed>,
    /// None when the part has too little of something.
    best: Option<Best>,
}

#[derive(Debug, Serialize)]
struct Seed {
    seed: u32,
    timing: Timing,
}

#[derive(Debug, Serialize)]
struct Best {
    seed: u32,
    mhz: f64,
    slack_ns: f64,
    bitstream: PathBuf,
    bytes: u64,
    sha256: String,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let kept = board::by_name(&args.board).map_err(failed)?;
    if !BLOCKS.iter().any(|block| block.name == args.block) {
        return Err(refused(&EmitError::UnknownBlock {
            name: args.block.clone(),
        }));
    }
    if kept.board.tools != board::Tools::TrellisEcp5 {
        return Err(failed(::synth::Error::OtherTools {
            board: args.board.clone(),
            command: "tickforge gateware project",
        }));
    }
    let tools = Tools::find().map_err(failed)?;
    let verilog = emit(&args.block, args.config).map_err(|error| refused(&error))?;
    let job = Job {
        block: &args.block,
        verilog: &verilog,
        board: &kept,
        mhz: CLOCK_MHZ,
    };
    eprintln!("synthesising {} {}", args.block, args.config);
    let work = args.work.clone().unwrap_or_else(|| folder(&args.board));
    let design = tools.synthesise(&job, &work).map_err(failed)?;
    let used = tools.fit(&design).map_err(failed)?;
    let over: Vec<_> = used.iter().filter(|(_, used)| used.is_over()).collect();
    let fits = over.is_empty();
    let verdict = over
        .iter()
        .map(|(kind, used)| format!("{} {kind} of {}", used.used, used.available))
        .collect::<Vec<_>>()
        .join(", ");
    let (seeds, best) = if fits {
        place(&tools, &design, &args.seed)?
    } else {
        (Vec::new(), None)
    };
    if let Some(best) = &best {
        let image = manifest(args, &tools, best, &seeds, sha256(&verilog))?;
        let mut places = vec![&best.bitstream];
        if let Some(out) = &args.out {
            fs::copy(&best.bitstream, out).map_err(|e| CliError::file(out, e))?;
            places.push(out);
        }
        for place in places {
            image.write(&Manifest::beside(place)).map_err(refused_image)?;
        }
    }
    let report = Report {
        board: kept.board.clone(),
        block: args.block.clone(),
        config: args.config.name(),
        verilog_sha256: sha256(&verilog),
        contract: format!("{:08x}", contract::CONTRACT_HASH),
        label: "modelled",
        areas: design.areas.clone(),
        used,
        seeds,
        best,
    };
    print(&report, args.format)?;
    if fits {
        return Ok(());
    }
    Err(CliError::Check(format!(
        "{} {} does not fit {}: {verdict}; what is largest stands first in the table",
        args.block, args.config, kept.board.part
    )))
}

/// What the fastest bitstream says of itself, signed if a key is named.
fn manifest(
    args: &Args,
    tools: &Tools,
    best: &Best,
    seeds: &[Seed],
    verilog_sha256: String,
) -> Result<Manifest, CliError> {
    let placed = seeds.iter().find(|seed| seed.seed == best.seed);
    let wanted = placed.map_or(CLOCK_MHZ, |seed| seed.timing.wanted_mhz);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clocks and slacks of a tool's report, far below what an integer holds"
    )]
    let mut manifest = Manifest {
        board: args.board.clone(),
        block: args.block.clone(),
        config: args.config.name().into(),
        commit: env!("TICKFORGE_COMMIT").into(),
        contract: format!("{:08x}", contract::CONTRACT_HASH),
        verilog_sha256,
        seed: best.seed,
        clock_khz: (best.mhz * 1000.0).round() as u64,
        wanted_khz: (wanted * 1000.0).round() as u64,
        slack_ps: (best.slack_ns * 1000.0).round() as i64,
        sha256: best.sha256.clone(),
        tools: tools.versions().map_err(failed)?,
        signature: None,
    };
    if let Some(key) = &args.sign {
        manifest.sign(key).map_err(refused_image)?;
    }
    Ok(manifest)
}

/// Every seed, and the fastest of them.
fn place(tools: &Tools, design: &Synthesised, seeds: &[u32]) -> Result<(Vec<Seed>, Option<Best>), CliError> {
    let mut placed = Vec::new();
    let mut best: Option<Best> = None;
    for seed in seeds {
        eprintln!("placing with seed {seed}");
        let found = tools.place(design, *seed).map_err(failed)?;
        let timing = found.timing;
        if best.as_ref().is_none_or(|best| timing.mhz > best.mhz) {
            let bytes = fs::read(&found.bitstream).map_err(|e| CliError::file(&found.bitstream, e))?;
            best = Some(Best {
                seed: *seed,
                mhz: timing.mhz,
                slack_ns: timing.slack_ns,
                bytes: bytes.len() as u64,
                sha256: gateware::emit::sha256_of(&bytes),
                bitstream: found.bitstream,
            });
        }
        placed.push(Seed { seed: *seed, timing });
    }
    Ok((placed, best))
}

/// A missing program, board or folder is bad input; a design that cannot be built is a failed run.
pub(super) fn failed(error: ::synth::Error) -> CliError {
    if error.is_environment() {
        CliError::Input(error.to_string())
    } else {
        CliError::Check(error.to_string())
    }
}

fn folder(board: &str) -> PathBuf {
    let models = verilated::cache();
    let target = models.parent().unwrap_or(&models);
    target.join("synth").join(board)
}

fn print(report: &Report, format: Format) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match format {
        Format::Json => serde_json::to_string_pretty(report)
            .map_err(io::Error::from)
            .and_then(|text| writeln!(out, "{text}")),
        Format::Text => text(report, &mut out),
    }
    .map_err(CliError::output)
}

fn text(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{} {} on {} ({}), contract {}, modelled by nextpnr",
        report.block, report.config, report.board.title, report.board.part, report.contract
    )?;
    writeln!(
        out,
        "\n{:<14} {:>7} {:>7} {:>7} {:>6} {:>5}",
        "block", "LUT4", "FF", "LUT RAM", "BRAM", "DSP"
    )?;
    let mut total = Area::default();
    let mut areas: Vec<_> = report.areas.iter().collect();
    areas.sort_by_key(|(_, area)| std::cmp::Reverse(area.luts));
    for (block, area) in areas {
        row(out, block, area)?;
        total += *area;
    }
    row(out, "all", &total)?;
    let used: Vec<_> = report
        .used
        .iter()
        .map(|(kind, used)| format!("{kind} {}/{}", used.used, used.available))
        .collect();
    writeln!(out, "of the part: {}", used.join(", "))?;
    for seed in &report.seeds {
        paths(out, seed)?;
    }
    let Some(best) = &report.best else {
        return Ok(());
    };
    writeln!(
        out,
        "\nbest: seed {}, {:.2} MHz, slack {:.2} ns, {} ({} bytes, sha256 {})",
        best.seed,
        best.mhz,
        best.slack_ns,
        shown(&best.bitstream),
        best.bytes,
        best.sha256
    )
}

fn shown(path: &Path) -> String {
    path.canonicalize()
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}

fn row(out: &mut impl Write, block: &str, area: &Area) -> io::Result<()> {
    let Area {
        luts,
        ffs,
        lut_rams,
        brams,
        dsps,
    } = area;
    writeln!(
        out,
        "{block:<14} {luts:>7} {ffs:>7} {lut_rams:>7} {brams:>6} {dsps:>5}"
    )
}

fn paths(out: &mut impl Write, seed: &Seed) -> io::Result<()> {
    let Timing {
        mhz,
        wanted_mhz,
        slack_ns,
        critical,
        worst,
    } = &seed.timing;
    writeln!(
        out,
        "\nseed {}: {mhz:.2} MHz of {wanted_mhz}, slack {slack_ns:.2} ns",
        seed.seed
    )?;
    writeln!(
        out,
        "  slowest: {} {} -> {} {}, {:.2} ns of logic in {} cells, {:.2} ns of wires",
        critical.from.0,
        critical.from.1,
        critical.to.0,
        critical.to.1,
        critical.logic_ns,
        critical.levels,
        critical.routing_ns
    )?;
    writeln!(
        out,
        "  {:<12} {:>7} {:>7}  slowest paths by the register they end in",
        "block", "ns", "slack"
    )?;
    for path in worst {
        writeln!(
            out,
            "  {:<12} {:>7.2} {:>7.2}  {}",
            path.block, path.ns, path.slack_ns, path.register
        )?;
    }
    Ok(())
}
