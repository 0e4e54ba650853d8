//! BAR2, 64 KiB, write-only, divided into windows in this order.

/// A part of BAR2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Name.
    pub name: &'static str,
    /// Bytes.
    pub size: u32,
    /// What is written there.
    pub doc: &'static str,
}

/// Bytes of BAR2.
pub const BAR2_BYTES: u32 = 64 * 1024;

/// The windows, in address order.
pub const WINDOWS: [Window; 4] = [
    Window {
        name: "order_slots",
        size: 4 * 1024,
        doc: "64 order slots of 64 bytes (module `slot`)",
    },
    Window {
        name: "frame_tx",
        size: 4 * 1024,
        doc: "whole slow-path frames, below orders in priority: length u16 at 0, frame from 8, whole words in ascending order, the word with the last byte commits (module `frame`)",
    },
    Window {
        name: "inject",
        size: 4 * 1024,
        doc: "ITCH messages entering through the merge: sequence u64, length u16, message from 16, commit by writing the word at 56",
    },
    Window {
        name: "reserved",
        size: 52 * 1024,
        doc: "writes are counted and ignored",
    },
];

/// Byte offset of a window; a const panic when there is none of that name.
pub const fn offset(name: &str) -> u32 {
    let mut at = 0;
    let mut i = 0;
    while i < WINDOWS.len() {
        if crate::layout::same(WINDOWS[i].name, name) {
            return at;
        }
        at += WINDOWS[i].size;
        i += 1;
    }
    panic!("no BAR2 window of that name")
}

const _: () = assert!(offset("reserved") + WINDOWS[3].size == BAR2_BYTES);
const _: () = assert!(WINDOWS[0].size as usize == crate::slot::SLOTS * crate::slot::SLOT_BYTES);
