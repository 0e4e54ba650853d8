//! Finds the MoldUDP64 payload of subscribed UDP multicast in one receive line, beside the payload.
//!
//! ```text
//! rx ──► beat_s1 ─────────────────────────────────────────────► beat_*, offset, stamp
//!          │
//!          ├─► fields, words_s2 ─► sum_s3, lengths_s3 ─► verdict ─► payload_ok, X end_good, end_bad, count
//! ```
//!
//! Latency: beats 1 cycle. `payload_ok` and `payload_len` are settled two cycles after the beat with the first payload
//! byte has left: before the first message's type byte, which is never earlier than three beats behind it.
//! `ended` follows the last beat by three cycles, and so still before the payload of the next frame.
//! Back-pressure: none, a beat a cycle forever.
//!
//! A frame is counted once, at its end: as `bad_frame` when the MAC says so, else as `frames` and, if a check failed,
//! under the first one that did, in the order of the counters. `cfg_enable` acts at the start of a frame.

use crate::emit::{Elaborated, Size, elaborate};
use rust_hdl::prelude::*;

/// Header parser of a receive line; see the module's text.
#[derive(LogicBlock, Default)]
pub struct UdpRx {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub rx_data: Signal<In, Bits<64>>,
    pub rx_keep: Signal<In, Bits<8>>,
    pub rx_valid: Signal<In, Bit>,
    pub rx_last: Signal<In, Bit>,
    /// With `rx_last`: bad FCS, abort or truncation.
    pub rx_user: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub cfg_enable: Signal<In, Bit>,
    /// IPv4 destination subscribed, first octet highest.
    pub cfg_group: Signal<In, Bits<32>>,
    pub cfg_port: Signal<In, Bits<16>>,
    pub beat_data: Signal<Out, Bits<64>>,
    pub beat_keep: Signal<Out, Bits<8>>,
    pub beat_valid: Signal<Out, Bit>,
    pub beat_first: Signal<Out, Bit>,
    pub beat_last: Signal<Out, Bit>,
    /// Card time of the first beat of the frame, from that beat on.
    pub stamp: Signal<Out, Bits<64>>,
    /// Byte offset of the UDP payload in the frame: 42, or 46 behind an 802.1Q tag.
    pub offset: Signal<Out, Bits<6>>,
    /// UDP length − 8.
    pub payload_len: Signal<Out, Bits<16>>,
    /// All header checks passed.
    pub payload_ok: Signal<Out, Bit>,
    /// Pulse: a frame has ended.
    pub ended: Signal<Out, Bit>,
    /// With `ended`: headers good, complete, FCS good.
    pub end_good: Signal<Out, Bit>,
    /// With `ended`: bad FCS, or it ended before its UDP payload did.
    pub end_bad: Signal<Out, Bit>,
    /// `frames bad_frame not_ipv4 ip_header fragment not_udp not_subscribed udp_length`.
    pub count: Signal<Out, Bits<8>>,

    // Where we are in the frame.
    in_frame: DFF<Bit>,
    taken: DFF<Bit>,
    place: DFF<Bits<6>>,
    beats: DFF<Bits<14>>,
    starting: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    place_now: Signal<Local, Bits<6>>,
    place_next: Signal<Local, Bits<6>>,
    beats_now: Signal<Local, Bits<14>>,
    beats_next: Signal<Local, Bits<14>>,

    // Stage 1: the beat.
    data_s1: DFF<Bits<64>>,
    keep_s1: DFF<Bits<8>>,
    valid_s1: DFF<Bit>,
    first_s1: DFF<Bit>,
    last_s1: DFF<Bit>,
    user_s1: DFF<Bit>,
    /// Bit `n`: this is beat `n`.
    place_s1: DFF<Bits<6>>,
    beats_s1: DFF<Bits<14>>,
    stamp_s1: DFF<Bits<64>>,
    l0: Signal<Local, Bits<8>>,
    l1: Signal<Local, Bits<8>>,
    l2: Signal<Local, Bits<8>>,
    l3: Signal<Local, Bits<8>>,
    l4: Signal<Local, Bits<8>>,
    l5: Signal<Local, Bits<8>>,
    l6: Signal<Local, Bits<8>>,
    l7: Signal<Local, Bits<8>>,
    /// The beat's 16-bit words, most significant byte first on the wire.
    w0: Signal<Local, Bits<16>>,
    w1: Signal<Local, Bits<16>>,
    w2: Signal<Local, Bits<16>>,
    w3: Signal<Local, Bits<16>>,
    place_1: Signal<Local, Bit>,
    place_2: Signal<Local, Bit>,
    place_3: Signal<Local, Bit>,
    place_4: Signal<Local, Bit>,
    place_5: Signal<Local, Bit>,
    group_high: Signal<Local, Bits<16>>,
    group_low: Signal<Local, Bits<16>>,
    keep_bytes: Signal<Local, Bits<17>>,
    whole_bytes: Signal<Local, Bits<17>>,
    byte_count: Signal<Local, Bits<17>>,

    // Stage 2: the fields and the words of the IPv4 header.
    vlan: DFF<Bit>,
    is_tag: Signal<Local, Bit>,
    is_ipv4: Signal<Local, Bit>,
    type_ok: DFF<Bit>,
    version_ok: DFF<Bit>,
    fragment: DFF<Bit>,
    fragment_bits: Signal<Local, Bits<14>>,
    udp_ok: DFF<Bit>,
    group_high_ok: DFF<Bit>,
    group_low_ok: DFF<Bit>,
    port_ok: DFF<Bit>,
    total_len: DFF<Bits<16>>,
    udp_len: DFF<Bits<16>>,
    in_header: Signal<Local, Bits<4>>,
    words01_s2: DFF<Bits<17>>,
    words23_s2: DFF<Bits<17>>,
    m0: Signal<Local, Bits<17>>,
    m1: Signal<Local, Bits<17>>,
    m2: Signal<Local, Bits<17>>,
    m3: Signal<Local, Bits<17>>,
    valid_s2: DFF<Bit>,
    first_s2: DFF<Bit>,
    last_s2: DFF<Bit>,
    user_s2: DFF<Bit>,
    bytes_s2: DFF<Bits<17>>,

    // Stage 3: checksum and lengths.
    sum_s3: DFF<Bits<20>>,
    sum_start: Signal<Local, Bits<20>>,
    sum_01: Signal<Local, Bits<20>>,
    sum_23: Signal<Local, Bits<20>>,
    udp_end: Signal<Local, Bits<17>>,
    total_wide: Signal<Local, Bits<17>>,
    ip_offset: Signal<Local, Bits<17>>,
    frame_need: Signal<Local, Bits<17>>,
    header_need: Signal<Local, Bits<17>>,
    total_short_s3: DFF<Bit>,
    udp_short_s3: DFF<Bit>,
    udp_long_s3: DFF<Bit>,
    no_header_s3: DFF<Bit>,
    incomplete_s3: DFF<Bit>,
    payload_len_s3: DFF<Bits<16>>,
    last_s3: DFF<Bit>,
    user_s3: DFF<Bit>,

    // Verdict.
    sum_low: Signal<Local, Bits<17>>,
    sum_high: Signal<Local, Bits<17>>,
    folded: Signal<Local, Bits<17>>,
    sum_ok: Signal<Local, Bit>,
    header_bad: Signal<Local, Bit>,
    other_port: Signal<Local, Bit>,
    length_bad: Signal<Local, Bit>,
    headers_good: Signal<Local, Bit>,
    ok: DFF<Bit>,
    end_q: DFF<Bit>,
    end_good_q: DFF<Bit>,
    end_bad_q: DFF<Bit>,
    cause: Signal<Local, Bits<8>>,
    count_q: DFF<Bits<8>>,
}

impl Logic for UdpRx {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            in_frame,
            taken,
            place,
            beats,
            data_s1,
            keep_s1,
            valid_s1,
            first_s1,
            last_s1,
            user_s1,
            place_s1,
            beats_s1,
            stamp_s1,
            vlan,
            type_ok,
            version_ok,
            fragment,
            udp_ok,
            group_high_ok,
            group_low_ok,
            port_ok,
            total_len,
            udp_len,
            words01_s2,
            words23_s2,
            valid_s2,
            first_s2,
            last_s2,
            user_s2,
            bytes_s2,
            sum_s3,
            total_short_s3,
            udp_short_s3,
            udp_long_s3,
            no_header_s3,
            incomplete_s3,
            payload_len_s3,
            last_s3,
            user_s3,
            ok,
            end_q,
            end_good_q,
            end_bad_q,
            count_q
        );

        // Stage 1. A frame that begins while disabled is skipped to its end.
        self.starting.next = !self.in_frame.q.val();
        self.take.next = self.rx_valid.val()
            & ((self.starting.val() & self.cfg_enable.val()) | (self.in_frame.q.val() & self.taken.q.val()));
        self.place_now.next = self.place.q.val();
        self.beats_now.next = self.beats.q.val();
        if self.starting.val() {
            self.place_now.next = 1.into();
            self.beats_now.next = 0.into();
        }
        self.place_next.next = self.place_now.val() << 1;
        self.beats_next.next = self.beats_now.val() + 1;
        if self.rx_valid.val() {
            self.in_frame.d.next = !self.rx_last.val();
            self.taken.d.next = self.take.val();
            self.place.d.next = self.place_next.val();
            // Saturates: the length checks need no more than 65,553 bytes.
            if !self.beats_now.val().get_bits::<13>(1).all() {
                self.beats.d.next = self.beats_next.val();
            }
        }
        self.valid_s1.d.next = self.take.val();
        self.data_s1.d.next = self.rx_data.val();
        self.keep_s1.d.next = self.rx_keep.val();
        self.first_s1.d.next = self.take.val() & self.starting.val();
        self.last_s1.d.next = self.take.val() & self.rx_last.val();
        self.user_s1.d.next = self.rx_user.val();
        self.beats_s1.d.next = self.beats_now.val();
        self.place_s1.d.next = 0.into();
        if self.take.val() {
            self.place_s1.d.next = self.place_now.val();
            if self.starting.val() {
                self.stamp_s1.d.next = self.now.val();
            }
        }

        // Stage 2.
        self.l0.next = self.data_s1.q.val().get_bits::<8>(0);
        self.l1.next = self.data_s1.q.val().get_bits::<8>(8);
        self.l2.next = self.data_s1.q.val().get_bits::<8>(16);
        self.l3.next = self.data_s1.q.val().get_bits::<8>(24);
        self.l4.next = self.data_s1.q.val().get_bits::<8>(32);
        self.l5.next = self.data_s1.q.val().get_bits::<8>(40);
        self.l6.next = self.data_s1.q.val().get_bits::<8>(48);
        self.l7.next = self.data_s1.q.val().get_bits::<8>(56);
        self.w0.next = (bit_cast::<16, 8>(self.l0.val()) << 8) | bit_cast::<16, 8>(self.l1.val());
        self.w1.next = (bit_cast::<16, 8>(self.l2.val()) << 8) | bit_cast::<16, 8>(self.l3.val());
        self.w2.next = (bit_cast::<16, 8>(self.l4.val()) << 8) | bit_cast::<16, 8>(self.l5.val());
        self.w3.next = (bit_cast::<16, 8>(self.l6.val()) << 8) | bit_cast::<16, 8>(self.l7.val());
        self.place_1.next = self.place_s1.q.val().get_bit(1);
        self.place_2.next = self.place_s1.q.val().get_bit(2);
        self.place_3.next = self.place_s1.q.val().get_bit(3);
        self.place_4.next = self.place_s1.q.val().get_bit(4);
        self.place_5.next = self.place_s1.q.val().get_bit(5);
        self.group_high.next = self.cfg_group.val().get_bits::<16>(16);
        self.group_low.next = self.cfg_group.val().get_bits::<16>(0);
        self.is_tag.next = self.w2.val() == 0x8100;
        self.is_ipv4.next = self.w2.val() == 0x0800;
        self.fragment_bits.next = self.w2.val().get_bits::<14>(0);
        if self.place_1.val() {
            self.vlan.d.next = self.is_tag.val();
        }
        if !self.vlan.q.val() {
            if self.place_2.val() {
                self.total_len.d.next = self.w0.val();
                self.fragment.d.next = self.fragment_bits.val().any();
                self.udp_ok.d.next = self.l7.val() == 17;
            }
            if self.place_3.val() {
                self.group_high_ok.d.next = self.w3.val() == self.group_high.val();
            }
            if self.place_4.val() {
                self.group_low_ok.d.next = self.w0.val() == self.group_low.val();
                self.port_ok.d.next = self.w2.val() == self.cfg_port.val();
                self.udp_len.d.next = self.w3.val();
            }
        } else {
            self.fragment_bits.next = self.w0.val().get_bits::<14>(0);
            if self.place_2.val() {
                self.type_ok.d.next = self.w0.val() == 0x0800;
                self.version_ok.d.next = self.l2.val() == 0x45;
                self.total_len.d.next = self.w2.val();
            }
            if self.place_3.val() {
                self.fragment.d.next = self.fragment_bits.val().any();
                self.udp_ok.d.next = self.l3.val() == 17;
            }
            if self.place_4.val() {
                self.group_high_ok.d.next = self.w1.val() == self.group_high.val();
                self.group_low_ok.d.next = self.w2.val() == self.group_low.val();
            }
            if self.place_5.val() {
                self.port_ok.d.next = self.w0.val() == self.cfg_port.val();
                self.udp_len.d.next = self.w1.val();
            }
        }
        // An 802.1Q tag overrides these in the beat behind.
        if self.place_1.val() {
            self.type_ok.d.next = self.is_ipv4.val();
            self.version_ok.d.next = self.l6.val() == 0x45;
        }

        // Which of the beat's words belong to the IPv4 header.
        self.in_header.next = 0.into();
        if self.place_1.val() & !self.is_tag.val() {
            self.in_header.next = 8.into();
        }
        if self.place_2.val() & !self.vlan.q.val() {
            self.in_header.next = 15.into();
        }
        if self.place_2.val() & self.vlan.q.val() {
            self.in_header.next = 14.into();
        }
        if self.place_3.val() {
            self.in_header.next = 15.into();
        }
        if self.place_4.val() & !self.vlan.q.val() {
            self.in_header.next = 1.into();
        }
        if self.place_4.val() & self.vlan.q.val() {
            self.in_header.next = 7.into();
        }
        self.m0.next = 0.into();
        self.m1.next = 0.into();
        self.m2.next = 0.into();
        self.m3.next = 0.into();
        if self.in_header.val().get_bit(0) {
            self.m0.next = bit_cast::<17, 16>(self.w0.val());
        }
        if self.in_header.val().get_bit(1) {
            self.m1.next = bit_cast::<17, 16>(self.w1.val());
        }
        if self.in_header.val().get_bit(2) {
            self.m2.next = bit_cast::<17, 16>(self.w2.val());
        }
        if self.in_header.val().get_bit(3) {
            self.m3.next = bit_cast::<17, 16>(self.w3.val());
        }
        self.words01_s2.d.next = self.m0.val() + self.m1.val();
        self.words23_s2.d.next = self.m2.val() + self.m3.val();

        // Bytes of the frame, should this beat be its last.
        self.keep_bytes.next = 0.into();
        if self.keep_s1.q.val().get_bit(0) {
            self.keep_bytes.next = 1.into();
        }
        if self.keep_s1.q.val().get_bit(1) {
            self.keep_bytes.next = 2.into();
        }
        if self.keep_s1.q.val().get_bit(2) {
            self.keep_bytes.next = 3.into();
        }
        if self.keep_s1.q.val().get_bit(3) {
            self.keep_bytes.next = 4.into();
        }
        if self.keep_s1.q.val().get_bit(4) {
            self.keep_bytes.next = 5.into();
        }
        if self.keep_s1.q.val().get_bit(5) {
            self.keep_bytes.next = 6.into();
        }
        if self.keep_s1.q.val().get_bit(6) {
            self.keep_bytes.next = 7.into();
        }
        if self.keep_s1.q.val().get_bit(7) {
            self.keep_bytes.next = 8.into();
        }
        self.whole_bytes.next = bit_cast::<17, 14>(self.beats_s1.q.val()) << 3;
        self.byte_count.next = self.whole_bytes.val() + self.keep_bytes.val();
        self.bytes_s2.d.next = self.byte_count.val();
        self.valid_s2.d.next = self.valid_s1.q.val();
        self.first_s2.d.next = self.first_s1.q.val();
        self.last_s2.d.next = self.last_s1.q.val();
        self.user_s2.d.next = self.user_s1.q.val();

        // Stage 3.
        self.sum_start.next = self.sum_s3.q.val();
        if self.first_s2.q.val() {
            self.sum_start.next = 0.into();
        }
        self.sum_01.next = self.sum_start.val() + bit_cast::<20, 17>(self.words01_s2.q.val());
        self.sum_23.next = self.sum_01.val() + bit_cast::<20, 17>(self.words23_s2.q.val());
        if self.valid_s2.q.val() {
            self.sum_s3.d.next = self.sum_23.val();
        }
        self.total_wide.next = bit_cast::<17, 16>(self.total_len.q.val());
        self.udp_end.next = bit_cast::<17, 16>(self.udp_len.q.val()) + 20;
        self.ip_offset.next = 14.into();
        self.header_need.next = 42.into();
        if self.vlan.q.val() {
            self.ip_offset.next = 18.into();
            self.header_need.next = 46.into();
        }
        self.frame_need.next = self.total_wide.val() + self.ip_offset.val();
        self.total_short_s3.d.next = self.total_len.q.val() < 20;
        self.udp_short_s3.d.next = self.udp_len.q.val() < 8;
        self.udp_long_s3.d.next = self.udp_end.val() > self.total_wide.val();
        self.no_header_s3.d.next = self.bytes_s2.q.val() < self.header_need.val();
        self.incomplete_s3.d.next = self.bytes_s2.q.val() < self.frame_need.val();
        self.payload_len_s3.d.next = self.udp_len.q.val() - 8;
        self.last_s3.d.next = self.last_s2.q.val();
        self.user_s3.d.next = self.user_s2.q.val();

        // Verdict. One fold is enough: a second carry cannot give 0xffff.
        self.sum_low.next = bit_cast::<17, 16>(self.sum_s3.q.val().get_bits::<16>(0));
        self.sum_high.next = bit_cast::<17, 4>(self.sum_s3.q.val().get_bits::<4>(16));
        self.folded.next = self.sum_low.val() + self.sum_high.val();
        self.sum_ok.next = self.folded.val() == 0xffff;
        self.header_bad.next = !self.version_ok.q.val() | self.total_short_s3.q.val() | !self.sum_ok.val();
        self.other_port.next =
            !self.group_high_ok.q.val() | !self.group_low_ok.q.val() | !self.port_ok.q.val();
        self.length_bad.next = self.udp_short_s3.q.val() | self.udp_long_s3.q.val();
        self.headers_good.next = self.type_ok.q.val()
            & !self.header_bad.val()
            & !self.fragment.q.val()
            & self.udp_ok.q.val()
            & !self.other_port.val()
            & !self.length_bad.val();
        self.ok.d.next = self.headers_good.val();
        self.end_q.d.next = self.last_s3.q.val();
        self.end_good_q.d.next = self.last_s3.q.val()
            & !self.user_s3.q.val()
            & self.headers_good.val()
            & !self.no_header_s3.q.val()
            & !self.incomplete_s3.q.val();
        self.end_bad_q.d.next = self.last_s3.q.val()
            & (self.user_s3.q.val()
                | (self.headers_good.val() & !self.no_header_s3.q.val() & self.incomplete_s3.q.val()));
        self.cause.next = 1.into();
        if self.length_bad.val() | self.incomplete_s3.q.val() {
            self.cause.next = 0x81.into();
        }
        if self.other_port.val() {
            self.cause.next = 0x41.into();
        }
        if !self.udp_ok.q.val() {
            self.cause.next = 0x21.into();
        }
        if self.fragment.q.val() {
            self.cause.next = 0x11.into();
        }
        if self.header_bad.val() {
            self.cause.next = 0x09.into();
        }
        if !self.type_ok.q.val() | self.no_header_s3.q.val() {
            self.cause.next = 0x05.into();
        }
        if self.user_s3.q.val() {
            self.cause.next = 0x02.into();
        }
        self.count_q.d.next = 0.into();
        if self.last_s3.q.val() {
            self.count_q.d.next = self.cause.val();
        }

        self.beat_data.next = self.data_s1.q.val();
        self.beat_keep.next = self.keep_s1.q.val();
        self.beat_valid.next = self.valid_s1.q.val();
        self.beat_first.next = self.first_s1.q.val();
        self.beat_last.next = self.last_s1.q.val();
        self.stamp.next = self.stamp_s1.q.val();
        self.offset.next = 42.into();
        if self.vlan.q.val() {
            self.offset.next = 46.into();
        }
        self.payload_len.next = self.payload_len_s3.q.val();
        self.payload_ok.next = self.ok.q.val();
        self.ended.next = self.end_q.q.val();
        self.end_good.next = self.end_good_q.q.val();
        self.end_bad.next = self.end_bad_q.q.val();
        self.count.next = self.count_q.q.val();

        if self.reset.val() {
            self.in_frame.d.next = false;
            self.taken.d.next = false;
            self.valid_s1.d.next = false;
            self.first_s1.d.next = false;
            self.last_s1.d.next = false;
            self.place_s1.d.next = 0.into();
            self.last_s2.d.next = false;
            self.last_s3.d.next = false;
            self.end_q.d.next = false;
            self.end_good_q.d.next = false;
            self.end_bad_q.d.next = false;
            self.count_q.d.next = 0.into();
        }
    }
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(UdpRx::default())
}
