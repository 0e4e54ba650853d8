//! The shipped program in the guest, as a user runs it.

use super::Outcome;
use super::checks::check;
use pcie::Bdf;
use std::process::Command;

/// Rows without which the comparison would say little.
const ROWS_MIN: usize = 1_000;
/// Orders without which the order path was not tried.
const ORDERS_MIN: u64 = 100;

/// The shipped program, and what it needs.
pub(super) fn tickforge(arguments: &[&str]) -> Command {
    let mut command = Command::new("/tickforge");
    command
        .args(arguments)
        .env("ORT_DYLIB_PATH", "/libonnxruntime.so");
    command
}

/// What it prints; an error with what it says when it fails.
pub(super) fn output(arguments: &[&str]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let out = tickforge(arguments).output()?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    let said = String::from_utf8_lossy(&out.stderr);
    let shown = String::from_utf8_lossy(&out.stdout);
    let head: Vec<&str> = shown.lines().take(24).collect();
    Err(format!("tickforge {arguments:?}: {said}{}", head.join(" | ")).into())
}

/// The program finds the card and the way to it in order. ONNX Runtime and the like are not asked for.
pub(super) fn doctor(bdf: Bdf) -> Outcome {
    let report = output(&["doctor", "--device", &bdf.to_string()])?;
    print!("{}", String::from_utf8_lossy(&report));
    Ok(())
}

/// The program prints from the card what the twin computes; frames come over the card's ports.
pub(super) fn book(bdf: Bdf) -> Outcome {
    let shown = |card: &str| output(&["book", "--feed", "/day.itch", "--locate", "1", "--card", card]);
    let (card, twin) = (shown(&format!("vfio:{bdf}"))?, shown("twin")?);
    let rows = card.iter().filter(|byte| **byte == b'\n').count();
    println!("{} rows from the card", rows.saturating_sub(1));
    check("rows", rows > ROWS_MIN)?;
    check("equal to the twin's", card == twin)
}

/// A whole run: records, model, policy, risk, order slots, events.
pub(super) fn run(bdf: Bdf) -> Outcome {
    let card = format!("vfio:{bdf}");
    let report = output(&[
        "run",
        "--config",
        "/run.toml",
        "--feed",
        "/day.itch",
        "--card",
        &card,
        "--format",
        "json",
    ])?;
    let report = String::from_utf8_lossy(&report);
    let value = |name: &str| {
        let line = report.lines().map(str::trim);
        let mut values = line.filter_map(|line| line.strip_prefix(&format!("\"{name}\": ")));
        values.next().unwrap_or_default().trim_end_matches(',').to_owned()
    };
    let [equal, records, sent, faults] = ["card_equals_twin", "records", "sent", "faults"].map(value);
    println!("{records} records, {sent} orders sent, {faults} faults");
    check("card_equals_twin", equal == "true")?;
    check("positions_agree", value("positions_agree") == "true")?;
    check("faults", faults == "0")?;
    check("orders", sent.parse::<u64>()? > ORDERS_MIN)
}
