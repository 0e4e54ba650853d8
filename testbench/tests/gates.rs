//! Every registered block lints clean, passes yosys' checks, and has a bench.

use gateware::emit::golden::emit_each;
use gateware::emit::{BLOCKS, Size, emit};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use synth::baseline::{self, Baseline};
use synth::target::Target;
use synth::tool::YOSYS_OF_SYSTEM;
use testbench::Rng;
use verilated::replay::{self, Recording};
use verilated::{Direction, Model, Optimise, Source, gate};

/// The Verilog of every block, the shortest first, printed once for all tests.
fn emitted() -> &'static [(&'static str, String)] {
    static EMITTED: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
        let wanted: Vec<_> = BLOCKS.iter().map(|block| (block.name, Size::Small)).collect();
        let texts = emit_each(&wanted).unwrap_or_else(|error| panic!("{error}"));
        let mut blocks: Vec<_> = BLOCKS.iter().map(|block| block.name).zip(texts).collect();
        blocks.sort_by_key(|(_, verilog)| verilog.len());
        blocks
    });
    &EMITTED
}

/// Failures of all blocks together: one broken block must not hide the others. Longest text first, on all cores.
fn on_each_block(check: impl Fn(&str, &str) -> Result<(), String> + Sync) {
    let blocks: Vec<(&str, &str)> = emitted()
        .iter()
        .map(|(name, verilog)| (*name, verilog.as_str()))
        .collect();
    let waiting = Mutex::new(blocks);
    let failed = Mutex::new(Vec::new());
    let work = || {
        loop {
            let next = waiting.lock().expect("no worker panics with the lock").pop();
            let Some((name, verilog)) = next else { return };
            if let Err(error) = check(name, verilog) {
                failed.lock().expect("no worker panics with the lock").push(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failures = failed.into_inner().expect("no worker panics with the lock");
    assert!(
        failures.is_empty(),
        "{} of {} blocks:\n{}",
        failures.len(),
        BLOCKS.len(),
        failures.join("\n")
    );
}

#[test]
fn lint_is_clean() {
    on_each_block(|name, verilog| gate::lint(name, verilog).map_err(|error| error.to_string()));
}

/// Blocks that yosys need not see by themselves: it sees them whole inside another, or their parts one by one.
const SEEN_ELSEWHERE: &[(&str, &str)] = &[
    ("level_row", "inside level_book"),
    ("level_store", "inside level_book"),
    (
        "top",
        "wires between blocks that are all checked; Verilator and rust-hdl look for loops and open ends across them",
    ),
];

#[test]
fn yosys_is_content() {
    on_each_block(|name, verilog| {
        if SEEN_ELSEWHERE.iter().any(|(block, _)| *block == name) {
            return Ok(());
        }
        gate::yosys(name, verilog).map_err(|error| error.to_string())
    });
}

fn yosys() -> (PathBuf, String) {
    let yosys = YOSYS_OF_SYSTEM.find().expect("scripts/setup installs yosys");
    let said = synth::tool::run(&yosys, &["-V"], Path::new("."), "its version").expect("yosys runs");
    let version = said.split_whitespace().nth(1).unwrap_or_default().to_owned();
    (yosys, version)
}

/// A block whose Verilog is that of its row needs no run: most of the time this takes as long as emitting the blocks.
#[test]
fn yosys_counts_no_more_than_the_table_allows() {
    let (yosys, version) = yosys();
    let table = Baseline::read(&baseline::path()).unwrap();
    let soak = std::env::var("TICKFORGE_SOAK").is_ok_and(|value| value == "1");
    let counted = Mutex::new(Vec::new());
    on_each_block(|name, verilog| {
        let is_known = table.row(Target::Ecp5, Size::Small, name).is_some();
        let waits = baseline::HEAVY.contains(&name) && !(soak && is_known);
        if waits || !baseline::held().any(|held| held == name) {
            return Ok(());
        }
        let measure = || {
            counted
                .lock()
                .expect("no worker panics with the lock")
                .push(name.to_owned());
            let folder = tempfile::tempdir().expect("a temporary folder");
            Target::Ecp5.measure(&yosys, name, verilog, folder.path())
        };
        let which = (Target::Ecp5, Size::Small, name);
        let lost = table
            .judge(which, verilog, &version, measure)
            .map_err(|error| error.to_string())?;
        if lost.is_empty() {
            Ok(())
        } else {
            Err(lost.join("\n"))
        }
    });
    println!("counted anew: {:?}", counted.into_inner().unwrap());
}

/// Logic in front of a register and a register bank beside it: both must be seen, and one memory without a register that fell into flip-flops.
#[test]
fn yosys_counts_a_worse_block_as_worse() {
    let (yosys, version) = yosys();
    let table = Baseline::read(&baseline::path()).unwrap();
    let good = emit("card_time", Size::Small).unwrap();
    let judge = |verilog: &str| {
        let folder = tempfile::tempdir().unwrap();
        let which = (Target::Ecp5, Size::Small, "card_time");
        table
            .judge(which, verilog, &version, || {
                Target::Ecp5.measure(&yosys, "card_time", verilog, folder.path())
            })
            .unwrap()
    };
    // Another text of the same logic is no worse.
    assert_eq!(judge(&format!("{good}\n// again\n")), [] as [&str; 0]);
    let head = "module card_time_dff32(d, q, clock);";
    assert!(good.contains(head));
    let worse = good.replace(head, "module deep(input [31:0] d, output [31:0] q);\n\
        wire [31:0] a = (d * 32'd2654435761) ^ (d >> 7);\n assign q = a + (d ^ (a << 3)) + (a >> 5);\nendmodule\n\
        module card_time_dff32(d, q, clock);\n wire [31:0] x; wire [31:0] y; deep one(d, x); deep two(x, y);");
    let at = worse.find("module card_time_dff32").unwrap();
    let worse = format!(
        "{}{}",
        &worse[..at],
        worse[at..].replacen("q <= d;", "q <= y;", 1)
    );
    let lost = judge(&worse).join("\n");
    for part in [
        "look-up tables",
        "levels of logic",
        "multipliers",
        "gateware cost --record",
    ] {
        assert!(lost.contains(part), "{part} in {lost}");
    }
}

/// The same inputs through Verilator and Icarus. Random ones, with `reset` in the first cycles.
fn recorded(name: &str, verilog: &str, cycles: usize) -> Recording {
    let mut model = Model::build(&Source::new(name, verilog).fast().optimise(Optimise::Build), 1)
        .unwrap_or_else(|error| panic!("{error}"));
    let mut rng = Rng::new(SEED);
    let inputs: Vec<_> = model
        .ports()
        .iter()
        .filter(|port| port.direction == Direction::Input && port.name != "clock" && port.name != "reset")
        .map(|port| (port.name.clone(), port.width))
        .collect();
    let inputs: Vec<_> = inputs
        .into_iter()
        .map(|(name, width)| (model.port(&name), width))
        .collect();
    let reset = model.try_port("reset").ok();
    replay::record(&mut model, cycles, |model, cycle| {
        if let Some(reset) = reset {
            model.set(reset, u64::from(cycle < RESET));
        }
        for (port, width) in &inputs {
            model.set_wide(*port, &rng.wide(*width));
        }
    })
}

const SEED: u64 = 20_261_127;
/// Cycles of reset.
const RESET: usize = 3;

/// Blocks of every kind: streams, memories, arithmetic, a state machine.
const REPLAYED: &[&str] = &[
    "skid_buffer",
    "stream_fifo",
    "block_fifo",
    "udp_rx",
    "mold_rx",
    "prim_lut_ram2",
    "prim_mul_s3",
    "prim_sdp_ram",
];

#[test]
fn icarus_comes_to_the_same_outputs() {
    for name in REPLAYED {
        let verilog = emit(name, Size::Small).unwrap();
        let recording = recorded(name, &verilog, 300);
        let verdict = recording
            .again(&verilog)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (verdict.cycles, verdict.differ),
            (300, 0),
            "{name}, seed {SEED}: {verdict:?}"
        );
    }
}

/// All blocks joined; of random beats little gets far, but every register and counter is there.
#[test]
#[ignore = "Verilator takes a minute to build the whole card: scripts/soak blocks"]
fn icarus_comes_to_the_same_outputs_of_the_whole_card() {
    let verilog = emit("top", Size::Small).unwrap();
    let verdict = recorded("top", &verilog, 400)
        .again(&verilog)
        .unwrap_or_else(|error| panic!("{error}"));
    // One edge into reset `irq_kill` is not known to Icarus: it comes from a register the reset reaches an edge later. Nothing may differ behind it.
    let within_reset = usize::from(verdict.first.is_some_and(|cycle| cycle < RESET));
    assert_eq!(
        (verdict.cycles, verdict.differ),
        (400, within_reset),
        "seed {SEED}: {verdict:?}"
    );
}

/// A register that takes the inverse is told from the one that was recorded.
#[test]
fn icarus_tells_a_fault_from_the_block() {
    let verilog = emit("skid_buffer", Size::Small).unwrap();
    let recording = recorded("skid_buffer", &verilog, 100);
    let fault = verilog.replacen("q <= d;", "q <= ~d;", 1);
    assert_ne!(fault, verilog);
    let verdict = recording.again(&fault).unwrap();
    assert!(
        verdict.differ > 10 && verdict.first.is_some() && !verdict.outputs.is_empty(),
        "{verdict:?}"
    );
    let error = recording
        .again(&verilog.replacen("q <= d;", "q <= d + nowhere;", 1))
        .unwrap_err()
        .to_string();
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn icarus_has_nothing_to_say() {
    on_each_block(|name, verilog| replay::lint(name, verilog).map_err(|error| error.to_string()));
}

#[test]
fn every_block_has_a_bench() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bench = |name: &str| match name {
        // The whole card is held against the twin, and its mutants are killed, through the commands.
        "top" => here.join("../host/cli/tests/card.rs"),
        _ if name.starts_with("prim_") => here.join("tests/prim.rs"),
        _ => here.join(format!("tests/{name}.rs")),
    };
    let missing: Vec<_> = BLOCKS
        .iter()
        .map(|b| b.name)
        .filter(|name| !bench(name).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "no testbench/tests/<block>.rs for {missing:?}"
    );
}
