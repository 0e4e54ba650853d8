//! Frames out of the core's clock: whole, and without a hole as long as the two clocks are nominally one.

#[path = "clocked/beats.rs"]
mod beats;
mod clocked;

use beats::{Beat, Stream, frame};
use gateware::emit::Size;
use std::collections::VecDeque;
use testbench::{Bench, Clocks, Failure, Verdict};
use verilated::PortId;

const CORE: usize = 0;
const MAC: usize = 1;

/// A frame that reset ends in its midst.
fn through_reset(
    bench: &mut Bench,
    clocks: &mut Clocks,
    [core, mac]: [Stream; 2],
    underrun: PortId,
    resets: [PortId; 2],
) -> Verdict {
    for (held, edges, comes) in [(0, 20, true), (1, 40, true), (1, 60, false)] {
        resets.iter().for_each(|port| bench.set(*port, held));
        while (0..2).any(|clock| clocks.edges(clock) < edges) {
            let beat = comes.then(|| (bench.rng.next_u64(), 0xff, false, false));
            core.drive(bench, beat);
            bench.eval();
            if !comes {
                bench.eq("beat in reset", mac.sample(bench), None)?;
                bench.eq("underrun in reset", bench.is(underrun), false)?;
            }
            clocks.rise(bench);
        }
    }
    resets.iter().for_each(|port| bench.set(*port, 0));
    Ok(())
}

/// Cycles within frames in which the MAC wanted a beat in vain.
#[derive(Default)]
struct Holes {
    frames: u64,
    cycles: u64,
    /// The present frame has one.
    is_holed: bool,
    /// The cycle had the first one of its frame.
    to_tell: bool,
}

impl Holes {
    /// A cycle, in a frame or between two.
    fn cycle(&mut self, in_frame: bool, in_vain: bool) {
        let hole = in_frame && in_vain;
        self.is_holed &= in_frame;
        self.to_tell = hole && !self.is_holed;
        self.is_holed |= hole;
        self.frames += u64::from(self.to_tell);
        self.cycles += u64::from(hole);
    }
}

/// Sends frames; in how many of them the MAC wanted a beat in vain, and in how many cycles. Each such frame is told once, a cycle behind its
/// first hole.
fn feed(bench: &mut Bench, periods: [u64; 2], ready_percent: u64, most: u64) -> Result<(u64, u64), Failure> {
    let (core, mac) = (Stream::of(bench, "core_"), Stream::of(bench, "mac_"));
    let [core_ready, mac_ready, underrun] =
        ["core_tready", "mac_tready", "underrun"].map(|name| bench.port(name));
    let resets = ["core_reset", "mac_reset"].map(|name| bench.port(name));
    let pairs = [("core_clock", periods[CORE]), ("mac_clock", periods[MAC])];
    let mut clocks = Clocks::new(bench, &pairs);
    bench.set(mac_ready, 1);
    through_reset(bench, &mut clocks, [core, mac], underrun, resets)?;
    let mut waiting: VecDeque<Beat> = (0..25).flat_map(|_| frame(&mut bench.rng, most)).collect();
    let mut expected = waiting.clone();
    let (waiting_at_first, mut first_taken) = (waiting.len(), None);
    let (mut holes, mut under_way, mut pause, mut rest) = (Holes::default(), false, 0, 0);
    let (mut offered, mut ready, mut stalled, mut quiet) = (None, false, None, 0);
    while rest < 20 {
        if clocks.due(CORE) {
            offered = waiting.front().copied().filter(|_| pause == 0);
            pause -= u64::from(pause > 0);
        }
        if clocks.due(MAC) {
            ready = bench.rng.percent(ready_percent);
            rest += u64::from(expected.is_empty());
        }
        core.drive(bench, offered);
        bench.set(mac_ready, u64::from(ready));
        bench.eval();
        if clocks.due(CORE) && offered.is_some() && bench.is(core_ready) {
            let taken = waiting.pop_front();
            first_taken = first_taken.or(Some(clocks.edges(MAC)));
            pause = if taken.is_some_and(|beat| beat.2) {
                bench.rng.below(4)
            } else {
                0
            };
        }
        if clocks.due(MAC) {
            bench.eq("underrun", bench.is(underrun), holes.to_tell)?;
            let shown = mac.sample(bench);
            // The start gate.
            bench.check(under_way || shown.is_none() || quiet >= 2, || {
                format!("{quiet} cycles before a frame")
            })?;
            quiet = if shown.is_some() && !under_way {
                2
            } else {
                quiet + 1
            };
            if stalled.is_some() {
                bench.eq("a stalled beat", shown, stalled)?;
            }
            stalled = shown.filter(|_| !ready);
            if let Some(taken) = first_taken.filter(|_| shown.is_some() && expected.len() == waiting_at_first)
            {
                bench.check(clocks.edges(MAC) >= taken + 5, || {
                    "the first frame did not wait".into()
                })?;
            }
            holes.cycle(under_way, ready && shown.is_none());
            if let Some(beat) = shown.filter(|_| ready) {
                bench.eq("beat", Some(beat), expected.pop_front())?;
                under_way = !beat.2;
                quiet = 0;
            }
        }
        clocks.rise(bench);
        bench.check(clocks.edges(MAC) < 200_000, || "no end".into())?;
    }
    Ok((holes.frames, holes.cycles))
}

fn scenario(bench: &mut Bench) -> Verdict {
    let near = [6_400, 6_400].map(|nominal| Clocks::near(&mut bench.rng, nominal));
    let (holes, _) = feed(bench, near, 100, 190)?;
    bench.eq("holes at one nominal clock", holes, 0)?;
    let stalls = bench.rng.between(30, 90);
    let (holes, _) = feed(bench, near, stalls, 60)?;
    bench.eq("holes when the MAC stalls", holes, 0)?;
    let period = 3_000 + bench.rng.below(1_500);
    let (holed, holes) = feed(bench, [6_400, period], 100, 60)?;
    bench.check(holed > 1 && holes > holed, || {
        format!("{holes} holes in {holed} frames of a MAC of twice the clock")
    })
}

#[test]
fn whole_and_without_holes() {
    testbench::run_seeds("mac_tx", Size::Small, 1..=clocked::seeds(), scenario);
}

testbench::mutants!("mac_tx", scenario);
