//! The options by which commands choose one symbol of a feed.

use std::net::SocketAddrV4;
use std::path::PathBuf;

use twin::subscription::Target;
use wire::itch50;

use crate::error::CliError;
use crate::source::{self, CardChoice, Edges, Request, Source};
use crate::survey::Survey;

/// [`source::FEED_ADDRESS`] as text.
pub(crate) const DEFAULT_WIRE: &str = "233.54.12.1:18001";

/// Feed, symbol, card and grid.
#[derive(Debug, clap::Args)]
pub(crate) struct Selection {
    /// Feed file: .itch, .itch.gz (length-prefixed) or .pcap (MoldUDP64)
    #[arg(long, value_name = "FILE")]
    pub(crate) feed: PathBuf,
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
    /// Card to use: sim, twin, vfio:BDF or vfio-user:SOCKET
    #[arg(long, value_name = "CARD", default_value = "twin")]
    card: CardChoice,
    /// Frames come over the card's own ports, sent to this address by others; the file only says what to expect. Always
    /// so with vfio:BDF [default address: 233.54.12.1:18001]
    #[arg(long, value_name = "ADDRESS:PORT", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_WIRE)]
    wire: Option<SocketAddrV4>,
    /// Price grid in dollars, e.g. 0.01 [default: the largest of 0.25, 0.01, 0.0001 that divides the prices]
    #[arg(long, value_name = "PRICE", value_parser = parse_tick)]
    tick: Option<u32>,
    /// Right shift of quantities before they saturate in a feature
    #[arg(long, value_name = "BITS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=31))]
    qty_shift: u8,
}

/// Whether records have a wide part.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct WideChoice {
    /// The wide record too: 192 values and 64 ranks more (docs/features.md); from --card twin
    #[arg(long)]
    pub(crate) wide: bool,
    /// Edges of the ranks, which are else 0 (255 where the value is 32767): lines NAME,EDGE,EDGE,... with up to 255 raw
    /// values, ascending
    #[arg(long, value_name = "FILE", requires = "wide")]
    edges: Option<PathBuf>,
}

impl WideChoice {
    /// The edges, none when no file gives them; `None` without a wide part.
    fn edges(&self) -> Result<Option<Edges>, CliError> {
        match (&self.edges, self.wide) {
            (_, false) => Ok(None),
            (None, true) => Ok(Some(Edges::default())),
            (Some(path), true) => Edges::read(path).map(Some),
        }
    }
}

/// Dollars with at most four decimals, as 1/10000 dollar.
fn parse_tick(text: &str) -> Result<u32, String> {
    let price: engine::price::Dollars = text.parse().map_err(|e| format!("{e}"))?;
    if price.0 == 0 {
        Err("expected a price in dollars above 0, like 0.01".to_owned())
    } else {
        Ok(price.0)
    }
}

impl Selection {
    /// The card, with records as `wide` asks for them.
    pub(crate) fn source(&self, wide: &WideChoice) -> Result<Box<dyn Source>, CliError> {
        source::open(&self.card, self.wire, wide.edges()?.as_ref())
    }

    /// Reads the feed once and says on stderr which grid is used.
    ///
    /// # Errors
    /// Bad symbol, unknown symbol, or whatever is wrong with the file.
    pub(crate) fn request(&self) -> Result<Request, CliError> {
        let target = self.target()?;
        let survey = Survey::of(&self.feed, &[target])?;
        let found = survey.require(0)?;
        let tick = self.tick.unwrap_or_else(|| found.tick());
        announce(tick, self.tick.is_some(), found.prices);
        Ok(Request {
            feed: self.feed.clone(),
            target,
            locate: found.locate,
            tick,
            messages: survey.messages,
            qty_shift: self.qty_shift,
        })
    }

    /// The card, as it was given.
    #[cfg(feature = "record")]
    pub(crate) const fn card(&self) -> &CardChoice {
        &self.card
    }

    /// What the target is called: the symbol, or `locate-N`.
    #[cfg(feature = "record")]
    pub(crate) fn name(&self) -> String {
        let locate = || self.locate.map(|locate| format!("locate-{locate}"));
        self.symbol.clone().or_else(locate).unwrap_or_default()
    }

    fn target(&self) -> Result<Target, CliError> {
        match (&self.symbol, self.locate) {
            (Some(name), _) => symbol(name).map(Target::Symbol),
            (None, Some(locate)) => Ok(Target::Locate(locate)),
            (None, None) => Err(CliError::Input("give --symbol or --locate".to_owned())),
        }
    }
}

/// A symbol padded to eight bytes.
///
/// # Errors
/// [`CliError::Input`] when it has not 1 to 8 characters.
pub(crate) fn symbol(name: &str) -> Result<[u8; 8], CliError> {
    itch50::symbol(name)
        .filter(|_| !name.is_empty())
        .ok_or_else(|| CliError::Input(format!("symbol `{name}`: a symbol has 1 to 8 characters")))
}

fn announce(tick: u32, given: bool, prices: u64) {
    let dollars = format!("{}.{:04}", tick / 10_000, tick % 10_000);
    let dollars = dollars.trim_end_matches('0').trim_end_matches('.');
    let why = if given {
        "given".to_owned()
    } else {
        format!("largest of 0.25, 0.01, 0.0001 that divides the {prices} prices seen")
    };
    eprintln!("tick {dollars} ({why})");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_address_is_that_of_frames_made_from_files() {
        let config = wire::packetizer::Config::default();
        assert_eq!(DEFAULT_WIRE.parse(), Ok(source::FEED_ADDRESS));
        assert_eq!(
            (source::FEED_ADDRESS.ip().octets(), source::FEED_ADDRESS.port()),
            (config.group, config.port)
        );
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
        for text in ["", "0", "0.0", "-1", "0.00001", "abc", "429497", "1e-2"] {
            assert!(parse_tick(text).is_err(), "{text}");
        }
    }
}
