//! The whole card within its shell, six clocks apart: records equal to the twin's, orders out and back as without it.
#![cfg(feature = "sim")]

mod common;

use common::Rig;
use device::regs::Losses;
use sim_card::{Card, Line, Options, RxFrame, SimCard};
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

/// A frame of so many bytes that nobody in the card wants: ARP.
fn arp(bytes: usize) -> Vec<u8> {
    let mut frame = vec![0xff; bytes];
    frame[12..14].copy_from_slice(&0x0806_u16.to_be_bytes());
    frame
}

/// The core's clock stands still in the midst of frames: each that is cut, and each that leaves with a hole, is in its own counter and no other.
#[test]
fn what_its_macs_lose_is_counted() {
    const LONG: usize = 1_000;
    if !common::card_is_there() {
        return;
    }
    let options = Options {
        verilog: Some(common::verilog().to_owned()),
        shell: Some(5),
        ..Options::default()
    };
    let sim = SimCard::new(Card::new(&options).unwrap_or_else(|error| panic!("{error}")));
    let mut rig = Rig::on(sim, &["TEST"]);
    let mut expected = Losses::default();
    assert_eq!(rig.device.regs.losses().unwrap(), expected);
    for (line, frames) in [(Line::A, 1), (Line::B, 2), (Line::O, 3)] {
        for _ in 0..frames {
            rig.sim.with(|card| {
                card.receive(line, RxFrame::new(arp(LONG)));
                card.run(40);
                card.hold_core(60);
                card.drain_receive();
                card.run(100);
            });
        }
        match line {
            Line::A => expected.rx_a = frames,
            Line::B => expected.rx_b = frames,
            Line::O => expected.rx_o = frames,
        }
        assert_eq!(rig.device.regs.losses().unwrap(), expected, "{line:?}");
    }
    // The cut frames are the core's bad ones; whole ones lose nothing.
    let bad = |b| contract::counter::line(b, "bad_frame");
    assert_eq!(
        [bad(false), bad(true)].map(|index| rig.device.regs.counter(index).unwrap()),
        [1, 2]
    );
    rig.receive_both(&arp(LONG));
    rig.rest();
    assert_eq!(rig.device.regs.losses().unwrap(), expected);
    // Held at every cycle from the write on: the short frame is whole, or has a hole, as its beats at the MAC say.
    let mut whole = 0;
    for cycles in 0..40 {
        rig.device.send_frame(&arp(60)).unwrap();
        let frame = rig.sim.with(|card| {
            card.run(cycles);
            card.hold_core(20);
            card.run(60);
            card.transmitted().expect("the frame leaves")
        });
        assert_eq!(frame.bytes, arp(60));
        expected.tx_underrun += u32::from(frame.underrun);
        whole += u32::from(!frame.underrun);
        assert_eq!(
            rig.device.regs.losses().unwrap(),
            expected,
            "held after {cycles} cycles"
        );
    }
    assert!(
        expected.tx_underrun > 1 && whole > 1,
        "{expected:?}, {whole} whole"
    );
    println!("card losses through the shell: {expected}; {whole} frames sent whole");
}
