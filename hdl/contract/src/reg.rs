//! BAR0: 32-bit little-endian registers. Addresses follow from the order of declaration.
//!
//! BAR0 is divided into four areas: global registers, one block of registers a slot, one block a
//! ring, and the counters. Reading an address without a register gives 0 and writing it does nothing;
//! reserved bits read 0.

pub mod capability;
pub mod control;
pub mod permit;
pub mod slot_ctrl;
pub mod slot_state;
mod slots;
pub mod status;

pub use slots::SLOT;

use crate::{
    config::Config,
    counter,
    layout::same,
    ring::{RINGS, Ring},
};

/// How a register behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read-only, constant or status.
    Ro,
    /// Read and write; reads back what was written, masked.
    Rw,
    /// A write acts and is not stored; reads give 0.
    Wo,
    /// Read and write, but the fabric moves it: a write goes to its owner, a read gives the owner's value.
    Live,
}

/// One register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// Name, unique in its area.
    pub name: &'static str,
    /// Behaviour.
    pub access: Access,
    /// Bits that exist.
    pub mask: u32,
    /// Value after reset (of status registers: with no traffic).
    pub reset: u32,
    /// What it is for.
    pub doc: &'static str,
}

const ALL: u32 = u32::MAX;
const fn ro(name: &'static str, doc: &'static str) -> Register {
    Register {
        name,
        access: Access::Ro,
        mask: ALL,
        reset: 0,
        doc,
    }
}
const fn rw(name: &'static str, mask: u32, reset: u32, doc: &'static str) -> Register {
    Register {
        name,
        access: Access::Rw,
        mask,
        reset,
        doc,
    }
}
const fn wo(name: &'static str, mask: u32, doc: &'static str) -> Register {
    Register {
        name,
        access: Access::Wo,
        mask,
        reset: 0,
        doc,
    }
}
const fn live(name: &'static str, reset: u32, doc: &'static str) -> Register {
    Register {
        name,
        access: Access::Live,
        mask: ALL,
        reset,
        doc,
    }
}

/// `IDENTITY`: "TFC1" in ASCII, first letter in the low byte.
pub const IDENTITY: u32 = u32::from_le_bytes(*b"TFC1");

/// `ARM`: written to arm the gate (and to re-arm it after a kill).
pub const ARM_KEY: u32 = u32::from_le_bytes(*b"ARM!");
/// `ARM`: written to disarm the gate.
pub const DISARM_KEY: u32 = u32::from_le_bytes(*b"SAFE");
/// `THROTTLE_CLEAR`: the word that clears slot *n* is this plus *n*, which is below 64.
pub const THROTTLE_KEY: u32 = u32::from_le_bytes(*b"\0THR");
const _: () = assert!(THROTTLE_KEY.is_multiple_of(64));
/// `OPEN_RELEASE_BUY` and `OPEN_RELEASE_SELL`: with these shares an order is done. The bits below are the shares.
pub const RELEASE_DONE: u32 = 1 << 31;

/// Global registers. Append only.
pub const GLOBAL: &[Register] = &[
    Register {
        reset: IDENTITY,
        ..ro("IDENTITY", "fixed word: this BAR is ours")
    },
    ro(
        "CONTRACT_HASH",
        "must equal contract::CONTRACT_HASH; the driver refuses another",
    ),
    ro("BUILD", "identifier of the build, given by the shell"),
    ro(
        "CONFIG",
        "{dma_width/8, row levels, slots, configuration id}, a byte each, id lowest",
    ),
    ro("CAPABILITIES", "what this card has, see capability bits"),
    rw("SCRATCH", ALL, 0, "no effect"),
    rw(
        "CONTROL",
        0xf,
        0,
        "rx_enable store_and_forward wait_fcs record_trades, bit 0 first",
    ),
    ro("STATUS", "see status bits"),
    rw(
        "TIME_INC",
        ALL,
        0x0666_6666,
        "card time increment a cycle, ns, 8.24 fixed point (6.4 ns at reset)",
    ),
    ro("TIME_LO", "card time, ns, low word; reading it latches TIME_HI"),
    ro("TIME_HI", "card time, ns, high word as latched"),
    rw("TIME_SET_LO", ALL, 0, "card time to set, ns, low word"),
    wo(
        "TIME_SET_HI",
        ALL,
        "card time to set, ns, high word; the write sets the time",
    ),
    rw(
        "RX_GROUP_A",
        ALL,
        0,
        "IPv4 destination of line A, first octet in the high byte",
    ),
    rw("RX_PORT_A", 0xffff, 0, "UDP destination port of line A"),
    rw("RX_GROUP_B", ALL, 0, "IPv4 destination of line B"),
    rw("RX_PORT_B", 0xffff, 0, "UDP destination port of line B"),
    rw(
        "SESSION_0",
        ALL,
        0,
        "MoldUDP64 session to accept, bytes 0-3, first byte lowest",
    ),
    rw("SESSION_1", ALL, 0, "bytes 4-7"),
    rw("SESSION_2", 0xffff, 0, "bytes 8-9"),
    wo(
        "SESSION_CTRL",
        3,
        "bit 0: accept SESSION_0..2; bit 1: accept the next one seen",
    ),
    ro(
        "SESSION_SEEN_0",
        "session of the last packet of another session, bytes 0-3",
    ),
    ro("SESSION_SEEN_1", "bytes 4-7"),
    ro("SESSION_SEEN_2", "bytes 8-9"),
    rw("SEQ_INIT_LO", ALL, 0, "sequence number to expect, low word"),
    rw("SEQ_INIT_HI", ALL, 0, "high word"),
    wo(
        "SEQ_CTRL",
        3,
        "bit 0: expect SEQ_INIT; bit 1: expect the first one seen",
    ),
    ro(
        "SEQ_NEXT_LO",
        "next expected sequence number, low word; reading it latches SEQ_NEXT_HI",
    ),
    ro("SEQ_NEXT_HI", "high word as latched"),
    rw(
        "GAP_WAIT_NS",
        ALL,
        1_000_000,
        "how long the merge waits for a missing message before it declares a gap, ns",
    ),
    wo(
        "ARM",
        ALL,
        "ARM_KEY arms the gate, DISARM_KEY disarms it, anything else disarms it too",
    ),
    wo("KILL", 1, "bit 0 sets the kill latch; only ARM_KEY clears it"),
    wo("HEARTBEAT", ALL, "any write is a sign of life of the host"),
    rw(
        "HEARTBEAT_TIMEOUT_NS",
        ALL,
        0,
        "orders are blocked when the heartbeat is older, ns, as of three cycles before the grant; 0 blocks always",
    ),
    rw("EPOCH", 0xffff, 0, "current fencing epoch"),
    wo("ORDER_SEQ_RESET", 1, "bit 0: the next order_seq is 1"),
    rw(
        "RATE_TOKENS",
        0xffff,
        0,
        "port token bucket: most tokens; those that are out stay out when it is written",
    ),
    rw(
        "RATE_REFILL_NS",
        ALL,
        0,
        "port token bucket: ns a token; 0 never refills",
    ),
    wo(
        "LIMITS_COMMIT",
        1,
        "bit 0: all shadow limits become current in one cycle",
    ),
    rw(
        "TABLE_ADDR",
        ALL,
        0,
        "bulk tables: {table 8, word address 24}, table highest; the word address advances by one a TABLE_DATA write",
    ),
    wo("TABLE_DATA", ALL, "bulk tables: data word"),
    wo("TABLE_COMMIT", ALL, "bulk tables: bit n commits table n"),
    live(
        "USER_REF_NEXT",
        1,
        "UserRefNum the next order gets; each Enter Order advances it",
    ),
    live(
        "TCP_SEQ_NEXT",
        0,
        "TCP sequence of the next payload byte; each frame sent advances it",
    ),
    rw("TCP_ACK", ALL, 0, "TCP acknowledgement number to send"),
    rw("TCP_PEER_ACK", ALL, 0, "last acknowledgement of the peer"),
    rw("TCP_PEER_WINDOW", ALL, 0, "window of the peer, bytes, scaled"),
    rw(
        "TRIGGER_LETTERS",
        ALL,
        0,
        "the trigger to arm (nothing here counts before TRIGGER_ARM): side time_in_force display capacity, ASCII, side lowest",
    ),
    rw("TRIGGER_ROUTING", 0xffff, 0, "iso cross_type, ASCII, iso lowest"),
    rw("TRIGGER_QTY", ALL, 0, "shares"),
    rw("TRIGGER_PRICE", ALL, 0, "limit price, 1/10000 dollar"),
    rw("TRIGGER_TOKEN", ALL, 0, "host token, echoed in every event"),
    rw(
        "TRIGGER_CL_ORD_ID_0",
        ALL,
        0,
        "ClOrdID, bytes 0-3, first byte lowest",
    ),
    rw("TRIGGER_CL_ORD_ID_1", ALL, 0, "bytes 4-7"),
    rw("TRIGGER_CL_ORD_ID_2", ALL, 0, "bytes 8-11"),
    rw("TRIGGER_CL_ORD_ID_3", 0xffff, 0, "bytes 12-13"),
    rw(
        "TRIGGER_COMPARE",
        3,
        0,
        "0 OBI-1 at least T, 1 OBI-1 at most T, 2 level-1 OFI at least, 3 at most (contract::trigger)",
    ),
    rw(
        "TRIGGER_THRESHOLD",
        0xffff,
        0,
        "T as the raw feature has it, i16: Q1.15 of OBI, shares >> QTY_SHIFT of OFI",
    ),
    rw(
        "TRIGGER_CONSTANT_0",
        ALL,
        0,
        "OBI: 32768 - T; OFI: bound in shares, two's complement of 35 bits, low word",
    ),
    rw(
        "TRIGGER_CONSTANT_1",
        0x1_ffff,
        0,
        "OBI: 32768 + T; OFI: bound, bits 32-34",
    ),
    rw(
        "TRIGGER_ITCH_EXPIRY_LO",
        ALL,
        0,
        "ITCH time, ns: an event of that time or later expires it; low word",
    ),
    rw("TRIGGER_ITCH_EXPIRY_HI", 0xffff, 0, "high word"),
    rw(
        "TRIGGER_EXPIRY_LO",
        ALL,
        0,
        "card time, ns, at which it expires; low word",
    ),
    rw("TRIGGER_EXPIRY_HI", ALL, 0, "high word"),
    rw(
        "TRIGGER_SEQ",
        ALL,
        0,
        "arm_seq, echoed in every event, order_seq of the order",
    ),
    wo(
        "TRIGGER_ARM",
        0xffff_003f,
        "{epoch 16, 0, slot 6}, slot lowest: the words above become the slot's trigger in one cycle, if the slot has none that is armed or not yet told",
    ),
    wo("TRIGGER_DISARM", 0x3f, "slot whose trigger is disarmed"),
    ro(
        "TRIGGER_ARMED_LO",
        "slots whose trigger is armed, bit 0 slot 0; reading it latches TRIGGER_ARMED_HI",
    ),
    ro("TRIGGER_ARMED_HI", "slots 32-63 as latched"),
    rw(
        "THROTTLE_NS",
        ALL,
        0,
        "time for one grant to be forgotten by THROTTLE, ns; 0 never",
    ),
    wo(
        "THROTTLE_CLEAR",
        ALL,
        "THROTTLE_KEY plus a slot: its grants are forgotten and it is not latched any more; on a person's word only",
    ),
    rw(
        "RX_FOLLOW",
        1,
        0,
        "bit 0: positions and open quantities follow what arrives on the order connection (module `follow`)",
    ),
    rw(
        "RX_PEER",
        ALL,
        0,
        "order connection, receive: IPv4 address of the exchange, first octet in the high byte",
    ),
    rw("RX_OWN", ALL, 0, "ours"),
    rw(
        "RX_PORTS",
        ALL,
        0,
        "{TCP port of the exchange 16, ours 16}, ours lowest",
    ),
    live(
        "RX_SEQ_NEXT",
        0,
        "TCP sequence of the next byte to receive; a write begins a new stream, whose first byte it is: what was held of the old one is forgotten",
    ),
    live(
        "RX_MESSAGE_NEXT",
        1,
        "SoupBinTCP sequence of the next message to apply, low 32 bits; earlier ones count no more. It moves when a message has been applied",
    ),
    rw(
        "WATCHDOG_CANCEL",
        1,
        0,
        "bit 0: while the gate is armed, a heartbeat that expires has the card send one Mass Cancel of WATCHDOG_FIRM, every symbol; 0 takes back what has not left. The host sets it when its order session runs and clears it before the session ends",
    ),
    rw(
        "WATCHDOG_FIRM",
        ALL,
        0,
        "firm of that Mass Cancel, ASCII, first byte lowest",
    ),
    rw(
        "GROSS_MAX_LO",
        ALL,
        0,
        "risk, all slots: most value of what was granted and not given back, 1/10000 dollar, low word; counts from LIMITS_COMMIT on",
    ),
    rw("GROSS_MAX_HI", ALL, 0, "high word"),
    rw(
        "GROSS_ADD_HI",
        ALL,
        0,
        "value the host adds, 1/10000 dollar, two's complement of 64 bits, high word",
    ),
    wo(
        "GROSS_ADD_LO",
        ALL,
        "low word; the write adds both: negative gives back value of orders that are gone and positions that are closed",
    ),
    ro(
        "GROSS_LO",
        "value granted and not given back, 1/10000 dollar, low word; reading it latches GROSS_HI",
    ),
    ro("GROSS_HI", "high word as latched"),
];

/// Bulk tables of `TABLE_ADDR`.
pub const TABLES: &[&str] = &["tx_template", "rank_edges", "weights", "side_inputs"];

/// Registers of one C2H ring. Append only.
pub const RING: &[Register] = &[
    rw(
        "BASE_LO",
        0xffff_ffc0,
        0,
        "bus address of entry 0, low word, 64-byte aligned",
    ),
    rw("BASE_HI", ALL, 0, "high word"),
    rw("SIZE_LOG2", 0x1f, 0, "log2 of the entries, at most 20"),
    rw(
        "RING_CTRL",
        1,
        0,
        "bit 0: enabled; the rising edge restarts at entry 0 with sequence 1",
    ),
    rw(
        "TAIL",
        ALL,
        0,
        "sequence number up to which the host has read; posted lazily",
    ),
    ro("HEAD", "sequence number of the last entry written"),
    ro("RING_STATE", "bit 0: lapped since enabled"),
];

/// Byte offset of the slot blocks.
pub const SLOT_BASE: u32 = 0x1000;
/// Bytes from one slot block to the next.
pub const SLOT_STRIDE: u32 = (4 * SLOT.len() as u32).next_power_of_two();
/// Byte offset of the ring blocks.
pub const RING_BASE: u32 = 0x8000;
/// Bytes from one ring block to the next.
pub const RING_STRIDE: u32 = (4 * RING.len() as u32).next_power_of_two();
/// Byte offset of the counters.
pub const COUNTER_BASE: u32 = 0xa000;

const _: () = {
    assert!(4 * GLOBAL.len() as u32 <= SLOT_BASE);
    assert!(SLOT_BASE + 64 * SLOT_STRIDE <= RING_BASE);
    assert!(RING_BASE + RINGS.len() as u32 * RING_STRIDE <= COUNTER_BASE);
    assert!(COUNTER_BASE + 4 * counter::COUNT as u32 <= crate::port::BAR0_BYTES);
};

/// Index of `name` in a register area; a const panic when there is none.
pub const fn index(area: &[Register], name: &str) -> usize {
    let mut i = 0;
    while i < area.len() {
        if same(area[i].name, name) {
            return i;
        }
        i += 1;
    }
    panic!("no register of that name")
}

/// Byte offset of a global register.
pub const fn global(name: &str) -> u32 {
    4 * index(GLOBAL, name) as u32
}

/// Byte offset of a register of slot `slot`.
pub const fn slot(slot: u32, name: &str) -> u32 {
    assert!(slot < 64);
    SLOT_BASE + slot * SLOT_STRIDE + 4 * index(SLOT, name) as u32
}

/// Byte offset of a register of a ring.
pub const fn ring(ring: Ring, name: &str) -> u32 {
    RING_BASE + ring as u32 * RING_STRIDE + 4 * index(RING, name) as u32
}

/// Byte offset of a counter, by its index (`counter::line`, `counter::core`).
pub const fn counter(index: usize) -> u32 {
    assert!(index < counter::COUNT);
    COUNTER_BASE + 4 * index as u32
}

/// Every register of a card of this configuration: (byte offset, area and instance, register).
pub fn all(config: &Config) -> alloc::vec::Vec<(u32, alloc::string::String, Register)> {
    let mut out = alloc::vec::Vec::new();
    for r in GLOBAL {
        out.push((global(r.name), alloc::string::String::from("global"), *r));
    }
    for s in 0..config.slots {
        for r in SLOT {
            out.push((slot(s, r.name), alloc::format!("slot {s}"), *r));
        }
    }
    for (which, name) in RINGS.iter().zip(["records", "events", "frames"]) {
        for r in RING {
            out.push((ring(*which, r.name), alloc::format!("ring {name}"), *r));
        }
    }
    for i in 0..counter::COUNT {
        let (area, c) = counter_at(i);
        out.push((counter(i), area, ro(c.name, c.doc)));
    }
    out
}

/// Counter number `i` with the name of its group.
pub fn counter_at(i: usize) -> (alloc::string::String, counter::Counter) {
    let n = counter::LINE_COUNTERS.len();
    let (group, c) = match i / n {
        0 => ("line A", counter::LINE_COUNTERS[i]),
        1 => ("line B", counter::LINE_COUNTERS[i - n]),
        _ => ("core", counter::CORE_COUNTERS[i - 2 * n]),
    };
    (alloc::format!("counter {group}"), c)
}
