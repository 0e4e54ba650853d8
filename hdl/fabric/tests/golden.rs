//! The text of the small models' pipelines, byte by byte: a change of the generator shows what it changes.

use std::path::Path;

use fabric::synth::{SMALL, small};
use fabric::{Shape, fold, folded};

/// `TICKFORGE_BLESS=1 cargo test -p fabric --test golden` writes the files.
#[test]
fn the_texts_are_those_of_the_golden_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut stale = Vec::new();
    for name in SMALL {
        let model = small(name, 1).unwrap();
        let verilog = if name.starts_with("load_") {
            let shape = Shape::of(&model);
            shape
                .pipeline(name, &format!("Sizes: {shape:?}"))
                .unwrap()
                .verilog
        } else {
            fold(&model, name, folded::STAGES).unwrap().verilog
        };
        let path = folder.join(format!("{name}.v"));
        if std::env::var_os("TICKFORGE_BLESS").is_some() {
            std::fs::write(&path, &verilog).unwrap();
        }
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&verilog) {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "hdl/fabric/golden is out of date for {stale:?}: TICKFORGE_BLESS=1 renews it"
    );
}
