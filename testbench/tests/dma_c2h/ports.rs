//! The ports of `dma_c2h`, resolved once.

use testbench::Bench;
use verilated::PortId;

/// Event sources of the block.
pub(crate) const SOURCES: usize = gateware::dma_c2h::EVENT_SOURCES;

/// Handles of all ports but the AXI ones.
pub(crate) struct Ports {
    pub(crate) emit: PortId,
    pub(crate) view: PortId,
    pub(crate) features: PortId,
    pub(crate) bus_master: PortId,
    pub(crate) enable: [PortId; 3],
    pub(crate) base_lo: [PortId; 3],
    pub(crate) base_hi: [PortId; 3],
    pub(crate) size_log2: [PortId; 3],
    pub(crate) tail: [PortId; 3],
    pub(crate) head: [PortId; 3],
    pub(crate) lapped: [PortId; 3],
    pub(crate) event_valid: [PortId; SOURCES],
    pub(crate) event_ready: [PortId; SOURCES],
    pub(crate) event: [PortId; SOURCES],
    pub(crate) frame: [PortId; 3],
    pub(crate) events_full: PortId,
    pub(crate) event_written: PortId,
    pub(crate) busy: PortId,
    pub(crate) count: PortId,
    pub(crate) slot_write: [PortId; 4],
    pub(crate) read_slot: PortId,
    pub(crate) now_skipped: PortId,
}

impl Ports {
    pub(crate) fn new(bench: &Bench) -> Self {
        let three = |name: &str| [0, 1, 2].map(|i| bench.port(&format!("{name}_{i}")));
        let sources = |name: &str| std::array::from_fn(|i| bench.port(&format!("{name}_{i}")));
        let one = |name: &str| bench.port(name);
        Self {
            emit: one("emit"),
            view: one("view"),
            features: one("features"),
            bus_master: one("bus_master"),
            enable: three("cfg_enable"),
            base_lo: three("cfg_base_lo"),
            base_hi: three("cfg_base_hi"),
            size_log2: three("cfg_size_log2"),
            tail: three("cfg_tail"),
            head: three("head"),
            lapped: three("lapped"),
            event_valid: sources("event_valid"),
            event_ready: sources("event_ready"),
            event: sources("event_entry"),
            frame: ["frame_valid", "frame_ready", "frame_entry"].map(one),
            events_full: one("events_full"),
            event_written: one("event_written"),
            busy: one("busy"),
            count: one("count"),
            slot_write: ["slot_write", "slot", "slot_register", "slot_data"].map(one),
            read_slot: one("read_slot"),
            now_skipped: one("now_skipped"),
        }
    }
}
