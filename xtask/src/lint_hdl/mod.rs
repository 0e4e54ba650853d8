//! `cargo xtask lint-hdl`: rules for `#[hdl_gen]` kernels.
//!
//! rust-hdl 0.46 prints some expressions as Verilog that means something else, silently. The rules keep to the
//! part of the language where both agree, and are stricter than need be where the difference depends on widths
//! that only the context knows: one operation per `Signal<Local>` of exact width.
//!
//! A line that is right for a reason the rules cannot see is excused by a comment before it:
//! `// lint-hdl: allow(slice): the index is below 5 by construction`.

mod kernel;
mod names;
mod shape;
#[cfg(test)]
mod tests;
mod types;

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The rules, named as `allow(…)` takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// Casts take a plain signal, field or slice, never an operation: carry and inverted bits leak.
    Cast,
    /// One operation per Local: arithmetic and shifts stand alone on a right-hand side.
    Nested,
    /// Operands that are operations stand in parentheses: precedence differs.
    Precedence,
    /// Literals are 32 bits and unsigned: only alone on a right-hand side, added there to an unsigned signal, or
    /// compared with one.
    Literal,
    /// A bare Rust constant prints its name.
    Constant,
    /// Slices of plain signals only, in range; signed slices are unsigned.
    Slice,
    /// `*` only of two 16-bit signals, alone on a right-hand side.
    Multiply,
    /// Names, arrays and patterns that Verilog does not take.
    Syntax,
}

impl Rule {
    const fn name(self) -> &'static str {
        match self {
            Self::Cast => "cast",
            Self::Nested => "nested",
            Self::Precedence => "precedence",
            Self::Literal => "literal",
            Self::Constant => "constant",
            Self::Slice => "slice",
            Self::Multiply => "multiply",
            Self::Syntax => "syntax",
        }
    }
}

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) line: usize,
    pub(crate) rule: Rule,
    pub(crate) text: String,
    pub(crate) remedy: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}: `{}`: {}",
            self.line,
            self.rule.name(),
            self.text,
            self.remedy
        )
    }
}

/// Lints every file of the gateware; returns whether all are clean.
pub(crate) fn run() -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hdl/gateware/src");
    let mut sources = Vec::new();
    for path in rust_files(&root)? {
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        sources.push((
            path.strip_prefix(&root).unwrap_or(&path).display().to_string(),
            text,
        ));
    }
    let report = lint(&sources)?;
    for (file, finding) in &report.findings {
        println!("hdl/gateware/src/{file}:{finding}");
    }
    for file in &report.hidden {
        println!("hdl/gateware/src/{file}: a kernel inside a macro is not linted");
    }
    println!(
        "lint-hdl: {} kernels, {} findings",
        report.kernels,
        report.findings.len()
    );
    Ok(report.findings.is_empty())
}

/// What linting found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) findings: Vec<(String, Finding)>,
    pub(crate) kernels: usize,
    /// Files with kernels that only exist after macro expansion.
    pub(crate) hidden: Vec<String>,
}

/// Lints named texts together: types of one may be used in another.
pub(crate) fn lint(sources: &[(String, String)]) -> Result<Report> {
    let mut parsed = Vec::new();
    let mut types = types::Types::default();
    for (name, text) in sources {
        let file = syn::parse_file(text).with_context(|| format!("parsing {name}"))?;
        types.learn(&file);
        parsed.push((name, text, file));
    }
    let mut report = Report::default();
    for (name, text, file) in parsed {
        let mut findings = names::check(&file);
        let kernels = kernel::check(&file, &types, &mut findings);
        report.kernels += kernels;
        if text.matches("#[hdl_gen]").count() > kernels {
            report.hidden.push(name.clone());
        }
        findings.sort();
        findings.dedup();
        let findings = unexcused(text, findings);
        report
            .findings
            .extend(findings.into_iter().map(|f| (name.clone(), f)));
    }
    Ok(report)
}

/// Leaves out findings that a comment with a reason excuses: on their line, or above them and their neighbours of
/// the same rule.
fn unexcused(text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let lines: Vec<&str> = text.lines().collect();
    let places: BTreeSet<(usize, Rule)> = findings.iter().map(|f| (f.line, f.rule)).collect();
    let is_excused = |finding: &Finding| {
        let marker = format!("lint-hdl: allow({}):", finding.rule.name());
        let excuses = |line: &str| {
            line.split_once(&marker)
                .is_some_and(|(_, reason)| reason.trim().len() >= 10)
        };
        let mut first = finding.line;
        while places.contains(&(first - 1, finding.rule)) {
            first -= 1;
        }
        let above = lines[..first - 1]
            .iter()
            .rev()
            .take_while(|l| l.trim_start().starts_with("//"));
        lines
            .get(finding.line - 1)
            .into_iter()
            .chain(above)
            .any(|l| excuses(l))
    };
    let excused: Vec<bool> = findings.iter().map(is_excused).collect();
    findings
        .into_iter()
        .zip(excused)
        .filter(|(_, excused)| !excused)
        .map(|(finding, _)| finding)
        .collect()
}

fn rust_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("reading {}", root.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
