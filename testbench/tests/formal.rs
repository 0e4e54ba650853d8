//! Proofs on the emitted Verilog: each property holds in every state, its cover is reached, and a seeded fault breaks it.
//!
//! The checkers are `hdl/formal/*.sv`, put into the emitted module they speak about; `verilated::formal` decides.

#[path = "formal/block.rs"]
mod block;
#[path = "formal/crossings.rs"]
mod crossings;
#[path = "formal/gate.rs"]
mod gate;
#[path = "formal/order_path.rs"]
mod order_path;
#[path = "formal/receive.rs"]
mod receive;
#[path = "formal/streams.rs"]
mod streams;
#[path = "formal/transmit.rs"]
mod transmit;
#[path = "formal/trigger.rs"]
mod trigger;
#[path = "formal/watchdog.rs"]
mod watchdog;
#[path = "formal/window.rs"]
mod window;

use block::Block;

fn proved(block: &Block) {
    let failures = block.report();
    assert!(failures.is_empty(), "{}:\n{}", block.name, failures.join("\n"));
}

#[test]
fn proofs_of_the_gate() {
    proved(&gate::block());
}

#[test]
fn proofs_of_the_transmitter() {
    proved(&transmit::block());
}

#[test]
fn proofs_of_the_order_path() {
    proved(&order_path::block());
}

#[test]
fn proofs_of_the_trigger() {
    proved(&trigger::block());
}

#[test]
fn proofs_of_the_watchdog() {
    proved(&watchdog::block());
}

#[test]
fn proofs_of_the_receiver() {
    proved(&receive::block());
}

#[test]
fn proofs_of_the_window() {
    window::blocks().iter().for_each(proved);
}

#[test]
fn proofs_of_streams_and_counters() {
    streams::blocks().iter().for_each(proved);
}

#[test]
fn proofs_of_clock_crossings() {
    crossings::blocks().iter().for_each(proved);
}
