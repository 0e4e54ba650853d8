//! Gross notional, from its definition.

use super::{Inputs, Request};

/// What is counted, the limit, and of the last cycle what changes them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gross {
    counted: i128,
    most: u64,
    commits: bool,
    word: i64,
    granted: u64,
}

/// What a request finds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    counted: i128,
    most: u64,
    notional: u64,
    /// Value of the shares a Replace takes over.
    taken: u64,
}

impl Found {
    pub(super) fn failed(&self) -> (bool, u32, u32) {
        let low = |value: i128| u32::try_from(value & 0xffff_ffff).expect("32 bits");
        let total = self.counted + i128::from(self.notional) - i128::from(self.taken);
        (total > self.most.into(), low(total), low(self.most.into()))
    }

    /// What is counted more once it is granted.
    pub(super) fn added(&self) -> u64 {
        self.notional.saturating_sub(self.taken)
    }
}

impl Gross {
    /// `base`: shares and price of the order a Replace names.
    pub(super) fn find(&self, request: &Request, base: Option<(u32, u32)>) -> Found {
        let taken = base
            .filter(|_| request.is_replace())
            .map_or(0, |(shares, price)| {
                u64::from(shares.min(request.qty)) * u64::from(price.min(request.price))
            });
        Found {
            counted: self.counted,
            most: self.most,
            notional: request.notional,
            taken,
        }
    }

    pub(super) fn most(&self) -> u64 {
        self.most
    }

    pub(super) fn counted(&self) -> u64 {
        u64::try_from(self.counted).expect("within its ends")
    }

    /// A cycle: what the last one brought counts.
    pub(super) fn pass(&mut self, inputs: &Inputs, granted: Option<u64>) {
        let moved = self.counted + i128::from(self.granted) + i128::from(self.word);
        self.counted = moved.clamp(0, u64::MAX.into());
        if self.commits {
            self.most = inputs.gross_max;
        }
        self.granted = granted.unwrap_or(0);
        self.commits = inputs.pulses[3] && inputs.word & 1 == 1;
        let word = u64::from(inputs.gross_add_hi) << 32 | u64::from(inputs.word);
        self.word = if inputs.gross_add { word.cast_signed() } else { 0 };
    }
}
