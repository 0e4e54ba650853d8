//! A host that falls silent, on the whole card: one Mass Cancel leaves, byte for byte, with one event; a kill does not stop it, rate and window delay it,
//! and there is none without an expiry.

use crate::common::{REST_CYCLES, Rig, card, card_is_there};
use crate::{ACKNOWLEDGEMENT, SEQUENCE, connection};
use contract::event::{Code, ORDER_BODY};
use contract::slot::{Kind, firm_id};
use contract::template::{Mode, words};
use device::events::Event;
use device::gate::{Rate, TcpState};
use sim_card::Card;
use testbench::golden::ouch_tx::{Order, OuchTx};

const FIRM: [u8; 4] = *b"FRGE";
/// Timeout of the heartbeat, ns, and cycles that are longer.
const TIMEOUT_NS: u32 = 40_000;
const SILENCE: u64 = 10_000;

/// A card whose order side is set up and armed, and the transmitter's golden model.
struct Desk {
    rig: Rig,
    golden: OuchTx,
}

impl Desk {
    fn open(mode: Mode, rate: Rate) -> Self {
        let mut rig = Rig::on(card(), &["TEST"]);
        let connection = connection(mode);
        let mut golden = OuchTx::new(16);
        golden.tcp_seq = SEQUENCE;
        let device = &mut rig.device;
        device.load_template(&words(mode, &connection.headers())).unwrap();
        golden.connection = Some(connection);
        device.set_port_limits(rate, u64::MAX).unwrap();
        device.commit_limits().unwrap();
        device.set_heartbeat_timeout_ns(TIMEOUT_NS).unwrap();
        let tcp = TcpState {
            sequence: SEQUENCE,
            acknowledgement: ACKNOWLEDGEMENT,
            peer_window: 60_000,
        };
        device.set_tcp(tcp).unwrap();
        device.heartbeat().unwrap();
        device.arm().unwrap();
        device.set_watchdog(Some(FIRM)).unwrap();
        rig.take_events();
        Self { rig, golden }
    }

    fn run(&mut self, cycles: u64) {
        self.rig.sim.with(|card| card.run(cycles));
    }

    fn beat(&mut self) {
        self.rig.device.heartbeat().unwrap();
        self.run(REST_CYCLES);
    }

    /// Events and frames since the last call.
    fn seen(&mut self) -> (Vec<Event>, Vec<Vec<u8>>) {
        let events = self.rig.take_events();
        let mut frames = Vec::new();
        while let Some(frame) = self.rig.sim.with(Card::transmitted) {
            assert!(!frame.aborted && !frame.underrun);
            frames.push(frame.bytes);
        }
        (events, frames)
    }

    fn nothing(&mut self, why: &str) {
        let (events, frames) = self.seen();
        assert!(events.is_empty() && frames.is_empty(), "{why}: {events:?}");
        assert!(!self.rig.device.watchdog_is_due().unwrap(), "{why}");
    }

    /// Exactly one Mass Cancel of every symbol has left, with its one event.
    fn cancels(&mut self) {
        let user_ref = self.golden.user_ref;
        let tcp_seq = self.golden.tcp_seq;
        let order = Order {
            kind: Kind::MassCancel,
            slot: 0,
            letters: [b'B', 0, 0, 0, 0, 0],
            qty: 0,
            price: 0,
            token: 0,
            added: 0,
            target_ref: 0,
            cl_ord_id: firm_id(FIRM, Some(*b"        ")),
            order_seq: 0,
            stamp: 0,
        };
        let wanted = self.golden.grant(&order, ACKNOWLEDGEMENT);
        self.golden.ended(&wanted, false);
        let (events, frames) = self.seen();
        assert_eq!(frames, [wanted.bytes]);
        let [event] = events[..] else { panic!("{events:?}") };
        assert_eq!(event.code, Some(Code::OrderSent));
        let field = |name| event.field(ORDER_BODY, name);
        for (name, value) in [
            ("watchdog", 1),
            ("trigger", 0),
            ("aborted", 0),
            ("order_seq", 0),
            ("token", 0),
            ("user_ref", user_ref.into()),
            ("tcp_seq", tcp_seq.into()),
            ("checks", 0),
            ("value", 0),
        ] {
            assert_eq!(field(name), value, "{name}");
        }
        assert!(field("slot_stamp") < field("tx_stamp"));
        assert!(!self.rig.device.watchdog_is_due().unwrap());
    }
}

const FAST: Rate = Rate {
    tokens: 60_000,
    refill_ns: 1,
};

#[test]
fn a_silent_host_has_everything_cancelled_once() {
    if !card_is_there() {
        return;
    }
    for mode in [Mode::Tcp, Mode::Udp] {
        let desk = &mut Desk::open(mode, FAST);
        desk.beat();
        desk.nothing("while the heartbeat is fresh");
        for killed in [false, true] {
            desk.beat();
            if killed {
                desk.rig.device.kill().unwrap();
                desk.run(REST_CYCLES);
                let told = desk.seen().0;
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
            }
            desk.run(SILENCE);
            desk.cancels();
            desk.run(2 * SILENCE);
            desk.nothing("a silence that goes on");
        }
        // Disarmed, or switched off: nothing.
        desk.rig.device.disarm().unwrap();
        desk.beat();
        desk.run(SILENCE);
        desk.nothing("a gate that is not armed");
        desk.rig.device.arm().unwrap();
        desk.rig.device.set_watchdog(None).unwrap();
        desk.beat();
        desk.run(SILENCE);
        desk.nothing("a watchdog that is off");
        // Switched on when the heartbeat is already too old: there is no expiry any more.
        desk.rig.device.set_watchdog(Some(FIRM)).unwrap();
        desk.run(SILENCE);
        desk.nothing("no expiry");
        desk.beat();
        desk.run(SILENCE);
        desk.cancels();
    }
}

/// What has no room waits for it without an event, and leaves once there is; the host may take it back before.
#[test]
fn it_waits_for_window_and_rate() {
    if !card_is_there() {
        return;
    }
    let desk = &mut Desk::open(Mode::Tcp, FAST);
    desk.rig.device.tcp_peer_window(21).unwrap();
    desk.beat();
    desk.run(SILENCE);
    assert!(desk.rig.device.watchdog_is_due().unwrap());
    assert!(desk.seen().0.is_empty(), "a refusal nobody is told of");
    desk.rig.device.tcp_peer_window(22).unwrap();
    desk.run(REST_CYCLES);
    desk.cancels();
    // Taken back.
    desk.beat();
    desk.run(SILENCE);
    assert!(desk.rig.device.watchdog_is_due().unwrap());
    desk.rig.device.set_watchdog(None).unwrap();
    desk.rig.device.tcp_peer_window(60_000).unwrap();
    desk.run(REST_CYCLES);
    desk.nothing("taken back");
    // A port without tokens.
    let desk = &mut Desk::open(Mode::Tcp, Rate::default());
    desk.run(SILENCE);
    assert!(desk.rig.device.watchdog_is_due().unwrap());
    assert!(desk.seen().0.is_empty());
    desk.rig.device.set_port_limits(FAST, u64::MAX).unwrap();
    desk.run(REST_CYCLES);
    desk.cancels();
}
