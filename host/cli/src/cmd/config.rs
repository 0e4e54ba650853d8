//! `tickforge config`: what is wrong with a configuration, and what its keys are.

use std::io::{self, Write};
use std::path::PathBuf;

use contract::config::{CONFIGS, Config as Size};
use contract::reg;
use engine::config::{Config, Problem, Severity};
use schema::{Default, Key, Kind};
use serde::Serialize;

use crate::error::CliError;

/// Check a configuration, and say what its keys are
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say everything that is wrong with a configuration, with line, column and remedy
    ///
    /// Every key is checked for itself, and values against one another, the slots of the card, the widths of its
    /// registers and the files they name. Exits 2 when there is an error; a warning is a value that will be taken and
    /// does what nobody is likely to want.
    #[command(after_help = "Examples:\n  \
        tickforge config check config/btcusd.toml\n  \
        tickforge config check config/btcusd.toml --size small --json")]
    Check(CheckArgs),
    /// Say what a key does, its type, unit and default, and where it goes
    #[command(after_help = "Examples:\n  \
        tickforge config explain limits.collar\n  \
        tickforge config explain learning\n  \
        tickforge config explain --json")]
    Explain(ExplainArgs),
}

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Configuration
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Size of the card it is for: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "sim", value_parser = size)]
    size: &'static Size,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What to explain.
#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// Key, or a section for all that is in it: limits.collar, slot.tick, orders [default: all]
    #[arg(value_name = "KEY")]
    key: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn size(name: &str) -> Result<&'static Size, String> {
    CONFIGS.iter().find(|size| size.name == name).ok_or_else(|| {
        let names: Vec<&str> = CONFIGS.iter().map(|size| size.name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> Result<(), CliError> {
    match command {
        Command::Check(args) => check(args),
        Command::Explain(args) => explain(args),
    }
}

/// What a check found.
#[derive(Debug, Serialize)]
struct Findings<'a> {
    file: String,
    /// No error; there may be warnings.
    ok: bool,
    /// Size of the card it was checked for.
    size: &'static str,
    /// The contract whose registers it was checked against.
    contract_hash: String,
    errors: usize,
    warnings: usize,
    problems: &'a [Problem],
}

fn check(args: &CheckArgs) -> Result<(), CliError> {
    let problems =
        engine::config::check(&args.file, args.size).map_err(|error| CliError::Input(error.to_string()))?;
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    let findings = Findings {
        file: args.file.display().to_string(),
        ok: errors == 0,
        size: args.size.name,
        contract_hash: format!("{:#010x}", contract::CONTRACT_HASH),
        errors,
        warnings: problems.len() - errors,
        problems: &problems,
    };
    let mut out = io::stdout().lock();
    if args.json {
        print_json(&mut out, &findings)
    } else {
        print(&mut out, &findings)
    }
    .map_err(CliError::output)?;
    if findings.ok {
        return Ok(());
    }
    let first = problems.iter().find(|p| p.severity == Severity::Error);
    let line = first.map_or(0, |problem| problem.line);
    Err(CliError::Input(format!(
        "{}: {} to be mended, the first in line {line}",
        findings.file,
        counted(errors, "error")
    )))
}

fn print_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    writeln!(out, "{text}")
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn print(out: &mut dyn Write, findings: &Findings<'_>) -> io::Result<()> {
    for problem in findings.problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Problem {
            line,
            column,
            key,
            message,
            remedy,
            ..
        } = problem;
        let key = if key.is_empty() {
            String::new()
        } else {
            format!("{key}: ")
        };
        writeln!(
            out,
            "{}:{line}:{column}: {severity}: {key}{message}; {remedy}",
            findings.file
        )?;
    }
    writeln!(
        out,
        "{}: {}, {}, for a card of size {}",
        findings.file,
        counted(findings.errors, "error"),
        counted(findings.warnings, "warning"),
        findings.size
    )
}

/// A key as it is printed.
#[derive(Debug, Serialize)]
struct Explanation {
    key: String,
    #[serde(rename = "type")]
    of: String,
    unit: Option<&'static str>,
    /// As it is written; null for none.
    default: Option<String>,
    required: bool,
    what: String,
    choices: Vec<Choice>,
    registers: Vec<RegisterName>,
    /// File of the repository that uses it.
    module: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Choice {
    word: &'static str,
    what: &'static str,
}

#[derive(Debug, Serialize)]
struct RegisterName {
    name: &'static str,
    /// What the contract says of it.
    what: &'static str,
}

impl Explanation {
    fn of(key: Key) -> Self {
        let path = &key.path;
        let shown = match key.kind {
            Kind::Section => format!("[{path}]"),
            Kind::Sections => format!("[[{path}]]"),
            Kind::Value => path.clone(),
        };
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let choices = key.choices.iter().map(|(word, what)| Choice {
            word,
            what: what.trim(),
        });
        Self {
            key: shown,
            of: key.of,
            unit: some(key.unit),
            required: key.default == Default::Required,
            default: match key.default {
                Default::Is(default) => Some(default),
                Default::Required | Default::Absent => None,
            },
            what: key.what,
            choices: choices.collect(),
            registers: key.registers.iter().filter_map(|name| register(name)).collect(),
            module: some(key.module),
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}\n  {}", self.key, self.what)?;
        if self.module.is_none() {
            return writeln!(out);
        }
        let default = match (&self.default, self.required) {
            (Some(default), _) => default,
            (None, true) => "has to be given",
            (None, false) => "none",
        };
        writeln!(out, "  type      {}", self.of)?;
        for choice in &self.choices {
            writeln!(out, "            {}: {}", choice.word, choice.what)?;
        }
        if let Some(unit) = self.unit {
            writeln!(out, "  unit      {unit}")?;
        }
        writeln!(out, "  default   {default}")?;
        for register in &self.registers {
            writeln!(out, "  register  {}: {}", register.name, register.what)?;
        }
        if let Some(module) = self.module {
            writeln!(out, "  module    {module}")?;
        }
        writeln!(out)
    }
}

fn register(name: &'static str) -> Option<RegisterName> {
    let all = reg::GLOBAL.iter().chain(reg::SLOT);
    let found = all.into_iter().find(|register| register.name == name)?;
    Some(RegisterName {
        name,
        what: found.doc,
    })
}

fn explain(args: &ExplainArgs) -> Result<(), CliError> {
    let keys: Vec<Key> = schema::keys::<Config>()
        .into_iter()
        .filter(|key| !key.path.is_empty())
        .collect();
    let wanted = args.key.as_deref().unwrap_or_default();
    let chosen = chosen(&keys, wanted)?;
    let mut out = io::stdout().lock();
    let explained: Vec<Explanation> = chosen.into_iter().map(Explanation::of).collect();
    if args.json {
        print_json(&mut out, &explained)
    } else {
        explained.iter().try_for_each(|one| one.print(&mut out))
    }
    .map_err(CliError::output)
}

/// The key of a name and all below it; all for no name.
fn chosen(keys: &[Key], wanted: &str) -> Result<Vec<Key>, CliError> {
    let name = |path: &str| schema::plain(path).replace("[]", "");
    let asked = name(wanted.trim_matches(['[', ']']));
    let within = |path: &str| {
        let path = name(path);
        path == asked
            || path
                .strip_prefix(&asked)
                .is_some_and(|rest| asked.is_empty() || rest.starts_with('.'))
    };
    let chosen: Vec<Key> = keys.iter().filter(|key| within(&key.path)).cloned().collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let near = keys.iter().map(|key| name(&key.path));
    let near = near.min_by_key(|path| schema::distance(path, &asked));
    Err(CliError::Input(format!(
        "no key is called {wanted}; did you mean {}? tickforge config explain lists all",
        near.unwrap_or_default()
    )))
}
