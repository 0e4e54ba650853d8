//! Folded models against their integer golden models: every score to the bit, the stated latency, a row every cycle,
//! back-pressure, and resets in mid-run.

#[path = "model/mod.rs"]
#[allow(dead_code, reason = "shared with benches that load")]
mod common;

use common::{Rows, soak};
use fabric::synth::{self, Trees};
use fabric::{Folded, Model, fold};
use gateware::emit::Size;
use testbench::mutate::Mutants;
use testbench::{Bench, Verdict};
use verilated::gate;

fn small(which: &str) -> Model {
    synth::small(which, 1).unwrap_or_else(|error| panic!("{which}: {error}"))
}

/// Those of the small models that are folded.
const SMALL: [&str; 4] = [
    "model_net",
    "model_net_signed",
    "model_trees",
    "model_trees_three",
];

fn folded(model: &Model, name: &str) -> Folded {
    fold(model, name, fabric::folded::STAGES).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Rows through the pipeline: in a stream without gaps, then with gaps, back-pressure and resets.
fn scenario(bench: &mut Bench, model: &Model, latency: u32, cycles: u64) -> Verdict {
    let mut rows = Rows::new(bench, vec![model], None);
    rows.reset(bench);
    rows.stream(bench, 3 * u64::from(latency) + 40, latency)?;
    for cycle in 0..cycles {
        if cycle % 100 == 0 {
            rows.pace(*bench.rng.pick(&[15, 60, 100]), *bench.rng.pick(&[15, 60, 100]));
        }
        if bench.rng.below(300) == 0 {
            rows.reset(bench);
        }
        rows.cycle(bench)?;
    }
    rows.drain(bench, 100)
}

fn against_golden(name: &str, model: &Model, seeds: std::ops::RangeInclusive<u64>, cycles: u64) {
    let made = folded(model, name);
    println!(
        "model {name}: {} in {} cycles, {} levels a stage",
        model.describe(),
        made.latency,
        made.levels
    );
    let run = |bench: &mut Bench| scenario(bench, model, made.latency, cycles);
    testbench::run_text(name, Size::Small, made.verilog.clone(), seeds, run);
}

#[test]
fn small_models_give_the_golden_scores() {
    // The others run with their mutants, the text as it is first.
    for name in if soak() { &SMALL[..] } else { &SMALL[1..2] } {
        against_golden(name, &small(name), 1..=if soak() { 20 } else { 2 }, 1_000);
    }
}

/// The references that figures are given of: as they are, from their ONNX files' own numbers.
#[test]
fn large_models_give_the_golden_scores() {
    if !soak() {
        println!("large models are run in scripts/soak blocks");
        return;
    }
    let trees = Trees {
        columns: 16,
        trees: 100,
        depth: 4,
        outputs: 1,
        ranks: 200,
        leaves: 0,
    };
    let networks = [
        ("model_mlp64", vec![64, 32, 16, 1], 127),
        ("model_mlp16", vec![16, 64, 32, 32, 5], 31),
    ];
    for (name, sizes, weight) in networks {
        let net = synth::net(5, &sizes, weight, true).unwrap_or_else(|error| panic!("{error}"));
        against_golden(name, &Model::Net(net), 1..=2, 20_000);
    }
    let forest = synth::forest(6, trees).unwrap_or_else(|error| panic!("{error}"));
    against_golden("model_gbdt100", &Model::Forest(forest), 1..=2, 20_000);
}

#[test]
fn texts_lint_clean() {
    for name in SMALL {
        let verilog = folded(&small(name), name).verilog;
        gate::lint(name, &verilog).unwrap_or_else(|error| panic!("{error}"));
        gate::yosys(name, &verilog).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn mutants() {
    for name in ["model_net", "model_trees_three"] {
        let (model, count) = (small(name), if soak() { 100 } else { 20 });
        let made = folded(&model, name);
        Mutants::planted(name, Size::Small, &made.verilog, &[], count, 1)
            .run(|bench| scenario(bench, &model, made.latency, if soak() { 100_000 } else { 20_000 }))
            .judge();
    }
}
