//! Golden model of the gate: every check straight from its definition, in integers too wide to overflow.

mod entry;
mod gross;
mod guards;
mod limits;
mod originals;
mod request;

use contract::event::{REASONS, Reason};
use contract::reg::{ARM_KEY, RELEASE_DONE, SLOT};
use contract::ring::PAYLOAD_BYTES;
use entry::{kill_entry, reject_entry};
use gross::Gross;
use guards::Guards;
pub use limits::Limits;
use originals::Originals;
pub use request::Request;
use std::collections::VecDeque;

/// Most a position may be, shares.
const POSITION_END: i128 = 1 << 35;
/// A longer step of the card time is the clock being set, ns.
const STEP_MAX: u64 = 1_023;

/// An entry of the events ring.
pub type Entry = [u8; PAYLOAD_BYTES];

/// Best prices and quantities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Best {
    /// Bid price and quantity.
    pub bid: [u32; 2],
    /// Ask price and quantity.
    pub ask: [u32; 2],
}

/// All inputs of a cycle.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Card time, ns.
    pub now: u64,
    /// Request offered.
    pub request: Option<Request>,
    /// The transmitter can take a grant.
    pub tx_ready: bool,
    /// The entry is taken.
    pub entry_ready: bool,
    /// View of a slot.
    pub view: Option<(usize, Best)>,
    /// Slot swept.
    pub clear: Option<usize>,
    /// A bit a slot: ready, stale, gap, halted.
    pub flags: [u64; 4],
    /// The events ring is full.
    pub events_full: bool,
    /// Slot, register index, word.
    pub write: Option<(usize, usize, u32)>,
    /// Pulses: arm, kill, heartbeat, limits commit.
    pub pulses: [bool; 4],
    /// Word of the pulses.
    pub word: u32,
    /// Heartbeat timeout, ns.
    pub timeout: u32,
    /// Current epoch.
    pub epoch: u16,
    /// Port bucket: most tokens, ns a token.
    pub rate: (u16, u32),
    /// Time for the throttle to forget a grant, ns.
    pub throttle_ns: u32,
    /// Pulses with `word`: a new numbering of order slots, THROTTLE_CLEAR.
    pub more_pulses: [bool; 2],
    /// Of a TCP connection: next sequence, acknowledgement and window of the peer.
    pub tcp: Option<[u32; 3]>,
    /// Slot read.
    pub read: usize,
    /// The transmitter's next UserRefNum, and the pulse that writes it.
    pub next_ref: u32,
    pub renumber: bool,
    /// Limit of the gross notional as written; pulse with `word`: added to what is counted, below this high word.
    pub gross_max: u64,
    pub gross_add: bool,
    pub gross_add_hi: u32,
}

/// Position of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Shares.
    pub net: i128,
    /// Open shares: sells, buys.
    pub open: [i128; 2],
    /// Open orders.
    pub orders: i128,
}

/// Tokens out, and time since the last one came back, ns.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    used: u128,
    elapsed: u128,
}

impl Bucket {
    fn pass(&mut self, refill: u32, step: Option<u128>, take: bool) {
        let refill = u128::from(refill);
        let mut back = false;
        if self.used == 0 || refill == 0 {
            self.elapsed = 0;
        } else if let Some(step) = step {
            self.elapsed += step;
        } else if self.elapsed >= refill {
            self.elapsed -= refill;
            back = true;
        }
        self.used = self.used + u128::from(take) - u128::from(back);
    }
}

/// What a request finds when it is taken.
#[derive(Debug, Clone, Copy)]
struct Found {
    request: Request,
    limits: Limits,
    account: Account,
    used: u128,
    port_used: u128,
    port_tokens: u16,
    epoch: u16,
    best: Option<Best>,
    guards: guards::Found,
    gross: gross::Found,
    /// Of a Replace: shares of the order it names.
    base: Option<u32>,
}

impl Found {
    /// Shares the order adds to those open.
    fn added(&self) -> u32 {
        let base = self.base.filter(|_| self.request.is_replace());
        self.request.qty.saturating_sub(base.unwrap_or(0))
    }
}

/// The outcome of a request: failed checks, value and limit of the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// A bit a check.
    pub checks: u32,
    /// What broke the limit.
    pub value: u32,
    /// The limit.
    pub limit: u32,
}

/// A slot register write: slot, register, data, and what POSITION_LOAD would load.
type SlotWrite = (usize, usize, u32, u32);

/// The gate.
#[derive(Debug, Clone)]
pub struct RiskGate {
    cycle: u64,
    armed: bool,
    killed: bool,
    kill_pulse: bool,
    kill_due: Option<u64>,
    beat: Option<u64>,
    age: Option<u64>,
    fresh: bool,
    samples: VecDeque<u64>,
    port: Bucket,
    buckets: Vec<Bucket>,
    guards: Guards,
    gross: Gross,
    originals: Originals,
    /// Cycles that what a Replace names has been looked up in; it takes three.
    looked: u8,
    shadow: Vec<Limits>,
    /// Limits that count.
    pub limits: Vec<Limits>,
    /// Positions.
    pub accounts: Vec<Account>,
    position_set: Vec<u32>,
    best: Vec<Option<Best>>,
    /// Of the last cycle: register write with what POSITION_LOAD would load, commit, grant.
    host: (Option<SlotWrite>, bool, Option<(Request, u32)>),
    found: Option<Found>,
    /// Of the request decided last.
    decided: Option<guards::Found>,
    /// Value that the order granted adds.
    worth: Option<u64>,
    /// With the shares it adds.
    granted: Option<(Request, u32)>,
    entry: Option<Entry>,
    rejected: bool,
    read_account: Account,
}

impl RiskGate {
    /// After power-up and a reset in which the card time was `now`.
    pub fn new(slots: usize, now: u64) -> Self {
        Self {
            cycle: 0,
            armed: false,
            killed: false,
            kill_pulse: false,
            kill_due: None,
            beat: None,
            age: None,
            fresh: false,
            samples: [now].into(),
            port: Bucket::default(),
            buckets: vec![Bucket::default(); slots],
            guards: Guards::new(slots),
            gross: Gross::default(),
            originals: Originals::default(),
            looked: 0,
            shadow: vec![Limits::default(); slots],
            limits: vec![Limits::default(); slots],
            accounts: vec![Account::default(); slots],
            position_set: vec![0; slots],
            best: vec![None; slots],
            host: (None, false, None),
            found: None,
            decided: None,
            worth: None,
            granted: None,
            entry: None,
            rejected: false,
            read_account: Account::default(),
        }
    }

    /// A reset; the words of POSITION_SET outlive it.
    pub fn reset(&mut self, now: u64) {
        let position_set = std::mem::take(&mut self.position_set);
        *self = Self::new(position_set.len(), now);
        self.position_set = position_set;
    }

    /// Whether a request is taken in this cycle.
    pub fn ready(&self, inputs: &Inputs) -> bool {
        self.is_idle(inputs) && !self.is_to_look(inputs)
    }

    fn is_idle(&self, inputs: &Inputs) -> bool {
        let booked = self.granted.is_none() && self.host.2.is_none();
        let idle = self.found.is_none() && self.entry.is_none();
        inputs.tx_ready && booked && idle && self.kill_due.is_none()
    }

    /// A Replace waits a cycle for what it names.
    fn is_to_look(&self, inputs: &Inputs) -> bool {
        inputs.request.is_some_and(|request| request.is_replace()) && self.looked < 3
    }

    /// The order granted.
    pub fn granted(&self) -> Option<Request> {
        self.granted.map(|(request, _)| request)
    }

    /// The shares the account counts more for it.
    pub fn added(&self) -> u32 {
        let order = self.granted.filter(|(request, _)| request.is_order());
        order.map_or(0, |(_, added)| added)
    }

    /// Slot, side (buys) and shares of an order a Replace can name.
    pub fn original(&self, user_ref: u32, next_ref: u32) -> Option<(usize, bool, u32)> {
        self.originals.order(user_ref, next_ref)
    }

    /// The entry offered.
    pub fn entry(&self) -> Option<Entry> {
        self.entry
    }

    /// `count armed killed kill_pulse heartbeat_fresh`.
    pub fn status(&self) -> [bool; 5] {
        [
            self.rejected,
            self.armed,
            self.killed,
            self.kill_pulse,
            self.fresh,
        ]
    }

    /// Words read: position, open buys, open sells.
    pub fn read(&self) -> [u32; 3] {
        let Account { net, open, .. } = self.read_account;
        let position = net.clamp(i32::MIN.into(), i32::MAX.into());
        let word = |open: i128| u32::try_from(open).unwrap_or(u32::MAX);
        let position = i32::try_from(position).expect("clamped");
        [position.cast_unsigned(), word(open[1]), word(open[0])]
    }

    /// Tokens out: of a slot, of the port.
    pub fn used(&self, slot: usize) -> [u128; 2] {
        [self.buckets[slot].used, self.port.used]
    }

    /// Best own price against an order, while shares are open there.
    pub fn facing(&self, request: &Request) -> Option<u32> {
        let account = &self.accounts[request.slot];
        self.guards.find(request, account, None).facing()
    }

    /// Last token granted before an order like this one.
    pub fn last_token(&self, request: &Request) -> u32 {
        let account = &self.accounts[request.slot];
        self.guards.find(request, account, None).last_token()
    }

    /// Gross notional that is counted, and its limit.
    pub fn gross(&self) -> [u64; 2] {
        [self.gross.counted(), self.gross.most()]
    }

    /// The best prices of a slot.
    pub fn best(&self, slot: usize) -> Option<Best> {
        self.best[slot]
    }

    /// A cycle with these inputs; returns the outcome of the request decided in it.
    pub fn tick(&mut self, inputs: &Inputs) -> Option<Outcome> {
        let taken = inputs.request.filter(|_| self.ready(inputs));
        self.looked = if self.is_idle(inputs) && self.is_to_look(inputs) {
            self.looked + 1
        } else {
            0
        };
        let outcome = self
            .found
            .take()
            .map(|found| (found, self.decide(&found, inputs)));
        if let Some((found, _)) = &outcome {
            self.decided = Some(found.guards);
            self.worth = Some(found.gross.added());
        }
        self.read_account = self.accounts[inputs.read];
        self.see(inputs);
        self.found = taken.map(|request| self.find(&request, inputs));
        self.pass(inputs);
        let order = self.granted.is_some_and(|(request, _)| request.is_order());
        self.gross.pass(inputs, self.worth.filter(|_| order));
        self.book();
        let granted = self.granted;
        let arming = inputs.pulses[0] && inputs.word == ARM_KEY;
        let kills = inputs.pulses[1] && inputs.word & 1 == 1;
        self.tell(inputs, outcome, kills && !self.killed);
        if inputs.pulses[0] {
            self.armed = arming;
        }
        self.kill_pulse = kills && !self.killed;
        self.killed = kills || self.killed && !arming;
        self.host = (
            inputs
                .write
                .map(|(slot, register, word)| (slot, register, word, self.position_set[slot])),
            inputs.pulses[3] && inputs.word & 1 == 1,
            granted,
        );
        if let Some((slot, register, word)) = inputs.write
            && SLOT[register].name == "POSITION_SET"
        {
            self.position_set[slot] = word;
        }
        self.cycle += 1;
        if let Some((request, _)) = granted {
            self.originals.book(&request, inputs.next_ref);
        }
        if inputs.renumber {
            self.originals.renumber();
        }
        outcome.map(|(_, outcome)| outcome)
    }

    /// Views and clears.
    fn see(&mut self, inputs: &Inputs) {
        if let Some((slot, best)) = inputs.view {
            let stated = |[price, size]: [u32; 2]| price.min(size) > 0;
            self.best[slot] = Some(best).filter(|best| stated(best.bid) && stated(best.ask));
        }
        if let Some(slot) = inputs.clear {
            self.best[slot] = None;
        }
    }

    fn find(&self, request: &Request, inputs: &Inputs) -> Found {
        let named = self.originals.base(request, inputs.next_ref);
        Found {
            request: *request,
            limits: self.limits[request.slot],
            account: self.accounts[request.slot],
            used: self.buckets[request.slot].used,
            port_used: self.port.used,
            port_tokens: inputs.rate.0,
            epoch: inputs.epoch,
            best: self.best[request.slot],
            guards: self
                .guards
                .find(request, &self.accounts[request.slot], inputs.tcp),
            base: named.map(|(shares, _)| shares),
            gross: self.gross.find(request, named),
        }
    }

    fn decide(&self, found: &Found, inputs: &Inputs) -> Outcome {
        let mut outcome = Outcome::default();
        for reason in REASONS {
            let applies = found.request.is_held_to(reason);
            let (fails, value, limit) = self.failed(reason, found, inputs);
            if applies && fails {
                if outcome.checks == 0 {
                    (outcome.value, outcome.limit) = (value, limit);
                }
                outcome.checks |= 1 << reason as u32;
            }
        }
        outcome
    }

    /// Whether the check fails, the value that broke it, and the limit (zeros where there is none).
    fn failed(&self, reason: Reason, found: &Found, inputs: &Inputs) -> (bool, u32, u32) {
        let Found {
            request,
            limits,
            account,
            ..
        } = found;
        let flag = |i: usize| inputs.flags[i] >> request.slot & 1 == 1;
        let kill_now = inputs.pulses[1] && inputs.word & 1 == 1;
        let disarm_now = inputs.pulses[0] && inputs.word != ARM_KEY;
        let net = if request.buy { account.net } else { -account.net };
        let worst = net + account.open[usize::from(request.buy)] + i128::from(found.added());
        let (bound, outside) = collar(request.price, limits.collar, found.best);
        let low = |x: u64| u32::try_from(x & 0xffff_ffff).expect("32 bits");
        let slot_empty = found.used >= limits.tokens.into() && request.is_order();
        let port_empty = found.port_used >= found.port_tokens.into();
        let (used, tokens) = if slot_empty {
            (found.used, limits.tokens)
        } else {
            (found.port_used, found.port_tokens)
        };
        let word = |x: i128| u32::try_from(x.clamp(0, u32::MAX.into())).expect("clamped");
        let used = u32::try_from(used).expect("16 bits");
        match reason {
            Reason::Killed => (self.killed || kill_now, 0, 0),
            Reason::NotArmed => (!self.armed || disarm_now, 0, 0),
            Reason::Malformed => (request.malformed, 0, 0),
            Reason::Sequence => (request.out_of_sequence, request.order_seq, 0),
            Reason::Epoch => (
                request.epoch != found.epoch,
                request.epoch.into(),
                found.epoch.into(),
            ),
            Reason::Heartbeat => (!self.fresh, 0, 0),
            Reason::Stale => (flag(1) || !flag(0), 0, 0),
            Reason::Gap => (flag(2), 0, 0),
            Reason::Halted => (flag(3), 0, 0),
            Reason::Quantity => (
                request.qty == 0 || request.qty > limits.qty,
                request.qty,
                limits.qty,
            ),
            Reason::Collar => (outside, request.price, bound),
            Reason::Position => (worst > limits.position.into(), word(worst), limits.position),
            Reason::OpenOrders => (
                account.orders >= limits.orders.into(),
                word(account.orders),
                limits.orders.into(),
            ),
            Reason::Rate => (slot_empty || port_empty, used, tokens.into()),
            Reason::Notional => (
                request.notional > limits.notional,
                low(request.notional),
                low(limits.notional),
            ),
            Reason::EventsFull => (inputs.events_full, 0, 0),
            Reason::Original => (found.base.is_none(), request.target_ref, 0),
            Reason::GrossNotional => found.gross.failed(),
            reason => guards::failed(reason, request, limits, &found.guards),
        }
    }

    /// Time: heartbeat and buckets.
    fn pass(&mut self, inputs: &Inputs) {
        let timeout = u64::from(inputs.timeout);
        self.fresh = timeout > 0 && self.age.is_some_and(|age| age <= timeout);
        self.age = self.beat.map(|beat| inputs.now.wrapping_sub(beat));
        if inputs.pulses[2] {
            self.beat = Some(inputs.now);
        }
        let step = self.cycle.is_multiple_of(2).then(|| {
            let step = match (self.samples.front(), self.samples.get(1)) {
                (Some(from), Some(to)) => to.wrapping_sub(*from),
                _ => 0,
            };
            self.samples.push_back(inputs.now);
            if self.samples.len() > 2 {
                self.samples.pop_front();
            }
            u128::from(if step > STEP_MAX { 0 } else { step })
        });
        let granted = self.granted;
        let booked = self.host.2.map(|(request, _)| request);
        let of_slot = booked.filter(|request| request.is_order());
        for (slot, bucket) in self.buckets.iter_mut().enumerate() {
            let take = of_slot.is_some_and(|request| request.slot == slot);
            bucket.pass(self.limits[slot].refill, step, take);
        }
        self.port.pass(inputs.rate.1, step, granted.is_some());
        let slot = of_slot.map(|request| request.slot);
        self.guards.pass(inputs, &self.limits, step, slot);
        let order = granted
            .map(|(request, _)| request)
            .filter(|request| request.is_order());
        let order = order.zip(self.decided);
        self.guards.book(order, inputs);
    }

    /// Positions and limits: a load, then the grant, then a release or an execution; a commit, then a limit.
    fn book(&mut self) {
        let (write, commit, granted) = self.host;
        let write = write.map(|(slot, register, word, set)| (slot, SLOT[register].name, word, set));
        if let Some((slot, "POSITION_LOAD", word, set)) = write
            && word & 1 == 1
        {
            self.accounts[slot] = Account {
                net: set.cast_signed().into(),
                ..Account::default()
            };
        }
        if let Some((order, added)) = granted.filter(|(order, _)| order.is_order()) {
            let account = &mut self.accounts[order.slot];
            account.open[usize::from(order.buy)] += i128::from(added);
            account.orders += i128::from(!order.is_replace());
        }
        if commit {
            self.limits = self.shadow.clone();
        }
        let Some((slot, name, word, _)) = write else {
            return;
        };
        let account = &mut self.accounts[slot];
        let mut release = |side: usize| {
            account.open[side] = (account.open[side] - i128::from(word & !RELEASE_DONE)).max(0);
            let done = i128::from(word & RELEASE_DONE != 0);
            account.orders = (account.orders - done).max(0);
        };
        match name {
            "OPEN_RELEASE_SELL" => release(0),
            "OPEN_RELEASE_BUY" => release(1),
            "POSITION_ADD" => {
                let net = account.net + i128::from(word.cast_signed());
                account.net = net.clamp(-POSITION_END, POSITION_END - 1);
            }
            _ => self.shadow[slot].set(name, word),
        }
    }

    /// Grants and entries: what the next cycle shows.
    fn tell(&mut self, inputs: &Inputs, outcome: Option<(Found, Outcome)>, latched: bool) {
        self.granted = None;
        self.rejected = false;
        let idle = self.entry.is_none() && outcome.is_none();
        if inputs.entry_ready {
            self.entry = None;
        }
        if let Some((found, outcome)) = outcome {
            if outcome.checks == 0 {
                self.granted = Some((found.request, found.added()));
            } else if !found.request.is_quiet() {
                self.rejected = true;
                self.entry = Some(reject_entry(&found.request, &outcome, inputs.now));
            }
        }
        if idle && let Some(time) = self.kill_due.take() {
            self.entry = Some(kill_entry(time));
        }
        if latched {
            self.kill_due.get_or_insert(inputs.now);
        }
    }
}

/// The bound a price breaks, and whether it breaks one.
fn collar(price: u32, collar: u32, best: Option<Best>) -> (u32, bool) {
    let Some(best) = best else {
        return (0, true);
    };
    let (price, collar) = (i128::from(price), i128::from(collar));
    let low = i128::from(best.bid[0]) - collar;
    let high = i128::from(best.ask[0]) + collar;
    let bound = if price < low { low } else { high };
    let outside = price < low || price > high;
    (u32::try_from(bound).unwrap_or(0), outside)
}
