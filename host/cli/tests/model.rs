//! `tickforge model`: what it says of a file, and its errors.

use std::path::Path;
use std::process::{Command, Output};

use model::synth::{self, Act, Trees};
use serde_json::Value;

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn json(arguments: &[&str]) -> Value {
    let out = tickforge(&[arguments, &["--format", "json"]].concat());
    // Times may be over their budget where this runs; the report is there all the same.
    serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out.stderr)))
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path.display().to_string()
}

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");

#[test]
fn says_what_compiles() {
    let found = json(&["model", "inspect", SHIPPED]);
    assert_eq!((&found["columns"], &found["outputs"]), (&16.into(), &3.into()));
    assert_eq!(found["compiled"], "dense f32 16-32-16-3");
    let folder = tempfile::tempdir().expect("folder");
    let trees = file(folder.path(), "trees.onnx", &synth::trees(1, &Trees::GBDT));
    let found = json(&["model", "compile", &trees]);
    assert_eq!(found["compiled"], "100 trees of up to 5 levels on 32 columns");
    assert!(found["error_max"].as_f64().expect("a number") < 1e-5, "{found}");
    assert_eq!(found["argmax_equal"], found["rows"]);
    let text = tickforge(&["model", "compile", SHIPPED]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("checked   1093 rows"), "{text}");
}

#[test]
fn times_both_sides() {
    let folder = tempfile::tempdir().expect("folder");
    file(folder.path(), "a.onnx", &synth::dense(1, &[16, 8, 3], Act::Tanh));
    file(folder.path(), "b.onnx", &synth::quantised(2, &[16, 8, 3], true));
    let list = "[[member]]\npath = \"a.onnx\"\n[[member]]\npath = \"b.onnx\"\nweight = 2.0\n";
    let ensemble = file(folder.path(), "both.toml", list.as_bytes());
    for model in [SHIPPED, &ensemble] {
        let report = json(&["model", "bench", model, "--runs", "1000"]);
        let rows = report["rows"].as_array().expect("rows");
        let row = |name: &str| rows.iter().find(|r| r["name"] == name).expect(name);
        assert_eq!(
            (&row("file")["peer"], &row("file")["label"]),
            (&"ort".into(), &"measured".into())
        );
        for name in ["file", "file_p99", "file_faster"] {
            assert!(row(name)["value"].as_f64().expect("a number") > 0.0, "{report}");
        }
        assert!(
            row("error.file")["value"].as_f64().expect("a number") < 1e-4,
            "{report}"
        );
    }
}

#[test]
fn files_that_are_no_models_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let broken = file(folder.path(), "broken.onnx", b"nothing");
    let bytes = synth::dense(1, &[16, 8, 3], Act::Relu);
    let mut other = bytes.clone();
    let at = other.windows(4).position(|w| w == b"Relu").expect("there");
    other[at..at + 4].copy_from_slice(b"Ceil");
    let other = file(folder.path(), "other.onnx", &other);
    for (arguments, expected) in [
        (["model", "inspect", &broken], "cannot load this model"),
        (["model", "compile", "absent.onnx"], "absent.onnx"),
        (["model", "compile", &other], "Ceil is not compiled"),
        (["model", "bench", "absent.toml"], "absent.toml"),
    ] {
        let out = tickforge(&arguments);
        let message = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && out.stdout.is_empty(), "{message}");
        assert!(message.contains(expected), "{message}");
    }
    let left = json(&["model", "inspect", &other]);
    assert!(
        left["compiled"].is_null() && left["why_not"].as_str().expect("a text").contains("Ceil"),
        "{left}"
    );
}
