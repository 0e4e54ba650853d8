//! The trigger between book, host, gate, receive ports and events ring, with the golden model beside it, cycle by cycle.

use contract::event::TRIGGER_CAUSES;
use contract::slot::Kind;
use gateware::types::{Best, KeyedLevel, OrderRequest, TriggerWords};
use std::collections::BTreeMap;
use std::sync::Arc;
use testbench::golden::trigger::{Inputs, Level, Request, Trigger, Words};
use testbench::{Bench, Bundle, Layout, Verdict};
use verilated::PortId;

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    pub(crate) golden: Trigger,
    pub(crate) slots: usize,
    /// Inputs of the next cycle; pulses, clears and levels are cleared behind it.
    pub(crate) inputs: Inputs,
    /// Level of the cycle after the next one, and the side its event will be of.
    pub(crate) coming: Option<Level>,
    coming_bid: bool,
    /// Side of the event of this cycle's level; the levels of the two cycles before, of which something is still to come.
    bid: bool,
    behind: [Option<(Level, bool)>; 2],
    /// Start of the last frame of each line, and whether it is under way.
    pub(crate) stamps: [u64; 2],
    pub(crate) inside: [bool; 2],
    ports: BTreeMap<&'static str, PortId>,
    best: Arc<Layout>,
    half: Arc<Layout>,
    words: Arc<Layout>,
    request: Arc<Layout>,
}

const PORTS: [&str; 35] = [
    "reset",
    "now",
    "coming_slot",
    "coming_bid",
    "best_valid",
    "best",
    "best_own",
    "best_exact",
    "slot_clear",
    "slot_clear_slot",
    "now_ready",
    "now_stale",
    "now_halted",
    "killed",
    "gate_armed",
    "heartbeat_fresh",
    "session_lost",
    "cfg_epoch",
    "wait_fcs",
    "rx_valid",
    "rx_last",
    "rx_user",
    "words",
    "do_arm",
    "do_disarm",
    "ctrl_data",
    "request_valid",
    "request",
    "request_ready",
    "rival_valid",
    "entry_valid",
    "entry_ready",
    "entry",
    "armed",
    "count",
];

/// Key and quantity of a side, as the rows keep it.
fn half(level: &Level, bid: bool) -> [u64; 2] {
    let [px, sz] = if bid { level.bid } else { level.ask };
    let key = match (sz, bid) {
        (0, _) => u32::MAX,
        (_, true) => !px,
        (_, false) => px,
    };
    [key.into(), sz.into()]
}

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let slots = bench.size().contract().slots as usize;
        let ports = PORTS.into_iter().map(|name| (name, bench.port(name))).collect();
        let now = bench.rng.bits(61);
        let mut world = Self {
            golden: Trigger::new(slots),
            slots,
            inputs: Inputs {
                now,
                ..Inputs::default()
            },
            coming: None,
            coming_bid: false,
            bid: false,
            behind: [None; 2],
            stamps: [0; 2],
            inside: [false; 2],
            ports,
            best: Arc::new(Layout::of::<Best>()),
            half: Arc::new(Layout::of::<KeyedLevel>()),
            words: Arc::new(Layout::of::<TriggerWords>()),
            request: Arc::new(Layout::of::<OrderRequest>()),
            bench,
        };
        world.calm();
        world.reset();
        world
    }

    /// Nothing disarms, everything is taken.
    pub(crate) fn calm(&mut self) {
        self.inputs.flags = [u64::MAX, 0, 0];
        self.inputs.killed = false;
        self.inputs.gate_armed = true;
        self.inputs.fresh = true;
        self.inputs.session_lost = false;
        self.inputs.request_ready = true;
        self.inputs.entry_ready = true;
        self.inputs.rival = false;
        self.inputs.wait_fcs = false;
        self.inputs.rx = [[false; 3]; 2];
    }

    /// A reset, in the middle of everything. What a model of the block remembers of the stimulus stays.
    pub(crate) fn reset(&mut self) {
        self.inputs.best = None;
        self.coming = None;
        self.behind = [None; 2];
        self.inputs.pulses = [self.bench.rng.percent(50), false];
        self.inputs.request_ready = self.bench.rng.percent(50);
        self.inputs.entry_ready = self.bench.rng.percent(50);
        self.inputs.rx = [[false; 3]; 2];
        self.inside = [false; 2];
        self.drive();
        self.set("reset", 1);
        // As long as the frames on their way.
        for _ in 0..10 {
            self.bench.tick();
        }
        self.set("reset", 0);
        self.inputs.pulses = [false; 2];
        let seen = std::mem::take(&mut self.golden.seen);
        self.golden = self.golden.after_reset();
        self.golden.seen = seen;
    }

    fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports[name], value);
    }

    fn eq(&mut self, name: &str, expected: u64) -> Verdict {
        let got = self.bench.get(self.ports[name]);
        self.bench.eq(name, got, expected)
    }

    fn drive(&mut self) {
        let inputs = self.inputs.clone();
        let noise = self.bench.rng.next_u64();
        let of_slot = noise % self.slots as u64;
        self.drive_level(&inputs);
        let words = self.bundle_of_words(&inputs.words);
        self.bench.set_wide(self.ports["words"], words.words());
        self.set("now", inputs.now);
        self.set("coming_slot", inputs.coming as u64);
        self.set("coming_bid", self.coming_bid.into());
        self.set("best_valid", inputs.best.is_some().into());
        self.set("slot_clear", inputs.clear.is_some().into());
        self.set(
            "slot_clear_slot",
            inputs.clear.map_or(of_slot, |slot| slot as u64),
        );
        let mask = u64::MAX >> (64 - self.slots);
        for (name, flags) in ["now_ready", "now_stale", "now_halted"]
            .into_iter()
            .zip(inputs.flags)
        {
            self.set(name, flags & mask);
        }
        let line = |beat: usize| u64::from(inputs.rx[0][beat]) | u64::from(inputs.rx[1][beat]) << 1;
        for (beat, name) in ["rx_valid", "rx_last", "rx_user"].into_iter().enumerate() {
            self.set(name, line(beat));
        }
        for (name, value) in [
            ("killed", inputs.killed),
            ("gate_armed", inputs.gate_armed),
            ("heartbeat_fresh", inputs.fresh),
            ("session_lost", inputs.session_lost),
            ("wait_fcs", inputs.wait_fcs),
            ("do_arm", inputs.pulses[0]),
            ("do_disarm", inputs.pulses[1]),
            ("request_ready", inputs.request_ready),
            ("rival_valid", inputs.rival),
            ("entry_ready", inputs.entry_ready),
        ] {
            self.set(name, value.into());
        }
        self.set("cfg_epoch", inputs.epoch.into());
        self.set("ctrl_data", inputs.data.into());
        self.bench.eval();
    }

    /// A level in its three cycles: the mate with all that is known, the own side, whether it is exact. Noise where nothing belongs.
    fn drive_level(&mut self, inputs: &Inputs) {
        let mut best = Bundle::from_words(&self.best, self.bench.rng.wide(self.best.width()));
        best.set(
            "slot",
            inputs.best.map_or(inputs.coming, |level| level.slot) as u64,
        );
        if let Some(level) = inputs.best {
            let [key, sz] = half(&level, !self.bid);
            best.set("bid", self.bid.into())
                .set("changed", level.changed.into())
                .set("ts", level.ts)
                .set("seq", level.seq)
                .set("stamp", level.stamp)
                .set("mate_key", key)
                .set("mate_sz", sz);
        }
        self.bench.set_wide(self.ports["best"], best.words());
        let mut own = Bundle::from_words(&self.half, self.bench.rng.wide(self.half.width()));
        if let Some((level, bid)) = self.behind[0] {
            let [key, sz] = half(&level, bid);
            own.set("key", key).set("sz", sz);
        }
        self.bench.set_wide(self.ports["best_own"], own.words());
        let noise = self.bench.rng.percent(50);
        let exact = self.behind[1].map_or(noise, |(level, _)| level.exact);
        self.set("best_exact", exact.into());
    }

    fn bundle_of_words(&self, words: &Words) -> Bundle {
        let mut bundle = Bundle::zero(&self.words);
        bundle
            .set("letters", words.letters.into())
            .set("routing", words.routing.into())
            .set("qty", words.qty.into())
            .set("price", words.price.into())
            .set("token", words.token.into())
            .set_bytes("cl_ord_id", &words.cl_ord_id)
            .set("compare", words.compare.into())
            .set("threshold", words.threshold.cast_unsigned().into())
            .set("constant_0", words.constants[0].into())
            .set("constant_1", words.constants[1].into())
            .set("itch_expiry", words.itch_expiry)
            .set("expiry", words.expiry)
            .set("arm_seq", words.arm_seq.into());
        bundle
    }

    fn bundle_of_request(&self, request: &Request) -> Bundle {
        let words = &request.words;
        let [side, time_in_force, display, capacity] = words.letters.to_le_bytes();
        let [iso, cross_type] = words.routing.to_le_bytes();
        let mut bundle = Bundle::zero(&self.request);
        bundle
            .set("kind", Kind::Trigger as u64)
            .set("slot", request.slot as u64)
            .set("buy", (side == b'B').into())
            .set("side", side.into())
            .set("time_in_force", time_in_force.into())
            .set("display", display.into())
            .set("capacity", capacity.into())
            .set("iso", iso.into())
            .set("cross_type", cross_type.into())
            .set("qty", words.qty.into())
            .set("price", words.price.into())
            .set("token", words.token.into())
            .set("notional", u64::from(words.qty) * u64::from(words.price))
            .set_bytes("cl_ord_id", &words.cl_ord_id)
            .set("order_seq", words.arm_seq.into())
            .set("epoch", request.epoch.into())
            .set("stamp", request.stamp);
        bundle
    }

    /// One cycle.
    pub(crate) fn cycle(&mut self) -> Verdict {
        // Between levels anything may be announced.
        self.inputs.coming = self.coming.map_or(
            usize::try_from(self.bench.rng.below(self.slots as u64)).expect("a slot"),
            |level| level.slot,
        );
        self.coming_bid = self.bench.rng.percent(50);
        self.drive();
        let armed = self.golden.armed();
        self.eq("armed", armed)?;
        let request = self.golden.request();
        self.eq("request_valid", request.is_some().into())?;
        if let Some(request) = request {
            let got = Bundle::from_words(&self.request, self.bench.get_wide(self.ports["request"]));
            let differences = got.differences(&self.bundle_of_request(&request));
            self.bench
                .check(differences.is_empty(), || format!("request: {differences:?}"))?;
        }
        let entry = self.golden.entry();
        self.eq("entry_valid", entry.is_some().into())?;
        if let Some(entry) = entry {
            let words = self.bench.get_wide(self.ports["entry"]);
            let got: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            self.bench.eq("entry", got, entry.to_vec())?;
        }
        let count = self.golden.step(&self.inputs);
        self.eq("count", count)?;
        self.bench.tick();
        self.inputs.now = self.inputs.now.wrapping_add(6 + self.bench.cycles() % 2);
        self.behind = [self.inputs.best.map(|level| (level, self.bid)), self.behind[0]];
        self.bid = self.coming_bid;
        self.inputs.best = self.coming.take();
        self.inputs.clear = None;
        self.inputs.pulses = [false; 2];
        Ok(())
    }

    /// Cycles without anything new.
    pub(crate) fn idle(&mut self, cycles: u32) -> Verdict {
        for _ in 0..cycles {
            self.cycle()?;
        }
        Ok(())
    }

    /// What the stimulus has not brought about.
    pub(crate) fn missing(&self) -> Vec<String> {
        let seen = &self.golden.seen;
        let mut missing = Vec::new();
        let mut want = |what: String, count: u32, least: u32| {
            if count < least {
                missing.push(what);
            }
        };
        for (compare, count) in seen.fired.iter().enumerate() {
            want(format!("firings of comparator {compare}"), *count, 3);
        }
        for cause in TRIGGER_CAUSES {
            want(format!("{cause:?}"), seen.causes[cause as usize], 1);
        }
        want("to fire wins".into(), seen.won, 1);
        want("orders at once".into(), seen.ways[0], 10);
        want("orders that wait".into(), seen.ways[1], 3);
        want("orders that wait for a frame".into(), seen.frames[0], 2);
        want("bad frames".into(), seen.frames[1], 1);
        want("levels without a firing".into(), seen.missed, 10);
        want("slots that wait".into(), seen.passed, 2);
        missing
    }
}
