//! Token bucket: how many tokens are out.
//!
//! A token that is taken comes back after the refill time, one after the other; none is out after reset. What the bucket holds is the most
//! tokens less those that are out, so that a change of the most tokens neither fills nor empties it. A full bucket does not save up time.
//! A refill time of 0 gives nothing back.
//!
//! A write of its registers never gives a token back by itself, or a host that writes them again and again had no limit. The time since the
//! last one came back counts at the new refill time, as in the host's own bucket (`risk::TokenBucket`); from 0 it counts from the write on.
//!
//! Time is looked at every second cycle: at most one token in two cycles comes back, as fast as a gate can take them. One comes back three to
//! six cycles later than it could, never earlier.
//!
//! Latency: 1 cycle from `take` to `used`. Back-pressure: none.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Bucket {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Time for one token to come back, ns.
    pub refill: Signal<In, Bits<32>>,
    /// Alternates: in a cycle without it `step`, the ns of two cycles, is added.
    pub look: Signal<In, Bit>,
    pub step: Signal<In, Bits<10>>,
    pub take: Signal<In, Bit>,
    /// Tokens that are out.
    pub used: Signal<Out, Bits<16>>,
    out: DFF<Bits<16>>,
    elapsed: DFF<Bits<34>>,
    grown: Signal<Local, Bits<34>>,
    left: Signal<Local, Bits<35>>,
    stands: Signal<Local, Bit>,
    back: Signal<Local, Bit>,
    more: Signal<Local, Bits<16>>,
    fewer: Signal<Local, Bits<16>>,
    one: Constant<Bits<16>>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            refill: Default::default(),
            look: Default::default(),
            step: Default::default(),
            take: Default::default(),
            used: Default::default(),
            out: Default::default(),
            elapsed: Default::default(),
            grown: Default::default(),
            left: Default::default(),
            stands: Default::default(),
            back: Default::default(),
            more: Default::default(),
            fewer: Default::default(),
            one: Constant::new(1.into()),
        }
    }
}

impl Logic for Bucket {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, out, elapsed);
        self.used.next = self.out.q.val();
        self.stands.next = (self.out.q.val() == 0) | (self.refill.val() == 0);
        self.grown.next = self.elapsed.q.val() + bit_cast::<34, 10>(self.step.val());
        self.left.next = bit_cast::<35, 34>(self.elapsed.q.val()) - bit_cast::<35, 32>(self.refill.val());
        self.back.next = self.look.val() & !self.stands.val() & !self.left.val().get_bit(34);
        if !self.look.val() {
            self.elapsed.d.next = self.grown.val();
        }
        if self.back.val() {
            self.elapsed.d.next = self.left.val().get_bits::<34>(0);
        }
        if self.stands.val() {
            self.elapsed.d.next = 0.into();
        }
        self.more.next = self.out.q.val() + self.one.val();
        self.fewer.next = self.out.q.val() - self.one.val();
        if self.take.val() & !self.back.val() {
            self.out.d.next = self.more.val();
        }
        if self.back.val() & !self.take.val() {
            self.out.d.next = self.fewer.val();
        }
        if self.reset.val() {
            self.out.d.next = 0.into();
            self.elapsed.d.next = 0.into();
        }
    }
}
