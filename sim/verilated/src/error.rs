use std::path::PathBuf;

/// Why a model could not be built or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tool is not installed.
    #[error("cannot run `{tool}` ({reason}); install it with `scripts/setup`, or point {variable} at it")]
    ToolMissing {
        /// The command tried.
        tool: String,
        /// Environment variable that overrides it.
        variable: &'static str,
        /// What the system said.
        reason: String,
    },
    /// Verilator refused the text.
    #[error("verilator refuses `{top}`:\n{output}")]
    Verilator {
        /// Top module.
        top: String,
        /// What it printed.
        output: String,
    },
    /// The C++ compiler failed on Verilator's output.
    #[error("the C++ compiler fails on the model of `{top}`:\n{output}")]
    Compiler {
        /// Top module.
        top: String,
        /// What it printed.
        output: String,
    },
    /// `verilator --lint-only -Wall` has something to say.
    #[error("`{top}` does not lint clean:\n{output}")]
    Lint {
        /// Top module.
        top: String,
        /// The warnings.
        output: String,
    },
    /// yosys' `hierarchy -check; proc; check` has something to say.
    #[error("yosys finds fault with `{top}`:\n{output}")]
    Yosys {
        /// Top module.
        top: String,
        /// What it printed.
        output: String,
    },
    /// The second simulator has something to say.
    #[error("iverilog finds fault with `{top}`:\n{output}")]
    Iverilog {
        /// Top module.
        top: String,
        /// What it printed.
        output: String,
    },
    /// The solver of proofs said something else than yes or no.
    #[error("the solver fails: {answer}")]
    Solver {
        /// What it said.
        answer: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The shared library could not be loaded.
    #[error("cannot load {}: {source}; delete the folder to have it built again", path.display())]
    Load {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        source: libloading::Error,
    },
    /// The model has no such port.
    #[error("`{top}` has no port `{name}`; it has: {ports}")]
    NoSuchPort {
        /// Top module.
        top: String,
        /// The name asked for.
        name: String,
        /// All names, comma separated.
        ports: String,
    },
    /// A trace was asked of a model built without one.
    #[error("`{top}` was built without trace support; build it with Source::trace")]
    NoTrace {
        /// Top module.
        top: String,
    },
}

impl Error {
    /// Attaches the path to an I/O error.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            path: path.into(),
            source,
        }
    }
}
