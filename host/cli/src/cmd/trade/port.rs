//! The order connection: what the card sent goes out over SoupBinTCP, responses come back into the books.
//!
//! This is the bridge between a card whose frames reach nobody's TCP stack and the venue's order port: it takes the OUCH
//! message out of each frame that left the card and sends the same bytes. It makes no order of its own.

use std::collections::BTreeMap;
use std::io::Write;

use engine::journal::{Journal, Line};
use engine::ledger::{Effect, Entry, Ledger};
use wire::ouch50::{AccountQuery, Appendage, Response};
use wire::soupbintcp::{Client, ClientConfig, ClientEvent, LoginRequest};

use super::market::Market;
use crate::error::CliError;

/// What becomes of an order that a lost connection swallowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Missing {
    /// The same bytes are sent again.
    #[default]
    Resend,
    /// It is given up: its price may be old.
    GiveUp,
}

/// Where the journal goes.
pub(crate) type JournalSink = Box<dyn Write>;

/// The connection with its books.
pub(crate) struct Port {
    login: LoginRequest,
    missing: Missing,
    client: Option<Client>,
    /// The books.
    pub(crate) ledger: Ledger,
    journal: Journal<JournalSink>,
    sent: BTreeMap<u32, Vec<u8>>,
    /// Connections made.
    pub(crate) connections: u64,
    /// Orders sent again.
    pub(crate) resent: u64,
    /// The venue has ended the session.
    pub(crate) ended: bool,
}

impl Port {
    /// A port without a connection; the first turn makes one.
    pub(crate) fn new(login: LoginRequest, missing: Missing, slots: usize, journal: JournalSink) -> Self {
        Self {
            login,
            missing,
            client: None,
            ledger: Ledger::new(slots),
            journal: Journal::new(journal),
            sent: BTreeMap::new(),
            connections: 0,
            resent: 0,
            ended: false,
        }
    }

    /// Whether an order would go out at once, and nothing is to be cleared up first.
    pub(crate) fn may_send(&self) -> bool {
        let logged_in = self.client.as_ref().is_some_and(Client::is_logged_in);
        logged_in && self.ledger.orders.may_send()
    }

    /// One look at the connection; gives what risk and gate have to be told.
    pub(crate) fn turn(&mut self, market: &mut dyn Market) -> Result<Vec<Effect>, CliError> {
        let now_ns = market.now_ns();
        if self.client.is_none() && !self.ended {
            market.connect()?;
            self.connections += 1;
            let login = LoginRequest {
                sequence: self.ledger.orders.next_sequence(),
                ..self.login
            };
            self.client = Some(Client::new(ClientConfig::new(login), now_ns));
        }
        let (bytes, over) = market.read();
        let Some(client) = &mut self.client else {
            return Ok(Vec::new());
        };
        let mut events = client.receive(&bytes, now_ns);
        events.extend(client.tick(now_ns));
        let mut effects = Vec::new();
        for event in events {
            self.hear(event, now_ns, &mut effects)?;
        }
        self.flush(market);
        if over || self.client.as_ref().is_some_and(Client::is_closed) {
            self.lost()?;
        }
        Ok(effects)
    }

    fn hear(&mut self, event: ClientEvent, now_ns: u64, effects: &mut Vec<Effect>) -> Result<(), CliError> {
        match event {
            ClientEvent::Accepted { .. } => {
                let query = AccountQuery {}.to_vec(&Appendage::new());
                for _ in 0..self.ledger.orders.queries_needed() {
                    self.ledger.orders.queried();
                    self.put(&query, now_ns);
                }
                Ok(())
            }
            ClientEvent::Message { sequence, bytes } => self.response(sequence, &bytes, now_ns, effects),
            ClientEvent::Rejected(reason) => Err(CliError::Input(format!(
                "the venue refuses the login, reason {}; check user, password and session",
                char::from(reason)
            ))),
            ClientEvent::Ended => {
                self.ended = true;
                Ok(())
            }
            ClientEvent::Unsequenced(_) | ClientEvent::Lost(_) => Ok(()),
        }
    }

    fn response(
        &mut self,
        sequence: u64,
        bytes: &[u8],
        now_ns: u64,
        effects: &mut Vec<Effect>,
    ) -> Result<(), CliError> {
        self.note(&Line::Got(sequence, bytes))?;
        let (response, _) = Response::parse(bytes)
            .map_err(|error| CliError::Check(format!("response {sequence}: {error}")))?;
        let told = self.ledger.apply(sequence, &response);
        let told = told.map_err(|error| CliError::Check(format!("response {sequence}: {error}")))?;
        for effect in told {
            match effect {
                Effect::Missing(user_ref) => self.resolve(user_ref, now_ns, effects)?,
                other => effects.push(other),
            }
        }
        Ok(())
    }

    /// An order has not arrived: the same bytes again, or none ever.
    fn resolve(&mut self, user_ref: u32, now_ns: u64, effects: &mut Vec<Effect>) -> Result<(), CliError> {
        let refused = |error| CliError::Check(format!("order {user_ref}: {error}"));
        match self.missing {
            Missing::Resend => {
                self.ledger.orders.resend(user_ref).map_err(refused)?;
                self.note(&Line::Again(user_ref))?;
                let bytes = self.sent.get(&user_ref).cloned().unwrap_or_default();
                self.put(&bytes, now_ns);
                self.resent += 1;
            }
            Missing::GiveUp => {
                effects.extend(self.ledger.give_up(user_ref).map_err(refused)?);
                self.note(&Line::GaveUp(user_ref))?;
            }
        }
        Ok(())
    }

    /// An Enter Order has left the card.
    pub(crate) fn entered(
        &mut self,
        market: &mut dyn Market,
        user_ref: u32,
        entry: Entry,
        message: Vec<u8>,
    ) -> Result<(), CliError> {
        let entered = self.ledger.entered(user_ref, entry);
        entered
            .map_err(|error| CliError::Check(format!("order {user_ref} has left the card, but {error}")))?;
        self.note(&Line::Sent(entry.slot, &message))?;
        self.put(&message, market.now_ns());
        self.sent.insert(user_ref, message);
        self.flush(market);
        Ok(())
    }

    /// A Cancel Order has left the card. One that is lost with its connection is not sent again: whoever wants the order
    /// gone asks once more.
    pub(crate) fn cancelled(
        &mut self,
        market: &mut dyn Market,
        user_ref: u32,
        message: &[u8],
    ) -> Result<(), CliError> {
        let cancelled = self.ledger.orders.cancel(user_ref);
        cancelled.map_err(|error| CliError::Check(format!("cancel of order {user_ref}: {error}")))?;
        self.note(&Line::Cancel(message))?;
        self.put(message, market.now_ns());
        self.flush(market);
        Ok(())
    }

    /// Says goodbye to the venue.
    pub(crate) fn logout(&mut self, market: &mut dyn Market) {
        if let Some(client) = &mut self.client {
            client.logout(market.now_ns());
        }
        self.flush(market);
    }

    fn put(&mut self, message: &[u8], now_ns: u64) {
        if let Some(client) = &mut self.client {
            // Bytes of a connection that is closed are lost, as on any wire: the account query will tell.
            client.send(message, now_ns);
        }
    }

    fn flush(&mut self, market: &mut dyn Market) {
        if let Some(client) = &mut self.client {
            market.write(&client.take_output());
        }
    }

    fn lost(&mut self) -> Result<(), CliError> {
        self.client = None;
        self.ledger.orders.disconnected();
        self.note(&Line::Lost)
    }

    /// Writes a line into the journal.
    pub(crate) fn note(&mut self, line: &Line<'_>) -> Result<(), CliError> {
        self.journal
            .write(line)
            .map_err(|error| CliError::Check(format!("the journal: {error}")))
    }

    /// Flushes the journal; gives its number of lines.
    pub(crate) fn close(self) -> Result<(Ledger, u64), CliError> {
        let lines = self.journal.lines();
        self.journal
            .finish()
            .map_err(|error| CliError::Check(format!("the journal: {error}")))?;
        Ok((self.ledger, lines))
    }
}
