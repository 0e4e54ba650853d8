//! Attach, use, detach, over and over: nothing is left behind on either side. Either side killed at any point: the other
//! one ends, or goes on, in its time.
//!
//! The card process is the shipped one around the Verilated card; the client of the cycles is this process, that of the
//! kills is `tickforge run`. `scripts/soak pcie` runs 1,000 cycles and 200 kills.
#![cfg(feature = "sim")]

mod common;
#[path = "attach/kept.rs"]
mod kept;
#[path = "attach/replay.rs"]
mod replay;
#[path = "vfio_user/served.rs"]
mod served;
#[path = "attach/usage.rs"]
mod usage;

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contract::port::{DmaRegion, PciDevice, vector};
use contract::reg;
use contract::ring::Ring;
use contract::slot::Kind;
use device::Device;
use device::events::EventReader;
use device::feed::{Line, Subscription};
use device::orders::OrderWindow;
use device::records::RecordReader;
use engine::clock::Clock;
use kept::Kept;
use pcie::{VfioUser, VfioUserOptions};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use replay::{Replay, chosen};
use served::{ORDER, Served, tickforge};
use sim_card::lab::{Lab, LabClient};
use sim_card::{Line as RxLine, RxFrame};
use usage::Usage;
use wire::packetizer::{Config, Packetizer};

/// One after the other: they count what this process holds.
static TURN: Mutex<()> = Mutex::new(());

/// How long a client waits for a card (`VfioUserOptions::default`, docs/deploy.md).
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a card process may take until it waits for the next client (docs/deploy.md).
const SERVER_TIMEOUT: Duration = Duration::from_secs(10);
/// What a process may take besides, on a machine that is busy with other tests: one that hangs takes for ever.
const SLACK: Duration = Duration::from_secs(60);
/// In which threads of the card have done what is left to do after a client. Only what is kept takes that long.
const SETTLING: Duration = Duration::from_secs(30);
/// Growth of memory that is no leak: pages of allocators, KiB. A leak of one page a cycle of the soak is 3,000.
const GROWTH_KIB: u64 = 2_048;

fn lab_of(socket: &Path, port: &VfioUser) -> LabClient {
    let bus = port.clone();
    let fence = Box::new(move || bus.flush().map_err(|e| e.to_string()));
    LabClient::connect(socket, fence).unwrap()
}

/// Messages of a made day, in frames of up to ten.
fn frames() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let feed = day(folder.path())[0].clone();
    let mut packets = Packetizer::new(Config {
        messages_per_packet: 10..=10,
        ..Config::default()
    });
    let messages = wire::feed::open(&feed).unwrap().map(Result::unwrap);
    messages
        .filter_map(|message| packets.push(&message).unwrap())
        .collect()
}

/// A made day and a policy that trades on almost everything.
fn day(folder: &Path) -> [String; 2] {
    let [feed, config] = ["day.itch", "run.toml"].map(|name| folder.join(name).display().to_string());
    let made = tickforge(&[
        "generate",
        "--symbols",
        "1",
        "--messages",
        "600",
        "--seed",
        "7",
        "--out",
        &feed,
    ]);
    assert!(made.status.success(), "{made:?}");
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");
    let text = format!(
        "[[slot]]\nsymbol = \"BBBA\"\n[model]\npath = {model:?}\n[policy]\nedge_min = 0.0\nspread_max_ticks = 1000\nhold_ns = 1000\n[limits]\nrate_tokens = 60000\nrate_refill_ns = 1000\n"
    );
    std::fs::write(&config, text).unwrap();
    [feed, config]
}

/// A client from its first message to its last: rings of some sizes, interrupts, records, an order; it goes in some order.
fn cycle(served: &Served, frames: &[Vec<u8>], rng: &mut StdRng) {
    let mut port = VfioUser::connect(served.socket(), VfioUserOptions::default()).unwrap();
    let mut lab = lab_of(served.socket(), &port);
    let mut device = Device::open(Box::new(port.clone())).unwrap();
    let log2 = rng.random_range(6..=15);
    let mut records = RecordReader::new(device.ring(Ring::Records, log2).unwrap(), 0);
    let mut events = EventReader::new(device.ring(Ring::Events, rng.random_range(3..=10)).unwrap());
    let vectors = rng.random_range(0..=vector::COUNT);
    let interrupts: Vec<_> = (0..vectors).map(|v| port.interrupt(v).unwrap()).collect();
    let extra: Vec<Box<dyn DmaRegion>> = (0..rng.random_range(0..3))
        .map(|_| port.dma_alloc(rng.random_range(1..200_000)).unwrap())
        .collect();
    receiving(&mut device);
    let sent = rng.random_range(frames.len() / 4..=frames.len() / 2);
    for frame in &frames[..sent] {
        lab.receive(RxLine::A, RxFrame::new(frame.clone())).unwrap();
    }
    lab.drain_receive().unwrap();
    lab.run(2_000).unwrap();
    let read = std::iter::from_fn(|| records.poll()).count();
    assert!(
        read > 0 || records.stats().lapped > 0,
        "no record of {sent} frames"
    );
    let mut window = OrderWindow::open(&mut device, 1).unwrap();
    window.submit(&mut device, &ORDER, Kind::Enter).unwrap();
    lab.run(500).unwrap();
    assert!(events.poll().is_some(), "no event of the order");
    match rng.random_range(0..3) {
        0 => drop((lab, device, port, records, events, interrupts, extra)),
        1 => drop((records, extra, events, interrupts, port, device, lab)),
        _ => {
            port.reset().unwrap();
            drop((interrupts, port, lab, events, device, extra, records));
        }
    }
}

fn receiving(device: &mut Device) {
    let config = Config::default();
    let line = Line {
        group: u32::from_be_bytes(config.group),
        port: config.port,
    };
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
    device.set_halted(0, false).unwrap();
    device.enable_receive().unwrap();
}

#[test]
fn attaching_and_detaching_leaves_nothing_behind() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if !common::card_is_there() {
        return;
    }
    let (seed, points) = chosen(20, 1_000);
    let frames = frames();
    // Blocks of a lab, of some MiB, go back to the system as they are freed: else the allocator keeps one or two of them, now more, now less.
    let keeps_nothing = ["env", "MALLOC_ARENA_MAX=1", "MALLOC_MMAP_THRESHOLD_=131072"];
    let mut served = Served::start_in(&keeps_nothing, &[]);
    let mut round = |index: u64| {
        let _replay = Replay::new("attaching", seed, index);
        let mut rng = StdRng::seed_from_u64(seed ^ index << 32);
        cycle(&served, &frames, &mut rng);
        served.wait_for("the client has gone");
        served.wait_for("waiting at");
        served.pid()
    };
    let both = |card: u32| [Usage::of("self"), Usage::of(&card.to_string())];
    // Whatever is made once is made by then.
    let warm = (points.end / 10).max(5);
    let card = (0..warm).fold(0, |_, index| round(u64::MAX - index));
    let mut kept = both(card).map(Kept::new);
    // One point that is replayed is a leak only if it loses something each time.
    let rounds = if points.end - points.start == 1 { 20 } else { 1 };
    for index in points
        .clone()
        .flat_map(|index| std::iter::repeat_n(index, rounds))
    {
        round(index);
        let _replay = Replay::new("attaching", seed, index);
        // The lab of a client is closed by a thread of its own, in its time.
        let ended = Clock::start();
        let after = loop {
            let after = both(card);
            let settled = kept.iter().zip(&after).all(|(kept, now)| kept.settled(now));
            if settled || since(&ended) >= SETTLING {
                break after;
            }
            std::thread::yield_now();
        };
        for ((who, kept), now) in ["client", "card"].iter().zip(&mut kept).zip(after) {
            kept.take(now).unwrap_or_else(|lost| panic!("{who}: {lost}"));
        }
    }
    let _replay = Replay::new("attaching", seed, points.end - 1);
    let [client, card] = &kept;
    println!("card attach: after each cycle the client held {client}; the card {card}");
    for kept in &kept {
        let (first, last) = kept.least_kib();
        assert!(last <= first + GROWTH_KIB, "KiB resident: {first}, later {last}");
    }
}

fn since(began: &Clock) -> Duration {
    Duration::from_nanos(began.ns())
}

/// A client that is killed, or whose card is; its messages are counted by the log of the card.
struct Client {
    process: Child,
}

impl Client {
    fn start(served: &Served, [feed, config]: &[String; 2]) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_tickforge"))
            .args([
                "run",
                "--card",
                &served.card(),
                "--config",
                config,
                "--feed",
                feed,
            ])
            .args(["--messages", MESSAGES])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { process }
    }

    /// How it ended, what it said, and how long that took.
    fn ended(&mut self, patience: Duration) -> (ExitStatus, String, Duration) {
        let began = Clock::start();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(since(&began) < patience, "the client hangs");
            std::thread::yield_now();
        };
        let mut said = String::new();
        let errors = self.process.stderr.as_mut().unwrap();
        errors.read_to_string(&mut said).unwrap();
        (status, said, since(&began))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Messages of the day that a client which is killed would run.
const MESSAGES: &str = "400";
/// What the card's log has a line of for each message of a client.
const MESSAGE: &str = "sim_card::serve::backend";

/// The card takes a client as if nothing had been, soon.
fn takes_a_client(served: &mut Served) -> Duration {
    let began = Clock::start();
    served.wait_for("the client has gone");
    served.wait_for("waiting at");
    let mut port = VfioUser::connect(served.socket(), VfioUserOptions::default()).unwrap();
    let lab = lab_of(served.socket(), &port);
    let took = since(&began);
    port.config_write(4, 2).unwrap();
    assert_eq!(port.read32(reg::global("IDENTITY")), Ok(reg::IDENTITY));
    assert_eq!(port.read32(reg::global("SCRATCH")), Ok(0));
    drop((port, lab));
    served.wait_for("the client has gone");
    served.wait_for("waiting at");
    took
}

#[test]
fn killing_either_side_anywhere_never_hangs_the_other() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if !common::card_is_there() {
        return;
    }
    let (seed, points) = chosen(20, 200);
    let folder = tempfile::tempdir().unwrap();
    let day = day(folder.path());
    let start = || Served::start_logging(&[], "info,sim_card=debug");
    let mut served = start();
    let mut whole = Client::start(&served, &day);
    let messages = served.count_until(MESSAGE, "the client has gone");
    let (status, said, _) = whole.ended(SLACK);
    assert!(status.success() && messages > 100, "{said}, {messages} messages");
    served.wait_for("waiting at");

    let (mut worst_client, mut worst_card, mut kills) = (Duration::ZERO, Duration::ZERO, [0; 2]);
    for index in points {
        let _replay = Replay::new("killing", seed, index);
        let mut rng = StdRng::seed_from_u64(seed ^ index << 32);
        let (card_dies, message) = (rng.random::<bool>(), rng.random_range(0..messages));
        let pause = Duration::from_micros(rng.random_range(0..3_000));
        let mut client = Client::start(&served, &day);
        served.count(MESSAGE, message);
        let counted = Clock::start();
        while since(&counted) < pause {
            std::thread::yield_now();
        }
        kills[usize::from(card_dies)] += 1;
        if card_dies {
            served.kill();
            let (status, said, took) = client.ended(CLIENT_TIMEOUT + SLACK);
            worst_client = worst_client.max(took);
            // A client that was through before, or that found nobody any more, is none that hangs.
            let told = [
                "process has gone",
                "lab of the card process has gone",
                "answers at",
            ];
            assert!(
                status.success() || told.iter().any(|part| said.contains(part)),
                "after message {message}: {status}, {said}"
            );
            assert!(matches!(status.code(), Some(0..=2)), "{status}, {said}");
            served = start();
        } else {
            client.process.kill().unwrap();
            let took = takes_a_client(&mut served);
            worst_card = worst_card.max(took);
            assert!(took < SERVER_TIMEOUT + SLACK, "the card took {took:?}");
        }
    }
    println!(
        "card kills: {} of the client, the card took the next one within {worst_card:?}; {} of the card, the client ended within {worst_client:?}",
        kills[0], kills[1]
    );
}
