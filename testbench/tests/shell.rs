//! The shell with all its clocks apart: what goes in at either side comes out at the other, in order and unchanged, at random ratios, and
//! what a core that is too slow loses is counted.

#[path = "clocked/beats.rs"]
mod beats;
mod clocked;
#[path = "clocked/losses.rs"]
mod losses;

use beats::{Beat, Stream, frame};
use gateware::emit::Size;
use std::collections::VecDeque;
use testbench::{Bench, Clocks, Rng, Verdict};
use verilated::PortId;

const NAMES: [&str; 6] = [
    "core_clock",
    "host_clock",
    "rx_a_clock",
    "rx_b_clock",
    "rx_o_clock",
    "tx_clock",
];
const CORE: usize = 0;
const HOST: usize = 1;
const LINES: [(&str, usize); 3] = [("a", 2), ("b", 3), ("o", 4)];
const SEND: usize = 5;

/// Prefix at the host, prefix at the core, whether from host to core, the fields besides valid and ready.
const CHANNELS: [(&str, &str, bool, &[&str]); 11] = [
    ("s_axil_aw", "core_axil_aw", true, &["addr"]),
    ("s_axil_w", "core_axil_w", true, &["data", "strb"]),
    ("s_axil_b", "core_axil_b", false, &["resp"]),
    ("s_axil_ar", "core_axil_ar", true, &["addr"]),
    ("s_axil_r", "core_axil_r", false, &["data", "resp"]),
    ("s_axi_aw", "core_axi_aw", true, &["addr", "len", "size", "burst"]),
    ("s_axi_w", "core_axi_w", true, &["data", "strb", "last"]),
    ("s_axi_b", "core_axi_b", false, &["resp"]),
    (
        "m_axi_aw",
        "core_dma_aw",
        false,
        &["addr", "len", "size", "burst"],
    ),
    ("m_axi_w", "core_dma_w", false, &["data", "strb", "last"]),
    ("m_axi_b", "core_dma_b", true, &["resp"]),
];

/// One end of a channel.
struct End {
    clock: usize,
    valid: PortId,
    ready: PortId,
    fields: Vec<PortId>,
}

impl End {
    fn of(bench: &Bench, prefix: &str, clock: usize, fields: &[&str]) -> Self {
        let port = |name: &str| bench.port(&format!("{prefix}{name}"));
        Self {
            clock,
            valid: port("valid"),
            ready: port("ready"),
            fields: fields.iter().map(|name| port(name)).collect(),
        }
    }

    fn words(&self, bench: &Bench) -> Vec<Vec<u32>> {
        self.fields.iter().map(|port| bench.get_wide(*port)).collect()
    }
}

/// A channel, and what is in it.
struct Channel {
    name: &'static str,
    from: End,
    to: End,
    offered: bool,
    /// Nothing is taken until no more finds room.
    fills: bool,
    /// Nothing is offered until there is nothing to take.
    drains: bool,
    was_full: u32,
    inside: VecDeque<Vec<Vec<u32>>>,
    passed: u32,
}

impl Channel {
    fn of(bench: &Bench, index: usize) -> Self {
        let (host, core, down, fields) = CHANNELS[index];
        let (host_end, core_end) = (
            End::of(bench, host, HOST, fields),
            End::of(bench, core, CORE, fields),
        );
        let (from, to) = if down {
            (host_end, core_end)
        } else {
            (core_end, host_end)
        };
        Self {
            name: host,
            from,
            to,
            offered: false,
            fills: true,
            drains: true,
            was_full: 0,
            inside: VecDeque::new(),
            passed: 0,
        }
    }

    fn drive(&mut self, bench: &mut Bench, clocks: &Clocks) {
        if clocks.due(self.from.clock) && !self.offered {
            self.drains |= bench.rng.below(100) == 0 && !self.fills;
            self.offered = bench.rng.percent(60) && !self.drains;
            bench.set(self.from.valid, u64::from(self.offered));
            for port in &self.from.fields {
                let width = bench.model.describe(*port).width;
                let words = bench.rng.wide(width);
                bench.set_wide(*port, &words);
            }
        }
        if clocks.due(self.to.clock) {
            self.fills |= bench.rng.below(100) == 0;
            let ready = bench.rng.percent(35) && (self.drains || !self.fills);
            bench.set(self.to.ready, u64::from(ready));
        }
    }

    fn observe(&mut self, bench: &mut Bench, clocks: &Clocks) -> Verdict {
        if clocks.due(self.to.clock) && bench.is(self.to.ready) {
            if bench.is(self.to.valid) {
                let got = self.to.words(bench);
                bench.eq(self.name, Some(got), self.inside.pop_front())?;
                self.passed += 1;
            } else {
                self.drains &= !self.inside.is_empty();
            }
        }
        if clocks.due(self.from.clock) && self.offered {
            if bench.is(self.from.ready) {
                self.inside.push_back(self.from.words(bench));
                self.offered = false;
            } else {
                self.fills = false;
                self.was_full += 1;
            }
        }
        bench.check(self.inside.len() <= 18, || {
            format!("{}: {} words inside", self.name, self.inside.len())
        })
    }
}

/// A receive line: frames of one MAC.
struct Rx {
    mac: Stream,
    core: Stream,
    lost: PortId,
    clock: usize,
    beats: VecDeque<Beat>,
    expected: VecDeque<Beat>,
    passed: u32,
}

/// Everything at the shell.
struct World {
    channels: Vec<Channel>,
    lines: Vec<Rx>,
    send: [Stream; 2],
    send_ready: [PortId; 2],
    beats: VecDeque<Beat>,
    expected: VecDeque<Beat>,
    pulses: [[PortId; 2]; 2],
    raised: [u32; 2],
    told: [u32; 2],
    sent: u32,
    counts: PortId,
}

impl World {
    fn of(bench: &Bench) -> Self {
        let lines = LINES.iter().map(|(line, clock)| Rx {
            mac: Stream::of(bench, &format!("rx_{line}_")),
            core: Stream::of(bench, &format!("core_rx_{line}_")),
            lost: bench.port(&format!("rx_{line}_lost")),
            clock: *clock,
            beats: VecDeque::new(),
            expected: VecDeque::new(),
            passed: 0,
        });
        Self {
            channels: (0..CHANNELS.len())
                .map(|index| Channel::of(bench, index))
                .collect(),
            lines: lines.collect(),
            send: [Stream::of(bench, "core_tx_"), Stream::of(bench, "tx_")],
            send_ready: [bench.port("core_tx_tready"), bench.port("tx_tready")],
            beats: VecDeque::new(),
            expected: VecDeque::new(),
            pulses: ["kill", "event"].map(|name| {
                [
                    bench.port(&format!("core_irq_{name}")),
                    bench.port(&format!("irq_{name}")),
                ]
            }),
            raised: [0; 2],
            told: [0; 2],
            sent: 0,
            counts: bench.port("core_shell_count"),
        }
    }

    fn drive(&mut self, bench: &mut Bench, clocks: &Clocks) {
        for channel in &mut self.channels {
            channel.drive(bench, clocks);
        }
        for line in self.lines.iter_mut().filter(|line| clocks.due(line.clock)) {
            refill(&mut bench.rng, &mut line.beats);
            // The wire's gaps, between frames and within them.
            let beat = if bench.rng.percent(80) {
                line.beats.pop_front()
            } else {
                None
            };
            line.expected.extend(beat);
            line.mac.drive(bench, beat);
        }
        if clocks.due(CORE) {
            refill(&mut bench.rng, &mut self.beats);
            self.send[0].drive(bench, self.beats.front().copied());
            for (pulse, raised) in self.pulses.iter().zip(&mut self.raised) {
                let rises = bench.rng.below(20) == 0;
                bench.set(pulse[0], u64::from(rises));
                *raised += u32::from(rises);
            }
        }
        if clocks.due(SEND) {
            let ready = bench.rng.percent(90);
            bench.set(self.send_ready[1], u64::from(ready));
        }
    }

    fn observe(&mut self, bench: &mut Bench, clocks: &Clocks) -> Verdict {
        for channel in &mut self.channels {
            channel.observe(bench, clocks)?;
        }
        for line in &mut self.lines {
            if clocks.due(line.clock) {
                bench.eq("frames lost", bench.get(line.lost), 0)?;
            }
            if let Some(beat) = line.core.sample(bench).filter(|_| clocks.due(CORE)) {
                bench.eq("received beat", Some(beat), line.expected.pop_front())?;
                line.passed += 1;
            }
        }
        if clocks.due(SEND)
            && bench.is(self.send_ready[1])
            && let Some(beat) = self.send[1].sample(bench)
        {
            bench.eq("sent beat", Some(beat), self.expected.pop_front())?;
            self.sent += 1;
        }
        if clocks.due(CORE) {
            bench.eq("losses told to the core", bench.get(self.counts), 0)?;
        }
        if clocks.due(CORE) && bench.is(self.send_ready[0]) {
            self.expected.extend(self.beats.pop_front());
        }
        if clocks.due(HOST) {
            for (pulse, told) in self.pulses.iter().zip(&mut self.told) {
                *told += u32::from(bench.is(pulse[1]));
            }
        }
        Ok(())
    }
}

impl World {
    /// Nothing is offered and nothing taken.
    fn silence(&mut self, bench: &mut Bench) {
        for channel in &self.channels {
            bench.set(channel.from.valid, 0);
            bench.set(channel.to.ready, 0);
        }
        for line in &self.lines {
            line.mac.drive(bench, None);
        }
        self.send[0].drive(bench, None);
        bench.set(self.send_ready[1], 0);
        for pulse in &self.pulses {
            bench.set(pulse[0], 0);
        }
    }

    /// Everything was used.
    fn judge(&self, bench: &mut Bench) -> Verdict {
        for channel in &self.channels {
            bench.check(channel.passed > 40 && channel.was_full > 0, || {
                format!(
                    "{}: {} words passed, full in {} cycles",
                    channel.name, channel.passed, channel.was_full
                )
            })?;
        }
        for line in &self.lines {
            bench.check(line.passed > 40, || format!("{} beats of a line", line.passed))?;
        }
        bench.check(self.sent > 40, || format!("{} beats sent", self.sent))?;
        for (raised, told) in self.raised.into_iter().zip(self.told) {
            bench.check(told > 0 && told <= raised, || {
                format!("{told} interrupts told of {raised}")
            })?;
        }
        Ok(())
    }
}

fn refill(rng: &mut Rng, beats: &mut VecDeque<Beat>) {
    if beats.is_empty() {
        beats.extend(frame(rng, 12));
    }
}

fn scenario(bench: &mut Bench) -> Verdict {
    let mut world = World::of(bench);
    // The MACs near the core's clock, the host's at will.
    let mut periods = [6_400; 6].map(|nominal| Clocks::near(&mut bench.rng, nominal));
    periods[HOST] = Clocks::period(&mut bench.rng);
    let pairs: Vec<(&str, u64)> = NAMES.into_iter().zip(periods).collect();
    let mut clocks = Clocks::new(bench, &pairs);
    let [reset, core_reset, master, core_master] =
        ["reset", "core_reset", "bus_master", "core_bus_master"].map(|name| bench.port(name));
    for _ in 0..2 {
        // The second reset comes while words are on their way everywhere.
        bench.set(reset, 1);
        run(bench, &mut clocks, 24, |bench, clocks| {
            world.drive(bench, clocks);
            Ok(())
        })?;
        bench.eq("core in reset", bench.is(core_reset), true)?;
        world = World::of(bench);
        world.silence(bench);
        run(bench, &mut clocks, 24, |_, _| Ok(()))?;
        bench.set(reset, 0);
        bench.set(master, 1);
        run(bench, &mut clocks, 24, |_, _| Ok(()))?;
        bench.eq("core out of reset", bench.is(core_reset), false)?;
        bench.eq("Bus Master at the core", bench.is(core_master), true)?;
        run(bench, &mut clocks, 300, |bench, clocks| {
            world.drive(bench, clocks);
            bench.eval();
            world.observe(bench, clocks)
        })?;
        bench.set(master, 0);
        run(bench, &mut clocks, 8, |_, _| Ok(()))?;
        bench.eq("Bus Master gone at the core", bench.is(core_master), false)?;
        world.judge(bench)?;
    }
    losses::counted(bench)
}

/// Rounds until every clock has risen so many times more.
fn run(
    bench: &mut Bench,
    clocks: &mut Clocks,
    edges: u64,
    mut round: impl FnMut(&mut Bench, &Clocks) -> Verdict,
) -> Verdict {
    let until: Vec<u64> = (0..6).map(|clock| clocks.edges(clock) + edges).collect();
    while (0..6).any(|clock| clocks.edges(clock) < until[clock]) {
        round(bench, clocks)?;
        clocks.rise(bench);
    }
    Ok(())
}
#[test]
fn both_sides_at_random_ratios() {
    testbench::run_seeds("shell", Size::Small, 1..=clocked::seeds(), scenario);
}

// What it joins has benches of its own.
testbench::mutants!(
    "shell",
    ["shell", "shell_registers", "shell_slots", "shell_dma"],
    Size::Small,
    20,
    1,
    scenario
);
