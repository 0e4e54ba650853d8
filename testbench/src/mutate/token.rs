//! Verilog tokens with their place in the text.

use std::ops::Range;

/// What a token is, as far as mutation cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Identifier, keyword, hierarchical name or system function.
    Word,
    /// `12`, `8'hff`.
    Number,
    /// Anything else.
    Symbol,
}

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

const SYMBOLS: [&str; 18] = [
    "<<<", ">>>", "===", "!==", "<<", ">>", "==", "!=", "<=", ">=", "&&", "||", "+:", "-:", "~&", "~|", "~^",
    "**",
];

/// All tokens but comments, strings, attributes and what the preprocessor drops (only `VERILATOR` is defined).
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    let mut keep = vec![true];
    while at < bytes.len() {
        let rest = &text[at..];
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("(*") && !rest[2..].trim_start().starts_with(')') {
            rest.find("*)").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with('`') {
            let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
            directive(line, &mut keep);
            line.len()
        } else if let Some(string) = rest.strip_prefix('"') {
            string.find('"').map_or(rest.len(), |end| end + 2)
        } else if bytes[at].is_ascii_whitespace() {
            1
        } else {
            0
        };
        if skip > 0 {
            at += skip;
            continue;
        }
        let (kind, len) = token(rest);
        if keep.iter().all(|k| *k) {
            out.push(Token {
                kind,
                at: at..at + len,
            });
        }
        at += len;
    }
    out
}

fn directive(line: &str, keep: &mut Vec<bool>) {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("`ifdef") => keep.push(words.next() == Some("VERILATOR")),
        Some("`ifndef") => keep.push(words.next() != Some("VERILATOR")),
        Some("`else") => {
            if let Some(last) = keep.last_mut() {
                *last = !*last;
            }
        }
        Some("`endif") => {
            keep.pop();
        }
        _ => {}
    }
}

/// The token a text starts with: kind and length.
fn token(text: &str) -> (Kind, usize) {
    let first = text.as_bytes()[0];
    let run = |allowed: fn(u8) -> bool| text.bytes().position(|b| !allowed(b)).unwrap_or(text.len());
    if first.is_ascii_digit() || first == b'\'' {
        (
            Kind::Number,
            run(|b| b.is_ascii_alphanumeric() || b == b'\'' || b == b'_'),
        )
    } else if first.is_ascii_alphabetic() || first == b'_' || first == b'$' {
        (
            Kind::Word,
            run(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b == b'.'),
        )
    } else {
        let len = SYMBOLS
            .iter()
            .find(|s| text.starts_with(**s))
            .map_or(1, |s| s.len());
        (
            Kind::Symbol,
            text.chars().next().map_or(len, |c| c.len_utf8().max(len)),
        )
    }
}
