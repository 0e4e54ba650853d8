//! The exponential and what rests on it, by operations that IEEE 754 rounds in one way: the system's library need not be the same
//! where a run is replayed.

/// Largest argument whose exponential is asked for; beyond it a probability is 0 or 1 to more digits than it has.
const ARGUMENT_MAX: f64 = 40.0;
/// ln 2 in two parts; the first has so few bits that its multiples are exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1 / n! from n = 13 down: the series is below half a unit in the last place for |x| ≤ ln 2 / 2.
const SERIES: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// e to the power of `x`, which is held to ±40.
fn exp(x: f64) -> f64 {
    let x = x.clamp(-ARGUMENT_MAX, ARGUMENT_MAX);
    let halvings = (x * std::f64::consts::LOG2_E).round_ties_even();
    let rest = (x - halvings * LN2_HIGH) - halvings * LN2_LOW;
    let series = SERIES.iter().fold(0.0, |sum, c| sum * rest + c);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "58 at most on either side of 1023"
    )]
    let scale = f64::from_bits(((halvings as i64 + 1023) as u64) << 52);
    series * scale
}

/// `1 / (1 + e^-x)`.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential() {
        for i in -4_000..=4_000 {
            let x = f64::from(i) / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 4e-16, "{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(sigmoid(1e9) < 1.0 + f64::EPSILON && sigmoid(-1e9) >= 0.0 && sigmoid(0.0) == 0.5);
        assert!(sigmoid(f64::NAN).is_nan());
    }
}
