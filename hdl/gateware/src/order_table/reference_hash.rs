//! The bucket of each bank that a reference belongs to: parities under the masks of `contract::order_hash`.
//!
//! Latency: combinational, two levels of four-input XOR. Back-pressure: none.

use contract::order_hash::{BUCKET_BITS_MAX, MASKS};
use rust_hdl::prelude::*;
use std::fmt::Write as _;

/// Bucket indices of `A` bits; see the module's text.
#[derive(LogicBlock, Default)]
pub struct ReferenceHash<const A: usize> {
    pub reference: Signal<In, Bits<64>>,
    pub bank_0: Signal<Out, Bits<A>>,
    pub bank_1: Signal<Out, Bits<A>>,
    pub bank_2: Signal<Out, Bits<A>>,
    pub bank_3: Signal<Out, Bits<A>>,
}

impl<const A: usize> Logic for ReferenceHash<A> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.bank_0.connect();
        self.bank_1.connect();
        self.bank_2.connect();
        self.bank_3.connect();
    }

    fn hdl(&self) -> Verilog {
        assert!(
            A <= BUCKET_BITS_MAX as usize,
            "ReferenceHash: masks for {BUCKET_BITS_MAX} bits, not {A}"
        );
        let mut text = String::from("always @(*) begin\n");
        for (bank, masks) in MASKS.iter().enumerate() {
            for (bit, mask) in masks[..A].iter().enumerate() {
                let _ = writeln!(text, "   bank_{bank}[{bit}] = ^(reference & 64'h{mask:016x});");
            }
        }
        Verilog::Custom(text + "end\n")
    }
}
