//! The MAC side: frames to beats at line rate, beats to frames.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Bytes of a beat.
const BEAT: usize = 8;
/// Preamble and start delimiter, FCS and the least inter-frame gap (IEEE 802.3, 4.4.2): on the wire, not in the stream.
const OVERHEAD_BYTES: u64 = 8 + 4 + 12;
/// Least frame without FCS.
const FRAME_MIN: usize = 60;

/// A receive line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Line {
    /// Line A.
    A,
    /// Line B.
    B,
    /// The order side.
    O,
}

/// Receive ports of a card.
pub(crate) const LINES: usize = 3;

/// A frame on its way in, without FCS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RxFrame {
    /// Bytes from the destination address on; padded to 60.
    pub bytes: Vec<u8>,
    /// The MAC reports it as bad (`tuser`): wrong FCS, abort, truncation.
    pub bad: bool,
    /// Earliest cycle of its first beat.
    pub not_before: u64,
    /// Cycles without a beat, by beat index, inserted before it (`gaps` of the stream inside a frame).
    pub stalls: Vec<(usize, u8)>,
}

impl RxFrame {
    /// A good frame, as early as the line allows.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            bad: false,
            not_before: 0,
            stalls: Vec::new(),
        }
    }
}

/// What a port shows in one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Beat {
    pub(crate) data: u64,
    pub(crate) keep: u8,
    pub(crate) last: bool,
    pub(crate) bad: bool,
}

/// Turns queued frames into beats, one line.
#[derive(Debug, Default)]
pub(crate) struct RxLine {
    queue: VecDeque<RxFrame>,
    position: usize,
    stall: u8,
    stalled_at: Option<usize>,
    /// Byte time on the wire before which no beat may come, in bytes (8 a cycle).
    free_at: u64,
    /// Cycle of the first beat of each frame sent, in order, when logging.
    pub(crate) first_beats: Option<Vec<u64>>,
    /// Frames whose last beat has gone.
    pub(crate) frames: u64,
}

impl RxLine {
    pub(crate) fn push(&mut self, mut frame: RxFrame) {
        if frame.bytes.len() < FRAME_MIN {
            frame.bytes.resize(FRAME_MIN, 0);
        }
        self.queue.push_back(frame);
    }

    pub(crate) fn pending(&self) -> usize {
        self.queue.len()
    }

    /// The beat of this cycle.
    pub(crate) fn beat(&mut self, cycle: u64) -> Option<Beat> {
        let frame = self.queue.front()?;
        let wanted = frame_stall(frame, self.position / BEAT);
        if self.position == 0 {
            if cycle < frame.not_before || cycle * (BEAT as u64) < self.free_at {
                return None;
            }
            // Deficit idle count: a start up to a beat late is not carried into the next frame.
            let now = cycle * BEAT as u64;
            if now >= self.free_at + BEAT as u64 {
                self.free_at = now;
            }
            if let Some(log) = &mut self.first_beats {
                log.push(cycle);
            }
        }
        if self.stalled(wanted) {
            return None;
        }
        let frame = self.queue.front()?;
        let left = &frame.bytes[self.position..];
        let count = left.len().min(BEAT);
        let mut data = [0u8; BEAT];
        data[..count].copy_from_slice(&left[..count]);
        let last = left.len() <= BEAT;
        let beat = Beat {
            data: u64::from_le_bytes(data),
            keep: u8::MAX >> (BEAT - count),
            last,
            bad: last && frame.bad,
        };
        self.position += count;
        if last {
            self.free_at += self.position as u64 + OVERHEAD_BYTES;
            self.position = 0;
            self.stalled_at = None;
            self.frames += 1;
            self.queue.pop_front();
        }
        Some(beat)
    }

    fn stalled(&mut self, wanted: u8) -> bool {
        if self.stalled_at != Some(self.position) {
            self.stalled_at = Some(self.position);
            self.stall = wanted;
        }
        if self.stall == 0 {
            return false;
        }
        self.stall -= 1;
        self.free_at += BEAT as u64;
        true
    }
}

fn frame_stall(frame: &RxFrame, beat: usize) -> u8 {
    frame
        .stalls
        .iter()
        .find(|(b, _)| *b == beat)
        .map_or(0, |(_, n)| *n)
}

/// A frame that left the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxFrame {
    /// Bytes, without FCS.
    pub bytes: Vec<u8>,
    /// Cycle of its first beat.
    pub cycle: u64,
    /// The card ended it with `tuser`: it goes out with a bad FCS.
    pub aborted: bool,
    /// A cycle without a beat was seen inside it, which a MAC would send as an underrun.
    pub underrun: bool,
}

/// Collects transmitted beats into frames.
#[derive(Debug, Default)]
pub(crate) struct TxLine {
    current: Option<TxFrame>,
    pub(crate) done: VecDeque<TxFrame>,
}

impl TxLine {
    /// One cycle of the port; `None` when nothing was transferred.
    pub(crate) fn beat(&mut self, cycle: u64, beat: Option<Beat>) {
        let Some(beat) = beat else {
            if let Some(frame) = &mut self.current {
                frame.underrun = true;
            }
            return;
        };
        let frame = self.current.get_or_insert_with(|| TxFrame {
            bytes: Vec::new(),
            cycle,
            aborted: false,
            underrun: false,
        });
        let count = beat.keep.trailing_ones() as usize;
        frame.bytes.extend_from_slice(&beat.data.to_le_bytes()[..count]);
        if beat.last {
            frame.aborted = beat.bad;
            self.done.extend(self.current.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(line: &mut RxLine, from: u64) -> Vec<(u64, Beat)> {
        (from..from + 200)
            .filter_map(|c| line.beat(c).map(|b| (c, b)))
            .collect()
    }

    #[test]
    fn beats_carry_the_bytes_at_line_rate() {
        let mut line = RxLine {
            first_beats: Some(Vec::new()),
            ..RxLine::default()
        };
        let bytes: Vec<u8> = (0..61u8).collect();
        line.push(RxFrame {
            bad: true,
            ..RxFrame::new(bytes.clone())
        });
        line.push(RxFrame::new(bytes.clone()));
        let seen = cycles(&mut line, 10);
        assert_eq!(seen.len(), 16);
        assert_eq!(
            (seen[7].0, seen[7].1),
            (
                17,
                Beat {
                    data: 56 | 57 << 8 | 58 << 16 | 59 << 24 | 60 << 32,
                    keep: 31,
                    last: true,
                    bad: true
                }
            )
        );
        // 61 + 24 bytes are 10.6 beats: the second frame starts 11 cycles after the first.
        assert_eq!(line.first_beats, Some(vec![10, 21]));
        assert!(!seen[15].1.bad && line.pending() == 0 && line.frames == 2);
    }

    #[test]
    fn line_rate_is_kept_over_many_frames() {
        let mut line = RxLine {
            first_beats: Some(Vec::new()),
            ..RxLine::default()
        };
        for _ in 0..8 {
            line.push(RxFrame::new(vec![0; 61]));
        }
        let mut c = 0;
        while line.pending() > 0 {
            line.beat(c);
            c += 1;
        }
        let first = line.first_beats.expect("log");
        assert_eq!(first[7], (7 * 85u64).div_ceil(8), "85 bytes of wire a frame");
    }

    #[test]
    fn padding_stalls_and_start() {
        let mut line = RxLine::default();
        line.push(RxFrame {
            stalls: vec![(0, 2), (3, 1)],
            not_before: 20,
            ..RxFrame::new(vec![1])
        });
        let seen = cycles(&mut line, 0);
        assert_eq!(seen.len(), 8);
        assert_eq!((seen[0].0, seen[3].0, seen[7].0), (22, 26, 30));
        assert_eq!(seen[7].1.keep, 0xf);
    }

    #[test]
    fn transmitted_beats_become_frames() {
        let mut tx = TxLine::default();
        let beat = |data, keep, last| {
            Some(Beat {
                data,
                keep,
                last,
                bad: false,
            })
        };
        tx.beat(5, beat(1, 0xff, false));
        tx.beat(6, beat(2, 3, true));
        tx.beat(7, None);
        tx.beat(8, beat(1, 0xff, false));
        tx.beat(9, None);
        tx.beat(10, beat(1, 1, true));
        assert_eq!(tx.done.len(), 2);
        assert_eq!(
            (tx.done[0].bytes.len(), tx.done[0].cycle, tx.done[0].underrun),
            (10, 5, false)
        );
        assert!(tx.done[1].underrun);
    }
}
