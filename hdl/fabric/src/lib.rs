//! Models in the fabric: what they compute, as plain integer Rust, and the Verilog that computes the same.
//!
//! [`Net`] (dense layers on 8-bit codes) and [`Forest`] (trees on 8-bit ranks) are the golden models: `evaluate` works from
//! weights and thresholds as they are, knows nothing of the Verilog, and every score of the fabric is equal to its to the
//! bit. [`folded`] makes a pipeline of constants; [`loadable`] one whose constants are registers and memories.
//! Why the Verilog is text and not rust-hdl: `docs/adr/0010-fabric-models.md`.
#![forbid(unsafe_code)]

mod arithmetic;
mod digits;
pub mod folded;
mod forest;
mod graph;
pub mod loadable;
mod net;
mod share;
pub mod synth;
mod verilog;

pub use digits::fewest;
pub use folded::{Folded, fold};
pub use forest::{DEPTH_MAX, Forest, Node, Tree};
pub use loadable::{Loadable, Shape};
pub use net::{Layer, MULTIPLIER_FRACTION, MULTIPLIER_MAX, Net, Requant};

/// Bits of a tag, which goes with a row and comes out with its score.
pub const TAG_BITS: u32 = 16;
/// Bits of a score.
pub const SCORE_BITS: u32 = 32;
/// Columns a row may have.
pub const COLUMNS_MAX: usize = 1024;
/// Scores a model may give.
pub const OUTPUTS_MAX: usize = 64;

/// A model of either kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Dense layers.
    Net(Net),
    /// Trees.
    Forest(Forest),
}

impl Model {
    /// Columns of a row, 8 bits each.
    pub fn columns(&self) -> usize {
        match self {
            Self::Net(net) => net.columns(),
            Self::Forest(forest) => forest.columns(),
        }
    }

    /// Scores of a row, 32 bits each, signed.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Net(net) => net.outputs(),
            Self::Forest(forest) => forest.outputs(),
        }
    }

    /// The scores of a row: what the fabric gives, to the bit.
    ///
    /// # Panics
    /// When the row has another size than [`Self::columns`].
    pub fn evaluate(&self, row: &[u8]) -> Vec<i32> {
        match self {
            Self::Net(net) => net.evaluate(row),
            Self::Forest(forest) => forest.evaluate(row),
        }
    }

    /// What one step of each score is worth.
    pub fn units(&self) -> Vec<f64> {
        match self {
            Self::Net(net) => net.units().to_vec(),
            Self::Forest(forest) => vec![forest.unit(); forest.outputs()],
        }
    }

    /// What it is, in a line.
    pub fn describe(&self) -> String {
        match self {
            Self::Net(net) => net.describe(),
            Self::Forest(forest) => forest.describe(),
        }
    }
}

/// Why a model cannot be turned into Verilog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FabricError {
    /// Sizes that do not fit each other.
    #[error("{what}: {found} values, {expected} are needed")]
    Shape {
        /// Which.
        what: String,
        /// Size found.
        found: usize,
        /// Size needed.
        expected: usize,
    },
    /// More, or less, than the pipelines are made for.
    #[error("{what}: {found} is outside {low} to {high}")]
    Range {
        /// Which.
        what: String,
        /// What was found.
        found: i64,
        /// Least allowed.
        low: i64,
        /// Most allowed.
        high: i64,
    },
    /// A tree whose nodes form none.
    #[error("tree {0}: its nodes form no tree")]
    NoTree(usize),
    /// It does not fit into as few stages.
    #[error(
        "{asked} stages are too few: {levels} levels of logic one behind the other, of which a stage takes {most}"
    )]
    Stages {
        /// Stages asked for.
        asked: u32,
        /// Levels of the model.
        levels: u32,
        /// Most levels of a stage.
        most: u32,
    },
}

/// A count that must lie in a range.
pub(crate) fn within(
    what: impl Into<String>,
    found: usize,
    low: usize,
    high: usize,
) -> Result<(), FabricError> {
    if (low..=high).contains(&found) {
        return Ok(());
    }
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Err(FabricError::Range {
        what: what.into(),
        found: number(found),
        low: number(low),
        high: number(high),
    })
}

/// A size that must be met.
pub(crate) fn sized(what: impl Into<String>, found: usize, expected: usize) -> Result<(), FabricError> {
    if found == expected {
        return Ok(());
    }
    Err(FabricError::Shape {
        what: what.into(),
        found,
        expected,
    })
}
