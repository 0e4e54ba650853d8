//! Order transmitter: frames byte for byte, every stall and abort, counters, template and entries, against the golden model.

#[path = "ouch_tx/orders.rs"]
mod orders;
#[path = "ouch_tx/parse.rs"]
mod parse;
#[path = "ouch_tx/world.rs"]
mod world;

use gateware::emit::Size;
use testbench::{Bench, Verdict};
use world::World;

/// Templates, each with orders under another kind of weather.
fn random(bench: &mut Bench, templates: u32) -> Verdict {
    let mut world = World::new(bench);
    world.writes = true;
    for round in 0..templates {
        let connection = orders::connection(&mut world.bench.rng);
        world.connect(connection);
        let rng = &mut world.bench.rng;
        world.grant_percent = *rng.pick(&[100, 100, 20]);
        world.ready_percent = *rng.pick(&[100, 100, 60, 15]);
        world.entry_percent = *rng.pick(&[100, 50, 10, 2]);
        world.aborts = *rng.pick(&[0, 0, 20, 120]);
        for _ in 0..world.bench.rng.between(60, 400) {
            world.cycle()?;
        }
        while world.is_connecting() {
            world.cycle()?;
        }
        // A reset while the words of the next template come in: the one in use stays as it is.
        if round % 4 == 1 {
            let next = orders::connection(&mut world.bench.rng);
            world.connect(next);
            for _ in 0..world.bench.rng.between(15, 30) {
                world.cycle()?;
            }
            world.reset();
            while world.is_connecting() {
                world.cycle()?;
            }
        }
        // A reset right behind a commit: it does not count.
        if round % 8 == 5 {
            let next = orders::connection(&mut world.bench.rng);
            world.connect(next);
            while !world.is_committing() {
                world.cycle()?;
            }
            for _ in 0..world.bench.rng.below(3) {
                world.cycle()?;
            }
            world.reset();
        }
        if round % 8 == 7 {
            world.reset();
        }
        if round % 4 == 3 {
            world.drain()?;
        }
    }
    world.drain()?;
    let seen = &world.seen;
    let counts = [seen.aborted, seen.late_aborts, seen.stalls, seen.full];
    let enough = counts
        .iter()
        .chain(seen.frames.iter().flatten())
        .chain(&seen.edges)
        .all(|count| *count > 0);
    let text = format!("the stimulus misses cases: {seen:?}");
    world.bench.check(enough, || text)
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("ouch_tx", Size::Small, 1..=3, |bench| random(bench, 150));
}

#[test]
fn sim_against_golden() {
    testbench::run("ouch_tx", Size::Sim, |bench| random(bench, 100));
}

#[test]
fn alveo_against_golden() {
    testbench::run("ouch_tx", Size::Alveo, |bench| random(bench, 100));
}

testbench::mutants!("ouch_tx", Size::Small, 60, 2, |bench| random(bench, 80));
