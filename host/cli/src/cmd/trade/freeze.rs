//! A host that freezes: for longer than the card lets a heartbeat be old, nobody looks at anything. What rests at the venue has to be gone behind it, by
//! the card's own Mass Cancel.

use contract::slot::{self, Kind};
use engine::lifecycle::State;
use sim_card::CYCLE_TENTHS_NS;

use super::port::Card;
use super::session::Session;
use crate::cmd::run::orders::Outcome;
use crate::error::CliError;

/// Times the heartbeat's timeout that a frozen host is silent.
const TIMES: u64 = 2;

/// When the host freezes, for how long, and what was open then.
#[derive(Debug, Default)]
pub(super) struct Freeze {
    behind: Option<usize>,
    cycles: u64,
    resting: Vec<u32>,
}

impl Freeze {
    /// Behind so many responses, for [`TIMES`] times this time, ns of card time.
    pub(super) fn new(behind: Option<usize>, timeout_ns: u64) -> Self {
        Self {
            behind,
            cycles: TIMES * timeout_ns * 10 / CYCLE_TENTHS_NS,
            resting: Vec::new(),
        }
    }
}

impl Session {
    /// Freezes when it is time and something rests.
    pub(super) fn freeze(&mut self) -> Result<(), CliError> {
        let heard = self.port.history.len();
        if self.freeze.behind.is_none_or(|behind| heard < behind) || !self.port.may_send() {
            return Ok(());
        }
        let books = &self.port.ledger.orders;
        let open = |(user_ref, state): (u32, State)| (state == State::Open).then_some(user_ref);
        self.freeze.resting = books.all().filter_map(open).collect();
        if self.freeze.resting.is_empty() {
            return Ok(());
        }
        self.freeze.behind = None;
        self.stats.frozen = self.freeze.resting.len() as u64;
        Ok(self.live.lab.run(self.freeze.cycles)?)
    }

    /// A request through the card; what the card has sent by itself left before it, and goes on its way before it.
    pub(super) fn submit(&mut self, order: &slot::Order, kind: Kind) -> Result<Outcome, CliError> {
        let outcome = self.orders.submit(&mut self.live, order, kind)?;
        self.carry_mass_cancels()?;
        Ok(outcome)
    }

    /// What the card has sent by itself, to the journal and on its way.
    pub(super) fn carry_mass_cancels(&mut self) -> Result<(), CliError> {
        for message in self.orders.take_mass_cancels() {
            self.stats.mass_cancels += 1;
            let mut card = Card {
                live: &mut self.live,
                orders: &mut self.orders,
            };
            self.port.mass_cancelled(&mut card, &mut *self.market, &message)?;
        }
        Ok(())
    }

    /// No order leaves any more: everything the card has sent is noted and checked.
    pub(super) fn end_orders(&mut self) -> Result<(), CliError> {
        self.orders.finish(&mut self.live, self.desk.gate())?;
        self.carry_mass_cancels()?;
        self.check_frozen();
        Ok(())
    }

    /// Everything that rested when the host froze is gone, and the card has said so.
    fn check_frozen(&mut self) {
        if self.freeze.resting.is_empty() {
            return;
        }
        if self.stats.mass_cancels == 0 {
            self.orders
                .fault("the host was silent and the card has cancelled nothing".into());
        }
        let books = &self.port.ledger.orders;
        let left = |user_ref: &&u32| !matches!(books.state(**user_ref), Some(State::Done(_)));
        let left: Vec<u32> = self.freeze.resting.iter().filter(left).copied().collect();
        if !left.is_empty() {
            self.orders
                .fault(format!("orders {left:?} rest behind the host's silence"));
        }
    }
}
