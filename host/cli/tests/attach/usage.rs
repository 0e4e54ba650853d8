//! What a process holds, from `/proc`.

use std::fs;

/// Of a process, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) descriptors: usize,
    pub(crate) mappings: usize,
    /// Resident memory, KiB.
    pub(crate) rss_kib: u64,
}

impl Usage {
    /// Of the process of this number, or `self`.
    ///
    /// Counted are mappings of files: those of allocators and stacks come and go with threads.
    pub(crate) fn of(process: &str) -> Self {
        let place = format!("/proc/{process}");
        let maps = fs::read_to_string(format!("{place}/maps")).unwrap();
        let of_a_file = |line: &&str| line.contains(" /");
        let status = fs::read_to_string(format!("{place}/status")).unwrap();
        let rss = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        Self {
            descriptors: fs::read_dir(format!("{place}/fd")).unwrap().count(),
            mappings: maps.lines().filter(of_a_file).count(),
            rss_kib: rss.trim().trim_end_matches(" kB").parse().unwrap(),
        }
    }

    /// Whether it holds as many descriptors and mappings as then.
    pub(crate) fn holds(&self, then: &Self) -> bool {
        (self.descriptors, self.mappings) == (then.descriptors, then.mappings)
    }
}
