//! No order twice: the host's tokens only rise.
//!
//! An order has to have a token above that of the last one granted, over all slots. Orders of triggers fire when the market says so, not in the order
//! in which they were armed: a trigger's token has to be above that of the last one granted to a trigger of the same slot. So 32 bits and 33 a slot
//! remember all that was ever used, and nothing wears out.
//!
//! A new numbering of order slots (ORDER_SEQ_RESET), which a host begins with its epoch, begins the tokens anew: every one but 0 is good. It
//! wins over a grant of its cycle.
//!
//! Latency: asked in cycle 0, known in cycle 1; a grant (cycle 2) counts from the next cycle on. Back-pressure: none.

use crate::prim::LutRam;
use crate::types::OrderRequest;
use contract::slot::Kind;
use rust_hdl::prelude::*;

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock)]
pub struct Tokens<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: a new numbering.
    pub forget: Signal<In, Bit>,
    pub take: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    /// From cycle 1 on: the request.
    pub held: Signal<In, OrderRequest>,
    /// Cycle 2: it was granted and opens an order.
    pub sent: Signal<In, Bit>,
    /// Cycle 1: its token is not above the last one.
    pub used: Signal<Out, Bit>,
    /// The last one, from cycle 1 on.
    pub last: Signal<Out, Bits<32>>,
    fired: LutRam<Bits<32>, SB>,
    known: DFF<Bits<S>>,
    newest: DFF<Bits<32>>,
    last_s1: DFF<Bits<32>>,
    asked_slot: Signal<Local, Bits<6>>,
    asked: Signal<Local, Bits<SB>>,
    is_known: Signal<Local, Bit>,
    held_slot: Signal<Local, Bits<6>>,
    held_index: Signal<Local, Bits<SB>>,
    asks_trigger: Signal<Local, Bit>,
    holds_trigger: Signal<Local, Bit>,
    token: Signal<Local, Bits<32>>,
    marks: Signal<Local, Bits<S>>,
    one: Constant<Bits<S>>,
    trigger_kind: Constant<Bits<8>>,
}

impl<const SB: usize, const S: usize> Default for Tokens<SB, S> {
    fn default() -> Self {
        assert_eq!(S, 1 << SB, "Tokens: {S} slots need {SB} index bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            forget: Default::default(),
            take: Default::default(),
            request: Default::default(),
            held: Default::default(),
            sent: Default::default(),
            used: Default::default(),
            last: Default::default(),
            fired: Default::default(),
            known: Default::default(),
            newest: Default::default(),
            last_s1: Default::default(),
            asked_slot: Default::default(),
            asked: Default::default(),
            is_known: Default::default(),
            held_slot: Default::default(),
            held_index: Default::default(),
            asks_trigger: Default::default(),
            holds_trigger: Default::default(),
            token: Default::default(),
            marks: Default::default(),
            one: Constant::new(1.into()),
            trigger_kind: Constant::new((Kind::Trigger as u64).into()),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for Tokens<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, known, newest, last_s1);
        // Cycle 0.
        self.asked_slot.next = self.request.val().slot;
        self.asked.next = self.asked_slot.val().get_bits::<SB>(0);
        self.asks_trigger.next = self.request.val().kind == self.trigger_kind.val();
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.is_known.next = self.known.q.val().get_bit(self.asked.val().index());
        self.fired.clock.next = self.clock.val();
        self.fired.read_address.next = self.asked.val();
        if self.take.val() {
            self.last_s1.d.next = self.newest.q.val();
            if self.asks_trigger.val() {
                self.last_s1.d.next = 0.into();
                if self.is_known.val() {
                    self.last_s1.d.next = self.fired.read_data.val();
                }
            }
        }

        // Cycle 1.
        self.token.next = self.held.val().token;
        self.used.next = self.token.val() <= self.last_s1.q.val();
        self.last.next = self.last_s1.q.val();

        // Cycle 2.
        self.held_slot.next = self.held.val().slot;
        self.held_index.next = self.held_slot.val().get_bits::<SB>(0);
        self.holds_trigger.next = self.held.val().kind == self.trigger_kind.val();
        self.fired.write_enable.next = self.sent.val() & self.holds_trigger.val();
        self.fired.write_address.next = self.held_index.val();
        self.fired.write_data.next = self.token.val();
        self.marks.next = self.one.val() << self.held_index.val();
        if self.sent.val() {
            if self.holds_trigger.val() {
                self.known.d.next = self.known.q.val() | self.marks.val();
            } else {
                self.newest.d.next = self.token.val();
            }
        }
        if self.forget.val() | self.reset.val() {
            self.known.d.next = 0.into();
            self.newest.d.next = 0.into();
        }
    }
}
