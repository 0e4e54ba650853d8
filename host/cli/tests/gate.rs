//! Gate and order transmit on the whole card, through the driver: what leaves, byte for byte, and what does not.
#![cfg(feature = "sim")]

mod common;
#[path = "gate/gross.rs"]
mod gross;
#[path = "gate/watchdog.rs"]
mod watchdog;

use common::{REST_CYCLES, Rig, card, card_is_there};
use contract::event::{Code, ORDER_BODY, REASONS, Reason};
use contract::slot::{self, Kind};
use contract::template::{Mode, words};
use device::events::Event;
use device::gate::{Rate, Received, SlotLimits, TcpState};
use device::orders::OrderWindow;
use engine::order::{Terms, cancel, enter, modify, of_firm};
use risk::{Sale, Side};
use sim_card::{Card, Line};
use testbench::golden::ouch_rx::place;
use testbench::golden::ouch_tx::{Connection, Order, OuchTx};
use wire::itch50::{AddOrder, Header, Message};
use wire::ouch50::RESPONSE_FIELDS;
use wire::soupbintcp::Packet;

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
    /// Bytes the exchange has said.
    said: u32,
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
        device.set_port_limits(limits().rate, u64::MAX).unwrap();
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
            said: 0,
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
        added: 0,
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

/// A replace by `order` of what `event` reported sent, `orig_qty` shares.
fn in_place_of(event: &Event, order: &slot::Order, orig_qty: u32) -> slot::Order {
    slot::Order {
        target_ref: u32::try_from(event.field(ORDER_BODY, "user_ref")).unwrap(),
        orig_qty,
        ..*order
    }
}

impl Desk {
    fn events(&mut self) -> Vec<Event> {
        self.rig.sim.with(|card| card.run(REST_CYCLES));
        self.rig.take_events()
    }

    fn open_buys(&mut self) -> u32 {
        self.rig.device.exposure(0).unwrap().open_buy
    }

    fn is_refused(&mut self, kind: Kind, order: &slot::Order, reasons: &[Reason]) {
        let (event, frame) = self.submit(kind, order);
        assert_eq!((failed(&event), frame), (reasons.to_vec(), None), "{kind:?}");
    }
}

/// A Replace Order leaves byte for byte, the account grows by what it adds, and what is not the card's own order is not replaced.
#[test]
fn a_replace_adds_what_it_has_more() {
    if !card_is_there() {
        return;
    }
    let mut desk = Desk::open(Mode::Tcp);
    let first = desk.buy(400, BID);
    let sent = desk.sends(Kind::Enter, &first);
    assert_eq!(sent.field(ORDER_BODY, "value"), 400);
    let larger = desk.buy(1_000, BID);
    let larger = in_place_of(&sent, &larger, 400);
    let sent = desk.sends(Kind::Replace, &larger);
    assert_eq!((sent.field(ORDER_BODY, "value"), desk.open_buys()), (600, 1_000));
    assert_eq!(sent.field(ORDER_BODY, "user_ref"), 2);
    // Smaller: nothing is given back before the exchange has answered.
    let smaller = desk.buy(100, BID);
    let smaller = in_place_of(&sent, &smaller, 1_000);
    let sent = desk.sends(Kind::Replace, &smaller);
    assert_eq!((sent.field(ORDER_BODY, "value"), desk.open_buys()), (0, 1_000));
    // At the position limit of 5,000, and one above it.
    desk.rig.device.load_position(0, 4_000).unwrap();
    let at = |desk: &mut Desk, qty| {
        let order = desk.buy(qty, BID);
        in_place_of(&sent, &order, 100)
    };
    for _ in 0..4 {
        let order = desk.buy(225, BID);
        desk.sends(Kind::Enter, &order);
    }
    let order = at(&mut desk, 201);
    desk.is_refused(Kind::Replace, &order, &[Reason::Position]);
    let order = at(&mut desk, 200);
    desk.sends(Kind::Replace, &order);
    assert_eq!(desk.open_buys(), 1_000);
    // An order of the other symbol, or of another side, is not the one named; neither is a number that was never given.
    let order = at(&mut desk, 50);
    let elsewhere = slot::Order {
        symbol_slot: 1,
        ..order
    };
    desk.is_refused(Kind::Replace, &elsewhere, &[Reason::Original]);
    let unknown = slot::Order {
        target_ref: 99,
        ..at(&mut desk, 50)
    };
    // Of what is not known the whole quantity counts.
    desk.is_refused(Kind::Replace, &unknown, &[Reason::Position, Reason::Original]);
}

/// A response of the exchange with these fields; the others are zeros.
fn response(kind: u8, fields: &[(&str, u64)]) -> Vec<u8> {
    let known = RESPONSE_FIELDS.iter().find(|(letter, ..)| *letter == kind);
    let (_, length, _) = known.expect("a type of the table");
    let mut message = vec![0; *length];
    message[0] = kind;
    for (name, value) in fields {
        let (at, width) = place(kind, name).expect("a field of this type");
        message[at..at + width].copy_from_slice(&value.to_be_bytes()[8 - width..]);
    }
    message
}

impl Desk {
    /// The card reads the exchange's side of the connection from now on.
    fn follow(&mut self) {
        let Connection {
            addresses: [own, peer],
            ports: [own_port, peer_port],
            ..
        } = connection(Mode::Tcp);
        let received = Received {
            peer: (peer, peer_port),
            own: (own, own_port),
            sequence: ACKNOWLEDGEMENT,
        };
        self.rig.device.set_message_next(1).unwrap();
        self.rig.device.follow(&received).unwrap();
    }

    /// The exchange says this.
    fn hear(&mut self, message: &[u8]) {
        let mut exchange = connection(Mode::Tcp);
        exchange.ethernet.reverse();
        exchange.addresses.reverse();
        exchange.ports.reverse();
        let payload = Packet::Sequenced(message).to_vec();
        let mut frame = exchange.frame(&payload, ACKNOWLEDGEMENT + self.said, SEQUENCE);
        frame.resize(frame.len().max(60), 0);
        self.said += u32::try_from(payload.len()).unwrap();
        self.rig.receive(Line::O, frame);
        self.rig.rest();
    }

    /// Such a card with room for two orders.
    fn following_two() -> Self {
        let mut desk = Self::open(Mode::Tcp);
        let two = SlotLimits {
            open_orders_max: 2,
            ..limits()
        };
        desk.rig.device.set_limits(0, &two).unwrap();
        desk.rig.device.commit_limits().unwrap();
        desk.follow();
        desk
    }

    fn enters(&mut self, qty: u32) -> Event {
        let order = self.buy(qty, BID);
        self.sends(Kind::Enter, &order)
    }

    /// What `sent` reported is replaced.
    fn replaces(&mut self, sent: &Event, orig_qty: u32, qty: u32) -> Event {
        let order = self.buy(qty, BID);
        self.sends(Kind::Replace, &in_place_of(sent, &order, orig_qty))
    }

    /// So many shares are open to buy, and an order more is one too many.
    fn is_full(&mut self, open: u32) {
        assert_eq!(self.open_buys(), open);
        let order = self.buy(1, BID);
        self.is_refused(Kind::Enter, &order, &[Reason::OpenOrders]);
    }
}

/// A Replaced: numbers of the order replaced and of the one in its place, and shares open.
fn replaced(old: u64, new: u64, open: u64) -> Vec<u8> {
    let live = u64::from(b'L');
    response(
        b'U',
        &[
            ("orig_user_ref", old),
            ("user_ref", new),
            ("quantity", open),
            ("state", live),
        ],
    )
}

/// While the account follows the exchange, an order and what replaces it are one open order, to its end; a replace that is rejected ends none.
#[test]
fn a_replace_is_one_open_order_to_an_account_that_follows() {
    if !card_is_there() {
        return;
    }
    let mut desk = Desk::following_two();
    let gone = |kind, user_ref, qty| response(kind, &[("user_ref", user_ref), ("quantity", qty)]);
    // Two orders; the first is replaced by a larger one, and that by a smaller one.
    let first = desk.enters(400);
    let accepted = [("user_ref", 1), ("quantity", 400), ("state", u64::from(b'L'))];
    desk.hear(&response(b'A', &accepted));
    let second = desk.enters(300);
    desk.is_full(700);
    let larger = desk.replaces(&first, 400, 1_000);
    desk.hear(&replaced(1, 3, 1_000));
    desk.is_full(1_300);
    desk.replaces(&larger, 1_000, 100);
    desk.hear(&replaced(3, 4, 100));
    desk.is_full(400);
    // A replace that is rejected gives back what it added, and the order it meant is still one.
    desk.replaces(&second, 300, 500);
    desk.is_full(600);
    desk.hear(&response(b'J', &[("user_ref", 5)]));
    desk.is_full(400);
    // An execution between a replace and its answer: what is left of both is the new one's.
    desk.replaces(&second, 300, 600);
    desk.hear(&gone(b'E', 2, 50));
    desk.hear(&replaced(2, 6, 550));
    desk.is_full(650);
    // The last of a chain ends one order; the other one stays.
    desk.hear(&gone(b'E', 4, 100));
    desk.enters(10);
    desk.is_full(560);
    desk.hear(&gone(b'C', 6, 550));
    desk.hear(&gone(b'C', 7, 10));
    assert_eq!(desk.open_buys(), 0);
    assert_eq!(desk.rig.device.exposure(0).unwrap().position, 150);
    desk.enters(10);
    desk.enters(10);
    desk.is_full(20);
    let counters = desk.rig.counters();
    for name in ["ouch_unknown", "ouch_malformed", "ouch_left", "ouch_missed"] {
        assert_eq!(counters[contract::counter::core(name)], 0, "{name}");
    }
}

/// What is no order: each kind byte for byte, which of them a kill and a disarmed gate stop, and numbers that go on.
#[test]
fn what_only_takes_away_passes_a_kill() {
    if !card_is_there() {
        return;
    }
    const FIRM: [u8; 4] = *b"FRGE";
    for mode in [Mode::Tcp, Mode::Udp] {
        let mut desk = Desk::open(mode);
        let order = desk.buy(100, BID);
        desk.sends(Kind::Enter, &order);
        desk.sends(Kind::EnableEntry, &of_firm(FIRM, None, 0));
        desk.rig.device.kill().unwrap();
        desk.rig.device.disarm().unwrap();
        let told = desk.events();
        assert!(
            matches!(
                told[..],
                [Event {
                    code: Some(Code::Kill),
                    ..
                }]
            ),
            "{told:?}"
        );
        let user_ref = |event: &Event| event.field(ORDER_BODY, "user_ref");
        let modified = desk.sends(Kind::Modify, &modify(0, 1, b'S', 60, 0));
        let cancelled = desk.sends(Kind::Cancel, &cancel(0, 1, 0));
        let mass = desk.sends(Kind::MassCancel, &of_firm(FIRM, Some(*b"        "), 0));
        let disabled = desk.sends(Kind::DisableEntry, &of_firm(FIRM, None, 0));
        let numbers = [modified, cancelled, mass, disabled].map(|event| user_ref(&event));
        assert_eq!(numbers, [1, 1, 3, 4]);
        let let_in = of_firm(FIRM, None, 0);
        desk.is_refused(Kind::EnableEntry, &let_in, &[Reason::Killed, Reason::NotArmed]);
        let order = desk.buy(100, BID);
        desk.is_refused(Kind::Enter, &order, &[Reason::Killed, Reason::NotArmed]);
        assert_eq!(
            desk.open_buys(),
            100,
            "nothing is given back before the exchange has answered"
        );
    }
}
