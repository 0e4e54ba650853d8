//! What prices leave behind: indicators, variances and bands of the mid and of trades.

use contract::wide::{EMAS, MACD_SHIFTS, PACE_SHIFTS, RSI_SHIFTS, SESSION_MAX, VALUES, VARIANT_SHIFT, index};

use super::averages::{scaled, square};
use crate::features::{ema, ratio, saturate};

/// Fraction bits of a return before it is averaged.
const RETURN_BITS: u32 = EMAS[8].input_fraction;
const _: () = assert!(contract::layout::same(EMAS[8].name, "return"));

/// Q32.16 accumulators: products and squares of half ticks.
fn ema48(acc: &mut i64, x: i64, shift: u32) {
    *acc += ((x << 16) - *acc) / (1 << shift);
}

/// Relative strength, fast and slow.
#[derive(Debug, Clone, Copy, Default)]
struct Strength {
    up: [i32; 2],
    down: [i32; 2],
    values: [i16; 2],
}

impl Strength {
    fn moved(&mut self, half_ticks: i16) {
        if half_ticks == 0 {
            // Both would fall alike: their ratio stays.
            return;
        }
        let size = saturate(i64::from(half_ticks.unsigned_abs()) << RETURN_BITS);
        let (up, down) = if half_ticks > 0 { (size, 0) } else { (0, size) };
        for (i, shift) in RSI_SHIFTS.into_iter().enumerate() {
            ema(&mut self.up[i], up, shift);
            ema(&mut self.down[i], down, shift);
            let (up, down) = (self.up[i].unsigned_abs(), self.down[i].unsigned_abs());
            self.values[i] = ratio(up.into(), down.into());
        }
    }
}

/// Convergence and divergence of two averages, and their signal.
#[derive(Debug, Clone, Copy, Default)]
struct Macd {
    fast: i32,
    slow: i32,
    signal: i32,
}

impl Macd {
    fn add(&mut self, x: i16) {
        ema(&mut self.fast, x, MACD_SHIFTS[0]);
        ema(&mut self.slow, x, MACD_SHIFTS[1]);
        let apart = self.apart();
        ema(&mut self.signal, apart, MACD_SHIFTS[2]);
    }

    fn apart(&self) -> i16 {
        saturate((i64::from(self.fast) - i64::from(self.slow)) / 256)
    }

    /// Line, signal, histogram.
    fn values(&self) -> [i16; 3] {
        let (line, signal) = (self.apart(), scaled(self.signal, 16));
        [line, signal, saturate(i64::from(line) - i64::from(signal))]
    }
}

/// A band: exponential mean and variance.
#[derive(Debug, Clone, Copy, Default)]
struct Band {
    mean: i32,
    variance: i64,
    /// The last distance from the mean before it moved, in deviations, Q8.
    value: i16,
}

impl Band {
    fn add(&mut self, x: i16, shift: u32) {
        let distance = saturate((i64::from(x) << 4) - i64::from(self.mean) / 4096);
        ema(&mut self.mean, x, shift);
        ema48(
            &mut self.variance,
            i64::from(distance) * i64::from(distance),
            shift,
        );
        let deviation = (self.variance >> 8).unsigned_abs().isqrt().cast_signed();
        self.value = if deviation == 0 {
            0
        } else {
            saturate((i64::from(distance) << 12) / deviation)
        };
    }
}

/// What an instrument's position, in half ticks from the anchor, gives whether it is the mid's or that of trades.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    strength: Strength,
    macd: Macd,
    bands: [Band; 2],
}

impl Track {
    fn at(&mut self, position: i16) {
        self.macd.add(position);
        for (band, shift) in self.bands.iter_mut().zip(PACE_SHIFTS) {
            band.add(position, shift);
        }
    }

    fn write(&self, [rsi, macd, band]: [usize; 3], out: &mut [i16; VALUES]) {
        out[rsi..rsi + 2].copy_from_slice(&self.strength.values);
        out[macd..macd + 3].copy_from_slice(&self.macd.values());
        for (value, b) in out[band..band + 2].iter_mut().zip(&self.bands) {
            *value = b.value;
        }
    }
}

/// State of the mid.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mid {
    track: Track,
    high: i16,
    low: i16,
    /// Average spread, ticks.
    spread: i32,
    up: i32,
    down: i32,
    bipower: i32,
    last_return: Option<i16>,
}

impl Mid {
    /// A two-sided book event: where the mid is, and the spread in ticks.
    pub(super) fn at(&mut self, x: i16, spread: i16) {
        self.track.at(x);
        (self.high, self.low) = (self.high.max(x), self.low.min(x));
        ema(&mut self.spread, spread, VARIANT_SHIFT);
    }

    /// A return, half ticks, 0 too.
    pub(super) fn moved(&mut self, r: i16) {
        let squared = square(r, r);
        ema(&mut self.up, if r > 0 { squared } else { 0 }, VARIANT_SHIFT);
        ema(&mut self.down, if r < 0 { squared } else { 0 }, VARIANT_SHIFT);
        if let Some(before) = self.last_return.replace(r) {
            let product = square(r, before).saturating_abs();
            ema(&mut self.bipower, product, VARIANT_SHIFT);
        }
        self.track.strength.moved(r);
    }

    /// The values; `spread` when the book is two-sided.
    pub(super) fn write(&self, x: i16, spread: Option<i16>, out: &mut [i16; VALUES]) {
        const AT: [usize; 3] = [index("rsi_mid_fast"), index("macd_mid"), index("boll_mid_fast")];
        self.track.write(AT, out);
        out[const { index("spread_excess") }] = spread.map_or(0, |s| {
            saturate((i64::from(s) << 4) - i64::from(self.spread) / 4096)
        });
        out[const { index("var_up") }] = scaled(self.up, 12);
        out[const { index("var_down") }] = scaled(self.down, 12);
        out[const { index("bipower") }] = scaled(self.bipower, 12);
        out[const { index("high_dist") }] = saturate(i64::from(self.high) - i64::from(x));
        out[const { index("low_dist") }] = saturate(i64::from(x) - i64::from(self.low));
    }
}

/// Volume-weighted prices.
#[derive(Debug, Clone, Copy, Default)]
struct Vwap {
    products: [i64; 2],
    volumes: [i32; 2],
    session: (i64, i64),
}

impl Vwap {
    fn add(&mut self, y: i16, qty: i16) {
        let product = i64::from(y) * i64::from(qty);
        for (i, shift) in PACE_SHIFTS.into_iter().enumerate() {
            ema48(&mut self.products[i], product, shift);
            ema(&mut self.volumes[i], qty, shift);
        }
        let (products, volume) = &mut self.session;
        if *volume + i64::from(qty) < SESSION_MAX {
            *products += product;
            *volume += i64::from(qty);
        }
    }

    /// Distances of the mid, Q4 half ticks: fast, slow, session.
    fn values(&self, x: i16) -> [i16; 3] {
        let distance = |products: i64, volume: i64| {
            if volume == 0 {
                return 0;
            }
            saturate(16 * (i64::from(x) * volume - products) / volume)
        };
        [
            distance(self.products[0], self.volumes[0].into()),
            distance(self.products[1], self.volumes[1].into()),
            distance(self.session.0, self.session.1),
        ]
    }
}

/// State of trades that have a price.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trades {
    track: Track,
    vwap: Vwap,
    effective: [i32; 2],
    variance: [i32; 2],
    covariance: i32,
    last: Option<i16>,
    last_return: Option<i16>,
}

impl Trades {
    /// A trade at `y`, while the mid is at `x`.
    pub(super) fn at(&mut self, y: i16, x: i16, qty: i16) {
        self.track.at(y);
        self.vwap.add(y, qty);
        let spread = saturate(2 * (i64::from(y) - i64::from(x)).abs());
        for (acc, shift) in self.effective.iter_mut().zip(PACE_SHIFTS) {
            ema(acc, spread, shift);
        }
        if let Some(before) = self.last.replace(y) {
            self.moved(saturate(i64::from(y) - i64::from(before)));
        }
    }

    fn moved(&mut self, u: i16) {
        for (acc, shift) in self.variance.iter_mut().zip(PACE_SHIFTS) {
            ema(acc, square(u, u), shift);
        }
        if let Some(before) = self.last_return.replace(u) {
            ema(&mut self.covariance, square(u, before), VARIANT_SHIFT);
        }
        self.track.strength.moved(u);
    }

    /// The values while the mid is at `x`.
    pub(super) fn write(&self, x: i16, out: &mut [i16; VALUES]) {
        const AT: [usize; 3] = [
            index("rsi_trade_fast"),
            index("macd_trade"),
            index("boll_trade_fast"),
        ];
        const VWAP: usize = index("vwap_fast");
        const EFFECTIVE: usize = index("effective_fast");
        const VARIANCE: usize = index("var_trade_fast");
        self.track.write(AT, out);
        out[VWAP..VWAP + 3].copy_from_slice(&self.vwap.values(x));
        for i in 0..PACE_SHIFTS.len() {
            out[EFFECTIVE + i] = scaled(self.effective[i], 8);
            out[VARIANCE + i] = scaled(self.variance[i], 12);
        }
        out[const { index("roll_cov") }] = scaled(self.covariance, 12);
    }
}
