//! What becomes of a frame, as far as its headers tell: taken, seen before, or not to be had.
//!
//! ```text
//!  words 1 to 5 ─► Head ─► ends, sequence against the expected one, lengths ─► registers
//! ```
//!
//! A frame is of the order connection when both addresses and both ports are. Its payload begins behind the TCP header, with its options, and what lies
//! below the expected sequence is skipped.
//!
//! Latency: outcomes stand from the third cycle behind word 5 on, `first`, `fresh` and what follows from them from the fourth, until word 5 of the next
//! frame. Back-pressure: none.

use crate::frame_tx::head::Head;
use crate::prim::{ByteSwap, Cat3};
use rust_hdl::prelude::*;

/// Bytes of a frame that `frame_rx` takes, less its Ethernet header.
pub const TOTAL_MAX: u64 = 1_508;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Judge {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub on: Signal<In, Bit>,
    /// The peer's address and ours, first octet highest; its port and ours, ours lowest.
    pub peer: Signal<In, Bits<32>>,
    pub own: Signal<In, Bits<32>>,
    pub ports: Signal<In, Bits<32>>,
    /// One cycle: word `at` of a frame is `data`.
    pub beat: Signal<In, Bit>,
    pub at: Signal<In, Bits<9>>,
    pub data: Signal<In, Bits<64>>,
    /// Sequence of the next byte to take, and whether a frame finds room.
    pub expected: Signal<In, Bits<32>>,
    pub room: Signal<In, Bit>,
    /// One cycle: another stream begins; the frame under way is not of it.
    pub restart: Signal<In, Bit>,
    /// Number of the byte behind the packet, two cycles behind word 2 on.
    pub stop: Signal<Out, Bits<18>>,
    /// Number of the first byte to take.
    pub first: Signal<Out, Bits<18>>,
    /// It has payload of the connection that is not taken, and nobody is to have it.
    pub refuses: Signal<Out, Bit>,
    /// It has payload to take, or only such as was taken before.
    pub takes: Signal<Out, Bit>,
    pub repeats: Signal<Out, Bit>,
    /// Bytes to take.
    pub fresh: Signal<Out, Bits<17>>,
    head: Head,
    peer_wire: ByteSwap<32>,
    own_wire: ByteSwap<32>,
    ports_wire: ByteSwap<32>,
    ends: Cat3<32, 32, 32, 96>,
    decides_s1: DFF<Bit>,
    decides_s2: DFF<Bit>,
    decides_s3: DFF<Bit>,
    odd_seen: DFF<Bit>,
    stop_q: DFF<Bits<18>>,
    header: DFF<Bits<7>>,
    start: DFF<Bits<7>>,
    ours: DFF<Bit>,
    odd: DFF<Bit>,
    unreadable: DFF<Bit>,
    has_room: DFF<Bit>,
    skip: DFF<Bits<32>>,
    length: DFF<Bits<17>>,
    first_q: DFF<Bits<18>>,
    fresh_q: DFF<Bits<17>>,
    near: DFF<Bit>,
    at_short: Signal<Local, Bits<4>>,
    type_here: Signal<Local, Bits<16>>,
    version: Signal<Local, Bits<8>>,
    control: Signal<Local, Bits<16>>,
    offset: Signal<Local, Bits<7>>,
    total: Signal<Local, Bits<17>>,
    header_now: Signal<Local, Bits<7>>,
    start_now: Signal<Local, Bits<7>>,
    skip_low: Signal<Local, Bits<16>>,
    skip_high: Signal<Local, Bits<16>>,
    fresh_now: Signal<Local, Bits<17>>,
    payload: Signal<Local, Bit>,
    lost: Signal<Local, Bit>,
    last_short: Constant<Bits<4>>,
    word_1: Constant<Bits<9>>,
    word_5: Constant<Bits<9>>,
    ipv4: Constant<Bits<16>>,
    plain: Constant<Bits<8>>,
    ethernet: Constant<Bits<18>>,
    four: Constant<Bits<7>>,
    ip_header: Constant<Bits<7>>,
    tcp_at: Constant<Bits<7>>,
    offset_least: Constant<Bits<7>>,
    total_max: Constant<Bits<17>>,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            on: Default::default(),
            peer: Default::default(),
            own: Default::default(),
            ports: Default::default(),
            beat: Default::default(),
            at: Default::default(),
            data: Default::default(),
            expected: Default::default(),
            room: Default::default(),
            restart: Default::default(),
            stop: Default::default(),
            first: Default::default(),
            refuses: Default::default(),
            takes: Default::default(),
            repeats: Default::default(),
            fresh: Default::default(),
            head: Default::default(),
            peer_wire: Default::default(),
            own_wire: Default::default(),
            ports_wire: Default::default(),
            ends: Default::default(),
            decides_s1: Default::default(),
            decides_s2: Default::default(),
            decides_s3: Default::default(),
            odd_seen: Default::default(),
            stop_q: Default::default(),
            header: Default::default(),
            start: Default::default(),
            ours: Default::default(),
            odd: Default::default(),
            unreadable: Default::default(),
            has_room: Default::default(),
            skip: Default::default(),
            length: Default::default(),
            first_q: Default::default(),
            fresh_q: Default::default(),
            near: Default::default(),
            at_short: Default::default(),
            type_here: Default::default(),
            version: Default::default(),
            control: Default::default(),
            offset: Default::default(),
            total: Default::default(),
            header_now: Default::default(),
            start_now: Default::default(),
            skip_low: Default::default(),
            skip_high: Default::default(),
            fresh_now: Default::default(),
            payload: Default::default(),
            lost: Default::default(),
            last_short: Constant::new(15_u64.into()),
            word_1: Constant::new(1_u64.into()),
            word_5: Constant::new(5_u64.into()),
            ipv4: Constant::new(0x0008_u64.into()),
            plain: Constant::new(0x45_u64.into()),
            ethernet: Constant::new(14_u64.into()),
            four: Constant::new(2_u64.into()),
            ip_header: Constant::new(20_u64.into()),
            tcp_at: Constant::new(34_u64.into()),
            offset_least: Constant::new(5_u64.into()),
            total_max: Constant::new(TOTAL_MAX.into()),
        }
    }
}

impl Logic for Judge {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, decides_s1, decides_s2, decides_s3, odd_seen, stop_q, header, start, ours, odd,
            unreadable, has_room, skip, length, first_q, fresh_q, near
        );
        self.at_short.next = self.at.val().get_bits::<4>(0);
        if self.at.val().get_bits::<5>(4).any() {
            self.at_short.next = self.last_short.val();
        }
        self.head.clock.next = self.clock.val();
        self.head.beat.next = self.beat.val();
        self.head.at.next = self.at_short.val();
        self.head.data.next = self.data.val();
        self.type_here.next = self.data.val().get_bits::<16>(32);
        self.version.next = self.data.val().get_bits::<8>(48);
        if self.beat.val() & (self.at.val() == self.word_1.val()) {
            self.odd_seen.d.next =
                (self.type_here.val() == self.ipv4.val()) & (self.version.val() != self.plain.val());
        }
        self.decides_s1.d.next = self.beat.val() & (self.at.val() == self.word_5.val());
        self.decides_s2.d.next = self.decides_s1.q.val();
        self.decides_s3.d.next = self.decides_s2.q.val();

        // From the header, as it comes.
        self.control.next = self.head.control.val();
        self.offset.next = bit_cast::<7, 4>(self.control.val().get_bits::<4>(12));
        self.total.next = bit_cast::<17, 16>(self.head.total.val());
        self.stop_q.d.next = bit_cast::<18, 16>(self.head.total.val()) + self.ethernet.val();
        self.header_now.next = self.offset.val() << self.four.val();
        self.header.d.next = self.header_now.val() + self.ip_header.val();
        self.start_now.next = self.offset.val() << self.four.val();
        self.start.d.next = self.start_now.val() + self.tcp_at.val();

        // Against what is expected.
        self.peer_wire.x.next = self.peer.val();
        self.own_wire.x.next = self.own.val();
        self.ports_wire.x.next = self.ports.val();
        self.ends.a.next = self.ports_wire.y.val();
        self.ends.b.next = self.own_wire.y.val();
        self.ends.c.next = self.peer_wire.y.val();
        if self.decides_s2.q.val() {
            self.ours.d.next = self.on.val()
                & self.head.ipv4.val()
                & self.head.tcp.val()
                & (self.head.ends.val() == self.ends.y.val());
            self.odd.d.next = self.on.val() & self.odd_seen.q.val();
            self.unreadable.d.next = self.control.val().get_bit(1)
                | (self.offset.val() < self.offset_least.val())
                | (self.total.val() > self.total_max.val());
            self.has_room.d.next = self.room.val();
            self.skip.d.next = self.expected.val() - self.head.seq.val();
            self.length.d.next = self.total.val() - bit_cast::<17, 7>(self.header.q.val());
        }
        self.skip_low.next = self.skip.q.val().get_bits::<16>(0);
        self.skip_high.next = self.skip.q.val().get_bits::<16>(16);
        self.fresh_now.next = self.length.q.val() - bit_cast::<17, 16>(self.skip_low.val());
        if self.decides_s3.q.val() {
            self.first_q.d.next =
                bit_cast::<18, 7>(self.start.q.val()) + bit_cast::<18, 16>(self.skip_low.val());
            self.fresh_q.d.next = self.fresh_now.val();
            self.near.d.next = !self.skip_high.val().any();
        }

        self.payload.next = self.ours.q.val() & self.length.q.val().any() & !self.length.q.val().get_bit(16);
        self.lost.next = self.skip.q.val().get_bit(31) | self.unreadable.q.val() | !self.has_room.q.val();
        self.refuses.next = (self.payload.val() & self.lost.val()) | self.odd.q.val();
        self.takes.next = self.payload.val()
            & !self.lost.val()
            & self.near.q.val()
            & self.fresh_q.q.val().any()
            & !self.fresh_q.q.val().get_bit(16);
        self.repeats.next = self.payload.val() & !self.lost.val() & !self.takes.val();
        self.stop.next = self.stop_q.q.val();
        self.first.next = self.first_q.q.val();
        self.fresh.next = self.fresh_q.q.val();
        if self.restart.val() | self.reset.val() {
            self.ours.d.next = false;
            self.odd.d.next = false;
        }
        if self.reset.val() {
            self.decides_s1.d.next = false;
            self.decides_s2.d.next = false;
            self.decides_s3.d.next = false;
        }
    }
}
