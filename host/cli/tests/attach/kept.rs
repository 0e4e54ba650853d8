//! What a process keeps of cycles that should leave nothing behind.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use crate::usage::{Held, Usage};

/// What one process held after each cycle, by name.
///
/// A process is not at rest when a cycle has ended: what is held is compared with the least ever seen, so that a look
/// too early costs a wait and no more. What stays above it has risen. A file that is loaded once, however late (a
/// library), rises once; whatever rises again is lost cycle by cycle. What a client brings (sockets, eventfds, memory)
/// may not stay even once.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The least ever held of each thing, but for what rose once.
    least: Held,
    risen: BTreeMap<String, usize>,
    kib: Vec<u64>,
}

impl Kept {
    pub(crate) fn new(first: Usage) -> Self {
        Self {
            least: first.held,
            risen: BTreeMap::new(),
            kib: Vec::new(),
        }
    }

    /// Whether nothing is held that was not held before.
    pub(crate) fn settled(&self, now: &Usage) -> bool {
        self.more(now).next().is_none()
    }

    /// Each thing of which there is more than the least: name, least, now.
    fn more<'a>(&'a self, now: &'a Usage) -> impl Iterator<Item = (&'a String, usize, usize)> {
        now.held
            .iter()
            .map(|(name, count)| (name, self.least.get(name).copied().unwrap_or(0), *count))
            .filter(|(_, least, now)| now > least)
    }

    /// What is held at the end of a cycle.
    ///
    /// # Errors
    /// What was lost, by name.
    pub(crate) fn take(&mut self, now: Usage) -> Result<(), String> {
        let mut lost = Vec::new();
        for (name, least, count) in self.more(&now) {
            let before = self.risen.get(name).copied().unwrap_or(0);
            if brought(name) || before > 0 {
                lost.push(format!("{name}: {least}, now {count}"));
            }
        }
        if !lost.is_empty() {
            let once = &self.risen;
            return Err(format!(
                "kept after {} cycles: {lost:?} (risen before: {once:?})",
                self.kib.len() + 1
            ));
        }
        let risen: Vec<String> = self.more(&now).map(|(name, _, _)| name.clone()).collect();
        for name in risen {
            *self.risen.entry(name).or_default() += 1;
        }
        self.least = now.held;
        self.kib.push(now.rss_kib);
        Ok(())
    }

    /// The least memory resident in the first quarter and in the last: allocators keep now more, now less, and what is
    /// lost for good shows in the least of many.
    pub(crate) fn least_kib(&self) -> (u64, u64) {
        let quarter = self.kib.len().div_ceil(4);
        let least = |part: &[u64]| part.iter().copied().min().unwrap_or(0);
        (
            least(&self.kib[..quarter]),
            least(&self.kib[self.kib.len() - quarter..]),
        )
    }
}

/// Whether a client brings such things and takes them along; anything else is a file of the process's own.
fn brought(name: &str) -> bool {
    let Some((_, target)) = name.split_once(' ') else {
        return true;
    };
    !target.starts_with('/') || target.starts_with("/memfd:") || target.starts_with("/anon_hugepage")
}

impl Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |what: &str| -> usize {
            let of = self.least.iter().filter(|(name, _)| name.starts_with(what));
            of.map(|(_, count)| count).sum()
        };
        let (first, last) = self.least_kib();
        write!(
            f,
            "{} open files and {} mappings ({} cycles; loaded late: {:?}; least KiB resident in the first quarter {first}, in the last {last})",
            count("open"),
            count("mapped"),
            self.kib.len(),
            self.risen.keys().collect::<Vec<_>>()
        )
    }
}

/// What the cycles would have kept: a look a cycle.
fn cycles(looks: &[&[(&str, usize)]]) -> Result<Kept, String> {
    let usage = |held: &&[(&str, usize)]| Usage {
        held: held
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect(),
        rss_kib: 1,
    };
    let mut looks = looks.iter().map(usage);
    let mut kept = Kept::new(looks.next().unwrap());
    looks.try_for_each(|now| kept.take(now))?;
    Ok(kept)
}

#[test]
fn what_is_kept_is_told_from_what_comes_late() {
    let rest: &[_] = &[("open socket", 2), ("mapped /lib/a.so", 4)];
    let busy: &[_] = &[("open socket", 3), ("mapped /lib/a.so", 4)];
    let late: &[_] = &[
        ("open socket", 2),
        ("mapped /lib/a.so", 4),
        ("mapped /lib/b.so", 4),
    ];
    let twice: &[_] = &[
        ("open socket", 2),
        ("mapped /lib/a.so", 4),
        ("mapped /lib/b.so", 8),
    ];
    assert!(cycles(&[rest, rest, rest]).is_ok());
    assert!(
        cycles(&[busy, rest, rest]).is_ok(),
        "the first look was too early"
    );
    assert!(cycles(&[rest, late, late]).is_ok(), "a library, once");
    let lost = |looks: &[&[(&str, usize)]]| cycles(looks).expect_err("something is lost");
    assert!(lost(&[rest, rest, busy]).contains("open socket: 2, now 3"));
    assert!(lost(&[busy, rest, busy]).contains("open socket: 2, now 3"));
    assert!(lost(&[rest, late, twice]).contains("mapped /lib/b.so: 4, now 8"));
    let memory: &[_] = &[
        ("open socket", 2),
        ("mapped /lib/a.so", 4),
        ("mapped /memfd:tickforge", 1),
    ];
    assert!(lost(&[rest, memory]).contains("memfd"));
}
