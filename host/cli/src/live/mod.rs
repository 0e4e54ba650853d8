//! A card brought up for a feed file: subscriptions in, paced frames in, whole records out.

use std::collections::VecDeque;

use contract::reg::capability;
use contract::ring::Ring;
use contract::{counter, reg};
use device::feed::{Line, Subscription};
use device::records::{Record, RecordReader};
use device::{Device, events::EventReader};
use indicatif::{ProgressBar, ProgressStyle};
use sim_card::{Card, Line as RxLine, Options, RxFrame, SimCard};
use wire::packetizer::{Config as PacketizerConfig, Packetizer};

use crate::error::CliError;

/// Entries of the records ring: a paced feed never has more than a few records in it.
const RECORDS_LOG2: u32 = 12;
/// Entries of the events ring.
const EVENTS_LOG2: u32 = 10;
/// Records between two postings of the tail.
const TAIL_EVERY: u32 = 1 << 10;
/// Cycles after the last frame in which its records reach the ring, when nothing else holds them back.
const DRAIN_CYCLES: u64 = 128;
/// How long the merge waits for a missing message, ns: both lines carry everything.
const GAP_WAIT_NS: u32 = 100_000;

/// A simulated card with its driver.
#[derive(Debug)]
pub(crate) struct Live {
    /// The card's MAC side.
    pub(crate) sim: SimCard,
    /// The driver.
    pub(crate) device: Device,
    records: RecordReader,
    events: EventReader,
    packets: Packetizer,
    tail_posted: u32,
    records_base: u64,
    /// Sequence number after each packet sent, in the order of frames.
    packets_sent: VecDeque<u64>,
    first_beats: VecDeque<u64>,
    entry_cycles: VecDeque<u64>,
    entries_taken: u32,
}

/// How a run ended, from the card's own counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ending {
    /// Messages accepted by the merge.
    pub(crate) accepted: u64,
    /// Records marked degraded.
    pub(crate) degraded: u64,
    /// Records skipped.
    pub(crate) skipped: u64,
    /// Gaps declared.
    pub(crate) gaps: u64,
}

/// Faults are tried on the whole program: `TICKFORGE_GATEWARE` names Verilog to simulate in place of the emitted
/// one, `TICKFORGE_MUTANT` the fault in it to activate. Never silent.
fn replaced(options: &Options) -> Result<Options, CliError> {
    let Some(path) = std::env::var_os("TICKFORGE_GATEWARE") else {
        return Ok(options.clone());
    };
    let path = std::path::Path::new(&path);
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

impl Live {
    /// Builds the card and subscribes slot *n* to `slots[n]`, in sync with an empty book, not halted.
    pub(crate) fn start(
        options: &Options,
        slots: &[Subscription],
        messages_per_packet: u16,
    ) -> Result<Self, CliError> {
        let options = replaced(options)?;
        let card = Card::new(&options).map_err(|e| CliError::Input(e.to_string()))?;
        let sim = SimCard::new(card);
        let mut device = Device::open(Box::new(sim.clone()))?;
        if slots.len() > device.config().slots as usize {
            return Err(CliError::Input(format!(
                "{} symbols, but this card has {} slots; subscribe fewer",
                slots.len(),
                device.config().slots
            )));
        }
        if !device.has(capability::CORE | capability::LEVELS) {
            return Err(CliError::Input("this card sends no records with levels".into()));
        }
        let levels = slots
            .iter()
            .enumerate()
            .fold(0, |m, (i, s)| m | u64::from(s.levels) << i);
        let ring = device.ring(Ring::Records, RECORDS_LOG2)?;
        let records_base = ring.bus_address();
        let records = RecordReader::new(ring, levels);
        let events = EventReader::new(device.ring(Ring::Events, EVENTS_LOG2)?);
        let packetizer = PacketizerConfig {
            messages_per_packet: messages_per_packet..=messages_per_packet,
            ..PacketizerConfig::default()
        };
        let line = Line {
            group: u32::from_be_bytes(packetizer.group),
            port: packetizer.port,
        };
        device.set_lines(line, line)?;
        device.set_gap_wait_ns(GAP_WAIT_NS)?;
        device.accept_session(&packetizer.session, packetizer.first_sequence)?;
        for (slot, what) in (0..).zip(slots) {
            device.subscribe(slot, what)?;
            device.sync_slot(slot, packetizer.first_sequence)?;
            device.set_halted(slot, false)?;
        }
        device.enable_receive()?;
        Ok(Self {
            sim,
            device,
            records,
            events,
            packets: Packetizer::new(packetizer),
            tail_posted: 0,
            records_base,
            packets_sent: VecDeque::new(),
            first_beats: VecDeque::new(),
            entry_cycles: VecDeque::new(),
            entries_taken: 0,
        })
    }

    /// Adds a message to the packet being filled; `flush` sends it at once.
    pub(crate) fn message(&mut self, bytes: &[u8], flush: bool) -> Result<(), CliError> {
        let full = self
            .packets
            .push(bytes)
            .map_err(|e| CliError::Input(e.to_string()))?;
        self.send(full);
        if flush {
            let rest = self.packets.flush();
            self.send(rest);
        }
        Ok(())
    }

    /// Sends what is left of the last packet.
    pub(crate) fn flush(&mut self) {
        let rest = self.packets.flush();
        self.send(rest);
    }

    /// The same frame on both lines.
    fn send(&mut self, frame: Option<Vec<u8>>) {
        if let Some(bytes) = frame {
            self.packets_sent.push_back(self.packets.next_sequence());
            self.sim.with(|card| {
                card.receive(RxLine::A, RxFrame::new(bytes.clone()));
                card.receive(RxLine::B, RxFrame::new(bytes));
            });
        }
    }

    /// Cycles simulated.
    pub(crate) fn cycles(&self) -> u64 {
        self.sim.with(|card| card.cycles())
    }

    /// Starts keeping what [`Self::latency_cycles`] needs.
    pub(crate) fn log(&self) {
        self.sim.with(Card::log);
    }

    /// Lets the card take in all frames, without waiting for it to come to rest.
    pub(crate) fn take_in(&mut self) {
        self.sim.with(|card| {
            card.drain_receive();
            card.run(DRAIN_CYCLES);
        });
    }

    /// Cycles from the first beat of a record's frame to the write of its core entry; records must be asked for in
    /// order, each once.
    pub(crate) fn latency_cycles(&mut self, record: &Record) -> Option<u64> {
        let levels = record.levels?;
        let (base, end) = (self.records_base, self.records_base + (64 << RECORDS_LOG2));
        let (writes, beats) = self
            .sim
            .with(|card| (card.take_dma_log(), card.take_first_beats(RxLine::A)));
        self.first_beats.extend(beats);
        let ours = writes
            .iter()
            .filter(|w| w.accepted && (base..end).contains(&w.address));
        self.entry_cycles.extend(ours.map(|w| w.cycle));
        while self
            .packets_sent
            .front()
            .is_some_and(|next| *next <= levels.msg_seq)
        {
            self.packets_sent.pop_front();
            self.first_beats.pop_front();
        }
        let before = record.seq.wrapping_sub(self.entries_taken).wrapping_sub(1) as usize;
        self.entries_taken = record.seq;
        let written = self
            .entry_cycles
            .drain(..=before.min(self.entry_cycles.len().checked_sub(1)?))
            .next_back()?;
        written.checked_sub(*self.first_beats.front()?)
    }

    /// Lets the card take in all frames and come to rest.
    pub(crate) fn settle(&mut self) -> Result<(), CliError> {
        self.sim.with(Card::drain_receive);
        Ok(self.device.wait_idle()?)
    }

    /// The next record, if it has arrived; posts the ring tails now and then.
    pub(crate) fn record(&mut self) -> Result<Option<Record>, CliError> {
        while self.events.poll().is_some() {
            self.device.post_tail(Ring::Events, self.events.tail())?;
        }
        let record = self.records.poll();
        let tail = self.records.tail();
        if tail.wrapping_sub(self.tail_posted) >= TAIL_EVERY {
            self.device.post_tail(Ring::Records, tail)?;
            self.tail_posted = tail;
        }
        Ok(record)
    }

    /// A core counter of the card.
    pub(crate) fn counter(&mut self, name: &str) -> Result<u64, CliError> {
        let index = counter::core(name);
        Ok(u64::from(self.device.regs.read(reg::counter(index))?))
    }

    /// Checks that the card took in everything; `sent` messages were given to it.
    pub(crate) fn ending(&mut self, sent: u64) -> Result<Ending, CliError> {
        let ending = Ending {
            accepted: self.counter("accepted")?,
            degraded: self.counter("degraded")?,
            skipped: self.counter("skipped")?,
            gaps: self.counter("gaps")?,
        };
        let ring = self.records.stats();
        if ending.accepted != sent || ending.gaps > 0 || ring.lost > 0 || ring.crc_errors > 0 {
            return Err(CliError::Check(format!(
                "the card accepted {} of {sent} messages, {} gaps, {} ring entries lost, {} with a wrong CRC",
                ending.accepted, ending.gaps, ring.lost, ring.crc_errors
            )));
        }
        Ok(ending)
    }
}

/// A bar on a terminal, nothing in a pipe.
pub(crate) fn progress(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} messages, {per_sec}, {eta} left");
    let bar = ProgressBar::new(total);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
