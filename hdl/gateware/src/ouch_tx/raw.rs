//! What depends on the length of a raw payload: the frame's end, and its IPv4 checksum by way of that of a Cancel Order.
//!
//! ```text
//!  len ─┬─► stop, stop_keep
//!       └─► delta ─┬──────────────────────────────────────► delta
//!  cancel_check ───┴─► held ─► sum ─► carry round, inverted ─► check
//!                 grant ▲
//! ```
//!
//! Latency: `check` from the third cycle after `grant` on; the others are combinational. Back-pressure: none.

use super::{BEAT, last_beat, last_keep};
use crate::prim::Cat2;
use contract::slot::RAW_MAX;
use contract::template::{CANCEL_BYTES, FRAME_MIN, Mode, SOUP_BYTES};
use rust_hdl::prelude::*;

/// Least bytes of a raw payload: a packet's length and its type.
const LEAST: usize = SOUP_BYTES;
const _: () = assert!(RAW_MAX + 1 - LEAST == 12, "lengths in the tables below");
const _: () = assert!(frame_len(Mode::Udp, RAW_MAX) == FRAME_MIN && BEAT == 8);

/// Bytes of a raw payload that a Cancel Order has not: a number in one's complement.
const fn delta(mode: Mode, len: usize) -> u64 {
    let cancel = mode.prefix() + CANCEL_BYTES;
    if len < cancel {
        0xffff - (cancel - len) as u64
    } else {
        (len - cancel) as u64
    }
}

/// Bytes of a frame with a raw payload.
const fn frame_len(mode: Mode, len: usize) -> usize {
    let len = mode.headers() + len;
    if len < FRAME_MIN { FRAME_MIN } else { len }
}

/// A table by length, from the least on.
fn table<const W: usize>(of: impl Fn(usize) -> u64) -> [Constant<Bits<W>>; 12] {
    std::array::from_fn(|i| Constant::new(of(LEAST + i).into()))
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Raw {
    pub clock: Signal<In, Clock>,
    pub grant: Signal<In, Bit>,
    /// Bytes of the payload.
    pub len: Signal<In, Bits<4>>,
    pub tcp: Signal<In, Bit>,
    /// IPv4 header checksum of a Cancel Order.
    pub cancel_check: Signal<In, Bits<16>>,
    /// How much longer than a Cancel Order it is, one's complement.
    pub delta: Signal<Out, Bits<16>>,
    /// Last beat, and its bytes.
    pub stop: Signal<Out, Bits<4>>,
    pub stop_keep: Signal<Out, Bits<8>>,
    /// IPv4 header checksum, first byte lowest.
    pub check: Signal<Out, Bits<16>>,
    sum: DFF<Bits<16>>,
    more: DFF<Bits<16>>,
    wide: DFF<Bits<17>>,
    ready: DFF<Bits<16>>,
    octets: Cat2<8, 8, 16>,
    difference: Signal<Local, Bits<16>>,
    held: Signal<Local, Bits<17>>,
    bare: Signal<Local, Bits<16>>,
    folded: Signal<Local, Bits<16>>,
    lens: [Constant<Bits<4>>; 12],
    deltas_udp: [Constant<Bits<16>>; 12],
    deltas_tcp: [Constant<Bits<16>>; 12],
    stops: [Constant<Bits<4>>; 12],
    keeps: [Constant<Bits<8>>; 12],
    stop_udp: Constant<Bits<4>>,
    keep_udp: Constant<Bits<8>>,
    one: Constant<Bits<16>>,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            grant: Default::default(),
            len: Default::default(),
            tcp: Default::default(),
            cancel_check: Default::default(),
            delta: Default::default(),
            stop: Default::default(),
            stop_keep: Default::default(),
            check: Default::default(),
            sum: Default::default(),
            more: Default::default(),
            wide: Default::default(),
            ready: Default::default(),
            octets: Default::default(),
            difference: Default::default(),
            held: Default::default(),
            bare: Default::default(),
            folded: Default::default(),
            lens: table(|len| len as u64),
            deltas_udp: table(|len| delta(Mode::Udp, len)),
            deltas_tcp: table(|len| delta(Mode::Tcp, len)),
            stops: table(|len| last_beat(frame_len(Mode::Tcp, len))),
            keeps: table(|len| last_keep(frame_len(Mode::Tcp, len))),
            stop_udp: Constant::new(last_beat(FRAME_MIN).into()),
            keep_udp: Constant::new(last_keep(FRAME_MIN).into()),
            one: Constant::new(1_u64.into()),
        }
    }
}

impl Logic for Raw {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, sum, more, wide, ready);
        self.difference.next = self.one.val();
        self.stop.next = self.stop_udp.val();
        self.stop_keep.next = self.keep_udp.val();
        for i in 0..12 {
            if self.len.val() == self.lens[i].val() {
                self.difference.next = self.deltas_udp[i].val();
                if self.tcp.val() {
                    self.difference.next = self.deltas_tcp[i].val();
                    self.stop.next = self.stops[i].val();
                    self.stop_keep.next = self.keeps[i].val();
                }
            }
        }
        self.delta.next = self.difference.val();
        if self.grant.val() {
            self.sum.d.next = !self.cancel_check.val();
            self.more.d.next = self.difference.val();
        }
        self.wide.d.next = bit_cast::<17, 16>(self.sum.q.val()) + bit_cast::<17, 16>(self.more.q.val());
        self.held.next = self.wide.q.val();
        self.bare.next = self.held.val().get_bits::<16>(0);
        self.folded.next = self.bare.val();
        if self.held.val().get_bit(16) {
            self.folded.next = self.bare.val() + self.one.val();
        }
        self.ready.d.next = !self.folded.val();
        self.octets.hi.next = self.ready.q.val().get_bits::<8>(0);
        self.octets.lo.next = self.ready.q.val().get_bits::<8>(8);
        self.check.next = self.octets.y.val();
    }
}
