//! Speed of the simulation itself.

use engine::clock::Clock;
use sim_card::Line;

use super::budgets::Better;
use super::report::{Label, Row};
use super::traffic::Traffic;
use crate::error::CliError;

/// Runs, of which the best counts: others share the machine.
const RUNS: u32 = 3;
/// Adds, each deleted again, a run.
const ORDERS: u64 = 16_384;
/// Cycles between two looks at the records ring.
const LOOK_CYCLES: u64 = 2_048;

/// All rows.
pub(crate) fn rows() -> Result<Vec<Row>, CliError> {
    let (mut best, mut messages) = (0.0, 0.0);
    for _ in 0..RUNS {
        let (cycles, sent, seconds) = one()?;
        if cycles / seconds > best {
            (best, messages) = (cycles / seconds, sent / seconds);
        }
    }
    let row =
        |name: &str, unit, value| Row::new("sim", name, unit, Better::Higher, Label::Measured, RUNS, value);
    Ok(vec![
        row("chain", "Mcycles/s", best / 1e6),
        row("messages", "kmsg/s", messages / 1e3),
    ])
}

/// Cycles, messages and seconds of packed Adds and Deletes on both lines.
fn one() -> Result<(f64, f64, f64), CliError> {
    let mut traffic = Traffic::start(&[Line::A, Line::B], false)?;
    for reference in 0..ORDERS {
        let add = traffic.add(reference);
        traffic.push(&add)?;
        let delete = traffic.delete(reference);
        traffic.push(&delete)?;
    }
    traffic.flush();
    let from = traffic.sim.with(|card| card.cycles());
    let started = Clock::start();
    while traffic.sim.with(|card| card.receive_pending()) > 0 {
        traffic.sim.with(|card| card.run(LOOK_CYCLES));
        while traffic.live.card.record()?.is_some() {}
    }
    let seconds = started.ns() as f64 / 1e9;
    let cycles = traffic.sim.with(|card| card.cycles()) - from;
    traffic.live.settle()?;
    while traffic.live.card.record()?.is_some() {}
    traffic.live.card.ending(traffic.sent)?;
    Ok((cycles as f64, traffic.sent as f64, seconds))
}
