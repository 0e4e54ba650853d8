//! One thing wrong at a time, in every cycle of a decision.

use crate::world::World;
use contract::event::Reason;
use contract::reg::permit;
use contract::reg::{ARM_KEY, DISARM_KEY, RELEASE_DONE, SLOT, index};
use contract::slot::Kind;
use testbench::golden::risk_gate::{Best, Limits, Outcome, Request};
use testbench::{Failure, Verdict};

/// At every limit at once, within all. Token 0 stands for the next one.
pub(crate) const GOOD: Request = Request {
    kind: Kind::Enter as u8,
    slot: 1,
    buy: true,
    sale: b'S',
    qty: 100,
    price: 10_100,
    token: 0,
    notional: 1_010_000,
    order_seq: 77,
    epoch: 7,
    malformed: false,
    out_of_sequence: false,
    target_ref: 3,
    orig_qty: 0,
    stamp: 99,
};

pub(crate) const LIMITS: Limits = Limits {
    qty: 100,
    collar: 50,
    position: 250,
    orders: 3,
    notional: 1_010_000,
    tokens: 5,
    refill: 0,
    permit: permit::BUY | permit::SELL,
    bands: [0, 0],
    throttle: 1_000,
};

pub(crate) const BOOK: Best = Best {
    bid: [10_000, 1],
    ask: [10_100, 1],
};

impl World<'_> {
    pub(crate) fn write_now(&mut self, slot: usize, name: &str, word: u32) -> Verdict {
        self.inputs.write = Some((slot, index(SLOT, name), word));
        self.cycle()
    }

    /// Pulses of this cycle.
    pub(crate) fn pulse(&mut self, which: usize, word: u32) {
        self.inputs.pulses[which] = true;
        self.inputs.word = word;
    }

    pub(crate) fn limits(&mut self, slot: usize, limits: &Limits) -> Verdict {
        let low = |x: u64| u32::try_from(x & 0xffff_ffff).expect("32 bits");
        for (name, word) in [
            ("MAX_QTY", limits.qty),
            ("COLLAR", limits.collar),
            ("POSITION_MAX", limits.position),
            ("OPEN_MAX", limits.orders.into()),
            ("NOTIONAL_MAX_LO", low(limits.notional)),
            ("NOTIONAL_MAX_HI", low(limits.notional >> 32)),
            ("SLOT_RATE_TOKENS", limits.tokens.into()),
            ("SLOT_RATE_REFILL_NS", limits.refill),
            ("PERMIT", limits.permit),
            ("BAND_LOW", limits.bands[0]),
            ("BAND_HIGH", limits.bands[1]),
            ("THROTTLE", limits.throttle.into()),
        ] {
            // 0 is what there is after reset.
            if word != 0 {
                self.write_now(slot, name, word)?;
            }
        }
        Ok(())
    }

    /// A gate that has just been reset, made ready for [`GOOD`].
    pub(crate) fn calm(&mut self) -> Verdict {
        self.reset();
        self.inputs.tx_ready = true;
        self.inputs.entry_ready = true;
        self.inputs.events_full = false;
        self.inputs.flags = [u64::MAX, 0, 0, 0];
        self.inputs.timeout = 1_000;
        self.inputs.epoch = GOOD.epoch;
        self.inputs.rate = (100, 0);
        self.inputs.throttle_ns = 0;
        self.inputs.tcp = None;
        self.inputs.gross_max = u64::MAX;
        self.inputs.read = GOOD.slot;
        self.limits(GOOD.slot, &LIMITS)?;
        self.pulse(3, 1);
        self.cycle()?;
        self.show(GOOD.slot, BOOK);
        self.pulse(0, ARM_KEY);
        self.cycle()?;
        self.pulse(2, 0);
        self.wait(4)
    }

    pub(crate) fn wait(&mut self, cycles: u32) -> Verdict {
        for _ in 0..cycles {
            self.cycle()?;
        }
        Ok(())
    }

    /// Offers a request and waits for what becomes of it; `meanwhile` acts in the cycles from its being taken on.
    pub(crate) fn decide(
        &mut self,
        mut request: Request,
        mut meanwhile: impl FnMut(&mut Self, u32),
    ) -> Result<Outcome, Failure> {
        self.wait(5)?;
        if request.token == GOOD.token {
            self.token += 1;
            request.token = self.token;
        }
        self.offer(request);
        let mut outcome = None;
        for cycle in 0..6 {
            meanwhile(self, cycle);
            self.cycle()?;
            outcome = outcome.or(self.outcome);
        }
        self.bench.check(outcome.is_some(), || "no outcome".into())?;
        Ok(outcome.unwrap_or_default())
    }

    pub(crate) fn expect(&mut self, what: &str, request: Request, wanted: Outcome) -> Verdict {
        let outcome = self.decide(request, |_, _| ())?;
        self.bench.eq(what, outcome, wanted)
    }
}

pub(crate) fn only(reason: Reason, value: u32, limit: u32) -> Outcome {
    Outcome {
        checks: 1 << reason as u32,
        value,
        limit,
    }
}

/// The order alone is wrong.
fn of_the_order(world: &mut World<'_>) -> Verdict {
    let cases = [
        (GOOD, Outcome::default()),
        (
            Request {
                price: 10_150,
                qty: 99,
                ..GOOD
            },
            Outcome::default(),
        ),
        (Request { price: 9_950, ..GOOD }, Outcome::default()),
        (
            Request {
                malformed: true,
                ..GOOD
            },
            only(Reason::Malformed, 0, 0),
        ),
        (
            Request {
                out_of_sequence: true,
                ..GOOD
            },
            only(Reason::Sequence, 77, 0),
        ),
        (Request { epoch: 8, ..GOOD }, only(Reason::Epoch, 8, 7)),
        (Request { qty: 0, ..GOOD }, only(Reason::Quantity, 0, 100)),
        (Request { qty: 101, ..GOOD }, only(Reason::Quantity, 101, 100)),
        (
            Request {
                price: 10_151,
                ..GOOD
            },
            only(Reason::Collar, 10_151, 10_150),
        ),
        (
            Request { price: 9_949, ..GOOD },
            only(Reason::Collar, 9_949, 9_950),
        ),
        (
            Request {
                notional: 1_010_001,
                ..GOOD
            },
            only(Reason::Notional, 1_010_001, 1_010_000),
        ),
        (
            Request {
                notional: 1 << 32,
                ..GOOD
            },
            only(Reason::Notional, 0, 1_010_000),
        ),
    ];
    for (request, wanted) in cases {
        for buy in [true, false] {
            world.calm()?;
            world.expect("of the order", Request { buy, ..request }, wanted)?;
        }
    }
    Ok(())
}

/// Gate, host or feed alone is wrong; a cancel passes all of it but the epoch, the port's rate and full events.
fn of_the_rest(world: &mut World<'_>) -> Verdict {
    type Trouble = fn(&mut World<'_>);
    let cases: [(Trouble, Outcome, bool); 14] = [
        (|w| w.pulse(1, 1), only(Reason::Killed, 0, 0), true),
        (|w| w.pulse(1, 2), Outcome::default(), true),
        (|w| w.pulse(0, DISARM_KEY), only(Reason::NotArmed, 0, 0), true),
        (|w| w.pulse(0, ARM_KEY ^ 1), only(Reason::NotArmed, 0, 0), true),
        (|w| w.inputs.epoch = 6, only(Reason::Epoch, 7, 6), false),
        (|w| w.inputs.now += 1_000, only(Reason::Heartbeat, 0, 0), true),
        (|w| w.inputs.timeout = 0, only(Reason::Heartbeat, 0, 0), true),
        (|w| w.inputs.flags[1] = 2, only(Reason::Stale, 0, 0), true),
        (|w| w.inputs.flags[0] = !2, only(Reason::Stale, 0, 0), true),
        (|w| w.inputs.flags[2] = 2, only(Reason::Gap, 0, 0), true),
        (|w| w.inputs.flags[3] = 2, only(Reason::Halted, 0, 0), true),
        (
            |w| w.inputs.clear = Some(1),
            only(Reason::Collar, 10_100, 0),
            true,
        ),
        (|w| w.inputs.rate = (0, 0), only(Reason::Rate, 0, 0), false),
        (
            |w| w.inputs.events_full = true,
            only(Reason::EventsFull, 0, 0),
            false,
        ),
    ];
    for (trouble, wanted, cancel_passes) in cases {
        for cancel in [false, true] {
            world.calm()?;
            trouble(world);
            world.cycle()?;
            let kind = if cancel { Kind::Cancel } else { Kind::Enter };
            let request = Request {
                kind: kind as u8,
                ..GOOD
            };
            let wanted = if cancel && cancel_passes {
                Outcome::default()
            } else {
                wanted
            };
            world.expect("of the rest", request, wanted)?;
        }
    }
    // Flags of another slot are nobody's business.
    world.calm()?;
    world.inputs.flags = [2, !2, !2, !2];
    world.expect("other slots", GOOD, Outcome::default())?;
    for book in [
        Best {
            bid: [10_000, 0],
            ..BOOK
        },
        Best {
            ask: [10_100, 0],
            ..BOOK
        },
        Best { bid: [0, 1], ..BOOK },
        Best { ask: [0, 1], ..BOOK },
    ] {
        world.calm()?;
        world.show(GOOD.slot, book);
        world.expect("one-sided", GOOD, only(Reason::Collar, 10_100, 0))?;
    }
    Ok(())
}

/// What earlier orders have used up.
fn of_the_past(world: &mut World<'_>) -> Verdict {
    let small = Request { qty: 1, ..GOOD };
    for (buy, shares) in [(true, 150), (false, -150)] {
        world.calm()?;
        world.write_now(1, "POSITION_ADD", i32::cast_unsigned(shares))?;
        // Prices that do not meet.
        let price = |buy| if buy { 10_000 } else { 10_100 };
        let order = Request {
            buy,
            price: price(buy),
            ..GOOD
        };
        world.expect("at the position limit", order, Outcome::default())?;
        let one = Request { qty: 1, ..order };
        world.expect("open shares count", one, only(Reason::Position, 251, 250))?;
        let other = Request {
            buy: !buy,
            price: price(!buy),
            ..GOOD
        };
        world.expect("of the other side", other, Outcome::default())?;
        let name = if buy {
            "OPEN_RELEASE_BUY"
        } else {
            "OPEN_RELEASE_SELL"
        };
        world.write_now(1, name, 1)?;
        world.expect("released", one, Outcome::default())?;
        world.expect("open orders", other, only(Reason::OpenOrders, 3, 3))?;
        world.write_now(1, name, RELEASE_DONE)?;
        world.expect("one done", Request { qty: 1, ..other }, Outcome::default())?;
    }
    world.calm()?;
    world.limits(
        1,
        &Limits {
            orders: 100,
            ..LIMITS
        },
    )?;
    world.pulse(3, 1);
    world.cycle()?;
    for _ in 0..LIMITS.tokens {
        world.expect("tokens", small, Outcome::default())?;
    }
    world.expect("slot rate", small, only(Reason::Rate, 5, 5))?;
    let cancel = Request {
        kind: Kind::Cancel as u8,
        ..GOOD
    };
    world.expect("cancels need none of the slot", cancel, Outcome::default())?;
    world.inputs.rate = (6, 0);
    world.expect("port rate", cancel, only(Reason::Rate, 6, 6))
}

/// After reset everything is refused, with every reason that zeros give.
fn closed(world: &mut World<'_>) -> Verdict {
    world.calm()?;
    world.reset();
    let reasons = [
        Reason::NotArmed,
        Reason::Heartbeat,
        Reason::Quantity,
        Reason::Collar,
        Reason::Position,
        Reason::OpenOrders,
        Reason::Rate,
        Reason::Notional,
        Reason::Restricted,
        Reason::Throttle,
        Reason::GrossNotional,
    ];
    let checks = reasons.iter().fold(0, |all, reason| all | 1 << *reason as u32);
    let all = Outcome {
        checks,
        value: 0,
        limit: 0,
    };
    world.expect("closed", GOOD, all)?;
    // A limit written in the cycle of the reset is not even in the shadow.
    for register in ["MAX_QTY", "POSITION_MAX", "OPEN_MAX", "NOTIONAL_MAX_HI"] {
        world.calm()?;
        // Of the gross notional the gate has no shadow: what the register has, the commit takes.
        world.inputs.gross_max = 0;
        world.reset_with(u64::MAX, GOOD.slot as u64, register);
        world.wait(2)?;
        world.pulse(3, 1);
        world.wait(3)?;
        world.expect(register, GOOD, all)?;
    }
    Ok(())
}

/// What still stops an order that is being decided, and from which cycle on it comes too late.
fn in_every_cycle(world: &mut World<'_>) -> Verdict {
    type Trouble = fn(&mut World<'_>);
    let cases: [(Reason, u32, Trouble); 9] = [
        (Reason::Killed, 1, |w| w.pulse(1, 1)),
        (Reason::NotArmed, 1, |w| w.pulse(0, DISARM_KEY)),
        (Reason::Stale, 1, |w| w.inputs.flags[1] = 2),
        (Reason::Stale, 1, |w| w.inputs.flags[0] = 0),
        (Reason::Gap, 1, |w| w.inputs.flags[2] = 2),
        (Reason::Halted, 1, |w| w.inputs.flags[3] = 2),
        (Reason::EventsFull, 1, |w| w.inputs.events_full = true),
        (Reason::Collar, 0, |w| w.inputs.clear = Some(1)),
        (Reason::Epoch, 0, |w| w.inputs.epoch = 9),
    ];
    for (reason, last, trouble) in cases {
        for at in 0..4 {
            world.calm()?;
            let outcome = world.decide(GOOD, |world, cycle| {
                if cycle == at {
                    trouble(world);
                }
            })?;
            let wanted = if at <= last { 1 << reason as u32 } else { 0 };
            world
                .bench
                .eq(&format!("{reason:?} in cycle {at}"), outcome.checks, wanted)?;
        }
    }
    Ok(())
}

/// No update of a position is lost, in whatever cycle it meets a grant.
fn no_update_is_lost(world: &mut World<'_>) -> Verdict {
    let cases = [
        ("POSITION_ADD", 30, [37, 120]),
        ("OPEN_RELEASE_BUY", 8 | RELEASE_DONE, [7, 112]),
        ("OPEN_RELEASE_BUY", 3, [7, 117]),
        ("OPEN_RELEASE_SELL", 8, [7, 120]),
        ("POSITION_SET", 3, [7, 120]),
    ];
    for (name, word, [position, open]) in cases {
        for (at, buy) in (0..6).flat_map(|at| [(at, true), (at, false)]) {
            let name = match (name, buy) {
                ("OPEN_RELEASE_BUY", false) => "OPEN_RELEASE_SELL",
                ("OPEN_RELEASE_SELL", false) => "OPEN_RELEASE_BUY",
                _ => name,
            };
            world.calm()?;
            world.write_now(1, "POSITION_ADD", 7)?;
            world.decide(Request { buy, qty: 20, ..GOOD }, |_, _| ())?;
            let outcome = world.decide(Request { buy, ..GOOD }, |world, cycle| {
                if cycle == at {
                    world.inputs.write = Some((1, index(SLOT, name), word));
                }
            })?;
            world.bench.eq(name, outcome.checks, 0)?;
            world.wait(4)?;
            let got = world.read_back();
            let [buys, sells] = if buy { [open, 0] } else { [0, open] };
            world
                .bench
                .eq(&format!("{name} in cycle {at}"), got, [position, buys, sells])?;
        }
    }
    // A load takes away what was open before it, never an order granted after it.
    for at in 0..6 {
        world.calm()?;
        world.write_now(1, "POSITION_SET", 40)?;
        world.decide(GOOD, |world, cycle| {
            if cycle == at {
                world.inputs.write = Some((1, index(SLOT, "POSITION_LOAD"), 1));
            }
        })?;
        world.wait(4)?;
        let open = if at <= 2 { 100 } else { 0 };
        let got = world.read_back();
        world
            .bench
            .eq(&format!("load in cycle {at}"), got, [40, open, 0])?;
    }
    Ok(())
}

/// Every bit of a position, in every slot.
fn every_bit_of_a_position(world: &mut World<'_>) -> Verdict {
    world.calm()?;
    for slot in 0..4 {
        world.inputs.read = slot;
        for bit in 0..31 {
            world.write_now(slot, "POSITION_SET", 1 << bit)?;
            world.write_now(slot, "POSITION_LOAD", 1)?;
            world.wait(4)?;
            let got = world.read_back();
            let what = format!("slot {slot} bit {bit}");
            world.bench.eq(&what, got, [1 << bit, 0, 0])?;
            world.write_now(slot, "POSITION_SET", 0)?;
            world.write_now(slot, "POSITION_LOAD", 1)?;
            world.write_now(slot, "POSITION_ADD", 1 << bit)?;
            world.wait(4)?;
            let got = world.read_back();
            world.bench.eq(&what, got, [1 << bit, 0, 0])?;
        }
    }
    world.inputs.read = GOOD.slot;
    Ok(())
}

/// Between two sets of limits that both refuse an order, a mixture of which would let it pass.
fn limits_change_at_once(world: &mut World<'_>) -> Verdict {
    for at in 0..6 {
        world.calm()?;
        world.limits(1, &Limits { qty: 10, ..LIMITS })?;
        world.pulse(3, 1);
        world.cycle()?;
        world.limits(1, &LIMITS)?;
        world.write_now(1, "COLLAR", 0)?;
        let order = Request {
            qty: 50,
            price: 10_120,
            ..GOOD
        };
        let outcome = world.decide(order, |world, cycle| {
            if cycle == at {
                world.pulse(3, 1);
            }
        })?;
        let [old, new] = [Reason::Quantity, Reason::Collar].map(|reason| 1 << reason as u32);
        let either = outcome.checks == old || outcome.checks == new;
        world.bench.check(either, || format!("a mixture: {outcome:?}"))?;
    }
    Ok(())
}

/// A token comes back after its time, never before, and a full bucket saves nothing up.
fn tokens_come_back(world: &mut World<'_>) -> Verdict {
    const REFILL: u64 = 500;
    world.calm()?;
    world.limits(
        1,
        &Limits {
            tokens: 1,
            refill: 500,
            orders: 100,
            ..LIMITS
        },
    )?;
    world.pulse(3, 1);
    world.wait(200)?;
    let order = Request { qty: 1, ..GOOD };
    let mut granted: Vec<u64> = Vec::new();
    for _ in 0..3_000 {
        if world.inputs.request.is_none() {
            world.token += 1;
            let token = world.token;
            world.offer(Request { token, ..order });
        }
        world.pulse(2, 0);
        let now = world.inputs.now;
        world.cycle()?;
        if world.outcome.is_some_and(|outcome| outcome.checks == 0) {
            granted.push(now);
            world.inputs.write = Some((1, index(SLOT, "OPEN_RELEASE_BUY"), 1 | RELEASE_DONE));
        }
    }
    let gaps: Vec<u64> = granted.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let good = gaps.len() > 30 && gaps.iter().all(|gap| (REFILL..REFILL + 80).contains(gap));
    world
        .bench
        .check(good, || format!("time between grants: {gaps:?}"))
}

pub(crate) fn all(world: &mut World<'_>) -> Verdict {
    of_the_order(world)?;
    of_the_rest(world)?;
    of_the_past(world)?;
    closed(world)?;
    in_every_cycle(world)?;
    no_update_is_lost(world)?;
    every_bit_of_a_position(world)?;
    limits_change_at_once(world)?;
    tokens_come_back(world)
}
