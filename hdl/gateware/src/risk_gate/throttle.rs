//! Orders repeated by a machine: too many of a slot within a time stop it until a person looks.
//!
//! Grants are counted, one is forgotten every THROTTLE_NS, as tokens of a bucket come back; with 0 none ever is. When as many count as THROTTLE allows,
//! the slot is latched: nothing it sends is granted, whatever is forgotten or written, until THROTTLE_CLEAR names it with its key, which
//! forgets them all. THROTTLE 0 refuses, and latches nothing, so that a card that has not been set up needs no clearing.
//!
//! What is counted are grants, which the card knows, not executions, which come back by the host: it stops no later than a count of
//! those would. Triggers count like any order; cancels do not.
//!
//! Latency: from `take` 1 cycle to `used`, 2 to `latched`. Back-pressure: none. Cost: 52 flip-flops.

use super::bucket::Bucket;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Throttle {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Most grants.
    pub most: Signal<In, Bits<16>>,
    /// Time for one to be forgotten, ns.
    pub forget: Signal<In, Bits<32>>,
    /// Pace of the buckets.
    pub look: Signal<In, Bit>,
    pub step: Signal<In, Bits<10>>,
    pub take: Signal<In, Bit>,
    /// By hand.
    pub clear: Signal<In, Bit>,
    /// Grants that count.
    pub used: Signal<Out, Bits<16>>,
    pub latched: Signal<Out, Bit>,
    count: Bucket,
    taken: DFF<Bit>,
    latch: DFF<Bit>,
}

impl Logic for Throttle {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, taken, latch);
        self.count.clock.next = self.clock.val();
        self.count.reset.next = self.reset.val() | self.clear.val();
        self.count.refill.next = self.forget.val();
        self.count.look.next = self.look.val();
        self.count.step.next = self.step.val();
        self.count.take.next = self.take.val();
        self.used.next = self.count.used.val();
        self.latched.next = self.latch.q.val();
        self.taken.d.next = self.take.val();
        if self.taken.q.val() & (self.count.used.val() >= self.most.val()) {
            self.latch.d.next = true;
        }
        if self.reset.val() | self.clear.val() {
            self.taken.d.next = false;
            self.latch.d.next = false;
        }
    }
}
