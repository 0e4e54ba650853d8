//! The whole frame as one vector, first byte lowest: template, IPv4 and transport fields, OUCH message. Wiring and choices.
//!
//! The transport checksum is 0; behind the frame's end all is 0, but for what `raw_delta` adds to the checksum. Latency: combinational. Back-pressure: none.

use super::template::{l4_len, total_len};
use crate::prim::raw_verilog;
use contract::slot::RAW_MAX;
use contract::template::{
    CANCEL_BYTES, ENTER_BYTES, ENTRY_BYTES, MASS_CANCEL_BYTES, MESSAGES, MODIFY_BYTES, Mode, REPLACE_BYTES,
    SOUP_BYTES,
};
use rust_hdl::prelude::*;

/// Bytes of the longest frame, a whole number of beats.
pub const FRAME_BYTES: usize = 104;
/// Type of a SoupBinTCP unsequenced data packet.
const UNSEQUENCED: u8 = b'U';

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Image {
    pub headers: Signal<In, Bits<432>>,
    pub tcp: Signal<In, Bit>,
    /// Index of its type in `contract::template::MESSAGES`; the last one is Enable Order Entry, else Disable.
    pub message: Signal<In, Bits<3>>,
    pub enables: Signal<In, Bit>,
    /// None of them: the first `raw_len` bytes of `cl_ord_id` are the payload. Its IPv4 checksum is 0.
    pub raw: Signal<In, Bit>,
    pub raw_len: Signal<In, Bits<4>>,
    /// How much longer than a Cancel Order it is, one's complement; stands in the last two bytes of the vector for the transport checksum.
    pub raw_delta: Signal<In, Bits<16>>,
    /// IPv4 header checksum of the message type.
    pub ip_check: Signal<In, Bits<16>>,
    pub tcp_seq: Signal<In, Bits<32>>,
    pub tcp_ack: Signal<In, Bits<32>>,
    /// UserRefNum of the message, and that of the order it names.
    pub user_ref: Signal<In, Bits<32>>,
    pub target_ref: Signal<In, Bits<32>>,
    pub side: Signal<In, Bits<8>>,
    pub qty: Signal<In, Bits<32>>,
    /// First letter lowest.
    pub symbol: Signal<In, Bits<64>>,
    pub price: Signal<In, Bits<32>>,
    pub time_in_force: Signal<In, Bits<8>>,
    pub display: Signal<In, Bits<8>>,
    pub capacity: Signal<In, Bits<8>>,
    pub iso: Signal<In, Bits<8>>,
    pub cross_type: Signal<In, Bits<8>>,
    /// First letter lowest.
    pub cl_ord_id: Signal<In, Bits<112>>,
    pub frame: Signal<Out, Bits<832>>,
}

raw_verilog!([] Image, drives(frame), |_b| text());

/// Bytes of a number, most significant first.
fn number(name: &str, bytes: usize) -> Vec<String> {
    (0..bytes)
        .rev()
        .map(|i| format!("{name}[{}:{}]", 8 * i + 7, 8 * i))
        .collect()
}

/// Bytes `from..to` of a string whose first byte is lowest.
fn string(name: &str, from: usize, to: usize) -> Vec<String> {
    (from..to)
        .map(|i| format!("{name}[{}:{}]", 8 * i + 7, 8 * i))
        .collect()
}

fn letter(byte: u8) -> Vec<String> {
    vec![format!("8'h{byte:02x}")]
}

fn zeros(bytes: usize) -> Vec<String> {
    vec![String::from("8'h00"); bytes]
}

/// A Verilog concatenation of bytes, the first one lowest.
fn joined(parts: &[Vec<String>], bytes: usize) -> String {
    let all: Vec<String> = parts.concat();
    assert_eq!(all.len(), bytes, "bytes of {all:?}");
    format!("{{{}}}", all.into_iter().rev().collect::<Vec<_>>().join(", "))
}

fn enter() -> String {
    let parts = [
        letter(b'O'),
        number("user_ref", 4),
        number("side", 1),
        number("qty", 4),
        string("symbol", 0, 8),
        zeros(4),
        number("price", 4),
        number("time_in_force", 1),
        number("display", 1),
        number("capacity", 1),
        number("iso", 1),
        number("cross_type", 1),
        string("cl_ord_id", 0, 14),
        zeros(2),
    ];
    joined(&parts, ENTER_BYTES)
}

/// A message shorter than an Enter Order, 0 behind it.
fn short(parts: &[Vec<String>], bytes: usize) -> String {
    let mut parts = parts.to_vec();
    assert_eq!(parts.concat().len(), bytes, "bytes of {parts:?}");
    parts.push(zeros(ENTER_BYTES - bytes));
    joined(&parts, ENTER_BYTES)
}

fn cancel() -> String {
    let parts = [letter(b'X'), number("target_ref", 4), number("qty", 4)];
    short(&parts, CANCEL_BYTES)
}

fn replace() -> String {
    let parts = [
        letter(b'U'),
        number("target_ref", 4),
        number("user_ref", 4),
        number("qty", 4),
        zeros(4),
        number("price", 4),
        number("time_in_force", 1),
        number("display", 1),
        number("iso", 1),
        string("cl_ord_id", 0, 14),
        zeros(2),
    ];
    short(&parts, REPLACE_BYTES)
}

fn modify() -> String {
    let parts = [
        letter(b'M'),
        number("target_ref", 4),
        number("side", 1),
        number("qty", 4),
    ];
    short(&parts, MODIFY_BYTES)
}

/// Firm and symbol stand in the ClOrdID (`contract::slot::FIRM_LAYOUT`).
fn mass_cancel() -> String {
    let parts = [
        letter(b'C'),
        number("user_ref", 4),
        string("cl_ord_id", 0, 12),
        zeros(2),
    ];
    short(&parts, MASS_CANCEL_BYTES)
}

fn entry() -> String {
    let parts = [
        number("entry_letter", 1),
        number("user_ref", 4),
        string("cl_ord_id", 0, 4),
        zeros(2),
    ];
    short(&parts, ENTRY_BYTES)
}

/// A choice by the type of message.
fn by_message(of: impl Fn(usize) -> String) -> String {
    let last = MESSAGES.len() - 1;
    let mut text = of(last);
    for message in (0..last).rev() {
        text = format!("message_is == 3'd{message} ? {} : {text}", of(message));
    }
    text
}

/// The frames of UDP and TCP.
fn frames() -> [String; 2] {
    let message = string("body", 0, ENTER_BYTES);
    // Up to the ports both transports are alike.
    let start = [
        string("headers", 0, 16),
        number("total", 2),
        string("headers", 18, 24),
        number("ip_sum", 2),
        string("headers", 26, 38),
    ]
    .concat();
    let udp = [
        start.clone(),
        number("udp_length", 2),
        zeros(2),
        message,
        zeros(FRAME_BYTES - Mode::Udp.headers() - ENTER_BYTES - 2),
        number("delta", 2),
    ];
    let tcp = [
        start,
        number("tcp_seq", 4),
        number("tcp_ack", 4),
        string("headers", 46, 50),
        zeros(2),
        string("headers", 52, 54),
        string("content", 0, SOUP_BYTES + ENTER_BYTES),
    ];
    [joined(&udp, FRAME_BYTES), joined(&tcp, FRAME_BYTES)]
}

fn text() -> String {
    let [udp, tcp] = frames();
    let packed = [
        number("soup_length", 2),
        letter(UNSEQUENCED),
        string("ordered", 0, ENTER_BYTES),
    ];
    let content = SOUP_BYTES + ENTER_BYTES;
    let raw = |bytes: usize, more: Vec<String>| {
        let rest = zeros(bytes - RAW_MAX - more.len());
        joined(&[string("cl_ord_id", 0, RAW_MAX), rest, more], bytes)
    };
    // Without its payload a frame has the length of a Cancel Order less the bytes of one.
    let lengths = |of: fn(Mode, usize) -> usize, mode: Mode| {
        let bare = of(mode, 1) - CANCEL_BYTES - mode.prefix();
        let each = by_message(|message| format!("16'd{}", of(mode, message)));
        format!("(raw ? 16'd{bare} + {{12'd0, raw_len}} : {each})")
    };
    let messages = [enter(), cancel(), replace(), modify(), mass_cancel(), entry()];
    let last = 8 * ENTER_BYTES - 1;
    format!(
        "\
wire [2:0] message_is = message;
wire [7:0] entry_letter = enables ? 8'h{enable:02x} : 8'h{disable:02x};
wire [{last}:0] ordered = {ordered};
wire [{last}:0] body = raw ? {raw_udp} : ordered;
wire [{last_content}:0] content = raw ? {raw_tcp} : {packed};
wire [15:0] delta = raw ? raw_delta : 16'd0;
wire [15:0] ip_sum = raw ? 16'd0 : ip_check;
wire [15:0] total = tcp ? {total_tcp} : {total_udp};
wire [15:0] udp_length = {udp_length};
wire [15:0] soup_length = {soup};
always @(*) begin
   if (tcp) frame = {tcp};
   else frame = {udp};
end
",
        enable = b'E',
        disable = b'D',
        ordered = by_message(|message| messages[message].clone()),
        raw_udp = raw(ENTER_BYTES, Vec::new()),
        raw_tcp = raw(content, number("raw_delta", 2)),
        packed = joined(&packed, content),
        last_content = 8 * content - 1,
        total_tcp = lengths(total_len, Mode::Tcp),
        total_udp = lengths(total_len, Mode::Udp),
        udp_length = lengths(l4_len, Mode::Udp),
        soup = by_message(|message| format!("16'd{}", MESSAGES[message] + 1)),
    )
}
