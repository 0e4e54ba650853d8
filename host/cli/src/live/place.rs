//! Where a simulated card stands: in this process, or in one of its own behind a socket.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use contract::port::{DmaRegion, Interrupt, PciDevice, PortError};
use pcie::{VfioUser, VfioUserOptions};
use sim_card::lab::{Answer, Lab, LabClient, LabError, Request};
use sim_card::{ADVANCE_CYCLES, Card, Options, SimCard};

use crate::error::CliError;

/// A card whose cables, clock and bus are in our hands.
#[derive(Debug)]
pub(crate) struct Setup {
    /// Cables and clock.
    pub(crate) lab: Box<dyn Lab>,
    /// Bus.
    pub(crate) port: Box<dyn PciDevice>,
}

impl Setup {
    /// Around a card in this process.
    pub(crate) fn around(card: &SimCard) -> Self {
        Self {
            lab: Box::new(card.clone()),
            port: Box::new(card.clone()),
        }
    }
}

/// Where the card is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this process.
    Here,
    /// Behind the vfio-user socket of `tickforge card serve`.
    Process(PathBuf),
}

impl Place {
    /// The card, just out of reset.
    pub(crate) fn set_up(&self, options: &Options) -> Result<Setup, CliError> {
        match self {
            Self::Here => Ok(Setup::around(&simulated(options)?)),
            Self::Process(socket) => attach(socket),
        }
    }

    /// Its name in reports.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Here => "sim",
            Self::Process(_) => "vfio-user",
        }
    }
}

/// A simulated card in this process.
pub(crate) fn simulated(options: &Options) -> Result<SimCard, CliError> {
    let card = Card::new(&replaced(options)?).map_err(|e| CliError::Input(e.to_string()))?;
    Ok(SimCard::new(card))
}

/// `TICKFORGE_SHELL` puts the card within its shell, the order of the clocks' edges drawn by that seed.
fn with_shell(options: &Options) -> Result<Options, CliError> {
    let Ok(text) = std::env::var("TICKFORGE_SHELL") else {
        return Ok(options.clone());
    };
    let seed = text
        .parse()
        .map_err(|_| CliError::Input(format!("TICKFORGE_SHELL: `{text}` is no seed")))?;
    eprintln!("simulating the gateware within its shell, clocks by seed {seed}");
    Ok(Options {
        shell: Some(seed),
        ..options.clone()
    })
}

/// Faults are tried on the whole program: `TICKFORGE_GATEWARE` names Verilog to simulate in place of the emitted
/// one, `TICKFORGE_MUTANT` the fault in it to activate. Never silent.
pub(crate) fn replaced(options: &Options) -> Result<Options, CliError> {
    let options = &with_shell(options)?;
    let Some(path) = std::env::var_os("TICKFORGE_GATEWARE") else {
        return Ok(options.clone());
    };
    let path = Path::new(&path);
    let verilog = std::fs::read_to_string(path).map_err(|error| CliError::file(path, error))?;
    let mutant = match std::env::var("TICKFORGE_MUTANT") {
        Ok(text) => text
            .parse()
            .map_err(|_| CliError::Input(format!("TICKFORGE_MUTANT: `{text}` is no number up to 65535")))?,
        Err(_) => 0,
    };
    eprintln!(
        "simulating {} (mutant {mutant}) in place of the gateware",
        path.display()
    );
    Ok(Options {
        verilog: Some(verilog),
        mutant,
        ..options.clone()
    })
}

fn attach(socket: &Path) -> Result<Setup, CliError> {
    let port =
        VfioUser::connect(socket, VfioUserOptions::default()).map_err(|e| CliError::Input(e.to_string()))?;
    let bus = port.clone();
    let fence = Box::new(move || bus.flush().map_err(|e| e.to_string()));
    let lab = LabClient::connect(socket, fence).map_err(|e| CliError::Input(e.to_string()))?;
    let lab = Arc::new(Mutex::new(lab));
    Ok(Setup {
        lab: Box::new(SharedLab(Arc::clone(&lab))),
        port: Box::new(Attached {
            port,
            lab: SharedLab(lab),
        }),
    })
}

/// The lab, for the cables and for the clock of [`Attached`].
#[derive(Debug)]
struct SharedLab(Arc<Mutex<LabClient>>);

impl Lab for SharedLab {
    fn ask(&mut self, request: Request) -> Result<Answer, LabError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ask(request)
    }
}

/// A card process whose clock we hold: it advances when asked to, as the card in this process does.
#[derive(Debug)]
struct Attached {
    port: VfioUser,
    lab: SharedLab,
}

impl PciDevice for Attached {
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError> {
        self.port.config_read(offset)
    }

    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError> {
        self.port.config_write(offset, value)
    }

    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        self.port.read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        self.port.write32(offset, value)
    }

    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        self.port.write_line(offset, line)
    }

    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        self.port.dma_alloc(bytes)
    }

    fn interrupt(&mut self, vector: u16) -> Result<Box<dyn Interrupt>, PortError> {
        self.port.interrupt(vector)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.port.reset()
    }

    fn advance(&mut self) -> Result<u64, PortError> {
        let ran = self.lab.run(ADVANCE_CYCLES);
        ran.map_err(|e| PortError::Transport(e.to_string()))?;
        Ok(ADVANCE_CYCLES)
    }
}
