//! Mutants: small seeded faults in a block's Verilog, each of which its bench must notice.
//!
//! All mutants of a block live in one build, chosen by the added input `mutant_id` (0: as emitted). A mutant is
//! killed when the scenario fails, panics or hangs. A survivor must be listed in `testbench/mutants/<block>.toml`
//! with the reason why it is equivalent to the original; at least 90 % must be killed.

mod edit;
mod explained;
mod site;
mod token;

use crate::Rng;
use crate::harness::{Bench, Verdict, low_half};
use edit::{Change, Draft};
use gateware::emit::{Size, emit};
use site::Parsed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use verilated::{Model, Source};

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// Value of `mutant_id` that activates it.
    pub id: u16,
    /// Line in the emitted Verilog, 1-based.
    pub line: usize,
    /// The statement or condition as emitted, on one line.
    pub original: String,
    /// What becomes of its expression, or `dropped`.
    pub change: String,
}

/// A Verilog text that holds its own mutants.
#[derive(Debug, Clone)]
pub struct Mutated {
    /// The text; its top module has the input `mutant_id`, 16 bits.
    pub verilog: String,
    /// The faults in it.
    pub mutations: Vec<Mutation>,
}

impl Mutated {
    /// Plants `count` seeded mutations in a text, or as many as it has room for.
    ///
    /// Plain flip-flops and their default assignments are left alone: the logic before them is mutated instead.
    pub fn plant(top: &str, verilog: &str, count: usize, seed: u64) -> Self {
        Self::plant_in(top, verilog, &[], count, seed)
    }

    /// As [`Self::plant`], in these modules only; in all of them if none is named.
    ///
    /// # Panics
    /// If the text has no module of such a name.
    pub fn plant_in(top: &str, verilog: &str, modules: &[&str], count: usize, seed: u64) -> Self {
        let mut parsed = Parsed::new(verilog);
        for module in modules {
            assert!(parsed.modules.contains(module), "{top} has no module {module}");
        }
        if !modules.is_empty() {
            let names = &parsed.modules;
            parsed.sites.retain(|site| modules.contains(&names[site.module]));
        }
        let mut rng = Rng::new(seed);
        let drafts = draw(&parsed, count, &mut rng);
        let mutations = (1..)
            .zip(&drafts)
            .map(|(id, draft)| describe(&parsed, id, draft))
            .collect();
        Self {
            verilog: edit::apply(&parsed, top, &drafts),
            mutations,
        }
    }
}

/// Draws without replacement, one a site before a second of any.
fn draw(parsed: &Parsed<'_>, count: usize, rng: &mut Rng) -> Vec<Draft> {
    let mut pools: Vec<(usize, Vec<Change>)> = Vec::new();
    for (index, site) in parsed.sites.iter().enumerate() {
        let text = site
            .statement
            .as_ref()
            .map_or("", |s| &parsed.text[parsed.span(s)]);
        if !edit::is_plumbing(text) {
            pools.push((index, edit::changes(parsed, site, rng)));
        }
    }
    let mut drafts = Vec::new();
    while drafts.len() < count && pools.iter().any(|(_, pool)| !pool.is_empty()) {
        pools.retain(|(_, pool)| !pool.is_empty());
        shuffle(&mut pools, rng);
        for (site, pool) in pools.iter_mut().take(count - drafts.len()) {
            let pick = usize::try_from(rng.below(pool.len() as u64)).unwrap_or(0);
            drafts.push(Draft {
                site: *site,
                change: pool.swap_remove(pick),
            });
        }
    }
    drafts
}

fn shuffle<T>(items: &mut [T], rng: &mut Rng) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(rng.below(last as u64 + 1)).unwrap_or(0);
        items.swap(last, other);
    }
}

fn describe(parsed: &Parsed<'_>, id: u16, draft: &Draft) -> Mutation {
    let site = &parsed.sites[draft.site];
    let at = parsed.span(site.statement.as_ref().unwrap_or(&site.expression));
    let change = match &draft.change {
        Change::Expression(text) => one_line(text),
        Change::Dropped => "dropped".into(),
    };
    let line = parsed.text[..at.start].lines().count().max(1);
    Mutation {
        id,
        line,
        original: one_line(&parsed.text[at]),
        change,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A block's mutants, built.
#[derive(Debug)]
pub struct Mutants {
    block: String,
    size: Size,
    model: Model,
    mutations: Vec<Mutation>,
}

/// What became of a block's mutants.
#[derive(Debug, Clone)]
pub struct Report {
    /// Name of the block.
    pub block: String,
    /// Mutants in all.
    pub total: usize,
    /// Mutants noticed by the bench.
    pub killed: usize,
    /// Survivors listed as equivalent.
    pub explained: usize,
    /// Survivors nobody has explained.
    pub survivors: Vec<Mutation>,
}

impl Mutants {
    /// Plants `count` mutations in a registered block and builds the lot.
    ///
    /// # Panics
    /// If the block does not exist or the text does not build.
    #[track_caller]
    pub fn new(block: &str, size: Size, count: usize, seed: u64) -> Self {
        Self::within(block, size, &[], count, seed)
    }

    /// As [`Self::new`], in these modules of the block only; in all of them if none is named. For a block whose
    /// parts have mutants of their own.
    ///
    /// # Panics
    /// As [`Self::new`], or if there is no such module.
    #[track_caller]
    pub fn within(block: &str, size: Size, modules: &[&str], count: usize, seed: u64) -> Self {
        let verilog = emit(block, size).unwrap_or_else(|error| panic!("{error}"));
        Self::planted(block, size, &verilog, modules, count, seed)
    }

    /// As [`Self::within`], in a text that is no registered block.
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn planted(
        block: &str,
        size: Size,
        verilog: &str,
        modules: &[&str],
        count: usize,
        seed: u64,
    ) -> Self {
        let Mutated { verilog, mutations } = Mutated::plant_in(block, verilog, modules, count, seed);
        assert!(!mutations.is_empty(), "block {block} has nothing to mutate");
        let model = Model::build(&Source::new(block, verilog), 0).unwrap_or_else(|error| panic!("{error}"));
        Self {
            block: block.into(),
            size,
            model,
            mutations,
        }
    }

    /// Runs the scenario on every mutant.
    ///
    /// # Panics
    /// If the scenario fails on the unmutated text.
    #[track_caller]
    pub fn run(&self, scenario: impl Fn(&mut Bench) -> Verdict) -> Report {
        let evals = match self.attempt(0, u64::MAX, &scenario) {
            (Ok(()), evals) => evals,
            (Err(why), _) => panic!("the bench of {} fails without any mutation: {why}", self.block),
        };
        let budget = evals.saturating_mul(4).saturating_add(10_000);
        let (mut killed, mut explained, mut survivors) = (0, 0, Vec::new());
        for mutation in &self.mutations {
            match self.attempt(mutation.id, budget, &scenario).0 {
                Err(_) => killed += 1,
                Ok(()) if explained::is_listed(&self.block, mutation) => explained += 1,
                Ok(()) => survivors.push(mutation.clone()),
            }
        }
        Report {
            block: self.block.clone(),
            total: self.mutations.len(),
            killed,
            explained,
            survivors,
        }
    }

    /// One run: the verdict and the evaluations spent. A panic is a verdict too.
    fn attempt(
        &self,
        id: u16,
        budget: u64,
        scenario: &impl Fn(&mut Bench) -> Verdict,
    ) -> (Result<(), String>, u64) {
        const SEED: u64 = 1;
        let mut model = self.model.another(low_half(SEED));
        model.set(model.port("mutant_id"), id.into());
        model.eval();
        let mut bench = Bench::new(model, self.size, SEED, budget);
        let quiet = explained::silence_panics(id != 0);
        let outcome = catch_unwind(AssertUnwindSafe(|| scenario(&mut bench)));
        drop(quiet);
        let verdict = match outcome {
            Ok(Ok(())) if bench.checks() == 0 => Err("nothing was checked".into()),
            Ok(verdict) => verdict.map_err(|failure| failure.to_string()),
            Err(_) => Err("panic".into()),
        };
        (verdict, bench.evals())
    }
}

impl Report {
    /// Prints the score and fails unless at least 90 % are killed and every survivor is explained.
    ///
    /// # Panics
    /// Otherwise; the message has the lines to paste into `testbench/mutants/<block>.toml`.
    #[track_caller]
    pub fn judge(&self) {
        let Self {
            block,
            total,
            killed,
            explained,
            survivors,
        } = self;
        println!("mutants {block}: killed {killed}/{total}, explained {explained}");
        let list: String = survivors.iter().map(explained::entry).collect();
        assert!(
            survivors.is_empty(),
            "{} mutants of {block} survive: strengthen the bench, or explain each in \
             testbench/mutants/{block}.toml:\n{list}",
            survivors.len()
        );
        assert!(
            killed * 10 >= total * 9,
            "only {killed} of {total} mutants of {block} are killed; 90 % must be"
        );
    }
}

/// Adds the test `mutants` to a bench file: 20 seeded mutants of the block, each of which `scenario` must kill.
///
/// `testbench::mutants!("skid_buffer", scenario);` or, with another size, count or seed,
/// `testbench::mutants!("skid_buffer", Size::Sim, 40, 7, scenario);`
/// In some of its modules only: `testbench::mutants!("top", ["top", "top_part"], Size::Sim, 40, 7, scenario);`
#[macro_export]
macro_rules! mutants {
    ($block:expr, $scenario:expr) => {
        $crate::mutants!($block, gateware::emit::Size::Small, 20, 1, $scenario);
    };
    ($block:expr, $size:expr, $count:expr, $seed:expr, $scenario:expr) => {
        $crate::mutants!($block, [], $size, $count, $seed, $scenario);
    };
    ($block:expr, [$($module:expr),*], $size:expr, $count:expr, $seed:expr, $scenario:expr) => {
        #[test]
        fn mutants() {
            $crate::mutate::Mutants::within($block, $size, &[$($module),*], $count, $seed)
                .run($scenario)
                .judge();
        }
    };
}

#[cfg(test)]
mod tests;
