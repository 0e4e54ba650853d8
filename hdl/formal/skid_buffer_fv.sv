// A stream through `skid_buffer`: nothing is lost, doubled or changed, and what is offered stays until it is taken. Bound to it.
module skid_buffer_fv (
    input clock,
    input reset,
    input sink_valid,
    input sink_ready,
    input [63:0] sink_data,
    input source_valid,
    input source_ready,
    input [63:0] source_data
);
    reg was_reset = 1, was_in = 0, was_out = 0;
    reg [63:0] was_in_data = 0, was_out_data = 0;
    // What was taken and has not left.
    reg owed = 0;
    reg [63:0] owed_data = 0;
    wire takes = sink_valid && sink_ready;
    wire gives = source_valid && source_ready;

    always @(posedge clock) begin
        was_reset <= reset;
        was_in <= sink_valid && !sink_ready;
        was_in_data <= sink_data;
        was_out <= source_valid && !source_ready;
        was_out_data <= source_data;
        owed <= !reset && owed + takes - gives;
        if (takes && !(gives && !owed)) owed_data <= sink_data;
    end

    // The sender keeps to the protocol.
    always @(*) if (was_in && !was_reset) assume (sink_valid && sink_data == was_in_data);

    always @(*) begin
        stable: assert (was_reset || !was_out || (source_valid && source_data == was_out_data));
        none_lost: assert (!owed || (source_valid && source_data == owed_data));
        none_made: assert (!source_valid || owed || sink_valid);
        one_at_most: assert (!takes || !owed);
        i_held: assert (sink_ready == !owed);
        c_stalled: cover (was_out && owed && gives && source_data == 5);
    end
endmodule
