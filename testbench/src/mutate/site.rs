//! Finds the places in Verilog that can be mutated: right-hand sides and conditions.
//!
//! Understands the Verilog that rust-hdl and the raw wrappers consist of: modules, generate blocks, `assign`,
//! `wire x = …`, `always` with `begin if case for` and assignments. `initial`, functions, parameters and
//! instances are left alone.

use super::token::{Kind, Token, tokens};
use std::collections::HashMap;
use std::ops::Range;

/// A place that can be mutated. Ranges are of tokens.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) what: What,
    /// The expression: right-hand side or condition.
    pub(super) expression: Range<usize>,
    /// The whole statement, for an assignment in a process.
    pub(super) statement: Option<Range<usize>>,
    /// Width of the left-hand side, where it is a plain name of known width.
    pub(super) width: Option<u32>,
    /// Index into [`Parsed::constants`] of the module around.
    pub(super) module: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Assignment,
    Condition,
}

/// A text, its tokens and sites.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) sites: Vec<Site>,
    /// Names of `localparam`s, one list a module.
    pub(super) constants: Vec<Vec<&'a str>>,
    /// Names of the modules.
    pub(super) modules: Vec<&'a str>,
}

impl<'a> Parsed<'a> {
    /// Parses a whole file.
    pub(super) fn new(text: &'a str) -> Self {
        let parsed = Self {
            text,
            tokens: tokens(text),
            sites: Vec::new(),
            constants: Vec::new(),
            modules: Vec::new(),
        };
        let mut parser = Parser {
            parsed,
            at: 0,
            widths: HashMap::new(),
            muted: false,
        };
        while parser.at < parser.parsed.tokens.len() {
            parser.item();
        }
        parser.parsed
    }

    /// The text of one token.
    pub(super) fn word(&self, index: usize) -> &'a str {
        self.tokens.get(index).map_or("", |t| &self.text[t.at.clone()])
    }

    /// The text that a range of tokens spans.
    pub(super) fn span(&self, range: &Range<usize>) -> Range<usize> {
        self.tokens[range.start].at.start..self.tokens[range.end - 1].at.end
    }
}

struct Parser<'a> {
    parsed: Parsed<'a>,
    at: usize,
    widths: HashMap<&'a str, u32>,
    muted: bool,
}

impl<'a> Parser<'a> {
    fn word(&self) -> &'a str {
        self.parsed.word(self.at)
    }

    /// Index of the token that closes the bracket at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        for index in open..self.parsed.tokens.len() {
            match self.parsed.word(index) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth -= 1;
                    if depth == 0 {
                        return index;
                    }
                }
                _ => {}
            }
        }
        self.parsed.tokens.len()
    }

    /// First token from `from` on, outside brackets, that is one of `wanted`.
    fn find(&self, from: usize, wanted: &[&str]) -> usize {
        let mut index = from;
        while index < self.parsed.tokens.len() {
            let word = self.parsed.word(index);
            if wanted.contains(&word) {
                return index;
            }
            index = if ["(", "[", "{"].contains(&word) {
                self.closing(index) + 1
            } else {
                index + 1
            };
        }
        index
    }

    fn skip_past(&mut self, wanted: &str) {
        self.at = self.find(self.at, &[wanted]) + 1;
    }

    /// One thing at module level.
    fn item(&mut self) {
        match self.word() {
            "module" => {
                self.parsed.constants.push(Vec::new());
                self.parsed.modules.push(self.parsed.word(self.at + 1));
                self.widths.clear();
                self.header();
            }
            "assign" => {
                self.at += 1;
                self.declarators();
            }
            "wire" => {
                self.declaration();
                self.declarators();
            }
            "input" | "output" | "reg" | "integer" | "genvar" | "inout" => {
                self.declaration();
                self.skip_past(";");
            }
            "localparam" | "parameter" => self.constants(),
            "always" => {
                self.at += 1;
                self.event();
                self.statement();
            }
            "initial" => {
                self.at += 1;
                self.muted = true;
                self.statement();
                self.muted = false;
            }
            "function" => {
                self.at = (self.at..self.parsed.tokens.len())
                    .find(|&i| self.parsed.word(i) == "endfunction")
                    .map_or(self.parsed.tokens.len(), |i| i + 1);
            }
            "if" | "for" | "case" => self.at = self.closing(self.at + 1) + 1,
            "begin" => {
                self.at += 1;
                self.label();
            }
            "end" | "else" | "generate" | "endgenerate" | "endmodule" | "endcase" | ";" => self.at += 1,
            _ => self.skip_past(";"),
        }
    }

    /// Module header; notes the widths of ANSI ports.
    fn header(&mut self) {
        let end = self.find(self.at, &[";"]);
        for index in self.at..end {
            if ["input", "output"].contains(&self.parsed.word(index)) {
                self.width_of_names(index + 1, end.min(self.find(index + 1, &[",", ")"])));
            }
        }
        self.at = end + 1;
    }

    /// Notes widths; leaves `at` on the first declared name.
    fn declaration(&mut self) {
        let end = self.find(self.at, &[";"]);
        self.at = self.width_of_names(self.at, end);
    }

    fn width_of_names(&mut self, from: usize, end: usize) -> usize {
        let mut index = from;
        while [
            "input", "output", "inout", "wire", "reg", "signed", "integer", "genvar",
        ]
        .contains(&self.parsed.word(index))
        {
            index += 1;
        }
        let mut width = Some(1);
        if self.parsed.word(index) == "[" {
            let msb: Option<u32> = self.parsed.word(index + 1).parse().ok();
            let whole = self.parsed.word(index + 2) == ":" && self.parsed.word(index + 3) == "0";
            width = msb.filter(|_| whole).map(|msb| msb + 1);
            index = self.closing(index) + 1;
        }
        let first = index;
        while index < end {
            // A name followed by `[` is a memory: no plain width.
            let plain = self.parsed.word(index + 1) != "[";
            if let Some(width) = width.filter(|_| plain) {
                self.widths.insert(self.parsed.word(index), width);
            }
            index = self.find(index, &[",", ";"]) + 1;
        }
        first
    }

    fn constants(&mut self) {
        let end = self.find(self.at, &[";"]);
        let names = (self.at..end)
            .filter(|&i| self.parsed.word(i + 1) == "=")
            .map(|i| self.parsed.word(i));
        let names: Vec<_> = names.collect();
        if let Some(known) = self.parsed.constants.last_mut() {
            known.extend(names);
        }
        self.at = end + 1;
    }

    /// `name = expression, name = expression;` after `assign` or `wire`.
    fn declarators(&mut self) {
        loop {
            let start = self.at;
            let stop = self.find(start, &["=", ",", ";"]);
            let end = self.find(stop, &[",", ";"]);
            if self.parsed.word(stop) == "=" {
                self.site(What::Assignment, stop + 1..end, None, self.width_of(start..stop));
            }
            self.at = end + 1;
            if self.parsed.word(end) != "," {
                return;
            }
        }
    }

    fn width_of(&self, target: Range<usize>) -> Option<u32> {
        self.widths
            .get(self.parsed.word(target.start))
            .copied()
            .filter(|_| target.len() == 1)
    }

    fn site(
        &mut self,
        what: What,
        expression: Range<usize>,
        statement: Option<Range<usize>>,
        width: Option<u32>,
    ) {
        if self.muted || expression.is_empty() || self.parsed.constants.is_empty() {
            return;
        }
        let module = self.parsed.constants.len() - 1;
        self.parsed.sites.push(Site {
            what,
            expression,
            statement,
            width,
            module,
        });
    }

    /// `@(…)`, `@*` or nothing.
    fn event(&mut self) {
        if self.word() == "@" {
            self.at += 1;
            self.at = if self.word() == "(" {
                self.closing(self.at) + 1
            } else {
                self.at + 1
            };
        }
    }

    fn label(&mut self) {
        if self.word() == ":" {
            self.at += 2;
        }
    }

    /// One procedural statement.
    fn statement(&mut self) {
        match self.word() {
            "begin" => {
                self.at += 1;
                self.label();
                while !["end", ""].contains(&self.word()) {
                    self.statement();
                }
                self.at += 1;
            }
            "if" => {
                let close = self.closing(self.at + 1);
                self.site(What::Condition, self.at + 2..close, None, Some(1));
                self.at = close + 1;
                self.statement();
                if self.word() == "else" {
                    self.at += 1;
                    self.statement();
                }
            }
            "for" => {
                self.at = self.closing(self.at + 1) + 1;
                self.statement();
            }
            "case" | "casez" => {
                self.at = self.closing(self.at + 1) + 1;
                while !["endcase", ""].contains(&self.word()) {
                    self.at = self.find(self.at, &[":"]) + 1;
                    self.statement();
                }
                self.at += 1;
            }
            "integer" | "reg" => self.skip_past(";"),
            word if word.starts_with('$') || word == "assert" => self.skip_past(";"),
            ";" => self.at += 1,
            _ => self.assignment(),
        }
    }

    fn assignment(&mut self) {
        let start = self.at;
        let operator = self.find(start, &["=", "<=", ";"]);
        let end = self.find(operator, &[";"]);
        if self.parsed.word(operator) != ";" && end < self.parsed.tokens.len() {
            let width = self.width_of(start..operator);
            self.site(What::Assignment, operator + 1..end, Some(start..end + 1), width);
        }
        self.at = end + 1;
    }
}

/// Whether the token before makes an operator at `index` a binary one.
pub(super) fn is_binary(parsed: &Parsed<'_>, index: usize, first: usize) -> bool {
    index > first
        && (parsed.tokens[index - 1].kind != Kind::Symbol
            || [")", "]", "}"].contains(&parsed.word(index - 1)))
}
