//! Runs scenarios and counts what they check.

use crate::Rng;
use gateware::emit::{Size, emit};
use verilated::{Model, PortId, Source};

/// Why a scenario stopped: a sentence with the values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// What a scenario returns; `?` after each check.
pub type Verdict = Result<(), Failure>;

/// A block under test: its model, its random numbers, its count of checks.
#[derive(Debug)]
pub struct Bench {
    /// Stimulus.
    pub rng: Rng,
    /// The Verilated block, for what the methods here do not cover.
    pub model: Model,
    size: Size,
    seed: u64,
    checks: u64,
    evals: u64,
    evals_max: u64,
}

impl Bench {
    pub(crate) fn new(model: Model, size: Size, seed: u64, evals_max: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            model,
            size,
            seed,
            checks: 0,
            evals: 0,
            evals_max,
        }
    }

    /// The size the block was emitted in.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The scenario's seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Checks made so far.
    pub const fn checks(&self) -> u64 {
        self.checks
    }

    pub(crate) const fn evals(&self) -> u64 {
        self.evals
    }

    /// Resolves a port once; panics with all names if there is none.
    #[track_caller]
    pub fn port(&self, name: &str) -> PortId {
        self.model.port(name)
    }

    /// Drives an input of up to 64 bits.
    #[track_caller]
    pub fn set(&mut self, port: PortId, value: u64) {
        self.model.set(port, value);
    }

    /// Drives an input of any width.
    #[track_caller]
    pub fn set_wide(&mut self, port: PortId, words: &[u32]) {
        self.model.set_wide(port, words);
    }

    /// Reads a port of up to 64 bits.
    #[track_caller]
    pub fn get(&self, port: PortId) -> u64 {
        self.model.get(port)
    }

    /// Reads a one-bit port.
    #[track_caller]
    pub fn is(&self, port: PortId) -> bool {
        self.model.get(port) == 1
    }

    /// Reads a port of any width.
    #[track_caller]
    pub fn get_wide(&self, port: PortId) -> Vec<u32> {
        self.model.get_wide(port)
    }

    /// Settles combinational outputs after inputs have changed.
    #[track_caller]
    pub fn eval(&mut self) {
        self.spend(1);
        self.model.eval();
    }

    /// One clock cycle with the inputs as they are. Fails the bench when an assertion in the Verilog (or in a
    /// bound checker) has failed.
    #[track_caller]
    pub fn tick(&mut self) {
        self.spend(2);
        self.model.tick();
        let failures = self.model.assertion_failures();
        assert!(
            failures == 0,
            "{failures} assertions of the Verilog failed (printed above) by {}",
            self.place()
        );
    }

    /// Holds `reset` for two cycles, with the other inputs as they are.
    #[track_caller]
    pub fn reset(&mut self) {
        let Ok(reset) = self.model.try_port("reset") else {
            return;
        };
        self.set(reset, 1);
        self.tick();
        self.tick();
        self.set(reset, 0);
        self.eval();
    }

    /// Clock cycles so far.
    pub fn cycles(&self) -> u64 {
        self.model.cycles()
    }

    /// Checks that two values are equal.
    ///
    /// # Errors
    /// A [`Failure`] with both, the cycle and the seed.
    pub fn eq<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, got: T, expected: T) -> Verdict {
        self.check(got == expected, || {
            format!("{what}: got {got:x?}, expected {expected:x?}")
        })
    }

    /// Checks a condition; the text says what is wrong if it is false.
    ///
    /// # Errors
    /// A [`Failure`] with the text, the cycle and the seed.
    pub fn check(&mut self, holds: bool, text: impl FnOnce() -> String) -> Verdict {
        self.checks += 1;
        if holds {
            Ok(())
        } else {
            Err(Failure(format!("{} [{}]", text(), self.place())))
        }
    }

    /// Where we are: block, size, cycle, seed, commit.
    pub fn place(&self) -> String {
        format!(
            "block {} size {} cycle {} seed {} commit {}",
            self.model.top(),
            self.size,
            self.model.cycles(),
            self.seed,
            env!("TESTBENCH_COMMIT")
        )
    }

    #[track_caller]
    fn spend(&mut self, evals: u64) {
        self.evals += evals;
        assert!(
            self.evals <= self.evals_max,
            "hangs: over {} evaluations at {}",
            self.evals_max,
            self.place()
        );
    }
}

/// Runs a scenario on a block as emitted, with the seed 1, or the one in `TICKFORGE_SEED`.
///
/// # Panics
/// When the scenario fails, or has checked nothing.
#[track_caller]
pub fn run(block: &str, size: Size, scenario: impl Fn(&mut Bench) -> Verdict) {
    run_seeds(block, size, 1..=1, scenario);
}

/// Runs a scenario with several seeds, or only with the one in `TICKFORGE_SEED`.
///
/// # Panics
/// When the scenario fails, or has checked nothing.
#[track_caller]
pub fn run_seeds(
    block: &str,
    size: Size,
    seeds: impl IntoIterator<Item = u64>,
    scenario: impl Fn(&mut Bench) -> Verdict,
) {
    let verilog = emit(block, size).unwrap_or_else(|error| panic!("{error}"));
    run_text(block, size, verilog, seeds, scenario);
}

/// As [`run_seeds`], on a text that is no registered block: a pipeline made for a model.
///
/// # Panics
/// As there.
#[track_caller]
pub fn run_text(
    block: &str,
    size: Size,
    verilog: String,
    seeds: impl IntoIterator<Item = u64>,
    scenario: impl Fn(&mut Bench) -> Verdict,
) {
    let model = Model::build(&source(block, verilog), 0).unwrap_or_else(|error| panic!("{error}"));
    let wanted = seed_from_environment();
    let seeds: Vec<u64> = wanted.map_or_else(|| seeds.into_iter().collect(), |seed| vec![seed]);
    for seed in seeds {
        let mut bench = Bench::new(model.another(low_half(seed)), size, seed, u64::MAX);
        open_trace(&mut bench);
        if let Err(failure) = scenario(&mut bench) {
            panic!("{failure}");
        }
        assert!(
            bench.checks > 0,
            "the scenario checked nothing [{}]",
            bench.place()
        );
        println!(
            "{block} {size}: {} checks in {} cycles, seed {seed}",
            bench.checks,
            bench.cycles()
        );
    }
}

/// How benches build their models: quick to compile; with a trace only when `TICKFORGE_TRACE` asks for one.
fn source(block: &str, verilog: String) -> Source {
    Source::new(block, verilog).trace(trace_folder().is_some())
}

fn trace_folder() -> Option<std::path::PathBuf> {
    std::env::var_os("TICKFORGE_TRACE").map(Into::into)
}

fn open_trace(bench: &mut Bench) {
    let Some(folder) = trace_folder() else { return };
    let path = folder.join(format!("{}-{}-{}.fst", bench.model.top(), bench.size, bench.seed));
    bench
        .model
        .trace_open(&path)
        .unwrap_or_else(|error| panic!("{error}"));
    println!("trace: {}", path.display());
}

fn seed_from_environment() -> Option<u64> {
    let text = std::env::var("TICKFORGE_SEED").ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("TICKFORGE_SEED must be a number, not `{text}`")),
    )
}

/// The model's own seed, for what the Verilog leaves uninitialised.
pub(crate) const fn low_half(seed: u64) -> u32 {
    verilated::bits::halves(seed)[0]
}
