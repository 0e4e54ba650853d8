//! What a run ends with.

use std::collections::BTreeMap;
use std::io::{self, Write};

use engine::hops::HopSummary;
use serde::Serialize;

use super::{desk::Desk, lockstep::Lockstep};
use crate::error::CliError;
use crate::live::Ending;

/// The card that ran.
#[derive(Debug, Serialize)]
pub(crate) struct CardReport {
    /// Kind of card.
    pub(crate) kind: &'static str,
    /// Its size.
    pub(crate) configuration: &'static str,
    /// SHA-256 of the Verilog simulated; `tickforge gateware emit --block top` prints the same. None: no gateware ran.
    pub(crate) verilog_sha256: Option<String>,
    /// Cycles simulated, bring-up included.
    pub(crate) cycles: u64,
    /// Whether the card can send orders.
    pub(crate) order_path: bool,
}

/// Orders of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Orders {
    /// Orders on the wire.
    pub(crate) sent: u64,
    /// Orders that passed the host's risk layer.
    pub(crate) admitted: u64,
    /// Orders the host refused, by reason.
    pub(crate) rejected: BTreeMap<String, u64>,
    /// How executions come about: there is no venue in this run.
    pub(crate) fills: &'static str,
}

/// The report; field names are stable.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) card: CardReport,
    pub(crate) messages: u64,
    pub(crate) book_events: u64,
    pub(crate) records: u64,
    pub(crate) records_equal: u64,
    pub(crate) records_degraded: u64,
    pub(crate) records_skipped: u64,
    pub(crate) records_differing: u64,
    pub(crate) differences: Vec<String>,
    /// Whether every record of the card equals the twin's; null when the card is the twin itself.
    pub(crate) card_equals_twin: Option<bool>,
    pub(crate) decisions: u64,
    pub(crate) orders: Orders,
    pub(crate) hops: Vec<HopSummary>,
    pub(crate) cycles: u64,
    pub(crate) simulated_ns: u64,
    pub(crate) elapsed_ms: u64,
    pub(crate) messages_per_second: u64,
    pub(crate) cycles_per_second: u64,
}

impl Report {
    /// Puts the report together; `cycles` and `elapsed_ns` are those of the feed.
    pub(crate) fn new(
        card: CardReport,
        messages: u64,
        cycles: u64,
        elapsed_ns: u64,
        ending: Ending,
        lockstep: &Lockstep,
        desk: &Desk,
    ) -> Self {
        let per_second = |n: u64| {
            u64::try_from(u128::from(n) * 1_000_000_000 / u128::from(elapsed_ns.max(1))).unwrap_or(u64::MAX)
        };
        let records = lockstep.equal + lockstep.degraded + lockstep.differing + lockstep.alone;
        let compared = card.verilog_sha256.is_some();
        Self {
            card,
            messages,
            book_events: lockstep.book_events(),
            records,
            records_equal: lockstep.equal,
            records_degraded: lockstep.degraded,
            records_skipped: lockstep.skipped.max(ending.skipped),
            records_differing: lockstep.differing,
            differences: lockstep.described.clone(),
            card_equals_twin: compared.then_some(lockstep.differing == 0 && lockstep.equal > 0),
            decisions: desk.decisions,
            orders: Orders {
                sent: 0,
                admitted: desk.admitted,
                rejected: desk.rejected.clone(),
                fills: "modelled: every admitted order is taken as executed at its limit price",
            },
            hops: desk.hops(),
            cycles,
            simulated_ns: cycles * sim_card::CYCLE_TENTHS_NS / 10,
            elapsed_ms: elapsed_ns / 1_000_000,
            messages_per_second: per_second(messages),
            cycles_per_second: per_second(cycles),
        }
    }

    /// The exit code's reason: card and twin agree on every record, and there was one.
    pub(crate) fn verdict(&self) -> Result<(), CliError> {
        if self.card_equals_twin != Some(false) {
            return Ok(());
        }
        Err(CliError::Check(match self.differences.first() {
            Some(first) => format!(
                "card and twin differ in {} records; first: {first}",
                self.records_differing
            ),
            None => "no record could be compared".into(),
        }))
    }

    /// The report for people.
    pub(crate) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let c = &self.card;
        writeln!(
            out,
            "card            {} ({}), {} cycles",
            c.kind, c.configuration, c.cycles
        )?;
        let digest = c.verilog_sha256.as_deref().unwrap_or("none: no gateware ran");
        writeln!(out, "verilog         sha256 {digest}")?;
        writeln!(
            out,
            "messages        {} ({} book events)",
            self.messages, self.book_events
        )?;
        writeln!(
            out,
            "records         {}: {} equal, {} degraded, {} skipped, {} differing",
            self.records,
            self.records_equal,
            self.records_degraded,
            self.records_skipped,
            self.records_differing
        )?;
        writeln!(out, "decisions       {}", self.decisions)?;
        let path = if c.order_path {
            ""
        } else {
            " (this card has no order path)"
        };
        writeln!(
            out,
            "orders          {} admitted by host risk, {} sent{path}",
            self.orders.admitted, self.orders.sent
        )?;
        for (reason, count) in &self.orders.rejected {
            writeln!(out, "  rejected      {count} {reason}")?;
        }
        writeln!(out, "fills           {}", self.orders.fills)?;
        writeln!(
            out,
            "throughput      {} messages/s, {} cycles/s (measured); {} ns of card time (simulated)",
            self.messages_per_second, self.cycles_per_second, self.simulated_ns
        )?;
        self.write_hops(out)?;
        for d in &self.differences {
            writeln!(out, "difference      {d}")?;
        }
        let verdict = match self.card_equals_twin {
            Some(true) => "equal on every record",
            Some(false) => "DIFFERENT",
            None => "not compared: the twin ran alone",
        };
        writeln!(out, "card and twin   {verdict}")
    }

    fn write_hops(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "latency         {:<42} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "hop", "min", "p50", "p99", "p99.9", "max"
        )?;
        for h in &self.hops {
            let v = |x: Option<u64>| x.map_or_else(|| "-".to_owned(), |x| x.to_string());
            let label = format!("{:?}", h.label).to_lowercase();
            let name = format!("{}, {} ({label})", h.name, h.unit);
            writeln!(
                out,
                "                {name:<42} {:>8} {:>8} {:>8} {:>8} {:>8}",
                v(h.min),
                v(h.p50),
                v(h.p99),
                v(h.p999),
                v(h.max)
            )?;
        }
        Ok(())
    }
}
