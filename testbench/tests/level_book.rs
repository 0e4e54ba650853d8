//! Level book (row and store together) against the twin's exact book.
//!
//! The rule: a view without `degraded` shows exactly the twin's ten best levels of both sides. It is checked on
//! every view, whatever the traffic, the queue, the pages and the sweeps do.

use contract::record::{Level, flag};
use gateware::emit::Size;
use gateware::types::{BookOp, BookView};
use std::collections::VecDeque;
use std::sync::Arc;
use testbench::{Bench, Bundle, Layout, Verdict};
use twin::{Book, LevelOp, Side};
use verilated::PortId;

/// Cycles from an operation to its view.
const LATENCY: u64 = 11;
/// Cycles within which the store must come to rest.
const REST_CYCLES: u64 = 400_000;

/// A live order.
#[derive(Debug, Clone, Copy)]
struct Order {
    side: Side,
    px: u32,
    qty: u32,
}

/// What a view must say.
struct Expected {
    due: u64,
    op: Bundle,
    bids: [Level; 10],
    asks: [Level; 10],
    crossed: bool,
}

/// Counts of a run.
#[derive(Debug, Default)]
struct Tally {
    views: u64,
    degraded: u64,
    overflows: u64,
    refills: u64,
    scans: u64,
    stale: u64,
}

struct Ports {
    op_valid: PortId,
    op: PortId,
    view_valid: PortId,
    view: PortId,
    sweep: [PortId; 4],
    sweep_done: PortId,
    busy: PortId,
    store_count: PortId,
    count: PortId,
    stale_valid: PortId,
}

struct Driver {
    ports: Ports,
    op_layout: Arc<Layout>,
    view_layout: Arc<Layout>,
    golden: Book,
    slots: u16,
    ticks: Vec<u32>,
    orders: Vec<Vec<Order>>,
    expected: VecDeque<Expected>,
    tally: Tally,
    counted_degraded: u64,
    sweep_done: bool,
    sequence: u64,
}

impl Driver {
    fn new(bench: &Bench) -> Self {
        let port = |name| bench.port(name);
        let slots = u16::try_from(bench.size().contract().slots).expect("at most 64");
        Self {
            ports: Ports {
                op_valid: port("op_valid"),
                op: port("op"),
                view_valid: port("view_valid"),
                view: port("view"),
                sweep: ["sweep_valid", "sweep_slot", "sweep_tick", "sweep_reciprocal"].map(port),
                sweep_done: port("sweep_done"),
                busy: port("store_busy"),
                store_count: port("store_count"),
                count: port("count"),
                stale_valid: port("stale_valid"),
            },
            op_layout: Arc::new(Layout::of::<BookOp>()),
            view_layout: Arc::new(Layout::of::<BookView>()),
            golden: Book::new(slots),
            slots,
            ticks: vec![100; usize::from(slots)],
            orders: vec![Vec::new(); usize::from(slots)],
            expected: VecDeque::new(),
            tally: Tally::default(),
            counted_degraded: 0,
            sweep_done: false,
            sequence: 0,
        }
    }

    /// One cycle: checks what the block shows now, then clocks it.
    fn cycle(&mut self, bench: &mut Bench) -> Verdict {
        bench.eval();
        let due = self.expected.front().is_some_and(|e| e.due == bench.cycles());
        bench.eq("view valid", bench.is(self.ports.view_valid), due)?;
        if due && let Some(expected) = self.expected.pop_front() {
            self.view(bench, &expected)?;
        }
        self.counted_degraded += bench.get(self.ports.count);
        let counts = bench.get(self.ports.store_count);
        self.tally.overflows += counts & 1;
        self.tally.refills += counts >> 1 & 1;
        self.tally.scans += counts >> 2 & 1;
        bench.eq(
            "an overflow makes a slot stale",
            bench.get(self.ports.stale_valid),
            counts & 1,
        )?;
        self.tally.stale += counts & 1;
        self.sweep_done = bench.is(self.ports.sweep_done);
        bench.tick();
        bench.set(self.ports.op_valid, 0);
        Ok(())
    }

    fn view(&mut self, bench: &mut Bench, expected: &Expected) -> Verdict {
        let view = Bundle::from_words(&self.view_layout, bench.get_wide(self.ports.view));
        self.tally.views += 1;
        for field in [
            "changed",
            "buy",
            "trade",
            "trade_qty",
            "meta.seq",
            "meta.stamp",
            "meta.ts",
            "meta.slot",
            "meta.event",
        ] {
            bench.eq(field, view.get(field), expected.op.get(field))?;
        }
        let flags = view.get("meta.flags");
        let degraded = flags & u64::from(flag::DEGRADED) != 0;
        let both = u64::from(flag::DEGRADED | flag::CROSSED);
        bench.eq("earlier flags", flags & !both, expected.op.get("meta.flags"))?;
        for (side, exact) in [("bid", &expected.bids), ("ask", &expected.asks)] {
            let prices = view.get_bytes(&format!("{side}_px"));
            let sizes = view.get_bytes(&format!("{side}_sz"));
            let shown: [Level; 10] = std::array::from_fn(|i| Level {
                px: word(&prices, i),
                sz: word(&sizes, i),
            });
            if !degraded {
                bench.check(shown == *exact, || {
                    format!(
                        "unflagged {side} of slot {}: {shown:?}, exact {exact:?}",
                        expected.op.get("meta.slot")
                    )
                })?;
            }
            for depth in [3, 5, 10] {
                let sum: u64 = shown[..depth].iter().map(|l| u64::from(l.sz)).sum();
                bench.eq(
                    &format!("{side}_{depth}"),
                    view.get(&format!("{side}_{depth}")),
                    sum,
                )?;
            }
        }
        if degraded {
            self.tally.degraded += 1;
        } else {
            bench.eq("crossed", flags & u64::from(flag::CROSSED) != 0, expected.crossed)?;
        }
        Ok(())
    }

    fn idle(&mut self, bench: &mut Bench, cycles: u64) -> Verdict {
        for _ in 0..cycles {
            self.cycle(bench)?;
        }
        Ok(())
    }

    /// Presents an operation and passes its cycle.
    fn issue(&mut self, bench: &mut Bench, op: &LevelOp, changed: bool) -> Verdict {
        if changed {
            self.golden.apply(op);
        }
        self.sequence += 1;
        let mut words = Bundle::zero(&self.op_layout);
        let flags = bench.rng.bits(3);
        words
            .set("meta.slot", u64::from(op.slot))
            .set("meta.seq", self.sequence)
            .set("meta.flags", flags)
            .set("meta.event", bench.rng.between(1, 9))
            .set("meta.ts", bench.rng.bits(48))
            .set("meta.stamp", bench.rng.bits(64))
            .set("changed", u64::from(changed))
            .set("buy", u64::from(op.side == Side::Bid))
            .set("trade", bench.rng.bits(1))
            .set("trade_qty", bench.rng.bits(32))
            .set("rem_valid", u64::from(op.remove.is_some()))
            .set("add_valid", u64::from(op.add.is_some()));
        let (rem_px, rem_qty) = op.remove.unwrap_or_else(|| random_pair(bench));
        let (add_px, add_qty) = op.add.unwrap_or_else(|| random_pair(bench));
        words
            .set("rem_px", u64::from(rem_px))
            .set("rem_qty", u64::from(rem_qty))
            .set("add_px", u64::from(add_px))
            .set("add_qty", u64::from(add_qty));
        bench.set(self.ports.op_valid, 1);
        bench.set_wide(self.ports.op, words.words());
        self.expected.push_back(Expected {
            due: bench.cycles() + LATENCY,
            op: words,
            bids: self.golden.top(op.slot, Side::Bid),
            asks: self.golden.top(op.slot, Side::Ask),
            crossed: self.golden.is_crossed(op.slot),
        });
        self.cycle(bench)
    }

    fn add(&mut self, bench: &mut Bench, slot: u16, order: Order) -> Verdict {
        self.orders[usize::from(slot)].push(order);
        let op = LevelOp {
            slot,
            side: order.side,
            remove: None,
            add: Some((order.px, order.qty)),
        };
        self.issue(bench, &op, true)
    }

    /// Takes some or all of an order; replaces it if a new one is given.
    fn take(
        &mut self,
        bench: &mut Bench,
        slot: u16,
        index: usize,
        part: bool,
        new: Option<(u32, u32)>,
    ) -> Verdict {
        let orders = &mut self.orders[usize::from(slot)];
        let order = orders[index];
        let taken = if part && order.qty > 1 {
            order.qty / 2
        } else {
            order.qty
        };
        if taken == order.qty {
            orders.swap_remove(index);
        } else {
            orders[index].qty -= taken;
        }
        if let Some((px, qty)) = new {
            orders.push(Order {
                side: order.side,
                px,
                qty,
            });
        }
        let op = LevelOp {
            slot,
            side: order.side,
            remove: Some((order.px, taken)),
            add: new,
        };
        self.issue(bench, &op, true)
    }

    /// Waits until the store is at rest, then looks at every slot: nothing may be degraded.
    fn settle(&mut self, bench: &mut Bench, exact: bool) -> Verdict {
        self.rest(bench)?;
        let before = self.tally.degraded;
        for slot in 0..self.slots {
            let op = LevelOp {
                slot,
                side: Side::Ask,
                remove: None,
                add: None,
            };
            self.issue(bench, &op, false)?;
            self.idle(bench, 1)?;
        }
        self.idle(bench, LATENCY)?;
        let degraded = self.tally.degraded - before;
        bench.check(!exact || degraded == 0, || {
            format!("{degraded} slots degraded at rest")
        })
    }

    fn rest(&mut self, bench: &mut Bench) -> Verdict {
        let mut waited = 0;
        bench.eval();
        while bench.is(self.ports.busy) {
            self.cycle(bench)?;
            waited += 1;
            bench.check(waited < REST_CYCLES, || "the store never rests".into())?;
        }
        Ok(())
    }

    /// Empties a slot and gives it a tick; other slots go on meanwhile if `traffic`.
    fn sweep(&mut self, bench: &mut Bench, slot: u16, tick: u32, traffic: bool) -> Verdict {
        self.idle(bench, 2)?;
        self.golden.clear_slot(slot);
        self.orders[usize::from(slot)].clear();
        self.ticks[usize::from(slot)] = tick;
        let [valid, slot_port, tick_port, reciprocal] = self.ports.sweep;
        // A bad reciprocal may only move prices off the grid.
        let recip = if bench.rng.percent(90) {
            contract::feature::grid_recip(tick)
        } else {
            12_345
        };
        for (port, value) in [
            (valid, 1),
            (slot_port, u64::from(slot)),
            (tick_port, u64::from(tick)),
            (reciprocal, u64::from(recip)),
        ] {
            bench.set(port, value);
        }
        let mut waited = 0;
        self.sweep_done = false;
        while !self.sweep_done {
            let other = u16::try_from(bench.rng.below(u64::from(self.slots))).expect("a slot");
            if traffic && other != slot && bench.rng.percent(30) {
                self.random_event(bench, other, Mood::Walk)?;
            }
            self.idle(bench, 1)?;
            waited += 1;
            bench.check(waited < REST_CYCLES, || "the sweep never ends".into())?;
        }
        bench.set(valid, 0);
        self.idle(bench, 1)
    }

    fn random_event(&mut self, bench: &mut Bench, slot: u16, mood: Mood) -> Verdict {
        let live = self.orders[usize::from(slot)].len();
        let side = if bench.rng.percent(50) {
            Side::Bid
        } else {
            Side::Ask
        };
        let px = price(bench, mood, side, self.ticks[usize::from(slot)]);
        let qty = u32::try_from(if bench.rng.percent(97) {
            bench.rng.between(1, 500)
        } else {
            u64::from(u32::MAX)
        })
        .expect("32 bits");
        if live < 8 || bench.rng.percent(if live < mood.wanted() { 60 } else { 35 }) {
            return self.add(bench, slot, Order { side, px, qty });
        }
        let index = if bench.rng.percent(mood.top_percent()) {
            self.best(slot, side)
        } else {
            usize::try_from(bench.rng.below(live as u64)).expect("an index")
        };
        let part = bench.rng.percent(20);
        let replaces = bench.rng.percent(if mood == Mood::Storm { 90 } else { 25 });
        self.take(
            bench,
            slot,
            index,
            part && !replaces,
            replaces.then_some((px, qty)),
        )
    }

    /// An order at the best price of a side, or of the other one.
    fn best(&self, slot: u16, side: Side) -> usize {
        let orders = &self.orders[usize::from(slot)];
        let rank = |o: &Order| (o.side != side, if o.side == Side::Bid { !o.px } else { o.px });
        (0..orders.len()).min_by_key(|&i| rank(&orders[i])).unwrap_or(0)
    }
}

/// The kind of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Near a mid price, on the grid.
    Walk,
    /// Anywhere, with stub quotes.
    Sparse,
    /// Near a mid price, off the grid.
    OffGrid,
    /// Mostly replaces.
    Storm,
    /// Deletes the best.
    TopDown,
}

const MOODS: [Mood; 5] = [
    Mood::Walk,
    Mood::Sparse,
    Mood::OffGrid,
    Mood::Storm,
    Mood::TopDown,
];

impl Mood {
    const fn wanted(self) -> usize {
        match self {
            Self::Sparse => 40,
            Self::TopDown => 250,
            Self::Walk | Self::OffGrid | Self::Storm => 120,
        }
    }

    const fn top_percent(self) -> u64 {
        if matches!(self, Self::TopDown) { 90 } else { 10 }
    }
}

fn price(bench: &mut Bench, mood: Mood, side: Side, tick: u32) -> u32 {
    let rng = &mut bench.rng;
    let away = |steps: u64| {
        let steps = u32::try_from(steps).expect("few") * tick;
        if side == Side::Bid {
            1_000_000 + 2 * tick - steps
        } else {
            1_000_000 + steps
        }
    };
    match mood {
        Mood::Sparse => match rng.below(6) {
            0 => 1,
            1 => 1_999_999_900,
            2 => u32::try_from(rng.edgy(32)).expect("32 bits"),
            _ => u32::try_from(rng.below(20_000)).expect("few") * 100 * 977,
        },
        Mood::OffGrid => {
            let base = away(rng.below(40));
            base + u32::try_from(rng.below(3)).expect("few")
        }
        Mood::Walk | Mood::Storm => away(rng.below(60)),
        Mood::TopDown => away(rng.below(200)),
    }
}

fn random_pair(bench: &mut Bench) -> (u32, u32) {
    let word = |bench: &mut Bench| u32::try_from(bench.rng.bits(32)).expect("32 bits");
    (word(bench), word(bench))
}

fn word(bytes: &[u8], index: usize) -> u32 {
    let at = 4 * index;
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn start(bench: &mut Bench) -> Result<Driver, testbench::Failure> {
    bench.reset();
    let mut driver = Driver::new(bench);
    driver.rest(bench)?;
    for slot in 0..driver.slots {
        driver.sweep(bench, slot, 100, false)?;
    }
    Ok(driver)
}

/// Events of changing moods, spacings and slots; now and then everything rests and must be exact.
fn adversarial(bench: &mut Bench, events: u64) -> Verdict {
    let mut driver = start(bench)?;
    let mut done = 0;
    while done < events {
        let mood = *bench.rng.pick(&MOODS);
        let spacing = *bench.rng.pick(&[2, 2, 3, 5, 40]);
        let hot = bench.rng.percent(40);
        let slot = u16::try_from(bench.rng.below(u64::from(driver.slots))).expect("a slot");
        let overflows = driver.tally.overflows;
        for _ in 0..bench.rng.between(100, 600) {
            let any = u16::try_from(bench.rng.below(u64::from(driver.slots))).expect("a slot");
            driver.random_event(bench, if hot { slot } else { any }, mood)?;
            let gap = if spacing < 5 {
                spacing
            } else {
                bench.rng.between(2, spacing)
            };
            driver.idle(bench, gap - 1)?;
            done += 1;
        }
        let lost = driver.tally.overflows != overflows;
        driver.settle(bench, false)?;
        if lost {
            for slot in 0..driver.slots {
                driver.sweep(bench, slot, 100, true)?;
            }
        } else if bench.rng.percent(20) {
            let tick = *bench.rng.pick(&[1, 100, 2_500, 7]);
            driver.sweep(bench, slot, tick, true)?;
        }
    }
    driver.settle(bench, false)?;
    finish(bench, &driver)
}

fn finish(bench: &mut Bench, driver: &Driver) -> Verdict {
    bench.eq("degraded counted", driver.counted_degraded, driver.tally.degraded)?;
    println!("{:?}", driver.tally);
    Ok(())
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
    finish(bench, &driver)
}

/// A deep book, eaten from the top at line rate; then everything must be exact at rest.
fn eaten(bench: &mut Bench, levels: u32) -> Verdict {
    let mut driver = start(bench)?;
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
            driver.idle(bench, 1 + u64::from(level % 3))?;
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
        driver.idle(bench, bench.rng.clone().between(1, 2))?;
        if bench.rng.percent(2) {
            driver.settle(bench, true)?;
        }
    }
    driver.settle(bench, true)?;
    bench.eq("overflows", driver.tally.overflows, 0)?;
    finish(bench, &driver)
}

#[test]
fn small_adversarial() {
    testbench::run_seeds("level_book", Size::Small, 1..=4, |bench| {
        adversarial(bench, 25_000)
    });
}

#[test]
fn small_paced() {
    testbench::run("level_book", Size::Small, paced);
}

#[test]
fn small_eaten() {
    testbench::run("level_book", Size::Small, |bench| eaten(bench, 700));
}
