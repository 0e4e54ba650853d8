//! From a PCI function to a card that is known, checked and has its rings.

use crate::{
    DeviceError,
    regs::{Regs, low_word},
    ring::RingReader,
};
use contract::{
    CONTRACT_HASH, Config,
    port::PciDevice,
    reg::{self, IDENTITY},
    ring::{ENTRY_BYTES, Ring, SIZE_LOG2_MAX},
};

/// Command register of the configuration space (PCI 3.0, 6.2.2): memory space and bus master.
const PCI_COMMAND: u16 = 0x04;
const PCI_COMMAND_MEMORY_AND_MASTER: u32 = 0b110;

/// An opened card.
#[derive(Debug)]
pub struct Device {
    /// Registers.
    pub regs: Regs,
    config: Config,
    capabilities: u32,
    build: u32,
    /// Words by which the host moved an account (`gate`).
    pub(crate) account_words: u64,
}

impl Device {
    /// Opens a card: enables it on the bus, checks identity, contract and configuration.
    ///
    /// # Errors
    /// [`DeviceError::Identity`], [`DeviceError::Contract`], [`DeviceError::Config`], or the transport's.
    pub fn open(port: Box<dyn PciDevice>) -> Result<Self, DeviceError> {
        let mut regs = Regs::new(port);
        let command = regs.port().config_read(PCI_COMMAND)?;
        regs.port()
            .config_write(PCI_COMMAND, command | PCI_COMMAND_MEMORY_AND_MASTER)?;
        check_identity(&mut regs)?;
        let build = regs.read(reg::global("BUILD"))?;
        check_contract(&mut regs, build)?;
        let word = regs.read(reg::global("CONFIG"))?;
        let config = Config::by_id(word.to_le_bytes()[0])
            .filter(|c| c.word() == word)
            .ok_or(DeviceError::Config(word))?;
        let capabilities = regs.read(reg::global("CAPABILITIES"))?;
        Ok(Self {
            regs,
            config,
            capabilities,
            build,
            account_words: 0,
        })
    }

    /// Sizes of the card.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Build identifier of the card.
    pub const fn build(&self) -> u32 {
        self.build
    }

    /// Whether the card has all of these [`contract::reg::capability`] bits.
    pub const fn has(&self, capability: u32) -> bool {
        self.capabilities & capability == capability
    }

    /// Maps memory for a ring of 2^`size_log2` entries and enables it.
    ///
    /// # Errors
    /// [`DeviceError::RingSize`], or what DMA allocation or the transport says.
    pub fn ring(&mut self, ring: Ring, size_log2: u32) -> Result<RingReader, DeviceError> {
        if !(3..=SIZE_LOG2_MAX).contains(&size_log2) {
            return Err(DeviceError::RingSize(size_log2));
        }
        let region = self.regs.port().dma_alloc(ENTRY_BYTES << size_log2)?;
        self.regs.write(reg::ring(ring, "RING_CTRL"), 0)?;
        self.regs.write_pair(
            reg::ring(ring, "BASE_LO"),
            reg::ring(ring, "BASE_HI"),
            region.bus_address(),
        )?;
        self.regs.write(reg::ring(ring, "SIZE_LOG2"), size_log2)?;
        self.regs.write(reg::ring(ring, "TAIL"), 0)?;
        self.regs.write(reg::ring(ring, "RING_CTRL"), 1)?;
        Ok(RingReader::new(region, size_log2))
    }

    /// Tells the card how far a ring was read; never on the hot path.
    ///
    /// # Errors
    /// What the transport says.
    pub fn post_tail(&mut self, ring: Ring, tail: u32) -> Result<(), DeviceError> {
        self.regs.write(reg::ring(ring, "TAIL"), tail)
    }

    /// Card time, ns.
    ///
    /// # Errors
    /// What the transport says.
    pub fn time_ns(&mut self) -> Result<u64, DeviceError> {
        self.regs
            .read_pair(reg::global("TIME_LO"), reg::global("TIME_HI"))
    }

    /// Sets the card time, ns.
    ///
    /// # Errors
    /// What the transport says.
    pub fn set_time_ns(&mut self, ns: u64) -> Result<(), DeviceError> {
        self.regs
            .write_pair(reg::global("TIME_SET_LO"), reg::global("TIME_SET_HI"), ns)
    }

    /// Waits until `STATUS & mask == value`, letting the card run; bounded by `polls`.
    ///
    /// # Errors
    /// [`DeviceError::Timeout`], or what the transport says.
    pub fn wait_status(
        &mut self,
        mask: u32,
        value: u32,
        what: &'static str,
        polls: u32,
    ) -> Result<(), DeviceError> {
        let mut patience = Patience::new(polls);
        loop {
            let status = self.regs.status()?;
            if status & mask == value {
                return Ok(());
            }
            if !patience.spend(self.regs.port().advance()?) {
                let polls = patience.polls;
                return Err(DeviceError::Timeout { what, polls, status });
            }
        }
    }
}

/// Cycles a simulated card is waited for: the longest sweep, that of the order table of `alveo`, takes under half.
const SIMULATED_CYCLES_MAX: u64 = 1_000_000;

/// How long something is waited for: in polls on silicon, in cycles on a simulated card.
pub(crate) struct Patience {
    /// Polls so far.
    pub(crate) polls: u32,
    polls_max: u32,
    cycles: u64,
}

impl Patience {
    pub(crate) const fn new(polls_max: u32) -> Self {
        Self {
            polls: 0,
            polls_max,
            cycles: 0,
        }
    }

    /// Counts a poll behind which the card ran `cycles`; whether another one may follow.
    pub(crate) const fn spend(&mut self, cycles: u64) -> bool {
        self.polls += 1;
        self.cycles = self.cycles.saturating_add(cycles);
        self.polls < self.polls_max && self.cycles < SIMULATED_CYCLES_MAX
    }
}

fn check_identity(regs: &mut Regs) -> Result<(), DeviceError> {
    match regs.read(reg::global("IDENTITY"))? {
        IDENTITY => Ok(()),
        found => Err(DeviceError::Identity {
            found,
            expected: IDENTITY,
        }),
    }
}

fn check_contract(regs: &mut Regs, card_build: u32) -> Result<(), DeviceError> {
    match regs.read(reg::global("CONTRACT_HASH"))? {
        CONTRACT_HASH => Ok(()),
        card => Err(DeviceError::Contract {
            card,
            host: CONTRACT_HASH,
            card_build,
        }),
    }
}

/// The two words of a u64, low first.
pub(crate) fn words(value: u64) -> (u32, u32) {
    (low_word(value), low_word(value >> 32))
}
