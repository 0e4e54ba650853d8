//! Everything that is wrong with a configuration, at once: each key for itself, and values against one another, the card's
//! size and the files they name.

use std::path::Path;

use contract::config::Config as Size;
use contract::reg::permit;
use schema::{Default, Document, Found, Key, Kind};
use wire::ouch50::QUANTITY_END;

use super::{Config, ConfigError, Limits};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No command takes the file.
    Error,
    /// The file is taken, and does what nobody is likely to want.
    Warning,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The key, `slot[1].symbol`; empty when it is none.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// What values say of one another.
type Cross = (Severity, String, String, String);

fn error(key: &str, message: String, remedy: impl Into<String>) -> Cross {
    (Severity::Error, key.to_owned(), message, remedy.into())
}

fn warning(key: &str, message: String, remedy: impl Into<String>) -> Cross {
    (Severity::Warning, key.to_owned(), message, remedy.into())
}

/// Checks a file for a card of a size; what is found stands in the order of the file.
///
/// # Errors
/// The file cannot be read.
pub fn check(path: &Path, size: &Size) -> Result<Vec<Problem>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.display().to_string(),
        source,
    })?;
    let mut problems = problems(&text, path.parent().unwrap_or(Path::new("")), size);
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Ok(problems)
}

pub(super) fn problems(text: &str, folder: &Path, size: &Size) -> Vec<Problem> {
    let keys = schema::keys::<Config>();
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(found) => return found.into_iter().map(wrong).collect(),
    };
    let found = document.check(&keys);
    if !found.is_empty() {
        return found.into_iter().map(wrong).collect();
    }
    let config: Config = match toml::from_str(text) {
        Ok(config) => config,
        Err(error) => {
            return vec![wrong(Found {
                at: schema::At::of(text, error.span().map_or(0, |span| span.start)),
                path: String::new(),
                message: error.message().replace('\n', " "),
                remedy: "tickforge config explain says what each key takes".to_owned(),
            })];
        }
    };
    let values = config.wrong().into_iter().map(|(key, why)| {
        let remedy = takes(&keys, &key);
        (Severity::Error, key, why, remedy)
    });
    let crossed = config.crossed(folder, size);
    values
        .chain(crossed)
        .map(|(severity, key, message, remedy)| {
            let at = document.at(&key);
            Problem {
                severity,
                line: at.line,
                column: at.column,
                key,
                message,
                remedy,
            }
        })
        .collect()
}

fn wrong(found: Found) -> Problem {
    Problem {
        severity: Severity::Error,
        line: found.at.line,
        column: found.at.column,
        key: found.path,
        message: found.message,
        remedy: found.remedy,
    }
}

/// What a key takes, for one that has a wrong value.
fn takes(keys: &[Key], path: &str) -> String {
    let plain = schema::plain(path);
    let key = keys
        .iter()
        .find(|key| key.path == plain && key.kind == Kind::Value);
    match key.map(|key| (&key.what, &key.default)) {
        Some((what, Default::Is(default))) => format!("{what} The default is {default}"),
        Some((what, _)) => what.clone(),
        None => "tickforge config explain says what each key takes".to_owned(),
    }
}

impl Config {
    fn crossed(&self, folder: &Path, size: &Size) -> Vec<Cross> {
        let mut found = self.size(size);
        found.extend(self.files(folder));
        found.extend(self.limits.crossed("limits"));
        found.extend(self.policy());
        found.extend(self.sales());
        found.extend(self.addresses());
        for (i, slot) in self.slots.iter().enumerate() {
            let at = format!("slot[{i}].limits");
            found.extend(slot.limits.iter().flat_map(|limits| limits.crossed(&at)));
            let coarse = self.rules.map_or(0, |rules| rules.tick.0);
            if let Some(tick) = slot
                .tick
                .filter(|tick| coarse > 0 && !tick.0.is_multiple_of(coarse))
            {
                found.push(warning(
                    &format!("slot[{i}].tick"),
                    format!(
                        "{tick} is no multiple of rules.tick: orders at some prices of the grid are refused"
                    ),
                    "make it a multiple, or rules.tick smaller",
                ));
            }
        }
        found
    }

    fn size(&self, size: &Size) -> Vec<Cross> {
        let most = size.slots as usize;
        if self.slots.len() <= most {
            return Vec::new();
        }
        vec![error(
            &format!("slot[{most}]"),
            format!(
                "{} symbols, and a card of size {} has {most} slots",
                self.slots.len(),
                size.name
            ),
            "leave symbols out, or take a larger card",
        )]
    }

    fn files(&self, folder: &Path) -> Vec<Cross> {
        let Some(model) = &self.model else {
            return Vec::new();
        };
        let path = folder.join(&model.path);
        let bad = |message: String, remedy: &str| vec![error("model.path", message, remedy)];
        if !path.is_file() {
            return bad(
                format!("{} is no file", path.display()),
                "name an ONNX file, or the .toml of an ensemble, relative to the configuration",
            );
        }
        if path.extension().is_none_or(|extension| extension != "toml") {
            return Vec::new();
        }
        match model::Ensemble::files(&path) {
            Err(wrong) => bad(wrong.to_string(), "mend it; docs/models.md has an ensemble"),
            Ok(files) => match files.iter().find(|file| !file.is_file()) {
                None => Vec::new(),
                Some(file) => bad(
                    format!("{}: {} is no file", path.display(), file.display()),
                    "name ONNX files, relative to the ensemble",
                ),
            },
        }
    }

    /// The policy's orders against what they have to pass.
    fn policy(&self) -> Vec<Cross> {
        let (at, qty) = ("policy.qty", self.policy.qty);
        let decides = self.model.is_some() || self.learning.is_some();
        let refused = |limits: &Limits| qty > limits.qty_max || qty > limits.position_max;
        let slot = (0..self.slots.len()).find(|i| refused(&self.limits(*i)));
        let Some(slot) = slot.filter(|_| decides).and_then(|i| self.slots.get(i)) else {
            return Vec::new();
        };
        vec![warning(
            at,
            format!(
                "{qty} shares are above qty_max or position_max of {}: every order is refused",
                slot.symbol
            ),
            "make it smaller, or the limits larger",
        )]
    }

    /// Short sales against locates and permitted sides.
    fn sales(&self) -> Vec<Cross> {
        let Some(rules) = self.rules else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if rules.short && rules.located == 0 {
            found.push(warning(
                "rules.short",
                "short sales may be sent, and no share is located: every one is refused".into(),
                "give rules.located",
            ));
        }
        if !rules.short && rules.located > 0 {
            found.push(warning(
                "rules.located",
                "shares are located, and short sales may not be sent".into(),
                "give rules.short = true, or leave it out",
            ));
        }
        let short = |limits: Limits| limits.to_risk().permit & permit::SHORT != 0;
        if rules.short && (0..self.slots.len()).all(|i| !short(self.limits(i))) {
            found.push(warning(
                "rules.short",
                "short sales may be sent, and no slot's sides have T: every one is refused".into(),
                "give limits.sides a T",
            ));
        }
        if rules.away == crate::market_rules::Away::Simulated && rules.away_shares == 0 {
            found.push(warning(
                "rules.away",
                "simulated quotes of 0 shares are none".into(),
                "give rules.away_shares",
            ));
        }
        found
    }

    fn addresses(&self) -> Vec<Cross> {
        let orders = &self.orders;
        let mut found = Vec::new();
        if orders.source_ip == orders.destination_ip {
            found.push(warning(
                "orders.destination_ip",
                format!("{} is the card's own address", orders.destination_ip),
                "give the venue's",
            ));
        }
        if orders.source_mac == orders.destination_mac {
            found.push(warning(
                "orders.destination_mac",
                "is the card's own address".into(),
                "give that of the venue or the next hop",
            ));
        }
        if orders.rate_tokens == 0 {
            found.push(warning(
                "orders.rate_tokens",
                "0 refuses every order".into(),
                "at least 1",
            ));
        }
        if orders.gross_max_dollars == 0 {
            found.push(warning(
                "orders.gross_max_dollars",
                "0 refuses every order".into(),
                "leave it out for the default",
            ));
        }
        found
    }
}

impl Limits {
    /// Against one another and the exchange.
    fn crossed(&self, at: &str) -> Vec<Cross> {
        let mut found = Vec::new();
        let mut add = |cross: Cross| found.push(cross);
        let key = |name: &str| format!("{at}.{name}");
        if self.qty_max >= QUANTITY_END {
            add(warning(
                &key("qty_max"),
                format!("the exchange takes no order of {QUANTITY_END} shares or more"),
                format!("at most {}", QUANTITY_END - 1),
            ));
        }
        let none = [
            ("qty_max", self.qty_max == 0),
            ("position_max", self.position_max == 0),
            ("open_orders_max", self.open_orders_max == 0),
            ("notional_max_dollars", self.notional_max_dollars == 0),
            ("rate_tokens", self.rate_tokens == 0),
            ("throttle", self.throttle == 0),
            ("sides", self.to_risk().permit == 0),
        ];
        for (name, _) in none.iter().filter(|(_, none)| *none) {
            add(warning(
                &key(name),
                "refuses every order".into(),
                "leave it out for the default",
            ));
        }
        if self.qty_max > self.position_max && self.position_max > 0 {
            add(warning(
                &key("qty_max"),
                format!(
                    "orders of more than position_max, {} shares, are refused anyway",
                    self.position_max
                ),
                "make it smaller, or position_max larger",
            ));
        }
        found
    }
}
