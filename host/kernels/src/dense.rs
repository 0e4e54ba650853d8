//! Dense networks in `f32`.
//!
//! Weights lie in blocks of 32, 16 or 8 outputs across the lanes, one input behind the other; an input is broadcast and
//! multiplied with its outputs' weights into two sums (blocks of 32) or four (narrower ones), which keeps the
//! multipliers busy. How many sums there are follows from the block, not from the vector: so AVX2 and AVX-512 round
//! alike.

use crate::aligned::Aligned;
use crate::lanes::{Lanes, P8};
use crate::{Activation, INPUTS_MAX, Isa, KernelError, OUTPUTS_MAX, activation, at_most, numbers, sized};

/// One layer: `activation(weights × inputs + bias)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Inputs.
    pub inputs: usize,
    /// One row of `inputs` weights an output.
    pub weights: Vec<f32>,
    /// One number an output.
    pub bias: Vec<f32>,
    /// What is done with the sums.
    pub activation: Activation,
}

/// What becomes of the last layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// It is given out.
    Plain,
    /// Its softmax is given out.
    Softmax,
}

/// A packed network.
#[derive(Debug, Clone)]
pub struct Mlp {
    isa: Isa,
    inputs: usize,
    outputs: usize,
    output: Output,
    layers: Vec<Packed>,
    /// Values of one layer and the next.
    values: [Aligned<f32>; 2],
}

#[derive(Debug, Clone)]
struct Packed {
    inputs: usize,
    /// Outputs, filled up to whole blocks.
    outputs: usize,
    weights: Aligned<f32>,
    bias: Aligned<f32>,
    activation: Activation,
}

/// Outputs of the block that starts where `left` are still to come.
const fn block(left: usize) -> usize {
    match left {
        0..=8 => 8,
        9..=16 => 16,
        _ => 32,
    }
}

/// Outputs filled up to whole blocks.
fn whole(outputs: usize) -> usize {
    let tail = outputs % 32;
    outputs - tail + if tail == 0 { 0 } else { block(tail) }
}

impl Packed {
    /// `padding` is the bias of the outputs that fill up a block.
    fn new(layer: &Layer, previous: Option<usize>, padding: f32) -> Result<Self, KernelError> {
        let outputs = layer.bias.len();
        sized("weights", layer.weights.len(), layer.inputs * outputs)?;
        at_most("inputs of a layer", layer.inputs, INPUTS_MAX)?;
        at_most("outputs of a layer", outputs, INPUTS_MAX)?;
        if outputs == 0 || layer.inputs == 0 {
            return Err(KernelError::Value("a layer without inputs or outputs"));
        }
        if let Some(before) = previous {
            sized("inputs of a layer", layer.inputs, before)?;
        }
        if !layer.weights.iter().chain(&layer.bias).all(|v| v.is_finite()) {
            return Err(KernelError::Value("a weight"));
        }
        if matches!(layer.activation, Activation::LeakyRelu(s) if !(0.0..=1.0).contains(&s)) {
            return Err(KernelError::Value("the slope of a leaky relu"));
        }
        let inputs = layer.inputs;
        let padded = whole(outputs);
        let mut weights = Aligned::zeros(inputs * padded);
        let mut first = 0;
        while first < outputs {
            let width = block(outputs - first);
            for o in first..outputs.min(first + width) {
                for i in 0..layer.inputs {
                    weights[first * inputs + i * width + o - first] = layer.weights[o * layer.inputs + i];
                }
            }
            first += width;
        }
        let mut bias = Aligned::zeros(padded);
        bias[..outputs].copy_from_slice(&layer.bias);
        bias[outputs..].fill(padding);
        Ok(Self {
            inputs,
            outputs: padded,
            weights,
            bias,
            activation: layer.activation,
        })
    }
}

impl Mlp {
    /// Packs a network.
    ///
    /// # Errors
    /// [`KernelError`]: sizes that do not fit each other, weights that are no finite numbers, no such instructions.
    pub fn new(layers: &[Layer], output: Output, isa: Isa) -> Result<Self, KernelError> {
        let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
            return Err(KernelError::Value("a network without layers"));
        };
        at_most("outputs", last.bias.len(), OUTPUTS_MAX)?;
        if output == Output::Softmax && last.activation != Activation::Identity {
            return Err(KernelError::Value("a softmax of activated values"));
        }
        let mut previous = None;
        let mut packed = Vec::with_capacity(layers.len());
        for (at, layer) in layers.iter().enumerate() {
            let nothing = output == Output::Softmax && at + 1 == layers.len();
            let padding = if nothing { activation::NOTHING } else { 0.0 };
            packed.push(Packed::new(layer, previous, padding)?);
            previous = Some(layer.bias.len());
        }
        let widest = packed.iter().map(|l| l.inputs.max(l.outputs)).max().unwrap_or(0);
        let values = Aligned::zeros(widest);
        Ok(Self {
            isa: isa.checked()?,
            inputs: first.inputs,
            outputs: last.bias.len(),
            output,
            layers: packed,
            values: [values.clone(), values],
        })
    }

    /// Columns of a row.
    pub const fn inputs(&self) -> usize {
        self.inputs
    }

    /// Outputs.
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    /// The instructions it uses.
    pub const fn isa(&self) -> Isa {
        self.isa
    }

    /// Bytes of packed weights.
    pub fn size_bytes(&self) -> usize {
        self.layers
            .iter()
            .map(|l| 4 * (l.weights.len() + l.bias.len()))
            .sum()
    }

    /// Evaluates one row.
    ///
    /// # Errors
    /// [`KernelError::Shape`] for another size of row or output, [`KernelError::NotANumber`] when an output is one.
    pub fn evaluate(&mut self, row: &[f32], out: &mut [f32]) -> Result<(), KernelError> {
        sized("row", row.len(), self.inputs)?;
        sized("output", out.len(), self.outputs)?;
        match self.isa {
            Isa::Portable => self.run::<P8>(row, out),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx2 => unsafe { self.run_avx2(row, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx512 => unsafe { self.run_avx512(row, out) },
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 => self.run::<P8>(row, out),
        }
        numbers(out)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn run_avx2(&mut self, row: &[f32], out: &mut [f32]) {
        self.run::<crate::lanes::F8>(row, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
    fn run_avx512(&mut self, row: &[f32], out: &mut [f32]) {
        self.run::<crate::lanes::F16>(row, out);
    }

    #[inline(always)]
    fn run<L: Lanes>(&mut self, row: &[f32], out: &mut [f32]) {
        let [from, to] = &mut self.values;
        let (mut from, mut to) = (&mut **from, &mut **to);
        let [first, others @ ..] = &*self.layers else {
            return;
        };
        forward::<L>(first, row, from);
        for layer in others {
            forward::<L>(layer, &from[..layer.inputs], to);
            (from, to) = (to, from);
        }
        if self.output == Output::Softmax {
            let padded = self.outputs.next_multiple_of(L::Eight::LANES);
            activation::softmax::<L>(&mut from[..padded], self.outputs);
        }
        give(from, out);
    }
}

/// Copies the first of `from` to `out`; three are what a decision needs, and no call.
#[inline(always)]
pub(crate) fn give(from: &[f32], out: &mut [f32]) {
    if let ([a, b, c], [x, y, z, ..]) = (&mut *out, from) {
        (*a, *b, *c) = (*x, *y, *z);
        return;
    }
    out.copy_from_slice(&from[..out.len()]);
}

/// One layer, block by block.
#[inline(always)]
fn forward<L: Lanes>(layer: &Packed, inputs: &[f32], to: &mut [f32]) {
    let to = &mut to[..layer.outputs];
    let mut first = 0;
    while first < layer.outputs {
        let width = block(layer.outputs - first);
        let weights = &layer.weights[first * layer.inputs..][..width * layer.inputs];
        let bias = &layer.bias[first..][..width];
        let out = &mut to[first..][..width];
        match (width, L::LANES) {
            (32, 16) => sums::<L, 2, 2>(inputs, weights, bias, out, layer.activation),
            (32, _) => sums::<L, 4, 2>(inputs, weights, bias, out, layer.activation),
            (16, 16) => sums::<L, 1, 4>(inputs, weights, bias, out, layer.activation),
            (16, _) => sums::<L, 2, 4>(inputs, weights, bias, out, layer.activation),
            _ => sums::<L::Eight, 1, 4>(inputs, weights, bias, out, layer.activation),
        }
        first += width;
    }
}

/// One block: `V` vectors of outputs, `K` sums each.
#[inline(always)]
#[allow(
    clippy::needless_range_loop,
    reason = "two arrays and a pointer walk together"
)]
fn sums<L: Lanes, const V: usize, const K: usize>(
    inputs: &[f32],
    weights: &[f32],
    bias: &[f32],
    out: &mut [f32],
    activation: Activation,
) {
    let width = V * L::LANES;
    assert!(weights.len() == inputs.len() * width && bias.len() == width && out.len() == width);
    let mut sums = [[L::splat(0.0); V]; K];
    for v in 0..V {
        // SAFETY: `bias` has `V` vectors.
        sums[0][v] = unsafe { L::load(bias.as_ptr().add(v * L::LANES)) };
    }
    let mut next = weights.as_ptr();
    let groups = inputs.chunks_exact(K);
    let rest = groups.remainder();
    for group in groups {
        for k in 0..K {
            let input = L::splat(group[k]);
            for v in 0..V {
                // SAFETY: `next` counts the inputs before this one, of which each has `width` weights.
                let weight = unsafe { L::load(next.add(k * width + v * L::LANES)) };
                sums[k][v] = input.fused(weight, sums[k][v]);
            }
        }
        // SAFETY: at most the end of `weights`.
        next = unsafe { next.add(K * width) };
    }
    for (k, input) in rest.iter().enumerate() {
        let input = L::splat(*input);
        for v in 0..V {
            // SAFETY: as above.
            let weight = unsafe { L::load(next.add(k * width + v * L::LANES)) };
            sums[k][v] = input.fused(weight, sums[k][v]);
        }
    }
    for v in 0..V {
        let mut span = K;
        while span > 1 {
            span /= 2;
            for k in 0..span {
                sums[k][v] = sums[k][v].add(sums[k + span][v]);
            }
        }
        let value = activation.apply(sums[0][v]);
        // SAFETY: `out` has `V` vectors.
        unsafe { value.store(out.as_mut_ptr().add(v * L::LANES)) };
    }
}
