//! A `tickforge card serve` for a test.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use contract::slot::Order;

/// How long a line of the log may take: the card may have to be compiled first.
const PATIENCE: Duration = Duration::from_secs(240);
/// The same where nothing has compiled it before, as for a card that traces.
const PATIENCE_COMPILING: Duration = Duration::from_secs(1_200);

/// An order that passes every check.
pub(crate) const ORDER: Order = Order {
    symbol_slot: 0,
    side: b'B',
    time_in_force: b'3',
    display: b'Y',
    capacity: b'P',
    iso: b'N',
    cross_type: b'N',
    qty: 100,
    price: 1_000_000,
    token: 9,
    target_ref: 0,
    orig_qty: 0,
    cl_ord_id: *b"SERVED00000001",
};

/// The card's Verilog in a file: commands that are given it need not emit it again.
pub(crate) fn verilog_file() -> &'static str {
    static FILE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = FILE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("top.v");
        std::fs::write(&path, crate::common::verilog()).unwrap();
        (folder, path.to_str().unwrap().to_owned())
    });
    path
}

/// Runs the program.
pub(crate) fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .env("TICKFORGE_GATEWARE", verilog_file())
        .output()
        .unwrap()
}

/// A running card process; it ends with this.
#[derive(Debug)]
pub(crate) struct Served {
    process: Child,
    log: Receiver<String>,
    patience: Duration,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Served {
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::start_logging(more, "info")
    }

    /// Starts a card and waits until it listens.
    pub(crate) fn start_logging(more: &[&str], log: &str) -> Self {
        Self::start_as(&[], more, log)
    }

    /// Starts a card by another command, which becomes the card process in the end.
    pub(crate) fn start_in(command: &[&str], more: &[&str]) -> Self {
        Self::start_as(command, more, "info")
    }

    fn start_as(command: &[&str], more: &[&str], log: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("card");
        // What a card process that was killed leaves behind is no obstacle.
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        let whole = [command, &[env!("CARGO_BIN_EXE_tickforge")]].concat();
        let mut process = Command::new(whole[0])
            .args(&whole[1..])
            .args(["card", "serve", "--socket", socket.to_str().unwrap()])
            .args(more)
            .env("TICKFORGE_GATEWARE", verilog_file())
            .env("TICKFORGE_LOG", log)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = process.stderr.take().unwrap();
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // A test that has ended listens no more.
                let _heard = tell.send(line);
            }
        });
        let mut served = Self {
            process,
            log: lines,
            patience: if more.contains(&"--trace") {
                PATIENCE_COMPILING
            } else {
                PATIENCE
            },
            socket,
            _folder: folder,
        };
        served.wait_for("waiting at");
        served
    }

    /// Waits until the log says something.
    pub(crate) fn wait_for(&mut self, what: &str) {
        self.count_until("", what);
    }

    /// Waits until `count` lines of the log have said something.
    pub(crate) fn count(&mut self, what: &str, count: usize) {
        (0..count).for_each(|_| self.wait_for(what));
    }

    /// Waits until the log says something; how many lines before said something else.
    pub(crate) fn count_until(&mut self, counted: &str, what: &str) -> usize {
        let (mut count, mut last) = (0, Vec::new());
        loop {
            match self.log.recv_timeout(self.patience) {
                Ok(line) if line.contains(what) => return count,
                Ok(line) => {
                    count += usize::from(line.contains(counted));
                    last.push(line);
                }
                Err(error) => panic!(
                    "no `{what}` in the log: {error}; last {:?}",
                    &last[last.len().saturating_sub(5)..]
                ),
            }
        }
    }

    /// Number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// As `--card` takes it.
    pub(crate) fn card(&self) -> String {
        format!("vfio-user:{}", self.socket.display())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}
