//! The wide record of the twin against a slow reference in 128-bit integers, against floating point, and at its ends.

mod floats;
mod market;
mod slow;

use std::collections::BTreeMap;

use contract::feature::{CORE_FEATURES, grid_recip};
use contract::record::{EventCode, Level};
use contract::wide::{self, RANK_OF, RANKED, RANKS, Ranked, VALUES, WIDE, index};
use market::{Market, Step};
use slow::Slow;
use twin::features::{FeatureEvent, Features, SlotParams, TopTen};
use twin::wide::{EdgeError, Event, Wide};
use twin::{Side, features};

/// Events of a seed.
const EVENTS: usize = 500;

/// 20 seeds in every run, hundreds in `scripts/soak`.
fn seeds() -> u64 {
    let soak = std::env::var("TICKFORGE_SOAK").is_ok_and(|value| value == "1");
    if soak { 500 } else { 20 }
}

/// Core and wide twin of one slot beside each other.
struct Pair {
    core: Features,
    wide: Wide,
    values: [i16; contract::feature::CORE_COUNT],
    out: wide::Wide,
}

impl Pair {
    fn new(params: SlotParams) -> Self {
        let (mut core, mut wide) = (Features::new(1), Wide::new(1));
        core.configure(0, params);
        wide.configure(0, params);
        Self {
            core,
            wide,
            values: [0; _],
            out: wide::Wide::default(),
        }
    }

    fn step(&mut self, step: &Step) -> &wide::Wide {
        self.values = self.core.update(0, &step.event.event, &step.bids, &step.asks);
        let book = (&step.bids, &step.asks);
        self.wide
            .update(0, &step.event, book, &self.values, &mut self.out);
        &self.out
    }

    fn of(&self, name: &str) -> i16 {
        self.out.values[index(name)]
    }

    fn core_by_name(&self) -> BTreeMap<&'static str, i128> {
        let values = self.values.into_iter().map(i128::from);
        CORE_FEATURES.iter().map(|f| f.name).zip(values).collect()
    }
}

#[test]
fn every_value_is_that_of_the_slow_reference() {
    let (mut compared, mut distinct) = (0_u64, vec![BTreeMap::<i16, ()>::new(); VALUES]);
    for seed in 0..seeds() {
        let mut market = Market::new(seed);
        let params = market.params();
        let (mut pair, mut slow) = (Pair::new(params), Slow::new(params));
        for at in 0..EVENTS {
            if market.one_in(150) {
                let sides = std::mem::take(&mut slow.sides);
                slow = Slow::new(params);
                slow.sides = sides;
                pair.core.reset(0);
                pair.wide.reset(0);
            }
            if let Some((input, value, ts_ns)) = market.side_input() {
                pair.wide.set_side(0, input, value, ts_ns);
                slow.sides.insert(input, (value, ts_ns));
            }
            let step = market.step();
            pair.step(&step);
            let expected = slow.update(&step.event, &step.bids, &step.asks, &pair.core_by_name());
            assert_eq!(expected.len(), VALUES, "names of the reference");
            for (i, feature) in WIDE.iter().enumerate() {
                let name = feature.feature.name;
                let value = *expected
                    .get(name)
                    .unwrap_or_else(|| panic!("no reference of {name}"));
                assert_eq!(
                    i128::from(pair.out.values[i]),
                    value,
                    "{name}, seed {seed}, event {at}"
                );
                distinct[i].insert(pair.out.values[i], ());
                compared += 1;
            }
        }
    }
    assert_eq!(compared, seeds() * (EVENTS * VALUES) as u64);
    for (values, feature) in distinct.iter().zip(&WIDE) {
        assert!(
            values.len() > 20,
            "{} took {} values only",
            feature.feature.name,
            values.len()
        );
    }
}

#[test]
fn an_event_taken_in_without_a_record_leaves_the_same_state() {
    let mut market = Market::new(77);
    let params = market.params();
    let (mut pair, mut other) = (Pair::new(params), Pair::new(params));
    for at in 0..2_000 {
        let step = market.step();
        pair.step(&step);
        if at % 7 == 6 {
            assert_eq!(*other.step(&step), pair.out, "event {at}");
        } else {
            other.values = other.core.update(0, &step.event.event, &step.bids, &step.asks);
            other
                .wide
                .observe(0, &step.event, (&step.bids, &step.asks), &other.values);
        }
    }
}

#[test]
fn ranks_are_a_count_of_edges() {
    let mut market = Market::new(5);
    let mut pair = Pair::new(market.params());
    let mut edges = vec![Vec::new(); RANKS];
    let mut reached = [false; 256];
    for at in 0..3_000 {
        if at % 100 == 0 {
            for (rank, edges) in edges.iter_mut().enumerate() {
                let count = [0, 1, 2, 127, 128, 254, 255][market.below(7)];
                *edges = (0..count).map(|_| market.value()).collect::<Vec<i16>>();
                edges.sort_unstable();
                pair.wide.load_edges(rank, edges).expect("ascending");
            }
        }
        let step = market.step();
        pair.step(&step);
        for (rank, edges) in edges.iter().enumerate() {
            let value = match RANK_OF[rank] {
                Ranked::Core(i) => pair.values[usize::from(i)],
                Ranked::Wide(i) => pair.out.values[usize::from(i)],
            };
            let unused = if value == 32_767 { 255 - edges.len() } else { 0 };
            let count = edges.iter().filter(|e| **e <= value).count() + unused;
            assert_eq!(
                usize::from(pair.out.ranks[rank]),
                count,
                "{} event {at}",
                RANKED[rank]
            );
            reached[count] = true;
        }
    }
    assert!(
        reached.iter().filter(|r| **r).count() > 200,
        "few ranks were reached"
    );
}

#[test]
fn edges_that_cannot_be_are_refused() {
    let mut wide = Wide::new(1);
    assert_eq!(wide.load_edges(64, &[1]), Err(EdgeError::Rank { rank: 64 }));
    assert_eq!(
        wide.load_edges(0, &[1; 256]),
        Err(EdgeError::Count { count: 256 })
    );
    let error = wide.load_edges(0, &[3, 3, 2]).unwrap_err();
    assert_eq!(error, EdgeError::Order { at: 2 });
    assert!(error.to_string().contains("edge 2"));
    assert_eq!(wide.load_edges(63, &[i16::MIN; 255]), Ok(()));
}

fn level(px: u32, sz: u32) -> TopTen {
    let mut side = TopTen::default();
    side[0] = Level { px, sz };
    side
}

fn book(code: EventCode, ts_ns: u64, bids: TopTen, asks: TopTen) -> Step {
    let event = FeatureEvent::book(code, ts_ns, Side::Bid);
    Step {
        event: Event { event, trade_px: 0 },
        bids,
        asks,
    }
}

fn trade(ts_ns: u64, px: u32, qty: u32, before: &Step) -> Step {
    let event = FeatureEvent {
        changed: false,
        trade: true,
        trade_qty: qty,
        ..FeatureEvent::book(EventCode::Trade, ts_ns, Side::Ask)
    };
    Step {
        event: Event { event, trade_px: px },
        ..before.clone()
    }
}

#[test]
fn an_empty_and_a_one_sided_book_and_the_first_event() {
    let mut pair = Pair::new(SlotParams::default());
    pair.step(&book(EventCode::Delete, 5, TopTen::default(), TopTen::default()));
    for name in [
        "bid_px_1",
        "ask_px_10",
        "spread_rel",
        "since_add",
        "since_delete",
        "since_mid_move",
    ] {
        assert_eq!(pair.of(name), 32_767, "{name}");
    }
    let quiet = [
        "bid_sz_1",
        "imb_2",
        "obi_9",
        "ofi_l2",
        "ofi_sum_10",
        "depth_total",
        "spread_excess",
    ];
    for name in quiet.into_iter().chain([
        "ema_obi_1_2",
        "ema_return_13",
        "boll_mid_fast",
        "rsi_mid_fast",
        "vwap_session",
    ]) {
        assert_eq!(pair.of(name), 0, "{name}");
    }
    assert_eq!(pair.of("ema_cancel_2"), 8_191, "a Delete is a cancel: 32767/4");
    pair.step(&book(EventCode::Add, 6, level(1_000_000, 1), TopTen::default()));
    assert_eq!(
        (pair.of("bid_px_1"), pair.of("bid_sz_1"), pair.of("since_delete")),
        (32_767, 256, 256)
    );
    assert_eq!(
        (pair.of("ema_spread_2"), pair.of("ema_micro_2")),
        (0, 0),
        "one side has no spread"
    );
    assert_eq!(pair.of("ema_obi_1_2"), 8_191);
    // A trade before the first mid has a size but no price.
    pair.step(&trade(
        7,
        1_000_000,
        8,
        &book(EventCode::Add, 6, level(1_000_000, 1), TopTen::default()),
    ));
    assert_eq!(
        (
            pair.of("ema_trade_2"),
            pair.of("effective_fast"),
            pair.of("vwap_session")
        ),
        (2, 0, 0)
    );
}

#[test]
fn a_replace_updates_each_average_once() {
    let mut pair = Pair::new(SlotParams::default());
    pair.step(&book(
        EventCode::Add,
        1,
        level(1_000_000, 100),
        level(1_000_200, 100),
    ));
    pair.step(&book(
        EventCode::Replace,
        2,
        level(1_000_100, 100),
        level(1_000_200, 100),
    ));
    assert_eq!(pair.of("ema_cancel_2"), 4_096);
    assert_eq!(pair.of("ema_return_2"), 32, "one half tick, Q7, a quarter of it");
    assert_eq!((pair.of("since_replace"), pair.of("since_add")), (32_767, 256));
}

#[test]
fn backwards_time_counts_as_none() {
    let mut pair = Pair::new(SlotParams::default());
    let (bids, asks) = (level(1_000_000, 100), level(1_000_200, 100));
    pair.wide.set_side(0, 3, -7, 1_000);
    pair.step(&book(EventCode::Add, 1_000, bids, asks));
    assert_eq!(
        (pair.of("side_3"), pair.of("side_age_3"), pair.of("side_age_2")),
        (-7, 0, 2_047)
    );
    pair.step(&book(EventCode::Add, 400, bids, asks));
    assert_eq!(
        (
            pair.of("since_add"),
            pair.of("side_age_3"),
            pair.of("ema_log_dt_2")
        ),
        (0, 0, 0)
    );
    pair.step(&book(EventCode::Add, 400 + 1_023, bids, asks));
    assert_eq!(pair.of("since_add"), 10 * 256);
    assert_eq!(pair.of("side_age_3"), (8 * 256 + 168) >> 3, "log2 of 424, Q5");
    pair.wide.reset(0);
    pair.step(&book(EventCode::Add, (1 << 48) - 1, bids, asks));
    assert_eq!(
        (pair.of("since_add"), pair.of("side_3")),
        (32_767, -7),
        "a reset keeps what the host wrote"
    );
    assert_eq!(
        pair.of("side_age_3"),
        (47 << 5) + 31,
        "the oldest there can be is below never"
    );
}

#[test]
fn nothing_leaves_its_range() {
    let params = SlotParams {
        grid_recip: grid_recip(1),
        qty_shift: 0,
    };
    let mut pair = Pair::new(params);
    let ends = [(0, 1), (u32::MAX, u32::MAX), (1, u32::MAX), (u32::MAX - 1, 1)];
    for at in 0..4_000_u64 {
        let pick = |n: u64| ends[usize::try_from(n % 4).unwrap()];
        let (bid, ask) = (pick(at / 3), pick(at / 7));
        let mut step = book(
            EventCode::Execute,
            at << 36,
            level(bid.0, bid.1),
            level(ask.0, ask.1),
        );
        step.event.event.trade = true;
        step.event.event.trade_qty = u32::MAX;
        step.event.trade_px = pick(at).0;
        let out = *pair.step(&step);
        for (value, feature) in out.values.iter().zip(&WIDE) {
            assert!(*value > i16::MIN, "{}", feature.feature.name);
        }
        assert_eq!(wide::Wide::decode(&out.encode()), Ok(out));
    }
}

#[test]
fn slots_do_not_touch_each_other() {
    let mut market = Market::new(9);
    let (mut alone, mut both) = (Pair::new(SlotParams::default()), Wide::new(3));
    let mut other = features::Features::new(1);
    for _ in 0..300 {
        let (mine, theirs) = (market.step(), market.step());
        alone.step(&mine);
        let mut out = wide::Wide::default();
        both.update(1, &mine.event, (&mine.bids, &mine.asks), &alone.values, &mut out);
        assert_eq!(out, alone.out);
        let core = other.update(0, &theirs.event.event, &theirs.bids, &theirs.asks);
        both.update(2, &theirs.event, (&theirs.bids, &theirs.asks), &core, &mut out);
        both.reset(0);
    }
}
