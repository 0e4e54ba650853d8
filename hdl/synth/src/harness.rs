//! A serial shell around a block with more ports than a package has pins.
//!
//! Every input comes out of a register, every output goes into one, as in the midst of other logic; what the registers hold is shifted in and
//! out by one pin each. `serial_harness.v` is the shell's working part; here it is joined to the ports of a block.

use crate::verilog::Port;
use std::fmt::Write as _;

/// The module that is placed.
pub const TOP: &str = "shell";
/// Instance of the block within it.
pub const CARD: &str = "card";
/// The shifting part.
pub const SERIAL: &str = include_str!("serial_harness.v");

/// Verilog of the shell of a module with these ports.
pub fn around(module: &str, ports: &[Port]) -> String {
    let of = |output| {
        ports
            .iter()
            .filter(move |port| port.is_output == output && port.name != "clock")
    };
    // A register that shifts has two bits at least.
    let width = |output| of(output).map(|port| port.width).sum::<usize>().max(2);
    let mut connections = Vec::new();
    if ports.iter().any(|port| port.name == "clock") {
        connections.push(".clock(clock)".to_owned());
    }
    for (output, vector) in [(false, "to_card"), (true, "from_card")] {
        let mut at = 0;
        for port in of(output) {
            let last = at + port.width - 1;
            connections.push(format!(".{}({vector}[{last}:{at}])", port.name));
            at = last + 1;
        }
    }
    let (inputs, outputs) = (width(false), width(true));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "module {TOP}(input wire clock, input wire shift_in, input wire shift, input wire apply, output wire shift_out);\n\
         \x20   wire [{}:0] to_card;\n\
         \x20   wire [{}:0] from_card;\n\
         \x20   serial_harness #(.INPUTS({inputs}), .OUTPUTS({outputs})) serial(.clock(clock), .shift_in(shift_in),\n\
         \x20       .shift(shift), .apply(apply), .shift_out(shift_out), .to_card(to_card), .from_card(from_card));\n\
         \x20   {module} {CARD}({});\n\
         endmodule\n",
        inputs - 1,
        outputs - 1,
        connections.join(", ")
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_has_bits_of_its_own() {
        let port = |name: &str, width, is_output| Port {
            name: name.into(),
            width,
            is_output,
        };
        let text = around(
            "x",
            &[
                port("clock", 1, false),
                port("a", 8, false),
                port("q", 3, true),
                port("b", 1, false),
                port("r", 2, true),
            ],
        );
        for part in [
            ".INPUTS(9), .OUTPUTS(5)",
            ".clock(clock)",
            ".a(to_card[7:0])",
            ".b(to_card[8:8])",
            ".q(from_card[2:0])",
            ".r(from_card[4:3])",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
