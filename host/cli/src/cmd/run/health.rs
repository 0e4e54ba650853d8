//! Rings, interrupts and doorbells: what went wrong on the bus, counted, and whether that is what was injected.

use std::collections::BTreeMap;
use std::io::{self, Write};

use device::regs::Losses;
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

/// What the shell of the card lost between its clocks, frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Mac {
    /// Line A.
    pub(crate) rx_a_lost: u32,
    /// Line B.
    pub(crate) rx_b_lost: u32,
    /// The order side.
    pub(crate) rx_o_lost: u32,
    /// Sent with a hole.
    pub(crate) tx_underrun: u32,
}

impl From<Losses> for Mac {
    fn from(losses: Losses) -> Self {
        Self {
            rx_a_lost: losses.rx_a,
            rx_b_lost: losses.rx_b,
            rx_o_lost: losses.rx_o,
            tx_underrun: losses.tx_underrun,
        }
    }
}

impl From<Mac> for Losses {
    fn from(mac: Mac) -> Self {
        Self {
            rx_a: mac.rx_a_lost,
            rx_b: mac.rx_b_lost,
            rx_o: mac.rx_o_lost,
            tx_underrun: mac.tx_underrun,
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
    /// What was lost between the clocks of MACs and core.
    pub(crate) mac: Mac,
    /// Faults injected by `--inject`.
    pub(crate) injected: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    ending: Option<String>,
}

impl Health {
    /// Puts the counts together; `ending` says what is wrong with the card's and the rings' closing counts.
    pub(crate) fn new(
        (arrivals, losses): (Arrivals, Losses),
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
            mac: losses.into(),
            injected,
            ending,
        }
    }

    /// What is wrong: entries lost, or something on the bus that was not injected.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.ending.is_some() {
            return self.ending.clone();
        }
        let losses = Losses::from(self.mac);
        if losses.any() {
            return Some(losses.to_string());
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
        writeln!(out, "mac clocks      {}", Losses::from(self.mac))?;
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
        Health::new(
            (arrivals, Losses::default()),
            repeated,
            injected.iter().copied().collect(),
            None,
        )
    }

    #[test]
    fn what_the_macs_lost_is_a_fault() {
        let losses = Losses {
            rx_b: 3,
            ..Losses::default()
        };
        let health = Health::new((Arrivals::default(), losses), 0, BTreeMap::new(), None);
        let said = health.fault().expect("a fault");
        assert!(said.contains("0 of line A, 3 of line B"), "{said}");
        assert_eq!(health.mac.rx_b_lost, 3);
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
