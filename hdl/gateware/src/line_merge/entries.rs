//! Entries for the events ring: gaps, bad frames, sessions.
//!
//! One register a kind and line keeps what is still to be told. A second gap, or a second bad frame of a line, that comes
//! before the first one has left widens its range; another session, before the last one has left, replaces it.
//!
//! Latency: 2 cycles from cause to entry when none waits; `time` is that of the cycle before the entry is valid.

use crate::types::EventEntry;
use contract::event::{Code, HEAD, RANGE_BODY, SESSION_BODY};
use contract::layout::lsb;
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(HEAD, "time") == 0 && lsb(HEAD, "slot") == 48);
    assert!(lsb(HEAD, "line") == 54 && lsb(HEAD, "code") == 56);
    assert!(lsb(RANGE_BODY, "first") == 0 && lsb(RANGE_BODY, "next") == 64);
    assert!(lsb(SESSION_BODY, "session") == 0 && lsb(SESSION_BODY, "seq") == 128);
};

/// See the module's text. Arrays of two: 0 = line A, 1 = line B.
#[derive(LogicBlock)]
pub struct Entries {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub now: Signal<In, Bits<64>>,
    pub gap: Signal<In, Bit>,
    pub gap_first: Signal<In, Bits<64>>,
    pub gap_next: Signal<In, Bits<64>>,
    pub bad: [Signal<In, Bit>; 2],
    pub bad_first: [Signal<In, Bits<64>>; 2],
    pub bad_next: [Signal<In, Bits<64>>; 2],
    pub found: Signal<In, Bit>,
    pub found_line: Signal<In, Bits<2>>,
    pub found_session: Signal<In, Bits<80>>,
    pub found_seq: Signal<In, Bits<64>>,
    pub ends: [Signal<In, Bit>; 2],
    /// Sequence that the end of session told, from the cycle after `ends` on.
    pub told: [Signal<In, Bits<64>>; 2],
    pub session: Signal<In, Bits<80>>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    has_gap: DFF<Bit>,
    first: DFF<Bits<64>>,
    next: DFF<Bits<64>>,
    /// A gap was told in the cycle before, with this end.
    late_gap: DFF<Bit>,
    late_next: DFF<Bits<64>>,
    gap_end: Signal<Local, Bits<64>>,
    has_bad_a: DFF<Bit>,
    first_a: DFF<Bits<64>>,
    next_a: DFF<Bits<64>>,
    has_bad_b: DFF<Bit>,
    first_b: DFF<Bits<64>>,
    next_b: DFF<Bits<64>>,
    has_found: DFF<Bit>,
    line: DFF<Bits<2>>,
    other: DFF<Bits<80>>,
    seq: DFF<Bits<64>>,
    has_end_a: DFF<Bit>,
    has_end_b: DFF<Bit>,
    ended: DFF<Bits<80>>,
    free: Signal<Local, Bit>,
    any: Signal<Local, Bit>,
    pick_gap: Signal<Local, Bit>,
    pick_bad_a: Signal<Local, Bit>,
    pick_bad_b: Signal<Local, Bit>,
    pick_found: Signal<Local, Bit>,
    pick_end_a: Signal<Local, Bit>,
    pick_end_b: Signal<Local, Bit>,
    pick_code: Signal<Local, Bits<8>>,
    pick_line: Signal<Local, Bits<2>>,
    word_1: Signal<Local, Bits<64>>,
    word_2: Signal<Local, Bits<64>>,
    word_3: Signal<Local, Bits<64>>,
    pick_session: Signal<Local, Bits<80>>,
    out_valid: DFF<Bit>,
    /// The four words that are not always 0.
    out: DFF<Bits<256>>,
    code_gap: Constant<Bits<8>>,
    code_bad: Constant<Bits<8>>,
    code_found: Constant<Bits<8>>,
    code_end: Constant<Bits<8>>,
}

impl Default for Entries {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            gap: Default::default(),
            gap_first: Default::default(),
            gap_next: Default::default(),
            bad: std::array::from_fn(|_| Default::default()),
            bad_first: std::array::from_fn(|_| Default::default()),
            bad_next: std::array::from_fn(|_| Default::default()),
            found: Default::default(),
            found_line: Default::default(),
            found_session: Default::default(),
            found_seq: Default::default(),
            ends: std::array::from_fn(|_| Default::default()),
            told: std::array::from_fn(|_| Default::default()),
            session: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            has_gap: Default::default(),
            first: Default::default(),
            next: Default::default(),
            late_gap: Default::default(),
            late_next: Default::default(),
            gap_end: Default::default(),
            has_bad_a: Default::default(),
            first_a: Default::default(),
            next_a: Default::default(),
            has_bad_b: Default::default(),
            first_b: Default::default(),
            next_b: Default::default(),
            has_found: Default::default(),
            line: Default::default(),
            other: Default::default(),
            seq: Default::default(),
            has_end_a: Default::default(),
            has_end_b: Default::default(),
            ended: Default::default(),
            free: Default::default(),
            any: Default::default(),
            pick_gap: Default::default(),
            pick_bad_a: Default::default(),
            pick_bad_b: Default::default(),
            pick_found: Default::default(),
            pick_end_a: Default::default(),
            pick_end_b: Default::default(),
            pick_code: Default::default(),
            pick_line: Default::default(),
            word_1: Default::default(),
            word_2: Default::default(),
            word_3: Default::default(),
            pick_session: Default::default(),
            out_valid: Default::default(),
            out: Default::default(),
            code_gap: Constant::new((Code::Gap as u64).into()),
            code_bad: Constant::new((Code::BadFrame as u64).into()),
            code_found: Constant::new((Code::SessionChange as u64).into()),
            code_end: Constant::new((Code::EndOfSession as u64).into()),
        }
    }
}

impl Logic for Entries {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, has_gap, late_gap, late_next, first, next, has_bad_a, first_a, next_a, has_bad_b,
            first_b, next_b, has_found, line, other, seq, has_end_a, has_end_b, ended, out_valid, out
        );
        self.gap_end.next = self.next.q.val();
        if self.late_gap.q.val() {
            self.gap_end.next = self.late_next.q.val();
        }
        // One a cycle, gaps first.
        self.free.next = !self.out_valid.q.val() | self.entry_ready.val();
        self.pick_gap.next = self.free.val() & self.has_gap.q.val();
        self.pick_bad_a.next = self.free.val() & self.has_bad_a.q.val() & !self.has_gap.q.val();
        self.pick_bad_b.next =
            self.free.val() & self.has_bad_b.q.val() & !self.has_gap.q.val() & !self.has_bad_a.q.val();
        self.any.next = self.has_gap.q.val() | self.has_bad_a.q.val() | self.has_bad_b.q.val();
        self.pick_found.next = self.free.val() & self.has_found.q.val() & !self.any.val();
        self.pick_end_a.next =
            self.free.val() & self.has_end_a.q.val() & !self.any.val() & !self.has_found.q.val();
        self.pick_end_b.next = self.free.val()
            & self.has_end_b.q.val()
            & !self.any.val()
            & !self.has_found.q.val()
            & !self.has_end_a.q.val();

        self.pick_code.next = self.code_end.val();
        self.pick_line.next = 1.into();
        self.pick_session.next = self.ended.q.val();
        self.word_3.next = self.told[1].val();
        if self.has_end_a.q.val() {
            self.pick_line.next = 0.into();
            self.word_3.next = self.told[0].val();
        }
        if self.has_found.q.val() {
            self.pick_code.next = self.code_found.val();
            self.pick_line.next = self.line.q.val();
            self.pick_session.next = self.other.q.val();
            self.word_3.next = self.seq.q.val();
        }
        self.word_1.next = self.pick_session.val().get_bits::<64>(0);
        self.word_2.next = bit_cast::<64, 16>(self.pick_session.val().get_bits::<16>(64));
        if self.any.val() {
            self.pick_code.next = self.code_bad.val();
            self.pick_line.next = 1.into();
            self.word_1.next = self.first_b.q.val();
            self.word_2.next = self.next_b.q.val();
            self.word_3.next = 0.into();
        }
        if self.has_bad_a.q.val() {
            self.pick_line.next = 0.into();
            self.word_1.next = self.first_a.q.val();
            self.word_2.next = self.next_a.q.val();
        }
        if self.has_gap.q.val() {
            self.pick_code.next = self.code_gap.val();
            self.pick_line.next = 0.into();
            self.word_1.next = self.first.q.val();
            self.word_2.next = self.gap_end.val();
        }
        if self.free.val() {
            self.out_valid.d.next =
                self.any.val() | self.has_found.q.val() | self.has_end_a.q.val() | self.has_end_b.q.val();
            self.out.d.next = (bit_cast::<256, 64>(self.word_3.val()) << 192)
                | (bit_cast::<256, 64>(self.word_2.val()) << 128)
                | (bit_cast::<256, 64>(self.word_1.val()) << 64)
                | (bit_cast::<256, 8>(self.pick_code.val()) << 56)
                | (bit_cast::<256, 2>(self.pick_line.val()) << 54)
                | bit_cast::<256, 48>(self.now.val().get_bits::<48>(0));
        }
        self.entry_valid.next = self.out_valid.q.val();
        self.entry.next = bit_cast::<448, 256>(self.out.q.val());

        // What is still to be told.
        if self.pick_gap.val() {
            self.has_gap.d.next = false;
        }
        // A gap comes late in its cycle: only single bits wait for it. Its sequences are kept in any case, and joined
        // to what is still to be told in the next cycle.
        self.late_gap.d.next = self.gap.val();
        self.late_next.d.next = self.gap_next.val();
        self.next.d.next = self.gap_end.val();
        if self.gap.val() {
            self.has_gap.d.next = true;
        }
        if !self.has_gap.q.val() | self.pick_gap.val() {
            self.first.d.next = self.gap_first.val();
        }
        if self.pick_bad_a.val() {
            self.has_bad_a.d.next = false;
        }
        if self.bad[0].val() {
            self.has_bad_a.d.next = true;
            self.next_a.d.next = self.bad_next[0].val();
            if !self.has_bad_a.q.val() | self.pick_bad_a.val() {
                self.first_a.d.next = self.bad_first[0].val();
            }
        }
        if self.pick_bad_b.val() {
            self.has_bad_b.d.next = false;
        }
        if self.bad[1].val() {
            self.has_bad_b.d.next = true;
            self.next_b.d.next = self.bad_next[1].val();
            if !self.has_bad_b.q.val() | self.pick_bad_b.val() {
                self.first_b.d.next = self.bad_first[1].val();
            }
        }
        if self.pick_found.val() {
            self.has_found.d.next = false;
        }
        if self.found.val() {
            self.has_found.d.next = true;
            self.line.d.next = self.found_line.val();
            self.other.d.next = self.found_session.val();
            self.seq.d.next = self.found_seq.val();
        }
        if self.pick_end_a.val() {
            self.has_end_a.d.next = false;
        }
        if self.pick_end_b.val() {
            self.has_end_b.d.next = false;
        }
        if self.ends[0].val() {
            self.has_end_a.d.next = true;
        }
        if self.ends[1].val() {
            self.has_end_b.d.next = true;
        }
        if self.ends[0].val() | self.ends[1].val() {
            self.ended.d.next = self.session.val();
        }
        if self.reset.val() {
            self.has_gap.d.next = false;
            self.late_gap.d.next = false;
            self.has_bad_a.d.next = false;
            self.has_bad_b.d.next = false;
            self.has_found.d.next = false;
            self.has_end_a.d.next = false;
            self.has_end_b.d.next = false;
            self.out_valid.d.next = false;
        }
    }
}
