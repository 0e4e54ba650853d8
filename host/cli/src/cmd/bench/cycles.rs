//! Latency and throughput of the whole card, in cycles.

use contract::reg::{self, control};
use contract::ring::{ENTRY_BYTES, Ring};
use contract::slot::Kind;
use engine::config::Config;
use sim_card::Line;

use super::budgets::{Better, CLOCK_MHZ};
use super::report::{Label, Row};
use super::traffic::{Traffic, subscription};
use crate::cmd::run::orders::OrderPath;
use crate::error::CliError;

const GROUP: &str = "cycles";
/// Types that change a book or trade, and the offset of the last byte their event needs.
pub(super) const TYPES: [(u8, usize); 9] = [
    (b'A', 35),
    (b'F', 35),
    (b'E', 22),
    (b'C', 31),
    (b'X', 22),
    (b'D', 18),
    (b'U', 34),
    (b'P', 43),
    (b'Q', 39),
];
/// Bytes in front of the first block: Ethernet, IPv4, UDP, MoldUDP64.
pub(super) const HEADERS: usize = 14 + 20 + 8 + 20;
/// Bytes of a block's length.
pub(super) const LENGTH: usize = 2;
/// Bytes of a beat, and so the number of alignments.
pub(super) const BEAT: usize = 8;
/// Messages of the sustained burst.
const BURST: u64 = 8_192;
/// Cycles between two looks at the records ring while a burst runs: it must not lap.
const LOOK_CYCLES: u64 = 2_048;

/// Orders measured from their slot to the wire, and what lets them all pass.
const ORDERS: u32 = 32;
pub(super) const LIMITS: &str = "[[slot]]\nsymbol = \"BENCH\"\n[limits]\nposition_max = 1_000_000\nopen_orders_max = 1_000\nrate_tokens = 60_000\n";

/// All rows of the whole card.
pub(crate) fn rows() -> Result<Vec<Row>, CliError> {
    let mut rows = latency()?;
    rows.extend(slot_to_wire()?);
    rows.extend(super::tick::rows()?);
    for levels in [false, true] {
        rows.extend(sustained(levels)?);
    }
    Ok(rows)
}

/// Wire to record: every type at every alignment, on one live line and on identical lines.
fn latency() -> Result<Vec<Row>, CliError> {
    let mut of_type = TYPES.map(|_| (u64::MAX, 0));
    for lines in [&[Line::A][..], &[Line::B], &[Line::A, Line::B]] {
        let mut traffic = Traffic::start(lines, false)?;
        traffic.live.card.device.control(control::RECORD_TRADES, 0)?;
        traffic.sim.with(sim_card::Card::log);
        let mut reference = 0;
        for ((kind, needed), (least, most)) in TYPES.into_iter().zip(&mut of_type) {
            for alignment in 0..BEAT {
                reference += 2;
                let cycles = one(&mut traffic, kind, needed, alignment, reference)?;
                (*least, *most) = ((*least).min(cycles), (*most).max(cycles));
            }
        }
    }
    let runs = u32::try_from(3 * BEAT).unwrap_or(0);
    let row = |name: String, value: u64| simulated(name, "cycles", Better::Lower, runs, value);
    let mut rows: Vec<Row> = TYPES
        .iter()
        .zip(&of_type)
        .map(|((kind, _), (_, most))| row(format!("wire_to_record.{}", char::from(*kind)), *most))
        .collect();
    let least = of_type.iter().map(|(least, _)| *least).min().unwrap_or(0);
    let most = of_type.iter().map(|(_, most)| *most).max().unwrap_or(0);
    rows.push(row("wire_to_record.min".into(), least));
    rows.push(row("wire_to_record.max".into(), most));
    rows.push(row("wire_to_record_spread".into(), most - least));
    Ok(rows)
}

/// Cycles from the beat with the last needed byte of one message to the first beat of its record.
fn one(
    traffic: &mut Traffic,
    kind: u8,
    needed: usize,
    alignment: usize,
    reference: u64,
) -> Result<u64, CliError> {
    if !matches!(kind, b'A' | b'F' | b'P' | b'Q') {
        let add = traffic.add(reference);
        traffic.push(&add)?;
    }
    traffic.flush();
    traffic.live.settle()?;
    while traffic.live.card.record()?.is_some() {}
    for line in [Line::A, Line::B] {
        traffic.sim.with(|card| card.take_first_beats(line));
    }
    traffic.sim.with(sim_card::Card::take_dma_log);
    let pad = pad(alignment);
    let message = traffic.book_message(kind, reference);
    traffic.push(&pad)?;
    traffic.push(&message)?;
    traffic.flush();
    traffic.live.settle()?;
    let last_needed = HEADERS + LENGTH + pad.len() + LENGTH + needed;
    let first_beats = [Line::A, Line::B].map(|line| traffic.sim.with(|card| card.take_first_beats(line)));
    let first = first_beats.iter().flatten().min().copied();
    let written = record_write(traffic)?;
    if traffic.live.card.record()?.is_none() {
        return Err(missing(kind, alignment));
    }
    let zero = first.ok_or_else(|| missing(kind, alignment))? + (last_needed / BEAT) as u64;
    written
        .and_then(|at| at.checked_sub(zero))
        .ok_or_else(|| missing(kind, alignment))
}

/// A message of a type nobody knows, as long as it takes to move the next one to the alignment.
pub(super) fn pad(alignment: usize) -> Vec<u8> {
    let shift = (BEAT + alignment - (HEADERS + 2 * LENGTH) % BEAT) % BEAT;
    vec![b'z'; 16 + shift]
}

fn missing(kind: u8, alignment: usize) -> CliError {
    CliError::Check(format!(
        "no record for a {} at byte {alignment} of a beat",
        char::from(kind)
    ))
}

/// Cycle of the first write into the records ring since the log was last taken.
fn record_write(traffic: &mut Traffic) -> Result<Option<u64>, CliError> {
    let at = |name| reg::ring(Ring::Records, name);
    let regs = &mut traffic.live.card.device.regs;
    let base = regs.read_pair(at("BASE_LO"), at("BASE_HI"))?;
    let bytes = (ENTRY_BYTES as u64) << regs.read(at("SIZE_LOG2"))?;
    let log = traffic.sim.with(sim_card::Card::take_dma_log);
    let inside = |address: u64| address.checked_sub(base).is_some_and(|offset| offset < bytes);
    Ok(log
        .iter()
        .find(|write| write.accepted && inside(write.address))
        .map(|write| write.cycle))
}

/// Completing write of an order slot to the first beat of its frame, gate and transmitter included, over UDP and TCP.
fn slot_to_wire() -> Result<Vec<Row>, CliError> {
    let (mut least, mut most) = (u64::MAX, 0);
    for mode in ["udp", "tcp"] {
        let mut traffic = Traffic::start(&[Line::A], false)?;
        for reference in 0..2 * BEAT as u64 {
            let add = traffic.add(reference);
            traffic.push(&add)?;
        }
        traffic.flush();
        traffic.live.settle()?;
        let text = format!("{LIMITS}[orders]\nmode = \"{mode}\"\n");
        let config = Config::parse(&text, "bench").map_err(|error| CliError::Check(error.to_string()))?;
        let mut orders = OrderPath::open(&mut traffic.live, &config, &[subscription(false)])?;
        for token in 1..=ORDERS {
            let order = Traffic::order(token);
            orders.submit(&mut traffic.live, &order, Kind::Enter)?;
        }
        let wire = orders.hops().find(|hop| hop.unit == "cycles");
        let cycles = wire.filter(|hop| hop.count == u64::from(ORDERS));
        let Some((min, max)) = cycles.and_then(|hop| hop.min.zip(hop.max)) else {
            return Err(CliError::Check(format!(
                "{} of {ORDERS} orders left over {mode}",
                orders.sent
            )));
        };
        (least, most) = (least.min(min), most.max(max));
    }
    let row = |name: &str, value| simulated(name.into(), "cycles", Better::Lower, 2 * ORDERS, value);
    Ok(vec![
        row("slot_to_wire.min", least),
        row("slot_to_wire.max", most),
    ])
}

/// Packed Deletes at line rate on both lines.
fn sustained(levels: bool) -> Result<Vec<Row>, CliError> {
    let mut traffic = Traffic::start(&[Line::A, Line::B], levels)?;
    for reference in 0..BURST {
        let add = traffic.add(reference);
        traffic.push(&add)?;
        if reference % 64 == 63 {
            traffic.flush();
            traffic.live.settle()?;
            while traffic.live.card.record()?.is_some() {}
        }
    }
    let before = Counts::read(&mut traffic)?;
    for reference in 0..BURST {
        let delete = traffic.delete(reference);
        traffic.push(&delete)?;
    }
    traffic.flush();
    let started = traffic.sim.with(|card| card.cycles());
    let mut records = 0;
    while traffic.sim.with(|card| card.receive_pending()) > 0 {
        traffic.sim.with(|card| card.run(LOOK_CYCLES));
        records += drain(&mut traffic)?;
    }
    let cycles = traffic.sim.with(|card| card.cycles()) - started;
    traffic.live.settle()?;
    records += drain(&mut traffic)?;
    let after = Counts::read(&mut traffic)?;
    let lost = BURST - (after.accepted - before.accepted).min(BURST);
    let entries = if levels { 4 } else { 1 };
    let rate = records as f64 / cycles as f64 * CLOCK_MHZ;
    let bytes = rate * (entries * ENTRY_BYTES) as f64 / 1_000.0;
    let kind = if levels { "levels" } else { "core" };
    let figure =
        |name: String, unit, value| Row::new(GROUP, name, unit, Better::Higher, Label::Simulated, 1, value);
    let mut rows = vec![
        figure(format!("rate.{kind}"), "Mrecords/s", rate),
        figure(format!("bandwidth.{kind}"), "GB/s", bytes),
    ];
    let skipped = after.skipped - before.skipped;
    if levels {
        // Records with levels may be skipped at this rate; they are counted, never split.
        rows.push(simulated(
            "skipped.levels".into(),
            "records",
            Better::Lower,
            1,
            skipped,
        ));
    } else {
        let unseen = BURST - records.min(BURST);
        rows.push(simulated(
            "sustained.lost".into(),
            "messages",
            Better::Lower,
            1,
            lost.max(unseen),
        ));
        rows.push(simulated(
            "sustained.skipped".into(),
            "records",
            Better::Lower,
            1,
            skipped,
        ));
    }
    Ok(rows)
}

fn drain(traffic: &mut Traffic) -> Result<u64, CliError> {
    let mut records = 0;
    while traffic.live.card.record()?.is_some() {
        records += 1;
    }
    Ok(records)
}

struct Counts {
    accepted: u64,
    skipped: u64,
}

impl Counts {
    fn read(traffic: &mut Traffic) -> Result<Self, CliError> {
        Ok(Self {
            accepted: traffic.live.card.counter("accepted")?,
            skipped: traffic.live.card.counter("skipped")?,
        })
    }
}

pub(super) fn simulated(name: String, unit: &'static str, better: Better, runs: u32, value: u64) -> Row {
    Row::new(GROUP, name, unit, better, Label::Simulated, runs, value as f64)
}
