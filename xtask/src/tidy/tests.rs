use super::{FILE_LINES_MAX, LONGER, code, run, words};

fn complaints(file: &str, text: &str) -> Vec<String> {
    words::check(file, text).into_iter().map(|c| c.text).collect()
}

#[test]
fn words_about_the_making_are_caught() {
    for bad in [
        "written by an agent",
        "see the last session of this project",
        "fixes #12",
        "cp /work/x y",
        "data in ../shared/data",
        "fetch it from pypi.org",
        "// TODO later",
    ] {
        assert_eq!(complaints("README.md", bad).len(), 1, "{bad}");
    }
    assert_eq!(complaints("src/x.rs", "todo!()").len(), 1);
}

#[test]
fn the_subject_s_own_words_pass() {
    for good in [
        "a new session is dropped until the host accepts it",
        "#[test]",
        "color #abc",
        "pip downloads from PyPI",
        "a reagent",
        "networks/work/home",
    ] {
        assert_eq!(complaints("README.md", good), [] as [&str; 0], "{good}");
    }
    assert_eq!(
        complaints("Cargo.lock", "registry+https://crates.io"),
        [] as [&str; 0]
    );
    assert_eq!(complaints(".ci/run", "../shared/data"), [] as [&str; 0]);
    assert_eq!(complaints("golden.v", "wait #10 y"), [] as [&str; 0]);
}

fn code_complaints(file: &str, text: &str) -> usize {
    code::check(file, text).expect("parses").len()
}

#[test]
fn lengths_are_limited() {
    let function = |lines: usize| format!("fn f() {{\n{}}}\n", "g();\n".repeat(lines - 2));
    assert_eq!(code_complaints("a.rs", &function(70)), 0);
    assert_eq!(code_complaints("a.rs", &function(71)), 1);
    let kernel = format!("impl Logic for B {{ #[hdl_gen]\n{} }}", function(200));
    assert_eq!(code_complaints("hdl/gateware/src/b.rs", &kernel), 0);
    assert_eq!(code_complaints("a.rs", &"// x\n".repeat(FILE_LINES_MAX + 1)), 1);
}

#[test]
fn unsafe_has_its_rooms() {
    // Put together, so that a search of the tree for the word finds only the rooms.
    let text = &["fn f() { un", "safe { g() } }"].concat();
    assert_eq!(code_complaints("host/wire/src/x.rs", text), 1);
    assert_eq!(code_complaints("sim/verilated/src/x.rs", text), 0);
    assert_eq!(code_complaints("host/wire/src/lib.rs", "fn f() {}"), 1);
    assert_eq!(
        code_complaints("host/wire/src/lib.rs", "#![forbid(unsafe_code)]\nfn f() {}"),
        0
    );
}

#[test]
fn exceptions_are_few_and_argued() {
    assert!(LONGER.len() <= 13, "{} exceptions", LONGER.len());
    assert!(LONGER.iter().all(|(_, reason)| reason.len() > 20));
}

/// The repository itself.
#[test]
fn repository_is_tidy() {
    assert!(run().expect("readable files"), "see the complaints above");
}
