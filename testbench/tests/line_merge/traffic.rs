//! What `mold_rx` shows of the packets of a line, cycle by cycle.

use std::collections::{BTreeMap, VecDeque};
use testbench::Rng;
use testbench::frames::{ITCH_TYPES, SESSION};
use twin::merge::{FrameEnd, LineInput, Message, Output};
use twin::mold::{BODY_BYTES, last_needed};

/// Byte of the first message's type in a frame without tag: beat 8.
const FIRST_TYPE: usize = 64;
/// Beats of the shortest frame.
const BEATS_MIN: u64 = 8;
/// Cycles from a frame's last beat to its pulses.
const END_CYCLES: u64 = 4;

/// A message's type and length.
pub(crate) type Shape = (u8, usize);

/// What the packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Data,
    Heartbeat,
    EndOfSession,
}

/// A packet to come on a line.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    /// Not before this cycle.
    pub(crate) start: u64,
    pub(crate) session: [u8; 10],
    pub(crate) seq: u64,
    pub(crate) kind: Kind,
    pub(crate) shapes: Vec<Shape>,
    /// Bad FCS.
    pub(crate) bad: bool,
    /// The bytes of its messages are not those of the sequence.
    pub(crate) corrupt: bool,
}

impl Packet {
    pub(crate) fn data(seq: u64, shapes: Vec<Shape>) -> Self {
        Self {
            start: 0,
            session: SESSION,
            seq,
            kind: Kind::Data,
            shapes,
            bad: false,
            corrupt: false,
        }
    }

    /// `n` Deletes.
    pub(crate) fn deletes(seq: u64, n: usize) -> Self {
        Self::data(seq, vec![(b'D', 19); n])
    }

    pub(crate) fn heartbeat(seq: u64) -> Self {
        Self {
            kind: Kind::Heartbeat,
            ..Self::data(seq, Vec::new())
        }
    }

    pub(crate) fn at(mut self, start: u64) -> Self {
        self.start = start;
        self
    }

    pub(crate) fn bad(mut self) -> Self {
        self.bad = true;
        self
    }

    pub(crate) fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn of_session(mut self, session: [u8; 10]) -> Self {
        self.session = session;
        self
    }
}

/// Any shape, those of a mix.
pub(crate) fn shape(rng: &mut Rng, mix: u64) -> Shape {
    match mix {
        0 => (b'D', 19),
        1 => (*rng.pick(b"SW"), 12),
        2 => *rng.pick(&[(b'S', 12), (b'D', 19), (b'A', 36)]),
        _ => *rng.pick(&ITCH_TYPES),
    }
}

/// The bytes of a message: those of its sequence, or others.
pub(crate) fn body(seq: u64, kind: u8, corrupt: bool) -> [u8; BODY_BYTES] {
    let mut rng = Rng::new(seq ^ if corrupt { 0x5555 } else { 0 });
    let mut body: [u8; BODY_BYTES] = std::array::from_fn(|_| u8::try_from(rng.bits(8)).expect("8 bits"));
    body[0] = kind;
    body
}

/// What happens in a cycle, whatever the accepted session.
#[derive(Debug, Clone, Default)]
struct Happening {
    message: Option<Message>,
    header: Option<Packet>,
    end: Option<(Packet, u64)>,
    session: [u8; 10],
}

/// A line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    packets: VecDeque<Packet>,
    free_at: u64,
    happenings: BTreeMap<u64, Happening>,
    /// Session locked, and which, in the cycle before.
    before: Option<[u8; 10]>,
}

impl Line {
    pub(crate) fn push(&mut self, packet: Packet) {
        self.packets.push_back(packet);
    }

    /// In front of the last one pushed.
    pub(crate) fn push_front(&mut self, packet: Packet) {
        let at = self.packets.len().saturating_sub(1);
        self.packets.insert(at, packet);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty() && self.happenings.is_empty()
    }

    /// Cycle from which the line is free.
    pub(crate) fn free_at(&self) -> u64 {
        self.free_at
    }

    pub(crate) fn backlog(&self) -> usize {
        self.packets.len()
    }

    fn begin(&mut self, cycle: u64, packet: Packet) {
        let mut at = FIRST_TYPE;
        let mut end = at - 2;
        let mut next = packet.seq;
        for (kind, len) in &packet.shapes {
            let last = (len - 1).min(last_needed(*kind));
            let beat = (at + last) as u64 / 8;
            let message = Message {
                body: body(next, *kind, packet.corrupt),
                len: u16::try_from(*len).expect("short"),
                seq: next,
                // Any bit of it may be set.
                stamp: cycle.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            };
            let happening = self.happenings.entry(cycle + beat + 1).or_default();
            (happening.message, happening.session) = (Some(message), packet.session);
            next += 1;
            end = at + len;
            at = end + 2;
        }
        if !packet.shapes.is_empty() {
            let happening = self.happenings.entry(cycle + FIRST_TYPE as u64 / 8).or_default();
            happening.header = Some(packet.clone());
        }
        let last_beat = BEATS_MIN.max((end as u64).div_ceil(8)) - 1;
        let happening = self.happenings.entry(cycle + last_beat + END_CYCLES).or_default();
        happening.end = Some((packet, next));
        self.free_at = cycle + last_beat + 1;
    }

    /// Sequence of the message that comes in the next cycle.
    pub(crate) fn ahead(&self, cycle: u64) -> Option<u64> {
        self.happenings.get(&(cycle + 1))?.message.as_ref().map(|m| m.seq)
    }

    /// What the line's `mold_rx` shows in this cycle, with the session as `shown`.
    pub(crate) fn input(&mut self, cycle: u64, shown: &Output) -> LineInput {
        if self.free_at <= cycle && self.packets.front().is_some_and(|p| p.start <= cycle) {
            let packet = self.packets.pop_front().expect("just seen");
            self.begin(cycle, packet);
        }
        let happening = self.happenings.remove(&cycle).unwrap_or_default();
        let locked = shown.session_locked.then_some(shown.session);
        let before = std::mem::replace(&mut self.before, locked);
        let known = |session| locked == Some(session) || (shown.session_auto && locked.is_none());
        let mut input = LineInput {
            message: happening.message.filter(|_| before == Some(happening.session)),
            ..LineInput::default()
        };
        if let Some(packet) = happening.header.filter(|p| known(p.session)) {
            (input.header, input.session, input.header_seq) = (true, packet.session, packet.seq);
        }
        if let Some((packet, next)) = happening.end {
            let good = !packet.bad;
            let mine = good && known(packet.session);
            input.end = Some(FrameEnd {
                bad: packet.bad,
                next,
                heartbeat: mine && packet.kind == Kind::Heartbeat,
                end_of_session: mine && packet.kind == Kind::EndOfSession,
                packet: mine,
                other_session: good && !mine,
            });
            (input.session, input.header_seq) = (packet.session, packet.seq);
        }
        input
    }
}
