//! Golden model of the fabric trigger: conditions straight from `contract::trigger`, in integers too wide to overflow.

mod line;

use contract::event::{Code, HEAD, TRIGGER_BODY, TriggerCause};
use contract::layout::{Field, lsb, put_bits, width};
use contract::ring::PAYLOAD_BYTES;
use line::Line;

/// An entry of the events ring.
pub type Entry = [u8; PAYLOAD_BYTES];
/// Cycles from an accepted arming until it is armed.
const ARMING: usize = 3;

/// The words of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words {
    /// Side, time in force, display, capacity.
    pub letters: u32,
    /// ISO, cross type.
    pub routing: u16,
    /// Shares.
    pub qty: u32,
    /// 1/10000 dollar.
    pub price: u32,
    /// Host token.
    pub token: u32,
    /// ClOrdID.
    pub cl_ord_id: [u8; 14],
    /// `contract::trigger::Compare`.
    pub compare: u8,
    /// T.
    pub threshold: i16,
    /// Constants as written, 32 and 17 bits.
    pub constants: [u32; 2],
    /// ITCH time, ns.
    pub itch_expiry: u64,
    /// Card time, ns.
    pub expiry: u64,
    /// Number.
    pub arm_seq: u32,
}

/// A level with what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Level {
    /// Slot.
    pub slot: usize,
    /// The book changed.
    pub changed: bool,
    /// Not degraded.
    pub exact: bool,
    /// ITCH time, ns.
    pub ts: u64,
    /// Sequence number.
    pub seq: u64,
    /// Card time at the start of its frame, ns.
    pub stamp: u64,
    /// Price and quantity.
    pub bid: [u32; 2],
    /// Price and quantity.
    pub ask: [u32; 2],
}

/// A receive port in a cycle: valid, last, user.
pub type Beat = [bool; 3];

/// All inputs of a cycle.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Card time, ns.
    pub now: u64,
    /// Slot of the level of the next cycle.
    pub coming: usize,
    /// Level.
    pub best: Option<Level>,
    /// Slot whose flow starts anew.
    pub clear: Option<usize>,
    /// A bit a slot: ready, stale, halted.
    pub flags: [u64; 3],
    /// Kill latch.
    pub killed: bool,
    /// Gate armed.
    pub gate_armed: bool,
    /// Heartbeat fresh.
    pub fresh: bool,
    /// No session.
    pub session_lost: bool,
    /// Fencing epoch.
    pub epoch: u16,
    /// Orders wait for their frame.
    pub wait_fcs: bool,
    /// Receive ports.
    pub rx: [Beat; 2],
    /// Staged words.
    pub words: Words,
    /// Pulses: arm, disarm.
    pub pulses: [bool; 2],
    /// Word of the pulses.
    pub data: u32,
    /// The gate takes.
    pub request_ready: bool,
    /// An order slot asks too.
    pub rival: bool,
    /// The entry is taken.
    pub entry_ready: bool,
}

/// What the gate is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Slot.
    pub slot: usize,
    /// Words when it was armed.
    pub words: Words,
    /// Epoch of the arming.
    pub epoch: u16,
    /// Start of the frame that fired it, ns.
    pub stamp: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Firing {
    time: u64,
    level: Level,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    armed: bool,
    order: bool,
    debt: bool,
    fired: bool,
    cause: u8,
    undecided: [bool; 2],
    words: Words,
    epoch: u16,
    firing: Firing,
    previous: Level,
    seen: bool,
}

impl Slot {
    fn busy(&self) -> bool {
        self.armed || self.order || self.debt
    }
    fn waits(&self, wait_fcs: bool) -> bool {
        self.order && !(wait_fcs && self.undecided != [false; 2])
    }
}

/// A level on its way to its verdict.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    level: Level,
    holds: bool,
    expired: bool,
    time: u64,
    under_way: [bool; 2],
}

/// What a cycle has for the slots.
#[derive(Debug)]
struct Turn {
    fires: Option<Verdict>,
    expires: [Option<usize>; 2],
    goes: bool,
    taken: Option<usize>,
    told: Option<usize>,
    arm: Option<usize>,
    /// Of each line: a frame ends, badly.
    ends: [[bool; 2]; 2],
}

/// What has happened, for the stimulus to be judged by.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Firings by comparator.
    pub fired: [u32; 4],
    /// Firings with a cause in their cycle.
    pub won: u32,
    /// Disarmed or refused, by cause.
    pub causes: [u32; 12],
    /// Orders that went at once, and later.
    pub ways: [u32; 2],
    /// Orders that waited for a frame, frames that ended badly.
    pub frames: [u32; 2],
    /// Levels of an armed slot by which it did not fire though armed.
    pub missed: u32,
    /// Order slots that waited.
    pub passed: u32,
}

/// The trigger.
#[derive(Debug, Clone)]
pub struct Trigger {
    slots: Vec<Slot>,
    ahead: Slot,
    verdicts: [Option<Verdict>; 2],
    lines: [Line; 2],
    arming: [Option<usize>; ARMING],
    offered: Option<Request>,
    chosen: Option<usize>,
    entry: Option<Entry>,
    telling: Option<usize>,
    refusal: Option<(usize, u8, Words)>,
    scan: usize,
    scanned: Option<(usize, bool, bool)>,
    epoch_was: Option<u16>,
    owed: u64,
    /// Of the stimulus.
    pub seen: Seen,
}

impl Trigger {
    /// After a reset.
    pub fn new(slots: usize) -> Self {
        Self {
            slots: vec![Slot::default(); slots],
            ahead: Slot::default(),
            verdicts: [None; 2],
            lines: [Line::new(), Line::new()],
            arming: [None; ARMING],
            offered: None,
            chosen: None,
            entry: None,
            telling: None,
            refusal: None,
            scan: 0,
            scanned: None,
            epoch_was: None,
            owed: 0,
            seen: Seen::default(),
        }
    }

    /// Another one, after a reset as long as frames are on their way: memories keep what they have.
    #[must_use]
    pub fn after_reset(&self) -> Self {
        let mut fresh = Self::new(self.slots.len());
        for (slot, old) in fresh.slots.iter_mut().zip(&self.slots) {
            slot.words = old.words;
            slot.epoch = old.epoch;
            slot.firing = old.firing;
            slot.previous = old.previous;
        }
        fresh
    }

    /// Order offered.
    pub const fn request(&self) -> Option<Request> {
        self.offered
    }

    /// Entry offered.
    pub const fn entry(&self) -> Option<Entry> {
        self.entry
    }

    /// A bit a slot.
    pub fn armed(&self) -> u64 {
        self.slots
            .iter()
            .rev()
            .fold(0, |mask, slot| mask << 1 | u64::from(slot.armed))
    }

    /// Slots that could be armed.
    pub fn is_free(&self, slot: usize) -> bool {
        !self.slots[slot].busy() && self.arming.iter().all(Option::is_none)
    }

    /// One cycle; the counter pulses of it.
    pub fn step(&mut self, inputs: &Inputs) -> u64 {
        let mut count = 0;
        let coming = self.slots[inputs.coming];
        let scanned = self.slots[self.scan];
        let ends = [self.lines[0].ends(), self.lines[1].ends()];
        let verdict = self.verdicts[1];
        let live = verdict.filter(|v| self.slots[v.level.slot].armed);
        let fires = live.filter(|v| v.holds && !v.expired && v.level.exact);
        let expires = live.filter(|v| v.expired).map(|v| v.level.slot);
        self.seen.missed += u32::from(live.is_some() && fires.is_none());
        let scan_expires = self.scanned.filter(|s| s.1 && s.2).map(|s| s.0);
        let waits: Vec<bool> = self
            .slots
            .iter()
            .map(|slot| slot.waits(inputs.wait_fcs))
            .collect();
        let owes: Vec<bool> = self.slots.iter().map(|slot| slot.debt).collect();
        let arm = self.arming[ARMING - 1];
        let refused = self.arm(inputs);
        count |= u64::from(arm.is_some()) | u64::from(fires.is_some()) << 1;
        count |= u64::from(refused.is_some()) << 3 | u64::from(self.owed != 0) << 4;
        let passes = self.offered.is_some() && inputs.request_ready && inputs.rival;
        self.seen.passed += u32::from(passes);
        count |= u64::from(passes) << 5;
        let told = self.tell(inputs, refused, &owes);
        count |= u64::from(told.is_some_and(|slot| !self.slots[slot].fired)) << 2;
        let (goes, taken) = self.send(inputs, (verdict.is_some(), fires.as_ref()), &waits);
        let turn = Turn {
            fires,
            expires: [expires, scan_expires],
            goes,
            taken,
            told,
            arm,
            ends,
        };
        let spoiled = self.latches(inputs, &turn);
        self.seen.frames[1] += spoiled.count_ones();
        self.owed = self.owed & self.owed.wrapping_sub(1) | spoiled;
        self.look(inputs, coming);
        self.scanned = Some((self.scan, scanned.armed, inputs.now >= scanned.words.expiry));
        self.scan = (self.scan + 1) % self.slots.len();
        for (line, beat) in self.lines.iter_mut().zip(inputs.rx) {
            line.step(beat, inputs.now);
        }
        self.epoch_was = Some(inputs.epoch);
        count
    }

    /// Every slot's turn; those whose frame was bad, a bit each.
    fn latches(&mut self, inputs: &Inputs, turn: &Turn) -> u64 {
        let trouble = self.trouble(inputs);
        let mut spoiled = 0;
        for index in 0..self.slots.len() {
            let fire = turn.fires.filter(|v| v.level.slot == index);
            let expire = turn.expires.contains(&Some(index));
            let cause = cause_of(inputs, index, trouble, expire);
            let slot = &mut self.slots[index];
            slot.order &= turn.taken != Some(index);
            slot.debt &= turn.told != Some(index);
            let bad = (0..2).any(|line| slot.undecided[line] && turn.ends[line][1]);
            spoiled |= u64::from(bad) << index;
            for line in 0..2 {
                slot.undecided[line] &= !turn.ends[line][0] && !bad;
            }
            if slot.armed {
                slot.cause = cause;
                slot.fired = fire.is_some();
                if let Some(v) = fire {
                    slot.order = !turn.goes;
                    slot.undecided = [0, 1].map(|line| v.under_way[line] && !turn.ends[line][0]);
                    slot.firing = Firing {
                        time: v.time,
                        level: v.level,
                    };
                    self.seen.fired[usize::from(slot.words.compare)] += 1;
                    self.seen.won += u32::from(cause != 0);
                    self.seen.ways[usize::from(!turn.goes)] += 1;
                    self.seen.frames[0] += u32::from(inputs.wait_fcs && v.under_way != [false; 2]);
                }
                if fire.is_some() || cause != 0 {
                    slot.armed = false;
                    slot.debt = true;
                }
            }
            if turn.arm == Some(index) {
                slot.armed = true;
            }
        }
        spoiled
    }

    /// The cause that holds for all slots.
    fn trouble(&self, inputs: &Inputs) -> Option<TriggerCause> {
        [
            (inputs.killed, TriggerCause::Killed),
            (!inputs.gate_armed, TriggerCause::NotArmed),
            (!inputs.fresh, TriggerCause::Heartbeat),
            (inputs.session_lost, TriggerCause::Session),
            (
                self.epoch_was.is_some_and(|epoch| epoch != inputs.epoch),
                TriggerCause::Epoch,
            ),
        ]
        .into_iter()
        .find_map(|(bad, cause)| bad.then_some(cause))
    }

    /// A word of arming; why it is refused.
    fn arm(&mut self, inputs: &Inputs) -> Option<TriggerCause> {
        let slot = (inputs.data & 63) as usize;
        let epoch = u16::try_from(inputs.data >> 16).expect("16 bits");
        let words = &inputs.words;
        let known = b"BSTE".contains(&words.letters.to_le_bytes()[0]);
        let t = i64::from(words.threshold);
        let fits = words.compare >= 2
            || (i64::from(words.constants[0]) == 32_768 - t && i64::from(words.constants[1]) == 32_768 + t);
        let busy = |slot: &Slot| slot.busy();
        let why = if !known || !fits || slot >= self.slots.len() {
            Some(TriggerCause::Malformed)
        } else if busy(&self.slots[slot]) || self.arming.iter().any(Option::is_some) {
            Some(TriggerCause::Busy)
        } else if epoch != inputs.epoch {
            Some(TriggerCause::Epoch)
        } else {
            None
        };
        let accepted = inputs.pulses[0] && why.is_none();
        if accepted {
            self.slots[slot].words = inputs.words;
            self.slots[slot].epoch = epoch;
        }
        self.arming.rotate_right(1);
        self.arming[0] = accepted.then_some(slot);
        why.filter(|_| inputs.pulses[0])
    }

    /// Entries: the slot that is told.
    fn tell(&mut self, inputs: &Inputs, refused: Option<TriggerCause>, owes: &[bool]) -> Option<usize> {
        let free = self.entry.is_none() || inputs.entry_ready;
        let denies = free && self.refusal.is_some();
        let told = self.telling.filter(|_| free && !denies);
        if inputs.entry_ready {
            self.entry = None;
        }
        if let Some((slot, cause, words)) = self.refusal.filter(|_| denies) {
            self.seen.causes[usize::from(cause)] += 1;
            self.entry = Some(entry(slot, &words, cause, inputs.now, None));
        }
        if let Some(index) = told {
            let slot = &self.slots[index];
            let firing = slot.fired.then_some(&slot.firing);
            self.seen.causes[usize::from(slot.cause)] += u32::from(firing.is_none());
            self.entry = Some(entry(index, &slot.words, slot.cause, inputs.now, firing));
        }
        self.telling = (0..owes.len()).find(|slot| owes[*slot] && told != Some(*slot));
        if let Some(cause) = refused.filter(|_| self.refusal.is_none() || denies) {
            self.refusal = Some(((inputs.data & 63) as usize, cause as u8, inputs.words));
        } else if denies {
            self.refusal = None;
        }
        told
    }

    /// Orders: whether that of the firing trigger goes at once, and the slot whose order went, which none does while one is judged.
    fn send(
        &mut self,
        inputs: &Inputs,
        (judged, fires): (bool, Option<&Verdict>),
        waits: &[bool],
    ) -> (bool, Option<usize>) {
        let free = self.offered.is_none() || inputs.request_ready;
        // A frame that ends in this very cycle holds it back for that cycle.
        let held = |v: &Verdict| inputs.wait_fcs && v.under_way != [false; 2];
        let direct = fires.filter(|v| !held(v));
        let goes = direct.is_some() && free;
        let taken = self.chosen.filter(|_| free && !judged);
        if inputs.request_ready {
            self.offered = None;
        }
        let order = |slot: usize, stamp: u64, slots: &[Slot]| Request {
            slot,
            words: slots[slot].words,
            epoch: slots[slot].epoch,
            stamp,
        };
        if let Some(v) = direct.filter(|_| goes) {
            self.offered = Some(order(v.level.slot, v.level.stamp, &self.slots));
        } else if let Some(slot) = taken {
            self.offered = Some(order(slot, self.slots[slot].firing.level.stamp, &self.slots));
        }
        self.chosen = (0..waits.len()).find(|slot| waits[*slot] && taken != Some(*slot));
        (goes, taken)
    }

    /// Levels on their way.
    fn look(&mut self, inputs: &Inputs, coming: Slot) {
        if let Some(v) = &mut self.verdicts[0] {
            v.time = inputs.now & 0xffff_ffff_ffff;
            v.under_way = [0, 1].map(|line: usize| self.lines[line].is_under_way(v.level.stamp));
        }
        self.verdicts[1] = self.verdicts[0].take();
        if let Some(slot) = inputs.clear {
            self.slots[slot].seen = false;
        }
        if let Some(level) = inputs.best.filter(|level| level.changed) {
            let slot = &mut self.slots[level.slot];
            let before = slot.seen.then_some(self.ahead.previous);
            slot.seen = true;
            slot.previous = level;
            if self.ahead.armed {
                let words = &self.ahead.words;
                self.verdicts[0] = Some(Verdict {
                    level,
                    holds: holds(words, &level, before.as_ref()),
                    expired: level.ts >= words.itch_expiry || inputs.now >= words.expiry,
                    time: 0,
                    under_way: [false; 2],
                });
            }
        }
        self.ahead = coming;
    }
}

/// The lowest cause of a slot, 0 for none.
fn cause_of(inputs: &Inputs, slot: usize, trouble: Option<TriggerCause>, expire: bool) -> u8 {
    let [ready, stale, halted] = inputs.flags.map(|flags| flags >> slot & 1 == 1);
    let disarm = inputs.pulses[1] && (inputs.data & 63) as usize == slot;
    let own = [
        (stale || !ready, TriggerCause::Stale),
        (halted, TriggerCause::Halted),
        (disarm, TriggerCause::Host),
        (expire, TriggerCause::Expired),
    ];
    let own = own.into_iter().find_map(|(bad, cause)| bad.then_some(cause));
    trouble.or(own).map_or(0, |cause| cause as u8)
}

/// The condition, as `contract::trigger` defines it.
fn holds(words: &Words, level: &Level, before: Option<&Level>) -> bool {
    let (bid, ask) = (i128::from(level.bid[1]), i128::from(level.ask[1]));
    if words.compare < 2 {
        let (left, right) = (
            bid * i128::from(words.constants[0]),
            ask * i128::from(words.constants[1]),
        );
        let some = bid + ask > 0;
        return some
            && if words.compare == 0 {
                left >= right
            } else {
                left <= right
            };
    }
    let flow = before.map_or(0, |before| flow(level, before));
    let raw = i128::from(words.constants[1] & 7) << 32 | i128::from(words.constants[0]);
    let bound = if raw >= 1 << 34 { raw - (1 << 35) } else { raw };
    if words.compare == 2 {
        flow >= bound
    } else {
        flow <= bound
    }
}

/// Order flow of the best level, shares.
fn flow(level: &Level, before: &Level) -> i128 {
    // No level is the worst one.
    let price = |[price, size]: [u32; 2], none| if size == 0 { none } else { price };
    let size = |side: [u32; 2]| i128::from(side[1]);
    let (bid, bid_was) = (price(level.bid, 0), price(before.bid, 0));
    let (ask, ask_was) = (price(level.ask, u32::MAX), price(before.ask, u32::MAX));
    let when = |holds: bool, value: i128| if holds { value } else { 0 };
    when(bid >= bid_was, size(level.bid))
        - when(bid <= bid_was, size(before.bid))
        - when(ask <= ask_was, size(level.ask))
        + when(ask >= ask_was, size(before.ask))
}

fn put(entry: &mut Entry, base: u32, layout: &[Field], name: &str, value: u64) {
    put_bits(entry, base + lsb(layout, name), width(layout, name), value);
}

/// The entry of a slot.
fn entry(slot: usize, words: &Words, cause: u8, now: u64, firing: Option<&Firing>) -> Entry {
    let mut entry = [0; PAYLOAD_BYTES];
    let code = if firing.is_some() {
        Code::TriggerFired
    } else {
        Code::TriggerDisarmed
    };
    let time = firing.map_or(now & 0xffff_ffff_ffff, |firing| firing.time);
    put(&mut entry, 0, HEAD, "time", time);
    put(&mut entry, 0, HEAD, "slot", slot as u64);
    put(&mut entry, 0, HEAD, "code", code as u64);
    let mut body = |name: &str, value: u64| put(&mut entry, 64, TRIGGER_BODY, name, value);
    body("arm_seq", words.arm_seq.into());
    body("token", words.token.into());
    body("cause", cause.into());
    if let Some(Firing { level, .. }) = firing {
        body("compare", words.compare.into());
        body("seq", level.seq);
        body("stamp", level.stamp);
        body("bid_sz", level.bid[1].into());
        body("ask_sz", level.ask[1].into());
    }
    entry
}
