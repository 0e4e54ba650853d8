//! From an ONNX graph to the integer model that the fabric computes, and how far that is from the graph.
//!
//! A network's sums are those of the graph, exact. What is rounded: a quotient of scales, to a multiplier with 20 bits of
//! fraction and few digits, and a bias that is no whole number of steps. Leaves of trees are rounded to a common power of two
//! that leaves them 16 bits; ranks are exact.

use fabric::{Forest, Layer, MULTIPLIER_FRACTION, MULTIPLIER_MAX, Model, Net, Requant, Tree};
use kernels::{Activation, CUTS_MAX, Codes, Isa, Node, Output, Post, QuantLayer, RankTable, TreeSpec};

use crate::ModelError;
use crate::compile::Program;
use crate::graph::Graph;

/// A multiplier may be off by this share, for fewer digits: a quarter of a code at most.
const MULTIPLIER_SHARE: u32 = 1024;
/// Largest leaf, in steps.
const LEAF_MAX: f64 = 32_767.0;

/// What the fabric's columns are.
#[derive(Debug, Clone)]
pub enum Input {
    /// Codes of the row's values, counted from the lowest: `round(x / scale) + zero`, held to `0..=255`.
    Codes(Codes),
    /// Ranks: how many of a column's thresholds its value has reached.
    Ranks(RankTable),
}

/// A graph as the fabric computes it.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The integer model.
    pub model: Model,
    /// How a row of real values becomes its columns.
    pub input: Input,
    /// What the graph does with the scores; the fabric gives them as they are.
    pub post: Post,
    /// How far a score, in its unit, may be from the graph's before `post`.
    pub bounds: Vec<f64>,
}

/// Turns the bytes of an ONNX file into the fabric's integer model; `name` is for messages.
///
/// # Errors
/// [`ModelError::Fabric`] names the node that cannot be turned, and why.
pub fn lower(bytes: &[u8], name: &str) -> Result<Lowered, ModelError> {
    let graph = Graph::parse(bytes);
    let lowered = graph.and_then(|graph| match Program::read(&graph)? {
        Program::Quantised(layers, output) => net(&graph, &layers, output),
        Program::Trees(spec, gap) => {
            let node = graph.consumer(&graph.input.0)?.label();
            forest(&spec, gap).map_err(|why| format!("{node}: {why}"))
        }
        Program::Dense(..) => {
            let node = graph
                .nodes
                .iter()
                .find(|n| matches!(n.op_type.as_str(), "Gemm" | "MatMul"));
            let label = node.map_or_else(String::new, crate::proto::Node::label);
            Err(format!(
                "{label}: its weights are f32; quantise the model to int8 in QDQ form"
            ))
        }
    });
    lowered.map_err(|why| ModelError::Fabric {
        path: name.to_owned(),
        why,
    })
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "its callers have checked the size"
)]
fn rounded(value: f64) -> i32 {
    value.round_ties_even() as i32
}

/// Layers of a network; errors name the layer's node.
fn net(graph: &Graph, layers: &[QuantLayer], output: Output) -> Result<Lowered, String> {
    let odd = |n: &&crate::proto::Node| matches!(n.op_type.as_str(), "LeakyRelu" | "Tanh" | "Sigmoid");
    if let Some(node) = graph.nodes.iter().find(odd) {
        return Err(format!(
            "{}: the fabric has Relu between layers and nothing behind the last",
            node.label()
        ));
    }
    let gemms = graph
        .nodes
        .iter()
        .filter(|n| matches!(n.op_type.as_str(), "Gemm" | "MatMul"));
    let labels: Vec<_> = gemms.map(crate::proto::Node::label).collect();
    let label = |at: usize| labels.get(at).cloned().unwrap_or_default();
    let mut made = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let next = layers.get(at + 1).map(|l| l.codes);
        made.push(self::layer(layer, next).map_err(|why| format!("{}: {why}", label(at)))?);
    }
    let last = layers.last().ok_or("no layer in it")?;
    if last.activation != Activation::Identity {
        let node = graph.nodes.iter().rfind(|n| n.op_type == "Relu");
        return Err(format!(
            "{}: it stands behind the last layer",
            node.map_or_else(String::new, |n| n.label())
        ));
    }
    let units = (0..last.bias.len()).map(|o| step(last, o)).collect();
    let bounds = bounds(layers, &made);
    let net = Net::new(made, units).map_err(|e| e.to_string())?;
    Ok(Lowered {
        model: Model::Net(net),
        input: Input::Codes(layers[0].codes),
        post: if output == Output::Softmax {
            Post::Softmax
        } else {
            Post::Plain
        },
        bounds,
    })
}

/// What one step of a sum is worth.
fn step(layer: &QuantLayer, output: usize) -> f64 {
    f64::from(layer.codes.scale) * f64::from(layer.weight_scale[output])
}

/// Codes of the next layer a step of a sum, exactly.
fn quotient(layer: &QuantLayer, next: Codes, output: usize) -> f64 {
    step(layer, output) / f64::from(next.scale)
}

fn layer(layer: &QuantLayer, next: Option<Codes>) -> Result<Layer, String> {
    let mut bias = Vec::new();
    for (output, (own, row)) in layer
        .bias
        .iter()
        .zip(layer.weights.chunks_exact(layer.inputs))
        .enumerate()
    {
        let weights: i64 = row.iter().map(|w| i64::from(*w)).sum();
        let offset = f64::from(layer.offset[output]) / step(layer, output);
        if offset.abs() > f64::from(1 << 30) {
            return Err(format!(
                "the bias of output {output} is {offset:e} steps of its sum"
            ));
        }
        let all = i64::from(*own) - i64::from(layer.codes.zero) * weights + i64::from(rounded(offset));
        bias.push(i32::try_from(all).map_err(|_| format!("the bias of output {output} is {all} steps"))?);
    }
    let requant = match next {
        None => None,
        Some(next) => Some(Requant {
            multipliers: (0..bias.len())
                .map(|o| multiplier(quotient(layer, next, o), o))
                .collect::<Result<_, _>>()?,
            zero: next.zero,
            floor: if layer.activation == Activation::Relu {
                next.zero
            } else {
                0
            },
        }),
    };
    Ok(Layer {
        inputs: layer.inputs,
        weights: layer.weights.clone(),
        bias,
        requant,
    })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held to the range just before"
)]
fn multiplier(quotient: f64, output: usize) -> Result<u32, String> {
    let wanted = quotient * f64::from(1u32 << MULTIPLIER_FRACTION);
    if !(0.5..=f64::from(MULTIPLIER_MAX)).contains(&wanted) {
        return Err(format!(
            "a step of output {output} is {quotient:e} of the next layer's codes; the fabric takes 5e-7 to 0.12"
        ));
    }
    let nearest = wanted.round() as u32;
    Ok(fabric::fewest(nearest, MULTIPLIER_SHARE).clamp(1, MULTIPLIER_MAX))
}

/// How far codes, and in the end scores, may be from the graph's: each rounding, through the weights of the layers behind it.
/// The graph itself is computed in `f32`, which rounds too, unless every number in it is a whole number of power-of-two steps.
fn bounds(layers: &[QuantLayer], made: &[Layer]) -> Vec<f64> {
    let mut apart = vec![0f64; layers[0].inputs];
    for (at, (real, whole)) in layers.iter().zip(made).enumerate() {
        let next = layers.get(at + 1).map(|l| l.codes);
        let mut errors = Vec::new();
        for output in 0..whole.outputs() {
            let weight = |w: &i8| f64::from(w.unsigned_abs());
            let size: f64 = whole.row(output).iter().map(|w| 255.0 * weight(w)).sum::<f64>()
                + f64::from(whole.bias[output].unsigned_abs());
            let carried: f64 = whole
                .row(output)
                .iter()
                .zip(&apart)
                .map(|(w, e)| weight(w) * e)
                .sum();
            let offset = f64::from(real.offset[output]) / step(real, output);
            let single = if exact(real, output) && size < f64::from(1 << 24) && offset.fract() == 0.0 {
                0.0
            } else {
                (real.inputs + 4) as f64 * f64::from(f32::EPSILON) * size
            };
            let sum = carried + (offset - offset.round_ties_even()).abs() + single;
            let Some(next) = next else {
                errors.push(sum * step(real, output));
                continue;
            };
            let quotient = quotient(real, next, output);
            let requant = whole.requant.as_ref().map_or(0, |r| r.multipliers[output]);
            let used = f64::from(requant) / f64::from(1u32 << MULTIPLIER_FRACTION);
            let off = sum * quotient + (used - quotient).abs() * size;
            // Two numbers that are apart at all may round to codes that are one more apart.
            errors.push(if off == 0.0 {
                0.0
            } else {
                (off.floor() + 1.0).min(255.0)
            });
        }
        apart = errors;
    }
    apart
}

/// Whether scales are powers of two, so that `f32` multiplies by them without rounding.
fn exact(layer: &QuantLayer, output: usize) -> bool {
    let power = |scale: f32| scale.to_bits() & 0x7f_ffff == 0;
    power(layer.codes.scale) && power(layer.weight_scale[output])
}

/// Trees on ranks.
fn forest(spec: &TreeSpec, gap: bool) -> Result<Lowered, String> {
    if gap {
        return Err("rows without a value go another way than to the right".into());
    }
    let edges = spec.edges();
    if let Some((column, of_column)) = edges.iter().enumerate().find(|(_, e)| e.len() > CUTS_MAX) {
        return Err(format!(
            "column {column} has {} thresholds; 8-bit ranks tell {CUTS_MAX} apart",
            of_column.len()
        ));
    }
    let largest = spec
        .trees
        .iter()
        .flat_map(|t| &t.nodes)
        .flat_map(|n| sums(n, spec.targets));
    let largest = largest.map(f64::abs).fold(0.0, f64::max);
    let unit = if largest > 0.0 {
        (largest / LEAF_MAX).log2().ceil().exp2()
    } else {
        1.0
    };
    let base: Vec<_> = (0..spec.targets)
        .map(|t| f64::from(spec.base.get(t).copied().unwrap_or(0.0)) / unit)
        .collect();
    if let Some(steps) = base.iter().find(|b| b.abs() > f64::from(1 << 30)) {
        return Err(format!("a base value of {steps:e} steps of its leaves"));
    }
    let trees: Vec<_> = spec
        .trees
        .iter()
        .map(|tree| self::tree(tree, &edges, spec.targets, unit))
        .collect();
    let bounds = (0..spec.targets)
        .map(|target| {
            let leaf = |tree: &kernels::Tree| {
                tree.nodes
                    .iter()
                    .map(|n| sums(n, spec.targets)[target].abs())
                    .fold(0.0, f64::max)
            };
            let sizes: Vec<f64> = spec.trees.iter().map(leaf).collect();
            let adding = sizes.iter().filter(|s| **s > 0.0).count() + 1;
            // Half a step a tree; the graph's own sum is one of f32.
            let size = sizes.iter().sum::<f64>() + base[target].abs() * unit;
            adding as f64 * (unit / 2.0 + f64::from(f32::EPSILON) * size)
        })
        .collect();
    let base = base.into_iter().map(rounded).collect();
    let forest = Forest::new(spec.columns, trees, base, unit).map_err(|e| e.to_string())?;
    let table = RankTable::new(edges, Isa::widest()).map_err(|e| e.to_string())?;
    Ok(Lowered {
        model: Model::Forest(forest),
        input: Input::Ranks(table),
        post: spec.post,
        bounds,
    })
}

/// What a leaf adds to each target.
fn sums(node: &Node, targets: usize) -> Vec<f64> {
    let mut sums = vec![0f64; targets];
    if let Node::Leaf(values) = node {
        for (target, value) in values {
            sums[*target] += f64::from(*value);
        }
    }
    sums
}

fn tree(tree: &kernels::Tree, edges: &[Vec<f32>], targets: usize, unit: f64) -> Tree {
    let node = |node: &Node| match node {
        Node::Leaf(_) => {
            let steps = |sum: f64| i16::try_from(rounded(sum / unit)).unwrap_or(i16::MAX);
            fabric::Node::Leaf(sums(node, targets).into_iter().map(steps).collect())
        }
        Node::Split {
            column,
            below,
            left,
            right,
        } => {
            // Below the edge at this place a value has reached as many edges at most.
            let above = edges[*column].partition_point(|e| e < below);
            fabric::Node::Split {
                column: *column,
                above: u8::try_from(above).unwrap_or(u8::MAX),
                left: *left,
                right: *right,
            }
        }
    };
    Tree {
        nodes: tree.nodes.iter().map(node).collect(),
    }
}

impl Lowered {
    /// A row of real values as the fabric's columns: the same rule as the graph's QuantizeLinear, or ranks.
    ///
    /// # Errors
    /// [`ModelError::NotANumber`] for a NaN, which has no code, and for rows of another size.
    pub fn encode(&self, row: &[f32]) -> Result<Vec<u8>, ModelError> {
        if row.len() != self.model.columns() {
            return Err(ModelError::Run(format!(
                "{} values, {} are needed",
                row.len(),
                self.model.columns()
            )));
        }
        match &self.input {
            Input::Codes(codes) => row.iter().map(|x| code(*x, *codes)).collect(),
            Input::Ranks(table) => {
                let mut ranks = vec![0; row.len()];
                table.rank(row, &mut ranks)?;
                Ok(ranks)
            }
        }
    }

    /// The scores of the fabric's columns, in their units.
    pub fn real(&self, columns: &[u8]) -> Vec<f64> {
        let scores = self.model.evaluate(columns);
        scores
            .iter()
            .zip(self.model.units())
            .map(|(s, unit)| f64::from(*s) * unit)
            .collect()
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held to the range of a code"
)]
fn code(x: f32, codes: Codes) -> Result<u8, ModelError> {
    if x.is_nan() {
        return Err(ModelError::NotANumber("a column of the row"));
    }
    let steps = (x / codes.scale).round_ties_even() + f32::from(codes.zero);
    Ok(steps.clamp(0.0, 255.0) as u8)
}
