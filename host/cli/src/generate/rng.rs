//! Random numbers that are the same on every machine: integers only, no floating-point library.

/// xoshiro256** seeded by splitmix64.
#[derive(Debug, Clone)]
pub(super) struct Rng {
    state: [u64; 4],
}

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        let mut mixer = seed;
        let state = std::array::from_fn(|_| {
            mixer = mixer.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (mixer ^ (mixer >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Self { state }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// Uniform below `bound`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).expect("the high half of a 128-bit product")
    }

    /// Uniform in a range of 32 bits.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        let offset = self.below(u64::from(high.saturating_sub(low)) + 1);
        low + u32::try_from(offset).expect("an offset within 32 bits")
    }

    /// True in `part` of `whole` cases.
    pub(super) fn chance(&mut self, part: u64, whole: u64) -> bool {
        self.below(whole) < part
    }

    /// Number of failures before a success of probability 1/2, at most 64.
    fn halvings(&mut self) -> u64 {
        u64::from(self.next().leading_zeros())
    }

    /// Close to exponential: uniform inside each interval whose probability halves. Its mean is `mean`.
    pub(super) fn exponential(&mut self, mean: u64) -> u64 {
        let scale = mean.saturating_mul(2) / 3;
        self.halvings()
            .saturating_mul(scale)
            .saturating_add(self.below(scale + 1))
    }

    /// Close to geometric with this mean, as 32 bits.
    pub(super) fn geometric(&mut self, mean: u64) -> u32 {
        u32::try_from(self.exponential(mean)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_pinned() {
        let mut rng = Rng::new(1);
        let first: [u64; 3] = std::array::from_fn(|_| rng.next());
        let mut again = Rng::new(1);
        assert_eq!(first, std::array::from_fn(|_| again.next()));
        assert_ne!(first[0], Rng::new(2).next());
    }

    #[test]
    fn means_are_about_right() {
        let mut rng = Rng::new(7);
        let mean = (0..20_000).map(|_| rng.exponential(900)).sum::<u64>() / 20_000;
        assert!((850..950).contains(&mean), "{mean}");
        assert!((0..1_000).all(|_| (5..=9).contains(&rng.between(5, 9))));
        assert_eq!(rng.below(0), 0);
    }
}
