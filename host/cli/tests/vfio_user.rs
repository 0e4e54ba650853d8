//! The card as a process: the shipped driver over vfio-user, the same results as in process, and clients that misbehave.
#![cfg(feature = "sim")]

mod common;
mod vfio_user {
    pub(crate) mod raw;
    pub(crate) mod served;
}

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output};

use contract::event::ORDER_BODY;
use contract::port::{PciDevice, vector};
use contract::reg;
use contract::ring::Ring;
use contract::slot::Kind;
use device::Device;
use device::events::EventReader;
use device::orders::OrderWindow;
use pcie::{VfioUser, VfioUserOptions};
use serde_json::Value;
use sim_card::lab::{Lab, LabClient};
use vfio_user::raw::{self, Raw};
use vfio_user::served::{ORDER, Served, tickforge};
use wire::binaryfile;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");
/// Command register: memory space, Bus Master.
const COMMAND: u16 = 4;
const MEMORY: u32 = 2;
const MEMORY_AND_MASTER: u32 = 6;
/// Looks at a card that runs by itself, each an access over the socket, before something is given up.
const LOOKS: u32 = 2_000_000;

fn ok(out: &Output) -> &Output {
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out
}

/// A made day and a policy that trades on almost everything.
fn day(folder: &Path) -> [String; 2] {
    let [feed, config] = ["day.itch", "run.toml"].map(|name| folder.join(name).display().to_string());
    ok(&tickforge(&[
        "generate",
        "--messages",
        "3000",
        "--seed",
        "7",
        "--out",
        &feed,
    ]));
    let text = format!(
        "[[slot]]\nsymbol = \"BBBA\"\n[[slot]]\nsymbol = \"BBBB\"\n[model]\npath = {MODEL:?}\n[policy]\nedge_min = 0.0\nspread_max_ticks = 1000\nhold_ns = 1000\n[limits]\nrate_tokens = 60000\nrate_refill_ns = 1000\n"
    );
    std::fs::write(&config, text).unwrap();
    [feed, config]
}

fn run(card: &str, day: &[String; 2]) -> Value {
    run_with(card, day, &[])
}

fn run_with(card: &str, [feed, config]: &[String; 2], more: &[&str]) -> Value {
    let arguments = [
        "run", "--card", card, "--config", config, "--feed", feed, "--format", "json",
    ];
    serde_json::from_slice(&ok(&tickforge(&[&arguments[..], more].concat())).stdout).unwrap()
}

/// A report without what is measured and without the name of the card.
fn comparable(mut report: Value) -> Value {
    report["card"]["kind"] = Value::Null;
    assert_eq!(report["clock"]["label"], "simulated");
    assert_eq!(report["clock"]["error"], Value::Null);
    for figure in ["tsc_hz", "card_ns_per_second", "uncertainty_ns", "samples"] {
        assert!(report["clock"][figure].as_u64() > Some(0), "{figure}: {report}");
    }
    report["clock"] = Value::Null;
    for measured in ["elapsed_ms", "messages_per_second", "cycles_per_second"] {
        report[measured] = Value::Null;
    }
    for hop in report["hops"].as_array_mut().unwrap() {
        if hop["label"] == "measured" {
            for value in ["min", "p50", "p99", "p999", "max"] {
                hop[value] = Value::Null;
            }
        }
    }
    report
}

#[test]
fn a_run_over_the_socket_is_that_in_process_to_the_cycle() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let day = day(folder.path());
    let capture = folder.path().join("tx.pcap");
    let served = Served::start(&["--mac-tx", capture.to_str().unwrap()]);
    let over_socket = run(&served.card(), &day);
    assert_eq!(over_socket["card_equals_twin"], true);
    common::reads_nothing_while_hot(&over_socket);
    let sent = over_socket["orders"]["sent"].as_u64().unwrap();
    assert!(sent > 100, "{over_socket}");
    let mut frames = wire::pcap::Reader::new(std::fs::File::open(&capture).unwrap()).unwrap();
    let captured = std::iter::from_fn(|| frames.next_record().unwrap().map(|_| ())).count();
    assert_eq!(captured as u64, sent, "every frame is in the capture");
    let in_process = comparable(run("sim", &day));
    common::reads_nothing_while_hot(&in_process);
    assert_eq!(comparable(over_socket), in_process);
    // The next client finds a card as it comes up.
    assert_eq!(comparable(run(&served.card(), &day)), in_process);
    let part = |card: &str| comparable(run_with(card, &day, &["--messages", "1500"]));
    assert_eq!(part(&served.card()), part("sim"));
    // Orders that are stored into shared memory are the same orders.
    let shared = Served::start(&["--shared-slots"]);
    for _ in 0..2 {
        assert_eq!(comparable(run(&shared.card(), &day)), in_process);
    }
    println!(
        "card vfio-user: {sent} orders, report equal to that of --card sim, {} cycles",
        in_process["cycles"]
    );
}

/// The first messages of a real file.
fn cut(folder: &Path, name: &str, most: usize) -> Option<String> {
    let Some(data) = std::env::var_os("TICKFORGE_DATA") else {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
        return None;
    };
    Some(head(folder, &Path::new(&data).join(name), most))
}

/// The first messages of a feed.
fn head(folder: &Path, feed: &Path, most: usize) -> String {
    let mut writer = binaryfile::Writer::new(Vec::new());
    for message in wire::feed::open(feed).unwrap().take(most) {
        writer.write(&message.unwrap()).unwrap();
    }
    let out = folder.join("cut.itch");
    std::fs::write(&out, writer.into_inner()).unwrap();
    out.display().to_string()
}

fn pull(served: &Served, more: &[&str]) {
    let socket = served.socket().to_str().unwrap();
    ok(&tickforge(
        &[&["card", "pull", "--socket", socket], more].concat(),
    ));
}

/// The rest of the feed never comes: the run stands in its middle when the card goes.
fn pulled_in_mid_run(served: &Served, [feed, config]: [&str; 2]) {
    let mut client = Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args([
            "run",
            "--wire",
            "--card",
            &served.card(),
            "--config",
            config,
            "--feed",
            feed,
        ])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let errors = BufReader::new(client.stderr.take().unwrap());
    let mut said = errors.lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains("the card receives")));
    pull(served, &[]);
    let said: Vec<String> = said.collect();
    assert_eq!(client.wait().unwrap().code(), Some(1), "{said:?}");
    for part in ["kill latched", "all-ones", "treat open orders as unknown"] {
        assert!(said.iter().any(|line| line.contains(part)), "{part}: {said:?}");
    }
}

#[test]
fn a_run_on_a_card_fed_by_others_and_on_one_that_is_pulled() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [longer, config] = day(folder.path());
    let feed = head(folder.path(), Path::new(&longer), 2_000);
    let served = Served::start(&["--mac-a", &feed, "--mac-b", &feed]);
    let card = served.card();
    let day = [feed, config];
    let whole = || {
        let report = run_with(&card, &day, &["--wire"]);
        assert_eq!(report["card_equals_twin"], true, "{report}");
        let orders = &report["orders"];
        assert_eq!(
            (&orders["faults"], &orders["positions_agree"]),
            (&0.into(), &true.into()),
            "{orders}"
        );
        assert!(orders["sent"].as_u64().unwrap() > 100, "{orders}");
        assert_eq!(orders["frames_checked"], 0, "frames that leave are not seen");
    };
    whole();
    pulled_in_mid_run(&served, [&longer, &day[1]]);
    whole();
    // The other way round: what the driver holds is gone for good, though the card comes back.
    let mut device = Device::open(Box::new(
        VfioUser::connect(served.socket(), VfioUserOptions::default()).unwrap(),
    ))
    .unwrap();
    pull(&served, &[]);
    assert!(device.regs.status().is_err() && device.regs.gone());
    pull(&served, &["--back"]);
    let port = device.regs.port();
    port.config_write(COMMAND, MEMORY).unwrap();
    assert_eq!(port.read32(reg::global("IDENTITY")), Ok(reg::IDENTITY));
    assert!(device.regs.status().is_err(), "latched");
    let refused = |more: &[&str]| {
        let out = tickforge(&[&["run", "--config", &day[1], "--feed", &day[0]], more].concat());
        assert_eq!(out.status.code(), Some(2), "{more:?}");
    };
    refused(&["--card", "sim", "--wire"]);
    refused(&["--card", &card, "--wire", "--messages", "5"]);
    refused(&["--card", &card, "--trace", "/tmp/none.fst"]);
}

#[test]
fn books_of_real_data_over_the_socket_are_the_twins() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(feed) = cut(folder.path(), "goog10.itch.gz", 2_000) else {
        return;
    };
    let served = Served::start(&[]);
    let mut rows = 0;
    for command in [&["book"][..], &["features", "--raw"]] {
        let [socket, twin] = [served.card().as_str(), "twin"].map(|card| {
            let out = tickforge(&[command, &["--card", card, "--feed", &feed, "--locate", "1"]].concat());
            ok(&out);
            out.stdout
        });
        assert_eq!(socket, twin, "{command:?}");
        rows = socket.iter().filter(|b| **b == b'\n').count() - 1;
    }
    println!("card vfio-user real data: {rows} rows, card equals twin");
    assert!(rows > 1_000, "{rows} rows");
}

#[test]
fn a_client_killed_among_its_orders_leaves_a_card_for_the_next() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let day = day(folder.path());
    let mut served = Served::start_logging(&[], "sim_card=debug");
    let [feed, config] = &day;
    let mut client = Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args([
            "run",
            "--card",
            &served.card(),
            "--config",
            config,
            "--feed",
            feed,
        ])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // An order is being written.
    served.wait_for("write 64 bytes");
    client.kill().unwrap();
    client.wait().unwrap();
    served.wait_for("the client has gone");
    served.wait_for("waiting at");
    let report = run(&served.card(), &day);
    assert_eq!(
        (&report["card_equals_twin"], &report["orders"]["faults"]),
        (&true.into(), &0.into())
    );
}

/// The driver on a served card, with the clock in our hands.
fn attached(served: &Served) -> (VfioUser, LabClient) {
    let port = VfioUser::connect(served.socket(), VfioUserOptions::default()).unwrap();
    let bus = port.clone();
    let fence = Box::new(move || bus.flush().map_err(|e| e.to_string()));
    let lab = LabClient::connect(served.socket(), fence).unwrap();
    (port, lab)
}

#[test]
fn bus_master_interrupts_reset_and_refused_dma() {
    if !common::card_is_there() {
        return;
    }
    let served = Served::start(&[]);
    let (mut port, mut lab) = attached(&served);
    let scratch = reg::global("SCRATCH");
    // Without memory space nobody answers, as on a bus.
    assert_eq!(port.read32(scratch), Ok(u32::MAX));
    let mut device = Device::open(Box::new(port.clone())).unwrap();
    let ring = device.ring(Ring::Events, 4).unwrap();
    let base = ring.bus_address();
    let mut events = EventReader::new(ring);
    let mut kill = port.interrupt(vector::KILL).unwrap();
    let mut event = port.interrupt(vector::EVENTS).unwrap();
    assert!(port.interrupt(vector::COUNT).is_err());
    let (key, arm) = (reg::global("KILL"), reg::global("ARM"));

    port.write32(key, 1).unwrap();
    lab.run(200).unwrap();
    assert!(events.poll().is_some(), "the kill is an event");
    assert_eq!((kill.take(), kill.take(), event.take()), (1, 0, 1));

    // Bus Master off: nothing is written, and no interrupt either, which would be a write.
    port.write32(arm, reg::ARM_KEY).unwrap();
    port.config_write(COMMAND, MEMORY).unwrap();
    let (accepted, _) = lab.dma_counts().unwrap();
    port.write32(key, 1).unwrap();
    lab.run(200).unwrap();
    assert_eq!(lab.dma_counts().unwrap().0, accepted);
    assert_eq!((events.poll(), kill.take()), (None, 0));
    port.config_write(COMMAND, MEMORY_AND_MASTER).unwrap();
    lab.run(200).unwrap();
    assert_eq!(kill.take(), 1, "it waited");

    // The ring's memory goes away under the card.
    drop(events);
    let (accepted, refused) = lab.dma_counts().unwrap();
    port.write32(arm, reg::ARM_KEY).unwrap();
    port.write32(key, 1).unwrap();
    lab.run(200).unwrap();
    let (now_accepted, now_refused) = lab.dma_counts().unwrap();
    assert_eq!(now_accepted, accepted);
    assert!(now_refused > refused, "the write to {base:#x} is refused");

    // Reset: registers and configuration space are as they come up.
    port.write32(scratch, 77).unwrap();
    assert_eq!(port.read32(scratch), Ok(77));
    port.reset().unwrap();
    assert_eq!(
        (port.config_read(COMMAND).map(|c| c & 7), port.read32(scratch)),
        (Ok(0), Ok(u32::MAX))
    );
    port.config_write(COMMAND, MEMORY).unwrap();
    assert_eq!(port.read32(scratch), Ok(0));
    assert!(Device::open(Box::new(port)).is_ok());
}

#[test]
fn a_full_window_of_orders_is_taken_in_its_order() {
    if !common::card_is_there() {
        return;
    }
    for more in [&[][..], &["--shared-slots"]] {
        let served = Served::start(more);
        let port = VfioUser::connect(served.socket(), VfioUserOptions::default()).unwrap();
        let mut device = Device::open(Box::new(port)).unwrap();
        let mut events = EventReader::new(device.ring(Ring::Events, 8).unwrap());
        // The second sequence begins in the middle of the slots that the first one left.
        for orders in [40, 64] {
            let mut window = OrderWindow::open(&mut device, 1).unwrap();
            // Stores into shared slots overtake posted writes; a read does not.
            device.regs.status().unwrap();
            let sent: Vec<_> = (0..orders)
                .map(|_| window.submit(&mut device, &ORDER, Kind::Enter).unwrap())
                .collect();
            let mut taken = Vec::new();
            for _ in 0..LOOKS {
                taken.extend(
                    std::iter::from_fn(|| events.poll())
                        .map(|event| u32::try_from(event.field(ORDER_BODY, "order_seq")).unwrap()),
                );
                if taken.len() >= sent.len() {
                    break;
                }
                device.regs.status().unwrap();
            }
            assert_eq!(taken, sent, "{more:?}");
        }
    }
}

#[test]
#[ignore = "soak: a model that traces is compiled for it, which takes minutes"]
fn a_trace_is_written_of_the_first_client_and_does_not_change_what_it_sees() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("card.fst");
    let seen = [vec!["--trace", trace.to_str().unwrap()], vec![]].map(|more| {
        let mut served = Served::start(&more);
        let (mut port, lab) = attached(&served);
        drop(lab);
        port.config_write(COMMAND, MEMORY_AND_MASTER).unwrap();
        let scratch = reg::global("SCRATCH");
        port.write32(scratch, 0x0bad_cafe).unwrap();
        let words = ["IDENTITY", "CONTRACT_HASH", "BUILD", "STATUS"].map(reg::global);
        let mut read = |at| port.read32(at).unwrap();
        let seen = (read(scratch), words.map(&mut read));
        // The file is whole when the card has been switched off behind its client.
        drop(port);
        served.wait_for("the client has gone");
        served.wait_for("waiting at");
        seen
    });
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].0, 0x0bad_cafe);
    let written = std::fs::read(&trace).unwrap();
    // A header block of 329 bytes (FST, block type 0), then the signals; a trace of nothing is a few hundred bytes.
    assert_eq!(written[..9], [0, 0, 0, 0, 0, 0, 0, 1, 0x49], "an FST header");
    assert!(written.len() > 10_000, "{} bytes", written.len());
}

#[test]
fn nonsense_is_answered_with_errors_and_survived() {
    if !common::card_is_there() {
        return;
    }
    let mut served = Served::start(&[]);
    let mut raw = Raw::connect(served.socket());
    raw.hello();
    for (command, body) in raw::REFUSED {
        assert!(raw.ask(*command, body).is_err(), "{command} {body:02x?}");
        assert_eq!(
            raw.ask(raw::READ, &raw::access(7, 0, 4))
                .map(|b| b[16..].to_vec()),
            Ok(vec![0x34, 0x12, 0x0e, 0x7f])
        );
    }
    drop(raw);
    served.wait_for("waiting at");
    // Neither a handshake of nonsense nor one cut short ends the process.
    for handshake in [&b"\0\0\x01\0nonsense"[..], b"\0\0\x01\0{}"] {
        Raw::connect(served.socket()).send(1, handshake);
        served.wait_for("waiting at");
    }
    let (mut port, _lab) = attached(&served);
    port.config_write(COMMAND, MEMORY).unwrap();
    assert_eq!(port.read32(reg::global("IDENTITY")), Ok(reg::IDENTITY));
    let taken = tickforge(&["card", "serve", "--socket", served.socket().to_str().unwrap()]);
    assert_eq!(taken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&taken.stderr).contains("a card is served at"));
    // The other way round: the card goes, the client is told.
    drop(served);
    let said = port.read32(0).expect_err("nobody there").to_string();
    assert!(
        said.contains("the card process has gone") && said.contains("open orders as unknown"),
        "{said}"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let refused = tickforge(&["card", "serve", "--socket", file.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(file.path().exists(), "what is no socket is left alone");
}

#[test]
fn a_card_fed_by_others_gives_the_same_book_and_doctor_knows_it() {
    if !common::card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [feed, _] = day(folder.path());
    let served = Served::start(&["--mac-a", &feed, "--mac-b", &feed]);
    let card = served.card();
    let doctor = tickforge(&["doctor", "--device", &card, "--format", "json"]);
    let report: Value = serde_json::from_slice(&ok(&doctor).stdout).unwrap();
    let found: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        found,
        [
            "order slot write",
            "card",
            "card time",
            "dma",
            "interrupts",
            "mac clocks"
        ]
    );
    let book = |more: &[&str]| {
        let out = tickforge(&[&["book", "--feed", &feed, "--locate", "1"], more].concat());
        ok(&out);
        out.stdout
    };
    assert_eq!(book(&["--card", &card, "--wire"]), book(&["--card", "twin"]));
    let refused = tickforge(&[
        "book", "--feed", &feed, "--locate", "1", "--card", "twin", "--wire",
    ]);
    assert_eq!(refused.status.code(), Some(2));
}
