//! The sixteen core features of every event, as `contract::feature` defines them.
//!
//! ```text
//!         ┌─► imbalance (2 dividers) ─► obi_3 obi_5 obi_10 depth_slope ─┐
//!         ├─► micro (divider, product) ─► obi_1 micro_minus_mid ────────┤
//! view ─┬─┼─► ticks ─► spread ──────────────────────────────────────────┼─► features
//!       │ ├─► ofi (previous book) ─► ofi_1 ofi_5 ───────────────────────┤
//!       │ └─► trade, returns, waiting, cancel ─► averages ──────────────┘
//!       └──► ring of views ───────────────────────────────────────────────► record
//! ```
//!
//! State of a slot: its previous book, time and mid, and seven accumulators; `slot_clear` forgets it. A clear
//! in the cycle of an event comes before it. `cfg_write` sets the slot's parameters for later cycles' events.
//!
//! Latency: 12 cycles for every event. Back-pressure: none; events are at least two cycles apart.

pub mod average;
pub mod averages;
pub mod control;
pub mod ema;
pub mod imbalance;
pub mod log2;
pub mod micro;
pub mod obi_div;
pub mod ofi;
pub mod returns;
pub mod scale;
pub mod slot_flags;
pub mod slot_params;
pub mod sum_difference;
pub mod ticks;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{DelayLine, LutRam};
use crate::types::{BookView, Meta};
use averages::Averages;
use contract::record::EventCode;
use control::{Control, Waiting};
use imbalance::Imbalance;
use micro::Micro;
use ofi::Ofi;
use returns::Returns;
use rust_hdl::prelude::*;
use scale::Scale;
use slot_flags::SlotFlags;
use slot_params::SlotParams;
use sum_difference::SumDifference;
use ticks::Ticks;

/// The order in which the kernel below packs the features is the contract's.
const _: () = {
    let order = [
        "obi_1",
        "obi_3",
        "obi_5",
        "obi_10",
        "micro_minus_mid",
        "spread",
        "ofi_1",
        "ofi_5",
        "trade_ema_fast",
        "trade_ema_slow",
        "return_ema_fast",
        "return_ema_slow",
        "variance_ema",
        "log_dt_ema",
        "depth_slope",
        "cancel_ema",
    ];
    let mut i = 0;
    while i < order.len() {
        assert!(contract::feature::index(order[i]) == i);
        i += 1;
    }
    assert!(order.len() == contract::feature::CORE_COUNT);
};

/// The block; see the module's text. `S = 2^A` slots.
#[derive(LogicBlock)]
pub struct Features<const A: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub view_valid: Signal<In, Bit>,
    pub view: Signal<In, BookView>,
    /// Forgets the state of `slot_clear_slot`.
    pub slot_clear: Signal<In, Bit>,
    pub slot_clear_slot: Signal<In, Bits<6>>,
    /// Writes the parameters of `cfg_slot`.
    pub cfg_write: Signal<In, Bit>,
    pub cfg_slot: Signal<In, Bits<6>>,
    pub cfg_recip: Signal<In, Bits<32>>,
    pub cfg_shift: Signal<In, Bits<5>>,
    /// P and Q emit a record.
    pub cfg_record_trades: Signal<In, Bit>,
    pub record_valid: Signal<Out, Bit>,
    /// With `record_valid`: a record is due.
    pub record_emit: Signal<Out, Bit>,
    pub record_view: Signal<Out, BookView>,
    /// 16 bits each, two's complement, the first feature lowest.
    pub record_features: Signal<Out, Bits<256>>,
    /// `time_backwards`.
    pub count: Signal<Out, Bits<1>>,
    valids: DFF<Bits<12>>,
    emits: DFF<Bits<12>>,
    ring: LutRam<BookView, 3>,
    ring_head: DFF<Bits<3>>,
    ring_tail: DFF<Bits<3>>,
    view_s12: DFF<BookView>,
    params: SlotParams<A, S>,
    flags: SlotFlags<A, S>,
    // Stage 1.
    clear_s1: DFF<Bit>,
    clear_slot_s1: DFF<Bits<A>>,
    slot_s1: DFF<Bits<A>>,
    slot_6_s1: DFF<Bits<6>>,
    event_s1: DFF<Bits<4>>,
    changed_s1: DFF<Bit>,
    trade_s1: DFF<Bit>,
    buy_s1: DFF<Bit>,
    trade_qty_s1: DFF<Bits<32>>,
    ts_s1: DFF<Bits<48>>,
    two_sided_s1: DFF<Bit>,
    mid2_s1: DFF<Bits<33>>,
    // Features without memory.
    imbalance: Imbalance,
    best: SumDifference<32, 33>,
    spread: Ticks,
    two_sided_s5: DelayLine<Bit, 4>,
    spread_s6: DFF<Bits<16>>,
    spread_s12: DelayLine<Bits<16>, 6>,
    spread_s8: DelayLine<Bits<15>, 3>,
    crossed_s8: DelayLine<Bit, 3>,
    micro: Micro,
    obi_1_s12: DelayLine<Bits<16>, 2>,
    // Features with memory.
    ofi: Ofi<A>,
    returns: Returns<A>,
    waiting: Waiting<A>,
    trade: Scale<32, 17>,
    trade_s8: DelayLine<Bits<16>, 4>,
    control_s7: DelayLine<Control, 6>,
    averages: Averages<A>,
    count_s3: DFF<Bits<1>>,
    // Wires.
    bid_px: Signal<Local, Bits<320>>,
    bid_sz: Signal<Local, Bits<320>>,
    ask_px: Signal<Local, Bits<320>>,
    ask_sz: Signal<Local, Bits<320>>,
    best_bid_px: Signal<Local, Bits<32>>,
    best_bid_sz: Signal<Local, Bits<32>>,
    best_ask_px: Signal<Local, Bits<32>>,
    best_ask_sz: Signal<Local, Bits<32>>,
    view_changed: Signal<Local, Bits<1>>,
    view_trade: Signal<Local, Bits<1>>,
    view_buy: Signal<Local, Bits<1>>,
    meta: Signal<Local, Meta>,
    slot_6: Signal<Local, Bits<6>>,
    clear_slot_6: Signal<Local, Bits<6>>,
    cfg_slot_6: Signal<Local, Bits<6>>,
    slot: Signal<Local, Bits<A>>,
    event_code: Signal<Local, Bits<4>>,
    is_trade_message: Signal<Local, Bit>,
    due: Signal<Local, Bit>,
    valid_s1: Signal<Local, Bit>,
    book_s1: Signal<Local, Bit>,
    keep_s1: Signal<Local, Bit>,
    control_s1: Signal<Local, Control>,
    wide_bid: Signal<Local, Bits<33>>,
    wide_ask: Signal<Local, Bits<33>>,
    spread_plus: Signal<Local, Bits<16>>,
    nought: Signal<Local, Bits<16>>,
    one_3: Signal<Local, Bits<3>>,
    one_12: Signal<Local, Bits<12>>,
    one_1: Signal<Local, Bits<1>>,
    code_cancel: Constant<Bits<4>>,
    code_delete: Constant<Bits<4>>,
    code_replace: Constant<Bits<4>>,
    code_trade: Constant<Bits<4>>,
    code_cross: Constant<Bits<4>>,
}

impl<const A: usize, const S: usize> Default for Features<A, S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            view_valid: Default::default(),
            view: Default::default(),
            slot_clear: Default::default(),
            slot_clear_slot: Default::default(),
            cfg_write: Default::default(),
            cfg_slot: Default::default(),
            cfg_recip: Default::default(),
            cfg_shift: Default::default(),
            cfg_record_trades: Default::default(),
            record_valid: Default::default(),
            record_emit: Default::default(),
            record_view: Default::default(),
            record_features: Default::default(),
            count: Default::default(),
            valids: Default::default(),
            emits: Default::default(),
            ring: Default::default(),
            ring_head: Default::default(),
            ring_tail: Default::default(),
            view_s12: Default::default(),
            params: Default::default(),
            flags: Default::default(),
            clear_s1: Default::default(),
            clear_slot_s1: Default::default(),
            slot_s1: Default::default(),
            slot_6_s1: Default::default(),
            event_s1: Default::default(),
            changed_s1: Default::default(),
            trade_s1: Default::default(),
            buy_s1: Default::default(),
            trade_qty_s1: Default::default(),
            ts_s1: Default::default(),
            two_sided_s1: Default::default(),
            mid2_s1: Default::default(),
            imbalance: Default::default(),
            best: Default::default(),
            spread: Default::default(),
            two_sided_s5: Default::default(),
            spread_s6: Default::default(),
            spread_s12: Default::default(),
            spread_s8: Default::default(),
            crossed_s8: Default::default(),
            micro: Default::default(),
            obi_1_s12: Default::default(),
            ofi: Default::default(),
            returns: Default::default(),
            waiting: Default::default(),
            trade: Default::default(),
            trade_s8: Default::default(),
            control_s7: Default::default(),
            averages: Default::default(),
            count_s3: Default::default(),
            bid_px: Default::default(),
            bid_sz: Default::default(),
            ask_px: Default::default(),
            ask_sz: Default::default(),
            best_bid_px: Default::default(),
            best_bid_sz: Default::default(),
            best_ask_px: Default::default(),
            best_ask_sz: Default::default(),
            view_changed: Default::default(),
            view_trade: Default::default(),
            view_buy: Default::default(),
            meta: Default::default(),
            slot_6: Default::default(),
            clear_slot_6: Default::default(),
            cfg_slot_6: Default::default(),
            slot: Default::default(),
            event_code: Default::default(),
            is_trade_message: Default::default(),
            due: Default::default(),
            valid_s1: Default::default(),
            book_s1: Default::default(),
            keep_s1: Default::default(),
            control_s1: Default::default(),
            wide_bid: Default::default(),
            wide_ask: Default::default(),
            spread_plus: Default::default(),
            nought: Default::default(),
            one_3: Default::default(),
            one_12: Default::default(),
            one_1: Default::default(),
            code_cancel: code(EventCode::Cancel),
            code_delete: code(EventCode::Delete),
            code_replace: code(EventCode::Replace),
            code_trade: code(EventCode::Trade),
            code_cross: code(EventCode::Cross),
        }
    }
}

fn code(event: EventCode) -> Constant<Bits<4>> {
    Constant::new((event as u64).into())
}

impl<const A: usize, const S: usize> Logic for Features<A, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            valids,
            emits,
            ring_head,
            ring_tail,
            view_s12,
            clear_s1,
            clear_slot_s1,
            slot_s1,
            slot_6_s1,
            event_s1,
            changed_s1,
            trade_s1,
            buy_s1,
            trade_qty_s1,
            ts_s1,
            two_sided_s1,
            mid2_s1,
            spread_s6,
            count_s3
        );
        self.ring.clock.next = self.clock.val();
        self.params.clock.next = self.clock.val();
        self.flags.clock.next = self.clock.val();
        self.imbalance.clock.next = self.clock.val();
        self.best.clock.next = self.clock.val();
        self.spread.clock.next = self.clock.val();
        self.two_sided_s5.clock.next = self.clock.val();
        self.spread_s12.clock.next = self.clock.val();
        self.spread_s8.clock.next = self.clock.val();
        self.crossed_s8.clock.next = self.clock.val();
        self.micro.clock.next = self.clock.val();
        self.obi_1_s12.clock.next = self.clock.val();
        self.ofi.clock.next = self.clock.val();
        self.returns.clock.next = self.clock.val();
        self.waiting.clock.next = self.clock.val();
        self.trade.clock.next = self.clock.val();
        self.trade_s8.clock.next = self.clock.val();
        self.control_s7.clock.next = self.clock.val();
        self.averages.clock.next = self.clock.val();
        self.flags.reset.next = self.reset.val();
        self.params.reset.next = self.reset.val();
        self.nought.next = 0.into();
        self.one_1.next = 1.into();
        self.one_3.next = 1.into();
        self.one_12.next = 1.into();
        // Inputs.
        self.bid_px.next = self.view.val().bid_px;
        self.bid_sz.next = self.view.val().bid_sz;
        self.ask_px.next = self.view.val().ask_px;
        self.ask_sz.next = self.view.val().ask_sz;
        self.best_bid_px.next = self.bid_px.val().get_bits::<32>(0);
        self.best_bid_sz.next = self.bid_sz.val().get_bits::<32>(0);
        self.best_ask_px.next = self.ask_px.val().get_bits::<32>(0);
        self.best_ask_sz.next = self.ask_sz.val().get_bits::<32>(0);
        self.view_changed.next = self.view.val().changed;
        self.view_trade.next = self.view.val().trade;
        self.view_buy.next = self.view.val().buy;
        self.meta.next = self.view.val().meta;
        self.slot_6.next = self.meta.val().slot;
        self.slot.next = self.slot_6.val().get_bits::<A>(0);
        self.event_code.next = self.meta.val().event;
        self.clear_slot_6.next = self.slot_clear_slot.val();
        self.cfg_slot_6.next = self.cfg_slot.val();
        // Which events are on their way, and which of them are recorded.
        self.is_trade_message.next = (self.event_code.val() == self.code_trade.val())
            | (self.event_code.val() == self.code_cross.val());
        self.due.next =
            self.view_changed.val().any() | (self.is_trade_message.val() & self.cfg_record_trades.val());
        self.valids.d.next = self.valids.q.val() << 1;
        if self.view_valid.val() {
            self.valids.d.next = (self.valids.q.val() << 1) | self.one_12.val();
        }
        self.emits.d.next = self.emits.q.val() << 1;
        if self.view_valid.val() & self.due.val() {
            self.emits.d.next = (self.emits.q.val() << 1) | self.one_12.val();
        }
        self.valid_s1.next = self.valids.q.val().get_bit(0);
        // The view waits in a ring of eight: at most six are on their way.
        self.ring.write_enable.next = self.view_valid.val();
        self.ring.write_address.next = self.ring_head.q.val();
        self.ring.write_data.next = self.view.val();
        self.ring.read_address.next = self.ring_tail.q.val();
        self.view_s12.d.next = self.ring.read_data.val();
        if self.view_valid.val() {
            self.ring_head.d.next = self.ring_head.q.val() + self.one_3.val();
        }
        if self.valids.q.val().get_bit(10) {
            self.ring_tail.d.next = self.ring_tail.q.val() + self.one_3.val();
        }
        // Stage 1.
        self.params.slot.next = self.slot.val();
        self.params.write_enable.next = self.cfg_write.val();
        self.params.write_slot.next = self.cfg_slot_6.val().get_bits::<A>(0);
        self.params.write_recip.next = self.cfg_recip.val();
        self.params.write_shift.next = self.cfg_shift.val();
        self.clear_s1.d.next = self.slot_clear.val();
        self.clear_slot_s1.d.next = self.clear_slot_6.val().get_bits::<A>(0);
        self.slot_s1.d.next = self.slot.val();
        self.slot_6_s1.d.next = self.slot_6.val();
        self.event_s1.d.next = self.event_code.val();
        self.changed_s1.d.next = self.view_changed.val().any();
        self.trade_s1.d.next = self.view_trade.val().any();
        self.buy_s1.d.next = self.view_buy.val().any();
        self.trade_qty_s1.d.next = self.view.val().trade_qty;
        self.ts_s1.d.next = self.meta.val().ts;
        self.two_sided_s1.d.next = self.best_bid_sz.val().any() & self.best_ask_sz.val().any();
        self.wide_bid.next = bit_cast::<33, 32>(self.best_bid_px.val());
        self.wide_ask.next = bit_cast::<33, 32>(self.best_ask_px.val());
        self.mid2_s1.d.next = self.wide_bid.val() + self.wide_ask.val();
        self.book_s1.next = self.valid_s1.val() & self.changed_s1.q.val();
        self.keep_s1.next = self.book_s1.val() & self.two_sided_s1.q.val();
        self.flags.clear.next = self.clear_s1.q.val();
        self.flags.clear_slot.next = self.clear_slot_s1.q.val();
        self.flags.valid.next = self.valids.q.val().get_bit(0);
        self.flags.slot.next = self.slot_s1.q.val();
        self.flags.book.next = self.changed_s1.q.val();
        self.flags.two_sided.next = self.two_sided_s1.q.val();
        // Imbalances.
        self.imbalance.bid_3.next = self.view.val().bid_3;
        self.imbalance.bid_5.next = self.view.val().bid_5;
        self.imbalance.bid_10.next = self.view.val().bid_10;
        self.imbalance.ask_3.next = self.view.val().ask_3;
        self.imbalance.ask_5.next = self.view.val().ask_5;
        self.imbalance.ask_10.next = self.view.val().ask_10;
        self.imbalance.valid_s1.next = self.valid_s1.val();
        self.best.high.next = self.best_bid_sz.val();
        self.best.low.next = self.best_ask_sz.val();
        // Spread and microprice.
        self.spread.high.next = self.wide_ask.val();
        self.spread.low.next = self.wide_bid.val();
        self.spread.recip_s1.next = self.params.recip.val();
        self.two_sided_s5.d.next = self.two_sided_s1.q.val();
        self.spread_plus.next = bit_cast::<16, 15>(self.spread.magnitude.val());
        if !self.two_sided_s5.q.val() {
            self.spread_s6.d.next = 32_767.into();
        } else if self.spread.negative.val() {
            self.spread_s6.d.next = self.nought.val() - self.spread_plus.val();
        } else {
            self.spread_s6.d.next = self.spread_plus.val();
        }
        self.spread_s12.d.next = self.spread_s6.q.val();
        self.spread_s8.d.next = self.spread.magnitude.val();
        self.crossed_s8.d.next = self.spread.negative.val();
        self.micro.total.next = self.best.total.val();
        self.micro.magnitude.next = self.best.magnitude.val();
        self.micro.negative.next = self.best.negative.val();
        self.micro.two_sided.next = self.two_sided_s1.q.val();
        self.micro.spread_s7.next = self.spread_s8.q.val();
        self.micro.crossed_s7.next = self.crossed_s8.q.val();
        self.obi_1_s12.d.next = self.micro.obi_1.val();
        // Order flow.
        self.ofi.bid_px.next = self.bid_px.val().get_bits::<160>(0);
        self.ofi.bid_sz.next = self.bid_sz.val().get_bits::<160>(0);
        self.ofi.ask_px.next = self.ask_px.val().get_bits::<160>(0);
        self.ofi.ask_sz.next = self.ask_sz.val().get_bits::<160>(0);
        self.ofi.slot_s1.next = self.slot_s1.q.val();
        self.ofi.book_s1.next = self.book_s1.val();
        self.ofi.seen_s1.next = self.flags.seen.val();
        self.ofi.shift_s1.next = self.params.shift.val();
        // Inputs of the averages, all at stage 8.
        self.returns.mid2_s1.next = self.mid2_s1.q.val();
        self.returns.slot_s1.next = self.slot_s1.q.val();
        self.returns.keep_s1.next = self.keep_s1.val();
        self.returns.recip_s1.next = self.params.recip.val();
        self.waiting.ts_s1.next = self.ts_s1.q.val();
        self.waiting.slot_s1.next = self.slot_s1.q.val();
        self.waiting.book_s1.next = self.book_s1.val();
        self.waiting.seen_s1.next = self.flags.seen.val();
        self.trade.magnitude.next = self.trade_qty_s1.q.val();
        self.trade.negative.next = self.buy_s1.q.val();
        self.trade.shift.next = self.params.shift.val();
        self.trade_s8.d.next = self.trade.value.val();
        self.control_s1.next.valid = self.valid_s1.val();
        self.control_s1.next.slot = self.slot_6_s1.q.val();
        self.control_s1.next.fresh = self.flags.fresh.val();
        self.control_s1.next.trade = self.trade_s1.q.val();
        self.control_s1.next.mid = self.keep_s1.val() & self.flags.mid_seen.val();
        self.control_s1.next.wait = self.book_s1.val() & self.flags.seen.val();
        self.control_s1.next.book = self.book_s1.val();
        self.control_s1.next.cancel = (self.event_s1.q.val() == self.code_cancel.val())
            | (self.event_s1.q.val() == self.code_delete.val());
        self.control_s1.next.replace = self.event_s1.q.val() == self.code_replace.val();
        self.control_s7.d.next = self.control_s1.val();
        self.averages.control.next = self.control_s7.q.val();
        self.averages.trade_s1.next = self.trade_s8.q.val();
        self.averages.half_ticks_s1.next = self.returns.half_ticks_s8.val();
        self.averages.square_s1.next = self.returns.square_s8.val();
        self.averages.log_s1.next = self.waiting.log_s8.val();
        // The record.
        self.count_s3.d.next = 0.into();
        if self.waiting.backwards_s2.val() {
            self.count_s3.d.next = self.one_1.val();
        }
        self.count.next = self.count_s3.q.val();
        self.record_valid.next = self.valids.q.val().get_bit(11);
        self.record_emit.next = self.emits.q.val().get_bit(11);
        self.record_view.next = self.view_s12.q.val();
        self.record_features.next = bit_cast::<256, 16>(self.obi_1_s12.q.val())
            | (bit_cast::<256, 16>(self.imbalance.obi_3.val()) << 16)
            | (bit_cast::<256, 16>(self.imbalance.obi_5.val()) << 32)
            | (bit_cast::<256, 16>(self.imbalance.obi_10.val()) << 48)
            | (bit_cast::<256, 16>(self.micro.micro_minus_mid.val()) << 64)
            | (bit_cast::<256, 16>(self.spread_s12.q.val()) << 80)
            | (bit_cast::<256, 16>(self.ofi.ofi_1.val()) << 96)
            | (bit_cast::<256, 16>(self.ofi.ofi_5.val()) << 112)
            | (bit_cast::<256, 16>(self.averages.trade_fast.val()) << 128)
            | (bit_cast::<256, 16>(self.averages.trade_slow.val()) << 144)
            | (bit_cast::<256, 16>(self.averages.return_fast.val()) << 160)
            | (bit_cast::<256, 16>(self.averages.return_slow.val()) << 176)
            | (bit_cast::<256, 16>(self.averages.variance.val()) << 192)
            | (bit_cast::<256, 16>(self.averages.waiting.val()) << 208)
            | (bit_cast::<256, 16>(self.imbalance.depth_slope.val()) << 224)
            | (bit_cast::<256, 16>(self.averages.cancel.val()) << 240);
        if self.reset.val() {
            self.valids.d.next = 0.into();
            self.emits.d.next = 0.into();
            self.ring_head.d.next = 0.into();
            self.ring_tail.d.next = 0.into();
            self.clear_s1.d.next = false;
        }
    }
}

/// The block in a size.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(Features::<2, 4>::default()),
        Size::Sim => elaborate(Features::<4, 16>::default()),
        Size::Alveo => elaborate(Features::<6, 64>::default()),
    }
}
