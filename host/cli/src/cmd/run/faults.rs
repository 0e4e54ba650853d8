//! Faults of the bus, injected into a run to see what its counters and checks make of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;

use contract::port::vector;
use contract::record::LEVELS_ENTRIES;
use sim_card::Fault;

use crate::error::CliError;
use crate::live::Live;
use crate::reception::RECORDS_LOG2;

/// Cycles between the two parts of a torn entry: the host looks in between, many times.
const TORN_CYCLES: u64 = 1_000;
/// Interrupts of a storm.
const STORM: u64 = 100_000;
/// Records that fill the ring, and half of it again.
const FREEZE_RECORDS: u64 = (1 << RECORDS_LOG2) / (1 + LEVELS_ENTRIES as u64) * 3 / 2;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// An entry of the records ring arrives in two parts, the sequence number first.
    Torn,
    /// An entry of the records ring has a wrong bit.
    Crc,
    /// The next order slot reaches the card twice.
    Doorbell,
    /// An interrupt that nothing has caused.
    Spurious,
    /// Very many of them.
    Storm,
    /// The host looks at nothing until the card has lapped it.
    Freeze,
}

const KINDS: [(&str, Kind); 6] = [
    ("torn", Kind::Torn),
    ("crc", Kind::Crc),
    ("doorbell", Kind::Doorbell),
    ("spurious", Kind::Spurious),
    ("storm", Kind::Storm),
    ("freeze", Kind::Freeze),
];

/// A fault and the message at which it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Injection {
    kind: Kind,
    message: u64,
}

impl FromStr for Injection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, message) = text.split_once('@').unwrap_or((text, "1"));
        let known = KINDS.iter().find(|(known, _)| *known == name);
        let names = || KINDS.map(|(name, _)| name).join(", ");
        let (_, kind) = known.ok_or_else(|| format!("`{name}` is no fault: {}", names()))?;
        let message = message
            .parse()
            .map_err(|_| format!("`{message}` is no number of a message"))?;
        Ok(Self { kind: *kind, message })
    }
}

/// The faults of a run.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Vec<Injection>,
    injected: BTreeMap<&'static str, u64>,
    frozen: bool,
    /// Records due since the host froze.
    missed: u64,
}

impl Faults {
    pub(crate) fn new(planned: &[Injection]) -> Self {
        Self {
            planned: planned.to_vec(),
            ..Self::default()
        }
    }

    /// Message `sent` is about to be fed: what is planned for it happens.
    pub(crate) fn reached(&mut self, sent: u64, live: &mut Live) -> Result<(), CliError> {
        for index in 0..self.planned.len() {
            let Injection { kind, message } = self.planned[index];
            if message == sent {
                self.happens(kind, live)?;
            }
        }
        Ok(())
    }

    fn happens(&mut self, kind: Kind, live: &mut Live) -> Result<(), CliError> {
        let name = KINDS.iter().find(|(_, known)| *known == kind);
        *self
            .injected
            .entry(name.map_or("", |(name, _)| name))
            .or_default() += 1;
        let base = live.card.records_base;
        let ring: Range<u64> = base..base + (64 << RECORDS_LOG2);
        let interrupts = |count| Fault::Interrupts {
            vector: vector::EVENTS,
            count,
        };
        let fault = match kind {
            Kind::Torn => Fault::Torn {
                ring,
                cycles: TORN_CYCLES,
            },
            Kind::Crc => Fault::Broken { ring },
            Kind::Doorbell => Fault::Doorbell,
            Kind::Spurious => interrupts(1),
            Kind::Storm => interrupts(STORM),
            Kind::Freeze => {
                (self.frozen, self.missed) = (true, 0);
                return Ok(());
            }
        };
        Ok(live.lab.inject(fault)?)
    }

    /// A record is due: a frozen host that has missed enough of them wakes up.
    pub(crate) fn record_due(&mut self) {
        self.missed += 1;
        self.frozen &= self.missed < FREEZE_RECORDS;
    }

    /// No message will come any more.
    pub(crate) fn thaw(&mut self) {
        self.frozen = false;
    }

    /// Whether the host looks at nothing.
    pub(crate) const fn frozen(&self) -> bool {
        self.frozen
    }

    /// What was injected, by name.
    pub(crate) fn injected(&self) -> BTreeMap<&'static str, u64> {
        self.injected.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_named_with_their_message() {
        let (kind, message) = (Kind::Torn, 70);
        assert_eq!("torn@70".parse(), Ok(Injection { kind, message }));
        assert_eq!("torn".parse(), Ok(Injection { kind, message: 1 }));
        for (text, expected) in [("lightning@3", "is no fault: torn, crc"), ("torn@x", "no number")] {
            let said = text.parse::<Injection>().expect_err("nonsense");
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_frozen_host_wakes_when_it_has_been_lapped() {
        let mut faults = Faults {
            frozen: true,
            ..Faults::default()
        };
        for _ in 1..FREEZE_RECORDS {
            faults.record_due();
        }
        assert!(faults.frozen());
        faults.record_due();
        assert!(!faults.frozen());
    }
}
