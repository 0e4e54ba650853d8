//! Registers: a walk over every register of the contract, then random traffic, through AXI4-Lite.

use contract::reg::{self, Access, GLOBAL, RING};
use contract::ring::RINGS;
use gateware::emit::Size;
use std::collections::{BTreeMap, VecDeque};
use testbench::axil::AxilMaster;
use testbench::golden::csr::{Csr, Effect};
use testbench::{Bench, Verdict};
use verilated::PortId;

/// The block with all its neighbours.
struct Rig {
    master: AxilMaster,
    golden: Csr,
    /// Offset of an Rw register of the global and ring areas → its level.
    levels: BTreeMap<u32, PortId>,
    pulses: Vec<(String, PortId)>,
    /// Offset of a Ro register → its input and the shift within it.
    status: BTreeMap<u32, (PortId, u32)>,
    seen: Vec<Effect>,
    expected: Vec<Effect>,
    words: VecDeque<u64>,
    binds: Vec<(u32, u32)>,
    data: PortId,
    slot_ports: [PortId; 4],
    bind_ports: [PortId; 3],
    counter_data: PortId,
    read_word: PortId,
    read_slot: PortId,
    slots: u32,
    state_word: u64,
    /// Offset of the high word of a pair → what the last read of its low word latched.
    latched: BTreeMap<u32, u32>,
}

const SLOT_STATUS: [&str; 5] = ["SLOT_STATE", "SKIPPED", "POSITION", "OPEN_BUY", "OPEN_SELL"];

impl Rig {
    fn new(bench: &Bench) -> Self {
        let config = bench.size().contract();
        let lower = |name: &str| name.to_lowercase();
        let mut levels = BTreeMap::new();
        let mut pulses = Vec::new();
        let mut status = BTreeMap::new();
        for r in GLOBAL {
            match r.access {
                Access::Rw => {
                    levels.insert(reg::global(r.name), bench.port(&format!("cfg_{}", lower(r.name))));
                }
                Access::Wo => pulses.push((lower(r.name), bench.port(&format!("do_{}", lower(r.name))))),
                Access::Live => {
                    pulses.push((lower(r.name), bench.port(&format!("do_{}", lower(r.name)))));
                    status.insert(
                        reg::global(r.name),
                        (bench.port(&format!("now_{}", lower(r.name))), 0),
                    );
                }
                Access::Ro => {
                    if let Some((port, shift)) = status_port(bench, r.name) {
                        status.insert(reg::global(r.name), (port, shift));
                    }
                }
            }
        }
        for ring in RINGS {
            for r in RING {
                let name = if r.name.starts_with("RING_") {
                    lower(r.name)
                } else {
                    format!("ring_{}", lower(r.name))
                };
                let port = bench.port(&format!("{name}_{}", ring as u32));
                if r.access == Access::Rw {
                    levels.insert(reg::ring(ring, r.name), port);
                } else {
                    status.insert(reg::ring(ring, r.name), (port, 0));
                }
            }
        }
        Self {
            master: AxilMaster::new(bench),
            golden: Csr::new(&config),
            levels,
            pulses,
            status,
            seen: Vec::new(),
            expected: Vec::new(),
            words: VecDeque::from([0, 0]),
            binds: Vec::new(),
            data: bench.port("data"),
            slot_ports: ["slot_write", "slot", "slot_register", "slot_data"].map(|n| bench.port(n)),
            bind_ports: ["bind_write", "bind_slot", "bind_value"].map(|n| bench.port(n)),
            counter_data: bench.port("counter_data"),
            read_word: bench.port("read_word"),
            read_slot: bench.port("read_slot"),
            slots: config.slots,
            state_word: 0,
            latched: BTreeMap::new(),
        }
    }

    /// One cycle with everything around the block; returns the answer of a read and whether a write ended.
    fn cycle(&mut self, bench: &mut Bench) -> Result<testbench::axil::Done, testbench::Failure> {
        self.master.drive(bench);
        bench.set(self.counter_data, self.words.pop_front().unwrap_or(0));
        let [write, slot, value] = self.bind_ports;
        let bind = self.binds.pop();
        bench.set(write, bind.is_some().into());
        bench.set(slot, bind.map_or(0, |b| b.0.into()));
        bench.set(value, bind.map_or(0, |b| b.1.into()));
        let slot_of = |word: u64, salt: u64| slot_status(word, salt);
        for (salt, name) in (0..).zip(SLOT_STATUS) {
            let port = bench.port(&format!("now_{}", name.to_lowercase()));
            bench.set(port, slot_of(self.state_word, salt).into());
        }
        bench.eval();
        let done = self.master.observe(bench)?;
        for (name, port) in &self.pulses {
            if bench.is(*port) {
                let word = u32::try_from(bench.get(self.data)).expect("a 32-bit port");
                self.seen.push(Effect::Pulse(name.clone(), word));
            }
        }
        let [write, slot, index, data] = self.slot_ports;
        if bench.is(write) {
            self.seen
                .push(Effect::Slot(bench.get(slot), bench.get(index), bench.get(data)));
        }
        self.words.push_back(counter_value(bench.get(self.read_word)));
        self.state_word = bench.get(self.read_slot);
        bench.tick();
        Ok(done)
    }

    /// Waits until all is answered and a few cycles more, then compares every level and effect.
    fn settle(&mut self, bench: &mut Bench) -> Verdict {
        while !self.master.is_idle() {
            self.cycle(bench)?;
        }
        for _ in 0..3 {
            self.cycle(bench)?;
        }
        let (seen, expected) = (std::mem::take(&mut self.seen), std::mem::take(&mut self.expected));
        bench.eq("pulses and broadcasts", seen, expected)?;
        for (offset, port) in &self.levels {
            let name = self.golden.at(*offset).map_or("", |(_, r)| r.name);
            bench.eq(name, bench.get(*port), self.golden.stored(*offset).into())?;
        }
        Ok(())
    }

    fn write(&mut self, bench: &mut Bench, offset: u32, data: u32, strobes: u8) -> Verdict {
        self.master.start_write(offset, data, strobes);
        self.expected.extend(self.golden.write(offset, data, strobes));
        self.settle(bench)
    }

    fn read(&mut self, bench: &mut Bench, offset: u32) -> Verdict {
        self.master.start_read(offset);
        let answer = loop {
            if let Some(word) = self.cycle(bench)?.read {
                break word;
            }
        };
        let expected = self.golden.read(offset, self.now(bench, offset));
        self.latch(bench, offset);
        bench.eq(
            &format!("read of {offset:#x} ({:?})", self.golden.at(offset)),
            answer,
            expected,
        )
    }

    /// A read of a pair's low word latches its high word.
    fn latch(&mut self, bench: &Bench, offset: u32) {
        let Some(stem) = self
            .golden
            .at(offset)
            .and_then(|(_, r)| r.name.strip_suffix("_LO"))
        else {
            return;
        };
        if let Some((port, 0)) = self.status.get(&offset) {
            let high = u32::try_from(bench.get(*port) >> 32).expect("32 bits");
            self.latched.insert(reg::global(&format!("{stem}_HI")), high);
        }
    }

    /// What the neighbours say a status register is.
    fn now(&self, bench: &Bench, offset: u32) -> u32 {
        let Some((area, r)) = self
            .golden
            .at(offset)
            .filter(|(_, r)| matches!(r.access, Access::Ro | Access::Live))
        else {
            return 0;
        };
        let low = |word: u64| u32::try_from(word & 0xffff_ffff).expect("32 bits");
        if area.starts_with("counter") {
            return low(counter_value((offset / 4).into()));
        }
        if area.starts_with("slot") {
            let slot = (offset - reg::SLOT_BASE) / reg::SLOT_STRIDE;
            return (0..)
                .zip(SLOT_STATUS)
                .find(|(_, n)| *n == r.name)
                .map_or(0, |(salt, _)| slot_status(slot.into(), salt));
        }
        match r.name {
            "IDENTITY" => reg::IDENTITY,
            "CONTRACT_HASH" => contract::CONTRACT_HASH,
            "CONFIG" => bench.size().contract().word(),
            "CAPABILITIES" => gateware::csr::CAPABILITIES,
            _ => {
                let (port, shift) = self.status[&offset];
                if shift > 0 {
                    return self.latched.get(&offset).copied().unwrap_or(0);
                }
                low(bench.get(port) & 0xffff_ffff)
            }
        }
    }
}

/// The input of a global Ro register; pairs share one 64-bit input.
fn status_port(bench: &Bench, name: &str) -> Option<(PortId, u32)> {
    let lower = name.to_lowercase();
    let stem = lower.trim_end_matches("_lo").trim_end_matches("_hi");
    let shift = if lower.ends_with("_hi") { 32 } else { 0 };
    bench
        .model
        .try_port(&format!("now_{stem}"))
        .ok()
        .map(|port| (port, shift))
}

fn slot_status(slot: u64, salt: u64) -> u32 {
    u32::try_from((slot * 5 + salt + 1).wrapping_mul(0x9e37_79b9) & 0xffff_ffff).expect("32 bits")
}

/// What the neighbouring counters answer: 0 outside their area.
fn counter_value(word: u64) -> u64 {
    let base = u64::from(reg::COUNTER_BASE / 4);
    let inside = (base..base + contract::counter::COUNT as u64).contains(&word);
    if inside {
        (word * 0x0101_0101) & 0xffff_ffff
    } else {
        0
    }
}

fn randomise_status(rig: &Rig, bench: &mut Bench) {
    let ports: Vec<_> = rig.status.values().map(|(port, _)| *port).collect();
    for port in ports {
        let width = bench.model.describe(port).width;
        let value = bench.rng.bits(width);
        bench.set(port, value);
    }
}

/// Every register: reset value, then all ones and a random word, read back, and its effect.
fn walk(bench: &mut Bench) -> Verdict {
    let mut rig = Rig::new(bench);
    bench.reset();
    randomise_status(&rig, bench);
    rig.expected = Csr::sweep(&bench.size().contract());
    // a write during the sweep waits for its end
    rig.write(bench, reg::global("SCRATCH"), 0x1234_5678, 0xf)?;
    rig.write(bench, reg::global("SCRATCH"), 0, 0xf)?;
    for offset in rig.golden.offsets() {
        rig.read(bench, offset)?;
    }
    for offset in rig.golden.offsets() {
        for data in [u32::MAX, 0, u32::try_from(bench.rng.bits(32)).expect("32 bits")] {
            rig.write(bench, offset, data, 0xf)?;
            rig.read(bench, offset)?;
        }
    }
    // every bit of an address counts
    let rings = contract::ring::RINGS.map(|ring| reg::ring(ring, "BASE_HI"));
    for offset in rings {
        for bit in 2..16 {
            let other = offset ^ (1 << bit);
            if rig.golden.at(other).is_none() {
                rig.write(bench, other, 0x5a5a_5a5a ^ bit, 0xf)?;
                rig.read(bench, offset)?;
            }
        }
    }
    // no write reached a register it was not meant for
    for offset in rig.golden.offsets() {
        rig.read(bench, offset)?;
    }
    Ok(())
}

/// Reading the low word of a pair latches the high one.
fn pairs(bench: &mut Bench) -> Verdict {
    let mut rig = Rig::new(bench);
    bench.reset();
    rig.expected = Csr::sweep(&bench.size().contract());
    rig.write(bench, reg::global("SCRATCH"), 1, 0xf)?;
    for (pair, low, high) in [
        ("time", "TIME_LO", "TIME_HI"),
        ("seq_next", "SEQ_NEXT_LO", "SEQ_NEXT_HI"),
        ("trigger_armed", "TRIGGER_ARMED_LO", "TRIGGER_ARMED_HI"),
        ("gross", "GROSS_LO", "GROSS_HI"),
    ] {
        // Nothing is latched since the reset.
        rig.read(bench, reg::global(high))?;
        let port = bench.port(&format!("now_{pair}"));
        for _ in 0..20 {
            let value = bench.rng.next_u64();
            bench.set(port, value);
            rig.read(bench, reg::global(low))?;
            bench.set(port, !value);
            rig.read(bench, reg::global(high))?;
        }
    }
    Ok(())
}

/// Random reads and writes at once, strange addresses and strobes, stalls, binding, reset in between.
fn random(bench: &mut Bench) -> Verdict {
    for _ in 0..3 {
        let reset = bench.port("reset");
        bench.set(reset, 1);
        for _ in 0..2 {
            bench.tick();
        }
        for ready in ["s_axil_awready", "s_axil_wready", "s_axil_arready"] {
            bench.eq(&format!("{ready} in reset"), bench.get(bench.port(ready)), 0)?;
        }
        bench.set(reset, 0);
        let config = bench.size().contract();
        let mut rig = Rig::new(bench);
        rig.expected = Csr::sweep(&config);
        rig.write(bench, reg::global("SCRATCH"), 7, 0xf)?;
        let offsets = rig.golden.offsets();
        for round in 0..1_200 {
            if round % 50 == 0 {
                rig.master.busy_percent = *bench.rng.pick(&[15, 50, 100]);
                randomise_status(&rig, bench);
            }
            let (at, other) = (strange(bench, &offsets), *bench.rng.pick(&offsets));
            let data = u32::try_from(bench.rng.edgy(32)).expect("32 bits");
            let strobes = if bench.rng.percent(80) {
                15
            } else {
                u8::try_from(bench.rng.bits(4)).expect("4 bits")
            };
            if bench.rng.percent(5) {
                let slot = u32::try_from(bench.rng.below(rig.slots.into())).expect("a slot");
                let value = u32::try_from(bench.rng.bits(17)).expect("17 bits");
                rig.golden.bind(slot, value);
                rig.binds.push((slot, value));
                rig.settle(bench)?;
            }
            match bench.rng.below(3) {
                0 => rig.write(bench, at, data, strobes)?,
                1 => rig.read(bench, at)?,
                _ if at == other => {}
                _ => {
                    rig.master.start_write(at, data, strobes);
                    let effect = rig.golden.write(at, data, strobes);
                    rig.expected.extend(effect);
                    rig.read(bench, other)?;
                    rig.settle(bench)?;
                }
            }
        }
    }
    Ok(())
}

/// A reset of one cycle at any time of a write: nothing of the write is left, and no pulse escapes.
fn reset_in_a_write(bench: &mut Bench) -> Verdict {
    let reset = bench.port("reset");
    let pulses: Vec<_> = GLOBAL
        .iter()
        .filter(|r| matches!(r.access, Access::Wo | Access::Live))
        .map(|r| reg::global(r.name))
        .collect();
    for after in 0..14 * pulses.len() {
        bench.reset();
        let mut rig = Rig::new(bench);
        rig.expected = Csr::sweep(&bench.size().contract());
        rig.write(bench, reg::global("SCRATCH"), 7, 0xf)?;
        // Without pauses each of the first cycles is met for sure.
        rig.master.busy_percent = if after < 5 * pulses.len() { 100 } else { 40 };
        rig.master
            .start_write(pulses[after % pulses.len()], u32::MAX, 0xf);
        for _ in 0..after / pulses.len() {
            rig.cycle(bench)?;
        }
        bench.set(reset, 1);
        bench.tick();
        bench.set(reset, 0);
        let mut rig = Rig::new(bench);
        rig.expected = Csr::sweep(&bench.size().contract());
        rig.write(bench, reg::global("SCRATCH"), 9, 0xf)?;
    }
    Ok(())
}

/// A reset of one cycle at any time of a read whose answer is not taken: no answer is left.
fn reset_in_a_read(bench: &mut Bench) -> Verdict {
    let [reset, address, asks, takes, answers] = [
        "reset",
        "s_axil_araddr",
        "s_axil_arvalid",
        "s_axil_rready",
        "s_axil_rvalid",
    ]
    .map(|name| bench.port(name));
    for delay in 0..8 {
        bench.reset();
        bench.set(takes, 0);
        bench.set(address, u64::from(reg::global("SCRATCH")));
        bench.set(asks, 1);
        for _ in 0..delay {
            bench.tick();
        }
        bench.set(asks, 0);
        bench.set(reset, 1);
        bench.tick();
        bench.set(reset, 0);
        for _ in 0..8 {
            bench.eval();
            bench.eq("an answer behind a reset", bench.get(answers), 0)?;
            bench.tick();
        }
    }
    Ok(())
}

/// Mostly a register, sometimes a hole or a misaligned address.
fn strange(bench: &mut Bench, offsets: &[u32]) -> u32 {
    let register = *bench.rng.pick(offsets);
    match bench.rng.below(10) {
        0 => u32::try_from(bench.rng.bits(16)).expect("16 bits"),
        1 => register ^ 1 << bench.rng.below(16),
        _ => register,
    }
}

/// The word address of the bulk tables moves with each data word, and never into the table's number.
fn table_address(bench: &mut Bench) -> Verdict {
    let mut rig = Rig::new(bench);
    bench.reset();
    rig.expected = Csr::sweep(&bench.size().contract());
    for start in [0, 0x0200_0007, 0x01ff_fffe, u32::MAX] {
        rig.write(bench, reg::global("TABLE_ADDR"), start, 0xf)?;
        for word in 0..4 {
            rig.write(bench, reg::global("TABLE_DATA"), word, 0xf)?;
            rig.read(bench, reg::global("TABLE_ADDR"))?;
        }
    }
    Ok(())
}

/// Addresses that differ from a ring's in one bit are not that ring's, nor are those behind its registers.
fn near_rings(bench: &mut Bench) -> Verdict {
    let mut rig = Rig::new(bench);
    bench.reset();
    rig.expected = Csr::sweep(&bench.size().contract());
    for ring in contract::ring::RINGS {
        let at = reg::ring(ring, "BASE_LO");
        rig.write(bench, at, 0xffff_ffc0, 0xf)?;
        (2..16).try_for_each(|bit| rig.read(bench, at ^ 1 << bit))?;
        // Nor is what is left of its area, whatever was read before.
        let end = at - at % reg::RING_STRIDE + reg::RING_STRIDE;
        for hole in (at..end).step_by(4).skip(RING.len()) {
            rig.read(bench, hole)?;
        }
    }
    Ok(())
}

fn scenario(bench: &mut Bench) -> Verdict {
    walk(bench)?;
    near_rings(bench)?;
    pairs(bench)?;
    table_address(bench)?;
    reset_in_a_write(bench)?;
    reset_in_a_read(bench)?;
    random(bench)
}

#[test]
fn against_the_contract() {
    testbench::run_seeds("csr", Size::Small, 1..=2, scenario);
}

#[test]
fn walk_of_sixteen_slots() {
    testbench::run("csr", Size::Sim, walk);
}

testbench::mutants!("csr", Size::Small, 60, 1, scenario);
