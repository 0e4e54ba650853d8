//! Who is at the other end: the kernel's TCP stack, or a second user-space one. Both speak SoupBinTCP and send every message back.

use engine::clock::Clock;
use sharedmem::Tap;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, Ipv4Address};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
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
        let (shared, ends) = (Arc::clone(&venue), Arc::clone(&over));
        let (stops, stopped) = channel();
        std::thread::spawn(move || serve(&listener, &shared, &ends, &stops));
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
            stopped,
        })
    }
}

/// Answers until it is over; then it drops the connection with something unread, which makes the kernel reset it.
fn serve(listener: &TcpListener, venue: &Mutex<Venue>, over: &AtomicBool, stops: &Sender<()>) {
    let (mut stream, _) = listener.accept().expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_millis(5)))
        .expect("a timeout");
    let mut buffer = [0; 700];
    let mut looks = 0_u32;
    let (_keep, pause) = channel::<()>();
    while !over.load(Ordering::Relaxed) {
        looks = looks.wrapping_add(1);
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

/// What a token gives or takes.
struct Bytes(Vec<u8>);

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

    fn reset(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // What comes from here on stays unread.
        self.stopped.recv().expect("it is connected");
    }

    fn now_us(&self) -> u64 {
        self.clock.ns() / 1_000 * HURRY
    }
}

/// Frames of the software peer.
#[derive(Default)]
struct Queues {
    inbound: VecDeque<Vec<u8>>,
    outbound: VecDeque<Vec<u8>>,
}

struct Room<'a>(&'a mut Queues);

impl RxToken for Bytes {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.0.outbound.push_back(frame);
        result
    }
}

impl Device for Queues {
    type RxToken<'a> = Bytes;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Bytes, Room<'_>)> {
        let frame = self.inbound.pop_front()?;
        Some((Bytes(frame), Room(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Room<'_>> {
        Some(Room(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut out = DeviceCapabilities::default();
        out.medium = Medium::Ethernet;
        out.max_transmission_unit = 1_514;
        out
    }
}

/// A second user-space stack.
pub(crate) struct Software {
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    queues: Queues,
    venue: Venue,
    answer: Vec<u8>,
    looks: std::cell::Cell<u64>,
}

impl Software {
    pub(crate) fn new(seed: u64) -> Self {
        let mut queues = Queues::default();
        let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 2]).into());
        config.random_seed = seed + 7;
        let mut interface = Interface::new(config, &mut queues, Instant::ZERO);
        interface.update_ip_addrs(|list| {
            let address = IpAddress::Ipv4(Ipv4Address::from(ADDRESS));
            list.push(IpCidr::new(address, 24)).expect("room");
        });
        let mut socket = Socket::new(
            SocketBuffer::new(vec![0; 2_048]),
            SocketBuffer::new(vec![0; 8_192]),
        );
        socket.listen(PORT).expect("listens");
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(socket);
        Self {
            interface,
            sockets,
            handle,
            queues,
            venue: Venue::new(),
            answer: Vec::new(),
            looks: std::cell::Cell::new(0),
        }
    }
}

impl Peer for Software {
    fn put(&mut self, frame: &[u8]) {
        self.queues.inbound.push_back(frame.to_vec());
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let now = Instant::from_micros(i64::try_from(self.looks.get() * STEP_US).expect("short"));
        self.interface.poll(now, &mut self.queues, &mut self.sockets);
        let socket = self.sockets.get_mut::<Socket<'static>>(self.handle);
        while let Ok(bytes) = socket.recv(|bytes| (bytes.len(), bytes.to_vec())) {
            if bytes.is_empty() {
                break;
            }
            self.answer.extend(self.venue.speak(&bytes));
        }
        if let Ok(taken) = socket.send_slice(&self.answer) {
            self.answer.drain(..taken);
        }
        self.interface.poll(now, &mut self.queues, &mut self.sockets);
        self.queues.outbound.pop_front()
    }

    fn messages(&self) -> Vec<Vec<u8>> {
        self.venue.messages.clone()
    }

    fn reset(&mut self) {
        self.sockets.get_mut::<Socket<'static>>(self.handle).abort();
    }

    fn now_us(&self) -> u64 {
        self.looks.set(self.looks.get() + 1);
        self.looks.get() * STEP_US
    }
}
