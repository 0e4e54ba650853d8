//! From a record in the ring to an order slot and back to its event: nothing is allocated once the loop is warm.

use contract::{
    CONTRACT_HASH, Config,
    event::{self, Code, ORDER_BODY},
    feature::{CORE_COUNT, index},
    layout::{get_bits, lsb, put_bits, width},
    port::{DmaRegion, Interrupt, PciDevice, PortError},
    record::{Core, EventCode, Level},
    reg::{self, IDENTITY, capability},
    ring::{self, ENTRY_BYTES, Ring},
    slot::{Kind, LAYOUT},
};
use device::{Device, events::EventReader, orders::OrderWindow};
use engine::clock::Clock;
use engine::config;
use engine::hops::{Hop, Label};
use engine::order::{Terms, enter, marking};
use engine::policy::{EdgePolicy, Policy};
use model::Score;
use risk::{Gate, Limits, Market, Order, Side, TokenBucket};
use std::sync::{Arc, Mutex};

#[global_allocator]
static ALLOCATOR: alloc_count::Counting = alloc_count::Counting;

const EVENTS_LOG2: u32 = 4;
const RING_BYTES: usize = ENTRY_BYTES << EVENTS_LOG2;

/// A card that sends every order at once and says so in its events ring.
#[derive(Debug, Clone)]
struct Card(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    ring: [u8; RING_BYTES],
    written: u32,
}

impl DmaRegion for Card {
    fn bus_address(&self) -> u64 {
        0
    }
    fn len(&self) -> usize {
        RING_BYTES
    }
    fn load_u32(&self, at: usize) -> u32 {
        let state = self.0.lock().expect("lock");
        u32::from_le_bytes(state.ring[at..at + 4].try_into().expect("four bytes"))
    }
    fn copy_out(&self, at: usize, out: &mut [u8]) {
        out.copy_from_slice(&self.0.lock().expect("lock").ring[at..at + out.len()]);
    }
    fn clear(&mut self) {
        self.0.lock().expect("lock").ring.fill(0);
    }
}

impl PciDevice for Card {
    fn config_read(&mut self, _: u16) -> Result<u32, PortError> {
        Ok(0)
    }
    fn config_write(&mut self, _: u16, _: u32) -> Result<(), PortError> {
        Ok(())
    }
    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        let config = Config::by_id(1).ok_or(PortError::Gone)?;
        Ok([
            (reg::global("IDENTITY"), IDENTITY),
            (reg::global("CONTRACT_HASH"), CONTRACT_HASH),
            (reg::global("CONFIG"), config.word()),
            (reg::global("CAPABILITIES"), capability::ORDERS),
        ]
        .into_iter()
        .find(|(at, _)| *at == offset)
        .map_or(0, |(_, value)| value))
    }
    fn write32(&mut self, _: u32, _: u32) -> Result<(), PortError> {
        Ok(())
    }
    fn write_line(&mut self, _: u32, line: &[u8; 64]) -> Result<(), PortError> {
        let mut state = self.0.lock().expect("lock");
        let mut entry = [0; ENTRY_BYTES];
        let (at, wide) = (lsb(event::HEAD, "code"), width(event::HEAD, "code"));
        put_bits(&mut entry, at, wide, Code::OrderSent as u64);
        for name in ["order_seq", "token"] {
            let value = get_bits(line, lsb(LAYOUT, name), 32);
            put_bits(&mut entry, 64 + lsb(ORDER_BODY, name), 32, value);
        }
        state.written += 1;
        ring::seal(&mut entry, state.written);
        let index = (state.written - 1) as usize % (1 << EVENTS_LOG2);
        state.ring[index * ENTRY_BYTES..][..ENTRY_BYTES].copy_from_slice(&entry);
        Ok(())
    }
    fn dma_alloc(&mut self, _: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        Ok(Box::new(self.clone()))
    }
    fn interrupt(&mut self, _: u16) -> Result<Box<dyn Interrupt>, PortError> {
        Err(PortError::Gone)
    }
    fn reset(&mut self) -> Result<(), PortError> {
        Ok(())
    }
}

#[derive(Debug)]
struct Loop {
    device: Device,
    events: EventReader,
    window: OrderWindow,
    policy: EdgePolicy,
    gate: Gate,
    hop: Hop,
    token: u32,
    sent: u64,
}

impl Loop {
    fn new() -> Self {
        let card = Card(Arc::new(Mutex::new(State {
            ring: [0; RING_BYTES],
            written: 0,
        })));
        let mut device = Device::open(Box::new(card)).expect("opens");
        let events = EventReader::new(device.ring(Ring::Events, EVENTS_LOG2).expect("ring"));
        let window = OrderWindow::open(&mut device, 1).expect("window");
        let limits = Limits {
            qty_max: 100,
            collar: 100,
            position_max: 1_000,
            open_orders_max: 4,
            notional_max: u64::MAX,
            rate_tokens: 10,
            rate_refill_ns: 1,
            permit: contract::reg::permit::SIDES,
            bands: Some([0, u32::MAX]),
            throttle: u16::MAX,
        };
        let mut gate = Gate::new(&[limits], TokenBucket::new(10, 1, 0), 0).with_gross_max(u64::MAX);
        gate.arm();
        let rules = config::Policy {
            hold_ns: 1,
            ..config::Policy::default()
        };
        Self {
            device,
            events,
            window,
            policy: EdgePolicy::new(rules),
            gate,
            hop: Hop::new("slot write", "ns", Label::Measured),
            token: 0,
            sent: 0,
        }
    }

    /// One record: decide, judge, write the slot, read the event, account for it.
    fn turn(&mut self, record: &Core, score: &Score) {
        let held = self.gate.position(record.slot).net();
        for intent in self.policy.decide(record, score, held).into_iter().flatten() {
            let order = Order {
                slot: record.slot,
                side: intent.side,
                sale: marking(intent.qty, held),
                qty: intent.qty,
                price: intent.price,
                token: self.token + 1,
            };
            let market = Market {
                flags: record.flags,
                bid: record.bid,
                ask: record.ask,
            };
            if !self.gate.admit(&order, &market, record.ts_ns).passed() {
                continue;
            }
            self.token += 1;
            let clock = Clock::start();
            let terms = Terms {
                immediate: intent.immediate,
            };
            let seq = self
                .window
                .submit(&mut self.device, &enter(&order, terms), Kind::Enter);
            self.hop.record(clock.ns());
            self.answered(seq.expect("room in the window"), &order);
        }
    }

    fn answered(&mut self, seq: u32, order: &Order) {
        let event = self.events.poll().expect("an event for every order");
        assert_eq!(event.code, Some(Code::OrderSent));
        assert_eq!(event.field(ORDER_BODY, "order_seq"), u64::from(seq));
        assert_eq!(event.field(ORDER_BODY, "token"), u64::from(order.token));
        self.window.acknowledge(seq);
        let position = self.gate.position_mut(order.slot).expect("the slot");
        position.executed(order.side, order.qty, true);
        match order.side {
            Side::Buy => self.device.bought(0, order.qty, true),
            Side::Sell => self.device.sold(0, order.qty, true),
        }
        .expect("reported");
        self.sent += 1;
    }
}

#[test]
fn a_warm_order_path_allocates_nothing() {
    const TURNS: u64 = 10_000;
    let mut engine = Loop::new();
    let mut record = Core {
        ts_ns: 1,
        slot: 0,
        event: EventCode::Add,
        flags: 0,
        bid: Level { px: 9_900, sz: 5 },
        ask: Level { px: 10_000, sz: 5 },
        features: [0; CORE_COUNT],
    };
    record.features[index("spread")] = 1;
    let score = Score {
        down: 0.1,
        flat: 0.1,
        up: 0.8,
    };
    engine.turn(&record, &score);
    let ((), allocations) = alloc_count::during(|| {
        for turn in 1..=TURNS {
            record.ts_ns = 1 + 10 * turn;
            engine.turn(&record, &score);
        }
    });
    assert_eq!(engine.sent, TURNS + 1, "every turn enters or leaves");
    assert_eq!((allocations, engine.window.unacknowledged()), (0, 0));
    let counted = alloc_count::during(|| vec![0u8; 100]).1;
    assert_eq!(counted, 1, "the counter counts");
}
