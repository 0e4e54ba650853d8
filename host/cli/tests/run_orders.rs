//! `tickforge run --card sim`: orders through the card's order slots, gate and MAC, and what the report says of them.
#![cfg(feature = "sim")]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");

/// A policy that trades on almost everything, and rates that let it.
fn config(folder: &Path, more: &str) -> String {
    let path = folder.join("run.toml");
    let text = format!(
        "[[slot]]\nsymbol = \"BBBA\"\n[[slot]]\nsymbol = \"BBBB\"\n[model]\npath = {MODEL:?}\n[policy]\nedge_min = 0.0\nspread_max_ticks = 1000\nhold_ns = 1000\n{more}"
    );
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

/// A run over the first messages of a made day; `None` while the card has no order path.
fn run(more: &str) -> Option<(Value, Output)> {
    run_on(more, None)
}

/// The same on a card of this Verilog.
fn run_on(more: &str, verilog: Option<&str>) -> Option<(Value, Output)> {
    if !common::card_is_there() {
        return None;
    }
    let folder = tempfile::tempdir().expect("folder");
    let feed = folder.path().join("day.itch").display().to_string();
    let made = tickforge(&["generate", "--messages", "3000", "--seed", "7", "--out", &feed]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let config = config(folder.path(), more);
    let gateware = folder.path().join("top.v");
    std::fs::write(&gateware, verilog.unwrap_or_else(|| common::verilog())).expect("written");
    let out = Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(["run", "--config", &config, "--feed", &feed, "--format", "json"])
        .env("TICKFORGE_GATEWARE", gateware)
        .output()
        .expect("the binary runs");
    let stderr = String::from_utf8_lossy(&out.stderr);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    if report["card"]["order_path"] == true {
        return Some((report, out));
    }
    println!("pending: this card has no order path");
    assert!(out.status.success(), "{stderr}");
    assert_eq!(report["orders"]["sent"], 0);
    assert_eq!(report["orders"]["positions_agree"], Value::Null);
    assert_eq!(report["card_equals_twin"], true);
    None
}

fn number(report: &Value, name: &str) -> u64 {
    report["orders"][name]
        .as_u64()
        .unwrap_or_else(|| panic!("{name}: {report}"))
}

/// Orders the card refused.
fn refused(report: &Value) -> u64 {
    let all = report["orders"]["rejected"].as_object().expect("an object");
    let card = all.iter().filter(|(reason, _)| reason.starts_with("card: "));
    card.map(|(_, count)| count.as_u64().expect("a number")).sum()
}

fn accounted_for(report: &Value, out: &Output) {
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(report["card_equals_twin"], true);
    let (sent, admitted) = (number(report, "sent"), number(report, "admitted"));
    assert_eq!(sent + refused(report), admitted, "{report}");
    assert_eq!(number(report, "frames_checked"), sent);
    assert_eq!(number(report, "faults"), 0);
    assert_eq!(report["orders"]["positions_agree"], true);
    common::reads_nothing_while_hot(report);
}

#[test]
fn admitted_orders_leave_as_frames_over_udp() {
    let Some((report, out)) = run("[limits]\nrate_tokens = 60000\nrate_refill_ns = 1000\n") else {
        return;
    };
    accounted_for(&report, &out);
    assert!(number(&report, "sent") > 100, "{report}");
    let hops = report["hops"].as_array().expect("a list");
    let hop = |name: &str| {
        let found = hops.iter().find(|h| h["name"] == name);
        found.unwrap_or_else(|| panic!("no hop {name}: {report}"))
    };
    assert_eq!(hop("order slot write")["label"], "measured");
    let wire = hop("order slot write to wire");
    assert_eq!(
        (&wire["label"], &wire["unit"]),
        (&"simulated".into(), &"cycles".into())
    );
    assert_eq!(wire["count"], report["orders"]["sent"]);
    assert!(wire["max"].as_u64().expect("a number") <= 14, "{wire}");
}

#[test]
fn orders_leave_over_tcp_with_their_sequence_numbers() {
    let more = "[orders]\nmode = \"tcp\"\nsource_ip = \"10.1.0.1\"\ndestination_port = 7000\n[limits]\nrate_tokens = 60000\n";
    let Some((report, out)) = run(more) else {
        return;
    };
    accounted_for(&report, &out);
    assert!(number(&report, "sent") > 100, "{report}");
}

#[test]
fn the_rate_of_the_port_bounds_the_orders() {
    // Five orders and never another one, over all slots; the host says so first.
    let Some((report, out)) = run("[orders]\nrate_tokens = 5\nrate_refill_ns = 0\n") else {
        return;
    };
    accounted_for(&report, &out);
    assert_eq!(number(&report, "sent") + refused(&report), 5);
    let rate = report["orders"]["rejected"]["Rate"].as_u64();
    assert!(rate.is_some_and(|n| n > 0), "{report}");
}

/// The gateware with a bus to read host memory, on which it puts an address whenever it writes an event.
fn reading_gateware() -> String {
    let mut verilog = common::verilog().to_owned();
    for (from, to) in [
        ("irq_kill, irq_event);", "irq_kill, irq_event, m_axi_arvalid);"),
        (
            "    output reg irq_event;",
            "    output reg irq_event;\n    output wire m_axi_arvalid;\n    assign m_axi_arvalid = irq_event;",
        ),
    ] {
        assert!(verilog.contains(from), "{from}");
        verilog = verilog.replacen(from, to, 1);
    }
    verilog
}

#[test]
fn a_card_that_reads_host_memory_fails_the_run() {
    if !common::card_is_there() {
        return;
    }
    let Some((report, out)) = run_on("", Some(&reading_gateware())) else {
        return;
    };
    assert_eq!(out.status.code(), Some(1), "{report}");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("DMA reads between the first message"), "{said}");
    let hot = report["dma_reads_hot"].as_u64();
    assert!(hot.is_some_and(|n| n > 0), "{report}");
    assert_eq!(
        (&report["mmio_reads_hot"], &report["dma_read_channel"]),
        (&0.into(), &true.into())
    );
}

#[test]
fn the_card_counts_each_read_of_a_register() {
    if !common::card_is_there() {
        return;
    }
    let card = common::card();
    let mut registers = common::registers(&card);
    let before = card.with(|card| card.bus_reads());
    for _ in 0..3 {
        registers.status().expect("read");
    }
    card.with(|card| card.rest()).expect("at rest");
    let after = card.with(|card| card.bus_reads());
    assert_eq!(
        after.mmio - before.mmio,
        3,
        "an instrument's look is no read of the host"
    );
    assert!(after.lab > before.lab);
}
