//! A second opinion: Icarus Verilog runs what Verilator ran, with the same inputs, and has to come to the same outputs in every cycle.
//!
//! Icarus is an event-driven simulator of four values, with nothing in common with Verilator but the standard both follow.

use crate::gate::Scratch;
use crate::tool::{IVERILOG, VVP, printed};
use crate::{Direction, Error, Model, Port, PortId};
use std::fmt::Write as _;
use std::fs;

/// What iverilog may warn of under `-Wall`: memories of look-up tables are read by address in a combinational process, which is then sensitive to
/// every word, as it must be.
const WAIVED: &str = "-Wno-sensitivity-entire-array";

/// The inputs of a run and the outputs Verilator gave, a line of hex digits a cycle each.
#[derive(Debug, Clone)]
pub struct Recording {
    top: String,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    given: String,
    wanted: String,
    cycles: usize,
}

/// What Icarus found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Cycles compared.
    pub cycles: usize,
    /// Cycles in which some output differs, or is not known.
    pub differ: usize,
    /// The first of them.
    pub first: Option<usize>,
    /// The outputs that differ in it: name, what Icarus has, what Verilator had, in binary.
    pub outputs: Vec<(String, String, String)>,
}

/// Runs a model for some cycles; `drive` sets its inputs before each. Outputs are taken before the clock's edge.
///
/// The model must be one in which all that the Verilog does not initialise is zero (`Source::fast`).
pub fn record(model: &mut Model, cycles: usize, mut drive: impl FnMut(&mut Model, usize)) -> Recording {
    let of = |direction| {
        let ports = (0_u32..).zip(model.ports().iter());
        let ports = ports.filter(|(_, port)| port.direction == direction && port.name != "clock");
        ports.map(|(_, port)| port.clone()).collect::<Vec<_>>()
    };
    let (inputs, outputs) = (of(Direction::Input), of(Direction::Output));
    let ids = |model: &Model, ports: &[Port]| {
        ports
            .iter()
            .map(|port| model.port(&port.name))
            .collect::<Vec<_>>()
    };
    let (in_ids, out_ids) = (ids(model, &inputs), ids(model, &outputs));
    let (mut given, mut wanted) = (String::new(), String::new());
    for cycle in 0..cycles {
        drive(model, cycle);
        model.eval();
        line(&mut given, model, &inputs, &in_ids);
        line(&mut wanted, model, &outputs, &out_ids);
        model.tick();
    }
    Recording {
        top: model.top().to_owned(),
        inputs,
        outputs,
        given,
        wanted,
        cycles,
    }
}

/// All ports as one number in binary, the first one highest: `$readmemb` wants nothing of nibbles that ports do not fill.
fn line(text: &mut String, model: &Model, ports: &[Port], ids: &[PortId]) {
    for (port, id) in ports.iter().zip(ids) {
        let words = model.get_wide(*id);
        for bit in (0..port.width).rev() {
            let word = words.get(bit as usize / 32).copied().unwrap_or(0);
            text.push(if (word >> (bit % 32)) & 1 == 1 { '1' } else { '0' });
        }
    }
    text.push('\n');
}

impl Recording {
    /// Has Icarus run the same inputs through this Verilog, which is that of the model, or one that ought to be told from it.
    ///
    /// # Errors
    /// [`Error::Iverilog`] when it warns of or refuses the text, or a missing tool.
    pub fn again(&self, verilog: &str) -> Result<Verdict, Error> {
        let file = Scratch::new(&self.top, verilog)?;
        let at = |name: &str| file.path.with_file_name(name);
        for (name, text) in [
            ("replay.v", &self.bench()),
            ("given", &self.given),
            ("wanted", &self.wanted),
        ] {
            fs::write(at(name), text).map_err(Error::io(at(name)))?;
        }
        // Defined: what a memory gives that is read where it is written is noise, the same for both.
        compile(
            &self.top,
            &["-DVERILATOR", "-s", "replay"],
            &[at("replay.v"), file.path.clone()],
            &at("replay.vvp"),
        )?;
        let mut command = VVP.command();
        command.current_dir(at("")).args(["-n", "replay.vvp"]);
        let said = printed(&VVP.run(&mut command)?);
        self.verdict(&said).ok_or(Error::Iverilog {
            top: self.top.clone(),
            output: said,
        })
    }

    fn bench(&self) -> String {
        let width = |ports: &[Port]| ports.iter().map(|port| port.width).sum::<u32>();
        let (inputs, outputs, cycles) = (width(&self.inputs), width(&self.outputs), self.cycles);
        let mut text = format!(
            "module replay;\n  reg clock = 0;\n  reg [{}:0] given [0:{last}];\n  reg [{}:0] wanted [0:{last}];\n  \
             integer cycle, differ = 0, first = -1;\n",
            inputs - 1,
            outputs - 1,
            last = cycles - 1
        );
        let mut connections = vec![".clock(clock)".to_owned()];
        for (ports, kind) in [(&self.inputs, "reg"), (&self.outputs, "wire")] {
            for port in ports {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "  {kind} [{}:0] {};", port.width - 1, port.name);
                connections.push(format!(".{0}({0})", port.name));
            }
        }
        let names = |ports: &[Port]| {
            ports
                .iter()
                .map(|port| port.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let _ = write!(
            text,
            "  {top} block({connections});\n  initial begin\n    $readmemb(\"given\", given);\n    $readmemb(\"wanted\", wanted);\n    \
             for (cycle = 0; cycle < {cycles}; cycle = cycle + 1) begin\n      {{{given}}} = given[cycle];\n      #(1);\n      \
             if ({{{got}}} !== wanted[cycle]) begin\n        differ = differ + 1;\n        if (first < 0) begin\n          first = cycle;\n          $display(\"got %b\", {{{got}}});\n        end\n      end\n      \
             clock = 1; #(1); clock = 0; #(1);\n    end\n    $display(\"differ %0d first %0d\", differ, first);\n    $finish(0);\n  end\nendmodule\n",
            top = self.top,
            connections = connections.join(", "),
            given = names(&self.inputs),
            got = names(&self.outputs),
        );
        text.replace("first %0d", &format!("of {cycles} first %0d"))
    }

    /// `got 01…` where the first cycle differs, then `differ 0 of 300 first -1`.
    fn verdict(&self, said: &str) -> Option<Verdict> {
        let words: Vec<&str> = said
            .lines()
            .find(|line| line.starts_with("differ "))?
            .split_whitespace()
            .collect();
        let [_, differ, _, cycles, _, first] = words[..] else {
            return None;
        };
        let first: Option<usize> = first.parse().ok();
        let got = said.lines().find_map(|line| line.strip_prefix("got "));
        let wanted = first.and_then(|cycle| self.wanted.lines().nth(cycle));
        let outputs = got
            .zip(wanted)
            .map_or_else(Vec::new, |(got, wanted)| self.differing(got, wanted));
        Some(Verdict {
            cycles: cycles.parse().ok()?,
            differ: differ.parse().ok()?,
            first,
            outputs,
        })
    }

    fn differing(&self, got: &str, wanted: &str) -> Vec<(String, String, String)> {
        let mut at = 0;
        let mut outputs = Vec::new();
        for port in &self.outputs {
            let bits = at..at + port.width as usize;
            at = bits.end;
            let (got, wanted) = (
                got.get(bits.clone()).unwrap_or_default(),
                wanted.get(bits).unwrap_or_default(),
            );
            if got != wanted {
                outputs.push((port.name.clone(), got.to_owned(), wanted.to_owned()));
            }
        }
        outputs
    }
}

/// `iverilog -Wall`: nothing may be printed.
///
/// # Errors
/// [`Error::Iverilog`] with the warnings, or a missing tool.
pub fn lint(top: &str, verilog: &str) -> Result<(), Error> {
    let file = Scratch::new(top, verilog)?;
    compile(
        top,
        &["-t", "null", "-s", top],
        std::slice::from_ref(&file.path),
        &file.path.with_extension("null"),
    )
}

fn compile(
    top: &str,
    arguments: &[&str],
    files: &[std::path::PathBuf],
    out: &std::path::Path,
) -> Result<(), Error> {
    let mut command = IVERILOG.command();
    command
        .args(["-g2005", "-Wall", WAIVED])
        .args(arguments)
        .arg("-o")
        .arg(out)
        .args(files);
    let output = IVERILOG.run(&mut command)?;
    let text = printed(&output);
    if output.status.success() && text.trim().is_empty() {
        Ok(())
    } else {
        Err(Error::Iverilog {
            top: top.into(),
            output: text,
        })
    }
}
