//! Every budget, in one table that commands and tests read.

/// Which way a figure is to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    /// Latencies, losses.
    Lower,
    /// Rates, clocks.
    Higher,
}

/// A figure that is held to a limit. Rows are found by group and name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Budget {
    /// Group of `tickforge bench`.
    pub(crate) group: &'static str,
    /// Name of the row, or its prefix up to and with a final `.`: one budget for all rows of a kind.
    pub(crate) row: &'static str,
    /// Unit of the figure.
    pub(crate) unit: &'static str,
    /// Which way is better.
    pub(crate) better: Better,
    /// The figure may be equal to this.
    pub(crate) budget: f64,
    /// The row must have a value.
    pub(crate) required: bool,
}

const fn most(group: &'static str, row: &'static str, unit: &'static str, budget: f64) -> Budget {
    Budget {
        group,
        row,
        unit,
        better: Better::Lower,
        budget,
        required: true,
    }
}

const fn least(group: &'static str, row: &'static str, unit: &'static str, budget: f64) -> Budget {
    Budget {
        better: Better::Higher,
        ..most(group, row, unit, budget)
    }
}

/// The core clock, MHz: a cycle figure of a block that does not reach it counts for nothing.
pub(crate) const CLOCK_MHZ: f64 = 156.25;

/// All budgets.
pub(crate) const BUDGETS: &[Budget] = &[
    most("cycles", "wire_to_record.", "cycles", 28.0),
    // The slowest type and alignment against the fastest: no data-dependent latency.
    most("cycles", "wire_to_record_spread", "cycles", 0.0),
    // Gate and transmitter included.
    most("cycles", "slot_to_wire.", "cycles", 12.0),
    // A trigger in the fabric, transmitter included; and what lies between decoder and gate.
    most("cycles", "tick_to_order.", "cycles", 18.0),
    most("cycles", "tick_to_order_spread", "cycles", 0.0),
    most("cycles", "decode_to_grant.", "cycles", 14.0),
    // Packed Deletes at line rate on both lines.
    most("cycles", "sustained.lost", "messages", 0.0),
    most("cycles", "sustained.skipped", "records", 0.0),
    Budget {
        // The tools are an option of scripts/setup.
        required: false,
        ..least("fmax", "fmax.", "MHz", CLOCK_MHZ)
    },
    most("risk", "risk.p50", "ns", 50.0),
    most("risk", "risk.p99", "ns", 120.0),
    least("sim", "chain", "Mcycles/s", 1.0),
    // A ring whose entries are checked is to be no slower than a queue whose are not.
    most("ring", "round_trip_ratio", "x", 1.0),
    most("ring", "lost", "records", 0.0),
    most("ring", "crc_errors", "records", 0.0),
    most("model", "mlp32", "ns", 100.0),
    least("model", "mlp32_faster", "times", 20.0),
    most("model", "gbdt_ranks", "ns", 100.0),
    least("model", "gbdt_ranks_faster", "times", 40.0),
    most("model", "mlp256_int8", "ns", 300.0),
    most("model", "ensemble16", "ns", 1_200.0),
    most("twin", "core", "ns", 60.0),
    most("twin", "wide", "ns", 400.0),
    least("twin", "chain", "messages/s", 8e6),
    // In the fabric: folded and loaded.
    most("model-fabric", "latency.mlp64_folded", "cycles", 6.0),
    most("model-fabric", "latency.mlp64_fixed_folded", "cycles", 6.0),
    most("model-fabric", "latency.gbdt100_folded", "cycles", 6.0),
    most("model-fabric", "latency.mlp64_loadable", "cycles", 12.0),
    most("model-fabric", "latency.gbdt100_loadable", "cycles", 12.0),
    most("model-fabric", "interval.", "cycles", 1.0),
    most("model-fabric", "wrong.", "scores", 0.0),
    // Of the generated models on normal rows; what is allowed at load is wider, for rows far outside.
    most("model", "error.", "abs", 1e-4),
    least("model", "argmax.", "%", 99.9),
];

/// The budget of a row, if it has one.
pub(crate) fn of(group: &str, row: &str) -> Option<&'static Budget> {
    BUDGETS
        .iter()
        .find(|b| b.group == group && (b.row == row || (b.row.ends_with('.') && row.starts_with(b.row))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_one_budget_at_most() {
        for (i, a) in BUDGETS.iter().enumerate() {
            for b in &BUDGETS[i + 1..] {
                let overlap = a.row == b.row
                    || (a.row.ends_with('.') && b.row.starts_with(a.row))
                    || (b.row.ends_with('.') && a.row.starts_with(b.row));
                assert!(a.group != b.group || !overlap, "{} and {}", a.row, b.row);
            }
        }
        assert_eq!(of("cycles", "wire_to_record.A").map(|b| b.budget), Some(28.0));
        assert_eq!(of("cycles", "wire_to_record"), None);
        assert_eq!(of("sim", "wire_to_record.A"), None);
    }
}
