//! How far each row is known to be complete, beyond its tail too.
//!
//! ```text
//!  price ─► look at both sides ─► issue, of a side ─► accepts: the row must not refuse it
//!                 ▲                    └─► history ─► may the row have overflowed? dirty
//!  append ────────┤ := price                 │
//!  result ────────┘ := tail, once no addition is under way ◄┘
//! ```
//!
//! A row's frontier is a price: every level of the side at it or better is in the row. A row alone knows this of
//! its tail only, and refuses what is worse than its tail while there is more beyond; with the frontier, levels
//! that come back between tail and frontier go into the row. It stays where it is when levels vanish, and moves
//! by appends. A row that may have overflowed is dirty: its frontier is the tail of its next result behind which no
//! addition is under way. An *open* row does not know of levels beyond it; additions beyond its frontier are kept
//! from it here (`drops`). So it refuses nothing. A replacement at the frontier or better makes a row dirty that is
//! not open, for the row takes a removal only with an addition that it may refuse.
//!
//! A look comes before the side is known: both sides' frontiers are compared, and what may be added to either counts as under way.
//!
//! Latency: `accepts` belongs to the issue, a cycle after the look; `summary_*` to the result.
//! Back-pressure: none.

use crate::prim::{LutRam, LutRam2, Popcount};
use rust_hdl::prelude::*;

/// Frontiers; see the module's text. `RW` row bits, `R` = 2^`RW`, `SW` = `RW` − 1 slot bits. Of pairs the ask's is the first.
#[derive(LogicBlock, Default)]
pub struct Frontier<const RW: usize, const SW: usize, const R: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// An operation comes that is issued in the next cycle; to which side it may add.
    pub look_slot: Signal<In, Bits<SW>>,
    pub look_adds: [Signal<In, Bit>; 2],
    pub look_price: Signal<In, Bits<32>>,
    pub issue_valid: Signal<In, Bit>,
    pub issue_row: Signal<In, Bits<RW>>,
    pub issue_removes: Signal<In, Bit>,
    pub issue_adds: Signal<In, Bit>,
    /// A refill is issued: `row` is cleared, or gets a level at `append_price`.
    pub clear_valid: Signal<In, Bit>,
    pub append_valid: Signal<In, Bit>,
    /// It is opened, or closed for there is nothing beyond it.
    pub open_valid: Signal<In, Bit>,
    pub close_valid: Signal<In, Bit>,
    pub refill_row: Signal<In, Bits<RW>>,
    pub append_price: Signal<In, Bits<32>>,
    /// What the row is after an operation or refill issued nine cycles ago.
    pub result_valid: Signal<In, Bit>,
    pub result_row: Signal<In, Bits<RW>>,
    pub result_more: Signal<In, Bit>,
    pub result_count: Signal<In, Bits<5>>,
    pub result_tail: Signal<In, Bits<32>>,
    /// The row has seven levels, and the price of the last but six.
    pub result_deep: Signal<In, Bit>,
    pub result_sixth: Signal<In, Bits<32>>,
    /// The addition that is issued goes into the row whatever lies beyond it.
    pub accepts: Signal<Out, Bit>,
    /// It does not.
    pub drops: Signal<Out, Bit>,
    /// Rows that are open.
    pub open: Signal<Out, Bits<R>>,
    /// Rows whose frontier is not known.
    pub unknown: Signal<Out, Bits<R>>,
    /// Of the result's row: the frontier is known; it is a price, else nothing of the side is known.
    pub summary_known: Signal<Out, Bit>,
    pub summary_bounded: Signal<Out, Bit>,
    pub summary_frontier: Signal<Out, Bits<32>>,
    frontiers: [LutRam2<Bits<33>, SW>; 2],
    flying: Popcount<5, 3>,
    behind_count: Popcount<4, 3>,
    sixths: [LutRam<Bits<33>, SW>; 2],
    counts: LutRam<Bits<5>, RW>,
    dirty: DFF<Bits<R>>,
    added: [DFF<Bit>; 9],
    added_row: [DFF<Bits<RW>>; 9],
    opened: DFF<Bits<R>>,
    /// Rows beyond whose known frontier there may be levels: nothing is added there.
    bars: DFF<Bits<R>>,
    near_ask: DFF<Bit>,
    near_bid: DFF<Bit>,
    sure_ask: DFF<Bit>,
    sure_bid: DFF<Bit>,
    unsure: [DFF<Bit>; 8],
    judged: DFF<Bit>,
    judged_mask: DFF<Bits<R>>,
    judged_count: DFF<Bits<6>>,
    append_waits: DFF<Bit>,
    append_row: DFF<Bits<RW>>,
    append_at: DFF<Bits<32>>,
    one_rows: Signal<Local, Bits<R>>,
    no_rows: Signal<Local, Bits<R>>,
    every_row: Signal<Local, Bits<R>>,
    lowest_bit: Signal<Local, Bits<33>>,
    bounded_bit: Signal<Local, Bits<33>>,
    known: [Signal<Local, Bits<33>>; 2],
    append_word: Signal<Local, Bits<33>>,
    known_price: [Signal<Local, Bits<32>>; 2],
    own: Signal<Local, Bits<33>>,
    append_slot: Signal<Local, Bits<SW>>,
    result_slot: Signal<Local, Bits<SW>>,
    write_row: Signal<Local, Bits<RW>>,
    write_slot: Signal<Local, Bits<SW>>,
    write_word: Signal<Local, Bits<33>>,
    writes: Signal<Local, Bit>,
    sixth_new: Signal<Local, Bits<33>>,
    at_append: Signal<Local, Bit>,
    ask_inside: Signal<Local, Bit>,
    bid_inside: Signal<Local, Bit>,
    near_side: Signal<Local, Bit>,
    near: Signal<Local, Bit>,
    far: Signal<Local, Bit>,
    sure: Signal<Local, Bit>,
    look_own: Signal<Local, Bit>,
    same_row: [Signal<Local, Bit>; 9],
    under_way: [Signal<Local, Bits<5>>; 5],
    count_wide: Signal<Local, Bits<6>>,
    flying_wide: Signal<Local, Bits<6>>,
    overflows: Signal<Local, Bit>,
    behind: [Signal<Local, Bit>; 8],
    adds_behind: Signal<Local, Bit>,
    is_dirty: Signal<Local, Bit>,
    result_dirty: Signal<Local, Bit>,
    settles: Signal<Local, Bit>,
    added_here: [Signal<Local, Bit>; 8],
    pairs: [Signal<Local, Bits<4>>; 4],
    result_wide: Signal<Local, Bits<6>>,
    behind_wide: Signal<Local, Bits<6>>,
    fullest: Signal<Local, Bits<6>>,
    holds_all: Signal<Local, Bit>,
    unsure_now: Signal<Local, Bit>,
    sixth_word: Signal<Local, Bits<33>>,
    sixth: [Signal<Local, Bits<33>>; 2],
    sixth_price: [Signal<Local, Bits<32>>; 2],
    ask_before_sixth: Signal<Local, Bit>,
    bid_before_sixth: Signal<Local, Bit>,
    is_barred: Signal<Local, Bit>,
    counts_now: Signal<Local, Bit>,
    bar_mask: Signal<Local, Bits<R>>,
    is_open: Signal<Local, Bit>,
    result_open: Signal<Local, Bit>,
    renews: Signal<Local, Bit>,
    open_mask: Signal<Local, Bits<R>>,
    close_mask: Signal<Local, Bits<R>>,
    renew_mask: Signal<Local, Bits<R>>,
    stay_mask: Signal<Local, Bits<R>>,
    hold_mask: Signal<Local, Bits<R>>,
    set_mask: Signal<Local, Bits<R>>,
    issue_mask: Signal<Local, Bits<R>>,
    refill_mask: Signal<Local, Bits<R>>,
    result_mask: Signal<Local, Bits<R>>,
    replace_mask: Signal<Local, Bits<R>>,
    overflow_mask: Signal<Local, Bits<R>>,
    clear_mask: Signal<Local, Bits<R>>,
    kept_mask: Signal<Local, Bits<R>>,
    tail_word: Signal<Local, Bits<33>>,
}

impl<const RW: usize, const SW: usize, const R: usize> Logic for Frontier<RW, SW, R> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            dirty,
            opened,
            bars,
            near_ask,
            near_bid,
            sure_ask,
            sure_bid,
            judged,
            judged_mask,
            judged_count,
            append_waits,
            append_row,
            append_at
        );
        self.one_rows.next = 1.into();
        self.no_rows.next = 0.into();
        self.every_row.next = !self.no_rows.val();
        self.lowest_bit.next = 1.into();
        self.bounded_bit.next = self.lowest_bit.val() << 32;
        for k in 0..9 {
            self.added[k].clock.next = self.clock.val();
            self.added_row[k].clock.next = self.clock.val();
        }
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.is_dirty.next = self.dirty.q.val().get_bit(self.issue_row.val().index());
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.is_open.next = self.opened.q.val().get_bit(self.issue_row.val().index());
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.is_barred.next = self.bars.q.val().get_bit(self.issue_row.val().index());
        self.near_side.next = self.near_ask.q.val();
        self.sure.next = self.sure_ask.q.val();
        if self.issue_row.val().get_bit(0) {
            self.near_side.next = self.near_bid.q.val();
            self.sure.next = self.sure_bid.q.val();
        }
        self.near.next = self.issue_valid.val() & self.issue_adds.val() & self.near_side.val();
        self.far.next = self.issue_valid.val() & self.issue_adds.val() & !self.near_side.val();
        self.counts_now.next = self.issue_valid.val()
            & self.issue_adds.val()
            & !(self.far.val() & self.is_barred.val() & !self.is_dirty.val());
        self.added[0].d.next = self.counts_now.val();
        self.added_row[0].d.next = self.issue_row.val();
        if self.append_valid.val() {
            self.added[0].d.next = true;
            self.added_row[0].d.next = self.refill_row.val();
        }
        self.unsure_now.next = self.issue_valid.val()
            & self.issue_adds.val()
            & !self.sure.val()
            & !(self.near.val() & !self.is_dirty.val() & (self.is_open.val() | !self.issue_removes.val()));
        for k in 0..8 {
            self.unsure[k].clock.next = self.clock.val();
        }
        self.unsure[0].d.next = self.unsure_now.val();
        for k in 1..8 {
            self.unsure[k].d.next = self.unsure[k - 1].q.val();
        }
        for k in 1..9 {
            self.added[k].d.next = self.added[k - 1].q.val();
            self.added_row[k].d.next = self.added_row[k - 1].q.val();
        }

        // Look: at the frontier or better. A bid is better if its price is higher.
        self.append_word.next = bit_cast::<33, 32>(self.append_at.q.val());
        self.append_slot.next = self.append_row.q.val().get_bits::<SW>(1);
        self.at_append.next = self.append_waits.q.val() & (self.append_slot.val() == self.look_slot.val());
        for i in 0..2 {
            self.frontiers[i].clock.next = self.clock.val();
            self.frontiers[i].read_address.next = self.look_slot.val();
            self.known[i].next = self.frontiers[i].read_data.val();
        }
        if self.at_append.val() & !self.append_row.q.val().get_bit(0) {
            self.known[0].next = self.append_word.val() | self.bounded_bit.val();
        }
        if self.at_append.val() & self.append_row.q.val().get_bit(0) {
            self.known[1].next = self.append_word.val() | self.bounded_bit.val();
        }
        self.known_price[0].next = self.known[0].val().get_bits::<32>(0);
        self.known_price[1].next = self.known[1].val().get_bits::<32>(0);
        self.ask_inside.next = self.look_price.val() <= self.known_price[0].val();
        self.bid_inside.next = self.look_price.val() >= self.known_price[1].val();
        self.near_ask.d.next = self.known[0].val().get_bit(32) & self.ask_inside.val();
        self.near_bid.d.next = self.known[1].val().get_bit(32) & self.bid_inside.val();

        // The at most six operations under way leave one of the last six levels: what is better goes into the row.
        self.result_slot.next = self.result_row.val().get_bits::<SW>(1);
        self.sixth_word.next = bit_cast::<33, 32>(self.result_sixth.val());
        self.sixth_new.next = 0.into();
        if self.result_deep.val() {
            self.sixth_new.next = self.sixth_word.val() | self.bounded_bit.val();
        }
        for i in 0..2 {
            self.sixths[i].clock.next = self.clock.val();
            self.sixths[i].write_address.next = self.result_slot.val();
            self.sixths[i].write_data.next = self.sixth_new.val();
            self.sixths[i].read_address.next = self.look_slot.val();
            self.sixth[i].next = self.sixths[i].read_data.val();
            self.sixth_price[i].next = self.sixth[i].val().get_bits::<32>(0);
        }
        self.sixths[0].write_enable.next = self.result_valid.val() & !self.result_row.val().get_bit(0);
        self.sixths[1].write_enable.next = self.result_valid.val() & self.result_row.val().get_bit(0);
        self.ask_before_sixth.next = self.look_price.val() <= self.sixth_price[0].val();
        self.bid_before_sixth.next = self.look_price.val() >= self.sixth_price[1].val();
        self.sure_ask.d.next = self.sixth[0].val().get_bit(32) & self.ask_before_sixth.val();
        self.sure_bid.d.next = self.sixth[1].val().get_bit(32) & self.bid_before_sixth.val();

        // Issue.
        self.accepts.next =
            self.near.val() & !self.is_dirty.val() & !self.is_open.val() & !self.issue_removes.val();
        self.drops.next = self.far.val() & self.is_open.val();
        self.open.next = self.opened.q.val();
        self.unknown.next = self.dirty.q.val();
        self.counts.clock.next = self.clock.val();
        self.counts.write_enable.next = self.result_valid.val();
        self.counts.write_address.next = self.result_row.val();
        self.counts.write_data.next = self.result_count.val();
        self.counts.read_address.next = self.issue_row.val();
        for k in 0..9 {
            self.same_row[k].next =
                self.added[k].q.val() & (self.added_row[k].q.val() == self.issue_row.val());
        }
        // Two cycles apart, they fill at most five of nine.
        for k in 0..4 {
            self.under_way[k].next = 0.into();
            if self.same_row[2 * k].val() | self.same_row[2 * k + 1].val() {
                self.under_way[k].next = 1.into();
            }
        }
        self.under_way[4].next = 0.into();
        if self.same_row[8].val() {
            self.under_way[4].next = 1.into();
        }
        self.flying.x.next = self.under_way[0].val()
            | (self.under_way[1].val() << 1)
            | (self.under_way[2].val() << 2)
            | (self.under_way[3].val() << 3)
            | (self.under_way[4].val() << 4);
        self.count_wide.next = bit_cast::<6, 5>(self.counts.read_data.val());
        self.flying_wide.next = bit_cast::<6, 3>(self.flying.count.val());
        self.judged.d.next = self.counts_now.val();
        self.issue_mask.next = self.one_rows.val() << self.issue_row.val();
        self.judged_mask.d.next = self.issue_mask.val();
        self.judged_count.d.next = self.count_wide.val() + self.flying_wide.val();
        self.overflows.next = self.judged.q.val()
            & (self.judged_count.q.val().get_bit(4) | self.judged_count.q.val().get_bit(5));

        // Result.
        for k in 0..8 {
            self.added_here[k].next =
                self.added[k].q.val() & (self.added_row[k].q.val() == self.result_row.val());
            self.behind[k].next =
                self.unsure[k].q.val() & (self.added_row[k].q.val() == self.result_row.val());
        }
        self.look_own.next = self.look_adds[0].val();
        if self.result_row.val().get_bit(0) {
            self.look_own.next = self.look_adds[1].val();
        }
        self.adds_behind.next = self.behind[0].val()
            | self.behind[1].val()
            | self.behind[2].val()
            | self.behind[3].val()
            | self.behind[4].val()
            | self.behind[5].val()
            | self.behind[6].val()
            | self.behind[7].val()
            | (self.unsure_now.val() & (self.issue_row.val() == self.result_row.val()))
            | (self.look_own.val() & (self.look_slot.val() == self.result_slot.val()));
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.result_dirty.next = self.dirty.q.val().get_bit(self.result_row.val().index());
        for k in 0..4 {
            self.pairs[k].next = 0.into();
            if self.added_here[2 * k].val() | self.added_here[2 * k + 1].val() {
                self.pairs[k].next = 1.into();
            }
        }
        self.behind_count.x.next = self.pairs[0].val()
            | (self.pairs[1].val() << 1)
            | (self.pairs[2].val() << 2)
            | (self.pairs[3].val() << 3);
        self.result_wide.next = bit_cast::<6, 5>(self.result_count.val());
        self.behind_wide.next = bit_cast::<6, 3>(self.behind_count.count.val());
        self.fullest.next = self.result_wide.val() + self.behind_wide.val();
        self.holds_all.next = !self.fullest.val().get_bit(4) | !self.fullest.val().get_bits::<4>(0).any();
        self.settles.next = self.result_valid.val()
            & self.result_dirty.val()
            & self.holds_all.val()
            & !self.adds_behind.val();
        self.tail_word.next = bit_cast::<33, 32>(self.result_tail.val());
        self.frontiers[0].read2_address.next = self.result_slot.val();
        self.frontiers[1].read2_address.next = self.result_slot.val();
        self.own.next = self.frontiers[0].read2_data.val();
        if self.result_row.val().get_bit(0) {
            self.own.next = self.frontiers[1].read2_data.val();
        }
        self.append_waits.d.next = self.append_valid.val();
        if self.append_valid.val() {
            self.append_row.d.next = self.refill_row.val();
            self.append_at.d.next = self.append_price.val();
        }
        self.writes.next = self.append_waits.q.val();
        self.write_row.next = self.append_row.q.val();
        self.write_word.next = self.append_word.val() | self.bounded_bit.val();
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.result_open.next = self.opened.q.val().get_bit(self.result_row.val().index());
        self.renews.next = self.settles.val() & (self.result_more.val() | !self.result_open.val());
        if self.renews.val() {
            self.append_waits.d.next = self.append_waits.q.val() | self.append_valid.val();
            self.writes.next = true;
            self.write_row.next = self.result_row.val();
            self.write_word.next = 0.into();
            if self.result_count.val().any() {
                self.write_word.next = self.tail_word.val() | self.bounded_bit.val();
            }
        }
        self.write_slot.next = self.write_row.val().get_bits::<SW>(1);
        for i in 0..2 {
            self.frontiers[i].write_address.next = self.write_slot.val();
            self.frontiers[i].write_data.next = self.write_word.val();
        }
        self.frontiers[0].write_enable.next = self.writes.val() & !self.write_row.val().get_bit(0);
        self.frontiers[1].write_enable.next = self.writes.val() & self.write_row.val().get_bit(0);
        self.summary_known.next = !self.result_dirty.val() | self.settles.val();
        self.summary_bounded.next = self.own.val().get_bit(32);
        self.summary_frontier.next = self.own.val().get_bits::<32>(0);
        if self.renews.val() {
            self.summary_bounded.next = self.result_count.val().any();
            self.summary_frontier.next = self.result_tail.val();
        }

        // Dirty.
        self.replace_mask.next = 0.into();
        if self.near.val()
            & self.issue_valid.val()
            & self.issue_removes.val()
            & !self.is_open.val()
            & !self.sure.val()
        {
            self.replace_mask.next = self.issue_mask.val();
        }
        self.overflow_mask.next = 0.into();
        if self.overflows.val() {
            self.overflow_mask.next = self.judged_mask.q.val();
        }
        self.refill_mask.next = 0.into();
        if self.clear_valid.val() {
            self.refill_mask.next = self.one_rows.val() << self.refill_row.val();
        }
        self.result_mask.next = self.one_rows.val() << self.result_row.val();
        self.clear_mask.next = 0.into();
        if self.settles.val() {
            self.clear_mask.next = self.result_mask.val();
        }
        self.kept_mask.next = !self.clear_mask.val();
        self.set_mask.next = self.replace_mask.val() | self.overflow_mask.val() | self.refill_mask.val();
        self.open_mask.next = 0.into();
        self.close_mask.next = 0.into();
        if self.open_valid.val() {
            self.open_mask.next = self.one_rows.val() << self.refill_row.val();
        }
        if self.close_valid.val() | self.clear_valid.val() {
            self.close_mask.next = self.one_rows.val() << self.refill_row.val();
        }
        self.renew_mask.next = 0.into();
        if self.renews.val() {
            self.renew_mask.next = self.result_mask.val();
        }
        self.stay_mask.next = !self.close_mask.val();
        self.hold_mask.next = !self.renew_mask.val();
        self.opened.d.next =
            (self.opened.q.val() & self.stay_mask.val() & self.hold_mask.val()) | self.open_mask.val();
        self.bar_mask.next = 0.into();
        if self.settles.val() & self.result_more.val() {
            self.bar_mask.next = self.result_mask.val();
        }
        self.bars.d.next = (self.bars.q.val() & self.stay_mask.val()) | self.bar_mask.val();
        self.dirty.d.next = (self.dirty.q.val() & self.kept_mask.val()) | self.set_mask.val();
        if self.reset.val() {
            self.dirty.d.next = self.every_row.val();
            self.opened.d.next = 0.into();
            self.bars.d.next = 0.into();
            for k in 0..9 {
                self.added[k].d.next = false;
            }
            for k in 0..8 {
                self.unsure[k].d.next = false;
            }
            self.judged.d.next = false;
            self.append_waits.d.next = false;
        }
    }
}
