//! Every crossing between clocks in the emitted Verilog has its synchroniser, and one without is found.

use gateware::emit::{BLOCKS, Size, emit};
use std::path::Path;
use synth::cdc::{Guard, Report, check};
use synth::tool::YOSYS_OF_SYSTEM;

fn report(block: &str, verilog: &str) -> Report {
    let yosys = YOSYS_OF_SYSTEM.find().expect("scripts/setup installs yosys");
    let folder = tempfile::tempdir().expect("a temporary folder");
    check(&yosys, block, verilog, folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

/// Blocks with more than one clock, as their golden copies say; what has none is the sum of blocks that have.
fn with_clocks() -> Vec<(&'static str, String)> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hdl/golden");
    let is_clock = |line: &&str| line.starts_with("    input wire") && line.ends_with("clock;");
    let blocks = BLOCKS.iter().filter(|block| !block.name.starts_with("prim_"));
    let several = blocks.filter(|block| {
        let text = std::fs::read_to_string(golden.join(format!("{}.v", block.name))).unwrap_or_default();
        // A block's own ports stand first.
        text.split("endmodule")
            .next()
            .unwrap_or_default()
            .lines()
            .filter(is_clock)
            .count()
            > 1
    });
    let text = |name| emit(name, Size::Small).unwrap_or_else(|error| panic!("{error}"));
    several.map(|block| (block.name, text(block.name))).collect()
}

#[test]
fn yosys_finds_a_synchroniser_at_every_crossing() {
    let blocks = with_clocks();
    let names: Vec<&str> = blocks.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["async_fifo", "mac_rx", "mac_tx", "pulse_sync", "shell"]);
    for (block, verilog) in &blocks {
        let report = report(block, verilog);
        assert_eq!(
            report.findings().collect::<Vec<_>>(),
            [] as [&synth::cdc::Crossing; 0],
            "{block}"
        );
        assert!(report.crossings.len() > 1, "{block}: {report:?}");
        println!(
            "cdc {block}: {} clocks, {} crossings",
            report.clocks.len(),
            report.crossings.len()
        );
    }
    let fifo = report("async_fifo", &blocks[0].1);
    let guards: Vec<Guard> = fifo.crossings.iter().map(|crossing| crossing.guard).collect();
    assert_eq!(
        guards,
        [Guard::GrayFlops, Guard::GrayFlops, Guard::HeldData],
        "{fifo:?}"
    );
}

/// What stands in the text, what becomes of it, and the words of the finding.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "async_fifo",
        "limit = read_seen_q ^ lap;",
        "limit = read_gray_q ^ lap;",
        "loaded in every cycle",
    ),
    (
        "async_fifo",
        "write_seen_d = write_gray_q;",
        "write_seen_d = write_gray_q ^ {3'd0, sink_valid};",
        "more than one register",
    ),
    (
        "async_fifo",
        "write_seen_d = write_gray_q;",
        "write_seen_d = write_gray_q & ~(write_gray_q << 1);",
        "logic before",
    ),
    ("async_fifo", "cdc = \"gray\"", "cdc = \"level\"", "no Gray code"),
    (
        "async_fifo",
        "always @(*) q = stable;",
        "always @(*) q = meta;",
        "besides a second",
    ),
    (
        "async_fifo",
        "cells_read_enable = moves;",
        "cells_read_enable = source_ready;",
        "hangs on no synchroniser",
    ),
    (
        "async_fifo",
        "if (read_reset) begin",
        "if (write_reset) begin",
        "enable or reset",
    ),
    (
        "pulse_sync",
        "told = tells_q;",
        "told = tells_q & request_q;",
        "a port of another clock",
    ),
    (
        "pulse_sync",
        "(* ASYNC_REG = \"TRUE\", cdc",
        "(* cdc",
        "loaded in every cycle",
    ),
    (
        "shell",
        "master_seen_d = master_q;",
        "master_seen_d = bus_master & master_q;",
        "more than one register",
    ),
    (
        "shell",
        "core_bus_master = |master_seen_q;",
        "core_bus_master = bus_master;",
        "a port of another clock",
    ),
    (
        "shell",
        "counts_d = lost_a_told;",
        "counts_d = line_a_lost;",
        "a port of another clock",
    ),
    (
        "shell",
        "core_resets = |reset_core_q;",
        "core_resets = reset;",
        "enable or reset",
    ),
];

#[test]
fn yosys_finds_what_is_not_synchronised() {
    for (block, from, to, why) in FAULTS {
        let verilog = emit(block, Size::Small).unwrap();
        assert_eq!(verilog.matches(from).count(), 1, "{block}: {from}");
        let report = report(block, &verilog.replace(from, to));
        let said: Vec<String> = report
            .findings()
            .filter_map(|crossing| crossing.why.clone())
            .collect();
        assert!(
            said.iter().any(|said| said.contains(why)),
            "{block}, {to}: {said:?} and not `{why}`"
        );
    }
}

/// What no block of ours has, but Verilog that is given may.
#[test]
fn what_other_verilog_has_is_seen_or_refused() {
    let ports = "input wire clock, input wire clear, input wire other_clock, input wire [3:0] at, input wire [3:0] other_at";
    let module = |body: &str| format!("module given({ports}, output reg [7:0] out);\n{body}\nendmodule\n");
    let of = |body: &str| {
        let folder = tempfile::tempdir().unwrap();
        let yosys = synth::tool::YOSYS_OF_SYSTEM.find().unwrap();
        check(&yosys, "given", &module(body), folder.path())
    };
    // Set and reset that come from the other clock.
    let report = of("reg on; always @(posedge other_clock) on <= other_at[0];\n\
         always @(posedge clock or posedge on) if (on) out <= 8'hff; else out <= out + 1;")
    .unwrap();
    let said: Vec<_> = report.findings().filter_map(|c| c.why.clone()).collect();
    assert!(
        said.iter().any(|said| said.contains("enable or reset")),
        "{said:?}"
    );
    let error = of("reg [7:0] cells [0:15];\n\
         always @(posedge clock) begin cells[at] <= 1; out <= cells[at]; end\n\
         always @(posedge other_clock) cells[other_at] <= 2;")
    .unwrap_err();
    assert!(error.to_string().contains("written by two clocks"), "{error}");
    let error = of("wire gated = clock & at[0]; always @(posedge gated) out <= other_at;").unwrap_err();
    assert!(error.to_string().contains("whose clock is no port"), "{error}");
}
