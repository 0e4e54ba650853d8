//! What the card knows of the order that a Replace names: that it has sent it, in which slot, on which side, with what quantity, at what price.
//!
//! ```text
//! look:    target_ref ─► owners, quantities, prices ─► registers;  next UserRefNum − target_ref ─► age
//! cycle 0: known?  the smaller of the card's quantity and the request's ─► registers: unknown, base
//! cycle 2: granted ─► owners, quantities, at the number the order gets
//! ```
//!
//! A Replace says neither symbol nor side: that the slot and the side it was checked for are those of the order it replaces, only the card can know. It keeps its last
//! 2^`OB` numbers; an order further back, or from before USER_REF_NEXT was written, cannot be replaced, only cancelled and entered anew.
//!
//! OUCH 5.0 counts the quantity of a Replace over the whole chain, executed shares included (2.2): so what it adds to the open shares is its quantity
//! less that of the order it names, however much of that was executed. The host says that quantity too, since the exchange may have taken shares off; the
//! smaller one counts, so that the host's word never makes less of what the order adds. A cancel or a modify that was granted may have made the order smaller:
//! from then on its quantity counts as 0, and a Replace of it adds its whole quantity, as one of an order that is not known would.
//!
//! Latency: see above. Back-pressure: none, but `look` has to come before `take`, with the same request, and no grant between them.
//! Cost: 72 bits of LUT memory an order.

use crate::prim::{Cat3, LutRam};
use crate::types::OrderRequest;
use contract::slot::Kind;
use rust_hdl::prelude::*;

/// Kinds that take a number and are no order; they leave nothing to be replaced.
const NO_ORDERS: [Kind; 4] = [
    Kind::MassCancel,
    Kind::DisableEntry,
    Kind::EnableEntry,
    Kind::Watchdog,
];
/// Kinds that may leave the order they name smaller.
const LESSEN: [Kind; 2] = [Kind::Cancel, Kind::Modify];

/// See the module's text.
#[derive(LogicBlock)]
pub struct Originals<const OB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub look: Signal<In, Bit>,
    pub take: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    /// The next order's number; pulse: it is written.
    pub next_ref: Signal<In, Bits<32>>,
    pub renumber: Signal<In, Bit>,
    /// From cycle 1 on: the request.
    pub held: Signal<In, OrderRequest>,
    /// Cycle 2: it was granted; it is an order.
    pub passed: Signal<In, Bit>,
    pub order: Signal<In, Bit>,
    /// From cycle 1 on.
    pub unknown: Signal<Out, Bit>,
    pub base: Signal<Out, Bits<32>>,
    /// From the cycle after `look` on: the order named is known; the card's quantity of it, and its price.
    pub known_now: Signal<Out, Bit>,
    pub qty_now: Signal<Out, Bits<32>>,
    pub price_now: Signal<Out, Bits<32>>,
    owners: LutRam<Bits<8>, OB>,
    quantities: LutRam<Bits<32>, OB>,
    prices: LutRam<Bits<32>, OB>,
    owner: Cat3<1, 1, 6, 8>,
    /// Numbers given one after the other, at most as many as there are places.
    since: DFF<Bits<32>>,
    owner_is: DFF<Bits<8>>,
    qty_is: DFF<Bits<32>>,
    price_is: DFF<Bits<32>>,
    age_is: DFF<Bits<32>>,
    unknown_s1: DFF<Bit>,
    base_s1: DFF<Bits<32>>,
    target: Signal<Local, Bits<32>>,
    asks_slot: Signal<Local, Bits<6>>,
    asks_buy: Signal<Local, Bit>,
    owner_slot: Signal<Local, Bits<6>>,
    same_side: Signal<Local, Bit>,
    known: Signal<Local, Bit>,
    said: Signal<Local, Bits<32>>,
    distance: Signal<Local, Bits<32>>,
    numbers: Signal<Local, Bit>,
    lessens: Signal<Local, Bit>,
    held_target: Signal<Local, Bits<32>>,
    next: Signal<Local, Bits<32>>,
    more: Signal<Local, Bits<32>>,
    one: Constant<Bits<32>>,
    places: Constant<Bits<32>>,
    yes: Constant<Bits<1>>,
    no_orders: [Constant<Bits<8>>; 4],
    lessen: [Constant<Bits<8>>; 2],
}

impl<const OB: usize> Default for Originals<OB> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            look: Default::default(),
            take: Default::default(),
            request: Default::default(),
            next_ref: Default::default(),
            renumber: Default::default(),
            held: Default::default(),
            passed: Default::default(),
            order: Default::default(),
            unknown: Default::default(),
            base: Default::default(),
            known_now: Default::default(),
            qty_now: Default::default(),
            price_now: Default::default(),
            owners: Default::default(),
            quantities: Default::default(),
            prices: Default::default(),
            owner: Default::default(),
            since: Default::default(),
            owner_is: Default::default(),
            qty_is: Default::default(),
            price_is: Default::default(),
            age_is: Default::default(),
            unknown_s1: Default::default(),
            base_s1: Default::default(),
            target: Default::default(),
            asks_slot: Default::default(),
            asks_buy: Default::default(),
            owner_slot: Default::default(),
            same_side: Default::default(),
            known: Default::default(),
            said: Default::default(),
            distance: Default::default(),
            numbers: Default::default(),
            lessens: Default::default(),
            held_target: Default::default(),
            next: Default::default(),
            more: Default::default(),
            one: Constant::new(1_u64.into()),
            places: Constant::new((1_u64 << OB).into()),
            yes: Constant::new(1.into()),
            no_orders: NO_ORDERS.map(|kind| Constant::new((kind as u64).into())),
            lessen: LESSEN.map(|kind| Constant::new((kind as u64).into())),
        }
    }
}

impl<const OB: usize> Logic for Originals<OB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, since, owner_is, qty_is, price_is, age_is, unknown_s1, base_s1
        );
        // Look.
        self.target.next = self.request.val().target_ref;
        self.owners.clock.next = self.clock.val();
        self.owners.read_address.next = self.target.val().get_bits::<OB>(0);
        self.quantities.clock.next = self.clock.val();
        self.quantities.read_address.next = self.target.val().get_bits::<OB>(0);
        self.prices.clock.next = self.clock.val();
        self.prices.read_address.next = self.target.val().get_bits::<OB>(0);
        // The number before the next one is 0 back.
        self.distance.next = self.next_ref.val() - self.target.val();
        if self.look.val() {
            self.owner_is.d.next = self.owners.read_data.val();
            self.qty_is.d.next = self.quantities.read_data.val();
            self.price_is.d.next = self.prices.read_data.val();
            self.age_is.d.next = self.distance.val() - self.one.val();
        }

        // Cycle 0.
        self.asks_slot.next = self.request.val().slot;
        self.owner_slot.next = self.owner_is.q.val().get_bits::<6>(0);
        self.asks_buy.next = self.request.val().buy == self.yes.val();
        self.same_side.next = self.owner_is.q.val().get_bit(6) == self.asks_buy.val();
        self.known.next = self.owner_is.q.val().get_bit(7)
            & self.same_side.val()
            & (self.owner_slot.val() == self.asks_slot.val())
            & (self.age_is.q.val() < self.since.q.val());
        self.said.next = self.request.val().orig_qty;
        if self.take.val() {
            self.unknown_s1.d.next = !self.known.val();
            self.base_s1.d.next = self.qty_is.q.val();
            if self.said.val() < self.qty_is.q.val() {
                self.base_s1.d.next = self.said.val();
            }
            if !self.known.val() {
                self.base_s1.d.next = 0.into();
            }
        }
        self.known_now.next = self.known.val();
        self.qty_now.next = self.qty_is.q.val();
        self.price_now.next = self.price_is.q.val();
        self.unknown.next = self.unknown_s1.q.val();
        self.base.next = self.base_s1.q.val();

        // Cycle 2.
        self.numbers.next = self.order.val();
        for i in 0..4 {
            if self.held.val().kind == self.no_orders[i].val() {
                self.numbers.next = true;
            }
        }
        self.lessens.next = false;
        for i in 0..2 {
            if self.held.val().kind == self.lessen[i].val() {
                self.lessens.next = true;
            }
        }
        self.next.next = self.next_ref.val();
        self.held_target.next = self.held.val().target_ref;
        self.owner.a.next = self.order.val().into();
        self.owner.b.next = self.held.val().buy;
        self.owner.c.next = self.held.val().slot;
        self.owners.write_enable.next = self.passed.val() & self.numbers.val();
        self.owners.write_address.next = self.next.val().get_bits::<OB>(0);
        self.owners.write_data.next = self.owner.y.val();
        self.quantities.write_enable.next = self.passed.val() & (self.numbers.val() | self.lessens.val());
        self.quantities.write_address.next = self.next.val().get_bits::<OB>(0);
        self.quantities.write_data.next = self.held.val().qty;
        if self.lessens.val() {
            self.quantities.write_address.next = self.held_target.val().get_bits::<OB>(0);
            self.quantities.write_data.next = 0.into();
        }
        self.prices.write_enable.next = self.passed.val() & self.numbers.val();
        self.prices.write_address.next = self.next.val().get_bits::<OB>(0);
        self.prices.write_data.next = self.held.val().price;
        self.more.next = self.since.q.val() + self.one.val();
        if self.passed.val() & self.numbers.val() & (self.since.q.val() != self.places.val()) {
            self.since.d.next = self.more.val();
        }
        if self.renumber.val() | self.reset.val() {
            self.since.d.next = 0.into();
        }
    }
}
