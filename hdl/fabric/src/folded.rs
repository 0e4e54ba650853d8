//! A model as a pipeline of constants.
//!
//! ```text
//! sink ──► columns ─┬─► copies ± copies ─► sums ─► × constant, round, hold ─► codes ─► next layer … ─► scores ──► source
//!                   └─► rank > constant ─► leaf's number ─► leaf ─► sums ───────────────────────────►
//! ```
//!
//! Latency: [`Folded::latency`] cycles from an accepted row to its score, a row every cycle. Back-pressure: the pipeline stands
//! while its last stage waits. No multiplier, no memory: products are sums of shifted copies (`share`), cut into stages of
//! equal depth (`graph`).

use std::collections::HashMap;

use crate::arithmetic::Span;
use crate::forest::{self, Forest};
use crate::graph::{Graph, Id, Op, Path, Term, Value};
use crate::net::{self, MULTIPLIER_FRACTION, Net, Requant};
use crate::{FabricError, Model, digits, share, verilog};

/// Most levels of logic a stage may have: 6.4 ns at 0.8 ns a level.
pub const LEVELS_MAX: u32 = 8;
/// Stages unless asked otherwise: the budget.
pub const STAGES: u32 = 6;

/// A pipeline of constants.
#[derive(Debug, Clone)]
pub struct Folded {
    /// The text; its top module is called as asked.
    pub verilog: String,
    /// Cycles from the row to its score.
    pub latency: u32,
    /// Levels of logic of the deepest stage: adders, or the choice of a leaf.
    pub levels: u32,
    /// Adders in it.
    pub adders: usize,
    /// Bits of its registers.
    pub registers: usize,
}

/// Folds a model into a pipeline of at most `stages`.
///
/// # Errors
/// [`FabricError::Stages`] when a stage would have more than [`LEVELS_MAX`] levels.
pub fn fold(model: &Model, name: &str, stages: u32) -> Result<Folded, FabricError> {
    let mut graph = Graph::default();
    let columns: Vec<_> = (0..model.columns())
        .map(|c| graph.push(Op::Column(c), Span::new(0, 255)))
        .collect();
    let values = match model {
        Model::Net(net) => dense(&mut graph, net, &columns),
        Model::Forest(forest) => trees(&mut graph, forest, &columns),
    };
    let outputs: Vec<_> = values
        .iter()
        .filter_map(|v| if let Value::Wire(id) = v { Some(*id) } else { None })
        .collect();
    let levels = outputs.iter().map(|id| graph.depth(*id)).max().unwrap_or(0);
    let schedule = graph
        .schedule(&outputs, stages)
        .filter(|s| s.levels <= LEVELS_MAX);
    let schedule = schedule.ok_or(FabricError::Stages {
        asked: stages,
        levels,
        most: LEVELS_MAX,
    })?;
    let text = verilog::pipeline(name, &model.describe(), &graph, &schedule, &values);
    Ok(Folded {
        verilog: text.verilog,
        latency: schedule.stages,
        levels: schedule.levels,
        adders: graph.adders(),
        registers: text.registers,
    })
}

/// Layers of constant products.
fn dense(graph: &mut Graph, net: &Net, columns: &[Id]) -> Vec<Value> {
    let mut values: Vec<_> = columns.iter().map(|id| Value::Wire(*id)).collect();
    for layer in net.layers() {
        let (mut sums, mut constants) = (Vec::new(), Vec::new());
        for output in 0..layer.outputs() {
            let (mut terms, mut constant) = (Vec::new(), i64::from(layer.bias[output]));
            for (weight, value) in layer.row(output).iter().zip(&values) {
                match value {
                    Value::Constant(code) => constant += i64::from(*weight) * code,
                    Value::Wire(id) => terms.extend(copies(*id, i64::from(*weight))),
                }
            }
            sums.push(terms);
            constants.push(constant);
        }
        let sums = share::share(graph, sums);
        let each = sums.iter().zip(&constants).enumerate();
        values = each
            .map(|(output, (terms, constant))| match &layer.requant {
                None => graph.value(terms, *constant),
                Some(requant) => code(graph, terms, *constant, requant.multipliers[output], requant),
            })
            .collect();
    }
    values
}

/// A product by a constant as shifted copies.
fn copies(id: Id, constant: i64) -> impl Iterator<Item = Term> {
    let copy = move |d: digits::Digit| Term {
        id,
        shift: d.shift,
        negative: d.negative,
    };
    digits::of(constant).into_iter().map(copy)
}

/// A sum in the next layer's codes.
fn code(graph: &mut Graph, terms: &[Term], constant: i64, multiplier: u32, requant: &Requant) -> Value {
    let Some(sum) = graph.sum(terms, 0) else {
        return Value::Constant(net::code(constant, multiplier, requant).into());
    };
    let scaled = copies(sum.id, i64::from(multiplier)).map(|copy| Term {
        id: copy.id,
        shift: copy.shift + sum.shift,
        negative: copy.negative != sum.negative,
    });
    let half = 1i64 << (MULTIPLIER_FRACTION - 1);
    // An even zero point may be added before rounding: ties still go to even codes.
    let early = if requant.zero.is_multiple_of(2) {
        requant.zero
    } else {
        0
    };
    let constant = constant * i64::from(multiplier) + half + (i64::from(early) << MULTIPLIER_FRACTION);
    let mut terms: Vec<_> = scaled.collect();
    // Bits that are 0 whatever the row is are not there.
    let spare = terms.iter().map(|t| t.shift).min().unwrap_or(0);
    let spare = spare.min(constant.trailing_zeros()).min(MULTIPLIER_FRACTION - 1);
    terms.iter_mut().for_each(|term| term.shift -= spare);
    let a = match graph.value(&terms, constant >> spare) {
        Value::Wire(id) => id,
        Value::Constant(_) => unreachable!("a sum that has terms"),
    };
    let (zero, fraction) = (requant.zero - early, MULTIPLIER_FRACTION - spare);
    let span = graph.spans[a];
    // A tie may go down to the even code below.
    let (low, high) = ((span.low >> fraction) & !1, span.high >> fraction);
    let hold = |code: i64| (code + i64::from(zero)).clamp(i64::from(requant.floor), 255);
    let span = Span::new(hold(low), hold(high));
    let op = Op::Code {
        a,
        fraction,
        zero,
        floor: requant.floor,
    };
    Value::Wire(graph.push(op, span))
}

/// Compares, each once; then each tree's leaf, then their sums.
fn trees(graph: &mut Graph, forest: &Forest, columns: &[Id]) -> Vec<Value> {
    let mut bits = HashMap::new();
    let mut terms = vec![Vec::new(); forest.outputs()];
    let mut constants: Vec<_> = forest.base().iter().map(|b| i64::from(*b)).collect();
    for tree in forest.trees() {
        let mut leaves = Vec::new();
        let path = path(graph, &mut bits, columns, tree, 0, &mut leaves);
        let index = (leaves.len() > 1).then(|| {
            let last = i64::try_from(leaves.len() - 1).unwrap_or(0);
            graph.push(
                Op::Index {
                    path,
                    leaves: leaves.len(),
                },
                Span::new(0, last),
            )
        });
        for (output, terms) in terms.iter_mut().enumerate() {
            let values: Vec<_> = leaves.iter().map(|steps| i64::from(steps[output])).collect();
            let (low, high) = (
                values.iter().min().copied().unwrap_or(0),
                values.iter().max().copied().unwrap_or(0),
            );
            match index {
                Some(index) if low != high => {
                    let id = graph.push(Op::Choice { index, values }, Span::new(low, high));
                    terms.push(Term {
                        id,
                        shift: 0,
                        negative: false,
                    });
                }
                _ => constants[output] += low,
            }
        }
    }
    terms
        .iter()
        .zip(constants)
        .map(|(terms, constant)| graph.value(terms, constant))
        .collect()
}

/// The way down from a node; leaves are numbered from the left.
fn path<'a>(
    graph: &mut Graph,
    bits: &mut HashMap<(usize, u8), Id>,
    columns: &[Id],
    tree: &'a forest::Tree,
    node: usize,
    leaves: &mut Vec<&'a [i16]>,
) -> Path {
    match &tree.nodes[node] {
        forest::Node::Leaf(steps) => {
            leaves.push(steps);
            Path::Leaf(leaves.len() - 1)
        }
        forest::Node::Split {
            column,
            above,
            left,
            right,
        } => {
            let op = Op::Above {
                a: columns[*column],
                constant: *above,
            };
            let bit = *bits
                .entry((*column, *above))
                .or_insert_with(|| graph.push(op, Span::new(0, 1)));
            let left = path(graph, bits, columns, tree, *left, leaves);
            let right = path(graph, bits, columns, tree, *right, leaves);
            Path::Split {
                bit,
                left: left.into(),
                right: right.into(),
            }
        }
    }
}
