//! `tickforge run --config FILE.toml`: one typed document, unknown fields refused.

use crate::price::Dollars;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}; give a readable TOML file to --config")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not the document expected.
    #[error("{path}:{line}:{column}: {message}")]
    Parse {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A value is out of its range.
    #[error("{path}: {field}: {why}")]
    Value {
        /// The file.
        path: String,
        /// Which field.
        field: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The whole document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Subscribed symbols, in slot order.
    #[serde(rename = "slot", default)]
    pub slots: Vec<Slot>,
    /// Risk limits of every slot that has none of its own.
    #[serde(default)]
    pub limits: Limits,
    /// The model, none for records only.
    pub model: Option<Model>,
    /// The policy.
    #[serde(default)]
    pub policy: Policy,
    /// Feed lines.
    #[serde(default)]
    pub feed: Feed,
}

/// A subscribed symbol.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Symbol as in the stock directory.
    pub symbol: String,
    /// Tick; derived from the feed's prices when absent.
    pub tick: Option<Dollars>,
    /// Right shift of quantities before they saturate in a feature.
    #[serde(default)]
    pub qty_shift: u8,
    /// Limits of this slot.
    pub limits: Option<Limits>,
}

/// Risk limits, pushed into the card's gate and checked on the host too.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most shares an order.
    pub qty_max: u32,
    /// How far outside the BBO a price may lie.
    pub collar: Dollars,
    /// Largest absolute position plus open quantity, shares.
    pub position_max: u32,
    /// Most open orders.
    pub open_orders_max: u16,
    /// Most notional an order, whole dollars.
    pub notional_max_dollars: u64,
    /// Most orders in a burst.
    pub rate_tokens: u16,
    /// Time for one more order, ns.
    pub rate_refill_ns: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            qty_max: 1_000,
            collar: Dollars(10_000),
            position_max: 10_000,
            open_orders_max: 64,
            notional_max_dollars: 10_000_000,
            rate_tokens: 100,
            rate_refill_ns: 10_000_000,
        }
    }
}

impl Limits {
    /// As the risk layers take them.
    pub fn to_risk(&self) -> risk::Limits {
        risk::Limits {
            qty_max: self.qty_max,
            collar: self.collar.0,
            position_max: self.position_max,
            open_orders_max: self.open_orders_max,
            notional_max: self.notional_max_dollars.saturating_mul(10_000),
            rate_tokens: self.rate_tokens,
            rate_refill_ns: self.rate_refill_ns,
        }
    }
}

/// The model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// ONNX file, relative to the configuration.
    pub path: PathBuf,
}

/// The default policy (see [`crate::policy::EdgePolicy`]).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Enter when |P(up) − P(down)| is at least this.
    pub edge_min: f32,
    /// Enter only when the spread is at most this, ticks.
    pub spread_max_ticks: u16,
    /// Leave after this long, ns of feed time.
    pub hold_ns: u64,
    /// Shares an entry.
    pub qty: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            edge_min: 0.2,
            spread_max_ticks: 3,
            hold_ns: 1_000_000_000,
            qty: 100,
        }
    }
}

/// Feed lines.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Feed {
    /// MoldUDP64 session, at most 10 characters.
    pub session: String,
    /// Most messages a packet.
    pub messages_per_packet: u16,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            session: "TICKFORGE".into(),
            messages_per_packet: 4,
        }
    }
}

impl Config {
    /// Reads and checks a file; relative paths in it count from its folder.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and column.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: name.clone(),
            source,
        })?;
        let mut config = Self::parse(&text, &name)?;
        if let (Some(model), Some(folder)) = (&mut config.model, path.parent()) {
            model.path = folder.join(&model.path);
        }
        Ok(config)
    }

    /// Parses and checks a document; `name` is for messages.
    ///
    /// # Errors
    /// [`ConfigError`] with line and column.
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start.min(text.len()));
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.len() - before.rfind('\n').map_or(0, |n| n + 1) + 1;
            ConfigError::Parse {
                path: name.to_owned(),
                line,
                column,
                message: e.message().replace('\n', " "),
            }
        })?;
        config.check(name)?;
        Ok(config)
    }

    fn check(&self, name: &str) -> Result<(), ConfigError> {
        let bad = |field: String, why: String| {
            Err(ConfigError::Value {
                path: name.to_owned(),
                field,
                why,
            })
        };
        if self.slots.is_empty() {
            return bad(
                "slot".into(),
                "no symbol to subscribe: add a [[slot]] with symbol = \"...\"".into(),
            );
        }
        for (i, s) in self.slots.iter().enumerate() {
            if s.symbol.is_empty() || s.symbol.len() > 8 || !s.symbol.is_ascii() {
                return bad(
                    format!("slot[{i}].symbol"),
                    format!("`{}` is not 1 to 8 ASCII characters", s.symbol),
                );
            }
            if self.slots[..i].iter().any(|o| o.symbol == s.symbol) {
                return bad(
                    format!("slot[{i}].symbol"),
                    format!("`{}` is subscribed twice", s.symbol),
                );
            }
            if s.tick == Some(Dollars(0)) {
                return bad(format!("slot[{i}].tick"), "a tick of 0 is no grid".into());
            }
            if s.qty_shift > 31 {
                return bad(
                    format!("slot[{i}].qty_shift"),
                    format!("{} is above 31", s.qty_shift),
                );
            }
        }
        if self.feed.session.is_empty() || self.feed.session.len() > 10 || !self.feed.session.is_ascii() {
            return bad(
                "feed.session".into(),
                format!("`{}` is not 1 to 10 ASCII characters", self.feed.session),
            );
        }
        if !(1..=64).contains(&self.feed.messages_per_packet) {
            return bad("feed.messages_per_packet".into(), "must be 1 to 64".into());
        }
        if !(0.0..=1.0).contains(&self.policy.edge_min) {
            return bad(
                "policy.edge_min".into(),
                format!("{} is not within 0 to 1", self.policy.edge_min),
            );
        }
        Ok(())
    }

    /// Limits of slot `i`.
    pub fn limits(&self, i: usize) -> Limits {
        self.slots.get(i).and_then(|s| s.limits).unwrap_or(self.limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
[[slot]]
symbol = \"GOOG\"
tick = 0.01
[limits]
qty_max = 500
collar = 0.5
[model]
path = \"m.onnx\"
[policy]
edge_min = 0.3
";

    #[test]
    fn reads_a_document_with_defaults() {
        let c = Config::parse(GOOD, "x.toml").expect("good");
        assert_eq!(
            (c.slots[0].tick, c.limits(0).collar, c.limits(0).position_max),
            (Some(Dollars(100)), Dollars(5_000), 10_000)
        );
        assert_eq!(c.policy.qty, 100);
    }

    fn message(text: &str) -> String {
        Config::parse(text, "x.toml").expect_err("bad").to_string()
    }

    #[test]
    fn unknown_fields_are_refused_with_their_line() {
        let m = message(&GOOD.replace("qty_max", "qty_maximum"));
        assert!(m.starts_with("x.toml:6:1: unknown field `qty_maximum`"), "{m}");
        let m = message(&GOOD.replace("0.01", "0.00001"));
        assert!(m.starts_with("x.toml:4:") && m.contains("four decimals"), "{m}");
    }

    #[test]
    fn values_are_checked() {
        assert!(message("").contains("no symbol"));
        assert!(message("[[slot]]\nsymbol = \"TOOLONGNAME\"").contains("slot[0].symbol"));
        assert!(message("[[slot]]\nsymbol = \"A\"\n[[slot]]\nsymbol = \"A\"").contains("twice"));
        assert!(message("[[slot]]\nsymbol = \"A\"\n[policy]\nedge_min = 2.0").contains("edge_min"));
        assert!(message("[[slot]]\nsymbol = \"A\"\n[feed]\nmessages_per_packet = 0").contains("1 to 64"));
    }
}
