//! Several clocks of a block, each with a period of its own, in one virtual time.

use crate::{Bench, Rng};
use verilated::PortId;

/// One clock.
#[derive(Debug)]
struct Clock {
    port: PortId,
    /// Picoseconds.
    period: u64,
    next: u64,
    edges: u64,
}

/// The clocks of a block. In each round: look at [`Self::due`], set the inputs of those domains, [`Bench::eval`], read outputs, then
/// [`Self::rise`].
#[derive(Debug)]
pub struct Clocks {
    clocks: Vec<Clock>,
}

/// Periods in picoseconds that two clocks are tried with: 156.25 MHz, 250 MHz, and what is far from either.
const PERIODS: [u64; 6] = [6_400, 4_000, 3_103, 6_400, 13_007, 1_000];

impl Clocks {
    /// Clocks at the ports of these names, with these periods, at any phase.
    ///
    /// # Panics
    /// When a period is 0.
    pub fn new(bench: &mut Bench, clocks: &[(&str, u64)]) -> Self {
        let clocks = clocks
            .iter()
            .map(|(name, period)| Clock {
                port: bench.port(name),
                period: *period,
                next: bench.rng.below(*period),
                edges: 0,
            })
            .collect();
        Self { clocks }
    }

    /// A period for a clock: one of some, and mostly a little off it (up to 200 ppm) or far off it.
    pub fn period(rng: &mut Rng) -> u64 {
        let nominal = *rng.pick(&PERIODS);
        match rng.below(4) {
            0 => nominal,
            1 => nominal + rng.below(nominal),
            _ => Self::near(rng, nominal),
        }
    }

    /// A period within 200 ppm.
    pub fn near(rng: &mut Rng, nominal: u64) -> u64 {
        let most = nominal / 5_000;
        nominal - most + rng.below(2 * most + 1)
    }

    /// Whether the clock of this index, in the order given, is among those that rise next.
    ///
    /// # Panics
    /// When there is no such clock.
    pub fn due(&self, index: usize) -> bool {
        let first = self.clocks.iter().map(|clock| clock.next).min();
        Some(self.clocks[index].next) == first
    }

    /// Rises of a clock so far.
    ///
    /// # Panics
    /// When there is no such clock.
    pub fn edges(&self, index: usize) -> u64 {
        self.clocks[index].edges
    }

    /// Lets all clocks that are due rise in one instant, and fall.
    pub fn rise(&mut self, bench: &mut Bench) {
        let Some(first) = self.clocks.iter().map(|clock| clock.next).min() else {
            return;
        };
        for level in [1, 0] {
            for clock in self.clocks.iter().filter(|clock| clock.next == first) {
                bench.set(clock.port, level);
            }
            bench.eval();
        }
        for clock in self.clocks.iter_mut().filter(|clock| clock.next == first) {
            clock.next += clock.period;
            clock.edges += 1;
        }
    }
}
