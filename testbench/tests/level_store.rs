//! Level store against the twin's exact book, with the row's golden model in place of the row.
//!
//! Every refill is judged in the cycle in which the row takes it: an append must be the best level worse than the
//! row's tail with its whole quantity, and `done` must mean that there is none, whatever happened since the search.

#[path = "level_store/directed.rs"]
mod directed;
#[path = "level_store/price.rs"]
mod price;
use directed::{crowded, dense, far, flood, needs, overfull, roomy};
use gateware::emit::Size;
use price::{TICK, price};
use std::collections::VecDeque;
use testbench::golden::level_row::{Action, LEVELS, LevelRows};
use testbench::{Bench, Failure, Verdict};
use twin::{Book, LevelOp, Side};
use verilated::PortId;

/// Cycles within which the store must come to rest.
const REST_CYCLES: u64 = 100_000;

struct Ports {
    op_valid: PortId,
    op_row: PortId,
    op_removes: PortId,
    op_remove_price: PortId,
    op_remove_quantity: PortId,
    op_adds: PortId,
    op_add_price: PortId,
    op_add_quantity: PortId,
    summary: [PortId; 8],
    refill_valid: PortId,
    refill_kind: PortId,
    refill_row: PortId,
    refill_price: PortId,
    refill_quantity: PortId,
    refill_taken: PortId,
    sweep: [PortId; 4],
    sweep_done: PortId,
    stale_valid: PortId,
    stale_slot: PortId,
    busy: PortId,
    count: PortId,
}

#[derive(Debug, Default)]
struct Tally {
    opens: u64,
    appends: u64,
    dones: u64,
    clears: u64,
    unjudged: u64,
    counted: [u64; 3],
    stale: u64,
}

/// How far a row is complete: at `price` or better; an open one does not know that there is more.
#[derive(Debug, Clone, Copy, Default)]
struct Frontier {
    price: Option<u32>,
    open: bool,
}

struct Driver {
    ports: Ports,
    rows: LevelRows,
    book: Book,
    slots: u16,
    /// Row, price, quantity of each live order.
    orders: Vec<(usize, u32, u32)>,
    lost: Vec<bool>,
    /// What the rows know beyond their tails.
    frontiers: Vec<Frontier>,
    /// Cycle and fields of summaries under way, from the row on.
    summaries: VecDeque<(u64, [u64; 7])>,
    delay: u64,
    idle_cycles: u64,
    taken: bool,
    sweep_done: bool,
    /// The slot whose book is already empty, though its rows are not.
    sweeping: Option<u16>,
    tally: Tally,
}

impl Driver {
    fn new(bench: &Bench, delay: u64) -> Self {
        let port = |name| bench.port(name);
        let slots = u16::try_from(bench.size().contract().slots).expect("at most 64");
        Self {
            ports: Ports {
                op_valid: port("op_valid"),
                op_row: port("op_row"),
                op_removes: port("op_removes"),
                op_remove_price: port("op_remove_price"),
                op_remove_quantity: port("op_remove_quantity"),
                op_adds: port("op_adds"),
                op_add_price: port("op_add_price"),
                op_add_quantity: port("op_add_quantity"),
                summary: [
                    "summary_valid",
                    "summary_row",
                    "summary_more",
                    "summary_count",
                    "summary_known",
                    "summary_bounded",
                    "summary_frontier",
                    "summary_open",
                ]
                .map(port),
                refill_valid: port("refill_valid"),
                refill_kind: port("refill_kind"),
                refill_row: port("refill_row"),
                refill_price: port("refill_price"),
                refill_quantity: port("refill_quantity"),
                refill_taken: port("refill_taken"),
                sweep: ["sweep_valid", "sweep_slot", "sweep_tick", "sweep_reciprocal"].map(port),
                sweep_done: port("sweep_done"),
                stale_valid: port("stale_valid"),
                stale_slot: port("stale_slot"),
                busy: port("busy"),
                count: port("count"),
            },
            rows: LevelRows::new(2 * usize::from(slots)),
            book: Book::new(slots),
            slots,
            orders: Vec::new(),
            lost: vec![false; usize::from(slots)],
            frontiers: vec![Frontier::default(); 2 * usize::from(slots)],
            summaries: VecDeque::new(),
            delay,
            idle_cycles: 0,
            taken: false,
            sweep_done: false,
            sweeping: None,
            tally: Tally::default(),
        }
    }

    /// One cycle, with the operation if there is one; `next` tells that one follows in the next cycle.
    fn cycle(&mut self, bench: &mut Bench, op: Option<(usize, &LevelOp)>, next: bool) -> Verdict {
        self.drive(bench, op);
        bench.eval();
        let offered = bench.is(self.ports.refill_valid);
        let free = op.is_none() && !next && self.idle_cycles > 0 && !self.taken;
        self.taken = false;
        if offered && free && bench.rng.percent(85) {
            self.refill(bench)?;
            self.taken = true;
        }
        if let Some((row, op)) = op {
            self.book.apply(op);
            self.apply(row, op);
            self.landed(bench, row);
        }
        self.idle_cycles = if op.is_some() { 0 } else { self.idle_cycles + 1 };
        self.observe(bench)?;
        bench.tick();
        Ok(())
    }

    fn observe(&mut self, bench: &mut Bench) -> Verdict {
        let counts = bench.get(self.ports.count);
        for (bit, counted) in self.tally.counted.iter_mut().enumerate() {
            *counted += counts >> bit & 1;
        }
        let stale = bench.get(self.ports.stale_valid);
        bench.eq("an overflow makes a slot stale", stale, counts & 1)?;
        if stale == 1 {
            self.tally.stale += 1;
            let slot = usize::try_from(bench.get(self.ports.stale_slot)).expect("a slot");
            self.lost[slot] = true;
        }
        self.sweep_done = bench.is(self.ports.sweep_done);
        Ok(())
    }

    fn drive(&mut self, bench: &mut Bench, op: Option<(usize, &LevelOp)>) {
        let ports = &self.ports;
        // Without an operation the other inputs are noise.
        let noise = |bench: &mut Bench| (bench.rng.bits(32), bench.rng.bits(32));
        let (rem, add) = (noise(bench), noise(bench));
        let pair = |p: Option<(u32, u32)>, n: (u64, u64)| p.map_or(n, |(a, b)| (a.into(), b.into()));
        let rem = pair(op.and_then(|(_, op)| op.remove), rem);
        let add = pair(op.and_then(|(_, op)| op.add), add);
        let random_row = bench.rng.below(2 * u64::from(self.slots));
        let noisy = bench.rng.bits(2);
        bench.set(ports.op_valid, u64::from(op.is_some()));
        bench.set(ports.op_row, op.map_or(random_row, |(row, _)| row as u64));
        bench.set(
            ports.op_removes,
            op.map_or(noisy & 1, |(_, op)| u64::from(op.remove.is_some())),
        );
        bench.set(
            ports.op_adds,
            op.map_or(noisy >> 1, |(_, op)| u64::from(op.add.is_some())),
        );
        bench.set(ports.op_remove_price, rem.0);
        bench.set(ports.op_remove_quantity, rem.1);
        bench.set(ports.op_add_price, add.0);
        bench.set(ports.op_add_quantity, add.1);
        bench.set(ports.refill_taken, u64::from(self.taken));
        let due = self.summaries.front().is_some_and(|s| s.0 <= bench.cycles());
        bench.set(ports.summary[0], u64::from(due));
        if due && let Some((_, fields)) = self.summaries.pop_front() {
            for (port, value) in ports.summary[1..].iter().zip(fields) {
                bench.set(*port, value);
            }
        }
    }

    fn landed(&mut self, bench: &Bench, row: usize) {
        let state = self.rows.row(row);
        let frontier = self.frontiers[row];
        let fields = [
            row as u64,
            u64::from(self.more(row)),
            state.levels.len() as u64,
            1,
            u64::from(frontier.price.is_some()),
            frontier.price.map_or(0, u64::from),
            u64::from(frontier.open),
        ];
        self.summaries.push_back((bench.cycles() + self.delay, fields));
    }

    /// Levels exist that the row does not hold.
    fn more(&self, row: usize) -> bool {
        self.rows.row(row).more || self.frontiers[row].open
    }

    fn tail(&self, row: usize) -> Option<u32> {
        self.rows.row(row).levels.last().map(|level| level.price)
    }

    /// An operation on a row and its frontier.
    fn apply(&mut self, row: usize, op: &LevelOp) {
        let frontier = self.frontiers[row];
        let mut add = op.add.map(|(px, qty)| (px, u64::from(qty)));
        let inside = add.is_some_and(|(px, _)| {
            frontier
                .price
                .is_some_and(|price| !LevelRows::better(row, price, px))
        });
        let refusable = self.rows.row(row).more && inside;
        if frontier.open && !inside {
            add = None;
        }
        let effect = match (op.remove, add) {
            (None, Some((price, quantity))) if refusable => {
                self.rows.apply(row, Action::RefillAppend { price, quantity })
            }
            (remove, add) => self.rows.apply(row, Action::Normal { remove, add }),
        };
        if effect.pushed || (refusable && op.remove.is_some()) {
            self.frontiers[row] = Frontier {
                price: self.tail(row),
                open: false,
            };
        }
    }

    fn exact(&self, row: usize) -> Vec<(u32, u64)> {
        let side = if row & 1 == 1 { Side::Bid } else { Side::Ask };
        let slot = u16::try_from(row / 2).expect("a slot");
        self.book.levels(slot, side).collect()
    }

    /// Judges the refill that the row takes in this cycle.
    fn refill(&mut self, bench: &mut Bench) -> Verdict {
        let row = usize::try_from(bench.get(self.ports.refill_row)).expect("a row");
        let kind = bench.get(self.ports.refill_kind);
        if kind == 3 {
            self.rows.apply(row, Action::Clear);
            self.frontiers[row] = Frontier::default();
            self.tally.clears += 1;
            self.landed(bench, row);
            return Ok(());
        }
        if self.sweeping.is_some_and(|slot| usize::from(slot) == row / 2) {
            // A refill that was on offer when the sweep was asked for; the row is cleared behind it.
            self.tally.unjudged += u64::from(kind == 1);
            self.landed(bench, row);
            return Ok(());
        }
        let levels = self.exact(row);
        let held = self.rows.row(row).levels.len();
        bench.check(self.more(row), || format!("refill of row {row}, which has all"))?;
        if kind == 0 {
            bench.check(!self.frontiers[row].open, || format!("row {row} opened twice"))?;
            self.rows.apply(row, Action::RefillDone);
            self.frontiers[row].open = true;
            self.tally.opens += 1;
            self.landed(bench, row);
            return Ok(());
        }
        bench.check(held < LEVELS, || format!("refill of full row {row}"))?;
        if kind == 2 {
            bench.eq(&format!("levels at done of row {row}"), held, levels.len())?;
            self.rows.apply(row, Action::RefillDone);
            self.frontiers[row].open = false;
            self.tally.dones += 1;
        } else {
            bench.eq("kind", kind, 1)?;
            let price = u32::try_from(bench.get(self.ports.refill_price)).expect("32 bits");
            let quantity = bench.get(self.ports.refill_quantity);
            let next = levels.get(held).copied();
            bench.check(next == Some((price, quantity)), || {
                format!(
                    "append ({price}, {quantity}) to row {row} lost {:?} {:?}: {:?}, exact {levels:?}",
                    self.lost,
                    self.tally,
                    self.rows.row(row)
                )
            })?;
            self.rows.apply(row, Action::RefillAppend { price, quantity });
            self.frontiers[row].price = Some(price);
            self.tally.appends += 1;
        }
        self.landed(bench, row);
        Ok(())
    }

    fn idle(&mut self, bench: &mut Bench, cycles: u64, then_op: bool) -> Verdict {
        for k in 0..cycles {
            self.cycle(bench, None, then_op && k + 1 == cycles)?;
        }
        Ok(())
    }

    /// An operation after `gap` idle cycles, of which there is at least one.
    fn issue(
        &mut self,
        bench: &mut Bench,
        gap: u64,
        row: usize,
        remove: Option<(u32, u32)>,
        add: Option<(u32, u32)>,
    ) -> Verdict {
        self.idle(bench, gap.max(1), true)?;
        let op = LevelOp {
            slot: u16::try_from(row / 2).expect("a slot"),
            side: if row & 1 == 1 { Side::Bid } else { Side::Ask },
            remove,
            add,
        };
        self.cycle(bench, Some((row, &op)), false)
    }

    fn rest(&mut self, bench: &mut Bench) -> Verdict {
        // Until the last summary has landed the store cannot know.
        self.idle(bench, self.delay + 4, false)?;
        let mut waited = 0;
        while bench.is(self.ports.busy) {
            self.cycle(bench, None, false)?;
            waited += 1;
            bench.check(waited < REST_CYCLES, || "the store never rests".into())?;
        }
        Ok(())
    }

    /// At rest every row of a slot that lost nothing holds enough.
    fn judge_rest(&mut self, bench: &mut Bench) -> Verdict {
        self.rest(bench)?;
        for row in 0..2 * usize::from(self.slots) {
            let state = self.rows.row(row);
            if self.lost[row / 2] {
                continue;
            }
            let (short, more) = (state.levels.len() < 10, self.more(row));
            bench.check(!(short && more), || {
                format!("row {row} at rest: {:?}", self.rows.row(row))
            })?;
        }
        Ok(())
    }

    fn sweep(&mut self, bench: &mut Bench, slot: u16, tick: u32) -> Verdict {
        self.idle(bench, 2, false)?;
        self.book.clear_slot(slot);
        self.sweeping = Some(slot);
        self.orders.retain(|order| order.0 / 2 != usize::from(slot));
        let reciprocal = contract::feature::grid_recip(tick);
        let values = [1, u64::from(slot), u64::from(tick), u64::from(reciprocal)];
        for (port, value) in self.ports.sweep.into_iter().zip(values) {
            bench.set(port, value);
        }
        let mut waited = 0;
        self.sweep_done = false;
        while !self.sweep_done {
            let row = usize::try_from(bench.rng.below(2 * u64::from(self.slots))).expect("a row");
            if row / 2 != usize::from(slot) && bench.rng.percent(20) {
                self.random(bench, row, 50, 2)?;
            }
            self.cycle(bench, None, false)?;
            waited += 1;
            bench.check(waited < REST_CYCLES, || "the sweep never ends".into())?;
        }
        bench.set(self.ports.sweep[0], 0);
        self.sweeping = None;
        self.lost[usize::from(slot)] = false;
        let row = 2 * usize::from(slot);
        let empty = self.rows.row(row).levels.is_empty() && self.rows.row(row + 1).levels.is_empty();
        bench.check(empty, || format!("rows of slot {slot} after its sweep"))?;
        self.idle(bench, 2, false)
    }

    /// Removes a row's orders, best first, until few are left.
    fn drain(&mut self, bench: &mut Bench, row: usize, gap: u64) -> Verdict {
        while self.orders.iter().filter(|order| order.0 == row).count() > 3 {
            let rank = |px: u32| if row & 1 == 1 { !px } else { px };
            let own = (0..self.orders.len()).filter(|&i| self.orders[i].0 == row);
            let Some(best) = own.min_by_key(|&i| rank(self.orders[i].1)) else {
                return Ok(());
            };
            let (_, px, qty) = self.orders.swap_remove(best);
            let gap = bench.rng.between(1, gap);
            self.issue(bench, gap, row, Some((px, qty)), None)?;
        }
        Ok(())
    }

    /// An addition, removal or replacement of that row.
    fn random(&mut self, bench: &mut Bench, row: usize, wanted: usize, gap: u64) -> Verdict {
        let mut own: Vec<usize> = (0..self.orders.len())
            .filter(|&i| self.orders[i].0 == row)
            .collect();
        let px = price(bench, row);
        let qty = u32::try_from(bench.rng.edgy(32).max(1)).expect("32 bits");
        if own.is_empty() || bench.rng.percent(if own.len() < wanted { 65 } else { 30 }) {
            self.orders.push((row, px, qty));
            return self.issue(bench, gap, row, None, Some((px, qty)));
        }
        if bench.rng.percent(60) {
            own.sort_by_key(|&i| {
                if row & 1 == 1 {
                    !self.orders[i].1
                } else {
                    self.orders[i].1
                }
            });
            own.truncate(4);
        }
        let index = *bench.rng.pick(&own);
        let (_, old_px, old_qty) = self.orders[index];
        let part = if bench.rng.percent(20) {
            old_qty / 2
        } else {
            old_qty
        };
        if part == old_qty {
            self.orders.swap_remove(index);
        } else {
            self.orders[index].2 -= part;
        }
        let add = bench.rng.percent(30).then_some((px, qty));
        if let Some((px, qty)) = add {
            self.orders.push((row, px, qty));
        }
        self.issue(bench, gap, row, Some((old_px, part)), add)
    }
}

fn start(bench: &mut Bench, delay: u64) -> Result<Driver, Failure> {
    bench.reset();
    let mut driver = Driver::new(bench, delay);
    driver.rest(bench)?;
    for slot in 0..driver.slots {
        driver.sweep(bench, slot, TICK)?;
    }
    Ok(driver)
}

/// Bursts on one row or on many, rests in between; after a loss everything is swept.
fn bursts(bench: &mut Bench, count: u64) -> Verdict {
    let delay = bench.rng.between(7, 10);
    let mut driver = start(bench, delay)?;
    for _ in 0..count {
        let hot = usize::try_from(bench.rng.below(2 * u64::from(driver.slots))).expect("a row");
        let one = bench.rng.percent(50);
        let gap = *bench.rng.pick(&[1, 1, 2, 4, 30]);
        for _ in 0..bench.rng.between(30, 200) {
            let any = usize::try_from(bench.rng.below(2 * u64::from(driver.slots))).expect("a row");
            let gap = bench.rng.between(1, gap);
            driver.random(bench, if one { hot } else { any }, 60, gap)?;
        }
        if bench.rng.percent(50) {
            let gap = *bench.rng.pick(&[1, 10, 90]);
            driver.drain(bench, hot, gap)?;
        }
        driver.judge_rest(bench)?;
        for slot in 0..driver.slots {
            if driver.lost[usize::from(slot)] || bench.rng.percent(2) {
                let tick = *bench.rng.pick(&[TICK, TICK, 1, 2_500]);
                driver.sweep(bench, slot, tick)?;
            }
        }
    }
    bench.eq(
        "refills counted",
        driver.tally.counted[1],
        driver.tally.appends + driver.tally.unjudged,
    )?;
    bench.eq("losses counted", driver.tally.counted[0], driver.tally.stale)?;
    bench.check(driver.tally.appends > count && driver.tally.dones > 0, || {
        format!("{:?}", driver.tally)
    })?;
    println!("{:?}", driver.tally);
    Ok(())
}

#[test]
fn against_the_exact_book() {
    testbench::run_seeds("level_store", Size::Small, 1..=6, |bench| bursts(bench, 60));
}

#[test]
fn losses_are_never_silent() {
    testbench::run_seeds("level_store", Size::Small, 1..=2, |bench| {
        overfull(bench)?;
        flood(bench)
    });
}

#[test]
fn a_crowded_table_is_exact() {
    testbench::run_seeds("level_store", Size::Small, 1..=2, |bench| crowded(bench, 75));
}

#[test]
fn nothing_is_lost_without_need() {
    testbench::run_seeds("level_store", Size::Small, 1..=2, |bench| {
        roomy(bench)?;
        dense(bench)?;
        far(bench)
    });
}

#[test]
fn needs_are_met_in_time() {
    testbench::run("level_store", Size::Small, needs);
}

testbench::mutants!("level_store", |bench| {
    needs(bench)?;
    roomy(bench)?;
    dense(bench)?;
    far(bench)?;
    overfull(bench)?;
    crowded(bench, 75)?;
    bursts(bench, 25)?;
    flood(bench)
});
