//! The split against another stack, over a network that loses, doubles and reorders; virtual time, seeded.

use super::*;
use std::collections::BTreeMap;

const STEP_US: u64 = 500;
const STEPS_MAX: u32 = 400_000;
const OURS: Endpoints = Endpoints {
    ethernet: [2, 0, 0, 0, 0, 1],
    address: [10, 77, 0, 2],
    prefix: 24,
    port: 40_001,
    peer: [10, 77, 0, 1],
    peer_port: 9_000,
};

/// What the network and the peer do.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    loss_percent: u64,
    double_percent: u64,
    /// Most steps a frame is late: frames overtake each other.
    late_steps: u64,
    /// Most steps an event is late.
    event_steps: u64,
    /// The peer stops reading for this many steps, time and again.
    pause_steps: u64,
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n.max(1)
    }
}

/// The card as far as the split goes: frames from the template's connection, an event for each.
struct Fabric {
    next: u32,
    registers: Registers,
    events: VecDeque<(u64, u32, Vec<u8>)>,
}

struct Wire {
    frames: BTreeMap<(u64, u64), Vec<u8>>,
    count: u64,
}

impl Wire {
    fn put(&mut self, random: &mut Random, weather: &Weather, now: u64, frame: &[u8]) {
        if random.below(100) < weather.loss_percent {
            return;
        }
        let copies = 1 + u64::from(random.below(100) < weather.double_percent);
        for _ in 0..copies {
            self.count += 1;
            let at = now + 1 + random.below(weather.late_steps + 1);
            self.frames.insert((at, self.count), frame.to_vec());
        }
    }

    fn arrived(&mut self, now: u64) -> Option<Vec<u8>> {
        let first = self.frames.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(first.remove())
    }
}

struct World {
    random: Random,
    weather: Weather,
    now: u64,
    ours: Connection,
    fabric: Option<Fabric>,
    peer: Interface,
    peer_link: Link,
    peer_sockets: SocketSet<'static>,
    peer_handle: SocketHandle,
    to_peer: Wire,
    to_us: Wire,
    received: Vec<u8>,
    read: Vec<u8>,
    /// The peer does not read.
    shut: bool,
    /// Nothing of the peer's arrives.
    deaf: bool,
}

impl World {
    fn new(seed: u64, weather: Weather) -> Self {
        let mut peer_link = Link::default();
        let mut config = StackConfig::new(EthernetAddress([2, 0, 0, 0, 0, 2]).into());
        config.random_seed = seed + 1;
        let mut peer = Interface::new(config, &mut peer_link, instant(0));
        peer.update_ip_addrs(|list| {
            list.push(IpCidr::new(IpAddress::Ipv4(Ipv4Address::from(OURS.peer)), 24))
                .expect("room");
        });
        let mut socket = Socket::new(
            SocketBuffer::new(vec![0; 2_048]),
            SocketBuffer::new(vec![0; 4_096]),
        );
        socket.listen(OURS.peer_port).expect("listens");
        socket.set_ack_delay(None);
        let mut peer_sockets = SocketSet::new(Vec::new());
        let peer_handle = peer_sockets.add(socket);
        let wire = || Wire {
            frames: BTreeMap::new(),
            count: 0,
        };
        Self {
            random: Random(seed),
            weather,
            now: 0,
            ours: Connection::open(OURS, seed, 0).expect("opens"),
            fabric: None,
            peer,
            peer_link,
            peer_sockets,
            peer_handle,
            to_peer: wire(),
            to_us: wire(),
            received: Vec::new(),
            read: Vec::new(),
            shut: false,
            deaf: false,
        }
    }

    fn peer_socket(&mut self) -> &mut Socket<'static> {
        self.peer_sockets.get_mut(self.peer_handle)
    }

    fn step(&mut self) {
        self.now += 1;
        if let Some(fabric) = &mut self.fabric {
            while fabric.events.front().is_some_and(|(at, ..)| *at <= self.now) {
                let (_, sequence, bytes) = fabric.events.pop_front().expect("an event");
                self.ours.sent(sequence, &bytes).expect("continues");
            }
        }
        while let Some(frame) = self.to_us.arrived(self.now) {
            self.ours.receive(frame);
        }
        self.ours.turn(self.now * STEP_US);
        while let Some(frame) = self.ours.transmit() {
            self.to_peer
                .put(&mut self.random, &self.weather, self.now, &frame);
        }
        self.read.extend(self.ours.read());
        if let Some(fabric) = &mut self.fabric {
            fabric.registers = self.ours.registers();
        }
        while let Some(frame) = self.to_peer.arrived(self.now) {
            self.peer_link.inbound.push_back(frame);
        }
        let at = instant(self.now * STEP_US);
        self.peer.poll(at, &mut self.peer_link, &mut self.peer_sockets);
        while let Some(frame) = self.peer_link.outbound.pop_front() {
            if self.deaf {
                continue;
            }
            self.to_us.put(&mut self.random, &self.weather, self.now, &frame);
        }
        let reads = self.weather.pause_steps == 0 || (self.now / self.weather.pause_steps).is_multiple_of(2);
        while reads
            && !self.shut
            && let Ok(bytes) = self.peer_socket().recv(|b| (b.len(), b.to_vec()))
        {
            if bytes.is_empty() {
                break;
            }
            self.received.extend(bytes);
        }
    }

    /// The card sends, if the peer's window lets the gate pass it.
    fn order(&mut self, bytes: &[u8]) -> bool {
        let Some(fabric) = &mut self.fabric else {
            return false;
        };
        let length = u32::try_from(bytes.len()).expect("short");
        let end = fabric
            .registers
            .peer_acknowledgement
            .wrapping_add(fabric.registers.peer_window);
        if before(end, fabric.next.wrapping_add(length)) {
            return false;
        }
        let mut seen = Seen::parse(&self.ours.headers([2, 0, 0, 0, 0, 2])).expect("headers");
        seen.header.sequence = fabric.next;
        seen.header.acknowledgement = fabric.registers.acknowledgement;
        seen.payload = bytes.to_vec();
        let frame = seen.emit();
        self.to_peer
            .put(&mut self.random, &self.weather, self.now, &frame);
        let due = self.now + 1 + self.random.below(self.weather.event_steps + 1);
        let due = fabric.events.back().map_or(due, |(at, ..)| due.max(*at));
        fabric.events.push_back((due, fabric.next, bytes.to_vec()));
        fabric.next = fabric.next.wrapping_add(length);
        true
    }

    fn until(&mut self, what: &str, done: impl Fn(&mut Self) -> bool) {
        for _ in 0..STEPS_MAX {
            if done(self) {
                return;
            }
            self.step();
        }
        panic!("{what}: never, weather {:?}, ours {:?}", self.weather, self.ours);
    }

    fn login(&mut self) {
        self.until("connected", |w| w.ours.is_established());
        self.ours.send(b"the login").expect("sends");
        self.until("login arrives", |w| {
            w.received == b"the login" && w.ours.unacknowledged() == 0
        });
        let handover = self.ours.arm().expect("settled");
        assert_eq!(self.ours.send(b"more"), Err(TcpError::Armed));
        self.fabric = Some(Fabric {
            next: handover.sequence,
            registers: handover.registers,
            events: VecDeque::new(),
        });
    }

    /// Orders one way, responses the other; each byte arrives once and in order.
    fn trade(&mut self, orders: u32) {
        let mut expected = b"the login".to_vec();
        let mut told = Vec::new();
        for n in 0..orders {
            let bytes: Vec<u8> = n.to_be_bytes().repeat(if n % 5 == 0 { 3 } else { 12 });
            let until = self.now + 200_000;
            while !self.order(&bytes) {
                self.step();
                assert!(
                    self.now < until,
                    "the window never opens, weather {:?}",
                    self.weather
                );
            }
            expected.extend(bytes);
            if n % 3 == 0 {
                let response = [n.to_le_bytes().repeat(16), vec![b'\n']].concat();
                if let Ok(taken) = self.peer_socket().send_slice(&response) {
                    told.extend_from_slice(&response[..taken]);
                }
            }
            for _ in 0..self.random.below(4) {
                self.step();
            }
        }
        self.until("everything acknowledged", |w| {
            let events = w.fabric.as_ref().is_some_and(|f| f.events.is_empty());
            events && w.ours.unacknowledged() == 0
        });
        self.until("everything read", |w| {
            w.received.len() >= expected.len() && w.read.len() >= told.len()
        });
        assert_eq!(self.received, expected, "orders, weather {:?}", self.weather);
        assert_eq!(self.read, told, "responses, weather {:?}", self.weather);
    }
}

const WEATHERS: [Weather; 5] = [
    Weather {
        loss_percent: 0,
        double_percent: 0,
        late_steps: 0,
        event_steps: 0,
        pause_steps: 0,
    },
    Weather {
        loss_percent: 5,
        double_percent: 5,
        late_steps: 4,
        event_steps: 0,
        pause_steps: 0,
    },
    Weather {
        loss_percent: 15,
        double_percent: 10,
        late_steps: 8,
        event_steps: 6,
        pause_steps: 0,
    },
    Weather {
        loss_percent: 0,
        double_percent: 0,
        late_steps: 0,
        event_steps: 3,
        pause_steps: 2_000,
    },
    Weather {
        loss_percent: 5,
        double_percent: 20,
        late_steps: 3,
        event_steps: 12,
        pause_steps: 3_000,
    },
];

#[test]
fn every_byte_arrives_once_and_in_order() {
    for weather in WEATHERS {
        for seed in 1..=4 {
            let mut world = World::new(seed, weather);
            world.login();
            world.trade(200);
            let stats = world.ours.stats();
            assert!(stats.swallowed > 0, "seed {seed}, weather {weather:?}");
            let lossy = weather.loss_percent > 0;
            assert_eq!(lossy, stats.retransmitted > 0 && lossy, "seed {seed}, {stats:?}");
            world.ours.close();
            world.until("the peer sees the end", |w| {
                w.peer_socket().state() == State::CloseWait
            });
        }
    }
}

#[test]
fn nothing_new_leaves_by_the_stack() {
    let mut world = World::new(1, WEATHERS[0]);
    world.login();
    world.trade(100);
    assert_eq!(
        world.ours.stats().retransmitted,
        0,
        "a network that loses nothing"
    );
}

#[test]
fn a_hole_and_a_reset_are_told() {
    let mut world = World::new(3, WEATHERS[0]);
    assert!(matches!(world.ours.sent(7, b"x"), Err(TcpError::NotArmed(7))));
    assert!(matches!(world.ours.arm(), Err(TcpError::NotConnected(_))));
    world.login();
    let next = world.fabric.as_ref().expect("armed").next;
    assert_eq!(
        world.ours.sent(next.wrapping_add(1), b"x"),
        Err(TcpError::Hole {
            expected: next,
            found: next.wrapping_add(1)
        })
    );
    world.peer_socket().abort();
    world.until("the reset arrives", |w| w.ours.state() == State::Closed);
}

/// The window opens again and nobody hears it: with nothing under way no acknowledgement would tell it a second time.
#[test]
fn a_window_whose_opening_was_lost_is_asked_for() {
    let mut world = World::new(5, WEATHERS[0]);
    world.login();
    world.shut = true;
    let order = [7; 60];
    let mut sent = 0;
    while world.order(&order) {
        sent += 1;
        world.until("acknowledged", |w| {
            w.fabric.as_ref().is_some_and(|f| f.events.is_empty()) && w.ours.unacknowledged() == 0
        });
    }
    assert!(sent > 20, "{sent} orders fill the window");
    world.deaf = true;
    world.shut = false;
    for _ in 0..20 {
        world.step();
    }
    world.deaf = false;
    assert!(!world.order(&order), "the opening was lost");
    world.until("an order fits again", |w| w.order(&order));
    world.until("all of them", |w| {
        w.received.len() == b"the login".len() + 60 * (sent + 1)
    });
    let stats = world.ours.stats();
    assert!(stats.probes > 0, "{stats:?}");
    assert_eq!(stats.retransmitted, 0, "{stats:?}");
}

/// The peer still speaks to a connection that was given up before this one: the stack answers with a reset, at a sequence of
/// that connection.
#[test]
fn answers_to_an_older_connection_move_nothing() {
    let mut world = World::new(7, WEATHERS[0]);
    world.login();
    world.trade(20);
    let before = (world.ours.stats(), world.ours.link.emitted);
    let mut seen = Seen::parse(&world.ours.headers([2, 0, 0, 0, 0, 2])).expect("headers");
    std::mem::swap(&mut seen.packet.source, &mut seen.packet.destination);
    std::mem::swap(&mut seen.link.source, &mut seen.link.destination);
    seen.header.source_port = OURS.peer_port;
    seen.header.destination_port = OURS.port - 1;
    for ahead in [1, 1 << 20, 1 << 30] {
        seen.header.acknowledgement = before.1.wrapping_add(ahead);
        world.ours.receive(seen.emit());
        world.ours.turn(world.now * STEP_US);
        let reset = world.ours.transmit().expect("an answer");
        let reset = Seen::parse(&reset).expect("a segment");
        assert!(reset.has(flag::RST) && reset.header.source_port == OURS.port - 1);
    }
    assert_eq!((world.ours.stats(), world.ours.link.emitted), before);
    world.order(&[9; 50]);
    world.until("acknowledged", |w| {
        let events = w.fabric.as_ref().is_some_and(|f| f.events.is_empty());
        events && w.ours.unacknowledged() == 0
    });
    assert_eq!(world.ours.stats().retransmitted, 0);
}
