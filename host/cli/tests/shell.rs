//! The whole card within its shell, six clocks apart: records equal to the twin's, orders out and back as without it.
#![cfg(feature = "sim")]

mod common;

use std::path::Path;
use std::process::{Command, Output};

fn tickforge(arguments: &[&str], shell: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickforge"));
    command
        .args(arguments)
        .envs(shell.map(|seed| ("TICKFORGE_SHELL", seed)));
    command.output().expect("the binary runs")
}

fn said(out: &Output) -> &str {
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    std::str::from_utf8(&out.stdout).expect("text")
}

fn day(folder: &Path, messages: &str) -> String {
    let feed = folder.join("day.itch").display().to_string();
    said(&tickforge(
        &["generate", "--messages", messages, "--seed", "7", "--out", &feed],
        None,
    ));
    feed
}

#[test]
fn records_are_those_of_the_twin() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path(), "1000");
    let book = |card, shell| {
        tickforge(
            &["book", "--card", card, "--feed", &feed, "--symbol", "BBBA"],
            shell,
        )
    };
    let twin = book("twin", None);
    assert!(said(&twin).lines().count() > 50);
    assert_eq!(said(&book("sim", Some("2"))), said(&twin));
    let refused = book("sim", Some("x"));
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is no seed"));
}

#[test]
fn orders_leave_through_all_its_clocks() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path(), "1500");
    let config = folder.path().join("run.toml");
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");
    let text = format!(
        "[[slot]]\nsymbol = \"BBBA\"\n[[slot]]\nsymbol = \"BBBB\"\n[model]\npath = {model:?}\n[policy]\nedge_min = 0.0\n\
         spread_max_ticks = 1000\nhold_ns = 1000\n[limits]\nrate_tokens = 60000\nrate_refill_ns = 1000\n"
    );
    std::fs::write(&config, text).expect("written");
    let config = config.display().to_string();
    let run = |shell| {
        let out = tickforge(
            &["run", "--config", &config, "--feed", &feed, "--format", "json"],
            shell,
        );
        let report: serde_json::Value = serde_json::from_str(said(&out)).expect("JSON");
        let wire = report["hops"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|hop| hop["name"] == "order slot write to wire");
        let cycles = wire
            .and_then(|hop| hop["min"].as_u64().zip(hop["max"].as_u64()))
            .expect("the hop");
        common::reads_nothing_while_hot(&report);
        (report, cycles)
    };
    let ((alone, core), (report, cycles)) = (run(None), run(Some("3")));
    for name in ["sent", "admitted", "frames_checked", "faults", "positions_agree"] {
        assert_eq!(report["orders"][name], alone["orders"][name], "{name}");
    }
    assert!(report["orders"]["sent"].as_u64() > Some(100), "{report}");
    assert_eq!(report["card_equals_twin"], true);
    println!("card order slot write to wire: {core:?} cycles at the core, {cycles:?} through the shell");
    // In by a queue, out by another and the start gate.
    assert!(
        cycles.0 > core.1 && cycles.1 <= core.1 + 13,
        "{cycles:?} against {core:?}"
    );
}
