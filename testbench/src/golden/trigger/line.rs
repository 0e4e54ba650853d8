//! A receive port: which frame is under way on it, late.

use super::Beat;
use std::collections::VecDeque;

/// Cycles from a beat until its frame is looked at.
const FRAME_DELAY: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    beats: VecDeque<(Beat, u32)>,
    open: bool,
    began: u32,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            beats: VecDeque::from(vec![Default::default(); FRAME_DELAY]),
            ..Self::default()
        }
    }
    /// The beat that is looked at now.
    fn late(&self) -> (Beat, u32) {
        self.beats.front().copied().unwrap_or_default()
    }
    pub(super) fn ends(&self) -> [bool; 2] {
        let [valid, last, user] = self.late().0;
        [valid && last, valid && last && user]
    }
    pub(super) fn is_under_way(&self, stamp: u64) -> bool {
        self.open && !self.ends()[0] && u64::from(self.began) == stamp & 0xffff_ffff
    }
    pub(super) fn step(&mut self, beat: Beat, now: u64) {
        let ([valid, last, _], at) = self.late();
        if valid {
            if !self.open {
                self.began = at;
            }
            self.open = !last;
        }
        self.beats
            .push_back((beat, u32::try_from(now & 0xffff_ffff).expect("masked")));
        self.beats.pop_front();
    }
}
