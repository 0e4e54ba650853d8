//! Brings levels back into a row's tail, and sweeps a slot.
//!
//! ```text
//! rows in need ─► watch ─► settle ─► next level beyond the tail: own page, next pages, all pages ─► offer
//!                   ▲                                                                      │
//!                   └──────────────── tail := the level appended ◄─────────────────────────┘
//! ```
//!
//! Why an append is exact. Call a row's tail T and let a *conflict* be an operation of that row, issued since the
//! watch began, that removes or adds at T or worse. The search starts when every operation issued before the
//! watch has reached both the row's summary and the pages; the summary still shows T. From then on, without a
//! conflict, the levels worse than T do not change, and T stays the tail: better operations move T only by filling
//! the row, for which it has room, all additions in flight included (`SAFE_LEVELS`). So the
//! level found is the best one worse than the tail also in the cycle in which the append is issued. With an empty
//! row every operation conflicts. A row of which an operation was lost (`lost`) is never touched again until swept.
//!
//! Latency: about 75 cycles to the first append, 45 between appends, 2 a page address for a search of all pages.
//! Back-pressure: an offer stands until `refill_taken`, or is withdrawn.

use super::arithmetic::{KEY_BITS, NextBit, Product};
use super::scan::ScanMinimum;
use crate::prim::LutRam;
use rust_hdl::prelude::*;

/// Cycles from the issue of an operation until the row's summary holds it, with some to spare.
const LAND_CYCLES: u64 = 16;
/// Most levels, additions in flight included, with which a row takes another one: none may fall out of it.
const SAFE_LEVELS: u64 = 15;
/// Levels from which a row with more levels beyond it is left alone.
const ENOUGH_LEVELS: u64 = 14;
/// Levels below which a refill begins.
const NEED_LEVELS: u64 = 13;
/// Pages looked up one by one beyond the tail's, before all are searched.
const NEAR_PAGES: u64 = 4;
/// Cycles after which an offer is given up.
const PATIENCE_CYCLES: u64 = 63;

/// What the engine is doing.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum RefillState {
    Clear,
    Idle,
    Read,
    Settle,
    Drain,
    Check,
    Divide,
    Divided,
    Look,
    LookWait,
    Bit,
    Next,
    Scan,
    ScanWait,
    Price,
    Chosen,
    Quantity,
    QuantityLook,
    QuantityWait,
    Offer,
    Landing,
    Land,
    SweepSettle,
    SweepDrain,
    SweepRead,
    SweepReadWait,
    SweepWipe,
    SweepRows,
    SweepLand,
}

/// Refill and sweep; see the module's text. `RW` row bits, `SW = RW − 1`, `R = 2^RW`, `PW` page address bits,
/// `AW = PW − 3`, `QW` quantity bits.
#[derive(LogicBlock)]
pub struct RefillEngine<
    const RW: usize,
    const SW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const QW: usize,
> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub phase: Signal<In, Bit>,
    pub issue_valid: Signal<In, Bit>,
    pub issue_row: Signal<In, Bits<RW>>,
    pub issue_removes: Signal<In, Bit>,
    pub issue_remove_price: Signal<In, Bits<32>>,
    pub issue_adds: Signal<In, Bit>,
    pub issue_add_price: Signal<In, Bits<32>>,
    pub taken: Signal<In, Bits<16>>,
    pub retired: Signal<In, Bit>,
    pub off_grid_valid: Signal<In, Bit>,
    pub off_grid_row: Signal<In, Bits<RW>>,
    pub lost_valid: Signal<In, Bit>,
    pub lost_row: Signal<In, Bits<RW>>,
    pub refused_valid: Signal<In, Bit>,
    pub refused_row: Signal<In, Bits<RW>>,
    pub summary_valid: Signal<In, Bit>,
    pub summary_row: Signal<In, Bits<RW>>,
    pub summary_more: Signal<In, Bit>,
    pub summary_count: Signal<In, Bits<5>>,
    pub summary_tail: Signal<In, Bits<32>>,
    pub scan_valid: Signal<In, Bit>,
    pub scan_key: [Signal<In, Bits<KEY_BITS>>; 8],
    pub scan_bound: [Signal<In, Bit>; 8],
    pub scan_used: [Signal<In, Bit>; 8],
    pub probe_done: Signal<In, Bit>,
    pub probe_hit: Signal<In, Bit>,
    pub probe_levels: Signal<In, Bits<64>>,
    pub probe_quantity: Signal<In, Bits<QW>>,
    pub refill_taken: Signal<In, Bit>,
    pub sweep_valid: Signal<In, Bit>,
    pub sweep_slot: Signal<In, Bits<SW>>,
    pub tick: Signal<In, Bits<32>>,
    pub probe_valid: Signal<Out, Bit>,
    pub probe_scans: Signal<Out, Bit>,
    pub probe_key: Signal<Out, Bits<KEY_BITS>>,
    pub probe_offset: Signal<Out, Bits<6>>,
    pub scan_address: Signal<Out, Bits<AW>>,
    pub wipe_valid: Signal<Out, Bit>,
    pub wipe_page: Signal<Out, Bits<PW>>,
    pub refill_valid: Signal<Out, Bit>,
    pub refill_kind: Signal<Out, Bits<2>>,
    pub refill_row: Signal<Out, Bits<RW>>,
    pub refill_price: Signal<Out, Bits<32>>,
    pub refill_quantity: Signal<Out, Bits<QW>>,
    pub grid_slot: Signal<Out, Bits<SW>>,
    pub sweep_drained: Signal<Out, Bit>,
    pub sweeping: Signal<Out, Bit>,
    pub sweep_done: Signal<Out, Bit>,
    pub busy: Signal<Out, Bit>,
    pub refilled: Signal<Out, Bit>,
    pub scanned: Signal<Out, Bit>,
    minimum: ScanMinimum,
    next_bit: NextBit,
    product: Product,
    summaries: LutRam<Bits<38>, RW>,
    state: DFF<RefillState>,
    timer: DFF<Bits<6>>,
    row: DFF<Bits<RW>>,
    pointer: DFF<Bits<RW>>,
    need: DFF<Bits<R>>,
    lost: DFF<Bits<R>>,
    off_grid: DFF<Bits<R>>,
    watched_valid: DFF<Bit>,
    watched_row: DFF<Bits<RW>>,
    watched_removes: DFF<Bit>,
    watched_remove: DFF<Bits<32>>,
    watched_adds: DFF<Bit>,
    watched_add: DFF<Bits<32>>,
    conflict: DFF<Bit>,
    window: DFF<Bits<16>>,
    flying: DFF<Bits<5>>,
    retired_count: DFF<Bits<16>>,
    snapshot: DFF<Bits<16>>,
    drained: DFF<Bit>,
    summary_now: DFF<Bits<38>>,
    agrees: DFF<Bit>,
    tail: DFF<Bits<32>>,
    empty: DFF<Bit>,
    grid_known: DFF<Bit>,
    grid_bound: DFF<Bits<32>>,
    numerator: DFF<Bits<32>>,
    remainder: DFF<Bits<33>>,
    quotient: DFF<Bits<32>>,
    class_on: DFF<Bit>,
    near: DFF<Bits<3>>,
    look_page: DFF<Bits<26>>,
    look_from_start: DFF<Bit>,
    scanned_look: DFF<Bit>,
    levels: DFF<Bits<64>>,
    candidate: DFF<Bits<32>>,
    candidate_valid: DFF<Bit>,
    best_valid: DFF<Bit>,
    best_on: DFF<Bit>,
    best_position: DFF<Bits<32>>,
    best_key: DFF<Bits<32>>,
    best_quantity: DFF<Bits<QW>>,
    offer_kind: DFF<Bits<2>>,
    address: DFF<Bits<AW>>,
    bank: DFF<Bits<3>>,
    wipe_mask: DFF<Bits<8>>,
    busy_now: DFF<Bit>,
    is_bid: Signal<Local, Bit>,
    next_bank: Signal<Local, Bits<3>>,
    next_address: Signal<Local, Bits<AW>>,
    next_pointer: Signal<Local, Bits<RW>>,
    next_timer: Signal<Local, Bits<6>>,
    summary_word: Signal<Local, Bits<38>>,
    summary_more_word: Signal<Local, Bits<38>>,
    summary_count_word: Signal<Local, Bits<38>>,
    summary_tail_word: Signal<Local, Bits<38>>,
    row_summary: Signal<Local, Bits<38>>,
    row_more: Signal<Local, Bit>,
    row_count: Signal<Local, Bits<5>>,
    row_tail: Signal<Local, Bits<32>>,
    row_tail_key: Signal<Local, Bits<32>>,
    row_empty: Signal<Local, Bit>,
    few: Signal<Local, Bit>,
    summary_needs: Signal<Local, Bit>,
    summary_mask: Signal<Local, Bits<R>>,
    kept_mask: Signal<Local, Bits<R>>,
    lost_mask: Signal<Local, Bits<R>>,
    refused_mask: Signal<Local, Bits<R>>,
    off_grid_mask: Signal<Local, Bits<R>>,
    pending: Signal<Local, Bits<R>>,
    pointed: Signal<Local, Bit>,
    own_lost: Signal<Local, Bit>,
    own_off_grid: Signal<Local, Bit>,
    remove_key: Signal<Local, Bits<32>>,
    add_key: Signal<Local, Bits<32>>,
    issue_bid: Signal<Local, Bit>,
    remove_conflicts: Signal<Local, Bit>,
    add_conflicts: Signal<Local, Bit>,
    same_row: Signal<Local, Bit>,
    row_hit: Signal<Local, Bit>,
    conflicts: Signal<Local, Bit>,
    enters: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    window_shifted: Signal<Local, Bits<16>>,
    more_flying: Signal<Local, Bits<5>>,
    less_flying: Signal<Local, Bits<5>>,
    fullest: Signal<Local, Bits<5>>,
    retired_next: Signal<Local, Bits<16>>,
    undrained: Signal<Local, Bits<16>>,
    tail_price: Signal<Local, Bits<32>>,
    shifted: Signal<Local, Bits<33>>,
    numerator_bit: Signal<Local, Bits<33>>,
    partial: Signal<Local, Bits<33>>,
    wide_tick: Signal<Local, Bits<33>>,
    reduced: Signal<Local, Bits<33>>,
    fits: Signal<Local, Bit>,
    quotient_shifted: Signal<Local, Bits<32>>,
    ceiling: Signal<Local, Bits<32>>,
    bound: Signal<Local, Bits<32>>,
    bound_shifted: Signal<Local, Bits<32>>,
    bound_page: Signal<Local, Bits<26>>,
    bound_offset: Signal<Local, Bits<6>>,
    near_wide: Signal<Local, Bits<27>>,
    bound_wide: Signal<Local, Bits<27>>,
    next_look: Signal<Local, Bits<27>>,
    next_near: Signal<Local, Bits<3>>,
    off_page: Signal<Local, Bit>,
    key_row: Signal<Local, Bits<KEY_BITS>>,
    key_class: Signal<Local, Bits<KEY_BITS>>,
    key_page: Signal<Local, Bits<KEY_BITS>>,
    wanted_row: Signal<Local, Bits<8>>,
    wanted_class: Signal<Local, Bits<8>>,
    position_high: Signal<Local, Bits<32>>,
    position_low: Signal<Local, Bits<32>>,
    price_key: Signal<Local, Bits<32>>,
    grid_price: Signal<Local, Bits<32>>,
    candidate_raw: Signal<Local, Bits<32>>,
    better: Signal<Local, Bit>,
    safe: Signal<Local, Bit>,
    offers: Signal<Local, Bit>,
    granted: Signal<Local, Bit>,
    sweep_row: Signal<Local, Bits<RW>>,
    slot_key: [Signal<Local, Bits<KEY_BITS>>; 8],
    slot_shifted: [Signal<Local, Bits<KEY_BITS>>; 8],
    slot_of: [Signal<Local, Bits<SW>>; 8],
    slot_match: [Signal<Local, Bit>; 8],
    match_bit: [Signal<Local, Bits<8>>; 8],
    match_bits: Signal<Local, Bits<8>>,
    sweep_low: Signal<Local, Bits<R>>,
    sweep_mask: Signal<Local, Bits<R>>,
    sweep_kept: Signal<Local, Bits<R>>,
    page_high: Signal<Local, Bits<PW>>,
    page_low: Signal<Local, Bits<PW>>,
    wide_slot: Signal<Local, Bits<RW>>,
    row_shifted: Signal<Local, Bits<RW>>,
    last_bank: Signal<Local, Bit>,
    last_address: Signal<Local, Bit>,
    elapsed: Signal<Local, Bit>,
    one_row: Constant<Bits<RW>>,
    one_rows: Constant<Bits<R>>,
    three_rows: Constant<Bits<R>>,
    one_16: Constant<Bits<16>>,
    one_5: Constant<Bits<5>>,
    one_6: Constant<Bits<6>>,
    one_3: Constant<Bits<3>>,
    one_address: Constant<Bits<AW>>,
    land: Constant<Bits<6>>,
    patience: Constant<Bits<6>>,
    divide_steps: Constant<Bits<6>>,
    scan_latency: Constant<Bits<6>>,
    bit_latency: Constant<Bits<6>>,
    product_latency: Constant<Bits<6>>,
    safe_levels: Constant<Bits<5>>,
    enough_levels: Constant<Bits<5>>,
    need_levels: Constant<Bits<5>>,
    near_pages: Constant<Bits<3>>,
    all_addresses: Constant<Bits<AW>>,
    on_grid_key: Constant<Bits<KEY_BITS>>,
    kind_append: Constant<Bits<2>>,
    kind_done: Constant<Bits<2>>,
    kind_clear: Constant<Bits<2>>,
    one_32: Constant<Bits<32>>,
    bank_bit: [Constant<Bits<8>>; 8],
}

impl<const RW: usize, const SW: usize, const R: usize, const PW: usize, const AW: usize, const QW: usize>
    Default for RefillEngine<RW, SW, R, PW, AW, QW>
{
    fn default() -> Self {
        assert!(
            SW + 1 == RW && R == 1 << RW && AW + 3 == PW,
            "RefillEngine: widths {RW}, {SW}, {R}, {PW}, {AW} do not belong together"
        );
        Self {
            clock: Default::default(),
            reset: Default::default(),
            phase: Default::default(),
            issue_valid: Default::default(),
            issue_row: Default::default(),
            issue_removes: Default::default(),
            issue_remove_price: Default::default(),
            issue_adds: Default::default(),
            issue_add_price: Default::default(),
            taken: Default::default(),
            retired: Default::default(),
            off_grid_valid: Default::default(),
            off_grid_row: Default::default(),
            lost_valid: Default::default(),
            lost_row: Default::default(),
            refused_valid: Default::default(),
            refused_row: Default::default(),
            summary_valid: Default::default(),
            summary_row: Default::default(),
            summary_more: Default::default(),
            summary_count: Default::default(),
            summary_tail: Default::default(),
            scan_valid: Default::default(),
            scan_key: Default::default(),
            scan_bound: Default::default(),
            scan_used: Default::default(),
            probe_done: Default::default(),
            probe_hit: Default::default(),
            probe_levels: Default::default(),
            probe_quantity: Default::default(),
            refill_taken: Default::default(),
            sweep_valid: Default::default(),
            sweep_slot: Default::default(),
            tick: Default::default(),
            probe_valid: Default::default(),
            probe_scans: Default::default(),
            probe_key: Default::default(),
            probe_offset: Default::default(),
            scan_address: Default::default(),
            wipe_valid: Default::default(),
            wipe_page: Default::default(),
            refill_valid: Default::default(),
            refill_kind: Default::default(),
            refill_row: Default::default(),
            refill_price: Default::default(),
            refill_quantity: Default::default(),
            grid_slot: Default::default(),
            sweep_drained: Default::default(),
            sweeping: Default::default(),
            sweep_done: Default::default(),
            busy: Default::default(),
            refilled: Default::default(),
            scanned: Default::default(),
            minimum: Default::default(),
            next_bit: Default::default(),
            product: Default::default(),
            summaries: Default::default(),
            state: Default::default(),
            timer: Default::default(),
            row: Default::default(),
            pointer: Default::default(),
            need: Default::default(),
            lost: Default::default(),
            off_grid: Default::default(),
            watched_valid: Default::default(),
            watched_row: Default::default(),
            watched_removes: Default::default(),
            watched_remove: Default::default(),
            watched_adds: Default::default(),
            watched_add: Default::default(),
            conflict: Default::default(),
            window: Default::default(),
            flying: Default::default(),
            retired_count: Default::default(),
            snapshot: Default::default(),
            drained: Default::default(),
            summary_now: Default::default(),
            agrees: Default::default(),
            tail: Default::default(),
            empty: Default::default(),
            grid_known: Default::default(),
            grid_bound: Default::default(),
            numerator: Default::default(),
            remainder: Default::default(),
            quotient: Default::default(),
            class_on: Default::default(),
            near: Default::default(),
            look_page: Default::default(),
            look_from_start: Default::default(),
            scanned_look: Default::default(),
            levels: Default::default(),
            candidate: Default::default(),
            candidate_valid: Default::default(),
            best_valid: Default::default(),
            best_on: Default::default(),
            best_position: Default::default(),
            best_key: Default::default(),
            best_quantity: Default::default(),
            offer_kind: Default::default(),
            address: Default::default(),
            bank: Default::default(),
            wipe_mask: Default::default(),
            busy_now: Default::default(),
            is_bid: Default::default(),
            next_bank: Default::default(),
            next_address: Default::default(),
            next_pointer: Default::default(),
            next_timer: Default::default(),
            summary_word: Default::default(),
            summary_more_word: Default::default(),
            summary_count_word: Default::default(),
            summary_tail_word: Default::default(),
            row_summary: Default::default(),
            row_more: Default::default(),
            row_count: Default::default(),
            row_tail: Default::default(),
            row_tail_key: Default::default(),
            row_empty: Default::default(),
            few: Default::default(),
            summary_needs: Default::default(),
            summary_mask: Default::default(),
            kept_mask: Default::default(),
            lost_mask: Default::default(),
            refused_mask: Default::default(),
            off_grid_mask: Default::default(),
            pending: Default::default(),
            pointed: Default::default(),
            own_lost: Default::default(),
            own_off_grid: Default::default(),
            remove_key: Default::default(),
            add_key: Default::default(),
            issue_bid: Default::default(),
            remove_conflicts: Default::default(),
            add_conflicts: Default::default(),
            same_row: Default::default(),
            row_hit: Default::default(),
            conflicts: Default::default(),
            enters: Default::default(),
            leaves: Default::default(),
            window_shifted: Default::default(),
            more_flying: Default::default(),
            less_flying: Default::default(),
            fullest: Default::default(),
            retired_next: Default::default(),
            undrained: Default::default(),
            tail_price: Default::default(),
            shifted: Default::default(),
            numerator_bit: Default::default(),
            partial: Default::default(),
            wide_tick: Default::default(),
            reduced: Default::default(),
            fits: Default::default(),
            quotient_shifted: Default::default(),
            ceiling: Default::default(),
            bound: Default::default(),
            bound_shifted: Default::default(),
            bound_page: Default::default(),
            bound_offset: Default::default(),
            near_wide: Default::default(),
            bound_wide: Default::default(),
            next_look: Default::default(),
            next_near: Default::default(),
            off_page: Default::default(),
            key_row: Default::default(),
            key_class: Default::default(),
            key_page: Default::default(),
            wanted_row: Default::default(),
            wanted_class: Default::default(),
            position_high: Default::default(),
            position_low: Default::default(),
            price_key: Default::default(),
            grid_price: Default::default(),
            candidate_raw: Default::default(),
            better: Default::default(),
            safe: Default::default(),
            offers: Default::default(),
            granted: Default::default(),
            sweep_row: Default::default(),
            slot_key: Default::default(),
            slot_shifted: Default::default(),
            slot_of: Default::default(),
            slot_match: Default::default(),
            match_bit: Default::default(),
            match_bits: Default::default(),
            sweep_low: Default::default(),
            sweep_mask: Default::default(),
            sweep_kept: Default::default(),
            page_high: Default::default(),
            page_low: Default::default(),
            wide_slot: Default::default(),
            row_shifted: Default::default(),
            last_bank: Default::default(),
            last_address: Default::default(),
            elapsed: Default::default(),
            one_row: Constant::new(1.into()),
            one_rows: Constant::new(1.into()),
            three_rows: Constant::new(3.into()),
            one_16: Constant::new(1.into()),
            one_5: Constant::new(1.into()),
            one_6: Constant::new(1.into()),
            one_3: Constant::new(1.into()),
            one_address: Constant::new(1.into()),
            land: Constant::new(LAND_CYCLES.into()),
            patience: Constant::new(PATIENCE_CYCLES.into()),
            divide_steps: Constant::new(31.into()),
            scan_latency: Constant::new(15.into()),
            bit_latency: Constant::new(3.into()),
            product_latency: Constant::new(3.into()),
            safe_levels: Constant::new(SAFE_LEVELS.into()),
            enough_levels: Constant::new(ENOUGH_LEVELS.into()),
            need_levels: Constant::new(NEED_LEVELS.into()),
            near_pages: Constant::new(NEAR_PAGES.into()),
            all_addresses: Constant::new(((1u64 << AW) - 1).into()),
            on_grid_key: Constant::new((1u64 << 26).into()),
            kind_append: Constant::new(1.into()),
            kind_done: Constant::new(2.into()),
            kind_clear: Constant::new(3.into()),
            one_32: Constant::new(1.into()),
            bank_bit: [1u64, 2, 4, 8, 16, 32, 64, 128].map(|bit| Constant::new(bit.into())),
        }
    }
}

impl<const RW: usize, const SW: usize, const R: usize, const PW: usize, const AW: usize, const QW: usize>
    Logic for RefillEngine<RW, SW, R, PW, AW, QW>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            timer,
            row,
            pointer,
            need,
            lost,
            off_grid,
            watched_valid,
            watched_row,
            watched_removes,
            watched_remove,
            watched_adds,
            watched_add,
            conflict,
            window,
            flying,
            retired_count,
            snapshot,
            drained,
            summary_now,
            agrees,
            tail,
            empty,
            grid_known,
            grid_bound,
            numerator,
            remainder,
            quotient,
            class_on,
            near,
            look_page,
            look_from_start,
            scanned_look,
            levels,
            candidate,
            candidate_valid,
            best_valid,
            best_on,
            best_position,
            best_key,
            best_quantity,
            offer_kind,
            address,
            bank,
            wipe_mask,
            busy_now
        );
        self.is_bid.next = self.row.q.val().get_bit(0);

        // Summaries of the rows and what they need.
        self.summary_more_word.next = 0.into();
        if self.summary_more.val() {
            self.summary_more_word.next = 1.into();
        }
        self.summary_count_word.next = bit_cast::<38, 5>(self.summary_count.val());
        self.summary_tail_word.next = bit_cast::<38, 32>(self.summary_tail.val());
        self.summary_word.next = self.summary_more_word.val()
            | (self.summary_count_word.val() << 1)
            | (self.summary_tail_word.val() << 6);
        self.summaries.clock.next = self.clock.val();
        self.summaries.write_enable.next = self.summary_valid.val();
        self.summaries.write_address.next = self.summary_row.val();
        self.summaries.write_data.next = self.summary_word.val();
        self.summaries.read_address.next = self.row.q.val();
        self.summary_now.d.next = self.summaries.read_data.val();
        self.row_summary.next = self.summary_now.q.val();
        self.row_more.next = self.row_summary.val().get_bit(0);
        self.row_count.next = self.row_summary.val().get_bits::<5>(1);
        self.row_tail.next = self.row_summary.val().get_bits::<32>(6);
        self.row_empty.next = !self.row_count.val().any();
        self.row_tail_key.next = self.row_tail.val();
        if self.is_bid.val() {
            self.row_tail_key.next = !self.row_tail.val();
        }
        self.few.next = self.summary_count.val() < self.need_levels.val();
        self.summary_needs.next = self.summary_more.val() & self.few.val();
        self.summary_mask.next = self.one_rows.val() << self.summary_row.val();
        self.kept_mask.next = !self.summary_mask.val();
        if self.summary_valid.val() {
            if self.summary_needs.val() {
                self.need.d.next = self.need.q.val() | self.summary_mask.val();
            } else {
                self.need.d.next = self.need.q.val() & self.kept_mask.val();
            }
        }
        self.lost_mask.next = 0.into();
        if self.lost_valid.val() {
            self.lost_mask.next = self.one_rows.val() << self.lost_row.val();
        }
        self.refused_mask.next = 0.into();
        if self.refused_valid.val() {
            self.refused_mask.next = self.one_rows.val() << self.refused_row.val();
        }
        self.off_grid_mask.next = 0.into();
        if self.off_grid_valid.val() {
            self.off_grid_mask.next = self.one_rows.val() << self.off_grid_row.val();
        }
        self.pending.next = self.need.q.val() & !self.lost.q.val();
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.pointed.next = self.pending.val().get_bit(self.pointer.q.val().index());
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.own_lost.next = self.lost.q.val().get_bit(self.row.q.val().index());
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.own_off_grid.next = self.off_grid.q.val().get_bit(self.row.q.val().index());

        // The watch: operations at the tail or worse are conflicts.
        self.issue_bid.next = self.issue_row.val().get_bit(0);
        self.remove_key.next = self.issue_remove_price.val();
        self.add_key.next = self.issue_add_price.val();
        if self.issue_bid.val() {
            self.remove_key.next = !self.issue_remove_price.val();
            self.add_key.next = !self.issue_add_price.val();
        }
        self.watched_valid.d.next = self.issue_valid.val();
        self.watched_row.d.next = self.issue_row.val();
        self.watched_removes.d.next = self.issue_removes.val();
        self.watched_adds.d.next = self.issue_adds.val();
        self.watched_remove.d.next = self.remove_key.val();
        self.watched_add.d.next = self.add_key.val();
        self.same_row.next = self.watched_row.q.val() == self.row.q.val();
        self.row_hit.next = self.watched_valid.q.val() & self.same_row.val();
        self.remove_conflicts.next = self.watched_remove.q.val() >= self.tail.q.val();
        self.add_conflicts.next = self.watched_add.q.val() >= self.tail.q.val();
        self.conflicts.next = self.row_hit.val()
            & ((self.watched_removes.q.val() & (self.remove_conflicts.val() | self.empty.q.val()))
                | (self.watched_adds.q.val() & (self.add_conflicts.val() | self.empty.q.val())));
        if self.conflicts.val() {
            self.conflict.d.next = true;
        }
        self.enters.next = self.row_hit.val() & self.watched_adds.q.val();
        self.leaves.next = self.window.q.val().get_bit(15);
        self.window_shifted.next = self.window.q.val() << 1;
        self.window.d.next = self.window_shifted.val();
        if self.enters.val() {
            self.window.d.next = self.window_shifted.val() | self.one_16.val();
        }
        self.more_flying.next = self.flying.q.val() + self.one_5.val();
        self.less_flying.next = self.flying.q.val() - self.one_5.val();
        if self.enters.val() & !self.leaves.val() {
            self.flying.d.next = self.more_flying.val();
        }
        if !self.enters.val() & self.leaves.val() {
            self.flying.d.next = self.less_flying.val();
        }
        self.retired_next.next = self.retired_count.q.val() + self.one_16.val();
        if self.retired.val() {
            self.retired_count.d.next = self.retired_next.val();
        }
        self.undrained.next = self.retired_count.q.val() - self.snapshot.q.val();
        self.drained.d.next = !self.undrained.val().get_bit(15);
        // Whether the summary still shows the tail that is watched.
        self.agrees.d.next = self.row_more.val()
            & ((self.row_empty.val() & self.empty.q.val())
                | (!self.row_empty.val()
                    & !self.empty.q.val()
                    & (self.row_tail_key.val() == self.tail.q.val())));

        // The tail's place on the grid, by long division.
        self.tail_price.next = self.tail.q.val();
        if self.is_bid.val() {
            self.tail_price.next = !self.tail.q.val();
        }
        self.wide_tick.next = bit_cast::<33, 32>(self.tick.val());
        self.shifted.next = self.remainder.q.val() << 1;
        self.numerator_bit.next = 0.into();
        if self.numerator.q.val().get_bit(31) {
            self.numerator_bit.next = 1.into();
        }
        self.partial.next = self.shifted.val() | self.numerator_bit.val();
        self.fits.next = self.partial.val() >= self.wide_tick.val();
        self.reduced.next = self.partial.val() - self.wide_tick.val();
        self.quotient_shifted.next = self.quotient.q.val() << 1;
        self.ceiling.next = self.quotient.q.val();
        if self.is_bid.val() & self.remainder.q.val().any() {
            self.ceiling.next = self.quotient.q.val() + self.one_32.val();
        }

        // Where the search stands.
        self.bound.next = self.tail.q.val();
        if self.class_on.q.val() {
            self.bound.next = self.grid_bound.q.val();
        }
        self.bound_shifted.next = self.bound.val() >> 6;
        self.bound_page.next = self.bound_shifted.val().get_bits::<26>(0);
        self.bound_offset.next = self.bound.val().get_bits::<6>(0);
        self.bound_wide.next = bit_cast::<27, 26>(self.bound_page.val());
        self.near_wide.next = bit_cast::<27, 3>(self.near.q.val());
        self.next_look.next = self.bound_wide.val() + self.near_wide.val();
        self.off_page.next = self.next_look.val().get_bit(26);
        self.next_near.next = self.near.q.val() + self.one_3.val();
        self.key_row.next = bit_cast::<KEY_BITS, RW>(self.row.q.val());
        self.key_class.next = 0.into();
        if self.class_on.q.val() {
            self.key_class.next = self.on_grid_key.val();
        }
        self.key_page.next = bit_cast::<KEY_BITS, 26>(self.look_page.q.val());
        self.probe_key.next = (self.key_row.val() << 27) | self.key_class.val() | self.key_page.val();
        self.probe_offset.next = 0.into();
        self.probe_valid.next = false;
        self.probe_scans.next = false;
        self.scan_address.next = self.address.q.val();
        self.next_address.next = self.address.q.val() + self.one_address.val();
        self.last_address.next = self.address.q.val() == self.all_addresses.val();
        self.next_bank.next = self.bank.q.val() + self.one_3.val();
        self.last_bank.next = self.bank.q.val().all();
        self.wanted_row.next = bit_cast::<8, RW>(self.row.q.val());
        self.wanted_class.next = 0.into();
        if self.class_on.q.val() {
            self.wanted_class.next = 1.into();
        }
        self.minimum.clock.next = self.clock.val();
        self.minimum.restart.next = false;
        self.minimum.valid.next = self.scan_valid.val();
        self.minimum.wanted.next = (self.wanted_row.val() << 1) | self.wanted_class.val();
        self.minimum.from_start.next = self.empty.q.val();
        self.minimum.beyond.next = self.bound_page.val();
        for k in 0..8 {
            self.minimum.key[k].next = self.scan_key[k].val();
            self.minimum.used[k].next = self.scan_bound[k].val() & self.scan_used[k].val();
        }
        self.next_bit.clock.next = self.clock.val();
        self.next_bit.word.next = self.levels.q.val();
        self.next_bit.offset.next = self.bound_offset.val();
        self.next_bit.from_start.next = self.look_from_start.q.val();
        self.position_high.next = bit_cast::<32, 26>(self.look_page.q.val());
        self.position_low.next = bit_cast::<32, 6>(self.next_bit.index.val());
        self.candidate_raw.next = self.candidate.q.val();
        if self.is_bid.val() {
            self.candidate_raw.next = !self.candidate.q.val();
        }
        self.product.clock.next = self.clock.val();
        self.product.a.next = self.candidate_raw.val();
        self.product.b.next = self.tick.val();
        self.grid_price.next = self.product.low.val();
        self.price_key.next = self.candidate.q.val();
        if self.class_on.q.val() {
            self.price_key.next = self.grid_price.val();
            if self.is_bid.val() {
                self.price_key.next = !self.grid_price.val();
            }
        }
        self.better.next = self.price_key.val() < self.best_key.q.val();

        // The offer.
        self.fullest.next = self.row_count.val() + self.flying.q.val();
        self.safe.next = self.fullest.val() <= self.safe_levels.val();
        self.offers.next = false;
        self.granted.next = false;
        self.refill_kind.next = self.offer_kind.q.val();
        self.refill_row.next = self.row.q.val();
        self.refill_price.next = self.best_key.q.val();
        if self.is_bid.val() {
            self.refill_price.next = !self.best_key.q.val();
        }
        self.refill_quantity.next = self.best_quantity.q.val();
        self.refilled.next = false;
        self.scanned.next = false;

        // Sweep. Cells of empty pages stay: another slot may take them between the look and the wipe.
        self.wide_slot.next = bit_cast::<RW, SW>(self.sweep_slot.val());
        self.sweep_row.next = self.wide_slot.val() << 1;
        self.sweep_low.next = self.three_rows.val() << self.sweep_row.val();
        self.sweep_mask.next = 0.into();
        self.row_shifted.next = self.row.q.val() >> 1;
        self.grid_slot.next = self.row_shifted.val().get_bits::<SW>(0);
        self.sweep_drained.next = false;
        self.sweep_done.next = false;
        self.sweeping.next = false;
        for k in 0..8 {
            self.slot_key[k].next = self.scan_key[k].val();
            self.slot_shifted[k].next = self.slot_key[k].val() >> 28;
            self.slot_of[k].next = self.slot_shifted[k].val().get_bits::<SW>(0);
            self.slot_match[k].next = self.scan_bound[k].val()
                & self.scan_used[k].val()
                & (self.slot_of[k].val() == self.sweep_slot.val());
        }
        for k in 0..8 {
            self.match_bit[k].next = 0.into();
            if self.slot_match[k].val() {
                self.match_bit[k].next = self.bank_bit[k].val();
            }
        }
        self.match_bits.next = self.match_bit[0].val()
            | self.match_bit[1].val()
            | self.match_bit[2].val()
            | self.match_bit[3].val()
            | self.match_bit[4].val()
            | self.match_bit[5].val()
            | self.match_bit[6].val()
            | self.match_bit[7].val();
        self.page_high.next = bit_cast::<PW, AW>(self.address.q.val());
        self.page_low.next = bit_cast::<PW, 3>(self.bank.q.val());
        self.wipe_page.next = (self.page_high.val() << 3) | self.page_low.val();
        self.wipe_valid.next = false;
        self.next_pointer.next = self.pointer.q.val() + self.one_row.val();
        self.next_timer.next = self.timer.q.val() - self.one_6.val();
        if self.timer.q.val().any() {
            self.timer.d.next = self.next_timer.val();
        }
        self.elapsed.next = !self.timer.q.val().any();

        match self.state.q.val() {
            RefillState::Clear => {
                // After reset every page is freed.
                if self.phase.val() {
                    self.wipe_valid.next = true;
                    self.bank.d.next = self.next_bank.val();
                    if self.last_bank.val() {
                        self.address.d.next = self.next_address.val();
                        if self.last_address.val() {
                            self.state.d.next = RefillState::Idle;
                        }
                    }
                }
            }
            RefillState::Idle => {
                self.row.d.next = self.pointer.q.val();
                if self.sweep_valid.val() {
                    self.row.d.next = self.sweep_row.val();
                    self.timer.d.next = self.land.val();
                    self.state.d.next = RefillState::SweepSettle;
                } else {
                    if self.pointed.val() {
                        self.timer.d.next = 3.into();
                        self.state.d.next = RefillState::Read;
                    } else {
                        self.pointer.d.next = self.next_pointer.val();
                    }
                }
            }
            RefillState::Read => {
                // The watch begins with the tail as the summary shows it.
                if self.elapsed.val() {
                    self.tail.d.next = self.row_tail_key.val();
                    self.empty.d.next = self.row_empty.val();
                    self.conflict.d.next = false;
                    self.grid_known.d.next = false;
                    self.timer.d.next = self.land.val();
                    self.state.d.next = RefillState::Settle;
                }
            }
            RefillState::Settle => {
                self.snapshot.d.next = self.taken.val();
                if self.elapsed.val() {
                    self.timer.d.next = 3.into();
                    self.state.d.next = RefillState::Drain;
                }
            }
            RefillState::Drain => {
                if self.elapsed.val() & self.drained.q.val() {
                    self.state.d.next = RefillState::Check;
                }
            }
            RefillState::Check => {
                self.best_valid.d.next = false;
                self.class_on.d.next = true;
                self.near.d.next = 0.into();
                self.scanned_look.d.next = false;
                self.numerator.d.next = self.tail_price.val();
                self.remainder.d.next = 0.into();
                self.quotient.d.next = 0.into();
                if self.conflict.q.val() | !self.agrees.q.val() | self.own_lost.val() {
                    self.pointer.d.next = self.next_pointer.val();
                    self.state.d.next = RefillState::Idle;
                } else {
                    if self.empty.q.val() {
                        self.address.d.next = 0.into();
                        self.minimum.restart.next = true;
                        self.state.d.next = RefillState::Scan;
                    } else {
                        if self.grid_known.q.val() {
                            self.state.d.next = RefillState::Look;
                            self.look_page.d.next = self.grid_bound.q.val().get_bits::<26>(6);
                            self.look_from_start.d.next = false;
                        } else {
                            self.timer.d.next = self.divide_steps.val();
                            self.state.d.next = RefillState::Divide;
                        }
                    }
                }
            }
            RefillState::Divide => {
                self.numerator.d.next = self.numerator.q.val() << 1;
                if self.fits.val() {
                    self.remainder.d.next = self.reduced.val();
                    self.quotient.d.next = self.quotient_shifted.val() | self.one_32.val();
                } else {
                    self.remainder.d.next = self.partial.val();
                    self.quotient.d.next = self.quotient_shifted.val();
                }
                if self.elapsed.val() {
                    self.state.d.next = RefillState::Divided;
                }
            }
            RefillState::Divided => {
                self.grid_bound.d.next = self.ceiling.val();
                if self.is_bid.val() {
                    self.grid_bound.d.next = !self.ceiling.val();
                }
                self.grid_known.d.next = true;
                self.state.d.next = RefillState::Check;
            }
            RefillState::Look => {
                self.probe_valid.next = self.phase.val();
                if self.phase.val() {
                    self.state.d.next = RefillState::LookWait;
                }
            }
            RefillState::LookWait => {
                if self.probe_done.val() {
                    self.levels.d.next = self.probe_levels.val();
                    self.timer.d.next = self.bit_latency.val();
                    self.state.d.next = RefillState::Bit;
                    if !self.probe_hit.val() {
                        self.state.d.next = RefillState::Next;
                    }
                }
            }
            RefillState::Bit => {
                self.candidate.d.next = (self.position_high.val() << 6) | self.position_low.val();
                if !self.timer.q.val().any() {
                    self.timer.d.next = 1.into();
                    self.state.d.next = RefillState::Next;
                    if self.next_bit.found.val() {
                        self.timer.d.next = self.product_latency.val();
                        self.state.d.next = RefillState::Price;
                    }
                }
            }
            RefillState::Next => {
                // The page holds nothing: the next one, or all.
                self.near.d.next = self.next_near.val();
                self.look_page.d.next = self.next_look.val().get_bits::<26>(0);
                self.look_from_start.d.next = true;
                self.state.d.next = RefillState::Look;
                if self.near.q.val() == 0 {
                    self.near.d.next = self.next_near.val();
                    self.state.d.next = RefillState::Next;
                }
                if (self.near.q.val() == self.near_pages.val())
                    | (self.off_page.val() & self.near.q.val().any())
                    | self.own_off_grid.val()
                    | self.scanned_look.q.val()
                {
                    self.address.d.next = 0.into();
                    self.minimum.restart.next = true;
                    self.state.d.next = RefillState::Scan;
                }
                if self.scanned_look.q.val() {
                    // A page that the search of all pages found must hold a level.
                    self.pointer.d.next = self.next_pointer.val();
                    self.state.d.next = RefillState::Idle;
                }
            }
            RefillState::Scan => {
                self.probe_valid.next = self.phase.val();
                self.probe_scans.next = true;
                if self.phase.val() {
                    self.address.d.next = self.next_address.val();
                    if self.last_address.val() {
                        self.scanned.next = true;
                        self.timer.d.next = self.scan_latency.val();
                        self.state.d.next = RefillState::ScanWait;
                    }
                }
            }
            RefillState::ScanWait => {
                self.look_page.d.next = self.minimum.page.val();
                self.look_from_start.d.next = true;
                if self.elapsed.val() {
                    if self.minimum.found.val() {
                        self.scanned_look.d.next = true;
                        self.state.d.next = RefillState::Look;
                    } else {
                        self.candidate_valid.d.next = false;
                        self.state.d.next = RefillState::Chosen;
                    }
                }
            }
            RefillState::Price => {
                self.candidate_valid.d.next = true;
                if self.elapsed.val() {
                    self.state.d.next = RefillState::Chosen;
                }
            }
            RefillState::Chosen => {
                // The better of the grid's candidate and the one off the grid.
                self.near.d.next = 0.into();
                self.scanned_look.d.next = false;
                if self.candidate_valid.q.val() & (self.better.val() | !self.best_valid.q.val()) {
                    self.best_valid.d.next = true;
                    self.best_on.d.next = self.class_on.q.val();
                    self.best_position.d.next = self.candidate.q.val();
                    self.best_key.d.next = self.price_key.val();
                }
                self.state.d.next = RefillState::Quantity;
                if self.class_on.q.val() & self.own_off_grid.val() {
                    self.class_on.d.next = false;
                    self.look_page.d.next = self.tail.q.val().get_bits::<26>(6);
                    self.look_from_start.d.next = false;
                    self.state.d.next = RefillState::Look;
                    if self.empty.q.val() {
                        self.address.d.next = 0.into();
                        self.minimum.restart.next = true;
                        self.state.d.next = RefillState::Scan;
                    }
                }
            }
            RefillState::Quantity => {
                self.class_on.d.next = self.best_on.q.val();
                self.look_page.d.next = self.best_position.q.val().get_bits::<26>(6);
                self.offer_kind.d.next = self.kind_append.val();
                self.state.d.next = RefillState::QuantityLook;
                if !self.best_valid.q.val() {
                    self.offer_kind.d.next = self.kind_done.val();
                    self.timer.d.next = self.patience.val();
                    self.state.d.next = RefillState::Offer;
                }
            }
            RefillState::QuantityLook => {
                self.probe_offset.next = self.best_position.q.val().get_bits::<6>(0);
                self.probe_valid.next = self.phase.val();
                if self.phase.val() {
                    self.state.d.next = RefillState::QuantityWait;
                }
            }
            RefillState::QuantityWait => {
                self.best_quantity.d.next = self.probe_quantity.val();
                if self.probe_done.val() {
                    self.timer.d.next = self.patience.val();
                    self.state.d.next = RefillState::Offer;
                    if !self.probe_hit.val() {
                        self.pointer.d.next = self.next_pointer.val();
                        self.state.d.next = RefillState::Idle;
                    }
                }
            }
            RefillState::Offer => {
                self.offers.next =
                    !self.conflict.q.val() & !self.own_lost.val() & self.agrees.q.val() & self.safe.val();
                if self.conflict.q.val() | self.elapsed.val() {
                    self.offers.next = false;
                    self.pointer.d.next = self.next_pointer.val();
                    self.state.d.next = RefillState::Idle;
                }
                self.granted.next = self.refill_taken.val();
                if self.granted.val() {
                    self.tail.d.next = self.best_key.q.val();
                    self.empty.d.next = false;
                    self.grid_bound.d.next = self.best_position.q.val();
                    self.grid_known.d.next = self.best_on.q.val();
                    self.timer.d.next = self.patience.val();
                    self.state.d.next = RefillState::Landing;
                    self.refilled.next = true;
                    if self.offer_kind.q.val() == self.kind_done.val() {
                        self.refilled.next = false;
                        self.pointer.d.next = self.next_pointer.val();
                        self.state.d.next = RefillState::Idle;
                    }
                }
            }
            RefillState::Landing => {
                self.state.d.next = RefillState::Land;
            }
            RefillState::Land => {
                // The summary shows the appended level as the tail.
                if self.agrees.q.val() {
                    self.state.d.next = RefillState::Check;
                    if self.row_count.val() >= self.enough_levels.val() {
                        self.pointer.d.next = self.next_pointer.val();
                        self.state.d.next = RefillState::Idle;
                    }
                }
                if self.conflict.q.val() | self.elapsed.val() {
                    self.pointer.d.next = self.next_pointer.val();
                    self.state.d.next = RefillState::Idle;
                }
            }
            RefillState::SweepSettle => {
                self.sweeping.next = true;
                self.snapshot.d.next = self.taken.val();
                if self.elapsed.val() {
                    self.timer.d.next = 3.into();
                    self.state.d.next = RefillState::SweepDrain;
                }
            }
            RefillState::SweepDrain => {
                self.sweeping.next = true;
                self.address.d.next = 0.into();
                if self.elapsed.val() & self.drained.q.val() {
                    self.sweep_drained.next = true;
                    self.sweep_mask.next = self.sweep_low.val();
                    self.state.d.next = RefillState::SweepRead;
                }
            }
            RefillState::SweepRead => {
                self.sweeping.next = true;
                self.probe_scans.next = true;
                self.probe_valid.next = self.phase.val();
                self.bank.d.next = 0.into();
                if self.phase.val() {
                    self.state.d.next = RefillState::SweepReadWait;
                }
            }
            RefillState::SweepReadWait => {
                self.sweeping.next = true;
                self.wipe_mask.d.next = self.match_bits.val();
                if self.scan_valid.val() {
                    self.state.d.next = RefillState::SweepWipe;
                }
            }
            RefillState::SweepWipe => {
                self.sweeping.next = true;
                if self.phase.val() {
                    self.wipe_valid.next = self.wipe_mask.q.val().get_bit(0);
                    self.wipe_mask.d.next = self.wipe_mask.q.val() >> 1;
                    self.bank.d.next = self.next_bank.val();
                    if self.last_bank.val() {
                        self.address.d.next = self.next_address.val();
                        self.state.d.next = RefillState::SweepRead;
                        if self.last_address.val() {
                            self.row.d.next = self.sweep_row.val();
                            self.offer_kind.d.next = self.kind_clear.val();
                            self.state.d.next = RefillState::SweepRows;
                        }
                    }
                }
            }
            RefillState::SweepRows => {
                self.sweeping.next = true;
                self.offers.next = true;
                self.granted.next = self.refill_taken.val();
                if self.granted.val() {
                    self.row.d.next = self.row.q.val() | self.one_row.val();
                    if self.row.q.val().get_bit(0) {
                        self.timer.d.next = self.land.val();
                        self.state.d.next = RefillState::SweepLand;
                    }
                }
            }
            RefillState::SweepLand => {
                self.sweeping.next = true;
                if self.elapsed.val() {
                    self.sweep_done.next = true;
                    self.state.d.next = RefillState::Idle;
                }
            }
            _ => {
                self.state.d.next = RefillState::Idle;
            }
        }
        self.refill_valid.next = self.offers.val();

        self.sweep_kept.next = !self.sweep_mask.val();
        self.lost.d.next =
            (self.lost.q.val() & self.sweep_kept.val()) | self.lost_mask.val() | self.refused_mask.val();
        self.off_grid.d.next = (self.off_grid.q.val() & self.sweep_kept.val()) | self.off_grid_mask.val();
        self.busy_now.d.next = (self.state.q.val() != RefillState::Idle)
            | self.pending.val().any()
            | (self.taken.val() != self.retired_count.q.val())
            | self.watched_valid.q.val()
            | self.issue_valid.val()
            | self.sweep_valid.val();
        self.busy.next = self.busy_now.q.val();
        if self.reset.val() {
            self.state.d.next = RefillState::Clear;
            self.address.d.next = 0.into();
            self.bank.d.next = 0.into();
            self.need.d.next = 0.into();
            self.lost.d.next = 0.into();
            self.off_grid.d.next = 0.into();
            self.watched_valid.d.next = false;
            self.window.d.next = 0.into();
            self.flying.d.next = 0.into();
            self.conflict.d.next = false;
            self.retired_count.d.next = 0.into();
            self.pointer.d.next = 0.into();
            self.timer.d.next = 0.into();
            self.busy_now.d.next = true;
        }
    }
}
