//! One bank of the d-left hash: two cells a bucket, the addresses of the events in flight, and which cells of
//! the bucket of the reference added are free.
//!
//! ```text
//!  hash of oref ────┐                              hash of new_ref ──┐
//!  last outcome ────┼─► port A of both cells       last outcome ─────┴─► port B of both cells
//!  sweep ───────────┘                                                       │ taken
//!        outcomes of the last two events at the same bucket ──► patch ◄─────┘──► empty, free, first taken
//! ```
//!
//! A cycle in which the memories are asked for an event reads, a cycle ahead of the event; the outcome before is
//! written in the next one then. An outcome is written in the cycle in which it is known or in the next one, so an
//! event up to four cycles behind does not see it and takes it from the outcome.
//!
//! Latency: hashes in stage 0, results in stage 3. Back-pressure: none; one event every two cycles.

use super::cell::Cell;
use super::parts::Order;
use rust_hdl::prelude::*;

/// A bank of `2^A` buckets; see the module's text.
#[derive(LogicBlock)]
pub struct Bank<const A: usize> {
    pub clock: Signal<In, Clock>,
    // Stage 0.
    pub ask_valid: Signal<In, Bit>,
    pub hash_old: Signal<In, Bits<A>>,
    pub hash_new: Signal<In, Bits<A>>,
    // Stages 1 to 3.
    pub valid_s1: Signal<In, Bit>,
    pub valid_s2: Signal<In, Bit>,
    pub valid_s3: Signal<In, Bit>,
    /// Stage 1: the memory may not show the last event, the one before.
    pub follows: Signal<In, Bit>,
    pub follows_2: Signal<In, Bit>,
    pub oref: Signal<In, Bits<64>>,
    pub new_ref: Signal<In, Bits<64>>,
    pub slot: Signal<In, Bits<6>>,
    pub request: Signal<In, Bits<32>>,
    pub whole: Signal<In, Bit>,
    pub looks: Signal<In, Bit>,
    pub looks_new: Signal<In, Bit>,
    // The outcome to write, and what it does to the cells of this bank (bit 0 the first cell).
    pub pending: Signal<In, Bit>,
    pub old_data: Signal<In, Order>,
    pub new_data: Signal<In, Order>,
    pub old_at: Signal<In, Bits<2>>,
    pub freed: Signal<In, Bits<2>>,
    pub new_at: Signal<In, Bits<2>>,
    pub freed_2: Signal<In, Bits<2>>,
    pub new_at_2: Signal<In, Bits<2>>,
    // Sweep: `sweep_write` clears a cell in a cycle in which nobody asks and nothing is pending.
    pub sweep_address: Signal<In, Bits<A>>,
    pub sweep_write: Signal<In, Bits<2>>,
    pub sweep_slot: Signal<In, Bits<6>>,
    pub sweep_match: Signal<Out, Bits<2>>,
    // Results, stage 3.
    pub found: Signal<Out, Bits<2>>,
    pub all: Signal<Out, Bit>,
    pub dead: Signal<Out, Bit>,
    pub over: Signal<Out, Bit>,
    pub found_buy: Signal<Out, Bit>,
    pub found_price: Signal<Out, Bits<32>>,
    pub found_qty: Signal<Out, Bits<32>>,
    pub left: Signal<Out, Bits<32>>,
    pub new_live: Signal<Out, Bit>,
    /// Both cells are free; at least one is; the first is taken.
    pub empty: Signal<Out, Bit>,
    pub free: Signal<Out, Bit>,
    pub first_taken: Signal<Out, Bit>,
    cells: [Cell<A>; 2],
    old_s1: DFF<Bits<A>>,
    new_s1: DFF<Bits<A>>,
    old_s3: DFF<Bits<A>>,
    new_s3: DFF<Bits<A>>,
    old_before: DFF<Bits<A>>,
    new_before: DFF<Bits<A>>,
    old_write: DFF<Bits<A>>,
    new_write: DFF<Bits<A>>,
    at_freed: DFF<Bit>,
    at_added: DFF<Bit>,
    at_freed_2: DFF<Bit>,
    at_added_2: DFF<Bit>,
    empty_s3: DFF<Bit>,
    free_s3: DFF<Bit>,
    first_taken_s3: DFF<Bit>,
    rest_address: Signal<Local, Bits<A>>,
    a_address: Signal<Local, Bits<A>>,
    b_address: Signal<Local, Bits<A>>,
    a_writes: Signal<Local, Bits<2>>,
    b_writes: Signal<Local, Bits<2>>,
    same_freed: Signal<Local, Bit>,
    same_added: Signal<Local, Bit>,
    same_freed_2: Signal<Local, Bit>,
    same_added_2: Signal<Local, Bit>,
    sets: Signal<Local, Bits<2>>,
    clears: Signal<Local, Bits<2>>,
    sets_2: Signal<Local, Bits<2>>,
    clears_2: Signal<Local, Bits<2>>,
    taken_0: Signal<Local, Bit>,
    taken_1: Signal<Local, Bit>,
    swept: Signal<Local, Bits<2>>,
    finds: Signal<Local, Bits<2>>,
    cell_bit: [Constant<Bits<2>>; 2],
}

impl<const A: usize> Default for Bank<A> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            ask_valid: Default::default(),
            hash_old: Default::default(),
            hash_new: Default::default(),
            valid_s1: Default::default(),
            valid_s2: Default::default(),
            valid_s3: Default::default(),
            follows: Default::default(),
            follows_2: Default::default(),
            oref: Default::default(),
            new_ref: Default::default(),
            slot: Default::default(),
            request: Default::default(),
            whole: Default::default(),
            looks: Default::default(),
            looks_new: Default::default(),
            pending: Default::default(),
            old_data: Default::default(),
            new_data: Default::default(),
            old_at: Default::default(),
            freed: Default::default(),
            new_at: Default::default(),
            freed_2: Default::default(),
            new_at_2: Default::default(),
            sweep_address: Default::default(),
            sweep_write: Default::default(),
            sweep_slot: Default::default(),
            sweep_match: Default::default(),
            found: Default::default(),
            all: Default::default(),
            dead: Default::default(),
            over: Default::default(),
            found_buy: Default::default(),
            found_price: Default::default(),
            found_qty: Default::default(),
            left: Default::default(),
            new_live: Default::default(),
            empty: Default::default(),
            free: Default::default(),
            first_taken: Default::default(),
            cells: Default::default(),
            old_s1: Default::default(),
            new_s1: Default::default(),
            old_s3: Default::default(),
            new_s3: Default::default(),
            old_before: Default::default(),
            new_before: Default::default(),
            old_write: Default::default(),
            new_write: Default::default(),
            at_freed: Default::default(),
            at_added: Default::default(),
            at_freed_2: Default::default(),
            at_added_2: Default::default(),
            empty_s3: Default::default(),
            free_s3: Default::default(),
            first_taken_s3: Default::default(),
            rest_address: Default::default(),
            a_address: Default::default(),
            b_address: Default::default(),
            a_writes: Default::default(),
            b_writes: Default::default(),
            same_freed: Default::default(),
            same_added: Default::default(),
            same_freed_2: Default::default(),
            same_added_2: Default::default(),
            sets: Default::default(),
            clears: Default::default(),
            sets_2: Default::default(),
            clears_2: Default::default(),
            taken_0: Default::default(),
            taken_1: Default::default(),
            swept: Default::default(),
            finds: Default::default(),
            cell_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
        }
    }
}

impl<const A: usize> Logic for Bank<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            old_s1,
            new_s1,
            old_s3,
            new_s3,
            old_before,
            new_before,
            old_write,
            new_write,
            at_freed,
            at_added,
            at_freed_2,
            at_added_2,
            empty_s3,
            free_s3,
            first_taken_s3
        );
        // Addresses follow their event.
        if self.ask_valid.val() {
            self.old_s1.d.next = self.hash_old.val();
            self.new_s1.d.next = self.hash_new.val();
        }
        if self.valid_s2.val() {
            self.old_s3.d.next = self.old_s1.q.val();
            self.new_s3.d.next = self.new_s1.q.val();
            self.old_before.d.next = self.old_s3.q.val();
            self.new_before.d.next = self.new_s3.q.val();
        }
        if self.valid_s3.val() {
            self.old_write.d.next = self.old_s3.q.val();
            self.new_write.d.next = self.new_s3.q.val();
        }

        // Who asks reads, else the outcome pending is written, else the sweep has the ports.
        self.rest_address.next = self.sweep_address.val();
        self.a_writes.next = self.sweep_write.val();
        self.b_writes.next = 0.into();
        if self.pending.val() {
            self.rest_address.next = self.old_write.q.val();
            self.a_writes.next = self.old_at.val();
            self.b_writes.next = self.new_at.val();
        }
        self.a_address.next = self.rest_address.val();
        self.b_address.next = self.new_write.q.val();
        if self.ask_valid.val() {
            self.a_address.next = self.hash_old.val();
            self.b_address.next = self.hash_new.val();
            self.a_writes.next = 0.into();
            self.b_writes.next = 0.into();
        }

        // Which of the last two events touched the bucket of the reference added.
        self.same_freed.next = self.new_s1.q.val() == self.old_s3.q.val();
        self.same_added.next = self.new_s1.q.val() == self.new_s3.q.val();
        self.same_freed_2.next = self.new_s1.q.val() == self.old_before.q.val();
        self.same_added_2.next = self.new_s1.q.val() == self.new_before.q.val();
        self.at_freed.d.next = self.follows.val() & self.same_freed.val();
        self.at_added.d.next = self.follows.val() & self.same_added.val();
        self.at_freed_2.d.next = self.follows_2.val() & self.same_freed_2.val();
        self.at_added_2.d.next = self.follows_2.val() & self.same_added_2.val();
        self.sets.next = 0.into();
        self.clears.next = 0.into();
        self.sets_2.next = 0.into();
        self.clears_2.next = 0.into();
        if self.at_added.q.val() {
            self.sets.next = self.new_at.val();
        }
        if self.at_freed.q.val() {
            self.clears.next = self.freed.val();
        }
        if self.at_added_2.q.val() {
            self.sets_2.next = self.new_at_2.val();
        }
        if self.at_freed_2.q.val() {
            self.clears_2.next = self.freed_2.val();
        }
        self.taken_0.next = self.sets.val().get_bit(0)
            | (!self.clears.val().get_bit(0)
                & (self.sets_2.val().get_bit(0)
                    | (!self.clears_2.val().get_bit(0) & self.cells[0].taken.val())));
        self.taken_1.next = self.sets.val().get_bit(1)
            | (!self.clears.val().get_bit(1)
                & (self.sets_2.val().get_bit(1)
                    | (!self.clears_2.val().get_bit(1) & self.cells[1].taken.val())));
        self.empty_s3.d.next = !self.taken_0.val() & !self.taken_1.val();
        self.free_s3.d.next = !(self.taken_0.val() & self.taken_1.val());
        self.first_taken_s3.d.next = self.taken_0.val();
        self.empty.next = self.empty_s3.q.val();
        self.free.next = self.free_s3.q.val();
        self.first_taken.next = self.first_taken_s3.q.val();

        for i in 0..2 {
            self.cells[i].clock.next = self.clock.val();
            self.cells[i].a_write.next = self.a_writes.val().get_bit(i);
            self.cells[i].a_address.next = self.a_address.val();
            self.cells[i].a_data.next = self.old_data.val();
            self.cells[i].b_write.next = self.b_writes.val().get_bit(i);
            self.cells[i].b_address.next = self.b_address.val();
            self.cells[i].b_data.next = self.new_data.val();
            self.cells[i].valid_s1.next = self.valid_s1.val();
            self.cells[i].oref.next = self.oref.val();
            self.cells[i].new_ref.next = self.new_ref.val();
            self.cells[i].slot.next = self.slot.val();
            self.cells[i].request.next = self.request.val();
            self.cells[i].whole.next = self.whole.val();
            self.cells[i].looks.next = self.looks.val();
            self.cells[i].looks_new.next = self.looks_new.val();
            self.cells[i].sweep_slot.next = self.sweep_slot.val();
        }
        self.swept.next = 0.into();
        self.finds.next = 0.into();
        for i in 0..2 {
            if self.cells[i].sweep_match.val() {
                self.swept.next = self.swept.val() | self.cell_bit[i].val();
            }
            if self.cells[i].found.val() {
                self.finds.next = self.finds.val() | self.cell_bit[i].val();
            }
        }
        self.sweep_match.next = self.swept.val();
        self.found.next = self.finds.val();
        self.all.next = self.cells[0].all.val() | self.cells[1].all.val();
        self.dead.next = self.cells[0].dead.val() | self.cells[1].dead.val();
        self.over.next = self.cells[0].over.val() | self.cells[1].over.val();
        self.found_buy.next = self.cells[0].found_buy.val() | self.cells[1].found_buy.val();
        self.found_price.next = self.cells[0].found_price.val() | self.cells[1].found_price.val();
        self.found_qty.next = self.cells[0].found_qty.val() | self.cells[1].found_qty.val();
        self.left.next = self.cells[0].left.val() | self.cells[1].left.val();
        self.new_live.next = self.cells[0].new_live.val() | self.cells[1].new_live.val();
    }
}
