// What the exchange's messages do to the account. Bound to the orders of `ouch_rx`; a report stands until it is taken, never takes more than was
// left, and no grant is lost.
module ouch_book_fv #(
    parameter A = 10
) (
    input clock,
    input reset,
    input ready,
    input grant,
    input [31:0] grant_ref,
    input [31:0] grant_qty,
    input grant_opens,
    input msg_valid,
    input msg_ready,
    input [6:0] kinds,
    input [31:0] user_ref,
    input [31:0] other_ref,
    input [31:0] qty,
    input dead,
    input report_valid,
    input report_ready,
    input [5:0] report_slot,
    input report_buy,
    input [32:0] report_gone,
    input report_done,
    input [31:0] report_moved,
    input orders_write_enable,
    input [A-1:0] orders_write_address,
    input [72:0] written,
    input [3:0] state_q,
    input [32:0] total_q,
    input [32:0] after_q,
    input [32:0] gone_q,
    input has_old_q,
    input has_new_q,
    input [72:0] old_q,
    input counted,
    input [31:0] moved_q
);
    reg was_reset = 1, waited = 0, was_valid = 0;
    reg [72:0] was = 0;
    reg [174:0] message = 0;
    reg was_message = 0;
    // As it was when it was decided: a grant may take over an order's place later.
    reg was_counted = 0;
    wire [72:0] now_is = {report_moved, report_done, report_gone, report_buy, report_slot};
    wire [174:0] message_is = {kinds, user_ref, other_ref, qty, dead};
    always @(posedge clock) begin
        was_reset <= reset;
        waited <= report_valid && !report_ready && !reset;
        was <= now_is;
        was_message <= msg_valid && !msg_ready && !reset;
        message <= message_is;
        if (state_q == 5) was_counted <= counted;
    end
    always @(*) begin
        // The parser keeps a message until it is taken.
        if (was_message) assume (msg_valid && message_is == message);
        assume ((kinds & (kinds - 7'd1)) == 0);
        report_stable: assert (!waited || (report_valid && now_is == was));
        gone_within: assert (!report_valid || report_gone <= total_q);
        moved_by_executions: assert (!report_valid || report_moved == 0 || kinds[3]);
        moves_its_side: assert (!report_valid || report_moved == 0 || report_moved[31] == !report_buy);
        grant_is_kept: assert (!(grant && ready)
            || (orders_write_enable && orders_write_address == grant_ref[A-1:0] && written[31:0] == grant_ref && written[39] && written[71:40] == grant_qty && written[72] == grant_opens));
        // An order less only if one was counted, and nothing of it is left.
        done_was_counted: assert (!(report_valid && report_done) || (was_counted && after_q == 0));
        done_is_told: assert (!report_valid || report_done || !was_counted || after_q != 0);
        never_grows: assert (!ready || grant || !orders_write_enable || written[71:40] <= total_q);
        taken_once: assert (!msg_ready || (msg_valid && state_q == 8));
        i_state: assert (state_q <= 8 && (state_q == 0 || msg_valid));
        i_after: assert (state_q < 5 || after_q <= total_q);
        i_gone: assert (state_q < 6 || gone_q == total_q - after_q);
        i_moved: assert (state_q < 5 || moved_q == 0 || (kinds[3] && moved_q[31] == !old_q[38]));
        i_done: assert (state_q < 6 || report_done == (was_counted && after_q == 0));
        i_new: assert (state_q < 4 || !has_new_q || kinds[6]);
        c_report: cover (report_valid && report_ready && report_gone == 33'd77 && report_moved == -32'sd77);
        c_replaced: cover (report_valid && report_ready && kinds[6] && report_done && has_new_q);
        c_grant: cover (grant && ready && grant_qty == 77);
    end
endmodule
