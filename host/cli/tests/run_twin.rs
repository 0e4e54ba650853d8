//! `tickforge run --card twin`: the host path on a synthetic day, and its errors.

use std::path::Path;
use std::process::{Command, Output};

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn day(folder: &Path) -> String {
    let path = folder.join("day.itch").display().to_string();
    let out = tickforge(&["generate", "--messages", "5000", "--seed", "7", "--out", &path]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    path
}

fn config(folder: &Path, text: &str) -> String {
    let path = folder.join("run.toml");
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");

#[test]
fn reports_records_decisions_and_orders() {
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path());
    let text = format!(
        "[[slot]]\nsymbol = \"BBBA\"\n[[slot]]\nsymbol = \"BBBB\"\n[model]\npath = {MODEL:?}\n[policy]\nedge_min = 0.0\nspread_max_ticks = 1000\n"
    );
    let config = config(folder.path(), &text);
    let run = || {
        let out = tickforge(&[
            "run", "--card", "twin", "--config", &config, "--feed", &feed, "--format", "json",
        ]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice::<serde_json::Value>(&out.stdout).expect("JSON")
    };
    let (a, b) = (run(), run());
    assert_eq!(a["messages"], 5000);
    let records = a["records"].as_u64().expect("a number");
    assert!(records > 100 && a["decisions"] == records, "{a}");
    assert!(a["orders"]["admitted"].as_u64().expect("a number") > 0, "{a}");
    assert_eq!(
        (&a["orders"]["sent"], &a["card_equals_twin"]),
        (&0.into(), &serde_json::Value::Null)
    );
    assert_eq!(
        (&a["records"], &a["orders"]),
        (&b["records"], &b["orders"]),
        "replays"
    );
}

#[test]
fn a_compiled_model_decides_as_the_runtime_does() {
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path());
    let run = |backend: &str| {
        let text = format!(
            "[[slot]]\nsymbol = \"BBBA\"\n[[slot]]\nsymbol = \"BBBB\"\n[model]\npath = {MODEL:?}\nbackend = \"{backend}\"\n[policy]\nedge_min = 0.05\nspread_max_ticks = 1000\nhold_ns = 1000\n"
        );
        let config = config(folder.path(), &text);
        let out = tickforge(&[
            "run", "--card", "twin", "--config", &config, "--feed", &feed, "--format", "json",
        ]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice::<serde_json::Value>(&out.stdout).expect("JSON")
    };
    let [compiled, auto, ort] = ["compiled", "auto", "ort"].map(run);
    assert_eq!(ort["model"], "ort");
    for ours in [&compiled, &auto] {
        let model = ours["model"].as_str().expect("a text");
        assert!(model.starts_with("compiled: dense f32 16-32-16-3"), "{model}");
        assert_eq!(
            (&ours["decisions"], &ours["orders"]),
            (&ort["decisions"], &ort["orders"])
        );
        assert_eq!(ours["not_a_number"], 0);
    }
    assert!(ort["orders"]["admitted"].as_u64().expect("a number") > 0, "{ort}");
}

#[test]
fn bad_configurations_name_file_and_line() {
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path());
    let refused = |text: &str, expected: &str| {
        let config = config(folder.path(), text);
        let out = tickforge(&["run", "--card", "twin", "--config", &config, "--feed", &feed]);
        let message = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && out.stdout.is_empty(), "{message}");
        assert!(message.contains(expected), "{message}");
    };
    refused(
        "[[slot]]\nsymbol = \"BBBA\"\ntik = 0.01\n",
        "run.toml:3:1: unknown field `tik`",
    );
    refused("[[slot]]\nsymbol = \"NOSUCH\"\n", "unknown symbol NOSUCH");
    refused(
        "[[slot]]\nsymbol = \"BBBA\"\n[model]\npath = \"no.onnx\"\n",
        "no such file",
    );
    refused(
        "[[slot]]\nsymbol = \"BBBA\"\n[model]\npath = \"m.onnx\"\nbackend = \"gpu\"\n",
        "run.toml:5:11: unknown variant `gpu`",
    );
    refused("", "no symbol");
    let out = tickforge(&["run", "--config", "absent.toml", "--feed", &feed]);
    assert_eq!(out.status.code(), Some(2));
}
