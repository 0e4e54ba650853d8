//! A model whose constants are loaded, swapped whole by one commit.
//!
//! The Verilog depends on the sizes of the model alone ([`Shape`]); weights, thresholds and leaves come as an [`Shape::image`]
//! of 32-bit words through the `load` port, in order, into shadow registers and memories. A commit is taken only when every word has
//! been written since the last one; until the first one no row is taken. A row that enters before the commit is computed with
//! the old constants to its end, one that enters behind it with the new ones; the score says with which (`generation`).

mod forest;
mod net;
mod port;

use std::fmt::Write as _;

use crate::arithmetic::Span;
use crate::verilog::{Signal, range};
use crate::{FabricError, Model, within};

/// Sizes of a model: all that its loadable pipeline depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Columns, then the outputs of each layer.
    Net(Vec<usize>),
    /// Trees.
    Forest {
        /// Columns of a row.
        columns: usize,
        /// Trees at most.
        trees: usize,
        /// Levels at most.
        depth: usize,
        /// Scores.
        outputs: usize,
    },
}

/// A pipeline whose constants are loaded.
#[derive(Debug, Clone)]
pub struct Loadable {
    /// The text; its top module is called as asked.
    pub verilog: String,
    /// Cycles from the row to its score.
    pub latency: u32,
    /// Most levels of adders in a stage.
    pub levels: u32,
    /// Words of an image.
    pub words: usize,
}

/// Words an image may have: the address has 24 bits.
const WORDS_MAX: usize = 1 << 24;

impl Shape {
    /// The sizes of a model.
    pub fn of(model: &Model) -> Self {
        match model {
            Model::Net(net) => {
                let outputs = net.layers().iter().map(crate::Layer::outputs);
                Self::Net(std::iter::once(net.columns()).chain(outputs).collect())
            }
            Model::Forest(forest) => Self::Forest {
                columns: forest.columns(),
                trees: forest.trees().len(),
                depth: forest.depth().max(1),
                outputs: forest.outputs(),
            },
        }
    }

    /// The constants of a model as words, in the order in which they are written.
    ///
    /// # Errors
    /// [`FabricError`] when the model is larger than this shape, or a bias is wider than the pipeline's sums.
    pub fn image(&self, model: &Model) -> Result<Vec<u32>, FabricError> {
        match (self, model) {
            (Self::Net(sizes), Model::Net(net)) if Self::of(model) == *self => net::image(sizes, net),
            (
                Self::Forest {
                    columns,
                    trees,
                    depth,
                    outputs,
                },
                Model::Forest(forest),
            ) if forest.columns() == *columns && forest.outputs() == *outputs => {
                within("trees", forest.trees().len(), 1, *trees)?;
                within("levels", forest.depth(), 0, *depth)?;
                Ok(forest::Sizes {
                    columns: *columns,
                    trees: *trees,
                    depth: *depth,
                    outputs: *outputs,
                }
                .image(forest))
            }
            _ => Err(FabricError::Shape {
                what: format!("{} in a pipeline for other sizes: columns", model.describe()),
                found: model.columns(),
                expected: match self {
                    Self::Net(sizes) => sizes.first().copied().unwrap_or(0),
                    Self::Forest { columns, .. } => *columns,
                },
            }),
        }
    }

    /// The pipeline; `about` is a line for its head.
    ///
    /// # Errors
    /// [`FabricError::Range`] for sizes whose image is too large.
    pub fn pipeline(&self, name: &str, about: &str) -> Result<Loadable, FabricError> {
        let made = match self {
            Self::Net(sizes) => net::pipeline(name, about, sizes),
            Self::Forest {
                columns,
                trees,
                depth,
                outputs,
            } => {
                within("levels", *depth, 1, crate::DEPTH_MAX)?;
                forest::Sizes {
                    columns: *columns,
                    trees: *trees,
                    depth: *depth,
                    outputs: *outputs,
                }
                .pipeline(name, about)
            }
        };
        within("words of an image", made.words, 1, WORDS_MAX)?;
        Ok(made)
    }
}

/// A named wire and what it may carry.
type Carried = (String, Span);

/// The sum of wires, two by two, each sum a wire one bit wider: synthesis takes a sum of one width for a whole and builds it
/// without carry chains. No sum is wider than `bits`, which hold it.
fn added(text: &mut String, name: &str, mut terms: Vec<Carried>, bits: u32) -> Carried {
    let most = (1i64 << (bits - 1)) - 1;
    let mut made = 0;
    while terms.len() > 1 {
        let sum = |pair: &[Carried]| {
            let [(a, x), (b, y)] = pair else {
                return pair[0].clone();
            };
            let span = x.plus(*y);
            let span = Span::new(span.low.max(-1 - most), span.high.min(most));
            let width = span.width();
            let extended = |name: &str, span| Signal::new(name, span).extended(width);
            let wire = format!("{name}_{made}");
            made += 1;
            let _ = writeln!(
                text,
                "    wire {} {wire} = {} + {};",
                range(width),
                extended(a, *x),
                extended(b, *y)
            );
            (wire, span)
        };
        terms = terms.chunks(2).map(sum).collect();
    }
    terms.swap_remove(0)
}
