//! Seeded books and events, ordinary and extreme: prices off the grid, sides that come and go, crossed, quantities
//! at the ends, trades without a book event, time that runs backwards.

use contract::feature::grid_recip;
use contract::record::{EventCode, Level};
use twin::Side;
use twin::features::{FeatureEvent, SlotParams, TopTen};
use twin::wide::Event;

/// An event and the book after it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) event: Event,
    pub(crate) bids: TopTen,
    pub(crate) asks: TopTen,
}

/// A made-up symbol; the seed says which of four temperaments it has.
pub(crate) struct Market {
    state: u64,
    seed: u64,
    ts_ns: u64,
    mid: u32,
    bids: TopTen,
    asks: TopTen,
}

impl Market {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed ^ 0x9e37_79b9_7f4a_7c15,
            seed,
            ts_ns: 34_200_000_000_000,
            mid: 5_000_000,
            bids: TopTen::default(),
            asks: TopTen::default(),
        }
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    fn number(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).unwrap_or(0)
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A value as features have them.
    pub(crate) fn value(&mut self) -> i16 {
        let bits = self.below(16);
        let size = self.next() % (1 << bits);
        let size = i16::try_from(size).unwrap_or(i16::MAX);
        if self.one_in(2) { size } else { -size }
    }

    pub(crate) fn params(&mut self) -> SlotParams {
        let tick = [100, 100, 2_500, 1, 7][self.below(5)];
        SlotParams {
            grid_recip: grid_recip(tick),
            qty_shift: [0, 0, 3, 31][self.below(4)],
        }
    }

    /// Now and then the host writes something, of any time.
    pub(crate) fn side_input(&mut self) -> Option<(usize, i16, u64)> {
        if !self.one_in(10) {
            return None;
        }
        let age = self.next() >> (16 + self.below(48));
        Some((self.below(8), self.value(), self.ts_ns.saturating_sub(age)))
    }

    fn quantity(&mut self) -> u32 {
        match (self.seed % 4, self.below(8)) {
            (1 | 3, 0) => u32::MAX,
            (_, 1) => 1,
            (1, 2) => self.number(u32::MAX) + 1,
            _ => 1 + self.number(3_000),
        }
    }

    fn price(&mut self, side: Side, step: u32) -> u32 {
        let (far, crossed) = (self.one_in(40), self.seed % 4 == 3 && self.one_in(4));
        let up = (side == Side::Ask) != crossed;
        match self.seed % 4 {
            1 if far => [0, u32::MAX, 1, u32::MAX - 1][self.below(4)],
            1 => self
                .mid
                .saturating_add_signed(if up { 1 } else { -1 } * (step * 37 + 5).cast_signed()),
            _ => self
                .mid
                .saturating_add_signed(if up { 1 } else { -1 } * (step * 100 + 100).cast_signed()),
        }
    }

    fn renewed(&mut self, side: Side) -> TopTen {
        let mut levels = TopTen::default();
        if self.one_in(if self.seed % 4 == 2 { 4 } else { 60 }) {
            return levels;
        }
        let count = if self.one_in(4) { self.below(11) } else { 10 };
        let mut step = self.number(3);
        for level in levels.iter_mut().take(count) {
            *level = Level {
                px: self.price(side, step),
                sz: self.quantity(),
            };
            step += 1 + self.number(4);
        }
        levels.sort_by_key(|l| (l.sz == 0, if side == Side::Bid { !l.px } else { l.px }));
        levels
    }

    fn moved(&mut self) {
        if self.one_in(3) {
            self.mid = self
                .mid
                .saturating_add_signed(self.number(7).cast_signed() * 50 - 150);
            self.bids = self.renewed(Side::Bid);
            self.asks = self.renewed(Side::Ask);
        } else {
            let (at, sz) = (self.below(10), self.quantity());
            let side = if self.one_in(2) {
                &mut self.bids
            } else {
                &mut self.asks
            };
            if side[at].sz > 0 {
                side[at].sz = sz;
            }
        }
    }

    /// The next event.
    pub(crate) fn step(&mut self) -> Step {
        const CODES: [EventCode; 8] = [
            EventCode::Add,
            EventCode::AddMpid,
            EventCode::Execute,
            EventCode::ExecutePrice,
            EventCode::Cancel,
            EventCode::Delete,
            EventCode::Replace,
            EventCode::Trade,
        ];
        let code = CODES[self.below(8)];
        let wait = self.next() >> (30 + self.below(34));
        self.ts_ns = if self.one_in(30) {
            self.ts_ns.saturating_sub(wait)
        } else {
            (self.ts_ns + wait) & ((1 << 48) - 1)
        };
        let changed = code != EventCode::Trade && !self.one_in(20);
        if changed {
            self.moved();
        }
        let executes = matches!(code, EventCode::Execute | EventCode::ExecutePrice);
        let trade = code == EventCode::Trade || (executes && changed && !self.one_in(5));
        let side = if self.one_in(2) { Side::Bid } else { Side::Ask };
        let step = self.number(3);
        Step {
            event: Event {
                event: FeatureEvent {
                    ts_ns: self.ts_ns,
                    code,
                    side,
                    changed,
                    trade,
                    trade_qty: if trade { self.quantity() } else { 0 },
                },
                trade_px: if trade { self.price(side, step) } else { 0 },
            },
            bids: self.bids,
            asks: self.asks,
        }
    }
}
