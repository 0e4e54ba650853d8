//! A model whose constants are loaded, swapped whole by one commit.
//!
//! The Verilog depends on the sizes of the model alone ([`Shape`]); weights, thresholds and leaves come as an [`Shape::image`]
//! of 32-bit words through the `load` port, in order, into shadow registers and memories. A commit is taken only when every word has
//! been written since the last one; until the first one no row is taken. A row that enters before the commit is computed with
//! the old constants to its end, one that enters behind it with the new ones; the score says with which (`generation`).

mod forest;
mod net;
mod port;

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

/// The sum of expressions of one width, balanced.
fn balanced(terms: &[String]) -> String {
    match terms {
        [] => String::new(),
        [one] => one.clone(),
        more => {
            let (left, right) = more.split_at(more.len().div_ceil(2));
            format!("({} + {})", balanced(left), balanced(right))
        }
    }
}
