//! Model kernels: dense networks in `f32` and `int8`, and tree ensembles on `u8` ranks or `f32`.
//!
//! A kernel is packed once and then evaluated one row at a time: latency counts, not throughput. Each runs on AVX-512,
//! AVX2 with FMA, or portable code, chosen by [`Isa`]. Integer work is equal to the bit on all three; `f32` dense
//! layers are equal on AVX-512 and AVX2 and within rounding on portable code, which does not fuse multiply and add.
//!
//! `evaluate` allocates nothing, takes no lock and makes no system call.

mod activation;
mod aligned;
mod dense;
mod forest;
mod isa;
mod lanes;
mod quant;
mod ranks;

pub use activation::Activation;
pub use dense::{Layer, Mlp, Output};
pub use forest::{Forest, Node, Post, SparseForest, Tree, TreeSpec};
pub use isa::Isa;
pub use quant::{Codes, QuantLayer, QuantMlp};
pub use ranks::{CUTS_MAX, RankTable};

/// Outputs a kernel may have.
pub const OUTPUTS_MAX: usize = 64;
/// Columns a row may have.
pub const INPUTS_MAX: usize = 4096;

/// Why a kernel cannot be packed or evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// A row, an output or a layer has another size than it must have.
    #[error("{what}: {found} values, {expected} are needed")]
    Shape {
        /// Which.
        what: &'static str,
        /// Size found.
        found: usize,
        /// Size needed.
        expected: usize,
    },
    /// More than a kernel is made for.
    #[error("{what}: {found} is above {limit}")]
    TooLarge {
        /// Which.
        what: &'static str,
        /// Count found.
        found: usize,
        /// Largest count.
        limit: usize,
    },
    /// A weight, threshold or scale that is no usable number.
    #[error("{0} is not a usable number")]
    Value(&'static str),
    /// A tree whose nodes do not form one.
    #[error("tree {0}: its nodes form no tree")]
    NoTree(usize),
    /// This CPU lacks the instructions.
    #[error("this CPU has no {0}")]
    Isa(&'static str),
    /// A row has a NaN where the kernel has no rule for it, or an output is one: no decision may rest on it.
    #[error("not a number: {0}")]
    NotANumber(&'static str),
}

/// A size that must be met.
pub(crate) const fn sized(what: &'static str, found: usize, expected: usize) -> Result<(), KernelError> {
    if found == expected {
        return Ok(());
    }
    Err(KernelError::Shape {
        what,
        found,
        expected,
    })
}

/// A count that must not be passed.
pub(crate) const fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), KernelError> {
    if found <= limit {
        return Ok(());
    }
    Err(KernelError::TooLarge { what, found, limit })
}

/// No output may be a NaN.
pub(crate) fn numbers(out: &[f32]) -> Result<(), KernelError> {
    if out.iter().fold(false, |nan, v| nan | v.is_nan()) {
        return Err(KernelError::NotANumber("an output"));
    }
    Ok(())
}
