// The shell's registers: what is shifted in goes to the card at `apply`, what the card drives is taken at the same time and shifted out.
//
//  shift_in ─► in_shift ─ apply ─► to_card        from_card ─► out_held ─ apply ─► out_shift ─► shift_out
//
// The card sees registers on both sides; its clock runs on while bits are shifted, with its inputs held.
module serial_harness #(parameter INPUTS = 2, parameter OUTPUTS = 2) (
    input wire clock,
    input wire shift_in,
    input wire shift,
    input wire apply,
    output wire shift_out,
    output reg [INPUTS-1:0] to_card,
    input wire [OUTPUTS-1:0] from_card
);
    reg in_q;
    reg shift_q;
    reg apply_q;
    reg [INPUTS-1:0] in_shift;
    reg [OUTPUTS-1:0] out_held;
    reg [OUTPUTS-1:0] out_shift;

    assign shift_out = out_shift[OUTPUTS-1];

    always @(posedge clock) begin
        in_q <= shift_in;
        shift_q <= shift;
        apply_q <= apply;
        if (shift_q)
            in_shift <= {in_shift[INPUTS-2:0], in_q};
        if (apply_q)
            to_card <= in_shift;
        out_held <= from_card;
        if (apply_q)
            out_shift <= out_held;
        else if (shift_q)
            out_shift <= {out_shift[OUTPUTS-2:0], 1'b0};
    end
endmodule
