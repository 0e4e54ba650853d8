//! Orders that rest at the venue: replaced once, cancelled when they are old.

use contract::slot::Kind;
use engine::ledger::{Effect, Entry};
use engine::lifecycle::State;
use engine::order::cancel;
use sim_card::CYCLE_TENTHS_NS;

use super::port::{Card, Left};
use super::session::Session;
use super::split::passes_later;
use crate::cmd::run::desk::{Admission, Resting};
use crate::cmd::run::orders::Outcome;
use crate::error::CliError;

impl Session {
    /// Replaces or cancels an order that has rested long enough.
    pub(super) fn change_old(&mut self) -> Result<(), CliError> {
        if self.rest_ns == 0 || !self.port.may_send() {
            return Ok(());
        }
        let now = self.market.now_ns();
        let books = &self.port.ledger.orders;
        self.resting
            .retain(|user_ref, _| !matches!(books.state(*user_ref), Some(State::Done(_)) | None));
        let due = self.resting.iter().find(|(user_ref, since)| {
            let open = books.state(**user_ref) == Some(State::Open) && books.pending(**user_ref).is_none();
            open && now.saturating_sub(**since) >= self.rest_ns
        });
        let Some((&user_ref, _)) = due else {
            return Ok(());
        };
        let replaced = self.replace_each > 0 && user_ref.is_multiple_of(self.replace_each);
        if replaced && self.replaced.insert(user_ref) {
            return self.replace_old(user_ref);
        }
        self.cancel_old(user_ref)
    }

    /// It does not matter to a cancel whether the book is right.
    fn cancel_old(&mut self, user_ref: u32) -> Result<(), CliError> {
        let slot = self.port.ledger.entry(user_ref).map_or(0, |entry| entry.slot);
        let request = cancel(slot, user_ref, self.desk.draw_token());
        match self.submit(&request, Kind::Cancel)? {
            Outcome::Sent { message, .. } => {
                self.stats.cancels += 1;
                let mut card = Card {
                    live: &mut self.live,
                    orders: &mut self.orders,
                };
                self.port
                    .cancelled(&mut card, &mut *self.market, user_ref, &message)
            }
            // The peer's window, the port's rate: the next look asks again.
            Outcome::Refused(_, checks) if passes_later(checks) => Ok(()),
            other => {
                self.orders
                    .fault(format!("a cancel of order {user_ref} did not leave: {other:?}"));
                Ok(())
            }
        }
    }

    /// A replace is an order: what holds those back holds it back, and then the order is cancelled at the next look.
    fn replace_old(&mut self, user_ref: u32) -> Result<(), CliError> {
        let Some(left) = self.port.left(user_ref) else {
            return Ok(());
        };
        let old = left.request;
        let resting = Resting {
            user_ref,
            request: &old,
            open: self.port.ledger.orders.open(user_ref),
        };
        let now_ns = self.live.cycles()? * CYCLE_TENTHS_NS / 10;
        let wanted = (changed(user_ref / self.replace_each, old.qty), old.price);
        let admitted = (self.needs.is_none() && !self.rebuilding)
            .then(|| self.desk.replace(&resting, wanted, now_ns))
            .flatten();
        let Some(admission) = admitted else {
            self.stats.replaces_refused += 1;
            return Ok(());
        };
        // What the exchange has to be asked for, and the account of the gate and of host risk grow by.
        let added = Effect::Released {
            entry: admission.entry,
            shares: admission.entry.qty.saturating_sub(old.qty),
            value: admission.added(&old),
            done: false,
        };
        match self.submit(&admission.slot, Kind::Replace)? {
            sent @ Outcome::Sent { .. } => self.replace_left(user_ref, &admission, sent),
            Outcome::Refused(..) => {
                self.stats.replaces_refused += 1;
                self.desk.told(&added);
                Ok(())
            }
            Outcome::Aborted => self.tell(&added),
        }
    }

    fn replace_left(&mut self, orig: u32, admission: &Admission, sent: Outcome) -> Result<(), CliError> {
        let Outcome::Sent {
            user_ref,
            message,
            stamp_ns,
            counted,
        } = sent
        else {
            return Ok(());
        };
        let added = admission.entry.qty.saturating_sub(admission.slot.orig_qty);
        if counted != added {
            self.orders.fault(format!(
                "replace {user_ref} of order {orig}: the gate counts {counted} shares more, host risk {added}"
            ));
        }
        self.check_state(user_ref, admission.entry.slot, stamp_ns)?;
        let now = self.market.now_ns();
        let entry = Entry {
            sent_ns: now,
            ..admission.entry
        };
        self.stats.replaces += 1;
        self.replaced.insert(user_ref);
        self.resting.insert(user_ref, now);
        let mut card = Card {
            live: &mut self.live,
            orders: &mut self.orders,
        };
        let left = Left {
            request: admission.slot,
            message,
        };
        let numbers = (orig, user_ref);
        self.port
            .replaced(&mut card, &mut *self.market, numbers, (entry, counted), left)
    }
}

/// Shares of the chain the `n`th replace asks for: half as many more, as many, half as many.
const fn changed(n: u32, qty: u32) -> u32 {
    match n % 3 {
        0 => qty.saturating_add(qty / 2),
        1 => qty,
        _ => qty.div_ceil(2),
    }
}
