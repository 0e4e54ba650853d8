//! Bits of `SLOT_STATE`.

/// Swept and ready for messages.
pub const READY: u32 = 1 << 0;
/// Bound to a locate.
pub const BOUND: u32 = 1 << 1;
/// The book may be wrong; orders are blocked.
pub const STALE: u32 = 1 << 2;
/// A gap was seen since the last synchronisation.
pub const GAP: u32 = 1 << 3;
/// Trading is halted.
pub const HALTED: u32 = 1 << 4;
