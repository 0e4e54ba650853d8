//! What a run sees of its card besides the driver: everything of a simulated one, card time alone of one in a slot.

use std::fmt::Debug;

use device::DeviceError;
use sim_card::{CYCLE_TENTHS_NS, TxFrame};

use crate::error::CliError;
use crate::live::Live;
use crate::reception::Reception;

/// Looks at a card in which whatever is still on its way arrives.
const REST_LOOKS: u32 = 100;
/// Cycles in which whatever is still on its way to the wire or the events ring arrives.
const REST_CYCLES: u64 = 1_000;

/// The card of a run and what is around it.
pub(crate) trait Surroundings: Debug {
    /// The driver.
    fn card(&mut self) -> &mut Reception;

    /// Card time, ns, which its gate judges in.
    fn now_ns(&mut self) -> Result<u64, CliError>;

    /// Lets the card run between two looks at its rings.
    fn wait(&mut self) -> Result<(), CliError>;

    /// Lets everything on its way to the wire or the events ring arrive.
    fn rest(&mut self) -> Result<(), CliError>;

    /// Whether frames that leave the card are seen.
    fn frames_are_seen(&self) -> bool;

    /// The next frame that left.
    fn transmitted(&mut self) -> Result<Option<TxFrame>, CliError>;

    /// Cycle in which the card took the last word of the last order, when that can be known.
    fn line_cycle(&mut self) -> Result<Option<u64>, CliError>;
}

impl Surroundings for Live {
    fn card(&mut self) -> &mut Reception {
        &mut self.card
    }

    fn now_ns(&mut self) -> Result<u64, CliError> {
        Ok(self.cycles()? * CYCLE_TENTHS_NS / 10)
    }

    fn wait(&mut self) -> Result<(), CliError> {
        let advanced = self.card.device.regs.port().advance();
        advanced.map(drop).map_err(|e| DeviceError::from(e).into())
    }

    fn rest(&mut self) -> Result<(), CliError> {
        Ok(self.lab.run(REST_CYCLES)?)
    }

    fn frames_are_seen(&self) -> bool {
        true
    }

    fn transmitted(&mut self) -> Result<Option<TxFrame>, CliError> {
        self.order_frame()
    }

    fn line_cycle(&mut self) -> Result<Option<u64>, CliError> {
        Ok(self.lab.line_cycle()?)
    }
}

/// A card whose frames come and go over its own ports.
#[derive(Debug)]
pub(crate) struct OwnPorts {
    /// The driver.
    pub(crate) card: Reception,
}

impl Surroundings for OwnPorts {
    fn card(&mut self) -> &mut Reception {
        &mut self.card
    }

    fn now_ns(&mut self) -> Result<u64, CliError> {
        Ok(self.card.device.time_ns()?)
    }

    /// A look at a register: it takes time, and tells a card that is gone.
    fn wait(&mut self) -> Result<(), CliError> {
        self.card.device.regs.status()?;
        Ok(())
    }

    fn rest(&mut self) -> Result<(), CliError> {
        (0..REST_LOOKS).try_for_each(|_| self.wait())
    }

    fn frames_are_seen(&self) -> bool {
        false
    }

    fn transmitted(&mut self) -> Result<Option<TxFrame>, CliError> {
        Ok(None)
    }

    fn line_cycle(&mut self) -> Result<Option<u64>, CliError> {
        Ok(None)
    }
}
