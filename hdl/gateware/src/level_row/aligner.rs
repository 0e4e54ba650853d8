//! Puts events that arrive in any cycle, two or more apart, on the row's two-cycle grid.
//!
//! ```text
//! event ──┬─────────────► event of this cycle ──► (sampled when phase = 0)
//!         └► held ──────►      (or held)
//! ```
//!
//! Latency: 0 for an event in phase 0; one in phase 1 is held for a cycle and marked `late`. The row gives the
//! early ones that cycle back at its output, so the sum is constant.
//! Back-pressure: none; events less than two cycles apart are a fault of the issuer.

use rust_hdl::prelude::*;

/// Two-cycle grid; see the module's text.
#[derive(LogicBlock, Default)]
pub struct Aligner<const RW: usize, const QW: usize, const TAG: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub event_valid: Signal<In, Bit>,
    pub event_row: Signal<In, Bits<RW>>,
    pub event_kind: Signal<In, Bits<2>>,
    pub event_removes: Signal<In, Bit>,
    pub event_remove_price: Signal<In, Bits<32>>,
    pub event_remove_quantity: Signal<In, Bits<32>>,
    pub event_adds: Signal<In, Bit>,
    pub event_add_price: Signal<In, Bits<32>>,
    pub event_add_quantity: Signal<In, Bits<QW>>,
    pub event_tag: Signal<In, Bits<TAG>>,
    /// 0 in the cycles in which the aligned event is taken.
    pub phase: Signal<Out, Bit>,
    pub late: Signal<Out, Bit>,
    pub valid: Signal<Out, Bit>,
    pub row: Signal<Out, Bits<RW>>,
    pub kind: Signal<Out, Bits<2>>,
    pub removes: Signal<Out, Bit>,
    pub remove_price: Signal<Out, Bits<32>>,
    pub remove_quantity: Signal<Out, Bits<32>>,
    pub adds: Signal<Out, Bit>,
    pub add_price: Signal<Out, Bits<32>>,
    pub add_quantity: Signal<Out, Bits<QW>>,
    pub tag: Signal<Out, Bits<TAG>>,
    odd_cycle: DFF<Bit>,
    held_valid: DFF<Bit>,
    held_row: DFF<Bits<RW>>,
    held_kind: DFF<Bits<2>>,
    held_removes: DFF<Bit>,
    held_remove_price: DFF<Bits<32>>,
    held_remove_quantity: DFF<Bits<32>>,
    held_adds: DFF<Bit>,
    held_add_price: DFF<Bits<32>>,
    held_add_quantity: DFF<Bits<QW>>,
    held_tag: DFF<Bits<TAG>>,
}

impl<const RW: usize, const QW: usize, const TAG: usize> Logic for Aligner<RW, QW, TAG> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            odd_cycle,
            held_valid,
            held_row,
            held_kind,
            held_removes,
            held_remove_price,
            held_remove_quantity,
            held_adds,
            held_add_price,
            held_add_quantity,
            held_tag
        );
        self.odd_cycle.d.next = !self.odd_cycle.q.val();
        self.held_valid.d.next = self.odd_cycle.q.val() & self.event_valid.val();
        self.held_row.d.next = self.event_row.val();
        self.held_kind.d.next = self.event_kind.val();
        self.held_removes.d.next = self.event_removes.val();
        self.held_remove_price.d.next = self.event_remove_price.val();
        self.held_remove_quantity.d.next = self.event_remove_quantity.val();
        self.held_adds.d.next = self.event_adds.val();
        self.held_add_price.d.next = self.event_add_price.val();
        self.held_add_quantity.d.next = self.event_add_quantity.val();
        self.held_tag.d.next = self.event_tag.val();
        self.phase.next = self.odd_cycle.q.val();
        self.late.next = self.held_valid.q.val();
        self.valid.next = self.held_valid.q.val() | self.event_valid.val();
        if self.held_valid.q.val() {
            self.row.next = self.held_row.q.val();
            self.kind.next = self.held_kind.q.val();
            self.removes.next = self.held_removes.q.val();
            self.remove_price.next = self.held_remove_price.q.val();
            self.remove_quantity.next = self.held_remove_quantity.q.val();
            self.adds.next = self.held_adds.q.val();
            self.add_price.next = self.held_add_price.q.val();
            self.add_quantity.next = self.held_add_quantity.q.val();
            self.tag.next = self.held_tag.q.val();
        } else {
            self.row.next = self.event_row.val();
            self.kind.next = self.event_kind.val();
            self.removes.next = self.event_removes.val();
            self.remove_price.next = self.event_remove_price.val();
            self.remove_quantity.next = self.event_remove_quantity.val();
            self.adds.next = self.event_adds.val();
            self.add_price.next = self.event_add_price.val();
            self.add_quantity.next = self.event_add_quantity.val();
            self.tag.next = self.event_tag.val();
        }
        if self.reset.val() {
            self.odd_cycle.d.next = false;
            self.held_valid.d.next = false;
        }
    }
}
