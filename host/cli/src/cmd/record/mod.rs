//! `tickforge record`: features and labels of one symbol as partitioned Parquet.

mod labels;
mod table;

use std::path::{Path, PathBuf};

use contract::CONTRACT_HASH;
use contract::feature::CORE_FEATURES;
use contract::wide::WIDE;
use indicatif::ProgressBar;

use crate::cmd::book::report;
use crate::error::CliError;
use crate::progress;
use crate::selection::{Selection, WideChoice};
use crate::source::{CardChoice, Request, Row};
use labels::{Horizon, Labeller, Quote};
use table::{About, Record, Table};

/// Rows that may wait for their labels, about 150 bytes each.
const WAITING_MAX: usize = 1 << 22;
/// The same of wide rows, about 600 bytes each.
const WIDE_WAITING_MAX: usize = 1 << 20;
/// Rows between two steps of the bar.
const STEP: u64 = 4_096;

/// Record features and labels of a symbol as partitioned Parquet, to train on
///
/// Writes OUT/date=DATE/symbol=SYMBOL/part-0.parquet: a row a record, integers as they are in it (prices in 1/10000 dollar; a
/// feature's real value is raw / 2^scale, the scale is in the file's metadata), and three columns for each horizon H: mid2_H, the move of bid
/// plus ask; buy_H, what a share bought at the ask now and sold at the bid then brings; sell_H, the other way round; all in 1/10000 dollar, null
/// where the feed ends before, or a side is empty. Memory is bounded by the longest horizon.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge record --feed day.itch.gz --symbol GOOG --date 2012-06-21 --out data\n  \
    tickforge record --feed cut.itch --locate 7 --date 2020-01-30 --out data --horizon 1ev --horizon 50ms --card sim\n  \
    tickforge record --feed day.itch.gz --symbol GOOG --date 2012-06-21 --out wide --wide --edges goog-edges.csv\n  \
    duckdb -c \"select symbol, avg(buy_1s) from 'data/**/*.parquet' group by symbol\"")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    wide: WideChoice,
    /// Folder of the partitions
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Day of the feed, which has none in itself: YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    date: String,
    /// How far labels look ahead: book events (10ev) or time (500us, 10ms, 1s); may be repeated
    #[arg(long, value_name = "HORIZON", default_values = ["1ev", "10ev", "100ev", "10ms", "1s"])]
    horizon: Vec<Horizon>,
    /// Replace the partition if it is there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let horizons = distinct(&args.horizon)?;
    let mut card = args.selection.source(&args.wide)?;
    let request = args.selection.request()?;
    let path = partition(args)?;
    let mut table = Table::create(&path, &horizons, args.wide.wide, about(args, &request))?;
    let waiting_max = if args.wide.wide {
        WIDE_WAITING_MAX
    } else {
        WAITING_MAX
    };
    let mut labeller = Labeller::new(&horizons, waiting_max);
    // The other cards show a bar of their own.
    let bar = match args.selection.card() {
        CardChoice::Twin => progress::bar(request.messages),
        _ => ProgressBar::hidden(),
    };
    let mut rows = 0;
    let counters = card.run(&request, 1, &mut |row| {
        rows += 1;
        step(&bar, rows, row);
        let quote = Quote {
            bid: row.core.bid,
            ask: row.core.ask,
        };
        labeller.push(row.core.ts_ns, quote, Record::of(row), &mut |record, labels| {
            table.push(&record, labels)
        })
    })?;
    bar.finish_and_clear();
    let given_up = labeller.given_up;
    labeller.finish(&mut |record, labels| table.push(&record, labels))?;
    let written = table.finish()?;
    report(&counters);
    if given_up > 0 {
        eprintln!("{given_up} rows are without labels they might have had: more than {waiting_max} waited");
    }
    eprintln!("{written} rows in {}", path.display());
    Ok(())
}

fn step(bar: &ProgressBar, rows: u64, row: &Row<'_>) {
    if rows.is_multiple_of(STEP) {
        bar.set_position(row.seq);
    }
}

/// A horizon named twice would be two columns of one name.
fn distinct(given: &[Horizon]) -> Result<Vec<Horizon>, CliError> {
    for (i, horizon) in given.iter().enumerate() {
        if given[..i].contains(horizon) {
            return Err(CliError::Input(format!("--horizon {horizon} is given twice")));
        }
    }
    Ok(given.to_vec())
}

/// The file of this day and symbol, in its folder.
fn partition(args: &Args) -> Result<PathBuf, CliError> {
    let name = args.selection.name();
    if name.contains(['/', '=', '\0']) || name.starts_with('.') {
        return Err(CliError::Input(format!(
            "symbol `{name}` cannot be the name of a folder; give --locate"
        )));
    }
    let folder = args
        .out
        .join(format!("date={}", args.date))
        .join(format!("symbol={name}"));
    std::fs::create_dir_all(&folder).map_err(|error| CliError::file(&folder, error))?;
    let path = folder.join("part-0.parquet");
    if path.exists() && !args.force {
        return Err(CliError::Input(format!(
            "{} is there already; --force replaces it",
            path.display()
        )));
    }
    Ok(path)
}

/// Where the rows come from and how they are read.
fn about(args: &Args, request: &Request) -> About {
    let feed = Path::new(request.feed.file_name().unwrap_or_default());
    let mut about: About = [
        ("tickforge.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("tickforge.commit", env!("TICKFORGE_COMMIT").to_owned()),
        ("tickforge.contract", format!("{CONTRACT_HASH:#010x}")),
        ("tickforge.card", args.selection.card().to_string()),
        ("tickforge.feed", feed.display().to_string()),
        ("tickforge.locate", request.locate.to_string()),
        ("tickforge.tick", request.tick.to_string()),
        ("tickforge.qty_shift", request.qty_shift.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    let wide = WIDE.iter().map(|wide| &wide.feature).filter(|_| args.wide.wide);
    about.extend(
        CORE_FEATURES
            .iter()
            .chain(wide)
            .map(|feature| (format!("scale.{}", feature.name), feature.fraction.to_string())),
    );
    about
}

/// A day of the calendar, as ISO 8601 writes it.
fn parse_date(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no date; write it as 2020-01-30");
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return Err(wrong());
    };
    if [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return Err(wrong());
    }
    let number = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return Err(wrong());
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(wrong()),
    };
    if (1..=days).contains(&day) {
        Ok(text.to_owned())
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        for date in ["2012-06-21", "2020-02-29", "2000-02-29", "1999-12-31"] {
            assert_eq!(parse_date(date).as_deref(), Ok(date));
        }
        for text in [
            "",
            "2012-6-21",
            "2012-06-31",
            "2019-02-29",
            "1900-02-29",
            "2012-13-01",
            "2012-00-10",
            "2012-01-00",
            "12-01-2012",
            "2012-01-01-01",
            "2012-+1-01",
            "../../etc",
        ] {
            assert!(parse_date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_horizon_is_one_column() {
        let horizons: Vec<Horizon> = ["1s", "10ev", "1000ms"].map(|text| text.parse().unwrap()).into();
        let said = distinct(&horizons).unwrap_err().to_string();
        assert!(said.contains("1s is given twice"), "{said}");
    }
}
