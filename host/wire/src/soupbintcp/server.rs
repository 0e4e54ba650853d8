//! The server's end of a session on one connection. The messages themselves belong to whoever owns the session and
//! outlive connections: they are an argument.

use super::{Decoder, HEARTBEAT_NS, LoginRequest, Packet, TIMEOUT_NS, reject, timeout_of};
use crate::WireError;

/// Whom a server lets in, and its patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerConfig {
    /// User; case does not count.
    pub username: [u8; 6],
    /// Password; case does not count.
    pub password: [u8; 10],
    /// Session.
    pub session: [u8; 10],
    /// Silence of our own after which a heartbeat is sent, ns.
    pub heartbeat_ns: u64,
    /// Silence of the client after which the connection is given up, ns; a client's own wish wins.
    pub timeout_ns: u64,
}

impl ServerConfig {
    /// The specification's intervals.
    pub const fn new(username: [u8; 6], password: [u8; 10], session: [u8; 10]) -> Self {
        Self {
            username,
            password,
            session,
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

    /// The reason to refuse a login while `made` messages exist.
    fn refusal(&self, login: &LoginRequest, made: u64) -> Option<u8> {
        let known = login.username.eq_ignore_ascii_case(&self.username)
            && login.password.eq_ignore_ascii_case(&self.password);
        let asked = login.session.trim_ascii();
        let session = asked.is_empty() || asked.eq_ignore_ascii_case(self.session.trim_ascii());
        if !known {
            Some(reject::NOT_AUTHORIZED)
        } else if !session || login.sequence > made.saturating_add(1) {
            Some(reject::SESSION)
        } else {
            None
        }
    }
}

/// What a server learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerEvent {
    /// The client is in and will get messages from this one on.
    LoggedIn(u64),
    /// The login was refused, with the reason; the connection is over once the output is sent.
    Refused(u8),
    /// A message of the client.
    Message(Vec<u8>),
    /// The client logged out; the connection is over.
    LoggedOut,
    /// The client sent what it may not, or nothing for too long; the connection is over.
    Lost(Option<WireError>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    LoggedIn,
    Closed,
}

/// A server on one connection.
#[derive(Debug, Clone)]
pub struct Server {
    config: ServerConfig,
    state: State,
    decoder: Decoder,
    output: Vec<u8>,
    next: u64,
    timeout_ns: u64,
    heard_ns: u64,
    sent_ns: u64,
}

impl Server {
    /// A server on a connection just made.
    pub fn new(config: ServerConfig, now_ns: u64) -> Self {
        Self {
            config,
            state: State::Waiting,
            decoder: Decoder::new(),
            output: Vec::new(),
            next: 1,
            timeout_ns: config.timeout_ns,
            heard_ns: now_ns,
            sent_ns: now_ns,
        }
    }

    /// True between the accepted login and the end.
    pub fn is_logged_in(&self) -> bool {
        self.state == State::LoggedIn
    }

    /// True when the connection has to be closed after the output is sent.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Bytes to be sent since the last call.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Takes bytes received while `made` messages of the session exist.
    pub fn receive(&mut self, bytes: &[u8], made: u64, now_ns: u64) -> Vec<ServerEvent> {
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
                Ok(Some(Packet::LoginRequest(login))) if self.state == State::Waiting => {
                    Some(self.login(&login, made, now_ns))
                }
                Ok(Some(packet)) => step(self.state, &packet),
                Err(error) => Some(ServerEvent::Lost(Some(error))),
            };
            if matches!(event, Some(ServerEvent::Lost(_) | ServerEvent::LoggedOut)) {
                self.state = State::Closed;
            }
            events.extend(event);
        }
        events
    }

    fn login(&mut self, login: &LoginRequest, made: u64, now_ns: u64) -> ServerEvent {
        if let Some(reason) = self.config.refusal(login, made) {
            self.put(&Packet::LoginRejected(reason), now_ns);
            self.state = State::Closed;
            return ServerEvent::Refused(reason);
        }
        self.next = match login.sequence {
            0 => made.saturating_add(1),
            asked => asked,
        };
        if let Some(timeout) = login.heartbeat_timeout_ms.filter(|timeout| *timeout > 0) {
            self.timeout_ns = u64::from(timeout) * 1_000_000;
        }
        let (session, sequence) = (self.config.session, self.next);
        self.put(&Packet::LoginAccepted { session, sequence }, now_ns);
        self.state = State::LoggedIn;
        ServerEvent::LoggedIn(sequence)
    }

    /// Sends what of the session's messages this client has not got yet; `messages[0]` has number 1.
    pub fn pump(&mut self, messages: &[Vec<u8>], now_ns: u64) {
        if self.state != State::LoggedIn {
            return;
        }
        let from = usize::try_from(self.next - 1).unwrap_or(usize::MAX);
        for message in messages.iter().skip(from) {
            self.put(&Packet::Sequenced(message), now_ns);
            self.next += 1;
        }
    }

    /// Ends the session; pump before.
    pub fn end_session(&mut self, now_ns: u64) {
        if self.state == State::LoggedIn {
            self.put(&Packet::EndOfSession, now_ns);
        }
        self.state = State::Closed;
    }

    /// Looks at the clock: heartbeats, and gives a silent client up.
    pub fn tick(&mut self, now_ns: u64) -> Option<ServerEvent> {
        if self.state == State::Closed {
            return None;
        }
        if now_ns.saturating_sub(self.heard_ns) >= self.timeout_ns {
            self.state = State::Closed;
            return Some(ServerEvent::Lost(None));
        }
        let quiet = now_ns.saturating_sub(self.sent_ns) >= self.config.heartbeat_ns;
        if quiet && self.state == State::LoggedIn {
            self.put(&Packet::ServerHeartbeat, now_ns);
        }
        None
    }

    fn put(&mut self, packet: &Packet<'_>, now_ns: u64) {
        packet.append_to(&mut self.output);
        self.sent_ns = now_ns;
    }
}

/// Takes one packet that is no login; what does not belong into the state loses the connection.
fn step(state: State, packet: &Packet<'_>) -> Option<ServerEvent> {
    match (state, packet) {
        (_, Packet::Debug(_)) | (State::LoggedIn, Packet::ClientHeartbeat) => None,
        (State::LoggedIn, Packet::Unsequenced(message)) => Some(ServerEvent::Message(message.to_vec())),
        (_, Packet::Logout) => Some(ServerEvent::LoggedOut),
        (_, other) => Some(ServerEvent::Lost(Some(WireError::SoupPacket {
            kind: other.kind(),
            length: 0,
        }))),
    }
}
