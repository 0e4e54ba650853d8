//! What a session ends with: four accounts that have to agree, and everything that went wrong.

use std::collections::BTreeMap;
use std::io::{self, Write};

use device::regs::Losses;
use engine::account::{Account, Open};
use engine::hops::HopSummary;
use engine::ledger::Counts;
use risk::Side;
use serde::Serialize;

use super::audit::AtFaults;
use super::golden::pictured;
use super::port::Card;
use super::session::{Session, Stats};
use super::split::SplitStats;
use crate::cmd::run::gate::{exposure, padded};
use crate::cmd::run::health::Mac;
use crate::error::CliError;
use twin::subscription::Target;
use venue::Counters;

/// Orders of the session, as the host's books have them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Orders {
    /// Orders the host let pass.
    pub(crate) admitted: u64,
    /// Orders that left the card.
    pub(crate) sent: u64,
    /// Accepted by the venue.
    pub(crate) accepted: u64,
    /// Rejected by the venue.
    pub(crate) rejected: u64,
    /// Never arrived and given up.
    pub(crate) not_taken: u64,
    /// That took the place of another.
    pub(crate) replaced: u64,
    /// Sent again, the same bytes.
    pub(crate) resent: u64,
    /// Executions.
    pub(crate) executions: u64,
    /// Shares executed.
    pub(crate) shares: u64,
    /// Executions broken.
    pub(crate) broken: u64,
    /// Order connections made.
    pub(crate) connections: u64,
    /// Of these the ones given up because the venue was silent for too long.
    pub(crate) silences: u64,
}

/// What a gate that follows the order connection has done by itself, by the card's counters.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Followed {
    /// Messages about an order that it applied.
    pub(crate) applied: u64,
    /// Messages that came again and did not count.
    pub(crate) repeated: u64,
    /// Broken executions, left to the host.
    pub(crate) broken: u64,
    /// Messages about orders it does not keep any more.
    pub(crate) unknown: u64,
    /// Messages it could not read, or that a login skipped.
    pub(crate) unread: u64,
    /// Segments with new bytes.
    pub(crate) segments: u64,
    /// Segments it could not take, and that the host's stack did not get either.
    pub(crate) segments_refused: u64,
    /// Words by which the host moved the account: what no response tells, or the card left to it.
    pub(crate) host_words: u64,
}

/// The four accounts, in words.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Accounts {
    /// The exchange's own.
    pub(crate) venue: String,
    /// The host's books.
    pub(crate) host: String,
    /// Positions and open quantities in the gate's registers.
    pub(crate) fabric: String,
    /// What the journal amounts to, read back.
    pub(crate) journal: String,
    /// They agree.
    pub(crate) agree: bool,
    /// What was compared at the faults of the session.
    pub(crate) at_faults: AtFaults,
}

/// The report.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) card: &'static str,
    pub(crate) configuration: &'static str,
    pub(crate) cycles: u64,
    pub(crate) feed_messages: u64,
    pub(crate) session: Stats,
    /// Records held against the twin fed with all that was published.
    pub(crate) records_compared: Option<u64>,
    pub(crate) orders: Orders,
    /// What carried the orders.
    pub(crate) transport: &'static str,
    /// What came of the connection that card and host share; nothing where a bridge carried the orders.
    pub(crate) split: Option<SplitStats>,
    /// What the card's gate applied by itself; nothing where the host tells it.
    pub(crate) followed: Option<Followed>,
    /// What the card lost between the clocks of MACs and core: the session has to survive it, so it is no fault by itself.
    pub(crate) mac: Mac,
    /// Orders that did not leave, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) frames_checked: u64,
    pub(crate) journal_lines: u64,
    pub(crate) accounts: Accounts,
    pub(crate) faults: u64,
    pub(crate) faults_described: Vec<String>,
    pub(crate) hops: Vec<HopSummary>,
}

/// Reads the journal back.
pub(crate) type ReadJournal = Box<dyn FnOnce() -> Result<Box<dyn io::BufRead>, CliError>>;

impl Session {
    /// Ends the session: the card is disarmed and everything is held against everything.
    pub(crate) fn finish(mut self, card: &'static str, journal: ReadJournal) -> Result<Report, CliError> {
        self.end_orders()?;
        self.compare_last_book()?;
        let mut statements = self.market.accounts()?;
        let now = statements.pop();
        let now = now.ok_or_else(|| CliError::Check("the venue tells no account".into()))?;
        let mut wire = Card {
            live: &mut self.live,
            orders: &mut self.orders,
        };
        self.port.logout(&mut wire, &mut *self.market)?;
        let followed = self.followed()?;
        let venue = self.of_venue(&now.account);
        let fabric = self.fabric()?;
        let split = self.port.split_stats();
        let (resent, connections) = (self.port.resent, [self.port.connections, self.port.silences]);
        let history = std::mem::take(&mut self.port.history);
        let (ledger, journal_lines) = self.port.finish()?;
        let host = ledger.account();
        let (at_faults, replayed) = self.compare_at_faults(&statements, &history, journal)?;
        let mut differences = Vec::new();
        for (name, other) in [("venue", &venue), ("journal", &replayed)] {
            if *other != host {
                differences.push(format!(
                    "host and {name} differ: {} / {}",
                    host.line(),
                    other.line()
                ));
            }
        }
        if let Some(why) = fabric_differs(&fabric, &host) {
            differences.push(why);
        }
        differences.extend(counts_differ(&ledger.counts, &now.counters));
        let agree = differences.is_empty();
        for difference in differences {
            self.orders.fault(difference);
        }
        let mut refused = self.desk.rejected();
        refused.extend(self.orders.rejected());
        let mut hops = self.desk.hops();
        hops.extend(self.orders.hops());
        Ok(Report {
            card,
            configuration: self.live.card.device.config().name,
            cycles: self.live.cycles()?,
            feed_messages: self.told - 1,
            session: self.stats,
            records_compared: self.golden.as_ref().map(|golden| golden.compared),
            orders: orders(&ledger.counts, self.desk.admitted, resent, connections),
            transport: self.port.transport(),
            split,
            followed,
            mac: self.live.card.device.regs.losses()?.into(),
            refused,
            frames_checked: self.orders.frames_checked,
            journal_lines,
            accounts: Accounts {
                venue: venue.line(),
                host: host.line(),
                fabric: fabric_line(&fabric),
                journal: replayed.line(),
                agree,
                at_faults,
            },
            faults: self.orders.faults,
            faults_described: self.orders.described.clone(),
            hops,
        })
    }

    /// What the card has applied, which has to be what it says it left.
    fn followed(&mut self) -> Result<Option<Followed>, CliError> {
        if !self.port.follows() {
            return Ok(None);
        }
        if !self.in_step()? {
            let next = self.live.card.device.message_next()?;
            let heard = self.port.ledger.orders.next_sequence();
            self.orders
                .fault(format!("the card expects message {next}, the host {heard}"));
        }
        let card = &mut self.live.card;
        let followed = Followed {
            applied: card.counter("ouch_messages")?,
            repeated: card.counter("ouch_repeated")?,
            broken: card.counter("ouch_left")?,
            unknown: card.counter("ouch_unknown")?,
            unread: card.counter("ouch_malformed")? + card.counter("ouch_missed")?,
            segments: card.counter("segments_taken")?,
            segments_refused: card.counter("segments_refused")?,
            host_words: card.device.account_words() - self.words_before,
        };
        let broken = self.port.ledger.counts.broken;
        if followed.unread > 0 || followed.broken != broken {
            self.orders.fault(format!(
                "the card left {} broken executions to the host, which heard {broken}; {} messages it could not read",
                followed.broken, followed.unread
            ));
        }
        Ok(Some(followed))
    }

    /// The card's last books against a picture of the venue's.
    fn compare_last_book(&mut self) -> Result<(), CliError> {
        let targets: Vec<Target> = self
            .slots
            .iter()
            .map(|slot| Target::Symbol(padded(&slot.symbol)))
            .collect();
        let picture = self.market.picture()?;
        for (slot, (shown, expected)) in self
            .shown
            .iter()
            .zip(pictured(&picture.messages, &targets))
            .enumerate()
        {
            if let Some(why) = shown.differs(&expected) {
                self.orders.fault(format!("slot {slot} at the end: {why}"));
            }
        }
        Ok(())
    }

    pub(super) fn of_venue(&self, account: &venue::Account) -> Account {
        let slot = |symbol: &[u8; 8]| {
            let at = self
                .slots
                .iter()
                .position(|slot| padded(&slot.symbol) == *symbol)?;
            u8::try_from(at).ok()
        };
        let mut out = Account::new(self.slots.len());
        out.cash = account.cash;
        for (symbol, net) in &account.positions {
            if let Some(position) = slot(symbol).and_then(|at| out.positions.get_mut(usize::from(at))) {
                *position = *net;
            }
        }
        for open in &account.open {
            let of = Open {
                slot: slot(&open.symbol).unwrap_or(u8::MAX),
                side: if open.buy { Side::Buy } else { Side::Sell },
                shares: open.shares,
            };
            out.open.insert(open.user_ref, of);
        }
        out
    }

    /// Position and open quantities of each slot, from the gate's registers; those and the value over all slots have to be host risk's.
    fn fabric(&mut self) -> Result<Vec<(i64, u64, u64)>, CliError> {
        let mut all = Vec::new();
        let (card, gate) = (self.live.card.device.gross()?, self.desk.gate().gross());
        if card != gate {
            self.orders.fault(format!(
                "the card counts {card} of value over all slots, host risk {gate}"
            ));
        }
        for slot in 0..u8::try_from(self.slots.len()).unwrap_or(u8::MAX) {
            let card = self.live.card.device.exposure(u32::from(slot))?;
            let gate = exposure(self.desk.gate(), slot);
            if card != gate {
                self.orders
                    .fault(format!("slot {slot}: the card has {card:?}, host risk {gate:?}"));
            }
            all.push((
                i64::from(card.position),
                u64::from(card.open_buy),
                u64::from(card.open_sell),
            ));
        }
        Ok(all)
    }
}

fn orders(counts: &Counts, admitted: u64, resent: u64, [connections, silences]: [u64; 2]) -> Orders {
    Orders {
        admitted,
        sent: counts.sent,
        accepted: counts.accepted,
        rejected: counts.rejected,
        replaced: counts.replaced,
        not_taken: counts.not_taken,
        resent,
        executions: counts.executions,
        shares: counts.shares,
        broken: counts.broken,
        connections,
        silences,
    }
}

/// Executions that got lost, and orders that the venue took twice or never heard of.
fn counts_differ(host: &Counts, venue: &Counters) -> Vec<String> {
    let pairs = [
        ("executions", host.executions, venue.executions),
        ("shares executed", host.shares, venue.shares),
        ("orders accepted", host.accepted, venue.accepted),
        ("orders rejected", host.rejected, venue.rejected),
        ("executions broken", host.broken, venue.broken),
        (
            "orders sent",
            host.sent,
            venue.accepted + venue.rejected + host.replaced + host.not_taken,
        ),
    ];
    let differ = pairs.into_iter().filter(|(_, host, venue)| host != venue);
    differ
        .map(|(what, host, venue)| format!("{what}: host {host}, venue {venue}"))
        .collect()
}

fn fabric_differs(fabric: &[(i64, u64, u64)], host: &Account) -> Option<String> {
    let books = (0..host.positions.len()).map(|slot| {
        let [buy, sell] = [Side::Buy, Side::Sell].map(|side| host.open_shares(slot, side));
        (host.positions[slot], buy, sell)
    });
    let differs = !books.eq(fabric.iter().copied());
    differs.then(|| {
        format!(
            "host and fabric differ: {} / {}",
            host.line(),
            fabric_line(fabric)
        )
    })
}

fn fabric_line(fabric: &[(i64, u64, u64)]) -> String {
    let slot = |(slot, (position, buy, sell)): (usize, &(i64, u64, u64))| {
        format!("slot {slot}: position {position}, open {buy} buy {sell} sell")
    };
    let all: Vec<String> = fabric.iter().enumerate().map(slot).collect();
    all.join("; ")
}

impl Report {
    /// An error when anything does not agree.
    pub(crate) fn verdict(&self) -> Result<(), CliError> {
        match self.faults_described.first() {
            None => Ok(()),
            Some(first) => Err(CliError::Check(format!("{} faults; first: {first}", self.faults))),
        }
    }

    /// For people.
    pub(crate) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let (s, o) = (&self.session, &self.orders);
        writeln!(
            out,
            "card            {} ({}), {} cycles; {} feed messages, {} records",
            self.card, self.configuration, self.cycles, self.feed_messages, s.records
        )?;
        match self.records_compared {
            Some(count) => writeln!(
                out,
                "books           {count} records equal to the twin's, or said below"
            )?,
            None => writeln!(
                out,
                "books           the last one compared with a snapshot of the venue's"
            )?,
        }
        writeln!(
            out,
            "recoveries      {}: {} by re-request, {} by snapshot; {} books compared behind them, {} probes",
            s.recoveries, s.rerequested, s.pictured, s.rebuilt_compared, s.probes
        )?;
        writeln!(
            out,
            "orders          {} admitted, {} sent, {} accepted, {} rejected, {} replaced another, {} never arrived, {} sent again, {} cancels",
            o.admitted, o.sent, o.accepted, o.rejected, o.replaced, o.not_taken, o.resent, s.cancels
        )?;
        writeln!(
            out,
            "executions      {} of {} shares, {} broken; {} connections, {} of them silent; {} records without a decision",
            o.executions, o.shares, o.broken, o.connections, o.silences, s.blocked
        )?;
        if s.mass_cancels > 0 {
            writeln!(
                out,
                "watchdog        {} mass cancels sent by the card itself; {} orders rested when the host froze",
                s.mass_cancels, s.frozen
            )?;
        }
        writeln!(out, "transport       {}", self.transport)?;
        if let Some(split) = &self.split {
            writeln!(
                out,
                "  connection    taken over {} times; {} segments of the stack swallowed, {} sent again, {} probes of a closed window",
                split.handovers, split.swallowed, split.retransmitted, split.probes
            )?;
        }
        if let Some(f) = &self.followed {
            writeln!(
                out,
                "  gate          {} responses applied by the card out of {} segments, {} heard again, {} broken left to the host; {} words of \
                 the host",
                f.applied, f.segments, f.repeated, f.broken, f.host_words
            )?;
        }
        for (reason, count) in &self.refused {
            writeln!(out, "  refused       {count} {reason}")?;
        }
        writeln!(
            out,
            "frames          {} checked field by field; {} journal lines",
            self.frames_checked, self.journal_lines
        )?;
        writeln!(out, "mac clocks      {}", Losses::from(self.mac))?;
        self.write_accounts(out)
    }

    fn write_accounts(&self, out: &mut impl Write) -> io::Result<()> {
        let (s, a) = (&self.session, &self.accounts);
        for (name, line) in [
            ("venue", &a.venue),
            ("host", &a.host),
            ("fabric", &a.fabric),
            ("journal", &a.journal),
        ] {
            writeln!(out, "{name:<15} {line}")?;
        }
        for fault in &self.faults_described {
            writeln!(out, "fault           {fault}")?;
        }
        let kinds: Vec<String> = a
            .at_faults
            .faults
            .iter()
            .map(|(k, n)| format!("{n} {k}"))
            .collect();
        writeln!(
            out,
            "at faults       venue, host and journal compared {} times ({}); the gate behind {} responses",
            a.at_faults.compared,
            kinds.join(", "),
            s.settled_compared
        )?;
        let verdict = if a.agree { "agree" } else { "DIFFER" };
        writeln!(out, "accounts        {verdict}; {} faults", self.faults)
    }
}
