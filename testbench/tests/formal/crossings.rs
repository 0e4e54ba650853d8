//! What passes between two clocks: each may rise in any step, and a bit that changes is seen as it was or as it is.

use crate::block::{Block, Property, Tap, property};

/// Copies that the checker looks at: a register that is looked at itself loses its initial value on the way through yosys.
const SHOWN_4: [&str; 2] = [
    "always @(*) q = stable;",
    "always @(*) q = stable;\n    wire [3:0] was_is = was, meta_is = meta, stable_is = stable;",
];
const SHOWN_1: [&str; 2] = [
    "always @(*) q = stable;",
    "always @(*) q = stable;\n    wire was_is = was, meta_is = meta, stable_is = stable;",
];

fn async_fifo() -> Block {
    Block {
        name: "async_fifo",
        emitted: "async_fifo",
        module: "async_fifo",
        checker: "async_fifo_fv",
        text: include_str!("../../../hdl/formal/async_fifo_fv.sv").into(),
        taps: vec![
            Tap::one("of_cells", "cells.all", 8 * 16),
            Tap::one("write_was", "write_seen.was_is", 4),
            Tap::one("write_meta", "write_seen.meta_is", 4),
            Tap::one("write_stable", "write_seen.stable_is", 4),
            Tap::one("read_was", "read_seen.was_is", 4),
            Tap::one("read_meta", "read_seen.meta_is", 4),
            Tap::one("read_stable", "read_seen.stable_is", 4),
        ],
        cut: vec![
            [
                "keep = 1 *) reg [3:0] meta;",
                "keep = 1 *) reg [3:0] meta;\n    (* anyseq *) reg [3:0] late;\n    reg [3:0] was = 0;\n    always @($global_clock) was <= d;",
            ],
            ["meta <= d;", "meta <= (d & ~late) | (was & late);"],
            SHOWN_4,
            [
                "always @(posedge read_clock) if (read_enable)",
                "wire [127:0] all = {mem[7], mem[6], mem[5], mem[4], mem[3], mem[2], mem[1], mem[0]};\n    always @(posedge read_clock) if (read_enable)",
            ],
        ],
        memory: None,
        k: 2,
        depth: 26,
        properties: properties_of_the_queue(),
    }
}

fn properties_of_the_queue() -> Vec<Property> {
    vec![
        property(
            "stable",
            "c_through",
            "moves = ~is_empty & (~filled_q | source_ready);",
            "moves = ~is_empty;",
        ),
        property(
            "in_order",
            "c_through",
            "cells_read_address = read_at[(0)+:(3)];",
            "cells_read_address = write_at[(0)+:(3)];",
        ),
        property(
            "never_over",
            "c_full",
            "full_d = write_code == limit;",
            "full_d = 1'b0;",
        ),
        property(
            "none_made",
            "c_through",
            "is_empty = read_gray_q == write_seen_q;",
            "is_empty = 1'b0;",
        ),
        property(
            "none_lost",
            "c_full",
            "read_next = read_at + one;",
            "read_next = read_at + one + one;",
        ),
        property(
            "write_gray",
            "c_through",
            "write_code = write_next ^ write_shifted;",
            "write_code = write_next;",
        ),
        property(
            "read_gray",
            "c_through",
            "read_code = read_next ^ read_shifted;",
            "read_code = read_next;",
        ),
    ]
}

fn pulse_sync() -> Block {
    Block {
        name: "pulse_sync",
        emitted: "pulse_sync",
        module: "pulse_sync",
        checker: "pulse_sync_fv",
        text: include_str!("../../../hdl/formal/pulse_sync_fv.sv").into(),
        taps: vec![
            Tap::one("request_was", "seen.was_is", 1),
            Tap::one("request_meta", "seen.meta_is", 1),
            Tap::one("request_stable", "seen.stable_is", 1),
            Tap::one("known_was", "answer.was_is", 1),
            Tap::one("known_meta", "answer.meta_is", 1),
            Tap::one("known_stable", "answer.stable_is", 1),
        ],
        cut: vec![
            [
                "keep = 1 *) reg [0:0] meta;",
                "keep = 1 *) reg [0:0] meta;\n    (* anyseq *) reg late;\n    reg was = 0;\n    always @($global_clock) was <= d;",
            ],
            ["meta <= d;", "meta <= late ? was : d;"],
            SHOWN_1,
        ],
        memory: None,
        k: 2,
        depth: 26,
        properties: vec![
            property(
                "never_lost",
                "c_merged",
                "waiting_d = is_asked & ~is_idle;",
                "waiting_d = 1'b0;",
            ),
            property(
                "moves_on",
                "c_two",
                "if (is_asked & is_idle) begin",
                "if (pulse & is_idle) begin",
            ),
            property(
                "none_made",
                "c_two",
                "is_idle = answer_q == request_q;",
                "is_idle = 1'b1;",
            ),
            property(
                "each_once",
                "c_two",
                "tells_d = seen_q != known_q;",
                "tells_d = seen_q & ~known_q;",
            ),
        ],
    }
}

pub(crate) fn blocks() -> Vec<Block> {
    vec![async_fifo(), pulse_sync()]
}
