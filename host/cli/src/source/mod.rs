//! Where rows come from: a card, real, simulated or the twin.

mod edges;
mod rows;
#[cfg(feature = "sim")]
mod sim;
mod twin;
mod wire;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::str::FromStr;

use ::twin::subscription::Target;
use contract::record::{Core, Level};
use contract::wide::Wide;

pub(crate) use self::edges::Edges;
#[cfg(feature = "sim")]
pub(crate) use self::wire::Silence;
use self::wire::WireSource;
pub(crate) use self::wire::open as open_port;
use crate::error::CliError;

/// A record of one slot: a book-changing message and the book after it.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// 0-based index of the message in the file.
    pub(crate) seq: u64,
    /// Core entry.
    pub(crate) core: Core,
    /// Tracking number.
    pub(crate) tracking: u16,
    /// Bids, best first; empty levels are absent or have quantity 0.
    pub(crate) bids: &'a [Level],
    /// Asks, best first; empty levels are absent or have quantity 0.
    pub(crate) asks: &'a [Level],
    /// The wide part, if it was asked for.
    pub(crate) wide: Option<&'a Wide>,
}

/// What to show.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Feed file; it was read to its end once without error.
    pub(crate) feed: PathBuf,
    /// Symbol or locate.
    pub(crate) target: Target,
    /// Locate of the target, as the survey found it.
    pub(crate) locate: u16,
    /// Price grid in 1/10000 dollar.
    pub(crate) tick: u32,
    /// Messages in the file.
    pub(crate) messages: u64,
    /// Right shift of quantities in features.
    pub(crate) qty_shift: u8,
}

/// Where a feed is sent unless something else is said: the address of frames made from feed files.
pub(crate) const FEED_ADDRESS: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(233, 54, 12, 1), 18_001);

/// Anomalies and losses of a run, by name.
pub(crate) type Counters = Vec<(&'static str, u64)>;

/// Takes one row; an error ends the run.
pub(crate) type RowSink<'a> = dyn FnMut(&Row<'_>) -> Result<(), CliError> + 'a;

/// A card that can report rows.
pub(crate) trait Source {
    /// Most levels a row can have.
    fn levels_max(&self) -> usize;

    /// Feeds the file through the card and hands every row, with `levels` levels at least, to `sink`, in order.
    fn run(&mut self, request: &Request, levels: usize, sink: &mut RowSink<'_>)
    -> Result<Counters, CliError>;
}

/// The cards `--card` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CardChoice {
    /// Verilated gateware in this process.
    Sim,
    /// The software twin.
    Twin,
    /// A card behind VFIO, by bus address.
    Vfio(String),
    /// A card process behind a vfio-user socket.
    VfioUser(String),
}

/// As it is written on the command line.
impl fmt::Display for CardChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sim => f.write_str("sim"),
            Self::Twin => f.write_str("twin"),
            Self::Vfio(address) => write!(f, "vfio:{address}"),
            Self::VfioUser(socket) => write!(f, "vfio-user:{socket}"),
        }
    }
}

impl FromStr for CardChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.split_once(':') {
            None if name == "sim" => Ok(Self::Sim),
            None if name == "twin" => Ok(Self::Twin),
            Some(("vfio", address)) if !address.is_empty() => Ok(Self::Vfio(address.to_owned())),
            Some(("vfio-user", socket)) if !socket.is_empty() => Ok(Self::VfioUser(socket.to_owned())),
            _ => Err("expected sim, twin, vfio:BDF or vfio-user:SOCKET".to_owned()),
        }
    }
}

/// The card, ready for [`Source::run`]; `wire` says that its frames come over its own ports, `wide` that its records
/// have a wide part.
pub(crate) fn open(
    card: &CardChoice,
    wire: Option<SocketAddrV4>,
    wide: Option<&Edges>,
) -> Result<Box<dyn Source>, CliError> {
    if wide.is_some() && *card != CardChoice::Twin {
        return Err(CliError::NoWide {
            card: card.to_string(),
        });
    }
    match (card, wire) {
        (CardChoice::Sim | CardChoice::Twin, Some(_)) => Err(CliError::Input(
            "--wire: this card is fed from the file; use it with vfio:BDF or vfio-user:SOCKET".to_owned(),
        )),
        (CardChoice::Twin, None) => Ok(Box::new(twin::TwinSource::new(wide.cloned()))),
        #[cfg(feature = "sim")]
        (CardChoice::Sim, None) => Ok(Box::new(sim::SimSource::Here)),
        #[cfg(feature = "sim")]
        (CardChoice::VfioUser(socket), None) => Ok(Box::new(sim::SimSource::attach(socket)?)),
        #[cfg(not(feature = "sim"))]
        (CardChoice::Sim | CardChoice::VfioUser(_), None) => Err(CliError::Input(
            "this build cannot feed a simulated card; use --card twin, or --wire with a card that is fed by others"
                .to_owned(),
        )),
        (CardChoice::Vfio(_), None) => Ok(Box::new(WireSource::open(card, FEED_ADDRESS)?)),
        (CardChoice::Vfio(_) | CardChoice::VfioUser(_), Some(address)) => {
            Ok(Box::new(WireSource::open(card, address)?))
        }
    }
}
