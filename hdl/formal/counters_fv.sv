// A counter, any of them, counts every pulse and stops at its end. Bound to `counters`; the vector `of_counts` shows its registers.
module counters_fv #(
    parameter N = `COUNTERS
) (
    input clock,
    input reset,
    input [N-1:0] pulses,
    input [N*32-1:0] of_counts
);
    (* anyconst *) reg [$clog2(N)-1:0] at;
    always @(*) assume (at < N);
    wire [31:0] count = of_counts[at*32 +: 32];
    reg was_reset = 1, was_pulse = 0;
    reg [31:0] was = 0;
    always @(posedge clock) begin
        was_reset <= reset;
        was_pulse <= pulses[at];
        was <= count;
    end
    always @(*) begin
        never_wraps: assert (was_reset || count >= was);
        counts_each: assert (was_reset || !was_pulse || was == 32'hffff_ffff || count == was + 1);
        counts_nothing_else: assert (was_reset || was_pulse || count == was);
        c_counted: cover (count == 3);
    end
endmodule
