//! Every registered block lints clean, passes yosys' checks, and has a bench.

use gateware::emit::{BLOCKS, Entry, Size, emit};
use std::path::Path;
use std::sync::Mutex;
use verilated::gate;

/// Failures of all blocks together: one broken block must not hide the others. Longest text first, on all cores.
fn on_each_block(check: impl Fn(&str, &str) -> Result<(), verilated::Error> + Sync) {
    let emitted = |block: &Entry| emit(block.name, Size::Small).unwrap_or_else(|error| panic!("{error}"));
    let mut blocks: Vec<(&str, String)> = BLOCKS.iter().map(|block| (block.name, emitted(block))).collect();
    blocks.sort_by_key(|(_, verilog)| verilog.len());
    let waiting = Mutex::new(blocks);
    let failed = Mutex::new(Vec::new());
    let work = || {
        loop {
            let next = waiting.lock().expect("no worker panics with the lock").pop();
            let Some((name, verilog)) = next else { return };
            if let Err(error) = check(name, &verilog) {
                failed
                    .lock()
                    .expect("no worker panics with the lock")
                    .push(error.to_string());
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
    on_each_block(gate::lint);
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
        gate::yosys(name, verilog)
    });
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
