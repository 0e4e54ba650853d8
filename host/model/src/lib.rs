//! Models on the host: graphs of dense layers or trees compiled to kernels, any other through ONNX Runtime.
//!
//! A compiled graph is checked against ONNX Runtime when it is loaded and refused when they differ by more than
//! [`check::bound`]. A model takes a row of `f32` features and gives class probabilities `[P(down), P(flat), P(up)]`.
//! ONNX Runtime is loaded at run time; it is searched in `ORT_DYLIB_PATH`, then in `.deps/onnxruntime`
//! of each folder above the executable, then by the system's loader.
#![forbid(unsafe_code)]

pub mod check;
mod compile;
mod ensemble;
mod graph;
mod lower;
mod model;
mod onnx;
mod plan;
mod proto;
mod runtime;
pub mod synth;

pub use ensemble::{Ensemble, MEMBERS_MAX};
pub use kernels::{Isa, KernelError, RankTable};
pub use lower::{Input, Lowered, lower};
pub use model::{Backend, Model};
pub use onnx::OnnxModel;
pub use plan::{Kind, Plan};
pub use runtime::runtime_library;

/// Classes a model distinguishes, in output order: down, flat, up.
pub const CLASSES: usize = 3;

/// Class probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    /// P(mid moves down).
    pub down: f32,
    /// P(mid does not move).
    pub flat: f32,
    /// P(mid moves up).
    pub up: f32,
}

impl Score {
    /// `P(up) − P(down)`; NaN when the model gave one, which makes no order.
    pub fn edge(&self) -> f32 {
        self.up - self.down
    }
}

impl From<KernelError> for ModelError {
    fn from(error: KernelError) -> Self {
        match error {
            KernelError::NotANumber(what) => Self::NotANumber(what),
            // A text, but for a caller that has its sizes wrong: no row of the right size comes here.
            other => Self::Run(other.to_string()),
        }
    }
}

/// Why a model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// ONNX Runtime is not on this machine.
    #[error(
        "ONNX Runtime not found; run scripts/setup, or set ORT_DYLIB_PATH to libonnxruntime.so (tried: {tried})"
    )]
    RuntimeMissing {
        /// Where it was looked for, and why each failed.
        tried: String,
    },
    /// The file is not there or is no ONNX graph.
    #[error("{path}: cannot load this model: {why}; give an ONNX file")]
    Load {
        /// The file.
        path: String,
        /// What ONNX Runtime says.
        why: String,
    },
    /// The graph has other inputs or outputs than the contract's features and classes.
    #[error("{path}: {what} has shape {found}, needed is {expected}; export the model for this feature set")]
    Shape {
        /// The file.
        path: String,
        /// Which input or output.
        what: String,
        /// Shape found.
        found: String,
        /// Shape needed.
        expected: String,
    },
    /// The graph is none that is compiled, or too large for it.
    #[error("{path}: cannot be compiled: {why}; use backend = \"ort\" or \"auto\"")]
    Unsupported {
        /// The file.
        path: String,
        /// What in it is not compiled.
        why: String,
    },
    /// The graph is none that is turned into Verilog, or too large for it.
    #[error("{path}: no gateware for this model: {why}")]
    Fabric {
        /// The file.
        path: String,
        /// Which node, and why.
        why: String,
    },
    /// The compiled graph and ONNX Runtime differ.
    #[error(
        "{path}: the compiled model is {error:e} away from ONNX Runtime at row {row}, allowed is {bound:e}; use backend = \"ort\" and report this"
    )]
    Disagrees {
        /// The file.
        path: String,
        /// Largest difference of an output, over its bound's unit.
        error: f64,
        /// What is allowed.
        bound: f64,
        /// The row of the check at which it was found.
        row: usize,
    },
    /// An ensemble's description is not one.
    #[error("{path}: {why}")]
    Ensemble {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// An output, or a column that it needs, is not a number: no order may rest on it.
    #[error("model run failed: not a number: {0}")]
    NotANumber(&'static str),
    /// A run failed.
    #[error("model run failed: {0}")]
    Run(String),
}
