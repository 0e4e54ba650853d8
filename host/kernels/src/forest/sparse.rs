//! Trees that are walked, each to its own depth, on real values: for what [`super::Forest`] does not take.

use super::leaves::Scale;
use super::{Node, Tree, TreeSpec};
use crate::lanes::P8;
use crate::{KernelError, numbers, sized};

/// A packed ensemble of trees of any depth, with any number of thresholds.
#[derive(Debug, Clone)]
pub struct SparseForest {
    columns: usize,
    scale: Scale,
    roots: Vec<usize>,
    steps: Vec<Step>,
    /// Targets and steps of the leaves.
    leaves: Vec<(usize, i32)>,
    sums: Vec<i32>,
}

/// A node; the left child follows it.
#[derive(Debug, Clone, Copy)]
enum Step {
    Split { column: usize, below: f32, right: usize },
    Leaf { from: usize, to: usize },
}

impl SparseForest {
    /// Packs an ensemble.
    ///
    /// # Errors
    /// [`KernelError`] for what is no ensemble.
    pub fn new(spec: &TreeSpec) -> Result<Self, KernelError> {
        spec.check()?;
        let mut made = Self {
            columns: spec.columns,
            scale: Scale::of(spec),
            roots: Vec::new(),
            steps: Vec::new(),
            leaves: Vec::new(),
            sums: vec![0; spec.targets],
        };
        for tree in &spec.trees {
            made.roots.push(made.steps.len());
            made.lay(tree, 0);
        }
        Ok(made)
    }

    fn lay(&mut self, tree: &Tree, node: usize) {
        match &tree.nodes[node] {
            Node::Leaf(values) => {
                let from = self.leaves.len();
                let scale = &self.scale;
                let steps = values.iter().map(|(t, v)| (*t, scale.leaf(f64::from(*v))));
                self.leaves.extend(steps);
                let to = self.leaves.len();
                self.steps.push(Step::Leaf { from, to });
            }
            Node::Split {
                column,
                below,
                left,
                right,
            } => {
                let at = self.steps.len();
                let (column, below) = (*column, *below);
                self.steps.push(Step::Split {
                    column,
                    below,
                    right: 0,
                });
                self.lay(tree, *left);
                self.steps[at] = Step::Split {
                    column,
                    below,
                    right: self.steps.len(),
                };
                self.lay(tree, *right);
            }
        }
    }

    /// Columns of a row.
    pub const fn inputs(&self) -> usize {
        self.columns
    }

    /// Outputs.
    pub const fn outputs(&self) -> usize {
        self.sums.len()
    }

    /// Bytes of packed nodes and leaves.
    pub fn size_bytes(&self) -> usize {
        size_of_val(&*self.steps) + size_of_val(&*self.leaves)
    }

    /// Evaluates one row of real values; a NaN is below no threshold.
    ///
    /// # Errors
    /// [`KernelError::Shape`] for another size of row or output, [`KernelError::NotANumber`] when an output is one.
    pub fn evaluate(&mut self, row: &[f32], out: &mut [f32]) -> Result<(), KernelError> {
        sized("row", row.len(), self.columns)?;
        sized("output", out.len(), self.sums.len())?;
        self.sums.fill(0);
        for root in &self.roots {
            let mut at = *root;
            let (from, to) = loop {
                match self.steps[at] {
                    Step::Split { column, below, right } => {
                        at = if row[column] < below { at + 1 } else { right };
                    }
                    Step::Leaf { from, to } => break (from, to),
                }
            };
            for (target, steps) in &self.leaves[from..to] {
                self.sums[*target] = self.sums[*target].wrapping_add(*steps);
            }
        }
        for ((to, sum), base) in out.iter_mut().zip(&self.sums).zip(&self.scale.base) {
            *to = self.scale.real(*sum, *base);
        }
        self.scale.transform::<P8>(out);
        numbers(out)
    }
}
