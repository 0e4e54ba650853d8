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

/// Values a feature can have.
const SPAN: usize = 1 << 16;

/// The ranks of every value of every ranked feature: a search of 255 edges for each of 64 ranks would take as long as
/// all else in the wide record. Where the fabric searches, the twin looks up; 4 MB of which little is touched.
#[derive(Debug, Clone)]
pub(super) struct Ranks {
    of_value: Vec<u8>,
}

/// Where a value stands in its feature's ranks.
fn position(value: i16) -> usize {
    usize::from(value.cast_unsigned() ^ 0x8000)
}

impl Ranks {
    /// As after a reset: no edge but those at [`NONE`].
    pub(super) fn new() -> Self {
        let mut of_value = vec![0; RANKS * SPAN];
        for ranks in of_value.chunks_exact_mut(SPAN) {
            ranks[position(NONE)] = u8::MAX;
        }
        Self { of_value }
    }

    /// Replaces the edges of a rank.
    pub(super) fn load(&mut self, rank: usize, edges: &[i16]) -> Result<(), EdgeError> {
        if edges.len() > EDGES {
            return Err(EdgeError::Count { count: edges.len() });
        }
        if let Some(at) = (1..edges.len()).find(|at| edges[*at] < edges[at - 1]) {
            return Err(EdgeError::Order { at });
        }
        let mut all = self.of_value.chunks_exact_mut(SPAN);
        let ranks = all.nth(rank).ok_or(EdgeError::Rank { rank })?;
        ranks.fill(0);
        for (reached, edge) in (1..=u8::MAX).zip(edges) {
            ranks[position(*edge)..].fill(reached);
        }
        // The edges not used.
        ranks[position(NONE)] = u8::MAX;
        Ok(())
    }

    /// The ranks of a record.
    pub(super) fn of(&self, core: &[i16; CORE_COUNT], values: &[i16; VALUES], out: &mut [u8; RANKS]) {
        let all = self.of_value.chunks_exact(SPAN);
        for ((rank, ranks), of) in out.iter_mut().zip(all).zip(&RANK_OF) {
            let value = match *of {
                Ranked::Core(i) => core[usize::from(i)],
                Ranked::Wide(i) => values[usize::from(i)],
            };
            *rank = ranks[position(value)];
        }
    }
}
