//! What an expression looks like, whatever its types.

use syn::{BinOp, Expr, Lit};

/// Without parentheses and `into()`.
pub(super) fn strip(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => strip(&inner.expr),
        Expr::MethodCall(call) if ["into", "to_bits", "index"].iter().any(|m| call.method == m) => {
            strip(&call.receiver)
        }
        _ => expression,
    }
}

/// `self.….val()`
pub(super) fn is_read(expression: &Expr) -> bool {
    matches!(expression, Expr::MethodCall(call) if call.method == "val")
}

/// A slice or a field of a plain signal.
pub(super) fn is_cut(expression: &Expr) -> bool {
    match expression {
        Expr::MethodCall(call) => call.method == "get_bits",
        Expr::Field(_) => true,
        _ => false,
    }
}

/// A plain signal, a slice, field or reduction of one, or a cast of those: no operation of its own.
pub(super) fn is_leaf(expression: &Expr) -> bool {
    match strip(expression) {
        Expr::MethodCall(_) | Expr::Field(_) => true,
        Expr::Lit(literal) => matches!(literal.lit, Lit::Bool(_)),
        Expr::Call(call) => call.args.first().is_some_and(is_leaf),
        _ => false,
    }
}

pub(super) fn is_literal(expression: &Expr) -> bool {
    matches!(expression, Expr::Lit(literal) if matches!(literal.lit, Lit::Int(_)))
}

/// Literals have a rule of their own.
pub(super) fn is_leaf_or_literal(expression: &Expr) -> bool {
    is_leaf(expression) || matches!(strip(expression), Expr::Lit(_) | Expr::Path(_) | Expr::Call(_))
}

pub(super) fn is_bitwise(op: &BinOp) -> bool {
    matches!(op, BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitXor(_))
}

/// Whether `inner` may be an operand of `outer` without parentheses: both languages group it alike.
pub(super) fn binds_alike(outer: &BinOp, inner: &BinOp) -> bool {
    use BinOp::{And, BitAnd, BitOr, BitXor, Eq, Ge, Gt, Le, Lt, Ne, Or};
    match outer {
        BitAnd(_) => matches!(inner, BitAnd(_)),
        BitOr(_) => matches!(inner, BitOr(_)),
        BitXor(_) => matches!(inner, BitXor(_)),
        And(_) => matches!(inner, And(_) | Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_) | Ge(_)),
        Or(_) => matches!(
            inner,
            Or(_) | And(_) | Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_) | Ge(_)
        ),
        _ => false,
    }
}
