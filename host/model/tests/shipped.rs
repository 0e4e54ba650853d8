//! The shipped model under the real ONNX Runtime (`scripts/setup` fetches it).

use std::path::Path;

use contract::feature::CORE_COUNT;
use model::{ModelError, OnnxModel};

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
