//! What may leave by the window: own bytes again, a login where it belongs, and nothing else with payload.

use crate::frames::{
    ACK, CONNECTION, Ends, FIN, OTHER, PSH, RST, SYN, Segment, URG, arp, crossed, login, order, spoil,
};
use crate::races;
use crate::world::World;
use testbench::golden::frame_filter::Judgement::{self, Passes, Unread, Withheld};
use testbench::{Rng, Verdict};

/// A frame of the window gets this verdict, and the golden model agrees.
pub(crate) fn expect(world: &mut World<'_>, frame: &[u8], judgement: Judgement) -> Verdict {
    world.settle()?;
    let judged = world.filter.judge(frame);
    world.bench.eq("the golden model", judged, judgement)?;
    world.queue(frame);
    world.settle()
}

/// The card sends payload.
pub(crate) fn sends(
    world: &mut World<'_>,
    ends: Ends,
    sequence: u32,
    payload: &[u8],
    whole: bool,
) -> Verdict {
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
pub(crate) fn data(rng: &mut Rng, ends: Ends, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let segment = Segment {
        ends,
        sequence,
        payload,
        ..Segment::default()
    };
    segment.frame(rng)
}

/// Payload behind what the card has sent last: a whole frame of it.
pub(crate) fn card_sends(world: &mut World<'_>, orders: usize) -> Verdict {
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
pub(crate) fn open(world: &mut World<'_>, ends: Ends, sequence: u32) -> Verdict {
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
    // An answer to nothing: no SYN has left yet.
    answer(world, [0; 12], 0, SYN | ACK, true)?;
    let nowhere = data(&mut world.bench.rng, [0; 12], 0, &payload);
    expect(world, &nowhere, Withheld)?;
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
    elsewhere(world, &payload)?;
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

/// Payload at other places than that of the login, and no login at its place, sequence 0.
fn elsewhere(world: &mut World<'_>, payload: &[u8]) -> Verdict {
    for (ends, sequence, bytes) in [
        (CONNECTION, 1, payload.to_vec()),
        (CONNECTION, u32::MAX, payload.to_vec()),
        (CONNECTION, 49, payload.to_vec()),
        (OTHER, 0, payload.to_vec()),
        (CONNECTION, 0, payload[..48].to_vec()),
        (CONNECTION, 0, [payload.to_vec(), vec![1]].concat()),
        (CONNECTION, 0, [vec![1], payload[1..].to_vec()].concat()),
        (CONNECTION, 0, [vec![0, 48], payload[2..].to_vec()].concat()),
        (CONNECTION, 0, [vec![0, 47, b'U'], payload[3..].to_vec()].concat()),
        (CONNECTION, 0, order(&mut world.bench.rng)),
    ] {
        let frame = data(&mut world.bench.rng, ends, sequence, &bytes);
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
    let (first, opened) = world.filter.opening().expect("a SYN has left");
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
    races::late_answers(world)?;
    repeats(world, 0)?;
    repeats(world, u32::MAX - 300)?;
    every_bit(world)?;
    forgets(world)?;
    races::meanwhile(world)?;
    races::wraps(world)?;
    races::words_behind(world)?;
    storm(world, 160)
}
