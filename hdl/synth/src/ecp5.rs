//! The way to an ECP5 bitstream: yosys, nextpnr-ecp5, ecppack.
//!
//! Blocks of the card stay modules of their own through synthesis: so a cell knows its block, and a change in one leaves the netlists of the
//! others alone. What that costs, since no logic is moved across their borders, is little: they meet in registers.

use crate::board::Kept;
use crate::netlist::{Area, Netlist};
use crate::timing::{Timing, Used};
use crate::tool::{ECPPACK, NEXTPNR_ECP5, YOSYS, run, version};
use crate::verilog::Outline;
use crate::{Error, harness};
use gateware::emit::sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the blocks are in `top`: path of instances, name of the block.
pub const BLOCKS: &[(&str, &str)] = &[
    ("arm_words", "glue"),
    ("card_time", "card_time"),
    ("collect", "counters"),
    ("counters", "counters"),
    ("csr", "csr"),
    ("dma", "dma_c2h"),
    ("frame_rx", "frame_rx"),
    ("frame_tx", "frame_tx"),
    ("lines.merge", "line_merge"),
    ("lines.mold_0", "mold_rx"),
    ("lines.mold_1", "mold_rx"),
    ("lines.udp_0", "udp_rx"),
    ("lines.udp_1", "udp_rx"),
    ("orders.risk", "risk_gate"),
    ("orders.sender", "ouch_tx"),
    ("orders.slots", "order_slot"),
    ("orders.trigger", "trigger"),
    ("path.core_features", "features"),
    ("path.decoder", "itch_decode"),
    ("path.levels", "level_book"),
    ("path.levels.levels", "level_store"),
    ("path.levels.rows", "level_row"),
    ("path.orders", "order_table"),
    ("responses.messages", "ouch_rx"),
    ("responses.segments", "seg_rx"),
    ("responses.words", "report_words"),
];

/// What is built.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Name of the block, which is that of its module.
    pub block: &'a str,
    /// Its Verilog.
    pub verilog: &'a str,
    /// The board it is for.
    pub board: &'a Kept,
    /// Clock asked for, MHz.
    pub mhz: f64,
}

/// A synthesised design, ready to be placed by any seed.
#[derive(Debug, Clone)]
pub struct Synthesised {
    folder: PathBuf,
    block: String,
    arguments: Vec<String>,
    /// What each block occupies; the shell of registers is `shell`.
    pub areas: BTreeMap<String, Area>,
}

/// A placed, routed and packed design.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The bitstream.
    pub bitstream: PathBuf,
    /// What nextpnr found.
    pub timing: Timing,
}

/// The programs, looked for before any work is done.
#[derive(Debug, Clone)]
pub struct Tools {
    yosys: PathBuf,
    nextpnr: PathBuf,
    ecppack: PathBuf,
}

impl Tools {
    /// Finds all of them.
    ///
    /// # Errors
    /// [`Error::ToolMissing`].
    pub fn find() -> Result<Self, Error> {
        Ok(Self {
            yosys: YOSYS.find()?,
            nextpnr: NEXTPNR_ECP5.find()?,
            ecppack: ECPPACK.find()?,
        })
    }

    /// What each program says of its version.
    ///
    /// # Errors
    /// A program that does not run.
    pub fn versions(&self) -> Result<BTreeMap<String, String>, Error> {
        let asked = [
            ("yosys", &self.yosys, "-V"),
            ("nextpnr-ecp5", &self.nextpnr, "--version"),
            ("ecppack", &self.ecppack, "--version"),
        ];
        let ask = |(name, program, argument): (&str, &PathBuf, &str)| {
            Ok((name.to_owned(), version(program, argument)?))
        };
        asked.into_iter().map(ask).collect()
    }

    /// Makes a netlist of the job within its shell; one that was made of the same text is taken as it is.
    ///
    /// # Errors
    /// A program that fails, a file that cannot be written.
    pub fn synthesise(&self, job: &Job, folder: &Path) -> Result<Synthesised, Error> {
        let shell = harness::around(job.block, Outline::of(job.verilog).ports(job.block)?);
        let script = script(job)?;
        let pins = job.board.pins;
        let key = sha256(&[job.verilog, &shell, harness::SERIAL, &script, pins].join("\n"));
        let folder = folder.join(&key[..16]);
        let made = folder.join("design.json");
        if !made.exists() {
            let write = |name: &str, text: &str| {
                fs::write(folder.join(name), text).map_err(Error::io(folder.join(name)))
            };
            fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
            for (name, text) in [
                ("card.v", job.verilog),
                ("shell.v", shell.as_str()),
                ("serial_harness.v", harness::SERIAL),
                ("synth.ys", script.as_str()),
                ("shell.lpf", pins),
            ] {
                write(name, text)?;
            }
            run(
                &self.yosys,
                &["-q", "-l", "yosys.log", "synth.ys"],
                &folder,
                job.block,
            )?;
            // Only a whole netlist bears the name.
            fs::rename(folder.join("design.json.partial"), &made).map_err(Error::io(&made))?;
        }
        let blocks: Vec<(String, &str)> = std::iter::once((harness::CARD.to_owned(), alone(job.block)))
            .chain(
                job_blocks(job)
                    .iter()
                    .map(|(path, name)| (format!("{}.{path}", harness::CARD), *name)),
            )
            .collect();
        let blocks: Vec<(&str, &str)> = blocks.iter().map(|(path, name)| (path.as_str(), *name)).collect();
        let mut areas = Netlist::read(&made)?.areas(harness::TOP, &blocks)?;
        if let Some(outside) = areas.remove("other") {
            areas.insert("shell".to_owned(), outside);
        }
        Ok(Synthesised {
            folder,
            block: job.block.into(),
            arguments: arguments(job),
            areas,
        })
    }

    /// What of the part the design takes, before any time goes into placing it.
    ///
    /// # Errors
    /// A program that fails, or prints no utilisation.
    pub fn fit(&self, design: &Synthesised) -> Result<BTreeMap<String, Used>, Error> {
        let log = design.folder.join("fit.log");
        if !log.exists() {
            let mut arguments: Vec<&str> = design.arguments.iter().map(String::as_str).collect();
            arguments.extend(["--pack-only", "--log", "fit.log.partial"]);
            run(&self.nextpnr, &arguments, &design.folder, &design.block)?;
            let partial = design.folder.join("fit.log.partial");
            fs::rename(&partial, &log).map_err(Error::io(&partial))?;
        }
        let text = fs::read_to_string(&log).map_err(Error::io(&log))?;
        // Counts from before packing stand above.
        let packed = text
            .split_once("Device utilisation")
            .map_or("", |(_, packed)| packed);
        let lines = packed.lines().filter_map(utilisation);
        let used: BTreeMap<_, _> = lines.filter(|(_, used)| used.used > 0).collect();
        if used.is_empty() {
            return Err(Error::unreadable(log.display().to_string(), "no utilisation"));
        }
        Ok(used)
    }

    /// Places, routes and packs with a seed.
    ///
    /// # Errors
    /// A program that fails: a design that does not fit, or cannot be routed.
    pub fn place(&self, design: &Synthesised, seed: u32) -> Result<Placed, Error> {
        let name = format!("seed-{seed}");
        let folder = design.folder.join(&name);
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let (report, bitstream) = (
            folder.join("report.json"),
            folder.join(format!("{}.bit", design.block)),
        );
        if !bitstream.exists() {
            let seed = seed.to_string();
            let at = |file: &str| format!("{name}/{file}");
            let (config, log, json) = (at("card.config"), at("nextpnr.log"), at("report.json"));
            let mut arguments: Vec<&str> = design.arguments.iter().map(String::as_str).collect();
            arguments.extend([
                "--seed",
                &seed,
                "--textcfg",
                &config,
                "--report",
                &json,
                "--log",
                &log,
            ]);
            run(&self.nextpnr, &arguments, &design.folder, &design.block)?;
            let partial = at("card.bit.partial");
            let pack = ["--compress", "--input", &config, "--bit", &partial];
            run(&self.ecppack, &pack, &design.folder, &design.block)?;
            fs::rename(design.folder.join(&partial), &bitstream).map_err(Error::io(&bitstream))?;
        }
        let text = fs::read_to_string(&report).map_err(Error::io(&report))?;
        let blocks: &[(&str, &str)] = if design.block == "top" { BLOCKS } else { &[] };
        let mut timing = Timing::parse(&text, harness::CARD, blocks)?;
        timing.rename("other", alone(&design.block));
        Ok(Placed { bitstream, timing })
    }
}

fn job_blocks(job: &Job) -> &'static [(&'static str, &'static str)] {
    if job.block == "top" { BLOCKS } else { &[] }
}

/// `Info:           TRELLIS_IO:       5/    365     1%`.
fn utilisation(line: &str) -> Option<(String, Used)> {
    let (kind, counts) = line.strip_prefix("Info:")?.trim().split_once(':')?;
    let (used, rest) = counts.split_once('/')?;
    let available = rest.split_whitespace().next()?;
    let count = |text: &str| text.trim().parse().ok();
    let used = Used {
        used: count(used)?,
        available: count(available)?,
    };
    Some((kind.to_owned(), used))
}

/// What lies in no block of the list: wires and registers between the blocks of the card, or all of a block by itself.
fn alone(block: &str) -> &str {
    if block == "top" { "glue" } else { block }
}

/// What yosys is asked to do.
fn script(job: &Job) -> Result<String, Error> {
    let outline = Outline::of(job.verilog);
    let mut kept: Vec<&str> = vec![job.block];
    for (path, _) in job_blocks(job) {
        // Containers too: what lies between them is cut off from its blocks otherwise.
        let whole = path.match_indices('.').map(|(at, _)| &path[..at]).chain([*path]);
        for path in whole {
            kept.push(outline.module_at(job.block, path)?);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    Ok(format!(
        "scratchpad -copy abc9.script.flow2 abc9.script\n\
         read_verilog card.v shell.v serial_harness.v\n\
         hierarchy -check -top {top}\n\
         setattr -mod -set keep_hierarchy 1 {kept}\n\
         synth_ecp5 -cmp2softlogic -top {top} -json design.json.partial\n",
        top = harness::TOP,
        kept = kept.join(" "),
    ))
}

fn arguments(job: &Job) -> Vec<String> {
    let mut arguments = job.board.board.nextpnr.clone();
    let clock = job.mhz.to_string();
    arguments.extend(
        [
            "-q",
            "--json",
            "design.json",
            "--lpf",
            "shell.lpf",
            "--freq",
            &clock,
            "--timing-allow-fail",
            "--detailed-timing-report",
        ]
        .map(String::from),
    );
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board;
    use gateware::emit::{BLOCKS as EMITTED, Size, emit};

    fn job<'a>(block: &'a str, verilog: &'a str, board: &'a Kept) -> Job<'a> {
        Job {
            block,
            verilog,
            board,
            mhz: 156.25,
        }
    }

    #[test]
    fn every_listed_block_is_where_it_is_said_to_be() {
        let verilog = emit("top", Size::Small).unwrap();
        let board = board::by_name("ecp5-85").unwrap();
        let text = script(&job("top", &verilog, &board)).unwrap();
        for module in [
            "top_dma",
            "top_path_levels_levels",
            "top_lines",
            "top_orders_risk",
        ] {
            assert!(
                text.split_whitespace().any(|word| word == module),
                "{module} in {text}"
            );
        }
        for (_, name) in BLOCKS.iter().filter(|(_, name)| *name != "glue") {
            assert!(EMITTED.iter().any(|block| block.name == *name), "{name}");
        }
    }

    #[test]
    fn utilisation_is_read_from_a_log() {
        let line = "Info: \t        TRELLIS_COMB:  118327/  83640   141%";
        let used = Used {
            used: 118_327,
            available: 83_640,
        };
        assert_eq!(utilisation(line), Some(("TRELLIS_COMB".into(), used)));
        assert!(used.is_over());
        assert_eq!(utilisation("Info: Placed 5 cells based on constraints."), None);
        assert_eq!(utilisation("Info: Max delay a: 5/ x"), None);
    }

    #[test]
    fn a_missing_program_is_named_with_its_remedy() {
        let error = crate::tool::Tool {
            names: &["no-such-tool"],
            remedy: "scripts/setup --with synth",
        }
        .find()
        .unwrap_err();
        assert!(error.is_environment());
        let text = error.to_string();
        assert!(
            text.contains("no-such-tool") && text.contains("scripts/setup --with synth"),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_fails_gives_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let error = run(
            Path::new("/bin/sh"),
            &["-c", "echo one; echo two >&2; exit 3"],
            folder.path(),
            "x",
        )
        .unwrap_err();
        assert!(!error.is_environment());
        assert_eq!(error.to_string(), "sh fails on x: two");
    }
}
