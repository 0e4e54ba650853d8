//! Cuts MoldUDP64 packets into aligned messages, each as soon as its last needed byte has arrived.
//!
//! ```text
//!            ┌─ walker: where the next message starts, its length, does it fit ─► open, fire_position
//! beat_* ──┬─┴► prev ─┐                                                               │
//!          └──────────┴─► aligner (two 8:1 byte rotations) ─► body word n−1, n ──► msg, valid
//!
//!    beat n     type byte at lane `lane`; length from the two bytes in front of it
//!    cycle after  fits the payload? within the count?  (a message fires here at the earliest)
//!    beat m ≥ n+1  last needed byte: `valid` in the next cycle
//! ```
//!
//! Latency: 1 cycle from the beat with the last needed byte (D 18, E X 22, C 31, U 34, A F 35, others the last one or 49)
//! to `valid`. `seq_ahead` shows, a cycle earlier, the sequence of the message that may become valid next.
//! Frame pulses (`frame_end` and its companions) come four cycles after the last beat, behind its messages.
//! Back-pressure: none; at most one message a beat, because no block is shorter than 14 bytes.
//!
//! The first message's type byte lies in beat 8 with and without 802.1Q tag; until then the header is collected. Body
//! bytes are written as they arrive into the word they belong to, so `body` holds older bytes behind the needed ones.

mod update;

use crate::emit::{Elaborated, Size, elaborate};
use crate::types::RawMsg;
use rust_hdl::prelude::*;

/// MoldUDP64 receiver of a line; see the module's text.
#[derive(LogicBlock, Default)]
pub struct MoldRx {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    // From `udp_rx`.
    pub beat_data: Signal<In, Bits<64>>,
    pub beat_keep: Signal<In, Bits<8>>,
    pub beat_valid: Signal<In, Bit>,
    pub beat_first: Signal<In, Bit>,
    pub beat_last: Signal<In, Bit>,
    pub stamp: Signal<In, Bits<64>>,
    pub offset: Signal<In, Bits<6>>,
    pub payload_len: Signal<In, Bits<16>>,
    pub payload_ok: Signal<In, Bit>,
    pub ended: Signal<In, Bit>,
    pub end_good: Signal<In, Bit>,
    pub end_bad: Signal<In, Bit>,
    // From `line_merge`.
    /// Session accepted, first byte lowest.
    pub session: Signal<In, Bits<80>>,
    pub session_locked: Signal<In, Bit>,
    /// The next session seen will be accepted.
    pub session_auto: Signal<In, Bit>,
    // To `line_merge`.
    pub valid: Signal<Out, Bit>,
    pub msg: Signal<Out, RawMsg>,
    /// Sequence of the message that is `valid` in the next cycle, if one is.
    pub seq_ahead: Signal<Out, Bits<64>>,
    /// Pulse at the first message's type byte: the header is complete, its checks have passed, its
    /// session is the accepted one or will be.
    pub header: Signal<Out, Bit>,
    /// Session of the packet, first byte lowest; with `header` and with the frame pulses.
    pub header_session: Signal<Out, Bits<80>>,
    /// Sequence in the header; with `header` and with the frame pulses.
    pub header_seq: Signal<Out, Bits<64>>,
    pub frame_end: Signal<Out, Bit>,
    /// With `frame_end`: what was delivered of this frame may be wrong.
    pub frame_bad: Signal<Out, Bit>,
    /// With `frame_end`: sequence behind the last message delivered.
    pub frame_next: Signal<Out, Bits<64>>,
    /// With `frame_end` of a good frame of the accepted session: it is a heartbeat.
    pub heartbeat: Signal<Out, Bit>,
    /// With `frame_end` of a good frame of the accepted session: end of session.
    pub end_of_session: Signal<Out, Bit>,
    /// With `frame_end` of a good frame: it is a packet of the accepted session.
    pub packet: Signal<Out, Bit>,
    /// With `frame_end` of a good frame: its session is not the accepted one.
    pub other_session: Signal<Out, Bit>,
    /// `mold_short packets heartbeats end_of_session other_session block_length messages`.
    pub count: Signal<Out, Bits<7>>,

    prev: DFF<Bits<64>>,
    vlan: Signal<Local, Bit>,

    // Where the next message starts.
    /// The frame's first message has not started yet.
    leading: DFF<Bit>,
    /// Beats until the next type byte, 1 = the coming beat; 9 − n for beat n of the header.
    beats_to_go: DFF<Bits<14>>,
    beats_less_one: Signal<Local, Bits<14>>,
    /// The coming beat holds the next type byte: `beats_to_go` is 1.
    due: DFF<Bit>,
    lead_to_go: Signal<Local, Bits<4>>,
    in_lead: Signal<Local, Bit>,
    beat_6: Signal<Local, Bit>,
    beat_7: Signal<Local, Bit>,
    type_kept: Signal<Local, Bit>,
    start: Signal<Local, Bit>,
    /// This beat should hold a type byte.
    turn: Signal<Local, Bit>,
    lane: DFF<Bits<3>>,
    lane_bits: Signal<Local, Bits<7>>,
    window: Signal<Local, Bits<80>>,
    prefix: Signal<Local, Bits<24>>,
    len_high: Signal<Local, Bits<16>>,
    len_low: Signal<Local, Bits<16>>,
    len_now: Signal<Local, Bits<16>>,
    lane_wide: Signal<Local, Bits<17>>,
    next_base: Signal<Local, Bits<17>>,
    end_base: Signal<Local, Bits<17>>,
    len_wide: Signal<Local, Bits<17>>,
    next_position: Signal<Local, Bits<17>>,
    end_position: Signal<Local, Bits<17>>,
    kind: Signal<Local, Bits<8>>,
    needed_now: Signal<Local, Bits<6>>,

    // The message under way.
    /// Lane of its type byte.
    origin: DFF<Bits<3>>,
    len: DFF<Bits<16>>,
    /// Index of its last needed byte, by type.
    needed: DFF<Bits<6>>,
    /// Positions from lane 0 of its first beat: the next type byte, and its own last byte.
    next_at: DFF<Bits<17>>,
    end_at: DFF<Bits<17>>,
    /// Index of the coming beat, counted from its first; 8 = past its body.
    beat_index: DFF<Bits<4>>,
    /// A message is under way; its beat index meets `fire_beat` once.
    open: DFF<Bit>,
    /// The cycle after its first beat.
    check: DFF<Bit>,

    // Does it fit.
    /// Payload bytes left from the coming beat on, plus 10; negative behind the payload.
    room: DFF<Bits<18>>,
    room_start: Signal<Local, Bits<18>>,
    room_next: Signal<Local, Bits<18>>,
    room_low: Signal<Local, Bits<17>>,
    room_negative: Signal<Local, Bit>,
    count_field: DFF<Bits<16>>,
    index: DFF<Bits<16>>,
    stopped: DFF<Bit>,
    fits: Signal<Local, Bit>,
    pass: Signal<Local, Bit>,
    refused: Signal<Local, Bit>,

    // When it is delivered.
    needed_position: Signal<Local, Bits<6>>,
    /// The message ends before the byte its type needs.
    ends_early: Signal<Local, Bit>,
    len_bits: Signal<Local, Bits<6>>,
    len_ok: Signal<Local, Bit>,
    fire_position: Signal<Local, Bits<6>>,
    fire_lane: Signal<Local, Bits<3>>,
    fire_beat: Signal<Local, Bits<4>>,
    kept: Signal<Local, Bit>,
    session_match: Signal<Local, Bit>,
    fire: Signal<Local, Bit>,

    // Header fields.
    first_seq: DFF<Bits<64>>,
    seq_next: DFF<Bits<64>>,
    seq_current: DFF<Bits<64>>,
    seq_low: Signal<Local, Bits<32>>,
    seq_high: Signal<Local, Bits<32>>,
    low_up: Signal<Local, Bits<32>>,
    high_up: Signal<Local, Bits<32>>,
    seq_up: Signal<Local, Bits<64>>,
    swapped: Signal<Local, Bits<64>>,
    b0: Signal<Local, Bits<8>>,
    b1: Signal<Local, Bits<8>>,
    b2: Signal<Local, Bits<8>>,
    b3: Signal<Local, Bits<8>>,
    b4: Signal<Local, Bits<8>>,
    b5: Signal<Local, Bits<8>>,
    b6: Signal<Local, Bits<8>>,
    b7: Signal<Local, Bits<8>>,
    p0: Signal<Local, Bits<8>>,
    p1: Signal<Local, Bits<8>>,
    p2: Signal<Local, Bits<8>>,
    p3: Signal<Local, Bits<8>>,
    prev_half: Signal<Local, Bits<32>>,
    seq_header: Signal<Local, Bits<64>>,
    seen: DFF<Bits<80>>,
    session_early: Signal<Local, Bits<80>>,
    session_late: Signal<Local, Bits<80>>,
    count_high: Signal<Local, Bits<16>>,
    count_low: Signal<Local, Bits<16>>,

    first_low: Signal<Local, Bits<32>>,
    first_high: Signal<Local, Bits<32>>,
    behind_low: DFF<Bits<33>>,
    behind_carry: Signal<Local, Bits<1>>,
    behind_high: Signal<Local, Bits<32>>,
    next_q: DFF<Bits<64>>,

    // Aligner.
    shift: Signal<Local, Bits<7>>,
    both: Signal<Local, Bits<128>>,
    twice: Signal<Local, Bits<128>>,
    full: Signal<Local, Bits<64>>,
    partial: Signal<Local, Bits<64>>,
    body_0: DFF<Bits<64>>,
    body_1: DFF<Bits<64>>,
    body_2: DFF<Bits<64>>,
    body_3: DFF<Bits<64>>,
    body_4: DFF<Bits<64>>,
    body_5: DFF<Bits<64>>,
    body_6: DFF<Bits<16>>,
    full_16: Signal<Local, Bits<16>>,
    partial_16: Signal<Local, Bits<16>>,
    body: Signal<Local, Bits<400>>,
    valid_q: DFF<Bit>,
    msg_len: DFF<Bits<16>>,
    msg_seq: DFF<Bits<64>>,
    msg_stamp: DFF<Bits<64>>,

    // End of the frame.
    long_enough: Signal<Local, Bit>,
    session_known: Signal<Local, Bit>,
    is_heartbeat: Signal<Local, Bit>,
    is_end: Signal<Local, Bit>,
    cut_off: Signal<Local, Bit>,
    good: Signal<Local, Bit>,
    accepted: Signal<Local, Bit>,
    end_q: DFF<Bit>,
    bad_q: DFF<Bit>,
    heartbeat_q: DFF<Bit>,
    end_of_session_q: DFF<Bit>,
    packet_q: DFF<Bit>,
    other_session_q: DFF<Bit>,
    short_q: DFF<Bit>,
    cut_off_q: DFF<Bit>,
    pulses: Signal<Local, Bits<7>>,
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(MoldRx::default())
}
