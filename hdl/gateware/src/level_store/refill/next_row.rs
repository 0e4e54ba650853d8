//! The next row to be served: of the first kind if there is one, round and round.
//!
//! Latency: 4 cycles from the words to `row`. Back-pressure: none.

use crate::prim::raw_verilog;
use rust_hdl::prelude::*;

/// Lowest set bit above `last`, or the lowest; of `first`, or of `second` when `first` is empty.
#[derive(LogicBlock, Default)]
pub struct NextRow<const RW: usize, const R: usize> {
    pub clock: Signal<In, Clock>,
    pub first: Signal<In, Bits<R>>,
    pub second: Signal<In, Bits<R>>,
    pub last: Signal<In, Bits<RW>>,
    pub found: Signal<Out, Bit>,
    pub row: Signal<Out, Bits<RW>>,
}

raw_verilog!([const RW: usize, const R: usize] NextRow<RW, R>, drives(found, row), |_b| format!(
    "\
reg [{msb}:0] wanted, above, every, lowest;
reg any;
integer bit_index;
reg [{row_msb}:0] encoded;
always @(*) begin
   encoded = 0;
   for (bit_index = 0; bit_index < {rows}; bit_index = bit_index + 1)
      encoded = encoded | (lowest[bit_index] ? bit_index[{row_msb}:0] : {row_bits}'d0);
end
always @(posedge clock) begin
   wanted <= |first ? first : second;
   every <= wanted;
   above <= wanted & ({{{{{msb}{{1'b1}}}}, 1'b0}} << last);
   lowest <= |above ? above & (~above + {rows}'d1) : every & (~every + {rows}'d1);
   any <= |every;
   found <= any;
   row <= encoded;
end
",
    msb = R - 1,
    row_msb = RW - 1,
    rows = R,
    row_bits = RW,
));
