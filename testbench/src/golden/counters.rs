//! Golden model of the counters.

/// Saturating 32-bit counters.
#[derive(Debug, Clone)]
pub struct Counters {
    counts: Vec<u32>,
    index: u32,
    chosen: u32,
}

impl Counters {
    /// `count` counters at zero.
    pub fn new(count: usize) -> Self {
        Self {
            counts: vec![0; count],
            index: u32::MAX,
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
        let at = usize::try_from(self.index).ok();
        self.chosen = at.and_then(|i| self.counts.get(i)).copied().unwrap_or(0);
        self.index = index;
        for (count, pulse) in self.counts.iter_mut().zip(pulses) {
            *count = count.saturating_add(u32::from(*pulse));
        }
    }
}
