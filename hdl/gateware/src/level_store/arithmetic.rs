//! What rust-hdl cannot say: 32-bit products, parity hashes, the next set bit of a word.
//!
//! Latencies: [`GridIndex`] 7, [`Product`] 3, [`PageHash`] 0, [`NextBit`] 3. Back-pressure: none.

use crate::prim::raw_verilog;
use rust_hdl::prelude::*;

/// Page cells are spread over this many banks, one cell of each for a page.
pub const BANKS: usize = 8;
/// Bits of a page key `{row 7, class 1, page number 26}`.
pub const KEY_BITS: usize = 34;
/// Address bits [`PageHash`] makes a bank.
pub const HASH_BITS: usize = 12;

/// `index = price / tick` where `tick` divides the price, by the reciprocal; else `on_grid` = 0.
///
/// The remainder check makes the result a function of the price that no reciprocal can falsify: a bad one
/// only moves prices off the grid, as does a tick of 0.
#[derive(LogicBlock, Default)]
pub struct GridIndex {
    pub clock: Signal<In, Clock>,
    pub price: Signal<In, Bits<32>>,
    pub tick: Signal<In, Bits<32>>,
    pub reciprocal: Signal<In, Bits<32>>,
    pub on_grid: Signal<Out, Bit>,
    pub index: Signal<Out, Bits<32>>,
    pub price_out: Signal<Out, Bits<32>>,
}

raw_verilog!([] GridIndex, drives(on_grid, index, price_out), |_b| String::from(
    "\
reg [31:0] ll, lh, hl, hh, ll2, hh2, index3, index4, index5, index6;
reg [32:0] mid;
reg [31:0] bll, blh, bhl, bhh, bll5, bhh5;
reg [32:0] bmid;
reg [63:0] product6;
reg [31:0] price1, price2, price3, price4, price5, price6;
reg [31:0] tick1, tick2, tick3;
reg some4, some5, some6;
wire [63:0] quotient = {hh2, ll2} + {15'd0, mid, 16'd0};
always @(posedge clock) begin
   ll <= price[15:0] * reciprocal[15:0];
   lh <= price[15:0] * reciprocal[31:16];
   hl <= price[31:16] * reciprocal[15:0];
   hh <= price[31:16] * reciprocal[31:16];
   ll2 <= ll;
   hh2 <= hh;
   mid <= {1'b0, lh} + {1'b0, hl};
   index3 <= quotient[62:31];
   bll <= index3[15:0] * tick3[15:0];
   blh <= index3[15:0] * tick3[31:16];
   bhl <= index3[31:16] * tick3[15:0];
   bhh <= index3[31:16] * tick3[31:16];
   bll5 <= bll;
   bhh5 <= bhh;
   bmid <= {1'b0, blh} + {1'b0, bhl};
   product6 <= {bhh5, bll5} + {15'd0, bmid, 16'd0};
   on_grid <= some6 && product6 == {32'd0, price6};
   some4 <= |tick3;
   some5 <= some4;
   some6 <= some5;
   index4 <= index3;
   index5 <= index4;
   index6 <= index5;
   index <= index6;
   price1 <= price;
   price2 <= price1;
   price3 <= price2;
   price4 <= price3;
   price5 <= price4;
   price6 <= price5;
   price_out <= price6;
   tick1 <= tick;
   tick2 <= tick1;
   tick3 <= tick2;
end
"
));

/// Low 32 bits of a product.
#[derive(LogicBlock, Default)]
pub struct Product {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<32>>,
    pub b: Signal<In, Bits<32>>,
    pub low: Signal<Out, Bits<32>>,
}

raw_verilog!([] Product, drives(low), |_b| String::from(
    "\
reg [31:0] ll, lh, hl, ll2;
reg [15:0] mid;
always @(posedge clock) begin
   ll <= a[15:0] * b[15:0];
   lh <= a[15:0] * b[31:16];
   hl <= a[31:16] * b[15:0];
   ll2 <= ll;
   mid <= lh[15:0] + hl[15:0];
   low <= ll2 + {mid, 16'd0};
end
"
));

/// One address a bank, 12 bits each: parities of fixed random subsets of the key.
#[derive(LogicBlock, Default)]
pub struct PageHash {
    pub key: Signal<In, Bits<KEY_BITS>>,
    pub addresses: Signal<Out, Bits<96>>,
}

raw_verilog!([] PageHash, drives(addresses), |_b| {
    let mut text = String::from("always @(*) begin\n");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for bit in 0..BANKS * HASH_BITS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Each address bit also takes one low page bit of its own, so that neighbouring pages part.
        let own = 1u64 << (bit % HASH_BITS);
        let mask = ((state >> 20) & ((1 << KEY_BITS) - 1) & !0xfff) | ((state >> 3) & 0xfff & !own) | own;
        text += &format!("   addresses[{bit}] = ^(key & {KEY_BITS}'h{mask:x});\n");
    }
    text + "end\n"
});

/// The lowest set bit of `word`, above `offset` unless `from_start`.
#[derive(LogicBlock, Default)]
pub struct NextBit {
    pub clock: Signal<In, Clock>,
    pub word: Signal<In, Bits<64>>,
    pub offset: Signal<In, Bits<6>>,
    pub from_start: Signal<In, Bit>,
    pub found: Signal<Out, Bit>,
    pub index: Signal<Out, Bits<6>>,
}

raw_verilog!([] NextBit, drives(found, index), |_b| String::from(
    "\
reg [63:0] beyond, lowest;
reg any;
integer bit_index;
reg [5:0] encoded;
always @(*) begin
   encoded = 0;
   for (bit_index = 0; bit_index < 64; bit_index = bit_index + 1)
      encoded = encoded | (lowest[bit_index] ? bit_index[5:0] : 6'd0);
end
always @(posedge clock) begin
   beyond <= from_start ? word : word & (64'hffff_ffff_ffff_fffe << offset);
   lowest <= beyond & (~beyond + 64'd1);
   any <= |beyond;
   found <= any;
   index <= encoded;
end
"
));
