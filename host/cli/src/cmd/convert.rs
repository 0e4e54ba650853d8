//! `tickforge convert`: other data as length-prefixed ITCH 5.0.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use wire::itch50;
use zip::ZipArchive;

use crate::convert::{bitstamp, lobster};
use crate::error::CliError;
use crate::output::{OutputFile, not_over};

/// Re-encode order data of another format as length-prefixed ITCH 5.0
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge convert lobster LOBSTER_SampleFile_GOOG_2012-06-21_10.zip --out goog.itch.gz\n  \
    tickforge convert bitstamp orders.csv.gz --out btcusd.itch")]
pub(crate) struct Args {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Format {
    Lobster(LobsterArgs),
    Bitstamp(BitstampArgs),
}

/// LOBSTER message and orderbook CSV: a pair of files or the zip that holds them
///
/// After every original message (tracking number 0) the book equals its orderbook row. Orders that
/// LOBSTER does not show are stood in for by injected messages (tracking number 1).
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    tickforge convert lobster GOOG_message_10.csv GOOG_orderbook_10.csv --symbol GOOG --out goog.itch")]
struct LobsterArgs {
    /// Message CSV, or a zip with both files
    #[arg(value_name = "MESSAGE|ZIP")]
    message: PathBuf,
    /// Orderbook CSV; left out for a zip
    #[arg(value_name = "ORDERBOOK")]
    orderbook: Option<PathBuf>,
    /// Output file; .gz compresses
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Symbol [default: the message file's name up to the first underscore]
    #[arg(long, value_name = "SYMBOL")]
    symbol: Option<String>,
    /// Stock locate to write
    #[arg(long, value_name = "N", default_value_t = 1)]
    locate: u16,
    /// Rows A up to B only
    #[arg(long, value_name = "A:B", value_parser = parse_rows)]
    rows: Option<Rows>,
    /// Keep a deletion and a submission at the same time apart instead of making them a replace
    #[arg(long)]
    no_replace: bool,
}

/// Bitstamp level-3 events (orders.csv, plain or gzip), as the PyPI package ob-analytics carries them
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tickforge convert bitstamp orders.csv.gz --out btcusd.itch")]
struct BitstampArgs {
    /// CSV with the columns id, timestamp, price, volume, action, direction
    #[arg(value_name = "CSV")]
    orders: PathBuf,
    /// Output file; .gz compresses
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy)]
struct Rows {
    from: usize,
    to: Option<usize>,
}

fn parse_rows(text: &str) -> Result<Rows, String> {
    let wanted = || format!("expected A:B with row numbers from 0, either may be left out, got {text}");
    let (from, to) = text.split_once(':').ok_or_else(wanted)?;
    let number = |part: &str| part.parse::<usize>().map_err(|_| wanted());
    let from = if from.is_empty() { 0 } else { number(from)? };
    let to = if to.is_empty() { None } else { Some(number(to)?) };
    Ok(Rows { from, to })
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    match &args.format {
        Format::Lobster(args) => run_lobster(args),
        Format::Bitstamp(args) => run_bitstamp(args),
    }
}

fn open(path: &Path) -> Result<File, CliError> {
    File::open(path).map_err(|source| CliError::file(path, source))
}

fn run_bitstamp(args: &BitstampArgs) -> Result<(), CliError> {
    let mut file = BufReader::new(open(&args.orders)?);
    let gzip = file
        .fill_buf()
        .map_err(|source| CliError::file(&args.orders, source))?
        .starts_with(&[0x1f, 0x8b]);
    let input: Box<dyn Read> = if gzip {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    not_over(&args.out, &[&args.orders])?;
    let output = OutputFile::create(&args.out)?;
    let (output, report) =
        bitstamp::convert(input, output).map_err(|error| error.at(&args.orders, &args.out))?;
    output.finish()?;
    eprintln!(
        "{}: {} rows, {} dropped, {} orders live at the end",
        args.out.display(),
        report.rows,
        report.dropped,
        report.live
    );
    Ok(())
}

fn run_lobster(args: &LobsterArgs) -> Result<(), CliError> {
    match &args.orderbook {
        Some(orderbook) => {
            let name = args
                .message
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let (message, orderbook) = (
                BufReader::new(open(&args.message)?),
                BufReader::new(open(orderbook)?),
            );
            let messages = read_messages(args, message)?;
            write_lobster(args, &name.unwrap_or_default(), &messages, orderbook)
        }
        None => run_zip(args),
    }
}

fn run_zip(args: &LobsterArgs) -> Result<(), CliError> {
    let path = args.message.display();
    let bad = |error| {
        CliError::Input(format!(
            "{path}: {error}; give LOBSTER's zip, or the message and the orderbook CSV"
        ))
    };
    let mut archive =
        ZipArchive::new(BufReader::new(open(&args.message)?)).map_err(|e| bad(e.to_string()))?;
    let name = |part: &str| {
        let mut names = archive
            .file_names()
            .filter(|name| name.contains(part) && name.ends_with(".csv"));
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(name.to_owned()),
            (None, _) => Err(bad(format!("no *{part}*.csv inside"))),
            (Some(_), Some(_)) => Err(bad(format!("several *{part}*.csv inside"))),
        }
    };
    let (message, orderbook) = (name("_message_")?, name("_orderbook_")?);
    let entry = archive.by_name(&message).map_err(|e| bad(e.to_string()))?;
    let messages = read_messages(args, BufReader::new(entry))?;
    let entry = archive.by_name(&orderbook).map_err(|e| bad(e.to_string()))?;
    write_lobster(args, &message, &messages, BufReader::new(entry))
}

fn read_messages(args: &LobsterArgs, file: impl BufRead) -> Result<Vec<lobster::Message>, CliError> {
    let rows = args.rows.unwrap_or(Rows { from: 0, to: None });
    lobster::read_messages(file, rows.from, rows.to).map_err(|error| error.at(&args.message, &args.out))
}

fn write_lobster(
    args: &LobsterArgs,
    message_name: &str,
    messages: &[lobster::Message],
    mut orderbook: impl BufRead,
) -> Result<(), CliError> {
    let file_stem = message_name.rsplit('/').next().unwrap_or_default();
    let symbol = args
        .symbol
        .as_deref()
        .unwrap_or_else(|| file_stem.split('_').next().unwrap_or_default());
    let stock = itch50::symbol(symbol).ok_or_else(|| {
        CliError::Input(format!(
            "symbol {symbol} has more than 8 characters; give --symbol"
        ))
    })?;
    let first_row = args.rows.map_or(0, |rows| rows.from);
    for _ in 0..first_row {
        let skipped = orderbook.skip_until(b'\n');
        skipped.map_err(|source| CliError::file(&args.message, source))?;
    }
    let options = lobster::Options {
        stock,
        locate: args.locate,
        replace: !args.no_replace,
        first_row,
    };
    let orderbook_file = args.orderbook.as_deref().unwrap_or(&args.message);
    not_over(&args.out, &[&args.message, orderbook_file])?;
    let output = OutputFile::create(&args.out)?;
    let (output, report) = lobster::convert(messages, orderbook, output, options)
        .map_err(|error| error.at(&args.message, &args.out))?;
    output.finish()?;
    let [original, injected, corrected] = report.by_tracking;
    eprintln!(
        "{}: {symbol}, {} rows, {} levels: {original} original, {injected} injected, {corrected} correcting messages, {} repaired rows",
        args.out.display(),
        report.rows,
        report.levels,
        report.repaired
    );
    Ok(())
}
