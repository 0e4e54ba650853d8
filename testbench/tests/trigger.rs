//! The fabric trigger: cycle by cycle against its golden model, every comparator, cause and way to the gate; one trigger at a time by hand.

#[path = "trigger/directed.rs"]
mod directed;
#[path = "trigger/traffic.rs"]
mod traffic;
#[path = "trigger/world.rs"]
mod world;

use gateware::emit::Size;
use testbench::{Bench, Verdict};
use world::World;

/// Weather after weather.
fn random(bench: &mut Bench, rounds: u32) -> Verdict {
    let mut world = World::new(bench);
    for round in 0..rounds {
        traffic::round(&mut world)?;
        if round % 4 == 3 {
            world.reset();
        }
    }
    let missing = world.missing();
    let text = format!("the stimulus misses {missing:?}: {:?}", world.golden.seen);
    world.bench.check(missing.is_empty(), || text)
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("trigger", Size::Small, 1..=4, |bench| random(bench, 120));
}

#[test]
fn sim_against_golden() {
    testbench::run("trigger", Size::Sim, |bench| random(bench, 120));
}

#[test]
fn alveo_against_golden() {
    testbench::run("trigger", Size::Alveo, |bench| random(bench, 120));
}

#[test]
#[ignore = "long: scripts/soak"]
fn soak_against_golden() {
    testbench::run_seeds("trigger", Size::Small, 10..=60, |bench| random(bench, 600));
    testbench::run_seeds("trigger", Size::Sim, 10..=20, |bench| random(bench, 600));
}

#[test]
fn one_trigger_at_a_time() {
    testbench::run("trigger", Size::Small, |bench| {
        directed::all(&mut World::new(bench))
    });
}

testbench::mutants!("trigger", Size::Small, 40, 1, |bench| {
    random(bench, 120)?;
    directed::all(&mut World::new(bench))
});
