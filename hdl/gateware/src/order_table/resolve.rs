//! What an event does, once its orders are looked up: the operation on the levels, the outcome to write, anomalies.
//!
//! | case | levels | changed | counted | stale |
//! |---|---|---|---|---|
//! | A F | added | yes | | |
//! | A F of a live reference | – | no | `duplicate_add` | |
//! | A F of quantity 0 | – | no | `zero_quantity` | |
//! | A F without a place | – | no | `table_overflow` | yes |
//! | E C X | what it takes, at most what is there | yes | `over_execution` if clamped | if clamped |
//! | D | the order | yes | | |
//! | U | the old order, the new one | yes | | |
//! | U onto another live reference | the old order | yes | `replace_onto_live` | yes |
//! | U to quantity 0 | the old order | yes | `zero_quantity` | |
//! | U without a place for the new one | the old order | yes | `table_overflow` | yes |
//! | E C X D U of a reference unknown in the slot | – | no | `dangling` | |
//! | P Q | – | no | | |
//!
//! A slot that turns stale is flagged from the next event on; the events that were decoded before `itch_decode`
//! learns of it are flagged here.
//!
//! Latency: stage 3 in, registered. Back-pressure: none.

use super::parts::Outcome;
use crate::types::{Ahead, BookOp, FeedEvent, Meta};
use contract::event::StaleCause;
use contract::record::flag;
use rust_hdl::prelude::*;

/// Cycles after a cause in which an event in stage 3 was decoded before its slot was marked stale.
pub const LATE: usize = 4;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Resolve {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub valid: Signal<In, Bit>,
    pub feed_event: Signal<In, FeedEvent>,
    // Kinds: A F; E C X; U; E C X D U; P.
    pub adds: Signal<In, Bit>,
    pub reduces: Signal<In, Bit>,
    pub replaces: Signal<In, Bit>,
    pub wants: Signal<In, Bit>,
    pub trades: Signal<In, Bit>,
    pub zero: Signal<In, Bit>,
    /// U onto the reference it names.
    pub onto_own: Signal<In, Bit>,
    // The order named.
    pub found: Signal<In, Bit>,
    pub all: Signal<In, Bit>,
    pub dead: Signal<In, Bit>,
    pub over: Signal<In, Bit>,
    pub found_buy: Signal<In, Bit>,
    pub found_price: Signal<In, Bits<32>>,
    pub found_qty: Signal<In, Bits<32>>,
    pub left: Signal<In, Bits<32>>,
    pub found_at: Signal<In, Bits<24>>,
    // The order added.
    pub new_live: Signal<In, Bit>,
    pub place: Signal<In, Bits<24>>,
    pub in_stash: Signal<In, Bit>,
    pub nowhere: Signal<In, Bit>,
    /// What is known before the order named is chosen: of a Replace not the side.
    pub ahead: Signal<Out, Ahead>,
    // Stage 4.
    pub op_valid: Signal<Out, Bit>,
    pub op: Signal<Out, BookOp>,
    pub count: Signal<Out, Bits<7>>,
    pub stale_valid: Signal<Out, Bit>,
    pub stale_slot: Signal<Out, Bits<6>>,
    pub stale_cause: Signal<Out, Bits<8>>,
    pub last: Signal<Out, Outcome>,
    pub earlier: Signal<Out, Outcome>,
    /// `last` is new in this cycle.
    pub fresh: Signal<Out, Bit>,
    op_s4: DFF<BookOp>,
    valid_s4: DFF<Bit>,
    count_s4: DFF<Bits<7>>,
    stale_s4: DFF<Bit>,
    cause_s4: DFF<Bits<8>>,
    last_s4: DFF<Outcome>,
    earlier_s4: DFF<Outcome>,
    late: [DFF<Bit>; LATE],
    late_slot: [DFF<Bits<6>>; LATE],
    meta: Signal<Local, Meta>,
    slot: Signal<Local, Bits<6>>,
    flags: Signal<Local, Bits<6>>,
    late_hit: Signal<Local, Bit>,
    late_same: Signal<Local, Bit>,
    clash: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    adding: Signal<Local, Bit>,
    added: Signal<Local, Bit>,
    lost: Signal<Local, Bit>,
    dangling: Signal<Local, Bit>,
    duplicate: Signal<Local, Bit>,
    nothing: Signal<Local, Bit>,
    onto_live: Signal<Local, Bit>,
    stashed: Signal<Local, Bit>,
    stale: Signal<Local, Bit>,
    cause: Signal<Local, Bits<8>>,
    buy: Signal<Local, Bit>,
    taken: Signal<Local, Bits<32>>,
    trade: Signal<Local, Bit>,
    counts: Signal<Local, Bits<7>>,
    outcome: Signal<Local, Outcome>,
    no_place: Signal<Local, Bits<24>>,
    event_buy: Signal<Local, Bits<1>>,
    event_printable: Signal<Local, Bits<1>>,
    count_bit: [Constant<Bits<7>>; 7],
    stale_flag: Constant<Bits<6>>,
    cause_overflow: Constant<Bits<8>>,
    cause_onto_live: Constant<Bits<8>>,
    cause_over: Constant<Bits<8>>,
}

impl Default for Resolve {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            valid: Default::default(),
            feed_event: Default::default(),
            adds: Default::default(),
            reduces: Default::default(),
            replaces: Default::default(),
            wants: Default::default(),
            trades: Default::default(),
            zero: Default::default(),
            onto_own: Default::default(),
            found: Default::default(),
            all: Default::default(),
            dead: Default::default(),
            over: Default::default(),
            found_buy: Default::default(),
            found_price: Default::default(),
            found_qty: Default::default(),
            left: Default::default(),
            found_at: Default::default(),
            new_live: Default::default(),
            place: Default::default(),
            in_stash: Default::default(),
            nowhere: Default::default(),
            ahead: Default::default(),
            op_valid: Default::default(),
            op: Default::default(),
            count: Default::default(),
            stale_valid: Default::default(),
            stale_slot: Default::default(),
            stale_cause: Default::default(),
            last: Default::default(),
            earlier: Default::default(),
            fresh: Default::default(),
            op_s4: Default::default(),
            valid_s4: Default::default(),
            count_s4: Default::default(),
            stale_s4: Default::default(),
            cause_s4: Default::default(),
            last_s4: Default::default(),
            earlier_s4: Default::default(),
            late: Default::default(),
            late_slot: Default::default(),
            meta: Default::default(),
            slot: Default::default(),
            flags: Default::default(),
            late_hit: Default::default(),
            late_same: Default::default(),
            clash: Default::default(),
            asks: Default::default(),
            adding: Default::default(),
            added: Default::default(),
            lost: Default::default(),
            dangling: Default::default(),
            duplicate: Default::default(),
            nothing: Default::default(),
            onto_live: Default::default(),
            stashed: Default::default(),
            stale: Default::default(),
            cause: Default::default(),
            buy: Default::default(),
            taken: Default::default(),
            trade: Default::default(),
            counts: Default::default(),
            no_place: Default::default(),
            outcome: Default::default(),
            event_buy: Default::default(),
            event_printable: Default::default(),
            count_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            stale_flag: Constant::new(u64::from(flag::STALE).into()),
            cause_overflow: Constant::new((StaleCause::TableOverflow as u64).into()),
            cause_onto_live: Constant::new((StaleCause::ReplaceOntoLive as u64).into()),
            cause_over: Constant::new((StaleCause::OverExecution as u64).into()),
        }
    }
}

impl Logic for Resolve {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, op_s4, valid_s4, count_s4, stale_s4, cause_s4, last_s4, earlier_s4
        );
        self.meta.next = self.feed_event.val().meta;
        self.slot.next = self.meta.val().slot;
        self.event_buy.next = self.feed_event.val().buy;
        self.event_printable.next = self.feed_event.val().printable;

        self.ahead.next.slot = self.meta.val().slot;
        self.ahead.next.price = self.feed_event.val().price;
        self.ahead.next.bid = (self.replaces.val() | (self.adds.val() & self.event_buy.val().any())).into();
        self.ahead.next.ask = (self.replaces.val() | (self.adds.val() & !self.event_buy.val().any())).into();

        // What the event does.
        self.clash.next = self.new_live.val() & !self.onto_own.val();
        self.asks.next = self.adds.val() | (self.replaces.val() & self.found.val());
        self.adding.next = self.asks.val() & !self.clash.val() & !self.zero.val();
        self.added.next = self.adding.val() & !self.nowhere.val();
        self.lost.next = self.adding.val() & self.nowhere.val();
        self.dangling.next = self.wants.val() & !self.found.val();
        self.duplicate.next = self.adds.val() & self.clash.val();
        self.nothing.next = self.asks.val() & !self.clash.val() & self.zero.val();
        self.onto_live.next = self.replaces.val() & self.found.val() & self.clash.val();
        self.stashed.next = self.added.val() & self.in_stash.val();
        self.buy.next = self.event_buy.val().any();
        if self.found.val() {
            self.buy.next = self.found_buy.val();
        }
        self.taken.next = self.feed_event.val().qty;
        if self.all.val() {
            self.taken.next = self.found_qty.val();
        }
        self.trade.next =
            self.event_printable.val().any() & (self.trades.val() | (self.found.val() & self.reduces.val()));

        // Anomalies.
        self.cause.next = 0.into();
        if self.over.val() {
            self.cause.next = self.cause_over.val();
        }
        if self.onto_live.val() {
            self.cause.next = self.cause_onto_live.val();
        }
        if self.lost.val() {
            self.cause.next = self.cause_overflow.val();
        }
        self.stale.next = self.valid.val() & (self.over.val() | self.onto_live.val() | self.lost.val());
        self.counts.next = 0.into();
        if self.valid.val() {
            if self.dangling.val() {
                self.counts.next = self.counts.val() | self.count_bit[0].val();
            }
            if self.duplicate.val() {
                self.counts.next = self.counts.val() | self.count_bit[1].val();
            }
            if self.nothing.val() {
                self.counts.next = self.counts.val() | self.count_bit[2].val();
            }
            if self.over.val() {
                self.counts.next = self.counts.val() | self.count_bit[3].val();
            }
            if self.onto_live.val() {
                self.counts.next = self.counts.val() | self.count_bit[4].val();
            }
            if self.stashed.val() {
                self.counts.next = self.counts.val() | self.count_bit[5].val();
            }
            if self.lost.val() {
                self.counts.next = self.counts.val() | self.count_bit[6].val();
            }
        }
        self.late_hit.next = false;
        for i in 0..LATE {
            self.late[i].clock.next = self.clock.val();
            self.late_slot[i].clock.next = self.clock.val();
            self.late_same.next = self.late_slot[i].q.val() == self.slot.val();
            self.late_hit.next = self.late_hit.val() | (self.late[i].q.val() & self.late_same.val());
        }
        self.late[0].d.next = self.stale.val();
        self.late_slot[0].d.next = self.slot.val();
        for i in 1..LATE {
            self.late[i].d.next = self.late[i - 1].q.val();
            self.late_slot[i].d.next = self.late_slot[i - 1].q.val();
        }
        self.flags.next = self.meta.val().flags;
        if self.late_hit.val() {
            self.flags.next = self.flags.val() | self.stale_flag.val();
        }

        // The operation.
        self.meta.next.flags = self.flags.val();
        self.op_s4.d.next.meta = self.meta.val();
        self.op_s4.d.next.changed = (self.found.val() | (self.adds.val() & self.added.val())).into();
        self.op_s4.d.next.buy = self.buy.val().into();
        self.op_s4.d.next.rem_valid = (self.found.val() & !(self.reduces.val() & self.zero.val())).into();
        self.op_s4.d.next.rem_px = self.found_price.val();
        self.op_s4.d.next.rem_qty = self.taken.val();
        self.op_s4.d.next.add_valid = self.added.val().into();
        self.op_s4.d.next.add_px = self.feed_event.val().price;
        self.op_s4.d.next.add_qty = self.feed_event.val().qty;
        self.op_s4.d.next.trade = self.trade.val().into();
        self.op_s4.d.next.trade_qty = self.taken.val();
        self.valid_s4.d.next = self.valid.val();
        self.count_s4.d.next = self.counts.val();
        self.stale_s4.d.next = self.stale.val();
        self.cause_s4.d.next = self.cause.val();

        // The outcome, to be written and to speak for its references until the memories show it.
        self.no_place.next = 0.into();
        self.outcome.next.found = self.found.val().into();
        self.outcome.next.alive = (!self.dead.val()).into();
        self.outcome.next.added = self.added.val().into();
        self.outcome.next.buy = self.buy.val().into();
        self.outcome.next.slot = self.slot.val();
        self.outcome.next.oref = self.feed_event.val().oref;
        self.outcome.next.new_ref = self.feed_event.val().new_ref;
        self.outcome.next.price = self.found_price.val();
        self.outcome.next.qty = self.left.val();
        self.outcome.next.new_price = self.feed_event.val().price;
        self.outcome.next.new_qty = self.feed_event.val().qty;
        self.outcome.next.at = self.found_at.val();
        self.outcome.next.freed = self.no_place.val();
        if self.dead.val() {
            self.outcome.next.freed = self.found_at.val();
        }
        self.outcome.next.new_at = self.no_place.val();
        if self.added.val() {
            self.outcome.next.new_at = self.place.val();
        }
        if self.valid.val() {
            self.last_s4.d.next = self.outcome.val();
            self.earlier_s4.d.next = self.last_s4.q.val();
        }
        if self.reset.val() {
            self.valid_s4.d.next = false;
            self.count_s4.d.next = 0.into();
            self.stale_s4.d.next = false;
            for i in 0..LATE {
                self.late[i].d.next = false;
            }
        }
        self.op_valid.next = self.valid_s4.q.val();
        self.op.next = self.op_s4.q.val();
        self.count.next = self.count_s4.q.val();
        self.stale_valid.next = self.stale_s4.q.val();
        self.stale_slot.next = self.late_slot[0].q.val();
        self.stale_cause.next = self.cause_s4.q.val();
        self.last.next = self.last_s4.q.val();
        self.earlier.next = self.earlier_s4.q.val();
        self.fresh.next = self.valid_s4.q.val();
    }
}
