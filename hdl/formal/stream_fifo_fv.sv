// A stream through `stream_fifo`: words leave once, in order and unchanged, and what is offered stays until it is taken. Bound to it.
// One word, any of them, is followed from its entry to its exit.
module stream_fifo_fv (
    input clock,
    input reset,
    input sink_valid,
    input sink_ready,
    input [63:0] sink_data,
    input source_valid,
    input source_ready,
    input [63:0] source_data,
    input [4:0] level,
    input [4:0] write_index_q,
    input [4:0] read_index_q,
    input full_q,
    input [16*64-1:0] of_cells
);
    reg was_reset = 1, was_out = 0;
    reg [63:0] was_out_data = 0;
    // Words inside; words before the followed one, while it is inside.
    reg [5:0] held = 0;
    (* anyseq *) reg follow;
    reg followed = 0;
    reg [5:0] before = 0;
    reg [63:0] word = 0;
    wire takes = sink_valid && sink_ready;
    wire gives = source_valid && source_ready;
    wire [4:0] place = read_index_q + before[4:0];

    always @(posedge clock) begin
        was_reset <= reset;
        was_out <= source_valid && !source_ready;
        was_out_data <= source_data;
        held <= held + takes - gives;
        if (followed && gives) begin
            before <= before - 1;
            if (before == 0) followed <= 0;
        end
        if (!followed && takes && follow) begin
            followed <= 1;
            before <= held - gives;
            word <= sink_data;
        end
        if (reset) {held, followed} <= 0;
    end

    always @(*) begin
        stable: assert (was_reset || !was_out || (source_valid && source_data == was_out_data));
        in_order: assert (!(followed && before == 0) || (source_valid && source_data == word));
        never_over: assert (held <= 16 && level == held);
        none_made: assert (source_valid == (held != 0));
        accepts: assert (sink_ready == (held < 16));
        i_full: assert (full_q == (held == 16));
        i_level: assert (write_index_q - read_index_q == held[4:0]);
        i_place: assert (!followed || (before < held && of_cells[place[3:0]*64 +: 64] == word));
        c_through: cover (followed && before == 0 && gives && word == 5 && held == 3);
        c_full: cover (held == 16);
    end
endmodule
