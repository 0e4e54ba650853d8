//! The simulated card as a process: a vfio-user server.
//!
//! The bus is the vfio-user socket; cables, clock and instruments are the [`lab`](crate::lab) socket beside it. While
//! nobody holds the lab, the card runs by itself: during accesses, while frames are on their way, and some cycles after
//! either, so that what is inside comes to rest. When a client goes, however it goes, the card is power-cycled and waits
//! for the next one.

mod backend;
mod engine;

use crate::card::{Card, CardError, Options};
use crate::emitted;
use crate::lab::{LabError, Request, lab_socket, receive, send};
use crate::mac::{Line, TxFrame};
use backend::{Backend, interrupts, regions};
pub use engine::Feeder;
use engine::Shared;
use std::io::{self, BufReader};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{info, warn};
use vfio_user::Server as Protocol;

/// Frames for a line, from the first one.
pub type Frames = Box<dyn Iterator<Item = Vec<u8>> + Send>;
/// Starts a line's frames over: a card that is power-cycled gets the whole of them.
pub type Source = Box<dyn FnMut() -> io::Result<Frames> + Send>;
/// Takes frames that leave the card.
pub type Sink = Box<dyn FnMut(&TxFrame) -> io::Result<()> + Send>;

/// How a card is served.
pub struct ServeOptions {
    /// The card.
    pub card: Options,
    /// Path of the vfio-user socket; the lab's is the same with `.lab` behind it.
    pub socket: PathBuf,
    /// Frames for lines A and B. They start when the driver enables reception, and wait while the records ring is more
    /// than half full.
    pub sources: [Option<Source>; 2],
    /// Where transmitted frames go.
    pub transmit: Option<Sink>,
    /// Order slots are memory shared with the client: a store into them needs no message, and the card looks for it.
    pub shared_slots: bool,
    /// The clock never stops while the lab is free, as that of a real card.
    pub free_run: bool,
    /// Ends after the first client.
    pub once: bool,
}

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeOptions")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

/// Why a card cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// Another process has the socket.
    #[error("a card is served at {} already; end it or take another path", .0.display())]
    Taken(PathBuf),
    /// The socket cannot be made.
    #[error("{}: {why}; check that the folder exists and may be written", socket.display())]
    Socket {
        /// Its path.
        socket: PathBuf,
        /// Reason given.
        why: String,
    },
    /// A frame source or sink.
    #[error("frames of a MAC port: {0}")]
    Frames(#[from] io::Error),
}

/// A card that waits for clients.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    protocol: Listener,
    lab: UnixListener,
    socket: PathBuf,
    once: bool,
}

/// The server of the vfio-user crate, which does not show itself.
struct Listener(Protocol);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

impl Server {
    /// Builds the card and opens its sockets.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn bind(mut options: ServeOptions) -> Result<Self, ServeError> {
        let socket = options.socket.clone();
        let lab_path = lab_socket(&socket);
        for path in [&socket, &lab_path] {
            make_room(path)?;
        }
        // Emitted once: a power cycle builds the card again.
        let card = &mut options.card;
        if card.verilog.is_none() {
            card.verilog = Some(emitted::top(card.size)?);
        }
        let built = Card::new(card)?;
        let once = options.once;
        let shared = Shared::new(options, built)?;
        let failed = |socket: &Path, why: String| ServeError::Socket {
            socket: socket.to_owned(),
            why,
        };
        let lab = UnixListener::bind(&lab_path).map_err(|e| failed(&lab_path, e.to_string()))?;
        let protocol = Protocol::new(&socket, true, interrupts(), regions(shared.slots_file()))
            .map_err(|e| failed(&socket, e.to_string()))?;
        Ok(Self {
            shared: Arc::new(shared),
            protocol: Listener(protocol),
            lab,
            socket,
            once,
        })
    }

    /// Puts frames on the card's lines as they come.
    pub fn feeder(&self) -> Feeder {
        Feeder::new(Arc::clone(&self.shared))
    }

    /// Serves clients, one after the other, for ever or until the first has gone.
    ///
    /// # Errors
    /// [`ServeError`] when the card cannot be built again or the socket fails.
    pub fn run(self) -> Result<(), ServeError> {
        let clock = Arc::clone(&self.shared);
        std::thread::spawn(move || clock.keep_time());
        let lab = Arc::clone(&self.shared);
        let listener = self.lab;
        std::thread::spawn(move || lab_clients(&lab, &listener));
        loop {
            info!("waiting at {}", self.socket.display());
            let mut backend = Backend::new(Arc::clone(&self.shared));
            // What a client sends may be anything, and the protocol crate panics on some of it.
            let served = catch_unwind(AssertUnwindSafe(|| self.protocol.0.run(&mut backend)));
            match served {
                Ok(Ok(())) => info!("the client has gone"),
                Ok(Err(vfio_user::Error::SocketAccept(why))) => return Err(ServeError::Frames(why)),
                Ok(Err(why)) => warn!("the client has gone: {why}"),
                Err(_) => warn!("the client sent what is no message"),
            }
            let ended = self.shared.power_cycle();
            if self.once {
                // The lab's socket goes with the server, as the other one does.
                let _removed = std::fs::remove_file(lab_socket(&self.socket));
                return ended;
            }
            ended?;
        }
    }
}

/// Removes a socket nobody listens at any more; never anything else.
fn make_room(path: &Path) -> Result<(), ServeError> {
    let Ok(about) = std::fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !about.file_type().is_socket() {
        return Err(ServeError::Socket {
            socket: path.to_owned(),
            why: "something else than a socket is there".to_owned(),
        });
    }
    if UnixStream::connect(path).is_ok() {
        return Err(ServeError::Taken(path.to_owned()));
    }
    std::fs::remove_file(path).map_err(|error| ServeError::Socket {
        socket: path.to_owned(),
        why: error.to_string(),
    })
}

fn lab_clients(shared: &Shared, listener: &UnixListener) {
    while let Ok((stream, _)) = listener.accept() {
        shared.hold_clock(true);
        if let Err(error) = lab_client(shared, stream) {
            warn!("lab: {error}");
        }
        shared.hold_clock(false);
    }
}

fn lab_client(shared: &Shared, stream: UnixStream) -> Result<(), LabError> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = receive::<Request>(&mut stream)? {
        let answer = shared.ask(request);
        send(stream.get_mut(), &answer)?;
    }
    Ok(())
}

const LINES: [Line; 2] = [Line::A, Line::B];
