//! The shipped models under the real ONNX Runtime (`scripts/setup` fetches it).

use std::path::Path;

use contract::feature::CORE_COUNT;
use model::{Backend, Model, ModelError, OnnxModel};

fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/core_mlp.onnx")
}

#[test]
fn gives_probabilities_that_depend_on_the_row() {
    let mut model = OnnxModel::load(&shipped(), CORE_COUNT).expect("the shipped model loads");
    let mut row = [0f32; CORE_COUNT];
    let mut seen = Vec::new();
    for obi in [-32_767f32, 0.0, 32_767.0] {
        row[..4].fill(obi);
        let s = model.score(&row).expect("runs");
        assert!((s.down + s.flat + s.up - 1.0).abs() < 1e-5, "{s:?}");
        assert!(s.down >= 0.0 && s.flat >= 0.0 && s.up >= 0.0, "{s:?}");
        seen.push(s.edge());
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2], "{seen:?}");
    assert_eq!(
        model.score(&row).expect("runs").edge(),
        seen[2],
        "a run leaves nothing behind"
    );
    assert!(matches!(model.score(&row[1..]), Err(ModelError::Run(_))));
}

#[test]
fn other_shapes_and_files_are_refused() {
    let wrong = OnnxModel::load(&shipped(), 32).expect_err("sixteen features, not 32");
    assert!(matches!(wrong, ModelError::Shape { .. }), "{wrong}");
    assert!(wrong.to_string().contains("[1, 32]"), "{wrong}");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("no.onnx");
    assert!(
        OnnxModel::load(&path, 16)
            .expect_err("missing")
            .to_string()
            .contains("no such file")
    );
    std::fs::write(&path, b"not a graph").expect("written");
    assert!(matches!(OnnxModel::load(&path, 16), Err(ModelError::Load { .. })));
}

/// The examples that `scripts/train/train.py` made of a synthetic day: small, and what their cards say of them.
#[test]
fn the_trained_examples_load_and_run() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    for (name, columns, runs_on) in [
        ("synthetic_gbdt", CORE_COUNT, "trees"),
        ("synthetic_mlp", CORE_COUNT, "dense f32"),
        ("synthetic_sequence", 100 * CORE_COUNT, "ort"),
    ] {
        let path = models.join(format!("{name}.onnx"));
        let bytes = std::fs::metadata(&path).expect("shipped").len();
        assert!(bytes < 300_000, "{name}: {bytes} bytes");
        let mut model = Model::load(&path, columns, Backend::Auto).expect("loads");
        assert!(model.runs_on().contains(runs_on), "{name}: {}", model.runs_on());
        let mut edges = Vec::new();
        for obi in [-30_000f32, 30_000.0] {
            let record: [f32; CORE_COUNT] = std::array::from_fn(|i| if i < 4 { obi } else { 1.0 });
            let row: Vec<f32> = record.into_iter().cycle().take(columns).collect();
            let s = model.score(&row).expect("runs");
            assert!((s.down + s.flat + s.up - 1.0).abs() < 1e-5, "{name}: {s:?}");
            edges.push(s.edge());
        }
        assert!(edges[0] != edges[1], "{name}: {edges:?}");
        let card = std::fs::read_to_string(path.with_extension("md")).expect("a card");
        assert!(
            card.contains("--seed 5") && card.contains("Honest economics"),
            "{name}"
        );
    }
}
