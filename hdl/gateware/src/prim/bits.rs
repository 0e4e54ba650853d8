//! Joining, cutting out and counting bits.

use rust_hdl::prelude::*;

/// `{hi, lo}`, `O = A + B`; latency 0.
#[derive(LogicBlock, Default)]
pub struct Cat2<const A: usize, const B: usize, const O: usize> {
    pub hi: Signal<In, Bits<A>>,
    pub lo: Signal<In, Bits<B>>,
    pub y: Signal<Out, Bits<O>>,
}

raw_verilog!([const A: usize, const B: usize, const O: usize] Cat2<A, B, O>, drives(y), |_b| {
    assert_eq!(O, A + B, "Cat2: {A} + {B} bits");
    String::from("always @(*) y = {hi, lo};\n")
});

/// `{a, b, c}`, `O = A + B + C`; latency 0.
#[derive(LogicBlock, Default)]
pub struct Cat3<const A: usize, const B: usize, const C: usize, const O: usize> {
    pub a: Signal<In, Bits<A>>,
    pub b: Signal<In, Bits<B>>,
    pub c: Signal<In, Bits<C>>,
    pub y: Signal<Out, Bits<O>>,
}

raw_verilog!([const A: usize, const B: usize, const C: usize, const O: usize] Cat3<A, B, C, O>, drives(y), |_b| {
    assert_eq!(O, A + B + C, "Cat3: {A} + {B} + {C} bits");
    String::from("always @(*) y = {a, b, c};\n")
});

/// `{a, b, c, d}`, `O = A + B + C + D`; latency 0.
#[derive(LogicBlock, Default)]
pub struct Cat4<const A: usize, const B: usize, const C: usize, const D: usize, const O: usize> {
    pub a: Signal<In, Bits<A>>,
    pub b: Signal<In, Bits<B>>,
    pub c: Signal<In, Bits<C>>,
    pub d: Signal<In, Bits<D>>,
    pub y: Signal<Out, Bits<O>>,
}

raw_verilog!(
    [const A: usize, const B: usize, const C: usize, const D: usize, const O: usize] Cat4<A, B, C, D, O>,
    drives(y),
    |_b| {
        assert_eq!(O, A + B + C + D, "Cat4: {A} + {B} + {C} + {D} bits");
        String::from("always @(*) y = {a, b, c, d};\n")
    }
);

/// `{a, b, c}` is `x`, `O = A + B + C`; latency 0. For parts whose place is no number but a parameter.
#[derive(LogicBlock, Default)]
pub struct Split3<const A: usize, const B: usize, const C: usize, const O: usize> {
    pub x: Signal<In, Bits<O>>,
    pub a: Signal<Out, Bits<A>>,
    pub b: Signal<Out, Bits<B>>,
    pub c: Signal<Out, Bits<C>>,
}

raw_verilog!([const A: usize, const B: usize, const C: usize, const O: usize] Split3<A, B, C, O>, drives(a, b, c), |_b| {
    assert_eq!(O, A + B + C, "Split3: {A} + {B} + {C} bits");
    String::from("always @(*) {a, b, c} = x;\n")
});

/// `O` bits of `x` from bit `at` on, zero beyond its end; latency 0.
///
/// rust-hdl's own dynamic slice gives X or 0 beyond the end, depending on who simulates it.
#[derive(LogicBlock, Default)]
pub struct SliceAt<const W: usize, const S: usize, const O: usize> {
    pub x: Signal<In, Bits<W>>,
    pub at: Signal<In, Bits<S>>,
    pub y: Signal<Out, Bits<O>>,
}

raw_verilog!([const W: usize, const S: usize, const O: usize] SliceAt<W, S, O>, drives(y), |_b| {
    assert!(O < W, "SliceAt: {O} of {W} bits");
    format!("reg [{}:0] unused;\nalways @(*) {{unused, y}} = x >> at;\n", W - O - 1)
});

/// `x >> 8·bytes`, zeros from above; latency 0.
#[derive(LogicBlock, Default)]
pub struct ByteShiftRight<const W: usize, const S: usize> {
    pub x: Signal<In, Bits<W>>,
    pub bytes: Signal<In, Bits<S>>,
    pub y: Signal<Out, Bits<W>>,
}

raw_verilog!([const W: usize, const S: usize] ByteShiftRight<W, S>, drives(y), |_b| {
    String::from("always @(*) y = x >> {bytes, 3'd0};\n")
});

/// `x << 8·bytes`, zeros from below; latency 0.
#[derive(LogicBlock, Default)]
pub struct ByteShiftLeft<const W: usize, const S: usize> {
    pub x: Signal<In, Bits<W>>,
    pub bytes: Signal<In, Bits<S>>,
    pub y: Signal<Out, Bits<W>>,
}

raw_verilog!([const W: usize, const S: usize] ByteShiftLeft<W, S>, drives(y), |_b| {
    String::from("always @(*) y = x << {bytes, 3'd0};\n")
});

/// The bytes of `x` in opposite order (wire order ↔ little-endian); latency 0.
#[derive(LogicBlock, Default)]
pub struct ByteSwap<const W: usize> {
    pub x: Signal<In, Bits<W>>,
    pub y: Signal<Out, Bits<W>>,
}

raw_verilog!([const W: usize] ByteSwap<W>, drives(y), |_b| {
    assert_eq!(W % 8, 0, "ByteSwap: {W} bits are no whole bytes");
    let bytes: Vec<String> = (0..W / 8).map(|i| format!("x[{}:{}]", 8 * i + 7, 8 * i)).collect();
    format!("always @(*) y = {{{}}};\n", bytes.join(", "))
});

/// Index of the lowest set bit of `x`, `2^I ≥ N`; 0 and `any` = 0 when there is none; latency 0.
#[derive(LogicBlock, Default)]
pub struct PriorityEncoder<const N: usize, const I: usize> {
    pub x: Signal<In, Bits<N>>,
    pub index: Signal<Out, Bits<I>>,
    pub any: Signal<Out, Bit>,
}

raw_verilog!([const N: usize, const I: usize] PriorityEncoder<N, I>, drives(index, any), |_b| {
    assert!(1 << I >= N, "PriorityEncoder: {I} bits do not index {N}");
    // Bit k of the index is the OR of the isolated lowest bit over the positions with that bit set.
    let bits: Vec<String> = (0..I)
        .map(|k| {
            let taps: Vec<String> = (0..N).filter(|n| n >> k & 1 == 1).map(|n| format!("lowest[{n}]")).collect();
            format!("   index[{k}] = {};\n", if taps.is_empty() { "1'b0".into() } else { taps.join(" | ") })
        })
        .collect();
    format!(
        "\
wire [{msb}:0] lowest = x & (~x + {N}'d1);
always @(*) begin
   any = |x;
{}end
",
        bits.concat(),
        msb = N - 1,
    )
});

/// Number of set bits of `x`, `2^C > N`; latency 0.
#[derive(LogicBlock, Default)]
pub struct Popcount<const N: usize, const C: usize> {
    pub x: Signal<In, Bits<N>>,
    pub count: Signal<Out, Bits<C>>,
}

raw_verilog!([const N: usize, const C: usize] Popcount<N, C>, drives(count), |_b| {
    assert!(1 << C > N, "Popcount: {C} bits do not count to {N}");
    let pad = if C > 1 { format!("{}'d0, ", C - 1) } else { String::new() };
    let terms: Vec<String> = (0..N).map(|i| format!("{{{pad}x[{i}]}}")).collect();
    format!("always @(*) count = {};\n", balanced(&terms))
});

/// A balanced tree of additions.
fn balanced(terms: &[String]) -> String {
    match terms {
        [one] => one.clone(),
        _ => {
            let (left, right) = terms.split_at(terms.len() / 2);
            format!("({} + {})", balanced(left), balanced(right))
        }
    }
}
