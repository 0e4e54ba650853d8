//! The host's end of the AXI4 write slave: bursts with random pauses on every channel.

use std::collections::VecDeque;
use testbench::{Bench, Failure, Verdict};
use verilated::PortId;

/// A burst of writes.
#[derive(Debug, Clone)]
pub(crate) struct Burst {
    pub(crate) address: u16,
    /// log2 of the bytes of a beat.
    pub(crate) size: u64,
    /// 0 FIXED, 1 INCR, 2 WRAP.
    pub(crate) kind: u64,
    /// Data and strobes.
    pub(crate) beats: Vec<(u64, u8)>,
}

impl Burst {
    fn is_refused(&self) -> bool {
        self.beats.len() > 1 && self.kind != 1
    }
}

/// A beat that was taken: address of its first lane, data, strobes; refused ones go nowhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beat {
    pub(crate) address: u32,
    pub(crate) data: u64,
    pub(crate) strobes: u8,
    pub(crate) refused: bool,
}

/// See the file's text.
#[derive(Debug)]
pub(crate) struct Bus {
    aw: [PortId; 6],
    w: [PortId; 5],
    b: [PortId; 3],
    waiting: VecDeque<Burst>,
    offers_address: bool,
    address_taken: bool,
    offers_data: bool,
    taken: usize,
    answers: VecDeque<u64>,
    unanswered: u32,
    stalled: Option<u64>,
    pub(crate) busy_percent: u64,
}

impl Bus {
    pub(crate) fn new(bench: &Bench) -> Self {
        let port = |name: &str| bench.port(&format!("s_axi_{name}"));
        Self {
            aw: ["awvalid", "awready", "awaddr", "awlen", "awsize", "awburst"].map(port),
            w: ["wvalid", "wready", "wdata", "wstrb", "wlast"].map(port),
            b: ["bvalid", "bready", "bresp"].map(port),
            waiting: VecDeque::new(),
            offers_address: false,
            address_taken: false,
            offers_data: false,
            taken: 0,
            answers: VecDeque::new(),
            unanswered: 0,
            stalled: None,
            busy_percent: 100,
        }
    }

    pub(crate) fn push(&mut self, burst: Burst) {
        self.waiting.push_back(burst);
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.answers.is_empty()
    }

    pub(crate) fn drive(&mut self, bench: &mut Bench) {
        let there = !self.waiting.is_empty();
        let go = |bench: &mut Bench, percent| there && bench.rng.percent(percent);
        self.offers_address |= !self.address_taken && go(bench, self.busy_percent);
        let left = self.waiting.front().is_some_and(|b| self.taken < b.beats.len());
        self.offers_data |= left && go(bench, self.busy_percent);
        let noise = bench.rng.next_u64();
        let burst = self.waiting.front();
        let [valid, _, fields @ ..] = self.aw;
        let values = burst.filter(|_| self.offers_address).map_or(
            [
                noise & 0xffff,
                noise >> 16 & 0xff,
                noise >> 24 & 3,
                noise >> 32 & 3,
            ],
            |b| [b.address.into(), b.beats.len() as u64 - 1, b.size, b.kind],
        );
        bench.set(valid, self.offers_address.into());
        for (port, value) in fields.into_iter().zip(values) {
            bench.set(port, value);
        }
        let [valid, _, data, strobes, last] = self.w;
        let beat = burst
            .and_then(|b| b.beats.get(self.taken))
            .filter(|_| self.offers_data);
        let is_last = burst.is_some_and(|b| self.taken + 1 == b.beats.len());
        bench.set(valid, self.offers_data.into());
        bench.set(data, beat.map_or(noise, |b| b.0));
        bench.set(strobes, beat.map_or(noise & 0xff, |b| b.1.into()));
        bench.set(last, beat.map_or(noise & 1, |_| is_last.into()));
        let ready = bench.rng.percent(self.busy_percent.max(20));
        bench.set(self.b[1], ready.into());
    }

    /// What is taken by this cycle's edge.
    pub(crate) fn observe(&mut self, bench: &mut Bench) -> Result<Option<Beat>, Failure> {
        self.observe_answer(bench)?;
        let Some(burst) = self.waiting.front() else {
            return Ok(None);
        };
        if self.offers_address && bench.is(self.aw[1]) {
            self.offers_address = false;
            self.address_taken = true;
            self.unanswered += 1;
            bench.eq("bursts under way", self.unanswered, 1)?;
        }
        if !(self.offers_data && bench.is(self.w[1])) {
            return Ok(None);
        }
        self.offers_data = false;
        let start = u32::from(burst.address) >> burst.size << burst.size;
        let at = start + (u32::try_from(self.taken).expect("small") << burst.size);
        let (data, strobes) = burst.beats[self.taken];
        let beat = Beat {
            address: at & 0xfff8,
            data,
            strobes,
            refused: burst.is_refused(),
        };
        self.taken += 1;
        if self.taken == burst.beats.len() {
            self.answers.push_back(if burst.is_refused() { 2 } else { 0 });
            bench.check(self.address_taken, || "data taken before its address".into())?;
            self.address_taken = false;
            self.taken = 0;
            self.waiting.pop_front();
        }
        Ok(Some(beat))
    }

    fn observe_answer(&mut self, bench: &mut Bench) -> Verdict {
        let [valid, ready, response] = self.b;
        let code = bench.get(response);
        if let Some(held) = self.stalled.take() {
            bench.eq("response while stalled", (bench.is(valid), code), (true, held))?;
        }
        if !bench.is(valid) {
            return Ok(());
        }
        let expected = self.answers.front().copied();
        bench.eq("response", Some(code), expected)?;
        if bench.is(ready) {
            self.answers.pop_front();
            self.unanswered -= 1;
        } else {
            self.stalled = Some(code);
        }
        Ok(())
    }
}
