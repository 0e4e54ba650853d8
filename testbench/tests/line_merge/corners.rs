//! What random traffic meets too seldom.

use crate::traffic::{Kind, Packet};
use crate::world::World;
use contract::event::Code;
use testbench::frames::SESSION;
use testbench::{Bench, Verdict};

fn started(bench: &mut Bench) -> Result<World<'_>, testbench::Failure> {
    let mut world = World::started(bench, 100)?;
    world.gap_wait_ns = u32::MAX;
    Ok(world)
}

/// One line leads the other by the whole window, or by a message more or less.
fn window_ahead(bench: &mut Bench) -> Verdict {
    for apart in 0..5 {
        let mut world = started(bench)?;
        let start = world.cycle;
        world.send(1, Packet::deletes(356, 60).at(start + 2));
        world.send(0, Packet::deletes(100, 60).at(start + apart));
        world.drain()?;
        world.send(0, Packet::deletes(160, 256));
        world.drain()?;
    }
    Ok(())
}

/// So far ahead that only the high word of the sequence shows it.
fn high_word_ahead(bench: &mut Bench) -> Verdict {
    for high in [1, 2, 3, 4, 1 << 31] {
        let first = 0xffff_fff0;
        let mut world = World::started(bench, first)?;
        world.gap_wait_ns = u32::MAX;
        world.send(0, Packet::deletes((high << 32) + 2, 3));
        world.run(60)?;
        let held = world.counter("held A");
        world.bench.eq("held A", held, if high == 1 { 3 } else { 0 })?;
    }
    Ok(())
}

/// What is held already is a duplicate, wherever in the window.
fn held_twice(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    for _ in 0..2 {
        for line in 0..2 {
            world.send(line, Packet::deletes(101, 255));
        }
    }
    world.drain()?;
    for line in ["A", "B"] {
        let counts = ["held", "duplicates"].map(|what| world.counter(&format!("{what} {line}")));
        world.bench.eq("held, duplicates", counts, [255, 255])?;
    }
    Ok(())
}

/// Messages beyond the window beside a bad frame that was accepted: both are counted.
fn beyond_beside_bad(bench: &mut Bench) -> Verdict {
    for line in 0..2 {
        for apart in 0..8 {
            let mut world = started(bench)?;
            world.send(line, Packet::deletes(10_000, 40));
            let start = world.cycle + apart;
            for i in 0..10 {
                world.send(1 - line, Packet::deletes(100 + i, 1).bad().at(start));
            }
            world.drain()?;
        }
    }
    Ok(())
}

/// An entry of line B goes out while line A still has something to tell.
fn entries_of_both(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.stalls_percent = 100;
    world.send(0, Packet::heartbeat(100).of_kind(Kind::EndOfSession));
    world.drain()?;
    world.send(1, Packet::heartbeat(100).of_kind(Kind::EndOfSession));
    world.send(1, Packet::deletes(100, 3).bad());
    world.drain()?;
    world.stalls_percent = 0;
    world.run(20)?;
    world.judge(0, Some(100))?;
    let mut world = started(bench)?;
    world.stalls_percent = 100;
    world.send(1, Packet::deletes(8, 3).of_session([0x99; 10]));
    world.drain()?;
    world.send(0, Packet::heartbeat(100).of_kind(Kind::EndOfSession));
    world.send(1, Packet::deletes(100, 3).bad());
    world.drain()?;
    world.stalls_percent = 0;
    world.run(20)?;
    world.stalls_percent = 100;
    world.send(1, Packet::deletes(8, 3).of_session([0x98; 10]));
    world.drain()?;
    world.gap_wait_ns = 0;
    world.send(0, Packet::deletes(110, 2));
    world.drain()?;
    world.run(200)?;
    world.stalls_percent = 0;
    world.run(20)?;
    let gaps = world.ranges(Code::Gap);
    world.bench.eq("gap behind a stall", gaps, vec![(103, 110)])?;
    let told: Vec<(u64, u64)> = world.told.iter().map(|told| (told.code, told.line)).collect();
    let bad = (Code::BadFrame as u64, 1);
    world.bench.check(told.contains(&bad), || format!("{told:?}"))
}

/// Every bit of a session taken from a header is kept, from either line.
fn session_of_high_bytes(bench: &mut Bench) -> Verdict {
    for line in 0..2 {
        for session in [[0xfe; 10], [0x81; 10]] {
            let mut world = started(bench)?;
            world.send(line, Packet::deletes(u64::MAX - 9, 2).of_session([0x42; 10]));
            world.drain()?;
            world.run(5)?;
            let told = world.told.last().map(|told| told.words[2]);
            world
                .bench
                .eq("sequence of another session", told, Some(u64::MAX - 9))?;
            world.session_ctrl = Some(2);
            world.cycle()?;
            world.seq_ctrl = Some(2);
            world.cycle()?;
            world.send(line, Packet::deletes(77, 5).of_session(session));
            world.drain()?;
            world.send(
                line,
                Packet::heartbeat(82)
                    .of_kind(Kind::EndOfSession)
                    .of_session(session),
            );
            world.drain()?;
            world.run(5)?;
            let got = world.golden.output().session;
            world.bench.eq("session", got, session)?;
        }
    }
    Ok(())
}

/// What a line told before the host's word about the session does not count behind it.
fn told_before(bench: &mut Bench) -> Verdict {
    for (word, line) in [(1, 0), (2, 0), (1, 1), (2, 1)] {
        let mut world = started(bench)?;
        world.send(line, Packet::heartbeat(200));
        world.drain()?;
        world.cfg_session = SESSION;
        world.session_ctrl = Some(word);
        world.cycle()?;
        world.send(1 - line, Packet::heartbeat(200));
        world.drain()?;
        world.run(60)?;
        let told = world.told.len();
        world.bench.eq("gaps told", told, 0)?;
    }
    Ok(())
}

/// Entries that wait are forgotten at reset.
fn reset_before_entries(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.stalls_percent = 100;
    for line in 0..2 {
        world.send(line, Packet::deletes(100, 3).bad());
        world.send(line, Packet::deletes(8, 3).of_session([0x99; 10]));
        world.send(line, Packet::heartbeat(103).of_kind(Kind::EndOfSession));
    }
    world.drain()?;
    world.reset();
    world.stalls_percent = 0;
    world.run(20)?;
    let told = world.told.len();
    world.bench.eq("entries told", told, 0)?;
    world.cfg_session = SESSION;
    world.session_ctrl = Some(1);
    world.cycle()?;
    for line in 0..2 {
        world.send(line, Packet::heartbeat(103).of_kind(Kind::EndOfSession));
    }
    world.drain()?;
    world.run(5)?;
    let told: Vec<u64> = world.told.iter().map(|told| told.code).collect();
    world
        .bench
        .eq("ends of session", told, vec![Code::EndOfSession as u64; 2])
}

/// Every bit of a gap's ends is kept, from either line.
fn far_anywhere(bench: &mut Bench) -> Verdict {
    for turn in 0..8 {
        let (first, more) = (bench.rng.bits(62), bench.rng.bits(61));
        let far = first + 10_000 + more;
        let mut world = World::started(bench, first)?;
        world.send(turn % 2, Packet::deletes(far, 4));
        world.send(turn % 2, Packet::deletes(far + 4, 4));
        world.drain()?;
        let gaps = world.ranges(Code::Gap);
        world.bench.eq("gaps", gaps, vec![(first, far + 4)])?;
    }
    Ok(())
}

pub(crate) fn every_corner(bench: &mut Bench) -> Verdict {
    window_ahead(bench)?;
    high_word_ahead(bench)?;
    held_twice(bench)?;
    beyond_beside_bad(bench)?;
    entries_of_both(bench)?;
    session_of_high_bytes(bench)?;
    told_before(bench)?;
    reset_before_entries(bench)?;
    far_anywhere(bench)
}
