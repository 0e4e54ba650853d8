//! Registers without logic: copies for fan-out, delays for side information.

use rust_hdl::prelude::*;

/// A register copy that synthesis must not merge with its twins; latency 1, no reset.
///
/// Use one per group of loads where a broadcast signal's routing is the critical path.
#[derive(LogicBlock, Default)]
pub struct RegCopy<D: Synth> {
    pub clock: Signal<In, Clock>,
    pub d: Signal<In, D>,
    pub q: Signal<Out, D>,
}

raw_verilog!([D: Synth] RegCopy<D>, drives(q), |_b| String::from(
    "\
// @keep_hierarchy
initial q = 0;
always @(posedge clock) q <= d;
"
));

/// `q` is `d` of `N` cycles ago; latency `N ≥ 1`, starts at zero, no reset.
#[derive(LogicBlock, Default)]
pub struct DelayLine<D: Synth, const N: usize> {
    pub clock: Signal<In, Clock>,
    pub d: Signal<In, D>,
    pub q: Signal<Out, D>,
}

raw_verilog!([D: Synth, const N: usize] DelayLine<D, N>, drives(q), |_b| {
    assert!(N >= 1, "DelayLine: a delay of {N} cycles is a wire");
    let last = N * D::BITS - 1;
    let step = if N == 1 {
        String::from("taps <= d;")
    } else {
        format!("taps <= {{taps[{}:0], d}};", last - D::BITS)
    };
    format!(
        "\
reg [{last}:0] taps;
initial taps = 0;
always @(posedge clock) {step}
always @(*) q = taps[{last}:{low}];
",
        low = last + 1 - D::BITS,
    )
});
