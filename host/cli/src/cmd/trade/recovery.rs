//! From a book that may be wrong back to one that is right, through the card.
//!
//! The card itself blocks orders: a gap makes every slot stale in the cycle it is declared. The host then empties the slots,
//! plays into a line either all messages of the session, asked for again, or the orders of a snapshot, and synchronises
//! each slot at the next sequence: the card takes that only when it expects exactly this one. Frames that arrive meanwhile
//! wait and follow.

use std::collections::BTreeSet;

use contract::event::Reason;
use contract::slot;
use engine::journal::Line;
use risk::{Order, Sale, Side};
use sim_card::{Line as RxLine, RxFrame};
use wire::glimpse;
use wire::itch50::StockTradingActionView;
use wire::moldudp64::{Kind, Packet, Request};
use wire::packetizer::{Config, Packetizer};

use super::golden::Last;
use super::session::Session;
use crate::cmd::run::orders::Outcome;
use crate::error::CliError;

/// Session under which the orders of a snapshot are played.
const PICTURE_SESSION: [u8; 10] = *b"TFPICTURE ";
/// Messages in a packet of a snapshot, and messages asked for at once: no more than the card has records for at line rate,
/// so that its last record shows the book.
const PICTURE_MESSAGES: u16 = 4;
const REREQUEST_MESSAGES: u16 = 4;
/// Longest session that is asked for again as a whole.
const REREQUEST_MAX: u64 = 4_096;
/// Turns of the venue during a recovery: the feed does not wait.
const TURNS: u32 = 3;

/// How a book is made right again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Recovery {
    /// By re-request while the session is short and has begun with an empty book, else by snapshot.
    #[default]
    Auto,
    /// By re-request where that is possible.
    Rerequest,
    /// By snapshot.
    Snapshot,
}

/// Messages to play, and the sequence to go on with.
struct Play {
    session: [u8; 10],
    frames: Vec<Vec<u8>>,
    messages: u64,
    next: u64,
    /// Symbols whose trading state it tells.
    told: BTreeSet<[u8; 8]>,
    /// It is the session itself, not a picture.
    replay: bool,
}

impl Session {
    /// Makes the book right again; `why` is for the journal. Frames that arrived meanwhile follow as any others do, and may
    /// bring the next gap.
    pub(crate) fn recover(&mut self, why: &str) -> Result<(), CliError> {
        self.stats.recoveries += 1;
        self.market.fault("recovery")?;
        self.port.note(&Line::Note(&format!("recovery: {why}")))?;
        self.needs = None;
        let play = self.play()?;
        self.rebuild(&play)?;
        self.compare_rebuilt(&play)?;
        self.drop_played(&play);
        self.take_feed_events()
    }

    /// Waiting frames whose messages have just been played need not be.
    fn drop_played(&mut self, play: &Play) {
        self.held.retain(|frame| {
            let Ok(packet) = Packet::new_checked(frame.payload()) else {
                return true;
            };
            let next = match packet.kind() {
                Kind::Data(count) => packet.sequence() + u64::from(count),
                Kind::Heartbeat | Kind::EndOfSession => packet.sequence(),
            };
            packet.session() > play.session || (packet.session() == play.session && next > play.next)
        });
    }

    /// What to play.
    fn play(&mut self) -> Result<Play, CliError> {
        let session = self.announced.unwrap_or(self.session);
        // A later session begins with the book of the one before.
        let whole = session == self.first_session;
        let wanted = match self.how {
            Recovery::Snapshot => false,
            Recovery::Rerequest => true,
            Recovery::Auto => self.told <= REREQUEST_MAX,
        };
        if whole
            && wanted
            && let Some(play) = self.rerequested(session)?
        {
            self.stats.rerequested += 1;
            return Ok(play);
        }
        self.stats.pictured += 1;
        self.pictured()
    }

    /// All messages of the session, asked for again; `None` when there is no answer.
    fn rerequested(&mut self, session: [u8; 10]) -> Result<Option<Play>, CliError> {
        let mut play = Play {
            session,
            frames: Vec::new(),
            messages: 0,
            next: 1,
            told: BTreeSet::new(),
            replay: true,
        };
        loop {
            let request = Request {
                session,
                sequence: play.next,
                count: REREQUEST_MESSAGES,
            };
            let Some(reply) = self.market.rerequest(&request)? else {
                break;
            };
            let packet = Packet::new_checked(&reply[..]);
            let packet =
                packet.map_err(|error| CliError::Check(format!("a re-request's answer: {error}")))?;
            if packet.session() != session || packet.sequence() != play.next {
                break;
            }
            for block in packet.blocks().flatten() {
                heard(block.message, &mut play.told);
                play.messages += 1;
                play.next += 1;
            }
            play.frames.push(self.network.datagram(&reply));
        }
        Ok((play.messages > 0).then_some(play))
    }

    /// The orders of a snapshot.
    fn pictured(&mut self) -> Result<Play, CliError> {
        let picture = self.market.picture()?;
        let session = picture.session;
        let mut packets = Packetizer::new(Config {
            session: PICTURE_SESSION,
            messages_per_packet: PICTURE_MESSAGES..=PICTURE_MESSAGES,
            ..Config::default()
        });
        let mut play = Play {
            session,
            frames: Vec::new(),
            messages: 0,
            next: 0,
            told: BTreeSet::new(),
            replay: false,
        };
        let failed = |error: wire::WireError| CliError::Check(format!("the snapshot: {error}"));
        for message in &picture.messages {
            match glimpse::Message::parse(message).map_err(failed)? {
                glimpse::Message::End(next) => play.next = next,
                glimpse::Message::Itch(bytes) => {
                    heard(bytes, &mut play.told);
                    play.messages += 1;
                    play.frames.extend(packets.push(bytes).map_err(failed)?);
                }
            }
        }
        play.frames.extend(packets.flush());
        if play.next == 0 {
            return Err(CliError::Check("the snapshot has no end".into()));
        }
        if self.announced.is_none_or(|known| known < session) {
            // A session that no packet has told of yet.
            (self.announced, self.told) = (Some(session), play.next);
        }
        Ok(play)
    }

    /// Empties the slots, plays, and synchronises at the exact sequence.
    fn rebuild(&mut self, play: &Play) -> Result<(), CliError> {
        for (slot, what) in (0..).zip(&self.slots) {
            self.live.card.device.subscribe(slot, what)?;
        }
        self.shown.fill(Last::Empty);
        self.expect_blocked("after the slots are emptied")?;
        let device = &mut self.live.card.device;
        let name = if play.replay {
            play.session
        } else {
            PICTURE_SESSION
        };
        device.accept_session(&name, 1)?;
        self.rebuilding = true;
        for frame in &play.frames {
            self.live.lab.receive(RxLine::A, RxFrame::new(frame.clone()))?;
            self.live.settle()?;
            self.collect()?;
        }
        for _ in 0..TURNS {
            self.market.turn()?;
            self.take_frames();
        }
        self.rebuilding = false;
        let device = &mut self.live.card.device;
        if !play.replay {
            device.accept_session(&play.session, play.next)?;
        }
        self.session = play.session;
        let at = device.next_seq()?;
        if at != play.next {
            return Err(CliError::Check(format!(
                "after the recovery's messages the card expects {at}, not {}",
                play.next
            )));
        }
        self.expect_refused(play.next)?;
        self.expect_blocked("before the slots are synchronised")?;
        for (slot, what) in (0..).zip(&self.slots) {
            let device = &mut self.live.card.device;
            device.sync_slot(slot, play.next)?;
            if !play.told.contains(&padded(&what.symbol)) {
                device.set_halted(slot, false)?;
            }
        }
        Ok(self.live.card.device.heartbeat()?)
    }

    /// The rebuilt books are those of the venue behind the last message played.
    fn compare_rebuilt(&mut self, play: &Play) -> Result<(), CliError> {
        self.collect()?;
        let Some(golden) = &mut self.golden else {
            return Ok(());
        };
        golden.hear(self.market.published());
        for (slot, shown) in (0..).zip(&self.shown) {
            let expected = golden.behind(&play.session, play.next - 1, slot);
            self.stats.rebuilt_compared += 1;
            if let Some(why) = shown.differs(&expected) {
                self.orders
                    .fault(format!("slot {slot} after the recovery at {}: {why}", play.next));
            }
        }
        Ok(())
    }

    /// With `--probe`: an order that passes by all checks of the host is refused by the card as stale.
    fn expect_blocked(&mut self, when: &str) -> Result<(), CliError> {
        self.expect_order_refused(Reason::Stale, when)
    }

    /// With `--probe`: an order under the epoch of a connection that was lost is refused by the card for it.
    pub(super) fn expect_fenced(&mut self) -> Result<(), CliError> {
        self.expect_order_refused(Reason::Epoch, "behind a lost connection")
    }

    fn expect_order_refused(&mut self, reason: Reason, when: &str) -> Result<(), CliError> {
        if !self.probe {
            return Ok(());
        }
        let order = Order {
            slot: 0,
            side: Side::Buy,
            sale: Sale::Long,
            qty: 1,
            price: 10_000,
            token: self.desk.draw_token(),
        };
        let terms = engine::order::Terms { immediate: true };
        let request = engine::order::enter(&order, terms);
        self.stats.probes += 1;
        match self.submit(&request, slot::Kind::Enter)? {
            Outcome::Refused(_, checks) if checks >> reason as u32 & 1 == 1 => Ok(()),
            other => {
                self.orders.fault(format!(
                    "an order {when} was not refused as {reason:?}: {other:?}"
                ));
                Ok(())
            }
        }
    }

    /// With `--probe`: a slot is not synchronised one before or one behind the sequence the card expects.
    fn expect_refused(&mut self, next: u64) -> Result<(), CliError> {
        if !self.probe {
            return Ok(());
        }
        for wrong in [next - 1, next + 1] {
            self.stats.probes += 1;
            let synced = self.live.card.device.sync_slot(0, wrong);
            if !matches!(synced, Err(device::DeviceError::Sync { .. })) {
                self.orders.fault(format!(
                    "slot 0 was synchronised at {wrong}, not only at {next}: {synced:?}"
                ));
            }
        }
        Ok(())
    }
}

fn heard(message: &[u8], told: &mut BTreeSet<[u8; 8]>) {
    if let Ok(action) = StockTradingActionView::new_checked(message) {
        told.insert(action.stock());
    }
}

fn padded(symbol: &str) -> [u8; 8] {
    crate::cmd::run::gate::padded(symbol)
}
