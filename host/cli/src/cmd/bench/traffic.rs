//! What the benches send: messages of one symbol, packed, on one line or both.

use contract::slot::Order;
use device::feed::Subscription;
use sim_card::{Line, Options, RxFrame, SimCard};
use wire::itch50::{
    AddOrder, AddOrderAttributed, CrossTrade, Header, Message, OrderCancel, OrderDelete, OrderExecuted,
    OrderExecutedWithPrice, OrderReplace, Trade,
};
use wire::packetizer::{Config, Packetizer};

use crate::error::CliError;
use crate::live::{Live, Setup, simulated};

/// The symbol's locate.
const LOCATE: u16 = 1;
const STOCK: [u8; 8] = *b"BENCH   ";
const PRICE: u32 = 1_000_000;
const TICK: u32 = 100;
/// Price levels the orders of a burst are spread over.
const LEVELS: u64 = 8;
const SHARES: u32 = 100;

/// A card with one symbol, and the exchange that feeds it.
pub(crate) struct Traffic {
    pub(crate) live: Live,
    pub(crate) sim: SimCard,
    packets: Packetizer,
    clock_ns: u64,
    lines: &'static [Line],
    pub(crate) sent: u64,
}

impl Traffic {
    /// Builds the card and subscribes one symbol.
    pub(crate) fn start(lines: &'static [Line], levels: bool) -> Result<Self, CliError> {
        let sim = simulated(&Options::default())?;
        let live = Live::on(Setup::around(&sim), &[subscription(levels)], 1)?;
        let packets = Packetizer::new(Config {
            messages_per_packet: u16::MAX..=u16::MAX,
            ..Config::default()
        });
        Ok(Self {
            live,
            sim,
            packets,
            clock_ns: 34_200_000_000_000,
            lines,
            sent: 0,
        })
    }

    /// Adds a message to the packet being filled; sends the packet when it is full.
    pub(crate) fn push(&mut self, message: &[u8]) -> Result<(), CliError> {
        let full = self
            .packets
            .push(message)
            .map_err(|error| CliError::Input(error.to_string()))?;
        self.sent += 1;
        self.send(full);
        Ok(())
    }

    /// Sends what has been pushed.
    pub(crate) fn flush(&mut self) {
        let rest = self.packets.flush();
        self.send(rest);
    }

    fn send(&mut self, frame: Option<Vec<u8>>) {
        let Some(bytes) = frame else { return };
        let lines = self.lines;
        self.sim.with(|card| {
            for line in lines {
                card.receive(*line, RxFrame::new(bytes.clone()));
            }
        });
    }

    /// The header of the next message.
    fn header(&mut self) -> Header {
        self.clock_ns += 1_000;
        Header {
            locate: LOCATE,
            tracking: 0,
            timestamp_ns: self.clock_ns,
        }
    }

    /// A bid at the best price for one share.
    pub(crate) const fn order(token: u32) -> Order {
        Order {
            symbol_slot: 0,
            side: b'B',
            time_in_force: b'3',
            display: b'Y',
            capacity: b'P',
            iso: b'N',
            cross_type: b'N',
            qty: 1,
            price: PRICE - TICK,
            token,
            target_ref: 0,
            orig_qty: 0,
            cl_ord_id: *b"BENCH000000001",
        }
    }

    /// An Add of `reference`, bids on even references.
    pub(crate) fn add(&mut self, reference: u64) -> Vec<u8> {
        let (side, price) = place(reference);
        let header = self.header();
        Message::from(AddOrder {
            header,
            reference,
            side,
            shares: SHARES,
            stock: STOCK,
            price,
        })
        .to_vec()
    }

    /// A Delete.
    pub(crate) fn delete(&mut self, reference: u64) -> Vec<u8> {
        let header = self.header();
        Message::from(OrderDelete { header, reference }).to_vec()
    }

    /// A message of a book or trade type; all but A, F, P and Q act on the live order `reference`.
    pub(crate) fn book_message(&mut self, kind: u8, reference: u64) -> Vec<u8> {
        let header = self.header();
        let (side, price) = place(reference);
        let (shares, match_number) = (SHARES / 2, reference);
        match kind {
            b'A' => return self.add(reference),
            b'D' => return self.delete(reference),
            b'F' => Message::from(AddOrderAttributed {
                header,
                reference,
                side,
                shares,
                stock: STOCK,
                price,
                attribution: *b"MPID",
            }),
            b'E' => Message::from(OrderExecuted {
                header,
                reference,
                shares,
                match_number,
            }),
            b'C' => Message::from(OrderExecutedWithPrice {
                header,
                reference,
                shares,
                match_number,
                printable: b'Y',
                price,
            }),
            b'X' => Message::from(OrderCancel {
                header,
                reference,
                shares,
            }),
            b'U' => Message::from(OrderReplace {
                header,
                reference,
                new_reference: reference + (1 << 32),
                shares,
                price,
            }),
            b'P' => Message::from(Trade {
                header,
                reference: 0,
                side: b'B',
                shares,
                stock: STOCK,
                price,
                match_number,
            }),
            _ => Message::from(CrossTrade {
                header,
                shares: u64::from(shares),
                stock: STOCK,
                price,
                match_number,
                cross_type: b'I',
            }),
        }
        .to_vec()
    }
}

/// The symbol as the card is told of it.
pub(crate) fn subscription(levels: bool) -> Subscription {
    Subscription {
        symbol: "BENCH".to_owned(),
        locate: Some(LOCATE),
        tick: TICK,
        qty_shift: 0,
        levels,
    }
}

fn place(reference: u64) -> (u8, u32) {
    let away = u32::try_from(reference / 2 % LEVELS).unwrap_or(0) * TICK;
    match reference % 2 {
        0 => (b'B', PRICE - TICK - away),
        _ => (b'S', PRICE + away),
    }
}
