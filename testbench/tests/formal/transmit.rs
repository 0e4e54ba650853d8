//! The transmitter: nothing but granted frames, whole and without gaps.

use crate::block::{Block, Property, Tap, property};

pub(crate) fn block() -> Block {
    Block {
        name: "ouch_tx",
        emitted: "ouch_tx",
        module: "ouch_tx",
        checker: "ouch_tx_fv",
        text: include_str!("../../../hdl/formal/ouch_tx_fv.sv").into(),
        taps: vec![
            Tap::one("queue_level", "report.queue_level", 3),
            Tap::one("queue_full", "report.queue.full_q", 1),
        ],
        cut: Vec::new(),
        memory: None,
        k: 4,
        depth: 16,
        properties: properties(),
    }
}

fn properties() -> Vec<Property> {
    vec![
        property(
            "frame_after_grant",
            "c_whole",
            "tx_tvalid = live_q;",
            "tx_tvalid = live_q | abort_frame;",
        ),
        property(
            "every_grant_a_frame",
            "c_whole",
            "if (grant) begin\n            live_d = 1'b1;",
            "if (grant) begin\n            live_d = ~raws;",
        ),
        property(
            "beats_follow",
            "c_stall",
            "tx_tvalid = live_q;",
            "tx_tvalid = live_q & ~cut_q;",
        ),
        property(
            "stable",
            "c_stall",
            "tx_tlast = last_q;",
            "tx_tlast = last_q | abort_frame;",
        ),
        property(
            "last_where_due",
            "c_whole",
            "is_end = at_next == stop_q;",
            "is_end = at_q == stop_q;",
        ),
        property(
            "bytes_where_due",
            "c_whole",
            "if (is_end) begin\n                keep_d = stop_keep_q;",
            "if (is_end) begin\n                keep_d = all_bytes;",
        ),
        property(
            "cut_by_abort_alone",
            "c_cut",
            "cuts = cut_q | abort_frame;",
            "cuts = cut_q | abort_frame | table_commit;",
        ),
        property("ends", "c_whole", "is_end = at_next == stop_q;", "is_end = 1'b0;"),
        property(
            "no_overrun",
            "c_whole",
            "tx_ready = ~live_q & ~grant & report_room;",
            "tx_ready = report_room;",
        ),
        property(
            "plain_frames",
            "c_plain",
            "plain = (written & free_tcp) | set_tcp;",
            "plain = written | set_tcp;",
        ),
        property(
            "no_entry_lost",
            "c_whole",
            "report_push = finished_q;",
            "report_push = finished_q | abort_frame;",
        ),
    ]
}
