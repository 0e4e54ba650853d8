//! The core within its shell: two models joined port by port, six clocks whose edges come in another order in every cycle.
//!
//! ```text
//!  MACs, host ─► `shell` (its ports are those of `top`) ◄─ wires ─► `top`
//! ```
//!
//! Each clock has one edge a cycle, so that what stands around the card drives and samples it as it does the core alone; in which order they come,
//! and which of them in one instant, is drawn. Everything that passes between the two models comes out of registers of the core's clock
//! or goes into logic that ends in them.

use crate::CardError;
use gateware::emit::{Size, emit};
use gateware::shell::port_of_core;
use verilated::{Model, PortId, Source};

/// The clocks of the shell; the core's first.
const CLOCKS: [&str; 6] = [
    "core_clock",
    "host_clock",
    "rx_a_clock",
    "rx_b_clock",
    "rx_o_clock",
    "tx_clock",
];
const CORE: usize = 0;

/// One port of the core, and the shell's that it is joined to.
#[derive(Debug)]
struct Wire {
    shell: PortId,
    core: PortId,
    into_core: bool,
}

/// The core behind the shell's ports.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) model: Model,
    wires: Vec<Wire>,
    clocks: [PortId; 6],
    order: [usize; 6],
    dice: u64,
    /// Cycles for which the core's clock has no edge.
    held: u64,
}

impl Core {
    /// Builds the shell of a size around a core; gives the shell's model and the core.
    pub(crate) fn within(model: Model, size: Size, seed: u64) -> Result<(Model, Self), CardError> {
        let source = Source::new("shell", emit("shell", size)?).fast();
        let shell = Model::build(&source, 1)?;
        let mut wires = Vec::new();
        for port in shell.ports() {
            let Some(name) = port_of_core(&port.name).filter(|_| port.name != CLOCKS[CORE]) else {
                continue;
            };
            wires.push(Wire {
                shell: shell.port(&port.name),
                core: model.try_port(&name)?,
                into_core: port.direction == verilated::Direction::Output,
            });
        }
        let mut clocks = [shell.try_port(CLOCKS[0])?; 6];
        for (clock, name) in clocks.iter_mut().zip(CLOCKS) {
            *clock = shell.try_port(name)?;
        }
        let core = Self {
            model,
            wires,
            clocks,
            order: [0, 1, 2, 3, 4, 5],
            dice: seed,
            held: 0,
        };
        Ok((shell, core))
    }

    /// The core's clock has no edge in the next so many cycles.
    pub(crate) fn hold(&mut self, cycles: u64) {
        self.held = cycles;
    }

    /// One edge of every clock, but for the core's when it is held.
    pub(crate) fn cycle(&mut self, shell: &mut Model) {
        for last in (1..self.order.len()).rev() {
            let other = self.draw(last as u64 + 1);
            self.order.swap(last, usize::try_from(other).unwrap_or(0));
        }
        let mut at = 0;
        while at < self.order.len() {
            // One in four comes in the same instant as the one before.
            let mut end = at + 1;
            while end < self.order.len() && self.draw(4) == 0 {
                end += 1;
            }
            self.rise(shell, at..end);
            at = end;
        }
        self.held = self.held.saturating_sub(1);
    }

    fn rise(&mut self, shell: &mut Model, edges: std::ops::Range<usize>) {
        let mut rising: Vec<usize> = self.order[edges].to_vec();
        if self.held > 0 {
            rising.retain(|clock| *clock != CORE);
        }
        let has_core = rising.contains(&CORE);
        if has_core {
            shell.eval();
            self.carry(shell, true);
            self.model.eval();
            self.carry(shell, false);
        }
        for level in [1, 0] {
            for clock in &rising {
                shell.set(self.clocks[*clock], level);
            }
            shell.eval();
        }
        if has_core {
            self.model.tick();
        }
    }

    /// Values from one model to the other.
    fn carry(&mut self, shell: &mut Model, into_core: bool) {
        for wire in self.wires.iter().filter(|wire| wire.into_core == into_core) {
            if into_core {
                self.model.set_wide(wire.core, &shell.get_wide(wire.shell));
            } else {
                shell.set_wide(wire.shell, &self.model.get_wide(wire.core));
            }
        }
    }

    /// Below `bound`, by xorshift.
    fn draw(&mut self, bound: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % bound
    }
}
