//! Rows into a model's pipeline and scores out of it.

mod loader;

use std::collections::VecDeque;

use fabric::Model;
use testbench::{Bench, StreamDriver, StreamMonitor, Verdict};
use verilated::PortId;

pub(crate) use loader::Loader;

/// Whether the long variants are asked for.
pub(crate) fn soak() -> bool {
    std::env::var_os("TICKFORGE_SOAK").is_some()
}

/// Both ends of a pipeline, and what is in it.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    /// The model of each generation; of a folded one there is one.
    models: Vec<&'a Model>,
    sink: StreamDriver,
    source: StreamMonitor,
    reset: PortId,
    accepted: VecDeque<Accepted>,
    /// Row of each word offered, by its tag: tags count up.
    offered: VecDeque<Vec<u8>>,
    tag: u16,
    /// What loads the constants, where they are loaded.
    pub(crate) loader: Option<Loader>,
    /// Rows accepted since the last commit.
    since: u64,
    /// Scores of each generation.
    pub(crate) seen: Vec<u64>,
}

/// A row in the pipeline.
#[derive(Debug)]
struct Accepted {
    row: Vec<u8>,
    tag: [u8; 2],
    cycle: u64,
    /// Commits before it.
    commits: usize,
    /// It is the first since the last commit: that one may still have been on its way to the first stage.
    first: bool,
}

/// A row that drives a sum of the first layer to one of its ends.
fn farthest(bench: &mut Bench, net: &fabric::Net) -> Vec<u8> {
    let layer = &net.layers()[0];
    let output = usize::try_from(bench.rng.below(layer.outputs() as u64)).unwrap_or(0);
    let up = bench.rng.percent(50);
    let end = |weight: &i8| if (*weight > 0) == up { 255 } else { 0 };
    layer.row(output).iter().map(end).collect()
}

/// A row that drives a score towards one of its ends: each column is left where it does most.
fn steepest(bench: &mut Bench, model: &Model) -> Vec<u8> {
    let at = usize::try_from(bench.rng.below(model.outputs() as u64)).unwrap_or(0);
    let sign = if bench.rng.percent(50) { 1 } else { -1 };
    let score = |row: &[u8]| i64::from(model.evaluate(row)[at]) * sign;
    let mut row: Vec<u8> = (0..model.columns())
        .map(|_| bench.rng.next_u64().to_le_bytes()[0])
        .collect();
    for _ in 0..2 {
        for column in 0..row.len() {
            let mut tried = row.clone();
            for value in [0, 64, 128, 192, 255] {
                tried[column] = value;
                if score(&tried) > score(&row) {
                    row[column] = value;
                }
            }
        }
    }
    row
}

/// A row: at the end of a sum, all of one value, one column apart, or each column for itself.
pub(crate) fn row(bench: &mut Bench, model: &Model) -> Vec<u8> {
    let columns = model.columns();
    if columns <= 16 && bench.rng.percent(2) {
        return steepest(bench, model);
    }
    if let Model::Net(net) = model
        && bench.rng.percent(20)
    {
        return farthest(bench, net);
    }
    let byte = |value: u64| u8::try_from(value).unwrap_or(u8::MAX);
    let each = |bench: &mut Bench| byte(bench.rng.edgy(8));
    match bench.rng.below(6) {
        0 => vec![each(bench); columns],
        1 => {
            let mut row = vec![each(bench); columns];
            let at = usize::try_from(bench.rng.below(columns as u64)).unwrap_or(0);
            row[at] = each(bench);
            row
        }
        2 => (0..columns)
            .map(|_| if bench.rng.percent(50) { 255 } else { 0 })
            .collect(),
        3 => (0..columns).map(|_| each(bench)).collect(),
        _ => (0..columns).map(|_| byte(bench.rng.bits(8))).collect(),
    }
}

/// Bytes as a port's words, the tag behind them.
fn packed(bytes: impl Iterator<Item = u8>) -> Vec<u32> {
    let bytes: Vec<u8> = bytes.collect();
    let word = |chunk: &[u8]| {
        chunk
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u32::from(*byte))
    };
    bytes.chunks(4).map(word).collect()
}

impl<'a> Rows<'a> {
    /// Both ends of the bench's pipeline.
    pub(crate) fn new(bench: &Bench, models: Vec<&'a Model>, loader: Option<Loader>) -> Self {
        Self {
            seen: vec![0; models.len() + 1],
            models,
            sink: StreamDriver::new(bench, "sink"),
            source: StreamMonitor::new(bench, "source"),
            reset: bench.port("reset"),
            accepted: VecDeque::new(),
            offered: VecDeque::new(),
            tag: 0,
            loader,
            since: 0,
        }
    }

    /// How often rows come and scores are taken, in percent.
    pub(crate) fn pace(&mut self, busy: u64, ready: u64) {
        (self.sink.busy_percent, self.source.ready_percent) = (busy, ready);
    }

    /// A reset: what is in the pipeline is lost, what has not been accepted is not.
    pub(crate) fn reset(&mut self, bench: &mut Bench) {
        bench.set(self.reset, 1);
        self.sink.drive(bench);
        self.source.drive(bench);
        if let Some(loader) = &mut self.loader {
            loader.forget(bench);
        }
        bench.eval();
        // A row that the edge of the reset takes is lost with the rest.
        if self.sink.observe(bench).is_some() {
            self.offered.pop_front();
        }
        bench.tick();
        bench.set(self.reset, 0);
        self.accepted.clear();
        self.source.forget();
    }

    fn offer(&mut self, bench: &mut Bench) {
        let row = row(bench, self.models[0]);
        let tag = self.tag.to_le_bytes();
        self.sink.push(packed(row.iter().copied().chain(tag)));
        self.offered.push_back(row);
        self.tag = self.tag.wrapping_add(1);
    }

    /// What a row must give: scores, tag, and in front of them the generation where constants are loaded.
    fn answer(&self, accepted: &Accepted, generation: usize) -> Vec<u32> {
        let model = self.models[generation.max(1) - 1];
        let scores = model
            .evaluate(&accepted.row)
            .into_iter()
            .flat_map(i32::to_le_bytes);
        let shown = self
            .loader
            .is_some()
            .then(|| u8::try_from(generation).unwrap_or(0));
        packed(scores.chain(accepted.tag).chain(shown))
    }

    /// Checks a score against the model of the generation that it names, and that generation against the commits.
    fn judge(&mut self, bench: &mut Bench, word: &[u32]) -> Result<Option<u64>, testbench::Failure> {
        let Some(accepted) = self.accepted.pop_front() else {
            bench.check(false, || format!("a score that nobody asked for: {word:x?}"))?;
            return Ok(None);
        };
        let mut generation = accepted.commits;
        if accepted.first && generation > 1 {
            let at = 4 * self.models[0].outputs() + 2;
            let shown = usize::from(word[at / 4].to_le_bytes()[at % 4]);
            generation -= usize::from(shown + 1 == generation);
        }
        bench.eq("score", word, &self.answer(&accepted, generation)[..])?;
        self.seen[generation] += 1;
        Ok(Some(bench.cycles() - accepted.cycle))
    }

    /// One cycle. Returns how old the row was whose score was taken.
    pub(crate) fn cycle(&mut self, bench: &mut Bench) -> Result<Option<u64>, testbench::Failure> {
        if self.sink.is_empty() {
            self.offer(bench);
        }
        self.sink.drive(bench);
        self.source.drive(bench);
        if let Some(loader) = &mut self.loader {
            loader.drive(bench);
        }
        bench.eval();
        let mut age = None;
        if let Some(word) = self.source.observe(bench)? {
            age = self.judge(bench, &word)?;
        }
        let commits = self.loader.as_ref().map_or(0, Loader::commits);
        if let Some(word) = self.sink.observe(bench)
            && let Some(row) = self.offered.pop_front()
        {
            let columns = self.models[0].columns();
            let byte = |at: usize| word[at / 4].to_le_bytes()[at % 4];
            let (cycle, first) = (bench.cycles(), self.since == 0);
            let tag = [byte(columns), byte(columns + 1)];
            self.accepted.push_back(Accepted {
                row,
                tag,
                cycle,
                commits,
                first,
            });
            self.since += 1;
        }
        if let Some(loader) = &mut self.loader
            && loader.observe(bench)?
        {
            self.since = 0;
        }
        bench.tick();
        Ok(age)
    }

    /// Rows without a gap: each must come out `latency` cycles behind its entry, one a cycle.
    pub(crate) fn stream(&mut self, bench: &mut Bench, cycles: u64, latency: u32) -> Verdict {
        self.pace(100, 100);
        let mut scores = 0;
        for _ in 0..cycles {
            if let Some(age) = self.cycle(bench)? {
                bench.eq("latency", age, u64::from(latency))?;
                scores += 1;
            }
        }
        bench.eq("scores of a row a cycle", scores, cycles - u64::from(latency))
    }

    /// No more rows: every score comes within so many cycles.
    pub(crate) fn drain(&mut self, bench: &mut Bench, cycles: u64) -> Verdict {
        self.pace(0, 100);
        for _ in 0..cycles {
            self.cycle(bench)?;
        }
        // One row may have been on offer already; it is accepted and answered too.
        bench.eq("rows without a score", self.accepted.len(), 0)
    }
}
