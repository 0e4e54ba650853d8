//! Rows of a group, judged and printed.

use std::io::{self, Write};

use serde::Serialize;

use super::budgets::{self, Better};
use crate::error::CliError;
use crate::machine::Machine;
use crate::output::Format;

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(
    not(feature = "sim"),
    allow(dead_code, reason = "without the card nothing is simulated")
)]
pub(crate) enum Label {
    /// Counted in the simulation: the same on every machine.
    Simulated,
    /// Measured on this machine.
    Measured,
    /// Computed by a model of hardware that is not here.
    Modelled,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    name: String,
    value: Option<f64>,
    unit: &'static str,
    better: Better,
    budget: Option<f64>,
    peer: Option<&'static str>,
    peer_value: Option<f64>,
    ratio: Option<f64>,
    label: Label,
    runs: u32,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip)]
    required: bool,
}

impl Row {
    /// A figure; its budget follows from the table.
    pub(crate) fn new(
        group: &str,
        name: impl Into<String>,
        unit: &'static str,
        better: Better,
        label: Label,
        runs: u32,
        value: f64,
    ) -> Self {
        let name = name.into();
        let budget = budgets::of(group, &name);
        debug_assert!(
            budget.is_none_or(|b| b.unit == unit && b.better == better),
            "{name}"
        );
        Self {
            value: Some(value),
            unit,
            better,
            budget: budget.map(|b| b.budget),
            peer: None,
            peer_value: None,
            ratio: None,
            label,
            runs,
            note: None,
            required: budget.is_some_and(|b| b.required),
            name,
        }
    }

    /// The same row beside the figure of a peer, taken in the same run.
    pub(crate) fn beside(mut self, peer: &'static str, value: f64) -> Self {
        (self.peer, self.peer_value) = (Some(peer), Some(value));
        self.ratio = self.value.map(|own| own / value);
        self
    }

    /// The same row without a value, and why.
    #[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "only tools may be absent"))]
    pub(crate) fn absent(mut self, why: String) -> Self {
        (self.value, self.runs, self.note) = (None, 0, Some(why));
        self
    }

    /// What is wrong with it, if anything.
    fn fault(&self) -> Option<String> {
        let Some(value) = self.value else {
            return self.required.then(|| format!("{}: no value", self.name));
        };
        let budget = self.budget?;
        let (broken, sign) = match self.better {
            Better::Lower => (value > budget, ">"),
            Better::Higher => (value < budget, "<"),
        };
        // NaN breaks every budget.
        (broken || value.is_nan()).then(|| format!("{}: {value} {sign} {budget} {}", self.name, self.unit))
    }
}

/// All figures of a group.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    group: &'static str,
    commit: &'static str,
    machine: Machine,
    rows: Vec<Row>,
}

impl Report {
    /// A report of this build on this machine.
    pub(crate) fn new(group: &'static str, rows: Vec<Row>) -> Self {
        Self {
            group,
            commit: env!("TICKFORGE_COMMIT"),
            machine: Machine::here(),
            rows,
        }
    }

    /// Prints it to standard output.
    pub(crate) fn print(&self, format: Format) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        let printed = match format {
            Format::Json => serde_json::to_string_pretty(self)
                .map_err(io::Error::from)
                .and_then(|text| writeln!(out, "{text}")),
            Format::Text => self.table(&mut out),
        };
        printed.map_err(CliError::output)
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let Machine { cpu, cores, kernel } = &self.machine;
        writeln!(
            out,
            "bench {}, commit {}, {cpu}, {cores} cores, Linux {kernel}",
            self.group, self.commit
        )?;
        for row in &self.rows {
            let value = row.value.map_or_else(|| "-".to_owned(), figure);
            let budget = row.budget.map_or_else(String::new, |b| {
                let sign = if row.better == Better::Lower { "<=" } else { ">=" };
                format!("{sign} {}", figure(b))
            });
            let state = match (row.fault(), &row.note) {
                (Some(_), _) => "OVER BUDGET",
                (None, Some(why)) => why,
                (None, None) => "",
            };
            let state = match (row.peer, row.peer_value, row.ratio) {
                (Some(peer), Some(value), Some(ratio)) => {
                    let text = format!("{peer} {}, ratio {}", figure(value), figure(ratio));
                    [text.as_str(), state].join(" ").trim_end().to_owned()
                }
                _ => state.to_owned(),
            };
            let label = format!("{:?}", row.label).to_lowercase();
            writeln!(
                out,
                "{:<28} {value:>12} {:<12} {budget:<10} {label:<10} {state}",
                row.name, row.unit
            )?;
        }
        Ok(())
    }

    /// An error that names every row outside its budget.
    pub(crate) fn verdict(&self) -> Result<(), CliError> {
        let faults: Vec<_> = self.rows.iter().filter_map(Row::fault).collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(CliError::Check(faults.join("; ")))
    }
}

fn figure(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency(value: f64) -> Row {
        Row::new(
            "cycles",
            "wire_to_record.A",
            "cycles",
            Better::Lower,
            Label::Simulated,
            8,
            value,
        )
    }

    #[test]
    fn budgets_are_inclusive_and_missing_values_fail_where_required() {
        assert_eq!(latency(28.0).fault(), None);
        assert!(latency(29.0).fault().is_some_and(|text| text.contains("29 > 28")));
        assert!(latency(f64::NAN).fault().is_some());
        assert!(latency(1.0).absent("no card".into()).fault().is_some());
        let clock = |mhz| Row::new("fmax", "fmax.x", "MHz", Better::Higher, Label::Modelled, 1, mhz);
        assert_eq!(clock(156.25).fault(), None);
        assert!(clock(156.0).fault().is_some());
        assert_eq!(clock(0.0).absent("no tools".into()).fault(), None);
        assert!(
            Report::new("cycles", vec![latency(1.0), latency(30.0)])
                .verdict()
                .is_err()
        );
    }

    #[test]
    fn the_json_has_the_documented_keys() {
        let json = serde_json::to_value(Report::new("cycles", vec![latency(27.0)])).unwrap();
        for key in ["group", "commit", "machine", "rows"] {
            assert!(!json[key].is_null(), "{key}");
        }
        let row = json["rows"][0].as_object().unwrap();
        let keys: Vec<_> = row.keys().map(String::as_str).collect();
        let expected = [
            "better",
            "budget",
            "label",
            "name",
            "peer",
            "peer_value",
            "ratio",
            "runs",
            "unit",
            "value",
        ];
        assert_eq!(keys, expected);
        assert_eq!(
            (row["better"].as_str(), row["label"].as_str()),
            (Some("lower"), Some("simulated"))
        );
    }

    #[test]
    fn a_peer_gives_a_ratio() {
        let row = latency(14.0).beside("rtrb", 28.0);
        assert_eq!((row.ratio, row.peer), (Some(0.5), Some("rtrb")));
        let mut out = Vec::new();
        Report::new("cycles", vec![row]).table(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("rtrb 28, ratio 0.5"), "{text}");
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [28.0, 156.25, 0.0, 59.523_809, 1.0e-4].map(figure),
            ["28", "156.25", "0", "59.524", "1.0e-4"]
        );
    }
}
