//! No order against an own one: the best prices of a slot's own open orders.
//!
//! ```text
//! cycle 0: highest own buy, lowest own sell of the slot ─► the facing and the own one, registered
//! cycle 1: order's price against the facing one ─► crosses; better of the order's and the own one ─► register
//! cycle 2: granted ─► memory
//! ```
//!
//! Conservative: the gate knows how many shares of a side are open, not which orders. A price is kept until no share of its side is open any
//! more; meanwhile the orders that leave do not relax it. The first order after that starts anew; when the last shares of a side are
//! released while an order of it is being decided, the older price stays.
//!
//! Latency: see above. Back-pressure: none. Cost a slot: 64 bits of LUT memory.

use crate::prim::LutRam;
use crate::types::OrderRequest;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct OwnPrices<const SB: usize> {
    pub clock: Signal<In, Clock>,
    pub take: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    /// Cycle 0: open shares of the request's slot.
    pub open_buy: Signal<In, Bits<36>>,
    pub open_sell: Signal<In, Bits<36>>,
    /// From cycle 1 on: the request.
    pub held: Signal<In, OrderRequest>,
    /// Cycle 2: it was granted and opens an order.
    pub sent: Signal<In, Bit>,
    /// Cycle 1: it would trade with an own order.
    pub crosses: Signal<Out, Bit>,
    /// The own price that stands against it, from cycle 1 on.
    pub facing: Signal<Out, Bits<32>>,
    buys: LutRam<Bits<32>, SB>,
    sells: LutRam<Bits<32>, SB>,
    faces_s1: DFF<Bit>,
    facing_s1: DFF<Bits<32>>,
    follows_s1: DFF<Bit>,
    own_s1: DFF<Bits<32>>,
    next_s2: DFF<Bits<32>>,
    asked_slot: Signal<Local, Bits<6>>,
    asked: Signal<Local, Bits<SB>>,
    held_slot: Signal<Local, Bits<6>>,
    held_index: Signal<Local, Bits<SB>>,
    asks_buy: Signal<Local, Bit>,
    holds_buy: Signal<Local, Bit>,
    buys_open: Signal<Local, Bit>,
    sells_open: Signal<Local, Bit>,
    price: Signal<Local, Bits<32>>,
    below_facing: Signal<Local, Bit>,
    at_facing: Signal<Local, Bit>,
    below_own: Signal<Local, Bit>,
    own_better: Signal<Local, Bit>,
    yes: Constant<Bits<1>>,
}

impl<const SB: usize> Default for OwnPrices<SB> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            take: Default::default(),
            request: Default::default(),
            open_buy: Default::default(),
            open_sell: Default::default(),
            held: Default::default(),
            sent: Default::default(),
            crosses: Default::default(),
            facing: Default::default(),
            buys: Default::default(),
            sells: Default::default(),
            faces_s1: Default::default(),
            facing_s1: Default::default(),
            follows_s1: Default::default(),
            own_s1: Default::default(),
            next_s2: Default::default(),
            asked_slot: Default::default(),
            asked: Default::default(),
            held_slot: Default::default(),
            held_index: Default::default(),
            asks_buy: Default::default(),
            holds_buy: Default::default(),
            buys_open: Default::default(),
            sells_open: Default::default(),
            price: Default::default(),
            below_facing: Default::default(),
            at_facing: Default::default(),
            below_own: Default::default(),
            own_better: Default::default(),
            yes: Constant::new(1.into()),
        }
    }
}

impl<const SB: usize> Logic for OwnPrices<SB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, faces_s1, facing_s1, follows_s1, own_s1, next_s2);
        // Cycle 0.
        self.asked_slot.next = self.request.val().slot;
        self.asked.next = self.asked_slot.val().get_bits::<SB>(0);
        self.asks_buy.next = self.request.val().buy == self.yes.val();
        self.buys_open.next = self.open_buy.val() != 0;
        self.sells_open.next = self.open_sell.val() != 0;
        self.buys.clock.next = self.clock.val();
        self.buys.read_address.next = self.asked.val();
        self.sells.clock.next = self.clock.val();
        self.sells.read_address.next = self.asked.val();
        if self.take.val() {
            self.faces_s1.d.next = self.buys_open.val();
            self.facing_s1.d.next = self.buys.read_data.val();
            self.follows_s1.d.next = self.sells_open.val();
            self.own_s1.d.next = self.sells.read_data.val();
            if self.asks_buy.val() {
                self.faces_s1.d.next = self.sells_open.val();
                self.facing_s1.d.next = self.sells.read_data.val();
                self.follows_s1.d.next = self.buys_open.val();
                self.own_s1.d.next = self.buys.read_data.val();
            }
        }

        // Cycle 1.
        self.price.next = self.held.val().price;
        self.holds_buy.next = self.held.val().buy == self.yes.val();
        self.below_facing.next = self.price.val() < self.facing_s1.q.val();
        self.at_facing.next = self.price.val() == self.facing_s1.q.val();
        self.crosses.next = self.faces_s1.q.val() & (self.below_facing.val() | self.at_facing.val());
        if self.holds_buy.val() {
            self.crosses.next = self.faces_s1.q.val() & !self.below_facing.val();
        }
        self.facing.next = self.facing_s1.q.val();
        self.below_own.next = self.price.val() < self.own_s1.q.val();
        self.own_better.next = !self.below_own.val();
        if self.holds_buy.val() {
            self.own_better.next = self.below_own.val();
        }
        self.next_s2.d.next = self.price.val();
        if self.follows_s1.q.val() & self.own_better.val() {
            self.next_s2.d.next = self.own_s1.q.val();
        }

        // Cycle 2.
        self.held_slot.next = self.held.val().slot;
        self.held_index.next = self.held_slot.val().get_bits::<SB>(0);
        self.buys.write_enable.next = self.sent.val() & self.holds_buy.val();
        self.buys.write_address.next = self.held_index.val();
        self.buys.write_data.next = self.next_s2.q.val();
        self.sells.write_enable.next = self.sent.val() & !self.holds_buy.val();
        self.sells.write_address.next = self.held_index.val();
        self.sells.write_data.next = self.next_s2.q.val();
    }
}
