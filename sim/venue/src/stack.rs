//! The exchange's end of a TCP connection, in a user-space stack: frames in, frames out, one client at a time.
//!
//! What a kernel would be behind the cable of a card, where there is no right to a network device, or no wall clock. It
//! answers ARP, listens on one port, and takes the newest client only, as [`crate::Door`] does. Time is an argument.

use std::collections::VecDeque;

use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, Ipv4Address};

/// Most bytes of a frame, without its check sequence.
const MTU: usize = 1_514;
/// Bytes that wait to be sent.
const SEND_BYTES: usize = 65_535;
/// Turns of the stack behind one call, at most.
const TURNS_MAX: u32 = 64;

/// Where the stack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackConfig {
    /// Ethernet address.
    pub ethernet: [u8; 6],
    /// IPv4 address.
    pub address: [u8; 4],
    /// Bits of the network it is on.
    pub prefix: u8,
    /// Port it listens on.
    pub port: u16,
    /// Bytes of the receive buffer: the largest window it tells.
    pub window: usize,
    /// Makes its initial sequence numbers.
    pub seed: u64,
}

/// Frames of the stack.
#[derive(Debug, Default)]
struct Cable {
    inbound: VecDeque<Vec<u8>>,
    outbound: VecDeque<Vec<u8>>,
}

struct Arrived(Vec<u8>);

struct Leaving<'a>(&'a mut Cable);

impl RxToken for Arrived {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.0.outbound.push_back(frame);
        result
    }
}

impl Device for Cable {
    type RxToken<'a> = Arrived;
    type TxToken<'a> = Leaving<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Arrived, Leaving<'_>)> {
        let frame = self.inbound.pop_front()?;
        Some((Arrived(frame), Leaving(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Leaving<'_>> {
        Some(Leaving(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

/// The stack.
pub struct Stack {
    config: StackConfig,
    interface: Interface,
    sockets: SocketSet<'static>,
    /// Waits for a client.
    listener: SocketHandle,
    /// The client's connection, until another takes its place.
    current: Option<SocketHandle>,
    cable: Cable,
    /// Bytes for the client that its connection has no room for yet.
    unsent: Vec<u8>,
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stack")
            .field("config", &self.config)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl Stack {
    /// A stack that listens.
    pub fn new(config: StackConfig) -> Self {
        let mut cable = Cable::default();
        let mut of_interface = Config::new(EthernetAddress(config.ethernet).into());
        of_interface.random_seed = config.seed;
        let mut interface = Interface::new(of_interface, &mut cable, Instant::ZERO);
        interface.update_ip_addrs(|list| {
            let address = IpAddress::Ipv4(Ipv4Address::from(config.address));
            // The list of a new interface is empty and has room.
            let _ = list.push(IpCidr::new(address, config.prefix));
        });
        let mut sockets = SocketSet::new(Vec::new());
        let listener = sockets.add(listening(&config));
        Self {
            config,
            interface,
            sockets,
            listener,
            current: None,
            cable,
            unsent: Vec::new(),
        }
    }

    /// A frame for it.
    pub fn put(&mut self, frame: Vec<u8>) {
        self.cable.inbound.push_back(frame);
    }

    /// A frame of it.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        self.cable.outbound.pop_front()
    }

    /// Lets it work at `now_us`; true when a new client has connected, in whose favour one before is dropped.
    pub fn turn(&mut self, now_us: u64) -> bool {
        let now = Instant::from_micros(i64::try_from(now_us).unwrap_or(i64::MAX));
        for _ in 0..TURNS_MAX {
            self.send_rest();
            let result = self.interface.poll(now, &mut self.cable, &mut self.sockets);
            if result == PollResult::None {
                break;
            }
        }
        let state = self.sockets.get::<Socket<'static>>(self.listener).state();
        if matches!(state, State::Listen | State::SynReceived) {
            return false;
        }
        if let Some(old) = self.current.replace(self.listener) {
            self.sockets.remove(old);
        }
        self.unsent.clear();
        self.listener = self.sockets.add(listening(&self.config));
        true
    }

    /// State of the client's connection.
    pub fn state(&self) -> State {
        self.current.map_or(State::Closed, |handle| {
            self.sockets.get::<Socket<'static>>(handle).state()
        })
    }

    fn socket(&mut self) -> Option<&mut Socket<'static>> {
        Some(self.sockets.get_mut(self.current?))
    }

    /// At most so many bytes of the client; what is not read keeps its window small.
    pub fn read(&mut self, most: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let Some(socket) = self.socket() else {
            return out;
        };
        while out.len() < most
            && let Ok(bytes) = socket.recv(|bytes| {
                let count = bytes.len().min(most - out.len());
                (count, bytes[..count].to_vec())
            })
            && !bytes.is_empty()
        {
            out.extend(bytes);
        }
        out
    }

    /// Bytes for the client; without one they are lost.
    pub fn write(&mut self, bytes: &[u8]) {
        if self.current.is_some() {
            self.unsent.extend_from_slice(bytes);
            self.send_rest();
        }
    }

    /// Bytes of the client that nobody has read.
    pub fn unread(&mut self) -> usize {
        self.socket().map_or(0, |socket| socket.recv_queue())
    }

    /// Bytes for the client that it has not acknowledged.
    pub fn unacknowledged(&mut self) -> usize {
        let waiting = self.unsent.len();
        self.socket().map_or(0, |socket| socket.send_queue()) + waiting
    }

    fn send_rest(&mut self) {
        let unsent = std::mem::take(&mut self.unsent);
        let taken = match self.socket() {
            Some(socket) => socket.send_slice(&unsent).unwrap_or(0),
            None => 0,
        };
        self.unsent = unsent[taken..].to_vec();
    }

    /// Closes our side behind everything that was written into the connection.
    pub fn close(&mut self) {
        self.send_rest();
        if let Some(socket) = self.socket() {
            socket.close();
        }
    }

    /// Resets the connection: what was on its way is lost.
    pub fn abort(&mut self) {
        self.unsent.clear();
        if let Some(socket) = self.socket() {
            socket.abort();
        }
    }
}

fn listening(config: &StackConfig) -> Socket<'static> {
    let mut socket = Socket::new(
        SocketBuffer::new(vec![0; config.window]),
        SocketBuffer::new(vec![0; SEND_BYTES]),
    );
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(None);
    // A port above 0 on a closed socket is never refused; on port 0 nobody is ever heard.
    let _ = socket.listen(config.port);
    socket
}
