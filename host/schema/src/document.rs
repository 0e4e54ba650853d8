//! A document held against the keys it may have: everything that is wrong, each with its place.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use crate::{Default, Key, Kind};

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, bytes.
    pub column: usize,
}

impl At {
    /// The place of a byte.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
        let begin = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        Self {
            line: before.iter().filter(|b| **b == b'\n').count() + 1,
            column: before.len() - begin + 1,
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub at: At,
    /// The key, `slot[1].symbol`; empty when it is none.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Whether a value can be taken as this type.
///
/// # Errors
/// It cannot; the error has its place.
pub fn accepts<T: for<'de> Deserialize<'de>>(value: Spanned<DeValue<'_>>) -> Result<(), Error> {
    T::deserialize(ValueDeserializer::from(value)).map(drop)
}

/// A document with the places of what is in it.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    table: Spanned<DeTable<'a>>,
}

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// # Errors
    /// Everything that is no TOML.
    pub fn parse(text: &'a str) -> Result<Self, Vec<Found>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Ok(Self { text, table });
        }
        let found = |error: Error| Found {
            at: At::of(text, error.span().map_or(0, |span| span.start)),
            path: String::new(),
            message: one_line(error.message()),
            remedy: "mend the TOML".to_owned(),
        };
        Err(errors.into_iter().map(found).collect())
    }

    /// The place of a value, `slot[1].symbol`; that of the nearest table around it when it is not there.
    pub fn at(&self, path: &str) -> At {
        let mut span = self.table.span();
        let mut table = self.table.get_ref();
        for part in path.split('.') {
            let (name, index) = indexed(part);
            let Some(mut value) = table.get(name) else { break };
            if let (Some(index), DeValue::Array(all)) = (index, value.get_ref()) {
                let Some(one) = all.get(index) else { break };
                value = one;
            }
            span = value.span();
            let DeValue::Table(next) = value.get_ref() else {
                break;
            };
            table = next;
        }
        At::of(self.text, span.start)
    }

    /// Every key that is not known, value that is of another type, and key that has to be given and is not.
    pub fn check(&self, keys: &[Key]) -> Vec<Found> {
        let mut walk = Walk {
            text: self.text,
            keys,
            found: Vec::new(),
        };
        walk.table(self.table.get_ref(), &self.table.span(), "", "");
        walk.found
    }
}

/// A part of a path and its index: `slot[1]`.
fn indexed(part: &str) -> (&str, Option<usize>) {
    match part.split_once('[') {
        Some((name, index)) => (name, index.trim_end_matches(']').parse().ok()),
        None => (part, None),
    }
}

fn one_line(text: &str) -> String {
    text.trim().replace('\n', " ")
}

/// Path of what is in a table.
fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

struct Walk<'a> {
    text: &'a str,
    keys: &'a [Key],
    found: Vec<Found>,
}

impl Walk<'_> {
    /// `schema` is the path as keys have it, `path` the one with the numbers of array elements.
    fn table(&mut self, table: &DeTable<'_>, span: &Range<usize>, schema: &str, path: &str) {
        for (name, value) in table {
            let (schema, path) = (below(schema, name.get_ref()), below(path, name.get_ref()));
            match self.keys.iter().find(|key| key.path == schema) {
                Some(key) => self.value(key, value, &schema, &path),
                None => self.unknown(name, &schema, path),
            }
        }
        for key in self.keys {
            let (above, name) = key.path.rsplit_once('.').unwrap_or(("", &key.path));
            let missing = key.default == Default::Required && above == schema && !table.contains_key(name);
            if missing {
                let message = format!("`{name}` is missing");
                self.add(span, below(path, name), message, format!("give {}", advice(key)));
            }
        }
    }

    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, schema: &str, path: &str) {
        let wrong = |what: &str| format!("expected {what}, found {}", kind(value.get_ref()));
        match (key.kind, value.get_ref()) {
            (Kind::Section, DeValue::Table(table)) => self.table(table, &value.span(), schema, path),
            (Kind::Section, _) => {
                let message = wrong("a section");
                self.add(
                    &value.span(),
                    path.to_owned(),
                    message,
                    format!("write [{path}] on a line of its own"),
                );
            }
            (Kind::Sections, DeValue::Array(all)) if all.iter().all(|one| one.get_ref().is_table()) => {
                for (index, one) in all.iter().enumerate() {
                    if let DeValue::Table(table) = one.get_ref() {
                        self.table(
                            table,
                            &one.span(),
                            &format!("{schema}[]"),
                            &format!("{path}[{index}]"),
                        );
                    }
                }
            }
            (Kind::Sections, _) => {
                let message = wrong("any number of sections");
                self.add(
                    &value.span(),
                    path.to_owned(),
                    message,
                    format!("write [[{path}]] on a line of its own"),
                );
            }
            (Kind::Value, _) => {
                if let Err(error) = (key.accepts)(value.clone()) {
                    let span = error.span().unwrap_or(value.span());
                    let message = one_line(error.message());
                    self.add(&span, path.to_owned(), message, format!("write {}", advice(key)));
                }
            }
        }
    }

    fn unknown(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, schema: &str, path: String) {
        let above = schema.rsplit_once('.').map_or("", |(above, _)| above);
        let known: Vec<&str> = self
            .keys
            .iter()
            .filter_map(|key| {
                let (section, name) = key.path.rsplit_once('.').unwrap_or(("", &key.path));
                (section == above && !name.is_empty()).then_some(name)
            })
            .collect();
        let near = known.iter().min_by_key(|known| distance(known, name.get_ref()));
        let remedy = match near {
            Some(near) if distance(near, name.get_ref()) <= near.len() / 2 => {
                format!("did you mean `{near}`?")
            }
            _ => format!("known here: {}", known.join(", ")),
        };
        self.add(
            &name.span(),
            path,
            format!("unknown key `{}`", name.get_ref()),
            remedy,
        );
    }

    fn add(&mut self, span: &Range<usize>, path: String, message: String, remedy: String) {
        self.found.push(Found {
            at: At::of(self.text, span.start),
            path,
            message,
            remedy,
        });
    }
}

/// What a key takes, in words.
pub(crate) fn advice(key: &Key) -> String {
    let unit = if key.unit.is_empty() {
        String::new()
    } else {
        format!(", {}", key.unit)
    };
    match &key.default {
        Default::Is(default) => format!("{}{unit}; the default is {default}", key.of),
        Default::Required | Default::Absent => format!("{}{unit}", key.of),
    }
}

const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a section",
    }
}

/// A path without the numbers of array elements, as keys have it: `slot[].symbol` for `slot[1].symbol`.
pub fn plain(path: &str) -> String {
    let mut within = false;
    path.chars()
        .filter(|letter| {
            within = (within || *letter == '[') && *letter != ']';
            !(within && letter.is_ascii_digit())
        })
        .collect()
}

/// Letters to be changed, added or left out to make one word the other.
pub fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}
