//! What two clocks may share: synchronisers, and a memory written by one clock and read by the other.
//!
//! `tickforge gateware cdc` accepts nothing else between two clocks (`synth::cdc`).

use super::memory::{last_word, zeroed};
use rust_hdl::prelude::*;

/// Two flip-flops of the clock that looks; latency 2 to 3, starts at zero, no reset.
///
/// Of more than one bit only for a code that changes by one bit a step (Gray): each bit settles by itself. `d` comes
/// straight from registers of one clock.
#[derive(LogicBlock, Default)]
pub struct Synchroniser<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub d: Signal<In, Bits<W>>,
    pub q: Signal<Out, Bits<W>>,
}

raw_verilog!([const W: usize] Synchroniser<W>, drives(q), |_b| {
    let kind = if W == 1 { "level" } else { "gray" };
    format!(
        "\
// @keep_hierarchy
(* ASYNC_REG = \"TRUE\", cdc = \"{kind}\", keep = 1 *) reg [{msb}:0] meta;
(* ASYNC_REG = \"TRUE\", keep = 1 *) reg [{msb}:0] stable;
initial begin
   meta = 0;
   stable = 0;
end
always @(posedge clock) begin
   meta <= d;
   stable <= meta;
end
always @(*) q = stable;
",
        msb = W - 1
    )
});

/// `2^A` words of distributed RAM, written by one clock, read into a register of another; read latency 1.
///
/// A word may be read only when a synchroniser has told that it was written: nothing here guards that.
#[derive(LogicBlock, Default)]
pub struct CrossRam<D: Synth, const A: usize> {
    pub write_clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, D>,
    pub read_clock: Signal<In, Clock>,
    /// `read_data` takes the word at `read_address`, else it stays.
    pub read_enable: Signal<In, Bit>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, D>,
}

raw_verilog!([D: Synth, const A: usize] CrossRam<D, A>, drives(read_data), |_b| format!(
    "\
(* ram_style = \"distributed\" *) reg [{msb}:0] mem [0:{last}];
{init}
always @(posedge write_clock) if (write_enable) mem[write_address] <= write_data;
always @(posedge read_clock) if (read_enable) read_data <= mem[read_address];
",
    msb = D::BITS - 1,
    last = last_word(A),
    init = zeroed(A, "read_data = 0;"),
));
