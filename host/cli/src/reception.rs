//! A card brought up to receive: subscriptions in, whole records out.

use std::collections::VecDeque;

use contract::event::Code;
use contract::port::{PciDevice, vector};
use contract::reg::capability;
use contract::ring::Ring;
use contract::{counter, reg};
use device::Device;
use device::events::{Event, EventReader};
use device::feed::{Line, Subscription};
use device::interrupts::{EventInterrupts, InterruptStats};
use device::records::{Record, RecordReader};
use device::ring::RingStats;
use wire::packetizer::Config as PacketizerConfig;

use crate::error::CliError;

/// Entries of the records ring: a paced feed never has more than a few records in it.
pub(crate) const RECORDS_LOG2: u32 = 12;
/// Entries of the events ring.
const EVENTS_LOG2: u32 = 10;
/// Records between two postings of the tail.
const TAIL_EVERY: u32 = 1 << 10;
/// Events between two postings of the tail; a full ring would stop orders.
const EVENTS_TAIL_EVERY: u32 = 1 << 8;
/// How long the merge waits for a missing message, ns: both lines carry everything.
const GAP_WAIT_NS: u32 = 100_000;

/// A card that receives.
#[derive(Debug)]
pub(crate) struct Reception {
    /// The driver.
    pub(crate) device: Device,
    /// Bus address of the records ring.
    #[cfg_attr(
        not(feature = "sim"),
        allow(dead_code, reason = "for latencies of a simulated card")
    )]
    pub(crate) records_base: u64,
    records: RecordReader,
    events: EventReader,
    tail_posted: u32,
    events_tail_posted: u32,
    /// Events that concern orders, when kept.
    order_events: Option<VecDeque<Event>>,
    /// The interrupt of the events ring, when it is watched.
    interrupts: Option<EventInterrupts>,
    /// Events that concern the feed, when kept.
    feed_events: Option<VecDeque<Event>>,
}

/// What rings and interrupts went through.
#[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "reported by `run`"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Arrivals {
    /// The records ring.
    pub(crate) records: RingStats,
    /// Entries that belonged to no whole record.
    pub(crate) orphans: u64,
    /// The events ring.
    pub(crate) events: RingStats,
    /// Interrupts of the events ring.
    pub(crate) interrupts: InterruptStats,
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

impl Reception {
    /// Opens the card and subscribes slot *n* to `slots[n]`, in sync with an empty book, not halted; it receives.
    pub(crate) fn on(
        port: Box<dyn PciDevice>,
        slots: &[Subscription],
        feed: &PacketizerConfig,
    ) -> Result<Self, CliError> {
        let mut card = Self::quiet(port, slots, feed)?;
        card.device.enable_receive()?;
        Ok(card)
    }

    /// The same, but reception is still off.
    pub(crate) fn quiet(
        port: Box<dyn PciDevice>,
        slots: &[Subscription],
        feed: &PacketizerConfig,
    ) -> Result<Self, CliError> {
        let mut device = Device::open(port)?;
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
        let line = Line {
            group: u32::from_be_bytes(feed.group),
            port: feed.port,
        };
        device.set_lines(line, line)?;
        device.set_gap_wait_ns(GAP_WAIT_NS)?;
        device.accept_session(&feed.session, feed.first_sequence)?;
        for (slot, what) in (0..).zip(slots) {
            device.subscribe(slot, what)?;
            device.sync_slot(slot, feed.first_sequence)?;
            device.set_halted(slot, false)?;
        }
        Ok(Self {
            device,
            records_base,
            records,
            events,
            tail_posted: 0,
            events_tail_posted: 0,
            order_events: None,
            interrupts: None,
            feed_events: None,
        })
    }

    /// The next record, if it has arrived; posts the ring tails now and then.
    pub(crate) fn record(&mut self) -> Result<Option<Record>, CliError> {
        self.take_events()?;
        let record = self.records.poll();
        let tail = self.records.tail();
        if tail.wrapping_sub(self.tail_posted) >= TAIL_EVERY {
            self.device.post_tail(Ring::Records, tail)?;
            self.tail_posted = tail;
        }
        Ok(record)
    }

    /// Keeps events that concern orders for [`Self::order_event`]; others are read and dropped.
    #[cfg_attr(
        not(feature = "sim"),
        allow(dead_code, reason = "orders are written by `run`")
    )]
    pub(crate) fn keep_order_events(&mut self) {
        self.order_events = Some(VecDeque::with_capacity(contract::slot::SLOTS));
    }

    /// Watches the interrupt of the events ring from now on.
    #[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "watched by `run`"))]
    pub(crate) fn watch_interrupts(&mut self) -> Result<(), CliError> {
        let line = self
            .device
            .regs
            .port()
            .interrupt(vector::EVENTS)
            .map_err(device::DeviceError::from)?;
        self.take_events()?;
        self.interrupts = Some(EventInterrupts::new(line, self.events.tail()));
        Ok(())
    }

    /// Holds the interrupts that came against the events that were read: upkeep, never between tick and order.
    #[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "watched by `run`"))]
    pub(crate) fn look_at_interrupts(&mut self) -> Result<(), CliError> {
        let Some(taken) = self.interrupts.as_mut().map(EventInterrupts::take) else {
            return Ok(());
        };
        self.take_events()?;
        let tail = self.events.tail();
        if let Some(interrupts) = &mut self.interrupts {
            interrupts.account(taken, tail);
        }
        Ok(())
    }

    /// What rings and interrupts went through so far.
    #[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "reported by `run`"))]
    pub(crate) fn arrivals(&self) -> Arrivals {
        Arrivals {
            records: self.records.stats(),
            orphans: self.records.orphans(),
            events: self.events.stats(),
            interrupts: self
                .interrupts
                .as_ref()
                .map(EventInterrupts::stats)
                .unwrap_or_default(),
        }
    }

    /// The next event that concerns orders, if it has arrived.
    #[cfg_attr(
        not(feature = "sim"),
        allow(dead_code, reason = "orders are written by `run`")
    )]
    pub(crate) fn order_event(&mut self) -> Result<Option<Event>, CliError> {
        self.take_events()?;
        Ok(self.order_events.as_mut().and_then(VecDeque::pop_front))
    }

    /// Keeps events that concern the feed for [`Self::feed_event`].
    #[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "for sessions that recover"))]
    pub(crate) fn keep_feed_events(&mut self) {
        self.feed_events = Some(VecDeque::new());
    }

    /// The next event that concerns the feed, if it has arrived.
    #[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "for sessions that recover"))]
    pub(crate) fn feed_event(&mut self) -> Result<Option<Event>, CliError> {
        self.take_events()?;
        Ok(self.feed_events.as_mut().and_then(VecDeque::pop_front))
    }

    /// Reads all events that have arrived; posts the ring's tail now and then.
    fn take_events(&mut self) -> Result<(), CliError> {
        while let Some(event) = self.events.poll() {
            let kept = match event.code {
                Some(Code::OrderSent | Code::OrderRejected | Code::Kill) => &mut self.order_events,
                Some(Code::Gap | Code::BadFrame | Code::Stale | Code::SessionChange) => &mut self.feed_events,
                _ => continue,
            };
            if let Some(kept) = kept {
                kept.push_back(event);
            }
        }
        let tail = self.events.tail();
        if tail.wrapping_sub(self.events_tail_posted) >= EVENTS_TAIL_EVERY {
            self.device.post_tail(Ring::Events, tail)?;
            self.events_tail_posted = tail;
        }
        Ok(())
    }

    /// A core counter of the card.
    pub(crate) fn counter(&mut self, name: &str) -> Result<u64, CliError> {
        let index = counter::core(name);
        Ok(u64::from(self.device.regs.read(reg::counter(index))?))
    }

    /// Checks that the card took in everything; `sent` messages were given to it.
    pub(crate) fn ending(&mut self, sent: u64) -> Result<Ending, CliError> {
        let ending = self.counted()?;
        match self.fault(&ending, sent) {
            Some(fault) => Err(CliError::Check(fault)),
            None => Ok(ending),
        }
    }

    /// The card's counters at the end.
    pub(crate) fn counted(&mut self) -> Result<Ending, CliError> {
        Ok(Ending {
            accepted: self.counter("accepted")?,
            degraded: self.counter("degraded")?,
            skipped: self.counter("skipped")?,
            gaps: self.counter("gaps")?,
        })
    }

    /// What is wrong with an ending after `sent` messages.
    pub(crate) fn fault(&self, ending: &Ending, sent: u64) -> Option<String> {
        let (records, events) = (self.records.stats(), self.events.stats());
        let lost = records.lost + events.lost;
        let broken = records.crc_errors + events.crc_errors;
        (ending.accepted != sent || ending.gaps > 0 || lost > 0 || broken > 0).then(|| {
            format!(
                "the card accepted {} of {sent} messages, {} gaps, {lost} ring entries lost, {broken} with a wrong CRC",
                ending.accepted, ending.gaps
            )
        })
    }
}
