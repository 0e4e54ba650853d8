//! The decoder of the card with its slot table, a step a cycle.
//!
//! A step takes what reaches the decoder in one cycle. The message is judged by the state before the step, but
//! `stale_all` counts for it already; then the state changes in this order: the host's registers, the feed's R and H,
//! a synchronisation, whatever makes a slot stale, the end of a sweep, a subscription.

use contract::event::StaleCause;
use contract::record::{EventCode, flag};
use contract::reg::{self, slot_ctrl, slot_state};
use wire::itch50;

use crate::event::FeedEvent;

/// Bytes of a message that reach the decoder.
pub const BODY_BYTES: usize = 50;

/// A register write of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// Slot index.
    pub slot: usize,
    /// Index in `contract::reg::SLOT`.
    pub register: usize,
    /// Word written.
    pub data: u32,
}

/// What reaches the decoder in one cycle.
#[derive(Debug, Clone, Copy, Default)]
pub struct Step<'a> {
    /// A message and the length its block has.
    pub message: Option<(&'a [u8; BODY_BYTES], u16)>,
    /// A write of the host.
    pub write: Option<Write>,
    /// Next expected sequence number.
    pub next_seq: u64,
    /// All slots turn stale; true for a gap, false for a bad frame.
    pub stale_all: Option<bool>,
    /// A slot turns stale, says the order table.
    pub table: Option<(usize, u8)>,
    /// A slot turns stale, says the level store.
    pub store: Option<(usize, u8)>,
    /// The order table, the level store have swept.
    pub swept: (bool, bool),
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// Skipped: the type is unknown.
    UnknownType,
    /// Skipped: the length is wrong for the type.
    BadLength,
    /// Of no slot that takes it.
    OtherLocate,
    /// An entry of the events ring, of this slot (0 for the whole market).
    Admin(usize),
    /// A book or trade event with the flags of its slot.
    Event(FeedEvent, u8),
}

/// What a slot has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Bound to a locate.
    Bound(u16),
    /// Swept.
    Ready,
    /// Synchronised, or refused to be.
    Sync(bool),
    /// Turned stale, `contract::event::StaleCause`.
    Stale(u8),
}

/// What a step brings about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stepped {
    /// Of the message, if there was one.
    pub decoded: Option<Decoded>,
    /// Slots with what they have to tell from now on.
    pub notices: Vec<(usize, Notice)>,
    /// The features of a slot start anew.
    pub feature_reset: Option<usize>,
    /// The sweep of a slot starts.
    pub sweep: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    symbol: [u8; 8],
    locate: u16,
    bound: bool,
    subscribed: bool,
    ready: bool,
    stale: bool,
    gap: bool,
    halted: bool,
    sync_low: u32,
    sweep_due: bool,
}

const RESET: Slot = Slot {
    symbol: [0; 8],
    locate: 0,
    bound: false,
    subscribed: false,
    ready: false,
    stale: true,
    gap: false,
    halted: true,
    sync_low: 0,
    sweep_due: false,
};

impl Slot {
    fn flags(&self) -> u8 {
        let bit = |set: bool, flag: u8| if set { flag } else { 0 };
        bit(self.stale, flag::STALE) | bit(self.gap, flag::GAP) | bit(self.halted, flag::HALTED)
    }

    fn follows(&self, locate: u16) -> bool {
        self.subscribed && self.bound && self.locate == locate
    }

    /// Stale, halted, not ready, no gap: before its sweep, or left alone.
    fn close(&mut self) {
        (self.ready, self.stale, self.halted, self.gap) = (false, true, true, false);
    }
}

/// The decoder.
#[derive(Debug, Clone)]
pub struct Decoder {
    slots: Vec<Slot>,
    turn: usize,
    sweeping: Option<usize>,
    done: (bool, bool),
    /// Slot and sequence of a `SLOT_SYNC` written in the last step.
    sync: Option<(usize, u64)>,
}

const fn register(name: &str) -> usize {
    reg::index(reg::SLOT, name)
}

impl Decoder {
    /// As after a reset.
    pub fn new(slots: usize) -> Self {
        Self {
            slots: vec![RESET; slots],
            turn: 0,
            sweeping: None,
            done: (false, false),
            sync: None,
        }
    }

    /// `SLOT_STATE` of a slot.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn state(&self, slot: usize) -> u32 {
        let slot = &self.slots[slot];
        let bit = |set: bool, state: u32| if set { state } else { 0 };
        bit(slot.ready, slot_state::READY)
            | bit(slot.bound, slot_state::BOUND)
            | bit(slot.stale, slot_state::STALE)
            | bit(slot.gap, slot_state::GAP)
            | bit(slot.halted, slot_state::HALTED)
    }

    /// The slot that is being swept.
    pub fn sweeping(&self) -> Option<usize> {
        self.sweeping
    }

    /// One cycle.
    pub fn step(&mut self, step: &Step<'_>) -> Stepped {
        let before = self.slots.clone();
        let mut out = Stepped {
            decoded: step
                .message
                .map(|(body, len)| decode(&before, body, len, step.stale_all)),
            ..Stepped::default()
        };
        if let Some(write) = step.write {
            self.host(write);
        }
        if let Some((body, len)) = step.message {
            self.feed(&before, body, len, &mut out);
        }
        let spoilt = spoilers(&before, step);
        self.synchronise(&before, &spoilt, step, &mut out);
        for (index, cause) in spoilt.into_iter().enumerate() {
            if let Some(cause) = cause.filter(|_| before[index].subscribed) {
                self.spoil(index, before[index].stale, cause, step.stale_all, &mut out);
            }
        }
        self.sweeps(&before, step, &mut out);
        if let Some(write) = step.write.filter(|w| w.register == register("SLOT_CTRL")) {
            self.subscribe(&before, write, &mut out);
        }
        out
    }

    fn host(&mut self, write: Write) {
        let slot = &mut self.slots[write.slot];
        let word = write.data.to_le_bytes();
        if write.register == register("SYMBOL_LO") {
            slot.symbol[..4].copy_from_slice(&word);
        } else if write.register == register("SYMBOL_HI") {
            slot.symbol[4..].copy_from_slice(&word);
        } else if write.register == register("LOCATE") {
            slot.locate = u16::from_le_bytes([word[0], word[1]]);
            slot.bound = word[2] & 1 == 1;
        } else if write.register == register("HALT_SET") {
            if word[0] & 3 != 0 {
                slot.halted = word[0] & 2 != 0;
            }
        } else if write.register == register("SYNC_SEQ_LO") {
            slot.sync_low = write.data;
        }
    }

    fn feed(&mut self, before: &[Slot], body: &[u8; BODY_BYTES], len: u16, out: &mut Stepped) {
        let locate = u16::from_be_bytes([body[1], body[2]]);
        if !fits(body, len) {
            return;
        }
        for (index, old) in before.iter().enumerate() {
            let slot = &mut self.slots[index];
            if body[0] == b'R' && old.subscribed && old.symbol == body[11..19] {
                (slot.locate, slot.bound) = (locate, true);
                out.notices.push((index, Notice::Bound(locate)));
            }
            if body[0] == b'H' && old.follows(locate) {
                slot.halted = body[19] != b'T';
            }
        }
    }

    fn synchronise(&mut self, before: &[Slot], spoilt: &[Option<u8>], step: &Step<'_>, out: &mut Stepped) {
        if let Some((index, seq)) = self.sync.take() {
            let accepted = seq == step.next_seq && before[index].ready && spoilt[index].is_none();
            out.notices.push((index, Notice::Sync(accepted)));
            if accepted {
                (self.slots[index].stale, self.slots[index].gap) = (false, false);
                out.feature_reset = Some(index);
            }
        }
        if let Some(write) = step.write.filter(|w| w.register == register("SYNC_SEQ_HI")) {
            let low = before[write.slot].sync_low;
            self.sync = Some((write.slot, u64::from(write.data) << 32 | u64::from(low)));
        }
    }

    fn spoil(&mut self, index: usize, was_stale: bool, cause: u8, all: Option<bool>, out: &mut Stepped) {
        let slot = &mut self.slots[index];
        slot.stale = true;
        slot.gap |= all == Some(true);
        if !was_stale {
            out.notices.push((index, Notice::Stale(cause)));
        }
    }

    fn sweeps(&mut self, before: &[Slot], step: &Step<'_>, out: &mut Stepped) {
        let turn = self.turn;
        self.turn = (turn + 1) % self.slots.len();
        let idle = self.sweeping.is_none();
        if let Some(index) = self.sweeping.filter(|_| self.done == (true, true)) {
            self.sweeping = None;
            if before[index].subscribed && !before[index].sweep_due {
                self.slots[index].ready = true;
                out.notices.push((index, Notice::Ready));
            }
        }
        self.done.0 |= step.swept.0;
        self.done.1 |= step.swept.1;
        if idle && before[turn].sweep_due {
            self.sweeping = Some(turn);
            self.done = (false, false);
            self.slots[turn].sweep_due = false;
            out.sweep = Some(turn);
        }
    }

    fn subscribe(&mut self, before: &[Slot], write: Write, out: &mut Stepped) {
        let slot = &mut self.slots[write.slot];
        let wanted = write.data & slot_ctrl::SUBSCRIBE != 0;
        if wanted == before[write.slot].subscribed && wanted {
            return;
        }
        slot.subscribed = wanted;
        slot.close();
        out.notices
            .retain(|notice| *notice != (write.slot, Notice::Ready));
        if wanted {
            slot.sweep_due = true;
            out.notices
                .push((write.slot, Notice::Stale(StaleCause::Subscribed as u8)));
        }
    }
}

/// The type is known and the length is the type's.
fn fits(body: &[u8; BODY_BYTES], len: u16) -> bool {
    itch50::length_of(body[0]) == Some(usize::from(len))
}

fn decode(slots: &[Slot], body: &[u8; BODY_BYTES], len: u16, stale_all: Option<bool>) -> Decoded {
    if itch50::length_of(body[0]).is_none() {
        return Decoded::UnknownType;
    }
    if !fits(body, len) {
        return Decoded::BadLength;
    }
    let locate = u16::from_be_bytes([body[1], body[2]]);
    let mine = |slot: &Slot| match body[0] {
        b'R' => slot.subscribed && slot.symbol == body[11..19],
        _ => slot.follows(locate),
    };
    let found = slots.iter().position(mine);
    if matches!(body[0], b'S' | b'V' | b'W') {
        return Decoded::Admin(0);
    }
    let Some(index) = found else {
        return Decoded::OtherLocate;
    };
    let slot = u16::try_from(index).expect("a slot index");
    match FeedEvent::decode(&body[..usize::from(len)], slot) {
        Ok(Some(_)) if !slots[index].ready => Decoded::OtherLocate,
        Ok(Some(event)) => {
            let now = match stale_all {
                None => 0,
                Some(false) => flag::STALE,
                Some(true) => flag::STALE | flag::GAP,
            };
            Decoded::Event(event, slots[index].flags() | now)
        }
        _ => Decoded::Admin(index),
    }
}

/// Why each slot turns stale, subscribed or not.
fn spoilers(slots: &[Slot], step: &Step<'_>) -> Vec<Option<u8>> {
    let bad_locate = step.message.and_then(|(body, len)| {
        let code = EventCode::from_itch_type(body[0])?;
        let book = !matches!(code, EventCode::Trade | EventCode::Cross);
        (book && !fits(body, len) && len >= 3).then(|| u16::from_be_bytes([body[1], body[2]]))
    });
    let cause = |(index, slot): (usize, &Slot)| {
        let of = |from: Option<(usize, u8)>| from.filter(|(at, _)| *at == index).map(|(_, cause)| cause);
        let all = step.stale_all.map(|gap| {
            if gap {
                StaleCause::Gap as u8
            } else {
                StaleCause::BadFrame as u8
            }
        });
        let length = bad_locate
            .filter(|locate| slot.follows(*locate))
            .map(|_| StaleCause::BadLength as u8);
        all.or(length).or(of(step.table)).or(of(step.store))
    };
    slots.iter().enumerate().map(cause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &[u8]) -> [u8; BODY_BYTES] {
        let mut body = [b' '; BODY_BYTES];
        body[..text.len()].copy_from_slice(text);
        body
    }

    fn write(decoder: &mut Decoder, name: &str, data: u32) -> Stepped {
        let write = Write {
            slot: 1,
            register: register(name),
            data,
        };
        decoder.step(&Step {
            write: Some(write),
            ..Step::default()
        })
    }

    fn say(decoder: &mut Decoder, body: &[u8; BODY_BYTES]) -> Stepped {
        let len = u16::try_from(itch50::length_of(body[0]).unwrap()).unwrap();
        decoder.step(&Step {
            message: Some((body, len)),
            ..Step::default()
        })
    }

    /// Slot 1 of 4 follows GOOG, locate 7, is swept, synchronised at 0 and trading.
    fn ready() -> Decoder {
        let mut decoder = Decoder::new(4);
        write(&mut decoder, "SYMBOL_LO", u32::from_le_bytes(*b"GOOG"));
        write(&mut decoder, "SYMBOL_HI", u32::from_le_bytes(*b"    "));
        write(&mut decoder, "SLOT_CTRL", slot_ctrl::SUBSCRIBE);
        let swept = Step {
            swept: (true, true),
            ..Step::default()
        };
        for _ in 0..12 {
            decoder.step(&swept);
        }
        say(&mut decoder, &body(b"R\x00\x07\0\0\0\0\0\0\0\0GOOG    "));
        write(&mut decoder, "HALT_SET", 1);
        write(&mut decoder, "SYNC_SEQ_HI", 0);
        decoder.step(&Step::default());
        decoder
    }

    #[test]
    fn a_slot_comes_up_stale_and_halted_and_is_synchronised() {
        assert_eq!(Decoder::new(4).state(1), slot_state::STALE | slot_state::HALTED);
        assert_eq!(ready().state(1), slot_state::READY | slot_state::BOUND);
    }

    #[test]
    fn another_sequence_is_refused() {
        let mut decoder = ready();
        decoder.step(&Step {
            stale_all: Some(true),
            ..Step::default()
        });
        write(&mut decoder, "SYNC_SEQ_LO", 5);
        write(&mut decoder, "SYNC_SEQ_HI", 0);
        let refused = decoder.step(&Step {
            next_seq: 6,
            ..Step::default()
        });
        assert_eq!(refused.notices, [(1, Notice::Sync(false))]);
        assert_ne!(decoder.state(1) & (slot_state::STALE | slot_state::GAP), 0);
    }

    #[test]
    fn an_event_carries_the_flags_before_it() {
        let mut decoder = ready();
        let trade = body(b"D\x00\x07");
        let event = say(&mut decoder, &trade).decoded;
        assert!(matches!(event, Some(Decoded::Event(_, 0))));
        say(&mut decoder, &body(b"H\x00\x07\0\0\0\0\0\0\0\0GOOG    P"));
        let event = say(&mut decoder, &trade).decoded;
        assert!(matches!(event, Some(Decoded::Event(_, flag::HALTED))));
        assert_eq!(
            say(&mut decoder, &body(b"D\x00\x08")).decoded,
            Some(Decoded::OtherLocate)
        );
    }
}
