//! Bits of `CONTROL`.

/// Receive lines are on.
pub const RX_ENABLE: u32 = 1 << 0;
/// Frames are held until their FCS is known good.
pub const STORE_AND_FORWARD: u32 = 1 << 1;
/// Orders of triggers wait for the FCS of the frame that caused them.
pub const WAIT_FCS: u32 = 1 << 2;
/// P and Q emit records.
pub const RECORD_TRADES: u32 = 1 << 3;
