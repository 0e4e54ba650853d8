// Pulses through `pulse_sync`, both clocks free: each is told, and none is made up. Bound to it; steps as in `async_fifo_fv.sv`.
module pulse_sync_fv (
    input from_clock,
    input from_reset,
    input pulse,
    input to_clock,
    input to_reset,
    input told,
    input waiting_q,
    input request_q,
    input known_q,
    input request_was,
    input request_meta,
    input request_stable,
    input known_was,
    input known_meta,
    input known_stable
);
    (* anyseq *) reg from_next, to_next;
    reg from_now = 0, to_now = 0, request_then = 0, debt = 0, due = 0;
    reg [2:0] sent = 0, heard = 0;
    wire from_edge = !from_now && from_next;
    wire to_edge = !to_now && to_next;
    // A request is made, for all pulses up to the edge that made it.
    wire turned = request_q != request_then;
    wire [2:0] sent_now = sent + turned;
    wire debt_now = debt && !turned;

    always @($global_clock) begin
        from_now <= from_next;
        to_now <= to_next;
        request_then <= request_q;
        sent <= sent_now;
        heard <= heard + (to_edge && told);
        debt <= debt_now || (from_edge && pulse);
        due <= from_edge && (waiting_q || pulse) && known_stable == request_q;
    end

    always @(*) begin
        assume (from_clock == from_now && to_clock == to_now);
        assume (!from_reset && !to_reset);
    end

    wire [2:0] away = sent_now - heard;
    // Around the ring at most one place differs from the next: one request is on its way, or none.
    wire [6:0] ring = {request_q ^ request_was, request_was ^ request_meta, request_meta ^ request_stable, request_stable ^ known_q,
                       known_q ^ known_was, known_was ^ known_meta, known_meta ^ known_stable};

    always @(*) begin
        never_lost: assert (!debt_now || waiting_q);
        moves_on: assert (!due || turned);
        none_made: assert (away <= 2);
        each_once: assert (away == (request_q != known_q) + told);
        i_ring: assert ((ring & (ring - 7'd1)) == 0);
        i_then: assert (request_was == request_then);
        c_merged: cover (waiting_q && away == 1 && heard == 1);
        c_two: cover (heard == 2 && !waiting_q && away == 0);
    end
endmodule
