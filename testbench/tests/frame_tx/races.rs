//! What happens while a frame of the window is written, or right behind it.

use crate::filter::{card_sends, data, expect, open, sends};
use crate::frames::{ACK, CONNECTION, SYN, Segment, crossed, login, order};
use crate::world::World;
use contract::frame::SENT_KEPT;
use contract::window::offset;
use testbench::Verdict;
use testbench::golden::frame_filter::Judgement::{self, Passes, Withheld};

/// Words a frame has in the window before those with payload.
const BEFORE_PAYLOAD: usize = 7;

/// The answer to one SYN comes while the next one is written and leaves: it is none to that.
pub(crate) fn late_answers(world: &mut World<'_>) -> Verdict {
    let payload = login(&mut world.bench.rng);
    for round in 0..40_u32 {
        let syn = |sequence| Segment {
            sequence,
            flags: SYN,
            ..Segment::default()
        };
        let first = syn(1_000 * round).frame(&mut world.bench.rng);
        let second = syn(1_000 * round + 500).frame(&mut world.bench.rng);
        expect(world, &first, Passes)?;
        let answer = Segment {
            ends: crossed(CONNECTION),
            acknowledgement: 1_000 * round + 1,
            flags: SYN | ACK,
            ..Segment::default()
        }
        .frame(&mut world.bench.rng);
        world.queue(&second);
        for _ in 0..world.bench.rng.below(24) {
            world.cycle()?;
        }
        world.receive(&answer, true);
        world.settle()?;
        let frame = data(&mut world.bench.rng, CONNECTION, 1_000 * round + 501, &payload);
        expect(world, &frame, Withheld)?;
    }
    Ok(())
}

/// The memory goes round: the last bytes are there, and no more.
pub(crate) fn wraps(world: &mut World<'_>) -> Verdict {
    let payload = order(&mut world.bench.rng);
    let start = u32::try_from(world.bench.rng.bits(32)).expect("32 bits");
    sends(world, CONNECTION, start, &payload, true)?;
    card_sends(world, 300)?;
    let (low, high, _) = world.filter.known();
    world
        .bench
        .eq("bytes kept", high.wrapping_sub(low) as usize, SENT_KEPT)?;
    let bytes = world.filter.bytes(low, 1_000).expect("there").to_vec();
    let frame = data(&mut world.bench.rng, CONNECTION, low, &bytes);
    expect(world, &frame, Passes)?;
    let before = data(&mut world.bench.rng, CONNECTION, low.wrapping_sub(1), &bytes[..9]);
    expect(world, &before, Withheld)
}

/// The memory goes round, and what was there before looks like what was sent; a word that belongs to no frame, right behind the last one, says that
/// the sequence is another one.
pub(crate) fn words_behind(world: &mut World<'_>) -> Verdict {
    let start = 9_000;
    let mut all = Vec::new();
    for _ in 0..170_u32 {
        let payload = order(&mut world.bench.rng);
        let at = start + u32::try_from(all.len()).expect("small");
        let segment = Segment {
            sequence: at,
            payload: &payload,
            ..Segment::default()
        };
        let frame = segment.frame(&mut world.bench.rng);
        world.send(&frame, true);
        all.extend(payload);
    }
    world.settle()?;
    let (_, high, _) = world.filter.known();
    let old = all.len() - 8_192;
    world.write_percent = 100;
    for (word, head) in [
        (4, false),
        (6, false),
        (6, true),
        (5, false),
        (5, true),
        (4, true),
        (2, false),
    ] {
        let new = data(&mut world.bench.rng, CONNECTION, high, &all[old..old + 50]);
        let known = data(
            &mut world.bench.rng,
            CONNECTION,
            high - 50,
            &all[all.len() - 50..],
        );
        world.settle()?;
        world.queue(&new);
        let base = offset("frame_tx");
        if head {
            world.writes.push_back((base, 60, 0xff, false));
        }
        let bytes = known[8 * (word - 1)..8 * word].try_into().expect("eight");
        let at = base + 8 * u32::try_from(word).expect("small");
        for _ in 0..3 {
            world
                .writes
                .push_back((at, u64::from_le_bytes(bytes), 0xff, false));
        }
        world.settle()?;
        // The head is answered for by the next one.
        world.queue(&known);
        world.settle()?;
    }
    world.write_percent = 90;
    Ok(())
}

/// Writes of a frame up to some word, then something else, then the rest.
fn interrupted(
    world: &mut World<'_>,
    frame: &[u8],
    words: usize,
    judgement: Judgement,
    between: impl FnOnce(&mut World<'_>) -> Verdict,
) -> Verdict {
    world.settle()?;
    world.queue(frame);
    let rest = world.writes.split_off(words);
    while !world.writes.is_empty() {
        world.cycle()?;
    }
    for _ in 0..12 {
        world.cycle()?;
    }
    between(world)?;
    world.foretold.push_back(judgement);
    world.writes = rest;
    world.settle()
}

/// The card sends while a frame is written.
pub(crate) fn meanwhile(world: &mut World<'_>) -> Verdict {
    let (first, second) = (order(&mut world.bench.rng), order(&mut world.bench.rng));
    sends(world, CONNECTION, 1_000, &first, true)?;
    // What it asks for comes only now, or is here, and more comes.
    let coming = data(&mut world.bench.rng, CONNECTION, 1_050, &second);
    interrupted(world, &coming, BEFORE_PAYLOAD, Withheld, |world| {
        sends(world, CONNECTION, 1_050, &second, true)
    })?;
    expect(world, &coming, Passes)?;
    interrupted(world, &coming, BEFORE_PAYLOAD + 2, Passes, |world| {
        card_sends(world, 3)
    })?;
    // Other bytes take the place of half of it.
    let both: Vec<u8> = [first.clone(), second.clone()].concat();
    let frame = data(&mut world.bench.rng, CONNECTION, 1_000, &both);
    interrupted(world, &frame, BEFORE_PAYLOAD + 6, Withheld, |world| {
        sends(world, CONNECTION, 1_000, &first, true)?;
        sends(world, CONNECTION, 1_050, &second, true)
    })?;
    expect(world, &frame, Passes)?;
    // A SYN between is another frame, and ends this one.
    let base = offset("frame_tx");
    world.settle()?;
    world.queue(&frame);
    world.writes.truncate(5);
    let refused = world.golden.refused;
    open(world, CONNECTION, 3)?;
    world.bench.eq("refused", world.golden.refused, refused + 1)?;
    expect(world, &frame, Withheld)?;
    // A SYN and what it makes void, one right behind the other.
    sends(world, CONNECTION, 1_000, &first, true)?;
    let again = data(&mut world.bench.rng, CONNECTION, 1_000, &first);
    let syn = Segment {
        sequence: 999,
        flags: SYN,
        ..Segment::default()
    }
    .frame(&mut world.bench.rng);
    world.queue(&syn);
    world.queue(&again);
    world.ready_percent = 0;
    for _ in 0..40 {
        world.cycle()?;
    }
    world.ready_percent = 100;
    world.settle()?;
    world
        .bench
        .check(world.writes.is_empty(), || format!("writes left from {base:#x}"))
}
