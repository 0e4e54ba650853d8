//! `tickforge trade`: a session against the simulated exchange, in this process or behind sockets.

mod audit;
mod far_end;
mod freeze;
mod golden;
mod market;
mod missing;
mod port;
mod recovery;
mod remote;
mod report;
mod resting;
mod session;
mod split;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;

use device::feed::Subscription;
use engine::config::Config;
use engine::policy::{Policy, RandomPolicy};
use gateware::emit::Size;
use sim_card::Options;
use twin::subscription::Target;
use wire::soupbintcp::{HEARTBEAT_NS, LoginRequest};

use crate::cmd::gateware::parse_size;
use crate::cmd::run::desk::Desk;
use crate::cmd::run::orders::OrderPath;
use crate::cmd::run::subscriptions;
use crate::cmd::venue::Replay;
use crate::error::CliError;
use crate::live::{Live, Place};
use crate::output::{self, Format};
use crate::selection::symbol;
use crate::source::CardChoice;
use crate::survey::Survey;
use far_end::{FarEnd, Weather};
use golden::Golden;
use market::{Cable, Local, Market};
use port::{JournalSink, Link, Missing, Port, PortConfig};
use recovery::Recovery;
use remote::Remote;
use report::{ReadJournal, Report};
use session::{Manner, Parts, Session};
use split::{Split, endpoints};

/// How long the card waits for a missing message before it declares a gap, ns of card time: longer than any reordering of
/// the lines takes, a few frames.
const GAP_WAIT_NS: u32 = 10_000;
/// Smallest step of prices where nothing else is said, 1/10000 dollar.
const STEP: u32 = 100;

/// Heartbeats of both ends of an order session whose venue is in this process: a turn is a microsecond there. Two seconds of the TCP
/// stacks, so that fifteen of them outlast any number of retransmissions.
const LOCAL_HEARTBEAT_NS: u64 = 100_000;
/// Time of the TCP stacks in a turn of such a session, us: a retransmission takes some fifty turns.
const LOCAL_STEP_US: u64 = 20_000;

/// What carries the orders from the card to the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Transport {
    /// One TCP connection that the card and the host's own stack share: the card's segments carry the orders.
    #[default]
    Split,
    /// A connection of the host's: the message in each frame of the card is sent over it.
    Bridge,
}

/// Who decides on orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Trader {
    /// Model and policy of the configuration.
    #[default]
    Model,
    /// Small orders around the best prices, by the seed: to exercise the path, not to trade.
    Random,
}

/// Trade against the simulated exchange: its lines into a card, orders through the card's gate, responses into the books
///
/// The card is fed by the venue's two lines; model and policy decide, market rules ([rules], required) and host risk judge,
/// and what they admit is written into the card's order slots. The card's frames are checked; they are segments of the TCP
/// connection to the venue, which a stack in the host has made and looks after. Responses move books, host risk and the gate's registers, and are journaled. A gap on
/// both lines blocks orders in the card until the book is rebuilt and synchronised at the exact sequence. At the end venue,
/// host, card and journal must have the same positions, open orders and cash: else, or when anything else was not as it
/// must be, the exit code is 1.
///
/// Without --orders the venue runs in this process, deterministic for a seed. With it, it is a `tickforge venue` elsewhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge trade --config config/synthetic.toml --feed day.itch --trader random --seed 7 --messages 2000 --rest 40000 --replace 3\n  \
    tickforge trade --config config/btcusd.toml --feed day.itch --fault gap-every=200 --fault bust=50000 --break 2000\n  \
    tickforge trade --config config/btcusd.toml --card vfio-user:/tmp/card --feed day.itch --orders 127.0.0.1:26400 \\\n    \
    --snapshot 127.0.0.1:26401 --rerequest 127.0.0.1:18000 --account 127.0.0.1:26402 \\\n    \
    --udp-a 127.0.0.1:18001 --udp-b 127.0.0.1:18002")]
pub(crate) struct Args {
    /// Configuration: slots, limits, rules, model, policy
    #[arg(long, value_name = "FILE.toml")]
    config: PathBuf,
    /// What the venue replays; with --orders only read for symbols and price grids
    #[command(flatten)]
    replay: Replay,
    /// Card to use: sim, or vfio-user:SOCKET of `tickforge card serve`
    #[arg(long, value_name = "CARD", default_value = "sim")]
    card: CardChoice,
    /// Size of the gateware of --card sim: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "sim", value_parser = parse_size)]
    size: Size,
    /// Stop after this many messages of the feed
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// What carries the orders
    #[arg(long, value_enum, default_value_t)]
    transport: Transport,
    /// The card has a cable of its own to the venue (card serve --mac-o tap:NAME --mac-tx tap:NAME); without it the far end of
    /// the order connection is in this process, which hands the bytes on
    #[arg(long, requires = "orders")]
    order_cable: bool,
    /// Who decides
    #[arg(long, value_enum, default_value_t)]
    trader: Trader,
    /// How a book is recovered
    #[arg(long, value_enum, default_value_t)]
    recover: Recovery,
    /// What becomes of an order that a lost connection swallowed
    #[arg(long, value_enum, default_value_t)]
    missing: Missing,
    /// During a recovery, try orders and synchronisations that the card has to refuse
    #[arg(long)]
    probe: bool,
    /// Cancel orders that have rested so long, ns of the venue's time; 0 never
    #[arg(long, value_name = "NS", default_value_t = 0)]
    rest: u64,
    /// Of the orders that old, replace each whose number is a multiple of this, once, before it is cancelled; 0 none
    #[arg(long, value_name = "N", default_value_t = 0)]
    replace: u32,
    /// Turns in which the order connection breaks, in a million (venue in this process)
    #[arg(long = "break", value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    breaks: u32,
    /// Bytes of the order connection take their time, and its window closes (far end in this process)
    #[arg(long)]
    slow: bool,
    /// Frames of the order connection that are lost, doubled or overtaken, in a million (far end in this process)
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=200_000))]
    frame_faults: u32,
    /// Behind so many responses, make the card take the next ones for such as it has applied: its account has to be found wrong
    #[arg(long, value_name = "N", hide = true)]
    skip_behind: Option<usize>,
    /// Behind so many responses, freeze the host for longer than the heartbeat may be old: the card has to have everything cancelled by itself (needs
    /// orders.watchdog_firm)
    #[arg(long, value_name = "N")]
    freeze: Option<usize>,
    /// At every login, ask for so many responses again: neither the card nor the host may count one twice
    #[arg(long, value_name = "N", default_value_t = 0, hide = true)]
    again: u64,
    /// Write the journal here; without it, it is kept in memory and read back from there
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    venue: remote::Addresses,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let report = trade(args)?;
    let mut out = io::stdout().lock();
    let printed = match args.format {
        Format::Text => report.write_text(&mut out),
        Format::Json => serde_json::to_string_pretty(&report)
            .map_err(io::Error::from)
            .and_then(|text| writeln!(out, "{text}")),
    };
    printed.map_err(CliError::output)?;
    report.verdict()
}

fn trade(args: &Args) -> Result<Report, CliError> {
    let (place, kind) = match &args.card {
        CardChoice::Sim => (Place::Here, "sim"),
        CardChoice::VfioUser(socket) => (Place::Process(socket.into()), "vfio-user"),
        CardChoice::Twin | CardChoice::Vfio(_) => {
            return Err(CliError::Input(
                "trade holds the card's cables: use --card sim or --card vfio-user:SOCKET".into(),
            ));
        }
    };
    let config = Config::load(&args.config).map_err(|e| CliError::Input(e.to_string()))?;
    if args.freeze.is_some() && config.orders.watchdog_firm.is_none() {
        return Err(CliError::Input(format!(
            "{}: --freeze without orders.watchdog_firm: nobody would cancel anything",
            args.config.display()
        )));
    }
    if config.rules.is_none() {
        return Err(CliError::Input(format!(
            "{}: no [rules]: orders that reach a venue need market rules; see docs/risk.md",
            args.config.display()
        )));
    }
    if config.learning.is_some() {
        return Err(CliError::Input(format!(
            "{}: [learning] is for `tickforge run`: a session's journal has no place for weights",
            args.config.display()
        )));
    }
    let (mut session, journal) = assemble(args, &place, &config)?;
    session.run()?;
    session.finish(kind, journal)
}

fn assemble(args: &Args, place: &Place, config: &Config) -> Result<(Session, ReadJournal), CliError> {
    let targets = config
        .slots
        .iter()
        .map(|s| symbol(&s.symbol).map(Target::Symbol))
        .collect::<Result<Vec<_>, _>>()?;
    let slots = subscriptions(config, &Survey::of(args.replay.feed(), &targets)?)?;
    let exchange = args.replay.exchange()?;
    let session = exchange.lines[0].session;
    let options = Options {
        size: args.size,
        ..Options::default()
    };
    let mut live = Live::start(place, &options, &slots, 1)?;
    live.card.device.require_orders()?;
    live.card.device.set_gap_wait_ns(GAP_WAIT_NS)?;
    let mut orders = OrderPath::open(&mut live, config, &slots)?;
    let link = link(args, config, &mut live, &mut orders)?;
    let mut desk = Desk::new(config, &slots)?;
    if args.trader == Trader::Random {
        desk = desk.with_policies(random(args.replay.seed(), config, &slots));
    }
    let soup = args.replay.soup(session)?;
    let login = LoginRequest {
        username: soup.username,
        password: soup.password,
        session: [b' '; 10],
        sequence: 1,
        heartbeat_timeout_ms: None,
    };
    let market: Box<dyn Market> = match args.venue.orders {
        Some(orders) => Box::new(Remote::open(orders, &args.venue, soup, args.messages)?),
        None => {
            let cable = Cable {
                breaks: args.breaks,
                slow: args.slow,
            };
            let limit = args.messages.unwrap_or(u64::MAX);
            let soup = soup.at_pace(LOCAL_HEARTBEAT_NS);
            Box::new(Local::open(args.replay.feed(), limit, exchange, soup, cable)?)
        }
    };
    let golden = args.venue.orders.is_none().then(|| Golden::new(&targets));
    let (sink, read) = journal(args)?;
    let port = PortConfig {
        login,
        heartbeat_ns: pace(args),
        missing: args.missing,
        slots: slots.len(),
        again: args.again,
        link,
    };
    let parts = Parts {
        market,
        live,
        desk,
        orders,
        port: Port::new(port, sink),
        slots,
        golden,
        session,
        manner: manner(args, config),
    };
    Ok((Session::new(parts), read))
}

/// How the session is run.
fn manner(args: &Args, config: &Config) -> Manner {
    Manner {
        how: args.recover,
        probe: args.probe,
        rest_ns: args.rest,
        replace_each: args.replace,
        skip_behind: args.skip_behind,
        freeze: args.freeze,
        freeze_ns: u64::from(config.orders.heartbeat_timeout_ns),
    }
}

/// Time between heartbeats: simulated with a venue in this process, wall time with one outside.
const fn pace(args: &Args) -> u64 {
    match args.venue.orders {
        None => LOCAL_HEARTBEAT_NS,
        Some(_) => HEARTBEAT_NS,
    }
}

/// The transport; over a shared connection nothing leaves before it is there.
fn link(args: &Args, config: &Config, live: &mut Live, orders: &mut OrderPath) -> Result<Link, CliError> {
    if args.transport == Transport::Bridge {
        return Ok(Link::Bridge);
    }
    let seed = args.replay.seed();
    let elsewhere = match args.venue.orders {
        Some(SocketAddr::V4(at)) if args.order_cable => Some((*at.ip(), at.port())),
        Some(SocketAddr::V6(at)) if args.order_cable => {
            return Err(CliError::Input(format!(
                "--orders {at}: the host's stack speaks IPv4"
            )));
        }
        _ => None,
    };
    let ends = endpoints(&config.orders, elsewhere)?;
    let weather = Weather {
        faults: args.frame_faults,
        slow: args.slow,
        seed,
    };
    let far = elsewhere.is_none().then(|| {
        FarEnd::new(
            config.orders.destination_mac.0,
            ends.peer,
            ends.peer_port,
            weather,
        )
    });
    let step = args.venue.orders.is_none().then_some(LOCAL_STEP_US);
    live.open_order_side()?;
    orders.fence(live)?;
    let split = Split::new(live, (ends, seed), step, far)?;
    Ok(Link::Split(Box::new(split)))
}

fn random(seed: u64, config: &Config, slots: &[Subscription]) -> Vec<Box<dyn Policy>> {
    let policy = |(i, slot): (u64, &Subscription)| {
        let step = slot.tick.max(STEP);
        let policy = RandomPolicy::new(seed ^ i << 32, step, config.policy.qty);
        Box::new(policy) as Box<dyn Policy>
    };
    (0..).zip(slots).map(policy).collect()
}

/// Memory that is written and later read.
#[derive(Debug, Clone, Default)]
struct Memory(Rc<RefCell<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn journal(args: &Args) -> Result<(JournalSink, ReadJournal), CliError> {
    let Some(path) = args.journal.clone() else {
        let memory = Memory::default();
        let read = memory.clone();
        let read = move || {
            let bytes = std::mem::take(&mut *read.0.borrow_mut());
            Ok(Box::new(io::Cursor::new(bytes)) as Box<dyn io::BufRead>)
        };
        return Ok((Box::new(memory), Box::new(read)));
    };
    let file = output::journal(&path)?;
    let read = move || {
        let file = File::open(&path).map_err(|source| CliError::file(&path, source))?;
        Ok(Box::new(BufReader::new(file)) as Box<dyn io::BufRead>)
    };
    Ok((Box::new(BufWriter::new(file)), Box::new(read)))
}
