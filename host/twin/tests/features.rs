//! Properties of the core features, and their distance from float64.

use contract::feature::{CORE_COUNT, grid_recip, index, real};
use contract::record::{EventCode, Level};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use twin::Side;
use twin::features::{FeatureEvent, Features, SlotParams, TopTen};

/// Cases replay: a failure prints the smallest one, the seed is this.
fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(0x00c0_ffee),
        failure_persistence: None,
        cases: 512,
        ..ProptestConfig::default()
    }
}

const CODES: [EventCode; 7] = [
    EventCode::Add,
    EventCode::AddMpid,
    EventCode::Execute,
    EventCode::ExecutePrice,
    EventCode::Cancel,
    EventCode::Delete,
    EventCode::Replace,
];

fn quantity() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1_u32..10_000, 1 => any::<u32>().prop_map(|q| q.max(1)), 1 => Just(1), 1 => Just(u32::MAX)]
}

/// Up to ten levels on the cent grid that step away from `first` by up to 40 cents each.
fn side(first: impl Strategy<Value = u32>, ask: bool) -> impl Strategy<Value = TopTen> {
    let levels = proptest::collection::vec((1_u32..40, quantity()), 0..=10);
    (first, levels).prop_map(move |(first, levels)| {
        let mut side = TopTen::default();
        let mut px = first;
        for (level, (step, sz)) in side.iter_mut().zip(levels) {
            *level = Level { px, sz };
            px = if ask { px + 100 * step } else { px - 100 * step };
        }
        side
    })
}

fn book() -> impl Strategy<Value = (TopTen, TopTen)> {
    let bid = (50_000_u32..51_000).prop_map(|cents| cents * 100);
    let ask = prop_oneof![4 => 50_900_u32..51_500, 1 => 51_000_u32..100_000].prop_map(|cents| cents * 100);
    (side(bid, false), side(ask, true))
}

fn event() -> impl Strategy<Value = FeatureEvent> {
    (
        0_usize..7,
        0_u64..1 << 48,
        any::<bool>(),
        any::<bool>(),
        quantity(),
    )
        .prop_map(|(code, ts_ns, buy, trade, trade_qty)| FeatureEvent {
            ts_ns,
            code: CODES[code],
            side: if buy { Side::Bid } else { Side::Ask },
            changed: true,
            trade,
            trade_qty,
        })
}

fn steps() -> impl Strategy<Value = Vec<(FeatureEvent, (TopTen, TopTen))>> {
    proptest::collection::vec((event(), book()), 1..40)
}

fn exact_sum(side: &TopTen, depth: usize) -> f64 {
    side[..depth].iter().map(|l| f64::from(l.sz)).sum()
}

/// Book event without a trade.
fn add(ts_ns: u64) -> FeatureEvent {
    FeatureEvent::book(EventCode::Add, ts_ns, Side::Bid)
}

fn one_level(px: u32, sz: u32) -> TopTen {
    let mut side = TopTen::default();
    side[0] = Level { px, sz };
    side
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn imbalances_are_float64_truncated((bids, asks) in book()) {
        let out = Features::new(1).update(0, &add(1), &bids, &asks);
        for (name, depth) in [("obi_1", 1), ("obi_3", 3), ("obi_5", 5), ("obi_10", 10)] {
            let (bid, ask) = (exact_sum(&bids, depth), exact_sum(&asks, depth));
            let exact = if bid + ask > 0.0 { (bid - ask) / (bid + ask) } else { 0.0 };
            let got = real(index(name), out[index(name)]);
            prop_assert!((got - exact).abs() <= 1.0 / 32_768.0, "{name} {got} {exact}");
            prop_assert!(got.abs() <= exact.abs(), "{name} is rounded toward zero: {got} {exact}");
        }
    }

    #[test]
    fn microprice_is_float64_within_one_unit(
        ticks in prop_oneof![-300_i32..300, -32_767_i32..32_768], bid in quantity(), ask in quantity(),
        near in prop_oneof![Just(None), (0_u32..100_000).prop_map(Some)],
    ) {
        let ask = near.map_or(ask, |more| bid.saturating_add(more));
        let ask_px = u32::try_from(10_000_000 + 100 * ticks).unwrap();
        let (bids, asks) = (one_level(10_000_000, bid), one_level(ask_px, ask));
        let out = Features::new(1).update(0, &add(1), &bids, &asks);
        let imbalance = (f64::from(bid) - f64::from(ask)) / (f64::from(bid) + f64::from(ask));
        let exact = (f64::from(ticks) / 2.0 * imbalance * 256.0).clamp(-32_767.0, 32_767.0);
        let got = f64::from(out[index("micro_minus_mid")]);
        prop_assert!((got - exact.trunc()).abs() <= 1.0, "{got} {exact}");
        prop_assert_eq!(i32::from(out[index("spread")]), ticks);
    }

    #[test]
    fn order_flow_is_float64_truncated(
        (before, after) in (book(), book()), qty_shift in 0_u32..20,
    ) {
        let mut features = Features::new(1);
        features.configure(0, SlotParams { qty_shift, ..SlotParams::default() });
        features.update(0, &add(1), &before.0, &before.1);
        let out = features.update(0, &add(2), &after.0, &after.1);
        let flow: Vec<f64> = (0..5).map(|i| float_flow(&before, &after, i)).collect();
        for (name, sum) in [("ofi_1", flow[0]), ("ofi_5", flow.iter().sum())] {
            let exact = (sum / f64::from(1_u32 << qty_shift)).trunc().clamp(-32_767.0, 32_767.0);
            prop_assert_eq!(f64::from(out[index(name)]), exact, "{}", name);
        }
    }

    #[test]
    fn swapping_the_sides_negates_what_is_signed((bids, asks) in book()) {
        // Mirrored about $600: a bid of p is an ask of 1200 − p.
        let mirror = |side: &TopTen| side.map(|l| if l.sz > 0 { Level { px: 12_000_000 - l.px, sz: l.sz } } else { l });
        let there = Features::new(1).update(0, &add(1), &bids, &asks);
        let back = Features::new(1).update(0, &add(1), &mirror(&asks), &mirror(&bids));
        for name in ["obi_1", "obi_3", "obi_5", "obi_10", "micro_minus_mid"] {
            prop_assert_eq!(there[index(name)], -back[index(name)], "{}", name);
        }
        for name in ["spread", "depth_slope"] {
            prop_assert_eq!(there[index(name)], back[index(name)], "{}", name);
        }
    }

    #[test]
    fn a_reset_slot_is_a_new_slot(first in steps(), second in steps()) {
        let mut used = Features::new(2);
        let mut fresh = Features::new(2);
        for (event, (bids, asks)) in &first {
            used.update(0, event, bids, asks);
            // What happens elsewhere changes nothing here.
            used.update(1, event, asks, bids);
        }
        used.reset(0);
        for (event, (bids, asks)) in &second {
            prop_assert_eq!(used.update(0, event, bids, asks), fresh.update(0, event, bids, asks));
            used.update(1, event, bids, asks);
        }
    }

    #[test]
    fn averages_never_leave_the_range_of_their_inputs(steps in steps()) {
        let mut features = Features::new(1);
        for (event, (bids, asks)) in &steps {
            let out = features.update(0, event, bids, asks);
            for name in ["variance_ema", "log_dt_ema", "cancel_ema"] {
                prop_assert!(out[index(name)] >= 0, "{}", name);
            }
            prop_assert!(out[index("log_dt_ema")] <= 48 * 256 + 255);
            prop_assert!(out.iter().all(|x| *x > i16::MIN));
        }
    }

    #[test]
    fn what_changed_nothing_moves_nothing(steps in steps(), ignored in event(), (bids, asks) in book()) {
        let mut with = Features::new(1);
        let mut without = Features::new(1);
        for (event, (bids, asks)) in &steps {
            with.update(0, event, bids, asks);
            without.update(0, event, bids, asks);
        }
        let ignored = FeatureEvent { changed: false, trade: false, ..ignored };
        let out = with.update(0, &ignored, &bids, &asks);
        prop_assert_eq!((out[index("ofi_1")], out[index("ofi_5")]), (0, 0));
        let next = add(5);
        prop_assert_eq!(with.update(0, &next, &bids, &asks), without.update(0, &next, &bids, &asks));
    }
}

/// Order flow of level `i` by the paper's definition, in float64; exact for 32-bit quantities.
fn float_flow(before: &(TopTen, TopTen), after: &(TopTen, TopTen), i: usize) -> f64 {
    let bid = |side: &TopTen| (f64::from(side[i].px), f64::from(side[i].sz));
    let ask = |side: &TopTen| {
        let px = if side[i].sz == 0 {
            f64::INFINITY
        } else {
            f64::from(side[i].px)
        };
        (px, f64::from(side[i].sz))
    };
    let indicator = |holds: bool, q: f64| if holds { q } else { 0.0 };
    let ((b0, qb0), (b1, qb1)) = (bid(&before.0), bid(&after.0));
    let ((a0, qa0), (a1, qa1)) = (ask(&before.1), ask(&after.1));
    indicator(b1 >= b0, qb1) - indicator(b1 <= b0, qb0) - indicator(a1 <= a0, qa1) + indicator(a1 >= a0, qa0)
}

#[test]
fn averages_truncate_toward_zero_on_both_sides() {
    let traded = |side, qty| FeatureEvent {
        trade: true,
        trade_qty: qty,
        changed: false,
        side,
        ..add(1)
    };
    let none = TopTen::default();
    let (mut up, mut down) = (Features::new(1), Features::new(1));
    for qty in [1, 40_000, 7, 3, 0, 32_767, 1, 2, 5] {
        let a = up.update(0, &traded(Side::Ask, qty), &none, &none);
        let b = down.update(0, &traded(Side::Bid, qty), &none, &none);
        for name in ["trade_ema_fast", "trade_ema_slow"] {
            assert_eq!(a[index(name)], -b[index(name)], "{name} after {qty}");
        }
    }
    // The first two steps by hand, in Q16.16.
    let mut by_hand = Features::new(1);
    by_hand.update(0, &traded(Side::Ask, 1), &none, &none);
    let out = by_hand.update(0, &traded(Side::Ask, 40_000), &none, &none);
    assert_eq!(
        i32::from(out[index("trade_ema_fast")]),
        (8_192 + ((32_767 << 16) - 8_192) / 8) >> 16
    );
}

#[test]
fn averages_converge_to_a_constant_input() {
    let mut features = Features::new(1);
    let mut out = [0; CORE_COUNT];
    let mut px = 1_000_000;
    for n in 0..2_000 {
        // The mid rises by one tick, two half ticks, every 1,023 ns.
        px += 100;
        let delete = FeatureEvent::book(EventCode::Delete, 1_000 + 1_023 * n, Side::Ask);
        out = features.update(0, &delete, &one_level(px, 10), &one_level(px + 100, 10));
    }
    let close = |name, expected: f64, error: f64| {
        let got = real(index(name), out[index(name)]);
        assert!((got - expected).abs() <= error, "{name}: {got} for {expected}");
    };
    close("return_ema_fast", 2.0, 0.01);
    close("return_ema_slow", 2.0, 0.01);
    close("variance_ema", 4.0, 0.01);
    close("log_dt_ema", 10.0, 0.01);
    close("cancel_ema", 1.0, 0.01);
    assert_eq!(out[index("spread")], 1);
}

#[test]
fn first_events_and_empty_sides() {
    let mut features = Features::new(1);
    let none = TopTen::default();
    let out = features.update(0, &add(9), &none, &none);
    let mut expected = [0; CORE_COUNT];
    expected[index("spread")] = i16::MAX;
    assert_eq!(out, expected, "an empty book");
    let out = features.update(0, &add(9), &one_level(500, 70), &none);
    assert_eq!((out[index("obi_1")], out[index("ofi_1")]), (32_767, 70));
    assert_eq!(out[index("micro_minus_mid")], 0);
    // An ask appears below "no ask": its whole quantity presses down.
    let out = features.update(0, &add(9), &one_level(500, 70), &one_level(700, 30));
    assert_eq!((out[index("ofi_1")], out[index("spread")]), (-30, 2));
    assert_eq!(out[index("depth_slope")], -32_767, "nothing beyond level 5");
    let out = features.update(0, &add(9), &one_level(700, 10), &one_level(400, 10));
    assert_eq!(
        (out[index("spread")], out[index("micro_minus_mid")]),
        (-3, 0),
        "crossed and balanced"
    );
    assert_eq!(
        out[index("return_ema_fast")],
        -32,
        "bid + ask fell by 100: one half tick, an eighth of it in Q8"
    );
}

#[test]
fn time_that_runs_backwards_counts_and_gives_zero() {
    let mut features = Features::new(2);
    let none = TopTen::default();
    features.update(0, &add(1_000), &none, &none);
    features.update(1, &add(10), &none, &none);
    assert_eq!(features.time_backwards(), 0, "another slot has its own clock");
    let out = features.update(0, &add(999), &none, &none);
    assert_eq!((features.time_backwards(), out[index("log_dt_ema")]), (1, 0));
    let trade = FeatureEvent {
        changed: false,
        trade: true,
        ..add(1)
    };
    features.update(0, &trade, &none, &none);
    assert_eq!(features.time_backwards(), 1, "trades have no part in it");
}

#[test]
fn wide_ticks_and_far_stubs_do_not_wrap() {
    let mut features = Features::new(1);
    for (tick, bid, ask, spread) in [
        (2_500, 4_930_000, 52_140_000, 18_884),
        (1, 1, u32::MAX, 32_767),
        (1, u32::MAX, 1, -32_767),
        (100, 100, 1_999_999_900, 32_767),
        (50_000, 0, 2_000_000_000, 32_767),
        (100_000, 0, 2_000_000_000, 20_000),
    ] {
        features.configure(
            0,
            SlotParams {
                grid_recip: grid_recip(tick),
                qty_shift: 0,
            },
        );
        let out = features.update(0, &add(1), &one_level(bid, 1), &one_level(ask, 1));
        assert_eq!(out[index("spread")], spread, "tick {tick} {bid} {ask}");
    }
}
