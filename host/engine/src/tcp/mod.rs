//! The order connection: a user-space TCP/IP stack over the card's slow path, split with the card (`docs/adr/0009-tcp-split.md`).
//!
//! ```text
//!              connect, login, receive, acks, retransmits, close
//!  peer ◄── frame TX window ◄── Link ◄── smoltcp ◄── bytes of each event ── sent()
//!    │ ▲                          swallows what the card has sent               ▲
//!    │ └── order frames ◄── card: template, sequence, acknowledgement ── OrderSent
//!    └──► frames ring ──────────► receive()
//! ```
//!
//! Until [`Connection::arm`] the stack sends payload itself. From then on every new payload byte is sent by the card; the host tells the stack of it
//! in the order of the events, by [`Connection::sent`], and the stack keeps it, retransmits it and frees it when it is acknowledged.
//! No clock is read and nothing is sent here: time comes in, frames come and go by queues.

mod link;
mod segment;

pub use link::LinkStats;

use contract::template::{self, Mode};
use link::Link;
use segment::{Seen, before};
use smoltcp::iface::{Config as StackConfig, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, Ipv4Address};
use std::collections::VecDeque;
use wire::tcp::flag;

/// Bytes of the receive buffer: the largest window that needs no scale.
const RECEIVE_BYTES: usize = 65_535;
/// Bytes sent and not acknowledged that the stack keeps.
const SEND_BYTES: usize = 65_536;
/// Turns of the stack behind one call, at most.
const TURNS_MAX: u32 = 64;
/// Below such a window the peer is asked for it: an order with its packet is about 50 bytes.
const PROBE_BELOW: u32 = 128;
/// As often as this.
const PROBE_EVERY: Duration = Duration::from_millis(200);
/// Hops of the card's frames.
const TTL: u8 = 64;

/// Why the connection cannot go on as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TcpError {
    /// The stack refuses to connect.
    #[error("the stack refuses to connect to {0:?} port {1}; give an address of a host and a port above 0")]
    Connect([u8; 4], u16),
    /// The connection is not (or no longer) there.
    #[error("the connection is {0}; make a new one and resolve what is open by the account query")]
    NotConnected(State),
    /// Bytes of the stack are on their way.
    #[error("{0} bytes the stack has sent are not acknowledged; wait for them before the card takes over")]
    Unsettled(usize),
    /// The card sends new payload.
    #[error("the card has taken over: new payload goes through an order slot of kind raw")]
    Armed,
    /// The stack sends it.
    #[error("the card has not taken over, yet it reports a payload at {0}; arm the connection first")]
    NotArmed(u32),
    /// The card's report does not continue the one before.
    #[error(
        "the card sent a payload at {found}, the one before it ended at {expected}; close the connection: an event was lost or the sequence register was written"
    )]
    Hole {
        /// Where it ought to begin.
        expected: u32,
        /// Where it begins.
        found: u32,
    },
}

/// Who is at both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoints {
    /// Our Ethernet address.
    pub ethernet: [u8; 6],
    /// Our address.
    pub address: [u8; 4],
    /// Bits of the network both are on.
    pub prefix: u8,
    /// Our port.
    pub port: u16,
    /// The peer's address.
    pub peer: [u8; 4],
    /// The peer's port.
    pub peer_port: u16,
}

/// What the card is given when it takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The template's words (`contract::template`).
    pub template: [u32; template::WORDS],
    /// Sequence of the next payload byte.
    pub sequence: u32,
    /// What to write into the registers besides.
    pub registers: Registers,
}

/// What the card's registers have to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Registers {
    /// `TCP_ACK`.
    pub acknowledgement: u32,
    /// `TCP_PEER_ACK`.
    pub peer_acknowledgement: u32,
    /// `TCP_PEER_WINDOW`, bytes, scaled; no more than the card could repeat (`contract::frame::SENT_KEPT`).
    pub peer_window: u32,
}

/// One connection.
pub struct Connection {
    ends: Endpoints,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    link: Link,
    /// Behind the last byte the card has reported.
    reported: u32,
    /// Reported bytes the stack has no room for yet.
    backlog: VecDeque<u8>,
    /// An acknowledgement of bytes the stack has not come to: as a segment of its own.
    early: Option<Seen>,
    shift: u8,
    peer_ethernet: Option<[u8; 6]>,
    registers: Registers,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("ends", &self.ends)
            .field("state", &self.state())
            .field("reported", &self.reported)
            .finish_non_exhaustive()
    }
}

fn instant(now_us: u64) -> Instant {
    Instant::from_micros(i64::try_from(now_us).unwrap_or(i64::MAX))
}

impl Connection {
    /// Begins to connect. `seed` makes the initial sequence number.
    ///
    /// # Errors
    /// [`TcpError::Connect`].
    pub fn open(ends: Endpoints, seed: u64, now_us: u64) -> Result<Self, TcpError> {
        let mut link = Link {
            ports: (ends.port, ends.peer_port),
            ..Link::default()
        };
        let mut config = StackConfig::new(EthernetAddress(ends.ethernet).into());
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut link, instant(now_us));
        let address = Ipv4Address::from(ends.address);
        interface.update_ip_addrs(|list| {
            // The list of a new interface is empty and has room.
            let _ = list.push(IpCidr::new(IpAddress::Ipv4(address), ends.prefix));
        });
        let mut socket = Socket::new(
            SocketBuffer::new(vec![0; RECEIVE_BYTES]),
            SocketBuffer::new(vec![0; SEND_BYTES]),
        );
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(None);
        let peer = IpAddress::Ipv4(Ipv4Address::from(ends.peer));
        socket
            .connect(interface.context(), (peer, ends.peer_port), ends.port)
            .map_err(|_| TcpError::Connect(ends.peer, ends.peer_port))?;
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(socket);
        Ok(Self {
            ends,
            interface,
            sockets,
            handle,
            link,
            reported: 0,
            backlog: VecDeque::new(),
            early: None,
            shift: 0,
            peer_ethernet: None,
            registers: Registers::default(),
        })
    }

    fn socket(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    /// State of the connection.
    pub fn state(&self) -> State {
        self.sockets.get::<Socket<'static>>(self.handle).state()
    }

    /// Whether it is established and neither side has closed it.
    pub fn is_established(&self) -> bool {
        self.state() == State::Established
    }

    /// Whether it is over: reset by either side, closed by both, or never made.
    pub fn is_closed(&self) -> bool {
        self.state() == State::Closed
    }

    /// Whether there is nothing more to be done with it but to close: it was refused, closed or reset by the peer, or we have closed it.
    pub fn is_ending(&self) -> bool {
        !matches!(self.state(), State::SynSent | State::Established)
    }

    /// What the link has done.
    pub const fn stats(&self) -> LinkStats {
        self.link.stats
    }

    /// Bytes sent, or to be sent, that are not acknowledged.
    pub fn unacknowledged(&mut self) -> usize {
        self.socket().send_queue() + self.backlog.len()
    }

    /// Bytes the card may still send: the peer's window less what it has not acknowledged. The gate's own check, made where it
    /// costs no refusal.
    pub const fn room(&self) -> u32 {
        let Registers {
            peer_acknowledgement,
            peer_window,
            ..
        } = self.registers;
        peer_window.saturating_sub(self.reported.wrapping_sub(peer_acknowledgement))
    }

    /// Sequence of the next byte the peer sends, as the stack has told it; nothing before the connection is there.
    pub fn receive_next(&self) -> Option<u32> {
        self.link.told.map(|(acknowledgement, _)| acknowledgement)
    }

    /// The peer's Ethernet address and the window the card's frames tell, once it has taken over.
    pub fn card_headers(&self) -> Option<([u8; 6], u16)> {
        let window = self.link.told.map_or(0, |(_, window)| window);
        Some((self.peer_ethernet.filter(|_| self.link.armed)?, window))
    }

    /// What the card's registers have to hold now.
    pub fn registers(&self) -> Registers {
        Registers {
            acknowledgement: self.link.told.map_or(0, |(acknowledgement, _)| acknowledgement),
            ..self.registers
        }
    }

    /// A frame from the card. An acknowledgement of bytes the card has not reported yet counts once it has.
    pub fn receive(&mut self, frame: Vec<u8>) {
        let Some(mut seen) = Seen::parse(&frame).filter(|seen| self.is_ours(seen)) else {
            self.link.inbound.push_back(frame);
            return;
        };
        self.note(&seen);
        let acknowledged = seen.header.acknowledgement;
        let ahead = self.link.armed && seen.has(flag::ACK) && before(self.link.emitted, acknowledged);
        if ahead {
            // The stack has not come to these bytes: it gets as much of it as it can take, the rest when it has.
            self.early = Some(seen.bare());
            seen.header.acknowledgement = self.link.emitted;
            self.link.inbound.push_back(seen.emit());
            return;
        }
        self.link.inbound.push_back(frame);
    }

    fn is_ours(&self, seen: &Seen) -> bool {
        let ends = &self.ends;
        seen.packet.source == ends.peer
            && seen.packet.destination == ends.address
            && (seen.header.source_port, seen.header.destination_port) == (ends.peer_port, ends.port)
    }

    /// What a segment of the peer says of its side.
    fn note(&mut self, seen: &Seen) {
        self.peer_ethernet = Some(seen.link.source);
        if seen.has(flag::SYN) {
            self.shift = seen.shift.unwrap_or(0);
        }
        if !seen.has(flag::ACK) {
            return;
        }
        let window = u32::from(seen.header.window) << if seen.has(flag::SYN) { 0 } else { self.shift };
        let acknowledged = seen.header.acknowledgement;
        if seen.has(flag::SYN) || !before(acknowledged, self.registers.peer_acknowledgement) {
            self.registers.peer_acknowledgement = acknowledged;
            self.link.acknowledged = acknowledged;
            // More than the card knows again could not be repeated.
            let kept = u32::try_from(contract::frame::SENT_KEPT).unwrap_or(u32::MAX);
            self.registers.peer_window = window.min(kept);
        }
    }

    /// Lets the stack work at `now_us`.
    pub fn turn(&mut self, now_us: u64) {
        self.probe();
        for _ in 0..TURNS_MAX {
            self.feed();
            let result = self
                .interface
                .poll(instant(now_us), &mut self.link, &mut self.sockets);
            let due = self
                .early
                .as_ref()
                .is_some_and(|early| !before(self.link.emitted, early.header.acknowledgement));
            if let Some(early) = self.early.take_if(|_| due) {
                self.link.inbound.push_back(early.emit());
            } else if result == PollResult::None {
                return;
            }
        }
    }

    /// Asks for the peer's window while it is too small for an order. Orders that wait for it are not in the stack, so its own
    /// persist timer does not run, and an opening of the window that was lost on the way would never be told again.
    fn probe(&mut self) {
        let wanted = self.link.armed && self.registers.peer_window < PROBE_BELOW;
        if wanted == self.link.probing {
            return;
        }
        self.link.probing = wanted;
        self.socket().set_keep_alive(wanted.then_some(PROBE_EVERY));
    }

    /// Moves reported bytes into the stack as there is room.
    fn feed(&mut self) {
        while !self.backlog.is_empty() {
            let (first, _) = self.backlog.as_slices();
            let first = first.to_vec();
            let taken = self.socket().send_slice(&first).unwrap_or(0);
            if taken == 0 {
                return;
            }
            self.backlog.drain(..taken);
        }
    }

    /// The next frame for the frame TX window.
    pub fn transmit(&mut self) -> Option<Vec<u8>> {
        self.link.outbound.pop_front()
    }

    /// Sends payload by the stack, before the card takes over.
    ///
    /// # Errors
    /// [`TcpError::Armed`] or [`TcpError::NotConnected`].
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), TcpError> {
        if self.link.armed {
            return Err(TcpError::Armed);
        }
        let state = self.state();
        let socket = self.socket();
        match socket.send_slice(bytes) {
            Ok(taken) if taken == bytes.len() => Ok(()),
            Ok(taken) => Err(TcpError::Unsettled(bytes.len() - taken)),
            Err(_) => Err(TcpError::NotConnected(state)),
        }
    }

    /// Payload received since the last call.
    pub fn read(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Ok(bytes) = self.socket().recv(|bytes| (bytes.len(), bytes.to_vec())) {
            if bytes.is_empty() {
                break;
            }
            out.extend(bytes);
        }
        out
    }

    /// The card takes over: from now on it alone sends new payload.
    ///
    /// # Errors
    /// [`TcpError::NotConnected`], or [`TcpError::Unsettled`] while bytes of the stack are not acknowledged.
    pub fn arm(&mut self) -> Result<Handover, TcpError> {
        let state = self.state();
        let (Some(peer_ethernet), State::Established) = (self.peer_ethernet, state) else {
            return Err(TcpError::NotConnected(state));
        };
        let open = self.unacknowledged();
        if open > 0 {
            return Err(TcpError::Unsettled(open));
        }
        self.link.armed = true;
        self.reported = self.link.emitted;
        Ok(Handover {
            template: template::words(Mode::Tcp, &self.headers(peer_ethernet)),
            sequence: self.reported,
            registers: self.registers(),
        })
    }

    /// The headers of the card's frames. The window is the one told last: with the buffer read at every turn it stays the whole buffer.
    fn headers(&self, peer_ethernet: [u8; 6]) -> Vec<u8> {
        let Endpoints {
            ethernet,
            address,
            port,
            peer,
            peer_port,
            ..
        } = self.ends;
        let seen = Seen {
            link: wire::ethernet::Repr {
                destination: peer_ethernet,
                source: ethernet,
                vlan: None,
                ethertype: wire::ethernet::ETHERTYPE_IPV4,
            },
            packet: wire::ipv4::Repr {
                source: address,
                destination: peer,
                protocol: wire::ipv4::PROTOCOL_TCP,
                ttl: TTL,
                identification: 0,
                payload_len: 0,
            },
            header: wire::tcp::Repr {
                source_port: port,
                destination_port: peer_port,
                sequence: 0,
                acknowledgement: 0,
                flags: flag::ACK | flag::PSH,
                window: self.link.told.map_or(0, |(_, window)| window),
            },
            payload: Vec::new(),
            shift: None,
        };
        seen.emit()
    }

    /// The card has sent `bytes` at `sequence`, as an event says that was not aborted.
    ///
    /// # Errors
    /// [`TcpError::NotArmed`] or [`TcpError::Hole`].
    pub fn sent(&mut self, sequence: u32, bytes: &[u8]) -> Result<(), TcpError> {
        if !self.link.armed {
            return Err(TcpError::NotArmed(sequence));
        }
        if sequence != self.reported {
            return Err(TcpError::Hole {
                expected: self.reported,
                found: sequence,
            });
        }
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.reported = self.reported.wrapping_add(length);
        self.backlog.extend(bytes);
        Ok(())
    }

    /// Closes our side behind everything reported. The card must not send any more: disarm it and read its events first.
    pub fn close(&mut self) {
        self.socket().close();
    }

    /// Resets the connection.
    pub fn abort(&mut self) {
        self.socket().abort();
    }
}

#[cfg(test)]
mod tests;
