//! Sockets of the venue. None of them blocks.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

use venue::{Door, DoorEvent, Exchange, Faults, Feed, Injected, snapshot};
use wire::soupbintcp::{Server, ServerConfig};

use super::statement::Watch;
use crate::error::CliError;

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

fn failed(what: &'static str, address: SocketAddr) -> impl Fn(io::Error) -> CliError {
    move |error| CliError::Input(format!("{what} at {address}: {error}; choose another address"))
}

fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, CliError> {
    let listener = TcpListener::bind(address).map_err(failed(what, address))?;
    listener.set_nonblocking(true).map_err(failed(what, address))?;
    Ok(listener)
}

/// A TCP stream with what has not been written yet.
struct Pipe {
    stream: TcpStream,
    out: Vec<u8>,
    broken: bool,
}

impl Pipe {
    fn accept(listener: &TcpListener) -> Option<Self> {
        let (stream, _) = listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        // Without this an answer may wait for the one before to be acknowledged; a refusal costs time only.
        let _ = stream.set_nodelay(true);
        Some(Self {
            stream,
            out: Vec::new(),
            broken: false,
        })
    }

    fn read(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; CHUNK];
        match self.stream.read(&mut bytes) {
            Ok(0) => {
                self.broken = true;
                Vec::new()
            }
            Ok(count) => {
                bytes.truncate(count);
                bytes
            }
            Err(error) => {
                self.broken |= error.kind() != io::ErrorKind::WouldBlock;
                Vec::new()
            }
        }
    }

    /// Writes what the socket takes; true when all is written.
    fn write(&mut self) -> bool {
        while !self.out.is_empty() && !self.broken {
            match self.stream.write(&self.out) {
                Ok(count) if count > 0 => {
                    self.out.drain(..count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                _ => self.broken = true,
            }
        }
        self.out.is_empty()
    }
}

/// The order port.
pub(crate) struct Orders {
    listener: TcpListener,
    door: Door,
    pipe: Option<Pipe>,
    closing: bool,
    seen: bool,
    logged_out: bool,
}

impl Orders {
    pub(crate) fn open(address: SocketAddr, soup: ServerConfig, faults: &Faults) -> Result<Self, CliError> {
        Ok(Self {
            listener: listen("orders", address)?,
            door: Door::new(soup, faults.ack_delay_ns, faults.disconnect_after_bytes),
            pipe: None,
            closing: false,
            seen: false,
            logged_out: false,
        })
    }

    /// What the port has of its session.
    pub(crate) const fn door(&self) -> &Door {
        &self.door
    }

    /// True when a client has ever logged in.
    pub(crate) fn seen(&self) -> bool {
        self.seen
    }

    /// True when the client has gone by its own will, and not come back.
    pub(crate) fn logged_out(&self) -> bool {
        self.logged_out
    }

    /// One look; true when something was done.
    pub(crate) fn serve(&mut self, exchange: &mut Exchange, now_ns: u64) -> Result<bool, CliError> {
        if let Some(pipe) = Pipe::accept(&self.listener) {
            self.pipe = Some(pipe);
            self.closing = false;
            self.door.connect(now_ns);
        }
        let bytes = self.pipe.as_mut().map(Pipe::read).unwrap_or_default();
        for event in self.door.receive(&bytes, now_ns) {
            match event {
                DoorEvent::LoggedIn(_) => (self.seen, self.logged_out) = (true, false),
                DoorEvent::Request(request) => {
                    let now = exchange.now_ns();
                    let taken = exchange.request(&request, now);
                    taken.map_err(|error| CliError::Check(error.to_string()))?;
                }
                DoorEvent::LoggedOut => self.logged_out = true,
                DoorEvent::Gone => {}
            }
        }
        self.door.respond(exchange.take_responses(), now_ns);
        let (output, over) = self.door.poll(now_ns);
        let busy = !bytes.is_empty() || !output.is_empty();
        self.closing |= over;
        if let Some(pipe) = &mut self.pipe {
            pipe.out.extend_from_slice(&output);
            let written = pipe.write();
            if pipe.broken || (self.closing && written) {
                self.pipe = None;
                self.door.disconnect();
            }
        }
        Ok(busy)
    }

    /// Ends the session; what the socket does not take at once is lost, as the process is about to be.
    pub(crate) fn end(&mut self, now_ns: u64) {
        let output = self.door.end(now_ns);
        if let Some(pipe) = &mut self.pipe {
            pipe.out.extend_from_slice(&output);
            pipe.write();
        }
        self.pipe = None;
    }
}

/// The snapshot port: each connection gets the market as it was when it came.
pub(crate) struct Snapshots {
    listener: TcpListener,
    soup: ServerConfig,
    sessions: Vec<(Pipe, Server, Vec<Vec<u8>>)>,
}

impl Snapshots {
    pub(crate) fn open(address: SocketAddr, soup: ServerConfig) -> Result<Self, CliError> {
        Ok(Self {
            listener: listen("snapshots", address)?,
            soup,
            sessions: Vec::new(),
        })
    }

    /// One look; true when something was done.
    pub(crate) fn serve(&mut self, exchange: &Exchange, now_ns: u64) -> Result<bool, CliError> {
        if let Some(pipe) = Pipe::accept(&self.listener) {
            // Who asks has to know which session the picture goes on in.
            let soup = ServerConfig {
                session: exchange.feed().session(),
                ..self.soup
            };
            let server = Server::new(soup, now_ns);
            self.sessions.push((pipe, server, snapshot(exchange)));
        }
        let mut busy = false;
        self.sessions.retain_mut(|(pipe, server, messages)| {
            let bytes = pipe.read();
            busy |= !bytes.is_empty();
            server.receive(&bytes, messages.len() as u64, now_ns);
            if server.is_logged_in() {
                server.pump(messages, now_ns);
                server.end_session(now_ns);
            }
            server.tick(now_ns);
            pipe.out.extend_from_slice(&server.take_output());
            let written = pipe.write();
            let done = server.is_closed() && written;
            !(pipe.broken || done)
        });
        Ok(busy)
    }
}

/// The re-request port.
pub(crate) struct ReRequests {
    socket: UdpSocket,
}

impl ReRequests {
    pub(crate) fn open(address: SocketAddr) -> Result<Self, CliError> {
        let socket = UdpSocket::bind(address).map_err(failed("re-requests", address))?;
        socket
            .set_nonblocking(true)
            .map_err(failed("re-requests", address))?;
        Ok(Self { socket })
    }

    /// Answers one request, if there is one; true when something was done.
    pub(crate) fn serve(&self, feed: &Feed) -> Result<bool, CliError> {
        let mut packet = [0; 64];
        let Ok((length, from)) = self.socket.recv_from(&mut packet) else {
            return Ok(false);
        };
        if let Some(reply) = feed.reply_to(&packet[..length]) {
            // A requester that has gone gets nothing; it will ask again.
            let _ = self.socket.send_to(&reply, from);
        }
        Ok(true)
    }
}

/// The account port: each connection gets the client's account as it was at every fault so far, and last as it is, a line of
/// JSON each.
pub(crate) struct Accounts {
    listener: TcpListener,
    pipes: Vec<Pipe>,
    watch: Watch,
}

impl Accounts {
    pub(crate) fn open(address: SocketAddr) -> Result<Self, CliError> {
        Ok(Self {
            listener: listen("accounts", address)?,
            pipes: Vec::new(),
            watch: Watch::default(),
        })
    }

    /// One look; true when something was done.
    pub(crate) fn serve(&mut self, exchange: &Exchange, door: Option<&Door>) -> bool {
        self.watch.look(exchange, door, &Injected::default());
        if let Some(mut pipe) = Pipe::accept(&self.listener) {
            pipe.out = self.watch.lines(exchange);
            self.pipes.push(pipe);
        }
        let busy = !self.pipes.is_empty();
        self.pipes.retain_mut(|pipe| !pipe.write() && !pipe.broken);
        busy
    }
}
