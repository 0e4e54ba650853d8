//! Level book (row and store together) against the twin's exact book.
//!
//! The rule: a view without `degraded` shows exactly the twin's ten best levels of both sides. It is checked on
//! every view, whatever the traffic, the queue, the pages and the sweeps do.

#[path = "level_book/driver.rs"]
mod driver;
#[path = "level_book/pace.rs"]
mod pace;
#[path = "level_book/real.rs"]
mod real;
#[path = "level_book/traffic.rs"]
mod traffic;

use driver::{Driver, LATENCY, Order};
use gateware::emit::Size;
use pace::{Pace, Wire};
use testbench::{Bench, Failure, Verdict};
use traffic::{MOODS, Mood};
use twin::Side;

/// Views of [`steady`] that are degraded, at most.
const STEADY_DEGRADED: u64 = 37;
/// And of [`hovering`].
const HOVERING_DEGRADED: u64 = 218;
/// Additions, eight cycles apart, within which a row of [`settling`] is refilled.
const SETTLING_ADDITIONS: u64 = 15;
/// Degraded views of 10,000 in random traffic, at most: at line rate, and faster than a wire can bring.
const LINE_SHARE: u64 = 700;
const BURST_SHARE: u64 = 1_300;

fn start(bench: &mut Bench) -> Result<Driver, Failure> {
    bench.reset();
    let mut driver = Driver::new(bench);
    driver.rest(bench)?;
    for slot in 0..driver.slots {
        driver.sweep(bench, slot, 100, false)?;
    }
    Ok(driver)
}

/// One slot swept to its grid, the others as reset leaves them.
fn start_slot(bench: &mut Bench, slot: u16, tick: u32) -> Result<Driver, Failure> {
    bench.reset();
    let mut driver = Driver::new(bench);
    driver.rest(bench)?;
    driver.sweep(bench, slot, tick, false)?;
    Ok(driver)
}

/// Events of changing moods and slots; now and then everything rests.
fn adversarial(bench: &mut Bench, events: u64, paces: &[Pace]) -> Result<Driver, Failure> {
    let mut driver = start(bench)?;
    let mut done = 0;
    while done < events {
        let mood = *bench.rng.pick(&MOODS);
        driver.pace = *bench.rng.pick(paces);
        let hot = bench.rng.percent(40);
        let slot = u16::try_from(bench.rng.below(u64::from(driver.slots))).expect("a slot");
        for _ in 0..bench.rng.between(100, 600) {
            let any = u16::try_from(bench.rng.below(u64::from(driver.slots))).expect("a slot");
            driver.random_event(bench, if hot { slot } else { any }, mood)?;
            done += 1;
        }
        driver.settle(bench, false)?;
        if driver.lost.contains(&true) {
            for slot in 0..driver.slots {
                driver.sweep(bench, slot, 100, true)?;
            }
        } else if bench.rng.percent(20) {
            let tick = *bench.rng.pick(&[1, 100, 2_500, 7]);
            driver.sweep(bench, slot, tick, true)?;
        }
    }
    driver.settle(bench, false)?;
    driver.finish(bench)?;
    Ok(driver)
}

fn ceiling(bench: &mut Bench, driver: &Driver, most: u64) -> Verdict {
    let share = driver.degraded_share();
    bench.check(share <= most, || format!("{share} of 10,000 views degraded"))
}

/// Nearly as many pages as there are, eaten from the top, swept and used anew.
fn crowded(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench)?;
    let pages = bench.size().contract().pages() * 4 / 5;
    for _ in 0..2 {
        driver.pace = Pace::Every(3);
        for step in 0..pages {
            let page = u32::try_from(bench.rng.below(4_000)).expect("few");
            let px = 6_400 * page + 100 * u32::try_from(bench.rng.below(64)).expect("few");
            let side = if step % 2 == 0 { Side::Bid } else { Side::Ask };
            let slot = u16::try_from(step / 2 % u32::from(driver.slots)).expect("a slot");
            driver.add(bench, slot, Order { side, px, qty: 9 })?;
        }
        driver.settle(bench, false)?;
        let swept = u16::try_from(bench.rng.below(u64::from(driver.slots))).expect("a slot");
        driver.sweep(bench, swept, 100, false)?;
        driver.pace = Pace::Within(60);
        for slot in 0..driver.slots {
            while driver.orders[usize::from(slot)].len() > 2 {
                let side = if bench.rng.percent(50) {
                    Side::Bid
                } else {
                    Side::Ask
                };
                let index = driver.best(slot, side);
                driver.take(bench, slot, index, false, None)?;
            }
        }
        driver.settle(bench, false)?;
        for slot in 0..driver.slots {
            driver.sweep(bench, slot, 100, false)?;
        }
    }
    driver.finish(bench)
}

/// Paced by `store_busy` nothing is ever degraded.
fn paced(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench)?;
    for _ in 0..1_500 {
        let mood = *bench.rng.pick(&[Mood::Walk, Mood::TopDown, Mood::OffGrid]);
        driver.random_event(bench, 0, mood)?;
        driver.rest(bench)?;
        driver.idle(bench, LATENCY)?;
    }
    bench.eq("degraded when paced", driver.tally.degraded, 0)?;
    bench.eq("overflows when paced", driver.tally.overflows, 0)?;
    bench.check(driver.tally.refills > 20, || format!("only {:?}", driver.tally))?;
    driver.settle(bench, true)?;
    driver.finish(bench)
}

/// A deep book, eaten from the top at line rate; then everything must be exact at rest.
fn eaten(bench: &mut Bench, levels: u32) -> Verdict {
    let mut driver = start(bench)?;
    driver.pace = Pace::Within(4);
    for side in [Side::Bid, Side::Ask] {
        for level in 0..levels {
            let px = if side == Side::Bid {
                1_000_000 - 100 * level
            } else {
                1_000_100 + 100 * level
            };
            driver.add(
                bench,
                1,
                Order {
                    side,
                    px,
                    qty: level + 1,
                },
            )?;
        }
    }
    driver.settle(bench, true)?;
    while !driver.orders[1].is_empty() {
        let side = if bench.rng.percent(50) {
            Side::Bid
        } else {
            Side::Ask
        };
        let index = driver.best(1, side);
        driver.take(bench, 1, index, false, None)?;
        if bench.rng.percent(2) {
            driver.settle(bench, true)?;
        }
    }
    driver.settle(bench, true)?;
    bench.eq("overflows", driver.tally.overflows, 0)?;
    driver.finish(bench)
}

/// Traffic that the store can follow and that does not depend on how well it does: refills may not become slower.
fn steady(bench: &mut Bench, most: u64) -> Verdict {
    let mut driver = start(bench)?;
    for mood in [Mood::TopDown, Mood::Walk, Mood::Storm, Mood::TopDown] {
        for spacing in [6, 8, 11] {
            driver.pace = Pace::Every(spacing);
            for _ in 0..400 {
                let slot = if bench.rng.percent(70) { 0 } else { 2 };
                driver.random_event(bench, slot, mood)?;
            }
        }
    }
    bench.eq("overflows", driver.tally.overflows, 0)?;
    let degraded = driver.tally.degraded;
    bench.check(degraded <= most, || {
        format!("{degraded} of {} views degraded", driver.tally.views)
    })?;
    driver.settle(bench, true)?;
    driver.finish(bench)
}

#[test]
fn small_steady() {
    testbench::run("level_book", Size::Small, |bench| steady(bench, STEADY_DEGRADED));
}

/// A row that was refilled keeps its watch: what a burst takes from the full row comes back at once.
fn prepared(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench)?;
    for (slot, side) in [(0, Side::Bid), (1, Side::Ask)] {
        driver.pace = Pace::Every(20);
        for step in 0..80 {
            let px = if side == Side::Bid {
                1_000_000 - 100 * step
            } else {
                1_000_000 + 100 * step
            };
            driver.add(bench, slot, Order { side, px, qty: 5 })?;
        }
        driver.settle(bench, true)?;
        for (spacing, takes) in [(150, 4), (8, 8), (7, 8), (6, 8)] {
            driver.pace = Pace::Every(spacing);
            for _ in 0..takes {
                let index = driver.best(slot, side);
                driver.take(bench, slot, index, false, None)?;
            }
            driver.settle(bench, true)?;
        }
    }
    bench.eq("degraded when prepared", driver.tally.degraded, 0)?;
    driver.finish(bench)
}

/// A side near its 16th level, in short bursts with rests in between: how far the store is behind it.
fn hovering(bench: &mut Bench, most: u64) -> Verdict {
    let mut driver = start(bench)?;
    for round in 0..600_u64 {
        driver.pace = Pace::Every(2 + round % 4);
        for _ in 0..bench.rng.between(4, 12) {
            let live = driver.orders[0].len();
            let px = 1_000_000 + 100 * u32::try_from(bench.rng.below(40)).expect("few");
            if bench.rng.percent(if live < 15 {
                80
            } else if live > 19 {
                20
            } else {
                50
            }) || live == 0
            {
                driver.add(
                    bench,
                    0,
                    Order {
                        side: Side::Ask,
                        px,
                        qty: 5,
                    },
                )?;
            } else {
                let index = usize::try_from(bench.rng.below(live as u64)).expect("an index");
                let new = bench.rng.percent(15).then_some((px, 6));
                driver.take(bench, 0, index, false, new)?;
            }
        }
        let takes = if round % 3 == 2 { 9 } else { 0 };
        for _ in 0..driver.orders[0].len().min(takes) {
            let index = driver.best(0, Side::Ask);
            driver.take(bench, 0, index, false, None)?;
        }
        driver.idle(bench, 20 * (round % 7))?;
    }
    bench.eq("overflows", driver.tally.overflows, 0)?;
    let (degraded, refills) = (driver.tally.degraded, driver.tally.refills);
    bench.check(degraded <= most, || {
        format!("{degraded} degraded, {refills} refills")
    })?;
    driver.settle(bench, true)?;
    driver.finish(bench)
}

/// Rows at the brim: additions and replacements every so many cycles carry them over it, each at a moment of its
/// own of the additions before; then they are eaten. What was pushed out must come back.
fn brim(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench)?;
    for (round, spacing) in (2..=12).chain(2..=12).enumerate() {
        // The second time with every bit a price of this size can have.
        let base = if round < 11 { 1_000_000 } else { 3_221_300_200 };
        for (slot, side) in [(0, Side::Bid), (1, Side::Ask), (2, Side::Bid), (3, Side::Ask)] {
            let px = |step: u32| {
                if side == Side::Bid {
                    base - 100 * step
                } else {
                    base + 100 * step
                }
            };
            let order = |step| Order {
                side,
                px: px(step),
                qty: 1 + step,
            };
            driver.pace = Pace::Every(30);
            // The worst first: it is the frontier, until something is pushed out.
            let held = u32::try_from(bench.rng.between(12, 16)).expect("few");
            for level in (0..held).rev() {
                driver.add(bench, slot, order(10 * level + 10))?;
            }
            driver.settle(bench, true)?;
            driver.pace = Pace::Every(spacing);
            let better = bench.rng.percent(70);
            for step in 0..bench.rng.between(17 - u64::from(held), 5) {
                let step = u32::try_from(step).expect("few");
                let at = if better { 15 + 10 * step } else { 225 - 10 * step };
                if step == 2 && bench.rng.percent(25) {
                    let index = driver.best(slot, side);
                    driver.take(bench, slot, index, false, Some((px(at), 9)))?;
                } else {
                    driver.add(bench, slot, order(at))?;
                }
            }
            if bench.rng.percent(50) {
                driver.settle(bench, true)?;
            }
            driver.pace = Pace::Every(40);
            while driver.orders[usize::from(slot)].len() > 2 {
                let index = driver.best(slot, side);
                driver.take(bench, slot, index, false, None)?;
            }
            driver.settle(bench, true)?;
            while !driver.orders[usize::from(slot)].is_empty() {
                driver.take(bench, slot, 0, false, None)?;
            }
        }
    }
    bench.eq("overflows", driver.tally.overflows, 0)?;
    println!("brim: {:?}", driver.tally);
    driver.finish(bench)
}

/// A row that knows of levels beyond it loses its tail at once, and an order goes to a price behind what is left, where the row is
/// still known to be complete: the row refuses it with the removal, and has to be found out.
fn replaced(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench)?;
    for round in 0..16_u32 {
        for (slot, side) in [(0, Side::Bid), (1, Side::Ask), (2, Side::Bid), (3, Side::Ask)] {
            let base = if round < 8 { 1_000_000 } else { 3_221_300_200 };
            let step = if round % 3 > 0 { 1 } else { 100 };
            let px = |at: u32| {
                if side == Side::Bid {
                    base - step * at
                } else {
                    base + step * at
                }
            };
            driver.pace = Pace::Every(30);
            for level in 0..20 {
                let px = px(4 * level);
                driver.add(bench, slot, Order { side, px, qty: 5 })?;
            }
            driver.settle(bench, true)?;
            driver.pace = Pace::Every(2);
            let kept = 2 + round % 8;
            for level in (kept..16).rev() {
                let at = driver.orders[usize::from(slot)]
                    .iter()
                    .position(|o| o.px == px(4 * level));
                driver.take(bench, slot, at.expect("a level"), false, None)?;
            }
            let best = driver.best(slot, side);
            driver.take(bench, slot, best, false, Some((px(4 * kept - 2), 9)))?;
            driver.settle(bench, true)?;
            driver.pace = Pace::Every(12);
            while !driver.orders[usize::from(slot)].is_empty() {
                let best = driver.best(slot, side);
                driver.take(bench, slot, best, false, None)?;
            }
            driver.settle(bench, true)?;
        }
    }
    driver.finish(bench)
}

/// Additions to levels that a row has, so close together that they might push one out: as soon as the first has
/// landed it is known that they do not, and the row is refilled although additions go on.
fn settling(bench: &mut Bench) -> Verdict {
    let mut driver = start(bench)?;
    for (slot, side) in [(0, Side::Bid), (1, Side::Ask), (2, Side::Bid), (3, Side::Ask)] {
        let order = |level: u32| Order {
            side,
            px: if side == Side::Bid {
                1_000_000 - 100 * level
            } else {
                1_000_000 + 100 * level
            },
            qty: 5,
        };
        driver.pace = Pace::Every(40);
        for level in (1..=16).rev() {
            driver.add(bench, slot, order(level))?;
        }
        driver.settle(bench, true)?;
        // The worst is pushed out; before the row has a watch it loses three.
        driver.add(bench, slot, order(0))?;
        for spacing in [14, 2, 2] {
            driver.pace = Pace::Every(spacing);
            let index = driver.best(slot, side);
            driver.take(bench, slot, index, false, None)?;
        }
        for spacing in [12, 2, 2, 2] {
            driver.pace = Pace::Every(spacing);
            driver.add(bench, slot, order(15))?;
        }
        driver.pace = Pace::Every(8);
        let refills = driver.tally.refills;
        let mut additions = 0;
        while driver.tally.refills == refills {
            driver.add(bench, slot, order(15))?;
            additions += 1;
            bench.check(additions <= SETTLING_ADDITIONS, || {
                format!("row of slot {slot} is not refilled while additions go on")
            })?;
        }
        println!("settling: refilled after {additions} additions");
        driver.settle(bench, true)?;
    }
    bench.eq("degraded when settling", driver.tally.degraded, 0)?;
    driver.finish(bench)
}

#[test]
fn small_settling() {
    testbench::run("level_book", Size::Small, settling);
}

#[test]
fn small_prepared() {
    testbench::run("level_book", Size::Small, prepared);
}

#[test]
fn small_hovering() {
    testbench::run("level_book", Size::Small, |bench| {
        hovering(bench, HOVERING_DEGRADED)
    });
}

#[test]
fn small_replaced() {
    testbench::run("level_book", Size::Small, replaced);
}

#[test]
fn small_brim() {
    testbench::run_seeds("level_book", Size::Small, 1..=2, brim);
}

#[test]
fn small_adversarial_at_line_rate() {
    testbench::run_seeds("level_book", Size::Small, 1..=2, |bench| {
        let driver = adversarial(bench, 25_000, &[Pace::Line(Wire::default())])?;
        ceiling(bench, &driver, LINE_SHARE)
    });
}

/// More than a wire can bring.
#[test]
fn small_adversarial_in_bursts() {
    let paces = [
        Pace::Every(2),
        Pace::Every(2),
        Pace::Every(3),
        Pace::Within(5),
        Pace::Within(40),
    ];
    testbench::run_seeds("level_book", Size::Small, 1..=2, |bench| {
        let driver = adversarial(bench, 25_000, &paces)?;
        ceiling(bench, &driver, BURST_SHARE)
    });
}

#[test]
fn small_crowded() {
    testbench::run_seeds("level_book", Size::Small, 1..=2, crowded);
}

#[test]
fn small_paced() {
    testbench::run("level_book", Size::Small, paced);
}

#[test]
fn small_eaten() {
    testbench::run("level_book", Size::Small, |bench| eaten(bench, 700));
}

// Row and store have mutants of their own: these are of what joins them. A row refilled later or more often than
// by the block without any mutation is a fault too: what it reaches here is written down.
testbench::mutants!(
    "level_book",
    ["level_book", "level_book_frontier"],
    Size::Small,
    20,
    1,
    |bench| {
        hovering(bench, 199)?;
        brim(bench)?;
        eaten(bench, 200)?;
        steady(bench, 7)?;
        prepared(bench)?;
        settling(bench)?;
        let driver = adversarial(bench, 15_000, &[Pace::Every(2), Pace::Line(Wire::default())])?;
        let tally = driver.tally;
        bench.eq(
            "views degraded, levels appended, searches",
            (tally.degraded, tally.refills, tally.scans),
            (1_820, 477, 487),
        )?;
        replaced(bench)
    }
);
