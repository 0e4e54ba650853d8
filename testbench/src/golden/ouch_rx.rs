//! Golden model of the order connection's receiver: what each message means, by the fields of `wire::ouch50`.

use std::collections::{BTreeMap, VecDeque};
use wire::ouch50::RESPONSE_FIELDS;

/// An order that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Its UserRefNum.
    pub user_ref: u32,
    /// Slot index.
    pub slot: u8,
    /// Buys.
    pub buy: bool,
    /// Shares that count as open.
    pub left: u64,
    /// It counts as an open order: a replace does only from its answer on.
    pub counts: bool,
}

/// What the gate is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Slot index.
    pub slot: u8,
    /// Side.
    pub buy: bool,
    /// Shares no more open.
    pub gone: u64,
    /// An open order less.
    pub done: bool,
    /// Signed shares of the position.
    pub moved: i32,
    /// Executed: its price.
    pub price: Option<u32>,
}

/// What a packet does that the block counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// Cut short, or of no length.
    Malformed,
    /// A message that may change an open quantity.
    Message(Vec<u8>),
    /// A message that had counted before.
    Repeated,
    /// A broken execution, left to the host.
    Left,
    /// A login behind which messages are missing.
    Missed,
}

/// Receiver with 2^`bits` orders.
#[derive(Debug, Clone)]
pub struct OuchRx {
    bits: u32,
    bytes: Vec<u8>,
    /// Number of the stream's next sequenced packet.
    position: u32,
    /// Number of the next one that counts.
    pub next: u32,
    /// Packets read and not yet applied.
    pub packets: VecDeque<Packet>,
    /// Orders by place.
    pub orders: BTreeMap<u32, Order>,
}

/// Bytes of the fixed part of a type that may change an open quantity.
fn fixed(kind: u8) -> Option<usize> {
    let (_, fixed, _) = RESPONSE_FIELDS.iter().find(|(letter, ..)| *letter == kind)?;
    b"ACDEJMU".contains(&kind).then_some(*fixed)
}

/// Place and width of a field.
pub fn place(kind: u8, name: &str) -> Option<(usize, usize)> {
    let (.., fields) = RESPONSE_FIELDS.iter().find(|(letter, ..)| *letter == kind)?;
    let (_, at, width) = fields.iter().find(|(field, ..)| *field == name)?;
    Some((*at, *width))
}

fn number(message: &[u8], name: &str) -> Option<u64> {
    let (at, width) = place(message[0], name)?;
    Some(
        message[at..at + width]
            .iter()
            .fold(0, |n, byte| n << 8 | u64::from(*byte)),
    )
}

fn low(number: u64) -> u32 {
    u32::try_from(number & 0xffff_ffff).expect("32 bits")
}

impl OuchRx {
    /// Without orders.
    pub fn new(bits: u32) -> Self {
        Self {
            bits,
            bytes: Vec::new(),
            position: 1,
            next: 1,
            packets: VecDeque::new(),
            orders: BTreeMap::new(),
        }
    }

    /// Where an order of this number stands.
    pub fn place_of(&self, user_ref: u32) -> u32 {
        user_ref & ((1 << self.bits) - 1)
    }

    /// An order leaves.
    pub fn grant(&mut self, order: Order) {
        self.orders.insert(self.place_of(order.user_ref), order);
    }

    /// The next byte begins a packet.
    pub fn restart(&mut self) {
        self.bytes.clear();
        self.position = self.next;
    }

    /// The next message that counts has this number; those of the stream under way keep theirs.
    pub fn set_next(&mut self, number: u32) {
        self.next = number;
    }

    /// What a Login Accepted says of the stream.
    fn login(&mut self, body: &[u8]) {
        let Some(digits) = body.get(10..30) else {
            return;
        };
        let digits = digits.iter().filter(|byte| byte.is_ascii_digit());
        self.position = digits.fold(0_u32, |number, digit| {
            number.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'))
        });
        if self.position.wrapping_sub(self.next).cast_signed() > 0 {
            self.packets.push_back(Packet::Missed);
            self.next = self.position;
        }
    }

    /// A sequenced packet: whether it counts.
    fn counts(&mut self) -> bool {
        let fresh = self.position == self.next;
        self.position = self.position.wrapping_add(1);
        if fresh {
            self.next = self.position;
        } else {
            self.packets.push_back(Packet::Repeated);
        }
        fresh
    }

    /// Whether a packet is under way.
    pub fn is_inside(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// A byte of the stream.
    pub fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
        let [high, rest @ ..] = self.bytes.as_slice() else {
            return;
        };
        let [low, packet @ ..] = rest else { return };
        let length = usize::from(*high) << 8 | usize::from(*low);
        if length == 0 {
            self.packets.push_back(Packet::Malformed);
            self.bytes.clear();
        } else if packet.len() == length {
            let message = packet[1..].to_vec();
            let kind = packet[0];
            self.bytes.clear();
            if kind == b'A' {
                self.login(&message);
            }
            if kind != b'S' || !self.counts() {
                return;
            }
            if message.first() == Some(&b'B') {
                self.packets.push_back(Packet::Left);
            }
            let Some(fixed) = message.first().and_then(|kind| fixed(*kind)) else {
                return;
            };
            if message.len() < fixed {
                self.packets.push_back(Packet::Malformed);
            } else {
                self.packets.push_back(Packet::Message(message));
            }
        }
    }

    fn find(&self, user_ref: u32) -> Option<Order> {
        let order = self.orders.get(&self.place_of(user_ref))?;
        (order.user_ref == user_ref).then_some(*order)
    }

    fn keep(&mut self, mut order: Order, left: u64) {
        let place = self.place_of(order.user_ref);
        order.left = left;
        if left == 0 {
            self.orders.remove(&place);
        } else {
            self.orders.insert(place, order);
        }
    }

    /// Applies a message; reports, and whether an order it names is not here.
    pub fn apply(&mut self, message: &[u8]) -> (Vec<Report>, bool) {
        if message[0] == b'U' {
            return self.replaced(message);
        }
        let user_ref = low(number(message, "user_ref").expect("every type has it"));
        let Some(order) = self.find(user_ref) else {
            return (Vec::new(), true);
        };
        let shares = number(message, "quantity").unwrap_or(0);
        let left = match message[0] {
            b'J' => 0,
            b'A' if number(message, "state") == Some(b'D'.into()) => 0,
            b'A' | b'M' => shares.min(order.left),
            _ => order.left.saturating_sub(shares),
        };
        self.keep(order, left);
        let executed = message[0] == b'E';
        let shares = i32::try_from(shares).unwrap_or(i32::MAX);
        let moved = if order.buy { shares } else { -shares };
        let report = Report {
            slot: order.slot,
            buy: order.buy,
            gone: order.left - left,
            done: left == 0 && order.counts,
            moved: if executed { moved } else { 0 },
            price: executed.then(|| low(number(message, "price").expect("a field"))),
        };
        (vec![report], false)
    }

    fn replaced(&mut self, message: &[u8]) -> (Vec<Report>, bool) {
        let of = |name| low(number(message, name).expect("a field"));
        let (old_ref, new_ref) = (of("orig_user_ref"), of("user_ref"));
        let old = self.find(old_ref);
        let new = self.find(new_ref).filter(|_| old_ref != new_ref);
        let total = old.map_or(0, |order| order.left) + new.map_or(0, |order| order.left);
        let dead = number(message, "state") == Some(b'D'.into());
        let left = if dead { 0 } else { total.min(of("quantity").into()) };
        if let Some(old) = old {
            self.keep(old, 0);
        }
        let counts = [old, new].iter().flatten().any(|order| order.counts);
        if let Some(new) = new {
            self.keep(Order { counts, ..new }, left);
        }
        let Some(order) = old.or(new) else {
            return (Vec::new(), true);
        };
        let report = Report {
            slot: order.slot,
            buy: order.buy,
            gone: total - left,
            done: left == 0 && counts,
            moved: 0,
            price: None,
        };
        (vec![report], new.is_none())
    }
}
