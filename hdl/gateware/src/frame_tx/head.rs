//! What a frame says of itself before its TCP payload: Ethernet, IPv4 without options, TCP.
//!
//! ```text
//!  words 1 to 5 of a frame ─► fields, a register each
//! ```
//!
//! A field has the value of the last word seen of its number, so it is that of the frame under way from the cycle behind that word on.
//!
//! Latency: 1. Back-pressure: none.

use crate::prim::{ByteSwap, Cat2, Cat4};
use rust_hdl::prelude::*;

/// EtherTypes as they lie in a word, first byte lowest.
const IPV4: u64 = 0x0008;
const ARP: u64 = 0x0608;
/// Version 4, five words of header.
const VERSION: u64 = 0x45;
const TCP: u64 = 6;
/// Everything of the fragment word but "do not fragment", first byte lowest.
const FRAGMENT: u64 = 0xffbf;
/// The last word looked at.
const WORDS: usize = 6;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Head {
    pub clock: Signal<In, Clock>,
    /// One cycle: word `at` of a frame is `data`, its first byte lowest. Numbers above 14 come as 15.
    pub beat: Signal<In, Bit>,
    pub at: Signal<In, Bits<4>>,
    pub data: Signal<In, Bits<64>>,
    pub arp: Signal<Out, Bit>,
    /// IPv4 without options.
    pub ipv4: Signal<Out, Bit>,
    /// TCP, no fragment.
    pub tcp: Signal<Out, Bit>,
    /// Total length of the packet, bytes.
    pub total: Signal<Out, Bits<16>>,
    /// `{ports, destination, source}` as on the wire, first byte lowest; the source port is the lower one.
    pub ends: Signal<Out, Bits<96>>,
    pub seq: Signal<Out, Bits<32>>,
    pub ack: Signal<Out, Bits<32>>,
    /// Data offset in words (4 bits, highest), reserved bits and ECN (6), URG ACK PSH RST SYN FIN.
    pub control: Signal<Out, Bits<16>>,
    first: ByteSwap<16>,
    last: ByteSwap<16>,
    middle: ByteSwap<32>,
    seq_whole: Cat2<16, 16, 32>,
    ends_whole: Cat4<32, 16, 16, 32, 96>,
    is_arp: DFF<Bit>,
    is_ipv4: DFF<Bit>,
    is_tcp: DFF<Bit>,
    total_q: DFF<Bits<16>>,
    source: DFF<Bits<32>>,
    destination_high: DFF<Bits<16>>,
    destination_low: DFF<Bits<16>>,
    ports: DFF<Bits<32>>,
    seq_high: DFF<Bits<16>>,
    seq_low: DFF<Bits<16>>,
    ack_q: DFF<Bits<32>>,
    control_q: DFF<Bits<16>>,
    ethertype: Signal<Local, Bits<16>>,
    version: Signal<Local, Bits<8>>,
    fragment: Signal<Local, Bits<16>>,
    protocol: Signal<Local, Bits<8>>,
    is: [Signal<Local, Bit>; WORDS],
    numbers: [Constant<Bits<4>>; WORDS],
    ipv4_type: Constant<Bits<16>>,
    arp_type: Constant<Bits<16>>,
    plain: Constant<Bits<8>>,
    tcp_protocol: Constant<Bits<8>>,
    fragment_mask: Constant<Bits<16>>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            beat: Default::default(),
            at: Default::default(),
            data: Default::default(),
            arp: Default::default(),
            ipv4: Default::default(),
            tcp: Default::default(),
            total: Default::default(),
            ends: Default::default(),
            seq: Default::default(),
            ack: Default::default(),
            control: Default::default(),
            first: Default::default(),
            last: Default::default(),
            middle: Default::default(),
            seq_whole: Default::default(),
            ends_whole: Default::default(),
            is_arp: Default::default(),
            is_ipv4: Default::default(),
            is_tcp: Default::default(),
            total_q: Default::default(),
            source: Default::default(),
            destination_high: Default::default(),
            destination_low: Default::default(),
            ports: Default::default(),
            seq_high: Default::default(),
            seq_low: Default::default(),
            ack_q: Default::default(),
            control_q: Default::default(),
            ethertype: Default::default(),
            version: Default::default(),
            fragment: Default::default(),
            protocol: Default::default(),
            is: Default::default(),
            numbers: std::array::from_fn(|i| Constant::new((i as u64).into())),
            ipv4_type: Constant::new(IPV4.into()),
            arp_type: Constant::new(ARP.into()),
            plain: Constant::new(VERSION.into()),
            tcp_protocol: Constant::new(TCP.into()),
            fragment_mask: Constant::new(FRAGMENT.into()),
        }
    }
}

impl Logic for Head {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            is_arp,
            is_ipv4,
            is_tcp,
            total_q,
            source,
            destination_high,
            destination_low,
            ports,
            seq_high,
            seq_low,
            ack_q,
            control_q
        );
        for i in 0..6 {
            self.is[i].next = self.beat.val() & (self.at.val() == self.numbers[i].val());
        }
        self.first.x.next = self.data.val().get_bits::<16>(0);
        self.middle.x.next = self.data.val().get_bits::<32>(16);
        self.last.x.next = self.data.val().get_bits::<16>(48);
        self.ethertype.next = self.data.val().get_bits::<16>(32);
        self.version.next = self.data.val().get_bits::<8>(48);
        self.fragment.next = self.data.val().get_bits::<16>(32);
        self.protocol.next = self.data.val().get_bits::<8>(56);
        if self.is[1].val() {
            self.is_arp.d.next = self.ethertype.val() == self.arp_type.val();
            self.is_ipv4.d.next =
                (self.ethertype.val() == self.ipv4_type.val()) & (self.version.val() == self.plain.val());
        }
        if self.is[2].val() {
            self.total_q.d.next = self.first.y.val();
            self.is_tcp.d.next = (self.protocol.val() == self.tcp_protocol.val())
                & !(self.fragment.val() & self.fragment_mask.val()).any();
        }
        if self.is[3].val() {
            self.source.d.next = self.data.val().get_bits::<32>(16);
            self.destination_high.d.next = self.data.val().get_bits::<16>(48);
        }
        if self.is[4].val() {
            self.destination_low.d.next = self.data.val().get_bits::<16>(0);
            self.ports.d.next = self.data.val().get_bits::<32>(16);
            self.seq_high.d.next = self.last.y.val();
        }
        if self.is[5].val() {
            self.seq_low.d.next = self.first.y.val();
            self.ack_q.d.next = self.middle.y.val();
            self.control_q.d.next = self.last.y.val();
        }
        self.seq_whole.hi.next = self.seq_high.q.val();
        self.seq_whole.lo.next = self.seq_low.q.val();
        self.ends_whole.a.next = self.ports.q.val();
        self.ends_whole.b.next = self.destination_low.q.val();
        self.ends_whole.c.next = self.destination_high.q.val();
        self.ends_whole.d.next = self.source.q.val();
        self.arp.next = self.is_arp.q.val();
        self.ipv4.next = self.is_ipv4.q.val();
        self.tcp.next = self.is_tcp.q.val();
        self.total.next = self.total_q.q.val();
        self.ends.next = self.ends_whole.y.val();
        self.seq.next = self.seq_whole.y.val();
        self.ack.next = self.ack_q.q.val();
        self.control.next = self.control_q.q.val();
    }
}
