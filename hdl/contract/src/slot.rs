//! Order slots: 64 bytes the host writes into BAR2, one write an order.
//!
//! Little-endian; the last eight bytes are the doorbell {order_seq u32, epoch u16, kind u8, xor8 of
//! all other bytes}. A slot commits when all eight words are valid and the last one written is the
//! doorbell. `order_seq` must be the last one plus 1 and `slot index = order_seq mod SLOTS`.

use crate::layout::{Field, field, lsb, put_bits, total_bits, width};

/// Bytes of an order slot.
pub const SLOT_BYTES: usize = 64;
/// Order slots in the window; also the most unacknowledged orders.
pub const SLOTS: usize = 64;

/// What the slot asks for (`kind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// OUCH 5.0 Enter Order.
    Enter = 1,
    /// OUCH 5.0 Cancel Order.
    Cancel = 2,
    /// OUCH 5.0 Replace Order.
    Replace = 3,
    /// One whole SoupBinTCP packet of at most [`RAW_MAX`] bytes through the fabric's sequencer.
    Raw = 4,
    /// The Enter Order of a trigger: made in the fabric, malformed in a slot.
    Trigger = 5,
    /// OUCH 5.0 Modify Order: fewer shares, or another marking of a sale.
    Modify = 6,
    /// OUCH 5.0 Mass Cancel of a firm, see [`FIRM_LAYOUT`].
    MassCancel = 7,
    /// OUCH 5.0 Disable Order Entry of a firm.
    DisableEntry = 8,
    /// OUCH 5.0 Enable Order Entry of a firm. It does not reduce risk: needs an armed gate that is not killed, and a heartbeat.
    EnableEntry = 9,
    /// The Mass Cancel of a heartbeat that expired, of `WATCHDOG_FIRM` and every symbol: made in the fabric, malformed in a slot. What the gate
    /// refuses of it is asked again and makes no event.
    Watchdog = 10,
}

/// All kinds, in the order of their numbers, which start at 1.
pub const KINDS: [Kind; 10] = [
    Kind::Enter,
    Kind::Cancel,
    Kind::Replace,
    Kind::Raw,
    Kind::Trigger,
    Kind::Modify,
    Kind::MassCancel,
    Kind::DisableEntry,
    Kind::EnableEntry,
    Kind::Watchdog,
];

/// What a kind means to the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A new order, or one in the place of another: every check, and the account counts it.
    Order,
    /// It only takes away: neither arming nor a good feed, not stopped by a kill.
    Reduces,
    /// As [`Self::Reduces`], but the side it gives the order has to be permitted.
    Marks,
    /// No order, but it lets orders in: armed, not killed, heartbeat fresh.
    Opens,
}

impl Kind {
    /// The kind with this number.
    pub fn from_number(n: u8) -> Option<Self> {
        KINDS.into_iter().find(|k| *k as u8 == n)
    }

    /// What the gate holds it to.
    pub const fn class(self) -> Class {
        match self {
            Self::Enter | Self::Replace | Self::Trigger => Class::Order,
            Self::Cancel | Self::Raw | Self::MassCancel | Self::DisableEntry | Self::Watchdog => {
                Class::Reduces
            }
            Self::Modify => Class::Marks,
            Self::EnableEntry => Class::Opens,
        }
    }

    /// The message it becomes, an index of [`crate::template::MESSAGES`]; `None` for [`Kind::Raw`], which is its own.
    pub const fn message(self) -> Option<usize> {
        match self {
            Self::Enter | Self::Trigger => Some(0),
            Self::Cancel => Some(1),
            Self::Replace => Some(2),
            Self::Modify => Some(3),
            Self::MassCancel | Self::Watchdog => Some(4),
            Self::DisableEntry | Self::EnableEntry => Some(5),
            Self::Raw => None,
        }
    }

    /// Whether it takes the next UserRefNum; a cancel and a modify name that of their order, a raw payload none.
    pub const fn is_numbered(self) -> bool {
        !matches!(self, Self::Cancel | Self::Modify | Self::Raw)
    }
}

/// Layout of a slot.
pub const LAYOUT: &[Field] = &[
    field("symbol_slot", 8, "subscribed slot index"),
    field("side", 8, "ASCII B, S, T (sell short) or E (short exempt)"),
    field("time_in_force", 8, "ASCII, OUCH 5.0"),
    field("display", 8, "ASCII, OUCH 5.0"),
    field("capacity", 8, "ASCII, OUCH 5.0"),
    field("iso", 8, "intermarket sweep eligibility, ASCII Y or N"),
    field("cross_type", 8, "ASCII, OUCH 5.0"),
    field("reserved_0", 8, "0"),
    field("qty", 32, "shares"),
    field("price", 32, "limit price, 1/10000 dollar"),
    field(
        "token",
        32,
        "host token, echoed in the event, basis of the duplicate check",
    ),
    field(
        "target_ref",
        32,
        "cancel, replace, modify: UserRefNum of the order meant",
    ),
    field(
        "notional",
        64,
        "qty x price, formed by the host and checked against both",
    ),
    field(
        "cl_ord_id",
        112,
        "OUCH 5.0 ClOrdID, 14 ASCII bytes, first byte lowest",
    ),
    field("reserved_1", 16, "0"),
    field(
        "orig_qty",
        32,
        "replace: quantity of the order meant as the host has it, shares, those executed included and those cancelled not; else 0",
    ),
    field("reserved_2", 32, "0"),
    field("order_seq", 32, "doorbell: last order_seq plus 1"),
    field("epoch", 16, "doorbell: fencing epoch"),
    field("kind", 8, "doorbell: kind of request"),
    field("xor8", 8, "doorbell: xor of the other 63 bytes"),
];
const _: () = assert!(total_bits(LAYOUT) as usize == SLOT_BYTES * 8);
const _: () = assert!(lsb(LAYOUT, "order_seq") as usize == SLOT_BYTES * 8 - 64);

/// Most bytes of a raw payload. Shorter than any OUCH 5.0 message that enters or replaces an order, and a raw payload is exactly one
/// packet: so no order can pass the gate by this way.
pub const RAW_MAX: usize = 14;
/// Bytes of a SoupBinTCP packet's length, which counts what follows it.
pub const SOUP_LENGTH_BYTES: usize = 2;

/// What a slot of kind [`Kind::Raw`] holds in the fields of [`LAYOUT`]; the others as there, quantity, price and notional 0.
pub const RAW_LAYOUT: &[Field] = &[
    field("target_ref", 32, "bytes of the payload, 3 to 14"),
    field(
        "cl_ord_id",
        112,
        "the payload, first byte lowest, 0 behind its end: one SoupBinTCP packet, its length field and what it counts",
    ),
];
const _: () = {
    assert!(width(LAYOUT, "target_ref") == width(RAW_LAYOUT, "target_ref"));
    assert!(width(LAYOUT, "cl_ord_id") == width(RAW_LAYOUT, "cl_ord_id"));
    assert!(width(RAW_LAYOUT, "cl_ord_id") as usize == 8 * RAW_MAX);
    assert!(
        RAW_MAX < crate::template::SOUP_BYTES + crate::template::REPLACE_BYTES,
        "neither a Replace nor an Enter fits"
    );
};

/// What a slot of kind [`Kind::MassCancel`], [`Kind::DisableEntry`] or [`Kind::EnableEntry`] holds in `cl_ord_id`; quantity, price and notional 0.
/// The symbol of a mass cancel stands in it, all spaces for every one: it need not be subscribed. The other two have no symbol: 0.
pub const FIRM_LAYOUT: &[Field] = &[
    field("firm", 32, "ASCII, first byte lowest"),
    field("symbol", 64, "ASCII, first byte lowest"),
    field("reserved", 16, "0"),
];
const _: () = assert!(total_bits(FIRM_LAYOUT) == width(LAYOUT, "cl_ord_id"));

/// The `cl_ord_id` of a message about a firm, see [`FIRM_LAYOUT`]; `symbol` `None` where the message has none.
pub fn firm_id(firm: [u8; 4], symbol: Option<[u8; 8]>) -> [u8; 14] {
    let mut id = [0; 14];
    id[..4].copy_from_slice(&firm);
    id[4..12].copy_from_slice(&symbol.unwrap_or_default());
    id
}

/// What the host wants sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Subscribed slot index.
    pub symbol_slot: u8,
    /// ASCII side.
    pub side: u8,
    /// ASCII time in force.
    pub time_in_force: u8,
    /// ASCII display.
    pub display: u8,
    /// ASCII capacity.
    pub capacity: u8,
    /// ASCII intermarket sweep eligibility.
    pub iso: u8,
    /// ASCII cross type.
    pub cross_type: u8,
    /// Shares.
    pub qty: u32,
    /// Limit price, 1/10000 dollar.
    pub price: u32,
    /// Host token.
    pub token: u32,
    /// UserRefNum of the order meant by a cancel, replace or modify.
    pub target_ref: u32,
    /// Replace: quantity of the order meant, shares, executed ones included; else 0.
    pub orig_qty: u32,
    /// ClOrdID.
    pub cl_ord_id: [u8; 14],
}

impl Order {
    /// The 64 bytes to write, doorbell included.
    pub fn encode(&self, kind: Kind, order_seq: u32, epoch: u16) -> [u8; SLOT_BYTES] {
        let mut b = [0u8; SLOT_BYTES];
        let mut put = |name: &str, v: u64| put_bits(&mut b, lsb(LAYOUT, name), width(LAYOUT, name), v);
        put("symbol_slot", u64::from(self.symbol_slot));
        put("side", u64::from(self.side));
        put("time_in_force", u64::from(self.time_in_force));
        put("display", u64::from(self.display));
        put("capacity", u64::from(self.capacity));
        put("iso", u64::from(self.iso));
        put("cross_type", u64::from(self.cross_type));
        put("qty", u64::from(self.qty));
        put("price", u64::from(self.price));
        put("token", u64::from(self.token));
        put("target_ref", u64::from(self.target_ref));
        put("notional", u64::from(self.qty) * u64::from(self.price));
        put("orig_qty", u64::from(self.orig_qty));
        put("order_seq", u64::from(order_seq));
        put("epoch", u64::from(epoch));
        put("kind", kind as u64);
        let at = (lsb(LAYOUT, "cl_ord_id") / 8) as usize;
        b[at..at + 14].copy_from_slice(&self.cl_ord_id);
        b[SLOT_BYTES - 1] = xor8(&b);
        b
    }
}

/// The 64 bytes that send `payload`, doorbell included; `None` when it is not one whole SoupBinTCP packet of at most [`RAW_MAX`] bytes.
pub fn encode_raw(payload: &[u8], token: u32, order_seq: u32, epoch: u16) -> Option<[u8; SLOT_BYTES]> {
    let counted = usize::from(u16::from_be_bytes([*payload.first()?, *payload.get(1)?]));
    if counted == 0 || payload.len() > RAW_MAX || payload.len() != counted + SOUP_LENGTH_BYTES {
        return None;
    }
    let mut cl_ord_id = [0; RAW_MAX];
    cl_ord_id[..payload.len()].copy_from_slice(payload);
    let order = Order {
        symbol_slot: 0,
        side: b'B',
        time_in_force: 0,
        display: 0,
        capacity: 0,
        iso: 0,
        cross_type: 0,
        qty: 0,
        price: 0,
        token,
        target_ref: payload.len() as u32,
        orig_qty: 0,
        cl_ord_id,
    };
    Some(order.encode(Kind::Raw, order_seq, epoch))
}

/// Exclusive or of the first 63 bytes.
pub fn xor8(slot: &[u8; SLOT_BYTES]) -> u8 {
    slot[..SLOT_BYTES - 1].iter().fold(0, |x, b| x ^ b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_know_their_numbers_and_messages() {
        for (kind, number) in KINDS.into_iter().zip(1..) {
            assert_eq!(Kind::from_number(number), Some(kind));
            let bytes = kind.message().map(|message| crate::template::MESSAGES[message]);
            assert_eq!(bytes.is_none(), kind == Kind::Raw);
        }
        assert_eq!((Kind::from_number(0), Kind::from_number(11)), (None, None));
        assert_eq!(firm_id(*b"FIRM", Some(*b"TEST    ")), *b"FIRMTEST    \0\0");
    }

    #[test]
    fn doorbell_is_the_last_word() {
        let o = Order {
            symbol_slot: 3,
            side: b'B',
            time_in_force: b'0',
            display: b'Y',
            capacity: b'P',
            iso: b'N',
            cross_type: b'N',
            qty: 100,
            price: 1_234_500,
            token: 9,
            target_ref: 0,
            orig_qty: 0,
            cl_ord_id: *b"TICKFORGE00001",
        };
        let b = o.encode(Kind::Enter, 0x0102_0304, 0x0506);
        assert_eq!(&b[56..63], &[4, 3, 2, 1, 6, 5, 1]);
        assert_eq!(b.iter().fold(0, |x, v| x ^ v), 0, "xor over all 64 bytes");
        assert_eq!(&b[8..16], &[100, 0, 0, 0, 0x44, 0xd6, 0x12, 0]);
    }
}
