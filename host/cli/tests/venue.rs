//! `tickforge venue`: lines in a capture, and a client at every socket.
#![cfg(feature = "sim")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use engine::clock::Clock;
use wire::itch50::{AddOrder, Header, Message};
use wire::moldudp64::{Packet, Request};
use wire::ouch50::{Appendage, EnterOrder, Response};
use wire::soupbintcp::{Client, ClientConfig, ClientEvent, LoginRequest};
use wire::{binaryfile, ethernet, glimpse, ipv4, pcap, udp};

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// Messages of each line of a capture, in order.
fn lines(path: &Path) -> [Vec<Vec<u8>>; 2] {
    let bytes = std::fs::read(path).unwrap();
    let mut reader = pcap::Reader::new(&bytes[..]).unwrap();
    let mut lines = [Vec::new(), Vec::new()];
    while let Some(record) = reader.next_record().unwrap() {
        let frame = ethernet::Frame::new_checked(record.frame).unwrap();
        let packet = ipv4::Packet::new_checked(frame.payload()).unwrap();
        let datagram = udp::Packet::new_checked(packet.payload()).unwrap();
        let line = usize::from(udp::Repr::parse(&datagram).destination_port == 18_002);
        let mold = Packet::new_checked(datagram.payload()).unwrap();
        lines[line].extend(mold.blocks().map(|block| block.unwrap().message.to_vec()));
    }
    lines
}

#[test]
fn a_day_without_orders_leaves_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let (feed, capture) = (folder.path().join("day.itch"), folder.path().join("lines.pcap"));
    let day = feed.display().to_string();
    // With over-executions, unknown references and all else a file may have.
    let how = [
        "--messages",
        "5000",
        "--seed",
        "7",
        "--adversarial",
        "--out",
        &day,
    ];
    let out = tickforge(&[&["generate"], &how[..]].concat());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let run = |faults: &[&str]| {
        let shown = capture.display().to_string();
        let mut arguments = vec![
            "venue",
            "--feed",
            &day,
            "--frames",
            &shown,
            "--messages-per-packet",
            "5",
        ];
        arguments.extend_from_slice(faults);
        let out = tickforge(&arguments);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        lines(&capture)
    };
    let all: Vec<Vec<u8>> = wire::feed::open(&feed).unwrap().map(Result::unwrap).collect();
    let [a, b] = run(&[]);
    assert_eq!((a.len(), a == all, b == all), (5_000, true, true));
    let lossy = ["--fault", "loss-a=50000", "--fault", "duplicate-b=50000"];
    let [a, b] = run(&lossy);
    assert!((4_000..4_950).contains(&a.len()) && (5_050..6_000).contains(&b.len()));
    assert_eq!([a, b], run(&lossy), "the same seed, the same run");
}

#[test]
fn bad_arguments_are_named() {
    for (arguments, expected) in [
        (&["--feed", "no-such-file"][..], "no-such-file"),
        (&["--feed", "x", "--fault", "loss-c=1"], "loss-c"),
        (&["--feed", "x", "--speed", "0"], "expected max"),
        (
            &["--feed", "x", "--user", "TOOLONG", "--orders", "127.0.0.1:0"],
            "--user TOOLONG",
        ),
        (&["--feed", "x", "--wait"], "--orders"),
    ] {
        let out = tickforge(&[&["venue"], arguments].concat());
        assert_eq!(out.status.code(), Some(2));
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(text.contains(expected), "{text}");
    }
}

/// A TCP port nobody listens at.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A SoupBinTCP client on a socket.
struct Line {
    stream: TcpStream,
    client: Client,
    heard: Vec<ClientEvent>,
}

impl Line {
    fn open(port: u16, child: &mut Child) -> Self {
        let stream = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(error) => assert!(child.try_wait().unwrap().is_none(), "{error}"),
            }
        };
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let login = LoginRequest {
            username: *b"forge ",
            password: *b"secret    ",
            session: [b' '; 10],
            sequence: 1,
            heartbeat_timeout_ms: None,
        };
        Self {
            stream,
            client: Client::new(ClientConfig::new(login), 0),
            heard: Vec::new(),
        }
    }

    /// Reads until `enough` of what was heard.
    fn until(&mut self, enough: impl Fn(&[ClientEvent]) -> bool) {
        let mut bytes = [0; 4096];
        while !enough(&self.heard) {
            self.stream.write_all(&self.client.take_output()).unwrap();
            let count = self.stream.read(&mut bytes).expect("the venue answers");
            assert!(count > 0, "closed after {:?}", self.heard);
            self.heard.extend(self.client.receive(&bytes[..count], 0));
        }
    }

    fn messages(&self) -> Vec<Vec<u8>> {
        let message = |event: &ClientEvent| match event {
            ClientEvent::Message { bytes, .. } => Some(bytes.clone()),
            _ => None,
        };
        self.heard.iter().filter_map(message).collect()
    }
}

fn small_day(path: &Path) {
    let mut writer = binaryfile::Writer::new(std::fs::File::create(path).unwrap());
    for (reference, side, price) in [(1, b'B', 100_000), (2, b'S', 100_200)] {
        let header = Header {
            locate: 1,
            tracking: 0,
            timestamp_ns: 1,
        };
        let add = AddOrder {
            header,
            reference,
            side,
            shares: 100,
            stock: *b"TEST    ",
            price,
        };
        writer.write(&Message::from(add).to_vec()).unwrap();
    }
}

const ORDER: EnterOrder = EnterOrder {
    user_ref: 1,
    side: b'B',
    quantity: 130,
    symbol: *b"TEST    ",
    price: 100_200,
    time_in_force: b'0',
    display: b'Y',
    capacity: b'P',
    iso: b'N',
    cross_type: b'N',
    cl_ord_id: *b"ORDER         ",
};

#[test]
fn a_client_trades_and_recovers_over_real_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let feed = folder.path().join("small.itch");
    small_day(&feed);
    let line_a = UdpSocket::bind("127.0.0.1:0").unwrap();
    let asker = UdpSocket::bind("127.0.0.1:0").unwrap();
    for socket in [&line_a, &asker] {
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    }
    let (orders, pictures) = (free_port(), free_port());
    let rerequest = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(["venue", "--wait", "--linger", "60", "--feed"])
        .arg(&feed)
        .args(["--orders", &format!("127.0.0.1:{orders}")])
        .args(["--snapshot", &format!("127.0.0.1:{pictures}")])
        .args(["--rerequest", &rerequest.to_string()])
        .args(["--udp-a", &line_a.local_addr().unwrap().to_string()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut port = Line::open(orders, &mut child);
    port.until(|heard| !heard.is_empty());

    // The replay starts now; wait for both its messages.
    let mut bytes = [0; 2048];
    let mut seen = 0;
    while seen < 2 {
        let length = line_a.recv(&mut bytes).unwrap();
        let packet = Packet::new_checked(&bytes[..length]).unwrap();
        seen = seen.max(packet.sequence() + packet.blocks().count() as u64 - 1);
    }
    assert!(port.client.send(&ORDER.to_vec(&Appendage::new()), 0));
    port.until(|heard| heard.len() == 3);
    let kinds: Vec<u8> = port.messages().iter().map(|bytes| bytes[0]).collect();
    assert_eq!(kinds, b"AE");
    let Response::Executed(executed) = Response::parse(&port.messages()[1]).unwrap().0 else {
        panic!("no execution");
    };
    assert_eq!((executed.quantity, executed.price), (100, 100_200));

    // Execution and rest are in the feed: asked for again, they come in one packet.
    let ask = Request {
        session: *b"0000000001",
        sequence: 3,
        count: 10,
    };
    asker.send_to(&ask.emit(), rerequest).unwrap();
    let length = asker.recv(&mut bytes).unwrap();
    let packet = Packet::new_checked(&bytes[..length]).unwrap();
    let kinds: Vec<u8> = packet.blocks().map(|block| block.unwrap().message[0]).collect();
    assert_eq!((packet.sequence(), &kinds[..]), (3, &b"EA"[..]));

    // A snapshot shows the two bids that are left and where to go on.
    let mut picture = Line::open(pictures, &mut child);
    picture.until(|heard| heard.last() == Some(&ClientEvent::Ended));
    let all = picture.messages();
    let adds = all.iter().filter(|bytes| bytes[0] == b'A').count();
    assert_eq!((adds, all.last().unwrap()), (2, &glimpse::end(5).to_vec()));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A second of the file, ns.
const SECOND_NS: u64 = 1_000_000_000;

/// Two messages a second apart: how long the second takes to come, and when it is due at that speed.
#[test]
fn the_feed_keeps_the_pace_of_the_file_times_its_speed() {
    let folder = tempfile::tempdir().unwrap();
    let feed = folder.path().join("second.itch");
    let mut writer = binaryfile::Writer::new(std::fs::File::create(&feed).unwrap());
    for reference in [1, 2] {
        let header = Header {
            locate: 1,
            tracking: 0,
            timestamp_ns: reference * SECOND_NS,
        };
        let add = AddOrder {
            header,
            reference,
            side: b'B',
            shares: 100,
            stock: *b"TEST    ",
            price: 100_000,
        };
        writer.write(&Message::from(add).to_vec()).unwrap();
    }
    drop(writer);
    let took_ns = |speed: &str| {
        let line = UdpSocket::bind("127.0.0.1:0").unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tickforge"))
            .args(["venue", "--speed", speed, "--feed"])
            .arg(&feed)
            .args(["--udp-a", &line.local_addr().unwrap().to_string()])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut bytes = [0; 2048];
        let clock = Clock::start();
        let mut at = [0; 2];
        while at[1] == 0 {
            let length = line.recv(&mut bytes).unwrap();
            let packet = Packet::new_checked(&bytes[..length]).unwrap();
            let last = packet.sequence() + packet.blocks().count() as u64 - 1;
            let index = usize::from(last == 2);
            if last > 0 && at[index] == 0 {
                at[index] = clock.ns().max(1);
            }
        }
        assert!(child.wait().unwrap().success());
        at[1] - at[0]
    };
    let [real, tenfold, all_at_once] = ["1", "x10", "max"].map(took_ns);
    // A busy machine makes it late, never early; a datagram may wait for its reader.
    let slack = SECOND_NS / 100;
    assert!(real >= SECOND_NS - slack, "{real} ns in real time");
    assert!((SECOND_NS / 10 - slack..real).contains(&tenfold), "{tenfold} ns");
    assert!(all_at_once < tenfold, "{all_at_once} ns");
}
