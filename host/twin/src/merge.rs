//! The A/B merge of the card, a step a cycle.
//!
//! A step takes what reaches the merge in one cycle; [`Merge::output`] is what it shows in that cycle, before the step.
//! What the block knows by shifting bits and by comparing ahead of time is kept here as sequence numbers in maps.

mod entries;
mod io;

use contract::config::MERGE_WINDOW;
use std::collections::{BTreeMap, VecDeque};

use entries::{Told, entry};
pub use io::{FrameEnd, Input, LineInput, Message, Output};

/// Sequences from the expected one on that can be held.
const WINDOW: u64 = MERGE_WINDOW as u64;
/// Accepted messages on their way out before acceptance pauses.
const ROOM: usize = 8;
/// Cycles that what a gap is judged by must have stood still.
const SETTLED: u32 = 3;
/// The waiting time is kept to this many bits.
const TIME_BITS: u32 = 33;

#[derive(Debug, Clone)]
struct Held {
    message: Message,
    /// Of the frame under way.
    fresh: bool,
}

/// A message that was not accepted at once.
#[derive(Debug, Clone)]
struct Waiting {
    message: Message,
    /// It was two windows or more ahead when it was announced.
    far: bool,
}

#[derive(Debug, Clone, Default)]
struct Line {
    waiting: Option<Waiting>,
    held: BTreeMap<u64, Held>,
    any: bool,
    in_packet: bool,
    /// A message of the frame under way was lost beyond the window.
    lost: bool,
    /// First sequence accepted of the frame under way, and the one behind the last.
    took: Option<(u64, u64)>,
    told: u64,
    has_told: bool,
    ended: bool,
    duplicate: bool,
    hold: bool,
    purged: usize,
}

impl Line {
    fn has(&self, expected: u64, input: &LineInput) -> bool {
        let purged = input.ends(|end| end.bad);
        self.held.get(&expected).is_some_and(|h| !(purged && h.fresh))
    }

    /// Where the waiting message lies, counted from the expected one; `None` below it.
    fn ahead(&self, expected: u64) -> Option<u64> {
        self.waiting.as_ref()?.message.seq.checked_sub(expected)
    }

    fn waits_first(&self, expected: u64) -> bool {
        self.ahead(expected) == Some(0)
    }

    fn waits_beyond(&self, expected: u64) -> bool {
        self.ahead(expected).is_some_and(|n| n >= WINDOW)
    }

    fn waits_near(&self, expected: u64) -> bool {
        self.waits_beyond(expected) && self.waiting.as_ref().is_some_and(|w| !w.far)
    }
}

#[derive(Debug, Clone, Default)]
struct Outlet {
    /// Messages that have arrived and wait.
    queue: VecDeque<(Message, u8)>,
    out: Option<(Message, u8)>,
    next: u64,
}

#[derive(Debug, Clone, Default)]
struct Sessions {
    current: [u8; 10],
    locked: bool,
    auto: bool,
    seen: [u8; 10],
    pending: bool,
    others: [Option<([u8; 10], u64)>; 2],
}

/// What a far frame asks for: the sequence behind it, on which line.
#[derive(Debug, Clone, Copy)]
struct Far {
    target: u64,
    line: usize,
}

/// The merge.
#[derive(Debug, Clone, Default)]
pub struct Merge {
    lines: [Line; 2],
    outlet: Outlet,
    sessions: Sessions,
    told: Told,
    expected: u64,
    expected_before: u64,
    started: bool,
    seq_auto: bool,
    renewed: bool,
    moved: bool,
    /// Held messages being read: the first one arrives two cycles after its acceptance.
    reading: [Option<(Message, u8)>; 2],
    pending: bool,
    since: u64,
    waited: u64,
    expired: bool,
    settled: u32,
    told_lower: bool,
    target: u64,
    target_ahead: bool,
    far: Option<Far>,
    jump_due: bool,
    walking: bool,
    gap_from: Option<u64>,
    stale: Option<bool>,
    accepted: bool,
    overflows: u32,
    bads: u32,
}

/// What was decided in a step.
#[derive(Debug, Default)]
struct Decision {
    forget: bool,
    flush: bool,
    /// Sequence to expect from now on.
    load: Option<u64>,
    jump: bool,
    /// A jump in the next cycle.
    jump_next: bool,
    step: bool,
    /// Line whose held message is accepted.
    drain: Option<usize>,
    /// Line whose message is accepted at once.
    take: Option<usize>,
    walk_ends: bool,
}

impl Decision {
    fn accepts(&self) -> bool {
        self.drain.is_some() || self.take.is_some()
    }

    fn moves(&self) -> bool {
        self.accepts() || self.step
    }
}

/// A word of control bits: bit 0 set, or else bit 1.
fn control(word: Option<u32>) -> (bool, bool) {
    let word = word.unwrap_or(0);
    (word & 1 != 0, word & 3 == 2)
}

impl Merge {
    /// As after reset.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is shown in this cycle.
    pub fn output(&self) -> Output {
        let line_count = |line: &Line| {
            u8::from(line.duplicate) | u8::from(line.hold) << 1 | u8::from(line.purged > 0) << 2
        };
        let counts = [
            self.accepted,
            self.stale == Some(true),
            self.overflows > 0,
            self.bads > 0,
        ];
        let waits = self.lines.iter().any(|line| line.waiting.is_some());
        Output {
            message: self.outlet.out.clone(),
            next_seq: self.outlet.next,
            stale_all: self.stale,
            session: self.sessions.current,
            session_locked: self.sessions.locked,
            session_auto: self.sessions.auto,
            session_seen: self.sessions.seen,
            session_pending: self.sessions.pending,
            gap_pending: self.pending,
            busy: self.any() || waits || self.under_way() > 0,
            entry: self.told.entry,
            line_count: [line_count(&self.lines[0]), line_count(&self.lines[1])],
            count: (0..4).map(|i| u8::from(counts[i]) << i).sum(),
        }
    }

    fn any(&self) -> bool {
        self.lines.iter().any(|line| line.any)
    }

    /// Accepted, not yet shown.
    fn under_way(&self) -> usize {
        self.outlet.queue.len() + self.reading.iter().flatten().count()
    }

    /// One cycle.
    pub fn step(&mut self, input: &Input) {
        let decision = self.decide(input);
        let has = self.has(input);
        self.tell(input, &decision);
        self.count(input, &decision);
        self.judge(input, &decision, has);
        self.watch_time(input.now, input.gap_wait_ns, has);
        let old = self.expected;
        self.accept(input, &decision);
        for i in 0..2 {
            let announced_at = self.expected_before;
            self.line(i, &input.lines[i], &decision, old, announced_at);
        }
        self.sessions(input);
        self.start(input, &decision);
        self.expected_before = old;
    }

    fn has(&self, input: &Input) -> bool {
        (0..2).any(|i| self.lines[i].has(self.expected, &input.lines[i]))
    }

    fn session_changes(&self, input: &Input) -> bool {
        let seen = input.lines.iter().any(|l| l.header || l.ends(|end| end.packet));
        let (accept, next) = control(input.session_ctrl);
        accept || next || (self.sessions.auto && seen)
    }

    /// Nothing stands in the way of declaring a gap.
    fn may_declare(&self, has: bool) -> bool {
        let still = self.settled == SETTLED && self.under_way() == 0;
        still && self.started && !self.walking && !has
    }

    /// The lines say that more has been sent.
    fn more_was_sent(&self) -> bool {
        let both = self.lines.iter().all(|line| line.has_told);
        self.target_ahead && (self.far.is_some() || both)
    }

    fn jumps(&self, input: &Input, has: bool) -> bool {
        let waits = |i: usize| self.lines[i].waiting.is_some() || input.lines[i].message.is_some();
        let in_packet = |i: usize| self.lines[i].in_packet || input.lines[i].header;
        let in_packet = match self.far {
            Some(far) => in_packet(far.line),
            None => in_packet(0) || in_packet(1),
        };
        let asked = self.may_declare(has) && self.more_was_sent();
        asked && !self.any() && !waits(0) && !waits(1) && !in_packet
    }

    fn decide(&self, input: &Input) -> Decision {
        let mut decision = Decision::default();
        let has = self.has(input);
        let (set, wait) = control(input.seq_ctrl);
        decision.forget = set || wait || self.session_changes(input);
        decision.jump = !decision.forget && self.jump_due;
        let adopted = input
            .lines
            .iter()
            .find(|l| self.seq_auto && (l.header || l.tells()));
        decision.load = if set {
            Some(input.seq_init)
        } else if let Some(line) = adopted {
            Some(line.header_seq)
        } else {
            decision.jump.then_some(self.target)
        };
        decision.flush = decision.forget || decision.load.is_some();
        decision.jump_next = !decision.flush && self.jumps(input, has);
        let calm = self.started && !self.renewed;
        let room = self.under_way() < ROOM;
        let live = |i: usize| {
            let message = input.lines[i].message.as_ref();
            message.is_some_and(|m| m.seq == self.expected)
        };
        if calm && room {
            if has {
                decision.drain = (0..2).find(|i| self.lines[*i].has(self.expected, &input.lines[*i]));
            } else if self.reading.iter().all(Option::is_none) {
                decision.take = (0..2).find(|i| live(*i));
            }
        }
        let lines = &self.lines;
        let near = lines.iter().any(|line| line.waits_near(self.expected));
        let walks = self.any() && (self.walking || (near && self.under_way() == 0));
        let comes = (0..2).any(|i| live(i) || lines[i].waits_first(self.expected));
        decision.step = walks && calm && !decision.flush && !has && !comes;
        decision.walk_ends =
            self.walking && (has || decision.take.is_some() || decision.flush || !self.any());
        decision
    }

    /// Something is held that the expected message is missing for.
    fn waiting(&self, has: bool) -> bool {
        self.started && self.any() && !has && !self.moved
    }

    /// How long the expected message has been missing.
    fn watch_time(&mut self, now: u64, wait: u32, has: bool) {
        let mask = (1 << TIME_BITS) - 1;
        let waiting = self.waiting(has);
        self.expired = self.waited >= u64::from(wait);
        self.waited = now.wrapping_sub(self.since) & mask;
        if !waiting {
            self.since = now & mask;
        }
        self.pending = waiting;
    }

    /// Sequence behind the frame, if one of this line ends well of which messages were lost beyond the window.
    fn far_now(&self, i: usize, input: &Input) -> Option<Far> {
        let end = input.lines[i]
            .end
            .filter(|end| end.packet && self.lines[i].lost)?;
        Some(Far {
            target: end.next,
            line: i,
        })
    }

    /// Range of the messages accepted of a frame that ends badly.
    fn bad_now(&self, i: usize, input: &Input) -> Option<(u64, u64)> {
        self.lines[i].took.filter(|_| input.lines[i].ends(|end| end.bad))
    }

    fn gap_begins(&self, decision: &Decision) -> bool {
        decision.jump || (decision.step && self.gap_from.is_none())
    }

    /// Whether to declare a gap.
    fn judge(&mut self, input: &Input, decision: &Decision, has: bool) {
        let late = self.waiting(has) && self.expired;
        let starts = self.may_declare(has) && self.any() && (late || self.more_was_sent());
        let far = self.far_now(0, input).or(self.far_now(1, input));
        let tells = input.lines.iter().any(LineInput::tells);
        let begins = self.gap_begins(decision);

        self.jump_due = decision.jump_next;
        self.walking = (self.walking || starts || decision.step) && !decision.walk_ends;
        if begins && !decision.jump {
            self.gap_from = Some(self.expected);
        }
        if decision.walk_ends {
            self.gap_from = None;
        }
        let old = self.far;
        if self.settled == SETTLED && !self.target_ahead {
            self.far = None;
        }
        self.far = far.or(self.far).filter(|_| !decision.flush);
        self.target_ahead = self.target > self.expected;
        let told = if self.told_lower { 0 } else { 1 };
        self.target = old.map_or(self.lines[told].told, |far| far.target);
        self.told_lower = self.lines[0].told < self.lines[1].told;
        self.settled = if decision.moves() || decision.flush || tells || far.is_some() {
            0
        } else {
            SETTLED.min(self.settled + 1)
        };
    }

    fn count(&mut self, input: &Input, decision: &Decision) {
        let bad = [self.bad_now(0, input), self.bad_now(1, input)];
        let bads = bad.iter().flatten().count();
        self.stale = (bads > 0).then_some(false);
        if self.gap_begins(decision) {
            self.stale = Some(true);
        }
        self.accepted = decision.accepts();
        let beyond = self
            .lines
            .iter()
            .filter(|l| l.waits_beyond(self.expected))
            .count();
        self.overflows = self.overflows.saturating_sub(1);
        if self.overflows < 128 {
            self.overflows += u32::try_from(beyond).expect("two lines");
        }
        self.bads = self.bads.saturating_sub(1) + u32::try_from(bads).expect("two lines");
    }

    /// Moves on by what is accepted.
    fn accept(&mut self, input: &Input, decision: &Decision) {
        let idle = self.under_way() == 0;
        let out = self.outlet.out.take();
        match &out {
            Some((message, _)) => self.outlet.next = message.seq.wrapping_add(1),
            None if idle => self.outlet.next = self.expected,
            None => {}
        }
        let number = |i: usize| u8::from(i == 1);
        let taken = decision
            .take
            .and_then(|i| input.lines[i].message.clone().map(|m| (m, number(i))));
        let drained = decision.drain.and_then(|i| {
            self.lines[i]
                .held
                .get(&self.expected)
                .map(|h| (h.message.clone(), number(i)))
        });
        let [first, second] = std::mem::take(&mut self.reading);
        self.outlet.queue.extend(second.or(taken));
        self.reading = [drained, first];
        if !out.is_some_and(|(message, _)| message.is_book()) {
            self.outlet.out = self.outlet.queue.pop_front();
        }
        if decision.moves() {
            self.expected = self.expected.wrapping_add(1);
        }
        self.expected = decision.load.unwrap_or(self.expected);
    }

    /// What a line makes of its message and of its frames; `expected` is that of before the step, `announced_at` that
    /// of the step before, by which the message was measured first.
    fn line(&mut self, i: usize, input: &LineInput, decision: &Decision, expected: u64, announced_at: u64) {
        let open = self.started && !self.renewed && !decision.flush && decision.take != Some(i);
        let line = &mut self.lines[i];
        let front_is_fresh = line.held.get(&expected).is_some_and(|held| held.fresh);
        if decision.take == Some(i) || (decision.drain == Some(i) && front_is_fresh) {
            let first = line.took.map_or(expected, |(first, _)| first);
            line.took = Some((first, expected.wrapping_add(1)));
        }
        let ahead = line.ahead(expected);
        let waiting = line.waiting.take();
        let inside = ahead.is_some_and(|n| n < WINDOW);
        let edge = ahead == Some(WINDOW) && decision.moves() && waiting.as_ref().is_some_and(|w| !w.far);
        let there = waiting
            .as_ref()
            .is_some_and(|w| line.held.contains_key(&w.message.seq));
        line.duplicate = waiting.is_some() && (ahead.is_none() || (inside && there));
        line.hold = edge || (inside && !there);
        line.lost |= ahead.is_some() && !inside && !edge;
        line.any = !line.held.is_empty() || inside || edge;

        line.in_packet |= input.header;
        line.purged = line.purged.saturating_sub(1);
        if let Some(end) = input.end {
            if end.bad {
                line.purged += line.held.values().filter(|held| held.fresh).count();
                line.held.retain(|_, held| !held.fresh);
            }
            line.held.values_mut().for_each(|held| held.fresh = false);
            (line.in_packet, line.took, line.lost) = (false, None, false);
        }
        if input.tells() {
            (line.told, line.has_told) = (input.header_seq, true);
        }
        line.ended |= input.ends(|end| end.end_of_session);
        if let Some(waiting) = waiting.filter(|_| inside || edge) {
            let message = waiting.message;
            line.held.insert(message.seq, Held { message, fresh: true });
        }
        if decision.moves() {
            line.held.remove(&expected);
        }
        if decision.flush {
            line.held.clear();
            (line.any, line.lost) = (false, false);
        }
        if decision.forget {
            (line.has_told, line.ended) = (false, false);
        }
        line.waiting = input.message.clone().filter(|_| open).map(|message| Waiting {
            far: message.seq >= announced_at && message.seq - announced_at >= 2 * WINDOW,
            message,
        });
    }

    fn start(&mut self, input: &Input, decision: &Decision) {
        let (_, wait) = control(input.seq_ctrl);
        if decision.load.is_some() && !decision.jump {
            (self.started, self.seq_auto) = (true, false);
        }
        if wait {
            (self.started, self.seq_auto) = (false, true);
        }
        self.renewed = decision.flush;
        self.moved = decision.moves();
    }

    /// Another session that is to be told of, with its line and sequence.
    fn found(&self) -> Option<(u8, [u8; 10], u64)> {
        let [a, b] = self.sessions.others;
        let (line, (session, seq)) = a.map(|other| (0, other)).or(b.map(|other| (1, other)))?;
        let known = self.sessions.pending && self.sessions.seen == session;
        (!known).then_some((line, session, seq))
    }

    fn sessions(&mut self, input: &Input) {
        let (accept, next) = control(input.session_ctrl);
        let sessions = &mut self.sessions;
        let [a, b] = sessions.others;
        if let Some((session, _)) = a.or(b) {
            (sessions.seen, sessions.pending) = (session, true);
        }
        let other = |l: &LineInput| {
            l.ends(|end| end.other_session)
                .then_some((l.session, l.header_seq))
        };
        let kept = b.filter(|_| a.is_some());
        sessions.others = [other(&input.lines[0]), other(&input.lines[1]).or(kept)];
        let mut lines = input.lines.iter();
        if let Some(line) = lines.find(|l| sessions.auto && (l.header || l.ends(|end| end.packet))) {
            (sessions.current, sessions.locked, sessions.auto) = (line.session, true, false);
        }
        if accept {
            (sessions.current, sessions.locked, sessions.auto) = (input.session, true, false);
        }
        if next {
            (sessions.locked, sessions.auto) = (false, true);
        }
        if accept || next {
            (sessions.pending, sessions.others) = (false, [None; 2]);
        }
    }

    /// Entries for the events ring: the first of what is to be told leaves, what has come up joins.
    fn tell(&mut self, input: &Input, decision: &Decision) {
        if self.told.entry.is_none() || input.entry_ready {
            let lines = [self.lines[0].told, self.lines[1].told];
            self.told.entry = self.told.next(lines).map(|next| entry(input.now, next));
        }
        let widened = |old: Option<(u64, u64)>, new: Option<(u64, u64)>| match (old, new) {
            (Some((first, _)), Some((_, next))) => Some((first, next)),
            (old, new) => new.or(old),
        };
        let walked = self.gap_from.filter(|_| decision.walk_ends);
        let gap = if decision.jump {
            Some((self.expected, self.target))
        } else {
            walked.map(|first| (first, self.expected))
        };
        self.told.gap = widened(self.told.gap, gap);
        for i in 0..2 {
            self.told.bad[i] = widened(self.told.bad[i], self.bad_now(i, input));
            if input.lines[i].ends(|end| end.end_of_session) && !self.lines[i].ended {
                self.told.end[i] = true;
                self.told.ended = self.sessions.current;
            }
        }
        self.told.found = self.found().or(self.told.found);
    }
}
