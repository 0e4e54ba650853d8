//! Edges of one level of the search.
//!
//! Up to 128 words are LUT RAM: a block RAM would be mostly empty. No address is read in the cycle that writes it, since the two sides are in
//! different banks; simulation (the macro `VERILATOR`) gives the complement of the edge if it happens all the same.
//!
//! Latency: 1 cycle. Back-pressure: none.

use crate::prim::memory::{last_word, zeroed};
use crate::prim::raw_verilog;
use rust_hdl::prelude::*;

/// Address bits up to which a memory is LUT RAM.
const LUT_BITS: usize = 7;

/// See the module's text. `2^A` edges.
#[derive(LogicBlock, Default)]
pub struct EdgeRam<const A: usize> {
    pub clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<16>>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, Bits<16>>,
}

raw_verilog!([const A: usize] EdgeRam<A>, drives(read_data), |_b| format!(
    "\
(* ram_style = \"{style}\", no_rw_check, rw_addr_collision = \"no\" *) reg [15:0] mem [0:{last}];
{init}
always @(posedge clock) begin
   if (write_enable) mem[write_address] <= write_data;
`ifdef VERILATOR
   read_data <= (write_enable && write_address == read_address) ? ~mem[read_address] : mem[read_address];
`else
   read_data <= mem[read_address];
`endif
end
",
    style = if A <= LUT_BITS { "distributed" } else { "block" },
    last = last_word(A),
    init = zeroed(A, "read_data = 0;"),
));
