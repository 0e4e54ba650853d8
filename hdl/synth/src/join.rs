//! The card as a board's project takes it: the core within its shell, as one module.

use crate::Error;
use crate::verilog::Outline;
use gateware::shell::port_of_core;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Name of the module.
pub const CARD: &str = "tickforge_card";

/// Verilog of the module that joins `shell` and `top`, whose texts these are; its ports are the shell's outer ones, and `build_id`.
///
/// # Errors
/// [`Error::Unreadable`] when a port of one has none to meet it at the other.
pub fn around(shell: &str, top: &str) -> Result<String, Error> {
    let (shell_outline, top_outline) = (Outline::of(shell), Outline::of(top));
    let (shell_ports, top_ports) = (shell_outline.ports("shell")?, top_outline.ports("top")?);
    let range = |width: usize| {
        if width == 1 {
            String::new()
        } else {
            format!("[{}:0] ", width - 1)
        }
    };
    let mut ports = vec!["    input wire [31:0] build_id".to_owned()];
    let mut wires = String::new();
    let (mut to_shell, mut to_top) = (Vec::new(), vec!["        .build_id(build_id)".to_owned()]);
    let mut met = BTreeSet::from(["build_id".to_owned()]);
    for port in shell_ports {
        let name = &port.name;
        to_shell.push(format!("        .{name}({name})"));
        let Some(core) = port_of_core(name) else {
            let direction = if port.is_output { "output" } else { "input" };
            ports.push(format!("    {direction} wire {}{name}", range(port.width)));
            continue;
        };
        let other = top_ports.iter().find(|other| other.name == core);
        let is_clock = core == "clock";
        let other = other
            .filter(|other| other.width == port.width && (is_clock || other.is_output != port.is_output));
        if other.is_none() {
            return Err(Error::unreadable(
                name.as_str(),
                format!("the core has no port {core} that meets it"),
            ));
        }
        if is_clock {
            ports.push(format!("    input wire {name}"));
        } else {
            // Writing to a string cannot fail.
            let _ = writeln!(wires, "    wire {}{name};", range(port.width));
        }
        to_top.push(format!("        .{core}({name})"));
        met.insert(core);
    }
    if let Some(port) = top_ports.iter().find(|port| !met.contains(&port.name)) {
        return Err(Error::unreadable(
            port.name.as_str(),
            "the shell has no port that meets it",
        ));
    }
    Ok(format!(
        "// The core within its shell, joined by `synth::join`: do not edit.\n\
         module {CARD} (\n{}\n);\n{wires}    shell shell (\n{}\n    );\n    top core (\n{}\n    );\nendmodule\n",
        ports.join(",\n"),
        to_shell.join(",\n"),
        to_top.join(",\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateware::emit::{Size, emit};

    /// The two emitted texts meet in every port, and the module is that of `hdl/shell`.
    #[test]
    fn the_committed_module_joins_the_emitted_ones() {
        let [shell, top] = ["shell", "top"].map(|block| emit(block, Size::Small).unwrap());
        let text = around(&shell, &top).unwrap();
        let kept = include_str!("../../shell/card.v");
        assert!(text == kept, "hdl/shell/card.v is to become:\n{text}");
        let error = around(
            &shell,
            &top.replace("input wire irq_", "input wire x_")
                .replace("output reg irq_event", "output reg other"),
        );
        assert!(error.unwrap_err().to_string().contains("irq_event"));
    }
}
