//! Golden model of the stream queues, cycle by cycle.

use std::collections::VecDeque;

/// A queue whose words show up `latency` edges after they were taken.
#[derive(Debug, Clone)]
pub struct Queue {
    depth: usize,
    latency: u64,
    now: u64,
    /// Word and the cycle from which on it may be seen.
    held: VecDeque<(Vec<u32>, u64)>,
}

impl Queue {
    /// An empty queue.
    pub fn new(depth: usize, latency: u64) -> Self {
        Self {
            depth,
            latency,
            now: 0,
            held: VecDeque::new(),
        }
    }

    /// Whether a word would be taken in this cycle.
    pub fn sink_ready(&self) -> bool {
        self.held.len() < self.depth
    }

    /// Words held.
    pub fn level(&self) -> usize {
        self.held.len()
    }

    /// The word offered downstream in this cycle.
    pub fn source(&self) -> Option<&Vec<u32>> {
        self.held
            .front()
            .filter(|(_, from)| *from <= self.now)
            .map(|(word, _)| word)
    }

    /// The clock edge.
    pub fn tick(&mut self, sink: Option<Vec<u32>>, source_ready: bool, reset: bool) {
        let taken = self.sink_ready();
        if source_ready && self.source().is_some() {
            self.held.pop_front();
        }
        if let Some(word) = sink.filter(|_| taken) {
            self.held.push_back((word, self.now + self.latency));
        }
        self.now += 1;
        if reset {
            self.held.clear();
        }
    }
}
