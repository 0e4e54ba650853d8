//! Gives literals and casts the width of what they meet.
//!
//! rust-hdl prints every bare literal as 32 bits. Where it is assigned to a name or compared with one, and
//! fits it, the name's width means the same and lints clean. A `bit_cast::<N, _>` it prints as a mask,
//! `((x) & N'hff…)`, which lints as a mismatch of widths and leaves a narrowing cast as wide as before: of a
//! plain name or slice it becomes `{zeros, x}` or `x[N-1:0]`.
//!
//! The constant offset of a bundle's field, printed as 64 bits, becomes a plain number.
//!
//! Everywhere else the text stays, and so does the linter's warning: a literal or a cast inside arithmetic
//! really does not have the width it seems to have.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

const PRINTED: &str = "32'h";
const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// Rewrites the literals and casts of one module's body.
pub(super) fn fit_widths(body: &mut [String]) {
    let names: HashMap<String, Declared> = body.iter().filter_map(|line| declared(line)).collect();
    for line in body.iter_mut() {
        plain_offsets(line);
        // A state's first value is printed as 64 bits.
        if line.trim_start().starts_with("q = 64'h") {
            *line = line.replace("q = 64'h", "q = 32'h");
        }
        let mut from = 0;
        while let Some(found) = line[from..].find(") & ") {
            let at = from + found;
            from = at + 1;
            if let Some((range, text)) = cast(line, at, &names) {
                from = range.start + text.len();
                line.replace_range(range, &text);
            }
        }
    }
    for line in body {
        decimal_offsets(line);
        if let Some(text) = sum(line, &names) {
            *line = text;
            continue;
        }
        let mut from = 0;
        while let Some(found) = line[from..].find(PRINTED) {
            let at = from + found;
            from = at + PRINTED.len();
            if let Some((digits, width)) = fitting(line, at, &names) {
                let literal = format!("{width}'h{digits}");
                line.replace_range(at..from + digits.len(), &literal);
                from = at + literal.len();
            }
        }
    }
}

/// `x[(64'h1f)+:(4)]` becomes `x[(31)+:(4)]`.
fn plain_offsets(line: &mut String) {
    const OFFSET: &str = "[(64'h";
    let mut from = 0;
    while let Some(found) = line[from..].find(OFFSET) {
        let at = from + found;
        from = at + OFFSET.len();
        let digits = line[from..].split(')').next().unwrap_or_default();
        let end = from + digits.len();
        if let Ok(offset) = u32::from_str_radix(digits, 16)
            && line[end..].starts_with(")+:(")
        {
            line.replace_range(at..end, &format!("[({offset}"));
        }
    }
}

/// The cast `((operand) & N'hmask)` whose first closing bracket is at `close`, and what it becomes.
fn cast(line: &str, close: usize, names: &HashMap<String, Declared>) -> Option<(Range<usize>, String)> {
    let (to, mask) = line[close + ") & ".len()..].split_once("'h")?;
    let to: u32 = to.parse().ok()?;
    let digits = mask.find(')')?;
    // rust-hdl's mask has all `to` bits set: anything else is somebody's own expression.
    let full = (to > 0).then(|| {
        let top = ["1", "3", "7", "f"][(to - 1) as usize % 4];
        format!("{top}{}", "f".repeat((to - 1) as usize / 4))
    })?;
    (mask[..digits] == full).then_some(())?;
    let end = line.len() - mask.len() + digits + 1;
    let start = line[..close].rfind("((")?;
    let operand = &line[start + 2..close];
    let (name, slice) = operand
        .split_once('[')
        .map_or((operand, None), |(name, slice)| (name, Some(slice)));
    let Declared { width, signed } = *names.get(name)?;
    let from = match slice {
        None => width,
        // `(offset)+:(width)]`
        Some(slice) => {
            let (offset, width) = slice.strip_suffix(")]")?.split_once(")+:(")?;
            offset.strip_prefix('(').filter(|o| !o.contains(['(', ')']))?;
            width.parse().ok()?
        }
    };
    let text = match to.cmp(&from) {
        Ordering::Greater => format!("{{{}'d0, {operand}}}", to - from),
        Ordering::Equal if slice.is_some() || !signed => format!("({operand})"),
        Ordering::Less if slice.is_none() && from > 1 => format!("({name}[{}:0])", to - 1),
        _ => return None,
    };
    Some((start..end, text))
}

/// `[(64'h190)+:(16)]` → `[(400)+:(16)]`: an unsized number lints clean whatever it indexes.
fn decimal_offsets(line: &mut String) {
    let mut from = 0;
    while let Some(found) = line[from..].find(")+:(") {
        let close = from + found;
        from = close + 1;
        let Some(open) = line[..close].rfind("[(").map(|at| at + 2) else {
            continue;
        };
        let digits = ["32'h", "64'h"]
            .iter()
            .find_map(|p| line[open..close].strip_prefix(p));
        if let Some(number) = digits.and_then(|d| u32::from_str_radix(d, 16).ok()) {
            let text = number.to_string();
            from = open + text.len();
            line.replace_range(open..close, &text);
        }
    }
}

/// `target = operand + 32'h1;` (or `-`, `&`, `|`, `^`) of equal unsigned widths: computed in 32 bits and cut, or in the target's width,
/// the result is the same.
fn sum(line: &str, names: &HashMap<String, Declared>) -> Option<String> {
    let (target, value) = line.strip_suffix(';')?.split_once(" = ")?;
    let (operand, operator, digits) = [" + ", " - ", " & ", " | ", " ^ "].iter().find_map(|operator| {
        let (operand, literal) = value.split_once(operator)?;
        Some((operand, operator, literal.strip_prefix(PRINTED)?))
    })?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let Declared { width, signed } = *names.get(target.trim())?;
    let equal = !signed && operand_width(operand, names)? == width;
    let fits = width >= 32 || number >> width == 0;
    (equal && fits).then(|| format!("{target} = {operand}{operator}{width}'h{digits};"))
}

/// Width of an unsigned name, slice, or name widened by `{n'd0, name}`.
fn operand_width(operand: &str, names: &HashMap<String, Declared>) -> Option<u32> {
    if let Some(inner) = operand.strip_prefix('{') {
        let (zeros, rest) = inner.strip_suffix('}')?.split_once("'d0, ")?;
        return Some(zeros.parse::<u32>().ok()? + operand_width(rest, names)?);
    }
    if let Some((name, slice)) = operand.split_once("[(") {
        let width = slice.strip_suffix(")]")?.split_once(")+:(")?.1.parse().ok()?;
        return names.contains_key(name).then_some(width);
    }
    names.get(operand).filter(|d| !d.signed).map(|d| d.width)
}

#[derive(Clone, Copy)]
struct Declared {
    width: u32,
    signed: bool,
}

/// What a `wire` or `reg` declaration declares.
fn declared(line: &str) -> Option<(String, Declared)> {
    let mut words = line.trim().strip_suffix(';')?.split(' ').peekable();
    if !["input", "output", "reg", "wire"].contains(&words.next()?) {
        return None;
    }
    words.next_if(|w| ["reg", "wire"].contains(w));
    let signed = words.next_if_eq(&"signed").is_some();
    let mut width = 1;
    if let Some(range) = words.next_if(|w| w.starts_with('[')) {
        width = range
            .strip_prefix('[')?
            .strip_suffix(":0]")?
            .parse::<u32>()
            .ok()?
            + 1;
    }
    let name = words.next()?;
    words
        .next()
        .is_none()
        .then(|| (name.to_string(), Declared { width, signed }))
}

/// The literal at `at` in the width of the name beside it, if that means the same.
fn fitting(line: &str, at: usize, names: &HashMap<String, Declared>) -> Option<(String, u32)> {
    let after = &line[at + PRINTED.len()..];
    let digits: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
    let value = u32::from_str_radix(&digits, 16).ok()?;
    let rest = &after[digits.len()..];
    let before = line[..at].trim_end();
    let (name, context) = if let Some(target) = before.strip_suffix(" =") {
        // `name = 32'h0;`, nothing else on the line
        let name = (rest == ";").then(|| target.trim())?;
        (name, "")
    } else {
        let (left, operator) = before.rsplit_once(' ')?;
        let start = left.rfind(|c: char| !is_name(c)).map_or(0, |i| i + 1);
        let ends = [")", ";", " &", " |", " ^"].iter().any(|e| rest.starts_with(e));
        (COMPARISONS.contains(&operator) && ends).then_some(())?;
        (&left[start..], &left[..start])
    };
    let plain = context.is_empty()
        || ["(", " = ", " & ", " | ", " ^ ", " && ", " || "]
            .iter()
            .any(|e| context.ends_with(e));
    let Declared { width, signed } = *names.get(name)?;
    // A literal beside a signed name makes the comparison unsigned: nothing to be polished.
    let assigned = context.is_empty() && rest == ";" && before.ends_with(" =");
    let plain = plain && (assigned || !signed);
    let fits = width >= 32 || value >> width == 0;
    (plain && fits && width != 32).then_some((digits, width))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(statement: &str) -> String {
        let mut body: Vec<String> = [
            "reg [6:0] x$d;",
            "input wire [47:0] y;",
            "reg b;",
            "reg signed [7:0] s;",
            "reg [31:0] w;",
        ]
        .iter()
        .map(|l| format!("    {l}"))
        .collect();
        body.push(statement.into());
        fit_widths(&mut body);
        body.pop().unwrap_or_default()
    }

    #[test]
    fn assignments_and_comparisons_take_the_width_of_the_name() {
        assert_eq!(fitted("x$d = 32'h7f;"), "x$d = 7'h7f;");
        assert_eq!(fitted("s = 32'h0;"), "s = 8'h0;");
        assert_eq!(fitted("y = 32'hffffffff;"), "y = 48'hffffffff;");
        assert_eq!(fitted("x$d = x$d + 32'h1;"), "x$d = x$d + 7'h1;");
        assert_eq!(fitted("x$d = x$d | 32'h40;"), "x$d = x$d | 7'h40;");
        assert_eq!(fitted("y = {41'd0, x$d} - 32'h14;"), "y = {41'd0, x$d} - 48'h14;");
        assert_eq!(fitted("if (x$d == 32'h5) begin"), "if (x$d == 7'h5) begin");
        assert_eq!(
            fitted("b = (y >= 32'h2) & (x$d != 32'h3);"),
            "b = (y >= 48'h2) & (x$d != 7'h3);"
        );
    }

    #[test]
    fn casts_of_plain_operands_become_exact() {
        assert_eq!(
            fitted("y = ((x$d) & 48'hffffffffffff) + y;"),
            "y = {41'd0, x$d} + y;"
        );
        assert_eq!(fitted("w = ((y) & 16'hffff) | w;"), "w = (y[15:0]) | w;");
        assert_eq!(fitted("w = ((w) & 32'hffffffff);"), "w = (w);");
        assert_eq!(
            fitted("w = ((y[(3)+:(7)]) & 9'h1ff) << 32'h2;"),
            "w = {2'd0, y[(3)+:(7)]} << 32'h2;"
        );
    }

    #[test]
    fn what_would_change_meaning_stays() {
        for text in [
            "x$d = 32'h80;",
            "x$d = y + 32'h1;",
            "x$d = x$d + 32'h80;",
            "s = s + 32'h1;",
            "if (x$d + y == 32'h5) begin",
            "if (~x$d == 32'h5) begin",
            "if (x$d == 32'h5 + y) begin",
            "if (s < 32'h0) begin",
            "w = 32'h5;",
            "y = ((x$d + w) & 48'hffffffffffff);",
            "w = ((y) & 16'hff0f);",
            "w = ((y[(3)+:(9)]) & 7'h7f);",
        ] {
            assert_eq!(fitted(text), text);
        }
    }
}
