//! Nothing the peer's TCP window has no room for: next + length <= ack + window, all modulo 2^32.
//!
//! What is on its way, next - ack, and what may be, window - length, are taken apart in cycle 0 and compared in cycle 1. An acknowledgement of what was
//! not sent yet makes the first one huge: it fails closed. With orders over UDP there is no window.
//!
//! Every frame with new payload counts: an order, a cancel, a raw payload. The transmitter has ended the last frame when a request is taken, so
//! that its sequence is the next one.
//!
//! Latency: asked in cycle 0, known in cycle 1. Back-pressure: none.

use crate::types::OrderRequest;
use contract::slot::Kind;
use contract::template::{ENTER_BYTES, MESSAGES, SOUP_BYTES};
use rust_hdl::prelude::*;

/// Kinds whose payload has not the length of an Enter Order.
const SHORT: [Kind; 7] = [
    Kind::Cancel,
    Kind::Replace,
    Kind::Modify,
    Kind::MassCancel,
    Kind::DisableEntry,
    Kind::EnableEntry,
    Kind::Watchdog,
];

/// Bytes of the message of a kind.
fn bytes(kind: Kind) -> usize {
    kind.message().map_or(ENTER_BYTES, |message| MESSAGES[message])
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Window {
    pub clock: Signal<In, Clock>,
    pub take: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    /// Orders go over TCP; sequence of the next payload byte, acknowledgement and window of the peer.
    pub tcp: Signal<In, Bit>,
    pub seq: Signal<In, Bits<32>>,
    pub ack: Signal<In, Bits<32>>,
    pub window: Signal<In, Bits<32>>,
    /// Cycle 1: there is no room.
    pub full: Signal<Out, Bit>,
    /// Bytes on their way, and the window, from cycle 1 on.
    pub flight: Signal<Out, Bits<32>>,
    pub limit: Signal<Out, Bits<32>>,
    tcp_s1: DFF<Bit>,
    flight_s1: DFF<Bits<32>>,
    /// A borrow in the top bit: the window is smaller than the payload.
    room_s1: DFF<Bits<33>>,
    window_is: DFF<Bits<32>>,
    len: Signal<Local, Bits<33>>,
    names: Signal<Local, Bits<32>>,
    raw_len: Signal<Local, Bits<4>>,
    room: Signal<Local, Bits<32>>,
    enter_len: Constant<Bits<33>>,
    short_lens: [Constant<Bits<33>>; 7],
    short_kinds: [Constant<Bits<8>>; 7],
    raw_kind: Constant<Bits<8>>,
}

impl Default for Window {
    fn default() -> Self {
        let len = |bytes: usize| Constant::new(((SOUP_BYTES + bytes) as u64).into());
        Self {
            clock: Default::default(),
            take: Default::default(),
            request: Default::default(),
            tcp: Default::default(),
            seq: Default::default(),
            ack: Default::default(),
            window: Default::default(),
            full: Default::default(),
            flight: Default::default(),
            limit: Default::default(),
            tcp_s1: Default::default(),
            flight_s1: Default::default(),
            room_s1: Default::default(),
            window_is: Default::default(),
            len: Default::default(),
            names: Default::default(),
            raw_len: Default::default(),
            room: Default::default(),
            enter_len: len(ENTER_BYTES),
            short_lens: SHORT.map(|kind| len(bytes(kind))),
            short_kinds: SHORT.map(|kind| Constant::new((kind as u64).into())),
            raw_kind: Constant::new((Kind::Raw as u64).into()),
        }
    }
}

impl Logic for Window {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, tcp_s1, flight_s1, room_s1, window_is);
        // Cycle 0.
        self.names.next = self.request.val().target_ref;
        self.raw_len.next = self.names.val().get_bits::<4>(0);
        self.len.next = self.enter_len.val();
        for i in 0..7 {
            if self.request.val().kind == self.short_kinds[i].val() {
                self.len.next = self.short_lens[i].val();
            }
        }
        if self.request.val().kind == self.raw_kind.val() {
            self.len.next = bit_cast::<33, 4>(self.raw_len.val());
        }
        if self.take.val() {
            self.tcp_s1.d.next = self.tcp.val();
            self.flight_s1.d.next = self.seq.val() - self.ack.val();
            self.room_s1.d.next = bit_cast::<33, 32>(self.window.val()) - self.len.val();
            self.window_is.d.next = self.window.val();
        }

        // Cycle 1.
        self.room.next = self.room_s1.q.val().get_bits::<32>(0);
        self.full.next = self.tcp_s1.q.val()
            & (self.room_s1.q.val().get_bit(32) | (self.flight_s1.q.val() > self.room.val()));
        self.flight.next = self.flight_s1.q.val();
        self.limit.next = self.window_is.q.val();
    }
}
