//! How close together operations come.

use testbench::Rng;

/// ITCH message lengths with the length prefix.
pub(crate) const ADD_BYTES: u64 = 38;
pub(crate) const REPLACE_BYTES: u64 = 37;
pub(crate) const CANCEL_BYTES: u64 = 25;
pub(crate) const DELETE_BYTES: u64 = 21;
/// Payload of a full frame, and what surrounds it on the wire: preamble, headers, check sequence, gap.
const FRAME_BYTES: u64 = 1_400;
const OVERHEAD_BYTES: u64 = 86;
/// The wire brings so many bytes a cycle.
const BEAT_BYTES: u64 = 8;

/// Spacing of operations, in cycles; at least two.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Always so many cycles after the one before.
    Every(u64),
    /// Two to so many cycles after it.
    Within(u64),
    /// As messages packed in full frames come at line rate.
    Line(Wire),
}

/// Where the wire is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wire {
    /// Bytes since cycle 0 when the last message was complete.
    bytes: u64,
    /// Payload of the frame so far.
    payload: u64,
    last: u64,
}

impl Pace {
    /// The cycle of the next operation, not before `now`, the first cycle after the last one.
    pub(crate) fn due(&mut self, rng: &mut Rng, now: u64, bytes: u64) -> u64 {
        match self {
            Self::Every(cycles) => now + *cycles - 1,
            Self::Within(cycles) => now + rng.between(2, *cycles) - 1,
            Self::Line(wire) => wire.due(now, bytes),
        }
    }
}

impl Wire {
    fn due(&mut self, now: u64, bytes: u64) -> u64 {
        // After a pause the message is in the first frame since.
        if self.bytes + 16 * BEAT_BYTES < now * BEAT_BYTES {
            self.bytes = now * BEAT_BYTES;
        }
        if self.payload + bytes > FRAME_BYTES {
            self.bytes += OVERHEAD_BYTES;
            self.payload = 0;
        }
        self.payload += bytes;
        self.bytes += bytes;
        self.last = self.bytes.div_ceil(BEAT_BYTES).max(self.last + 2).max(now + 1);
        self.last
    }
}
