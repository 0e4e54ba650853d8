//! MAC ports of a served card that runs by itself: frames of files, datagrams, a TAP device.
#![cfg(feature = "sim")]

mod common;
mod vfio_user {
    pub(crate) mod served;
}

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use contract::ring::Ring;
use device::Device;
use device::feed::{Line, Subscription};
use device::records::RecordReader;
use engine::clock::Clock;
use pcie::{VfioUser, VfioUserOptions};
use serde_json::Value;
use vfio_user::served::{Served, tickforge};
use wire::moldudp64::Builder;
use wire::packetizer::Config;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");
/// Looks at a card that runs by itself, each an access over the socket, before something is given up.
const LOOKS: u32 = 2_000_000;
/// How long a card that runs by itself may take to write its next record, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// A made day.
fn day(folder: &Path, messages: &str) -> String {
    let feed = folder.join("day.itch").display().to_string();
    let made = tickforge(&["generate", "--messages", messages, "--seed", "7", "--out", &feed]);
    assert!(made.status.success(), "{made:?}");
    feed
}

/// A packet with the first 20 orders of locate 1.
fn packet(feed: &str) -> Vec<u8> {
    let config = Config::default();
    let mut builder = Builder::new(config.session, config.first_sequence, 1_400);
    let messages = wire::feed::open(feed).unwrap().map(Result::unwrap);
    for message in messages.filter(|m| m[..3] == *b"A\0\x01").take(20) {
        builder.push(&message).unwrap();
    }
    builder.take()
}

/// Brings up a card that runs by itself for one symbol of locate 1.
fn free_running(served: &Served, line: Line) -> (Device, RecordReader) {
    let port = VfioUser::connect(served.socket(), VfioUserOptions::default()).unwrap();
    let mut device = Device::open(Box::new(port)).unwrap();
    let records = RecordReader::new(device.ring(Ring::Records, 6).unwrap(), 0);
    let config = Config::default();
    device.set_lines(line, line).unwrap();
    device
        .accept_session(&config.session, config.first_sequence)
        .unwrap();
    let subscription = Subscription {
        symbol: "ANY".to_owned(),
        locate: Some(1),
        tick: 100,
        qty_shift: 0,
        levels: false,
    };
    device.subscribe(0, &subscription).unwrap();
    device.sync_slot(0, config.first_sequence).unwrap();
    device.enable_receive().unwrap();
    (device, records)
}

/// Reads until `wanted` records have come; gives the ring's losses.
fn collect(device: &mut Device, records: &mut RecordReader, wanted: usize) -> u64 {
    let (mut read, mut last) = (0, Clock::start());
    while read < wanted && Duration::from_nanos(last.ns()) < PATIENCE {
        if records.poll().is_none() {
            std::thread::yield_now();
            continue;
        }
        (read, last) = (read + 1, Clock::start());
        // The ring has 64 entries: frames wait until the host has read.
        if read % 8 == 0 {
            device.post_tail(Ring::Records, records.tail()).unwrap();
        }
    }
    assert_eq!(
        (read, records.poll()),
        (wanted, None),
        "within {PATIENCE:?} of the last one"
    );
    records.stats().lost
}

#[test]
fn frames_of_a_file_and_datagrams_reach_a_card_that_runs_by_itself() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let feed = day(folder.path(), "3000");
    let rows = tickforge(&["book", "--card", "twin", "--feed", &feed, "--locate", "1"]);
    assert!(rows.status.success(), "{rows:?}");
    let rows = rows.stdout.iter().filter(|b| **b == b'\n').count() - 1;
    let config = Config::default();
    let group = Line {
        group: u32::from_be_bytes(config.group),
        port: config.port,
    };
    let served = Served::start(&["--mac-a", &feed]);
    let (mut device, mut records) = free_running(&served, group);
    // Nobody reads: the frames stop before the ring of 64 is full.
    let mut head = || device.regs.head(Ring::Records).unwrap();
    assert!((0..LOOKS).any(|_| head() >= 32), "half a ring of 64");
    for _ in 0..3_000 {
        assert!(head() < 64, "a full ring");
    }
    assert_eq!(
        collect(&mut device, &mut records, rows),
        0,
        "frames waited for the reader"
    );
    drop((device, records, served));

    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let served = Served::start(&["--mac-b", &format!("udp:{address}")]);
    let here = Line {
        group: u32::from_be_bytes([127, 0, 0, 1]),
        port: address.port(),
    };
    let (mut device, mut records) = free_running(&served, here);
    // Reception has been switched on when a read has come back after it.
    device.regs.status().unwrap();
    let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(&packet(&feed), address).unwrap();
    assert_eq!(collect(&mut device, &mut records, 20), 0);
}

/// Makes a network of its own with a TAP device in it, and runs what follows there. No address of the device's own is
/// announced: what the kernel sends are the test's frames.
const NETWORK: &str = "ip tuntap add mode tap name tf0 && ip link set tf0 addrgenmode none up \
    && ip address add 10.99.0.1/24 dev tf0 && ip route add 224.0.0.0/4 dev tf0 && exec \"$@\"";

/// A command in a network of its own, as a user who is root only there.
fn in_a_network() -> [&'static str; 7] {
    ["unshare", "--map-root-user", "--net", "sh", "-c", NETWORK, "sh"]
}

/// Whether this machine lets its user make networks and TAP devices.
fn tap_is_there() -> bool {
    let [unshare, arguments @ ..] = in_a_network();
    let made = Command::new(unshare).args(arguments).arg("true").output();
    let why = match made {
        Ok(made) if made.status.success() => return true,
        Ok(made) => String::from_utf8_lossy(&made.stderr).trim().to_owned(),
        Err(error) => format!("unshare: {error}"),
    };
    println!("skipped: no TAP device in a network of its own: {why}");
    false
}

/// Frames and bytes that the kernel has received from the device, in the network of a process.
fn received(pid: u32) -> (u64, u64) {
    let table = std::fs::read_to_string(format!("/proc/{pid}/net/dev")).unwrap();
    let line = table.lines().find_map(|line| line.trim().strip_prefix("tf0:"));
    let numbers: Vec<u64> = line
        .unwrap_or_else(|| panic!("{table}"))
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    (numbers[1], numbers[0])
}

/// Runs a day on a card whose lines the command feeds; orders sent.
fn orders_of_a_run(served: &Served, feed: &str, config: &str) -> u64 {
    let out = tickforge(&[
        "run",
        "--card",
        &served.card(),
        "--config",
        config,
        "--feed",
        feed,
        "--format",
        "json",
    ]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    report["orders"]["sent"].as_u64().unwrap()
}

#[test]
fn a_tap_device_is_the_cable_of_a_line_and_of_the_transmitter() {
    if !common::card_is_there() || !tap_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let feed = day(folder.path(), "3000");
    let group = [233, 54, 12, 9];
    let served = Served::start_in(&in_a_network(), &["--mac-a", "tap:tf0", "--mac-tx", "tap:tf0"]);
    let line = Line {
        group: u32::from_be_bytes(group),
        port: 18_009,
    };
    let (mut device, mut records) = free_running(&served, line);
    // Reception has been switched on when a read has come back after it.
    device.regs.status().unwrap();
    let file = folder.path().join("packet");
    std::fs::write(&file, packet(&feed)).unwrap();
    let sent = Command::new("nsenter")
        .args([
            "--user",
            "--net",
            "--preserve-credentials",
            "--target",
            &served.pid().to_string(),
        ])
        .args(["bash", "-c", "cat \"$0\" > /dev/udp/233.54.12.9/18009"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(sent.status.success(), "{sent:?}");
    assert_eq!(collect(&mut device, &mut records, 20), 0);
    assert_eq!(received(served.pid()), (0, 0), "no order, no frame");
    drop((device, records, served));

    // The same frames leave by the device as into a capture.
    let config = folder.path().join("run.toml").display().to_string();
    let text = format!(
        "[[slot]]\nsymbol = \"BBBA\"\n[model]\npath = {MODEL:?}\n[policy]\nedge_min = 0.0\nspread_max_ticks = 1000\nhold_ns = 1000\n[limits]\nrate_tokens = 60000\nrate_refill_ns = 1000\n"
    );
    std::fs::write(&config, text).unwrap();
    let capture = folder.path().join("tx.pcap").display().to_string();
    let orders = orders_of_a_run(&Served::start(&["--mac-tx", &capture]), &feed, &config);
    let mut frames = wire::pcap::Reader::new(std::fs::File::open(&capture).unwrap()).unwrap();
    let bytes: Vec<u64> =
        std::iter::from_fn(|| frames.next_record().unwrap().map(|r| r.frame.len() as u64)).collect();
    let served = Served::start_in(&in_a_network(), &["--mac-tx", "tap:tf0"]);
    assert_eq!(orders_of_a_run(&served, &feed, &config), orders);
    assert!(orders > 100 && bytes.len() as u64 == orders, "{orders} orders");
    assert_eq!(received(served.pid()), (orders, bytes.iter().sum()));
    println!("card tap: 20 records of a datagram, {orders} frames of orders");
}

#[test]
fn a_tap_device_that_cannot_be_had_is_said() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("card").display().to_string();
    let refused = |ports: &[&str], expected: &str| {
        let out = tickforge(&[&["card", "serve", "--socket", &socket], ports].concat());
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.code() == Some(2) && said.contains(expected), "{said}");
    };
    refused(&["--mac-tx", "tap:a/b"], "is no name of a network device");
    refused(&["--mac-a", "tap:no name"], "is no name of a network device");
}
