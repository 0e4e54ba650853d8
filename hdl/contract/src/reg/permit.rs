//! Bits of `PERMIT`: what an order of a slot may be.

/// Buy, OUCH side `B`.
pub const BUY: u32 = 1 << 0;
/// Sell what is held, `S`.
pub const SELL: u32 = 1 << 1;
/// Sell short, `T`.
pub const SHORT: u32 = 1 << 2;
/// Sell short, exempt from the price test, `E`.
pub const SHORT_EXEMPT: u32 = 1 << 3;
/// Every side.
pub const SIDES: u32 = BUY | SELL | SHORT | SHORT_EXEMPT;

/// Prices are held to `BAND_LOW` and `BAND_HIGH`.
pub const BANDS: u32 = 1 << 4;

/// The bit of an OUCH side; 0, which nothing permits, for a letter that is none.
pub const fn of(side: u8) -> u32 {
    match side {
        b'B' => BUY,
        b'S' => SELL,
        b'T' => SHORT,
        b'E' => SHORT_EXEMPT,
        _ => 0,
    }
}
