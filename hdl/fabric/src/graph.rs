//! Arithmetic as a graph of small operations, and the stages it is cut into.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::arithmetic::Span;

/// Number of an operation; those it reads have lower ones.
pub(crate) type Id = usize;

/// `±(wire << shift)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) id: Id,
    pub(crate) shift: u32,
    pub(crate) negative: bool,
}

/// The way down a tree: a leaf's number, or a bit that chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Path {
    Leaf(usize),
    Split {
        bit: Id,
        left: Box<Path>,
        right: Box<Path>,
    },
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// A column of the row.
    Column(usize),
    /// `a ± (b << shift)`.
    Add { a: Id, b: Id, shift: u32, minus: bool },
    /// `constant ± (a << shift)`.
    Offset {
        a: Id,
        shift: u32,
        minus: bool,
        constant: i64,
    },
    /// The code of a sum that has half of `2^fraction` added: rounded down, ties corrected, moved by `zero`, held to
    /// `floor..=255`.
    Code {
        a: Id,
        fraction: u32,
        zero: u8,
        floor: u8,
    },
    /// Whether a rank is above a constant.
    Above { a: Id, constant: u8 },
    /// Number of the leaf a path ends at.
    Index { path: Path, leaves: usize },
    /// One of constants by its number.
    Choice { index: Id, values: Vec<i64> },
}

/// Operations in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub(crate) ops: Vec<Op>,
    pub(crate) spans: Vec<Span>,
    depths: Vec<u32>,
}

/// A sum: a constant, or a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Constant(i64),
    Wire(Id),
}

/// The stage each operation stands in.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) stage: Vec<u32>,
    /// Stages in all.
    pub(crate) stages: u32,
    /// Most levels of logic in a stage.
    pub(crate) levels: u32,
}

impl Op {
    /// The operations it reads.
    pub(crate) fn reads(&self) -> Vec<Id> {
        match self {
            Self::Column(_) => vec![],
            Self::Add { a, b, .. } => vec![*a, *b],
            Self::Offset { a, .. } | Self::Code { a, .. } | Self::Above { a, .. } => vec![*a],
            Self::Index { path, .. } => path.bits(),
            Self::Choice { index, .. } => vec![*index],
        }
    }

    /// Levels of logic: an adder is one, wires are none.
    fn levels(&self) -> u32 {
        match self {
            Self::Column(_)
            | Self::Offset {
                minus: false,
                constant: 0,
                ..
            } => 0,
            _ => 1,
        }
    }
}

impl Path {
    fn bits(&self) -> Vec<Id> {
        match self {
            Self::Leaf(_) => vec![],
            Self::Split { bit, left, right } => [vec![*bit], left.bits(), right.bits()].concat(),
        }
    }
}

impl Graph {
    /// Adds an operation whose values lie in `span`.
    pub(crate) fn push(&mut self, op: Op, span: Span) -> Id {
        let below = op
            .reads()
            .into_iter()
            .map(|id| self.depths[id])
            .max()
            .unwrap_or(0);
        self.depths.push(below + op.levels());
        self.spans.push(span);
        self.ops.push(op);
        self.ops.len() - 1
    }

    /// Levels of logic up to and with an operation.
    pub(crate) fn depth(&self, id: Id) -> u32 {
        self.depths[id]
    }

    /// Adders in it.
    pub(crate) fn adders(&self) -> usize {
        let adds = |op: &&Op| matches!(op, Op::Add { .. } | Op::Offset { .. }) && op.levels() > 0;
        self.ops.iter().filter(adds).count()
    }

    /// `a ± (b << shift)`.
    pub(crate) fn add(&mut self, a: Id, b: Id, shift: u32, minus: bool) -> Id {
        let other = self.spans[b].shifted(shift);
        let span = self.spans[a].plus(if minus { other.negated() } else { other });
        self.push(Op::Add { a, b, shift, minus }, span)
    }

    fn offset(&mut self, term: Term, constant: i64) -> Id {
        let (a, shift, minus) = (term.id, term.shift, term.negative);
        let moved = self.spans[a].shifted(shift);
        let span = Span::new(constant, constant).plus(if minus { moved.negated() } else { moved });
        self.push(
            Op::Offset {
                a,
                shift,
                minus,
                constant,
            },
            span,
        )
    }

    /// The sum of two terms. Of two of one shift the positive one comes first, so that a difference is positive.
    fn join(&mut self, x: Term, y: Term) -> Term {
        let swap = (y.shift, y.negative) < (x.shift, x.negative);
        let (a, b) = if swap { (y, x) } else { (x, y) };
        let id = self.add(a.id, b.id, b.shift - a.shift, a.negative != b.negative);
        Term { id, ..a }
    }

    /// The sum of terms and a constant, the ones that come first added first.
    pub(crate) fn sum(&mut self, terms: &[Term], constant: i64) -> Option<Term> {
        let key = |graph: &Self, t: &Term| (graph.depths[t.id], graph.spans[t.id].width() + t.shift, t.id);
        let mut terms = terms.to_vec();
        if constant != 0 && !terms.is_empty() {
            terms.sort_by_key(|t| Reverse(key(self, t)));
            let first = terms.pop()?;
            let id = self.offset(first, constant);
            terms.push(Term {
                id,
                shift: 0,
                negative: false,
            });
        }
        let mut waiting = BinaryHeap::new();
        for (at, term) in terms.iter().enumerate() {
            waiting.push(Reverse((key(self, term), at)));
        }
        while waiting.len() > 1 {
            let (Some(Reverse((_, x))), Some(Reverse((_, y)))) = (waiting.pop(), waiting.pop()) else {
                break;
            };
            let joined = self.join(terms[x], terms[y]);
            terms.push(joined);
            waiting.push(Reverse((key(self, &joined), terms.len() - 1)));
        }
        waiting.pop().map(|Reverse((_, at))| terms[at])
    }

    /// The sum as a value of its own.
    pub(crate) fn value(&mut self, terms: &[Term], constant: i64) -> Value {
        match self.sum(terms, constant) {
            None => Value::Constant(constant),
            Some(Term {
                id,
                shift: 0,
                negative: false,
            }) => Value::Wire(id),
            Some(term) => Value::Wire(self.offset(term, 0)),
        }
    }

    /// Cuts into stages of at most `levels`, each operation as early as it can.
    fn cut(&self, outputs: &[Id], levels: u32) -> Schedule {
        let (mut stage, mut level) = (Vec::new(), Vec::new());
        for op in &self.ops {
            let reads = op.reads();
            let at = reads.iter().map(|id| stage[*id]).max().unwrap_or(0);
            let here = reads.iter().filter(|id| stage[**id] == at);
            let before: u32 = here.map(|id| level[*id]).max().unwrap_or(0);
            let (at, depth) = match before + op.levels() {
                over if over > levels => (at + 1, op.levels()),
                fits => (at, fits),
            };
            stage.push(at);
            level.push(depth);
        }
        let last = outputs.iter().map(|id| stage[*id]).max().unwrap_or(0);
        Schedule {
            stage,
            stages: last + 1,
            levels,
        }
    }

    /// The stages with the fewest levels each that are at most `most`.
    pub(crate) fn schedule(&self, outputs: &[Id], most: u32) -> Option<Schedule> {
        let deepest = self.depths.iter().copied().max().unwrap_or(0).max(1);
        (1..=deepest)
            .map(|levels| self.cut(outputs, levels))
            .find(|s| s.stages <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(graph: &mut Graph, count: usize) -> Vec<Term> {
        let id = |graph: &mut Graph, c| graph.push(Op::Column(c), Span::new(0, 255));
        (0..count)
            .map(|c| Term {
                id: id(graph, c),
                shift: 0,
                negative: false,
            })
            .collect()
    }

    #[test]
    fn sums_are_balanced_and_span_what_they_can_be() {
        let mut graph = Graph::default();
        let terms = columns(&mut graph, 64);
        let Value::Wire(sum) = graph.value(&terms, 0) else {
            panic!("a wire")
        };
        assert_eq!(
            (graph.depth(sum), graph.adders(), graph.spans[sum]),
            (6, 63, Span::new(0, 64 * 255))
        );
        for (most, stages, levels) in [(1, 1, 6), (2, 2, 3), (3, 3, 2), (5, 3, 2), (6, 6, 1)] {
            let cut = graph.schedule(&[sum], most).unwrap();
            assert_eq!((cut.stages, cut.levels), (stages, levels), "{most}");
        }
    }

    #[test]
    fn signs_and_shifts_end_in_a_plain_value() {
        let mut graph = Graph::default();
        let mut terms = columns(&mut graph, 2);
        (terms[0].negative, terms[1].negative, terms[1].shift) = (true, true, 3);
        let Value::Wire(sum) = graph.value(&terms, 0) else {
            panic!("a wire")
        };
        assert_eq!(graph.spans[sum], Span::new(-255 * 9, 0));
        let Value::Wire(sum) = graph.value(&terms, 7) else {
            panic!("a wire")
        };
        assert_eq!(graph.spans[sum], Span::new(7 - 255 * 9, 7));
        assert_eq!(graph.value(&[], 7), Value::Constant(7));
    }
}
