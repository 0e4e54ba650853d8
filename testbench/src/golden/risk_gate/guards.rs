//! The checks above EventsFull.

use super::Found;
use contract::event::Reason;
use contract::reg::permit;

/// Whether the check fails, the value that broke it, and the limit.
pub(super) fn failed(reason: Reason, found: &Found) -> (bool, u32, u32) {
    let Found { request, limits, .. } = found;
    match reason {
        Reason::Restricted => {
            let side = request.side();
            (limits.permit & permit::of(side) == 0, side.into(), limits.permit)
        }
        // Not yet.
        _ => (false, 0, 0),
    }
}
