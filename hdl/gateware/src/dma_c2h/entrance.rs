//! Records in, entries out: whole records are queued or skipped here, never split.
//!
//! ```text
//!  record ─► assemble ─┬─► queue of 2^A records ─┬─► entry of part 0..3 ─► entry
//!                      └── bypass while idle ────┘
//!     full ─► skipped: count and flag of the slot
//! ```
//!
//! A record that meets a full queue is skipped: it is counted, and the next record of its slot that is queued carries the
//! `skipped` flag. A record while the ring is off is refused (`refused`), which is not a skip.
//!
//! Latency: 0 cycles from a record to its core entry while nothing waits.
//! Back-pressure: `take` low holds the entry; the record side has none.

use super::assemble::Assemble;
use super::item::{EntryOf, RecordItem};
use crate::prim::{LutRam, LutRam2};
use crate::types::{BookView, Meta};
use contract::reg::{SLOT, index, slot_ctrl};
use rust_hdl::prelude::*;

/// See the module's text. `SB` bits of a slot index, `NS = 2^SB`; the queue holds `2^A` records, `A1 = A + 1`.
#[derive(LogicBlock)]
pub struct Entrance<const SB: usize, const NS: usize, const A: usize, const A1: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub on: Signal<In, Bit>,
    /// One cycle: a record of this view and features.
    pub emit: Signal<In, Bit>,
    pub view: Signal<In, BookView>,
    pub features: Signal<In, Bits<256>>,
    /// Register broadcast of `csr`.
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    /// Slot whose count `now_skipped` is.
    pub read_slot: Signal<In, Bits<SB>>,
    pub now_skipped: Signal<Out, Bits<32>>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry: Signal<Out, Bits<448>>,
    /// The entry is a core entry.
    pub entry_core: Signal<Out, Bit>,
    pub take: Signal<In, Bit>,
    /// Nothing waits.
    pub empty: Signal<Out, Bit>,
    /// One cycle: a record was skipped.
    pub skipped: Signal<Out, Bit>,
    /// One cycle: a record came while the ring was off.
    pub refused: Signal<Out, Bit>,
    assemble: Assemble,
    queue: LutRam<RecordItem, A>,
    entry_of: EntryOf,
    counts: LutRam2<Bits<32>, SB>,
    levels_on: DFF<Bits<NS>>,
    flag_due: DFF<Bits<NS>>,
    counted: DFF<Bits<NS>>,
    write_at: DFF<Bits<A>>,
    read_at: DFF<Bits<A>>,
    waiting: DFF<Bits<A1>>,
    part: DFF<Bits<2>>,
    meta: Signal<Local, Meta>,
    meta_slot: Signal<Local, Bits<6>>,
    record_slot: Signal<Local, Bits<SB>>,
    slot_bit: Signal<Local, Bits<NS>>,
    cfg_bit: Signal<Local, Bits<NS>>,
    levels_bit: Signal<Local, Bit>,
    old_count: Signal<Local, Bits<32>>,
    new_count: Signal<Local, Bits<32>>,
    full: Signal<Local, Bit>,
    idle: Signal<Local, Bit>,
    accept: Signal<Local, Bit>,
    skip: Signal<Local, Bit>,
    item: Signal<Local, RecordItem>,
    with_levels: Signal<Local, Bits<1>>,
    is_last: Signal<Local, Bit>,
    valid: Signal<Local, Bit>,
    push: Signal<Local, Bit>,
    pop: Signal<Local, Bit>,
    ctrl_index: Constant<Bits<5>>,
    levels_mask: Constant<Bits<32>>,
    one_slot: Constant<Bits<NS>>,
    one: Constant<Bits<32>>,
    one_at: Constant<Bits<A>>,
    one_waiting: Constant<Bits<A1>>,
    capacity: Constant<Bits<A1>>,
    one_part: Constant<Bits<2>>,
}

impl<const SB: usize, const NS: usize, const A: usize, const A1: usize> Default for Entrance<SB, NS, A, A1> {
    fn default() -> Self {
        assert!(NS == 1 << SB && A1 == A + 1, "Entrance: {SB} {NS} {A} {A1}");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            on: Default::default(),
            emit: Default::default(),
            view: Default::default(),
            features: Default::default(),
            slot_write: Default::default(),
            slot: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            read_slot: Default::default(),
            now_skipped: Default::default(),
            entry_valid: Default::default(),
            entry: Default::default(),
            entry_core: Default::default(),
            take: Default::default(),
            empty: Default::default(),
            skipped: Default::default(),
            refused: Default::default(),
            assemble: Default::default(),
            queue: Default::default(),
            entry_of: Default::default(),
            counts: Default::default(),
            levels_on: Default::default(),
            flag_due: Default::default(),
            counted: Default::default(),
            write_at: Default::default(),
            read_at: Default::default(),
            waiting: Default::default(),
            part: Default::default(),
            meta: Default::default(),
            meta_slot: Default::default(),
            record_slot: Default::default(),
            slot_bit: Default::default(),
            cfg_bit: Default::default(),
            levels_bit: Default::default(),
            old_count: Default::default(),
            new_count: Default::default(),
            full: Default::default(),
            idle: Default::default(),
            accept: Default::default(),
            skip: Default::default(),
            item: Default::default(),
            with_levels: Default::default(),
            is_last: Default::default(),
            valid: Default::default(),
            push: Default::default(),
            pop: Default::default(),
            ctrl_index: Constant::new((index(SLOT, "SLOT_CTRL") as u64).into()),
            levels_mask: Constant::new(u64::from(slot_ctrl::LEVELS).into()),
            one_slot: Constant::new(1.into()),
            one: Constant::new(1.into()),
            one_at: Constant::new(1.into()),
            one_waiting: Constant::new(1.into()),
            capacity: Constant::new((1u64 << A).into()),
            one_part: Constant::new(1.into()),
        }
    }
}

impl<const SB: usize, const NS: usize, const A: usize, const A1: usize> Logic for Entrance<SB, NS, A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, levels_on, flag_due, counted, write_at, read_at, waiting, part
        );
        self.queue.clock.next = self.clock.val();
        self.counts.clock.next = self.clock.val();

        // which slots want levels, from the broadcast of their SLOT_CTRL
        self.cfg_bit.next = self.one_slot.val() << self.slot.val();
        self.levels_bit.next = (self.slot_data.val() & self.levels_mask.val()).any();
        if self.slot_write.val() & (self.slot_register.val() == self.ctrl_index.val()) {
            self.levels_on.d.next = self.levels_on.q.val() & !self.cfg_bit.val();
            if self.levels_bit.val() {
                self.levels_on.d.next = self.levels_on.q.val() | self.cfg_bit.val();
            }
        }

        // queue or skip
        self.meta.next = self.view.val().meta;
        self.meta_slot.next = self.meta.val().slot;
        self.record_slot.next = self.meta_slot.val().get_bits::<SB>(0);
        self.slot_bit.next = self.one_slot.val() << self.record_slot.val();
        self.full.next = (self.waiting.q.val() & self.capacity.val()).any();
        self.accept.next = self.emit.val() & self.on.val() & !self.full.val();
        self.skip.next = self.emit.val() & self.on.val() & self.full.val();
        self.skipped.next = self.skip.val();
        self.refused.next = self.emit.val() & !self.on.val();
        self.counts.read_address.next = self.record_slot.val();
        self.old_count.next = 0.into();
        if (self.counted.q.val() & self.slot_bit.val()).any() {
            self.old_count.next = self.counts.read_data.val();
        }
        self.new_count.next = self.old_count.val();
        if !self.old_count.val().all() {
            self.new_count.next = self.old_count.val() + self.one.val();
        }
        self.counts.write_enable.next = self.skip.val();
        self.counts.write_address.next = self.record_slot.val();
        self.counts.write_data.next = self.new_count.val();
        if self.skip.val() {
            self.counted.d.next = self.counted.q.val() | self.slot_bit.val();
            self.flag_due.d.next = self.flag_due.q.val() | self.slot_bit.val();
        }
        if self.accept.val() {
            self.flag_due.d.next = self.flag_due.q.val() & !self.slot_bit.val();
        }
        self.counts.read2_address.next = self.read_slot.val();
        self.now_skipped.next = 0.into();
        // lint-hdl: allow(slice): as many bits as slots
        if self.counted.q.val().get_bit(self.read_slot.val().index()) {
            self.now_skipped.next = self.counts.read2_data.val();
        }

        self.assemble.view.next = self.view.val();
        self.assemble.features.next = self.features.val();
        self.assemble.with_levels.next = (self.levels_on.q.val() & self.slot_bit.val()).any();
        self.assemble.flag_skipped.next = (self.flag_due.q.val() & self.slot_bit.val()).any();
        self.assemble.skipped.next = self.old_count.val();

        // the oldest record, or the one just coming
        self.idle.next = !self.waiting.q.val().any();
        self.empty.next = self.idle.val();
        self.queue.write_address.next = self.write_at.q.val();
        self.queue.write_data.next = self.assemble.item.val();
        self.queue.read_address.next = self.read_at.q.val();
        self.item.next = self.queue.read_data.val();
        self.valid.next = true;
        if self.idle.val() {
            self.item.next = self.assemble.item.val();
            self.valid.next = self.accept.val();
        }
        self.entry_of.core.next = self.item.val().core;
        self.entry_of.levels.next = self.item.val().levels;
        self.entry_of.stamp.next = self.item.val().stamp;
        self.entry_of.msg_seq.next = self.item.val().msg_seq;
        self.entry_of.tracking.next = self.item.val().tracking;
        self.entry_of.skipped.next = self.item.val().skipped;
        self.entry_of.part.next = self.part.q.val();
        self.entry.next = self.entry_of.payload.val();
        self.entry_valid.next = self.valid.val();
        self.entry_core.next = !self.part.q.val().any();

        self.with_levels.next = self.item.val().with_levels;
        self.is_last.next = self.part.q.val().all() | !self.with_levels.val().any();
        self.push.next = self.accept.val();
        self.pop.next = false;
        if self.valid.val() & self.take.val() {
            self.part.d.next = self.part.q.val() + self.one_part.val();
            if self.is_last.val() {
                self.part.d.next = 0.into();
                self.pop.next = !self.idle.val();
                if self.idle.val() {
                    self.push.next = false;
                }
            }
        }
        // What passes the queue by is written over by the next that does not: so the enable waits for no decision.
        self.queue.write_enable.next = self.accept.val();
        if self.push.val() {
            self.write_at.d.next = self.write_at.q.val() + self.one_at.val();
        }
        if self.pop.val() {
            self.read_at.d.next = self.read_at.q.val() + self.one_at.val();
        }
        if self.push.val() & !self.pop.val() {
            self.waiting.d.next = self.waiting.q.val() + self.one_waiting.val();
        }
        if self.pop.val() & !self.push.val() {
            self.waiting.d.next = self.waiting.q.val() - self.one_waiting.val();
        }
        if self.reset.val() {
            self.levels_on.d.next = 0.into();
            self.flag_due.d.next = 0.into();
            self.counted.d.next = 0.into();
            self.write_at.d.next = 0.into();
            self.read_at.d.next = 0.into();
            self.waiting.d.next = 0.into();
            self.part.d.next = 0.into();
        }
    }
}
