//! Every live order by its 64-bit reference: from an event to what it does to the levels of its slot.
//!
//! ```text
//!            stage 0        1            2                  3                       4
//!  asked ──► hash ───► memories ──► tags, rests ──► select, decide, place ──► BookOp, outcome
//!            stash tags  stash select    ▲    ▲                                  │
//!              event ──► Recent ─────────┘    └────────── last two outcomes ◄────┤
//!            ports A, B of all memories ◄── write, at once or a cycle later ◄────┘
//! ```
//!
//! A d-left hash: four banks of two-cell buckets (`contract::order_hash`), 16 orders of overflow in a stash; an
//! order goes to the least loaded of its four buckets, ties to the left, and never moves. A Replace finds its
//! new place before its old order has left. The memories are asked for an event a cycle before it comes (`ask_valid`), from
//! the message that may make one: its references stand in fixed bytes, and whose it is need not be known. All memories are
//! true dual port: a cycle in which they are asked reads the buckets of both references, and another one writes, so two cycles
//! a message suffice for ever. What an event up to four cycles behind would miss, it takes from the last two outcomes
//! (`recent`, `bank`). What an event does, case by case: `resolve`.
//!
//! A reset clears the memories (2^`A` cycles, then `ready`), `sweep_start` those of a slot (`sweep`); no event of
//! the slot may come in between.
//!
//! Latency: `LATENCY` cycles from an event to its operation, always.
//! Back-pressure: none; asked every two cycles or slower, an event only in the cycle behind.

pub mod bank;
pub mod candidate;
pub mod cell;
pub mod cell_ram;
pub mod parts;
pub mod place;
pub mod recent;
pub mod reference_hash;
pub mod resolve;
pub mod stash;
pub mod sweep;

use crate::emit::{Elaborated, Size, elaborate};
use crate::types::{Ahead, BookOp, FeedEvent, Meta};
use bank::Bank;
use contract::record::EventCode;
use parts::{BANKS, Order};
use place::Place;
use recent::Recent;
use reference_hash::ReferenceHash;
use resolve::Resolve;
use rust_hdl::prelude::*;
use stash::Stash;
use sweep::Sweep;

/// Cycles from an event to its operation.
pub const LATENCY: usize = 3;
/// An event up to so many cycles behind another does not see it in the memories.
const BLIND_CYCLES: u64 = 4;

/// The order table with 2^`A` buckets a bank, `A1` = `A` + 1; see the module's text.
#[derive(LogicBlock)]
pub struct OrderTable<const A: usize, const A1: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// An event may come in the next cycle: of this reference (that of an addition, too), with `ask_replaces` with this one added.
    pub ask_valid: Signal<In, Bit>,
    pub ask_oref: Signal<In, Bits<64>>,
    pub ask_new_ref: Signal<In, Bits<64>>,
    pub ask_replaces: Signal<In, Bit>,
    pub event_valid: Signal<In, Bit>,
    pub event_data: Signal<In, FeedEvent>,
    /// An operation comes in the next cycle.
    pub ahead_valid: Signal<Out, Bit>,
    pub ahead: Signal<Out, Ahead>,
    pub op_valid: Signal<Out, Bit>,
    pub op_data: Signal<Out, BookOp>,
    /// Pulses, in the order of `contract::counter`.
    pub count: Signal<Out, Bits<7>>,
    pub stale_valid: Signal<Out, Bit>,
    pub stale_slot: Signal<Out, Bits<6>>,
    /// `contract::event::StaleCause`.
    pub stale_cause: Signal<Out, Bits<8>>,
    pub sweep_start: Signal<In, Bit>,
    pub sweep_slot: Signal<In, Bits<6>>,
    /// Pulse: the slot has no order any more.
    pub sweep_done: Signal<Out, Bit>,
    /// Cleared after the reset; events before are lost.
    pub ready: Signal<Out, Bit>,
    hash_old: ReferenceHash<A>,
    hash_new: ReferenceHash<A>,
    banks: [Bank<A>; BANKS],
    stash: Stash,
    recent: Recent,
    place: Place,
    resolve: Resolve,
    sweeper: Sweep<A, A1>,
    event_s2: DFF<FeedEvent>,
    valid_s2: DFF<Bit>,
    valid_s3: DFF<Bit>,
    adds_s2: DFF<Bit>,
    reduces_s2: DFF<Bit>,
    replaces_s2: DFF<Bit>,
    whole_s2: DFF<Bit>,
    wants_s2: DFF<Bit>,
    trades_s2: DFF<Bit>,
    zero_s2: DFF<Bit>,
    event_s3: DFF<FeedEvent>,
    adds_s3: DFF<Bit>,
    reduces_s3: DFF<Bit>,
    replaces_s3: DFF<Bit>,
    wants_s3: DFF<Bit>,
    trades_s3: DFF<Bit>,
    zero_s3: DFF<Bit>,
    onto_own_s3: DFF<Bit>,
    /// Cycles since the last event and since the one before, up to 7.
    age: DFF<Bits<3>>,
    age_2: DFF<Bits<3>>,
    fresh_1: DFF<Bit>,
    fresh_2: DFF<Bit>,
    pending: DFF<Bit>,
    age_next: Signal<Local, Bits<3>>,
    age_2_next: Signal<Local, Bits<3>>,
    meta: Signal<Local, Meta>,
    code: Signal<Local, Bits<4>>,
    event_qty: Signal<Local, Bits<32>>,
    last_alive: Signal<Local, Bits<1>>,
    last_added: Signal<Local, Bits<1>>,
    slot: Signal<Local, Bits<6>>,
    slot_s2: Signal<Local, Bits<6>>,
    meta_s2: Signal<Local, Meta>,
    old_data: Signal<Local, Order>,
    new_data: Signal<Local, Order>,
    at: Signal<Local, Bits<24>>,
    freed: Signal<Local, Bits<24>>,
    new_at: Signal<Local, Bits<24>>,
    freed_2: Signal<Local, Bits<24>>,
    new_at_2: Signal<Local, Bits<24>>,
    sweep_writes: Signal<Local, Bits<8>>,
    swept: Signal<Local, Bits<8>>,
    bank_found: [Signal<Local, Bits<2>>; BANKS],
    bank_swept: [Signal<Local, Bits<2>>; BANKS],
    bank_at: Signal<Local, Bits<24>>,
    found: Signal<Local, Bit>,
    all: Signal<Local, Bit>,
    dead: Signal<Local, Bit>,
    over: Signal<Local, Bit>,
    found_buy: Signal<Local, Bit>,
    found_price: Signal<Local, Bits<32>>,
    found_qty: Signal<Local, Bits<32>>,
    left: Signal<Local, Bits<32>>,
    found_at: Signal<Local, Bits<24>>,
    stash_at: Signal<Local, Bits<24>>,
    new_live: Signal<Local, Bit>,
    empty: Signal<Local, Bits<4>>,
    free: Signal<Local, Bits<4>>,
    first_taken: Signal<Local, Bits<4>>,
    bank_bit: [Constant<Bits<4>>; BANKS],
    first_cell: [Constant<Bits<8>>; BANKS],
    second_cell: [Constant<Bits<8>>; BANKS],
    first_place: [Constant<Bits<24>>; BANKS],
    second_place: [Constant<Bits<24>>; BANKS],
    blind: Constant<Bits<3>>,
    oldest: Constant<Bits<3>>,
    one: Constant<Bits<3>>,
    add: Constant<Bits<4>>,
    add_mpid: Constant<Bits<4>>,
    execute: Constant<Bits<4>>,
    execute_price: Constant<Bits<4>>,
    cancel: Constant<Bits<4>>,
    delete: Constant<Bits<4>>,
    replace: Constant<Bits<4>>,
    trade: Constant<Bits<4>>,
}

impl<const A: usize, const A1: usize> Default for OrderTable<A, A1> {
    fn default() -> Self {
        let code = |code: EventCode| Constant::new((code as u64).into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            ask_valid: Default::default(),
            ask_oref: Default::default(),
            ask_new_ref: Default::default(),
            ask_replaces: Default::default(),
            event_valid: Default::default(),
            event_data: Default::default(),
            ahead_valid: Default::default(),
            ahead: Default::default(),
            op_valid: Default::default(),
            op_data: Default::default(),
            count: Default::default(),
            stale_valid: Default::default(),
            stale_slot: Default::default(),
            stale_cause: Default::default(),
            sweep_start: Default::default(),
            sweep_slot: Default::default(),
            sweep_done: Default::default(),
            ready: Default::default(),
            hash_old: Default::default(),
            hash_new: Default::default(),
            banks: std::array::from_fn(|_| Default::default()),
            stash: Default::default(),
            recent: Default::default(),
            place: Default::default(),
            resolve: Default::default(),
            sweeper: Default::default(),
            event_s2: Default::default(),
            valid_s2: Default::default(),
            valid_s3: Default::default(),
            adds_s2: Default::default(),
            reduces_s2: Default::default(),
            replaces_s2: Default::default(),
            whole_s2: Default::default(),
            wants_s2: Default::default(),
            trades_s2: Default::default(),
            zero_s2: Default::default(),
            event_s3: Default::default(),
            adds_s3: Default::default(),
            reduces_s3: Default::default(),
            replaces_s3: Default::default(),
            wants_s3: Default::default(),
            trades_s3: Default::default(),
            zero_s3: Default::default(),
            onto_own_s3: Default::default(),
            age: Default::default(),
            age_2: Default::default(),
            fresh_1: Default::default(),
            fresh_2: Default::default(),
            pending: Default::default(),
            age_next: Default::default(),
            age_2_next: Default::default(),
            meta: Default::default(),
            code: Default::default(),
            event_qty: Default::default(),
            last_alive: Default::default(),
            last_added: Default::default(),
            slot: Default::default(),
            slot_s2: Default::default(),
            meta_s2: Default::default(),
            old_data: Default::default(),
            new_data: Default::default(),
            at: Default::default(),
            freed: Default::default(),
            new_at: Default::default(),
            freed_2: Default::default(),
            new_at_2: Default::default(),
            sweep_writes: Default::default(),
            swept: Default::default(),
            bank_found: Default::default(),
            bank_swept: Default::default(),
            bank_at: Default::default(),
            found: Default::default(),
            all: Default::default(),
            dead: Default::default(),
            over: Default::default(),
            found_buy: Default::default(),
            found_price: Default::default(),
            found_qty: Default::default(),
            left: Default::default(),
            found_at: Default::default(),
            stash_at: Default::default(),
            new_live: Default::default(),
            empty: Default::default(),
            free: Default::default(),
            first_taken: Default::default(),
            bank_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            first_cell: std::array::from_fn(|i| Constant::new((1_u64 << (2 * i)).into())),
            second_cell: std::array::from_fn(|i| Constant::new((2_u64 << (2 * i)).into())),
            first_place: std::array::from_fn(|i| Constant::new((1_u64 << (2 * i)).into())),
            second_place: std::array::from_fn(|i| Constant::new((2_u64 << (2 * i)).into())),
            blind: Constant::new(BLIND_CYCLES.into()),
            oldest: Constant::new(7_u64.into()),
            one: Constant::new(1_u64.into()),
            add: code(EventCode::Add),
            add_mpid: code(EventCode::AddMpid),
            execute: code(EventCode::Execute),
            execute_price: code(EventCode::ExecutePrice),
            cancel: code(EventCode::Cancel),
            delete: code(EventCode::Delete),
            replace: code(EventCode::Replace),
            trade: code(EventCode::Trade),
        }
    }
}

impl<const A: usize, const A1: usize> Logic for OrderTable<A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            event_s2,
            valid_s2,
            valid_s3,
            adds_s2,
            reduces_s2,
            replaces_s2,
            whole_s2,
            wants_s2,
            trades_s2,
            zero_s2,
            event_s3,
            adds_s3,
            reduces_s3,
            replaces_s3,
            wants_s3,
            trades_s3,
            zero_s3,
            onto_own_s3,
            age,
            age_2,
            fresh_1,
            fresh_2,
            pending
        );
        // Stage 1: the event, its kind, its distance from the last two.
        self.meta.next = self.event_data.val().meta;
        self.code.next = self.meta.val().event;
        self.event_qty.next = self.event_data.val().qty;
        self.slot.next = self.meta.val().slot;
        self.valid_s2.d.next = self.event_valid.val();
        self.valid_s3.d.next = self.valid_s2.q.val();
        self.age_next.next = self.age.q.val();
        self.age_2_next.next = self.age_2.q.val();
        if self.age.q.val() != self.oldest.val() {
            self.age_next.next = self.age.q.val() + self.one.val();
        }
        if self.age_2.q.val() != self.oldest.val() {
            self.age_2_next.next = self.age_2.q.val() + self.one.val();
        }
        if self.event_valid.val() {
            self.event_s2.d.next = self.event_data.val();
            self.adds_s2.d.next =
                (self.code.val() == self.add.val()) | (self.code.val() == self.add_mpid.val());
            self.reduces_s2.d.next = (self.code.val() == self.execute.val())
                | (self.code.val() == self.execute_price.val())
                | (self.code.val() == self.cancel.val());
            self.replaces_s2.d.next = self.code.val() == self.replace.val();
            self.whole_s2.d.next =
                (self.code.val() == self.delete.val()) | (self.code.val() == self.replace.val());
            self.wants_s2.d.next = (self.code.val() == self.execute.val())
                | (self.code.val() == self.execute_price.val())
                | (self.code.val() == self.cancel.val())
                | (self.code.val() == self.delete.val())
                | (self.code.val() == self.replace.val());
            self.trades_s2.d.next = self.code.val() == self.trade.val();
            self.zero_s2.d.next = !self.event_qty.val().any();
            self.age_2_next.next = self.age_next.val();
            self.age_next.next = self.one.val();
        }
        self.age.d.next = self.age_next.val();
        self.age_2.d.next = self.age_2_next.val();
        self.fresh_1.d.next = self.age_next.val() <= self.blind.val();
        self.fresh_2.d.next = self.age_2_next.val() <= self.blind.val();

        // The event stays in stage 2 for two cycles, then in stage 3.
        self.meta_s2.next = self.event_s2.q.val().meta;
        self.slot_s2.next = self.meta_s2.val().slot;
        if self.valid_s2.q.val() {
            self.event_s3.d.next = self.event_s2.q.val();
            self.adds_s3.d.next = self.adds_s2.q.val();
            self.reduces_s3.d.next = self.reduces_s2.q.val();
            self.replaces_s3.d.next = self.replaces_s2.q.val();
            self.wants_s3.d.next = self.wants_s2.q.val();
            self.trades_s3.d.next = self.trades_s2.q.val();
            self.zero_s3.d.next = self.zero_s2.q.val();
            self.onto_own_s3.d.next =
                self.replaces_s2.q.val() & (self.event_s2.q.val().oref == self.event_s2.q.val().new_ref);
        }

        // The outcome to write.
        self.last_alive.next = self.resolve.last.val().alive;
        self.last_added.next = self.resolve.last.val().added;
        self.at.next = self.resolve.last.val().at;
        self.freed.next = self.resolve.last.val().freed;
        self.new_at.next = self.resolve.last.val().new_at;
        self.freed_2.next = self.resolve.earlier.val().freed;
        self.new_at_2.next = self.resolve.earlier.val().new_at;
        self.old_data.next.live = (self.pending.q.val() & self.last_alive.val().any()).into();
        self.old_data.next.buy = self.resolve.last.val().buy;
        self.old_data.next.slot = self.resolve.last.val().slot;
        self.old_data.next.oref = self.resolve.last.val().oref;
        self.old_data.next.price = self.resolve.last.val().price;
        self.old_data.next.qty = self.resolve.last.val().qty;
        self.new_data.next.live = true.into();
        self.new_data.next.buy = self.resolve.last.val().buy;
        self.new_data.next.slot = self.resolve.last.val().slot;
        self.new_data.next.oref = self.resolve.last.val().new_ref;
        self.new_data.next.price = self.resolve.last.val().new_price;
        self.new_data.next.qty = self.resolve.last.val().new_qty;
        if !self.ask_valid.val() {
            self.pending.d.next = false;
        }
        if self.valid_s3.q.val() {
            self.pending.d.next = true;
        }

        // Banks.
        self.hash_old.reference.next = self.ask_oref.val();
        self.hash_new.reference.next = self.ask_new_ref.val();
        self.banks[0].hash_old.next = self.hash_old.bank_0.val();
        self.banks[1].hash_old.next = self.hash_old.bank_1.val();
        self.banks[2].hash_old.next = self.hash_old.bank_2.val();
        self.banks[3].hash_old.next = self.hash_old.bank_3.val();
        self.banks[0].hash_new.next = self.hash_old.bank_0.val();
        self.banks[1].hash_new.next = self.hash_old.bank_1.val();
        self.banks[2].hash_new.next = self.hash_old.bank_2.val();
        self.banks[3].hash_new.next = self.hash_old.bank_3.val();
        if self.ask_replaces.val() {
            self.banks[0].hash_new.next = self.hash_new.bank_0.val();
            self.banks[1].hash_new.next = self.hash_new.bank_1.val();
            self.banks[2].hash_new.next = self.hash_new.bank_2.val();
            self.banks[3].hash_new.next = self.hash_new.bank_3.val();
        }
        self.sweep_writes.next = self.sweeper.write.val();
        for i in 0..BANKS {
            self.banks[i].clock.next = self.clock.val();
            self.banks[i].ask_valid.next = self.ask_valid.val();
            self.banks[i].valid_s1.next = self.event_valid.val();
            self.banks[i].valid_s2.next = self.valid_s2.q.val();
            self.banks[i].valid_s3.next = self.valid_s3.q.val();
            self.banks[i].follows.next = self.fresh_1.q.val();
            self.banks[i].follows_2.next = self.fresh_2.q.val();
            self.banks[i].oref.next = self.event_s2.q.val().oref;
            self.banks[i].new_ref.next = self.event_s2.q.val().new_ref;
            self.banks[i].slot.next = self.slot_s2.val();
            self.banks[i].request.next = self.event_s2.q.val().qty;
            self.banks[i].whole.next = self.whole_s2.q.val();
            self.banks[i].looks.next = self.recent.looks.val();
            self.banks[i].looks_new.next = self.recent.looks_new.val();
            self.banks[i].pending.next = self.pending.q.val();
            self.banks[i].old_data.next = self.old_data.val();
            self.banks[i].new_data.next = self.new_data.val();
            self.banks[i].old_at.next = self.at.val().get_bits::<2>(i * 2);
            self.banks[i].freed.next = self.freed.val().get_bits::<2>(i * 2);
            self.banks[i].new_at.next = self.new_at.val().get_bits::<2>(i * 2);
            self.banks[i].freed_2.next = self.freed_2.val().get_bits::<2>(i * 2);
            self.banks[i].new_at_2.next = self.new_at_2.val().get_bits::<2>(i * 2);
            self.banks[i].sweep_address.next = self.sweeper.address.val();
            self.banks[i].sweep_write.next = self.sweep_writes.val().get_bits::<2>(i * 2);
            self.banks[i].sweep_slot.next = self.sweeper.slot.val();
        }

        // Stash and recent events.
        self.stash.clock.next = self.clock.val();
        self.stash.reset.next = self.reset.val();
        self.stash.oref.next = self.ask_oref.val();
        self.stash.new_ref.next = self.ask_new_ref.val();
        self.stash.replaces.next = self.ask_replaces.val();
        self.stash.slot.next = self.slot.val();
        self.stash.valid_s1.next = self.event_valid.val();
        self.stash.request.next = self.event_s2.q.val().qty;
        self.stash.whole.next = self.whole_s2.q.val();
        self.stash.looks.next = self.recent.looks.val();
        self.stash.looks_new.next = self.recent.looks_new.val();
        self.stash.fresh.next = self.resolve.fresh.val();
        self.stash.old_at.next = self.at.val().get_bits::<16>(8);
        self.stash.freed.next = self.freed.val().get_bits::<16>(8);
        self.stash.new_at.next = self.new_at.val().get_bits::<16>(8);
        self.stash.old_data.next = self.old_data.val();
        self.stash.new_data.next = self.new_data.val();
        self.stash.sweep.next = self.sweeper.stash.val();
        self.stash.sweep_slot.next = self.sweeper.slot.val();
        self.recent.clock.next = self.clock.val();
        self.recent.valid_s1.next = self.event_valid.val();
        self.recent.follows.next = self.fresh_1.q.val();
        self.recent.follows_2.next = self.fresh_2.q.val();
        self.recent.oref.next = self.event_data.val().oref;
        self.recent.new_ref.next = self.event_data.val().new_ref;
        self.recent.slot.next = self.slot.val();
        self.recent.request.next = self.event_s2.q.val().qty;
        self.recent.whole.next = self.whole_s2.q.val();
        self.recent.wants.next = self.wants_s2.q.val();
        self.recent.last.next = self.resolve.last.val();
        self.recent.earlier.next = self.resolve.earlier.val();
        // Stage 3: one candidate at most is not zero.
        self.found.next = self.recent.found.val();
        self.all.next = self.recent.all.val() | self.stash.all.val();
        self.dead.next = self.recent.dead.val() | self.stash.dead.val();
        self.over.next = self.recent.over.val() | self.stash.over.val();
        self.found_buy.next = self.recent.found_buy.val() | self.stash.found_buy.val();
        self.found_price.next = self.recent.found_price.val() | self.stash.found_price.val();
        self.found_qty.next = self.recent.found_qty.val() | self.stash.found_qty.val();
        self.left.next = self.recent.left.val() | self.stash.left.val();
        self.new_live.next = self.recent.new_live.val() | self.stash.new_live.val();
        self.stash_at.next = bit_cast::<24, 16>(self.stash.found_at.val());
        self.stash_at.next = self.stash_at.val() << 8;
        self.bank_at.next = 0.into();
        self.found.next = self.found.val() | self.stash.found_at.val().any();
        self.empty.next = 0.into();
        self.free.next = 0.into();
        self.first_taken.next = 0.into();
        self.swept.next = 0.into();
        for i in 0..BANKS {
            self.bank_found[i].next = self.banks[i].found.val();
            self.found.next = self.found.val() | self.bank_found[i].val().any();
            self.all.next = self.all.val() | self.banks[i].all.val();
            self.dead.next = self.dead.val() | self.banks[i].dead.val();
            self.over.next = self.over.val() | self.banks[i].over.val();
            self.found_buy.next = self.found_buy.val() | self.banks[i].found_buy.val();
            self.found_price.next = self.found_price.val() | self.banks[i].found_price.val();
            self.found_qty.next = self.found_qty.val() | self.banks[i].found_qty.val();
            self.left.next = self.left.val() | self.banks[i].left.val();
            self.new_live.next = self.new_live.val() | self.banks[i].new_live.val();
            self.bank_swept[i].next = self.banks[i].sweep_match.val();
            if self.bank_found[i].val().get_bit(0) {
                self.bank_at.next = self.bank_at.val() | self.first_place[i].val();
            }
            if self.bank_found[i].val().get_bit(1) {
                self.bank_at.next = self.bank_at.val() | self.second_place[i].val();
            }
            if self.bank_swept[i].val().get_bit(0) {
                self.swept.next = self.swept.val() | self.first_cell[i].val();
            }
            if self.bank_swept[i].val().get_bit(1) {
                self.swept.next = self.swept.val() | self.second_cell[i].val();
            }
            if self.banks[i].empty.val() {
                self.empty.next = self.empty.val() | self.bank_bit[i].val();
            }
            if self.banks[i].free.val() {
                self.free.next = self.free.val() | self.bank_bit[i].val();
            }
            if self.banks[i].first_taken.val() {
                self.first_taken.next = self.first_taken.val() | self.bank_bit[i].val();
            }
        }
        self.found_at.next = self.recent.found_at.val() | self.stash_at.val() | self.bank_at.val();
        self.place.empty.next = self.empty.val();
        self.place.free.next = self.free.val();
        self.place.first_taken.next = self.first_taken.val();
        self.place.spare.next = self.stash.pick.val();
        self.resolve.clock.next = self.clock.val();
        self.resolve.reset.next = self.reset.val();
        self.resolve.valid.next = self.valid_s3.q.val();
        self.resolve.feed_event.next = self.event_s3.q.val();
        self.resolve.adds.next = self.adds_s3.q.val();
        self.resolve.reduces.next = self.reduces_s3.q.val();
        self.resolve.replaces.next = self.replaces_s3.q.val();
        self.resolve.wants.next = self.wants_s3.q.val();
        self.resolve.trades.next = self.trades_s3.q.val();
        self.resolve.zero.next = self.zero_s3.q.val();
        self.resolve.onto_own.next = self.onto_own_s3.q.val();
        self.resolve.found.next = self.found.val();
        self.resolve.all.next = self.all.val();
        self.resolve.dead.next = self.dead.val();
        self.resolve.over.next = self.over.val();
        self.resolve.found_buy.next = self.found_buy.val();
        self.resolve.found_price.next = self.found_price.val();
        self.resolve.found_qty.next = self.found_qty.val();
        self.resolve.left.next = self.left.val();
        self.resolve.found_at.next = self.found_at.val();
        self.resolve.new_live.next = self.new_live.val();
        self.resolve.place.next = self.place.at.val();
        self.resolve.in_stash.next = self.place.in_stash.val();
        self.resolve.nowhere.next = self.place.nowhere.val();
        self.ahead_valid.next = self.valid_s3.q.val();
        self.ahead.next = self.resolve.ahead.val();
        self.op_valid.next = self.resolve.op_valid.val();
        self.op_data.next = self.resolve.op.val();
        self.count.next = self.resolve.count.val();
        self.stale_valid.next = self.resolve.stale_valid.val();
        self.stale_slot.next = self.resolve.stale_slot.val();
        self.stale_cause.next = self.resolve.stale_cause.val();
        // Sweep.
        self.sweeper.clock.next = self.clock.val();
        self.sweeper.reset.next = self.reset.val();
        self.sweeper.start.next = self.sweep_start.val();
        self.sweeper.start_slot.next = self.sweep_slot.val();
        self.sweeper.idle.next = !self.ask_valid.val() & !self.pending.q.val();
        self.sweeper.added.next = self.resolve.fresh.val() & self.last_added.val().any();
        self.sweeper.added_slot.next = self.resolve.last.val().slot;
        self.sweeper.found.next = self.swept.val();
        self.sweep_done.next = self.sweeper.done.val();
        self.ready.next = self.sweeper.ready.val();

        if self.reset.val() {
            self.valid_s2.d.next = false;
            self.valid_s3.d.next = false;
            self.pending.d.next = false;
            self.age.d.next = self.oldest.val();
            self.age_2.d.next = self.oldest.val();
            self.fresh_1.d.next = false;
            self.fresh_2.d.next = false;
        }
    }
}

/// Bucket bits as in the contract.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(OrderTable::<10, 11>::default()),
        Size::Sim => elaborate(OrderTable::<14, 15>::default()),
        Size::Alveo => elaborate(OrderTable::<16, 17>::default()),
    }
}
