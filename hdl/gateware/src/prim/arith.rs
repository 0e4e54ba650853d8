//! Arithmetic that rust-hdl prints wrongly or cannot print: products, saturation, shifts of signed values.

use rust_hdl::prelude::*;

/// Unsigned product, `P = A + B`; latency `S` = 1, 2 or 3.
///
/// 1: the product is registered; 2: operands too; 3: a register between multiplier and output as well. Meant
/// for what one DSP holds (18 × 18 on ECP5, 27 × 18 on UltraScale+); wider ones: [`MulWideU`].
#[derive(LogicBlock, Default)]
pub struct MulU<const A: usize, const B: usize, const P: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<A>>,
    pub b: Signal<In, Bits<B>>,
    pub p: Signal<Out, Bits<P>>,
}

raw_verilog!([const A: usize, const B: usize, const P: usize, const S: usize] MulU<A, B, P, S>, drives(p), |_b| {
    product("", A, B, P, S)
});

/// Signed product, `P = A + B`; latency `S` = 1, 2 or 3, as [`MulU`].
#[derive(LogicBlock, Default)]
pub struct MulS<const A: usize, const B: usize, const P: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Signed<A>>,
    pub b: Signal<In, Signed<B>>,
    pub p: Signal<Out, Signed<P>>,
}

raw_verilog!([const A: usize, const B: usize, const P: usize, const S: usize] MulS<A, B, P, S>, drives(p), |_b| {
    product(" signed", A, B, P, S)
});

/// The pipeline of a product that one multiplier holds.
fn product(signed: &str, a: usize, b: usize, p: usize, stages: usize) -> String {
    assert_eq!(p, a + b, "a product of {a} and {b} bits has {} bits", a + b);
    assert!((1..=3).contains(&stages), "1, 2 or 3 stages, not {stages}");
    if stages == 1 {
        return "initial p = 0;\nalways @(posedge clock) p <= a * b;\n".into();
    }
    let (middle, last) = if stages == 2 {
        (String::new(), "p <= a_s1 * b_s1;".into())
    } else {
        (
            format!("reg{signed} [{}:0] p_s2 = 0;\n", p - 1),
            String::from("p_s2 <= a_s1 * b_s1;\n   p <= p_s2;"),
        )
    };
    format!(
        "\
reg{signed} [{a_msb}:0] a_s1 = 0;
reg{signed} [{b_msb}:0] b_s1 = 0;
{middle}initial p = 0;
always @(posedge clock) begin
   a_s1 <= a;
   b_s1 <= b;
   {last}
end
",
        a_msb = a - 1,
        b_msb = b - 1,
    )
}

/// Unsigned product of up to 36 × 36 bits from 18-bit partial products, `P = A + B`; latency 3.
///
/// Stage 1 registers the partial products, stage 2 the sum of the middle ones, stage 3 the total: one carry
/// chain a stage. At least one operand is wider than 18 bits, else [`MulU`] does it in one DSP.
#[derive(LogicBlock, Default)]
pub struct MulWideU<const A: usize, const B: usize, const P: usize> {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<A>>,
    pub b: Signal<In, Bits<B>>,
    pub p: Signal<Out, Bits<P>>,
}

raw_verilog!([const A: usize, const B: usize, const P: usize] MulWideU<A, B, P>, drives(p), |_b| {
    assert_eq!(P, A + B, "a product of {A} and {B} bits has {} bits", A + B);
    assert!(A <= 36 && B <= 36 && A.max(B) > 18, "MulWideU is for 19 to 36 bits, not {A} and {B}");
    if A > 18 && B > 18 {
        four_partial_products(A, B)
    } else if A > 18 {
        two_partial_products("a", A, "b", B)
    } else {
        two_partial_products("b", B, "a", A)
    }
});

fn four_partial_products(a: usize, b: usize) -> String {
    let (a_high, b_high) = (a - 18, b - 18);
    let middle = 18 + a_high.max(b_high) + 1;
    let pad = |width: usize| middle - width;
    format!(
        "\
reg [35:0] ll_s1 = 0;
reg [{hl}:0] hl_s1 = 0;
reg [{lh}:0] lh_s1 = 0;
reg [{hh}:0] hh_s1 = 0;
reg [{mid}:0] mid_s2 = 0;
reg [{out}:0] outer_s2 = 0;
initial p = 0;
always @(posedge clock) begin
   ll_s1 <= a[17:0] * b[17:0];
   hl_s1 <= a[{a}:18] * b[17:0];
   lh_s1 <= a[17:0] * b[{b}:18];
   hh_s1 <= a[{a}:18] * b[{b}:18];
   mid_s2 <= {{{pad_hl}'d0, hl_s1}} + {{{pad_lh}'d0, lh_s1}};
   outer_s2 <= {{hh_s1, ll_s1}};
   p <= outer_s2 + {{{pad_mid}'d0, mid_s2, 18'd0}};
end
",
        a = a - 1,
        b = b - 1,
        hl = a_high + 17,
        lh = b_high + 17,
        hh = a_high + b_high - 1,
        mid = middle - 1,
        out = a + b - 1,
        pad_hl = pad(a_high + 18),
        pad_lh = pad(b_high + 18),
        pad_mid = a + b - 18 - middle,
    )
}

fn two_partial_products(wide: &str, wide_bits: usize, narrow: &str, narrow_bits: usize) -> String {
    let high = wide_bits - 18 + narrow_bits;
    let low = 18 + narrow_bits;
    format!(
        "\
reg [{low_msb}:0] low_s1 = 0;
reg [{high_msb}:0] high_s1 = 0;
reg [{low_msb}:0] low_s2 = 0;
reg [{high_msb}:0] high_s2 = 0;
initial p = 0;
always @(posedge clock) begin
   low_s1 <= {wide}[17:0] * {narrow};
   high_s1 <= {wide}[{wide_msb}:18] * {narrow};
   low_s2 <= low_s1;
   high_s2 <= high_s1;
   p <= {{high_s2, 18'd0}} + {{{pad}'d0, low_s2}};
end
",
        low_msb = low - 1,
        high_msb = high - 1,
        wide_msb = wide_bits - 1,
        pad = high + 18 - low,
    )
}

/// Unsigned `a + b`, all ones on overflow; latency 0.
#[derive(LogicBlock, Default)]
pub struct SatAddU<const N: usize> {
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub y: Signal<Out, Bits<N>>,
}

raw_verilog!([const N: usize] SatAddU<N>, drives(y), |_b| format!(
    "\
wire [{N}:0] sum = {{1'b0, a}} + {{1'b0, b}};
always @(*) y = sum[{N}] ? {{{N}{{1'b1}}}} : sum[{msb}:0];
",
    msb = N - 1,
));

/// Unsigned `a - b`, 0 on underflow; latency 0.
#[derive(LogicBlock, Default)]
pub struct SatSubU<const N: usize> {
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub y: Signal<Out, Bits<N>>,
}

raw_verilog!([const N: usize] SatSubU<N>, drives(y), |_b| format!(
    "\
wire [{N}:0] difference = {{1'b0, a}} - {{1'b0, b}};
always @(*) y = difference[{N}] ? {N}'d0 : difference[{msb}:0];
",
    msb = N - 1,
));

/// Signed `a + b`, held at the nearest end of the range on overflow; latency 0.
#[derive(LogicBlock, Default)]
pub struct SatAddS<const N: usize> {
    pub a: Signal<In, Signed<N>>,
    pub b: Signal<In, Signed<N>>,
    pub y: Signal<Out, Signed<N>>,
}

raw_verilog!([const N: usize] SatAddS<N>, drives(y), |_b| format!(
    "\
wire [{N}:0] sum = {{a[{msb}], a}} + {{b[{msb}], b}};
always @(*) y = (sum[{N}] == sum[{msb}]) ? sum[{msb}:0] : {{sum[{N}], {{{msb}{{~sum[{N}]}}}}}};
",
    msb = N - 1,
));

/// Signed `N` bits narrowed to `M < N`, held at the nearest end of the range; latency 0.
#[derive(LogicBlock, Default)]
pub struct ClampS<const N: usize, const M: usize> {
    pub x: Signal<In, Signed<N>>,
    pub y: Signal<Out, Signed<M>>,
}

raw_verilog!([const N: usize, const M: usize] ClampS<N, M>, drives(y), |_b| {
    assert!(M < N && M > 1, "ClampS narrows: {N} to {M} bits does not");
    format!(
        "\
wire fits = (&x[{n}:{m}]) | ~(|x[{n}:{m}]);
always @(*) y = fits ? x[{m}:0] : {{x[{n}], {{{m}{{~x[{n}]}}}}}};
",
        n = N - 1,
        m = M - 1,
    )
});

/// Unsigned `N` bits narrowed to `M < N`, all ones when it does not fit; latency 0.
#[derive(LogicBlock, Default)]
pub struct ClampU<const N: usize, const M: usize> {
    pub x: Signal<In, Bits<N>>,
    pub y: Signal<Out, Bits<M>>,
}

raw_verilog!([const N: usize, const M: usize] ClampU<N, M>, drives(y), |_b| {
    assert!(M < N, "ClampU narrows: {N} to {M} bits does not");
    format!("always @(*) y = (|x[{}:{M}]) ? {{{M}{{1'b1}}}} : x[{}:0];\n", N - 1, M - 1)
});

/// Signed `x / 2^K`, rounded toward zero; latency 0, one carry chain.
#[derive(LogicBlock, Default)]
pub struct ShiftToZeroS<const N: usize, const K: usize> {
    pub x: Signal<In, Signed<N>>,
    pub y: Signal<Out, Signed<N>>,
}

raw_verilog!([const N: usize, const K: usize] ShiftToZeroS<N, K>, drives(y), |_b| {
    assert!(K >= 1 && K < N, "a shift of {N} bits by {K}");
    // A negative value with a remainder is one too low after an arithmetic shift.
    format!(
        "\
wire up = x[{msb}] & (|x[{k}:0]);
always @(*) y = {{{{{K}{{x[{msb}]}}}}, x[{msb}:{K}]}} + {{{{{msb}{{1'b0}}}}, up}};
",
        msb = N - 1,
        k = K - 1,
    )
});

/// Two's complement `N` bits as `M > N` bits; latency 0.
#[derive(LogicBlock, Default)]
pub struct SignExtend<const N: usize, const M: usize> {
    pub x: Signal<In, Bits<N>>,
    pub y: Signal<Out, Bits<M>>,
}

raw_verilog!([const N: usize, const M: usize] SignExtend<N, M>, drives(y), |_b| {
    assert!(M > N, "SignExtend widens: {N} to {M} bits does not");
    format!("always @(*) y = {{{{{}{{x[{}]}}}}, x}};\n", M - N, N - 1)
});

/// Signed `x >> shift`, arithmetic (toward minus infinity), `shift` variable; latency 0.
#[derive(LogicBlock, Default)]
pub struct ShiftRightS<const N: usize, const S: usize> {
    pub x: Signal<In, Signed<N>>,
    pub shift: Signal<In, Bits<S>>,
    pub y: Signal<Out, Signed<N>>,
}

raw_verilog!([const N: usize, const S: usize] ShiftRightS<N, S>, drives(y), |_b| {
    String::from("always @(*) y = x >>> shift;\n")
});
