//! `tickforge run`: a feed through the card to records, checked against the twin, and on to decisions.

mod bus;
mod clock;
pub(crate) mod desk;
mod faults;
pub(crate) mod frame;
pub(crate) mod gate;
pub(crate) mod health;
mod learning;
mod lockstep;
pub(crate) mod orders;
mod own_ports;
mod report;
pub(crate) mod surroundings;

use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::path::PathBuf;

use contract::feature::grid_recip;
use contract::record::Core;
use contract::reg::capability;
use contract::slot::Kind;
use device::feed::Subscription;
use engine::clock::Clock;
use engine::config::{Config, Pace};
use sim_card::Options;
use twin::Subscriptions;
use twin::features::SlotParams;
use twin::records::RecordTwin;
use twin::subscription::Target;

use crate::error::CliError;
use crate::live::{Live, Place};
use crate::output::not_over;
use crate::progress;
use crate::reception::Ending;
use crate::selection::{DEFAULT_WIRE, symbol};
use crate::source::{CardChoice, FEED_ADDRESS};
use crate::survey::Survey;
use bus::HotPhase;
use clock::Clocks;
use desk::Desk;
use faults::{Faults, Injection};
use gate::tell;
use health::Health;
use learning::{Learning, Source};
use lockstep::Lockstep;
use orders::{OrderPath, Outcome};
use report::{Around, CardReport, Fed, Report};
use surroundings::Surroundings;

/// Messages between two looks at the rings: a packet or a few.
const MESSAGES_A_LOOK: u64 = 64;

/// Looks at the rings at the end, when records are still due: a reader that was lapped may be so again.
const LAST_LOOKS: u32 = 16;
/// Cycles a poll of a half-written entry takes.
const POLL_CYCLES: u64 = 2;

/// Output of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Run a feed through the card and check every record against the twin
///
/// Frames enter the card's two receive ports at line rate, records leave through its DMA ring; a model and a policy
/// decide on them and the host's risk layer judges the orders. What it admits is written into the card's order slots;
/// every frame that leaves is held against its order. Exits 1 when card and twin differ anywhere, when a frame, an
/// event or a position is not as it must be, or when the card goes.
///
/// A card that is fed over its own ports (vfio:BDF, or --wire) is not paced by the command: records are compared and
/// orders are written as they come, each order with its one event; frames that leave are not seen.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tickforge run --config config/goog.toml --feed day.itch.gz --format json\n  \
    tickforge run --config config/learning.toml --feed day.itch --card twin --journal day.journal\n  \
    tickforge run --config config/learning.toml --feed day.itch --card twin --replay day.journal"
)]
pub(crate) struct Args {
    /// Configuration: slots, limits, model, policy
    #[arg(long, value_name = "FILE.toml")]
    config: PathBuf,
    /// Feed file: .itch, .itch.gz or .pcap
    #[arg(long, value_name = "FILE")]
    feed: PathBuf,
    /// Card to use: sim runs the gateware, vfio-user:SOCKET that of `tickforge card serve`, vfio:BDF a card in a slot, twin
    /// the software model alone
    #[arg(long, value_name = "CARD", default_value = "sim")]
    card: CardChoice,
    /// Frames come over the card's own ports, sent to this address by others; the file only says what to expect. Always
    /// so with vfio:BDF [default address: 233.54.12.1:18001]
    #[arg(long, value_name = "ADDRESS:PORT", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_WIRE)]
    wire: Option<SocketAddrV4>,
    /// Report as text or JSON
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Stop after this many messages
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Write an FST trace of every signal
    #[arg(long, value_name = "FILE.fst")]
    trace: Option<PathBuf>,
    /// Inject a fault of the bus when message N is fed; may be given several times. FAULT is torn (a record's entry in
    /// two parts), crc (a wrong bit in one), doorbell (an order slot arrives twice), spurious (an interrupt without a
    /// cause), storm (100,000 of them), freeze (the host looks at nothing until the card has lapped it)
    #[arg(long, value_name = "FAULT@N")]
    inject: Vec<Injection>,
    /// Write down what is learned, in a new file: each version of the weights with the record it counts from, and each order admitted
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    journal: Option<PathBuf>,
    /// Have a run again from its journal: its versions count from the same records; weights and orders are held against it, and exit
    /// code 1 says that they differ
    #[arg(long, value_name = "JOURNAL")]
    replay: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let place = place(args)?;
    let config = Config::load(&args.config).map_err(|e| CliError::Input(e.to_string()))?;
    let targets = config
        .slots
        .iter()
        .map(|s| symbol(&s.symbol).map(Target::Symbol))
        .collect::<Result<Vec<_>, _>>()?;
    let survey = Survey::of(&args.feed, &targets)?;
    let slots = subscriptions(&config, &survey)?;
    if !matches!(place, Where::Fed(_)) && !args.inject.is_empty() {
        return Err(CliError::Input(
            "--inject needs a bus; use --card sim or --card vfio-user:SOCKET".into(),
        ));
    }
    if let Some(trace) = &args.trace {
        not_over(trace, &[&args.config, &args.feed])?;
    }
    let mut desk = desk(args, &config, &slots)?;
    let params: Vec<SlotParams> = slots.iter().map(params).collect();
    let twin = RecordTwin::new(Subscriptions::new(&targets), &params);
    let total = args.messages.map_or(survey.messages, |n| n.min(survey.messages));
    let lockstep = Lockstep::new(twin);
    let mut report = match place {
        Where::Twin => on_twin(args, total, lockstep, &mut desk)?,
        Where::Fed(place) => on_card(args, &place, &config, &slots, total, lockstep, &mut desk)?,
        Where::OwnPorts(kind, address) => own_ports::run(
            (args, kind),
            address,
            &config,
            &slots,
            total,
            (lockstep, &mut desk),
        )?,
    };
    report.learning = desk.learned()?;
    print(&report, args.format).map_err(CliError::output)?;
    report.verdict()
}

/// Model, policy and risk, and what is learned beside them.
fn desk(args: &Args, config: &Config, slots: &[Subscription]) -> Result<Desk, CliError> {
    let desk = Desk::new(config, slots)?;
    let source = match (&args.journal, &args.replay) {
        (Some(path), _) => Source::Journal(path),
        (None, Some(path)) => Source::Replay(path),
        (None, None) => Source::Fresh,
    };
    match &config.learning {
        Some(settings) => {
            let symbols = slots.iter().map(|s| s.symbol.clone()).collect();
            Ok(desk.with_learning(Learning::open(settings, symbols, source)?))
        }
        None if matches!(source, Source::Fresh) => Ok(desk),
        None => Err(CliError::Input(format!(
            "{}: nothing is learned; add a [learning] section, or leave out --journal and --replay",
            args.config.display()
        ))),
    }
}

/// Where the card is, and how it is fed.
#[derive(Debug)]
enum Where {
    /// The software model, no card.
    Twin,
    /// A simulated card that this command feeds.
    Fed(Place),
    /// A card fed by others at an address, of a kind for the report.
    OwnPorts(&'static str, SocketAddrV4),
}

fn place(args: &Args) -> Result<Where, CliError> {
    let chosen = match (&args.card, args.wire) {
        (CardChoice::Twin, None) => return Ok(Where::Twin),
        (CardChoice::Sim, None) => return Ok(Where::Fed(Place::Here)),
        (CardChoice::Sim | CardChoice::Twin, Some(_)) => {
            return Err(CliError::Input(
                "--wire: this card is fed from the file; use it with vfio:BDF or vfio-user:SOCKET".into(),
            ));
        }
        (CardChoice::VfioUser(socket), None) => Where::Fed(Place::Process(socket.into())),
        (CardChoice::VfioUser(_), Some(address)) => Where::OwnPorts("vfio-user", address),
        (CardChoice::Vfio(_), wire) => Where::OwnPorts("vfio", wire.unwrap_or(FEED_ADDRESS)),
    };
    if args.trace.is_some() {
        return Err(CliError::Input(
            "--trace needs the card in this process; use --card sim, or `tickforge card serve --trace`"
                .into(),
        ));
    }
    if matches!(chosen, Where::OwnPorts(..)) && args.messages.is_some() {
        return Err(CliError::Input(
            "--messages: a feed over the card's own ports ends by itself; give a --feed that ends where it does"
                .into(),
        ));
    }
    Ok(chosen)
}

/// The feed through a simulated card, each record held against the twin's.
fn on_card(
    args: &Args,
    place: &Place,
    config: &Config,
    slots: &[Subscription],
    total: u64,
    mut lockstep: Lockstep,
    desk: &mut Desk,
) -> Result<Report, CliError> {
    let options = Options {
        trace: args.trace.clone(),
        ..Options::default()
    };
    let mut live = Live::start(place, &options, slots, config.feed.messages_per_packet)?;
    live.log()?;
    let mut orders = if live.card.device.has(capability::ORDERS) {
        Some(OrderPath::open(&mut live, config, slots)?)
    } else {
        None
    };
    live.card.watch_interrupts()?;
    let clocks = Clocks::start(&mut live)?;
    let clock = Clock::start();
    let start_cycle = live.cycles()?;
    let mut trading = Trading {
        desk,
        orders: &mut orders,
        faults: Faults::new(&args.inject),
    };
    let feed = (total, config.feed.pace);
    let (hot, messages) = HotPhase::of(&mut live, |live| {
        feed_through(args, feed, live, &mut lockstep, &mut trading)
    })?;
    let injected = trading.faults.injected();
    let cycles = live.cycles()? - start_cycle;
    let fed = Fed {
        messages,
        elapsed_ns: clock.ns(),
        cycles,
        ending: live.card.counted()?,
    };
    lockstep.finish();
    if let Some(orders) = &mut orders {
        orders.finish(&mut live, desk.gate())?;
    }
    let repeated = orders.as_ref().map_or(0, OrderPath::repeated);
    let fault = live.card.fault(&fed.ending, messages);
    let losses = live.card.device.regs.losses()?;
    let around = Around {
        clock: clocks.end(&mut live)?,
        bus: hot.report(&mut live)?,
        health: Health::new((live.card.arrivals(), losses), repeated, injected, fault),
    };
    let card = CardReport {
        kind: place.kind(),
        configuration: live.card.device.config().name,
        verilog_sha256: Some(live.lab.sha256()?),
        cycles: live.cycles()?,
        order_path: live.card.device.has(capability::ORDERS),
        compared: true,
    };
    Ok(Report::new(
        (card, Some(around)),
        fed,
        &lockstep,
        desk,
        orders.as_ref(),
    ))
}

/// The feed through the twin alone: no gateware runs, nothing is compared.
fn on_twin(args: &Args, total: u64, mut lockstep: Lockstep, desk: &mut Desk) -> Result<Report, CliError> {
    let bar = progress::bar(total);
    let clock = Clock::start();
    let mut feed = wire::feed::open(&args.feed)?;
    let mut sent = 0;
    while sent < total
        && let Some(message) = feed.next_message()?
    {
        sent += 1;
        if let Some(core) = lockstep.alone(message.bytes, sent) {
            for order in desk.decide(&core, core.ts_ns)?.iter().flatten() {
                desk.executed(order);
            }
            desk.after()?;
        }
        if sent % MESSAGES_A_LOOK == 0 {
            bar.set_position(sent);
        }
    }
    bar.finish_and_clear();
    let card = CardReport {
        kind: "twin",
        configuration: "none",
        verilog_sha256: None,
        cycles: 0,
        order_path: false,
        compared: false,
    };
    let fed = Fed {
        messages: sent,
        cycles: 0,
        elapsed_ns: clock.ns(),
        ending: Ending::default(),
    };
    Ok(Report::new((card, None), fed, &lockstep, desk, None))
}

/// Slots with what the feed file says of their symbols.
pub(crate) fn subscriptions(config: &Config, survey: &Survey) -> Result<Vec<Subscription>, CliError> {
    let slot = |(i, s): (usize, &engine::config::Slot)| {
        let found = survey.require(i)?;
        Ok(Subscription {
            symbol: s.symbol.clone(),
            locate: Some(found.locate),
            tick: s.tick.map_or_else(|| found.tick(), |t| t.0),
            qty_shift: s.qty_shift,
            levels: true,
        })
    };
    config.slots.iter().enumerate().map(slot).collect()
}

fn params(s: &Subscription) -> SlotParams {
    SlotParams {
        grid_recip: grid_recip(s.tick),
        qty_shift: u32::from(s.qty_shift),
    }
}

/// Who decides on records, and where the orders go.
#[derive(Debug)]
struct Trading<'a> {
    desk: &'a mut Desk,
    orders: &'a mut Option<OrderPath>,
    faults: Faults,
}

fn feed_through(
    args: &Args,
    (total, pace): (u64, Pace),
    live: &mut Live,
    lockstep: &mut Lockstep,
    trading: &mut Trading<'_>,
) -> Result<u64, CliError> {
    let bar = progress::bar(total);
    let mut feed = wire::feed::open(&args.feed)?;
    let (mut sent, mut due) = (0, false);
    while sent < total
        && let Some(message) = feed.next_message()?
    {
        sent += 1;
        trading.faults.reached(sent, live)?;
        if lockstep.expect(message.bytes, sent) {
            due = true;
            trading.faults.record_due();
        }
        let went = live.message(message.bytes, false)?;
        if went && due && pace == Pace::Settled {
            live.settle()?;
            collect(live, lockstep, trading)?;
            due = false;
        }
        if sent % MESSAGES_A_LOOK == 0 {
            live.take_in()?;
            collect(live, lockstep, trading)?;
            live.card.look_at_interrupts()?;
            bar.set_position(sent);
        }
    }
    live.flush()?;
    live.settle()?;
    trading.faults.thaw();
    for _ in 0..LAST_LOOKS {
        collect(live, lockstep, trading)?;
        if lockstep.complete() {
            break;
        }
    }
    live.card.look_at_interrupts()?;
    bar.finish_and_clear();
    Ok(sent)
}

fn collect(live: &mut Live, lockstep: &mut Lockstep, trading: &mut Trading<'_>) -> Result<(), CliError> {
    if trading.faults.frozen() {
        return Ok(());
    }
    if let Some(orders) = trading.orders {
        orders.look(live)?;
    }
    loop {
        let clock = Clock::start();
        let torn = live.card.arrivals().records.torn;
        let Some(record) = live.card.record()? else {
            if live.card.arrivals().records.torn == torn {
                return Ok(());
            }
            // Polls take time, in which what has only partly arrived goes on to arrive.
            live.lab.run(POLL_CYCLES)?;
            continue;
        };
        trading.desk.polled(clock.ns());
        if let Some(cycles) = live.latency_cycles(&record)? {
            trading.desk.arrived(cycles);
        }
        lockstep.compare(&record);
        trading.decide(live, &record.core)?;
    }
}

impl Trading<'_> {
    fn decide(&mut self, around: &mut dyn Surroundings, record: &Core) -> Result<(), CliError> {
        let Some(orders) = self.orders else {
            for order in self.desk.decide(record, record.ts_ns)?.iter().flatten() {
                self.desk.executed(order);
            }
            return self.desk.after();
        };
        // The card's buckets run in card time, through which a replay takes the feed faster than the day did: the
        // host judges in the same time.
        let now_ns = around.now_ns()?;
        for admission in self.desk.decide(record, now_ns)?.into_iter().flatten() {
            match orders.submit(around, &admission.slot, Kind::Enter)? {
                // Nothing here answers: books and card are told at once, and nothing is allocated for it.
                Outcome::Sent { .. } => {
                    let effect = admission.executed();
                    let change = self.desk.told(&effect);
                    tell(around, &effect, change)?;
                }
                Outcome::Refused(..) => self.desk.refused(&admission.entry),
                Outcome::Aborted => {
                    let effect = admission.released();
                    let change = self.desk.told(&effect);
                    tell(around, &effect, change)?;
                }
            }
        }
        self.desk.after()
    }
}

fn print(report: &Report, format: Format) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Text => report.write_text(&mut out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, report)?;
            writeln!(out)
        }
    }
}
