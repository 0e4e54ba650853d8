//! The frame TX window: no payload leaves by it that the card has not sent, but for a login.

use crate::block::{Block, Tap, property};

/// Registers of the filter that live longer than a frame's way through its stages.
fn taps() -> Vec<Tap> {
    let mut taps = Vec::new();
    for (name, path) in [("p", "head"), ("w", "sent.head"), ("r", "opening.head")] {
        let at = |field: &str| format!("{path}.{field}");
        let port = |field: &str| format!("of_{name}_{field}");
        if name == "p" {
            taps.push(Tap::one(&port("arp"), &at("is_arp_q"), 1));
        }
        taps.push(Tap::one(&port("ip"), &at("is_ipv4_q"), 1));
        taps.push(Tap::one(&port("tcp"), &at("is_tcp_q"), 1));
        taps.push(Tap::one(&port("control"), &at("control_q_q"), 16));
        taps.push(Tap::one(&port("ends"), &at("ends"), 96));
        if name == "r" {
            taps.push(Tap::one(&port("ack"), &at("ack_q_q"), 32));
        } else {
            taps.push(Tap::one(&port("total"), &at("total_q_q"), 16));
            taps.push(Tap::one(&port("seq"), &at("seq"), 32));
        }
    }
    for (port, path, width) in [
        ("length", "length_q", 16),
        ("login_begins", "login_begins_q", 1),
        ("login_is", "login_is_q", 1),
        ("t_at", "sent.at_q", 4),
        ("r_at", "opening.at_q", 4),
        ("storing", "sent.storing_q", 1),
        ("asked", "opening.asked_q", 1),
        ("answered", "opening.answered_q_q", 1),
        ("disturbed", "disturbed_q", 1),
        ("wrong", "wrong_q", 1),
        ("ends", "sent.ends_q_q", 96),
        ("open_ends", "opening.ends_q_q", 96),
        ("high", "sent.high_q_q", 32),
        ("open_seq", "opening.seq_q_q", 32),
        ("first", "opening.first_q_q", 32),
        ("marked", "marked_q", 32),
        ("held", "sent.held_q_q", 14),
        ("read", "sent.read_s6_q", 64),
        ("begins_4", "begins_s4_q", 1),
        ("begins_7", "begins_s7_q", 1),
    ] {
        taps.push(Tap::one(&format!("of_{port}"), path, width));
    }
    taps
}

/// The filter by itself.
fn filter() -> Block {
    Block {
        name: "frame_tx_filter",
        emitted: "frame_tx",
        module: "frame_tx_filter",
        checker: "frame_filter_fv",
        text: include_str!("../../../hdl/formal/frame_filter_fv.sv").into(),
        taps: taps(),
        // What the memory gives is anything at all.
        cut: BANKS.to_vec(),
        memory: None,
        k: 8,
        depth: 26,
        properties: vec![
            property(
                "nothing_new",
                "c_again",
                "begun = ~|below[(16)+:(16)] & (size_s5_q <= below_low) & (below_low <= held_wide);",
                "begun = ~|below[(16)+:(16)] & (size_s5_q <= below_low);",
            ),
            property(
                "sent_before",
                "c_again",
                "reached = ~|ahead[(16)+:(16)] & (size_s5_q <= ahead_low);",
                "reached = 1'b1;",
            ),
            property(
                "same_bytes",
                "c_again",
                "is_wrong = wrong_q | differs_s7_q;",
                "is_wrong = wrong_q;",
            ),
            property(
                "login_alone",
                "c_login",
                "fresh_s3_d = opening_answered & (seq == opening_first);",
                "fresh_s3_d = seq == opening_first;",
            ),
            property(
                "known_kinds",
                "c_bare",
                "allowed = plain_s7_q | (own_s7_q & ~is_wrong);",
                "allowed = plain_s7_q | ~is_wrong;",
            ),
        ],
    }
}

/// What is written and what leaves, whatever the filter says.
fn window() -> Block {
    Block {
        name: "frame_tx",
        emitted: "frame_tx",
        module: "frame_tx",
        checker: "frame_tx_fv",
        text: include_str!("../../../hdl/formal/frame_tx_fv.sv").into(),
        taps: Vec::new(),
        cut: vec![
            ["beat_data_d = cells_read_data;", "beat_data_d = order_tdata;"],
            [".judged(filter_judged)", ".judged()"],
            [".allowed(filter_allowed)", ".allowed()"],
            [".payload(filter_payload)", ".payload()"],
        ],
        memory: None,
        k: 9,
        depth: 32,
        properties: vec![
            property(
                "allowed_alone",
                "c_kept",
                "keeps = fits & filter_allowed;",
                "keeps = fits;",
            ),
            property("whole", "c_kept", "if (takes & ~fine) begin", "if (1'b0) begin"),
            property(
                "only_kept_leaves",
                "c_stopped",
                "lengths_sink_valid = keeps;",
                "lengths_sink_valid = keeps | stops;",
            ),
            property("told", "c_kept", "filter_kept = keeps;", "filter_kept = fits;"),
            property(
                "no_other_begins",
                "c_leaves",
                "if (~mine_q & beat_valid_q & ~order_tvalid) begin",
                "if (~mine_q & ~order_tvalid) begin",
            ),
        ],
    }
}

pub(crate) fn blocks() -> Vec<Block> {
    vec![window(), filter()]
}

const BANKS: [[&str; 2]; 8] = [
    [".read_data(banks_0_read_data)", ".read_data()"],
    [".read_data(banks_1_read_data)", ".read_data()"],
    [".read_data(banks_2_read_data)", ".read_data()"],
    [".read_data(banks_3_read_data)", ".read_data()"],
    [".read_data(banks_4_read_data)", ".read_data()"],
    [".read_data(banks_5_read_data)", ".read_data()"],
    [".read_data(banks_6_read_data)", ".read_data()"],
    [".read_data(banks_7_read_data)", ".read_data()"],
];
