//! Traffic of several kinds, made of orders that are live.

use super::driver::{Driver, Order};
use testbench::{Bench, Verdict};
use twin::Side;

impl Driver {
    pub(crate) fn random_event(&mut self, bench: &mut Bench, slot: u16, mood: Mood) -> Verdict {
        let live = self.orders[usize::from(slot)].len();
        let side = if bench.rng.percent(50) {
            Side::Bid
        } else {
            Side::Ask
        };
        let px = price(bench, mood, side, self.ticks[usize::from(slot)]);
        let qty = u32::try_from(if bench.rng.percent(97) {
            bench.rng.between(1, 500)
        } else {
            u64::from(u32::MAX)
        })
        .expect("32 bits");
        if live < 8 || bench.rng.percent(if live < mood.wanted() { 60 } else { 35 }) {
            return self.add(bench, slot, Order { side, px, qty });
        }
        let index = if bench.rng.percent(mood.top_percent()) {
            self.best(slot, side)
        } else {
            usize::try_from(bench.rng.below(live as u64)).expect("an index")
        };
        let part = bench.rng.percent(20);
        let replaces = bench.rng.percent(if mood == Mood::Storm { 90 } else { 25 });
        self.take(
            bench,
            slot,
            index,
            part && !replaces,
            replaces.then_some((px, qty)),
        )
    }

    /// An order at the best price of a side, or of the other one.
    pub(crate) fn best(&self, slot: u16, side: Side) -> usize {
        let orders = &self.orders[usize::from(slot)];
        let rank = |o: &Order| (o.side != side, if o.side == Side::Bid { !o.px } else { o.px });
        (0..orders.len()).min_by_key(|&i| rank(&orders[i])).unwrap_or(0)
    }
}

/// The kind of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Near a mid price, on the grid.
    Walk,
    /// Anywhere, with stub quotes.
    Sparse,
    /// Near a mid price, off the grid.
    OffGrid,
    /// Mostly replaces.
    Storm,
    /// Deletes the best.
    TopDown,
}

pub(crate) const MOODS: [Mood; 5] = [
    Mood::Walk,
    Mood::Sparse,
    Mood::OffGrid,
    Mood::Storm,
    Mood::TopDown,
];

impl Mood {
    const fn wanted(self) -> usize {
        match self {
            Self::Sparse => 40,
            Self::TopDown => 250,
            Self::Walk | Self::OffGrid | Self::Storm => 120,
        }
    }

    const fn top_percent(self) -> u64 {
        if matches!(self, Self::TopDown) { 90 } else { 10 }
    }
}

fn price(bench: &mut Bench, mood: Mood, side: Side, tick: u32) -> u32 {
    let rng = &mut bench.rng;
    let away = |steps: u64| {
        let steps = u32::try_from(steps).expect("few") * tick;
        if side == Side::Bid {
            1_000_000 + 2 * tick - steps
        } else {
            1_000_000 + steps
        }
    };
    match mood {
        Mood::Sparse => match rng.below(6) {
            0 => 1,
            1 => 1_999_999_900,
            2 => u32::try_from(rng.edgy(32)).expect("32 bits"),
            _ => u32::try_from(rng.below(20_000)).expect("few") * 100 * 977,
        },
        Mood::OffGrid => {
            let base = away(rng.below(40));
            base + u32::try_from(rng.below(3)).expect("few")
        }
        Mood::Walk | Mood::Storm => away(rng.below(60)),
        Mood::TopDown => away(rng.below(200)),
    }
}
