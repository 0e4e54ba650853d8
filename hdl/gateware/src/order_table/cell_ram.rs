//! True-dual-port block RAM: each port reads or writes one word a cycle.
//!
//! Latency 1; the output of a port that writes holds. Reading or writing a word in the cycle in which the other
//! port writes it is undefined: the block around it must not. To make a bench see it, simulation (the macro
//! `VERILATOR`) then stores or returns the complement, and the memory starts all ones.

use rust_hdl::prelude::*;

/// `2^A` words; see the module's text.
#[derive(LogicBlock, Default)]
pub struct CellRam<D: Synth, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub a_write: Signal<In, Bit>,
    pub a_address: Signal<In, Bits<A>>,
    pub a_data: Signal<In, D>,
    pub a_q: Signal<Out, D>,
    pub b_write: Signal<In, Bit>,
    pub b_address: Signal<In, Bits<A>>,
    pub b_data: Signal<In, D>,
    pub b_q: Signal<Out, D>,
}

impl<D: Synth, const A: usize> Logic for CellRam<D, A> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.a_q.connect();
        self.b_q.connect();
    }

    fn hdl(&self) -> Verilog {
        let (msb, last) = (D::BITS - 1, (1_usize << A) - 1);
        Verilog::Custom(format!(
            "\
(* ram_style = \"block\", no_rw_check, rw_addr_collision = \"no\" *) reg [{msb}:0] mem [0:{last}];
`ifdef VERILATOR
integer word;
initial for (word = 0; word <= {last}; word = word + 1) mem[word] = ~0;
wire a_clash = b_write && a_address == b_address;
wire b_clash = a_write && a_address == b_address;
always @(posedge clock) begin
   if (a_write) mem[a_address] <= a_clash ? ~a_data : a_data;
   else a_q <= a_clash ? ~mem[a_address] : mem[a_address];
   if (b_write) mem[b_address] <= b_clash ? ~b_data : b_data;
   else b_q <= b_clash ? ~mem[b_address] : mem[b_address];
end
`else
always @(posedge clock) if (a_write) mem[a_address] <= a_data; else a_q <= mem[a_address];
always @(posedge clock) if (b_write) mem[b_address] <= b_data; else b_q <= mem[b_address];
`endif
"
        ))
    }
}
