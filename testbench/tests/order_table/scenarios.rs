//! What the bench makes the order table live through.

use super::*;

/// Random events in changing moods; sweeps while the table stands still; resets.
pub(super) fn hazards(bench: &mut Bench, events: u64) -> Verdict {
    let mut world = World::new(bench)?;
    let bucket_bits = world.bench.size().contract().bucket_bits() as usize;
    let slots = world.slots();
    let mut mood = Mood::draw(&mut world.bench.rng, bucket_bits, slots);
    for sent in 0..events {
        if world.bench.rng.below(250) == 0 {
            mood = Mood::draw(&mut world.bench.rng, bucket_bits, slots);
            world.idle_asks = *world.bench.rng.pick(&[0, 30, 100]);
        }
        match world.bench.rng.below(4_000) {
            0 => {
                let slot = u16::try_from(world.bench.rng.below(slots)).expect("a slot");
                world.sweep(slot, |world| world.wait(u64::MAX))?;
            }
            1..=20 => world.synchronise()?,
            21 if sent > events / 2 => world.reset()?,
            _ => {}
        }
        let event = mood.event(&mut world.bench.rng, &world.golden);
        let gap = mood.gap(&mut world.bench.rng);
        let before = world.golden.counters();
        world.send(&event, gap)?;
        let after = world.golden.counters();
        add_counters(&mut world.seen.counters, &before, &after);
    }
    world.settle()?;
    world.covered()
}

fn add_counters(sum: &mut Counters, before: &Counters, after: &Counters) {
    sum.dangling += after.dangling - before.dangling;
    sum.duplicate_add += after.duplicate_add - before.duplicate_add;
    sum.zero_quantity += after.zero_quantity - before.zero_quantity;
    sum.over_execution += after.over_execution - before.over_execution;
    sum.replace_onto_live += after.replace_onto_live - before.replace_onto_live;
    sum.stash_used += after.stash_used - before.stash_used;
    sum.table_overflow += after.table_overflow - before.table_overflow;
}

impl World<'_> {
    /// The operation of the next cycle is announced, with what it may add.
    pub(super) fn check_ahead(&mut self, next: u64) -> Verdict {
        let due = self.due.iter().find(|due| due.cycle == next);
        let bench = &mut *self.bench;
        bench.eq("ahead", bench.is(self.ports.ahead_valid), due.is_some())?;
        let Some(due) = due else { return Ok(()) };
        let ahead = Bundle::from_words(&self.ports.ahead_of, bench.get_wide(self.ports.ahead));
        let (event, op) = (&due.event, &due.resolved.op);
        bench.eq("slot ahead", ahead.get("slot"), event.get("meta.slot"))?;
        bench.eq("price ahead", ahead.get("price"), event.get("price"))?;
        let kind = event.get("meta.event");
        let replaces = kind == EventCode::Replace as u64;
        let adds = [EventCode::Add, EventCode::AddMpid]
            .iter()
            .any(|k| kind == *k as u64);
        let bid = event.get("buy") == 1;
        bench.eq("bid ahead", ahead.get("bid") == 1, replaces || adds && bid)?;
        bench.eq("ask ahead", ahead.get("ask") == 1, replaces || adds && !bid)?;
        let side = if op.side == Side::Bid { "bid" } else { "ask" };
        let named = op.add.is_none() || ahead.get(side) == 1;
        bench.check(named, || "an addition that was not announced".into())
    }

    fn covered(&mut self) -> Verdict {
        let c = self.seen.counters;
        let counts = [
            c.dangling,
            c.duplicate_add,
            c.zero_quantity,
            c.over_execution,
            c.replace_onto_live,
            c.stash_used,
            c.table_overflow,
            self.seen.again[2],
            self.seen.again[3],
            self.seen.again[4],
            self.seen.again[5],
            self.seen.spacing_2,
            self.seen.idle_asks,
            self.seen.write_waits,
            self.seen.late_stale,
        ];
        let enough = counts
            .iter()
            .chain(&self.seen.kinds[1..])
            .all(|count| *count >= 10);
        let seen = format!("the stimulus misses cases: {:?}", self.seen);
        self.bench.check(enough, || seen)
    }
}

/// Fills the table with a run of references until orders are lost, at full speed, and empties it again.
pub(super) fn overflow(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench)?;
    let cells = u64::from(world.bench.size().contract().order_cells);
    let first = world.bench.rng.bits(40);
    let event = |kind, reference, quantity| event::FeedEvent {
        kind,
        slot: 1,
        reference,
        new_reference: 0,
        side: Side::Bid,
        quantity,
        price: 100,
        printable: false,
    };
    for n in 0..cells + 200 {
        world.send(&event(EventCode::Add, first + 3 * n, 9), 2)?;
    }
    let lost = world.golden.counters().table_overflow;
    let seen = world.golden.counters();
    world.bench.check(lost > 0 && seen.stash_used >= 16, || {
        format!("no order was lost: {seen:?}")
    })?;
    for n in 0..cells + 200 {
        world.send(&event(EventCode::Delete, first + 3 * n, 0), 2)?;
    }
    world.bench.eq("live orders", world.golden.len(), 0)?;
    world.settle()
}

/// Sweeps a slot while another one trades; then every order of the slot is gone, and none of the others.
pub(super) fn sweeps(bench: &mut Bench, rounds: u64) -> Verdict {
    let mut world = World::new(bench)?;
    let base = world.bench.rng.bits(48);
    let event = |kind, slot, reference| event::FeedEvent {
        kind,
        slot,
        reference,
        new_reference: 0,
        side: Side::Ask,
        quantity: 9,
        price: 100,
        printable: false,
    };
    for round in 0..rounds {
        let old: Vec<u64> = (0..150).map(|n| base + 1000 * round + n).collect();
        let other: Vec<u64> = (0..150).map(|n| base + 1000 * round + 500 + n).collect();
        for (a, b) in old.iter().zip(&other) {
            world.send(&event(EventCode::Add, 2, *a), 2)?;
            world.send(&event(EventCode::Add, 3, *b), 2)?;
        }
        let mut coming = 0;
        let gap = 3 + round % 4;
        world.sweep(2, |world| {
            coming += 1;
            let reference = base + 1000 * round + 700 + coming / 2 % 150;
            let kind = if coming % 2 == 0 {
                EventCode::Add
            } else {
                EventCode::Delete
            };
            world.send(&event(kind, 3, reference), gap)
        })?;
        let stashed = world.golden.counters().stash_used;
        world
            .bench
            .eq("orders in the stash, whose order of sweeping matters", stashed, 0)?;
        for reference in &other {
            world.send(&event(EventCode::Cancel, 3, *reference), 2)?;
        }
        for reference in &old {
            world.send(&event(EventCode::Delete, 2, *reference), 2)?;
        }
        let live = world.golden.len();
        world.bench.check(live <= 2, || format!("{live} orders left"))?;
        world.sweep(2, World::tick)?;
        // The last event of all is the sweep's too: its outcome speaks for it no more.
        let last = base + 1000 * round + 999;
        world.send(&event(EventCode::Add, 3, last), 2)?;
        world.sweep(3, World::tick)?;
        world.send(&event(EventCode::Delete, 3, last), 2)?;
        world.settle()?;
    }
    let swept = world.seen.swept_orders;
    world
        .bench
        .check(swept >= 150 * rounds, || format!("only {swept} orders swept"))
}

/// Orders of a crowd, stash included, are swept; the crowd finds all places again.
pub(super) fn sweep_of_a_crowd(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench)?;
    let bucket_bits = world.bench.size().contract().bucket_bits() as usize;
    let base = world.bench.rng.next_u64();
    let crowd = crowd(&[0, 1, 2, 3], bucket_bits, base, 30);
    for round in 0..3_u16 {
        for (n, reference) in crowd.iter().enumerate() {
            let event = event::FeedEvent {
                kind: EventCode::Add,
                slot: if n % 3 == 0 { 0 } else { 1 },
                reference: *reference,
                new_reference: 0,
                side: Side::Ask,
                quantity: 1,
                price: 1,
                printable: false,
            };
            world.send(&event, 2)?;
        }
        let lost = world.golden.counters().table_overflow;
        world.bench.check(lost > 0, || "nothing lost".into())?;
        world.sweep(round % 2, World::tick)?;
        world.sweep(3, World::tick)?;
    }
    world.settle()
}

/// Fills the stash and works on every order of it, close together and far apart.
pub(super) fn stash(bench: &mut Bench, rounds: u64) -> Verdict {
    let mut world = World::new(bench)?;
    let bucket_bits = world.bench.size().contract().bucket_bits() as usize;
    for _ in 0..rounds {
        let base = world.bench.rng.next_u64();
        let crowd = crowd(&[0, 1, 2, 3], bucket_bits, base, 200);
        let mut live: Vec<u64> = Vec::new();
        let gap = *world.bench.rng.pick(&[2, 6]);
        for step in [0_usize; 24]
            .into_iter()
            .chain([1; 40])
            .chain([2; 30])
            .chain([3; 26])
        {
            let rng = &mut world.bench.rng;
            let fresh = *rng.pick(&crowd);
            let at = usize::try_from(rng.below(live.len().max(1) as u64)).expect("small");
            let reference = if step == 0 {
                fresh
            } else {
                live.get(at).copied().unwrap_or(fresh)
            };
            let event = event::FeedEvent {
                kind: [
                    EventCode::Add,
                    EventCode::Cancel,
                    EventCode::Replace,
                    EventCode::Delete,
                ][step],
                slot: 2,
                reference,
                new_reference: if step == 2 { fresh } else { 0 },
                side: if rng.percent(50) { Side::Bid } else { Side::Ask },
                quantity: u32::try_from(rng.bits(31)).expect("31 bits") >> (step & 1),
                price: u32::try_from(rng.bits(32)).expect("32 bits"),
                printable: false,
            };
            world.send(&event, gap)?;
            live.push(fresh);
            let golden = &world.golden;
            live.retain(|reference| golden.get(*reference).is_some());
        }
    }
    let used = world.golden.counters().stash_used;
    world
        .bench
        .check(used >= 16 * rounds, || format!("stash used {used} times"))?;
    world.settle()
}

/// The events of a real file that has one symbol, all at full speed.
pub(super) fn real(bench: &mut Bench, file: &Path, adds: u64) -> Verdict {
    let mut world = World::new(bench)?;
    let mut feed = wire::feed::open(file).unwrap_or_else(|error| panic!("{error}"));
    while let Some(message) = feed.next_message().unwrap_or_else(|error| panic!("{error}")) {
        if let Ok(Some(event)) = event::FeedEvent::decode(message.bytes, 0) {
            world.send(&event, 2)?;
        }
    }
    world.settle()?;
    let counters = world.golden.counters();
    world
        .bench
        .eq("anomalies of a clean file", counters, Counters::default())?;
    world
        .bench
        .eq("adds", world.seen.kinds[EventCode::Add as usize], adds)
}
