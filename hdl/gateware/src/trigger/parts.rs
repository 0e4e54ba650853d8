//! What the trigger keeps of each slot.

use rust_hdl::prelude::*;

/// The order of a trigger.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Armed {
    /// 1 = buy.
    pub buy: Bits<1>,
    /// Side, time in force, display, capacity.
    pub letters: Bits<32>,
    /// ISO, cross type.
    pub routing: Bits<16>,
    /// Shares.
    pub qty: Bits<32>,
    /// 1/10000 dollar.
    pub price: Bits<32>,
    /// Host token.
    pub token: Bits<32>,
    /// ClOrdID.
    pub cl_ord_id: Bits<112>,
    /// Number of the arming.
    pub arm_seq: Bits<32>,
    /// Fencing epoch.
    pub epoch: Bits<16>,
}

/// The condition of a trigger.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Condition {
    /// `contract::trigger::Compare`.
    pub compare: Bits<2>,
    /// See `contract::trigger`.
    pub constant_0: Bits<32>,
    /// See `contract::trigger`.
    pub constant_1: Bits<17>,
    /// ITCH time, ns.
    pub itch_expiry: Bits<48>,
}

/// What an entry says of an arming.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Names {
    /// Number of the arming.
    pub arm_seq: Bits<32>,
    /// Host token.
    pub token: Bits<32>,
    /// `contract::trigger::Compare`.
    pub compare: Bits<2>,
}

/// What an entry says of a firing.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Firing {
    /// Card time, ns.
    pub time: Bits<48>,
    /// MoldUDP64 sequence number.
    pub seq: Bits<64>,
    /// Card time at the start of the frame, ns.
    pub stamp: Bits<64>,
    /// Best bid quantity.
    pub bid_sz: Bits<32>,
    /// Best ask quantity.
    pub ask_sz: Bits<32>,
}

/// The best level of both sides as rows keep it, see `types::KeyedLevel`.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct KeyedPair {
    /// Bid key.
    pub bid_key: Bits<32>,
    /// Bid quantity.
    pub bid_sz: Bits<32>,
    /// Ask key.
    pub ask_key: Bits<32>,
    /// Ask quantity.
    pub ask_sz: Bits<32>,
}
