//! CRC-32C of a ring entry in two registered stages.
//!
//! ```text
//!  480 bits ─► 16 groups of 30: 32 parities each ─► register ─► parity of 16 ─► crc
//! ```
//!
//! The check matrix is taken from `contract::ring::entry_crc` itself: the function is affine over GF(2), so its
//! values on single bits define it.
//!
//! Latency: `crc` belongs to the bits one enabled edge earlier; it is combinational behind the register, so that
//! the caller's next register is the second stage.
//! Back-pressure: `enable` low holds the stage.

use contract::ring::{ENTRY_BYTES, PAYLOAD_BYTES, SEQ_AT, entry_crc};
use rust_hdl::prelude::*;
use std::fmt::Write as _;

/// Bits of payload and sequence number together.
pub const CHECKED_BITS: usize = 8 * (PAYLOAD_BYTES + ENTRY_BYTES - SEQ_AT);
const GROUP_BITS: usize = 30;
const GROUPS: usize = CHECKED_BITS / GROUP_BITS;
const _: () = assert!(CHECKED_BITS == 480 && GROUPS * GROUP_BITS == CHECKED_BITS);

/// See the module's text. `data`: payload in the low 448 bits, sequence number above it.
#[derive(LogicBlock, Default)]
pub struct EntryCrc {
    pub clock: Signal<In, Clock>,
    pub enable: Signal<In, Bit>,
    pub data: Signal<In, Bits<480>>,
    pub crc: Signal<Out, Bits<32>>,
}

impl Logic for EntryCrc {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.crc.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(text())
    }
}

/// The CRC of an entry whose only set bit is `bit` of the checked ones; none: of the zero entry.
fn crc_of(bit: Option<usize>) -> u32 {
    let mut entry = [0u8; ENTRY_BYTES];
    if let Some(bit) = bit {
        let byte = if bit < 8 * PAYLOAD_BYTES {
            bit / 8
        } else {
            SEQ_AT + bit / 8 - PAYLOAD_BYTES
        };
        entry[byte] = 1 << (bit % 8);
    }
    entry_crc(&entry)
}

fn text() -> String {
    let zero = crc_of(None);
    let columns: Vec<u32> = (0..CHECKED_BITS).map(|bit| crc_of(Some(bit)) ^ zero).collect();
    let mut body = String::new();
    for out in 0..32 {
        for group in 0..GROUPS {
            let low = group * GROUP_BITS;
            let mask = (0..GROUP_BITS)
                .filter(|i| (columns[low + i] >> out) & 1 == 1)
                .fold(0u32, |mask, i| mask | 1 << i);
            let _ = writeln!(
                body,
                "   partial[{}] <= ^(data[{low} +: {GROUP_BITS}] & {GROUP_BITS}'h{mask:08x});",
                out * GROUPS + group
            );
        }
    }
    let mut fold = String::new();
    for out in 0..32 {
        let _ = writeln!(
            fold,
            "   crc[{out}] = ^partial[{} +: {GROUPS}] ^ 1'b{};",
            out * GROUPS,
            (zero >> out) & 1
        );
    }
    format!(
        "\
reg [{}:0] partial;
always @(posedge clock) if (enable) begin
{body}end
always @(*) begin
{fold}end
",
        32 * GROUPS - 1
    )
}
