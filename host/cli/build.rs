//! Names the commit in reports.

use std::process::Command;

fn main() {
    let output = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    let commit = output.ok().filter(|o| o.status.success()).map_or_else(
        || "unknown".to_string(),
        |o| String::from_utf8_lossy(&o.stdout).trim().to_string(),
    );
    println!("cargo:rustc-env=TICKFORGE_COMMIT={commit}");
    // HEAD names a branch, which stays when a commit is made: its log does not.
    let log = Command::new("git")
        .args(["rev-parse", "--git-path", "logs/HEAD"])
        .output();
    if let Some(log) = log.ok().filter(|o| o.status.success()) {
        println!(
            "cargo:rerun-if-changed={}",
            String::from_utf8_lossy(&log.stdout).trim()
        );
    }
}
