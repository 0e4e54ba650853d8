//! The golden Verilog is what the sources emit, and nothing else lies in its folder.

use gateware::emit::{BLOCKS, Size, emit, golden, sha256};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn golden_files_are_up_to_date() {
    let folder = golden::folder();
    let mut stale = Vec::new();
    let mut expected = BTreeSet::new();
    for file in golden::all().expect("every block emits") {
        if fs::read_to_string(folder.join(&file.file)).ok().as_ref() != Some(&file.text) {
            stale.push(file.file.clone());
        }
        expected.insert(file.file);
    }
    let present: BTreeSet<String> = fs::read_dir(&folder)
        .expect("hdl/golden exists")
        .map(|entry| {
            entry
                .expect("readable folder")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let strays: Vec<_> = present.difference(&expected).collect();
    assert!(
        stale.is_empty() && strays.is_empty(),
        "out of date: {stale:?}, not emitted by any block: {strays:?}; run `cargo xtask emit`"
    );
}

#[test]
fn registry_is_sorted_and_unique() {
    let names: Vec<_> = BLOCKS.iter().map(|b| b.name).collect();
    assert!(
        names.is_sorted_by(|a, b| a < b),
        "sort the lines of emit/registry.rs by name: {names:?}"
    );
}

#[test]
fn emission_is_deterministic() {
    for block in BLOCKS.iter().filter(|b| b.name != "top") {
        let texts = [(); 2].map(|()| emit(block.name, Size::Small).expect("emits"));
        assert_eq!(sha256(&texts[0]), sha256(&texts[1]), "{}", block.name);
    }
}

#[test]
fn unknown_block_is_a_typed_error() {
    let message = emit("no_such_block", Size::Sim)
        .expect_err("not registered")
        .to_string();
    assert!(
        message.contains("no_such_block") && message.contains("--list"),
        "{message}"
    );
}
