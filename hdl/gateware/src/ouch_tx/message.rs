//! What depends on the kind of a request: its message, and of the frame around it the length, the sums and the end.
//!
//! Latency: combinational. Back-pressure: none.

use super::{BEAT, last_beat, last_keep};
use contract::slot::Kind;
use contract::template::{FRAME_MIN, MESSAGES, Mode, SOUP_BYTES};
use rust_hdl::prelude::*;

/// Kinds that make another message than an Enter Order.
const KINDS: [Kind; 7] = [
    Kind::Cancel,
    Kind::Replace,
    Kind::Modify,
    Kind::MassCancel,
    Kind::DisableEntry,
    Kind::EnableEntry,
    Kind::Watchdog,
];
const _: () = assert!(MESSAGES.len() == 6 && BEAT == 8);

/// Index of a kind's message.
fn message(kind: Kind) -> u64 {
    kind.message().map_or(0, |message| message as u64)
}

/// Bytes of a frame, padding included, by message type.
const fn frame_len(mode: Mode, message: usize) -> usize {
    let len = mode.headers() + mode.prefix() + MESSAGES[message];
    if len < FRAME_MIN { FRAME_MIN } else { len }
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Message {
    pub kind: Signal<In, Bits<8>>,
    pub tcp: Signal<In, Bit>,
    // Of the template, by message type.
    pub ip_checks: [Signal<In, Bits<16>>; 6],
    pub l4_bases: [Signal<In, Bits<16>>; 6],
    /// Index of `contract::template::MESSAGES`.
    pub index: Signal<Out, Bits<3>>,
    /// Enable Order Entry, which has the index of Disable.
    pub enables: Signal<Out, Bit>,
    /// One's complement sums of its frame.
    pub ip_check: Signal<Out, Bits<16>>,
    pub l4_base: Signal<Out, Bits<16>>,
    /// Bytes of TCP payload.
    pub payload: Signal<Out, Bits<32>>,
    /// Last beat, and its bytes.
    pub stop: Signal<Out, Bits<4>>,
    pub stop_keep: Signal<Out, Bits<8>>,
    chosen: Signal<Local, Bits<3>>,
    kinds: [Constant<Bits<8>>; 7],
    messages: [Constant<Bits<3>>; 7],
    numbers: [Constant<Bits<3>>; 6],
    payloads: [Constant<Bits<32>>; 6],
    stop_udp: [Constant<Bits<4>>; 6],
    stop_tcp: [Constant<Bits<4>>; 6],
    keep_udp: [Constant<Bits<8>>; 6],
    keep_tcp: [Constant<Bits<8>>; 6],
    enable_kind: Constant<Bits<8>>,
}

impl Default for Message {
    fn default() -> Self {
        let stop = |mode| std::array::from_fn(|i| Constant::new(last_beat(frame_len(mode, i)).into()));
        let keep = |mode| std::array::from_fn(|i| Constant::new(last_keep(frame_len(mode, i)).into()));
        Self {
            kind: Default::default(),
            tcp: Default::default(),
            ip_checks: Default::default(),
            l4_bases: Default::default(),
            index: Default::default(),
            enables: Default::default(),
            ip_check: Default::default(),
            l4_base: Default::default(),
            payload: Default::default(),
            stop: Default::default(),
            stop_keep: Default::default(),
            chosen: Default::default(),
            kinds: KINDS.map(|kind| Constant::new((kind as u64).into())),
            messages: KINDS.map(|kind| Constant::new(message(kind).into())),
            numbers: std::array::from_fn(|i| Constant::new((i as u64).into())),
            payloads: MESSAGES.map(|bytes| Constant::new(((bytes + SOUP_BYTES) as u64).into())),
            stop_udp: stop(Mode::Udp),
            stop_tcp: stop(Mode::Tcp),
            keep_udp: keep(Mode::Udp),
            keep_tcp: keep(Mode::Tcp),
            enable_kind: Constant::new((Kind::EnableEntry as u64).into()),
        }
    }
}

impl Logic for Message {
    #[hdl_gen]
    fn update(&mut self) {
        self.enables.next = self.kind.val() == self.enable_kind.val();
        self.chosen.next = 0.into();
        for i in 0..7 {
            if self.kind.val() == self.kinds[i].val() {
                self.chosen.next = self.messages[i].val();
            }
        }
        self.index.next = self.chosen.val();
        self.ip_check.next = self.ip_checks[0].val();
        self.l4_base.next = self.l4_bases[0].val();
        self.payload.next = self.payloads[0].val();
        self.stop.next = self.stop_udp[0].val();
        self.stop_keep.next = self.keep_udp[0].val();
        for i in 0..6 {
            if self.chosen.val() == self.numbers[i].val() {
                self.ip_check.next = self.ip_checks[i].val();
                self.l4_base.next = self.l4_bases[i].val();
                self.payload.next = self.payloads[i].val();
                self.stop.next = self.stop_udp[i].val();
                self.stop_keep.next = self.keep_udp[i].val();
                if self.tcp.val() {
                    self.stop.next = self.stop_tcp[i].val();
                    self.stop_keep.next = self.keep_tcp[i].val();
                }
            }
        }
    }
}
