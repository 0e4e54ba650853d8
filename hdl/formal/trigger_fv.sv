// What a trigger must never do. Bound to `trigger`; whether its condition holds is anything at all, in every cycle.
//
// For one slot, any of them, what has become of its arming is kept here a second time: armed, its order on the way, its event owed.
module trigger_fv #(
    parameter SB = 2,
    parameter S = 1 << SB
) (
    input clock,
    input reset,
    input [5:0] coming_slot,
    input best_valid,
    input [`TG_BEST_BITS-1:0] best,
    input [S-1:0] now_ready,
    input [S-1:0] now_stale,
    input [S-1:0] now_halted,
    input killed,
    input gate_armed,
    input heartbeat_fresh,
    input session_lost,
    input request_valid,
    input request_ready,
    input [`TG_REQUEST_BITS-1:0] request,
    input entry_valid,
    input entry_ready,
    input [447:0] entry,
    input [63:0] armed,
    // Inside.
    input fires,
    input [SB-1:0] slot_s2_q,
    input arming_accepted,
    input [SB-1:0] arming_asked,
    input arming_arm,
    input [SB-1:0] arming_arm_slot,
    input sender_goes,
    input sender_taken,
    input [SB-1:0] sender_next_slot,
    input report_told,
    input [SB-1:0] report_next_slot,
    input [S-1:0] of_order, of_debt,
    input on_1, on_2, on_3, of_chosen, of_telling,
    input [SB-1:0] of_arming
);
    (* anyconst *) reg [SB-1:0] s;

    reg [5:0] coming_was = 0;
    reg was_reset = 1, was_bad = 0, was_request = 0, was_entry = 0;
    reg [`TG_REQUEST_BITS-1:0] request_was = 0;
    reg [447:0] entry_was = 0;
    // The slot's arming: on its way (cycles), armed, its order not yet offered, its event not yet formed.
    reg [2:0] coming = 0;
    reg live = 0, order = 0, debt = 0;

    wire bad = killed || !gate_armed || !heartbeat_fresh || session_lost || now_stale[s] || !now_ready[s] || now_halted[s];
    wire fire = fires && slot_s2_q == s;
    wire accept = arming_accepted && arming_asked == s;
    wire arms = arming_arm && arming_arm_slot == s;
    wire later = sender_taken && sender_next_slot == s;
    wire told = report_told && report_next_slot == s;

    always @(posedge clock) begin
        was_reset <= reset;
        coming_was <= coming_slot;
        was_bad <= bad && !reset;
        was_request <= request_valid && !request_ready && !reset;
        was_entry <= entry_valid && !entry_ready && !reset;
        request_was <= request;
        entry_was <= entry;
        coming <= {coming[1:0], accept};
        if (later) order <= 0;
        if (told) debt <= 0;
        // Armed by the one, armed no more by the other.
        if (arms) live <= 1;
        if (live && !armed[s]) live <= 0;
        if (fire) begin
            live <= 0;
            if (!sender_goes) order <= 1;
        end
        if (fire || (armed[s] && bad)) debt <= 1;
        if (reset) {coming, live, order, debt} <= 0;
    end

    always @(*) begin
        // Only what is armed fires: so a disarmed slot never asks for an order.
        only_armed_fires: assert (!fire || armed[s]);
        only_arming_arms: assert (!armed[s] || live);
        // Once: one that fired is armed no more, and what was offered of it is not offered again.
        one_shot: assert (!fire || (!order && !of_order[s]));
        order_once: assert (!later || order);
        // Whatever is wrong in a cycle, the slot does not fire in the next one.
        bad_stops: assert (!fire || !was_bad);
        // The words of a trigger that is armed, on its way or not yet told stay as they are.
        words_stay: assert (!accept || !(armed[s] || of_order[s] || of_debt[s] || |coming));
        // One event an arming.
        told_once: assert (!told || of_debt[s]);
        // Nothing offered is taken back.
        request_stays: assert (!was_request || (request_valid && request == request_was));
        entry_stays: assert (!was_entry || (entry_valid && entry == entry_was));
        // For the induction.
        i_order: assert (of_order[s] == order);
        i_chosen: assert (!of_chosen || sender_next_slot != s || of_order[s]);
        i_telling: assert (!of_telling || report_next_slot != s || of_debt[s]);
        i_coming: assert ({on_3, on_2, on_1} == coming || of_arming != s);
        i_coming_other: assert (of_arming == s || coming == 0);
        i_one_coming: assert (!(on_1 && on_2) && !(on_1 && on_3) && !(on_2 && on_3));
        i_free: assert (!(|coming) || !(armed[s] || of_order[s] || of_debt[s]));
        i_armed: assert (!armed[s] || !(of_order[s] || of_debt[s]));
        i_bad: assert (!was_bad || !armed[s] || |was_armed_by);
    end

    // A level is announced by its slot, as the book does.
    always @(*) assume (!best_valid || best[`TG_BEST_SLOT +: 6] == coming_was);

    // Armed in the very cycle in which something is wrong: that disarms it in the next.
    reg was_armed_by = 0;
    always @(posedge clock) was_armed_by <= arms && !reset;

    always @(*) begin
        c_fires: cover (fire && sender_goes);
        c_waits: cover (later);
        c_told: cover (told);
        c_armed: cover (armed[s]);
        c_request: cover (was_request);
        c_entry: cover (was_entry);
    end
endmodule
