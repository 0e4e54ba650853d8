//! Gate and order transmit on the whole card, through the driver: what leaves, byte for byte, and what does not.
#![cfg(feature = "sim")]

mod common;

use common::{REST_CYCLES, Rig, card, card_is_there};
use contract::event::{Code, ORDER_BODY, REASONS, Reason};
use contract::slot::{self, Kind};
use contract::template::{Mode, words};
use device::events::Event;
use device::gate::{Rate, SlotLimits, TcpState};
use device::orders::OrderWindow;
use engine::order::{Terms, enter};
use risk::{Sale, Side};
use sim_card::{Card, Line};
use testbench::golden::ouch_tx::{Connection, Order, OuchTx};
use wire::itch50::{AddOrder, Header, Message};

const EPOCH: u16 = 5;
const BID: u32 = 1_000_000;
const ASK: u32 = 1_000_100;
/// First sequence of the connection, and what it acknowledges.
const SEQUENCE: u32 = 7_000;
const ACKNOWLEDGEMENT: u32 = 9_000;

fn connection(mode: Mode) -> Connection {
    Connection {
        mode,
        ethernet: [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]],
        addresses: [[10, 0, 0, 1], [10, 0, 0, 2]],
        ttl: 64,
        identification: 0,
        ports: [4_000, 5_000],
        window: 60_000,
    }
}

fn limits() -> SlotLimits {
    SlotLimits {
        qty_max: 1_000,
        collar: 1_000,
        position_max: 5_000,
        open_orders_max: 100,
        notional_max: 1 << 40,
        rate: Rate {
            tokens: 60_000,
            refill_ns: 1,
        },
        permit: contract::reg::permit::SIDES,
        bands: None,
        throttle: u16::MAX,
    }
}

/// A card with two symbols, a book and an armed gate, and the transmitter's golden model set up as the card's.
struct Desk {
    rig: Rig,
    window: OrderWindow,
    golden: OuchTx,
    token: u32,
}

fn side(locate: u16, side: u8, price: u32, reference: u64) -> Vec<u8> {
    let add = AddOrder {
        header: Header {
            locate,
            tracking: 0,
            timestamp_ns: 34_200_000_000_000 + reference,
        },
        reference,
        side,
        shares: 500,
        stock: if locate == 1 { *b"TEST    " } else { *b"ELSE    " },
        price,
    };
    Message::from(add).to_vec()
}

impl Desk {
    fn open(mode: Mode) -> Self {
        let mut rig = Rig::on(card(), &["TEST", "ELSE"]);
        let book = rig.frame(&[
            side(1, b'B', BID, 1),
            side(1, b'S', ASK, 2),
            side(2, b'B', BID, 3),
            side(2, b'S', ASK, 4),
        ]);
        rig.receive_both(&book);
        rig.rest();
        let device = &mut rig.device;
        let mut golden = OuchTx::new(16);
        golden.connection = Some(connection(mode));
        golden.symbols[0] = *b"TEST    ";
        golden.symbols[1] = *b"ELSE    ";
        golden.tcp_seq = SEQUENCE;
        device
            .load_template(&words(mode, &connection(mode).headers()))
            .unwrap();
        for slot in 0..2 {
            device.set_limits(slot, &limits()).unwrap();
        }
        device.set_port_rate(limits().rate).unwrap();
        device.commit_limits().unwrap();
        device.set_heartbeat_timeout_ns(u32::MAX).unwrap();
        let tcp = TcpState {
            sequence: SEQUENCE,
            acknowledgement: ACKNOWLEDGEMENT,
            peer_window: 60_000,
        };
        device.set_tcp(tcp).unwrap();
        let window = OrderWindow::open(device, EPOCH).unwrap();
        device.heartbeat().unwrap();
        device.arm().unwrap();
        rig.take_events();
        Self {
            rig,
            window,
            golden,
            token: 0,
        }
    }

    fn buy(&mut self, qty: u32, price: u32) -> slot::Order {
        self.token += 1;
        let order = risk::Order {
            slot: 0,
            side: Side::Buy,
            sale: Sale::Long,
            qty,
            price,
            token: self.token,
        };
        enter(&order, Terms { immediate: false })
    }

    /// What the card makes of a request: its event, and the frame if one left.
    fn submit(&mut self, kind: Kind, order: &slot::Order) -> (Event, Option<Vec<u8>>) {
        let seq = self.window.submit(&mut self.rig.device, order, kind).unwrap();
        self.rig.sim.with(|card| card.run(REST_CYCLES));
        let events = self.rig.take_events();
        let [event] = events[..] else { panic!("{events:?}") };
        assert_eq!(event.field(ORDER_BODY, "order_seq"), u64::from(seq));
        self.window.acknowledge(seq);
        let frame = self.rig.sim.with(Card::transmitted);
        let frame = frame.map(|frame| {
            assert!(!frame.aborted && !frame.underrun);
            frame.bytes
        });
        assert_eq!(event.code == Some(Code::OrderSent), frame.is_some(), "{event:?}");
        assert!(
            self.rig.sim.with(Card::transmitted).is_none(),
            "one frame an order"
        );
        (event, frame)
    }

    /// The frame of a granted request, as the golden model's, byte for byte.
    fn sends(&mut self, kind: Kind, order: &slot::Order) -> Event {
        let (event, frame) = self.submit(kind, order);
        let wanted = self.golden.grant(&golden(kind, order), ACKNOWLEDGEMENT);
        self.golden.ended(&wanted, false);
        let failed: Vec<_> = failed(&event);
        assert_eq!(frame, Some(wanted.bytes), "{kind:?}, refused for {failed:?}");
        event
    }
}

/// Checks a refused request has failed.
fn failed(event: &Event) -> Vec<Reason> {
    let checks = event.field(ORDER_BODY, "checks");
    let all = REASONS.into_iter();
    all.filter(|reason| checks >> *reason as u32 & 1 == 1).collect()
}

fn golden(kind: Kind, order: &slot::Order) -> Order {
    Order {
        kind,
        slot: order.symbol_slot.into(),
        letters: [
            order.side,
            order.time_in_force,
            order.display,
            order.capacity,
            order.iso,
            order.cross_type,
        ],
        qty: order.qty,
        price: order.price,
        token: order.token,
        target_ref: order.target_ref,
        cl_ord_id: order.cl_ord_id,
        order_seq: 0,
        stamp: 0,
    }
}

/// Bytes of a template a host gone wrong, or one that means harm, writes instead of those of a plain segment: (offset, value).
const FORGED: [(usize, u8, &str); 14] = [
    (12, 0x81, "802.1Q"),
    (13, 0x06, "another EtherType"),
    (14, 0x46, "an IPv4 option"),
    (14, 0x65, "another version"),
    (20, 0x20, "more fragments"),
    (21, 0x01, "a fragment's offset"),
    (23, 0x2f, "another protocol"),
    (46, 0x60, "a TCP option over the first payload bytes"),
    (46, 0xf0, "a header longer than the segment"),
    (46, 0x51, "reserved bits"),
    (47, 0x38, "URG"),
    (47, 0x19, "FIN"),
    (47, 0x02, "SYN"),
    (53, 0x05, "an urgent pointer"),
];

/// Whatever the template says, an order leaves as a plain segment with its payload at the card's sequence.
#[test]
fn no_forged_template_moves_the_bytes_of_an_order() {
    if !card_is_there() {
        return;
    }
    for mode in [Mode::Tcp, Mode::Udp] {
        let mut desk = Desk::open(mode);
        let honest = words(mode, &connection(mode).headers());
        let forge = |template: &mut [u32; 16], at: usize, value: u8| {
            let shift = 8 * (at % 4);
            template[at / 4] = template[at / 4] & !(0xff << shift) | u32::from(value) << shift;
        };
        let mut all = honest;
        for (at, value, what) in FORGED {
            let mut template = honest;
            forge(&mut template, at, value);
            forge(&mut all, at, value);
            desk.rig.device.load_template(&template).unwrap();
            let order = desk.buy(10, BID);
            let event = desk.sends(Kind::Enter, &order);
            assert_eq!(event.field(ORDER_BODY, "aborted"), 0, "{what}");
        }
        desk.rig.device.load_template(&all).unwrap();
        let order = desk.buy(10, BID);
        desk.sends(Kind::Enter, &order);
    }
}
