//! The order connection over the simulated card's own wire: login, orders, heartbeats and responses against another TCP stack, with frames lost,
//! doubled and swapped on the way. The peer is the kernel of this machine behind a TAP device, in a network namespace of the test's own, or
//! a second user-space stack where there is no right to make one.
#![cfg(feature = "sim")]

mod common;
#[path = "order_tcp/desk.rs"]
mod desk;
#[path = "order_tcp/forge.rs"]
mod forge;
#[path = "order_tcp/peer.rs"]
mod peer;

use desk::Desk;
use peer::{Kernel, Peer, Software};
use std::process::Command;

/// Orders a session sends; every fourth one is followed by a heartbeat, every fifth by a cancel.
const ORDERS: u32 = 40;
const SEED: u64 = 1;
/// What makes this process the one inside the namespace.
const INSIDE: &str = "TICKFORGE_INSIDE_NAMESPACE";

/// A session from connect to close: what the card sent is what the peer got, once each and in order.
fn session(peer: &mut dyn Peer, faults_percent: u64) {
    let mut desk = Desk::connect(peer, SEED, faults_percent);
    desk.login(peer);
    desk.forge();
    desk.take_over();
    desk.forge();
    desk.trade(peer, ORDERS);
    desk.forge();
    let stats = desk.connection.stats();
    println!(
        "{} requests and {} bytes sent by the card; of the stack {} segments swallowed, {} retransmitted; smallest window {} bytes",
        desk.sent.len(),
        desk.bytes,
        stats.swallowed,
        stats.retransmitted,
        desk.smallest_window
    );
    assert!(stats.swallowed > 0, "seed {SEED}");
    assert_eq!(
        faults_percent > 0,
        stats.retransmitted > 0,
        "seed {SEED}: {stats:?}"
    );
    desk.end(peer);
}

#[test]
fn orders_arrive_at_another_stack_once_and_in_order() {
    if !common::card_is_there() {
        return;
    }
    session(&mut Software::new(SEED), 10);
}

/// The peer's window closes, and opens again unheard.
fn closed_window(peer: &mut dyn Peer) {
    let mut desk = Desk::connect(peer, SEED, 0);
    desk.login(peer);
    desk.take_over();
    desk.closed_window(peer);
    desk.end(peer);
}

#[test]
fn nothing_passes_a_closed_window_and_its_opening_is_found_out() {
    if !common::card_is_there() {
        return;
    }
    closed_window(&mut Software::new(SEED));
}

/// Runs a test of this file again, in a network namespace of its own.
fn in_a_namespace(test: &str) {
    if !common::card_is_there() {
        return;
    }
    if !Command::new("unshare")
        .args(["-n", "true"])
        .status()
        .is_ok_and(|s| s.success())
    {
        println!("skipped: no right to make a network namespace and a TAP device");
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let output = Command::new("unshare")
        .arg("-n")
        .arg(program)
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare runs");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if text.contains("skipped: ") {
        println!("skipped: no right to make a TAP device");
        return;
    }
    assert!(output.status.success(), "{text}");
    print!("{text}");
}

/// Against the kernel's stack, inside a namespace.
fn inside(act: impl FnOnce(&mut dyn Peer)) {
    if std::env::var_os(INSIDE).is_none() {
        println!("not inside a namespace of our own: nothing to do");
        return;
    }
    match Kernel::new() {
        Ok(mut peer) => act(&mut peer),
        Err(why) => println!("skipped: {why}"),
    }
}

#[test]
fn orders_arrive_at_the_kernel_once_and_in_order() {
    in_a_namespace("inside_the_namespace");
}

#[test]
#[ignore = "runs inside a network namespace, which orders_arrive_at_the_kernel_once_and_in_order makes"]
fn inside_the_namespace() {
    inside(|peer| session(peer, 8));
}

#[test]
fn the_window_of_the_kernel_closes_and_opens() {
    in_a_namespace("inside_the_namespace_the_window_closes");
}

#[test]
#[ignore = "runs inside a network namespace, which the_window_of_the_kernel_closes_and_opens makes"]
fn inside_the_namespace_the_window_closes() {
    inside(closed_window);
}
