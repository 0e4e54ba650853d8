//! Every kernel on every instruction set against plain references, written here without looking at the kernels.

use kernels::{
    Activation, Codes, Forest, Isa, KernelError, Layer, Mlp, Node, Output, Post, QuantLayer, QuantMlp,
    RankTable, SparseForest, Tree, TreeSpec,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::Identity),
        Just(Activation::Relu),
        (0f32..1.0).prop_map(Activation::LeakyRelu),
        Just(Activation::Tanh),
        Just(Activation::Sigmoid),
    ]
}

fn apply(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu(slope) => {
            if x < 0.0 {
                x * f64::from(slope)
            } else {
                x
            }
        }
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
    }
}

fn softmax(values: &[f64]) -> Vec<f64> {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = values.iter().map(|v| (v - most).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|v| v / sum).collect()
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(1usize..70, 2..5)
}

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    sizes().prop_flat_map(|sizes| {
        let layer = |pair: &[usize]| {
            let (inputs, outputs) = (pair[0], pair[1]);
            (
                vec(-1f32..1.0, inputs * outputs),
                vec(-1f32..1.0, outputs),
                activation(),
            )
                .prop_map(move |(weights, bias, activation)| Layer {
                    inputs,
                    weights,
                    bias,
                    activation,
                })
        };
        sizes.windows(2).map(layer).collect::<Vec<_>>()
    })
}

/// Outputs of the last layer in `f64`, and how far `f32` may be from them.
fn dense(layers: &[Layer], row: &[f32]) -> Vec<(f64, f64)> {
    let mut values: Vec<(f64, f64)> = row.iter().map(|v| (f64::from(*v), 0.0)).collect();
    for layer in layers {
        let unit = (layer.inputs + 2) as f64 * f64::from(f32::EPSILON) / 2.0;
        values = (0..layer.bias.len())
            .map(|o| {
                let weights = &layer.weights[o * layer.inputs..(o + 1) * layer.inputs];
                let (mut sum, mut size) = (f64::from(layer.bias[o]), f64::from(layer.bias[o]).abs());
                let mut error = 0.0;
                for (w, (v, e)) in weights.iter().zip(&values) {
                    sum += f64::from(*w) * v;
                    size += (f64::from(*w) * v).abs();
                    error += f64::from(w.abs()) * e;
                }
                (
                    apply(layer.activation, sum),
                    error + size * unit + 4e-7 * (1.0 + sum.abs()),
                )
            })
            .collect();
    }
    values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn dense_networks(mut layers in layers(), seed in vec(-3f32..3.0, 70), share in any::<bool>()) {
        let output = if share {
            layers.last_mut().expect("one").activation = Activation::Identity;
            Output::Softmax
        } else {
            Output::Plain
        };
        let row = &seed[..layers[0].inputs];
        let reference = dense(&layers, row);
        let (values, errors): (Vec<_>, Vec<_>) = reference.into_iter().unzip();
        let worst = errors.iter().copied().fold(0.0, f64::max);
        let expected = if share { softmax(&values) } else { values };
        if expected.len() > kernels::OUTPUTS_MAX {
            prop_assert!(Mlp::new(&layers, output, Isa::Portable).is_err());
            return Ok(());
        }
        let mut wide: Option<Vec<f32>> = None;
        for isa in Isa::available() {
            let mut mlp = Mlp::new(&layers, output, isa).expect("packs");
            let mut out = vec![f32::NAN; expected.len()];
            // Twice: a row leaves nothing behind.
            mlp.evaluate(&vec![1e30; row.len()], &mut out).ok();
            mlp.evaluate(row, &mut out).expect("runs");
            for ((o, e), error) in out.iter().zip(&expected).zip(&errors) {
                let allowed = if share { worst + 1e-6 } else { *error };
                prop_assert!((f64::from(*o) - e).abs() <= allowed, "{isa:?}: {o} for {e}, {allowed:e} allowed");
            }
            if isa != Isa::Portable {
                let first = wide.get_or_insert_with(|| out.clone());
                prop_assert_eq!(&*first, &out, "vectors of all widths round alike");
            }
        }
    }
}

fn quant_layers() -> impl Strategy<Value = Vec<QuantLayer>> {
    sizes().prop_flat_map(|sizes| {
        let layer = |pair: &[usize]| {
            let (inputs, outputs) = (pair[0], pair[1]);
            (
                vec(any::<i8>(), inputs * outputs),
                vec(1e-4f32..1e-2, outputs),
                vec(-5_000i32..5_000, outputs),
                vec(-1f32..1.0, outputs),
                (1e-3f32..0.1, any::<u8>(), activation()),
            )
                .prop_map(
                    move |(weights, weight_scale, bias, offset, (scale, zero, activation))| QuantLayer {
                        inputs,
                        codes: Codes { scale, zero },
                        weights,
                        weight_scale,
                        bias,
                        offset,
                        activation,
                    },
                )
        };
        sizes.windows(2).map(layer).collect::<Vec<_>>()
    })
}

fn code(steps: f32, zero: u8) -> i32 {
    let held = steps.clamp(-1e6, 1e6).round_ties_even();
    #[allow(clippy::cast_possible_truncation, reason = "held above")]
    let code = held as i32 + i32::from(zero);
    code.clamp(0, 255)
}

/// Real outputs of the last layer, in the order of operations that the kernels promise.
fn quantised(layers: &[QuantLayer], row: &[f32]) -> Vec<f32> {
    let first = layers[0].codes;
    let mut codes: Vec<i32> = row.iter().map(|v| code(v / first.scale, first.zero)).collect();
    for (at, layer) in layers.iter().enumerate() {
        let next = layers.get(at + 1).map(|l| l.codes);
        let mut real = Vec::new();
        for o in 0..layer.bias.len() {
            let weights = &layer.weights[o * layer.inputs..(o + 1) * layer.inputs];
            let products = weights
                .iter()
                .zip(&codes)
                .map(|(w, c)| i32::from(*w) * (c - i32::from(layer.codes.zero)));
            let sum = layer.bias[o] + products.sum::<i32>();
            let step = next.map_or(1.0, |n| n.scale);
            let factor = layer.codes.scale * layer.weight_scale[o] / step;
            real.push(sum as f32 * factor + layer.offset[o] / step);
        }
        let Some(next) = next else { return real };
        codes = real
            .iter()
            .map(|v| {
                let value = match layer.activation {
                    Activation::Relu => v.max(0.0),
                    Activation::LeakyRelu(slope) => v.max(slope * v),
                    _ => *v,
                };
                code(value, next.zero)
            })
            .collect();
    }
    unreachable!("the last layer has returned")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn networks_on_integers(mut layers in quant_layers(), seed in vec(-8f32..8.0, 70)) {
        // Of the others the reference does not promise the last bit: they are held against each other below.
        let exact = layers.iter().all(|l| !matches!(l.activation, Activation::Tanh | Activation::Sigmoid));
        layers.last_mut().expect("one").activation = Activation::Identity;
        let row = &seed[..layers[0].inputs];
        let outputs = layers.last().expect("one").bias.len();
        if outputs > kernels::OUTPUTS_MAX {
            return Ok(());
        }
        let expected = quantised(&layers, row);
        for output in [Output::Plain, Output::Softmax] {
            let mut first: Option<Vec<f32>> = None;
            for isa in Isa::available() {
                let mut mlp = QuantMlp::new(&layers, output, isa).expect("packs");
                // Three times: weights are walked in both directions, and a row leaves nothing behind.
                for _ in 0..3 {
                    let mut out = vec![f32::NAN; outputs];
                    mlp.evaluate(row, &mut out).expect("runs");
                    if exact && output == Output::Plain {
                        prop_assert_eq!(&out, &expected, "{:?}", isa);
                    }
                    let first = first.get_or_insert_with(|| out.clone());
                    prop_assert_eq!(&*first, &out, "{:?}: all instruction sets agree to the bit", isa);
                }
            }
        }
    }
}

/// A tree of at most `depth` levels out of a list of choices.
fn tree(depth: usize, columns: usize, targets: usize) -> impl Strategy<Value = Tree> {
    vec((any::<u16>(), -40i8..40, -1f32..1.0, 0u8..8), 1 << (depth + 1)).prop_map(move |choices| {
        let mut tree = Tree::default();
        grow(&mut tree, &choices, 0, depth, columns, targets);
        tree
    })
}

type Choice = (u16, i8, f32, u8);

fn grow(
    tree: &mut Tree,
    choices: &[Choice],
    at: usize,
    left: usize,
    columns: usize,
    targets: usize,
) -> usize {
    let me = tree.nodes.len();
    let (pick, edge, leaf, kind) = choices[at % choices.len()];
    tree.nodes.push(Node::Leaf(Vec::new()));
    tree.nodes[me] = if left == 0 || (kind == 0 && me > 0) {
        // Mostly one target, at times two.
        let mut values = vec![(usize::from(pick) % targets, leaf)];
        if kind == 7 {
            values.push((usize::from(pick / 7) % targets, -leaf));
        }
        Node::Leaf(values)
    } else {
        let yes = grow(tree, choices, 2 * at + 1, left - 1, columns, targets);
        let no = grow(tree, choices, 2 * at + 2, left - 1, columns, targets);
        Node::Split {
            column: usize::from(pick) % columns,
            below: f32::from(edge) / 16.0,
            left: yes,
            right: no,
        }
    };
    me
}

fn forest() -> impl Strategy<Value = TreeSpec> {
    let shape = (
        0usize..=6,
        prop_oneof![1usize..40, 60usize..70, 120usize..140, 250usize..=256],
        1usize..5,
    );
    shape.prop_flat_map(|(depth, columns, targets)| {
        let post = prop_oneof![Just(Post::Plain), Just(Post::Softmax), Just(Post::Logistic)];
        (
            vec(tree(depth, columns, targets), 1..90),
            vec(-1f32..1.0, targets),
            post,
        )
            .prop_map(move |(trees, base, post)| TreeSpec {
                columns,
                targets,
                base,
                trees,
                post,
            })
    })
}

fn walked(spec: &TreeSpec, row: &[f32]) -> Vec<f64> {
    let mut sums: Vec<f64> = spec.base.iter().map(|b| f64::from(*b)).collect();
    for tree in &spec.trees {
        let mut at = 0;
        loop {
            match &tree.nodes[at] {
                Node::Split {
                    column,
                    below,
                    left,
                    right,
                } => at = if row[*column] < *below { *left } else { *right },
                Node::Leaf(values) => {
                    for (target, value) in values {
                        sums[*target] += f64::from(*value);
                    }
                    break;
                }
            }
        }
    }
    match spec.post {
        Post::Plain => sums,
        Post::Softmax => softmax(&sums),
        Post::Logistic => sums.into_iter().map(|s| 1.0 / (1.0 + (-s).exp())).collect(),
    }
}

/// Values on the edges, beside them, between them and beyond.
fn tree_value() -> impl Strategy<Value = f32> {
    let edge = (-42i8..42).prop_map(|e| f32::from(e) / 16.0);
    prop_oneof![
        4 => edge.clone(),
        1 => edge.clone().prop_map(f32::next_up),
        1 => edge.prop_map(f32::next_down),
        2 => -4f32..4.0,
        1 => prop_oneof![Just(f32::INFINITY), Just(f32::NEG_INFINITY), Just(f32::NAN), Just(-0.0), Just(f32::MAX)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn ensembles_of_trees(spec in forest(), rows in vec(vec(tree_value(), 256), 1..4)) {
        let mut sparse = SparseForest::new(&spec).expect("packs");
        for row in &rows {
            let row = &row[..spec.columns];
            let expected = walked(&spec, row);
            let table = RankTable::new(spec.edges(), Isa::Portable).expect("packs");
            let step = Forest::new(&spec, &table, Isa::Portable).expect("packs").error_max();
            // A leaf is at most 1, and some have two parts for one target.
            prop_assert!(step <= 2f64.powi(-29) * (spec.trees.len() * spec.trees.len() * 2) as f64);
            let mut first = vec![f32::NAN; spec.targets];
            sparse.evaluate(row, &mut first).expect("runs");
            for (o, e) in first.iter().zip(&expected) {
                // Leaves on a common step, one rounding to f32, and the transform.
                prop_assert!((f64::from(*o) - e).abs() <= step + 3e-7 * e.abs().max(1.0), "{o} for {e}");
            }
            for isa in Isa::available() {
                let table = RankTable::new(spec.edges(), isa).expect("packs");
                let mut forest = Forest::new(&spec, &table, isa).expect("packs");
                let mut ranks = vec![0; spec.columns];
                table.rank(row, &mut ranks).expect("ranks");
                let mut out = vec![f32::NAN; spec.targets];
                forest.evaluate(&ranks, &mut out).expect("runs");
                let same = out.iter().zip(&first).all(|(a, b)| match spec.post {
                    Post::Plain => a == b,
                    // The transform's own operations are the same, its sums may be added in another order.
                    _ => (a - b).abs() <= 3e-7,
                });
                prop_assert!(same, "{isa:?}: {out:?}, walked {first:?}");
            }
        }
    }
}

#[test]
fn what_is_no_network_or_ensemble_is_refused() {
    let layer = |inputs: usize, outputs: usize| Layer {
        inputs,
        weights: vec![0.5; inputs * outputs],
        bias: vec![0.0; outputs],
        activation: Activation::Identity,
    };
    let made = |layers: &[Layer]| Mlp::new(layers, Output::Plain, Isa::Portable).map(|_| ());
    assert!(matches!(made(&[]), Err(KernelError::Value(_))));
    assert!(matches!(
        made(&[layer(4, 3), layer(4, 3)]),
        Err(KernelError::Shape { .. })
    ));
    assert!(matches!(made(&[layer(4, 65)]), Err(KernelError::TooLarge { .. })));
    let nan = Layer {
        bias: vec![f32::NAN; 3],
        ..layer(4, 3)
    };
    assert!(matches!(made(&[nan]), Err(KernelError::Value(_))));
    let mut mlp = Mlp::new(&[layer(4, 3)], Output::Softmax, Isa::widest()).expect("packs");
    let mut out = [0f32; 3];
    assert!(matches!(
        mlp.evaluate(&[0.0; 5], &mut out),
        Err(KernelError::Shape { .. })
    ));
    assert!(matches!(
        mlp.evaluate(&[0.0; 4], &mut out[..2]),
        Err(KernelError::Shape { .. })
    ));
    assert!(matches!(
        mlp.evaluate(&[f32::NAN; 4], &mut out),
        Err(KernelError::NotANumber(_))
    ));
    let split = |left, right| Node::Split {
        column: 0,
        below: 0.0,
        left,
        right,
    };
    let leaf = || Node::Leaf(vec![(0, 1.0)]);
    for nodes in [
        vec![],
        vec![split(0, 0)],
        vec![split(1, 1), leaf()],
        vec![split(1, 2), leaf(), split(1, 3), leaf()],
        vec![split(1, 9), leaf()],
        vec![leaf(), leaf()],
    ] {
        let spec = TreeSpec {
            columns: 1,
            targets: 1,
            trees: vec![Tree { nodes }],
            ..TreeSpec::default()
        };
        assert_eq!(SparseForest::new(&spec).map(|_| ()), Err(KernelError::NoTree(0)));
    }
}
