//! The frame TX window and the wire behind it: what may leave and what not, every frame and refusal, orders first, beats without gaps.

#[path = "frame_tx/filter.rs"]
mod filter;
#[path = "frame_tx/frames.rs"]
mod frames;
#[path = "frame_tx/races.rs"]
mod races;
#[path = "frame_tx/world.rs"]
mod world;

use contract::frame::{FRAME_MAX, FRAME_MIN};
use contract::window::offset;
use frames::{ACK, CONNECTION, Segment, arp, order};
use gateware::emit::Size;
use testbench::{Bench, Verdict};
use world::World;

/// Cycles from the write of a frame's last word to its first beat, while nothing waits.
const LATENCY: u64 = 11;
/// Cycles from a write to its refusal, and one more when two come at once.
const REFUSAL_CYCLES: u32 = 10;

/// Frames of a length that pass whatever the card has sent meanwhile, while the store holds `bytes` from sequence 0 on.
fn passing(world: &mut World<'_>, length: usize) -> Vec<u8> {
    let rng = &mut world.bench.rng;
    if length == FRAME_MIN && rng.percent(50) {
        return arp(rng);
    }
    let options = length.saturating_sub(54) / 4;
    let segment = Segment {
        flags: ACK,
        options: options.min(10),
        ..Segment::default()
    };
    segment.frame(rng)
}

/// The card has sent as much as the longest frame has payload.
fn provide(world: &mut World<'_>) -> Verdict {
    for n in 0..32 {
        let payload = order(&mut world.bench.rng);
        let segment = Segment {
            ends: CONNECTION,
            sequence: 50 * n,
            payload: &payload,
            ..Segment::default()
        };
        let frame = segment.frame(&mut world.bench.rng);
        world.send(&frame, true);
    }
    world.settle()
}

/// A frame that sends `length - 54` bytes of those again.
fn again(world: &mut World<'_>, length: usize) -> Vec<u8> {
    let payload = world.filter.bytes(0, length - 54).expect("provided").to_vec();
    let segment = Segment {
        payload: &payload,
        ..Segment::default()
    };
    segment.frame(&mut world.bench.rng)
}

/// Lone frames of every length around a word's end.
fn lengths(world: &mut World<'_>) -> Verdict {
    provide(world)?;
    for length in (FRAME_MIN..=80).chain(1_516..=FRAME_MAX) {
        let frame = again(world, length);
        world.queue(&frame);
        world.drain()?;
        let cycles = world.first_beat_at - world.written_at;
        world.bench.eq("cycles to the first beat", cycles, LATENCY)?;
    }
    Ok(())
}

/// A wire that stands still: the buffer takes what it has room for, and refuses the rest whole.
fn full(world: &mut World<'_>) -> Verdict {
    for length in [1_522, 60, 1_000, 1_144] {
        world.ready_percent = 0;
        let before = world.golden.refused;
        for _ in 0..11 {
            let frame = again(world, length);
            world.queue(&frame);
            // The first frame's first beat has left the buffer before the next one comes.
            for _ in 0..20 {
                world.cycle()?;
            }
            while !world.writes.is_empty() {
                world.cycle()?;
            }
        }
        let refused = world.golden.refused - before;
        world
            .bench
            .check(refused > 1, || format!("eleven frames of {length} bytes fitted"))?;
        world.ready_percent = 100;
        world.drain()?;
    }
    Ok(())
}

fn storm(world: &mut World<'_>, rounds: u32) -> Verdict {
    for _ in 0..rounds {
        world.ready_percent = *world.bench.rng.pick(&[30, 80, 100]);
        world.order_percent = *world.bench.rng.pick(&[0, 2, 30]);
        let length = usize::try_from(world.bench.rng.between(60, 94)).expect("small");
        let frame = passing(world, length);
        world.queue(&frame);
        if world.bench.rng.percent(40) {
            world.spoil(frame.len().div_ceil(8));
        }
        // Whether there is room must be beyond doubt.
        while !world.writes.is_empty() || world.frames.len() > 4 {
            world.cycle()?;
        }
    }
    world.order_percent = 0;
    world.ready_percent = 100;
    world.drain()
}

fn scenario(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench);
    lengths(&mut world)?;
    full(&mut world)?;
    storm(&mut world, 260)?;
    filter::scenario(&mut world)?;
    // A wrong length right behind a frame without its end: two refusals from one write.
    let base = offset("frame_tx");
    for _ in 0..6 {
        for write in [
            (base, 100, 0xff, false),
            (base + 8, 1, 0xff, false),
            (base, 9, 0xff, false),
        ] {
            world.writes.push_back(write);
        }
    }
    world.drain()?;
    for _ in 0..REFUSAL_CYCLES {
        world.cycle()?;
    }
    let (sent, orders, waited) = (world.sent, world.orders_sent, world.waited);
    world.bench.check(sent > 150 && orders > 40 && waited > 20, || {
        format!("too little: {sent} frames, {orders} orders, {waited} cycles waited")
    })?;
    let bench = world.bench;
    for full in [false, true] {
        let mut world = World::behind_reset(bench);
        provide(&mut world)?;
        interrupted(&mut world, full)?;
        reset(bench);
    }
    storm(&mut World::behind_reset(bench), 30)
}

/// Frames written and not gone, one of them on the wire or no room for another; behind them lengths that are none, in every stage.
fn interrupted(world: &mut World<'_>, full: bool) -> Verdict {
    world.ready_percent = if full { 0 } else { 40 };
    let frames = if full {
        vec![FRAME_MIN; 8]
    } else {
        vec![1_000, 400]
    };
    for length in frames {
        let frame = again(world, length);
        world.queue(&frame);
    }
    for _ in 0..160 {
        world.cycle()?;
    }
    world.write_percent = 100;
    world.writes.clear();
    for _ in 0..20 {
        world.writes.push_back((offset("frame_tx"), 9, 0xff, false));
    }
    for _ in 0..12 {
        world.cycle()?;
    }
    Ok(())
}

/// One cycle of reset; nothing of what was before is left.
fn reset(bench: &mut Bench) {
    for name in ["beat", "order_tvalid", "rx_valid"] {
        let port = bench.port(name);
        bench.set(port, 0);
    }
    let reset = bench.port("reset");
    bench.set(reset, 1);
    bench.tick();
    bench.set(reset, 0);
}

#[test]
fn against_golden() {
    testbench::run_seeds("frame_tx", Size::Small, 1..=4, scenario);
}

testbench::mutants!("frame_tx", scenario);
