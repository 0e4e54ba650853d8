//! The accepted session, and what is seen of others.
//!
//! Latency: the accepted session changes in the cycle after its cause; another session is looked at one cycle after
//! the end of its frame, line A first.

use rust_hdl::prelude::*;

/// See the module's text. Arrays of two: 0 = line A, 1 = line B.
#[derive(LogicBlock, Default)]
pub struct Sessions {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub header: [Signal<In, Bit>; 2],
    pub header_session: [Signal<In, Bits<80>>; 2],
    pub header_seq: [Signal<In, Bits<64>>; 2],
    /// A good frame of the accepted session, or of the one to be, has ended.
    pub packet: [Signal<In, Bit>; 2],
    /// A good frame of another session has ended.
    pub other: [Signal<In, Bit>; 2],
    pub cfg_session: Signal<In, Bits<80>>,
    /// Pulse: accept `cfg_session`.
    pub accept: Signal<In, Bit>,
    /// Pulse: accept the next one seen.
    pub accept_next: Signal<In, Bit>,
    pub session: Signal<Out, Bits<80>>,
    pub session_locked: Signal<Out, Bit>,
    pub session_auto: Signal<Out, Bit>,
    /// The accepted session changes at the coming edge.
    pub changes: Signal<Out, Bit>,
    /// It changes by the host's word, not by a packet's.
    pub ordered: Signal<Out, Bit>,
    pub session_seen: Signal<Out, Bits<80>>,
    pub session_pending: Signal<Out, Bit>,
    /// Pulse: another session than the last one seen.
    pub found: Signal<Out, Bit>,
    pub found_line: Signal<Out, Bits<2>>,
    pub found_session: Signal<Out, Bits<80>>,
    pub found_seq: Signal<Out, Bits<64>>,
    current: DFF<Bits<80>>,
    locked: DFF<Bit>,
    auto: DFF<Bit>,
    adopt_a: Signal<Local, Bit>,
    adopt_b: Signal<Local, Bit>,
    seen: DFF<Bits<80>>,
    pending: DFF<Bit>,
    other_a: DFF<Bit>,
    other_b: DFF<Bit>,
    session_a: DFF<Bits<80>>,
    session_b: DFF<Bits<80>>,
    seq_a: DFF<Bits<64>>,
    seq_b: DFF<Bits<64>>,
    any: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<80>>,
    is_seen: Signal<Local, Bit>,
    same: Signal<Local, Bit>,
}

impl Logic for Sessions {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, current, locked, auto, seen, pending, other_a, other_b, session_a, session_b, seq_a,
            seq_b
        );
        self.adopt_a.next = self.auto.q.val() & (self.header[0].val() | self.packet[0].val());
        self.adopt_b.next = self.auto.q.val() & (self.header[1].val() | self.packet[1].val());
        if self.adopt_b.val() {
            self.current.d.next = self.header_session[1].val();
        }
        if self.adopt_a.val() {
            self.current.d.next = self.header_session[0].val();
        }
        if self.adopt_a.val() | self.adopt_b.val() {
            self.locked.d.next = true;
            self.auto.d.next = false;
        }

        // Another session: line A's is looked at first, line B's keeps.
        self.any.next = self.other_a.q.val() | self.other_b.q.val();
        self.chosen.next = self.session_b.q.val();
        self.found_seq.next = self.seq_b.q.val();
        self.found_line.next = 1.into();
        if self.other_a.q.val() {
            self.chosen.next = self.session_a.q.val();
            self.found_seq.next = self.seq_a.q.val();
            self.found_line.next = 0.into();
        }
        // Both are compared: the choice comes behind.
        self.is_seen.next = self.session_b.q.val() == self.seen.q.val();
        if self.other_a.q.val() {
            self.is_seen.next = self.session_a.q.val() == self.seen.q.val();
        }
        self.same.next = self.pending.q.val() & self.is_seen.val();
        self.found.next = self.any.val() & !self.same.val();
        self.found_session.next = self.chosen.val();
        if self.any.val() {
            self.seen.d.next = self.chosen.val();
            self.pending.d.next = true;
        }
        self.other_a.d.next = self.other[0].val();
        self.other_b.d.next = self.other[1].val() | (self.other_b.q.val() & self.other_a.q.val());
        if self.other[0].val() {
            self.session_a.d.next = self.header_session[0].val();
            self.seq_a.d.next = self.header_seq[0].val();
        }
        if self.other[1].val() {
            self.session_b.d.next = self.header_session[1].val();
            self.seq_b.d.next = self.header_seq[1].val();
        }

        if self.accept.val() {
            self.current.d.next = self.cfg_session.val();
            self.locked.d.next = true;
            self.auto.d.next = false;
        }
        if self.accept_next.val() {
            self.locked.d.next = false;
            self.auto.d.next = true;
        }
        // What is still to be looked at may be the session just accepted.
        if self.accept.val() | self.accept_next.val() {
            self.pending.d.next = false;
            self.other_a.d.next = false;
            self.other_b.d.next = false;
        }
        self.ordered.next = self.accept.val() | self.accept_next.val();
        self.changes.next =
            self.accept.val() | self.accept_next.val() | self.adopt_a.val() | self.adopt_b.val();
        self.session.next = self.current.q.val();
        self.session_locked.next = self.locked.q.val();
        self.session_auto.next = self.auto.q.val();
        self.session_seen.next = self.seen.q.val();
        self.session_pending.next = self.pending.q.val();
        if self.reset.val() {
            self.current.d.next = 0.into();
            self.locked.d.next = false;
            self.auto.d.next = false;
            self.seen.d.next = 0.into();
            self.pending.d.next = false;
            self.other_a.d.next = false;
            self.other_b.d.next = false;
        }
    }
}
