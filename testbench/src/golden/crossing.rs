//! Golden models of what passes between two clocks, by counts and not by Gray codes.

/// A queue between two clocks, edge by edge.
#[derive(Debug, Clone)]
pub struct AsyncQueue<T> {
    depth: u64,
    /// Words ever written and not yet moved to the reader, the oldest first.
    cells: std::collections::VecDeque<T>,
    written: u64,
    full: bool,
    /// The reader's count as the writer sees it, one and two edges old.
    moved_seen: [u64; 2],
    moved: u64,
    shown: Option<T>,
    written_seen: [u64; 2],
}

impl<T: Clone> AsyncQueue<T> {
    /// An empty queue of so many words and one that is shown.
    pub const fn new(depth: u64) -> Self {
        Self {
            depth,
            cells: std::collections::VecDeque::new(),
            written: 0,
            full: false,
            moved_seen: [0; 2],
            moved: 0,
            shown: None,
            written_seen: [0; 2],
        }
    }

    /// Whether a word would be taken.
    pub const fn sink_ready(&self) -> bool {
        !self.full
    }

    /// The word offered to the reader.
    pub const fn source(&self) -> Option<&T> {
        self.shown.as_ref()
    }

    /// Edges of either clock or of both in one instant: `write` has what is offered, `read` whether it is taken; each with its reset.
    pub fn edges(&mut self, write: Option<(Option<T>, bool)>, read: Option<(bool, bool)>) {
        let (written, moved) = (self.written, self.moved);
        if let Some((ready, reset)) = read {
            self.read(ready, reset);
            self.written_seen = [written, self.written_seen[0]];
        }
        if let Some((offered, reset)) = write {
            if let Some(word) = offered.filter(|_| !self.full && !reset) {
                self.cells.push_back(word);
                self.written += 1;
            }
            self.full = self.written - self.moved_seen[1].min(self.written) >= self.depth;
            if reset {
                self.cells.clear();
                self.written = 0;
                self.full = true;
            }
            self.moved_seen = [moved, self.moved_seen[0]];
        }
    }

    fn read(&mut self, ready: bool, reset: bool) {
        let sees = self.written_seen[1] != self.moved;
        if sees && (self.shown.is_none() || ready) {
            self.shown = self.cells.pop_front();
            self.moved += 1;
        } else if ready {
            self.shown = None;
        }
        if reset {
            self.shown = None;
            self.moved = 0;
        }
    }
}
