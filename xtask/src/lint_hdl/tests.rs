//! The rules against the one-line expressions whose Verilog was compared with rust-hdl's own meaning.

use super::{Rule, lint};

/// A block with inputs `a`, `b` and output `o` of these types, and one statement.
fn kernel(a: &str, b: &str, o: &str, statement: &str) -> String {
    format!(
        "#[derive(LogicBlock, Default)]
        pub struct Trap {{
            pub a: Signal<In, {a}>, pub b: Signal<In, {b}>, pub o: Signal<Out, {o}>,
            pub event_in: Signal<In, Pair>, k: Constant<Bits<4>>, pub wide: Signal<Local, {o}>,
            held: DFF<{o}>, cells: [Cell; 4],
        }}
        #[derive(LogicBlock)] struct Cell {{ pub x: Signal<Out, Bits<8>> }}
        #[derive(LogicStruct)] struct Pair {{ low: Bits<8>, high: Signed<8> }}
        impl Logic for Trap {{
            #[hdl_gen]
            fn update(&mut self) {{
                {statement}
            }}
        }}"
    )
}

fn rules(source: &str) -> Vec<Rule> {
    let report = lint(&[("trap.rs".into(), source.into())]).expect("parses");
    assert_eq!(report.kernels, 1);
    report
        .findings
        .into_iter()
        .map(|(_, finding)| finding.rule)
        .collect()
}

fn of(a: &str, b: &str, o: &str, right: &str) -> Vec<Rule> {
    rules(&kernel(a, b, o, &format!("self.o.next = {right};")))
}

const U4: &str = "Bits<4>";
const U8: &str = "Bits<8>";
const U16: &str = "Bits<16>";
const U32: &str = "Bits<32>";
const U64: &str = "Bits<64>";
const S8: &str = "Signed<8>";
const S16: &str = "Signed<16>";
const S32: &str = "Signed<32>";
const S48: &str = "Signed<48>";
const BIT: &str = "Bit";

/// Name, types of `a`, `b` and `o`, right-hand side, rule that catches it.
type Trap = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Rule,
);

#[rustfmt::skip]
const TRAPS: [Trap; 14] = [
    ("PrecAndEq", U8, U8, BIT, "self.a.val() & 1 == self.b.val()", Rule::Precedence),
    ("LitAddCmp", U8, U8, BIT, "(self.a.val() + 1) == self.b.val()", Rule::Nested),
    ("CastSum", U8, U8, U16, "bit_cast::<16, 8>(self.a.val() + self.b.val())", Rule::Cast),
    ("CastNot", U8, U8, U16, "bit_cast::<16, 8>(!self.a.val())", Rule::Cast),
    ("CastSub", U8, U8, U16, "bit_cast::<16, 8>(self.a.val() - self.b.val())", Rule::Cast),
    ("LitShr", U8, U8, U8, "(self.a.val() + 255) >> 1", Rule::Literal),
    ("BitsLitCmp", U8, U8, BIT, "(self.a.val() + bits::<8>(1)) == self.b.val()", Rule::Literal),
    ("SMulCast", S16, S16, S48, "signed_bit_cast::<48, 32>(self.a.val() * self.b.val())", Rule::Cast),
    ("UMulHi", U16, U16, U16, "bit_cast::<16, 32>((self.a.val() * self.b.val()) >> 16)", Rule::Cast),
    ("SliceOob", U16, U4, U8, "self.a.val().get_bits::<8>(self.b.val().index())", Rule::Slice),
    ("NotSlice", U16, U4, U16, "bit_cast::<16, 8>(!self.a.val().get_bits::<8>(4))", Rule::Cast),
    ("SSliceLt", S16, S16, BIT, "self.a.val().get_bits::<8>(8) < self.b.val().get_bits::<8>(8)", Rule::Slice),
    ("SLitAdd", S16, S16, S32, "signed_bit_cast::<32, 16>(self.a.val()) + 1.into()", Rule::Literal),
    ("SLitCmp", S16, S16, BIT, "self.a.val() < 0.into()", Rule::Literal),
];

/// The fourteen expressions whose Verilog differs from their meaning: each is flagged.
#[test]
fn every_trap_is_caught() {
    for (name, a, b, o, right, rule) in TRAPS {
        let found = of(a, b, o, right);
        assert!(
            found.contains(&rule),
            "{name}: expected {rule:?}, found {found:?}"
        );
    }
}

/// Expressions whose Verilog agrees, and which pass.
#[test]
fn innocuous_expressions_pass() {
    let good = [
        ("SMul", S16, S16, S32, "self.a.val() * self.b.val()"),
        ("UMul", U16, U16, U32, "self.a.val() * self.b.val()"),
        (
            "SSubCast",
            S16,
            S16,
            S32,
            "signed_bit_cast::<32, 16>(self.a.val()) - signed_bit_cast::<32, 16>(self.b.val())",
        ),
        ("SLt", S16, S16, BIT, "self.a.val() < self.b.val()"),
        (
            "SSlice",
            S16,
            S16,
            S32,
            "signed_bit_cast::<32, 8>(self.a.val().get_bits::<8>(8))",
        ),
        (
            "UCast",
            S8,
            S8,
            U16,
            "bit_cast::<16, 8>(unsigned_cast(self.a.val()))",
        ),
        (
            "ToS",
            U8,
            U8,
            S16,
            "signed_bit_cast::<16, 8>(signed_cast(self.a.val()))",
        ),
        ("BoolNot", BIT, BIT, BIT, "!self.a.val() & self.b.val()"),
        (
            "BoolLogic",
            BIT,
            BIT,
            BIT,
            "self.a.val() && !self.b.val() || self.b.val()",
        ),
        ("NeNot", U8, U8, BIT, "!(self.a.val() == self.b.val())"),
        ("DynShr", U64, U8, U64, "self.a.val() >> self.b.val()"),
        (
            "ReplBit",
            U8,
            "Bits<3>",
            U8,
            "self.a.val().replace_bit(self.b.val().index(), true)",
        ),
        (
            "CastCmp",
            U8,
            U8,
            BIT,
            "bit_cast::<4, 8>(self.a.val()) == bit_cast::<4, 8>(self.b.val())",
        ),
        ("AnyExpr", U8, U8, BIT, "(self.a.val() & self.b.val()).any()"),
    ];
    for (name, a, b, o, right) in good {
        assert_eq!(of(a, b, o, right), [], "{name}");
    }
}

/// Expressions whose Verilog happens to agree at the widths tried, but depends on them: flagged all the same.
#[test]
fn what_depends_on_the_context_is_flagged() {
    let conservative = [
        ("ShlShr", U8, U8, U8, "(self.a.val() << 4) >> 4"),
        ("AvgShr", U8, U8, U8, "(self.a.val() + self.b.val()) >> 1"),
        ("LitSubLt", U8, U8, BIT, "(self.a.val() - 1) < self.b.val()"),
        (
            "SSubCmp",
            S16,
            S16,
            BIT,
            "(self.a.val() - self.b.val()) < self.b.val()",
        ),
        ("SNeg", S8, S8, S16, "signed_bit_cast::<16, 8>(-self.a.val())"),
        ("UMulHi root", U8, U8, U16, "self.a.val() * self.b.val()"),
        // Seven bits can point beyond the 64.
        (
            "ReplBit slack",
            U64,
            "Bits<7>",
            U64,
            "self.a.val().replace_bit(self.b.val().index(), true)",
        ),
    ];
    for (name, a, b, o, right) in conservative {
        assert_ne!(of(a, b, o, right), [], "{name}");
    }
    assert_eq!(
        of(
            U64,
            "Bits<6>",
            U64,
            "self.a.val().replace_bit(self.b.val().index(), true)"
        ),
        [],
        "ReplBit64"
    );
}

/// Idioms the README recommends.
#[test]
fn idioms_pass() {
    let good = [
        "self.o.next = 0.into();",
        "self.wide.next = self.held.q.val() + 1;",
        "self.wide.next = self.held.q.val() | 64;",
        "self.o.next = (bit_cast::<16, 8>(self.a.val()) << 8) | bit_cast::<16, 8>(self.b.val());",
        "self.o.next = self.a.val().get_bits::<4>(self.k.val().index());",
        "if (self.a.val() == 5) & !self.b.val().get_bit(3) { self.o.next = self.held.q.val(); }",
        "for i in 0..4 { self.wide.next = self.cells[i].x.val(); if self.a.val() == i { self.o.next = self.cells[i + 1].x.val(); } }",
        "match self.a.val() { 0 => { self.o.next = 1.into(); } State::Idle => {} _ => {} }",
        "self.o.next = self.event_in.val().low;",
        "if self.event_in.val().low < self.a.val() { self.o.next = 1.into(); }",
    ];
    for statement in good {
        assert_eq!(rules(&kernel(U8, U8, U16, statement)), [], "{statement}");
    }
}

#[test]
fn what_verilog_cannot_take_is_caught() {
    let bad = [
        ("self.o.next = LIMIT;", Rule::Constant),
        ("self.o.next = self.a.val() & LIMIT;", Rule::Constant),
        (
            "self.o.next = self.a.val().get_bits::<4>(OFFSET);",
            Rule::Constant,
        ),
        ("self.o.next = self.cells[N].x.val();", Rule::Constant),
        ("for i in 0..4 { self.o.next = self.a.val() + i; }", Rule::Literal),
        ("match self.a.val() { 0x10 => {} _ => {} }", Rule::Syntax),
        ("match self.a.val() { 1 | 2 => {} _ => {} }", Rule::Syntax),
        ("match self.a.val() { LIMIT => {} _ => {} }", Rule::Syntax),
        ("assert!(self.a.val().any());", Rule::Syntax),
        (
            "self.o.next = self.event_in.val().low.get_bits::<2>(0);",
            Rule::Slice,
        ),
        (
            "if self.event_in.val().high < self.a.val() { self.o.next = 1.into(); }",
            Rule::Slice,
        ),
        (
            "self.o.next = self.a.val() + self.b.val() + self.b.val();",
            Rule::Nested,
        ),
        ("self.o.next = -self.a.val() & self.b.val();", Rule::Nested),
    ];
    for (statement, rule) in bad {
        let found = rules(&kernel(U8, U8, U16, statement));
        assert!(
            found.contains(&rule),
            "{statement}: expected {rule:?}, found {found:?}"
        );
    }
    for (field, bad) in [
        ("pub logic: Signal<In, Bit>,", true),
        ("grid: [[DFF<Bit>; 2]; 2],", true),
        ("held: DFF<Bit>,", false),
    ] {
        let source = format!(
            "#[derive(LogicBlock)] struct B {{ {field} }} #[derive(LogicStruct)] struct S {{ event: Bits<4> }}"
        );
        let report = lint(&[("b.rs".into(), source)]).expect("parses");
        assert_eq!(
            report.findings.iter().any(|(_, f)| f.rule == Rule::Syntax),
            bad,
            "{field}"
        );
    }
}

#[test]
fn an_excuse_needs_the_rule_and_a_reason() {
    let with = |comment: &str| {
        let statement = format!(
            "{comment}\nself.o.next = self.a.val().get_bit(self.b.val().index());\nself.wide.next = self.a.val().get_bit(self.b.val().index());"
        );
        rules(&kernel(U8, U8, BIT, &statement)).len()
    };
    assert_eq!(with("// nothing"), 2);
    assert_eq!(with("// lint-hdl: allow(slice): b is at most 7, see above"), 0);
    assert_eq!(with("// lint-hdl: allow(slice): why"), 2);
    assert_eq!(with("// lint-hdl: allow(literal): b is at most 7, see above"), 2);
}

/// The gateware itself.
#[test]
fn gateware_is_clean() {
    assert!(super::run().expect("readable sources"), "see the findings above");
}
