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
    println!("cargo:rerun-if-changed=../../.git/HEAD");
}
