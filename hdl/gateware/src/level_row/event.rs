//! The event's own pipeline, and all compares between an event and the one in front of it.
//!
//! ```text
//! aligned ──► s1 (read, compare) ──► s2 (move, select) ──► s3 (shift, write)      two cycles each
//!               └── against s2: same row, equal or better prices, quantity at which a level vanishes
//! ```
//!
//! A level vanishes when its quantity equals what is removed. The levels are compared one event stale, so the
//! quantity looked for is corrected here by what the event in front does at that price: no 32-bit compare
//! stands behind the row's adder.
//!
//! Latency: event in cycle 0, `*_s1` in 1 and 2, `*_s2` in 3 and 4, `*_s3` in 5 and 6; `new_*` and `*_in_front`
//! one cycle after `s1`.
//! Back-pressure: none.

use crate::prim::RegCopy;
use rust_hdl::prelude::*;

/// Event stages and event-to-event compares; see the module's text.
#[derive(LogicBlock, Default)]
pub struct EventPipe<const RW: usize, const QW: usize, const TAG: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub phase: Signal<In, Bit>,
    pub late: Signal<In, Bit>,
    pub valid: Signal<In, Bit>,
    pub row: Signal<In, Bits<RW>>,
    /// The row of an event that arrives in this cycle, before the aligner.
    pub arriving_row: Signal<In, Bits<RW>>,
    pub kind: Signal<In, Bits<2>>,
    pub removes: Signal<In, Bit>,
    pub remove_price: Signal<In, Bits<32>>,
    pub remove_quantity: Signal<In, Bits<32>>,
    pub adds: Signal<In, Bit>,
    pub add_price: Signal<In, Bits<32>>,
    pub add_quantity: Signal<In, Bits<QW>>,
    pub tag: Signal<In, Bits<TAG>>,

    pub row_s1: Signal<Out, Bits<RW>>,
    pub removes_s1: Signal<Out, Bit>,
    pub adds_s1: Signal<Out, Bit>,
    pub remove_key_s1: Signal<Out, Bits<32>>,
    pub add_key_s1: Signal<Out, Bits<32>>,
    /// The quantity at which the stale level vanishes: if the event in front leaves that price alone, removes
    /// there (and perhaps adds), only adds there.
    pub vanish_plain_s1: Signal<Out, Bits<QW>>,
    pub vanish_removed_s1: Signal<Out, Bits<QW>>,
    pub vanish_added_s1: Signal<Out, Bits<QW>>,
    /// Which of them counts (valid in odd cycles).
    pub front_removes_s1: Signal<Out, Bit>,
    pub front_adds_s1: Signal<Out, Bit>,
    /// The row read next is the one that `s2` writes next (valid in odd cycles).
    pub bypass_next: Signal<Out, Bit>,
    /// `s1` and `s2` hold events of one row (valid in odd cycles).
    pub same_row_next: Signal<Out, Bit>,
    /// This event against the level that the event in front inserts.
    pub new_before_remove: Signal<Out, Bit>,
    pub new_before_add: Signal<Out, Bit>,
    pub new_at_remove: Signal<Out, Bit>,
    pub new_at_add: Signal<Out, Bit>,
    pub new_vanishes: Signal<Out, Bit>,
    /// This event's price is the one removed in front.
    pub add_at_removed: Signal<Out, Bit>,
    pub remove_at_removed: Signal<Out, Bit>,
    pub row_s2: Signal<Out, Bits<RW>>,
    pub adds_s2: Signal<Out, Bit>,
    pub appends_s2: Signal<Out, Bit>,
    pub completes_s2: Signal<Out, Bit>,
    pub empties_s2: Signal<Out, Bit>,
    /// Removal and addition at one price: the level stays.
    pub one_price_s2: Signal<Out, Bit>,
    /// The added price is better than the removed one.
    pub add_first_s2: Signal<Out, Bit>,
    pub add_key_s2: Signal<Out, Bits<32>>,
    pub add_quantity_s2: Signal<Out, Bits<QW>>,
    pub removed_delta_s2: Signal<Out, Bits<QW>>,
    pub valid_s3: Signal<Out, Bit>,
    pub late_s3: Signal<Out, Bit>,
    pub fills_s3: Signal<Out, Bit>,
    pub row_s3: Signal<Out, Bits<RW>>,
    pub tag_s3: Signal<Out, Bits<TAG>>,

    held_valid_s1: DFF<Bit>,
    held_late_s1: DFF<Bit>,
    held_row_s1: DFF<Bits<RW>>,
    held_removes_s1: DFF<Bit>,
    held_adds_s1: DFF<Bit>,
    held_appends_s1: DFF<Bit>,
    held_completes_s1: DFF<Bit>,
    held_empties_s1: DFF<Bit>,
    held_remove_key_s1: DFF<Bits<32>>,
    held_add_key_s1: DFF<Bits<32>>,
    held_remove_quantity_s1: DFF<Bits<QW>>,
    held_add_quantity_s1: DFF<Bits<QW>>,
    held_tag_s1: DFF<Bits<TAG>>,
    near_remove_key_s1: RegCopy<Bits<32>>,
    near_add_key_s1: RegCopy<Bits<32>>,
    near_add_key_s2: RegCopy<Bits<32>>,
    one_price: DFF<Bit>,
    add_first: DFF<Bit>,
    minus_removed: DFF<Bits<QW>>,
    added_minus_removed: DFF<Bits<QW>>,
    front_new_before_remove: DFF<Bit>,
    front_new_before_add: DFF<Bit>,
    front_new_at_remove: DFF<Bit>,
    front_new_at_add: DFF<Bit>,
    front_new_vanishes: DFF<Bit>,
    front_add_at_removed: DFF<Bit>,
    front_remove_at_removed: DFF<Bit>,
    held_valid_s2: DFF<Bit>,
    held_late_s2: DFF<Bit>,
    held_row_s2: DFF<Bits<RW>>,
    held_removes_s2: DFF<Bit>,
    held_adds_s2: DFF<Bit>,
    held_appends_s2: DFF<Bit>,
    held_completes_s2: DFF<Bit>,
    held_empties_s2: DFF<Bit>,
    held_one_price_s2: DFF<Bit>,
    held_add_first_s2: DFF<Bit>,
    held_remove_key_s2: DFF<Bits<32>>,
    held_add_key_s2: DFF<Bits<32>>,
    held_add_quantity_s2: DFF<Bits<QW>>,
    held_removed_delta_s2: DFF<Bits<QW>>,
    held_tag_s2: DFF<Bits<TAG>>,
    held_valid_s3: DFF<Bit>,
    held_late_s3: DFF<Bit>,
    held_fills_s3: DFF<Bit>,
    held_row_s3: DFF<Bits<RW>>,
    held_tag_s3: DFF<Bits<TAG>>,
    held_is_read: DFF<Bit>,

    normal: Signal<Local, Bit>,
    append: Signal<Local, Bit>,
    complete: Signal<Local, Bit>,
    empty: Signal<Local, Bit>,
    remove_key: Signal<Local, Bits<32>>,
    add_key: Signal<Local, Bits<32>>,
    nothing: Signal<Local, Bits<QW>>,
    row_is_read: Signal<Local, Bit>,
    row_is_front: Signal<Local, Bit>,
    prices_equal: Signal<Local, Bit>,
    add_below_remove: Signal<Local, Bit>,
    remove_is_removed: Signal<Local, Bit>,
    remove_is_added: Signal<Local, Bit>,
    add_is_removed: Signal<Local, Bit>,
    add_is_added: Signal<Local, Bit>,
    added_below_remove: Signal<Local, Bit>,
    added_below_add: Signal<Local, Bit>,
    added_is_quantity: Signal<Local, Bit>,
    front_removes_here: Signal<Local, Bit>,
    front_adds_here: Signal<Local, Bit>,
    after_removed: Signal<Local, Bits<QW>>,
    after_added: Signal<Local, Bits<QW>>,
}

impl<const RW: usize, const QW: usize, const TAG: usize> Logic for EventPipe<RW, QW, TAG> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            held_valid_s1,
            held_late_s1,
            held_row_s1,
            held_removes_s1,
            held_adds_s1,
            held_appends_s1,
            held_completes_s1,
            held_empties_s1,
            held_remove_key_s1,
            held_add_key_s1,
            held_remove_quantity_s1,
            held_add_quantity_s1,
            held_tag_s1,
            one_price,
            add_first,
            minus_removed,
            added_minus_removed,
            front_new_before_remove,
            front_new_before_add,
            front_new_at_remove,
            front_new_at_add,
            front_new_vanishes,
            front_add_at_removed,
            front_remove_at_removed,
            held_valid_s2,
            held_late_s2,
            held_row_s2,
            held_removes_s2,
            held_adds_s2,
            held_appends_s2,
            held_completes_s2,
            held_empties_s2,
            held_one_price_s2,
            held_add_first_s2,
            held_remove_key_s2,
            held_add_key_s2,
            held_add_quantity_s2,
            held_removed_delta_s2,
            held_tag_s2,
            held_valid_s3,
            held_late_s3,
            held_fills_s3,
            held_row_s3,
            held_tag_s3,
            held_is_read
        );
        // Kinds: 0 normal, 1 refill append, 2 refill done, 3 clear.
        self.normal.next = !self.kind.val().get_bit(0) & !self.kind.val().get_bit(1);
        self.append.next = self.kind.val().get_bit(0) & !self.kind.val().get_bit(1);
        self.complete.next = !self.kind.val().get_bit(0) & self.kind.val().get_bit(1);
        self.empty.next = self.kind.val().get_bit(0) & self.kind.val().get_bit(1);
        self.remove_key.next = self.remove_price.val();
        self.add_key.next = self.add_price.val();
        if self.row.val().get_bit(0) {
            self.remove_key.next = !self.remove_price.val();
            self.add_key.next = !self.add_price.val();
        }
        // Copies for the compares between events: the others lie where the levels are.
        self.near_remove_key_s1.clock.next = self.clock.val();
        self.near_add_key_s1.clock.next = self.clock.val();
        self.near_remove_key_s1.d.next = self.near_remove_key_s1.q.val();
        self.near_add_key_s1.d.next = self.near_add_key_s1.q.val();
        self.near_add_key_s2.clock.next = self.clock.val();
        self.near_add_key_s2.d.next = self.near_add_key_s2.q.val();
        if !self.phase.val() {
            self.near_remove_key_s1.d.next = self.remove_key.val();
            self.near_add_key_s1.d.next = self.add_key.val();
            self.near_add_key_s2.d.next = self.near_add_key_s1.q.val();
            self.held_valid_s1.d.next = self.valid.val();
            self.held_late_s1.d.next = self.late.val();
            self.held_row_s1.d.next = self.row.val();
            self.held_removes_s1.d.next = self.valid.val() & self.normal.val() & self.removes.val();
            self.held_adds_s1.d.next =
                self.valid.val() & ((self.normal.val() & self.adds.val()) | self.append.val());
            self.held_appends_s1.d.next = self.append.val();
            self.held_completes_s1.d.next = self.complete.val();
            self.held_empties_s1.d.next = self.valid.val() & self.empty.val();
            self.held_remove_key_s1.d.next = self.remove_key.val();
            self.held_add_key_s1.d.next = self.add_key.val();
            self.held_remove_quantity_s1.d.next = bit_cast::<QW, 32>(self.remove_quantity.val());
            self.held_add_quantity_s1.d.next = self.add_quantity.val();
            self.held_tag_s1.d.next = self.tag.val();
            self.held_valid_s2.d.next = self.held_valid_s1.q.val();
            self.held_late_s2.d.next = self.held_late_s1.q.val();
            self.held_row_s2.d.next = self.held_row_s1.q.val();
            self.held_removes_s2.d.next = self.held_removes_s1.q.val();
            self.held_adds_s2.d.next = self.held_adds_s1.q.val();
            self.held_appends_s2.d.next = self.held_appends_s1.q.val();
            self.held_completes_s2.d.next = self.held_completes_s1.q.val();
            self.held_empties_s2.d.next = self.held_empties_s1.q.val();
            self.held_one_price_s2.d.next = self.one_price.q.val();
            self.held_add_first_s2.d.next = self.add_first.q.val();
            self.held_remove_key_s2.d.next = self.held_remove_key_s1.q.val();
            self.held_add_key_s2.d.next = self.held_add_key_s1.q.val();
            self.held_add_quantity_s2.d.next = self.held_add_quantity_s1.q.val();
            self.held_removed_delta_s2.d.next = self.minus_removed.q.val();
            if self.one_price.q.val() {
                self.held_removed_delta_s2.d.next = self.added_minus_removed.q.val();
            }
            self.held_tag_s2.d.next = self.held_tag_s1.q.val();
            self.held_valid_s3.d.next = self.held_valid_s2.q.val();
            self.held_late_s3.d.next = self.held_late_s2.q.val();
            self.held_fills_s3.d.next = !self.held_empties_s2.q.val();
            self.held_row_s3.d.next = self.held_row_s2.q.val();
            self.held_tag_s3.d.next = self.held_tag_s2.q.val();
        }
        // A held event was compared when it arrived; s2 has not moved since.
        self.row_is_read.next = self.arriving_row.val() == self.held_row_s2.q.val();
        self.held_is_read.d.next = self.row_is_read.val();
        self.row_is_front.next = self.held_row_s1.q.val() == self.held_row_s2.q.val();
        self.bypass_next.next = self.held_valid_s2.q.val() & self.row_is_read.val();
        if self.late.val() {
            self.bypass_next.next = self.held_valid_s2.q.val() & self.held_is_read.q.val();
        }
        self.same_row_next.next = self.held_valid_s2.q.val() & self.row_is_front.val();

        // Within the event.
        self.prices_equal.next = self.near_remove_key_s1.q.val() == self.near_add_key_s1.q.val();
        self.add_below_remove.next = self.near_add_key_s1.q.val() < self.near_remove_key_s1.q.val();
        self.one_price.d.next =
            self.held_removes_s1.q.val() & self.held_adds_s1.q.val() & self.prices_equal.val();
        self.add_first.d.next = self.add_below_remove.val();
        self.nothing.next = 0.into();
        self.minus_removed.d.next = self.nothing.val() - self.held_remove_quantity_s1.q.val();
        self.added_minus_removed.d.next =
            self.held_add_quantity_s1.q.val() - self.held_remove_quantity_s1.q.val();

        // Against the event in front.
        self.remove_is_removed.next = self.near_remove_key_s1.q.val() == self.held_remove_key_s2.q.val();
        self.remove_is_added.next = self.near_remove_key_s1.q.val() == self.near_add_key_s2.q.val();
        self.add_is_removed.next = self.near_add_key_s1.q.val() == self.held_remove_key_s2.q.val();
        self.add_is_added.next = self.near_add_key_s1.q.val() == self.near_add_key_s2.q.val();
        self.added_below_remove.next = self.near_add_key_s2.q.val() < self.near_remove_key_s1.q.val();
        self.added_below_add.next = self.near_add_key_s2.q.val() < self.near_add_key_s1.q.val();
        self.added_is_quantity.next =
            self.held_add_quantity_s2.q.val() == self.held_remove_quantity_s1.q.val();
        self.front_new_before_remove.d.next = self.added_below_remove.val() & !self.held_empties_s2.q.val();
        self.front_new_before_add.d.next = self.added_below_add.val() & !self.held_empties_s2.q.val();
        self.front_new_at_remove.d.next =
            self.held_removes_s1.q.val() & self.remove_is_added.val() & !self.held_empties_s2.q.val();
        self.front_new_at_add.d.next =
            self.held_adds_s1.q.val() & self.add_is_added.val() & !self.held_empties_s2.q.val();
        self.front_new_vanishes.d.next =
            self.held_removes_s1.q.val() & self.remove_is_added.val() & self.added_is_quantity.val();
        self.front_add_at_removed.d.next = self.add_is_removed.val();
        self.front_remove_at_removed.d.next = self.remove_is_removed.val();

        // The quantity that makes the stale level vanish.
        self.front_removes_here.next =
            self.same_row_next.val() & self.held_removes_s2.q.val() & self.remove_is_removed.val();
        self.front_adds_here.next =
            self.same_row_next.val() & self.held_adds_s2.q.val() & self.remove_is_added.val();
        self.after_removed.next = self.held_remove_quantity_s1.q.val() - self.held_removed_delta_s2.q.val();
        self.after_added.next = self.held_remove_quantity_s1.q.val() - self.held_add_quantity_s2.q.val();
        self.vanish_plain_s1.next = self.held_remove_quantity_s1.q.val();
        self.vanish_removed_s1.next = self.after_removed.val();
        self.vanish_added_s1.next = self.after_added.val();
        self.front_removes_s1.next = self.front_removes_here.val();
        self.front_adds_s1.next = self.front_adds_here.val();

        self.row_s1.next = self.held_row_s1.q.val();
        self.removes_s1.next = self.held_removes_s1.q.val();
        self.adds_s1.next = self.held_adds_s1.q.val();
        self.remove_key_s1.next = self.held_remove_key_s1.q.val();
        self.add_key_s1.next = self.held_add_key_s1.q.val();
        self.new_before_remove.next = self.front_new_before_remove.q.val();
        self.new_before_add.next = self.front_new_before_add.q.val();
        self.new_at_remove.next = self.front_new_at_remove.q.val();
        self.new_at_add.next = self.front_new_at_add.q.val();
        self.new_vanishes.next = self.front_new_vanishes.q.val();
        self.add_at_removed.next = self.front_add_at_removed.q.val();
        self.remove_at_removed.next = self.front_remove_at_removed.q.val();
        self.row_s2.next = self.held_row_s2.q.val();
        self.adds_s2.next = self.held_adds_s2.q.val();
        self.appends_s2.next = self.held_appends_s2.q.val();
        self.completes_s2.next = self.held_completes_s2.q.val();
        self.empties_s2.next = self.held_empties_s2.q.val();
        self.one_price_s2.next = self.held_one_price_s2.q.val();
        self.add_first_s2.next = self.held_add_first_s2.q.val();
        self.add_key_s2.next = self.held_add_key_s2.q.val();
        self.add_quantity_s2.next = self.held_add_quantity_s2.q.val();
        self.removed_delta_s2.next = self.held_removed_delta_s2.q.val();
        self.valid_s3.next = self.held_valid_s3.q.val();
        self.late_s3.next = self.held_late_s3.q.val();
        self.fills_s3.next = self.held_fills_s3.q.val();
        self.row_s3.next = self.held_row_s3.q.val();
        self.tag_s3.next = self.held_tag_s3.q.val();
        if self.reset.val() {
            self.held_valid_s1.d.next = false;
            self.held_removes_s1.d.next = false;
            self.held_adds_s1.d.next = false;
            self.held_empties_s1.d.next = false;
            self.held_valid_s2.d.next = false;
            self.held_removes_s2.d.next = false;
            self.held_adds_s2.d.next = false;
            self.held_empties_s2.d.next = false;
            self.held_valid_s3.d.next = false;
        }
    }
}
