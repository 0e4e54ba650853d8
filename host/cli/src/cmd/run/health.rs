//! Rings, interrupts and doorbells: what went wrong on the bus, counted, and whether that is what was injected.

use std::collections::BTreeMap;
use std::io::{self, Write};

use device::ring::RingStats;
use serde::Serialize;

use crate::reception::Arrivals;

/// Counts of a ring's reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Ring {
    /// Entries read.
    pub(crate) entries: u64,
    /// Times the card lapped the reader.
    pub(crate) lapped: u64,
    /// Entries lost to it.
    pub(crate) lost: u64,
    /// Polls that met a half-written or broken entry.
    pub(crate) torn_polls: u64,
    /// Entries given up for a wrong CRC.
    pub(crate) crc_errors: u64,
}

impl From<RingStats> for Ring {
    fn from(stats: RingStats) -> Self {
        Self {
            entries: stats.entries,
            lapped: stats.lapped,
            lost: stats.lost,
            torn_polls: stats.torn,
            crc_errors: stats.crc_errors,
        }
    }
}

/// What the bus was like.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    pub(crate) records_ring: Ring,
    /// Entries of the records ring that belonged to no whole record.
    pub(crate) records_orphans: u64,
    pub(crate) events_ring: Ring,
    /// Interrupts of the events ring.
    pub(crate) interrupts: u64,
    /// Interrupts that nothing had caused.
    pub(crate) interrupts_spurious: u64,
    /// Looks that met very many of them at once.
    pub(crate) interrupt_storms: u64,
    /// Interrupts of storms.
    pub(crate) interrupts_in_storms: u64,
    /// Order slots that reached the card twice; it refused the second one.
    pub(crate) doorbells_repeated: u64,
    /// Faults injected by `--inject`.
    pub(crate) injected: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    ending: Option<String>,
}

impl Health {
    /// Puts the counts together; `ending` says what is wrong with the card's and the rings' closing counts.
    pub(crate) fn new(
        arrivals: Arrivals,
        doorbells_repeated: u64,
        injected: BTreeMap<&'static str, u64>,
        ending: Option<String>,
    ) -> Self {
        let interrupts = arrivals.interrupts;
        Self {
            records_ring: arrivals.records.into(),
            records_orphans: arrivals.orphans,
            events_ring: arrivals.events.into(),
            interrupts: interrupts.taken,
            interrupts_spurious: interrupts.spurious,
            interrupt_storms: interrupts.storms,
            interrupts_in_storms: interrupts.storm_interrupts,
            doorbells_repeated,
            injected,
            ending,
        }
    }

    /// What is wrong: entries lost, or something on the bus that was not injected.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.ending.is_some() {
            return self.ending.clone();
        }
        [
            (
                "doorbell",
                self.doorbells_repeated,
                "order slots reached the card twice",
            ),
            ("spurious", self.interrupts_spurious, "spurious interrupts"),
            ("storm", self.interrupt_storms, "interrupt storms"),
        ]
        .into_iter()
        .find_map(|(name, counted, what)| {
            let injected = self.injected.get(name).copied().unwrap_or(0);
            (counted != injected).then(|| format!("{counted} {what}, {injected} were injected"))
        })
    }

    /// A few lines for people.
    pub(crate) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        for (name, ring) in [("records", &self.records_ring), ("events", &self.events_ring)] {
            writeln!(
                out,
                "{:<15} {} entries, {} lost in {} laps, {} torn polls, {} with a wrong CRC",
                format!("{name} ring"),
                ring.entries,
                ring.lost,
                ring.lapped,
                ring.torn_polls,
                ring.crc_errors
            )?;
        }
        writeln!(
            out,
            "interrupts      {}: {} spurious, {} in {} storms; {} order slots arrived twice; {} orphaned entries",
            self.interrupts,
            self.interrupts_spurious,
            self.interrupts_in_storms,
            self.interrupt_storms,
            self.doorbells_repeated,
            self.records_orphans
        )?;
        for (name, count) in &self.injected {
            writeln!(out, "injected        {count} {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use device::interrupts::InterruptStats;

    fn health(spurious: u64, repeated: u64, injected: &[(&'static str, u64)]) -> Health {
        let arrivals = Arrivals {
            interrupts: InterruptStats {
                spurious,
                ..InterruptStats::default()
            },
            ..Arrivals::default()
        };
        Health::new(arrivals, repeated, injected.iter().copied().collect(), None)
    }

    #[test]
    fn only_what_was_injected_may_happen_and_it_must() {
        assert_eq!(health(0, 0, &[]).fault(), None);
        assert_eq!(health(1, 2, &[("spurious", 1), ("doorbell", 2)]).fault(), None);
        for wrong in [
            health(1, 0, &[]),
            health(0, 1, &[]),
            health(0, 0, &[("storm", 1)]),
            health(0, 0, &[("doorbell", 1)]),
        ] {
            assert!(wrong.fault().is_some(), "{wrong:?}");
        }
    }
}
