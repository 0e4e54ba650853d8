//! `cargo xtask tidy`: house rules that a program can check.
//!
//! - The repository speaks only of itself: no words about how or where it was made, no registry hosts.
//! - Rust files have at most 600 lines, functions at most 70; exceptions are listed here with their reason.
//! - `unsafe` stays in the rooms named in [`UNSAFE_ROOMS`]; every other crate forbids it.
//! - Nothing is left undone in the sources.

mod code;
#[cfg(test)]
mod tests;
mod words;

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Lines a Rust file may have.
const FILE_LINES_MAX: usize = 600;
/// Lines a function may have, signature and braces included.
const FUNCTION_LINES_MAX: usize = 70;
/// Lines a hardware kernel, or the constructor that lists a block's fields, may have: rust-hdl takes no helper
/// functions and no struct update syntax.
const KERNEL_LINES_MAX: usize = 300;

/// Folders whose packages may use `unsafe`.
const UNSAFE_ROOMS: &[&str] = &[
    "host/pcie/",
    "host/kernels/",
    "sim/verilated/",
    "sim/sharedmem/",
    "testbench/alloc/",
];

/// Longer than allowed, and why: file (with `::function` for a function), reason.
const LONGER: &[(&str, &str)] = &[
    (
        "hdl/gateware/src/level_book/update.rs::update",
        "one kernel: rust-hdl takes no helper functions",
    ),
    (
        "hdl/gateware/src/level_store/pages/update.rs::update",
        "one kernel: rust-hdl takes no helper functions",
    ),
    (
        "hdl/gateware/src/level_store/refill/finder.rs::update",
        "one state machine with what its states share",
    ),
    (
        "hdl/gateware/src/level_store/refill/watch.rs::update",
        "what spoils an entry and what becomes of it, in one kernel",
    ),
    (
        "hdl/gateware/src/level_store/refill/update.rs::update",
        "wires four watches, finder and sweep to the ports",
    ),
    (
        "hdl/gateware/src/line_merge.rs::update",
        "one kernel: rust-hdl takes no helper functions",
    ),
    (
        "hdl/gateware/src/mold_rx/update.rs::update",
        "one kernel: rust-hdl takes no helper functions",
    ),
    (
        "hdl/gateware/src/top.rs::update",
        "wires every block to the ports and to each other, a line a wire",
    ),
    (
        "hdl/gateware/src/udp_rx.rs::update",
        "one kernel: rust-hdl takes no helper functions",
    ),
];

/// A broken rule: `file:line: text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    file: String,
    line: usize,
    text: String,
}

/// Checks every file git knows or would take; returns whether all are tidy.
pub(crate) fn run() -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut complaints = Vec::new();
    let mut count = 0;
    for file in files(&root)? {
        // What is not UTF-8 is data.
        let Ok(text) = fs::read_to_string(root.join(&file)) else {
            continue;
        };
        count += 1;
        complaints.extend(words::check(&file, &text));
        if file.ends_with(".rs") {
            complaints.extend(code::check(&file, &text)?);
        }
    }
    for Complaint { file, line, text } in &complaints {
        println!("{file}:{line}: {text}");
    }
    println!("tidy: {count} files, {} complaints", complaints.len());
    Ok(complaints.is_empty())
}

fn files(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("running git")?;
    ensure!(
        output.status.success(),
        "git ls-files failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(String::from)
        .collect())
}
