//! Received frames into the core's clock: whole at any ratio the core keeps up with, else cut and marked, each loss told once.

#[path = "clocked/beats.rs"]
mod beats;
mod clocked;

use beats::{Beat, Stream, frame};
use gateware::emit::Size;
use std::collections::VecDeque;
use testbench::{Bench, Clocks, Verdict};
use verilated::PortId;

const MAC: usize = 0;
const CORE: usize = 1;

/// What happened to the frames sent.
#[derive(Debug, Default)]
struct Tally {
    sent: VecDeque<Vec<Beat>>,
    now: Vec<Beat>,
    whole: u64,
    cut: u64,
    dropped: u64,
    lost: u64,
}

impl Tally {
    /// A beat at the core. Frames are told apart by their first word.
    fn beat(&mut self, bench: &mut Bench, beat: Beat) -> Verdict {
        self.now.push(beat);
        if !beat.2 {
            return Ok(());
        }
        let got = std::mem::take(&mut self.now);
        while let Some(sent) = self.sent.pop_front() {
            if sent[0].0 != got[0].0 {
                self.dropped += 1;
                continue;
            }
            if got == sent {
                self.whole += 1;
                return Ok(());
            }
            let kept = got.len() - 1;
            bench.check(
                kept >= 1 && kept < sent.len() && got[..kept] == sent[..kept],
                || format!("{got:x?} is no beginning of {sent:x?}"),
            )?;
            bench.check(beat.3, || "a cut frame that is not marked bad".into())?;
            self.cut += 1;
            return Ok(());
        }
        bench.check(false, || format!("a frame that nobody sent: {got:x?}"))
    }
}

/// A frame without an end, reset in the midst of it and for as long as it goes on, and silence before reset is over.
fn into_reset(
    bench: &mut Bench,
    clocks: &mut Clocks,
    [mac, core]: [Stream; 2],
    lost: PortId,
    resets: [PortId; 2],
) -> Verdict {
    for (held, edges, comes) in [(0, 60, true), (1, 120, true), (1, 180, false)] {
        resets.iter().for_each(|port| bench.set(*port, held));
        let start = clocks.edges(MAC);
        while (0..2).any(|clock| clocks.edges(clock) < edges) {
            if clocks.due(MAC) {
                let beat = comes.then(|| (bench.rng.next_u64(), 0xff, false, false));
                mac.drive(bench, beat);
            }
            bench.eval();
            if held == 1 && clocks.edges(MAC) > start + 1 {
                bench.eq("lost in reset", bench.is(lost), false)?;
            }
            if !comes {
                bench.eq("beat in reset", core.sample(bench), None)?;
            }
            clocks.rise(bench);
        }
    }
    resets.iter().for_each(|port| bench.set(*port, 0));
    Ok(())
}

/// Frames with gaps; returns what became of them.
fn feed(bench: &mut Bench, periods: [u64; 2], frames: u64, gap: u64) -> Result<Tally, testbench::Failure> {
    let (mac, core) = (Stream::of(bench, "mac_"), Stream::of(bench, "core_"));
    let lost = bench.port("lost");
    let resets = ["mac_reset", "core_reset"].map(|name| bench.port(name));
    let mut clocks = Clocks::new(
        bench,
        &[("mac_clock", periods[MAC]), ("core_clock", periods[CORE])],
    );
    into_reset(bench, &mut clocks, [mac, core], lost, resets)?;
    let mut tally = Tally::default();
    let (mut left, mut beats, mut pause) = (frames, VecDeque::new(), 4);
    let mut idle = 0;
    while idle < 400 {
        if clocks.due(MAC) {
            if beats.is_empty() && pause == 0 && left > 0 {
                let new = frame(&mut bench.rng, 40);
                beats.extend(new.iter().copied());
                tally.sent.push_back(new);
                (left, pause) = (left - 1, gap);
            }
            let beat = if beats.is_empty() || (beats.len() > 1 && bench.rng.below(16) == 0) {
                None
            } else {
                beats.pop_front()
            };
            pause -= u64::from(beats.is_empty() && beat.is_none() && pause > 0);
            idle = if left > 0 || beat.is_some() { 0 } else { idle + 1 };
            mac.drive(bench, beat);
        }
        bench.eval();
        if clocks.due(MAC) {
            tally.lost += u64::from(bench.is(lost));
        }
        if let Some(beat) = core.sample(bench).filter(|_| clocks.due(CORE)) {
            tally.beat(bench, beat)?;
        }
        clocks.rise(bench);
    }
    tally.dropped += tally.sent.len() as u64;
    bench.check(tally.now.is_empty(), || "a frame without its end".into())?;
    bench.eq("frames lost", tally.lost, tally.cut + tally.dropped)?;
    bench.eq("frames sent", tally.whole + tally.cut + tally.dropped, frames)?;
    Ok(tally)
}

/// The core as fast as the MAC within what two quartzes differ by, then slower by half.
fn scenario(bench: &mut Bench) -> Verdict {
    let near = [6_400, 6_400].map(|nominal| Clocks::near(&mut bench.rng, nominal));
    let kept = feed(bench, near, 40, 2)?;
    bench.eq("frames lost by a core that keeps up", kept.lost, 0)?;
    let period = 9_700 + bench.rng.below(4_000);
    let slow = feed(bench, [6_400, period], 60, 1)?;
    bench.check(slow.cut > 2 && slow.whole > 0, || format!("{slow:?}"))?;
    let period = 40_000 + bench.rng.below(9_000);
    let crawling = feed(bench, [6_400, period], 60, 1)?;
    bench.check(crawling.dropped > 0 && crawling.cut > 0, || {
        format!("{crawling:?}")
    })
}

#[test]
fn whole_or_marked() {
    testbench::run_seeds("mac_rx", Size::Small, 1..=clocked::seeds(), scenario);
}

testbench::mutants!("mac_rx", scenario);
