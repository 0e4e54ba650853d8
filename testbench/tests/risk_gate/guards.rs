//! The checks above EventsFull, one at a time.

use crate::directed::{BOOK, GOOD, LIMITS, only};
use crate::world::World;
use contract::event::Reason;
use contract::reg::{ARM_KEY, RELEASE_DONE, SLOT, THROTTLE_KEY, index, permit};
use contract::slot::Kind;
use testbench::Verdict;
use testbench::golden::risk_gate::{Limits, Outcome, Request};

/// Every side against every set of permitted ones.
fn restricted(world: &mut World<'_>) -> Verdict {
    for permitted in 0..=permit::SIDES {
        world.calm()?;
        world.inputs.timeout = u32::MAX;
        world.write_now(GOOD.slot, "PERMIT", permitted)?;
        world.write_now(GOOD.slot, "OPEN_MAX", 100)?;
        world.pulse(3, 1);
        world.cycle()?;
        for side in *b"BSTE\0" {
            let order = Request {
                buy: side == b'B',
                sale: side,
                qty: 1,
                // Prices that do not meet.
                price: if side == b'B' { 10_000 } else { 10_100 },
                ..GOOD
            };
            let good = permitted & permit::of(side) != 0;
            let wanted = if good {
                Outcome::default()
            } else {
                only(Reason::Restricted, side.into(), permitted)
            };
            world.expect("side", order, wanted)?;
            let cancel = Request {
                kind: Kind::Cancel as u8,
                ..order
            };
            world.expect("cancel of any side", cancel, Outcome::default())?;
        }
    }
    Ok(())
}

/// Prices one beyond, at and one within the bands; bands that do not hold; bands nobody has set.
fn bands(world: &mut World<'_>) -> Verdict {
    let [all, held] = [permit::SIDES, permit::SIDES | permit::BANDS];
    let max = u32::MAX;
    let cases = [
        (held, [9_990, 10_050], 9_989, Some(9_990)),
        (held, [9_990, 10_050], 9_990, None),
        (held, [9_990, 10_050], 9_991, None),
        (held, [9_990, 10_050], 10_049, None),
        (held, [9_990, 10_050], 10_050, None),
        (held, [9_990, 10_050], 10_051, Some(10_050)),
        (all, [9_990, 10_050], 9_989, None),
        (all, [9_990, 10_050], 10_051, None),
        (held, [0, max], 10_000, None),
        (held, [0, 0], 10_000, Some(0)),
        (held, [max, max], 10_000, Some(max)),
        (held, [10_001, 9_999], 10_000, Some(10_001)),
        (held, [10_000, 10_000], 10_000, None),
        // The bits above the lowest of a price.
        (held, [0, 0x0100_0000], 10_000, None),
        (held, [0x0100_0000, max], 10_000, Some(0x0100_0000)),
    ];
    for (permitted, [low, high], price, broken) in cases {
        for buy in [true, false] {
            world.calm()?;
            world.inputs.timeout = u32::MAX;
            for (name, word) in [("PERMIT", permitted), ("BAND_LOW", low), ("BAND_HIGH", high)] {
                world.write_now(GOOD.slot, name, word)?;
            }
            world.pulse(3, 1);
            world.cycle()?;
            let order = Request { buy, price, ..GOOD };
            let wanted = broken.map_or(Outcome::default(), |bound| only(Reason::Bands, price, bound));
            world.expect("bands", order, wanted)?;
            let cancel = Request {
                kind: Kind::Cancel as u8,
                ..order
            };
            world.expect("cancels know no bands", cancel, Outcome::default())?;
        }
    }
    Ok(())
}

fn release(buy: bool) -> &'static str {
    ["OPEN_RELEASE_SELL", "OPEN_RELEASE_BUY"][usize::from(buy)]
}

/// An order against own ones, with the price that is kept and when it is forgotten.
fn own_prices(world: &mut World<'_>) -> Verdict {
    for buy in [true, false] {
        world.calm()?;
        world.inputs.timeout = u32::MAX;
        world.write_now(GOOD.slot, "OPEN_MAX", 100)?;
        world.write_now(GOOD.slot, "SLOT_RATE_TOKENS", 100)?;
        world.pulse(3, 1);
        world.cycle()?;
        // Prices seen from the side that rests: higher is better for it.
        let price = |better: i32| 10_050_u32.saturating_add_signed(if buy { better } else { -better });
        let rests = |better| Request {
            buy,
            qty: 10,
            price: price(better),
            ..GOOD
        };
        let meets = |better| Request {
            buy: !buy,
            qty: 1,
            ..rests(better)
        };
        let good = Outcome::default();
        let crossed = |better, own| only(Reason::SelfCross, price(better), price(own));
        world.expect("nothing is open", meets(-20), good)?;
        world.write_now(GOOD.slot, release(!buy), 1 | RELEASE_DONE)?;
        world.expect("the first", rests(0), good)?;
        world.expect("one beside", meets(1), good)?;
        world.expect("at the price", meets(0), crossed(0, 0))?;
        world.expect("one through", meets(-1), crossed(-1, 0))?;
        world.write_now(GOOD.slot, release(!buy), 1 | RELEASE_DONE)?;
        world.expect("a worse one", rests(-9), good)?;
        world.expect("the better one counts", meets(0), crossed(0, 0))?;
        world.expect("a better one", rests(5), good)?;
        world.expect("counts at once", meets(5), crossed(5, 5))?;
        world.write_now(GOOD.slot, release(buy), 29 | RELEASE_DONE)?;
        world.expect("one share is left", meets(5), crossed(5, 5))?;
        world.write_now(GOOD.slot, release(buy), 1 | RELEASE_DONE)?;
        world.expect("none is left", meets(-9), good)?;
        world.write_now(GOOD.slot, release(!buy), 1 | RELEASE_DONE)?;
        world.expect("anew", rests(-30), good)?;
        world.expect("old prices are forgotten", meets(-29), good)?;
        world.expect("the new one counts", meets(-30), crossed(-30, -30))?;
    }
    Ok(())
}

/// Orders of another slot; the last shares of a side go while an order of it is decided.
fn own_slots(world: &mut World<'_>) -> Verdict {
    world.calm()?;
    world.inputs.timeout = u32::MAX;
    world.limits(2, &LIMITS)?;
    world.pulse(3, 1);
    world.cycle()?;
    world.show(2, BOOK);
    world.expect("buy", Request { qty: 10, ..GOOD }, Outcome::default())?;
    let sell = Request {
        buy: false,
        qty: 10,
        ..GOOD
    };
    world.expect("another slot", Request { slot: 2, ..sell }, Outcome::default())?;
    for at in 0..6 {
        world.calm()?;
        world.inputs.timeout = u32::MAX;
        world.expect("buy", Request { qty: 10, ..GOOD }, Outcome::default())?;
        let lower = Request {
            qty: 10,
            price: 10_000,
            ..GOOD
        };
        world.decide(lower, |world, cycle| {
            if cycle == at {
                world.inputs.write = Some((1, index(SLOT, "OPEN_RELEASE_BUY"), 10 | RELEASE_DONE));
            }
        })?;
        let kept = only(Reason::SelfCross, 10_050, 10_100);
        world.expect(
            "never relaxed early",
            Request {
                price: 10_050,
                ..sell
            },
            kept,
        )?;
    }
    Ok(())
}

const fn with(kind: Kind, slot: usize, token: u32) -> Request {
    Request {
        kind: kind as u8,
        slot,
        qty: 1,
        token,
        ..GOOD
    }
}

const fn enter(token: u32) -> Request {
    with(Kind::Enter, 1, token)
}

fn again(token: u32, last: u32) -> Outcome {
    only(Reason::DuplicateToken, token, last)
}

/// Two slots, room for many orders.
fn ready(world: &mut World<'_>) -> Verdict {
    world.calm()?;
    world.inputs.timeout = u32::MAX;
    for slot in [1, 2] {
        world.limits(slot, &LIMITS)?;
        world.write_now(slot, "OPEN_MAX", 100)?;
        world.write_now(slot, "SLOT_RATE_TOKENS", 100)?;
    }
    world.pulse(3, 1);
    world.cycle()?;
    world.show(2, BOOK);
    world.cycle()
}

/// Tokens one below, at and one above the last, of order slots and of triggers.
fn tokens(world: &mut World<'_>) -> Verdict {
    let good = Outcome::default();
    ready(world)?;
    world.expect("the first", enter(7), good)?;
    for token in [7, 6, 1] {
        world.expect("not above the last", enter(token), again(token, 7))?;
    }
    world.expect("over all slots", with(Kind::Enter, 2, 7), again(7, 7))?;
    world.expect("one above", enter(8), good)?;
    let refused = Request { qty: 0, ..enter(20) };
    world.expect("a refused one", refused, only(Reason::Quantity, 0, 100))?;
    world.expect("uses nothing up", enter(9), good)?;
    world.expect("cancels have any", with(Kind::Cancel, 1, 3), good)?;
    world.expect("and raise nothing", with(Kind::Cancel, 1, 50), good)?;
    world.expect("of cancels", enter(10), good)?;
    // Triggers: each slot its own.
    world.expect("trigger", with(Kind::Trigger, 1, 5), good)?;
    world.expect("trigger again", with(Kind::Trigger, 1, 5), again(5, 5))?;
    world.expect("trigger before", with(Kind::Trigger, 1, 4), again(4, 5))?;
    world.expect("trigger of another slot", with(Kind::Trigger, 2, 3), good)?;
    world.expect("trigger above", with(Kind::Trigger, 1, 6), good)?;
    world.expect("slots go on", enter(11), good)
}

/// The ends of the tokens.
fn numberings(world: &mut World<'_>) -> Verdict {
    let good = Outcome::default();
    ready(world)?;
    world.expect("trigger", with(Kind::Trigger, 2, 5), good)?;
    // The end of the numbers, and the beginning of others.
    world.expect("the last one", enter(u32::MAX), good)?;
    world.expect("no more", enter(u32::MAX), again(u32::MAX, u32::MAX))?;
    for (word, wanted) in [(2, again(1, u32::MAX)), (1, good)] {
        world.inputs.more_pulses[0] = true;
        world.inputs.word = word;
        world.cycle()?;
        world.expect("a new numbering", enter(1), wanted)?;
    }
    world.expect("of triggers too", with(Kind::Trigger, 2, 1), good)?;
    // Token 0 is none; the helper would replace it.
    ready(world)?;
    world.wait(5)?;
    world.offer(enter(0));
    world.wait(2)?;
    let outcome = world.outcome.unwrap_or_default();
    world.bench.eq("token 0", outcome, again(0, 0))?;
    // A new numbering wins over a grant of its cycle.
    for at in 0..5 {
        ready(world)?;
        world.decide(enter(9), |world, cycle| {
            if cycle == at {
                world.inputs.more_pulses[0] = true;
                world.inputs.word = 1;
            }
        })?;
        let wanted = if at < 2 { again(9, 9) } else { good };
        world.expect("numbering in a cycle of a decision", enter(9), wanted)?;
    }
    Ok(())
}

/// An order of the throttled slot.
const REPEATED: Request = Request { qty: 1, ..GOOD };

fn most(world: &mut World<'_>, most: u32) -> Verdict {
    world.write_now(GOOD.slot, "THROTTLE", most)?;
    world.write_now(GOOD.slot, "OPEN_MAX", 100)?;
    world.write_now(GOOD.slot, "SLOT_RATE_TOKENS", 100)?;
    world.pulse(3, 1);
    world.wait(3)
}

fn clear(world: &mut World<'_>, word: u32) -> Verdict {
    world.inputs.more_pulses[1] = true;
    world.inputs.word = word;
    world.wait(3)
}

/// As many grants as allowed latch; a key of the slot alone clears it.
fn throttle(world: &mut World<'_>) -> Verdict {
    let (order, good) = (REPEATED, Outcome::default());
    world.calm()?;
    world.inputs.timeout = u32::MAX;
    most(world, 2)?;
    world.expect("one below", order, good)?;
    let cancel = Request {
        kind: Kind::Cancel as u8,
        ..order
    };
    world.expect("cancels are not counted", cancel, good)?;
    world.expect("at the limit", order, good)?;
    world.expect("one above", order, only(Reason::Throttle, 2, 2))?;
    world.expect("cancels pass", cancel, good)?;
    most(world, 50)?;
    world.expect(
        "latched whatever is written",
        order,
        only(Reason::Throttle, 2, 50),
    )?;
    for word in [
        THROTTLE_KEY,
        THROTTLE_KEY + 2,
        THROTTLE_KEY + 5,
        1,
        THROTTLE_KEY ^ (1 << 6) | 1,
    ] {
        clear(world, word)?;
        world.expect("not this word", order, only(Reason::Throttle, 2, 50))?;
    }
    world.pulse(0, ARM_KEY);
    world.expect("nor the arming", order, only(Reason::Throttle, 2, 50))?;
    clear(world, THROTTLE_KEY + 1)?;
    world.expect("cleared", order, good)?;
    // Lowered below what counts it refuses, but has not latched.
    most(world, 1)?;
    world.expect("lowered", order, only(Reason::Throttle, 1, 1))?;
    most(world, 2)?;
    world.expect("raised again", order, good)?;
    world.calm()?;
    world.inputs.timeout = u32::MAX;
    most(world, 0)?;
    world.expect("0 refuses", order, only(Reason::Throttle, 0, 0))?;
    most(world, 1)?;
    world.expect("and latches nothing", order, good)
}

/// Time lets grants be forgotten: two of a thousand nanoseconds never reach two at once.
fn forgotten(world: &mut World<'_>, slot: usize) -> Verdict {
    let (order, good) = (Request { slot, ..REPEATED }, Outcome::default());
    world.calm()?;
    world.inputs.timeout = u32::MAX;
    world.inputs.throttle_ns = 500;
    let limits = Limits {
        throttle: 2,
        orders: 100,
        tokens: 100,
        ..LIMITS
    };
    world.limits(slot, &limits)?;
    world.pulse(3, 1);
    world.wait(3)?;
    world.show(slot, BOOK);
    for _ in 0..3 {
        world.expect("spaced", order, good)?;
        world.pulse(2, 0);
        world.wait(90)?;
        world.pulse(2, 0);
        world.wait(5)?;
    }
    world.expect("close together", order, good)?;
    world.expect("close together", order, good)?;
    world.pulse(2, 0);
    world.wait(90)?;
    world.pulse(2, 0);
    world.wait(90)?;
    world.pulse(2, 0);
    world.wait(5)?;
    let outcome = world.decide(order, |_, _| ())?;
    world.bench.eq(
        "latched although forgotten",
        outcome.checks,
        1 << Reason::Throttle as u32,
    )
}

/// Each payload one below, at and one above what the window has room for.
fn tcp_window(world: &mut World<'_>) -> Verdict {
    let payload = [
        (Kind::Enter, 50),
        (Kind::Trigger, 50),
        (Kind::Cancel, 12),
        (Kind::Raw, 3),
    ];
    for (kind, bytes) in payload {
        for [ack, flight] in [
            [0, 0],
            [1_000, 200],
            [u32::MAX - 30, 40],
            [7, 65_536],
            [u32::MAX, 0],
        ] {
            for (window, fits) in [
                (flight + bytes - 1, false),
                (flight + bytes, true),
                (flight + bytes + 1, true),
                (bytes - 1, false),
                (0, false),
                (u32::MAX, true),
            ] {
                world.calm()?;
                world.inputs.timeout = u32::MAX;
                let order = Request {
                    kind: kind as u8,
                    ..GOOD
                };
                world.inputs.tcp = Some([ack.wrapping_add(flight), ack, window]);
                let wanted = if fits {
                    Outcome::default()
                } else {
                    only(Reason::TcpWindow, flight, window)
                };
                world.expect("window", order, wanted)?;
            }
        }
    }
    // An acknowledgement of what was not sent; the ends of the numbers; no connection.
    for (tcp, wanted) in [
        (Some([99, 100, 65_535]), only(Reason::TcpWindow, u32::MAX, 65_535)),
        (
            Some([99, 100, u32::MAX]),
            only(Reason::TcpWindow, u32::MAX, u32::MAX),
        ),
        (None, Outcome::default()),
    ] {
        world.calm()?;
        world.inputs.timeout = u32::MAX;
        world.inputs.tcp = tcp;
        world.expect("ends", GOOD, wanted)?;
    }
    Ok(())
}

pub(crate) fn all(world: &mut World<'_>) -> Verdict {
    restricted(world)?;
    bands(world)?;
    own_prices(world)?;
    own_slots(world)?;
    tokens(world)?;
    numberings(world)?;
    throttle(world)?;
    forgotten(world, GOOD.slot)?;
    forgotten(world, 3)?;
    tcp_window(world)
}
