//! The seam through which host code reads a clock.

use std::time::Instant;

/// A monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts now.
    #[allow(clippy::disallowed_methods, reason = "this is the named seam")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Nanoseconds since the start, saturated.
    pub fn ns(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
