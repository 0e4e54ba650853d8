//! First pass over a feed file: shows that it can be read to its end, finds the symbols and their prices.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use twin::event::FeedEvent;
use twin::subscription::{Subscriptions, Target, named_symbol};
use wire::itch50::Header;

use crate::error::CliError;

/// Grids tried, largest first, in 1/10000 dollar.
const TICKS: [u32; 3] = [2_500, 100, 1];

/// What the file says of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Locate of the day.
    pub(crate) locate: u16,
    /// Prices seen in adds and replaces.
    pub(crate) prices: u64,
    divides: [bool; TICKS.len()],
}

impl Found {
    /// The largest grid that divides all prices seen, 1/10000 dollar.
    pub(crate) fn tick(&self) -> u32 {
        let found = TICKS.iter().zip(self.divides).find(|(_, divides)| *divides);
        found.map_or(TICKS[TICKS.len() - 1], |(tick, _)| *tick)
    }
}

/// The file as a whole.
#[derive(Debug)]
pub(crate) struct Survey {
    path: PathBuf,
    /// Messages in the file.
    pub(crate) messages: u64,
    targets: Vec<(Target, Option<Found>)>,
    names: BTreeSet<[u8; 8]>,
}

impl Survey {
    /// Reads the file to its end.
    ///
    /// # Errors
    /// Whatever is wrong with the file, with its position.
    pub(crate) fn of(path: &Path, targets: &[Target]) -> Result<Self, CliError> {
        let mut feed = wire::feed::open(path)?;
        let mut survey = Self {
            path: path.to_owned(),
            messages: 0,
            targets: targets.iter().map(|t| (*t, None)).collect(),
            names: BTreeSet::new(),
        };
        let mut subscriptions = Subscriptions::new(targets);
        while let Some(message) = feed.next_message()? {
            survey.messages += 1;
            if let Some((_, name)) = named_symbol(message.bytes) {
                survey.names.insert(name);
            }
            subscriptions.observe(message.bytes);
            if let Ok(header) = Header::read(message.bytes)
                && let Some(slot) = subscriptions.slot(header.locate)
            {
                survey.count(message.bytes, header.locate, slot);
            }
        }
        let checksums = feed.counters().bad_ip_checksum;
        if checksums > 0 {
            eprintln!(
                "{}: {checksums} frames with a wrong IPv4 header checksum were used",
                path.display()
            );
        }
        Ok(survey)
    }

    fn count(&mut self, message: &[u8], locate: u16, slot: u16) {
        let found = self.targets[usize::from(slot)].1.get_or_insert(Found {
            locate,
            prices: 0,
            divides: [true; TICKS.len()],
        });
        let placed = matches!(message[0], b'A' | b'F' | b'U');
        if placed && let Ok(Some(event)) = FeedEvent::decode(message, slot) {
            found.prices += 1;
            for (divides, tick) in found.divides.iter_mut().zip(TICKS) {
                *divides &= event.price % tick == 0;
            }
        }
    }

    /// What was found of target `index`.
    ///
    /// # Errors
    /// [`CliError::Input`] naming symbols of the file near it.
    ///
    /// # Panics
    /// When there is no such target.
    pub(crate) fn require(&self, index: usize) -> Result<Found, CliError> {
        let (target, found) = &self.targets[index];
        found.ok_or_else(|| self.not_found(*target))
    }

    fn not_found(&self, target: Target) -> CliError {
        let (path, messages) = (self.path.display(), self.messages);
        let shown = |name: &[u8; 8]| String::from_utf8_lossy(name).trim_end().to_owned();
        CliError::Input(match target {
            Target::Locate(locate) => {
                format!("{path}: no message of locate {locate} among {messages}; give a locate of this file")
            }
            Target::Symbol(symbol) if self.names.is_empty() => format!(
                "{path}: symbol {} is not named, nor is any other in {messages} messages; use --locate",
                shown(&symbol)
            ),
            Target::Symbol(symbol) => {
                let some: Vec<String> = nearest(&self.names, &symbol).iter().map(shown).collect();
                format!(
                    "{path}: unknown symbol {} ({messages} messages name {} symbols, near it {}); give one of those",
                    shown(&symbol),
                    self.names.len(),
                    some.join(" ")
                )
            }
        })
    }
}

/// Up to three names around a symbol in alphabetical order.
fn nearest(names: &BTreeSet<[u8; 8]>, symbol: &[u8; 8]) -> Vec<[u8; 8]> {
    let after = names.range(*symbol..).take(2);
    let before = names.range(..*symbol).next_back();
    before.into_iter().chain(after).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_dividing_tick_wins() {
        let tick = |divides| {
            Found {
                locate: 0,
                prices: 0,
                divides,
            }
            .tick()
        };
        assert_eq!(
            [[true; 3], [false, true, true], [false, false, true]].map(tick),
            [2_500, 100, 1]
        );
    }
}
