//! What reaches the merge, and what it shows.

use contract::ring::PAYLOAD_BYTES;

use crate::mold::BODY_BYTES;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its first bytes.
    pub body: [u8; BODY_BYTES],
    /// Block length, bytes.
    pub len: u16,
    /// MoldUDP64 sequence number.
    pub seq: u64,
    /// Card time at the start of the frame, ns.
    pub stamp: u64,
}

impl Message {
    pub(super) fn is_book(&self) -> bool {
        b"AFECXDUPQ".contains(&self.body[0])
    }
}

/// The end of a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameEnd {
    /// What was delivered of it may be wrong.
    pub bad: bool,
    /// Sequence behind the last message delivered.
    pub next: u64,
    /// A good heartbeat of the accepted session.
    pub heartbeat: bool,
    /// A good end of session of the accepted session.
    pub end_of_session: bool,
    /// A good packet of the accepted session.
    pub packet: bool,
    /// A good packet of another session.
    pub other_session: bool,
}

/// What a line brings in one cycle.
#[derive(Debug, Clone, Default)]
pub struct LineInput {
    /// A message.
    pub message: Option<Message>,
    /// The header of a packet is complete.
    pub header: bool,
    /// Session in the header, with `header` and `end`.
    pub session: [u8; 10],
    /// Sequence in the header, with `header` and `end`.
    pub header_seq: u64,
    /// A frame has ended.
    pub end: Option<FrameEnd>,
}

impl LineInput {
    pub(super) fn ends(&self, what: impl Fn(&FrameEnd) -> bool) -> bool {
        self.end.is_some_and(|end| what(&end))
    }

    pub(super) fn tells(&self) -> bool {
        self.ends(|end| end.heartbeat || end.end_of_session)
    }
}

/// What reaches the merge in one cycle.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Card time, ns.
    pub now: u64,
    /// Lines A and B.
    pub lines: [LineInput; 2],
    /// Session to accept.
    pub session: [u8; 10],
    /// Sequence to expect.
    pub seq_init: u64,
    /// How long a missing message is waited for, ns.
    pub gap_wait_ns: u32,
    /// `SESSION_CTRL` is written.
    pub session_ctrl: Option<u32>,
    /// `SEQ_CTRL` is written.
    pub seq_ctrl: Option<u32>,
    /// The events ring takes the entry.
    pub entry_ready: bool,
}

/// What the merge shows in one cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// A message and its line.
    pub message: Option<(Message, u8)>,
    /// Sequence of that message, or of the next one.
    pub next_seq: u64,
    /// Every slot turns stale; true for a gap.
    pub stale_all: Option<bool>,
    /// Accepted session, if any.
    pub session: [u8; 10],
    /// There is an accepted session.
    pub session_locked: bool,
    /// The next session seen will be accepted.
    pub session_auto: bool,
    /// Session of the last packet of another session.
    pub session_seen: [u8; 10],
    /// It was seen since the last `SESSION_CTRL`.
    pub session_pending: bool,
    /// A message is missing.
    pub gap_pending: bool,
    /// A message is held, or on its way.
    pub busy: bool,
    /// Entry for the events ring.
    pub entry: Option<[u8; PAYLOAD_BYTES]>,
    /// `duplicates held purged` of each line, bit 0 first.
    pub line_count: [u8; 2],
    /// `accepted gaps window_overflow bad_frame_accepted`, bit 0 first.
    pub count: u8,
}
