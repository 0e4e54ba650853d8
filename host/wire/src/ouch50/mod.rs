//! NASDAQ OUCH 5.0, revision 1.05 of October 2025: every request, every response and every option.
//!
//! Each message is a view (`EnterOrderView`, after `new_checked` no accessor panics) and an owned form (`EnterOrder`,
//! with `parse`, `emit` and `to_vec`). [`Request`] is any message to the exchange (section 2), [`Response`] any from it
//! (section 3); the two share letters, so the direction has to be known. Integers are big-endian; a price is in 1/10000 dollar, 8 bytes; times are nanoseconds since midnight.
//! Behind its fixed part a message may have an appendage, announced by its length in two bytes: tag, length and
//! value of each option. A message without options may leave that length out where the specification calls the
//! appendage optional; readers accept both everywhere.

#[macro_use]
mod table;
mod appendage;
pub mod codes;
mod requests;
mod responses;

pub use appendage::{Appendage, OPTIONS, Opt, Options};
pub use requests::*;
pub use responses::*;

use crate::WireError;
use crate::bytes::get;

/// Bytes of the appendage length.
pub const APPENDAGE_LEN: usize = 2;
/// Symbol bytes, padded with spaces.
pub type Symbol = [u8; 8];
/// Client order id, padded with spaces.
pub type ClOrdId = [u8; 14];
/// Firm, padded with spaces.
pub type Firm = [u8; 4];
/// Shares of an order stay below this (2.1).
pub const QUANTITY_END: u32 = 1_000_000;

/// Checks type and length; `fixed` bytes are the part every message of the type has.
fn check(bytes: &[u8], kind: u8, fixed: usize) -> Result<(), WireError> {
    let actual = bytes.len();
    let Some(first) = bytes.first() else {
        return Err(WireError::TooShort {
            unit: "ouch 5.0 message",
            needed: fixed,
            actual,
        });
    };
    if *first != kind {
        return Err(WireError::OuchType {
            expected: kind,
            actual: *first,
        });
    }
    let expected = if actual < fixed + APPENDAGE_LEN {
        fixed
    } else {
        fixed + APPENDAGE_LEN + usize::from(get::<u16>(bytes, fixed))
    };
    if actual == expected {
        Ok(())
    } else {
        Err(WireError::OuchLength {
            kind,
            expected,
            actual,
        })
    }
}

#[cfg(test)]
mod tests;
