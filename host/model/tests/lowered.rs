//! What the fabric computes, held against ONNX Runtime (`scripts/setup` fetches it) and against the host's kernels.

use fabric::Model;
use model::synth::{self, Act, Dice, Scales, Trees};
use model::{Isa, Lowered, ModelError, OnnxModel, Plan, lower};

/// Rows: standard normal, wide, and at the ends of the codes.
fn rows(columns: usize, count: usize) -> Vec<Vec<f32>> {
    let mut dice = Dice::new(9);
    let value = |dice: &mut Dice, kind: usize| match kind {
        0 => dice.normal() * 6.0,
        1 => [-100.0, 100.0, 0.0, 0.031_25][dice.below(4)],
        _ => dice.normal(),
    };
    (0..count)
        .map(|i| (0..columns).map(|_| value(&mut dice, i % 5)).collect())
        .collect()
}

/// Largest difference to ONNX Runtime, over its bound's share and as it is.
fn against_runtime(name: &str, bytes: &[u8], count: usize) -> (Lowered, f64) {
    let lowered = lower(bytes, name).unwrap_or_else(|e| panic!("{e}"));
    let mut peer = OnnxModel::from_bytes(bytes, name).unwrap_or_else(|e| panic!("{e}"));
    let mut out = vec![0f32; lowered.model.outputs()];
    let (mut largest, mut size) = (0f64, 0f64);
    for (at, row) in rows(lowered.model.columns(), count).iter().enumerate() {
        peer.run(row, &mut out).unwrap();
        let scores = lowered.real(&lowered.encode(row).unwrap());
        for ((score, theirs), bound) in scores.iter().zip(&out).zip(&lowered.bounds) {
            let apart = (score - f64::from(*theirs)).abs();
            assert!(
                apart <= *bound,
                "{name}, row {at}: {score} and {theirs} are {apart:e} apart, allowed is {bound:e}"
            );
            (largest, size) = (largest.max(apart), size.max(score.abs()));
        }
    }
    println!(
        "{name}: {apart:e} apart at most on {count} rows, bounds {bounds:?}, scores up to {size}",
        apart = largest,
        bounds = lowered.bounds
    );
    (lowered, largest)
}

#[test]
fn references_keep_their_bounds() {
    for name in synth::REFERENCES {
        let (lowered, apart) = against_runtime(name, &synth::reference(name).unwrap(), 2_000);
        // Powers of two: the graph rounds nothing that the fabric does not round the same way.
        if name.ends_with("fixed") {
            assert_eq!(
                (apart, lowered.bounds.iter().copied().fold(0.0, f64::max)),
                (0.0, 0.0),
                "{name}"
            );
        } else {
            assert!(apart < 0.05, "{name}: {apart}");
        }
    }
}

#[test]
fn other_shapes_keep_their_bounds() {
    for signed in [false, true] {
        for scales in [Scales::Free, Scales::PowersOfTwo] {
            let bytes = synth::quantised_as(31, &[9, 17, 5, 3], signed, scales, false);
            against_runtime("odd", &bytes, 1_000);
        }
    }
    let uneven = Trees {
        leaf: 0.3,
        classifier: false,
        ..Trees::GBDT
    };
    against_runtime("uneven trees", &synth::trees(5, &uneven), 500);
}

/// With leaves on the fabric's step, the host's kernels sum to the same numbers.
#[test]
fn host_kernels_and_fabric_agree_to_the_bit_on_trees() {
    let bytes = synth::reference("gbdt100").unwrap();
    let lowered = lower(&bytes, "gbdt100").unwrap();
    let Model::Forest(forest) = &lowered.model else {
        panic!("trees")
    };
    let mut plan = Plan::snapped(&bytes, "gbdt100", Isa::widest(), forest.unit()).unwrap();
    let mut out = [0f32];
    for row in rows(lowered.model.columns(), 2_000) {
        let columns = lowered.encode(&row).unwrap();
        plan.evaluate_ranks(&columns, &mut out).unwrap();
        #[allow(clippy::cast_possible_truncation, reason = "24 bits of a score: exact")]
        let real = lowered.real(&columns)[0] as f32;
        assert_eq!(out[0].to_bits(), real.to_bits());
    }
}

#[test]
fn what_cannot_be_turned_is_refused_by_the_node() {
    let refused = |bytes: &[u8]| match lower(bytes, "m.onnx") {
        Err(error @ ModelError::Fabric { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let text = refused(&synth::dense(1, &[4, 3, 2], Act::Relu));
    assert!(
        text.contains("m.onnx: no gateware for this model: node z0 (Gemm): its weights are f32"),
        "{text}"
    );
    let deep = Trees {
        depth: 7,
        classifier: false,
        trees: 2,
        ..Trees::GBDT
    };
    let text = refused(&synth::trees(1, &deep));
    assert!(
        text.contains("node out (TreeEnsembleRegressor): tree 0: levels: 7 is outside 0 to 6"),
        "{text}"
    );
    let fine = Trees {
        edges: 4_000,
        trees: 4_000,
        columns: 2,
        depth: 2,
        classifier: false,
        ..Trees::GBDT
    };
    let text = refused(&synth::trees(1, &fine));
    assert!(
        text.contains("node out (TreeEnsembleRegressor): column 0 has"),
        "{text}"
    );
    assert!(refused(b"no model").contains("not an ONNX file"));
}

/// Cycles that the design gives: 6 folded, 12 loaded; `tickforge bench model-fabric` counts them in simulation.
#[test]
fn references_fit_into_their_cycles() {
    for name in ["mlp64", "mlp64_fixed", "gbdt100"] {
        let model = lower(&synth::reference(name).unwrap(), name).unwrap().model;
        let folded = fabric::fold(&model, name, fabric::folded::STAGES).unwrap();
        let shape = fabric::Shape::of(&model);
        let loaded = shape.pipeline(name, name).unwrap();
        assert!(
            folded.latency <= 6 && folded.levels <= 5,
            "{name}: {} cycles, {} levels",
            folded.latency,
            folded.levels
        );
        assert!(loaded.latency <= 12, "{name}: {} cycles", loaded.latency);
        assert_eq!(shape.image(&model).unwrap().len(), loaded.words, "{name}");
    }
    // The text of a loadable pipeline has no weight in it.
    let text = |name| {
        let model = lower(&synth::reference(name).unwrap(), name).unwrap().model;
        fabric::Shape::of(&model).pipeline("m", "sizes").unwrap().verilog
    };
    assert_eq!(text("mlp64"), text("mlp64_fixed"));
}
