//! `tickforge doctor`: what is missing is named with what to type.

use std::path::Path;
use std::process::{Command, Output};

fn doctor(arguments: &[&str], environment: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickforge"));
    command.arg("doctor").args(arguments);
    for (name, value) in environment {
        command.env(name, value);
    }
    command.output().unwrap()
}

fn checks(out: &Output) -> serde_json::Value {
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn text_and_json_say_the_same() {
    let (text, json) = (doctor(&[], &[]), doctor(&["--format", "json"], &[]));
    assert_eq!(text.status.code(), json.status.code());
    let report = checks(&json);
    let lines = String::from_utf8(text.stdout).unwrap();
    let list = report["checks"].as_array().unwrap();
    assert!(list.len() > 5);
    for check in list {
        assert!(
            lines.contains(check["name"].as_str().unwrap()),
            "{check} is not in\n{lines}"
        );
        assert_eq!(check["ok"].as_bool().unwrap(), check["mend"].is_null(), "{check}");
    }
    assert_eq!(report["ok"].as_bool().unwrap(), json.status.success());
}

#[cfg(feature = "sim")]
#[test]
fn a_missing_simulator_fails_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let out = doctor(&["--format", "json"], &[("VERILATOR", &none)]);
    assert_eq!(out.status.code(), Some(1));
    let report = checks(&out);
    let list = report["checks"].as_array().unwrap();
    let check = list.iter().find(|check| check["name"] == "verilator").unwrap();
    assert_eq!(
        (check["ok"].as_bool(), check["optional"].as_bool()),
        (Some(false), Some(false))
    );
    assert!(check["mend"].as_str().unwrap().contains("scripts/setup"));
    assert!(String::from_utf8_lossy(&out.stderr).contains("verilator"));
}

#[cfg(feature = "sim")]
#[test]
fn an_unusable_target_folder_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let out = doctor(&[], &[("CARGO_TARGET_DIR", &file)]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("model cache"));
}
