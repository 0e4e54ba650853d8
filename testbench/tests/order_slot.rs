//! Order slots: every way to write one, every fault, any order and pauses, against the golden model.

#[path = "order_slot/bus.rs"]
mod bus;
#[path = "order_slot/host.rs"]
mod host;

use bus::{Burst, Bus};
use contract::slot::{Kind, SLOT_BYTES, SLOTS, xor8};
use gateware::emit::Size;
use gateware::order_slot::LATENCY;
use gateware::types::OrderRequest;
use host::Spoil;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use testbench::golden::order_slot::{Bell, Effect, OrderSlots, Request};
use testbench::{Bench, Bundle, Layout, Verdict};
use verilated::PortId;

/// Cycles from a beat to its arrival at the queue.
const ARRIVES: u64 = LATENCY as u64 - 1;
/// Cycles from a beat of another window to its count.
const IGNORED: u64 = 2;
/// Cycles a request may need through an empty queue.
const PATIENCE: u64 = 5;
/// Cycles from a request taken to the next one of those that wait.
const SPACING: u64 = 2;

const COMMITTED: u64 = 1;
const MALFORMED: u64 = 2;
const BAR2_IGNORED: u64 = 4;

/// What the stimulus brought about.
#[derive(Debug, Default)]
struct Seen {
    good: u32,
    malformed: u32,
    out_of_sequence: u32,
    lost: u32,
    ignored: u32,
    refused: u32,
    direct: u32,
    partial: u32,
}

struct World<'a> {
    bench: &'a mut Bench,
    bus: Bus,
    golden: OrderSlots,
    layout: Arc<Layout>,
    request: [PortId; 3],
    restart: [PortId; 2],
    now: PortId,
    count: PortId,
    /// Where beats go on, and the one of the cycle before.
    passed: [PortId; 5],
    passing: Option<bus::Beat>,
    time: u64,
    symbols: u32,
    /// Doorbells on their way, with the cycle of their arrival.
    coming: VecDeque<(u64, Bell)>,
    /// Requests due at the gate, with the cycle of their arrival.
    held: VecDeque<(u64, Request)>,
    /// Cycle → counts.
    counts: BTreeMap<u64, u64>,
    /// A request that must be offered in this cycle.
    due: Option<u64>,
    last_take: u64,
    stalled: bool,
    ready_percent: u64,
    seen: Seen,
}

impl<'a> World<'a> {
    fn new(bench: &'a mut Bench) -> Self {
        let symbols = bench.size().contract().slots;
        let world = Self {
            bus: Bus::new(bench),
            golden: OrderSlots::new(symbols),
            layout: Arc::new(Layout::of::<OrderRequest>()),
            request: ["request_valid", "request_ready", "request"].map(|n| bench.port(n)),
            restart: ["do_order_seq_reset", "ctrl_data"].map(|n| bench.port(n)),
            now: bench.port("now"),
            count: bench.port("count"),
            passed: ["beat", "word", "data", "strobes", "refused"].map(|n| bench.port(&format!("bar2_{n}"))),
            passing: None,
            time: 0,
            symbols,
            coming: VecDeque::new(),
            held: VecDeque::new(),
            counts: BTreeMap::new(),
            due: None,
            last_take: 0,
            stalled: false,
            ready_percent: 100,
            seen: Seen::default(),
            bench,
        };
        world.bench.reset();
        world
    }

    /// A reset: nothing under way is left.
    fn reset(&mut self) {
        self.bus = Bus::new(self.bench);
        for name in ["s_axi_awvalid", "s_axi_wvalid"] {
            let port = self.bench.port(name);
            self.bench.set(port, 0);
        }
        // One cycle is enough.
        let reset = self.bench.port("reset");
        self.bench.set(reset, 1);
        self.bench.tick();
        self.bench.set(reset, 0);
        self.bench.eval();
        self.golden.reset();
        self.coming.clear();
        self.held.clear();
        self.counts.clear();
        self.passing = None;
        self.due = None;
        self.stalled = false;
    }

    fn is_idle(&self) -> bool {
        self.bus.is_idle() && self.coming.is_empty()
    }

    fn cycle(&mut self, restart: Option<u64>) -> Verdict {
        let cycle = self.bench.cycles();
        self.time += self.bench.rng.below(20);
        self.bench.set(self.now, self.time);
        self.bus.drive(self.bench);
        let ready = self.bench.rng.percent(self.ready_percent);
        self.bench.set(self.request[1], ready.into());
        self.bench.set(self.restart[0], restart.is_some().into());
        let noise = self.bench.rng.bits(32);
        self.bench.set(self.restart[1], restart.unwrap_or(noise));
        self.bench.eval();
        let beat = self.bus.observe(self.bench)?;
        self.check_passed()?;
        let expected = self.counts.remove(&cycle).unwrap_or(0);
        self.bench.eq("count", self.bench.get(self.count), expected)?;
        let held = self.held.len();
        let takes = self.check_request(cycle, ready)?;
        if self.coming.front().is_some_and(|(at, _)| *at == cycle) {
            let bell = self.coming.pop_front().map(|(_, bell)| bell);
            if let Some(bell) = bell {
                self.arrive(cycle, bell, held, takes);
            }
        }
        if restart.is_some_and(|data| data & 1 == 1) {
            self.golden.restart();
        }
        if let Some(beat) = beat {
            self.take(cycle, beat);
        }
        self.bench.tick();
        Ok(())
    }

    /// Every beat leaves in the cycle after it was taken, whatever its window.
    fn check_passed(&mut self) -> Verdict {
        let [beat, word, data, strobes, refused] = self.passed.map(|port| self.bench.get(port));
        let Some(before) = self.passing.take() else {
            return self.bench.eq("bar2_beat", beat, 0);
        };
        let expected = (
            1,
            u64::from(before.address / 8),
            before.data,
            u64::from(before.strobes),
            u64::from(before.refused),
        );
        self.bench
            .eq("beat passed on", (beat, word, data, strobes, refused), expected)
    }

    fn take(&mut self, cycle: u64, beat: bus::Beat) {
        self.passing = Some(beat);
        let effect = if beat.refused {
            self.seen.refused += 1;
            Effect::Ignored
        } else {
            self.golden
                .write(beat.address, beat.data, beat.strobes, self.time)
        };
        self.seen.partial += u32::from(effect == Effect::Stored && ![0, 0xff].contains(&beat.strobes));
        match effect {
            Effect::Stored | Effect::Passed => {}
            Effect::Ignored => {
                self.seen.ignored += 1;
                *self.counts.entry(cycle + IGNORED).or_default() |= BAR2_IGNORED;
            }
            Effect::Rung(bell) => self.coming.push_back((cycle + ARRIVES, bell)),
        }
    }

    fn arrive(&mut self, cycle: u64, bell: Bell, held: usize, takes: bool) {
        let count = self.counts.entry(cycle + 1).or_default();
        let Some(request) = self.golden.arrive(bell, held) else {
            self.seen.lost += 1;
            *count |= MALFORMED;
            return;
        };
        *count |= COMMITTED;
        if request.malformed {
            *count |= MALFORMED;
        }
        self.seen.malformed += u32::from(request.malformed);
        self.seen.out_of_sequence += u32::from(request.out_of_sequence);
        self.seen.good += u32::from(!request.malformed && !request.out_of_sequence);
        if held == usize::from(takes) {
            self.seen.direct += 1;
            self.due = Some(cycle + 1);
        }
        self.held.push_back((cycle, request));
    }

    /// Compares what is offered; whether it is taken by this cycle's edge.
    fn check_request(&mut self, cycle: u64, ready: bool) -> Result<bool, testbench::Failure> {
        let offered = self.bench.is(self.request[0]);
        let late = self.held.front().is_some_and(|(at, _)| at + PATIENCE <= cycle)
            && self.last_take + SPACING <= cycle;
        let must = self.stalled || self.due == Some(cycle) || late;
        self.bench
            .check(offered || !must, || "a request is not offered in time".into())?;
        self.stalled = offered && !ready;
        if !offered {
            return Ok(false);
        }
        let words = self.bench.get_wide(self.request[2]);
        let got = Bundle::from_words(&self.layout, words);
        let Some((_, request)) = self.held.front() else {
            return self
                .bench
                .check(false, || "a request out of nowhere".into())
                .map(|()| false);
        };
        let expected = bundle(&self.layout, request);
        let differences = got.differences(&expected);
        self.bench
            .check(differences.is_empty(), || format!("request: {differences:?}"))?;
        if ready {
            self.last_take = cycle;
            self.held.pop_front();
        }
        Ok(ready)
    }

    fn drain(&mut self) -> Verdict {
        self.ready_percent = 100;
        self.bus.busy_percent = 100;
        for _ in 0..6_000 {
            self.cycle(None)?;
            if self.is_idle() && self.held.is_empty() && self.counts.is_empty() {
                break;
            }
        }
        let left = (
            self.bus.is_idle(),
            self.coming.len(),
            self.held.len(),
            self.counts.len(),
        );
        self.bench
            .eq("idle, doorbells, requests and counts left", left, (true, 0, 0, 0))
    }

    fn write(&mut self, bursts: Vec<Burst>) {
        for burst in bursts {
            self.bus.push(burst);
        }
    }
}

/// The request as it travels.
fn bundle(layout: &Arc<Layout>, request: &Request) -> Bundle {
    let bell = &request.bell;
    let mut out = Bundle::zero(layout);
    let same = [
        "kind",
        "side",
        "time_in_force",
        "display",
        "capacity",
        "iso",
        "cross_type",
        "qty",
        "price",
        "token",
        "target_ref",
        "orig_qty",
        "notional",
        "order_seq",
        "epoch",
    ];
    for name in same {
        out.set(name, bell.field(name));
    }
    out.set("slot", bell.field("symbol_slot") & 63);
    out.set("buy", (bell.field("side") == u64::from(b'B')).into());
    out.set_bytes("cl_ord_id", &bell.bytes[32..46]);
    out.set("malformed", request.malformed.into());
    out.set("out_of_sequence", request.out_of_sequence.into());
    out.set("stamp", bell.stamp);
    out
}

/// One good order in one burst, the bus and the gate ready: the completing beat to `request_valid`.
fn latency(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench);
    for seq in 1..=4_u32 {
        let order = host::order(&mut world.bench.rng, world.symbols);
        let bytes = order.encode(Kind::Enter, seq, 7);
        let beats = bytes
            .chunks_exact(8)
            .map(|w| (u64::from_le_bytes(w.try_into().expect("8 bytes")), 0xff));
        world.bus.push(Burst {
            address: u16::try_from(seq * 64).expect("small"),
            size: 3,
            kind: 1,
            beats: beats.collect(),
        });
        world.drain()?;
        let last = world.seen.direct;
        world.bench.eq("orders straight through", last, seq)?;
    }
    let seen = (world.seen.good, world.seen.malformed);
    world.bench.eq("good and malformed orders", seen, (4, 0))
}

/// Good orders with one bit wrong, each bit once under a right xor and once under a wrong one.
fn every_bit(world: &mut World<'_>) -> Verdict {
    for (bit, right) in (0..8 * SLOT_BYTES).flat_map(|bit| [(bit, true), (bit, false)]) {
        let seq = world.golden.expected();
        let (index, mut bytes) = host::slot(&mut world.bench.rng, world.symbols, seq, Spoil::Nothing);
        bytes[bit / 8] ^= 1 << (bit % 8);
        if right && bit / 8 < SLOT_BYTES - 1 {
            bytes[SLOT_BYTES - 1] = xor8(&bytes);
        }
        let bursts = host::bursts(&mut world.bench.rng, index, &bytes, false);
        world.write(bursts);
        while !world.is_idle() {
            world.cycle(None)?;
        }
    }
    Ok(())
}

/// An order written twice into its slot, the second time without one byte: what was there must not count.
fn every_byte(world: &mut World<'_>) -> Verdict {
    for missing in 0..SLOT_BYTES - 8 {
        let seq = world.golden.expected();
        let (index, bytes) = host::slot(&mut world.bench.rng, world.symbols, seq, Spoil::Nothing);
        for strobes in [u64::MAX, !(1 << missing)] {
            world.write(host::stores(index, &bytes, strobes));
        }
        while !world.is_idle() {
            world.cycle(None)?;
        }
    }
    Ok(())
}

/// A reset takes the bytes of every slot.
fn reset_forgets_bytes(world: &mut World<'_>) -> Verdict {
    let orders: Vec<_> = (1..)
        .take(SLOTS)
        .map(|seq| host::slot(&mut world.bench.rng, world.symbols, seq, Spoil::Nothing))
        .collect();
    for (reset, strobes) in [(true, u64::MAX >> 8), (false, u64::MAX << 56)] {
        world.drain()?;
        for (index, bytes) in &orders {
            world.write(host::stores(*index, bytes, strobes));
        }
        while !world.is_idle() {
            world.cycle(None)?;
        }
        if reset {
            world.reset();
        }
    }
    world.drain()
}

/// A reset at any time behind a doorbell: nothing of it is left.
fn reset_behind_a_doorbell(world: &mut World<'_>) -> Verdict {
    for after in 0..=LATENCY {
        world.drain()?;
        let seq = world.golden.expected();
        let (index, bytes) = host::slot(&mut world.bench.rng, world.symbols, seq, Spoil::Nothing);
        let bursts = host::bursts(&mut world.bench.rng, index, &bytes, false);
        world.write(bursts);
        world.ready_percent = 0;
        while world.coming.is_empty() {
            world.cycle(None)?;
        }
        for _ in 0..after {
            world.cycle(None)?;
        }
        world.reset();
        for _ in 0..2 * LATENCY {
            world.cycle(None)?;
        }
    }
    Ok(())
}

/// More doorbells than the queue has room for while the gate takes nothing.
fn overflow(world: &mut World<'_>) -> Verdict {
    world.drain()?;
    world.ready_percent = 0;
    let before = world.seen.lost;
    let mut seq = world.golden.expected();
    for _ in 0..SLOTS + 4 {
        let (index, bytes) = host::slot(&mut world.bench.rng, world.symbols, seq, Spoil::Nothing);
        // Doorbells alone come thicker than whole orders.
        let last = u64::from_le_bytes(bytes[56..].try_into().expect("8 bytes"));
        world.bus.push(Burst {
            address: u16::try_from(index * 64 + 56).expect("in BAR2"),
            size: 3,
            kind: 1,
            beats: vec![(last, 0xff)],
        });
        seq = seq.wrapping_add(1);
    }
    while !world.is_idle() {
        world.cycle(None)?;
    }
    let lost = world.seen.lost - before;
    world.bench.eq("doorbells lost", lost, 3)?;
    let malformed = world.held.back().is_some_and(|(_, r)| r.malformed);
    world
        .bench
        .check(malformed, || "the one too many is not malformed".into())?;
    world.drain()
}

fn random(bench: &mut Bench, rounds: u32) -> Verdict {
    latency(bench)?;
    let mut world = World::new(bench);
    every_bit(&mut world)?;
    every_byte(&mut world)?;
    reset_forgets_bytes(&mut world)?;
    reset_behind_a_doorbell(&mut world)?;
    let mut seq = 1;
    for round in 0..rounds {
        if world.is_idle() {
            seq = world.golden.expected();
        }
        let rng = &mut world.bench.rng;
        if round % 40 == 0 {
            world.bus.busy_percent = *rng.pick(&[100, 100, 50, 15]);
            world.ready_percent = *rng.pick(&[100, 100, 50, 5]);
        }
        let what = host::spoil(rng);
        let (index, bytes) = host::slot(rng, world.symbols, seq, what);
        let mut bursts = host::bursts(rng, index, &bytes, what == Spoil::Missing);
        if rng.percent(20) {
            let at = usize::try_from(rng.below(bursts.len() as u64 + 1)).expect("small");
            let stray = host::stray(rng);
            bursts.insert(at, stray);
        }
        if rng.percent(10) {
            // A second doorbell: a duplicate must not send the order twice.
            let last = bursts.last().cloned();
            bursts.extend(last);
        }
        world.write(bursts);
        seq = seq.wrapping_add(u32::from(!matches!(what, Spoil::Sequence | Spoil::Index)));
        let wait = world.bench.rng.percent(70);
        for _ in 0..600 {
            let restart = (world.bench.rng.below(800) == 0).then(|| world.bench.rng.bits(32));
            world.cycle(restart)?;
            if (!wait && world.bench.rng.percent(10)) || world.is_idle() {
                break;
            }
        }
        if round % 400 == 399 {
            world.drain()?;
            if round % 800 == 799 {
                overflow(&mut world)?;
            } else {
                let stray = host::stray(&mut world.bench.rng);
                world.write(vec![stray]);
                for _ in 0..world.bench.rng.below(8) {
                    world.cycle(None)?;
                }
                world.reset();
            }
        }
    }
    overflow(&mut world)?;
    let seen = &world.seen;
    let counts = [
        seen.good,
        seen.malformed,
        seen.out_of_sequence,
        seen.lost,
        seen.ignored,
        seen.refused,
        seen.direct,
        seen.partial,
    ];
    let text = format!("the stimulus misses cases: {seen:?}");
    world.bench.check(counts.iter().all(|count| *count > 3), || text)
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("order_slot", Size::Small, 1..=3, |bench| random(bench, 2_000));
}

#[test]
fn sim_against_golden() {
    testbench::run("order_slot", Size::Sim, |bench| random(bench, 1_000));
}

#[test]
fn alveo_against_golden() {
    testbench::run("order_slot", Size::Alveo, |bench| random(bench, 1_000));
}

testbench::mutants!("order_slot", |bench| random(bench, 900));
