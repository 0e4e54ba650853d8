//! Seeded models: what benches run on.

use crate::forest::{Forest, Node, Tree};
use crate::net::{Layer, MULTIPLIER_MAX, Net, Requant};
use crate::{FabricError, Model, digits};

/// A seeded generator (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.bits() % span).unwrap_or(0)
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.bits() % n.max(1) as u64).unwrap_or(0)
    }
}

/// A network of these sizes with weights from `-weight` to `weight`; with `relu` codes start at 0, else around 128.
///
/// # Errors
/// [`FabricError`] for sizes that no network has.
pub fn net(seed: u64, sizes: &[usize], weight: i8, relu: bool) -> Result<Net, FabricError> {
    let mut dice = Dice::new(seed);
    let last = sizes.len().saturating_sub(2);
    let mut layers = Vec::new();
    for (at, pair) in sizes.windows(2).enumerate() {
        let (inputs, outputs) = (pair[0], pair[1]);
        let bound = i64::from(weight);
        let weights: Vec<i8> = (0..inputs * outputs)
            .map(|_| i8::try_from(dice.between(-bound, bound)).unwrap_or(0))
            .collect();
        // Sums spread by about weight × 40 × √inputs: codes shall use their range and meet its ends.
        let spread = f64::from(weight) * 40.0 * (inputs as f64).sqrt();
        let bias = (0..outputs)
            .map(|_| i32::try_from(dice.between(-2_000, 2_000)).unwrap_or(0))
            .collect();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "held to the range of multipliers"
        )]
        let multiplier = |dice: &mut Dice| {
            let wanted = 150.0 / spread * f64::from(1 << 20) * (dice.between(70, 130) as f64 / 100.0);
            let held = wanted.clamp(1.0, f64::from(MULTIPLIER_MAX)) as u32;
            // Every other one a power of two: sums then fall exactly between two codes.
            let near = if dice.bits().is_multiple_of(2) {
                1 << held.ilog2()
            } else {
                digits::fewest(held, 1024)
            };
            near.min(MULTIPLIER_MAX)
        };
        let zero = if relu { 0 } else { 128 + u8::from(at % 2 == 1) };
        let requant = (at < last).then(|| Requant {
            multipliers: (0..outputs).map(|_| multiplier(&mut dice)).collect(),
            zero,
            floor: 0,
        });
        layers.push(Layer {
            inputs,
            weights,
            bias,
            requant,
        });
    }
    Net::new(layers, vec![1.0 / 1024.0; sizes.last().copied().unwrap_or(0)])
}

/// An ensemble to make.
#[derive(Debug, Clone, Copy)]
pub struct Trees {
    /// Columns of a row.
    pub columns: usize,
    /// Trees.
    pub trees: usize,
    /// Levels of each.
    pub depth: usize,
    /// Scores.
    pub outputs: usize,
    /// Largest rank that a split looks for.
    pub ranks: u8,
    /// Of a hundred nodes above the last level so many are leaves.
    pub leaves: usize,
}

/// A seeded ensemble.
///
/// # Errors
/// [`FabricError`] for sizes that no ensemble has.
pub fn forest(seed: u64, spec: Trees) -> Result<Forest, FabricError> {
    let mut dice = Dice::new(seed);
    let trees = (0..spec.trees).map(|_| {
        let mut tree = Tree::default();
        let mut open = vec![(0, spec.ranks); spec.columns];
        grow(&mut tree, &mut dice, spec, &mut open, 0);
        tree
    });
    let trees = trees.collect();
    let base = (0..spec.outputs)
        .map(|_| i32::try_from(dice.between(-9_000, 9_000)).unwrap_or(0))
        .collect();
    Forest::new(spec.columns, trees, base, 1.0 / 65_536.0)
}

/// Grows a node of rows whose ranks lie in `open`, one range a column, so that every leaf is some row's.
fn grow(tree: &mut Tree, dice: &mut Dice, spec: Trees, open: &mut [(u8, u8)], level: usize) -> usize {
    let at = tree.nodes.len();
    let step = |dice: &mut Dice| i16::try_from(dice.between(-32_768, 32_767)).unwrap_or(0);
    tree.nodes
        .push(Node::Leaf((0..spec.outputs).map(|_| step(dice)).collect()));
    let column = dice.below(spec.columns);
    let (low, high) = open[column];
    let splits = level < spec.depth && low < high && (level == 0 || dice.below(100) >= spec.leaves);
    if splits {
        let above = u8::try_from(dice.between(i64::from(low), i64::from(high) - 1)).unwrap_or(low);
        open[column] = (low, above);
        let left = grow(tree, dice, spec, open, level + 1);
        open[column] = (above + 1, high);
        let right = grow(tree, dice, spec, open, level + 1);
        open[column] = (low, high);
        tree.nodes[at] = Node::Split {
            column,
            above,
            left,
            right,
        };
    }
    at
}

/// Small models whose pipelines are benched and kept as golden text: networks whose codes start at 0 and around an even and an
/// odd zero point, trees of one and of several scores. `seed` makes others of the same sizes.
pub const SMALL: [&str; 6] = [
    "model_net",
    "model_net_signed",
    "model_trees",
    "model_trees_three",
    "load_net",
    "load_trees",
];

/// A model of [`SMALL`].
///
/// # Errors
/// [`FabricError`] never, for the sizes here.
pub fn small(name: &str, seed: u64) -> Result<Model, FabricError> {
    let trees = |columns, depth, outputs, leaves| Trees {
        columns,
        trees: 9,
        depth,
        outputs,
        ranks: 30,
        leaves,
    };
    match name {
        "model_net" => net(seed, &[8, 6, 4, 2], 31, true).map(Model::Net),
        "model_net_signed" => net(seed + 1, &[6, 5, 5, 3], 127, false).map(Model::Net),
        "load_net" => net(seed, &[18, 3, 2], 127, seed != 2).map(Model::Net),
        "model_trees" => forest(seed + 2, trees(5, 4, 1, 0)).map(Model::Forest),
        "model_trees_three" => forest(seed + 3, trees(5, 4, 3, 25)).map(Model::Forest),
        _ => forest(seed + 10, trees(3, 3, 2, 15)).map(Model::Forest),
    }
}
