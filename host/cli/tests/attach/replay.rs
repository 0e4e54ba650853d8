//! Seeds of a random test: chosen by the environment, told when it fails.

use std::ops::Range;

/// The seed, and which points to run: so many, more in the soak, or the one of `TICKFORGE_POINT`.
pub(crate) fn chosen(usual: u64, soak: u64) -> (u64, Range<u64>) {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u64>().expect(name))
    };
    let seed = number("TICKFORGE_SEED").unwrap_or(1);
    let all = if crate::common::soak() { soak } else { usual };
    let points = number("TICKFORGE_POINT").map_or(0..all, |point| point..point + 1);
    (seed, points)
}

/// Tells how to come here again when dropped in a panic.
#[derive(Debug)]
pub(crate) struct Replay(String);

impl Replay {
    pub(crate) fn new(test: &str, seed: u64, point: u64) -> Self {
        Self(format!(
            "seed {seed}, point {point}; replay: TICKFORGE_SEED={seed} TICKFORGE_POINT={point} cargo test -p tickforge --test attach {test}"
        ))
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}
