//! What the pages do each cycle.

use super::super::arithmetic::KEY_BITS;
use super::*;
use rust_hdl::prelude::*;

impl<const PW: usize, const AW: usize, const LW: usize, const QW: usize> Logic for Pages<PW, AW, LW, QW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            odd,
            by_scan_s0,
            by_scan_s1,
            scan_at_s0,
            scan_at_s1,
            follows_1,
            follows_2,
            levels_s7,
            levels_s8,
            levels_s9,
            levels_s10,
            mask_s8,
            mask_s9,
            mask_s10,
            quantity_s7,
            quantity_s8,
            occupied_s8,
            held_s9,
            probed_levels,
            occupies_s10,
            occupies_s11,
            others_s11,
            lost_now,
            lost_of
        );
        for k in 0..5 {
            self.op[k].clock.next = self.clock.val();
            self.op[k].d.next = self.op[k].q.val();
        }
        for k in 1..5 {
            self.op[k].d.next = self.op[k - 1].q.val();
        }
        for k in 0..11 {
            self.active[k].clock.next = self.clock.val();
            self.active[k].d.next = self.active[k].q.val();
        }
        for k in 1..11 {
            self.active[k].d.next = self.active[k - 1].q.val();
        }
        for k in 0..11 {
            self.adds[k].clock.next = self.clock.val();
            self.adds[k].d.next = self.adds[k].q.val();
        }
        for k in 1..11 {
            self.adds[k].d.next = self.adds[k - 1].q.val();
        }
        for k in 0..12 {
            self.last[k].clock.next = self.clock.val();
            self.last[k].d.next = self.last[k].q.val();
        }
        for k in 1..12 {
            self.last[k].d.next = self.last[k - 1].q.val();
        }
        for k in 0..10 {
            self.probes[k].clock.next = self.clock.val();
            self.probes[k].d.next = self.probes[k].q.val();
        }
        for k in 1..10 {
            self.probes[k].d.next = self.probes[k - 1].q.val();
        }
        for k in 0..5 {
            self.scans[k].clock.next = self.clock.val();
            self.scans[k].d.next = self.scans[k].q.val();
        }
        for k in 1..5 {
            self.scans[k].d.next = self.scans[k - 1].q.val();
        }
        for k in 0..8 {
            self.key[k].clock.next = self.clock.val();
            self.key[k].d.next = self.key[k].q.val();
        }
        for k in 1..8 {
            self.key[k].d.next = self.key[k - 1].q.val();
        }
        for k in 0..14 {
            self.offset[k].clock.next = self.clock.val();
            self.offset[k].d.next = self.offset[k].q.val();
        }
        for k in 1..14 {
            self.offset[k].d.next = self.offset[k - 1].q.val();
        }
        for k in 0..10 {
            self.quantity[k].clock.next = self.clock.val();
            self.quantity[k].d.next = self.quantity[k].q.val();
        }
        for k in 1..10 {
            self.quantity[k].d.next = self.quantity[k - 1].q.val();
        }
        for k in 0..4 {
            self.addresses[k].clock.next = self.clock.val();
            self.addresses[k].d.next = self.addresses[k].q.val();
        }
        for k in 1..4 {
            self.addresses[k].d.next = self.addresses[k - 1].q.val();
        }
        for k in 0..3 {
            self.takes[k].clock.next = self.clock.val();
            self.takes[k].d.next = self.takes[k].q.val();
        }
        for k in 1..3 {
            self.takes[k].d.next = self.takes[k - 1].q.val();
        }
        for k in 0..5 {
            self.found[k].clock.next = self.clock.val();
            self.found[k].d.next = self.found[k].q.val();
        }
        for k in 1..5 {
            self.found[k].d.next = self.found[k - 1].q.val();
        }
        for k in 0..11 {
            self.page[k].clock.next = self.clock.val();
            self.page[k].d.next = self.page[k].q.val();
        }
        for k in 1..11 {
            self.page[k].d.next = self.page[k - 1].q.val();
        }
        for k in 0..5 {
            self.result[k].clock.next = self.clock.val();
            self.result[k].d.next = self.result[k].q.val();
        }
        for k in 1..5 {
            self.result[k].d.next = self.result[k - 1].q.val();
        }
        for k in 0..5 {
            self.page_levels[k].clock.next = self.clock.val();
            self.page_levels[k].d.next = self.page_levels[k].q.val();
        }
        for k in 1..5 {
            self.page_levels[k].d.next = self.page_levels[k - 1].q.val();
        }
        for k in 0..8 {
            self.entry[k].clock.next = self.clock.val();
            self.entry[k].d.next = self.entry[k].q.val();
        }
        for k in 0..8 {
            self.cell_used[k].clock.next = self.clock.val();
            self.cell_used[k].d.next = self.cell_used[k].q.val();
        }
        for k in 0..8 {
            self.scanned[k].clock.next = self.clock.val();
            self.scanned[k].d.next = self.scanned[k].q.val();
        }
        for k in 0..8 {
            self.scanned_used[k].clock.next = self.clock.val();
            self.scanned_used[k].d.next = self.scanned_used[k].q.val();
        }
        for k in 0..8 {
            self.hits[k].clock.next = self.clock.val();
            self.hits[k].d.next = self.hits[k].q.val();
        }
        for k in 0..8 {
            self.free[k].clock.next = self.clock.val();
            self.free[k].d.next = self.free[k].q.val();
        }
        for k in 0..3 {
            self.same_page_s8[k].clock.next = self.clock.val();
            self.same_page_s8[k].d.next = self.same_page_s8[k].q.val();
        }
        for k in 0..3 {
            self.same_level_s8[k].clock.next = self.clock.val();
            self.same_level_s8[k].d.next = self.same_level_s8[k].q.val();
        }
        for k in 0..3 {
            self.same_page_s9[k].clock.next = self.clock.val();
            self.same_page_s9[k].d.next = self.same_page_s9[k].q.val();
        }
        self.odd.d.next = !self.odd.q.val();
        self.phase.next = self.odd.q.val();

        // Stage 0: an operation or a probe, in turn.
        self.op[0].d.next = false;
        self.probes[0].d.next = false;
        self.scans[0].d.next = false;
        self.last[0].d.next = false;
        self.adds[0].d.next = self.op_adds.val();
        self.quantity[0].d.next = self.op_quantity.val();
        self.by_scan_s0.d.next = self.probe_scans.val();
        self.scan_at_s0.d.next = self.scan_address.val();
        if self.odd.q.val() {
            self.key[0].d.next = self.probe_key.val();
            self.offset[0].d.next = self.probe_offset.val();
            self.probes[0].d.next = self.probe_valid.val() & !self.probe_scans.val();
            self.scans[0].d.next = self.probe_valid.val() & self.probe_scans.val();
        } else {
            self.by_scan_s0.d.next = false;
            self.key[0].d.next = self.op_key.val();
            self.offset[0].d.next = self.op_offset.val();
            self.op[0].d.next = self.op_valid.val();
            self.last[0].d.next = self.op_last.val();
        }

        // Stage 1: cell addresses.
        self.hash.key.next = self.key[0].q.val();
        self.addresses[0].d.next = self.hash.addresses.val();
        self.by_scan_s1.d.next = self.by_scan_s0.q.val();
        self.scan_at_s1.d.next = self.scan_at_s0.q.val();
        self.hashed.next = self.addresses[0].q.val();
        self.wipe_page_now.next = self.wipe_page.val();
        self.wipe_bank.next = self.wipe_page_now.val().get_bits::<3>(0);
        self.wide_wiped.next = self.wipe_page_now.val() >> 3;
        self.wipe_cell.next = self.wide_wiped.val().get_bits::<AW>(0);
        self.page_s5.next = self.page[0].q.val();
        self.page_bank.next = self.page_s5.val().get_bits::<3>(0);
        self.wide_cell.next = self.page_s5.val() >> 3;
        self.page_cell.next = self.wide_cell.val().get_bits::<AW>(0);
        self.written_page.next = self.page[6].q.val();
        self.written_bank.next = self.written_page.val().get_bits::<3>(0);
        self.wide_written.next = self.written_page.val() >> 3;
        self.written_cell.next = self.wide_written.val().get_bits::<AW>(0);
        self.takes_cell.next = self.takes[0].q.val() & self.active[0].q.val();
        self.key_s5.next = self.key[5].q.val();
        self.wide_key_s5.next = bit_cast::<35, KEY_BITS>(self.key_s5.val());
        self.write_key.next = self.wide_key_s5.val() | self.bound.val();
        self.used_next.next = self.others_s11.q.val() | self.occupies_s11.q.val();
        for b in 0..8 {
            self.cell_address[b].next = self.hashed.val().get_bits::<AW>(12 * b);
            if self.by_scan_s1.q.val() {
                self.cell_address[b].next = self.scan_at_s1.q.val();
            }
            self.keys[b].clock.next = self.clock.val();
            self.keys[b].read_address.next = self.cell_address[b].val();
            self.keys[b].write_address.next = self.page_cell.val();
            self.keys[b].write_data.next = self.write_key.val();
            self.keys[b].write_enable.next =
                self.takes_cell.val() & (self.page_bank.val() == self.bank_number[b].val());
            self.used[b].clock.next = self.clock.val();
            self.used[b].read_address.next = self.cell_address[b].val();
            self.used[b].write_address.next = self.written_cell.val();
            self.used[b].write_data.next = self.used_next.val();
            self.used[b].write_enable.next =
                self.active[6].q.val() & (self.written_bank.val() == self.bank_number[b].val());
            if self.wipe_valid.val() {
                self.keys[b].write_address.next = self.wipe_cell.val();
                self.keys[b].write_data.next = 0.into();
                self.keys[b].write_enable.next = self.wipe_bank.val() == self.bank_number[b].val();
                self.used[b].write_address.next = self.wipe_cell.val();
                self.used[b].write_data.next = false;
                self.used[b].write_enable.next = self.wipe_bank.val() == self.bank_number[b].val();
            }
            self.entry[b].d.next = self.keys[b].read_data.val();
            self.cell_used[b].d.next = self.used[b].read_data.val();
        }

        // Stage 3: compare. A cell that an operation ahead works on is not free; one that it has just
        // taken is not this key's, whatever the memory says.
        self.key_s3.next = self.key[3].q.val();
        self.wide_key_s3.next = bit_cast::<35, KEY_BITS>(self.key_s3.val());
        self.wanted.next = self.wide_key_s3.val() | self.bound.val();
        self.hashed_s3.next = self.addresses[2].q.val();
        for j in 0..5 {
            self.ahead_page[j].next = self.page[2 * j].q.val();
            self.ahead_bank[j].next = self.ahead_page[j].val().get_bits::<3>(0);
            self.ahead_shifted[j].next = self.ahead_page[j].val() >> 3;
            self.ahead_cell[j].next = self.ahead_shifted[j].val().get_bits::<AW>(0);
        }
        for b in 0..8 {
            self.here[b].next = self.hashed_s3.val().get_bits::<AW>(12 * b);
            self.ahead_5[b].next = self.active[0].q.val()
                & (self.ahead_bank[0].val() == self.bank_number[b].val())
                & (self.ahead_cell[0].val() == self.here[b].val());
            self.ahead_7[b].next = self.active[2].q.val()
                & (self.ahead_bank[1].val() == self.bank_number[b].val())
                & (self.ahead_cell[1].val() == self.here[b].val());
            self.ahead_9[b].next = self.active[4].q.val()
                & (self.ahead_bank[2].val() == self.bank_number[b].val())
                & (self.ahead_cell[2].val() == self.here[b].val());
            self.ahead_11[b].next = self.active[6].q.val()
                & (self.ahead_bank[3].val() == self.bank_number[b].val())
                & (self.ahead_cell[3].val() == self.here[b].val());
            self.ahead_13[b].next = self.active[8].q.val()
                & (self.ahead_bank[4].val() == self.bank_number[b].val())
                & (self.ahead_cell[4].val() == self.here[b].val());
            self.cell_equal[b].next = self.entry[b].q.val() == self.wanted.val();
            self.just_taken[b].next = (self.ahead_5[b].val() & self.takes[0].q.val())
                | (self.ahead_7[b].val() & self.takes[2].q.val());
            self.hits[b].d.next = self.cell_equal[b].val() & !self.just_taken[b].val();
            self.cell_bound[b].next = self.entry[b].q.val().get_bit(34);
            self.cell_full[b].next = self.cell_bound[b].val() & self.cell_used[b].q.val();
            self.cell_busy[b].next = self.ahead_5[b].val()
                | self.ahead_7[b].val()
                | self.ahead_9[b].val()
                | self.ahead_11[b].val()
                | self.ahead_13[b].val();
            self.free[b].d.next = !self.cell_full[b].val() & !self.cell_busy[b].val();
            self.scanned[b].d.next = self.entry[b].q.val();
            self.scanned_used[b].d.next = self.cell_used[b].q.val();
            self.scanned_now[b].next = self.scanned[b].q.val();
            self.scan_key[b].next = self.scanned_now[b].val().get_bits::<34>(0);
            self.scan_bound[b].next = self.scanned_now[b].val().get_bit(34);
            self.scan_used[b].next = self.scanned_used[b].q.val();
        }
        self.follows_1.d.next = self.active[0].q.val() & (self.key[5].q.val() == self.key[3].q.val());
        self.follows_2.d.next = self.active[2].q.val() & (self.key[7].q.val() == self.key[3].q.val());
        self.scan_valid.next = self.scans[4].q.val();

        // Stage 4: the page, or a free cell for it.
        self.any_hit.next = false;
        self.any_free.next = false;
        self.hit_bank.next = 0.into();
        self.free_bank.next = 0.into();
        self.free_cell.next = 0.into();
        self.hashed_s4.next = self.addresses[3].q.val();
        for b in 0..8 {
            self.chosen[b].next = self.hashed_s4.val().get_bits::<AW>(12 * b);
            self.hit_term[b].next = 0.into();
            if self.hits[b].q.val() {
                self.hit_term[b].next = self.chosen[b].val();
                self.hit_bank.next = self.bank_number[b].val();
                self.any_hit.next = true;
            }
        }
        for b in 0..8 {
            if self.free[7 - b].q.val() {
                self.any_free.next = true;
                self.free_bank.next = self.bank_number[7 - b].val();
                self.free_cell.next = self.chosen[7 - b].val();
            }
        }
        self.hit_cell.next = self.hit_term[0].val()
            | self.hit_term[1].val()
            | self.hit_term[2].val()
            | self.hit_term[3].val()
            | self.hit_term[4].val()
            | self.hit_term[5].val()
            | self.hit_term[6].val()
            | self.hit_term[7].val();
        self.hit_page.next =
            (bit_cast::<PW, AW>(self.hit_cell.val()) << 3) | bit_cast::<PW, 3>(self.hit_bank.val());
        self.free_page.next =
            (bit_cast::<PW, AW>(self.free_cell.val()) << 3) | bit_cast::<PW, 3>(self.free_bank.val());
        self.takes[0].d.next = false;
        self.has_page.next = true;
        self.page[0].d.next = self.hit_page.val();
        if self.follows_1.q.val() {
            self.page[0].d.next = self.page[1].q.val();
        } else {
            if self.follows_2.q.val() {
                self.page[0].d.next = self.page[3].q.val();
            } else {
                if !self.any_hit.val() {
                    self.page[0].d.next = self.free_page.val();
                    self.has_page.next = self.any_free.val() & self.adds[4].q.val() & self.op[4].q.val();
                    self.takes[0].d.next = self.has_page.val();
                }
            }
        }
        self.active[0].d.next = self.op[4].q.val() & self.has_page.val();
        self.found[0].d.next = self.has_page.val();
        self.key_s4.next = self.key[4].q.val();
        self.row_s4.next = self.key_s4.val() >> 27;
        self.lost_of.d.next = self.row_s4.val().get_bits::<7>(0);
        self.lost_now.d.next = self.op[4].q.val() & !self.has_page.val();
        self.lost.next = self.lost_now.q.val();
        self.lost_row.next = self.lost_of.q.val();

        // Stages 5 to 7: the page's levels and the level's quantity.
        self.page_wide.next = bit_cast::<LW, PW>(self.page_s5.val());
        self.page_shifted.next = self.page_wide.val() << 6;
        self.offset_s5.next = self.offset[5].q.val();
        self.offset_wide.next = bit_cast::<LW, 6>(self.offset_s5.val());
        self.read_level.next = self.page_shifted.val() | self.offset_wide.val();
        self.write_wide.next = bit_cast::<LW, PW>(self.written_page.val());
        self.write_shifted.next = self.write_wide.val() << 6;
        self.offset_s11.next = self.offset[11].q.val();
        self.write_offset.next = bit_cast::<LW, 6>(self.offset_s11.val());
        self.write_level.next = self.write_shifted.val() | self.write_offset.val();
        self.levels.clock.next = self.clock.val();
        self.levels.read_address.next = self.page_s5.val();
        self.levels.write_enable.next = self.active[6].q.val();
        self.levels.write_address.next = self.written_page.val();
        self.levels.write_data.next = self.page_levels[0].q.val();
        if self.wipe_valid.val() {
            self.levels.write_enable.next = true;
            self.levels.write_address.next = self.wipe_page_now.val();
            self.levels.write_data.next = 0.into();
        }
        self.quantities.clock.next = self.clock.val();
        self.quantities.read_address.next = self.read_level.val();
        self.quantities.write_enable.next = self.active[6].q.val();
        self.quantities.write_address.next = self.write_level.val();
        self.quantities.write_data.next = self.result[1].q.val();
        self.levels_s7.d.next = self.levels.read_data.val();
        self.quantity_s7.d.next = self.quantities.read_data.val();
        self.page_equal[0].next = self.active[4].q.val() & (self.page[4].q.val() == self.page[2].q.val());
        self.page_equal[1].next = self.active[6].q.val() & (self.page[6].q.val() == self.page[2].q.val());
        self.page_equal[2].next = self.active[8].q.val() & (self.page[8].q.val() == self.page[2].q.val());
        self.offset_equal[0].next = self.offset[9].q.val() == self.offset[7].q.val();
        self.offset_equal[1].next = self.offset[11].q.val() == self.offset[7].q.val();
        self.offset_equal[2].next = self.offset[13].q.val() == self.offset[7].q.val();
        for j in 0..3 {
            self.same_page_s8[j].d.next = self.page_equal[j].val();
            self.same_level_s8[j].d.next = self.page_equal[j].val() & self.offset_equal[j].val();
            self.same_page_s9[j].d.next = self.same_page_s8[j].q.val();
        }
        self.offset_s7.next = self.offset[7].q.val();
        self.levels_s8.d.next = self.levels_s7.q.val();
        self.quantity_s8.d.next = self.quantity_s7.q.val();
        self.occupied_s8.d.next = self.levels_s7.q.val().get_bit(self.offset_s7.val().index());
        self.mask_s8.d.next = self.one.val() << self.offset_s7.val();

        // Stage 8: the level's quantity, 0 if there is none.
        self.own_quantity.next = 0.into();
        if self.occupied_s8.q.val() {
            self.own_quantity.next = self.quantity_s8.q.val();
        }
        if self.same_level_s8[0].q.val() {
            self.own_quantity.next = self.result[0].q.val();
        } else {
            if self.same_level_s8[1].q.val() {
                self.own_quantity.next = self.result[2].q.val();
            } else {
                if self.same_level_s8[2].q.val() {
                    self.own_quantity.next = self.result[4].q.val();
                }
            }
        }
        self.held_s9.d.next = self.own_quantity.val();
        self.levels_s9.d.next = self.levels_s8.q.val();
        self.probed_levels.d.next = self.levels_s8.q.val();
        self.mask_s9.d.next = self.mask_s8.q.val();
        self.probe_done.next = self.probes[9].q.val();
        self.probe_hit.next = self.found[4].q.val();
        self.probe_levels.next = self.probed_levels.q.val();
        self.probe_quantity.next = self.held_s9.q.val();

        // Stage 9: add or take; the levels of the page as the operations ahead leave them.
        self.quantity_now.next = self.quantity[9].q.val();
        self.delta.next = bit_cast::<QW, 32>(self.quantity_now.val());
        self.sum.next = self.held_s9.q.val() + self.delta.val();
        self.difference.next = self.held_s9.q.val() - self.delta.val();
        self.remains.next = self.held_s9.q.val() != self.delta.val();
        if self.adds[9].q.val() {
            self.result[0].d.next = self.sum.val();
            self.occupies_s10.d.next = true;
        } else {
            self.result[0].d.next = self.difference.val();
            self.occupies_s10.d.next = self.remains.val();
        }
        self.levels_s10.d.next = self.levels_s9.q.val();
        if self.same_page_s9[0].q.val() {
            self.levels_s10.d.next = self.page_levels[0].q.val();
        } else {
            if self.same_page_s9[1].q.val() {
                self.levels_s10.d.next = self.page_levels[2].q.val();
            } else {
                if self.same_page_s9[2].q.val() {
                    self.levels_s10.d.next = self.page_levels[4].q.val();
                }
            }
        }
        self.mask_s10.d.next = self.mask_s9.q.val();

        // Stage 10: the page's levels after the operation.
        self.other_mask.next = !self.mask_s10.q.val();
        self.other_levels.next = self.levels_s10.q.val() & self.other_mask.val();
        self.others_s11.d.next = self.other_levels.val().any();
        self.occupies_s11.d.next = self.occupies_s10.q.val();
        self.page_levels[0].d.next = self.other_levels.val();
        if self.occupies_s10.q.val() {
            self.page_levels[0].d.next = self.levels_s10.q.val() | self.mask_s10.q.val();
        }
        self.retired.next = self.last[11].q.val();

        if self.reset.val() {
            self.odd.d.next = false;
            for k in 0..5 {
                self.op[k].d.next = false;
            }
            for k in 0..11 {
                self.active[k].d.next = false;
            }
            for k in 0..12 {
                self.last[k].d.next = false;
            }
            for k in 0..10 {
                self.probes[k].d.next = false;
            }
            for k in 0..5 {
                self.scans[k].d.next = false;
            }
            self.lost_now.d.next = false;
        }
    }
}
