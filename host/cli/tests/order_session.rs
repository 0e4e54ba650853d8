//! The host's view of its orders against the simulated exchange, over a connection that keeps breaking.
#![cfg(feature = "sim")]

use std::collections::BTreeMap;

use engine::lifecycle::{Change, Orders, State};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use venue::{Config, Door, DoorEvent, Exchange, Faults};
use wire::itch50::{AddOrder, Header, Message, OrderDelete, OrderExecuted};
use wire::ouch50::{AccountQuery, Appendage, CancelOrder, EnterOrder, ReplaceOrder, Response};
use wire::soupbintcp::{Client, ClientConfig, ClientEvent, LoginRequest, ServerConfig};

const LOGIN: LoginRequest = LoginRequest {
    username: *b"FORGE ",
    password: *b"secret    ",
    session: [b' '; 10],
    sequence: 1,
    heartbeat_timeout_ms: None,
};
/// Time of one step, ns.
const STEP_NS: u64 = 1_000;

struct World {
    random: StdRng,
    now_ns: u64,
    exchange: Exchange,
    door: Door,
    client: Option<Client>,
    /// Bytes on the way to the exchange and to the host.
    up: Vec<u8>,
    down: Vec<u8>,
    orders: Orders,
    sent: BTreeMap<u32, Vec<u8>>,
    resent: u32,
    breaks: u32,
    reference: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let faults = Faults {
            seed,
            duplicate_request: 100_000,
            stale_request: 100_000,
            ..Faults::default()
        };
        let config = ServerConfig::new(LOGIN.username, LOGIN.password, *b"0000000001");
        Self {
            random: StdRng::seed_from_u64(seed),
            now_ns: 0,
            exchange: Exchange::new(Config {
                faults,
                ..Config::default()
            }),
            door: Door::new(config, 3 * STEP_NS, 700),
            client: None,
            up: Vec::new(),
            down: Vec::new(),
            orders: Orders::new(),
            sent: BTreeMap::new(),
            resent: 0,
            breaks: 0,
            reference: 0,
        }
    }

    /// A message of the market: an order, or the end of one.
    fn market(&mut self) {
        let header = Header {
            locate: 1,
            tracking: 0,
            timestamp_ns: self.now_ns,
        };
        let old = self.random.random_range(0..=self.reference.max(1));
        let buy = self.random.random_bool(0.5);
        let message: Message = match self.random.random_range(0..4) {
            0 if self.reference > 3 => OrderDelete {
                header,
                reference: old,
            }
            .into(),
            1 if self.reference > 3 => OrderExecuted {
                header,
                reference: old,
                shares: 10,
                match_number: 1,
            }
            .into(),
            _ => {
                self.reference += 1;
                let offset = self.random.random_range(0..5);
                AddOrder {
                    header,
                    reference: self.reference,
                    side: if buy { b'B' } else { b'S' },
                    shares: 30,
                    stock: *b"TEST    ",
                    price: if buy { 100_000 + offset } else { 100_005 + offset },
                }
                .into()
            }
        };
        self.exchange.market(&message.to_vec()).unwrap();
    }

    /// The connection breaks with what is on it, and a new one is made.
    fn reconnect(&mut self) {
        self.breaks += 1;
        self.up.clear();
        self.down.clear();
        self.orders.disconnected();
        self.door.connect(self.now_ns);
        let login = LoginRequest {
            sequence: self.orders.next_sequence(),
            ..LOGIN
        };
        self.client = Some(Client::new(ClientConfig::new(login), self.now_ns));
    }

    fn send(&mut self, bytes: &[u8]) {
        if let Some(client) = &mut self.client {
            client.send(bytes, self.now_ns);
        }
    }

    /// Moves some of the bytes on the way, either direction.
    fn carry(&mut self, most: usize) {
        if let Some(client) = &mut self.client {
            self.up.extend(client.take_output());
        }
        let count = self.random.random_range(0..=most).min(self.up.len());
        let bytes: Vec<u8> = self.up.drain(..count).collect();
        for event in self.door.receive(&bytes, self.now_ns) {
            if let DoorEvent::Request(request) = event {
                self.exchange.request(&request, self.now_ns).unwrap();
            }
        }
        self.door.respond(self.exchange.take_responses(), self.now_ns);
        let (output, cut) = self.door.poll(self.now_ns);
        self.down.extend(output);
        let count = self.random.random_range(0..=most).min(self.down.len());
        let bytes: Vec<u8> = self.down.drain(..count).collect();
        let heard = match &mut self.client {
            Some(client) => client.receive(&bytes, self.now_ns),
            None => Vec::new(),
        };
        for event in heard {
            self.hear(event);
        }
        if cut {
            self.reconnect();
        }
    }

    fn hear(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Accepted { .. } => self.ask(),
            ClientEvent::Message { sequence, bytes } => {
                let (response, _) = Response::parse(&bytes).unwrap();
                let change = self.orders.apply(sequence, &response).unwrap();
                self.ask();
                if let Change::Reconciled { missing, .. } = change {
                    self.resolve(&missing);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn ask(&mut self) {
        if self.orders.query_due() {
            self.orders.queried();
            self.send(&AccountQuery {}.to_vec(&Appendage::new()));
        }
    }

    fn resolve(&mut self, missing: &[u32]) {
        for user_ref in missing {
            if self.random.random_bool(0.5) {
                self.orders.give_up(*user_ref).unwrap();
            } else {
                self.orders.resend(*user_ref).unwrap();
                let bytes = self.sent[user_ref].clone();
                self.send(&bytes);
                self.resent += 1;
            }
        }
    }

    fn trade(&mut self) {
        let open: Vec<u32> = self
            .orders
            .all()
            .filter(|(_, state)| *state == State::Open)
            .map(|(user_ref, _)| user_ref)
            .collect();
        let one = open.get(self.random.random_range(0..=open.len())).copied();
        let number = self.orders.next_user_ref();
        let quantity = self.random.random_range(1..60);
        let price = 100_000 + self.random.random_range(0..10);
        let none = Appendage::new();
        let (number, bytes) = match (one, self.random.random_range(0..3)) {
            (Some(one), 0) if self.orders.cancel(one).is_ok() => {
                let cancel = CancelOrder {
                    user_ref: one,
                    quantity: 0,
                };
                (None, cancel.to_vec(&none))
            }
            (Some(one), 1) if self.orders.replace(one, number, quantity).is_ok() => {
                (Some(number), replace(one, number, quantity, price).to_vec(&none))
            }
            _ if self.orders.enter(number, quantity).is_ok() => {
                let side = if self.random.random_bool(0.5) { b'B' } else { b'S' };
                (Some(number), enter(number, side, quantity, price).to_vec(&none))
            }
            _ => return,
        };
        if let Some(number) = number {
            self.sent.insert(number, bytes.clone());
        }
        self.send(&bytes);
    }
}

fn enter(user_ref: u32, side: u8, quantity: u32, price: u64) -> EnterOrder {
    EnterOrder {
        user_ref,
        side,
        quantity,
        symbol: *b"TEST    ",
        price,
        time_in_force: b'0',
        display: b'Y',
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        cl_ord_id: *b"ORDER         ",
    }
}

fn replace(orig_user_ref: u32, user_ref: u32, quantity: u32, price: u64) -> ReplaceOrder {
    ReplaceOrder {
        orig_user_ref,
        user_ref,
        quantity,
        price,
        time_in_force: b'0',
        display: b'Y',
        iso: b'N',
        cl_ord_id: *b"ORDER         ",
    }
}

#[test]
fn whatever_breaks_the_host_knows_every_order_in_the_end() {
    let (mut count, mut resent, mut breaks, mut executions) = (0, 0, 0, 0);
    for seed in 0..60 {
        let mut world = World::new(seed);
        world.market();
        world.reconnect();
        for _ in 0..400 {
            world.now_ns += STEP_NS;
            match world.random.random_range(0..20) {
                0..6 => world.market(),
                6..11 => world.trade(),
                11 if world.random.random_bool(0.4) => world.reconnect(),
                _ => world.carry(80),
            }
        }
        for _ in 0..2 {
            world.reconnect();
            for _ in 0..200 {
                world.now_ns += STEP_NS;
                world.carry(1_000);
            }
        }
        assert!(world.orders.in_sync(), "seed {seed}");
        for (user_ref, state) in world.orders.all() {
            let open = world.exchange.open(user_ref);
            match state {
                State::Open => assert_eq!(
                    open,
                    Some(world.orders.open(user_ref)),
                    "seed {seed}, order {user_ref}"
                ),
                State::Done(_) => assert_eq!(open, None, "seed {seed}, order {user_ref}"),
                State::Sent | State::Unknown => panic!("seed {seed}, order {user_ref}: {state:?}"),
            }
            count += 1;
        }
        resent += world.resent;
        breaks += world.breaks;
        executions += world.exchange.counters().executions;
    }
    println!("{count} orders, {executions} executions, {breaks} connections, {resent} orders sent again");
    assert!(count > 1_000 && executions > 100 && breaks > 200 && resent > 20);
}
