//! The training script retrained on a slice: it must beat the class prior, say so when it does not, and leave a model that runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Messages of the slice, and the events a label looks ahead.
const MESSAGES: &str = "40000";
const HORIZON: &str = "20";

/// The Python that `scripts/setup --with train` made ready.
fn python() -> Option<PathBuf> {
    let there = PathBuf::from(ROOT).join(".deps/train/bin/python3");
    let found = there.exists().then_some(there);
    if found.is_none() {
        println!("skipped: no training tools (scripts/setup --with train)");
    }
    found
}

fn tickforge(arguments: &[&str]) -> Vec<u8> {
    let out = Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{arguments:?}: {errors}");
    out.stdout
}

/// A slice's book and features, as the script reads them.
struct Slice {
    folder: tempfile::TempDir,
}

impl Slice {
    fn new() -> Self {
        let slice = Self {
            folder: tempfile::tempdir().expect("folder"),
        };
        let feed = slice.path("day.itch");
        tickforge(&[
            "generate",
            "--symbols",
            "2",
            "--messages",
            MESSAGES,
            "--seed",
            "5",
            "--out",
            &feed,
        ]);
        let from = ["--card", "twin", "--feed", &feed, "--locate", "1"];
        let book = tickforge(&[&["book", "--levels", "1"][..], &from].concat());
        let features = tickforge(&[&["features", "--raw"][..], &from].concat());
        std::fs::write(slice.path("book.csv"), book).expect("written");
        std::fs::write(slice.path("features.csv"), features).expect("written");
        slice
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn train(&self, python: &Path, features: &str, model: &str) -> Output {
        Command::new(python)
            .arg(Path::new(ROOT).join("scripts/train/train_mlp.py"))
            .args([
                "--book",
                &self.path("book.csv"),
                "--features",
                &self.path(features),
            ])
            .args([
                "--out",
                &self.path(model),
                "--horizon",
                HORIZON,
                "--seed",
                "1",
                "--must-beat-prior",
            ])
            .output()
            .expect("Python runs")
    }
}

#[test]
fn a_retrained_model_beats_the_prior_and_runs() {
    let Some(python) = python() else { return };
    let slice = Slice::new();
    let out = slice.train(&python, "features.csv", "model.onnx");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "seed 5, {MESSAGES} messages: {errors}");
    let metrics: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let loss = |of: &str| metrics[format!("log_loss_{of}")].as_f64().expect("a number");
    assert!(loss("model") < loss("prior"), "{metrics}");
    assert!(loss("model") < loss("obi_sign"), "{metrics}");

    let model = slice.path("model.onnx");
    let config = slice.path("run.toml");
    std::fs::write(
        &config,
        format!("[[slot]]\nsymbol = \"BBBA\"\n[model]\npath = {model:?}\n"),
    )
    .expect("written");
    let feed = slice.path("day.itch");
    let report = tickforge(&[
        "run",
        "--card",
        "twin",
        "--messages",
        "5000",
        "--config",
        &config,
        "--feed",
        &feed,
        "--format",
        "json",
    ]);
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert!(report["decisions"].as_u64() > Some(1_000), "{report}");
}

/// What `tickforge record` wrote of the slice's day, and models trained on it.
struct Recorded {
    slice: Slice,
    python: PathBuf,
}

impl Recorded {
    /// None without the training tools.
    fn new(symbols: &[&str]) -> Option<Self> {
        let python = python()?;
        let slice = Slice::new();
        let (feed, out) = (slice.path("day.itch"), slice.path("data"));
        for symbol in symbols {
            let from = ["record", "--card", "twin", "--feed", &feed, "--symbol", symbol];
            tickforge(
                &[
                    &from[..],
                    &["--date", "2024-01-02", "--out", &out, "--horizon", "20ev"],
                ]
                .concat(),
            );
        }
        Some(Self { slice, python })
    }

    fn train(&self, model: &str, more: &[&str]) -> Output {
        let (data, out) = (self.slice.path("data"), self.model(model));
        let mut command = Command::new(&self.python);
        command.arg(Path::new(ROOT).join("scripts/train/train.py"));
        command.args([
            "--data",
            &data,
            "--model",
            model,
            "--out",
            &out,
            "--horizon",
            "20ev",
        ]);
        command.args(["--card", &format!("{out}.md"), "--must-beat-prior"]);
        command.args(more).output().expect("Python runs")
    }

    fn model(&self, model: &str) -> String {
        self.slice.path(&format!("{model}.onnx"))
    }

    /// Trains, has to beat both baselines, and leaves a card; what `model inspect` says.
    fn good(&self, model: &str, more: &[&str]) -> serde_json::Value {
        let out = self.train(model, more);
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(
            out.status.success(),
            "{model} {more:?}: {errors}{}",
            String::from_utf8_lossy(&out.stdout)
        );
        let metrics: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
        let loss = |of: &str| metrics[format!("log_loss_{of}")].as_f64().expect("a number");
        assert!(
            loss("model") < loss("prior") && loss("model") < loss("last_move"),
            "{metrics}"
        );
        let card = std::fs::read_to_string(format!("{}.md", self.model(model))).expect("a card");
        for part in [
            "Split",
            "log_loss_prior",
            "Honest economics",
            "mean_gain_a_share",
            "obi_1",
        ] {
            assert!(card.contains(part), "{part} in {card}");
        }
        let said = tickforge(&["model", "inspect", &self.model(model), "--format", "json"]);
        serde_json::from_slice(&said).expect("JSON")
    }

    /// Without what tells the future nothing is learned, and the script says so.
    fn refused(&self, model: &str, more: &[&str]) {
        let out = self.train(model, &[&["--shuffle", "1"], more].concat());
        let said = String::from_utf8_lossy(&out.stdout);
        assert_eq!(
            out.status.code(),
            Some(1),
            "{said}{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}

#[test]
fn trees_from_parquet_beat_the_prior_and_compile() {
    let Some(recorded) = Recorded::new(&["BBBA"]) else {
        return;
    };
    for model in ["gbdt", "xgb"] {
        let found = recorded.good(model, &["--trees", "8"]);
        let compiled = found["compiled"].as_str().expect("compiles");
        assert!(
            compiled.contains("trees of up to 4 levels on 16 columns"),
            "{model}: {compiled}"
        );
        // Compared with ONNX Runtime at the thresholds and beside them.
        tickforge(&["model", "compile", &recorded.model(model)]);
        recorded.refused(model, &["--trees", "8"]);
    }
}

/// Each kind, over two symbols and several seeds.
#[test]
#[ignore = "minutes: scripts/soak train"]
fn every_kind_beats_the_prior_and_not_without_features() {
    let Some(recorded) = Recorded::new(&["BBBA", "BBBB"]) else {
        return;
    };
    for seed in ["1", "2", "3"] {
        for (model, columns) in [("gbdt", 16), ("xgb", 16), ("mlp", 16), ("sequence", 1_600)] {
            let more = ["--seed", seed, "--steps", "400"];
            let found = recorded.good(model, &more);
            assert_eq!(
                (&found["columns"], &found["outputs"]),
                (&columns.into(), &3.into()),
                "{found}"
            );
            assert_eq!(found["compiled"].is_string(), model != "sequence", "{found}");
            recorded.refused(model, &more);
        }
    }
}

/// Features that say nothing of the future: each row has those of another.
#[test]
fn a_model_that_learned_nothing_is_refused() {
    let Some(python) = python() else { return };
    let slice = Slice::new();
    let text = std::fs::read_to_string(slice.path("features.csv")).expect("read");
    let mut lines: Vec<&str> = text.lines().collect();
    let head = lines.remove(0);
    let values: Vec<&str> = lines
        .iter()
        .map(|line| line.splitn(5, ',').nth(4).expect("features"))
        .collect();
    let mut shuffled = format!("{head}\n");
    for (i, line) in lines.iter().enumerate() {
        let own: Vec<&str> = line.splitn(5, ',').take(4).collect();
        // A prime step: near rows get far ones.
        shuffled += &format!("{},{}\n", own.join(","), values[i * 7919 % values.len()]);
    }
    std::fs::write(slice.path("shuffled.csv"), shuffled).expect("written");
    let out = slice.train(&python, "shuffled.csv", "none.onnx");
    assert_eq!(
        out.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&out.stdout)
    );
}
