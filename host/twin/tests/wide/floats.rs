//! The indicators as textbooks write them, in floating point, on an ordinary market: the integers stay close.

use contract::wide::{EMA_SHIFTS, index, real};
use twin::features::SlotParams;

use crate::Pair;
use crate::market::Market;

/// An exponential average.
#[derive(Clone, Copy)]
struct Average {
    value: f64,
    weight: f64,
}

impl Average {
    fn new(shift: u32) -> Self {
        Self {
            value: 0.0,
            weight: 0.5_f64.powi(shift.cast_signed()),
        }
    }

    fn add(&mut self, x: f64) -> f64 {
        self.value += self.weight * (x - self.value);
        self.value
    }
}

/// Wilder's index, Appel's line, Bollinger's distance, of a series of prices in half ticks.
struct Textbook {
    up: Average,
    down: Average,
    fast: Average,
    slow: Average,
    mean: Average,
    variance: Average,
    z: f64,
    last: Option<f64>,
}

impl Textbook {
    fn new() -> Self {
        Self {
            up: Average::new(7),
            down: Average::new(7),
            fast: Average::new(6),
            slow: Average::new(7),
            mean: Average::new(8),
            variance: Average::new(8),
            z: 0.0,
            last: None,
        }
    }

    fn add(&mut self, price: f64) {
        let distance = price - self.mean.value;
        self.mean.add(price);
        let deviation = self.variance.add(distance * distance).sqrt();
        self.z = if deviation > 0.0 {
            distance / deviation
        } else {
            0.0
        };
        self.fast.add(price);
        self.slow.add(price);
        if let Some(before) = self.last.replace(price) {
            let r = price - before;
            if r != 0.0 {
                self.up.add(r.max(0.0));
                self.down.add((-r).max(0.0));
            }
        }
    }

    fn strength(&self) -> f64 {
        let (up, down) = (self.up.value, self.down.value);
        if up + down > 0.0 {
            100.0 * up / (up + down)
        } else {
            50.0
        }
    }
}

#[test]
fn indicators_are_those_of_textbooks() {
    let mut market = Market::new(4);
    let mut pair = Pair::new(SlotParams::default());
    let (mut book, mut anchor, mut compared) = (Textbook::new(), None, 0);
    let (mut paid, mut bought) = (0.0, 0.0);
    let mut obi = EMA_SHIFTS.map(Average::new);
    for _ in 0..4_000 {
        let step = market.step();
        pair.step(&step);
        let event = &step.event.event;
        let value = |name: &str| real(index(name), pair.of(name));
        if let (true, Some(anchor)) = (event.trade, anchor) {
            paid += f64::from(event.trade_qty) * (f64::from(2 * step.event.trade_px) - anchor) / 100.0;
            bought += f64::from(event.trade_qty);
        }
        if !event.changed {
            continue;
        }
        for (average, k) in obi.iter_mut().zip(EMA_SHIFTS) {
            let (b, a) = (step.bids[0].sz, step.asks[0].sz);
            let imbalance = if b + a > 0 {
                (f64::from(b) - f64::from(a)) / f64::from(b + a)
            } else {
                0.0
            };
            let exact = average.add(imbalance);
            let close = 1e-4 + 0.5_f64.powi(16 - k.cast_signed());
            assert!(
                (value(&format!("ema_obi_1_{k}")) - exact).abs() < close,
                "obi {k}"
            );
        }
        if step.bids[0].sz == 0 || step.asks[0].sz == 0 {
            continue;
        }
        let mid2 = f64::from(step.bids[0].px + step.asks[0].px);
        // Prices are on the half cent here, so half ticks of the cent are whole but for the mid's own half.
        let x = (mid2 - *anchor.get_or_insert(mid2)) / 100.0;
        book.add(x.trunc());
        let rsi = 50.0 * (1.0 + value("rsi_mid_slow"));
        assert!((rsi - book.strength()).abs() < 0.5, "{rsi} {}", book.strength());
        let line = book.fast.value - book.slow.value;
        assert!(
            (value("macd_mid") - line).abs() < 0.05,
            "{} {line}",
            value("macd_mid")
        );
        let z = value("boll_mid_slow");
        // The distance has steps of 1/16 half tick, which count for more when the deviation is small.
        let step = 0.125 / book.variance.value.sqrt().max(0.125);
        assert!(
            (z - book.z).abs() < 0.01 + step + 0.02 * book.z.abs(),
            "{z} {}",
            book.z
        );
        if bought > 0.0 {
            let distance = x - paid / bought;
            let got = value("vwap_session");
            assert!((got - distance).abs() < 2.0, "{got} {distance}");
        }
        compared += 1;
    }
    assert!(compared > 1_000, "{compared} events with two sides");
}

#[test]
fn logarithms_are_within_a_tenth() {
    for shares in [1_u32, 2, 3, 99, 100, 12_345, u32::MAX] {
        let mut pair = Pair::new(SlotParams::default());
        let side = crate::level(1_000_000, shares);
        pair.step(&crate::book(contract::record::EventCode::Add, 1, side, side));
        let exact = (f64::from(shares) + 1.0).log2();
        let got = real(index("bid_sz_1"), pair.of("bid_sz_1"));
        assert!((exact - 0.09..=exact).contains(&got), "{got} {exact}");
    }
}
