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

/// The same logic with the first table in a module of its own.
#[test]
fn depth_looks_into_modules_that_were_kept() {
    let inner = r#""sub": {"ports": {"x": {"direction": "input", "bits": [2]}, "y": {"direction": "output", "bits": [3]}},
            "cells": {"l": {"type": "LUT4", "port_directions": {"A": "input", "Z": "output"}, "connections": {"A": [2], "Z": [3]}}}}"#;
    let text = TWO_REGISTERS
        .replace(r#""l1": {"type": "LUT4", "port_directions": {"A": "input", "Z": "output"}, "connections": {"A": [2], "B": ["0"], "Z": [4]}}"#,
            r#""l1": {"type": "sub", "port_directions": {"x": "input", "y": "output"}, "connections": {"x": [2], "y": [4]}}"#)
        .replace(r#""b": {"type": "sub""#, r#""b": {"type": "BUFG""#);
    let at = text.rfind(r#""sub":"#).unwrap();
    let text = format!("{}{inner}}}}}", &text[..at]);
    let depth = Netlist::parse(&text).unwrap().depth("t").unwrap();
    assert_eq!((depth.levels, depth.from.as_str()), (3, "first"));
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
