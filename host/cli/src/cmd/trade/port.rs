//! The order connection: what the card sent goes out over SoupBinTCP, responses come back into the books.
//!
//! The session runs over one of two transports. `split` is a TCP connection that the card and the host's stack share: the card's
//! own segments carry the orders. `bridge` takes the OUCH message out of each frame that left a card whose frames reach nobody's
//! TCP, and sends the same bytes over a connection of the host's. Neither makes an order of its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write;

use contract::slot;
use engine::account::Account;
use engine::journal::{Journal, Line};
use engine::ledger::{Effect, Entry, Ledger};
use engine::lifecycle::State;
use risk::Side;
use wire::ouch50::{AccountQuery, Appendage, Response};
use wire::soupbintcp::{Client, ClientConfig, ClientEvent, LoginRequest};

use super::market::Market;
use super::split::{Split, SplitStats};
use crate::cmd::run::orders::OrderPath;
use crate::error::CliError;
use crate::live::Live;

/// What becomes of an order that a lost connection swallowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Missing {
    /// The same bytes are sent again, if the card's gate lets them pass again.
    #[default]
    Resend,
    /// It is given up: its price may be old.
    GiveUp,
}

/// Looks until the venue has heard the goodbye.
const GOODBYE_TURNS: u32 = 400;

/// Where the journal goes.
pub(crate) type JournalSink = Box<dyn Write>;

/// What carries the session.
pub(crate) enum Link {
    /// A connection of the host's own, of which the card knows nothing.
    Bridge,
    /// A connection that card and host share.
    Split(Box<Split>),
}

/// The card, for what the connection has to do with it.
pub(crate) struct Card<'a> {
    pub(crate) live: &'a mut Live,
    pub(crate) orders: &'a mut OrderPath,
}

/// An order as it left.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    /// What was written into the slot.
    pub(crate) request: slot::Order,
    /// The OUCH message in its frame.
    pub(crate) message: Vec<u8>,
}

/// The connection with its books.
pub(crate) struct Port {
    login: LoginRequest,
    slots: usize,
    again: u64,
    /// Silence of our own behind which a heartbeat is sent, ns.
    heartbeat_ns: u64,
    pub(super) missing: Missing,
    link: Link,
    client: Option<Client>,
    /// The books.
    pub(crate) ledger: Ledger,
    journal: Journal<JournalSink>,
    pub(super) sent: BTreeMap<u32, Left>,
    /// Orders that never arrived, of which it is not decided yet what becomes.
    pub(super) lost: VecDeque<u32>,
    /// Connections made.
    pub(crate) connections: u64,
    /// Connections lost.
    pub(crate) losses: u64,
    /// Of these the ones the venue was silent on for too long: it had ended them, and what said so was lost.
    pub(crate) silences: u64,
    /// Orders sent again.
    pub(crate) resent: u64,
    /// The venue has ended the session.
    pub(crate) ended: bool,
    /// The host's account directly behind each response, without orders the venue had not answered then.
    pub(crate) history: Vec<Account>,
}

/// Something a turn has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// To be told to risk, and to the gate unless that has applied it.
    Effect {
        effect: Effect,
        /// The gate has to be told.
        tell_gate: bool,
    },
    /// Everything that response brought is told: position and open quantities of its slot, as the books have them.
    Settled {
        sequence: u64,
        slot: u8,
        exposure: (i64, u64, u64),
    },
}

/// How a port is set up.
pub(crate) struct PortConfig {
    pub(crate) login: LoginRequest,
    pub(crate) heartbeat_ns: u64,
    pub(crate) missing: Missing,
    pub(crate) slots: usize,
    /// Responses asked for again at every login.
    pub(crate) again: u64,
    pub(crate) link: Link,
}

impl Port {
    /// A port without a connection; the first turn makes one.
    pub(crate) fn new(config: PortConfig, journal: JournalSink) -> Self {
        Self {
            login: config.login,
            slots: config.slots,
            again: config.again,
            heartbeat_ns: config.heartbeat_ns,
            missing: config.missing,
            link: config.link,
            client: None,
            ledger: Ledger::new(config.slots),
            journal: Journal::new(journal),
            sent: BTreeMap::new(),
            lost: VecDeque::new(),
            connections: 0,
            losses: 0,
            silences: 0,
            resent: 0,
            ended: false,
            history: Vec::new(),
        }
    }

    /// The gate's account follows the connection: it has all that was heard, and may have more.
    pub(crate) fn follows(&self) -> bool {
        matches!(&self.link, Link::Split(split) if split.follows())
    }

    /// Whether an order would go out at once, and nothing is to be cleared up first.
    pub(crate) fn may_send(&self) -> bool {
        self.is_open() && self.ledger.orders.may_send()
    }

    /// Whether an order would go out at once.
    pub(crate) fn is_open(&self) -> bool {
        let logged_in = self.client.as_ref().is_some_and(Client::is_logged_in);
        logged_in
            && match &self.link {
                Link::Bridge => true,
                Link::Split(split) => split.has_room(),
            }
    }

    /// Nothing of ours is on its way.
    pub(crate) fn is_quiet(&mut self) -> bool {
        match &mut self.link {
            Link::Bridge => true,
            Link::Split(split) => split.is_quiet(),
        }
    }

    /// Where the session stands, in words.
    pub(crate) fn describe(&mut self) -> String {
        let unanswered = self
            .ledger
            .orders
            .all()
            .filter(|(_, state)| *state == State::Sent);
        let (unanswered, lost) = (unanswered.count(), self.lost.len());
        let client = match &self.client {
            None => "no client",
            Some(client) if client.is_logged_in() => "logged in",
            Some(_) => "not logged in",
        };
        let sync = if self.ledger.orders.in_sync() {
            "in sync"
        } else {
            "not in sync"
        };
        let link = match &mut self.link {
            Link::Bridge => "bridged".to_owned(),
            Link::Split(split) => split.describe(),
        };
        let (made, silent) = (self.connections, self.silences);
        format!(
            "{made} connections made, {silent} of them silent; {client}, {sync}, {unanswered} orders unanswered, {lost} lost; {link}"
        )
    }

    /// Shared connections that were lost, with the epoch they were under.
    pub(crate) const fn fenced(&self) -> u64 {
        match &self.link {
            Link::Bridge => 0,
            Link::Split(_) => self.losses,
        }
    }

    /// What carries the orders, in words.
    pub(crate) fn transport(&self) -> &'static str {
        match &self.link {
            Link::Bridge => "bridge: a connection of the host's",
            Link::Split(split) if split.has_far_end() => "split, the far end in this process",
            Link::Split(_) => "split, over the card's own cable",
        }
    }

    /// What came of a connection that is shared.
    pub(crate) fn split_stats(&mut self) -> Option<SplitStats> {
        match &mut self.link {
            Link::Bridge => None,
            Link::Split(split) => Some(split.summary()),
        }
    }

    /// One look at the connection; gives what risk and gate have to be told, response by response.
    pub(crate) fn turn(
        &mut self,
        card: &mut Card<'_>,
        market: &mut dyn Market,
    ) -> Result<Vec<Heard>, CliError> {
        let now_ns = market.now_ns();
        if let Link::Split(split) = &mut self.link {
            split.turn(card.live, card.orders, market)?;
        }
        self.connect(market, now_ns)?;
        let (bytes, over) = match &mut self.link {
            Link::Bridge => market.read(),
            Link::Split(split) => (split.read(), split.is_over()),
        };
        let mut heard = Vec::new();
        if let Some(client) = &mut self.client {
            let mut events = client.receive(&bytes, now_ns);
            events.extend(client.tick(now_ns));
            for event in events {
                self.hear(event, now_ns, card.orders, &mut heard)?;
            }
        }
        self.flush(card, market)?;
        if over || self.client.as_ref().is_some_and(Client::is_closed) {
            self.lose(card, market)?;
        }
        Ok(heard)
    }

    /// A connection where there is none, and a client on it once it is there.
    fn connect(&mut self, market: &mut dyn Market, now_ns: u64) -> Result<(), CliError> {
        if self.client.is_some() || self.ended {
            return Ok(());
        }
        match &mut self.link {
            Link::Bridge => market.connect()?,
            Link::Split(split) if !split.is_begun() => return split.connect(),
            Link::Split(split) if !split.is_established() => return Ok(()),
            Link::Split(_) => {}
        }
        self.connections += 1;
        let login = LoginRequest {
            sequence: self
                .ledger
                .orders
                .next_sequence()
                .saturating_sub(self.again)
                .max(1),
            ..self.login
        };
        let config = ClientConfig::new(login).at_pace(self.heartbeat_ns);
        self.client = Some(Client::new(config, now_ns));
        Ok(())
    }

    fn hear(
        &mut self,
        event: ClientEvent,
        now_ns: u64,
        orders: &OrderPath,
        heard: &mut Vec<Heard>,
    ) -> Result<(), CliError> {
        match event {
            ClientEvent::Accepted { .. } => {
                self.ask(now_ns);
                Ok(())
            }
            ClientEvent::Message { sequence, bytes } => {
                self.response(sequence, &bytes, orders, heard)?;
                self.ask(now_ns);
                Ok(())
            }
            ClientEvent::Rejected(reason) => Err(CliError::Input(format!(
                "the venue refuses the login, reason {}; check user, password and session",
                char::from(reason)
            ))),
            ClientEvent::Ended => {
                self.ended = true;
                Ok(())
            }
            ClientEvent::Lost(why) => {
                self.silences += u64::from(why.is_none());
                Ok(())
            }
            ClientEvent::Unsequenced(_) => Ok(()),
        }
    }

    /// Asks the venue where it stands, if that is not known.
    fn ask(&mut self, now_ns: u64) {
        if self.ledger.orders.query_due() {
            self.ledger.orders.queried();
            self.put(&AccountQuery {}.to_vec(&Appendage::new()), now_ns);
        }
    }

    fn response(
        &mut self,
        sequence: u64,
        bytes: &[u8],
        orders: &OrderPath,
        heard: &mut Vec<Heard>,
    ) -> Result<(), CliError> {
        if sequence < self.ledger.orders.next_sequence() {
            // Asked for again.
            return Ok(());
        }
        self.note(&Line::Got(sequence, bytes))?;
        let (response, _) = Response::parse(bytes)
            .map_err(|error| CliError::Check(format!("response {sequence}: {error}")))?;
        let told = self.ledger.apply(sequence, &response);
        let told = told.map_err(|error| CliError::Check(format!("response {sequence}: {error}")))?;
        if self.history.len() as u64 + 1 == sequence {
            self.history.push(self.ledger.accepted_account());
        }
        let tell_gate = !self.follows() || !applied_by_card(&response, orders);
        let mut slots = BTreeSet::new();
        for effect in told {
            match effect {
                Effect::Missing(user_ref) => self.lost.push_back(user_ref),
                Effect::Executed { entry, .. }
                | Effect::Released { entry, .. }
                | Effect::Broken { entry, .. } => {
                    slots.insert(entry.slot);
                    heard.push(Heard::Effect { effect, tell_gate });
                }
            }
        }
        let account = (!slots.is_empty()).then(|| self.ledger.account());
        heard.extend(account.iter().flat_map(|account| {
            slots.iter().map(move |slot| Heard::Settled {
                sequence,
                slot: *slot,
                exposure: exposure(account, *slot),
            })
        }));
        Ok(())
    }

    /// An Enter Order has left the card.
    pub(crate) fn entered(
        &mut self,
        card: &mut Card<'_>,
        market: &mut dyn Market,
        (user_ref, entry): (u32, Entry),
        left: Left,
    ) -> Result<(), CliError> {
        let entered = self.ledger.entered(user_ref, entry);
        entered
            .map_err(|error| CliError::Check(format!("order {user_ref} has left the card, but {error}")))?;
        self.note(&Line::Sent(entry.slot, &left.message))?;
        self.carry(card, market, &left.message)?;
        self.sent.insert(user_ref, left);
        Ok(())
    }

    /// A Replace Order of `orig` has left the card, and its gate counts `counted` shares more. One that is lost with its connection is not sent again.
    pub(crate) fn replaced(
        &mut self,
        card: &mut Card<'_>,
        market: &mut dyn Market,
        (orig, user_ref): (u32, u32),
        (entry, counted): (Entry, u32),
        left: Left,
    ) -> Result<(), CliError> {
        let replaced = self.ledger.replaced(orig, user_ref, entry, counted);
        replaced.map_err(|error| CliError::Check(format!("replace {user_ref} of order {orig}: {error}")))?;
        self.note(&Line::Replace(&left.message))?;
        self.carry(card, market, &left.message)?;
        self.sent.insert(user_ref, left);
        Ok(())
    }

    /// Whether this number is that of a replace.
    pub(crate) fn is_replace(&self, user_ref: u32) -> bool {
        self.left(user_ref)
            .is_some_and(|left| left.request.target_ref != 0)
    }

    /// An order as it left.
    pub(crate) fn left(&self, user_ref: u32) -> Option<&Left> {
        self.sent.get(&user_ref)
    }

    /// A Cancel Order has left the card. One that is lost with its connection is not sent again: whoever wants the order
    /// gone asks once more.
    pub(crate) fn cancelled(
        &mut self,
        card: &mut Card<'_>,
        market: &mut dyn Market,
        user_ref: u32,
        message: &[u8],
    ) -> Result<(), CliError> {
        let cancelled = self.ledger.orders.cancel(user_ref);
        cancelled.map_err(|error| CliError::Check(format!("cancel of order {user_ref}: {error}")))?;
        self.note(&Line::Cancel(message))?;
        self.carry(card, market, message)
    }

    /// The card has sent a Mass Cancel by itself. What it cancels is the venue's to say, order by order.
    pub(crate) fn mass_cancelled(
        &mut self,
        card: &mut Card<'_>,
        market: &mut dyn Market,
        message: &[u8],
    ) -> Result<(), CliError> {
        self.note(&Line::Cancel(message))?;
        self.carry(card, market, message)
    }

    /// A message that has left the card goes to the venue; over a shared connection it is under way, and the stack has to know.
    pub(super) fn carry(
        &mut self,
        card: &mut Card<'_>,
        market: &mut dyn Market,
        message: &[u8],
    ) -> Result<(), CliError> {
        match &mut self.link {
            Link::Split(split) => split.report(card.orders),
            Link::Bridge => {
                self.put(message, market.now_ns());
                self.flush(card, market)
            }
        }
    }

    /// Says goodbye to the venue, and waits a while until it has heard it.
    pub(crate) fn logout(&mut self, card: &mut Card<'_>, market: &mut dyn Market) -> Result<(), CliError> {
        if let Some(client) = &mut self.client {
            client.logout(market.now_ns());
        }
        self.flush(card, market)?;
        for _ in 0..GOODBYE_TURNS {
            let Link::Split(split) = &mut self.link else { break };
            split.turn(card.live, card.orders, market)?;
            split.push(card.live, card.orders)?;
            if split.is_quiet() || split.is_over() {
                split.close();
                split.turn(card.live, card.orders, market)?;
                break;
            }
            market.turn()?;
        }
        Ok(())
    }

    fn put(&mut self, message: &[u8], now_ns: u64) {
        if let Some(client) = &mut self.client {
            // Bytes of a connection that is closed are lost, as on any wire: the account query will tell.
            client.send(message, now_ns);
        }
    }

    fn flush(&mut self, card: &mut Card<'_>, market: &mut dyn Market) -> Result<(), CliError> {
        let Some(client) = &mut self.client else {
            return Ok(());
        };
        let bytes = client.take_output();
        match &mut self.link {
            Link::Bridge => market.write(&bytes),
            Link::Split(split) => {
                split.write(card.live, &bytes)?;
                if client.is_logged_in() {
                    split.push(card.live, card.orders)?;
                }
            }
        }
        Ok(())
    }

    fn lose(&mut self, card: &mut Card<'_>, market: &mut dyn Market) -> Result<(), CliError> {
        if let Link::Split(split) = &mut self.link {
            let heard = self.ledger.orders.next_sequence();
            split.drop_connection(card.live, card.orders, heard)?;
        }
        if self.client.take().is_none() {
            return Ok(());
        }
        self.losses += 1;
        market.fault("connection")?;
        self.lost.clear();
        self.ledger.orders.disconnected();
        self.note(&Line::Lost)
    }

    /// Writes a line into the journal.
    pub(crate) fn note(&mut self, line: &Line<'_>) -> Result<(), CliError> {
        self.journal
            .write(line)
            .map_err(|error| CliError::Check(format!("the journal: {error}")))
    }

    /// Flushes the journal; gives the books and its number of lines. The port is as one that was never used.
    pub(crate) fn finish(&mut self) -> Result<(Ledger, u64), CliError> {
        let journal = std::mem::replace(&mut self.journal, Journal::new(Box::new(std::io::sink())));
        let lines = journal.lines();
        journal
            .finish()
            .map_err(|error| CliError::Check(format!("the journal: {error}")))?;
        let empty = Ledger::new(self.slots);
        Ok((std::mem::replace(&mut self.ledger, empty), lines))
    }
}

/// A card whose account follows the connection applies this response (`contract::follow`).
fn applied_by_card(response: &Response, orders: &OrderPath) -> bool {
    let user_ref = match response {
        Response::Accepted(m) => m.user_ref,
        Response::Executed(m) => m.user_ref,
        Response::Canceled(m) => m.user_ref,
        Response::AiqCanceled(m) => m.user_ref,
        Response::Rejected(m) => m.user_ref,
        Response::Modified(m) => m.user_ref,
        Response::Replaced(m) if orders.is_kept(m.orig_user_ref) => m.user_ref,
        _ => return false,
    };
    orders.is_kept(user_ref)
}

/// Position and open shares of a slot.
pub(super) fn exposure(account: &Account, slot: u8) -> (i64, u64, u64) {
    let at = usize::from(slot);
    let [buy, sell] = [Side::Buy, Side::Sell].map(|side| account.open_shares(at, side));
    (account.positions.get(at).copied().unwrap_or(0), buy, sell)
}
