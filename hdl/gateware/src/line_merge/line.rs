//! One line of the merge: where its messages lie in relation to the expected sequence, and those it holds.
//!
//! ```text
//!   cycle   what is known
//!   t − 1   seq_ahead: compared with `expected`, and with the one behind it
//!   t       valid, msg: in sequence (`live`), or not
//!   t + 1   not taken: the offset from `expected` says duplicate, held, or beyond the window
//! ```
//!
//! Bit `n` of `held` stands for sequence `expected + n`; every step of `expected` shifts it down, one cycle later, for the
//! sake of the fan-out: `now_held` is as it ought to be. `fresh` marks what the frame under way holds: if the frame turns out bad, exactly that is forgotten, in one cycle.
//! What the decision of a cycle reads is written from registers and ports alone, in statements of its own: the decision comes
//! back as `shift`, and through a shared signal it would look like a loop.
//! The message itself lies in the memory under the low bits of its sequence.

use super::told::Told;
use crate::prim::{RegCopy, SdpRamReg};
use crate::types::RawMsg;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Line {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub valid: Signal<In, Bit>,
    pub msg: Signal<In, RawMsg>,
    pub seq_ahead: Signal<In, Bits<64>>,
    pub header: Signal<In, Bit>,
    pub header_seq: Signal<In, Bits<64>>,
    pub frame_end: Signal<In, Bit>,
    pub frame_bad: Signal<In, Bit>,
    pub heartbeat: Signal<In, Bit>,
    pub end_of_session: Signal<In, Bit>,
    pub packet: Signal<In, Bit>,
    // From the sequence.
    pub expected: Signal<In, Bits<64>>,
    /// `expected` plus one.
    pub behind: Signal<In, Bits<64>>,
    /// `expected` went up by one at the last brim.
    pub moved: Signal<In, Bit>,
    /// `moved` of the next cycle: `expected` goes up by one at the coming brim.
    pub shift: Signal<In, Bit>,
    /// Messages are looked at.
    pub open: Signal<In, Bit>,
    /// `expected` changes in another way, or the session does: forget everything.
    pub flush: Signal<In, Bit>,
    /// `flush` of the cycle before.
    pub renewed: Signal<In, Bit>,
    /// Accepted messages find room.
    pub room: Signal<In, Bit>,
    /// The host changes sequence or session: forget what the line told, too.
    pub forget: Signal<In, Bit>,
    /// The message that is valid is accepted.
    pub take: Signal<In, Bit>,
    /// The first held message is accepted.
    pub drain: Signal<In, Bit>,
    // To the sequence.
    /// The message that is valid is the expected one.
    pub live: Signal<Out, Bit>,
    /// `live` again, for what is wide.
    pub live_wide: Signal<Out, Bit>,
    /// The expected message is held.
    pub has: Signal<Out, Bit>,
    /// Something is held; one cycle late to turn 0.
    pub any: Signal<Out, Bit>,
    /// A message is about to be held or dropped.
    pub pending: Signal<Out, Bit>,
    /// It is the expected one.
    pub pending_first: Signal<Out, Bit>,
    /// It lies beyond the window, by less than another one.
    pub pending_beyond: Signal<Out, Bit>,
    /// A message beyond the window.
    pub beyond: Signal<Out, Bit>,
    /// Held message read at `expected` two cycles ago.
    pub read: Signal<Out, RawMsg>,
    /// From the first type byte to the end of a frame.
    pub in_packet: Signal<Out, Bit>,
    /// Next sequence as the last heartbeat or end of session told it.
    pub told: Signal<Out, Bits<64>>,
    pub told_valid: Signal<Out, Bit>,
    pub told_now: Signal<Out, Bit>,
    /// A good frame has ended of which messages were lost beyond the window.
    pub far_now: Signal<Out, Bit>,
    /// A bad frame has ended of which messages `first..next` were accepted.
    pub bad_now: Signal<Out, Bit>,
    pub bad_first: Signal<Out, Bits<64>>,
    pub bad_next: Signal<Out, Bits<64>>,
    pub end_now: Signal<Out, Bit>,
    /// `duplicates held purged`.
    pub count: Signal<Out, Bits<3>>,

    memory: SdpRamReg<RawMsg, 8>,

    // Comparison a cycle ahead.
    is_expected: DFF<Bit>,
    is_behind: DFF<Bit>,
    low: DFF<Bits<33>>,
    high: DFF<Bits<33>>,
    ahead_low: Signal<Local, Bits<33>>,
    ahead_high: Signal<Local, Bits<33>>,
    expected_low: Signal<Local, Bits<33>>,
    expected_high: Signal<Local, Bits<33>>,
    borrow: Signal<Local, Bit>,
    high_zero: Signal<Local, Bit>,
    high_one: Signal<Local, Bit>,
    above: Signal<Local, Bit>,
    near: Signal<Local, Bit>,
    below: Signal<Local, Bit>,
    near_low: Signal<Local, Bits<8>>,
    near_high: Signal<Local, Bit>,
    down_1: Signal<Local, Bits<8>>,
    down_2: Signal<Local, Bits<8>>,
    is_0: Signal<Local, Bit>,
    is_1: Signal<Local, Bit>,
    is_2: Signal<Local, Bit>,
    // What the offset will be if `expected` stays, and if it moves once more.
    stay_place: Signal<Local, Bits<8>>,
    stay_zero: Signal<Local, Bit>,
    stay_below: Signal<Local, Bit>,
    step_place: Signal<Local, Bits<8>>,
    step_zero: Signal<Local, Bit>,
    step_below: Signal<Local, Bit>,
    zero_next: Signal<Local, Bit>,
    below_next: Signal<Local, Bit>,

    // The message that was not taken.
    waits: DFF<Bit>,
    /// Below the expected sequence.
    late: DFF<Bit>,
    /// In the window.
    inner: DFF<Bit>,
    /// The expected one.
    first: DFF<Bit>,
    /// Up to 255 behind the window.
    outer: DFF<Bit>,
    /// Right behind the window.
    brim: DFF<Bit>,
    /// Further away.
    far: DFF<Bit>,
    /// Offset in the window.
    place: DFF<Bits<8>>,
    look: DFF<Bits<8>>,
    look_top: DFF<Bit>,
    message: DFF<RawMsg>,
    message_seq: Signal<Local, Bits<64>>,
    in_window: Signal<Local, Bit>,
    on_brim: Signal<Local, Bit>,
    stored: Signal<Local, Bit>,
    set_bit: Signal<Local, Bits<257>>,
    set_brim: Signal<Local, Bits<257>>,
    there: Signal<Local, Bit>,

    // What is held.
    held: DFF<Bits<257>>,
    fresh: DFF<Bits<257>>,
    moved_copy: RegCopy<Bit>,
    renewed_copy: RegCopy<Bit>,
    now_held: Signal<Local, Bits<257>>,
    now_fresh: Signal<Local, Bits<257>>,
    held_window: Signal<Local, Bits<256>>,
    any_held: DFF<Bit>,
    purge: Signal<Local, Bit>,
    kept: Signal<Local, Bits<257>>,
    kept_fresh: Signal<Local, Bits<257>>,
    fresh_count: DFF<Bits<9>>,
    fresh_now: Signal<Local, Bits<9>>,
    fresh_base: Signal<Local, Bits<9>>,
    owed: DFF<Bits<10>>,
    owed_base: Signal<Local, Bits<10>>,
    front: DFF<Bit>,
    front_fresh: DFF<Bit>,
    all_held: Signal<Local, Bits<257>>,
    all_fresh: Signal<Local, Bits<257>>,

    // The frame under way.
    inside_packet: DFF<Bit>,
    lost: DFF<Bit>,
    took: DFF<Bit>,
    took_first: DFF<Bits<64>>,
    took_next: DFF<Bits<64>>,
    takes: Signal<Local, Bit>,
    teller: Told,

    duplicate: DFF<Bit>,
    hold: DFF<Bit>,
    pulses: Signal<Local, Bits<3>>,
    one: Constant<Bits<257>>,
    brim_bit: Constant<Bits<257>>,
}

/// The bit right behind the window.
fn brim_bit() -> Bits<257> {
    let one: Bits<257> = 1_u64.into();
    let at: Bits<9> = 256_u64.into();
    one << at
}

impl Default for Line {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            valid: Default::default(),
            msg: Default::default(),
            seq_ahead: Default::default(),
            header: Default::default(),
            header_seq: Default::default(),
            frame_end: Default::default(),
            frame_bad: Default::default(),
            heartbeat: Default::default(),
            end_of_session: Default::default(),
            packet: Default::default(),
            expected: Default::default(),
            behind: Default::default(),
            moved: Default::default(),
            shift: Default::default(),
            open: Default::default(),
            flush: Default::default(),
            renewed: Default::default(),
            room: Default::default(),
            forget: Default::default(),
            take: Default::default(),
            drain: Default::default(),
            live: Default::default(),
            live_wide: Default::default(),
            has: Default::default(),
            any: Default::default(),
            pending: Default::default(),
            pending_first: Default::default(),
            pending_beyond: Default::default(),
            beyond: Default::default(),
            read: Default::default(),
            in_packet: Default::default(),
            told: Default::default(),
            told_valid: Default::default(),
            told_now: Default::default(),
            far_now: Default::default(),
            bad_now: Default::default(),
            bad_first: Default::default(),
            bad_next: Default::default(),
            end_now: Default::default(),
            count: Default::default(),
            memory: Default::default(),
            is_expected: Default::default(),
            is_behind: Default::default(),
            low: Default::default(),
            high: Default::default(),
            ahead_low: Default::default(),
            ahead_high: Default::default(),
            expected_low: Default::default(),
            expected_high: Default::default(),
            borrow: Default::default(),
            high_zero: Default::default(),
            high_one: Default::default(),
            above: Default::default(),
            near: Default::default(),
            below: Default::default(),
            near_low: Default::default(),
            near_high: Default::default(),
            down_1: Default::default(),
            down_2: Default::default(),
            is_0: Default::default(),
            is_1: Default::default(),
            is_2: Default::default(),
            stay_place: Default::default(),
            stay_zero: Default::default(),
            stay_below: Default::default(),
            step_place: Default::default(),
            step_zero: Default::default(),
            step_below: Default::default(),
            zero_next: Default::default(),
            below_next: Default::default(),
            waits: Default::default(),
            late: Default::default(),
            inner: Default::default(),
            first: Default::default(),
            outer: Default::default(),
            brim: Default::default(),
            far: Default::default(),
            place: Default::default(),
            look: Default::default(),
            look_top: Default::default(),
            message: Default::default(),
            message_seq: Default::default(),
            in_window: Default::default(),
            on_brim: Default::default(),
            stored: Default::default(),
            set_bit: Default::default(),
            set_brim: Default::default(),
            there: Default::default(),
            held: Default::default(),
            fresh: Default::default(),
            moved_copy: Default::default(),
            renewed_copy: Default::default(),
            now_held: Default::default(),
            now_fresh: Default::default(),
            held_window: Default::default(),
            any_held: Default::default(),
            purge: Default::default(),
            kept: Default::default(),
            kept_fresh: Default::default(),
            fresh_count: Default::default(),
            fresh_now: Default::default(),
            fresh_base: Default::default(),
            owed: Default::default(),
            owed_base: Default::default(),
            front: Default::default(),
            front_fresh: Default::default(),
            all_held: Default::default(),
            all_fresh: Default::default(),
            inside_packet: Default::default(),
            lost: Default::default(),
            took: Default::default(),
            took_first: Default::default(),
            took_next: Default::default(),
            takes: Default::default(),
            teller: Default::default(),
            duplicate: Default::default(),
            hold: Default::default(),
            pulses: Default::default(),
            one: Constant::new(1_u64.into()),
            brim_bit: Constant::new(brim_bit()),
        }
    }
}

impl Logic for Line {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            is_expected,
            is_behind,
            low,
            high,
            waits,
            late,
            inner,
            first,
            outer,
            brim,
            far,
            place,
            look,
            look_top,
            message,
            held,
            fresh,
            any_held,
            front,
            front_fresh,
            fresh_count,
            owed,
            inside_packet,
            lost,
            took,
            took_first,
            took_next,
            duplicate,
            hold
        );
        // A cycle ahead: distance to the expected sequence, in two halves.
        self.is_expected.d.next = self.seq_ahead.val() == self.expected.val();
        self.is_behind.d.next = self.seq_ahead.val() == self.behind.val();
        self.ahead_low.next = bit_cast::<33, 32>(self.seq_ahead.val().get_bits::<32>(0));
        self.ahead_high.next = bit_cast::<33, 32>(self.seq_ahead.val().get_bits::<32>(32));
        self.expected_low.next = bit_cast::<33, 32>(self.expected.val().get_bits::<32>(0));
        self.expected_high.next = bit_cast::<33, 32>(self.expected.val().get_bits::<32>(32));
        self.low.d.next = self.ahead_low.val() - self.expected_low.val();
        self.high.d.next = self.ahead_high.val() - self.expected_high.val();

        // The message is there.
        self.live.next = self.valid.val()
            & ((self.moved.val() & self.is_behind.q.val()) | (!self.moved.val() & self.is_expected.q.val()));
        self.live_wide.next = self.valid.val()
            & ((self.moved_copy.q.val() & self.is_behind.q.val())
                | (!self.moved_copy.q.val() & self.is_expected.q.val()));
        self.borrow.next = self.low.q.val().get_bit(32);
        self.high_zero.next = !self.high.q.val().any();
        self.high_one.next = !self.high.q.val().get_bits::<32>(1).any() & self.high.q.val().get_bit(0);
        self.above.next =
            (self.high_zero.val() & !self.borrow.val()) | (self.high_one.val() & self.borrow.val());
        self.near.next = self.above.val() & !self.low.q.val().get_bits::<23>(9).any();
        self.below.next = self.high.q.val().get_bit(32) | (self.high_zero.val() & self.borrow.val());
        // Less how often `expected` has moved and will: 0, 1 or 2.
        self.near_low.next = self.low.q.val().get_bits::<8>(0);
        self.near_high.next = self.low.q.val().get_bit(8);
        self.down_1.next = self.near_low.val() - 1;
        self.down_2.next = self.near_low.val() - 2;
        self.is_0.next = self.near_low.val() == 0;
        self.is_1.next = self.near_low.val() == 1;
        self.is_2.next = self.near_low.val() == 2;
        self.stay_place.next = self.near_low.val();
        self.stay_zero.next = self.is_0.val();
        self.stay_below.next = false;
        self.step_place.next = self.down_1.val();
        self.step_zero.next = self.is_1.val();
        self.step_below.next = self.is_0.val();
        if self.moved.val() {
            self.stay_place.next = self.down_1.val();
            self.stay_zero.next = self.is_1.val();
            self.stay_below.next = self.is_0.val();
            self.step_place.next = self.down_2.val();
            self.step_zero.next = self.is_2.val();
            self.step_below.next = self.is_0.val() | self.is_1.val();
        }
        self.place.d.next = self.stay_place.val();
        // The same place in `held`, which lags behind `expected` by what it moves now.
        self.look.d.next = self.stay_place.val();
        self.look_top.d.next = self.near_high.val() & !self.stay_below.val();
        self.zero_next.next = self.stay_zero.val();
        self.below_next.next = self.stay_below.val();
        if self.shift.val() {
            self.place.d.next = self.step_place.val();
            self.zero_next.next = self.step_zero.val();
            self.below_next.next = self.step_below.val();
        }
        self.late.d.next =
            self.below.val() | (self.near.val() & !self.near_high.val() & self.below_next.val());
        self.inner.d.next = self.near.val() & (self.near_high.val() == self.below_next.val());
        self.first.d.next = self.near.val() & !self.near_high.val() & self.zero_next.val();
        self.outer.d.next = self.near.val() & self.near_high.val() & !self.below_next.val();
        self.brim.d.next = self.near.val() & self.near_high.val() & self.zero_next.val();
        self.far.d.next = !self.below.val() & !self.near.val();
        self.message.d.next = self.msg.val();
        self.waits.d.next = self.valid.val() & !self.take.val() & self.open.val() & !self.flush.val();

        // It was not taken: the flags have followed `expected` up to this cycle.
        self.now_held.next = self.held.q.val();
        self.now_fresh.next = self.fresh.q.val();
        if self.moved_copy.q.val() {
            self.now_held.next = self.held.q.val() >> 1;
            self.now_fresh.next = self.fresh.q.val() >> 1;
        }
        self.in_window.next = self.waits.q.val() & self.inner.q.val();
        self.on_brim.next = self.waits.q.val() & self.brim.q.val();
        self.pending.next = self.waits.q.val();
        self.pending_first.next = self.waits.q.val() & self.first.q.val();
        self.pending_beyond.next = self.waits.q.val() & self.outer.q.val();
        self.beyond.next = self.waits.q.val() & (self.outer.q.val() | self.far.q.val());
        // The one right behind the window fits when the window moves along; its bit stands apart: `shift` comes late.
        self.stored.next = self.in_window.val() | (self.on_brim.val() & self.shift.val());
        self.set_bit.next = 0.into();
        if self.in_window.val() {
            self.set_bit.next = self.one.val() << self.place.q.val();
        }
        self.set_brim.next = 0.into();
        if self.on_brim.val() & self.shift.val() {
            self.set_brim.next = self.brim_bit.val();
        }
        self.held_window.next = self.held.q.val().get_bits::<256>(0);
        self.there.next = self.held_window.val().get_bit(self.look.q.val().index());
        if self.look_top.q.val() {
            self.there.next = self.held.q.val().get_bit(256);
        }
        self.duplicate.d.next =
            self.waits.q.val() & (self.late.q.val() | (self.inner.q.val() & self.there.val()));
        self.hold.d.next =
            (self.in_window.val() & !self.there.val()) | (self.on_brim.val() & self.shift.val());
        // On the brim: the place is free, or becomes so in this very cycle; what is written without need is not looked at.
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next =
            self.in_window.val() | (self.on_brim.val() & (!self.front.q.val() | self.room.val()));
        self.message_seq.next = self.message.q.val().seq;
        self.memory.write_address.next = self.message_seq.val().get_bits::<8>(0);
        self.memory.write_data.next = self.message.q.val();
        self.memory.read_address.next = self.expected.val().get_bits::<8>(0);
        self.read.next = self.memory.read_data.val();

        // What is held.
        self.purge.next = self.frame_end.val() & self.frame_bad.val();
        self.moved_copy.clock.next = self.clock.val();
        self.moved_copy.d.next = self.shift.val();
        self.renewed_copy.clock.next = self.clock.val();
        self.renewed_copy.d.next = self.flush.val();
        // What has just left the window is still counted.
        self.fresh_now.next = self.fresh_count.q.val();
        if self.moved.val() & self.fresh.q.val().get_bit(0) {
            self.fresh_now.next = self.fresh_count.q.val() - 1;
        }
        self.kept.next = self.now_held.val();
        self.kept_fresh.next = self.now_fresh.val();
        self.fresh_base.next = self.fresh_now.val();
        if self.frame_end.val() {
            self.kept_fresh.next = 0.into();
            self.fresh_base.next = 0.into();
        }
        self.owed_base.next = 0.into();
        if self.owed.q.val().any() {
            self.owed_base.next = self.owed.q.val() - 1;
        }
        self.owed.d.next = self.owed_base.val();
        if self.purge.val() {
            self.kept.next = self.now_held.val() & !self.now_fresh.val();
            if !self.renewed.val() {
                self.owed.d.next = self.owed_base.val() + bit_cast::<10, 9>(self.fresh_now.val());
            }
        }
        self.fresh_count.d.next = self.fresh_base.val();
        if self.stored.val() {
            self.fresh_count.d.next = self.fresh_base.val() + 1;
        }
        self.any_held.d.next = self.now_held.val().any() | self.stored.val();
        self.any.next = self.any_held.q.val();
        // The expected message's own bits, in time: much hangs on them.
        self.all_held.next = self.kept.val() | self.set_bit.val() | self.set_brim.val();
        self.all_fresh.next = self.kept_fresh.val() | self.set_bit.val() | self.set_brim.val();
        self.held.d.next = self.all_held.val();
        self.fresh.d.next = self.all_fresh.val();
        self.front.d.next = self.all_held.val().get_bit(0);
        self.front_fresh.d.next = self.all_fresh.val().get_bit(0);
        if self.shift.val() {
            self.front.d.next = self.all_held.val().get_bit(1);
            self.front_fresh.d.next = self.all_fresh.val().get_bit(1);
        }
        self.has.next =
            self.front.q.val() & !(self.frame_end.val() & self.frame_bad.val() & self.front_fresh.q.val());

        // The frame under way: what was accepted of it, what was lost.
        if self.header.val() {
            self.inside_packet.d.next = true;
        }
        self.in_packet.next = self.inside_packet.q.val() | self.header.val();
        self.takes.next = self.take.val() | (self.drain.val() & self.front_fresh.q.val());
        if self.takes.val() {
            self.took.d.next = true;
            self.took_next.d.next = self.behind.val();
        }
        if !self.took.q.val() {
            self.took_first.d.next = self.expected.val();
        }
        if self.beyond.val() & !self.stored.val() {
            self.lost.d.next = true;
        }
        self.far_now.next = self.frame_end.val() & self.packet.val() & self.lost.q.val();
        self.bad_now.next = self.frame_end.val() & self.frame_bad.val() & self.took.q.val();
        self.bad_first.next = self.took_first.q.val();
        self.bad_next.next = self.took_next.q.val();
        if self.frame_end.val() {
            self.inside_packet.d.next = false;
            self.took.d.next = false;
            self.lost.d.next = false;
        }

        // What heartbeats and the end of session tell.
        self.teller.clock.next = self.clock.val();
        self.teller.reset.next = self.reset.val();
        self.teller.header_seq.next = self.header_seq.val();
        self.teller.frame_end.next = self.frame_end.val();
        self.teller.heartbeat.next = self.heartbeat.val();
        self.teller.end_of_session.next = self.end_of_session.val();
        self.teller.forget.next = self.forget.val();
        self.told.next = self.teller.seq.val();
        self.told_valid.next = self.teller.valid.val();
        self.told_now.next = self.teller.now.val();
        self.end_now.next = self.teller.ends.val();

        self.pulses.next = 0.into();
        if self.duplicate.q.val() {
            self.pulses.next = 1.into();
        }
        if self.hold.q.val() {
            self.pulses.next = 2.into();
        }
        self.count.next = self.pulses.val();
        if self.owed.q.val().any() {
            self.count.next = self.pulses.val() | 4;
        }

        if self.renewed_copy.q.val() {
            self.held.d.next = 0.into();
            self.fresh.d.next = 0.into();
        }
        if self.flush.val() | self.renewed.val() {
            self.fresh_count.d.next = 0.into();
            self.any_held.d.next = false;
            self.front.d.next = false;
            self.front_fresh.d.next = false;
            self.lost.d.next = false;
        }
        if self.reset.val() {
            self.waits.d.next = false;
            self.held.d.next = 0.into();
            self.fresh.d.next = 0.into();
            self.fresh_count.d.next = 0.into();
            self.any_held.d.next = false;
            self.front.d.next = false;
            self.front_fresh.d.next = false;
            self.owed.d.next = 0.into();
            self.inside_packet.d.next = false;
            self.took.d.next = false;
            self.lost.d.next = false;
            self.duplicate.d.next = false;
            self.hold.d.next = false;
        }
    }
}
