//! A flat netlist of whole words: registers, memories, the logic between them.

use super::clock_of_port;
use crate::Error;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What yosys writes.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    modules: BTreeMap<String, Module>,
}

impl File {
    pub(super) fn parse(text: &str, top: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::unreadable(top, error))
    }

    /// Inputs whose names end in `clock`, in whatever style the module declares them.
    pub(super) fn clocks(&self, top: &str) -> Vec<&str> {
        let ports = self.modules.get(top).into_iter().flat_map(|module| &module.ports);
        ports
            .filter(|(name, port)| port.direction == "input" && name.ends_with("clock"))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

#[derive(Debug, Deserialize)]
struct Module {
    ports: BTreeMap<String, Port>,
    cells: BTreeMap<String, Cell>,
    netnames: BTreeMap<String, Net>,
}

#[derive(Debug, Deserialize)]
struct Port {
    direction: String,
    bits: Vec<Bit>,
}

#[derive(Debug, Deserialize)]
struct Net {
    #[serde(default)]
    hide_name: u8,
    bits: Vec<Bit>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Cell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    port_directions: BTreeMap<String, String>,
    connections: BTreeMap<String, Vec<Bit>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Bit {
    Net(u32),
    Constant(#[allow(dead_code, reason = "constants come from no clock")] String),
}

/// A register of one or more bits, or the writing side of a memory.
#[derive(Debug)]
pub(super) struct Register {
    pub(super) name: String,
    pub(super) clock: String,
    /// Nets of what it takes.
    pub(super) data: Vec<u32>,
    pub(super) enable: Vec<u32>,
    /// Enable and synchronous reset; for a memory its address too.
    pub(super) control: Vec<u32>,
    pub(super) output: Vec<u32>,
    /// `ASYNC_REG`.
    pub(super) is_marked: bool,
    /// `cdc = "gray"`.
    pub(super) is_gray: bool,
}

/// Where a signal comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) clock: Option<String>,
    pub(super) name: String,
    /// Its number, if it is a register.
    pub(super) register: Option<usize>,
}

/// What gives a net its value.
enum Driver {
    Register(usize),
    Port(Origin),
    /// A memory's cells and the nets of the address.
    Memory(Origin, Vec<u32>),
    Logic(Vec<u32>),
}

/// A flat design.
pub(super) struct Design {
    pub(super) registers: Vec<Register>,
    /// Outputs with their clock.
    pub(super) outputs: Vec<(String, Option<String>, Vec<u32>)>,
    drivers: HashMap<u32, Driver>,
    /// How many inputs of cells and outputs each net goes to.
    readers: HashMap<u32, usize>,
}

fn nets(bits: &[Bit]) -> Vec<u32> {
    bits.iter()
        .filter_map(|bit| match bit {
            Bit::Net(net) => Some(*net),
            Bit::Constant(_) => None,
        })
        .collect()
}

/// Bits that depend on the bit of the same place only.
const BITWISE: [&str; 6] = ["$and", "$or", "$xor", "$xnor", "$not", "$mux"];

impl Cell {
    fn nets(&self, port: &str) -> Vec<u32> {
        self.connections
            .get(port)
            .map_or_else(Vec::new, |bits| nets(bits))
    }

    fn is_output(&self, port: &str) -> bool {
        self.port_directions
            .get(port)
            .is_some_and(|direction| direction == "output")
    }

    /// The memory of a reading or writing port.
    fn memory(&self) -> &str {
        self.parameters
            .get("MEMID")
            .map_or("memory", |name| name.trim_start_matches('\\'))
    }

    fn is_flip_flop(&self) -> bool {
        let kind = self.kind.as_str();
        self.connections.contains_key("CLK")
            && ["$dff", "$sdff", "$adff", "$aldff", "$dffsr"]
                .iter()
                .any(|head| kind.starts_with(head))
    }
}

impl Design {
    pub(super) fn of(file: &File, top: &str, clocks: &[&str]) -> Result<Self, Error> {
        let module = file
            .modules
            .get(top)
            .ok_or_else(|| Error::unreadable(top, "not in the netlist"))?;
        let names = Names::of(module, clocks);
        let mut design = Self {
            registers: Vec::new(),
            outputs: Vec::new(),
            drivers: HashMap::new(),
            readers: HashMap::new(),
        };
        design.ports(module, clocks);
        let mut memories: BTreeMap<&str, String> = BTreeMap::new();
        for (name, cell) in &module.cells {
            design.count(cell);
            let is_writer = cell.kind.starts_with("$memwr");
            if cell.is_flip_flop() || is_writer {
                let clock = names.clock(name, cell)?;
                if is_writer {
                    let other = memories.insert(cell.memory(), clock.clone());
                    if let Some(other) = other.filter(|other| *other != clock) {
                        return Err(Error::unreadable(
                            cell.memory(),
                            format!("a memory written by two clocks, {other} and {clock}"),
                        ));
                    }
                }
                design.register(&names, cell, clock);
            }
        }
        for (name, cell) in &module.cells {
            if cell.kind.starts_with("$memrd") {
                let origin = Origin {
                    clock: memories.get(cell.memory()).cloned(),
                    name: cell.memory().into(),
                    register: None,
                };
                for net in cell.nets("DATA") {
                    design
                        .drivers
                        .insert(net, Driver::Memory(origin.clone(), cell.nets("ADDR")));
                }
            } else if cell.kind.starts_with("$mem")
                && !cell.kind.starts_with("$meminit")
                && !cell.kind.starts_with("$memwr")
            {
                return Err(Error::unreadable(
                    name.as_str(),
                    format!("a cell of kind {}", cell.kind),
                ));
            } else if !cell.is_flip_flop() {
                design.logic(cell);
            }
        }
        Ok(design)
    }

    fn ports(&mut self, module: &Module, clocks: &[&str]) {
        for (name, port) in &module.ports {
            let clock = clock_of_port(name, clocks).map(String::from);
            let bits = nets(&port.bits);
            if port.direction == "input" {
                let origin = Origin {
                    clock,
                    name: name.clone(),
                    register: None,
                };
                for net in bits {
                    self.drivers.insert(net, Driver::Port(origin.clone()));
                }
            } else {
                for net in &bits {
                    *self.readers.entry(*net).or_default() += 1;
                }
                self.outputs.push((name.clone(), clock, bits));
            }
        }
    }

    fn count(&mut self, cell: &Cell) {
        for (_, bits) in cell.connections.iter().filter(|(port, _)| !cell.is_output(port)) {
            for net in nets(bits) {
                *self.readers.entry(net).or_default() += 1;
            }
        }
    }

    fn register(&mut self, names: &Names, cell: &Cell, clock: String) {
        let is_memory = cell.kind.starts_with("$memwr");
        let output = cell.nets("Q");
        let mut control = cell.nets("EN");
        let others = ["SRST", "ARST", "ADDR", "SET", "CLR", "ALOAD", "AD"];
        control.extend(others.iter().flat_map(|port| cell.nets(port)));
        let index = self.registers.len();
        for net in &output {
            self.drivers.insert(*net, Driver::Register(index));
        }
        let marks = output.first().map_or((false, false), |net| names.marks(*net));
        self.registers.push(Register {
            name: if is_memory {
                cell.memory().into()
            } else {
                names.name(&output)
            },
            clock,
            data: cell.nets(if is_memory { "DATA" } else { "D" }),
            enable: cell.nets("EN"),
            control,
            output,
            is_marked: marks.0,
            is_gray: marks.1,
        });
    }

    fn logic(&mut self, cell: &Cell) {
        let inputs = |bit: Option<usize>| -> Vec<u32> {
            let taken = cell.connections.iter().filter(|(port, _)| !cell.is_output(port));
            let one = |(port, bits): (&String, &Vec<Bit>)| match bit {
                // The selector of a multiplexer is one bit for all.
                Some(at) if port != "S" => bits
                    .get(at)
                    .map_or_else(Vec::new, |bit| nets(std::slice::from_ref(bit))),
                _ => nets(bits),
            };
            taken.flat_map(one).collect()
        };
        let outputs = cell.connections.iter().filter(|(port, _)| cell.is_output(port));
        for (_, bits) in outputs {
            let same = |port: &str| {
                cell.connections
                    .get(port)
                    .is_none_or(|input| input.len() == bits.len())
            };
            let is_bitwise = BITWISE.contains(&cell.kind.as_str()) && same("A") && same("B");
            for (at, bit) in bits.iter().enumerate() {
                if let Bit::Net(net) = bit {
                    self.drivers
                        .insert(*net, Driver::Logic(inputs(is_bitwise.then_some(at))));
                }
            }
        }
    }

    /// Registers, memories and ports behind these nets.
    pub(super) fn origins(&self, nets: &[u32]) -> BTreeSet<Origin> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = nets.to_vec();
        while let Some(net) = open.pop() {
            if !seen.insert(net) {
                continue;
            }
            match self.drivers.get(&net) {
                Some(Driver::Register(index)) => {
                    found.insert(self.origin(*index));
                }
                Some(Driver::Port(origin)) => {
                    found.insert(origin.clone());
                }
                Some(Driver::Memory(origin, address)) => {
                    found.insert(origin.clone());
                    open.extend(address);
                }
                Some(Driver::Logic(inputs)) => open.extend(inputs),
                None => {}
            }
        }
        found
    }

    fn origin(&self, index: usize) -> Origin {
        Origin {
            clock: Some(self.registers[index].clock.clone()),
            name: self.registers[index].name.clone(),
            register: Some(index),
        }
    }

    /// No logic gives these nets.
    pub(super) fn is_direct(&self, nets: &[u32]) -> bool {
        nets.iter()
            .all(|net| matches!(self.drivers.get(net), Some(Driver::Register(_) | Driver::Port(_))))
    }

    /// The register that takes this one's output as it is, when nothing else reads it.
    pub(super) fn only_reader(&self, index: usize) -> Option<usize> {
        let output = &self.registers[index].output;
        let next = self
            .registers
            .iter()
            .position(|register| register.data == *output)?;
        output
            .iter()
            .all(|net| self.readers.get(net) == Some(&1))
            .then_some(next)
    }
}

/// Names and marks of nets.
struct Names {
    of_net: HashMap<u32, String>,
    marked: BTreeSet<u32>,
    gray: BTreeSet<u32>,
    clocks: HashMap<u32, String>,
}

impl Names {
    fn of(module: &Module, clocks: &[&str]) -> Self {
        let mut names = Self {
            of_net: HashMap::new(),
            marked: BTreeSet::new(),
            gray: BTreeSet::new(),
            clocks: HashMap::new(),
        };
        for (name, net) in &module.netnames {
            for bit in nets(&net.bits) {
                // The longest is that of the register itself, below the wires it is joined to.
                let known = names.of_net.get(&bit).map_or(0, String::len);
                if net.hide_name == 0 && name.len() > known {
                    names.of_net.insert(bit, name.clone());
                }
                if net.attributes.contains_key("ASYNC_REG") {
                    names.marked.insert(bit);
                }
                if net.attributes.get("cdc").is_some_and(|kind| kind == "gray") {
                    names.gray.insert(bit);
                }
            }
        }
        for clock in clocks {
            let bits = module
                .ports
                .get(*clock)
                .map_or_else(Vec::new, |port| nets(&port.bits));
            names
                .clocks
                .extend(bits.into_iter().map(|bit| (bit, (*clock).to_owned())));
        }
        names
    }

    fn name(&self, output: &[u32]) -> String {
        let first = output.first().and_then(|net| self.of_net.get(net));
        first.cloned().unwrap_or_else(|| "register".into())
    }

    fn marks(&self, net: u32) -> (bool, bool) {
        (self.marked.contains(&net), self.gray.contains(&net))
    }

    fn clock(&self, name: &str, cell: &Cell) -> Result<String, Error> {
        let nets = cell.nets("CLK");
        let clock = nets.first().and_then(|net| self.clocks.get(net));
        clock.cloned().ok_or_else(|| {
            Error::unreadable(
                name,
                "a register whose clock is no port, or one whose name does not end in `clock`",
            )
        })
    }
}
