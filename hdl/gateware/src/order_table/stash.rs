//! The stash: orders whose bucket was full in every bank, compared all at once.
//!
//! ```text
//!  oref, new_ref ──► tags of all cells ──►│hit│──► slot, select ──►│chosen│──► Candidate
//!  last outcome ──► write                     live, patched by the last outcome ──►│first free│
//! ```
//!
//! The slot comes a cycle behind the references, with the event. A cell that is live when it is asked is not given to another
//! order by then: it would have to be freed, chosen and written.
//!
//! Latency: references in stage 0, slot in stage 1, results in stage 3; an outcome is written in the cycle in which it is known.
//! Back-pressure: none; one event every two cycles.

use super::candidate::Candidate;
use super::parts::{Order, STASH};
use rust_hdl::prelude::*;

/// One order of the stash.
#[derive(LogicBlock, Default)]
pub struct StashCell {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    // Stage 0.
    pub oref: Signal<In, Bits<64>>,
    pub new_ref: Signal<In, Bits<64>>,
    pub replaces: Signal<In, Bit>,
    // Stage 1.
    pub slot: Signal<In, Bits<6>>,
    // Writing.
    pub write: Signal<In, Bit>,
    pub old_data: Signal<In, Order>,
    pub add: Signal<In, Bit>,
    pub new_data: Signal<In, Order>,
    pub sweep: Signal<In, Bit>,
    pub sweep_slot: Signal<In, Bits<6>>,
    // Results, stage 1; `live` is as of now.
    pub hit: Signal<Out, Bit>,
    pub new_hit: Signal<Out, Bit>,
    pub live: Signal<Out, Bit>,
    pub buy: Signal<Out, Bit>,
    pub price: Signal<Out, Bits<32>>,
    pub qty: Signal<Out, Bits<32>>,
    held_live: DFF<Bit>,
    held_buy: DFF<Bit>,
    held_slot: DFF<Bits<6>>,
    held_ref: DFF<Bits<64>>,
    held_price: DFF<Bits<32>>,
    held_qty: DFF<Bits<32>>,
    hit_s1: DFF<Bit>,
    new_hit_s1: DFF<Bit>,
    same_ref: Signal<Local, Bit>,
    same_new: Signal<Local, Bit>,
    same_slot: Signal<Local, Bit>,
    same_swept: Signal<Local, Bit>,
    old_live: Signal<Local, Bits<1>>,
    new_buy: Signal<Local, Bits<1>>,
}

impl Logic for StashCell {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, held_live, held_buy, held_slot, held_ref, held_price, held_qty, hit_s1, new_hit_s1
        );
        self.same_ref.next = self.held_ref.q.val() == self.oref.val();
        self.same_new.next = self.held_ref.q.val() == self.new_ref.val();
        self.same_slot.next = self.held_slot.q.val() == self.slot.val();
        self.same_swept.next = self.held_slot.q.val() == self.sweep_slot.val();
        self.hit_s1.d.next = self.held_live.q.val() & self.same_ref.val();
        self.new_hit_s1.d.next = self.held_live.q.val() & self.same_ref.val();
        if self.replaces.val() {
            self.new_hit_s1.d.next = self.held_live.q.val() & self.same_new.val();
        }
        self.hit.next = self.hit_s1.q.val() & self.same_slot.val();
        self.new_hit.next = self.new_hit_s1.q.val();
        self.live.next = self.held_live.q.val();
        self.buy.next = self.held_buy.q.val();
        self.price.next = self.held_price.q.val();
        self.qty.next = self.held_qty.q.val();
        self.old_live.next = self.old_data.val().live;
        self.new_buy.next = self.new_data.val().buy;
        if self.sweep.val() & self.same_swept.val() {
            self.held_live.d.next = false;
        }
        if self.write.val() {
            self.held_live.d.next = self.old_live.val().any();
            self.held_qty.d.next = self.old_data.val().qty;
        }
        if self.add.val() {
            self.held_live.d.next = true;
            self.held_buy.d.next = self.new_buy.val().any();
            self.held_slot.d.next = self.new_data.val().slot;
            self.held_ref.d.next = self.new_data.val().oref;
            self.held_price.d.next = self.new_data.val().price;
            self.held_qty.d.next = self.new_data.val().qty;
        }
        if self.reset.val() {
            self.held_live.d.next = false;
        }
    }
}

/// All of them; see the module's text.
#[derive(LogicBlock)]
pub struct Stash {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    // Stage 0.
    pub oref: Signal<In, Bits<64>>,
    pub new_ref: Signal<In, Bits<64>>,
    pub replaces: Signal<In, Bit>,
    // Stage 1.
    pub slot: Signal<In, Bits<6>>,
    // Stages 1 and 2.
    pub valid_s1: Signal<In, Bit>,
    pub request: Signal<In, Bits<32>>,
    pub whole: Signal<In, Bit>,
    pub looks: Signal<In, Bit>,
    pub looks_new: Signal<In, Bit>,
    // The outcome known since this cycle.
    pub fresh: Signal<In, Bit>,
    pub old_at: Signal<In, Bits<16>>,
    pub freed: Signal<In, Bits<16>>,
    pub new_at: Signal<In, Bits<16>>,
    pub old_data: Signal<In, Order>,
    pub new_data: Signal<In, Order>,
    pub sweep: Signal<In, Bit>,
    pub sweep_slot: Signal<In, Bits<6>>,
    // Results, stage 3.
    pub found_at: Signal<Out, Bits<16>>,
    pub all: Signal<Out, Bit>,
    pub dead: Signal<Out, Bit>,
    pub over: Signal<Out, Bit>,
    pub found_buy: Signal<Out, Bit>,
    pub found_price: Signal<Out, Bits<32>>,
    pub found_qty: Signal<Out, Bits<32>>,
    pub left: Signal<Out, Bits<32>>,
    pub new_live: Signal<Out, Bit>,
    /// The first free cell, a bit each; 0 when there is none.
    pub pick: Signal<Out, Bits<16>>,
    cells: [StashCell; STASH],
    candidate: Candidate,
    at_s2: DFF<Bits<16>>,
    new_hit_s2: DFF<Bit>,
    buy_s2: DFF<Bit>,
    price_s2: DFF<Bits<32>>,
    qty_s2: DFF<Bits<32>>,
    new_live_s3: DFF<Bit>,
    pick_s3: DFF<Bits<16>>,
    hits: Signal<Local, Bits<16>>,
    new_hit: Signal<Local, Bit>,
    buy: Signal<Local, Bit>,
    price: Signal<Local, Bits<32>>,
    qty: Signal<Local, Bits<32>>,
    live: Signal<Local, Bits<16>>,
    unwritten_freed: Signal<Local, Bits<16>>,
    unwritten_added: Signal<Local, Bits<16>>,
    taken: Signal<Local, Bits<16>>,
    picks: Signal<Local, Bits<16>>,
    passed: Signal<Local, Bit>,
    place: [Constant<Bits<16>>; STASH],
}

impl Default for Stash {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            oref: Default::default(),
            new_ref: Default::default(),
            replaces: Default::default(),
            slot: Default::default(),
            valid_s1: Default::default(),
            request: Default::default(),
            whole: Default::default(),
            looks: Default::default(),
            looks_new: Default::default(),
            fresh: Default::default(),
            old_at: Default::default(),
            freed: Default::default(),
            new_at: Default::default(),
            old_data: Default::default(),
            new_data: Default::default(),
            sweep: Default::default(),
            sweep_slot: Default::default(),
            found_at: Default::default(),
            all: Default::default(),
            dead: Default::default(),
            over: Default::default(),
            found_buy: Default::default(),
            found_price: Default::default(),
            found_qty: Default::default(),
            left: Default::default(),
            new_live: Default::default(),
            pick: Default::default(),
            cells: Default::default(),
            candidate: Default::default(),
            at_s2: Default::default(),
            new_hit_s2: Default::default(),
            buy_s2: Default::default(),
            price_s2: Default::default(),
            qty_s2: Default::default(),
            new_live_s3: Default::default(),
            pick_s3: Default::default(),
            hits: Default::default(),
            new_hit: Default::default(),
            buy: Default::default(),
            price: Default::default(),
            qty: Default::default(),
            live: Default::default(),
            unwritten_freed: Default::default(),
            unwritten_added: Default::default(),
            taken: Default::default(),
            picks: Default::default(),
            passed: Default::default(),
            place: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
        }
    }
}

impl Logic for Stash {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            at_s2,
            new_hit_s2,
            buy_s2,
            price_s2,
            qty_s2,
            new_live_s3,
            pick_s3
        );
        self.hits.next = 0.into();
        self.live.next = 0.into();
        self.new_hit.next = false;
        self.buy.next = false;
        self.price.next = 0.into();
        self.qty.next = 0.into();
        for i in 0..STASH {
            self.cells[i].clock.next = self.clock.val();
            self.cells[i].reset.next = self.reset.val();
            self.cells[i].oref.next = self.oref.val();
            self.cells[i].new_ref.next = self.new_ref.val();
            self.cells[i].replaces.next = self.replaces.val();
            self.cells[i].slot.next = self.slot.val();
            self.cells[i].write.next = self.fresh.val() & self.old_at.val().get_bit(i);
            self.cells[i].old_data.next = self.old_data.val();
            self.cells[i].add.next = self.fresh.val() & self.new_at.val().get_bit(i);
            self.cells[i].new_data.next = self.new_data.val();
            self.cells[i].sweep.next = self.sweep.val();
            self.cells[i].sweep_slot.next = self.sweep_slot.val();
            if self.cells[i].live.val() {
                self.live.next = self.live.val() | self.place[i].val();
            }
            self.new_hit.next = self.new_hit.val() | self.cells[i].new_hit.val();
            if self.cells[i].hit.val() {
                self.hits.next = self.hits.val() | self.place[i].val();
                self.buy.next = self.buy.val() | self.cells[i].buy.val();
                self.price.next = self.price.val() | self.cells[i].price.val();
                self.qty.next = self.qty.val() | self.cells[i].qty.val();
            }
        }
        if self.valid_s1.val() {
            self.at_s2.d.next = self.hits.val();
            self.new_hit_s2.d.next = self.new_hit.val();
            self.buy_s2.d.next = self.buy.val();
            self.price_s2.d.next = self.price.val();
            self.qty_s2.d.next = self.qty.val();
        }
        self.candidate.clock.next = self.clock.val();
        self.candidate.hit.next = self.at_s2.q.val().any() & self.looks.val();
        self.candidate.buy.next = self.buy_s2.q.val();
        self.candidate.price.next = self.price_s2.q.val();
        self.candidate.qty.next = self.qty_s2.q.val();
        self.candidate.request.next = self.request.val();
        self.candidate.whole.next = self.whole.val();
        self.found_at.next = 0.into();
        if self.candidate.found.val() {
            self.found_at.next = self.at_s2.q.val();
        }
        self.all.next = self.candidate.all.val();
        self.dead.next = self.candidate.dead.val();
        self.over.next = self.candidate.over.val();
        self.found_buy.next = self.candidate.found_buy.val();
        self.found_price.next = self.candidate.found_price.val();
        self.found_qty.next = self.candidate.found_qty.val();
        self.left.next = self.candidate.left.val();
        self.new_live_s3.d.next = self.new_hit_s2.q.val() & self.looks_new.val();
        self.new_live.next = self.new_live_s3.q.val();

        self.unwritten_freed.next = 0.into();
        self.unwritten_added.next = 0.into();
        if self.fresh.val() {
            self.unwritten_freed.next = self.freed.val();
            self.unwritten_added.next = self.new_at.val();
        }
        self.taken.next = (self.live.val() & !self.unwritten_freed.val()) | self.unwritten_added.val();
        self.passed.next = false;
        self.picks.next = 0.into();
        for i in 0..STASH {
            if !self.taken.val().get_bit(i) & !self.passed.val() {
                self.picks.next = self.picks.val() | self.place[i].val();
            }
            self.passed.next = self.passed.val() | !self.taken.val().get_bit(i);
        }
        self.pick_s3.d.next = self.picks.val();
        self.pick.next = self.pick_s3.q.val();
    }
}
