//! Orders repeated by a machine.

use crate::TokenBucket;

/// Counts orders and latches when as many count as are allowed; one is forgotten every so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttle {
    left: TokenBucket,
    latched: bool,
}

impl Throttle {
    /// Nothing counts; `forget_ns` 0 forgets nothing.
    pub(crate) const fn new(most: u16, forget_ns: u32, now_ns: u64) -> Self {
        Self {
            left: TokenBucket::new(most, forget_ns, now_ns),
            latched: false,
        }
    }

    /// Whether no further order is allowed.
    pub(crate) fn stops(&mut self, now_ns: u64) -> bool {
        self.latched || self.left.available(now_ns) == 0
    }

    /// An order left.
    pub(crate) fn count(&mut self, now_ns: u64) {
        self.left.take(now_ns);
        self.latched |= self.left.available(now_ns) == 0;
    }
}
