//! Host risk: every check of an order that passes, one call at a time.

use std::hint::black_box;

use contract::record::Level;
use engine::clock::Clock;
use risk::{Gate, Holding, Limits, Market, Order, Quotes, RuledOrder, Rules, Sale, Side, TokenBucket, rule};

use super::budgets::Better;
use super::report::{Label, Row};
use crate::error::CliError;

/// Calls measured, and calls before that.
const CALLS: usize = 200_000;
const WARM_UP: usize = 20_000;

/// Bids and asks of the venue and the others.
const BID: Level = Level { px: 999_900, sz: 500 };
const ASK: Level = Level {
    px: 1_000_100,
    sz: 500,
};

/// All rows. A call is market rules and gate together, as the desk makes it; what two readings of the clock take by
/// themselves, their median in the same run, is taken off and shown.
pub(crate) fn rows() -> Result<Vec<Row>, CliError> {
    let mut bench = Bench::new();
    for call in 0..WARM_UP {
        bench.call(call)?;
    }
    let mut clock = Vec::with_capacity(CALLS);
    let mut taken = Vec::with_capacity(CALLS);
    for call in 0..CALLS {
        let empty = Clock::start();
        clock.push(black_box(empty.ns()));
        taken.push(bench.call(WARM_UP + call)?);
    }
    let overhead = at(&mut clock, 500);
    let mut net: Vec<u64> = taken.iter().map(|ns| ns.saturating_sub(overhead)).collect();
    let runs = u32::try_from(CALLS).unwrap_or(u32::MAX);
    let row = |name: &str, value: u64| {
        Row::new(
            "risk",
            name,
            "ns",
            Better::Lower,
            Label::Measured,
            runs,
            value as f64,
        )
    };
    Ok(vec![
        row("risk.p50", at(&mut net, 500)),
        row("risk.p99", at(&mut net, 990)),
        row("worst.p999", at(&mut net, 999)),
        row("clock", overhead),
    ])
}

/// The value that so many of a thousand lie at or below.
fn at(values: &mut [u64], of_thousand: usize) -> u64 {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    values.get(last * of_thousand / 1_000).copied().unwrap_or(0)
}

struct Bench {
    gate: Gate,
    rules: Rules,
    quotes: Quotes,
    market: Market,
}

impl Bench {
    fn new() -> Self {
        let limits = Limits {
            qty_max: 1_000,
            collar: 10_000,
            position_max: 10_000,
            open_orders_max: 64,
            notional_max: u64::MAX / 2,
            rate_tokens: 1_000,
            rate_refill_ns: 100,
            permit: contract::reg::permit::SIDES,
            bands: Some([0, u32::MAX]),
            throttle: u16::MAX,
        };
        let mut gate =
            Gate::new(&[limits; 16], TokenBucket::new(1_000, 100, 0), 0).with_gross_max(u64::MAX / 2);
        gate.arm();
        Self {
            gate,
            rules: Rules {
                away_age_ns: 1_000_000,
                tick: 100,
                sweeps: false,
                crossed: false,
                short: true,
                short_exempt: false,
                price_test: true,
            },
            quotes: Quotes {
                own_bid: BID,
                own_ask: ASK,
                away_bid: BID,
                away_ask: ASK,
                away_ns: 0,
            },
            market: Market {
                flags: 0,
                bid: BID,
                ask: ASK,
            },
        }
    }

    /// Nanoseconds of one call, both readings of the clock included.
    fn call(&mut self, call: usize) -> Result<u64, CliError> {
        let number = u32::try_from(call).unwrap_or(u32::MAX);
        let now_ns = 1_000 * (u64::from(number) + 1);
        let side = if number.is_multiple_of(2) {
            Side::Buy
        } else {
            Side::Sell
        };
        let order = black_box(Order {
            slot: (number % 16).to_le_bytes()[0],
            side,
            sale: Sale::Short,
            qty: 100,
            price: 1_000_000,
            token: number + 1,
        });
        let ruled = black_box(RuledOrder {
            side,
            sale: Sale::Short,
            qty: 100,
            price: 1_000_000,
            immediate: false,
            sweep: None,
        });
        let holding = black_box(Holding {
            net: 0,
            open_sell: 0,
            located: 1_000,
        });
        self.quotes.away_ns = now_ns;
        let clock = Clock::start();
        let ruling = rule(
            &ruled,
            black_box(&self.quotes),
            &holding,
            black_box(&self.rules),
            now_ns,
        );
        let verdict = self.gate.admit(&order, black_box(&self.market), now_ns);
        let passed = black_box(ruling.passed() && verdict.passed());
        let ns = clock.ns();
        if !passed {
            return Err(CliError::Check(format!(
                "the prepared order was refused: {:?} {:?}",
                ruling.rule(),
                verdict.reason()
            )));
        }
        let value = i64::from(order.qty) * i64::from(order.price);
        self.gate.released(order.slot, side, (order.qty, value), true);
        Ok(ns)
    }
}
