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

    /// The longest way through the logic of a module that holds no others; from inputs and to outputs too.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for a cell of an unknown kind, or a loop.
    pub fn depth(&self, top: &str) -> Result<Depth, Error> {
        let module = self.module(top)?;
        let cells = module
            .cells
            .iter()
            .map(|(name, cell)| {
                class(&cell.kind)
                    .map(|class| (name.as_str(), cell, class))
                    .ok_or_else(|| unknown(name, cell))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Levels::of(top, &cells)?.longest(module, &cells)
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

type Cells<'a> = [(&'a str, &'a Cell, Class)];

/// How deep every net lies, and whence.
struct Levels {
    /// By net: levels before it, and the net that gives them.
    of_net: HashMap<u32, (u32, Option<u32>)>,
}

impl Levels {
    /// Each cell once all its inputs are known.
    fn of(top: &str, cells: &Cells) -> Result<Self, Error> {
        let mut drivers: HashMap<u32, usize> = HashMap::new();
        for (at, (_, cell, _)) in cells.iter().enumerate() {
            for net in nets(cell, |port| cell.is_output(port)) {
                drivers.insert(net, at);
            }
        }
        let through = |at: usize| {
            let (_, cell, class) = cells[at];
            cell.connections
                .iter()
                .filter(|(port, _)| !cell.is_output(port))
                .filter_map(move |(port, bits)| cell.levels(class, port).map(|levels| (levels, bits)))
        };
        let mut waiting = vec![0_usize; cells.len()];
        let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, waits) in waiting.iter_mut().enumerate() {
            for net in through(at).flat_map(|(_, bits)| bits.iter().filter_map(number)) {
                if let Some(driver) = drivers.get(&net) {
                    *waits += 1;
                    readers.entry(*driver).or_default().push(at);
                }
            }
        }
        let mut of_net: HashMap<u32, (u32, Option<u32>)> = HashMap::new();
        let mut ready: Vec<usize> = (0..cells.len()).filter(|at| waiting[*at] == 0).collect();
        let mut done = 0;
        while let Some(at) = ready.pop() {
            done += 1;
            let deepest = through(at)
                .flat_map(|(levels, bits)| bits.iter().filter_map(number).map(move |net| (levels, net)))
                .map(|(levels, net)| {
                    (
                        of_net.get(&net).map_or(0, |(before, _)| *before) + levels,
                        Some(net),
                    )
                })
                .max();
            let (_, cell, _) = cells[at];
            for net in nets(cell, |port| cell.is_output(port)) {
                of_net.insert(net, deepest.unwrap_or((0, None)));
            }
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

    fn longest(&self, module: &Module, cells: &Cells) -> Result<Depth, Error> {
        let mut ends: Vec<(u32, u32, String)> = Vec::new();
        let mut end = |net: u32, to: &dyn Fn() -> String| {
            let levels = self.of_net.get(&net).map_or(0, |(levels, _)| *levels);
            if ends.last().is_none_or(|(best, _, _)| levels > *best) {
                ends.push((levels, net, to()));
            }
        };
        let names = Names::of(module);
        for (name, cell, class) in cells {
            for (port, bits) in &cell.connections {
                if cell.is_output(port) || cell.levels(*class, port).is_some() {
                    continue;
                }
                let register = || {
                    nets(cell, |port| cell.is_output(port))
                        .next()
                        .map_or_else(|| (*name).to_owned(), |net| names.name(net))
                };
                bits.iter().filter_map(number).for_each(|net| end(net, &register));
            }
        }
        for (name, port) in module
            .ports
            .iter()
            .filter(|(_, port)| port.direction != Direction::Input)
        {
            port.bits
                .iter()
                .filter_map(number)
                .for_each(|net| end(net, &|| name.clone()));
        }
        let Some((levels, net, to)) = ends.pop() else {
            return Ok(Depth::default());
        };
        let mut start = net;
        while let Some((_, Some(before))) = self.of_net.get(&start) {
            start = *before;
        }
        Ok(Depth {
            levels,
            from: names.name(start),
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

fn nets(cell: &Cell, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = u32> {
    cell.connections
        .iter()
        .filter(move |(port, _)| wanted(port))
        .flat_map(|(_, bits)| bits.iter().filter_map(number))
}

/// Names of nets: those of the source before those that yosys made up.
struct Names<'a>(HashMap<u32, &'a str>);

impl<'a> Names<'a> {
    fn of(module: &'a Module) -> Self {
        let mut names = HashMap::new();
        let mut nets: Vec<_> = module.netnames.iter().collect();
        nets.sort_by_key(|(name, net)| (std::cmp::Reverse(net.hide_name), std::cmp::Reverse(name.len())));
        for (name, net) in nets {
            for bit in net.bits.iter().filter_map(number) {
                names.insert(bit, name.as_str());
            }
        }
        Self(names)
    }

    fn name(&self, net: u32) -> String {
        self.0
            .get(&net)
            .map_or_else(|| format!("net {net}"), |name| (*name).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// q1 → LUT → LUT → carry → carry → q2, and a memory beside them.
    const TWO_REGISTERS: &str = r#"{"modules": {
        "t": {"ports": {"clock": {"direction": "input", "bits": [1]}, "o": {"direction": "output", "bits": [9]}},
          "cells": {
            "a": {"type": "TRELLIS_FF", "port_directions": {"Q": "output", "DI": "input", "CLK": "input"}, "connections": {"Q": [2], "DI": [3], "CLK": [1]}},
            "l1": {"type": "LUT4", "port_directions": {"A": "input", "Z": "output"}, "connections": {"A": [2], "B": ["0"], "Z": [4]}},
            "l2": {"type": "LUT4", "port_directions": {"A": "input", "Z": "output"}, "connections": {"A": [4], "Z": [5]}},
            "c1": {"type": "CCU2C", "port_directions": {"A0": "input", "COUT": "output"}, "connections": {"A0": [5], "COUT": [6]}},
            "c2": {"type": "CCU2C", "port_directions": {"CIN": "input", "S0": "output"}, "connections": {"CIN": [6], "S0": [3]}},
            "b": {"type": "sub", "port_directions": {}, "connections": {}}
          },
          "netnames": {"first": {"hide_name": 0, "bits": [2]}, "$made": {"hide_name": 1, "bits": [2]}}},
        "sub": {"cells": {"m": {"type": "DP16KD", "connections": {}}, "n": {"type": "MULT18X18D", "connections": {}}}}
    }}"#;

    #[test]
    fn area_counts_what_lies_within_by_block() {
        let netlist = Netlist::parse(TWO_REGISTERS).unwrap();
        let all = netlist.area("t").unwrap();
        assert_eq!(
            all,
            Area {
                luts: 6,
                ffs: 1,
                lut_rams: 0,
                brams: 1,
                dsps: 1
            }
        );
        let by_block = netlist.areas("t", &[("b", "memory"), ("bb", "no")]).unwrap();
        assert_eq!(
            by_block["memory"],
            Area {
                brams: 1,
                dsps: 1,
                ..Area::default()
            }
        );
        assert_eq!(by_block["other"].luts, 6);
    }

    #[test]
    fn depth_counts_levels_between_registers_and_a_carry_chain_once() {
        let text = TWO_REGISTERS.replace(r#""type": "sub""#, r#""type": "BUFG""#);
        let depth = Netlist::parse(&text).unwrap().depth("t").unwrap();
        assert_eq!(
            (depth.levels, depth.from.as_str(), depth.to.as_str()),
            (3, "first", "first")
        );
    }

    #[test]
    fn loops_and_unknown_cells_are_refused() {
        let ring = TWO_REGISTERS
            .replace(r#""A": [2]"#, r#""A": [5]"#)
            .replace(r#""type": "sub""#, r#""type": "BUFG""#);
        let error = Netlist::parse(&ring).unwrap().depth("t").unwrap_err().to_string();
        assert!(error.contains("loop"), "{error}");
        let strange = Netlist::parse(&TWO_REGISTERS.replace("DP16KD", "STRANGE")).unwrap();
        let error = strange.area("t").unwrap_err().to_string();
        assert!(error.contains("STRANGE"), "{error}");
        assert!(strange.area("none").is_err());
    }

    #[test]
    fn the_longest_path_names_the_block() {
        let blocks = [("path", "p"), ("path.levels", "l")];
        assert_eq!(block_of("path.levels.x", &blocks), "l");
        assert_eq!(block_of("path.level", &blocks), "p");
        assert_eq!(block_of("else", &blocks), "other");
    }
}
