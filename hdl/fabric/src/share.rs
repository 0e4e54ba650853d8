//! Sums of constant multiples with their common parts computed once.
//!
//! Each product is a few shifted copies of its factor. Of all pairs of copies, `a ± (b << shift)`, the one that occurs most
//! often in the sums of a layer is computed once, and counts as a copy from then on, until no pair occurs twice. A pair is
//! not taken where it would make the sum's tree deeper: with a copy that comes `d` levels late weighing `2^d`, a tree of
//! `k` levels adds copies of a weight of `2^k`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::graph::{Graph, Id, Term};

/// Two copies, the one of the lower shift first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Pair {
    a: Id,
    b: Id,
    shift: u32,
    minus: bool,
}

impl Pair {
    fn of(x: Term, y: Term) -> (Self, Term) {
        let (a, b) = if (y.shift, y.id) < (x.shift, x.id) {
            (y, x)
        } else {
            (x, y)
        };
        let minus = a.negative != b.negative;
        (
            Self {
                a: a.id,
                b: b.id,
                shift: b.shift - a.shift,
                minus,
            },
            a,
        )
    }
}

struct Sharing<'a> {
    graph: &'a mut Graph,
    sums: Vec<Vec<Term>>,
    counts: HashMap<Pair, u32>,
    waiting: BinaryHeap<(u32, Reverse<Pair>)>,
    /// Levels at which the layer's own inputs stand.
    start: u32,
    /// Weight of each sum, and the most it may be.
    weights: Vec<u64>,
    weight_max: u64,
}

/// The sums with common pairs in place of their parts.
pub(crate) fn share(graph: &mut Graph, sums: Vec<Vec<Term>>) -> Vec<Vec<Term>> {
    let start = sums
        .iter()
        .flatten()
        .map(|t| graph.depth(t.id))
        .min()
        .unwrap_or(0);
    let weigh = |sum: &Vec<Term>| {
        sum.iter()
            .map(|t| 1u64 << (graph.depth(t.id) - start))
            .sum::<u64>()
    };
    let weights: Vec<_> = sums.iter().map(weigh).collect();
    let weight_max = weights.iter().copied().max().unwrap_or(1).next_power_of_two();
    let mut sharing = Sharing {
        graph,
        sums,
        counts: HashMap::new(),
        waiting: BinaryHeap::new(),
        start,
        weights,
        weight_max,
    };
    sharing.count_all();
    while let Some((count, Reverse(pair))) = sharing.waiting.pop() {
        // Entries are never taken back: only the one with today's count holds.
        if sharing.counts.get(&pair) == Some(&count) {
            sharing.take(pair);
        }
    }
    sharing.sums
}

impl Sharing<'_> {
    fn count_all(&mut self) {
        for sum in &self.sums {
            for (at, x) in sum.iter().enumerate() {
                for y in &sum[at + 1..] {
                    *self.counts.entry(Pair::of(*x, *y).0).or_default() += 1;
                }
            }
        }
        let often = self.counts.iter().filter(|(_, count)| **count > 1);
        self.waiting
            .extend(often.map(|(pair, count)| (*count, Reverse(*pair))));
    }

    /// Counts the pairs of `term` with all of a sum, up or down.
    fn recount(&mut self, sum: usize, term: Term, up: bool) {
        for other in &self.sums[sum] {
            let pair = Pair::of(term, *other).0;
            let count = self.counts.entry(pair).or_default();
            *count = if up { *count + 1 } else { count.saturating_sub(1) };
            if *count > 1 {
                self.waiting.push((*count, Reverse(pair)));
            } else if *count == 0 {
                self.counts.remove(&pair);
            }
        }
    }

    /// Where a pair occurs in a sum, no copy taken twice.
    fn places(&self, sum: usize, pair: Pair) -> Vec<(Term, Term)> {
        let terms = &self.sums[sum];
        let mut taken = vec![false; terms.len()];
        let mut places = Vec::new();
        for x in 0..terms.len() {
            if terms[x].id != pair.a || taken[x] {
                continue;
            }
            let fits = |y: &usize| {
                *y != x && !taken[*y] && terms[*y].id == pair.b && {
                    let (found, first) = Pair::of(terms[x], terms[*y]);
                    found == pair && first == terms[x]
                }
            };
            if let Some(y) = (0..terms.len()).find(fits) {
                (taken[x], taken[y]) = (true, true);
                places.push((terms[x], terms[y]));
            }
        }
        places
    }

    /// Computes a pair once for all sums that have it and room for it, if that is more than one.
    fn take(&mut self, pair: Pair) {
        let level = |id: Id| self.graph.depth(id) - self.start;
        let (a, b) = (level(pair.a), level(pair.b));
        let more = (2u64 << a.max(b)) - (1u64 << a) - (1u64 << b);
        let mut places = Vec::new();
        for sum in 0..self.sums.len() {
            for place in self.places(sum, pair) {
                if self.weights[sum] + more <= self.weight_max {
                    self.weights[sum] += more;
                    places.push((sum, place));
                }
            }
        }
        if places.len() < 2 {
            for (sum, _) in places {
                self.weights[sum] -= more;
            }
            return;
        }
        let id = self.graph.add(pair.a, pair.b, pair.shift, pair.minus);
        for (sum, (x, y)) in places {
            for old in [x, y] {
                let at = self.sums[sum].iter().position(|t| *t == old);
                at.map(|at| self.sums[sum].remove(at));
                self.recount(sum, old, false);
            }
            let new = Term { id, ..x };
            self.recount(sum, new, true);
            self.sums[sum].push(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arithmetic::Span;
    use crate::graph::Op;

    #[test]
    fn a_common_pair_is_computed_once() {
        let mut graph = Graph::default();
        let ids: Vec<_> = (0..4)
            .map(|c| graph.push(Op::Column(c), Span::new(0, 255)))
            .collect();
        let term = |c: usize, shift, negative| Term {
            id: ids[c],
            shift,
            negative,
        };
        // x0 - 4·x1 in three sums: as it is, doubled, and negated.
        let sums = vec![
            vec![
                term(0, 0, false),
                term(1, 2, true),
                term(2, 0, false),
                term(3, 0, false),
            ],
            vec![term(0, 1, false), term(1, 3, true), term(2, 1, false)],
            vec![term(1, 2, false), term(0, 0, true), term(3, 1, false)],
        ];
        let shared = share(&mut graph, sums);
        assert_eq!(graph.adders(), 1);
        assert_eq!(
            graph.ops[4],
            Op::Add {
                a: 0,
                b: 1,
                shift: 2,
                minus: true
            }
        );
        let found = |sum: usize| shared[sum].iter().find(|t| t.id == 4).copied();
        let expected = |shift, negative| {
            Some(Term {
                id: 4,
                shift,
                negative,
            })
        };
        assert_eq!(
            [0, 1, 2].map(found),
            [expected(0, false), expected(1, false), expected(0, true)]
        );
    }
}
