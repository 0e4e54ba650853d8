//! The orders that the last two events touched, while the memories do not show it yet.
//!
//! ```text
//!  references of this event and of the last two ──► compare ──►│same│──┐
//!  their outcomes, known one cycle later ──────────────────────────────┴─► four candidates, the latest wins
//! ```
//!
//! An outcome speaks for the reference it named and the one it added; then the memories are not asked
//! (`looks`, `looks_new` are low).
//!
//! Latency: references in stage 1, `looks` in stage 2, the rest in stage 3.
//! Back-pressure: none; one event every two cycles.

use super::candidate::Candidate;
use super::parts::Outcome;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Recent {
    pub clock: Signal<In, Clock>,
    pub valid_s1: Signal<In, Bit>,
    /// The memories may not show the last event, the one before (stage 1).
    pub follows: Signal<In, Bit>,
    pub follows_2: Signal<In, Bit>,
    // The event in stage 1.
    pub oref: Signal<In, Bits<64>>,
    pub new_ref: Signal<In, Bits<64>>,
    pub slot: Signal<In, Bits<6>>,
    // The event in stage 2.
    pub request: Signal<In, Bits<32>>,
    pub whole: Signal<In, Bit>,
    /// The event names an order (E C X D U).
    pub wants: Signal<In, Bit>,
    /// Outcomes of the last event and the one before.
    pub last: Signal<In, Outcome>,
    pub earlier: Signal<In, Outcome>,
    pub looks: Signal<Out, Bit>,
    pub looks_new: Signal<Out, Bit>,
    // Stage 3.
    pub found: Signal<Out, Bit>,
    pub all: Signal<Out, Bit>,
    pub dead: Signal<Out, Bit>,
    pub over: Signal<Out, Bit>,
    pub found_buy: Signal<Out, Bit>,
    pub found_price: Signal<Out, Bits<32>>,
    pub found_qty: Signal<Out, Bits<32>>,
    pub left: Signal<Out, Bits<32>>,
    pub found_at: Signal<Out, Bits<24>>,
    pub new_live: Signal<Out, Bit>,
    /// Latest first: added by the last event, named by it, the same of the event before.
    candidates: [Candidate; 4],
    oref_last: DFF<Bits<64>>,
    new_ref_last: DFF<Bits<64>>,
    slot_last: DFF<Bits<6>>,
    oref_earlier: DFF<Bits<64>>,
    new_ref_earlier: DFF<Bits<64>>,
    slot_earlier: DFF<Bits<6>>,
    named_is_added: DFF<Bit>,
    named_is_named: DFF<Bit>,
    named_is_added_2: DFF<Bit>,
    named_is_named_2: DFF<Bit>,
    added_is_added: DFF<Bit>,
    added_is_named: DFF<Bit>,
    added_is_added_2: DFF<Bit>,
    added_is_named_2: DFF<Bit>,
    same_slot: DFF<Bit>,
    same_slot_2: DFF<Bit>,
    new_live_s3: DFF<Bit>,
    eq_0: Signal<Local, Bit>,
    eq_1: Signal<Local, Bit>,
    eq_2: Signal<Local, Bit>,
    eq_3: Signal<Local, Bit>,
    eq_4: Signal<Local, Bit>,
    eq_5: Signal<Local, Bit>,
    eq_6: Signal<Local, Bit>,
    eq_7: Signal<Local, Bit>,
    eq_slot: Signal<Local, Bit>,
    eq_slot_2: Signal<Local, Bit>,
    by_added: Signal<Local, Bit>,
    by_named: Signal<Local, Bit>,
    by_added_2: Signal<Local, Bit>,
    by_named_2: Signal<Local, Bit>,
    by_last: Signal<Local, Bit>,
    new_by_added: Signal<Local, Bit>,
    new_by_named: Signal<Local, Bit>,
    new_by_added_2: Signal<Local, Bit>,
    new_by_named_2: Signal<Local, Bit>,
    new_by_last: Signal<Local, Bit>,
    live_by_last: Signal<Local, Bit>,
    live_by_earlier: Signal<Local, Bit>,
    at: [Signal<Local, Bits<24>>; 4],
    last_added: Signal<Local, Bits<1>>,
    last_found: Signal<Local, Bits<1>>,
    last_alive: Signal<Local, Bits<1>>,
    last_buy: Signal<Local, Bits<1>>,
    earlier_added: Signal<Local, Bits<1>>,
    earlier_found: Signal<Local, Bits<1>>,
    earlier_alive: Signal<Local, Bits<1>>,
    earlier_buy: Signal<Local, Bits<1>>,
}

impl Logic for Recent {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            oref_last,
            new_ref_last,
            slot_last,
            oref_earlier,
            new_ref_earlier,
            slot_earlier,
            named_is_added,
            named_is_named,
            named_is_added_2,
            named_is_named_2,
            added_is_added,
            added_is_named,
            added_is_added_2,
            added_is_named_2,
            same_slot,
            same_slot_2,
            new_live_s3
        );
        if self.valid_s1.val() {
            self.oref_last.d.next = self.oref.val();
            self.new_ref_last.d.next = self.new_ref.val();
            self.slot_last.d.next = self.slot.val();
            self.oref_earlier.d.next = self.oref_last.q.val();
            self.new_ref_earlier.d.next = self.new_ref_last.q.val();
            self.slot_earlier.d.next = self.slot_last.q.val();
        }
        self.eq_0.next = self.oref.val() == self.new_ref_last.q.val();
        self.eq_1.next = self.oref.val() == self.oref_last.q.val();
        self.eq_2.next = self.oref.val() == self.new_ref_earlier.q.val();
        self.eq_3.next = self.oref.val() == self.oref_earlier.q.val();
        self.eq_4.next = self.new_ref.val() == self.new_ref_last.q.val();
        self.eq_5.next = self.new_ref.val() == self.oref_last.q.val();
        self.eq_6.next = self.new_ref.val() == self.new_ref_earlier.q.val();
        self.eq_7.next = self.new_ref.val() == self.oref_earlier.q.val();
        self.eq_slot.next = self.slot.val() == self.slot_last.q.val();
        self.eq_slot_2.next = self.slot.val() == self.slot_earlier.q.val();
        self.named_is_added.d.next = self.follows.val() & self.eq_0.val();
        self.named_is_named.d.next = self.follows.val() & self.eq_1.val();
        self.named_is_added_2.d.next = self.follows_2.val() & self.eq_2.val();
        self.named_is_named_2.d.next = self.follows_2.val() & self.eq_3.val();
        self.added_is_added.d.next = self.follows.val() & self.eq_4.val();
        self.added_is_named.d.next = self.follows.val() & self.eq_5.val();
        self.added_is_added_2.d.next = self.follows_2.val() & self.eq_6.val();
        self.added_is_named_2.d.next = self.follows_2.val() & self.eq_7.val();
        self.same_slot.d.next = self.eq_slot.val();
        self.same_slot_2.d.next = self.eq_slot_2.val();

        self.last_added.next = self.last.val().added;
        self.last_found.next = self.last.val().found;
        self.last_alive.next = self.last.val().alive;
        self.last_buy.next = self.last.val().buy;
        self.earlier_added.next = self.earlier.val().added;
        self.earlier_found.next = self.earlier.val().found;
        self.earlier_alive.next = self.earlier.val().alive;
        self.earlier_buy.next = self.earlier.val().buy;

        // Stage 2: the latest outcome that knows the reference speaks.
        self.by_added.next = self.named_is_added.q.val() & self.last_added.val().any();
        self.by_named.next = self.named_is_named.q.val() & self.last_found.val().any();
        self.by_added_2.next = self.named_is_added_2.q.val() & self.earlier_added.val().any();
        self.by_named_2.next = self.named_is_named_2.q.val() & self.earlier_found.val().any();
        self.by_last.next = self.by_added.val() | self.by_named.val();
        self.looks.next =
            self.wants.val() & !self.by_last.val() & !self.by_added_2.val() & !self.by_named_2.val();
        self.candidates[0].hit.next = self.wants.val() & self.same_slot.q.val() & self.by_added.val();
        self.candidates[1].hit.next = self.wants.val()
            & self.same_slot.q.val()
            & self.by_named.val()
            & !self.by_added.val()
            & self.last_alive.val().any();
        self.candidates[2].hit.next =
            self.wants.val() & self.same_slot_2.q.val() & self.by_added_2.val() & !self.by_last.val();
        self.candidates[3].hit.next = self.wants.val()
            & self.same_slot_2.q.val()
            & self.by_named_2.val()
            & !self.by_added_2.val()
            & !self.by_last.val()
            & self.earlier_alive.val().any();
        self.new_by_added.next = self.added_is_added.q.val() & self.last_added.val().any();
        self.new_by_named.next = self.added_is_named.q.val() & self.last_found.val().any();
        self.new_by_added_2.next = self.added_is_added_2.q.val() & self.earlier_added.val().any();
        self.new_by_named_2.next = self.added_is_named_2.q.val() & self.earlier_found.val().any();
        self.new_by_last.next = self.new_by_added.val() | self.new_by_named.val();
        self.looks_new.next =
            !self.new_by_last.val() & !self.new_by_added_2.val() & !self.new_by_named_2.val();
        self.live_by_last.next =
            self.new_by_added.val() | (self.new_by_named.val() & self.last_alive.val().any());
        self.live_by_earlier.next =
            self.new_by_added_2.val() | (self.new_by_named_2.val() & self.earlier_alive.val().any());
        self.new_live_s3.d.next =
            self.live_by_last.val() | (!self.new_by_last.val() & self.live_by_earlier.val());
        self.new_live.next = self.new_live_s3.q.val();

        self.candidates[0].buy.next = self.last_buy.val().any();
        self.candidates[1].buy.next = self.last_buy.val().any();
        self.candidates[2].buy.next = self.earlier_buy.val().any();
        self.candidates[3].buy.next = self.earlier_buy.val().any();
        self.candidates[0].price.next = self.last.val().new_price;
        self.candidates[1].price.next = self.last.val().price;
        self.candidates[2].price.next = self.earlier.val().new_price;
        self.candidates[3].price.next = self.earlier.val().price;
        self.candidates[0].qty.next = self.last.val().new_qty;
        self.candidates[1].qty.next = self.last.val().qty;
        self.candidates[2].qty.next = self.earlier.val().new_qty;
        self.candidates[3].qty.next = self.earlier.val().qty;
        self.at[0].next = self.last.val().new_at;
        self.at[1].next = self.last.val().at;
        self.at[2].next = self.earlier.val().new_at;
        self.at[3].next = self.earlier.val().at;
        self.found.next = false;
        self.all.next = false;
        self.dead.next = false;
        self.over.next = false;
        self.found_buy.next = false;
        self.found_price.next = 0.into();
        self.found_qty.next = 0.into();
        self.left.next = 0.into();
        self.found_at.next = 0.into();
        for i in 0..4 {
            self.candidates[i].clock.next = self.clock.val();
            self.candidates[i].request.next = self.request.val();
            self.candidates[i].whole.next = self.whole.val();
            self.found.next = self.found.val() | self.candidates[i].found.val();
            self.all.next = self.all.val() | self.candidates[i].all.val();
            self.dead.next = self.dead.val() | self.candidates[i].dead.val();
            self.over.next = self.over.val() | self.candidates[i].over.val();
            self.found_buy.next = self.found_buy.val() | self.candidates[i].found_buy.val();
            self.found_price.next = self.found_price.val() | self.candidates[i].found_price.val();
            self.found_qty.next = self.found_qty.val() | self.candidates[i].found_qty.val();
            self.left.next = self.left.val() | self.candidates[i].left.val();
            if self.candidates[i].found.val() {
                self.found_at.next = self.found_at.val() | self.at[i].val();
            }
        }
    }
}
