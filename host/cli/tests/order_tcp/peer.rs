//! Who is at the other end: the kernel's TCP stack, or a second user-space one. Both speak SoupBinTCP and send every message back.

use engine::clock::Clock;
use sharedmem::Tap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use venue::{Stack, StackConfig};
use wire::soupbintcp::{LoginRequest, Server, ServerConfig, ServerEvent};

pub(crate) const ADDRESS: [u8; 4] = [10, 77, 0, 1];
pub(crate) const OUR_ADDRESS: [u8; 4] = [10, 77, 0, 2];
pub(crate) const OUR_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub(crate) const PORT: u16 = 9_000;
pub(crate) const LOGIN: LoginRequest = LoginRequest {
    username: *b"FORGE ",
    password: *b"secret    ",
    session: [b' '; 10],
    sequence: 1,
    heartbeat_timeout_ms: None,
};
const TAP: &str = "tap0";
/// The stack's clock goes faster than the wall's: its least retransmission timeout is a second.
const HURRY: u64 = 20;
/// Time of one look in a world without a wall clock.
const STEP_US: u64 = 2_000;

/// The other end of the wire.
pub(crate) trait Peer {
    /// A frame for it.
    fn put(&mut self, frame: &[u8]);
    /// A frame of it.
    fn take(&mut self) -> Option<Vec<u8>>;
    /// OUCH messages it got.
    fn messages(&self) -> Vec<Vec<u8>>;
    /// It stops reading, or goes on: its window closes and opens.
    fn pause(&mut self, paused: bool);
    /// It resets the connection.
    fn reset(&mut self);
    /// The host's clock.
    fn now_us(&self) -> u64;
}

/// The session behind either stack.
struct Venue {
    server: Server,
    messages: Vec<Vec<u8>>,
}

impl Venue {
    fn new() -> Self {
        let config = ServerConfig::new(LOGIN.username, LOGIN.password, *b"0000000001");
        Self {
            server: Server::new(config, 0),
            messages: Vec::new(),
        }
    }

    /// Takes bytes, gives bytes.
    fn speak(&mut self, bytes: &[u8]) -> Vec<u8> {
        for event in self.server.receive(bytes, self.messages.len() as u64, 0) {
            match event {
                ServerEvent::Message(message) => self.messages.push(message),
                ServerEvent::LoggedIn(_) => {}
                other => panic!("{other:?}"),
            }
        }
        self.server.pump(&self.messages, 0);
        self.server.take_output()
    }
}

/// The kernel's stack behind a TAP device.
pub(crate) struct Kernel {
    tap: Tap,
    /// What the kernel sends.
    frames: Receiver<Vec<u8>>,
    clock: Clock,
    venue: Arc<Mutex<Venue>>,
    over: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    /// Gets a word when nothing more is read.
    stopped: Receiver<()>,
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(why) => Err(format!("{program}: {why}")),
    }
}

impl Kernel {
    /// A TAP device with an address, and a listener on it. To be called in a namespace of one's own.
    pub(crate) fn new() -> Result<Self, String> {
        let tap = Tap::open(TAP).map_err(|why| format!("no TAP device: {why}"))?;
        // Small buffers: the window closes within a session. Neither setting is there on every kernel.
        let _ = std::fs::write("/proc/sys/net/ipv4/tcp_rmem", "4096 4096 4096");
        let _ = std::fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
        run("ip", &["addr", "add", "10.77.0.1/24", "dev", TAP])?;
        run("ip", &["link", "set", TAP, "up"])?;
        let listener = TcpListener::bind((Ipv4Addr::from(ADDRESS), PORT)).map_err(|why| why.to_string())?;
        let venue = Arc::new(Mutex::new(Venue::new()));
        let over = Arc::new(AtomicBool::new(false));
        let paused = Arc::new(AtomicBool::new(false));
        let (shared, ends, rests) = (Arc::clone(&venue), Arc::clone(&over), Arc::clone(&paused));
        let (stops, stopped) = channel();
        std::thread::spawn(move || serve(&listener, &shared, [&ends, &rests], &stops));
        let mut cable = tap.try_clone().map_err(|why| why.to_string())?;
        let (sender, frames) = channel();
        std::thread::spawn(move || {
            let mut frame = [0; 2_048];
            while let Ok(length) = cable.receive(&mut frame) {
                if sender.send(frame[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            tap,
            frames,
            clock: Clock::start(),
            venue,
            over,
            paused,
            stopped,
        })
    }
}

/// Answers until it is over; then it drops the connection with something unread, which makes the kernel reset it.
fn serve(listener: &TcpListener, venue: &Mutex<Venue>, [over, paused]: [&AtomicBool; 2], stops: &Sender<()>) {
    let (mut stream, _) = listener.accept().expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_millis(5)))
        .expect("a timeout");
    let mut buffer = [0; 700];
    let mut looks = 0_u32;
    let (_keep, pause) = channel::<()>();
    while !over.load(Ordering::Relaxed) {
        looks = looks.wrapping_add(1);
        if paused.load(Ordering::Relaxed) {
            let _ = pause.recv_timeout(Duration::from_millis(5));
            continue;
        }
        // Now and then it does not read for a while, and its window closes.
        if looks.is_multiple_of(12) {
            let _ = pause.recv_timeout(Duration::from_millis(120));
        }
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                let output = venue.lock().expect("lock").speak(&buffer[..count]);
                stream.write_all(&output).expect("the answer leaves");
            }
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return,
        }
    }
    stops.send(()).expect("somebody waits for it");
    let mut unread = [0; 1];
    while !matches!(stream.peek(&mut unread), Ok(1)) {}
}

impl Peer for Kernel {
    fn put(&mut self, frame: &[u8]) {
        self.tap.send(frame).expect("the device is up");
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        self.frames.try_recv().ok()
    }

    fn messages(&self) -> Vec<Vec<u8>> {
        self.venue.lock().expect("lock").messages.clone()
    }

    fn pause(&mut self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    fn reset(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // What comes from here on stays unread.
        self.stopped.recv().expect("it is connected");
    }

    fn now_us(&self) -> u64 {
        self.clock.ns() / 1_000 * HURRY
    }
}

/// A second user-space stack, that of the simulated exchange.
pub(crate) struct Software {
    stack: Stack,
    venue: Venue,
    paused: bool,
    looks: std::cell::Cell<u64>,
}

impl Software {
    /// Its receive buffer is small: the window closes within a session.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            stack: Stack::new(StackConfig {
                ethernet: [2, 0, 0, 0, 0, 9],
                address: ADDRESS,
                prefix: 24,
                port: PORT,
                window: 2_048,
                seed: seed + 7,
            }),
            venue: Venue::new(),
            paused: false,
            looks: std::cell::Cell::new(0),
        }
    }
}

impl Peer for Software {
    fn put(&mut self, frame: &[u8]) {
        self.stack.put(frame.to_vec());
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let now_us = self.looks.get() * STEP_US;
        self.stack.turn(now_us);
        if !self.paused {
            let bytes = self.stack.read(usize::MAX);
            let answer = self.venue.speak(&bytes);
            self.stack.write(&answer);
        }
        self.stack.turn(now_us);
        self.stack.take()
    }

    fn messages(&self) -> Vec<Vec<u8>> {
        self.venue.messages.clone()
    }

    fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    fn reset(&mut self) {
        self.stack.abort();
    }

    fn now_us(&self) -> u64 {
        self.looks.set(self.looks.get() + 1);
        self.looks.get() * STEP_US
    }
}
