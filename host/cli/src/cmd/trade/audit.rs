//! Accounts during a session: the gate's registers behind every response, and all four at every fault injected.
//!
//! The venue says of every fault what its account was and up to which response. The same response tells where the host's books and
//! the journal have to be the same: nothing has to stand still for it.

use std::collections::{BTreeMap, BTreeSet};

use engine::account::Account;
use engine::journal;

use super::ReadJournal;
use super::port::exposure as books;
use super::session::Session;
use crate::cmd::run::gate::exposure;
use crate::cmd::venue::statement::Told;
use crate::error::CliError;

/// What was compared at faults.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub(crate) struct AtFaults {
    /// Statements of the venue compared with books and journal.
    pub(crate) compared: u64,
    /// Faults they are of, by kind.
    pub(crate) faults: BTreeMap<String, u64>,
}

impl Session {
    /// The gate's registers against the books and host risk, directly behind a response.
    pub(super) fn compare_gate(
        &mut self,
        sequence: u64,
        slot: u8,
        books: (i64, u64, u64),
    ) -> Result<(), CliError> {
        self.stats.settled_compared += 1;
        let card = self.live.card.device.exposure(u32::from(slot))?;
        let risk = exposure(self.desk.gate(), slot);
        let told = (
            i64::from(card.position),
            u64::from(card.open_buy),
            u64::from(card.open_sell),
        );
        if card != risk || told != books {
            self.orders.fault(format!(
                "response {sequence}, slot {slot}: position and open quantities are {told:?} in the gate, {books:?} in the \
                 books, {risk:?} in host risk"
            ));
        }
        Ok(())
    }

    /// The same for a gate that follows the connection, behind all that was heard: slots, with the last response of each and how many there were.
    /// It may be ahead of what the host has heard; then there is nothing to compare.
    pub(super) fn compare_follower(&mut self, settled: &BTreeMap<u8, (u64, u64)>) -> Result<(), CliError> {
        if settled.is_empty() {
            return Ok(());
        }
        if !self.in_step()? {
            self.stats.out_of_step += 1;
            return Ok(());
        }
        let account = self.port.ledger.account();
        for (slot, (sequence, count)) in settled {
            self.compare_gate(*sequence, *slot, books(&account, *slot))?;
            self.stats.settled_compared += count - 1;
        }
        Ok(())
    }

    /// The gate has applied exactly what the host has heard.
    pub(super) fn in_step(&mut self) -> Result<bool, CliError> {
        let heard = self.port.ledger.orders.next_sequence();
        let next = self.live.card.device.message_next()?;
        Ok(u64::from(next) == heard & u64::from(u32::MAX))
    }

    /// Holds what the venue had at every fault against the host's books and the journal; gives the journal's last account too.
    pub(super) fn compare_at_faults(
        &mut self,
        statements: &[Told],
        history: &[Account],
        journal: ReadJournal,
    ) -> Result<(AtFaults, Account), CliError> {
        let slots = self.slots.len();
        let wanted: BTreeSet<u64> = statements.iter().map(|told| told.responses).collect();
        let replayed = journal::replay_at(journal()?, slots, &wanted);
        let (mut behind, last) = replayed.map_err(|error| CliError::Check(error.to_string()))?;
        behind.insert(0, Account::new(slots));
        let mut at = AtFaults::default();
        for told in statements {
            let venue = self.of_venue(&told.account);
            let empty = Account::new(slots);
            let host = match told.responses.checked_sub(1).map(usize::try_from) {
                None => Some(&empty),
                Some(index) => index.ok().and_then(|index| history.get(index)),
            };
            let journal = behind.get(&told.responses);
            if host != Some(&venue) || journal != Some(&venue) {
                let line = |account: Option<&Account>| account.map_or("none".to_owned(), Account::line);
                self.orders.fault(format!(
                    "at {:?}, behind response {}: venue {} / host {} / journal {}",
                    told.injected,
                    told.responses,
                    venue.line(),
                    line(host),
                    line(journal)
                ));
            }
            at.compared += 1;
            for (kind, count) in &told.injected {
                *at.faults.entry(kind.clone()).or_default() += count;
            }
        }
        Ok((at, last))
    }
}
