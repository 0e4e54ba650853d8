//! What the parts of the order table hand to each other.
use rust_hdl::prelude::*;

/// Banks of the d-left hash.
pub const BANKS: usize = contract::config::ORDER_BANKS as usize;
/// Cells of all banks that one reference can be in.
pub const CELLS: usize = BANKS * contract::config::ORDER_BUCKET_CELLS as usize;
/// Cells of the stash.
pub const STASH: usize = contract::config::ORDER_STASH as usize;
/// One bit a place of an order: first the cells (bank · 2 + cell), then the stash.
pub const PLACES: usize = CELLS + STASH;

/// A cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Order {
    /// The cell holds an order.
    pub live: Bits<1>,
    /// 1 = buy.
    pub buy: Bits<1>,
    /// Slot index.
    pub slot: Bits<6>,
    /// Order reference.
    pub oref: Bits<64>,
    /// Price in 1/10000 dollar.
    pub price: Bits<32>,
    /// Shares left.
    pub qty: Bits<32>,
}

/// What the last event did, until the memories show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Outcome {
    /// The order the event named was found.
    pub found: Bits<1>,
    /// It is still live.
    pub alive: Bits<1>,
    /// An order was added.
    pub added: Bits<1>,
    /// Side of both.
    pub buy: Bits<1>,
    /// Slot of both.
    pub slot: Bits<6>,
    /// Reference named.
    pub oref: Bits<64>,
    /// Reference added.
    pub new_ref: Bits<64>,
    /// Price of the order named.
    pub price: Bits<32>,
    /// Shares it has left.
    pub qty: Bits<32>,
    /// Price added.
    pub new_price: Bits<32>,
    /// Shares added.
    pub new_qty: Bits<32>,
    /// Where the order named is; 0 when it was not found.
    pub at: Bits<24>,
    /// `at` when the order is no longer live, else 0.
    pub freed: Bits<24>,
    /// Where the order was added; 0 when none was.
    pub new_at: Bits<24>,
}

const _: () = assert!(PLACES == 24 && BANKS == 4);
