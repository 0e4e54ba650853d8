//! A compiled model held against ONNX Runtime on random and boundary rows.

use kernels::Activation;

use crate::compile::Program;
use crate::plan::{Kind, Plan};
use crate::synth::Dice;
use crate::{ModelError, OnnxModel};

/// Random rows of a check at load.
pub const ROWS: usize = 1_024;

/// Largest difference allowed, over `max(1, |output|)`; for dense layers beside what rounding may do to the row at hand.
pub const fn bound(kind: Kind) -> f64 {
    match kind {
        Kind::Dense => 1e-5,
        // A code at the border of two may fall to the other side where scales are multiplied in another order.
        Kind::Quantised => 2e-2,
        // Leaves are rounded to a common step; ONNX Runtime adds in f32.
        Kind::Ranked | Kind::Walked => 1e-5,
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Agreement {
    /// Rows compared.
    pub rows: usize,
    /// Largest difference of an output, over `max(1, |output|)`.
    pub error_max: f64,
    /// The row it was found at.
    pub worst: usize,
    /// Rows whose largest output is the same.
    pub argmax: usize,
}

impl Agreement {
    /// Takes in the outputs of both for the next row and returns their difference; a NaN on one side only differs
    /// without bound.
    pub fn add(&mut self, ours: &[f32], theirs: &[f32]) -> f64 {
        let mut largest = 0f64;
        for (a, b) in ours.iter().zip(theirs) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            let error = match (a - b).abs() / b.abs().max(1.0) {
                e if e.is_nan() && !(a.is_nan() && b.is_nan()) && a != b => f64::INFINITY,
                e if e.is_nan() => 0.0,
                e => e,
            };
            largest = largest.max(error);
        }
        if largest > self.error_max {
            (self.error_max, self.worst) = (largest, self.rows);
        }
        self.argmax += usize::from(argmax(ours) == argmax(theirs));
        self.rows += 1;
        largest
    }
}

/// Index of the largest.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in values.iter().enumerate() {
        if *v > values[best] {
            best = i;
        }
    }
    best
}

/// Rows that a program is checked on: random ones of several sizes, each column alone at its ends, and for trees each
/// threshold and its neighbours.
pub(crate) fn rows(program: &Program, random: usize, seed: u64) -> Vec<Vec<f32>> {
    let columns = program.inputs();
    let mut dice = Dice::new(seed);
    let mut rows = vec![vec![0.0; columns]];
    for value in [1.0, -1.0, 32_767.0, -32_768.0] {
        rows.push(vec![value; columns]);
        for column in 0..columns.min(256) {
            let mut row = vec![0.0; columns];
            row[column] = value;
            rows.push(row);
        }
    }
    if let Program::Trees(spec, _) = program {
        let edges = spec.edges();
        let longest = edges.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..longest {
            let edge = |column: &Vec<f32>| column.get(at % column.len().max(1)).copied().unwrap_or(0.0);
            for near in [f32::next_down, |v| v, f32::next_up] {
                rows.push(edges.iter().map(|c| near(edge(c))).collect());
            }
        }
    }
    // Three kinds in turn: standard normal, the features' whole range, small.
    for i in 0..random {
        let row = (0..columns).map(|_| match i % 3 {
            0 => dice.normal(),
            1 => (dice.unit() * 65_535.0 - 32_767.0).round(),
            _ => dice.normal() * 1e-3,
        });
        rows.push(row.collect());
    }
    rows
}

/// How far the outputs of two orders of summation in `f32` can be apart for this row: the rounding of each sum, through
/// the weights of the layers behind it. No activation makes a difference larger, nor does a softmax.
fn rounding(program: &Program, row: &[f32]) -> f64 {
    let Program::Dense(layers, _) = program else {
        return 0.0;
    };
    let mut values: Vec<f64> = row.iter().map(|v| f64::from(*v)).collect();
    let mut errors = vec![0f64; row.len()];
    for layer in layers {
        let unit = f64::from(f32::EPSILON) / 2.0 * (layer.inputs + 2) as f64;
        let mut next = (Vec::new(), Vec::new());
        for (weights, bias) in layer.weights.chunks_exact(layer.inputs).zip(&layer.bias) {
            let bias = f64::from(*bias);
            let (mut sum, mut size, mut error) = (bias, bias.abs(), 0.0);
            for ((w, v), e) in weights.iter().zip(&values).zip(&errors) {
                let product = f64::from(*w) * v;
                (sum, size) = (sum + product, size + product.abs());
                error += f64::from(w.abs()) * e;
            }
            let value = match layer.activation {
                Activation::Identity => sum,
                Activation::Relu => sum.max(0.0),
                Activation::LeakyRelu(slope) => sum.max(f64::from(slope) * sum),
                Activation::Tanh => sum.tanh(),
                Activation::Sigmoid => 1.0 / (1.0 + (-sum).exp()),
            };
            next.0.push(value);
            // Both sides round; activations themselves are within 3e-7.
            next.1.push(error + 2.0 * unit * size + 1e-6);
        }
        (values, errors) = next;
    }
    errors.into_iter().fold(0.0, f64::max)
}

/// Compares a plan with ONNX Runtime.
///
/// # Errors
/// [`ModelError::Disagrees`] beyond the bound; errors of either when one fails.
pub fn compare(
    plan: &mut Plan,
    peer: &mut OnnxModel,
    random: usize,
    seed: u64,
) -> Result<Agreement, ModelError> {
    let rows = rows(plan.program(), random, seed);
    let (mut ours, mut theirs) = (vec![0f32; plan.outputs()], vec![0f32; plan.outputs()]);
    let mut found = Agreement::default();
    for row in &rows {
        peer.run(row, &mut theirs)?;
        match plan.evaluate(row, &mut ours) {
            Ok(()) => {}
            // What it refuses makes no order: it must be the same there.
            Err(ModelError::NotANumber(_)) => ours.fill(f32::NAN),
            Err(other) => return Err(other),
        }
        let error = found.add(&ours, &theirs);
        let bound = bound(plan.kind()) + rounding(plan.program(), row);
        if error > bound {
            return Err(ModelError::Disagrees {
                path: peer.name().to_owned(),
                error,
                bound,
                row: found.rows - 1,
            });
        }
    }
    Ok(found)
}
