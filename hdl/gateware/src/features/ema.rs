//! Exponential average of each slot: a Q16.16 accumulator in a memory, moved by `(x − acc) / 2^K` toward zero.
//!
//! ```text
//! slot ─► memory ─► held ─┬─► x − acc ─► + step ──┬─► acc
//!            ▲            └◄── forward ───────────┤
//!            └────────────────────────────────────┘
//! ```
//!
//! Latency: 3 cycles from the slot (2 from `x`) to the accumulator after the event. Back-pressure: none; two
//! events are at least two cycles apart, and one that follows at that distance in the same slot is forwarded.

use crate::prim::{LutRam, SignExtend};
use rust_hdl::prelude::*;

/// See the module's text. `H = 33 − K`, `A` address bits of a slot.
#[derive(LogicBlock)]
pub struct Ema<const K: usize, const H: usize, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub valid: Signal<In, Bit>,
    pub slot: Signal<In, Bits<A>>,
    /// The slot was reset since its last event: its accumulator is 0, whatever the memory holds.
    pub fresh: Signal<In, Bit>,
    /// One cycle after `valid`: the accumulator moves.
    pub update_s1: Signal<In, Bit>,
    /// One cycle after `valid`, two's complement.
    pub x_s1: Signal<In, Bits<16>>,
    /// Three cycles after `valid`, two's complement Q16.16.
    pub acc: Signal<Out, Bits<32>>,
    memory: LutRam<Bits<32>, A>,
    valid_s1: DFF<Bit>,
    slot_s1: DFF<Bits<A>>,
    forward_s1: DFF<Bit>,
    held_s1: DFF<Bits<32>>,
    valid_s2: DFF<Bit>,
    slot_s2: DFF<Bits<A>>,
    base_s2: DFF<Bits<32>>,
    error_s2: DFF<Bits<33>>,
    acc_s3: DFF<Bits<32>>,
    same: Signal<Local, Bit>,
    base: Signal<Local, Bits<32>>,
    base_wide: SignExtend<32, 33>,
    target_wide: SignExtend<16, 17>,
    target: Signal<Local, Bits<33>>,
    floor: SignExtend<H, 32>,
    lost: Signal<Local, Bits<K>>,
    carry: Signal<Local, Bit>,
    addend_a: Signal<Local, Bits<33>>,
    addend_b: Signal<Local, Bits<33>>,
    one: Signal<Local, Bits<33>>,
    sum: Signal<Local, Bits<33>>,
    moved: Signal<Local, Bits<32>>,
    shift: Constant<Bits<6>>,
}

impl<const K: usize, const H: usize, const A: usize> Default for Ema<K, H, A> {
    fn default() -> Self {
        assert_eq!(K + H, 33, "Ema: a shift of {K} leaves {} bits", 33 - K);
        Self {
            clock: Default::default(),
            valid: Default::default(),
            slot: Default::default(),
            fresh: Default::default(),
            update_s1: Default::default(),
            x_s1: Default::default(),
            acc: Default::default(),
            memory: Default::default(),
            valid_s1: Default::default(),
            slot_s1: Default::default(),
            forward_s1: Default::default(),
            held_s1: Default::default(),
            valid_s2: Default::default(),
            slot_s2: Default::default(),
            base_s2: Default::default(),
            error_s2: Default::default(),
            acc_s3: Default::default(),
            same: Default::default(),
            base: Default::default(),
            base_wide: Default::default(),
            target_wide: Default::default(),
            target: Default::default(),
            floor: Default::default(),
            lost: Default::default(),
            carry: Default::default(),
            addend_a: Default::default(),
            addend_b: Default::default(),
            one: Default::default(),
            sum: Default::default(),
            moved: Default::default(),
            shift: Constant::new((K as u64).into()),
        }
    }
}

impl<const K: usize, const H: usize, const A: usize> Logic for Ema<K, H, A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, valid_s1, slot_s1, forward_s1, held_s1, valid_s2, slot_s2, base_s2, error_s2, acc_s3
        );
        self.memory.clock.next = self.clock.val();
        // Read; what the event two cycles ahead writes now is not in the memory yet.
        self.memory.read_address.next = self.slot.val();
        self.held_s1.d.next = self.memory.read_data.val();
        if self.fresh.val() {
            self.held_s1.d.next = 0.into();
        }
        self.same.next = self.slot.val() == self.slot_s2.q.val();
        self.forward_s1.d.next = self.same.val() & self.valid_s2.q.val() & !self.fresh.val();
        self.valid_s1.d.next = self.valid.val();
        self.slot_s1.d.next = self.slot.val();
        // Error.
        self.base.next = self.held_s1.q.val();
        if self.forward_s1.q.val() {
            self.base.next = self.acc_s3.q.val();
        }
        self.base_wide.x.next = self.base.val();
        self.target_wide.x.next = self.x_s1.val();
        self.target.next = bit_cast::<33, 17>(self.target_wide.y.val()) << 16;
        self.error_s2.d.next = 0.into();
        if self.update_s1.val() {
            self.error_s2.d.next = self.target.val() - self.base_wide.y.val();
        }
        self.base_s2.d.next = self.base.val();
        self.valid_s2.d.next = self.valid_s1.q.val();
        self.slot_s2.d.next = self.slot_s1.q.val();
        // Step: the floor of the division, plus one where that is not toward zero; the one is the carry in.
        self.floor.x.next = self.error_s2.q.val().get_bits::<H>(self.shift.val().index());
        self.lost.next = self.error_s2.q.val().get_bits::<K>(0);
        self.carry.next = self.error_s2.q.val().get_bit(32) & self.lost.val().any();
        self.one.next = 1.into();
        self.addend_a.next = (bit_cast::<33, 32>(self.base_s2.q.val()) << 1) | self.one.val();
        self.addend_b.next = bit_cast::<33, 32>(self.floor.y.val()) << 1;
        if self.carry.val() {
            self.addend_b.next = (bit_cast::<33, 32>(self.floor.y.val()) << 1) | self.one.val();
        }
        self.sum.next = self.addend_a.val() + self.addend_b.val();
        self.moved.next = self.sum.val().get_bits::<32>(1);
        self.acc_s3.d.next = self.moved.val();
        self.memory.write_enable.next = self.valid_s2.q.val();
        self.memory.write_address.next = self.slot_s2.q.val();
        self.memory.write_data.next = self.moved.val();
        self.acc.next = self.acc_s3.q.val();
    }
}
