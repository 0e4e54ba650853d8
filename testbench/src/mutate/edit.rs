//! The mutations of a site, and the text that holds many of them behind `mutant_id`.

use super::site::{Parsed, Site, What, is_binary};
use super::token::Kind;
use crate::Rng;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

/// How a site is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The expression becomes this.
    Expression(String),
    /// The assignment does not happen.
    Dropped,
}

/// One mutation: which site, and how.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) site: usize,
    pub(super) change: Change,
}

const SWAPS: [(&str, &str); 17] = [
    ("+", "-"),
    ("-", "+"),
    ("&", "|"),
    ("|", "&"),
    ("^", "|"),
    ("&&", "||"),
    ("||", "&&"),
    ("==", "!="),
    ("!=", "=="),
    ("<", "<="),
    ("<=", "<"),
    (">", ">="),
    (">=", ">"),
    ("<<", ">>"),
    (">>", "<<"),
    ("===", "!=="),
    ("*", "+"),
];

/// Every mutation of a site.
pub(super) fn changes(parsed: &Parsed<'_>, site: &Site, rng: &mut Rng) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    let whole = parsed.span(&site.expression);
    let expression = &parsed.text[whole.clone()];
    for index in site.expression.clone() {
        for replacement in token_changes(parsed, site, index) {
            let at = parsed.tokens[index].at.clone();
            let mut text = expression.to_string();
            text.replace_range(at.start - whole.start..at.end - whole.start, &replacement);
            found.push(Change::Expression(text));
        }
    }
    match site.what {
        What::Condition => {
            found.push(Change::Expression(format!("!({expression})")));
            found.push(Change::Expression("1'b1".into()));
            found.push(Change::Expression("1'b0".into()));
        }
        What::Assignment => {
            // A literal has been changed by one already; its bits stuck are the same or nothing.
            let literal =
                site.expression.len() == 1 && parsed.tokens[site.expression.start].kind == Kind::Number;
            if !literal {
                found.extend(stuck(expression, site.width, rng).map(Change::Expression));
            }
            if site.statement.is_some() {
                found.push(Change::Dropped);
            }
        }
    }
    found.retain(|c| *c != Change::Expression(expression.into()));
    found
}

/// Statements without logic of their own: a plain flip-flop, and `x_d = x_q;`, which only keeps a register as it
/// is until something else is assigned.
pub(super) fn is_plumbing(statement: &str) -> bool {
    statement == "q <= d;"
        || statement
            .split_once(" = ")
            .and_then(|(left, right)| Some((left.strip_suffix("_d")?, right.strip_suffix("_q;")?)))
            .is_some_and(|(left, right)| left == right)
}

fn token_changes(parsed: &Parsed<'_>, site: &Site, index: usize) -> Vec<String> {
    let word = parsed.word(index);
    let next = if index + 1 < site.expression.end {
        parsed.word(index + 1)
    } else {
        ""
    };
    let first = site.expression.start;
    match parsed.tokens[index].kind {
        Kind::Symbol if ["~", "!"].contains(&word) && !is_binary(parsed, index, first) => vec![String::new()],
        Kind::Symbol if is_binary(parsed, index, first) => SWAPS
            .iter()
            .filter(|(from, _)| *from == word)
            .map(|(_, to)| (*to).to_string())
            .collect(),
        // A replication count or a part-select's width changes a type, not a value.
        Kind::Number if next == "{" || is_select_width(parsed, index) => Vec::new(),
        Kind::Number => numbers(word),
        Kind::Word if parsed.constants[site.module].contains(&word) && !is_select_width(parsed, index) => {
            vec![format!("({word} + 1)"), format!("({word} - 1)")]
        }
        _ => Vec::new(),
    }
}

/// The `8` in `[3+:8]` and `[(3)+:(8)]`, both bounds of `[7:0]`.
fn is_select_width(parsed: &Parsed<'_>, index: usize) -> bool {
    let back = |n| index.checked_sub(n).map_or("", |i| parsed.word(i));
    let indexed = |word| ["+:", "-:"].contains(&word);
    let after = parsed.word(index + 1);
    indexed(back(1))
        || (back(1) == "(" && indexed(back(2)))
        || (back(1) == "[" && after == ":")
        || (back(1) == ":" && after == "]")
}

/// The number one more and one less, in the same notation.
fn numbers(word: &str) -> Vec<String> {
    let Some((size, digits)) = word.split_once('\'') else {
        let Ok(value) = word.replace('_', "").parse::<u64>() else {
            return Vec::new();
        };
        let less = value.checked_sub(1).map(|v| v.to_string());
        return std::iter::once((value + 1).to_string()).chain(less).collect();
    };
    let (sign, digits) = digits.strip_prefix('s').map_or(("", digits), |d| ("s", d));
    let Some(base) = digits.chars().next() else {
        return Vec::new();
    };
    let radix = match base {
        'h' => 16,
        'b' => 2,
        'o' => 8,
        'd' => 10,
        _ => return Vec::new(),
    };
    let Ok(value) = u128::from_str_radix(&digits[1..].replace('_', ""), radix) else {
        return Vec::new();
    };
    let width: u32 = size.parse().unwrap_or(32);
    let mask = if width >= 128 { u128::MAX } else { (1 << width) - 1 };
    let mut values = vec![value.wrapping_add(1) & mask, value.wrapping_sub(1) & mask];
    values.dedup();
    values
        .into_iter()
        .map(|v| format!("{width}'{sign}h{v:x}"))
        .collect()
}

/// One bit of the result stuck at 0, and one stuck at 1.
fn stuck(expression: &str, width: Option<u32>, rng: &mut Rng) -> [String; 2] {
    let width = width.unwrap_or(1);
    // The zeros of `{13'd0, x}` are zero already.
    let zeros = expression
        .strip_prefix('{')
        .and_then(|inner| inner.split_once("'d0,")?.0.parse().ok());
    let free = width.saturating_sub(zeros.unwrap_or(0)).max(1);
    let mut mask = |up: bool| {
        let bit = u32::try_from(rng.below(free.into())).unwrap_or(0);
        // Hex digits from the bit's position: widths exceed 64. Signed, or a signed expression would change.
        let digit = 1 << (bit % 4);
        let zeros = "0".repeat((bit / 4) as usize);
        let literal = format!("{width}'sh{digit:x}{zeros}");
        if up {
            format!("(({expression}) | {literal})")
        } else {
            format!("(({expression}) & ~{literal})")
        }
    };
    [mask(false), mask(true)]
}

/// The text in which draft `i` is active when `mutant_id` is `i + 1`.
pub(super) fn apply(parsed: &Parsed<'_>, top: &str, drafts: &[Draft]) -> String {
    let mut by_site: BTreeMap<usize, Vec<(usize, &Change)>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        by_site
            .entry(draft.site)
            .or_default()
            .push((index + 1, &draft.change));
    }
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for (site, changes) in by_site {
        let site = &parsed.sites[site];
        let at = parsed.span(&site.expression);
        let mut text = String::new();
        let mut drops = String::new();
        for (id, change) in changes {
            match change {
                Change::Expression(new) => {
                    let _ = write!(text, "({top}.mutant_id == 16'd{id}) ? ({new}) : ");
                }
                Change::Dropped => {
                    let _ = write!(drops, "if ({top}.mutant_id != 16'd{id}) ");
                }
            }
        }
        if !text.is_empty() {
            edits.push((at.clone(), format!("{text}({})", &parsed.text[at])));
        }
        if let Some(statement) = site.statement.as_ref().filter(|_| !drops.is_empty()) {
            let at = parsed.span(statement);
            edits.push((at.start..at.start, format!("begin {drops}")));
            edits.push((at.end..at.end, " end".into()));
        }
    }
    edits.sort_by_key(|(at, _)| (at.start, at.end));
    let mut out = parsed.text.to_string();
    for (at, text) in edits.into_iter().rev() {
        out.replace_range(at, &text);
    }
    add_port(&out, top)
}

/// Adds the input `mutant_id` to the top module; the others reach it by its hierarchical name.
fn add_port(text: &str, top: &str) -> String {
    let header = format!("module {top}(");
    let Some(start) = text.find(&header) else {
        return text.into();
    };
    let inside = start + header.len();
    let Some(end) = text[inside..].find(");").map(|e| inside + e) else {
        return text.into();
    };
    let ansi = text[inside..end].contains("input");
    let (port, declaration) = if ansi {
        (", input wire [15:0] mutant_id", "")
    } else {
        (", mutant_id", "\n    input wire [15:0] mutant_id;")
    };
    format!("{}{port});{declaration}{}", &text[..end], &text[end + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_width() {
        assert_eq!(numbers("8'hff"), ["8'h0", "8'hfe"]);
        assert_eq!(numbers("1'b0"), ["1'h1"]);
        assert_eq!(numbers("0"), ["1"]);
        assert_eq!(numbers("7"), ["8", "6"]);
        assert!(numbers("4'bx").is_empty());
    }

    #[test]
    fn stuck_bits_fit() {
        let mut rng = Rng::new(1);
        for width in [1, 4, 65, 100] {
            for text in stuck("a", Some(width), &mut rng) {
                let hex = text.split("'sh").nth(1).expect("a literal").trim_end_matches(')');
                let top =
                    hex.len() * 4 - [0, 3, 2, 1, 1, 0, 0, 0, 0][hex[..1].parse::<usize>().expect("a digit")];
                assert!(top <= width as usize, "{text}");
            }
        }
    }
}
