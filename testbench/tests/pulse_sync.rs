//! Pulses between two clocks at random ratios: spaced ones are told one for one, crowded ones merge and the last is always told.

mod clocked;

use gateware::emit::Size;
use testbench::{Bench, Clocks, Verdict};
use verilated::PortId;

const FROM: usize = 0;
const TO: usize = 1;

/// Edges after which a pulse has made its way there and the answer back.
fn way(periods: [u64; 2]) -> u64 {
    6 + 6 * periods[0].max(periods[1]).div_ceil(periods[0])
}

/// Pulses into reset and within it: nothing is told from the first edge in reset on, nor behind it.
fn through_reset(
    bench: &mut Bench,
    clocks: &mut Clocks,
    [pulse, told]: [PortId; 2],
    resets: [PortId; 2],
    long: u64,
    way: u64,
) -> Verdict {
    let crowd = bench.rng.between(3, 12);
    for (held, comes, edges) in [
        (0, true, crowd),
        (1, true, long),
        (1, false, long),
        (0, false, way),
    ] {
        let start = [FROM, TO].map(|clock| clocks.edges(clock));
        resets.iter().for_each(|port| bench.set(*port, held));
        bench.set(pulse, u64::from(comes));
        while (0..2).any(|clock| clocks.edges(clock) < start[clock] + edges) {
            bench.eval();
            if (held == 1 && clocks.edges(TO) > start[TO]) || !comes {
                bench.eq("told in reset and behind it", bench.is(told), false)?;
            }
            clocks.rise(bench);
        }
    }
    Ok(())
}

fn scenario(bench: &mut Bench) -> Verdict {
    let [pulse, told] = ["pulse", "told"].map(|name| bench.port(name));
    let resets = ["from_reset", "to_reset"].map(|name| bench.port(name));
    let periods = [Clocks::period(&mut bench.rng), Clocks::period(&mut bench.rng)];
    let mut clocks = Clocks::new(bench, &[("from_clock", periods[FROM]), ("to_clock", periods[TO])]);
    let way = way(periods);
    let ratio = periods[0].max(periods[1]) / periods[0].min(periods[1]) + 1;
    for round in 0..40 {
        let crowded = round % 2 == 1;
        if round % 10 == 0 {
            through_reset(bench, &mut clocks, [pulse, told], resets, 4 * ratio, way)?;
        }
        // Pulses until the count is reached, then silence in which all is told.
        let count = if crowded { bench.rng.between(2, 30) } else { 1 };
        let (mut sent, mut heard, mut last) = (0, 0, None);
        let until = |last: Option<u64>| last.unwrap_or(u64::MAX - 10 * way).saturating_add(3 * way);
        while sent < count || clocks.edges(FROM) < until(last) {
            let rises = clocks.due(FROM) && sent < count && (!crowded || bench.rng.percent(60));
            if clocks.due(FROM) {
                bench.set(pulse, u64::from(rises));
            }
            bench.eval();
            sent += u64::from(rises);
            if clocks.due(TO) {
                heard += u64::from(bench.is(told));
            }
            if rises && sent == count {
                last = Some(clocks.edges(FROM));
                // Nothing before the last pulse counts for it, but what is on its way.
                bench.check(heard <= sent, || format!("{heard} told of {sent}"))?;
            }
            clocks.rise(bench);
        }
        if crowded {
            bench.check(heard >= 1 && heard <= sent, || {
                format!("{heard} told of {sent} crowded pulses")
            })?;
        } else {
            bench.eq("told of one pulse", heard, 1)?;
        }
    }
    Ok(())
}

/// Two pulses, the second while the first is on its way: both are told, whatever the ratio.
fn second_waits(bench: &mut Bench) -> Verdict {
    let [pulse, told] = ["pulse", "told"].map(|name| bench.port(name));
    let periods = [Clocks::period(&mut bench.rng), Clocks::period(&mut bench.rng)];
    let mut clocks = Clocks::new(bench, &[("from_clock", periods[FROM]), ("to_clock", periods[TO])]);
    let (mut heard, begin) = (0, 4);
    while clocks.edges(FROM) < begin + 5 * way(periods) {
        if clocks.due(FROM) {
            let edge = clocks.edges(FROM);
            bench.set(pulse, u64::from(edge == begin || edge == begin + 1));
        }
        bench.eval();
        if clocks.due(TO) {
            heard += u64::from(bench.is(told));
        }
        clocks.rise(bench);
    }
    bench.eq("told of two pulses", heard, 2)
}

#[test]
fn spaced_and_crowded_pulses() {
    testbench::run_seeds("pulse_sync", Size::Small, 1..=clocked::seeds(), scenario);
}

#[test]
fn a_second_pulse_waits_for_the_first() {
    testbench::run_seeds("pulse_sync", Size::Small, 1..=clocked::seeds(), second_waits);
}

testbench::mutants!("pulse_sync", |bench: &mut Bench| scenario(bench)
    .and_then(|()| second_waits(bench)));
