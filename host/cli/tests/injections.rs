//! Faults of the bus injected into whole runs: each has its counter in the report, and what it breaks fails the run.
#![cfg(feature = "sim")]

mod common;
mod vfio_user {
    pub(crate) mod served;
}

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use vfio_user::served::{Served, tickforge};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");

/// A made day of so many messages, and a policy that trades on almost everything.
fn day(folder: &Path, messages: &str) -> [String; 2] {
    let [feed, config] = ["day.itch", "run.toml"].map(|name| folder.join(name).display().to_string());
    let made = tickforge(&["generate", "--messages", messages, "--seed", "7", "--out", &feed]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = format!(
        "[[slot]]\nsymbol = \"BBBA\"\n[[slot]]\nsymbol = \"BBBB\"\n[model]\npath = {MODEL:?}\n[policy]\nedge_min = 0.0\nspread_max_ticks = 1000\nhold_ns = 1000\n[limits]\nrate_tokens = 60000\nrate_refill_ns = 1000\n"
    );
    std::fs::write(&config, text).expect("written");
    [feed, config]
}

fn run(card: &str, [feed, config]: &[String; 2], faults: &[&str]) -> (Value, Output) {
    let base = [
        "run", "--card", card, "--config", config, "--feed", feed, "--format", "json",
    ];
    let faults = faults.iter().flat_map(|fault| ["--inject", fault]);
    let arguments: Vec<&str> = base.into_iter().chain(faults).collect();
    let out = tickforge(&arguments);
    let stderr = String::from_utf8_lossy(&out.stderr);
    let report = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    (report, out)
}

fn count(report: &Value, path: &str) -> u64 {
    let found = report["health"].pointer(path).and_then(Value::as_u64);
    found.unwrap_or_else(|| panic!("{path}: {report}"))
}

#[test]
fn what_the_driver_survives_is_counted_and_changes_no_record() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let day = day(folder.path(), "3000");
    let served = Served::start(&[]);
    let clean = run("sim", &day, &[]).0;
    let faults = [
        "torn@500",
        "doorbell@1000",
        "doorbell@1100",
        "spurious@1500",
        "storm@2000",
    ];
    for card in ["sim", &served.card()] {
        let (report, out) = run(card, &day, &faults);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(report["card_equals_twin"], true);
        assert_eq!(report["records"], clean["records"]);
        common::reads_nothing_while_hot(&report);
        assert!(count(&report, "/records_ring/torn_polls") > 100, "{report}");
        let counts = [
            "/records_ring/crc_errors",
            "/records_ring/lost",
            "/doorbells_repeated",
            "/interrupts_spurious",
            "/interrupt_storms",
            "/interrupts_in_storms",
            "/injected/doorbell",
        ]
        .map(|path| count(&report, path));
        assert_eq!(counts, [0, 0, 2, 1, 1, 100_000, 2]);
        let real = count(&report, "/interrupts") - 100_001;
        assert!(
            real > 100 && real <= count(&report, "/events_ring/entries"),
            "{report}"
        );
    }
    for path in [
        "/records_ring/torn_polls",
        "/doorbells_repeated",
        "/interrupts_spurious",
        "/interrupt_storms",
    ] {
        assert_eq!(count(&clean, path), 0, "{path} of a clean run");
    }
}

#[test]
fn a_wrong_bit_costs_one_record_and_fails_the_run() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let (report, out) = run("sim", &day(folder.path(), "3000"), &["crc@500"]);
    assert_eq!(out.status.code(), Some(1), "{report}");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("1 with a wrong CRC"), "{said}");
    assert_eq!(count(&report, "/records_ring/crc_errors"), 1);
    assert_eq!(
        count(&report, "/records_ring/torn_polls"),
        1_000,
        "looked at before it was given up"
    );
    assert_eq!(report["records_differing"], 1, "{report}");
    // The core entry was broken: its three levels entries belong to nothing.
    assert_eq!(count(&report, "/records_orphans"), 3);
}

#[test]
fn a_frozen_host_is_lapped_and_every_entry_is_accounted_for() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let (report, out) = run("sim", &day(folder.path(), "9000"), &["freeze@200"]);
    assert_eq!(out.status.code(), Some(1), "{report}");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("ring entries lost"), "{said}");
    let [entries, lost, laps] =
        ["entries", "lost", "lapped"].map(|name| count(&report, &format!("/records_ring/{name}")));
    assert!(laps > 0 && lost >= 2_048, "{report}");
    let records = report["records"].as_u64().expect("a number");
    assert_eq!(entries + lost, 4 * records, "four entries a record");
    println!("freeze: {lost} entries lost in {laps} laps, {entries} read");
}

#[test]
fn faults_need_a_bus_and_a_name() {
    let folder = tempfile::tempdir().expect("folder");
    let [feed, config] = day(folder.path(), "1000");
    for (card, fault, expected) in [
        ("twin", "torn", "needs a bus"),
        ("sim", "lightning", "is no fault"),
    ] {
        let out = tickforge(&[
            "run", "--card", card, "--config", &config, "--feed", &feed, "--inject", fault,
        ]);
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.code() == Some(2) && said.contains(expected), "{said}");
    }
}
