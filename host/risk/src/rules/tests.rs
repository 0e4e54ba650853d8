use super::*;

const fn level(px: u32, sz: u32) -> Level {
    Level { px, sz }
}

const QUOTES: Quotes = Quotes {
    own_bid: level(99_900, 100),
    own_ask: level(100_300, 100),
    away_bid: level(100_000, 300),
    away_ask: level(100_200, 400),
    away_ns: 1_000,
};
const RULES_ON: Rules = Rules {
    away_age_ns: 500,
    tick: 100,
    sweeps: true,
    crossed: false,
    short: true,
    short_exempt: true,
    price_test: false,
};
const HELD: Holding = Holding {
    net: 500,
    open_sell: 0,
    located: 200,
};
const BUY: RuledOrder = RuledOrder {
    side: Side::Buy,
    sale: Sale::Long,
    qty: 100,
    price: 100_100,
    immediate: true,
    sweep: None,
};
const SELL: RuledOrder = RuledOrder {
    side: Side::Sell,
    ..BUY
};

fn broken(order: &RuledOrder, quotes: &Quotes, holding: &Holding, rules: &Rules) -> Vec<Rule> {
    let ruling = rule(order, quotes, holding, rules, 1_100);
    let all: Vec<Rule> = RULES.into_iter().filter(|rule| ruling.broken(*rule)).collect();
    assert_eq!(
        (ruling.passed(), ruling.rule()),
        (all.is_empty(), all.first().copied())
    );
    all
}

fn ruled(order: RuledOrder) -> Vec<Rule> {
    broken(&order, &QUOTES, &HELD, &RULES_ON)
}

#[test]
fn orders_between_the_quotes_pass() {
    assert_eq!((ruled(BUY), ruled(SELL)), (vec![], vec![]));
    let resting = |order| RuledOrder {
        immediate: false,
        ..order
    };
    assert_eq!((ruled(resting(BUY)), ruled(resting(SELL))), (vec![], vec![]));
}

#[test]
fn trade_through_at_the_protected_quote_and_a_tick_either_side() {
    let at = |order: RuledOrder, price| ruled(RuledOrder { price, ..order });
    for (order, better, quote, worse) in [(BUY, 100_100, 100_200, 100_300), (SELL, 100_100, 100_000, 99_900)]
    {
        assert_eq!((at(order, better), at(order, quote)), (vec![], vec![]));
        assert_eq!(at(order, worse), [Rule::TradeThrough]);
    }
    // To the unit, where no tick is set.
    let free = Rules { tick: 0, ..RULES_ON };
    for (order, price, expected) in [
        (BUY, 100_199, &[][..]),
        (BUY, 100_200, &[]),
        (BUY, 100_201, &[Rule::TradeThrough]),
        (SELL, 100_001, &[]),
        (SELL, 100_000, &[]),
        (SELL, 99_999, &[Rule::TradeThrough]),
    ] {
        let got = broken(&RuledOrder { price, ..order }, &QUOTES, &HELD, &free);
        assert_eq!(got, expected, "{:?} {price}", order.side);
    }
}

#[test]
fn a_resting_order_may_neither_lock_nor_cross() {
    let at = |order: RuledOrder, price| {
        let order = RuledOrder {
            price,
            immediate: false,
            ..order
        };
        let free = Rules { tick: 0, ..RULES_ON };
        broken(&order, &QUOTES, &HELD, &free)
    };
    for (order, free, locks, crosses) in [(BUY, 100_199, 100_200, 100_201), (SELL, 100_001, 100_000, 99_999)]
    {
        assert_eq!(at(order, free), []);
        assert_eq!(at(order, locks), [Rule::LockOrCross]);
        assert_eq!(at(order, crosses), [Rule::TradeThrough, Rule::LockOrCross]);
    }
}

#[test]
fn without_a_protected_quote_there_is_nothing_to_trade_through() {
    let quotes = Quotes {
        away_ask: level(100_200, 0),
        ..QUOTES
    };
    let far = RuledOrder {
        price: 200_000,
        immediate: false,
        ..BUY
    };
    assert_eq!(broken(&far, &quotes, &HELD, &RULES_ON), []);
}

#[test]
fn a_sweep_takes_all_of_the_better_quote() {
    let sweep = |shares, price, immediate| {
        ruled(RuledOrder {
            sweep: Some(shares),
            price,
            immediate,
            ..BUY
        })
    };
    assert_eq!(sweep(399, 100_300, true), [Rule::NotSwept]);
    assert_eq!(
        (sweep(400, 100_300, true), sweep(401, 100_300, true)),
        (vec![], vec![])
    );
    // At the quote: only one that may rest has to take it.
    assert_eq!(
        (sweep(0, 100_200, true), sweep(0, 100_100, false)),
        (vec![], vec![])
    );
    assert_eq!(sweep(399, 100_200, false), [Rule::NotSwept]);
    assert_eq!(sweep(400, 100_200, false), []);
    let forbidden = Rules {
        sweeps: false,
        ..RULES_ON
    };
    let order = RuledOrder {
        sweep: Some(400),
        ..BUY
    };
    assert_eq!(
        broken(&order, &QUOTES, &HELD, &forbidden),
        [Rule::SweepNotAllowed]
    );
}

#[test]
fn old_away_quotes_refuse() {
    let at = |now_ns| rule(&BUY, &QUOTES, &HELD, &RULES_ON, now_ns).rule();
    assert_eq!((at(1_499), at(0)), (None, None));
    assert_eq!(
        (at(1_500), at(1_501)),
        (Some(Rule::AwayStale), Some(Rule::AwayStale))
    );
    assert!(rule(&BUY, &QUOTES, &HELD, &Rules::default(), 1_000).broken(Rule::AwayStale));
}

#[test]
fn a_crossed_away_market() {
    let with_bid = |px| Quotes {
        away_bid: level(px, 300),
        ..QUOTES
    };
    let through = RuledOrder {
        price: 100_300,
        ..BUY
    };
    let allowed = Rules {
        crossed: true,
        ..RULES_ON
    };
    assert_eq!(broken(&BUY, &with_bid(100_199), &HELD, &RULES_ON), []);
    assert_eq!(broken(&BUY, &with_bid(100_200), &HELD, &RULES_ON), []);
    assert_eq!(
        broken(&BUY, &with_bid(100_201), &HELD, &RULES_ON),
        [Rule::AwayCrossed]
    );
    assert_eq!(
        broken(&through, &with_bid(100_200), &HELD, &allowed),
        [Rule::TradeThrough]
    );
    assert_eq!(broken(&through, &with_bid(100_201), &HELD, &allowed), []);
    let resting = RuledOrder {
        immediate: false,
        ..through
    };
    assert_eq!(
        broken(&resting, &with_bid(100_201), &HELD, &allowed),
        [Rule::LockOrCross]
    );
}

#[test]
fn prices_from_a_dollar_on_keep_the_tick() {
    let no_away = Quotes {
        away_ask: level(0, 0),
        ..QUOTES
    };
    let at = |price| broken(&RuledOrder { price, ..BUY }, &no_away, &HELD, &RULES_ON);
    assert_eq!((at(9_999), at(10_000), at(10_100)), (vec![], vec![], vec![]));
    assert_eq!((at(10_001), at(10_099)), (vec![Rule::Tick], vec![Rule::Tick]));
    // A dollar itself has the coarse tick, also one that does not divide it.
    let odd = Rules {
        tick: 300,
        ..RULES_ON
    };
    let at = |price| broken(&RuledOrder { price, ..BUY }, &no_away, &HELD, &odd);
    assert_eq!(
        (at(9_999), at(10_000), at(10_200)),
        (vec![], vec![Rule::Tick], vec![])
    );
}

#[test]
fn a_long_sale_is_of_shares_held_and_not_promised() {
    let with = |net, open_sell| {
        let holding = Holding {
            net,
            open_sell,
            ..HELD
        };
        broken(&SELL, &QUOTES, &holding, &RULES_ON)
    };
    assert_eq!(with(99, 0), [Rule::Marking]);
    assert_eq!((with(100, 0), with(101, 0)), (vec![], vec![]));
    assert_eq!(with(300, 201), [Rule::Marking]);
    assert_eq!((with(300, 200), with(300, 199)), (vec![], vec![]));
    assert_eq!(with(-100, 0), [Rule::Marking]);
    assert_eq!(with(i64::MIN, u64::MAX), [Rule::Marking]);
    // It needs no locate.
    assert_eq!(ruled(RuledOrder { qty: 300, ..SELL }), []);
    assert_eq!(with(i64::MIN + 10, 20), [Rule::Marking]);
}

fn short(sale: Sale, qty: u32, price: u32) -> RuledOrder {
    RuledOrder {
        sale,
        qty,
        price,
        ..SELL
    }
}

#[test]
fn short_sales_need_leave_and_a_locate() {
    for (qty, expected) in [(199, &[][..]), (200, &[]), (201, &[Rule::Locate])] {
        assert_eq!(ruled(short(Sale::Short, qty, 100_100)), expected, "{qty}");
        assert_eq!(ruled(short(Sale::ShortExempt, qty, 100_100)), expected, "{qty}");
    }
    let none = Rules {
        short: false,
        ..RULES_ON
    };
    let plain = Rules {
        short_exempt: false,
        ..RULES_ON
    };
    let (one, exempt) = (
        short(Sale::Short, 1, 100_100),
        short(Sale::ShortExempt, 1, 100_100),
    );
    assert_eq!(broken(&one, &QUOTES, &HELD, &none), [Rule::ShortNotAllowed]);
    assert_eq!(broken(&exempt, &QUOTES, &HELD, &none), [Rule::ShortNotAllowed]);
    assert_eq!(broken(&one, &QUOTES, &HELD, &plain), []);
    assert_eq!(broken(&exempt, &QUOTES, &HELD, &plain), [Rule::ShortNotAllowed]);
}

#[test]
fn the_price_test_is_against_the_national_best_bid() {
    let tested = Rules {
        price_test: true,
        tick: 0,
        ..RULES_ON
    };
    let at = |sale, price, quotes: &Quotes| broken(&short(sale, 1, price), quotes, &HELD, &tested);
    // The away bid of 100,000 is the better one.
    assert_eq!(
        at(Sale::Short, 99_999, &QUOTES),
        [Rule::TradeThrough, Rule::PriceTest]
    );
    assert_eq!(at(Sale::Short, 100_000, &QUOTES), [Rule::PriceTest]);
    assert_eq!(at(Sale::Short, 100_001, &QUOTES), []);
    assert_eq!(at(Sale::ShortExempt, 100_000, &QUOTES), []);
    assert_eq!(broken(&SELL, &QUOTES, &HELD, &tested), []);
    let own = Quotes {
        own_bid: level(100_050, 1),
        ..QUOTES
    };
    assert_eq!(at(Sale::Short, 100_050, &own), [Rule::PriceTest]);
    assert_eq!(at(Sale::Short, 100_051, &own), []);
    let no_bid = Quotes {
        own_bid: level(0, 0),
        away_bid: level(0, 0),
        ..QUOTES
    };
    assert_eq!(at(Sale::Short, 100_050, &no_bid), [Rule::PriceTest]);
}

#[test]
fn locates_run_out_and_come_back() {
    let mut locates = Locates::new(100);
    assert!(locates.take(60) && !locates.take(41) && locates.take(40) && !locates.take(1));
    locates.give_back(30);
    assert_eq!(locates.left(), 30);
    locates.give_back(u32::MAX);
    assert_eq!(locates.left(), 100);
}
