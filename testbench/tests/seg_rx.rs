//! The order connection's bytes out of its frames: every byte once, in order, whatever comes, against the golden model; what nobody is to get.

#[path = "seg_rx/segments.rs"]
mod segments;
#[path = "seg_rx/world.rs"]
mod world;

use gateware::emit::Size;
use segments::{Segment, spoil};
use testbench::{Bench, Verdict};
use world::World;

/// Cycles from the last beat of a segment to its first word at the outlet, while nothing waits.
const LATENCY: u64 = 10;

/// Every small payload behind every header, from every byte of it on.
fn overlaps(world: &mut World<'_>) -> Verdict {
    for options in 0..=10 {
        for length in [1, 2, 3, 7, 8, 9, 16, 17] {
            for known in 0..=length + 1 {
                world.segment(Segment {
                    options,
                    length,
                    known: i64::try_from(known).expect("small"),
                    ..Segment::default()
                });
                world.drain()?;
            }
        }
    }
    Ok(())
}

/// How far from the expected byte a segment begins, up to the ends of the numbers.
fn distances(world: &mut World<'_>) -> Verdict {
    let far = [
        0x7fff_ffff,
        0x8000_0000,
        0x8000_0001,
        0xffff_ffff,
        0xffff,
        0x1_0000,
        0x1_0001,
        1,
        0,
        40,
        41,
    ];
    for known in far {
        for length in [1, 40, 1_400] {
            world.segment(Segment {
                length,
                known,
                ..Segment::default()
            });
            world.drain()?;
        }
    }
    Ok(())
}

/// Packets around the longest, and longer ones.
fn lengths(world: &mut World<'_>) -> Verdict {
    for length in [1_459, 1_460, 1_461, 1_467, 1_468, 1_469, 1_500, 4_200] {
        world.segment(Segment {
            length,
            ..Segment::default()
        });
        world.drain()?;
    }
    Ok(())
}

fn latency(world: &mut World<'_>) -> Verdict {
    world.segment(Segment {
        length: 2,
        ..Segment::default()
    });
    let from = world.send()?;
    world.drain()?;
    let at = world.taken_at;
    world.bench.eq("cycles to the outlet", at - from, LATENCY)
}

/// A bit of a good segment turns, each in turn.
fn every_bit(world: &mut World<'_>) -> Verdict {
    for bit in 0..8 * 62 {
        let segment = Segment {
            length: 8,
            ..Segment::default()
        };
        let frame = world.make(segment).flipped(bit);
        world.push(frame);
        world.drain()?;
    }
    Ok(())
}

/// A segment is cut off, and what is missing would not have changed its sums.
fn cut_off(world: &mut World<'_>) -> Verdict {
    for cut in 1..=32 {
        let segment = Segment {
            length: 42,
            ..Segment::default()
        };
        let mut frame = world.make(segment);
        let end = frame.bytes.len();
        frame.bytes[end - 32..].fill(0);
        segments::seal(&mut frame.bytes);
        world.push(frame.truncated(end - cut));
        world.drain()?;
    }
    Ok(())
}

/// Nobody takes the bytes: the buffer fills, what finds no room is refused, and comes again.
fn full(world: &mut World<'_>) -> Verdict {
    for length in [1_400, 100, 9] {
        let before = world.seen.no_room;
        world.ready_percent = 0;
        for _ in 0..40 {
            world.segment(Segment {
                length,
                ..Segment::default()
            });
            world.send()?;
            world.settle()?;
        }
        let refused = world.seen.no_room - before;
        world
            .bench
            .check(refused > 0, || format!("all of {length} bytes fitted"))?;
        world.ready_percent = 100;
        world.drain()?;
    }
    Ok(())
}

/// A new stream begins in every cycle of a segment of the old one.
fn restarts(world: &mut World<'_>) -> Verdict {
    for at in 0..30 {
        world.ready_percent = 50;
        for _ in 0..2 {
            world.segment(Segment {
                length: 50,
                ..Segment::default()
            });
        }
        for _ in 0..at {
            world.cycle()?;
        }
        world.restart()?;
        while !world.is_idle() {
            world.cycle()?;
        }
        world.settle()?;
        world.segment(Segment {
            length: 20,
            ..Segment::default()
        });
        world.drain()?;
    }
    world.ready_percent = 100;
    Ok(())
}

fn storm(world: &mut World<'_>, frames: u32) -> Verdict {
    for _ in 0..frames {
        world.driver.gap_percent = *world.bench.rng.pick(&[0, 0, 0, 40]);
        world.driver.frame_gap = *world.bench.rng.pick(&[0, 0, 1, 3]);
        world.ready_percent = *world.bench.rng.pick(&[5, 30, 100, 100]);
        let segment = segments::any(&mut world.bench.rng);
        let frame = world.make(segment);
        let frame = spoil(&mut world.bench.rng, frame);
        world.push(frame);
        // What comes next is made when this one has been judged, or before.
        if world.bench.rng.percent(60) {
            world.send()?;
            world.settle()?;
        }
        if world.bench.rng.below(60) == 0 {
            world.restart()?;
        }
        if world.bench.rng.below(40) == 0 {
            world.toggle()?;
        }
    }
    world.ready_percent = 100;
    world.drain()
}

fn scenario(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench);
    latency(&mut world)?;
    overlaps(&mut world)?;
    distances(&mut world)?;
    lengths(&mut world)?;
    every_bit(&mut world)?;
    cut_off(&mut world)?;
    full(&mut world)?;
    restarts(&mut world)?;
    storm(&mut world, 900)?;
    let enough = world.seen.all();
    let told = format!("too little: {:?}", world.seen);
    world.bench.check(enough, || told)?;
    world.reset()?;
    storm(&mut world, 30)
}

#[test]
fn against_golden() {
    testbench::run_seeds("seg_rx", Size::Small, 1..=3, scenario);
}

testbench::mutants!("seg_rx", Size::Small, 40, 1, scenario);
