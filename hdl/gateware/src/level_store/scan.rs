//! The lowest page of a row beyond a bound, over all cells.
//!
//! ```text
//! 8 cells every two cycles ─► wanted? ─► 4 lowest ─► 2 ─► 1 ─► lowest so far
//! ```
//!
//! Latency: 5 cycles from the cells to `page`. Back-pressure: none.

use super::arithmetic::KEY_BITS;
use rust_hdl::prelude::*;

/// Running minimum; see the module's text.
#[derive(LogicBlock, Default)]
pub struct ScanMinimum {
    pub clock: Signal<In, Clock>,
    /// Forgets what was found.
    pub restart: Signal<In, Bit>,
    pub valid: Signal<In, Bit>,
    pub key: [Signal<In, Bits<KEY_BITS>>; 8],
    pub used: [Signal<In, Bit>; 8],
    /// Row and class wanted: the key without its page.
    pub wanted: Signal<In, Bits<8>>,
    pub from_start: Signal<In, Bit>,
    pub beyond: Signal<In, Bits<26>>,
    pub found: Signal<Out, Bit>,
    pub page: Signal<Out, Bits<26>>,
    found_0: [DFF<Bit>; 8],
    page_0: [DFF<Bits<26>>; 8],
    found_1: [DFF<Bit>; 4],
    page_1: [DFF<Bits<26>>; 4],
    found_2: [DFF<Bit>; 2],
    page_2: [DFF<Bits<26>>; 2],
    found_3: DFF<Bit>,
    page_3: DFF<Bits<26>>,
    found_best: DFF<Bit>,
    page_best: DFF<Bits<26>>,
    key_now: [Signal<Local, Bits<KEY_BITS>>; 8],
    key_high: [Signal<Local, Bits<KEY_BITS>>; 8],
    key_row: [Signal<Local, Bits<8>>; 8],
    key_page: [Signal<Local, Bits<26>>; 8],
    further: [Signal<Local, Bit>; 8],
    lower_1: [Signal<Local, Bit>; 4],
    lower_2: [Signal<Local, Bit>; 2],
    lower_3: Signal<Local, Bit>,
    lower_best: Signal<Local, Bit>,
}

impl Logic for ScanMinimum {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, found_3, page_3, found_best, page_best);
        for k in 0..8 {
            self.found_0[k].clock.next = self.clock.val();
            self.page_0[k].clock.next = self.clock.val();
            self.key_now[k].next = self.key[k].val();
            self.key_high[k].next = self.key_now[k].val() >> 26;
            self.key_row[k].next = self.key_high[k].val().get_bits::<8>(0);
            self.key_page[k].next = self.key_now[k].val().get_bits::<26>(0);
            self.further[k].next = self.key_page[k].val() > self.beyond.val();
            self.found_0[k].d.next = self.valid.val()
                & self.used[k].val()
                & (self.key_row[k].val() == self.wanted.val())
                & (self.further[k].val() | self.from_start.val());
            self.page_0[k].d.next = self.key_page[k].val();
        }
        for k in 0..4 {
            self.found_1[k].clock.next = self.clock.val();
            self.page_1[k].clock.next = self.clock.val();
            self.lower_1[k].next = self.page_0[2 * k + 1].q.val() < self.page_0[2 * k].q.val();
            self.found_1[k].d.next = self.found_0[2 * k].q.val() | self.found_0[2 * k + 1].q.val();
            self.page_1[k].d.next = self.page_0[2 * k].q.val();
            if self.found_0[2 * k + 1].q.val() & (self.lower_1[k].val() | !self.found_0[2 * k].q.val()) {
                self.page_1[k].d.next = self.page_0[2 * k + 1].q.val();
            }
        }
        for k in 0..2 {
            self.found_2[k].clock.next = self.clock.val();
            self.page_2[k].clock.next = self.clock.val();
            self.lower_2[k].next = self.page_1[2 * k + 1].q.val() < self.page_1[2 * k].q.val();
            self.found_2[k].d.next = self.found_1[2 * k].q.val() | self.found_1[2 * k + 1].q.val();
            self.page_2[k].d.next = self.page_1[2 * k].q.val();
            if self.found_1[2 * k + 1].q.val() & (self.lower_2[k].val() | !self.found_1[2 * k].q.val()) {
                self.page_2[k].d.next = self.page_1[2 * k + 1].q.val();
            }
        }
        self.lower_3.next = self.page_2[1].q.val() < self.page_2[0].q.val();
        self.found_3.d.next = self.found_2[0].q.val() | self.found_2[1].q.val();
        self.page_3.d.next = self.page_2[0].q.val();
        if self.found_2[1].q.val() & (self.lower_3.val() | !self.found_2[0].q.val()) {
            self.page_3.d.next = self.page_2[1].q.val();
        }
        self.lower_best.next = self.page_3.q.val() < self.page_best.q.val();
        if self.found_3.q.val() & (self.lower_best.val() | !self.found_best.q.val()) {
            self.found_best.d.next = true;
            self.page_best.d.next = self.page_3.q.val();
        }
        if self.restart.val() {
            self.found_best.d.next = false;
        }
        self.found.next = self.found_best.q.val();
        self.page.next = self.page_best.q.val();
    }
}
