//! What may go wrong, by a seed.

use std::collections::BTreeMap;

/// Which faults a run has. All zero: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Seed of everything random.
    pub seed: u64,
    /// Frames lost of lines A and B, in a million.
    pub loss: [u32; 2],
    /// Frames sent twice of lines A and B, in a million.
    pub duplicate: [u32; 2],
    /// Frames that let up to three later ones pass, of lines A and B, in a million.
    pub reorder: [u32; 2],
    /// Every how many packets one is lost on both lines; 0 never.
    pub gap_every: u64,
    /// Feed messages after which the session ends and another begins; 0 never.
    pub session_change_after: u64,
    /// Replayed messages after which the next stock that trades is halted; 0 never.
    pub halt_after: u64,
    /// Replayed messages the halt lasts.
    pub halt_messages: u64,
    /// Bytes after which an order connection is cut; 0 never.
    pub disconnect_after_bytes: u64,
    /// Requests taken twice, in a million.
    pub duplicate_request: u32,
    /// Requests after which an older one is taken again, in a million.
    pub stale_request: u32,
    /// Time a response waits, ns.
    pub ack_delay_ns: u64,
    /// Executions broken right away, in a million.
    pub bust: u32,
}

/// Faults that have happened, by kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Injected(BTreeMap<&'static str, u64>);

impl Injected {
    /// One more of a kind.
    pub fn add(&mut self, kind: &'static str) {
        self.add_many(kind, 1);
    }

    /// So many more of a kind.
    pub fn add_many(&mut self, kind: &'static str, count: u64) {
        if count > 0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    /// Those of `other` too.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for (kind, count) in &other.0 {
            self.add_many(kind, *count);
        }
        self
    }

    /// What has happened since `before`, kind and count.
    pub fn since(&self, before: &Self) -> BTreeMap<&'static str, u64> {
        let more = |(kind, count): (&&'static str, &u64)| {
            let then = before.0.get(kind).copied().unwrap_or(0);
            (*count > then).then(|| (*kind, *count - then))
        };
        self.0.iter().filter_map(more).collect()
    }
}

/// A small generator (splitmix64): the same seed gives the same run on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// From a seed and the name of the stream drawn from it.
    pub const fn new(seed: u64, stream: u64) -> Self {
        Self(seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True for so many of a million calls.
    pub fn chance(&mut self, in_a_million: u32) -> bool {
        in_a_million > 0 && self.draw() % 1_000_000 < u64::from(in_a_million)
    }
}
