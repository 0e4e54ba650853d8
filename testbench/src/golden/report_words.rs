//! Golden model of a report as words of a slot's registers.

use contract::reg::{RELEASE_DONE, SLOT, index};

/// Most shares one release says.
const MOST: u64 = 0x7fff_ffff;

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Slot index.
    pub slot: u64,
    /// Side.
    pub buy: bool,
    /// Shares no more open.
    pub gone: u64,
    /// An open order less.
    pub done: bool,
    /// Shares the position moves by.
    pub moved: i32,
}

/// A write of register `register` (an index in `contract::reg::SLOT`) of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Slot index.
    pub slot: u64,
    /// Register index.
    pub register: usize,
    /// The word.
    pub data: u32,
}

/// The words of a report, in order.
pub fn words(report: &Report) -> Vec<Word> {
    let word = |name, data| Word {
        slot: report.slot,
        register: index(SLOT, name),
        data,
    };
    let mut out = Vec::new();
    if report.moved != 0 {
        out.push(word("POSITION_ADD", report.moved.cast_unsigned()));
    }
    let release = if report.buy {
        "OPEN_RELEASE_BUY"
    } else {
        "OPEN_RELEASE_SELL"
    };
    let mut gone = report.gone;
    while gone > MOST {
        out.push(word(release, RELEASE_DONE - 1));
        gone -= MOST;
    }
    if report.gone > 0 || report.done {
        let flag = if report.done { RELEASE_DONE } else { 0 };
        out.push(word(release, u32::try_from(gone).expect("at most MOST") | flag));
    }
    out
}
