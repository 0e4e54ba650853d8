//! Order table: hazards, crowds that share their buckets, overflow, sweeps, real orders, against `twin::order_table`.
//!
//! `TICKFORGE_SOAK_EVENTS` sets the events of the soak run; the default slice is checked in every run.

#[path = "order_table/scenarios.rs"]
mod scenarios;

use contract::event::StaleCause;
use contract::record::{EVENT_CODES, EventCode, flag};
use gateware::emit::Size;
use gateware::types::{Ahead, BookOp, FeedEvent};
use scenarios::{hazards, overflow, real, stash, sweep_of_a_crowd, sweeps};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use testbench::golden::order_table::crowd;
use testbench::{Bench, Bundle, Layout, Rng, Verdict};
use twin::order_table::{Anomaly, Counters, OrderTable, Resolved};
use twin::{Side, event};
use verilated::PortId;

const LATENCY: u64 = gateware::order_table::LATENCY as u64;
/// Cycles from an event decoded before its slot is known to be stale back to the cause, at most: the pulse is a
/// register, then `itch_decode`'s own, then the event's.
const STALE_LOOP: u64 = 2;

struct Ports {
    ask_valid: PortId,
    ask_oref: PortId,
    ask_new_ref: PortId,
    ask_replaces: PortId,
    valid: PortId,
    data: PortId,
    ahead_valid: PortId,
    ahead: PortId,
    op_valid: PortId,
    op: PortId,
    count: PortId,
    stale_valid: PortId,
    stale_slot: PortId,
    stale_cause: PortId,
    sweep_start: PortId,
    sweep_slot: PortId,
    sweep_done: PortId,
    ready: PortId,
    feed: Arc<Layout>,
    ahead_of: Arc<Layout>,
    book: Arc<Layout>,
}

impl Ports {
    fn new(bench: &Bench) -> Self {
        Self {
            ask_valid: bench.port("ask_valid"),
            ask_oref: bench.port("ask_oref"),
            ask_new_ref: bench.port("ask_new_ref"),
            ask_replaces: bench.port("ask_replaces"),
            valid: bench.port("event_valid"),
            data: bench.port("event_data"),
            ahead_valid: bench.port("ahead_valid"),
            ahead: bench.port("ahead"),
            op_valid: bench.port("op_valid"),
            op: bench.port("op_data"),
            count: bench.port("count"),
            stale_valid: bench.port("stale_valid"),
            stale_slot: bench.port("stale_slot"),
            stale_cause: bench.port("stale_cause"),
            sweep_start: bench.port("sweep_start"),
            sweep_slot: bench.port("sweep_slot"),
            sweep_done: bench.port("sweep_done"),
            ready: bench.port("ready"),
            feed: Arc::new(Layout::of::<FeedEvent>()),
            ahead_of: Arc::new(Layout::of::<Ahead>()),
            book: Arc::new(Layout::of::<BookOp>()),
        }
    }
}

/// What must leave the table in a cycle.
struct Due {
    cycle: u64,
    event: Bundle,
    resolved: Resolved,
    counts: u64,
    cause: Option<StaleCause>,
    stale: bool,
}

/// The table, its golden model and what is on its way.
struct World<'a> {
    bench: &'a mut Bench,
    ports: Ports,
    golden: OrderTable,
    due: VecDeque<Due>,
    /// Slots that went stale, in the order of events; as `itch_decode` knows it, from which cycle.
    stale: [bool; 64],
    known: [Option<u64>; 64],
    next_event: u64,
    /// When the memories may be asked again; of how many cycles one asks for a message that makes no event.
    next_ask: u64,
    idle_asks: u64,
    swept: bool,
    seen: Coverage,
    recent: VecDeque<(u64, u64)>,
}

#[derive(Debug, Default)]
struct Coverage {
    counters: Counters,
    kinds: [u64; 10],
    /// References met again 2, 3, 4 and 5 cycles later.
    again: [u64; 6],
    spacing_2: u64,
    /// Asked while nothing came of it: in the cycle in which an outcome is to be written, and in any.
    write_waits: u64,
    idle_asks: u64,
    late_stale: u64,
    swept_orders: u64,
}

fn causes(anomaly: Anomaly) -> Option<StaleCause> {
    match anomaly {
        Anomaly::OverExecution => Some(StaleCause::OverExecution),
        Anomaly::ReplaceOntoLive => Some(StaleCause::ReplaceOntoLive),
        Anomaly::TableOverflow => Some(StaleCause::TableOverflow),
        _ => None,
    }
}

/// The pulses of `count`: how much each of the block's counters has moved.
fn pulses(before: &Counters, after: &Counters) -> u64 {
    let list = |c: &Counters| {
        [
            c.dangling,
            c.duplicate_add,
            c.zero_quantity,
            c.over_execution,
            c.replace_onto_live,
            c.stash_used,
            c.table_overflow,
        ]
    };
    let moved = list(before).into_iter().zip(list(after)).map(|(b, a)| a - b);
    moved.enumerate().map(|(bit, by)| by << bit).sum()
}

impl<'a> World<'a> {
    /// Resets and waits for the table to be clear.
    fn new(bench: &'a mut Bench) -> Result<Self, testbench::Failure> {
        let ports = Ports::new(bench);
        let golden = OrderTable::of_card(&bench.size().contract());
        let mut world = Self {
            bench,
            ports,
            golden,
            due: VecDeque::new(),
            stale: [false; 64],
            known: [None; 64],
            next_event: 0,
            next_ask: 0,
            idle_asks: 0,
            swept: false,
            seen: Coverage::default(),
            recent: VecDeque::new(),
        };
        world.reset()?;
        Ok(world)
    }

    fn slots(&self) -> u64 {
        u64::from(self.bench.size().contract().slots)
    }

    fn reset(&mut self) -> Verdict {
        self.bench.set(self.ports.ask_valid, 0);
        self.bench.set(self.ports.valid, 0);
        self.bench.set(self.ports.sweep_start, 0);
        self.bench.reset();
        self.golden = OrderTable::of_card(&self.bench.size().contract());
        self.due.clear();
        self.recent.clear();
        self.stale = [false; 64];
        self.known = [None; 64];
        let bound = (2 << self.bench.size().contract().bucket_bits()) + 64;
        for _ in 0..bound {
            self.bench.eval();
            if self.bench.is(self.ports.ready) {
                return Ok(());
            }
            self.check()?;
            self.bench.tick();
        }
        self.bench.check(false, || "the table never gets ready".into())
    }

    /// Checks all outputs of this cycle.
    fn check(&mut self) -> Verdict {
        let cycle = self.bench.cycles();
        self.swept |= self.bench.is(self.ports.sweep_done);
        self.check_ahead(cycle + 1)?;
        let due = self.due.front().is_some_and(|due| due.cycle == cycle);
        let due = if due { self.due.pop_front() } else { None };
        let bench = &mut *self.bench;
        bench.eq("op in this cycle", bench.is(self.ports.op_valid), due.is_some())?;
        let cause = due.as_ref().and_then(|due| due.cause);
        bench.eq("stale pulse", bench.is(self.ports.stale_valid), cause.is_some())?;
        let counts = due.as_ref().map_or(0, |due| due.counts);
        bench.eq("counts", bench.get(self.ports.count), counts)?;
        let Some(due) = due else { return Ok(()) };
        if let Some(cause) = cause {
            let slot = due.event.get("meta.slot");
            bench.eq("stale slot", bench.get(self.ports.stale_slot), slot)?;
            bench.eq("stale cause", bench.get(self.ports.stale_cause), cause as u64)?;
            let known = &mut self.known[usize::try_from(slot).expect("6 bits")];
            *known = known.or(Some(cycle + STALE_LOOP));
        }
        let op = Bundle::from_words(&self.ports.book, bench.get_wide(self.ports.op));
        check_op(bench, &op, &due)
    }

    fn tick(&mut self) -> Verdict {
        self.bench.eval();
        self.check()?;
        self.bench.tick();
        self.bench.set(self.ports.valid, 0);
        self.bench.set(self.ports.sweep_start, 0);
        let noise = self.bench.rng.wide(self.ports.feed.width());
        self.bench.set_wide(self.ports.data, &noise);
        self.bench.set(self.ports.ask_valid, 0);
        for (port, bits) in [
            (self.ports.ask_oref, 64),
            (self.ports.ask_new_ref, 64),
            (self.ports.ask_replaces, 1),
        ] {
            let noise = self.bench.rng.bits(bits);
            self.bench.set(port, noise);
        }
        let slot = self.bench.rng.bits(6);
        self.bench.set(self.ports.sweep_slot, slot);
        Ok(())
    }

    /// A cycle until `next` ask; now and then one asks in it of whom no event comes: another's message, of some reference.
    fn wait(&mut self, next: u64) -> Verdict {
        let cycle = self.bench.cycles();
        let free = cycle >= self.next_ask && cycle + 2 <= next;
        if free && self.bench.rng.percent(self.idle_asks) {
            self.seen.idle_asks += 1;
            self.seen.write_waits += u64::from(self.due.back().is_some_and(|due| due.cycle == cycle));
            let reference = self.recent.back().map_or(0, |(reference, _)| *reference);
            self.ask(reference, reference, false);
        }
        self.tick()
    }

    fn ask(&mut self, reference: u64, added: u64, replaces: bool) {
        self.next_ask = self.bench.cycles() + 2;
        self.bench.set(self.ports.ask_valid, 1);
        self.bench.set(self.ports.ask_oref, reference);
        self.bench.set(self.ports.ask_replaces, u64::from(replaces));
        if replaces {
            self.bench.set(self.ports.ask_new_ref, added);
        }
    }

    /// Waits until all operations have left and `itch_decode` knows what is stale.
    fn settle(&mut self) -> Verdict {
        for _ in 0..LATENCY + STALE_LOOP + 4 {
            self.tick()?;
        }
        self.bench.eq("operations outstanding", self.due.len(), 0)
    }

    /// Sends an event as soon as `gap` cycles have passed since the last one.
    fn send(&mut self, event: &event::FeedEvent, gap: u64) -> Verdict {
        let next = (self.next_event + gap).saturating_sub(1).max(self.next_ask);
        while self.bench.cycles() < next {
            self.wait(next)?;
        }
        let replaces = event.kind == EventCode::Replace;
        self.ask(event.reference, event.new_reference, replaces);
        self.tick()?;
        let cycle = self.bench.cycles();
        self.note(event, cycle, gap);
        let data = self.encode(event, cycle);
        self.bench.set(self.ports.valid, 1);
        self.bench.set_wide(self.ports.data, data.words());
        let before = self.golden.counters();
        let resolved = self.golden.apply(event);
        let counters = self.golden.counters();
        let cause = resolved.anomaly.and_then(causes);
        let stale = self.stale[usize::from(event.slot)];
        self.seen.late_stale += u64::from(stale && data.get("meta.flags") & u64::from(flag::STALE) == 0);
        self.stale[usize::from(event.slot)] |= cause.is_some();
        self.due.push_back(Due {
            cycle: cycle + LATENCY,
            event: data,
            resolved,
            counts: pulses(&before, &counters),
            cause,
            stale,
        });
        self.next_event = cycle;
        self.tick()
    }

    fn note(&mut self, event: &event::FeedEvent, cycle: u64, gap: u64) {
        self.seen.kinds[event.kind as usize] += 1;
        self.seen.spacing_2 += u64::from(gap == 2);
        let named = [event.reference, event.new_reference];
        for (reference, when) in &self.recent {
            let ago = usize::try_from(cycle - when).expect("recent");
            if ago < self.seen.again.len() && named.contains(reference) {
                self.seen.again[ago] += 1;
            }
        }
        self.recent.retain(|(_, when)| cycle - when < 6);
        self.recent.extend(named.map(|reference| (reference, cycle)));
    }

    /// The event as `itch_decode` sends it; what a type does not have is noise.
    fn encode(&mut self, event: &event::FeedEvent, cycle: u64) -> Bundle {
        let rng = &mut self.bench.rng;
        let mut data = Bundle::from_words(&self.ports.feed, rng.wide(self.ports.feed.width()));
        let known = self.known[usize::from(event.slot)].is_some_and(|from| cycle >= from);
        let others = rng.bits(3) & !u64::from(flag::STALE);
        data.set("meta.event", event.kind as u64);
        data.set("meta.slot", u64::from(event.slot));
        data.set("meta.flags", others | u64::from(known && flag::STALE != 0));
        data.set("qty", u64::from(event.quantity));
        data.set("price", u64::from(event.price));
        data.set("printable", u64::from(event.printable));
        data.set("buy", event.side as u64 ^ u64::from(Side::Bid as u8 == 0));
        match event.kind {
            EventCode::Trade | EventCode::Cross => {}
            EventCode::Add | EventCode::AddMpid => {
                data.set("oref", event.reference);
                data.set("new_ref", event.reference);
            }
            EventCode::Replace => {
                data.set("oref", event.reference);
                data.set("new_ref", event.new_reference);
            }
            _ => {
                data.set("oref", event.reference);
            }
        }
        data
    }

    /// Clears a slot, with what `traffic` sends meanwhile.
    fn sweep(
        &mut self,
        slot: u16,
        mut traffic: impl FnMut(&mut Self) -> Verdict,
    ) -> Result<(), testbench::Failure> {
        while self.bench.cycles() < self.next_event + 1 {
            self.tick()?;
        }
        let before = self.golden.len();
        self.golden.clear_slot(slot);
        self.seen.swept_orders += (before - self.golden.len()) as u64;
        self.swept = false;
        self.bench.set(self.ports.sweep_start, 1);
        self.bench.set(self.ports.sweep_slot, u64::from(slot));
        self.tick()?;
        let buckets = 1_u64 << self.bench.size().contract().bucket_bits();
        let bound = self.bench.cycles() + 40 * buckets + 1000;
        while !self.swept {
            let late = self.bench.cycles() > bound;
            self.bench.check(!late, || "the sweep does not end".into())?;
            traffic(self)?;
        }
        self.stale[usize::from(slot)] = false;
        self.known[usize::from(slot)] = None;
        Ok(())
    }

    /// `itch_decode` clears stale while nothing is on its way.
    fn synchronise(&mut self) -> Verdict {
        self.settle()?;
        self.stale = [false; 64];
        self.known = [None; 64];
        Ok(())
    }
}

fn check_op(bench: &mut Bench, op: &Bundle, due: &Due) -> Verdict {
    for field in [
        "meta.event",
        "meta.slot",
        "meta.ts",
        "meta.tracking",
        "meta.seq",
        "meta.stamp",
    ] {
        bench.eq(field, op.get(field), due.event.get(field))?;
    }
    let flags = due.event.get("meta.flags") | u64::from(due.stale);
    bench.eq("flags", op.get("meta.flags"), flags)?;
    let resolved = &due.resolved;
    bench.eq("changed", op.get("changed"), u64::from(resolved.changed))?;
    let removed = resolved.op.remove.filter(|(_, quantity)| *quantity > 0);
    bench.eq("rem_valid", op.get("rem_valid"), u64::from(removed.is_some()))?;
    if let Some((price, quantity)) = removed {
        bench.eq("rem_px", op.get("rem_px"), u64::from(price))?;
        bench.eq("rem_qty", op.get("rem_qty"), u64::from(quantity))?;
    }
    bench.eq(
        "add_valid",
        op.get("add_valid"),
        u64::from(resolved.op.add.is_some()),
    )?;
    if let Some((price, quantity)) = resolved.op.add {
        bench.eq("add_px", op.get("add_px"), u64::from(price))?;
        bench.eq("add_qty", op.get("add_qty"), u64::from(quantity))?;
    }
    bench.eq("trade", op.get("trade"), u64::from(resolved.trade.is_some()))?;
    if let Some(quantity) = resolved.trade {
        bench.eq("trade_qty", op.get("trade_qty"), u64::from(quantity))?;
    }
    if resolved.changed || resolved.trade.is_some() {
        bench.eq("buy", op.get("buy"), u64::from(resolved.op.side == Side::Bid))?;
    }
    Ok(())
}

/// What the stimulus favours; drawn anew every few hundred events.
struct Mood {
    pool: Vec<u64>,
    /// A F E C X D U P Q, in percent of each other.
    weights: [u64; 9],
    spacing: u64,
    slots: u64,
    live_percent: u64,
    huge: bool,
}

impl Mood {
    fn draw(rng: &mut Rng, bucket_bits: usize, slots: u64) -> Self {
        let base = *rng.pick(&[0, 1, 0x1234_5678, u64::MAX - 500]) ^ rng.bits(10);
        let pool = match rng.below(7) {
            0 => (0..4).map(|n| base.wrapping_add(n)).collect(),
            1 => (0..300).map(|n| base.wrapping_add(n)).collect(),
            2 | 3 => crowd(&[0, 1, 2, 3], bucket_bits, base, 40),
            4 => crowd(&[0, 1], bucket_bits, base, 30),
            5 => crowd(&[3], bucket_bits, base, 30),
            _ => (0..50).map(|_| rng.next_u64()).collect(),
        };
        let weights = *rng.pick(&[
            [30, 5, 10, 5, 8, 25, 12, 3, 2],
            [60, 5, 5, 2, 5, 10, 10, 2, 1],
            [10, 1, 2, 2, 2, 5, 75, 2, 1],
            [40, 0, 0, 0, 0, 60, 0, 0, 0],
            [25, 0, 30, 10, 30, 5, 0, 0, 0],
        ]);
        Self {
            pool,
            weights,
            spacing: rng.below(4),
            slots: *rng.pick(&[1, 2, slots]),
            live_percent: *rng.pick(&[50, 80, 98]),
            huge: rng.percent(20),
        }
    }

    fn gap(&self, rng: &mut Rng) -> u64 {
        match self.spacing {
            0 | 1 => 2,
            2 => rng.between(2, 3),
            _ => rng.between(2, 7),
        }
    }

    fn kind(&self, rng: &mut Rng) -> EventCode {
        let mut left = rng.below(self.weights.iter().sum());
        for (code, weight) in EVENT_CODES.into_iter().zip(self.weights) {
            if left < weight {
                return code;
            }
            left -= weight;
        }
        EventCode::Add
    }

    fn reference(&self, rng: &mut Rng, golden: &OrderTable, live: bool) -> u64 {
        for _ in 0..6 {
            let reference = *rng.pick(&self.pool);
            if golden.get(reference).is_some() == live {
                return reference;
            }
        }
        *rng.pick(&self.pool)
    }

    fn event(&self, rng: &mut Rng, golden: &OrderTable) -> event::FeedEvent {
        let kind = self.kind(rng);
        let adds = matches!(kind, EventCode::Add | EventCode::AddMpid);
        let expected = rng.percent(self.live_percent);
        let reference = self.reference(rng, golden, adds != expected);
        let mut new_reference = self.reference(rng, golden, rng.clone().percent(10));
        if rng.percent(8) {
            new_reference = reference;
        }
        let mut slot = u16::try_from(rng.below(self.slots)).expect("a slot");
        let mut quantity = match rng.below(12) {
            0 => 0,
            1 => u32::MAX,
            _ if self.huge => u32::try_from(rng.edgy(32)).expect("32 bits"),
            _ => u32::try_from(rng.between(1, 4)).expect("small"),
        };
        if let Some(order) = golden.get(reference).filter(|_| expected) {
            slot = order.slot;
            if rng.percent(35) {
                quantity = order.quantity.saturating_add(*rng.pick(&[0, 0, 0, 1]));
            }
        }
        event::FeedEvent {
            kind,
            slot,
            reference,
            new_reference: if kind == EventCode::Replace {
                new_reference
            } else {
                0
            },
            side: if rng.percent(50) { Side::Bid } else { Side::Ask },
            quantity,
            price: u32::try_from(rng.edgy(32)).expect("32 bits"),
            printable: match kind {
                EventCode::Execute | EventCode::Trade => true,
                EventCode::ExecutePrice => rng.percent(50),
                _ => false,
            },
        }
    }
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("order_table", Size::Small, 1..=4, |bench| hazards(bench, 25_000));
}

#[test]
fn sim_against_golden() {
    testbench::run("order_table", Size::Sim, |bench| hazards(bench, 10_000));
}

#[test]
fn full_table_loses_orders_and_says_so() {
    testbench::run("order_table", Size::Small, overflow);
}

#[test]
fn sweeps_leave_nothing_behind() {
    testbench::run("order_table", Size::Small, |bench| sweeps(bench, 4));
    testbench::run("order_table", Size::Small, sweep_of_a_crowd);
}

#[test]
fn the_stash_is_a_table_too() {
    testbench::run("order_table", Size::Small, |bench| stash(bench, 100));
}

#[test]
fn real_orders() {
    let Some(folder) = std::env::var_os("TICKFORGE_DATA") else {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
        return;
    };
    let folder = Path::new(&folder);
    for (file, adds) in [("goog10.itch.gz", 73_824), ("esm4.itch.gz", 13_678)] {
        let file = folder.join(file);
        testbench::run("order_table", Size::Sim, |bench| real(bench, &file, adds));
    }
}

/// A million events; `cargo test -p testbench --test order_table -- --ignored`.
#[test]
#[ignore = "soak: minutes"]
fn soak() {
    let events = std::env::var("TICKFORGE_SOAK_EVENTS").map_or(1_000_000, |text| {
        text.parse().expect("TICKFORGE_SOAK_EVENTS is a number")
    });
    testbench::run("order_table", Size::Small, |bench| hazards(bench, events));
}

testbench::mutants!("order_table", |bench| {
    sweep_of_a_crowd(bench)?;
    sweeps(bench, 1)?;
    stash(bench, 30)?;
    hazards(bench, 16_000)
});
