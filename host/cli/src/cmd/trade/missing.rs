//! Orders that a lost connection swallowed: the same bytes again through the card's slots and gate, or none ever.

use contract::slot::Kind;
use engine::journal::Line;
use engine::ledger::Effect;
use risk::Side;

use super::port::{Card, Left, Missing};
use super::session::Session;
use crate::cmd::run::gate::tell;
use crate::cmd::run::orders::Outcome;
use crate::error::CliError;

impl Session {
    /// Decides on each order that never arrived, in the order of their numbers. Nothing else is sent before.
    pub(super) fn resolve_missing(&mut self) -> Result<(), CliError> {
        while let Some(&user_ref) = self.port.lost.front() {
            let decided = match self.port.missing {
                // What a replace named may have traded meanwhile: nobody wants it any more as it was.
                Missing::Resend if !self.port.is_replace(user_ref) => self.send_again(user_ref)?,
                Missing::Resend | Missing::GiveUp => {
                    for effect in self.give_up(user_ref)? {
                        self.tell(&effect)?;
                    }
                    true
                }
            };
            if !decided {
                return Ok(());
            }
            self.port.lost.pop_front();
        }
        Ok(())
    }

    /// Writes the order into a slot again, under the number it had: what leaves is the same to the byte, and only when the gate
    /// lets it pass once more. False when it has to wait.
    fn send_again(&mut self, user_ref: u32) -> Result<bool, CliError> {
        if !self.port.is_open() {
            return Ok(false);
        }
        let (Some(left), Some(entry)) = (self.port.sent.get(&user_ref), self.port.ledger.entry(user_ref))
        else {
            return Err(CliError::Check(format!(
                "order {user_ref} is missing and was never sent"
            )));
        };
        let Left { mut request, message } = left.clone();
        // A token is used once; it is in no message.
        request.token = self.desk.draw_token();
        let next = self.orders.user_ref;
        self.orders.start_at(&mut self.live, user_ref)?;
        // The gate counts it anew.
        let device = &mut self.live.card.device;
        match entry.side {
            Side::Buy => device.release_buy(u32::from(entry.slot), entry.qty, true)?,
            Side::Sell => device.release_sell(u32::from(entry.slot), entry.qty, true)?,
        }
        device.add_gross(-entry.worth(entry.qty))?;
        let outcome = self.submit(&request, Kind::Enter)?;
        self.orders.start_at(&mut self.live, next)?;
        match outcome {
            Outcome::Sent {
                message: again,
                stamp_ns,
                ..
            } => {
                if again != message {
                    self.orders
                        .fault(format!("order {user_ref} was sent again, but not the same bytes"));
                }
                self.check_state(user_ref, entry.slot, stamp_ns)?;
                let resent = self.port.ledger.orders.resend(user_ref);
                resent.map_err(|error| CliError::Check(format!("order {user_ref}: {error}")))?;
                self.port.note(&Line::Again(user_ref))?;
                self.port.resent += 1;
                let mut card = Card {
                    live: &mut self.live,
                    orders: &mut self.orders,
                };
                self.port.carry(&mut card, &mut *self.market, &again)?;
            }
            Outcome::Refused(..) | Outcome::Aborted => {
                self.stats.refused_again += 1;
                for effect in self.give_up(user_ref)? {
                    let change = self.desk.told(&effect);
                    if outcome == Outcome::Aborted {
                        tell(&mut self.live, &effect, change)?;
                    }
                }
            }
        }
        Ok(true)
    }

    fn give_up(&mut self, user_ref: u32) -> Result<Vec<Effect>, CliError> {
        let effects = self.port.ledger.give_up(user_ref);
        let effects = effects.map_err(|error| CliError::Check(format!("order {user_ref}: {error}")))?;
        self.port.note(&Line::GaveUp(user_ref))?;
        Ok(effects)
    }
}
