//! nextpnr's report: the clock reached, and the paths that limit it.

use crate::Error;
use crate::netlist::block_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
struct Raw {
    fmax: BTreeMap<String, Fmax>,
    critical_paths: Vec<RawPath>,
    #[serde(default)]
    detailed_net_timings: Vec<RawNet>,
}

#[derive(Debug, Deserialize)]
struct Fmax {
    achieved: f64,
    constraint: f64,
}

/// How many of a kind of cell a design takes, of how many the part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Used {
    /// Used.
    pub used: u64,
    /// In the part.
    pub available: u64,
}

impl Used {
    /// More than there are.
    pub const fn is_over(self) -> bool {
        self.used > self.available
    }
}

#[derive(Debug, Deserialize)]
struct RawPath {
    from: String,
    to: String,
    path: Vec<RawStep>,
}

#[derive(Debug, Deserialize)]
struct RawStep {
    delay: f64,
    from: RawPin,
    to: RawPin,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct RawPin {
    cell: String,
}

#[derive(Debug, Deserialize)]
struct RawNet {
    event: String,
    endpoints: Vec<RawEndpoint>,
}

#[derive(Debug, Deserialize)]
struct RawEndpoint {
    cell: String,
    event: String,
    delay: Vec<f64>,
}

/// A path that ends in a register: the slowest of those that do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Path {
    /// Block of the register.
    pub block: String,
    /// Name of the register, without the bit.
    pub register: String,
    /// From clock edge to set-up, ns.
    pub ns: f64,
    /// What is left of the period, ns; negative when it is too slow.
    pub slack_ns: f64,
}

/// The slowest path of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Critical {
    /// Block and register it starts from.
    pub from: (String, String),
    /// Block and register it ends in.
    pub to: (String, String),
    /// In look-up tables, carry chains and memories, ns.
    pub logic_ns: f64,
    /// In wires, ns.
    pub routing_ns: f64,
    /// Cells passed through.
    pub levels: usize,
}

/// What nextpnr found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timing {
    /// Clock reached, MHz.
    pub mhz: f64,
    /// Clock asked for, MHz.
    pub wanted_mhz: f64,
    /// What is left of the period at the clock asked for, ns.
    pub slack_ns: f64,
    /// The slowest path, whole.
    pub critical: Critical,
    /// The slowest paths, one a register.
    pub worst: Vec<Path>,
}

/// Paths that are listed.
pub const WORST: usize = 10;

impl Timing {
    /// Reads `--report` of `--detailed-timing-report`; `blocks` are paths of instances below `prefix` and their blocks' names.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub fn parse(text: &str, prefix: &str, blocks: &[(&str, &str)]) -> Result<Self, Error> {
        const WHAT: &str = "nextpnr's report";
        let raw: Raw = serde_json::from_str(text).map_err(|error| Error::unreadable(WHAT, error))?;
        let slowest = raw.fmax.values().min_by(|a, b| a.achieved.total_cmp(&b.achieved));
        let Fmax { achieved, constraint } = slowest.ok_or_else(|| Error::unreadable(WHAT, "no clock"))?;
        let place = |cell: &str| place(cell, prefix, blocks);
        // Paths from pins to registers and back have no clock on one side.
        let critical = raw
            .critical_paths
            .iter()
            .filter(|path| is_clock(&path.from) && is_clock(&path.to))
            .max_by(|a, b| total(a).total_cmp(&total(b)))
            .and_then(|path| Critical::of(path, &place))
            .ok_or_else(|| Error::unreadable(WHAT, "no path between registers"))?;
        let period = 1_000.0 / constraint;
        Ok(Self {
            mhz: *achieved,
            wanted_mhz: *constraint,
            slack_ns: period - 1_000.0 / achieved,
            critical,
            worst: worst(&raw.detailed_net_timings, period, &place),
        })
    }
}

impl Timing {
    /// Gives a block another name.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let ends = [&mut self.critical.from.0, &mut self.critical.to.0];
        for block in ends
            .into_iter()
            .chain(self.worst.iter_mut().map(|path| &mut path.block))
        {
            if block == from {
                to.clone_into(block);
            }
        }
    }
}

fn is_clock(event: &str) -> bool {
    event.starts_with("posedge") || event.starts_with("negedge")
}

fn total(path: &RawPath) -> f64 {
    path.path.iter().map(|step| step.delay).sum()
}

impl Critical {
    fn of(path: &RawPath, place: &dyn Fn(&str) -> (String, String)) -> Option<Self> {
        let (first, last) = (path.path.first()?, path.path.last()?);
        let of = |routing: bool| {
            path.path
                .iter()
                .filter(|step| (step.kind == "routing") == routing)
                .map(|step| step.delay)
                .sum()
        };
        Some(Self {
            from: place(&first.from.cell),
            to: place(&last.to.cell),
            logic_ns: of(false),
            routing_ns: of(true),
            levels: path.path.iter().filter(|step| step.kind == "logic").count(),
        })
    }
}

fn worst(nets: &[RawNet], period: f64, place: &dyn Fn(&str) -> (String, String)) -> Vec<Path> {
    let mut slowest: BTreeMap<(String, String), f64> = BTreeMap::new();
    for endpoint in nets
        .iter()
        .filter(|net| is_clock(&net.event))
        .flat_map(|net| &net.endpoints)
    {
        let longest = endpoint.delay.iter().copied().reduce(f64::max);
        if let Some(ns) = longest.filter(|_| is_clock(&endpoint.event)) {
            let kept = slowest.entry(place(&endpoint.cell)).or_insert(ns);
            *kept = kept.max(ns);
        }
    }
    let mut paths: Vec<Path> = slowest
        .into_iter()
        .map(|((block, register), ns)| Path {
            block,
            register,
            ns,
            slack_ns: period - ns,
        })
        .collect();
    paths.sort_by(|a, b| b.ns.total_cmp(&a.ns));
    paths.truncate(WORST);
    paths
}

/// Block and register of a cell's name: `card.path.orders.now_TRELLIS_FF_Q_36` is `now` of the block at `path.orders`.
fn place(cell: &str, prefix: &str, blocks: &[(&str, &str)]) -> (String, String) {
    let inner = cell.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
    let Some(inner) = inner else {
        return ("shell".into(), register(cell).into());
    };
    let (path, block) = blocks
        .iter()
        .filter(|(path, name)| block_of(inner, &[(path, name)]) == *name)
        .max_by_key(|(path, _)| path.len())
        .copied()
        .unwrap_or(("", "other"));
    let within = inner
        .strip_prefix(path)
        .map_or(inner, |rest| rest.trim_start_matches('.'));
    (block.into(), register(within).into())
}

/// What yosys and nextpnr add to a register's name says which bit it is.
fn register(name: &str) -> &str {
    const ADDED: &[&str] = &[
        "_TRELLIS_FF_",
        "_DP16KD_",
        "_TRELLIS_DPR16X4_",
        "_MULT18X18D_",
        "_LUT4_",
        "_CCU2C_",
        "_PFUMX_",
        "_L6MUX21_",
        "$",
    ];
    let end = ADDED
        .iter()
        .filter_map(|added| name.find(added))
        .filter(|at| *at > 0)
        .min();
    let name = &name[..end.unwrap_or(name.len())];
    name.strip_suffix(".q").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"fmax": {"a": {"achieved": 200.0, "constraint": 156.25}, "b": {"achieved": 125.0, "constraint": 156.25}},
        "utilization": {"TRELLIS_FF": {"used": 3, "available": 83640}, "JTAGG": {"used": 0, "available": 1}},
        "critical_paths": [
          {"from": "<async>", "to": "posedge b", "path": [{"delay": 90, "type": "routing", "from": {"cell": "p"}, "to": {"cell": "q"}}]},
          {"from": "posedge b", "to": "posedge b", "path": [
            {"delay": 1.0, "type": "clk-to-q", "from": {"cell": "card.orders.risk.limits.q_TRELLIS_FF_Q_4"}, "to": {"cell": "x"}},
            {"delay": 4.0, "type": "routing", "from": {"cell": "x"}, "to": {"cell": "y"}},
            {"delay": 2.0, "type": "logic", "from": {"cell": "y"}, "to": {"cell": "y"}},
            {"delay": 1.0, "type": "setup", "from": {"cell": "z"}, "to": {"cell": "card.dma.queue.0.0_DP16KD_DOA"}}]}],
        "detailed_net_timings": [
          {"event": "posedge b", "endpoints": [
            {"cell": "card.dma.sum_TRELLIS_FF_Q", "event": "posedge b", "delay": [1.0, 7.5]},
            {"cell": "card.dma.sum_TRELLIS_FF_Q_1", "event": "posedge b", "delay": [1.0, 8.0]}]},
          {"event": "posedge b", "endpoints": [{"cell": "serial.in_q_TRELLIS_FF_Q", "event": "posedge b", "delay": [0.5, 0.9]}]},
          {"event": "async", "endpoints": [{"cell": "w", "event": "posedge b", "delay": [9, 9]}]}]}"#;
    const BLOCKS: &[(&str, &str)] = &[("orders.risk", "risk_gate"), ("dma", "dma_c2h")];

    #[test]
    fn the_slowest_clock_and_its_paths_are_found() {
        let timing = Timing::parse(REPORT, "card", BLOCKS).unwrap();
        assert_eq!((timing.mhz, timing.wanted_mhz), (125.0, 156.25));
        assert!((timing.slack_ns + 1.6).abs() < 1e-9);
        let critical = &timing.critical;
        assert_eq!(critical.from, ("risk_gate".into(), "limits".into()));
        assert_eq!(critical.to, ("dma_c2h".into(), "queue.0.0".into()));
        assert_eq!(
            (critical.logic_ns, critical.routing_ns, critical.levels),
            (4.0, 4.0, 1)
        );
        let worst: Vec<_> = timing
            .worst
            .iter()
            .map(|p| (p.block.as_str(), p.register.as_str(), p.ns))
            .collect();
        assert_eq!(worst, [("dma_c2h", "sum", 8.0), ("shell", "serial.in_q", 0.9)]);
        assert!((timing.worst[0].slack_ns + 1.6).abs() < 1e-9);
    }

    #[test]
    fn a_report_without_a_clock_is_refused() {
        for text in [
            "no report",
            r#"{"fmax": {}, "utilization": {}, "critical_paths": []}"#,
        ] {
            assert!(Timing::parse(text, "card", BLOCKS).is_err(), "{text}");
        }
    }
}
