//! Verilog → Verilator → a safe Rust model.
//!
//! [`Model`] is built while the program runs (benches, mutants): the shared library is cached under
//! `target/verilated/<digest>`. [`gate`] holds the lint and synthesis checks every block must pass.
//!
//! This is one of the packages that may use `unsafe`: only [`dynamic`] does.

pub mod bits;
mod compile;
pub mod dynamic;
mod error;
pub mod formal;
pub mod gate;
pub mod replay;
mod shim;
mod source;
mod tool;

pub use compile::cache;
pub use dynamic::{Model, PortId};
pub use error::Error;
pub use source::{Direction, Optimise, Port, Source};
pub use tool::{CXX, IVERILOG, SOLVER, Tool, VERILATOR, VVP, YOSYS};
