//! Orders in the place of others, at every limit, and requests that are no orders.

use crate::directed::{GOOD, LIMITS, only};
use crate::world::World;
use contract::event::Reason;
use contract::reg::{DISARM_KEY, RELEASE_DONE, permit};
use contract::slot::Kind;
use testbench::golden::risk_gate::{Limits, Outcome, Request};
use testbench::{Failure, Verdict};

/// Shares of the order that is replaced.
const OLD: u32 = 60;
const PASSES: Outcome = Outcome {
    checks: 0,
    value: 0,
    limit: 0,
};

impl World<'_> {
    /// A calm gate with one order of [`OLD`] shares; gives its number.
    fn with_order(&mut self, limits: &Limits, buy: bool) -> Result<u32, Failure> {
        self.calm()?;
        self.limits(GOOD.slot, limits)?;
        self.pulse(3, 1);
        self.wait(2)?;
        let user_ref = self.inputs.next_ref;
        let order = Request {
            qty: OLD,
            buy,
            ..GOOD
        };
        self.expect("the first order", order, PASSES)?;
        Ok(user_ref)
    }

    fn reads(&mut self, what: &str, wanted: [u32; 3]) -> Verdict {
        self.wait(3)?;
        let got = self.read_back();
        self.bench.eq(what, got, wanted)
    }
}

fn replace(target_ref: u32, qty: u32, orig_qty: u32) -> Request {
    Request {
        kind: Kind::Replace as u8,
        target_ref,
        qty,
        orig_qty,
        ..GOOD
    }
}

/// What is added counts: one below, at, and one above the limit, on both sides.
fn what_is_added(world: &mut World<'_>) -> Verdict {
    for buy in [true, false] {
        for (net, qty, passes) in [
            (150, 99, true),
            (150, 100, true),
            (151, 100, false),
            (151, 99, true),
            (190, OLD, true),
            (190, 1, true),
            (190, OLD + 1, false),
        ] {
            let limits = Limits {
                position: LIMITS.position,
                ..LIMITS
            };
            let old = world.with_order(&limits, buy)?;
            let signed = if buy { net } else { -net };
            world.write_now(GOOD.slot, "POSITION_ADD", i32::cast_unsigned(signed))?;
            let added = qty.saturating_sub(OLD);
            let worst = u32::try_from(net).unwrap_or(0) + OLD + added;
            let wanted = if passes {
                PASSES
            } else {
                only(Reason::Position, worst, LIMITS.position)
            };
            let order = Request {
                buy,
                ..replace(old, qty, OLD)
            };
            world.expect("at the position limit", order, wanted)?;
            let open = if passes { OLD + added } else { OLD };
            let open = if buy { [open, 0] } else { [0, open] };
            let position = i32::cast_unsigned(signed);
            world.reads("what is open", [position, open[0], open[1]])?;
        }
        // Beyond the limit already: nothing is replaced, not even by less.
        let old = world.with_order(&LIMITS, buy)?;
        let signed: i32 = if buy { 191 } else { -191 };
        world.write_now(GOOD.slot, "POSITION_ADD", signed.cast_unsigned())?;
        let order = Request {
            buy,
            ..replace(old, 1, OLD)
        };
        world.expect("beyond", order, only(Reason::Position, 251, 250))?;
    }
    Ok(())
}

/// The host's word makes of what is added more, never less; the numbers end where they end.
fn the_larger_counts(world: &mut World<'_>) -> Verdict {
    for (said, added) in [(OLD, 40), (OLD - 1, 41), (OLD + 1, 40), (u32::MAX, 40), (0, 100)] {
        let old = world.with_order(&LIMITS, true)?;
        world.expect("as said", replace(old, 100, said), PASSES)?;
        world.reads("what is open", [0, OLD + added, 0])?;
    }
    // The quantity of the new one is what the next one replaces.
    let old = world.with_order(&LIMITS, true)?;
    let new = world.inputs.next_ref;
    world.expect("smaller", replace(old, 10, OLD), PASSES)?;
    world.expect("and larger", replace(new, 70, OLD), PASSES)?;
    world.reads("what is open", [0, OLD + 60, 0])?;
    // A cancel and a modify may have made it smaller.
    for kind in [Kind::Cancel, Kind::Modify] {
        let old = world.with_order(&LIMITS, true)?;
        let lessened = Request {
            kind: kind as u8,
            target_ref: old,
            ..GOOD
        };
        world.expect("lessened", lessened, PASSES)?;
        world.expect("counts whole", replace(old, 100, OLD), PASSES)?;
        world.reads("what is open", [0, OLD + 100, 0])?;
    }
    // At the ends of the numbers.
    let wide = Limits {
        qty: u32::MAX,
        position: u32::MAX,
        notional: u64::MAX,
        ..LIMITS
    };
    world.with_order(&wide, true)?;
    world.write_now(GOOD.slot, "OPEN_RELEASE_BUY", OLD | RELEASE_DONE)?;
    let half = world.inputs.next_ref;
    let big = Request { qty: 1 << 31, ..GOOD };
    world.expect("half of all", big, PASSES)?;
    let all = replace(half, u32::MAX, 1 << 31);
    world.write_now(GOOD.slot, "POSITION_ADD", 1)?;
    world.expect("one too many", all, only(Reason::Position, u32::MAX, u32::MAX))?;
    world.write_now(GOOD.slot, "POSITION_ADD", u32::MAX)?;
    world.expect("all there are", all, PASSES)?;
    world.reads("what is open", [0, u32::MAX, 0])?;
    // Every bit of the quantity is kept.
    for qty in [0x5555_5555, 0x2aaa_aaaa] {
        world.with_order(&wide, true)?;
        world.write_now(GOOD.slot, "OPEN_RELEASE_BUY", OLD | RELEASE_DONE)?;
        let old = world.inputs.next_ref;
        world.expect("a wide quantity", Request { qty, ..GOOD }, PASSES)?;
        world.expect("one more", replace(old, qty + 1, u32::MAX), PASSES)?;
        world.reads("what is open", [0, qty + 1, 0])?;
    }
    Ok(())
}

/// Only what the card has sent, in the same slot and on the same side, of its last 256 numbers.
fn whom_it_names(world: &mut World<'_>) -> Verdict {
    let refused = |user_ref| only(Reason::Original, user_ref, 0);
    let old = world.with_order(&LIMITS, true)?;
    for other in [old.wrapping_add(1), old.wrapping_sub(1)] {
        world.expect("not sent", replace(other, 10, OLD), refused(other))?;
    }
    // Each bit above those of its place counts.
    for bit in 8..32 {
        let other = world.with_order(&LIMITS, true)?.wrapping_sub(1 << bit);
        world.expect("far back", replace(other, 10, OLD), refused(other))?;
    }
    let old = world.with_order(&LIMITS, true)?;
    let sell = Request {
        buy: false,
        // Above the open buy.
        price: GOOD.price + 1,
        notional: 0,
        ..replace(old, 10, OLD)
    };
    world.expect("another side", sell, refused(old))?;
    world.limits(0, &LIMITS)?;
    world.pulse(3, 1);
    world.cycle()?;
    world.show(0, crate::directed::BOOK);
    let elsewhere = Request {
        slot: 0,
        ..replace(old, 10, OLD)
    };
    world.expect("another slot", elsewhere, refused(old))?;
    world.expect("its own", replace(old, 10, OLD), PASSES)?;
    // No order has the number of a mass cancel.
    let mass = world.inputs.next_ref;
    let request = Request {
        kind: Kind::MassCancel as u8,
        ..GOOD
    };
    world.expect("mass cancel", request, PASSES)?;
    world.expect("no order", replace(mass, 10, OLD), refused(mass))?;
    // 255 numbers later it is known, 256 later not.
    world.inputs.rate = (u16::MAX, 0);
    world.inputs.timeout = u32::MAX;
    let later = world.inputs.next_ref.wrapping_sub(old).wrapping_sub(1);
    for _ in later..255 {
        world.decide(request, |_, _| ())?;
    }
    world.expect("the last one kept", replace(old, 10, OLD), PASSES)?;
    world.expect("too old", replace(old, 10, OLD), refused(old))?;
    // A new numbering knows nothing of the old one.
    let old = world.with_order(&LIMITS, true)?;
    world.inputs.renumber = true;
    world.inputs.word = old.wrapping_add(1);
    world.cycle()?;
    world.expect("before the numbering", replace(old, 10, OLD), refused(old))?;
    let old = world.with_order(&LIMITS, true)?;
    world.reset();
    // It waits for its look in the first cycle, too.
    world.offer(replace(old, 10, OLD));
    world.wait(8)?;
    world.calm()?;
    world.expect("before the reset", replace(old, 10, OLD), refused(old))
}

/// Every other limit is that of any order; the count of open orders is not.
fn as_any_order(world: &mut World<'_>) -> Verdict {
    let one = Limits { orders: 1, ..LIMITS };
    let old = world.with_order(&one, true)?;
    let another = Request { qty: 1, ..GOOD };
    world.expect("one more", another, only(Reason::OpenOrders, 1, 1))?;
    world.expect("none more", replace(old, OLD, OLD), PASSES)?;
    world.expect("still one", another, only(Reason::OpenOrders, 1, 1))?;
    world.write_now(GOOD.slot, "OPEN_RELEASE_BUY", OLD | RELEASE_DONE)?;
    world.expect("none open", another, PASSES)?;
    let good = |old| replace(old, OLD, OLD);
    type Wrong = fn(Request) -> Request;
    let cases: [(Wrong, Reason, u32, u32); 7] = [
        (
            |r| Request {
                qty: 101,
                orig_qty: 101,
                ..r
            },
            Reason::Quantity,
            101,
            100,
        ),
        (|r| Request { qty: 0, ..r }, Reason::Quantity, 0, 100),
        (|r| Request { price: 10_151, ..r }, Reason::Collar, 10_151, 10_150),
        (
            |r| Request {
                notional: 1_010_001,
                ..r
            },
            Reason::Notional,
            1_010_001,
            1_010_000,
        ),
        (|r| Request { epoch: 8, ..r }, Reason::Epoch, 8, 7),
        (|r| Request { malformed: true, ..r }, Reason::Malformed, 0, 0),
        (
            |r| Request {
                out_of_sequence: true,
                ..r
            },
            Reason::Sequence,
            77,
            0,
        ),
    ];
    for (wrong, reason, value, limit) in cases {
        let old = world.with_order(&LIMITS, true)?;
        world.expect("as an order", wrong(good(old)), only(reason, value, limit))?;
    }
    guarded(world)
}

/// Token, bands, own orders.
fn guarded(world: &mut World<'_>) -> Verdict {
    let good = |old| replace(old, OLD, OLD);
    let old = world.with_order(&LIMITS, true)?;
    let same = Request {
        token: world.token,
        ..good(old)
    };
    world.expect(
        "a token",
        same,
        only(Reason::DuplicateToken, same.token, same.token),
    )?;
    let old = world.with_order(
        &Limits {
            permit: permit::BUY,
            ..LIMITS
        },
        true,
    )?;
    world.expect("bands", good(old), PASSES)?;
    let bands = Limits {
        permit: permit::BUY | permit::BANDS,
        bands: [1, 10_099],
        ..LIMITS
    };
    world.limits(GOOD.slot, &bands)?;
    world.pulse(3, 1);
    world.wait(2)?;
    world.expect("bands", good(old), only(Reason::Bands, 10_100, 10_099))?;
    // Against an own order of the other side.
    let old = world.with_order(&LIMITS, true)?;
    let sell = Request {
        buy: false,
        qty: 1,
        price: 10_101,
        ..GOOD
    };
    world.expect("an own sell", sell, PASSES)?;
    let crossing = Request {
        price: 10_101,
        ..good(old)
    };
    world.expect("self-cross", crossing, only(Reason::SelfCross, 10_101, 10_101))
}

/// Own prices far from any other.
fn far_prices(world: &mut World<'_>) -> Verdict {
    let wide = Limits {
        collar: u32::MAX,
        notional: u64::MAX,
        ..LIMITS
    };
    for price in [0xaaaa_aaaa, 0x5555_5555] {
        world.with_order(&wide, true)?;
        world.write_now(GOOD.slot, "OPEN_RELEASE_BUY", OLD | RELEASE_DONE)?;
        let buy = Request {
            qty: 1,
            price,
            ..GOOD
        };
        world.expect("far", buy, PASSES)?;
        let sell = Request { buy: false, ..buy };
        world.expect("facing it", sell, only(Reason::SelfCross, price, price))?;
    }
    Ok(())
}

/// What only takes away passes a kill, without arming and without a heartbeat; what gives a marking needs its permit, what lets orders in
/// needs an armed gate.
fn no_orders(world: &mut World<'_>) -> Verdict {
    let of = |kind: Kind| Request {
        kind: kind as u8,
        target_ref: 3,
        qty: 0,
        sale: b'T',
        buy: false,
        ..GOOD
    };
    let free = [
        Kind::Cancel,
        Kind::Raw,
        Kind::MassCancel,
        Kind::Watchdog,
        Kind::DisableEntry,
    ];
    type Trouble = fn(&mut World<'_>);
    let stops: [(Trouble, Reason); 3] = [
        (|w| w.pulse(1, 1), Reason::Killed),
        (|w| w.pulse(0, DISARM_KEY), Reason::NotArmed),
        (|w| w.inputs.timeout = 0, Reason::Heartbeat),
    ];
    for (trouble, reason) in stops {
        world.calm()?;
        trouble(world);
        world.wait(4)?;
        for kind in free {
            world.expect("takes away", of(kind), PASSES)?;
        }
        let permitted = Request {
            sale: b'S',
            ..of(Kind::Modify)
        };
        world.expect("a permitted marking", permitted, PASSES)?;
        world.expect("lets orders in", of(Kind::EnableEntry), only(reason, 0, 0))?;
    }
    world.calm()?;
    world.expect("lets orders in", of(Kind::EnableEntry), PASSES)?;
    let sides = permit::BUY | permit::SELL;
    let short = only(Reason::Restricted, b'T'.into(), sides);
    world.expect("a marking that is not permitted", of(Kind::Modify), short)?;
    world.reads("nothing is open", [0, 0, 0])?;
    // Each has its length in the window.
    for (kind, bytes) in [
        (Kind::Replace, 43),
        (Kind::Modify, 13),
        (Kind::MassCancel, 22),
        (Kind::Watchdog, 22),
        (Kind::DisableEntry, 14),
        (Kind::EnableEntry, 14),
    ] {
        let old = world.with_order(&LIMITS, true)?;
        let request = Request {
            target_ref: old,
            sale: b'S',
            buy: true,
            qty: 1,
            ..of(kind)
        };
        world.inputs.tcp = Some([105, 100, bytes + 4]);
        world.expect("no room", request, only(Reason::TcpWindow, 5, bytes + 4))?;
        world.inputs.tcp = Some([105, 100, bytes + 5]);
        world.expect("room", request, PASSES)?;
    }
    world.inputs.tcp = None;
    Ok(())
}

/// In no slot does a Replace open a further order.
fn opens_no_further(world: &mut World<'_>) -> Verdict {
    for slot in 0..4 {
        world.calm()?;
        let limits = Limits { orders: 2, ..LIMITS };
        world.limits(slot, &limits)?;
        world.pulse(3, 1);
        world.wait(2)?;
        world.show(slot, crate::directed::BOOK);
        let old = world.inputs.next_ref;
        let order = Request { slot, qty: 1, ..GOOD };
        world.expect("one", order, PASSES)?;
        let other = Request {
            slot,
            ..replace(old, 1, 1)
        };
        world.expect("in its place", other, PASSES)?;
        world.expect("two", order, PASSES)?;
        world.expect("three", order, only(Reason::OpenOrders, 2, 2))?;
    }
    Ok(())
}

pub(crate) fn all(world: &mut World<'_>) -> Verdict {
    opens_no_further(world)?;
    what_is_added(world)?;
    the_larger_counts(world)?;
    whom_it_names(world)?;
    as_any_order(world)?;
    far_prices(world)?;
    no_orders(world)
}
