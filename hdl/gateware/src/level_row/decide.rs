//! The decisions on a whole row: does a level vanish, is one inserted, is it refused, are there more beyond.
//!
//! ```text
//! compare bits of all levels ──► any of a half ──┐
//! what the event in front did ───────────────────┴──► Verdict: vanishes, inserts ──► select
//!                                                                    │
//!                     more of the row ─────────────────────► refuses_tail, more
//! ```
//!
//! Latency: `*_next` belong to the cycle of the compare bits (cycle 3 of the event), `more` is ready in 5.
//! Back-pressure: none.

use super::verdict::Verdict;
use crate::prim::RegCopy;
use rust_hdl::prelude::*;

/// Row-wide decisions; see the module's text.
#[derive(LogicBlock, Default)]
pub struct RowDecide {
    pub clock: Signal<In, Clock>,
    pub load_next: Signal<In, Bit>,
    pub bypass_next: Signal<In, Bit>,
    pub same_row_next: Signal<In, Bit>,
    /// Some level of a half, but not the last, is at the added price; the last one is.
    pub at_add: [Signal<In, Bit>; 2],
    pub last_at_add: Signal<In, Bit>,
    /// Some level of a half, but not the last, would vanish; the last one would.
    pub at_vanish: [Signal<In, Bit>; 2],
    pub last_at_vanish: Signal<In, Bit>,
    /// After the event in front: the last level is better than the added price; it is valid; some valid
    /// level of a group is not better.
    pub last_before_add: Signal<In, Bit>,
    pub last_valid: Signal<In, Bit>,
    pub some_behind: [Signal<In, Bit>; 4],
    pub new_at_add: Signal<In, Bit>,
    pub new_vanishes: Signal<In, Bit>,
    pub add_at_removed: Signal<In, Bit>,
    pub remove_at_removed: Signal<In, Bit>,
    pub adds_s2: Signal<In, Bit>,
    pub appends_s2: Signal<In, Bit>,
    pub completes_s2: Signal<In, Bit>,
    pub empties_s2: Signal<In, Bit>,
    pub one_price_s2: Signal<In, Bit>,
    pub own_live: Signal<In, Bit>,
    pub own_more: Signal<In, Bit>,
    /// The stale levels are those of a row that has been written since reset.
    pub stale_live: Signal<Out, Bit>,
    // Parts of the verdict, for its copies.
    pub low_vanishes_next: Signal<Out, Bit>,
    pub high_vanishes_next: Signal<Out, Bit>,
    pub vanish_stays_next: Signal<Out, Bit>,
    pub new_vanishes_next: Signal<Out, Bit>,
    pub low_at_add_next: Signal<Out, Bit>,
    pub high_at_add_next: Signal<Out, Bit>,
    pub add_stays_next: Signal<Out, Bit>,
    pub no_insert_next: Signal<Out, Bit>,
    pub refuses_tail_next: Signal<Out, Bit>,
    pub more: Signal<Out, Bit>,
    load: RegCopy<Bit>,
    bypass: RegCopy<Bit>,
    same_row: RegCopy<Bit>,
    verdict: Verdict,
    refuses_tail: DFF<Bit>,
    empties: DFF<Bit>,
    front_vanished: DFF<Bit>,
    front_inserted: DFF<Bit>,
    front_pushed: DFF<Bit>,
    front_emptied: DFF<Bit>,
    front_more: DFF<Bit>,
    stale_more: DFF<Bit>,
    held_more: DFF<Bit>,
    held_live: DFF<Bit>,
    front_refuses: DFF<Bit>,
    front_behind: [DFF<Bit>; 4],
    pushed_in_front: Signal<Local, Bit>,
    inserted_in_front: Signal<Local, Bit>,
    half_at_add: [Signal<Local, Bit>; 2],
    half_vanishes: [Signal<Local, Bit>; 2],
    vanish_stays: Signal<Local, Bit>,
    new_gone: Signal<Local, Bit>,
    add_stays: Signal<Local, Bit>,
    no_insert: Signal<Local, Bit>,
    vanishes: Signal<Local, Bit>,
    inserts: Signal<Local, Bit>,
    add_gone: Signal<Local, Bit>,
    vanish_gone: Signal<Local, Bit>,
    more_now: Signal<Local, Bit>,
    refuse_now: Signal<Local, Bit>,
    fits: Signal<Local, Bit>,
    refused: Signal<Local, Bit>,
    overflows: Signal<Local, Bit>,
}

impl Logic for RowDecide {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            refuses_tail,
            empties,
            front_vanished,
            front_inserted,
            front_pushed,
            front_emptied,
            front_more,
            stale_more,
            held_more,
            held_live,
            front_refuses
        );
        self.load.clock.next = self.clock.val();
        self.load.d.next = self.load_next.val();
        self.bypass.clock.next = self.clock.val();
        self.bypass.d.next = self.bypass_next.val();
        self.same_row.clock.next = self.clock.val();
        self.same_row.d.next = self.same_row_next.val();

        // The compare bits are one event stale: take out what the event in front took, add what it inserted.
        self.pushed_in_front.next = self.same_row.q.val() & self.front_pushed.q.val();
        for g in 0..4 {
            self.front_behind[g].clock.next = self.clock.val();
            self.front_behind[g].d.next = self.some_behind[g].val();
        }
        self.refused.next = self.front_refuses.q.val()
            & !self.front_behind[0].q.val()
            & !self.front_behind[1].q.val()
            & !self.front_behind[2].q.val()
            & !self.front_behind[3].q.val();
        self.inserted_in_front.next =
            self.same_row.q.val() & self.front_inserted.q.val() & !self.refused.val();
        self.half_at_add[0].next = self.at_add[0].val();
        self.half_at_add[1].next =
            self.at_add[1].val() | (self.last_at_add.val() & !self.pushed_in_front.val());
        self.half_vanishes[0].next = self.at_vanish[0].val();
        self.half_vanishes[1].next =
            self.at_vanish[1].val() | (self.last_at_vanish.val() & !self.pushed_in_front.val());
        self.add_gone.next = self.same_row.q.val()
            & (self.front_emptied.q.val() | (self.front_vanished.q.val() & self.add_at_removed.val()));
        self.vanish_gone.next = self.same_row.q.val()
            & (self.front_emptied.q.val() | (self.front_vanished.q.val() & self.remove_at_removed.val()));
        self.vanish_stays.next = !self.vanish_gone.val() & !self.one_price_s2.val();
        self.new_gone.next =
            self.inserted_in_front.val() & self.new_vanishes.val() & !self.one_price_s2.val();
        self.add_stays.next = !self.add_gone.val();
        self.no_insert.next = !self.adds_s2.val() | (self.inserted_in_front.val() & self.new_at_add.val());
        self.more_now.next = self.stale_more.q.val();
        if self.same_row.q.val() {
            self.more_now.next = self.front_more.q.val();
        }
        self.refuse_now.next = self.more_now.val() & !self.appends_s2.val();
        self.verdict.clock.next = self.clock.val();
        self.low_vanishes_next.next = self.half_vanishes[0].val();
        self.high_vanishes_next.next = self.half_vanishes[1].val();
        self.low_at_add_next.next = self.half_at_add[0].val();
        self.high_at_add_next.next = self.half_at_add[1].val();
        self.verdict.low_vanishes_next.next = self.half_vanishes[0].val();
        self.verdict.high_vanishes_next.next = self.half_vanishes[1].val();
        self.verdict.low_at_add_next.next = self.half_at_add[0].val();
        self.verdict.high_at_add_next.next = self.half_at_add[1].val();
        self.vanish_stays_next.next = self.vanish_stays.val();
        self.new_vanishes_next.next = self.new_gone.val();
        self.add_stays_next.next = self.add_stays.val();
        self.no_insert_next.next = self.no_insert.val();
        self.verdict.vanish_stays_next.next = self.vanish_stays.val();
        self.verdict.new_vanishes_next.next = self.new_gone.val();
        self.verdict.add_stays_next.next = self.add_stays.val();
        self.verdict.no_insert_next.next = self.no_insert.val();
        self.vanishes.next = self.verdict.vanishes.val();
        self.inserts.next = self.verdict.inserts.val();
        self.refuses_tail_next.next = self.refuse_now.val();
        self.refuses_tail.d.next = self.refuse_now.val();
        self.empties.d.next = self.empties_s2.val();

        // What the event behind must know of this one.
        self.fits.next = self.vanishes.val() | !self.last_before_add.val();
        self.overflows.next = self.inserts.val() & !self.vanishes.val() & self.last_valid.val();
        self.front_vanished.d.next = self.vanishes.val();
        self.front_emptied.d.next = self.empties.q.val();
        self.front_inserted.d.next = self.inserts.val() & self.fits.val();
        self.front_refuses.d.next = self.refuses_tail.q.val();
        self.front_pushed.d.next = self.inserts.val() & !self.vanishes.val() & !self.last_before_add.val();
        self.front_more.d.next = (self.held_more.q.val() | self.overflows.val())
            & !self.completes_s2.val()
            & !self.empties_s2.val();
        if self.load.q.val() {
            self.held_more.d.next = self.more_now.val();
            self.stale_more.d.next = self.own_more.val();
            self.held_live.d.next = self.own_live.val() | self.bypass.q.val();
            if self.bypass.q.val() {
                self.stale_more.d.next = self.front_more.q.val();
            }
        }
        self.stale_live.next = self.held_live.q.val();
        self.more.next = self.front_more.q.val();
    }
}
