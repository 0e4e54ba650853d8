//! The host's side of a session: the card, its rings and windows, the connection, and a wire with faults.

use crate::common::{Rig, card};
use crate::forge::{self, Outcome};
use crate::peer::{ADDRESS, LOGIN, OUR_ADDRESS, OUR_MAC, PORT, Peer};
use contract::event::{Code, ORDER_BODY};
use contract::ring::Ring;
use contract::slot::Kind;
use device::frames::FrameReader;
use device::gate::{Rate, SlotLimits, TcpState};
use device::orders::OrderWindow;
use engine::order::{Terms, cancel, enter, message};
use engine::tcp::{Connection, Endpoints, Registers};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use risk::{Order, Sale, Side};
use sim_card::{Card, Line};
use std::collections::BTreeMap;
use wire::itch50::{AddOrder, Header, Message};
use wire::soupbintcp::{Client, ClientConfig, ClientEvent, Packet};
use wire::{ethernet, ipv4, tcp};

const EPOCH: u16 = 1;
const OUR_PORT: u16 = 40_001;
const PRICE: u32 = 1_000_000;
/// Cycles of the card in a turn, and behind a frame written into its window.
const TURN_CYCLES: u64 = 150;
/// Turns anything may take.
const TURNS_MAX: u32 = 200_000;

/// Of so many frames with payload one is lost in any case.
const LOST_EACH: u32 = 24;

/// Turns in which a window that is shut is looked at, more than a probe takes, and in which the peer is not heard.
const SHUT_TURNS: u32 = 400;
const DEAF_TURNS: u32 = 40;
/// No window takes so many orders.
const FILL_MAX: usize = 200;

/// The right edge of the peer's window (RFC 9293, 3.8.6): nothing with payload may reach past it.
#[derive(Debug, Default)]
struct Edge {
    shift: u8,
    edge: Option<u32>,
    /// Segments of the card's side that were held against it.
    checked: usize,
}

fn segment(frame: &[u8]) -> Option<tcp::Segment<&[u8]>> {
    let at = ethernet::HEADER_LEN;
    let packet = ipv4::Packet::new_checked(frame.get(at..)?).ok()?;
    if packet.protocol() != ipv4::PROTOCOL_TCP {
        return None;
    }
    let end = at + packet.total_len();
    tcp::Segment::new_checked(frame.get(at + ipv4::HEADER_LEN..end)?).ok()
}

impl Edge {
    /// A segment of the peer that the card hears.
    fn learn(&mut self, frame: &[u8]) {
        let Some(segment) = segment(frame) else { return };
        let header = tcp::Repr::parse(&segment);
        if header.flags & tcp::flag::SYN != 0 {
            // The options begin behind the header of a frame without 802.1Q; kind 3 has the shift.
            let options = &frame[ethernet::HEADER_LEN + ipv4::HEADER_LEN + tcp::HEADER_LEN..];
            let options = &options[..segment.header_len() - tcp::HEADER_LEN];
            self.shift = options.windows(3).find(|o| o[..2] == [3, 3]).map_or(0, |o| o[2]);
        }
        let shift = if header.flags & tcp::flag::SYN == 0 {
            self.shift
        } else {
            0
        };
        let edge = header
            .acknowledgement
            .wrapping_add(u32::from(header.window) << shift);
        let known = self.edge.get_or_insert(edge);
        if edge.wrapping_sub(*known).cast_signed() > 0 {
            *known = edge;
        }
    }

    /// A frame of the card's side.
    fn check(&mut self, frame: &[u8]) {
        let Some((segment, edge)) = segment(frame).zip(self.edge) else {
            return;
        };
        let header = tcp::Repr::parse(&segment);
        let length = u32::try_from(segment.payload().len()).unwrap();
        let end = header.sequence.wrapping_add(length);
        if length > 0 {
            self.checked += 1;
            assert!(
                end.wrapping_sub(edge).cast_signed() <= 0,
                "{length} bytes up to {end}, past the window's edge {edge}"
            );
        }
    }
}

pub(crate) struct Desk {
    rig: Rig,
    frames: FrameReader,
    window: OrderWindow,
    pub(crate) connection: Connection,
    client: Client,
    random: StdRng,
    faults_percent: u64,
    /// A frame that is overtaken, each way.
    late: [Option<Vec<u8>>; 2],
    /// Frames with payload the card's side sent.
    carried: u32,
    armed: bool,
    registers: Registers,
    /// Requests without their event, by order_seq.
    waiting: BTreeMap<u32, (Kind, contract::slot::Order)>,
    raw: BTreeMap<u32, Vec<u8>>,
    /// OUCH messages the card reported sent, in order.
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) bytes: usize,
    pub(crate) smallest_window: u32,
    edge: Edge,
    /// Nothing of the peer's arrives.
    deaf: bool,
    responses: Vec<Vec<u8>>,
    logged_in: bool,
    token: u32,
}

fn order_side(price: u32, side: u8, reference: u64) -> Vec<u8> {
    let add = AddOrder {
        header: Header {
            locate: 1,
            tracking: 0,
            timestamp_ns: 34_200_000_000_000 + reference,
        },
        reference,
        side,
        shares: 500,
        stock: *b"TEST    ",
        price,
    };
    Message::from(add).to_vec()
}

impl Desk {
    /// A card with a book and an armed gate; the connection begins.
    pub(crate) fn connect(peer: &dyn Peer, seed: u64, faults_percent: u64) -> Self {
        let mut rig = Rig::on(card(), &["TEST"]);
        rig.device.require_frames().unwrap();
        let book = rig.frame(&[order_side(PRICE, b'B', 1), order_side(PRICE + 100, b'S', 2)]);
        rig.receive_both(&book);
        rig.rest();
        let rate = Rate {
            tokens: 60_000,
            refill_ns: 1,
        };
        let limits = SlotLimits {
            qty_max: 1_000,
            collar: 10_000,
            position_max: 1_000_000,
            open_orders_max: 60_000,
            notional_max: 1 << 50,
            rate,
            permit: contract::reg::permit::SIDES,
            bands: None,
            throttle: u16::MAX,
        };
        rig.device.set_limits(0, &limits).unwrap();
        rig.device.set_port_limits(rate, u64::MAX).unwrap();
        rig.device.commit_limits().unwrap();
        rig.device.set_heartbeat_timeout_ns(u32::MAX).unwrap();
        let window = OrderWindow::open(&mut rig.device, EPOCH).unwrap();
        rig.device.heartbeat().unwrap();
        rig.device.arm().unwrap();
        let frames = FrameReader::new(rig.device.ring(Ring::Frames, 10).unwrap());
        let ends = Endpoints {
            ethernet: OUR_MAC,
            address: OUR_ADDRESS,
            prefix: 24,
            port: OUR_PORT,
            peer: ADDRESS,
            peer_port: PORT,
        };
        Self {
            rig,
            frames,
            window,
            connection: Connection::open(ends, seed, peer.now_us()).unwrap(),
            client: Client::new(ClientConfig::new(LOGIN), 0),
            random: StdRng::seed_from_u64(seed),
            faults_percent,
            late: [None, None],
            carried: 0,
            armed: false,
            registers: Registers::default(),
            waiting: BTreeMap::new(),
            raw: BTreeMap::new(),
            sent: Vec::new(),
            bytes: 0,
            smallest_window: u32::MAX,
            edge: Edge::default(),
            deaf: false,
            responses: Vec::new(),
            logged_in: false,
            token: 0,
        }
    }

    /// Whether this frame of the card's side is one of those lost however the dice fall: against a peer with a clock of its own, how many dice are
    /// thrown before a request leaves is not for the seed to say, and something has to be retransmitted in every session.
    fn is_lost_anyway(&mut self, frame: &[u8]) -> bool {
        if self.faults_percent == 0 || segment(frame).is_none_or(|s| s.payload().is_empty()) {
            return false;
        }
        self.carried += 1;
        self.carried % LOST_EACH == LOST_EACH / 2
    }

    /// What becomes of a frame on the wire: lost, doubled, overtaken by the next one, or nothing.
    fn fate(&mut self, way: usize, frame: Vec<u8>) -> Vec<Vec<u8>> {
        if way == 0 && self.is_lost_anyway(&frame) {
            return Vec::new();
        }
        let faulty = self.random.random_range(0..100) < self.faults_percent;
        let mut out = match (faulty, self.random.random_range(0..3)) {
            (true, 0) => Vec::new(),
            (true, 1) => vec![frame.clone(), frame],
            (true, _) if self.late[way].is_none() => {
                self.late[way] = Some(frame);
                return Vec::new();
            }
            _ => vec![frame],
        };
        out.extend(self.late[way].take());
        out
    }

    /// One turn of everything.
    pub(crate) fn turn(&mut self, peer: &mut dyn Peer) {
        self.rig.sim.with(|card| card.run(TURN_CYCLES));
        while let Some(frame) = self.rig.sim.with(Card::transmitted) {
            assert!(!frame.underrun, "a gap inside a frame");
            self.edge.check(&frame.bytes);
            for frame in self.fate(0, frame.bytes) {
                peer.put(&frame);
            }
        }
        while let Some(frame) = peer.take() {
            if self.deaf {
                continue;
            }
            for frame in self.fate(1, frame) {
                self.edge.learn(&frame);
                self.rig.receive(Line::O, frame);
            }
        }
        self.rig.sim.with(|card| card.run(TURN_CYCLES));
        let arrived: Vec<_> = std::iter::from_fn(|| self.frames.poll()).collect();
        self.rig
            .device
            .post_tail(Ring::Frames, self.frames.tail())
            .unwrap();
        for event in self.rig.take_events() {
            self.hear(&event);
        }
        for frame in arrived {
            self.connection.receive(frame.bytes);
        }
        self.connection.turn(peer.now_us());
        while let Some(frame) = self.connection.transmit() {
            self.rig.device.send_frame(&frame).unwrap();
            self.rig.sim.with(|card| card.run(TURN_CYCLES));
        }
        let bytes = self.connection.read();
        for event in self.client.receive(&bytes, 0) {
            match event {
                ClientEvent::Accepted { .. } => self.logged_in = true,
                ClientEvent::Message { bytes, .. } => self.responses.push(bytes),
                other => panic!("{other:?}"),
            }
        }
        self.tell_card();
    }

    /// Acknowledgements and window of the connection go into the card's registers.
    fn tell_card(&mut self) {
        let now = self.connection.registers();
        if !self.armed || now == self.registers {
            return;
        }
        self.registers = now;
        self.smallest_window = self.smallest_window.min(now.peer_window);
        let device = &mut self.rig.device;
        device.tcp_received(now.acknowledgement).unwrap();
        device.tcp_peer_window(now.peer_window).unwrap();
        device.tcp_acknowledged(now.peer_acknowledgement).unwrap();
    }

    fn hear(&mut self, event: &device::events::Event) {
        let field = |name| u32::try_from(event.field(ORDER_BODY, name)).unwrap();
        match event.code {
            Some(Code::OrderSent) => {}
            Some(Code::OrderRejected) => panic!("refused, checks {:#x}", field("checks")),
            _ => return,
        }
        let order_seq = field("order_seq");
        self.window.acknowledge(order_seq);
        assert_eq!(field("aborted"), 0);
        let payload = if let Some(payload) = self.raw.remove(&order_seq) {
            payload
        } else {
            let (kind, order) = self.waiting.remove(&order_seq).expect("a request of ours");
            let symbol = *b"TEST    ";
            let message = message(kind, &order, field("user_ref"), symbol).expect("no raw payload");
            self.sent.push(message.clone());
            Packet::Unsequenced(&message).to_vec()
        };
        self.bytes += payload.len();
        self.connection.sent(field("tcp_seq"), &payload).unwrap();
    }

    fn until(&mut self, peer: &mut dyn Peer, what: &str, done: impl Fn(&mut Self, &mut dyn Peer) -> bool) {
        for _ in 0..TURNS_MAX {
            if done(self, peer) {
                return;
            }
            self.turn(peer);
        }
        panic!("{what}: never; {:?}", self.connection);
    }

    pub(crate) fn login(&mut self, peer: &mut dyn Peer) {
        self.until(peer, "connected", |d, _| d.connection.is_established());
        let login = self.client.take_output();
        self.connection.send(&login).unwrap();
        self.until(peer, "logged in", |d, _| {
            d.logged_in && d.connection.unacknowledged() == 0
        });
    }

    /// A host gone wrong writes orders into the window, at the first byte that is not acknowledged and elsewhere; none of them leaves, and the card says
    /// so.
    pub(crate) fn forge(&mut self) {
        let registers = self.connection.registers();
        let (next, acknowledgement) = (registers.peer_acknowledgement, registers.acknowledgement);
        let counted = |desk: &mut Self| {
            let counters = desk.rig.counters();
            [
                "frames_sent",
                "frames_refused",
                "frames_unread",
                "frames_withheld",
            ]
            .map(|name| counters[contract::counter::core(name)])
        };
        for (frame, outcome) in forge::frames(OUR_PORT, next, 50, acknowledgement) {
            let [sent, refused, unread, withheld] = counted(self);
            self.rig.device.send_frame(&frame).unwrap();
            self.rig.sim.with(|card| card.run(TURN_CYCLES));
            let expected = match outcome {
                Outcome::Unread => [sent, refused, unread + 1, withheld],
                Outcome::Withheld => [sent, refused, unread, withheld + 1],
            };
            assert_eq!(counted(self), expected, "{outcome:?}: {frame:02x?}");
        }
    }

    /// The transmit side becomes the card's.
    pub(crate) fn take_over(&mut self) {
        let handover = self.connection.arm().unwrap();
        let device = &mut self.rig.device;
        device.load_template(&handover.template).unwrap();
        device
            .set_tcp(TcpState {
                sequence: handover.sequence,
                acknowledgement: handover.registers.acknowledgement,
                peer_window: handover.registers.peer_window,
            })
            .unwrap();
        self.registers = handover.registers;
        self.armed = true;
    }

    /// Whether the peer's window has room for what is under way and one more: the gate's check, made by the host as well.
    fn has_room(&mut self) -> bool {
        let waiting = self.waiting.len() + self.raw.len() + 1;
        let bytes = self.connection.unacknowledged() + 50 * waiting;
        bytes <= self.registers.peer_window as usize && waiting < 60
    }

    /// Turns in which nothing becomes of an order that waits.
    fn is_shut(&mut self, peer: &mut dyn Peer, turns: u32) -> bool {
        for _ in 0..turns {
            if self.has_room() {
                return false;
            }
            self.turn(peer);
        }
        true
    }

    /// The peer stops reading: orders go out until none fits its window, and wait. It goes on, says so once, and the connection
    /// finds out even when that is lost. Gives the orders that filled the window.
    pub(crate) fn closed_window(&mut self, peer: &mut dyn Peer) -> usize {
        peer.pause(true);
        while !self.is_shut(peer, SHUT_TURNS) {
            assert!(self.sent.len() < FILL_MAX, "the window never closes");
            self.one_order(peer);
        }
        let filled = self.sent.len();
        assert!(filled > 5, "{filled} orders fill the window");
        let (before, window) = (self.connection.stats(), self.registers.peer_window);
        for _ in 0..SHUT_TURNS {
            self.turn(peer);
        }
        assert!(!self.has_room() && self.sent.len() == filled);
        println!(
            "{filled} orders, then a window of {window} bytes, edge {:?}; {before:?}",
            self.edge.edge
        );
        // What the peer says of its opening is lost on the way.
        peer.pause(false);
        self.deaf = true;
        for _ in 0..DEAF_TURNS {
            self.turn(peer);
        }
        self.deaf = false;
        for _ in 0..10 {
            self.one_order(peer);
        }
        self.until(peer, "everything answered", |d, _| {
            d.responses.len() == filled + 10 && d.connection.unacknowledged() == 0
        });
        assert_eq!(peer.messages(), self.sent, "once each and in order");
        assert!(self.edge.checked > filled, "segments held against the window");
        filled
    }

    fn one_order(&mut self, peer: &mut dyn Peer) {
        self.token += 1;
        let buys = self.token.is_multiple_of(2);
        let order = Order {
            slot: 0,
            side: if buys { Side::Buy } else { Side::Sell },
            sale: Sale::Long,
            qty: 100,
            // A sale above the open buys: no order against an own one.
            price: if buys { PRICE } else { PRICE + 100 },
            token: self.token,
        };
        self.submit(peer, Kind::Enter, enter(&order, Terms { immediate: true }));
    }

    fn submit(&mut self, peer: &mut dyn Peer, kind: Kind, order: contract::slot::Order) {
        self.until(peer, "room in the window", |d, _| d.has_room());
        let seq = self.window.submit(&mut self.rig.device, &order, kind).unwrap();
        self.waiting.insert(seq, (kind, order));
    }

    fn heartbeat(&mut self, peer: &mut dyn Peer) {
        self.until(peer, "room in the window", |d, _| d.has_room());
        let payload = Packet::ClientHeartbeat.to_vec();
        let seq = self.window.submit_raw(&mut self.rig.device, &payload, 0).unwrap();
        self.raw.insert(seq, payload);
    }

    pub(crate) fn trade(&mut self, peer: &mut dyn Peer, orders: u32) {
        for n in 0..orders {
            self.token += 1;
            let order = Order {
                slot: 0,
                side: if n % 2 == 0 { Side::Buy } else { Side::Sell },
                sale: Sale::Long,
                qty: 100 + n,
                // A sale above the open buys: no order against an own one.
                price: if n % 2 == 0 { PRICE } else { PRICE + 100 },
                token: self.token,
            };
            let terms = Terms { immediate: true };
            self.submit(peer, Kind::Enter, enter(&order, terms));
            if n % 4 == 0 {
                self.heartbeat(peer);
            }
            if n % 5 == 0 {
                self.token += 1;
                self.submit(peer, Kind::Cancel, cancel(0, n + 1, self.token));
            }
            if n % 16 == 5 {
                self.forge();
            }
            for _ in 0..self.random.random_range(0..3) {
                self.turn(peer);
            }
        }
        let requests = orders as usize + orders.div_ceil(5) as usize;
        self.until(peer, "everything answered", |d, _| {
            d.sent.len() == requests && d.responses.len() == requests && d.connection.unacknowledged() == 0
        });
        assert_eq!(
            peer.messages(),
            self.sent,
            "what the peer got, and what the card sent"
        );
        assert_eq!(self.responses, self.sent, "the answers: each message comes back");
        assert_eq!(self.frames.broken(), 0);
    }

    /// The peer resets the connection; the host sees it.
    pub(crate) fn end(&mut self, peer: &mut dyn Peer) {
        self.rig.device.disarm().unwrap();
        self.faults_percent = 0;
        peer.reset();
        // Something the peer leaves unread.
        self.heartbeat(peer);
        self.until(peer, "the reset", |d, _| d.connection.is_closed());
        let counters = self.rig.counters();
        let count = |name| counters[contract::counter::core(name)];
        assert!(count("frames_received") > 0 && count("frames_sent") > 0);
        assert_eq!(count("frames_refused"), 0);
    }
}
