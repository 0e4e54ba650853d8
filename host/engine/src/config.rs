//! `--config FILE.toml`: one typed document, unknown keys refused. What each key is, is said where it is declared; `tickforge config explain` prints it.

use crate::market_rules::MarketRules;
use crate::order_path::Orders;
use crate::price::Dollars;
use contract::reg::permit;
use schema::{At, Document};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use wire::ouch50::QUANTITY_END;

mod check;
#[cfg(test)]
mod tests;

pub use check::{Problem, Severity, check};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}; give a readable TOML file")]
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
    #[error("{path}:{line}:{column}: {field}: {why}")]
    Value {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Which field.
        field: String,
        /// What is wrong with it.
        why: String,
    },
}

schema::record! {
    /// The whole document.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Config {
        /// Subscribed symbols, in slot order.
        pub slots as "slot": Vec<Slot> = default;
        /// Risk limits of every slot that has none of its own.
        pub limits: Limits = default;
        /// The model, none for records only.
        pub model: Option<Model> = default;
        /// Weights that follow the feed, none without.
        pub learning: Option<learn::Settings> = default;
        /// The policy.
        pub policy: Policy = default;
        /// Feed lines.
        pub feed: Feed = default;
        /// How orders leave the card.
        pub orders: Orders = default;
        /// Market rules; whoever sends to a venue has to give them.
        pub rules: Option<MarketRules> = default;
    }
}

schema::record! {
    /// A subscribed symbol.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Slot {
        /// Symbol as in the stock directory, 1 to 8 ASCII characters.
        pub symbol: String, "" => ["SYMBOL_LO", "SYMBOL_HI"] "host/device/src/feed.rs";
        /// Tick; derived from the feed's prices when absent.
        pub tick: Option<Dollars> = default, "dollars" => ["GRID_TICK", "GRID_RECIP"] "host/device/src/feed.rs";
        /// Right shift of quantities before they saturate in a feature, at most 31.
        pub qty_shift: u8 = default, "bits" => ["QTY_SHIFT"] "host/device/src/feed.rs";
        /// Limits of this slot, all of them: what is not given here is the default, not what [limits] says.
        pub limits: Option<Limits> = default;
    }
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

schema::value!(Sides: "text, some of the letters BSTE, each once", |sides: &Sides| {
    let letters = "BSTE".chars().filter(|letter| u8::try_from(*letter).is_ok_and(|l| sides.0 & permit::of(l) != 0));
    format!("{:?}", letters.collect::<String>())
});

schema::section! {
    /// Risk limits, pushed into the card's gate and checked on the host too.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Limits {
        /// Most shares an order.
        pub qty_max: u32 = 1_000, "shares" => ["MAX_QTY"] "host/risk/src/gate.rs";
        /// How far outside the BBO a price may lie.
        pub collar: Dollars = Dollars(10_000), "dollars" => ["COLLAR"] "host/risk/src/gate.rs";
        /// Largest absolute position plus open quantity.
        pub position_max: u32 = 10_000, "shares" => ["POSITION_MAX"] "host/risk/src/position.rs";
        /// Most open orders.
        pub open_orders_max: u16 = 64, "orders" => ["OPEN_MAX"] "host/risk/src/gate.rs";
        /// Most notional an order.
        pub notional_max_dollars: u64 = 10_000_000, "whole dollars" => ["NOTIONAL_MAX_LO", "NOTIONAL_MAX_HI"] "host/risk/src/gate.rs";
        /// Most orders in a burst.
        pub rate_tokens: u16 = 100, "orders" => ["SLOT_RATE_TOKENS"] "host/risk/src/bucket.rs";
        /// Time for one more order; 0 never gives one back.
        pub rate_refill_ns: u32 = 10_000_000, "ns of card time" => ["SLOT_RATE_REFILL_NS"] "host/risk/src/bucket.rs";
        /// Sides an order may have, OUCH letters: `B` buy, `S` sell, `T` sell short, `E` short exempt.
        pub sides: Sides = Sides(permit::SIDES), "" => ["PERMIT"] "host/risk/src/gate.rs";
        /// Lowest and highest price of an order; without them no bands hold.
        pub bands: Option<[Dollars; 2]> = None, "dollars" => ["BAND_LOW", "BAND_HIGH", "PERMIT"] "host/risk/src/gate.rs";
        /// As many orders of a slot latch it until a person clears it; one is forgotten every `orders.throttle_ns`.
        pub throttle: u16 = u16::MAX, "orders" => ["THROTTLE"] "host/risk/src/throttle.rs";
    }
}

impl Limits {
    /// What no gate can hold an order to.
    fn wrong(&self) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        wrong.extend(too_dear(self.notional_max_dollars).map(|why| ("notional_max_dollars", why)));
        if let Some([low, high]) = self.bands.filter(|[low, high]| low > high) {
            let why =
                format!("the lowest price {low} is above the highest, {high}: write the lower one first");
            wrong.push(("bands", why));
        }
        wrong
    }

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

schema::record! {
    /// The model.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Model {
        /// ONNX file, or `.toml` that names an ensemble of them; relative to the configuration.
        pub path: PathBuf, "" => [] "host/model/src/model.rs";
        /// What runs it.
        pub backend: model::Backend = default, "" => [] "host/model/src/model.rs";
    }
}

schema::section! {
    /// The default policy (see [`crate::policy::EdgePolicy`]).
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Policy {
        /// Enter when |P(up) − P(down)| is at least this, 0 to 1.
        pub edge_min: f32 = 0.2, "probability" => [] "host/engine/src/policy.rs";
        /// Enter only when the spread is at most this.
        pub spread_max_ticks: u16 = 3, "ticks" => [] "host/engine/src/policy.rs";
        /// Leave after this long.
        pub hold_ns: u64 = 1_000_000_000, "ns of feed time" => [] "host/engine/src/policy.rs";
        /// Shares an entry.
        pub qty: u32 = 100, "shares" => [] "host/engine/src/policy.rs";
    }
}

schema::choice! {
    /// How fast a feed is replayed into a simulated card.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Pace {
        /// A packet that makes a record is followed by the next one when the card has come to rest: nothing is degraded.
        Settled = "settled",
        /// Frame upon frame on both lines, faster than any day was: one symbol's burst outruns the refill of its rows,
        /// and the records of that time say so.
        LineRate = "line-rate",
    }
}

schema::section! {
    /// Feed lines.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Feed {
        /// MoldUDP64 session, 1 to 10 ASCII characters.
        pub session: String = "TICKFORGE".into(), "" => ["SESSION_0", "SESSION_1", "SESSION_2"] "host/device/src/feed.rs";
        /// Most messages a packet, 1 to 64.
        pub messages_per_packet: u16 = 4, "messages" => [] "host/wire/src/packetizer.rs";
        /// How fast a replay goes.
        pub pace: Pace = Pace::Settled, "" => [] "host/cli/src/cmd/run/mod.rs";
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
            let At { line, column } = At::of(text, e.span().map_or(0, |s| s.start));
            ConfigError::Parse {
                path: name.to_owned(),
                line,
                column,
                message: e.message().replace('\n', " "),
            }
        })?;
        match config.wrong().into_iter().next() {
            None => Ok(config),
            Some((field, why)) => {
                let at =
                    Document::parse(text).map_or(At { line: 1, column: 1 }, |document| document.at(&field));
                Err(ConfigError::Value {
                    path: name.to_owned(),
                    line: at.line,
                    column: at.column,
                    field,
                    why,
                })
            }
        }
    }

    /// Every value out of its range: its key, and why.
    fn wrong(&self) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        if self.slots.is_empty() {
            let why = "no symbol to subscribe: add a [[slot]] with symbol = \"...\"";
            wrong.push(("slot".to_owned(), why.to_owned()));
        }
        for (i, slot) in self.slots.iter().enumerate() {
            let twice = self.slots.iter().take(i).any(|other| other.symbol == slot.symbol);
            wrong.extend(
                slot.wrong(twice)
                    .into_iter()
                    .map(|(key, why)| (format!("slot[{i}].{key}"), why)),
            );
        }
        let session = &self.feed.session;
        if session.is_empty() || session.len() > 10 || !session.is_ascii() {
            wrong.push((
                "feed.session".into(),
                format!("`{session}` is not 1 to 10 ASCII characters"),
            ));
        }
        if !(1..=64).contains(&self.feed.messages_per_packet) {
            wrong.push(("feed.messages_per_packet".into(), "must be 1 to 64".into()));
        }
        wrong.extend(
            self.orders
                .wrong()
                .into_iter()
                .map(|(key, why)| (key.to_owned(), why)),
        );
        let learning = self.learning.iter().flat_map(|l| l.wrong(self.model.is_some()));
        wrong.extend(learning.map(|(key, why)| (format!("learning.{key}"), why)));
        let own = self.slots.iter().enumerate();
        let own = own.filter_map(|(i, slot)| Some((format!("slot[{i}].limits"), slot.limits?)));
        for (at, limits) in own.chain([("limits".to_owned(), self.limits)]) {
            let limits = limits.wrong().into_iter();
            wrong.extend(limits.map(|(key, why)| (format!("{at}.{key}"), why)));
        }
        let qty = self.policy.qty;
        if qty == 0 || qty >= QUANTITY_END {
            let why = format!("an order of {qty} shares is none: 1 to {}", QUANTITY_END - 1);
            wrong.push(("policy.qty".into(), why));
        }
        if !(0.0..=1.0).contains(&self.policy.edge_min) {
            let why = format!("{} is not within 0 to 1", self.policy.edge_min);
            wrong.push(("policy.edge_min".into(), why));
        }
        wrong
    }

    /// Limits of slot `i`.
    pub fn limits(&self, i: usize) -> Limits {
        self.slots.get(i).and_then(|s| s.limits).unwrap_or(self.limits)
    }
}

/// Why a limit in whole dollars is none, if it is none.
pub(crate) fn too_dear(dollars: u64) -> Option<String> {
    dollars.checked_mul(10_000).is_none().then(|| {
        format!(
            "{dollars} dollars do not fit the gate's 64 bits of 1/10000 dollar: at most {}",
            u64::MAX / 10_000
        )
    })
}

impl Slot {
    /// What is wrong with it; `twice` when another has its symbol.
    fn wrong(&self, twice: bool) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let symbol = &self.symbol;
        if symbol.is_empty() || symbol.len() > 8 || !symbol.is_ascii() {
            wrong.push(("symbol", format!("`{symbol}` is not 1 to 8 ASCII characters")));
        }
        if twice {
            wrong.push(("symbol", format!("`{symbol}` is subscribed twice")));
        }
        if self.tick == Some(Dollars(0)) {
            wrong.push(("tick", "a tick of 0 is no grid".into()));
        }
        if self.qty_shift > 31 {
            wrong.push(("qty_shift", format!("{} is above 31", self.qty_shift)));
        }
        wrong
    }
}
