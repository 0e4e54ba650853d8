//! Learning in a run: the weights that follow the feed, their journal, and a run that is had again from one.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use contract::crc::crc32c;
use contract::record::Core;
use contract::slot::{self, Kind, SLOT_BYTES};
use engine::journal::{Entries, Entry, Journal, JournalError, Line};
use learn::{Event, Online, Recorded, Seen, Settings, Statistics, Version};
use model::{Model, ModelError, Score};
use serde::Serialize;

use crate::error::CliError;
use crate::output;

/// Orders a record can make.
const ORDERS_A_RECORD: usize = 2;

/// The learning side of a desk.
#[derive(Debug)]
pub(crate) struct Learning {
    online: Online,
    symbols: Vec<String>,
    /// The record at hand.
    seen: Option<Seen>,
    /// Orders admitted on it.
    orders: Vec<[u8; SLOT_BYTES]>,
    diary: Diary,
    /// CRC-32C over the weights of all versions that were used, in their order.
    weights_crc: u32,
}

/// What becomes of what happens.
#[derive(Debug)]
enum Diary {
    None,
    Write(PathBuf, Journal<BufWriter<File>>),
    Replay(Box<Told>),
}

/// Orders of the journal, and how far those of this run are the same.
#[derive(Debug, Default)]
struct Told {
    /// Records of the run, when the journal's last line says so.
    records: Option<u64>,
    orders: VecDeque<(u64, Vec<u8>)>,
    compared: u64,
    differing: Option<String>,
}

/// Where a run's learning is written to or taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// It is learned and not kept.
    Fresh,
    /// It is learned and written down here.
    Journal(&'a Path),
    /// It is had again from here.
    Replay(&'a Path),
}

impl Learning {
    /// As the settings say, for these symbols.
    pub(crate) fn open(
        settings: &Settings,
        symbols: Vec<String>,
        source: Source<'_>,
    ) -> Result<Self, CliError> {
        let slots = symbols.len();
        let started = |online: io::Result<Online>| {
            online.map_err(|error| CliError::Check(format!("no thread to learn in: {error}")))
        };
        let (online, diary) = match source {
            Source::Fresh => (started(Online::new(settings, slots, false))?, Diary::None),
            Source::Journal(path) => {
                let file = output::journal(path)?;
                let mut journal = Journal::new(BufWriter::new(file));
                let wrote = journal.write(&Line::Learning(&words(settings)));
                wrote.map_err(|error| CliError::file(path, error))?;
                let diary = Diary::Write(path.to_owned(), journal);
                (started(Online::new(settings, slots, true))?, diary)
            }
            Source::Replay(path) => {
                let (recorded, told) = read(path, settings)?;
                let online = started(Online::replay(settings, slots, recorded))?;
                (online, Diary::Replay(Box::new(told)))
            }
        };
        Ok(Self {
            online,
            symbols,
            seen: None,
            orders: Vec::with_capacity(ORDERS_A_RECORD),
            diary,
            weights_crc: 0,
        })
    }

    /// A record has come.
    pub(crate) fn begin(&mut self, record: &Core) {
        let seen = Seen::of(record);
        self.online.begin(&seen);
        self.seen = Some(seen);
    }

    /// The record's score, together with the model's.
    pub(crate) fn score(&self, model: Option<&mut Model>, record: &Core) -> Result<Score, ModelError> {
        let learned = self.online.score(record.slot)?;
        let model = match model {
            // It would have no say.
            Some(_) if self.online.alone() && learned.is_some() => None,
            Some(model) => Some(model.score(&record.features.map(f32::from))?),
            None => None,
        };
        Ok(self.online.together(model, learned))
    }

    /// Host risk has admitted an order on the record at hand.
    pub(crate) fn admitted(&mut self, order: &slot::Order) {
        if !matches!(self.diary, Diary::None) && self.orders.len() < ORDERS_A_RECORD {
            self.orders.push(order.encode(Kind::Enter, 0, 0));
        }
    }

    /// The record's orders are away: learns, and writes down what happened.
    pub(crate) fn after(&mut self) -> Result<(), CliError> {
        let Some(seen) = self.seen.take() else {
            return Ok(());
        };
        self.online.learn(&seen);
        let record = self.online.record();
        match &mut self.diary {
            Diary::None => {}
            Diary::Write(path, journal) => {
                let wrong = |error| CliError::file(path, error);
                for event in self.online.events() {
                    if let Event::Adopted { version, .. } = &event {
                        self.weights_crc = chained(self.weights_crc, version);
                    }
                    write(journal, &event).map_err(wrong)?;
                }
                for order in self.orders.drain(..) {
                    journal.write(&Line::Admitted(record, &order)).map_err(wrong)?;
                }
            }
            Diary::Replay(told) => {
                for event in self.online.events() {
                    if let Event::Adopted { version, .. } = &event {
                        self.weights_crc = chained(self.weights_crc, version);
                    }
                }
                for order in self.orders.drain(..) {
                    told.compare(record, &order);
                }
            }
        }
        Ok(())
    }

    /// No record will come any more.
    pub(crate) fn finish(mut self) -> Result<LearningReport, CliError> {
        let statistics = self.online.finish();
        let replay = match self.diary {
            Diary::None => None,
            Diary::Write(path, mut journal) => {
                let ended = journal.write(&Line::Ended(self.online.record()));
                ended
                    .and_then(|()| journal.finish())
                    .map_err(|error| CliError::file(&path, error))?;
                None
            }
            Diary::Replay(told) => Some(told.finish(self.online.record(), self.online.compared())),
        };
        Ok(LearningReport::new(
            &self.online,
            &self.symbols,
            &statistics,
            self.weights_crc,
            replay,
        ))
    }
}

fn chained(before: u32, version: &Version) -> u32 {
    let mut bytes = Vec::from(before.to_be_bytes());
    bytes.extend(version.to_bytes());
    crc32c(&bytes)
}

/// The settings as a line of the journal.
fn words(settings: &Settings) -> String {
    format!("{settings:?}")
}

fn write(journal: &mut Journal<BufWriter<File>>, event: &Event) -> io::Result<()> {
    match event {
        Event::Adopted {
            record,
            slot,
            version,
        } => {
            let bits = version.to_bytes();
            journal.write(&Line::Weights(
                *record,
                *slot,
                version.number,
                version.warm,
                &bits,
            ))
        }
        Event::Skipped { record } => journal.write(&Line::Unlearned(*record)),
    }
}

/// What a journal says of learning and orders.
fn read(path: &Path, settings: &Settings) -> Result<(Recorded, Told), CliError> {
    let file = File::open(path).map_err(|error| CliError::file(path, error))?;
    let (mut recorded, mut told) = (Recorded::default(), Told::default());
    let mut written_by = None;
    for entry in Entries::new(BufReader::new(file)) {
        let entry = entry.map_err(|error| refused(path, error))?;
        told.records = None;
        match entry {
            Entry::Learning(text) => written_by = Some(text),
            Entry::Weights {
                record,
                slot,
                number,
                warm,
                bits,
            } => {
                let version = Version::from_bytes(number, warm, &bits).ok_or_else(|| {
                    let many = bits.len();
                    CliError::Input(format!("{}: a version of {many} bytes", path.display()))
                })?;
                recorded.adopted.push_back((record, slot, version));
            }
            Entry::Unlearned(record) => recorded.skipped.push_back(record),
            Entry::Admitted(record, order) => told.orders.push_back((record, order)),
            Entry::Ended(records) => told.records = Some(records),
            _ => {}
        }
    }
    match written_by {
        Some(text) if text == words(settings) => Ok((recorded, told)),
        Some(text) => Err(CliError::Input(format!(
            "{}: written by a run that learned otherwise: {text}; here {}",
            path.display(),
            words(settings)
        ))),
        None => Err(CliError::Input(format!(
            "{}: no journal of a run that learned; `tickforge run --journal` writes one",
            path.display()
        ))),
    }
}

/// A journal that cannot be used, which is input here.
fn refused(path: &Path, error: JournalError) -> CliError {
    match error {
        JournalError::Read(source) => CliError::file(path, source),
        error => CliError::Input(format!(
            "{}: {error}; give the journal whole, as `tickforge run --journal` wrote it",
            path.display()
        )),
    }
}

impl Told {
    fn compare(&mut self, record: u64, order: &[u8]) {
        self.compared += 1;
        let same = match self.orders.pop_front() {
            Some((at, told)) => at == record && told == order,
            None => false,
        };
        if !same {
            let what = || format!("the order on record {record} is not the journal's");
            self.differing.get_or_insert_with(what);
        }
    }

    fn finish(mut self, records: u64, versions: Option<(u64, Option<&str>)>) -> ReplayReport {
        if let Some((record, _)) = self.orders.front() {
            let what = format!("the journal has an order on record {record} that was not made");
            self.differing.get_or_insert(what);
        }
        let end = match self.records {
            Some(told) if told == records => None,
            Some(told) => Some(format!(
                "the journal is of {told} records, this run had {records}"
            )),
            None => Some(
                "the journal has no end: its run was broken off, or lines are missing behind its last"
                    .to_owned(),
            ),
        };
        if let Some(what) = end {
            self.differing.get_or_insert(what);
        }
        let (compared, differing) = versions.unwrap_or_default();
        ReplayReport {
            versions_compared: compared,
            orders_compared: self.compared,
            differing: differing.map(str::to_owned).or(self.differing),
        }
    }
}

/// One slot's learning.
#[derive(Debug, Serialize)]
pub(crate) struct SlotLearning {
    symbol: String,
    versions: u64,
    updates: u64,
    drifts: u64,
    /// Samples with an input that is no number.
    refused: u64,
    /// Covariances begun anew.
    restarts: u64,
    /// Largest step of a weight.
    step_max: f64,
    /// Samples whose record was scored, before what followed was known.
    scored: u64,
    /// Mean loss of those scores, half the squared distance of probabilities and outcome.
    loss: f64,
    /// That of the classes' frequencies so far.
    loss_prior: f64,
}

/// A run held against its journal.
#[derive(Debug, Serialize)]
pub(crate) struct ReplayReport {
    /// Versions learned here and found equal to the bit, or not: see `differing`.
    versions_compared: u64,
    orders_compared: u64,
    /// The first thing that differed.
    pub(crate) differing: Option<String>,
}

/// What was learned.
#[derive(Debug, Serialize)]
pub(crate) struct LearningReport {
    method: String,
    place: String,
    share: f64,
    /// Versions put up, over all slots.
    versions: u64,
    /// Versions that scores came of.
    adopted: u64,
    updates: u64,
    drifts: u64,
    /// Samples not learned from: the ring was full.
    skipped: u64,
    /// Records with a feature that is no number.
    refused: u64,
    step_max: f64,
    /// CRC-32C over the weights that were used; 0 without a journal.
    weights_crc: u32,
    slots: Vec<SlotLearning>,
    /// None but with --replay.
    pub(crate) replay: Option<ReplayReport>,
}

impl LearningReport {
    fn new(
        online: &Online,
        symbols: &[String],
        statistics: &[Statistics],
        weights_crc: u32,
        replay: Option<ReplayReport>,
    ) -> Self {
        let settings = online.settings();
        let sum = |of: fn(&Statistics) -> u64| statistics.iter().map(of).sum();
        let slot = |(symbol, s): (&String, &Statistics)| SlotLearning {
            symbol: symbol.clone(),
            versions: s.versions,
            updates: s.updates,
            drifts: s.drifts,
            refused: s.refused,
            restarts: s.restarts,
            step_max: s.step_max,
            scored: s.scored,
            loss: s.loss,
            loss_prior: s.loss_prior,
        };
        Self {
            method: format!("{:?}", settings.method).to_lowercase(),
            place: format!("{:?}", settings.place).to_lowercase(),
            share: settings.share,
            versions: sum(|s| s.versions),
            adopted: online.adopted,
            updates: sum(|s| s.updates),
            drifts: sum(|s| s.drifts),
            skipped: online.skipped,
            refused: online.refused,
            step_max: statistics.iter().map(|s| s.step_max).fold(0.0, f64::max),
            weights_crc,
            slots: symbols.iter().zip(statistics).map(slot).collect(),
            replay,
        }
    }

    /// The report for people.
    pub(crate) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "learning        {} {}, share {}: {} versions ({} used), {} updates, largest step {:.2e}, {} drifts, {} skipped, {} on no number",
            self.method,
            self.place,
            self.share,
            self.versions,
            self.adopted,
            self.updates,
            self.step_max,
            self.drifts,
            self.skipped,
            self.refused
        )?;
        for s in &self.slots {
            writeln!(
                out,
                "  {:<13} {} updates, {} drifts; loss {:.5} of {} scores, {:.5} of the prior",
                s.symbol, s.updates, s.drifts, s.loss, s.scored, s.loss_prior
            )?;
        }
        let Some(replay) = &self.replay else {
            return Ok(());
        };
        let verdict = replay.differing.as_deref().unwrap_or("equal to the bit");
        writeln!(
            out,
            "replay          {} versions, {} orders: {verdict}",
            replay.versions_compared, replay.orders_compared
        )
    }
}
