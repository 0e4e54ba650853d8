//! One group's copies of the signals that every level of the row needs.
//!
//! ```text
//! <name>_next ──► register that synthesis may not merge ──► <name>
//! ```
//!
//! Latency: 1. Back-pressure: none. One broadcast register for 16 levels routes too far for 6.4 ns on an
//! ECP5; a copy for each four levels does not.

use super::verdict::Verdict;
use crate::prim::RegCopy;
use rust_hdl::prelude::*;

/// Broadcast copies for four levels; see the module's text.
#[derive(LogicBlock, Default)]
pub struct GroupCopies<const RW: usize, const QW: usize> {
    pub clock: Signal<In, Clock>,
    pub remove_key_next: Signal<In, Bits<32>>,
    pub add_key_next: Signal<In, Bits<32>>,
    pub vanish_plain_next: Signal<In, Bits<QW>>,
    pub vanish_removed_next: Signal<In, Bits<QW>>,
    pub vanish_added_next: Signal<In, Bits<QW>>,
    pub front_removes_next: Signal<In, Bit>,
    pub front_adds_next: Signal<In, Bit>,
    pub own_address_next: Signal<In, Bits<RW>>,
    pub mate_address_next: Signal<In, Bits<RW>>,
    pub write_address_next: Signal<In, Bits<RW>>,
    pub write_enable_next: Signal<In, Bit>,
    pub removed_delta_next: Signal<In, Bits<QW>>,
    pub added_delta_next: Signal<In, Bits<QW>>,
    pub new_key_next: Signal<In, Bits<32>>,
    pub new_quantity_next: Signal<In, Bits<QW>>,
    // Parts of the verdict.
    pub low_vanishes_next: Signal<In, Bit>,
    pub high_vanishes_next: Signal<In, Bit>,
    pub vanish_stays_next: Signal<In, Bit>,
    pub new_vanishes_next: Signal<In, Bit>,
    pub low_at_add_next: Signal<In, Bit>,
    pub high_at_add_next: Signal<In, Bit>,
    pub add_stays_next: Signal<In, Bit>,
    pub no_insert_next: Signal<In, Bit>,
    pub refuses_tail_next: Signal<In, Bit>,
    pub empties_next: Signal<In, Bit>,
    pub add_first_next: Signal<In, Bit>,
    pub own_is_bid_next: Signal<In, Bit>,
    pub remove_key: Signal<Out, Bits<32>>,
    pub add_key: Signal<Out, Bits<32>>,
    pub vanish_quantity: Signal<Out, Bits<QW>>,
    pub own_address: Signal<Out, Bits<RW>>,
    pub mate_address: Signal<Out, Bits<RW>>,
    pub write_address: Signal<Out, Bits<RW>>,
    pub write_enable: Signal<Out, Bit>,
    pub removed_delta: Signal<Out, Bits<QW>>,
    pub added_delta: Signal<Out, Bits<QW>>,
    pub new_key: Signal<Out, Bits<32>>,
    pub new_quantity: Signal<Out, Bits<QW>>,
    pub vanishes: Signal<Out, Bit>,
    pub inserts: Signal<Out, Bit>,
    pub refuses_tail: Signal<Out, Bit>,
    pub empties: Signal<Out, Bit>,
    pub add_first: Signal<Out, Bit>,
    pub own_is_bid: Signal<Out, Bit>,
    remove_key_copy: RegCopy<Bits<32>>,
    add_key_copy: RegCopy<Bits<32>>,
    vanish_plain_copy: RegCopy<Bits<QW>>,
    vanish_removed_copy: RegCopy<Bits<QW>>,
    vanish_added_copy: RegCopy<Bits<QW>>,
    front_removes_copy: RegCopy<Bit>,
    front_adds_copy: RegCopy<Bit>,
    own_address_copy: RegCopy<Bits<RW>>,
    mate_address_copy: RegCopy<Bits<RW>>,
    write_address_copy: RegCopy<Bits<RW>>,
    write_enable_copy: RegCopy<Bit>,
    removed_delta_copy: RegCopy<Bits<QW>>,
    added_delta_copy: RegCopy<Bits<QW>>,
    new_key_copy: RegCopy<Bits<32>>,
    new_quantity_copy: RegCopy<Bits<QW>>,
    verdict: Verdict,
    refuses_tail_copy: RegCopy<Bit>,
    empties_copy: RegCopy<Bit>,
    add_first_copy: RegCopy<Bit>,
    own_is_bid_copy: RegCopy<Bit>,
}

impl<const RW: usize, const QW: usize> Logic for GroupCopies<RW, QW> {
    #[hdl_gen]
    fn update(&mut self) {
        self.remove_key_copy.clock.next = self.clock.val();
        self.remove_key_copy.d.next = self.remove_key_next.val();
        self.remove_key.next = self.remove_key_copy.q.val();
        self.add_key_copy.clock.next = self.clock.val();
        self.add_key_copy.d.next = self.add_key_next.val();
        self.add_key.next = self.add_key_copy.q.val();
        self.vanish_plain_copy.clock.next = self.clock.val();
        self.vanish_plain_copy.d.next = self.vanish_plain_next.val();
        self.vanish_removed_copy.clock.next = self.clock.val();
        self.vanish_removed_copy.d.next = self.vanish_removed_next.val();
        self.vanish_added_copy.clock.next = self.clock.val();
        self.vanish_added_copy.d.next = self.vanish_added_next.val();
        self.front_removes_copy.clock.next = self.clock.val();
        self.front_removes_copy.d.next = self.front_removes_next.val();
        self.front_adds_copy.clock.next = self.clock.val();
        self.front_adds_copy.d.next = self.front_adds_next.val();
        self.vanish_quantity.next = self.vanish_plain_copy.q.val();
        if self.front_removes_copy.q.val() {
            self.vanish_quantity.next = self.vanish_removed_copy.q.val();
        } else {
            if self.front_adds_copy.q.val() {
                self.vanish_quantity.next = self.vanish_added_copy.q.val();
            }
        }
        self.own_address_copy.clock.next = self.clock.val();
        self.own_address_copy.d.next = self.own_address_next.val();
        self.own_address.next = self.own_address_copy.q.val();
        self.mate_address_copy.clock.next = self.clock.val();
        self.mate_address_copy.d.next = self.mate_address_next.val();
        self.mate_address.next = self.mate_address_copy.q.val();
        self.write_address_copy.clock.next = self.clock.val();
        self.write_address_copy.d.next = self.write_address_next.val();
        self.write_address.next = self.write_address_copy.q.val();
        self.write_enable_copy.clock.next = self.clock.val();
        self.write_enable_copy.d.next = self.write_enable_next.val();
        self.write_enable.next = self.write_enable_copy.q.val();
        self.removed_delta_copy.clock.next = self.clock.val();
        self.removed_delta_copy.d.next = self.removed_delta_next.val();
        self.removed_delta.next = self.removed_delta_copy.q.val();
        self.added_delta_copy.clock.next = self.clock.val();
        self.added_delta_copy.d.next = self.added_delta_next.val();
        self.added_delta.next = self.added_delta_copy.q.val();
        self.new_key_copy.clock.next = self.clock.val();
        self.new_key_copy.d.next = self.new_key_next.val();
        self.new_key.next = self.new_key_copy.q.val();
        self.new_quantity_copy.clock.next = self.clock.val();
        self.new_quantity_copy.d.next = self.new_quantity_next.val();
        self.new_quantity.next = self.new_quantity_copy.q.val();
        self.verdict.clock.next = self.clock.val();
        self.verdict.low_vanishes_next.next = self.low_vanishes_next.val();
        self.verdict.high_vanishes_next.next = self.high_vanishes_next.val();
        self.verdict.low_at_add_next.next = self.low_at_add_next.val();
        self.verdict.high_at_add_next.next = self.high_at_add_next.val();
        self.verdict.vanish_stays_next.next = self.vanish_stays_next.val();
        self.verdict.new_vanishes_next.next = self.new_vanishes_next.val();
        self.verdict.add_stays_next.next = self.add_stays_next.val();
        self.verdict.no_insert_next.next = self.no_insert_next.val();
        self.vanishes.next = self.verdict.vanishes.val();
        self.inserts.next = self.verdict.inserts.val();
        self.refuses_tail_copy.clock.next = self.clock.val();
        self.refuses_tail_copy.d.next = self.refuses_tail_next.val();
        self.refuses_tail.next = self.refuses_tail_copy.q.val();
        self.empties_copy.clock.next = self.clock.val();
        self.empties_copy.d.next = self.empties_next.val();
        self.empties.next = self.empties_copy.q.val();
        self.add_first_copy.clock.next = self.clock.val();
        self.add_first_copy.d.next = self.add_first_next.val();
        self.add_first.next = self.add_first_copy.q.val();
        self.own_is_bid_copy.clock.next = self.clock.val();
        self.own_is_bid_copy.d.next = self.own_is_bid_next.val();
        self.own_is_bid.next = self.own_is_bid_copy.q.val();
    }
}
