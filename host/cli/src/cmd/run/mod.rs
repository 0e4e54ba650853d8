//! `tickforge run`: a feed through the card to records, checked against the twin, and on to decisions.

mod desk;
mod lockstep;
mod report;

use std::io::{self, Write};
use std::path::PathBuf;

use contract::feature::grid_recip;
use contract::reg::capability;
use device::feed::Subscription;
use engine::clock::Clock;
use engine::config::Config;
use sim_card::Options;
use twin::Subscriptions;
use twin::features::SlotParams;
use twin::records::RecordTwin;
use twin::subscription::Target;

use crate::error::CliError;
use crate::live::{Ending, Live, progress};
use crate::selection::symbol;
use crate::source::CardChoice;
use crate::survey::Survey;
use desk::Desk;
use lockstep::Lockstep;
use report::{CardReport, Report};

/// Messages between two looks at the rings: a packet or a few.
const MESSAGES_A_LOOK: u64 = 64;

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
/// decide on them and the host's risk layer judges the orders. Exits 1 when card and twin differ anywhere.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  tickforge run --config config/goog.toml --feed day.itch.gz --format json"
)]
pub(crate) struct Args {
    /// Configuration: slots, limits, model, policy
    #[arg(long, value_name = "FILE.toml")]
    config: PathBuf,
    /// Feed file: .itch, .itch.gz or .pcap
    #[arg(long, value_name = "FILE")]
    feed: PathBuf,
    /// Card to use: sim runs the gateware, twin the software model alone
    #[arg(long, value_name = "CARD", default_value = "sim")]
    card: CardChoice,
    /// Report as text or JSON
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Stop after this many messages
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Write an FST trace of every signal
    #[arg(long, value_name = "FILE.fst")]
    trace: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    if !matches!(args.card, CardChoice::Sim | CardChoice::Twin) {
        return Err(CliError::Input(
            "run drives the simulated card or the twin; use --card sim or --card twin".into(),
        ));
    }
    let config = Config::load(&args.config).map_err(|e| CliError::Input(e.to_string()))?;
    let targets = config
        .slots
        .iter()
        .map(|s| symbol(&s.symbol).map(Target::Symbol))
        .collect::<Result<Vec<_>, _>>()?;
    let survey = Survey::of(&args.feed, &targets)?;
    let slots = subscriptions(&config, &survey)?;
    let mut desk = Desk::new(&config, &slots)?;
    let params: Vec<SlotParams> = slots.iter().map(params).collect();
    let twin = RecordTwin::new(Subscriptions::new(&targets), &params);
    let total = args.messages.map_or(survey.messages, |n| n.min(survey.messages));
    let lockstep = Lockstep::new(twin);
    let report = match args.card {
        CardChoice::Twin => on_twin(args, total, lockstep, &mut desk)?,
        _ => on_sim(
            args,
            &slots,
            config.feed.messages_per_packet,
            total,
            lockstep,
            &mut desk,
        )?,
    };
    print(&report, args.format).map_err(CliError::output)?;
    report.verdict()
}

/// The feed through the simulated card, each record held against the twin's.
fn on_sim(
    args: &Args,
    slots: &[Subscription],
    messages_per_packet: u16,
    total: u64,
    mut lockstep: Lockstep,
    desk: &mut Desk,
) -> Result<Report, CliError> {
    let options = Options {
        trace: args.trace.clone(),
        ..Options::default()
    };
    let mut live = Live::start(&options, slots, messages_per_packet)?;
    live.log();
    let clock = Clock::start();
    let start_cycle = live.cycles();
    let sent = feed_through(args, total, &mut live, &mut lockstep, desk)?;
    let elapsed_ns = clock.ns();
    let cycles = live.cycles() - start_cycle;
    let ending = live.ending(sent)?;
    lockstep.finish();
    let card = CardReport {
        kind: "sim",
        configuration: live.device.config().name,
        verilog_sha256: Some(live.sim.with(|c| c.sha256().to_owned())),
        cycles: live.cycles(),
        order_path: live.device.has(capability::ORDERS),
    };
    Ok(Report::new(
        card, sent, cycles, elapsed_ns, ending, &lockstep, desk,
    ))
}

/// The feed through the twin alone: no gateware runs, nothing is compared.
fn on_twin(args: &Args, total: u64, mut lockstep: Lockstep, desk: &mut Desk) -> Result<Report, CliError> {
    let bar = progress(total);
    let clock = Clock::start();
    let mut feed = wire::feed::open(&args.feed)?;
    let mut sent = 0;
    while sent < total
        && let Some(message) = feed.next_message()?
    {
        sent += 1;
        if let Some(core) = lockstep.alone(message.bytes, sent) {
            desk.decide(&core)?;
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
    };
    Ok(Report::new(
        card,
        sent,
        0,
        clock.ns(),
        Ending::default(),
        &lockstep,
        desk,
    ))
}

fn subscriptions(config: &Config, survey: &Survey) -> Result<Vec<Subscription>, CliError> {
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

fn feed_through(
    args: &Args,
    total: u64,
    live: &mut Live,
    lockstep: &mut Lockstep,
    desk: &mut Desk,
) -> Result<u64, CliError> {
    let bar = progress(total);
    let mut feed = wire::feed::open(&args.feed)?;
    let mut sent = 0;
    while sent < total
        && let Some(message) = feed.next_message()?
    {
        sent += 1;
        lockstep.expect(message.bytes, sent);
        live.message(message.bytes, false)?;
        if sent % MESSAGES_A_LOOK == 0 {
            live.take_in();
            collect(live, lockstep, desk)?;
            bar.set_position(sent);
        }
    }
    live.flush();
    live.settle()?;
    collect(live, lockstep, desk)?;
    bar.finish_and_clear();
    Ok(sent)
}

fn collect(live: &mut Live, lockstep: &mut Lockstep, desk: &mut Desk) -> Result<(), CliError> {
    loop {
        let clock = Clock::start();
        let Some(record) = live.record()? else {
            return Ok(());
        };
        desk.polled(clock.ns());
        if let Some(cycles) = live.latency_cycles(&record) {
            desk.arrived(cycles);
        }
        lockstep.compare(&record);
        desk.decide(&record.core)?;
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
