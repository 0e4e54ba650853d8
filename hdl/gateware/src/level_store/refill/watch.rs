//! One row under refill: what would spoil a level found for it, and the levels found.
//!
//! ```text
//! start ─► settle: tail, pages as they were ─► search, search, … ─► two entries ─► offer ─► granted
//!              ▲ the tail was another             ▲                     │
//!              └──────────────────────────────────┴── tail := entry ◄───┘
//! ```
//!
//! Why an append is exact. The row is the best levels up to its tail T. Call an operation of the row at T or worse,
//! issued since the watch began, *beyond*, and D the best price of these. No level between T and D has changed
//! since the watch began, and the search began when the pages held every operation issued before it. So if the best
//! level that it found is better than D, it is the best one beyond T, with its quantity, also in the cycle in
//! which it is issued; if none was found and there is no D, there is none. An entry at D or worse ends the watch.
//! T is the tail: the watch began with the tail as the summary shows it, and keeps it only if the summary shows it
//! still when all that was under way has landed. Since then T moves by appends; by a removal at T, which is beyond;
//! or by additions that fill the row, of which all under way are counted: at 17 levels for longer than a landed one
//! counts twice the watch ends, and nothing is offered to a row that may have 16. A better level inserted is in the row, a worse one is refused by it,
//! for it has more beyond.
//!
//! Latency: `ready` 34 cycles after `start`. Back-pressure: an entry is offered until granted.

use super::place::GridPlace;
use rust_hdl::prelude::*;

/// A watched row; see the module's text. `RW` row bits, `QW` quantity bits.
#[derive(LogicBlock, Default)]
pub struct Watch<const RW: usize, const QW: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// With the row's summary, which shows more beyond, and its slot's tick.
    pub start: Signal<In, Bit>,
    pub start_row: Signal<In, Bits<RW>>,
    pub start_count: Signal<In, Bits<5>>,
    pub start_open: Signal<In, Bit>,
    pub start_bounded: Signal<In, Bit>,
    pub start_frontier: Signal<In, Bits<32>>,
    pub start_tick: Signal<In, Bits<32>>,
    /// The row is to be left alone.
    pub leave: Signal<In, Bit>,
    /// Operations a cycle after their issue; keys order as better first.
    pub op_valid: Signal<In, Bit>,
    pub op_row: Signal<In, Bits<RW>>,
    pub op_removes: Signal<In, Bit>,
    pub op_remove_key: Signal<In, Bits<32>>,
    pub op_adds: Signal<In, Bit>,
    pub op_add_key: Signal<In, Bits<32>>,
    pub summary_valid: Signal<In, Bit>,
    pub summary_row: Signal<In, Bits<RW>>,
    pub summary_more: Signal<In, Bit>,
    pub summary_count: Signal<In, Bits<5>>,
    pub summary_known: Signal<In, Bit>,
    pub summary_bounded: Signal<In, Bit>,
    pub summary_frontier: Signal<In, Bits<32>>,
    /// Book operations taken by the store and written to the pages, modulo 2^16.
    pub taken: Signal<In, Bits<16>>,
    pub retired: Signal<In, Bits<16>>,
    /// The finder has taken this row up; it has given up; it has found a level, or that there is none.
    pub picked: Signal<In, Bit>,
    pub dropped: Signal<In, Bit>,
    pub found: Signal<In, Bit>,
    pub found_on_grid: Signal<In, Bit>,
    pub found_off_grid: Signal<In, Bit>,
    pub found_place: Signal<In, Bits<32>>,
    pub found_key: Signal<In, Bits<32>>,
    pub found_word: Signal<In, Bits<64>>,
    pub found_grid_valid: Signal<In, Bit>,
    pub found_grid_place: Signal<In, Bits<32>>,
    /// The entry that goes with it.
    pub fetched: Signal<In, Bit>,
    pub fetched_ends: Signal<In, Bit>,
    pub fetched_key: Signal<In, Bits<32>>,
    pub fetched_quantity: Signal<In, Bits<QW>>,
    pub granted: Signal<In, Bit>,
    pub active: Signal<Out, Bit>,
    /// May be started.
    pub free: Signal<Out, Bit>,
    pub row: Signal<Out, Bits<RW>>,
    pub tick: Signal<Out, Bits<32>>,
    /// A search is wanted, beyond these places and these bits of the place's page.
    pub ready: Signal<Out, Bit>,
    pub grid_start: Signal<Out, Bit>,
    pub grid_bound: Signal<Out, Bits<32>>,
    pub grid_word: Signal<Out, Bits<64>>,
    pub grid_none: Signal<Out, Bit>,
    pub raw_start: Signal<Out, Bit>,
    pub raw_bound: Signal<Out, Bits<32>>,
    pub offers: Signal<Out, Bit>,
    /// Nothing is under way and the row is full.
    pub rests: Signal<Out, Bit>,
    pub ends: Signal<Out, Bit>,
    /// What is offered is to open the row, so that it refuses nothing at its frontier or better.
    pub opens: Signal<Out, Bit>,
    pub key: Signal<Out, Bits<32>>,
    pub quantity: Signal<Out, Bits<QW>>,
    place: GridPlace,
    live: DFF<Bit>,
    row_now: DFF<Bits<RW>>,
    tick_now: DFF<Bits<32>>,
    timer: DFF<Bits<4>>,
    touched: DFF<Bit>,
    settled: DFF<Bit>,
    drained: DFF<Bit>,
    divides: DFF<Bit>,
    snapshot: DFF<Bits<16>>,
    open: DFF<Bit>,
    more: DFF<Bit>,
    count: DFF<Bits<5>>,
    known: DFF<Bit>,
    bounded: DFF<Bit>,
    seen_frontier: DFF<Bits<32>>,
    frontier: DFF<Bits<32>>,
    empty: DFF<Bit>,
    beyond_valid: DFF<Bit>,
    beyond: DFF<Bits<32>>,
    disturbed: DFF<Bit>,
    lowest: DFF<Bits<32>>,
    window: DFF<Bits<11>>,
    flying: DFF<Bits<5>>,
    overfull: DFF<Bit>,
    over: DFF<Bits<6>>,
    over_now: Signal<Local, Bit>,
    over_shifted: Signal<Local, Bits<6>>,
    one_6: Signal<Local, Bits<6>>,
    searching: DFF<Bit>,
    fetching: DFF<Bit>,
    grid_start_now: DFF<Bit>,
    grid_bound_now: DFF<Bits<32>>,
    grid_word_now: DFF<Bits<64>>,
    grid_none_now: DFF<Bit>,
    raw_start_now: DFF<Bit>,
    raw_bound_now: DFF<Bits<32>>,
    head_valid: DFF<Bit>,
    head_ok: DFF<Bit>,
    head_ends: DFF<Bit>,
    head_key: DFF<Bits<32>>,
    head_quantity: DFF<Bits<QW>>,
    next_valid: DFF<Bit>,
    next_ends: DFF<Bit>,
    next_key: DFF<Bits<32>>,
    next_quantity: DFF<Bits<QW>>,
    ended: DFF<Bit>,
    opening: DFF<Bit>,
    opens_now: Signal<Local, Bit>,
    opened: Signal<Local, Bit>,
    pops: Signal<Local, Bit>,
    is_bid: Signal<Local, Bit>,
    key_of_summary: Signal<Local, Bits<32>>,
    frontier_price: Signal<Local, Bits<32>>,
    mine: Signal<Local, Bit>,
    removes_beyond: Signal<Local, Bit>,
    adds_beyond: Signal<Local, Bit>,
    remove_behind: Signal<Local, Bit>,
    add_behind: Signal<Local, Bit>,
    add_first: Signal<Local, Bit>,
    op_spoils: Signal<Local, Bit>,
    beyond_spoils: Signal<Local, Bit>,
    lowest_spoils: Signal<Local, Bit>,
    replaces_inside: Signal<Local, Bit>,
    lowers: Signal<Local, Bit>,
    spoiled: Signal<Local, Bit>,
    enters: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    one_32: Signal<Local, Bits<32>>,
    one_11: Signal<Local, Bits<11>>,
    one_5: Signal<Local, Bits<5>>,
    one_4: Signal<Local, Bits<4>>,
    window_shifted: Signal<Local, Bits<11>>,
    fullest: Signal<Local, Bits<5>>,
    room: Signal<Local, Bit>,
    undrained: Signal<Local, Bits<16>>,
    begins: Signal<Local, Bit>,
    stands: Signal<Local, Bit>,
    agrees: Signal<Local, Bit>,
    waits: Signal<Local, Bit>,
    releases: Signal<Local, Bit>,
    head_free: Signal<Local, Bit>,
    head_stands: Signal<Local, Bit>,
}

impl<const RW: usize, const QW: usize> Logic for Watch<RW, QW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            live,
            row_now,
            tick_now,
            timer,
            touched,
            settled,
            drained,
            divides,
            snapshot,
            open,
            more,
            count,
            known,
            bounded,
            seen_frontier,
            frontier,
            empty,
            beyond_valid,
            beyond,
            disturbed,
            lowest,
            window,
            flying,
            overfull,
            over,
            searching,
            fetching,
            grid_start_now,
            grid_bound_now,
            grid_word_now,
            grid_none_now,
            raw_start_now,
            raw_bound_now,
            head_valid,
            head_ok,
            head_ends,
            head_key,
            head_quantity,
            next_valid,
            next_ends,
            next_key,
            next_quantity,
            ended,
            opening
        );
        self.one_32.next = 1.into();
        self.one_11.next = 1.into();
        self.one_5.next = 1.into();
        self.one_6.next = 1.into();
        self.one_4.next = 1.into();
        self.is_bid.next = self.row_now.q.val().get_bit(0);

        // What lands.
        self.key_of_summary.next = self.summary_frontier.val();
        if self.is_bid.val() {
            self.key_of_summary.next = !self.summary_frontier.val();
        }
        if self.summary_valid.val() & (self.summary_row.val() == self.row_now.q.val()) {
            self.more.d.next = self.summary_more.val();
            self.known.d.next = self.summary_known.val();
            self.bounded.d.next = self.summary_bounded.val();
            self.count.d.next = self.summary_count.val();
            self.seen_frontier.d.next = self.key_of_summary.val();
        }

        // What is beyond the tail.
        self.mine.next = self.op_valid.val() & (self.op_row.val() == self.row_now.q.val());
        self.remove_behind.next = (self.op_remove_key.val() > self.frontier.q.val()) | self.empty.q.val();
        self.add_behind.next = (self.op_add_key.val() > self.frontier.q.val()) | self.empty.q.val();
        self.removes_beyond.next = self.mine.val() & self.op_removes.val() & self.remove_behind.val();
        self.adds_beyond.next = self.mine.val() & self.op_adds.val() & self.add_behind.val();
        self.add_first.next = self.op_add_key.val() < self.op_remove_key.val();
        self.beyond_valid.d.next = self.removes_beyond.val() | self.adds_beyond.val();
        self.beyond.d.next = self.op_remove_key.val();
        if self.adds_beyond.val() & (self.add_first.val() | !self.removes_beyond.val()) {
            self.beyond.d.next = self.op_add_key.val();
        }
        self.lowers.next = self.beyond.q.val() < self.lowest.q.val();
        if self.beyond_valid.q.val() & (self.lowers.val() | !self.disturbed.q.val()) {
            self.disturbed.d.next = true;
            self.lowest.d.next = self.beyond.q.val();
        }
        self.replaces_inside.next = self.mine.val()
            & self.op_removes.val()
            & self.op_adds.val()
            & !self.add_behind.val()
            & !self.open.q.val();
        self.op_spoils.next = (self.removes_beyond.val()
            & (self.head_ends.q.val() | (self.op_remove_key.val() <= self.head_key.q.val())))
            | (self.adds_beyond.val()
                & (self.head_ends.q.val() | (self.op_add_key.val() <= self.head_key.q.val())));
        self.beyond_spoils.next = self.beyond_valid.q.val()
            & (self.head_ends.q.val() | (self.beyond.q.val() <= self.head_key.q.val()));
        self.lowest_spoils.next = self.disturbed.q.val()
            & (self.head_ends.q.val() | (self.lowest.q.val() <= self.head_key.q.val()));
        self.spoiled.next = self.head_valid.q.val()
            & (self.op_spoils.val() | self.beyond_spoils.val() | self.lowest_spoils.val());

        // Levels that the row may have.
        self.opens_now.next = !self.open.q.val() & !(self.head_ok.q.val() & self.head_ends.q.val());
        self.opened.next = self.granted.val() & self.opening.q.val();
        self.pops.next = self.granted.val() & !self.opening.q.val();
        self.opening.d.next = self.opens_now.val();
        if self.opened.val() {
            self.open.d.next = true;
        }
        self.enters.next = (self.mine.val() & self.op_adds.val() & !self.add_behind.val())
            | (self.pops.val() & !self.head_ends.q.val());
        self.leaves.next = self.window.q.val().get_bit(10);
        self.window_shifted.next = self.window.q.val() << 1;
        self.window.d.next = self.window_shifted.val();
        if self.enters.val() {
            self.window.d.next = self.window_shifted.val() | self.one_11.val();
        }
        if self.enters.val() & !self.leaves.val() {
            self.flying.d.next = self.flying.q.val() + self.one_5.val();
        }
        if !self.enters.val() & self.leaves.val() {
            self.flying.d.next = self.flying.q.val() - self.one_5.val();
        }
        self.fullest.next = self.count.q.val() + self.flying.q.val();
        self.room.next = !self.fullest.val().get_bit(4);
        // What has just landed counts twice for up to five cycles; what pushes a level out does for longer.
        self.over_now.next = self.fullest.val().get_bit(4) & self.fullest.val().get_bits::<4>(0).any();
        self.over_shifted.next = self.over.q.val() << 1;
        self.over.d.next = 0.into();
        if self.over_now.val() {
            self.over.d.next = self.over_shifted.val() | self.one_6.val();
        }
        self.overfull.d.next = self.over.q.val().all() & self.live.q.val();

        // Settled: the tail has stood while all that was under way landed. Drained: the pages hold that too.
        self.undrained.next = self.retired.val() - self.snapshot.q.val();
        if self.replaces_inside.val() {
            self.touched.d.next = true;
        }
        self.stands.next = self.known.q.val()
            & ((self.empty.q.val() & !self.bounded.q.val())
                | (!self.empty.q.val()
                    & self.bounded.q.val()
                    & (self.seen_frontier.q.val() == self.frontier.q.val())));
        self.agrees.next = self.stands.val() & !self.touched.q.val() & !self.replaces_inside.val();
        self.begins.next = false;
        self.divides.d.next = false;
        self.waits.next = self.timer.q.val().any();
        if self.waits.val() {
            self.timer.d.next = self.timer.q.val() - self.one_4.val();
            // The store has counted every operation issued before the watch.
            if self.timer.q.val().get_bit(3) {
                self.snapshot.d.next = self.taken.val();
            }
        } else {
            if self.live.q.val() & !self.settled.q.val() {
                self.settled.d.next = self.agrees.val() & self.place.done.val();
                self.begins.next = !self.agrees.val();
            }
        }
        self.drained.d.next = self.settled.q.val() & !self.undrained.val().get_bit(15);
        if self.begins.val() {
            self.frontier.d.next = self.seen_frontier.q.val();
            self.empty.d.next = !self.bounded.q.val();
        }
        self.frontier_price.next = self.frontier.q.val();
        if self.is_bid.val() {
            self.frontier_price.next = !self.frontier.q.val();
        }
        self.place.clock.next = self.clock.val();
        self.place.start.next = self.divides.q.val();
        self.place.price.next = self.frontier_price.val();
        self.place.tick.next = self.tick_now.q.val();
        self.place.is_bid.next = self.is_bid.val();

        // Searches.
        self.grid_start.next = self.grid_start_now.q.val();
        self.grid_word.next = self.grid_word_now.q.val();
        self.grid_none.next = self.grid_none_now.q.val();
        self.raw_start.next = self.raw_start_now.q.val();
        self.grid_bound.next = self.grid_bound_now.q.val();
        self.raw_bound.next = self.raw_bound_now.q.val();
        if !self.settled.q.val() {
            self.grid_bound_now.d.next = self.place.bound.val();
            self.grid_start_now.d.next = self.empty.q.val();
            self.grid_word_now.d.next = 0.into();
            self.grid_none_now.d.next = false;
            self.raw_bound_now.d.next = self.frontier.q.val();
            self.raw_start_now.d.next = self.empty.q.val();
        }
        self.ready.next = self.live.q.val()
            & self.settled.q.val()
            & self.drained.q.val()
            & !self.searching.q.val()
            & !self.next_valid.q.val()
            & !(self.fetching.q.val() & self.head_valid.q.val())
            & !self.ended.q.val();
        if self.picked.val() {
            self.searching.d.next = true;
        }
        if self.dropped.val() {
            self.searching.d.next = false;
        }
        if self.found.val() {
            self.searching.d.next = false;
            self.fetching.d.next = true;
            if self.found_on_grid.val() {
                self.grid_bound_now.d.next = self.found_place.val();
                self.grid_word_now.d.next = self.found_word.val();
                self.grid_start_now.d.next = false;
            }
            // Levels that are added up to the one found go into the row, so no class may look there again.
            self.raw_bound_now.d.next = self.found_key.val();
            self.raw_start_now.d.next = false;
            if self.found_off_grid.val() {
                self.grid_none_now.d.next = !self.found_grid_valid.val();
                self.grid_word_now.d.next = 0.into();
                if self.found_grid_place.val().any() {
                    self.grid_bound_now.d.next = self.found_grid_place.val() - self.one_32.val();
                    self.grid_start_now.d.next = false;
                }
            }
        }

        // Entries.
        self.head_stands.next = self.head_valid.q.val() & !self.pops.val();
        self.head_free.next = !self.head_stands.val();
        if self.pops.val() {
            self.head_valid.d.next = self.next_valid.q.val();
            self.head_ends.d.next = self.next_ends.q.val();
            self.head_key.d.next = self.next_key.q.val();
            self.head_quantity.d.next = self.next_quantity.q.val();
            self.next_valid.d.next = false;
            self.frontier.d.next = self.head_key.q.val();
            self.empty.d.next = false;
        }
        if self.fetched.val() {
            self.fetching.d.next = false;
            if self.head_free.val() & !self.next_valid.q.val() {
                self.head_valid.d.next = true;
                self.head_ends.d.next = self.fetched_ends.val();
                self.head_key.d.next = self.fetched_key.val();
                self.head_quantity.d.next = self.fetched_quantity.val();
            } else {
                self.next_valid.d.next = true;
                self.next_ends.d.next = self.fetched_ends.val();
                self.next_key.d.next = self.fetched_key.val();
                self.next_quantity.d.next = self.fetched_quantity.val();
            }
            self.ended.d.next = self.fetched_ends.val();
        }
        self.head_ok.d.next = self.head_stands.val() & !self.spoiled.val();
        self.offers.next = self.live.q.val()
            & self.settled.q.val()
            & self.room.val()
            & (self.head_ok.q.val() | !self.open.q.val());
        self.opens.next = self.opens_now.val();
        self.ends.next = self.head_ends.q.val();
        self.key.next = self.head_key.q.val();
        self.quantity.next = self.head_quantity.q.val();

        self.releases.next = self.leave.val()
            | !self.more.q.val()
            | self.spoiled.val()
            | self.overfull.q.val()
            | (self.replaces_inside.val() & self.settled.q.val())
            | (self.pops.val() & self.head_ends.q.val());
        if self.releases.val() {
            self.live.d.next = false;
        }
        self.free.next = !self.live.q.val() & !self.searching.q.val() & !self.fetching.q.val();
        if self.start.val() {
            self.live.d.next = true;
            self.row_now.d.next = self.start_row.val();
            self.tick_now.d.next = self.start_tick.val();
            self.more.d.next = true;
            self.open.d.next = self.start_open.val();
            self.known.d.next = true;
            self.bounded.d.next = self.start_bounded.val();
            self.count.d.next = self.start_count.val();
            self.empty.d.next = !self.start_bounded.val();
            self.window.d.next = 0.into();
            self.flying.d.next = 0.into();
            self.overfull.d.next = false;
            self.over.d.next = 0.into();
            self.frontier.d.next = self.start_frontier.val();
            self.seen_frontier.d.next = self.start_frontier.val();
            if self.start_row.val().get_bit(0) {
                self.frontier.d.next = !self.start_frontier.val();
                self.seen_frontier.d.next = !self.start_frontier.val();
            }
        }
        if self.start.val() | self.begins.val() {
            self.timer.d.next = 15.into();
            self.settled.d.next = false;
            self.touched.d.next = false;
            self.disturbed.d.next = false;
            self.beyond_valid.d.next = false;
            self.divides.d.next = true;
            self.head_valid.d.next = false;
            self.head_ok.d.next = false;
            self.next_valid.d.next = false;
            self.ended.d.next = false;
        }
        self.active.next = self.live.q.val();
        self.row.next = self.row_now.q.val();
        self.tick.next = self.tick_now.q.val();
        self.rests.next = self.live.q.val() & self.count.q.val().get_bit(4) & self.settled.q.val();
        if self.reset.val() {
            self.live.d.next = false;
            self.searching.d.next = false;
            self.fetching.d.next = false;
            self.settled.d.next = false;
            self.timer.d.next = 0.into();
        }
    }
}
