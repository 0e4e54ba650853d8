//! Best bid and ask of each slot: the reference of the collar.
//!
//! ```text
//! view ──┬─► memory + flags ─► newer? ─► bid, ask, exists of `slot`
//!        └───────────────────────▲
//! ```
//!
//! The view and the clear of this very cycle count. A book without a bid or an ask is no reference: neither a quantity of 0 nor a price of 0
//! makes one, so that a collar has no centre that nobody named.
//!
//! Latency: 0 cycles. Back-pressure: none. A clear in the cycle of a view comes after it.

use crate::prim::LutRam;
use crate::types::{BookView, Meta};
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Reference<const A: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub view_valid: Signal<In, Bit>,
    pub view: Signal<In, BookView>,
    pub clear: Signal<In, Bit>,
    pub clear_slot: Signal<In, Bits<6>>,
    pub slot: Signal<In, Bits<A>>,
    pub exists: Signal<Out, Bit>,
    pub bid: Signal<Out, Bits<32>>,
    pub ask: Signal<Out, Bits<32>>,
    bids: LutRam<Bits<32>, A>,
    asks: LutRam<Bits<32>, A>,
    known: DFF<Bits<S>>,
    bid_prices: Signal<Local, Bits<320>>,
    ask_prices: Signal<Local, Bits<320>>,
    bid_now: Signal<Local, Bits<32>>,
    ask_now: Signal<Local, Bits<32>>,
    meta: Signal<Local, Meta>,
    view_slot: Signal<Local, Bits<6>>,
    at_view: Signal<Local, Bits<A>>,
    at_clear: Signal<Local, Bits<A>>,
    bid_sizes: Signal<Local, Bits<320>>,
    ask_sizes: Signal<Local, Bits<320>>,
    bid_size: Signal<Local, Bits<32>>,
    ask_size: Signal<Local, Bits<32>>,
    two_sided: Signal<Local, Bit>,
    viewed: Signal<Local, Bits<S>>,
    cleared: Signal<Local, Bits<S>>,
    set: Signal<Local, Bits<S>>,
    kept: Signal<Local, Bits<S>>,
    newer: Signal<Local, Bit>,
    goes: Signal<Local, Bit>,
    was: Signal<Local, Bit>,
    one: Constant<Bits<S>>,
}

impl<const A: usize, const S: usize> Default for Reference<A, S> {
    fn default() -> Self {
        assert_eq!(S, 1 << A, "Reference: {S} slots need {A} address bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            view_valid: Default::default(),
            view: Default::default(),
            clear: Default::default(),
            clear_slot: Default::default(),
            slot: Default::default(),
            exists: Default::default(),
            bid: Default::default(),
            ask: Default::default(),
            bids: Default::default(),
            asks: Default::default(),
            known: Default::default(),
            bid_prices: Default::default(),
            ask_prices: Default::default(),
            bid_now: Default::default(),
            ask_now: Default::default(),
            meta: Default::default(),
            view_slot: Default::default(),
            at_view: Default::default(),
            at_clear: Default::default(),
            bid_sizes: Default::default(),
            ask_sizes: Default::default(),
            bid_size: Default::default(),
            ask_size: Default::default(),
            two_sided: Default::default(),
            viewed: Default::default(),
            cleared: Default::default(),
            set: Default::default(),
            kept: Default::default(),
            newer: Default::default(),
            goes: Default::default(),
            was: Default::default(),
            one: Constant::new(1.into()),
        }
    }
}

impl<const A: usize, const S: usize> Logic for Reference<A, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, known);
        self.bid_prices.next = self.view.val().bid_px;
        self.ask_prices.next = self.view.val().ask_px;
        self.bid_now.next = self.bid_prices.val().get_bits::<32>(0);
        self.ask_now.next = self.ask_prices.val().get_bits::<32>(0);
        self.meta.next = self.view.val().meta;
        self.view_slot.next = self.meta.val().slot;
        self.at_view.next = self.view_slot.val().get_bits::<A>(0);
        self.at_clear.next = self.clear_slot.val().get_bits::<A>(0);
        self.bid_sizes.next = self.view.val().bid_sz;
        self.ask_sizes.next = self.view.val().ask_sz;
        self.bid_size.next = self.bid_sizes.val().get_bits::<32>(0);
        self.ask_size.next = self.ask_sizes.val().get_bits::<32>(0);
        self.two_sided.next = (self.bid_size.val() != 0)
            & (self.ask_size.val() != 0)
            & (self.bid_now.val() != 0)
            & (self.ask_now.val() != 0);

        self.bids.clock.next = self.clock.val();
        self.asks.clock.next = self.clock.val();
        self.bids.write_enable.next = self.view_valid.val();
        self.asks.write_enable.next = self.view_valid.val();
        self.bids.write_address.next = self.at_view.val();
        self.asks.write_address.next = self.at_view.val();
        self.bids.write_data.next = self.bid_now.val();
        self.asks.write_data.next = self.ask_now.val();
        self.bids.read_address.next = self.slot.val();
        self.asks.read_address.next = self.slot.val();

        self.viewed.next = 0.into();
        self.set.next = 0.into();
        if self.view_valid.val() {
            self.viewed.next = self.one.val() << self.at_view.val();
            if self.two_sided.val() {
                self.set.next = self.one.val() << self.at_view.val();
            }
        }
        self.cleared.next = 0.into();
        if self.clear.val() {
            self.cleared.next = self.one.val() << self.at_clear.val();
        }
        self.kept.next = self.known.q.val() & !self.viewed.val();
        self.known.d.next = (self.kept.val() | self.set.val()) & !self.cleared.val();

        self.newer.next = self.view_valid.val() & (self.at_view.val() == self.slot.val());
        self.goes.next = self.clear.val() & (self.at_clear.val() == self.slot.val());
        // lint-hdl: allow(slice): A bits address S = 2^A flags.
        self.was.next = self.known.q.val().get_bit(self.slot.val().index());
        self.exists.next = self.was.val() & !self.goes.val();
        self.bid.next = self.bids.read_data.val();
        self.ask.next = self.asks.read_data.val();
        if self.newer.val() {
            self.exists.next = self.two_sided.val() & !self.goes.val();
            self.bid.next = self.bid_now.val();
            self.ask.next = self.ask_now.val();
        }
        if self.reset.val() {
            self.known.d.next = 0.into();
        }
    }
}
