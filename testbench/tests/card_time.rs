//! Card time: every cycle against one wide accumulator, across both carries and after setting it.

use gateware::emit::Size;
use testbench::golden::card_time::CardTime;
use testbench::{Bench, Verdict};

fn scenario(bench: &mut Bench) -> Verdict {
    let [increment, load, load_time, now, reset] =
        ["cfg_increment", "load", "load_time", "now", "reset"].map(|n| bench.port(n));
    let reset_increment =
        contract::reg::GLOBAL[contract::reg::index(contract::reg::GLOBAL, "TIME_INC")].reset;
    let mut step = reset_increment;
    bench.reset();
    let mut golden = CardTime::default();
    for cycle in 0..20_000u32 {
        if cycle % 500 == 499 {
            let random = u32::try_from(bench.rng.edgy(32)).expect("32 bits");
            step = *bench.rng.pick(&[random, u32::MAX, reset_increment]);
        }
        let set = bench.rng.percent(1) && bench.rng.percent(20);
        let resets = bench.rng.percent(1);
        let set = set || resets;
        let near_carry = (bench.rng.bits(32) << 32) | (0xffff_ffff - bench.rng.bits(9));
        let time = *bench.rng.pick(&[near_carry, u64::MAX - 300, 0]);
        bench.set(increment, step.into());
        bench.set(reset, resets.into());
        bench.set(load, set.into());
        bench.set(load_time, time);
        bench.eval();
        bench.eq("now", bench.get(now), golden.now())?;
        golden.tick(step, set.then_some(time));
        if resets {
            golden = CardTime::default();
        }
        bench.tick();
    }
    Ok(())
}

#[test]
fn against_golden() {
    testbench::run_seeds("card_time", Size::Small, 1..=2, scenario);
}

/// Ten million cycles of 6.4 ns are 64 ms, to the nanosecond rounded off the increment.
#[test]
fn no_drift() {
    testbench::run("card_time", Size::Small, |bench| {
        let [increment, now] = ["cfg_increment", "now"].map(|n| bench.port(n));
        bench.set(increment, 0x0666_6666);
        bench.reset();
        bench.model.ticks(10);
        let start = bench.get(now);
        bench.model.ticks(10_000_000);
        let passed = bench.get(now) - start;
        bench.check((63_999_999..=64_000_000).contains(&passed), || {
            format!("{passed} ns")
        })
    });
}

testbench::mutants!("card_time", scenario);
