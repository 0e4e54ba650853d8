//! The gate: cycle by cycle against its golden model, each check alone, updates in every cycle of a decision, the host's own gate beside it.

#[path = "risk_gate/directed.rs"]
mod directed;
#[path = "risk_gate/gross.rs"]
mod gross;
#[path = "risk_gate/guards.rs"]
mod guards;
#[path = "risk_gate/host.rs"]
mod host;
#[path = "risk_gate/replace.rs"]
mod replace;
#[path = "risk_gate/traffic.rs"]
mod traffic;
#[path = "risk_gate/world.rs"]
mod world;

use gateware::emit::Size;
use testbench::{Bench, Verdict};
use world::World;

fn random(bench: &mut Bench, rounds: u32) -> Verdict {
    let mut world = World::new(bench);
    traffic::random(&mut world, rounds)?;
    let missing = world.never_alone();
    let enough = missing.is_empty()
        && world.seen.cancels > 20
        && world.seen.kills > 10
        && world.seen.granted > 100
        && world.seen.quiet > 2;
    let text = format!("the stimulus misses {missing:?}: {:?}", world.seen);
    world.bench.check(enough, || text)
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("risk_gate", Size::Small, 1..=3, |bench| random(bench, 200));
}

#[test]
fn sim_against_golden() {
    testbench::run("risk_gate", Size::Sim, |bench| random(bench, 100));
}

#[test]
fn alveo_against_golden() {
    testbench::run("risk_gate", Size::Alveo, |bench| random(bench, 100));
}

#[test]
fn one_thing_wrong_at_a_time() {
    testbench::run("risk_gate", Size::Small, |bench| {
        let world = &mut World::new(bench);
        directed::all(world)?;
        guards::all(world)?;
        replace::all(world)?;
        gross::all(world)
    });
}

#[test]
fn host_and_card_agree() {
    testbench::run_seeds("risk_gate", Size::Small, 1..=2, |bench| {
        host::agree(&mut World::new(bench), 3_000)
    });
}

testbench::mutants!("risk_gate", |bench| {
    random(bench, 100)?;
    let world = &mut World::new(bench);
    directed::all(world)?;
    guards::all(world)?;
    replace::all(world)?;
    gross::all(world)
});
