//! Order flow imbalance of the best level and of the best five, against the slot's previous book event.
//!
//! ```text
//! level ─► register ─┬─► compare ─► bid and ask flow ─► level flow ─┐×5
//!            memory ─┘                                              ▼
//!                                    first level, and sum of five ─► |·| ─► >> QTY_SHIFT ─► ofi_1, ofi_5
//! ```
//!
//! The memory is read and written by the same stage, so the event behind finds this one's book at any distance.
//! Latency: 12 cycles from the levels. Back-pressure: none, one event every cycle.

use crate::features::scale::Scale;
use crate::prim::{DelayLine, LutRam, SignExtend};
use rust_hdl::prelude::*;

/// Price and quantity of both sides of one level; the prices are those compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct LevelPair {
    /// Bid price.
    pub bid_px: Bits<32>,
    /// Bid quantity.
    pub bid_sz: Bits<32>,
    /// Ask price, all ones when there is none.
    pub ask_px: Bits<32>,
    /// Ask quantity.
    pub ask_sz: Bits<32>,
}

/// Flow of one level; latency 5 from the level's price and quantity.
#[derive(LogicBlock, Default)]
pub struct LevelFlow<const A: usize> {
    pub clock: Signal<In, Clock>,
    pub bid_px: Signal<In, Bits<32>>,
    pub bid_sz: Signal<In, Bits<32>>,
    pub ask_px: Signal<In, Bits<32>>,
    pub ask_sz: Signal<In, Bits<32>>,
    /// One cycle after the level.
    pub slot_s1: Signal<In, Bits<A>>,
    /// One cycle after the level: keep it as the previous one.
    pub keep_s1: Signal<In, Bit>,
    /// Two's complement.
    pub flow: Signal<Out, Bits<34>>,
    previous: LutRam<LevelPair, A>,
    level_s1: DFF<LevelPair>,
    level_s2: DFF<LevelPair>,
    before_s2: DFF<LevelPair>,
    bid_gained_s3: DFF<Bit>,
    bid_lost_s3: DFF<Bit>,
    ask_gained_s3: DFF<Bit>,
    ask_lost_s3: DFF<Bit>,
    bid_sz_s3: DFF<Bits<32>>,
    bid_before_s3: DFF<Bits<32>>,
    ask_sz_s3: DFF<Bits<32>>,
    ask_before_s3: DFF<Bits<32>>,
    bid_flow_s4: DFF<Bits<33>>,
    ask_flow_s4: DFF<Bits<33>>,
    flow_s5: DFF<Bits<34>>,
    shown: Signal<Local, LevelPair>,
    nought: Signal<Local, Bits<32>>,
    bid_in: Signal<Local, Bits<33>>,
    bid_out: Signal<Local, Bits<33>>,
    ask_in: Signal<Local, Bits<33>>,
    ask_out: Signal<Local, Bits<33>>,
    bid_wide: SignExtend<33, 34>,
    ask_wide: SignExtend<33, 34>,
}

impl<const A: usize> Logic for LevelFlow<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            level_s1,
            level_s2,
            before_s2,
            bid_gained_s3,
            bid_lost_s3,
            ask_gained_s3,
            ask_lost_s3,
            bid_sz_s3,
            bid_before_s3,
            ask_sz_s3,
            ask_before_s3,
            bid_flow_s4,
            ask_flow_s4,
            flow_s5
        );
        self.previous.clock.next = self.clock.val();
        self.nought.next = 0.into();
        self.shown.next.bid_px = self.bid_px.val();
        self.shown.next.bid_sz = self.bid_sz.val();
        self.shown.next.ask_px = self.ask_px.val();
        self.shown.next.ask_sz = self.ask_sz.val();
        if !self.ask_sz.val().any() {
            self.shown.next.ask_px = !self.nought.val();
        }
        self.level_s1.d.next = self.shown.val();
        // Read the previous book, leave this one.
        self.previous.read_address.next = self.slot_s1.val();
        self.previous.write_address.next = self.slot_s1.val();
        self.previous.write_enable.next = self.keep_s1.val();
        self.previous.write_data.next = self.level_s1.q.val();
        self.before_s2.d.next = self.previous.read_data.val();
        self.level_s2.d.next = self.level_s1.q.val();
        // Compare.
        self.bid_gained_s3.d.next = self.level_s2.q.val().bid_px >= self.before_s2.q.val().bid_px;
        self.bid_lost_s3.d.next = self.level_s2.q.val().bid_px <= self.before_s2.q.val().bid_px;
        self.ask_gained_s3.d.next = self.level_s2.q.val().ask_px <= self.before_s2.q.val().ask_px;
        self.ask_lost_s3.d.next = self.level_s2.q.val().ask_px >= self.before_s2.q.val().ask_px;
        self.bid_sz_s3.d.next = self.level_s2.q.val().bid_sz;
        self.bid_before_s3.d.next = self.before_s2.q.val().bid_sz;
        self.ask_sz_s3.d.next = self.level_s2.q.val().ask_sz;
        self.ask_before_s3.d.next = self.before_s2.q.val().ask_sz;
        // Flow of each side: more bid lifts, more ask presses.
        self.bid_in.next = 0.into();
        self.bid_out.next = 0.into();
        self.ask_in.next = 0.into();
        self.ask_out.next = 0.into();
        if self.bid_gained_s3.q.val() {
            self.bid_in.next = bit_cast::<33, 32>(self.bid_sz_s3.q.val());
        }
        if self.bid_lost_s3.q.val() {
            self.bid_out.next = bit_cast::<33, 32>(self.bid_before_s3.q.val());
        }
        if self.ask_gained_s3.q.val() {
            self.ask_in.next = bit_cast::<33, 32>(self.ask_sz_s3.q.val());
        }
        if self.ask_lost_s3.q.val() {
            self.ask_out.next = bit_cast::<33, 32>(self.ask_before_s3.q.val());
        }
        self.bid_flow_s4.d.next = self.bid_in.val() - self.bid_out.val();
        self.ask_flow_s4.d.next = self.ask_out.val() - self.ask_in.val();
        self.bid_wide.x.next = self.bid_flow_s4.q.val();
        self.ask_wide.x.next = self.ask_flow_s4.q.val();
        self.flow_s5.d.next = self.bid_wide.y.val() + self.ask_wide.y.val();
        self.flow.next = self.flow_s5.q.val();
    }
}

/// Sum of two's complement numbers; latency 1. `W = N + 1`.
#[derive(LogicBlock, Default)]
pub struct SignedSum<const N: usize, const W: usize> {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub sum: Signal<Out, Bits<W>>,
    sum_s1: DFF<Bits<W>>,
    a_wide: SignExtend<N, W>,
    b_wide: SignExtend<N, W>,
}

impl<const N: usize, const W: usize> Logic for SignedSum<N, W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, sum_s1);
        self.a_wide.x.next = self.a.val();
        self.b_wide.x.next = self.b.val();
        self.sum_s1.d.next = self.a_wide.y.val() + self.b_wide.y.val();
        self.sum.next = self.sum_s1.q.val();
    }
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Ofi<const A: usize> {
    pub clock: Signal<In, Clock>,
    /// Best five levels, the best lowest.
    pub bid_px: Signal<In, Bits<160>>,
    pub bid_sz: Signal<In, Bits<160>>,
    pub ask_px: Signal<In, Bits<160>>,
    pub ask_sz: Signal<In, Bits<160>>,
    /// One cycle after the levels.
    pub slot_s1: Signal<In, Bits<A>>,
    /// One cycle after the levels: the event changed the book.
    pub book_s1: Signal<In, Bit>,
    /// One cycle after the levels: the slot has had a book event before.
    pub seen_s1: Signal<In, Bit>,
    /// One cycle after the levels.
    pub shift_s1: Signal<In, Bits<5>>,
    pub ofi_1: Signal<Out, Bits<16>>,
    pub ofi_5: Signal<Out, Bits<16>>,
    levels: [LevelFlow<A>; 5],
    pair_12: SignedSum<34, 35>,
    pair_34: SignedSum<34, 35>,
    best_four: SignedSum<35, 36>,
    best_five: SignedSum<36, 37>,
    fifth_s7: DelayLine<Bits<34>, 2>,
    first_s8: DelayLine<Bits<34>, 3>,
    counts_s8: DelayLine<Bit, 7>,
    shift_s9: DelayLine<Bits<5>, 8>,
    negative_1_s9: DFF<Bit>,
    negative_5_s9: DFF<Bit>,
    magnitude_1_s9: DFF<Bits<34>>,
    magnitude_5_s9: DFF<Bits<37>>,
    scale_1: Scale<34, 19>,
    scale_5: Scale<37, 22>,
    fifth_wide: SignExtend<34, 36>,
    first: Signal<Local, Bits<34>>,
    five: Signal<Local, Bits<37>>,
    nought_1: Signal<Local, Bits<34>>,
    nought_5: Signal<Local, Bits<37>>,
}

impl<const A: usize> Default for Ofi<A> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            bid_px: Default::default(),
            bid_sz: Default::default(),
            ask_px: Default::default(),
            ask_sz: Default::default(),
            slot_s1: Default::default(),
            book_s1: Default::default(),
            seen_s1: Default::default(),
            shift_s1: Default::default(),
            ofi_1: Default::default(),
            ofi_5: Default::default(),
            levels: std::array::from_fn(|_| Default::default()),
            pair_12: Default::default(),
            pair_34: Default::default(),
            best_four: Default::default(),
            best_five: Default::default(),
            fifth_s7: Default::default(),
            first_s8: Default::default(),
            counts_s8: Default::default(),
            shift_s9: Default::default(),
            negative_1_s9: Default::default(),
            negative_5_s9: Default::default(),
            magnitude_1_s9: Default::default(),
            magnitude_5_s9: Default::default(),
            scale_1: Default::default(),
            scale_5: Default::default(),
            fifth_wide: Default::default(),
            first: Default::default(),
            five: Default::default(),
            nought_1: Default::default(),
            nought_5: Default::default(),
        }
    }
}

impl<const A: usize> Logic for Ofi<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            negative_1_s9,
            negative_5_s9,
            magnitude_1_s9,
            magnitude_5_s9
        );
        self.pair_12.clock.next = self.clock.val();
        self.pair_34.clock.next = self.clock.val();
        self.best_four.clock.next = self.clock.val();
        self.best_five.clock.next = self.clock.val();
        self.fifth_s7.clock.next = self.clock.val();
        self.first_s8.clock.next = self.clock.val();
        self.counts_s8.clock.next = self.clock.val();
        self.shift_s9.clock.next = self.clock.val();
        self.scale_1.clock.next = self.clock.val();
        self.scale_5.clock.next = self.clock.val();
        for i in 0..5 {
            self.levels[i].clock.next = self.clock.val();
            self.levels[i].bid_px.next = self.bid_px.val().get_bits::<32>(i * 32);
            self.levels[i].bid_sz.next = self.bid_sz.val().get_bits::<32>(i * 32);
            self.levels[i].ask_px.next = self.ask_px.val().get_bits::<32>(i * 32);
            self.levels[i].ask_sz.next = self.ask_sz.val().get_bits::<32>(i * 32);
            self.levels[i].slot_s1.next = self.slot_s1.val();
            self.levels[i].keep_s1.next = self.book_s1.val();
        }
        // Sum of five.
        self.pair_12.a.next = self.levels[0].flow.val();
        self.pair_12.b.next = self.levels[1].flow.val();
        self.pair_34.a.next = self.levels[2].flow.val();
        self.pair_34.b.next = self.levels[3].flow.val();
        self.fifth_s7.d.next = self.levels[4].flow.val();
        self.best_four.a.next = self.pair_12.sum.val();
        self.best_four.b.next = self.pair_34.sum.val();
        self.fifth_wide.x.next = self.fifth_s7.q.val();
        self.best_five.a.next = self.best_four.sum.val();
        self.best_five.b.next = self.fifth_wide.y.val();
        self.first_s8.d.next = self.levels[0].flow.val();
        // Magnitudes; 0 where nothing counts.
        self.counts_s8.d.next = self.book_s1.val() & self.seen_s1.val();
        self.nought_1.next = 0.into();
        self.nought_5.next = 0.into();
        self.first.next = self.first_s8.q.val();
        self.five.next = self.best_five.sum.val();
        self.negative_1_s9.d.next = self.first.val().get_bit(33);
        self.negative_5_s9.d.next = self.five.val().get_bit(36);
        self.magnitude_1_s9.d.next = self.first.val();
        self.magnitude_5_s9.d.next = self.five.val();
        if self.first.val().get_bit(33) {
            self.magnitude_1_s9.d.next = self.nought_1.val() - self.first.val();
        }
        if self.five.val().get_bit(36) {
            self.magnitude_5_s9.d.next = self.nought_5.val() - self.five.val();
        }
        if !self.counts_s8.q.val() {
            self.magnitude_1_s9.d.next = 0.into();
            self.magnitude_5_s9.d.next = 0.into();
        }
        self.shift_s9.d.next = self.shift_s1.val();
        self.scale_1.magnitude.next = self.magnitude_1_s9.q.val();
        self.scale_1.negative.next = self.negative_1_s9.q.val();
        self.scale_1.shift.next = self.shift_s9.q.val();
        self.scale_5.magnitude.next = self.magnitude_5_s9.q.val();
        self.scale_5.negative.next = self.negative_5_s9.q.val();
        self.scale_5.shift.next = self.shift_s9.q.val();
        self.ofi_1.next = self.scale_1.value.val();
        self.ofi_5.next = self.scale_5.value.val();
    }
}
