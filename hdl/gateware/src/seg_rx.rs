//! The order connection's payload, in order, out of the frames of the order side's receive port.
//!
//! ```text
//!  rx ─► s1 ─► s2 ─► s3 ─► s4 ─► pass (frame_rx)
//!        │           │      └─► lanes to take ─► SdpRamFast 2^A × 72 ─► out (ouch_rx)
//!        │           └─► OnesSum × 2 ─► good end: commit ▲
//!        └─► Judge: ours? in order? ─────────────────────┘
//! ```
//!
//! Taken is a segment of the connection with its FCS, both checksums and all of its bytes, that begins at the expected sequence or
//! below it; below, what was taken before is left out. Each byte is given once.
//!
//! **What is not taken, nobody gets.** The host's stack acknowledges what it sees, and what is acknowledged never comes again. So a segment with payload that
//! begins beyond the expected sequence, finds no room, or cannot be read here (SYN with payload, longer than a frame may be, IPv4 with options) leaves
//! by `pass` with `pass_user`: `frame_rx` drops it and the peer sends it again. One whose checksum is wrong passes: the stack
//! drops it itself.
//!
//! Latency: [`DELAY`] cycles to `pass`; 10 from a frame's last beat to its first word at `out` while nothing waits.
//! Back-pressure: none on receive; a word waits for `out_ready`. There is room while [`FRAME_WORDS`] words are free.

pub mod judge;
pub mod lanes_below;
pub mod ones_sum;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{Cat2, Cat4, SdpRamFast};
use judge::{Judge, TOTAL_MAX};
use lanes_below::LanesBelow;
use ones_sum::OnesSum;
use rust_hdl::prelude::*;

/// Cycles from a beat to the same beat at `pass`.
pub const DELAY: usize = 4;
/// Words that have to be free when a segment comes: no frame has more.
pub const FRAME_WORDS: usize = 192;
const _: () = assert!(TOTAL_MAX + 14 <= 8 * FRAME_WORDS as u64, "the longest frame");
/// Address bits of the card's buffer: 16 KiB.
pub const BUFFER_BITS: usize = 11;

/// See the module's text. `2^A` words, `A1 = A + 1`.
#[derive(LogicBlock)]
pub struct SegRx<const A: usize, const A1: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Segments are looked at.
    pub cfg_on: Signal<In, Bit>,
    /// The peer's address and ours, first octet highest; `{its port, ours}`.
    pub cfg_peer: Signal<In, Bits<32>>,
    pub cfg_own: Signal<In, Bits<32>>,
    pub cfg_ports: Signal<In, Bits<32>>,
    /// One cycle: the next byte to take has sequence `ctrl_data`; what is held and under way is forgotten.
    pub do_seq: Signal<In, Bit>,
    pub ctrl_data: Signal<In, Bits<32>>,
    /// Sequence of the next byte to take.
    pub now_seq: Signal<Out, Bits<32>>,
    pub rx_data: Signal<In, Bits<64>>,
    pub rx_keep: Signal<In, Bits<8>>,
    pub rx_valid: Signal<In, Bit>,
    pub rx_last: Signal<In, Bit>,
    pub rx_user: Signal<In, Bit>,
    /// The same stream for `frame_rx`, [`DELAY`] cycles later; `pass_user` also of a frame whose payload is not to be had.
    pub pass_data: Signal<Out, Bits<64>>,
    pub pass_keep: Signal<Out, Bits<8>>,
    pub pass_valid: Signal<Out, Bit>,
    pub pass_last: Signal<Out, Bit>,
    pub pass_user: Signal<Out, Bit>,
    /// Bytes of the connection, as `ouch_rx` takes them.
    pub out_valid: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    pub out_data: Signal<Out, Bits<64>>,
    pub out_keep: Signal<Out, Bits<8>>,
    /// Pulses: `segments_taken segments_repeated segments_refused segments_bad`.
    pub count: Signal<Out, Bits<4>>,
    judge: Judge,
    before_stop: LanesBelow,
    before_first: LanesBelow,
    ip_sum: OnesSum,
    tcp_sum: OnesSum,
    cells: SdpRamFast<Bits<72>, A>,
    entry: Cat2<8, 64, 72>,
    counts: Cat4<1, 1, 1, 1, 4>,
    number: DFF<Bits<9>>,
    valid: [DFF<Bit>; 4],
    data: [DFF<Bits<64>>; 4],
    keep: [DFF<Bits<8>>; 4],
    last: [DFF<Bit>; 4],
    user: [DFF<Bit>; 4],
    at: [DFF<Bits<9>>; 4],
    present: DFF<Bits<8>>,
    covered: DFF<Bit>,
    ip_lanes: DFF<Bits<8>>,
    tcp_lanes: DFF<Bits<8>>,
    /// Lanes to take, with their word.
    wanted: DFF<Bits<8>>,
    word: DFF<Bits<64>>,
    /// A frame's end, with its verdict so far, until its sums are known.
    ends: [DFF<Bit>; 4],
    whole: [DFF<Bit>; 4],
    spoilt: [DFF<Bit>; 4],
    write: DFF<Bits<A1>>,
    base: DFF<Bits<A1>>,
    read: DFF<Bits<A1>>,
    fetched: DFF<Bit>,
    expected: DFF<Bits<32>>,
    number_next: Signal<Local, Bits<9>>,
    more_numbers: Signal<Local, Bits<9>>,
    used: Signal<Local, Bits<A1>>,
    write_at: Signal<Local, Bits<A1>>,
    missing: Signal<Local, Bits<8>>,
    begun: Signal<Local, Bits<8>>,
    headed: Signal<Local, Bit>,
    refused: Signal<Local, Bit>,
    takes_word: Signal<Local, Bit>,
    told: Signal<Local, Bit>,
    sums: Signal<Local, Bit>,
    good: Signal<Local, Bit>,
    keeps: Signal<Local, Bit>,
    fresh: Signal<Local, Bits<17>>,
    read_next: Signal<Local, Bits<A1>>,
    held: Signal<Local, Bits<72>>,
    write_next: Signal<Local, Bits<A1>>,
    one_word: Constant<Bits<9>>,
    last_number: Constant<Bits<9>>,
    word_1: Constant<Bits<9>>,
    word_2: Constant<Bits<9>>,
    word_3: Constant<Bits<9>>,
    word_4: Constant<Bits<9>>,
    word_6: Constant<Bits<9>>,
    all_lanes: Constant<Bits<8>>,
    high_lanes: Constant<Bits<8>>,
    low_lanes: Constant<Bits<8>>,
    address_lanes: Constant<Bits<8>>,
    one: Constant<Bits<A1>>,
    room: Constant<Bits<A1>>,
    ip_good: Constant<Bits<17>>,
    ip_good_carry: Constant<Bits<17>>,
    tcp_good: Constant<Bits<17>>,
    tcp_good_carry: Constant<Bits<17>>,
}

impl<const A: usize, const A1: usize> Default for SegRx<A, A1> {
    fn default() -> Self {
        assert_eq!(A1, A + 1, "SegRx: A1 = A + 1");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            cfg_on: Default::default(),
            cfg_peer: Default::default(),
            cfg_own: Default::default(),
            cfg_ports: Default::default(),
            do_seq: Default::default(),
            ctrl_data: Default::default(),
            now_seq: Default::default(),
            rx_data: Default::default(),
            rx_keep: Default::default(),
            rx_valid: Default::default(),
            rx_last: Default::default(),
            rx_user: Default::default(),
            pass_data: Default::default(),
            pass_keep: Default::default(),
            pass_valid: Default::default(),
            pass_last: Default::default(),
            pass_user: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out_data: Default::default(),
            out_keep: Default::default(),
            count: Default::default(),
            judge: Default::default(),
            before_stop: Default::default(),
            before_first: Default::default(),
            ip_sum: Default::default(),
            tcp_sum: Default::default(),
            cells: Default::default(),
            entry: Default::default(),
            counts: Default::default(),
            number: Default::default(),
            valid: Default::default(),
            data: Default::default(),
            keep: Default::default(),
            last: Default::default(),
            user: Default::default(),
            at: Default::default(),
            present: Default::default(),
            covered: Default::default(),
            ip_lanes: Default::default(),
            tcp_lanes: Default::default(),
            wanted: Default::default(),
            word: Default::default(),
            ends: Default::default(),
            whole: Default::default(),
            spoilt: Default::default(),
            write: Default::default(),
            base: Default::default(),
            read: Default::default(),
            fetched: Default::default(),
            expected: Default::default(),
            number_next: Default::default(),
            more_numbers: Default::default(),
            used: Default::default(),
            write_at: Default::default(),
            missing: Default::default(),
            begun: Default::default(),
            headed: Default::default(),
            refused: Default::default(),
            takes_word: Default::default(),
            told: Default::default(),
            sums: Default::default(),
            good: Default::default(),
            keeps: Default::default(),
            fresh: Default::default(),
            read_next: Default::default(),
            held: Default::default(),
            write_next: Default::default(),
            one_word: Constant::new(1_u64.into()),
            last_number: Constant::new(511_u64.into()),
            word_1: Constant::new(1_u64.into()),
            word_2: Constant::new(2_u64.into()),
            word_3: Constant::new(3_u64.into()),
            word_4: Constant::new(4_u64.into()),
            word_6: Constant::new(6_u64.into()),
            all_lanes: Constant::new(0xff_u64.into()),
            high_lanes: Constant::new(0xc0_u64.into()),
            low_lanes: Constant::new(0x03_u64.into()),
            address_lanes: Constant::new(0xfc_u64.into()),
            one: Constant::new(1_u64.into()),
            room: Constant::new(((1_u64 << A) - FRAME_WORDS as u64).into()),
            ip_good: Constant::new(0xffff_u64.into()),
            ip_good_carry: Constant::new(0x1_fffe_u64.into()),
            tcp_good: Constant::new(0x0e00_u64.into()),
            tcp_good_carry: Constant::new(0x1_0dff_u64.into()),
        }
    }
}

impl<const A: usize, const A1: usize> Logic for SegRx<A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, number, present, covered, ip_lanes, tcp_lanes, wanted, word, write, base, read,
            fetched, expected
        );
        for i in 0..4 {
            self.valid[i].clock.next = self.clock.val();
            self.data[i].clock.next = self.clock.val();
            self.keep[i].clock.next = self.clock.val();
            self.last[i].clock.next = self.clock.val();
            self.user[i].clock.next = self.clock.val();
            self.at[i].clock.next = self.clock.val();
            self.ends[i].clock.next = self.clock.val();
            self.whole[i].clock.next = self.clock.val();
            self.spoilt[i].clock.next = self.clock.val();
        }

        // The beat and its number in the frame, four cycles on.
        self.more_numbers.next = self.number.q.val() + self.one_word.val();
        self.number_next.next = self.more_numbers.val();
        if self.number.q.val() == self.last_number.val() {
            self.number_next.next = self.last_number.val();
        }
        if self.rx_valid.val() {
            self.number.d.next = self.number_next.val();
            if self.rx_last.val() {
                self.number.d.next = 0.into();
            }
        }
        self.valid[0].d.next = self.rx_valid.val();
        self.data[0].d.next = self.rx_data.val();
        self.keep[0].d.next = self.rx_keep.val();
        self.last[0].d.next = self.rx_last.val();
        self.user[0].d.next = self.rx_user.val();
        self.at[0].d.next = self.number.q.val();
        for i in 1..4 {
            self.valid[i].d.next = self.valid[i - 1].q.val();
            self.data[i].d.next = self.data[i - 1].q.val();
            self.keep[i].d.next = self.keep[i - 1].q.val();
            self.last[i].d.next = self.last[i - 1].q.val();
            self.user[i].d.next = self.user[i - 1].q.val();
            self.at[i].d.next = self.at[i - 1].q.val();
        }

        // Headers.
        self.judge.clock.next = self.clock.val();
        self.judge.reset.next = self.reset.val();
        self.judge.on.next = self.cfg_on.val();
        self.judge.peer.next = self.cfg_peer.val();
        self.judge.own.next = self.cfg_own.val();
        self.judge.ports.next = self.cfg_ports.val();
        self.judge.beat.next = self.valid[0].q.val();
        self.judge.at.next = self.at[0].q.val();
        self.judge.data.next = self.data[0].q.val();
        self.judge.expected.next = self.expected.q.val();
        self.judge.restart.next = self.do_seq.val();
        self.used.next = self.write.q.val() - self.read.q.val();
        self.judge.room.next = self.used.val() <= self.room.val();

        // Third cycle: which bytes are of the packet, and whether they are all there.
        self.before_stop.stop.next = self.judge.stop.val();
        self.before_stop.at.next = self.at[2].q.val();
        self.present.d.next = self.before_stop.lanes.val();
        self.missing.next = self.before_stop.lanes.val() & !self.keep[2].q.val();
        self.covered.d.next = !self.missing.val().any() & !self.before_stop.more.val();
        self.ip_lanes.d.next = 0.into();
        self.tcp_lanes.d.next = 0.into();
        if self.valid[2].q.val() {
            if self.at[2].q.val() == self.word_1.val() {
                self.ip_lanes.d.next = self.high_lanes.val();
            }
            if self.at[2].q.val() == self.word_2.val() {
                self.ip_lanes.d.next = self.all_lanes.val();
                // The total length: 20 more than the pseudo header's, and the protocol's 6 is left out, see `tcp_good`.
                self.tcp_lanes.d.next = self.low_lanes.val();
            }
            if self.at[2].q.val() == self.word_3.val() {
                self.ip_lanes.d.next = self.all_lanes.val();
                self.tcp_lanes.d.next = self.address_lanes.val();
            }
            if self.at[2].q.val() == self.word_4.val() {
                self.ip_lanes.d.next = self.low_lanes.val();
            }
            if self.at[2].q.val() >= self.word_4.val() {
                self.tcp_lanes.d.next = self.before_stop.lanes.val();
            }
        }

        // Fourth cycle: to the host, into the sums, lanes to take.
        self.headed.next = self.at[3].q.val() >= self.word_6.val();
        self.refused.next = self.headed.val() & self.judge.refuses.val();
        self.pass_data.next = self.data[3].q.val();
        self.pass_keep.next = self.keep[3].q.val();
        self.pass_valid.next = self.valid[3].q.val();
        self.pass_last.next = self.last[3].q.val();
        self.pass_user.next = self.user[3].q.val() | (self.refused.val() & self.last[3].q.val());
        self.ip_sum.clock.next = self.clock.val();
        self.ip_sum.first.next = self.valid[3].q.val() & !self.at[3].q.val().any();
        self.ip_sum.data.next = self.data[3].q.val();
        self.ip_sum.lanes.next = self.ip_lanes.q.val();
        self.tcp_sum.clock.next = self.clock.val();
        self.tcp_sum.first.next = self.valid[3].q.val() & !self.at[3].q.val().any();
        self.tcp_sum.data.next = self.data[3].q.val();
        self.tcp_sum.lanes.next = self.tcp_lanes.q.val();
        self.before_first.stop.next = self.judge.first.val();
        self.before_first.at.next = self.at[3].q.val();
        self.begun.next = !self.before_first.lanes.val();
        self.takes_word.next = self.valid[3].q.val() & self.headed.val() & self.judge.takes.val();
        self.wanted.d.next = 0.into();
        if self.takes_word.val() {
            self.wanted.d.next = self.present.q.val() & self.begun.val();
        }
        self.word.d.next = self.data[3].q.val();

        // Into the buffer; a frame that is not kept leaves the place it took.
        self.write_at.next = self.write.q.val();
        self.write_next.next = self.write.q.val() + self.one.val();
        self.entry.hi.next = self.wanted.q.val();
        self.entry.lo.next = self.word.q.val();
        self.cells.clock.next = self.clock.val();
        self.cells.write_enable.next = self.wanted.q.val().any();
        self.cells.write_address.next = self.write_at.val().get_bits::<A>(0);
        self.cells.write_data.next = self.entry.y.val();
        if self.wanted.q.val().any() {
            self.write.d.next = self.write_next.val();
        }

        // The end, when the sums are known.
        self.ends[0].d.next = self.valid[3].q.val() & self.last[3].q.val() & self.headed.val();
        self.whole[0].d.next = self.covered.q.val();
        self.spoilt[0].d.next = self.user[3].q.val();
        for i in 1..4 {
            self.ends[i].d.next = self.ends[i - 1].q.val();
            self.whole[i].d.next = self.whole[i - 1].q.val();
            self.spoilt[i].d.next = self.spoilt[i - 1].q.val();
        }
        self.sums.next = ((self.ip_sum.sum.val() == self.ip_good.val())
            | (self.ip_sum.sum.val() == self.ip_good_carry.val()))
            & ((self.tcp_sum.sum.val() == self.tcp_good.val())
                | (self.tcp_sum.sum.val() == self.tcp_good_carry.val()));
        self.told.next = self.ends[3].q.val() & !self.spoilt[3].q.val();
        self.good.next = self.told.val() & self.whole[3].q.val() & self.sums.val();
        self.keeps.next = self.good.val() & self.judge.takes.val();
        self.fresh.next = self.judge.fresh.val();
        if self.ends[3].q.val() {
            self.write.d.next = self.base.q.val();
        }
        if self.keeps.val() {
            self.base.d.next = self.write.q.val();
            self.write.d.next = self.write.q.val();
            self.expected.d.next = self.expected.q.val() + bit_cast::<32, 17>(self.fresh.val());
        }
        self.counts.a.next =
            (self.told.val() & !self.good.val() & (self.judge.takes.val() | self.judge.repeats.val())).into();
        self.counts.b.next = (self.told.val() & self.judge.refuses.val()).into();
        self.counts.c.next = (self.good.val() & self.judge.repeats.val()).into();
        self.counts.d.next = self.keeps.val().into();
        self.count.next = self.counts.y.val();

        // Out of it: only words of frames that were kept by an earlier edge.
        self.read_next.next = self.read.q.val();
        if self.fetched.q.val() & self.out_ready.val() {
            self.read_next.next = self.read.q.val() + self.one.val();
        }
        self.read.d.next = self.read_next.val();
        self.cells.read_address.next = self.read_next.val().get_bits::<A>(0);
        self.fetched.d.next = self.read_next.val() != self.base.q.val();
        self.held.next = self.cells.read_data.val();
        self.out_valid.next = self.fetched.q.val();
        self.out_data.next = self.held.val().get_bits::<64>(0);
        self.out_keep.next = self.held.val().get_bits::<8>(64);
        self.now_seq.next = self.expected.q.val();
        if self.do_seq.val() {
            self.expected.d.next = self.ctrl_data.val();
        }
        if self.do_seq.val() | self.reset.val() {
            self.write.d.next = 0.into();
            self.base.d.next = 0.into();
            self.read.d.next = 0.into();
            self.fetched.d.next = false;
            self.wanted.d.next = 0.into();
        }
        if self.reset.val() {
            self.number.d.next = 0.into();
            self.expected.d.next = 0.into();
            for i in 0..4 {
                self.valid[i].d.next = false;
            }
        }
    }
}

/// The block of a size: the smallest that ever has room, else the card's.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(SegRx::<8, 9>::default()),
        Size::Sim | Size::Alveo => elaborate(SegRx::<BUFFER_BITS, 12>::default()),
    }
}
