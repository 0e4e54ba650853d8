//! Fabric triggers on the whole card, through the driver: the order on the wire, the events, every cause, bad frames, a generated day.
#![cfg(feature = "sim")]

mod common;

use common::{REST_CYCLES, Rig, card_is_there};
use contract::event::{Code, ORDER_BODY, Reason, TriggerCause};
use contract::slot::Kind;
use contract::template::{Mode, words};
use contract::trigger::{COMPARES, Compare, Condition, Trigger};
use device::events::Event;
use device::gate::{Rate, SlotLimits};
use device::orders::OrderWindow;
use device::records::Record;
use device::trigger::TriggerEvent;
use sim_card::{Card, Line, RxFrame};
use testbench::golden::ouch_tx::{Connection, Order, OuchTx};
use wire::itch50::{AddOrder, Header, Message, OrderDelete, StockTradingAction};

const SYMBOL: &str = "TRIG";
const EPOCH: u16 = 3;
const FOREVER: u64 = (1 << 48) - 1;
/// A buy at the ask when three quarters of the best quantities are bids.
const HALF: Condition = Condition {
    compare: Compare::ObiAtLeast,
    threshold: 16_384,
};

fn connection() -> Connection {
    Connection {
        mode: Mode::Udp,
        ethernet: [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]],
        addresses: [[10, 0, 0, 1], [10, 0, 0, 2]],
        ttl: 64,
        identification: 0,
        ports: [4_000, 5_000],
        window: 0,
    }
}

/// The transmitter's golden model, set up as the card's.
fn transmitter() -> OuchTx {
    let mut golden = OuchTx::new(16);
    golden.connection = Some(connection());
    golden.symbols[0] = *b"TRIG    ";
    golden
}

fn order(condition: Condition) -> Trigger {
    Trigger {
        side: b'B',
        time_in_force: b'3',
        display: b'Y',
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        qty: 100,
        price: 1_010_000,
        token: 77,
        cl_ord_id: *b"TRIGGER0000042",
        condition,
        itch_expiry_ns: FOREVER,
        expiry_ns: u64::MAX,
    }
}

/// A card with one symbol, its gate open, and a book of one order a side.
struct Desk {
    rig: Rig,
    clock_ns: u64,
    reference: u64,
    arm_seq: u32,
}

impl Desk {
    fn open() -> Self {
        let mut rig = Rig::new(&[SYMBOL]);
        let device = &mut rig.device;
        device
            .load_template(&words(Mode::Udp, &connection().headers()))
            .unwrap();
        let limits = SlotLimits {
            qty_max: 1_000,
            collar: 100_000,
            position_max: 1_000_000,
            open_orders_max: 10_000,
            notional_max: u64::MAX,
            rate: Rate {
                tokens: 60_000,
                refill_ns: 1,
            },
            permit: contract::reg::permit::SIDES,
            bands: None,
            throttle: u16::MAX,
        };
        device.set_limits(0, &limits).unwrap();
        device.set_port_limits(limits.rate, u64::MAX).unwrap();
        device.commit_limits().unwrap();
        device.set_heartbeat_timeout_ns(u32::MAX).unwrap();
        OrderWindow::open(device, EPOCH).unwrap();
        device.heartbeat().unwrap();
        device.arm().unwrap();
        let mut desk = Self {
            rig,
            clock_ns: 1_000_000,
            reference: 0,
            arm_seq: 0,
        };
        desk.add(b'B', 100, 1_000_000);
        desk.add(b'S', 100, 1_010_000);
        desk.rig.rest();
        desk.rig.take_events();
        desk
    }

    fn header(&mut self) -> Header {
        self.clock_ns += 1_000;
        Header {
            locate: 1,
            tracking: 0,
            timestamp_ns: self.clock_ns,
        }
    }

    fn message(&mut self, side: u8, shares: u32, price: u32) -> Vec<u8> {
        self.reference += 1;
        let header = self.header();
        Message::from(AddOrder {
            header,
            reference: self.reference,
            side,
            shares,
            stock: *b"TRIG    ",
            price,
        })
        .to_vec()
    }

    fn send(&mut self, messages: &[Vec<u8>]) {
        let frame = self.rig.frame(messages);
        self.rig.receive(Line::A, frame);
    }

    fn add(&mut self, side: u8, shares: u32, price: u32) {
        let message = self.message(side, shares, price);
        self.send(&[message]);
    }

    /// The message that makes the condition hold, and the one that undoes it.
    fn push_up(&mut self) {
        self.add(b'B', 900, 1_000_000);
        self.rig.rest();
    }

    fn pull_down(&mut self) {
        let header = self.header();
        let reference = self.reference;
        self.send(&[Message::from(OrderDelete { header, reference }).to_vec()]);
        self.rig.rest();
    }

    fn arm(&mut self, trigger: &Trigger) -> u32 {
        self.arm_seq += 1;
        // A token is used once.
        let trigger = &Trigger {
            token: trigger.token + self.arm_seq - 1,
            ..*trigger
        };
        let device = &mut self.rig.device;
        device.arm_trigger(0, trigger, self.arm_seq, EPOCH).unwrap();
        self.rig.sim.with(|card| card.run(20));
        self.arm_seq
    }

    fn is_armed(&mut self) -> bool {
        self.rig.device.triggers_armed().unwrap() == 1
    }

    /// What the card has told of triggers and orders.
    fn told(&mut self) -> (Vec<TriggerEvent>, Vec<Event>) {
        self.rig.sim.with(|card| card.run(REST_CYCLES));
        let events = self.rig.take_events();
        let orders = events
            .iter()
            .filter(|e| matches!(e.code, Some(Code::OrderSent | Code::OrderRejected)));
        (
            events.iter().filter_map(TriggerEvent::of).collect(),
            orders.copied().collect(),
        )
    }

    fn counter(&mut self, name: &str) -> u32 {
        self.rig
            .device
            .regs
            .counter(contract::counter::core(name))
            .unwrap()
    }
}

#[test]
fn an_order_leaves_once_byte_for_byte() {
    if !card_is_there() {
        return;
    }
    let mut desk = Desk::open();
    let arm_seq = desk.arm(&order(HALF));
    assert!(desk.is_armed());
    assert_eq!(desk.told().0, [], "arming alone does nothing");
    desk.push_up();
    let (triggers, orders) = desk.told();
    let [fired] = triggers[..] else {
        panic!("{triggers:?}")
    };
    assert_eq!(
        (fired.arm_seq, fired.token, fired.cause, fired.slot),
        (arm_seq, 77, None, 0)
    );
    let what = fired.fired.expect("it fired");
    assert_eq!((what.bid_qty, what.ask_qty), (1_000, 100));
    let [sent] = orders[..] else { panic!("{orders:?}") };
    let field = |name| sent.field(ORDER_BODY, name);
    assert_eq!(sent.code, Some(Code::OrderSent));
    assert_eq!(
        [
            "trigger",
            "order_seq",
            "token",
            "user_ref",
            "aborted",
            "slot_stamp"
        ]
        .map(field),
        [1, arm_seq.into(), 77, 1, 0, what.stamp_ns]
    );
    let frame = desk.rig.sim.with(Card::transmitted).expect("a frame");
    let wanted = transmitter().grant(
        &Order {
            kind: Kind::Trigger,
            slot: 0,
            letters: *b"B3YPNN",
            qty: 100,
            price: 1_010_000,
            token: 77,
            added: 100,
            target_ref: 0,
            cl_ord_id: *b"TRIGGER0000042",
            order_seq: arm_seq,
            stamp: what.stamp_ns,
        },
        0,
    );
    assert_eq!(frame.bytes, wanted.bytes);
    assert!(!frame.aborted && !frame.underrun);
    // It was one-shot.
    desk.pull_down();
    desk.push_up();
    assert_eq!(desk.told(), (vec![], vec![]));
    let counts = [
        "triggers_armed",
        "triggers_fired",
        "triggers_disarmed",
        "triggers_refused",
    ];
    assert_eq!(counts.map(|name| desk.counter(name)), [1, 1, 0, 0]);
    assert_eq!(
        desk.rig.device.exposure(0).unwrap().open_buy,
        100,
        "the gate has booked it"
    );
}

/// Makes the card disarm for this cause.
fn strike(desk: &mut Desk, cause: TriggerCause) {
    let device = &mut desk.rig.device;
    match cause {
        TriggerCause::Killed => device.kill().unwrap(),
        TriggerCause::NotArmed => device.disarm().unwrap(),
        TriggerCause::Heartbeat => device.set_heartbeat_timeout_ns(1).unwrap(),
        TriggerCause::Session => device.accept_session(b"0000000002", 1).unwrap(),
        TriggerCause::Epoch => device.regs.write(contract::reg::global("EPOCH"), 9).unwrap(),
        TriggerCause::Stale => {
            let message = desk.message(b'B', 1, 900_000);
            let bytes = desk.rig.frame(&[message]);
            let bad = RxFrame {
                bad: true,
                ..RxFrame::new(bytes)
            };
            desk.rig.sim.with(|card| card.receive(Line::A, bad));
        }
        TriggerCause::Halted => {
            let header = desk.header();
            let halt = StockTradingAction {
                header,
                stock: *b"TRIG    ",
                state: b'H',
                reserved: b' ',
                reason: *b"T1  ",
            };
            desk.send(&[Message::from(halt).to_vec()]);
        }
        TriggerCause::Host => device.disarm_trigger(0).unwrap(),
        _ => {}
    }
}

#[test]
fn whatever_disarms_says_so_and_nothing_leaves() {
    if !card_is_there() {
        return;
    }
    for cause in [
        TriggerCause::Killed,
        TriggerCause::NotArmed,
        TriggerCause::Heartbeat,
        TriggerCause::Session,
        TriggerCause::Epoch,
        TriggerCause::Stale,
        TriggerCause::Halted,
        TriggerCause::Host,
        TriggerCause::Expired,
    ] {
        let mut desk = Desk::open();
        let mut trigger = order(HALF);
        if cause == TriggerCause::Expired {
            trigger.itch_expiry_ns = desk.clock_ns + 1_000;
        }
        let arm_seq = desk.arm(&trigger);
        assert!(desk.is_armed(), "{cause:?}");
        strike(&mut desk, cause);
        desk.rig.sim.with(|card| card.run(REST_CYCLES));
        if cause != TriggerCause::Session {
            desk.push_up();
        }
        let (triggers, orders) = desk.told();
        let told: Vec<_> = triggers.iter().map(|t| (t.arm_seq, t.cause, t.fired)).collect();
        assert_eq!(told, [(arm_seq, Some(cause), None)], "{cause:?}");
        assert_eq!(orders, [], "{cause:?}");
        assert_eq!(desk.rig.sim.with(Card::transmitted), None, "{cause:?}");
        assert!(!desk.is_armed(), "{cause:?}");
    }
}

#[test]
fn what_is_wrong_is_not_armed() {
    if !card_is_there() {
        return;
    }
    let mut desk = Desk::open();
    let strange = Trigger {
        side: b'?',
        ..order(HALF)
    };
    desk.arm(&strange);
    desk.arm(&order(HALF));
    desk.arm(&order(HALF));
    let device = &mut desk.rig.device;
    device.arm_trigger(0, &order(HALF), 4, EPOCH).unwrap();
    device.disarm_trigger(0).unwrap();
    let late = Trigger {
        expiry_ns: 0,
        ..order(HALF)
    };
    let causes = |desk: &mut Desk| -> Vec<_> { desk.told().0.iter().map(|t| (t.arm_seq, t.cause)).collect() };
    assert_eq!(
        causes(&mut desk),
        [
            (1, Some(TriggerCause::Malformed)),
            (3, Some(TriggerCause::Busy)),
            (4, Some(TriggerCause::Busy)),
            (2, Some(TriggerCause::Host)),
        ]
    );
    desk.arm_seq = 4;
    desk.arm(&late);
    assert_eq!(
        causes(&mut desk),
        [(5, Some(TriggerCause::Expired))],
        "card time alone"
    );
    desk.rig
        .device
        .arm_trigger(0, &order(HALF), 6, EPOCH + 1)
        .unwrap();
    assert_eq!(causes(&mut desk), [(6, Some(TriggerCause::Epoch))]);
}

/// A long frame whose first message fires, bad at its end.
fn bad_frame(desk: &mut Desk, messages: usize) {
    let mut all = vec![desk.message(b'B', 900, 1_000_000)];
    all.extend((1..messages).map(|_| desk.message(b'B', 1, 900_000)));
    let bytes = desk.rig.frame(&all);
    let bad = RxFrame {
        bad: true,
        ..RxFrame::new(bytes)
    };
    desk.rig.sim.with(|card| card.receive(Line::A, bad));
    desk.rig.sim.with(|card| {
        card.drain_receive();
        card.run(REST_CYCLES);
    });
}

#[test]
fn a_bad_frame_cuts_the_order_it_caused_or_keeps_it_back() {
    if !card_is_there() {
        return;
    }
    // The order has left whole, is cut off, never begins: by how much of the frame is behind the message.
    let mut ends = std::collections::BTreeMap::new();
    for messages in [1, 2, 4, 6, 8, 30] {
        for wait in [false, true] {
            let mut desk = Desk::open();
            desk.rig.device.set_triggers_wait_for_fcs(wait).unwrap();
            desk.arm(&order(HALF));
            bad_frame(&mut desk, messages);
            let (triggers, orders) = desk.told();
            let place = format!("{messages} messages, wait {wait}: {triggers:?} {orders:?}");
            let [trigger] = triggers[..] else {
                panic!("{place}")
            };
            let frame = desk.rig.sim.with(Card::transmitted);
            let end = if trigger.fired.is_none() {
                assert_eq!(
                    (trigger.cause, orders.len()),
                    (Some(TriggerCause::Stale), 0),
                    "{place}"
                );
                assert!(frame.is_none(), "{place}");
                "disarmed"
            } else {
                let [order] = orders[..] else { panic!("{place}") };
                let aborted = order.field(ORDER_BODY, "aborted") == 1;
                assert_eq!(frame.as_ref().is_some_and(|f| f.aborted), aborted, "{place}");
                assert_eq!(frame.is_some(), order.code == Some(Code::OrderSent), "{place}");
                assert_eq!(desk.counter("fired_before_bad_fcs"), 1, "{place}");
                if order.code == Some(Code::OrderRejected) {
                    assert_eq!(order.field(ORDER_BODY, "reason"), Reason::Stale as u64, "{place}");
                    "rejected"
                } else if aborted {
                    "aborted"
                } else {
                    "sent"
                }
            };
            assert!(!wait || end == "disarmed" || end == "rejected", "{place}");
            *ends.entry((wait, end)).or_insert(0) += 1;
        }
    }
    println!("bad frames: {ends:?}");
    for wanted in [
        (false, "disarmed"),
        (false, "aborted"),
        (false, "sent"),
        (true, "rejected"),
    ] {
        assert!(ends.contains_key(&wanted), "{wanted:?}: {ends:?}");
    }
    // A good frame lets the order go when it has ended.
    let mut desk = Desk::open();
    desk.rig.device.set_triggers_wait_for_fcs(true).unwrap();
    desk.arm(&order(HALF));
    let mut all = vec![desk.message(b'B', 900, 1_000_000)];
    all.extend((1..30).map(|_| desk.message(b'B', 1, 900_000)));
    desk.send(&all);
    desk.rig.rest();
    let orders = desk.told().1;
    assert_eq!(
        orders.iter().map(|o| o.code).collect::<Vec<_>>(),
        [Some(Code::OrderSent)]
    );
    assert_eq!(desk.counter("fired_before_bad_fcs"), 0);
}

/// What the condition says of a record: the feature, and the cross product of the sizes.
fn holds(condition: Condition, record: &Record) -> bool {
    let t = i64::from(condition.threshold);
    let (bid, ask) = (i64::from(record.core.bid.sz), i64::from(record.core.ask.sz));
    let (left, right) = (bid * (32_768 - t), ask * (32_768 + t));
    let flow = i64::from(record.core.features[6]);
    match condition.compare {
        Compare::ObiAtLeast => bid + ask > 0 && left >= right,
        Compare::ObiAtMost => bid + ask > 0 && left <= right,
        Compare::OfiAtLeast => flow >= t,
        Compare::OfiAtMost => flow <= t,
    }
}

/// A day in the making: adds and deletes near the best prices.
struct Day {
    desk: Desk,
    live: Vec<u64>,
    random: testbench::Rng,
}

impl Day {
    fn message(&mut self) -> Vec<u8> {
        if self.live.len() > 20 || (self.live.len() > 6 && self.random.percent(45)) {
            let at = usize::try_from(self.random.below(self.live.len() as u64)).unwrap();
            let reference = self.live.swap_remove(at);
            let header = self.desk.header();
            return Message::from(OrderDelete { header, reference }).to_vec();
        }
        let shares = u32::try_from(self.random.between(1, 400)).unwrap();
        let away = u32::try_from(self.random.below(3)).unwrap() * 100;
        let bytes = if self.random.percent(50) {
            self.desk.message(b'B', shares, 1_000_000 - away)
        } else {
            self.desk.message(b'S', shares, 1_010_000 + away)
        };
        self.live.push(self.desk.reference);
        bytes
    }
}

#[test]
fn card_and_golden_fire_at_the_same_message_of_a_day() {
    if !card_is_there() {
        return;
    }
    let mut day = Day {
        desk: Desk::open(),
        live: vec![],
        random: testbench::Rng::new(11),
    };
    day.desk.rig.take_records();
    let (mut fired, mut kept) = (0, 0);
    for round in 0..160_u32 {
        let condition = Condition {
            compare: *day.random.pick(&COMPARES),
            threshold: *day
                .random
                .pick(&[-20_000, -5_000, -300, -100, 0, 1, 100, 300, 5_000, 20_000]),
        };
        let arm_seq = day.desk.arm(&order(condition));
        let messages: Vec<_> = (0..day.random.between(1, 12)).map(|_| day.message()).collect();
        day.desk.send(&messages);
        day.desk.rig.rest();
        let records = day.desk.rig.take_records();
        let first = records.iter().find(|record| holds(condition, record));
        let wanted = first.map(|record| record.levels.expect("levels").msg_seq);
        let (mut triggers, orders) = day.desk.told();
        if wanted.is_none() {
            assert_eq!(triggers, [], "round {round} {condition:?}");
            day.desk.rig.device.disarm_trigger(0).unwrap();
            triggers = day.desk.told().0;
            kept += 1;
        }
        let [told] = triggers[..] else {
            panic!("round {round}: {triggers:?}")
        };
        assert_eq!(told.arm_seq, arm_seq, "round {round}");
        assert_eq!(told.fired.map(|f| f.seq), wanted, "round {round} {condition:?}");
        assert_eq!(
            orders.len(),
            usize::from(wanted.is_some()),
            "round {round}: {orders:?}"
        );
        if let (Some(what), Some(record)) = (told.fired, first) {
            assert_eq!(
                (what.bid_qty, what.ask_qty),
                (record.core.bid.sz, record.core.ask.sz),
                "round {round}"
            );
            fired += 1;
        }
    }
    println!("triggers on a made day: {fired} fired, {kept} did not, card equals golden");
    assert!(fired > 60 && kept > 10);
}
