//! Checks every emitted block must pass before it is simulated.

use crate::tool::{VERILATOR, YOSYS, printed};
use crate::{Error, bits};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The one documented waiver file.
pub fn waivers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hdl/waivers.vlt")
}

/// `verilator --lint-only -Wall` with the waiver file: nothing may be printed.
///
/// # Errors
/// [`Error::Lint`] with the warnings, or a missing tool.
pub fn lint(top: &str, verilog: &str) -> Result<(), Error> {
    let file = Scratch::new(top, verilog)?;
    let mut command = VERILATOR.command();
    command
        .args(["--lint-only", "-Wall", "--top-module", top])
        .arg(waivers())
        .arg(&file.path);
    let output = VERILATOR.run(&mut command)?;
    let text = printed(&output);
    if output.status.success() && text.trim().is_empty() {
        Ok(())
    } else {
        Err(Error::Lint {
            top: top.into(),
            output: text,
        })
    }
}

/// yosys: the hierarchy is complete, no latch, loop or multiple driver.
///
/// # Errors
/// [`Error::Yosys`] with what it printed, or a missing tool.
pub fn yosys(top: &str, verilog: &str) -> Result<(), Error> {
    let file = Scratch::new(top, verilog)?;
    let script = format!(
        "read_verilog {}; hierarchy -check -top {top}; proc; select -assert-none t:$dlatch; check -assert",
        file.path.display()
    );
    let output = YOSYS.run(YOSYS.command().args(["-q", "-p", &script]))?;
    let text = printed(&output);
    if output.status.success() && !text.contains("Warning") {
        Ok(())
    } else {
        Err(Error::Yosys {
            top: top.into(),
            output: text,
        })
    }
}

/// A Verilog file that is deleted when dropped.
pub(crate) struct Scratch {
    folder: PathBuf,
    pub(crate) path: PathBuf,
}

impl Scratch {
    pub(crate) fn new(top: &str, verilog: &str) -> Result<Self, Error> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed) & bits::mask(32);
        let folder = std::env::temp_dir().join(format!("tickforge-gate-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let path = folder.join(format!("{top}.v"));
        fs::write(&path, verilog).map_err(Error::io(&path))?;
        Ok(Self { folder, path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
