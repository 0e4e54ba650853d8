//! Each limit one below, at and one above it, at the ends of the numbers, and with an order that replaces another.

use super::*;

const LIMITS: Limits = Limits {
    qty_max: 1_000,
    collar: 50,
    position_max: 5_000,
    open_orders_max: 3,
    notional_max: 1_000_000_000,
    rate_tokens: 4,
    rate_refill_ns: 100,
    permit: permit::SIDES,
    bands: None,
    throttle: 1_000,
};
const MARKET: Market = Market {
    flags: 0,
    bid: Level { px: 10_000, sz: 1 },
    ask: Level { px: 10_100, sz: 1 },
};
const ORDER: Order = Order {
    slot: 0,
    side: Side::Buy,
    sale: Sale::Long,
    qty: 100,
    price: 10_050,
    token: 1,
};

fn gate(limits: Limits) -> Gate {
    let mut gate = Gate::new(&[limits], TokenBucket::new(u16::MAX, 1, 0), 0).with_gross_max(u64::MAX);
    gate.arm();
    gate
}

/// The checks that fail, in order.
fn failed(gate: &mut Gate, order: Order) -> Vec<Reason> {
    of(gate.admit(&order, &MARKET, 0))
}

fn of(verdict: Verdict) -> Vec<Reason> {
    let all: Vec<Reason> = REASONS.into_iter().filter(|r| verdict.failed(*r)).collect();
    assert_eq!(
        (
            verdict.passed(),
            verdict.reason(),
            verdict.checks().count_ones() as usize
        ),
        (all.is_empty(), all.first().copied(), all.len())
    );
    all
}

/// A fresh gate's answer.
fn fresh(limits: Limits, order: Order) -> Vec<Reason> {
    failed(&mut gate(limits), order)
}

#[test]
fn quantity() {
    let at = |qty| {
        let limits = Limits {
            position_max: u32::MAX,
            notional_max: u64::MAX,
            ..LIMITS
        };
        fresh(limits, Order { qty, ..ORDER })
    };
    assert_eq!((at(1), at(999), at(1_000)), (vec![], vec![], vec![]));
    for qty in [0, 1_001, u32::MAX] {
        assert_eq!(at(qty), [Reason::Quantity], "{qty}");
    }
}

#[test]
fn collar() {
    let at = |price| fresh(LIMITS, Order { price, ..ORDER });
    assert_eq!(
        (at(9_951), at(9_950), at(9_949)),
        (vec![], vec![], vec![Reason::Collar])
    );
    assert_eq!(
        (at(10_149), at(10_150), at(10_151)),
        (vec![], vec![], vec![Reason::Collar])
    );
    assert_eq!(at(0), [Reason::Collar]);
    // The collar ends where prices do.
    let wide = Limits {
        collar: u32::MAX,
        notional_max: u64::MAX,
        ..LIMITS
    };
    for price in [0, u32::MAX] {
        assert_eq!(fresh(wide, Order { price, ..ORDER }), [], "{price}");
    }
}

#[test]
fn position_on_both_sides_with_what_is_open() {
    for side in [Side::Buy, Side::Sell] {
        let with = |net: u32, open: u32, qty: u32| {
            let mut gate = gate(Limits {
                qty_max: u32::MAX,
                notional_max: u64::MAX,
                ..LIMITS
            });
            let position = gate.position_mut(0).expect("slot 0");
            position.sent(side, net);
            position.executed(side, net, true);
            position.sent(side, open);
            failed(&mut gate, Order { side, qty, ..ORDER })
        };
        for (net, open, passes) in [
            (4_000, 0, 1_000),
            (3_000, 1_000, 1_000),
            (0, 4_999, 1),
            (5_000, 0, 0),
        ] {
            if passes > 1 {
                assert_eq!(with(net, open, passes - 1), [], "{side:?} {net} {open}");
            }
            if passes > 0 {
                assert_eq!(with(net, open, passes), [], "{side:?} {net} {open}");
            }
            assert_eq!(
                with(net, open, passes + 1),
                [Reason::Position],
                "{side:?} {net} {open}"
            );
        }
        assert_eq!(with(u32::MAX, u32::MAX, u32::MAX), [Reason::Position]);
        // What is held against the order gives it room, what is open on the other side does not.
        let mut gate = gate(LIMITS);
        let position = gate.position_mut(0).expect("slot 0");
        position.sent(side.other(), 300);
        position.executed(side.other(), 300, true);
        position.sent(side.other(), 400);
        gate.own[0] = [0, u32::MAX];
        let position = gate.position(0);
        assert_eq!(position.worst(side, 100), -200);
        assert_eq!(failed(&mut gate, Order { side, ..ORDER }), []);
    }
}

#[test]
fn open_orders() {
    let with = |open: u32| {
        let mut gate = gate(LIMITS);
        for _ in 0..open {
            gate.position_mut(0).expect("slot 0").sent(Side::Sell, 1);
        }
        // Far from the order.
        gate.own[0] = [0, u32::MAX];
        failed(&mut gate, ORDER)
    };
    assert_eq!((with(1), with(2)), (vec![], vec![]));
    assert_eq!(
        (with(3), with(4)),
        (vec![Reason::OpenOrders], vec![Reason::OpenOrders])
    );
    let none = Limits {
        open_orders_max: 0,
        ..LIMITS
    };
    assert_eq!(fresh(none, ORDER), [Reason::OpenOrders]);
}

#[test]
fn notional() {
    let max = |notional_max| Limits {
        notional_max,
        ..LIMITS
    };
    let value = 100 * 10_050;
    assert_eq!(
        (fresh(max(value + 1), ORDER), fresh(max(value), ORDER)),
        (vec![], vec![])
    );
    assert_eq!(fresh(max(value - 1), ORDER), [Reason::Notional]);
    // The product of the largest shares and price is not cut off.
    let all = Limits {
        qty_max: u32::MAX,
        position_max: u32::MAX,
        collar: u32::MAX,
        ..LIMITS
    };
    let huge = Order {
        qty: u32::MAX,
        price: u32::MAX,
        ..ORDER
    };
    let product = u64::from(u32::MAX) * u64::from(u32::MAX);
    let with = |notional_max| fresh(Limits { notional_max, ..all }, huge);
    assert_eq!(
        (with(product), with(product - 1)),
        (vec![], vec![Reason::Notional])
    );
    assert_eq!(with(u64::from(u32::MAX)), [Reason::Notional]);
}

#[test]
fn sides() {
    let orders = [
        (Side::Buy, Sale::Short, permit::BUY),
        (Side::Sell, Sale::Long, permit::SELL),
        (Side::Sell, Sale::Short, permit::SHORT),
        (Side::Sell, Sale::ShortExempt, permit::SHORT_EXEMPT),
    ];
    for (side, sale, bit) in orders {
        for permit in 0..=permit::SIDES {
            let got = fresh(Limits { permit, ..LIMITS }, Order { side, sale, ..ORDER });
            let wanted = if permit & bit == 0 {
                vec![Reason::Restricted]
            } else {
                vec![]
            };
            assert_eq!(got, wanted, "{side:?} {sale:?} {permit}");
        }
    }
}

#[test]
fn bands() {
    let at = |bands, price| fresh(Limits { bands, ..LIMITS }, Order { price, ..ORDER });
    let some = Some([9_990, 10_060]);
    for price in [9_990, 9_991, 10_059, 10_060] {
        assert_eq!(at(some, price), [], "{price}");
    }
    for price in [9_989, 10_061] {
        assert_eq!(at(some, price), [Reason::Bands], "{price}");
        assert_eq!(at(None, price), [], "{price}");
    }
    assert_eq!(at(Some([0, u32::MAX]), 10_000), []);
    for closed in [[0, 0], [u32::MAX; 2], [10_001, 9_999]] {
        assert_eq!(at(Some(closed), 10_000), [Reason::Bands], "{closed:?}");
    }
    assert_eq!(at(Some([10_000; 2]), 10_000), []);
}

#[test]
fn own_orders() {
    for side in [Side::Buy, Side::Sell] {
        let mut gate = gate(Limits {
            open_orders_max: 100,
            rate_tokens: 100,
            ..LIMITS
        });
        let mut token = 0;
        // Prices seen from the side that rests: higher is better for it.
        let mut send = |gate: &mut Gate, rests: bool, better: i32| {
            token += 1;
            let better = if side == Side::Buy { better } else { -better };
            let order = Order {
                side: if rests { side } else { side.other() },
                qty: 10,
                price: 10_050_u32.saturating_add_signed(better),
                token,
                ..ORDER
            };
            failed(gate, order)
        };
        let crossed = [Reason::SelfCross];
        assert_eq!(send(&mut gate, true, 0), []);
        assert_eq!(send(&mut gate, false, -1), crossed);
        assert_eq!(send(&mut gate, false, 0), crossed);
        assert_eq!(send(&mut gate, true, -9), []);
        assert_eq!(send(&mut gate, true, 5), []);
        assert_eq!(send(&mut gate, false, 5), crossed);
        assert_eq!(send(&mut gate, false, 6), []);
        // Kept while a share of the side is open, forgotten with the last one.
        gate.position_mut(0).expect("slot 0").released(side, 29, false);
        assert_eq!(send(&mut gate, false, 5), crossed);
        gate.position_mut(0).expect("slot 0").released(side, 1, true);
        assert_eq!(send(&mut gate, false, 5), []);
        gate.position_mut(0)
            .expect("slot 0")
            .released(side.other(), 20, true);
        assert_eq!(send(&mut gate, true, -20), []);
        assert_eq!(send(&mut gate, false, -19), []);
        assert_eq!(send(&mut gate, false, -20), crossed);
    }
}

#[test]
fn throttle_latches_until_it_is_cleared() {
    let limits = |throttle| Limits {
        throttle,
        open_orders_max: 100,
        rate_tokens: 100,
        ..LIMITS
    };
    let mut token = 0;
    let mut send = |gate: &mut Gate, now| {
        token += 1;
        let order = Order {
            token,
            qty: 1,
            ..ORDER
        };
        of(gate.admit(&order, &MARKET, now))
    };
    let stopped = [Reason::Throttle];
    assert_eq!(send(&mut gate(limits(0)), 0), stopped);
    let mut gate_of_2 = gate(limits(2));
    assert_eq!(
        (send(&mut gate_of_2, 0), send(&mut gate_of_2, 0)),
        (vec![], vec![])
    );
    assert_eq!(send(&mut gate_of_2, u64::MAX), stopped);
    gate_of_2.arm();
    gate_of_2.clear_throttle(1, 0);
    assert_eq!(send(&mut gate_of_2, 0), stopped);
    gate_of_2.clear_throttle(0, 0);
    assert_eq!(send(&mut gate_of_2, 0), []);
    // One is forgotten in its time, unless it has latched.
    let mut forgets = gate(limits(2)).with_throttle_ns(500, 0);
    for now in [0, 500, 1_000] {
        assert_eq!(send(&mut forgets, now), [], "{now}");
    }
    assert_eq!(send(&mut forgets, 1_499), []);
    assert_eq!(send(&mut forgets, 1_000_000), stopped);
    forgets.clear_throttle(0, 1_000_000);
    assert_eq!(send(&mut forgets, 1_000_000), []);
}

#[test]
fn rate_of_slot_and_port() {
    let burst = |gate: &mut Gate, count: u32| -> Vec<bool> {
        (1..=count)
            .map(|token| {
                let order = Order {
                    token,
                    qty: 1,
                    side: if token % 2 == 0 { Side::Buy } else { Side::Sell },
                    ..ORDER
                };
                let passed = gate.admit(&order, &MARKET, 0).passed();
                if passed {
                    let position = gate.position_mut(0).expect("slot 0");
                    position.released(order.side, 1, true);
                }
                passed
            })
            .collect()
    };
    assert_eq!(burst(&mut gate(LIMITS), 5), [true, true, true, true, false]);
    let mut port = Gate::new(&[LIMITS], TokenBucket::new(2, 0, 0), 0).with_gross_max(u64::MAX);
    port.arm();
    assert_eq!(burst(&mut port, 3), [true, true, false]);
    // A refused order takes no token.
    let mut gate = gate(LIMITS);
    assert_eq!(failed(&mut gate, Order { qty: 0, ..ORDER }), [Reason::Quantity]);
    assert_eq!(burst(&mut gate, 5), [true, true, true, true, false]);
    // One comes back to the nanosecond.
    let late = |gate: &mut Gate, token, now| of(gate.admit(&Order { token, ..ORDER }, &MARKET, now));
    assert_eq!(late(&mut gate, 9, 99), [Reason::Rate]);
    assert_eq!(
        (late(&mut gate, 9, 100), late(&mut gate, 10, 101)),
        (vec![], vec![Reason::Rate])
    );
}

#[test]
fn tokens_rise_by_admitted_orders_only() {
    let mut gate = gate(Limits {
        open_orders_max: 10,
        ..LIMITS
    });
    assert_eq!(
        failed(&mut gate, Order { token: 0, ..ORDER }),
        [Reason::DuplicateToken]
    );
    assert_eq!(failed(&mut gate, Order { token: 7, ..ORDER }), []);
    for token in [6, 7] {
        assert_eq!(
            failed(&mut gate, Order { token, ..ORDER }),
            [Reason::DuplicateToken]
        );
    }
    let refused = Order {
        token: 8,
        qty: 0,
        ..ORDER
    };
    assert_eq!(failed(&mut gate, refused), [Reason::Quantity]);
    assert_eq!(failed(&mut gate, Order { token: 8, ..ORDER }), []);
    let last = Order {
        token: u32::MAX,
        ..ORDER
    };
    assert_eq!(failed(&mut gate, last), []);
    assert_eq!(failed(&mut gate, last), [Reason::DuplicateToken]);
}

/// A gate with one open buy of 400 and `others` shares of further buys.
fn with_open(others: u32) -> Gate {
    let mut gate = gate(LIMITS);
    let position = gate.position_mut(0).expect("slot 0");
    position.sent(Side::Buy, 400);
    for _ in 0..2 {
        position.sent(Side::Buy, others / 2);
    }
    gate
}

#[test]
fn a_replace_counts_what_it_adds() {
    let replace = |gate: &mut Gate, qty| {
        let order = Order { qty, ..ORDER };
        of(gate.admit_replace(&order, (400, ORDER.price), &MARKET, 0))
    };
    // 4,400 are open of 5,000 allowed: the new order may have 1,000 at most, 600 more than the old one.
    for (qty, open) in [(999, 4_999), (1_000, 5_000), (400, 4_400), (1, 4_400)] {
        let mut gate = with_open(4_000);
        assert_eq!(replace(&mut gate, qty), [], "{qty}");
        let position = gate.position(0);
        assert_eq!(
            (position.open(Side::Buy), position.open_orders()),
            (open, 3),
            "{qty}"
        );
    }
    let mut gate = with_open(4_002);
    assert_eq!(replace(&mut gate, 1_000), [Reason::Position]);
    assert_eq!(gate.position(0).open(Side::Buy), 4_402, "nothing is counted");
    assert_eq!(replace(&mut gate, 998), []);
    // An order of its own would be one too many, and 100 shares too many.
    let mut gate = with_open(4_502);
    assert_eq!(
        failed(&mut gate, Order { qty: 100, ..ORDER }),
        [Reason::Position, Reason::OpenOrders]
    );
    // All other limits are those of any order.
    let mut gate = with_open(0);
    for (order, reason) in [
        (Order { qty: 1_001, ..ORDER }, Reason::Quantity),
        (Order { qty: 0, ..ORDER }, Reason::Quantity),
        (
            Order {
                price: 10_151,
                ..ORDER
            },
            Reason::Collar,
        ),
        (Order { token: 0, ..ORDER }, Reason::DuplicateToken),
    ] {
        assert_eq!(
            of(gate.admit_replace(&order, (400, ORDER.price), &MARKET, 0)),
            [reason]
        );
    }
    let stale = Market {
        flags: flag::STALE,
        ..MARKET
    };
    assert_eq!(
        of(gate.admit_replace(&ORDER, (400, ORDER.price), &stale, 0)),
        [Reason::Stale]
    );
    // More replaced than is open takes nothing below zero.
    let order = Order { qty: 1_000, ..ORDER };
    assert_eq!(
        of(gate.admit_replace(&order, (u32::MAX, ORDER.price), &MARKET, 0)),
        []
    );
    assert_eq!(gate.position(0).open(Side::Buy), 400);
}

/// A gate of two slots with this limit of the gross notional.
fn with_gross(max: u64) -> Gate {
    let mut gate = Gate::new(&[LIMITS; 2], TokenBucket::new(u16::MAX, 1, 0), 0).with_gross_max(max);
    gate.arm();
    gate
}

#[test]
fn gross_notional_is_counted_over_all_slots() {
    let value = u64::from(ORDER.qty) * u64::from(ORDER.price);
    let second = Order {
        slot: 1,
        token: 2,
        ..ORDER
    };
    for (max, wanted) in [
        (2 * value - 1, &[Reason::GrossNotional][..]),
        (2 * value, &[]),
        (2 * value + 1, &[]),
    ] {
        let mut gate = with_gross(max);
        assert_eq!(failed(&mut gate, ORDER), []);
        assert_eq!(failed(&mut gate, second), wanted, "{max}");
        let counted = if wanted.is_empty() { 2 * value } else { value };
        assert_eq!(gate.gross(), counted);
    }
    // Nobody has set it.
    let mut unset = Gate::new(&[LIMITS], TokenBucket::new(u16::MAX, 1, 0), 0);
    unset.arm();
    assert_eq!(failed(&mut unset, ORDER), [Reason::GrossNotional]);
}

#[test]
fn gross_notional_is_given_back() {
    let value = u64::from(ORDER.qty) * u64::from(ORDER.price);
    let mut gate = with_gross(value);
    let again = |token| Order { token, ..ORDER };
    assert_eq!(failed(&mut gate, ORDER), []);
    assert_eq!(gate.executed(0, Side::Buy, (60, ORDER.price), false), 0);
    let rest = i64::from(40 * ORDER.price);
    assert_eq!(gate.released(0, Side::Buy, (40, rest - 1), true), 1 - rest);
    let one = Order { qty: 40, ..again(2) };
    assert_eq!(failed(&mut gate, one), [Reason::GrossNotional]);
    assert_eq!(gate.released(0, Side::Buy, (0, 1), false), -1);
    assert_eq!(failed(&mut gate, one), []);
    // What closes a position gives back both values; the other 40 shares are still open.
    assert_eq!(
        gate.broken(0, Side::Buy, (60, ORDER.price)),
        -i64::from(60 * ORDER.price)
    );
    assert_eq!(
        (gate.position(0).net(), gate.gross()),
        (0, u64::from(40 * ORDER.price))
    );
    for change in [
        gate.executed(2, Side::Buy, (1, 1), true),
        gate.released(2, Side::Buy, (1, 1), true),
        gate.broken(2, Side::Buy, (1, 1)),
    ] {
        assert_eq!(change, 0, "of a slot that is none");
    }
}

#[test]
fn a_replace_adds_the_value_it_has_more() {
    let price = ORDER.price;
    // 400 shares at 10,050 are open; the new value, and what it has more than the shares of both at the lower price.
    for (qty, at, more) in [
        (400, price, 0),
        (500, price, 100 * price),
        (400, price + 50, 400 * 50),
        (300, price - 50, 0),
        (500, price - 50, 100 * (price - 50)),
        (300, price + 50, 300 * 50),
    ] {
        for spare in [0_i64, -1] {
            let open = u64::from(400 * price);
            let max = (open + u64::from(more)).saturating_add_signed(spare);
            let mut gate = with_gross(max);
            let first = Order { qty: 400, ..ORDER };
            if max >= open {
                assert_eq!(failed(&mut gate, first), []);
                let order = Order {
                    qty,
                    price: at,
                    token: 2,
                    ..ORDER
                };
                let verdict = of(gate.admit_replace(&order, (400, price), &MARKET, 0));
                let fits = spare == 0;
                let wanted = if fits { &[][..] } else { &[Reason::GrossNotional] };
                assert_eq!(verdict, wanted, "{qty} at {at}");
                assert_eq!(gate.gross(), if fits { max } else { open });
            }
        }
    }
}
