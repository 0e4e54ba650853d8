//! `scripts/trade`: exchange, card and host as processes of their own, on a made day with faults on every way.
#![cfg(feature = "sim")]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn trade(cable: &str, faults: &str, arguments: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(root.join("scripts/trade"))
        .args(["--synthetic", "--format", "json"])
        .args(arguments)
        .env("TICKFORGE", env!("CARGO_BIN_EXE_tickforge"))
        .env("TRADE_MESSAGES", "900")
        .env("TRADE_SPEED", "8000")
        .env("TRADE_FAULTS", faults)
        .env("TRADE_CABLE", cable)
        .output()
        .expect("bash is there")
}

/// Over a cable of the card's own to this machine's TCP, where that is allowed.
#[test]
fn exchange_card_and_host_agree_across_processes() {
    agree("tap");
}

/// As where it is not allowed.
#[test]
#[ignore = "the far end of the order connection in the host process is that of the seeded sessions; runs in scripts/soak trade"]
fn they_agree_without_a_network_device() {
    agree("none");
}

fn agree(cable: &str) {
    if !common::card_is_there() {
        return;
    }
    let faults = "--fault loss-a=10000 --fault loss-b=10000 --fault reorder-b=50000 --fault gap-every=300 \
                  --fault disconnect-after=2000 --fault bust=50000 --fault ack-delay=1000000";
    let out = trade(
        cable,
        faults,
        &["--probe", "--rest", "50000000", "--replace", "2"],
    );
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
    // At each fault as well, as the venue told it then.
    let at = &report["accounts"]["at_faults"];
    for kind in [
        "loss",
        "reorder",
        "gap",
        "disconnect",
        "late-response",
        "recovery",
        "connection",
    ] {
        assert!(at["faults"][kind].as_u64() > Some(0), "no {kind}: {at:#}");
    }
    assert!(at["compared"].as_u64() > Some(20), "{at:#}");
    assert!(
        report["session"]["settled_compared"].as_u64() > Some(10),
        "{report:#}"
    );
    let transport = report["transport"].as_str().expect("words");
    assert_eq!(
        transport == "split, over the card's own cable",
        stderr.contains("order connection: TCP segments of the card over tap:tf0"),
        "{transport}, {stderr}"
    );
    assert!(
        transport.starts_with("split") && report["split"]["handovers"].as_u64() >= Some(2),
        "{report:#}"
    );
    println!(
        "trade: {transport}; {} orders accepted, {} executions, {} faults compared, {} recoveries across processes",
        orders("accepted"),
        orders("executions"),
        at["compared"],
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
