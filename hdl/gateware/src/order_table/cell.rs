//! One cell of every bucket of a bank: its memory, the two orders read for an event, and their tags.
//!
//! ```text
//!  port A: bucket of the reference named ──► memory ──►│old│──► tag, slot ──► Candidate
//!  port B: bucket of the reference added ──► memory ──►│new│──► tag ──► is live already; taken
//! ```
//!
//! Latency: addresses in stage 0, orders held in stages 2 and 3, results in stage 3.
//! Back-pressure: none; one event every two cycles.

use super::candidate::Candidate;
use super::cell_ram::CellRam;
use super::parts::Order;
use rust_hdl::prelude::*;

/// A cell of `2^A` buckets; see the module's text.
#[derive(LogicBlock, Default)]
pub struct Cell<const A: usize> {
    pub clock: Signal<In, Clock>,
    // Memory.
    pub a_write: Signal<In, Bit>,
    pub a_address: Signal<In, Bits<A>>,
    pub a_data: Signal<In, Order>,
    pub b_write: Signal<In, Bit>,
    pub b_address: Signal<In, Bits<A>>,
    pub b_data: Signal<In, Order>,
    // The event: in stage 1, in stage 2.
    pub valid_s1: Signal<In, Bit>,
    pub oref: Signal<In, Bits<64>>,
    pub new_ref: Signal<In, Bits<64>>,
    pub slot: Signal<In, Bits<6>>,
    pub request: Signal<In, Bits<32>>,
    pub whole: Signal<In, Bit>,
    /// The reference named is to be looked up here: a later event than the memory shows did not touch it.
    pub looks: Signal<In, Bit>,
    /// The same for the reference added.
    pub looks_new: Signal<In, Bit>,
    // Results, stage 3.
    pub found: Signal<Out, Bit>,
    pub all: Signal<Out, Bit>,
    pub dead: Signal<Out, Bit>,
    pub over: Signal<Out, Bit>,
    pub found_buy: Signal<Out, Bit>,
    pub found_price: Signal<Out, Bits<32>>,
    pub found_qty: Signal<Out, Bits<32>>,
    pub left: Signal<Out, Bits<32>>,
    /// The reference added is live here.
    pub new_live: Signal<Out, Bit>,
    /// Stage 2: the cell in the bucket of the reference added is taken, as the memory shows it.
    pub taken: Signal<Out, Bit>,
    /// Two cycles after a sweep's read: the cell holds an order of the slot swept.
    pub sweep_slot: Signal<In, Bits<6>>,
    pub sweep_match: Signal<Out, Bit>,
    memory: CellRam<Order, A>,
    candidate: Candidate,
    old: DFF<Order>,
    added_live: DFF<Bit>,
    added_ref: DFF<Bits<64>>,
    new_live_s3: DFF<Bit>,
    swept_live: DFF<Bit>,
    swept_slot: DFF<Bits<6>>,
    read: Signal<Local, Order>,
    read_new: Signal<Local, Order>,
    held: Signal<Local, Order>,
    read_live: Signal<Local, Bits<1>>,
    read_new_live: Signal<Local, Bits<1>>,
    held_live: Signal<Local, Bits<1>>,
    held_buy: Signal<Local, Bits<1>>,
    same_ref: Signal<Local, Bit>,
    same_slot: Signal<Local, Bit>,
    same_new: Signal<Local, Bit>,
    same_swept: Signal<Local, Bit>,
}

impl<const A: usize> Logic for Cell<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            old,
            added_live,
            added_ref,
            new_live_s3,
            swept_live,
            swept_slot
        );
        self.memory.clock.next = self.clock.val();
        self.memory.a_write.next = self.a_write.val();
        self.memory.a_address.next = self.a_address.val();
        self.memory.a_data.next = self.a_data.val();
        self.memory.b_write.next = self.b_write.val();
        self.memory.b_address.next = self.b_address.val();
        self.memory.b_data.next = self.b_data.val();
        self.read.next = self.memory.a_q.val();
        self.read_live.next = self.read.val().live;
        self.read_new.next = self.memory.b_q.val();
        self.read_new_live.next = self.read_new.val().live;
        if self.valid_s1.val() {
            self.old.d.next = self.read.val();
            self.added_live.d.next = self.read_new_live.val().any();
            self.added_ref.d.next = self.read_new.val().oref;
        }
        self.taken.next = self.added_live.q.val();

        self.held.next = self.old.q.val();
        self.held_live.next = self.held.val().live;
        self.held_buy.next = self.held.val().buy;
        self.same_ref.next = self.held.val().oref == self.oref.val();
        self.same_slot.next = self.held.val().slot == self.slot.val();
        self.same_new.next = self.added_ref.q.val() == self.new_ref.val();
        self.new_live_s3.d.next = self.added_live.q.val() & self.looks_new.val() & self.same_new.val();
        self.new_live.next = self.new_live_s3.q.val();
        self.candidate.clock.next = self.clock.val();
        self.candidate.hit.next =
            self.held_live.val().any() & self.looks.val() & self.same_ref.val() & self.same_slot.val();
        self.candidate.buy.next = self.held_buy.val().any();
        self.candidate.price.next = self.held.val().price;
        self.candidate.qty.next = self.held.val().qty;
        self.candidate.request.next = self.request.val();
        self.candidate.whole.next = self.whole.val();
        self.found.next = self.candidate.found.val();
        self.all.next = self.candidate.all.val();
        self.dead.next = self.candidate.dead.val();
        self.over.next = self.candidate.over.val();
        self.found_buy.next = self.candidate.found_buy.val();
        self.found_price.next = self.candidate.found_price.val();
        self.found_qty.next = self.candidate.found_qty.val();
        self.left.next = self.candidate.left.val();

        self.swept_live.d.next = self.read_live.val().any();
        self.swept_slot.d.next = self.read.val().slot;
        self.same_swept.next = self.swept_slot.q.val() == self.sweep_slot.val();
        self.sweep_match.next = self.swept_live.q.val() & self.same_swept.val();
    }
}
