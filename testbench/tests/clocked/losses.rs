//! A core too slow for its MACs: every frame that is lost or leaves with a hole is told to the core once.

use super::beats::{Beat, Stream, frame};
use super::{CORE, HOST, LINES, NAMES, SEND};
use std::collections::VecDeque;
use testbench::{Bench, Clocks, Rng, Verdict};
use verilated::PortId;

/// Frames of the lines, in order, and of the transmitter: unequal, so that no line's count passes for another's.
const FRAMES: [u64; 4] = [24, 36, 48, 30];
/// Cycles of the core in which what is on its way arrives.
const QUIET: u64 = 80;

/// A frame as Ethernet has them: eight beats at least, and none that its sender marked bad.
fn lawful(rng: &mut Rng) -> Vec<Beat> {
    let mut beats: Vec<Beat> = (0..7).map(|_| (rng.next_u64(), 0xff, false, false)).collect();
    beats.extend(frame(rng, 33));
    if let Some(last) = beats.last_mut() {
        last.3 = false;
    }
    beats
}

/// A line that sends its frames as close together as a wire lets it.
struct Line {
    mac: Stream,
    core: Stream,
    lost: PortId,
    clock: usize,
    beats: VecDeque<Option<Beat>>,
    sent: u64,
    whole: u64,
    pulses: u64,
}

impl Line {
    fn of(bench: &mut Bench, index: usize) -> Self {
        let (name, clock) = LINES[index];
        let mut beats = VecDeque::new();
        for _ in 0..FRAMES[index] {
            beats.extend(lawful(&mut bench.rng).into_iter().map(Some));
            let gap = bench.rng.between(2, 3);
            beats.extend((0..gap).map(|_| None));
        }
        Self {
            mac: Stream::of(bench, &format!("rx_{name}_")),
            core: Stream::of(bench, &format!("core_rx_{name}_")),
            lost: bench.port(&format!("rx_{name}_lost")),
            clock,
            beats,
            sent: FRAMES[index],
            whole: 0,
            pulses: 0,
        }
    }
}

/// The transmitter of a MAC that is always ready, and faster than the core.
struct Sender {
    core: Stream,
    core_ready: PortId,
    mac: Stream,
    beats: VecDeque<Beat>,
    under_way: bool,
    has_hole: bool,
    holed: u64,
    sent: u64,
    underrun: PortId,
    pulses: u64,
}

impl Sender {
    fn of(bench: &mut Bench) -> Self {
        let ready = bench.port("tx_tready");
        bench.set(ready, 1);
        Self {
            core: Stream::of(bench, "core_tx_"),
            core_ready: bench.port("core_tx_tready"),
            mac: Stream::of(bench, "tx_"),
            beats: (0..FRAMES[3]).flat_map(|_| lawful(&mut bench.rng)).collect(),
            under_way: false,
            has_hole: false,
            holed: 0,
            sent: 0,
            underrun: bench.port("tx_underrun"),
            pulses: 0,
        }
    }

    /// A cycle of the MAC: the first hole of a frame counts.
    fn look(&mut self, bench: &Bench) {
        self.pulses += u64::from(bench.is(self.underrun));
        let shown = self.mac.sample(bench);
        if self.under_way && shown.is_none() && !self.has_hole {
            self.has_hole = true;
            self.holed += 1;
        }
        if let Some(beat) = shown {
            self.under_way = !beat.2;
            self.has_hole &= self.under_way;
            self.sent += u64::from(beat.2);
        }
    }
}

/// Everything at the shell that can lose a frame.
struct World {
    lines: Vec<Line>,
    sender: Sender,
    count: PortId,
    told: [u64; 4],
}

impl World {
    fn of(bench: &mut Bench) -> Self {
        Self {
            lines: (0..LINES.len()).map(|index| Line::of(bench, index)).collect(),
            sender: Sender::of(bench),
            count: bench.port("core_shell_count"),
            told: [0; 4],
        }
    }

    fn rests(&self) -> bool {
        self.sender.beats.is_empty() && self.lines.iter().all(|line| line.beats.is_empty())
    }

    fn silence(&self, bench: &mut Bench) {
        for line in &self.lines {
            line.mac.drive(bench, None);
        }
        self.sender.core.drive(bench, None);
    }

    /// The next edges, and what is seen at them.
    fn step(&mut self, bench: &mut Bench, clocks: &mut Clocks) {
        let Self { lines, sender, .. } = self;
        for line in lines.iter_mut().filter(|line| clocks.due(line.clock)) {
            let beat = line.beats.pop_front().flatten();
            line.mac.drive(bench, beat);
        }
        if clocks.due(CORE) {
            sender.core.drive(bench, sender.beats.front().copied());
        }
        bench.eval();
        for line in lines {
            line.pulses += u64::from(clocks.due(line.clock) && bench.is(line.lost));
            let beat = line.core.sample(bench).filter(|_| clocks.due(CORE));
            line.whole += u64::from(beat.is_some_and(|beat| beat.2 && !beat.3));
        }
        if clocks.due(SEND) {
            sender.look(bench);
        }
        if clocks.due(CORE) {
            if bench.is(sender.core_ready) {
                sender.beats.pop_front();
            }
            for (bit, told) in self.told.iter_mut().enumerate() {
                *told += bench.get(self.count) >> bit & 1;
            }
        }
        clocks.rise(bench);
    }

    /// Each count against what became of the frames.
    fn judge(&self, bench: &mut Bench) -> Verdict {
        for (line, told) in self.lines.iter().zip(self.told) {
            let lost = line.sent - line.whole;
            bench.check(lost > 1, || format!("{lost} frames lost"))?;
            bench.eq("losses told at the MAC", line.pulses, lost)?;
            bench.eq("losses told to the core", told, lost)?;
        }
        let sender = &self.sender;
        bench.eq("frames sent", sender.sent, FRAMES[3])?;
        bench.check(sender.holed > 1, || {
            format!("{} frames with a hole", sender.holed)
        })?;
        bench.eq("underruns told at the MAC", sender.pulses, sender.holed)?;
        bench.eq("underruns told to the core", self.told[3], sender.holed)
    }
}

/// Resets the shell, with nothing at its ports; what was on its way is not told.
fn reset(bench: &mut Bench, clocks: &mut Clocks, world: &World) -> Verdict {
    let reset = bench.port("reset");
    for held in [1, 0] {
        bench.set(reset, held);
        let until: Vec<u64> = (0..NAMES.len()).map(|clock| clocks.edges(clock) + 24).collect();
        while (0..NAMES.len()).any(|clock| clocks.edges(clock) < until[clock]) {
            world.silence(bench);
            bench.eval();
            if clocks.due(CORE) && held == 0 {
                bench.eq("losses told behind reset", bench.get(world.count), 0)?;
            }
            clocks.rise(bench);
        }
    }
    Ok(())
}

/// Frames on all lines and out of the transmitter; the core's counts are those of the frames, also behind resets in their midst.
pub(crate) fn counted(bench: &mut Bench) -> Verdict {
    let mut periods = [6_400; 6].map(|nominal| Clocks::near(&mut bench.rng, nominal));
    // Still above 2/5 of the lines' clocks.
    periods[CORE] = 9_700 + bench.rng.below(5_200);
    periods[HOST] = Clocks::period(&mut bench.rng);
    periods[SEND] = 3_000 + bench.rng.below(1_500);
    let pairs: Vec<(&str, u64)> = NAMES.into_iter().zip(periods).collect();
    let mut clocks = Clocks::new(bench, &pairs);
    let mut world = World::of(bench);
    reset(bench, &mut clocks, &world)?;
    // A pulse is a level that turns over: several resets meet it in either state.
    for _ in 0..4 {
        let midst = clocks.edges(CORE) + bench.rng.between(30, 90);
        while clocks.edges(CORE) < midst {
            world.step(bench, &mut clocks);
        }
        world = World::of(bench);
        reset(bench, &mut clocks, &world)?;
    }
    while !world.rests() {
        world.step(bench, &mut clocks);
    }
    let end = clocks.edges(CORE) + QUIET;
    while clocks.edges(CORE) < end {
        world.step(bench, &mut clocks);
    }
    world.judge(bench)
}
