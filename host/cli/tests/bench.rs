//! `tickforge bench`: budgets hold, and reports have the documented form.
#![cfg(feature = "sim")]

mod common;

use std::process::Command;

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
