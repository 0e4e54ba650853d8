//! The watchdog: one message an expiry, none without one.

use crate::block::{Block, Tap, property};
use contract::slot::Kind;
use gateware::types::OrderRequest;
use testbench::Layout;

pub(crate) fn block() -> Block {
    let request = Layout::of::<OrderRequest>();
    let at = |name| request.field(name).0;
    let macros = [
        ("REQUEST_BITS", request.width()),
        ("KIND", at("kind")),
        ("CL_ORD_ID", at("cl_ord_id")),
        ("EPOCH", at("epoch")),
        ("MALFORMED", at("malformed")),
        ("OUT_OF_SEQUENCE", at("out_of_sequence")),
        ("WATCHDOG", Kind::Watchdog as u32),
    ]
    .map(|(name, value)| format!("`define WD_{name} {value}\n"));
    Block {
        name: "watchdog",
        emitted: "watchdog",
        module: "watchdog",
        checker: "watchdog_fv",
        text: macros.concat() + include_str!("../../../hdl/formal/watchdog_fv.sv"),
        taps: vec![
            Tap::one("of_asked", "asked_q", 1),
            Tap::one("of_decided", "decided_q", 1),
            Tap::one("of_fresh", "fresh_q", 1),
        ],
        cut: Vec::new(),
        memory: None,
        k: 2,
        depth: 24,
        properties: vec![
            property(
                "only_owed",
                "c_sent",
                "expires = fresh_q & ~heartbeat_fresh & armed & cfg_cancel;",
                "expires = fresh_q & ~heartbeat_fresh & cfg_cancel;",
            ),
            property(
                "owed_until_sent",
                "c_sent",
                "if (granted) begin",
                "if (1'b1) begin",
            ),
            property(
                "one_at_once",
                "c_again",
                "& ~asked_q & ~decided_q",
                "& ~decided_q",
            ),
            property("pauses", "c_again", "pause_d = full_pause;", "pause_d = 4'h0;"),
            property(
                "all_of_the_firm",
                "c_sent",
                "id_b = every_symbol;",
                "id_b = 64'h0;",
            ),
        ],
    }
}
