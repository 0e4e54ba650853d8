//! What a run ends with.

use std::collections::BTreeMap;
use std::io::{self, Write};

use engine::hops::HopSummary;
use serde::Serialize;

use super::{
    bus::BusReport, clock::ClockReport, desk::Desk, health::Health, learning::LearningReport,
    lockstep::Lockstep, orders::OrderPath,
};
use crate::error::CliError;
use crate::reception::Ending;

/// The card that ran.
#[derive(Debug, Serialize)]
pub(crate) struct CardReport {
    /// Kind of card.
    pub(crate) kind: &'static str,
    /// Its size.
    pub(crate) configuration: &'static str,
    /// SHA-256 of the Verilog simulated; `tickforge gateware emit --block top` prints the same. None: no gateware ran in
    /// reach of the command.
    pub(crate) verilog_sha256: Option<String>,
    /// Cycles simulated, bring-up included; 0 when they are not the command's.
    pub(crate) cycles: u64,
    /// Whether the card can send orders.
    pub(crate) order_path: bool,
    /// Whether its records were held against the twin's.
    #[serde(skip)]
    pub(crate) compared: bool,
}

/// Orders of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Orders {
    /// Orders on the wire.
    pub(crate) sent: u64,
    /// Orders that passed the host's risk layer.
    pub(crate) admitted: u64,
    /// Orders refused, by reason: the host's, and marked so the card's.
    pub(crate) rejected: BTreeMap<String, u64>,
    /// Frames that left the card and were held against their order field by field; those of a card fed over its own ports
    /// are not seen.
    pub(crate) frames_checked: u64,
    /// Whether host and card end with the same positions and open quantities; null without an order path.
    pub(crate) positions_agree: Option<bool>,
    /// Events, frames and registers that were not as they must be.
    pub(crate) faults: u64,
    /// The first faults, in words.
    pub(crate) faults_described: Vec<String>,
    /// How executions come about: there is no venue in this run.
    pub(crate) fills: &'static str,
}

impl Orders {
    fn new(desk: &Desk, path: Option<&OrderPath>) -> Self {
        let mut rejected = desk.rejected();
        rejected.extend(path.map(OrderPath::rejected).unwrap_or_default());
        Self {
            sent: path.map_or(0, |p| p.sent),
            admitted: desk.admitted,
            rejected,
            frames_checked: path.map_or(0, |p| p.frames_checked),
            positions_agree: path.map(|p| p.positions_agree),
            faults: path.map_or(0, |p| p.faults),
            faults_described: path.map(|p| p.described.clone()).unwrap_or_default(),
            fills: if path.is_some() {
                "modelled: every order the card sent is taken as executed at its limit price"
            } else {
                "modelled: every admitted order is taken as executed at its limit price"
            },
        }
    }
}

/// The feed as it went through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fed {
    /// Messages sent.
    pub(crate) messages: u64,
    /// Cycles simulated for them.
    pub(crate) cycles: u64,
    /// Time it took, ns.
    pub(crate) elapsed_ns: u64,
    /// What the card counted.
    pub(crate) ending: Ending,
}

/// What was seen around a card.
#[derive(Debug, Serialize)]
pub(crate) struct Around {
    /// Reads on the bus.
    #[serde(flatten)]
    pub(crate) bus: BusReport,
    /// Rings, interrupts, doorbells.
    pub(crate) health: Health,
    /// Card time against the host's.
    pub(crate) clock: ClockReport,
}

impl Around {
    fn fault(&self) -> Option<String> {
        self.bus.fault().or_else(|| self.health.fault())
    }
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
    /// What runs the model; null without one.
    pub(crate) model: Option<String>,
    pub(crate) decisions: u64,
    /// Decisions whose score was not a number, and made no order.
    pub(crate) not_a_number: u64,
    pub(crate) orders: Orders,
    /// What was learned; null without [learning].
    pub(crate) learning: Option<LearningReport>,
    /// None without a card.
    #[serde(flatten)]
    pub(crate) around: Option<Around>,
    pub(crate) hops: Vec<HopSummary>,
    pub(crate) cycles: u64,
    pub(crate) simulated_ns: u64,
    pub(crate) elapsed_ms: u64,
    pub(crate) messages_per_second: u64,
    pub(crate) cycles_per_second: u64,
}

impl Report {
    /// Puts the report together.
    pub(crate) fn new(
        (card, around): (CardReport, Option<Around>),
        fed: Fed,
        lockstep: &Lockstep,
        desk: &Desk,
        orders: Option<&OrderPath>,
    ) -> Self {
        let Fed {
            messages,
            cycles,
            elapsed_ns,
            ending,
        } = fed;
        let hops = desk.hops().into_iter();
        let per_second = |n: u64| {
            u64::try_from(u128::from(n) * 1_000_000_000 / u128::from(elapsed_ns.max(1))).unwrap_or(u64::MAX)
        };
        let records = lockstep.equal + lockstep.degraded + lockstep.differing + lockstep.alone;
        let compared = card.compared;
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
            model: desk.model(),
            decisions: desk.decisions,
            not_a_number: desk.not_a_number,
            orders: Orders::new(desk, orders),
            learning: None,
            around,
            hops: hops.chain(orders.into_iter().flat_map(OrderPath::hops)).collect(),
            cycles,
            simulated_ns: cycles * sim_card::CYCLE_TENTHS_NS / 10,
            elapsed_ms: elapsed_ns / 1_000_000,
            messages_per_second: per_second(messages),
            cycles_per_second: per_second(cycles),
        }
    }

    /// The exit code's reason: card and twin agree on every record, and there was one; every order is accounted for.
    pub(crate) fn verdict(&self) -> Result<(), CliError> {
        if let Some(fault) = self.around.as_ref().and_then(Around::fault) {
            return Err(CliError::Check(fault));
        }
        let replay = self.learning.as_ref().and_then(|l| l.replay.as_ref());
        if let Some(what) = replay.and_then(|r| r.differing.as_ref()) {
            return Err(CliError::Check(format!("not the run of the journal: {what}")));
        }
        if self.card_equals_twin != Some(false) {
            return match self.orders.faults_described.first() {
                None => Ok(()),
                Some(first) => Err(CliError::Check(format!(
                    "{} faults on the order path; first: {first}",
                    self.orders.faults
                ))),
            };
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
        let digest = c.verilog_sha256.as_deref().unwrap_or(if c.compared {
            "not known: the card does not say"
        } else {
            "none: no gateware ran"
        });
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
        if let Some(model) = &self.model {
            writeln!(out, "model           {model}")?;
        }
        writeln!(
            out,
            "decisions       {}, {} on no number",
            self.decisions, self.not_a_number
        )?;
        if let Some(learning) = &self.learning {
            learning.write_text(out)?;
        }
        self.write_orders(out)?;
        if let Some(around) = &self.around {
            around.bus.write_text(out)?;
            around.health.write_text(out)?;
            around.clock.write_text(out)?;
        }
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

    fn write_orders(&self, out: &mut impl Write) -> io::Result<()> {
        let orders = &self.orders;
        let path = if self.card.order_path {
            ""
        } else {
            " (this card has no order path)"
        };
        writeln!(
            out,
            "orders          {} admitted by host risk, {} sent{path}",
            orders.admitted, orders.sent
        )?;
        for (reason, count) in &orders.rejected {
            writeln!(out, "  rejected      {count} {reason}")?;
        }
        if let Some(agree) = orders.positions_agree {
            writeln!(
                out,
                "frames          {} checked field by field, {} faults",
                orders.frames_checked, orders.faults
            )?;
            let verdict = if agree { "equal" } else { "DIFFERENT" };
            writeln!(out, "positions       host and card {verdict}")?;
        }
        for fault in &orders.faults_described {
            writeln!(out, "fault           {fault}")?;
        }
        writeln!(out, "fills           {}", orders.fills)
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
