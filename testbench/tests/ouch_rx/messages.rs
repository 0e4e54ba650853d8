//! Messages of the exchange, right and wrong ones.

use crate::world::World;
use testbench::golden::ouch_rx::place;
use wire::ouch50::RESPONSE_FIELDS;

fn put(message: &mut [u8], name: &str, value: u64) {
    if let Some((at, width)) = place(message[0], name) {
        message[at..at + width].copy_from_slice(&value.to_be_bytes()[8 - width..]);
    }
}

/// A message of this type: what is not named is noise.
fn any(world: &mut World<'_>, kind: u8) -> Vec<u8> {
    let (_, fixed, _) = RESPONSE_FIELDS
        .iter()
        .find(|(letter, ..)| *letter == kind)
        .expect("a type of the table");
    let rng = &mut world.bench.rng;
    let mut message: Vec<u8> = (0..*fixed).map(|_| rng.next_u64().to_le_bytes()[0]).collect();
    message[0] = kind;
    message
}

pub(crate) fn about(world: &mut World<'_>, kind: u8, user_ref: u32, shares: u32) -> Vec<u8> {
    let mut message = any(world, kind);
    put(&mut message, "user_ref", user_ref.into());
    put(&mut message, "quantity", shares.into());
    if kind == b'A' {
        let dead = world.bench.rng.percent(40);
        put(&mut message, "state", if dead { b'D' } else { b'L' }.into());
    }
    message
}

pub(crate) fn replaced(world: &mut World<'_>, refs: [u32; 2], open: u32, dead: bool) -> Vec<u8> {
    let mut message = any(world, b'U');
    put(&mut message, "orig_user_ref", refs[0].into());
    put(&mut message, "user_ref", refs[1].into());
    put(&mut message, "quantity", open.into());
    put(&mut message, "state", if dead { b'D' } else { b'L' }.into());
    message
}

/// Number of an order that lives, lived, will live, or stands where another does.
fn number(world: &mut World<'_>) -> u32 {
    let places = world.places();
    let next = world.next_ref();
    let back = u32::try_from(world.bench.rng.below(12)).expect("small");
    let user_ref = next.wrapping_sub(back);
    match world.bench.rng.below(12) {
        0 => user_ref.wrapping_add(places),
        1 => user_ref ^ 1 << world.bench.rng.below(32),
        _ => user_ref,
    }
}

/// Now and then the stream's numbers begin anew: where they were, before, beyond.
fn login(world: &mut World<'_>) {
    let next = world.next_message();
    let rng = &mut world.bench.rng;
    let number = match rng.below(8) {
        0 | 1 => next.wrapping_sub(u32::try_from(rng.below(6)).expect("small")),
        2 => next.wrapping_add(u32::try_from(rng.below(20)).expect("small")),
        3 => next.wrapping_add(0x7fff_fff0),
        _ => next,
    };
    // Beyond 32 bits the low ones count.
    let some = rng.bits(30) << 32;
    let high = *rng.pick(&[0, 0, 0, 0, some, 0x9000_0000 << 32]);
    match rng.below(10) {
        0 => world.packet(b'A', b"SESSION                    1"),
        _ => world.login(high | u64::from(number)),
    }
}

/// A random packet, most of them about an order that lives.
pub(crate) fn push(world: &mut World<'_>) {
    if world.bench.rng.below(25) == 0 {
        login(world);
    }
    if world.bench.rng.below(60) == 0 {
        world.sequenced(&[]);
    }
    let user_ref = number(world);
    let left = world.left(user_ref);
    let rng = &mut world.bench.rng;
    let shares = match rng.below(6) {
        0 => left.wrapping_add(1),
        1 => left,
        2 => left.wrapping_sub(1),
        3 => u32::try_from(rng.edgy(32)).expect("32 bits"),
        _ => u32::try_from(rng.below(u64::from(left).max(1) / 2 + 1)).expect("32 bits"),
    };
    let kind = match rng.below(20) {
        0 => *rng.pick(b"SBBBPITRXBGKQ"),
        1..=3 => b'A',
        4..=6 => b'U',
        7 => b'M',
        8 => b'J',
        9 => b'D',
        10..=12 => b'C',
        _ => b'E',
    };
    let mut message = if kind == b'U' {
        let refs = [user_ref, number(world)];
        let dead = world.bench.rng.percent(20);
        replaced(world, refs, shares, dead)
    } else {
        about(world, kind, user_ref, shares)
    };
    let rng = &mut world.bench.rng;
    if kind == b'A' && rng.percent(60) {
        put(&mut message, "state", u64::from(*rng.pick(b"LE")));
    }
    match rng.below(24) {
        0 => {
            let short = usize::try_from(rng.below(message.len() as u64)).expect("small");
            message.truncate(short);
        }
        1 => {
            let cut = message.len() - 1;
            message.truncate(cut);
        }
        2..=5 => message.extend((0..rng.below(90)).map(|i| i.to_le_bytes()[0])),
        _ => {}
    }
    match rng.below(30) {
        0 => {
            let letter = *rng.pick(b"HZA+JU");
            world.packet(letter, &message);
        }
        1 => world.packet(b'H', &[]),
        2 => world.bytes(&[0, 0]),
        3 => {
            let long = vec![0x55; 700];
            world.packet(b'S', &long);
        }
        _ => world.sequenced(&message),
    }
}
