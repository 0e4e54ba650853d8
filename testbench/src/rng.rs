/// A small seeded generator (SplitMix64) whose sequence never changes with a library version.
#[derive(Debug, Clone)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The generator of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `width` random bits, up to 64.
    pub const fn bits(&mut self, width: u32) -> u64 {
        self.next_u64() & verilated::bits::mask(width)
    }

    /// `width` random bits in 32-bit words, lowest first.
    pub fn wide(&mut self, width: u32) -> Vec<u32> {
        let mut words = vec![0; verilated::bits::words(width)];
        let mut low = 0;
        while low < width {
            let chunk = (width - low).min(32);
            verilated::bits::set(&mut words, low, chunk, self.bits(chunk));
            low += chunk;
        }
        words
    }

    /// Uniform in `0..bound`.
    ///
    /// # Panics
    /// If `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "below(0) has no answer");
        // The bias of the remainder is irrelevant for stimulus.
        self.next_u64() % bound
    }

    /// Uniform in `low..=high`.
    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True `percent` times in a hundred.
    pub const fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(items.len() as u64)).expect("below a usize");
        &items[index]
    }

    /// A value of `width` bits that favours the edges: 0, all ones, a single bit, the top bit, small and large ones.
    pub const fn edgy(&mut self, width: u32) -> u64 {
        let all = verilated::bits::mask(width);
        match self.below(8) {
            0 => 0,
            1 => all,
            2 => (1 << self.below(if width < 64 { width as u64 } else { 64 })) & all,
            3 => all - (all >> 1),
            4 => self.bits(if width < 4 { width } else { 4 }),
            5 => all - self.bits(if width < 4 { width } else { 4 }),
            _ => self.bits(width),
        }
    }

    /// A generator for a part of the work that shall not disturb this one's sequence.
    #[must_use]
    pub const fn fork(&mut self) -> Self {
        Self::new(self.next_u64())
    }
}
