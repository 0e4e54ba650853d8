//! Trees on 8-bit ranks: the golden model. A split goes right when its column's rank is above a constant; leaves are
//! integers on a common step, so that their sum does not depend on its order.

use crate::{COLUMNS_MAX, FabricError, OUTPUTS_MAX, sized, within};

/// Levels of splits a tree may have.
pub const DEPTH_MAX: usize = 6;
/// Trees an ensemble may have.
const TREES_MAX: usize = 4096;

/// A node of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Goes to `right` when the column's rank is above `above`, else to `left`.
    Split {
        /// Column of the row.
        column: usize,
        /// Largest rank that goes left.
        above: u8,
        /// Index of a node behind this one.
        left: usize,
        /// Index of a node behind this one.
        right: usize,
    },
    /// Steps added to each score.
    Leaf(Vec<i16>),
}

/// A tree; node 0 is its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// Its nodes.
    pub nodes: Vec<Node>,
}

/// An ensemble.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    columns: usize,
    trees: Vec<Tree>,
    base: Vec<i32>,
    unit: f64,
}

impl Tree {
    /// Levels of splits below a node.
    pub fn depth(&self, node: usize) -> usize {
        match &self.nodes[node] {
            Node::Leaf(_) => 0,
            Node::Split { left, right, .. } => 1 + self.depth(*left).max(self.depth(*right)),
        }
    }

    /// The leaf a row comes to.
    fn leaf(&self, row: &[u8]) -> &[i16] {
        let mut at = 0;
        loop {
            match &self.nodes[at] {
                Node::Leaf(steps) => return steps,
                Node::Split {
                    column,
                    above,
                    left,
                    right,
                } => {
                    at = if row[*column] > *above { *right } else { *left };
                }
            }
        }
    }

    fn check(&self, number: usize, columns: usize, outputs: usize) -> Result<(), FabricError> {
        let mut parents = vec![0u32; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            match node {
                Node::Leaf(steps) => sized(format!("tree {number}: a leaf"), steps.len(), outputs)?,
                Node::Split {
                    column, left, right, ..
                } => {
                    within(format!("tree {number}: a column"), *column, 0, columns - 1)?;
                    for child in [*left, *right] {
                        if child <= at || child >= self.nodes.len() {
                            return Err(FabricError::NoTree(number));
                        }
                        parents[child] += 1;
                    }
                }
            }
        }
        if parents.first() != Some(&0) || parents[1..].iter().any(|p| *p != 1) {
            return Err(FabricError::NoTree(number));
        }
        within(format!("tree {number}: levels"), self.depth(0), 0, DEPTH_MAX)
    }
}

impl Forest {
    /// An ensemble over `columns`; `base` is added to each score, `unit` is what one step is worth.
    ///
    /// # Errors
    /// [`FabricError`] for nodes that form no tree, sizes that do not fit, too many levels.
    pub fn new(columns: usize, trees: Vec<Tree>, base: Vec<i32>, unit: f64) -> Result<Self, FabricError> {
        within("columns", columns, 1, COLUMNS_MAX)?;
        within("outputs", base.len(), 1, OUTPUTS_MAX)?;
        within("trees", trees.len(), 1, TREES_MAX)?;
        for (number, tree) in trees.iter().enumerate() {
            tree.check(number, columns, base.len())?;
        }
        // Leaves of as many trees as are allowed stay below 2^28.
        for steps in &base {
            let found = i64::from(*steps);
            if found.abs() > 1 << 30 {
                return Err(FabricError::Range {
                    what: "a base value".into(),
                    found,
                    low: -(1 << 30),
                    high: 1 << 30,
                });
            }
        }
        Ok(Self {
            columns,
            trees,
            base,
            unit,
        })
    }

    /// Columns of a row.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// Scores.
    pub const fn outputs(&self) -> usize {
        self.base.len()
    }

    /// Its trees.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// Added to each score.
    pub fn base(&self) -> &[i32] {
        &self.base
    }

    /// What one step is worth.
    pub const fn unit(&self) -> f64 {
        self.unit
    }

    /// Levels of its deepest tree.
    pub fn depth(&self) -> usize {
        self.trees.iter().map(|t| t.depth(0)).max().unwrap_or(0)
    }

    /// The scores of a row of ranks.
    ///
    /// # Panics
    /// When the row has another size.
    pub fn evaluate(&self, row: &[u8]) -> Vec<i32> {
        assert_eq!(row.len(), self.columns, "ranks of a row");
        let mut sums = self.base.clone();
        for tree in &self.trees {
            for (sum, steps) in sums.iter_mut().zip(tree.leaf(row)) {
                *sum += i32::from(*steps);
            }
        }
        sums
    }

    /// Its sizes.
    pub fn describe(&self) -> String {
        format!(
            "{} trees of up to {} levels on {} columns",
            self.trees.len(),
            self.depth(),
            self.columns
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(column: usize, above: u8, left: usize, right: usize) -> Node {
        Node::Split {
            column,
            above,
            left,
            right,
        }
    }

    #[test]
    fn a_rank_above_goes_right() {
        let tree = |steps: [i16; 2]| Tree {
            nodes: vec![
                split(1, 7, 1, 2),
                Node::Leaf(vec![steps[0]]),
                Node::Leaf(vec![steps[1]]),
            ],
        };
        let forest = Forest::new(2, vec![tree([1, 2]), tree([-30_000, 30])], vec![100], 1.0).unwrap();
        assert_eq!(forest.evaluate(&[9, 7]), [-29_899]);
        assert_eq!(forest.evaluate(&[0, 8]), [132]);
        assert_eq!(forest.describe(), "2 trees of up to 1 levels on 2 columns");
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let forest = |nodes| Forest::new(2, vec![Tree { nodes }], vec![0], 1.0).map(|_| ());
        let leaf = || Node::Leaf(vec![1]);
        assert_eq!(forest(vec![split(0, 0, 1, 2), leaf(), leaf()]), Ok(()));
        for bad in [
            vec![],
            vec![split(0, 0, 1, 1), leaf()],
            vec![split(0, 0, 0, 1), leaf()],
            vec![split(0, 0, 1, 3), leaf(), leaf()],
            vec![leaf(), leaf()],
            vec![split(2, 0, 1, 2), leaf(), leaf()],
            vec![Node::Leaf(vec![1, 2])],
        ] {
            assert!(forest(bad).is_err());
        }
        let mut deep: Vec<_> = (0..DEPTH_MAX + 1)
            .map(|i| split(0, 0, 2 * i + 1, 2 * i + 2))
            .collect();
        deep = deep.into_iter().flat_map(|s| [s, leaf()]).collect();
        deep.push(leaf());
        for (at, node) in deep.iter_mut().enumerate() {
            if let Node::Split { left, right, .. } = node {
                (*left, *right) = (at + 1, at + 2);
            }
        }
        assert!(matches!(forest(deep), Err(FabricError::Range { found: 7, .. })));
    }
}
