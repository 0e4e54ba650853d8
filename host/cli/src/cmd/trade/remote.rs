//! A `tickforge venue` behind its sockets.
//!
//! The two lines come as datagrams, which a thread each takes off its socket, so that none is lost while the card is
//! simulated; what the host makes of them are the frames that a network would have brought to the card.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

use engine::clock::Clock;
use venue::{Frame, Line, Published};
use wire::moldudp64::{Kind, Packet, Request};
use wire::packetizer::{Config, Packetizer};
use wire::soupbintcp::{Client, ClientConfig, ClientEvent, LoginRequest, ServerConfig};

use super::market::{Market, Picture, read};
use crate::cmd::venue::statement::Told;
use crate::error::CliError;

/// Longest datagram.
const DATAGRAM_MAX: usize = 65_536;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Silence of the feed, heartbeats aside, after which it has come to its end, ns.
const END_NS: u64 = 1_500_000_000;
/// Silence after which nothing is on its way, ns.
const QUIET_NS: u64 = 300_000_000;
/// Rest of a turn in which nothing has arrived.
const REST: Duration = Duration::from_micros(100);

/// Where the venue is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Addresses {
    /// The venue is elsewhere: its order port
    #[arg(long, value_name = "IP:PORT", requires_all = ["snapshot", "rerequest", "account", "udp_a", "udp_b"])]
    pub(crate) orders: Option<SocketAddr>,
    /// Its snapshot port
    #[arg(long, value_name = "IP:PORT", requires = "orders")]
    snapshot: Option<SocketAddr>,
    /// Its re-request port
    #[arg(long, value_name = "IP:PORT", requires = "orders")]
    rerequest: Option<SocketAddr>,
    /// Its account port
    #[arg(long, value_name = "IP:PORT", requires = "orders")]
    account: Option<SocketAddr>,
    /// Take line A here
    #[arg(long, value_name = "IP:PORT", requires = "orders")]
    udp_a: Option<SocketAddr>,
    /// Take line B here
    #[arg(long, value_name = "IP:PORT", requires = "orders")]
    udp_b: Option<SocketAddr>,
}

/// The venue.
pub(crate) struct Remote {
    orders: SocketAddr,
    snapshot: SocketAddr,
    rerequest: SocketAddr,
    account: SocketAddr,
    soup: ServerConfig,
    clock: Clock,
    lines: Receiver<(Line, Vec<u8>)>,
    network: Packetizer,
    frames: Vec<Frame>,
    stream: Option<TcpStream>,
    out: Vec<u8>,
    /// Data packets have come.
    begun: bool,
    /// When the last one came.
    heard_ns: u64,
    /// When anything last moved.
    moved_ns: u64,
    left: u64,
    silent: bool,
    /// Accounts at faults the venue does not know of.
    noted: Vec<Told>,
}

impl Remote {
    /// Binds the lines; connections are made when they are needed.
    pub(crate) fn open(
        orders: SocketAddr,
        at: &Addresses,
        soup: ServerConfig,
        messages: Option<u64>,
    ) -> Result<Self, CliError> {
        let missing = |what: &str| CliError::Input(format!("--orders needs --{what}"));
        let (sender, lines) = channel();
        listen(at.udp_a.ok_or_else(|| missing("udp-a"))?, Line::A, sender.clone())?;
        listen(at.udp_b.ok_or_else(|| missing("udp-b"))?, Line::B, sender)?;
        Ok(Self {
            orders,
            snapshot: at.snapshot.ok_or_else(|| missing("snapshot"))?,
            rerequest: at.rerequest.ok_or_else(|| missing("rerequest"))?,
            account: at.account.ok_or_else(|| missing("account"))?,
            soup,
            clock: Clock::start(),
            lines,
            network: Packetizer::new(Config::default()),
            frames: Vec::new(),
            stream: None,
            out: Vec::new(),
            begun: false,
            heard_ns: 0,
            moved_ns: 0,
            left: messages.unwrap_or(u64::MAX),
            silent: false,
            noted: Vec::new(),
        })
    }

    fn take(&mut self, line: Line, datagram: &[u8]) {
        if let Ok(packet) = Packet::new_checked(datagram)
            && let Kind::Data(count) = packet.kind()
        {
            let now = self.clock.ns();
            (self.begun, self.heard_ns, self.moved_ns) = (true, now, now);
            if line == Line::A {
                self.left = self.left.saturating_sub(u64::from(count));
            }
        }
        let bytes = self.network.datagram(datagram);
        self.frames.push(Frame { line, bytes });
    }

    /// All that the account port tells.
    fn statements(&self) -> Result<Vec<Told>, CliError> {
        let refused = failed("accounts", self.account);
        let mut stream = TcpStream::connect_timeout(&self.account, PATIENCE).map_err(&refused)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(&refused)?;
        let mut lines = Vec::new();
        stream.read_to_end(&mut lines).map_err(&refused)?;
        read(&lines)
    }

    fn push(&mut self) {
        let Some(stream) = &mut self.stream else {
            self.out.clear();
            return;
        };
        while !self.out.is_empty() {
            match stream.write(&self.out) {
                Ok(count) if count > 0 => {
                    self.out.drain(..count);
                    self.moved_ns = self.clock.ns();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // What is lost with a connection shows when it is read from.
                _ => return self.out.clear(),
            }
        }
    }
}

fn listen(address: SocketAddr, line: Line, to: Sender<(Line, Vec<u8>)>) -> Result<(), CliError> {
    let socket = UdpSocket::bind(address).map_err(|error| {
        CliError::Input(format!(
            "line {line:?} at {address}: {error}; choose another address"
        ))
    })?;
    std::thread::spawn(move || {
        let mut bytes = vec![0; DATAGRAM_MAX];
        while let Ok(count) = socket.recv(&mut bytes) {
            if to.send((line, bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    Ok(())
}

fn failed(what: &'static str, address: SocketAddr) -> impl Fn(io::Error) -> CliError {
    move |error| {
        CliError::Input(format!(
            "{what} at {address}: {error}; is `tickforge venue` there?"
        ))
    }
}

impl Market for Remote {
    fn turn(&mut self) -> Result<bool, CliError> {
        self.push();
        let mut any = false;
        loop {
            match self.lines.try_recv() {
                Ok((line, datagram)) => {
                    any = true;
                    self.take(line, &datagram);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    return Err(CliError::Check("the lines' sockets have failed".into()));
                }
            }
        }
        let silence = self.clock.ns().saturating_sub(self.heard_ns);
        self.silent = self.left == 0 || (self.begun && silence >= END_NS);
        if !any {
            std::thread::park_timeout(REST);
        }
        Ok(!self.silent)
    }

    fn frames(&mut self) -> Vec<Frame> {
        std::mem::take(&mut self.frames)
    }

    fn now_ns(&self) -> u64 {
        self.clock.ns()
    }

    fn connect(&mut self) -> Result<(), CliError> {
        let refused = failed("orders", self.orders);
        let stream = TcpStream::connect_timeout(&self.orders, PATIENCE).map_err(&refused)?;
        stream.set_nonblocking(true).map_err(&refused)?;
        stream.set_nodelay(true).map_err(&refused)?;
        (self.stream, self.out) = (Some(stream), Vec::new());
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.push();
    }

    fn read(&mut self) -> (Vec<u8>, bool) {
        let mut bytes = vec![0; DATAGRAM_MAX];
        let Some(stream) = &mut self.stream else {
            return (Vec::new(), true);
        };
        match stream.read(&mut bytes) {
            Ok(0) => {
                self.stream = None;
                (Vec::new(), true)
            }
            Ok(count) => {
                bytes.truncate(count);
                self.moved_ns = self.clock.ns();
                (bytes, false)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => (Vec::new(), false),
            Err(_) => {
                self.stream = None;
                (Vec::new(), true)
            }
        }
    }

    fn rerequest(&mut self, request: &Request) -> Result<Option<Vec<u8>>, CliError> {
        let refused = failed("re-requests", self.rerequest);
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(&refused)?;
        socket.connect(self.rerequest).map_err(&refused)?;
        socket
            .set_read_timeout(Some(Duration::from_millis(200)))
            .map_err(&refused)?;
        socket.send(&request.emit()).map_err(&refused)?;
        let mut bytes = vec![0; DATAGRAM_MAX];
        match socket.recv(&mut bytes) {
            Ok(count) => {
                bytes.truncate(count);
                Ok(Some(bytes))
            }
            // No answer: there is no such message, or the datagram was lost; whoever asked decides.
            Err(_) => Ok(None),
        }
    }

    fn picture(&mut self) -> Result<Picture, CliError> {
        let refused = failed("snapshots", self.snapshot);
        let mut stream = TcpStream::connect_timeout(&self.snapshot, PATIENCE).map_err(&refused)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(&refused)?;
        let login = LoginRequest {
            username: self.soup.username,
            password: self.soup.password,
            session: [b' '; 10],
            sequence: 1,
            heartbeat_timeout_ms: None,
        };
        let mut client = Client::new(ClientConfig::new(login), self.clock.ns());
        let mut bytes = vec![0; DATAGRAM_MAX];
        let mut picture = Picture {
            session: [b' '; 10],
            messages: Vec::new(),
        };
        loop {
            stream.write_all(&client.take_output()).map_err(&refused)?;
            let count = stream.read(&mut bytes).map_err(&refused)?;
            if count == 0 {
                return Err(CliError::Check("the snapshot broke off".into()));
            }
            for event in client.receive(&bytes[..count], self.clock.ns()) {
                match event {
                    ClientEvent::Message { bytes, .. } => {
                        let end = bytes.first() == Some(&wire::glimpse::END_TYPE);
                        picture.messages.push(bytes);
                        if end {
                            return Ok(picture);
                        }
                    }
                    ClientEvent::Accepted { session, .. } => picture.session = session,
                    ClientEvent::Unsequenced(_) => {}
                    other => return Err(CliError::Check(format!("the snapshot ended early: {other:?}"))),
                }
            }
        }
    }

    fn accounts(&mut self) -> Result<Vec<Told>, CliError> {
        let mut told = std::mem::take(&mut self.noted);
        told.extend(self.statements()?);
        Ok(told)
    }

    fn responses(&mut self) -> Result<u64, CliError> {
        Ok(self.statements()?.last().map_or(0, |now| now.responses))
    }

    fn fault(&mut self, kind: &'static str) -> Result<(), CliError> {
        if let Some(mut now) = self.statements()?.pop() {
            now.injected.insert(kind.to_owned(), 1);
            self.noted.push(now);
        }
        Ok(())
    }

    fn published(&mut self) -> Vec<Published> {
        Vec::new()
    }

    fn quiet(&self) -> bool {
        self.out.is_empty() && self.clock.ns().saturating_sub(self.moved_ns) >= QUIET_NS
    }
}
