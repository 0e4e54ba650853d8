//! `tickforge config`: everything wrong with a configuration at once, and what its keys are.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn config(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .arg("config")
        .args(args)
        .current_dir(root())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(out: &Output) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&out.stdout)))
}

/// A file of this text, in a folder that lives as long as the first of the two.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path.display().to_string())
}

#[test]
fn the_samples_are_good() {
    for name in ["btcusd", "synthetic", "learning"] {
        let path = format!("config/{name}.toml");
        let out = config(&["check", &path]);
        assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
        assert!(out.stderr.is_empty());
        assert_eq!(
            text(&out.stdout),
            format!("{path}: 0 errors, 0 warnings, for a card of size sim\n")
        );
    }
}

#[test]
fn errors_have_line_column_and_remedy_and_exit_with_2() {
    let (_folder, path) = file("[[slot]]\nsymbol = \"A\"\ntik = 0.01\n[model]\npath = \"no.onnx\"\n");
    let out = config(&["check", &path]);
    assert_eq!(out.status.code(), Some(2));
    let wanted = format!(
        "{path}:3:1: error: slot[0].tik: unknown key `tik`; did you mean `tick`?\n\
         {path}: 1 error, 0 warnings, for a card of size sim\n"
    );
    assert_eq!(text(&out.stdout), wanted);
    assert_eq!(
        text(&out.stderr),
        format!("tickforge: {path}: 1 error to be mended, the first in line 3\n")
    );
    // With that mended, the value behind it.
    let (_folder, path) = file("[[slot]]\nsymbol = \"A\"\ntick = 0.01\n[model]\npath = \"no.onnx\"\n");
    let out = config(&["check", &path, "--json"]);
    let found = json(&out);
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(
        (&found["ok"], &found["errors"], &found["size"]),
        (&Value::Bool(false), &1.into(), &"sim".into())
    );
    let problem = &found["problems"][0];
    assert_eq!(
        (
            &problem["severity"],
            &problem["line"],
            &problem["column"],
            &problem["key"]
        ),
        (&"error".into(), &5.into(), &8.into(), &"model.path".into())
    );
    assert!(
        problem["message"]
            .as_str()
            .unwrap()
            .ends_with("no.onnx is no file")
    );
    assert!(
        problem["remedy"]
            .as_str()
            .unwrap()
            .contains("relative to the configuration")
    );
}

#[test]
fn a_warning_is_no_error_and_the_size_counts() {
    let slots: String = (0..5).map(|i| format!("[[slot]]\nsymbol = \"A{i}\"\n")).collect();
    let (_folder, path) = file(&format!("{slots}[limits]\nrate_tokens = 0\n"));
    let out = config(&["check", &path, "--json"]);
    let found = json(&out);
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(
        (&found["ok"], &found["warnings"]),
        (&Value::Bool(true), &1.into())
    );
    assert_eq!(
        found["contract_hash"],
        format!("{:#010x}", contract::CONTRACT_HASH)
    );
    let out = config(&["check", &path, "--json", "--size", "small"]);
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(json(&out)["problems"][0]["key"], "slot[4]");
}

#[test]
fn what_cannot_be_read_is_one_line() {
    for args in [
        &["check", "no/such.toml"][..],
        &["check", "config/btcusd.toml", "--size", "huge"],
        &["explain", "limits.colar"],
    ] {
        let out = config(args);
        assert_eq!(
            (out.status.code(), out.stdout.is_empty()),
            (Some(2), true),
            "{args:?}"
        );
    }
    let said = text(&config(&["explain", "limits.colar"]).stderr);
    assert_eq!(said.lines().count(), 1);
    assert!(said.contains("did you mean limits.collar?"), "{said}");
}

#[test]
fn a_key_is_explained_with_type_unit_default_and_target() {
    let out = config(&["explain", "limits.collar"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let said = text(&out.stdout);
    for line in [
        "limits.collar",
        "  How far outside the BBO a price may lie.",
        "  type      price in dollars, at most four decimals",
        "  unit      dollars",
        "  default   1.0",
        "  register  COLLAR: risk: the price must lie within",
        "  module    host/risk/src/gate.rs",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let said = text(&config(&["explain", "orders.mode"]).stdout);
    assert!(
        said.contains("\"udp\" or \"tcp\"") && said.contains("tcp: SoupBinTCP over a connection."),
        "{said}"
    );
    // The forms in which a key is met: in a problem, in the document, in a question.
    for name in ["slot[1].symbol", "slot.symbol", "slot[].symbol"] {
        let said = text(&config(&["explain", name]).stdout);
        assert!(
            said.contains("slot[].symbol\n") && said.contains("has to be given"),
            "{said}"
        );
    }
    for section in ["learning.rls", "[learning.rls]"] {
        let keys = json(&config(&["explain", section, "--json"]));
        assert_eq!(keys.as_array().unwrap().len(), 3);
        assert_eq!(keys[1]["key"], "learning.rls.forgetting");
        assert_eq!(
            (&keys[1]["default"], &keys[1]["type"]),
            (&"0.9999".into(), &"number".into())
        );
    }
}

/// Every key that the samples set is one of those explained.
#[test]
fn all_keys_are_listed() {
    let keys = json(&config(&["explain", "--json"]));
    let keys: Vec<&str> = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["key"].as_str().unwrap())
        .collect();
    assert!(keys.len() > 70, "{}", keys.len());
    let sample = std::fs::read_to_string(root().join("config/btcusd.toml")).unwrap();
    let mut section = String::new();
    let mut seen = 0;
    for line in sample.lines().map(|line| line.split('#').next().unwrap().trim()) {
        if line.starts_with('[') {
            assert!(keys.contains(&line), "{line}");
            let repeated = if line.starts_with("[[") { "[]" } else { "" };
            section = format!("{}{repeated}", line.trim_matches(['[', ']']));
        } else if let Some((name, _)) = line.split_once('=') {
            let key = format!("{section}.{}", name.trim());
            assert!(keys.contains(&key.as_str()), "{key}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn help_has_examples() {
    for (command, example) in [
        ("check", "tickforge config check config/btcusd.toml"),
        ("explain", "tickforge config explain limits.collar"),
    ] {
        let said = text(&config(&[command, "--help"]).stdout);
        assert!(said.contains(example), "{said}");
    }
}
