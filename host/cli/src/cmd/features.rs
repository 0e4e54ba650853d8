//! `tickforge features`: the features of one symbol after each message that changes its book, as CSV or JSON lines.

use std::io::{self, BufWriter, Write};

use contract::feature::{CORE_FEATURES, Feature};
use contract::wide::{RANKED, WIDE};

use crate::cmd::book::report;
use crate::error::CliError;
use crate::selection::{Selection, WideChoice};
use crate::source::Row;

/// Print the features of a symbol after each message that changes its book
///
/// Columns: seq (0-based index of the message in the file), ts_ns, slot, flags (hex), then a column a feature, in
/// real units or, with --raw, as the fixed-point integers of the record: 16, and with --wide 192 values more and 64
/// columns rank_NAME. docs/features.md has the formula and the source of each.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge features --feed day.itch.gz --symbol GOOG --card sim > goog.csv\n  \
    tickforge features --feed cut.itch --locate 7 --raw\n  \
    tickforge features --feed day.itch.gz --symbol GOOG --wide --format json > goog.jsonl\n  \
    tickforge features --feed day.itch.gz --symbol GOOG --wide --edges goog-edges.csv --raw")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    wide: WideChoice,
    /// Print the integers of the record instead of real units
    #[arg(long)]
    raw: bool,
    /// How to print: csv, or json with an object a line
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Lines {
    /// A header and a line a row
    #[default]
    Csv,
    /// An object a line
    Json,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let mut card = args.selection.source(&args.wide)?;
    let request = args.selection.request()?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let columns = Columns::new(args);
    if args.format == Lines::Csv {
        writeln!(out, "{}", columns.names.join(",")).map_err(CliError::output)?;
    }
    let counters = card.run(&request, 1, &mut |row| {
        columns.write(&mut out, row).map_err(CliError::output)
    })?;
    out.flush().map_err(CliError::output)?;
    report(&counters);
    Ok(())
}

/// What is printed of each row.
struct Columns {
    names: Vec<String>,
    /// Core features, then wide values.
    features: Vec<&'static Feature>,
    raw: bool,
    format: Lines,
}

/// Columns before the features.
const FIXED: [&str; 4] = ["seq", "ts_ns", "slot", "flags"];

impl Columns {
    fn new(args: &Args) -> Self {
        let wide = WIDE.iter().map(|w| &w.feature).filter(|_| args.wide.wide);
        let core: &'static [Feature] = &CORE_FEATURES;
        let features: Vec<&Feature> = core.iter().chain(wide).collect();
        let mut names: Vec<String> = FIXED.map(str::to_owned).into();
        names.extend(features.iter().map(|f| f.name.to_owned()));
        if args.wide.wide {
            names.extend(RANKED.iter().map(|name| format!("rank_{name}")));
        }
        Self {
            names,
            features,
            raw: args.raw,
            format: args.format,
        }
    }

    fn write(&self, out: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
        let core = &row.core;
        let mut names = self.names.iter();
        let mut put = |value: std::fmt::Arguments<'_>, first: bool| {
            let name = names.next().map_or("", String::as_str);
            match (self.format, first) {
                (Lines::Csv, true) => write!(out, "{value}"),
                (Lines::Csv, false) => write!(out, ",{value}"),
                (Lines::Json, true) => write!(out, "{{\"{name}\":{value}"),
                (Lines::Json, false) => write!(out, ",\"{name}\":{value}"),
            }
        };
        put(format_args!("{}", row.seq), true)?;
        put(format_args!("{}", core.ts_ns), false)?;
        put(format_args!("{}", core.slot), false)?;
        match self.format {
            Lines::Csv => put(format_args!("{:02x}", core.flags), false)?,
            Lines::Json => put(format_args!("\"{:02x}\"", core.flags), false)?,
        }
        let wide = row.wide.iter().flat_map(|wide| &wide.values);
        for (feature, value) in self.features.iter().zip(core.features.iter().chain(wide)) {
            if self.raw {
                put(format_args!("{value}"), false)?;
            } else {
                let real = f64::from(*value) / f64::from(1_u32 << feature.fraction);
                put(format_args!("{real}"), false)?;
            }
        }
        for rank in row.wide.iter().flat_map(|wide| &wide.ranks) {
            put(format_args!("{rank}"), false)?;
        }
        match self.format {
            Lines::Csv => writeln!(out),
            Lines::Json => writeln!(out, "}}"),
        }
    }
}
