//! Bits of `SLOT_CTRL`.

/// Subscribed; the rising edge sweeps the slot.
pub const SUBSCRIBE: u32 = 1 << 0;
/// Levels entries follow each core entry.
pub const LEVELS: u32 = 1 << 1;
/// Wide entries follow.
pub const WIDE: u32 = 1 << 2;
