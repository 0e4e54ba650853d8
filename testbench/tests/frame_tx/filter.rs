//! What may leave by the window: own bytes again, a login where it belongs, and nothing else with payload.

use crate::frames::{
    ACK, CONNECTION, Ends, FIN, OTHER, PSH, RST, SYN, Segment, URG, arp, crossed, login, order, spoil,
};
use crate::world::World;
use contract::frame::SENT_KEPT;
use contract::window::offset;
use testbench::golden::frame_filter::Judgement::{self, Passes, Unread, Withheld};
use testbench::{Rng, Verdict};

/// Words a frame has in the window before those with payload.
const BEFORE_PAYLOAD: usize = 7;

/// A frame of the window gets this verdict, and the golden model agrees.
fn expect(world: &mut World<'_>, frame: &[u8], judgement: Judgement) -> Verdict {
    world.settle()?;
    let judged = world.filter.judge(frame);
    world.bench.eq("the golden model", judged, judgement)?;
    world.queue(frame);
    world.settle()
}

/// The card sends payload.
fn sends(world: &mut World<'_>, ends: Ends, sequence: u32, payload: &[u8], whole: bool) -> Verdict {
    let segment = Segment {
        ends,
        sequence,
        payload,
        ..Segment::default()
    };
    let mut frame = segment.frame(&mut world.bench.rng);
    if !whole {
        frame.truncate(8 * usize::try_from(world.bench.rng.between(1, 8)).expect("small"));
    }
    world.send(&frame, whole);
    world.settle()
}

/// A frame with payload of the window.
fn data(rng: &mut Rng, ends: Ends, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let segment = Segment {
        ends,
        sequence,
        payload,
        ..Segment::default()
    };
    segment.frame(rng)
}

/// Payload behind what the card has sent last: a whole frame of it.
fn card_sends(world: &mut World<'_>, orders: usize) -> Verdict {
    let (_, mut high, ends) = world.filter.known();
    for _ in 0..orders {
        let mut payload = order(&mut world.bench.rng);
        payload.truncate(*world.bench.rng.pick(&[3, 12, 14, 43, 50, 50, 50]));
        let segment = Segment {
            ends,
            sequence: high,
            payload: &payload,
            ..Segment::default()
        };
        let frame = segment.frame(&mut world.bench.rng);
        world.send(&frame, true);
        high = high.wrapping_add(u32::try_from(payload.len()).expect("small"));
    }
    world.settle()
}

/// Host and exchange open a connection.
fn open(world: &mut World<'_>, ends: Ends, sequence: u32) -> Verdict {
    let syn = Segment {
        ends,
        sequence,
        flags: SYN,
        options: 2,
        ..Segment::default()
    };
    let frame = syn.frame(&mut world.bench.rng);
    expect(world, &frame, Passes)?;
    answer(world, ends, sequence.wrapping_add(1), SYN | ACK, true)
}

/// The exchange says something without payload.
fn answer(world: &mut World<'_>, ends: Ends, acknowledgement: u32, flags: u16, good: bool) -> Verdict {
    let segment = Segment {
        ends: crossed(ends),
        sequence: 99,
        acknowledgement,
        flags,
        options: 1,
        ..Segment::default()
    };
    let frame = segment.frame(&mut world.bench.rng);
    world.receive(&frame, good);
    world.settle()
}

/// A login passes only as the first bytes of a connection the other side has answered.
fn logins(world: &mut World<'_>) -> Verdict {
    let payload = login(&mut world.bench.rng);
    let at = |world: &mut World<'_>, ends, sequence: u32, payload: &[u8]| {
        data(&mut world.bench.rng, ends, sequence, payload)
    };
    let first = at(world, CONNECTION, 0, &payload);
    expect(world, &first, Withheld)?;
    let isn = u32::MAX;
    let syn = Segment {
        sequence: isn,
        flags: SYN,
        ..Segment::default()
    }
    .frame(&mut world.bench.rng);
    expect(world, &syn, Passes)?;
    expect(world, &first, Withheld)?;
    for (ends, acknowledgement, flags, good) in [
        (OTHER, 0, SYN | ACK, true),
        (crossed(CONNECTION), 0, SYN | ACK, true),
        (CONNECTION, 1, SYN | ACK, true),
        (CONNECTION, isn, SYN | ACK, true),
        (CONNECTION, 0, ACK, true),
        (CONNECTION, 0, SYN, true),
        (CONNECTION, 0, SYN | ACK | RST, true),
        (CONNECTION, 0, SYN | ACK, false),
    ] {
        answer(world, ends, acknowledgement, flags, good)?;
        expect(world, &first, Withheld)?;
    }
    // A frame without a whole header, behind one whose header would do.
    let whole = Segment {
        ends: crossed(CONNECTION),
        acknowledgement: 0,
        flags: SYN | ACK,
        ..Segment::default()
    }
    .frame(&mut world.bench.rng);
    world.receive(&whole, false);
    world.receive(&whole[..48], true);
    expect(world, &first, Withheld)?;
    world.receive(&whole[..49], true);
    expect(world, &first, Passes)?;
    // The same SYN again is answered already.
    expect(world, &syn, Passes)?;
    expect(world, &first, Passes)?;
    for (ends, sequence, bytes) in [
        (CONNECTION, 1, payload.clone()),
        (CONNECTION, u32::MAX, payload.clone()),
        (CONNECTION, 49, payload.clone()),
        (OTHER, 0, payload.clone()),
        (CONNECTION, 0, payload[..48].to_vec()),
        (CONNECTION, 0, [payload.clone(), vec![1]].concat()),
        (CONNECTION, 0, [vec![1], payload[1..].to_vec()].concat()),
        (CONNECTION, 0, [vec![0, 48], payload[2..].to_vec()].concat()),
        (CONNECTION, 0, [vec![0, 47, b'U'], payload[3..].to_vec()].concat()),
        (CONNECTION, 0, order(&mut world.bench.rng)),
    ] {
        let frame = at(world, ends, sequence, &bytes);
        expect(world, &frame, Withheld)?;
    }
    // Another SYN, also one nobody answers: the old place counts no more.
    let other = Segment {
        sequence: 19,
        flags: SYN,
        ..Segment::default()
    }
    .frame(&mut world.bench.rng);
    expect(world, &other, Passes)?;
    expect(world, &first, Withheld)?;
    answer(world, CONNECTION, 0, SYN | ACK, true)?;
    expect(world, &first, Withheld)?;
    open(world, OTHER, 77)?;
    let frame = at(world, OTHER, 78, &payload);
    expect(world, &frame, Passes)
}

/// The answer to one SYN comes while the next one is written and leaves: it is none to that.
fn late_answers(world: &mut World<'_>) -> Verdict {
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

/// Bytes the card has sent pass again, on their connection and at their place.
fn repeats(world: &mut World<'_>, high: u32) -> Verdict {
    let bytes = order(&mut world.bench.rng);
    sends(world, CONNECTION, high, &bytes, true)?;
    card_sends(world, 40)?;
    let (low, high, ends) = world.filter.known();
    world
        .bench
        .check(low != high && ends == CONNECTION, || "nothing is kept".into())?;
    let held = high.wrapping_sub(low);
    for (from, length) in [
        (0, 1),
        (0, 8),
        (1, 7),
        (3, 50),
        (held - 1, 1),
        (held - 50, 50),
        (7, 1_460.min(held - 7)),
        (0, 1_468.min(held)),
    ] {
        let start = low.wrapping_add(from);
        let length = length as usize;
        let bytes = world.filter.bytes(start, length).expect("there").to_vec();
        let frame = data(&mut world.bench.rng, CONNECTION, start, &bytes);
        expect(world, &frame, Passes)?;
        for (ends, start, bytes, flags) in [
            (OTHER, start, bytes.clone(), ACK),
            (CONNECTION, start.wrapping_add(1 << 16), bytes.clone(), ACK),
            (CONNECTION, start ^ 1 << 31, bytes.clone(), ACK),
            (CONNECTION, start.wrapping_add(8_192), bytes.clone(), ACK),
            (CONNECTION, start.wrapping_sub(8_192), bytes.clone(), ACK),
        ] {
            let segment = Segment {
                ends,
                sequence: start,
                flags,
                payload: &bytes,
                ..Segment::default()
            };
            let frame = segment.frame(&mut world.bench.rng);
            expect(world, &frame, Withheld)?;
        }
        let at = usize::try_from(world.bench.rng.below(length as u64)).expect("small");
        let mut wrong = bytes;
        wrong[at] ^= 1 << world.bench.rng.below(8);
        let frame = data(&mut world.bench.rng, CONNECTION, start, &wrong);
        expect(world, &frame, Withheld)?;
    }
    past_the_end(world)
}

/// A single wrong bit, wherever it is in a word.
fn every_bit(world: &mut World<'_>) -> Verdict {
    let (_, high, _) = world.filter.known();
    let start = high.wrapping_sub(40);
    let bytes = world.filter.bytes(start, 40).expect("there").to_vec();
    for bit in 0..64 {
        let mut wrong = bytes.clone();
        wrong[12 + bit / 8] ^= 1 << (bit % 8);
        let frame = data(&mut world.bench.rng, CONNECTION, start, &wrong);
        expect(world, &frame, Withheld)?;
    }
    Ok(())
}

/// Bytes beyond the last one sent, and flags that change what bytes mean.
fn past_the_end(world: &mut World<'_>) -> Verdict {
    let (low, high, _) = world.filter.known();
    let bytes = world
        .filter
        .bytes(high.wrapping_sub(20), 20)
        .expect("there")
        .to_vec();
    for (back, extra) in [(0_u32, 1_usize), (0, 50), (1, 1), (20, 1), (20, 30), (8, 8)] {
        let mut payload = bytes[20 - back as usize..].to_vec();
        payload.extend(vec![0x55; extra]);
        let frame = data(
            &mut world.bench.rng,
            CONNECTION,
            high.wrapping_sub(back),
            &payload,
        );
        expect(world, &frame, Withheld)?;
    }
    let before = data(&mut world.bench.rng, CONNECTION, low.wrapping_sub(1), &[0]);
    expect(world, &before, Withheld)?;
    for (flags, options, judgement) in [
        (ACK, 0, Passes),
        (ACK | PSH | FIN, 0, Passes),
        (FIN | PSH, 0, Unread),
        (ACK | SYN, 0, Unread),
        (ACK | RST, 0, Unread),
        (ACK | URG, 0, Unread),
        (ACK | 0x40, 0, Unread),
        (ACK | 0x100, 0, Unread),
        (ACK, 1, Unread),
    ] {
        let segment = Segment {
            sequence: high.wrapping_sub(20),
            flags,
            options,
            payload: &bytes,
            ..Segment::default()
        };
        let frame = segment.frame(&mut world.bench.rng);
        expect(world, &frame, judgement)?;
    }
    Ok(())
}

/// What makes the card forget, and what does not.
fn forgets(world: &mut World<'_>) -> Verdict {
    let (_, high, _) = world.filter.known();
    let bytes = world
        .filter
        .bytes(high.wrapping_sub(50), 50)
        .expect("there")
        .to_vec();
    let again = data(&mut world.bench.rng, CONNECTION, high.wrapping_sub(50), &bytes);
    expect(world, &again, Passes)?;
    // An order frame that is cut off is none: its bytes never count, those before it do.
    let payload = order(&mut world.bench.rng);
    for _ in 0..12 {
        sends(world, CONNECTION, high, &payload, false)?;
    }
    let void = data(&mut world.bench.rng, CONNECTION, high, &payload);
    expect(world, &void, Withheld)?;
    expect(world, &again, Passes)?;
    sends(world, CONNECTION, high, &payload, true)?;
    expect(world, &void, Passes)?;
    expect(world, &again, Passes)?;
    for (ends, jump, flags, options) in [
        (CONNECTION, 1, ACK | PSH, 0),
        (CONNECTION, 0_u32.wrapping_sub(49), ACK, 0),
        (CONNECTION, 1 << 31, ACK, 0),
        (OTHER, 0, ACK, 0),
        (CONNECTION, 0, ACK | SYN, 0),
        (CONNECTION, 0, ACK | FIN, 0),
        (CONNECTION, 0, ACK | URG, 0),
        (CONNECTION, 0, PSH, 0),
        (CONNECTION, 0, ACK, 1),
    ] {
        // Sent anew, so that there is something to forget.
        let (_, start, _) = world.filter.known();
        sends(world, CONNECTION, start, &payload, true)?;
        let again = data(&mut world.bench.rng, CONNECTION, start, &payload);
        expect(world, &again, Passes)?;
        let segment = Segment {
            ends,
            sequence: start.wrapping_add(50).wrapping_add(jump),
            flags,
            options,
            payload: &payload,
            ..Segment::default()
        };
        let frame = segment.frame(&mut world.bench.rng);
        world.send(&frame, true);
        world.settle()?;
        expect(world, &again, Withheld)?;
    }
    // A payload longer than any of the card's.
    let long = vec![7; 64];
    let (_, start, _) = world.filter.known();
    sends(world, CONNECTION, start, &long, true)?;
    let again = data(&mut world.bench.rng, CONNECTION, start, &long);
    expect(world, &again, Withheld)?;
    // A new connection between the same ends.
    sends(world, CONNECTION, 500, &payload, true)?;
    let again = data(&mut world.bench.rng, CONNECTION, 500, &payload);
    expect(world, &again, Passes)?;
    open(world, CONNECTION, 450)?;
    expect(world, &again, Withheld)
}

/// The memory goes round: the last bytes are there, and no more.
fn wraps(world: &mut World<'_>) -> Verdict {
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
fn words_behind(world: &mut World<'_>) -> Verdict {
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
fn meanwhile(world: &mut World<'_>) -> Verdict {
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

/// Frames of every kind, most of them with something wrong.
pub(crate) fn storm(world: &mut World<'_>, rounds: u32) -> Verdict {
    let mut passed = 0_u64;
    for round in 0..rounds {
        world.settle()?;
        if round % 16 == 0 {
            let ends = if world.bench.rng.percent(50) {
                CONNECTION
            } else {
                OTHER
            };
            let isn = u32::try_from(world.bench.rng.edgy(32)).expect("32 bits");
            open(world, ends, isn)?;
        }
        if round % 16 == 8 {
            let start = u32::try_from(world.bench.rng.edgy(32)).expect("32 bits");
            let payload = order(&mut world.bench.rng);
            sends(world, CONNECTION, start, &payload, true)?;
            card_sends(world, 6)?;
        }
        let mut frame = any(world);
        for _ in 0..*world.bench.rng.pick(&[0, 0, 1, 1, 1, 2]) {
            spoil(&mut world.bench.rng, &mut frame);
        }
        passed += u64::from(world.filter.judge(&frame) == Passes);
        world.queue(&frame);
    }
    world.settle()?;
    let rounds = u64::from(rounds);
    world
        .bench
        .check(passed > rounds / 8 && passed < rounds * 7 / 8, || {
            format!("{passed} of {rounds} frames passed")
        })
}

/// A frame of any kind that may pass.
fn any(world: &mut World<'_>) -> Vec<u8> {
    let (low, high, ends) = world.filter.known();
    let (first, opened, _) = world.filter.opening();
    let rng = &mut world.bench.rng;
    let sequence = u32::try_from(rng.edgy(32)).expect("32 bits");
    match rng.below(8) {
        0 => arp(rng),
        1 => Segment {
            sequence,
            flags: *rng.pick(&[ACK, RST, FIN | ACK, RST | ACK, SYN]),
            options: usize::try_from(rng.below(11)).expect("small"),
            ..Segment::default()
        }
        .frame(rng),
        2 | 3 => {
            let payload = login(rng);
            data(rng, opened, first, &payload)
        }
        _ => {
            let held = high.wrapping_sub(low);
            let from = u32::try_from(rng.below(u64::from(held.max(1)))).expect("below");
            let most = u64::from((held - from.min(held)).clamp(1, 1_468));
            let length = usize::try_from(rng.between(1, most)).expect("small");
            let start = low.wrapping_add(from);
            let bytes = world.filter.bytes(start, length);
            let bytes = bytes.map_or_else(|| vec![1; length], <[u8]>::to_vec);
            data(&mut world.bench.rng, ends, start, &bytes)
        }
    }
}

/// All of it.
pub(crate) fn scenario(world: &mut World<'_>) -> Verdict {
    logins(world)?;
    late_answers(world)?;
    repeats(world, 0)?;
    repeats(world, u32::MAX - 300)?;
    every_bit(world)?;
    forgets(world)?;
    meanwhile(world)?;
    wraps(world)?;
    words_behind(world)?;
    storm(world, 160)
}
