//! Market rules and gate allocate nothing, whether an order passes or not.

use contract::record::Level;
use risk::{Gate, Holding, Limits, Market, Order, Quotes, RuledOrder, Rules, Sale, Side, TokenBucket, rule};

#[global_allocator]
static ALLOCATOR: alloc_count::Counting = alloc_count::Counting;

#[test]
fn no_check_allocates() {
    let limits = Limits {
        qty_max: 100,
        collar: 100,
        position_max: 500,
        open_orders_max: 8,
        notional_max: u64::MAX,
        rate_tokens: 100,
        rate_refill_ns: 1,
        permit: contract::reg::permit::SIDES,
        bands: Some([0, u32::MAX]),
        throttle: u16::MAX,
    };
    let mut gate = Gate::new(&[limits; 4], TokenBucket::new(100, 1, 0), 0).with_gross_max(u64::MAX);
    gate.arm();
    let level = |px| Level { px, sz: 10 };
    let (bid, ask) = (level(10_000), level(10_100));
    let market = Market { flags: 0, bid, ask };
    let quotes = Quotes {
        own_bid: bid,
        own_ask: ask,
        away_bid: bid,
        away_ask: ask,
        away_ns: 0,
    };
    let run = || {
        let (mut passed, mut refused) = (0, 0);
        for token in 1..2_000_u32 {
            let side = if token.is_multiple_of(3) {
                Side::Buy
            } else {
                Side::Sell
            };
            let (qty, price) = (token % 120, 9_950 + token % 200);
            let ruled = RuledOrder {
                side,
                sale: Sale::Short,
                qty,
                price,
                immediate: true,
                sweep: None,
            };
            let holding = Holding::default();
            let ruling = rule(&ruled, &quotes, &holding, &Rules::default(), 5);
            let order = Order {
                slot: (token % 5).to_le_bytes()[0],
                side,
                sale: Sale::Short,
                qty,
                price,
                token,
            };
            let verdict = gate.admit(&order, &market, u64::from(token));
            let replaced = gate.admit_replace(&order, (5, 9_990), &market, u64::from(token));
            passed += u32::from(verdict.passed());
            refused += u32::from(!replaced.passed()) + u32::from(!ruling.passed());
        }
        (passed, refused)
    };
    let ((passed, refused), allocations) = alloc_count::during(run);
    assert!(passed > 10 && refused > 100, "{passed} {refused}");
    assert_eq!(allocations, 0);
}
