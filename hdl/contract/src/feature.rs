//! Core features: schema and integer reference formulas.
#![doc = include_str!("feature.md")]

/// Number of core features.
pub const CORE_COUNT: usize = 16;

/// EMA shift of the fast trade-imbalance average.
pub const TRADE_FAST_SHIFT: u32 = 3;
/// EMA shift of the slow trade-imbalance average.
pub const TRADE_SLOW_SHIFT: u32 = 6;
/// EMA shift of the fast mid-return average.
pub const RETURN_FAST_SHIFT: u32 = 3;
/// EMA shift of the slow mid-return average.
pub const RETURN_SLOW_SHIFT: u32 = 6;
/// EMA shift of the realised variance.
pub const VARIANCE_SHIFT: u32 = 5;
/// EMA shift of the inter-event time.
pub const INTENSITY_SHIFT: u32 = 5;
/// EMA shift of the cancel ratio.
pub const CANCEL_SHIFT: u32 = 6;
/// Largest magnitude of a feature: `sat` is symmetric.
pub const FEATURE_MAX: i16 = 32_767;
/// Input of the cancel ratio for X and D; half of it (rounded up) for U.
pub const CANCEL_FULL: i16 = 32_767;
/// Input of the cancel ratio for U.
pub const CANCEL_REPLACE: i16 = 16_384;
/// Fraction bits of the logarithm of the inter-event time.
pub const LOG_FRACTION_BITS: u32 = 8;

/// One feature of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Column name.
    pub name: &'static str,
    /// Fraction bits of the fixed-point value: real = raw / 2^fraction.
    pub fraction: u32,
    /// Unit of the real value.
    pub unit: &'static str,
    /// Integer reference formula, in the notation of the module documentation.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

const fn f(
    name: &'static str,
    fraction: u32,
    unit: &'static str,
    formula: &'static str,
    source: &'static str,
) -> Feature {
    Feature {
        name,
        fraction,
        unit,
        formula,
        source,
    }
}

const CKS: &str = "Cont, Kukanov, Stoikov (2014), The Price Impact of Order Book Events, eq. 2-4";
const OBI: &str =
    "Cartea, Donnelly, Jaimungal (2018), Enhancing Trading Strategies with Order Book Signals, eq. 1";

/// The core features in record order.
pub const CORE_FEATURES: [Feature; CORE_COUNT] = [
    f("obi_1", 15, "1", "ratio(B[1], A[1])", OBI),
    f("obi_3", 15, "1", "ratio(B[3], A[3])", OBI),
    f("obi_5", 15, "1", "ratio(B[5], A[5])", OBI),
    f("obi_10", 15, "1", "ratio(B[10], A[10])", OBI),
    f(
        "micro_minus_mid",
        8,
        "ticks",
        "two-sided: s = spread (below, with sign), d = bs[1]-as[1], t = bs[1]+as[1], q = 16*|d| < t ? \
         floor(|d|*2^22/t) : 8*floor(|d|*2^19/t): sat(sign(s)*sign(d)*((|s|*q) >> 15)); else 0 \
         (q keeps the error below one unit for every spread)",
        "Stoikov (2018), The Micro-Price, eq. 2 (weighted mid): micro - mid = spread/2 * OBI",
    ),
    f(
        "spread",
        0,
        "ticks",
        "two-sided: ap[1] >= bp[1] ? ticks(ap[1]-bp[1]) : -ticks(bp[1]-ap[1]); else 32767",
        "Hasbrouck (2007), Empirical Market Microstructure, ch. 2",
    ),
    f(
        "ofi_1",
        0,
        "shares >> QTY_SHIFT",
        "prev valid: sat(trunc(e[1] / 2^QTY_SHIFT)), e[m] = (bp>=bp' ? bs : 0) - (bp<=bp' ? bs' : 0) \
         - (ap<=ap' ? as : 0) + (ap>=ap' ? as' : 0) at level m, ' = prev, an ask of quantity 0 has price 2^32-1; \
         no book event or prev invalid: 0",
        CKS,
    ),
    f(
        "ofi_5",
        0,
        "shares >> QTY_SHIFT",
        "prev valid: sat(trunc((e[1]+..+e[5]) / 2^QTY_SHIFT)); no book event or prev invalid: 0",
        "Xu, Gould, Howison (2018), Multi-Level Order-Flow Imbalance, eq. 5, summed over 5 levels",
    ),
    f(
        "trade_ema_fast",
        0,
        "shares >> QTY_SHIFT",
        "on E, C with printable Y, P: acc = ema(acc, x, 3), x = sign*min(qty >> QTY_SHIFT, 32767), sign +1 when \
         the resting order was a sell, qty after clamping to the order; value sat(trunc(acc / 2^16))",
        "Cont, Kukanov, Stoikov (2014), trade imbalance TI, eq. 9",
    ),
    f(
        "trade_ema_slow",
        0,
        "shares >> QTY_SHIFT",
        "as trade_ema_fast with k = 6",
        "as trade_ema_fast",
    ),
    f(
        "return_ema_fast",
        8,
        "half ticks",
        "on book events with two-sided book: m = bp[1]+ap[1]; when a previous m' is valid: r = m>=m' ? ticks(m-m') : \
         -ticks(m'-m), acc = ema(acc, r, 3); then m' = m, valid; value sat(trunc(acc / 2^8))",
        "Hasbrouck (2007), ch. 3: mid-quote returns, exponentially averaged",
    ),
    f(
        "return_ema_slow",
        8,
        "half ticks",
        "as return_ema_fast with k = 6",
        "as return_ema_fast",
    ),
    f(
        "variance_ema",
        8,
        "half ticks^2",
        "whenever return_ema updates: acc = ema(acc, min(r*r, 32767), 5); value sat(trunc(acc / 2^8))",
        "Andersen, Bollerslev, Diebold, Labys (2003), realised variance, RiskMetrics (1996) weighting",
    ),
    f(
        "log_dt_ema",
        8,
        "log2 ns",
        "on book events with a previous one: dt = ts >= ts' ? ts-ts' : 0, v = dt+1, e = floor(log2 v), \
         x = (e << 8) + (((v << 8) >> e) & 255) as Q16.0, acc = ema(acc, x, 5); ts' = ts; value sat(trunc(acc / 2^16))",
        "Hautsch (2012), Econometrics of Financial High-Frequency Data, ch. 4: durations (intensity = 1/duration)",
    ),
    f(
        "depth_slope",
        15,
        "1",
        "S5 = B[5]+A[5], S10 = B[10]+A[10]: ratio(S10-S5, S5)",
        "Naes, Skjeltorp (2006), Order book characteristics and the volume-volatility relation, sec. 3 (slope)",
    ),
    f(
        "cancel_ema",
        15,
        "1",
        "on book events: x = 32767 for X and D, 16384 for U, else 0; acc = ema(acc, x, 6); value sat(trunc(acc / 2^16))",
        "Hasbrouck, Saar (2009), Technology and liquidity provision: fleeting orders, sec. 3",
    ),
];

/// Index of a core feature by name; a const panic when there is none.
pub const fn index(name: &str) -> usize {
    let mut i = 0;
    while i < CORE_COUNT {
        if crate::layout::same(CORE_FEATURES[i].name, name) {
            return i;
        }
        i += 1;
    }
    panic!("no core feature of that name")
}

/// `GRID_RECIP` of a tick in 1/10000 dollar: `⌈2^31 / tick⌉`.
///
/// # Panics
/// When `tick` is 0.
pub const fn grid_recip(tick: u32) -> u32 {
    assert!(tick > 0);
    (1u32 << 31).div_ceil(tick)
}

/// Real value of a raw one.
pub fn real(feature: usize, raw: i16) -> f64 {
    f64::from(raw) / f64::from(1u32 << CORE_FEATURES[feature].fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_recip_counts_whole_ticks_exactly() {
        for tick in [1u32, 100, 2_500, 7, 99_999] {
            for n in [0u64, 1, 2, 99, 6_000, ((1 << 31) - 1) / u64::from(tick)] {
                assert_eq!(
                    (u128::from(n) * u128::from(tick) * u128::from(grid_recip(tick))) >> 31,
                    u128::from(n),
                    "tick {tick} n {n}"
                );
            }
        }
    }
}
