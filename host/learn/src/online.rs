//! The side of the loop that decides.
//!
//! ```text
//! record ─► begin: take down a new version, make inputs ─► score ─► order
//!                                                                     │ between records
//! learner ◄─ sample ◄─ learn: the record so many before has its label ◄┘
//!    └─► board (taken down by the next record)
//! ```

use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use model::{ModelError, Score};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::board::{Reader, Writer, board};
use crate::inputs::inputs;
use crate::labels::Labels;
use crate::learner::probabilities;
use crate::replay::{Recorded, Replay};
use crate::{Inputs, Learner, Place, Sample, Seen, Settings, Statistics, Version};

/// Events that may wait to be taken.
const EVENTS_MAX: usize = 64;
/// How long the thread rests when there is no sample: whoever decides never wakes it, that would be a system call.
const REST: Duration = Duration::from_micros(100);

/// What a journal has to know for the run to be had again.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "they stand in room made at the start")]
pub enum Event {
    /// From this record on the slot's scores come of this version.
    Adopted {
        /// Number of the record, from 1 over all slots.
        record: u64,
        /// Its slot.
        slot: u8,
        /// The version.
        version: Version,
    },
    /// The sample of this record was not learned from: the ring was full.
    Skipped {
        /// Number of the record.
        record: u64,
    },
}

#[derive(Debug)]
struct Slot {
    reader: Reader,
    held: Version,
    labels: Labels,
    /// Of the record at hand; none when one of its features is no number.
    inputs: Option<Inputs>,
}

#[derive(Debug)]
enum Engine {
    Inline(Vec<(Learner, Writer)>),
    Thread {
        samples: Option<Producer<Sample>>,
        worker: Option<JoinHandle<Vec<Learner>>>,
    },
    Replay(Box<Replay>),
}

/// Scores by weights that follow the feed.
#[derive(Debug)]
pub struct Online {
    settings: Settings,
    slots: Vec<Slot>,
    engine: Engine,
    /// Records so far.
    number: u64,
    events: Vec<Event>,
    noting: bool,
    /// Versions taken down.
    pub adopted: u64,
    /// Samples not learned from: the ring was full.
    pub skipped: u64,
    /// Records with a feature that is no number: no score, no sample.
    pub refused: u64,
}

fn work(mut samples: Consumer<Sample>, mut learners: Vec<(Learner, Writer)>) -> Vec<Learner> {
    loop {
        // Asked before the last look: what came before the end is learned.
        let over = samples.is_abandoned();
        let mut found = false;
        while let Ok(sample) = samples.pop() {
            found = true;
            learn(&mut learners, &sample);
        }
        if over {
            return learners.into_iter().map(|(learner, _)| learner).collect();
        }
        if !found {
            std::thread::park_timeout(REST);
        }
    }
}

fn learn(learners: &mut [(Learner, Writer)], sample: &Sample) {
    if let Some((learner, writer)) = learners.get_mut(usize::from(sample.slot))
        && let Some(version) = learner.take(sample)
    {
        writer.publish(&version);
    }
}

impl Online {
    /// For so many slots; with `noting` its events have to be taken after each record.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn new(settings: &Settings, slots: usize, noting: bool) -> io::Result<Self> {
        let (mut sides, mut learners) = (Vec::new(), Vec::new());
        for _ in 0..slots {
            let (writer, reader) = board();
            learners.push((Learner::new(settings), writer));
            sides.push(Slot {
                reader,
                held: Version::default(),
                labels: Labels::new(settings.horizon as usize),
                inputs: None,
            });
        }
        let engine = match settings.place {
            Place::Inline => Engine::Inline(learners),
            Place::Thread => {
                let (samples, ring) = RingBuffer::new(settings.ring as usize);
                let name = Builder::new().name("learn".into());
                Engine::Thread {
                    samples: Some(samples),
                    worker: Some(name.spawn(move || work(ring, learners))?),
                }
            }
        };
        Ok(Self {
            settings: *settings,
            slots: sides,
            engine,
            number: 0,
            events: Vec::with_capacity(EVENTS_MAX),
            noting,
            adopted: 0,
            skipped: 0,
            refused: 0,
        })
    }

    /// With the versions of a run of before, each from the record on from which it had it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn replay(settings: &Settings, slots: usize, recorded: Recorded) -> io::Result<Self> {
        let inline = Settings {
            place: Place::Inline,
            ..*settings
        };
        let mut made = Self::new(&inline, slots, true)?;
        made.engine = Engine::Replay(Box::new(Replay::new(recorded, settings, slots)));
        made.settings = *settings;
        Ok(made)
    }

    /// A record has come: takes down a new version, if there is one. Never waits, never allocates.
    #[inline]
    pub fn begin(&mut self, seen: &Seen) {
        self.number += 1;
        let Some(slot) = self.slots.get_mut(usize::from(seen.slot)) else {
            return;
        };
        slot.inputs = inputs(&seen.row, self.settings.input_max);
        self.refused += u64::from(slot.inputs.is_none());
        let room = !self.noting || self.events.len() + 2 <= EVENTS_MAX;
        let new = match &mut self.engine {
            Engine::Replay(replay) => match replay.adopt(self.number, seen.slot) {
                Some(version) => {
                    slot.held = version;
                    true
                }
                None => false,
            },
            // Without room to note it, it is taken at a later record.
            _ => room && slot.reader.read(&mut slot.held),
        };
        if new {
            self.adopted += 1;
            if self.noting {
                self.events.push(Event::Adopted {
                    record: self.number,
                    slot: seen.slot,
                    version: slot.held,
                });
            }
        }
    }

    /// The score of the slot's record at hand; none while its weights are not warm.
    ///
    /// # Errors
    /// [`ModelError::NotANumber`], on which no order may rest.
    #[inline]
    pub fn score(&self, slot: u8) -> Result<Option<Score>, ModelError> {
        let Some(slot) = self.slots.get(usize::from(slot)) else {
            return Ok(None);
        };
        let inputs = slot
            .inputs
            .as_ref()
            .ok_or(ModelError::NotANumber("a feature of the record"))?;
        if !slot.held.warm {
            return Ok(None);
        }
        #[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
        let [down, up] = probabilities(self.settings.method, &slot.held.weights, inputs).map(|p| p as f32);
        let score = Score {
            down,
            flat: (1.0 - down - up).max(0.0),
            up,
        };
        if score.edge().is_nan() {
            return Err(ModelError::NotANumber("a learned score"));
        }
        Ok(Some(score))
    }

    /// What both say together, by the learned score's share; a model alone while there is no learned one.
    #[inline]
    pub fn together(&self, model: Option<Score>, learned: Option<Score>) -> Score {
        #[allow(clippy::cast_possible_truncation, reason = "a share")]
        let share = self.settings.share as f32;
        let nothing = Score {
            down: 0.0,
            flat: 1.0,
            up: 0.0,
        };
        match (model, learned) {
            (None, None) => nothing,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(model), Some(learned)) => {
                let mean = |a: f32, b: f32| a + share * (b - a);
                Score {
                    down: mean(model.down, learned.down),
                    flat: mean(model.flat, learned.flat),
                    up: mean(model.up, learned.up),
                }
            }
        }
    }

    /// Whether a model beside it has no say.
    pub fn alone(&self) -> bool {
        self.settings.share >= 1.0
    }

    /// Between records: the sample whose label the record made known is learned from, or goes to the thread.
    pub fn learn(&mut self, seen: &Seen) {
        let Some(slot) = self.slots.get_mut(usize::from(seen.slot)) else {
            return;
        };
        let inputs = slot.inputs.as_ref();
        let scored = inputs.filter(|_| slot.held.warm);
        let scored = scored.map(|x| probabilities(self.settings.method, &slot.held.weights, x));
        let Some(sample) = slot.labels.push(self.number, seen, inputs, scored) else {
            return;
        };
        match &mut self.engine {
            Engine::Inline(learners) => learn(learners, &sample),
            Engine::Replay(replay) => replay.learn(&sample),
            Engine::Thread { samples, .. } => {
                let taken = samples.as_mut().is_some_and(|ring| ring.push(sample).is_ok());
                if !taken {
                    self.skipped += 1;
                    if self.noting {
                        self.events.push(Event::Skipped {
                            record: sample.record,
                        });
                    }
                }
            }
        }
    }

    /// What happened since the last call.
    pub fn events(&mut self) -> impl Iterator<Item = Event> {
        self.events.drain(..)
    }

    /// Number of the record at hand, from 1 over all slots.
    pub const fn record(&self) -> u64 {
        self.number
    }

    /// The settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Versions that were held against a journal's, and the first thing that differed.
    pub fn compared(&self) -> Option<(u64, Option<&str>)> {
        match &self.engine {
            Engine::Replay(replay) => Some((replay.compared, replay.differing.as_deref())),
            _ => None,
        }
    }

    /// No record will come any more: what the learners have done, slot by slot. A thread ends first.
    pub fn finish(&mut self) -> Vec<Statistics> {
        let of = |learners: &[Learner]| learners.iter().map(Learner::statistics).collect();
        match &mut self.engine {
            Engine::Inline(learners) => learners.iter().map(|(l, _)| l.statistics()).collect(),
            Engine::Replay(replay) => {
                replay.finish();
                of(&replay.learners)
            }
            Engine::Thread { samples, worker } => {
                drop(samples.take());
                match worker.take().map(JoinHandle::join) {
                    Some(Ok(learners)) => {
                        let statistics: Vec<Statistics> = of(&learners);
                        self.engine = Engine::Inline(learners.into_iter().map(|l| (l, board().0)).collect());
                        statistics
                    }
                    Some(Err(panic)) => std::panic::resume_unwind(panic),
                    None => Vec::new(),
                }
            }
        }
    }
}
