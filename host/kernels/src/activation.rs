//! Activation functions, in the same operations on every instruction set: equal to the bit.

use crate::lanes::{Eight, Lanes, P8};

/// What a layer does with its sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(0, x)`.
    Relu,
    /// `x`, times a slope of 0 to 1 below zero.
    LeakyRelu(f32),
    /// Hyperbolic tangent, within 3e-7.
    Tanh,
    /// `1 / (1 + exp(−x))`, within 3e-7.
    Sigmoid,
}

impl Activation {
    /// Whether its value scales with its argument, so that a scale can be moved through it.
    pub(crate) const fn is_homogeneous(self) -> bool {
        matches!(self, Self::Identity | Self::Relu | Self::LeakyRelu(_))
    }

    /// All lanes.
    #[inline(always)]
    pub(crate) fn apply<L: Lanes>(self, x: L) -> L {
        match self {
            Self::Identity => x,
            Self::Relu => L::splat(0.0).max(x),
            Self::LeakyRelu(slope) => x.mul(L::splat(slope)).max(x),
            Self::Tanh => {
                // 1 − 2 / (exp(2x) + 1)
                let one = L::splat(1.0);
                let e = exp(x.add(x));
                one.sub(L::splat(2.0).div(e.add(one)))
            }
            Self::Sigmoid => {
                let one = L::splat(1.0);
                one.div(one.add(exp(L::splat(0.0).sub(x))))
            }
        }
    }
}

/// `exp` within two units of the last place between −80 and 88, held at the ends; a NaN stays one. Lower, and a share of
/// a softmax would be a denormal, over which a division takes its time.
#[inline(always)]
pub(crate) fn exp<L: Lanes>(x: L) -> L {
    exp_below_zero(L::splat(88.0).min(x))
}

/// The same for arguments that are not above 88.
#[inline(always)]
fn exp_below_zero<L: Lanes>(x: L) -> L {
    let x = L::splat(-80.0).max(x);
    let n = x.mul(L::splat(std::f32::consts::LOG2_E)).round();
    // ln 2 in two parts, the first of few bits: n × 0.693359375 is exact.
    let r = x
        .sub(n.mul(L::splat(0.693_359_4)))
        .sub(n.mul(L::splat(-2.121_944_4e-4)));
    // Pairs of terms, then pairs of pairs: the chain is half as long as term by term.
    let (c, square) = (L::splat, r.mul(r));
    let high = c(1.987_569_1e-4).mul(r).add(c(1.398_199_9e-3));
    let middle = c(8.333_452e-3).mul(r).add(c(4.166_579_6e-2));
    let low = c(1.666_666_5e-1).mul(r).add(c(0.5));
    let p = high.mul(square).add(middle).mul(square).add(low);
    p.mul(square).add(r.add(c(1.0))).mul(n.pow2())
}

/// What fills up a vector whose softmax is taken: its share is nothing.
pub(crate) const NOTHING: f32 = f32::NEG_INFINITY;

/// Largest exponent of two that [`power_of_two`] gives, and the least is its opposite: three such powers and a quotient of them stay
/// normal numbers.
const POWER_MAX: f32 = 115.0;

/// `2^x` within 2e-7 of itself, held at the ends; a NaN stays one, and an infinity becomes one. The polynomial is that of Cephes' `exp2f`,
/// summed in pairs: what is waited for is a third less than term by term. The power is held to its range while the polynomial is formed.
#[inline(always)]
fn power_of_two<L: Lanes>(x: L) -> L {
    let c = L::splat;
    let n = x.round();
    let f = x.sub(n);
    let power = c(POWER_MAX).min(c(-POWER_MAX).max(n)).pow2();
    let square = f.mul(f);
    let low = c(1.0).add(c(6.931_472e-1).mul(f));
    let middle = c(2.402_264_8e-1).add(c(5.550_332_5e-2).mul(f));
    let high = c(9.618_437e-3).add(c(1.339_887_5e-3).mul(f));
    let top = high.add(c(1.535_336_2e-4).mul(square));
    let sum = low.add(middle.mul(square)).add(square.mul(square).mul(top));
    sum.mul(power)
}

/// Softmax of the first three lanes: each is one over one and the powers of how far the two others are above it. No lane waits for the largest
/// of them, nor for a sum over lanes.
#[inline(always)]
fn three<E: Eight>(x: E) -> E {
    let one = E::splat(1.0);
    let [next, last] = x.turned();
    // Less itself it is 0, unless it is infinite: then nobody knows its share.
    let own = one.add(x.sub(x));
    one.div(own.add(above(next, x).add(above(last, x))))
}

/// e to the power of how far `other` is above `x`. No closure: it would not be compiled for the vectors it is used on.
#[inline(always)]
fn above<E: Eight>(other: E, x: E) -> E {
    power_of_two(other.sub(x).mul(E::splat(std::f32::consts::LOG2_E)))
}

/// Softmax of the first `count` lanes of a vector.
#[inline(always)]
pub(crate) fn shares<E: Eight>(x: E, count: usize) -> E {
    if count == 3 {
        return three(x);
    }
    // What crosses the middle of a vector takes its time: the lanes behind the first four have a softmax of their own,
    // which is not looked at.
    if count <= 4 {
        let e = exp_below_zero(x.sub(x.largest_of_four()));
        return e.div(e.total_of_four());
    }
    let e = exp_below_zero(x.sub(x.largest()));
    e.div(e.total())
}

/// Softmax of the first `count` of whole vectors of eight, in place; those that pad them are [`NOTHING`].
#[inline(always)]
pub(crate) fn softmax<L: Lanes>(values: &mut [f32], count: usize) {
    let zero = L::Eight::splat(0.0);
    let each = |values: &mut [f32], f: &mut dyn FnMut(L::Eight) -> L::Eight| {
        for chunk in values.chunks_exact_mut(L::Eight::LANES) {
            // SAFETY: the chunk has as many numbers as the vector.
            let value = f(unsafe { L::Eight::load(chunk.as_ptr()) });
            // SAFETY: the chunk has as many numbers as the vector.
            unsafe { value.store(chunk.as_mut_ptr()) };
        }
    };
    if let Ok(eight) = <&mut [f32; 8]>::try_from(&mut *values) {
        // SAFETY: eight numbers.
        let p = shares(unsafe { L::Eight::load(eight.as_ptr()) }, count);
        // SAFETY: eight numbers.
        unsafe { p.store(eight.as_mut_ptr()) };
        return;
    }
    let mut most = L::Eight::splat(NOTHING);
    each(values, &mut |x| {
        most = x.max(most);
        x
    });
    let most = most.largest();
    let mut sum = zero;
    each(values, &mut |x| {
        let e = exp_below_zero(x.sub(most));
        sum = sum.add(e);
        e
    });
    let sum = sum.total();
    each(values, &mut |e| e.div(sum));
}

/// One sigmoid.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    let mut out = [0f32; 8];
    let lanes = Activation::Sigmoid.apply(P8::splat(x));
    // SAFETY: eight numbers.
    unsafe { lanes.store(out.as_mut_ptr()) };
    out[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(f: impl Fn(P8) -> P8, x: f32) -> f32 {
        let mut out = [0f32; 8];
        // SAFETY: eight numbers.
        unsafe { f(P8::splat(x)).store(out.as_mut_ptr()) };
        out[0]
    }

    #[test]
    fn functions_are_as_close_as_they_say() {
        let mut worst = [0f64; 3];
        for i in -40_000..=40_000i32 {
            let x = i as f32 / 500.0;
            let wide = f64::from(x);
            let e = lane(exp, x);
            worst[0] = worst[0].max((f64::from(e) / wide.exp() - 1.0).abs());
            worst[1] = worst[1].max((f64::from(lane(|v| Activation::Tanh.apply(v), x)) - wide.tanh()).abs());
            let sigmoid = 1.0 / (1.0 + (-wide).exp());
            worst[2] = worst[2].max((f64::from(lane(|v| Activation::Sigmoid.apply(v), x)) - sigmoid).abs());
        }
        println!(
            "worst errors: exp {:e} relative, tanh {:e}, sigmoid {:e}",
            worst[0], worst[1], worst[2]
        );
        assert!(
            worst[0] < 2.4e-7 && worst[1] < 3e-7 && worst[2] < 3e-7,
            "{worst:?}"
        );
    }

    #[test]
    fn three_shares_are_the_softmax() {
        let mut worst = 0f64;
        let values = [
            -300.0f32, -81.0, -30.0, -3.3, -0.7, 0.0, 1e-3, 0.4, 2.6, 17.0, 79.9, 250.0,
        ];
        for a in values {
            for b in values {
                for c in values {
                    let mut out = [NOTHING; 8];
                    out[..3].copy_from_slice(&[a, b, c]);
                    softmax::<P8>(&mut out, 3);
                    let most = f64::from(a.max(b).max(c));
                    let e = [a, b, c].map(|v| (f64::from(v) - most).exp());
                    let sum: f64 = e.iter().sum();
                    for (o, e) in out.iter().zip(e) {
                        worst = worst.max((f64::from(*o) - e / sum).abs());
                        assert!(o.is_normal(), "{a} {b} {c}: {o:e}");
                    }
                }
            }
        }
        println!("worst error of three shares: {worst:e}");
        assert!(worst < 2e-7, "{worst:e}");
        let mut out = [NOTHING; 8];
        out[..3].copy_from_slice(&[f32::INFINITY, 0.0, 0.0]);
        softmax::<P8>(&mut out, 3);
        assert!(out[0].is_nan(), "{out:?}");
    }

    #[test]
    fn a_nan_stays() {
        for activation in [
            Activation::Relu,
            Activation::LeakyRelu(0.1),
            Activation::Tanh,
            Activation::Sigmoid,
        ] {
            assert!(lane(|v| activation.apply(v), f32::NAN).is_nan(), "{activation:?}");
        }
        for at in 0..3 {
            let mut values = [NOTHING; 16];
            values[..3].fill(0.0);
            values[at] = f32::NAN;
            softmax::<P8>(&mut values[..8], 3);
            assert!(values[..3].iter().all(|v| v.is_nan()), "{values:?}");
            values[..3].copy_from_slice(&[0.0, f32::NAN, 1.0]);
            softmax::<P8>(&mut values, 3);
            assert!(values[..3].iter().all(|v| v.is_nan()), "{values:?}");
        }
    }
}
