//! `scripts/trade`: exchange, card and host as processes of their own, on a made day with faults on every way.
#![cfg(feature = "sim")]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn trade(faults: &str, arguments: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(root.join("scripts/trade"))
        .args(["--synthetic", "--format", "json"])
        .args(arguments)
        .env("TICKFORGE", env!("CARGO_BIN_EXE_tickforge"))
        .env("TRADE_MESSAGES", "900")
        .env("TRADE_SPEED", "20000")
        .env("TRADE_FAULTS", faults)
        .output()
        .expect("bash is there")
}

#[test]
fn exchange_card_and_host_agree_across_processes() {
    if !common::card_is_there() {
        return;
    }
    let faults = "--fault loss-a=10000 --fault loss-b=10000 --fault reorder-b=50000 --fault gap-every=300 \
                  --fault disconnect-after=2000 --fault bust=50000 --fault ack-delay=1000000";
    let out = trade(faults, &["--probe", "--rest", "50000000"]);
    let stderr = String::from_utf8_lossy(&out.stderr);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    assert!(out.status.success(), "{report:#}\n{stderr}");
    let accounts = &report["accounts"];
    assert_eq!(accounts["agree"], true);
    assert_eq!(accounts["venue"], accounts["host"]);
    assert_eq!(accounts["journal"], accounts["host"]);
    let orders = |name: &str| report["orders"][name].as_u64().expect("a number");
    assert!(orders("accepted") > 10 && orders("executions") > 0, "{report:#}");
    assert_eq!(report["faults"], 0);
    assert!(report["session"]["recoveries"].as_u64() >= Some(2), "{report:#}");
    println!(
        "trade: {} orders accepted, {} executions, {} recoveries across processes",
        orders("accepted"),
        orders("executions"),
        report["session"]["recoveries"]
    );
}

#[test]
fn a_venue_that_is_not_there_is_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().expect("a folder");
    let day = folder.path().join("day.itch").display().to_string();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tickforge"));
        command.current_dir(&root).args(arguments).output().expect("runs")
    };
    let made = run(&["generate", "--symbols", "2", "--messages", "600", "--out", &day]);
    assert!(made.status.success());
    let fixed = ["trade", "--config", "config/synthetic.toml", "--feed", &day];
    let out = run(&[&fixed[..], &["--orders", "127.0.0.1:1"]].concat());
    assert_eq!(out.status.code(), Some(2), "--orders needs the other ports");
    let out = run(&[&fixed[..], &["--card", "twin"]].concat());
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("--card sim"));
}
