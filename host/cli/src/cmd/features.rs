//! `tickforge features`: the core features of one symbol after each message that changes its book, as CSV.

use std::io::{self, BufWriter, Write};

use contract::feature::{CORE_FEATURES, real};

use crate::cmd::book::report;
use crate::error::CliError;
use crate::selection::Selection;
use crate::source::Row;

/// Print the core features of a symbol after each message that changes its book, as CSV
///
/// Columns: seq (0-based index of the message in the file), ts_ns, slot, flags (hex), then a column a feature, in
/// real units or, with --raw, as the fixed-point integers of the record.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge features --feed day.itch.gz --symbol GOOG --card sim > goog.csv\n  \
    tickforge features --feed cut.itch --locate 7 --raw")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Print the integers of the record instead of real units
    #[arg(long)]
    raw: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let mut card = args.selection.source()?;
    let request = args.selection.request()?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write_header(&mut out).map_err(CliError::output)?;
    let counters = card.run(&request, 1, &mut |row| {
        write_row(&mut out, row, args.raw).map_err(CliError::output)
    })?;
    out.flush().map_err(CliError::output)?;
    report(&counters);
    Ok(())
}

fn write_header(out: &mut impl Write) -> io::Result<()> {
    write!(out, "seq,ts_ns,slot,flags")?;
    for feature in &CORE_FEATURES {
        write!(out, ",{}", feature.name)?;
    }
    writeln!(out)
}

fn write_row(out: &mut impl Write, row: &Row<'_>, raw: bool) -> io::Result<()> {
    let core = &row.core;
    write!(out, "{},{},{},{:02x}", row.seq, core.ts_ns, core.slot, core.flags)?;
    for (i, value) in core.features.iter().enumerate() {
        if raw {
            write!(out, ",{value}")?;
        } else {
            write!(out, ",{}", real(i, *value))?;
        }
    }
    writeln!(out)
}
