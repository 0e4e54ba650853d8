//! The frame template: a shadow bank the host fills word by word, and the one in use.
//!
//! ```text
//!  table_write ─► shadow ─┬─► bytes set here ───────► headers, tcp
//!                         └─► + lengths ─► folded ──► ip_check, l4_base (one of each a message type)
//!                                     table_commit ▲ two cycles later
//! ```
//!
//! Lengths are known for all message types, so the IPv4 checksum is ready before any order.
//!
//! EtherType, version and header length, fragment word, protocol, and of TCP data offset, flags and urgent pointer are `contract::template::forced`,
//! whatever was written: the payload of a frame is always plain new data at the sequence the card gives it.
//!
//! Latency: the commit counts three cycles after `table_commit`. It takes the words written up to two cycles before.
//! Back-pressure: none.

use contract::layout::lsb;
use contract::template::{LAYOUT, MESSAGES, Mode, TCP_HEADERS, UDP_HEADERS, WORDS, forced};
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(LAYOUT, "headers") == 0 && lsb(LAYOUT, "reserved_0") == 432);
    assert!(lsb(LAYOUT, "ip_sum") == 32 * 14 && lsb(LAYOUT, "l4_sum") == 32 * 14 + 16);
    assert!(lsb(LAYOUT, "mode") == 32 * 15 && WORDS == 16);
};

/// Bytes of the Ethernet header.
const ETHERNET: usize = 14;
/// Bytes of the IPv4 header.
const IPV4: usize = 20;

/// IPv4 total length of a frame, by message type (`contract::template::MESSAGES`).
pub const fn total_len(mode: Mode, message: usize) -> usize {
    mode.headers() + mode.prefix() + MESSAGES[message] - ETHERNET
}

/// Length of its UDP datagram or TCP segment.
pub const fn l4_len(mode: Mode, message: usize) -> usize {
    total_len(mode, message) - IPV4
}
const _: () = assert!(UDP_HEADERS == ETHERNET + IPV4 + 8 && MESSAGES.len() == 6);

/// All ones but for word `i`.
fn others(i: usize) -> Constant<Bits<448>> {
    let word: Bits<448> = 0xffff_ffff_u64.into();
    let at: Bits<9> = (32 * i as u64).into();
    Constant::new(!(word << at))
}

/// A vector of header bytes, first byte lowest.
fn bytes_of(byte: impl Fn(usize) -> u8) -> Constant<Bits<432>> {
    let all = (0..TCP_HEADERS).fold(Bits::<432>::default(), |all, at| {
        let value: Bits<432> = u64::from(byte(at)).into();
        let place: Bits<9> = (8 * at as u64).into();
        all | (value << place)
    });
    Constant::new(all)
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Template {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub table_write: Signal<In, Bit>,
    pub table_word: Signal<In, Bits<24>>,
    pub table_data: Signal<In, Bits<32>>,
    pub table_commit: Signal<In, Bit>,
    pub headers: Signal<Out, Bits<432>>,
    pub tcp: Signal<Out, Bit>,
    /// IPv4 header checksum, by message type.
    pub ip_check: [Signal<Out, Bits<16>>; 6],
    /// Sum of addresses, protocol, ports and the length of the pseudo header, by message type.
    pub l4_base: [Signal<Out, Bits<16>>; 6],
    shadow: DFF<Bits<448>>,
    shadow_sums: DFF<Bits<32>>,
    shadow_mode: DFF<Bits<32>>,
    ip_wide: [DFF<Bits<17>>; 6],
    l4_wide: [DFF<Bits<17>>; 6],
    ip_ready: [DFF<Bits<16>>; 6],
    l4_ready: [DFF<Bits<16>>; 6],
    commit_s1: DFF<Bit>,
    commit_s2: DFF<Bit>,
    written: Signal<Local, Bits<432>>,
    plain: Signal<Local, Bits<432>>,
    /// Bits of the table that go out, and what stands where they do not.
    free_udp: Constant<Bits<432>>,
    free_tcp: Constant<Bits<432>>,
    set_udp: Constant<Bits<432>>,
    set_tcp: Constant<Bits<432>>,
    headers_now: DFF<Bits<432>>,
    tcp_now: DFF<Bit>,
    ip_now: [DFF<Bits<16>>; 6],
    l4_now: [DFF<Bits<16>>; 6],
    spread: Signal<Local, Bits<448>>,
    placed: [Signal<Local, Bits<448>>; 14],
    ip_low: Signal<Local, Bits<16>>,
    l4_low: Signal<Local, Bits<16>>,
    is_tcp: Signal<Local, Bit>,
    ip_sum: Signal<Local, Bits<17>>,
    l4_sum: Signal<Local, Bits<17>>,
    total: [Signal<Local, Bits<17>>; 6],
    length: [Signal<Local, Bits<17>>; 6],
    ip_held: [Signal<Local, Bits<17>>; 6],
    l4_held: [Signal<Local, Bits<17>>; 6],
    ip_bare: [Signal<Local, Bits<16>>; 6],
    l4_bare: [Signal<Local, Bits<16>>; 6],
    ip_folded: [Signal<Local, Bits<16>>; 6],
    l4_folded: [Signal<Local, Bits<16>>; 6],
    one: Constant<Bits<16>>,
    index: [Constant<Bits<24>>; 16],
    place: [Constant<Bits<9>>; 14],
    /// All bits but those of a word.
    others: [Constant<Bits<448>>; 14],
    total_udp: [Constant<Bits<17>>; 6],
    total_tcp: [Constant<Bits<17>>; 6],
    length_udp: [Constant<Bits<17>>; 6],
    length_tcp: [Constant<Bits<17>>; 6],
}

impl Default for Template {
    fn default() -> Self {
        let lengths = |of: fn(Mode, usize) -> usize, mode| {
            std::array::from_fn(|message| Constant::new((of(mode, message) as u64).into()))
        };
        Self {
            clock: Default::default(),
            reset: Default::default(),
            table_write: Default::default(),
            table_word: Default::default(),
            table_data: Default::default(),
            table_commit: Default::default(),
            headers: Default::default(),
            tcp: Default::default(),
            ip_check: Default::default(),
            l4_base: Default::default(),
            shadow: Default::default(),
            shadow_sums: Default::default(),
            shadow_mode: Default::default(),
            ip_wide: Default::default(),
            l4_wide: Default::default(),
            ip_ready: Default::default(),
            l4_ready: Default::default(),
            commit_s1: Default::default(),
            commit_s2: Default::default(),
            written: Default::default(),
            plain: Default::default(),
            free_udp: bytes_of(|at| forced(Mode::Udp, at).map_or(0xff, |_| 0)),
            free_tcp: bytes_of(|at| forced(Mode::Tcp, at).map_or(0xff, |_| 0)),
            set_udp: bytes_of(|at| forced(Mode::Udp, at).unwrap_or(0)),
            set_tcp: bytes_of(|at| forced(Mode::Tcp, at).unwrap_or(0)),
            headers_now: Default::default(),
            tcp_now: Default::default(),
            ip_now: Default::default(),
            l4_now: Default::default(),
            spread: Default::default(),
            placed: Default::default(),
            ip_low: Default::default(),
            l4_low: Default::default(),
            is_tcp: Default::default(),
            ip_sum: Default::default(),
            l4_sum: Default::default(),
            total: Default::default(),
            length: Default::default(),
            ip_held: Default::default(),
            l4_held: Default::default(),
            ip_bare: Default::default(),
            l4_bare: Default::default(),
            ip_folded: Default::default(),
            l4_folded: Default::default(),
            one: Constant::new(1_u64.into()),
            index: std::array::from_fn(|i| Constant::new((i as u64).into())),
            place: std::array::from_fn(|i| Constant::new((32 * i as u64).into())),
            others: std::array::from_fn(others),
            total_udp: lengths(total_len, Mode::Udp),
            total_tcp: lengths(total_len, Mode::Tcp),
            length_udp: lengths(l4_len, Mode::Udp),
            length_tcp: lengths(l4_len, Mode::Tcp),
        }
    }
}

impl Logic for Template {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            shadow,
            shadow_sums,
            shadow_mode,
            commit_s1,
            commit_s2,
            headers_now,
            tcp_now
        );
        self.spread.next = bit_cast::<448, 32>(self.table_data.val());
        for i in 0..14 {
            self.placed[i].next = self.spread.val() << self.place[i].val();
            if self.table_write.val() & (self.table_word.val() == self.index[i].val()) {
                self.shadow.d.next = (self.shadow.q.val() & self.others[i].val()) | self.placed[i].val();
            }
        }
        if self.table_write.val() & (self.table_word.val() == self.index[14].val()) {
            self.shadow_sums.d.next = self.table_data.val();
        }
        if self.table_write.val() & (self.table_word.val() == self.index[15].val()) {
            self.shadow_mode.d.next = self.table_data.val();
        }
        self.is_tcp.next = self.shadow_mode.q.val().get_bit(0);
        self.ip_low.next = self.shadow_sums.q.val().get_bits::<16>(0);
        self.l4_low.next = self.shadow_sums.q.val().get_bits::<16>(16);
        self.ip_sum.next = bit_cast::<17, 16>(self.ip_low.val());
        self.l4_sum.next = bit_cast::<17, 16>(self.l4_low.val());
        self.commit_s1.d.next = self.table_commit.val();
        self.commit_s2.d.next = self.commit_s1.q.val();
        self.headers.next = self.headers_now.q.val();
        self.tcp.next = self.tcp_now.q.val();
        self.written.next = self.shadow.q.val().get_bits::<432>(0);
        self.plain.next = (self.written.val() & self.free_udp.val()) | self.set_udp.val();
        if self.is_tcp.val() {
            self.plain.next = (self.written.val() & self.free_tcp.val()) | self.set_tcp.val();
        }
        if self.commit_s2.q.val() {
            self.headers_now.d.next = self.plain.val();
            self.tcp_now.d.next = self.is_tcp.val();
        }
        for i in 0..6 {
            self.ip_wide[i].clock.next = self.clock.val();
            self.l4_wide[i].clock.next = self.clock.val();
            self.ip_ready[i].clock.next = self.clock.val();
            self.l4_ready[i].clock.next = self.clock.val();
            self.ip_now[i].clock.next = self.clock.val();
            self.l4_now[i].clock.next = self.clock.val();
            self.total[i].next = self.total_udp[i].val();
            self.length[i].next = self.length_udp[i].val();
            if self.is_tcp.val() {
                self.total[i].next = self.total_tcp[i].val();
                self.length[i].next = self.length_tcp[i].val();
            }
            self.ip_wide[i].d.next = self.ip_sum.val() + self.total[i].val();
            self.l4_wide[i].d.next = self.l4_sum.val() + self.length[i].val();
            // The carry comes round; a second one cannot follow.
            self.ip_held[i].next = self.ip_wide[i].q.val();
            self.l4_held[i].next = self.l4_wide[i].q.val();
            self.ip_bare[i].next = self.ip_held[i].val().get_bits::<16>(0);
            self.l4_bare[i].next = self.l4_held[i].val().get_bits::<16>(0);
            self.ip_folded[i].next = self.ip_bare[i].val();
            self.l4_folded[i].next = self.l4_bare[i].val();
            if self.ip_held[i].val().get_bit(16) {
                self.ip_folded[i].next = self.ip_bare[i].val() + self.one.val();
            }
            if self.l4_held[i].val().get_bit(16) {
                self.l4_folded[i].next = self.l4_bare[i].val() + self.one.val();
            }
            self.ip_ready[i].d.next = !self.ip_folded[i].val();
            self.l4_ready[i].d.next = self.l4_folded[i].val();
            self.ip_now[i].d.next = self.ip_now[i].q.val();
            self.l4_now[i].d.next = self.l4_now[i].q.val();
            if self.commit_s2.q.val() {
                self.ip_now[i].d.next = self.ip_ready[i].q.val();
                self.l4_now[i].d.next = self.l4_ready[i].q.val();
            }
            self.ip_check[i].next = self.ip_now[i].q.val();
            self.l4_base[i].next = self.l4_now[i].q.val();
        }
        if self.reset.val() {
            self.commit_s1.d.next = false;
            self.commit_s2.d.next = false;
        }
    }
}
