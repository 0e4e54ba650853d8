//! Configuration keys that are declared once: the struct that serde reads, its defaults, and what a person is told of
//! each key come from the same lines ([`section!`], [`record!`], [`choice!`]).
//!
//! ```
//! schema::section! {
//!     /// Feed lines.
//!     #[derive(Debug)]
//!     pub struct Feed {
//!         /// Most messages a packet.
//!         pub messages_per_packet: u16 = 4, "messages" => [] "wire::packetizer";
//!     }
//! }
//! let keys = schema::keys::<Feed>();
//! assert_eq!(keys[1].path, "messages_per_packet");
//! assert_eq!(keys[1].default, schema::Default::Is("4".into()));
//! ```
#![forbid(unsafe_code)]

mod document;
mod fields;
mod macros;
mod values;

pub use document::{At, Document, Found, accepts, distance, plain};
pub use fields::fields;
pub use serde;

use toml::Spanned;
use toml::de::{DeValue, Error};

/// What stands in the document when nothing is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Default {
    /// Nothing: the key has to be given.
    Required,
    /// Nothing, and that is allowed.
    Absent,
    /// This, as it is written in TOML.
    Is(String),
}

/// A default on its way down to the keys it is made of.
#[derive(Debug)]
pub enum Given<'a, T> {
    /// The key has to be given.
    Required,
    /// Nothing is there unless it is given.
    Absent,
    /// This is there unless another is given.
    Is(&'a T),
}

/// What a key may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `[path]`, a table of keys.
    Section,
    /// `[[path]]`, any number of such tables.
    Sections,
    /// A value.
    Value,
}

/// Everything that is said of a key.
#[derive(Debug, Clone)]
pub struct Key {
    /// As one writes it, `limits.qty_max`; below an array of tables `slot[].symbol`. Empty for the document.
    pub path: String,
    /// What it holds.
    pub kind: Kind,
    /// What it does: the docstring of its field.
    pub what: String,
    /// Type in words.
    pub of: String,
    /// Choices with what they mean, when it is one of several words.
    pub choices: &'static [(&'static str, &'static str)],
    /// Unit, empty for none.
    pub unit: &'static str,
    /// What stands there otherwise.
    pub default: Default,
    /// Registers of the card it is written into, by their names in the contract.
    pub registers: &'static [&'static str],
    /// Where on the host it goes, as a Rust path without the items.
    pub module: &'static str,
    /// Names serde takes in this section; empty for a value.
    pub names: Vec<&'static str>,
    /// Whether a value can be taken.
    pub accepts: fn(Spanned<DeValue<'_>>) -> Result<(), Error>,
}

/// Unit, registers and module of a key, as [`Key`] has them.
pub type Target = (&'static str, &'static [&'static str], &'static str);

/// Where a key stands and what its field says of it.
#[derive(Debug, Clone)]
pub struct Place {
    path: String,
    what: String,
    unit: &'static str,
    registers: &'static [&'static str],
    module: &'static str,
    repeated: bool,
}

impl Place {
    /// The whole document.
    pub fn root() -> Self {
        Self {
            path: String::new(),
            what: String::new(),
            unit: "",
            registers: &[],
            module: "",
            repeated: false,
        }
    }

    /// A field below this place.
    #[must_use]
    pub fn field(&self, name: &str, docs: &[&str], (unit, registers, module): Target) -> Self {
        let path = match (self.path.as_str(), self.repeated) {
            ("", _) => name.to_owned(),
            (above, true) => format!("{above}[].{name}"),
            (above, false) => format!("{above}.{name}"),
        };
        let what: Vec<&str> = docs.iter().map(|line| line.trim()).collect();
        Self {
            path,
            what: what.join(" "),
            unit,
            registers,
            module,
            repeated: false,
        }
    }

    /// The same place, for any number of tables.
    #[must_use]
    pub fn repeated(&self) -> Self {
        Self {
            repeated: true,
            ..self.clone()
        }
    }

    /// The key of a section at this place.
    pub fn section<T: for<'de> serde::Deserialize<'de>>(&self) -> Key {
        let kind = if self.repeated {
            Kind::Sections
        } else {
            Kind::Section
        };
        Key {
            names: fields::<T>().to_vec(),
            ..self.key::<T>(kind, "section".into(), Default::Absent)
        }
    }

    /// The key of a value at this place; `shown` is how it is written.
    pub fn value<T: for<'de> serde::Deserialize<'de>>(
        &self,
        of: String,
        default: &Given<'_, T>,
        shown: impl Fn(&T) -> String,
    ) -> Key {
        let default = match default {
            Given::Required => Default::Required,
            Given::Absent => Default::Absent,
            Given::Is(value) => Default::Is(shown(value)),
        };
        self.key::<T>(Kind::Value, of, default)
    }

    fn key<T: for<'de> serde::Deserialize<'de>>(&self, kind: Kind, of: String, default: Default) -> Key {
        Key {
            path: self.path.clone(),
            kind,
            what: self.what.clone(),
            of,
            choices: &[],
            unit: self.unit,
            default,
            registers: self.registers,
            module: self.module,
            names: Vec::new(),
            accepts: accepts::<T>,
        }
    }
}

/// A type that a key may have, or a section of keys.
pub trait Explained: Sized {
    /// Adds the keys of a value of this type at a place.
    fn explain(at: &Place, default: Given<'_, Self>, into: &mut Vec<Key>);
}

/// All keys of a document, the document first, each section ahead of what is in it.
pub fn keys<T: Explained>() -> Vec<Key> {
    let mut keys = Vec::new();
    T::explain(&Place::root(), Given::Absent, &mut keys);
    keys
}
