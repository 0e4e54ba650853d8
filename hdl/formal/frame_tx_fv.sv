// The frame TX window: a frame leaves when it was written whole, word by word, and the filter allows it. Bound to `frame_tx`; what the filter says is
// anything at all.
module frame_tx_fv (
    input clock,
    input reset,
    input filter_judged,
    input filter_allowed,
    input [8:0] index_s7,
    input keeps,
    input stops,
    input filter_kept,
    input open_q,
    input spoiled_q,
    input [8:0] expected_q,
    input [8:0] stop_q,
    input [11:0] length_q,
    input lengths_sink_valid,
    input lengths_sink_ready,
    input [11:0] lengths_sink_data,
    input finishes,
    input lengths_source_valid,
    input [3:0] lengths_level,
    input [8:0] left_q,
    input beat_last_q,
    input busy_q,
    input mine_q,
    input beat_valid_q
);
    reg begun = 0, was_reset = 1;
    // Words since the last length, and whether they were in order.
    reg [8:0] seen = 0;
    reg astray = 1;
    // Frames kept and not yet gone.
    reg [3:0] held = 0;
    always @(posedge clock) begin
        begun <= 1;
        was_reset <= reset;
        if (filter_judged) begin
            seen <= index_s7 == 0 ? 1 : index_s7 + 1;
            astray <= index_s7 == 0 ? 0 : astray || index_s7 != seen;
        end
        held <= held + keeps - finishes;
        if (reset) begin
            held <= 0;
            astray <= 1;
        end
    end

    always @(*) if (begun && !was_reset) begin
        allowed_alone: assert (!keeps || (filter_judged && filter_allowed));
        whole: assert (!keeps || (!astray && index_s7 == seen && index_s7 == (length_q + 12'd7) >> 3 && length_q >= 60));
        only_kept_leaves: assert (lengths_sink_valid == keeps && (!keeps || lengths_sink_data == length_q));
        told: assert (filter_kept == keeps);
        no_other_begins: assert (!mine_q || held != 0);
        i_order: assert (!open_q || spoiled_q || (!astray && seen == expected_q));
        i_stop: assert (!open_q || (stop_q == (length_q + 12'd7) >> 3 && length_q >= 60 && length_q <= 1522));
        i_held: assert (lengths_level == held && lengths_source_valid == (held != 0) && held <= 8 && lengths_sink_ready == (held < 8));
        i_busy: assert (!busy_q || held != 0);
        i_beat: assert (!beat_valid_q || busy_q);
        i_last: assert (!beat_valid_q || !beat_last_q || left_q == 0);
        i_mine: assert (!mine_q || busy_q);
        c_kept: cover (keeps && index_s7 == 9);
        c_stopped: cover (stops);
        c_leaves: cover (finishes);
    end
endmodule
