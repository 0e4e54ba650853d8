//! What stands around a simulated card besides its bus: cables, clock and instruments.
//!
//! Whoever holds the lab holds the clock: the card runs in bus transactions and when told to, so that the same calls give
//! the same cycles, in this process and over a socket alike. The lab of a card process is a second socket beside the
//! vfio-user one (`SOCKET.lab`) with one request a line and one answer a line, as JSON.

use crate::axi::DmaWrite;
use crate::card::{BusReads, Card};
use crate::faults::Fault;
use crate::mac::{Line, RxFrame, TxFrame};
use crate::pci::SimCard;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Version of the requests and answers.
const VERSION: u32 = 3;
/// How long an answer may take: a request can run the card for a while.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Why the lab cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// Nobody listens.
    #[error("no lab answers at {}: {source}; start the card with `tickforge card serve`", socket.display())]
    Connect {
        /// Path of the socket.
        socket: PathBuf,
        /// Reason given.
        source: io::Error,
    },
    /// The connection failed.
    #[error("the lab of the card process has gone: {0}; restart it and connect again")]
    Gone(#[from] io::Error),
    /// What came is no request, or no answer to the request.
    #[error("the lab does not speak as it must: {0}; use programs of one release")]
    Protocol(String),
    /// What has to happen before a request failed.
    #[error("{0}")]
    Fence(String),
    /// The card cannot do it.
    #[error("{0}")]
    Card(String),
}

/// What the lab is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Which version the asker speaks.
    Hello(u32),
    /// A frame for a line.
    Receive(Line, RxFrame),
    /// Run until every queued frame is received.
    Drain,
    /// Run some cycles.
    Run(u64),
    /// Cycles simulated.
    Cycles,
    /// The next frame that left.
    Transmitted,
    /// Cycle of the last word of the last line written into BAR2.
    LineCycle,
    /// Start logging.
    Log,
    /// Writes to host memory since the last time.
    DmaLog,
    /// Cycles of first beats on a line since the last time.
    FirstBeats(Line),
    /// Writes to host memory: accepted, refused.
    DmaCounts,
    /// Digest of the Verilog.
    Sha256,
    /// Run until nothing is on its way in the card.
    Rest,
    /// Read transactions on the buses so far.
    BusReads,
    /// Injects a fault.
    Inject(Fault),
    /// Pull the card out of a card process, or put it back.
    Pull(bool),
}

/// What the lab answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// A number of cycles.
    Cycles(u64),
    /// A frame, if there was one.
    Frame(Option<TxFrame>),
    /// A cycle, if there was one.
    Maybe(Option<u64>),
    /// Writes.
    Writes(Vec<DmaWrite>),
    /// Cycles.
    Beats(Vec<u64>),
    /// Two counts.
    Counts(u64, u64),
    /// Text.
    Text(String),
    /// Read transactions.
    Reads(BusReads),
    /// It cannot be done.
    Failed(String),
}

/// Does what is asked for to a card.
pub(crate) fn answer(card: &mut Card, request: Request) -> Answer {
    match request {
        Request::Hello(VERSION) => Answer::Done,
        Request::Hello(other) => {
            Answer::Failed(format!("version {other}, this card process speaks {VERSION}"))
        }
        Request::Receive(line, frame) => {
            card.receive(line, frame);
            Answer::Done
        }
        Request::Drain => {
            card.drain_receive();
            Answer::Done
        }
        Request::Run(cycles) => {
            card.run(cycles);
            Answer::Done
        }
        Request::Cycles => Answer::Cycles(card.cycles()),
        Request::Transmitted => Answer::Frame(card.transmitted()),
        Request::LineCycle => Answer::Maybe(card.line_cycle()),
        Request::Log => {
            card.log();
            Answer::Done
        }
        Request::DmaLog => Answer::Writes(card.take_dma_log()),
        Request::FirstBeats(line) => Answer::Beats(card.take_first_beats(line)),
        Request::DmaCounts => {
            let (accepted, refused) = card.dma_counts();
            Answer::Counts(accepted, refused)
        }
        Request::Sha256 => Answer::Text(card.sha256().to_owned()),
        Request::Rest => match card.rest() {
            Ok(()) => Answer::Done,
            Err(why) => Answer::Failed(why.to_string()),
        },
        Request::Inject(fault) => {
            card.inject(fault);
            Answer::Done
        }
        Request::BusReads => Answer::Reads(card.bus_reads()),
        Request::Pull(_) => Answer::Failed("only the card of a card process can be pulled".to_owned()),
    }
}

macro_rules! ask {
    ($lab:expr, $request:expr, $answer:pat => $value:expr) => {{
        let request = $request;
        match $lab.ask(request)? {
            $answer => Ok($value),
            Answer::Failed(why) => Err(LabError::Protocol(why)),
            other => Err(LabError::Protocol(format!("an unexpected answer {other:?}"))),
        }
    }};
}

/// The surroundings of a simulated card.
pub trait Lab: Debug + Send {
    /// Asks for something.
    ///
    /// # Errors
    /// [`LabError`] when the card process cannot be asked.
    fn ask(&mut self, request: Request) -> Result<Answer, LabError>;

    /// Puts a frame on a line.
    ///
    /// # Errors
    /// [`LabError`].
    fn receive(&mut self, line: Line, frame: RxFrame) -> Result<(), LabError> {
        ask!(self, Request::Receive(line, frame), Answer::Done => ())
    }

    /// Runs until every queued frame is received.
    ///
    /// # Errors
    /// [`LabError`].
    fn drain_receive(&mut self) -> Result<(), LabError> {
        ask!(self, Request::Drain, Answer::Done => ())
    }

    /// Runs some cycles.
    ///
    /// # Errors
    /// [`LabError`].
    fn run(&mut self, cycles: u64) -> Result<(), LabError> {
        ask!(self, Request::Run(cycles), Answer::Done => ())
    }

    /// Cycles simulated.
    ///
    /// # Errors
    /// [`LabError`].
    fn cycles(&mut self) -> Result<u64, LabError> {
        ask!(self, Request::Cycles, Answer::Cycles(n) => n)
    }

    /// The next frame that left the card.
    ///
    /// # Errors
    /// [`LabError`].
    fn transmitted(&mut self) -> Result<Option<TxFrame>, LabError> {
        ask!(self, Request::Transmitted, Answer::Frame(frame) => frame)
    }

    /// Cycle in which the card took the last word of the last line written into BAR2.
    ///
    /// # Errors
    /// [`LabError`].
    fn line_cycle(&mut self) -> Result<Option<u64>, LabError> {
        ask!(self, Request::LineCycle, Answer::Maybe(cycle) => cycle)
    }

    /// Starts logging writes to host memory and first beats of frames.
    ///
    /// # Errors
    /// [`LabError`].
    fn log(&mut self) -> Result<(), LabError> {
        ask!(self, Request::Log, Answer::Done => ())
    }

    /// Writes to host memory since the last call.
    ///
    /// # Errors
    /// [`LabError`].
    fn take_dma_log(&mut self) -> Result<Vec<DmaWrite>, LabError> {
        ask!(self, Request::DmaLog, Answer::Writes(writes) => writes)
    }

    /// Cycles of the first beats of a line's frames since the last call.
    ///
    /// # Errors
    /// [`LabError`].
    fn take_first_beats(&mut self, line: Line) -> Result<Vec<u64>, LabError> {
        ask!(self, Request::FirstBeats(line), Answer::Beats(beats) => beats)
    }

    /// Writes to host memory so far: (accepted, refused).
    ///
    /// # Errors
    /// [`LabError`].
    fn dma_counts(&mut self) -> Result<(u64, u64), LabError> {
        ask!(self, Request::DmaCounts, Answer::Counts(accepted, refused) => (accepted, refused))
    }

    /// Runs until no message is on its way in the card and its level store has nothing to do: no read of the host's.
    ///
    /// # Errors
    /// [`LabError::Card`] when it never comes to rest, or another [`LabError`].
    fn rest(&mut self) -> Result<(), LabError> {
        match self.ask(Request::Rest)? {
            Answer::Failed(why) => Err(LabError::Card(why)),
            Answer::Done => Ok(()),
            other => Err(LabError::Protocol(format!("an unexpected answer {other:?}"))),
        }
    }

    /// Injects a fault.
    ///
    /// # Errors
    /// [`LabError`].
    fn inject(&mut self, fault: Fault) -> Result<(), LabError> {
        ask!(self, Request::Inject(fault), Answer::Done => ())
    }

    /// Read transactions on the card's buses so far.
    ///
    /// # Errors
    /// [`LabError`].
    fn bus_reads(&mut self) -> Result<BusReads, LabError> {
        ask!(self, Request::BusReads, Answer::Reads(reads) => reads)
    }

    /// SHA-256 of the Verilog that is simulated, in hex.
    ///
    /// # Errors
    /// [`LabError`].
    fn sha256(&mut self) -> Result<String, LabError> {
        ask!(self, Request::Sha256, Answer::Text(text) => text)
    }

    /// Pulls the card out of its card process, or puts it back: while it is out, registers read all-ones, writes go
    /// nowhere, and it writes to no memory. Its configuration space answers all the same, as that of a card whose
    /// fabric has died behind its PCIe block. Put back, it is as it comes up.
    ///
    /// # Errors
    /// [`LabError`], on a card in this process too.
    fn pull(&mut self, pulled: bool) -> Result<(), LabError> {
        ask!(self, Request::Pull(pulled), Answer::Done => ())
    }
}

impl Lab for SimCard {
    fn ask(&mut self, request: Request) -> Result<Answer, LabError> {
        Ok(self.with(|card| answer(card, request)))
    }
}

/// Makes sure that what the bus was given before a request has reached the card.
pub type Fence = Box<dyn FnMut() -> Result<(), String> + Send>;

/// The lab of a card process.
pub struct LabClient {
    stream: BufReader<UnixStream>,
    fence: Fence,
}

impl Debug for LabClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabClient")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl LabClient {
    /// Takes over the lab of the card process whose vfio-user socket is `socket`; its clock stands still until asked.
    ///
    /// # Errors
    /// [`LabError::Connect`], or [`LabError::Protocol`] for another version.
    pub fn connect(socket: &Path, fence: Fence) -> Result<Self, LabError> {
        let socket = lab_socket(socket);
        let failed = |source| LabError::Connect {
            socket: socket.clone(),
            source,
        };
        let stream = UnixStream::connect(&socket).map_err(failed)?;
        stream.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
        let mut client = Self {
            stream: BufReader::new(stream),
            fence,
        };
        ask!(client, Request::Hello(VERSION), Answer::Done => client)
    }
}

/// Path of the lab's socket.
pub(crate) fn lab_socket(socket: &Path) -> PathBuf {
    let mut name = socket.as_os_str().to_owned();
    name.push(".lab");
    PathBuf::from(name)
}

impl Lab for LabClient {
    fn ask(&mut self, request: Request) -> Result<Answer, LabError> {
        (self.fence)().map_err(LabError::Fence)?;
        send(self.stream.get_mut(), &request)?;
        receive(&mut self.stream)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof).into())
    }
}

/// Writes a line.
pub(crate) fn send(stream: &mut UnixStream, what: &impl Serialize) -> Result<(), LabError> {
    let mut line = serde_json::to_vec(what).map_err(|e| LabError::Protocol(e.to_string()))?;
    line.push(b'\n');
    Ok(stream.write_all(&line)?)
}

/// Reads a line; `None` at the end.
pub(crate) fn receive<T: for<'a> Deserialize<'a>>(
    stream: &mut BufReader<UnixStream>,
) -> Result<Option<T>, LabError> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    serde_json::from_slice(&line)
        .map(Some)
        .map_err(|e| LabError::Protocol(e.to_string()))
}
