use super::*;
use crate::board;
use std::process::Command;

/// Takes every command of the vendor's tool down in place of running it; one that is no vendor's ends the script, as a typing error would.
const RECORDER: &str = r#"
set vendor {create_project read_verilog read_xdc synth_design opt_design place_design phys_opt_design route_design report_timing_summary
    report_utilization report_cdc write_checkpoint create_clock get_ports get_cells all_registers get_registers set_max_delay set_bus_skew
    set_false_path set_clock_groups set_net_delay set_max_skew project_new set_global_assignment set_instance_assignment execute_flow
    project_close open_hw_manager connect_hw_server open_hw_target get_hw_devices current_hw_device refresh_hw_device get_cfgmem_parts
    create_hw_cfgmem get_property set_property create_hw_bitstream program_hw_devices program_hw_cfgmem boot_hw_device close_hw_target
    disconnect_hw_server current_project get_filesets current_fileset get_runs}
foreach command $vendor {
    proc $command args "puts \"$command \$args\"; return $command"
}
package provide ::quartus::project 1.0
package provide ::quartus::flow 1.0
set script [lindex $argv 0]
set argv [lrange $argv 1 end]
source $script
"#;

/// The vendor's commands that a script gives, in order.
fn recorded(folder: &Path, script: &str, arguments: &[&str]) -> Vec<String> {
    fs::write(folder.join("recorder.tcl"), RECORDER).unwrap();
    let out = Command::new("tclsh")
        .args(["recorder.tcl", script])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("a tclsh: scripts/setup installs it where it may, else apt-get install tcl");
    assert!(
        out.status.success(),
        "{script}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout)
        .lines()
        .map(String::from)
        .collect()
}

fn made(name: &str) -> (tempfile::TempDir, Project) {
    let board = board::by_name(name).unwrap().board;
    let verilog = ["card.v", "shell.v", "top.v"].map(|file| (file, format!("// {file}\n")));
    let project = Project::around(&board, Size::Small, verilog).unwrap();
    let folder = tempfile::tempdir().unwrap();
    project.write(folder.path()).unwrap();
    (folder, project)
}

fn has(lines: &[String], part: &str) -> usize {
    lines
        .iter()
        .position(|line| line.contains(part))
        .unwrap_or_else(|| panic!("no `{part}` in {lines:#?}"))
}

#[test]
fn vivado_is_asked_for_every_step_in_order() {
    for (name, part) in [
        ("alveo-u50", "xcu50-fsvh2104-2-e"),
        ("alveo-u55c", "xcu55c-fsvh2892-2L-e"),
        ("acorn-cle215", "xc7a200tfbg484-3"),
    ] {
        let (folder, _) = made(name);
        let lines = recorded(folder.path(), "project.tcl", &[]);
        let order = [
            &format!("create_project -in_memory -part {part}"),
            "card.v",
            "shell.v",
            "top.v",
            "clocks.xdc",
            &format!("synth_design -top tickforge_card -part {part} -mode out_of_context"),
            "opt_design",
            "place_design",
            "route_design",
            "report_timing_summary",
            "report_cdc",
            "write_checkpoint",
        ];
        let places: Vec<usize> = order.iter().map(|part| has(&lines, part)).collect();
        assert!(places.is_sorted(), "{name}: {lines:#?}");
        let clocks = recorded(folder.path(), "clocks.xdc", &[]);
        for (clock, period) in CLOCKS {
            has(&clocks, &format!("create_clock -name {clock} -period {period}"));
        }
        has(&clocks, "set_bus_skew");
    }
}

#[test]
fn quartus_is_given_part_files_and_clocks() {
    let (folder, _) = made("de5a-net");
    let lines = recorded(folder.path(), "project.tcl", &[]);
    let order = [
        "project_new tickforge",
        "FAMILY {Arria 10}",
        "DEVICE 10AX115N2F45E1SG",
        "TOP_LEVEL_ENTITY tickforge_card",
        "VERILOG_FILE card.v",
        "SDC_FILE clocks.sdc",
        "VIRTUAL_PIN OFF -to host_clock",
        "execute_flow -compile",
        "project_close",
    ];
    let places: Vec<usize> = order.iter().map(|part| has(&lines, part)).collect();
    assert!(places.is_sorted(), "{lines:#?}");
    let clocks = recorded(folder.path(), "clocks.sdc", &[]);
    has(&clocks, "set_clock_groups -asynchronous -group core_clock");
    has(&clocks, "set_net_delay -max 4.000");
}

/// The constraints speak of cells by name: those names are in the emitted Verilog.
#[test]
fn constrained_cells_are_in_the_shell() {
    let shell = emit("shell", Size::Small).unwrap();
    for instance in [
        "write_seen(",
        "read_seen(",
        "seen(",
        "answer(",
        "write_gray(",
        "read_gray(",
        "cells(",
    ] {
        assert!(shell.contains(&format!(" {instance}")), "{instance}");
    }
    for register in ["meta;", "mem [", "read_data;"] {
        assert!(shell.contains(register), "{register}");
    }
    for (clock, _) in CLOCKS {
        assert!(shell.contains(&format!("input wire {clock};")), "{clock}");
    }
}

#[test]
fn the_core_file_names_sources_part_and_digests() {
    let (_, project) = made("alveo-u50");
    let (_, text) = project
        .files
        .iter()
        .find(|(name, _)| name == "tickforge.core")
        .unwrap();
    for part in [
        "CAPI=2:",
        "files: [card.v, shell.v, top.v]",
        "part: xcu50-fsvh2104-2-e",
        "toplevel: tickforge_card",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        text.contains(&format!("# top.v: sha256 {}", sha256("// top.v\n"))),
        "{text}"
    );
    let (_, other) = made("de5a-net");
    let (_, text) = other
        .files
        .iter()
        .find(|(name, _)| name == "tickforge.core")
        .unwrap();
    assert!(
        text.contains("family: Arria 10") && text.contains("clocks.sdc"),
        "{text}"
    );
}

/// The folder of the project that Edalize makes of a target, by FuseSoC; none without it.
fn edalized(folder: &Path, target: &str) -> Option<std::path::PathBuf> {
    let Ok(fusesoc) = crate::tool::FUSESOC.find() else {
        println!("skipped: no FuseSoC (scripts/setup --with project)");
        return None;
    };
    let core = format!("tickforge:card:{}", join::CARD);
    let run = ["--cores-root", ".", "run", "--setup", "--target", target, &core];
    crate::tool::run(&fusesoc, &run, folder, "the core file")
        .unwrap_or_else(|error| panic!("{target}: {error}"));
    let built = folder.join("build");
    let of_core = fs::read_dir(&built).unwrap().next().unwrap().unwrap().path();
    let of_target = fs::read_dir(of_core).unwrap().next().unwrap().unwrap();
    Some(of_target.path())
}

/// The project script, which has the name of the core.
fn project_of(made: &Path) -> String {
    let scripts = fs::read_dir(made).unwrap().map(|file| file.unwrap().file_name());
    scripts
        .map(|name| name.to_string_lossy().into_owned())
        .find(|name| name.ends_with("0.1.0.tcl") || name.ends_with("0_1_0.tcl"))
        .expect("a project script")
}

/// FuseSoC reads the core file and Edalize makes the vendor's project of it, whose commands are these.
#[test]
fn fusesoc_makes_the_vendors_projects() {
    for (name, target, part) in [
        ("alveo-u50", "alveo_u50", "part xcu50-fsvh2104-2-e"),
        ("alveo-u55c", "alveo_u55c", "part xcu55c-fsvh2892-2L-e"),
        ("acorn-cle215", "acorn_cle215", "part xc7a200tfbg484-3"),
    ] {
        let (folder, _) = made(name);
        let Some(project) = edalized(folder.path(), target) else {
            return;
        };
        let lines = recorded(&project, &project_of(&project), &[]);
        let order = [
            "create_project",
            part,
            "card.v",
            "shell.v",
            "top.v",
            "clocks.xdc",
            "-mode out_of_context",
            "set_property top tickforge_card",
        ];
        let places: Vec<usize> = order.iter().map(|part| has(&lines, part)).collect();
        assert!(places.is_sorted(), "{name}: {lines:#?}");
    }
    let (folder, _) = made("de5a-net");
    let project = edalized(folder.path(), "de5a_net").expect("it was there");
    let lines = recorded(&project, &project_of(&project), &[]);
    let order = [
        "project_new",
        "FAMILY {Arria 10}",
        "DEVICE 10AX115N2F45E1SG",
        "TOP_LEVEL_ENTITY tickforge_card",
        "card.v",
        "clocks.sdc",
        "VIRTUAL_PIN ON -to *",
        "VIRTUAL_PIN OFF -to host_clock",
    ];
    let places: Vec<usize> = order.iter().map(|part| has(&lines, part)).collect();
    assert!(places.is_sorted(), "{lines:#?}");
}

/// The lint target on the Verilog itself: nothing but what the waivers let pass.
#[test]
fn fusesoc_lints_the_card() {
    let Ok(fusesoc) = crate::tool::FUSESOC.find() else {
        println!("skipped: no FuseSoC (scripts/setup --with project)");
        return;
    };
    let board = board::by_name("alveo-u50").unwrap().board;
    let folder = tempfile::tempdir().unwrap();
    Project::of(&board, Size::Small)
        .unwrap()
        .write(folder.path())
        .unwrap();
    let core = format!("tickforge:card:{}", join::CARD);
    let run = ["--cores-root", ".", "run", "--target", "lint", &core];
    crate::tool::run(&fusesoc, &run, folder.path(), "the card's lint")
        .unwrap_or_else(|error| panic!("{error}"));
    // Shown to see something: a register that nobody reads.
    let card = folder.path().join("card.v");
    let text = fs::read_to_string(&card).unwrap();
    let worse = text.replacen(
        "endmodule",
        "reg [3:0] nobody; always @(*) nobody = 5'h1f;\nendmodule",
        1,
    );
    fs::write(&card, worse).unwrap();
    let error = crate::tool::run(&fusesoc, &run, folder.path(), "the card's lint");
    assert!(error.is_err(), "a truncated constant passes");
}

#[test]
fn a_board_that_is_built_here_has_no_project() {
    let board = board::by_name("ecp5-85").unwrap().board;
    let verilog = ["card.v", "shell.v", "top.v"].map(|file| (file, String::new()));
    let error = Project::around(&board, Size::Small, verilog).unwrap_err();
    assert!(
        error.is_environment() && error.to_string().contains("tickforge gateware synth"),
        "{error}"
    );
}

/// The script by which `tickforge flash` has Vivado write an image.
#[test]
fn vivado_writes_an_image_in_order() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("flash.tcl"),
        include_str!("../../../../host/flash/src/flash.tcl"),
    )
    .unwrap();
    let lines = recorded(
        folder.path(),
        "flash.tcl",
        &["localhost:3121", "mt25qu01g-spi-x1_x2_x4", "/images/my card.bit"],
    );
    let order = [
        "connect_hw_server -url localhost:3121",
        "open_hw_target",
        "get_cfgmem_parts mt25qu01g-spi-x1_x2_x4",
        "create_hw_cfgmem",
        "PROGRAM.FILES {{/images/my card.bit}}",
        "program_hw_cfgmem",
        "boot_hw_device",
        "disconnect_hw_server",
    ];
    let places: Vec<usize> = order.iter().map(|part| has(&lines, part)).collect();
    assert!(places.is_sorted(), "{lines:#?}");
}
