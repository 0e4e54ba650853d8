//! What the card sends by itself when the host has been silent: its Mass Cancel is checked as any frame, and its number and bytes are counted.

use contract::event::Code;
use contract::slot::Kind;
use device::events::Event;
use engine::order::{message, of_firm};
use wire::ouch50::Symbol;

use super::{OrderPath, Outcome, Surroundings, Written, field};
use crate::error::CliError;

/// Every symbol.
const EVERY: Symbol = [b' '; 8];

impl OrderPath {
    /// Whether the host's silence has everything cancelled.
    pub(crate) const fn is_watched(&self) -> bool {
        self.firm.is_some()
    }

    /// From now on, or no more: the card may send by itself only over a session that runs.
    pub(super) fn watch(&self, around: &mut dyn Surroundings, runs: bool) -> Result<(), CliError> {
        if self.firm.is_none() {
            return Ok(());
        }
        Ok(around.card().device.set_watchdog(self.firm.filter(|_| runs))?)
    }

    /// Events that nobody waits for: a Mass Cancel of the card's. Any other one is a fault.
    pub(super) fn take_unasked(&mut self, around: &mut dyn Surroundings) -> Result<(), CliError> {
        if !self.is_watched() {
            return Ok(());
        }
        while let Some(event) = around.card().order_event()? {
            if !self.is_watchdogs(around, &event)? && !self.repeats(&event) {
                let seq = field(&event, "order_seq");
                self.fault(format!(
                    "an event {:?} of order {seq}, which waits for none",
                    event.code
                ));
            }
        }
        Ok(())
    }

    /// Takes the event of the card's own Mass Cancel; false of any other one.
    pub(super) fn is_watchdogs(
        &mut self,
        around: &mut dyn Surroundings,
        event: &Event,
    ) -> Result<bool, CliError> {
        let firm = self.firm.unwrap_or_default();
        if event.code != Some(Code::OrderSent) || field(event, "watchdog") == 0 {
            return Ok(false);
        }
        let order = of_firm(firm, Some(EVERY), 0);
        let written = Written {
            symbol_slot: 0,
            token: 0,
            target_ref: 0,
            kind: Kind::Watchdog,
            content: message(Kind::Watchdog, &order, self.user_ref, EVERY).unwrap_or_default(),
            order_seq: 0,
            cycle: None,
        };
        self.check_event(event, &written);
        if let Outcome::Sent { message, .. } = self.was_sent(around, event, written)? {
            self.mass_cancels.push(message);
        }
        Ok(true)
    }

    /// The Mass Cancels that left since the last call, OUCH messages.
    pub(crate) fn take_mass_cancels(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.mass_cancels)
    }
}
