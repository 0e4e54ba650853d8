//! Limits of a slot.

use contract::reg::permit::{BANDS, SIDES};

/// Limits of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Shares an order.
    pub qty: u32,
    /// 1/10000 dollar.
    pub collar: u32,
    /// Shares.
    pub position: u32,
    /// Orders.
    pub orders: u16,
    /// 1/10000 dollar.
    pub notional: u64,
    /// Tokens.
    pub tokens: u16,
    /// ns a token.
    pub refill: u32,
    /// Bits of `contract::reg::permit`.
    pub permit: u32,
    /// 1/10000 dollar, low and high.
    pub bands: [u32; 2],
    /// Grants.
    pub throttle: u16,
}

impl Limits {
    pub(super) fn set(&mut self, name: &str, word: u32) {
        let half = u16::try_from(word & 0xffff).expect("16 bits");
        match name {
            "MAX_QTY" => self.qty = word,
            "COLLAR" => self.collar = word,
            "POSITION_MAX" => self.position = word,
            "OPEN_MAX" => self.orders = half,
            "NOTIONAL_MAX_LO" => self.notional = self.notional >> 32 << 32 | u64::from(word),
            "NOTIONAL_MAX_HI" => self.notional = self.notional & 0xffff_ffff | u64::from(word) << 32,
            "SLOT_RATE_TOKENS" => self.tokens = half,
            "SLOT_RATE_REFILL_NS" => self.refill = word,
            "PERMIT" => self.permit = word & (SIDES | BANDS),
            "BAND_LOW" => self.bands[0] = word,
            "BAND_HIGH" => self.bands[1] = word,
            "THROTTLE" => self.throttle = half,
            _ => {}
        }
    }
}
