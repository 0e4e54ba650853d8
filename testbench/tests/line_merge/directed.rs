//! One rule after the other.

use crate::traffic::{Kind, Packet};
use crate::world::World;
use contract::event::Code;
use testbench::frames::SESSION;
use testbench::{Bench, Verdict};

const LONG: u32 = u32::MAX;

/// Cycles from the first beat of a frame to its first message, a Delete.
const TO_FIRST: u64 = 11;

fn all(range: std::ops::Range<u64>, line: u8) -> Vec<(u64, u8)> {
    range.map(|seq| (seq, line)).collect()
}

fn started(bench: &mut Bench) -> Result<World<'_>, testbench::Failure> {
    let mut world = World::started(bench, 100)?;
    world.gap_wait_ns = LONG;
    Ok(world)
}

/// What left, and that neither stale nor gap nor bad frame was told.
fn undisturbed(world: &mut World<'_>, expected: &[(u64, u8)]) -> Verdict {
    let (got, stales, told) = (world.sequence(), world.stales.len(), world.told.len());
    world.bench.eq("sequence", &got[..], expected)?;
    world.bench.eq("stale_all, entries", (stales, told), (0, 0))
}

/// One cycle from valid to valid; of the same on both lines, A's is taken.
pub(crate) fn in_sequence(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    let start = world.cycle;
    world.send(0, Packet::deletes(100, 20));
    world.send(1, Packet::deletes(100, 20));
    world.drain()?;
    undisturbed(&mut world, &all(100..120, 0))?;
    let first = world.left[0].cycle;
    world.bench.eq("first message", first, start + TO_FIRST + 1)?;
    let (duplicates, held) = (world.counter("duplicates B"), world.counter("held A"));
    world
        .bench
        .eq("duplicates B, held A", (duplicates, held), (20, 0))?;
    // The other line leads; it is as quick.
    let start = world.cycle + 3;
    world.send(1, Packet::deletes(120, 5).at(start));
    world.send(0, Packet::deletes(120, 5).at(start + 1));
    world.drain()?;
    let left = (world.left[20].seq, world.left[20].line, world.left[20].cycle);
    world.bench.eq("first of B", left, (120, 1, start + TO_FIRST + 1))
}

/// A frame lost on one line: what is behind it waits for the other line, then drains at full rate.
fn one_lost(bench: &mut Bench, shape: (u8, usize), spacing: u64) -> Verdict {
    let mut world = started(bench)?;
    let start = world.cycle;
    for (seq, lost) in [(100, false), (110, true), (120, false)] {
        let packet = Packet::data(seq, vec![shape; 10]);
        if !lost {
            world.send(0, packet.clone());
        }
        world.send(1, packet.at(start + 150));
    }
    world.drain()?;
    let mut expected = all(100..110, 0);
    expected.extend(all(110..120, 1));
    expected.extend(all(120..130, 0));
    undisturbed(&mut world, &expected)?;
    let counts = [world.counter("held A"), world.counter("duplicates B")];
    world.bench.eq("held A, duplicates B", counts, [10, 20])?;
    for pair in 20..29 {
        let apart = world.left[pair + 1].cycle - world.left[pair].cycle;
        world.bench.eq("cycles apart", apart, spacing)?;
    }
    Ok(())
}

pub(crate) fn lost_deletes(bench: &mut Bench) -> Verdict {
    one_lost(bench, (b'D', 19), 2)
}

pub(crate) fn lost_short(bench: &mut Bench) -> Verdict {
    one_lost(bench, (b'S', 12), 1)
}

/// The cycle after a book message stays free, whatever comes right behind it; nothing is held for that.
pub(crate) fn spacing(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    // The second S comes one beat behind the A.
    world.send(
        0,
        Packet::data(100, vec![(b'S', 12), (b'A', 36), (b'S', 12), (b'D', 19)]),
    );
    world.drain()?;
    undisturbed(&mut world, &all(100..104, 0))?;
    let apart = world.left[2].cycle - world.left[1].cycle;
    world.bench.eq("cycles from A to S", apart, 2)?;
    world.bench.eq("held", world.counter("held A"), 0)?;
    world.judge(0, Some(100))
}

/// Both lines lost it: a gap after the wait.
pub(crate) fn gap_by_wait(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.gap_wait_ns = 3_000;
    for line in 0..2 {
        world.send(line, Packet::deletes(100, 10));
        world.send(line, Packet::deletes(120, 10));
    }
    world.drain()?;
    world.run(100)?;
    let pending = world.golden.output().gap_pending;
    world.bench.check(pending, || "no gap pending".into())?;
    world.bench.eq("too early", world.left.len(), 10)?;
    let before = world.now;
    while world.stales.is_empty() {
        world.cycle()?;
    }
    let waited = world.now - before;
    world.bench.check((1_000..3_000).contains(&waited), || {
        format!("waited {waited} ns more")
    })?;
    world.run(100)?;
    let mut expected = all(100..110, 0);
    expected.extend(all(120..130, 0));
    let got = world.sequence();
    world.bench.eq("sequence", got, expected)?;
    world
        .bench
        .eq("gaps", world.ranges(Code::Gap), vec![(110, 120)])?;
    world.bench.eq("gaps counted", world.counter("gaps"), 1)?;
    world.judge(0, Some(100))
}

/// More than the window holds: the gap reaches to the first held one, and nothing else is lost.
pub(crate) fn gap_by_window(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    for packet in 0..10 {
        world.send(0, Packet::deletes(103 + 40 * packet, 40));
    }
    world.drain()?;
    world.run(600)?;
    let got = world.sequence();
    world.bench.eq("sequence", got, all(103..503, 0))?;
    world
        .bench
        .eq("gaps", world.ranges(Code::Gap), vec![(100, 103)])?;
    let over = world.counter("window_overflow");
    world.bench.check(over > 0, || "no window overflow".into())?;
    world.judge(0, Some(100))
}

/// Far ahead with nothing held: only a frame that ended well moves the expected sequence, to what is behind it.
pub(crate) fn gap_by_jump(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.send(1, Packet::deletes(1 << 40, 5).bad());
    world.drain()?;
    world.send(1, Packet::deletes(100, 5));
    world.drain()?;
    undisturbed(&mut world, &all(100..105, 1))?;
    world.send(0, Packet::deletes(10_000, 20));
    world.send(0, Packet::deletes(10_020, 20));
    world.drain()?;
    let mut expected = all(100..105, 1);
    expected.extend(all(10_020..10_040, 0));
    let got = world.sequence();
    world.bench.eq("sequence", got, expected)?;
    world
        .bench
        .eq("gaps", world.ranges(Code::Gap), vec![(105, 10_020)])?;
    world.judge(0, Some(100))
}

/// Both lines say that more was sent: the lower one counts. One line alone says nothing.
pub(crate) fn gap_by_heartbeat(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.send(0, Packet::heartbeat(150));
    world.drain()?;
    world.bench.eq("gaps", world.counter("gaps"), 0)?;
    world.send(1, Packet::heartbeat(140));
    world.drain()?;
    world
        .bench
        .eq("gaps", world.ranges(Code::Gap), vec![(100, 140)])?;
    // Something held: to there.
    world.send(0, Packet::deletes(145, 2));
    for line in 0..2 {
        world.send(line, Packet::heartbeat(150));
    }
    world.drain()?;
    let gaps = vec![(100, 140), (140, 145), (147, 150)];
    world.bench.eq("gaps", world.ranges(Code::Gap), gaps)?;
    world.send(0, Packet::deletes(150, 3));
    world.drain()?;
    let mut expected = all(145..147, 0);
    expected.extend(all(150..153, 0));
    for (line, seq) in [160, 170].into_iter().enumerate() {
        world.send(line, Packet::heartbeat(seq));
    }
    world.drain()?;
    let last = world.ranges(Code::Gap).pop();
    world.bench.eq("last gap", last, Some((153, 160)))?;
    let got = world.sequence();
    world.bench.eq("sequence", got, expected)?;
    world.judge(0, Some(100))
}

/// A bad frame of which messages were accepted: stale, told with its range, and the sequence goes on.
pub(crate) fn bad_accepted(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.send(0, Packet::deletes(100, 10).bad());
    world.drain()?;
    world.send(1, Packet::deletes(100, 15));
    world.drain()?;
    let mut expected = all(100..110, 0);
    expected.extend(all(110..115, 1));
    let got = world.sequence();
    world.bench.eq("sequence", got, expected)?;
    world
        .bench
        .eq("bad", world.ranges(Code::BadFrame), vec![(100, 110)])?;
    let gaps: Vec<bool> = world.stales.iter().map(|(_, gap)| *gap).collect();
    world.bench.eq("stale_all for a gap", gaps, vec![false])?;
    let counted = world.counter("bad_frame_accepted");
    world.bench.eq("bad_frame_accepted", counted, 1)
}

/// What a bad frame only brought into the window is taken out again; the other line's copy stands.
pub(crate) fn bad_held(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    let mut wrong = Packet::deletes(105, 10).bad();
    wrong.corrupt = true;
    world.send(1, Packet::deletes(105, 5));
    world.drain()?;
    world.send(0, wrong);
    world.drain()?;
    let counts = [
        world.counter("held A"),
        world.counter("held B"),
        world.counter("purged A"),
    ];
    world.bench.eq("held A, held B, purged A", counts, [10, 5, 10])?;
    world.send(1, Packet::deletes(100, 5));
    world.drain()?;
    world.send(1, Packet::deletes(110, 5));
    world.drain()?;
    undisturbed(&mut world, &all(100..115, 1))
}

/// Held messages of a frame under way are accepted like any; if it turns out bad, it is one that was accepted.
pub(crate) fn bad_drained(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.send(0, Packet::deletes(102, 60).bad());
    let start = world.cycle + 30;
    world.send(1, Packet::deletes(100, 2).at(start));
    world.drain()?;
    let mut expected = all(100..102, 1);
    expected.extend(all(102..162, 0));
    let got = world.sequence();
    world.bench.eq("sequence", got, expected)?;
    world
        .bench
        .eq("bad", world.ranges(Code::BadFrame), vec![(102, 162)])
}

/// Another session is dropped and told once; the host accepts it, or the next one.
pub(crate) fn sessions(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    let other = *b"TOMORROW42";
    for line in 0..2 {
        world.send(line, Packet::deletes(1, 5).of_session(other));
        world.send(line, Packet::deletes(6, 5).of_session(other));
    }
    world.send(0, Packet::deletes(100, 5));
    world.drain()?;
    let got = world.sequence();
    world.bench.eq("sequence", got, all(100..105, 0))?;
    let changes = |world: &World<'_>, code: Code| {
        let these = world.told.iter().filter(|told| told.code == code as u64);
        these.map(|told| (told.line, told.words[2])).collect::<Vec<_>>()
    };
    let told = changes(&world, Code::SessionChange);
    world.bench.eq("session changes", told, vec![(0, 1)])?;
    let shown = world.golden.output();
    let seen = (shown.session_pending, shown.session_seen);
    world.bench.eq("pending, seen", seen, (true, other))?;
    world.cfg_session = other;
    world.session_ctrl = Some(1);
    world.cycle()?;
    world.seq_ctrl = Some(2);
    world.cycle()?;
    world.send(1, Packet::deletes(11, 5).of_session(other));
    world.send(0, Packet::deletes(11, 5).of_session(other));
    for _ in 0..2 {
        world.send(
            0,
            Packet::heartbeat(16)
                .of_kind(Kind::EndOfSession)
                .of_session(other),
        );
        world.send(
            1,
            Packet::heartbeat(16)
                .of_kind(Kind::EndOfSession)
                .of_session(other),
        );
    }
    world.drain()?;
    let got = world.sequence()[5..].to_vec();
    world.bench.eq("sequence", got, all(11..16, 0))?;
    let told = changes(&world, Code::EndOfSession);
    world.bench.eq("ends of session", told, vec![(0, 16), (1, 16)])?;
    // The next one seen.
    world.session_ctrl = Some(2);
    world.cycle()?;
    world.seq_ctrl = Some(2);
    world.cycle()?;
    let later = world.cycle + 3;
    world.send(1, Packet::deletes(77, 5).of_session(SESSION));
    world.send(0, Packet::deletes(82, 5).of_session(other).at(later));
    world.drain()?;
    let got = world.sequence()[10..].to_vec();
    world.bench.eq("sequence", got, all(77..82, 1))?;
    let session = world.golden.output().session;
    world.bench.eq("session", session, SESSION)
}

/// Every number told keeps its high bits, from either line.
pub(crate) fn high_numbers(bench: &mut Bench) -> Verdict {
    let (ones, zeros) = (0xfedc_ba98_7654_3000, 0x0091_a2b3_c4d5_e7ff);
    for (line, expected) in [(0, ones), (1, zeros), (0, zeros), (1, ones)] {
        let mut world = World::started(bench, expected)?;
        world.send(line, Packet::deletes(expected, 4).bad());
        world.drain()?;
        let bad = world.ranges(Code::BadFrame);
        world.bench.eq("bad", bad, vec![(expected, expected + 4)])?;
        let far = expected + (1 << 55) + 0xffff_ffff;
        world.send(line, Packet::deletes(far, 4));
        world.send(line, Packet::deletes(far + 4, 4));
        world.drain()?;
        let gaps = world.ranges(Code::Gap);
        world.bench.eq("gaps", gaps, vec![(expected + 4, far + 4)])?;
        let told = far + 0x7edc_ffff_ffff;
        for (i, more) in [(line, 0), (1 - line, 9)] {
            world.send(i, Packet::heartbeat(told + more));
        }
        world.drain()?;
        let last = world.ranges(Code::Gap).pop();
        world.bench.eq("last gap", last, Some((far + 8, told)))?;
        world.judge(0, Some(expected))?;
    }
    Ok(())
}

/// Held across the carry into the high word of the sequence.
pub(crate) fn high_word(bench: &mut Bench) -> Verdict {
    let (first, carried) = (0xffff_fff0, 0x1_0000_0002);
    let mut world = World::started(bench, first)?;
    world.gap_wait_ns = LONG;
    world.send(0, Packet::deletes(carried, 5));
    world.drain()?;
    world.send(1, Packet::deletes(first, 18));
    world.drain()?;
    world.bench.eq("held A", world.counter("held A"), 5)?;
    let mut expected = all(first..carried, 1);
    expected.extend(all(carried..carried + 5, 0));
    undisturbed(&mut world, &expected)
}

/// Entries that wait keep the session they were made in.
pub(crate) fn entries_wait(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    let other = *b"TOMORROW42";
    world.stalls_percent = 100;
    for line in 0..2 {
        world.send(line, Packet::deletes(100, 3).bad());
        world.send(line, Packet::deletes(8, 3).of_session(other));
        world.send(line, Packet::heartbeat(103).of_kind(Kind::EndOfSession));
    }
    world.drain()?;
    world.send(1, Packet::deletes(1, 5).of_session([0xff; 10]));
    world.drain()?;
    world.cfg_session = other;
    world.session_ctrl = Some(1);
    world.run(5)?;
    world.stalls_percent = 0;
    world.run(20)?;
    let told: Vec<(u64, u64)> = world.told.iter().map(|told| (told.code, told.line)).collect();
    let expected = [
        (Code::BadFrame, 0),
        (Code::SessionChange, 1),
        (Code::EndOfSession, 0),
        (Code::EndOfSession, 1),
    ]
    .map(|(code, line)| (code as u64, line));
    world.bench.eq("entries", &told[..], &expected[..])?;
    let of = |i: usize| world.told[i].words[0].to_le_bytes();
    let sessions = [of(1), of(2), of(3)];
    let first = |session: &[u8]| -> [u8; 8] { session[..8].try_into().expect("8 bytes") };
    let expected = [[0xff; 8], first(&SESSION), first(&SESSION)];
    world.bench.eq("sessions", sessions, expected)
}

/// A message that comes while the walk passes its sequence: taken if not passed, and the walk ends there.
pub(crate) fn met_on_the_walk(bench: &mut Bench) -> Verdict {
    for apart in 0..16 {
        let mut world = started(bench)?;
        world.gap_wait_ns = 0;
        let start = world.cycle;
        world.send(0, Packet::deletes(200, 5).at(start));
        world.send(1, Packet::deletes(106, 3).at(start + apart));
        world.drain()?;
        world.run(100)?;
        world.judge(0, Some(100))?;
        let got = world.sequence();
        let last = got.len().saturating_sub(5);
        world
            .bench
            .eq("behind the walk", &got[last..], &all(200..205, 0)[..])?;
    }
    Ok(())
}

/// The last word of the host counts, and none is left after reset.
pub(crate) fn last_word(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    for word in [2, 1] {
        world.seq_ctrl = Some(word);
        world.cycle()?;
    }
    world.send(0, Packet::deletes(105, 2));
    world.drain()?;
    world.bench.eq("held A", world.counter("held A"), 2)?;
    world.seq_ctrl = Some(2);
    world.cycle()?;
    world.reset();
    world.session_ctrl = Some(1);
    world.cycle()?;
    world.send(0, Packet::deletes(105, 2));
    world.drain()?;
    undisturbed(&mut world, &[])
}

/// A jump comes between the packets of its line, never into one: what follows it is taken at once.
pub(crate) fn jump_between_packets(bench: &mut Bench) -> Verdict {
    for apart in 0..24 {
        let mut world = started(bench)?;
        for line in 0..2 {
            world.send(line, Packet::heartbeat(200));
        }
        let start = world.cycle + 4 + apart;
        world.send(0, Packet::data(200, vec![(b'S', 12); 8]).at(start));
        world.drain()?;
        let got = world.sequence();
        world.bench.eq("sequence", got, all(200..208, 0))?;
        world
            .bench
            .eq("gaps", world.ranges(Code::Gap), vec![(100, 200)])?;
    }
    Ok(())
}

/// A jump behind a far frame waits for the packet under way on that frame's line, not for the other line's.
pub(crate) fn jump_waits_for_its_line(bench: &mut Bench) -> Verdict {
    for (n, line) in (10..40).flat_map(|n| [(n, 0), (n, 1)]) {
        let mut world = started(bench)?;
        // Old messages of the other line keep the lines from being quiet until this one is in its next packet.
        world.send(1 - line, Packet::data(20, vec![(b'S', 12); n]));
        world.send(line, Packet::deletes(10_000, 5));
        world.send(line, Packet::deletes(10_005, 40));
        world.drain()?;
        world.send(line, Packet::deletes(10_045, 2));
        world.drain()?;
        let last = world.sequence().last().copied();
        world
            .bench
            .eq("last", last, Some((10_046, u8::from(line == 1))))?;
    }
    Ok(())
}

/// Purges count every message, however many.
pub(crate) fn purge_many(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.send(0, Packet::deletes(110, 200).bad());
    world.send(1, Packet::deletes(120, 150).bad());
    world.drain()?;
    world.run(250)?;
    let counts = [world.counter("purged A"), world.counter("purged B")];
    world.bench.eq("purged", counts, [200, 150])?;
    world.bench.eq("busy", world.golden.output().busy, false)?;
    world.send(1, Packet::deletes(100, 60));
    world.drain()?;
    undisturbed(&mut world, &all(100..160, 1))
}

/// A new sequence forgets what is held; the first one seen is taken from either line's header or heartbeat.
pub(crate) fn new_sequence(bench: &mut Bench) -> Verdict {
    let mut world = started(bench)?;
    world.send(0, Packet::deletes(102, 10));
    world.drain()?;
    world.cfg_seq = 90;
    world.seq_ctrl = Some(1);
    world.cycle()?;
    world.run(5)?;
    world.bench.eq("busy", world.golden.output().busy, false)?;
    world.send(1, Packet::deletes(90, 15));
    world.drain()?;
    undisturbed(&mut world, &all(90..105, 1))?;
    let high = 0xfedc_ba98_ffff_fffc;
    for (line, heartbeat) in [(0, false), (1, false), (0, true), (1, true)] {
        world.seq_ctrl = Some(2);
        world.cycle()?;
        world.send(0, Packet::deletes(90, 2));
        world.run(9)?;
        world.seq_ctrl = Some(2);
        world.cycle()?;
        // Those of the packet under way come too late to be the first ones.
        world.drain()?;
        let from = world.left.len();
        if heartbeat {
            world.send(line, Packet::heartbeat(high));
            world.drain()?;
        }
        world.send(line, Packet::deletes(high, 8));
        world.drain()?;
        world.send(1 - line, Packet::deletes(high, 8));
        world.drain()?;
        let got = world.sequence()[from..].to_vec();
        let number = u8::from(line == 1);
        world.bench.eq("sequence", got, all(high..high + 8, number))?;
    }
    world.bench.eq("told", world.told.len(), 0)
}

/// One cycle of reset forgets everything, in the middle of anything.
pub(crate) fn reset_any_time(bench: &mut Bench) -> Verdict {
    for cycles in [12, 40, 60, 61, 62, 63, 64, 65, 66, 80, 200] {
        let mut world = started(bench)?;
        world.send(0, Packet::deletes(100, 6).bad());
        world.send(0, Packet::deletes(116, 30).bad());
        world.send(1, Packet::deletes(101, 3));
        world.send(1, Packet::heartbeat(300).of_kind(Kind::EndOfSession));
        world.send(1, Packet::deletes(9_000, 3));
        world.send(1, Packet::deletes(7, 3).of_session(*b"TOMORROW42"));
        world.run(cycles)?;
        world.reset();
        world.run(5)?;
        let output = world.golden.output();
        let shown = (
            output.busy,
            output.gap_pending,
            output.next_seq,
            output.session_locked,
        );
        world.bench.eq("after reset", shown, (false, false, 0, false))?;
    }
    Ok(())
}

pub(crate) fn every_rule(bench: &mut Bench) -> Verdict {
    in_sequence(bench)?;
    lost_deletes(bench)?;
    lost_short(bench)?;
    spacing(bench)?;
    gap_by_wait(bench)?;
    gap_by_window(bench)?;
    gap_by_jump(bench)?;
    gap_by_heartbeat(bench)?;
    bad_accepted(bench)?;
    bad_held(bench)?;
    bad_drained(bench)?;
    high_numbers(bench)?;
    high_word(bench)?;
    met_on_the_walk(bench)?;
    last_word(bench)?;
    entries_wait(bench)?;
    jump_between_packets(bench)?;
    jump_waits_for_its_line(bench)?;
    purge_many(bench)?;
    reset_any_time(bench)?;
    new_sequence(bench)?;
    sessions(bench)
}
