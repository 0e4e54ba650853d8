//! Orders of triggers that have fired, one after the other to the gate.
//!
//! ```text
//!  judged ─────────────────────────────► request (when it is free), offered if it fires
//!  waits ─► lowest ─► next ─► memories ─►
//! ```
//!
//! The order of a trigger that is being judged is put into the request whether it fires or not: the verdict comes last, and decides one register in place of all.
//!
//! Latency: an order that fires while nothing is offered is there in the next cycle. Back-pressure: `request` stands until it is taken; what fires
//! meanwhile waits in its latch, the lowest slot goes first, in a cycle in which none is judged.

use crate::prim::PriorityEncoder;
use crate::trigger::parts::{Armed, Firing};
use crate::types::OrderRequest;
use contract::slot::Kind;
use rust_hdl::prelude::*;

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock)]
pub struct Sender<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: the trigger of `fire_slot` is being judged; it fires and need not wait. `goes` if its order is taken at once.
    pub judged: Signal<In, Bit>,
    pub fire: Signal<In, Bit>,
    pub fire_slot: Signal<In, Bits<SB>>,
    pub fire_order: Signal<In, Armed>,
    pub fire_notional: Signal<In, Bits<64>>,
    pub fire_stamp: Signal<In, Bits<64>>,
    pub goes: Signal<Out, Bit>,
    pub waits: Signal<In, Bits<S>>,
    /// The order that is next of those that wait.
    pub next_slot: Signal<Out, Bits<SB>>,
    pub next_order: Signal<In, Armed>,
    pub next_notional: Signal<In, Bits<64>>,
    pub next_firing: Signal<In, Firing>,
    /// One cycle: the order of `next_slot` is taken.
    pub taken: Signal<Out, Bit>,
    pub request_valid: Signal<Out, Bit>,
    pub request_ready: Signal<In, Bit>,
    pub request: Signal<Out, OrderRequest>,
    offered: DFF<Bit>,
    held: DFF<OrderRequest>,
    chosen: DFF<Bit>,
    chosen_slot: DFF<Bits<SB>>,
    soonest: PriorityEncoder<S, SB>,
    free: Signal<Local, Bit>,
    directly: Signal<Local, Bit>,
    later: Signal<Local, Bit>,
    order: Signal<Local, Armed>,
    slot: Signal<Local, Bits<SB>>,
    letters: Signal<Local, Bits<32>>,
    routing: Signal<Local, Bits<16>>,
    formed: Signal<Local, OrderRequest>,
    leaving: Signal<Local, Bits<S>>,
    kind: Constant<Bits<8>>,
    no: Constant<Bits<1>>,
    one: Constant<Bits<S>>,
}

impl<const SB: usize, const S: usize> Default for Sender<SB, S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            judged: Default::default(),
            fire: Default::default(),
            fire_slot: Default::default(),
            fire_order: Default::default(),
            fire_notional: Default::default(),
            fire_stamp: Default::default(),
            goes: Default::default(),
            waits: Default::default(),
            next_slot: Default::default(),
            next_order: Default::default(),
            next_notional: Default::default(),
            next_firing: Default::default(),
            taken: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request: Default::default(),
            offered: Default::default(),
            held: Default::default(),
            chosen: Default::default(),
            chosen_slot: Default::default(),
            soonest: Default::default(),
            free: Default::default(),
            directly: Default::default(),
            later: Default::default(),
            order: Default::default(),
            slot: Default::default(),
            letters: Default::default(),
            routing: Default::default(),
            formed: Default::default(),
            leaving: Default::default(),
            no: Constant::new(0_u64.into()),
            kind: Constant::new((Kind::Trigger as u64).into()),
            one: Constant::new(1.into()),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for Sender<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, offered, held, chosen, chosen_slot);
        self.free.next = !self.offered.q.val() | self.request_ready.val();
        self.directly.next = self.fire.val() & self.free.val();
        self.later.next = self.chosen.q.val() & self.free.val() & !self.judged.val();
        self.goes.next = self.directly.val();
        self.taken.next = self.later.val();
        self.next_slot.next = self.chosen_slot.q.val();

        self.leaving.next = 0.into();
        if self.later.val() {
            self.leaving.next = self.one.val() << self.chosen_slot.q.val();
        }
        self.soonest.x.next = self.waits.val() & !self.leaving.val();
        self.chosen.d.next = self.soonest.any.val();
        self.chosen_slot.d.next = self.soonest.index.val();

        self.order.next = self.next_order.val();
        self.slot.next = self.chosen_slot.q.val();
        self.formed.next.notional = self.next_notional.val();
        self.formed.next.stamp = self.next_firing.val().stamp;
        if self.judged.val() {
            self.order.next = self.fire_order.val();
            self.slot.next = self.fire_slot.val();
            self.formed.next.notional = self.fire_notional.val();
            self.formed.next.stamp = self.fire_stamp.val();
        }
        self.letters.next = self.order.val().letters;
        self.routing.next = self.order.val().routing;
        self.formed.next.kind = self.kind.val();
        self.formed.next.slot = bit_cast::<6, SB>(self.slot.val());
        self.formed.next.buy = self.order.val().buy;
        self.formed.next.side = self.letters.val().get_bits::<8>(0);
        self.formed.next.time_in_force = self.letters.val().get_bits::<8>(8);
        self.formed.next.display = self.letters.val().get_bits::<8>(16);
        self.formed.next.capacity = self.letters.val().get_bits::<8>(24);
        self.formed.next.iso = self.routing.val().get_bits::<8>(0);
        self.formed.next.cross_type = self.routing.val().get_bits::<8>(8);
        self.formed.next.qty = self.order.val().qty;
        self.formed.next.price = self.order.val().price;
        self.formed.next.token = self.order.val().token;
        self.formed.next.target_ref = 0.into();
        self.formed.next.orig_qty = 0.into();
        self.formed.next.cl_ord_id = self.order.val().cl_ord_id;
        self.formed.next.order_seq = self.order.val().arm_seq;
        self.formed.next.epoch = self.order.val().epoch;
        self.formed.next.malformed = self.no.val();
        self.formed.next.out_of_sequence = self.no.val();
        if self.request_ready.val() {
            self.offered.d.next = false;
        }
        if self.free.val() {
            self.held.d.next = self.formed.val();
        }
        if self.directly.val() | self.later.val() {
            self.offered.d.next = true;
        }
        self.request_valid.next = self.offered.q.val();
        self.request.next = self.held.q.val();
        if self.reset.val() {
            self.offered.d.next = false;
            self.chosen.d.next = false;
        }
    }
}
