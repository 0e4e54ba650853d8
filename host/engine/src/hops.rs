//! Latency per hop, as histograms, each with the label that says how it was obtained.

use hdrhistogram::Histogram;
use serde::Serialize;

/// How a number was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Counted in simulated cycles.
    Simulated,
    /// Measured by a clock.
    Measured,
    /// Computed from a model.
    Modelled,
}

/// A hop of the path from wire to wire.
#[derive(Debug, Clone)]
pub struct Hop {
    name: &'static str,
    unit: &'static str,
    label: Label,
    histogram: Histogram<u64>,
}

/// Summary of a hop; `None` where nothing was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HopSummary {
    /// Name.
    pub name: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// How they were obtained.
    pub label: Label,
    /// Values recorded.
    pub count: u64,
    /// Least.
    pub min: Option<u64>,
    /// Median.
    pub p50: Option<u64>,
    /// 99th percentile.
    pub p99: Option<u64>,
    /// 99.9th percentile.
    pub p999: Option<u64>,
    /// Greatest.
    pub max: Option<u64>,
}

impl Hop {
    /// A hop without values; three significant digits, any u64 value.
    ///
    /// # Panics
    /// Never: three digits are always valid.
    pub fn new(name: &'static str, unit: &'static str, label: Label) -> Self {
        let histogram = Histogram::new_with_bounds(1, 1 << 40, 3).expect("valid bounds");
        Self {
            name,
            unit,
            label,
            histogram,
        }
    }

    /// Records a value; above the range it counts as the greatest of the range.
    pub fn record(&mut self, value: u64) {
        self.histogram.saturating_record(value);
    }

    /// Summary so far.
    pub fn summary(&self) -> HopSummary {
        let h = &self.histogram;
        let at = |q: f64| (!h.is_empty()).then(|| h.value_at_quantile(q));
        HopSummary {
            name: self.name,
            unit: self.unit,
            label: self.label,
            count: h.len(),
            min: (!h.is_empty()).then(|| h.min()),
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: (!h.is_empty()).then(|| h.max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summarises() {
        let mut hop = Hop::new("wire to record", "cycles", Label::Simulated);
        assert_eq!(hop.summary().p50, None);
        for v in 1..=1000 {
            hop.record(v);
        }
        let s = hop.summary();
        assert_eq!(
            (s.count, s.min, s.p50, s.p99, s.max),
            (1000, Some(1), Some(500), Some(990), Some(1000))
        );
    }
}
