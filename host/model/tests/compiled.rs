//! Compiled graphs held against ONNX Runtime (`scripts/setup` fetches it).

use std::path::{Path, PathBuf};

use model::check::{Agreement, compare};
use model::synth::{self, Act, Dice, Trees};
use model::{Backend, Ensemble, Isa, Kind, Model, ModelError, OnnxModel, Plan};

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

/// Compiles on every instruction set and compares each with ONNX Runtime.
fn agree(name: &str, bytes: &[u8], kind: Kind) {
    let folder = tempfile::tempdir().expect("folder");
    let path = file(folder.path(), "m.onnx", bytes);
    let mut peer = OnnxModel::open(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    for isa in Isa::available() {
        let mut plan = Plan::compile(bytes, name, isa).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(plan.kind(), kind, "{name}");
        let found = compare(&mut plan, &mut peer, 2_000, 7).unwrap_or_else(|e| panic!("{name}: {e}"));
        println!("{name} on {}: {found:?}", isa.name());
        assert!(found.argmax * 1000 >= found.rows * 990, "{name}: {found:?}");
    }
}

#[test]
fn dense_graphs_agree() {
    for act in [Act::Relu, Act::LeakyRelu, Act::Tanh, Act::Sigmoid] {
        agree(
            &format!("dense {act:?}"),
            &synth::dense(3, &[32, 32, 16, 3], act),
            Kind::Dense,
        );
        agree(
            &format!("odd {act:?}"),
            &synth::dense(4, &[17, 45, 9, 3], act),
            Kind::Dense,
        );
    }
    agree("one layer", &synth::dense(5, &[5, 11], Act::Relu), Kind::Dense);
}

#[test]
fn quantised_graphs_agree() {
    for signed in [false, true] {
        agree(
            "int8",
            &synth::quantised(3, &[256, 128, 64, 3], signed),
            Kind::Quantised,
        );
        agree(
            "odd int8",
            &synth::quantised(4, &[19, 33, 5, 3], signed),
            Kind::Quantised,
        );
    }
}

#[test]
fn tree_graphs_agree() {
    agree("gbdt", &synth::trees(3, &Trees::GBDT), Kind::Ranked);
    let regressor = Trees {
        classifier: false,
        leaf: 0.2,
        ..Trees::GBDT
    };
    agree("regressor", &synth::trees(4, &regressor), Kind::Ranked);
    for (depth, columns) in [(1, 3), (2, 16), (3, 70), (4, 140), (6, 33), (6, 256)] {
        let spec = Trees {
            depth,
            columns,
            trees: 37,
            leaf: 0.1,
            ..Trees::GBDT
        };
        agree(
            &format!("depth {depth}, {columns} columns"),
            &synth::trees(5, &spec),
            Kind::Ranked,
        );
    }
    let deep = Trees {
        depth: 9,
        trees: 12,
        leaf: 0.3,
        ..Trees::GBDT
    };
    agree("deep", &synth::trees(6, &deep), Kind::Walked);
    let fine = Trees {
        columns: 2,
        edges: 5_000,
        ..Trees::GBDT
    };
    agree("fine", &synth::trees(7, &fine), Kind::Walked);
}

fn members(folder: &Path) -> Vec<PathBuf> {
    (0..16)
        .map(|i| {
            let bytes = match i {
                0..=7 => synth::dense(i, &[32, 32, 16, 3], Act::Relu),
                8..=14 => synth::trees(i, &Trees::GBDT),
                _ => synth::quantised(i, &[256, 128, 64, 3], false),
            };
            file(folder, &format!("m{i}.onnx"), &bytes)
        })
        .collect()
}

#[test]
fn an_ensemble_is_its_members_by_weight_or_stacked() {
    let folder = tempfile::tempdir().expect("folder");
    let paths = members(folder.path());
    let above = synth::dense(99, &[48, 16, 3], Act::Tanh);
    let above = file(folder.path(), "above.onnx", &above);
    let list: String = paths
        .iter()
        .enumerate()
        .map(|(i, p)| {
            format!(
                "[[member]]\npath = {:?}\nweight = {}.5\n",
                p.file_name().expect("a name"),
                i % 3
            )
        })
        .collect();
    let weighted = file(folder.path(), "weighted.toml", list.as_bytes());
    let stacked = file(
        folder.path(),
        "stacked.toml",
        format!("stack = \"above.onnx\"\n{list}").as_bytes(),
    );
    let mut peers: Vec<_> = paths.iter().map(|p| OnnxModel::open(p).expect("opens")).collect();
    let mut above = OnnxModel::open(&above).expect("opens");
    for (path, backend) in [
        (&weighted, Backend::Compiled),
        (&stacked, Backend::Compiled),
        (&stacked, Backend::Ort),
    ] {
        let mut ensemble = Ensemble::load(path, backend).unwrap_or_else(|e| panic!("{e}"));
        println!("{}", ensemble.describe());
        assert_eq!((ensemble.inputs(), ensemble.outputs()), (256, 3));
        let mut found = Agreement::default();
        let mut dice = Dice::new(5);
        for _ in 0..200 {
            let row: Vec<f32> = (0..256).map(|_| dice.normal()).collect();
            let mut all = Vec::new();
            for peer in &mut peers {
                let mut out = [0f32; 3];
                peer.run(&row[..peer.features()], &mut out).expect("runs");
                all.extend(out);
            }
            let mut expected = [0f32; 3];
            if path == &stacked {
                above.run(&all, &mut expected).expect("runs");
            } else {
                let total: f32 = (0..16).map(|i| (i % 3) as f32 + 0.5).sum();
                for (i, out) in all.chunks_exact(3).enumerate() {
                    for (sum, p) in expected.iter_mut().zip(out) {
                        *sum += ((i % 3) as f32 + 0.5) / total * p;
                    }
                }
            }
            let mut ours = [0f32; 3];
            ensemble.evaluate(&row, &mut ours).expect("runs");
            found.add(&ours, &expected);
        }
        println!("{found:?}");
        assert!(found.error_max < 5e-3, "{found:?}");
    }
    assert!(Model::load(&weighted, 256, Backend::Compiled).is_ok());
    assert!(matches!(
        Model::load(&weighted, 255, Backend::Compiled),
        Err(ModelError::Shape { .. })
    ));
}

#[test]
fn ensembles_that_are_none_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    file(folder.path(), "a.onnx", &synth::dense(1, &[4, 3], Act::Relu));
    file(folder.path(), "b.onnx", &synth::dense(1, &[4, 2], Act::Relu));
    let refused = |text: &str, expected: &str| {
        let path = file(folder.path(), "e.toml", text.as_bytes());
        let error = Ensemble::load(&path, Backend::Auto).expect_err(text).to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused("member = []", "0 members");
    refused(&"[[member]]\npath = \"a.onnx\"\n".repeat(17), "17 members");
    refused(
        "[[member]]\npath = \"a.onnx\"\n[[member]]\npath = \"b.onnx\"\n",
        "different outputs",
    );
    refused("[[member]]\npath = \"a.onnx\"\nweight = -1.0\n", "shares");
    refused("[[member]]\npath = \"a.onnx\"\nweight = 0.0\n", "shares");
    refused(
        "[[member]]\npath = \"a.onnx\"\nwait = 1\n",
        "line 3: unknown field `wait`",
    );
    refused(
        "stack = \"a.onnx\"\n[[member]]\npath = \"a.onnx\"\n",
        "takes 4 columns of 3",
    );
    refused("[[member]]\npath = \"no.onnx\"\n", "no such file");
}

#[test]
fn what_cannot_be_compiled_is_refused_or_left_to_the_runtime() {
    let folder = tempfile::tempdir().expect("folder");
    let bytes = synth::dense(1, &[16, 8, 3], Act::Relu);
    // Another operator of as many letters, which ONNX Runtime knows.
    let strange: Vec<u8> = {
        let at = bytes.windows(4).position(|w| w == b"Relu").expect("there");
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(b"Ceil");
        bytes
    };
    let path = file(folder.path(), "strange.onnx", &strange);
    let refused = Model::load(&path, 16, Backend::Compiled)
        .expect_err("not compiled")
        .to_string();
    assert!(refused.contains("Ceil is not compiled"), "{refused}");
    let mut left = Model::load(&path, 16, Backend::Auto).expect("the runtime takes it");
    assert_eq!(left.runs_on(), "ort");
    assert!(left.score(&[0.5; 16]).is_ok());
    for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        assert!(
            Plan::compile(&bytes[..cut], "cut", Isa::widest()).is_err(),
            "{cut}"
        );
    }
}

#[test]
fn a_compiled_model_that_differs_is_refused_with_the_error() {
    let folder = tempfile::tempdir().expect("folder");
    let path = file(folder.path(), "m.onnx", &synth::dense(1, &[16, 8, 3], Act::Relu));
    let mut peer = OnnxModel::open(&path).expect("opens");
    let other = synth::dense(2, &[16, 8, 3], Act::Relu);
    let mut plan = Plan::compile(&other, "other", Isa::widest()).expect("compiles");
    let error = compare(&mut plan, &mut peer, 100, 1).expect_err("another model");
    assert!(
        matches!(error, ModelError::Disagrees { error, .. } if error > 1e-3),
        "{error}"
    );
    assert!(error.to_string().contains("away from ONNX Runtime"), "{error}");
}

#[test]
fn a_nan_makes_no_score() {
    let folder = tempfile::tempdir().expect("folder");
    for (name, bytes) in [
        ("dense", synth::dense(1, &[16, 8, 3], Act::Relu)),
        ("int8", synth::quantised(1, &[16, 8, 3], false)),
    ] {
        let path = file(folder.path(), "m.onnx", &bytes);
        let mut model = Model::load(&path, 16, Backend::Compiled).expect("loads");
        let mut row = [0.5f32; 16];
        assert!(model.score(&row).is_ok());
        row[3] = f32::NAN;
        assert!(
            matches!(model.score(&row), Err(ModelError::NotANumber(_))),
            "{name}"
        );
        assert!(
            matches!(model.score(&row[1..]), Err(ModelError::Run(_))),
            "{name}"
        );
    }
}
