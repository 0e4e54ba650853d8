//! Reads on the bus between tick and order: there are none, and this counts them.
//!
//! *Hot* is everything from before the first message is fed until the last record has been consumed: frames in, records
//! and events out, decisions, order slots, heartbeats, executions reported to the gate, ring tails. Outside are bring-up
//! before it, and behind it the counters, positions and clock readings that the report is made of. The card counts, not
//! the driver: each read transaction on its register bus, and each read address it puts on a bus to host memory.
//!
//! A replay waits for the card between packets (`pace = "settled"`), which no exchange does. Whoever holds the cables
//! looks at the card for that; these looks are counted apart.

use std::io::{self, Write};

use serde::Serialize;
use sim_card::BusReads;

use crate::error::CliError;
use crate::live::Live;

/// Reads of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct BusReport {
    /// Reads of BAR0 by the host while hot.
    pub(crate) mmio_reads_hot: u64,
    /// Reads of host memory by the card while hot.
    pub(crate) dma_reads_hot: u64,
    /// Reads of BAR0 before and after: bring-up, and what the report is made of.
    pub(crate) mmio_reads_outside: u64,
    /// Reads of host memory by the card before and after.
    pub(crate) dma_reads_outside: u64,
    /// Whether the card has a bus by which it could read host memory at all.
    pub(crate) dma_read_channel: bool,
    /// Looks of the replay at the card, so as not to overrun its level store: the host makes none of them.
    pub(crate) pacing_looks: u64,
}

/// The counts around the hot phase.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HotPhase {
    before: BusReads,
    after: BusReads,
}

impl HotPhase {
    /// Does everything between the first message and the last record in `act`.
    pub(crate) fn of<T>(
        live: &mut Live,
        act: impl FnOnce(&mut Live) -> Result<T, CliError>,
    ) -> Result<(Self, T), CliError> {
        let before = live.lab.bus_reads()?;
        let done = act(live)?;
        let after = live.lab.bus_reads()?;
        Ok((Self { before, after }, done))
    }

    /// The report, when nothing more will be read.
    pub(crate) fn report(&self, live: &mut Live) -> Result<BusReport, CliError> {
        Ok(self.against(live.lab.bus_reads()?))
    }

    const fn against(&self, total: BusReads) -> BusReport {
        let Self { before, after } = self;
        let mmio_reads_hot = after.mmio.saturating_sub(before.mmio);
        let dma_reads_hot = after.dma.saturating_sub(before.dma);
        BusReport {
            mmio_reads_hot,
            dma_reads_hot,
            mmio_reads_outside: total.mmio.saturating_sub(mmio_reads_hot),
            dma_reads_outside: total.dma.saturating_sub(dma_reads_hot),
            dma_read_channel: total.dma_channel,
            pacing_looks: after.lab.saturating_sub(before.lab),
        }
    }
}

impl BusReport {
    /// What is wrong: any read between tick and order.
    pub(crate) fn fault(&self) -> Option<String> {
        let (mmio, dma) = (self.mmio_reads_hot, self.dma_reads_hot);
        (mmio + dma > 0).then(|| {
            format!("{mmio} MMIO reads and {dma} DMA reads between the first message and the last record, of which there must be none")
        })
    }

    /// A few lines for people.
    pub(crate) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let channel = if self.dma_read_channel {
            ""
        } else {
            " (the card has no read channel)"
        };
        writeln!(
            out,
            "bus reads       {} MMIO, {} DMA{channel} from the first message to the last record",
            self.mmio_reads_hot, self.dma_reads_hot
        )?;
        writeln!(
            out,
            "  outside       {} MMIO, {} DMA: bring-up, and the counters and positions of this report",
            self.mmio_reads_outside, self.dma_reads_outside
        )?;
        writeln!(
            out,
            "  pacing        {} looks of the replay at the card, which no exchange makes",
            self.pacing_looks
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn reads(mmio: u64, dma: u64, lab: u64) -> BusReads {
        BusReads {
            mmio,
            dma,
            lab,
            dma_channel: true,
        }
    }

    #[test]
    fn only_reads_while_hot_are_a_fault() {
        let phase = |before, after| HotPhase { before, after }.against(reads(100, 5, 60));
        let clean = phase(reads(40, 2, 0), reads(40, 2, 55));
        assert_eq!(clean.fault(), None);
        assert_eq!(
            (
                clean.mmio_reads_outside,
                clean.dma_reads_outside,
                clean.pacing_looks
            ),
            (100, 5, 55)
        );
        for after in [reads(41, 2, 0), reads(40, 3, 0)] {
            let report = phase(reads(40, 2, 0), after);
            assert!(report.fault().is_some(), "{report:?}");
            let outside = report.mmio_reads_outside + report.dma_reads_outside;
            assert_eq!(outside, 104);
        }
    }
}
