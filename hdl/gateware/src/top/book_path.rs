//! From accepted messages to records: decoder, order table, book, features, and the slots' parameters.
//!
//! ```text
//!  msg ─► itch_decode ─► order_table ─► level_book ─► features ─► record
//!            │  ▲  ▲          │ stale        │ stale, view ──────► gate
//!            │  │  └──────────┴──────────────┘
//!            │  └─ slot_write ─► slot_grid ─► parameters, sweeps
//!            └─ feature_reset, late by what lies between decoder and features
//! ```
//!
//! Latency: decoder 1, order table 3, book 10, features 12 cycles. Back-pressure: none.

use super::slot_grid::SlotGrid;
use crate::features::Features;
use crate::itch_decode::ItchDecode;
use crate::level_book::LevelBook;
use crate::order_table::{self, OrderTable};
use crate::prim::DelayLine;
use crate::types::{Best, BookView, EventEntry, KeyedLevel, RawMsg};
use contract::event::StaleCause;
use rust_hdl::prelude::*;

/// Cycles from an operation to its view.
pub const BOOK_CYCLES: usize = 10;
/// What the decoder says of a slot's features meets the view of the first message behind it.
pub const RESET_DELAY: usize = 14;
const _: () = assert!(RESET_DELAY == order_table::LATENCY + BOOK_CYCLES + 1);
/// Cycles by which the best level is ahead of the view.
const RESET_AFTER: usize = 5;
/// The same for the best level of the side that comes first.
const BEST_RESET_DELAY: usize = RESET_DELAY - RESET_AFTER;

/// See the module's text. `SB` slot bits, `S = 2^SB`, `A` bucket bits of the order table and `A1 = A + 1`, the rest as in
/// [`LevelBook`].
#[derive(LogicBlock)]
pub struct BookPath<
    const SB: usize,
    const S: usize,
    const A: usize,
    const A1: usize,
    const RW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub msg_valid: Signal<In, Bit>,
    pub msg_data: Signal<In, RawMsg>,
    pub msg_line: Signal<In, Bits<2>>,
    pub next_seq: Signal<In, Bits<64>>,
    pub stale_all: Signal<In, Bit>,
    pub stale_gap: Signal<In, Bit>,
    pub cfg_record_trades: Signal<In, Bit>,
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    pub bind_write: Signal<Out, Bit>,
    pub bind_slot: Signal<Out, Bits<SB>>,
    pub bind_value: Signal<Out, Bits<32>>,
    pub read_slot: Signal<In, Bits<SB>>,
    pub read_state: Signal<Out, Bits<32>>,
    pub emit: Signal<Out, Bit>,
    pub record_view: Signal<Out, BookView>,
    pub record_features: Signal<Out, Bits<256>>,
    // For the gate.
    pub view_valid: Signal<Out, Bit>,
    pub view: Signal<Out, BookView>,
    // For the trigger.
    pub coming_slot: Signal<Out, Bits<6>>,
    pub coming_bid: Signal<Out, Bit>,
    pub best_valid: Signal<Out, Bit>,
    pub best: Signal<Out, Best>,
    pub best_own: Signal<Out, KeyedLevel>,
    pub best_exact: Signal<Out, Bit>,
    pub best_clear: Signal<Out, Bit>,
    pub best_clear_slot: Signal<Out, Bits<6>>,
    pub slot_clear: Signal<Out, Bit>,
    pub slot_clear_slot: Signal<Out, Bits<6>>,
    pub now_ready: Signal<Out, Bits<S>>,
    pub now_stale: Signal<Out, Bits<S>>,
    pub now_gap: Signal<Out, Bits<S>>,
    pub now_halted: Signal<Out, Bits<S>>,
    pub sweeping: Signal<Out, Bit>,
    /// The order table is cleared: messages may come.
    pub ready: Signal<Out, Bit>,
    pub store_busy: Signal<Out, Bit>,
    /// A message enters or a record leaves.
    pub busy: Signal<Out, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    pub decode_count: Signal<Out, Bits<5>>,
    /// `notices_lost`.
    pub notice_count: Signal<Out, Bits<1>>,
    pub table_count: Signal<Out, Bits<7>>,
    pub store_count: Signal<Out, Bits<3>>,
    pub book_count: Signal<Out, Bits<1>>,
    pub feature_count: Signal<Out, Bits<1>>,
    decoder: ItchDecode<SB, S>,
    orders: OrderTable<A, A1>,
    levels: LevelBook<RW, SB, R, PW, AW, LW, QW, DW>,
    core_features: Features<SB, S>,
    grid: SlotGrid<SB>,
    reset_ahead: DelayLine<Bit, BEST_RESET_DELAY>,
    reset_slot_ahead: DelayLine<Bits<6>, BEST_RESET_DELAY>,
    reset_late: DelayLine<Bit, RESET_AFTER>,
    reset_slot_late: DelayLine<Bits<6>, RESET_AFTER>,
    cause_overflow: Constant<Bits<8>>,
    one: Constant<Bits<1>>,
}

impl<
    const SB: usize,
    const S: usize,
    const A: usize,
    const A1: usize,
    const RW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
> Default for BookPath<SB, S, A, A1, RW, R, PW, AW, LW, QW, DW>
{
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            msg_valid: Default::default(),
            msg_data: Default::default(),
            msg_line: Default::default(),
            next_seq: Default::default(),
            stale_all: Default::default(),
            stale_gap: Default::default(),
            cfg_record_trades: Default::default(),
            slot_write: Default::default(),
            slot: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            bind_write: Default::default(),
            bind_slot: Default::default(),
            bind_value: Default::default(),
            read_slot: Default::default(),
            read_state: Default::default(),
            emit: Default::default(),
            record_view: Default::default(),
            record_features: Default::default(),
            view_valid: Default::default(),
            view: Default::default(),
            coming_slot: Default::default(),
            coming_bid: Default::default(),
            best_valid: Default::default(),
            best: Default::default(),
            best_own: Default::default(),
            best_exact: Default::default(),
            best_clear: Default::default(),
            best_clear_slot: Default::default(),
            slot_clear: Default::default(),
            slot_clear_slot: Default::default(),
            now_ready: Default::default(),
            now_stale: Default::default(),
            now_gap: Default::default(),
            now_halted: Default::default(),
            sweeping: Default::default(),
            ready: Default::default(),
            store_busy: Default::default(),
            busy: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            decode_count: Default::default(),
            notice_count: Default::default(),
            one: Constant::new(1.into()),
            table_count: Default::default(),
            store_count: Default::default(),
            book_count: Default::default(),
            feature_count: Default::default(),
            decoder: Default::default(),
            orders: Default::default(),
            levels: Default::default(),
            core_features: Default::default(),
            grid: Default::default(),
            reset_ahead: Default::default(),
            reset_slot_ahead: Default::default(),
            reset_late: Default::default(),
            reset_slot_late: Default::default(),
            cause_overflow: Constant::new((StaleCause::StoreOverflow as u64).into()),
        }
    }
}

impl<
    const SB: usize,
    const S: usize,
    const A: usize,
    const A1: usize,
    const RW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
> Logic for BookPath<SB, S, A, A1, RW, R, PW, AW, LW, QW, DW>
{
    #[hdl_gen]
    fn update(&mut self) {
        self.decoder.clock.next = self.clock.val();
        self.decoder.reset.next = self.reset.val();
        self.decoder.now.next = self.now.val();
        self.decoder.msg_valid.next = self.msg_valid.val();
        self.decoder.msg_data.next = self.msg_data.val();
        self.decoder.msg_line.next = self.msg_line.val();
        self.decoder.next_seq.next = self.next_seq.val();
        self.decoder.stale_all.next = self.stale_all.val();
        self.decoder.stale_gap.next = self.stale_gap.val();
        self.decoder.table_stale.next = self.orders.stale_valid.val();
        self.decoder.table_stale_slot.next = self.orders.stale_slot.val();
        self.decoder.table_stale_cause.next = self.orders.stale_cause.val();
        self.decoder.store_stale.next = self.levels.stale_valid.val();
        self.decoder.store_stale_slot.next = bit_cast::<6, SB>(self.levels.stale_slot.val());
        self.decoder.store_stale_cause.next = self.cause_overflow.val();
        self.decoder.slot_write.next = self.slot_write.val();
        self.decoder.slot_index.next = self.slot.val();
        self.decoder.slot_register.next = self.slot_register.val();
        self.decoder.slot_data.next = self.slot_data.val();
        self.decoder.read_slot.next = self.read_slot.val();
        self.decoder.table_sweep_done.next = self.orders.sweep_done.val();
        self.decoder.store_sweep_done.next = self.levels.sweep_done.val();
        self.decoder.entry_ready.next = self.entry_ready.val();
        self.bind_write.next = self.decoder.bind_write.val();
        self.bind_slot.next = self.decoder.bind_slot.val();
        self.bind_value.next = self.decoder.bind_value.val();
        self.read_state.next = self.decoder.read_state.val();
        self.now_ready.next = self.decoder.now_ready.val();
        self.now_stale.next = self.decoder.now_stale.val();
        self.now_gap.next = self.decoder.now_gap.val();
        self.now_halted.next = self.decoder.now_halted.val();
        self.sweeping.next = self.decoder.sweeping.val();
        self.entry_valid.next = self.decoder.entry_valid.val();
        self.entry.next = self.decoder.entry.val();
        self.slot_clear.next = self.decoder.sweep_start.val();
        self.slot_clear_slot.next = self.decoder.sweep_slot.val();

        self.grid.clock.next = self.clock.val();
        self.grid.reset.next = self.reset.val();
        self.grid.slot_write.next = self.slot_write.val();
        self.grid.slot.next = self.slot.val();
        self.grid.slot_register.next = self.slot_register.val();
        self.grid.slot_data.next = self.slot_data.val();
        self.grid.sweep_start.next = self.decoder.sweep_start.val();
        self.grid.sweep_slot.next = self.decoder.sweep_slot.val();
        self.grid.sweep_done.next = self.levels.sweep_done.val();

        self.orders.clock.next = self.clock.val();
        self.orders.reset.next = self.reset.val();
        self.orders.ask_valid.next = self.decoder.ask_valid.val();
        self.orders.ask_oref.next = self.decoder.ask_oref.val();
        self.orders.ask_new_ref.next = self.decoder.ask_new_ref.val();
        self.orders.ask_replaces.next = self.decoder.ask_replaces.val();
        self.orders.event_valid.next = self.decoder.event_valid.val();
        self.orders.event_data.next = self.decoder.event_data.val();
        self.orders.sweep_start.next = self.decoder.sweep_start.val();
        self.orders.sweep_slot.next = self.decoder.sweep_slot.val();
        self.ready.next = self.orders.ready.val();

        self.levels.clock.next = self.clock.val();
        self.levels.reset.next = self.reset.val();
        self.levels.ahead_valid.next = self.orders.ahead_valid.val();
        self.levels.ahead.next = self.orders.ahead.val();
        self.levels.op_valid.next = self.orders.op_valid.val();
        self.levels.op.next = self.orders.op_data.val();
        self.levels.sweep_valid.next = self.grid.sweep_valid.val();
        self.levels.sweep_slot.next = self.grid.sweep_index.val();
        self.levels.sweep_tick.next = self.grid.sweep_tick.val();
        self.levels.sweep_reciprocal.next = self.grid.sweep_reciprocal.val();
        self.store_busy.next = self.levels.store_busy.val();
        self.view_valid.next = self.levels.view_valid.val();
        self.view.next = self.levels.view.val();

        self.coming_slot.next = self.levels.coming_slot.val();
        self.best_valid.next = self.levels.best_valid.val();
        self.best.next = self.levels.best.val();
        self.coming_bid.next = self.levels.coming_bid.val();
        self.best_own.next = self.levels.best_own.val();
        self.best_exact.next = self.levels.best_exact.val();

        self.reset_ahead.clock.next = self.clock.val();
        self.reset_ahead.d.next = self.decoder.feature_reset.val();
        self.reset_slot_ahead.clock.next = self.clock.val();
        self.reset_slot_ahead.d.next = self.decoder.feature_reset_slot.val();
        self.best_clear.next = self.reset_ahead.q.val();
        self.best_clear_slot.next = self.reset_slot_ahead.q.val();
        self.reset_late.clock.next = self.clock.val();
        self.reset_late.d.next = self.reset_ahead.q.val();
        self.reset_slot_late.clock.next = self.clock.val();
        self.reset_slot_late.d.next = self.reset_slot_ahead.q.val();
        self.core_features.clock.next = self.clock.val();
        self.core_features.reset.next = self.reset.val();
        self.core_features.view_valid.next = self.levels.view_valid.val();
        self.core_features.view.next = self.levels.view.val();
        self.core_features.slot_clear.next = self.reset_late.q.val();
        self.core_features.slot_clear_slot.next = self.reset_slot_late.q.val();
        self.core_features.cfg_write.next = self.grid.cfg_write.val();
        self.core_features.cfg_slot.next = bit_cast::<6, SB>(self.grid.cfg_slot.val());
        self.core_features.cfg_recip.next = self.grid.cfg_recip.val();
        self.core_features.cfg_shift.next = self.grid.cfg_shift.val();
        self.core_features.cfg_record_trades.next = self.cfg_record_trades.val();
        self.emit.next = self.core_features.record_valid.val() & self.core_features.record_emit.val();
        self.record_view.next = self.core_features.record_view.val();
        self.record_features.next = self.core_features.record_features.val();
        self.busy.next = self.msg_valid.val() | self.core_features.record_valid.val();

        self.decode_count.next = self.decoder.count.val();
        self.notice_count.next = 0.into();
        if self.decoder.entry_lost.val() {
            self.notice_count.next = self.one.val();
        }
        self.table_count.next = self.orders.count.val();
        self.store_count.next = self.levels.store_count.val();
        self.book_count.next = self.levels.count.val();
        self.feature_count.next = self.core_features.count.val();
    }
}
