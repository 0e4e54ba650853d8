use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// How hard the C++ compiler works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optimise {
    /// `-O1`: quick to build, for benches of one block.
    Build,
    /// `-O2`: for long simulations.
    Run,
}

/// What a model is built from.
#[derive(Debug, Clone)]
pub struct Source {
    pub(crate) top: String,
    pub(crate) verilog: String,
    pub(crate) bound: Vec<String>,
    pub(crate) defines: Vec<(String, String)>,
    pub(crate) trace: bool,
    pub(crate) optimise: Optimise,
    pub(crate) scramble: bool,
    pub(crate) assertions: bool,
}

impl Source {
    /// A model of module `top` of this text: quick to build, without trace, registers that the Verilog
    /// leaves uninitialised start at random values, assertions on.
    pub fn new(top: impl Into<String>, verilog: impl Into<String>) -> Self {
        Self {
            top: top.into(),
            verilog: verilog.into(),
            bound: Vec::new(),
            defines: Vec::new(),
            trace: false,
            optimise: Optimise::Build,
            scramble: true,
            assertions: true,
        }
    }

    /// Adds a SystemVerilog text, such as a checker with its `bind`.
    #[must_use]
    pub fn bind(mut self, system_verilog: impl Into<String>) -> Self {
        self.bound.push(system_verilog.into());
        self
    }

    /// Defines a macro.
    #[must_use]
    pub fn define(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.defines.push((name.into(), value.into()));
        self
    }

    /// Builds the model with support for FST traces (slower, even when no trace is open).
    #[must_use]
    pub fn trace(mut self, on: bool) -> Self {
        self.trace = on;
        self
    }

    /// Chooses between build time and run time.
    #[must_use]
    pub fn optimise(mut self, how: Optimise) -> Self {
        self.optimise = how;
        self
    }

    /// For long simulations of finished blocks: everything starts at zero, assertions are compiled out.
    #[must_use]
    pub fn fast(mut self) -> Self {
        self.optimise = Optimise::Run;
        self.scramble = false;
        self.assertions = false;
        self
    }

    /// Name of the top module.
    pub fn top(&self) -> &str {
        &self.top
    }

    /// The Verilog simulated.
    pub fn verilog(&self) -> &str {
        &self.verilog
    }

    /// Arguments for verilator that come from the options.
    pub(crate) fn verilator_flags(&self) -> Vec<String> {
        let unknown = if self.scramble { "unique" } else { "fast" };
        let mut flags: Vec<String> = ["-O3", "--x-assign", unknown, "--x-initial", unknown]
            .map(String::from)
            .into();
        // Files and functions small enough for the compiler, and for several of it at once.
        flags.extend(["--output-split", "30000", "--output-split-cfuncs", "3000"].map(String::from));
        flags.push(if self.assertions { "--assert" } else { "--noassert" }.into());
        flags.extend(
            self.defines
                .iter()
                .map(|(name, value)| format!("-D{name}={value}")),
        );
        if self.trace {
            flags.extend(["--trace-fst", "--trace-structs"].map(String::from));
        }
        flags
    }

    /// Cache key: everything that shapes the library.
    pub(crate) fn digest(&self, salt: &str) -> String {
        let mut hash = Sha256::new();
        let optimise = match self.optimise {
            Optimise::Build => "build",
            Optimise::Run => "run",
        };
        for part in [salt, &self.top, optimise, &self.verilog]
            .into_iter()
            .chain(self.bound.iter().map(String::as_str))
        {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        for flag in self.verilator_flags() {
            hash.update(flag);
            hash.update([0]);
        }
        let mut text = String::new();
        for byte in hash.finalize() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// Which way a port looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Driven from outside.
    Input,
    /// Driven by the model.
    Output,
}

/// One port of the top module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Name as in the Verilog.
    pub name: String,
    /// Bits.
    pub width: u32,
    /// Input or output.
    pub direction: Direction,
}
