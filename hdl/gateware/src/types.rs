//! Bundles that travel between blocks (see `INTERFACES.md`). The first field holds the lowest bits.
use rust_hdl::prelude::*;

/// A message cut out of a MoldUDP64 packet, aligned: byte 0 (its type) in the lowest bits of `body`.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct RawMsg {
    /// First 50 bytes of the message.
    pub body: Bits<400>,
    /// Block length, bytes.
    pub len: Bits<16>,
    /// MoldUDP64 sequence number.
    pub seq: Bits<64>,
    /// Card time at the start of the frame, ns.
    pub stamp: Bits<64>,
}

/// What travels with an event to its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Meta {
    /// Event code 1..9 (`contract::record::EventCode`).
    pub event: Bits<4>,
    /// Slot index.
    pub slot: Bits<6>,
    /// `stale gap halted` as of the accepted message; later blocks add `degraded skipped crossed`.
    pub flags: Bits<6>,
    /// ITCH timestamp, ns since midnight.
    pub ts: Bits<48>,
    /// ITCH tracking number.
    pub tracking: Bits<16>,
    /// MoldUDP64 sequence number.
    pub seq: Bits<64>,
    /// Card time at the start of the frame, ns.
    pub stamp: Bits<64>,
}

/// A decoded book or trade message of a subscribed slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct FeedEvent {
    /// Sidecar.
    pub meta: Meta,
    /// Order reference (A F E C X D; the original one of U; 0 for P and Q).
    pub oref: Bits<64>,
    /// Reference that is added: the own one of A F, the new one of U; 0 otherwise.
    pub new_ref: Bits<64>,
    /// 1 = buy (A F P).
    pub buy: Bits<1>,
    /// Shares (A F E C X U P); low 32 bits of the shares of Q.
    pub qty: Bits<32>,
    /// Price in 1/10000 dollar (A F U P Q); that of a C changes no book and is noise.
    pub price: Bits<32>,
    /// Counts as a trade: E, C with printable `Y`, P.
    pub printable: Bits<1>,
}

/// What is known of an operation a cycle before it comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Ahead {
    /// Slot index.
    pub slot: Bits<6>,
    /// Price it adds, if it does: 1/10000 dollar.
    pub price: Bits<32>,
    /// It may add a bid; an ask. Of a Replace the side is not known yet.
    pub bid: Bits<1>,
    pub ask: Bits<1>,
}

/// What an event does to the levels of its slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct BookOp {
    /// Sidecar.
    pub meta: Meta,
    /// The book changed.
    pub changed: Bits<1>,
    /// Side concerned, 1 = bid; for trades the side of the resting order.
    pub buy: Bits<1>,
    /// Something is taken away.
    pub rem_valid: Bits<1>,
    /// Price it is taken from.
    pub rem_px: Bits<32>,
    /// Quantity taken away, clamped to the order.
    pub rem_qty: Bits<32>,
    /// Something is added.
    pub add_valid: Bits<1>,
    /// Price it is added at.
    pub add_px: Bits<32>,
    /// Quantity added.
    pub add_qty: Bits<32>,
    /// A trade for the trade features: E, printable C (not dangling), P.
    pub trade: Bits<1>,
    /// Quantity traded, clamped to the order.
    pub trade_qty: Bits<32>,
}

/// Both sides of a slot after an event. Level 1 is in the lowest 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct BookView {
    /// Sidecar; `degraded` and `crossed` are set here.
    pub meta: Meta,
    /// The book changed.
    pub changed: Bits<1>,
    /// Side of the event, 1 = bid.
    pub buy: Bits<1>,
    /// A trade.
    pub trade: Bits<1>,
    /// Quantity traded.
    pub trade_qty: Bits<32>,
    /// Ten bid prices, 0 for an empty level.
    pub bid_px: Bits<320>,
    /// Ten bid quantities, saturated.
    pub bid_sz: Bits<320>,
    /// Ten ask prices, 0 for an empty level.
    pub ask_px: Bits<320>,
    /// Ten ask quantities, saturated.
    pub ask_sz: Bits<320>,
    /// Sum of the best 3 bid quantities.
    pub bid_3: Bits<36>,
    /// Sum of the best 5 bid quantities.
    pub bid_5: Bits<36>,
    /// Sum of the best 10 bid quantities.
    pub bid_10: Bits<36>,
    /// Sum of the best 3 ask quantities.
    pub ask_3: Bits<36>,
    /// Sum of the best 5 ask quantities.
    pub ask_5: Bits<36>,
    /// Sum of the best 10 ask quantities.
    pub ask_10: Bits<36>,
}

/// A level as the rows keep it.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct KeyedLevel {
    /// Price of an ask, inverted price of a bid, so that the better one is the smaller; all ones for none.
    pub key: Bits<32>,
    /// Quantity, saturated, 0 for none.
    pub sz: Bits<32>,
}

/// What is known first of the best level of a slot after an event, five cycles ahead of its view. The side the event is of comes a cycle later.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Best {
    /// Slot index.
    pub slot: Bits<6>,
    /// The event is of the bid side.
    pub bid: Bits<1>,
    /// The book changed.
    pub changed: Bits<1>,
    /// ITCH timestamp, ns since midnight.
    pub ts: Bits<48>,
    /// MoldUDP64 sequence number.
    pub seq: Bits<64>,
    /// Card time at the start of the frame, ns.
    pub stamp: Bits<64>,
    /// Best level of the other side: its key.
    pub mate_key: Bits<32>,
    /// Its quantity.
    pub mate_sz: Bits<32>,
}

/// The trigger to arm, as the global registers have it (`contract::trigger`).
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct TriggerWords {
    /// Side, time in force, display, capacity.
    pub letters: Bits<32>,
    /// ISO, cross type.
    pub routing: Bits<16>,
    /// Shares.
    pub qty: Bits<32>,
    /// Limit price, 1/10000 dollar.
    pub price: Bits<32>,
    /// Host token.
    pub token: Bits<32>,
    /// ClOrdID, first byte lowest.
    pub cl_ord_id: Bits<112>,
    /// `contract::trigger::Compare`.
    pub compare: Bits<2>,
    /// T, two's complement.
    pub threshold: Bits<16>,
    /// 32768 − T, or the low word of the bound.
    pub constant_0: Bits<32>,
    /// 32768 + T, or the high bits of the bound.
    pub constant_1: Bits<17>,
    /// ITCH time, ns.
    pub itch_expiry: Bits<48>,
    /// Card time, ns.
    pub expiry: Bits<64>,
    /// Number of the arming.
    pub arm_seq: Bits<32>,
}

/// Event vector entry: 56 payload bytes of the events ring.
pub type EventEntry = Bits<448>;

/// A committed order slot, taken apart (`contract::slot`).
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct OrderRequest {
    /// `contract::slot::Kind`.
    pub kind: Bits<8>,
    /// Subscribed slot index.
    pub slot: Bits<6>,
    /// 1 = buy; sell, short and exempt are 0.
    pub buy: Bits<1>,
    /// ASCII side.
    pub side: Bits<8>,
    /// ASCII time in force.
    pub time_in_force: Bits<8>,
    /// ASCII display.
    pub display: Bits<8>,
    /// ASCII capacity.
    pub capacity: Bits<8>,
    /// ASCII intermarket sweep eligibility.
    pub iso: Bits<8>,
    /// ASCII cross type.
    pub cross_type: Bits<8>,
    /// Shares.
    pub qty: Bits<32>,
    /// Limit price, 1/10000 dollar.
    pub price: Bits<32>,
    /// Host token.
    pub token: Bits<32>,
    /// UserRefNum of the order meant by a cancel, replace or modify.
    pub target_ref: Bits<32>,
    /// Replace: quantity of the order meant as the host has it; else 0.
    pub orig_qty: Bits<32>,
    /// Quantity times price as the host formed it; `malformed` if it is not.
    pub notional: Bits<64>,
    /// ClOrdID, first byte lowest.
    pub cl_ord_id: Bits<112>,
    /// Doorbell: order sequence.
    pub order_seq: Bits<32>,
    /// Doorbell: fencing epoch.
    pub epoch: Bits<16>,
    /// xor, kind, reserved bits, side, slot index or notional wrong: the gate refuses it.
    pub malformed: Bits<1>,
    /// `order_seq` is not the last one plus 1, or not that of its slot: the gate refuses it.
    pub out_of_sequence: Bits<1>,
    /// Card time of the completing write beat, ns.
    pub stamp: Bits<64>,
}

/// An order that left, as `ouch_rx` keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct OpenOrder {
    /// Its UserRefNum.
    pub user_ref: Bits<32>,
    /// Slot index.
    pub slot: Bits<6>,
    /// 1 = buy.
    pub buy: Bits<1>,
    /// It is an open order.
    pub live: Bits<1>,
    /// Shares that count as open.
    pub left: Bits<32>,
    /// The account counts it as an open order; a replace only from its answer on, in the place of the order that it replaced.
    pub counts: Bits<1>,
}
