//! Ranges of whole numbers and the bits that hold them.

/// What a wire may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) low: i64,
    pub(crate) high: i64,
}

impl Span {
    pub(crate) const fn new(low: i64, high: i64) -> Self {
        Self { low, high }
    }

    /// Whether it has a sign.
    pub(crate) const fn signed(self) -> bool {
        self.low < 0
    }

    /// Bits that hold it: two's complement when it has a sign.
    pub(crate) fn width(self) -> u32 {
        let bits = |value: i64| 64 - value.leading_zeros();
        if self.signed() {
            let (below, above) = (bits(!self.low), bits(if self.high < 0 { 0 } else { self.high }));
            1 + if below > above { below } else { above }
        } else if self.high == 0 {
            1
        } else {
            bits(self.high)
        }
    }

    /// Of `self + other`.
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self::new(self.low + other.low, self.high + other.high)
    }

    /// Of `-self`.
    pub(crate) const fn negated(self) -> Self {
        Self::new(-self.high, -self.low)
    }

    /// Of `self << shift`.
    pub(crate) const fn shifted(self, shift: u32) -> Self {
        Self::new(self.low << shift, self.high << shift)
    }
}

/// Binary logarithm, rounded up.
pub(crate) const fn log2_up(value: u64) -> u32 {
    if value <= 1 {
        0
    } else {
        64 - (value - 1).leading_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_hold_their_spans() {
        for (low, high, width) in [
            (0, 0, 1),
            (0, 1, 1),
            (0, 255, 8),
            (0, 256, 9),
            (-1, 0, 1),
            (-1, 1, 2),
            (-128, 127, 8),
            (-129, 0, 9),
            (-5, 200, 9),
        ] {
            assert_eq!(Span::new(low, high).width(), width, "{low} {high}");
        }
        assert_eq!([0, 1, 2, 3, 64, 65].map(log2_up), [0, 0, 1, 2, 6, 7]);
    }
}
