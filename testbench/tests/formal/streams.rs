//! Streams keep to valid/ready and lose nothing; counters stop at their end.

use crate::block::{Block, Tap, property};
use contract::counter::COUNT;

/// A stream through a block of two words' worth of state.
fn skid_buffer() -> Block {
    Block {
        name: "skid_buffer",
        emitted: "skid_buffer",
        module: "skid_buffer",
        checker: "skid_buffer_fv",
        text: include_str!("../../../hdl/formal/skid_buffer_fv.sv").into(),
        taps: Vec::new(),
        cut: Vec::new(),
        memory: None,
        k: 2,
        depth: 6,
        properties: vec![
            property(
                "stable",
                "c_stalled",
                "if (source_ready) begin",
                "if (sink_valid) begin",
            ),
            property(
                "none_lost",
                "c_stalled",
                "held_data_d = sink_data;",
                "held_data_d = held_data_q;",
            ),
            property(
                "none_made",
                "c_stalled",
                "source_valid = sink_valid | held_valid_q;",
                "source_valid = 1'b1;",
            ),
            property(
                "one_at_most",
                "c_stalled",
                "sink_ready = ~held_valid_q;",
                "sink_ready = 1'b1;",
            ),
        ],
    }
}

fn stream_fifo() -> Block {
    Block {
        name: "stream_fifo",
        emitted: "stream_fifo",
        module: "stream_fifo",
        checker: "stream_fifo_fv",
        text: include_str!("../../../hdl/formal/stream_fifo_fv.sv").into(),
        taps: vec![Tap::one("of_cells", "cells.all", 16 * 64)],
        cut: Vec::new(),
        memory: Some((16, 64)),
        k: 2,
        depth: 19,
        properties: vec![
            property(
                "stable",
                "c_through",
                "source_valid = is_filled;",
                "source_valid = is_filled & ~sink_valid;",
            ),
            property(
                "in_order",
                "c_through",
                "cells_read_address = read_at[(0)+:(4)];",
                "cells_read_address = write_at[(0)+:(4)];",
            ),
            property(
                "never_over",
                "c_full",
                "takes = sink_valid & ~full_q;",
                "takes = sink_valid;",
            ),
            property(
                "none_made",
                "c_through",
                "source_valid = is_filled;",
                "source_valid = is_filled | source_ready;",
            ),
            property(
                "accepts",
                "c_full",
                "full_d = held == last;",
                "full_d = held == last - one;",
            ),
        ],
    }
}

fn counters() -> Block {
    let count = COUNT;
    Block {
        name: "counters",
        emitted: "counters",
        module: "counters",
        checker: "counters_fv",
        text: format!(
            "`define COUNTERS {count}\n{}",
            include_str!("../../../hdl/formal/counters_fv.sv")
        ),
        taps: vec![Tap::many("of_counts", "counts_{}_q", 32, count)],
        cut: Vec::new(),
        memory: None,
        k: 1,
        depth: 6,
        properties: vec![
            property(
                "never_wraps",
                "c_counted",
                "counts_3_d = counts_3_q + one;",
                "counts_3_d = (counts_3_q + one) & 32'h3;",
            ),
            property(
                "counts_each",
                "c_counted",
                "counts_5_d = counts_5_q + one;",
                "counts_5_d = counts_5_q;",
            ),
            property(
                "counts_nothing_else",
                "c_counted",
                "if (pulses[7] & ~&counts_7_q) begin",
                "if (~&counts_7_q) begin",
            ),
        ],
    }
}

fn dma_writer() -> Block {
    Block {
        name: "dma_c2h",
        emitted: "dma_c2h",
        module: "dma_c2h_writer",
        checker: "dma_writer_fv",
        text: include_str!("../../../hdl/formal/dma_writer_fv.sv").into(),
        taps: Vec::new(),
        cut: Vec::new(),
        memory: None,
        k: 2,
        depth: 9,
        properties: vec![
            property(
                "aw_stable",
                "c_back_to_back",
                "m_axi_awvalid = aw_left_q;",
                "m_axi_awvalid = aw_left_q & w_left_q;",
            ),
            property(
                "w_stable",
                "c_line",
                "if (w_left_q & m_axi_wready) begin",
                "if (w_left_q) begin",
            ),
            property(
                "address_once",
                "c_line",
                "if (m_axi_awready) begin",
                "if (m_axi_awready & w_left_q) begin",
            ),
            property(
                "four_beats",
                "c_line",
                "beats_less_one = 2'b11;",
                "beats_less_one = 2'b10;",
            ),
            property(
                "data_in_order",
                "c_line",
                "step = 10'b10000000;",
                "step = 10'b01000000;",
            ),
        ],
    }
}

pub(crate) fn blocks() -> Vec<Block> {
    vec![skid_buffer(), stream_fifo(), counters(), dma_writer()]
}
