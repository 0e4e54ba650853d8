//! Golden model of the registers: the contract's table and a map of stored values.

use contract::Config;
use contract::reg::{self, Access, Register};
use std::collections::BTreeMap;

/// What a write does besides storing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// A `do_` pulse of a global Wo or Live register, with the masked word.
    Pulse(String, u32),
    /// A broadcast: slot, register index, word.
    Slot(u64, u64, u64),
}

/// The registers of a card.
#[derive(Debug, Clone)]
pub struct Csr {
    registers: BTreeMap<u32, (String, Register)>,
    values: BTreeMap<u32, u32>,
}

impl Csr {
    /// All registers of this configuration at their reset values.
    pub fn new(config: &Config) -> Self {
        let registers: BTreeMap<_, _> = reg::all(config)
            .into_iter()
            .map(|(at, area, r)| (at, (area, r)))
            .collect();
        let values = registers.iter().map(|(at, (_, r))| (*at, r.reset)).collect();
        Self { registers, values }
    }

    /// Offsets of all registers.
    pub fn offsets(&self) -> Vec<u32> {
        self.registers.keys().copied().collect()
    }

    /// Area and register at an offset.
    pub fn at(&self, offset: u32) -> Option<&(String, Register)> {
        self.registers.get(&offset)
    }

    /// Stored value of an Rw register.
    pub fn stored(&self, offset: u32) -> u32 {
        self.values[&offset]
    }

    /// What a read gives, when the register's status input, if it has one, is `now`.
    pub fn read(&self, offset: u32, now: u32) -> u32 {
        match self.at(offset).map(|(_, r)| (r.access, r.mask)) {
            Some((Access::Rw, _)) => self.values[&offset],
            Some((Access::Ro | Access::Live, mask)) => now & mask,
            Some((Access::Wo, _)) | None => 0,
        }
    }

    /// A whole or partial write; returns its effect.
    pub fn write(&mut self, offset: u32, data: u32, strobes: u8) -> Option<Effect> {
        let (area, r) = self.registers.get(&offset)?;
        let word = data & r.mask;
        if strobes != 0xf || r.access == Access::Ro {
            return None;
        }
        if r.access == Access::Rw {
            self.values.insert(offset, word);
        }
        if area.starts_with("slot") {
            let at = offset - reg::SLOT_BASE;
            let index = at % reg::SLOT_STRIDE / 4;
            return Some(Effect::Slot(
                (at / reg::SLOT_STRIDE).into(),
                index.into(),
                word.into(),
            ));
        }
        let pulses = matches!(r.access, Access::Wo | Access::Live);
        let effect = pulses.then(|| Effect::Pulse(r.name.to_lowercase(), word));
        if r.name == "TABLE_DATA" {
            self.advance_table();
        }
        effect
    }

    /// The word address of the bulk tables moves on, within its 24 bits.
    fn advance_table(&mut self) {
        let at = self.values.entry(reg::global("TABLE_ADDR")).or_default();
        let word = *at & 0x00ff_ffff;
        *at = (*at & 0xff00_0000) | if word == 0x00ff_ffff { 0 } else { word + 1 };
    }

    /// The card binds a locate.
    pub fn bind(&mut self, slot: u32, value: u32) {
        self.values.insert(reg::slot(slot, "LOCATE"), value);
    }

    /// The broadcasts of the sweep after reset, in order.
    pub fn sweep(config: &Config) -> Vec<Effect> {
        let stored = |slot: u32| {
            (0..)
                .zip(reg::SLOT)
                .filter(|(_, r)| r.access == Access::Rw)
                .map(move |(i, r)| Effect::Slot(slot.into(), i, r.reset.into()))
        };
        (0..config.slots).flat_map(stored).collect()
    }
}
