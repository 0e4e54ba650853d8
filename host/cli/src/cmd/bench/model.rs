//! Compiled models beside ONNX Runtime: nanoseconds a row, and how far they agree.
//!
//! Ours and the peer's runs alternate in short blocks, so that whatever else the machine does falls on both. Which row
//! is next depends on the last run's output, so that runs do not overlap: latency is measured, not throughput. A block
//! is timed as a whole, for medians finer than the clock; then as many runs are timed alone, less what an empty timing
//! costs, for the 99th percentile.

use std::hint::black_box;

use engine::clock::Clock;
use model::check::Agreement;
use model::synth::{self, Act, Dice, Trees};
use model::{Ensemble, Isa, ModelError, OnnxModel, Plan, RankTable};

use super::budgets::Better;
use super::report::{Label, Row};
use crate::error::CliError;

/// Name of the group.
pub(crate) const GROUP: &str = "model";
/// Timed runs of ours.
pub(crate) const RUNS: u32 = 100_000;
/// Rows on which ours and the peer's outputs are compared.
const SAMPLES: usize = 10_000;
/// Rows that runs go through.
const ROWS: usize = 256;
/// Runs of ours a block.
const BLOCK: u32 = 50;
/// Of a block's runs the peer makes one in so many: it is slower.
const PEER_SHARE: u32 = 5;
/// Blocks before any counts.
const WARM_UP: u32 = 20;
const PEER: &str = "ort";

/// Something that evaluates rows.
///
/// It is given the number of the row, the row, and room for outputs.
pub(crate) type Run<'a> = Box<dyn FnMut(usize, &[f32], &mut [f32]) -> Result<(), ModelError> + 'a>;

/// Times of one side, ns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) runs: u32,
}

fn failed(error: ModelError) -> CliError {
    CliError::Check(error.to_string())
}

/// Rows of a standard normal, as a trainer scales them.
pub(crate) fn normal_rows(count: usize, columns: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut dice = Dice::new(seed);
    (0..count)
        .map(|_| (0..columns).map(|_| dice.normal()).collect())
        .collect()
}

/// Timed runs of one side.
struct Side<'a> {
    run: Run<'a>,
    out: Vec<f32>,
    /// A block's time over its runs.
    blocks: Vec<f64>,
    /// Each run's time.
    singles: Vec<f64>,
    at: usize,
}

impl<'a> Side<'a> {
    fn new(run: Run<'a>, outputs: usize) -> Self {
        Self {
            run,
            out: vec![0.0; outputs],
            blocks: Vec::new(),
            singles: Vec::new(),
            at: 0,
        }
    }

    /// One run; the next one's row waits for its output.
    fn step(&mut self, rows: &[Vec<f32>]) -> Result<(), CliError> {
        let row = self.at % rows.len();
        (self.run)(row, &rows[row], &mut self.out).map_err(failed)?;
        self.at += 1 + black_box(usize::from(self.out[0] > 1e30));
        Ok(())
    }

    /// `runs` timed together, then as many alone.
    fn block(&mut self, rows: &[Vec<f32>], runs: u32) -> Result<(), CliError> {
        let clock = Clock::start();
        for _ in 0..runs {
            self.step(rows)?;
        }
        self.blocks.push(clock.ns() as f64 / f64::from(runs));
        for _ in 0..runs {
            let clock = Clock::start();
            self.step(rows)?;
            self.singles.push(clock.ns() as f64);
        }
        Ok(())
    }

    fn times(mut self, runs: u32, empty: f64) -> Times {
        Times {
            p50: quantile(&mut self.blocks, 0.5),
            p99: (quantile(&mut self.singles, 0.99) - empty).max(0.0),
            runs,
        }
    }
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index below the count of values"
    )]
    let at = (values.len() as f64 * share) as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// Times both sides in alternating blocks, `runs` of ours together and as many alone.
pub(crate) fn measure(
    ours: Run<'_>,
    peer: Run<'_>,
    rows: &[Vec<f32>],
    outputs: usize,
    runs: u32,
) -> Result<(Times, Times), CliError> {
    let (mut ours, mut peer) = (Side::new(ours, outputs), Side::new(peer, outputs));
    let mut empty = Side::new(Box::new(|_, _, _| Ok(())), outputs);
    for block in 0..runs.div_ceil(BLOCK) + WARM_UP {
        ours.block(rows, BLOCK)?;
        peer.block(rows, BLOCK / PEER_SHARE)?;
        empty.block(rows, BLOCK / PEER_SHARE)?;
        if block + 1 == WARM_UP {
            for side in [&mut ours, &mut peer, &mut empty] {
                side.blocks.clear();
                side.singles.clear();
            }
        }
    }
    let cost = quantile(&mut empty.singles, 0.5);
    Ok((ours.times(runs, cost), peer.times(runs / PEER_SHARE, cost)))
}

/// Compares both sides on rows that neither was timed on.
pub(crate) fn agreement(
    mut ours: Run<'_>,
    mut peer: Run<'_>,
    columns: usize,
    outputs: usize,
) -> Result<Agreement, CliError> {
    let mut found = Agreement::default();
    let (mut a, mut b) = (vec![0f32; outputs], vec![0f32; outputs]);
    for row in normal_rows(SAMPLES, columns, 11) {
        ours(0, &row, &mut a).map_err(failed)?;
        peer(0, &row, &mut b).map_err(failed)?;
        found.add(&a, &b);
    }
    Ok(found)
}

/// Rows of a model: median beside the peer's, 99th percentile, and how many times faster.
pub(crate) fn timed(name: &str, (ours, peer): (Times, Times)) -> Vec<Row> {
    let row = |suffix: &str, unit, better, value| {
        Row::new(
            GROUP,
            format!("{name}{suffix}"),
            unit,
            better,
            Label::Measured,
            ours.runs,
            value,
        )
    };
    vec![
        row("", "ns", Better::Lower, ours.p50).beside(PEER, peer.p50),
        row("_p99", "ns", Better::Lower, ours.p99).beside(PEER, peer.p99),
        row("_faster", "times", Better::Higher, peer.p50 / ours.p50),
    ]
}

/// Rows of an agreement.
pub(crate) fn agreed(name: &str, found: &Agreement) -> Vec<Row> {
    let runs = u32::try_from(found.rows).unwrap_or(u32::MAX);
    let row = |kind: &str, unit, better, value| {
        Row::new(
            GROUP,
            format!("{kind}.{name}"),
            unit,
            better,
            Label::Measured,
            runs,
            value,
        )
    };
    let share = 100.0 * found.argmax as f64 / found.rows.max(1) as f64;
    vec![
        row("error", "abs", Better::Lower, found.error_max),
        row("argmax", "%", Better::Higher, share),
    ]
}

/// A generated model on both sides.
struct Pair {
    plan: Plan,
    peer: OnnxModel,
}

impl Pair {
    fn new(name: &str, bytes: &[u8]) -> Result<Self, CliError> {
        Ok(Self {
            plan: Plan::compile(bytes, name, Isa::widest()).map_err(failed)?,
            peer: OnnxModel::from_bytes(bytes, name).map_err(failed)?,
        })
    }

    fn rows(&mut self, name: &str) -> Result<Vec<Row>, CliError> {
        let (columns, outputs) = (self.plan.inputs(), self.plan.outputs());
        let rows = normal_rows(ROWS, columns, 3);
        let (plan, peer) = (&mut self.plan, &mut self.peer);
        let times = measure(
            Box::new(|_, row, out| plan.evaluate(row, out)),
            Box::new(|_, row, out| peer.run(row, out)),
            &rows,
            outputs,
            RUNS,
        )?;
        let mut made = timed(name, times);
        let found = agreement(
            Box::new(|_, row, out| plan.evaluate(row, out)),
            Box::new(|_, row, out| peer.run(row, out)),
            columns,
            outputs,
        )?;
        made.extend(agreed(name, &found));
        Ok(made)
    }

    /// Ours from ranks, as a card gives them, against the peer from the values.
    fn ranked(&mut self, name: &str) -> Result<Vec<Row>, CliError> {
        let rows = normal_rows(ROWS, self.plan.inputs(), 3);
        let table = self.plan.rank_table().cloned();
        let table = table.ok_or_else(|| CliError::Check(format!("{name} has no ranks")))?;
        let ranks = ranks(&table, &rows)?;
        let (plan, peer) = (&mut self.plan, &mut self.peer);
        let times = measure(
            Box::new(|at, _, out| plan.evaluate_ranks(&ranks[at], out)),
            Box::new(|_, row, out| peer.run(row, out)),
            &rows,
            3,
            RUNS,
        )?;
        Ok(timed(name, times))
    }
}

/// The ranks of rows, as a card gives them.
fn ranks(table: &RankTable, rows: &[Vec<f32>]) -> Result<Vec<Vec<u8>>, CliError> {
    let of = |row: &Vec<f32>| {
        let mut ranks = vec![0; table.columns()];
        table.rank(&row[..table.columns()], &mut ranks).map(|()| ranks)
    };
    let ranks: Result<_, _> = rows.iter().map(of).collect();
    ranks.map_err(|e| CliError::Check(e.to_string()))
}

/// The bytes of the ensemble's members: eight networks, seven ensembles of trees, one network on integers.
fn members() -> Vec<Vec<u8>> {
    let mut made: Vec<_> = (0..8)
        .map(|i| synth::dense(100 + i, &[32, 32, 16, 3], Act::Relu))
        .collect();
    made.extend((0..7).map(|i| synth::trees(200 + i, &Trees::GBDT)));
    made.push(synth::quantised(300, &[256, 128, 64, 3], false));
    made
}

fn ensemble_rows() -> Result<Vec<Row>, CliError> {
    let pairs = members()
        .iter()
        .map(|bytes| Pair::new("member", bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let (plans, mut peers): (Vec<_>, Vec<_>) = pairs.into_iter().map(|p| ((p.plan, 1.0, 0), p.peer)).unzip();
    let mut ensemble = Ensemble::of(plans, None).map_err(failed)?;
    let share = 1.0 / peers.len() as f32;
    let mut peer = |_: usize, row: &[f32], out: &mut [f32]| {
        let mut each = [0f32; 3];
        out.fill(0.0);
        for peer in &mut peers {
            let columns = peer.features();
            peer.run(&row[..columns], &mut each)?;
            for (sum, p) in out.iter_mut().zip(each) {
                *sum += share * p;
            }
        }
        Ok(())
    };
    let rows = normal_rows(ROWS, ensemble.inputs(), 3);
    let table = ensemble.rank_table().cloned();
    let table = table.ok_or_else(|| CliError::Check("the ensemble's trees share no ranks".into()))?;
    let ranks = ranks(&table, &rows)?;
    let ours =
        Box::new(|at: usize, row: &[f32], out: &mut [f32]| ensemble.evaluate_ranked(row, &ranks[at], out));
    let mut made = timed("ensemble16", measure(ours, Box::new(&mut peer), &rows, 3, RUNS)?);
    let ours = Box::new(|_: usize, row: &[f32], out: &mut [f32]| ensemble.evaluate(row, out));
    made.extend(timed(
        "ensemble16_real",
        measure(ours, Box::new(&mut peer), &rows, 3, RUNS)?,
    ));
    let ours = Box::new(|_: usize, row: &[f32], out: &mut [f32]| ensemble.evaluate(row, out));
    let found = agreement(ours, Box::new(&mut peer), 256, 3)?;
    made.extend(agreed("ensemble16", &found));
    Ok(made)
}

/// All rows.
pub(crate) fn rows() -> Result<Vec<Row>, CliError> {
    let mut made = Pair::new("mlp32", &synth::dense(1, &[32, 32, 16, 3], Act::Relu))?.rows("mlp32")?;
    let mut trees = Pair::new("gbdt", &synth::trees(2, &Trees::GBDT))?;
    made.extend(trees.ranked("gbdt_ranks")?);
    made.extend(trees.rows("gbdt_real")?);
    let int8 = synth::quantised(3, &[256, 128, 64, 3], false);
    made.extend(Pair::new("mlp256_int8", &int8)?.rows("mlp256_int8")?);
    made.extend(ensemble_rows()?);
    Ok(made)
}
