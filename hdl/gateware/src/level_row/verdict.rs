//! What the row decides about an event, in parts up to the register and joined behind it.
//!
//! ```text
//! some level of a half ──► register ──┐
//! front took it, front brought it ──► register ──┴──► vanishes, inserts
//! ```
//!
//! The compare bits come from all over the row and the verdict goes back there: between the two wires stands only
//! the OR of eight levels. The selects behind have the time for the rest.
//!
//! Latency: 1. Back-pressure: none.

use crate::prim::RegCopy;
use rust_hdl::prelude::*;

/// One copy of the row's verdict; see the module's text.
#[derive(LogicBlock, Default)]
pub struct Verdict {
    pub clock: Signal<In, Clock>,
    /// A level of the first or second half would vanish, was the event in front not there.
    pub low_vanishes_next: Signal<In, Bit>,
    pub high_vanishes_next: Signal<In, Bit>,
    /// The event in front leaves it there, and the event itself does.
    pub vanish_stays_next: Signal<In, Bit>,
    /// What the event in front inserts vanishes.
    pub new_vanishes_next: Signal<In, Bit>,
    /// A level of the first or second half is at the added price.
    pub low_at_add_next: Signal<In, Bit>,
    pub high_at_add_next: Signal<In, Bit>,
    /// The event in front leaves it there.
    pub add_stays_next: Signal<In, Bit>,
    /// Nothing is added, or the event in front inserts that price.
    pub no_insert_next: Signal<In, Bit>,
    pub vanishes: Signal<Out, Bit>,
    pub inserts: Signal<Out, Bit>,
    low_vanishes: RegCopy<Bit>,
    high_vanishes: RegCopy<Bit>,
    vanish_stays: RegCopy<Bit>,
    new_vanishes: RegCopy<Bit>,
    low_at_add: RegCopy<Bit>,
    high_at_add: RegCopy<Bit>,
    add_stays: RegCopy<Bit>,
    no_insert: RegCopy<Bit>,
}

impl Logic for Verdict {
    #[hdl_gen]
    fn update(&mut self) {
        self.low_vanishes.clock.next = self.clock.val();
        self.high_vanishes.clock.next = self.clock.val();
        self.low_vanishes.d.next = self.low_vanishes_next.val();
        self.high_vanishes.d.next = self.high_vanishes_next.val();
        self.low_at_add.clock.next = self.clock.val();
        self.high_at_add.clock.next = self.clock.val();
        self.low_at_add.d.next = self.low_at_add_next.val();
        self.high_at_add.d.next = self.high_at_add_next.val();
        self.vanish_stays.clock.next = self.clock.val();
        self.vanish_stays.d.next = self.vanish_stays_next.val();
        self.new_vanishes.clock.next = self.clock.val();
        self.new_vanishes.d.next = self.new_vanishes_next.val();
        self.add_stays.clock.next = self.clock.val();
        self.add_stays.d.next = self.add_stays_next.val();
        self.no_insert.clock.next = self.clock.val();
        self.no_insert.d.next = self.no_insert_next.val();
        self.vanishes.next = ((self.low_vanishes.q.val() | self.high_vanishes.q.val())
            & self.vanish_stays.q.val())
            | self.new_vanishes.q.val();
        self.inserts.next = !(((self.low_at_add.q.val() | self.high_at_add.q.val())
            & self.add_stays.q.val())
            | self.no_insert.q.val());
    }
}
