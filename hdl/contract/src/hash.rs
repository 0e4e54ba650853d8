//! Digest of the whole contract.

use crate::{
    config, counter, event, feature, frame, layout::Field, record, reg, slot, template, wide, window,
};

struct Fnv(u64);

impl Fnv {
    const fn bytes(mut self, b: &[u8]) -> Self {
        let mut i = 0;
        while i < b.len() {
            self.0 = (self.0 ^ b[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            i += 1;
        }
        self
    }

    const fn number(self, n: u64) -> Self {
        self.bytes(&n.to_le_bytes())
    }

    const fn fields(mut self, f: &[Field]) -> Self {
        let mut i = 0;
        while i < f.len() {
            self = self.bytes(f[i].name.as_bytes()).number(f[i].width as u64);
            i += 1;
        }
        self
    }

    const fn registers(mut self, r: &[reg::Register]) -> Self {
        let mut i = 0;
        while i < r.len() {
            self = self.bytes(r[i].name.as_bytes()).number(r[i].access as u64);
            self = self.number(r[i].mask as u64).number(r[i].reset as u64);
            i += 1;
        }
        self
    }

    const fn wide(mut self) -> Self {
        self = self
            .fields(wide::ENTRY)
            .fields(wide::SIDE)
            .fields(wide::EDGE_PAIR);
        let mut i = 0;
        while i < wide::VALUES {
            let f = &wide::WIDE[i].feature;
            self = self.bytes(f.name.as_bytes()).number(f.fraction as u64);
            self = self.number(wide::WIDE[i].bits as u64).bytes(f.formula.as_bytes());
            i += 1;
        }
        i = 0;
        while i < wide::RANKS {
            self = self.bytes(wide::RANKED[i].as_bytes());
            i += 1;
        }
        self
    }

    const fn counters(mut self, c: &[counter::Counter]) -> Self {
        let mut i = 0;
        while i < c.len() {
            self = self.bytes(c[i].name.as_bytes());
            i += 1;
        }
        self
    }
}

const fn digest() -> u32 {
    let mut h = Fnv(0xcbf2_9ce4_8422_2325);
    h = h.registers(reg::GLOBAL).registers(reg::SLOT).registers(reg::RING);
    h = h
        .number(reg::SLOT_BASE as u64)
        .number(reg::RING_BASE as u64)
        .number(reg::COUNTER_BASE as u64);
    h = h
        .counters(counter::LINE_COUNTERS)
        .counters(counter::CORE_COUNTERS);
    h = h
        .fields(record::CORE)
        .fields(record::LEVELS_0)
        .fields(record::LEVELS_1)
        .fields(record::LEVELS_2);
    h = h
        .fields(event::HEAD)
        .fields(event::ORDER_BODY)
        .fields(event::RANGE_BODY)
        .fields(event::SLOT_BODY);
    h = h
        .fields(event::SESSION_BODY)
        .fields(event::ADMIN_BODY)
        .fields(event::KILL_BODY)
        .fields(event::TRIGGER_BODY);
    h = h.fields(slot::LAYOUT).fields(template::LAYOUT);
    h = h
        .fields(slot::RAW_LAYOUT)
        .fields(slot::FIRM_LAYOUT)
        .fields(frame::HEAD)
        .fields(frame::TX_HEAD);
    let mut i = 0;
    while i < window::WINDOWS.len() {
        h = h
            .bytes(window::WINDOWS[i].name.as_bytes())
            .number(window::WINDOWS[i].size as u64);
        i += 1;
    }
    i = 0;
    while i < feature::CORE_COUNT {
        let f = &feature::CORE_FEATURES[i];
        h = h
            .bytes(f.name.as_bytes())
            .number(f.fraction as u64)
            .bytes(f.formula.as_bytes());
        i += 1;
    }
    h = h.wide();
    h = h
        .number(config::ROW_LEVELS as u64)
        .number(config::BOOK_LEVELS as u64);
    (h.0 ^ (h.0 >> 32)) as u32
}

/// Digest of every layout, register, window and formula; a card reports it in `CONTRACT_HASH`.
pub const CONTRACT_HASH: u32 = digest();
