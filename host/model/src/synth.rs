//! Seeded models as ONNX files: what benches and tests run on.

use prost::Message;

use crate::proto::{
    Attribute, Dimension, FLOAT, Graph, INT8, INT32, Model, Node, OperatorSet, Shape, Tensor, TensorType,
    Type, UINT8, ValueInfo,
};

/// A seeded generator (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in 0 to 1, 24 bits.
    pub fn unit(&mut self) -> f32 {
        let bits = u16::try_from(self.bits() >> 48).unwrap_or(0);
        let more = u8::try_from(self.bits() >> 56).unwrap_or(0);
        (f32::from(bits) * 256.0 + f32::from(more)) / 16_777_216.0
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.bits() % n.max(1) as u64).unwrap_or(0)
    }

    /// Standard normal, by the sum of twelve uniforms.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}

/// An activation by its ONNX operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// `Relu`.
    Relu,
    /// `LeakyRelu` of slope 0.1.
    LeakyRelu,
    /// `Tanh`.
    Tanh,
    /// `Sigmoid`.
    Sigmoid,
}

impl Act {
    fn node(self, from: &str, to: &str) -> Node {
        match self {
            Self::Relu => node("Relu", &[from], &[to], vec![]),
            Self::LeakyRelu => node("LeakyRelu", &[from], &[to], vec![float("alpha", 0.1)]),
            Self::Tanh => node("Tanh", &[from], &[to], vec![]),
            Self::Sigmoid => node("Sigmoid", &[from], &[to], vec![]),
        }
    }
}

/// What a generated file has in it.
#[derive(Debug, Default)]
struct Parts {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

fn dims(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|d| i64::try_from(*d).unwrap_or(0)).collect()
}

fn node(op: &str, input: &[&str], output: &[&str], attribute: Vec<Attribute>) -> Node {
    Node {
        op_type: op.to_owned(),
        input: input.iter().map(ToString::to_string).collect(),
        output: output.iter().map(ToString::to_string).collect(),
        attribute,
        ..Node::default()
    }
}

fn named(name: &str, kind: i32) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind,
        ..Attribute::default()
    }
}

fn float(name: &str, f: f32) -> Attribute {
    Attribute { f, ..named(name, 1) }
}

fn int(name: &str, i: i64) -> Attribute {
    Attribute { i, ..named(name, 2) }
}

fn text(name: &str, s: &str) -> Attribute {
    Attribute {
        s: s.as_bytes().to_vec(),
        ..named(name, 3)
    }
}

fn floats(name: &str, floats: Vec<f32>) -> Attribute {
    Attribute {
        floats,
        ..named(name, 6)
    }
}

fn ints(name: &str, ints: Vec<i64>) -> Attribute {
    Attribute {
        ints,
        ..named(name, 7)
    }
}

fn value(name: &str, columns: usize) -> ValueInfo {
    typed(name, FLOAT, &[Some(1), i64::try_from(columns).ok()])
}

fn typed(name: &str, element: i32, shape: &[Option<i64>]) -> ValueInfo {
    let dim = shape.iter().map(|value| Dimension {
        value: *value,
        name: None,
    });
    ValueInfo {
        name: name.to_owned(),
        kind: Some(Type {
            tensor: Some(TensorType {
                element,
                shape: Some(Shape { dim: dim.collect() }),
            }),
        }),
    }
}

impl Parts {
    fn reals(&mut self, name: &str, shape: &[usize], data: Vec<f32>) {
        self.constants.push(Tensor {
            name: name.to_owned(),
            dims: dims(shape),
            data_type: FLOAT,
            float_data: data,
            ..Tensor::default()
        });
    }

    fn steps(&mut self, name: &str, shape: &[usize], data_type: i32, data: Vec<i32>) {
        let width = if data_type == INT32 { 4 } else { 1 };
        self.constants.push(Tensor {
            name: name.to_owned(),
            dims: dims(shape),
            data_type,
            raw_data: data
                .iter()
                .flat_map(|v| v.to_le_bytes().into_iter().take(width))
                .collect(),
            ..Tensor::default()
        });
    }

    fn push(&mut self, op: &str, input: &[&str], output: &str) {
        self.nodes.push(node(op, input, &[output], vec![]));
    }

    fn file(self, columns: usize, outputs: Vec<ValueInfo>, trees: bool) -> Vec<u8> {
        let mut opset_import = vec![OperatorSet {
            domain: String::new(),
            version: 17,
        }];
        if trees {
            opset_import.push(OperatorSet {
                domain: "ai.onnx.ml".to_owned(),
                version: 3,
            });
        }
        Model {
            ir_version: 8,
            producer_name: "tickforge".to_owned(),
            opset_import,
            graph: Some(Graph {
                name: "generated".to_owned(),
                node: self.nodes,
                initializer: self.constants,
                input: vec![value("row", columns)],
                output: outputs,
            }),
        }
        .encode_to_vec()
    }
}

/// Weights of a layer, input by input, and its bias: scaled so that a standard normal row stays one.
fn layer(dice: &mut Dice, inputs: usize, outputs: usize) -> (Vec<f32>, Vec<f32>) {
    let scale = (2.0 / inputs as f32).sqrt();
    let weights = (0..inputs * outputs).map(|_| dice.normal() * scale).collect();
    (weights, (0..outputs).map(|_| dice.normal() * 0.1).collect())
}

/// A dense network of these sizes: Gemm and activations, every other layer as MatMul and Add; a Softmax at the end.
pub fn dense(seed: u64, sizes: &[usize], act: Act) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut parts = Parts::default();
    let mut current = "row".to_owned();
    let last = sizes.len().saturating_sub(2);
    for (i, pair) in sizes.windows(2).enumerate() {
        let (weights, bias) = layer(&mut dice, pair[0], pair[1]);
        let name = |what: &str| format!("{what}{i}");
        parts.reals(&name("w"), pair, weights);
        parts.reals(&name("b"), &pair[1..], bias);
        if i % 2 == 0 {
            parts.push("Gemm", &[&current, &name("w"), &name("b")], &name("z"));
        } else {
            parts.push("MatMul", &[&current, &name("w")], &name("m"));
            parts.push("Add", &[&name("m"), &name("b")], &name("z"));
        }
        current = name("z");
        if i < last {
            parts.nodes.push(act.node(&current, &name("h")));
            current = name("h");
        }
    }
    parts
        .nodes
        .push(node("Softmax", &[&current], &["out"], vec![int("axis", -1)]));
    let outputs = sizes.last().copied().unwrap_or(0);
    parts.file(
        sizes.first().copied().unwrap_or(0),
        vec![value("out", outputs)],
        false,
    )
}

/// Scales of a generated network on integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scales {
    /// One an output, so that its largest weight is 127.
    Free,
    /// Powers of two, weights of 6 bits: what training in fixed point gives.
    PowersOfTwo,
}

/// The same on 8-bit integers in QDQ form: a scale an output channel, codes `u8` (or `i8` with `signed`).
pub fn quantised(seed: u64, sizes: &[usize], signed: bool) -> Vec<u8> {
    quantised_as(seed, sizes, signed, Scales::Free, true)
}

/// The same with these scales; without `softmax` its outputs are sums.
pub fn quantised_as(seed: u64, sizes: &[usize], signed: bool, scales: Scales, softmax: bool) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut parts = Parts::default();
    let mut current = "row".to_owned();
    // A standard normal row has 8 standard deviations; behind a Relu none is below 0.
    let (kind, low) = if signed { (INT8, -128) } else { (UINT8, 0) };
    let hidden = if scales == Scales::Free { 0.03 } else { 1.0 / 16.0 };
    let last = sizes.len().saturating_sub(2);
    for (i, pair) in sizes.windows(2).enumerate() {
        let name = |what: &str| format!("{what}{i}");
        let (scale, zero) = if i == 0 {
            (1.0 / 16.0, low + 128)
        } else {
            (hidden, low)
        };
        parts.reals(&name("xs"), &[], vec![scale]);
        parts.steps(&name("xz"), &[], kind, vec![zero]);
        let codes = [name("xs"), name("xz")];
        parts.push("QuantizeLinear", &[&current, &codes[0], &codes[1]], &name("xq"));
        parts.push(
            "DequantizeLinear",
            &[&name("xq"), &codes[0], &codes[1]],
            &name("x"),
        );
        quantised_layer(&mut parts, &mut dice, i, (pair[0], pair[1]), (scale, scales));
        current = name("z");
        if i < last {
            parts.push("Relu", &[&current], &name("h"));
            current = name("h");
        }
    }
    if softmax {
        let end = node("Softmax", &[&current], &["out"], vec![int("axis", -1)]);
        parts.nodes.push(end);
    } else if let Some(end) = parts.nodes.last_mut() {
        end.output = vec!["out".to_owned()];
    }
    let outputs = sizes.last().copied().unwrap_or(0);
    parts.file(
        sizes.first().copied().unwrap_or(0),
        vec![value("out", outputs)],
        false,
    )
}

/// The models whose pipelines in the fabric are measured, by name.
pub const REFERENCES: [&str; 4] = ["mlp64", "mlp64_fixed", "mlp16_fixed", "gbdt100"];

/// A reference model: the same bytes on every machine. `mlp64` has free scales and 8-bit weights, `_fixed` powers of two and 6 bits.
pub fn reference(name: &str) -> Option<Vec<u8>> {
    let trees = Trees {
        depth: 4,
        columns: 16,
        classes: 1,
        classifier: false,
        ..Trees::GBDT
    };
    let network = |seed, sizes, scales| quantised_as(seed, sizes, false, scales, false);
    match name {
        "mlp64" => Some(network(21, &[64, 32, 16, 1], Scales::Free)),
        "mlp64_fixed" => Some(network(22, &[64, 32, 16, 1], Scales::PowersOfTwo)),
        "mlp16_fixed" => Some(network(23, &[16, 64, 32, 32, 5], Scales::PowersOfTwo)),
        "gbdt100" => Some(self::trees(24, &trees)),
        _ => None,
    }
}

/// Gemm of `x{i}` with dequantised weights and bias, to `z{i}`.
fn quantised_layer(
    parts: &mut Parts,
    dice: &mut Dice,
    i: usize,
    (inputs, outputs): (usize, usize),
    (scale, kind): (f32, Scales),
) {
    let name = |what: &str| format!("{what}{i}");
    let (weights, bias) = layer(dice, inputs, outputs);
    let column = |o: usize| (0..inputs).map(move |i| i * outputs + o);
    let scaled = |largest: f32| match kind {
        Scales::Free => largest / 127.0,
        Scales::PowersOfTwo => (largest / 31.0).log2().ceil().exp2(),
    };
    let scales: Vec<f32> = (0..outputs)
        .map(|o| scaled(column(o).map(|at| weights[at].abs()).fold(1e-6, f32::max)))
        .collect();
    #[allow(
        clippy::cast_possible_truncation,
        reason = "rounded, and within the range by the scales"
    )]
    let steps = |value: f32, unit: f32| (value / unit).round() as i32;
    let codes = (0..inputs * outputs)
        .map(|at| steps(weights[at], scales[at % outputs]))
        .collect();
    parts.steps(&name("wq"), &[inputs, outputs], INT8, codes);
    parts.steps(&name("wz"), &[outputs], INT8, vec![0; outputs]);
    let units: Vec<f32> = scales.iter().map(|s| s * scale).collect();
    parts.steps(
        &name("bq"),
        &[outputs],
        INT32,
        bias.iter().zip(&units).map(|(b, u)| steps(*b, *u)).collect(),
    );
    parts.steps(&name("bz"), &[outputs], INT32, vec![0; outputs]);
    parts.reals(&name("ws"), &[outputs], scales);
    parts.reals(&name("bs"), &[outputs], units);
    let dequantise = |from: [&str; 3], to: &str, axis: i64| {
        let [steps, scale, zero] = from.map(name);
        node(
            "DequantizeLinear",
            &[&steps, &scale, &zero],
            &[to],
            vec![int("axis", axis)],
        )
    };
    parts.nodes.push(dequantise(["wq", "ws", "wz"], &name("w"), 1));
    parts.nodes.push(dequantise(["bq", "bs", "bz"], &name("b"), 0));
    parts.push("Gemm", &[&name("x"), &name("w"), &name("b")], &name("z"));
}

/// An ensemble of trees to generate.
#[derive(Debug, Clone, Copy)]
pub struct Trees {
    /// Trees, in turn for each class.
    pub trees: usize,
    /// Levels of each.
    pub depth: usize,
    /// Columns of a row.
    pub columns: usize,
    /// Classes.
    pub classes: usize,
    /// Thresholds a column, the same for every seed: quantiles of a standard normal, as a trainer bins them.
    pub edges: usize,
    /// A node is a leaf this often before the last level.
    pub leaf: f32,
    /// Whether it is a classifier with a softmax, or a regressor of as many targets.
    pub classifier: bool,
}

impl Trees {
    /// 100 whole trees of five levels for three classes.
    pub const GBDT: Self = Self {
        trees: 100,
        depth: 5,
        columns: 32,
        classes: 3,
        edges: 200,
        leaf: 0.0,
        classifier: true,
    };
}

#[derive(Debug, Default)]
struct Grown {
    tree: Vec<i64>,
    id: Vec<i64>,
    column: Vec<i64>,
    value: Vec<f32>,
    mode: Vec<&'static str>,
    yes: Vec<i64>,
    no: Vec<i64>,
    leaf: [Vec<i64>; 3],
    weight: Vec<f32>,
}

impl Grown {
    /// Adds a node of `tree` and all below it; returns its number.
    fn grow(&mut self, dice: &mut Dice, spec: &Trees, tree: usize, level: usize, next: &mut i64) -> i64 {
        let id = *next;
        *next += 1;
        let number = i64::try_from(tree).unwrap_or(0);
        let at = self.id.len();
        self.tree.push(number);
        self.id.push(id);
        let column = dice.below(spec.columns);
        let edge = (dice.below(spec.edges) + 1) as f32 / (spec.edges + 1) as f32;
        let leaf = level == spec.depth || (level > 0 && dice.unit() < spec.leaf);
        self.column.push(if leaf {
            0
        } else {
            i64::try_from(column).unwrap_or(0)
        });
        // Close to the normal's quantile, and plain arithmetic: the same on every machine.
        self.value.push(if leaf {
            0.0
        } else {
            (edge / (1.0 - edge)).ln() * 0.6
        });
        self.mode.push(if leaf { "LEAF" } else { "BRANCH_LEQ" });
        self.yes.push(0);
        self.no.push(0);
        if leaf {
            let class = i64::try_from(tree % spec.classes).unwrap_or(0);
            for (to, v) in self.leaf.iter_mut().zip([number, id, class]) {
                to.push(v);
            }
            self.weight.push(dice.normal() * 0.1);
        } else {
            self.yes[at] = self.grow(dice, spec, tree, level + 1, next);
            self.no[at] = self.grow(dice, spec, tree, level + 1, next);
        }
        id
    }
}

/// An ensemble of trees.
pub fn trees(seed: u64, spec: &Trees) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut grown = Grown::default();
    for tree in 0..spec.trees {
        grown.grow(&mut dice, spec, tree, 0, &mut 0);
    }
    let modes = grown.mode.iter().map(|m| m.as_bytes().to_vec()).collect();
    let part = if spec.classifier { "class" } else { "target" };
    let [tree, id, target] = grown.leaf;
    let count = i64::try_from(spec.classes).unwrap_or(0);
    let mut attributes = vec![
        ints("nodes_treeids", grown.tree),
        ints("nodes_nodeids", grown.id),
        ints("nodes_featureids", grown.column),
        floats("nodes_values", grown.value),
        Attribute {
            strings: modes,
            ..named("nodes_modes", 8)
        },
        ints("nodes_truenodeids", grown.yes),
        ints("nodes_falsenodeids", grown.no),
        ints(&format!("{part}_treeids"), tree),
        ints(&format!("{part}_nodeids"), id),
        ints(&format!("{part}_ids"), target),
        floats(&format!("{part}_weights"), grown.weight),
        floats(
            "base_values",
            (0..spec.classes).map(|c| c as f32 * 0.05).collect(),
        ),
    ];
    let (op, made): (_, &[&str]) = if spec.classifier {
        attributes.push(ints("classlabels_int64s", (0..count).collect()));
        attributes.push(text("post_transform", "SOFTMAX"));
        ("TreeEnsembleClassifier", &["label", "out"])
    } else {
        attributes.push(int("n_targets", count));
        ("TreeEnsembleRegressor", &["out"])
    };
    let mut ensemble = node(op, &["row"], made, attributes);
    ensemble.domain = "ai.onnx.ml".to_owned();
    let mut outputs = vec![value("out", spec.classes)];
    if spec.classifier {
        outputs.insert(0, typed("label", crate::proto::INT64, &[Some(1)]));
    }
    let parts = Parts {
        nodes: vec![ensemble],
        constants: Vec::new(),
    };
    parts.file(spec.columns, outputs, true)
}
