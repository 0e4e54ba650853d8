//! What the exchange's messages may do to the account.

use crate::block::{Block, Property, Tap, property};

pub(crate) fn block() -> Block {
    Block {
        name: "ouch_rx_book",
        emitted: "ouch_rx",
        module: "ouch_rx_book",
        checker: "ouch_book_fv",
        text: include_str!("../../../hdl/formal/ouch_book_fv.sv").into(),
        taps: Vec::<Tap>::new(),
        // Orders are any at all; a sweep of one cycle, so that covers need not wait for a whole one.
        cut: vec![
            ["swept_d = sweep_at_q == last;", "swept_d = 1'b1;"],
            [".read_data(orders_read_data)", ".read_data()"],
        ],
        memory: None,
        k: 2,
        depth: 16,
        properties: properties(),
    }
}

fn properties() -> Vec<Property> {
    vec![
        property(
            "report_stable",
            "c_replaced",
            "report_moved = moved_q;",
            "report_moved = moved_q ^ {31'h0, report_ready};",
        ),
        property(
            "gone_within",
            "c_report",
            "if (shares >= total_q) begin",
            "if (shares > 33'h1ffffffff) begin",
        ),
        property(
            "moved_by_executions",
            "c_report",
            "if (kinds[32'h3]) begin",
            "if (kinds[32'h2]) begin",
        ),
        property(
            "moves_its_side",
            "c_report",
            "if (qty > most) begin",
            "if (qty < most) begin",
        ),
        property(
            "grant_is_kept",
            "c_grant",
            "if (~swept_q) begin\n            orders_write_enable = 1'b1;",
            "if (1'b1) begin\n            orders_write_enable = 1'b1;",
        ),
        property(
            "done_was_counted",
            "c_replaced",
            "done_d = counted & ~lives;",
            "done_d = ~lives;",
        ),
        property(
            "done_is_told",
            "c_report",
            "done_d = counted & ~lives;",
            "done_d = counted & ~lives & ~is_replaced;",
        ),
        property(
            "never_grows",
            "c_report",
            "if (shares > total_q) begin",
            "if (1'b0) begin",
        ),
        property(
            "taken_once",
            "c_replaced",
            "msg_ready = ends;",
            "msg_ready = ends | report_ready;",
        ),
    ]
}
