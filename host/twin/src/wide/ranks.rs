//! Quantile ranks: how many of a feature's edges are at or below its value.

use contract::feature::CORE_COUNT;
use contract::wide::{EDGES, NONE, RANK_OF, RANKS, Ranked, VALUES};

/// Edges that cannot be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeError {
    /// There is no such rank.
    Rank {
        /// The rank named.
        rank: usize,
    },
    /// More than [`EDGES`].
    Count {
        /// Edges given.
        count: usize,
    },
    /// An edge is below the one before it.
    Order {
        /// Position of the edge.
        at: usize,
    },
}

impl std::fmt::Display for EdgeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rank { rank } => write!(f, "rank {rank}: there are {RANKS}"),
            Self::Count { count } => write!(f, "{count} edges: a rank has {EDGES}"),
            Self::Order { at } => write!(f, "edge {at} is below the one before it"),
        }
    }
}

impl std::error::Error for EdgeError {}

/// The edges of all ranks; those not used are [`NONE`].
#[derive(Debug, Clone)]
pub(super) struct Ranks {
    edges: Box<[[i16; EDGES + 1]; RANKS]>,
}

impl Ranks {
    /// As after a reset.
    pub(super) fn new() -> Self {
        Self {
            edges: Box::new([[NONE; EDGES + 1]; RANKS]),
        }
    }

    /// Replaces the edges of a rank.
    pub(super) fn load(&mut self, rank: usize, edges: &[i16]) -> Result<(), EdgeError> {
        if edges.len() > EDGES {
            return Err(EdgeError::Count { count: edges.len() });
        }
        if let Some(at) = (1..edges.len()).find(|at| edges[*at] < edges[at - 1]) {
            return Err(EdgeError::Order { at });
        }
        let held = self.edges.get_mut(rank).ok_or(EdgeError::Rank { rank })?;
        held.fill(NONE);
        held[..edges.len()].copy_from_slice(edges);
        Ok(())
    }

    /// The ranks of a record.
    pub(super) fn of(&self, core: &[i16; CORE_COUNT], values: &[i16; VALUES], out: &mut [u8; RANKS]) {
        for ((rank, edges), of) in out.iter_mut().zip(self.edges.iter()).zip(RANK_OF) {
            let value = match of {
                Ranked::Core(i) => core[usize::from(i)],
                Ranked::Wide(i) => values[usize::from(i)],
            };
            *rank = at_or_below(edges, value);
        }
    }
}

/// Eight halvings without a branch, as the fabric does it: a branch would be guessed wrong half of the time.
#[expect(clippy::cast_possible_truncation, reason = "at most 255")]
fn at_or_below(edges: &[i16; EDGES + 1], value: i16) -> u8 {
    let mut below = 0;
    for half in [128, 64, 32, 16, 8, 4, 2, 1] {
        below += half * usize::from(edges[(below + half - 1) & EDGES] <= value);
    }
    below as u8
}
