//! Loadable models: three of one size loaded in turn while rows flow. Every score is that of the old or of the new constants,
//! never of both, and the generation it names is the right one; the load port takes whole images only.

#[path = "model/mod.rs"]
mod common;

use common::{Loader, Rows, soak};
use fabric::synth::{self, Trees};
use fabric::{Loadable, Model, Shape};
use gateware::emit::Size;
use testbench::mutate::Mutants;
use testbench::{Bench, Verdict};
use verilated::gate;

/// Three models of one size.
fn three(which: &str) -> Vec<Model> {
    let made = |seed| synth::small(which, seed).unwrap_or_else(|error| panic!("{which}: {error}"));
    (1..=3).map(made).collect()
}

struct Case {
    models: Vec<Model>,
    images: Vec<Vec<u32>>,
    made: Loadable,
}

/// The models in turn, all of them so many times.
fn case(name: &str, models: Vec<Model>, times: usize) -> Case {
    let models = vec![models; times].concat();
    // Trees of less depth than others still fit: the deepest gives the size.
    let shapes: Vec<_> = models.iter().map(Shape::of).collect();
    let deepest = |shape: &&Shape| {
        if let Shape::Forest { depth, .. } = shape {
            *depth
        } else {
            0
        }
    };
    let shape = shapes.iter().max_by_key(deepest).cloned().expect("a model");
    let made = shape
        .pipeline(name, "a bench")
        .unwrap_or_else(|error| panic!("{error}"));
    let image = |model| shape.image(model).unwrap_or_else(|error| panic!("{error}"));
    let images: Vec<_> = models.iter().map(image).collect();
    assert!(images.iter().all(|i| i.len() == made.words));
    Case { models, images, made }
}

impl Case {
    /// Loads the first model without rows, streams, then loads the others under all kinds of traffic.
    fn scenario(&self, bench: &mut Bench, cycles: u64) -> Verdict {
        let loader = Loader::new(bench, self.images.clone());
        let mut rows = Rows::new(bench, self.models.iter().collect(), Some(loader));
        let latency = self.made.latency;
        for round in 0..2 {
            rows.reset(bench);
            allow(&mut rows, 1, 100, 0);
            // A whole image, which a reset makes nothing of.
            for _ in 0..self.made.words {
                rows.cycle(bench)?;
            }
            rows.reset(bench);
            rows.loader.iter_mut().for_each(Loader::behead);
            // Rows wait for the first commit.
            until(bench, &mut rows, 1, 3 * self.made.words as u64 + 100)?;
            rows.drain(bench, 20 + 2 * u64::from(latency))?;
            rows.stream(bench, 3 * u64::from(latency) + 20, latency)?;
            let last = self.models.len() - 1 + round;
            for commits in 2..=last {
                let wrong = if round == 0 { 2 * self.made.words as u64 } else { 0 };
                allow(&mut rows, commits, *bench.rng.pick(&[100, 60]), wrong);
                let ready = if commits + round == 2 { 100 } else { 40 };
                rows.pace(*bench.rng.pick(&[30, 100]), ready);
                if commits == 2 {
                    rows.loader.iter_mut().for_each(Loader::behead);
                }
                until(bench, &mut rows, commits, 60 * self.made.words as u64 + 10_000)?;
                for _ in 0..cycles {
                    rows.cycle(bench)?;
                }
            }
            if round == 0 {
                // A commit into a pipeline that stands, and a reset before it has begun to move.
                allow(&mut rows, last + 1, 100, 0);
                rows.pace(100, 0);
                until(bench, &mut rows, last + 1, 3 * self.made.words as u64)?;
                rows.reset(bench);
                allow(&mut rows, 0, 100, 0);
                for _ in 0..2 * latency {
                    rows.cycle(bench)?;
                }
            }
            rows.drain(bench, 200)?;
        }
        for (generation, scores) in rows.seen.clone().into_iter().enumerate().skip(1) {
            bench.check(scores > 10, || {
                format!("{scores} scores of generation {generation}")
            })?;
        }
        bench.eq("scores of no generation", rows.seen[0], 0)
    }
}

fn allow(rows: &mut Rows<'_>, commits: usize, busy: u64, wrong: u64) {
    if let Some(loader) = &mut rows.loader {
        (loader.allowed, loader.busy_percent, loader.wrong_one_in) = (commits, busy, wrong);
    }
}

/// Cycles until so many commits are taken.
fn until(bench: &mut Bench, rows: &mut Rows<'_>, commits: usize, most: u64) -> Verdict {
    let taken = |rows: &Rows<'_>| rows.loader.as_ref().map_or(0, Loader::commits);
    for _ in 0..most {
        if taken(rows) == commits {
            return Ok(());
        }
        rows.cycle(bench)?;
    }
    bench.check(false, || format!("no commit {commits} in {most} cycles"))
}

/// The sizes that figures are given of, three models each swapped under traffic.
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
    let net = |seed| synth::net(seed, &[64, 32, 16, 1], 127, true).map(Model::Net);
    let forest = |seed| synth::forest(seed, trees).map(Model::Forest);
    let made = |of: &dyn Fn(u64) -> Result<Model, fabric::FabricError>| {
        (1..=3)
            .map(|seed| of(seed).unwrap_or_else(|error| panic!("{error}")))
            .collect()
    };
    for (name, models) in [("load_mlp64", made(&net)), ("load_gbdt100", made(&forest))] {
        let case = case(name, models, 1);
        println!(
            "model {name}: {} cycles, {} words",
            case.made.latency, case.made.words
        );
        let run = |bench: &mut Bench| case.scenario(bench, 2_000);
        testbench::run_text(name, Size::Small, case.made.verilog.clone(), 1..=1, run);
    }
}

#[test]
fn texts_lint_clean() {
    for name in ["load_net", "load_trees"] {
        let verilog = case(name, three(name), 4).made.verilog;
        gate::lint(name, &verilog).unwrap_or_else(|error| panic!("{error}"));
        gate::yosys(name, &verilog).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn mutants() {
    for (name, cycles) in [("load_net", 1_500), ("load_trees", 300)] {
        let case = case(name, three(name), 4);
        println!(
            "model {name}: {} cycles, {} words",
            case.made.latency, case.made.words
        );
        let count = if soak() { 100 } else { 20 };
        Mutants::planted(name, Size::Small, &case.made.verilog, &[], count, 1)
            .run(|bench| case.scenario(bench, cycles))
            .judge();
    }
}
