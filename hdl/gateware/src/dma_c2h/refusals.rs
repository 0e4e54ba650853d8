//! Refusals come from four places at once and leave one a cycle.
//!
//! ```text
//!  asked ─► register ─► how many ─► register ─► + what waits ─► pulse while any
//! ```
//!
//! At 128 that wait no more are taken in.
//!
//! Latency: 3 cycles. Back-pressure: none.

use crate::prim::Popcount;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Refusals {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub asked: [Signal<In, Bit>; 4],
    pub pulse: Signal<Out, Bit>,
    asked_now: Signal<Local, Bits<4>>,
    taken: DFF<Bits<4>>,
    taken_count: Popcount<4, 3>,
    more: DFF<Bits<8>>,
    more_less_one: DFF<Bits<8>>,
    waiting: DFF<Bits<8>>,
    change: Signal<Local, Bits<8>>,
    one: Constant<Bits<8>>,
    less_one: Constant<Bits<8>>,
    bits: [Constant<Bits<4>>; 4],
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            asked: Default::default(),
            pulse: Default::default(),
            asked_now: Default::default(),
            taken: Default::default(),
            taken_count: Default::default(),
            more: Default::default(),
            more_less_one: Default::default(),
            waiting: Default::default(),
            change: Default::default(),
            one: Constant::new(1.into()),
            less_one: Constant::new(Bits::<8>::mask()),
            bits: std::array::from_fn(|i| Constant::new((1u64 << i).into())),
        }
    }
}

impl Logic for Refusals {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, taken, more, more_less_one, waiting);
        self.asked_now.next = 0.into();
        for i in 0..4 {
            if self.asked[i].val() {
                self.asked_now.next = self.asked_now.val() | self.bits[i].val();
            }
        }
        // A register in front of each addition: what asks hangs on the bus.
        self.taken.d.next = self.asked_now.val();
        self.taken_count.x.next = self.taken.q.val();
        self.more.d.next = bit_cast::<8, 3>(self.taken_count.count.val());
        self.more_less_one.d.next = bit_cast::<8, 3>(self.taken_count.count.val()) - self.one.val();
        self.change.next = self.more.q.val();
        if self.waiting.q.val().any() {
            self.change.next = self.more_less_one.q.val();
        }
        if self.waiting.q.val().get_bit(7) {
            self.change.next = self.less_one.val();
        }
        self.waiting.d.next = self.waiting.q.val() + self.change.val();
        self.pulse.next = self.waiting.q.val().any();
        if self.reset.val() {
            self.taken.d.next = 0.into();
            self.more.d.next = 0.into();
            self.waiting.d.next = 0.into();
        }
    }
}
