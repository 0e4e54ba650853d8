//! The venue's end of the order connection in this process: a second TCP/IP stack behind the card's order side, whose bytes
//! go to the venue, and a cable between the two that may lose, double and swap frames.

use venue::{Random, Stack, StackConfig};

use super::market::Market;
use crate::error::CliError;

/// Receive window where the venue reads as bytes come.
const WINDOW: usize = 8_192;
/// Receive window where it takes its time: a few orders fill it.
const SLOW_WINDOW: usize = 420;
/// Most bytes it reads in one look then.
const SLOW_BYTES: u64 = 160;
/// Looks in which it begins not to read at all, in a million, and how many looks that lasts: the window closes.
const PAUSES: u32 = 10_000;
const PAUSE_LOOKS: u32 = 150;

/// What goes wrong between card and venue below TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Weather {
    /// Frames lost, doubled or overtaken by the next one, in a million.
    pub(crate) faults: u32,
    /// The venue reads slowly, and at times not at all.
    pub(crate) slow: bool,
    /// Seed of everything random.
    pub(crate) seed: u64,
}

/// Which way a frame goes.
#[derive(Debug, Clone, Copy)]
enum Way {
    ToVenue = 0,
    ToCard = 1,
}

/// The venue's end.
#[derive(Debug)]
pub(crate) struct FarEnd {
    stack: Stack,
    weather: Weather,
    random: Random,
    /// Frames that are overtaken, each way.
    late: [Option<Vec<u8>>; 2],
    /// A client is connected, and the venue has not ended that.
    connected: bool,
    /// Looks that nothing is read.
    paused: u32,
    /// Frames lost, doubled, overtaken; and those of which the venue's account was asked for.
    pub(crate) faults: [u64; 3],
    told: [u64; 3],
}

impl FarEnd {
    /// A stack that listens at an address and port.
    pub(crate) fn new(ethernet: [u8; 6], address: [u8; 4], port: u16, weather: Weather) -> Self {
        Self {
            stack: Stack::new(StackConfig {
                ethernet,
                address,
                prefix: super::split::PREFIX,
                port,
                window: if weather.slow { SLOW_WINDOW } else { WINDOW },
                seed: weather.seed,
            }),
            weather,
            random: Random::new(weather.seed, 11),
            late: [None, None],
            connected: false,
            paused: 0,
            faults: [0; 3],
            told: [0; 3],
        }
    }

    /// A frame that the card has sent.
    pub(crate) fn put(&mut self, frame: Vec<u8>) {
        for frame in self.fate(Way::ToVenue, frame) {
            self.stack.put(frame);
        }
    }

    /// Frames for the card.
    pub(crate) fn take(&mut self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(frame) = self.stack.take() {
            all.extend(self.fate(Way::ToCard, frame));
        }
        all
    }

    /// What becomes of a frame on the cable.
    fn fate(&mut self, way: Way, frame: Vec<u8>) -> Vec<Vec<u8>> {
        let faulty = self.random.chance(self.weather.faults);
        let kind = if faulty { self.random.draw() % 3 } else { 3 };
        let late = &mut self.late[way as usize];
        let mut out = match kind {
            0 => Vec::new(),
            1 => vec![frame.clone(), frame],
            2 if late.is_none() => {
                *late = Some(frame);
                self.faults[2] += 1;
                return Vec::new();
            }
            _ => vec![frame],
        };
        if kind < 2 {
            self.faults[usize::from(kind == 1)] += 1;
        }
        out.extend(late.take());
        out
    }

    /// Lets the stack work, and carries bytes between it and the venue.
    pub(crate) fn turn(&mut self, market: &mut dyn Market, now_us: u64) -> Result<(), CliError> {
        if self.stack.turn(now_us) {
            market.connect()?;
            self.connected = true;
        }
        if self.connected {
            let count = self.share();
            market.write(&self.stack.read(count));
            let (bytes, over) = market.read();
            self.stack.write(&bytes);
            if over {
                self.end();
            }
        }
        self.stack.turn(now_us);
        if self.faults != self.told {
            self.told = self.faults;
            market.fault("order-frame")?;
        }
        Ok(())
    }

    /// The venue is done with the connection: it says so, or its machine has lost it and answers with a reset.
    fn end(&mut self) {
        self.connected = false;
        if self.random.draw().is_multiple_of(2) {
            self.stack.close();
        } else {
            self.stack.abort();
        }
    }

    fn share(&mut self) -> usize {
        if !self.weather.slow {
            return usize::MAX;
        }
        if self.paused > 0 {
            self.paused -= 1;
            return 0;
        }
        if self.random.chance(PAUSES) {
            self.paused = PAUSE_LOOKS;
        }
        usize::try_from(self.random.draw() % SLOW_BYTES).unwrap_or(usize::MAX)
    }

    /// Client and venue have everything that the other has said.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.stack.unacknowledged() == 0 && self.stack.unread() == 0
    }
}
