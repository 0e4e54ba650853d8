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

#[test]
fn a_device_that_is_not_there_or_no_address() {
    let doctor = |device: &str| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_tickforge"))
            .args(["doctor", "--device", device])
            .output()
            .expect("the binary runs");
        let all = [out.stdout, out.stderr].concat();
        (out.status.code(), String::from_utf8_lossy(&all).into_owned())
    };
    let (code, said) = doctor("ffff:ff:1f.7");
    assert!(code == Some(1) && said.contains("lspci -D"), "{said}");
    let (code, said) = doctor("nonsense");
    assert!(code == Some(2) && said.contains("no PCI address"), "{said}");
    let (code, said) = doctor("vfio-user:/nonexistent");
    assert!(
        code == Some(1) && said.contains("tickforge card serve --socket /nonexistent"),
        "{said}"
    );
}
