//! From accepted ITCH 5.0 messages to book and trade events; owner of the slot table.
//!
//! ```text
//!           ┌──────┐  ┌────────┐
//!  msg ──┬─►│ Kind ├─►│        │
//!        │  └──────┘  │ Choose ├──────────────────────────►│event│──► order_table
//!        ├─► Fields ─►│        │
//!        │  ┌─────────┴┐ flags │      ┌─────────┐
//!        └─►│ SlotEntry ×2^SB  ├─────►│ Notices ├──► entries for the events ring
//!           └──▲─────────────▲─┘      └─────────┘
//!   csr, stale causes, SLOT_SYNC     sweep of order_table and level_book
//! ```
//!
//! An unknown type or a wrong length is skipped and counted; a wrong length of A F E C X D U makes its slot stale.
//! Book and trade messages of a slot that is not ready count as of another locate. S V W always make an entry,
//! the other administrative types when their slot is subscribed; an R is matched by its symbol and binds its locate.
//! If two slots follow one locate, the lowest gets the events.
//!
//! Subscribing: stale, halted, not ready; both sweeps; ready. `SLOT_SYNC` is accepted when its sequence is the next
//! expected one and the slot is ready and nothing makes it stale in that cycle. A change of state counts from the
//! next message on, `stale_all` for a message in its own cycle already.
//!
//! Latency: 1 cycle from message to event.
//! Back-pressure: none; entries that find their queue full are lost and counted (`notices`).

pub mod choose;
pub mod fields;
pub mod kind;
pub mod notices;
pub mod slot_entry;
pub mod turn;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{Cat2, LutRam};
use crate::types::{EventEntry, FeedEvent, RawMsg};
use choose::Choose;
use contract::reg::{self, slot_state};
use fields::Fields;
use kind::Kind;
use notices::Notices;
use rust_hdl::prelude::*;
use slot_entry::SlotEntry;
use turn::Turn;

/// Cycles from a message to its event.
pub const LATENCY: usize = 1;

const STATES: [u32; 5] = [
    slot_state::READY,
    slot_state::BOUND,
    slot_state::STALE,
    slot_state::GAP,
    slot_state::HALTED,
];

/// `S` = 2^`SB` slots; see the module's text.
#[derive(LogicBlock)]
pub struct ItchDecode<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub msg_valid: Signal<In, Bit>,
    pub msg_data: Signal<In, RawMsg>,
    pub msg_line: Signal<In, Bits<2>>,
    /// Next expected sequence number.
    pub next_seq: Signal<In, Bits<64>>,
    pub stale_all: Signal<In, Bit>,
    /// With `stale_all`: the cause is a gap, else a bad frame.
    pub stale_gap: Signal<In, Bit>,
    pub table_stale: Signal<In, Bit>,
    pub table_stale_slot: Signal<In, Bits<6>>,
    pub table_stale_cause: Signal<In, Bits<8>>,
    pub store_stale: Signal<In, Bit>,
    pub store_stale_slot: Signal<In, Bits<6>>,
    pub store_stale_cause: Signal<In, Bits<8>>,
    /// One cycle: register `slot_register` of slot `slot_index` gets `slot_data`.
    pub slot_write: Signal<In, Bit>,
    pub slot_index: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    /// One cycle: LOCATE of `bind_slot` reads `bind_value` from now on.
    pub bind_write: Signal<Out, Bit>,
    pub bind_slot: Signal<Out, Bits<SB>>,
    pub bind_value: Signal<Out, Bits<32>>,
    /// Slot whose state is read; the answer follows in the same cycle.
    pub read_slot: Signal<In, Bits<SB>>,
    pub read_state: Signal<Out, Bits<32>>,
    /// The message, in its own cycle: it may make an event; references in bytes 11 and 19; it is a U.
    pub ask_valid: Signal<Out, Bit>,
    pub ask_oref: Signal<Out, Bits<64>>,
    pub ask_new_ref: Signal<Out, Bits<64>>,
    pub ask_replaces: Signal<Out, Bit>,
    pub event_valid: Signal<Out, Bit>,
    pub event_data: Signal<Out, FeedEvent>,
    /// Pulse: OFI and EMA state of the slot starts anew.
    pub feature_reset: Signal<Out, Bit>,
    pub feature_reset_slot: Signal<Out, Bits<6>>,
    pub sweep_start: Signal<Out, Bit>,
    pub sweep_slot: Signal<Out, Bits<6>>,
    pub table_sweep_done: Signal<In, Bit>,
    pub store_sweep_done: Signal<In, Bit>,
    pub sweeping: Signal<Out, Bit>,
    // State of all slots, for the gate.
    pub now_ready: Signal<Out, Bits<S>>,
    pub now_stale: Signal<Out, Bits<S>>,
    pub now_gap: Signal<Out, Bits<S>>,
    pub now_halted: Signal<Out, Bits<S>>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    /// Pulses, in the order of `contract::counter`.
    pub count: Signal<Out, Bits<5>>,
    /// Pulse: an administrative entry was lost.
    pub entry_lost: Signal<Out, Bit>,
    kinds: Kind,
    fields: Fields,
    slots: [SlotEntry; S],
    chooser: Choose<S>,
    turns: Turn<SB, S>,
    notices: Notices,
    sync_low: LutRam<Bits<32>, SB>,
    sync_join: Cat2<32, 32, 64>,
    sync_try: DFF<Bit>,
    sync_slot: DFF<Bits<SB>>,
    sync_seq: DFF<Bits<64>>,
    feature_now: DFF<Bit>,
    feature_slot: DFF<Bits<SB>>,
    body: Signal<Local, Bits<400>>,
    is_symbol_lo: Signal<Local, Bit>,
    is_symbol_hi: Signal<Local, Bit>,
    is_locate: Signal<Local, Bit>,
    is_ctrl: Signal<Local, Bit>,
    is_halt: Signal<Local, Bit>,
    is_sync_lo: Signal<Local, Bit>,
    is_sync_hi: Signal<Local, Bit>,
    low_written: Signal<Local, Bit>,
    sync_low_now: Signal<Local, Bits<32>>,
    sync_equal: Signal<Local, Bit>,
    sync_done: Signal<Local, Bit>,
    addressed: [Signal<Local, Bit>; S],
    told: [Signal<Local, Bit>; S],
    at_read: Signal<Local, Bit>,
    told_bits: Signal<Local, Bits<4>>,
    state: Signal<Local, Bits<32>>,
    ready_all: Signal<Local, Bits<S>>,
    stale_each: Signal<Local, Bits<S>>,
    gap_all: Signal<Local, Bits<S>>,
    halted_all: Signal<Local, Bits<S>>,
    index: [Constant<Bits<SB>>; S],
    index_6: [Constant<Bits<6>>; S],
    slot_bit: [Constant<Bits<S>>; S],
    state_bit: [Constant<Bits<32>>; 5],
    reg_symbol_lo: Constant<Bits<5>>,
    reg_symbol_hi: Constant<Bits<5>>,
    reg_locate: Constant<Bits<5>>,
    reg_ctrl: Constant<Bits<5>>,
    reg_halt: Constant<Bits<5>>,
    reg_sync_lo: Constant<Bits<5>>,
    reg_sync_hi: Constant<Bits<5>>,
}

impl<const SB: usize, const S: usize> Default for ItchDecode<SB, S> {
    fn default() -> Self {
        assert_eq!(S, 1 << SB, "ItchDecode: {SB} bits number other than {S} slots");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            msg_valid: Default::default(),
            msg_data: Default::default(),
            msg_line: Default::default(),
            next_seq: Default::default(),
            stale_all: Default::default(),
            stale_gap: Default::default(),
            table_stale: Default::default(),
            table_stale_slot: Default::default(),
            table_stale_cause: Default::default(),
            store_stale: Default::default(),
            store_stale_slot: Default::default(),
            store_stale_cause: Default::default(),
            slot_write: Default::default(),
            slot_index: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            bind_write: Default::default(),
            bind_slot: Default::default(),
            bind_value: Default::default(),
            read_slot: Default::default(),
            read_state: Default::default(),
            ask_valid: Default::default(),
            ask_oref: Default::default(),
            ask_new_ref: Default::default(),
            ask_replaces: Default::default(),
            event_valid: Default::default(),
            event_data: Default::default(),
            feature_reset: Default::default(),
            feature_reset_slot: Default::default(),
            sweep_start: Default::default(),
            sweep_slot: Default::default(),
            table_sweep_done: Default::default(),
            store_sweep_done: Default::default(),
            sweeping: Default::default(),
            now_ready: Default::default(),
            now_stale: Default::default(),
            now_gap: Default::default(),
            now_halted: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            count: Default::default(),
            entry_lost: Default::default(),
            kinds: Default::default(),
            fields: Default::default(),
            slots: std::array::from_fn(|_| Default::default()),
            chooser: Default::default(),
            turns: Default::default(),
            notices: Default::default(),
            sync_low: Default::default(),
            sync_join: Default::default(),
            sync_try: Default::default(),
            sync_slot: Default::default(),
            sync_seq: Default::default(),
            feature_now: Default::default(),
            feature_slot: Default::default(),
            body: Default::default(),
            is_symbol_lo: Default::default(),
            is_symbol_hi: Default::default(),
            is_locate: Default::default(),
            is_ctrl: Default::default(),
            is_halt: Default::default(),
            is_sync_lo: Default::default(),
            is_sync_hi: Default::default(),
            low_written: Default::default(),
            sync_low_now: Default::default(),
            sync_equal: Default::default(),
            sync_done: Default::default(),
            addressed: std::array::from_fn(|_| Default::default()),
            told: std::array::from_fn(|_| Default::default()),
            at_read: Default::default(),
            told_bits: Default::default(),
            state: Default::default(),
            ready_all: Default::default(),
            stale_each: Default::default(),
            gap_all: Default::default(),
            halted_all: Default::default(),
            index: std::array::from_fn(|i| Constant::new((i as u64).into())),
            index_6: std::array::from_fn(|i| Constant::new((i as u64).into())),
            slot_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            state_bit: std::array::from_fn(|i| Constant::new(u64::from(STATES[i]).into())),
            reg_symbol_lo: Constant::new((reg::index(reg::SLOT, "SYMBOL_LO") as u64).into()),
            reg_symbol_hi: Constant::new((reg::index(reg::SLOT, "SYMBOL_HI") as u64).into()),
            reg_locate: Constant::new((reg::index(reg::SLOT, "LOCATE") as u64).into()),
            reg_ctrl: Constant::new((reg::index(reg::SLOT, "SLOT_CTRL") as u64).into()),
            reg_halt: Constant::new((reg::index(reg::SLOT, "HALT_SET") as u64).into()),
            reg_sync_lo: Constant::new((reg::index(reg::SLOT, "SYNC_SEQ_LO") as u64).into()),
            reg_sync_hi: Constant::new((reg::index(reg::SLOT, "SYNC_SEQ_HI") as u64).into()),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for ItchDecode<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            sync_try,
            sync_slot,
            sync_seq,
            feature_now,
            feature_slot
        );
        // The message.
        self.body.next = self.msg_data.val().body;
        self.kinds.valid.next = self.msg_valid.val();
        self.kinds.letter.next = self.body.val().get_bits::<8>(0);
        self.kinds.len.next = self.msg_data.val().len;
        self.kinds.state.next = self.body.val().get_bits::<8>(152);
        self.fields.body.next = self.msg_data.val().body;
        self.fields.code.next = self.kinds.code.val();
        self.ask_valid.next = self.msg_valid.val() & self.kinds.is_event.val();
        self.ask_oref.next = self.fields.first_ref.val();
        self.ask_new_ref.next = self.fields.second_ref.val();
        self.ask_replaces.next = self.fields.is_replace.val();
        self.chooser.clock.next = self.clock.val();
        self.chooser.reset.next = self.reset.val();
        self.chooser.valid.next = self.msg_valid.val();
        self.chooser.known.next = self.kinds.known.val();
        self.chooser.fits.next = self.kinds.fits.val();
        self.chooser.is_event.next = self.kinds.is_event.val();
        self.chooser.is_market.next = self.kinds.is_market.val();
        self.chooser.directory.next = self.kinds.directory.val();
        self.chooser.code.next = self.kinds.code.val();
        self.chooser.seq.next = self.msg_data.val().seq;
        self.chooser.stamp.next = self.msg_data.val().stamp;
        self.chooser.tracking.next = self.fields.tracking.val();
        self.chooser.ts.next = self.fields.ts.val();
        self.chooser.oref.next = self.fields.oref.val();
        self.chooser.new_ref.next = self.fields.new_ref.val();
        self.chooser.buy.next = self.fields.buy.val();
        self.chooser.qty.next = self.fields.qty.val();
        self.chooser.price.next = self.fields.price.val();
        self.chooser.printable.next = self.fields.printable.val();
        self.event_valid.next = self.chooser.event_valid.val();
        self.event_data.next = self.chooser.event_data.val();
        self.count.next = self.chooser.count.val();

        // Register writes.
        self.is_symbol_lo.next =
            self.slot_write.val() & (self.slot_register.val() == self.reg_symbol_lo.val());
        self.is_symbol_hi.next =
            self.slot_write.val() & (self.slot_register.val() == self.reg_symbol_hi.val());
        self.is_locate.next = self.slot_write.val() & (self.slot_register.val() == self.reg_locate.val());
        self.is_ctrl.next = self.slot_write.val() & (self.slot_register.val() == self.reg_ctrl.val());
        self.is_halt.next = self.slot_write.val() & (self.slot_register.val() == self.reg_halt.val());
        self.is_sync_lo.next = self.slot_write.val() & (self.slot_register.val() == self.reg_sync_lo.val());
        self.is_sync_hi.next = self.slot_write.val() & (self.slot_register.val() == self.reg_sync_hi.val());
        for i in 0..S {
            self.addressed[i].next = self.slot_index.val() == self.index[i].val();
            self.slots[i].clock.next = self.clock.val();
            self.slots[i].reset.next = self.reset.val();
            self.slots[i].data.next = self.slot_data.val();
            self.slots[i].write_symbol_lo.next = self.addressed[i].val() & self.is_symbol_lo.val();
            self.slots[i].write_symbol_hi.next = self.addressed[i].val() & self.is_symbol_hi.val();
            self.slots[i].write_locate.next = self.addressed[i].val() & self.is_locate.val();
            self.slots[i].write_ctrl.next = self.addressed[i].val() & self.is_ctrl.val();
            self.slots[i].write_halt.next = self.addressed[i].val() & self.is_halt.val();
            self.slots[i].write_sync_lo.next = self.addressed[i].val() & self.is_sync_lo.val();
        }

        // The message and the other blocks, to every slot.
        self.sync_equal.next = self.sync_seq.q.val() == self.next_seq.val();
        for i in 0..S {
            self.slots[i].locate.next = self.fields.locate.val();
            self.slots[i].symbol.next = self.body.val().get_bits::<64>(88);
            self.slots[i].directory.next = self.kinds.directory.val();
            self.slots[i].action.next = self.kinds.action.val();
            self.slots[i].action_trades.next = self.kinds.action_trades.val();
            self.slots[i].bad_book.next = self.kinds.bad_book.val();
            self.slots[i].stale_all.next = self.stale_all.val();
            self.slots[i].stale_gap.next = self.stale_gap.val();
            self.slots[i].stale_table.next =
                self.table_stale.val() & (self.table_stale_slot.val() == self.index_6[i].val());
            self.slots[i].stale_table_cause.next = self.table_stale_cause.val();
            self.slots[i].stale_store.next =
                self.store_stale.val() & (self.store_stale_slot.val() == self.index_6[i].val());
            self.slots[i].stale_store_cause.next = self.store_stale_cause.val();
            self.slots[i].sync.next = self.sync_try.q.val() & (self.sync_slot.q.val() == self.index[i].val());
            self.slots[i].sync_equal.next = self.sync_equal.val();
            self.chooser.by_locate[i].next = self.slots[i].by_locate.val();
            self.chooser.by_symbol[i].next = self.slots[i].by_symbol.val();
            self.chooser.ready[i].next = self.slots[i].ready.val();
            self.chooser.stale[i].next = self.slots[i].flag_stale.val();
            self.chooser.gap[i].next = self.slots[i].flag_gap.val();
            self.chooser.halted[i].next = self.slots[i].halted.val();
        }

        // Turns and entries.
        self.turns.clock.next = self.clock.val();
        self.turns.reset.next = self.reset.val();
        self.turns.table_sweep_done.next = self.table_sweep_done.val();
        self.turns.store_sweep_done.next = self.store_sweep_done.val();
        self.told_bits.next = self.turns.notice_bits.val();
        for i in 0..S {
            self.turns.wants_sweep[i].next = self.slots[i].wants_sweep.val();
            self.turns.tell_register[i].next = self.slots[i].tell_register.val();
            self.turns.tell_bound[i].next = self.slots[i].tell_bound.val();
            self.turns.tell_ready[i].next = self.slots[i].tell_ready.val();
            self.turns.tell_sync[i].next = self.slots[i].tell_sync.val();
            self.turns.tell_stale[i].next = self.slots[i].tell_stale.val();
            self.turns.sync_result[i].next = self.slots[i].sync_result.val();
            self.turns.cause[i].next = self.slots[i].cause.val();
            self.turns.locate[i].next = self.slots[i].bound_locate.val();
            self.slots[i].sweep_taken.next = self.turns.sweep_taken[i].val();
            self.slots[i].sweep_done.next = self.turns.sweep_done[i].val();
            self.slots[i].told_register.next = self.turns.told_register[i].val();
            self.told[i].next = self.turns.has_turn[i].val() & self.notices.notice_taken.val();
            self.slots[i].told_bound.next = self.told[i].val() & self.told_bits.val().get_bit(0);
            self.slots[i].told_ready.next = self.told[i].val() & self.told_bits.val().get_bit(1);
            self.slots[i].told_sync.next = self.told[i].val() & self.told_bits.val().get_bit(2);
            self.slots[i].told_stale.next = self.told[i].val() & self.told_bits.val().get_bit(3);
        }
        self.sweep_start.next = self.turns.sweep_start.val();
        self.sweep_slot.next = self.turns.sweep_slot.val();
        self.sweeping.next = self.turns.sweeping.val();
        self.bind_write.next = self.turns.bind_write.val();
        self.bind_slot.next = self.turns.bind_slot.val();
        self.bind_value.next = self.turns.bind_value.val();
        self.notices.clock.next = self.clock.val();
        self.notices.reset.next = self.reset.val();
        self.notices.now.next = self.now.val();
        self.notices.admin.next = self.chooser.admits.val();
        self.notices.admin_slot.next = self.chooser.slot.val();
        self.notices.admin_line.next = self.msg_line.val();
        self.notices.admin_seq.next = self.msg_data.val().seq;
        self.notices.admin_body.next = self.body.val().get_bits::<320>(0);
        self.notices.admin_len.next = self.msg_data.val().len;
        self.notices.notice.next = self.turns.notice.val();
        self.notices.notice_code.next = self.turns.notice_code.val();
        self.notices.notice_slot.next = bit_cast::<6, SB>(self.turns.notice_slot.val());
        self.notices.notice_cause.next = self.turns.notice_cause.val();
        self.notices.notice_locate.next = self.turns.notice_locate.val();
        self.notices.notice_seq.next = self.next_seq.val();
        self.notices.entry_ready.next = self.entry_ready.val();
        self.entry_valid.next = self.notices.entry_valid.val();
        self.entry.next = self.notices.entry.val();
        self.entry_lost.next = self.notices.lost.val();

        // State.
        self.state.next = 0.into();
        self.ready_all.next = 0.into();
        self.stale_each.next = 0.into();
        self.gap_all.next = 0.into();
        self.halted_all.next = 0.into();
        for i in 0..S {
            self.at_read.next = self.read_slot.val() == self.index[i].val();
            if self.slots[i].ready.val() {
                self.ready_all.next = self.ready_all.val() | self.slot_bit[i].val();
                if self.at_read.val() {
                    self.state.next = self.state.val() | self.state_bit[0].val();
                }
            }
            if self.slots[i].is_bound.val() & self.at_read.val() {
                self.state.next = self.state.val() | self.state_bit[1].val();
            }
            if self.slots[i].stale.val() {
                self.stale_each.next = self.stale_each.val() | self.slot_bit[i].val();
                if self.at_read.val() {
                    self.state.next = self.state.val() | self.state_bit[2].val();
                }
            }
            if self.slots[i].gap.val() {
                self.gap_all.next = self.gap_all.val() | self.slot_bit[i].val();
                if self.at_read.val() {
                    self.state.next = self.state.val() | self.state_bit[3].val();
                }
            }
            if self.slots[i].halted.val() {
                self.halted_all.next = self.halted_all.val() | self.slot_bit[i].val();
                if self.at_read.val() {
                    self.state.next = self.state.val() | self.state_bit[4].val();
                }
            }
        }
        self.now_ready.next = self.ready_all.val();
        self.now_stale.next = self.stale_each.val();
        self.now_gap.next = self.gap_all.val();
        self.now_halted.next = self.halted_all.val();
        self.read_state.next = self.state.val();

        // SLOT_SYNC: the sequence is complete in the cycle of the write, compared in the next one.
        self.sync_low.clock.next = self.clock.val();
        self.sync_low.write_enable.next = self.is_sync_lo.val();
        self.sync_low.write_address.next = self.slot_index.val();
        self.sync_low.write_data.next = self.slot_data.val();
        self.sync_low.read_address.next = self.slot_index.val();
        self.low_written.next = false;
        self.sync_done.next = false;
        for i in 0..S {
            self.low_written.next =
                self.low_written.val() | (self.addressed[i].val() & self.slots[i].sync_lo_written.val());
            self.sync_done.next = self.sync_done.val() | self.slots[i].sync_accepted.val();
        }
        self.sync_low_now.next = 0.into();
        if self.low_written.val() {
            self.sync_low_now.next = self.sync_low.read_data.val();
        }
        self.sync_join.hi.next = self.slot_data.val();
        self.sync_join.lo.next = self.sync_low_now.val();
        self.sync_try.d.next = self.is_sync_hi.val();
        self.sync_slot.d.next = self.slot_index.val();
        self.sync_seq.d.next = self.sync_join.y.val();
        self.feature_now.d.next = self.sync_done.val();
        self.feature_slot.d.next = self.sync_slot.q.val();
        self.feature_reset.next = self.feature_now.q.val();
        self.feature_reset_slot.next = bit_cast::<6, SB>(self.feature_slot.q.val());
        if self.reset.val() {
            self.sync_try.d.next = false;
            self.feature_now.d.next = false;
        }
    }
}

/// Slots as in the contract.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(ItchDecode::<2, 4>::default()),
        Size::Sim => elaborate(ItchDecode::<4, 16>::default()),
        Size::Alveo => elaborate(ItchDecode::<6, 64>::default()),
    }
}
