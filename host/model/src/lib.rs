//! Models on the host: any ONNX graph through ONNX Runtime.
//!
//! A model takes a row of `f32` features and gives class probabilities `[P(down), P(flat), P(up)]`.
//! ONNX Runtime is loaded at run time; it is searched in `ORT_DYLIB_PATH`, then in `.deps/onnxruntime`
//! of each folder above the executable, then by the system's loader.
#![forbid(unsafe_code)]

mod onnx;
mod runtime;

pub use onnx::OnnxModel;
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
    /// A run failed.
    #[error("model run failed: {0}")]
    Run(String),
}
