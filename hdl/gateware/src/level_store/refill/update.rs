//! What the refills do each cycle.

use super::*;
use rust_hdl::prelude::*;

impl<const RW: usize, const SW: usize, const R: usize, const PW: usize, const AW: usize, const QW: usize>
    Logic for RefillEngine<RW, SW, R, PW, AW, QW>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            need,
            ahead,
            urgent,
            lost,
            off_grid,
            watched,
            landed,
            landed_row,
            landed_more,
            landed_count,
            landed_known,
            landed_bounded,
            landed_frontier,
            seen,
            seen_row,
            seen_more,
            seen_count,
            seen_known,
            seen_bounded,
            seen_frontier,
            op_valid,
            op_row,
            op_removes,
            op_remove_key,
            op_adds,
            op_add_key,
            retired_count,
            pause,
            start_row,
            summary_now,
            tick_now,
            turn,
            fetch_turn,
            offer_turn,
            victim,
            crowded,
            appends,
            cancels,
            holds,
            busy_now
        );
        self.number[0].next = 0.into();
        self.number[1].next = 1.into();
        self.number[2].next = 2.into();
        self.number[3].next = 3.into();
        self.one_4.next = 1.into();
        self.one_2.next = 1.into();
        self.one_16.next = 1.into();
        self.one_rows.next = 1.into();

        // Summaries of the rows and what they need. The watches see a summary when its memory shows it.
        self.summary_more_word.next = 0.into();
        if self.summary_more.val() {
            self.summary_more_word.next = 1.into();
        }
        self.summary_open_word.next = 0.into();
        if self.summary_open.val() {
            self.summary_open_word.next = 256.into();
        }
        self.summary_known_word.next = 0.into();
        if self.summary_known.val() {
            self.summary_known_word.next = 64.into();
        }
        self.summary_bounded_word.next = 0.into();
        if self.summary_bounded.val() {
            self.summary_bounded_word.next = 128.into();
        }
        self.summary_count_word.next = bit_cast::<41, 5>(self.summary_count.val());
        self.summary_frontier_word.next = bit_cast::<41, 32>(self.summary_frontier.val());
        self.summaries.clock.next = self.clock.val();
        self.summaries.write_enable.next = self.summary_valid.val();
        self.summaries.write_address.next = self.summary_row.val();
        self.summaries.write_data.next = self.summary_more_word.val()
            | (self.summary_count_word.val() << 1)
            | self.summary_open_word.val()
            | self.summary_known_word.val()
            | self.summary_bounded_word.val()
            | (self.summary_frontier_word.val() << 9);
        self.landed.d.next = self.summary_valid.val();
        self.landed_row.d.next = self.summary_row.val();
        self.landed_more.d.next = self.summary_more.val();
        self.landed_count.d.next = self.summary_count.val();
        self.landed_known.d.next = self.summary_known.val();
        self.landed_bounded.d.next = self.summary_bounded.val();
        self.landed_frontier.d.next = self.summary_frontier.val();
        self.seen.d.next = self.landed.q.val();
        self.seen_row.d.next = self.landed_row.q.val();
        self.seen_more.d.next = self.landed_more.q.val();
        self.seen_count.d.next = self.landed_count.q.val();
        self.seen_known.d.next = self.landed_known.q.val();
        self.seen_bounded.d.next = self.landed_bounded.q.val();
        self.seen_frontier.d.next = self.landed_frontier.q.val();
        self.full.next = self.summary_count.val().get_bit(4);
        self.many.next = self.summary_count.val().get_bit(3) & self.summary_count.val().get_bit(2);
        self.is_short.next = self.summary_more.val() & !self.full.val();
        self.is_ahead.next = self.summary_more.val() & self.full.val();
        self.is_urgent.next = self.is_short.val() & !self.many.val();
        self.summary_mask.next = self.one_rows.val() << self.summary_row.val();
        self.kept_mask.next = !self.summary_mask.val();
        if self.summary_valid.val() {
            self.need.d.next = self.need.q.val() & self.kept_mask.val();
            self.urgent.d.next = self.urgent.q.val() & self.kept_mask.val();
            self.ahead.d.next = self.ahead.q.val() & self.kept_mask.val();
            if self.is_short.val() {
                self.need.d.next = self.need.q.val() | self.summary_mask.val();
            }
            if self.is_ahead.val() {
                self.ahead.d.next = self.ahead.q.val() | self.summary_mask.val();
            }
            if self.is_urgent.val() {
                self.urgent.d.next = self.urgent.q.val() | self.summary_mask.val();
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
        self.forgotten.next = !self.sweeper.forget.val();
        self.lost.d.next =
            (self.lost.q.val() & self.forgotten.val()) | self.lost_mask.val() | self.refused_mask.val();
        self.off_grid.d.next = (self.off_grid.q.val() & self.forgotten.val()) | self.off_grid_mask.val();

        // Operations, a cycle after their issue.
        self.remove_key.next = self.issue_remove_price.val();
        self.add_key.next = self.issue_add_price.val();
        if self.issue_row.val().get_bit(0) {
            self.remove_key.next = !self.issue_remove_price.val();
            self.add_key.next = !self.issue_add_price.val();
        }
        self.op_valid.d.next = self.issue_valid.val();
        self.op_row.d.next = self.issue_row.val();
        self.op_removes.d.next = self.issue_removes.val();
        self.op_remove_key.d.next = self.remove_key.val();
        self.op_adds.d.next = self.issue_adds.val();
        self.op_add_key.d.next = self.add_key.val();
        if self.retired.val() {
            self.retired_count.d.next = self.retired_count.q.val() + self.one_16.val();
        }

        // A short row goes to a free watch: 6 cycles to find it, one for its summary and tick each.
        self.pending.next =
            self.need.q.val() & !self.lost.q.val() & !self.watched.q.val() & !self.unknown.val();
        self.pending_urgent.next =
            self.urgent.q.val() & !self.lost.q.val() & !self.watched.q.val() & !self.unknown.val();
        self.next_row.clock.next = self.clock.val();
        self.next_row.first.next = self.pending_urgent.val();
        self.pending_ahead.next =
            self.ahead.q.val() & !self.lost.q.val() & !self.watched.q.val() & !self.unknown.val();
        self.next_row.second.next = self.pending.val();
        if !self.pending.val().any() & !self.crowded.q.val() {
            self.next_row.second.next = self.pending_ahead.val();
        }
        self.next_row.last.next = self.start_row.q.val();
        self.summaries.read_address.next = self.start_row.q.val();
        self.summary_now.d.next = self.summaries.read_data.val();
        self.tick_now.d.next = self.tick.val();
        self.start_word.next = self.summary_now.q.val();
        self.start_more.next = self.start_word.val().get_bit(0) & self.start_word.val().get_bit(6);
        self.start_count.next = self.start_word.val().get_bits::<5>(1);
        self.any_free.next = false;
        self.free_turn.next = 0.into();
        self.starts.next = false;
        if self.pause.q.val().any() {
            self.pause.d.next = self.pause.q.val() - self.one_4.val();
            self.starts.next = self.pause.q.val() == 8;
        } else {
            if self.next_row.found.val() {
                self.start_row.d.next = self.next_row.row.val();
                self.pause.d.next = 11.into();
            }
        }
        // A sweep reads its own slot's tick.
        if self.sweeper.holds.val() {
            self.starts.next = false;
            self.pause.d.next = 7.into();
        }
        if self.pause.q.val() == 10 {
            self.victim.d.next = self.victim.q.val() + self.one_2.val();
        }
        self.holds.d.next = self.sweeper.holds.val();

        // The watches.
        self.any_active.next = false;
        self.any_work.next = false;
        for k in 0..4 {
            self.watches[k].clock.next = self.clock.val();
            self.watches[k].reset.next = self.reset.val();
            self.watches[k].start_row.next = self.start_row.q.val();
            self.watches[k].start_count.next = self.start_count.val();
            self.watches[k].start_open.next = self.start_word.val().get_bit(8);
            self.watches[k].start_bounded.next = self.start_word.val().get_bit(7);
            self.watches[k].start_frontier.next = self.start_word.val().get_bits::<32>(9);
            self.watches[k].start_tick.next = self.tick_now.q.val();
            self.watch_row[k].next = self.watches[k].row.val();
            // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
            self.watch_lost[k].next = self.lost.q.val().get_bit(self.watch_row[k].val().index());
            // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
            self.watch_unknown[k].next = self.unknown.val().get_bit(self.watch_row[k].val().index());
            self.taken_up[k].next = self.watches[k].rests.val()
                & (self.victim.q.val() == self.number[k].val())
                & self.crowded.q.val()
                & (self.pause.q.val() == 10);
            self.watches[k].leave.next = self.watch_lost[k].val()
                | self.watch_unknown[k].val()
                | self.holds.q.val()
                | self.taken_up[k].val();
            self.watches[k].op_valid.next = self.op_valid.q.val();
            self.watches[k].op_row.next = self.op_row.q.val();
            self.watches[k].op_removes.next = self.op_removes.q.val();
            self.watches[k].op_remove_key.next = self.op_remove_key.q.val();
            self.watches[k].op_adds.next = self.op_adds.q.val();
            self.watches[k].op_add_key.next = self.op_add_key.q.val();
            self.watches[k].summary_valid.next = self.seen.q.val();
            self.watches[k].summary_row.next = self.seen_row.q.val();
            self.watches[k].summary_more.next = self.seen_more.q.val();
            self.watches[k].summary_count.next = self.seen_count.q.val();
            self.watches[k].summary_known.next = self.seen_known.q.val();
            self.watches[k].summary_bounded.next = self.seen_bounded.q.val();
            self.watches[k].summary_frontier.next = self.seen_frontier.q.val();
            self.watches[k].taken.next = self.taken.val();
            self.watches[k].retired.next = self.retired_count.q.val();
            self.wanted[k].next = self.turn.q.val() == self.number[k].val();
            self.watches[k].dropped.next = self.finder.dropped.val() & self.wanted[k].val();
            self.watches[k].found.next = self.finder.found.val() & self.wanted[k].val();
            self.watches[k].found_on_grid.next = self.finder.found_on_grid.val();
            self.watches[k].found_off_grid.next = self.finder.found_off_grid.val();
            self.watches[k].found_place.next = self.finder.found_place.val();
            self.watches[k].found_key.next = self.finder.found_key.val();
            self.watches[k].found_word.next = self.finder.found_word.val();
            self.watches[k].found_grid_valid.next = self.finder.found_grid_valid.val();
            self.watches[k].found_grid_place.next = self.finder.found_grid_place.val();
            self.watches[k].fetched.next = self.finder.fetched.val()
                & ((self.finder.fetched_ends.val() & self.wanted[k].val())
                    | (!self.finder.fetched_ends.val() & (self.fetch_turn.q.val() == self.number[k].val())));
            self.watches[k].fetched_ends.next = self.finder.fetched_ends.val();
            self.watches[k].fetched_key.next = self.finder.fetched_key.val();
            self.watches[k].fetched_quantity.next = self.finder.fetched_quantity.val();
            self.offering[k].next = self.offer_turn.q.val() == self.number[k].val();
            self.watches[k].granted.next =
                self.refill_taken.val() & self.offering[k].val() & self.watches[k].active.val();
            self.watch_mask[k].next = 0.into();
            if self.watches[k].active.val() {
                self.any_active.next = true;
                self.watch_mask[k].next = self.one_rows.val() << self.watch_row[k].val();
            }
            self.at_work[k].next = self.watches[k].active.val() & !self.watches[k].rests.val();
            if self.at_work[k].val() {
                self.any_work.next = true;
            }
            if self.watches[k].free.val() {
                self.any_free.next = true;
                self.free_turn.next = self.number[k].val();
            }
        }
        for k in 0..4 {
            self.watches[k].start.next = self.starts.val()
                & self.start_more.val()
                & self.watches[k].free.val()
                & (self.free_turn.val() == self.number[k].val());
        }
        self.crowded.d.next = !self.any_free.val();
        self.watched.d.next = self.watch_mask[0].val()
            | self.watch_mask[1].val()
            | self.watch_mask[2].val()
            | self.watch_mask[3].val();

        // The finder works for one watch after another.
        self.finder.clock.next = self.clock.val();
        self.finder.reset.next = self.reset.val();
        self.finder.phase.next = self.phase.val();
        self.wants.next = false;
        self.finder.cancel.next = self.cancels.q.val();
        self.turn_row.next = self.watches[0].row.val();
        self.finder.tick.next = self.watches[0].tick.val();
        self.finder.grid_start.next = self.watches[0].grid_start.val();
        self.finder.grid_bound.next = self.watches[0].grid_bound.val();
        self.finder.grid_word.next = self.watches[0].grid_word.val();
        self.finder.grid_none.next = self.watches[0].grid_none.val();
        self.finder.raw_start.next = self.watches[0].raw_start.val();
        self.finder.raw_bound.next = self.watches[0].raw_bound.val();
        for k in 0..4 {
            if self.wanted[k].val() {
                self.wants.next = self.watches[k].ready.val() & !self.holds.q.val();
                self.cancels.d.next = !self.watches[k].active.val();
                self.turn_row.next = self.watches[k].row.val();
                self.finder.tick.next = self.watches[k].tick.val();
                self.finder.grid_start.next = self.watches[k].grid_start.val();
                self.finder.grid_bound.next = self.watches[k].grid_bound.val();
                self.finder.grid_word.next = self.watches[k].grid_word.val();
                self.finder.grid_none.next = self.watches[k].grid_none.val();
                self.finder.raw_start.next = self.watches[k].raw_start.val();
                self.finder.raw_bound.next = self.watches[k].raw_bound.val();
            }
        }
        self.finder.wanted.next = self.wants.val();
        self.picks.next = self.wants.val() & self.finder.open.val();
        for k in 0..4 {
            self.watches[k].picked.next = self.picks.val() & self.wanted[k].val();
        }
        self.finder.row.next = self.turn_row.val();
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.finder.both_classes.next = self.off_grid.q.val().get_bit(self.turn_row.val().index());
        if (self.finder.open.val() & !self.picks.val()) | self.finder.found.val() {
            self.turn.d.next = self.turn.q.val() + self.one_2.val();
        }
        if self.finder.found.val() {
            self.fetch_turn.d.next = self.turn.q.val();
        }
        self.finder.scan_valid.next = self.scan_valid.val();
        for k in 0..8 {
            self.scan_live[k].next = self.scan_bound[k].val() & self.scan_used[k].val();
            self.finder.scan_key[k].next = self.scan_key[k].val();
            self.finder.scan_used[k].next = self.scan_live[k].val();
            self.sweeper.scan_key[k].next = self.scan_key[k].val();
            self.sweeper.scan_used[k].next = self.scan_live[k].val();
        }
        self.finder.probe_done.next = self.probe_done.val();
        self.finder.probe_hit.next = self.probe_hit.val();
        self.finder.probe_levels.next = self.probe_levels.val();
        self.finder.probe_quantity.next = self.probe_quantity.val();

        // The offer: of one watch after another.
        self.offers_now.next = false;
        self.offer_ends.next = false;
        self.offer_opens.next = false;
        self.offer_row.next = self.watches[0].row.val();
        self.offer_key.next = self.watches[0].key.val();
        self.refill_quantity.next = self.watches[0].quantity.val();
        for k in 0..4 {
            if self.offering[k].val() {
                self.offers_now.next = self.watches[k].offers.val();
                self.offer_ends.next = self.watches[k].ends.val();
                self.offer_opens.next = self.watches[k].opens.val();
                self.offer_row.next = self.watches[k].row.val();
                self.offer_key.next = self.watches[k].key.val();
                self.refill_quantity.next = self.watches[k].quantity.val();
            }
        }
        if !self.offers_now.val() | self.refill_taken.val() {
            self.offer_turn.d.next = self.offer_turn.q.val() + self.one_2.val();
        }
        self.refill_valid.next = self.offers_now.val() | self.sweeper.clears.val();
        self.refill_row.next = self.offer_row.val();
        self.refill_price.next = self.offer_key.val();
        if self.offer_row.val().get_bit(0) {
            self.refill_price.next = !self.offer_key.val();
        }
        self.refill_kind.next = 1.into();
        if self.offer_ends.val() {
            self.refill_kind.next = 2.into();
        }
        if self.offer_opens.val() {
            self.refill_kind.next = 0.into();
        }
        if self.sweeper.clears.val() {
            self.refill_kind.next = 3.into();
            self.refill_row.next = self.sweeper.clear_row.val();
        }
        // What was offered in the cycle before has been taken.
        self.appends.d.next = self.refill_kind.val().get_bit(0) & !self.refill_kind.val().get_bit(1);
        self.refilled.next = self.refill_taken.val() & self.appends.q.val();

        // Sweep.
        self.sweeper.clock.next = self.clock.val();
        self.sweeper.reset.next = self.reset.val();
        self.sweeper.phase.next = self.phase.val();
        self.sweeper.sweep_valid.next = self.sweep_valid.val();
        self.sweeper.sweep_slot.next = self.sweep_slot.val();
        self.sweeper.quiet.next = self.finder.idle.val() & !self.any_active.val();
        self.sweeper.taken.next = self.taken.val();
        self.sweeper.retired.next = self.retired_count.q.val();
        self.sweeper.scan_valid.next = self.scan_valid.val();
        self.sweeper.granted.next = self.refill_taken.val();
        self.sweep_drained.next = self.sweeper.drained.val();
        self.sweeping.next = self.sweeper.sweeping.val();
        self.sweep_done.next = self.sweeper.done.val();
        self.wipe_valid.next = self.sweeper.wipe_valid.val();
        self.wipe_page.next = self.sweeper.wipe_page.val();
        self.slot_row.next = self.start_row.q.val() >> 1;
        self.grid_slot.next = self.slot_row.val().get_bits::<SW>(0);
        self.probe_valid.next = self.finder.probe_valid.val();
        self.probe_scans.next = self.finder.probe_scans.val();
        self.probe_key.next = self.finder.probe_key.val();
        self.probe_offset.next = self.finder.probe_offset.val();
        self.scan_address.next = self.finder.scan_address.val();
        self.scanned.next = self.finder.scanned.val();
        if self.sweeper.sweeping.val() {
            self.grid_slot.next = self.sweep_slot.val();
            self.probe_valid.next = self.sweeper.probe_valid.val();
            self.probe_scans.next = true;
            self.scan_address.next = self.sweeper.address.val();
        }

        self.busy_now.d.next = self.sweeper.holds.val()
            | self.pending.val().any()
            | self.any_work.val()
            | !self.finder.idle.val()
            | (self.taken.val() != self.retired_count.q.val())
            | self.op_valid.q.val()
            | self.issue_valid.val()
            | self.seen.q.val()
            | self.landed.q.val()
            | self.pause.q.val().any();
        self.busy.next = self.busy_now.q.val();
        if self.reset.val() {
            self.need.d.next = 0.into();
            self.ahead.d.next = 0.into();
            self.urgent.d.next = 0.into();
            self.lost.d.next = 0.into();
            self.off_grid.d.next = 0.into();
            self.watched.d.next = 0.into();
            self.landed.d.next = false;
            self.seen.d.next = false;
            self.op_valid.d.next = false;
            self.retired_count.d.next = 0.into();
            self.pause.d.next = 0.into();
            self.turn.d.next = 0.into();
            self.offer_turn.d.next = 0.into();
            self.holds.d.next = true;
            self.busy_now.d.next = true;
        }
    }
}
