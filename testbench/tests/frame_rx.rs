//! Order-side frames to the host: every entry, stamp and count, against the golden model; buffers that fill, rings that turn off.

use gateware::emit::Size;
use std::collections::VecDeque;
use std::rc::Rc;
use testbench::frames::{Beat, Frame, LineDriver};
use testbench::golden::frame_rx::{Fate, Held, entries, fate};
use testbench::{Bench, Verdict};
use verilated::PortId;

const RECEIVED: u64 = 1;
const DROPPED: u64 = 2;
const BAD: u64 = 4;
/// Cycles from the last beat of a frame to its first entry, while nothing waits.
const LATENCY: u64 = 9;
/// Cycles from an entry to the next one of those that wait.
const SPACING: u64 = 7;

/// What the stimulus brought about.
#[derive(Debug, Default)]
struct Seen {
    kept: u32,
    no_room: u32,
    too_long: u32,
    off: u32,
    bad: u32,
}

struct World<'a> {
    bench: &'a mut Bench,
    driver: LineDriver,
    on: PortId,
    now: PortId,
    entry: [PortId; 3],
    count: PortId,
    held: Held,
    expected: VecDeque<Vec<u8>>,
    /// Entry offered and not taken.
    stalled: Option<Vec<u32>>,
    stamp: u64,
    on_throughout: bool,
    surely_room: bool,
    is_on: bool,
    /// The frame whose last beat was in the cycle before.
    ended: Option<(Rc<Frame>, bool, bool, u64)>,
    ready_percent: u64,
    taken_at: Vec<u64>,
    seen: Seen,
}

impl<'a> World<'a> {
    fn new(bench: &'a mut Bench) -> Self {
        let world = Self {
            driver: LineDriver::new(bench, "rx"),
            on: bench.port("cfg_on"),
            now: bench.port("now"),
            entry: ["entry_valid", "entry_ready", "entry"].map(|n| bench.port(n)),
            count: bench.port("count"),
            held: Held::default(),
            expected: VecDeque::new(),
            stalled: None,
            stamp: 0,
            on_throughout: true,
            surely_room: true,
            is_on: true,
            ended: None,
            ready_percent: 100,
            taken_at: Vec::new(),
            seen: Seen::default(),
            bench,
        };
        let valid = world.bench.port("rx_valid");
        world.bench.set(valid, 0);
        world.bench.reset();
        world
    }

    fn cycle(&mut self) -> Verdict {
        let now = self.bench.rng.next_u64();
        self.bench.set(self.now, now);
        self.bench.set(self.on, u64::from(self.is_on));
        let ready = self.bench.rng.percent(self.ready_percent);
        self.bench.set(self.entry[1], u64::from(ready));
        let sent = self.driver.drive(self.bench);
        self.bench.eval();
        self.counts()?;
        self.entries(ready)?;
        if let Some((beat, frame)) = sent {
            self.note(beat, frame, now);
        }
        self.bench.tick();
        Ok(())
    }

    fn note(&mut self, beat: Beat, frame: Rc<Frame>, now: u64) {
        if beat.first {
            self.stamp = now;
            self.on_throughout = true;
            self.surely_room = self.held.has_room(frame.beats());
        }
        self.on_throughout &= self.is_on;
        if beat.last {
            self.ended = Some((frame, self.on_throughout, self.surely_room, self.stamp));
        }
    }

    fn counts(&mut self) -> Verdict {
        let count = self.bench.get(self.count);
        let Some((frame, on, surely_room, stamp)) = self.ended.take() else {
            return self.bench.eq("counts without a frame's end", count, 0);
        };
        match fate(&frame.bytes, frame.bad, on) {
            Fate::Bad => {
                self.seen.bad += 1;
                self.bench.eq("count of a bad frame", count, BAD)
            }
            Fate::Dropped => {
                self.seen.off += u32::from(!on);
                self.seen.too_long += u32::from(on);
                self.bench.eq("count of a frame to drop", count, DROPPED)
            }
            Fate::Kept if count == RECEIVED => {
                self.seen.kept += 1;
                let may = self.held.may_have_room(frame.beats());
                self.bench.check(may, || "a frame was kept without room".into())?;
                self.held.keep(frame.bytes.len());
                let new = entries(&frame.bytes, stamp);
                self.expected.extend(new.into_iter().map(Vec::from));
                Ok(())
            }
            Fate::Kept => {
                self.seen.no_room += 1;
                self.bench.eq("count of a good frame", count, DROPPED)?;
                self.bench.check(!surely_room, || {
                    format!("a frame of {} bytes was dropped with room", frame.bytes.len())
                })
            }
        }
    }

    fn entries(&mut self, ready: bool) -> Verdict {
        let [valid, _, data] = self.entry;
        let valid = self.bench.is(valid);
        let words = self.bench.get_wide(data);
        if let Some(held) = self.stalled.take() {
            self.bench.check(valid, || "an entry was withdrawn".into())?;
            self.bench.eq("entry while stalled", &words, &held)?;
        }
        if !valid {
            return Ok(());
        }
        if !ready {
            self.stalled = Some(words);
            return Ok(());
        }
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let expected = self.expected.pop_front();
        self.bench.eq("entry", Some(bytes), expected)?;
        self.held.take();
        self.taken_at.push(self.bench.cycles());
        Ok(())
    }

    fn drain(&mut self) -> Verdict {
        while !self.driver.is_empty() {
            self.cycle()?;
        }
        let mut patience = 12_000;
        while !self.expected.is_empty() || self.ended.is_some() {
            self.cycle()?;
            patience -= 1;
            self.bench.check(patience > 0, || "entries never come".into())?;
        }
        for _ in 0..20 {
            self.cycle()?;
        }
        Ok(())
    }

    fn push(&mut self, length: usize, bad: bool) {
        let bytes = (0..length)
            .map(|_| self.bench.rng.bits(8).to_le_bytes()[0])
            .collect();
        self.driver.push(Frame { bytes, bad });
    }

    fn random_length(&mut self) -> usize {
        let edge = [
            1, 7, 8, 9, 47, 48, 49, 60, 96, 97, 1_520, 1_521, 1_522, 1_523, 1_600, 4_200,
        ];
        match self.bench.rng.below(6) {
            0 => *self.bench.rng.pick(&edge),
            1 => usize::try_from(self.bench.rng.between(61, 1_522)).expect("small"),
            _ => usize::try_from(self.bench.rng.between(1, 200)).expect("small"),
        }
    }
}

/// A lone frame: how long to its first entry, how long from one entry to the next.
fn latency(world: &mut World<'_>) -> Verdict {
    for length in [60, 96, 300] {
        world.taken_at.clear();
        world.push(length, false);
        while !world.driver.is_empty() {
            world.cycle()?;
        }
        let last_beat = world.bench.cycles() - 1;
        world.drain()?;
        let at = world.taken_at.clone();
        world
            .bench
            .eq("cycles to the first entry", at[0] - last_beat, LATENCY)?;
        for pair in at.windows(2) {
            world
                .bench
                .eq("cycles between entries", pair[1] - pair[0], SPACING)?;
        }
    }
    Ok(())
}

/// Every length around an entry's and a word's end, and around the longest.
fn lengths(world: &mut World<'_>) -> Verdict {
    for length in (1..=100).chain(1_519..=1_524) {
        world.push(length, length % 17 == 0);
        world.drain()?;
    }
    Ok(())
}

/// A host that does not read: the buffer fills with long frames, then with many short ones; what is kept comes out whole.
fn full(world: &mut World<'_>) -> Verdict {
    for lengths in [[1_522; 12].as_slice(), &[9; 45], &[200; 60]] {
        let before = world.seen.no_room;
        world.ready_percent = 0;
        for length in lengths {
            world.push(*length, false);
        }
        while !world.driver.is_empty() {
            world.cycle()?;
        }
        world.cycle()?;
        let dropped = world.seen.no_room - before;
        world
            .bench
            .check(dropped > 0, || format!("{} frames all fitted", lengths.len()))?;
        world.ready_percent = 100;
        world.drain()?;
    }
    Ok(())
}

fn storm(world: &mut World<'_>, frames: u32) -> Verdict {
    for round in 0..frames {
        world.driver.gap_percent = *world.bench.rng.pick(&[0, 0, 40]);
        world.driver.frame_gap = *world.bench.rng.pick(&[0, 1, 3]);
        world.ready_percent = *world.bench.rng.pick(&[3, 30, 100]);
        world.is_on = world.bench.rng.percent(85);
        let length = world.random_length();
        let bad = world.bench.rng.percent(15);
        world.push(length, bad);
        while !world.driver.is_empty() && (round % 4 == 0 || world.bench.rng.percent(98)) {
            world.is_on ^= world.bench.rng.percent(1);
            world.cycle()?;
        }
    }
    world.is_on = true;
    world.ready_percent = 100;
    world.drain()
}

fn scenario(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench);
    latency(&mut world)?;
    lengths(&mut world)?;
    full(&mut world)?;
    storm(&mut world, 160)?;
    let Seen {
        kept,
        no_room,
        too_long,
        off,
        bad,
    } = world.seen;
    let enough = kept > 150 && no_room > 3 && too_long > 1 && off > 5 && bad > 10;
    let told = format!("too little: {:?}", world.seen);
    world.bench.check(enough, || told)?;
    // A reset in the middle of a frame, with entries waiting: nothing of it is left.
    world.ready_percent = 0;
    for length in [300, 300, 1_200] {
        world.push(length, false);
    }
    for _ in 0..120 {
        world.cycle()?;
    }
    let bench = world.bench;
    let reset = bench.port("reset");
    bench.set(reset, 1);
    bench.tick();
    bench.set(reset, 0);
    let mut world = World::new(bench);
    storm(&mut world, 30)
}

#[test]
fn against_golden() {
    testbench::run_seeds("frame_rx", Size::Small, 1..=4, scenario);
}

testbench::mutants!("frame_rx", scenario);
