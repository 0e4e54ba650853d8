//! What a process holds, from `/proc`.

use std::collections::BTreeMap;
use std::fs;

/// How many of each thing: open files and mappings of files, by what they are of.
pub(crate) type Held = BTreeMap<String, usize>;

/// Of a process, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) held: Held,
    /// Resident memory, KiB.
    pub(crate) rss_kib: u64,
}

impl Usage {
    /// Of the process of this number, or `self`.
    ///
    /// Counted are mappings of files: those of allocators and stacks come and go with threads.
    pub(crate) fn of(process: &str) -> Self {
        let place = format!("/proc/{process}");
        let mut held = Held::new();
        let mut count = |what: &str, target: &str| {
            *held.entry(format!("{what} {}", kind(target))).or_default() += 1;
        };
        for descriptor in fs::read_dir(format!("{place}/fd")).unwrap() {
            // One that has been closed meanwhile is not held.
            if let Ok(target) = fs::read_link(descriptor.unwrap().path()) {
                count("open", &target.to_string_lossy());
            }
        }
        let maps = fs::read_to_string(format!("{place}/maps")).unwrap();
        for line in maps.lines() {
            if let Some(at) = line.find(" /") {
                count("mapped", &line[at + 1..]);
            }
        }
        let status = fs::read_to_string(format!("{place}/status")).unwrap();
        let rss = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        Self {
            held,
            rss_kib: rss.trim().trim_end_matches(" kB").parse().unwrap(),
        }
    }
}

/// What tells one from the next of its kind left away: `socket:[4711]` is `socket`, `/proc/4711/fd` is `/proc`. A program
/// or library that somebody builds anew meanwhile is the same one.
fn kind(target: &str) -> &str {
    if target.starts_with("/proc/") {
        return "/proc";
    }
    let target = target.trim_end_matches(" (deleted)");
    let numbered = target.split_once(":[").filter(|(_, rest)| {
        rest.strip_suffix(']')
            .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    });
    numbered.map_or(target, |(kind, _)| kind)
}
