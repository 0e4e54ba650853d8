//! What the cutter does each cycle.

use super::*;
use rust_hdl::prelude::*;

impl Logic for MoldRx {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            prev,
            leading,
            due,
            beats_to_go,
            lane,
            origin,
            len,
            needed,
            next_at,
            end_at,
            beat_index,
            open,
            check,
            room,
            count_field,
            index,
            stopped,
            first_seq,
            seq_next,
            seq_current,
            behind_low,
            next_q,
            seen,
            body_0,
            body_1,
            body_2,
            body_3,
            body_4,
            body_5,
            body_6,
            valid_q,
            msg_len,
            msg_seq,
            msg_stamp,
            end_q,
            bad_q,
            heartbeat_q,
            end_of_session_q,
            packet_q,
            other_session_q,
            short_q,
            cut_off_q
        );
        self.vlan.next = self.offset.val().get_bit(2);
        if self.beat_valid.val() {
            self.prev.d.next = self.beat_data.val();
        }

        // Length and type of the message that starts in this beat.
        self.window.next = (bit_cast::<80, 64>(self.beat_data.val()) << 16)
            | bit_cast::<80, 16>(self.prev.q.val().get_bits::<16>(48));
        self.lane_bits.next = bit_cast::<7, 3>(self.lane.q.val()) << 3;
        // lint-hdl: allow(slice): lane_bits is at most 56, and 56 + 24 = 80
        self.prefix.next = self.window.val().get_bits::<24>(self.lane_bits.val().index());
        self.len_high.next = bit_cast::<16, 8>(self.prefix.val().get_bits::<8>(0)) << 8;
        self.len_low.next = bit_cast::<16, 8>(self.prefix.val().get_bits::<8>(8));
        self.len_now.next = self.len_high.val() | self.len_low.val();
        self.kind.next = self.prefix.val().get_bits::<8>(16);
        // Index of the last byte that the decoder needs of this type.
        self.needed_now.next = 49.into();
        if self.kind.val() == 68 {
            self.needed_now.next = 18.into();
        }
        if (self.kind.val() == 69) | (self.kind.val() == 88) {
            self.needed_now.next = 22.into();
        }
        // Whether a C is printable stands behind its match number.
        if self.kind.val() == 67 {
            self.needed_now.next = 31.into();
        }
        if self.kind.val() == 85 {
            self.needed_now.next = 34.into();
        }
        if (self.kind.val() == 65) | (self.kind.val() == 70) {
            self.needed_now.next = 35.into();
        }
        self.lane_wide.next = bit_cast::<17, 3>(self.lane.q.val());
        self.next_base.next = self.lane_wide.val() + 2;
        self.end_base.next = self.lane_wide.val() - 1;
        self.len_wide.next = bit_cast::<17, 16>(self.len_now.val());
        self.next_position.next = self.len_wide.val() + self.next_base.val();
        self.end_position.next = self.len_wide.val() + self.end_base.val();

        // The cycle after a start: is the block within payload and count, and long enough?
        self.room_low.next = self.room.q.val().get_bits::<17>(0);
        self.room_negative.next = self.room.q.val().get_bit(17);
        self.fits.next = !self.room_negative.val() & (self.next_at.q.val() <= self.room_low.val());
        // At least 12, and at most `needed`, without a 16-bit carry chain.
        self.len_bits.next = self.len.q.val().get_bits::<6>(0);
        self.len_ok.next = self.len.q.val().get_bits::<12>(4).any()
            | (self.len.q.val().get_bit(3) & self.len.q.val().get_bit(2));
        self.ends_early.next =
            !self.len.q.val().get_bits::<10>(6).any() & (self.len_bits.val() <= self.needed.q.val());
        self.pass.next = self.fits.val()
            & self.len_ok.val()
            & (self.index.q.val() != self.count_field.q.val())
            & !self.count_field.q.val().all();
        self.refused.next = self.check.q.val() & !self.pass.val();
        if self.check.q.val() {
            if self.pass.val() {
                self.index.d.next = self.index.q.val() + 1;
            } else {
                self.stopped.d.next = true;
            }
        }

        // Delivery.
        self.needed_position.next = self.needed.q.val() + bit_cast::<6, 3>(self.origin.q.val());
        self.fire_position.next = self.needed_position.val();
        if self.ends_early.val() {
            self.fire_position.next = self.end_at.q.val().get_bits::<6>(0);
        }
        self.fire_beat.next = bit_cast::<4, 3>(self.fire_position.val().get_bits::<3>(3));
        self.fire_lane.next = self.fire_position.val().get_bits::<3>(0);
        self.kept.next = self.beat_keep.val().get_bit(self.fire_lane.val().index());
        self.session_match.next = self.session_locked.val() & (self.seen.q.val() == self.session.val());
        self.fire.next = self.beat_valid.val()
            & self.open.q.val()
            & (self.beat_index.q.val() == self.fire_beat.val())
            & self.kept.val()
            & !self.refused.val()
            & self.payload_ok.val()
            & self.session_match.val();
        self.valid_q.d.next = self.fire.val();
        if self.beat_valid.val() {
            self.msg_len.d.next = self.len.q.val();
            self.msg_seq.d.next = self.seq_current.q.val();
            if self.beat_first.val() {
                self.msg_stamp.d.next = self.stamp.val();
            }
            if !self.beat_index.q.val().get_bit(3) {
                self.beat_index.d.next = self.beat_index.q.val() + 1;
            }
        }

        // The walk from block to block.
        // The header is eight beats long: four bits tell its beats apart.
        self.lead_to_go.next = self.beats_to_go.q.val().get_bits::<4>(0);
        self.in_lead.next = self.leading.q.val() & !self.beat_first.val();
        self.beat_6.next = self.in_lead.val() & (self.lead_to_go.val() == 3);
        self.beat_7.next = self.in_lead.val() & (self.lead_to_go.val() == 2);
        // The type byte itself must be there, or the bytes in front of it may be none of the frame's.
        self.type_kept.next = self.beat_keep.val().get_bit(self.lane.q.val().index());
        self.start.next = self.beat_valid.val()
            & self.due.q.val()
            & self.type_kept.val()
            & !self.beat_first.val()
            & !self.stopped.q.val();
        self.beats_less_one.next = self.beats_to_go.q.val() - 1;
        // A start beside a refusal loads what nobody will look at.
        self.check.d.next = self.start.val() & !self.refused.val();
        self.room_start.next = bit_cast::<18, 16>(self.payload_len.val()) - 12;
        if self.vlan.val() {
            self.room_start.next = bit_cast::<18, 16>(self.payload_len.val()) - 8;
        }
        self.room_next.next = self.room.q.val() - 8;
        if self.beat_valid.val() {
            self.due.d.next = self.beats_to_go.q.val() == 2;
            if self.beats_to_go.q.val().any() {
                self.beats_to_go.d.next = self.beats_less_one.val();
            }
            if !self.room_negative.val() {
                self.room.d.next = self.room_next.val();
            }
            if self.beat_7.val() {
                self.lane.d.next = 0.into();
                if self.vlan.val() {
                    self.lane.d.next = 4.into();
                }
                self.room.d.next = self.room_start.val();
                self.index.d.next = 0.into();
                self.stopped.d.next = false;
            }
            if self.start.val() {
                self.leading.d.next = false;
                self.origin.d.next = self.lane.q.val();
                self.len.d.next = self.len_now.val();
                self.needed.d.next = self.needed_now.val();
                self.next_at.d.next = self.next_position.val();
                self.end_at.d.next = self.end_position.val();
                self.beat_index.d.next = 1.into();
                self.open.d.next = true;
                self.lane.d.next = self.next_position.val().get_bits::<3>(0);
                // Only these two lengths start the next block in the next beat; shorter ones are refused.
                self.due.d.next = ((self.len_now.val() == 12) & (self.lane.q.val() <= 1))
                    | ((self.len_now.val() == 13) & (self.lane.q.val() == 0));
                self.beats_to_go.d.next = self.next_position.val().get_bits::<14>(3);
            }
            if self.beat_first.val() {
                self.leading.d.next = true;
                self.due.d.next = false;
                self.beats_to_go.d.next = 8.into();
            }
            if self.beat_last.val() {
                self.open.d.next = false;
            }
        }
        if self.refused.val() {
            self.open.d.next = false;
        }

        // Header fields and sequence.
        self.b0.next = self.beat_data.val().get_bits::<8>(0);
        self.b1.next = self.beat_data.val().get_bits::<8>(8);
        self.b2.next = self.beat_data.val().get_bits::<8>(16);
        self.b3.next = self.beat_data.val().get_bits::<8>(24);
        self.b4.next = self.beat_data.val().get_bits::<8>(32);
        self.b5.next = self.beat_data.val().get_bits::<8>(40);
        self.b6.next = self.beat_data.val().get_bits::<8>(48);
        self.b7.next = self.beat_data.val().get_bits::<8>(56);
        self.p0.next = self.prev.q.val().get_bits::<8>(32);
        self.p1.next = self.prev.q.val().get_bits::<8>(40);
        self.p2.next = self.prev.q.val().get_bits::<8>(48);
        self.p3.next = self.prev.q.val().get_bits::<8>(56);
        self.swapped.next = (bit_cast::<64, 8>(self.b0.val()) << 56)
            | (bit_cast::<64, 8>(self.b1.val()) << 48)
            | (bit_cast::<64, 8>(self.b2.val()) << 40)
            | (bit_cast::<64, 8>(self.b3.val()) << 32)
            | (bit_cast::<64, 8>(self.b4.val()) << 24)
            | (bit_cast::<64, 8>(self.b5.val()) << 16)
            | (bit_cast::<64, 8>(self.b6.val()) << 8)
            | bit_cast::<64, 8>(self.b7.val());
        self.prev_half.next = (bit_cast::<32, 8>(self.p0.val()) << 24)
            | (bit_cast::<32, 8>(self.p1.val()) << 16)
            | (bit_cast::<32, 8>(self.p2.val()) << 8)
            | bit_cast::<32, 8>(self.p3.val());
        self.seq_header.next = self.swapped.val();
        if !self.vlan.val() {
            self.seq_header.next = (bit_cast::<64, 32>(self.prev_half.val()) << 32)
                | bit_cast::<64, 32>(self.swapped.val().get_bits::<32>(32));
        }
        self.session_early.next = (bit_cast::<80, 32>(self.beat_data.val().get_bits::<32>(0)) << 48)
            | bit_cast::<80, 48>(self.prev.q.val().get_bits::<48>(16));
        self.session_late.next = (bit_cast::<80, 64>(self.beat_data.val()) << 16)
            | bit_cast::<80, 16>(self.prev.q.val().get_bits::<16>(48));
        self.count_high.next = bit_cast::<16, 8>(self.beat_data.val().get_bits::<8>(32)) << 8;
        self.count_low.next = bit_cast::<16, 8>(self.beat_data.val().get_bits::<8>(40));
        if self.vlan.val() {
            self.count_high.next = bit_cast::<16, 8>(self.beat_data.val().get_bits::<8>(0)) << 8;
            self.count_low.next = bit_cast::<16, 8>(self.beat_data.val().get_bits::<8>(8));
        }
        self.seq_low.next = self.seq_next.q.val().get_bits::<32>(0);
        self.seq_high.next = self.seq_next.q.val().get_bits::<32>(32);
        self.low_up.next = self.seq_low.val() + 1;
        self.high_up.next = self.seq_high.val();
        if self.seq_low.val().all() {
            self.high_up.next = self.seq_high.val() + 1;
        }
        self.seq_up.next =
            (bit_cast::<64, 32>(self.high_up.val()) << 32) | bit_cast::<64, 32>(self.low_up.val());
        // Counts at every beat that should hold a type byte, whether or not a message starts there: where none does,
        // the frame is over or refused, and the next header loads it anew. `start` is too late for 128 bits.
        self.turn.next = self.beat_valid.val() & self.due.q.val() & !self.beat_first.val();
        if self.turn.val() {
            self.seq_current.d.next = self.seq_next.q.val();
            self.seq_next.d.next = self.seq_up.val();
        }
        if self.beat_valid.val() {
            if self.beat_6.val() {
                self.seen.d.next = self.session_early.val();
                if self.vlan.val() {
                    self.seen.d.next = self.session_late.val();
                }
            }
            if self.beat_7.val() {
                self.seq_next.d.next = self.seq_header.val();
                self.first_seq.d.next = self.seq_header.val();
            }
            if (self.beat_7.val() & !self.vlan.val())
                | (self.in_lead.val() & self.due.q.val() & self.vlan.val())
            {
                self.count_field.d.next = self.count_high.val() | self.count_low.val();
            }
        }

        // Bytes from lane `origin` on, of the previous and this beat, and of this beat alone.
        self.shift.next = bit_cast::<7, 3>(self.origin.q.val()) << 3;
        self.both.next =
            (bit_cast::<128, 64>(self.beat_data.val()) << 64) | bit_cast::<128, 64>(self.prev.q.val());
        self.twice.next =
            (bit_cast::<128, 64>(self.beat_data.val()) << 64) | bit_cast::<128, 64>(self.beat_data.val());
        // lint-hdl: allow(slice): shift is at most 56, and 56 + 64 < 128
        self.full.next = self.both.val().get_bits::<64>(self.shift.val().index());
        self.partial.next = self.twice.val().get_bits::<64>(self.shift.val().index());
        self.full_16.next = self.full.val().get_bits::<16>(0);
        self.partial_16.next = self.partial.val().get_bits::<16>(0);
        if self.beat_valid.val() {
            if self.beat_index.q.val() == 1 {
                self.body_0.d.next = self.full.val();
                self.body_1.d.next = self.partial.val();
            }
            if self.beat_index.q.val() == 2 {
                self.body_1.d.next = self.full.val();
                self.body_2.d.next = self.partial.val();
            }
            if self.beat_index.q.val() == 3 {
                self.body_2.d.next = self.full.val();
                self.body_3.d.next = self.partial.val();
            }
            if self.beat_index.q.val() == 4 {
                self.body_3.d.next = self.full.val();
                self.body_4.d.next = self.partial.val();
            }
            if self.beat_index.q.val() == 5 {
                self.body_4.d.next = self.full.val();
                self.body_5.d.next = self.partial.val();
            }
            if self.beat_index.q.val() == 6 {
                self.body_5.d.next = self.full.val();
                self.body_6.d.next = self.partial_16.val();
            }
            if self.beat_index.q.val() == 7 {
                self.body_6.d.next = self.full_16.val();
            }
        }
        self.body.next = (bit_cast::<400, 16>(self.body_6.q.val()) << 384)
            | (bit_cast::<400, 64>(self.body_5.q.val()) << 320)
            | (bit_cast::<400, 64>(self.body_4.q.val()) << 256)
            | (bit_cast::<400, 64>(self.body_3.q.val()) << 192)
            | (bit_cast::<400, 64>(self.body_2.q.val()) << 128)
            | (bit_cast::<400, 64>(self.body_1.q.val()) << 64)
            | bit_cast::<400, 64>(self.body_0.q.val());

        // Sequence behind the last message begun, in two steps: `index` is final two cycles after the last beat.
        self.first_low.next = self.first_seq.q.val().get_bits::<32>(0);
        self.first_high.next = self.first_seq.q.val().get_bits::<32>(32);
        self.behind_low.d.next =
            bit_cast::<33, 32>(self.first_low.val()) + bit_cast::<33, 16>(self.index.q.val());
        self.behind_carry.next = self.behind_low.q.val().get_bits::<1>(32);
        self.behind_high.next = self.first_high.val() + bit_cast::<32, 1>(self.behind_carry.val());
        self.next_q.d.next = (bit_cast::<64, 32>(self.behind_high.val()) << 32)
            | bit_cast::<64, 32>(self.behind_low.q.val().get_bits::<32>(0));

        // End of the frame.
        self.long_enough.next = self.payload_len.val() >= 20;
        self.session_known.next =
            self.session_match.val() | (self.session_auto.val() & !self.session_locked.val());
        self.is_heartbeat.next = !self.count_field.q.val().any();
        self.is_end.next = self.count_field.q.val().all();
        self.cut_off.next = !self.is_end.val() & (self.index.q.val() != self.count_field.q.val());
        self.good.next = self.end_good.val() & self.long_enough.val();
        self.accepted.next = self.good.val() & self.session_known.val();
        self.end_q.d.next = self.ended.val();
        self.bad_q.d.next = self.end_bad.val();
        self.packet_q.d.next = self.accepted.val();
        self.heartbeat_q.d.next = self.accepted.val() & self.is_heartbeat.val();
        self.end_of_session_q.d.next = self.accepted.val() & self.is_end.val();
        self.cut_off_q.d.next = self.accepted.val() & self.cut_off.val();
        self.other_session_q.d.next = self.good.val() & !self.session_known.val();
        self.short_q.d.next = self.end_good.val() & !self.long_enough.val();

        self.valid.next = self.valid_q.q.val();
        self.msg.next.body = self.body.val();
        self.msg.next.len = self.msg_len.q.val();
        self.msg.next.seq = self.msg_seq.q.val();
        self.msg.next.stamp = self.msg_stamp.q.val();
        self.seq_ahead.next = self.seq_current.q.val();
        self.header.next = self.beat_valid.val()
            & self.in_lead.val()
            & self.due.q.val()
            & self.type_kept.val()
            & self.payload_ok.val()
            & self.long_enough.val()
            & self.session_known.val();
        self.header_session.next = self.seen.q.val();
        self.header_seq.next = self.first_seq.q.val();
        self.frame_end.next = self.end_q.q.val();
        self.frame_bad.next = self.bad_q.q.val();
        self.frame_next.next = self.next_q.q.val();
        self.heartbeat.next = self.heartbeat_q.q.val();
        self.end_of_session.next = self.end_of_session_q.q.val();
        self.packet.next = self.packet_q.q.val();
        self.other_session.next = self.other_session_q.q.val();
        self.pulses.next = 0.into();
        if self.short_q.q.val() {
            self.pulses.next = 1.into();
        }
        if self.packet_q.q.val() {
            self.pulses.next = 2.into();
        }
        if self.heartbeat_q.q.val() {
            self.pulses.next = 6.into();
        }
        if self.end_of_session_q.q.val() {
            self.pulses.next = 10.into();
        }
        if self.cut_off_q.q.val() {
            self.pulses.next = 34.into();
        }
        if self.other_session_q.q.val() {
            self.pulses.next = 16.into();
        }
        self.count.next = self.pulses.val();
        if self.valid_q.q.val() {
            self.count.next = self.pulses.val() | 64;
        }

        if self.reset.val() {
            self.leading.d.next = false;
            self.due.d.next = false;
            self.beats_to_go.d.next = 0.into();
            self.open.d.next = false;
            self.check.d.next = false;
            self.valid_q.d.next = false;
            self.end_q.d.next = false;
            self.bad_q.d.next = false;
            self.heartbeat_q.d.next = false;
            self.end_of_session_q.d.next = false;
            self.packet_q.d.next = false;
            self.other_session_q.d.next = false;
            self.short_q.d.next = false;
            self.cut_off_q.d.next = false;
        }
    }
}
