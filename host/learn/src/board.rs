//! Where a version is put up: one writer, one reader, neither ever waits.
//!
//! A sequence lock over atomic words: the sequence is odd while a version is being written, and a reader that saw it odd, or saw it change,
//! keeps what it had and looks again at the next record. Every word is an atomic, so that even a read that is thrown away is defined
//! (Boehm 2012, *Can Seqlocks Get Along with Programming Language Memory Models?*, figure 6).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::learner::{Version, WEIGHTS};

/// Number, whether it is warm, weights.
const WORDS: usize = 2 + WEIGHTS;

#[derive(Debug)]
struct Board {
    sequence: AtomicU64,
    words: [AtomicU64; WORDS],
}

/// The side that puts versions up.
#[derive(Debug)]
pub struct Writer(Arc<Board>);

/// The side that takes them down.
#[derive(Debug)]
pub struct Reader {
    board: Arc<Board>,
    seen: u64,
}

/// A board without a version.
pub fn board() -> (Writer, Reader) {
    let board = Arc::new(Board {
        sequence: AtomicU64::new(0),
        words: std::array::from_fn(|_| AtomicU64::new(0)),
    });
    let reader = Reader {
        board: Arc::clone(&board),
        seen: 0,
    };
    (Writer(board), reader)
}

impl Writer {
    /// Puts a version up in place of the last one.
    pub fn publish(&mut self, version: &Version) {
        let board = &*self.0;
        let sequence = board.sequence.load(Ordering::Relaxed);
        board.sequence.store(sequence + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        let words = [version.number, u64::from(version.warm)];
        let words = words
            .into_iter()
            .chain(version.weights.iter().map(|w| w.to_bits()));
        for (to, word) in board.words.iter().zip(words) {
            to.store(word, Ordering::Relaxed);
        }
        board.sequence.store(sequence + 2, Ordering::Release);
    }
}

impl Reader {
    /// Takes down a version that was not seen yet; `false`, and `into` as it was, when there is none or it is just being written.
    #[inline]
    pub fn read(&mut self, into: &mut Version) -> bool {
        let before = self.board.sequence.load(Ordering::Acquire);
        if before == self.seen || !before.is_multiple_of(2) {
            return false;
        }
        let mut words = [0u64; WORDS];
        for (to, word) in words.iter_mut().zip(&self.board.words) {
            *to = word.load(Ordering::Relaxed);
        }
        fence(Ordering::Acquire);
        if self.board.sequence.load(Ordering::Relaxed) != before {
            return false;
        }
        self.seen = before;
        into.number = words[0];
        into.warm = words[1] != 0;
        for (to, word) in into.weights.iter_mut().zip(&words[2..]) {
            *to = f64::from_bits(*word);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u64) -> Version {
        Version {
            number,
            warm: number.is_multiple_of(3),
            weights: std::array::from_fn(|i| (number * 64 + i as u64) as f64),
        }
    }

    #[test]
    fn a_version_is_taken_once_and_whole() {
        let (mut writer, mut reader) = board();
        let mut held = Version::default();
        assert!(!reader.read(&mut held) && held == Version::default());
        writer.publish(&version(1));
        writer.publish(&version(2));
        assert!(reader.read(&mut held) && held == version(2));
        assert!(!reader.read(&mut held) && held == version(2));
        // Half written: the writer has said that it writes.
        writer.0.sequence.fetch_add(1, Ordering::Relaxed);
        writer.0.words[4].store(7, Ordering::Relaxed);
        assert!(!reader.read(&mut held) && held == version(2));
    }

    #[test]
    fn two_threads_never_see_a_mixed_one() {
        const TAKEN: u64 = 2_000;
        const VERSIONS: u64 = 50_000_000;
        let (mut writer, mut reader) = board();
        let (taken, over) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // For as long as it is read: on one core both have to get their turn.
                for number in 1..=VERSIONS {
                    writer.publish(&version(number));
                    if number.is_multiple_of(64) {
                        std::thread::yield_now();
                        if taken.load(Ordering::Relaxed) >= TAKEN {
                            break;
                        }
                    }
                }
                over.store(1, Ordering::Relaxed);
            });
            let mut held = Version::default();
            while taken.load(Ordering::Relaxed) < TAKEN && over.load(Ordering::Relaxed) == 0 {
                let before = held.number;
                if reader.read(&mut held) {
                    taken.fetch_add(1, Ordering::Relaxed);
                    assert!(held.number > before, "{} after {before}", held.number);
                    assert_eq!(held, version(held.number));
                } else {
                    std::thread::yield_now();
                }
            }
        });
        assert!(taken.into_inner() >= TAKEN);
    }
}
