//! Golden model of the order side's way to the host: what a frame becomes, and what may be dropped.

use contract::frame::{FRAME_MAX, entry, parts};
use contract::ring::PAYLOAD_BYTES;

/// Words of the buffer.
const WORDS: usize = 1_024;
/// Frames of the buffer.
const FRAMES: usize = 32;
/// Words of an entry: so many may have left the buffer before their entry is taken.
const ENTRY_WORDS: usize = 6;

/// What must become of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Counted as bad.
    Bad,
    /// Dropped and counted.
    Dropped,
    /// Kept when there is room.
    Kept,
}

/// The fate of a frame; `on`: the ring was on in all its beats.
pub fn fate(bytes: &[u8], bad: bool, on: bool) -> Fate {
    match (bad, on && bytes.len() <= FRAME_MAX) {
        (true, _) => Fate::Bad,
        (false, false) => Fate::Dropped,
        (false, true) => Fate::Kept,
    }
}

/// Payloads of the entries of a frame.
pub fn entries(bytes: &[u8], stamp: u64) -> Vec<[u8; PAYLOAD_BYTES]> {
    let payload = |part| {
        let whole = entry(bytes, part, stamp);
        std::array::from_fn(|i| whole[i])
    };
    (0..parts(bytes.len())).map(payload).collect()
}

/// Frames kept of which entries are left.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Words, and entries still to come, of each.
    frames: std::collections::VecDeque<(usize, usize)>,
}

impl Held {
    fn words(&self) -> usize {
        let left = |(words, entries): &(usize, usize)| {
            let all = words.div_ceil(ENTRY_WORDS);
            words - (all - entries) * ENTRY_WORDS
        };
        self.frames.iter().map(left).sum()
    }

    /// A frame of so many words that begins now is kept for sure.
    pub fn has_room(&self, words: usize) -> bool {
        self.words() + words <= WORDS && self.frames.len() < FRAMES
    }

    /// A frame of so many words that ends now can have been kept.
    pub fn may_have_room(&self, words: usize) -> bool {
        self.words() + words <= WORDS + ENTRY_WORDS && self.frames.len() < FRAMES
    }

    /// A frame was kept.
    pub fn keep(&mut self, bytes: usize) {
        self.frames.push_back((bytes.div_ceil(8), parts(bytes)));
    }

    /// An entry was taken.
    pub fn take(&mut self) {
        if let Some(first) = self.frames.front_mut() {
            first.1 -= 1;
            if first.1 == 0 {
                self.frames.pop_front();
            }
        }
    }
}
