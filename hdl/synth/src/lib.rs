//! From emitted Verilog towards silicon: what a block costs, how deep its logic is, and the bitstream of the whole card.
//!
//! Outside programs do the work (yosys, nextpnr, ecppack); here is what is asked of them and how their answers are read.
#![forbid(unsafe_code)]

pub mod baseline;
pub mod board;
pub mod cdc;
pub mod ecp5;
pub mod error;
pub mod harness;
pub mod join;
pub mod netlist;
pub mod project;
pub mod target;
pub mod timing;
pub mod tool;
pub mod verilog;

pub use error::Error;
