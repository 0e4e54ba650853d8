//! Projects for the tools of vendors: the Verilog of the card within its shell, the constraints its crossings need, and the Tcl that builds it.
//!
//! What is built is `tickforge_card` out of context: its clock, area and timing on the part. Transceivers, MACs and the bridge to the host are the
//! vendor's, and join it in a project of the vendor's tool.

use crate::board::{Board, Tools};
use crate::{Error, join};
use gateware::emit::{Size, emit, sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Clocks of the card and the periods asked for, ns: the core and 10G MACs at 156.25 MHz, the bridge of a PCIe 3.0 x8 at 250 MHz.
pub const CLOCKS: [(&str, &str); 6] = [
    ("core_clock", "6.400"),
    ("rx_a_clock", "6.400"),
    ("rx_b_clock", "6.400"),
    ("rx_o_clock", "6.400"),
    ("tx_clock", "6.400"),
    ("host_clock", "4.000"),
];

/// What tells the project that FuseSoC has made that the card has no pins.
const WITHOUT_PINS: &str = "without_pins.tcl";
/// What Verilator may say of emitted Verilog, each with its reason.
const WAIVERS: &str = "waivers.vlt";

/// Files of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Name and text.
    pub files: Vec<(String, String)>,
}

impl Project {
    /// The project of a board.
    ///
    /// # Errors
    /// [`Error::OtherTools`] for a board that is built here; what emission finds.
    pub fn of(board: &Board, size: Size) -> Result<Self, Error> {
        let text = |block: &str| emit(block, size).map_err(|error| Error::unreadable(block, error));
        let (shell, top) = (text("shell")?, text("top")?);
        let card = join::around(&shell, &top)?;
        Self::around(
            board,
            size,
            [("card.v", card), ("shell.v", shell), ("top.v", top)],
        )
    }

    /// The same of Verilog that is there.
    ///
    /// # Errors
    /// [`Error::OtherTools`].
    pub fn around(board: &Board, size: Size, verilog: [(&str, String); 3]) -> Result<Self, Error> {
        let names = verilog.each_ref().map(|(name, _)| *name);
        let scripts = match board.tools {
            Tools::Vivado => vec![
                ("clocks.xdc", vivado_clocks()),
                ("project.tcl", vivado(board, &names)),
                (WITHOUT_PINS, VIVADO_WITHOUT_PINS.into()),
                (WAIVERS, include_str!("../../waivers.vlt").into()),
            ],
            Tools::Quartus => vec![
                ("clocks.sdc", quartus_clocks()),
                ("project.tcl", quartus(board, &names)),
                (WITHOUT_PINS, quartus_without_pins()),
                (WAIVERS, include_str!("../../waivers.vlt").into()),
            ],
            Tools::TrellisEcp5 => {
                return Err(Error::OtherTools {
                    board: board.name.clone(),
                    command: "tickforge gateware synth",
                });
            }
        };
        let core = fusesoc(board, size, &verilog, &scripts);
        let mut files: Vec<(String, String)> = verilog
            .into_iter()
            .map(|(name, text)| (name.into(), text))
            .collect();
        files.extend(scripts.into_iter().map(|(name, text)| (name.to_owned(), text)));
        files.push(("tickforge.core".into(), core));
        Ok(Self { files })
    }

    /// Writes the files into a folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        for (name, text) in &self.files {
            let path = folder.join(name);
            fs::write(&path, text).map_err(Error::io(&path))?;
        }
        Ok(())
    }
}

/// Vivado in batch mode: `vivado -mode batch -source project.tcl`.
fn vivado(board: &Board, verilog: &[&str]) -> String {
    format!(
        "# tickforge on {title}: synthesis, placement and routing out of context. Run by: vivado -mode batch -source project.tcl\n\
         set here [file dirname [file normalize [info script]]]\n\
         create_project -in_memory -part {part}\n\
         foreach file {{{files}}} {{ read_verilog [file join $here $file] }}\n\
         read_xdc -mode out_of_context [file join $here clocks.xdc]\n\
         synth_design -top {card} -part {part} -mode out_of_context -flatten_hierarchy none\n\
         opt_design\n\
         place_design\n\
         phys_opt_design\n\
         route_design\n\
         report_timing_summary -file [file join $here timing.rpt]\n\
         report_utilization -hierarchical -file [file join $here utilization.rpt]\n\
         report_cdc -details -file [file join $here cdc.rpt]\n\
         write_checkpoint -force [file join $here {card}.dcp]\n",
        title = board.title,
        part = board.part,
        files = verilog.join(" "),
        card = join::CARD,
    )
}

/// Every clock, none related to another; a pointer's bits may not differ by more than a period of the faster side, and data that is held by as much.
fn vivado_clocks() -> String {
    let mut text = String::from(
        "# Clocks of the card within its shell, and what its crossings need (docs/boards.md).\n",
    );
    for (clock, period) in CLOCKS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "create_clock -name {clock} -period {period} [get_ports {clock}]"
        );
    }
    text.push_str(
        "# First flip-flops of synchronisers: no longer than the shorter period, and a Gray code's bits together.\n\
         set first [get_cells -hierarchical -filter {NAME =~ *_seen/meta_reg* || NAME =~ */seen/meta_reg* || NAME =~ */answer/meta_reg*}]\n\
         set_max_delay -datapath_only 4.000 -from [all_registers] -to $first\n\
         set_bus_skew 4.000 -from [get_cells -hierarchical -filter {NAME =~ *_gray/q_reg*}] -to [get_cells -hierarchical -filter {NAME =~ *_seen/meta_reg*}]\n\
         # Words of a queue stand still for two edges before they are read.\n\
         set_max_delay -datapath_only 6.400 -from [get_cells -hierarchical -filter {NAME =~ */cells/mem_reg*}] -to [get_cells -hierarchical -filter {NAME =~ */cells/read_data_reg*}]\n\
         # Reset comes from no clock.\n\
         set_false_path -from [get_ports reset]\n",
    );
    text
}

/// Quartus: `quartus_sh -t project.tcl`.
fn quartus(board: &Board, verilog: &[&str]) -> String {
    let mut text = format!(
        "# tickforge on {}: a project that compiles. Run by: quartus_sh -t project.tcl\n\
         package require ::quartus::project\n\
         package require ::quartus::flow\n\
         project_new tickforge -overwrite\n\
         set_global_assignment -name FAMILY \"{}\"\n\
         set_global_assignment -name DEVICE {}\n\
         set_global_assignment -name TOP_LEVEL_ENTITY {}\n",
        board.title,
        board.family,
        board.part,
        join::CARD
    );
    for file in verilog {
        let _ = writeln!(text, "set_global_assignment -name VERILOG_FILE {file}");
    }
    text.push_str("set_global_assignment -name SDC_FILE clocks.sdc\n");
    text.push_str(&quartus_without_pins());
    text.push_str("execute_flow -compile\nproject_close\n");
    text
}

/// No pins: what the package lacks is virtual.
fn quartus_without_pins() -> String {
    let mut text = String::from(
        "# No pins: what the package lacks is virtual.\n\
         set_instance_assignment -name VIRTUAL_PIN ON -to *\n",
    );
    for (clock, _) in CLOCKS {
        let _ = writeln!(text, "set_instance_assignment -name VIRTUAL_PIN OFF -to {clock}");
    }
    text
}

/// Out of context, as in `project.tcl`, for the run of a project.
const VIVADO_WITHOUT_PINS: &str = "\
# No pins: synthesis out of context.
set_property -name {STEPS.SYNTH_DESIGN.ARGS.MORE OPTIONS} -value {-mode out_of_context -flatten_hierarchy none} -objects [get_runs synth_1]
";

fn quartus_clocks() -> String {
    let mut text = String::from(
        "# Clocks of the card within its shell, and what its crossings need (docs/boards.md).\n",
    );
    for (clock, period) in CLOCKS {
        let _ = writeln!(
            text,
            "create_clock -name {clock} -period {period} [get_ports {clock}]"
        );
    }
    let groups: Vec<String> = CLOCKS
        .iter()
        .map(|(clock, _)| format!("-group {clock}"))
        .collect();
    let _ = writeln!(text, "set_clock_groups -asynchronous {}", groups.join(" "));
    text.push_str(
        "set_net_delay -max 4.000 -from [get_registers *_gray*q*] -to [get_registers *_seen*meta*]\n\
         set_max_skew 4.000 -from [get_registers *_gray*q*] -to [get_registers *_seen*meta*]\n\
         set_false_path -from [get_ports reset]\n",
    );
    text
}

/// A core of FuseSoC (CAPI2), for who builds by it; digests tell which gateware it holds. Edalize makes the project, by its flow where it has one.
fn fusesoc(board: &Board, size: Size, verilog: &[(&str, String)], scripts: &[(&str, String)]) -> String {
    let sources: Vec<&str> = verilog.iter().map(|(name, _)| *name).collect();
    let (constraints, kind, tool) = match board.tools {
        Tools::Quartus => (
            "clocks.sdc",
            "SDC",
            format!(
                "    default_tool: quartus\n    tools:\n      quartus:\n        family: {}\n        device: {}\n",
                board.family, board.part
            ),
        ),
        _ => (
            "clocks.xdc",
            "xdc",
            format!(
                "    flow: vivado\n    flow_options:\n      part: {}\n      pnr: none\n",
                board.part
            ),
        ),
    };
    let mut text = format!(
        "CAPI=2:\nname: tickforge:card:{card}:{version}\ndescription: The tickforge card within its shell, size {size}\n\n\
         filesets:\n  rtl:\n    files: [{sources}]\n    file_type: verilogSource\n  clocks:\n    files: [{constraints}]\n    file_type: {kind}\n  \
         without_pins:\n    files: [{WITHOUT_PINS}]\n    file_type: tclSource\n  waivers:\n    files: [{WAIVERS}]\n    file_type: vlt\n\n\
         targets:\n  default: &default\n    filesets: [rtl]\n    toplevel: {card}\n  lint:\n    <<: *default\n    filesets: [waivers, rtl]\n    flow: lint\n    \
         flow_options:\n      tool: verilator\n      verilator_options: [-Wall]\n  \
         {name}:\n    filesets: [rtl, clocks, without_pins]\n    toplevel: {card}\n{tool}\n",
        card = join::CARD,
        version = env!("CARGO_PKG_VERSION"),
        sources = sources.join(", "),
        name = board.name.replace('-', "_"),
    );
    for (name, file) in verilog.iter().chain(scripts) {
        let _ = writeln!(text, "# {name}: sha256 {}", sha256(file));
    }
    text
}

#[cfg(test)]
mod tests;
