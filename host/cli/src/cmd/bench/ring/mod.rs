//! Our C2H ring reader beside `rtrb`: round trips and records a second, in one run.
//!
//! Each figure is the median over many short blocks. A block is disturbed when the system takes a core away in it; most
//! are not, and blocks of both ways alternate.

mod pair;

use super::budgets::Better;
use super::report::{Label, Row};
use crate::error::CliError;
use pair::{Block, Measured, measure};

/// Blocks of each way.
const BLOCKS: u32 = 100;
const PEER: &str = "rtrb";

/// All rows.
pub(super) fn rows() -> Result<Vec<Row>, CliError> {
    let measured = measure(BLOCKS).map_err(|error| CliError::Check(error.to_string()))?;
    let [card, host] = measured.cores;
    eprintln!("card's thread on core {card}, host's thread on core {host}");
    Ok(all(&measured))
}

fn all(measured: &Measured) -> Vec<Row> {
    let row = |name: &str, unit, better, value| {
        Row::new("ring", name, unit, better, Label::Measured, BLOCKS, value)
    };
    let both = |of: fn(&Block) -> f64| (median(&measured.ours, of), median(&measured.rtrb, of));
    let trip = |name: &str, of| {
        let (ours, peer) = both(of);
        row(name, "ns", Better::Lower, ours).beside(PEER, peer)
    };
    let (ours, peer) = both(|block| block.trip[0]);
    let (rate, peer_rate) = both(|block| block.rate / 1e6);
    let stats = measured.stats;
    vec![
        trip("round_trip_p50", |block| block.trip[0]),
        trip("round_trip_p99", |block| block.trip[1]),
        trip("round_trip_p999", |block| block.trip[2]),
        row("round_trip_ratio", "x", Better::Lower, ours / peer),
        row("records", "Mrecords/s", Better::Higher, rate).beside(PEER, peer_rate),
        row("lost", "records", Better::Lower, stats.lost as f64),
        row("crc_errors", "records", Better::Lower, stats.crc_errors as f64),
        row("read", "records", Better::Higher, stats.entries as f64),
    ]
}

/// The median of a figure over all blocks; NaN without any.
fn median(blocks: &[Block], of: fn(&Block) -> f64) -> f64 {
    let mut values: Vec<f64> = blocks.iter().map(of).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_carry_every_record_and_nothing_is_lost() {
        let measured = match measure(2) {
            Ok(measured) => measured,
            Err(pair::PairError::Cores(cores)) => {
                println!("skipped: {cores} core");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        assert_ne!(measured.cores[0], measured.cores[1]);
        assert_eq!((measured.ours.len(), measured.rtrb.len()), (2, 2));
        let s = measured.stats;
        // Two blocks and the one that warms up, each 1,000 trips and a ring full of records.
        assert_eq!((s.entries, s.lapped, s.lost, s.crc_errors), (3 * 5_096, 0, 0, 0));
        for block in measured.ours.iter().chain(&measured.rtrb) {
            let [p50, p99, p999] = block.trip;
            assert!(
                0.0 < p50 && p50 <= p99 && p99 <= p999 && block.rate > 0.0,
                "{block:?}"
            );
        }
    }

    #[test]
    fn medians_are_of_blocks() {
        let blocks = [3.0, 1.0, 2.0].map(|rate| Block {
            rate,
            ..Block::default()
        });
        assert!((median(&blocks, |b| b.rate) - 2.0).abs() < 1e-9);
        assert!(median(&[], |b| b.rate).is_nan());
    }
}
