//! `tickforge run --config FILE.toml`: one typed document, unknown fields refused.

use crate::market_rules::MarketRules;
use crate::order_path::Orders;
use crate::price::Dollars;
use contract::reg::permit;
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
    /// Weights that follow the feed, none without.
    pub learning: Option<learn::Settings>,
    /// The policy.
    #[serde(default)]
    pub policy: Policy,
    /// Feed lines.
    #[serde(default)]
    pub feed: Feed,
    /// How orders leave the card.
    #[serde(default)]
    pub orders: Orders,
    /// Market rules; whoever sends to a venue has to give them.
    pub rules: Option<MarketRules>,
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

/// A set of sides, written as their letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sides(u32);

impl TryFrom<String> for Sides {
    type Error = String;

    fn try_from(letters: String) -> Result<Self, String> {
        letters.bytes().try_fold(Self(0), |set, letter| {
            let bit = permit::of(letter);
            if bit == 0 || set.0 & bit != 0 {
                return Err(format!(
                    "{letters:?}: sides are some of the letters BSTE, each once"
                ));
            }
            Ok(Self(set.0 | bit))
        })
    }
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
    /// Sides an order may have, OUCH letters: `B` buy, `S` sell, `T` sell short, `E` short exempt.
    pub sides: Sides,
    /// Lowest and highest price of an order; without them no bands hold.
    pub bands: Option<[Dollars; 2]>,
    /// As many orders of a slot latch it until a person clears it; one is forgotten every `orders.throttle_ns`.
    pub throttle: u16,
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
            sides: Sides(permit::SIDES),
            bands: None,
            throttle: u16::MAX,
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
            permit: self.sides.0,
            bands: self.bands.map(|bands| bands.map(|price| price.0)),
            throttle: self.throttle,
        }
    }
}

/// The model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// ONNX file, or `.toml` that names an ensemble of them; relative to the configuration.
    pub path: PathBuf,
    /// What runs it: `auto`, `compiled` or `ort`.
    #[serde(default)]
    pub backend: model::Backend,
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
    /// How fast a replay goes.
    pub pace: Pace,
}

/// How fast a feed is replayed into a simulated card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// A packet that makes a record is followed by the next one when the card has come to rest: nothing is degraded.
    Settled,
    /// Frame upon frame on both lines, faster than any day was: one symbol's burst outruns the refill of its rows,
    /// and the records of that time say so.
    LineRate,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            session: "TICKFORGE".into(),
            messages_per_packet: 4,
            pace: Pace::Settled,
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
        if let Some((field, why)) = self.orders.wrong() {
            return bad(field.into(), why);
        }
        if let Some((field, why)) = self.learning.and_then(|l| l.wrong(self.model.is_some())) {
            return bad(format!("learning.{field}"), why);
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

    #[test]
    fn sides_are_letters_each_once() {
        let permit = |letters: &str| {
            let text = GOOD.replace("qty_max = 500", &format!("sides = {letters:?}"));
            Config::parse(&text, "x.toml").map(|c| c.limits(0).to_risk().permit)
        };
        let all = Config::parse(GOOD, "x.toml").map(|c| c.limits(0).to_risk().permit);
        assert_eq!(all.expect("good"), permit::SIDES);
        assert_eq!(permit("").expect("none is a set"), 0);
        assert_eq!(permit("TB").expect("a set"), permit::BUY | permit::SHORT);
        for bad in ["X", "BB", "b"] {
            assert!(permit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_backend_is_one_of_three() {
        use model::Backend;
        let backend = |text: &str| {
            Config::parse(text, "x.toml")
                .expect("good")
                .model
                .expect("a model")
                .backend
        };
        assert_eq!(backend(GOOD), Backend::Auto);
        let with = |name: &str| GOOD.replace("[policy]", &format!("backend = \"{name}\"\n[policy]"));
        assert_eq!(
            (backend(&with("compiled")), backend(&with("ort"))),
            (Backend::Compiled, Backend::Ort)
        );
        let m = message(&with("gpu"));
        assert!(
            m.starts_with("x.toml:10:11: unknown variant `gpu`") && m.contains("compiled"),
            "{m}"
        );
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
    fn the_samples_say_what_the_defaults_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
        for name in ["btcusd.toml", "synthetic.toml"] {
            let c = Config::load(&folder.join(name)).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(c.orders, Orders::default(), "{name}");
        }
    }

    #[test]
    fn orders_have_addresses() {
        use crate::order_path::{Mac, Transport};
        let c = Config::parse(GOOD, "x.toml").expect("good");
        assert_eq!(c.orders, Orders::default());
        let text = format!(
            "{GOOD}[orders]\nmode = \"tcp\"\nsource_mac = \"02:00:00:00:00:ff\"\nsource_ip = \"10.1.2.3\"\n"
        );
        let orders = Config::parse(&text, "x.toml").expect("good").orders;
        assert_eq!(
            (orders.mode, orders.source_mac, orders.source_ip.octets()),
            (Transport::Tcp, Mac([2, 0, 0, 0, 0, 255]), [10, 1, 2, 3])
        );
        let m = message(&text.replace(":ff", ""));
        assert!(m.starts_with("x.toml:14:") && m.contains("no MAC address"), "{m}");
        let m = message(&text.replace("tcp", "sctp"));
        assert!(m.starts_with("x.toml:13:") && m.contains("`udp` or `tcp`"), "{m}");
        assert!(message(&text.replace("10.1.2.3", "10.1.2")).starts_with("x.toml:15:"));
        assert!(message(&text.replace("\"02:", "\"01:")).contains("group address"));
        assert!(message(&format!("{text}heartbeat_timeout_ns = 9")).contains("below 100000"));
        for firm in ["", "FORGE", "F-"] {
            assert!(message(&format!("{text}watchdog_firm = \"{firm}\"")).contains("is no firm"));
        }
        assert!(message(&format!("{text}source_port = 0")).contains("no port"));
    }

    #[test]
    fn learning_is_checked_with_its_values() {
        let c = Config::parse(&format!("{GOOD}[learning]\nshare = 0.25\n"), "x.toml").expect("good");
        let learning = c.learning.expect("there");
        assert_eq!(
            learning,
            learn::Settings {
                share: 0.25,
                ..Default::default()
            }
        );
        let m = message("[[slot]]\nsymbol = \"A\"\n[learning]\nshare = 0.25\n");
        assert!(
            m.starts_with("x.toml: learning.share: 0.25 leaves a share"),
            "{m}"
        );
        let m = message(&format!("{GOOD}[learning.rls]\nforgetting = 1.5\n"));
        assert!(
            m.contains("learning.rls.forgetting: 1.5 is not within 0.9 to 1"),
            "{m}"
        );
        let m = message(&format!("{GOOD}[learning]\nmethod = \"sgd\"\n"));
        assert!(m.starts_with("x.toml:13:10: unknown variant `sgd`"), "{m}");
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
