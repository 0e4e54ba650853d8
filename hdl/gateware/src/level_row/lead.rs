//! The best level of both sides ahead of the row's results, for whom two cycles are worth it.
//!
//! ```text
//!  event in front has the mate ─┐
//!  its result ──────────────────┴► mate (5)
//!  mate's memory ───────────────┘
//!  what the grid's edge will take ─┬► own (6)
//!  result ──────────────────────────┘
//! ```
//!
//! Nothing is computed here: the mate is read before the event in front is written, so that it is taken from its result; the own level is
//! taken behind its shift and before its register. An event of the other phase has both a cycle sooner, and they are still there.
//!
//! Levels are shown as key and quantity; without one the key is all ones and the quantity 0. A quantity beyond 32 bits shows as the largest.
//!
//! Latency: `mate_*` belong to the event of five cycles ago, `own_*` to that of six. Back-pressure: none.

use crate::prim::RegCopy;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Lead {
    pub clock: Signal<In, Clock>,
    pub load_next: Signal<In, Bit>,
    /// The event in front is of the mate's row.
    pub mate_in_front_next: Signal<In, Bit>,
    /// The mate's memories hold its row.
    pub kept_live: Signal<In, Bit>,
    // Taps of the best level, see the cell.
    pub next_valid: Signal<In, Bit>,
    pub next_over: Signal<In, Bit>,
    pub next_key: Signal<In, Bits<32>>,
    pub next_quantity: Signal<In, Bits<32>>,
    pub last_valid: Signal<In, Bit>,
    pub last_over: Signal<In, Bit>,
    pub last_key: Signal<In, Bits<32>>,
    pub last_quantity: Signal<In, Bits<32>>,
    pub kept_valid: Signal<In, Bit>,
    pub kept_over: Signal<In, Bit>,
    pub kept_key: Signal<In, Bits<32>>,
    pub kept_quantity: Signal<In, Bits<32>>,
    pub mate_key: Signal<Out, Bits<32>>,
    pub mate_quantity: Signal<Out, Bits<32>>,
    pub own_key: Signal<Out, Bits<32>>,
    pub own_quantity: Signal<Out, Bits<32>>,
    load: RegCopy<Bit>,
    mate_in_front: RegCopy<Bit>,
    mate_valid: Signal<Local, Bit>,
    mate_over: Signal<Local, Bit>,
    own_valid: Signal<Local, Bit>,
    own_over: Signal<Local, Bit>,
    all_zeros: Signal<Local, Bits<32>>,
    all_ones: Signal<Local, Bits<32>>,
}

impl Logic for Lead {
    #[hdl_gen]
    fn update(&mut self) {
        self.load.clock.next = self.clock.val();
        self.load.d.next = self.load_next.val();
        self.mate_in_front.clock.next = self.clock.val();
        self.mate_in_front.d.next = self.mate_in_front_next.val();
        self.all_zeros.next = 0.into();
        self.all_ones.next = !self.all_zeros.val();

        self.mate_valid.next = self.kept_valid.val() & self.kept_live.val();
        self.mate_over.next = self.kept_over.val();
        self.mate_key.next = self.kept_key.val();
        self.mate_quantity.next = self.kept_quantity.val();
        if self.mate_in_front.q.val() {
            self.mate_valid.next = self.last_valid.val();
            self.mate_over.next = self.last_over.val();
            self.mate_key.next = self.last_key.val();
            self.mate_quantity.next = self.last_quantity.val();
        }
        if self.mate_over.val() {
            self.mate_quantity.next = self.all_ones.val();
        }
        if !self.mate_valid.val() {
            self.mate_key.next = self.all_ones.val();
            self.mate_quantity.next = self.all_zeros.val();
        }

        self.own_valid.next = self.last_valid.val();
        self.own_over.next = self.last_over.val();
        self.own_key.next = self.last_key.val();
        self.own_quantity.next = self.last_quantity.val();
        if self.load.q.val() {
            self.own_valid.next = self.next_valid.val();
            self.own_over.next = self.next_over.val();
            self.own_key.next = self.next_key.val();
            self.own_quantity.next = self.next_quantity.val();
        }
        if self.own_over.val() {
            self.own_quantity.next = self.all_ones.val();
        }
        if !self.own_valid.val() {
            self.own_key.next = self.all_ones.val();
            self.own_quantity.next = self.all_zeros.val();
        }
    }
}
