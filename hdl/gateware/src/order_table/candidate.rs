//! One place where the order an event names may be: what is left of it, and its share of the selection.
//!
//! ```text
//!  qty, request ──► subtract, compare ──►│all, dead, over, left│──┐
//!  hit ─────────────────────────────────►│         hit         │──► gated: 0 when it is not here
//!  buy, price, qty (held) ────────────────────────────────────────┘
//! ```
//!
//! Latency 1: inputs in stage 2, outputs in stage 3; `buy price qty` are held by their owner meanwhile.
//! Back-pressure: none.

use rust_hdl::prelude::*;

/// A candidate; see the module's text.
#[derive(LogicBlock, Default)]
pub struct Candidate {
    pub clock: Signal<In, Clock>,
    pub hit: Signal<In, Bit>,
    pub buy: Signal<In, Bit>,
    pub price: Signal<In, Bits<32>>,
    pub qty: Signal<In, Bits<32>>,
    /// Shares the event takes away.
    pub request: Signal<In, Bits<32>>,
    /// The event takes the whole order (D U).
    pub whole: Signal<In, Bit>,
    /// The order is here.
    pub found: Signal<Out, Bit>,
    /// All its shares go.
    pub all: Signal<Out, Bit>,
    /// It is no longer live after the event.
    pub dead: Signal<Out, Bit>,
    /// The event takes more than it has.
    pub over: Signal<Out, Bit>,
    pub found_buy: Signal<Out, Bit>,
    pub found_price: Signal<Out, Bits<32>>,
    pub found_qty: Signal<Out, Bits<32>>,
    /// Shares left; meaningless when dead.
    pub left: Signal<Out, Bits<32>>,
    hit_s3: DFF<Bit>,
    all_s3: DFF<Bit>,
    dead_s3: DFF<Bit>,
    over_s3: DFF<Bit>,
    left_s3: DFF<Bits<32>>,
    has: Signal<Local, Bits<33>>,
    wants: Signal<Local, Bits<33>>,
    rest: Signal<Local, Bits<33>>,
    short: Signal<Local, Bit>,
    exact: Signal<Local, Bit>,
}

impl Logic for Candidate {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, hit_s3, all_s3, dead_s3, over_s3, left_s3);
        self.has.next = bit_cast::<33, 32>(self.qty.val());
        self.wants.next = bit_cast::<33, 32>(self.request.val());
        self.rest.next = self.has.val() - self.wants.val();
        self.short.next = self.rest.val().get_bit(32);
        self.exact.next = self.qty.val() == self.request.val();
        self.hit_s3.d.next = self.hit.val();
        self.all_s3.d.next = self.hit.val() & (self.whole.val() | self.short.val());
        self.dead_s3.d.next = self.hit.val() & (self.whole.val() | self.short.val() | self.exact.val());
        self.over_s3.d.next = self.hit.val() & self.short.val() & !self.whole.val();
        self.left_s3.d.next = self.rest.val().get_bits::<32>(0);

        self.found.next = self.hit_s3.q.val();
        self.all.next = self.all_s3.q.val();
        self.dead.next = self.dead_s3.q.val();
        self.over.next = self.over_s3.q.val();
        self.found_buy.next = self.hit_s3.q.val() & self.buy.val();
        self.found_price.next = 0.into();
        self.found_qty.next = 0.into();
        self.left.next = 0.into();
        if self.hit_s3.q.val() {
            self.found_price.next = self.price.val();
            self.found_qty.next = self.qty.val();
            self.left.next = self.left_s3.q.val();
        }
    }
}
