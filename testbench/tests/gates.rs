//! Every registered block lints clean, passes yosys' checks, and has a bench.

use gateware::emit::{BLOCKS, Size, emit};
use std::path::Path;
use verilated::gate;

/// Failures of all blocks together: one broken block must not hide the others.
fn on_each_block(check: impl Fn(&str, &str) -> Result<(), verilated::Error>) {
    let mut failures = Vec::new();
    for block in BLOCKS {
        let verilog = emit(block.name, Size::Small).unwrap_or_else(|error| panic!("{error}"));
        if let Err(error) = check(block.name, &verilog) {
            failures.push(error.to_string());
        }
    }
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

#[test]
fn yosys_is_content() {
    on_each_block(gate::yosys);
}

#[test]
fn every_block_has_a_bench() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let missing: Vec<_> = BLOCKS
        .iter()
        .map(|b| {
            if b.name.starts_with("prim_") {
                "prim"
            } else {
                b.name
            }
        })
        .filter(|name| !tests.join(format!("{name}.rs")).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "no testbench/tests/<block>.rs for {missing:?}"
    );
}
