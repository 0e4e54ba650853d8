//! Bits of `CAPABILITIES`: what this card has.

/// Core records.
pub const CORE: u32 = 1 << 0;
/// Levels entries.
pub const LEVELS: u32 = 1 << 1;
/// Wide entries.
pub const WIDE: u32 = 1 << 2;
/// Events ring.
pub const EVENTS: u32 = 1 << 3;
/// Frames ring and frame TX window.
pub const FRAMES: u32 = 1 << 4;
/// Order slots, gate and OUCH transmit.
pub const ORDERS: u32 = 1 << 5;
/// Fabric trigger.
pub const TRIGGER: u32 = 1 << 6;
/// Inject window.
pub const INJECT: u32 = 1 << 7;
/// Models in the fabric.
pub const FABRIC_MODEL: u32 = 1 << 8;
/// The gate's account follows the order connection (`RX_FOLLOW`).
pub const FOLLOW: u32 = 1 << 9;
