//! Tree ensembles.
//!
//! Trees of up to six levels are filled up to whole ones and laid side by side: 64 trees a chunk, one byte a tree, one
//! line of columns and one of ranks a node. All nodes of 64 trees are compared at once, level by level the
//! decisions that count are selected, and what is left is a leaf's number a tree. Deeper trees are walked.
//!
//! Leaves are integers on a common power of two, so that their sum does not depend on the order it is formed in.

mod leaves;
mod sparse;
mod spec;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use sparse::SparseForest;
pub use spec::{Node, Post, Tree, TreeSpec};

use crate::aligned::{Aligned, LINE};
use crate::lanes::{Lanes, P8};
use crate::{Isa, KernelError, RankTable, at_most, numbers, sized};
use leaves::Scale;

/// Levels of splits above which trees are walked.
const DEPTH_MAX: usize = 6;
/// Columns that a byte can name.
const COLUMNS_MAX: usize = 256;
/// Bytes of a node of a chunk: columns, then ranks.
const NODE: usize = 2 * LINE;

/// A packed ensemble of whole trees on ranks.
#[derive(Debug, Clone)]
pub struct Forest {
    isa: Isa,
    depth: usize,
    columns: usize,
    scale: Scale,
    /// Chunks of nodes in heap order.
    nodes: Aligned<u8>,
    /// `2^depth` leaves a lane.
    leaves: Aligned<i32>,
    /// Lanes of each target, in their order.
    ends: Vec<usize>,
    /// The row's ranks, filled up to whole registers.
    ranks: Aligned<u8>,
    /// The leaf of each lane.
    index: Aligned<u8>,
}

/// A tree in one lane: all leaves that feed its target, filled up to a whole tree.
struct Lane {
    columns: Vec<u8>,
    ranks: Vec<u8>,
    leaves: Vec<i32>,
}

impl Forest {
    /// Packs an ensemble whose splits are edges of `table`.
    ///
    /// # Errors
    /// [`KernelError::TooLarge`] for more than six levels or 256 columns (then [`SparseForest`] serves), other errors
    /// for what is no ensemble, or a split that is no edge.
    pub fn new(spec: &TreeSpec, table: &RankTable, isa: Isa) -> Result<Self, KernelError> {
        let isa = isa.checked()?;
        spec.check()?;
        sized("columns of the rank table", table.columns(), spec.columns)?;
        at_most("columns", spec.columns, COLUMNS_MAX)?;
        let deepest = spec.trees.iter().map(Tree::depth).max().unwrap_or(0);
        at_most("levels of a tree", deepest, DEPTH_MAX)?;
        let depth = deepest.max(1);
        let scale = Scale::of(spec);
        let (mut lanes, mut ends) = (Vec::new(), Vec::new());
        for target in 0..spec.targets {
            for tree in spec.trees.iter().filter(|t| t.feeds(target)) {
                let mut lane = Lane::empty(depth);
                lane.fill(tree, table, &scale, (target, 0, 0, 0, depth))?;
                lanes.push(lane);
            }
            ends.push(lanes.len());
        }
        let chunks = lanes.len().div_ceil(LINE).max(1);
        let (splits, tips) = ((1 << depth) - 1, 1 << depth);
        let mut nodes = Aligned::zeros(chunks * splits * NODE);
        let mut leaves = Aligned::zeros(chunks * LINE * tips);
        for (l, lane) in lanes.iter().enumerate() {
            for node in 0..splits {
                let at = (l / LINE * splits + node) * NODE + l % LINE;
                nodes[at] = lane.columns[node];
                nodes[at + LINE] = lane.ranks[node];
            }
            leaves[l * tips..][..tips].copy_from_slice(&lane.leaves);
        }
        Ok(Self {
            isa,
            depth,
            columns: spec.columns,
            nodes,
            leaves,
            ranks: Aligned::zeros(COLUMNS_MAX),
            index: Aligned::zeros(chunks * LINE),
            ends,
            scale,
        })
    }

    /// Columns of a row of ranks.
    pub const fn inputs(&self) -> usize {
        self.columns
    }

    /// Outputs.
    pub fn outputs(&self) -> usize {
        self.ends.len()
    }

    /// The instructions it uses.
    pub const fn isa(&self) -> Isa {
        self.isa
    }

    /// Bytes of packed nodes and leaves.
    pub fn size_bytes(&self) -> usize {
        self.nodes.len() + 4 * self.leaves.len()
    }

    /// Largest error of an output before the transform, against exact sums of the leaves.
    pub fn error_max(&self) -> f64 {
        self.scale.error_max
    }

    /// Evaluates one row of ranks, which its [`RankTable`] or a card with the same edges has made.
    ///
    /// # Errors
    /// [`KernelError::Shape`] for another size of row or output, [`KernelError::NotANumber`] when an output is one.
    pub fn evaluate(&mut self, ranks: &[u8], out: &mut [f32]) -> Result<(), KernelError> {
        sized("row", ranks.len(), self.columns)?;
        sized("output", out.len(), self.ends.len())?;
        match self.depth {
            1 => self.run::<1>(ranks, out),
            2 => self.run::<2>(ranks, out),
            3 => self.run::<3>(ranks, out),
            4 => self.run::<4>(ranks, out),
            5 => self.run::<5>(ranks, out),
            _ => self.run::<6>(ranks, out),
        }
        numbers(out)
    }

    fn run<const D: usize>(&mut self, ranks: &[u8], out: &mut [f32]) {
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx512 => unsafe { self.run_avx512::<D>(ranks, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx2 if self.columns <= LINE => unsafe { self.run_avx2::<D>(ranks, out) },
            _ => {
                self.ranks[..ranks.len()].copy_from_slice(ranks);
                portable::<D>(&self.nodes, &self.ranks, &mut self.index);
                self.add_up::<P8, D>(out);
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vbmi")]
    fn run_avx512<const D: usize>(&mut self, ranks: &[u8], out: &mut [f32]) {
        x86::avx512::<D>(&self.nodes, ranks, &mut self.index);
        self.add_up::<crate::lanes::F8, D>(out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn run_avx2<const D: usize>(&mut self, ranks: &[u8], out: &mut [f32]) {
        self.ranks[..ranks.len()].copy_from_slice(ranks);
        x86::avx2::<D>(&self.nodes, &self.ranks, self.columns, &mut self.index);
        self.add_up::<crate::lanes::F8, D>(out);
    }

    /// From the leaves' numbers to outputs.
    #[inline(always)]
    fn add_up<L: Lanes, const D: usize>(&mut self, out: &mut [f32]) {
        let mut start = 0;
        for ((to, end), base) in out.iter_mut().zip(&self.ends).zip(&self.scale.base) {
            let sum = total::<D>(&self.leaves, &self.index, start..*end);
            *to = self.scale.real(sum, *base);
            start = *end;
        }
        self.scale.transform::<L>(out);
    }
}

impl Lane {
    fn empty(depth: usize) -> Self {
        let splits = (1 << depth) - 1;
        // A rank is never above 255: an unused node goes left, and its leaves are all the same.
        Self {
            columns: vec![0; splits],
            ranks: vec![u8::MAX; splits],
            leaves: vec![0; 1 << depth],
        }
    }

    /// Lays `tree`'s node `from` at `to` (heap order) of a whole tree whose leaf `first` is the leftmost below it.
    fn fill(
        &mut self,
        tree: &Tree,
        table: &RankTable,
        scale: &Scale,
        (target, from, to, first, left): (usize, usize, usize, usize, usize),
    ) -> Result<(), KernelError> {
        match &tree.nodes[from] {
            Node::Leaf(values) => {
                let value: f64 = values
                    .iter()
                    .filter(|(t, _)| *t == target)
                    .map(|(_, v)| f64::from(*v))
                    .sum();
                self.leaves[first..first + (1 << left)].fill(scale.leaf(value));
                Ok(())
            }
            Node::Split {
                column,
                below,
                left: yes,
                right: no,
            } => {
                self.columns[to] = u8::try_from(*column).map_err(|_| KernelError::Value("a column"))?;
                let rank = table.position(*column, *below);
                self.ranks[to] = rank.ok_or(KernelError::Value("a split that is no edge"))?;
                let half = 1 << (left - 1);
                self.fill(tree, table, scale, (target, *yes, 2 * to + 1, first, left - 1))?;
                self.fill(
                    tree,
                    table,
                    scale,
                    (target, *no, 2 * to + 2, first + half, left - 1),
                )
            }
        }
    }
}

/// Walks each lane down its levels.
fn portable<const D: usize>(nodes: &[u8], ranks: &[u8], index: &mut [u8]) {
    const STRIDE: usize = 8;
    let splits = (1usize << D) - 1;
    let ranks: &[u8; COLUMNS_MAX] = ranks.first_chunk().expect("made with as many");
    for (nodes, index) in nodes
        .chunks_exact(splits * NODE)
        .zip(index.chunks_exact_mut(LINE))
    {
        // Several at once: their loads overlap.
        for first in (0..LINE).step_by(STRIDE) {
            let mut at = [0usize; STRIDE];
            for _ in 0..D {
                for (k, at) in at.iter_mut().enumerate() {
                    let line = *at * NODE + first + k;
                    let right = ranks[usize::from(nodes[line])] > nodes[line + LINE];
                    *at = 2 * *at + 1 + usize::from(right);
                }
            }
            for (to, at) in index[first..first + STRIDE].iter_mut().zip(at) {
                *to = u8::try_from(at - splits).unwrap_or(0);
            }
        }
    }
}

/// The sum of the leaves of some lanes. Not inlined: where gathers are at hand they would be taken, and one load a leaf
/// is twice as fast.
#[inline(never)]
fn total<const D: usize>(leaves: &[i32], index: &[u8], lanes: std::ops::Range<usize>) -> i32 {
    assert!(lanes.end <= index.len() && lanes.start <= lanes.end && index.len() << D <= leaves.len());
    let leaf = |lane: usize| {
        // SAFETY: the lane is one of `index`, whose values have `D` bits, and each lane has as many leaves.
        unsafe { *leaves.get_unchecked((lane << D) + usize::from(*index.get_unchecked(lane))) }
    };
    let whole = lanes.start + (lanes.len() & !3);
    let (mut a, mut b, mut c, mut d) = (0i32, 0i32, 0i32, 0i32);
    let mut lane = lanes.start;
    while lane < whole {
        a = a.wrapping_add(leaf(lane));
        b = b.wrapping_add(leaf(lane + 1));
        c = c.wrapping_add(leaf(lane + 2));
        d = d.wrapping_add(leaf(lane + 3));
        lane += 4;
    }
    while lane < lanes.end {
        a = a.wrapping_add(leaf(lane));
        lane += 1;
    }
    a.wrapping_add(b).wrapping_add(c.wrapping_add(d))
}
