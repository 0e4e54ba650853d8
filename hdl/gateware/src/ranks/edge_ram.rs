//! Edges of one level of the search.
//!
//! Up to 128 words are LUT RAM: a block RAM would be mostly empty. No address is read in the cycle that writes it, since the two sides are in
//! different banks; simulation (the macro `VERILATOR`) gives the complement of the edge if it happens all the same.
//!
//! Latency: 1 cycle. Back-pressure: none.

use crate::prim::memory::sdp_fast;
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

raw_verilog!([const A: usize] EdgeRam<A>, drives(read_data), |_b| {
    sdp_fast(if A <= LUT_BITS { "distributed" } else { "block" }, 16, A)
});
