//! Golden model of the filter of the frame TX window: what the card has sent, which connection was opened, what may leave.

use contract::frame::{FRAME_MIN, LOGIN_BYTES, SENT_KEPT};

/// Bytes of the Ethernet, IPv4 and TCP headers, none with options.
const HEADERS: usize = 54;
/// Bytes of a frame up to the word with its first payload byte.
const DECIDED: usize = 56;
/// Payloads of the card's own are shorter.
const OWN_MAX: usize = 64;
const FIN: u16 = 1;
const SYN: u16 = 2;
const RST: u16 = 4;
const ACK: u16 = 16;
/// The flags an ordinary segment may have: those and PSH.
const ORDINARY: u16 = FIN | SYN | RST | ACK | 8;

/// What becomes of a frame written whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It leaves.
    Passes,
    /// It is none of the kinds that leave.
    Unread,
    /// It has payload that may not leave.
    Withheld,
}

fn word(frame: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([frame[at], frame[at + 1]])
}

fn long(frame: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]])
}

/// A TCP segment over IPv4 without options, as its frame has it.
#[derive(Debug, Clone, Copy)]
struct Segment<'a> {
    frame: &'a [u8],
    total: usize,
    offset: usize,
    flags: u16,
}

impl<'a> Segment<'a> {
    /// The frame has at least its first 48 bytes.
    fn read(frame: &'a [u8]) -> Option<Self> {
        let ipv4 = word(frame, 12) == 0x0800 && frame[14] == 0x45;
        let tcp = frame[23] == 6 && word(frame, 20) & 0xbfff == 0;
        let control = word(frame, 46);
        (ipv4 && tcp).then_some(Self {
            frame,
            total: word(frame, 16).into(),
            offset: 4 * usize::from(control >> 12),
            flags: control & 0xfff,
        })
    }

    fn ends(&self) -> [u8; 12] {
        std::array::from_fn(|i| self.frame[26 + i])
    }

    fn sequence(&self) -> u32 {
        long(self.frame, 38)
    }

    fn has(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    /// The packet fills the frame, or the least frame at most.
    fn fits(&self) -> bool {
        let length = 14 + self.total;
        length == self.frame.len() || (self.frame.len() == FRAME_MIN && length < FRAME_MIN)
    }

    /// Payload behind a header without options.
    fn payload(&self) -> Option<&'a [u8]> {
        let plain = self.offset == 20 && self.total > 40;
        plain.then(|| self.frame.get(HEADERS..14 + self.total)).flatten()
    }

    fn is_bare(&self) -> bool {
        self.offset >= 20 && self.total == 20 + self.offset
    }
}

/// The last bytes the card has sent, of one connection.
#[derive(Debug, Clone, Default)]
struct Sent {
    ends: [u8; 12],
    /// Sequence behind the last byte.
    high: u32,
    bytes: Vec<u8>,
}

/// A SYN that left, and whether it was answered.
#[derive(Debug, Clone, Default)]
struct Opening {
    ends: [u8; 12],
    first: u32,
    answered: bool,
}

impl Opening {
    /// A SYN was taken in, or has left: another one begins anew.
    fn is_of(&self, syn: &Segment<'_>) -> bool {
        self.ends == syn.ends() && self.first == syn.sequence().wrapping_add(1)
    }
}

/// What the filter knows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    sent: Sent,
    opening: Option<Opening>,
}

impl Filter {
    /// An order frame has left the card; `whole` unless it was cut off.
    pub fn order_left(&mut self, frame: &[u8], whole: bool) {
        if frame.len() < DECIDED {
            return;
        }
        let own = Segment::read(frame).filter(|s| {
            let plain = s.offset == 20 && s.flags & !8 == ACK;
            plain && (40..40 + OWN_MAX).contains(&s.total)
        });
        let (ends, sequence) = (std::array::from_fn(|i| frame[26 + i]), long(frame, 38));
        if own.is_none() || ends != self.sent.ends || sequence != self.sent.high {
            self.sent = Sent {
                ends,
                high: sequence,
                bytes: Vec::new(),
            };
        }
        if let Some(own) = own.filter(|_| whole) {
            let payload = &frame[HEADERS..14 + own.total];
            self.sent.high = sequence.wrapping_add(u32::try_from(payload.len()).expect("a frame"));
            self.sent.bytes.extend_from_slice(payload);
            let excess = self.sent.bytes.len().saturating_sub(SENT_KEPT);
            self.sent.bytes.drain(..excess);
        }
    }

    /// A frame of the window was taken in: a SYN makes what was known before it void.
    pub fn taken(&mut self, frame: &[u8]) {
        if let Some(syn) = Segment::read(frame).filter(|s| s.has(SYN)) {
            self.sent.bytes.clear();
            if let Some(opening) = &mut self.opening {
                opening.answered &= opening.is_of(&syn);
            }
        }
    }

    /// A frame of the window has left.
    pub fn window_left(&mut self, frame: &[u8]) {
        if let Some(syn) = Segment::read(frame).filter(|s| s.has(SYN)) {
            self.sent.bytes.clear();
            let again = |opening: &Opening| opening.answered && opening.is_of(&syn);
            self.opening = Some(Opening {
                ends: syn.ends(),
                first: syn.sequence().wrapping_add(1),
                answered: self.opening.as_ref().is_some_and(again),
            });
        }
    }

    /// A frame was received; `good` unless the MAC says otherwise.
    pub fn received(&mut self, frame: &[u8], good: bool) {
        if !good || frame.len() <= 48 {
            return;
        }
        let (Some(segment), Some(opening)) = (Segment::read(frame), &mut self.opening) else {
            return;
        };
        let crossed = frame[30..34] == opening.ends[..4]
            && frame[26..30] == opening.ends[4..8]
            && frame[36..38] == opening.ends[8..10]
            && frame[34..36] == opening.ends[10..];
        let answers = segment.flags & (SYN | ACK | RST | FIN) == SYN | ACK;
        opening.answered |= crossed && answers && long(frame, 42) == opening.first;
    }

    /// What becomes of a frame.
    pub fn judge(&self, frame: &[u8]) -> Judgement {
        if word(frame, 12) == 0x0806 && frame.len() == FRAME_MIN {
            return Judgement::Passes;
        }
        let segment = Segment::read(frame).filter(|s| s.fits() && s.flags & !ORDINARY == 0);
        let Some(segment) = segment else {
            return Judgement::Unread;
        };
        if segment.is_bare() && (segment.flags == SYN || (!segment.has(SYN) && segment.has(ACK | RST))) {
            return Judgement::Passes;
        }
        let flows = segment.has(ACK) && !segment.has(SYN | RST);
        match segment.payload().filter(|_| flows) {
            None => Judgement::Unread,
            Some(payload) if self.is_own(&segment, payload) || self.is_login(&segment, payload) => {
                Judgement::Passes
            }
            Some(_) => Judgement::Withheld,
        }
    }

    fn is_own(&self, segment: &Segment<'_>, payload: &[u8]) -> bool {
        let back = self.sent.high.wrapping_sub(segment.sequence()) as usize;
        let start = self.sent.bytes.len().checked_sub(back);
        let there = start.and_then(|start| self.sent.bytes.get(start..start + payload.len()));
        segment.ends() == self.sent.ends && there == Some(payload)
    }

    fn is_login(&self, segment: &Segment<'_>, payload: &[u8]) -> bool {
        let login = payload.len() == LOGIN_BYTES && payload[..3] == [0, 47, b'L'];
        let begins = |opening: &Opening| {
            opening.answered && segment.ends() == opening.ends && segment.sequence() == opening.first
        };
        login && self.opening.as_ref().is_some_and(begins)
    }

    /// Sequences of the bytes known, and whose they are.
    pub fn known(&self) -> (u32, u32, [u8; 12]) {
        let held = u32::try_from(self.sent.bytes.len()).expect("bounded");
        (self.sent.high.wrapping_sub(held), self.sent.high, self.sent.ends)
    }

    /// Those of `from` on, of which there are at least `length`.
    pub fn bytes(&self, from: u32, length: usize) -> Option<&[u8]> {
        let back = self.sent.high.wrapping_sub(from) as usize;
        let start = self.sent.bytes.len().checked_sub(back)?;
        self.sent.bytes.get(start..start + length)
    }

    /// The first sequence of the connection opened last, and its ends.
    pub fn opening(&self) -> Option<(u32, [u8; 12])> {
        self.opening.as_ref().map(|opening| (opening.first, opening.ends))
    }
}
