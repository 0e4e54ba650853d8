//! The watchdog between heartbeat, gate and transmitter: its request in every cycle against the golden model, one message an expiry.

use contract::slot::{Kind, firm_id};
use gateware::emit::Size;
use gateware::types::OrderRequest;
use std::collections::BTreeMap;
use testbench::golden::watchdog::{Inputs, Watchdog};
use testbench::{Bench, Bundle, Layout, Verdict};
use verilated::PortId;

const PORTS: [&str; 13] = [
    "reset",
    "now",
    "heartbeat_fresh",
    "armed",
    "cfg_cancel",
    "cfg_firm",
    "cfg_epoch",
    "granted",
    "lost",
    "request_valid",
    "request_ready",
    "request",
    "waits",
];

/// What the stimulus brought about.
#[derive(Debug, Default)]
struct Seen {
    expiries: u32,
    sent: u32,
    refused: u32,
    cut: u32,
    withdrawn: u32,
    shared: u32,
    disarmed: u32,
    resets: u32,
}

struct World<'a> {
    bench: &'a mut Bench,
    ports: BTreeMap<&'static str, PortId>,
    layout: std::sync::Arc<Layout>,
    golden: Watchdog,
    inputs: Inputs,
    firm: [u8; 4],
    epoch: u16,
    /// Outcome of the request taken, and the cycles until it.
    outcome: Option<(u32, bool)>,
    seen: Seen,
}

impl<'a> World<'a> {
    fn new(bench: &'a mut Bench) -> Self {
        let ports = PORTS.into_iter().map(|name| (name, bench.port(name))).collect();
        Self {
            bench,
            ports,
            layout: Layout::of::<OrderRequest>().into(),
            golden: Watchdog::default(),
            inputs: Inputs::default(),
            firm: *b"FIRM",
            epoch: 0,
            outcome: None,
            seen: Seen::default(),
        }
    }

    fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports[name], value);
    }

    fn drive(&mut self) {
        let inputs = self.inputs;
        for (name, value) in [
            ("now", inputs.now),
            ("heartbeat_fresh", inputs.fresh.into()),
            ("armed", inputs.armed.into()),
            ("cfg_cancel", inputs.enabled.into()),
            ("cfg_firm", u32::from_le_bytes(self.firm).into()),
            ("cfg_epoch", self.epoch.into()),
            ("granted", inputs.granted.into()),
            ("lost", inputs.cut.into()),
            ("request_ready", inputs.ready.into()),
        ] {
            self.set(name, value);
        }
        self.bench.eval();
    }

    /// What the card would send, from the contract.
    fn expected(&self, stamp: u64) -> Bundle {
        let mut request = Bundle::zero(&self.layout);
        request
            .set("kind", Kind::Watchdog as u64)
            .set("buy", 1)
            .set("side", b'B'.into())
            .set_bytes("cl_ord_id", &firm_id(self.firm, Some(*b"        ")))
            .set("epoch", self.epoch.into())
            .set("stamp", stamp);
        request
    }

    fn compare(&mut self) -> Verdict {
        let request = self.golden.request();
        let valid = self.bench.is(self.ports["request_valid"]);
        self.bench.eq("request_valid", valid, request.is_some())?;
        let waits = self.bench.is(self.ports["waits"]);
        self.bench.eq("waits", waits, self.golden.is_due())?;
        let Some(stamp) = request else {
            return Ok(());
        };
        let got = Bundle::from_words(&self.layout, self.bench.get_wide(self.ports["request"]));
        let differences = got.differences(&self.expected(stamp));
        self.bench
            .check(differences.is_empty(), || format!("the request: {differences:?}"))
    }

    /// A cycle; the gate answers two cycles after it took.
    fn cycle(&mut self, passes: u64) -> Verdict {
        self.inputs.granted = self.bench.rng.below(20) == 0;
        let due = self.golden.is_due();
        match self.outcome {
            Some((0, passed)) => {
                self.inputs.granted = passed;
                self.seen.sent += u32::from(passed && due);
                self.seen.refused += u32::from(!passed);
                self.outcome = None;
            }
            Some((cycles, passed)) => self.outcome = Some((cycles - 1, passed)),
            None => {}
        }
        self.drive();
        self.compare()?;
        if self.golden.request().is_some() && self.inputs.ready {
            let passed = self.bench.rng.percent(passes);
            self.outcome = Some((1, passed));
        }
        self.seen.withdrawn += u32::from(due && !self.inputs.enabled);
        self.seen.cut += u32::from(self.inputs.cut && self.inputs.enabled);
        self.golden.tick(&self.inputs);
        self.seen.expiries += u32::from(!due && self.golden.is_due());
        self.bench.tick();
        self.inputs.cut = false;
        self.inputs.now = self.inputs.now.wrapping_add(self.bench.rng.between(6, 7));
        Ok(())
    }

    /// A reset of one cycle, in the middle of everything.
    fn reset(&mut self) {
        self.set("reset", 1);
        self.bench.tick();
        self.set("reset", 0);
        self.golden.reset();
        self.outcome = None;
        self.seen.resets += 1;
    }

    /// Anything at all, most of it rarely.
    fn stir(&mut self) {
        let was = self.inputs;
        let rng = &mut self.bench.rng;
        self.inputs.fresh ^= rng.percent(8);
        self.inputs.armed ^= rng.percent(if was.armed { 2 } else { 20 });
        self.inputs.enabled ^= rng.percent(if was.enabled { 1 } else { 10 });
        self.inputs.ready = rng.percent(50);
        self.inputs.cut = rng.percent(2);
        if rng.percent(5) {
            self.firm = std::array::from_fn(|_| u8::try_from(rng.below(256)).expect("a byte"));
            self.epoch = u16::try_from(rng.edgy(16)).expect("16 bits");
        }
        if rng.below(200) == 0 {
            self.inputs.now = rng.next_u64();
        }
        let expires = was.fresh && !self.inputs.fresh;
        self.seen.shared += u32::from(expires && self.golden.is_due());
        self.seen.disarmed += u32::from(expires && !self.inputs.armed && self.inputs.enabled);
    }

    /// Cycles in which nothing else happens.
    fn wait(&mut self, cycles: u32) -> Verdict {
        (0..cycles).try_for_each(|_| self.cycle(100))
    }
}

/// Whatever happens.
fn random(world: &mut World<'_>) -> Verdict {
    for step in 0..8_000_u32 {
        if step % 1_000 == 0 {
            world.reset();
        }
        world.stir();
        world.cycle([100, 0, 30, 70][step as usize / 100 % 4])?;
    }
    let Seen {
        expiries,
        sent,
        refused,
        cut,
        withdrawn,
        shared,
        disarmed,
        resets,
    } = world.seen;
    let enough = expiries > 100
        && sent > 50
        && refused > 50
        && cut > 50
        && withdrawn > 5
        && shared > 20
        && disarmed > 5
        && resets == 8;
    let text = format!("the stimulus misses cases: {:?}", world.seen);
    world.bench.check(enough, || text)
}

/// One message an expiry, however long the silence lasts; none without one.
fn once(world: &mut World<'_>) -> Verdict {
    world.reset();
    world.seen = Seen::default();
    world.inputs = Inputs {
        armed: true,
        enabled: true,
        ready: true,
        ..Inputs::default()
    };
    // Never fresh: nothing expires.
    world.wait(100)?;
    let mut sent = 0;
    for _ in 0..5 {
        world.inputs.fresh = true;
        world.wait(50)?;
        world.bench.eq("while it is fresh", world.seen.sent, sent)?;
        world.inputs.fresh = false;
        world.wait(300)?;
        sent += 1;
        world.bench.eq("once an expiry", world.seen.sent, sent)?;
    }
    Ok(())
}

/// A reset forgets that the heartbeat was fresh, what is due, and a request under way with the pause behind it.
fn forgets(world: &mut World<'_>) -> Verdict {
    for cycles in (0..18).map(|round| round % 6) {
        world.inputs = Inputs {
            armed: true,
            enabled: true,
            ..Inputs::default()
        };
        world.reset();
        world.inputs.fresh = true;
        world.wait(3)?;
        // Fresh until the reset, and no more behind it: no expiry.
        world.reset();
        world.inputs.fresh = false;
        world.wait(5)?;
        world.bench.eq("no expiry", world.golden.is_due(), false)?;
        world.inputs.fresh = true;
        world.wait(2)?;
        world.inputs.fresh = false;
        world.inputs.ready = true;
        world.wait(1 + cycles)?;
        world.reset();
        world.inputs.fresh = true;
        world.wait(1)?;
        world.inputs.fresh = false;
        world.wait(1)?;
        world.bench.eq("due at once", world.golden.is_due(), true)?;
        world.wait(4)?;
    }
    Ok(())
}

fn scenario(bench: &mut Bench) -> Verdict {
    let world = &mut World::new(bench);
    forgets(world)?;
    once(world)?;
    world.seen = Seen::default();
    random(world)
}

#[test]
fn against_golden() {
    testbench::run_seeds("watchdog", Size::Small, 1..=3, scenario);
}

testbench::mutants!("watchdog", Size::Small, 60, 1, scenario);
