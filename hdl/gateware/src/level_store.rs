//! Every level of every row, written by each operation in order; brings levels back into the rows.
//!
//! ```text
//!                ┌────────────┐ key, offset ┌───────┐ written
//!  op ───┬──────►│ StoreFront ├────────────►│ Pages ├──────────┐
//!        │       └────────────┘             └──▲─┬──┘          │
//!        │       ┌──────────────┐ probes, wipes│ │ found       │
//!        └──────►│ RefillEngine ├──────────────┘ │             │
//!  summary ─────►│              │◄───────────────┴─────────────┘
//!                └──────┬───────┘
//!                       └──► refill (append, done, clear) into the row's idle slots
//! ```
//!
//! The store is off the critical path: it follows the row and is exact once `busy` is 0. An operation it cannot
//! take (queue full, no page, a slot that is being swept) is lost for the store, not for the row: it counts as
//! `store_overflow`, makes the slot stale, and the row is never refilled, nor its `more` cleared, until a sweep.
//!
//! Latency: 27 cycles from an operation to its page, more behind others.
//! Back-pressure: none. Sustains one removal or addition every two cycles; a book operation with both counts
//! twice, and the queue takes the excess.

pub mod arithmetic;
pub mod front;
pub mod pages;
pub mod refill;
pub mod scan;

use crate::emit::{Elaborated, Size, elaborate};
use front::StoreFront;
use pages::Pages;
use refill::RefillEngine;
use rust_hdl::prelude::*;

/// Level store; see the module's text. `RW` row bits, `SW = RW − 1`, `R = 2^RW`, `PW` page address bits,
/// `AW = PW − 3`, `LW = PW + 6`, `QW` quantity bits, `DW` log2 of the queue's depth.
#[derive(LogicBlock, Default)]
pub struct LevelStore<
    const RW: usize,
    const SW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// An operation goes into the row in this cycle; two cycles apart or more, refills included.
    pub op_valid: Signal<In, Bit>,
    pub op_row: Signal<In, Bits<RW>>,
    pub op_removes: Signal<In, Bit>,
    pub op_remove_price: Signal<In, Bits<32>>,
    pub op_remove_quantity: Signal<In, Bits<32>>,
    pub op_adds: Signal<In, Bit>,
    pub op_add_price: Signal<In, Bits<32>>,
    pub op_add_quantity: Signal<In, Bits<32>>,
    /// What the row is after an operation or refill, at most 10 cycles after its issue.
    pub summary_valid: Signal<In, Bit>,
    pub summary_row: Signal<In, Bits<RW>>,
    pub summary_more: Signal<In, Bit>,
    pub summary_count: Signal<In, Bits<5>>,
    /// Rows whose frontier is not known any more.
    pub unknown: Signal<In, Bits<R>>,
    /// The row refuses nothing at its frontier or better, not even the additions of replacements.
    pub summary_open: Signal<In, Bit>,
    /// Every level at the frontier or better is in the row, and additions there go into it, but for those of
    /// replacements; unknown, it is that of no row; not bounded, nothing is.
    pub summary_known: Signal<In, Bit>,
    pub summary_bounded: Signal<In, Bit>,
    pub summary_frontier: Signal<In, Bits<32>>,
    pub refill_valid: Signal<Out, Bit>,
    /// 0 open the row, 1 append, 2 done, 3 clear; the last three as the row's kinds.
    pub refill_kind: Signal<Out, Bits<2>>,
    pub refill_row: Signal<Out, Bits<RW>>,
    pub refill_price: Signal<Out, Bits<32>>,
    pub refill_quantity: Signal<Out, Bits<QW>>,
    /// The refill went into the row in the cycle before; the offer that still stands in this cycle is not another.
    pub refill_taken: Signal<In, Bit>,
    /// Empties a slot and sets its grid; held with its operands until `sweep_done`.
    pub sweep_valid: Signal<In, Bit>,
    pub sweep_slot: Signal<In, Bits<SW>>,
    pub sweep_tick: Signal<In, Bits<32>>,
    pub sweep_reciprocal: Signal<In, Bits<32>>,
    pub sweep_done: Signal<Out, Bit>,
    /// An operation was lost: cause StoreOverflow.
    pub stale_valid: Signal<Out, Bit>,
    pub stale_slot: Signal<Out, Bits<SW>>,
    /// Operations or refills are to be done.
    pub busy: Signal<Out, Bit>,
    /// `store_overflow`, `refills`, `scans`.
    pub count: Signal<Out, Bits<3>>,
    front: StoreFront<RW, SW, DW>,
    pages: Pages<PW, AW, LW, QW>,
    engine: RefillEngine<RW, SW, R, PW, AW, QW>,
    swept_op: Signal<Local, Bit>,
    op_shifted: Signal<Local, Bits<RW>>,
    op_slot: Signal<Local, Bits<SW>>,
    takes: Signal<Local, Bit>,
    lost_row_wide: Signal<Local, Bits<7>>,
    lost_row: Signal<Local, Bits<RW>>,
    refused_now: Signal<Local, Bit>,
    /// Cycles since reset, in which operations of before it may still leave the front.
    fresh: DFF<Bits<4>>,
    flushes: Signal<Local, Bit>,
    one_4: Signal<Local, Bits<4>>,
    sweeping: DFF<Bit>,
    refilled: DFF<Bit>,
    scanned: DFF<Bit>,
    swept: DFF<Bit>,
    refused_row: DFF<Bits<RW>>,
    refused_held: DFF<Bit>,
    refused_held_row: DFF<Bits<RW>>,
    overflow: Signal<Local, Bit>,
    overflow_row: Signal<Local, Bits<RW>>,
    overflow_shifted: Signal<Local, Bits<RW>>,
    count_overflow: Signal<Local, Bits<3>>,
    count_refills: Signal<Local, Bits<3>>,
    count_scans: Signal<Local, Bits<3>>,
    off_grid_row: Signal<Local, Bits<RW>>,
}

impl<
    const RW: usize,
    const SW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
> Logic for LevelStore<RW, SW, R, PW, AW, LW, QW, DW>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            fresh,
            refilled,
            scanned,
            sweeping,
            swept,
            refused_row,
            refused_held,
            refused_held_row
        );
        self.front.clock.next = self.clock.val();
        self.front.reset.next = self.reset.val();
        self.pages.clock.next = self.clock.val();
        self.pages.reset.next = self.reset.val();
        self.engine.clock.next = self.clock.val();
        self.engine.reset.next = self.reset.val();

        // Operations of a slot that is being swept are lost.
        self.op_shifted.next = self.op_row.val() >> 1;
        self.op_slot.next = self.op_shifted.val().get_bits::<SW>(0);
        self.swept_op.next = self.op_valid.val()
            & self.sweeping.q.val()
            & (self.op_slot.val() == self.sweep_slot.val())
            & (self.op_removes.val() | self.op_adds.val());
        self.takes.next = self.op_valid.val() & !self.swept_op.val();
        self.sweeping.d.next = self.engine.sweeping.val();
        self.swept.d.next = self.swept_op.val();
        self.refused_row.d.next = self.op_row.val();
        // Operations that found no page come every other cycle; a refused one gives way to them.
        self.refused_now.next = self.swept.q.val() | self.front.refused.val();
        self.refused_held.d.next = false;
        self.refused_held_row.d.next = self.refused_row.q.val();
        self.lost_row_wide.next = self.pages.lost_row.val();
        self.lost_row.next = self.lost_row_wide.val().get_bits::<RW>(0);
        self.overflow.next = self.refused_held.q.val();
        self.overflow_row.next = self.refused_held_row.q.val();
        if self.pages.lost.val() {
            self.overflow.next = true;
            self.overflow_row.next = self.lost_row.val();
            self.refused_held.d.next = self.refused_now.val() | self.refused_held.q.val();
            if self.refused_held.q.val() {
                self.refused_held_row.d.next = self.refused_held_row.q.val();
            }
        } else {
            if !self.refused_held.q.val() {
                self.overflow.next = self.refused_now.val();
                self.overflow_row.next = self.refused_row.q.val();
            } else {
                self.refused_held.d.next = self.refused_now.val();
            }
        }
        self.stale_valid.next = self.overflow.val();
        self.overflow_shifted.next = self.overflow_row.val() >> 1;
        self.stale_slot.next = self.overflow_shifted.val().get_bits::<SW>(0);

        self.front.phase.next = self.pages.phase.val();
        self.front.in_valid.next = self.takes.val();
        self.front.in_row.next = self.op_row.val();
        self.front.in_removes.next = self.op_removes.val();
        self.front.in_remove_price.next = self.op_remove_price.val();
        self.front.in_remove_quantity.next = self.op_remove_quantity.val();
        self.front.in_adds.next = self.op_adds.val();
        self.front.in_add_price.next = self.op_add_price.val();
        self.front.in_add_quantity.next = self.op_add_quantity.val();
        self.front.grid_write.next = self.engine.sweep_drained.val();
        self.front.grid_slot.next = self.engine.grid_slot.val();
        self.front.grid_tick.next = self.sweep_tick.val();
        self.front.grid_reciprocal.next = self.sweep_reciprocal.val();

        self.one_4.next = 1.into();
        self.flushes.next = self.fresh.q.val().any();
        if self.flushes.val() {
            self.fresh.d.next = self.fresh.q.val() - self.one_4.val();
        }
        self.pages.op_valid.next = self.front.op_valid.val() & !self.flushes.val();
        self.pages.op_adds.next = self.front.op_adds.val();
        self.pages.op_last.next = self.front.op_last.val() & !self.flushes.val();
        self.pages.op_key.next = self.front.op_key.val();
        self.pages.op_offset.next = self.front.op_offset.val();
        self.pages.op_quantity.next = self.front.op_quantity.val();
        self.pages.probe_valid.next = self.engine.probe_valid.val();
        self.pages.probe_key.next = self.engine.probe_key.val();
        self.pages.probe_offset.next = self.engine.probe_offset.val();
        self.pages.probe_scans.next = self.engine.probe_scans.val();
        self.pages.scan_address.next = self.engine.scan_address.val();
        self.pages.wipe_valid.next = self.engine.wipe_valid.val();
        self.pages.wipe_page.next = self.engine.wipe_page.val();

        self.engine.phase.next = self.pages.phase.val();
        self.engine.issue_valid.next = self.op_valid.val();
        self.engine.issue_row.next = self.op_row.val();
        self.engine.issue_removes.next = self.op_removes.val();
        self.engine.issue_remove_price.next = self.op_remove_price.val();
        self.engine.issue_adds.next = self.op_adds.val();
        self.engine.issue_add_price.next = self.op_add_price.val();
        self.engine.taken.next = self.front.taken.val();
        self.engine.retired.next = self.pages.retired.val();
        self.off_grid_row.next = self.front.op_row.val();
        self.engine.off_grid_valid.next = self.front.op_valid.val() & !self.front.op_on_grid.val();
        self.engine.off_grid_row.next = self.off_grid_row.val();
        self.engine.lost_valid.next = self.pages.lost.val();
        self.engine.lost_row.next = self.lost_row.val();
        self.engine.refused_valid.next = self.refused_now.val();
        self.engine.refused_row.next = self.refused_row.q.val();
        self.engine.summary_valid.next = self.summary_valid.val();
        self.engine.summary_row.next = self.summary_row.val();
        self.engine.summary_more.next = self.summary_more.val();
        self.engine.summary_count.next = self.summary_count.val();
        self.engine.unknown.next = self.unknown.val();
        self.engine.summary_open.next = self.summary_open.val();
        self.engine.summary_known.next = self.summary_known.val();
        self.engine.summary_bounded.next = self.summary_bounded.val();
        self.engine.summary_frontier.next = self.summary_frontier.val();
        self.engine.scan_valid.next = self.pages.scan_valid.val();
        for k in 0..8 {
            self.engine.scan_key[k].next = self.pages.scan_key[k].val();
            self.engine.scan_bound[k].next = self.pages.scan_bound[k].val();
            self.engine.scan_used[k].next = self.pages.scan_used[k].val();
        }
        self.engine.probe_done.next = self.pages.probe_done.val();
        self.engine.probe_hit.next = self.pages.probe_hit.val();
        self.engine.probe_levels.next = self.pages.probe_levels.val();
        self.engine.probe_quantity.next = self.pages.probe_quantity.val();
        self.engine.refill_taken.next = self.refill_taken.val();
        self.engine.sweep_valid.next = self.sweep_valid.val();
        self.engine.sweep_slot.next = self.sweep_slot.val();
        self.engine.tick.next = self.front.tick.val();
        self.refill_valid.next = self.engine.refill_valid.val();
        self.refill_kind.next = self.engine.refill_kind.val();
        self.refill_row.next = self.engine.refill_row.val();
        self.refill_price.next = self.engine.refill_price.val();
        self.refill_quantity.next = self.engine.refill_quantity.val();
        self.sweep_done.next = self.engine.sweep_done.val();
        self.busy.next = self.engine.busy.val();
        self.count_overflow.next = 0.into();
        if self.overflow.val() {
            self.count_overflow.next = 1.into();
        }
        self.count_refills.next = 0.into();
        self.refilled.d.next = self.engine.refilled.val();
        self.scanned.d.next = self.engine.scanned.val();
        if self.refilled.q.val() {
            self.count_refills.next = 2.into();
        }
        self.count_scans.next = 0.into();
        if self.scanned.q.val() {
            self.count_scans.next = 4.into();
        }
        self.count.next = self.count_overflow.val() | self.count_refills.val() | self.count_scans.val();
        if self.reset.val() {
            self.fresh.d.next = 10.into();
            self.sweeping.d.next = false;
            self.swept.d.next = false;
            self.refused_held.d.next = false;
        }
    }
}

/// The store in a size; quantities are wide enough for all live orders at one price.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(LevelStore::<3, 2, 8, 7, 4, 13, 46, 8>::default()),
        Size::Sim => elaborate(LevelStore::<5, 4, 32, 13, 10, 19, 50, 10>::default()),
        Size::Alveo => elaborate(LevelStore::<7, 6, 128, 14, 11, 20, 52, 10>::default()),
    }
}
