//! What of the host's frames may leave: nothing with a byte for the exchange that the card has not sent itself, but for the login.
//!
//! ```text
//!  words ─┬─► Head ─► what is it? ─────────────┐
//!         │             ├─► Opening: login? ───┼─► passes
//!  wire ──┼─► Sent ◄────┴─► in reach? ─────────┤
//!         └─► delay ─► the same bytes? ────────┘
//! ```
//!
//! Passes: ARP of the least length; a TCP segment without payload; one with payload that the card has sent on that connection at that sequence, the
//! same bytes; and the 49 bytes of a SoupBinTCP login as the first of a stream that the other side has opened. `contract::frame` has the list in
//! full. Everything else is unread (no such frame) or withheld (payload).
//!
//! Judged is the frame as it was written, word by word; the caller sees that none is missing and none comes twice.
//!
//! Latency: 6 cycles from a word to its verdict, that of the last word being that of the frame. Back-pressure: none.

mod initial;

use super::head::Head;
use super::lanes::PayloadLanes;
use super::opening::Opening;
use super::sent::Sent;
use crate::prim::DelayLine;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Filter {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: word `index` of the window; 0 is the length, 1 the first of the frame.
    pub valid: Signal<In, Bit>,
    pub index: Signal<In, Bits<9>>,
    pub data: Signal<In, Bits<64>>,
    /// Pulse: a frame was kept whose last word has its verdict now.
    pub kept: Signal<In, Bit>,
    /// Beats taken by the wire.
    pub tx_beat: Signal<In, Bit>,
    pub tx_data: Signal<In, Bits<64>>,
    pub tx_last: Signal<In, Bit>,
    pub tx_user: Signal<In, Bit>,
    pub tx_mine: Signal<In, Bit>,
    /// The order side's receive stream.
    pub rx_valid: Signal<In, Bit>,
    pub rx_data: Signal<In, Bits<64>>,
    pub rx_last: Signal<In, Bit>,
    pub rx_user: Signal<In, Bit>,
    /// The word of five cycles ago.
    pub word: Signal<Out, Bits<64>>,
    /// Six cycles behind a word: it has its verdict.
    pub judged: Signal<Out, Bit>,
    /// Beside that: whether the frame that ends with it may leave.
    pub allowed: Signal<Out, Bit>,
    /// It has payload, and is whole otherwise.
    pub payload: Signal<Out, Bit>,
    head: Head,
    part: PayloadLanes,
    sent: Sent,
    opening: Opening,
    words: DelayLine<Bits<64>, 5>,
    masks: DelayLine<Bits<8>, 3>,
    // The word.
    length: DFF<Bits<16>>,
    login_begins: DFF<Bit>,
    login_is: DFF<Bit>,
    marked: DFF<Bits<32>>,
    disturbed: DFF<Bit>,
    valid_s2: DFF<Bit>,
    begins_s2: DFF<Bit>,
    at_s2: DFF<Bits<9>>,
    place: DFF<Bits<13>>,
    stop: DFF<Bits<16>>,
    size: DFF<Bits<16>>,
    // What it is.
    valid_s3: DFF<Bit>,
    begins_s3: DFF<Bit>,
    lanes_s3: DFF<Bits<8>>,
    arp_s3: DFF<Bit>,
    fits_s3: DFF<Bit>,
    tcp_s3: DFF<Bit>,
    bare_s3: DFF<Bit>,
    filled_s3: DFF<Bit>,
    syn_s3: DFF<Bit>,
    acks_s3: DFF<Bit>,
    flows_s3: DFF<Bit>,
    opened_s3: DFF<Bit>,
    fresh_s3: DFF<Bit>,
    again_s3: DFF<Bit>,
    login_s3: DFF<Bit>,
    known_s3: DFF<Bit>,
    size_s3: DFF<Bits<16>>,
    seq_s3: DFF<Bits<32>>,
    valid_s4: DFF<Bit>,
    begins_s4: DFF<Bit>,
    plain_s4: DFF<Bit>,
    syn_s4: DFF<Bit>,
    again_s4: DFF<Bit>,
    data_s4: DFF<Bit>,
    login_s4: DFF<Bit>,
    known_s4: DFF<Bit>,
    size_s4: DFF<Bits<16>>,
    seq_s4: DFF<Bits<32>>,
    ahead_s4: DFF<Bits<32>>,
    valid_s5: DFF<Bit>,
    begins_s5: DFF<Bit>,
    plain_s5: DFF<Bit>,
    syn_s5: DFF<Bit>,
    again_s5: DFF<Bit>,
    data_s5: DFF<Bit>,
    login_s5: DFF<Bit>,
    known_s5: DFF<Bit>,
    size_s5: DFF<Bits<16>>,
    ahead_s5: DFF<Bits<32>>,
    below_s5: DFF<Bits<32>>,
    held_s5: DFF<Bits<14>>,
    valid_s6: DFF<Bit>,
    begins_s6: DFF<Bit>,
    plain_s6: DFF<Bit>,
    syn_s6: DFF<Bit>,
    again_s6: DFF<Bit>,
    data_s6: DFF<Bit>,
    own_s6: DFF<Bit>,
    valid_s7: DFF<Bit>,
    begins_s7: DFF<Bit>,
    plain_s7: DFF<Bit>,
    syn_s7: DFF<Bit>,
    again_s7: DFF<Bit>,
    data_s7: DFF<Bit>,
    own_s7: DFF<Bit>,
    differs_s7: DFF<Bit>,
    wrong: DFF<Bit>,
    at: Signal<Local, Bits<9>>,
    at_far: Signal<Local, Bit>,
    at_head: Signal<Local, Bits<4>>,
    is_head: Signal<Local, Bit>,
    low: Signal<Local, Bits<8>>,
    high: Signal<Local, Bits<16>>,
    seq: Signal<Local, Bits<32>>,
    seq_low: Signal<Local, Bits<13>>,
    control: Signal<Local, Bits<16>>,
    offset: Signal<Local, Bits<4>>,
    offset_bytes: Signal<Local, Bits<16>>,
    least_total: Signal<Local, Bits<16>>,
    ordinary: Signal<Local, Bit>,
    syn: Signal<Local, Bit>,
    rst: Signal<Local, Bit>,
    ack: Signal<Local, Bit>,
    whole: Signal<Local, Bit>,
    ahead: Signal<Local, Bits<32>>,
    ahead_low: Signal<Local, Bits<16>>,
    below: Signal<Local, Bits<32>>,
    below_low: Signal<Local, Bits<16>>,
    held_wide: Signal<Local, Bits<16>>,
    reached: Signal<Local, Bit>,
    begun: Signal<Local, Bit>,
    same: Signal<Local, Bits<64>>,
    mask: Signal<Local, Bits<8>>,
    differs: Signal<Local, Bit>,
    forget: Signal<Local, Bit>,
    is_wrong: Signal<Local, Bit>,
    one_at: Constant<Bits<9>>,
    far: Constant<Bits<4>>,
    first: Constant<Bits<4>>,
    second: Constant<Bits<4>>,
    login_length: Constant<Bits<16>>,
    login_type: Constant<Bits<8>>,
    login_total: Constant<Bits<16>>,
    two: Constant<Bits<13>>,
    ethernet: Constant<Bits<16>>,
    ip: Constant<Bits<16>>,
    headers: Constant<Bits<16>>,
    least: Constant<Bits<16>>,
    strange: Constant<Bits<16>>,
    flags: Constant<Bits<16>>,
    syn_alone: Constant<Bits<16>>,
    offset_least: Constant<Bits<4>>,
    words_to_bytes: Constant<Bits<16>>,
    lane_masks: [Constant<Bits<64>>; 8],
}

impl Logic for Filter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            length,
            login_begins,
            login_is,
            marked,
            disturbed,
            valid_s2,
            begins_s2,
            at_s2,
            place,
            stop,
            size,
            valid_s3,
            begins_s3,
            lanes_s3,
            arp_s3,
            fits_s3,
            tcp_s3,
            bare_s3,
            filled_s3,
            syn_s3,
            acks_s3,
            flows_s3,
            opened_s3,
            fresh_s3,
            again_s3,
            login_s3,
            known_s3,
            size_s3,
            seq_s3,
            valid_s4,
            begins_s4,
            plain_s4,
            syn_s4,
            again_s4,
            data_s4,
            login_s4,
            known_s4,
            size_s4,
            seq_s4,
            ahead_s4,
            valid_s5,
            begins_s5,
            plain_s5,
            syn_s5,
            again_s5,
            data_s5,
            login_s5,
            known_s5,
            size_s5,
            ahead_s5,
            below_s5,
            held_s5,
            valid_s6,
            begins_s6,
            plain_s6,
            syn_s6,
            again_s6,
            data_s6,
            own_s6,
            valid_s7,
            begins_s7,
            plain_s7,
            syn_s7,
            again_s7,
            data_s7,
            own_s7,
            differs_s7,
            wrong
        );
        self.forget.next = self.kept.val() & self.syn_s7.q.val();
        self.sent.clock.next = self.clock.val();
        self.sent.reset.next = self.reset.val();
        self.sent.beat.next = self.tx_beat.val();
        self.sent.data.next = self.tx_data.val();
        self.sent.last.next = self.tx_last.val();
        self.sent.user.next = self.tx_user.val();
        self.sent.mine.next = self.tx_mine.val();
        self.sent.forget.next = self.forget.val();
        self.opening.clock.next = self.clock.val();
        self.opening.reset.next = self.reset.val();
        self.opening.opens.next = self.sent.opens.val();
        self.opening.opens_ends.next = self.sent.opens_ends.val();
        self.opening.opens_seq.next = self.sent.opens_seq.val();
        self.opening.forget.next = self.forget.val() & !self.again_s7.q.val();
        self.opening.rx_valid.next = self.rx_valid.val();
        self.opening.rx_data.next = self.rx_data.val();
        self.opening.rx_last.next = self.rx_last.val();
        self.opening.rx_user.next = self.rx_user.val();

        // The word.
        self.at.next = self.index.val() - self.one_at.val();
        self.at_far.next = self.at.val().get_bits::<5>(4).any();
        self.at_head.next = self.at.val().get_bits::<4>(0);
        if self.at_far.val() {
            self.at_head.next = self.far.val();
        }
        self.is_head.next = self.valid.val() & !self.index.val().any();
        self.head.clock.next = self.clock.val();
        self.head.beat.next = self.valid.val() & self.index.val().any();
        self.head.at.next = self.at_head.val();
        self.head.data.next = self.data.val();
        if self.is_head.val() {
            self.length.d.next = self.data.val().get_bits::<16>(0);
        }
        self.high.next = self.data.val().get_bits::<16>(48);
        self.low.next = self.data.val().get_bits::<8>(0);
        if self.valid.val() & (self.at_head.val() == self.first.val()) {
            self.login_begins.d.next = self.high.val() == self.login_length.val();
        }
        if self.valid.val() & (self.at_head.val() == self.second.val()) {
            self.login_is.d.next = self.login_begins.q.val() & (self.low.val() == self.login_type.val());
        }
        // The store as it is when a frame begins; a frame before it has its verdict by then, whatever comes right behind it.
        if self.sent.restarts.val() {
            self.disturbed.d.next = true;
        }
        if self.begins_s4.q.val() {
            self.marked.d.next = self.sent.high.val();
            self.disturbed.d.next = self.sent.restarts.val();
        }
        self.seq.next = self.head.seq.val();
        self.seq_low.next = self.seq.val().get_bits::<13>(0);
        self.place.d.next = self.seq_low.val() + self.two.val();
        self.stop.d.next = self.head.total.val() + self.ethernet.val();
        self.size.d.next = self.head.total.val() - self.headers.val();
        self.valid_s2.d.next = self.valid.val();
        self.begins_s2.d.next = self.is_head.val();
        self.at_s2.d.next = self.at.val();
        self.words.clock.next = self.clock.val();
        self.words.d.next = self.data.val();

        // What it is.
        self.sent.read_place.next = self.place.q.val();
        self.sent.read_word.next = self.at_s2.q.val();
        self.part.stop.next = self.stop.q.val();
        self.part.at.next = self.at_s2.q.val();
        self.lanes_s3.d.next = self.part.lanes.val();
        self.valid_s3.d.next = self.valid_s2.q.val();
        self.begins_s3.d.next = self.begins_s2.q.val();
        self.whole.next = self.length.q.val() == self.least.val();
        self.arp_s3.d.next = self.head.arp.val() & self.whole.val();
        self.fits_s3.d.next = (self.stop.q.val() == self.length.q.val())
            | (self.whole.val() & (self.stop.q.val() <= self.least.val()));
        self.control.next = self.head.control.val();
        self.offset.next = self.control.val().get_bits::<4>(12);
        self.offset_bytes.next = bit_cast::<16, 4>(self.offset.val()) << self.words_to_bytes.val();
        self.least_total.next = self.offset_bytes.val() + self.ip.val();
        self.ordinary.next = !(self.control.val() & self.strange.val()).any();
        self.syn.next = self.control.val().get_bit(1);
        self.rst.next = self.control.val().get_bit(2);
        self.ack.next = self.control.val().get_bit(4);
        self.tcp_s3.d.next = self.head.ipv4.val() & self.head.tcp.val() & self.ordinary.val();
        self.bare_s3.d.next = (self.head.total.val() == self.least_total.val())
            & (self.offset.val() >= self.offset_least.val());
        self.filled_s3.d.next =
            (self.head.total.val() > self.headers.val()) & (self.offset.val() == self.offset_least.val());
        self.syn_s3.d.next = (self.control.val() & self.flags.val()) == self.syn_alone.val();
        self.acks_s3.d.next = !self.syn.val() & (self.ack.val() | self.rst.val());
        self.flows_s3.d.next = self.ack.val() & !self.syn.val() & !self.rst.val();
        self.opened_s3.d.next = self.head.ends.val() == self.opening.ends.val();
        self.fresh_s3.d.next = self.opening.answered.val() & (self.seq.val() == self.opening.first.val());
        self.again_s3.d.next = self.seq.val() == self.opening.seq.val();
        self.login_s3.d.next = self.login_is.q.val() & (self.head.total.val() == self.login_total.val());
        self.known_s3.d.next = self.head.ends.val() == self.sent.ends.val();
        self.size_s3.d.next = self.size.q.val();
        self.seq_s3.d.next = self.seq.val();

        self.valid_s4.d.next = self.valid_s3.q.val();
        self.begins_s4.d.next = self.begins_s3.q.val();
        self.plain_s4.d.next = self.arp_s3.q.val()
            | (self.tcp_s3.q.val()
                & self.fits_s3.q.val()
                & self.bare_s3.q.val()
                & (self.syn_s3.q.val() | self.acks_s3.q.val()));
        self.syn_s4.d.next = self.tcp_s3.q.val() & self.syn_s3.q.val();
        self.data_s4.d.next =
            self.tcp_s3.q.val() & self.fits_s3.q.val() & self.filled_s3.q.val() & self.flows_s3.q.val();
        self.login_s4.d.next = self.opened_s3.q.val() & self.fresh_s3.q.val() & self.login_s3.q.val();
        self.again_s4.d.next = self.opened_s3.q.val() & self.again_s3.q.val();
        self.known_s4.d.next = self.known_s3.q.val();
        self.size_s4.d.next = self.size_s3.q.val();
        self.seq_s4.d.next = self.seq_s3.q.val();
        self.ahead_s4.d.next = self.marked.q.val() - self.seq_s3.q.val();

        // The store as it is behind the last read.
        self.valid_s5.d.next = self.valid_s4.q.val();
        self.begins_s5.d.next = self.begins_s4.q.val();
        self.plain_s5.d.next = self.plain_s4.q.val();
        self.syn_s5.d.next = self.syn_s4.q.val();
        self.again_s5.d.next = self.again_s4.q.val();
        self.data_s5.d.next = self.data_s4.q.val();
        self.login_s5.d.next = self.login_s4.q.val();
        self.known_s5.d.next = self.known_s4.q.val() & !self.disturbed.q.val() & !self.sent.restarts.val();
        self.size_s5.d.next = self.size_s4.q.val();
        self.ahead_s5.d.next = self.ahead_s4.q.val();
        self.below_s5.d.next = self.sent.high.val() - self.seq_s4.q.val();
        self.held_s5.d.next = self.sent.held.val();

        self.ahead.next = self.ahead_s5.q.val();
        self.ahead_low.next = self.ahead.val().get_bits::<16>(0);
        self.below.next = self.below_s5.q.val();
        self.below_low.next = self.below.val().get_bits::<16>(0);
        self.held_wide.next = bit_cast::<16, 14>(self.held_s5.q.val());
        self.reached.next =
            !self.ahead.val().get_bits::<16>(16).any() & (self.size_s5.q.val() <= self.ahead_low.val());
        self.begun.next = !self.below.val().get_bits::<16>(16).any()
            & (self.size_s5.q.val() <= self.below_low.val())
            & (self.below_low.val() <= self.held_wide.val());
        self.valid_s6.d.next = self.valid_s5.q.val();
        self.begins_s6.d.next = self.begins_s5.q.val();
        self.plain_s6.d.next = self.plain_s5.q.val() | (self.data_s5.q.val() & self.login_s5.q.val());
        self.syn_s6.d.next = self.syn_s5.q.val();
        self.again_s6.d.next = self.again_s5.q.val();
        self.data_s6.d.next = self.data_s5.q.val();
        self.own_s6.d.next =
            self.data_s5.q.val() & self.known_s5.q.val() & self.reached.val() & self.begun.val();

        // The bytes themselves.
        self.masks.clock.next = self.clock.val();
        self.masks.d.next = self.lanes_s3.q.val();
        self.mask.next = self.masks.q.val();
        self.same.next = self.words.q.val() ^ self.sent.read.val();
        self.differs.next = false;
        for i in 0..8 {
            if self.mask.val().get_bit(i) {
                self.differs.next = self.differs.val() | (self.same.val() & self.lane_masks[i].val()).any();
            }
        }
        self.valid_s7.d.next = self.valid_s6.q.val();
        self.begins_s7.d.next = self.begins_s6.q.val();
        self.plain_s7.d.next = self.plain_s6.q.val();
        self.syn_s7.d.next = self.syn_s6.q.val();
        self.again_s7.d.next = self.again_s6.q.val();
        self.data_s7.d.next = self.data_s6.q.val();
        self.own_s7.d.next = self.own_s6.q.val();
        self.differs_s7.d.next = self.differs.val();
        self.is_wrong.next = self.wrong.q.val() | self.differs_s7.q.val();
        if self.valid_s7.q.val() {
            self.wrong.d.next = self.is_wrong.val() & !self.begins_s7.q.val();
        }
        self.word.next = self.words.q.val();
        self.judged.next = self.valid_s7.q.val();
        self.allowed.next = self.plain_s7.q.val() | (self.own_s7.q.val() & !self.is_wrong.val());
        self.payload.next = self.data_s7.q.val();
        if self.reset.val() {
            self.disturbed.d.next = true;
            self.valid_s2.d.next = false;
            self.valid_s3.d.next = false;
            self.valid_s4.d.next = false;
            self.valid_s5.d.next = false;
            self.valid_s6.d.next = false;
            self.valid_s7.d.next = false;
        }
    }
}
