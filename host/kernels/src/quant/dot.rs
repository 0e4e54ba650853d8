//! Sums of products of `u8` values and `i8` weights, exact in `i32`.

use crate::Isa;
use crate::aligned::Aligned;

/// Inputs a step of every kernel divides.
pub(super) const STEP: usize = 4;
/// Outputs of a vector.
const LANES: usize = 16;

/// Weights in the order in which a kernel reads them.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    inputs: usize,
    outputs: usize,
    /// Portable: a row an output. AVX-512: blocks of outputs, in each four inputs of an output side by side.
    bytes: Aligned<i8>,
    /// AVX2: blocks of outputs, in each two inputs of an output side by side.
    pairs: Aligned<i16>,
}

/// Outputs of the block that starts where `left` are still to come.
const fn block(left: usize) -> usize {
    match left / LANES {
        0 | 1 => LANES,
        2 | 3 => 2 * LANES,
        4..=7 => 4 * LANES,
        _ => 8 * LANES,
    }
}

impl Weights {
    /// Packs rows of `columns` weights into `(inputs, outputs)`.
    pub(super) fn new(rows: &[i8], columns: usize, (inputs, outputs): (usize, usize), isa: Isa) -> Self {
        let (mut bytes, mut pairs) = (Aligned::zeros(0), Aligned::zeros(0));
        match isa {
            Isa::Portable | Isa::Avx512 => bytes = Aligned::zeros(inputs * outputs),
            Isa::Avx2 => pairs = Aligned::zeros(inputs * outputs),
        }
        let mut first = 0;
        while first < outputs {
            let width = if isa == Isa::Avx2 {
                LANES
            } else {
                block(outputs - first)
            };
            for o in first..first + width {
                let row = rows.get(o * columns..(o + 1) * columns).unwrap_or(&[]);
                for (i, weight) in row.iter().enumerate() {
                    let start = first * inputs;
                    match isa {
                        Isa::Portable => bytes[o * inputs + i] = *weight,
                        Isa::Avx2 => {
                            pairs[start + (i / 2 * width + o - first) * 2 + i % 2] = i16::from(*weight)
                        }
                        Isa::Avx512 => bytes[start + (i / 4 * width + o - first) * 4 + i % 4] = *weight,
                    }
                }
            }
            first += width;
        }
        Self {
            inputs,
            outputs,
            bytes,
            pairs,
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.bytes.len() + 2 * self.pairs.len()
    }
}

/// Sums of products and bias.
#[inline(always)]
pub(super) fn portable(weights: &Weights, values: &[u8], _: &mut [i16], (bias, sums): (&[i32], &mut [i32])) {
    let rows = weights.bytes.chunks_exact(weights.inputs);
    for ((sum, bias), row) in sums.iter_mut().zip(bias).zip(rows) {
        let dot: i32 = row
            .iter()
            .zip(values)
            .map(|(w, v)| i32::from(*w) * i32::from(*v))
            .sum();
        *sum = bias + dot;
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{avx2, avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{LANES, Weights, block};
    use std::arch::x86_64::*;

    /// Sums of products and bias; `wide` is room for the values as 16-bit integers.
    #[target_feature(enable = "avx2")]
    pub(in super::super) fn avx2(
        weights: &Weights,
        values: &[u8],
        wide: &mut [i16],
        (bias, sums): (&[i32], &mut [i32]),
    ) {
        sums.copy_from_slice(bias);
        let inputs = weights.inputs;
        assert!(values.len() == inputs && sums.len() == weights.outputs && wide.len() >= inputs);
        assert!(inputs.is_multiple_of(4) && weights.outputs.is_multiple_of(LANES));
        assert!(weights.pairs.len() >= inputs * weights.outputs);
        for (to, from) in wide.iter_mut().zip(values) {
            *to = i16::from(*from);
        }
        let steps = inputs / 2;
        for (group, out) in sums.chunks_exact_mut(LANES).enumerate() {
            let start = group * LANES * inputs;
            let mut acc = [[_mm256_setzero_si256(); 2]; 2];
            for step in 0..steps {
                // SAFETY: two values of `wide`, which has `inputs`.
                let pair = unsafe { wide.as_ptr().add(2 * step).cast::<i32>().read_unaligned() };
                let pair = _mm256_set1_epi32(pair);
                for (half, sum) in acc[step % 2].iter_mut().enumerate() {
                    let at = start + step * 2 * LANES + half * LANES;
                    // SAFETY: a vector of 16 weights of this block's `inputs × 16`.
                    let w = unsafe { _mm256_loadu_si256(weights.pairs.as_ptr().add(at).cast()) };
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pair, w));
                }
            }
            for half in 0..2 {
                let at = out[8 * half..].as_mut_ptr().cast::<__m256i>();
                let sum = _mm256_add_epi32(acc[0][half], acc[1][half]);
                // SAFETY: eight of the sixteen sums.
                unsafe { _mm256_storeu_si256(at, _mm256_add_epi32(sum, _mm256_loadu_si256(at))) };
            }
        }
    }

    /// Sums of products and bias, in either direction along the inputs.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(in super::super) fn avx512<const BACK: bool>(
        weights: &Weights,
        values: &[u8],
        (bias, sums): (&[i32], &mut [i32]),
    ) {
        let mut first = 0;
        assert!(values.len() == weights.inputs && bias.len() == weights.outputs && sums.len() == bias.len());
        while first < weights.outputs {
            let width = block(weights.outputs - first);
            let (bias, out) = (&bias[first..first + width], &mut sums[first..first + width]);
            let start = first * weights.inputs;
            let bytes = &weights.bytes[start..start + width * weights.inputs];
            match width / LANES {
                1 => outputs::<1, 4, BACK>(bytes, values, bias, out),
                2 => outputs::<2, 4, BACK>(bytes, values, bias, out),
                4 => outputs::<4, 2, BACK>(bytes, values, bias, out),
                // Two sums each: one would wait for the product before.
                _ => outputs::<8, 2, BACK>(bytes, values, bias, out),
            }
            first += width;
        }
    }

    /// `V` vectors of outputs, `K` sums each.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    fn outputs<const V: usize, const K: usize, const BACK: bool>(
        weights: &[i8],
        values: &[u8],
        bias: &[i32],
        out: &mut [i32],
    ) {
        let steps = values.len() / 4;
        assert!(values.len().is_multiple_of(4) && bias.len() == V * LANES && out.len() == bias.len());
        assert!(weights.len() == values.len() * bias.len());
        let mut acc = [[_mm512_setzero_si512(); V]; K];
        for (sum, bias) in acc[0].iter_mut().zip(bias.chunks_exact(LANES)) {
            // SAFETY: the chunk is a vector.
            *sum = unsafe { _mm512_loadu_si512(bias.as_ptr().cast()) };
        }
        let step = |at: usize, acc: &mut [__m512i; V]| {
            let at = if BACK { steps - 1 - at } else { at };
            // SAFETY: four of the values.
            let four = unsafe { values.as_ptr().add(4 * at).cast::<i32>().read_unaligned() };
            for (v, sum) in acc.iter_mut().enumerate() {
                // SAFETY: 64 of the weights: four of each of 16 outputs.
                let w = unsafe { _mm512_loadu_si512(weights.as_ptr().add((at * V + v) * 64).cast()) };
                *sum = _mm512_dpbusd_epi32(*sum, _mm512_set1_epi32(four), w);
            }
        };
        let whole = steps - steps % K;
        for at in (0..whole).step_by(K) {
            for (k, sums) in acc.iter_mut().enumerate() {
                step(at + k, sums);
            }
        }
        for at in whole..steps {
            step(at, &mut acc[0]);
        }
        for (v, out) in out.chunks_exact_mut(LANES).enumerate() {
            let sum = acc[1..].iter().fold(acc[0][v], |s, a| _mm512_add_epi32(s, a[v]));
            // SAFETY: the chunk is a vector.
            unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), sum) };
        }
    }
}
