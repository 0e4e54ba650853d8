//! Leaves as integers, and what becomes of their sums.

use super::{Node, Post, TreeSpec};
use crate::dense::give;
use crate::lanes::{Eight, Lanes};
use crate::{OUTPUTS_MAX, activation};

/// Bits of the largest sum: one less than an `i32` has beside its sign.
const SUM_BITS: i32 = 30;

/// The common power of two of an ensemble's leaves.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// Steps a unit.
    steps: f64,
    /// Units a step.
    unit: f64,
    pub(crate) base: Vec<f64>,
    post: Post,
    /// Largest error of a sum.
    pub(crate) error_max: f64,
}

impl Scale {
    /// The finest at which no sum of any target passes 2^30 steps.
    pub(crate) fn of(spec: &TreeSpec) -> Self {
        let largest = (0..spec.targets)
            .map(|target| spec.trees.iter().map(|t| largest(&t.nodes, target)).sum::<f64>())
            .fold(0.0, f64::max);
        // Rounding may add half a step a tree, for which there is a bit left.
        let bits = if largest > 0.0 { largest.log2().ceil() } else { 0.0 };
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a sum of f32 has an exponent below 200"
        )]
        let shift = (SUM_BITS - bits as i32).clamp(-150, 60);
        let (steps, unit) = (2f64.powi(shift), 2f64.powi(-shift));
        let base = (0..spec.targets).map(|t| spec.base.get(t).map_or(0.0, |b| f64::from(*b)));
        Self {
            steps,
            unit,
            base: base.collect(),
            post: spec.post,
            error_max: 0.5 * unit * spec.trees.len() as f64,
        }
    }

    /// A leaf's steps.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "at most 2^30 by the choice of scale"
    )]
    pub(crate) fn leaf(&self, value: f64) -> i32 {
        (value * self.steps).round_ties_even() as i32
    }

    /// A sum in units, with its base value.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
    pub(crate) fn real(&self, sum: i32, base: f64) -> f32 {
        (f64::from(sum) * self.unit + base) as f32
    }

    /// What becomes of the real sums.
    #[inline(always)]
    pub(crate) fn transform<L: Lanes>(&self, out: &mut [f32]) {
        match self.post {
            Post::Plain => {}
            Post::Softmax if out.len() <= L::Eight::LANES => {
                let value = |at: usize| out.get(at).copied().unwrap_or(activation::NOTHING);
                let shares = activation::shares(L::Eight::of(std::array::from_fn(value)), out.len());
                let mut room = [0f32; 8];
                // SAFETY: eight numbers.
                unsafe { shares.store(room.as_mut_ptr()) };
                give(&room, out);
            }
            Post::Softmax => {
                let mut room = [activation::NOTHING; OUTPUTS_MAX];
                room[..out.len()].copy_from_slice(out);
                activation::softmax::<L>(&mut room[..out.len().next_multiple_of(8)], out.len());
                out.copy_from_slice(&room[..out.len()]);
            }
            Post::Logistic => {
                for v in out.iter_mut() {
                    *v = activation::sigmoid(*v);
                }
            }
        }
    }
}

/// The largest leaf of a target.
fn largest(nodes: &[Node], target: usize) -> f64 {
    let leaf = |node: &Node| match node {
        Node::Leaf(values) => {
            let of_target = values.iter().filter(|(t, _)| *t == target);
            of_target.map(|(_, v)| f64::from(*v)).sum::<f64>().abs()
        }
        Node::Split { .. } => 0.0,
    };
    nodes.iter().map(leaf).fold(0.0, f64::max)
}
