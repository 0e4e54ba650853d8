//! Frees all pages after reset, and those of a slot when it is swept.
//!
//! ```text
//! sweep ─► settle, drain ─► 8 cells ─► wipe those of the slot ─► next 8 … ─► clear both rows ─► land ─► done
//! ```
//!
//! Latency: two cycles a page after reset; about 9 cycles for each eight pages in a sweep, more where there is
//! something to wipe. Back-pressure: a clear stands until granted.

use super::super::arithmetic::KEY_BITS;
use rust_hdl::prelude::*;

/// What the sweep is doing.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum SweepState {
    Clear,
    Idle,
    Settle,
    Drain,
    Read,
    Wait,
    Wipe,
    Rows,
    Land,
}

/// Sweep; see the module's text. Widths as in [`super::RefillEngine`].
#[derive(LogicBlock, Default)]
pub struct Sweep<const RW: usize, const SW: usize, const R: usize, const PW: usize, const AW: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub phase: Signal<In, Bit>,
    pub sweep_valid: Signal<In, Bit>,
    pub sweep_slot: Signal<In, Bits<SW>>,
    /// No search is under way.
    pub quiet: Signal<In, Bit>,
    pub taken: Signal<In, Bits<16>>,
    pub retired: Signal<In, Bits<16>>,
    pub scan_valid: Signal<In, Bit>,
    pub scan_key: [Signal<In, Bits<KEY_BITS>>; 8],
    pub scan_used: [Signal<In, Bit>; 8],
    pub granted: Signal<In, Bit>,
    /// All pages are at rest: no search may begin, no watch go on.
    pub holds: Signal<Out, Bit>,
    /// Operations of the slot are refused.
    pub sweeping: Signal<Out, Bit>,
    pub drained: Signal<Out, Bit>,
    pub done: Signal<Out, Bit>,
    pub probe_valid: Signal<Out, Bit>,
    pub address: Signal<Out, Bits<AW>>,
    pub wipe_valid: Signal<Out, Bit>,
    pub wipe_page: Signal<Out, Bits<PW>>,
    /// Rows of which nothing that was noted counts any more.
    pub forget: Signal<Out, Bits<R>>,
    pub clears: Signal<Out, Bit>,
    pub clear_row: Signal<Out, Bits<RW>>,
    state: DFF<SweepState>,
    timer: DFF<Bits<5>>,
    snapshot: DFF<Bits<16>>,
    caught_up: DFF<Bit>,
    cells: DFF<Bits<AW>>,
    bank: DFF<Bits<3>>,
    mask: DFF<Bits<8>>,
    second: DFF<Bit>,
    one_5: Signal<Local, Bits<5>>,
    one_3: Signal<Local, Bits<3>>,
    one_cell: Signal<Local, Bits<AW>>,
    one_row: Signal<Local, Bits<RW>>,
    three_rows: Signal<Local, Bits<R>>,
    undrained: Signal<Local, Bits<16>>,
    elapsed: Signal<Local, Bit>,
    last_bank: Signal<Local, Bit>,
    last_cell: Signal<Local, Bit>,
    next_cell: Signal<Local, Bits<AW>>,
    next_bank: Signal<Local, Bits<3>>,
    wide_slot: Signal<Local, Bits<RW>>,
    low_row: Signal<Local, Bits<RW>>,
    page_high: Signal<Local, Bits<PW>>,
    page_low: Signal<Local, Bits<PW>>,
    slot_key: [Signal<Local, Bits<KEY_BITS>>; 8],
    slot_shifted: [Signal<Local, Bits<KEY_BITS>>; 8],
    slot_of: [Signal<Local, Bits<SW>>; 8],
    match_bit: [Signal<Local, Bits<8>>; 8],
    match_bits: Signal<Local, Bits<8>>,
}

impl<const RW: usize, const SW: usize, const R: usize, const PW: usize, const AW: usize> Logic
    for Sweep<RW, SW, R, PW, AW>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, state, timer, snapshot, caught_up, cells, bank, mask, second
        );
        self.one_5.next = 1.into();
        self.one_3.next = 1.into();
        self.one_cell.next = 1.into();
        self.one_row.next = 1.into();
        self.three_rows.next = 3.into();
        self.elapsed.next = !self.timer.q.val().any();
        if self.timer.q.val().any() {
            self.timer.d.next = self.timer.q.val() - self.one_5.val();
        }
        self.undrained.next = self.retired.val() - self.snapshot.q.val();
        self.caught_up.d.next = !self.undrained.val().get_bit(15);
        self.wide_slot.next = bit_cast::<RW, SW>(self.sweep_slot.val());
        self.low_row.next = self.wide_slot.val() << 1;
        self.next_cell.next = self.cells.q.val() + self.one_cell.val();
        self.next_bank.next = self.bank.q.val() + self.one_3.val();
        self.last_bank.next = self.bank.q.val().all();
        self.last_cell.next = self.cells.q.val().all();
        self.page_high.next = bit_cast::<PW, AW>(self.cells.q.val());
        self.page_low.next = bit_cast::<PW, 3>(self.bank.q.val());
        self.wipe_page.next = (self.page_high.val() << 3) | self.page_low.val();
        self.address.next = self.cells.q.val();
        // Cells of empty pages stay: another slot may take them between the look and the wipe.
        for k in 0..8 {
            self.slot_key[k].next = self.scan_key[k].val();
            self.slot_shifted[k].next = self.slot_key[k].val() >> 28;
            self.slot_of[k].next = self.slot_shifted[k].val().get_bits::<SW>(0);
            self.match_bit[k].next = 0.into();
        }
        if self.scan_used[0].val() & (self.slot_of[0].val() == self.sweep_slot.val()) {
            self.match_bit[0].next = 1.into();
        }
        if self.scan_used[1].val() & (self.slot_of[1].val() == self.sweep_slot.val()) {
            self.match_bit[1].next = 2.into();
        }
        if self.scan_used[2].val() & (self.slot_of[2].val() == self.sweep_slot.val()) {
            self.match_bit[2].next = 4.into();
        }
        if self.scan_used[3].val() & (self.slot_of[3].val() == self.sweep_slot.val()) {
            self.match_bit[3].next = 8.into();
        }
        if self.scan_used[4].val() & (self.slot_of[4].val() == self.sweep_slot.val()) {
            self.match_bit[4].next = 16.into();
        }
        if self.scan_used[5].val() & (self.slot_of[5].val() == self.sweep_slot.val()) {
            self.match_bit[5].next = 32.into();
        }
        if self.scan_used[6].val() & (self.slot_of[6].val() == self.sweep_slot.val()) {
            self.match_bit[6].next = 64.into();
        }
        if self.scan_used[7].val() & (self.slot_of[7].val() == self.sweep_slot.val()) {
            self.match_bit[7].next = 128.into();
        }
        self.match_bits.next = self.match_bit[0].val()
            | self.match_bit[1].val()
            | self.match_bit[2].val()
            | self.match_bit[3].val()
            | self.match_bit[4].val()
            | self.match_bit[5].val()
            | self.match_bit[6].val()
            | self.match_bit[7].val();

        self.holds.next = self.sweep_valid.val() | (self.state.q.val() != SweepState::Idle);
        self.sweeping.next = true;
        self.drained.next = false;
        self.done.next = false;
        self.probe_valid.next = false;
        self.wipe_valid.next = false;
        self.forget.next = 0.into();
        self.clears.next = false;
        self.clear_row.next = self.low_row.val();
        if self.second.q.val() {
            self.clear_row.next = self.low_row.val() | self.one_row.val();
        }
        match self.state.q.val() {
            SweepState::Clear => {
                self.sweeping.next = false;
                if self.phase.val() {
                    self.wipe_valid.next = true;
                    self.bank.d.next = self.next_bank.val();
                    if self.last_bank.val() {
                        self.cells.d.next = self.next_cell.val();
                        if self.last_cell.val() {
                            self.state.d.next = SweepState::Idle;
                        }
                    }
                }
            }
            SweepState::Idle => {
                self.sweeping.next = false;
                self.timer.d.next = 16.into();
                self.second.d.next = false;
                if self.sweep_valid.val() & self.quiet.val() {
                    self.state.d.next = SweepState::Settle;
                }
            }
            SweepState::Settle => {
                self.snapshot.d.next = self.taken.val();
                if self.elapsed.val() {
                    self.timer.d.next = 3.into();
                    self.state.d.next = SweepState::Drain;
                }
            }
            SweepState::Drain => {
                self.cells.d.next = 0.into();
                if self.elapsed.val() & self.caught_up.q.val() {
                    self.drained.next = true;
                    self.forget.next = self.three_rows.val() << self.low_row.val();
                    self.state.d.next = SweepState::Read;
                }
            }
            SweepState::Read => {
                self.probe_valid.next = self.phase.val();
                self.bank.d.next = 0.into();
                if self.phase.val() {
                    self.state.d.next = SweepState::Wait;
                }
            }
            SweepState::Wait => {
                self.mask.d.next = self.match_bits.val();
                if self.scan_valid.val() {
                    self.state.d.next = SweepState::Wipe;
                }
            }
            SweepState::Wipe => {
                if self.phase.val() {
                    self.wipe_valid.next = self.mask.q.val().get_bit(0);
                    self.mask.d.next = self.mask.q.val() >> 1;
                    self.bank.d.next = self.next_bank.val();
                }
                if !self.mask.q.val().any() {
                    self.wipe_valid.next = false;
                    self.cells.d.next = self.next_cell.val();
                    self.state.d.next = SweepState::Read;
                    if self.last_cell.val() {
                        self.state.d.next = SweepState::Rows;
                    }
                }
            }
            SweepState::Rows => {
                self.clears.next = true;
                if self.granted.val() {
                    self.second.d.next = true;
                    if self.second.q.val() {
                        self.timer.d.next = 16.into();
                        self.state.d.next = SweepState::Land;
                    }
                }
            }
            SweepState::Land => {
                if self.elapsed.val() {
                    self.done.next = true;
                    self.state.d.next = SweepState::Idle;
                }
            }
            _ => {
                self.state.d.next = SweepState::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = SweepState::Clear;
            self.cells.d.next = 0.into();
            self.bank.d.next = 0.into();
            self.timer.d.next = 0.into();
        }
    }
}
