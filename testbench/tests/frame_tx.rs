//! The frame TX window and the wire behind it: every frame and refusal, orders first, beats without gaps.

use contract::frame::{FRAME_MAX, FRAME_MIN};
use contract::window::offset;
use gateware::emit::Size;
use std::collections::VecDeque;
use testbench::golden::frame_tx::Window;
use testbench::{Bench, Verdict};
use verilated::PortId;

/// Cycles from the write of a frame's last word to its first beat, while nothing waits.
const LATENCY: u64 = 5;
/// Words and frames of the buffer.
const WORDS: usize = 1_024;
const FRAMES: usize = 8;
/// Cycles from a write to its refusal, and one more when two come at once.
const REFUSAL_CYCLES: u32 = 4;

/// A beat on the wire.
type Beat = (u64, u64, bool, bool);
/// A write: byte address, data, strobes, whether its burst is refused.
type Write = (u32, u64, u8, bool);

struct World<'a> {
    bench: &'a mut Bench,
    golden: Window,
    writes: VecDeque<Write>,
    write: [PortId; 5],
    order: [PortId; 6],
    tx: [PortId; 6],
    count: PortId,
    /// Beats of the orders to come; the order under way is offered until it has ended.
    orders: VecDeque<Vec<Beat>>,
    order_at: Option<usize>,
    order_before: bool,
    order_percent: u64,
    /// Frames accepted, not yet begun or not yet ended.
    frames: VecDeque<Vec<u8>>,
    frame_at: Option<usize>,
    ready_percent: u64,
    stalled: bool,
    sent: u64,
    refused: u64,
    orders_sent: u64,
    waited: u64,
    first_beat_at: u64,
    written_at: u64,
}

impl<'a> World<'a> {
    fn new(bench: &'a mut Bench) -> Self {
        let six = |bench: &Bench, prefix: &str| {
            ["tdata", "tkeep", "tvalid", "tready", "tlast", "tuser"]
                .map(|n| bench.port(&format!("{prefix}_{n}")))
        };
        let world = Self {
            golden: Window::default(),
            writes: VecDeque::new(),
            write: ["beat", "word", "data", "strobes", "refused"].map(|n| bench.port(n)),
            order: six(bench, "order"),
            tx: six(bench, "tx"),
            count: bench.port("count"),
            orders: VecDeque::new(),
            order_at: None,
            order_before: false,
            order_percent: 0,
            frames: VecDeque::new(),
            frame_at: None,
            ready_percent: 100,
            stalled: false,
            sent: 0,
            refused: 0,
            orders_sent: 0,
            waited: 0,
            first_beat_at: 0,
            written_at: 0,
            bench,
        };
        world.bench.set(world.write[0], 0);
        world.bench.set(world.order[2], 0);
        world.bench.reset();
        world
    }

    /// Words of the buffer that frames accepted take, the present one's beats counted as gone.
    fn held(&self) -> usize {
        let words: usize = self.frames.iter().map(|f| f.len().div_ceil(8)).sum();
        words - self.frame_at.unwrap_or(0)
    }

    fn cycle(&mut self) -> Verdict {
        self.drive_write();
        let order = self.drive_order();
        let ready = self.bench.rng.percent(self.ready_percent);
        self.bench.set(self.tx[3], u64::from(ready));
        self.bench.eval();
        let count = self.bench.get(self.count);
        self.refused += count >> 1;
        let ends = self.observe(order, ready)?;
        self.bench.eq("frames_sent", count & 1, u64::from(ends))?;
        self.sent += u64::from(ends);
        self.order_before = order.is_some();
        self.bench.tick();
        Ok(())
    }

    fn drive_write(&mut self) {
        let write = if self.bench.rng.percent(90) {
            self.writes.pop_front()
        } else {
            None
        };
        let noise = self.bench.rng.next_u64();
        let (address, data, strobes, refused) = write.unwrap_or((offset("frame_tx") + 8, noise, 0xff, false));
        self.bench.set(self.write[0], u64::from(write.is_some()));
        self.bench.set(self.write[1], u64::from(address / 8));
        self.bench.set(self.write[2], data);
        self.bench.set(self.write[3], strobes.into());
        self.bench.set(self.write[4], refused.into());
        if write.is_none() || refused {
            return;
        }
        // A beat of the frame under way stands in the register behind the buffer.
        let begun = usize::from(!self.frames.is_empty());
        let (held, frames) = (self.held() - begun, self.frames.len());
        let room = |length: usize| held + length.div_ceil(8) <= WORDS && frames < FRAMES;
        if let Some(frame) = self.golden.write(address, data, strobes, room) {
            self.frames.push_back(frame);
            self.written_at = self.bench.cycles();
        }
    }

    /// The beat of an order that is offered.
    fn drive_order(&mut self) -> Option<Beat> {
        if self.order_at.is_none() && self.bench.rng.percent(self.order_percent) {
            let beats = usize::try_from(self.bench.rng.between(1, 13)).expect("small");
            let order = (0..beats)
                .map(|i| {
                    let last = i + 1 == beats;
                    (
                        self.bench.rng.next_u64(),
                        self.bench.rng.bits(8),
                        last,
                        last && self.bench.rng.percent(20),
                    )
                })
                .collect();
            self.orders.push_back(order);
            self.order_at = Some(0);
        }
        let beat = self.order_at.map(|at| self.orders[0][at]);
        let noise = (self.bench.rng.next_u64(), self.bench.rng.bits(8), true, true);
        let (data, keep, last, user) = beat.unwrap_or(noise);
        for (port, value) in [
            (self.order[0], data),
            (self.order[1], keep),
            (self.order[2], beat.is_some().into()),
            (self.order[4], last.into()),
            (self.order[5], user.into()),
        ] {
            self.bench.set(port, value);
        }
        beat
    }

    /// Whether a frame of the window ends in this cycle.
    fn observe(&mut self, order: Option<Beat>, ready: bool) -> Result<bool, testbench::Failure> {
        let [data, keep, valid, _, last, user] = self.tx;
        let (valid, seen) = (
            self.bench.is(valid),
            (
                self.bench.get(data),
                self.bench.get(keep),
                self.bench.is(last),
                self.bench.is(user),
            ),
        );
        let order_ready = self.bench.is(self.order[3]);
        if self.frame_at.is_none() && order.is_some() && valid && order.is_some_and(|o| o == seen) {
            // The wire is the order's.
            self.bench.eq("order_tready", order_ready, ready)?;
            self.stalled = !ready;
            if ready {
                self.order_at = (!seen.2).then(|| self.order_at.map_or(0, |at| at + 1));
                if seen.2 {
                    self.orders.pop_front();
                    self.orders_sent += 1;
                }
            }
            return Ok(false);
        }
        if order.is_some() && self.frame_at.is_none() {
            self.bench.check(!self.order_before, || {
                "a frame began although an order waited".into()
            })?;
        }
        self.bench.check(order.is_none() || !order_ready, || {
            "an order's beat was taken beside a frame's".into()
        })?;
        self.waited += u64::from(order.is_some());
        if !valid {
            let under_way = self.frame_at.is_some() || self.stalled;
            self.bench
                .check(!under_way, || "a gap between two beats".into())?;
            self.bench
                .check(order.is_none(), || "an order waits for nothing".into())?;
            return Ok(false);
        }
        self.stalled = !ready;
        self.frame_beat(seen, ready)
    }

    fn frame_beat(&mut self, seen: Beat, ready: bool) -> Result<bool, testbench::Failure> {
        if self.frame_at.is_none() {
            self.first_beat_at = self.bench.cycles();
        }
        let at = *self.frame_at.get_or_insert(0);
        let Some(frame) = self.frames.front() else {
            self.bench.check(false, || "a frame nobody wrote".into())?;
            return Ok(false);
        };
        let rest = &frame[8 * at..];
        let count = rest.len().min(8);
        let lanes = u64::MAX >> (64 - 8 * count);
        let mut bytes = [0; 8];
        bytes[..count].copy_from_slice(&rest[..count]);
        let last = rest.len() <= 8;
        let expected = (u64::from_le_bytes(bytes), (1 << count) - 1, last, false);
        let got = (seen.0 & lanes, seen.1, seen.2, seen.3);
        self.bench.eq("beat of a frame", got, expected)?;
        if !ready {
            return Ok(false);
        }
        self.frame_at = Some(at + 1);
        if last {
            self.frame_at = None;
            self.frames.pop_front();
        }
        Ok(last)
    }

    /// Queues the writes of a frame.
    fn queue(&mut self, length: usize) {
        let base = offset("frame_tx");
        let head = length as u64 | self.bench.rng.bits(48) << 16;
        self.writes.push_back((base, head, 0xff, false));
        for word in 1..=length.div_ceil(8) {
            let data = self.bench.rng.next_u64();
            let address = base + 8 * u32::try_from(word).expect("small");
            self.writes.push_back((address, data, 0xff, false));
        }
    }

    /// Spoils one of the writes queued last.
    fn spoil(&mut self, words: usize) {
        let from = self.writes.len() - words - 1;
        let pick =
            |rng: &mut testbench::Rng| from + 1 + usize::try_from(rng.below(words as u64)).expect("small");
        let at = pick(&mut self.bench.rng);
        match self.bench.rng.below(8) {
            0 => drop(self.writes.remove(at)),
            1 => self.writes[at].2 = *self.bench.rng.pick(&[0, 0x7f, 0xfe, 0xf7]),
            2 => self.writes.insert(at, self.writes[at]),
            3 => self.writes[at].0 += 8,
            4 => self.writes[at].3 = true,
            5 => self.writes[from].2 = *self.bench.rng.pick(&[0x0f, 0xfe, 0]),
            6 => {
                let lengths = [0, 1, 59, 1_523, 1_530, 4_156, 0xffff, 8_252];
                self.writes[from].1 = *self.bench.rng.pick(&lengths);
            }
            _ => {
                let other = *self.bench.rng.pick(&[
                    0,
                    offset("inject"),
                    offset("reserved"),
                    0x8000 | offset("frame_tx"),
                ]);
                self.writes[at].0 = self.writes[at].0 % 4_096 + other;
            }
        }
    }

    fn drain(&mut self) -> Verdict {
        let mut patience = 6_000;
        while !self.writes.is_empty() || !self.frames.is_empty() || self.order_at.is_some() {
            self.cycle()?;
            patience -= 1;
            self.bench.check(patience > 0, || "frames never come".into())?;
        }
        for _ in 0..12 {
            self.cycle()?;
        }
        self.bench.eq("frames_refused", self.refused, self.golden.refused)
    }
}

/// Lone frames of every length around a word's end.
fn lengths(world: &mut World<'_>) -> Verdict {
    for length in (FRAME_MIN..=80).chain(1_516..=FRAME_MAX) {
        world.queue(length);
        world.drain()?;
        let cycles = world.first_beat_at - world.written_at;
        world.bench.eq("cycles to the first beat", cycles, LATENCY)?;
    }
    Ok(())
}

/// A wire that stands still: the buffer takes what it has room for, and refuses the rest whole.
fn full(world: &mut World<'_>) -> Verdict {
    for length in [1_522, 60, 1_000, 1_144] {
        world.ready_percent = 0;
        let before = world.golden.refused;
        for _ in 0..11 {
            world.queue(length);
            // The first frame's first beat has left the buffer before the next one comes.
            for _ in 0..14 {
                world.cycle()?;
            }
            while !world.writes.is_empty() {
                world.cycle()?;
            }
        }
        let refused = world.golden.refused - before;
        world
            .bench
            .check(refused > 1, || format!("eleven frames of {length} bytes fitted"))?;
        world.ready_percent = 100;
        world.drain()?;
    }
    Ok(())
}

fn storm(world: &mut World<'_>, rounds: u32) -> Verdict {
    for _ in 0..rounds {
        world.ready_percent = *world.bench.rng.pick(&[30, 80, 100]);
        world.order_percent = *world.bench.rng.pick(&[0, 2, 30]);
        let length = match world.bench.rng.below(5) {
            0 => usize::try_from(world.bench.rng.between(60, 1_522)).expect("small"),
            _ => usize::try_from(world.bench.rng.between(60, 160)).expect("small"),
        };
        world.queue(length);
        if world.bench.rng.percent(40) {
            world.spoil(length.div_ceil(8));
        }
        // Whether there is room must be beyond doubt.
        while !world.writes.is_empty() || world.frames.len() > 4 {
            world.cycle()?;
        }
    }
    world.order_percent = 0;
    world.ready_percent = 100;
    world.drain()
}

fn scenario(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench);
    lengths(&mut world)?;
    full(&mut world)?;
    storm(&mut world, 260)?;
    // A wrong length right behind a frame without its end: two refusals from one write.
    let base = offset("frame_tx");
    for _ in 0..6 {
        for write in [
            (base, 100, 0xff, false),
            (base + 8, 1, 0xff, false),
            (base, 9, 0xff, false),
        ] {
            world.writes.push_back(write);
        }
    }
    world.drain()?;
    for _ in 0..REFUSAL_CYCLES {
        world.cycle()?;
    }
    let (sent, orders, waited) = (world.sent, world.orders_sent, world.waited);
    world.bench.check(sent > 150 && orders > 40 && waited > 20, || {
        format!("too little: {sent} frames, {orders} orders, {waited} cycles waited")
    })?;
    // A reset in the middle of frames: nothing of them is left.
    world.ready_percent = 40;
    world.queue(1_000);
    world.queue(400);
    for _ in 0..160 {
        world.cycle()?;
    }
    let bench = world.bench;
    for name in ["beat", "order_tvalid"] {
        let port = bench.port(name);
        bench.set(port, 0);
    }
    let reset = bench.port("reset");
    bench.set(reset, 1);
    bench.tick();
    bench.set(reset, 0);
    let mut world = World::new(bench);
    storm(&mut world, 30)
}

#[test]
fn against_golden() {
    testbench::run_seeds("frame_tx", Size::Small, 1..=4, scenario);
}

testbench::mutants!("frame_tx", scenario);
