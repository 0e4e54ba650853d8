//! A/B arbitration of MoldUDP64: one sequence of messages out of two lines.
//!
//! ```text
//!             ┌──────┐ live ─────────────────────┐
//!  mold_rx A ►│ Line │ held ─► memory ─► 2 cycles ├─► Outlet ──► itch_decode
//!             └──────┘                           │  (order, spacing)
//!             ┌──────┐ live ─────────────────────┤
//!  mold_rx B ►│ Line │ held ─► memory ─► 2 cycles ┘
//!             └──────┘
//!     expected sequence, gaps      Sessions ──► mold_rx      Entries ──► events ring
//! ```
//!
//! The message with the expected sequence is accepted in the cycle in which it is valid, A's before B's. One that is ahead
//! by less than 256 is held by its line; both lines hold their own copy, so that a bad frame takes away only what
//! it brought. What is held is accepted in order, one a cycle, while messages that come meanwhile are held behind it.
//!
//! A gap is declared when `cfg_gap_wait_ns` have passed since the expected sequence stood still with something
//! held, when a message lies beyond the window, and when the last heartbeat (or end of session) of both lines names a higher
//! sequence. `expected` then walks, one a cycle, to the first held message. With nothing held it jumps: to
//! the lower one of the two sequences told, or, since a bit error in a header looks like a jump, behind the
//! far frame once that has ended well. A gap is told when the walk ends; `stale_all` comes with its first step.
//!
//! After reset nothing is accepted until `SEQ_CTRL` says what to expect. `SESSION_CTRL`, `SEQ_CTRL` and a session or a
//! sequence taken from a packet forget what is held and what is on its way in the lines.
//!
//! Latency: 1 cycle from `valid` to `msg_valid` in sequence, 5 for a held message, 1 more behind a book message.
//! Back-pressure: none.

pub mod debt;
pub mod entries;
pub mod line;
pub mod outlet;
pub mod sessions;
pub mod told;

use crate::emit::{Elaborated, Size, elaborate};
use crate::types::{EventEntry, RawMsg};
use debt::Debt;
use entries::Entries;
use line::Line;
use outlet::Outlet;
use rust_hdl::prelude::*;
use sessions::Sessions;

/// See the module's text. Arrays of two: 0 = line A, 1 = line B.
#[derive(LogicBlock, Default)]
pub struct LineMerge {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    // From both `mold_rx`, under the names they have there.
    pub valid: [Signal<In, Bit>; 2],
    pub msg: [Signal<In, RawMsg>; 2],
    pub seq_ahead: [Signal<In, Bits<64>>; 2],
    pub header: [Signal<In, Bit>; 2],
    pub header_session: [Signal<In, Bits<80>>; 2],
    pub header_seq: [Signal<In, Bits<64>>; 2],
    pub frame_end: [Signal<In, Bit>; 2],
    pub frame_bad: [Signal<In, Bit>; 2],
    pub frame_next: [Signal<In, Bits<64>>; 2],
    pub heartbeat: [Signal<In, Bit>; 2],
    pub end_of_session: [Signal<In, Bit>; 2],
    pub packet: [Signal<In, Bit>; 2],
    pub other_session: [Signal<In, Bit>; 2],
    // From `csr`.
    /// Session to accept, first byte lowest.
    pub cfg_session: Signal<In, Bits<80>>,
    /// Sequence number to expect.
    pub cfg_seq_init: Signal<In, Bits<64>>,
    /// How long a missing message is waited for, ns.
    pub cfg_gap_wait_ns: Signal<In, Bits<32>>,
    /// Pulse: `SESSION_CTRL` is written with `ctrl_data`.
    pub do_session_ctrl: Signal<In, Bit>,
    /// Pulse: `SEQ_CTRL` is written with `ctrl_data`.
    pub do_seq_ctrl: Signal<In, Bit>,
    pub ctrl_data: Signal<In, Bits<32>>,
    // To both `mold_rx`.
    pub session: Signal<Out, Bits<80>>,
    pub session_locked: Signal<Out, Bit>,
    /// The next session seen will be accepted.
    pub session_auto: Signal<Out, Bit>,
    // To `itch_decode`.
    pub msg_valid: Signal<Out, Bit>,
    pub msg_data: Signal<Out, RawMsg>,
    /// Line the message was taken from: 0 = A, 1 = B.
    pub msg_line: Signal<Out, Bits<2>>,
    /// Sequence number of the message that is valid, or will be next.
    pub next_seq: Signal<Out, Bits<64>>,
    /// Pulse: every slot turns stale, before the first message behind the cause.
    pub stale_all: Signal<Out, Bit>,
    /// With `stale_all`: the cause is a gap, else a bad frame.
    pub stale_gap: Signal<Out, Bit>,
    // Status for `csr`, entries for the events ring.
    /// Session of the last packet of another session, first byte lowest.
    pub session_seen: Signal<Out, Bits<80>>,
    /// Another session was seen since the last `SESSION_CTRL`.
    pub session_pending: Signal<Out, Bit>,
    /// A message is missing that later ones are held for.
    pub gap_pending: Signal<Out, Bit>,
    /// A message is held, or on its way.
    pub busy: Signal<Out, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    /// Pulses a line: `duplicates held purged`.
    pub line_count: [Signal<Out, Bits<3>>; 2],
    /// Pulses: `accepted gaps window_overflow bad_frame_accepted`.
    pub count: Signal<Out, Bits<4>>,
    lines: [Line; 2],
    outlet: Outlet,
    sessions: Sessions,
    entries: Entries,

    // The host's words.
    session_accept: Signal<Local, Bit>,
    session_next: Signal<Local, Bit>,
    seq_set: Signal<Local, Bit>,
    seq_wait: Signal<Local, Bit>,
    ordered: Signal<Local, Bit>,
    any_live: Signal<Local, Bit>,
    steps_on: Signal<Local, Bit>,
    moves_on: Signal<Local, Bit>,
    forget: Signal<Local, Bit>,

    // The expected sequence.
    expected: DFF<Bits<64>>,
    /// `expected` plus one; one cycle late to follow a load.
    behind: DFF<Bits<64>>,
    behind_base: Signal<Local, Bits<64>>,
    behind_up: Signal<Local, Bits<64>>,
    /// A sequence is expected.
    started: DFF<Bit>,
    /// The first one seen will be expected.
    seq_auto: DFF<Bit>,
    moved: DFF<Bit>,
    /// `expected` was loaded, or the session changed, at the last edge: what is valid belongs to what was before.
    renewed: DFF<Bit>,
    adopt_a: Signal<Local, Bit>,
    adopt_b: Signal<Local, Bit>,
    loads: Signal<Local, Bit>,
    flush: Signal<Local, Bit>,

    // Acceptance.
    calm: DFF<Bit>,
    has: Signal<Local, Bit>,
    drain: Signal<Local, Bit>,
    live_open: Signal<Local, Bit>,
    take_a: Signal<Local, Bit>,
    take_b: Signal<Local, Bit>,
    accepts: Signal<Local, Bit>,
    shift: Signal<Local, Bit>,
    reads: DFF<Bit>,
    read_line: DFF<Bits<1>>,
    arrives: DFF<Bit>,
    arrival_line: DFF<Bits<1>>,
    any: Signal<Local, Bit>,
    pending: Signal<Local, Bit>,

    // Waiting for a missing message.
    waiting: Signal<Local, Bit>,
    is_pending: DFF<Bit>,
    clock_ns: Signal<Local, Bits<33>>,
    since: DFF<Bits<33>>,
    waited: DFF<Bits<33>>,
    patience: Signal<Local, Bits<33>>,
    expired: DFF<Bit>,
    /// Cycles since `expected` or what is compared with it has changed, up to 3.
    settled: DFF<Bits<2>>,
    is_settled: Signal<Local, Bit>,
    unsettled: Signal<Local, Bit>,

    // Gaps, and what is owed to the counters.
    told_lower: DFF<Bit>,
    /// Sequence behind the last far frame.
    far_target: DFF<Bits<64>>,
    has_far: DFF<Bit>,
    far_line: DFF<Bits<1>>,
    far_in_packet: Signal<Local, Bit>,
    both_told: Signal<Local, Bit>,
    target: DFF<Bits<64>>,
    target_ahead: DFF<Bit>,
    asks: Signal<Local, Bit>,
    starts: Signal<Local, Bit>,
    quiet: Signal<Local, Bit>,
    jump_due: DFF<Bit>,
    jump: Signal<Local, Bit>,
    overflows: Signal<Local, Bit>,
    walking: DFF<Bit>,
    walks: Signal<Local, Bit>,
    step: Signal<Local, Bit>,
    walk_ends: Signal<Local, Bit>,
    gap_open: DFF<Bit>,
    gap_begins: Signal<Local, Bit>,
    gap_from: DFF<Bits<64>>,
    stale_now: DFF<Bit>,
    stale_is_gap: DFF<Bit>,
    accepted_now: DFF<Bit>,
    overflows_owed: Debt<8>,
    bad_owed: Debt<2>,
    pulses: Signal<Local, Bits<4>>,
    sets_out: Signal<Local, Bit>,
}

impl Logic for LineMerge {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            expected,
            behind,
            started,
            seq_auto,
            moved,
            renewed,
            calm,
            reads,
            read_line,
            arrives,
            arrival_line,
            is_pending,
            since,
            waited,
            expired,
            settled,
            told_lower,
            far_target,
            has_far,
            far_line,
            target,
            target_ahead,
            jump_due,
            walking,
            gap_open,
            gap_from,
            stale_now,
            stale_is_gap,
            accepted_now
        );
        // The host's words. Bit 0 goes before bit 1.
        self.session_accept.next = self.do_session_ctrl.val() & self.ctrl_data.val().get_bit(0);
        self.session_next.next =
            self.do_session_ctrl.val() & self.ctrl_data.val().get_bit(1) & !self.ctrl_data.val().get_bit(0);
        self.seq_set.next = self.do_seq_ctrl.val() & self.ctrl_data.val().get_bit(0);
        self.seq_wait.next =
            self.do_seq_ctrl.val() & self.ctrl_data.val().get_bit(1) & !self.ctrl_data.val().get_bit(0);
        self.adopt_a.next = self.seq_auto.q.val() & (self.header[0].val() | self.lines[0].told_now.val());
        self.adopt_b.next = self.seq_auto.q.val() & (self.header[1].val() | self.lines[1].told_now.val());
        // A session or a sequence is adopted only while nothing is held, walked or told: the word that let it be has
        // made all forgotten. What moves `expected` on thus need not ask whether one is.
        self.ordered.next = self.sessions.ordered.val() | self.seq_set.val() | self.seq_wait.val();
        self.forget.next = self.seq_set.val() | self.seq_wait.val() | self.sessions.changes.val();

        self.has.next = self.lines[0].has.val() | self.lines[1].has.val();
        self.any.next = self.lines[0].any.val() | self.lines[1].any.val();
        self.pending.next = self.lines[0].pending.val() | self.lines[1].pending.val();
        self.is_settled.next = self.settled.q.val().all();

        self.jump.next = self.jump_due.q.val() & !self.ordered.val();
        self.loads.next = self.seq_set.val() | self.adopt_a.val() | self.adopt_b.val() | self.jump.val();
        self.flush.next = self.forget.val() | self.loads.val();

        self.both_told.next = self.lines[0].told_valid.val() & self.lines[1].told_valid.val();
        self.far_in_packet.next = self.lines[0].in_packet.val();
        if self.far_line.q.val().any() {
            self.far_in_packet.next = self.lines[1].in_packet.val();
        }

        // A gap: walk to what is held, or jump.
        self.asks.next = self.target_ahead.q.val() & (self.has_far.q.val() | self.both_told.val());
        self.starts.next = self.is_settled.val()
            & self.started.q.val()
            & !self.walking.q.val()
            & !self.has.val()
            & self.outlet.idle.val();
        // What is valid around a jump would be measured against the old sequence.
        self.quiet.next = !self.pending.val() & !self.valid[0].val() & !self.valid[1].val();
        self.jump_due.d.next = self.starts.val()
            & self.asks.val()
            & !self.any.val()
            & self.quiet.val()
            & !self.flush.val()
            & ((self.has_far.q.val() & !self.far_in_packet.val())
                | (!self.has_far.q.val() & !self.lines[0].in_packet.val() & !self.lines[1].in_packet.val()));

        // Acceptance: a held message first, then A's, then B's.
        self.drain.next = self.calm.q.val() & self.has.val() & self.outlet.room.val();
        self.live_open.next = self.calm.q.val()
            & !self.has.val()
            & !self.reads.q.val()
            & !self.arrives.q.val()
            & self.outlet.room.val();
        self.any_live.next = self.lines[0].live.val() | self.lines[1].live.val();
        self.take_a.next = self.live_open.val() & self.lines[0].live.val();
        self.take_b.next = self.live_open.val() & self.lines[1].live.val() & !self.lines[0].live.val();
        self.accepts.next = self.drain.val() | self.take_a.val() | self.take_b.val();

        self.overflows.next = (self.lines[0].pending_beyond.val() | self.lines[1].pending_beyond.val())
            & self.any.val()
            & self.outlet.idle.val();
        self.walks.next = (self.walking.q.val() & self.any.val()) | self.overflows.val();
        // `accepts | step`, with what comes late last.
        self.steps_on.next = self.walks.val()
            & !self.ordered.val()
            & !self.lines[0].pending_first.val()
            & !self.lines[1].pending_first.val();
        self.moves_on.next = self.steps_on.val();
        if self.any_live.val() {
            self.moves_on.next = !self.reads.q.val() & !self.arrives.q.val() & self.outlet.room.val();
        }
        if self.has.val() {
            self.moves_on.next = self.outlet.room.val();
        }
        self.step.next = self.calm.q.val() & self.steps_on.val() & !self.has.val() & !self.any_live.val();
        self.shift.next = self.calm.q.val() & self.moves_on.val();
        self.moved.d.next = self.shift.val();
        self.reads.d.next = self.drain.val();
        self.read_line.d.next = 1.into();
        if self.lines[0].has.val() {
            self.read_line.d.next = 0.into();
        }
        self.arrives.d.next = self.reads.q.val();
        self.arrival_line.d.next = self.read_line.q.val();

        // The expected sequence and the one behind it.
        self.behind_base.next = self.behind.q.val();
        if self.renewed.q.val() {
            self.behind_base.next = self.expected.q.val();
        }
        self.behind_up.next = self.behind_base.val() + 1;
        if self.renewed.q.val() | self.shift.val() {
            self.behind.d.next = self.behind_up.val();
        }
        if self.shift.val() {
            self.expected.d.next = self.behind.q.val();
        }
        if self.jump.val() {
            self.expected.d.next = self.target.q.val();
        }
        if self.adopt_b.val() {
            self.expected.d.next = self.header_seq[1].val();
        }
        if self.adopt_a.val() {
            self.expected.d.next = self.header_seq[0].val();
        }
        if self.adopt_a.val() | self.adopt_b.val() {
            self.started.d.next = true;
            self.seq_auto.d.next = false;
        }
        if self.seq_set.val() {
            self.expected.d.next = self.cfg_seq_init.val();
            self.started.d.next = true;
            self.seq_auto.d.next = false;
        }
        if self.seq_wait.val() {
            self.started.d.next = false;
            self.seq_auto.d.next = true;
        }
        self.renewed.d.next = self.flush.val();
        // `started & !renewed`: what changes `started` flushes, too.
        self.calm.d.next = self.started.q.val() & !self.flush.val();

        // Waiting: something is held, and not the expected message.
        self.waiting.next = self.started.q.val() & self.any.val() & !self.has.val() & !self.moved.q.val();
        self.is_pending.d.next = self.waiting.val();
        self.clock_ns.next = self.now.val().get_bits::<33>(0);
        if !self.waiting.val() {
            self.since.d.next = self.clock_ns.val();
        }
        self.waited.d.next = self.clock_ns.val() - self.since.q.val();
        self.patience.next = bit_cast::<33, 32>(self.cfg_gap_wait_ns.val());
        self.expired.d.next = self.waited.q.val() >= self.patience.val();
        self.unsettled.next = self.shift.val()
            | self.flush.val()
            | self.lines[0].told_now.val()
            | self.lines[1].told_now.val()
            | self.lines[0].far_now.val()
            | self.lines[1].far_now.val();
        if !self.is_settled.val() {
            self.settled.d.next = self.settled.q.val() + 1;
        }
        if self.unsettled.val() {
            self.settled.d.next = 0.into();
        }

        // Where a jump would go, and is that ahead: final once settled.
        self.told_lower.d.next = self.lines[0].told.val() < self.lines[1].told.val();
        self.target.d.next = self.lines[1].told.val();
        if self.told_lower.q.val() {
            self.target.d.next = self.lines[0].told.val();
        }
        if self.has_far.q.val() {
            self.target.d.next = self.far_target.q.val();
        }
        self.target_ahead.d.next = self.target.q.val() > self.expected.q.val();

        // A gap begins with a step or a jump, and is told when it ends.
        self.walk_ends.next =
            self.has.val() | self.take_a.val() | self.take_b.val() | self.ordered.val() | !self.any.val();
        self.sets_out.next = self.asks.val() | (self.waiting.val() & self.expired.q.val());
        if (self.starts.val() & self.any.val() & self.sets_out.val()) | self.step.val() {
            self.walking.d.next = true;
        }
        self.gap_begins.next = self.jump.val() | (self.step.val() & !self.gap_open.q.val());
        if !self.gap_open.q.val() {
            self.gap_from.d.next = self.expected.q.val();
        }
        if self.gap_begins.val() {
            self.gap_open.d.next = !self.jump.val();
        }
        if self.walking.q.val() & self.walk_ends.val() {
            self.walking.d.next = false;
            self.gap_open.d.next = false;
        }

        // A far frame that has ended well; forgotten once it is not ahead any more.
        if self.is_settled.val() & !self.target_ahead.q.val() {
            self.has_far.d.next = false;
        }
        if self.lines[1].far_now.val() {
            self.has_far.d.next = true;
            self.far_target.d.next = self.frame_next[1].val();
            self.far_line.d.next = 1.into();
        }
        if self.lines[0].far_now.val() {
            self.has_far.d.next = true;
            self.far_target.d.next = self.frame_next[0].val();
            self.far_line.d.next = 0.into();
        }
        if self.flush.val() {
            self.has_far.d.next = false;
        }

        self.stale_now.d.next =
            self.gap_begins.val() | self.lines[0].bad_now.val() | self.lines[1].bad_now.val();
        self.stale_is_gap.d.next = self.gap_begins.val();
        self.stale_all.next = self.stale_now.q.val();
        self.stale_gap.next = self.stale_is_gap.q.val();

        // The lines.
        for i in 0..2 {
            self.lines[i].clock.next = self.clock.val();
            self.lines[i].reset.next = self.reset.val();
            self.lines[i].valid.next = self.valid[i].val();
            self.lines[i].msg.next = self.msg[i].val();
            self.lines[i].seq_ahead.next = self.seq_ahead[i].val();
            self.lines[i].header.next = self.header[i].val();
            self.lines[i].header_seq.next = self.header_seq[i].val();
            self.lines[i].frame_end.next = self.frame_end[i].val();
            self.lines[i].frame_bad.next = self.frame_bad[i].val();
            self.lines[i].heartbeat.next = self.heartbeat[i].val();
            self.lines[i].end_of_session.next = self.end_of_session[i].val();
            self.lines[i].packet.next = self.packet[i].val();
            self.lines[i].expected.next = self.expected.q.val();
            self.lines[i].behind.next = self.behind.q.val();
            self.lines[i].moved.next = self.moved.q.val();
            self.lines[i].shift.next = self.shift.val();
            self.lines[i].renewed.next = self.renewed.q.val();
            self.lines[i].room.next = self.outlet.room.val();
            self.lines[i].open.next = self.calm.q.val();
            self.lines[i].flush.next = self.ordered.val() | self.jump.val();
            self.lines[i].forget.next = self.forget.val();
            self.line_count[i].next = self.lines[i].count.val();
        }
        self.lines[0].take.next = self.take_a.val();
        self.lines[1].take.next = self.take_b.val();
        self.lines[0].drain.next = self.drain.val() & self.lines[0].has.val();
        self.lines[1].drain.next = self.drain.val() & self.lines[1].has.val() & !self.lines[0].has.val();

        // Out.
        self.outlet.clock.next = self.clock.val();
        self.outlet.reset.next = self.reset.val();
        self.outlet.accept.next = self.accepts.val();
        self.outlet.arrival.next = self.arrives.q.val() | self.take_a.val() | self.take_b.val();
        self.outlet.arrival_msg.next = self.msg[1].val();
        self.outlet.arrival_line.next = 1.into();
        if self.lines[0].live_wide.val() {
            self.outlet.arrival_msg.next = self.msg[0].val();
            self.outlet.arrival_line.next = 0.into();
        }
        if self.arrives.q.val() {
            self.outlet.arrival_msg.next = self.lines[0].read.val();
            if self.arrival_line.q.val().any() {
                self.outlet.arrival_msg.next = self.lines[1].read.val();
            }
            self.outlet.arrival_line.next = self.arrival_line.q.val();
        }
        self.outlet.expected.next = self.expected.q.val();
        self.msg_valid.next = self.outlet.msg_valid.val();
        self.msg_data.next = self.outlet.msg_data.val();
        self.msg_line.next = self.outlet.msg_line.val();
        self.next_seq.next = self.outlet.next_seq.val();
        self.gap_pending.next = self.is_pending.q.val();
        self.busy.next = self.any.val() | self.pending.val() | !self.outlet.idle.val();

        // Sessions and entries.
        self.sessions.clock.next = self.clock.val();
        self.sessions.reset.next = self.reset.val();
        self.sessions.cfg_session.next = self.cfg_session.val();
        self.sessions.accept.next = self.session_accept.val();
        self.sessions.accept_next.next = self.session_next.val();
        self.entries.clock.next = self.clock.val();
        self.entries.reset.next = self.reset.val();
        self.entries.now.next = self.now.val();
        self.entries.gap.next =
            self.jump.val() | (self.walking.q.val() & self.walk_ends.val() & self.gap_open.q.val());
        self.entries.gap_first.next = self.gap_from.q.val();
        self.entries.gap_next.next = self.expected.q.val();
        if self.jump.val() {
            self.entries.gap_first.next = self.expected.q.val();
            self.entries.gap_next.next = self.target.q.val();
        }
        for i in 0..2 {
            self.sessions.header[i].next = self.header[i].val();
            self.sessions.header_session[i].next = self.header_session[i].val();
            self.sessions.header_seq[i].next = self.header_seq[i].val();
            self.sessions.packet[i].next = self.frame_end[i].val() & self.packet[i].val();
            self.sessions.other[i].next = self.frame_end[i].val() & self.other_session[i].val();
            self.entries.bad[i].next = self.lines[i].bad_now.val();
            self.entries.bad_first[i].next = self.lines[i].bad_first.val();
            self.entries.bad_next[i].next = self.lines[i].bad_next.val();
            self.entries.ends[i].next = self.lines[i].end_now.val();
            self.entries.told[i].next = self.lines[i].told.val();
        }
        self.entries.found.next = self.sessions.found.val();
        self.entries.found_line.next = self.sessions.found_line.val();
        self.entries.found_session.next = self.sessions.found_session.val();
        self.entries.found_seq.next = self.sessions.found_seq.val();
        self.entries.session.next = self.sessions.session.val();
        self.entries.entry_ready.next = self.entry_ready.val();
        self.entry_valid.next = self.entries.entry_valid.val();
        self.entry.next = self.entries.entry.val();
        self.session.next = self.sessions.session.val();
        self.session_locked.next = self.sessions.session_locked.val();
        self.session_auto.next = self.sessions.session_auto.val();
        self.session_seen.next = self.sessions.session_seen.val();
        self.session_pending.next = self.sessions.session_pending.val();

        // Counters: two in one cycle are told one after the other.
        self.accepted_now.d.next = self.accepts.val();
        self.overflows_owed.clock.next = self.clock.val();
        self.overflows_owed.reset.next = self.reset.val();
        self.overflows_owed.pulse_a.next = self.lines[0].beyond.val();
        self.overflows_owed.pulse_b.next = self.lines[1].beyond.val();
        self.bad_owed.clock.next = self.clock.val();
        self.bad_owed.reset.next = self.reset.val();
        self.bad_owed.pulse_a.next = self.lines[0].bad_now.val();
        self.bad_owed.pulse_b.next = self.lines[1].bad_now.val();
        self.pulses.next = 0.into();
        if self.accepted_now.q.val() {
            self.pulses.next = 1.into();
        }
        if self.stale_is_gap.q.val() {
            self.pulses.next = self.pulses.val() | 2;
        }
        if self.overflows_owed.owes.val() {
            self.pulses.next = self.pulses.val() | 4;
        }
        if self.bad_owed.owes.val() {
            self.pulses.next = self.pulses.val() | 8;
        }
        self.count.next = self.pulses.val();

        if self.reset.val() {
            self.expected.d.next = 0.into();
            self.started.d.next = false;
            self.seq_auto.d.next = false;
            self.moved.d.next = false;
            self.renewed.d.next = false;
            self.calm.d.next = false;
            self.reads.d.next = false;
            self.arrives.d.next = false;
            self.is_pending.d.next = false;
            self.settled.d.next = 0.into();
            self.has_far.d.next = false;
            self.jump_due.d.next = false;
            self.walking.d.next = false;
            self.gap_open.d.next = false;
            self.stale_now.d.next = false;
            self.stale_is_gap.d.next = false;
            self.accepted_now.d.next = false;
        }
    }
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(LineMerge::default())
}
