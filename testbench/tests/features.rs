//! Features: every record of random, mostly hostile books against the twin, bit for bit and at one latency.
//!
//! `TICKFORGE_SOAK=1` runs a million events more.

use contract::feature::{CORE_COUNT, CORE_FEATURES, grid_recip, index};
use contract::record::{EVENT_CODES, EventCode, Level};
use gateware::emit::Size;
use gateware::types::BookView;
use std::collections::VecDeque;
use std::sync::Arc;
use testbench::{Bench, Bundle, Layout, Rng, Verdict};
use twin::Side;
use twin::features::{FeatureEvent, Features, SlotParams, TopTen};
use verilated::PortId;

/// Cycles from an event to its record.
const LATENCY: u64 = 12;
/// Cycles from an event to its counter pulse.
const COUNT_LATENCY: u64 = 3;

struct Ports {
    reset: PortId,
    view_valid: PortId,
    view: PortId,
    slot_clear: PortId,
    slot_clear_slot: PortId,
    cfg_write: PortId,
    cfg_slot: PortId,
    cfg_recip: PortId,
    cfg_shift: PortId,
    cfg_record_trades: PortId,
    record_valid: PortId,
    record_emit: PortId,
    record_view: PortId,
    record_features: PortId,
    count: PortId,
}

impl Ports {
    fn new(bench: &Bench) -> Self {
        Self {
            reset: bench.port("reset"),
            view_valid: bench.port("view_valid"),
            view: bench.port("view"),
            slot_clear: bench.port("slot_clear"),
            slot_clear_slot: bench.port("slot_clear_slot"),
            cfg_write: bench.port("cfg_write"),
            cfg_slot: bench.port("cfg_slot"),
            cfg_recip: bench.port("cfg_recip"),
            cfg_shift: bench.port("cfg_shift"),
            cfg_record_trades: bench.port("cfg_record_trades"),
            record_valid: bench.port("record_valid"),
            record_emit: bench.port("record_emit"),
            record_view: bench.port("record_view"),
            record_features: bench.port("record_features"),
            count: bench.port("count"),
        }
    }
}

/// How books of a stretch of the run look.
#[derive(Clone, Copy)]
struct Mood {
    tick: u32,
    /// Ticks between levels, at most.
    step: u64,
    /// Ticks between the sides, at most.
    gap: u64,
    /// Ticks within which the best bid of a new book lies.
    range: u64,
    edgy_prices: bool,
    edgy_sizes: bool,
    /// Both sides show nearly the same quantity.
    balanced: bool,
    crossed_percent: u64,
}

impl Mood {
    fn new(rng: &mut Rng) -> Self {
        Self {
            tick: *rng.pick(&[100, 100, 1, 2_500]),
            step: *rng.pick(&[1, 3, 40]),
            gap: *rng.pick(&[1, 5, 300, 5_000, 40_000]),
            range: *rng.pick(&[1, 400, 4_000, 60_000]),
            edgy_prices: rng.percent(10),
            edgy_sizes: rng.percent(40),
            balanced: rng.percent(30),
            crossed_percent: *rng.pick(&[0, 5, 50]),
        }
    }

    fn size(&self, rng: &mut Rng) -> u32 {
        let size = if self.edgy_sizes {
            rng.edgy(32)
        } else {
            rng.between(1, 5_000)
        };
        low(size).max(1)
    }

    fn price(&self, rng: &mut Rng, near: u64) -> u32 {
        if self.edgy_prices {
            low(rng.edgy(32))
        } else {
            low(near)
        }
    }

    fn side(&self, rng: &mut Rng, first: u64, ask: bool) -> TopTen {
        let depth = if rng.percent(50) { 10 } else { rng.below(11) };
        let mut side = TopTen::default();
        let mut px = first;
        for level in side.iter_mut().take(usize::try_from(depth).expect("small")) {
            *level = Level {
                px: self.price(rng, px),
                sz: self.size(rng),
            };
            let away = rng.between(1, self.step) * u64::from(self.tick);
            px = if ask { px + away } else { px.saturating_sub(away) };
        }
        side
    }

    fn book(&self, rng: &mut Rng) -> Book {
        let tick = u64::from(self.tick);
        let bid = (100_000 + rng.below(self.range)) * tick;
        let gap = rng.between(0, self.gap) * tick;
        let ask = if rng.percent(self.crossed_percent) {
            bid.saturating_sub(gap)
        } else {
            bid + gap
        };
        let mut book = Book {
            bids: self.side(rng, bid, false),
            asks: self.side(rng, ask, true),
        };
        self.balance(rng, &mut book);
        book
    }

    fn balance(&self, rng: &mut Rng, book: &mut Book) {
        if self.balanced && book.bids[0].sz > 0 && book.asks[0].sz > 0 {
            let (size, part) = (book.bids[0].sz, book.bids[0].sz >> rng.between(1, 14));
            book.asks[0].sz = if rng.percent(50) {
                size.saturating_add(part)
            } else {
                size - part
            };
        }
    }

    /// A change like those of a feed: one level's quantity or price, or a level that comes or goes.
    fn change(&self, rng: &mut Rng, book: &mut Book) {
        let at = usize::try_from(rng.below(10) * rng.below(2)).expect("small");
        let size = self.size(rng);
        let side = if rng.percent(50) {
            &mut book.bids
        } else {
            &mut book.asks
        };
        match rng.below(4) {
            0 => side[at].px = side[at].px.wrapping_add(self.tick),
            1 => side[at].px = side[at].px.wrapping_sub(self.tick),
            2 => {
                side.copy_within(at + 1.., at);
                side[9] = Level::default();
            }
            _ => side[at].sz = size,
        }
        for level in side.iter_mut().filter(|level| level.sz == 0) {
            *level = Level::default();
        }
        self.balance(rng, book);
    }
}

#[derive(Clone, Copy, Default)]
struct Book {
    bids: TopTen,
    asks: TopTen,
}

struct Slot {
    book: Book,
    ts: u64,
}

/// A record on its way.
struct Due {
    cycle: u64,
    view: Bundle,
    features: [i16; CORE_COUNT],
    emit: bool,
}

/// How often the cases that matter came up.
#[derive(Default)]
struct Coverage {
    forwarded: u64,
    cleared_with_event: u64,
    backwards: u64,
    trades_recorded: u64,
    one_sided: u64,
    crossed: u64,
    wide_micro: u64,
    saturated: [u64; CORE_COUNT],
}

struct Run {
    ports: Ports,
    layout: Arc<Layout>,
    golden: Features,
    slots: Vec<Slot>,
    mood: Mood,
    record_trades: bool,
    due: VecDeque<Due>,
    pulses: VecDeque<u64>,
    last_slot: usize,
    since_event: u64,
    coverage: Coverage,
}

impl Run {
    fn new(bench: &mut Bench) -> Self {
        let slots = bench.size().contract().slots as usize;
        Self {
            ports: Ports::new(bench),
            layout: Arc::new(Layout::of::<BookView>()),
            golden: Features::new(slots),
            slots: (0..slots)
                .map(|_| Slot {
                    book: Book::default(),
                    ts: 1 << 40,
                })
                .collect(),
            mood: Mood::new(&mut bench.rng),
            record_trades: false,
            due: VecDeque::new(),
            pulses: VecDeque::new(),
            last_slot: 0,
            since_event: 2,
            coverage: Coverage::default(),
        }
    }

    /// One cycle: inputs, what they mean to the golden model, outputs.
    fn cycle(&mut self, bench: &mut Bench, event: bool) -> Verdict {
        if bench.rng.percent(1) {
            self.mood = Mood::new(&mut bench.rng);
            self.record_trades = bench.rng.percent(50);
            bench.set(self.ports.cfg_record_trades, u64::from(self.record_trades));
        }
        let reset = bench.rng.below(3_000) == 0;
        bench.set(self.ports.reset, u64::from(reset));
        self.clear_slot(bench, event);
        bench.set(self.ports.view_valid, u64::from(event));
        if event {
            self.send(bench, reset);
        } else {
            self.since_event += 1;
            if bench.rng.percent(20) {
                let noise = bench.rng.wide(self.layout.width());
                bench.set_wide(self.ports.view, &noise);
            }
        }
        self.configure(bench, reset);
        self.check(bench)?;
        if reset {
            self.golden = Features::new(self.slots.len());
            self.due.clear();
        }
        bench.tick();
        Ok(())
    }

    fn clear_slot(&mut self, bench: &mut Bench, event: bool) {
        let clears = bench.rng.percent(1);
        let slot = self.pick_slot(bench);
        bench.set(self.ports.slot_clear, u64::from(clears));
        bench.set(self.ports.slot_clear_slot, slot as u64);
        if clears {
            self.golden.reset(slot);
            self.coverage.cleared_with_event += u64::from(event && slot == self.last_slot);
        }
    }

    /// Written after the event of the same cycle has read.
    fn configure(&mut self, bench: &mut Bench, reset: bool) {
        let writes = bench.rng.percent(1);
        let slot = self.pick_slot(bench);
        let recip = if bench.rng.percent(80) {
            grid_recip(self.mood.tick)
        } else {
            low(bench.rng.edgy(32))
        };
        let shift = *bench.rng.pick(&[0, 0, 1, 3, 7, 8, 15, 16, 22, 31]);
        bench.set(self.ports.cfg_write, u64::from(writes));
        bench.set(self.ports.cfg_slot, slot as u64);
        bench.set(self.ports.cfg_recip, u64::from(recip));
        bench.set(self.ports.cfg_shift, u64::from(shift));
        if writes && !reset {
            let params = SlotParams {
                grid_recip: recip,
                qty_shift: shift,
            };
            self.golden.configure(slot, params);
        }
    }

    /// Often the last event's slot again.
    fn pick_slot(&self, bench: &mut Bench) -> usize {
        if bench.rng.percent(50) {
            self.last_slot
        } else {
            usize::try_from(bench.rng.below(self.slots.len() as u64)).expect("small")
        }
    }

    fn send(&mut self, bench: &mut Bench, reset: bool) {
        let slot = self.pick_slot(bench);
        let code = *bench.rng.pick(&EVENT_CODES);
        let is_trade_message = matches!(code, EventCode::Trade | EventCode::Cross);
        let changed = !is_trade_message && bench.rng.percent(90);
        let executes = matches!(
            code,
            EventCode::Execute | EventCode::ExecutePrice | EventCode::Trade
        );
        let qty = self.mood.size(&mut bench.rng);
        let event = FeatureEvent {
            ts_ns: self.time(&mut bench.rng, slot),
            code,
            side: *bench.rng.pick(&[Side::Bid, Side::Ask]),
            changed,
            trade: executes && (changed || is_trade_message) && bench.rng.percent(90),
            trade_qty: if bench.rng.percent(5) { 0 } else { qty },
        };
        if changed {
            if bench.rng.percent(25) {
                self.slots[slot].book = self.mood.book(&mut bench.rng);
            } else {
                self.mood.change(&mut bench.rng, &mut self.slots[slot].book);
            }
        }
        let view = self.view(bench, slot, &event);
        bench.set_wide(self.ports.view, view.words());
        if !reset {
            self.expect(bench.cycles(), slot, &event, view);
        }
    }

    /// Mostly forward by any order of magnitude, sometimes back.
    fn time(&mut self, rng: &mut Rng, slot: usize) -> u64 {
        let width = u32::try_from(rng.below(40)).expect("small");
        let ts = &mut self.slots[slot].ts;
        *ts = match rng.below(32) {
            0 => ts.saturating_sub(rng.bits(width)),
            1 => rng.edgy(48),
            2 => *ts,
            _ => ts.saturating_add(rng.bits(width)).min((1 << 48) - 1),
        };
        *ts
    }

    fn view(&self, bench: &mut Bench, slot: usize, event: &FeatureEvent) -> Bundle {
        let mut view = Bundle::zero(&self.layout);
        for (field, width) in [
            ("meta.flags", 6),
            ("meta.tracking", 16),
            ("meta.seq", 64),
            ("meta.stamp", 64),
        ] {
            view.set(field, bench.rng.bits(width));
        }
        view.set("meta.event", event.code as u64)
            .set("meta.slot", slot as u64)
            .set("meta.ts", event.ts_ns)
            .set("changed", u64::from(event.changed))
            .set("buy", u64::from(event.side == Side::Bid))
            .set("trade", u64::from(event.trade))
            .set("trade_qty", u64::from(event.trade_qty));
        let Book { bids, asks } = self.slots[slot].book;
        for (name, side) in [("bid", &bids), ("ask", &asks)] {
            view.set_bytes(&format!("{name}_px"), &bytes(side.map(|level| level.px)));
            view.set_bytes(&format!("{name}_sz"), &bytes(side.map(|level| level.sz)));
            for depth in [3, 5, 10] {
                let sum = side[..depth].iter().map(|level| u64::from(level.sz)).sum();
                view.set(&format!("{name}_{depth}"), sum);
            }
        }
        view
    }

    fn expect(&mut self, cycle: u64, slot: usize, event: &FeatureEvent, view: Bundle) {
        let Book { bids, asks } = self.slots[slot].book;
        let backwards = self.golden.time_backwards();
        let features = self.golden.update(slot, event, &bids, &asks);
        if self.golden.time_backwards() > backwards {
            self.pulses.push_back(cycle + COUNT_LATENCY);
            self.coverage.backwards += 1;
        }
        let recorded = matches!(event.code, EventCode::Trade | EventCode::Cross) && self.record_trades;
        self.note(slot, &features, recorded);
        self.due.push_back(Due {
            cycle: cycle + LATENCY,
            view,
            features,
            emit: event.changed || recorded,
        });
        self.last_slot = slot;
        self.since_event = 0;
    }

    fn note(&mut self, slot: usize, features: &[i16; CORE_COUNT], recorded: bool) {
        let Book { bids, asks } = self.slots[slot].book;
        let micro = features[index("micro_minus_mid")];
        let spread = features[index("spread")];
        let seen = &mut self.coverage;
        seen.forwarded += u64::from(self.since_event == 1 && slot == self.last_slot);
        seen.trades_recorded += u64::from(recorded);
        seen.one_sided += u64::from((bids[0].sz == 0) != (asks[0].sz == 0));
        seen.crossed += u64::from(spread < 0);
        seen.wide_micro += u64::from(spread.unsigned_abs() > 4_096 && micro != 0 && micro.abs() < i16::MAX);
        for (count, value) in seen.saturated.iter_mut().zip(features) {
            *count += u64::from(value.abs() == i16::MAX);
        }
    }

    fn check(&mut self, bench: &mut Bench) -> Verdict {
        bench.eval();
        let now = bench.cycles();
        let pulse = self.pulses.pop_front_if(|cycle| *cycle == now).is_some();
        bench.eq("time_backwards", bench.is(self.ports.count), pulse)?;
        let due = self.due.pop_front_if(|due| due.cycle == now);
        bench.eq(
            "record valid, 12 cycles after its event",
            bench.is(self.ports.record_valid),
            due.is_some(),
        )?;
        let Some(due) = due else { return Ok(()) };
        bench.eq("emit", bench.is(self.ports.record_emit), due.emit)?;
        let shown = Bundle::from_words(&self.layout, bench.get_wide(self.ports.record_view));
        bench.check(shown.words() == due.view.words(), || {
            format!("view: {}", shown.differences(&due.view).join(", "))
        })?;
        let words = bench.get_wide(self.ports.record_features);
        for (i, expected) in due.features.into_iter().enumerate() {
            let bits = (words[i / 2] >> (16 * (i % 2))) & 0xffff;
            let got = i16::from_le_bytes([bits.to_le_bytes()[0], bits.to_le_bytes()[1]]);
            bench.check(got == expected, || {
                let name = CORE_FEATURES[i].name;
                let book = due.view.differences(&Bundle::zero(&self.layout)).join(", ");
                format!("{name}: got {got}, expected {expected}; {book}")
            })?;
        }
        Ok(())
    }

    fn check_coverage(&self, bench: &mut Bench) -> Verdict {
        let seen = &self.coverage;
        let counts = [
            ("forwarded", seen.forwarded),
            ("cleared in the cycle of an event", seen.cleared_with_event),
            ("time backwards", seen.backwards),
            ("trades recorded", seen.trades_recorded),
            ("one-sided", seen.one_sided),
            ("crossed", seen.crossed),
            ("wide spread, microprice not saturated", seen.wide_micro),
        ];
        for (what, count) in counts {
            bench.check(count > 0, || format!("never met: {what}"))?;
        }
        for name in [
            "obi_1",
            "micro_minus_mid",
            "spread",
            "ofi_1",
            "ofi_5",
            "depth_slope",
        ] {
            bench.check(seen.saturated[index(name)] > 0, || {
                format!("never saturated: {name}")
            })?;
        }
        Ok(())
    }
}

fn bytes(values: [u32; 10]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

const fn low(value: u64) -> u32 {
    verilated::bits::halves(value)[0]
}

fn events(bench: &mut Bench, count: u64) -> Verdict {
    let mut run = Run::new(bench);
    for port in [run.ports.view_valid, run.ports.slot_clear, run.ports.cfg_write] {
        bench.set(port, 0);
    }
    bench.set(run.ports.cfg_record_trades, 0);
    bench.reset();
    for _ in 0..count {
        run.cycle(bench, true)?;
        let more = match bench.rng.below(10) {
            0 => bench.rng.below(20),
            1..=2 => 1,
            _ => 0,
        };
        for _ in 0..=more {
            run.cycle(bench, false)?;
        }
    }
    for _ in 0..LATENCY {
        run.cycle(bench, false)?;
    }
    run.check_coverage(bench)
}

#[test]
fn against_the_twin() {
    testbench::run_seeds("features", Size::Small, 1..=4, |bench| events(bench, 25_000));
}

#[test]
fn sixteen_slots() {
    testbench::run("features", Size::Sim, |bench| events(bench, 10_000));
}

#[test]
fn sixty_four_slots() {
    testbench::run("features", Size::Alveo, |bench| events(bench, 10_000));
}

#[test]
#[ignore = "soak: minutes"]
fn soak() {
    testbench::run_seeds("features", Size::Sim, 100..=109, |bench| events(bench, 100_000));
}

testbench::mutants!("features", |bench: &mut Bench| events(bench, 8_000));
