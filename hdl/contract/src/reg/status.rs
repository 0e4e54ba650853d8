//! Bits of `STATUS`.

/// Messages are on their way between the receive ports and the records ring.
pub const BUSY: u32 = 1 << 0;
/// The level store has operations or refills to do.
pub const STORE_BUSY: u32 = 1 << 1;
/// The merge holds messages behind a missing one.
pub const GAP_PENDING: u32 = 1 << 2;
/// A session waits to be accepted.
pub const SESSION_PENDING: u32 = 1 << 3;
/// A session is accepted.
pub const SESSION_LOCKED: u32 = 1 << 4;
/// A slot is being swept.
pub const SWEEPING: u32 = 1 << 5;
/// The kill latch is set.
pub const KILLED: u32 = 1 << 6;
/// The gate is armed.
pub const ARMED: u32 = 1 << 7;
/// The host heartbeat is fresh.
pub const HEARTBEAT_FRESH: u32 = 1 << 8;
/// The events ring is full.
pub const EVENTS_FULL: u32 = 1 << 9;
/// An order frame is on its way.
pub const TX_BUSY: u32 = 1 << 10;
/// A heartbeat has expired and its Mass Cancel has not left yet.
pub const WATCHDOG_DUE: u32 = 1 << 11;
