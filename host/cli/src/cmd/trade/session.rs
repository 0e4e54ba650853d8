//! One trading session: the venue's lines into the card, records to the desk, orders through the card's slots and gate to
//! the venue, responses back into books, risk and gate.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use contract::event::{Code, SLOT_BODY, StaleCause};
use contract::reg::{slot_state, status};
use contract::slot::Kind;
use device::events::Event;
use device::feed::Subscription;
use engine::clock::Clock;
use engine::ledger::{Effect, Entry};
use engine::lifecycle::State;
use sim_card::{CYCLE_TENTHS_NS, Line as RxLine, RxFrame};
use venue::{Frame, Line};
use wire::itch50::{Message, StockTradingAction};
use wire::moldudp64::{Kind as MoldKind, Packet};
use wire::packetizer::Packetizer;

use super::freeze::Freeze;
use super::golden::{Golden, Last};
use super::market::Market;
use super::port::{Card, Heard, Left, Port};
use super::recovery::Recovery;
use crate::cmd::run::desk::{Admission, Desk};
use crate::cmd::run::gate::{tell, tell_gross};
use crate::cmd::run::orders::{OrderPath, Outcome};
use crate::error::CliError;
use crate::live::Live;

/// Cycles the card runs when nothing arrives: time for it to see that something is missing.
const IDLE_CYCLES: u64 = 512;
/// Most frames the card gets before it comes to rest.
const FRAMES_A_STEP: usize = 8;
/// Looks at a card that is to come to rest.
const REST_LOOKS: u32 = 1_000;
/// Cycles in which an event reaches the ring.
const EVENT_CYCLES: u64 = 256;
/// Turns the end may take: many times what it takes to notice a silent connection.
const SETTLE_TURNS: u32 = 20_000;
/// Turns without anything new after which all has arrived.
const CALM_TURNS: u32 = 24;
/// Responses that a card which is to be found wrong passes over.
const SKIPPED: u32 = 8;
/// Turns behind the last message after which what is missing is fetched, whatever the card says.
const BEHIND_TURNS: u32 = 64;

/// Counts of a session.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Stats {
    /// Recoveries of the book.
    pub(crate) recoveries: u64,
    /// By messages asked for again.
    pub(crate) rerequested: u64,
    /// By snapshot.
    pub(crate) pictured: u64,
    /// Books compared behind a recovery.
    pub(crate) rebuilt_compared: u64,
    /// Connections behind whose loss no order could leave any more: the card's epoch had ended.
    pub(crate) fenced: u64,
    /// Orders and synchronisations tried where the card has to refuse, and did.
    pub(crate) probes: u64,
    /// Records not decided on because the order session was not in sync.
    pub(crate) blocked: u64,
    /// Orders the card's gate refused because the slot was stale, had a gap or was halted.
    pub(crate) refused_by_state: u64,
    /// Orders that never arrived and that the gate did not let pass again.
    pub(crate) refused_again: u64,
    /// Cancels sent.
    pub(crate) cancels: u64,
    /// Replaces sent.
    pub(crate) replaces: u64,
    /// Replaces that market rules, host risk or the card's gate did not let pass.
    pub(crate) replaces_refused: u64,
    /// Responses behind which the gate's registers were held against books and host risk.
    pub(crate) settled_compared: u64,
    /// Looks at which a gate that follows the connection had applied more than the host had heard, or not yet all of it.
    pub(crate) out_of_step: u64,
    /// Responses, by slot, that the host told a gate that follows: broken executions, orders it does not keep, and numbers passed over.
    pub(crate) told_gate: u64,
    /// Mass Cancels the card has sent by itself.
    pub(crate) mass_cancels: u64,
    /// Orders that were open when the host froze, every one gone behind it without a word of the host.
    pub(crate) frozen: u64,
    /// Records of the card.
    pub(crate) records: u64,
}

/// How a session is run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// How books are recovered.
    pub(crate) how: Recovery,
    /// Try what the card has to refuse.
    pub(crate) probe: bool,
    /// Age at which a resting order is cancelled, ns of the venue's time; 0 never.
    pub(crate) rest_ns: u64,
    /// Of the orders that old, each whose number is a multiple of this is replaced first, once; 0 none.
    pub(crate) replace_each: u32,
    /// Behind so many responses the card is made to pass some over.
    pub(crate) skip_behind: Option<usize>,
    /// Behind so many responses the host is frozen once, for longer than `freeze_ns` of card time.
    pub(crate) freeze: Option<usize>,
    pub(crate) freeze_ns: u64,
}

/// The session.
pub(crate) struct Session {
    pub(super) market: Box<dyn Market>,
    pub(super) live: Live,
    pub(super) slots: Vec<Subscription>,
    pub(super) desk: Desk,
    pub(super) orders: OrderPath,
    pub(super) port: Port,
    pub(super) golden: Option<Golden>,
    /// Puts headers on packets for the card.
    pub(super) network: Packetizer,
    /// What the card showed last.
    pub(super) shown: Vec<Last>,
    /// Frames that wait for the card: it gets them at a pace at which no record is skipped.
    pub(super) held: VecDeque<Frame>,
    /// Session the card follows.
    pub(super) session: [u8; 10],
    /// The session that began with an empty book.
    pub(super) first_session: [u8; 10],
    /// Session of the last packet seen.
    pub(super) announced: Option<[u8; 10]>,
    /// Sequence of its next message, as packets tell.
    pub(super) told: u64,
    /// Why the book has to be recovered.
    pub(super) needs: Option<String>,
    /// Records come from a recovery, not from the feed.
    pub(super) rebuilding: bool,
    pub(super) how: Recovery,
    pub(super) probe: bool,
    pub(super) rest_ns: u64,
    pub(super) replace_each: u32,
    /// Orders that may rest, and since when, ns of the venue's time.
    pub(super) resting: BTreeMap<u32, u64>,
    /// Orders whose one replace was tried, and those that are one.
    pub(super) replaced: BTreeSet<u32>,
    /// Behind so many responses the card is told to pass some over.
    skip_behind: Option<usize>,
    pub(super) freeze: Freeze,
    /// Words of the host that had moved an account before the session.
    pub(super) words_before: u64,
    pub(super) stats: Stats,
}

/// What a session is made of.
pub(crate) struct Parts {
    pub(crate) market: Box<dyn Market>,
    pub(crate) live: Live,
    pub(crate) slots: Vec<Subscription>,
    pub(crate) desk: Desk,
    pub(crate) orders: OrderPath,
    pub(crate) port: Port,
    pub(crate) golden: Option<Golden>,
    pub(crate) session: [u8; 10],
    pub(crate) manner: Manner,
}

impl Session {
    /// A session whose card follows `parts.session` from its first message on.
    pub(crate) fn new(parts: Parts) -> Self {
        let mut live = parts.live;
        live.card.keep_feed_events();
        let words_before = live.card.device.account_words();
        Self {
            words_before,
            market: parts.market,
            live,
            shown: vec![Last::Empty; parts.slots.len()],
            slots: parts.slots,
            desk: parts.desk,
            orders: parts.orders,
            port: parts.port,
            golden: parts.golden,
            network: Packetizer::new(wire::packetizer::Config::default()),
            held: VecDeque::new(),
            session: parts.session,
            first_session: parts.session,
            announced: None,
            told: 1,
            needs: None,
            rebuilding: false,
            how: parts.manner.how,
            probe: parts.manner.probe,
            rest_ns: parts.manner.rest_ns,
            replace_each: parts.manner.replace_each,
            resting: BTreeMap::new(),
            replaced: BTreeSet::new(),
            skip_behind: parts.manner.skip_behind,
            freeze: Freeze::new(parts.manner.freeze, parts.manner.freeze_ns),
            stats: Stats::default(),
        }
    }

    /// Trades until the feed has ended and everything has arrived.
    pub(crate) fn run(&mut self) -> Result<(), CliError> {
        while self.market.turn()? {
            self.step()?;
        }
        self.settle()
    }

    /// Goes on until nothing is on its way and nothing is missing.
    fn settle(&mut self) -> Result<(), CliError> {
        let (mut calm, mut behind) = (0, 0);
        for _ in 0..SETTLE_TURNS {
            self.market.turn()?;
            self.step()?;
            let whole = self.whole()?;
            behind = if whole || !self.held.is_empty() {
                0
            } else {
                behind + 1
            };
            if behind >= BEHIND_TURNS {
                behind = 0;
                self.recover("messages are missing at the end")?;
            }
            let orders = &self.port.ledger.orders;
            let answered = orders.all().all(|(_, state)| state != State::Sent);
            let known = self.port.ended || (self.port.may_send() && answered);
            calm = if whole && known && self.market.quiet() && self.port.is_quiet() {
                calm + 1
            } else {
                0
            };
            if calm >= CALM_TURNS {
                // A late response shows in no queue of ours.
                if self.market.responses()? <= self.port.history.len() as u64 {
                    return Ok(());
                }
                calm = 0;
            }
        }
        Err(CliError::Check(format!(
            "the session does not come to rest: card expects {}, the venue's next message is {}, order session: {}",
            self.live.card.device.next_seq()?,
            self.told,
            self.port.describe()
        )))
    }

    /// The card has all messages that packets tell of, and its books are right.
    fn whole(&mut self) -> Result<bool, CliError> {
        let next = self.live.card.device.next_seq()?;
        let followed = self.announced.is_none_or(|session| session == self.session);
        Ok(followed && next >= self.told && self.needs.is_none() && self.held.is_empty())
    }

    /// One look at everything.
    fn step(&mut self) -> Result<(), CliError> {
        if let Some(golden) = &mut self.golden {
            golden.hear(self.market.published());
        }
        self.take_frames();
        let count = self.held.len().min(FRAMES_A_STEP);
        let frames: Vec<Frame> = self.held.drain(..count).collect();
        let idle = frames.is_empty();
        for frame in frames {
            self.feed_card(&frame)?;
        }
        if idle {
            self.live.lab.run(IDLE_CYCLES)?;
        } else {
            self.come_to_rest()?;
        }
        self.orders.look(&mut self.live)?;
        self.carry_mass_cancels()?;
        self.freeze()?;
        self.responses()?;
        self.take_feed_events()?;
        self.collect()?;
        self.change_old()?;
        match self.needs.take() {
            Some(why) => self.recover(&why),
            None => Ok(()),
        }
    }

    /// Lets the card take in what it has got. While it waits for a missing message it does not come to rest, and what is
    /// missing may be in the next frame.
    fn come_to_rest(&mut self) -> Result<(), CliError> {
        self.live.take_in()?;
        for _ in 0..REST_LOOKS {
            let now = self.live.card.device.regs.status()?;
            if now & status::GAP_PENDING != 0 || now & (status::BUSY | status::STORE_BUSY) == 0 {
                break;
            }
            self.live.take_in()?;
        }
        Ok(())
    }

    /// Frames of the venue into the waiting row, with what they tell.
    pub(super) fn take_frames(&mut self) {
        for frame in self.market.frames() {
            if let Ok(packet) = Packet::new_checked(frame.payload()) {
                let session = packet.session();
                let next = match packet.kind() {
                    MoldKind::Data(count) => packet.sequence() + u64::from(count),
                    MoldKind::Heartbeat | MoldKind::EndOfSession => packet.sequence(),
                };
                match self.announced {
                    Some(known) if known == session => self.told = self.told.max(next),
                    // Late frames of a session that is over tell nothing new.
                    Some(known) if known > session => {}
                    _ => (self.announced, self.told) = (Some(session), next),
                }
            }
            self.held.push_back(frame);
        }
    }

    /// A frame into the card's line.
    pub(super) fn feed_card(&mut self, frame: &Frame) -> Result<(), CliError> {
        let line = match frame.line {
            Line::A => RxLine::A,
            Line::B => RxLine::B,
        };
        Ok(self.live.lab.receive(line, RxFrame::new(frame.bytes.clone()))?)
    }

    /// What the card says of the feed.
    pub(super) fn take_feed_events(&mut self) -> Result<(), CliError> {
        while let Some(event) = self.live.card.feed_event()? {
            if let Some(why) = reason(&event) {
                self.needs.get_or_insert(why);
            }
        }
        Ok(())
    }

    /// Responses into books, risk and gate.
    fn responses(&mut self) -> Result<(), CliError> {
        let mut card = Card {
            live: &mut self.live,
            orders: &mut self.orders,
        };
        let before = self.port.fenced();
        let heard = self.port.turn(&mut card, &mut *self.market)?;
        if self.port.fenced() > before {
            self.expect_fenced()?;
            self.stats.fenced += 1;
        }
        let mut settled = BTreeMap::new();
        for heard in &heard {
            match *heard {
                Heard::Effect { effect, tell_gate } => self.take_effect(&effect, tell_gate)?,
                Heard::Settled {
                    sequence,
                    slot,
                    exposure,
                } if !self.port.follows() => self.compare_gate(sequence, slot, exposure)?,
                Heard::Settled { sequence, slot, .. } => {
                    let (last, count) = settled.entry(slot).or_insert((sequence, 0));
                    (*last, *count) = (sequence, *count + 1);
                }
            }
        }
        self.compare_follower(&settled)?;
        self.skip_some()?;
        self.resolve_missing()?;
        let next = self.port.ledger.orders.next_user_ref();
        if self.port.may_send() && next > self.orders.user_ref {
            // The venue has seen numbers this card has not used.
            self.orders.start_at(&mut self.live, next)?;
        }
        Ok(())
    }

    /// What a response brings about, to risk; to the gate too where that does not apply it.
    fn take_effect(&mut self, effect: &Effect, tell_gate: bool) -> Result<(), CliError> {
        if !tell_gate {
            // The gate follows shares, not their value.
            let change = self.desk.told(effect);
            return tell_gross(&mut self.live, change);
        }
        self.stats.told_gate += u64::from(self.port.follows());
        self.tell(effect)
    }

    /// To see the comparison find it: the card takes the next responses for such as it has applied.
    fn skip_some(&mut self) -> Result<(), CliError> {
        let due = |behind: &mut usize| self.port.history.len() >= *behind;
        if self.skip_behind.take_if(due).is_some() {
            let next = self.live.card.device.message_next()?;
            self.live
                .card
                .device
                .set_message_next(u64::from(next.wrapping_add(SKIPPED)))?;
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, effect: &Effect) -> Result<(), CliError> {
        let change = self.desk.told(effect);
        tell(&mut self.live, effect, change)
    }

    /// Records: the book against what it has to be, then the desk's decision.
    pub(super) fn collect(&mut self) -> Result<(), CliError> {
        loop {
            let clock = Clock::start();
            let Some(record) = self.live.card.record()? else {
                return Ok(());
            };
            self.desk.polled(clock.ns());
            self.stats.records += 1;
            let slot = record.core.slot;
            if let Some(shown) = self.shown.get_mut(usize::from(slot)) {
                *shown = Last::of(&record);
            }
            let spoilt = contract::record::flag::STALE | contract::record::flag::GAP;
            if self.rebuilding || record.core.flags & spoilt != 0 {
                continue;
            }
            if let (Some(golden), Some(levels)) = (&mut self.golden, &record.levels) {
                let expected = golden.behind(&self.session, levels.msg_seq, u16::from(slot));
                golden.compared += 1;
                if let Some(why) = Last::of(&record).differs(&expected) {
                    self.orders
                        .fault(format!("message {}, slot {slot}: {why}", levels.msg_seq));
                }
            }
            if self.needs.is_some() || !self.port.may_send() {
                self.stats.blocked += 1;
                continue;
            }
            let now_ns = self.live.cycles()? * CYCLE_TENTHS_NS / 10;
            let admitted = self.desk.decide(&record.core, now_ns)?;
            for admission in admitted.into_iter().flatten() {
                self.send(&admission)?;
            }
        }
    }

    fn send(&mut self, admission: &Admission) -> Result<(), CliError> {
        match self.submit(&admission.slot, Kind::Enter)? {
            Outcome::Sent {
                user_ref,
                message,
                stamp_ns,
                ..
            } => {
                self.check_state(user_ref, admission.entry.slot, stamp_ns)?;
                let now = self.market.now_ns();
                let entry = Entry {
                    sent_ns: now,
                    ..admission.entry
                };
                self.resting.insert(user_ref, now);
                let mut card = Card {
                    live: &mut self.live,
                    orders: &mut self.orders,
                };
                let left = Left {
                    request: admission.slot,
                    message,
                };
                self.port
                    .entered(&mut card, &mut *self.market, (user_ref, entry), left)
            }
            Outcome::Refused(_, checks) => {
                use contract::event::Reason;
                let state = [Reason::Stale, Reason::Gap, Reason::Halted];
                if state.iter().any(|reason| checks >> *reason as u32 & 1 == 1) {
                    self.stats.refused_by_state += 1;
                }
                self.desk.refused(&admission.entry);
                Ok(())
            }
            Outcome::Aborted => self.tell(&admission.released()),
        }
    }

    /// Nothing leaves on a book that may be wrong, nor in a stock that does not trade. A slot may turn stale, or its stock be halted, behind
    /// the order, before it is looked at here: then an event says so.
    pub(super) fn check_state(&mut self, user_ref: u32, slot: u8, stamp_ns: u64) -> Result<(), CliError> {
        let state = self.live.card.device.slot_state(u32::from(slot))?;
        let bad = slot_state::STALE | slot_state::GAP | slot_state::HALTED;
        if state & bad == 0 {
            return Ok(());
        }
        self.live.lab.run(EVENT_CYCLES)?;
        let (mut stale, mut halted) = (false, false);
        while let Some(event) = self.live.card.feed_event()? {
            let behind = event.slot == slot && event.time_ns >= stamp_ns;
            stale |= behind && event.code == Some(Code::Stale);
            halted |= behind && halts(&event);
            if let Some(why) = reason(&event) {
                self.needs.get_or_insert(why);
            }
        }
        let wrong = state & (slot_state::STALE | slot_state::GAP) != 0;
        if wrong && !stale || state & slot_state::HALTED != 0 && !halted {
            self.orders.fault(format!(
                "order {user_ref} left while its slot's state was {state:#x}"
            ));
        }
        Ok(())
    }
}

/// An event that tells of a trading action which ends trading. Its body holds the sequence number, then the message.
fn halts(event: &Event) -> bool {
    let message = event.body().get(8..8 + StockTradingAction::LEN);
    event.code == Some(Code::Admin)
        && matches!(message.map(Message::parse), Some(Ok(Message::StockTradingAction(action))) if action.state != b'T')
}

/// Why an event makes a recovery due.
fn reason(event: &Event) -> Option<String> {
    match event.code? {
        Code::Gap => Some("a gap on both lines".into()),
        Code::BadFrame => Some("a frame with a wrong check sequence".into()),
        Code::SessionChange => Some("a new feed session".into()),
        Code::Stale => {
            let cause = event.field(SLOT_BODY, "cause");
            (cause != StaleCause::Subscribed as u64)
                .then(|| format!("slot {} stale, cause {cause}", event.slot))
        }
        _ => None,
    }
}
