//! The order connection split between card and host (`docs/adr/0009-tcp-split.md`): the host's stack connects, logs in,
//! acknowledges, retransmits and closes over the card's frames ring and frame TX window; every new byte behind the login is the card's.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use contract::event::Reason;
use contract::reg::capability;
use device::gate::Received;
use engine::order_path::Orders;
use engine::tcp::{Connection, Endpoints, LinkStats, Registers, TcpError};
use wire::soupbintcp::{LENGTH_LEN, kind};

use super::far_end::FarEnd;
use super::market::Market;
use crate::cmd::run::frame::OrderFrames;
use crate::cmd::run::orders::{OrderPath, Outcome};
use crate::error::CliError;
use crate::live::Live;

/// Bits of the network that both ends are on.
pub(crate) const PREFIX: u8 = 24;
/// Bytes of an order in its packet: what has to fit the peer's window for another one.
const ORDER_BYTES: u32 = 50;
/// Times frames go to and fro in one look, at most.
const ROUNDS: u32 = 8;
/// Connections in a row that nobody takes, after which there is nobody.
const REFUSED_MAX: u32 = 50;
/// Packets that wait for the peer's window, at most: an account query, a heartbeat and the goodbye are all there can be.
const WAITING_MAX: usize = 8;

/// What came of it.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct SplitStats {
    /// Times the card took over a connection.
    pub(crate) handovers: u64,
    /// Requests that are no orders, sent by the card: queries, heartbeats, logout.
    pub(crate) raw: u64,
    /// First transmissions of the stack that were swallowed, since the card had sent the bytes.
    pub(crate) swallowed: u64,
    /// Segments with payload that the stack sent again.
    pub(crate) retransmitted: u64,
    /// Probes of a closed window.
    pub(crate) probes: u64,
    /// Looks at which an order would not have fitted the peer's window.
    pub(crate) shut: u64,
    /// Frames lost, doubled and overtaken on the cable.
    pub(crate) cable_faults: [u64; 3],
}

/// The connection, from the host's side.
pub(crate) struct Split {
    ends: Endpoints,
    seed: u64,
    /// Time of a look, us, in a world without a wall clock.
    step_us: Option<u64>,
    now_us: u64,
    connection: Option<Connection>,
    armed: bool,
    /// The card's account follows the connection.
    follows: bool,
    registers: Registers,
    /// Packets for the card's sequencer, in order.
    waiting: VecDeque<Vec<u8>>,
    /// The venue's end; without it the card has a cable of its own.
    far: Option<FarEnd>,
    /// Connections in a row that were never established.
    refused: u32,
    pub(crate) stats: SplitStats,
}

/// Both ends of the connection from `[orders]`; a venue elsewhere, on the card's own cable, is where it says.
pub(crate) fn endpoints(orders: &Orders, venue: Option<(Ipv4Addr, u16)>) -> Result<Endpoints, CliError> {
    let (peer, peer_port) = venue.unwrap_or((orders.destination_ip, orders.destination_port));
    let ours = orders.source_ip;
    if ours.octets()[..3] != peer.octets()[..3] || ours == peer {
        return Err(CliError::Input(format!(
            "orders.source_ip {ours} and the venue's {peer} are not two addresses of one network of {PREFIX} bits; the \
             host's stack has no routes: change the address or use --transport bridge"
        )));
    }
    Ok(Endpoints {
        ethernet: orders.source_mac.0,
        address: ours.octets(),
        prefix: PREFIX,
        port: orders.source_port,
        peer: peer.octets(),
        peer_port,
    })
}

fn broken(error: TcpError) -> CliError {
    CliError::Check(format!("the order connection: {error}"))
}

impl Split {
    /// No connection yet. Of a session that begins, a card that can applies the responses.
    pub(crate) fn new(
        live: &mut Live,
        (ends, seed): (Endpoints, u64),
        step_us: Option<u64>,
        far: Option<FarEnd>,
    ) -> Result<Self, CliError> {
        let device = &mut live.card.device;
        let follows = device.has(capability::FOLLOW);
        if follows {
            device.unfollow()?;
            device.set_message_next(1)?;
        }
        Ok(Self {
            ends,
            seed,
            step_us,
            now_us: 0,
            connection: None,
            armed: false,
            follows,
            registers: Registers::default(),
            waiting: VecDeque::new(),
            far,
            refused: 0,
            stats: SplitStats::default(),
        })
    }

    /// The gate's account follows the connection: the host does not tell it.
    pub(crate) const fn follows(&self) -> bool {
        self.follows
    }

    /// Begins a new connection, from a port of its own: nothing of an older one can be taken for it.
    pub(crate) fn connect(&mut self) -> Result<(), CliError> {
        if self.refused >= REFUSED_MAX {
            let Endpoints { peer, peer_port, .. } = self.ends;
            return Err(CliError::Input(format!(
                "nobody takes a connection at {} port {peer_port}; is `tickforge venue` there?",
                Ipv4Addr::from(peer)
            )));
        }
        self.refused += 1;
        self.seed = self.seed.wrapping_add(1);
        self.ends.port = self.ends.port.checked_add(1).unwrap_or(1_024);
        let opened = Connection::open(self.ends, self.seed, self.now_us);
        self.connection = Some(opened.map_err(broken)?);
        Ok(())
    }

    /// The venue's end is in this process.
    pub(crate) const fn has_far_end(&self) -> bool {
        self.far.is_some()
    }

    /// A connection is there or being made.
    pub(crate) const fn is_begun(&self) -> bool {
        self.connection.is_some()
    }

    /// It is established, and neither side has ended it.
    pub(crate) fn is_established(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::is_established)
    }

    /// It was there, or began, and will not come back.
    pub(crate) fn is_over(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::is_ending)
    }

    /// The card has taken over, and an order fits the peer's window.
    pub(crate) fn has_room(&self) -> bool {
        let room = self.connection.as_ref().map_or(0, Connection::room);
        self.armed && self.waiting.is_empty() && room >= ORDER_BYTES
    }

    /// Frames to and fro until none is left; then the card knows what the stack knows.
    pub(crate) fn turn(
        &mut self,
        live: &mut Live,
        orders: &mut OrderPath,
        market: &mut dyn Market,
    ) -> Result<(), CliError> {
        self.now_us = match self.step_us {
            Some(step) => self.now_us + step,
            None => market.now_ns() / 1_000,
        };
        for _ in 0..ROUNDS {
            if !self.carry(live, market)? {
                break;
            }
        }
        if self.is_established() {
            self.refused = 0;
        }
        self.tell_card(live, orders)
    }

    /// Frames both ways, once; false when there was none.
    fn carry(&mut self, live: &mut Live, market: &mut dyn Market) -> Result<bool, CliError> {
        let mut moved = false;
        while let Some(frame) = live.departed()? {
            // A card with a cable of its own has put the frame there.
            if let Some(far) = &mut self.far {
                far.put(frame);
                moved = true;
            }
        }
        if let Some(far) = &mut self.far {
            far.turn(market, self.now_us)?;
            live.receive_frames(far.take())?;
        }
        let arrived = live.arrived()?;
        let Some(connection) = &mut self.connection else {
            return Ok(moved);
        };
        moved |= !arrived.is_empty();
        for frame in arrived {
            connection.receive(frame);
        }
        connection.turn(self.now_us);
        while let Some(frame) = connection.transmit() {
            live.send_frame(&frame)?;
            moved = true;
        }
        Ok(moved)
    }

    fn tell_card(&mut self, live: &mut Live, orders: &mut OrderPath) -> Result<(), CliError> {
        let Some(connection) = self.connection.as_ref().filter(|_| self.armed) else {
            return Ok(());
        };
        self.stats.shut += u64::from(connection.room() < ORDER_BYTES);
        let now = connection.registers();
        if now != self.registers {
            self.registers = now;
            orders.connection_says(live, &now)?;
        }
        Ok(())
    }

    /// Payload that arrived.
    pub(crate) fn read(&mut self) -> Vec<u8> {
        self.connection.as_mut().map(Connection::read).unwrap_or_default()
    }

    /// Takes what the client wants to send: the login goes by the stack, everything behind it by the card.
    pub(crate) fn write(&mut self, live: &mut Live, bytes: &[u8]) -> Result<(), CliError> {
        let mut left = bytes;
        while let [high, low, ..] = left {
            let length = LENGTH_LEN + usize::from(u16::from_be_bytes([*high, *low]));
            let Some((packet, rest)) = left.split_at_checked(length) else {
                return Err(CliError::Check("a packet of the client without its end".into()));
            };
            left = rest;
            match packet.get(LENGTH_LEN) {
                Some(&kind::LOGIN_REQUEST) => {
                    self.follow(live)?;
                    if let Some(connection) = &mut self.connection {
                        connection.send(packet).map_err(broken)?;
                    }
                }
                // One that waits says as much.
                Some(&kind::CLIENT_HEARTBEAT) if !self.waiting.is_empty() => {}
                _ if self.waiting.len() >= WAITING_MAX => {
                    return Err(CliError::Check(format!(
                        "{WAITING_MAX} packets wait for the window of the order connection"
                    )));
                }
                _ => self.waiting.push_back(packet.to_vec()),
            }
        }
        Ok(())
    }

    /// The card reads along from the connection's first byte on: the exchange says nothing before the login.
    fn follow(&self, live: &mut Live) -> Result<(), CliError> {
        let next = self.connection.as_ref().and_then(Connection::receive_next);
        let Some(sequence) = next.filter(|_| self.follows) else {
            return Ok(());
        };
        let Endpoints {
            address,
            port,
            peer,
            peer_port,
            ..
        } = self.ends;
        Ok(live.card.device.follow(&Received {
            peer: (peer, peer_port),
            own: (address, port),
            sequence,
        })?)
    }

    /// The card takes over behind the login, once the stack's bytes are acknowledged; then what waits goes through its sequencer.
    pub(crate) fn push(&mut self, live: &mut Live, orders: &mut OrderPath) -> Result<(), CliError> {
        let Some(connection) = self.connection.as_mut().filter(|c| c.is_established()) else {
            return Ok(());
        };
        if !self.armed {
            if connection.unacknowledged() > 0 {
                return Ok(());
            }
            let handover = connection.arm().map_err(broken)?;
            let headers = connection.card_headers();
            let (peer, window) = headers.ok_or_else(|| CliError::Check("no headers for the card".into()))?;
            let frames = OrderFrames::of_connection(&self.ends, peer, window);
            orders.take_over(live, frames, &handover)?;
            self.registers = handover.registers;
            self.armed = true;
            self.stats.handovers += 1;
        }
        while let Some(packet) = self.waiting.front() {
            let room = self.connection.as_ref().map_or(0, Connection::room);
            if (room as usize) < packet.len() {
                return Ok(());
            }
            match orders.submit_raw(live, packet)? {
                Outcome::Sent { .. } => {
                    self.stats.raw += 1;
                    self.waiting.pop_front();
                }
                Outcome::Refused(_, checks) if passes_later(checks) => return Ok(()),
                other => {
                    orders.fault(format!("a packet of the order session did not leave: {other:?}"));
                    self.waiting.pop_front();
                }
            }
            self.report(orders)?;
        }
        Ok(())
    }

    /// Tells the stack what the card has sent.
    pub(crate) fn report(&mut self, orders: &mut OrderPath) -> Result<(), CliError> {
        for (sequence, payload) in orders.take_reported() {
            if let Some(connection) = &mut self.connection {
                connection.sent(sequence, &payload).map_err(broken)?;
            }
        }
        Ok(())
    }

    /// The connection is gone, or to be: a reset says so to whoever is still there, and the card's epoch ends. The account gets what the card
    /// holds of the messages before `heard`: the next login asks for none of them.
    pub(crate) fn drop_connection(
        &mut self,
        live: &mut Live,
        orders: &mut OrderPath,
        heard: u64,
    ) -> Result<(), CliError> {
        orders.fence(live)?;
        if self.follows {
            live.card.device.unfollow()?;
            live.card.device.wait_applied(heard)?;
        }
        self.armed = false;
        self.waiting.clear();
        if let Some(mut connection) = self.connection.take() {
            connection.abort();
            connection.turn(self.now_us);
            while let Some(frame) = connection.transmit() {
                live.send_frame(&frame)?;
            }
            self.count(connection.stats());
        }
        Ok(())
    }

    /// Where the connection stands, in words.
    pub(crate) fn describe(&mut self) -> String {
        let Some(connection) = &mut self.connection else {
            return "no connection".to_owned();
        };
        let state = match (connection.is_established(), connection.is_ending()) {
            (true, _) => "established",
            (false, true) => "ending",
            (false, false) => "being made",
        };
        let (room, unacknowledged) = (connection.room(), connection.unacknowledged());
        let far = self.far.as_mut().map_or("elsewhere", |far| match far.is_quiet() {
            true => "quiet",
            false => "busy",
        });
        format!(
            "connection {state}, taken over {}, {} packets waiting, {unacknowledged} bytes unacknowledged, room for {room}, far end {far}",
            self.armed,
            self.waiting.len()
        )
    }

    fn count(&mut self, link: LinkStats) {
        self.stats.swallowed += link.swallowed;
        self.stats.retransmitted += link.retransmitted;
        self.stats.probes += link.probes;
    }

    /// Everything has gone out and is acknowledged, both ways.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let ours = self.connection.as_mut().map_or(0, Connection::unacknowledged);
        let far = self.far.as_mut().is_none_or(FarEnd::is_quiet);
        ours == 0 && self.waiting.is_empty() && far
    }

    /// Closes our side.
    pub(crate) fn close(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close();
        }
    }

    /// What came of it, the present connection included.
    pub(crate) fn summary(&mut self) -> SplitStats {
        if let Some(connection) = self.connection.take() {
            self.count(connection.stats());
        }
        self.stats.cable_faults = self.far.as_ref().map_or([0; 3], |far| far.faults);
        self.stats
    }
}

/// Refused for what passes by itself: the peer's window, the port's rate, room for events.
pub(crate) fn passes_later(checks: u32) -> bool {
    let passing = [Reason::TcpWindow, Reason::Rate, Reason::EventsFull];
    let bits = passing.iter().fold(0, |bits, reason| bits | 1 << *reason as u32);
    checks != 0 && checks & !bits == 0
}
