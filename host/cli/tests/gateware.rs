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

fn model(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// Both modes of a model: everything is written, agrees with each other and with the integer model, and is the same again.
#[test]
fn a_model_becomes_a_pipeline_with_vectors_and_manifest() {
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let out = model(&["model", "generate", "gbdt100", "--out", &at("g.onnx")]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let bytes = std::fs::read(at("g.onnx")).expect("written");
    let golden = model::lower(&bytes, "g").expect("it can be turned").model;
    for (mode, latency) in [("folded", 5), ("loadable", 8)] {
        let run = |to: &str| {
            let arguments = [
                "gateware",
                "model",
                "--onnx",
                &at("g.onnx"),
                "--mode",
                mode,
                "--out",
                &at(to),
            ];
            let out = model(&[&arguments[..], &["--vectors", "40"]].concat());
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8_lossy(&out.stdout).into_owned()
        };
        let said = run(mode);
        assert!(
            said.contains(&format!("{latency} cycles, a row every cycle")),
            "{said}"
        );
        run("again");
        let read =
            |folder: &str, file: &str| std::fs::read_to_string(at(&format!("{folder}/{file}"))).expect(file);
        for file in ["model_g.v", "manifest.json", "vectors.csv"] {
            assert_eq!(read(mode, file), read("again", file), "{file}");
        }
        let manifest: serde_json::Value = serde_json::from_str(&read(mode, "manifest.json")).expect("JSON");
        assert_eq!(
            manifest["verilog_sha256"],
            gateware::emit::sha256(&read(mode, "model_g.v"))
        );
        assert_eq!(
            (&manifest["latency"], &manifest["interval"]),
            (&latency.into(), &1.into())
        );
        let thresholds = manifest["input"]["ranks"]["thresholds"]
            .as_array()
            .expect("a list a column");
        assert_eq!(thresholds.len(), golden.columns());
        let vectors = read(mode, "vectors.csv");
        assert_eq!(vectors.lines().count(), 41);
        for line in vectors.lines().skip(1) {
            let numbers: Vec<i32> = line.split(',').map(|n| n.parse().expect("a number")).collect();
            let (row, scores) = numbers.split_at(golden.columns());
            let row: Vec<u8> = row.iter().map(|n| u8::try_from(*n).expect("a rank")).collect();
            assert_eq!(golden.evaluate(&row), scores, "{line}");
        }
        let image =
            std::fs::read_to_string(at(&format!("{mode}/image.hex"))).map(|text| text.lines().count() as u64);
        assert_eq!(image.ok(), manifest["words"].as_u64(), "{mode}");
    }
}

#[test]
fn what_is_no_model_for_the_fabric_is_refused_by_its_node() {
    let folder = tempfile::tempdir().expect("folder");
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");
    let onnx = folder.path().join("m.onnx").display().to_string();
    std::fs::write(&onnx, model::synth::reference("mlp64").expect("a reference")).expect("written");
    let to = folder.path().join("out").display().to_string();
    for (onnx, more, expected) in [
        (
            shipped,
            &["--mode", "folded"][..],
            "node z0 (Gemm): its weights are f32",
        ),
        ("absent.onnx", &["--mode", "folded"], "absent.onnx"),
        (
            &onnx,
            &["--mode", "folded", "--stages", "3"],
            "3 stages are too few",
        ),
        (
            &onnx,
            &["--mode", "loadable", "--stages", "9"],
            "--stages is for --mode folded",
        ),
        (&onnx, &["--mode", "folded", "--name", "a-b"], "--name a-b"),
    ] {
        let out = model(&[&["gateware", "model", "--onnx", onnx, "--out", &to], more].concat());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && out.stdout.is_empty(), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!folder.path().join("out").exists(), "{expected}");
    }
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
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (empty, table) = (
        file("empty", ""),
        folder.path().join("table.csv").display().to_string(),
    );
    let verilog = file(
        "block.v",
        "module skid_buffer(input a, output b); assign b = ; endmodule\n",
    );
    for (arguments, part) in [
        (
            &["cost", "--block", "skid_buffer", "--against", &empty][..],
            "line 1 is not",
        ),
        (
            &[
                "cost",
                "--block",
                "skid_buffer",
                "--record",
                &table,
                "--docs",
                &empty,
            ],
            "no table to renew",
        ),
        (&["cdc", "skid_buffer", "--verilog", &empty], "no such module"),
        (&["cdc", "skid_buffer", "--verilog", &verilog], "syntax error"),
        (&["cost", "--block", "no_such_block"], "--list"),
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
