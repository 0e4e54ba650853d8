//! Golden model of the frame TX window: words in, whole frames or refusals out.

use contract::frame::{FRAME_MAX, FRAME_MIN};
use contract::window::{WINDOWS, offset};

/// A frame that is being written.
#[derive(Debug, Clone)]
struct Open {
    length: usize,
    bytes: Vec<u8>,
    spoiled: bool,
}

/// The window.
#[derive(Debug, Clone, Default)]
pub struct Window {
    open: Option<Open>,
    /// Frames refused so far.
    pub refused: u64,
}

impl Window {
    /// Lanes of a word are written at a byte address of BAR2. A frame that is whole comes back; `room` says whether it finds room.
    pub fn write(
        &mut self,
        address: u32,
        data: u64,
        strobes: u8,
        room: impl Fn(usize) -> bool,
    ) -> Option<Vec<u8>> {
        let at = address.checked_sub(offset("frame_tx"))?;
        if at >= WINDOWS[1].size {
            return None;
        }
        if at < 8 {
            self.begin(data, strobes);
            return None;
        }
        let open = self.open.as_mut()?;
        let place = at as usize / 8 - 1;
        open.spoiled |= strobes != u8::MAX || place * 8 != open.bytes.len();
        if !open.spoiled {
            open.bytes.extend_from_slice(&data.to_le_bytes());
        }
        if place != open.length.div_ceil(8) - 1 {
            return None;
        }
        let mut open = self.open.take()?;
        if open.spoiled || !room(open.length) {
            self.refused += 1;
            return None;
        }
        open.bytes.truncate(open.length);
        Some(open.bytes)
    }

    fn begin(&mut self, data: u64, strobes: u8) {
        self.refused += u64::from(self.open.take().is_some());
        let length = usize::from(u16::try_from(data & 0xffff).unwrap_or(0));
        if strobes == u8::MAX && (FRAME_MIN..=FRAME_MAX).contains(&length) {
            self.open = Some(Open {
                length,
                bytes: Vec::new(),
                spoiled: false,
            });
        } else {
            self.refused += 1;
        }
    }
}
