//! Frames of one receive line: made to measure, spoiled on demand, driven beat by beat.

use crate::{Bench, Rng};
use std::collections::VecDeque;
use std::rc::Rc;
use twin::udp::Subscription;
use verilated::PortId;
use wire::{ethernet, ipv4, udp};

/// Every ITCH 5.0 type with its length in bytes.
pub const ITCH_TYPES: [(u8, usize); 23] = [
    (b'S', 12),
    (b'R', 39),
    (b'H', 25),
    (b'Y', 20),
    (b'L', 26),
    (b'V', 35),
    (b'W', 12),
    (b'K', 28),
    (b'J', 35),
    (b'h', 21),
    (b'A', 36),
    (b'F', 40),
    (b'E', 31),
    (b'C', 36),
    (b'X', 23),
    (b'D', 19),
    (b'U', 35),
    (b'P', 44),
    (b'Q', 40),
    (b'B', 19),
    (b'I', 50),
    (b'N', 20),
    (b'O', 48),
];

/// What the line listens to in benches.
pub const SUBSCRIPTION: Subscription = Subscription {
    group: [233, 54, 12, 1],
    port: 18_001,
};
/// The session of the benches.
pub const SESSION: [u8; 10] = *b"TICKFORGE1";

/// A frame as it comes from the MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Bytes without FCS.
    pub bytes: Vec<u8>,
    /// The MAC's verdict at the end: bad FCS, abort, truncation.
    pub bad: bool,
}

/// How a packet is made.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// 802.1Q tag.
    pub vlan: Option<u16>,
    /// MoldUDP64 session.
    pub session: [u8; 10],
    /// Sequence in the header.
    pub seq: u64,
    /// Count field, when it is not the number of blocks.
    pub count: Option<u16>,
    /// Bytes of padding behind the payload.
    pub padding: usize,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            vlan: None,
            session: SESSION,
            seq: 1,
            count: None,
            padding: 0,
        }
    }
}

impl Recipe {
    /// A frame with these messages, each behind its length.
    pub fn frame(&self, blocks: &[Vec<u8>]) -> Frame {
        let mut packet = self.session.to_vec();
        packet.extend(self.seq.to_be_bytes());
        let count = self.count.unwrap_or_else(|| len16(blocks.len()));
        packet.extend(count.to_be_bytes());
        for block in blocks {
            packet.extend(len16(block.len()).to_be_bytes());
            packet.extend(block);
        }
        self.around(&packet)
    }

    /// A frame around any UDP payload.
    pub fn around(&self, packet: &[u8]) -> Frame {
        let ethernet = ethernet::Repr {
            destination: ethernet::multicast_address(SUBSCRIPTION.group),
            source: [2, 0, 0, 0, 0, 1],
            vlan: self.vlan,
            ethertype: ethernet::ETHERTYPE_IPV4,
        };
        let ip = ipv4::Repr {
            source: [10, 0, 0, 1],
            destination: SUBSCRIPTION.group,
            protocol: ipv4::PROTOCOL_UDP,
            ttl: 16,
            identification: len16(packet.len()),
            payload_len: len16(packet.len() + udp::HEADER_LEN),
        };
        let ip_at = ethernet.header_len();
        let udp_at = ip_at + ipv4::HEADER_LEN;
        let mut bytes = vec![0; udp_at + udp::HEADER_LEN + packet.len()];
        ethernet.emit(&mut bytes);
        ip.emit(&mut bytes[ip_at..]);
        bytes[udp_at + udp::HEADER_LEN..].copy_from_slice(packet);
        let ports = udp::Repr {
            source_port: 18_000,
            destination_port: SUBSCRIPTION.port,
        };
        ports.emit(ip.source, SUBSCRIPTION.group, &mut bytes[udp_at..]);
        bytes.resize(bytes.len() + self.padding, 0);
        Frame { bytes, bad: false }
    }
}

fn len16(n: usize) -> u16 {
    u16::try_from(n).expect("a length of 16 bits")
}

impl Frame {
    /// Overwrites bytes of the IPv4 header (offset from its start) and makes its checksum good again.
    #[must_use]
    pub fn with_ip(mut self, at: usize, bytes: &[u8]) -> Self {
        let ip = if self.bytes[12..14] == [0x81, 0] { 18 } else { 14 };
        self.bytes[ip + at..ip + at + bytes.len()].copy_from_slice(bytes);
        self.bytes[ip + 10..ip + 12].fill(0);
        let words = self.bytes[ip..ip + 20].chunks_exact(2);
        let mut sum: u32 = words.map(|w| u32::from(u16::from_be_bytes([w[0], w[1]]))).sum();
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        let check = !u16::try_from(sum).expect("folded");
        self.bytes[ip + 10..ip + 12].copy_from_slice(&check.to_be_bytes());
        self
    }

    /// Overwrites bytes.
    #[must_use]
    pub fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Flips one bit, counted from the first bit of the first byte.
    #[must_use]
    pub fn flipped(mut self, bit: usize) -> Self {
        self.bytes[bit / 8] ^= 0x80 >> (bit % 8);
        self
    }

    /// Cuts the frame off.
    #[must_use]
    pub fn truncated(mut self, len: usize) -> Self {
        self.bytes.truncate(len);
        self
    }

    /// As the MAC marks a bad FCS.
    #[must_use]
    pub fn spoiled(mut self) -> Self {
        self.bad = true;
        self
    }

    /// Beats of the frame.
    pub fn beats(&self) -> usize {
        self.bytes.len().div_ceil(8)
    }
}

/// A message of type `kind` and `len` bytes, the rest random.
pub fn message(rng: &mut Rng, kind: u8, len: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..len).map(|_| random_byte(rng)).collect();
    bytes[0] = kind;
    bytes
}

/// A message of a random ITCH type.
pub fn any_message(rng: &mut Rng) -> Vec<u8> {
    let (kind, len) = *rng.pick(&ITCH_TYPES);
    message(rng, kind, len)
}

fn random_byte(rng: &mut Rng) -> u8 {
    u8::try_from(rng.bits(8)).expect("8 bits")
}

/// A beat of the receive stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Lane 0 lowest.
    pub data: u64,
    /// One bit a lane.
    pub keep: u8,
    /// First of its frame.
    pub first: bool,
    /// Last of its frame.
    pub last: bool,
    /// Index in its frame.
    pub index: usize,
}

/// Sends frames through `<prefix>_data, _keep, _valid, _last` and, where it exists, `_user`, a beat a cycle or with random gaps.
#[derive(Debug)]
pub struct LineDriver {
    data: PortId,
    keep: PortId,
    valid: PortId,
    last: PortId,
    user: Option<PortId>,
    waiting: VecDeque<Rc<Frame>>,
    at: usize,
    pause: u64,
    /// Chance in percent of no beat in a cycle, within and between frames.
    pub gap_percent: u64,
    /// Idle cycles between two frames, at least.
    pub frame_gap: u64,
}

impl LineDriver {
    /// A driver of the ports that begin with `prefix`.
    pub fn new(bench: &Bench, prefix: &str) -> Self {
        let port = |suffix| bench.port(&format!("{prefix}_{suffix}"));
        Self {
            data: port("data"),
            keep: port("keep"),
            valid: port("valid"),
            last: port("last"),
            user: bench.model.try_port(&format!("{prefix}_user")).ok(),
            waiting: VecDeque::new(),
            at: 0,
            pause: 0,
            gap_percent: 0,
            frame_gap: 0,
        }
    }

    /// Queues a frame.
    pub fn push(&mut self, frame: Frame) {
        self.waiting.push_back(Rc::new(frame));
    }

    /// Keeps the line silent for this many cycles before the next frame.
    pub fn wait(&mut self, cycles: u64) {
        self.pause += cycles;
    }

    /// Forgets what has not been sent, as a reset does.
    pub fn abandon(&mut self) {
        self.waiting.clear();
        self.at = 0;
        self.pause = 0;
    }

    /// Everything has been sent.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sets the ports for this cycle; returns the beat sent, with its frame. What nobody may look at is random.
    pub fn drive(&mut self, bench: &mut Bench) -> Option<(Beat, Rc<Frame>)> {
        let noise = bench.rng.next_u64();
        let gap = self.gap_percent > 0 && bench.rng.percent(self.gap_percent);
        if self.pause > 0 || gap || self.waiting.is_empty() {
            self.pause = self.pause.saturating_sub(1);
            let (keep, last, user) = (bench.rng.bits(8), bench.rng.bits(1), bench.rng.bits(1));
            self.set(bench, [noise, keep, 0, last, user]);
            return None;
        }
        let frame = Rc::clone(&self.waiting[0]);
        let rest = &frame.bytes[8 * self.at..];
        let count = rest.len().min(8);
        let mut lanes = noise.to_le_bytes();
        lanes[..count].copy_from_slice(&rest[..count]);
        let last = rest.len() <= 8;
        let beat = Beat {
            data: u64::from_le_bytes(lanes),
            keep: u8::try_from((1_u32 << count) - 1).expect("at most 8 lanes"),
            first: self.at == 0,
            last,
            index: self.at,
        };
        let user = if last {
            u64::from(frame.bad)
        } else {
            bench.rng.bits(1)
        };
        self.set(bench, [beat.data, u64::from(beat.keep), 1, u64::from(last), user]);
        self.at += 1;
        if last {
            self.at = 0;
            self.pause = self.frame_gap;
            self.waiting.pop_front();
        }
        Some((beat, frame))
    }

    fn set(&self, bench: &mut Bench, values: [u64; 5]) {
        let ports = [self.data, self.keep, self.valid, self.last].into_iter();
        for (port, value) in ports.chain(self.user).zip(values) {
            bench.set(port, value);
        }
    }
}
