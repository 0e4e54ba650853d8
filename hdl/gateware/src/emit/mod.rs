//! From a rust-hdl block to the Verilog that is simulated, synthesised and diffed.
//!
//! ```
//! use gateware::emit::{emit, Size};
//! let verilog = emit("skid_buffer", Size::Small).unwrap();
//! assert!(verilog.contains("module skid_buffer("));
//! ```

pub mod golden;
mod registry;
mod tidy;
mod width;

pub use registry::{BLOCKS, Entry};

use rust_hdl::prelude::{Block, check_all, generate_verilog_unchecked};
use rust_hdl_core::check_error::CheckError;
use sha2::{Digest, Sha256};
use std::fmt;

/// Which of the contract's configurations a block is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// 4 slots: fits an ECP5-85; the size of the golden files.
    Small,
    /// 16 slots: the default of the simulation.
    Sim,
    /// 64 slots: a data-centre card.
    Alveo,
}

impl Size {
    /// All sizes.
    pub const ALL: [Self; 3] = [Self::Small, Self::Sim, Self::Alveo];

    /// Name as used on the command line and in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Sim => "sim",
            Self::Alveo => "alveo",
        }
    }

    /// The counts behind the size.
    pub const fn contract(self) -> contract::Config {
        match self {
            Self::Small => contract::config::SMALL,
            Self::Sim => contract::config::SIM,
            Self::Alveo => contract::config::ALVEO,
        }
    }

    /// The size called `name`.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.name() == name)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a block could not be turned into Verilog.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// No block is registered under this name.
    #[error("no block is called `{name}`; `cargo xtask emit --list` names them all")]
    UnknownBlock {
        /// The name asked for.
        name: String,
    },
    /// rust-hdl's own checks (open signals, loops, writes to inputs) failed.
    #[error("block `{block}` ({size}) is not well connected: {}", describe(.error))]
    Check {
        /// Name of the block.
        block: String,
        /// Size asked for.
        size: Size,
        /// What rust-hdl found.
        error: CheckError,
    },
    /// Two names differ only in `$` against `_`, and would become one.
    #[error("block `{block}`: module `{module}` has two names that both become `{name}`; rename a field")]
    NameClash {
        /// Name of the block.
        block: String,
        /// Module with the clash.
        module: String,
        /// The name that would stand for both.
        name: String,
    },
    /// The text is not what rust-hdl is known to print.
    #[error("block `{block}`: line {line} of rust-hdl's output is not understood: {text}")]
    Shape {
        /// Name of the block.
        block: String,
        /// 1-based line number.
        line: usize,
        /// The line.
        text: String,
    },
}

/// What a block's `build` returns: rust-hdl's raw output with the top module called `top`.
pub type Elaborated = Result<String, CheckError>;

/// Connects a block, checks it and prints rust-hdl's raw Verilog. For `build` functions.
///
/// # Errors
/// Whatever rust-hdl's `check_all` finds.
pub fn elaborate<B: Block>(mut block: B) -> Elaborated {
    block.connect_all();
    check_all(&block)?;
    Ok(generate_verilog_unchecked(&block))
}

/// The Verilog of a registered block: deterministic to the byte, top module named after the block.
///
/// # Errors
/// See [`EmitError`].
pub fn emit(block: &str, size: Size) -> Result<String, EmitError> {
    let entry = BLOCKS
        .iter()
        .find(|e| e.name == block)
        .ok_or_else(|| EmitError::UnknownBlock { name: block.into() })?;
    let raw = build(*entry, size).map_err(|error| EmitError::Check {
        block: block.into(),
        size,
        error,
    })?;
    let body = tidy::tidy(block, &raw)?;
    Ok(format!("{}{body}", header(block, size)))
}

/// SHA-256 of a text, in lower-case hex.
pub fn sha256(text: &str) -> String {
    sha256_of(text.as_bytes())
}

/// SHA-256 of bytes, in lower-case hex.
pub fn sha256_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Elaborates on a stack of its own: a block is one value, and the top does not fit a test thread's 2 MiB.
fn build(entry: Entry, size: Size) -> Elaborated {
    let builder = std::thread::Builder::new().stack_size(256 << 20);
    let thread = builder
        .spawn(move || (entry.build)(size))
        .expect("a thread with 256 MiB of stack");
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Only the top names the contract, or every golden file would change with it.
fn header(block: &str, size: Size) -> String {
    let hash = if block == "top" {
        format!("// Contract {:08x}.\n", contract::CONTRACT_HASH)
    } else {
        String::new()
    };
    format!(
        "// Generated by `tickforge gateware emit {block} --config {size}`: do not edit.\n\
         // Golden copies are renewed by `cargo xtask emit`.\n{hash}"
    )
}

/// One line for rust-hdl's error, which otherwise prints maps in random order.
fn describe(error: &CheckError) -> String {
    let (what, mut names): (&str, Vec<String>) = match error {
        CheckError::OpenSignal(map) => (
            "never driven",
            map.values().map(|p| format!("{}.{}", p.path, p.name)).collect(),
        ),
        CheckError::LogicLoops(list) => (
            "in a combinational loop",
            list.iter().map(|p| format!("{}.{}", p.path, p.name)).collect(),
        ),
        CheckError::WritesToInputs(list) => (
            "an input, but written",
            list.iter().map(|p| format!("{}.{}", p.path, p.name)).collect(),
        ),
    };
    names.sort();
    format!("{what}: {}", names.join(", "))
}
