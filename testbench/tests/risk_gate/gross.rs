//! Gross notional: at its limit, at the ends of the numbers, by the host's words, and what a Replace adds.

use crate::directed::{BOOK, GOOD, LIMITS, only};
use crate::world::World;
use contract::event::Reason;
use contract::slot::Kind;
use testbench::golden::risk_gate::{Limits, Outcome, Request};
use testbench::{Failure, Verdict};

/// Limits of a slot that stop nothing.
const WIDE: Limits = Limits {
    qty: u32::MAX,
    collar: u32::MAX,
    position: u32::MAX,
    orders: 100,
    notional: u64::MAX,
    tokens: 100,
    ..LIMITS
};

const PASSES: Outcome = Outcome {
    checks: 0,
    value: 0,
    limit: 0,
};

fn low(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).expect("32 bits")
}

fn refused(total: u64, most: u64) -> Outcome {
    only(Reason::GrossNotional, low(total), low(most))
}

impl World<'_> {
    /// The host adds a value, two's complement.
    pub(crate) fn add_gross(&mut self, value: u64) {
        self.inputs.gross_add = true;
        self.inputs.gross_add_hi = low(value >> 32);
        self.inputs.word = low(value);
    }

    /// A calm gate with this limit, and so much counted.
    fn with_gross(&mut self, limits: &Limits, most: u64, counted: u64) -> Verdict {
        self.calm()?;
        self.limits(GOOD.slot, limits)?;
        self.inputs.gross_max = most;
        self.pulse(3, 1);
        self.wait(3)?;
        self.add_gross(counted);
        self.wait(3)
    }
}

/// One below, at and one above the limit; what the host gives back is free again.
fn at_the_limit(world: &mut World<'_>) -> Verdict {
    let value = GOOD.notional;
    for most in [2 * value - 1, 2 * value, 2 * value + 1] {
        world.with_gross(&LIMITS, most, 0)?;
        world.expect("the first", GOOD, PASSES)?;
        let fits = most >= 2 * value;
        let wanted = if fits { PASSES } else { refused(2 * value, most) };
        world.expect("and the second", GOOD, wanted)?;
        world.with_gross(&LIMITS, most, most - value + 1)?;
        world.expect("one too many", GOOD, refused(most + 1, most))?;
        world.add_gross(1_u64.wrapping_neg());
        world.wait(3)?;
        world.expect("given back", GOOD, PASSES)?;
    }
    // Nothing is set: an order of any value is too much.
    world.with_gross(&LIMITS, 0, 0)?;
    world.expect("no limit", GOOD, refused(value, 0))?;
    // What it was before the commit counts before the commit.
    world.with_gross(&LIMITS, value, 0)?;
    world.inputs.gross_max = 0;
    world.wait(3)?;
    world.expect("not committed", GOOD, PASSES)?;
    world.pulse(3, 1);
    world.wait(3)?;
    world.expect("committed", GOOD, refused(2 * value, 0))
}

/// Orders of all slots count together; what takes away passes whatever is counted.
fn of_all_slots(world: &mut World<'_>) -> Verdict {
    let value = GOOD.notional;
    world.with_gross(&LIMITS, 2 * value - 1, 0)?;
    world.limits(0, &LIMITS)?;
    world.pulse(3, 1);
    world.wait(2)?;
    world.show(0, BOOK);
    world.expect("of one slot", Request { slot: 0, ..GOOD }, PASSES)?;
    world.expect("of the other", GOOD, refused(2 * value, 2 * value - 1))?;
    world.add_gross(1 << 62);
    world.wait(3)?;
    for kind in [
        Kind::Cancel,
        Kind::MassCancel,
        Kind::Watchdog,
        Kind::DisableEntry,
        Kind::Modify,
    ] {
        let request = Request {
            kind: kind as u8,
            ..GOOD
        };
        world.expect("no order", request, PASSES)?;
    }
    let trigger = Request {
        kind: Kind::Trigger as u8,
        ..GOOD
    };
    let total = (1 << 62) + 2 * value;
    world.expect("a trigger's order", trigger, refused(total, 2 * value - 1))
}

/// A sum beyond 64 bits is beyond every limit; what is counted ends where the numbers end.
fn at_the_ends(world: &mut World<'_>) -> Verdict {
    let half = i64::MAX.cast_unsigned();
    world.with_gross(&LIMITS, u64::MAX, half)?;
    world.add_gross(half);
    world.wait(3)?;
    let value = GOOD.notional;
    world.expect(
        "beyond all",
        GOOD,
        refused((2 * half).wrapping_add(value), u64::MAX),
    )?;
    let last = Request { notional: 1, ..GOOD };
    world.expect("the last there is", last, PASSES)?;
    world.expect("none is left", last, refused(0, u64::MAX))?;
    world.add_gross(half);
    world.wait(3)?;
    world.expect("and stays at the end", last, refused(0, u64::MAX))?;
    // Both are taken back by words of the least value.
    for left in [half, 0] {
        world.add_gross(1 << 63);
        world.wait(3)?;
        let counted = world.golden.gross()[0];
        world.bench.eq("left", counted, left)?;
    }
    world.with_gross(&LIMITS, value, 1 << 63)?;
    world.expect("a negative word ends at 0", GOOD, PASSES)?;
    // Every bit of sum, limit and value.
    for most in [0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa_u64] {
        world.with_gross(&WIDE, most, 0)?;
        let all = Request {
            notional: most,
            ..GOOD
        };
        world.expect("all of it", all, PASSES)?;
        let more = Request { notional: 1, ..GOOD };
        world.expect("one more", more, refused(most + 1, most))?;
    }
    Ok(())
}

/// No word of the host is lost, in whatever cycle it meets a grant.
fn with_a_grant(world: &mut World<'_>) -> Verdict {
    for at in 0..6 {
        for value in [5_u64, 7_u64.wrapping_neg()] {
            world.with_gross(&LIMITS, u64::MAX, 100)?;
            world.decide(GOOD, |world, cycle| {
                if cycle == at {
                    world.add_gross(value);
                }
            })?;
            world.wait(4)?;
            let counted = world.golden.gross()[0];
            let wanted = (100 + GOOD.notional).wrapping_add(value);
            world.bench.eq("order and word", counted, wanted)?;
        }
    }
    Ok(())
}

/// An order of `old` shares and price, and a Replace of it by `new`, the host saying that it had `said` shares: passes when what it adds fits and not when one less fits.
fn replaced(world: &mut World<'_>, old: (u32, u32), new: (u32, u32), said: u32) -> Verdict {
    let worth = |(qty, price): (u32, u32)| u64::from(qty) * u64::from(price);
    let kept = old.0.min(said).min(new.0);
    let taken = worth((kept, old.1.min(new.1)));
    let total = worth(old) + worth(new) - taken;
    // What adds nothing has no least limit but that of the order itself.
    for most in [total, total - 1].into_iter().filter(|most| *most >= worth(old)) {
        world.with_gross(&WIDE, most, 0)?;
        let user_ref = world.inputs.next_ref;
        let order = |(qty, price)| Request {
            qty,
            price,
            notional: worth((qty, price)),
            ..GOOD
        };
        world.expect("the order", order(old), PASSES)?;
        let replace = Request {
            kind: Kind::Replace as u8,
            target_ref: user_ref,
            orig_qty: said,
            ..order(new)
        };
        let fits = most >= total;
        let wanted = if fits { PASSES } else { refused(total, most) };
        world.expect("the replace", replace, wanted)?;
        world.wait(3)?;
        let counted = world.golden.gross()[0];
        let left = if fits { total } else { worth(old) };
        world.bench.eq("counted", counted, left)?;
    }
    Ok(())
}

/// What a Replace adds: more or fewer shares at a higher or a lower price, whatever the host says of the old one.
fn what_a_replace_adds(world: &mut World<'_>) -> Result<(), Failure> {
    let old = (60, 10_000);
    for new in [
        (90, 10_000),
        (90, 12_000),
        (90, 8_000),
        (60, 10_001),
        (60, 9_999),
        (30, 30_000),
    ] {
        for said in [60, 59, u32::MAX, 0] {
            replaced(world, old, new, said)?;
        }
    }
    // Every bit of both factors.
    for (qty, price) in [
        (0x0001_0001, 0xaaaa_5555),
        (0x5555_aaaa, 0x0001_0001),
        (0x7fff_ffff, 0xffff_ffff),
        (0x5555_5555, 0xaaaa_aaaa),
        (0x6aaa_aaaa, 0x5555_5555),
    ] {
        replaced(world, (qty, price - 1), (qty, price), qty)?;
        replaced(world, (qty - 1, price), (qty, price), qty)?;
    }
    // Less than there was is not given back: the exchange has not answered.
    world.with_gross(&WIDE, 600_000, 0)?;
    let user_ref = world.inputs.next_ref;
    let order = Request {
        qty: 60,
        price: 10_000,
        notional: 600_000,
        ..GOOD
    };
    world.expect("the order", order, PASSES)?;
    let smaller = Request {
        kind: Kind::Replace as u8,
        target_ref: user_ref,
        orig_qty: 60,
        qty: 30,
        notional: 300_000,
        ..order
    };
    world.expect("smaller", smaller, PASSES)?;
    world.wait(3)?;
    let counted = world.golden.gross()[0];
    world.bench.eq("counted", counted, 600_000)?;
    // A value that belongs to other shares and another price adds nothing below 0.
    let user_ref = world.inputs.next_ref.wrapping_sub(1);
    let free = Request {
        target_ref: user_ref,
        notional: 0,
        ..smaller
    };
    world.expect("of no value", free, PASSES)?;
    world.wait(3)?;
    let counted = world.golden.gross()[0];
    world.bench.eq("counted", counted, 600_000)
}

pub(crate) fn all(world: &mut World<'_>) -> Verdict {
    at_the_limit(world)?;
    of_all_slots(world)?;
    at_the_ends(world)?;
    with_a_grant(world)?;
    what_a_replace_adds(world)
}
