//! What a session of `trade` sees of its venue, and the venue in this process.

use std::collections::VecDeque;
use std::path::Path;

use venue::{Config, Door, DoorEvent, Exchange, Frame, Injected, Published, Random, snapshot};
use wire::moldudp64::Request;
use wire::soupbintcp::ServerConfig;

use crate::cmd::venue::statement::{Statement, Told, Watch};
use crate::error::CliError;

/// A picture of the market, as GLIMPSE brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Session of the feed that it is of, which may have begun since its last packet.
    pub(crate) session: [u8; 10],
    /// Its messages.
    pub(crate) messages: Vec<Vec<u8>>,
}

/// The venue, from where the host stands. No call waits for anything.
pub(crate) trait Market {
    /// Lets time pass: the feed goes on, bytes move. False when the feed has come to its end.
    fn turn(&mut self) -> Result<bool, CliError>;
    /// Frames that have arrived on the two lines.
    fn frames(&mut self) -> Vec<Frame>;
    /// Time, ns of a clock of its own.
    fn now_ns(&self) -> u64;
    /// Opens a new order connection; one before it is gone.
    fn connect(&mut self) -> Result<(), CliError>;
    /// Sends bytes over the order connection.
    fn write(&mut self, bytes: &[u8]);
    /// Bytes that have arrived over the order connection, and whether it is over behind them.
    fn read(&mut self) -> (Vec<u8>, bool);
    /// Asks for feed messages again; `None` when there is no answer.
    fn rerequest(&mut self, request: &Request) -> Result<Option<Vec<u8>>, CliError>;
    /// The market as it is now.
    fn picture(&mut self) -> Result<Picture, CliError>;
    /// The venue's own account of its client and what it counted, at every fault and, last, as they are now.
    fn accounts(&mut self) -> Result<Vec<Told>, CliError>;
    /// Responses the venue has made.
    fn responses(&mut self) -> Result<u64, CliError>;
    /// Something went wrong that the venue does not know of: its account is wanted as it is now.
    fn fault(&mut self, kind: &'static str) -> Result<(), CliError>;
    /// Messages as published, whatever became of them on the lines; nothing where that cannot be had.
    fn published(&mut self) -> Vec<Published>;
    /// Nothing is on its way any more.
    fn quiet(&self) -> bool;
}

/// Time of one turn, ns.
const TURN_NS: u64 = 1_000;
/// Turns without a frame after which the feed sends a heartbeat.
const HEARTBEAT_TURNS: u32 = 8;
/// Most bytes that move in one turn over a slow connection.
const SLOW_BYTES: u64 = 160;

/// What may go wrong on the order connection besides the faults of the venue itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cable {
    /// Turns in which the connection breaks, in a million.
    pub(crate) breaks: u32,
    /// Bytes take their time.
    pub(crate) slow: bool,
}

/// The exchange in this process: single-threaded, in its own time, the same for the same seed.
pub(crate) struct Local {
    exchange: Exchange,
    door: Door,
    file: wire::feed::Feed,
    left: u64,
    cable: Cable,
    random: Random,
    now_ns: u64,
    silent: u32,
    up: Vec<u8>,
    down: VecDeque<u8>,
    over: bool,
    /// Faults that the exchange does not know of.
    elsewhere: Injected,
    watch: Watch,
}

impl Local {
    /// An exchange that replays at most `limit` messages of a file.
    pub(crate) fn open(
        feed: &Path,
        limit: u64,
        config: Config,
        soup: ServerConfig,
        cable: Cable,
    ) -> Result<Self, CliError> {
        let faults = config.faults;
        let mut exchange = Exchange::new(config);
        exchange.feed_mut().keep_published();
        Ok(Self {
            exchange,
            door: Door::new(soup, faults.ack_delay_ns, faults.disconnect_after_bytes),
            file: wire::feed::open(feed)?,
            left: limit,
            cable,
            random: Random::new(faults.seed, 9),
            now_ns: 0,
            silent: 0,
            up: Vec::new(),
            down: VecDeque::new(),
            over: false,
            elsewhere: Injected::default(),
            watch: Watch::default(),
        })
    }

    fn replay(&mut self) -> Result<bool, CliError> {
        if self.left == 0 {
            return Ok(false);
        }
        let Some(message) = self.file.next_message()? else {
            self.left = 0;
            return Ok(false);
        };
        self.left -= 1;
        self.exchange.market(message.bytes).map_err(failed)?;
        Ok(true)
    }

    fn share(&mut self, of: usize) -> usize {
        if !self.cable.slow {
            return of;
        }
        let most = usize::try_from(self.random.draw() % SLOW_BYTES).unwrap_or(usize::MAX);
        of.min(most)
    }

    /// Bytes to the exchange and back.
    fn carry(&mut self) -> Result<(), CliError> {
        if self.random.chance(self.cable.breaks) {
            self.elsewhere.add("disconnect");
            self.door.disconnect();
            self.up.clear();
            let kept = self.share(self.down.len());
            self.down.truncate(kept);
            self.over = true;
        }
        let count = self.share(self.up.len());
        let bytes: Vec<u8> = self.up.drain(..count).collect();
        for event in self.door.receive(&bytes, self.now_ns) {
            if let DoorEvent::Request(request) = event {
                let now = self.exchange.now_ns();
                self.exchange.request(&request, now).map_err(failed)?;
            }
        }
        self.door.respond(self.exchange.take_responses(), self.now_ns);
        let (output, over) = self.door.poll(self.now_ns);
        self.down.extend(output);
        self.over |= over;
        Ok(())
    }
}

impl Market for Local {
    fn turn(&mut self) -> Result<bool, CliError> {
        self.now_ns += TURN_NS;
        let more = self.replay()?;
        self.carry()?;
        // Some packets fill up before they leave.
        if !more || self.random.chance(500_000) {
            self.exchange.feed_mut().flush();
        }
        self.watch.look(&self.exchange, Some(&self.door), &self.elsewhere);
        Ok(more)
    }

    fn frames(&mut self) -> Vec<Frame> {
        let feed = self.exchange.feed_mut();
        let frames = feed.take_frames();
        self.silent = if frames.is_empty() { self.silent + 1 } else { 0 };
        if self.silent < HEARTBEAT_TURNS {
            return frames;
        }
        self.silent = 0;
        feed.heartbeat();
        feed.take_frames()
    }

    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn connect(&mut self) -> Result<(), CliError> {
        self.up.clear();
        self.down.clear();
        self.over = false;
        self.door.connect(self.now_ns);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.up.extend_from_slice(bytes);
    }

    fn read(&mut self) -> (Vec<u8>, bool) {
        let count = self.share(self.down.len());
        let bytes = self.down.drain(..count).collect();
        (bytes, self.over && self.down.is_empty())
    }

    fn rerequest(&mut self, request: &Request) -> Result<Option<Vec<u8>>, CliError> {
        Ok(self.exchange.feed().reply(request))
    }

    fn picture(&mut self) -> Result<Picture, CliError> {
        Ok(Picture {
            session: self.exchange.feed().session(),
            messages: snapshot(&self.exchange),
        })
    }

    fn accounts(&mut self) -> Result<Vec<Told>, CliError> {
        self.watch.look(&self.exchange, Some(&self.door), &self.elsewhere);
        read(&self.watch.lines(&self.exchange))
    }

    fn responses(&mut self) -> Result<u64, CliError> {
        Ok(self.exchange.responded())
    }

    fn fault(&mut self, kind: &'static str) -> Result<(), CliError> {
        self.elsewhere.add(kind);
        Ok(())
    }

    fn published(&mut self) -> Vec<Published> {
        self.exchange.feed_mut().take_published()
    }

    fn quiet(&self) -> bool {
        self.left == 0 && self.up.is_empty() && self.down.is_empty() && !self.over && self.door.is_quiet()
    }
}

/// Statements, a line each.
pub(crate) fn read(lines: &[u8]) -> Result<Vec<Told>, CliError> {
    let whole = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let told: Option<Vec<Told>> = whole.map(Statement::read).collect();
    told.filter(|told| !told.is_empty())
        .ok_or_else(|| CliError::Check("what the account port says is no account".into()))
}

fn failed(error: wire::WireError) -> CliError {
    CliError::Check(format!("the venue: {error}"))
}
