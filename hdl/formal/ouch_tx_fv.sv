// The transmitter's wire: nothing but granted frames, whole and without gaps. Bound to `ouch_tx`.
//
// What the gate promises (`risk_gate_fv`: ready_before_grant) is assumed: a grant comes two cycles after `tx_ready` and never in the cycle
// after another one, nor while a reset is younger than that.
module ouch_tx_fv (
    input clock,
    input reset,
    input grant,
    input tx_ready,
    input abort_frame,
    input [63:0] tx_tdata,
    input [7:0] tx_tkeep,
    input tx_tvalid,
    input tx_tready,
    input tx_tlast,
    input tx_tuser,
    input [2:0] shape_index,
    input raws,
    input [3:0] raw_len,
    input template_tcp,
    input [431:0] template_headers,
    input [831:0] rest_q,
    input live_q,
    input last_q,
    input user_q,
    input cut_q,
    input start_q,
    input finished_q,
    input whole_q,
    input is_tcp_q,
    input [3:0] at_q,
    input [3:0] stop_q,
    input [7:0] keep_q,
    input [7:0] stop_keep_q,
    input report_push,
    input report_room,
    input report_entry_valid,
    input [2:0] queue_level,
    input queue_full,
    input entry_ready
);
    // Last beat, and its bytes, of a frame: by its protocol and message (Enter, Cancel, Replace, Modify, Mass Cancel, Disable or Enable Order Entry). A
    // raw payload makes a frame of 54 + length bytes with TCP, at least 60.
    function [11:0] shape(input tcp, input [2:0] message, input raw, input [3:0] len);
        case ({tcp, message})
            4'b0_000: shape = {4'd11, 8'h01};
            4'b0_001, 4'b0_011, 4'b0_101: shape = {4'd7, 8'h0f};
            4'b0_010: shape = {4'd10, 8'h03};
            4'b0_100: shape = {4'd7, 8'h1f};
            4'b1_000: shape = {4'd12, 8'hff};
            4'b1_001: shape = {4'd8, 8'h03};
            4'b1_010: shape = {4'd12, 8'h01};
            4'b1_011: shape = {4'd8, 8'h07};
            4'b1_100: shape = {4'd9, 8'h0f};
            default: shape = {4'd8, 8'h0f};
        endcase
        if (raw) begin
            shape = {4'd7, 8'h0f};
            if (tcp && len > 6 && len < 15) shape = {4'd7, 8'hff >> (10 - len)};
            if (tcp && len > 10 && len < 15) shape = {4'd8, 8'hff >> (18 - len)};
        end
    endfunction

    reg begun = 0;
    reg was_reset, was_grant, was_valid, was_ready, was_last, was_user, ready_1, ready_2, reset_2;
    reg [63:0] was_data;
    reg [7:0] was_keep;
    // The frame under way: beats taken, its shape, an abort since its grant.
    reg [3:0] beats;
    reg [11:0] wanted;
    reg aborted;
    // Entries that wait, and the frame whose entry is to come.
    reg [2:0] waiting;
    // The frame under way was made of a template: before the first one there is none, and no EtherType.
    reg formed;

    // Plain IPv4 and plain new data, whatever the template's words were: EtherType with version and header length, fragment word, protocol; of TCP
    // data offset and flags, urgent pointer. The values of `contract::template::forced`.
    localparam [23:0] ETHERTYPE = 24'h450008;
    localparam [15:0] FRAGMENT = 16'h0040;
    localparam [15:0] CONTROL = 16'h1850;
    wire [7:0] protocol = is_tcp_q ? 8'd6 : 8'd17;
    // What of them has not left yet, where it stands now.
    reg plain;
    integer i;
    always @(*) begin
        plain = 1;
        for (i = 0; i < 7; i = i + 1) if (beats == i) begin
            if (i < 2 && rest_q[(i < 2 ? 96 - 64 * i : 0) +: 24] != ETHERTYPE) plain = 0;
            if (i < 3 && rest_q[(i < 3 ? 160 - 64 * i : 0) +: 16] != FRAGMENT) plain = 0;
            if (i < 3 && rest_q[(i < 3 ? 184 - 64 * i : 0) +: 8] != protocol) plain = 0;
            if (i < 6 && is_tcp_q && rest_q[(i < 6 ? 368 - 64 * i : 0) +: 16] != CONTROL) plain = 0;
            if (is_tcp_q && rest_q[(i < 7 ? 416 - 64 * i : 0) +: 16] != 0) plain = 0;
        end
    end

    initial {was_reset, was_grant, was_valid, was_ready, was_last, was_user, ready_1, ready_2, reset_2} = 9'b1_0000_0001;
    initial {beats, wanted, aborted, waiting, formed} = 0;

    always @(posedge clock) begin
        begun <= 1;
        was_reset <= reset;
        reset_2 <= was_reset;
        was_grant <= grant;
        was_valid <= tx_tvalid;
        was_ready <= tx_tready;
        was_last <= tx_tlast;
        was_user <= tx_tuser;
        was_data <= tx_tdata;
        was_keep <= tx_tkeep;
        ready_1 <= tx_ready;
        ready_2 <= ready_1;
        if (tx_tvalid && tx_tready) beats <= beats + 1;
        if (abort_frame) aborted <= 1;
        if (grant) begin
            beats <= 0;
            wanted <= shape(template_tcp, shape_index, raws, raw_len);
            aborted <= abort_frame;
            formed <= template_headers != 0;
        end
        waiting <= waiting + report_push - (report_entry_valid && entry_ready);
        if (reset) waiting <= 0;
    end

    always @(*) if (grant) assume (ready_2 && !was_grant && !was_reset && !reset_2 && !reset);

    always @(*) if (begun && !was_reset) begin
        frame_after_grant: assert (!tx_tvalid || was_grant || (was_valid && !(was_ready && was_last)));
        every_grant_a_frame: assert (!was_grant || tx_tvalid);
        beats_follow: assert (!was_valid || (was_ready && was_last) || tx_tvalid);
        stable: assert (!was_valid || was_ready || (tx_tvalid && tx_tdata == was_data && tx_tkeep == was_keep
            && tx_tlast == was_last && tx_tuser == was_user));
        last_where_due: assert (!tx_tvalid || tx_tuser || tx_tlast == (beats == wanted[11:8]));
        bytes_where_due: assert (!tx_tvalid || tx_tuser || tx_tkeep == (tx_tlast ? wanted[7:0] : 8'hff));
        cut_by_abort_alone: assert (!tx_tvalid || !tx_tuser || (tx_tlast && aborted));
        ends: assert (!tx_tvalid || beats <= wanted[11:8]);
        no_overrun: assert (!grant || !tx_tvalid);
        no_entry_lost: assert (!report_push || waiting < 4);
        plain_frames: assert (!tx_tvalid || !formed
            || (beats != 1 || tx_tdata[55:32] == ETHERTYPE)
            && (beats != 2 || tx_tdata[47:32] == FRAGMENT && tx_tdata[63:56] == protocol)
            && (beats != 5 || !is_tcp_q || tx_tdata[63:48] == CONTROL)
            && (beats != 6 || !is_tcp_q || tx_tdata[47:32] == 0));
    end

    // What the proof needs of the state in between: the same, said of the registers.
    always @(*) if (begun && !was_reset) begin
        i_shape: assert (!live_q || {stop_q, stop_keep_q} == wanted);
        i_at: assert (!live_q || at_q == beats);
        i_cut: assert (!live_q || !cut_q || aborted);
        i_last: assert (!live_q || (last_q == (at_q == stop_q || user_q) && at_q <= stop_q));
        i_keep: assert (!live_q || keep_q == (at_q == stop_q ? stop_keep_q : 8'hff));
        i_level: assert (queue_level == waiting && waiting <= 4);
        i_full: assert (queue_full == (waiting == 4));
        i_coming: assert (waiting + report_push + live_q <= 4);
        i_shapes: assert (!live_q || wanted[11:8] >= 7 && wanted[11:8] <= 12);
    end

    // A template outlives a reset.
    always @(*) if (begun) begin
        i_template: assert (template_headers == 0 && !template_tcp || template_headers[96 +: 24] == ETHERTYPE
            && template_headers[160 +: 16] == FRAGMENT && template_headers[184 +: 8] == (template_tcp ? 8'd6 : 8'd17)
            && (!template_tcp || template_headers[368 +: 16] == CONTROL && template_headers[416 +: 16] == 0));
        i_plain: assert (!live_q || !formed || plain);
    end

    always @(*) if (begun && !was_reset) begin
        c_plain: cover (tx_tvalid && formed && is_tcp_q && beats == 6);
        c_whole: cover (tx_tvalid && tx_tready && tx_tlast && !tx_tuser && beats == 7);
        c_cut: cover (tx_tvalid && tx_tready && tx_tuser);
        c_stall: cover (tx_tvalid && !tx_tready && was_valid && !was_ready && beats == 1);
    end
endmodule
