//! Both ends of a `valid`/`ready`/`data` stream, with the protocol's rules checked every cycle.
//!
//! In each cycle: `drive` both ends, [`Bench::eval`], `observe` both ends, [`Bench::tick`].

use crate::{Bench, Failure};
use std::collections::VecDeque;
use verilated::PortId;

/// Feeds a block's sink: holds `valid` and `data` until taken, with random pauses between words.
#[derive(Debug)]
pub struct StreamDriver {
    valid: PortId,
    ready: PortId,
    data: PortId,
    waiting: VecDeque<Vec<u32>>,
    offered: bool,
    /// Chance, in percent, that a new word is offered in a cycle.
    pub busy_percent: u64,
}

impl StreamDriver {
    /// A driver for the ports `<name>_valid`, `<name>_ready` and `<name>_data`.
    pub fn new(bench: &Bench, name: &str) -> Self {
        let port = |suffix| bench.port(&format!("{name}_{suffix}"));
        Self {
            valid: port("valid"),
            ready: port("ready"),
            data: port("data"),
            waiting: VecDeque::new(),
            offered: false,
            busy_percent: 100,
        }
    }

    /// Queues a word.
    pub fn push(&mut self, words: Vec<u32>) {
        self.waiting.push_back(words);
    }

    /// Words not yet taken.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether every word has been taken.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sets `valid` and `data` for this cycle. While idle, `data` is random: nobody may look at it.
    pub fn drive(&mut self, bench: &mut Bench) {
        self.offered = self.offered || (!self.waiting.is_empty() && bench.rng.percent(self.busy_percent));
        bench.set(self.valid, u64::from(self.offered));
        let width = bench.model.describe(self.data).width;
        let words = match self.waiting.front() {
            Some(words) if self.offered => words.clone(),
            _ => bench.rng.wide(width),
        };
        bench.set_wide(self.data, &words);
    }

    /// Looks whether the word is taken by this cycle's edge; returns it if so.
    pub fn observe(&mut self, bench: &Bench) -> Option<Vec<u32>> {
        if self.offered && bench.is(self.ready) {
            self.offered = false;
            return self.waiting.pop_front();
        }
        None
    }
}

/// Drains a block's source with random back-pressure, and checks that `valid` and `data` hold while stalled.
#[derive(Debug)]
pub struct StreamMonitor {
    name: String,
    valid: PortId,
    ready: PortId,
    data: PortId,
    stalled: Option<Vec<u32>>,
    /// Chance, in percent, that a word is taken in a cycle.
    pub ready_percent: u64,
}

impl StreamMonitor {
    /// A monitor for the ports `<name>_valid`, `<name>_ready` and `<name>_data`.
    pub fn new(bench: &Bench, name: &str) -> Self {
        let port = |suffix| bench.port(&format!("{name}_{suffix}"));
        Self {
            name: name.into(),
            valid: port("valid"),
            ready: port("ready"),
            data: port("data"),
            stalled: None,
            ready_percent: 100,
        }
    }

    /// Sets `ready` for this cycle.
    pub fn drive(&mut self, bench: &mut Bench) {
        let ready = bench.rng.percent(self.ready_percent);
        bench.set(self.ready, u64::from(ready));
    }

    /// Checks the protocol; returns the word that leaves by this cycle's edge, if any.
    ///
    /// # Errors
    /// When a stalled word has been withdrawn or changed.
    pub fn observe(&mut self, bench: &mut Bench) -> Result<Option<Vec<u32>>, Failure> {
        let (valid, ready) = (bench.is(self.valid), bench.is(self.ready));
        let words = bench.get_wide(self.data);
        if let Some(held) = self.stalled.take() {
            bench.check(valid, || format!("{}: valid dropped before ready", self.name))?;
            bench.eq(&format!("{}: data while stalled", self.name), &words, &held)?;
        }
        match (valid, ready) {
            (true, true) => Ok(Some(words)),
            (true, false) => {
                self.stalled = Some(words);
                Ok(None)
            }
            (false, _) => Ok(None),
        }
    }

    /// To be called at a reset, which may withdraw a stalled word.
    pub fn forget(&mut self) {
        self.stalled = None;
    }
}
