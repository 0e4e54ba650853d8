//! `tickforge doctor`: what this machine has and lacks, and how to mend it.

mod device;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use crate::error::CliError;
use crate::machine::{self, Machine};
use crate::output::Format;

/// Memory that building the largest simulated card takes, MiB.
const MEMORY_MIB: u64 = 2_048;

/// Check the environment and say how to mend it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge doctor\n  \
    tickforge doctor --device 0000:03:00.0")]
pub(crate) struct Args {
    /// Check this card instead: its address (see lspci -D), or vfio-user:SOCKET
    #[arg(long, value_name = "BDF")]
    device: Option<String>,
    /// How to print: text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

/// One thing looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    name: &'static str,
    /// Whether it is there.
    ok: bool,
    /// Whether the commands work without it, but for the ones that `mend` names.
    optional: bool,
    /// What was found, or why nothing was.
    found: String,
    /// What to type.
    mend: Option<&'static str>,
}

impl Finding {
    fn needed(name: &'static str, looked: Result<String, String>, mend: &'static str) -> Self {
        let (ok, found) = match looked {
            Ok(found) => (true, found),
            Err(why) => (false, why),
        };
        Self {
            name,
            ok,
            optional: false,
            found,
            mend: (!ok).then_some(mend),
        }
    }

    fn optional(name: &'static str, looked: Result<String, String>, mend: &'static str) -> Self {
        Self {
            optional: true,
            ..Self::needed(name, looked, mend)
        }
    }

    const fn state(&self) -> &'static str {
        match (self.ok, self.optional) {
            (true, _) => "ok",
            (false, true) => "missing (optional)",
            (false, false) => "missing",
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let findings = match &args.device {
        Some(card) => device::look(card)?,
        None => look(),
    };
    let mut out = io::stdout().lock();
    match args.format {
        Format::Json => {
            let whole =
                serde_json::json!({ "ok": findings.iter().all(|f| f.ok || f.optional), "checks": findings });
            writeln!(out, "{whole:#}")
        }
        Format::Text => findings.iter().try_for_each(|f| {
            writeln!(out, "{:<18} {:<18} {}", f.state(), f.name, f.found)?;
            f.mend
                .map_or(Ok(()), |mend| writeln!(out, "{:<18} {:<18} mend: {mend}", "", ""))
        }),
    }
    .map_err(CliError::output)?;
    let missing: Vec<_> = findings
        .iter()
        .filter(|f| !f.ok && !f.optional)
        .map(|f| f.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(CliError::Check(format!("missing: {}", missing.join(", "))))
}

fn look() -> Vec<Finding> {
    let mut findings = vec![machine(), memory()];
    #[cfg(feature = "sim")]
    findings.extend(simulation());
    findings.push(Finding::needed(
        "onnx runtime",
        model::runtime_library()
            .map(|path| path.display().to_string())
            .map_err(|error| error.to_string()),
        "scripts/setup, or set ORT_DYLIB_PATH to libonnxruntime.so",
    ));
    findings.push(Finding::optional(
        "python3",
        python(),
        "apt-get install python3 python3-venv (fetches the wheels, trains models)",
    ));
    findings.push(Finding::optional(
        "place and route",
        place_and_route(),
        "scripts/setup --with synth (Fmax rows of `tickforge bench cycles`)",
    ));
    findings.push(Finding::optional(
        "market data",
        market_data(),
        "set TICKFORGE_DATA to a folder laid out as docs/data.md says (data tests)",
    ));
    findings
}

fn machine() -> Finding {
    let Machine { cpu, cores, kernel } = Machine::here();
    let text = format!("{cores} cores, {cpu}, Linux {kernel}");
    let looked = if cores > 1 { Ok(text) } else { Err(text) };
    Finding::optional(
        "machine",
        looked,
        "give it two cores: one is pinned to the poll loop of `tickforge run`",
    )
}

fn memory() -> Finding {
    let looked = match machine::memory_available_mib() {
        Some(mib) if mib >= MEMORY_MIB => Ok(format!("{mib} MiB available")),
        Some(mib) => Err(format!("{mib} MiB available, {MEMORY_MIB} needed")),
        None => Err("/proc/meminfo does not say".to_owned()),
    };
    Finding::needed(
        "memory",
        looked,
        "end other programs: the compiler needs it to build the simulated card",
    )
}

#[cfg(feature = "sim")]
fn simulation() -> Vec<Finding> {
    let tool = |tool: verilated::Tool| match tool.version() {
        Ok(version) if version.is_empty() => Ok("there (does not tell its version)".to_owned()),
        Ok(version) => Ok(version),
        Err(error) => Err(error.to_string()),
    };
    let cache = verilated::cache();
    vec![
        Finding::needed(
            "verilator",
            tool(verilated::VERILATOR),
            "scripts/setup, or apt-get install verilator, or set VERILATOR",
        ),
        Finding::needed(
            "c++ compiler",
            tool(verilated::CXX),
            "apt-get install g++ make, or set CXX",
        ),
        Finding::needed(
            "model cache",
            writable(&cache),
            "make the folder writable, or set CARGO_TARGET_DIR",
        ),
        Finding::optional(
            "yosys",
            tool(verilated::YOSYS),
            "apt-get install yosys, or set YOSYS (`tickforge gateware lint`)",
        ),
    ]
}

/// Creates the folder and a file in it.
#[cfg(feature = "sim")]
fn writable(folder: &Path) -> Result<String, String> {
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, ""))
        .and_then(|()| std::fs::remove_file(&probe));
    let shown = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    tried
        .map(|()| shown.display().to_string())
        .map_err(|error| format!("{}: {error}", shown.display()))
}

fn python() -> Result<String, String> {
    let script = "import ensurepip, platform, venv; print('Python', platform.python_version())";
    let out = Command::new("python3")
        .args(["-c", script])
        .output()
        .map_err(|error| error.to_string())?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned());
    }
    let why = String::from_utf8_lossy(&out.stderr);
    Err(why.lines().last().unwrap_or("python3 fails").to_owned())
}

fn place_and_route() -> Result<String, String> {
    let find = |names: &[&str]| machine::program(names).ok_or_else(|| format!("no {}", names.join(" or ")));
    let tools: [PathBuf; 2] = [find(machine::SYNTHESIS)?, find(machine::PLACE_AND_ROUTE)?];
    Ok(tools.map(|path| path.display().to_string()).join(", "))
}

fn market_data() -> Result<String, String> {
    let folder = std::env::var_os("TICKFORGE_DATA").ok_or("TICKFORGE_DATA is not set")?;
    let folder = Path::new(&folder);
    let index = folder.join("expected.json");
    if index.is_file() {
        Ok(folder.display().to_string())
    } else {
        Err(format!("{} is not there", index.display()))
    }
}
