//! The entries of triggers: fired, disarmed, refused.
//!
//! ```text
//!  refused ─► held ────────────────────┐
//!  owes ─► lowest ─► next ─► memories ─┴─► entry
//! ```
//!
//! A refusal that comes before the last one's entry was formed is counted, not told.
//!
//! Latency: 2 cycles when nothing waits. Back-pressure: an entry stands until it is taken.

use crate::prim::{Cat2, Cat3, Cat4, PriorityEncoder};
use crate::trigger::parts::{Firing, Names};
use crate::types::EventEntry;
use contract::event::{Code, HEAD, TRIGGER_BODY};
use contract::layout::lsb;
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(HEAD, "time") == 0 && lsb(HEAD, "slot") == 48);
    assert!(lsb(HEAD, "line") == 54 && lsb(HEAD, "code") == 56);
    assert!(lsb(TRIGGER_BODY, "arm_seq") == 0 && lsb(TRIGGER_BODY, "token") == 32);
    assert!(lsb(TRIGGER_BODY, "cause") == 64 && lsb(TRIGGER_BODY, "compare") == 72);
    assert!(lsb(TRIGGER_BODY, "seq") == 128 && lsb(TRIGGER_BODY, "stamp") == 192);
    assert!(lsb(TRIGGER_BODY, "bid_sz") == 256 && lsb(TRIGGER_BODY, "ask_sz") == 288);
};

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock)]
pub struct TriggerReport<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<48>>,
    pub owes: Signal<In, Bits<S>>,
    /// Slot to be told next, what its latch and the memories have.
    pub next_slot: Signal<Out, Bits<SB>>,
    pub fired: Signal<In, Bit>,
    pub cause: Signal<In, Bits<4>>,
    pub names: Signal<In, Names>,
    pub firing: Signal<In, Firing>,
    /// One cycle: `next_slot` is told.
    pub told: Signal<Out, Bit>,
    pub refused: Signal<In, Bit>,
    pub refused_slot: Signal<In, Bits<6>>,
    pub refused_cause: Signal<In, Bits<4>>,
    pub refused_names: Signal<In, Names>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    chosen: DFF<Bit>,
    chosen_slot: DFF<Bits<SB>>,
    soonest: PriorityEncoder<S, SB>,
    offered: DFF<Bit>,
    held: DFF<EventEntry>,
    refusal: DFF<Bit>,
    refusal_slot: DFF<Bits<6>>,
    refusal_cause: DFF<Bits<4>>,
    refusal_names: DFF<Names>,
    free: Signal<Local, Bit>,
    tells: Signal<Local, Bit>,
    denies: Signal<Local, Bit>,
    leaving: Signal<Local, Bits<S>>,
    who: Signal<Local, Names>,
    why: Signal<Local, Bits<4>>,
    slot: Signal<Local, Bits<6>>,
    code: Signal<Local, Bits<8>>,
    moment: Signal<Local, Bits<48>>,
    shown: Signal<Local, Firing>,
    compare: Signal<Local, Bits<2>>,
    head: Cat4<8, 2, 6, 48, 64>,
    named: Cat2<32, 32, 64>,
    outcome: Cat3<48, 8, 8, 64>,
    sizes: Cat2<32, 32, 64>,
    low: Cat4<64, 64, 64, 64, 256>,
    high: Cat3<64, 64, 64, 192>,
    whole: Cat2<192, 256, 448>,
    one: Constant<Bits<S>>,
    nought_48: Constant<Bits<48>>,
    nought_64: Constant<Bits<64>>,
    fired_code: Constant<Bits<8>>,
    disarmed_code: Constant<Bits<8>>,
}

impl<const SB: usize, const S: usize> Default for TriggerReport<SB, S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            owes: Default::default(),
            next_slot: Default::default(),
            fired: Default::default(),
            cause: Default::default(),
            names: Default::default(),
            firing: Default::default(),
            told: Default::default(),
            refused: Default::default(),
            refused_slot: Default::default(),
            refused_cause: Default::default(),
            refused_names: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            chosen: Default::default(),
            chosen_slot: Default::default(),
            soonest: Default::default(),
            offered: Default::default(),
            held: Default::default(),
            refusal: Default::default(),
            refusal_slot: Default::default(),
            refusal_cause: Default::default(),
            refusal_names: Default::default(),
            free: Default::default(),
            tells: Default::default(),
            denies: Default::default(),
            leaving: Default::default(),
            who: Default::default(),
            why: Default::default(),
            slot: Default::default(),
            code: Default::default(),
            moment: Default::default(),
            shown: Default::default(),
            compare: Default::default(),
            head: Default::default(),
            named: Default::default(),
            outcome: Default::default(),
            sizes: Default::default(),
            low: Default::default(),
            high: Default::default(),
            whole: Default::default(),
            one: Constant::new(1.into()),
            nought_48: Constant::new(0_u64.into()),
            nought_64: Constant::new(0_u64.into()),
            fired_code: Constant::new((Code::TriggerFired as u64).into()),
            disarmed_code: Constant::new((Code::TriggerDisarmed as u64).into()),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for TriggerReport<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            chosen,
            chosen_slot,
            offered,
            held,
            refusal,
            refusal_slot,
            refusal_cause,
            refusal_names
        );
        // Who is next.
        self.free.next = !self.offered.q.val() | self.entry_ready.val();
        self.denies.next = self.free.val() & self.refusal.q.val();
        self.tells.next = self.free.val() & !self.refusal.q.val() & self.chosen.q.val();
        self.leaving.next = 0.into();
        if self.tells.val() {
            self.leaving.next = self.one.val() << self.chosen_slot.q.val();
        }
        self.soonest.x.next = self.owes.val() & !self.leaving.val();
        self.chosen.d.next = self.soonest.any.val();
        self.chosen_slot.d.next = self.soonest.index.val();
        self.next_slot.next = self.chosen_slot.q.val();
        self.told.next = self.tells.val();

        // Refusals.
        if self.denies.val() {
            self.refusal.d.next = false;
        }
        if self.refused.val() & (!self.refusal.q.val() | self.denies.val()) {
            self.refusal.d.next = true;
            self.refusal_slot.d.next = self.refused_slot.val();
            self.refusal_cause.d.next = self.refused_cause.val();
            self.refusal_names.d.next = self.refused_names.val();
        }

        // The entry.
        self.who.next = self.names.val();
        self.why.next = self.cause.val();
        self.slot.next = bit_cast::<6, SB>(self.chosen_slot.q.val());
        self.code.next = self.disarmed_code.val();
        self.moment.next = self.now.val();
        self.compare.next = 0.into();
        self.shown.next.time = self.nought_48.val();
        self.shown.next.seq = self.nought_64.val();
        self.shown.next.stamp = self.nought_64.val();
        self.shown.next.bid_sz = 0.into();
        self.shown.next.ask_sz = 0.into();
        if self.refusal.q.val() {
            self.who.next = self.refusal_names.q.val();
            self.why.next = self.refusal_cause.q.val();
            self.slot.next = self.refusal_slot.q.val();
        } else if self.fired.val() {
            self.code.next = self.fired_code.val();
            self.shown.next = self.firing.val();
            self.moment.next = self.firing.val().time;
            self.compare.next = self.names.val().compare;
        }
        self.head.a.next = self.code.val();
        self.head.b.next = 0.into();
        self.head.c.next = self.slot.val();
        self.head.d.next = self.moment.val();
        self.named.hi.next = self.who.val().token;
        self.named.lo.next = self.who.val().arm_seq;
        self.outcome.a.next = 0.into();
        self.outcome.b.next = bit_cast::<8, 2>(self.compare.val());
        self.outcome.c.next = bit_cast::<8, 4>(self.why.val());
        self.sizes.hi.next = self.shown.val().ask_sz;
        self.sizes.lo.next = self.shown.val().bid_sz;
        self.low.a.next = self.shown.val().seq;
        self.low.b.next = self.outcome.y.val();
        self.low.c.next = self.named.y.val();
        self.low.d.next = self.head.y.val();
        self.high.a.next = 0.into();
        self.high.b.next = self.sizes.y.val();
        self.high.c.next = self.shown.val().stamp;
        self.whole.hi.next = self.high.y.val();
        self.whole.lo.next = self.low.y.val();
        if self.entry_ready.val() {
            self.offered.d.next = false;
        }
        if self.tells.val() | self.denies.val() {
            self.offered.d.next = true;
            self.held.d.next = self.whole.y.val();
        }
        self.entry_valid.next = self.offered.q.val();
        self.entry.next = self.held.q.val();
        if self.reset.val() {
            self.offered.d.next = false;
            self.chosen.d.next = false;
            self.refusal.d.next = false;
        }
    }
}
