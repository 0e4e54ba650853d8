//! Records, events and frames to host rings: every line that reaches memory against the golden model, under AXI stalls,
//! full rings, errors, switched rings and a bus master that comes and goes.

#[path = "dma_c2h/phases.rs"]
mod phases;
#[path = "dma_c2h/ports.rs"]
mod ports;

use contract::reg::{SLOT, index, slot_ctrl};
use contract::ring::ENTRY_BYTES;
use gateware::dma_c2h::COUNTS;
use gateware::emit::Size;
use gateware::types::BookView;
use phases::{many, switching, unread};
use ports::{Ports, SOURCES};
use std::sync::Arc;
use testbench::axi::{AxiSink, Observed};
use testbench::golden::dma_c2h::{C2h, Totals};
use testbench::{Bench, Bundle, Layout, Verdict};
use verilated::bits;

/// The block with its neighbours.
struct Rig {
    sink: AxiSink,
    golden: C2h,
    layout: Arc<Layout>,
    ports: Ports,
    totals: Totals,
    blocked: u64,
    /// Events offered: source → entry.
    offers: [Option<Vec<u32>>; SOURCES],
    /// Chance, in percent, that a source offers an event in a cycle.
    event_percent: u64,
    /// A frame's entry offered, and the chance that one is.
    frame_offer: Option<Vec<u32>>,
    frame_percent: u64,
    /// Events taken while it waits.
    frame_overtaken: usize,
    /// Events of others taken while a source waits.
    overtaken: [usize; SOURCES],
    /// Records of which not every entry is in memory.
    bus_master: bool,
    bus_was_off: bool,
    slots: usize,
    queue: usize,
    /// Entries an accepted record still has to write, oldest first.
    open_records: std::collections::VecDeque<usize>,
    /// Cycles in which a new line was offered for the first time, since the last `latency` step.
    offers_at: Vec<u64>,
}

impl Rig {
    /// Neighbours of a block that has just been reset.
    fn new(bench: &mut Bench) -> Self {
        let config = bench.size().contract();
        let slots = config.slots as usize;
        let mut rig = Self {
            sink: AxiSink::new(bench),
            golden: C2h::new(slots),
            layout: Arc::new(Layout::of::<BookView>()),
            ports: Ports::new(bench),
            totals: Totals::default(),
            blocked: 0,
            offers: Default::default(),
            event_percent: 0,
            frame_offer: None,
            frame_percent: 0,
            frame_overtaken: 0,
            overtaken: [0; SOURCES],
            bus_master: true,
            bus_was_off: false,
            slots,
            queue: if bench.size() == Size::Small { 16 } else { 64 },
            open_records: std::collections::VecDeque::new(),
            offers_at: Vec::new(),
        };
        rig.set_bus_master(bench, true);
        rig
    }

    fn set_bus_master(&mut self, bench: &mut Bench, on: bool) {
        self.bus_master = on;
        bench.set(self.ports.bus_master, on.into());
    }

    fn turn_on(&mut self, bench: &mut Bench, ring: usize, base: u64, size_log2: u32) -> Verdict {
        let [low, high] = bits::halves(base);
        bench.set(self.ports.base_lo[ring], low.into());
        bench.set(self.ports.base_hi[ring], high.into());
        bench.set(self.ports.size_log2[ring], size_log2.into());
        bench.set(self.ports.tail[ring], 0);
        for _ in 0..*bench.rng.pick(&[0, 1, 2, 4]) {
            self.cycle(bench, None)?;
        }
        bench.set(self.ports.enable[ring], 1);
        self.golden.rings[ring].turn_on(base, size_log2.min(20));
        for _ in 0..2 {
            self.cycle(bench, None)?;
        }
        Ok(())
    }

    fn set_levels(&mut self, bench: &mut Bench, slot: usize, on: bool) -> Verdict {
        let [write, at, register, data] = self.ports.slot_write;
        let other = u64::from(!slot_ctrl::LEVELS) & bench.rng.bits(32);
        bench.set(write, 1);
        bench.set(at, slot as u64);
        bench.set(register, index(SLOT, "SLOT_CTRL") as u64);
        bench.set(
            data,
            if on {
                other | u64::from(slot_ctrl::LEVELS)
            } else {
                other
            },
        );
        self.cycle(bench, None)?;
        // another register with the same bits changes nothing
        bench.set(register, index(SLOT, "LOCATE") as u64);
        bench.set(data, if on { 0 } else { u64::MAX >> 32 });
        self.cycle(bench, None)?;
        bench.set(write, 0);
        self.golden.levels[slot] = on;
        Ok(())
    }

    fn random_view(&self, bench: &mut Bench, slot: usize) -> Bundle {
        let mut view = Bundle::from_words(&self.layout, bench.rng.wide(self.layout.width()));
        let event = bench.rng.between(1, 9);
        view.set("meta.slot", slot as u64).set("meta.event", event);
        let flags = view.get("meta.flags") & !u64::from(contract::record::flag::SKIPPED);
        view.set("meta.flags", flags);
        view
    }

    /// One cycle, with a record of a random view of `slot` if there is one.
    fn cycle(&mut self, bench: &mut Bench, slot: Option<usize>) -> Verdict {
        let view = self.random_view(bench, slot.unwrap_or(0));
        let features = bench.rng.wide(256);
        bench.set(self.ports.emit, slot.is_some().into());
        bench.set_wide(self.ports.view, view.words());
        bench.set_wide(self.ports.features, &features);
        for i in 0..SOURCES {
            if self.offers[i].is_none() && bench.rng.percent(self.event_percent) {
                self.offers[i] = Some(bench.rng.wide(448));
            }
            let words = self.offers[i].clone().unwrap_or_else(|| bench.rng.wide(448));
            bench.set(self.ports.event_valid[i], self.offers[i].is_some().into());
            bench.set_wide(self.ports.event[i], &words);
        }
        if self.frame_offer.is_none() && bench.rng.percent(self.frame_percent) {
            self.frame_offer = Some(bench.rng.wide(448));
        }
        let frame = self.frame_offer.clone().unwrap_or_else(|| bench.rng.wide(448));
        bench.set(self.ports.frame[0], self.frame_offer.is_some().into());
        bench.set_wide(self.ports.frame[2], &frame);
        self.sink.drive(bench);
        bench.eval();
        self.observe_counts(bench, slot.is_some())?;
        if let Some(slot) = slot.filter(|_| self.golden.rings[0].on) {
            self.observe_record(bench, &view, &features, slot)?;
        }
        self.observe_events(bench)?;
        self.observe_frame(bench)?;
        let observed = self.sink.observe(bench)?;
        self.observe_write(bench, observed)?;
        self.bus_was_off = !self.bus_master;
        bench.tick();
        Ok(())
    }

    fn observe_counts(&mut self, bench: &mut Bench, emits: bool) -> Verdict {
        let count = bench.get(self.ports.count);
        let bit = |i: usize| count >> i & 1;
        self.totals.records += bit(0);
        self.totals.skipped += bit(1);
        self.totals.events += bit(2);
        self.blocked += bit(3);
        self.totals.refused += bit(4);
        bench.eq("event_written", bench.get(self.ports.event_written), bit(2))?;
        bench.check(bit(1) == 0 || emits, || "skipped without a record".into())?;
        let offered = self.offers.iter().any(Option::is_some);
        let full = bench.is(self.ports.events_full);
        bench.eq("events_blocked", bit(3) == 1, full && offered)
    }

    fn observe_record(&mut self, bench: &mut Bench, view: &Bundle, features: &[u32], slot: usize) -> Verdict {
        let skipped = bench.get(self.ports.count) >> 1 & 1 == 1;
        let open = self.open_records.len();
        if skipped {
            bench.check(open >= self.queue, || format!("skipped with {open} records open"))?;
            self.golden.skip(slot);
            return Ok(());
        }
        bench.check(open < self.queue + 4, || {
            format!("{open} records open and not skipped")
        })?;
        let before = self.golden.rings[0].pending();
        self.golden.record(view, features);
        self.open_records
            .push_back(self.golden.rings[0].pending() - before);
        Ok(())
    }

    fn observe_events(&mut self, bench: &mut Bench) -> Verdict {
        let mut taken = 0;
        for i in 0..SOURCES {
            let ready = bench.is(self.ports.event_ready[i]);
            bench.check(!ready || self.offers[i].is_some(), || {
                format!("ready to idle source {i}")
            })?;
            if !ready {
                continue;
            }
            taken += 1;
            for (j, count) in self.overtaken.iter_mut().enumerate() {
                *count = if j == i || self.offers[j].is_none() {
                    0
                } else {
                    *count + 1
                };
            }
            let worst = self.overtaken.iter().max().copied().unwrap_or(0);
            bench.check(worst < 2 * SOURCES, || {
                format!("a source was overtaken {worst} times")
            })?;
            let words = self.offers[i].take().unwrap_or_default();
            let ring = &self.golden.rings[1];
            if ring.on {
                let used = ring.granted.wrapping_sub(ring.tail);
                bench.check(used < ring.size(), || {
                    format!("event taken with {used} entries unread")
                })?;
                self.golden.event(&words);
            }
        }
        bench.check(taken <= 1, || "two events taken at once".into())
    }

    fn observe_frame(&mut self, bench: &mut Bench) -> Verdict {
        let on = self.golden.rings[2].on;
        let ready = bench.is(self.ports.frame[1]);
        bench.check(!ready || self.frame_offer.is_some(), || {
            "ready to no frame".into()
        })?;
        let events = self.ports.event_ready.map(|port| bench.is(port));
        let event_taken = events.contains(&true);
        bench.check(!(ready && event_taken), || {
            "an event and a frame taken at once".into()
        })?;
        if !ready {
            self.frame_overtaken += usize::from(event_taken && self.frame_offer.is_some());
            let overtaken = self.frame_overtaken;
            return bench.check(overtaken < 3, || {
                format!("a frame was overtaken by {overtaken} events")
            });
        }
        self.frame_overtaken = 0;
        let words = self.frame_offer.take().unwrap_or_default();
        if on {
            self.golden.frame(&words);
        }
        Ok(())
    }

    fn observe_write(&mut self, bench: &mut Bench, observed: Observed) -> Verdict {
        if observed.offered {
            bench.check(!self.bus_was_off, || {
                "a line offered while Bus Master is off".into()
            })?;
            self.offers_at.push(bench.cycles());
        }
        let Some(line) = observed.written else {
            return Ok(());
        };
        self.golden.totals.refused += u64::from(line.fails);
        let rings = &self.golden.rings;
        let inside = |r: usize| {
            line.address.wrapping_sub(rings[r].base) < u64::from(rings[r].size()) * ENTRY_BYTES as u64
        };
        let Some(ring) = (0..3).find(|r| inside(*r)) else {
            return bench.check(false, || {
                format!("write outside all rings at {:#x}", line.address)
            });
        };
        let expected = self.golden.rings[ring].next_entry();
        let Some((address, entry, is_core)) = expected else {
            return bench.check(false, || {
                format!("unexpected write to ring {ring} at {:#x}", line.address)
            });
        };
        bench.eq("address", line.address, address)?;
        bench.eq("entry", line.bytes, entry)?;
        if ring > 0 {
            self.golden.totals.events += u64::from(ring == 1);
            return Ok(());
        }
        self.golden.totals.records += u64::from(is_core);
        if let Some(left) = self.open_records.front_mut() {
            *left -= 1;
            if *left == 0 {
                self.open_records.pop_front();
            }
        }
        Ok(())
    }

    /// Lets everything out and compares all totals.
    fn settle(&mut self, bench: &mut Bench) -> Verdict {
        self.event_percent = 0;
        self.frame_percent = 0;
        let ready = std::mem::replace(&mut self.sink.ready_percent, 100);
        let mut patience = 3_000;
        while bench.is(self.ports.busy)
            || self.offers.iter().any(Option::is_some)
            || self.frame_offer.is_some()
        {
            self.cycle(bench, None)?;
            patience -= 1;
            bench.check(patience > 0, || "the block does not come to rest".into())?;
        }
        for _ in 0..40 {
            self.cycle(bench, None)?;
        }
        self.sink.ready_percent = ready;
        self.sink.check_idle(bench)?;
        for ring in 0..3 {
            let r = &self.golden.rings[ring];
            let (pending, head, lapped, on) = (r.pending(), r.head, r.lapped, r.on);
            bench.eq("entries never written", pending, 0)?;
            if on {
                bench.eq("head", bench.get(self.ports.head[ring]), head.into())?;
                bench.eq("lapped", bench.is(self.ports.lapped[ring]), lapped)?;
            }
        }
        bench.eq("totals", self.totals, self.golden.totals)?;
        for slot in 0..self.slots {
            bench.set(self.ports.read_slot, slot as u64);
            bench.eval();
            let expected = self.golden.skipped[slot];
            bench.eq(
                "skipped of a slot",
                bench.get(self.ports.now_skipped),
                expected.into(),
            )?;
        }
        Ok(())
    }

    fn random_slot(&self, bench: &mut Bench) -> usize {
        usize::try_from(bench.rng.below(self.slots as u64)).expect("a slot")
    }

    fn post_tail(&mut self, bench: &mut Bench, ring: usize, tail: u32) {
        self.golden.rings[ring].post_tail(tail);
        bench.set(self.ports.tail[ring], tail.into());
    }
}

const RECORDS_BASE: u64 = 0x5a5a_a5d2_ffff_ff00;
const EVENTS_BASE: u64 = 0x7_0000_0000;
const FRAMES_BASE: u64 = 0xa5a5_5aaa_ffff_ff80;
const BASES: [u64; 3] = [RECORDS_BASE, EVENTS_BASE, FRAMES_BASE];

/// A lone record and a lone event: three cycles to the first beat, four beats or one.
fn latency(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    for _ in 0..20 {
        let slot = rig.random_slot(bench);
        rig.offers_at.clear();
        rig.cycle(bench, Some(slot))?;
        let emitted = bench.cycles() - 1;
        for _ in 0..12 {
            rig.cycle(bench, None)?;
        }
        let first = rig.offers_at.first().map(|at| at - emitted);
        bench.eq("cycles from record to first beat", first, Some(3))?;
        rig.settle(bench)?;
    }
    Ok(())
}

/// Core records every two cycles into a ready sink, for ever: at 512 bits nothing is skipped.
fn packed(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    let before = rig.totals.skipped;
    rig.event_percent = 3;
    rig.frame_percent = 10;
    for cycle in 0..1_200 {
        let slot = rig.random_slot(bench);
        rig.cycle(bench, (cycle % 2 == 0).then_some(slot))?;
        let tail = rig.golden.rings[1].head;
        rig.post_tail(bench, 1, tail);
    }
    rig.settle(bench)?;
    if bench.size() == Size::Small {
        bench.check(rig.totals.skipped > before, || {
            "128 bits cannot carry this".into()
        })
    } else {
        bench.eq("skipped at 512 bits", rig.totals.skipped, before)
    }
}

/// Random everything.
fn storm(bench: &mut Bench, rig: &mut Rig, cycles: u32) -> Verdict {
    let mut density = 50;
    for cycle in 0..cycles {
        if cycle % 200 == 0 {
            rig.sink.ready_percent = *bench.rng.pick(&[5, 30, 70, 100]);
            rig.sink.error_percent = *bench.rng.pick(&[0, 0, 10]);
            rig.event_percent = *bench.rng.pick(&[0, 5, 50]);
            rig.frame_percent = *bench.rng.pick(&[0, 5, 100]);
            density = *bench.rng.pick(&[2, 20, 50]);
        }
        if bench.rng.percent(1) {
            let on = bench.rng.percent(70);
            rig.switch_bus_master(bench, on)?;
        }
        if bench.rng.percent(4) {
            let ring = usize::try_from(bench.rng.below(3)).expect("0 to 2");
            let head = rig.golden.rings[ring].head;
            rig.post_tail(bench, ring, head);
        }
        if bench.rng.percent(1) {
            let slot = rig.random_slot(bench);
            let on = bench.rng.percent(50);
            rig.set_levels(bench, slot, on)?;
        }
        let slot = (cycle % 2 == 0 && bench.rng.percent(density)).then(|| rig.random_slot(bench));
        rig.cycle(bench, slot)?;
    }
    rig.switch_bus_master(bench, true)?;
    rig.sink.error_percent = 0;
    let head = rig.golden.rings[1].head;
    rig.post_tail(bench, 1, head);
    rig.drain_events(bench)
}

impl Rig {
    /// Switches Bus Master; the refusal that an entry held back by it counts is added to the golden totals.
    fn switch_bus_master(&mut self, bench: &mut Bench, on: bool) -> Verdict {
        if on == self.bus_master {
            return Ok(());
        }
        if on {
            // an entry was held back if there is anything left to write and the pipeline has had time
            for _ in 0..8 {
                self.cycle(bench, None)?;
            }
            let waiting = self
                .golden
                .rings
                .iter()
                .any(|r| r.pending() > usize::from(self.half_written(bench)));
            self.golden.totals.refused += u64::from(waiting);
        }
        self.set_bus_master(bench, on);
        Ok(())
    }

    fn half_written(&self, bench: &Bench) -> bool {
        bench.is(bench.port("m_axi_awvalid")) || bench.is(bench.port("m_axi_wvalid"))
    }

    /// Reads the events ring empty until no source waits.
    fn drain_events(&mut self, bench: &mut Bench) -> Verdict {
        self.event_percent = 0;
        self.frame_percent = 0;
        self.sink.ready_percent = 100;
        for _ in 0..600 {
            let head = self.golden.rings[1].head;
            self.post_tail(bench, 1, head);
            self.cycle(bench, None)?;
        }
        self.settle(bench)
    }
}

impl Rig {
    /// Turns a ring off; what is in flight is dropped, but for a line already offered.
    fn turn_off(&mut self, bench: &mut Bench, ring: usize) -> Verdict {
        bench.set(self.ports.enable[ring], 0);
        self.cycle(bench, None)?;
        self.cycle(bench, None)?;
        // a line already on the bus may complete; let it, with the rest held back by its own stall
        while self.half_written(bench)
            && self.golden.rings[ring].pending() > 0
            && self.offer_is_of(bench, ring)
        {
            self.cycle(bench, None)?;
        }
        let dropped = self.golden.rings[ring].turn_off();
        self.golden.totals.refused += dropped as u64;
        if ring == 0 {
            self.open_records.clear();
        }
        Ok(())
    }

    fn offer_is_of(&self, bench: &Bench, ring: usize) -> bool {
        let address = bench.get(bench.port("m_axi_awaddr"));
        let r = &self.golden.rings[ring];
        address.wrapping_sub(r.base) < u64::from(r.size()) * ENTRY_BYTES as u64
    }

    fn settle_one_off(&mut self, bench: &mut Bench) -> Verdict {
        for _ in 0..60 {
            let head = self.golden.rings[1].head;
            self.post_tail(bench, 1, head);
            self.cycle(bench, None)?;
        }
        self.settle(bench)
    }
}

fn scenario(bench: &mut Bench) -> Verdict {
    let names: Vec<_> = contract::counter::CORE_COUNTERS
        .iter()
        .filter(|c| c.block == "dma_c2h")
        .map(|c| c.name)
        .collect();
    bench.eq("counters", names, COUNTS.to_vec())?;
    bench.reset();
    let mut rig = Rig::new(bench);
    rig.turn_on(bench, 0, RECORDS_BASE, 5)?;
    rig.turn_on(bench, 1, EVENTS_BASE, 3)?;
    rig.turn_on(bench, 2, FRAMES_BASE, 4)?;
    latency(bench, &mut rig)?;
    packed(bench, &mut rig)?;
    for slot in 0..rig.slots {
        rig.set_levels(bench, slot, slot % 2 == 1)?;
    }
    latency(bench, &mut rig)?;
    storm(bench, &mut rig, 3_000)?;
    unread(bench, &mut rig)?;
    switching(bench, &mut rig)?;
    many(bench, &mut rig)?;
    // a reset of one cycle forgets everything that is under way, the enables stay up
    rig.turn_off(bench, 1)?;
    rig.settle_one_off(bench)?;
    rig.turn_on(bench, 1, EVENTS_BASE, 5)?;
    rig.sink.ready_percent = 0;
    rig.event_percent = 100;
    for _ in 0..30 {
        rig.cycle(bench, None)?;
    }
    let reset = bench.port("reset");
    bench.set(reset, 1);
    bench.tick();
    bench.set(reset, 0);
    let mut rig = Rig::new(bench);
    rig.turn_on(bench, 0, RECORDS_BASE, 4)?;
    rig.turn_on(bench, 1, EVENTS_BASE, 4)?;
    rig.turn_on(bench, 2, FRAMES_BASE, 4)?;
    rig.settle(bench)?;
    packed(bench, &mut rig)?;
    storm(bench, &mut rig, 800)
}

#[test]
fn against_golden() {
    testbench::run_seeds("dma_c2h", Size::Small, 1..=3, scenario);
}

#[test]
fn against_golden_at_512_bits() {
    testbench::run_seeds("dma_c2h", Size::Sim, 1..=2, scenario);
}

testbench::mutants!("dma_c2h", Size::Small, 60, 1, scenario);
