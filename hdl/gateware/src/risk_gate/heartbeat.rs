//! Whether the host has given a sign of life not longer ago than the timeout.
//!
//! The age is card time less that of the last beat, so that a clock that is set makes the heartbeat old rather than young.
//!
//! Two register stages (a 64-bit difference, a compare) keep it off the critical path. An order may so be granted until the third cycle after
//! the end of the timeout, 19.2 ns, never later: a timeout is some milliseconds, and the host can subtract it.
//!
//! Latency: `fresh` is what was true two cycles ago, a beat counts from the third cycle on. Back-pressure: none.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Heartbeat {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub now: Signal<In, Bits<64>>,
    pub beat: Signal<In, Bit>,
    /// ns; 0 is never fresh.
    pub timeout: Signal<In, Bits<32>>,
    pub fresh: Signal<Out, Bit>,
    alive: DFF<Bit>,
    stamp: DFF<Bits<64>>,
    known: DFF<Bit>,
    age: DFF<Bits<64>>,
    good: DFF<Bit>,
    high: Signal<Local, Bits<32>>,
    low: Signal<Local, Bits<32>>,
    in_time: Signal<Local, Bit>,
}

impl Logic for Heartbeat {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, alive, stamp, known, age, good);
        if self.beat.val() {
            self.alive.d.next = true;
            self.stamp.d.next = self.now.val();
        }
        self.known.d.next = self.alive.q.val();
        self.age.d.next = self.now.val() - self.stamp.q.val();
        self.high.next = self.age.q.val().get_bits::<32>(32);
        self.low.next = self.age.q.val().get_bits::<32>(0);
        self.in_time.next = (self.high.val() == 0) & (self.low.val() <= self.timeout.val());
        self.good.d.next = self.known.q.val() & self.in_time.val() & (self.timeout.val() != 0);
        self.fresh.next = self.good.q.val();
        if self.reset.val() {
            self.alive.d.next = false;
            self.known.d.next = false;
            self.good.d.next = false;
        }
    }
}
