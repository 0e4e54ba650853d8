//! A card on the bench: brought up by the driver, fed frames by hand.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::OnceLock;

use contract::counter;
use contract::ring::Ring;
use device::events::{Event, EventReader};
use device::feed::{Line as FeedLine, Subscription};
use device::records::{Record, RecordReader};
use device::{Device, regs::Regs};
use gateware::emit::{BLOCKS, Size, emit};
use sim_card::{Card, Line, Options, RxFrame, SimCard};
use wire::packetizer::{Config, Packetizer};

/// Cycles in which whatever is on its way inside the card comes to rest.
pub(crate) const REST_CYCLES: u64 = 2_000;

/// Whether the whole card is among the blocks; until then its tests have nothing to simulate.
pub(crate) fn card_is_there() -> bool {
    let there = BLOCKS.iter().any(|block| block.name == "top");
    if !there {
        println!("pending: no block `top` in this version");
    }
    there
}

/// Whether the long variants are wanted (`scripts/soak`).
pub(crate) fn soak() -> bool {
    std::env::var("TICKFORGE_SOAK").is_ok_and(|value| value == "1")
}

/// The Verilog of the whole card, emitted once a process.
pub(crate) fn verilog() -> &'static str {
    static VERILOG: OnceLock<String> = OnceLock::new();
    VERILOG.get_or_init(|| emit("top", Size::Sim).unwrap_or_else(|error| panic!("{error}")))
}

/// A report of `run` says that nothing was read between the first message and the last record; what was read outside
/// shows that the counters count.
pub(crate) fn reads_nothing_while_hot(report: &serde_json::Value) {
    for name in ["mmio_reads_hot", "dma_reads_hot"] {
        assert_eq!(report[name], 0, "{name}: {report}");
    }
    let count = |name: &str| {
        report[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {report}"))
    };
    assert!(
        count("mmio_reads_outside") > 40,
        "bring-up reads registers: {report}"
    );
    assert!(count("pacing_looks") > 0, "{report}");
    assert_eq!(report["dma_read_channel"], false, "{report}");
}

/// A fresh card.
pub(crate) fn card() -> SimCard {
    let options = Options {
        verilog: Some(verilog().to_owned()),
        ..Options::default()
    };
    SimCard::new(Card::new(&options).unwrap_or_else(|error| panic!("{error}")))
}

/// Its registers, without any bring-up.
pub(crate) fn registers(card: &SimCard) -> Regs {
    Regs::new(Box::new(card.clone()))
}

/// A card in service: one slot a symbol, in sync with an empty book, and the exchange that feeds it.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) sim: SimCard,
    pub(crate) device: Device,
    pub(crate) records: RecordReader,
    pub(crate) events: EventReader,
    pub(crate) packets: Packetizer,
}

impl Rig {
    /// A new card, see [`Self::on`].
    pub(crate) fn new(symbols: &[&str]) -> Self {
        Self::on(card(), symbols)
    }

    /// Resets a card and subscribes `symbols`, bound to locates 1, 2, ...
    pub(crate) fn on(sim: SimCard, symbols: &[&str]) -> Self {
        sim.with(Card::reset);
        let mut device = Device::open(Box::new(sim.clone())).unwrap();
        let records = RecordReader::new(device.ring(Ring::Records, 12).unwrap(), u64::MAX);
        let events = EventReader::new(device.ring(Ring::Events, 10).unwrap());
        let config = Config {
            messages_per_packet: u16::MAX..=u16::MAX,
            ..Config::default()
        };
        let line = FeedLine {
            group: u32::from_be_bytes(config.group),
            port: config.port,
        };
        device.set_lines(line, line).unwrap();
        device.set_gap_wait_ns(2_000).unwrap();
        device
            .accept_session(&config.session, config.first_sequence)
            .unwrap();
        for (slot, symbol) in (0..).zip(symbols) {
            let what = Subscription {
                symbol: (*symbol).to_owned(),
                locate: Some(u16::try_from(slot).unwrap() + 1),
                tick: 100,
                qty_shift: 0,
                levels: true,
            };
            device.subscribe(slot, &what).unwrap();
            device.sync_slot(slot, config.first_sequence).unwrap();
            device.set_halted(slot, false).unwrap();
        }
        device.enable_receive().unwrap();
        Self {
            sim,
            device,
            records,
            events,
            packets: Packetizer::new(config),
        }
    }

    /// A frame with these messages, next in sequence, not sent yet.
    pub(crate) fn frame(&mut self, messages: &[Vec<u8>]) -> Vec<u8> {
        for message in messages {
            assert!(
                self.packets.push(message).unwrap().is_none(),
                "more than one frame"
            );
        }
        self.packets.flush().expect("messages")
    }

    /// Puts a frame on a line.
    pub(crate) fn receive(&self, line: Line, frame: Vec<u8>) {
        self.sim.with(|card| card.receive(line, RxFrame::new(frame)));
    }

    /// Puts a frame on both lines.
    pub(crate) fn receive_both(&self, frame: &[u8]) {
        self.receive(Line::A, frame.to_vec());
        self.receive(Line::B, frame.to_vec());
    }

    /// Lets the card take in everything and come to rest; it must.
    pub(crate) fn rest(&mut self) {
        self.sim.with(|card| {
            card.drain_receive();
            card.run(REST_CYCLES);
        });
        self.device.wait_idle().expect("the card comes to rest");
    }

    /// All whole records that have arrived.
    pub(crate) fn take_records(&mut self) -> Vec<Record> {
        let records: Vec<_> = std::iter::from_fn(|| self.records.poll()).collect();
        let tail = self.records.tail();
        self.device.post_tail(Ring::Records, tail).unwrap();
        assert_eq!(
            (self.records.stats().crc_errors, self.records.stats().lost),
            (0, 0)
        );
        records
    }

    /// All events that have arrived.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        let events: Vec<_> = std::iter::from_fn(|| self.events.poll()).collect();
        let tail = self.events.tail();
        self.device.post_tail(Ring::Events, tail).unwrap();
        events
    }

    /// All counters, in the contract's order.
    pub(crate) fn counters(&mut self) -> Vec<u32> {
        (0..counter::COUNT)
            .map(|index| self.device.regs.counter(index).unwrap())
            .collect()
    }

    /// What has been counted since `before`, by name: `A.frames`, `B.frames`, `accepted`.
    pub(crate) fn counted_since(&mut self, before: &[u32]) -> Vec<(String, u32)> {
        let now = self.counters();
        let per_line = counter::LINE_COUNTERS.len();
        let name = |index: usize| match index / per_line {
            0 => format!("A.{}", counter::LINE_COUNTERS[index].name),
            1 => format!("B.{}", counter::LINE_COUNTERS[index - per_line].name),
            _ => counter::CORE_COUNTERS[index - 2 * per_line].name.to_owned(),
        };
        let changed = now
            .iter()
            .zip(before)
            .enumerate()
            .filter(|(_, (now, then))| now != then);
        changed
            .map(|(index, (now, then))| (name(index), now - then))
            .collect()
    }
}
