//! Clock domain crossings of emitted Verilog: every place where a register takes what another clock's register gives, and what guards it.
//!
//! yosys makes registers, memories and logic of the text; here each register's inputs are followed back to the registers and ports they
//! come from. Two kinds of crossing are safe, all others are findings:
//!
//! - **two flip-flops**: the first takes a register of the other clock as it is, with no logic before it, is marked `ASYNC_REG`, and nothing but the
//!   second reads it. More than one bit only where the code is marked as Gray (`cdc = "gray"`; that it is one, the proofs show).
//! - **held data**: the register is loaded under an enable that hangs on a synchroniser of the same two clocks, which thus says that the data stands
//!   still.
//!
//! What is not seen: that the data really stands still behind the enable (the proofs of `async_fifo` and `pulse_sync` show it), and a port whose
//! name tells no clock ([`clock_of_port`]).

mod graph;

use crate::Error;
use crate::tool::run;
use crate::verilog::Outline;
use graph::{Design, Origin, Register};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Ports whose name begins otherwise than their clock's: prefix, clock.
const PORTS: &[(&str, &str)] = &[
    ("s_axil_", "host_clock"),
    ("s_axi_", "host_clock"),
    ("m_axi_", "host_clock"),
    ("irq_", "host_clock"),
    ("bus_master", "host_clock"),
    ("sink_", "write_clock"),
    ("source_", "read_clock"),
    ("lost", "mac_clock"),
    ("underrun", "mac_clock"),
    ("pulse", "from_clock"),
    ("told", "to_clock"),
];

/// What makes a crossing safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Two flip-flops, one bit.
    TwoFlops,
    /// Two flip-flops a bit, of a Gray code.
    GrayFlops,
    /// Loaded under an enable that hangs on a synchroniser.
    HeldData,
    /// Nothing.
    None,
}

impl Guard {
    /// As printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwoFlops => "two flip-flops",
            Self::GrayFlops => "two flip-flops, Gray",
            Self::HeldData => "held data",
            Self::None => "UNSYNCHRONISED",
        }
    }
}

/// A crossing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Crossing {
    /// Clock of what is taken; `none` of a port that has none.
    pub from_clock: String,
    /// Clock of what takes it.
    pub to_clock: String,
    /// What makes it safe.
    pub guard: Guard,
    /// Bits of the register that takes.
    pub bits: usize,
    /// The register, memory or port that gives.
    pub from: String,
    /// The register, memory or port that takes.
    pub to: String,
    /// Why nothing makes it safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a block's Verilog has of clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Name of the block.
    pub block: String,
    /// Its clocks.
    pub clocks: Vec<String>,
    /// Its registers, by clock.
    pub registers: BTreeMap<String, usize>,
    /// All crossings, those without a guard too.
    pub crossings: Vec<Crossing>,
}

impl Report {
    /// Crossings that nothing makes safe.
    pub fn findings(&self) -> impl Iterator<Item = &Crossing> {
        self.crossings
            .iter()
            .filter(|crossing| crossing.guard == Guard::None)
    }
}

/// The clock of a port, by its name: the one whose name begins as the port's does (`rx_a_clock`, `rx_a_tdata`), or as [`PORTS`] say.
pub fn clock_of_port<'a>(port: &str, clocks: &[&'a str]) -> Option<&'a str> {
    if let [only] = clocks {
        return Some(only);
    }
    let by_name = clocks
        .iter()
        .filter(|clock| port.starts_with(clock.trim_end_matches("clock")))
        .max_by_key(|clock| clock.len());
    let by_table = || {
        let (_, clock) = PORTS.iter().find(|(prefix, _)| port.starts_with(prefix))?;
        clocks.iter().find(|known| *known == clock)
    };
    by_name.or_else(by_table).copied()
}

/// Looks for the crossings of a block.
///
/// # Errors
/// A failing yosys, or a netlist with clocks that are no ports.
pub fn check(yosys: &Path, block: &str, verilog: &str, folder: &Path) -> Result<Report, Error> {
    Outline::of(verilog).ports(block)?;
    let at = |name: &str| folder.join(name);
    fs::write(at("block.v"), verilog).map_err(Error::io(at("block.v")))?;
    // Synchronisers are kept apart for synthesis; here everything is looked through.
    let script = format!(
        "read_verilog block.v\nhierarchy -check -top {block}\nproc\nsetattr -mod -unset keep_hierarchy *\nflatten\n\
         opt_clean\nopt_dff -simple-dffe\nopt_clean\nwrite_json cdc.json\n"
    );
    fs::write(at("cdc.ys"), script).map_err(Error::io(at("cdc.ys")))?;
    run(yosys, &["-q", "cdc.ys"], folder, block)?;
    let text = fs::read_to_string(at("cdc.json")).map_err(Error::io(at("cdc.json")))?;
    let netlist = graph::File::parse(&text, block)?;
    let clocks = netlist.clocks(block);
    let design = Design::of(&netlist, block, &clocks)?;
    let mut registers = BTreeMap::new();
    for register in &design.registers {
        *registers.entry(register.clock.clone()).or_default() += register.output.len();
    }
    Ok(Report {
        block: block.into(),
        clocks: clocks.iter().map(|clock| (*clock).to_owned()).collect(),
        registers,
        crossings: crossings(&design),
    })
}

fn crossings(design: &Design) -> Vec<Crossing> {
    let synchronisers = Synchronisers::of(design);
    let mut found = BTreeSet::new();
    for (index, register) in design.registers.iter().enumerate() {
        let foreign = |origins: &BTreeSet<Origin>| -> Vec<Origin> {
            let here = |origin: &&Origin| origin.clock.as_deref() != Some(register.clock.as_str());
            origins.iter().filter(here).cloned().collect()
        };
        let data = foreign(&design.origins(&register.data));
        let control = foreign(&design.origins(&register.control));
        for origin in &control {
            found.insert(unguarded(
                origin,
                register,
                "its enable or reset comes from there",
            ));
        }
        for origin in &data {
            let (guard, why) = judge(design, &synchronisers, index, origin, &data);
            found.insert(Crossing {
                guard,
                why,
                ..unguarded(origin, register, "")
            });
        }
    }
    for (name, clock, bits) in &design.outputs {
        for origin in design.origins(bits) {
            if origin.clock.as_deref() != clock.as_deref() {
                found.insert(Crossing {
                    from_clock: origin.clock.unwrap_or_else(|| "none".into()),
                    to_clock: clock.clone().unwrap_or_else(|| "none".into()),
                    guard: Guard::None,
                    bits: bits.len(),
                    from: origin.name,
                    to: name.clone(),
                    why: Some("a port of another clock shows it".into()),
                });
            }
        }
    }
    found.into_iter().collect()
}

fn unguarded(origin: &Origin, register: &Register, why: &str) -> Crossing {
    Crossing {
        from_clock: origin.clock.clone().unwrap_or_else(|| "none".into()),
        to_clock: register.clock.clone(),
        guard: Guard::None,
        bits: register.output.len(),
        from: origin.name.clone(),
        to: register.name.clone(),
        why: Some(why.into()),
    }
}

/// What guards a register against one of the foreign origins of its data.
fn judge(
    design: &Design,
    synchronisers: &Synchronisers,
    index: usize,
    origin: &Origin,
    foreign: &[Origin],
) -> (Guard, Option<String>) {
    let register = &design.registers[index];
    if register.is_marked {
        return match synchronisers.fault(design, index, foreign) {
            Some(fault) => (Guard::None, Some(fault)),
            None if register.output.len() == 1 => (Guard::TwoFlops, None),
            None => (Guard::GrayFlops, None),
        };
    }
    let tells = |bits: &[u32]| {
        design.origins(bits).iter().any(|told| {
            told.register
                .and_then(|told| synchronisers.second.get(&told))
                .is_some_and(|from| Some(from) == origin.clock.as_ref())
        })
    };
    if !register.enable.is_empty() && tells(&register.enable) {
        (Guard::HeldData, None)
    } else if register.enable.is_empty() {
        (Guard::None, Some("it is loaded in every cycle".into()))
    } else {
        let why = "its enable hangs on no synchroniser of the two clocks";
        (Guard::None, Some(why.into()))
    }
}

/// Pairs of flip-flops.
struct Synchronisers {
    /// Second flip-flop: the clock that is looked at.
    second: BTreeMap<usize, String>,
}

impl Synchronisers {
    fn of(design: &Design) -> Self {
        let mut second = BTreeMap::new();
        for (index, first) in design.registers.iter().enumerate().filter(|(_, r)| r.is_marked) {
            let from = design.origins(&first.data);
            let clock = from.iter().next().and_then(|origin| origin.clock.clone());
            if let (Some(next), Some(clock)) = (design.only_reader(index), clock) {
                second.insert(next, clock);
            }
        }
        Self { second }
    }

    /// What is wrong with the pair whose first is `index`.
    fn fault(&self, design: &Design, index: usize, foreign: &[Origin]) -> Option<String> {
        let first = &design.registers[index];
        if foreign.len() > 1 {
            return Some("it takes more than one register".into());
        }
        if !design.is_direct(&first.data) {
            return Some("there is logic before the first flip-flop".into());
        }
        if !first.enable.is_empty() {
            return Some("the first flip-flop has an enable".into());
        }
        let Some(next) = design.only_reader(index) else {
            return Some("something besides a second flip-flop reads the first".into());
        };
        let second = &design.registers[next];
        if second.clock != first.clock || !second.is_marked || !second.enable.is_empty() {
            return Some("its second flip-flop is none".into());
        }
        if first.output.len() > 1 && !first.is_gray {
            return Some("several bits that are no Gray code".into());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_belongs_to_the_clock_its_name_begins_with() {
        let clocks = ["core_clock", "host_clock", "rx_a_clock"];
        for (port, clock) in [
            ("rx_a_tdata", Some("rx_a_clock")),
            ("core_rx_a_tdata", Some("core_clock")),
            ("s_axil_wdata", Some("host_clock")),
            ("reset", None),
        ] {
            assert_eq!(clock_of_port(port, &clocks), clock, "{port}");
        }
        assert_eq!(clock_of_port("anything", &["clock"]), Some("clock"));
    }
}
