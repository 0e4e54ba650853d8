//! Clears the table after a reset, and a slot's orders before it is used anew.
//!
//! ```text
//!  reset ──► Clear ──► Idle ──start──► Guard ──► Scan ◄──► Fix
//!             every     ▲                │        │
//!             bucket    └──── done ◄─────┴────────┘
//! ```
//!
//! Guard waits until no event of the slot is in flight; a slot that never added an order is then done. Scan reads
//! a bucket of every bank in each cycle that no event or pending write needs; a cell of the slot is cleared by
//! Fix. Events of other slots go on meanwhile: they neither move nor touch the slot's orders.
//!
//! Latency: Clear 2^`A` cycles, Scan as many idle cycles and about 4 for each bucket with an order.
//! Back-pressure: `done` is the answer to `start`; a `start` during Clear waits, one at a time.

use super::parts::CELLS;
use rust_hdl::prelude::*;

/// `A` bucket bits, `A1` = `A` + 1; see the module's text.
#[derive(LogicBlock)]
pub struct Sweep<const A: usize, const A1: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub start: Signal<In, Bit>,
    pub start_slot: Signal<In, Bits<6>>,
    pub done: Signal<Out, Bit>,
    /// The table is clear and takes events.
    pub ready: Signal<Out, Bit>,
    /// The memories are free in this cycle.
    pub idle: Signal<In, Bit>,
    /// An order of this slot is added.
    pub added: Signal<In, Bit>,
    pub added_slot: Signal<In, Bits<6>>,
    pub address: Signal<Out, Bits<A>>,
    pub write: Signal<Out, Bits<8>>,
    pub slot: Signal<Out, Bits<6>>,
    /// Cells that hold an order of `slot`, two cycles after they are read.
    pub found: Signal<In, Bits<8>>,
    pub stash: Signal<Out, Bit>,
    clearing: DFF<Bit>,
    guarding: DFF<Bit>,
    scanning: DFF<Bit>,
    fixing: DFF<Bit>,
    wanted: DFF<Bit>,
    wanted_slot: DFF<Bits<6>>,
    used: DFF<Bits<64>>,
    waits: DFF<Bits<4>>,
    count: DFF<Bits<A1>>,
    read_s1: DFF<Bit>,
    read_s2: DFF<Bit>,
    address_s1: DFF<Bits<A>>,
    address_s2: DFF<Bits<A>>,
    fixes: DFF<Bits<8>>,
    finished: DFF<Bit>,
    count_next: Signal<Local, Bits<A1>>,
    address_now: Signal<Local, Bits<A>>,
    past_end: Signal<Local, Bit>,
    used_now: Signal<Local, Bits<64>>,
    waits_next: Signal<Local, Bits<4>>,
    waited: Signal<Local, Bit>,
    added_mask: Signal<Local, Bits<64>>,
    own_mask: Signal<Local, Bits<64>>,
    own_used: Signal<Local, Bits<64>>,
    hit: Signal<Local, Bit>,
    zero_bits: Signal<Local, Bits<8>>,
    one: Constant<Bits<64>>,
    count_step: Constant<Bits<A1>>,
    wait_step: Constant<Bits<4>>,
    guard: Constant<Bits<4>>,
    end_bit: Constant<Bits<A1>>,
}

impl<const A: usize, const A1: usize> Default for Sweep<A, A1> {
    fn default() -> Self {
        assert_eq!(A1, A + 1, "Sweep: the counter has one bit more than an address");
        assert_eq!(CELLS, 8);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            start: Default::default(),
            start_slot: Default::default(),
            done: Default::default(),
            ready: Default::default(),
            idle: Default::default(),
            added: Default::default(),
            added_slot: Default::default(),
            address: Default::default(),
            write: Default::default(),
            slot: Default::default(),
            found: Default::default(),
            stash: Default::default(),
            clearing: Default::default(),
            guarding: Default::default(),
            scanning: Default::default(),
            fixing: Default::default(),
            wanted: Default::default(),
            wanted_slot: Default::default(),
            used: Default::default(),
            waits: Default::default(),
            count: Default::default(),
            read_s1: Default::default(),
            read_s2: Default::default(),
            address_s1: Default::default(),
            address_s2: Default::default(),
            fixes: Default::default(),
            finished: Default::default(),
            count_next: Default::default(),
            address_now: Default::default(),
            past_end: Default::default(),
            used_now: Default::default(),
            waits_next: Default::default(),
            waited: Default::default(),
            added_mask: Default::default(),
            own_mask: Default::default(),
            own_used: Default::default(),
            hit: Default::default(),
            zero_bits: Default::default(),
            one: Constant::new(1_u64.into()),
            count_step: Constant::new(1_u64.into()),
            wait_step: Constant::new(1_u64.into()),
            guard: Constant::new(12_u64.into()),
            end_bit: Constant::new((1_u64 << A).into()),
        }
    }
}

impl<const A: usize, const A1: usize> Logic for Sweep<A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            clearing,
            guarding,
            scanning,
            fixing,
            wanted,
            wanted_slot,
            used,
            waits,
            count,
            read_s1,
            read_s2,
            address_s1,
            address_s2,
            fixes,
            finished
        );
        self.added_mask.next = self.one.val() << bit_cast::<64, 6>(self.added_slot.val());
        self.own_mask.next = self.one.val() << bit_cast::<64, 6>(self.wanted_slot.q.val());
        self.own_used.next = self.used.q.val() & self.own_mask.val();
        self.count_next.next = self.count.q.val() + self.count_step.val();
        self.address_now.next = self.count.q.val().get_bits::<A>(0);
        self.past_end.next = (self.count.q.val() & self.end_bit.val()).any();
        self.waits_next.next = self.waits.q.val() + self.wait_step.val();
        self.waited.next = self.waits.q.val() == self.guard.val();
        self.hit.next = self.read_s2.q.val() & self.found.val().any();
        self.zero_bits.next = 0.into();
        self.address.next = self.address_now.val();
        self.slot.next = self.wanted_slot.q.val();
        self.write.next = 0.into();
        self.stash.next = false;
        self.ready.next = true;
        self.done.next = self.finished.q.val();
        self.finished.d.next = false;
        self.read_s1.d.next = false;
        self.read_s2.d.next = self.read_s1.q.val();
        self.address_s1.d.next = self.address_now.val();
        self.address_s2.d.next = self.address_s1.q.val();
        self.used_now.next = self.used.q.val();
        if self.added.val() {
            self.used_now.next = self.used.q.val() | self.added_mask.val();
        }
        self.used.d.next = self.used_now.val();
        if self.clearing.q.val() {
            self.ready.next = false;
            self.write.next = !self.zero_bits.val();
            if self.idle.val() {
                self.count.d.next = self.count_next.val();
            }
            if self.past_end.val() {
                self.clearing.d.next = false;
            }
        } else {
            if !self.guarding.q.val() & !self.scanning.q.val() & !self.fixing.q.val() {
                self.waits.d.next = 0.into();
                self.count.d.next = 0.into();
                self.guarding.d.next = self.wanted.q.val();
            }
        }
        if self.guarding.q.val() {
            self.waits.d.next = self.waits_next.val();
            if self.waited.val() {
                self.stash.next = true;
                self.guarding.d.next = false;
                if self.own_used.val().any() {
                    self.scanning.d.next = true;
                } else {
                    self.finished.d.next = true;
                    self.wanted.d.next = false;
                }
            }
        }
        if self.scanning.q.val() {
            if self.hit.val() {
                self.scanning.d.next = false;
                self.fixing.d.next = true;
                self.fixes.d.next = self.found.val();
                self.count.d.next = bit_cast::<A1, A>(self.address_s2.q.val());
                self.read_s2.d.next = false;
            } else {
                if self.past_end.val() {
                    if !self.read_s1.q.val() & !self.read_s2.q.val() {
                        self.scanning.d.next = false;
                        self.finished.d.next = true;
                        self.wanted.d.next = false;
                        self.used.d.next = self.used_now.val() & !self.own_mask.val();
                    }
                } else {
                    if self.idle.val() {
                        self.read_s1.d.next = true;
                        self.count.d.next = self.count_next.val();
                    }
                }
            }
        }
        if self.fixing.q.val() {
            self.write.next = self.fixes.q.val();
            if self.idle.val() {
                self.fixing.d.next = false;
                self.scanning.d.next = true;
                self.count.d.next = self.count_next.val();
            }
        }
        if self.start.val() {
            self.wanted.d.next = true;
            self.wanted_slot.d.next = self.start_slot.val();
        }
        if self.reset.val() {
            self.clearing.d.next = true;
            self.guarding.d.next = false;
            self.scanning.d.next = false;
            self.fixing.d.next = false;
            self.count.d.next = 0.into();
            self.wanted.d.next = false;
            self.used.d.next = 0.into();
            self.finished.d.next = false;
        }
    }
}
