//! The window, the orders beside it, the wire behind both, and what is received.

use contract::window::offset;
use std::collections::VecDeque;
use testbench::golden::frame_filter::{Filter, Judgement};
use testbench::golden::frame_tx::Window;
use testbench::{Bench, Verdict};
use verilated::PortId;

/// Words and frames of the buffer.
const WORDS: usize = 1_024;
const FRAMES: usize = 8;
/// Cycles after which everything that was written, sent or received counts.
const SETTLE: u32 = 16;

/// A beat on the wire.
type Beat = (u64, u64, bool, bool);
/// A write: byte address, data, strobes, whether its burst is refused.
type Write = (u32, u64, u8, bool);

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    pub(crate) golden: Window,
    pub(crate) filter: Filter,
    /// What becomes of the frames to come, where the filter's state moves while they are written.
    pub(crate) foretold: VecDeque<Judgement>,
    /// Unread, withheld: expected and counted.
    pub(crate) dropped: [[u64; 2]; 2],
    pub(crate) rx: [PortId; 4],
    /// Words to be received: data, last, user.
    pub(crate) arriving: VecDeque<(u64, bool, bool)>,
    pub(crate) received: VecDeque<(Vec<u8>, bool)>,
    /// Bytes of the order under way that are on the wire.
    pub(crate) leaving: Vec<u8>,
    pub(crate) writes: VecDeque<Write>,
    pub(crate) write: [PortId; 5],
    pub(crate) order: [PortId; 6],
    pub(crate) tx: [PortId; 6],
    pub(crate) count: PortId,
    /// Beats of the orders to come; the order under way is offered until it has ended.
    pub(crate) orders: VecDeque<Vec<Beat>>,
    pub(crate) order_at: Option<usize>,
    pub(crate) order_before: bool,
    pub(crate) order_percent: u64,
    /// Frames accepted, not yet begun or not yet ended.
    pub(crate) frames: VecDeque<Vec<u8>>,
    pub(crate) frame_at: Option<usize>,
    pub(crate) ready_percent: u64,
    pub(crate) write_percent: u64,
    pub(crate) stalled: bool,
    pub(crate) sent: u64,
    pub(crate) refused: u64,
    pub(crate) orders_sent: u64,
    pub(crate) waited: u64,
    pub(crate) first_beat_at: u64,
    pub(crate) written_at: u64,
}

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let world = Self::behind_reset(bench);
        world.bench.reset();
        world
    }

    /// Of a block that has been reset.
    pub(crate) fn behind_reset(bench: &'a mut Bench) -> Self {
        let six = |bench: &Bench, prefix: &str| {
            ["tdata", "tkeep", "tvalid", "tready", "tlast", "tuser"]
                .map(|n| bench.port(&format!("{prefix}_{n}")))
        };
        let world = Self {
            golden: Window::default(),
            filter: Filter::default(),
            foretold: VecDeque::new(),
            dropped: [[0; 2]; 2],
            rx: ["valid", "data", "last", "user"].map(|n| bench.port(&format!("rx_{n}"))),
            arriving: VecDeque::new(),
            received: VecDeque::new(),
            leaving: Vec::new(),
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
            write_percent: 90,
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
        world.bench.set(world.rx[0], 0);
        world
    }

    /// Words of the buffer that frames accepted take, the present one's beats counted as gone.
    pub(crate) fn held(&self) -> usize {
        let words: usize = self.frames.iter().map(|f| f.len().div_ceil(8)).sum();
        words - self.frame_at.unwrap_or(0)
    }

    pub(crate) fn cycle(&mut self) -> Verdict {
        self.drive_write();
        let order = self.drive_order();
        self.drive_rx();
        let ready = self.bench.rng.percent(self.ready_percent);
        self.bench.set(self.tx[3], u64::from(ready));
        self.bench.eval();
        let count = self.bench.get(self.count);
        self.refused += count >> 1 & 1;
        self.dropped[1][0] += count >> 2 & 1;
        self.dropped[1][1] += count >> 3;
        let ends = self.observe(order, ready)?;
        self.bench.eq("frames_sent", count & 1, u64::from(ends))?;
        self.sent += u64::from(ends);
        self.order_before = order.is_some();
        self.bench.tick();
        Ok(())
    }

    pub(crate) fn drive_write(&mut self) {
        let write = if self.bench.rng.percent(self.write_percent) {
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
            self.written_at = self.bench.cycles();
            let judged = self.filter.judge(&frame);
            match self.foretold.pop_front().unwrap_or(judged) {
                Judgement::Passes => {
                    self.filter.taken(&frame);
                    self.frames.push_back(frame);
                }
                Judgement::Unread => self.dropped[0][0] += 1,
                Judgement::Withheld => self.dropped[0][1] += 1,
            }
        }
    }

    fn drive_rx(&mut self) {
        let beat = if self.bench.rng.percent(80) {
            self.arriving.pop_front()
        } else {
            None
        };
        let noise = (
            self.bench.rng.next_u64(),
            self.bench.rng.percent(50),
            self.bench.rng.percent(50),
        );
        let (data, last, user) = beat.unwrap_or(noise);
        self.bench.set(self.rx[0], beat.is_some().into());
        self.bench.set(self.rx[1], data);
        self.bench.set(self.rx[2], last.into());
        self.bench.set(self.rx[3], user.into());
        if beat.is_some() && last {
            let (frame, good) = self.received.pop_front().expect("its frame");
            self.filter.received(&frame, good);
        }
    }

    /// A frame to be received.
    pub(crate) fn receive(&mut self, frame: &[u8], good: bool) {
        let beats = frame.len().div_ceil(8);
        for (i, bytes) in frame.chunks(8).enumerate() {
            let last = i + 1 == beats;
            // Between frames a beat counts as little as inside one what `user` says.
            let user = if last { !good } else { self.bench.rng.percent(50) };
            self.arriving.push_back((data_of(bytes), last, user));
        }
        self.received.push_back((frame.to_vec(), good));
    }

    /// An order frame, whole or cut off with its last beat.
    pub(crate) fn send(&mut self, frame: &[u8], whole: bool) {
        let beats = frame.len().div_ceil(8);
        let beats = frame.chunks(8).enumerate().map(|(i, bytes)| {
            let last = i + 1 == beats;
            (
                data_of(bytes),
                u64::MAX >> (64 - bytes.len()),
                last,
                last && !whole,
            )
        });
        self.orders.push_back(beats.collect());
    }

    /// Everything that was begun ends and counts.
    pub(crate) fn settle(&mut self) -> Verdict {
        self.drain()?;
        while !self.arriving.is_empty() {
            self.cycle()?;
        }
        for _ in 0..SETTLE {
            self.cycle()?;
        }
        Ok(())
    }

    /// The beat of an order that is offered.
    pub(crate) fn drive_order(&mut self) -> Option<Beat> {
        if self.orders.is_empty() && self.bench.rng.percent(self.order_percent) {
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
        }
        if self.order_at.is_none() && !self.orders.is_empty() {
            self.order_at = Some(0);
        }
        let beat = self.order_at.map(|at| self.orders[0][at]);
        let noise = (
            self.bench.rng.next_u64(),
            self.bench.rng.bits(8),
            self.bench.rng.percent(50),
            self.bench.rng.percent(50),
        );
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
    pub(crate) fn observe(&mut self, order: Option<Beat>, ready: bool) -> Result<bool, testbench::Failure> {
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
                self.leaving.extend_from_slice(&seen.0.to_le_bytes());
                if seen.2 {
                    let frame = std::mem::take(&mut self.leaving);
                    self.filter.order_left(&frame, !seen.3);
                }
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

    pub(crate) fn frame_beat(&mut self, seen: Beat, ready: bool) -> Result<bool, testbench::Failure> {
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
            let frame = self.frames.pop_front().expect("the frame under way");
            self.filter.window_left(&frame);
        }
        Ok(last)
    }

    /// Queues the writes of a frame.
    pub(crate) fn queue(&mut self, frame: &[u8]) {
        let base = offset("frame_tx");
        let head = frame.len() as u64 | self.bench.rng.bits(48) << 16;
        self.writes.push_back((base, head, 0xff, false));
        for (i, bytes) in frame.chunks(8).enumerate() {
            let mut word = self.bench.rng.next_u64().to_le_bytes();
            word[..bytes.len()].copy_from_slice(bytes);
            let address = base + 8 * u32::try_from(i + 1).expect("small");
            self.writes
                .push_back((address, u64::from_le_bytes(word), 0xff, false));
        }
    }

    /// Spoils one of the writes queued last.
    pub(crate) fn spoil(&mut self, words: usize) {
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

    pub(crate) fn drain(&mut self) -> Verdict {
        let mut patience = 6_000;
        while !self.writes.is_empty() || !self.frames.is_empty() || !self.orders.is_empty() {
            self.cycle()?;
            patience -= 1;
            self.bench.check(patience > 0, || "frames never come".into())?;
        }
        for _ in 0..SETTLE {
            self.cycle()?;
        }
        let [expected, counted] = self.dropped;
        self.bench
            .eq("frames_unread and frames_withheld", counted, expected)?;
        self.bench.eq("frames_refused", self.refused, self.golden.refused)
    }
}

fn data_of(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}
