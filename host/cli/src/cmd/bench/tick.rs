//! Tick to order in the fabric: from the beat with the last byte a message needs to the first beat of the order its trigger sends.

use contract::trigger::{Compare, Condition, Trigger};
use engine::config::Config;
use sim_card::{Card, Line};

use super::budgets::Better;
use super::cycles::{BEAT, HEADERS, LENGTH, LIMITS, TYPES, pad, simulated};
use super::report::Row;
use super::traffic::{Traffic, subscription};
use crate::cmd::run::orders::{EPOCH, OrderPath};
use crate::error::CliError;

/// Types that change the book: the first so many of all.
const BOOK_TYPES: usize = 7;
/// Orders at the start, so that there are a bid and an ask for ever.
const RESTING: u64 = 16;
/// First reference of what comes and goes.
const MOVING: u64 = 1_000;
/// From the last needed byte to the decoded event: lines 3, decoder 1.
const RECEIVE: u64 = 4;
/// From a grant to the first order beat.
const TRANSMIT: u64 = 1;

/// Whatever changes the book fires it.
const ALWAYS: Condition = Condition {
    compare: Compare::OfiAtLeast,
    threshold: i16::MIN,
};

/// Every book type at every alignment, on one live line and on identical lines.
pub(super) fn rows() -> Result<Vec<Row>, CliError> {
    let mut of_type = [(u64::MAX, 0); BOOK_TYPES];
    for lines in [&[Line::A][..], &[Line::B], &[Line::A, Line::B]] {
        let mut desk = Desk::open(lines)?;
        for ((kind, needed), (least, most)) in TYPES.into_iter().zip(&mut of_type) {
            for alignment in 0..BEAT {
                let cycles = desk.one(kind, needed, alignment)?;
                (*least, *most) = ((*least).min(cycles), (*most).max(cycles));
            }
        }
    }
    let runs = u32::try_from(3 * BEAT).unwrap_or(0);
    let row = |name: String, value: u64| simulated(name, "cycles", Better::Lower, runs, value);
    let mut rows: Vec<Row> = TYPES
        .iter()
        .zip(&of_type)
        .map(|((kind, _), (_, most))| row(format!("tick_to_order.{}", char::from(*kind)), *most))
        .collect();
    let least = of_type.iter().map(|(least, _)| *least).min().unwrap_or(0);
    let most = of_type.iter().map(|(_, most)| *most).max().unwrap_or(0);
    rows.push(row("tick_to_order.min".into(), least));
    rows.push(row("tick_to_order.max".into(), most));
    rows.push(row("tick_to_order_spread".into(), most - least));
    // What lies before and behind is the same for all: the card shows no more than its ports.
    let inside = |cycles: u64| cycles.saturating_sub(RECEIVE + TRANSMIT);
    rows.push(row("decode_to_grant.min".into(), inside(least)));
    rows.push(row("decode_to_grant.max".into(), inside(most)));
    Ok(rows)
}

/// A card that sends an order at every change of its book.
struct Desk {
    traffic: Traffic,
    orders: OrderPath,
    reference: u64,
    arm_seq: u32,
}

impl Desk {
    fn open(lines: &'static [Line]) -> Result<Self, CliError> {
        let mut traffic = Traffic::start(lines, false)?;
        for reference in 0..RESTING {
            let add = traffic.add(reference);
            traffic.push(&add)?;
        }
        traffic.flush();
        traffic.live.settle()?;
        let config = Config::parse(LIMITS, "bench").map_err(|error| CliError::Check(error.to_string()))?;
        let orders = OrderPath::open(&mut traffic.live, &config, &[subscription(false)])?;
        traffic.sim.with(Card::log);
        Ok(Self {
            traffic,
            orders,
            reference: MOVING,
            arm_seq: 0,
        })
    }

    /// Arms the trigger once more.
    fn arm(&mut self) -> Result<(), CliError> {
        self.orders.look(&mut self.traffic.live)?;
        self.arm_seq += 1;
        let order = Traffic::order(self.arm_seq);
        let trigger = Trigger {
            side: order.side,
            time_in_force: order.time_in_force,
            display: order.display,
            capacity: order.capacity,
            iso: order.iso,
            cross_type: order.cross_type,
            qty: order.qty,
            price: order.price,
            token: order.token,
            cl_ord_id: order.cl_ord_id,
            condition: ALWAYS,
            itch_expiry_ns: (1 << 48) - 1,
            expiry_ns: u64::MAX,
        };
        let device = &mut self.traffic.live.card.device;
        device.arm_trigger(0, &trigger, self.arm_seq, EPOCH)?;
        Ok(())
    }

    /// Takes in what has come out.
    fn drain(&mut self) -> Result<(), CliError> {
        self.traffic.live.settle()?;
        while self.traffic.live.card.record()?.is_some() {}
        while self.traffic.live.card.order_event()?.is_some() {}
        for line in [Line::A, Line::B] {
            self.traffic.sim.with(|card| card.take_first_beats(line));
        }
        Ok(())
    }

    /// Cycles from the beat with the last needed byte of one message to the first beat of its order.
    fn one(&mut self, kind: u8, needed: usize, alignment: usize) -> Result<u64, CliError> {
        self.reference += 2;
        let reference = self.reference;
        if !matches!(kind, b'A' | b'F') {
            let add = self.traffic.add(reference);
            self.traffic.push(&add)?;
        }
        self.traffic.flush();
        self.drain()?;
        self.arm()?;
        let pad = pad(alignment);
        let message = self.traffic.book_message(kind, reference);
        self.traffic.push(&pad)?;
        self.traffic.push(&message)?;
        self.traffic.flush();
        self.traffic.live.settle()?;
        let last_needed = HEADERS + LENGTH + pad.len() + LENGTH + needed;
        let sim = &self.traffic.sim;
        let first_beats = [Line::A, Line::B].map(|line| sim.with(|card| card.take_first_beats(line)));
        let first = first_beats.iter().flatten().min().copied();
        let frame = sim.with(Card::transmitted);
        let cycles = frame.zip(first).and_then(|(frame, first)| {
            let zero = first + (last_needed / BEAT) as u64;
            frame.cycle.checked_sub(zero)
        });
        cycles.ok_or_else(|| {
            CliError::Check(format!(
                "no order by a {} at byte {alignment} of a beat",
                char::from(kind)
            ))
        })
    }
}
