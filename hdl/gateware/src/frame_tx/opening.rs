//! The connection the host has opened last, and whether the other side has answered.
//!
//! ```text
//!  SYN of the window ─► ends, next sequence ─┐
//!  rx ─► Head ─► SYN and ACK of just that? ──┴─► answered
//! ```
//!
//! An answer is the other side's word that a stream of bytes begins at that sequence, and nowhere else: a SYN into a connection that is already there
//! gets none. So the first bytes of a stream, and no later ones, can be told by their sequence.
//!
//! The same SYN again changes nothing: its answer may be here already, and there may be no other.
//!
//! Latency: 3 cycles from the answer's last beat. Back-pressure: none.

use super::head::Head;
use rust_hdl::prelude::*;

/// RST SYN FIN ACK of a control word, and what an answer has of them.
const FLAGS: u64 = 0x17;
const ANSWER: u64 = 0x12;
/// A frame with this many words has a whole header.
const WHOLE: u64 = 6;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Opening {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: a SYN leaves, with its ends and its sequence.
    pub opens: Signal<In, Bit>,
    pub opens_ends: Signal<In, Bits<96>>,
    pub opens_seq: Signal<In, Bits<32>>,
    /// Pulse: another SYN is on its way; what was answered counts no more.
    pub forget: Signal<In, Bit>,
    /// The order side's receive stream.
    pub rx_valid: Signal<In, Bit>,
    pub rx_data: Signal<In, Bits<64>>,
    pub rx_last: Signal<In, Bit>,
    pub rx_user: Signal<In, Bit>,
    pub answered: Signal<Out, Bit>,
    pub ends: Signal<Out, Bits<96>>,
    /// Sequence of the SYN, and of the first byte of the stream.
    pub seq: Signal<Out, Bits<32>>,
    pub first: Signal<Out, Bits<32>>,
    head: Head,
    at: DFF<Bits<4>>,
    valid_s1: DFF<Bit>,
    data_s1: DFF<Bits<64>>,
    at_s1: DFF<Bits<4>>,
    good_s1: DFF<Bit>,
    good_s2: DFF<Bit>,
    answers_s3: DFF<Bit>,
    asked: DFF<Bit>,
    answered_q: DFF<Bit>,
    ends_q: DFF<Bits<96>>,
    seq_q: DFF<Bits<32>>,
    first_q: DFF<Bits<32>>,
    ours: Signal<Local, Bits<96>>,
    theirs: Signal<Local, Bits<96>>,
    crossed: Signal<Local, Bit>,
    control: Signal<Local, Bits<16>>,
    another: Signal<Local, Bit>,
    one: Constant<Bits<4>>,
    one_seq: Constant<Bits<32>>,
    most_at: Constant<Bits<4>>,
    whole: Constant<Bits<4>>,
    flags: Constant<Bits<16>>,
    answer: Constant<Bits<16>>,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            opens: Default::default(),
            opens_ends: Default::default(),
            opens_seq: Default::default(),
            forget: Default::default(),
            rx_valid: Default::default(),
            rx_data: Default::default(),
            rx_last: Default::default(),
            rx_user: Default::default(),
            answered: Default::default(),
            ends: Default::default(),
            seq: Default::default(),
            first: Default::default(),
            head: Default::default(),
            at: Default::default(),
            valid_s1: Default::default(),
            data_s1: Default::default(),
            at_s1: Default::default(),
            good_s1: Default::default(),
            good_s2: Default::default(),
            answers_s3: Default::default(),
            asked: Default::default(),
            answered_q: Default::default(),
            ends_q: Default::default(),
            seq_q: Default::default(),
            first_q: Default::default(),
            ours: Default::default(),
            theirs: Default::default(),
            crossed: Default::default(),
            control: Default::default(),
            another: Default::default(),
            one: Constant::new(1_u64.into()),
            one_seq: Constant::new(1_u64.into()),
            most_at: Constant::new(15_u64.into()),
            whole: Constant::new(WHOLE.into()),
            flags: Constant::new(FLAGS.into()),
            answer: Constant::new(ANSWER.into()),
        }
    }
}

impl Logic for Opening {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, at, valid_s1, data_s1, at_s1, good_s1, good_s2, answers_s3, asked, answered_q,
            ends_q, seq_q, first_q
        );
        self.valid_s1.d.next = self.rx_valid.val();
        self.data_s1.d.next = self.rx_data.val();
        self.at_s1.d.next = self.at.q.val();
        self.good_s1.d.next = self.rx_valid.val()
            & self.rx_last.val()
            & !self.rx_user.val()
            & (self.at.q.val() >= self.whole.val());
        if self.rx_valid.val() {
            if self.at.q.val() != self.most_at.val() {
                self.at.d.next = self.at.q.val() + self.one.val();
            }
            if self.rx_last.val() {
                self.at.d.next = 0.into();
            }
        }
        self.head.clock.next = self.clock.val();
        self.head.beat.next = self.valid_s1.q.val();
        self.head.at.next = self.at_s1.q.val();
        self.head.data.next = self.data_s1.q.val();

        // Its source is our destination.
        self.good_s2.d.next = self.good_s1.q.val();
        self.ours.next = self.ends_q.q.val();
        self.theirs.next = self.head.ends.val();
        self.control.next = self.head.control.val();
        self.crossed.next = (self.ours.val().get_bits::<32>(0) == self.theirs.val().get_bits::<32>(32))
            & (self.ours.val().get_bits::<32>(32) == self.theirs.val().get_bits::<32>(0))
            & (self.ours.val().get_bits::<16>(64) == self.theirs.val().get_bits::<16>(80))
            & (self.ours.val().get_bits::<16>(80) == self.theirs.val().get_bits::<16>(64));
        self.answers_s3.d.next = self.good_s2.q.val()
            & self.asked.q.val()
            & self.head.ipv4.val()
            & self.head.tcp.val()
            & ((self.control.val() & self.flags.val()) == self.answer.val())
            & (self.head.ack.val() == self.first_q.q.val())
            & self.crossed.val();
        if self.answers_s3.q.val() {
            self.answered_q.d.next = true;
        }
        self.another.next = self.opens.val()
            & ((self.opens_ends.val() != self.ends_q.q.val()) | (self.opens_seq.val() != self.seq_q.q.val()));
        if self.opens.val() {
            self.asked.d.next = true;
            self.ends_q.d.next = self.opens_ends.val();
            self.seq_q.d.next = self.opens_seq.val();
            self.first_q.d.next = self.opens_seq.val() + self.one_seq.val();
        }
        // What the last one was answered is no answer to this one.
        if self.another.val() | self.forget.val() {
            self.answered_q.d.next = false;
            self.answers_s3.d.next = false;
        }
        self.answered.next = self.answered_q.q.val();
        self.ends.next = self.ends_q.q.val();
        self.seq.next = self.seq_q.q.val();
        self.first.next = self.first_q.q.val();
        if self.reset.val() {
            self.at.d.next = 0.into();
            self.valid_s1.d.next = false;
            self.good_s1.d.next = false;
            self.good_s2.d.next = false;
            self.answers_s3.d.next = false;
            self.asked.d.next = false;
            self.answered_q.d.next = false;
        }
    }
}
