//! Memories. All start at zero, take one clock and one write port, and have a power-of-two depth.
//!
//! | block | read ports | read latency | same address written in the same cycle |
//! |---|---|---|---|
//! | [`SdpRam`] | 1 | 1 | old data (read first) |
//! | [`SdpRamFast`] | 1 | 1 | **undefined**; simulation returns the complement of the old data |
//! | [`SdpRamReg`] | 1 | 2 | old data (read first) |
//! | [`ByteEnableRam`] | 1 | 1 | old data (read first) |
//! | [`ByteEnableRamFast`] | 1 | 1 | **undefined**, whole word; simulation returns the complement of the old data |
//! | [`LutRam`] | 1 | 0 | old data until the clock edge |
//! | [`LutRam2`] | 2 | 0 | old data until the clock edge |
//!
//! Read-first across two ports is not what ECP5's cells do: yosys adds a comparator and a bypass (55 LUT
//! and 83 flip-flops for 36 bits). A block that forwards in-flight writes itself takes [`SdpRamFast`].
//!
//! There is no reset: contents that must not survive one carry a valid bit in flip-flops, or are swept.

use rust_hdl::prelude::*;

/// Simple-dual-port block RAM of `2^A` words; read latency 1, read first.
///
/// The output comes straight from the memory cell, which is slow to leave it (4.1 ns on ECP5): register
/// it before any logic, or use [`SdpRamReg`].
#[derive(LogicBlock, Default)]
pub struct SdpRam<D: Synth, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, D>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, D>,
}

raw_verilog!([D: Synth, const A: usize] SdpRam<D, A>, drives(read_data), |_b| format!(
    "\
(* ram_style = \"block\" *) reg [{msb}:0] mem [0:{last}];
{init}
always @(posedge clock) begin
   if (write_enable) mem[write_address] <= write_data;
   read_data <= mem[read_address];
end
",
    msb = D::BITS - 1,
    last = last_word(A),
    init = zeroed(A, "read_data = 0;"),
));

/// Simple-dual-port block RAM without collision logic; read latency 1.
///
/// Reading an address in the cycle that writes it is undefined: the block around it must forward. To make
/// a bench see a missing forward, simulation (the macro `VERILATOR`) returns the old data inverted.
#[derive(LogicBlock, Default)]
pub struct SdpRamFast<D: Synth, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, D>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, D>,
}

raw_verilog!([D: Synth, const A: usize] SdpRamFast<D, A>, drives(read_data), |_b| sdp_fast("block", D::BITS, A));

/// Body of a simple-dual-port RAM of this `ram_style` whose collision is undefined; see [`SdpRamFast`].
pub(crate) fn sdp_fast(style: &str, bits: usize, address_bits: usize) -> String {
    format!(
        "\
(* ram_style = \"{style}\", no_rw_check, rw_addr_collision = \"no\" *) reg [{msb}:0] mem [0:{last}];
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
        msb = bits - 1,
        last = last_word(address_bits),
        init = zeroed(address_bits, "read_data = 0;"),
    )
}

/// [`SdpRam`] with the memory's own output register; read latency 2, read first.
#[derive(LogicBlock, Default)]
pub struct SdpRamReg<D: Synth, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, D>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, D>,
}

raw_verilog!([D: Synth, const A: usize] SdpRamReg<D, A>, drives(read_data), |_b| format!(
    "\
(* ram_style = \"block\" *) reg [{msb}:0] mem [0:{last}];
reg [{msb}:0] cell_data;
{init}
always @(posedge clock) begin
   if (write_enable) mem[write_address] <= write_data;
   cell_data <= mem[read_address];
   read_data <= cell_data;
end
",
    msb = D::BITS - 1,
    last = last_word(A),
    init = zeroed(A, "cell_data = 0; read_data = 0;"),
));

/// Block RAM of `2^A` words of `W = 8·L` bits with one write enable a byte lane; read latency 1, read first.
#[derive(LogicBlock, Default)]
pub struct ByteEnableRam<const W: usize, const L: usize, const A: usize> {
    pub clock: Signal<In, Clock>,
    /// Lane `i` writes bits `8i..8i+8`.
    pub write_enable: Signal<In, Bits<L>>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<W>>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, Bits<W>>,
}

raw_verilog!([const W: usize, const L: usize, const A: usize] ByteEnableRam<W, L, A>, drives(read_data), |_b| {
    assert_eq!(W, 8 * L, "ByteEnableRam: {W} bits are not {L} bytes");
    format!(
        "\
(* ram_style = \"block\" *) reg [{msb}:0] mem [0:{last}];
{init}
integer lane;
always @(posedge clock) begin
   for (lane = 0; lane < {L}; lane = lane + 1)
      if (write_enable[lane]) mem[write_address][8*lane +: 8] <= write_data[8*lane +: 8];
   read_data <= mem[read_address];
end
",
        msb = W - 1,
        last = last_word(A),
        init = zeroed(A, "read_data = 0;"),
    )
});

/// [`ByteEnableRam`] without collision logic; read latency 1.
///
/// Reading an address in the cycle that writes any lane of it is undefined, as for [`SdpRamFast`].
#[derive(LogicBlock, Default)]
pub struct ByteEnableRamFast<const W: usize, const L: usize, const A: usize> {
    pub clock: Signal<In, Clock>,
    /// Lane `i` writes bits `8i..8i+8`.
    pub write_enable: Signal<In, Bits<L>>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<W>>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, Bits<W>>,
}

raw_verilog!([const W: usize, const L: usize, const A: usize] ByteEnableRamFast<W, L, A>, drives(read_data), |_b| {
    assert_eq!(W, 8 * L, "ByteEnableRamFast: {W} bits are not {L} bytes");
    format!(
        "\
(* ram_style = \"block\", no_rw_check, rw_addr_collision = \"no\" *) reg [{msb}:0] mem [0:{last}];
{init}
integer lane;
always @(posedge clock) begin
   for (lane = 0; lane < {L}; lane = lane + 1)
      if (write_enable[lane]) mem[write_address][8*lane +: 8] <= write_data[8*lane +: 8];
`ifdef VERILATOR
   read_data <= ((|write_enable) && write_address == read_address) ? ~mem[read_address] : mem[read_address];
`else
   read_data <= mem[read_address];
`endif
end
",
        msb = W - 1,
        last = last_word(A),
        init = zeroed(A, "read_data = 0;"),
    )
});

/// Distributed RAM of `2^A` words, one asynchronous read port; read latency 0.
#[derive(LogicBlock, Default)]
pub struct LutRam<D: Synth, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, D>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, D>,
}

raw_verilog!([D: Synth, const A: usize] LutRam<D, A>, drives(read_data), |_b| format!(
    "\
(* ram_style = \"distributed\" *) reg [{msb}:0] mem [0:{last}];
{init}
always @(posedge clock) if (write_enable) mem[write_address] <= write_data;
always @(*) read_data = mem[read_address];
",
    msb = D::BITS - 1,
    last = last_word(A),
    init = zeroed(A, ""),
));

/// Distributed RAM of `2^A` words, two asynchronous read ports; read latency 0.
#[derive(LogicBlock, Default)]
pub struct LutRam2<D: Synth, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<A>>,
    pub write_data: Signal<In, D>,
    pub read_address: Signal<In, Bits<A>>,
    pub read_data: Signal<Out, D>,
    pub read2_address: Signal<In, Bits<A>>,
    pub read2_data: Signal<Out, D>,
}

raw_verilog!([D: Synth, const A: usize] LutRam2<D, A>, drives(read_data, read2_data), |_b| format!(
    "\
(* ram_style = \"distributed\" *) reg [{msb}:0] mem [0:{last}];
{init}
always @(posedge clock) if (write_enable) mem[write_address] <= write_data;
always @(*) read_data = mem[read_address];
always @(*) read2_data = mem[read2_address];
",
    msb = D::BITS - 1,
    last = last_word(A),
    init = zeroed(A, ""),
));

pub(crate) const fn last_word(address_bits: usize) -> usize {
    (1 << address_bits) - 1
}

/// The initial block that clears `mem`, followed by `more` statements.
pub(crate) fn zeroed(address_bits: usize, more: &str) -> String {
    format!(
        "\
integer word;
initial begin
   for (word = 0; word <= {}; word = word + 1) mem[word] = 0;
   {more}
end",
        last_word(address_bits)
    )
}
