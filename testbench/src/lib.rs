//! Benches of the gateware: each block's Verilog against a golden model in plain Rust.
//!
//! A bench is a *scenario*: a function that drives a [`Bench`] and returns at the first difference. The same
//! scenario runs on the block as emitted ([`run`]) and on its mutants, where it must fail.
//!
//! ```no_run
//! use gateware::emit::Size;
//! use testbench::{Bench, Verdict};
//!
//! fn scenario(bench: &mut Bench) -> Verdict {
//!     bench.reset();
//!     let d = bench.port("d");
//!     let q = bench.port("q");
//!     let value = bench.rng.bits(33);
//!     bench.set(d, value);
//!     bench.tick();
//!     bench.eq("q one cycle later", bench.get(q), value)
//! }
//!
//! testbench::run("prim_reg_copy", Size::Small, scenario);
//! ```
#![forbid(unsafe_code)]

pub mod axi;
pub mod axil;
mod clocks;
pub mod frames;
pub mod golden;
mod harness;
mod layout;
pub mod mutate;
mod rng;
mod stream;

pub use clocks::Clocks;
pub use harness::{Bench, Failure, Verdict, run, run_seeds, run_text};
pub use layout::{Bundle, Layout};
pub use rng::Rng;
pub use stream::{StreamDriver, StreamMonitor};
