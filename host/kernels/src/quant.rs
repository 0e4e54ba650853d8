//! Dense networks on 8-bit integers: one scale an output channel, sums in `i32`, each layer's values on their own scale.
//!
//! Values are kept as `u8` counted from the lowest code of their scale, so that one kernel serves signed and unsigned
//! ones: the zero point's share of a sum is constant and stands in the bias. Every step up to the last layer is exact
//! or rounded once in the same place, so that all instruction sets agree to the bit.

use crate::aligned::{Aligned, LINE};
use crate::dense::give;
use crate::lanes::{Lanes, P8};
use crate::{
    Activation, INPUTS_MAX, Isa, KernelError, OUTPUTS_MAX, Output, activation, at_most, numbers, sized,
};

mod dot;

/// How a real value becomes one of 256 codes: `round(x / scale) + zero`, held to the code's range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Codes {
    /// What one step is worth.
    pub scale: f32,
    /// The code of 0.0, counted from the lowest code.
    pub zero: u8,
}

/// One layer. An output is `activation((Σ weight × (code − zero) + bias) × scale + offset)`.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantLayer {
    /// Inputs.
    pub inputs: usize,
    /// How its inputs are coded.
    pub codes: Codes,
    /// One row of `inputs` weights an output.
    pub weights: Vec<i8>,
    /// What one step of an output channel's weights is worth.
    pub weight_scale: Vec<f32>,
    /// Added to a sum, in steps of the sum.
    pub bias: Vec<i32>,
    /// Added to a real value.
    pub offset: Vec<f32>,
    /// What is done with the real values.
    pub activation: Activation,
}

/// A packed network.
#[derive(Debug, Clone)]
pub struct QuantMlp {
    isa: Isa,
    inputs: usize,
    outputs: usize,
    output: Output,
    codes: Codes,
    /// `1 / scale` of the inputs where that is exact.
    inverse: Option<f32>,
    layers: Vec<Packed>,
    /// Rows so far. Every other one walks the weights from their end: the cache still has that end of them. As wide as
    /// this so that no load of its neighbours waits for it.
    turn: Aligned<u8>,
    values: [Aligned<u8>; 2],
    wide: Aligned<i16>,
    sums: Aligned<i32>,
    real: Aligned<f32>,
}

#[derive(Debug, Clone)]
struct Packed {
    /// Inputs, filled up to whole steps by zero weights.
    inputs: usize,
    /// Outputs, filled up to whole vectors.
    outputs: usize,
    weights: dot::Weights,
    bias: Aligned<i32>,
    factor: Aligned<f32>,
    offset: Aligned<f32>,
    activation: Activation,
    /// `None` for the last layer, which is given out as it is.
    next: Option<Next>,
}

/// Room that layers use in turn.
struct Room<'a> {
    /// Values as 16-bit integers.
    wide: &'a mut [i16],
    sums: &'a mut [i32],
    /// Real outputs of the last layer.
    real: &'a mut [f32],
}

#[derive(Debug, Clone, Copy)]
struct Next {
    /// Steps of the next layer's codes; 1 when that is part of the factor.
    scale: f32,
    zero: i32,
}

/// Outputs are filled up to this.
const VECTOR: usize = 16;

fn check(layer: &QuantLayer, before: Option<usize>) -> Result<(), KernelError> {
    let outputs = layer.bias.len();
    at_most("inputs of a layer", layer.inputs, INPUTS_MAX)?;
    at_most("outputs of a layer", outputs, INPUTS_MAX)?;
    if outputs == 0 || layer.inputs == 0 {
        return Err(KernelError::Value("a layer without inputs or outputs"));
    }
    sized("weights", layer.weights.len(), layer.inputs * outputs)?;
    sized("scales", layer.weight_scale.len(), outputs)?;
    sized("offsets", layer.offset.len(), outputs)?;
    if let Some(before) = before {
        sized("inputs of a layer", layer.inputs, before)?;
    }
    let positive = |v: f32| v.is_normal() && v > 0.0;
    if !positive(layer.codes.scale) || !layer.weight_scale.iter().all(|v| positive(*v)) {
        return Err(KernelError::Value("a scale"));
    }
    if !layer.offset.iter().all(|v| v.is_finite()) {
        return Err(KernelError::Value("an offset"));
    }
    if matches!(layer.activation, Activation::LeakyRelu(s) if !(0.0..=1.0).contains(&s)) {
        return Err(KernelError::Value("the slope of a leaky relu"));
    }
    // A sum of products is below 2^27 with as many inputs as are allowed; the bias may take the rest.
    if layer.bias.iter().any(|b| b.unsigned_abs() > 1 << 30) {
        return Err(KernelError::Value("a bias"));
    }
    Ok(())
}

impl Packed {
    /// `padding` is the offset of the outputs that fill up a vector.
    fn new(layer: &QuantLayer, next: Option<Codes>, padding: f32, isa: Isa) -> Self {
        let count = layer.bias.len();
        let outputs = count.next_multiple_of(VECTOR);
        let inputs = layer.inputs.next_multiple_of(dot::STEP);
        let mut bias = Aligned::zeros(outputs);
        let (mut factor, mut offset) = (Aligned::zeros(outputs), Aligned::zeros(outputs));
        offset[count..].fill(padding);
        let folded = layer.activation.is_homogeneous();
        for o in 0..count {
            let row = &layer.weights[o * layer.inputs..][..layer.inputs];
            let sum: i32 = row.iter().map(|w| i32::from(*w)).sum();
            bias[o] = layer.bias[o] - i32::from(layer.codes.zero) * sum;
            let step = next.filter(|_| folded).map_or(1.0, |n| n.scale);
            factor[o] = layer.codes.scale * layer.weight_scale[o] / step;
            offset[o] = layer.offset[o] / step;
        }
        Self {
            inputs,
            outputs,
            weights: dot::Weights::new(&layer.weights, layer.inputs, (inputs, outputs), isa),
            bias,
            factor,
            offset,
            activation: layer.activation,
            next: next.map(|n| Next {
                scale: if folded { 1.0 } else { n.scale },
                zero: i32::from(n.zero),
            }),
        }
    }
}

impl QuantMlp {
    /// Packs a network.
    ///
    /// # Errors
    /// [`KernelError`]: sizes that do not fit each other, scales that are no positive numbers, no such instructions.
    pub fn new(layers: &[QuantLayer], output: Output, isa: Isa) -> Result<Self, KernelError> {
        let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
            return Err(KernelError::Value("a network without layers"));
        };
        let isa = isa.checked()?;
        at_most("outputs", last.bias.len(), OUTPUTS_MAX)?;
        if output == Output::Softmax && last.activation != Activation::Identity {
            return Err(KernelError::Value("a softmax of activated values"));
        }
        let mut before = None;
        for layer in layers {
            check(layer, before)?;
            before = Some(layer.bias.len());
        }
        let codes: Vec<_> = layers[1..].iter().map(|l| Some(l.codes)).chain([None]).collect();
        let packed: Vec<_> = layers
            .iter()
            .zip(codes)
            .map(|(l, next)| {
                let nothing = next.is_none() && output == Output::Softmax;
                let padding = if nothing { activation::NOTHING } else { 0.0 };
                Packed::new(l, next, padding, isa)
            })
            .collect();
        let finite = |l: &Packed| {
            l.factor
                .iter()
                .chain(&*l.offset)
                .all(|v| v.is_finite() || *v == activation::NOTHING)
        };
        if !packed.iter().all(finite) {
            return Err(KernelError::Value("a quotient of scales"));
        }
        let widest = packed.iter().map(|l| l.inputs.max(l.outputs)).max().unwrap_or(0) + LINE;
        let values = Aligned::zeros(widest);
        let inverse = 1.0 / first.codes.scale;
        let exact = inverse.is_normal() && inverse.to_bits() & 0x7f_ffff == 0;
        Ok(Self {
            isa,
            inputs: first.inputs,
            outputs: last.bias.len(),
            output,
            codes: first.codes,
            inverse: exact.then_some(inverse),
            layers: packed,
            turn: Aligned::zeros(1),
            values: [values.clone(), values],
            wide: Aligned::zeros(widest),
            sums: Aligned::zeros(widest),
            real: Aligned::zeros(widest),
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
            .map(|l| l.weights.size_bytes() + 12 * l.outputs)
            .sum()
    }

    /// Evaluates one row of real values.
    ///
    /// # Errors
    /// [`KernelError::Shape`] for another size of row or output, [`KernelError::NotANumber`] when the row or an output
    /// has a NaN.
    pub fn evaluate(&mut self, row: &[f32], out: &mut [f32]) -> Result<(), KernelError> {
        sized("row", row.len(), self.inputs)?;
        sized("output", out.len(), self.outputs)?;
        let numeric = match self.isa {
            Isa::Portable => self.run::<P8>(row, out, |l, v, room, to| {
                summed::<P8>(l, v, room, to, dot::portable)
            }),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx2 => unsafe { self.run_avx2(row, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx512 => unsafe { self.run_avx512(row, out) },
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 => self.run::<P8>(row, out, |l, v, room, to| {
                summed::<P8>(l, v, room, to, dot::portable)
            }),
        };
        if !numeric {
            return Err(KernelError::NotANumber("a column of the row"));
        }
        numbers(out)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn run_avx2(&mut self, row: &[f32], out: &mut [f32]) -> bool {
        use crate::lanes::F8;
        self.run::<F8>(row, out, |l, v, room, to| {
            summed::<F8>(l, v, room, to, |w, v, wide, sums| dot::avx2(w, v, wide, sums));
        })
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn run_avx512(&mut self, row: &[f32], out: &mut [f32]) -> bool {
        use crate::lanes::F16;
        self.turn[0] ^= 1;
        if self.turn[0] == 1 {
            self.run::<F16>(row, out, |l, v, room, to| {
                summed::<F16>(l, v, room, to, |w, v, _, sums| dot::avx512::<true>(w, v, sums));
            })
        } else {
            self.run::<F16>(row, out, |l, v, room, to| {
                summed::<F16>(l, v, room, to, |w, v, _, sums| dot::avx512::<false>(w, v, sums));
            })
        }
    }

    /// Returns whether the row had no NaN.
    #[inline(always)]
    fn run<L: Lanes>(
        &mut self,
        row: &[f32],
        out: &mut [f32],
        layer: impl Fn(&Packed, &[u8], &mut Room<'_>, &mut [u8]),
    ) -> bool {
        let [from, to] = &mut self.values;
        let (mut from, mut to) = (&mut **from, &mut **to);
        if !encode::<L>(row, &mut self.real, self.codes, self.inverse, from) {
            return false;
        }
        let mut room = Room {
            wide: &mut self.wide,
            sums: &mut self.sums,
            real: &mut self.real,
        };
        for packed in &self.layers {
            layer(packed, &from[..packed.inputs], &mut room, to);
            (from, to) = (to, from);
        }
        if self.output == Output::Softmax {
            let padded = self.outputs.next_multiple_of(L::Eight::LANES);
            activation::softmax::<L>(&mut self.real[..padded], self.outputs);
        }
        give(&self.real, out);
        true
    }
}

/// Codes of a row; `false` when it has a NaN. `staged` has room for the end of the row, filled up to a
/// whole vector.
#[inline(always)]
fn encode<L: Lanes>(
    row: &[f32],
    staged: &mut [f32],
    codes: Codes,
    inverse: Option<f32>,
    to: &mut [u8],
) -> bool {
    let padded = row.len().next_multiple_of(VECTOR);
    let whole = row.len() - row.len() % VECTOR;
    staged[whole..padded].fill(0.0);
    staged[whole..row.len()].copy_from_slice(&row[whole..]);
    let mut nan = false;
    let from = row[..whole]
        .chunks_exact(L::LANES)
        .chain(staged[whole..padded].chunks_exact(L::LANES));
    for (from, to) in from.zip(to[..padded].chunks_exact_mut(L::LANES)) {
        // SAFETY: both chunks have as many values as the vector.
        let x = unsafe { L::load(from.as_ptr()) };
        nan |= x.has_nan();
        let steps = inverse.map_or_else(|| x.div(L::splat(codes.scale)), |i| x.mul(L::splat(i)));
        // SAFETY: both chunks have as many values as the vector.
        unsafe { steps.store_code(i32::from(codes.zero), to.as_mut_ptr()) };
    }
    !nan
}

/// A layer whose sums are stored before they are finished.
#[inline(always)]
fn summed<L: Lanes>(
    layer: &Packed,
    values: &[u8],
    room: &mut Room<'_>,
    to: &mut [u8],
    dot: impl Fn(&dot::Weights, &[u8], &mut [i16], (&[i32], &mut [i32])),
) {
    let sums = &mut room.sums[..layer.outputs];
    dot(
        &layer.weights,
        values,
        room.wide,
        (&layer.bias[..layer.outputs], sums),
    );
    // The choice is made once, not a vector.
    match layer.activation {
        Activation::Identity => finish(layer, sums, room.real, to, |x: L| x),
        Activation::Relu => finish(layer, sums, room.real, to, |x: L| Activation::Relu.apply(x)),
        other => finish(layer, sums, room.real, to, |x: L| other.apply(x)),
    }
}

/// From sums to the next layer's codes, or to real values after the last.
#[inline(always)]
fn finish<L: Lanes>(
    layer: &Packed,
    sums: &[i32],
    real: &mut [f32],
    to: &mut [u8],
    activate: impl Fn(L) -> L,
) {
    let n = layer.outputs;
    assert!(sums.len() == n && real.len() >= n && to.len() >= n && n.is_multiple_of(L::LANES));
    assert!(layer.factor.len() >= n && layer.offset.len() >= n);
    for at in (0..n).step_by(L::LANES) {
        // SAFETY: `at` and a vector behind it lie within `n`, which all three have.
        let (sum, factor, offset) = unsafe {
            (
                L::load_i32(sums.as_ptr().add(at)),
                L::load(layer.factor.as_ptr().add(at)),
                L::load(layer.offset.as_ptr().add(at)),
            )
        };
        // Two roundings on purpose: every instruction set can do that.
        let value = activate(sum.mul(factor).add(offset));
        let Some(next) = layer.next else {
            // SAFETY: as above.
            unsafe { value.store(real.as_mut_ptr().add(at)) };
            continue;
        };
        let steps = if next.scale == 1.0 {
            value
        } else {
            value.div(L::splat(next.scale))
        };
        // SAFETY: as above.
        unsafe { steps.store_code(next.zero, to.as_mut_ptr().add(at)) };
    }
}
