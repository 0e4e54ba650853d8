//! Netlists as yosys writes them: cells by kind, and how many levels of logic lie between registers.

use crate::Error;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// A mapped design.
#[derive(Debug, Deserialize)]
pub struct Netlist {
    modules: BTreeMap<String, Module>,
}

#[derive(Debug, Deserialize)]
struct Module {
    #[serde(default)]
    ports: BTreeMap<String, Port>,
    #[serde(default)]
    cells: BTreeMap<String, Cell>,
    #[serde(default)]
    netnames: BTreeMap<String, Net>,
}

#[derive(Debug, Deserialize)]
struct Port {
    direction: Direction,
    bits: Vec<Bit>,
}

#[derive(Debug, Deserialize)]
struct Net {
    #[serde(default)]
    hide_name: u8,
    bits: Vec<Bit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Input,
    Output,
    Inout,
}

#[derive(Debug, Deserialize)]
struct Cell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    port_directions: BTreeMap<String, Direction>,
    connections: BTreeMap<String, Vec<Bit>>,
}

/// A bit of a connection: a net's number, or a constant.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Bit {
    Net(u32),
    Constant(#[allow(dead_code, reason = "constants drive nothing that is counted")] String),
}

/// What a design occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Area {
    /// Look-up tables, those of carry chains included.
    pub luts: u64,
    /// Flip-flops.
    pub ffs: u64,
    /// Look-up tables used as memory or shift register.
    pub lut_rams: u64,
    /// Block memories, in the family's smallest: a RAMB36 is two.
    pub brams: u64,
    /// Multipliers.
    pub dsps: u64,
}

impl std::ops::AddAssign for Area {
    fn add_assign(&mut self, other: Self) {
        self.luts += other.luts;
        self.ffs += other.ffs;
        self.lut_rams += other.lut_rams;
        self.brams += other.brams;
        self.dsps += other.dsps;
    }
}

/// The longest way through logic.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Depth {
    /// Look-up tables, carry chains, asynchronous memories and unregistered multipliers in a row.
    pub levels: u32,
    /// The register or input it starts from.
    pub from: String,
    /// The register or output it ends in.
    pub to: String,
}

/// What a kind of cell is to area and depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Look-up tables it takes.
    Lut(u64),
    /// A carry chain's part; look-up tables it takes itself.
    Carry(u64),
    /// A multiplexer or buffer that costs neither area nor a level.
    Free,
    Ff,
    /// Look-up tables it takes.
    LutRam(u64),
    Bram(u64),
    Dsp,
}

/// `None` for a kind nobody has counted yet.
fn class(kind: &str) -> Option<Class> {
    Some(match kind {
        "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "MISTRAL_ALUT2" | "MISTRAL_ALUT3"
        | "MISTRAL_ALUT4" | "MISTRAL_ALUT5" | "MISTRAL_ALUT6" | "MISTRAL_NOT" => Class::Lut(1),
        "CCU2C" => Class::Carry(2),
        "MISTRAL_ALUT_ARITH" => Class::Carry(1),
        "CARRY4" | "CARRY8" => Class::Carry(0),
        "PFUMX" | "L6MUX21" | "MUXF5" | "MUXF6" | "MUXF7" | "MUXF8" | "MUXF9" | "INV" | "IBUF" | "OBUF"
        | "BUFG" | "IBUFG" | "TRELLIS_IO" | "MISTRAL_IB" | "MISTRAL_OB" | "MISTRAL_CLKBUF"
        | "MISTRAL_BUF" | "$scopeinfo" | "GND" | "VCC" => Class::Free,
        "TRELLIS_FF" | "FDRE" | "FDSE" | "FDCE" | "FDPE" | "MISTRAL_FF" => Class::Ff,
        "TRELLIS_DPR16X4" | "RAM32M" | "RAM64M" | "RAM128X1D" => Class::LutRam(4),
        "RAM32X1D" | "RAM64X1D" => Class::LutRam(2),
        "RAM32M16" | "RAM64M8" | "RAM256X1D" => Class::LutRam(8),
        "RAM32X1S" | "RAM64X1S" | "SRL16E" | "SRLC32E" | "MISTRAL_MLAB" => Class::LutRam(1),
        "DP16KD" | "PDPW16KD" | "RAMB18E1" | "RAMB18E2" | "MISTRAL_M10K" | "MISTRAL_M20K" => Class::Bram(1),
        "RAMB36E1" | "RAMB36E2" => Class::Bram(2),
        "MULT18X18D" | "DSP48E1" | "DSP48E2" | "MISTRAL_MUL27X27" | "MISTRAL_MUL18X18" | "MISTRAL_MUL9X9" => {
            Class::Dsp
        }
        _ => return None,
    })
}

impl Class {
    fn area(self) -> Area {
        let none = Area::default();
        match self {
            Self::Lut(luts) | Self::Carry(luts) => Area { luts, ..none },
            Self::Free => none,
            Self::Ff => Area { ffs: 1, ..none },
            Self::LutRam(lut_rams) => Area { lut_rams, ..none },
            Self::Bram(brams) => Area { brams, ..none },
            Self::Dsp => Area { dsps: 1, ..none },
        }
    }
}

impl Cell {
    /// Levels that a signal passes from this input to the outputs; `None` when the input ends in a register.
    fn levels(&self, class: Class, input: &str) -> Option<u32> {
        match class {
            Class::Lut(_) => Some(1),
            Class::Carry(_) => Some(u32::from(!matches!(input, "CIN" | "CI" | "CI_TOP"))),
            Class::Free => Some(0),
            Class::Ff | Class::Bram(_) => None,
            // The address of the reading port; data and the writing port end here.
            Class::LutRam(_) => ["RAD", "DPRA", "ADDR", "B1ADDR"]
                .iter()
                .any(|port| input.starts_with(port))
                .then_some(1),
            Class::Dsp => (!self.is_registered()).then_some(1),
        }
    }

    /// A multiplier with a register between its inputs and outputs.
    fn is_registered(&self) -> bool {
        let on = |name| {
            self.parameters.get(name).is_some_and(|value| match value {
                serde_json::Value::String(text) => text.trim_start_matches('0') == "1",
                other => other.as_u64() == Some(1),
            })
        };
        ["PREG", "MREG", "AREG", "BREG"].into_iter().any(on)
    }

    fn is_output(&self, port: &str) -> bool {
        self.port_directions.get(port) == Some(&Direction::Output)
    }
}

impl Netlist {
    /// Reads `write_json`'s file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unreadable`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(Error::io(path))?;
        Self::parse(&text).map_err(|error| Error::unreadable(path.display().to_string(), error))
    }

    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    fn module(&self, name: &str) -> Result<&Module, Error> {
        self.modules
            .get(name)
            .ok_or_else(|| Error::unreadable(name, "not in the netlist"))
    }

    /// What a module and all within it occupy, by block: an instance counts for the block whose path is the longest that leads to it.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for a cell of an unknown kind.
    pub fn areas(&self, top: &str, blocks: &[(&str, &str)]) -> Result<BTreeMap<String, Area>, Error> {
        let mut areas = BTreeMap::new();
        self.walk(top, "", &mut |path, class| {
            let area: &mut Area = areas.entry(block_of(path, blocks).to_owned()).or_default();
            *area += class.area();
        })?;
        Ok(areas)
    }

    /// What a module and all within it occupy.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for a cell of an unknown kind.
    pub fn area(&self, top: &str) -> Result<Area, Error> {
        let mut total = Area::default();
        self.walk(top, "", &mut |_, class| total += class.area())?;
        Ok(total)
    }

    fn walk(&self, module: &str, path: &str, visit: &mut dyn FnMut(&str, Class)) -> Result<(), Error> {
        for (name, cell) in &self.module(module)?.cells {
            match class(&cell.kind) {
                Some(class) => visit(path, class),
                None if self
                    .modules
                    .get(&cell.kind)
                    .is_some_and(|inner| !inner.cells.is_empty()) =>
                {
                    let inner = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    self.walk(&cell.kind, &inner, visit)?;
                }
                None => return Err(unknown(name, cell)),
            }
        }
        Ok(())
    }

    /// The longest way through the logic of a module and all within it; from inputs and to outputs too.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for a cell of an unknown kind, or a loop.
    pub fn depth(&self, top: &str) -> Result<Depth, Error> {
        let module = self.module(top)?;
        let mut flat = Flat::default();
        let ports = module
            .ports
            .values()
            .flat_map(|port| &port.bits)
            .filter_map(number);
        let all = module
            .netnames
            .values()
            .flat_map(|net| &net.bits)
            .filter_map(number);
        let same: HashMap<u32, u32> = ports.chain(all).map(|net| (net, net)).collect();
        flat.last = same.keys().copied().max().unwrap_or(0);
        self.flatten(top, "", same, &mut flat)?;
        Levels::of(top, &flat.cells)?.longest(module, &flat)
    }

    /// Cells of a module and of those within, nets numbered through; `known` are the nets that have a number outside.
    fn flatten<'a>(
        &'a self,
        name: &str,
        path: &str,
        mut known: HashMap<u32, u32>,
        flat: &mut Flat<'a>,
    ) -> Result<(), Error> {
        let module = self.module(name)?;
        let mut outer = |net: u32, flat: &mut Flat<'a>| {
            *known.entry(net).or_insert_with(|| {
                flat.last += 1;
                flat.last
            })
        };
        let mut names: Vec<_> = module.netnames.iter().collect();
        names.sort_by_key(|(name, net)| (net.hide_name, name.len()));
        for (name, net) in names {
            for bit in net.bits.iter().filter_map(number) {
                let number = outer(bit, flat);
                // The outermost name is the first one met, and one of the source before one that yosys made up.
                flat.names.entry(number).or_insert_with(|| join(path, name));
            }
        }
        for (name, cell) in &module.cells {
            let pins: Vec<(&str, Vec<Option<u32>>)> = cell
                .connections
                .iter()
                .map(|(port, bits)| {
                    (
                        port.as_str(),
                        bits.iter()
                            .map(|bit| number(bit).map(|net| outer(net, flat)))
                            .collect(),
                    )
                })
                .collect();
            let Some(class) = class(&cell.kind) else {
                let inner = self
                    .modules
                    .get(&cell.kind)
                    .filter(|inner| !inner.cells.is_empty());
                let inner = inner.ok_or_else(|| unknown(name, cell))?;
                let mut bound = HashMap::new();
                for (port, nets) in &pins {
                    let bits = inner.ports.get(*port).map_or(&[][..], |port| &port.bits);
                    bound.extend(
                        bits.iter()
                            .zip(nets)
                            .filter_map(|(bit, net)| Some((number(bit)?, (*net)?))),
                    );
                }
                self.flatten(&cell.kind, &join(path, name), bound, flat)?;
                continue;
            };
            let pins = pins
                .into_iter()
                .map(|(port, nets)| (port, nets.into_iter().flatten().collect()))
                .collect();
            flat.cells.push(Placed {
                name: join(path, name),
                cell,
                class,
                pins,
            });
        }
        Ok(())
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// A design without modules.
#[derive(Default)]
struct Flat<'a> {
    cells: Vec<Placed<'a>>,
    names: HashMap<u32, String>,
    last: u32,
}

/// A cell with the numbers of its nets.
struct Placed<'a> {
    name: String,
    cell: &'a Cell,
    class: Class,
    pins: Vec<(&'a str, Vec<u32>)>,
}

impl Placed<'_> {
    fn outputs(&self) -> impl Iterator<Item = u32> {
        self.pins
            .iter()
            .filter(|(port, _)| self.cell.is_output(port))
            .flat_map(|(_, nets)| nets.iter().copied())
    }

    /// Inputs from which a signal goes through to the outputs, and the levels it passes.
    fn through(&self) -> impl Iterator<Item = (u32, u32)> {
        let inputs = self.pins.iter().filter(|(port, _)| !self.cell.is_output(port));
        inputs
            .filter_map(|(port, nets)| self.cell.levels(self.class, port).map(|levels| (levels, nets)))
            .flat_map(|(levels, nets)| nets.iter().map(move |net| (levels, *net)))
    }

    /// Inputs in which a signal ends.
    fn ends(&self) -> impl Iterator<Item = u32> {
        let inputs = self.pins.iter().filter(|(port, _)| !self.cell.is_output(port));
        inputs
            .filter(|(port, _)| self.cell.levels(self.class, port).is_none())
            .flat_map(|(_, nets)| nets.iter().copied())
    }
}

fn unknown(name: &str, cell: &Cell) -> Error {
    Error::unreadable(
        name,
        format!(
            "a cell of kind {}, which is neither area nor depth yet",
            cell.kind
        ),
    )
}

/// The block whose path is the longest that leads to `path`, else the first part of the path.
pub fn block_of<'a>(path: &'a str, blocks: &[(&'a str, &'a str)]) -> &'a str {
    let leads = |block: &&(&str, &str)| {
        path.strip_prefix(block.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    blocks
        .iter()
        .filter(leads)
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or("other", |(_, name)| *name)
}

/// How deep every net lies, and whence.
struct Levels {
    /// By net: levels before it, and the net that gives them.
    of_net: HashMap<u32, (u32, Option<u32>)>,
}

impl Levels {
    /// Each cell once all its inputs are known.
    fn of(top: &str, cells: &[Placed]) -> Result<Self, Error> {
        let mut drivers: HashMap<u32, usize> = HashMap::new();
        for (at, cell) in cells.iter().enumerate() {
            drivers.extend(cell.outputs().map(|net| (net, at)));
        }
        let mut waiting = vec![0_usize; cells.len()];
        let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, waits) in waiting.iter_mut().enumerate() {
            for driver in cells[at].through().filter_map(|(_, net)| drivers.get(&net)) {
                *waits += 1;
                readers.entry(*driver).or_default().push(at);
            }
        }
        let mut of_net: HashMap<u32, (u32, Option<u32>)> = HashMap::new();
        let mut ready: Vec<usize> = (0..cells.len()).filter(|at| waiting[*at] == 0).collect();
        let mut done = 0;
        while let Some(at) = ready.pop() {
            done += 1;
            let before = |net: &u32| of_net.get(net).map_or(0, |(before, _)| *before);
            let deepest = cells[at]
                .through()
                .map(|(levels, net)| (before(&net) + levels, Some(net)))
                .max();
            of_net.extend(cells[at].outputs().map(|net| (net, deepest.unwrap_or((0, None)))));
            for reader in readers.get(&at).into_iter().flatten() {
                waiting[*reader] -= 1;
                if waiting[*reader] == 0 {
                    ready.push(*reader);
                }
            }
        }
        if done == cells.len() {
            Ok(Self { of_net })
        } else {
            Err(Error::unreadable(
                top,
                format!("{} cells in a loop of logic", cells.len() - done),
            ))
        }
    }

    fn longest(&self, module: &Module, flat: &Flat) -> Result<Depth, Error> {
        let name = |net: u32| {
            flat.names
                .get(&net)
                .cloned()
                .unwrap_or_else(|| format!("net {net}"))
        };
        let levels = |net: &u32| self.of_net.get(net).map_or(0, |(levels, _)| *levels);
        let registers = flat.cells.iter().filter_map(|cell| {
            let net = cell.ends().max_by_key(levels)?;
            let to = cell.outputs().next().map_or_else(|| cell.name.clone(), name);
            Some((levels(&net), net, to))
        });
        let outputs = module
            .ports
            .iter()
            .filter(|(_, port)| port.direction != Direction::Input)
            .filter_map(|(to, port)| {
                let net = port.bits.iter().filter_map(number).max_by_key(levels)?;
                Some((levels(&net), net, to.clone()))
            });
        let Some((levels, net, to)) = registers.chain(outputs).max_by_key(|(levels, _, _)| *levels) else {
            return Ok(Depth::default());
        };
        let mut start = net;
        while let Some((_, Some(before))) = self.of_net.get(&start) {
            start = *before;
        }
        Ok(Depth {
            levels,
            from: name(start),
            to,
        })
    }
}

fn number(bit: &Bit) -> Option<u32> {
    match bit {
        Bit::Net(number) => Some(*number),
        Bit::Constant(_) => None,
    }
}

#[cfg(test)]
mod tests;
