//! The latches of all slots, and what they have, joined.
//!
//! Latency: that of `latch`; a bad frame may spoil several at once, `spoiled` counts them one a cycle. Back-pressure: none.

use crate::trigger::latch::Latch;
use rust_hdl::prelude::*;

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock)]
pub struct TriggerSlots<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub asked: Signal<In, Bits<SB>>,
    pub arm: Signal<In, Bit>,
    pub arm_slot: Signal<In, Bits<SB>>,
    /// Of `fire_slot`, as is `expire`.
    pub fire: Signal<In, Bit>,
    pub expire: Signal<In, Bit>,
    pub fire_slot: Signal<In, Bits<SB>>,
    pub scan_expires: Signal<In, Bit>,
    pub scan_slot: Signal<In, Bits<SB>>,
    pub do_disarm: Signal<In, Bit>,
    pub disarm_data: Signal<In, Bits<32>>,
    pub now_ready: Signal<In, Bits<S>>,
    pub now_stale: Signal<In, Bits<S>>,
    pub now_halted: Signal<In, Bits<S>>,
    /// For all slots, see `latch`.
    pub trouble: Signal<In, Bits<4>>,
    pub goes: Signal<In, Bit>,
    pub under_way: Signal<In, Bits<2>>,
    pub ended: Signal<In, Bits<2>>,
    pub ended_badly: Signal<In, Bits<2>>,
    pub wait_fcs: Signal<In, Bit>,
    pub taken: Signal<In, Bit>,
    pub taken_slot: Signal<In, Bits<SB>>,
    pub told: Signal<In, Bit>,
    pub told_slot: Signal<In, Bits<SB>>,
    /// A bit a slot.
    pub armed: Signal<Out, Bits<S>>,
    pub waits: Signal<Out, Bits<S>>,
    pub owes: Signal<Out, Bits<S>>,
    /// Of `asked`, of `told_slot`.
    pub asked_busy: Signal<Out, Bit>,
    pub told_fired: Signal<Out, Bit>,
    pub told_cause: Signal<Out, Bits<4>>,
    /// One cycle for each that fired by a bad frame.
    pub spoiled: Signal<Out, Bit>,
    latches: [Latch; S],
    spoil_owed: DFF<Bits<S>>,
    armed_all: Signal<Local, Bits<S>>,
    waits_all: Signal<Local, Bits<S>>,
    owes_all: Signal<Local, Bits<S>>,
    spoiled_all: Signal<Local, Bits<S>>,
    owed_now: Signal<Local, Bits<S>>,
    paid: Signal<Local, Bits<S>>,
    inverse: Signal<Local, Bits<S>>,
    negative: Signal<Local, Bits<S>>,
    busy_now: Signal<Local, Bit>,
    fired_now: Signal<Local, Bit>,
    cause_now: Signal<Local, Bits<4>>,
    disarm_6: Signal<Local, Bits<6>>,
    disarm_wide: Signal<Local, Bits<7>>,
    flag: [Constant<Bits<S>>; S],
    number: [Constant<Bits<7>>; S],
    one: Constant<Bits<S>>,
}

impl<const SB: usize, const S: usize> Default for TriggerSlots<SB, S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            asked: Default::default(),
            arm: Default::default(),
            arm_slot: Default::default(),
            fire: Default::default(),
            expire: Default::default(),
            fire_slot: Default::default(),
            scan_expires: Default::default(),
            scan_slot: Default::default(),
            do_disarm: Default::default(),
            disarm_data: Default::default(),
            now_ready: Default::default(),
            now_stale: Default::default(),
            now_halted: Default::default(),
            trouble: Default::default(),
            goes: Default::default(),
            under_way: Default::default(),
            ended: Default::default(),
            ended_badly: Default::default(),
            wait_fcs: Default::default(),
            taken: Default::default(),
            taken_slot: Default::default(),
            told: Default::default(),
            told_slot: Default::default(),
            armed: Default::default(),
            waits: Default::default(),
            owes: Default::default(),
            asked_busy: Default::default(),
            told_fired: Default::default(),
            told_cause: Default::default(),
            spoiled: Default::default(),
            latches: std::array::from_fn(|_| Default::default()),
            spoil_owed: Default::default(),
            armed_all: Default::default(),
            waits_all: Default::default(),
            owes_all: Default::default(),
            spoiled_all: Default::default(),
            owed_now: Default::default(),
            paid: Default::default(),
            inverse: Default::default(),
            negative: Default::default(),
            busy_now: Default::default(),
            fired_now: Default::default(),
            cause_now: Default::default(),
            disarm_6: Default::default(),
            disarm_wide: Default::default(),
            flag: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            number: std::array::from_fn(|i| Constant::new((i as u64).into())),
            one: Constant::new(1.into()),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for TriggerSlots<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, spoil_owed);
        self.disarm_6.next = self.disarm_data.val().get_bits::<6>(0);
        self.disarm_wide.next = bit_cast::<7, 6>(self.disarm_6.val());
        self.armed_all.next = 0.into();
        self.waits_all.next = 0.into();
        self.owes_all.next = 0.into();
        self.spoiled_all.next = 0.into();
        self.busy_now.next = false;
        self.fired_now.next = false;
        self.cause_now.next = 0.into();
        for i in 0..S {
            self.latches[i].clock.next = self.clock.val();
            self.latches[i].reset.next = self.reset.val();
            self.latches[i].arm.next = self.arm.val() & (self.arm_slot.val().index() == i);
            self.latches[i].fire.next = self.fire.val() & (self.fire_slot.val().index() == i);
            self.latches[i].expire.next = (self.expire.val() & (self.fire_slot.val().index() == i))
                | (self.scan_expires.val() & (self.scan_slot.val().index() == i));
            self.latches[i].disarm.next =
                self.do_disarm.val() & (self.disarm_wide.val() == self.number[i].val());
            self.latches[i].stale.next = self.now_stale.val().get_bit(i) | !self.now_ready.val().get_bit(i);
            self.latches[i].halted.next = self.now_halted.val().get_bit(i);
            self.latches[i].trouble.next = self.trouble.val();
            self.latches[i].goes.next = self.goes.val();
            self.latches[i].under_way.next = self.under_way.val();
            self.latches[i].ended.next = self.ended.val();
            self.latches[i].ended_badly.next = self.ended_badly.val();
            self.latches[i].wait_fcs.next = self.wait_fcs.val();
            self.latches[i].taken.next = self.taken.val() & (self.taken_slot.val().index() == i);
            self.latches[i].told.next = self.told.val() & (self.told_slot.val().index() == i);
            if self.latches[i].armed.val() {
                self.armed_all.next = self.armed_all.val() | self.flag[i].val();
            }
            if self.latches[i].waits.val() {
                self.waits_all.next = self.waits_all.val() | self.flag[i].val();
            }
            if self.latches[i].owes.val() {
                self.owes_all.next = self.owes_all.val() | self.flag[i].val();
            }
            if self.latches[i].spoiled.val() {
                self.spoiled_all.next = self.spoiled_all.val() | self.flag[i].val();
            }
            if self.asked.val().index() == i {
                self.busy_now.next = self.latches[i].busy.val();
            }
            if self.told_slot.val().index() == i {
                self.fired_now.next = self.latches[i].fired.val();
                self.cause_now.next = self.latches[i].cause.val();
            }
        }
        self.armed.next = self.armed_all.val();
        self.waits.next = self.waits_all.val();
        self.owes.next = self.owes_all.val();
        self.asked_busy.next = self.busy_now.val();
        self.told_fired.next = self.fired_now.val();
        self.told_cause.next = self.cause_now.val();

        self.inverse.next = !self.spoil_owed.q.val();
        self.negative.next = self.inverse.val() + self.one.val();
        self.paid.next = self.spoil_owed.q.val() & self.negative.val();
        self.owed_now.next = self.spoil_owed.q.val() & !self.paid.val();
        self.spoil_owed.d.next = self.owed_now.val() | self.spoiled_all.val();
        self.spoiled.next = self.spoil_owed.q.val().any();
        if self.reset.val() {
            self.spoil_owed.d.next = 0.into();
        }
    }
}
