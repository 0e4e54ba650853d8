//! `tickforge book`: the order book of one symbol after each message that changes it, as CSV.

use std::io::{self, BufWriter, Write};

use contract::record::Level;

use crate::error::CliError;
use crate::selection::{Selection, WideChoice};
use crate::source::{Counters, Row};

/// Depth of the deeper imbalance column.
const IMBALANCE_DEPTH: usize = 5;

/// Print the order book of a symbol after each message that changes it, as CSV
///
/// Columns: seq (0-based index of the message in the file), ts_ns, type, trk, then bid price, bid
/// size, ask price, ask size of each level (prices in 1/10000 dollar, 0,0 for an empty level), imb1
/// and imb5 (imbalance of the displayed quantity over the best 1 and 5 levels) and flags (hex).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge book --feed day.itch.gz --symbol GOOG --levels 10 --card twin > goog.csv\n  \
    tickforge book --feed cut.itch --locate 7 --tick 0.01")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Levels to print on each side
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = parse_levels)]
    levels: usize,
}

fn parse_levels(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|levels| (1..=1_000).contains(levels))
        .ok_or_else(|| "expected 1 to 1000".to_owned())
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let mut card = args.selection.source(&WideChoice::default())?;
    let levels = args.levels.max(IMBALANCE_DEPTH);
    if levels > card.levels_max() {
        let most = card.levels_max();
        return Err(CliError::Input(format!(
            "--levels {}: this card reports {most} at most",
            args.levels
        )));
    }
    let request = args.selection.request()?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write_header(&mut out, args.levels).map_err(CliError::output)?;
    let mut line = Vec::new();
    let counters = card.run(&request, levels, &mut |row| {
        line.clear();
        format_row(&mut line, row, args.levels).map_err(CliError::output)?;
        out.write_all(&line).map_err(CliError::output)
    })?;
    out.flush().map_err(CliError::output)?;
    report(&counters);
    Ok(())
}

/// Anomalies seen, on stderr.
pub(crate) fn report(counters: &Counters) {
    let seen: Vec<String> = counters
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if !seen.is_empty() {
        eprintln!("anomalies: {}", seen.join(", "));
    }
}

fn write_header(out: &mut impl Write, levels: usize) -> io::Result<()> {
    write!(out, "seq,ts_ns,type,trk")?;
    for level in 1..=levels {
        write!(out, ",bp{level},bs{level},ap{level},as{level}")?;
    }
    writeln!(out, ",imb1,imb5,flags")
}

fn format_row(line: &mut Vec<u8>, row: &Row<'_>, levels: usize) -> io::Result<()> {
    write!(
        line,
        "{},{},{},{}",
        row.seq,
        row.core.ts_ns,
        char::from(row.core.event.itch_type()),
        row.tracking
    )?;
    for level in 0..levels {
        for side in [row.bids, row.asks] {
            let level = side.get(level).copied().unwrap_or_default();
            write!(line, ",{},{}", level.px, level.sz)?;
        }
    }
    for depth in [1, IMBALANCE_DEPTH] {
        line.push(b',');
        if let Some(value) = imbalance(row.bids, row.asks, depth) {
            line.extend_from_slice(shortest(value).as_bytes());
        }
    }
    writeln!(line, ",{:02x}", row.core.flags)
}

/// (bid − ask) / (bid + ask) of the best levels' quantity; `None` when both sides are empty.
#[allow(
    clippy::cast_precision_loss,
    reason = "five quantities of 32 bits are exact in f64"
)]
fn imbalance(bids: &[Level], asks: &[Level], depth: usize) -> Option<f64> {
    let sum = |side: &[Level]| {
        side.iter()
            .take(depth)
            .map(|level| i64::from(level.sz))
            .sum::<i64>()
    };
    let (bid, ask) = (sum(bids), sum(asks));
    (bid + ask > 0).then(|| (bid - ask) as f64 / (bid + ask) as f64)
}

/// The shortest decimal that reads back as the value, laid out as Python prints a float.
fn shortest(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').expect("the e format has an exponent");
    let exponent: i32 = exponent.parse().expect("the e format has an integer exponent");
    if (-4..16).contains(&exponent) {
        return format!("{value:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_look_like_python() {
        let cases = [
            (1.0, "1.0"),
            (0.0, "0.0"),
            (-1.0, "-1.0"),
            (1.0 / 3.0, "0.3333333333333333"),
            (-0.0001, "-0.0001"),
            (0.00012345, "0.00012345"),
            (0.00001, "1e-05"),
            (-1.25e-7, "-1.25e-07"),
            (1.0 / 8_589_934_590.0, "1.1641532185403987e-10"),
        ];
        for (value, expected) in cases {
            assert_eq!(shortest(value), expected);
        }
    }

    #[test]
    fn imbalance_of_empty_sides() {
        let level = |sz| Level { px: 1, sz };
        assert_eq!(imbalance(&[], &[], 5), None);
        assert_eq!(imbalance(&[level(3)], &[], 1), Some(1.0));
        assert_eq!(imbalance(&[level(1), level(9)], &[level(3)], 1), Some(-0.5));
    }
}
