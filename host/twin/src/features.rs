//! Core features of a slot after each event, bit for bit as [`contract::feature`] defines them.
//!
//! One [`Features`] holds the state of all slots. Nothing allocates after it is built, and nothing
//! depends on the order in which other slots' events arrive.
//!
//! ```
//! use contract::record::{EventCode, Level};
//! use twin::Side;
//! use twin::features::{FeatureEvent, Features, TopTen};
//! let mut features = Features::new(1);
//! let mut bids = TopTen::default();
//! let asks = TopTen::default();
//! bids[0] = Level { px: 1_000_000, sz: 300 };
//! let event = FeatureEvent::book(EventCode::Add, 34_200_000_000_000, Side::Bid);
//! assert_eq!(features.update(0, &event, &bids, &asks)[0], 32_767);
//! ```

use contract::config::BOOK_LEVELS;
use contract::feature::{
    CANCEL_FULL, CANCEL_REPLACE, CANCEL_SHIFT, CORE_COUNT, FEATURE_MAX, INTENSITY_SHIFT, LOG_FRACTION_BITS,
    RETURN_FAST_SHIFT, RETURN_SLOW_SHIFT, TRADE_FAST_SHIFT, TRADE_SLOW_SHIFT, VARIANCE_SHIFT, grid_recip,
    index,
};
use contract::record::{EventCode, Level};

use crate::Side;

/// The best ten levels of one side, best first; an empty level is all zero.
pub type TopTen = [Level; BOOK_LEVELS as usize];

/// Levels that multi-level OFI looks at.
const OFI_LEVELS: usize = 5;
/// Price that stands for "no ask": above every price.
const NO_ASK: u32 = u32::MAX;

/// What the features of an event depend on besides the book after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureEvent {
    /// ITCH timestamp, ns since midnight (48 bits).
    pub ts_ns: u64,
    /// Event code.
    pub code: EventCode,
    /// Side of the event, for trades that of the resting order.
    pub side: Side,
    /// The book changed.
    pub changed: bool,
    /// Counts as a trade: E, printable C, P.
    pub trade: bool,
    /// Quantity traded, clamped to the order.
    pub trade_qty: u32,
}

impl FeatureEvent {
    /// A book event that is no trade.
    pub const fn book(code: EventCode, ts_ns: u64, side: Side) -> Self {
        Self {
            ts_ns,
            code,
            side,
            changed: true,
            trade: false,
            trade_qty: 0,
        }
    }
}

/// Parameters of a slot: the registers `GRID_RECIP` and `QTY_SHIFT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotParams {
    /// `⌈2^31 / tick⌉`, see [`grid_recip`].
    pub grid_recip: u32,
    /// Right shift of quantities, 0..=31; higher bits are ignored as the register does.
    pub qty_shift: u32,
}

impl Default for SlotParams {
    /// The registers' reset values: a tick of one cent, quantities in shares.
    fn default() -> Self {
        Self {
            grid_recip: grid_recip(100),
            qty_shift: 0,
        }
    }
}

/// Book and time of the previous book event.
#[derive(Debug, Clone, Copy)]
struct Previous {
    ts_ns: u64,
    bids: [Level; OFI_LEVELS],
    asks: [Level; OFI_LEVELS],
}

/// Q16.16 accumulators.
#[derive(Debug, Clone, Copy, Default)]
struct Averages {
    trade_fast: i32,
    trade_slow: i32,
    return_fast: i32,
    return_slow: i32,
    variance: i32,
    log_dt: i32,
    cancel: i32,
}

#[derive(Debug, Clone, Copy, Default)]
struct SlotState {
    previous: Option<Previous>,
    /// Bid plus ask of the last two-sided book event.
    previous_mid2: Option<u64>,
    averages: Averages,
}

/// Features of all slots.
#[derive(Debug, Clone)]
pub struct Features {
    params: Vec<SlotParams>,
    states: Vec<SlotState>,
    time_backwards: u64,
}

impl Features {
    /// State for `slots` slots, all as after a reset.
    pub fn new(slots: usize) -> Self {
        Self {
            params: vec![SlotParams::default(); slots],
            states: vec![SlotState::default(); slots],
            time_backwards: 0,
        }
    }

    /// Sets the parameters of a slot; its state stays.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn configure(&mut self, slot: usize, params: SlotParams) {
        self.params[slot] = params;
    }

    /// Forgets everything about a slot but its parameters, as `SLOT_SYNC` and subscribing do.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn reset(&mut self, slot: usize) {
        self.states[slot] = SlotState::default();
    }

    /// Book events so far whose timestamp was below that of their slot's previous one.
    pub fn time_backwards(&self) -> u64 {
        self.time_backwards
    }

    /// The features after `event`, which left the slot with the given levels.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn update(
        &mut self,
        slot: usize,
        event: &FeatureEvent,
        bids: &TopTen,
        asks: &TopTen,
    ) -> [i16; CORE_COUNT] {
        let params = self.params[slot];
        let state = &mut self.states[slot];
        let shift = params.qty_shift & 31;
        let mut out = [0; CORE_COUNT];
        let spread = static_features(params.grid_recip, bids, asks, &mut out);
        out[index_of::SPREAD] = spread.unwrap_or(FEATURE_MAX);
        if event.trade {
            state.averages.trade(event.side, event.trade_qty >> shift);
        }
        if event.changed {
            if let Some(previous) = &state.previous {
                let flow = order_flow(previous, bids, asks);
                out[index_of::OFI_1] = saturate(flow[0] / (1 << shift));
                out[index_of::OFI_5] = saturate(flow.iter().sum::<i64>() / (1 << shift));
                self.time_backwards += u64::from(event.ts_ns < previous.ts_ns);
                state.averages.waited(event.ts_ns.saturating_sub(previous.ts_ns));
            }
            if spread.is_some() {
                let mid2 = u64::from(bids[0].px) + u64::from(asks[0].px);
                if let Some(before) = state.previous_mid2.replace(mid2) {
                    state
                        .averages
                        .moved(signed_ticks(mid2, before, params.grid_recip));
                }
            }
            state.averages.cancelled(event.code);
            state.previous = Some(Previous::new(event.ts_ns, bids, asks));
        }
        state.averages.write(&mut out);
        out
    }
}

/// Positions in the record, by name.
mod index_of {
    use super::index;
    pub(super) const OBI: [usize; 4] = [index("obi_1"), index("obi_3"), index("obi_5"), index("obi_10")];
    pub(super) const MICRO: usize = index("micro_minus_mid");
    pub(super) const SPREAD: usize = index("spread");
    pub(super) const OFI_1: usize = index("ofi_1");
    pub(super) const OFI_5: usize = index("ofi_5");
    pub(super) const TRADE_FAST: usize = index("trade_ema_fast");
    pub(super) const TRADE_SLOW: usize = index("trade_ema_slow");
    pub(super) const RETURN_FAST: usize = index("return_ema_fast");
    pub(super) const RETURN_SLOW: usize = index("return_ema_slow");
    pub(super) const VARIANCE: usize = index("variance_ema");
    pub(super) const LOG_DT: usize = index("log_dt_ema");
    pub(super) const SLOPE: usize = index("depth_slope");
    pub(super) const CANCEL: usize = index("cancel_ema");
}

/// The features without memory. Returns the spread of a two-sided book.
fn static_features(recip: u32, bids: &TopTen, asks: &TopTen, out: &mut [i16; CORE_COUNT]) -> Option<i16> {
    let bid_sums = depth_sums(bids);
    let ask_sums = depth_sums(asks);
    for (position, (bid, ask)) in index_of::OBI.into_iter().zip(bid_sums.into_iter().zip(ask_sums)) {
        out[position] = ratio(bid, ask);
    }
    let near = bid_sums[2] + ask_sums[2];
    let all = bid_sums[3] + ask_sums[3];
    out[index_of::SLOPE] = ratio(all - near, near);
    if bids[0].sz == 0 || asks[0].sz == 0 {
        return None;
    }
    let spread = signed_ticks(u64::from(asks[0].px), u64::from(bids[0].px), recip);
    out[index_of::MICRO] = micro_minus_mid(spread, bids[0].sz, asks[0].sz);
    Some(spread)
}

/// Quantity over the best 1, 3, 5 and 10 levels.
fn depth_sums(side: &TopTen) -> [u64; 4] {
    let sum = |levels: &[Level]| levels.iter().map(|l| u64::from(l.sz)).sum::<u64>();
    let [one, three, five] = [sum(&side[..1]), sum(&side[1..3]), sum(&side[3..5])];
    [
        one,
        one + three,
        one + three + five,
        one + three + five + sum(&side[5..]),
    ]
}

/// `(high − low) / (high + low)` in Q1.15, truncated toward zero; 0 when both are.
pub(crate) fn ratio(high: u64, low: u64) -> i16 {
    let total = high + low;
    if total == 0 {
        return 0;
    }
    let magnitude = saturate_unsigned((high.abs_diff(low) << 15) / total);
    if high < low { -magnitude } else { magnitude }
}

/// Half the spread times the imbalance of the best level, in 1/256 tick. Both quantities are above 0.
fn micro_minus_mid(spread_ticks: i16, bid: u32, ask: u32) -> i16 {
    let difference = u64::from(bid.abs_diff(ask));
    let total = u64::from(bid) + u64::from(ask);
    // A wide spread only leaves room for a small imbalance: that one is worth three more bits.
    let imbalance = if 16 * difference < total {
        (difference << 22) / total
    } else {
        8 * ((difference << 19) / total)
    };
    let magnitude = saturate_unsigned((u64::from(spread_ticks.unsigned_abs()) * imbalance) >> 15);
    if (spread_ticks < 0) == (bid < ask) {
        magnitude
    } else {
        -magnitude
    }
}

/// `high − low` in whole ticks, saturated.
pub(crate) fn signed_ticks(high: u64, low: u64, recip: u32) -> i16 {
    let product = (u128::from(high.abs_diff(low)) * u128::from(recip)) >> 31;
    let magnitude = saturate_unsigned(u64::try_from(product).unwrap_or(u64::MAX));
    if high < low { -magnitude } else { magnitude }
}

/// Net order flow of the best five levels since the previous book event.
fn order_flow(before: &Previous, bids: &TopTen, asks: &TopTen) -> [i64; OFI_LEVELS] {
    std::array::from_fn(|i| {
        let (bid, bid_before) = (bids[i], before.bids[i]);
        let (ask, ask_before) = (priced_ask(asks[i]), before.asks[i]);
        let mut flow = 0;
        if bid.px >= bid_before.px {
            flow += i64::from(bid.sz);
        }
        if bid.px <= bid_before.px {
            flow -= i64::from(bid_before.sz);
        }
        if ask.px <= ask_before.px {
            flow -= i64::from(ask.sz);
        }
        if ask.px >= ask_before.px {
            flow += i64::from(ask_before.sz);
        }
        flow
    })
}

/// An ask as OFI compares it: no ask lies above every price.
pub(crate) fn priced_ask(ask: Level) -> Level {
    if ask.sz == 0 {
        Level { px: NO_ASK, sz: 0 }
    } else {
        ask
    }
}

impl Previous {
    fn new(ts_ns: u64, bids: &TopTen, asks: &TopTen) -> Self {
        Self {
            ts_ns,
            bids: std::array::from_fn(|i| bids[i]),
            asks: std::array::from_fn(|i| priced_ask(asks[i])),
        }
    }
}

impl Averages {
    fn trade(&mut self, resting: Side, qty: u32) {
        let magnitude = saturate_unsigned(u64::from(qty));
        let signed = match resting {
            Side::Bid => -magnitude,
            Side::Ask => magnitude,
        };
        ema(&mut self.trade_fast, signed, TRADE_FAST_SHIFT);
        ema(&mut self.trade_slow, signed, TRADE_SLOW_SHIFT);
    }

    fn moved(&mut self, half_ticks: i16) {
        let square = saturate(i64::from(half_ticks) * i64::from(half_ticks));
        ema(&mut self.return_fast, half_ticks, RETURN_FAST_SHIFT);
        ema(&mut self.return_slow, half_ticks, RETURN_SLOW_SHIFT);
        ema(&mut self.variance, square, VARIANCE_SHIFT);
    }

    fn waited(&mut self, dt_ns: u64) {
        ema(&mut self.log_dt, log2_fixed(dt_ns + 1), INTENSITY_SHIFT);
    }

    fn cancelled(&mut self, code: EventCode) {
        let input = match code {
            EventCode::Cancel | EventCode::Delete => CANCEL_FULL,
            EventCode::Replace => CANCEL_REPLACE,
            _ => 0,
        };
        ema(&mut self.cancel, input, CANCEL_SHIFT);
    }

    fn write(&self, out: &mut [i16; CORE_COUNT]) {
        let value = |acc: i32, shift: u32| saturate(i64::from(acc) / (1 << shift));
        out[index_of::TRADE_FAST] = value(self.trade_fast, 16);
        out[index_of::TRADE_SLOW] = value(self.trade_slow, 16);
        out[index_of::RETURN_FAST] = value(self.return_fast, 8);
        out[index_of::RETURN_SLOW] = value(self.return_slow, 8);
        out[index_of::VARIANCE] = value(self.variance, 8);
        out[index_of::LOG_DT] = value(self.log_dt, 16);
        out[index_of::CANCEL] = value(self.cancel, 16);
    }
}

/// Moves a Q16.16 accumulator 1/2^shift of the way to `x`, truncated toward zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the accumulator stays between its old value and x · 2^16, both i32"
)]
pub(crate) fn ema(acc: &mut i32, x: i16, shift: u32) {
    let step = ((i64::from(x) << 16) - i64::from(*acc)) / (1 << shift);
    *acc = (i64::from(*acc) + step) as i32;
}

/// `log2 v` with [`LOG_FRACTION_BITS`], linear between powers of two; `v` from 1 to 2^48.
#[expect(clippy::cast_possible_truncation, reason = "at most 48 · 256 + 255")]
pub(crate) fn log2_fixed(v: u64) -> i16 {
    let exponent = v.ilog2();
    let mantissa = (v << LOG_FRACTION_BITS) >> exponent;
    let fraction = mantissa & ((1 << LOG_FRACTION_BITS) - 1);
    ((u64::from(exponent) << LOG_FRACTION_BITS) + fraction) as i16
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i16")]
pub(crate) fn saturate(x: i64) -> i16 {
    x.clamp(-i64::from(FEATURE_MAX), i64::from(FEATURE_MAX)) as i16
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the positive range of i16"
)]
pub(crate) fn saturate_unsigned(x: u64) -> i16 {
    x.min(FEATURE_MAX.unsigned_abs().into()) as i16
}
