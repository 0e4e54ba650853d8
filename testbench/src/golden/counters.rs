//! Golden model of the counters.

/// Saturating 32-bit counters.
#[derive(Debug, Clone)]
pub struct Counters {
    counts: Vec<u32>,
    /// What the word read in the last cycle had counted before it.
    looked_up: u32,
    chosen: u32,
}

impl Counters {
    /// `count` counters at zero.
    pub fn new(count: usize) -> Self {
        Self {
            counts: vec![0; count],
            looked_up: 0,
            chosen: 0,
        }
    }

    /// The word read in this cycle.
    pub const fn read_data(&self) -> u32 {
        self.chosen
    }

    /// Sets a counter, to come near its end.
    pub fn preset(&mut self, index: usize, value: u32) {
        self.counts[index] = value;
    }

    /// The clock edge, with this cycle's pulses and the offset (in words, within the area) being read.
    pub fn tick(&mut self, pulses: &[bool], index: u32) {
        let at = usize::try_from(index).ok();
        self.chosen = self.looked_up;
        self.looked_up = at.and_then(|i| self.counts.get(i)).copied().unwrap_or(0);
        for (count, pulse) in self.counts.iter_mut().zip(pulses) {
            *count = count.saturating_add(u32::from(*pulse));
        }
    }
}
