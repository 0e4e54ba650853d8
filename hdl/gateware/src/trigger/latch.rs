//! One slot's trigger: armed, its order on its way, its event owed.
//!
//! ```text
//!  arm ─► armed ─┬─ fire ───► order ─► taken      fire or disarm ─► owes ─► told
//!                └─ cause ──► (nothing)
//! ```
//!
//! Armed no more in the cycle behind the one in which it fires or has a cause; to fire wins, the cause is kept. `busy` from arming until the
//! event is told and the order taken: what stands in the memories for the slot must not change meanwhile.
//!
//! Latency: 1 cycle. Back-pressure: none.

use contract::event::TriggerCause;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Latch {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub arm: Signal<In, Bit>,
    /// The condition holds; counts while armed.
    pub fire: Signal<In, Bit>,
    /// An expiry has passed; never with `fire`.
    pub expire: Signal<In, Bit>,
    pub disarm: Signal<In, Bit>,
    pub stale: Signal<In, Bit>,
    pub halted: Signal<In, Bit>,
    /// Cause that holds for all slots, 0 for none.
    pub trouble: Signal<In, Bits<4>>,
    /// With `fire`: the order is taken at once.
    pub goes: Signal<In, Bit>,
    /// With `fire`: lines on which the frame that fired it is under way.
    pub under_way: Signal<In, Bits<2>>,
    /// A frame of the line has ended, well or badly.
    pub ended: Signal<In, Bits<2>>,
    pub ended_badly: Signal<In, Bits<2>>,
    pub wait_fcs: Signal<In, Bit>,
    pub taken: Signal<In, Bit>,
    pub told: Signal<In, Bit>,
    pub armed: Signal<Out, Bit>,
    pub busy: Signal<Out, Bit>,
    /// The order may be taken.
    pub waits: Signal<Out, Bit>,
    pub owes: Signal<Out, Bit>,
    pub fired: Signal<Out, Bit>,
    pub cause: Signal<Out, Bits<4>>,
    /// One cycle: the frame that fired it was bad.
    pub spoiled: Signal<Out, Bit>,
    is_armed: DFF<Bit>,
    order: DFF<Bit>,
    debt: DFF<Bit>,
    has_fired: DFF<Bit>,
    why: DFF<Bits<4>>,
    undecided: DFF<Bits<2>>,
    why_now: Signal<Local, Bits<4>>,
    going: Signal<Local, Bits<2>>,
    bad: Signal<Local, Bits<2>>,
    spoils: Signal<Local, Bit>,
    expired_cause: Constant<Bits<4>>,
    host_cause: Constant<Bits<4>>,
    halted_cause: Constant<Bits<4>>,
    stale_cause: Constant<Bits<4>>,
}

/// A cause as a constant.
pub(super) fn cause(cause: TriggerCause) -> Constant<Bits<4>> {
    Constant::new((cause as u64).into())
}

impl Default for Latch {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            arm: Default::default(),
            fire: Default::default(),
            expire: Default::default(),
            disarm: Default::default(),
            stale: Default::default(),
            halted: Default::default(),
            trouble: Default::default(),
            goes: Default::default(),
            under_way: Default::default(),
            ended: Default::default(),
            ended_badly: Default::default(),
            wait_fcs: Default::default(),
            taken: Default::default(),
            told: Default::default(),
            armed: Default::default(),
            busy: Default::default(),
            waits: Default::default(),
            owes: Default::default(),
            fired: Default::default(),
            cause: Default::default(),
            spoiled: Default::default(),
            is_armed: Default::default(),
            order: Default::default(),
            debt: Default::default(),
            has_fired: Default::default(),
            why: Default::default(),
            undecided: Default::default(),
            why_now: Default::default(),
            going: Default::default(),
            bad: Default::default(),
            spoils: Default::default(),
            expired_cause: cause(TriggerCause::Expired),
            host_cause: cause(TriggerCause::Host),
            halted_cause: cause(TriggerCause::Halted),
            stale_cause: cause(TriggerCause::Stale),
        }
    }
}

impl Logic for Latch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, is_armed, order, debt, has_fired, why, undecided);
        // The lowest cause.
        self.why_now.next = 0.into();
        if self.expire.val() {
            self.why_now.next = self.expired_cause.val();
        }
        if self.disarm.val() {
            self.why_now.next = self.host_cause.val();
        }
        if self.halted.val() {
            self.why_now.next = self.halted_cause.val();
        }
        if self.stale.val() {
            self.why_now.next = self.stale_cause.val();
        }
        if self.trouble.val().any() {
            self.why_now.next = self.trouble.val();
        }

        if self.taken.val() {
            self.order.d.next = false;
        }
        if self.told.val() {
            self.debt.d.next = false;
        }
        self.going.next = self.undecided.q.val() & !self.ended.val();
        self.bad.next = self.undecided.q.val() & self.ended_badly.val();
        self.spoils.next = self.bad.val().any();
        self.undecided.d.next = self.going.val();
        if self.spoils.val() {
            self.undecided.d.next = 0.into();
        }
        if self.is_armed.q.val() {
            self.why.d.next = self.why_now.val();
            self.has_fired.d.next = self.fire.val();
            if self.fire.val() {
                self.order.d.next = !self.goes.val();
                self.undecided.d.next = self.under_way.val();
            }
            if self.fire.val() | self.why_now.val().any() {
                self.is_armed.d.next = false;
                self.debt.d.next = true;
            }
        }
        if self.arm.val() {
            self.is_armed.d.next = true;
        }

        self.armed.next = self.is_armed.q.val();
        self.busy.next = self.is_armed.q.val() | self.debt.q.val() | self.order.q.val();
        self.waits.next = self.order.q.val() & (!self.wait_fcs.val() | !self.undecided.q.val().any());
        self.owes.next = self.debt.q.val();
        self.fired.next = self.has_fired.q.val();
        self.cause.next = self.why.q.val();
        self.spoiled.next = self.spoils.val();
        if self.reset.val() {
            self.is_armed.d.next = false;
            self.order.d.next = false;
            self.debt.d.next = false;
            self.undecided.d.next = 0.into();
        }
    }
}
