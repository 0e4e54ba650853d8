//! Width-exact operators and memories that rust-hdl cannot say, or says unsafely.
//!
//! Plain arithmetic needs nothing from here: one operation per `Signal<Local>` of exact width is
//! safe (see the package's README). What stands here is a raw-Verilog wrapper with a name, a stated
//! latency and a bench of its own (`testbench/tests/prim.rs`).
//!
//! Latency is counted in clock edges from an input to the output that depends on it; 0 means
//! combinational.

/// Implements `Logic` for a block whose body is raw Verilog.
///
/// `drives` names the output ports, which the text must drive procedurally (they are `output reg`).
/// rust-hdl's own simulator is never used, so `update` is empty. A line `// @keep_hierarchy` in the
/// text makes `emit` put that attribute in front of the module, so that yosys neither merges nor
/// flattens it away.
macro_rules! raw_verilog {
    ([$($generics:tt)*] $block:ty, drives($($out:ident),+), |$this:ident| $text:expr) => {
        impl<$($generics)*> rust_hdl::prelude::Logic for $block {
            fn update(&mut self) {}
            fn connect(&mut self) {
                $(self.$out.connect();)+
            }
            fn hdl(&self) -> rust_hdl::prelude::Verilog {
                let $this = self;
                rust_hdl::prelude::Verilog::Custom($text)
            }
        }
    };
}

pub(crate) use raw_verilog;

pub mod arith;
pub mod bits;
pub mod crc;
pub mod crossing;
pub mod memory;
pub mod register;

pub use arith::{
    ClampS, ClampU, MulS, MulU, MulWideU, SatAddS, SatAddU, SatSubU, ShiftRightS, ShiftToZeroS, SignExtend,
};
pub use bits::{
    ByteShiftLeft, ByteShiftRight, ByteSwap, Cat2, Cat3, Cat4, Popcount, PriorityEncoder, SliceAt, Split3,
};
pub use crc::{CrcOfWord, CrcStep, Polynomial};
pub use crossing::{CrossRam, Synchroniser};
pub use memory::{ByteEnableRam, ByteEnableRamFast, LutRam, LutRam2, SdpRam, SdpRamFast, SdpRamReg};
pub use register::{DelayLine, RegCopy};
