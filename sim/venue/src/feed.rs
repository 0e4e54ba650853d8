//! The feed: numbered messages, the frames of both lines, and answers to re-requests.

use std::collections::VecDeque;

use wire::WireError;
use wire::moldudp64::{self, Builder, Request};
use wire::packetizer::{Config, Packetizer};

use crate::faults::{Faults, Injected, Random};

/// One of the two lines that carry the same messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// Line A.
    A,
    /// Line B.
    B,
}

/// A frame to be sent, without frame check sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Line it belongs on.
    pub line: Line,
    /// The frame; behind [`Frame::UDP_HEADERS`] bytes comes the UDP payload.
    pub bytes: Vec<u8>,
}

impl Frame {
    /// Bytes of Ethernet, IPv4 and UDP headers.
    pub const UDP_HEADERS: usize = 42;

    /// The MoldUDP64 packet.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(Self::UDP_HEADERS..).unwrap_or_default()
    }
}

/// A message as it was published, whatever becomes of it on the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Session.
    pub session: [u8; 10],
    /// Sequence in the session.
    pub sequence: u64,
    /// The message.
    pub message: Vec<u8>,
}

/// A line with its faults.
#[derive(Debug, Clone)]
struct Sender {
    line: Line,
    packetizer: Packetizer,
    random: Random,
    packets: u64,
    /// Frames held back: how many others pass first.
    late: VecDeque<(u8, Vec<u8>)>,
}

/// Messages of one session, whole.
#[derive(Debug, Clone, Default)]
struct Log {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Log {
    fn push(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, sequence: u64) -> Option<&[u8]> {
        let index = usize::try_from(sequence.checked_sub(1)?).ok()?;
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(start..end)
    }
}

/// The feed of the venue.
#[derive(Debug, Clone)]
pub struct Feed {
    config: [Config; 2],
    faults: Faults,
    senders: [Sender; 2],
    log: Log,
    total: u64,
    out: Vec<Frame>,
    published: Option<Vec<Published>>,
    injected: Injected,
}

impl Feed {
    /// A feed at the start of its first session; the lines differ in their addresses only.
    pub fn new(lines: [Config; 2], faults: Faults) -> Self {
        let [mut a, mut b] = lines;
        (a.first_sequence, b.first_sequence) = (1, 1);
        b.session = a.session;
        b.seed = a.seed;
        b.messages_per_packet = a.messages_per_packet.clone();
        b.mtu = a.mtu;
        let senders = senders(&[a.clone(), b.clone()], &faults);
        Self {
            config: [a, b],
            faults,
            senders,
            log: Log::default(),
            total: 0,
            out: Vec::new(),
            published: None,
            injected: Injected::default(),
        }
    }

    /// Faults of the lines so far.
    pub const fn injected(&self) -> &Injected {
        &self.injected
    }

    /// Session.
    pub fn session(&self) -> [u8; 10] {
        self.config[0].session
    }

    /// Sequence of the next message of the session.
    pub fn next_sequence(&self) -> u64 {
        self.log.ends.len() as u64 + 1
    }

    /// A message of the session.
    pub fn message(&self, sequence: u64) -> Option<&[u8]> {
        self.log.get(sequence)
    }

    /// Publishes a message.
    ///
    /// # Errors
    /// It is longer than a packet.
    pub fn publish(&mut self, message: &[u8]) -> Result<(), WireError> {
        for sender in &mut self.senders {
            if let Some(frame) = sender.packetizer.push(message)? {
                sender.send(frame, &self.faults, &mut self.out, &mut self.injected);
            }
        }
        self.keep(message);
        self.log.push(message);
        self.total += 1;
        if self.faults.session_change_after > 0 && self.total == self.faults.session_change_after {
            self.injected.add("session-change");
            self.change_session();
        }
        Ok(())
    }

    fn keep(&mut self, message: &[u8]) {
        let (session, sequence) = (self.session(), self.next_sequence());
        if let Some(published) = &mut self.published {
            published.push(Published {
                session,
                sequence,
                message: message.to_vec(),
            });
        }
    }

    /// Keeps every message from now on for [`Self::take_published`]: what a listener who misses nothing would hear.
    pub fn keep_published(&mut self) {
        self.published.get_or_insert_default();
    }

    /// Messages published since the last call.
    pub fn take_published(&mut self) -> Vec<Published> {
        self.published.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Sends messages that wait for a packet to fill.
    pub fn flush(&mut self) {
        for sender in &mut self.senders {
            if let Some(frame) = sender.packetizer.flush() {
                sender.send(frame, &self.faults, &mut self.out, &mut self.injected);
            }
        }
    }

    /// Sends a heartbeat on both lines.
    pub fn heartbeat(&mut self) {
        self.flush();
        for sender in &mut self.senders {
            let frame = sender.packetizer.heartbeat();
            sender.send(frame, &self.faults, &mut self.out, &mut self.injected);
        }
    }

    /// Ends the session; a new one begins with the next message.
    pub fn change_session(&mut self) {
        self.end();
        let name = std::str::from_utf8(&self.config[0].session).unwrap_or_default();
        let number = name.trim().parse::<u64>().unwrap_or(0).wrapping_add(1) % 10_000_000_000;
        let mut session = [b'0'; 10];
        session.copy_from_slice(format!("{number:010}").as_bytes());
        for config in &mut self.config {
            config.session = session;
        }
        self.senders = senders(&self.config, &self.faults);
        self.log = Log::default();
    }

    /// Ends the session; frames held back leave before the end of session does.
    pub fn end(&mut self) {
        self.flush();
        for sender in &mut self.senders {
            while let Some((_, bytes)) = sender.late.pop_front() {
                self.out.push(Frame {
                    line: sender.line,
                    bytes,
                });
            }
            let bytes = sender.packetizer.end_of_session();
            self.out.push(Frame {
                line: sender.line,
                bytes,
            });
        }
    }

    /// Frames to be sent since the last call.
    pub fn take_frames(&mut self) -> Vec<Frame> {
        std::mem::take(&mut self.out)
    }

    /// Answers a re-request with as many messages as one packet holds; `None` for another session or what does not
    /// exist yet.
    pub fn reply(&self, request: &Request) -> Option<Vec<u8>> {
        if request.session != self.session() {
            return None;
        }
        let payload_max = self.config[0].mtu.saturating_sub(28);
        let mut builder = Builder::new(request.session, request.sequence, payload_max);
        for index in 0..u64::from(request.count) {
            let message = self.log.get(request.sequence.checked_add(index)?);
            match message {
                Some(message) if builder.fits(message.len()) => builder.push(message).ok()?,
                _ => break,
            }
        }
        (builder.count() > 0).then(|| builder.take())
    }

    /// Answers a re-request packet; `None` also when it is none.
    pub fn reply_to(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let packet = moldudp64::Packet::new_checked(packet).ok()?;
        self.reply(&Request::parse(&packet))
    }
}

fn senders(config: &[Config; 2], faults: &Faults) -> [Sender; 2] {
    let sender = |line, config: &Config, stream| Sender {
        line,
        packetizer: Packetizer::new(config.clone()),
        random: Random::new(faults.seed, stream),
        packets: 0,
        late: VecDeque::new(),
    };
    [sender(Line::A, &config[0], 1), sender(Line::B, &config[1], 2)]
}

impl Sender {
    fn send(&mut self, frame: Vec<u8>, faults: &Faults, out: &mut Vec<Frame>, injected: &mut Injected) {
        self.packets += 1;
        let side = usize::from(self.line == Line::B);
        let gap = faults.gap_every > 0 && self.packets.is_multiple_of(faults.gap_every);
        // Each draw happens for every frame: one fault does not shift the others.
        let lost = self.random.chance(faults.loss[side]) || gap;
        let twice = self.random.chance(faults.duplicate[side]);
        let late = self.random.chance(faults.reorder[side]);
        let happened = [
            ("gap", gap),
            ("loss", lost && !gap),
            ("duplicate", twice && !lost),
            ("reorder", late && !lost),
        ];
        for (kind, _) in happened.into_iter().filter(|(_, it_did)| *it_did) {
            injected.add(kind);
        }
        let line = self.line;
        let emit = |bytes, out: &mut Vec<Frame>| out.push(Frame { line, bytes });
        if !lost {
            if twice {
                emit(frame.clone(), out);
            }
            if late {
                let passing = u8::try_from(self.random.draw() % 3).unwrap_or(0) + 1;
                self.late.push_back((passing + 1, frame));
            } else {
                emit(frame, out);
            }
        }
        for (passing, _) in &mut self.late {
            *passing -= 1;
        }
        while self.late.front().is_some_and(|(passing, _)| *passing == 0) {
            if let Some((_, bytes)) = self.late.pop_front() {
                emit(bytes, out);
            }
        }
        // One behind an earlier one that waits longer leaves with it, so none waits below zero.
        for (passing, _) in &mut self.late {
            *passing = (*passing).max(1);
        }
    }
}
