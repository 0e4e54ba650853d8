//! `tickforge venue`: the simulated exchange behind sockets and files.
//!
//! The exchange itself is deterministic and has no clock (`sim/venue`). This is the thin shell around it: one thread
//! that never blocks, which replays at the pace asked for and serves the sockets in between.

mod args;
mod lines;
mod sockets;
pub(crate) mod statement;

use std::time::Duration;

use engine::clock::Clock;
use venue::Exchange;
use wire::feed::{self, Feed};
use wire::itch50;

use crate::error::CliError;
use crate::output::Format;
use args::Speed;
pub(crate) use args::{Args, Replay};
use lines::Lines;
use sockets::{Accounts, Orders, ReRequests, Snapshots};

/// Messages replayed between two looks at the sockets when there is no pace to keep.
const BATCH: u32 = 64;
/// Silence of the feed after which a heartbeat is sent, ns.
const HEARTBEAT_NS: u64 = 1_000_000_000;
/// How long the loop rests when nothing is to be done.
const REST: Duration = Duration::from_micros(50);

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let mut shell = Shell::open(args)?;
    shell.wait_for_client()?;
    shell.replay(args)?;
    shell.linger(args.linger)?;
    shell.close()?;
    report(&shell, args.format);
    Ok(())
}

struct Shell {
    clock: Clock,
    exchange: Exchange,
    lines: Lines,
    orders: Option<Orders>,
    snapshots: Option<Snapshots>,
    rerequests: Option<ReRequests>,
    accounts: Option<Accounts>,
    wait: bool,
    until_logout: bool,
    fed_ns: u64,
}

impl Shell {
    fn open(args: &Args) -> Result<Self, CliError> {
        let config = args.replay.exchange()?;
        let session = config.lines[0].session;
        let soup = args.replay.soup(session)?;
        let faults = config.faults;
        Ok(Self {
            clock: Clock::start(),
            exchange: Exchange::new(config),
            lines: Lines::open(args)?,
            orders: args
                .orders
                .map(|address| Orders::open(address, soup, &faults))
                .transpose()?,
            snapshots: args
                .snapshot
                .map(|address| Snapshots::open(address, soup))
                .transpose()?,
            rerequests: args.rerequest.map(ReRequests::open).transpose()?,
            accounts: args.account.map(Accounts::open).transpose()?,
            wait: args.wait,
            until_logout: args.until_logout,
            fed_ns: 0,
        })
    }

    /// Looks at every socket once; true when something was done.
    fn serve(&mut self) -> Result<bool, CliError> {
        let now_ns = self.clock.ns();
        let mut busy = false;
        if let Some(orders) = &mut self.orders {
            busy |= orders.serve(&mut self.exchange, now_ns)?;
        }
        if let Some(snapshots) = &mut self.snapshots {
            busy |= snapshots.serve(&self.exchange, now_ns)?;
        }
        if let Some(rerequests) = &self.rerequests {
            busy |= rerequests.serve(self.exchange.feed())?;
        }
        if let Some(accounts) = &mut self.accounts {
            busy |= accounts.serve(&self.exchange, self.orders.as_ref().map(Orders::door));
        }
        Ok(busy)
    }

    /// Sends what the feed has, and a heartbeat after a silence.
    fn send(&mut self) -> Result<(), CliError> {
        let now_ns = self.clock.ns();
        let stamp_ns = self.exchange.now_ns();
        let feed = self.exchange.feed_mut();
        let mut frames = feed.take_frames();
        if !frames.is_empty() {
            self.fed_ns = now_ns;
        } else if now_ns.saturating_sub(self.fed_ns) >= HEARTBEAT_NS {
            feed.heartbeat();
            frames = feed.take_frames();
            self.fed_ns = now_ns;
        }
        self.lines.send(&frames, stamp_ns)
    }

    /// One turn without a message of the file.
    fn idle(&mut self) -> Result<(), CliError> {
        let busy = self.serve()?;
        self.exchange.feed_mut().flush();
        self.send()?;
        if !busy {
            std::thread::park_timeout(REST);
        }
        Ok(())
    }

    fn wait_for_client(&mut self) -> Result<(), CliError> {
        while self.wait && self.orders.as_ref().is_some_and(|orders| !orders.seen()) {
            self.idle()?;
        }
        Ok(())
    }

    fn replay(&mut self, args: &Args) -> Result<(), CliError> {
        let mut feed = feed::open(args.replay.feed())?;
        let (start_ns, mut first_ns, mut left) = (self.clock.ns(), None, args.limit.unwrap_or(u64::MAX));
        while left > 0 {
            let Some(message) = next(&mut feed)? else {
                break;
            };
            left -= 1;
            if let Ok(header) = itch50::Header::read(&message) {
                let first = *first_ns.get_or_insert(header.timestamp_ns);
                let since = header.timestamp_ns.saturating_sub(first);
                self.pace(args.speed, start_ns, since)?;
            }
            self.exchange
                .market(&message)
                .map_err(|error| CliError::Input(format!("{}: {error}", args.replay.feed().display())))?;
            let turn = args.speed != Speed::Max || left.is_multiple_of(u64::from(BATCH));
            if turn {
                self.serve()?;
            }
            self.send()?;
        }
        self.exchange.feed_mut().flush();
        self.send()
    }

    /// Serves the sockets until a message `since_ns` behind the first is due.
    fn pace(&mut self, speed: Speed, start_ns: u64, since_ns: u64) -> Result<(), CliError> {
        while let Some(due_ns) = speed.due_ns(since_ns)
            && self.clock.ns().saturating_sub(start_ns) < due_ns
        {
            self.idle()?;
        }
        Ok(())
    }

    fn linger(&mut self, seconds: u32) -> Result<(), CliError> {
        let end_ns = self.clock.ns().saturating_add(u64::from(seconds) * 1_000_000_000);
        let over = |shell: &Self| shell.until_logout && shell.orders.as_ref().is_some_and(Orders::logged_out);
        while self.clock.ns() < end_ns && !over(self) {
            self.idle()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), CliError> {
        self.serve()?;
        self.exchange.feed_mut().end();
        self.send()?;
        if let Some(orders) = &mut self.orders {
            orders.end(self.clock.ns());
        }
        self.lines.close()
    }
}

fn next(feed: &mut Feed) -> Result<Option<Vec<u8>>, CliError> {
    Ok(feed.next_message()?.map(|message| message.bytes.to_vec()))
}

fn report(shell: &Shell, format: Format) {
    let counters = shell.exchange.counters();
    let (frames_a, frames_b) = shell.lines.sent();
    let rows = [
        ("replayed", counters.replayed),
        ("unreadable", counters.unreadable),
        ("published", shell.exchange.feed().next_sequence() - 1),
        ("frames_a", frames_a),
        ("frames_b", frames_b),
        ("requests", counters.requests),
        ("malformed", counters.malformed),
        ("retransmitted", counters.retransmitted),
        ("unknown", counters.unknown),
        ("accepted", counters.accepted),
        ("rejected", counters.rejected),
        ("executions", counters.executions),
        ("shares", counters.shares),
        ("broken", counters.broken),
    ];
    match format {
        Format::Text => {
            for (name, value) in rows {
                println!("{name:<14}{value:>12}");
            }
        }
        Format::Json => {
            let map: serde_json::Map<_, _> = rows
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).into()))
                .collect();
            println!("{}", serde_json::Value::Object(map));
        }
    }
}
