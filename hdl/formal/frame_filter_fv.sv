// The filter of the frame TX window: what it allows is no order the gate has not seen. Bound to `frame_tx_filter`.
//
// The checker reads every frame by itself: the words of the window, the wire, what is received. `f` facts are those of the frame that would end with
// the word under judgement, `m_` is what the card has sent and `o_` which connection was opened, kept a second time. Words come in any order and
// number at all: the claims hold for every one of them that is none of a header, be it the end of a frame or not.
// The bytes of the store are any at all; that those read are compared is a claim of its own.

// Header fields of a frame, word by word.
module frame_fields_fv (
    input clock,
    input beat,
    input [8:0] at,
    input [63:0] data,
    output reg arp, ip, tcp,
    output reg [15:0] total,
    output reg [95:0] ends,
    output reg [31:0] seq, ack,
    output reg [15:0] control
);
    initial {arp, ip, tcp, total, ends, seq, ack, control} = 0;
    always @(posedge clock) if (beat) case (at)
        1: begin
            arp <= data[39:32] == 8'h08 && data[47:40] == 8'h06;
            ip <= data[39:32] == 8'h08 && data[47:40] == 8'h00 && data[55:48] == 8'h45;
        end
        2: begin
            total <= {data[7:0], data[15:8]};
            // Neither reserved bit nor more fragments nor an offset.
            tcp <= data[63:56] == 6 && !data[39] && data[37:32] == 0 && data[47:40] == 0;
        end
        3: ends[47:0] <= data[63:16];
        4: begin
            ends[95:48] <= data[47:0];
            seq[31:16] <= {data[55:48], data[63:56]};
        end
        5: begin
            seq[15:0] <= {data[7:0], data[15:8]};
            ack <= {data[23:16], data[31:24], data[39:32], data[47:40]};
            control <= {data[55:48], data[63:56]};
        end
    endcase
endmodule

module frame_filter_fv (
    input clock,
    input reset,
    input valid,
    input [8:0] index,
    input [63:0] data,
    input kept,
    input tx_beat,
    input [63:0] tx_data,
    input tx_last,
    input tx_user,
    input tx_mine,
    input rx_valid,
    input [63:0] rx_data,
    input rx_last,
    input rx_user,
    input judged,
    input allowed,
    // What the filter keeps for longer than its stages: of the window's words, of the wire, of what is received, of what it knows.
    input of_p_arp, of_p_ip, of_p_tcp, of_w_ip, of_w_tcp, of_r_ip, of_r_tcp,
    input [15:0] of_p_total, of_p_control, of_w_total, of_w_control, of_r_control,
    input [95:0] of_p_ends, of_w_ends, of_r_ends,
    input [31:0] of_p_seq, of_w_seq, of_r_ack,
    input [15:0] of_length,
    input of_login_begins, of_login_is,
    input [3:0] of_t_at, of_r_at,
    input of_storing, of_asked, of_answered, of_disturbed, of_wrong,
    input [95:0] of_ends, of_open_ends,
    input [31:0] of_high, of_open_seq, of_first, of_marked,
    input [13:0] of_held,
    // In its stages: what was read, and a frame's beginning.
    input [63:0] of_read,
    input of_begins_4, of_begins_7
);
    localparam KEPT = 14'd7936;
    reg begun = 0;
    always @(posedge clock) begun <= 1;

    // The frame that is written, and what it was when each word passed.
    wire p_arp, p_ip, p_tcp;
    wire [15:0] p_total, p_control;
    wire [95:0] p_ends;
    wire [31:0] p_seq, p_ack;
    reg [15:0] p_length = 0;
    reg p_begins = 0, p_login = 0;
    wire [8:0] word = index - 9'd1;
    wire p_beat = valid && index != 0;
    frame_fields_fv written (.clock(clock), .beat(p_beat), .at(word), .data(data), .arp(p_arp), .ip(p_ip), .tcp(p_tcp),
        .total(p_total), .ends(p_ends), .seq(p_seq), .ack(p_ack), .control(p_control));
    always @(posedge clock) begin
        if (valid && index == 0) p_length <= data[15:0];
        if (valid && word == 6) p_begins <= data[63:48] == 16'h2f00;
        if (valid && word == 7) p_login <= p_begins && data[7:0] == "L";
    end
    wire p_fits = (p_total + 16'd14) == p_length || (p_length == 60 && (p_total + 16'd14) <= 60);
    wire [3:0] p_offset = p_control[15:12];
    wire p_plain = p_ip && p_tcp && p_control[11:5] == 0;
    wire p_bare = p_plain && p_fits && p_offset >= 5 && p_total == 20 + {p_offset, 2'b00}
        && (p_control[5:0] == 2 || (!p_control[1] && (p_control[4] || p_control[2])));
    wire p_data = p_plain && p_fits && p_offset == 5 && p_total > 40 && p_control[4] && !p_control[1] && !p_control[2];
    wire [15:0] p_size = p_total - 16'd40;
    localparam F = 149;
    reg [F-1:0] f3 = 0, f4 = 0, f5 = 0, f6 = 0, f7 = 0;
    wire [F-1:0] f2 = {p_arp && p_length == 60, p_bare, p_plain && p_control[5:0] == 2, p_login && p_total == 89, p_data, p_size,
        p_ends, p_seq};
    always @(posedge clock) {f3, f4, f5, f6, f7} <= {f2, f3, f4, f5, f6};
    wire [31:0] seq7 = f7[31:0];
    wire [95:0] ends7 = f7[127:32];
    wire [15:0] size7 = f7[143:128];
    wire data7 = f7[144], login7 = f7[145], syn7 = f7[146], bare7 = f7[147], arp7 = f7[148];

    // The wire.
    reg [3:0] t_at = 0, t_at1 = 0;
    reg t_valid = 0, t_last = 0, t_user = 0, t_mine = 0;
    reg [63:0] t_data = 0;
        wire w_ip, w_tcp, w_arp;
    wire [15:0] w_total, w_control;
    wire [95:0] w_ends;
    wire [31:0] w_seq, w_ack;
    frame_fields_fv sent (.clock(clock), .beat(t_valid), .at({5'd0, t_at1}), .data(t_data), .arp(w_arp), .ip(w_ip), .tcp(w_tcp),
        .total(w_total), .ends(w_ends), .seq(w_seq), .ack(w_ack), .control(w_control));
    wire [15:0] w_size = w_total - 16'd40;
    // A frame's header is known with its word 6; two cycles later it counts, and its end three.
    wire w_plain = w_ip && w_tcp && (w_control & 16'hfff7) == 16'h5010 && w_size < 64;
    reg b2 = 0, b3 = 0, l2 = 0, l3 = 0, l2_good = 0, l3_good = 0;
    reg b2_mine = 0, b3_mine = 0, m_storing = 0, m_close = 0;
    reg [15:0] m_size = 0;
    reg b3_plain = 0, b3_syn = 0;
    always @(posedge clock) begin
        t_valid <= tx_beat && !reset;
        t_data <= tx_data;
        t_last <= tx_last;
        t_user <= tx_user;
        t_mine <= tx_mine;
        t_at1 <= t_at;
        if (tx_beat) t_at <= tx_last ? 0 : t_at + (t_at != 15);
        if (reset) t_at <= 0;
        {b2, b3} <= {t_valid && t_at1 == 6, b2} & {2{!reset}};
        {l2, l3} <= {t_valid && t_last, l2} & {2{!reset}};
        {l2_good, l3_good} <= {!t_user && !t_mine, l2_good};
        {b2_mine, b3_mine} <= {t_mine, b2_mine};
        b3_plain <= w_plain;
        b3_syn <= w_ip && w_tcp && w_control[1];
    end

    // What was sent.
    reg [95:0] m_ends = 0, o_ends = 0;
    reg [31:0] m_high = 0, o_seq = 0, m_marked = 0;
    reg [13:0] m_held = 0;
    reg o_asked = 0, o_answered = 0, m_disturbed = 0, r_answers = 0;
    wire takes = b3 && !b3_mine;
    wire opens = b3 && b3_mine && b3_syn;
    wire breaks = takes && !(b3_plain && w_ends == m_ends && w_seq == m_high);
    wire syn_kept = kept && syn7;
    wire forgets = breaks || opens || syn_kept;
    wire [15:0] grown = m_held + m_size;
    always @(posedge clock) begin
        if (b3) m_storing <= !b3_mine && b3_plain;
        if (l3) m_storing <= 0;
        m_close <= l3 && l3_good && m_storing && !reset;
        m_size <= w_size;
        if (takes) begin
            m_ends <= w_ends;
            m_high <= w_seq;
        end
        if (m_close) begin
            m_high <= m_high + m_size;
            m_held <= grown > KEPT ? KEPT : grown[13:0];
        end
        if (forgets) m_held <= 0;
        if (forgets) m_disturbed <= 1;
        if (of_begins_4) begin
            m_marked <= m_high;
            m_disturbed <= forgets;
        end
        if (reset) {m_held, m_storing} <= 0;
        if (reset) m_disturbed <= 1;
    end

    // The connection opened last, and its answer.
    reg [3:0] r_at = 0, r_at1 = 0;
    reg r_valid = 0, r_good1 = 0, r_good2 = 0;
    reg [63:0] r_data = 0;
    wire r_ip, r_tcp, r_arp;
    wire [15:0] r_total, r_control;
    wire [95:0] r_ends;
    wire [31:0] r_seq, r_ack;
    frame_fields_fv received (.clock(clock), .beat(r_valid), .at({5'd0, r_at1}), .data(r_data), .arp(r_arp), .ip(r_ip), .tcp(r_tcp),
        .total(r_total), .ends(r_ends), .seq(r_seq), .ack(r_ack), .control(r_control));
    wire another = (opens && (w_ends != o_ends || w_seq != o_seq)) || (syn_kept && !again7);
    wire crossed = r_ends == {o_ends[79:64], o_ends[95:80], o_ends[31:0], o_ends[63:32]};
    reg again3 = 0, again4 = 0, again5 = 0, again6 = 0, again7 = 0;
    always @(posedge clock) begin
        r_valid <= rx_valid && !reset;
        r_data <= rx_data;
        r_at1 <= r_at;
        r_good1 <= rx_valid && rx_last && !rx_user && r_at >= 6 && !reset;
        r_good2 <= r_good1 && !reset;
        if (rx_valid) r_at <= rx_last ? 0 : r_at + (r_at != 15);
        if (reset) r_at <= 0;
        r_answers <= r_good2 && o_asked && r_ip && r_tcp && r_control[4] && r_control[1] && !r_control[2] && !r_control[0] && crossed
            && r_ack == o_seq + 32'd1 && !another && !reset;
        if (r_answers) o_answered <= 1;
        if (another) o_answered <= 0;
        if (opens) begin
            o_asked <= 1;
            o_ends <= w_ends;
            o_seq <= w_seq;
        end
        if (reset) {o_asked, o_answered} <= 0;
        {again3, again4, again5, again6, again7} <= {p_ends == o_ends && p_seq == o_seq, again3, again4, again5, again6};
    end

    // What was known when a word was in its second and in its fourth stage, now that it is judged.
    reg fresh3 = 0, fresh4 = 0, fresh5 = 0, fresh6 = 0, fresh7 = 0;
    reg near5 = 0, near6 = 0, near7 = 0;
    reg before5 = 0, before6 = 0, before7 = 0;
    wire [31:0] below4 = m_high - f4[31:0];
    wire [31:0] marked4 = m_marked - f4[31:0];
    always @(posedge clock) begin
        {fresh3, fresh4, fresh5, fresh6, fresh7} <= {o_answered && p_ends == o_ends && p_seq == o_seq + 32'd1, fresh3, fresh4, fresh5, fresh6};
        {near5, near6, near7} <= {f4[127:32] == m_ends && below4 <= m_held && f4[143:128] <= below4, near5, near6};
        {before5, before6, before7} <= {!m_disturbed && !forgets && f4[143:128] <= marked4, before5, before6};
    end

    // The bytes of the words, beside those the store gave.
    reg [8:0] at2 = 0;
    reg [63:0] d2 = 0, d3 = 0, d4 = 0, d5 = 0, d6 = 0;
    reg [7:0] l_3 = 0, l_4 = 0, l_5 = 0, l_6 = 0;
    reg [15:0] stop2 = 0;
    reg differs = 0, wrong = 0;
    integer i;
    reg [7:0] part;
    reg other;
    always @(*) begin
        part = 0;
        other = 0;
        for (i = 0; i < 8; i = i + 1) begin
            part[i] = {at2, 3'd0} + i >= 54 && {at2, 3'd0} + i < stop2;
            if (l_6[i] && d6[8*i +: 8] != of_read[8*i +: 8]) other = 1;
        end
    end
    always @(posedge clock) begin
        at2 <= word;
        stop2 <= p_total + 16'd14;
        {d2, d3, d4, d5, d6} <= {data, d2, d3, d4, d5};
        {l_3, l_4, l_5, l_6} <= {part, l_3, l_4, l_5};
        differs <= other;
        if (judged) wrong <= (wrong || differs) && !of_begins_7;
    end

    // No frame ends with a word of its header, or right behind its length (`frame_tx_fv`: whole).
    reg [3:0] since = 0;
    always @(posedge clock) if (judged) since <= of_begins_7 ? 0 : since + (since != 15);
    reg [8:0] at3 = 0, at4 = 0, at5 = 0, at6 = 0, at7 = 0;
    always @(posedge clock) {at3, at4, at5, at6, at7} <= {at2, at3, at4, at5, at6};
    wire keeps = judged && allowed && at7 >= 7 && since >= 7;
    wire own7 = near7 && before7;
    wire first7 = login7 && fresh7;
    always @(*) if (begun) begin
        nothing_new: assert (!keeps || !data7 || first7 || near7);
        sent_before: assert (!keeps || !data7 || first7 || before7);
        same_bytes: assert (!keeps || !data7 || first7 || !(wrong || differs));
        login_alone: assert (!keeps || !data7 || own7 || first7);
        known_kinds: assert (!keeps || arp7 || bare7 || data7);
        same_written: assert ({p_arp, p_ip, p_tcp, p_total, p_control, p_ends, p_seq, p_length, p_begins, p_login}
            == {of_p_arp, of_p_ip, of_p_tcp, of_p_total, of_p_control, of_p_ends, of_p_seq, of_length, of_login_begins, of_login_is});
        same_sent: assert ({w_ip, w_tcp, w_total, w_control, w_ends, w_seq, t_at, m_storing}
            == {of_w_ip, of_w_tcp, of_w_total, of_w_control, of_w_ends, of_w_seq, of_t_at, of_storing});
        same_received: assert ({r_ip, r_tcp, r_control, r_ends, r_ack, r_at}
            == {of_r_ip, of_r_tcp, of_r_control, of_r_ends, of_r_ack, of_r_at});
        i_kind: assert (!p_arp || !p_ip);
        i_storing: assert (!m_storing || l2 || l3 || (t_valid && t_last) || t_at > 6);
        same_ends: assert (m_ends == of_ends);
        same_high: assert (m_high == of_high);
        same_held: assert (m_held == of_held);
        same_mark: assert ({m_marked, m_disturbed} == {of_marked, of_disturbed});
        same_wrong: assert (wrong == of_wrong);
        same_opening: assert ({o_ends, o_seq, o_asked, o_answered} == {of_open_ends, of_open_seq, of_asked, of_answered});
        i_asked: assert (!o_answered || o_asked);
        i_first: assert (!o_asked || of_first == o_seq + 32'd1);
        c_again: cover (keeps && data7 && own7 && !first7 && m_held == 50);
        c_login: cover (keeps && data7 && first7);
        c_bare: cover (keeps && bare7);
        c_arp: cover (keeps && arp7);
    end
endmodule
