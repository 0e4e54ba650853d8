//! Prices of random orders.

use testbench::Bench;

/// The slot's tick in most scenarios.
pub(crate) const TICK: u32 = 100;

/// Near a mid price, sometimes far, sometimes off the grid.
pub(crate) fn price(bench: &mut Bench, row: usize) -> u32 {
    let steps = u32::try_from(bench.rng.below(90)).expect("few") * TICK;
    let near = if row & 1 == 1 {
        640_000 - steps
    } else {
        640_100 + steps
    };
    match bench.rng.below(40) {
        0 => 1,
        1 => 1_999_999_900,
        2 => near + 33,
        3 => u32::try_from(bench.rng.below(1 << 24)).expect("24 bits"),
        _ => near,
    }
}
