//! The client's end of a session.

use super::{Decoder, HEARTBEAT_NS, LoginRequest, Packet, TIMEOUT_NS, timeout_of};
use crate::WireError;

/// What a client logs in with, and its patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientConfig {
    /// User, password, session and first message wanted.
    pub login: LoginRequest,
    /// Silence of our own after which a heartbeat is sent, ns.
    pub heartbeat_ns: u64,
    /// Silence of the server after which the connection is given up, ns.
    pub timeout_ns: u64,
}

impl ClientConfig {
    /// The specification's intervals.
    pub const fn new(login: LoginRequest) -> Self {
        Self {
            login,
            heartbeat_ns: HEARTBEAT_NS,
            timeout_ns: TIMEOUT_NS,
        }
    }

    /// Heartbeats at this pace, and patience in proportion.
    #[must_use]
    pub const fn at_pace(self, heartbeat_ns: u64) -> Self {
        Self {
            heartbeat_ns,
            timeout_ns: timeout_of(heartbeat_ns),
            ..self
        }
    }
}

/// What a client learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// Logged in.
    Accepted {
        /// Session.
        session: [u8; 10],
        /// Number of the next sequenced message.
        sequence: u64,
    },
    /// Refused, with the reason; the connection is over.
    Rejected(u8),
    /// A sequenced message.
    Message {
        /// Its number.
        sequence: u64,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A message without a number.
    Unsequenced(Vec<u8>),
    /// The session is over: no message will ever follow.
    Ended,
    /// The server sent what it may not, or nothing for too long; the connection is over.
    Lost(Option<WireError>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    LoggingIn,
    LoggedIn,
    Closed,
}

/// A client on one connection. After it closed, a new one whose login asks for [`Client::next_sequence`] goes on.
#[derive(Debug, Clone)]
pub struct Client {
    config: ClientConfig,
    state: State,
    decoder: Decoder,
    output: Vec<u8>,
    next: u64,
    heard_ns: u64,
    sent_ns: u64,
}

impl Client {
    /// A client on a connection just made; its login request is the first output.
    pub fn new(config: ClientConfig, now_ns: u64) -> Self {
        Self {
            config,
            state: State::LoggingIn,
            decoder: Decoder::new(),
            output: Packet::LoginRequest(config.login).to_vec(),
            next: config.login.sequence,
            heard_ns: now_ns,
            sent_ns: now_ns,
        }
    }

    /// Number of the next sequenced message expected.
    pub const fn next_sequence(&self) -> u64 {
        self.next
    }

    /// True between the accepted login and the end.
    pub fn is_logged_in(&self) -> bool {
        self.state == State::LoggedIn
    }

    /// True when the connection has to be closed.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Bytes to be sent since the last call.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Sends a message without a number; false when not logged in.
    ///
    /// # Panics
    /// When it is longer than [`super::BODY_MAX`].
    pub fn send(&mut self, message: &[u8], now_ns: u64) -> bool {
        if self.state == State::LoggedIn {
            self.put(&Packet::Unsequenced(message), now_ns);
        }
        self.state == State::LoggedIn
    }

    /// Logs out.
    pub fn logout(&mut self, now_ns: u64) {
        if self.state != State::Closed {
            self.put(&Packet::Logout, now_ns);
            self.state = State::Closed;
        }
    }

    /// Looks at the clock: heartbeats, and gives a silent server up.
    pub fn tick(&mut self, now_ns: u64) -> Option<ClientEvent> {
        if self.state == State::Closed {
            return None;
        }
        if now_ns.saturating_sub(self.heard_ns) >= self.config.timeout_ns {
            self.state = State::Closed;
            return Some(ClientEvent::Lost(None));
        }
        let quiet = now_ns.saturating_sub(self.sent_ns) >= self.config.heartbeat_ns;
        if quiet && self.state == State::LoggedIn {
            self.put(&Packet::ClientHeartbeat, now_ns);
        }
        None
    }

    /// Takes bytes received.
    pub fn receive(&mut self, bytes: &[u8], now_ns: u64) -> Vec<ClientEvent> {
        let mut events = Vec::new();
        if self.state == State::Closed {
            return events;
        }
        if !bytes.is_empty() {
            self.heard_ns = now_ns;
        }
        self.decoder.push(bytes);
        while self.state != State::Closed {
            let event = match self.decoder.next_packet() {
                Ok(None) => break,
                Ok(Some(packet)) => step(&mut self.state, &mut self.next, &packet),
                Err(error) => Some(ClientEvent::Lost(Some(error))),
            };
            if matches!(event, Some(ClientEvent::Lost(_))) {
                self.state = State::Closed;
            }
            events.extend(event);
        }
        events
    }

    fn put(&mut self, packet: &Packet<'_>, now_ns: u64) {
        packet.append_to(&mut self.output);
        self.sent_ns = now_ns;
    }
}

/// Takes one packet; what does not belong into the state loses the connection.
fn step(state: &mut State, next: &mut u64, packet: &Packet<'_>) -> Option<ClientEvent> {
    match (*state, packet) {
        (_, Packet::Debug(_)) | (State::LoggedIn, Packet::ServerHeartbeat) => None,
        (State::LoggingIn, Packet::LoginAccepted { session, sequence }) => {
            *state = State::LoggedIn;
            *next = *sequence;
            Some(ClientEvent::Accepted {
                session: *session,
                sequence: *sequence,
            })
        }
        (State::LoggingIn, Packet::LoginRejected(reason)) => {
            *state = State::Closed;
            Some(ClientEvent::Rejected(*reason))
        }
        (State::LoggedIn, Packet::Sequenced(message)) => {
            let sequence = *next;
            *next = next.saturating_add(1);
            Some(ClientEvent::Message {
                sequence,
                bytes: message.to_vec(),
            })
        }
        (State::LoggedIn, Packet::Unsequenced(message)) => Some(ClientEvent::Unsequenced(message.to_vec())),
        (State::LoggedIn, Packet::EndOfSession) => {
            *state = State::Closed;
            Some(ClientEvent::Ended)
        }
        (_, other) => Some(ClientEvent::Lost(Some(WireError::SoupPacket {
            kind: other.kind(),
            length: 0,
        }))),
    }
}
