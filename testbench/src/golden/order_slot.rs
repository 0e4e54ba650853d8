//! Golden model of the order slots: bytes, which of them are valid, what a doorbell makes, and the queue's numbers.

use contract::layout::{get_bits, lsb, width};
use contract::slot::{Kind, LAYOUT, RAW_MAX, SLOT_BYTES, SLOTS, xor8};
use contract::window;

/// A doorbell as it was rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bell {
    /// Slot it was rung in.
    pub index: usize,
    /// The slot's bytes.
    pub bytes: [u8; SLOT_BYTES],
    /// All of them were written since its last doorbell.
    pub whole: bool,
    /// Card time of its beat, ns.
    pub stamp: u64,
}

/// What a beat does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Bytes of a slot, or none.
    Stored,
    /// Nothing: a window of nobody.
    Ignored,
    /// Nothing here: a window of another block.
    Passed,
    /// A doorbell.
    Rung(Bell),
}

/// What reaches the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The doorbell behind it.
    pub bell: Bell,
    /// The gate is told that it is malformed.
    pub malformed: bool,
    /// The gate is told that it is out of sequence.
    pub out_of_sequence: bool,
}

impl Bell {
    /// A field of the slot.
    pub fn field(&self, name: &str) -> u64 {
        get_bits(&self.bytes, lsb(LAYOUT, name), width(LAYOUT, name))
    }

    /// Whether the raw payload is exactly one SoupBinTCP packet.
    fn is_whole_packet(&self) -> bool {
        let at = (lsb(LAYOUT, "cl_ord_id") / 8) as usize;
        let payload = &self.bytes[at..at + RAW_MAX];
        let length = usize::try_from(self.field("target_ref")).unwrap_or(usize::MAX);
        if !(3..=RAW_MAX).contains(&length) || payload[length..].iter().any(|b| *b != 0) {
            return false;
        }
        usize::from(u16::from_be_bytes([payload[0], payload[1]])) == length - 2
    }

    /// Whether something is wrong with the slot itself, on a card of `slots` symbols.
    pub fn is_malformed(&self, slots: u32) -> bool {
        let product = u128::from(self.field("qty")) * u128::from(self.field("price"));
        let letter = u8::try_from(self.field("side")).unwrap_or(0);
        let number = self.field("kind");
        let known = (1..=9).contains(&number) && number != Kind::Trigger as u64;
        let replaces = number == Kind::Replace as u64;
        let raw = self.field("kind") == Kind::Raw as u64;
        let reserved = ["reserved_0", "reserved_1", "reserved_2"]
            .iter()
            .all(|name| self.field(name) == 0);
        let right = self.whole
            && xor8(&self.bytes) == self.bytes[SLOT_BYTES - 1]
            && known
            && (!raw || self.is_whole_packet())
            && (replaces || self.field("orig_qty") == 0)
            && b"BSTE".contains(&letter)
            && reserved
            && self.field("symbol_slot") < u64::from(slots)
            && u128::from(self.field("notional")) == product;
        !right
    }
}

/// The slots of a card and its queue.
#[derive(Debug, Clone)]
pub struct OrderSlots {
    symbols: u32,
    bytes: Vec<[u8; SLOT_BYTES]>,
    valid: Vec<[bool; SLOT_BYTES]>,
    expected: u32,
}

impl OrderSlots {
    /// The slots of a card with this many symbols.
    pub fn new(symbols: u32) -> Self {
        Self {
            symbols,
            bytes: vec![[0; SLOT_BYTES]; SLOTS],
            valid: vec![[false; SLOT_BYTES]; SLOTS],
            expected: 1,
        }
    }

    /// Next `order_seq`.
    pub const fn expected(&self) -> u32 {
        self.expected
    }

    /// Reset: bytes stay, but count as not written.
    pub fn reset(&mut self) {
        self.valid.fill([false; SLOT_BYTES]);
        self.expected = 1;
    }

    /// `ORDER_SEQ_RESET`.
    pub const fn restart(&mut self) {
        self.expected = 1;
    }

    /// Bytes of one beat whose first lane is at `address`, a multiple of 8.
    pub fn write(&mut self, address: u32, data: u64, strobes: u8, stamp: u64) -> Effect {
        let first = window::offset("order_slots");
        let inside = first..first + window::WINDOWS[0].size;
        let frames = window::offset("frame_tx");
        if (frames..frames + window::WINDOWS[1].size).contains(&address) {
            return Effect::Passed;
        }
        if !inside.contains(&address) {
            return Effect::Ignored;
        }
        let at = (address - first) as usize;
        let (index, low) = (at / SLOT_BYTES, at % SLOT_BYTES);
        let touched: Vec<usize> = (0..8).filter(|lane| strobes >> lane & 1 == 1).collect();
        for lane in touched {
            self.bytes[index][low + lane] = data.to_le_bytes()[lane];
            self.valid[index][low + lane] = true;
        }
        let bell = SLOT_BYTES - 8;
        if low != bell || !self.valid[index][bell..].iter().all(|v| *v) {
            return Effect::Stored;
        }
        let whole = self.valid[index].iter().all(|v| *v);
        self.valid[index] = [false; SLOT_BYTES];
        Effect::Rung(Bell {
            index,
            bytes: self.bytes[index],
            whole,
            stamp,
        })
    }

    /// A doorbell comes to the queue, which holds `held` requests: what is queued, or nothing if it is lost.
    pub fn arrive(&mut self, bell: Bell, held: usize) -> Option<Request> {
        if held > SLOTS {
            return None;
        }
        let seq = u32::try_from(bell.field("order_seq")).unwrap_or(0);
        let in_sequence = seq == self.expected && seq as usize % SLOTS == bell.index;
        if in_sequence {
            self.expected = self.expected.wrapping_add(1);
        }
        Some(Request {
            malformed: held == SLOTS || bell.is_malformed(self.symbols),
            out_of_sequence: !in_sequence,
            bell,
        })
    }
}
