//! Card time against the host's time stamp counter, in the report with what it is uncertain by.

use std::io::{self, Write};

use device::relation::{Relation, RelationError, Sample};
use engine::clock::Clock;
use engine::hops::Label;
use serde::Serialize;

use crate::error::CliError;
use crate::live::Live;

/// Readings at each end of the run, of which the narrowest counts.
const SAMPLES: usize = 16;

/// The beginning of a run on both clocks.
#[derive(Debug)]
pub(crate) struct Clocks {
    start: Vec<Sample>,
    clock: Clock,
    ticks: u64,
}

/// The correlation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ClockReport {
    /// A simulated card has no time of its own: it is given cycles, unevenly, and the rate says nothing of an oscillator.
    pub(crate) label: Label,
    /// Time stamp counter at the beginning.
    pub(crate) tsc: u64,
    /// Card time then, ns.
    pub(crate) card_ns: u64,
    /// Frequency of the counter, measured over the run, Hz.
    pub(crate) tsc_hz: u64,
    /// Card time that passes in a second of the counter, ns.
    pub(crate) card_ns_per_second: u64,
    /// Half of the narrowest bracket, ns.
    pub(crate) half_bracket_ns: u64,
    /// By how much the line misses the worst reading, ns of card time.
    pub(crate) residual_ns: u64,
    /// Uncertainty of card time from the counter during the run, ns: the sum of both.
    pub(crate) uncertainty_ns: u64,
    /// Readings used.
    pub(crate) samples: usize,
    /// Readings in which a clock went back.
    pub(crate) rejected: usize,
    /// Why there is no correlation; all figures are 0 then.
    pub(crate) error: Option<String>,
}

fn samples(live: &mut Live) -> Result<Vec<Sample>, CliError> {
    Ok(live.card.device.sample_time(SAMPLES, pcie::ticks)?)
}

impl Clocks {
    /// Reads both clocks at the beginning.
    pub(crate) fn start(live: &mut Live) -> Result<Self, CliError> {
        let start = samples(live)?;
        let (clock, ticks) = (Clock::start(), pcie::ticks());
        Ok(Self { start, clock, ticks })
    }

    /// Reads both clocks at the end.
    pub(crate) fn end(self, live: &mut Live) -> Result<ClockReport, CliError> {
        let (ns, ticks) = (self.clock.ns(), pcie::ticks());
        let end = samples(live)?;
        let hz = scaled(ticks.saturating_sub(self.ticks), 1_000_000_000, ns);
        let related = Relation::of(&self.start, &end);
        Ok(report(related, self.ticks, hz))
    }
}

/// `value * by / over`, saturating; 0 over nothing.
fn scaled(value: u64, by: u64, over: u64) -> u64 {
    let product = u128::from(value) * u128::from(by);
    let quotient = product.checked_div(u128::from(over)).unwrap_or(0);
    u64::try_from(quotient).unwrap_or(u64::MAX)
}

fn report(related: Result<Relation, RelationError>, tsc: u64, tsc_hz: u64) -> ClockReport {
    let mut report = ClockReport {
        label: Label::Simulated,
        tsc,
        card_ns: 0,
        tsc_hz,
        card_ns_per_second: 0,
        half_bracket_ns: 0,
        residual_ns: 0,
        uncertainty_ns: 0,
        samples: 0,
        rejected: 0,
        error: None,
    };
    match related {
        Ok(relation) => {
            let (ticks, card_ns) = relation.span();
            report.card_ns = relation.card_ns(tsc);
            report.card_ns_per_second = scaled(tsc_hz, card_ns, ticks);
            report.half_bracket_ns = scaled(relation.half_bracket(), 1_000_000_000, tsc_hz);
            report.residual_ns = relation.residual_ns();
            report.uncertainty_ns = report.half_bracket_ns.saturating_add(report.residual_ns);
            report.samples = relation.accepted();
            report.rejected = relation.rejected();
        }
        Err(why) => report.error = Some(why.to_string()),
    }
    report
}

impl ClockReport {
    /// A few lines for people.
    pub(crate) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let label = format!("{:?}", self.label).to_lowercase();
        if let Some(error) = &self.error {
            return writeln!(
                out,
                "card time       not related to the host's ({label}): {error}"
            );
        }
        writeln!(
            out,
            "card time       {} ns at TSC {} ({} Hz), {} ns a second ({label})",
            self.card_ns, self.tsc, self.tsc_hz, self.card_ns_per_second
        )?;
        writeln!(
            out,
            "  uncertainty   {} ns: half a bracket {} ns, residual {} ns; {} readings, {} rejected",
            self.uncertainty_ns, self.half_bracket_ns, self.residual_ns, self.samples, self.rejected
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(from: u64, card_ns: u64) -> [Sample; 1] {
        [Sample {
            before: from,
            card_ns,
            after: from + 600,
        }]
    }

    #[test]
    fn uncertainty_is_half_a_bracket_and_the_residual() {
        // A counter of 3 GHz, a card that runs evenly for a second.
        let related = Relation::of(&end(0, 100), &end(3_000_000_000, 1_000_000_100));
        let seen = report(related, 1_500_000_300, 3_000_000_000);
        assert_eq!(
            (seen.card_ns, seen.card_ns_per_second),
            (500_000_100, 1_000_000_000)
        );
        assert_eq!(
            (seen.half_bracket_ns, seen.residual_ns, seen.uncertainty_ns),
            (100, 0, 100)
        );
        let mut text = Vec::new();
        seen.write_text(&mut text).expect("written");
        let text = String::from_utf8(text).expect("text");
        assert!(
            text.contains("uncertainty   100 ns") && text.contains("(simulated)"),
            "{text}"
        );
    }

    #[test]
    fn clocks_that_went_back_are_reported_as_such() {
        let seen = report(Relation::of(&end(1_000, 9), &end(5_000, 3)), 0, 3_000_000_000);
        assert!(
            seen.error.as_ref().is_some_and(|why| why.contains("went back")),
            "{seen:?}"
        );
        let mut text = Vec::new();
        seen.write_text(&mut text).expect("written");
        assert!(String::from_utf8_lossy(&text).contains("not related"));
    }
}
