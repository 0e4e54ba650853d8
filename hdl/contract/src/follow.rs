//! The order connection as the card reads it: how the gate's account follows what the exchange says, and what is left to the host.
//!
//! With `RX_FOLLOW` the card cuts the received segments of the connection between `RX_PEER` and `RX_OWN` (`RX_PORTS`) into its byte stream, from
//! `RX_SEQ_NEXT` on, and applies each sequenced OUCH message once: those from `RX_MESSAGE_NEXT` on. The host then does not.
//! What the card cannot apply, the host has to, and only that:
//!
//! - Broken names a match and no shares (counter `ouch_left`): the host moves the position back.
//! - An order that is not among the last `2^`[`ORDER_BITS`] numbers the card has given (counter `ouch_unknown`).
//! - A message too short for its type (`ouch_malformed`), or skipped by a login (`ouch_missed`).
//! - What no message tells: an order that never arrived, one whose frame was cut off.

/// The card keeps an order at the low bits of its UserRefNum, so many; a later one takes the place over.
pub const ORDER_BITS: u32 = 10;

/// Place of an order; the last one granted there is the one the card knows.
pub const fn place(user_ref: u32) -> u32 {
    user_ref & ((1 << ORDER_BITS) - 1)
}
