// A stream through `async_fifo`, both clocks free: words leave once, in order and unchanged, and what crosses changes by one bit a step.
// Bound to it. Everything here goes by the solver's own step: a clock rises in one, or does not, each as it likes. Of a synchroniser's first
// flip-flop each bit takes the pointer of now or that of a step before, as it likes. One word, any of them, is followed.
module async_fifo_fv (
    input write_clock,
    input write_reset,
    input sink_valid,
    input sink_ready,
    input [15:0] sink_data,
    input read_clock,
    input read_reset,
    input source_valid,
    input source_ready,
    input [15:0] source_data,
    input full_q,
    input [3:0] write_index_q,
    input [3:0] write_gray_q,
    input [3:0] read_index_q,
    input [3:0] read_gray_q,
    input [3:0] write_was,
    input [3:0] write_meta,
    input [3:0] write_stable,
    input [3:0] read_was,
    input [3:0] read_meta,
    input [3:0] read_stable,
    input [8*16-1:0] of_cells
);
    (* anyseq *) reg write_next, read_next, follow;
    reg write_now = 0, read_now = 0;
    reg [4:0] held = 0, before = 0;
    reg followed = 0;
    reg [3:0] at = 0, write_code = 0, read_code = 0;
    reg [15:0] word = 0, was_data = 0;
    reg was_out = 0;
    wire write_edge = !write_now && write_next;
    wire read_edge = !read_now && read_next;
    wire takes = write_edge && sink_valid && sink_ready;
    wire gives = read_edge && source_valid && source_ready;

    always @($global_clock) begin
        write_now <= write_next;
        read_now <= read_next;
        write_code <= write_gray_q;
        read_code <= read_gray_q;
        held <= held + takes - gives;
        if (read_edge) was_out <= source_valid && !source_ready;
        was_data <= source_data;
        if (followed && gives) begin
            before <= before - 1;
            if (before == 0) followed <= 0;
        end
        if (!followed && takes && follow) begin
            followed <= 1;
            before <= held - gives;
            at <= write_index_q;
            word <= sink_data;
        end
    end

    always @(*) begin
        assume (write_clock == write_now && read_clock == read_now);
        assume (!write_reset && !read_reset);
    end

    function [3:0] binary(input [3:0] gray);
        binary = {gray[3], ^gray[3:2], ^gray[3:1], ^gray[3:0]};
    endfunction
    wire [3:0] fill = write_index_q - read_index_q;
    // How far the reader may go by what it sees, and how much the writer must still think is there.
    wire [3:0] may = binary(write_stable) - read_index_q, may_soon = binary(write_meta) - read_index_q;
    wire [3:0] may_then = binary(write_was) - read_index_q;
    wire [3:0] owed = write_index_q - binary(read_stable), owed_soon = write_index_q - binary(read_meta);
    wire [3:0] owed_then = write_index_q - binary(read_was);
    wire [3:0] place = at - read_index_q;
    wire [3:0] write_changes = write_gray_q ^ write_code, read_changes = read_gray_q ^ read_code;

    always @(*) begin
        stable: assert (!was_out || (source_valid && source_data == was_data));
        in_order: assert (!(followed && before == 0 && source_valid) || source_data == word);
        never_over: assert (held <= 9);
        none_made: assert (!source_valid || held != 0);
        none_lost: assert (!(write_stable == write_gray_q && read_gray_q == write_gray_q) || held == source_valid);
        write_gray: assert ((write_changes & (write_changes - 4'd1)) == 0);
        read_gray: assert ((read_changes & (read_changes - 4'd1)) == 0);
        i_codes: assert (write_gray_q == (write_index_q ^ (write_index_q >> 1)) && read_gray_q == (read_index_q ^ (read_index_q >> 1)));
        i_was: assert (write_was == write_code && read_was == read_code);
        i_may: assert (may <= may_soon && may_soon <= may_then && may_then <= fill && fill - may_then <= 1);
        i_owed: assert (fill <= owed_then && owed_then <= owed_soon && owed_soon <= owed && owed <= 8 && owed_then - fill <= 1);
        i_full: assert (full_q || owed <= 7);
        i_held: assert (held == fill + source_valid);
        i_place: assert (!followed || (before < held && before[3:0] == place + source_valid));
        i_word: assert (!followed || place >= fill || of_cells[at[2:0]*16 +: 16] == word);
        i_shown: assert (!followed || place < fill || (place == 4'hf && source_valid && source_data == word));
        c_through: cover (followed && before == 0 && gives && word == 5 && held == 2);
        c_full: cover (held == 9);
    end
endmodule
