//! The rules for expressions and statements of `#[hdl_gen]` kernels.

use super::shape::{
    binds_alike, is_bitwise, is_cut, is_leaf, is_leaf_or_literal, is_literal, is_read, strip,
};
use super::types::{Field, Types, Value};
use super::{Finding, Rule};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ImplItemFn, ItemImpl, Lit, Member, Pat, Stmt, UnOp};

/// Checks every kernel of a file; returns how many there are.
pub(super) fn check(file: &syn::File, types: &Types, findings: &mut Vec<Finding>) -> usize {
    let mut finder = Finder {
        types,
        findings,
        kernels: 0,
        block: String::new(),
    };
    finder.visit_file(file);
    finder.kernels
}

struct Finder<'a> {
    types: &'a Types,
    findings: &'a mut Vec<Finding>,
    kernels: usize,
    block: String,
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        self.block = match &*item.self_ty {
            syn::Type::Path(path) => path
                .path
                .segments
                .last()
                .map(|s| s.ident.to_string())
                .unwrap_or_default(),
            _ => String::new(),
        };
        visit::visit_item_impl(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        if item.attrs.iter().any(|a| a.path().is_ident("hdl_gen")) {
            self.kernels += 1;
            let mut kernel = Kernel {
                types: self.types,
                block: &self.block,
                findings: self.findings,
                loops: Vec::new(),
            };
            item.block.stmts.iter().for_each(|s| kernel.statement(s));
        }
    }
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Alone on a right-hand side.
    Root,
    /// The condition of an `if`, or an operand of `&&`, `||`, `&`, `|`, `^`.
    Logic,
    /// Beside a comparison.
    Compared,
    /// Operand of arithmetic or a shift, or inside a cast.
    Operand,
}

struct Kernel<'a> {
    types: &'a Types,
    block: &'a str,
    findings: &'a mut Vec<Finding>,
    loops: Vec<String>,
}

impl Kernel<'_> {
    fn flag(&mut self, rule: Rule, at: &impl Spanned, text: &impl ToTokens, remedy: &'static str) {
        let text = text
            .to_token_stream()
            .to_string()
            .replace(" . ", ".")
            .replace(" :: ", "::");
        let text = text.replace(" (", "(").replace("( ", "(").replace(" )", ")");
        self.findings.push(Finding {
            line: at.span().start().line,
            rule,
            text,
            remedy,
        });
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Expr(expression, _) => self.action(expression),
            Stmt::Macro(item) if item.mac.path.is_ident("assert") => {
                self.flag(
                    Rule::Syntax,
                    item,
                    item,
                    "becomes a comment: bind a checker instead",
                );
            }
            _ => {}
        }
    }

    fn action(&mut self, expression: &Expr) {
        match expression {
            Expr::Assign(assign) => self.value(&assign.right, Place::Root),
            Expr::If(conditional) => {
                self.value(&conditional.cond, Place::Logic);
                conditional
                    .then_branch
                    .stmts
                    .iter()
                    .for_each(|s| self.statement(s));
                if let Some((_, otherwise)) = &conditional.else_branch {
                    self.action(otherwise);
                }
            }
            Expr::Block(block) => block.block.stmts.iter().for_each(|s| self.statement(s)),
            Expr::ForLoop(looped) => {
                self.loops.push(looped.pat.to_token_stream().to_string());
                looped.body.stmts.iter().for_each(|s| self.statement(s));
                self.loops.pop();
            }
            Expr::Match(matched) => {
                self.value(&matched.expr, Place::Operand);
                for arm in &matched.arms {
                    self.pattern(&arm.pat);
                    self.action(&arm.body);
                }
            }
            _ => {}
        }
    }

    fn pattern(&mut self, pattern: &Pat) {
        let remedy = match pattern {
            Pat::Wild(_) => return,
            Pat::Path(path) if path.path.segments.len() > 1 => return,
            Pat::Lit(literal) => match &literal.lit {
                Lit::Int(int) if int.to_string().bytes().all(|b| b.is_ascii_digit()) => return,
                _ => "match arms are plain decimal numbers",
            },
            Pat::Ident(_) | Pat::Path(_) => {
                "prints its name: match arms are plain decimal numbers or enum states"
            }
            _ => "match arms are single numbers or enum states",
        };
        self.flag(Rule::Syntax, pattern, pattern, remedy);
    }

    fn value(&mut self, expression: &Expr, place: Place) {
        match expression {
            Expr::Paren(inner) => self.value(&inner.expr, place),
            Expr::Lit(literal) if matches!(literal.lit, Lit::Int(_)) && place != Place::Root => {
                self.flag(
                    Rule::Literal,
                    literal,
                    literal,
                    "is 32 bits wide here: use a Constant<Bits<N>> field",
                );
            }
            Expr::Path(path) if self.is_loop_expression(expression) => {
                self.flag(
                    Rule::Literal,
                    path,
                    path,
                    "is 32 bits wide here: compare it, or index with it",
                );
            }
            Expr::Path(path) if path.path.segments.len() == 1 => {
                self.flag(
                    Rule::Constant,
                    path,
                    path,
                    "prints its name: use a Constant<Bits<N>> field",
                );
            }
            Expr::MethodCall(call) => self.method(call, place),
            Expr::Call(call) => self.call(call, place),
            Expr::Field(field) => self.field_read(field),
            Expr::Unary(unary) => self.unary(unary, place),
            Expr::Binary(binary) => self.binary(binary, place),
            _ => {}
        }
    }

    fn unary(&mut self, unary: &syn::ExprUnary, place: Place) {
        let inner = strip(&unary.expr);
        match unary.op {
            UnOp::Neg(_) if place != Place::Root || !is_read(inner) => {
                self.flag(
                    Rule::Nested,
                    unary,
                    unary,
                    "negate a plain signal into a Local of its own",
                );
            }
            UnOp::Not(_) if !matches!(place, Place::Root | Place::Logic) => {
                self.flag(
                    Rule::Nested,
                    unary,
                    unary,
                    "invert into a Local of its own: upper bits become ones",
                );
            }
            UnOp::Not(_) => self.value(&unary.expr, Place::Logic),
            _ => {}
        }
    }

    fn method(&mut self, call: &syn::ExprMethodCall, place: Place) {
        match call.method.to_string().as_str() {
            "into" | "index" | "to_bits" => self.value(&call.receiver, place),
            "val" => self.indices(&call.receiver),
            "get_bits" | "get_bit" | "replace_bit" => {
                if !is_read(&call.receiver) {
                    self.flag(
                        Rule::Slice,
                        call,
                        call,
                        "slice a plain signal only: put it into a Local first",
                    );
                }
                self.slice_index(call);
                if let Some(value) = call.args.iter().nth(1) {
                    self.value(value, Place::Logic);
                }
            }
            "any" | "all" | "xor" => {
                let bits = matches!(strip(&call.receiver), Expr::Binary(b) if is_bitwise(&b.op));
                let slice_of_read = matches!(&*call.receiver, Expr::MethodCall(inner)
                    if inner.method == "get_bits" && is_read(&inner.receiver));
                if slice_of_read {
                    self.value(&call.receiver, Place::Operand);
                } else if is_read(&call.receiver) {
                    self.indices(&call.receiver);
                } else if matches!(&*call.receiver, Expr::Paren(_)) && bits {
                    self.value(&call.receiver, Place::Logic);
                } else {
                    self.flag(
                        Rule::Slice,
                        call,
                        call,
                        "reduce a plain signal only: put it into a Local first",
                    );
                }
            }
            _ => {}
        }
    }

    /// The index of a slice is a number, a loop variable, a Constant, or a signal that cannot leave the range.
    fn slice_index(&mut self, call: &syn::ExprMethodCall) {
        let Some(index) = call.args.first() else { return };
        if matches!(index, Expr::Lit(_)) || self.is_loop_expression(index) {
            return;
        }
        if let Expr::Path(path) = index {
            self.flag(
                Rule::Constant,
                path,
                path,
                "prints its name: use a Constant<Bits<N>> field and .index()",
            );
            return;
        }
        let source = match index {
            Expr::MethodCall(inner) if inner.method == "index" => &*inner.receiver,
            other => other,
        };
        let in_range = match (self.type_of(&call.receiver), self.type_of(source)) {
            (Some(Value::Bits(Some(width))), Some(Value::Bits(Some(bits)))) => {
                bits < 32 && 1 << bits <= width && call.method != "get_bits"
            }
            _ => false,
        };
        if !in_range && !self.is_constant(source) {
            let remedy =
                "may lie out of range (X or 0): use prim::SliceAt, or show why not in an allow comment";
            self.flag(Rule::Slice, call, call, remedy);
        }
    }

    /// Whether `self.name.val()` reads a `Constant`: its value is known when the block is built.
    fn is_constant(&self, read: &Expr) -> bool {
        let Expr::MethodCall(call) = read else {
            return false;
        };
        let Expr::Field(field) = &*call.receiver else {
            return false;
        };
        let name = field.member.to_token_stream().to_string();
        matches!(self.types.field(self.block, &name), Some(Field::Constant(_)))
    }

    fn is_loop_expression(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Path(path) => path
                .path
                .get_ident()
                .is_some_and(|i| self.loops.contains(&i.to_string())),
            Expr::Lit(_) => true,
            Expr::Paren(inner) => self.is_loop_expression(&inner.expr),
            Expr::Binary(binary) => {
                self.is_loop_expression(&binary.left) && self.is_loop_expression(&binary.right)
            }
            _ => false,
        }
    }

    /// Array indices of a read consist of loop variables and numbers.
    fn indices(&mut self, read: &Expr) {
        match read {
            Expr::Field(field) => self.indices(&field.base),
            Expr::MethodCall(call) => self.indices(&call.receiver),
            Expr::Index(indexed) => {
                if !self.is_loop_expression(&indexed.index) {
                    let remedy =
                        "array indices are loop variables and numbers: a bare constant prints its name";
                    self.flag(Rule::Constant, indexed, &indexed.index, remedy);
                }
                self.indices(&indexed.expr);
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &syn::ExprCall, place: Place) {
        let name = match &*call.func {
            Expr::Path(path) => path
                .path
                .segments
                .first()
                .map(|s| s.ident.to_string())
                .unwrap_or_default(),
            _ => String::new(),
        };
        let Some(argument) = call.args.first() else { return };
        match name.as_str() {
            "bits" | "signed" | "Bits" if place != Place::Root => {
                self.flag(
                    Rule::Literal,
                    call,
                    call,
                    "is 32 bits wide here: use a Constant<Bits<N>> field",
                );
            }
            "bit_cast" | "signed_bit_cast" | "signed_cast" | "unsigned_cast" | "unsigned_bit_cast" => {
                if is_leaf(argument) {
                    self.value(argument, Place::Operand);
                } else {
                    self.flag(
                        Rule::Cast,
                        call,
                        call,
                        "cast a plain signal only: carry and inverted bits leak",
                    );
                }
            }
            _ => {}
        }
    }

    fn field_read(&mut self, field: &syn::ExprField) {
        if !matches!(&*field.base, Expr::MethodCall(call) if call.method == "val") {
            self.flag(
                Rule::Slice,
                field,
                field,
                "read one level of fields at a time, through a Local",
            );
        }
        self.indices(&field.base);
    }

    fn binary(&mut self, binary: &syn::ExprBinary, place: Place) {
        let (left, right) = (&*binary.left, &*binary.right);
        for side in [left, right] {
            if let Expr::Binary(inner) = side
                && !binds_alike(&binary.op, &inner.op)
            {
                self.flag(
                    Rule::Precedence,
                    binary,
                    binary,
                    "put the operand in parentheses: precedence differs",
                );
            }
        }
        match binary.op {
            BinOp::Mul(_) => self.multiply(binary, place),
            BinOp::Add(_) | BinOp::Sub(_) => self.sum(binary, place),
            BinOp::Shl(_) | BinOp::Shr(_) => self.shift(binary, place),
            BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitXor(_) if self.counts(binary, place) => {
                self.value(left, Place::Logic);
            }
            BinOp::And(_) | BinOp::Or(_) | BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitXor(_) => {
                self.operands(binary, Place::Logic);
            }
            _ => self.comparison(binary),
        }
    }

    /// Alone on a right-hand side.
    fn sum(&mut self, binary: &syn::ExprBinary, place: Place) {
        let (left, right) = (&*binary.left, &*binary.right);
        if place != Place::Root || !is_leaf_or_literal(left) || !is_leaf_or_literal(right) {
            self.flag(
                Rule::Nested,
                binary,
                binary,
                "one operation per Local of exact width",
            );
        }
        self.value(left, Place::Operand);
        if !self.counts(binary, place) {
            self.value(right, Place::Operand);
        }
    }

    /// An unsigned signal and a literal, alone on a right-hand side: as good as of equal width.
    fn counts(&self, binary: &syn::ExprBinary, place: Place) -> bool {
        place == Place::Root
            && is_literal(strip(&binary.right))
            && is_leaf(&binary.left)
            && self.type_of(&binary.left).is_some_and(|t| t.is_unsigned())
    }

    fn operands(&mut self, binary: &syn::ExprBinary, place: Place) {
        self.value(&binary.left, place);
        self.value(&binary.right, place);
    }

    fn multiply(&mut self, binary: &syn::ExprBinary, place: Place) {
        let is_16 = |e: &Expr| {
            matches!(
                self.type_of(e),
                Some(Value::Bits(Some(16)) | Value::Signed(Some(16)))
            ) && is_read(e)
        };
        if place != Place::Root || !is_16(&binary.left) || !is_16(&binary.right) {
            self.flag(
                Rule::Multiply,
                binary,
                binary,
                "only 16 × 16 bits alone on a right-hand side: use prim::MulU or MulS",
            );
        }
    }

    /// Alone, or `(x << number)` as a part of a concatenation by `|`.
    fn shift(&mut self, binary: &syn::ExprBinary, place: Place) {
        let by_number = matches!(&*binary.right, Expr::Lit(_));
        let joins = place == Place::Logic && by_number && matches!(binary.op, BinOp::Shl(_));
        if (place != Place::Root && !joins) || !is_leaf(&binary.left) {
            self.flag(
                Rule::Nested,
                binary,
                binary,
                "shift a plain signal into a Local of its own",
            );
        }
        if matches!(self.type_of(&binary.left), Some(Value::Signed(_))) && matches!(binary.op, BinOp::Shr(_))
        {
            self.flag(
                Rule::Nested,
                binary,
                binary,
                "is a logical shift: use prim::ShiftRightS or a slice",
            );
        }
        self.value(&binary.left, Place::Operand);
        if !by_number {
            self.value(&binary.right, Place::Operand);
        }
    }

    fn comparison(&mut self, binary: &syn::ExprBinary) {
        let ordered = !matches!(binary.op, BinOp::Eq(_) | BinOp::Ne(_));
        for (side, other) in [(&*binary.left, &*binary.right), (&*binary.right, &*binary.left)] {
            let inner = strip(side);
            if is_literal(inner) || (matches!(inner, Expr::Path(_)) && self.is_loop_expression(inner)) {
                let unsigned = self.type_of(other).is_some_and(|t| t.is_unsigned());
                if !unsigned {
                    let remedy = "makes a signed comparison unsigned: use a Constant of the signal's type";
                    self.flag(Rule::Literal, binary, binary, remedy);
                }
                continue;
            }
            match inner {
                Expr::Binary(b) if is_bitwise(&b.op) && matches!(side, Expr::Paren(_)) => {
                    self.value(side, Place::Logic)
                }
                Expr::Binary(_) => {
                    self.flag(
                        Rule::Nested,
                        binary,
                        binary,
                        "compare plain signals: put the operation into a Local",
                    );
                    self.value(side, Place::Compared);
                }
                _ => self.value(side, Place::Compared),
            }
            if ordered && is_cut(inner) && !self.type_of(inner).is_some_and(|t| t.is_unsigned()) {
                let remedy = "a slice or field is unsigned: assign it to a Signed Local before comparing";
                self.flag(Rule::Slice, binary, side, remedy);
            }
        }
    }

    /// The type of a read, slice or cast, where the sources say.
    fn type_of(&self, expression: &Expr) -> Option<Value> {
        match strip(expression) {
            Expr::MethodCall(call) => match call.method.to_string().as_str() {
                "val" => self.read_type(&call.receiver),
                "into" | "index" | "to_bits" => self.type_of(&call.receiver),
                "get_bit" | "any" | "all" | "xor" => Some(Value::Bit),
                "get_bits" => match self.type_of(&call.receiver)? {
                    Value::Bits(_) => Some(Value::Bits(None)),
                    Value::Signed(_) => Some(Value::Signed(None)),
                    _ => None,
                },
                _ => None,
            },
            Expr::Field(field) => match (self.type_of(&field.base)?, &field.member) {
                (Value::Named(structure), Member::Named(name)) => {
                    self.types.plain(&structure, &name.to_string())
                }
                _ => None,
            },
            Expr::Call(call) => match call.func.to_token_stream().to_string() {
                name if name.starts_with("bit_cast") || name.starts_with("unsigned") => {
                    Some(Value::Bits(None))
                }
                name if name.starts_with("signed") => Some(Value::Signed(None)),
                _ => None,
            },
            Expr::Unary(unary) => self.type_of(&unary.expr),
            Expr::Binary(binary) if is_bitwise(&binary.op) => self.type_of(&binary.left),
            _ => None,
        }
    }

    /// The type behind `self.a.b[i].q`, the receiver of `.val()`.
    fn read_type(&self, receiver: &Expr) -> Option<Value> {
        let mut path = Vec::new();
        let mut at = receiver;
        loop {
            match at {
                Expr::Field(field) => {
                    if let Member::Named(name) = &field.member {
                        path.push(name.to_string());
                    }
                    at = &field.base;
                }
                Expr::Index(index) => at = &index.expr,
                Expr::Path(_) => break,
                _ => return None,
            }
        }
        let mut structure = self.block.to_string();
        while let Some(name) = path.pop() {
            match self.types.field(&structure, &name)? {
                Field::Signal(value) | Field::Constant(value) | Field::Plain(value) => {
                    return Some(value.clone());
                }
                Field::Register(value) => return (path.pop()? == "q").then(|| value.clone()),
                Field::Inner(inner) => structure.clone_from(inner),
            }
        }
        None
    }
}
