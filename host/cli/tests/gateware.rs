//! `tickforge gateware`: what is emitted is what the library emits, and the checks bite.
#![cfg(feature = "sim")]

use std::process::{Command, Output};

use gateware::emit::{BLOCKS, Size, emit, sha256};

fn gateware(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .arg("gateware")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_library_s_verilog_comes_out_in_each_way() {
    let folder = tempfile::tempdir().unwrap();
    let expected = emit("skid_buffer", Size::Alveo).unwrap();
    let digest = sha256(&expected);
    let printed = gateware(&["emit", "skid_buffer", "--config", "alveo"]);
    assert_eq!(text(&printed.stdout), expected);
    assert!(
        text(&printed.stderr).contains(&digest),
        "{}",
        text(&printed.stderr)
    );
    let path = folder.path().join("s.v");
    let file = gateware(&[
        "emit",
        "--block",
        "skid_buffer",
        "--config",
        "alveo",
        "--out",
        path.to_str().unwrap(),
    ]);
    assert!(
        file.status.success() && file.stdout.is_empty(),
        "{}",
        text(&file.stderr)
    );
    assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    let only = gateware(&["emit", "skid_buffer", "--config", "alveo", "--sha256"]);
    assert_eq!((text(&only.stdout).trim_end(), only.stderr.len()), (&*digest, 0));
}

#[test]
fn all_blocks_are_listed() {
    let names: Vec<_> = BLOCKS.iter().map(|block| block.name).collect();
    let listed = gateware(&["emit", "--list"]);
    assert_eq!(text(&listed.stdout).lines().collect::<Vec<_>>(), names);
}

#[test]
fn a_good_block_lints_clean() {
    let out = gateware(&["lint", "skid_buffer", "prim_mul_u"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let lines: Vec<_> = text(&out.stdout).split_whitespace().collect();
    assert_eq!(lines, ["prim_mul_u", "ok", "skid_buffer", "ok"]);
}

#[test]
fn unknown_blocks_and_sizes_are_named() {
    for (arguments, part) in [
        (&["emit", "no_such_block"][..], "--list"),
        (&["lint", "no_such_block"], "--list"),
        (&["emit", "--config", "huge"], "small, sim, alveo"),
    ] {
        let out = gateware(arguments);
        assert_eq!(out.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&out.stderr).contains(part) && out.stdout.is_empty(),
            "{}",
            text(&out.stderr)
        );
    }
}

/// The simulator itself is replaced by one that complains: the command must pass that on.
#[test]
fn a_complaint_of_the_linter_fails_the_block() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let tool = folder.path().join("complains");
    std::fs::write(&tool, "#!/bin/sh\necho '%Warning-LATCH: made up'\n").unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = |tool: &std::path::Path| {
        Command::new(env!("CARGO_BIN_EXE_tickforge"))
            .args(["gateware", "lint", "skid_buffer"])
            .env("VERILATOR", tool)
            .output()
            .unwrap()
    };
    let out = run(&tool);
    assert_eq!(out.status.code(), Some(1));
    assert!(
        text(&out.stdout).contains("FAILED") && text(&out.stderr).contains("made up"),
        "{}",
        text(&out.stderr)
    );
    let missing = run(&folder.path().join("none"));
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        text(&missing.stderr).contains("scripts/setup"),
        "{}",
        text(&missing.stderr)
    );
}

#[test]
fn what_a_block_costs_is_recorded_and_held() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("costs.csv");
    let document = folder.path().join("timing.md");
    std::fs::write(&document, "<!-- cost ecp5 small -->\n<!-- end -->\n").unwrap();
    let (table_name, document_name) = (table.to_str().unwrap(), document.to_str().unwrap());
    let record = [
        "cost",
        "--block",
        "skid_buffer",
        "--record",
        table_name,
        "--docs",
        document_name,
    ];
    let counted = gateware(&record);
    assert!(counted.status.success(), "{}", text(&counted.stderr));
    assert!(
        text(&counted.stdout).contains("(counted)"),
        "{}",
        text(&counted.stdout)
    );
    let rows = std::fs::read_to_string(&table).unwrap();
    let row: Vec<&str> = rows.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(&row[..3], ["ecp5", "small", "skid_buffer"]);
    let (luts, ffs): (u64, u64) = (row[5].parse().unwrap(), row[6].parse().unwrap());
    assert!(luts > 10 && ffs > 10, "{rows}");
    assert!(
        std::fs::read_to_string(&document)
            .unwrap()
            .contains(&format!("| `skid_buffer` | {luts} | {ffs} |"))
    );
    let again = gateware(&record);
    assert!(
        text(&again.stdout).contains("(as recorded)"),
        "{}",
        text(&again.stdout)
    );
    // As if the block had cost next to nothing, in another text.
    let cheap = rows
        .replace(row[3], &"0".repeat(64))
        .replacen(&format!(",{luts},"), ",1,", 1);
    std::fs::write(&table, cheap).unwrap();
    let held = gateware(&["cost", "--block", "skid_buffer", "--against", table_name]);
    assert_eq!(held.status.code(), Some(1));
    let said = text(&held.stderr);
    assert!(
        said.contains("look-up tables, 1 before") && said.contains("--record"),
        "{said}"
    );
}

#[test]
fn costs_of_what_is_not_there_are_bad_input() {
    for (arguments, part) in [
        (&["cost", "--block", "no_such_block"][..], "--list"),
        (&["cost", "--target", "abacus"], "ecp5, xcup, xc7, intel"),
        (
            &["cost", "--block", "skid_buffer", "--against", "/nowhere.csv"],
            "/nowhere.csv",
        ),
    ] {
        let out = gateware(arguments);
        assert_eq!(out.status.code(), Some(2), "{arguments:?}");
        assert!(text(&out.stderr).contains(part), "{}", text(&out.stderr));
    }
}
