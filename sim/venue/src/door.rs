//! A connection of the order port: SoupBinTCP, late responses, a cable that may be cut.

use std::collections::VecDeque;

use wire::soupbintcp::{Server, ServerConfig, ServerEvent};

use crate::faults::Injected;

/// What comes in by a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorEvent {
    /// The client is in.
    LoggedIn(u64),
    /// A request, as OUCH.
    Request(Vec<u8>),
    /// The client logged out: the connection is over.
    LoggedOut,
    /// The connection is over.
    Gone,
}

/// The order port of a session: its responses outlive its connections, of which there is one at a time.
#[derive(Debug, Clone)]
pub struct Door {
    config: ServerConfig,
    delay_ns: u64,
    cut_after: u64,
    sent_bytes: u64,
    messages: Vec<Vec<u8>>,
    waiting: VecDeque<(u64, Vec<u8>)>,
    connection: Option<Server>,
    injected: Injected,
}

impl Door {
    /// A closed door. Responses wait `delay_ns`; after `cut_after` bytes to a client its connection is cut once, 0
    /// never.
    pub fn new(config: ServerConfig, delay_ns: u64, cut_after: u64) -> Self {
        Self {
            config,
            delay_ns,
            cut_after,
            sent_bytes: 0,
            messages: Vec::new(),
            waiting: VecDeque::new(),
            connection: None,
            injected: Injected::default(),
        }
    }

    /// A client connected; one before it is dropped.
    pub fn connect(&mut self, now_ns: u64) {
        self.connection = Some(Server::new(self.config, now_ns));
    }

    /// The connection broke.
    pub fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Faults of the port so far.
    pub const fn injected(&self) -> &Injected {
        &self.injected
    }

    /// True while a connection is open.
    pub fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// True when a client is in and no response waits for its time.
    pub fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && self.connection.as_ref().is_some_and(Server::is_logged_in)
    }

    /// Responses of the session that are due, from its start.
    pub fn messages(&self) -> &[Vec<u8>] {
        &self.messages
    }

    /// Takes responses of the exchange.
    pub fn respond(&mut self, responses: Vec<Vec<u8>>, now_ns: u64) {
        let due = now_ns.saturating_add(self.delay_ns);
        if self.delay_ns > 0 {
            self.injected.add_many("late-response", responses.len() as u64);
        }
        self.waiting
            .extend(responses.into_iter().map(|response| (due, response)));
    }

    /// Takes bytes of the client.
    pub fn receive(&mut self, bytes: &[u8], now_ns: u64) -> Vec<DoorEvent> {
        let made = self.messages.len() as u64;
        let Some(connection) = &mut self.connection else {
            return Vec::new();
        };
        let events = connection.receive(bytes, made, now_ns);
        events.into_iter().map(event).collect()
    }

    /// Looks at the clock; returns the bytes to be sent, and whether the connection is over behind them.
    pub fn poll(&mut self, now_ns: u64) -> (Vec<u8>, bool) {
        while self.waiting.front().is_some_and(|(due, _)| *due <= now_ns) {
            self.messages
                .extend(self.waiting.pop_front().map(|(_, response)| response));
        }
        let Some(connection) = &mut self.connection else {
            return (Vec::new(), false);
        };
        connection.pump(&self.messages, now_ns);
        connection.tick(now_ns);
        let mut output = connection.take_output();
        let mut over = connection.is_closed();
        let before = self.sent_bytes;
        self.sent_bytes += output.len() as u64;
        if self.cut_after > before && self.sent_bytes >= self.cut_after {
            output.truncate(usize::try_from(self.cut_after - before).unwrap_or(usize::MAX));
            self.injected.add("disconnect");
            over = true;
        }
        if over {
            self.connection = None;
        }
        (output, over)
    }

    /// Ends the session.
    pub fn end(&mut self, now_ns: u64) -> Vec<u8> {
        self.messages
            .extend(self.waiting.drain(..).map(|(_, response)| response));
        let Some(mut connection) = self.connection.take() else {
            return Vec::new();
        };
        connection.pump(&self.messages, now_ns);
        connection.end_session(now_ns);
        connection.take_output()
    }
}

fn event(event: ServerEvent) -> DoorEvent {
    match event {
        ServerEvent::LoggedIn(sequence) => DoorEvent::LoggedIn(sequence),
        ServerEvent::Message(bytes) => DoorEvent::Request(bytes),
        ServerEvent::LoggedOut => DoorEvent::LoggedOut,
        ServerEvent::Refused(_) | ServerEvent::Lost(_) => DoorEvent::Gone,
    }
}
