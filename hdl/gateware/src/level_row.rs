//! The sorted best sixteen levels of each row, a row being one side of one slot.
//!
//! ```text
//!            ┌─────────┐   ┌──────────┐ broadcast copies ┌─────────────────────────────┐
//!  event ───►│ Aligner ├──►│ EventPipe├─────────────────►│ LevelCell × 16, best first  ├──► own row, mate row
//!            └─────────┘   └────┬─────┘                  │ memory, compare, move, shift│
//!                               ▼                        └──┬──────────────────────▲───┘
//!                          ┌──────────┐  compare bits      │     keep/down/up/new  │
//!                          │ RowDecide│◄───────────────────┘                       │
//!                          └────┬─────┘ vanishes, inserts, refuses ────────────────┘
//!                               └──► RowFlags: live, more         Lead ──► best level of both, early
//! ```
//!
//! Row index = slot·2 + side, side 1 = bid (kept sorted by the inverted price). Kinds:
//! 0 normal: remove `remove_quantity` at `remove_price` if `removes`, then add at `add_price` if `adds`; a level
//!   whose quantity becomes zero vanishes; a removal at a price not in the row is ignored.
//! 1 refill append: add, whatever `more` says. 2 refill done: `more` := 0. 3 clear: empty the row, `more` := 0.
//! `more` = levels exist beyond the row's tail: set when a level falls out of a full row (the added one
//! included); while set, a price worse than every level that the row held before the event is not inserted.
//!
//! Latency: 7 cycles from the event to the results, whatever its cycle and spacing.
//! `mate_*` is the other side of the slot after all earlier events. The best level alone is there sooner: that of the mate at 5, the own one at 6 (`lead`).
//! Back-pressure: none; one event every two cycles or slower, any rows, any order.

pub mod aligner;
pub mod cell;
pub mod copies;
pub mod decide;
pub mod event;
pub mod flags;
pub mod lead;
pub mod verdict;

use crate::emit::{Elaborated, Size, elaborate};
use aligner::Aligner;
use cell::LevelCell;
use copies::GroupCopies;
use decide::RowDecide;
use event::EventPipe;
use flags::RowFlags;
use lead::Lead;
use rust_hdl::prelude::*;

/// Levels a row holds.
pub const LEVELS: usize = 16;
/// Levels served by one set of broadcast copies.
const GROUP_LEVELS: usize = 4;
const GROUPS: usize = LEVELS / GROUP_LEVELS;

/// Sorted rows; see the module's text. `RW` row index bits, `R` = 2^`RW` rows, `QW` quantity bits (32 +
/// log2 of the live orders never overflows), `TAG` sidecar bits.
#[derive(LogicBlock)]
pub struct LevelRow<const RW: usize, const R: usize, const QW: usize, const TAG: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub event_valid: Signal<In, Bit>,
    pub event_row: Signal<In, Bits<RW>>,
    pub event_kind: Signal<In, Bits<2>>,
    pub event_removes: Signal<In, Bit>,
    pub event_remove_price: Signal<In, Bits<32>>,
    pub event_remove_quantity: Signal<In, Bits<32>>,
    pub event_adds: Signal<In, Bit>,
    pub event_add_price: Signal<In, Bits<32>>,
    pub event_add_quantity: Signal<In, Bits<QW>>,
    pub event_tag: Signal<In, Bits<TAG>>,
    pub result_valid: Signal<Out, Bit>,
    pub result_row: Signal<Out, Bits<RW>>,
    pub result_tag: Signal<Out, Bits<TAG>>,
    pub own_more: Signal<Out, Bit>,
    pub own_valid: [Signal<Out, Bit>; LEVELS],
    pub own_price: [Signal<Out, Bits<32>>; LEVELS],
    pub own_quantity: [Signal<Out, Bits<32>>; LEVELS],
    pub mate_more: Signal<Out, Bit>,
    pub mate_valid: [Signal<Out, Bit>; LEVELS],
    pub mate_price: [Signal<Out, Bits<32>>; LEVELS],
    pub mate_quantity: [Signal<Out, Bits<32>>; LEVELS],
    /// See `lead`.
    pub first_mate_key: Signal<Out, Bits<32>>,
    pub first_mate_quantity: Signal<Out, Bits<32>>,
    pub first_own_key: Signal<Out, Bits<32>>,
    pub first_own_quantity: Signal<Out, Bits<32>>,
    aligner: Aligner<RW, QW, TAG>,
    events: EventPipe<RW, QW, TAG>,
    decide: RowDecide,
    flags: RowFlags<RW, R>,
    copies: [GroupCopies<RW, QW>; GROUPS],
    cells: [LevelCell<RW, QW>; LEVELS],
    lead: Lead,
    written: DFF<Bit>,
    result_now: DFF<Bit>,
    last_row: DFF<Bits<RW>>,
    last_tag: DFF<Bits<TAG>>,
    last_more: DFF<Bit>,
    last_mate_more: DFF<Bit>,
    load_next: Signal<Local, Bit>,
    write_next: Signal<Local, Bit>,
    mate_row_s2: Signal<Local, Bits<RW>>,
    mate_row_s3: Signal<Local, Bits<RW>>,
    added_high_bits: Signal<Local, Bits<QW>>,
    new_over: DFF<Bit>,
    result_row_now: Signal<Local, Bits<RW>>,
    is_bid_next: Signal<Local, Bit>,
    add_here: [Signal<Local, Bit>; GROUPS],
    vanish_here: [Signal<Local, Bit>; GROUPS],
    not_better: [Signal<Local, Bit>; LEVELS],
    not_better_group: [Signal<Local, Bit>; GROUPS],
    other_side: Constant<Bits<RW>>,
}

impl<const RW: usize, const R: usize, const QW: usize, const TAG: usize> Default
    for LevelRow<RW, R, QW, TAG>
{
    fn default() -> Self {
        assert!(
            QW > 32 && QW < 64,
            "LevelRow: {QW} quantity bits are not within 33..63"
        );
        Self {
            clock: Default::default(),
            reset: Default::default(),
            event_valid: Default::default(),
            event_row: Default::default(),
            event_kind: Default::default(),
            event_removes: Default::default(),
            event_remove_price: Default::default(),
            event_remove_quantity: Default::default(),
            event_adds: Default::default(),
            event_add_price: Default::default(),
            event_add_quantity: Default::default(),
            event_tag: Default::default(),
            result_valid: Default::default(),
            result_row: Default::default(),
            result_tag: Default::default(),
            own_more: Default::default(),
            own_valid: Default::default(),
            own_price: Default::default(),
            own_quantity: Default::default(),
            mate_more: Default::default(),
            mate_valid: Default::default(),
            mate_price: Default::default(),
            mate_quantity: Default::default(),
            first_mate_key: Default::default(),
            first_mate_quantity: Default::default(),
            first_own_key: Default::default(),
            first_own_quantity: Default::default(),
            aligner: Default::default(),
            events: Default::default(),
            decide: Default::default(),
            flags: Default::default(),
            copies: Default::default(),
            cells: Default::default(),
            lead: Default::default(),
            written: Default::default(),
            result_now: Default::default(),
            last_row: Default::default(),
            last_tag: Default::default(),
            last_more: Default::default(),
            last_mate_more: Default::default(),
            load_next: Default::default(),
            write_next: Default::default(),
            mate_row_s2: Default::default(),
            mate_row_s3: Default::default(),
            added_high_bits: Default::default(),
            new_over: Default::default(),
            result_row_now: Default::default(),
            is_bid_next: Default::default(),
            add_here: Default::default(),
            vanish_here: Default::default(),
            not_better: Default::default(),
            not_better_group: Default::default(),
            other_side: Constant::new(1.into()),
        }
    }
}

impl<const RW: usize, const R: usize, const QW: usize, const TAG: usize> Logic for LevelRow<RW, R, QW, TAG> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            written,
            result_now,
            last_row,
            last_tag,
            last_more,
            last_mate_more,
            new_over
        );
        self.aligner.clock.next = self.clock.val();
        self.aligner.reset.next = self.reset.val();
        self.aligner.event_valid.next = self.event_valid.val();
        self.aligner.event_row.next = self.event_row.val();
        self.aligner.event_kind.next = self.event_kind.val();
        self.aligner.event_removes.next = self.event_removes.val();
        self.aligner.event_remove_price.next = self.event_remove_price.val();
        self.aligner.event_remove_quantity.next = self.event_remove_quantity.val();
        self.aligner.event_adds.next = self.event_adds.val();
        self.aligner.event_add_price.next = self.event_add_price.val();
        self.aligner.event_add_quantity.next = self.event_add_quantity.val();
        self.aligner.event_tag.next = self.event_tag.val();

        self.events.clock.next = self.clock.val();
        self.events.reset.next = self.reset.val();
        self.events.phase.next = self.aligner.phase.val();
        self.events.late.next = self.aligner.late.val();
        self.events.valid.next = self.aligner.valid.val();
        self.events.row.next = self.aligner.row.val();
        self.events.arriving_row.next = self.event_row.val();
        self.events.kind.next = self.aligner.kind.val();
        self.events.removes.next = self.aligner.removes.val();
        self.events.remove_price.next = self.aligner.remove_price.val();
        self.events.remove_quantity.next = self.aligner.remove_quantity.val();
        self.events.adds.next = self.aligner.adds.val();
        self.events.add_price.next = self.aligner.add_price.val();
        self.events.add_quantity.next = self.aligner.add_quantity.val();
        self.events.tag.next = self.aligner.tag.val();

        // The grid: levels advance at the end of odd cycles, results are written in the cycle after.
        self.load_next.next = !self.aligner.phase.val() & !self.reset.val();
        self.write_next.next = self.aligner.phase.val() & self.events.valid_s3.val() & !self.reset.val();
        self.written.d.next = self.write_next.val();
        self.mate_row_s2.next = self.events.row_s2.val() ^ self.other_side.val();
        self.mate_row_s3.next = self.events.row_s3.val() ^ self.other_side.val();
        self.added_high_bits.next = self.events.add_quantity_s2.val() >> 32;
        self.new_over.d.next = self.added_high_bits.val().any();
        self.result_row_now.next = self.events.row_s3.val();
        self.is_bid_next.next = self.result_row_now.val().get_bit(0);

        // Row-wide gathers.
        for k in 0..LEVELS {
            self.not_better[k].next = self.cells[k].level_valid.val() & !self.cells[k].moved_before_add.val();
        }
        for g in 0..GROUPS {
            self.not_better_group[g].next = self.not_better[4 * g].val()
                | self.not_better[4 * g + 1].val()
                | self.not_better[4 * g + 2].val()
                | self.not_better[4 * g + 3].val();
        }
        for g in 0..3 {
            self.add_here[g].next = self.cells[4 * g].at_add.val()
                | self.cells[4 * g + 1].at_add.val()
                | self.cells[4 * g + 2].at_add.val()
                | self.cells[4 * g + 3].at_add.val();
            self.vanish_here[g].next = self.cells[4 * g].at_vanish.val()
                | self.cells[4 * g + 1].at_vanish.val()
                | self.cells[4 * g + 2].at_vanish.val()
                | self.cells[4 * g + 3].at_vanish.val();
        }
        self.add_here[3].next =
            self.cells[12].at_add.val() | self.cells[13].at_add.val() | self.cells[14].at_add.val();
        self.vanish_here[3].next =
            self.cells[12].at_vanish.val() | self.cells[13].at_vanish.val() | self.cells[14].at_vanish.val();

        self.decide.clock.next = self.clock.val();
        self.decide.load_next.next = self.load_next.val();
        self.decide.bypass_next.next = self.events.bypass_next.val();
        self.decide.same_row_next.next = self.events.same_row_next.val();
        self.decide.at_add[0].next = self.add_here[0].val() | self.add_here[1].val();
        self.decide.at_add[1].next = self.add_here[2].val() | self.add_here[3].val();
        self.decide.last_at_add.next = self.cells[15].at_add.val();
        self.decide.at_vanish[0].next = self.vanish_here[0].val() | self.vanish_here[1].val();
        self.decide.at_vanish[1].next = self.vanish_here[2].val() | self.vanish_here[3].val();
        self.decide.last_at_vanish.next = self.cells[15].at_vanish.val();
        self.decide.last_before_add.next = self.cells[15].moved_before_add.val();
        self.decide.last_valid.next = self.cells[15].level_valid.val();
        for g in 0..GROUPS {
            self.decide.some_behind[g].next = self.not_better_group[g].val();
        }
        self.decide.new_at_add.next = self.events.new_at_add.val();
        self.decide.new_vanishes.next = self.events.new_vanishes.val();
        self.decide.add_at_removed.next = self.events.add_at_removed.val();
        self.decide.remove_at_removed.next = self.events.remove_at_removed.val();
        self.decide.adds_s2.next = self.events.adds_s2.val();
        self.decide.appends_s2.next = self.events.appends_s2.val();
        self.decide.completes_s2.next = self.events.completes_s2.val();
        self.decide.empties_s2.next = self.events.empties_s2.val();
        self.decide.one_price_s2.next = self.events.one_price_s2.val();
        self.decide.own_live.next = self.flags.own_live.val();
        self.decide.own_more.next = self.flags.own_more.val() & self.flags.own_live.val();

        self.flags.clock.next = self.clock.val();
        self.flags.reset.next = self.reset.val();
        self.flags.own_row.next = self.events.row_s1.val();
        self.flags.mate_row.next = self.mate_row_s3.val();
        self.flags.write_enable.next = self.written.q.val();
        self.flags.write_row.next = self.last_row.q.val();
        self.flags.write_more.next = self.last_more.q.val();

        for g in 0..GROUPS {
            self.copies[g].clock.next = self.clock.val();
            self.copies[g].remove_key_next.next = self.events.remove_key_s1.val();
            self.copies[g].add_key_next.next = self.events.add_key_s1.val();
            self.copies[g].vanish_plain_next.next = self.events.vanish_plain_s1.val();
            self.copies[g].vanish_removed_next.next = self.events.vanish_removed_s1.val();
            self.copies[g].vanish_added_next.next = self.events.vanish_added_s1.val();
            self.copies[g].front_removes_next.next = self.events.front_removes_s1.val();
            self.copies[g].front_adds_next.next = self.events.front_adds_s1.val();
            self.copies[g].own_address_next.next = self.aligner.row.val();
            self.copies[g].mate_address_next.next = self.mate_row_s2.val();
            self.copies[g].write_address_next.next = self.events.row_s3.val();
            self.copies[g].write_enable_next.next = self.write_next.val();
            self.copies[g].removed_delta_next.next = self.events.removed_delta_s2.val();
            self.copies[g].added_delta_next.next = self.events.add_quantity_s2.val();
            self.copies[g].new_key_next.next = self.events.add_key_s2.val();
            self.copies[g].new_quantity_next.next = self.events.add_quantity_s2.val();
            self.copies[g].low_vanishes_next.next = self.decide.low_vanishes_next.val();
            self.copies[g].high_vanishes_next.next = self.decide.high_vanishes_next.val();
            self.copies[g].low_at_add_next.next = self.decide.low_at_add_next.val();
            self.copies[g].high_at_add_next.next = self.decide.high_at_add_next.val();
            self.copies[g].vanish_stays_next.next = self.decide.vanish_stays_next.val();
            self.copies[g].new_vanishes_next.next = self.decide.new_vanishes_next.val();
            self.copies[g].add_stays_next.next = self.decide.add_stays_next.val();
            self.copies[g].no_insert_next.next = self.decide.no_insert_next.val();
            self.copies[g].refuses_tail_next.next = self.decide.refuses_tail_next.val();
            self.copies[g].empties_next.next = self.events.empties_s2.val();
            self.copies[g].add_first_next.next = self.events.add_first_s2.val();
            self.copies[g].own_is_bid_next.next = self.is_bid_next.val();
        }
        for k in 0..LEVELS {
            self.cells[k].clock.next = self.clock.val();
            self.cells[k].own_address.next = self.copies[k / 4].own_address.val();
            self.cells[k].mate_address.next = self.copies[k / 4].mate_address.val();
            self.cells[k].write_address.next = self.copies[k / 4].write_address.val();
            self.cells[k].write_enable.next = self.copies[k / 4].write_enable.val();
            self.cells[k].stale_live.next = self.decide.stale_live.val();
            self.cells[k].mate_live.next = self.flags.mate_live.val();
            self.cells[k].load_next.next = self.load_next.val();
            self.cells[k].bypass_next.next = self.events.bypass_next.val();
            self.cells[k].same_row_next.next = self.events.same_row_next.val();
            self.cells[k].removes.next = self.events.removes_s1.val();
            self.cells[k].adds.next = self.events.adds_s1.val();
            self.cells[k].remove_key.next = self.copies[k / 4].remove_key.val();
            self.cells[k].add_key.next = self.copies[k / 4].add_key.val();
            self.cells[k].vanish_quantity.next = self.copies[k / 4].vanish_quantity.val();
            self.cells[k].new_before_remove.next = self.events.new_before_remove.val();
            self.cells[k].new_before_add.next = self.events.new_before_add.val();
            self.cells[k].new_at_remove.next = self.events.new_at_remove.val();
            self.cells[k].new_at_add.next = self.events.new_at_add.val();
            self.cells[k].vanishes.next = self.copies[k / 4].vanishes.val();
            self.cells[k].inserts.next = self.copies[k / 4].inserts.val();
            self.cells[k].refuses_tail.next = self.copies[k / 4].refuses_tail.val();
            self.cells[k].empties.next = self.copies[k / 4].empties.val();
            self.cells[k].add_first.next = self.copies[k / 4].add_first.val();
            self.cells[k].removed_delta.next = self.copies[k / 4].removed_delta.val();
            self.cells[k].added_delta.next = self.copies[k / 4].added_delta.val();
            self.cells[k].new_valid.next = self.events.fills_s3.val();
            self.cells[k].new_over.next = self.new_over.q.val();
            self.cells[k].new_key.next = self.copies[k / 4].new_key.val();
            self.cells[k].new_quantity.next = self.copies[k / 4].new_quantity.val();
            self.cells[k].own_is_bid.next = self.copies[k / 4].own_is_bid.val();
            self.own_valid[k].next = self.cells[k].own_valid.val();
            self.own_price[k].next = self.cells[k].own_price.val();
            self.own_quantity[k].next = self.cells[k].own_quantity.val();
            self.mate_valid[k].next = self.cells[k].mate_valid.val();
            self.mate_price[k].next = self.cells[k].mate_price.val();
            self.mate_quantity[k].next = self.cells[k].mate_quantity.val();
        }
        // Before the first level everything is better, behind the last one nothing is.
        self.cells[0].front_before_remove.next = false;
        self.cells[0].front_before_add.next = false;
        self.cells[0].front_at_remove.next = false;
        self.cells[0].front_at_add.next = false;
        self.cells[0].front_moved_before_remove.next = true;
        self.cells[0].front_moved_before_add.next = true;
        self.cells[0].front_valid.next = false;
        self.cells[0].front_over.next = false;
        self.cells[0].front_key.next = 0.into();
        self.cells[0].front_quantity.next = 0.into();
        for k in 1..LEVELS {
            self.cells[k].front_before_remove.next = self.cells[k - 1].before_remove.val();
            self.cells[k].front_before_add.next = self.cells[k - 1].before_add.val();
            self.cells[k].front_at_remove.next = self.cells[k - 1].at_remove.val();
            self.cells[k].front_at_add.next = self.cells[k - 1].at_add.val();
            self.cells[k].front_moved_before_remove.next = self.cells[k - 1].moved_before_remove.val();
            self.cells[k].front_moved_before_add.next = self.cells[k - 1].moved_before_add.val();
            self.cells[k].front_valid.next = self.cells[k - 1].level_valid.val();
            self.cells[k].front_over.next = self.cells[k - 1].level_over.val();
            self.cells[k].front_key.next = self.cells[k - 1].level_key.val();
            self.cells[k].front_quantity.next = self.cells[k - 1].level_quantity.val();
            self.cells[k - 1].behind_before_remove.next = self.cells[k].before_remove.val();
            self.cells[k - 1].behind_before_add.next = self.cells[k].before_add.val();
            self.cells[k - 1].behind_at_remove.next = self.cells[k].at_remove.val();
            self.cells[k - 1].behind_at_add.next = self.cells[k].at_add.val();
            self.cells[k - 1].behind_moved_before_add.next = self.cells[k].moved_before_add.val();
            self.cells[k - 1].behind_valid.next = self.cells[k].level_valid.val();
            self.cells[k - 1].behind_over.next = self.cells[k].level_over.val();
            self.cells[k - 1].behind_key.next = self.cells[k].level_key.val();
            self.cells[k - 1].behind_quantity.next = self.cells[k].level_quantity.val();
        }
        self.cells[15].behind_before_remove.next = false;
        self.cells[15].behind_before_add.next = false;
        self.cells[15].behind_at_remove.next = false;
        self.cells[15].behind_at_add.next = false;
        self.cells[15].behind_moved_before_add.next = false;
        self.cells[15].behind_valid.next = false;
        self.cells[15].behind_over.next = false;
        self.cells[15].behind_key.next = 0.into();
        self.cells[15].behind_quantity.next = 0.into();

        self.lead.clock.next = self.clock.val();
        self.lead.load_next.next = self.load_next.val();
        self.lead.mate_in_front_next.next =
            self.events.valid_s3.val() & (self.events.row_s3.val() == self.mate_row_s2.val());
        self.flags.lead_row.next = self.copies[0].mate_address.val();
        self.lead.kept_live.next = self.flags.lead_live.val();
        self.lead.next_valid.next = self.cells[0].next_valid.val();
        self.lead.next_over.next = self.cells[0].next_over.val();
        self.lead.next_key.next = self.cells[0].next_key.val();
        self.lead.next_quantity.next = self.cells[0].next_quantity.val();
        self.lead.last_valid.next = self.cells[0].own_valid.val();
        self.lead.last_over.next = self.cells[0].last_over.val();
        self.lead.last_key.next = self.cells[0].last_key.val();
        self.lead.last_quantity.next = self.cells[0].last_quantity.val();
        self.lead.kept_valid.next = self.cells[0].kept_valid.val();
        self.lead.kept_over.next = self.cells[0].kept_over.val();
        self.lead.kept_key.next = self.cells[0].kept_key.val();
        self.lead.kept_quantity.next = self.cells[0].kept_quantity.val();
        self.first_mate_key.next = self.lead.mate_key.val();
        self.first_mate_quantity.next = self.lead.mate_quantity.val();
        self.first_own_key.next = self.lead.own_key.val();
        self.first_own_quantity.next = self.lead.own_quantity.val();

        // Results: levels stand for two cycles; late events leave in the first, the others in the second.
        self.result_now.d.next = self.events.valid_s3.val() & !self.events.late_s3.val();
        if self.aligner.phase.val() {
            self.result_now.d.next = self.events.valid_s3.val() & self.events.late_s3.val();
            self.last_row.d.next = self.events.row_s3.val();
            self.last_tag.d.next = self.events.tag_s3.val();
            self.last_more.d.next = self.decide.more.val();
            self.last_mate_more.d.next = self.flags.mate_more.val() & self.flags.mate_live.val();
        }
        self.result_valid.next = self.result_now.q.val();
        self.result_row.next = self.last_row.q.val();
        self.result_tag.next = self.last_tag.q.val();
        self.own_more.next = self.last_more.q.val();
        self.mate_more.next = self.last_mate_more.q.val();
        if self.reset.val() {
            self.written.d.next = false;
            self.result_now.d.next = false;
        }
    }
}

/// The rows of a size, with 64 sidecar bits.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(LevelRow::<3, 8, 44, 64>::default()),
        Size::Sim => elaborate(LevelRow::<5, 32, 48, 64>::default()),
        Size::Alveo => elaborate(LevelRow::<7, 128, 50, 64>::default()),
    }
}
