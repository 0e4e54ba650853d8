//! Learning as a journal says it was: the same versions at the same records, each held against what the samples give here.

use std::collections::VecDeque;

use crate::{Learner, Sample, Settings, Version};

/// What a journal says of a run.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// Record from which on a slot's scores came of a version.
    pub adopted: VecDeque<(u64, u8, Version)>,
    /// Samples that were not learned from, by the record they were of: the ring was full.
    pub skipped: VecDeque<u64>,
}

#[derive(Debug)]
pub(crate) struct Replay {
    recorded: Recorded,
    pub(crate) learners: Vec<Learner>,
    made: Vec<VecDeque<Version>>,
    pub(crate) compared: u64,
    pub(crate) differing: Option<String>,
}

impl Replay {
    pub(crate) fn new(recorded: Recorded, settings: &Settings, slots: usize) -> Self {
        Self {
            recorded,
            learners: vec![Learner::new(settings); slots],
            made: vec![VecDeque::new(); slots],
            compared: 0,
            differing: None,
        }
    }

    /// The version from record `number` on, if it is another one; its slot has to be `slot`.
    pub(crate) fn adopt(&mut self, number: u64, slot: u8) -> Option<Version> {
        let (at, of, version) = *self.recorded.adopted.front()?;
        if at > number {
            return None;
        }
        self.recorded.adopted.pop_front();
        if at < number || of != slot {
            self.differs(format!(
                "a version at record {at} of slot {of}, which is none of its records here"
            ));
            return None;
        }
        let made = self.made.get_mut(usize::from(slot))?;
        while made.front().is_some_and(|v| v.number < version.number) {
            made.pop_front();
        }
        self.compared += 1;
        if !made.front().is_some_and(|v| v.same(&version)) {
            self.differs(format!(
                "version {} of slot {slot} at record {number}: the samples give other weights",
                version.number
            ));
        }
        Some(version)
    }

    pub(crate) fn learn(&mut self, sample: &Sample) {
        if self.recorded.skipped.front() == Some(&sample.record) {
            self.recorded.skipped.pop_front();
            return;
        }
        let slot = usize::from(sample.slot);
        let (Some(learner), Some(made)) = (self.learners.get_mut(slot), self.made.get_mut(slot)) else {
            return;
        };
        made.extend(learner.take(sample));
    }

    /// No record will come any more.
    pub(crate) fn finish(&mut self) {
        if let Some((at, slot, version)) = self.recorded.adopted.front() {
            let what = format!(
                "version {} of slot {slot} at record {at}: there is no such record",
                version.number
            );
            self.differs(what);
        }
        if let Some(record) = self.recorded.skipped.front() {
            self.differs(format!(
                "a sample of record {record} was skipped that there is not"
            ));
        }
    }

    fn differs(&mut self, what: String) {
        self.differing.get_or_insert(what);
    }
}
