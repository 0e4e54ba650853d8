//! Values and ranks of the wide record after each event, bit for bit as [`contract::wide`] defines them.
//!
//! One [`Wide`] holds the state of all slots. Nothing allocates after it is built.
//!
//! ```
//! use contract::record::{EventCode, Level};
//! use contract::wide::{self, index};
//! use twin::Side;
//! use twin::features::{FeatureEvent, Features, TopTen};
//! use twin::wide::{Event, Wide};
//! let (mut core, mut wide) = (Features::new(1), Wide::new(1));
//! let (mut bids, mut asks) = (TopTen::default(), TopTen::default());
//! bids[0] = Level { px: 1_000_000, sz: 300 };
//! asks[0] = Level { px: 1_000_200, sz: 100 };
//! let event = FeatureEvent::book(EventCode::Add, 34_200_000_000_000, Side::Bid);
//! let core = core.update(0, &event, &bids, &asks);
//! let mut out = wide::Wide::default();
//! wide.update(0, &Event { event, trade_px: 0 }, (&bids, &asks), &core, &mut out);
//! assert_eq!(out.values[index("ask_px_1")], 2, "half ticks above the mid");
//! assert_eq!(out.values[index("ema_obi_1_2")], 4_096, "a quarter of the imbalance");
//! ```

mod averages;
mod ranks;
mod shape;
mod stats;

use contract::feature::{CORE_COUNT, index as core_index};
use contract::record::EventCode;
use contract::wide::{self as schema, NEVER, NONE, SIDE_INPUTS, VALUES, index};

use crate::Side;
use crate::features::{
    FeatureEvent, SlotParams, TopTen, log2_fixed, priced_ask, saturate_unsigned, signed_ticks,
};
use averages::{Averages, square};
pub use ranks::EdgeError;
use ranks::Ranks;
use stats::{Mid, Trades};

/// What the wide values of an event depend on besides the book after it and the core features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// As the core features have it.
    pub event: FeatureEvent,
    /// Price of the trade, 1/10000 dollar, when it is one: the resting order's for E, the message's for C and P.
    pub trade_px: u32,
}

/// Bids and asks after the event.
pub type Book<'a> = (&'a TopTen, &'a TopTen);

/// Kinds of events whose last time is kept, in record order from `since_add` on.
const AGES: usize = 9;
const TRADE_AGE: usize = index("since_trade") - index("since_add");
const BID_AGE: usize = index("since_bid_move") - index("since_add");

/// Book and time of the previous book event.
#[derive(Debug, Clone, Copy)]
struct Previous {
    ts_ns: u64,
    bids: TopTen,
    /// No ask is above every price.
    asks: TopTen,
}

/// A side input as the host wrote it.
#[derive(Debug, Clone, Copy)]
struct SideInput {
    value: i16,
    ts_ns: u64,
}

#[derive(Debug, Clone, Default)]
struct SlotState {
    previous: Option<Previous>,
    /// Bid plus ask of the last two-sided book event, and of the first.
    mid2: Option<u64>,
    anchor: Option<u64>,
    /// Half ticks of the last mid from the first.
    x: i16,
    averages: Averages,
    ages: [Option<u64>; AGES],
    mid: Mid,
    trades: Trades,
}

/// Wide values of all slots.
#[derive(Debug, Clone)]
pub struct Wide {
    params: Vec<SlotParams>,
    states: Vec<SlotState>,
    sides: Vec<[Option<SideInput>; SIDE_INPUTS]>,
    ranks: Ranks,
}

impl Wide {
    /// State for `slots` slots, all as after a reset; no edges, no side inputs.
    pub fn new(slots: usize) -> Self {
        Self {
            params: vec![SlotParams::default(); slots],
            states: vec![SlotState::default(); slots],
            sides: vec![[None; SIDE_INPUTS]; slots],
            ranks: Ranks::new(),
        }
    }

    /// Sets the parameters of a slot; its state stays.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn configure(&mut self, slot: usize, params: SlotParams) {
        self.params[slot] = params;
    }

    /// Forgets everything about a slot but its parameters and side inputs, as `SLOT_SYNC` and subscribing do.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn reset(&mut self, slot: usize) {
        self.states[slot] = SlotState::default();
    }

    /// Writes a side input, as of `ts_ns` (48 bits, as ITCH counts it).
    ///
    /// # Panics
    /// When there is no such slot or input.
    pub fn set_side(&mut self, slot: usize, input: usize, value: i16, ts_ns: u64) {
        self.sides[slot][input] = Some(SideInput { value, ts_ns });
    }

    /// Loads the edges of a rank, ascending; those not given are 32767.
    ///
    /// # Errors
    /// [`EdgeError`] when there are too many, they do not ascend, or there is no such rank.
    pub fn load_edges(&mut self, rank: usize, edges: &[i16]) -> Result<(), EdgeError> {
        self.ranks.load(rank, edges)
    }

    /// Takes an event in without making a record of it.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn observe(&mut self, slot: usize, event: &Event, (bids, asks): Book<'_>, core: &[i16; CORE_COUNT]) {
        self.states[slot].advance(&self.params[slot], event, (bids, asks), core);
    }

    /// The record's values and ranks after `event`, which left the slot with `book` and gave the core features `core`.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn update(
        &mut self,
        slot: usize,
        event: &Event,
        book: Book<'_>,
        core: &[i16; CORE_COUNT],
        out: &mut schema::Wide,
    ) {
        let (params, state) = (&self.params[slot], &mut self.states[slot]);
        let values = &mut out.values;
        state.before(event, params.qty_shift & 31, book, values);
        state.advance(params, event, book, core);
        state.after(book, core, values);
        shape::write(params.grid_recip, book, values);
        write_sides(&self.sides[slot], event.event.ts_ns, values);
        self.ranks.of(core, values, &mut out.ranks);
    }
}

/// `since` as a value: nothing yet is [`NONE`].
fn since(then: Option<u64>, ts_ns: u64) -> i16 {
    then.map_or(NONE, |then| log2_fixed(ts_ns.saturating_sub(then) + 1))
}

fn two_sided((bids, asks): Book<'_>) -> bool {
    bids[0].sz > 0 && asks[0].sz > 0
}

fn write_sides(sides: &[Option<SideInput>; SIDE_INPUTS], ts_ns: u64, out: &mut [i16; VALUES]) {
    const VALUE: usize = index("side_0");
    const AGE: usize = index("side_age_0");
    for (i, side) in sides.iter().enumerate() {
        out[VALUE + i] = side.map_or(0, |s| s.value);
        out[AGE + i] = side.map_or(NEVER, |s| since(Some(s.ts_ns), ts_ns) >> 3);
    }
}

impl SlotState {
    /// What is told from the state before the event.
    fn before(&self, event: &Event, shift: u32, book: Book<'_>, out: &mut [i16; VALUES]) {
        const AGE: usize = index("since_add");
        for (value, then) in out[AGE..AGE + AGES].iter_mut().zip(self.ages) {
            *value = since(then, event.event.ts_ns);
        }
        let before = self.previous.as_ref().filter(|_| event.event.changed);
        shape::write_flow(before.map(|p| (&p.bids, &p.asks)), shift, book, out);
    }

    /// Everything that outlives the event.
    fn advance(&mut self, params: &SlotParams, event: &Event, book: Book<'_>, core: &[i16; CORE_COUNT]) {
        if event.event.trade {
            self.traded(params, event);
        }
        if event.event.changed {
            self.changed(params, &event.event, book, core);
        }
    }

    fn traded(&mut self, params: &SlotParams, event: &Event) {
        let qty = saturate_unsigned(u64::from(event.event.trade_qty >> (params.qty_shift & 31)));
        let signed = match event.event.side {
            Side::Bid => -qty,
            Side::Ask => qty,
        };
        self.averages.traded(signed);
        self.ages[TRADE_AGE] = Some(event.event.ts_ns);
        if let Some(anchor) = self.anchor {
            let y = signed_ticks(2 * u64::from(event.trade_px), anchor, params.grid_recip);
            self.trades.at(y, self.x, qty);
        }
    }

    fn changed(
        &mut self,
        params: &SlotParams,
        event: &FeatureEvent,
        book: Book<'_>,
        core: &[i16; CORE_COUNT],
    ) {
        let asks = book.1.map(priced_ask);
        self.averages.book(event.code, core);
        if let Some(previous) = &self.previous {
            let dt_ns = event.ts_ns.saturating_sub(previous.ts_ns);
            self.averages.followed(log2_fixed(dt_ns + 1), core);
            if book.0[0].px != previous.bids[0].px {
                self.ages[BID_AGE] = Some(event.ts_ns);
            }
            if asks[0].px != previous.asks[0].px {
                self.ages[BID_AGE + 1] = Some(event.ts_ns);
            }
        }
        if two_sided(book) {
            self.averages.two_sided(core);
            let mid2 = u64::from(book.0[0].px) + u64::from(book.1[0].px);
            self.mid_at(mid2, event.ts_ns, params.grid_recip, core);
        }
        let age = match event.code {
            EventCode::Add | EventCode::AddMpid => 0,
            EventCode::Execute | EventCode::ExecutePrice => 1,
            EventCode::Cancel => 2,
            EventCode::Delete => 3,
            EventCode::Replace => 4,
            // They change no book.
            EventCode::Trade | EventCode::Cross => TRADE_AGE,
        };
        self.ages[age] = Some(event.ts_ns);
        self.previous = Some(Previous {
            ts_ns: event.ts_ns,
            bids: *book.0,
            asks,
        });
    }

    fn mid_at(&mut self, mid2: u64, ts_ns: u64, recip: u32, core: &[i16; CORE_COUNT]) {
        let anchor = *self.anchor.get_or_insert(mid2);
        self.x = signed_ticks(mid2, anchor, recip);
        self.mid.at(self.x, core[const { core_index("spread") }]);
        let Some(before) = self.mid2.replace(mid2) else {
            return;
        };
        let r = signed_ticks(mid2, before, recip);
        self.averages.moved(r, square(r, r));
        self.mid.moved(r);
        if mid2 != before {
            self.ages[BID_AGE + 2] = Some(ts_ns);
        }
    }

    /// What is told from the state after the event.
    fn after(&self, book: Book<'_>, core: &[i16; CORE_COUNT], out: &mut [i16; VALUES]) {
        let spread = two_sided(book).then(|| core[const { core_index("spread") }]);
        self.averages.write(out);
        self.mid.write(self.x, spread, out);
        self.trades.write(self.x, out);
    }
}
