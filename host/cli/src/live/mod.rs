//! A card brought up for a feed file: subscriptions in, paced frames in, whole records out.

mod order_side;
mod place;

use std::collections::VecDeque;

use device::feed::Subscription;
use device::records::Record;
use sim_card::lab::Lab;
use sim_card::{Line as RxLine, Options, RxFrame};
use wire::packetizer::{Config as PacketizerConfig, Packetizer};

use crate::error::CliError;
use crate::reception::{RECORDS_LOG2, Reception};
use order_side::OrderSide;
pub(crate) use place::{Place, Setup, replaced, simulated};

/// Cycles after the last frame in which its records reach the ring, when nothing else holds them back.
const DRAIN_CYCLES: u64 = 128;
/// A simulated card with its driver.
#[derive(Debug)]
pub(crate) struct Live {
    /// The card's cables and clock.
    pub(crate) lab: Box<dyn Lab>,
    /// The driver.
    pub(crate) card: Reception,
    packets: Packetizer,
    /// Sequence number after each packet sent, in the order of frames.
    packets_sent: VecDeque<u64>,
    first_beats: VecDeque<u64>,
    entry_cycles: VecDeque<u64>,
    entries_taken: u32,
    /// Where the host's stack shares the order side.
    order_side: Option<OrderSide>,
}

impl Live {
    /// Builds or connects the card and subscribes slot *n* to `slots[n]`, in sync with an empty book, not halted.
    pub(crate) fn start(
        place: &Place,
        options: &Options,
        slots: &[Subscription],
        messages_per_packet: u16,
    ) -> Result<Self, CliError> {
        Self::on(place.set_up(options)?, slots, messages_per_packet)
    }

    /// The same on a card that is there.
    pub(crate) fn on(
        setup: Setup,
        slots: &[Subscription],
        messages_per_packet: u16,
    ) -> Result<Self, CliError> {
        let Setup { lab, port } = setup;
        let packetizer = PacketizerConfig {
            messages_per_packet: messages_per_packet..=messages_per_packet,
            ..PacketizerConfig::default()
        };
        let card = Reception::on(port, slots, &packetizer)?;
        Ok(Self {
            lab,
            card,
            packets: Packetizer::new(packetizer),
            packets_sent: VecDeque::new(),
            first_beats: VecDeque::new(),
            entry_cycles: VecDeque::new(),
            entries_taken: 0,
            order_side: None,
        })
    }

    /// Adds a message to the packet being filled; `flush` sends it at once. Whether a packet went out.
    pub(crate) fn message(&mut self, bytes: &[u8], flush: bool) -> Result<bool, CliError> {
        let full = self
            .packets
            .push(bytes)
            .map_err(|e| CliError::Input(e.to_string()))?;
        let sent = full.is_some() || flush;
        self.send(full)?;
        if flush {
            self.flush()?;
        }
        Ok(sent)
    }

    /// Sends what is left of the last packet.
    pub(crate) fn flush(&mut self) -> Result<(), CliError> {
        let rest = self.packets.flush();
        self.send(rest)
    }

    /// The same frame on both lines.
    fn send(&mut self, frame: Option<Vec<u8>>) -> Result<(), CliError> {
        if let Some(bytes) = frame {
            self.packets_sent.push_back(self.packets.next_sequence());
            self.lab.receive(RxLine::A, RxFrame::new(bytes.clone()))?;
            self.lab.receive(RxLine::B, RxFrame::new(bytes))?;
        }
        Ok(())
    }

    /// Cycles simulated.
    pub(crate) fn cycles(&mut self) -> Result<u64, CliError> {
        Ok(self.lab.cycles()?)
    }

    /// Starts keeping what [`Self::latency_cycles`] needs.
    pub(crate) fn log(&mut self) -> Result<(), CliError> {
        Ok(self.lab.log()?)
    }

    /// Lets the card take in all frames, without waiting for it to come to rest.
    pub(crate) fn take_in(&mut self) -> Result<(), CliError> {
        self.lab.drain_receive()?;
        Ok(self.lab.run(DRAIN_CYCLES)?)
    }

    /// Cycles from the first beat of a record's frame to the write of its core entry; records must be asked for in
    /// order, each once.
    pub(crate) fn latency_cycles(&mut self, record: &Record) -> Result<Option<u64>, CliError> {
        let (base, end) = (
            self.card.records_base,
            self.card.records_base + (64 << RECORDS_LOG2),
        );
        let writes = self.lab.take_dma_log()?;
        let beats = self.lab.take_first_beats(RxLine::A)?;
        self.first_beats.extend(beats);
        let ours = writes
            .iter()
            .filter(|w| w.accepted && (base..end).contains(&w.address));
        self.entry_cycles.extend(ours.map(|w| w.cycle));
        Ok(record
            .levels
            .and_then(|levels| self.waited(record.seq, levels.msg_seq)))
    }

    fn waited(&mut self, entry: u32, msg_seq: u64) -> Option<u64> {
        while self.packets_sent.front().is_some_and(|next| *next <= msg_seq) {
            self.packets_sent.pop_front();
            self.first_beats.pop_front();
        }
        let before = entry.wrapping_sub(self.entries_taken).wrapping_sub(1) as usize;
        self.entries_taken = entry;
        let written = self
            .entry_cycles
            .drain(..=before.min(self.entry_cycles.len().checked_sub(1)?))
            .next_back()?;
        written.checked_sub(*self.first_beats.front()?)
    }

    /// Lets the card take in all frames and come to rest. The cables wait for it: the host reads no register.
    pub(crate) fn settle(&mut self) -> Result<(), CliError> {
        self.lab.drain_receive()?;
        Ok(self.lab.rest()?)
    }
}
