//! The whole frame as one vector, first byte lowest: template, IPv4 and transport fields, OUCH message. Wiring and three choices.
//!
//! The transport checksum is 0; behind the frame's end all is 0, but for what `raw_delta` adds to the checksum. Latency: combinational. Back-pressure: none.

use super::template::{l4_len, total_len};
use crate::prim::raw_verilog;
use contract::slot::RAW_MAX;
use contract::template::{CANCEL_BYTES, ENTER_BYTES, Mode, SOUP_BYTES};
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
    /// Cancel Order, else Enter Order.
    pub cancel: Signal<In, Bit>,
    /// Neither: the first `raw_len` bytes of `cl_ord_id` are the payload. Its IPv4 checksum is 0.
    pub raw: Signal<In, Bit>,
    pub raw_len: Signal<In, Bits<4>>,
    /// How much longer than a Cancel Order it is, one's complement; stands in the last two bytes of the vector for the transport checksum.
    pub raw_delta: Signal<In, Bits<16>>,
    // IPv4 header checksums of the two message types.
    pub ip_check_enter: Signal<In, Bits<16>>,
    pub ip_check_cancel: Signal<In, Bits<16>>,
    pub tcp_seq: Signal<In, Bits<32>>,
    pub tcp_ack: Signal<In, Bits<32>>,
    /// UserRefNum of an Enter Order.
    pub user_ref: Signal<In, Bits<32>>,
    /// UserRefNum a Cancel Order names.
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

fn cancel() -> String {
    let parts = [
        letter(b'X'),
        number("target_ref", 4),
        number("qty", 4),
        zeros(ENTER_BYTES - CANCEL_BYTES),
    ];
    joined(&parts, ENTER_BYTES)
}

/// The frames of UDP and TCP.
fn frames() -> [String; 2] {
    let message = string("message", 0, ENTER_BYTES);
    // Up to the ports both transports are alike.
    let start = [
        string("headers", 0, 16),
        number("total", 2),
        string("headers", 18, 24),
        number("ip_check", 2),
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
    let pair = |of: fn(Mode, usize) -> usize, mode: Mode| {
        let bare = of(mode, 1) - CANCEL_BYTES - mode.prefix();
        let (enter, cancel) = (of(mode, 0), of(mode, 1));
        format!("(raw ? 16'd{bare} + {{12'd0, raw_len}} : cancel ? 16'd{cancel} : 16'd{enter})")
    };
    let last = 8 * ENTER_BYTES - 1;
    format!(
        "\
wire [{last}:0] enter = {enter};
wire [{last}:0] cancels = {cancel};
wire [{last}:0] ordered = cancel ? cancels : enter;
wire [{last}:0] message = raw ? {raw_udp} : ordered;
wire [{last_content}:0] content = raw ? {raw_tcp} : {packed};
wire [15:0] delta = raw ? raw_delta : 16'd0;
wire [15:0] ip_check = raw ? 16'd0 : cancel ? ip_check_cancel : ip_check_enter;
wire [15:0] total = tcp ? {total_tcp} : {total_udp};
wire [15:0] udp_length = {udp_length};
wire [15:0] soup_length = cancel ? 16'd{soup_cancel} : 16'd{soup_enter};
always @(*) begin
   if (tcp) frame = {tcp};
   else frame = {udp};
end
",
        enter = enter(),
        cancel = cancel(),
        raw_udp = raw(ENTER_BYTES, Vec::new()),
        raw_tcp = raw(content, number("raw_delta", 2)),
        packed = joined(&packed, content),
        last_content = 8 * content - 1,
        total_tcp = pair(total_len, Mode::Tcp),
        total_udp = pair(total_len, Mode::Udp),
        udp_length = pair(l4_len, Mode::Udp),
        soup_cancel = CANCEL_BYTES + 1,
        soup_enter = ENTER_BYTES + 1,
    )
}
