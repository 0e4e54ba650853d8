//! Traffic made for one purpose each.

use super::price::TICK;
use super::start;
use testbench::{Bench, Verdict};

/// Cycles in which [`needs`] is met, and searches of all cells that it takes, at most.
const NEEDS_CYCLES: u64 = 7_200;
const NEEDS_SCANS: u64 = 69;

/// Nearly as many pages as there are, one level each, then drained, swept and used anew.
pub(crate) fn crowded(bench: &mut Bench, share: u64) -> Verdict {
    let mut driver = start(bench, 8)?;
    let pages = u64::from(bench.size().contract().pages()) * share / 100;
    for round in 0..2 {
        for step in 0..pages {
            let row = usize::try_from(step % (2 * u64::from(driver.slots))).expect("a row");
            let page = u32::try_from(bench.rng.below(4_000)).expect("few");
            let px = 6_400 * page + 100 * u32::try_from(bench.rng.below(64)).expect("few");
            driver.orders.push((row, px, 7));
            driver.issue(bench, 2, row, None, Some((px, 7)))?;
        }
        driver.judge_rest(bench)?;
        // What a sweep takes from another slot is missed when that is drained.
        let any = u16::try_from(bench.rng.below(u64::from(driver.slots))).expect("a slot");
        let swept = if round == 0 { 0 } else { any };
        driver.sweep(bench, swept, TICK)?;
        let lost = driver.lost.clone();
        for row in 0..2 * usize::from(driver.slots) {
            driver.drain(bench, row, 40)?;
        }
        driver.judge_rest(bench)?;
        bench.check(driver.lost == lost, || {
            format!("lost by a sweep: {:?}, before it {lost:?}", driver.lost)
        })?;
        for slot in 0..driver.slots {
            driver.sweep(bench, slot, if round == 0 { TICK } else { 1 })?;
        }
    }
    Ok(())
}

/// More pages than there are: operations are lost, never silently.
pub(crate) fn overfull(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench, 10)?;
    let pages = bench.size().contract().pages();
    for step in 0..2 * pages {
        driver.issue(bench, 3, 0, None, Some((1_000_000 + 6_400 * step, 5)))?;
    }
    driver.rest(bench)?;
    bench.check(driver.tally.stale > u64::from(pages) / 2, || {
        format!("{:?}", driver.tally)
    })?;
    bench.check(driver.lost[0], || "slot 0 is stale".into())?;
    // Its rows are left alone from now on, whatever they need.
    let appends = driver.tally.appends;
    for step in 0..12 {
        driver.issue(bench, 3, 0, Some((1_000_000 + 6_400 * step, 5)), None)?;
    }
    driver.rest(bench)?;
    bench.eq("refills of a lost row", driver.tally.appends, appends)?;
    bench.check(driver.more(0), || "more stays".into())?;
    driver.sweep(bench, 0, TICK)?;
    for level in 0..40 {
        driver.issue(bench, 3, 0, None, Some((1_000_000 + 100 * level, 5)))?;
    }
    for level in 0..40 {
        driver.issue(bench, 60, 0, Some((1_000_000 + 100 * level, 5)), None)?;
    }
    driver.judge_rest(bench)?;
    bench.check(driver.tally.appends >= appends + 20, || {
        format!("{:?}", driver.tally)
    })
}

/// Replaces at spacing 2 fill the queue: what does not fit is lost and said to be.
pub(crate) fn flood(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench, 10)?;
    driver.issue(bench, 1, 1, None, Some((640_000, 7)))?;
    let mut px = 640_000;
    for step in 0..1_500 {
        let new = 640_000 - 100 * (step % 50);
        driver.issue(bench, 1, 1, Some((px, 7)), Some((new, 7)))?;
        px = new;
    }
    driver.rest(bench)?;
    bench.check(driver.tally.stale > 100, || format!("{:?}", driver.tally))?;
    driver.sweep(bench, 0, TICK)?;
    bench.check(!driver.lost[0], || "swept".into())
}

/// A quarter of the pages, whose cells nobody has to share: nothing may be lost, however close together they come.
pub(crate) fn roomy(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench, 9)?;
    let rows = 2 * usize::from(driver.slots);
    let pages = bench.size().contract().pages() / 4;
    for round in 0..6 {
        for step in 0..pages {
            let row = usize::try_from(step).expect("few") % rows;
            let page = u32::try_from(bench.rng.below(4_000)).expect("few");
            let px = 6_400 * page + 100 * u32::try_from(bench.rng.below(64)).expect("few");
            driver.orders.push((row, px, 7));
            driver.issue(bench, 1 + round % 2, row, None, Some((px, 7)))?;
        }
        driver.judge_rest(bench)?;
        while let Some((row, px, qty)) = driver.orders.pop() {
            driver.issue(bench, 1 + round / 2, row, Some((px, qty)), None)?;
        }
        driver.judge_rest(bench)?;
    }
    bench.eq("lost with room", driver.tally.stale, 0)
}

/// Neighbouring levels share pages, on grids of several ticks: more levels than pages, none of them lost.
pub(crate) fn dense(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench, 8)?;
    for (slot, tick) in [(0_u16, TICK), (1, 1), (2, 2_500), (3, 10_000)] {
        driver.sweep(bench, slot, tick)?;
        for level in 0..500 {
            for (side, px) in [
                (0, 70_000 * tick + tick * level),
                (1, 69_999 * tick - tick * level),
            ] {
                let row = 2 * usize::from(slot) + side;
                driver.orders.push((row, px, 1 + level));
                driver.issue(bench, 3, row, None, Some((px, 1 + level)))?;
            }
        }
        driver.judge_rest(bench)?;
        for (row, px, qty) in driver.orders.drain(..60).collect::<Vec<_>>() {
            driver.issue(bench, 45, row, Some((px, qty)), None)?;
        }
        driver.judge_rest(bench)?;
        driver.orders.clear();
        driver.sweep(bench, slot, tick)?;
    }
    bench.eq("lost with room", driver.tally.stale, 0)
}

/// Prices at the ends of what 32 bits can say, off the grid, brought back one by one.
pub(crate) fn far(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench, 8)?;
    for row in 0..2 * usize::from(driver.slots) {
        for level in 0..12 {
            for px in [7 + 64 * level, 0x7fff_fff3 + 7 * level, u32::MAX - 5 * level] {
                driver.orders.push((row, px, 3 + level));
                driver.issue(bench, 3, row, None, Some((px, 3 + level)))?;
            }
        }
        driver.judge_rest(bench)?;
        driver.drain(bench, row, 60)?;
        driver.judge_rest(bench)?;
        driver.orders.clear();
        for slot in 0..driver.slots {
            driver.sweep(bench, slot, TICK)?;
        }
    }
    bench.eq("lost with room", driver.tally.stale, 0)
}

/// All rows run short at once, some have nothing left: how long that takes, and how many searches.
pub(crate) fn needs(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench, 8)?;
    let rows = 2 * usize::from(driver.slots);
    let (from, scans) = (bench.cycles(), driver.tally.counted[2]);
    for levels in [18, 40] {
        for level in 0..levels {
            for row in 0..rows {
                let step = TICK * (11 * level);
                let px = if row & 1 == 1 {
                    640_000 - step
                } else {
                    640_100 + step
                };
                driver.orders.push((row, px, 5));
                driver.issue(bench, 2, row, None, Some((px, 5)))?;
            }
        }
        driver.judge_rest(bench)?;
        for row in 0..rows {
            driver.drain(bench, row, 2)?;
        }
        driver.judge_rest(bench)?;
    }
    let (cycles, scans) = (bench.cycles() - from, driver.tally.counted[2] - scans);
    println!("needs met in {cycles} cycles with {scans} searches of all cells");
    bench.check(cycles <= NEEDS_CYCLES, || format!("{cycles} cycles"))?;
    bench.check(scans <= NEEDS_SCANS, || format!("{scans} searches"))
}
