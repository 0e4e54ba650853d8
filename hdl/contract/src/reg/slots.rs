//! Registers of one slot.

use super::{ALL, Register, permit, ro, rw, slot_state, wo};

/// Registers of one slot. Append only. `risk` limits are shadowed until `LIMITS_COMMIT`.
pub const SLOT: &[Register] = &[
    rw(
        "SYMBOL_LO",
        ALL,
        0,
        "8-byte symbol, space padded, bytes 0-3, first byte lowest",
    ),
    rw("SYMBOL_HI", ALL, 0, "bytes 4-7"),
    rw(
        "LOCATE",
        0x1_ffff,
        0,
        "locate of the day; bit 16: bound. An R message of the symbol writes it too",
    ),
    rw("SLOT_CTRL", 7, 0, "subscribe levels wide, bit 0 first"),
    Register {
        reset: slot_state::STALE | slot_state::HALTED,
        ..ro("SLOT_STATE", "ready bound stale gap halted, bit 0 first")
    },
    rw("SYNC_SEQ_LO", ALL, 0, "SLOT_SYNC sequence, low word"),
    wo(
        "SYNC_SEQ_HI",
        ALL,
        "high word; the write clears stale and gap if the next expected sequence equals it",
    ),
    wo(
        "HALT_SET",
        3,
        "bit 0: clear halted, bit 1: set halted; audited by the host",
    ),
    rw("GRID_TICK", ALL, 100, "tick, 1/10000 dollar"),
    rw(
        "GRID_RECIP",
        ALL,
        crate::feature::grid_recip(100),
        "ceil(2^31 / tick)",
    ),
    rw(
        "QTY_SHIFT",
        0x1f,
        0,
        "right shift of quantities before they saturate in a feature",
    ),
    ro("SKIPPED", "records of this slot skipped so far, saturated"),
    rw("MAX_QTY", ALL, 0, "risk: most shares an order"),
    rw(
        "COLLAR",
        ALL,
        0,
        "risk: the price must lie within [best bid - COLLAR, best ask + COLLAR], 1/10000 dollar; without a bid or an ask it is refused",
    ),
    rw(
        "POSITION_MAX",
        ALL,
        0,
        "risk: largest absolute position plus open quantity, shares",
    ),
    rw(
        "OPEN_MAX",
        0xffff,
        0,
        "risk: most open orders; one is open until the host releases its last shares",
    ),
    rw(
        "NOTIONAL_MAX_LO",
        ALL,
        0,
        "risk: most notional an order, 1/10000 dollar, low word",
    ),
    rw("NOTIONAL_MAX_HI", ALL, 0, "risk: high word"),
    rw(
        "SLOT_RATE_TOKENS",
        0xffff,
        0,
        "risk: token bucket: most tokens; those that are out stay out when it changes",
    ),
    rw(
        "SLOT_RATE_REFILL_NS",
        ALL,
        0,
        "risk: token bucket: ns a token; 0 never refills",
    ),
    rw(
        "POSITION_SET",
        ALL,
        0,
        "position to set, shares, two's complement",
    ),
    wo(
        "POSITION_LOAD",
        1,
        "bit 0: POSITION := POSITION_SET and open quantities := 0; audited by the host",
    ),
    ro("POSITION", "position, shares, two's complement, saturated"),
    ro("OPEN_BUY", "open buy quantity, shares, saturated"),
    ro("OPEN_SELL", "open sell quantity, shares, saturated"),
    wo(
        "OPEN_RELEASE_BUY",
        ALL,
        "the host reports this many shares of open buys as done (cancelled or executed); bit 31: and with them an open order",
    ),
    wo("OPEN_RELEASE_SELL", ALL, "the same for sells"),
    wo(
        "POSITION_ADD",
        ALL,
        "the host reports an execution: signed shares",
    ),
    rw(
        "PERMIT",
        permit::SIDES | permit::BANDS,
        0,
        "risk: sides an order may have: buy sell short short_exempt, bit 0 first, all others are refused; bit 4: the bands below hold",
    ),
    rw(
        "BAND_LOW",
        ALL,
        0,
        "risk: lowest price of an order while PERMIT says that bands hold, 1/10000 dollar",
    ),
    rw(
        "BAND_HIGH",
        ALL,
        0,
        "risk: highest one; 0 with bands that hold lets nothing pass",
    ),
    rw(
        "THROTTLE",
        0xffff,
        0,
        "risk: as many grants latch the slot until THROTTLE_CLEAR, if THROTTLE_NS has not let them be forgotten; 0 refuses and latches nothing",
    ),
];
