//! Counters: 32-bit, saturating, read-only, one register each, in this order.
//!
//! The gateware collects a pulse a counter; the bit index in the pulse vector is the index here.

/// A counter and the block that owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Register name.
    pub name: &'static str,
    /// Gateware block that counts.
    pub block: &'static str,
    /// What is counted.
    pub doc: &'static str,
}

const fn c(name: &'static str, block: &'static str, doc: &'static str) -> Counter {
    Counter { name, block, doc }
}

/// Counters of one receive line; `A` and `B` have the same ones.
pub const LINE_COUNTERS: &[Counter] = &[
    c("frames", "udp_rx", "frames that ended well"),
    c(
        "bad_frame",
        "udp_rx",
        "frames that ended with tuser: bad FCS, abort",
    ),
    c(
        "not_ipv4",
        "udp_rx",
        "frames of another EtherType or too short for their headers",
    ),
    c(
        "ip_header",
        "udp_rx",
        "IPv4 version, header length, total length or checksum wrong",
    ),
    c("fragment", "udp_rx", "IPv4 fragments"),
    c("not_udp", "udp_rx", "IPv4 packets of another protocol"),
    c("not_subscribed", "udp_rx", "UDP to another address or port"),
    c(
        "udp_length",
        "udp_rx",
        "UDP length below 8 or past the IP payload, or frame ends before it",
    ),
    c(
        "mold_short",
        "mold_rx",
        "UDP payload shorter than the MoldUDP64 header",
    ),
    c("packets", "mold_rx", "MoldUDP64 packets of the accepted session"),
    c("heartbeats", "mold_rx", "heartbeats"),
    c("end_of_session", "mold_rx", "end of session packets"),
    c("other_session", "mold_rx", "packets of a session not accepted"),
    c(
        "block_length",
        "mold_rx",
        "packets cut off at a block shorter than 12 bytes or past the payload",
    ),
    c("messages", "mold_rx", "messages handed to the merge"),
    c(
        "duplicates",
        "line_merge",
        "messages below the expected sequence, or already held",
    ),
    c("held", "line_merge", "messages held in the window"),
    c(
        "purged",
        "line_merge",
        "held messages removed because their frame was bad",
    ),
];

/// Counters of the rest of the card.
pub const CORE_COUNTERS: &[Counter] = &[
    c("accepted", "line_merge", "messages accepted in sequence"),
    c("gaps", "line_merge", "gaps declared"),
    c("window_overflow", "line_merge", "messages beyond the window"),
    c(
        "bad_frame_accepted",
        "line_merge",
        "bad frames of which a message had been accepted",
    ),
    c("itch_unknown_type", "itch_decode", "messages of an unknown type"),
    c(
        "itch_bad_length",
        "itch_decode",
        "messages whose length is wrong for their type",
    ),
    c(
        "itch_other_locate",
        "itch_decode",
        "messages of a locate not subscribed",
    ),
    c(
        "itch_admin",
        "itch_decode",
        "administrative messages of subscribed slots",
    ),
    c(
        "book_events",
        "itch_decode",
        "book and trade messages of subscribed slots",
    ),
    c(
        "time_backwards",
        "features",
        "book events whose timestamp is below that of the slot's previous one",
    ),
    c(
        "dangling",
        "order_table",
        "messages that name an unknown reference",
    ),
    c("duplicate_add", "order_table", "adds of a live reference"),
    c("zero_quantity", "order_table", "adds of quantity 0"),
    c(
        "over_execution",
        "order_table",
        "executions and cancels that exceed the order, clamped",
    ),
    c(
        "replace_onto_live",
        "order_table",
        "replaces onto a live reference",
    ),
    c("stash_used", "order_table", "orders that went into the stash"),
    c(
        "table_overflow",
        "order_table",
        "orders lost because bucket and stash were full",
    ),
    c(
        "store_overflow",
        "level_store",
        "level operations lost: no page or queue full",
    ),
    c("refills", "level_store", "levels brought back into a row"),
    c("scans", "level_store", "searches of all pages"),
    c("degraded", "level_book", "records marked degraded"),
    c("records", "dma_c2h", "records written"),
    c("skipped", "dma_c2h", "records skipped at the FIFO entrance"),
    c("events", "dma_c2h", "events written"),
    c(
        "events_blocked",
        "dma_c2h",
        "cycles in which a full events ring held an event back",
    ),
    c(
        "dma_refused",
        "dma_c2h",
        "writes refused: ring disabled, Bus Master off or bus error",
    ),
    c("slots_committed", "order_slot", "order slots committed"),
    c(
        "slots_malformed",
        "order_slot",
        "order slots refused before the gate",
    ),
    c("orders_sent", "ouch_tx", "orders on the wire"),
    c("orders_rejected", "risk_gate", "orders rejected by the gate"),
    c("bar2_ignored", "order_slot", "writes to reserved parts of BAR2"),
    c(
        "notices_lost",
        "notices",
        "administrative messages not reported because the events ring did not keep up",
    ),
    c(
        "frames_received",
        "frame_rx",
        "order-side frames put into the frames ring",
    ),
    c(
        "frames_dropped",
        "frame_rx",
        "order-side frames dropped whole: frames ring off, no room in the buffer, or above 1,522 bytes",
    ),
    c(
        "frames_bad",
        "frame_rx",
        "order-side frames that ended with tuser: bad FCS, abort",
    ),
    c(
        "frames_sent",
        "frame_tx",
        "frames of the frame TX window on the wire",
    ),
    c(
        "frames_refused",
        "frame_tx",
        "frames written into the frame TX window that broke a rule or found no room",
    ),
    c("triggers_armed", "trigger", "triggers armed"),
    c("triggers_fired", "trigger", "triggers fired"),
    c(
        "triggers_disarmed",
        "trigger",
        "triggers disarmed without having fired",
    ),
    c(
        "triggers_refused",
        "trigger",
        "triggers not armed: malformed, busy, another epoch",
    ),
    c(
        "fired_before_bad_fcs",
        "trigger",
        "triggers fired by a message whose frame ended badly",
    ),
    c(
        "slots_waited",
        "trigger",
        "order slots that let a trigger's order pass at the gate",
    ),
    c(
        "frames_unread",
        "frame_tx",
        "frames of the frame TX window dropped: neither ARP nor plain TCP over IPv4 (module `frame`)",
    ),
    c(
        "frames_withheld",
        "frame_tx",
        "frames of the frame TX window dropped: payload that is no login and that the card has not sent (module `frame`)",
    ),
    c(
        "segments_taken",
        "seg_rx",
        "segments of the order connection with bytes that were expected",
    ),
    c(
        "segments_repeated",
        "seg_rx",
        "segments of which every byte had been taken before",
    ),
    c(
        "segments_refused",
        "seg_rx",
        "segments beyond the expected byte, without room or not to be read here; the host does not get them either",
    ),
    c(
        "segments_bad",
        "seg_rx",
        "segments with a wrong checksum, or shorter than they say",
    ),
    c(
        "ouch_messages",
        "ouch_rx",
        "messages that change an open quantity, applied",
    ),
    c("ouch_malformed", "ouch_rx", "messages and packets too short"),
    c(
        "ouch_unknown",
        "ouch_rx",
        "messages about an order that is not kept (module `follow`)",
    ),
    c(
        "ouch_repeated",
        "ouch_rx",
        "messages that had been applied before",
    ),
    c(
        "ouch_left",
        "ouch_rx",
        "broken executions: left to the host (module `follow`)",
    ),
    c(
        "ouch_missed",
        "ouch_rx",
        "logins behind which messages are missing",
    ),
    // Pulses of the MACs' clocks, brought over by the shell; a card without one keeps them at 0.
    c(
        "rx_a_lost",
        "shell",
        "frames of line A cut or dropped between the MAC's clock and the core's for want of room (`mac_rx`)",
    ),
    c("rx_b_lost", "shell", "the same on line B"),
    c("rx_o_lost", "shell", "the same on the order side"),
    c(
        "tx_underrun",
        "shell",
        "frames that left with a hole: the transmitter ran dry within them (`mac_tx`)",
    ),
];

/// Number of all counters.
pub const COUNT: usize = 2 * LINE_COUNTERS.len() + CORE_COUNTERS.len();

/// Index of a line's counter; a const panic when there is none of that name.
pub const fn line(b: bool, name: &str) -> usize {
    let mut i = 0;
    while i < LINE_COUNTERS.len() {
        if crate::layout::same(LINE_COUNTERS[i].name, name) {
            return if b { LINE_COUNTERS.len() + i } else { i };
        }
        i += 1;
    }
    panic!("no line counter of that name")
}

/// Index of a core counter; a const panic when there is none of that name.
pub const fn core(name: &str) -> usize {
    let mut i = 0;
    while i < CORE_COUNTERS.len() {
        if crate::layout::same(CORE_COUNTERS[i].name, name) {
            return 2 * LINE_COUNTERS.len() + i;
        }
        i += 1;
    }
    panic!("no core counter of that name")
}
