//! The receiver between a byte stream, grants and the gate, with the golden model beside it.

use std::collections::{BTreeMap, VecDeque};
use testbench::golden::ouch_rx::{Order, OuchRx, Packet, Report, place};
use testbench::{Bench, Verdict};
use verilated::PortId;

const PORTS: [&str; 25] = [
    "reset",
    "ready",
    "in_valid",
    "in_ready",
    "in_data",
    "in_keep",
    "restart",
    "grant",
    "grant_ref",
    "grant_slot",
    "grant_buy",
    "grant_qty",
    "grant_opens",
    "report_valid",
    "report_ready",
    "report_slot",
    "report_buy",
    "report_gone",
    "report_done",
    "report_moved",
    "report_price",
    "do_next",
    "next_data",
    "next_message",
    "busy",
];
/// Cycles from one grant to the next: no frame is shorter.
const SPACING: u64 = 8;

/// What the stimulus brought about.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    kinds: BTreeMap<u8, u32>,
    unknown: u32,
    malformed: u32,
    over: u32,
    ended: u32,
    /// A rejected order that was not counted as one.
    uncounted: u32,
    stalls: u32,
    repeated: u32,
    left: u32,
    missed: u32,
}

impl Seen {
    pub(crate) fn all(&self) -> bool {
        let kinds = b"ACDEJMU".iter().all(|kind| self.kinds.contains_key(kind));
        let rest = [
            self.unknown,
            self.malformed,
            self.over,
            self.ended,
            self.uncounted,
            self.stalls,
            self.repeated,
            self.left,
            self.missed,
        ];
        kinds && rest.iter().all(|count| *count > 0)
    }
}

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    golden: OuchRx,
    ports: BTreeMap<&'static str, PortId>,
    count: PortId,
    /// What was counted directly behind a reset.
    counted: u64,
    stream: VecDeque<u8>,
    offered: Option<Vec<u8>>,
    reports: Vec<Report>,
    next_ref: u32,
    next_grant: u64,
    bits: u32,
    pub(crate) valid_percent: u64,
    pub(crate) ready_percent: u64,
    pub(crate) grant_percent: u64,
    /// All lanes of a word are used.
    pub(crate) dense: bool,
    pub(crate) seen: Seen,
}

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let bits = u32::try_from(gateware::ouch_rx::ORDER_BITS).expect("small");
        let ports = PORTS.into_iter().map(|name| (name, bench.port(name))).collect();
        let next_ref = u32::try_from(bench.rng.edgy(32)).expect("32 bits");
        let mut world = Self {
            golden: OuchRx::new(bits),
            ports,
            count: bench.port("count"),
            counted: 0,
            stream: VecDeque::new(),
            offered: None,
            reports: Vec::new(),
            next_ref,
            next_grant: 0,
            bits,
            valid_percent: 100,
            ready_percent: 100,
            grant_percent: 0,
            dense: true,
            seen: Seen::default(),
            bench,
        };
        world.sweep();
        world
    }

    fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports[name], value);
    }

    fn get(&self, name: &str) -> u64 {
        self.bench.get(self.ports[name])
    }

    fn sweep(&mut self) {
        for name in ["in_valid", "restart", "grant", "do_next"] {
            self.set(name, 0);
        }
        self.set("reset", 1);
        self.bench.tick();
        self.set("reset", 0);
        self.bench.eval();
        self.counted = self.bench.get(self.count);
        while self.get("ready") == 0 {
            self.bench.tick();
            self.bench.eval();
        }
    }

    /// A reset in the middle of a packet: orders, the packet under way and all that was to come are forgotten.
    pub(crate) fn reset(&mut self) -> Verdict {
        self.in_the_middle()?;
        self.reset_now()
    }

    /// A reset, whatever is under way.
    pub(crate) fn reset_now(&mut self) -> Verdict {
        self.golden = OuchRx::new(self.bits);
        self.reports.clear();
        self.stream.clear();
        self.offered = None;
        self.sweep();
        self.bench.eq("count behind a reset", self.counted, 0)
    }

    /// So many cycles of what is to come.
    pub(crate) fn run(&mut self, cycles: u64) -> Verdict {
        self.dense = true;
        for _ in 0..cycles {
            self.cycle(None)?;
        }
        Ok(())
    }

    /// Up to the middle of a word of a packet without effect.
    fn in_the_middle(&mut self) -> Verdict {
        self.dense = true;
        self.packet(b'H', &[b'S'; 60]);
        let after = usize::try_from(self.bench.rng.between(8, 30)).expect("small");
        while self.stream.len() > after || self.offered.is_some() {
            self.cycle(None)?;
        }
        let inside = self.golden.is_inside();
        self.stream.clear();
        self.bench.check(inside, || "between packets".into())
    }

    /// Orders are numbered from anywhere from now on.
    pub(crate) fn jump(&mut self) {
        self.next_ref = u32::try_from(self.bench.rng.bits(32)).expect("32 bits");
    }

    /// The next order stands at this place.
    pub(crate) fn jump_to(&mut self, at: u32) {
        self.jump();
        self.next_ref = self.next_ref - self.golden.place_of(self.next_ref) + at;
    }

    /// Orders the block has room for.
    pub(crate) fn places(&self) -> u32 {
        1 << self.bits
    }

    pub(crate) fn next_ref(&self) -> u32 {
        self.next_ref
    }

    /// Shares left of an order, 100 if there is none of that number.
    pub(crate) fn left(&self, user_ref: u32) -> u32 {
        let order = self.golden.orders.get(&self.golden.place_of(user_ref));
        u32::try_from(order.map_or(100, |order| order.left)).expect("32 bits")
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.stream.extend(bytes);
    }

    pub(crate) fn packet(&mut self, kind: u8, body: &[u8]) {
        let length = u16::try_from(body.len() + 1).expect("short");
        self.bytes(&length.to_be_bytes());
        self.bytes(&[kind]);
        self.bytes(body);
    }

    pub(crate) fn sequenced(&mut self, message: &[u8]) {
        self.packet(b'S', message);
    }

    /// An order of these shares leaves now; its number.
    pub(crate) fn grant(&mut self, left: u32, buy: bool) -> Result<u32, testbench::Failure> {
        let order = Order {
            user_ref: self.next_ref,
            slot: u8::try_from(self.bench.rng.below(64)).expect("6 bits"),
            buy,
            left: left.into(),
            counts: self.bench.rng.percent(60),
        };
        while self.bench.cycles() < self.next_grant {
            self.cycle(None)?;
        }
        self.cycle(Some(order))?;
        Ok(order.user_ref)
    }

    fn drive_grant(&mut self, order: Option<Order>) {
        let noise = self.bench.rng.next_u64();
        self.set("grant", order.is_some().into());
        let of = order.unwrap_or(Order {
            user_ref: self.next_ref,
            slot: 5,
            buy: true,
            left: noise & 0xffff_ffff,
            counts: noise >> 63 == 1,
        });
        self.set("grant_ref", of.user_ref.into());
        self.set("grant_slot", of.slot.into());
        self.set("grant_buy", of.buy.into());
        self.set("grant_qty", of.left);
        self.set("grant_opens", of.counts.into());
    }

    /// Whether a message that waits names an order at the place of this one.
    fn is_named(&self, order: &Order) -> bool {
        let at = self.golden.place_of(order.user_ref);
        self.golden.packets.iter().any(|packet| {
            let Packet::Message(message) = packet else {
                return false;
            };
            ["user_ref", "orig_user_ref"].iter().any(|name| {
                place(message[0], name).is_some_and(|(start, _)| {
                    let number = message[start..start + 4]
                        .iter()
                        .fold(0, |n, b| n << 8 | u32::from(*b));
                    self.golden.place_of(number) == at
                })
            })
        })
    }

    /// An order that leaves by chance.
    fn chance(&mut self) -> Option<Order> {
        if self.bench.cycles() < self.next_grant || !self.bench.rng.percent(self.grant_percent) {
            return None;
        }
        let left = match self.bench.rng.below(8) {
            0 => self.bench.rng.edgy(32),
            1 => 1,
            _ => self.bench.rng.between(1, 500),
        };
        let order = Order {
            user_ref: self.next_ref,
            slot: u8::try_from(self.bench.rng.below(64)).expect("6 bits"),
            buy: self.bench.rng.percent(50),
            left,
            counts: self.bench.rng.percent(60),
        };
        (!self.is_named(&order)).then_some(order)
    }

    /// A word of the stream, or what was offered before and not taken.
    fn drive_word(&mut self) {
        if self.offered.is_none() && !self.stream.is_empty() && self.bench.rng.percent(self.valid_percent) {
            let (mut data, mut keep, mut bytes) = (self.bench.rng.next_u64(), 0_u64, Vec::new());
            for lane in 0..8 {
                if (self.dense || self.bench.rng.percent(40)) && !self.stream.is_empty() {
                    let byte = self.stream.pop_front().expect("not empty");
                    data = data & !(0xff << (8 * lane)) | u64::from(byte) << (8 * lane);
                    keep |= 1 << lane;
                    bytes.push(byte);
                }
            }
            self.set("in_data", data);
            self.set("in_keep", keep);
            self.offered = Some(bytes);
        }
        let offers = self.offered.is_some();
        self.set("in_valid", offers.into());
    }

    fn cycle(&mut self, order: Option<Order>) -> Verdict {
        let order = order.or_else(|| self.chance());
        self.drive_grant(order);
        self.drive_word();
        let ready = self.bench.rng.percent(self.ready_percent);
        self.set("report_ready", ready.into());
        self.bench.eval();
        if self.get("in_ready") == 1
            && let Some(bytes) = self.offered.take()
        {
            bytes.into_iter().for_each(|byte| self.golden.push(byte));
        }
        self.observe(ready)?;
        if let Some(order) = order {
            self.golden.grant(order);
            self.next_ref = order.user_ref.wrapping_add(1);
            self.next_grant = self.bench.cycles() + SPACING;
        }
        self.bench.tick();
        Ok(())
    }

    fn observe(&mut self, ready: bool) -> Verdict {
        let valid = self.get("report_valid") == 1;
        self.seen.stalls += u32::from(valid && !ready);
        if valid && ready {
            let word = |name| u32::try_from(self.get(name)).expect("32 bits");
            let report = Report {
                slot: u8::try_from(self.get("report_slot")).expect("6 bits"),
                buy: self.get("report_buy") == 1,
                gone: self.get("report_gone"),
                done: self.get("report_done") == 1,
                moved: word("report_moved").cast_signed(),
                price: Some(word("report_price")),
            };
            self.reports.push(report);
        }
        let [applied, malformed, unknown, repeated, left, missed] =
            [0, 1, 2, 3, 4, 5].map(|bit| self.bench.get(self.count) >> bit & 1 == 1);
        for (pulse, what) in [
            (repeated, Packet::Repeated),
            (left, Packet::Left),
            (missed, Packet::Missed),
        ] {
            if pulse {
                let seen = &mut self.seen;
                seen.repeated += u32::from(repeated);
                seen.left += u32::from(left);
                seen.missed += u32::from(missed);
                let packet = self.golden.packets.pop_front();
                self.bench.eq("packet", packet, Some(what))?;
            }
        }
        if malformed {
            let packet = self.golden.packets.pop_front();
            self.seen.malformed += 1;
            self.bench.eq("packet", packet, Some(Packet::Malformed))?;
        }
        if !applied {
            return self.bench.eq("unknown", unknown, false);
        }
        let Some(Packet::Message(message)) = self.golden.packets.pop_front() else {
            return self.bench.check(false, || "a message that nobody sent".into());
        };
        let (expected, missing) = self.golden.apply(&message);
        *self.seen.kinds.entry(message[0]).or_default() += 1;
        self.seen.unknown += u32::from(missing);
        self.seen.ended += u32::from(expected.iter().any(|r| r.done));
        self.seen.uncounted += u32::from(message[0] == b'J' && expected.iter().any(|r| !r.done));
        self.seen.over += u32::from(
            expected
                .iter()
                .any(|r| u64::from(r.moved.unsigned_abs()) > r.gone),
        );
        let mut got = std::mem::take(&mut self.reports);
        if message[0] != b'E' {
            got.iter_mut().for_each(|report| report.price = None);
        }
        self.bench.eq("reports", got, expected)?;
        self.bench.eq("unknown", unknown, missing)
    }

    /// Until all of the stream has had its effect.
    pub(crate) fn drain(&mut self) -> Verdict {
        let mut quiet = 0;
        for _ in 0..400_000 {
            self.cycle(None)?;
            let idle = self.stream.is_empty() && self.offered.is_none() && self.golden.packets.is_empty();
            quiet = if idle { quiet + 1 } else { 0 };
            if quiet > 12 {
                let left = self.reports.len();
                self.bench.eq("reports too many", left, 0)?;
                self.bench.eq("busy", self.get("busy"), 0)?;
                let next = self.golden.next.into();
                return self.bench.eq("next_message", self.get("next_message"), next);
            }
        }
        let packets = self.golden.packets.len();
        self.bench
            .check(false, || format!("{packets} packets without effect"))
    }

    /// A Login Accepted that says so: the number in digits behind spaces.
    pub(crate) fn login(&mut self, number: u64) {
        let body = format!("{:<10}{number:>20}", "SESSION");
        self.packet(b'A', body.as_bytes());
    }

    /// Number of the next message that counts, as far as the stream has come.
    pub(crate) fn next_message(&self) -> u32 {
        self.golden.next
    }

    /// The host says which message is next.
    pub(crate) fn set_next(&mut self, number: u32) -> Verdict {
        self.drain()?;
        self.set("do_next", 1);
        self.set("next_data", number.into());
        self.cycle(None)?;
        self.set("do_next", 0);
        self.golden.set_next(number);
        self.drain()
    }

    /// Part of a packet, then a new stream.
    pub(crate) fn restart(&mut self) -> Verdict {
        self.grant_percent = 0;
        self.in_the_middle()?;
        self.jump();
        self.restart_now()
    }

    /// The same wherever the stream is. What has not been told by then is not told any more.
    pub(crate) fn restart_now(&mut self) -> Verdict {
        self.stream.clear();
        self.offered = None;
        self.set("restart", 1);
        self.cycle(None)?;
        self.set("restart", 0);
        self.golden.restart();
        self.golden.packets.clear();
        Ok(())
    }

    /// A cycle in which nothing is compared.
    pub(crate) fn idle(&mut self) {
        self.drive_grant(None);
        self.set("in_valid", 0);
        self.set("report_ready", 1);
        self.bench.tick();
    }

    /// All of the stream but the last word is taken.
    pub(crate) fn stop_before_end(&mut self) -> Verdict {
        while !self.stream.is_empty() || self.offered.is_some() {
            self.cycle(None)?;
        }
        Ok(())
    }

    /// A grant in a cycle of its own, whatever is under way.
    pub(crate) fn take_over(&mut self, order: Order) {
        self.drive_grant(Some(order));
        self.set("in_valid", 0);
        self.bench.tick();
        self.golden.grant(order);
        self.next_ref = order.user_ref.wrapping_add(1);
        self.next_grant = self.bench.cycles() + SPACING;
    }

    /// What has been applied unseen, or not: either is right of an order that was taken over.
    pub(crate) fn forget_pending(&mut self, user_ref: u32) {
        self.golden.packets.clear();
        self.reports.clear();
        let at = self.golden.place_of(user_ref.wrapping_sub(1));
        self.golden.orders.remove(&at);
    }
}
