//! What the book does each cycle.

use super::*;
use rust_hdl::prelude::*;

impl<
    const RW: usize,
    const SW: usize,
    const R: usize,
    const PW: usize,
    const AW: usize,
    const LW: usize,
    const QW: usize,
    const DW: usize,
> Logic for LevelBook<RW, SW, R, PW, AW, LW, QW, DW>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            mate_valid_s1,
            under_way,
            issued,
            refill_taken,
            valid_s1,
            valid_s2,
            valid_s3,
            side_s1,
            side_s2,
            is_bid_s1,
            is_bid_s2,
            degraded_s1,
            degraded_s2,
            crossed_s2,
            result_s1,
            row_s1,
            more_s1,
            landed_s2,
            landed_row_s2,
            landed_more_s2,
            count_s2,
            tail_s2,
            deep_s2,
            sixth_s2,
            view_s3,
            own_px_s2,
            own_sz_s2,
            own_three_s2,
            own_four_s2,
            own_middle_s2,
            own_last_s2,
            own_fifth_s2,
            mate_px_s2,
            mate_sz_s2,
            mate_three_s2,
            mate_four_s2,
            mate_middle_s2,
            mate_last_s2,
            mate_fifth_s2
        );
        for k in 0..16 {
            self.own_px_s1[k].clock.next = self.clock.val();
            self.own_px_s1[k].d.next = self.own_px_s1[k].q.val();
        }
        for k in 0..10 {
            self.own_sz_s1[k].clock.next = self.clock.val();
            self.own_sz_s1[k].d.next = self.own_sz_s1[k].q.val();
        }
        for k in 0..5 {
            self.own_pair_s1[k].clock.next = self.clock.val();
            self.own_pair_s1[k].d.next = self.own_pair_s1[k].q.val();
        }
        for k in 0..10 {
            self.mate_px_s1[k].clock.next = self.clock.val();
            self.mate_px_s1[k].d.next = self.mate_px_s1[k].q.val();
        }
        for k in 0..10 {
            self.mate_sz_s1[k].clock.next = self.clock.val();
            self.mate_sz_s1[k].d.next = self.mate_sz_s1[k].q.val();
        }
        for k in 0..5 {
            self.mate_pair_s1[k].clock.next = self.clock.val();
            self.mate_pair_s1[k].d.next = self.mate_pair_s1[k].q.val();
        }
        for k in 0..16 {
            self.own_valid_s1[k].clock.next = self.clock.val();
            self.own_valid_s1[k].d.next = self.own_valid_s1[k].q.val();
        }
        self.rows.clock.next = self.clock.val();
        self.rows.reset.next = self.reset.val();
        self.levels.clock.next = self.clock.val();
        self.levels.reset.next = self.reset.val();
        self.sidecar.clock.next = self.clock.val();
        self.sidecar_late.clock.next = self.clock.val();

        // Announced a cycle before it goes into the row, so that a refill never comes right before it.
        self.op_now.next = self.op.val();
        self.meta_now.next = self.op_now.val().meta;
        self.slot_6.next = self.meta_now.val().slot;
        self.wide_slot.next = bit_cast::<RW, 6>(self.slot_6.val());
        self.buy_now.next = self.op_now.val().buy;
        self.op_add_quantity.next = self.op_now.val().add_qty;
        self.changed_now.next = self.op_now.val().changed;
        self.rem_now.next = self.op_now.val().rem_valid;
        self.add_now.next = self.op_now.val().add_valid;
        self.slot_row.next = self.wide_slot.val() << 1;
        self.row_now.next = self.slot_row.val() | bit_cast::<RW, 1>(self.buy_now.val());
        self.removes.next = self.changed_now.val().any() & self.rem_now.val().any();
        self.adds.next = self.changed_now.val().any() & self.add_now.val().any();
        self.ready.next = !self.ahead_valid.val() & !self.op_valid.val() & !self.issued.q.val();
        self.is_refill.next = self.ready.val() & self.levels.refill_valid.val();
        self.frontier.clock.next = self.clock.val();
        self.frontier.reset.next = self.reset.val();
        self.ahead_now.next = self.ahead.val();
        self.ahead_slot.next = self.ahead_now.val().slot;
        self.ahead_bid.next = self.ahead_now.val().bid;
        self.ahead_ask.next = self.ahead_now.val().ask;
        self.frontier.look_slot.next = self.ahead_slot.val().get_bits::<SW>(0);
        self.frontier.look_adds[0].next = self.ahead_valid.val() & self.ahead_ask.val().any();
        self.frontier.look_adds[1].next = self.ahead_valid.val() & self.ahead_bid.val().any();
        self.frontier.look_price.next = self.ahead_now.val().price;
        self.frontier.issue_valid.next = self.op_valid.val();
        self.frontier.issue_row.next = self.row_now.val();
        self.frontier.issue_removes.next = self.removes.val();
        self.frontier.issue_adds.next = self.adds.val();
        self.opens.next = !self.levels.refill_kind.val().any();
        self.kind_now.next = 0.into();
        if self.frontier.accepts.val() {
            self.kind_now.next = 1.into();
        }
        self.issued.d.next = self.op_valid.val() | self.is_refill.val();
        self.rows.event_valid.next = self.op_valid.val() | self.is_refill.val();
        self.add_wide.next = bit_cast::<QW, 32>(self.op_add_quantity.val());
        self.tag.next = 0.into();
        self.rows.event_row.next = self.levels.refill_row.val();
        self.rows.event_kind.next = self.levels.refill_kind.val();
        if self.opens.val() {
            self.rows.event_kind.next = 2.into();
        }
        self.rows.event_removes.next = false;
        self.rows.event_remove_price.next = self.op_now.val().rem_px;
        self.rows.event_remove_quantity.next = self.op_now.val().rem_qty;
        self.rows.event_adds.next = false;
        self.rows.event_add_price.next = self.levels.refill_price.val();
        self.rows.event_add_quantity.next = self.levels.refill_quantity.val();
        if self.op_valid.val() {
            self.tag.next = 1.into();
            self.rows.event_row.next = self.row_now.val();
            self.rows.event_kind.next = self.kind_now.val();
            self.rows.event_removes.next = self.removes.val();
            self.rows.event_adds.next = self.adds.val() & !self.frontier.drops.val();
            self.rows.event_add_price.next = self.op_now.val().add_px;
            self.rows.event_add_quantity.next = self.add_wide.val();
        }
        self.rows.event_tag.next = self.tag.val();
        self.frontier.clear_valid.next = self.is_refill.val() & self.levels.refill_kind.val().all();
        self.frontier.open_valid.next = self.is_refill.val() & self.opens.val();
        self.frontier.close_valid.next = self.is_refill.val()
            & !self.levels.refill_kind.val().get_bit(0)
            & self.levels.refill_kind.val().get_bit(1);
        self.frontier.result_more.next = self.landed_more_s2.q.val();
        self.frontier.append_valid.next = self.is_refill.val()
            & self.levels.refill_kind.val().get_bit(0)
            & !self.levels.refill_kind.val().get_bit(1);
        self.frontier.refill_row.next = self.levels.refill_row.val();
        self.frontier.append_price.next = self.levels.refill_price.val();
        self.frontier.result_valid.next = self.landed_s2.q.val();
        self.frontier.result_row.next = self.landed_row_s2.q.val();
        self.frontier.result_count.next = self.count_s2.q.val();
        self.frontier.result_deep.next = self.deep_s2.q.val();
        self.frontier.result_sixth.next = self.sixth_s2.q.val();
        self.frontier.result_tail.next = self.tail_s2.q.val();
        self.sidecar.d.next = self.op.val();
        self.sidecar_late.d.next = self.sidecar.q.val();

        self.levels.op_valid.next = self.op_valid.val();
        self.levels.op_row.next = self.row_now.val();
        self.levels.op_removes.next = self.removes.val();
        self.levels.op_remove_price.next = self.op_now.val().rem_px;
        self.levels.op_remove_quantity.next = self.op_now.val().rem_qty;
        self.levels.op_adds.next = self.adds.val();
        self.levels.op_add_price.next = self.op_now.val().add_px;
        self.levels.op_add_quantity.next = self.op_now.val().add_qty;
        self.refill_taken.d.next = self.is_refill.val();
        self.levels.refill_taken.next = self.refill_taken.q.val();
        self.levels.sweep_valid.next = self.sweep_valid.val();
        self.levels.sweep_slot.next = self.sweep_slot.val();
        self.levels.sweep_tick.next = self.sweep_tick.val();
        self.levels.sweep_reciprocal.next = self.sweep_reciprocal.val();
        self.sweep_done.next = self.levels.sweep_done.val();
        self.stale_valid.next = self.levels.stale_valid.val();
        self.stale_slot.next = self.levels.stale_slot.val();
        self.store_busy.next = self.levels.busy.val() | self.ahead_valid.val() | self.op_valid.val();
        self.store_count.next = self.levels.count.val();

        // Results of the row: levels, sums of pairs.
        self.side_now.next = self.sidecar_late.q.val();
        self.side_s1.d.next = self.side_now.val();
        self.tag_out.next = self.rows.result_tag.val();
        self.valid_s1.d.next = self.rows.result_valid.val() & self.tag_out.val().any();
        self.result_s1.d.next = self.rows.result_valid.val();
        self.result_row.next = self.rows.result_row.val();
        self.row_s1.d.next = self.result_row.val();
        self.more_s1.d.next = self.rows.own_more.val();
        self.is_bid_s1.d.next = self.result_row.val().get_bit(0);
        self.other_side.next = 1.into();
        self.mate_row.next = self.result_row.val() ^ self.other_side.val();
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.own_beyond.next = self.frontier.open.val().get_bit(self.result_row.val().index());
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.mate_beyond.next = self.frontier.open.val().get_bit(self.mate_row.val().index());
        self.own_short.next =
            (self.rows.own_more.val() | self.own_beyond.val()) & !self.rows.own_valid[9].val();
        self.mate_short.next =
            (self.rows.mate_more.val() | self.mate_beyond.val()) & !self.rows.mate_valid[9].val();
        self.degraded_s1.d.next = self.own_short.val() | self.mate_short.val();
        // The best level is there sooner.
        self.announced.clock.next = self.clock.val();
        self.announced.d.next = self.slot_6.val();
        self.announced_bid.clock.next = self.clock.val();
        self.announced_bid.d.next = self.buy_now.val().any();
        self.coming_slot.next = self.announced.q.val();
        self.coming_bid.next = self.announced_bid.q.val();
        self.under_way.d.next = self.under_way.q.val() << 1;
        if self.op_valid.val() {
            self.under_way.d.next = (self.under_way.q.val() << 1) | self.just_now.val();
        }
        self.best_valid.next = self.under_way.q.val().get_bit(4);
        self.best_op.next = self.sidecar.q.val();
        self.best_meta.next = self.best_op.val().meta;
        self.best_now.next.slot = self.best_meta.val().slot;
        self.best_now.next.bid = self.best_op.val().buy;
        self.best_now.next.changed = self.best_op.val().changed;
        self.best_now.next.ts = self.best_meta.val().ts;
        self.best_now.next.seq = self.best_meta.val().seq;
        self.best_now.next.stamp = self.best_meta.val().stamp;
        self.best_now.next.mate_key = self.rows.first_mate_key.val();
        self.best_now.next.mate_sz = self.rows.first_mate_quantity.val();
        self.best.next = self.best_now.val();
        self.own_now.next.key = self.rows.first_own_key.val();
        self.own_now.next.sz = self.rows.first_own_quantity.val();
        self.best_own.next = self.own_now.val();
        self.best_exact.next = !self.own_short.val() & !self.mate_short.val();
        for k in 0..16 {
            self.own_px_s1[k].d.next = self.rows.own_price[k].val();
            self.own_valid_s1[k].d.next = self.rows.own_valid[k].val();
        }
        for k in 0..10 {
            self.own_sz_now[k].next = self.rows.own_quantity[k].val();
            self.mate_sz_now[k].next = self.rows.mate_quantity[k].val();
            self.mate_px_s1[k].d.next = self.rows.mate_price[k].val();
            self.own_sz_s1[k].d.next = self.own_sz_now[k].val();
            self.mate_sz_s1[k].d.next = self.mate_sz_now[k].val();
        }
        self.own_wide[0].next = bit_cast::<36, 32>(self.own_sz_now[0].val());
        self.own_wide[1].next = bit_cast::<36, 32>(self.own_sz_now[1].val());
        self.own_wide[2].next = bit_cast::<36, 32>(self.own_sz_now[2].val());
        self.own_wide[3].next = bit_cast::<36, 32>(self.own_sz_now[3].val());
        self.own_wide[4].next = bit_cast::<36, 32>(self.own_sz_now[4].val());
        self.own_wide[5].next = bit_cast::<36, 32>(self.own_sz_now[5].val());
        self.own_wide[6].next = bit_cast::<36, 32>(self.own_sz_now[6].val());
        self.own_wide[7].next = bit_cast::<36, 32>(self.own_sz_now[7].val());
        self.own_wide[8].next = bit_cast::<36, 32>(self.own_sz_now[8].val());
        self.own_wide[9].next = bit_cast::<36, 32>(self.own_sz_now[9].val());
        for k in 0..5 {
            self.own_pair_s1[k].d.next = self.own_wide[2 * k].val() + self.own_wide[2 * k + 1].val();
        }
        self.mate_wide[0].next = bit_cast::<36, 32>(self.mate_sz_now[0].val());
        self.mate_wide[1].next = bit_cast::<36, 32>(self.mate_sz_now[1].val());
        self.mate_wide[2].next = bit_cast::<36, 32>(self.mate_sz_now[2].val());
        self.mate_wide[3].next = bit_cast::<36, 32>(self.mate_sz_now[3].val());
        self.mate_wide[4].next = bit_cast::<36, 32>(self.mate_sz_now[4].val());
        self.mate_wide[5].next = bit_cast::<36, 32>(self.mate_sz_now[5].val());
        self.mate_wide[6].next = bit_cast::<36, 32>(self.mate_sz_now[6].val());
        self.mate_wide[7].next = bit_cast::<36, 32>(self.mate_sz_now[7].val());
        self.mate_wide[8].next = bit_cast::<36, 32>(self.mate_sz_now[8].val());
        self.mate_wide[9].next = bit_cast::<36, 32>(self.mate_sz_now[9].val());
        for k in 0..5 {
            self.mate_pair_s1[k].d.next = self.mate_wide[2 * k].val() + self.mate_wide[2 * k + 1].val();
        }

        // Sums of three, crossed; the row's tail and count for the store.
        self.side_s2.d.next = self.side_s1.q.val();
        self.valid_s2.d.next = self.valid_s1.q.val();
        self.is_bid_s2.d.next = self.is_bid_s1.q.val();
        self.degraded_s2.d.next = self.degraded_s1.q.val();
        self.own_first.next = self.own_px_s1[0].q.val() >= self.mate_px_s1[0].q.val();
        self.mate_first.next = self.mate_px_s1[0].q.val() >= self.own_px_s1[0].q.val();
        self.mate_valid_s1.d.next = self.rows.mate_valid[0].val();
        self.two_sided.next = self.own_valid_s1[0].q.val() & self.mate_valid_s1.q.val();
        self.crossed_s2.d.next = self.two_sided.val() & self.mate_first.val();
        if self.is_bid_s1.q.val() {
            self.crossed_s2.d.next = self.two_sided.val() & self.own_first.val();
        }
        self.own_third.next = bit_cast::<36, 32>(self.own_sz_s1[2].q.val());
        self.own_fifth_wide.next = bit_cast::<36, 32>(self.own_sz_s1[4].q.val());
        self.own_three_s2.d.next = self.own_pair_s1[0].q.val() + self.own_third.val();
        self.own_four_s2.d.next = self.own_pair_s1[0].q.val() + self.own_pair_s1[1].q.val();
        self.own_middle_s2.d.next = self.own_pair_s1[2].q.val() + self.own_pair_s1[3].q.val();
        self.own_last_s2.d.next = self.own_pair_s1[4].q.val();
        self.own_fifth_s2.d.next = self.own_fifth_wide.val();
        self.own_px_term[0].next = bit_cast::<320, 32>(self.own_px_s1[0].q.val());
        self.own_px_term[1].next = bit_cast::<320, 32>(self.own_px_s1[1].q.val());
        self.own_px_term[2].next = bit_cast::<320, 32>(self.own_px_s1[2].q.val());
        self.own_px_term[3].next = bit_cast::<320, 32>(self.own_px_s1[3].q.val());
        self.own_px_term[4].next = bit_cast::<320, 32>(self.own_px_s1[4].q.val());
        self.own_px_term[5].next = bit_cast::<320, 32>(self.own_px_s1[5].q.val());
        self.own_px_term[6].next = bit_cast::<320, 32>(self.own_px_s1[6].q.val());
        self.own_px_term[7].next = bit_cast::<320, 32>(self.own_px_s1[7].q.val());
        self.own_px_term[8].next = bit_cast::<320, 32>(self.own_px_s1[8].q.val());
        self.own_px_term[9].next = bit_cast::<320, 32>(self.own_px_s1[9].q.val());
        self.own_px_s2.d.next = self.own_px_term[0].val()
            | (self.own_px_term[1].val() << 32)
            | (self.own_px_term[2].val() << 64)
            | (self.own_px_term[3].val() << 96)
            | (self.own_px_term[4].val() << 128)
            | (self.own_px_term[5].val() << 160)
            | (self.own_px_term[6].val() << 192)
            | (self.own_px_term[7].val() << 224)
            | (self.own_px_term[8].val() << 256)
            | (self.own_px_term[9].val() << 288);
        self.own_sz_term[0].next = bit_cast::<320, 32>(self.own_sz_s1[0].q.val());
        self.own_sz_term[1].next = bit_cast::<320, 32>(self.own_sz_s1[1].q.val());
        self.own_sz_term[2].next = bit_cast::<320, 32>(self.own_sz_s1[2].q.val());
        self.own_sz_term[3].next = bit_cast::<320, 32>(self.own_sz_s1[3].q.val());
        self.own_sz_term[4].next = bit_cast::<320, 32>(self.own_sz_s1[4].q.val());
        self.own_sz_term[5].next = bit_cast::<320, 32>(self.own_sz_s1[5].q.val());
        self.own_sz_term[6].next = bit_cast::<320, 32>(self.own_sz_s1[6].q.val());
        self.own_sz_term[7].next = bit_cast::<320, 32>(self.own_sz_s1[7].q.val());
        self.own_sz_term[8].next = bit_cast::<320, 32>(self.own_sz_s1[8].q.val());
        self.own_sz_term[9].next = bit_cast::<320, 32>(self.own_sz_s1[9].q.val());
        self.own_sz_s2.d.next = self.own_sz_term[0].val()
            | (self.own_sz_term[1].val() << 32)
            | (self.own_sz_term[2].val() << 64)
            | (self.own_sz_term[3].val() << 96)
            | (self.own_sz_term[4].val() << 128)
            | (self.own_sz_term[5].val() << 160)
            | (self.own_sz_term[6].val() << 192)
            | (self.own_sz_term[7].val() << 224)
            | (self.own_sz_term[8].val() << 256)
            | (self.own_sz_term[9].val() << 288);
        self.mate_third.next = bit_cast::<36, 32>(self.mate_sz_s1[2].q.val());
        self.mate_fifth_wide.next = bit_cast::<36, 32>(self.mate_sz_s1[4].q.val());
        self.mate_three_s2.d.next = self.mate_pair_s1[0].q.val() + self.mate_third.val();
        self.mate_four_s2.d.next = self.mate_pair_s1[0].q.val() + self.mate_pair_s1[1].q.val();
        self.mate_middle_s2.d.next = self.mate_pair_s1[2].q.val() + self.mate_pair_s1[3].q.val();
        self.mate_last_s2.d.next = self.mate_pair_s1[4].q.val();
        self.mate_fifth_s2.d.next = self.mate_fifth_wide.val();
        self.mate_px_term[0].next = bit_cast::<320, 32>(self.mate_px_s1[0].q.val());
        self.mate_px_term[1].next = bit_cast::<320, 32>(self.mate_px_s1[1].q.val());
        self.mate_px_term[2].next = bit_cast::<320, 32>(self.mate_px_s1[2].q.val());
        self.mate_px_term[3].next = bit_cast::<320, 32>(self.mate_px_s1[3].q.val());
        self.mate_px_term[4].next = bit_cast::<320, 32>(self.mate_px_s1[4].q.val());
        self.mate_px_term[5].next = bit_cast::<320, 32>(self.mate_px_s1[5].q.val());
        self.mate_px_term[6].next = bit_cast::<320, 32>(self.mate_px_s1[6].q.val());
        self.mate_px_term[7].next = bit_cast::<320, 32>(self.mate_px_s1[7].q.val());
        self.mate_px_term[8].next = bit_cast::<320, 32>(self.mate_px_s1[8].q.val());
        self.mate_px_term[9].next = bit_cast::<320, 32>(self.mate_px_s1[9].q.val());
        self.mate_px_s2.d.next = self.mate_px_term[0].val()
            | (self.mate_px_term[1].val() << 32)
            | (self.mate_px_term[2].val() << 64)
            | (self.mate_px_term[3].val() << 96)
            | (self.mate_px_term[4].val() << 128)
            | (self.mate_px_term[5].val() << 160)
            | (self.mate_px_term[6].val() << 192)
            | (self.mate_px_term[7].val() << 224)
            | (self.mate_px_term[8].val() << 256)
            | (self.mate_px_term[9].val() << 288);
        self.mate_sz_term[0].next = bit_cast::<320, 32>(self.mate_sz_s1[0].q.val());
        self.mate_sz_term[1].next = bit_cast::<320, 32>(self.mate_sz_s1[1].q.val());
        self.mate_sz_term[2].next = bit_cast::<320, 32>(self.mate_sz_s1[2].q.val());
        self.mate_sz_term[3].next = bit_cast::<320, 32>(self.mate_sz_s1[3].q.val());
        self.mate_sz_term[4].next = bit_cast::<320, 32>(self.mate_sz_s1[4].q.val());
        self.mate_sz_term[5].next = bit_cast::<320, 32>(self.mate_sz_s1[5].q.val());
        self.mate_sz_term[6].next = bit_cast::<320, 32>(self.mate_sz_s1[6].q.val());
        self.mate_sz_term[7].next = bit_cast::<320, 32>(self.mate_sz_s1[7].q.val());
        self.mate_sz_term[8].next = bit_cast::<320, 32>(self.mate_sz_s1[8].q.val());
        self.mate_sz_term[9].next = bit_cast::<320, 32>(self.mate_sz_s1[9].q.val());
        self.mate_sz_s2.d.next = self.mate_sz_term[0].val()
            | (self.mate_sz_term[1].val() << 32)
            | (self.mate_sz_term[2].val() << 64)
            | (self.mate_sz_term[3].val() << 96)
            | (self.mate_sz_term[4].val() << 128)
            | (self.mate_sz_term[5].val() << 160)
            | (self.mate_sz_term[6].val() << 192)
            | (self.mate_sz_term[7].val() << 224)
            | (self.mate_sz_term[8].val() << 256)
            | (self.mate_sz_term[9].val() << 288);
        for k in 0..16 {
            self.own_valid_now[k].next = self.own_valid_s1[k].q.val();
        }
        for k in 0..15 {
            self.last[k].next = self.own_valid_now[k].val() & !self.own_valid_now[k + 1].val();
        }
        self.last[15].next = self.own_valid_now[15].val();
        for k in 0..16 {
            self.tail_term[k].next = 0.into();
            self.count_term[k].next = 0.into();
            if self.last[k].val() {
                self.tail_term[k].next = self.own_px_s1[k].q.val();
                self.count_term[k].next = self.number[k].val();
            }
        }
        self.deep_s2.d.next = self.own_valid_now[6].val();
        self.sixth_term[0].next = 0.into();
        if self.last[6].val() {
            self.sixth_term[0].next = self.own_px_s1[0].q.val();
        }
        self.sixth_term[1].next = 0.into();
        if self.last[7].val() {
            self.sixth_term[1].next = self.own_px_s1[1].q.val();
        }
        self.sixth_term[2].next = 0.into();
        if self.last[8].val() {
            self.sixth_term[2].next = self.own_px_s1[2].q.val();
        }
        self.sixth_term[3].next = 0.into();
        if self.last[9].val() {
            self.sixth_term[3].next = self.own_px_s1[3].q.val();
        }
        self.sixth_term[4].next = 0.into();
        if self.last[10].val() {
            self.sixth_term[4].next = self.own_px_s1[4].q.val();
        }
        self.sixth_term[5].next = 0.into();
        if self.last[11].val() {
            self.sixth_term[5].next = self.own_px_s1[5].q.val();
        }
        self.sixth_term[6].next = 0.into();
        if self.last[12].val() {
            self.sixth_term[6].next = self.own_px_s1[6].q.val();
        }
        self.sixth_term[7].next = 0.into();
        if self.last[13].val() {
            self.sixth_term[7].next = self.own_px_s1[7].q.val();
        }
        self.sixth_term[8].next = 0.into();
        if self.last[14].val() {
            self.sixth_term[8].next = self.own_px_s1[8].q.val();
        }
        self.sixth_term[9].next = 0.into();
        if self.last[15].val() {
            self.sixth_term[9].next = self.own_px_s1[9].q.val();
        }
        self.sixth_s2.d.next = self.sixth_term[0].val()
            | self.sixth_term[1].val()
            | self.sixth_term[2].val()
            | self.sixth_term[3].val()
            | self.sixth_term[4].val()
            | self.sixth_term[5].val()
            | self.sixth_term[6].val()
            | self.sixth_term[7].val()
            | self.sixth_term[8].val()
            | self.sixth_term[9].val();
        self.tail_s2.d.next = self.tail_term[0].val()
            | self.tail_term[1].val()
            | self.tail_term[2].val()
            | self.tail_term[3].val()
            | self.tail_term[4].val()
            | self.tail_term[5].val()
            | self.tail_term[6].val()
            | self.tail_term[7].val()
            | self.tail_term[8].val()
            | self.tail_term[9].val()
            | self.tail_term[10].val()
            | self.tail_term[11].val()
            | self.tail_term[12].val()
            | self.tail_term[13].val()
            | self.tail_term[14].val()
            | self.tail_term[15].val();
        self.count_s2.d.next = self.count_term[0].val()
            | self.count_term[1].val()
            | self.count_term[2].val()
            | self.count_term[3].val()
            | self.count_term[4].val()
            | self.count_term[5].val()
            | self.count_term[6].val()
            | self.count_term[7].val()
            | self.count_term[8].val()
            | self.count_term[9].val()
            | self.count_term[10].val()
            | self.count_term[11].val()
            | self.count_term[12].val()
            | self.count_term[13].val()
            | self.count_term[14].val()
            | self.count_term[15].val();
        self.landed_s2.d.next = self.result_s1.q.val();
        self.landed_row_s2.d.next = self.row_s1.q.val();
        self.landed_more_s2.d.next = self.more_s1.q.val();
        self.levels.summary_valid.next = self.landed_s2.q.val();
        self.levels.summary_row.next = self.landed_row_s2.q.val();
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.summary_opened.next = self
            .frontier
            .open
            .val()
            .get_bit(self.landed_row_s2.q.val().index());
        self.levels.summary_more.next = self.landed_more_s2.q.val() | self.summary_opened.val();
        self.levels.unknown.next = self.frontier.unknown.val();
        self.levels.summary_open.next = self.summary_opened.val();
        self.levels.summary_count.next = self.count_s2.q.val();
        self.levels.summary_known.next = self.frontier.summary_known.val();
        self.levels.summary_bounded.next = self.frontier.summary_bounded.val();
        self.levels.summary_frontier.next = self.frontier.summary_frontier.val();

        // The view.
        self.op_s1.next = self.side_s2.q.val();
        self.meta_s2.next = self.op_s1.val().meta;
        self.flags_more.next = self.meta_s2.val().flags;
        self.flags_degraded.next = 0.into();
        if self.degraded_s2.q.val() {
            self.flags_degraded.next = 8.into();
        }
        self.flags_crossed.next = 0.into();
        if self.crossed_s2.q.val() {
            self.flags_crossed.next = 32.into();
        }
        self.meta_out.next = self.meta_s2.val();
        self.meta_out.next.flags =
            self.flags_more.val() | self.flags_degraded.val() | self.flags_crossed.val();
        self.own_five.next = self.own_four_s2.q.val() + self.own_fifth_s2.q.val();
        self.own_six.next = self.own_middle_s2.q.val() + self.own_last_s2.q.val();
        self.own_ten.next = self.own_four_s2.q.val() + self.own_six.val();
        self.mate_five.next = self.mate_four_s2.q.val() + self.mate_fifth_s2.q.val();
        self.mate_six.next = self.mate_middle_s2.q.val() + self.mate_last_s2.q.val();
        self.mate_ten.next = self.mate_four_s2.q.val() + self.mate_six.val();
        self.view_next.next = self.view_s3.q.val();
        self.view_next.next.meta = self.meta_out.val();
        self.view_next.next.changed = self.op_s1.val().changed;
        self.view_next.next.buy = self.op_s1.val().buy;
        self.view_next.next.trade = self.op_s1.val().trade;
        self.view_next.next.trade_qty = self.op_s1.val().trade_qty;
        if self.is_bid_s2.q.val() {
            self.view_next.next.bid_px = self.own_px_s2.q.val();
            self.view_next.next.bid_sz = self.own_sz_s2.q.val();
            self.view_next.next.bid_3 = self.own_three_s2.q.val();
            self.view_next.next.bid_5 = self.own_five.val();
            self.view_next.next.bid_10 = self.own_ten.val();
            self.view_next.next.ask_px = self.mate_px_s2.q.val();
            self.view_next.next.ask_sz = self.mate_sz_s2.q.val();
            self.view_next.next.ask_3 = self.mate_three_s2.q.val();
            self.view_next.next.ask_5 = self.mate_five.val();
            self.view_next.next.ask_10 = self.mate_ten.val();
        } else {
            self.view_next.next.bid_px = self.mate_px_s2.q.val();
            self.view_next.next.bid_sz = self.mate_sz_s2.q.val();
            self.view_next.next.bid_3 = self.mate_three_s2.q.val();
            self.view_next.next.bid_5 = self.mate_five.val();
            self.view_next.next.bid_10 = self.mate_ten.val();
            self.view_next.next.ask_px = self.own_px_s2.q.val();
            self.view_next.next.ask_sz = self.own_sz_s2.q.val();
            self.view_next.next.ask_3 = self.own_three_s2.q.val();
            self.view_next.next.ask_5 = self.own_five.val();
            self.view_next.next.ask_10 = self.own_ten.val();
        }
        self.view_s3.d.next = self.view_next.val();
        self.valid_s3.d.next = self.valid_s2.q.val();
        self.view.next = self.view_s3.q.val();
        self.view_valid.next = self.valid_s3.q.val();
        self.count.next = 0.into();
        if self.valid_s2.q.val() & self.degraded_s2.q.val() {
            self.count.next = 1.into();
        }
        if self.reset.val() {
            self.under_way.d.next = 0.into();
            self.issued.d.next = false;
            self.refill_taken.d.next = false;
            self.valid_s1.d.next = false;
            self.valid_s2.d.next = false;
            self.valid_s3.d.next = false;
            self.result_s1.d.next = false;
            self.landed_s2.d.next = false;
        }
    }
}
