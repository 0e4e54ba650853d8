//! Reads a journal line by line, each held against the chain.

use std::io::{BufRead, Read};

use super::{JournalError, chained};

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An Enter Order left the card for this slot.
    Sent(u8, Vec<u8>),
    /// A Cancel Order left the card.
    Cancel(Vec<u8>),
    /// A Replace Order left the card.
    Replace(Vec<u8>),
    /// An order that did not arrive was sent again.
    Again(u32),
    /// An order that did not arrive was given up.
    GaveUp(u32),
    /// A response with its sequence.
    Got(u64, Vec<u8>),
    /// The connection was lost.
    Lost,
    /// Words for people.
    Note(String),
    /// What a run learns by.
    Learning(String),
    /// From a record on a slot is scored by a version of its weights.
    Weights {
        /// The record, from 1.
        record: u64,
        /// Its slot.
        slot: u8,
        /// The version, from 1.
        number: u64,
        /// Whether its scores count.
        warm: bool,
        /// Bits of the weights.
        bits: Vec<u8>,
    },
    /// The sample of this record was not learned from.
    Unlearned(u64),
    /// On this record host risk admitted an order: the bytes of an order slot.
    Admitted(u64, Vec<u8>),
    /// The run was over after so many records.
    Ended(u64),
}

impl Entry {
    /// The word that stands for it in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sent(..) => "sent",
            Self::Cancel(_) => "cancel",
            Self::Replace(_) => "replace",
            Self::Again(_) => "again",
            Self::GaveUp(_) => "gave-up",
            Self::Got(..) => "got",
            Self::Lost => "lost",
            Self::Note(_) => "note",
            Self::Learning(_) => "learning",
            Self::Weights { .. } => "weights",
            Self::Unlearned(_) => "unlearned",
            Self::Admitted(..) => "admitted",
            Self::Ended(_) => "ended",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        let number = || first.parse().map_err(|_| "no number");
        match kind {
            "sent" => Ok(Self::Sent(first.parse().map_err(|_| "no slot")?, bytes(second)?)),
            "cancel" => Ok(Self::Cancel(bytes(first)?)),
            "replace" => Ok(Self::Replace(bytes(first)?)),
            "again" => number().map(Self::Again),
            "gave-up" => number().map(Self::GaveUp),
            "got" => Ok(Self::Got(
                first.parse().map_err(|_| "no sequence")?,
                bytes(second)?,
            )),
            "lost" => Ok(Self::Lost),
            "note" => Ok(Self::Note(rest.to_owned())),
            "learning" => Ok(Self::Learning(rest.to_owned())),
            "weights" => weights(rest),
            "unlearned" => Ok(Self::Unlearned(first.parse().map_err(|_| "no record")?)),
            "admitted" => Ok(Self::Admitted(
                first.parse().map_err(|_| "no record")?,
                bytes(second)?,
            )),
            "ended" => Ok(Self::Ended(first.parse().map_err(|_| "no record")?)),
            _ => Err("an unknown kind"),
        }
    }
}

/// Longest line: a version of weights has less than a thousandth of it. What is no journal may have no line end at all.
const LINE_MAX: usize = 1 << 16;

/// The lines of a journal from its start. It ends at the first line that is not as it was written.
#[derive(Debug)]
pub struct Entries<R> {
    lines: R,
    number: u64,
    crc: u32,
    over: bool,
}

impl<R: BufRead> Entries<R> {
    /// Of what `journal` reads.
    pub fn new(journal: R) -> Self {
        Self {
            lines: journal,
            number: 0,
            crc: 0,
            over: false,
        }
    }

    /// Number of the line that came last, from 1.
    pub const fn number(&self) -> u64 {
        self.number
    }

    fn read(&mut self, line: &str) -> Result<Entry, JournalError> {
        self.number += 1;
        let damaged = JournalError::Damaged(self.number);
        let Some((text, sum)) = line.rsplit_once(" #") else {
            return Err(damaged);
        };
        self.crc = chained(self.crc, text);
        if u32::from_str_radix(sum, 16) != Ok(self.crc) {
            return Err(damaged);
        }
        let Some((number, body)) = text.split_once(' ') else {
            return Err(damaged);
        };
        if number.parse() != Ok(self.number) {
            return Err(damaged);
        }
        let line = self.number;
        Entry::parse(body).map_err(|why| JournalError::Wrong { line, why })
    }
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let mut bytes = Vec::new();
        let limit = u64::try_from(LINE_MAX).unwrap_or(u64::MAX);
        let entry = match Read::by_ref(&mut self.lines)
            .take(limit)
            .read_until(b'\n', &mut bytes)
        {
            Ok(0) => return None,
            Ok(_) => self.read(line(&bytes)),
            Err(error) => Err(error.into()),
        };
        self.over = entry.is_err();
        Some(entry)
    }
}

/// A line without its end; nothing, which is no line of a journal, for bytes that are no text.
fn line(bytes: &[u8]) -> &str {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.strip_suffix('\n').unwrap_or(text)
}

fn weights(rest: &str) -> Result<Entry, &'static str> {
    let words: Vec<&str> = rest.split(' ').collect();
    let [record, slot, number, warm, bits] = words[..] else {
        return Err("no version of weights");
    };
    Ok(Entry::Weights {
        record: record.parse().map_err(|_| "no record")?,
        slot: slot.parse().map_err(|_| "no slot")?,
        number: number.parse().map_err(|_| "no number")?,
        warm: match warm {
            "0" => false,
            "1" => true,
            _ => return Err("neither 0 nor 1"),
        },
        bits: bytes(bits)?,
    })
}

fn bytes(word: &str) -> Result<Vec<u8>, &'static str> {
    if word.is_empty() {
        return Err("no bytes");
    }
    let pairs = word.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let text = std::str::from_utf8(pair).map_err(|_| "no hex")?;
            u8::from_str_radix(text, 16).map_err(|_| "no hex")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_journal_is_damaged_and_read_no_further() {
        for bytes in [&[0xff, 0xfe, b'\n'][..], b"1 lost", b"\n", &[b'x'; 1 << 20]] {
            let mut entries = Entries::new(bytes);
            assert!(
                matches!(entries.next(), Some(Err(JournalError::Damaged(1)))),
                "{} bytes",
                bytes.len()
            );
            assert!(entries.next().is_none());
        }
        // A feed that never ends and has no lines.
        let mut entries = Entries::new(std::io::BufReader::new(std::io::repeat(b'7')));
        assert!(matches!(entries.next(), Some(Err(JournalError::Damaged(1)))));
    }
}
