//! An ensemble as it is described.

use crate::{INPUTS_MAX, KernelError, OUTPUTS_MAX, at_most, sized};

/// A node of a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Goes to `left` when the row's value is below `below`, else (and for a NaN) to `right`.
    Split {
        /// Column of the row.
        column: usize,
        /// The threshold, which itself goes right.
        below: f32,
        /// Index of a node of the same tree.
        left: usize,
        /// Index of a node of the same tree.
        right: usize,
    },
    /// Adds to targets.
    Leaf(Vec<(usize, f32)>),
}

/// A tree; node 0 is its root.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    /// Its nodes.
    pub nodes: Vec<Node>,
}

/// What becomes of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Post {
    /// They are given out.
    #[default]
    Plain,
    /// Their softmax is given out.
    Softmax,
    /// The sigmoid of each is given out.
    Logistic,
}

/// An ensemble: `post(base + Σ leaves)`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TreeSpec {
    /// Columns of a row.
    pub columns: usize,
    /// Outputs.
    pub targets: usize,
    /// One a target, or none.
    pub base: Vec<f32>,
    /// The trees.
    pub trees: Vec<Tree>,
    /// What becomes of the sums.
    pub post: Post,
}

impl Tree {
    /// Levels of splits.
    pub fn depth(&self) -> usize {
        self.below(0)
    }

    fn below(&self, node: usize) -> usize {
        match &self.nodes[node] {
            Node::Leaf(_) => 0,
            Node::Split { left, right, .. } => 1 + self.below(*left).max(self.below(*right)),
        }
    }

    /// Whether a leaf adds to `target`.
    pub(crate) fn feeds(&self, target: usize) -> bool {
        let adds =
            |node: &Node| matches!(node, Node::Leaf(values) if values.iter().any(|(t, _)| *t == target));
        self.nodes.iter().any(adds)
    }

    /// Every node but the root is the child of exactly one before it: a tree, and a walk down it ends.
    fn is_tree(&self) -> bool {
        let mut parents = vec![0u32; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            let Node::Split { left, right, .. } = node else {
                continue;
            };
            for child in [*left, *right] {
                if child <= at || child >= self.nodes.len() {
                    return false;
                }
                parents[child] += 1;
            }
        }
        parents.first() == Some(&0) && parents[1..].iter().all(|p| *p == 1)
    }
}

impl TreeSpec {
    /// The thresholds of each column, ascending, each once.
    pub fn edges(&self) -> Vec<Vec<f32>> {
        let mut edges = vec![Vec::new(); self.columns];
        for node in self.trees.iter().flat_map(|t| &t.nodes) {
            if let Node::Split { column, below, .. } = node
                && let Some(of_column) = edges.get_mut(*column)
            {
                of_column.push(*below);
            }
        }
        for of_column in &mut edges {
            of_column.sort_by(f32::total_cmp);
            of_column.dedup();
        }
        edges
    }

    /// Whether it is an ensemble of trees.
    pub(crate) fn check(&self) -> Result<(), KernelError> {
        at_most("columns", self.columns, INPUTS_MAX)?;
        at_most("outputs", self.targets, OUTPUTS_MAX)?;
        if self.targets == 0 || self.columns == 0 {
            return Err(KernelError::Value("an ensemble without columns or outputs"));
        }
        if !self.base.is_empty() {
            sized("base values", self.base.len(), self.targets)?;
        }
        let mut numbers = self.base.iter().all(|b| b.is_finite());
        for (at, tree) in self.trees.iter().enumerate() {
            if !tree.is_tree() {
                return Err(KernelError::NoTree(at));
            }
            for node in &tree.nodes {
                numbers &= match node {
                    Node::Split { column, below, .. } => {
                        at_most("column of a split", column + 1, self.columns)?;
                        below.is_finite()
                    }
                    Node::Leaf(values) => {
                        for (target, _) in values {
                            at_most("target of a leaf", target + 1, self.targets)?;
                        }
                        values.iter().all(|(_, v)| v.is_finite())
                    }
                };
            }
        }
        if numbers {
            return Ok(());
        }
        Err(KernelError::Value("a threshold, leaf or base value"))
    }
}
