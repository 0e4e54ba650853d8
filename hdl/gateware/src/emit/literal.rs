//! Gives literals the width of what they meet.
//!
//! rust-hdl prints every bare literal as 32 bits. Where it is assigned to a name or compared with one, and
//! fits it, the name's width means the same and lints clean. Everywhere else the text stays, and so does the
//! linter's warning: a literal inside arithmetic really is 32 bits wide there.

use std::collections::HashMap;

const PRINTED: &str = "32'h";
const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// Rewrites the literals of one module's body.
pub(super) fn fit_literals(body: &mut [String]) {
    let names: HashMap<String, Declared> = body.iter().filter_map(|line| declared(line)).collect();
    for line in body {
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
        fit_literals(&mut body);
        body.pop().unwrap_or_default()
    }

    #[test]
    fn assignments_and_comparisons_take_the_width_of_the_name() {
        assert_eq!(fitted("x$d = 32'h7f;"), "x$d = 7'h7f;");
        assert_eq!(fitted("s = 32'h0;"), "s = 8'h0;");
        assert_eq!(fitted("y = 32'hffffffff;"), "y = 48'hffffffff;");
        assert_eq!(fitted("if (x$d == 32'h5) begin"), "if (x$d == 7'h5) begin");
        assert_eq!(
            fitted("b = (y >= 32'h2) & (x$d != 32'h3);"),
            "b = (y >= 48'h2) & (x$d != 7'h3);"
        );
    }

    #[test]
    fn what_would_change_meaning_stays() {
        for text in [
            "x$d = 32'h80;",
            "x$d = y + 32'h1;",
            "if (x$d + y == 32'h5) begin",
            "if (~x$d == 32'h5) begin",
            "if (x$d == 32'h5 + y) begin",
            "if (s < 32'h0) begin",
            "w = 32'h5;",
        ] {
            assert_eq!(fitted(text), text);
        }
    }
}
