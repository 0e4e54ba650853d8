//! Gate and transmitter as the card joins them.

use crate::block::{Block, Tap, property};
use crate::gate::macros;

pub(crate) fn block() -> Block {
    Block {
        name: "order_path",
        emitted: "top",
        module: "top_orders",
        checker: "order_path_fv",
        text: macros() + include_str!("../../../hdl/formal/order_path_fv.sv"),
        taps: vec![
            Tap::one("deciding", "risk.deciding_q", 1),
            Tap::one("cut", "sender.cut_q", 1),
        ],
        // Requests are any at all, and so is what the gate says of the gross notional, which has its own proofs.
        cut: vec![
            [".request(slots_request)", ".request()"],
            [".request_valid(slots_request_valid)", ".request_valid()"],
            [".request(trigger_request)", ".request()"],
            [".request_valid(trigger_request_valid)", ".request_valid()"],
            [".over(gross_over)", ".over()"],
            [".value(gross_value)", ".value()"],
            [".limit(gross_limit)", ".limit()"],
            [".now(gross_now)", ".now()"],
        ],
        memory: None,
        k: 4,
        depth: 13,
        properties: vec![
            property(
                "grant_after_request",
                "c_cancel",
                "grant = screen_passed;",
                "grant = screen_passed | do_kill;",
            ),
            property(
                "frame_after_grant",
                "c_cancel",
                "sender_grant = risk_grant;",
                "sender_grant = risk_grant | do_kill;",
            ),
            property(
                "kill_stops_frames",
                "c_cancel",
                "screen_killed = kill_q | kills;",
                "screen_killed = 1'b0;",
            ),
            property(
                "kill_cuts_nothing",
                "c_frame",
                "sender_abort_frame = abort_frame;",
                "sender_abort_frame = abort_frame | do_kill;",
            ),
            property(
                "bad_frame_stops_frames",
                "c_frame",
                "stale = ~every;",
                "stale = now_stale;",
            ),
            property(
                "grants_do_not_meet",
                "c_cancel",
                "risk_tx_ready = sender_tx_ready & keeps_ready;",
                "risk_tx_ready = keeps_ready;",
            ),
        ],
    }
}
