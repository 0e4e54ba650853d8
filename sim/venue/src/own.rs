//! Orders that came by OUCH.

use std::collections::BTreeMap;

use wire::itch50::Side;
use wire::ouch50::{ClOrdId, EnterOrder, Firm};

/// A live own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Own {
    /// The order as entered, or as a replace left it; quantity is the chain's.
    pub(crate) order: EnterOrder,
    /// Reference in the feed.
    pub(crate) reference: u64,
    /// Stock locate.
    pub(crate) locate: u16,
    /// Price as the book has it.
    pub(crate) price: u32,
    /// Shares open.
    pub(crate) open: u32,
    /// Shares executed over the chain of replaces.
    pub(crate) executed: u32,
    /// Firm.
    pub(crate) firm: Firm,
    /// Time it expires at, ns since midnight.
    pub(crate) expires_ns: Option<u64>,
}

impl Own {
    /// Side of the book; every sell is an ask.
    pub(crate) const fn side(&self) -> Side {
        side_of(self.order.side)
    }
}

/// Side of the book of an OUCH side.
pub(crate) const fn side_of(letter: u8) -> Side {
    match letter {
        b'B' => Side::Bid,
        _ => Side::Ask,
    }
}

/// An execution, kept so that it can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Execution {
    /// Order executed.
    pub(crate) user_ref: u32,
    /// Its client order id.
    pub(crate) cl_ord_id: ClOrdId,
    /// Stock locate.
    pub(crate) locate: u16,
    /// True for a buy.
    pub(crate) buy: bool,
    /// Shares.
    pub(crate) shares: u32,
    /// Price, 1/10000 dollar.
    pub(crate) price: u32,
}

/// Live own orders by user reference.
pub(crate) type OwnOrders = BTreeMap<u32, Own>;
