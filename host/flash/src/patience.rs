//! Waiting for what only the machine can do, never longer than said.

use std::time::{Duration, Instant};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until `done` says something, or the limit has passed.
#[expect(
    clippy::disallowed_methods,
    reason = "the kernel and a programmer take their own time, which is the wall's; each look is bounded by the limit"
)]
pub(crate) fn until<T>(limit: Duration, mut done: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        let found = done();
        if found.is_some() || Instant::now() >= end {
            return found;
        }
        std::thread::sleep(LOOK);
    }
}
