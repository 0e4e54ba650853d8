//! `tickforge book`: the order book of one symbol after each message that changes it, as CSV.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use contract::record::Level;
use twin::event::FeedEvent;
use twin::subscription::{Subscriptions, Target, named_symbol};
use wire::itch50::{self, Header};

use crate::error::CliError;
use crate::source::{self, BookRequest, BookRow, CardChoice, Counters};

/// Depth of the deeper imbalance column.
const IMBALANCE_DEPTH: usize = 5;
/// Grids tried, largest first, in 1/10000 dollar.
const TICKS: [u32; 3] = [2_500, 100, 1];

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
    /// Feed file: .itch, .itch.gz (length-prefixed) or .pcap (MoldUDP64)
    #[arg(long, value_name = "FILE")]
    feed: PathBuf,
    /// Symbol; binds to the locate of the first R, A or F that names it
    #[arg(
        long,
        value_name = "SYMBOL",
        required_unless_present = "locate",
        conflicts_with = "locate"
    )]
    symbol: Option<String>,
    /// Stock locate, for files without a stock directory
    #[arg(long, value_name = "N")]
    locate: Option<u16>,
    /// Levels to print on each side
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = parse_levels)]
    levels: usize,
    /// Card to use: sim, twin, vfio:BDF or vfio-user:SOCKET
    #[arg(long, value_name = "CARD", default_value = "twin")]
    card: CardChoice,
    /// Price grid in dollars, e.g. 0.01 [default: the largest of 0.25, 0.01, 0.0001 that divides the prices]
    #[arg(long, value_name = "PRICE", value_parser = parse_tick)]
    tick: Option<u32>,
}

fn parse_levels(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|levels| (1..=1_000).contains(levels))
        .ok_or_else(|| "expected 1 to 1000".to_owned())
}

/// Dollars with at most four decimals, as 1/10000 dollar.
fn parse_tick(text: &str) -> Result<u32, String> {
    let wanted = || format!("expected a price in dollars with at most 4 decimals, like 0.01, got {text}");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 16 || whole.is_empty() || fraction.len() > 4 || !digits(whole) || !digits(fraction) {
        return Err(wanted());
    }
    let value: u64 = format!("{whole}{fraction:0<4}").parse().map_err(|_| wanted())?;
    u32::try_from(value)
        .ok()
        .filter(|tick| *tick > 0)
        .ok_or_else(wanted)
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let target = target(args)?;
    let mut card = source::open(&args.card)?;
    let levels = args.levels.max(IMBALANCE_DEPTH);
    if levels > card.levels_max() {
        let most = card.levels_max();
        return Err(CliError::Input(format!(
            "--levels {}: this card reports {most} at most",
            args.levels
        )));
    }
    let survey = Survey::of(&args.feed, target)?;
    let tick = args.tick.unwrap_or_else(|| survey.tick());
    announce(tick, args.tick.is_some(), &survey);
    let request = BookRequest {
        feed: args.feed.clone(),
        target,
        locate: survey.locate,
        levels,
        tick,
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write_header(&mut out, args.levels).map_err(CliError::output)?;
    let mut line = Vec::new();
    let counters = card.run(&request, &mut |row| {
        line.clear();
        format_row(&mut line, row, args.levels).map_err(CliError::output)?;
        out.write_all(&line).map_err(CliError::output)
    })?;
    out.flush().map_err(CliError::output)?;
    report(&counters);
    Ok(())
}

fn target(args: &Args) -> Result<Target, CliError> {
    match (&args.symbol, args.locate) {
        (Some(name), _) => itch50::symbol(name)
            .filter(|_| !name.is_empty())
            .map(Target::Symbol)
            .ok_or_else(|| CliError::Input(format!("--symbol {name}: a symbol has 1 to 8 characters"))),
        (None, Some(locate)) => Ok(Target::Locate(locate)),
        (None, None) => Err(CliError::Input("give --symbol or --locate".to_owned())),
    }
}

fn announce(tick: u32, given: bool, survey: &Survey) {
    let dollars = format!("{}.{:04}", tick / 10_000, tick % 10_000);
    let dollars = dollars.trim_end_matches('0').trim_end_matches('.');
    let why = if given {
        "given".to_owned()
    } else {
        format!(
            "largest of 0.25, 0.01, 0.0001 that divides the {} prices seen",
            survey.prices
        )
    };
    eprintln!("tick {dollars} ({why})");
}

fn report(counters: &Counters) {
    let seen: Vec<String> = counters
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if !seen.is_empty() {
        eprintln!("anomalies: {}", seen.join(", "));
    }
}

/// First pass over the file: shows that it can be read to its end and finds the target and its prices.
#[derive(Debug, Default)]
struct Survey {
    messages: u64,
    prices: u64,
    divides: [bool; TICKS.len()],
    locate: u16,
}

impl Survey {
    fn of(path: &Path, target: Target) -> Result<Self, CliError> {
        let mut feed = wire::feed::open(path)?;
        let mut survey = Self {
            divides: [true; TICKS.len()],
            ..Self::default()
        };
        let mut subscriptions = Subscriptions::new(&[target]);
        let mut found = false;
        let mut names = BTreeSet::new();
        while let Some(message) = feed.next_message()? {
            survey.messages += 1;
            if !found && let Some((_, name)) = named_symbol(message.bytes) {
                names.insert(name);
            }
            subscriptions.observe(message.bytes);
            let locate = Header::read(message.bytes).map(|header| header.locate);
            let bound = locate.ok().and_then(|l| Some((l, subscriptions.slot(l)?)));
            if let Some((locate, slot)) = bound {
                found = true;
                survey.locate = locate;
                survey.count_price(message.bytes, slot);
            }
        }
        let checksums = feed.counters().bad_ip_checksum;
        if checksums > 0 {
            eprintln!(
                "{}: {checksums} frames with a wrong IPv4 header checksum were used",
                path.display()
            );
        }
        if found {
            Ok(survey)
        } else {
            Err(survey.not_found(path, target, &names))
        }
    }

    fn count_price(&mut self, message: &[u8], slot: u16) {
        let placed = matches!(message[0], b'A' | b'F' | b'U');
        if let Ok(Some(event)) = FeedEvent::decode(message, slot)
            && placed
        {
            self.prices += 1;
            for (divides, tick) in self.divides.iter_mut().zip(TICKS) {
                *divides &= event.price % tick == 0;
            }
        }
    }

    fn tick(&self) -> u32 {
        let found = TICKS.iter().zip(self.divides).find(|(_, divides)| *divides);
        found.map_or(TICKS[TICKS.len() - 1], |(tick, _)| *tick)
    }

    fn not_found(&self, path: &Path, target: Target, names: &BTreeSet<[u8; 8]>) -> CliError {
        let (path, messages) = (path.display(), self.messages);
        let shown = |name: &[u8; 8]| String::from_utf8_lossy(name).trim_end().to_owned();
        CliError::Input(match target {
            Target::Locate(locate) => {
                format!("{path}: no message of locate {locate} among {messages}; give a locate of this file")
            }
            Target::Symbol(symbol) if names.is_empty() => format!(
                "{path}: symbol {} is not named, nor is any other in {messages} messages; use --locate",
                shown(&symbol)
            ),
            Target::Symbol(symbol) => {
                let some: Vec<String> = nearest(names, &symbol).iter().map(shown).collect();
                format!(
                    "{path}: unknown symbol {} ({messages} messages name {} symbols, near it {}); give one of those",
                    shown(&symbol),
                    names.len(),
                    some.join(" ")
                )
            }
        })
    }
}

/// Up to three names around a symbol in alphabetical order.
fn nearest(names: &BTreeSet<[u8; 8]>, symbol: &[u8; 8]) -> Vec<[u8; 8]> {
    let after = names.range(*symbol..).take(2);
    let before = names.range(..*symbol).next_back();
    before.into_iter().chain(after).copied().collect()
}

fn write_header(out: &mut impl Write, levels: usize) -> io::Result<()> {
    write!(out, "seq,ts_ns,type,trk")?;
    for level in 1..=levels {
        write!(out, ",bp{level},bs{level},ap{level},as{level}")?;
    }
    writeln!(out, ",imb1,imb5,flags")
}

fn format_row(line: &mut Vec<u8>, row: &BookRow<'_>, levels: usize) -> io::Result<()> {
    write!(
        line,
        "{},{},{},{}",
        row.seq,
        row.ts_ns,
        char::from(row.kind),
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
    writeln!(line, ",{:02x}", row.flags)
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
    fn ticks_are_read_in_dollars() {
        for (text, tick) in [
            ("0.25", 2_500),
            ("0.01", 100),
            ("0.0001", 1),
            ("5", 50_000),
            ("1.", 10_000),
        ] {
            assert_eq!(parse_tick(text), Ok(tick));
        }
        for text in ["", "0", "0.0", "-1", "0.00001", ".5", "abc", "429497", "1e-2"] {
            assert!(parse_tick(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_largest_dividing_tick_wins() {
        let survey = |divides| {
            Survey {
                divides,
                ..Survey::default()
            }
            .tick()
        };
        assert_eq!(
            [[true; 3], [false, true, true], [false, false, true]].map(survey),
            [2_500, 100, 1]
        );
    }

    #[test]
    fn imbalance_of_empty_sides() {
        let level = |sz| Level { px: 1, sz };
        assert_eq!(imbalance(&[], &[], 5), None);
        assert_eq!(imbalance(&[level(3)], &[], 1), Some(1.0));
        assert_eq!(imbalance(&[level(1), level(9)], &[level(3)], 1), Some(-0.5));
    }
}
