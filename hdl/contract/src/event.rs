//! The events ring: what the card reports besides market data records.
//!
//! Every entry starts with the same head word; the six words behind it depend on the code.
//! Events are never overwritten: when the ring is full the gate blocks new orders.

use crate::layout::{Field, field, total_bits};
use crate::ring::PAYLOAD_BYTES;

/// What an events entry reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Code {
    /// An order left on the wire.
    OrderSent = 1,
    /// The gate refused an order.
    OrderRejected = 2,
    /// Sequence numbers were lost on both lines.
    Gap = 3,
    /// A frame with a bad FCS, aborted or truncated, of which a message had been accepted.
    BadFrame = 4,
    /// A slot turned stale.
    Stale = 5,
    /// A slot was synchronised (`SLOT_SYNC`) or the attempt failed.
    Sync = 6,
    /// A slot's symbol was bound to the locate of the day.
    Bound = 7,
    /// A packet of another MoldUDP64 session was seen.
    SessionChange = 8,
    /// End of session on a line.
    EndOfSession = 9,
    /// The kill latch was set.
    Kill = 10,
    /// An administrative ITCH message (S R H Y L V J h K B I N O W) of a subscribed slot.
    Admin = 11,
    /// Sweeping a slot after subscription has ended: the slot is ready.
    Ready = 12,
    /// A trigger fired: its order goes to the gate, which makes an event of its own of it.
    TriggerFired = 13,
    /// A trigger is armed no more, or was not armed, without having fired.
    TriggerDisarmed = 14,
}

/// All codes.
pub const CODES: [Code; 14] = [
    Code::OrderSent,
    Code::OrderRejected,
    Code::Gap,
    Code::BadFrame,
    Code::Stale,
    Code::Sync,
    Code::Bound,
    Code::SessionChange,
    Code::EndOfSession,
    Code::Kill,
    Code::Admin,
    Code::Ready,
    Code::TriggerFired,
    Code::TriggerDisarmed,
];

impl Code {
    /// The code with this number.
    pub fn from_number(n: u8) -> Option<Self> {
        CODES.into_iter().find(|c| *c as u8 == n)
    }
}

/// First word of every event.
pub const HEAD: &[Field] = &[
    field("time", 48, "card time, ns, low 48 bits"),
    field("slot", 6, "slot index, 0 when it concerns no slot"),
    field("line", 2, "receive line: 0 A, 1 B"),
    field("code", 8, "event code"),
];
const _: () = assert!(total_bits(HEAD) == 64);

/// Why a slot turned stale (`cause` of [`Code::Stale`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum StaleCause {
    /// A gap on both lines.
    Gap = 1,
    /// A bad frame of which a message had been accepted.
    BadFrame = 2,
    /// A book message of wrong length.
    BadLength = 3,
    /// The order table overflowed its stash.
    TableOverflow = 4,
    /// A Replace named a reference that was already live.
    ReplaceOntoLive = 5,
    /// An execution or cancel exceeded the order.
    OverExecution = 6,
    /// The level store lost an operation or ran out of pages.
    StoreOverflow = 7,
    /// The slot was subscribed anew.
    Subscribed = 8,
}

/// Why a trigger was disarmed (`cause` of [`Code::TriggerDisarmed`]); of [`Code::TriggerFired`] what would have disarmed it in that very
/// cycle, 0 for nothing: to fire wins. The lowest one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TriggerCause {
    /// The kill latch is set.
    Killed = 1,
    /// The gate is not armed.
    NotArmed = 2,
    /// The host heartbeat is too old.
    Heartbeat = 3,
    /// No session is accepted, another one waits to be, or one was accepted anew.
    Session = 4,
    /// The fencing epoch changed, or is not that of `TRIGGER_ARM`.
    Epoch = 5,
    /// The slot is stale, or not ready.
    Stale = 6,
    /// The symbol is halted.
    Halted = 7,
    /// `TRIGGER_DISARM`.
    Host = 8,
    /// The time of an event, or card time, has reached its expiry.
    Expired = 9,
    /// Not armed: an unknown side, a slot the card does not have, or constants that are not those of the threshold.
    Malformed = 10,
    /// Not armed: the slot's last trigger is armed or not yet told.
    Busy = 11,
}

/// All causes, in the order of their numbers, which start at 1.
pub const TRIGGER_CAUSES: [TriggerCause; 11] = [
    TriggerCause::Killed,
    TriggerCause::NotArmed,
    TriggerCause::Heartbeat,
    TriggerCause::Session,
    TriggerCause::Epoch,
    TriggerCause::Stale,
    TriggerCause::Halted,
    TriggerCause::Host,
    TriggerCause::Expired,
    TriggerCause::Malformed,
    TriggerCause::Busy,
];

impl TriggerCause {
    /// The cause with this number.
    pub fn from_number(n: u8) -> Option<Self> {
        TRIGGER_CAUSES.into_iter().find(|c| *c as u8 == n)
    }
}

/// Why the gate refused an order (`reason` of [`Code::OrderRejected`]), also the bit index in its
/// vector of failed checks. The lowest failing one is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// The kill latch is set.
    Killed = 0,
    /// The gate is not armed.
    NotArmed = 1,
    /// The slot word is malformed: xor, kind, reserved bits or slot index.
    Malformed = 2,
    /// `order_seq` is not the last plus one.
    Sequence = 3,
    /// The fencing epoch is not the current one.
    Epoch = 4,
    /// The host heartbeat is too old.
    Heartbeat = 5,
    /// The slot is stale.
    Stale = 6,
    /// A feed gap is pending.
    Gap = 7,
    /// The symbol is halted.
    Halted = 8,
    /// Quantity 0 or above the limit.
    Quantity = 9,
    /// Price outside the collar, or no reference price (a best price or quantity of 0).
    Collar = 10,
    /// Position plus open quantity would exceed the limit.
    Position = 11,
    /// Too many open orders.
    OpenOrders = 12,
    /// The token bucket of the slot or the port is empty.
    Rate = 13,
    /// Notional above the limit.
    Notional = 14,
    /// The events ring is full.
    EventsFull = 15,
    /// The token is not above the last one granted.
    DuplicateToken = 16,
    /// Next plus length would exceed ack plus window of the connection.
    TcpWindow = 17,
    /// The side is not permitted.
    Restricted = 18,
    /// Would trade against an own order.
    SelfCross = 19,
    /// As many grants as the slot may have in a time, or latched by them.
    Throttle = 20,
    /// Price outside the bands the host has written.
    Bands = 21,
    /// Replace: the order meant is none of the last the card has sent, or not of this slot and side.
    Original = 22,
    /// Value granted and not given back, over all slots, would exceed the limit.
    GrossNotional = 23,
}

/// All reasons, in bit order.
pub const REASONS: [Reason; 24] = [
    Reason::Killed,
    Reason::NotArmed,
    Reason::Malformed,
    Reason::Sequence,
    Reason::Epoch,
    Reason::Heartbeat,
    Reason::Stale,
    Reason::Gap,
    Reason::Halted,
    Reason::Quantity,
    Reason::Collar,
    Reason::Position,
    Reason::OpenOrders,
    Reason::Rate,
    Reason::Notional,
    Reason::EventsFull,
    Reason::DuplicateToken,
    Reason::TcpWindow,
    Reason::Restricted,
    Reason::SelfCross,
    Reason::Throttle,
    Reason::Bands,
    Reason::Original,
    Reason::GrossNotional,
];

/// Body of [`Code::OrderSent`] and [`Code::OrderRejected`].
pub const ORDER_BODY: &[Field] = &[
    field("order_seq", 32, "order_seq of the slot write"),
    field("token", 32, "host token of the slot write"),
    field("user_ref", 32, "UserRefNum stamped at grant; 0 when rejected"),
    field("reason", 8, "rejected: lowest failing check"),
    field(
        "aborted",
        1,
        "sent: the frame was cut off with an error: the order is void, its TCP bytes were not sent",
    ),
    field("trigger", 1, "the order of a trigger; order_seq is its arm_seq"),
    field(
        "watchdog",
        1,
        "sent: the Mass Cancel of a heartbeat that expired; order_seq and token are 0, slot_stamp is the card time of the expiry",
    ),
    field("reserved", 21, "0"),
    field("checks", 32, "rejected: all failing checks, a bit each"),
    field("tcp_seq", 32, "sent: TCP sequence of the first payload byte"),
    field(
        "slot_stamp",
        64,
        "card time of the completing slot write, of a trigger's order that of the start of the frame that fired it, ns",
    ),
    field(
        "tx_stamp",
        64,
        "sent: card time of the first beat on the wire, ns",
    ),
    field(
        "value",
        32,
        "rejected: the value that broke the limit; sent: shares the account counts more for it, 0 of what opens no order",
    ),
    field("limit", 32, "rejected: the limit"),
];
/// Body of [`Code::Gap`] and [`Code::BadFrame`].
pub const RANGE_BODY: &[Field] = &[
    field("first", 64, "first sequence number concerned"),
    field("next", 64, "sequence number after the last one concerned"),
    field("reserved", 256, "0"),
];
/// Body of [`Code::Stale`], [`Code::Sync`], [`Code::Bound`] and [`Code::Ready`].
pub const SLOT_BODY: &[Field] = &[
    field("cause", 8, "stale: cause; sync: 1 accepted, 0 refused"),
    field("reserved_0", 8, "0"),
    field("locate", 16, "bound: locate of the day"),
    field("reserved_1", 32, "0"),
    field("seq", 64, "sequence number of the message, or next expected"),
    field("reserved_2", 256, "0"),
];
/// Body of [`Code::SessionChange`] and [`Code::EndOfSession`].
pub const SESSION_BODY: &[Field] = &[
    field("session", 80, "MoldUDP64 session as seen, first byte lowest"),
    field("reserved", 48, "0"),
    field("seq", 64, "sequence number in the packet header"),
    field("reserved_1", 192, "0"),
];
/// Body of [`Code::Admin`]: the message itself.
pub const ADMIN_BODY: &[Field] = &[
    field("seq", 64, "MoldUDP64 sequence number"),
    field(
        "message",
        320,
        "first 40 bytes of the ITCH message, first byte lowest",
    ),
];
/// Body of [`Code::Kill`].
pub const KILL_BODY: &[Field] = &[
    field("cause", 8, "1 host, 2 heartbeat, 3 throttle, 4 card"),
    field("reserved", 376, "0"),
];
/// Body of [`Code::TriggerFired`] and [`Code::TriggerDisarmed`]. The head's time is that of the firing, or of the entry.
pub const TRIGGER_BODY: &[Field] = &[
    field("arm_seq", 32, "TRIGGER_SEQ when it was armed"),
    field("token", 32, "host token"),
    field("cause", 8, "TriggerCause"),
    field("compare", 8, "fired: TRIGGER_COMPARE when it was armed"),
    field("reserved_0", 48, "0"),
    field("seq", 64, "fired: sequence number of the message"),
    field(
        "stamp",
        64,
        "fired: card time at the start of the message's frame, ns",
    ),
    field("bid_sz", 32, "fired: best bid quantity it saw"),
    field("ask_sz", 32, "fired: best ask quantity it saw"),
    field("reserved_1", 64, "0"),
];

const _: () = {
    let bits = PAYLOAD_BYTES as u32 * 8 - 64;
    assert!(total_bits(ORDER_BODY) == bits && total_bits(RANGE_BODY) == bits);
    assert!(total_bits(SLOT_BODY) == bits && total_bits(SESSION_BODY) == bits);
    assert!(total_bits(ADMIN_BODY) == bits && total_bits(KILL_BODY) == bits);
    assert!(total_bits(TRIGGER_BODY) == bits);
};
