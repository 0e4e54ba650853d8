//! Time in the guest: every wait has its bound.

use std::time::{Duration, Instant};

/// How often something that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A wait that began, and how long it may last.
pub(super) struct Patience {
    began: Instant,
    limit: Duration,
}

impl Patience {
    /// From now on.
    #[allow(
        clippy::disallowed_methods,
        reason = "the guest's seam: nothing here is replayed, and nothing but waits depends on it"
    )]
    pub(super) fn of_seconds(seconds: u64) -> Self {
        Self {
            began: Instant::now(),
            limit: Duration::from_secs(seconds),
        }
    }

    /// Lets others run for a moment; whether there is any patience left.
    #[allow(
        clippy::disallowed_methods,
        reason = "polls with a bound: what is waited for needs the same two cores"
    )]
    pub(super) fn look(&self) -> bool {
        std::thread::sleep(LOOK);
        self.lasts()
    }

    /// Whether there is any patience left.
    pub(super) fn lasts(&self) -> bool {
        self.began.elapsed() < self.limit
    }

    /// Seconds since it began.
    pub(super) fn seconds(&self) -> f32 {
        self.began.elapsed().as_secs_f32()
    }
}
