//! Reset is enough: registers and memories that start at random values, as after a warm reset, make no difference to what a block says once
//! `reset` was held. Outputs that say something always are compared in every cycle, data only where its valid is 1.

use gateware::emit::{Size, emit};
use testbench::Rng;
use verilated::{Direction, Model, PortId, Source};

/// A block, outputs that mean something in every cycle, and data with the output that makes it count.
struct Watched {
    block: &'static str,
    always: &'static [&'static str],
    when: &'static [(&'static str, &'static str)],
}

const fn watched(
    block: &'static str,
    always: &'static [&'static str],
    when: &'static [(&'static str, &'static str)],
) -> Watched {
    Watched { block, always, when }
}

const WATCHED: &[Watched] = &[
    watched(
        "skid_buffer",
        &["source_valid", "sink_ready"],
        &[("source_valid", "source_data")],
    ),
    watched(
        "stream_fifo",
        &["source_valid", "sink_ready"],
        &[("source_valid", "source_data")],
    ),
    watched("udp_rx", &["beat_valid", "ended", "count"], &[]),
    watched("frame_rx", &["entry_valid", "count"], &[("entry_valid", "entry")]),
    watched(
        "seg_rx",
        &["pass_valid", "out_valid", "count"],
        &[("pass_valid", "pass_data"), ("out_valid", "out_data")],
    ),
    watched(
        "ouch_tx",
        &["tx_tvalid", "tx_ready"],
        &[("tx_tvalid", "tx_tlast")],
    ),
];

/// Cycles of reset: longer than the longest line of registers without one.
const RESET: usize = 64;
const CYCLES: usize = 600;
const SEEDS: u32 = 6;
const STIMULUS: u64 = 7;

/// The same block without any initial value.
fn without_initial(verilog: &str) -> String {
    let mut text = String::new();
    let mut skipping = false;
    for line in verilog.lines() {
        match line.trim() {
            "initial begin" => skipping = true,
            "end" if skipping => skipping = false,
            _ if skipping => {}
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// What the block says in every cycle behind reset, data without its valid as nothing.
fn said(model: &mut Model, watched: &Watched, stimulus: u64) -> Vec<Vec<Vec<u32>>> {
    let mut rng = Rng::new(stimulus);
    let inputs: Vec<(PortId, u32)> = model
        .ports()
        .iter()
        .filter(|port| port.direction == Direction::Input && !matches!(port.name.as_str(), "clock" | "reset"))
        .map(|port| (model.port(&port.name), port.width))
        .collect();
    let reset = model.port("reset");
    let always: Vec<PortId> = watched.always.iter().map(|name| model.port(name)).collect();
    let when: Vec<(PortId, PortId)> = watched
        .when
        .iter()
        .map(|(valid, data)| (model.port(valid), model.port(data)))
        .collect();
    let mut said = Vec::new();
    for cycle in 0..RESET + CYCLES {
        model.set(reset, u64::from(cycle < RESET));
        for (port, width) in &inputs {
            // Nothing comes while reset is held: traffic would drain a queue that nothing else empties.
            let words = if cycle < RESET {
                Vec::new()
            } else {
                rng.wide(*width)
            };
            model.set_wide(*port, &words);
        }
        model.eval();
        if cycle >= RESET {
            let mut now: Vec<Vec<u32>> = always.iter().map(|port| model.get_wide(*port)).collect();
            now.extend(when.iter().map(|(valid, data)| {
                if model.get(*valid) == 1 {
                    model.get_wide(*data)
                } else {
                    Vec::new()
                }
            }));
            said.push(now);
        }
        model.tick();
    }
    said
}

/// The first cycle behind reset in which two seeds of the uninitialised state are told apart.
fn difference(watched: &Watched, verilog: &str) -> Option<(usize, u32)> {
    let model =
        Model::build(&Source::new(watched.block, verilog), 1).unwrap_or_else(|error| panic!("{error}"));
    let first = said(&mut model.another(1), watched, STIMULUS);
    (2..=SEEDS).find_map(|seed| {
        let other = said(&mut model.another(seed), watched, STIMULUS);
        first
            .iter()
            .zip(&other)
            .position(|(a, b)| a != b)
            .map(|cycle| (cycle, seed))
    })
}

#[test]
fn outputs_do_not_depend_on_what_registers_held_before_reset() {
    for watched in WATCHED {
        let verilog = without_initial(&emit(watched.block, Size::Small).unwrap());
        assert!(!verilog.contains("initial"), "{}", watched.block);
        let mut model = Model::build(&Source::new(watched.block, verilog.as_str()), 1)
            .unwrap_or_else(|error| panic!("{error}"));
        let once = said(&mut model, watched, STIMULUS);
        assert!(
            once.iter().any(|now| *now != once[0]),
            "{} says the same in every cycle",
            watched.block
        );
        let found = difference(watched, &verilog);
        assert_eq!(
            found, None,
            "{}: (cycle behind reset, seed of the state)",
            watched.block
        );
        println!(
            "{}: {SEEDS} states, {CYCLES} cycles each, all alike",
            watched.block
        );
    }
}

/// Each register that loses its reset is found.
#[test]
fn a_register_without_its_reset_is_found() {
    let watched = WATCHED
        .iter()
        .find(|watched| watched.block == "stream_fifo")
        .expect("listed");
    let verilog = without_initial(&emit("stream_fifo", Size::Small).unwrap());
    let reset = verilog.find("if (reset) begin").expect("a block with a reset");
    let lines: Vec<&str> = verilog[reset..]
        .lines()
        .skip(1)
        .take_while(|line| line.contains("_d = "))
        .collect();
    assert!(lines.len() >= 3, "{lines:?}");
    for line in lines {
        let mutant = format!("{}{}", &verilog[..reset], verilog[reset..].replacen(line, "", 1));
        assert!(
            difference(watched, &mutant).is_some(),
            "without `{}` nothing is found",
            line.trim()
        );
    }
}
