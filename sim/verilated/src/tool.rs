//! The outside programs: verilator, g++, yosys, iverilog.

use crate::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// An outside program and the environment variable that overrides it.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    pub(crate) default: &'static str,
    pub(crate) variable: &'static str,
}

/// The simulator: makes C++ of Verilog.
pub const VERILATOR: Tool = Tool {
    default: "verilator",
    variable: "VERILATOR",
};
/// The C++ compiler.
pub const CXX: Tool = Tool {
    default: "g++",
    variable: "CXX",
};
/// The synthesiser.
pub const YOSYS: Tool = Tool {
    default: "yosys",
    variable: "YOSYS",
};
/// The second simulator's compiler.
pub const IVERILOG: Tool = Tool {
    default: "iverilog",
    variable: "IVERILOG",
};
/// The second simulator.
pub const VVP: Tool = Tool {
    default: "vvp",
    variable: "VVP",
};
/// The solver of proofs.
pub const SOLVER: Tool = Tool {
    default: "yices-smt2",
    variable: "YICES",
};

impl Tool {
    /// First line of what it says about its version; empty when it says nothing, as wheels do.
    ///
    /// # Errors
    /// [`Error::ToolMissing`].
    pub fn version(self) -> Result<String, Error> {
        let output = self.run(self.command().arg("--version"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().next().unwrap_or_default().trim().to_owned())
    }

    pub(crate) fn command(self) -> Command {
        Command::new(self.name())
    }

    fn name(self) -> String {
        std::env::var(self.variable)
            .ok()
            .filter(|v| !v.is_empty())
            .unwrap_or_else(|| self.default.into())
    }

    /// Runs to the end and collects what it prints.
    pub(crate) fn run(self, command: &mut Command) -> Result<Output, Error> {
        command.output().map_err(|error| self.missing(&error))
    }

    pub(crate) fn missing(self, error: &std::io::Error) -> Error {
        Error::ToolMissing {
            tool: self.name(),
            variable: self.variable,
            reason: error.to_string(),
        }
    }
}

/// Both streams of a finished program.
pub(crate) fn printed(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Verilator's and the compiler's version lines: part of every cache key.
pub(crate) fn versions() -> Result<&'static str, Error> {
    static VERSIONS: OnceLock<String> = OnceLock::new();
    if let Some(known) = VERSIONS.get() {
        return Ok(known);
    }
    let mut text = String::new();
    for tool in [VERILATOR, CXX] {
        text.push_str(&tool.version()?);
        text.push('\n');
    }
    Ok(VERSIONS.get_or_init(|| text))
}

/// Folder with Verilator's C++ runtime.
pub(crate) fn verilator_include() -> Result<PathBuf, Error> {
    let output = VERILATOR.run(VERILATOR.command().args(["--getenv", "VERILATOR_ROOT"]))?;
    Ok(Path::new(String::from_utf8_lossy(&output.stdout).trim()).join("include"))
}
