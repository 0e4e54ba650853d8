//! The host's own gate beside the card's: the same orders, the same executions, the same verdicts.

use crate::directed::{BOOK, GOOD, LIMITS};
use crate::world::World;
use contract::record::{Level, flag};
use contract::reg::{ARM_KEY, DISARM_KEY, RELEASE_DONE, THROTTLE_KEY, permit};
use contract::slot::Kind;
use risk::{Gate, Market, Order, Sale, Side, TokenBucket};
use testbench::Verdict;
use testbench::golden::risk_gate::{Best, Limits, Request};

const ONCE: Limits = Limits {
    orders: 12,
    tokens: 400,
    permit: permit::SIDES & !permit::SHORT_EXEMPT | permit::BANDS,
    bands: [9_960, 10_140],
    throttle: 40,
    ..LIMITS
};

/// Most value over all slots, 1/10000 dollar: five orders and a half.
const GROSS: u64 = 5_555_000;

fn host_gate() -> Gate {
    let limits = risk::Limits {
        qty_max: ONCE.qty,
        collar: ONCE.collar,
        position_max: ONCE.position,
        open_orders_max: ONCE.orders,
        notional_max: ONCE.notional,
        rate_tokens: ONCE.tokens,
        rate_refill_ns: ONCE.refill,
        permit: ONCE.permit,
        bands: Some(ONCE.bands),
        throttle: ONCE.throttle,
    };
    let mut gate = Gate::new(&[limits; 4], TokenBucket::new(500, 0, 0), 0).with_gross_max(GROSS);
    gate.arm();
    gate
}

/// An order of both, its number beside it.
fn order(world: &mut World<'_>, token: u32) -> (Request, Order) {
    let rng = &mut world.bench.rng;
    let number = |x: u64| u32::try_from(x).expect("small");
    let qty = number(*rng.pick(&[0, 1, 1, 5, 20, 60, 99, 100, 101]));
    let price = number(*rng.pick(&[9_949, 9_950, 10_000, 10_000, 10_050, 10_100, 10_150, 10_151]));
    let buy = rng.percent(50);
    let sale = *rng.pick(&[Sale::Long, Sale::Long, Sale::Long, Sale::Short, Sale::ShortExempt]);
    let request = Request {
        buy,
        sale: match sale {
            Sale::Long => b'S',
            Sale::Short => b'T',
            Sale::ShortExempt => b'E',
        },
        qty,
        price,
        notional: u64::from(qty) * u64::from(price),
        token,
        ..GOOD
    };
    let order = Order {
        slot: 1,
        side: if buy { Side::Buy } else { Side::Sell },
        sale,
        qty,
        price,
        token,
    };
    (request, order)
}

/// An order that is open: side, shares left, its number, the shares and the price it was sent with.
type Open = (Side, u32, u32, (u32, u32));

/// Part of the oldest open order is executed or cancelled.
fn report(world: &mut World<'_>, host: &mut Gate, open: &mut Vec<Open>) -> Verdict {
    let Some((side, left, _, (_, price))) = open.first_mut() else {
        return Ok(());
    };
    let (side, price, qty) = (
        *side,
        *price,
        u32::try_from(world.bench.rng.between(1, u64::from(*left))).unwrap_or(1),
    );
    *left -= qty;
    let done = *left == 0;
    let executed = world.bench.rng.percent(70);
    let name = match side {
        Side::Buy => "OPEN_RELEASE_BUY",
        Side::Sell => "OPEN_RELEASE_SELL",
    };
    let change = if executed {
        host.executed(1, side, (qty, price), done)
    } else {
        host.released(1, side, (qty, i64::from(qty * price)), done)
    };
    world.add_gross(change.cast_unsigned());
    world.cycle()?;
    if executed {
        let signed = if side == Side::Buy {
            qty
        } else {
            qty.wrapping_neg()
        };
        world.write_now(1, "POSITION_ADD", signed)?;
    }
    world.write_now(1, name, if done { qty | RELEASE_DONE } else { qty })?;
    if done {
        open.remove(0);
    }
    Ok(())
}

/// Switches and flags of both.
fn switch(world: &mut World<'_>, host: &mut Gate, market: &mut Market) -> Verdict {
    world.inputs.flags = [u64::MAX, 0, 0, 0];
    market.flags = 0;
    for (at, bit) in [(1, flag::STALE), (2, flag::GAP), (3, flag::HALTED)] {
        if world.bench.rng.percent(4) {
            world.inputs.flags[at] = 2;
            market.flags |= bit;
        }
    }
    match world.bench.rng.below(40) {
        0 => {
            host.kill();
            world.pulse(1, 1);
        }
        1 => {
            host.disarm();
            world.pulse(0, DISARM_KEY);
        }
        2..=20 => {
            host.arm();
            world.pulse(0, ARM_KEY);
        }
        _ => {}
    }
    world.cycle()?;
    let size = |percent: bool| u32::from(!percent);
    let (bid, ask) = (world.bench.rng.percent(4), world.bench.rng.percent(4));
    let best = Best {
        bid: [BOOK.bid[0], size(bid)],
        ask: [BOOK.ask[0], size(ask)],
    };
    let level = |[px, sz]: [u32; 2]| Level { px, sz };
    (market.bid, market.ask) = (level(best.bid), level(best.ask));
    world.show(1, best);
    world.pulse(2, 0);
    world.cycle()
}

pub(crate) fn agree(world: &mut World<'_>, orders: u32) -> Verdict {
    world.calm()?;
    world.limits(1, &ONCE)?;
    world.inputs.gross_max = GROSS;
    world.pulse(3, 1);
    world.cycle()?;
    world.inputs.rate = (500, 0);
    let mut host = host_gate();
    let mut market = Market::default();
    let mut open = Vec::new();
    let mut passed = 0;
    for token in 1..=orders {
        switch(world, &mut host, &mut market)?;
        if world.bench.rng.percent(3) {
            host.clear_throttle(1, 0);
            world.inputs.more_pulses[1] = true;
            world.inputs.word = THROTTLE_KEY + 1;
            world.cycle()?;
        }
        let (mut request, mut order) = order(world, token);
        let replaced = open.last().copied().filter(|_| world.bench.rng.percent(25));
        if let Some((side, _, user_ref, (qty, _))) = replaced {
            request = Request {
                kind: Kind::Replace as u8,
                buy: side == Side::Buy,
                target_ref: user_ref,
                orig_qty: qty,
                ..request
            };
            order.side = side;
        }
        let user_ref = world.inputs.next_ref;
        let card = world.decide(request, |_, _| ())?;
        let verdict = match replaced {
            Some((.., old)) => host.admit_replace(&order, old, &market, 0),
            None => host.admit(&order, &market, 0),
        };
        world
            .bench
            .eq("checks of card and host", card.checks, verdict.checks())?;
        if verdict.passed() {
            passed += 1;
            let mut left = order.qty;
            if let Some((_, old, _, sent)) = replaced {
                left = old + order.qty.saturating_sub(sent.0);
                open.pop();
                // What is left has the new price from now on; what it had more value at the old one is given back.
                let more = risk::added(order.qty, order.price, Some(sent));
                let counted = i64::from(old * sent.1) + i64::try_from(more).unwrap_or(i64::MAX);
                let gone = counted - i64::from(left * order.price);
                let change = host.released(1, order.side, (0, gone), false);
                world.add_gross(change.cast_unsigned());
                world.wait(3)?;
            }
            open.push((order.side, left, user_ref, (order.qty, order.price)));
        }
        world
            .bench
            .eq("value of card and host", world.golden.gross()[0], host.gross())?;
        if world.bench.rng.percent(60) {
            report(world, &mut host, &mut open)?;
        }
    }
    world
        .bench
        .eq("orders until no tokens were left", passed, u32::from(ONCE.tokens))
}
