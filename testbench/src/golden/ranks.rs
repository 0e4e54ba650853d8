//! Golden model of the quantile ranks: edges in lists, a rank by counting them; the block's times cycle by cycle.

use contract::feature::CORE_COUNT;
use contract::layout::{get_bits, lsb, width};
use contract::wide::{EDGE_PAIR, EDGES, NONE};
use std::collections::VecDeque;

/// Words of an image.
pub const WORDS: usize = CORE_COUNT * PAIRS;
/// Words of a feature.
const PAIRS: usize = EDGES.div_ceil(2);
/// Cycles from a taken row to its ranks.
const LATENCY: u64 = 34;
/// Cycles between two rows.
const SPACING: u64 = 16;
/// Rows taken that have not left.
const ROWS_MAX: usize = 4;
/// Cycles for which the load port rests behind a commit.
const DRAIN: u64 = 29;

/// How many of the edges are at or below the value.
pub fn rank(edges: &[i16], value: i16) -> u8 {
    let reached = edges.iter().filter(|edge| **edge <= value).count();
    u8::try_from(reached).expect("at most 255 edges")
}

/// What stands at a position of a word of the table: edge `2 × pair` or the one behind it.
fn edge(word: u32, name: &str) -> i16 {
    let bits = get_bits(&word.to_le_bytes(), lsb(EDGE_PAIR, name), width(EDGE_PAIR, name));
    u16::try_from(bits).expect("16 bits").cast_signed()
}

/// A record's features, or what came of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// By feature.
    pub ranks: [u8; CORE_COUNT],
    /// Of the row.
    pub tag: u16,
    /// Commits before the row was taken, modulo 256.
    pub generation: u8,
    /// There was none.
    pub unset: bool,
}

/// What the ports are told in a cycle.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inputs {
    /// A row is offered.
    pub row: Option<([i16; CORE_COUNT], u16)>,
    /// Ranks are taken.
    pub ready: bool,
    /// Address and data of a word.
    pub word: Option<(u32, u32)>,
    /// A commit.
    pub commit: bool,
}

/// What the load port says in a cycle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadSays {
    /// It takes words.
    pub ready: bool,
    /// There is something to commit.
    pub whole: bool,
    /// An edge is below the one before it.
    pub falls: bool,
    /// Something was not taken in the cycle before.
    pub refused: bool,
    /// There has been a commit.
    pub loaded: bool,
}

/// The block.
#[derive(Debug, Clone)]
pub struct Ranks {
    now: u64,
    /// Edges in use, by feature.
    edges: Vec<Vec<i16>>,
    generation: u8,
    loaded: bool,
    image: Vec<u32>,
    /// Words in order, from 0.
    in_order: usize,
    /// Taken in the cycle before, not judged yet.
    fresh: Option<(usize, u32)>,
    last_edge: i16,
    falls: bool,
    refused: bool,
    /// Cycle from which words are taken again.
    rests_until: u64,
    next_row: u64,
    open: VecDeque<(u64, Ranked)>,
}

impl Default for Ranks {
    fn default() -> Self {
        Self {
            now: 0,
            edges: vec![vec![NONE; EDGES]; CORE_COUNT],
            generation: 0,
            loaded: false,
            image: vec![0; WORDS],
            in_order: 0,
            fresh: None,
            last_edge: i16::MIN,
            falls: false,
            refused: false,
            rests_until: 0,
            next_row: 0,
            open: VecDeque::new(),
        }
    }
}

impl Ranks {
    /// What `load_*` and `loaded` say in this cycle.
    pub fn says(&self) -> LoadSays {
        LoadSays {
            ready: self.now >= self.rests_until,
            whole: self.in_order == WORDS && self.fresh.is_none() && !self.falls,
            falls: self.falls,
            refused: self.refused,
            loaded: self.loaded,
        }
    }

    /// A row would be taken in this cycle.
    pub fn takes(&self) -> bool {
        self.now >= self.next_row && self.open.len() < ROWS_MAX
    }

    /// The ranks at the source in this cycle.
    pub fn offers(&self) -> Option<&Ranked> {
        let (at, ranked) = self.open.front()?;
        (self.now >= *at).then_some(ranked)
    }

    /// The word that continues the image.
    pub fn next_word(&self) -> usize {
        self.in_order
    }

    /// The edges in use, by feature.
    pub fn edges(&self) -> &[Vec<i16>] {
        &self.edges
    }

    /// Rows on their way.
    pub fn rows(&self) -> usize {
        self.open.len()
    }

    /// The ranks that a row gets if it is taken in this cycle.
    pub fn ranked(&self, features: &[i16; CORE_COUNT], tag: u16) -> Ranked {
        Ranked {
            ranks: std::array::from_fn(|i| rank(&self.edges[i], features[i])),
            tag,
            generation: self.generation,
            unset: !self.loaded,
        }
    }

    /// A cycle.
    pub fn tick(&mut self, inputs: &Inputs) {
        let takes = self.takes();
        if self.offers().is_some() && inputs.ready {
            self.open.pop_front();
        }
        if let (true, Some((features, tag))) = (takes, inputs.row) {
            let ranked = self.ranked(&features, tag);
            self.open.push_back((self.now + LATENCY, ranked));
            self.next_row = self.now + SPACING;
        }
        self.load(inputs.word, inputs.commit);
        self.now += 1;
    }

    fn load(&mut self, word: Option<(u32, u32)>, commit: bool) {
        let LoadSays { ready, whole, .. } = self.says();
        if let Some((at, data)) = self.fresh.take() {
            self.judge(at, data);
        }
        let commits = commit && whole && word.is_none();
        self.refused = (commit && !commits) || (word.is_some() && !ready);
        if commits {
            for (edges, words) in self.edges.iter_mut().zip(self.image.chunks(PAIRS)) {
                let both = words.iter().flat_map(|w| [edge(*w, "even"), edge(*w, "odd")]);
                *edges = both.take(EDGES).collect();
            }
            self.generation = self.generation.wrapping_add(1);
            self.loaded = true;
            self.in_order = 0;
            self.rests_until = self.now + 1 + DRAIN;
        }
        if let (true, Some((address, data))) = (ready, word) {
            let at = address as usize;
            self.in_order = match at {
                0 => 1,
                _ if at == self.in_order && at < WORDS => at + 1,
                _ => 0,
            };
            // An address beyond the image falls on a word of it, which has to be written anew anyway.
            self.image[at % WORDS] = data;
            self.fresh = Some((at % WORDS, data));
        }
    }

    /// Whether edges ascend, in the order they came in.
    fn judge(&mut self, at: usize, data: u32) {
        let (even, odd) = (edge(data, "even"), edge(data, "odd"));
        let pair = at % PAIRS;
        let down = (pair != 0 && even < self.last_edge) || (pair != PAIRS - 1 && odd < even);
        self.falls = down || (self.falls && at != 0);
        self.last_edge = odd;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_that_is_met_counts() {
        let edges = [-32_768, -5, -5, 0, 7, NONE];
        let ranks = [-32_768, -6, -5, -1, 0, 7, 32_766, 32_767].map(|value| rank(&edges, value));
        assert_eq!(ranks, [1, 1, 3, 3, 4, 5, 5, 6]);
    }

    #[test]
    fn before_a_commit_only_the_largest_value_has_a_rank() {
        let mut features = [0; CORE_COUNT];
        features[..4].copy_from_slice(&[NONE, 32_766, -32_768, 1]);
        let ranked = Ranks::default().ranked(&features, 9);
        assert_eq!(ranked.ranks[..4], [255, 0, 0, 0]);
        assert!(ranked.unset && ranked.tag == 9);
    }
}
